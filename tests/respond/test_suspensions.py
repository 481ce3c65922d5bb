"""Suspensions: counted, proposed, voted on, ended; and what `judge` then makes of the clauses they lift."""

from dataclasses import replace

import pytest
from tests.judge.case_files import told
from tests.judge.worlds import event, happening, material, observation
from tests.respond.case_files import instant_us
from tests.respond.schedules import START_US, S, opening_of

from truceline.base.errors import (
    ContradictionError,
    DecisionError,
    IntegrityError,
    LateError,
    NotAwaitedError,
    OutOfRangeError,
    RepeatedError,
    UnknownNameError,
)
from truceline.mandate import parse_mandate
from truceline.model.case import CaseEvent
from truceline.respond import (
    CaseBook,
    CountedEvent,
    SuspensionBook,
    SuspensionEvent,
    case_id_of,
    entry_of,
    notices_of,
    procedure_of,
    proposals,
    suspension_entry,
)

TEXT = """mandate "Benefits" in force 2027-01-01T00:00
party A "Party A"
party B "Party B"
body M "the mission" monitors
body CHAIR "the chair"
body J "the body" members A B CHAIR quorum 2 {veto}
clause NO_FIRE cites "1" prohibited A B fire any
  breach FIRE respond R
clause NO_MOVES cites "2" prohibited A B move any
clause REPORT cites "3" prohibited A B exercise any
attribution M panel 1 of 1 within 48h otherwise not_attributed
response R deadline 48h not_attributed over
  step look M visits "it" within 10h
    substantiated kept not_substantiated clear inconclusive kept refused over late over
  end kept remedied
  end clear unfounded
  end over impasse
suspension BENEFITS lifts NO_MOVES for {party}
  when 3 FIRE per 7d {decided} restored after 14d
"""
DAY_US = 86_400 * S


def procedure(*, party="victim", decided="decided by J", veto=""):
    text = TEXT.format(party=party, decided=decided, veto=veto)
    return procedure_of(parse_mandate(text, name="benefits", source="benefits.truce"))


PROCEDURE = procedure()


def cases_of(violators, *, under=PROCEDURE) -> CaseBook:
    """One case a day; `violators` says to whom each was attributed: `A`, `B`, or `-` for nobody."""
    book = CaseBook(procedures={under.sha256: under})
    for number, violator in enumerate(violators):
        opening = replace(opening_of(under, "R"), event_ids=(f"evt-{number}",))
        at_us = START_US + number * DAY_US
        events = [CaseEvent(kind="opened", at_us=at_us, author="watch", opening=opening)]
        if violator != "-":
            events.append(CaseEvent(kind="attributing", at_us=at_us, author="panel", actor="M", party=violator))
        for one in events:
            book.apply(entry_of(case_id_of(opening), one, known_at_us=at_us))
    return book


def days(*numbers) -> dict[str, int]:
    return {f"evt-{number}": START_US + day * DAY_US for number, day in enumerate(numbers)}


class Desk:
    """A book, written to as a desk would."""

    def __init__(self, under=PROCEDURE):
        self.under, self.entries = under, []
        self.book = SuspensionBook(procedures={under.sha256: under})

    def propose(self, cases, happened_us, at_us) -> list[str]:
        found = list(proposals(self.book, cases, happened_us, procedure=self.under, at_us=at_us))
        for subject, one in found:
            self.do(subject, one)
        return [subject for subject, _ in found]

    def do(self, subject, one) -> None:
        self.book.refuse(subject, one)
        entry = suspension_entry(subject, one, known_at_us=one.at_us)
        self.book.apply(entry)
        self.entries.append(entry)

    def vote(self, actor, result, when, *, person="", kind="voted", subject="BENEFITS:B") -> str:
        author = person or f"somebody of {actor}"
        self.do(subject, SuspensionEvent(kind=kind, at_us=instant_us(when), author=author, actor=actor, result=result))
        return self.book.state(subject).stands

    def end(self, now_us) -> list[str]:
        ended = list(self.book.due(now_us))
        for subject, one in ended:
            self.do(subject, one)
        return [subject for subject, _ in ended]


