"""One event of a case to the next state: pure, and the same at the desk, at a restart and in a court.

The event's time decides, never a clock. What cannot be is refused with an error, and the case stands as it stood.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from truceline.base.errors import (
    ContradictionError,
    EarlyError,
    LateError,
    MandateError,
    NotAllowedError,
    NotAwaitedError,
    OutOfRangeError,
    RepeatedError,
    UnknownNameError,
)
from truceline.base.time import stamp
from truceline.model import mandate as m
from truceline.model.case import CaseEvent, Effect
from truceline.model.remark import Move
from truceline.respond.effects import effects_of
from truceline.respond.procedure import Procedure
from truceline.respond.state import (
    CaseState,
    Question,
    Said,
    Timer,
    Vote,
    earliest_done_us,
    timer_of,
    waits_for_attribution,
)
from truceline.respond.voices import asked, authors_of, outcome
from truceline.terms.protocol import (
    ATTRIBUTED,
    EXHAUSTED,
    LATE,
    NOT_ATTRIBUTED,
    REFUSED,
    Case,
    Protocol,
    advance,
    moves,
    opened,
)

Procedures = Mapping[str, Procedure]  # by the SHA-256 of the mandate's canonical JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """The case after an event, and the messages that the event asks for."""

    state: CaseState
    effects: tuple[Effect, ...] = ()


def step(state: CaseState | None, event: CaseEvent, procedures: Procedures, *, case_id: str) -> Stepped:
    """The case after one more event, and the messages it asks for.

    Args and Raises: as `stepped`.
    """
    after = stepped(state, event, procedures, case_id=case_id)
    return Stepped(state=after, effects=effects_of(state, after, event))


def stepped(state: CaseState | None, event: CaseEvent, procedures: Procedures, *, case_id: str) -> CaseState:
    """The case after one more event.

    Args:
        state: the case so far; None where the event opens it.
        event: what was said, done or ran out, at `event.at_us`.
        procedures: every version of every mandate that cases are pinned to.
        case_id: whose event it is.

    Raises: DecisionError: it is late, early, repeated, contradicts what was said, or was asked of nobody.
        OutOfRangeError: it lies before what happened already. UnknownNameError: no such mandate, response or party.
    """
    if state is None:
        return _opened(event, procedures, case_id)
    if event.at_us < state.last_at_us and event.kind not in ("late", "unattributed"):
        raise OutOfRangeError(
            f"this happened at {stamp(event.at_us)}, and the case has gone on to {stamp(state.last_at_us)}.",
            subject=case_id,
            remedy="State what happens now; what was known earlier can be added as a note.",
        )
    if event.kind == "migrated":
        return _migrated(state, event, procedures)
    return _KINDS[event.kind](state, event)


class _Counted(TypedDict):
    """What every event changes."""

    count: int
    last_at_us: int


def _counted(state: CaseState, event: CaseEvent) -> _Counted:
    return {"count": state.count + 1, "last_at_us": max(state.last_at_us, event.at_us)}


def case_subject(state: CaseState) -> str:
    """How an error calls the case."""
    return f"{state.case_id} ({state.opening.response}, {state.stands.place or 'where the text says nothing'})"


def panel_of(mandate: m.Mandate, breach_class: str) -> m.Panel | None:
    """The panel that attributes acts of this breach class; None where the mandate names nobody."""
    if mandate.attribution is None:
        return None
    special = {name: part.panel for part in mandate.attribution.thresholds for name in part.classes}
    return special.get(breach_class, mandate.attribution.panel)


def _opened(event: CaseEvent, procedures: Procedures, case_id: str) -> CaseState:
    if event.kind != "opened" or event.opening is None:
        raise NotAwaitedError("no such case was opened.", subject=case_id, remedy="Open it first, or correct the id.")
    opening = event.opening
    procedure = _procedure(procedures, opening.mandate_sha256, case_id)
    protocol = procedure.protocol(opening.response)
    return CaseState(
        case_id=case_id,
        opening=opening,
        opened_at_us=event.at_us,
        stands=_settled(protocol, opened(protocol)),
        last_at_us=event.at_us,
        procedure=procedure,
    )


def _procedure(procedures: Procedures, sha256: str, case_id: str) -> Procedure:
    if sha256 not in procedures:
        raise UnknownNameError(
            f"no mandate with SHA-256 {sha256[:16]} is kept here.",
            subject=case_id,
            remedy="Keep every version of a mandate that a case was opened under.",
        )
    return procedures[sha256]


def _settled(protocol: Protocol, case: Case) -> Case:
    """The case after all that follows at the same moment with nobody acting: used up, or known to be unattributed.

    A circle of such moves leads nowhere: the case then stands where the circle closes, and no time runs.
    """
    met: set[Case] = set()
    while case not in met and (case.attributed is False or case.place in protocol.counted):
        met.add(case)
        last = moves(protocol, case)
        if len(last) != 1 or last[0].result not in (EXHAUSTED, NOT_ATTRIBUTED):
            return case
        case = advance(protocol, case, Move(step=case.place, result=last[0].result, at_s=case.at_s))
    return case


def _moved(state: CaseState, event: CaseEvent, result: str) -> CaseState:
    """The case after its step ended with `result`; statements at the step that was left are history."""
    at_s = max(state.at_s(event.at_us), state.stands.at_s)
    move = Move(step=state.stands.place, result=result, at_s=at_s)
    protocol, left = state.protocol, state.protocol.steps[state.stands.place]
    stands = _settled(protocol, advance(protocol, state.stands, move))
    told_at_us = state.told_at_us
    if left.action == "informs" and result in protocol.found[left.name]:
        told_at_us = told_at_us or event.at_us
    return replace(state, stands=stands, said=(), came_by=result, told_at_us=told_at_us, **_counted(state, event))


def _stated(state: CaseState, event: CaseEvent) -> CaseState:
    """acted, consented, voted, objected, confirmed: one statement, and what the step comes to with it."""
    said = Said(kind=event.kind, actor=event.actor, result=event.result, author=event.author)
    _refuse_statement(state, event, said)
    everything = (*state.said, said)
    result = outcome(state, everything)
    earliest_us = earliest_done_us(state)
    carried_out = result not in (None, REFUSED) or (said.kind == "acted" and said.result != REFUSED)
    if carried_out and (not earliest_us or event.at_us < earliest_us):
        raise EarlyError(
            f"step {event.step} cannot be done before {stamp(earliest_us)}."
            if earliest_us
            else f"step {event.step} takes longer than it may, and can only be refused.",
            subject=case_subject(state),
            remedy="State it then: the mandate says how long it takes at least.",
        )
    if result is None:
        return replace(state, said=everything, **_counted(state, event))
    return _moved(state, event, result)


def _refuse_statement(state: CaseState, event: CaseEvent, said: Said) -> None:
    """Raise where nobody asked for this statement, where its time has passed, or where it was made already."""
    subject = case_subject(state)
    if event.step == state.stands.place:
        refuse_again(state.said, said, subject)
    if state.ended or event.step != state.stands.place:
        raise NotAwaitedError(
            f"it stands at {state.stands.place or 'no step'}, not at step {event.step}.",
            subject=subject,
            remedy="Look at the case again, and act at the step it stands at.",
        )
    timer = timer_of(state)
    if timer and event.at_us >= timer.fires_at_us:
        raise LateError(
            f"its time ended at {stamp(timer.due_at_us)}.", subject=subject, remedy="A reply or note can be added."
        )
    wanted = {(each.kind, each.actor): each.results for each in asked(state)}
    if said.result not in wanted.get((said.kind, said.actor), ()):
        others = sorted(f"{actor} {kind} ({' or '.join(results)})" for (kind, actor), results in wanted.items())
        waiting = "until attribution says whose act it was, nobody" if waits_for_attribution(state) else "nobody"
        raise NotAwaitedError(
            f"{said.actor or 'nobody'} {said.kind} {said.result} is not awaited at step {event.step}.",
            subject=subject,
            remedy=f"Awaited: {'; '.join(others) or waiting}.",
        )
    refuse_same_person(state.said, said, subject)


def refuse_again(before: Iterable[Said], said: Said, subject: str) -> None:
    """Raise where this actor has made such a statement already, the same or another."""
    for earlier in before:
        if (earlier.kind, earlier.actor) == (said.kind, said.actor):
            kind = RepeatedError if earlier.result == said.result else ContradictionError
            raise kind(
                f"{said.actor} {said.kind} {earlier.result} already.",
                subject=subject,
                remedy="What was said stands; a note can be added.",
            )


def refuse_same_person(before: Iterable[Said], said: Said, subject: str) -> None:
    """Two persons: nobody confirms what they reported, and nobody says the same for two actors."""
    if said.kind == "confirmed" and said.author in authors_of(before, "acted", "voted"):
        problem = "whoever reported it may not confirm it too."
    elif said.author in authors_of(before, said.kind):
        problem = "one person speaks for one actor only."
    else:
        return
    raise NotAllowedError(problem, subject=subject, remedy="Ask a second person.")


def _timed_out(state: CaseState, event: CaseEvent) -> CaseState:
    """late, unattributed: exactly the timer that the case has, at its own due time."""
    timer = timer_of(state)
    result = LATE if event.kind == "late" else NOT_ATTRIBUTED
    said = Timer(step=event.step, result=result, due_at_us=event.due_at_us)
    if timer != said or event.at_us != event.due_at_us:
        raise NotAwaitedError(
            f"no such time runs: {event.kind} at step {event.step}, due {stamp(event.due_at_us)}.",
            subject=case_subject(state),
            remedy="Work the timers out again from the case as it stands.",
        )
    return _moved(state, event, result)


def _attributing(state: CaseState, event: CaseEvent) -> CaseState:
    """One panellist's vote on whose act it was; with enough of them the roles are bound."""
    panel = panel_of(state.procedure.mandate, state.opening.breach_class)
    _refuse_vote(state, event, panel)
    assert panel is not None
    victim = event.victim or _other_party(state, event.party)
    votes = (*state.votes, Vote(author=event.author, violator=event.party, victim=victim if event.party else ""))
    agreeing = [vote.victim for vote in votes if vote.violator == event.party]
    if not event.party or len(agreeing) < panel.votes:
        return replace(state, votes=votes, **_counted(state, event))
    # the victim takes as many votes as the violator; where they name several, nobody is bound
    agreed = next((name for name in agreeing if agreeing.count(name) >= panel.votes), "")
    bound = replace(state, votes=votes, violator=event.party, victim=agreed, **_counted(state, event))
    waiting = waits_for_attribution(state)
    stands = advance(
        state.protocol,
        state.stands,
        Move(step=state.stands.place, result=ATTRIBUTED, at_s=max(state.at_s(event.at_us), state.stands.at_s)),
    )
    return replace(bound, stands=stands, said=() if waiting else state.said)


