"""Messages that cases ask for, carried to whom they are for: by mail, webhook, or as a file.

A message is sent until it was taken, at longer and longer intervals, to each address by itself: one that refuses or
does not answer holds up no other host, and costs the others nothing. Every attempt carries the same Message-ID and the
same Idempotency-Key, so that whoever gets one twice can tell. What was taken, or given up, is an entry of the record.
Limits: which of several addresses have taken a message is not written down; a restart sends it to all of them again.
A webhook's host is allowed by the name that is written: what that name resolves to is the resolver's word, and over
https the certificate's; an address in digits is what it says, and nothing can be rebound.
"""

import http.client
import json
import re
import smtplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from truceline.base.errors import InputError, UnavailableError
from truceline.base.time import from_us, stamp
from truceline.base.units import US_PER_S
from truceline.model.case import Effect
from truceline.model.mission import Contact, Mission, ServeSettings
from truceline.record import LocalDisk
from truceline.run.live.writer import outcome

FIRST_WAIT_S, LONGEST_WAIT_S = 5, 900
GIVE_UP_S = 14 * 86_400  # a mail server that is down for a day costs nothing but that day
TIMEOUT_S = 20  # of one answer of another host
_CLOSING_S = 5  # what is under way may go on for so long; it is sent again after the next start
_KEPT = 0o640
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\\\]+@[^\s@<>(),;:\"\\\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it is sent: the same bytes each time."""

    key: str
    to: str  # an actor of the mandate
    subject: str
    body: str
    at_us: int


Send = Callable[[Letter], None]  # whatever it raises: the letter was not taken, as far as is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a message."""

    key: str
    state: str  # delivered, given_up
    words: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where letters go. What goes through one lane goes one after the other; a slow lane holds up itself alone."""

    lane: str
    way: str  # mail, webhook, file
    send: Send


@dataclass(slots=True)
class _Waiting:
    """A letter, and the places that have not taken it yet."""

    letter: Letter
    since_us: int
    left: int
    attempts: int = 0
    taken: list[str] = field(default_factory=list)  # by which ways
    given_up: str = ""  # why one place never took it


@dataclass(slots=True)
class _Parcel:
    """A letter on its way to one place."""

    waiting: _Waiting
    place: _Place
    next_us: int
    attempts: int = 0


class Outbox:
    """Carries letters on threads of its own: one for mail, one for files, one for each host that has a webhook.

    Args:
        folder: the mission's, for contacts that are a folder in it.
        password: of the mail account; empty: the server asks for none.
        now_us: the desk's time.
        settled: told once for each letter, when it was taken everywhere or given up.

    Raises: InputError: a contact that no letter could ever reach.
    """

    def __init__(
        self,
        mission: Mission,
        folder: Path,
        *,
        password: str,
        now_us: Callable[[], int],
        settled: Callable[[Settled], None],
    ) -> None:
        self._settings, self._folder, self._password = mission.serve, folder, password
        self._now_us, self._settled = now_us, settled
        self._places = {contact.actor: self._places_of(contact) for contact in mission.contacts}
        self._waiting: dict[str, _Waiting] = {}
        self._lanes: dict[str, list[_Parcel]] = {place.lane: [] for places in self._places.values() for place in places}
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=f"truceline-outbox-{lane}", daemon=True)
            for lane in self._lanes
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def put(self, letter: Letter) -> None:
        """Send this, now and until it was taken; a letter of the same key is not put twice."""
        now_us, places = self._now_us(), self._places.get(letter.to, ())
        waiting = _Waiting(letter=letter, since_us=min(now_us, letter.at_us), left=len(places))
        with self._changed:
            if letter.key in self._waiting:
                return
            if places:
                self._waiting[letter.key] = waiting
            for place in places:
                self._lanes[place.lane].append(_Parcel(waiting=waiting, place=place, next_us=now_us))
            self._changed.notify_all()
        if not places:
            self._settled(Settled(key=letter.key, state="given_up", words="no contact is declared", attempts=0))

    def lag(self) -> tuple[int, int]:
        """How many letters wait, and for how many seconds the oldest of them has been."""
        now_us = self._now_us()
        with self._changed:
            oldest = min((each.since_us for each in self._waiting.values()), default=now_us)
            return len(self._waiting), max(0, now_us - oldest) // US_PER_S

    def wake(self) -> None:
        """Look at the time again now, instead of within a second."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; what waits, or is still under way after a few seconds, is sent after the next start."""
        self._closed = True
        self.wake()
        for thread in self._threads:
            thread.join(_CLOSING_S)

    def _places_of(self, contact: Contact) -> tuple[_Place, ...]:
        found: list[_Place] = []
        for address in contact.mail if self._settings.mail_host else ():
            check_address(address, f"contact {contact.actor}")
            check_address(self._settings.mail_from, "serve.mail_from")
            send = partial(send_mail, to=address, settings=self._settings, password=self._password)
            found.append(_Place(lane="mail", way="mail", send=send))
        if contact.webhook:
            host = allowed_host(contact.webhook, self._settings)
            send = partial(send_webhook, url=contact.webhook, settings=self._settings)
            found.append(_Place(lane=host, way="webhook", send=send))
        if contact.file:
            folder_inside(self._folder, contact.file)
            send = partial(write_file, folder=self._folder, into=contact.file)
            found.append(_Place(lane="file", way="file", send=send))
        return tuple(found)

    def _run(self, lane: str) -> None:
        while not self._closed:
            now_us = self._now_us()
            with self._changed:
                due = [each for each in self._lanes[lane] if each.next_us <= now_us]
                if not due and not self._closed:
                    soonest_us = min((each.next_us for each in self._lanes[lane]), default=now_us + US_PER_S)
                    self._changed.wait(min(1.0, (soonest_us - now_us) / US_PER_S))
            for parcel in due:
                if not self._closed:
                    self._attempt(lane, parcel)

    def _attempt(self, lane: str, parcel: _Parcel) -> None:
        """Hand a letter over; whatever goes wrong at the other end, the lane goes on."""
        waiting = parcel.waiting
        parcel.attempts += 1
        _, error = outcome(lambda: parcel.place.send(waiting.letter))
        now_us = self._now_us()
        with self._changed:
            waiting.attempts = max(waiting.attempts, parcel.attempts)
            if error is None:
                waiting.taken.append(parcel.place.way)
            elif now_us - waiting.since_us > GIVE_UP_S * US_PER_S:
                waiting.given_up = f"{parcel.place.way}: {type(error).__name__}"
            else:
                parcel.next_us = now_us + wait_s(parcel.attempts) * US_PER_S
                return
            self._lanes[lane].remove(parcel)
            waiting.left -= 1
            if waiting.left:
                return
            del self._waiting[waiting.letter.key]  # first: should the entry fail, the state puts it anew
        state = "given_up" if waiting.given_up else "delivered"
        words = waiting.given_up or ", ".join(dict.fromkeys(waiting.taken))
        self._settled(Settled(key=waiting.letter.key, state=state, words=words, attempts=waiting.attempts))


def wait_s(attempts: int) -> int:
    """How long to wait after so many attempts in vain."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S << min(attempts - 1, 10))


def letter_of(effect: Effect, mission: Mission) -> Letter:
    """A message of a case in words: the same for whoever gets it, and without any place."""
    due = f"By: {stamp(effect.due_at_us)} (UTC).\n" if effect.due_at_us else ""
    titles = {"task": "your act is awaited", "told": "you are informed", "ended": "the case has ended"}
    return Letter(
        key=effect.key,
        to=effect.to,
        subject=" ".join(f"[{mission.name}] {effect.case_id}: {titles[effect.kind]}".split()),
        body=(
            f"Mission: {mission.name}\nCase: {effect.case_id}\nTo: {effect.to}\n"
            f"At: {stamp(effect.at_us)} (UTC)\n\n{effect.words}\n{due}\n"
            "Sign in to the mission's server to see the case, what it rests on, and to answer.\n"
            "A message that comes twice has the same Message-ID: it is one message.\n"
        ),
        at_us=effect.at_us,
    )


def check_address(address: str, whose: str) -> None:
    """Raise InputError where this is no mail address: nothing that could end a header or name a second one."""
    if not _ADDRESS.fullmatch(address):
        raise InputError(f"{address[:80]!r} is no mail address.", subject=whose, remedy="Write one: name@host.")


def mail_of(letter: Letter, to: str, settings: ServeSettings) -> EmailMessage:
    """The letter as a mail; its Message-ID is its key."""
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(from_us(letter.at_us))
    mail["Message-ID"] = f"<{letter.key}@{settings.mail_from.partition('@')[2]}>"
    mail["Idempotency-Key"] = letter.key
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    return mail


def send_mail(letter: Letter, *, to: str, settings: ServeSettings, password: str) -> None:
    """Hand the letter to the mission's mail server, for one address. Raises: OSError, SMTPException."""
    mail = mail_of(letter, to, settings)
    place = (settings.mail_host, settings.mail_port)
    secure = ssl.create_default_context() if settings.mail_tls != "none" else None
    if settings.mail_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=TIMEOUT_S, context=secure)
    else:
        server = smtplib.SMTP(*place, timeout=TIMEOUT_S)
    with server:
        if settings.mail_tls == "starttls":
            server.starttls(context=secure)  # raises where the server has none: nothing goes out in the clear
        if settings.mail_user:
            server.login(settings.mail_user, password)
        server.send_message(mail, to_addrs=[to])


