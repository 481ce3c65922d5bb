"""Messages that cases ask for, carried to whom they are for: by mail, webhook, or as a file.

A message is sent until it was taken, at longer and longer intervals. Every attempt carries the same Message-ID and the
same Idempotency-Key, so that whoever gets one twice can tell. What was taken, or given up, is an entry of the record.
"""

import http.client
import json
import os
import smtplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from truceline.base.errors import InputError, UnavailableError
from truceline.base.time import from_us, stamp
from truceline.base.units import US_PER_S
from truceline.model.case import Effect
from truceline.model.mission import Contact, Mission, ServeSettings

FIRST_WAIT_S, LONGEST_WAIT_S = 5, 900
GIVE_UP_S = 14 * 86_400  # a mail server that is down for a day costs nothing but that day
_TIMEOUT_S = 20
_KEPT = 0o640


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it is sent: the same bytes each time."""

    key: str
    to: str  # an actor of the mandate
    subject: str
    body: str
    at_us: int


Send = Callable[[Letter], None]  # raises OSError, smtplib.SMTPException, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a message."""

    key: str
    state: str  # delivered, given_up
    words: str
    attempts: int


@dataclass(slots=True)
class _Waiting:
    letter: Letter
    first_us: int
    next_us: int
    attempts: int = 0
    last: str = ""
    left: tuple[tuple[str, Send], ...] = ()  # transports that have not taken it yet


class Outbox:
    """Carries letters on a thread of its own.

    Args:
        folder: the mission's, for contacts that are a folder in it.
        password: of the mail account; empty: the server asks for none.
        now_us: the desk's time.
        settled: told once for each letter, when it was taken everywhere or given up.
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
        self._contacts = {contact.actor: contact for contact in mission.contacts}
        self._settings, self._folder, self._password = mission.serve, folder, password
        self._now_us, self._settled = now_us, settled
        self._waiting: dict[str, _Waiting] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="truceline-outbox", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def put(self, letter: Letter) -> None:
        """Send this, now and until it was taken; a letter of the same key is not put twice."""
        with self._changed:
            if letter.key not in self._waiting:
                now_us = self._now_us()
                left = self._transports(letter.to)
                self._waiting[letter.key] = _Waiting(letter=letter, first_us=now_us, next_us=now_us, left=left)
                self._changed.notify()

    def lag(self) -> tuple[int, int]:
        """How many letters wait, and for how many seconds the oldest of them has been."""
        with self._changed:
            oldest = min((each.first_us for each in self._waiting.values()), default=self._now_us())
            return len(self._waiting), max(0, self._now_us() - oldest) // US_PER_S

    def close(self) -> None:
        """Stop; what waits is sent after the next start."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _transports(self, to: str) -> tuple[tuple[str, Send], ...]:
        contact = self._contacts.get(to, Contact(actor=to))
        found: list[tuple[str, Send]] = []
        if contact.mail and self._settings.mail_host:
            found.append(("mail", lambda letter: send_mail(letter, contact.mail, self._settings, self._password)))
        if contact.webhook:
            found.append(("webhook", lambda letter: send_webhook(letter, contact.webhook, self._settings)))
        if contact.file:
            found.append(("file", lambda letter: write_file(letter, self._folder, contact.file)))
        return tuple(found)

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now_us = self._now_us()
                due = [each for each in self._waiting.values() if each.next_us <= now_us]
                if not due:
                    soonest = min((each.next_us for each in self._waiting.values()), default=now_us + 60 * US_PER_S)
                    self._changed.wait(min(1.0, (soonest - now_us) / US_PER_S))
                    continue
            for each in due:
                self._attempt(each)

    def _attempt(self, waiting: _Waiting) -> None:
        if not waiting.left:
            self._settle(waiting, "given_up" if not waiting.attempts else "delivered", "no contact is declared")
            return
        waiting.attempts += 1
        left, said = [], []
        for name, send in waiting.left:
            try:
                send(waiting.letter)
                said.append(name)
            except (OSError, smtplib.SMTPException, http.client.HTTPException, InputError, UnavailableError) as error:
                left.append((name, send))
                waiting.last = f"{name}: {type(error).__name__}"
        waiting.left = tuple(left)
        now_us = self._now_us()
        if not left:
            self._settle(waiting, "delivered", ", ".join(said))
        elif now_us - waiting.first_us > GIVE_UP_S * US_PER_S:
            self._settle(waiting, "given_up", waiting.last)
        else:
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S << min(waiting.attempts - 1, 10))
            waiting.next_us = now_us + wait_s * US_PER_S

    def _settle(self, waiting: _Waiting, state: str, words: str) -> None:
        self._settled(Settled(key=waiting.letter.key, state=state, words=words, attempts=waiting.attempts))
        with self._changed:
            self._waiting.pop(waiting.letter.key, None)


