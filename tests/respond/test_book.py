"""The book of cases: timers that fire once, messages that are settled, entries that keep what was said."""

from dataclasses import replace

import pytest
from tests.respond.schedules import START_US, S, library, opening_of

from truceline.base.errors import IntegrityError, NotAwaitedError, UnknownNameError
from truceline.model.case import CaseEvent
from truceline.model.entry import Entry
from truceline.respond import CaseBook, case_id_of, deed, entry_of, event_of, procedure_of, step

H_US = 3_600 * S
PROCEDURE = next(each for _, each in library() if each.mandate.name == "second-draft")
OPENING = opening_of(PROCEDURE, "STOP")
CASE = case_id_of(OPENING)
OPENED = CaseEvent(kind="opened", at_us=START_US, author="watch", opening=OPENING)
TOLD = CaseEvent(kind="acted", at_us=START_US + S, author="watch", actor="MISSION", step="tell", result="done")


def book_of(*events: CaseEvent) -> CaseBook:
    book = CaseBook(procedures={PROCEDURE.sha256: PROCEDURE})
    for event in events:
        book.apply(entry_of(CASE, event, known_at_us=event.at_us))
    return book


def attributed(at_us: int) -> list[CaseEvent]:
    vote = CaseEvent(kind="attributing", at_us=at_us, author="", actor="MISSION", party="ALPHA")
    return [replace(vote, author=f"panellist {number}") for number in range(4)]


def test_a_timer_fires_once_also_where_attribution_came_before_any_step_waited_for_it() -> None:
    book = book_of(OPENED, *attributed(START_US + 60 * S))
    fired = list(book.due(START_US + 2 * H_US))
    assert [(event.kind, event.at_us) for _, event in fired] == [("late", START_US + H_US)]
    assert not list(book.due(START_US + 2 * H_US))


def test_a_timer_fires_in_the_second_after_its_time_and_no_sooner() -> None:
    book = book_of(OPENED)
    assert book.next_due_us() == START_US + H_US + S
    assert not list(book.due(START_US + H_US + S - 1))
    assert list(book.due(START_US + H_US + S))


def test_a_timer_whose_end_could_not_be_recorded_is_wound_again() -> None:
    book = book_of(OPENED)
    (first,) = book.due(START_US + 2 * H_US)
    book.wind(CASE)
    book.wind(CASE)
    assert list(book.due(START_US + 2 * H_US)) == [first]


def test_asking_what_runs_out_next_changes_nothing_for_pages_ask_while_the_writer_writes() -> None:
    book, before = book_of(OPENED, TOLD), book_of(OPENED, TOLD)  # the first step's timer runs no more
    assert book.next_due_us() == START_US + S + 6 * H_US + S
    assert book == before, "a reader beside the writer could take away a timer that still runs"


