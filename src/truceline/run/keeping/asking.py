"""One request to a service that a mission names: a witness, or an authority that stamps times.

It goes to that address and nowhere else: no redirection is followed, no proxy of the environment is used, and it ends
after the time it was given, however slowly the other side answers.
"""

import http.client
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from truceline.base.errors import InputError, UnavailableError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_BYTES = 256 * 1024  # of an answer; more is refused
_LATE = "it did not answer in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sent, as which content type, how long all of it may take, and whom messages name."""

    body: bytes
    kind: str
    timeout_s: float
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the HTTP status and the body."""

    status: int
    body: bytes


def post(url: str, question: Question) -> Answer:
    """Send it and wait for the whole answer.

    Raises: InputError: the address is neither https nor http on this machine. UnavailableError: no answer, not in time,
        or too large a one.
    """
    place = service_of(url, subject=question.subject)
    connection = _connection(place, question.timeout_s)
    late = threading.Event()
    timer: threading.Timer | None = None
    try:
        connection.connect()
        timer = threading.Timer(question.timeout_s, _cut, (connection.sock, late))
        timer.daemon = True
        timer.start()
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        headers = {"Content-Type": question.kind, "User-Agent": "truceline", "Connection": "close"}
        connection.request("POST", target, body=question.body, headers=headers)
        response = connection.getresponse()
        body = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise _unavailable(place, _LATE if late.is_set() else _reason(error), question) from None
    finally:
        if timer is not None:
            timer.cancel()
        connection.close()
    if len(body) > MOST_BYTES:
        raise _unavailable(place, f"its answer has more than {MOST_BYTES:,} bytes", question)
    if late.is_set() or response.length:
        raise _unavailable(place, _LATE if late.is_set() else "its answer broke off", question)
    return Answer(status=response.status, body=body)


def service_of(url: str, *, subject: str) -> SplitResult:
    """The parts of a service's address. Raises: InputError: neither https nor http on this machine, or out of form."""
    try:
        place = urlsplit(url)
        _ = place.port
    except ValueError:
        place = SplitResult("", "", "", "", "")
    safe = place.scheme == "https" or (place.scheme == "http" and place.hostname in LOOPBACK)
    plain = url.isascii() and url.isprintable() and " " not in url
    if not (safe and plain and place.hostname) or place.username is not None or place.fragment:
        raise InputError(
            f"{url[:80]!r} is no address to ask: it is neither https nor http on this machine, or is out of form.",
            subject=subject,
            remedy="Write it as https://host/path, without name, password or #.",
        )
    return place


def _connection(place: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(str(place.hostname), place.port, timeout=timeout_s)


def _cut(connected: socket.socket, late: threading.Event) -> None:
    """End it from outside: each byte that comes in begins the socket's own wait anew."""
    late.set()
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # of TLS too: its own would not be safe from here


def _reason(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return _LATE
    if isinstance(error, OSError):
        return error.strerror or "the connection broke off"
    return "its answer is no HTTP"


def _unavailable(place: SplitResult, reason: str, question: Question) -> UnavailableError:
    return UnavailableError(
        f"{place.hostname}: {reason}.",
        subject=question.subject,
        remedy="It is asked again later; nothing was lost, and nothing waits for it.",
    )
