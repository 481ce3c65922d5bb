"""Whoever gets messages in the tests: a real SMTP server and a web server on loopback, as unwell as a test wants."""

import email
import email.policy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from tests.postgres import free_port

PATIENCE_S = 30
MISSION_ADDRESS = "mission@mission.example"
ADDRESSES = {
    "MISSION": "desk@mission.example",
    "ALPHA": "liaison@alpha.example",
    "BETA": "liaison@beta.example",
    "CHAIR": "chair@commission.example",
    "MEMBER_1": "one@commission.example",
    "MEMBER_2": "two@commission.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it came in over SMTP, for one envelope."""

    to: tuple[str, ...]
    message_id: str
    key: str
    subject: str
    header_to: str
    text: str
    taken: bool  # the sender was told so


@dataclass  # without slots: the server looks through its handler, and Python 3.11.2 cannot look through those
class Post:
    """A mail server. `refuses`: address -> what it is answered; `cuts`: so many times the line is cut after DATA."""

    port: int = field(default_factory=free_port)
    mails: list[Mail] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    cuts: int = 0
    greeted: int = 0
    options: dict[str, object] = field(default_factory=dict)  # of the controller
    came: threading.Condition = field(default_factory=threading.Condition)
    _controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.options)  # type: ignore[arg-type]
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, answers: list[str]
    ) -> list[str]:
        session.host_name = host
        with self.came:
            self.greeted += 1
            self.came.notify_all()
        return answers

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.refuses.get(address)
        if answer is not None:
            with self.came:
                self.refused.append((address, answer))
                self.came.notify_all()
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        found = email.message_from_bytes(content, policy=email.policy.default)
        body = found.get_body()
        assert body is not None
        with self.came:
            cut, self.cuts = self.cuts > 0, max(0, self.cuts - 1)
            self.mails.append(
                Mail(
                    to=tuple(envelope.rcpt_tos),
                    message_id=str(found["Message-ID"]),
                    key=str(found["Idempotency-Key"]),
                    subject=str(found["Subject"]),
                    header_to=str(found["To"]),
                    text=body.get_content().replace("\r\n", "\n"),
                    taken=not cut,
                )
            )
            self.came.notify_all()
        if cut:
            server.transport.abort()
        return "250 OK"

    def wait(self, true: Callable[[], bool]) -> None:
        with self.came:
            assert self.came.wait_for(true, PATIENCE_S), (self.mails, self.refused)


@contextmanager
def post(**options: object) -> Iterator[Post]:
    found = Post(options=options)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def mailing(port: int, tls: str = "none", more: str = "") -> str:
    """What stands in [serve] for a mail server on loopback."""
    return f'mail_host = "127.0.0.1"\nmail_port = {port}\nmail_tls = "{tls}"\nmail_from = "{MISSION_ADDRESS}"\n{more}'


def mailed(**more: str) -> str:
    """Contacts of every actor with a mail address; `more` of an actor: lines besides."""
    return "\n".join(
        f'[[contacts]]\nactor = "{actor}"\nmail = ["{address}"]\n{more.get(actor, "")}\n'
        for actor, address in ADDRESSES.items()
    )


def only(user: str, password: str) -> Callable[..., AuthResult]:
    """Lets in one user with one password."""

    def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, told: object) -> AuthResult:
        login, secret = (getattr(told, name).decode() for name in ("login", "password"))
        return AuthResult(success=(login, secret) == (user, password))

    return authenticate


@dataclass(slots=True)
class Hook:
    """A web server. `answers`: what it answers first, one after the other; then 200. `held`: it waits for that."""

    answers: list[int] = field(default_factory=list)
    held: threading.Event | None = None
    posts: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # path, Idempotency-Key, content
    came: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    def take(self, request: BaseHTTPRequestHandler) -> None:
        content = msgspec.json.decode(request.rfile.read(int(request.headers["Content-Length"])), type=dict[str, str])
        with self.came:
            self.posts.append((request.path, request.headers["Idempotency-Key"], content))
            status = self.answers.pop(0) if self.answers else 200
            self.came.notify_all()
        if self.held is not None:
            self.held.wait(PATIENCE_S)
        request.send_response(status)
        if status in (301, 302, 307):
            request.send_header("Location", f"http://127.0.0.1:{self.port}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def wait(self, true: Callable[[], bool]) -> None:
        with self.came:
            assert self.came.wait_for(true, PATIENCE_S), self.posts


@contextmanager
def hook() -> Iterator[Hook]:
    found = Hook()

    class Request(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self)

        def log_message(self, *_told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        if found.held is not None:
            found.held.set()
        server.shutdown()
        server.server_close()
