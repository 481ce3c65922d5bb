"""Findings with why they say what they say, events with their observations, claims beside the record, raw bytes."""

from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Query, Request, Response

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnknownNameError
from truceline.base.time import stamp
from truceline.model.entry import Entry
from truceline.model.finding import Verdict
from truceline.model.material import Material
from truceline.model.review import STATUSES
from truceline.run.explaining import Explanation, Grounds, explained, explained_outside
from truceline.run.live.desk import Desk
from truceline.serve.api.answers import one
from truceline.serve.api.events import certificate_of, claims_beside, coverage_view, finding_view
from truceline.serve.pages.rendering import Site, Viewer, signed_in, viewer_of
from truceline.serve.pages.words import Row

PAGE_ROWS = 100
_Page = Annotated[int, Query(ge=1, le=10_000)]


def findings_pages(site: Site) -> APIRouter:
    """`/findings`, `/events`, `/claims`, `/raw`."""
    router, desk = APIRouter(), site.desk

    @router.get("/findings")
    def findings(
        request: Request,
        verdict: str = "",
        page: _Page = 1,
        viewer: Viewer = Depends(viewer_of),  # noqa: B008 - the framework's way, here and below
    ) -> Response:
        rows = desk.table("finding", viewer.to)
        values = _part(rows, "verdict", verdict, page) | {"choices": tuple(Verdict)}
        values["seen"] = coverage_view(desk, viewer.to)
        return site.page(request, viewer, "findings", values)

    @router.get("/findings/{finding_id}")
    def finding(finding_id: str, request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008
        view = finding_view(desk, finding_id, viewer.to)
        row = view["finding"]
        assert isinstance(row, dict)
        may_open = viewer.may("open") and row["verdict"] == Verdict.BREACH and not view["cases"]
        values = {"view": view, "row": row, "explanation": explanation(desk, row, viewer), "may_open": may_open}
        titles = {mandate.name: mandate.header.title or mandate.name for mandate in desk.mandates}
        values["title"] = titles.get(str(row["mandate"]), row["mandate"])
        return site.page(request, viewer, "finding", values)

    @router.get("/events")
    def events(
        request: Request,
        status: str = "",
        claim: str = "",
        page: _Page = 1,
        viewer: Viewer = Depends(viewer_of),  # noqa: B008
    ) -> Response:
        rows, about = desk.table("event", viewer.to), one(desk, "claim", claim, viewer.to) if claim else None
        values = _part(_beside(rows, about) if about else rows, "status", status, page)
        values |= {"choices": STATUSES, "claim": about, "seen": coverage_view(desk, viewer.to)}
        return site.page(request, viewer, "events", values)

    @router.get("/events/{event_id}")
    def event(event_id: str, request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008
        return site.page(request, viewer, "event", event_values(desk, event_id, viewer))

    @router.get("/claims")
    def claims(request: Request, viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        said = {row["claim_id"]: row for row in desk.table("claim", viewer.to).to_pylist()}
        rows = [{**said[row["claim_id"]], **row} for row in claims_beside(desk, viewer.to).to_pylist()]
        return site.page(request, viewer, "claims", {"rows": rows})

    @router.get("/raw/{sha256}")
    def raw(sha256: str, viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        return _raw(desk, sha256, viewer)

    return router


def explanation(desk: Desk, finding: Row, viewer: Viewer) -> Explanation | None:
    """Why it says so: all of it for the mission; for others what was released. None: it is being worked out."""
    mandate = next((each for each in desk.mandates if each.name == finding["mandate"]), None)
    same = desk.table("finding", viewer.to)
    for name in ("mandate", "clause", "reading"):
        same = same.filter(pc.equal(same[name], str(finding[name])))
    products = desk.products
    if mandate is None or products is None:
        return None
    if not viewer.inside:
        return explained_outside(mandate, dict(finding), same.to_pylist())
    material = Material(
        events=products.events,
        observations=products.observations,
        placings=products.placings,
        notices=products.notices,
        claims=products.claims,
        coverage=products.coverage,
        sources={source.id: source for source in desk.mission.sources},
    )
    return explained(
        Grounds(
            mandate=mandate, finding=dict(finding), findings=same.to_pylist(), material=material, raw=raw_names(desk)
        )
    )


def raw_names(desk: Desk) -> dict[str, str]:
    """Hash of what came in -> by what name."""
    products = desk.products
    arrived = list(desk.books.arrived.values())
    own = {each.sha256: f"feed {each.feed}" for each in products.feeds} if products else {}
    return own | {each.sha256: f"{each.name} for {each.feed}, sent by {each.author}" for each in arrived}


def event_values(desk: Desk, event_id: str, viewer: Viewer) -> dict[str, object]:
    """What a page shows of one event. Raises: UnknownNameError: none, or not released, which is told alike."""
    row = one(desk, "event", event_id, viewer.to)
    members = row["members"]
    assert isinstance(members, list)
    observations = desk.table("observation", viewer.to)
    chosen = pc.is_in(observations["observation_id"], value_set=pa.array(members, pa.string()))
    sources = {source.id: source for source in desk.mission.sources}
    found = [{**each, "source": sources.get(each["source_id"])} for each in observations.filter(chosen).to_pylist()]
    findings = desk.table("finding", viewer.to)
    column = findings["event_ids"].combine_chunks()
    hits = pc.list_parent_indices(column).filter(pc.equal(pc.list_flatten(column), event_id))
    return {
        "row": row,
        "observations": found,
        "independent": sorted({each["source"].independence for each in found if each["source"] is not None}),
        "findings": findings.take(pc.unique(hits)).to_pylist(),
        "cases": _cases_about(desk, event_id, viewer),
        "decisions": _decisions(desk, event_id) if viewer.inside else [],
        "raw": raw_names(desk) if viewer.inside else {},
    }


def _cases_about(desk: Desk, event_id: str, viewer: Viewer) -> list[str]:
    about = desk.books.cases.of_event.get(event_id, ())
    rows = desk.table("case", viewer.to) if about else None
    return [] if rows is None else [each for each in rows["case_id"].to_pylist() if each in about]


def _decisions(desk: Desk, event_id: str) -> list[object]:
    """What people decided about this event, in order; those of a blind double review stay apart."""
    return [each for each in list(desk.books.reviews) if not each.blind and event_id in (each.event_id, *each.others)]


def _beside(rows: pa.Table, claim: Row) -> pa.Table:
    """Events that nothing known keeps from being what a claim speaks of: its act, its time, the party accused."""
    if claim["act"]:
        rows = rows.filter(pc.is_in(rows["act"], value_set=pa.array([claim["act"], ""], pa.string())))
    if claim["earliest_at_us"] is not None:
        apart = pc.or_(
            pc.less(rows["latest_at_us"], claim["earliest_at_us"]),
            pc.greater(rows["earliest_at_us"], claim["latest_at_us"]),
        )
        rows = rows.filter(pc.invert(pc.fill_null(apart, False)))
    may_be = [not each or claim["accused"] in each for each in rows["parties"].to_pylist()]
    return rows.filter(pa.array(may_be, pa.bool_()))


def _part(rows: pa.Table, column: str, wanted: str, page: int) -> dict[str, object]:
    """One page of a table, the latest first."""
    chosen = rows.filter(pc.equal(rows[column], wanted)) if wanted else rows
    ordered = chosen.sort_by([("latest_at_us", "descending"), (rows.column_names[0], "ascending")])
    first = (page - 1) * PAGE_ROWS
    return {
        "rows": ordered.slice(first, PAGE_ROWS).to_pylist(),
        "count": chosen.num_rows,
        "chosen": wanted,
        "page_number": page,
        "more": chosen.num_rows > first + PAGE_ROWS,
    }


def _raw(desk: Desk, sha256: str, viewer: Viewer) -> Response:
    """Bytes as they came in, for the mission alone; that somebody took them is an entry of the record."""
    if not viewer.inside:
        raise UnknownNameError("there are no such bytes.", subject="raw", remedy="See what is released to you.")
    sealed, feeds = desk.inputs.sealed, desk.inputs.feeds
    own = next((each for path, each in feeds.items() if sealed.get(path, sha256_hex(each)) == sha256), None)
    content = own if own is not None else certificate_of(desk, sha256)
    detail: dict[str, object] = {"act": "read", "bytes": len(content)}
    entry = Entry(
        kind="custody",
        subject=sha256,
        author=viewer.account.name,
        known_at=stamp(desk.now_us()),
        detail=detail,
    )
    desk.write("custody", (entry,)).result()
    name = f'attachment; filename="{sha256}"'
    return Response(content, media_type="application/octet-stream", headers={"content-disposition": name})
