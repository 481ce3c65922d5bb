"""Where satellite navigation was disturbed: by what its own numbers say, blaming nobody; and where the vehicle then
was.

Four signs: a fix that the vehicle cannot have reached; a fix that stays while the vehicle must have moved;
satellites lost; a receiver that contradicts the second solution. docs/design/camera.md derives the constants.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.units import SIGMA_95_CIRCLE, US_PER_S
from truceline.locate.camera.errors import M_PER_DEG
from truceline.locate.camera.poses import ANGLE_SPAN_DEG, POSITION_SPANS, Poses, checked, column, poses_of, within
from truceline.model.batch import table
from truceline.model.footage import Camera
from truceline.model.impediment import IMPEDIMENTS

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_TOP_SPEED_MPS = 30.0  # what a small vehicle can do although it was not seen to
SPEED_RATIO = 3.0  # what a vehicle can do, over what it mostly did
JUMP_M = 30.0  # a new set of satellites moves a good fix by less
FROZEN_S = 3.0  # receivers repeat a fix for up to a second
HARDEST_STOP_MPS2 = 20.0  # twice gravity
MOVED_M = 10.0  # what must have happened behind a frozen fix
FEW_SATELLITES = 4  # what a fix in space and time needs
LOST_RATIO = 0.5
DISAGREES_SIGMAS = 3.7169  # holds 99.9 % of a circular normal error
JOIN_S = 5.0  # two disturbances closer than this are one
DRIFT_MPS = 2.0  # of the second solution, left to itself
GRAVITY_MPS2 = 9.81
SETTLING_S = 10.0  # a receiver that has just started may still jump to its place
MOST_SETTLING = 10  # such jumps; after them it is no settling
FROZEN_NOISE_MPS = 2.0
LEAST_SAMPLES = 8
MOST_WORDS = 4
Sign = tuple[int, int, str, str]  # first and last fix, kind, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """A span in which satellite navigation of one stream was disturbed. Says nothing of by whom, or whether by
    anybody."""

    source_id: str
    first_at_us: int | None  # UTC; None: the stream states no time
    last_at_us: int | None
    kinds: tuple[str, ...]  # "jump", "frozen", "satellites", "disagreement"
    words: str  # with the numbers
    rows: tuple[int, ...]  # of the frames given
    raw_sha256: str  # of its first frame
    raw_at: str
    lon_deg: float | None  # middle of where the vehicle can have been meanwhile; None: no good fix bounds it
    lat_deg: float | None
    reach_m: float | None  # how far around that


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """One stream's fixes in the order of time: east and north of its first, metres."""

    rows: npt.NDArray[np.intp]  # of the frames given
    time_s: Numbers
    east_m: Numbers
    north_m: Numbers
    other_east_m: Numbers  # of the second solution, in the same frame; NaN: none
    other_north_m: Numbers
    pitch_rad: Numbers
    roll_rad: Numbers
    satellites: Numbers
    top_speed_mps: float


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is not stated is NaN throughout
def interference(frames: pa.Table, *, camera: Camera) -> tuple[Disturbance, ...]:
    """Spans in which satellite navigation was disturbed, stream by stream, in the order of time.

    Args:
        frames: FRAMES of any number of streams.
        camera: how wrong a place may be (position_error_m, 95 %).

    Limits: a slow, consistent deception that a second solution does not contradict is not seen. Frames without a
        place or a time are passed over. A stream that begins with a false fix names the true ones.
    """
    given = checked(frames)
    return disturbances_of(given, poses_of(given), camera=camera)


def disturbances_of(frames: pa.Table, poses: Poses, *, camera: Camera) -> tuple[Disturbance, ...]:
    """`interference` of frames that are read already."""
    found = []
    for group in range(poses.group.max(initial=-1) + 1):
        fixes = _fixes(frames, poses, group=group)
        if len(fixes.rows) > 1:
            found += _spans(frames, fixes, camera)
    return tuple(found)


def _impediment_id(one: Disturbance) -> str:
    said = [one.source_id, one.raw_sha256, one.raw_at, "satellite navigation"]
    return "imp-" + sha256_hex(canonical_bytes(said))[:12]


