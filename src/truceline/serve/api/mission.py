"""The mission itself: what it is, its areas, suspensions and clock, and its record line by line."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from truceline.base.errors import NoRightError, UnknownNameError
from truceline.base.time import stamp
from truceline.model.account import Account, Recipient
from truceline.model.entry import Entry
from truceline.respond import AreaEvent, SuspensionEvent, area_entry, suspension_entry
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Make, Write, speaks_for
from truceline.run.live.state.books import Books
from truceline.serve.api.answers import REFUSALS, body, done, key_of, recipient
from truceline.serve.api.bodies import AcceptBody, AreaBody, SuspensionBody
from truceline.serve.security import needs


def mission_router(desk: Desk) -> APIRouter:
    """`/mission`, `/areas`, `/suspensions`, `/clock`, `/entries`."""
    router = APIRouter(tags=["mission"], responses=REFUSALS)

    @router.get("/mission", summary="What this mission is: everybody may know it")
    def mission(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008 - the framework's way
        del to
        mandates = [
            {
                "name": mandate.name,
                "title": mandate.header.title,
                "parties": {party.name: party.title for party in mandate.parties},
                "bodies": {each.name: each.title for each in mandate.bodies},
                "clauses": [clause.name for clause in mandate.clauses],
                "responses": [response.name for response in mandate.responses],
            }
            for mandate in desk.mandates
        ]
        told = {"name": desk.mission.name, "zone": desk.mission.zone, "notes": desk.mission.notes, "mandates": mandates}
        return body({**told, "now_us": desk.now_us()})

    @router.get("/areas", summary="Who watches where, and whose consent a change waits for")
    def areas(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        inside = to.kind in ("mission", "auditor")
        book = desk.books.areas
        states = [book.state(name) for name in book.areas] if inside else []
        waiting = [each._asdict() for each in book.blocked() if inside or to.party in each.waits_for]
        return body({"areas": [asdict(state) for state in states], "blocked": waiting})

    @router.post("/areas/{name}", summary="Assign, withdraw, propose, consent", status_code=201)
    async def area(
        name: str,
        said: AreaBody,
        request: Request,
        by: Account = Depends(needs("act")),  # noqa: B008
    ) -> Response:
        return await done(desk.ask(Write(make=area_change(desk, name, said)), by=by, key=key_of(request)))

    @router.get("/suspensions", summary="Clauses that are lifted for a party, or proposed to be")
    def suspensions(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        told = [] if to.kind == "public" else list(desk.books.suspensions.suspensions.values())
        return body({"suspensions": [{"subject": each.subject, "stands": each.stands} for each in told]})

    @router.post("/suspensions/{subject}", summary="Vote or object", status_code=201)
    async def vote(
        subject: str,
        said: SuspensionBody,
        request: Request,
        by: Account = Depends(needs("act")),  # noqa: B008
    ) -> Response:
        return await done(desk.ask(Write(make=suspension_change(subject, said)), by=by, key=key_of(request)))

    _add_inside(router, desk)
    return router


def _add_inside(router: APIRouter, desk: Desk) -> None:
    @router.get("/clock", summary="The desk's time, and whether the system's clock has jumped")
    def clock(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        inside = to.kind in ("mission", "auditor")  # a timer tells that there is a case
        told = {"jumped_us": desk.clock.jumped_us, "next_timer_us": desk.books.cases.next_due_us()} if inside else {}
        return body({"now_us": desk.now_us(), "jumped_us": 0, "next_timer_us": None, **told})

    @router.post("/clock", summary="Accept the system's clock after a jump", status_code=201)
    async def accept(said: AcceptBody, by: Account = Depends(needs("administer"))) -> Response:  # noqa: B008
        jumped_us = desk.clock.accept()
        detail: dict[str, object] = {"jumped_us": jumped_us, "reason": said.reason}
        entry = Entry(kind="clock", subject="accepted", author=by.name, known_at=stamp(desk.now_us()), detail=detail)
        return await done(desk.write("clock", (entry,)))

    @router.get("/entries", summary="The record, line by line: for the mission and its auditors")
    def entries(
        kind: Annotated[str, Query(max_length=40)],
        subject: Annotated[str, Query(max_length=200)],
        to: Recipient = Depends(recipient),  # noqa: B008
    ) -> Response:
        if to.kind not in ("mission", "auditor"):
            raise UnknownNameError("there is no such entry.", subject="record", remedy="See what is released to you.")
        found = desk.entries(kind, subject)
        inside = to.kind == "mission"
        return body({"entries": [_entry_view(position, entry, inside=inside) for position, entry in found]})


def area_change(desk: Desk, name: str, said: AreaBody) -> Make:
    """What is said about an area, for the account that says it."""

    def make(books: Books, by: Account, now_us: int) -> Iterable[Entry]:
        if said.kind == "consented":
            speaks_for(by, said.actor)
        elif by.party:
            raise NoRightError("a party consents, and moves no team.", subject=by.name, remedy="Ask the mission.")
        declared = {area.name: area for area in desk.mission.areas}
        if name not in declared:
            raise UnknownNameError(f"there is no area {name[:80]!r}.", subject="area", remedy="See the list of areas.")
        consent = declared[name].consent if said.kind == "proposed" else ()
        event = AreaEvent(
            kind=said.kind,
            at_us=now_us,
            author=by.name,
            team=said.team,
            consent=consent,
            actor=said.actor,
            result=said.result,
            words=said.words,
        )
        books.areas.refuse(name, event)
        return (area_entry(name, event, known_at_us=now_us),)

    return make


def suspension_change(subject: str, said: SuspensionBody) -> Make:
    """What is said about a suspension, for the actor that the account speaks for."""

    def make(books: Books, by: Account, now_us: int) -> Iterable[Entry]:
        speaks_for(by, said.actor)
        event = SuspensionEvent(
            kind=said.kind, at_us=now_us, author=by.name, actor=said.actor, result=said.result, words=said.words
        )
        books.suspensions.refuse(subject, event)
        return (suspension_entry(subject, event, known_at_us=now_us),)

    return make


def _entry_view(position: int, entry: Entry, *, inside: bool) -> dict[str, object]:
    """An entry; an auditor sees who decided what when, and no free words."""
    detail = entry.detail if inside else {key: value for key, value in entry.detail.items() if key not in _FREE}
    return {"position": position, **entry.body(), "detail": detail}


_FREE = ("words", "reason", "name", "problem", "values", "salt")
