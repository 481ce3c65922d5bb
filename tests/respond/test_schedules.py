"""What the checker promised holds when the case runs: no place it does not know, no longer than its worst case."""

from dataclasses import replace

from tests.conftest import LONG
from tests.mandate.protocols import random_mandate
from tests.respond.schedules import START_US, Play, S, library

from truceline.base.errors import MandateError
from truceline.mandate import check_mandate
from truceline.mandate.check.responses.deadlines import worst_case_s
from truceline.respond import CaseBook, entry_of, procedure_of
from truceline.terms.protocol import unfold

SCHEDULES = 100_000 if LONG else 1_000


def known_positions(procedure, response):
    protocol = procedure.protocols[response]
    return {replace(case, at_s=0) for case in unfold(protocol).cases}


def check(play, positions, worst_s):
    for state in play.places:
        stands = replace(state.stands, at_s=0)
        early = replace(stands, attributed=None)  # attributed before any step waited for it, and remembered
        assert stands in positions or (stands.attributed and early in positions), f"{play.case_id}: {state.stands}"
    if worst_s is not None:
        assert play.state.stands.at_s <= worst_s, f"{play.opening.response} ran {play.state.stands.at_s} s of {worst_s}"


def test_random_schedules_over_every_protocol_of_the_library_stay_within_what_the_checker_printed() -> None:
    ends, protocols = set(), library()
    for number, (response, procedure) in enumerate(protocols):
        positions = known_positions(procedure, response)
        worst_s = worst_case_s(procedure.mandate, procedure.protocols[response].response)
        undefined = {
            remark.subject.split()[1].rstrip(",")
            for remark in check_mandate(procedure.mandate)
            if remark.code in ("UNDEFINED", "UNATTRIBUTED")
        }
        for seed in range(SCHEDULES // len(protocols) + 1):
            play = Play(procedure, response, seed * 1_000 + number).run()
            check(play, positions, worst_s)
            assert not play.state.undefined or response in undefined, "the checker did not say so"
            ends.add(play.state.ended)
            if worst_s is not None:
                assert play.state.ended or play.state.undefined, "a bounded protocol comes to an end"
    assert {"remedied", "answered", "unfounded", "impasse", "handed_over"} <= ends


def test_random_protocols_run_where_the_checker_says_they_can() -> None:
    for seed in range(SCHEDULES // 5):
        procedure = procedure_of(random_mandate(seed))
        response = procedure.mandate.responses[0].name
        try:
            positions = known_positions(procedure, response)
        except MandateError:
            continue
        worst_s = worst_case_s(procedure.mandate, procedure.mandate.responses[0])
        check(Play(procedure, response, seed).run(), positions, worst_s)


def test_a_book_rebuilt_from_its_entries_is_the_same_book_with_the_same_messages() -> None:
    for number, (response, procedure) in enumerate(library()):
        for seed in range(3):
            play = Play(procedure, response, seed * 77 + number).run()
            again = CaseBook(procedures=dict(play.book.procedures))
            for event in play.events:
                again.apply(entry_of(play.case_id, event, known_at_us=event.at_us + S))
            assert again.cases == play.book.cases
            assert again.pending == play.book.pending
            assert again.next_due_us() == play.book.next_due_us()
            assert play.state.opened_at_us == START_US