def test_timers_that_ran_out_one_after_the_other_show_in_turn() -> None:
    book, kinds = book_of(OPENED), []
    for case_id, event in book.due(START_US + 100 * 24 * H_US):
        kinds.append((event.step, (event.at_us - START_US) // H_US))
        book.apply(entry_of(case_id, event, known_at_us=START_US + 100 * 24 * H_US))
    assert kinds == [("tell", 1), ("look", 7), ("visit", 31), ("weigh", 79), ("publish", 103)]
    assert book.case(CASE).ended == "impasse"
    assert book.next_due_us() is None


def test_a_later_version_of_the_mandate_brings_its_own_timer_and_the_old_one_fires_no_more() -> None:
    response = replace(
        PROCEDURE.mandate.responses[0],
        steps=tuple(replace(each, within_s=each.within_s * 3) for each in PROCEDURE.mandate.responses[0].steps),
    )
    later = replace(PROCEDURE.mandate, responses=(response, *PROCEDURE.mandate.responses[1:]))
    procedure = procedure_of(later)
    book = book_of(OPENED)
    book.procedures[procedure.sha256] = procedure
    moved = CaseEvent(kind="migrated", at_us=START_US + S, author="head", mandate_sha256=procedure.sha256)
    book.apply(entry_of(CASE, moved, known_at_us=moved.at_us))
    assert not list(book.due(START_US + 2 * H_US))
    assert [event.at_us for _, event in book.due(START_US + 4 * H_US)] == [START_US + 3 * H_US]


def test_messages_stay_until_they_are_delivered_or_given_up() -> None:
    book = book_of(OPENED, TOLD)
    keys = list(book.pending)
    assert len(keys) == 7
    for key, state in zip(keys, ("delivered", "given_up", "failed", "tried"), strict=False):
        book.apply(
            Entry(kind="effect", subject=key, author="t", known_at="2027-01-01T00:00:00Z", detail={"state": state})
        )
    assert list(book.pending) == keys[2:]


def test_a_message_says_the_same_to_everybody_and_names_the_step_it_is_about() -> None:
    book = book_of(OPENED)
    effects = step(book.case(CASE), TOLD, book.procedures, case_id=CASE).effects
    told = [effect for effect in effects if effect.kind == "told"]
    assert {effect.words for effect in told} == {"MISSION informs ALPHA and BETA and COMMISSION."}
    assert {effect.step for effect in told} == {"tell"}
    (task,) = (effect for effect in effects if effect.kind == "task")
    assert (task.step, task.to, task.due_at_us) == ("look", "MISSION", START_US + S + 6 * H_US)
    look = PROCEDURE.mandate.responses[0].steps[1]
    assert (
        task.words
        == f"Awaited: your act (substantiated or not_substantiated or inconclusive or refused) to: {deed(look)}."
    )


def test_an_entry_keeps_every_word_and_document_of_a_dissent() -> None:
    said = CaseEvent(
        kind="voted",
        at_us=START_US + S,
        author="anna",
        actor="BETA",
        step="weigh",
        result="against",
        words="The visit came too late.",
        hashes=("a" * 64,),
    )
    entry = entry_of(CASE, said, known_at_us=START_US + 9 * S)
    assert entry.detail["words"] == "The visit came too late."
    assert entry.hashes == said.hashes
    assert event_of(entry) == said
    assert event_of(entry_of(CASE, OPENED, known_at_us=START_US)) == OPENED


def test_an_entry_that_cannot_have_been_accepted_stops_the_book() -> None:
    for event in (TOLD, replace(OPENED, opening=None)):
        with pytest.raises(IntegrityError, match="no such case was opened"):
            book_of(event)
    book = book_of(OPENED)
    wrong = entry_of(CASE, replace(TOLD, step="look"), known_at_us=TOLD.at_us)
    with pytest.raises(IntegrityError, match="it stands at tell, not at step look"):
        book.apply(wrong)
    with pytest.raises(IntegrityError, match="Stop, keep the disk"):
        book.apply(replace(wrong, detail={"kind": "unheard of"}))
    with pytest.raises(NotAwaitedError):
        book.after(CASE, replace(TOLD, step="look"))
    with pytest.raises(UnknownNameError, match="there is no case"):
        book.case("case-none")
    elsewhere = replace(OPENED, opening=replace(OPENING, mandate_sha256="0" * 64))
    with pytest.raises(UnknownNameError, match="Keep every version"):
        book.after("case-2", elsewhere)
    with pytest.raises(UnknownNameError, match="has no response NONE"):
        book.after("case-2", replace(OPENED, opening=replace(OPENING, response="NONE")))


def test_cases_of_the_same_events_under_the_same_clause_and_reading_are_one() -> None:
    turned = replace(OPENING, event_ids=("evt-2", "evt-1"), finding_ids=("fnd-9",))
    assert case_id_of(replace(OPENING, event_ids=("evt-1", "evt-2"))) == case_id_of(turned)
    assert case_id_of(turned) != case_id_of(replace(turned, reading="other"))
