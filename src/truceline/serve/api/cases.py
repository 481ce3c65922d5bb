"""Cases: where they stand, what is awaited from whom, what was said; statements and votes."""

from collections.abc import Mapping
from dataclasses import asdict

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import NoRightError, NotSignedInError, UnknownNameError
from truceline.base.units import US_PER_S
from truceline.model.account import Account, Recipient
from truceline.release import release, shown
from truceline.respond import CaseState, asked, panel_of, timer_of
from truceline.run.live.desk import Desk
from truceline.run.live.operations import ActInCase, Attribute, Migrate, OpenCase
from truceline.run.live.state.views import history_of
from truceline.run.live.watching.watch import opening_about
from truceline.serve.api.answers import REFUSALS, body, done, key_of, listing, one, recipient
from truceline.serve.api.bodies import ActBody, AttributionBody, MigrationBody, OpenBody
from truceline.serve.security import Caller, caller, needs

LIMIT = 1_000


def cases_router(desk: Desk) -> APIRouter:
    """`/cases`."""
    router = APIRouter(prefix="/cases", tags=["cases"], responses=REFUSALS)

    @router.get("", summary="All cases, as released to you")
    def cases(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008 - the framework's way, here and below
        return listing(desk.table("case", to), name="cases", limit=LIMIT, more={"now_us": desk.now_us()})

    @router.get("/{case_id}", summary="One case: its steps, its clock, its history")
    def case(case_id: str, to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return body(case_view(desk, case_id, to))

    @router.post("", summary="Open a case about a finding", status_code=201)
    async def open_case(said: OpenBody, request: Request, by: Account = Depends(needs("open"))) -> Response:  # noqa: B008
        opening = opening_about(desk, said.finding_id)
        return await done(desk.ask(OpenCase(opening=opening, words=said.words), by=by, key=key_of(request)))

    @router.post("/{case_id}/statements", summary="Act, consent, vote, confirm, reply, ask, note", status_code=201)
    async def state(
        case_id: str,
        said: ActBody,
        request: Request,
        asking: Caller = Depends(caller),  # noqa: B008
    ) -> Response:
        by = speaker(asking, said.kind)
        operation = ActInCase(
            case_id=case_id,
            kind=said.kind,
            actor=said.actor,
            step=said.step,
            result=said.result,
            words=said.words,
            due_at_us=said.due_at_us,
        )
        return await done(desk.ask(operation, by=by, key=key_of(request)))

    @router.post("/{case_id}/attribution", summary="A panellist's vote on whose act it was", status_code=201)
    async def attribute(
        case_id: str,
        said: AttributionBody,
        request: Request,
        by: Account = Depends(needs("attribute")),  # noqa: B008
    ) -> Response:
        operation = Attribute(case_id=case_id, party=said.party, victim=said.victim, words=said.words)
        return await done(desk.ask(operation, by=by, key=key_of(request)))

    @router.post("/{case_id}/migration", summary="Move a case to another version of its mandate", status_code=201)
    async def migrate(
        case_id: str,
        said: MigrationBody,
        request: Request,
        by: Account = Depends(needs("administer")),  # noqa: B008
    ) -> Response:
        operation = Migrate(case_id=case_id, mandate_sha256=said.mandate_sha256, words=said.words)
        return await done(desk.ask(operation, by=by, key=key_of(request)))

    return router


def speaker(asking: Caller, kind: str) -> Account:
    """The account, where it came with a right to make such a statement: a key may have fewer than its account.

    Raises: NotSignedInError, NoRightError.
    """
    wanted = ("act", "review", "attribute") if kind in ("asked", "noted") else ("act",)
    if not asking.account.name:
        raise NotSignedInError("nobody is signed in.", subject="session", remedy="Sign in, or send an API key.")
    if not set(wanted) & set(asking.rights):
        raise NoRightError(
            f"it may not {' or '.join(wanted)}.", subject=asking.account.name, remedy="Ask the mission's administrator."
        )
    return asking.account


def case_view(desk: Desk, case_id: str, to: Recipient) -> dict[str, object]:
    """One case as `to` may see it. Raises: UnknownNameError: none, or not released, which is told alike."""
    row = one(desk, "case", case_id, to)
    state = desk.books.cases.cases.get(case_id)
    if state is None:
        raise UnknownNameError(f"there is no {case_id[:80]!r}.", subject="case", remedy="See the list of cases.")
    inside = to.kind in ("mission", "auditor")
    entries = [
        entry for _, entry in desk.entries("case", case_id) if inside or entry.detail["kind"] != "attributing"
    ]  # how each panellist voted is the mission's
    history = release(
        history_of(state, entries, to), kind="case", to=to, rules=desk.mission.release, terms=desk.terms()
    )
    return {
        "case": row,
        "awaited": [each._asdict() for each in asked(state)],
        "attribution": _attribution(state, to),
        "protocol": protocol_view(state, row, to),
        "history": shown(history, now_us=desk.now_us()).to_pylist(),
        "superseded": state.superseded,
        "questions": [asdict(each) for each in state.questions if to.kind == "mission" or each.to == to.party],
        "now_us": desk.now_us(),
    }


def protocol_view(state: CaseState, row: Mapping[str, object], to: Recipient) -> dict[str, object]:
    """The response it runs, step by step, as its mandate says it: nobody's secret. Its times are those of `row`, which
    was released; exact for whoever must act by them.
    """
    response = state.protocol.response
    timer = timer_of(state)
    exact = to.kind in ("mission", "auditor") or any(to.party and each.actor == to.party for each in asked(state))
    opened_us = state.opened_at_us if exact else int(str(row["opened_at_us"]))
    return {
        "mandate_sha256": state.opening.mandate_sha256,
        "response": response.name,
        "deadline_at_us": 0 if response.deadline_s is None else opened_us + response.deadline_s * US_PER_S,
        "stands": state.stands.place,
        "undefined": state.undefined,
        "timer": None
        if timer is None
        else {"result": timer.result, "due_at_us": timer.due_at_us if exact else row["due_at_us"]},
        "steps": [
            {
                "name": step.name,
                "actor": step.actor,
                "action": step.action,
                "towards": list(step.towards),
                "words": step.words,
                "within_s": step.within_s,
                "takes_s": step.takes_s,
                "exits": {each.result: each.to for each in step.exits},
            }
            for step in response.steps
        ],
        "ends": {end.name: end.kind for end in response.ends},
    }


def _attribution(state: CaseState, to: Recipient) -> dict[str, object]:
    """Whose act it was, once that is decided; how the panel voted is the mission's alone."""
    panel = panel_of(state.procedure.mandate, state.opening.breach_class)
    inside = to.kind in ("mission", "auditor")
    return {
        "violator": state.violator,
        "victim": state.victim,
        "panel": None if panel is None else {"votes": panel.votes, "seats": panel.seats, "within_s": panel.within_s},
        "votes": [asdict(vote) for vote in state.votes] if inside else [],
    }
