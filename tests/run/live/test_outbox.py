"""Messages on their way, with mail and web servers as unwell as they come."""

import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.run.live.postbox import MISSION_ADDRESS, PATIENCE_S, Hook, Post, hook, mailed, mailing, only, post
from tests.run.live.simulated import H, S, Simulated

from truceline.base.errors import InputError
from truceline.model.mission import Contact, Mission, ReportSettings, ServeSettings
from truceline.model.review import Review
from truceline.run.live import outbox as outbox_module
from truceline.run.live.outbox import Letter, Outbox, Settled, wait_s
from truceline.run.live.state import books as books_module

ONE, TWO = "one@alpha.example", "two@alpha.example"
LETTER = Letter(
    key="0" * 31 + "1", to="ALPHA", subject="A case", body="You are informed.\n", at_us=1_790_000_000_000_000
)


@dataclass
class Sending:
    """An outbox on a clock that a test turns, and what it settled."""

    folder: Path
    contacts: tuple[Contact, ...]
    settings: ServeSettings
    password: str = ""
    now_us: int = LETTER.at_us
    settled: list[Settled] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)
    outbox: Outbox = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        mission = Mission(
            name="m",
            mandates=(),
            zone="UTC",
            extent_deg=(0.0, 0.0, 1.0, 1.0),
            report=ReportSettings(from_date="2026-01-01", until_date="2026-01-02"),
            sources=(),
            feeds=(),
            contacts=self.contacts,
            serve=self.settings,
        )
        self.outbox = Outbox(
            mission, self.folder, password=self.password, now_us=lambda: self.now_us, settled=self._settle
        )
        self.outbox.start()

    def _settle(self, settled: Settled) -> None:
        with self.came:
            self.settled.append(settled)
            self.came.notify_all()

    def wait(self, count: int = 1) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.settled) >= count, PATIENCE_S), self.outbox.lag()

    def passes(self, seconds: int) -> None:
        self.now_us += seconds * S
        self.outbox.wake()


def goes_on(sent: Sending, server: Post | Hook, true: Callable[[], bool]) -> None:
    """Let time pass, a quarter of an hour at once, until something is so."""
    with server.came:
        for _ in range(4 * PATIENCE_S):
            if true():
                return
            sent.passes(900)
            server.came.wait(0.25)
    raise AssertionError("waited in vain")


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Callable[..., Sending]]:
    opened: list[Sending] = []

    def made(*contacts: Contact, settings: ServeSettings = ServeSettings(), password: str = "") -> Sending:  # noqa: B008
        opened.append(Sending(folder=tmp_path, contacts=contacts, settings=settings, password=password))
        return opened[-1]

    yield made
    for each in opened:
        each.outbox.close()


@pytest.fixture
def box() -> Iterator[Post]:
    with post() as found:
        yield found


def by_mail(port: int, **more: object) -> ServeSettings:
    standard = ServeSettings(mail_host="127.0.0.1", mail_port=port, mail_tls="none", mail_from=MISSION_ADDRESS)
    return replace(standard, **more)  # type: ignore[arg-type]


