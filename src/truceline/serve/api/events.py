"""Events, findings and what else was seen or said; people's decisions about them; counts and search."""

import json
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Query, Request, Response

from truceline.base.units import US_PER_S
from truceline.fuse.quality import sample
from truceline.model.account import Account, Recipient
from truceline.model.coverage import seen_permille
from truceline.model.finding import Verdict
from truceline.model.review import STATUSES, Review
from truceline.model.vocabulary import ACTS
from truceline.release import released_counts, shown
from truceline.report import scope_of
from truceline.report.bulletins import footings, reconciliations
from truceline.report.totals import least_permille, per_watched_day
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Draw
from truceline.run.live.watching.judging import double_review, sample_of
from truceline.serve.api.answers import REFUSALS, body, done, key_of, listing, one, recipient
from truceline.serve.api.bodies import ReviewBody, SampleBody
from truceline.serve.security import needs

LEAST = 3  # smaller counts are shown as fewer than this to whoever is outside
MOST = 10_000
Kind = Literal["observation", "claim", "notice", "impediment", "coverage", "casualty", "damage"]
_SEARCHED = ("act", "place_name", "clause", "weapon_class", "weapon_system", "object_kind", "verdict", "step", "status")
Limit = Annotated[int, Query(ge=1, le=MOST)]