def impediments_of(disturbances: tuple[Disturbance, ...]) -> pa.Table:
    """IMPEDIMENTS, one row for each disturbance."""
    rows: list[dict[str, object]] = [
        {
            "impediment_id": _impediment_id(one),
            "source_id": one.source_id,
            "kind": "jamming",
            "area_of": "",
            "place_name": "",
            "met_lon_deg": one.lon_deg,
            "met_lat_deg": one.lat_deg,
            "reach_m": one.reach_m,
            "earliest_at_us": one.first_at_us,
            "latest_at_us": one.last_at_us,
            "reason_given": f"satellite navigation disturbed: {one.words}",
            "announced": "",
            "not_verified": "the vehicle's own place, and what rests on it",
            "raw_sha256": one.raw_sha256,
            "raw_at": one.raw_at,
        }
        for one in disturbances
    ]
    return table(rows, IMPEDIMENTS)


def _fixes(frames: pa.Table, poses: Poses, *, group: int) -> Fixes:
    rows = np.flatnonzero((poses.group == group) & poses.placed & np.isfinite(poses.clock_us))
    rows = rows[np.argsort(poses.clock_us[rows], kind="stable")]
    start_deg = (poses.lon_deg[rows[0]], poses.lat_deg[rows[0]]) if rows.size else (0.0, 0.0)
    time_s = (poses.clock_us[rows] - poses.clock_us[rows[:1]]) / US_PER_S
    east_m, north_m = _plane(poses.lon_deg[rows], poses.lat_deg[rows], start_deg=start_deg)
    other = [
        within(column(frames, f"other_{axis}_deg"), span)[rows]
        for axis, span in zip(("lon", "lat"), POSITION_SPANS.values(), strict=True)
    ]
    other_east_m, other_north_m = _plane(other[0], other[1], start_deg=start_deg)
    return Fixes(
        rows=rows,
        time_s=time_s,
        east_m=east_m,
        north_m=north_m,
        other_east_m=other_east_m,
        other_north_m=other_north_m,
        pitch_rad=np.radians(within(column(frames, "pitch_deg"), ANGLE_SPAN_DEG)[rows]),
        roll_rad=np.radians(within(column(frames, "roll_deg"), ANGLE_SPAN_DEG)[rows]),
        satellites=column(frames, "satellites")[rows],
        top_speed_mps=_top_speed_mps(time_s, east_m, north_m),
    )


def _plane(lon_deg: Numbers, lat_deg: Numbers, *, start_deg: tuple[float, float]) -> tuple[Numbers, Numbers]:
    """Metres east and north of a start; for speeds and gaps, within a few per cent over a flight."""
    turned_deg = np.mod(lon_deg - start_deg[0] + 180.0, 360.0) - 180.0
    return turned_deg * M_PER_DEG * np.cos(np.radians(start_deg[1])), (lat_deg - start_deg[1]) * M_PER_DEG


def _top_speed_mps(time_s: Numbers, east_m: Numbers, north_m: Numbers) -> float:
    """What the vehicle can do: three times what it mostly did over a second or more, and at least 30 m/s."""
    later = np.minimum(np.searchsorted(time_s, time_s + 1.0), max(len(time_s) - 1, 0))
    took_s = time_s[later] - time_s
    whole = took_s >= 0.5
    gone_m = np.hypot(east_m[later] - east_m, north_m[later] - north_m)
    usual_mps = float(np.median(gone_m[whole] / took_s[whole])) if whole.any() else 0.0
    return max(LEAST_TOP_SPEED_MPS, SPEED_RATIO * usual_mps)


def _spans(frames: pa.Table, fixes: Fixes, camera: Camera) -> list[Disturbance]:
    """The signs of one stream joined to spans."""
    signs = sorted([*_jumps(fixes), *_frozen(fixes), *_satellites_lost(fixes), *_disagreements(fixes, camera)])
    found: list[Disturbance] = []
    joined: list[Sign] = []
    end = -1
    for sign in signs:
        if joined and fixes.time_s[sign[0]] - fixes.time_s[end] > JOIN_S:
            found.append(_disturbance(frames, fixes, joined))
            joined, end = [], -1
        joined.append(sign)
        end = max(end, sign[1])
    return [*found, _disturbance(frames, fixes, joined)] if joined else found