def proposed(under=PROCEDURE) -> Desk:
    desk = Desk(under)
    assert desk.propose(cases_of("AAA", under=under), days(0, 1, 2), instant_us("3d 00:00")) == ["BENEFITS:B"]
    return desk


# --- the count ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("violators", "when", "expected"),
    [
        ("AAA", (0, 1, 2), ["BENEFITS:B"]),
        ("BBB", (0, 1, 2), ["BENEFITS:A"]),
        ("AAABBB", (0, 1, 2, 3, 4, 5), ["BENEFITS:A", "BENEFITS:B"]),
        ("AA", (0, 1), []),
        ("AA-", (0, 1, 2), []),  # one of them is nobody's
        ("AAB", (0, 1, 2), []),
        ("AAA", (0, 1, 7), []),  # seven days after the first: outside the window of seven days
        ("AAAA", (0, 5, 8, 9), ["BENEFITS:B"]),
        ("AAA", (0, 1), []),  # when the third happened is not known
    ],
)
def test_a_suspension_is_proposed_once_enough_was_attributed_within_the_window(violators, when, expected) -> None:
    assert Desk().propose(cases_of(violators), days(*when), instant_us("20d 00:00")) == expected


def test_the_window_ends_one_second_short_of_the_same_hour() -> None:
    times = days(0, 1, 7)
    assert not Desk().propose(cases_of("AAA"), times, instant_us("20d 00:00"))
    times["evt-2"] -= S
    assert Desk().propose(cases_of("AAA"), times, instant_us("20d 00:00"))


def test_a_finding_that_no_longer_stands_or_proved_unfounded_does_not_count() -> None:
    for change in ("superseded", "acted"):
        cases = cases_of("AAA")
        case_id = next(iter(cases.cases))
        one = CaseEvent(kind=change, at_us=START_US, author="w", actor="M", step="look", result="not_substantiated")
        cases.apply(entry_of(case_id, one, known_at_us=START_US))
        assert not Desk().propose(cases, days(0, 1, 2), instant_us("3d 00:00"))


def test_one_event_under_two_readings_counts_once() -> None:
    cases = cases_of("AA")
    opening = replace(opening_of(PROCEDURE, "R"), event_ids=("evt-0",), reading="other")
    opened = CaseEvent(kind="opened", at_us=START_US, author="watch", opening=opening)
    voted = CaseEvent(kind="attributing", at_us=START_US, author="panel", party="A")
    for one in (opened, voted):
        cases.apply(entry_of(case_id_of(opening), one, known_at_us=START_US))
    assert not Desk().propose(cases, days(0, 1), instant_us("3d 00:00"))


def test_a_named_party_is_freed_by_what_others_did_only() -> None:
    under = procedure(party="B")
    assert Desk(under).propose(cases_of("AAA", under=under), days(0, 1, 2), instant_us("3d 00:00")) == ["BENEFITS:B"]
    assert not Desk(under).propose(cases_of("BBB", under=under), days(0, 1, 2), instant_us("3d 00:00"))


# --- the decision -------------------------------------------------------------------------------------------


def test_the_quorum_of_the_decider_suspends_and_the_dissent_stays_in_the_record() -> None:
    desk = proposed()
    assert desk.book.awaited("BENEFITS:B") == ("A", "B", "CHAIR")
    assert desk.vote("A", "no", "4d 00:00") == "proposed"
    assert desk.vote("B", "yes", "4d 01:00") == "proposed"
    assert desk.book.awaited("BENEFITS:B") == ("CHAIR",)
    assert desk.vote("CHAIR", "yes", "4d 02:00") == "suspended"
    assert [each.detail["result"] for each in desk.entries if each.detail["kind"] == "voted"] == ["no", "yes", "yes"]
    assert desk.book.awaited("BENEFITS:B") == ()


