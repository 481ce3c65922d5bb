"""Second opinion: whoever the checker says can stop a step can stop it when it runs, and nobody else can."""

from dataclasses import replace

from tests.conftest import LONG
from tests.mandate.protocols import random_mandate
from tests.respond.schedules import START_US, opening_of

from truceline.base.errors import DecisionError
from truceline.model import mandate as m
from truceline.model.case import CaseEvent
from truceline.respond import CaseState, asked, procedure_of, step
from truceline.respond.voices import voices_of
from truceline.terms.actors import Actors
from truceline.terms.protocol import ATTRIBUTED, REFUSED, Case

MANDATES = 20_000 if LONG else 150
AGAINST = {"consented": "no", "voted": "against", "acted": "refused", "confirmed": "no", "objected": "against"}


def standing_at(procedure, step_named, roles) -> CaseState:
    """A case at the beginning of one step, attributed."""
    response = procedure.mandate.responses[0]
    event = CaseEvent(kind="opened", at_us=START_US, author="w", opening=opening_of(procedure, response.name))
    state = step(None, event, {procedure.sha256: procedure}, case_id="case-1").state
    stands = Case(place=step_named.name, at_s=0, arrivals=(0,) * len(state.protocol.counted), attributed=True)
    return replace(state, stands=stands, violator=roles[m.VIOLATOR], victim=roles[m.VICTIM])


def played(procedure, state: CaseState, coalition: frozenset[str]) -> str:
    """How the step ends if the coalition is against everything and the others agree as far as they are asked.

    The others are heard first; then the coalition, which nobody waits for.
    """
    step_named = state.protocol.steps[state.stands.place]
    at_us = state.at_us(step_named.takes_s)
    while True:
        wanted = sorted(asked(state), key=lambda each: each.actor not in coalition or each.kind != "objected")
        for number, one in enumerate(wanted):
            against = one.actor in coalition
            if not (against or one.needed) or (not against and one.results == (REFUSED,)):
                continue
            result = AGAINST[one.kind] if against else one.results[0]
            author = f"{one.actor} {one.kind} {number} {state.count}"
            event = CaseEvent(
                kind=one.kind, at_us=at_us, author=author, actor=one.actor, step=step_named.name, result=result
            )
            try:
                state = step(state, event, {procedure.sha256: procedure}, case_id="case-1").state
            except DecisionError:
                return REFUSED  # takes longer than it may: nobody can do it
            break
        else:
            return "late"
        if state.came_by:
            return state.came_by


def coalitions(family: tuple[int, ...], actors: Actors, everybody: frozenset[str], seed: int):
    """Each smallest stopping coalition, and some that contain none of them."""
    for coalition in family:
        yield frozenset(actors.members(coalition)), True
    known = [frozenset(actors.members(coalition)) for coalition in family]
    names = sorted(everybody)
    for turn in range(6):
        one = frozenset(name for number, name in enumerate(names) if (seed * 7 + turn * 13 + number * number) % 3 == 0)
        for two in (one, *(one - part for part in known if part <= one)):
            small = frozenset(sorted(two)[:3])
            if not any(each <= small for each in known):
                yield small, False


def test_exactly_the_coalitions_that_the_checker_names_can_stop_a_step() -> None:
    tried = {True: 0, False: 0}
    for seed in range(MANDATES):
        procedure = procedure_of(random_mandate(seed))
        response = procedure.mandate.responses[0]
        roles = {m.VIOLATOR: procedure.parties[0], m.VICTIM: procedure.parties[1]}
        actors = Actors(procedure.mandate, roles)
        for each in response.steps:
            if each.within_s is not None and each.takes_s > each.within_s:
                continue
            state = standing_at(procedure, each, roles)
            leaves = frozenset(one.actor for one in voices_of(state).at_first)
            for coalition, stops in coalitions(actors.stopping_step(each), actors, leaves, seed):
                result = played(procedure, state, coalition)
                said = f"mandate {seed}, step {each.name}: {sorted(coalition)} against everything: {result}"
                assert (result in (REFUSED, "late")) == stops, said
                assert result != ATTRIBUTED
                tried[stops] += 1
    assert min(tried.values()) > MANDATES
