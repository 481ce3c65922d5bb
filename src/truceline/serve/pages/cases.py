"""Cases: how long each still has; one with its steps, what is awaited, its history, and forms to state something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import OutOfRangeError, TrucelineError
from truceline.base.time import interval_us
from truceline.model.account import Recipient
from truceline.model.batch import table
from truceline.model.case import HISTORY
from truceline.model.entry import Entry
from truceline.release import release, shown
from truceline.respond import Asked, CaseState, asked, deed, event_of, panel_of, step, waits_for_attribution
from truceline.run.live.desk import Desk
from truceline.run.live.operations import ActInCase, Attribute, OpenCase
from truceline.run.live.watching.watch import opening_about
from truceline.serve.api.cases import case_view, speaker
from truceline.serve.api.files import bulletins_for
from truceline.serve.pages.rendering import (
    REFUSABLE,
    Form,
    Refusal,
    Site,
    Viewer,
    form_of,
    refusal,
    see,
    viewer_of,
    with_right,
)
from truceline.serve.pages.words import STATEMENTS_AWAITED, Row


class Passed(NamedTuple):
    """A step that is over."""

    step: str
    result: str
    at_us: int
    by: str  # the actor of the mandate; empty: time
    author: str  # the account, for the mission alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A form for one thing that this account may state now."""

    form: str
    kind: str
    actor: str
    title: str
    results: tuple[str, ...] = ()
    step: str = ""
    needs_words: bool = False
    to: tuple[str, ...] = ()  # a question: whom it may be asked of
    question: str = ""  # an answer: to what