def _refuse_vote(state: CaseState, event: CaseEvent, panel: m.Panel | None) -> None:
    subject = case_subject(state)
    if panel is None or state.ended or state.undefined:
        raise NotAwaitedError(
            "the mandate names nobody who attributes." if panel is None else "the case runs no longer.",
            subject=subject,
            remedy="Nothing is attributed here.",
        )
    until_s = max(state.protocol.attribution_s, state.stands.at_s if waits_for_attribution(state) else 0)
    if state.stands.attributed is not None or state.at_s(event.at_us) > until_s:
        ended = f"its time ended at {stamp(state.at_us(until_s))}"
        done = "attribution is decided" if state.stands.attributed is not None else ended
        raise LateError(f"{done}.", subject=subject, remedy="What was decided stands; a note can be added.")
    for vote in state.votes:
        if vote.author == event.author:
            kind = RepeatedError if vote.violator == event.party else ContradictionError
            raise kind("this panellist has voted.", subject=subject, remedy="A vote stands; a note can be added.")
    if len(state.votes) >= panel.seats:
        raise NotAwaitedError(
            f"all {panel.seats} seats of the panel have voted.", subject=subject, remedy="Nobody else votes."
        )
    if event.party and event.party not in state.opening.addressees:
        raise UnknownNameError(
            f"{event.party} is none of those the finding speaks of.",
            subject=subject,
            remedy=f"They are {', '.join(state.opening.addressees)}; an empty vote says: cannot be attributed.",
        )
    if event.victim and (event.victim not in state.procedure.parties or event.victim == event.party):
        raise UnknownNameError(
            f"{event.victim} cannot be the party that the act was against.",
            subject=subject,
            remedy="Name another party.",
        )