def letter_of(effect: Effect, mission: Mission) -> Letter:
    """A message of a case in words: the same for whoever gets it, and without any place."""
    due = f"By: {stamp(effect.due_at_us)} (UTC).\n" if effect.due_at_us else ""
    titles = {"task": "your act is awaited", "told": "you are informed", "ended": "the case has ended"}
    return Letter(
        key=effect.key,
        to=effect.to,
        subject=f"[{mission.name}] {effect.case_id}: {titles[effect.kind]}",
        body=(
            f"Mission: {mission.name}\nCase: {effect.case_id}\nTo: {effect.to}\n"
            f"At: {stamp(effect.at_us)} (UTC)\n\n{effect.words}\n{due}\n"
            "Sign in to the mission's server to see the case, what it rests on, and to answer.\n"
            "A message that comes twice has the same Message-ID: it is one message.\n"
        ),
        at_us=effect.at_us,
    )


def mail_of(letter: Letter, to: tuple[str, ...], settings: ServeSettings) -> EmailMessage:
    """The letter as a mail; its Message-ID is its key."""
    domain = settings.mail_from.partition("@")[2] or "truceline.invalid"
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, ", ".join(to)
    mail["Subject"] = " ".join(letter.subject.split())
    mail["Date"] = format_datetime(from_us(letter.at_us))
    mail["Message-ID"] = f"<{letter.key}@{domain}>"
    mail["Idempotency-Key"] = letter.key
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    return mail


def send_mail(letter: Letter, to: tuple[str, ...], settings: ServeSettings, password: str) -> None:
    """Hand the letter to the mission's mail server. Raises: OSError, SMTPException."""
    mail, secure = mail_of(letter, to, settings), ssl.create_default_context()
    if settings.mail_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.mail_host, settings.mail_port, timeout=_TIMEOUT_S, context=secure
        )
    else:
        server = smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=_TIMEOUT_S)
    with server:
        if settings.mail_tls == "starttls":
            server.starttls(context=secure)
        if settings.mail_user:
            server.login(settings.mail_user, password)
        server.send_message(mail)


def send_webhook(letter: Letter, url: str, settings: ServeSettings) -> None:
    """POST the letter as JSON to a host that the mission allows. Raises: OSError, HTTPException, InputError."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or parts.hostname not in settings.webhook_hosts:
        raise InputError(
            f"the host {str(parts.hostname)[:80]!r} is not allowed.",
            subject="webhook",
            remedy="Name it in [serve] webhook_hosts of truceline.toml.",
        )
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=_TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
    content = {"key": letter.key, "to": letter.to, "subject": letter.subject, "text": letter.body}
    headers = {"Content-Type": "application/json", "Idempotency-Key": letter.key}
    try:
        connection.request("POST", parts.path or "/", json.dumps(content).encode(), headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise UnavailableError(f"it answered {status}.", subject="webhook", remedy="It is tried again.")


def write_file(letter: Letter, folder: Path, into: str) -> None:
    """Write the letter as a file of its key's name inside the mission. Raises: OSError, InputError."""
    place = (folder / into).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise InputError(f"{into!r} leads out of the mission.", subject="contact", remedy="Name a folder inside it.")
    place.mkdir(parents=True, exist_ok=True)
    part = place / f".{letter.key}.part"
    text = f"Subject: {letter.subject}\nDate: {stamp(letter.at_us)}\nMessage-ID: <{letter.key}>\n\n{letter.body}"
    part.write_text(text, encoding="utf-8")
    os.chmod(part, _KEPT)
    os.replace(part, place / f"{letter.key}.txt")