def test_it_ends_at_the_instant_that_the_text_gives_and_is_restored_by_an_entry() -> None:
    desk = proposed()
    desk.vote("B", "yes", "4d 00:00")
    desk.vote("CHAIR", "yes", "4d 00:00")
    ends_us = instant_us("18d 00:00")
    assert desk.book.next_due_us() == ends_us
    assert desk.end(ends_us - 1) == []
    assert desk.book.state("BENEFITS:B").stands == "suspended"
    assert desk.end(ends_us + 5 * S) == ["BENEFITS:B"]
    assert desk.entries[-1].detail == {"kind": "restored", "at_us": ends_us, "due_at_us": ends_us}
    assert desk.book.state("BENEFITS:B").stands == "in force"
    assert desk.book.next_due_us() is None


def test_after_a_no_it_takes_something_new() -> None:
    desk, at_us = proposed(), instant_us("5d 00:00")
    desk.vote("A", "no", "4d 00:00")
    assert desk.vote("CHAIR", "no", "4d 00:00") == "in force"
    assert not desk.propose(cases_of("AAA"), days(0, 1, 2), at_us)
    assert not desk.propose(cases_of("AAAA"), days(0, 1, 2, 8), at_us), "the new one stands too far apart"
    assert desk.propose(cases_of("AAAA"), days(0, 1, 2, 5), at_us) == ["BENEFITS:B"]
    assert [each["status"] for each in notices_of(desk.book)] == ["refused"]


def test_a_right_of_veto_ends_it_at_once() -> None:
    under = procedure(veto="veto CHAIR")
    desk = proposed(under)
    desk.vote("B", "yes", "4d 00:00")
    assert desk.vote("CHAIR", "against", "4d 00:00", kind="objected") == "in force"


def refusals(desk) -> list[tuple[type[DecisionError], str, tuple[str, str, str, str]]]:
    return [
        (NotAwaitedError, "Awaited: A voted (yes or no)", ("M", "yes", "4d 01:00", "")),
        (NotAwaitedError, "B voted perhaps is not awaited", ("B", "perhaps", "4d 01:00", "")),
        (RepeatedError, "A voted yes already", ("A", "yes", "4d 01:00", "")),
        (ContradictionError, "A voted yes already", ("A", "no", "4d 01:00", "")),
        (DecisionError, "Ask a second person", ("B", "yes", "4d 01:00", "somebody of A")),
        (OutOfRangeError, "State what happens now", ("B", "yes", "3d 23:59", "")),
    ]


def test_what_nobody_asked_for_is_refused_and_changes_nothing() -> None:
    desk = proposed()
    desk.vote("A", "yes", "4d 00:00")
    before = desk.book.state("BENEFITS:B")
    for kind, words, (actor, result, when, person) in refusals(desk):
        with pytest.raises(kind) as refused:
            desk.vote(actor, result, when, person=person)
        assert words in str(refused.value)
    with pytest.raises(NotAwaitedError, match="A objected against is not awaited"):
        desk.vote("A", "against", "4d 01:00", kind="objected")
    assert desk.book.state("BENEFITS:B") is before
    desk.vote("CHAIR", "yes", "4d 02:00")
    with pytest.raises(LateError, match="it is decided"):
        desk.vote("B", "no", "4d 03:00")
    with pytest.raises(NotAwaitedError, match="nothing is proposed"):
        desk.vote("B", "no", "4d 03:00", subject="BENEFITS:A")


def test_a_proposal_must_state_enough_and_something_new_and_what_has_happened() -> None:
    desk = Desk()
    enough = tuple(CountedEvent(event_id=f"evt-{day}", at_us=START_US + day * DAY_US) for day in range(3))
    good = SuspensionEvent(
        kind="proposed",
        at_us=instant_us("3d 00:00"),
        author="w",
        mandate_sha256=PROCEDURE.sha256,
        counted=enough,
    )
    wide = replace(enough[0], at_us=enough[2].at_us - 7 * DAY_US)
    for words, subject, one in (
        ("2 events are stated, and it takes 3 within 7 days", "BENEFITS:B", replace(good, counted=enough[:2])),
        ("it takes 3", "BENEFITS:B", replace(good, counted=(*enough[:2], enough[0]))),
        ("it takes 3", "BENEFITS:B", replace(good, counted=(wide, *enough[1:]))),
        ("0 events are stated", "BENEFITS:B", replace(good, counted=())),
        ("has not happened yet", "BENEFITS:B", replace(good, at_us=enough[1].at_us)),
        ("no mandate", "BENEFITS:M", good),
        ("no mandate", "OTHER:B", good),
        ("is kept here", "BENEFITS:B", replace(good, mandate_sha256="0" * 64)),
    ):
        with pytest.raises((NotAwaitedError, UnknownNameError)) as refused:
            desk.do(subject, one)
        assert words in str(refused.value)
    desk.do("BENEFITS:B", good)
    with pytest.raises(RepeatedError, match="it is proposed already"):
        desk.do("BENEFITS:B", good)