def _other_party(state: CaseState, violator: str) -> str:
    """The other party where there are two; else nobody, until somebody says who."""
    others = [party for party in state.procedure.parties if party != violator]
    return others[0] if len(others) == 1 else ""


def _replied(state: CaseState, event: CaseEvent) -> CaseState:
    _refuse_unknown(state, event)
    return replace(state, replied=(*state.replied, event.actor), **_counted(state, event))


def _refuse_unknown(state: CaseState, event: CaseEvent) -> None:
    if event.actor not in state.procedure.parties and event.actor not in state.procedure.bodies:
        raise UnknownNameError(
            f"the mandate knows nobody called {event.actor[:80]!r}.",
            subject=case_subject(state),
            remedy=f"It knows {', '.join((*state.procedure.parties, *state.procedure.bodies))}.",
        )


def _asked(state: CaseState, event: CaseEvent) -> CaseState:
    _refuse_unknown(state, event)
    if event.due_at_us <= event.at_us:
        raise OutOfRangeError(
            f"it asks for an answer by {stamp(event.due_at_us)}, which has passed.",
            subject=case_subject(state),
            remedy="Name a later time.",
        )
    number = len(state.questions) + 1
    question = Question(number=number, to=event.actor, words=event.words, due_at_us=event.due_at_us)
    return replace(state, questions=(*state.questions, question), **_counted(state, event))