def _disturbance(frames: pa.Table, fixes: Fixes, signs: list[Sign]) -> Disturbance:
    first, last = min(sign[0] for sign in signs), max(sign[1] for sign in signs)
    row, last_row = int(fixes.rows[first]), int(fixes.rows[last])
    said = list(dict.fromkeys(words for *_, words in signs))
    lon_deg, lat_deg, reach_m = _whereabouts(frames, fixes, first=first, last=last)
    return Disturbance(
        source_id=frames["source_id"][row].as_py() or "",
        first_at_us=frames["at_us"][row].as_py(),
        last_at_us=frames["at_us"][last_row].as_py(),
        kinds=tuple(sorted({kind for _, _, kind, _ in signs})),
        words="; ".join(said[:MOST_WORDS]) + ("; and more" if len(said) > MOST_WORDS else ""),
        rows=tuple(int(each) for each in fixes.rows[first : last + 1]),
        raw_sha256=frames["raw_sha256"][row].as_py() or "",
        raw_at=frames["raw_at"][row].as_py() or "",
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        reach_m=reach_m,
    )


def _whereabouts(
    frames: pa.Table, fixes: Fixes, *, first: int, last: int
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Middle and reach of where the vehicle can have been in a span: from the fixes on its edges, and its top speed.

    From one edge to the other in that time it stays in an ellipse around both, and so within half of what it can go of
    the point half-way. With one edge alone, within what it can go from there.
    """
    edges = [at for at in (first - 1, last + 1) if 0 <= at < len(fixes.rows)]
    if not edges:
        return None, None, None
    before, after = edges[0], edges[-1]
    took_s = fixes.time_s[max(after, last)] - fixes.time_s[min(before, first)]
    gone_m = np.hypot(fixes.east_m[after] - fixes.east_m[before], fixes.north_m[after] - fixes.north_m[before])
    can_go_m = max(fixes.top_speed_mps * took_s, gone_m)
    lon_deg, lat_deg = (frames[f"sensor_{axis}_deg"].take(fixes.rows[[before, after]]) for axis in ("lon", "lat"))
    (west_deg, east_deg), (one_deg, other_deg) = lon_deg.to_pylist(), lat_deg.to_pylist()
    turned_deg = (east_deg - west_deg + 180.0) % 360.0 - 180.0
    middle_deg = (west_deg + turned_deg / 2 + 180.0) % 360.0 - 180.0
    return middle_deg, (one_deg + other_deg) / 2, float(can_go_m / 2 if len(edges) > 1 else can_go_m)


# --- the four signs: each gives its first and last fix, its kind, and words --------------------------------


def _jumps(fixes: Fixes) -> list[Sign]:
    """Fixes out of the vehicle's reach: from the jump to the jump back; to the end where there is none.

    A jump within the first SETTLING_S that nothing follows is the receiver finding itself: what was before it is
    doubted.
    """
    gone_m = np.hypot(np.diff(fixes.east_m), np.diff(fixes.north_m))
    since_s = _fixed_at_s(fixes, gone_m)
    took_s = fixes.time_s[1:] - since_s[:-1]
    leaps = np.flatnonzero(gone_m > fixes.top_speed_mps * took_s + JUMP_M).tolist()
    found: list[Sign] = []
    at, settling = 0, 0
    while at < len(leaps):
        good = leaps[at]
        words = (
            f"a jump of {gone_m[good]:,.0f} m in {took_s[good]:.1f} s (this vehicle: at most "
            f"{fixes.top_speed_mps:.0f} m/s)"
        )
        back = next((k for k in range(at + 1, len(leaps)) if _in_reach(fixes, good, leaps[k] + 1, since_s)), None)
        if back is not None:
            found.append((good + 1, leaps[back], "jump", words))
            at = back + 1
        elif fixes.time_s[good] < SETTLING_S and settling < MOST_SETTLING:
            found.append((0, good, "jump", words))
            at, settling = at + 1, settling + 1
        else:
            found.append((good + 1, len(fixes.rows) - 1, "jump", f"{words}, and none back"))
            break
    return found


def _fixed_at_s(fixes: Fixes, gone_m: Numbers) -> Numbers:
    """When each fix was first stated: a receiver, or what logs it, repeats the last one."""
    new = np.concatenate([[True], gone_m > 0])
    return np.asarray(fixes.time_s[np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))])


def _in_reach(fixes: Fixes, one: int, other: int, since_s: Numbers) -> bool:
    """Whether the vehicle can have come from one fix to another."""
    gone_m = np.hypot(fixes.east_m[other] - fixes.east_m[one], fixes.north_m[other] - fixes.north_m[one])
    return bool(gone_m <= fixes.top_speed_mps * (fixes.time_s[other] - since_s[one]) + JUMP_M)


def _frozen(fixes: Fixes) -> list[Sign]:
    """Fixes that stay the same although something shows that the vehicle moved."""
    changed = (np.diff(fixes.east_m) != 0) | (np.diff(fixes.north_m) != 0)
    first = np.concatenate([[0], np.flatnonzero(changed) + 1])
    last = np.concatenate([first[1:] - 1, [len(fixes.rows) - 1]])
    lasted_s = fixes.time_s[last] - fixes.time_s[first]
    found = []
    for at in np.flatnonzero(lasted_s >= FROZEN_S):
        begin, end = int(first[at]), int(last[at])
        shown = _moved_meanwhile(fixes, begin, end) or _stopped_too_hard(fixes, begin)
        if shown:
            found.append((begin, end, "frozen", f"the same fix for {lasted_s[at]:.0f} s while {shown}"))
    return found


def _moved_meanwhile(fixes: Fixes, begin: int, end: int) -> str:
    """What the second solution, or the vehicle's tilt, says of how far it moved; "": nothing."""
    part = slice(begin, end + 1)
    other_m = np.hypot(
        fixes.other_east_m[part] - fixes.other_east_m[begin], fixes.other_north_m[part] - fixes.other_north_m[begin]
    )
    if np.isfinite(other_m).any() and np.nanmax(other_m) > JUMP_M:
        return f"the second solution moved {np.nanmax(other_m):,.0f} m"
    moved_m = max(_thrown_m(fixes.time_s[part], tilt_rad[part]) for tilt_rad in (fixes.pitch_rad, fixes.roll_rad))
    return f"its tilt must have moved the vehicle {moved_m:,.0f} m" if moved_m > MOVED_M else ""


def _thrown_m(time_s: Numbers, tilt_rad: Numbers) -> float:
    """How far changes of tilt throw a flying vehicle, metres: gravity's part along it, integrated twice.

    What a start, a steady speed and a steady tilt could explain is taken out first: the best parabola.
    """
    if len(time_s) < LEAST_SAMPLES or not np.isfinite(tilt_rad).all():
        return 0.0
    step_s = np.diff(time_s, prepend=time_s[0])
    gone_m = np.cumsum(np.cumsum(GRAVITY_MPS2 * np.tan(np.clip(tilt_rad, -1.2, 1.2)) * step_s) * step_s)
    span = (time_s - time_s[0]) / (time_s[-1] - time_s[0])
    rest_m = gone_m - np.polynomial.Polynomial.fit(span, gone_m, 2)(span)
    return float(rest_m.max() - rest_m.min())


def _stopped_too_hard(fixes: Fixes, begin: int) -> str:
    """Whether it went so fast up to its last fix that it cannot have stopped until the next was due."""
    before = int(np.searchsorted(fixes.time_s, fixes.time_s[begin] - 1.0))
    came = np.flatnonzero(
        (np.diff(fixes.east_m[before : begin + 1]) != 0) | (np.diff(fixes.north_m[before : begin + 1]) != 0)
    )
    if len(came) < 2:
        return ""
    start, due_s = before + int(came[0]), (fixes.time_s[begin] - fixes.time_s[before + came[0]]) / len(came)
    gone_m = np.hypot(fixes.east_m[begin] - fixes.east_m[start], fixes.north_m[begin] - fixes.north_m[start])
    speed_mps = gone_m / (fixes.time_s[begin] - fixes.time_s[start])
    if speed_mps <= HARDEST_STOP_MPS2 * due_s + FROZEN_NOISE_MPS:
        return ""
    return f"it had come at {speed_mps:.0f} m/s and would have stopped within {due_s:.1f} s"


def _satellites_lost(fixes: Fixes) -> list[Sign]:
    """Spans with fewer satellites than a fix needs, or than half of the usual, once the usual was reached."""
    usual = float(np.nanmedian(fixes.satellites)) if np.isfinite(fixes.satellites).any() else 0.0
    if usual <= FEW_SATELLITES:
        return []
    few = fixes.satellites <= max(FEW_SATELLITES, LOST_RATIO * usual)
    few[: int(np.argmax(fixes.satellites >= usual))] = False  # a receiver that is still starting has lost nothing
    return [
        (
            begin,
            end,
            "satellites",
            f"{np.nanmin(fixes.satellites[begin : end + 1]):.0f} satellites instead of {usual:.0f}",
        )
        for begin, end in _runs(few)
        if end > begin
    ]


def _disagreements(fixes: Fixes, camera: Camera) -> list[Sign]:
    """Spans in which receiver and second solution are farther apart than both errors allow (99.9 %)."""
    gap_m = np.hypot(fixes.east_m - fixes.other_east_m, fixes.north_m - fixes.other_north_m)
    allowed_m = DISAGREES_SIGMAS * np.sqrt(2.0) * camera.position_error_m / SIGMA_95_CIRCLE
    apart = gap_m > allowed_m
    return [
        (
            begin,
            end,
            "disagreement",
            f"{np.nanmax(gap_m[begin : end + 1]):,.0f} m between the two solutions ({allowed_m:.0f} m allowed)",
        )
        for begin, end in _runs(apart)
    ]


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """First and last index of every unbroken stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(begin), int(end) - 1) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


# --- where the vehicle was meanwhile -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebound:
    """Places of the vehicle with those of disturbed spans bounded anew: shape (n,)."""

    lon_deg: Numbers
    lat_deg: Numbers
    error_m: Numbers  # radius that holds 95 %; infinite: no undisturbed fix bounds it
    words: npt.NDArray[np.object_]  # of the disturbance; "": none


def rebounded(frames: pa.Table, poses: Poses, disturbances: tuple[Disturbance, ...], *, camera: Camera) -> Rebound:
    """Where the vehicle was: undisturbed fixes as they are; within a span, what the fixes on its edges allow.

    With a second solution throughout the span, its movement from the last good fix, wrong by its drift. Without, the
    straight line between the last good fix and the next, wrong by the vehicle's top speed times the time to the nearer.
    """
    lon_deg, lat_deg = poses.lon_deg.copy(), poses.lat_deg.copy()
    error_m = np.full(len(lon_deg), float(camera.position_error_m))
    words = np.full(len(lon_deg), "", dtype=object)
    disturbed = np.zeros(len(lon_deg), dtype=bool)
    for one in disturbances:
        disturbed[list(one.rows)] = True
        words[list(one.rows)] = one.words
    for group in np.unique(poses.group[disturbed]):
        fixes = _fixes(frames, poses, group=int(group))
        start_deg = (poses.lon_deg[fixes.rows[0]], poses.lat_deg[fixes.rows[0]])
        bad = disturbed[fixes.rows]
        east_m, north_m, wide_m = _bounded(fixes, bad)
        rows = fixes.rows[bad]
        scale_m = M_PER_DEG * np.cos(np.radians(start_deg[1]))
        lon_deg[rows] = np.mod(start_deg[0] + east_m[bad] / scale_m + 180.0, 360.0) - 180.0
        lat_deg[rows] = start_deg[1] + north_m[bad] / M_PER_DEG
        error_m[rows] += wide_m[bad]
    return Rebound(lon_deg=lon_deg, lat_deg=lat_deg, error_m=error_m, words=words)


def _bounded(fixes: Fixes, bad: Mask) -> tuple[Numbers, Numbers, Numbers]:
    """East, north and how far wrong at most, metres: the smaller bound of the two ways."""
    good = np.flatnonzero(~bad)
    if not good.size:
        return fixes.east_m, fixes.north_m, np.full(len(bad), np.inf)
    at = np.arange(len(bad))
    before = good[np.clip(np.searchsorted(good, at, side="right") - 1, 0, len(good) - 1)]
    after = good[np.clip(np.searchsorted(good, at, side="left"), 0, len(good) - 1)]
    away_s = np.abs(fixes.time_s - np.stack([fixes.time_s[before], fixes.time_s[after]]))
    near_s = away_s.min(axis=0)
    line_m = [np.interp(fixes.time_s, fixes.time_s[good], each[good]) for each in (fixes.east_m, fixes.north_m)]
    top_m = fixes.top_speed_mps * near_s
    from_other_m = [
        own[before] + other - other[before]
        for own, other in ((fixes.east_m, fixes.other_east_m), (fixes.north_m, fixes.other_north_m))
    ]
    drift_m = DRIFT_MPS * away_s[0]
    better = np.isfinite(from_other_m[0]) & (drift_m < top_m)
    east_m, north_m = (np.where(better, other, line) for other, line in zip(from_other_m, line_m, strict=True))
    return east_m, north_m, np.where(better, drift_m, top_m)
