"""The messages that an event of a case asks for: worked out from the case alone, so that they are the same every time.

A message names the case, the step and what is awaited. It holds no place and no evidence: whoever sends it adds what
its addressee may see.
"""

from collections.abc import Iterator
from dataclasses import replace

from truceline.base.canonical import sha256_hex
from truceline.model import mandate as m
from truceline.model.case import CaseEvent, Effect, EffectKind
from truceline.respond.state import CaseState, timer_of, waits_for_attribution
from truceline.respond.voices import asked, speakers
from truceline.terms.protocol import REFUSED

TELLING = ("informs", "requests", "refers", "publishes", "convenes", "suspends")  # done, they have told somebody
KEY_DIGITS = 32
_AWAITED = {
    "consented": "your consent",
    "acted": "your act",
    "voted": "your vote",
    "confirmed": "your confirmation",
}
_STATEMENTS = ("acted", "voted", "consented", "confirmed")  # after which somebody else may be awaited
_ENDS = {
    "remedied": "remedied",
    "answered": "answered",
    "unfounded": "unfounded",
    "impasse": "an impasse",
    "handed_over": "handed over",
}


def effects_of(before: CaseState | None, after: CaseState, event: CaseEvent) -> tuple[Effect, ...]:
    """What is to be sent after an event; nothing where the case did not move and nobody new was asked."""
    if event.kind == "attributing" and before and not waits_for_attribution(before):
        return ()  # no step waits for it: it is only remembered
    found = []
    if event.kind == "asked":
        found.append(_effect(after, "task", event.actor, event.words, due_at_us=event.due_at_us))
    moved = before is None or before.stands != after.stands or event.kind == "migrated"
    if before is not None and moved and event.kind in _STATEMENTS:
        found += _told(before, after)
    if moved and after.ended:
        found += _ended(after)
    return (*found, *_tasks(None if moved else before, after, event))


def deed(step: m.Step) -> str:
    """`MISSION visits (from the air)`."""
    towards = f" {' and '.join(step.towards)}" if step.towards else ""
    return f"{step.actor} {step.action}{towards}{f' ({step.words})' if step.words else ''}"


def _told(before: CaseState, after: CaseState) -> Iterator[Effect]:
    """What the step that was just carried out says to those it is directed to: to each the same words."""
    step = before.protocol.steps.get(before.stands.place)
    if step is None or step.action not in TELLING or after.came_by not in before.protocol.found[step.name]:
        return
    everybody = [actor for name in step.towards for actor in _addressed(before, name)]
    for actor in dict.fromkeys(everybody):
        yield replace(_effect(after, "told", actor, f"{deed(step)}."), step=step.name)


def _addressed(state: CaseState, name: str) -> tuple[str, ...]:
    """Who a name of the text stands for: until a role is bound, every party that it may turn out to be."""
    if name == m.VIOLATOR:
        return (state.violator,) if state.violator else state.opening.addressees
    if name == m.VICTIM:
        others = (party for party in state.procedure.parties if set(state.opening.addressees) - {party})
        return (state.victim,) if state.victim else tuple(others)
    return speakers(state, name)


def _tasks(before: CaseState | None, after: CaseState, event: CaseEvent) -> Iterator[Effect]:
    """To each actor that something is newly awaited from: after a move, from everybody the step needs."""
    if before is not None and event.kind not in _STATEMENTS:
        return
    timer = timer_of(after)
    known = {(kind, actor): results for kind, actor, results in asked(before)} if before else {}
    for each in asked(after):
        fresh = set(each.results) - {REFUSED} - set(known.get((each.kind, each.actor), ()))
        if each.needed and fresh:
            words = f"Awaited: {_AWAITED[each.kind]} ({' or '.join(each.results)}) to: {deed(_step(after))}."
            yield _effect(after, "task", each.actor, words, due_at_us=timer.due_at_us if timer else 0)


def _step(state: CaseState) -> m.Step:
    return state.protocol.steps[state.stands.place]


def _ended(state: CaseState) -> Iterator[Effect]:
    end = state.protocol.ends[state.stands.place]
    words = f"The case has ended: {_ENDS[end.kind]}{f' ({end.words})' if end.words else ''}."
    involved = [name for step in state.protocol.response.steps for name in (step.actor, *step.towards)]
    everybody = [*state.opening.addressees, *(actor for name in involved for actor in _addressed(state, name))]
    for actor in dict.fromkeys(everybody):
        yield _effect(state, "ended", actor, words)


def _effect(state: CaseState, kind: EffectKind, to: str, words: str, *, due_at_us: int = 0) -> Effect:
    named = f"{state.case_id}\n{state.count}\n{kind}\n{to}\n{words}"  # words come last: they alone may hold a line end
    return Effect(
        key=sha256_hex(named.encode())[:KEY_DIGITS],
        case_id=state.case_id,
        kind=kind,
        to=to,
        step=state.stands.place,
        words=words,
        at_us=state.last_at_us,
        due_at_us=due_at_us,
    )