def _clarified(state: CaseState, event: CaseEvent) -> CaseState:
    waiting = {str(each.number): each for each in state.questions if each.to == event.actor and not each.answered}
    if event.step not in waiting:
        raise NotAwaitedError(
            f"{event.actor} was not asked question {event.step}, or has answered it.",
            subject=case_subject(state),
            remedy=f"Open questions: {', '.join(waiting) or 'none'}.",
        )
    questions = (replace(each, answered=True) if each is waiting[event.step] else each for each in state.questions)
    return replace(state, questions=tuple(questions), **_counted(state, event))


def _superseded(state: CaseState, event: CaseEvent) -> CaseState:
    return replace(state, superseded=True, **_counted(state, event))


def _noted(state: CaseState, event: CaseEvent) -> CaseState:
    return replace(state, **_counted(state, event))


def _again(state: CaseState, event: CaseEvent) -> CaseState:  # noqa: ARG001 - one shape for every kind
    raise RepeatedError("this case was opened already.", subject=state.case_id, remedy="Look at the case.")


def _migrated(state: CaseState, event: CaseEvent, procedures: Procedures) -> CaseState:
    """From now on under another version of the mandate: whoever is awaited there is asked anew.

    That version must know the step that the case stands at, and leave time for it. What was said at the step was said
    under other rules: it stays in the record and counts no more.
    """
    new = _procedure(procedures, event.mandate_sha256, state.case_id)
    if new.sha256 == state.procedure.sha256:
        raise RepeatedError(
            "it runs under this version already.", subject=case_subject(state), remedy="Nothing is to be done."
        )
    protocol = new.protocol(state.opening.response)
    if state.ended or state.stands.place not in protocol.steps:
        raise MandateError(
            f"that version has no step {state.stands.place!r} in response {state.opening.response}."
            if not state.ended
            else "the case has ended.",
            subject=case_subject(state),
            remedy="Let the case end under the version it was opened under, or name the step alike.",
        )
    opening = replace(state.opening, mandate=new.mandate.name, mandate_sha256=new.sha256)
    stands = replace(state.stands, arrivals=_arrivals(state, protocol))
    after = replace(
        state,
        opening=opening,
        procedure=new,
        stands=stands,
        said=(),
        **_counted(state, event),
    )
    for each in (state, after):
        timer = timer_of(each)
        if timer and event.at_us >= timer.fires_at_us:
            raise LateError(
                f"under {each.procedure.mandate.name} its time ended at {stamp(timer.due_at_us)}.",
                subject=case_subject(state),
                remedy="Let the case go on under the version it was opened under.",
            )
    return replace(after, stands=_settled(protocol, stands))


def _arrivals(state: CaseState, protocol: Protocol) -> tuple[int, ...]:
    """How often the case came to each step that another version counts, as far as its own version counted."""
    counts = {name: state.stands.arrivals[place] for name, place in state.protocol.counted.items()}
    counts.setdefault(state.stands.place, 1)
    return tuple(min(counts.get(name, 0), (protocol.steps[name].most or 0) + 1) for name in protocol.counted)


_KINDS: dict[str, Callable[[CaseState, CaseEvent], CaseState]] = {
    "opened": _again,
    "acted": _stated,
    "consented": _stated,
    "voted": _stated,
    "objected": _stated,
    "confirmed": _stated,
    "late": _timed_out,
    "unattributed": _timed_out,
    "attributing": _attributing,
    "replied": _replied,
    "self_reported": _replied,
    "asked": _asked,
    "clarified": _clarified,
    "superseded": _superseded,
    "noted": _noted,
}
