"""Random actors: they consent or not, vote, object, attribute, stay silent. Everybody may do anything that is asked."""

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

from truceline.base.errors import DecisionError, InputError
from truceline.mandate import parse_mandate
from truceline.model.case import CaseEvent, Opening
from truceline.respond import (
    CaseBook,
    CaseState,
    Procedure,
    asked,
    case_id_of,
    entry_of,
    panel_of,
    procedure_of,
    timer_of,
)

ROOT = Path(__file__).resolve().parents[2]
START_US = 1_800_000_000_000_000
S = 1_000_000
MOST_EVENTS = 120


@cache
def library() -> tuple[tuple[str, Procedure], ...]:
    """Every response of the library, by its mandate's name."""
    found = []
    for path in sorted((ROOT / "mandates").glob("*/*.truce")):
        procedure = procedure_of(parse_mandate(path.read_text("utf-8"), name=path.stem, source=str(path)))
        found += [(response.name, procedure) for response in procedure.mandate.responses]
    return tuple(found)


def opening_of(procedure: Procedure, response: str, *, addressees: tuple[str, ...] = ()) -> Opening:
    """A case's beginning: by the first clause that leads to the response, or by none."""
    leading = [clause for clause in procedure.mandate.clauses if clause.response == response]
    bound = leading[0].parties if leading else procedure.parties
    return Opening(
        mandate=procedure.mandate.name,
        mandate_sha256=procedure.sha256,
        response=response,
        clause=leading[0].name if leading else "",
        breach_class=leading[0].breach_class if leading else "",
        reading="",
        finding_ids=("fnd-1",),
        event_ids=("evt-1",),
        addressees=addressees or bound,
    )


class Play:
    """One case, played by chance. `events` is what happened, in order."""

    def __init__(self, procedure: Procedure, response: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self.book = CaseBook(procedures={procedure.sha256: procedure})
        self.opening = opening_of(procedure, response)
        self.case_id = case_id_of(self.opening)
        self.procedure = procedure
        self.culprit = self.chance.choice((*self.opening.addressees, ""))  # whom the panel mostly names
        self.events: list[CaseEvent] = []
        self.places: list[CaseState] = []
        self.do(CaseEvent(kind="opened", at_us=START_US, author="watch", opening=self.opening))

    @property
    def state(self) -> CaseState:
        return self.book.cases[self.case_id]

    def do(self, event: CaseEvent) -> None:
        self.book.after(self.case_id, event)
        self.book.apply(entry_of(self.case_id, event, known_at_us=event.at_us))
        self.events.append(event)
        self.places.append(self.state)

    def run(self) -> "Play":
        """Until nothing more can happen, or nobody acts where no time runs."""
        at_us = START_US
        while not (self.state.ended or self.state.undefined) and len(self.events) < MOST_EVENTS:
            timer = timer_of(self.state)
            until_us = timer.fires_at_us if timer else at_us + 1_000 * 3_600 * S
            at_us = max(at_us, self.state.last_at_us)
            at_us += self.chance.choice((0, 1, S, (until_us - at_us) // 8, (until_us - at_us) // 2))
            if self.chance.random() < 0.1:
                at_us = max(at_us, until_us - self.chance.choice((0, 1, S)))
            if timer and at_us >= until_us:
                at_us = timer.due_at_us
                kind = "late" if timer.result == "late" else "unattributed"
                self.do(CaseEvent(kind=kind, at_us=at_us, author="", step=timer.step, due_at_us=timer.due_at_us))
                continue
            event = self.choice(at_us)
            if event is None:
                if timer is None:
                    break
                continue
            try:
                self.do(event)
            except (DecisionError, InputError):
                continue
        return self

    def choice(self, at_us: int) -> CaseEvent | None:
        """Something that somebody might do now, sometimes something that nobody asked for."""
        step = self.state.stands.place
        number = len(self.events)
        event = CaseEvent(kind="noted", at_us=at_us, author=f"person {number}", step=step, words="seen")
        panel = panel_of(self.procedure.mandate, self.state.opening.breach_class)
        kind = self.chance.random() if timer_of(self.state) else 1.0
        if kind < 0.4 and panel and self.state.stands.attributed is None and len(self.state.votes) < panel.seats:
            party = self.culprit if self.chance.random() < 0.9 else self.chance.choice(self.opening.addressees)
            return replace(event, kind="attributing", party=party, words="")
        if kind < 0.42:
            return event
        if kind < 0.45:
            actor = self.chance.choice((*self.procedure.parties, *self.procedure.bodies))
            wild = self.chance.choice(("acted", "voted", "confirmed", "objected", "consented"))
            return replace(event, kind=wild, actor=actor, result=self.chance.choice(("done", "yes", "no", "refused")))
        wanted = asked(self.state)
        if not wanted:
            return None
        one = self.chance.choice(wanted)
        return replace(event, kind=one.kind, actor=one.actor, result=self.chance.choice(one.results), words="")