def test_where_the_text_names_no_decider_nothing_can_be_decided_and_it_says_so() -> None:
    under = procedure(decided="")
    desk = Desk(under)
    assert desk.propose(cases_of("AAA", under=under), days(0, 1, 2), instant_us("3d 00:00")) == []
    counted = tuple(CountedEvent(event_id=f"evt-{day}", at_us=START_US) for day in range(3))
    one = SuspensionEvent(kind="proposed", at_us=START_US, author="w", mandate_sha256=under.sha256, counted=counted)
    with pytest.raises(NotAwaitedError, match="does not say who decides on it: nothing can be decided"):
        desk.do("BENEFITS:B", one)


def test_a_book_rebuilt_from_its_entries_is_the_same_and_an_impossible_entry_stops_it() -> None:
    desk = proposed()
    desk.vote("B", "yes", "4d 00:00")
    desk.vote("CHAIR", "yes", "4d 00:00")
    desk.end(instant_us("18d 00:00"))
    again = SuspensionBook(procedures=desk.book.procedures)
    for entry in desk.entries:
        again.apply(entry)
    assert again == desk.book
    with pytest.raises(IntegrityError, match="cannot have been accepted"):
        again.apply(desk.entries[1])
    ends_us = instant_us("18d 00:00")
    with pytest.raises(NotAwaitedError, match="no such time runs"):
        desk.do("BENEFITS:B", SuspensionEvent(kind="restored", at_us=ends_us, author="", due_at_us=ends_us))


# --- what judge makes of it ---------------------------------------------------------------------------------


def verdict(desk, party: str, when: str, act: str = "move") -> set[str]:
    """What an act of that party at that moment is, with the registers as they are."""
    row = happening(instant_us(when) // S, act=act, parties=[party])
    rows = {"events": [event("evt-9", row, ["obs-9"])], "observations": [observation("obs-9", row)]}
    return told(PROCEDURE.mandate, material(**rows, notices=notices_of(desk.book)))[0]


def test_the_clauses_are_lifted_while_it_runs_and_no_longer() -> None:
    desk = proposed()
    assert verdict(desk, "B", "3d 12:00") == {"NO_MOVES B breach"}, "a proposal lifts nothing"
    desk.vote("B", "yes", "4d 00:00")
    desk.vote("CHAIR", "yes", "4d 00:00")
    for when, party, act, expected in (
        ("3d 23:59:59", "B", "move", "NO_MOVES B breach"),  # no decision reaches back
        ("4d 00:00", "B", "move", "NO_MOVES B no_breach"),
        ("17d 23:59:59", "B", "move", "NO_MOVES B no_breach"),
        ("18d 00:00", "B", "move", "NO_MOVES B breach"),
        ("5d 00:00", "A", "move", "NO_MOVES A breach"),  # only for the victim
        ("5d 00:00", "B", "exercise", "REPORT B breach"),  # only the clauses that it names
    ):
        assert verdict(desk, party, when, act) == {expected}, when
    desk.end(instant_us("18d 00:00"))
    assert verdict(desk, "B", "17d 00:00") == {"NO_MOVES B no_breach"}, "what it lifted while it ran stays lifted"


def test_a_refused_suspension_lifts_nothing() -> None:
    desk = proposed()
    desk.vote("A", "no", "4d 00:00")
    desk.vote("CHAIR", "no", "4d 00:00")
    assert verdict(desk, "B", "5d 00:00") == {"NO_MOVES B breach"}
