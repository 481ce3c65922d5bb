"""The queue of events that wait for a person: one at a time, with all that is known of it, decided by one key.

A decision counts once it is recorded; until everything is worked out anew its event is left out of the queue.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import ReviewError, UnreadableError
from truceline.base.frames import apart_m
from truceline.base.time import from_us, interval_us
from truceline.base.units import M_PER_KM
from truceline.fuse.decisions import CORRECTABLE
from truceline.model.review import STATUSES, Review
from truceline.model.vocabulary import ACTS, OBJECTS, WEAPON_CLASSES
from truceline.report.geojson import ellipse_95
from truceline.run.live.desk import Desk
from truceline.serve.pages.findings import event_values
from truceline.serve.pages.rendering import REFUSABLE, Form, Refusal, Site, Viewer, form_of, refusal, see, with_right
from truceline.serve.pages.words import Row

QUEUES = ("preliminary", "confirmed", "reviewed")  # who waits for a first look, a second, and to be made final
LISTED = 200
NEAR = 8
NEAR_US = 6 * 3_600_000_000
_GIVES = {"confirm": "confirmed", "review": "reviewed", "finalise": "final", "reject": "rejected"}
_TIMES = ("earliest_at_us", "latest_at_us")
_TOGETHER = (
    _TIMES,
    ("lon_deg", "lat_deg", "error_m"),
    ("calibre_lo_mm", "calibre_hi_mm"),
    ("count_lo", "count_hi"),
)


def review_pages(site: Site) -> APIRouter:
    """`/review`."""
    router, desk = APIRouter(), site.desk
    allowed = with_right("review")

    @router.get("/review")
    def start(request: Request, queue: str = "", viewer: Viewer = Depends(allowed)) -> Response:  # noqa: B008
        chosen = queue if queue in QUEUES else QUEUES[0]
        waiting = waiting_for(desk, chosen, viewer)
        if not waiting:
            return site.page(request, viewer, "review_empty", _frame(desk, chosen, waiting, viewer))
        return see(f"/review/{waiting[0]}?queue={chosen}", request.query_params.get("done", "")[:20])

    @router.get("/review/{event_id}")
    def look(
        event_id: str,
        request: Request,
        queue: str = "",
        viewer: Viewer = Depends(allowed),  # noqa: B008
    ) -> Response:
        return site.page(request, viewer, "review", _values(desk, event_id, queue, viewer))

    @router.post("/review/{event_id}")
    def decide(
        event_id: str,
        request: Request,
        queue: str = "",
        viewer: Viewer = Depends(allowed),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        chosen = queue if queue in QUEUES else QUEUES[0]
        before = waiting_for(desk, chosen, viewer)
        act = sent.text("decision")
        try:
            decision = _decision(desk, event_id, sent, viewer)
            desk.review(decision, by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            told: Refusal = refusal(error, act)
            values = _values(desk, event_id, chosen, viewer) | {"sent": sent}
            return site.page(request, viewer, "review", values, refused=told)
        following = _after(before, event_id, waiting_for(desk, chosen, viewer))
        path = f"/review/{following}?queue={chosen}" if following else f"/review?queue={chosen}"
        return see(f"{path}&was={event_id}", "decided")

    return router


def waiting_for(desk: Desk, status: str, viewer: Viewer) -> list[str]:
    """Ids of events of a status, the earliest first; without those about which a decision is being worked in."""
    rows = desk.table("event", viewer.to).select(["event_id", "status", "members", "earliest_at_us"])
    rows = rows.filter(pc.equal(rows["status"], status))
    rows = rows.sort_by([("earliest_at_us", "ascending"), ("event_id", "ascending")])
    decided = _decided(desk)
    return [
        event_id
        for event_id, members in zip(rows["event_id"].to_pylist(), rows["members"].to_pylist(), strict=True)
        if not _moves(decided.get((event_id, tuple(members))), status)
    ]


def _decided(desk: Desk) -> dict[tuple[str, tuple[str, ...]], str]:
    """What was decided last about each event, as it was seen."""
    return {seen: each.act for each in list(desk.books.reviews) if not each.blind for seen in each.seen}


def _moves(act: str | None, status: str) -> bool:
    """Whether a decision takes an event of this status elsewhere on the ladder."""
    if act is None:
        return False
    given = _GIVES.get(act, "confirmed")
    return given == "rejected" or STATUSES.index(given) > STATUSES.index(status)


def _after(before: list[str], event_id: str, now: list[str]) -> str:
    """The next one that still waits, after the place where the decided one stood; empty: nothing waits."""
    place = before.index(event_id) + 1 if event_id in before else 0
    still = set(now) - {event_id}
    return next((each for each in (*before[place:], *before[:place]) if each in still), "")


def _frame(desk: Desk, queue: str, waiting: list[str], viewer: Viewer) -> dict[str, object]:
    """What every page of the queue shows."""
    return {
        "queue": queue,
        "waiting": waiting[:LISTED],
        "waiting_count": len(waiting),
        "counts": {name: len(waiting_for(desk, name, viewer)) for name in QUEUES},
    }


def _values(desk: Desk, event_id: str, queue: str, viewer: Viewer) -> dict[str, object]:
    """All that the page shows of one event. Raises: UnknownNameError."""
    chosen = queue if queue in QUEUES else QUEUES[0]
    waiting = waiting_for(desk, chosen, viewer)
    values = event_values(desk, event_id, viewer)
    row, decisions = values["row"], values["decisions"]
    assert isinstance(row, dict)
    assert isinstance(decisions, list)
    place = waiting.index(event_id) if event_id in waiting else -1
    near = _near(desk, row, viewer)
    pending = _moves(_decided(desk).get((event_id, tuple(row["members"]))), row["status"])
    return {
        **_frame(desk, chosen, waiting, viewer),
        **values,
        "place": place,
        "previous": waiting[place - 1] if place > 0 else "",
        "following": waiting[place + 1] if 0 <= place < len(waiting) - 1 else "",
        "near": near,
        "seen": {each["event_id"]: " ".join(each["members"]) for each in (row, *near)},
        "decided": len(decisions),
        "pending": pending,
        "fields": _fields(row),
        "choices": {"act": ACTS, "weapon_class": WEAPON_CLASSES, "object_kind": OBJECTS},
        "parties": sorted({party.name for mandate in desk.mandates for party in mandate.parties}),
        "steps": {"review": row["status"] == "confirmed", "finalise": row["status"] == "reviewed"},
    }


# --- what was meant -------------------------------------------------------------------------------------------


def _decision(desk: Desk, event_id: str, sent: Form, viewer: Viewer) -> Review:
    """The decision that a form asks for, about what its page showed. Raises: InputError."""
    act, reason = sent.text("decision"), sent.text("reason")
    values = event_values(desk, event_id, viewer)
    row, decisions = values["row"], values["decisions"]
    assert isinstance(row, dict)
    assert isinstance(decisions, list)
    if sent.text("decided") != str(len(decisions)):
        last = decisions[-1] if decisions else None
        said = f"{last.author} decided about it meanwhile ({last.act})." if last else "it stands otherwise by now."
        raise ReviewError(said, subject=event_id, remedy="Look at it as it stands now, then decide again.")
    if act == "reject" and not reason:
        raise ReviewError("no reason is given.", subject="reason", remedy="Say why it did not happen, or is no event.")
    shown = dict(each.partition(" ")[::2] for each in sent.every("seen"))
    others = sent.every("others") if act == "merge" else ()
    return Review(
        event_id=event_id,
        act=act,  # type: ignore[arg-type]  # what is no act is refused when it is checked
        at_us=0,
        author=viewer.account.name,
        reason=reason,
        members=sent.every("members") if act == "split" else (),
        others=others,
        values=tuple(_changed(row, sent).items()) if act == "correct" else (),
        seen=tuple((name, tuple(shown.get(name, "").split())) for name in (event_id, *others)),
    )


def _fields(row: Row) -> dict[str, str]:
    """What can be corrected, as it is typed: times in UTC, unknown ones empty."""
    found = {name: "" if row.get(name) is None else str(row[name]) for name in CORRECTABLE if name != "error_m"}
    known = row["cov_ee_m2"] is not None
    found["error_m"] = f"{max(ellipse_95(dict(row))[0], 0.001):.0f}" if known and row["lon_deg"] is not None else ""
    found["parties"] = ";".join(row["parties"] or ())
    for name in _TIMES:
        found[name] = "" if row[name] is None else from_us(row[name]).strftime("%Y-%m-%d %H:%M:%S")
    return found


def _changed(row: Row, sent: Form) -> dict[str, str]:
    """The columns that were typed otherwise than they stand; those that belong together go together."""
    stands = _fields(row)
    typed = {name: sent.text(name) for name in stands}
    typed["parties"] = ";".join(sorted(sent.every("parties")))
    changed = {name for name, text in typed.items() if text != stands[name]}
    for together in _TOGETHER:
        if changed & set(together):
            changed |= set(together)
    if not changed:
        raise ReviewError("nothing was changed.", subject="correction", remedy="Change what is wrong, or confirm it.")
    return {name: _said(name, typed[name]) for name in stands if name in changed}


def _said(name: str, text: str) -> str:
    """A field as the decision holds it: a time as microseconds, the first or last that it can mean."""
    if name not in _TIMES or not text:
        return text
    try:
        return str(interval_us(text, zone="UTC", subject=name)[_TIMES.index(name)])
    except UnreadableError as error:
        raise UnreadableError(
            error.problem, subject=name, remedy="Write 2026-10-05 10:00 or 10:00:10, in UTC."
        ) from None


# --- what it may be one with ----------------------------------------------------------------------------------


def _near(desk: Desk, row: Mapping[str, Any], viewer: Viewer) -> list[Row]:
    """Events that may be the same: those that automation names, then those near in time, each with how far apart."""
    table = desk.table("event", viewer.to)
    named = row["could_be"] or []
    soon = pc.and_(
        pc.less_equal(table["earliest_at_us"], (row["latest_at_us"] or 0) + NEAR_US),
        pc.greater_equal(table["latest_at_us"], (row["earliest_at_us"] or 0) - NEAR_US),
    )
    listed = pc.is_in(table["event_id"], value_set=pa.array(named, pa.string()))
    rows = table.filter(pc.or_(pc.fill_null(soon, False), listed)).to_pylist()
    found: list[Row] = [
        {**each, "named": each["event_id"] in named, "apart_km": _apart_km(row, each), "gap_us": _gap_us(row, each)}
        for each in rows
        if each["event_id"] != row["event_id"] and each["status"] != "rejected"
    ]
    return sorted(found, key=lambda each: (not each["named"], each["gap_us"], each["apart_km"] or 0.0))[:NEAR]


def _gap_us(one: Row, other: Row) -> int:
    """How long lies between two times; 0 where they touch."""
    ends = [each[name] for each in (one, other) for name in _TIMES]
    if None in ends:
        return NEAR_US
    gap_us: int = max(0, other["earliest_at_us"] - one["latest_at_us"], one["earliest_at_us"] - other["latest_at_us"])
    return gap_us


def _apart_km(one: Row, other: Row) -> float | None:
    """How far apart, on a sphere: to look by, not to judge by. None: one of them has no place."""
    if None in (one["lon_deg"], one["lat_deg"], other["lon_deg"], other["lat_deg"]):
        return None
    away_m = apart_m((one["lon_deg"], one["lat_deg"]), (other["lon_deg"], other["lat_deg"]))
    return round(float(away_m) / M_PER_KM, 2)