def allowed_host(url: str, settings: ServeSettings) -> str:
    """The host of a webhook. Raises: InputError: the mission does not allow it."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.hostname not in settings.webhook_hosts:
        raise InputError(
            f"the host {str(parts.hostname)[:80]!r} is not allowed.",
            subject="webhook",
            remedy="Name it in [serve] webhook_hosts of truceline.toml.",
        )
    return parts.hostname


def send_webhook(letter: Letter, *, url: str, settings: ServeSettings) -> None:
    """POST the letter as JSON to a host that the mission allows; a redirect is not followed.

    Raises: OSError, HTTPException, InputError, UnavailableError: it was not taken.
    """
    host, parts = allowed_host(url, settings), urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
    content = {"key": letter.key, "to": letter.to, "subject": letter.subject, "text": letter.body}
    headers = {"Content-Type": "application/json", "Idempotency-Key": letter.key}
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", target, json.dumps(content).encode(), headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise UnavailableError(f"it answered {status}.", subject="webhook", remedy="It is tried again.")


def folder_inside(folder: Path, into: str) -> Path:
    """The folder of a contact. Raises: InputError: it is not inside the mission."""
    place = (folder / into).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise InputError(f"{into!r} leads out of the mission.", subject="contact", remedy="Name a folder inside it.")
    return place


def write_file(letter: Letter, *, folder: Path, into: str) -> None:
    """Write the letter as a file of its key's name inside the mission; it is on the disk when this returns.

    A link that stands where the file is to be is replaced, never followed. Raises: OSError, InputError.
    """
    place, disk = folder_inside(folder, into), LocalDisk()
    place.mkdir(parents=True, exist_ok=True)
    part = place / f".{letter.key}.part"
    text = f"Subject: {letter.subject}\nDate: {stamp(letter.at_us)}\nMessage-ID: <{letter.key}>\n\n{letter.body}"
    part.unlink(missing_ok=True)  # what a stopped writer left
    handle = disk.create(part, _KEPT)
    with open(handle, "wb", closefd=True):
        disk.write(handle, text.encode())
        disk.sync(handle)
    disk.rename(part, place / f"{letter.key}.txt")
    disk.sync_folder(place)
