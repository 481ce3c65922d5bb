"""Decisions that cannot be: each is refused with a code, leaves the case as it stood, and is recorded as refused."""

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from tests.run.live.simulated import MIN, H, S, Simulated

from truceline.base.errors import TrucelineError
from truceline.model.account import Account
from truceline.model.desk import Answer
from truceline.model.review import Review
from truceline.respond import timer_of
from truceline.run.live.accounts import Actors, plan_changed, plan_disabled
from truceline.run.live.operations import MOST_WORDS, ActInCase, Attribute, OpenCase, Write, opened
from truceline.run.live.writer import Planned

ACTORS = Actors(parties=frozenset(("ALPHA", "BETA")), bodies=frozenset(("MISSION", "CHAIR", "MEMBER_1", "MEMBER_2")))
ABSENT = "0" * 64

# The case stands at `look`; until 10:05 the step takes, until 16:05 it may take. What was asked before stands.
# a decision that cannot be               who     does        for      at step  with                code
CASES = """
said twice without a key                | wanda  acted       MISSION  tell     done              | decision.not-awaited
of a step that is over                  | wanda  acted       MISSION  tell     refused           | decision.not-awaited
of a step that is still to come         | wanda  acted       MISSION  publish  done              | decision.not-awaited
of a step that is not there             | wanda  acted       MISSION  dance    done              | decision.not-awaited
with a result that is not the step's    | wanda  acted       MISSION  look     done              | decision.not-awaited
before it can have been done            | wanda  acted       MISSION  look     substantiated     | decision.early
by an account that speaks for another   | wanda  acted       BETA     look     substantiated     | refused.right
by a party for the other                | al     replied     BETA     -        -                 | refused.right
by a party for the mission              | bo     acted       MISSION  look     substantiated     | refused.right
by an account without the right         | rep    acted       MISSION  look     substantiated     | refused.right
by an auditor                           | audit  noted       -        -        -                 | refused.right
for an actor that is not there          | wanda  replied     GAMMA    -        -                 | refused.right
that only the desk states               | wanda  late        MISSION  look     late              | refused.right
of a kind that is none                  | wanda  dances      MISSION  look     done              | refused.right
an answer to a question nobody asked    | bo     clarified   BETA     7        -                 | decision.not-awaited
a vote where nobody votes               | chair  voted       CHAIR    look     substantiated     | decision.not-awaited
a confirmation where nothing is said    | wanda  confirmed   MISSION  look     yes               | decision.not-awaited
a veto where there is none              | chair  objected    CHAIR    look     -                 | decision.not-awaited
a question whose answer is due already  | lena   asked       BETA     -        -                 | input.out-of-range
"""
ROWS = [[part.strip() for part in line.split("|")] for line in CASES.strip().splitlines()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission whose case has just told everybody, and stands at the visit."""
    simulated = Simulated(tmp_path_factory.mktemp("told") / "mission")
    simulated.send()
    events = [row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.review(Review(event_id=events[0], act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done", key="tell-1")
    simulated.settled()
    simulated.close()
    return simulated.folder


@pytest.fixture
def at_look(told: Path, tmp_path: Path) -> Iterator[Simulated]:
    shutil.copytree(told, tmp_path / "mission")
    simulated = Simulated(tmp_path / "mission", judges=False)
    yield simulated
    simulated.close()


def only(simulated: Simulated) -> str:
    (case_id,) = simulated.desk.books.cases.cases
    return case_id


def refused(simulated: Simulated, ask: Callable[[], "Future[Answer]"], by: str) -> str:
    """The code. Nothing of it stands but the entry that says so, which is there when the asker is told."""
    simulated.settled()
    books = simulated.desk.books
    cases, position, done = dict(books.cases.cases), books.position, dict(books.done)
    pending, accounts = dict(books.cases.pending), books.accounts
    with pytest.raises(TrucelineError) as error:
        ask().result()
    books = simulated.desk.books
    assert (books.cases.cases, books.position) == (cases, position + 1)
    assert (books.done, books.cases.pending, books.accounts) == (done, pending, accounts)
    (entry,) = (entry for at, entry in simulated.desk.entries("refusal", error.value.subject[:200]) if at == position)
    assert (entry.author, entry.detail["code"]) == (by, error.value.code)
    assert error.value.remedy
    return error.value.code


@pytest.mark.parametrize(("name", "decision", "code"), ROWS, ids=[row[0].replace(" ", "-") for row in ROWS])
def test_it_is_refused(at_look: Simulated, name: str, decision: str, code: str) -> None:
    by, *rest = ("" if word == "-" else word for word in decision.split())
    kind, actor, step, result = rest
    operation = ActInCase(case_id=only(at_look), kind=kind, actor=actor, step=step, result=result)  # type: ignore[arg-type]
    assert refused(at_look, lambda: at_look.ask(operation, by), by) == code, name


def act(simulated: Simulated, **more: object) -> ActInCase:
    standard = ActInCase(case_id=only(simulated), kind="acted", actor="MISSION", step="look", result="substantiated")
    return replace(standard, **more)  # type: ignore[arg-type]


def test_the_same_key_is_the_same_answer_and_nothing_new(at_look: Simulated) -> None:
    position = at_look.desk.position
    tell = ActInCase(case_id=only(at_look), kind="acted", actor="MISSION", step="tell", result="done")
    answer = at_look.ask(tell, "wanda", "tell-1").result()
    assert answer.repeated
    (at,) = answer.positions
    assert [entry.detail["step"] for where, entry in at_look.desk.entries("case", answer.subject) if where == at] == [
        "tell"
    ]
    assert at_look.desk.position == position


@pytest.mark.parametrize("other", [{"result": "refused"}, {"words": "more"}, {"case_id": "case-000000000000"}])
def test_the_same_key_with_something_else_is_refused(at_look: Simulated, other: dict[str, str]) -> None:
    operation = (
        act(at_look, step="tell", result="done", **other)
        if "result" not in other
        else act(at_look, step="tell", **other)
    )
    assert refused(at_look, lambda: at_look.ask(operation, "wanda", "tell-1"), "wanda") == "decision.contradiction"


def test_the_same_key_of_somebody_else_is_another_key(at_look: Simulated) -> None:
    noted = ActInCase(case_id=only(at_look), kind="noted", words="Seen.")
    assert not at_look.ask(noted, "lena", "tell-1").result().repeated


def test_in_the_last_second_it_stands_and_a_second_later_it_is_late(at_look: Simulated) -> None:
    timer = timer_of(at_look.desk.books.cases.cases[only(at_look)])
    assert timer is not None
    at_look.clock.now_us = timer.fires_at_us - S
    assert at_look.ask(act(at_look), "wanda").result().positions
    again = at_look.desk.books.cases.cases[only(at_look)]
    assert again.stands.place == "ask"


@pytest.mark.parametrize("late_us", [0, S, 365 * 24 * H])
def test_what_comes_late_finds_that_its_time_has_passed(at_look: Simulated, late_us: int) -> None:
    timer = timer_of(at_look.desk.books.cases.cases[only(at_look)])
    assert timer is not None
    at_look.clock.now_us = timer.fires_at_us + late_us
    with pytest.raises(TrucelineError) as error:
        at_look.ask(act(at_look), "wanda").result()
    assert error.value.code in ("decision.late", "decision.not-awaited")
    at_look.tick()
    kinds = [entry.detail["kind"] for _, entry in at_look.desk.entries("case", only(at_look))]
    assert kinds[:3] == ["opened", "acted", "late"]


@pytest.mark.parametrize("case_id", ["case-000000000000", "", "x" * 5000, "case-\u0000", "../record"])
def test_a_case_that_is_not_there(at_look: Simulated, case_id: str) -> None:
    operation = act(at_look, case_id=case_id)
    assert refused(at_look, lambda: at_look.ask(operation, "wanda"), "wanda") == "input.unknown-name"


@pytest.mark.parametrize(
    ("words", "code"),
    [("x" * (MOST_WORDS + 1), "input"), ("\ud800", "input.unreadable"), ("a\ud800b" * 9, "input.unreadable")],
)
def test_words_that_cannot_be_kept(at_look: Simulated, words: str, code: str) -> None:
    operation = ActInCase(case_id=only(at_look), kind="noted", words=words)
    assert refused(at_look, lambda: at_look.ask(operation, "wanda"), "wanda") == code


@pytest.mark.parametrize("due_at_us", [-1, 1, 2**53, 10**17, 10**30])
def test_an_answer_asked_for_at_a_time_that_cannot_be(at_look: Simulated, due_at_us: int) -> None:
    operation = ActInCase(case_id=only(at_look), kind="asked", actor="BETA", words="Why?", due_at_us=due_at_us)
    assert refused(at_look, lambda: at_look.ask(operation, "wanda"), "wanda") == "input.out-of-range"


def test_words_of_the_longest_kind_are_kept_and_sent(at_look: Simulated) -> None:
    words = ("“Ü\u202e\u0000\r\nBcc: x@y.example\r\n.\r\n" * MOST_WORDS)[:MOST_WORDS]
    operation = ActInCase(
        case_id=only(at_look), kind="asked", actor="BETA", words=words, due_at_us=at_look.clock.now_us + H
    )
    assert at_look.ask(operation, "wanda").result().positions
    at_look.settled()


def test_a_document_that_was_never_put(at_look: Simulated) -> None:
    operation = ActInCase(case_id=only(at_look), kind="noted", words="See.", hashes=(ABSENT,))
    assert refused(at_look, lambda: at_look.ask(operation, "wanda"), "wanda") == "input.unknown-name"
    assert at_look.desk.writer.failure is None


def change(simulated: Simulated, wanted: Account) -> "Future[Answer]":
    write = Write(
        make=lambda books, by, at_us: (plan_changed(books.accounts, wanted, by=by, at_us=at_us, actors=ACTORS),)
    )
    return simulated.ask(write, "chair")


def disable(simulated: Simulated, name: str, by: str = "chair") -> "Future[Answer]":
    write = Write(make=lambda books, by, at_us: (plan_disabled(books.accounts, name, by=by, at_us=at_us),))
    return simulated.ask(write, by)


def test_a_disabled_account_does_nothing_more(at_look: Simulated) -> None:
    before = at_look.who("wanda")
    disable(at_look, "wanda").result()
    assert refused(at_look, lambda: at_look.desk.ask(act(at_look), by=before), "wanda") == "refused.sign-in"


def test_a_role_that_was_taken_away_meanwhile_counts(at_look: Simulated) -> None:
    before = at_look.who("wanda")
    change(at_look, Account(name="wanda", role="legal")).result()
    assert refused(at_look, lambda: at_look.desk.ask(act(at_look), by=before), "wanda") == "refused.right"


def test_a_party_that_was_changed_meanwhile_counts(at_look: Simulated) -> None:
    before = at_look.who("al")
    change(at_look, Account(name="al", role="party_liaison", party="BETA")).result()
    reply = ActInCase(case_id=only(at_look), kind="replied", actor="ALPHA", words="No.")
    assert refused(at_look, lambda: at_look.desk.ask(reply, by=before), "al") == "refused.right"


def test_one_account_is_not_two_persons(at_look: Simulated) -> None:
    at_look.clock.on(2 * H)
    at_look.ask(act(at_look), "wanda").result()
    at_look.attribute(only(at_look), "BETA", "ana", "ben", "carl", "dora")
    at_look.act("lena", only(at_look), "acted", "MISSION", "ask", "done")
    change(at_look, replace(at_look.who("bo"), acts_for=("MISSION",))).result()
    at_look.act("bo", only(at_look), "acted", "BETA", "answer", "done")
    confirm = act(at_look, kind="confirmed", step="answer", result="yes")
    assert refused(at_look, lambda: at_look.ask(confirm, "bo"), "bo") == "decision.not-allowed"


@pytest.mark.parametrize(
    ("who", "votes", "code"),
    [
        ("ana", ("BETA", "BETA"), "decision.repeated"),
        ("ana", ("BETA", "ALPHA"), "decision.contradiction"),
        ("wanda", ("BETA",), "refused.right"),
        ("chair", ("BETA",), "refused.right"),
        ("ana", ("GAMMA",), "input.unknown-name"),
    ],
)
def test_a_panellists_vote_that_cannot_be(at_look: Simulated, who: str, votes: tuple[str, ...], code: str) -> None:
    *before, last = (Attribute(case_id=only(at_look), party=party) for party in votes)
    for vote in before:
        at_look.ask(vote, who).result()
    assert refused(at_look, lambda: at_look.ask(last, who), who) == code


def together(simulated: Simulated, *asks: Callable[[], "Future[Answer]"]) -> list[str]:
    """All are asked before any is written; what became of each, by its code."""
    held, holding = threading.Event(), threading.Event()

    def hold() -> Planned:
        holding.set()
        held.wait(60)
        return Planned(subject="", entries=())

    simulated.desk.writer.ask(hold)
    holding.wait(60)
    asked = [ask() for ask in asks]
    held.set()
    found = []
    for each in asked:
        error = each.exception()
        found.append("stands" if error is None else getattr(error, "code", repr(error)))
    return found


def test_of_two_contradictory_votes_at_once_exactly_one_stands(at_look: Simulated) -> None:
    votes = [Attribute(case_id=only(at_look), party=party) for party in ("BETA", "ALPHA")]
    assert together(at_look, *(lambda vote=vote: at_look.ask(vote, "ana") for vote in votes)) == [
        "stands",
        "decision.contradiction",
    ]
    (vote,) = at_look.desk.books.cases.cases[only(at_look)].votes
    assert vote.violator == "BETA"
    at_look.restart()


def test_of_two_contradictory_acts_at_once_exactly_one_stands(at_look: Simulated) -> None:
    at_look.clock.on(2 * H)
    acts = [act(at_look, result=result) for result in ("substantiated", "not_substantiated")]
    assert together(at_look, *(lambda each=each: at_look.ask(each, "wanda") for each in acts)) == [
        "stands",
        "decision.not-awaited",
    ]
    at_look.restart()


def test_the_same_key_twice_at_once_is_done_once(at_look: Simulated) -> None:
    notes = [ActInCase(case_id=only(at_look), kind="noted", words=words) for words in ("One.", "One.", "Other.")]
    other = ActInCase(case_id="case-none", kind="noted", words="One.")
    asks = [lambda each=each: at_look.ask(each, "wanda", "k") for each in (*notes, other)]
    assert together(at_look, *asks) == ["stands", "stands", "decision.contradiction", "decision.contradiction"]
    noted = [e for _, e in at_look.desk.entries("case", only(at_look)) if e.detail["kind"] == "noted"]
    assert len(noted) == 1
    at_look.restart()


def test_what_is_asked_behind_a_dismissal_is_refused(at_look: Simulated) -> None:
    at_look.clock.on(2 * H)
    before = at_look.who("wanda")
    assert together(at_look, lambda: disable(at_look, "wanda"), lambda: at_look.desk.ask(act(at_look), by=before)) == [
        "stands",
        "refused.sign-in",
    ]


def test_two_administrators_cannot_dismiss_each_other_at_once(at_look: Simulated) -> None:
    for name in ("m1", "m2"):
        disable(at_look, name).result()
    change(at_look, Account(name="rep", role="chair")).result()
    assert together(at_look, lambda: disable(at_look, "chair", "rep"), lambda: disable(at_look, "rep", "chair")) == [
        "stands",
        "refused.sign-in",
    ]
    assert [each.name for each in at_look.desk.books.accounts.accounts.values() if each.may("administer")] == ["rep"]


def test_a_case_that_is_opened_twice_at_once_is_opened_once(at_look: Simulated) -> None:
    """By the watch and by hand: the record would otherwise hold what cannot be, and open no more."""
    opening = replace(at_look.desk.books.cases.cases[only(at_look)].opening, reading="another")
    desk = at_look.desk

    def by_the_watch() -> "Future[Answer]":
        entries = lambda: opened(desk.books, opening, by="truceline", now_us=desk.now_us()).entries  # noqa: E731
        return desk.writer.ask(lambda: Planned(subject="", entries=entries()))

    assert together(at_look, by_the_watch, lambda: at_look.ask(OpenCase(opening=opening), "wanda")) == [
        "stands",
        "decision.repeated",
    ]
    at_look.restart()
    assert len(at_look.desk.books.cases.cases) == 2


def test_a_refusal_costs_no_time_of_the_case(at_look: Simulated) -> None:
    before = at_look.desk.books.cases.next_due_us()
    at_look.clock.on(MIN)
    refused(at_look, lambda: at_look.ask(act(at_look), "wanda"), "wanda")
    assert at_look.desk.books.cases.next_due_us() == before