def alpha(**more: object) -> Contact:
    return Contact(actor="ALPHA", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", ["550 no such person", "451 come back later", "421 too busy"])
def test_one_address_that_refuses_is_not_made_up_for_at_the_other(
    sending: Callable[..., Sending], box: Post, answer: str
) -> None:
    box.refuses[TWO] = answer
    sent = sending(alpha(mail=(ONE, TWO)), settings=by_mail(box.port))
    sent.outbox.put(LETTER)
    box.wait(lambda: len(box.mails) == 1 and len(box.refused) == 1)
    assert sent.settled == []
    assert sent.outbox.lag()[0] == 1
    goes_on(sent, box, lambda: len(box.refused) >= 4)
    assert [mail.to for mail in box.mails] == [(ONE,)], "who has it gets it once"
    box.refuses.clear()
    goes_on(sent, box, lambda: bool(sent.settled))
    assert [mail.to for mail in box.mails] == [(ONE,), (TWO,)]
    assert {mail.message_id for mail in box.mails} == {f"<{LETTER.key}@mission.example>"}
    (settled,) = sent.settled
    assert (settled.state, settled.words, settled.attempts) == ("delivered", "mail", len(box.refused) + 1)


def test_a_line_that_is_cut_after_the_message_repeats_it_under_the_same_id(
    sending: Callable[..., Sending], box: Post
) -> None:
    box.cuts = 1
    sent = sending(alpha(mail=(ONE,)), settings=by_mail(box.port))
    sent.outbox.put(LETTER)
    box.wait(lambda: len(box.mails) == 1)
    goes_on(sent, box, lambda: bool(sent.settled))
    first, second = box.mails[:2]
    assert (first.taken, second.taken) == (False, True)
    assert (first.message_id, first.key, first.text) == (second.message_id, second.key, second.text)


def test_where_tls_is_required_and_absent_nothing_goes_out(sending: Callable[..., Sending], box: Post) -> None:
    sent = sending(alpha(mail=(ONE,)), settings=by_mail(box.port, mail_tls="starttls"))
    sent.outbox.put(LETTER)
    box.wait(lambda: box.greeted > 0)
    sent.outbox.close()
    assert (box.mails, sent.settled) == ([], [])
    assert sent.outbox.lag()[0] == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "30"]
    subprocess.run(
        [*command, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True
    )
    return key, made


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_over_tls_with_a_password(
    sending: Callable[..., Sending], certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    key, made = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    tried = threading.Event()
    judge = only("truceline", "right")

    def authenticate(*told: object) -> object:
        tried.set()
        return judge(*told)

    with post(tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate) as box:
        settings = by_mail(box.port, mail_tls="starttls", mail_user="truceline")
        sent = sending(alpha(mail=(ONE,)), settings=settings, password=password)
        sent.outbox.put(LETTER)
        assert tried.wait(PATIENCE_S)
        if password == "right":
            sent.wait()
        sent.outbox.close()
        assert len(box.mails) == (password == "right")
        assert bool(sent.settled) == (password == "right")


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    sending: Callable[..., Sending], certificate: tuple[Path, Path]
) -> None:
    key, made = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with post(tls_context=context) as box:
        sent = sending(alpha(mail=(ONE,)), settings=by_mail(box.port, mail_tls="starttls"))
        sent.outbox.put(LETTER)
        box.wait(lambda: box.greeted > 0)
        sent.outbox.close()
        assert (box.mails, sent.settled) == ([], [])


@pytest.mark.parametrize(
    "contact",
    [
        {"mail": ("a@b.example\r\nBcc: c@d.example",)},
        {"mail": ("a@b.example, c@d.example",)},
        {"mail": ("<a@b.example>",)},
        {"mail": ("nobody",)},
        {"mail": ("",)},
        {"webhook": "http://127.0.0.2/in"},
        {"webhook": "http://127.0.0.1@elsewhere.example/in"},
        {"webhook": "http://127.0.0.1.elsewhere.example/in"},
        {"webhook": "file:///etc/passwd"},
        {"webhook": "ftp://127.0.0.1/in"},
        {"webhook": "http:///in"},
        {"file": "../out"},
        {"file": "/elsewhere/out"},
        {"file": "link/out"},
    ],
)
def test_a_contact_that_leads_elsewhere_is_refused_at_the_start(tmp_path: Path, contact: dict[str, object]) -> None:
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(InputError):
        Sending(folder=tmp_path, contacts=(alpha(**contact),), settings=by_mail(25, webhook_hosts=("127.0.0.1",)))


@pytest.mark.parametrize(
    "words",
    [
        "Ünïcödé — “слово” 言葉 \u202e",
        "x\r\nBcc: thief@elsewhere.example\r\n\r\nforged",
        "\r\n.\r\nMAIL FROM:<x@y.example>\r\n",
        "From the start of a line",
        "w" * 20_000,
        "\x00\x07\x1b[31m",
    ],
)
def test_words_never_become_headers_or_commands(sending: Callable[..., Sending], box: Post, words: str) -> None:
    sent = sending(alpha(mail=(ONE,)), settings=by_mail(box.port))
    sent.outbox.put(replace(LETTER, subject=" ".join(f"[{words[:200]}] case".split()), body=f"{words}\n"))
    sent.wait()
    (mail,) = box.mails
    assert (mail.to, mail.header_to, mail.key) == ((ONE,), ONE, LETTER.key)
    assert mail.text.removeprefix(">").split() == words.split(), "mail itself sets a > before From"


# what it answers, one after the other | how often it is asked
ANSWERS = [([500, 200], 2), ([503, 404, 200], 3), ([302, 200], 2), ([307, 301, 204], 3), ([100 + 99, 200], 2)]


@pytest.mark.parametrize(("answers", "asked"), ANSWERS)
def test_a_webhook_is_asked_until_it_takes_the_message(
    sending: Callable[..., Sending], answers: list[int], asked: int
) -> None:
    with hook() as hooked:
        hooked.answers = list(answers)
        url = f"http://127.0.0.1:{hooked.port}/in"
        sent = sending(alpha(webhook=url), settings=ServeSettings(webhook_hosts=("127.0.0.1",)))
        sent.outbox.put(LETTER)
        goes_on(sent, hooked, lambda: bool(sent.settled))
        assert [path for path, _, _ in hooked.posts] == ["/in"] * asked, "a redirect is not followed"
        assert {key for _, key, _ in hooked.posts} == {LETTER.key}
        assert all(content == hooked.posts[0][2] for _, _, content in hooked.posts)


def test_a_webhook_that_does_not_answer_holds_up_nobody_else(
    sending: Callable[..., Sending], box: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "TIMEOUT_S", 600)
    with hook() as dead, hook() as well:
        dead.held = threading.Event()
        settings = by_mail(box.port, webhook_hosts=("127.0.0.1", "127.0.0.9", "localhost"))
        sent = sending(
            alpha(webhook=f"http://127.0.0.1:{dead.port}/in"),
            Contact(actor="BETA", mail=(ONE,), file="out", webhook=f"http://localhost:{well.port}/in"),
            settings=settings,
        )
        sent.outbox.put(LETTER)
        dead.wait(lambda: len(dead.posts) == 1)
        for number in range(100, 120):
            sent.outbox.put(replace(LETTER, key=f"{number:032}", to="BETA"))
        sent.wait(20)
        assert sent.outbox.lag()[0] == 1
        dead.held.set()
        sent.wait(21)


def test_a_webhook_that_is_slow_is_given_up_for_now(
    sending: Callable[..., Sending], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "TIMEOUT_S", 0.2)
    with hook() as slow:
        slow.held = threading.Event()
        url = f"http://127.0.0.1:{slow.port}/in"
        sent = sending(alpha(webhook=url), settings=ServeSettings(webhook_hosts=("127.0.0.1",)))
        sent.outbox.put(LETTER)
        slow.wait(lambda: len(slow.posts) == 1)
        goes_on(sent, slow, lambda: len(slow.posts) >= 2)
        assert sent.settled == []
        slow.held.set()
        goes_on(sent, slow, lambda: bool(sent.settled))
        assert {key for _, key, _ in slow.posts} == {LETTER.key}


def test_a_link_that_was_planted_is_replaced_and_not_followed(sending: Callable[..., Sending], tmp_path: Path) -> None:
    victim, place = tmp_path / "victim", tmp_path / "out"
    victim.write_text("as it was", "utf-8")
    place.mkdir()
    for name in (f".{LETTER.key}.part", f"{LETTER.key}.txt"):
        (place / name).symlink_to(victim)
    sent = sending(alpha(file="out"))
    sent.outbox.put(LETTER)
    sent.wait()
    assert victim.read_text("utf-8") == "as it was"
    assert not (place / f"{LETTER.key}.txt").is_symlink()
    assert LETTER.body in (place / f"{LETTER.key}.txt").read_text("utf-8")
    assert [path.name for path in place.iterdir()] == [f"{LETTER.key}.txt"]


def test_a_folder_that_takes_nothing_is_tried_again(sending: Callable[..., Sending], tmp_path: Path, box: Post) -> None:
    (tmp_path / "out").write_text("a file where a folder should be", "utf-8")
    sent = sending(alpha(file="out", mail=(ONE,)), settings=by_mail(box.port))
    sent.outbox.put(LETTER)
    box.wait(lambda: len(box.mails) == 1)
    assert sent.settled == []
    (tmp_path / "out").unlink()
    goes_on(sent, box, lambda: bool(sent.settled))
    assert [each.state for each in sent.settled] == ["delivered"]
    assert len(box.mails) == 1
    assert os.stat(tmp_path / "out" / f"{LETTER.key}.txt").st_mode & 0o777 == 0o640


def test_what_nobody_ever_takes_is_given_up_after_two_weeks(sending: Callable[..., Sending], box: Post) -> None:
    box.refuses[ONE] = "550 no"
    sent = sending(alpha(mail=(ONE,)), settings=by_mail(box.port))
    sent.outbox.put(LETTER)
    goes_on(sent, box, lambda: len(box.refused) >= 3)
    sent.passes(13 * 86_400 - sent.outbox.lag()[1])
    assert (sent.outbox.lag(), sent.settled) == ((1, 13 * 86_400), [])
    sent.passes(2 * 86_400)
    goes_on(sent, box, lambda: bool(sent.settled))
    assert [(each.state, each.words) for each in sent.settled] == [("given_up", "mail: SMTPRecipientsRefused")]


def test_intervals_grow_from_seconds_to_a_quarter_of_an_hour() -> None:
    assert [wait_s(attempts) for attempts in range(1, 12)] == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert wait_s(100_000) == 900


# --- with the desk ------------------------------


def confirmed(folder: Path, port: int) -> tuple[Simulated, str]:
    simulated = Simulated(folder, settings=mailing(port), contacts=mailed())
    simulated.send()
    events = [row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.review(Review(event_id=events[0], act="confirm", at_us=0, author=""))
    return simulated, next(iter(simulated.desk.books.cases.cases))


def recovers(simulated: Simulated, box: Post) -> None:
    """Let time go on until every message was taken."""
    with box.came:
        for _ in range(4 * PATIENCE_S):
            if not simulated.desk.books.cases.pending:
                return
            simulated.clock.on(900 * S)
            simulated.desk.outbox.wake()
            box.came.wait(0.25)
    raise AssertionError(simulated.desk.books.cases.pending)


def test_a_mail_server_that_is_down_for_a_day_costs_nothing_but_the_day(tmp_path: Path, box: Post) -> None:
    box.stop()
    simulated, case_id = confirmed(tmp_path / "mission", box.port)
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    asked = set(simulated.desk.books.cases.pending)
    for hour in range(24):
        simulated.clock.on(H)
        simulated.desk.outbox.wake()
        simulated.tick()
        asked |= set(simulated.desk.books.cases.pending)
        if hour == 12:
            simulated.close()
            simulated.judges = False
            simulated.start()
    waiting, oldest_s = simulated.desk.outbox.lag()
    assert waiting == len(asked) >= 7
    assert oldest_s == 86_400, "also over a restart"
    box.start()
    recovers(simulated, box)
    asked |= {mail.key for mail in box.mails}
    assert len(box.mails) == len(asked), "and each once"
    assert simulated.desk.outbox.lag() == (0, 0)
    simulated.close()


def test_once_in_a_while_the_record_says_that_all_messages_are_dealt_with(
    tmp_path: Path, box: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books_module, "SETTLED_MARK", 3)
    simulated, case_id = confirmed(tmp_path / "mission", box.port)
    simulated.settled()
    simulated.judges = False
    box.refuses["liaison@beta.example"] = "451 later"
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.until(lambda: len(simulated.desk.books.cases.pending) == 1)
    simulated.tick()
    marks = [int(str(entry.detail["below"])) for _, entry in simulated.desk.entries("effect", "outbox")]
    (key,) = simulated.desk.books.cases.pending
    assert marks
    assert max(marks) <= simulated.desk.books.asked_at[key], "what still waits is asked for again"
    before = dict(simulated.desk.books.cases.pending)
    simulated.restart()
    books = simulated.desk.books
    assert (books.cases.pending, books.settled_below) == (before, max(marks))
    box.refuses.clear()
    recovers(simulated, box)
    assert {mail.to for mail in box.mails if mail.key == key} == {("liaison@beta.example",)}
    simulated.restart()
    assert simulated.desk.books.cases.pending == {}
    simulated.close()