def events_router(desk: Desk) -> APIRouter:
    """`/events`, `/findings`, `/items`, `/counts`, `/search`, `/reviews`."""
    router = APIRouter(tags=["events and findings"], responses=REFUSALS)

    @router.get("/events", summary="Events, as released to you")
    def events(to: Recipient = Depends(recipient), status: str = "", limit: Limit = 1_000) -> Response:  # noqa: B008
        rows = desk.table("event", to)
        return listing(rows.filter(pc.equal(rows["status"], status)) if status else rows, name="events", limit=limit)

    @router.get("/events/{event_id}", summary="One event")
    def event(event_id: str, to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return body(one(desk, "event", event_id, to))

    @router.get("/findings", summary="Findings, as released to you")
    def findings(to: Recipient = Depends(recipient), verdict: str = "", limit: Limit = 1_000) -> Response:  # noqa: B008
        rows = desk.table("finding", to)
        found = rows.filter(pc.equal(rows["verdict"], verdict)) if verdict else rows
        return listing(found, name="findings", limit=limit)

    @router.get("/findings/{finding_id}", summary="One finding, with its certificate and receipt")
    def finding(finding_id: str, to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return body(finding_view(desk, finding_id, to))

    @router.get("/items/{kind}", summary="Observations, claims, notices, impediments, coverage, casualties, damage")
    def items(kind: Kind, to: Recipient = Depends(recipient), limit: Limit = 1_000) -> Response:  # noqa: B008
        return listing(desk.table(kind, to), name="items", limit=limit)

    @router.get("/claims/reconciled", summary="Each claim beside what the record holds")
    def reconciled(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return listing(claims_beside(desk, to), name="claims", limit=MOST)

    @router.get("/counts/{kind}", summary="Counts; small ones only as fewer than")
    def counted(kind: Literal["event", "finding"], to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        least = 0 if to.kind == "mission" else LEAST
        counts = released_counts(desk.table(kind, to), by=_counted(desk, kind), least=least)
        return listing(counts, name="counts", limit=MOST, more={"coverage": coverage_view(desk, to)})

    @router.get(
        "/coverage", summary="What could have been seen in the report's period; for the mission, place by place"
    )
    def coverage(to: Recipient = Depends(recipient), limit: Limit = 1_000) -> Response:  # noqa: B008
        return body(coverage_view(desk, to) | watch_view(desk, to, limit))

    @router.get("/search", summary="Words in what is released to you")
    def search(
        q: Annotated[str, Query(min_length=2, max_length=80)],
        to: Recipient = Depends(recipient),  # noqa: B008
        limit: Limit = 100,
    ) -> Response:
        return body({"found": searched(desk, q, to)[:limit]})

    _add_reviews(router, desk)
    return router


def _add_reviews(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/events/{event_id}/reviews", summary="Confirm, correct, split, merge, reject, finalise", status_code=201
    )
    async def review(
        event_id: str,
        said: ReviewBody,
        request: Request,
        by: Account = Depends(needs("review")),  # noqa: B008
    ) -> Response:
        decision = Review(
            event_id=event_id,
            act=said.act,
            at_us=0,
            author=by.name,
            reason=said.reason,
            members=tuple(said.members),
            others=tuple(said.others),
            values=tuple(said.values.items()),
            blind=said.blind,
        )
        return await done(desk.review(decision, by=by, key=key_of(request)))

    @router.get("/reviews/queue", summary="Events that no person has looked at, oldest first")
    def queue(by: Account = Depends(needs("review")), limit: Limit = 200) -> Response:  # noqa: B008
        rows = desk.table("event", by.recipient)
        return listing(rows.filter(pc.equal(rows["status"], "preliminary")), name="events", limit=limit)

    @router.post("/reviews/samples", summary="Draw events of a day for a blind second review", status_code=201)
    async def draw(said: SampleBody, request: Request, by: Account = Depends(needs("review"))) -> Response:  # noqa: B008
        day_us = (said.from_us, said.from_us + 86_400 * US_PER_S)
        events = sample(desk.own("event"), day_us=day_us, share_permille=said.share_permille, seed=said.seed)
        drawn = Draw(
            name=said.name, from_us=day_us[0], share_permille=said.share_permille, seed=said.seed, events=events
        )
        return await done(desk.ask(drawn, by=by, key=key_of(request)))

    @router.get("/reviews/samples/{name}", summary="A sample: its observations, without anybody's decisions")
    def drawn(name: str, by: Account = Depends(needs("review"))) -> Response:  # noqa: B008
        held = sample_of(desk.books, name)
        members = [each["members"] for each in desk.own("event").to_pylist() if each["event_id"] in held.events]
        ids = pa.array(sorted({one for each in members for one in each}), pa.string())
        rows = desk.table("observation", by.recipient)
        return listing(rows.filter(pc.is_in(rows["observation_id"], value_set=ids)), name="observations", limit=MOST)

    @router.get("/reviews/samples/{name}/quality", summary="Match, false and overlap, beside their targets")
    def quality(name: str, by: Account = Depends(needs("review"))) -> Response:  # noqa: B008
        del by
        found = double_review(
            desk.own("observation"), desk.books, sample_of(desk.books, name), events=desk.own("event")
        )
        shares = {"match": found.match, "false": found.false, "overlap": found.overlap}
        told = {
            which: {
                "part": share.part,
                "whole": share.whole,
                "permille": share.permille,
                "interval_permille": list(share.interval_permille),
                "target_permille": share.target_permille,
                "wanted": share.wanted,
                "met": share.met,
            }
            for which, share in shares.items()
        }
        return body({**told, "missed_by_automation": found.missed})


def _counted(desk: Desk, kind: str) -> dict[str, tuple[str, ...]]:
    """By what a kind is counted, with every value there can be: a value left out would tell that it does not occur."""
    if kind == "event":
        return {"act": (*ACTS, ""), "status": STATUSES}
    clauses = tuple(dict.fromkeys(clause.name for mandate in desk.mandates for clause in mandate.clauses))
    return {"clause": clauses, "verdict": tuple(Verdict)}


def coverage_view(desk: Desk, to: Recipient) -> dict[str, object]:
    """How much of what each clause needs to see was seen in the report's period, from rows that `to` may see.

    Whoever may know exact counts gets that of the period's events and their number on a fully watched day.
    """
    scope = scope_of(desk.mission)
    rows = desk.table("coverage", to).to_pylist()
    clauses = tuple(dict.fromkeys(clause.name for mandate in desk.mandates for clause in mandate.clauses))
    share = least_permille(rows, clauses, scope.from_us, scope.until_us)
    told: dict[str, object] = {
        "from_us": scope.from_us,
        "until_us": scope.until_us,
        "clauses": {each: seen_permille(rows, each, scope.from_us, scope.until_us) for each in clauses},
        "coverage_permille": share,
    }
    if to.kind in ("mission", "auditor"):
        events = scope.count(desk.table("event", to).to_pylist())
        rate = per_watched_day(events, share, scope.span_us)
        told |= {"events": events, "per_watched_day": None if rate is None else float(rate)}
    return told


def watch_view(desk: Desk, to: Recipient, limit: int) -> dict[str, object]:
    """Where and when, what was owed, what could not be verified. The mission's alone: it tells where nobody looks."""
    products = desk.products
    if to.kind != "mission" or products is None:
        return {}
    scope, watch = scope_of(desk.mission), products.watch
    inside = pc.and_(
        pc.less(watch.watched["earliest_at_us"], scope.until_us),
        pc.greater_equal(watch.watched["latest_at_us"], scope.from_us),
    )
    tables = {"watched": watch.watched.filter(inside), "owed": watch.owed, "unverified": watch.unverified}
    counts: dict[str, object] = {f"{name}_count": rows.num_rows for name, rows in tables.items()}
    return {name: rows.slice(0, limit).to_pylist() for name, rows in tables.items()} | counts


def finding_view(desk: Desk, finding_id: str, to: Recipient) -> dict[str, object]:
    """A finding as `to` may see it; its certificate is the mission's, for it holds the facts with their places; the
    receipt is everybody's who was told.
    """
    row = one(desk, "finding", finding_id, to)
    receipt = None if to.kind == "public" else desk.books.receipts.get(finding_id)
    certificate = str(row.get("certificate_sha256") or "") if to.kind == "mission" else ""
    about = [case for case, state in list(desk.books.cases.cases.items()) if finding_id in state.opening.finding_ids]
    return {
        "finding": row,
        "certificate": json.loads(certificate_of(desk, certificate)) if certificate else None,
        "receipt": None
        if receipt is None
        else {"at_us": receipt.at_us, "common_sha256": receipt.common_sha256, "parties": list(receipt.parties)},
        "cases": shown(desk.released_some("case", about, to), now_us=desk.now_us())["case_id"].to_pylist(),
    }


def certificate_of(desk: Desk, sha256: str) -> bytes:
    """A certificate: of the latest round, or as the record holds it. Raises: UnknownNameError, IntegrityError."""
    judged = desk.products.judged if desk.products else ()
    latest = next((each.certificates[sha256] for each in judged if sha256 in each.certificates), None)
    return desk.content(sha256) if latest is None else latest


def claims_beside(desk: Desk, to: Recipient) -> pa.Table:
    """RECONCILIATIONS of the claims that `to` may see, against the events and coverage that it may see."""
    events = desk.table("event", to)
    on = footings(events, desk.table("observation", to), desk.mission.sources)
    return reconciliations(desk.table("claim", to), events, coverage=desk.table("coverage", to), footings=on)


def searched(desk: Desk, words: str, to: Recipient) -> list[dict[str, str]]:
    """Where these words stand in the text columns of what is released, whatever their case."""
    found = []
    for kind in desk.kinds():
        rows = desk.table(kind, to)
        named = rows.column_names[0]
        hits = pc.match_substring(rows[named], words, ignore_case=True)
        for column in _SEARCHED:
            if column in rows.column_names:
                hits = pc.or_(hits, pc.match_substring(rows[column], words, ignore_case=True))
        found += [{"kind": kind, "id": item} for item in rows.filter(pc.fill_null(hits, False))[named].to_pylist()]
    return found