def cases_pages(site: Site) -> APIRouter:
    """`/cases`."""
    router, desk = APIRouter(), site.desk

    @router.get("/cases")
    def cases(request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008 - the framework's way
        rows = case_rows(desk, viewer.to)
        values = {"open": [row for row in rows if not row["ended"]], "over": [row for row in rows if row["ended"]]}
        return site.page(request, viewer, "cases", values)

    @router.post("/cases")
    def open_case(
        viewer: Viewer = Depends(with_right("open")),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        opening = opening_about(desk, sent.text("finding"))
        operation = OpenCase(opening=opening, words=sent.text("words"))
        answer = desk.ask(operation, by=viewer.account, key=sent.text("key")).result()
        return see(f"/cases/{answer.subject}", "stated")

    @router.get("/cases/{case_id}")
    def case(case_id: str, request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008
        return site.page(request, viewer, "case", _case(desk, case_id, viewer))

    @router.post("/cases/{case_id}")
    def state(
        case_id: str,
        request: Request,
        viewer: Viewer = Depends(viewer_of),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            by = speaker(viewer.caller, sent.text("kind"))
            desk.ask(_operation(desk, case_id, sent), by=by, key=sent.text("key")).result()
        except REFUSABLE as error:
            return _again(site, request, viewer, case_id, (sent, error))
        return see(f"/cases/{case_id}", "stated")

    @router.post("/cases/{case_id}/attribution")
    def attribute(
        case_id: str,
        request: Request,
        viewer: Viewer = Depends(with_right("attribute")),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            if not sent.text("party"):
                raise OutOfRangeError("nothing is chosen.", subject="whose act it was", remedy="Choose one.")
            party = sent.text("party") if sent.text("party") != "none" else ""
            vote = Attribute(case_id=case_id, party=party, victim=sent.text("victim"), words=sent.text("words"))
            desk.ask(vote, by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            return _again(site, request, viewer, case_id, (sent, error))
        return see(f"/cases/{case_id}", "stated")

    return router


def case_rows(desk: Desk, to: Recipient) -> list[Row]:
    """Released cases with whom each waits for: what is due soonest first, what has no time last."""
    rows = []
    for row in desk.table("case", to).to_pylist():
        state = desk.books.cases.cases.get(row["case_id"])
        waits = tuple(dict.fromkeys(each.actor for each in asked(state) if each.needed)) if state else ()
        panel = state is not None and not row["ended"] and waits_for_attribution(state)
        rows.append({**row, "waits_for": waits, "panel": panel})
    return sorted(rows, key=lambda row: (row["due_at_us"] is None, row["due_at_us"] or 0, row["case_id"]))


def _operation(desk: Desk, case_id: str, sent: Form) -> ActInCase:
    due = sent.text("due")
    due_us = interval_us(due, zone="UTC", subject="answer by")[0] if due else 0
    if due_us and due_us <= desk.now_us():
        raise OutOfRangeError("it is past already.", subject="answer by", remedy="Name a later time, in UTC.")
    return ActInCase(
        case_id=case_id,
        kind=sent.text("kind"),  # type: ignore[arg-type]  # what is no kind is refused when it is planned
        actor=sent.text("actor"),
        step=sent.text("step"),
        result=sent.text("result"),
        words=sent.text("words"),
        due_at_us=due_us,
    )


def _again(
    site: Site, request: Request, viewer: Viewer, case_id: str, refused: tuple[Form, TrucelineError]
) -> Response:
    sent, error = refused
    told: Refusal = refusal(error, sent.text("form"))
    return site.page(request, viewer, "case", {**_case(site.desk, case_id, viewer), "sent": sent}, refused=told)


def _case(desk: Desk, case_id: str, viewer: Viewer) -> dict[str, object]:
    """All that the page shows. Raises: UnknownNameError."""
    to = viewer.to
    view = case_view(desk, case_id, to)
    state = desk.books.cases.cases[case_id]
    entries = [entry for _, entry in desk.entries("case", case_id)]
    history = view["history"]
    assert isinstance(history, list)
    authors = [entry.author for entry in entries] if viewer.inside else [""] * len(history)
    return {
        "view": view,
        "row": view["case"],
        "history": [{**row, "author": author} for row, author in zip(history, authors, strict=True)],
        "passed": _passed(desk, state, entries, to),
        "deeds": {each.name: deed(each) for each in state.protocol.response.steps},
        "awaited": [(each, STATEMENTS_AWAITED[each.kind]) for each in asked(state)],
        "attribution_awaited": not state.ended and waits_for_attribution(state),
        "statements": _statements(state, viewer),
        "vote": _vote(state, viewer),
        "parties": state.procedure.parties,
        "receipts": _receipts(desk, state, to),
        "finals": [
            row
            for row in bulletins_for(desk, to).to_pylist()
            if row["language"] == "en" and desk.issued(row["bulletin_id"]).about == case_id
        ],
        "stood_us": state.at_us(state.stands.at_s),
    }


def _passed(desk: Desk, state: CaseState, entries: Sequence[Entry], to: Recipient) -> list[Passed]:
    """The way it came, worked out anew from its entries; the times as they are released."""
    before, rows, authors = None, [], []
    for entry in entries:
        event = event_of(entry)
        after = step(before, event, desk.books.cases.procedures, case_id=state.case_id).state
        if before is not None and before.stands.place != after.stands.place:
            rows.append(
                {
                    "case_id": state.case_id,
                    "opened_at_us": state.opened_at_us,
                    "kind": event.kind,
                    "decided_by": event.actor,
                    "step": before.stands.place,
                    "outcome": after.came_by,
                    "at_us": event.at_us,
                    "words": "",
                }
            )
            authors.append(entry.author)
        before = after
    told = release(table(rows, HISTORY), kind="case", to=to, rules=desk.mission.release, terms=desk.terms())
    shown_rows = shown(told, now_us=desk.now_us()).to_pylist()
    return [
        Passed(row["step"], row["outcome"], row["at_us"], row["decided_by"], author if to.kind == "mission" else "")
        for row, author in zip(shown_rows, authors, strict=False)
    ]


def _statements(state: CaseState, viewer: Viewer) -> list[Statement]:
    """What this account may state now: first what is awaited from those it speaks for, then what may always be said."""
    place, found = state.stands.place, []
    found += [_awaited(each, place) for each in asked(state) if each.actor in viewer.speaks_for]
    for each in state.questions:
        if each.to in viewer.speaks_for and not each.answered:
            form, number = f"clarified-{each.number}", str(each.number)
            title = f"Answer question {each.number} as {each.to}"
            found.append(
                Statement(
                    form=form,
                    kind="clarified",
                    actor=each.to,
                    title=title,
                    step=number,
                    needs_words=True,
                    question=each.words,
                )
            )
    party = viewer.account.party
    if party and viewer.may("act"):
        told = f"Reply as {party}", f"Report of {party} itself"
        found += [
            Statement(form=kind, kind=kind, actor=party, title=title, needs_words=True)
            for kind, title in zip(("replied", "self_reported"), told, strict=True)
        ]
    if any(viewer.may(right) for right in ("act", "review", "attribute")):
        whom = tuple(name for name in (*state.procedure.parties, *state.procedure.bodies) if name != party)
        found.append(Statement(form="asked", kind="asked", actor="", title="Ask a question", needs_words=True, to=whom))
        found.append(Statement(form="noted", kind="noted", actor="", title="Add a note", needs_words=True))
    return found


def _awaited(each: Asked, place: str) -> Statement:
    verb = STATEMENTS_AWAITED[each.kind]
    title = f"{verb.capitalize()} as {each.actor}" if each.needed else f"Object as {each.actor}"
    form = f"{each.kind}-{each.actor}"
    return Statement(form=form, kind=each.kind, actor=each.actor, title=title, results=each.results, step=place)


def _vote(state: CaseState, viewer: Viewer) -> str:
    """Whether this account sits on the panel of this case: `open`, `cast` by it already, or empty."""
    seated = viewer.account.panel and viewer.may("attribute") and not state.ended and not state.violator
    if not seated or panel_of(state.procedure.mandate, state.opening.breach_class) is None:
        return ""
    return "cast" if any(vote.author == viewer.account.name for vote in state.votes) else "open"


def _receipts(desk: Desk, state: CaseState, to: Recipient) -> list[object]:
    """That all parties were told the same of its findings; not the public's matter."""
    held = desk.books.receipts
    return [] if to.kind == "public" else [held[each] for each in state.opening.finding_ids if each in held]
