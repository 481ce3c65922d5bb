"""The first page: what awaits whoever looks, and what is not in order. Beside it areas and suspensions."""

from typing import NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.units import US_PER_S
from truceline.respond import asked, panel_of, waits_for_attribution
from truceline.run.live.operations import Write
from truceline.serve.api.bodies import AreaBody, SuspensionBody
from truceline.serve.api.files import bulletins_for
from truceline.serve.api.mission import area_change, suspension_change
from truceline.serve.pages import words
from truceline.serve.pages.cases import case_rows
from truceline.serve.pages.rendering import (
    REFUSABLE,
    Form,
    Site,
    Viewer,
    among,
    form_of,
    refusal,
    see,
    signed_in,
    viewer_of,
    with_right,
)
from truceline.serve.pages.review import QUEUES, waiting_for

SHOWN_CASES, SHOWN_BULLETINS = 6, 5
LATE_S = 300  # a message that waits longer is late
_TIMER_US = 10 * US_PER_S
_AREA_KINDS, _RESULTS = ("assigned", "withdrawn", "proposed", "consented"), ("", "yes", "no")


class Task(NamedTuple):
    """Something that is awaited from whoever looks."""

    what: str
    results: str  # what can be stated, or what more there is to say of it
    where: str
    due_us: int | None


def home_pages(site: Site) -> APIRouter:
    """`/`, `/areas`, `/suspensions`."""
    router, desk = APIRouter(), site.desk

    @router.get("/")
    def home(request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008 - the framework's way
        cases = [row for row in case_rows(desk, viewer.to) if not row["ended"]]
        bulletins = [row for row in bulletins_for(desk, viewer.to).to_pylist() if row["language"] == "en"]
        values = {
            "tasks": tasks(site, viewer),
            "cases": cases[:SHOWN_CASES],
            "cases_count": len(cases),
            "bulletins": bulletins[:SHOWN_BULLETINS],
            "warnings": warnings(site) if viewer.inside else [],
            "queues": {name: len(waiting_for(desk, name, viewer)) for name in QUEUES} if viewer.may("review") else {},
            "mandates": desk.mandates,
        }
        return site.page(request, viewer, "home", values)

    _add_areas(router, site)
    _add_suspensions(router, site)
    return router


def tasks(site: Site, viewer: Viewer) -> list[Task]:
    """What is awaited of this account in cases that it may see, what is due soonest first."""
    desk, found = site.desk, []
    for row in case_rows(desk, viewer.to):
        state = desk.books.cases.cases.get(row["case_id"])
        if state is None or row["ended"]:
            continue
        where = f"/cases/{row['case_id']}"
        mine = [each for each in asked(state) if each.needed and each.actor in viewer.speaks_for]
        for each in mine:
            what = f"{state.stands.place}: {words.STATEMENTS_AWAITED[each.kind]} as {each.actor}"
            found.append(Task(what, ", ".join(each.results).replace("_", " "), where, row["due_at_us"]))
        panel = panel_of(state.procedure.mandate, state.opening.breach_class)
        voted = any(vote.author == viewer.account.name for vote in state.votes)
        if panel and viewer.account.panel and viewer.may("attribute") and not state.violator and not voted:
            waits = "the case waits for it" if waits_for_attribution(state) else "no step waits for it yet"
            found.append(Task("Your vote on whose act it was", waits, where, row["due_at_us"]))
        for each_question in state.questions:
            if each_question.to in viewer.speaks_for and not each_question.answered:
                due = each_question.due_at_us or None
                found.append(Task(f"Answer question {each_question.number} as {each_question.to}", "", where, due))
    return sorted(found, key=lambda task: (task.due_us is None, task.due_us or 0, task.what))


def warnings(site: Site) -> list[str]:
    """What of the mission's own working is not in order, in words."""
    desk, found = site.desk, []
    if desk.writer.failure is not None:
        found.append(f"The record cannot be written: {desk.writer.failure}. Nothing that is stated now is kept.")
    if desk.fault:
        found.append(f"New observations are not judged: {desk.fault}")
    if desk.clock.jumped_us:
        found.append(
            f"The system's clock has jumped by {words.lasting(abs(desk.clock.jumped_us))}. Time goes on from before "
            "the jump until it comes back or an administrator accepts it."
        )
    waiting, oldest_s = desk.outbox.lag()
    if oldest_s > LATE_S:
        found.append(f"{waiting} messages wait to be sent, the oldest for {words.lasting(oldest_s * US_PER_S)}.")
    next_us = desk.books.cases.next_due_us()
    if next_us is not None and desk.now_us() - next_us > _TIMER_US:
        found.append("A time that has passed is not recorded yet: clocks of cases run late.")
    found += [f"Bulletin {name} could not be made: {why}" for name, why in dict(site.issuing.failures).items()]
    return found


def _add_areas(router: APIRouter, site: Site) -> None:
    desk = site.desk

    def values(viewer: Viewer) -> dict[str, object]:
        book = desk.books.areas
        inside = viewer.to.kind in ("mission", "auditor")
        blocked = [each for each in book.blocked() if inside or viewer.to.party in each.waits_for]
        states = [(book.areas[name], book.state(name)) for name in book.areas] if inside else []
        return {"states": states, "blocked": blocked}

    @router.get("/areas")
    def areas(request: Request, viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        return site.page(request, viewer, "areas", values(viewer))

    @router.post("/areas/{name}")
    def change(
        name: str,
        request: Request,
        viewer: Viewer = Depends(with_right("act")),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            said = AreaBody(
                kind=among(sent.text("kind"), _AREA_KINDS, "what happens"),  # type: ignore[arg-type]
                team=sent.text("team")[:80],
                actor=sent.text("actor")[:80],
                result=among(sent.text("result"), _RESULTS, "answer"),  # type: ignore[arg-type]
                words=sent.text("words"),
            )
            desk.ask(Write(make=area_change(desk, name, said)), by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            told = refusal(error, f"{name}-{sent.text('kind')[:20]}")
            return site.page(request, viewer, "areas", {**values(viewer), "sent": sent}, refused=told)
        return see("/areas", "changed")


def _add_suspensions(router: APIRouter, site: Site) -> None:
    desk = site.desk

    def values() -> dict[str, object]:
        book = desk.books.suspensions
        rows = [(state, book.awaited(subject)) for subject, state in list(book.suspensions.items())]
        return {"rows": rows, "mandates": desk.mandates}

    @router.get("/suspensions")
    def suspensions(request: Request, viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        return site.page(request, viewer, "suspensions", values())

    @router.post("/suspensions/{subject}")
    def vote(
        subject: str,
        request: Request,
        viewer: Viewer = Depends(with_right("act")),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            said = SuspensionBody(
                kind="voted",
                actor=sent.text("actor")[:80],
                result=among(sent.text("result"), _RESULTS, "vote"),  # type: ignore[arg-type]
                words=sent.text("words"),
            )
            operation = Write(make=suspension_change(subject, said))
            desk.ask(operation, by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            told = refusal(error, subject)
            return site.page(request, viewer, "suspensions", {**values(), "sent": sent}, refused=told)
        return see("/suspensions", "stated")
