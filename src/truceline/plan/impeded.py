"""What follows from sensors that were lost or disturbed, and what an impediment kept anybody from verifying.

The loss of a sensor is itself something that happened, and an impediment. Nobody is blamed for either. Distances are
great-circle on a sphere, within 0.6 %: they choose stretches, and decide no verdict.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.frames import EARTH_M, apart_m
from truceline.base.time import from_us, interval_us, zone_of
from truceline.base.units import SIGMA_95_CIRCLE, US_PER_S
from truceline.model.batch import table
from truceline.model.coverage import OBSERVED_PERMILLE, UNVERIFIED
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.observation import OBSERVATIONS
from truceline.model.spot import Need, Spots

Row = Mapping[str, object]
Numbers = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]

JOIN_US = 300 * US_PER_S  # two disturbed views of one sensor closer than this are one disturbance
PLACE_ERROR_M = 100.0  # radius that holds 95 %: of a sensor's place, of which a view states no error
ARC_STEP_DEG = 10.0
MOST_WORDS = 4  # reasons that are said one by one
_MINUTE_US = 60 * US_PER_S
_SIDES = 3  # -1, 0, 1


# --- sensors that were lost ------------------------------


def losses_of(views: pa.Table) -> pa.Table:
    """OBSERVATIONS of act loss and object sensor: that a sensor was lost is itself something that happened.

    It lies between the last picture and the moment at which the loss was known.

    Args: views: VIEWS of one owner, in any order.

    Returns: one row for each loss. Several views that state the same loss are one.
    Limits: a last picture that is written to the minute or second can have been at any moment of it.
    """
    return table([_lost_observation(loss) for loss in _losses(views)], OBSERVATIONS)


def lost_sensors(views: pa.Table, *, zone: str, now_us: int) -> pa.Table:
    """IMPEDIMENTS of kind sensor_lost: what a sensor that was lost did not see.

    Each lasts from the last picture until the sensor's next view or, where there is none, until the end of the local
    day in which the loss was known, and not beyond the moment of knowledge.

    Args:
        views: VIEWS of one owner, in any order.
        zone: of the mission, for the local day.
        now_us: moment of knowledge, UTC.

    Returns: one row for each loss, in the order of `losses_of`.
    """
    losses = _losses(views)
    begun = _beginnings(views, losses)
    return table([_lost_impediment(loss, begun, zone=zone, now_us=now_us) for loss in losses], IMPEDIMENTS)


def _losses(views: pa.Table) -> list[Row]:
    """One row of views for each loss, the one with its last picture, in the order in which they were known."""
    last: dict[tuple[object, ...], Row] = {}
    for row in views.filter(pc.is_valid(views["lost_at_us"])).to_pylist():
        key = (row["source_id"], row["sensor"], row["lost_at_us"])
        kept = last.get(key)
        if kept is None or _last_first(row) > _last_first(kept):
            last[key] = row
    return sorted(last.values(), key=lambda row: (_whole(row["lost_at_us"]), str(row["view_id"])))


def _last_first(row: Row) -> tuple[int, str]:
    return _whole(row["latest_at_us"]), str(row["view_id"])


def _beginnings(views: pa.Table, losses: Iterable[Row]) -> dict[tuple[object, object], Wholes]:
    """When the views of each lost sensor begin, sorted."""
    lost = {(loss["source_id"], loss["sensor"]) for loss in losses}
    of_lost = views.filter(
        pc.is_in(views["sensor"], value_set=pa.array(sorted({str(s) for _, s in lost}), pa.string()))
    )
    names = ("source_id", "sensor", "earliest_at_us")
    begun: dict[tuple[object, object], list[int]] = {sensor: [] for sensor in lost}
    for source, sensor, earliest_at_us in zip(*(of_lost[name].to_pylist() for name in names), strict=True):
        if (source, sensor) in begun:
            begun[source, sensor].append(earliest_at_us)
    return {sensor: np.array(sorted(each), np.int64) for sensor, each in begun.items()}


def _lost_impediment(
    loss: Row, begun: Mapping[tuple[object, object], Wholes], *, zone: str, now_us: int
) -> dict[str, object]:
    last_us, lost_us = _whole(loss["latest_at_us"]), _whole(loss["lost_at_us"])
    begins_us = begun[loss["source_id"], loss["sensor"]]
    following = int(np.searchsorted(begins_us, last_us, side="right"))
    if following < len(begins_us):
        until_us = int(begins_us[following]) - 1
    else:
        until_us = min(_day_end_us(lost_us, zone), now_us)
    return {
        "impediment_id": _derived_id("imp-", loss, "sensor lost"),
        "source_id": loss["source_id"],
        "kind": "sensor_lost",
        "area_of": "",
        "place_name": "",
        **_where([loss]),
        "earliest_at_us": _written_us(last_us),
        "latest_at_us": max(until_us, lost_us),
        "reason_given": _lost_words(loss),
        "announced": loss["announced"] or "",
        "not_verified": f"what {loss['sensor']} would have seen until it saw again",
        "raw_sha256": loss["raw_sha256"],
        "raw_at": loss["raw_at"],
    }


def _lost_observation(loss: Row) -> dict[str, object]:
    """That it was lost, and where it stood; not by whom, for nobody saw that."""
    placed = loss["lon_deg"] is not None and loss["lat_deg"] is not None and not loss["disturbed"]
    variance_m2 = (PLACE_ERROR_M / SIGMA_95_CIRCLE) ** 2 if placed else None
    said = _lost_words(loss) + (f"; its place is taken to within {PLACE_ERROR_M:.0f} m" if placed else "")
    texts = {each.name: "" for each in OBSERVATIONS if each.type == pa.string()}
    return texts | {
        "observation_id": _derived_id("obs-", loss, "sensor lost"),
        "source_id": loss["source_id"],
        "means": "own_log",
        "earliest_at_us": _written_us(_whole(loss["latest_at_us"])),
        "latest_at_us": loss["lost_at_us"],
        "lon_deg": loss["lon_deg"] if placed else None,
        "lat_deg": loss["lat_deg"] if placed else None,
        "cov_ee_m2": variance_m2,
        "cov_en_m2": 0.0 if placed else None,
        "cov_nn_m2": variance_m2,
        "parties": [],
        "act": "loss",
        "object_kind": "sensor",
        "count_lo": 1,
        "count_hi": 1,
        "remark": said,
        "media": [],
        "raw_sha256": loss["raw_sha256"],
        "raw_at": loss["raw_at"],
    }


def _lost_words(loss: Row) -> str:
    last, lost = (
        from_us(_written_us(_whole(loss[name]))).strftime("%-d %b %Y %H:%M") for name in ("latest_at_us", "lost_at_us")
    )
    return f"{loss['sensor']}: last picture {last} UTC, known to be lost {lost} UTC"


def _written_us(instant_us: int) -> int:
    """First moment of what was written: a minute, or a second, that ends with this moment; else the moment itself."""
    for wide_us in (_MINUTE_US, US_PER_S):
        if (instant_us + 1) % wide_us == 0:
            return instant_us + 1 - wide_us
    return instant_us


def _day_end_us(instant_us: int, zone: str) -> int:
    day = from_us(instant_us).astimezone(zone_of(zone)).date()
    return interval_us(day.isoformat(), zone=zone)[1]


def _derived_id(prefix: str, view: Row, what: str) -> str:
    return prefix + sha256_hex(canonical_bytes([view["view_id"], what]))[:12]


def _whole(value: object) -> int:
    assert isinstance(value, int), "a view states its times"
    return value


# --- views whose place is not sure ------------------------------


def disturbed_views(views: pa.Table) -> pa.Table:
    """IMPEDIMENTS of kind jamming: spans in which views of one sensor say that its place is not sure.

    Views of one sensor closer than five minutes are one span; one that is not disturbed, between two that are, parts
    them.

    Args: views: VIEWS of one owner, in any order.
    """
    disturbed = pc.greater(pc.utf8_length(pc.fill_null(views["disturbed"], "")), 0)
    sensors = pc.unique(views.filter(disturbed)["sensor"])
    rows = views.filter(pc.is_in(views["sensor"], value_set=sensors)).to_pylist()
    rows.sort(key=_of_sensor_in_time)
    spans = [span for _, own in groupby(rows, key=_sensor) for span in _disturbed_spans(own)]
    spans.sort(key=lambda span: (_whole(span[0]["earliest_at_us"]), str(span[0]["view_id"])))
    return table([_disturbed_impediment(span) for span in spans], IMPEDIMENTS)


def _sensor(row: Row) -> tuple[str, str]:
    return str(row["source_id"]), str(row["sensor"])


def _of_sensor_in_time(row: Row) -> tuple[tuple[str, str], int, int, str]:
    return _sensor(row), _whole(row["earliest_at_us"]), _whole(row["latest_at_us"]), str(row["view_id"])


def _disturbed_spans(own: Iterable[Row]) -> Iterator[list[Row]]:
    """Runs of disturbed views of one sensor, whose views come in the order of time."""
    span: list[Row] = []
    end_us = 0
    for row in own:
        if span and (not row["disturbed"] or _whole(row["earliest_at_us"]) > end_us + JOIN_US):
            yield span
            span = []
        if row["disturbed"]:
            end_us = max(end_us if span else 0, _whole(row["latest_at_us"]))
            span.append(row)
    if span:
        yield span


def _disturbed_impediment(span: Sequence[Row]) -> dict[str, object]:
    first = span[0]
    reasons = list(dict.fromkeys(str(row["disturbed"]) for row in span))
    said = "; ".join(reasons[:MOST_WORDS]) + ("; and more" if len(reasons) > MOST_WORDS else "")
    return {
        "impediment_id": _derived_id("imp-", first, "disturbed"),
        "source_id": first["source_id"],
        "kind": "jamming",
        "area_of": "",
        "place_name": "",
        **_where(span),
        "earliest_at_us": first["earliest_at_us"],
        "latest_at_us": max(_whole(row["latest_at_us"]) for row in span),
        "reason_given": f"{first['sensor']}: place not sure: {said}",
        "announced": "",
        "not_verified": f"where {first['sensor']} was, and what rests on it",
        "raw_sha256": first["raw_sha256"],
        "raw_at": first["raw_at"],
    }


# --- the ground of views ------------------------------


def _where(views: Iterable[Row]) -> dict[str, object]:
    """Middle and reach of a circle around all ground that the views saw; nulls where none of them states any."""
    circles = np.array([circle for view in views for circle in _circles(view)], np.float64).reshape(-1, 3)
    if not len(circles):
        return {"met_lon_deg": None, "met_lat_deg": None, "reach_m": None}
    middle = _middle_deg(circles[:, :2], circles[:, 2])
    reach_m = float((apart_m(circles[:, :2], middle) + circles[:, 2]).max())
    return {"met_lon_deg": middle[0], "met_lat_deg": middle[1], "reach_m": reach_m}


def _circles(view: Row) -> list[tuple[float, float, float]]:
    """Circles (lon, lat, radius in metres) that hold the ground of one view: corners, or its disc or sector."""
    ring = view["ring_deg"] or []
    assert isinstance(ring, list)
    if len(ring) >= 6:
        return [(lon, lat, 0.0) for lon, lat in zip(ring[::2], ring[1::2], strict=True)]
    lon_deg, lat_deg, range_m = view["lon_deg"], view["lat_deg"], view["range_m"]
    if not (isinstance(lon_deg, float) and isinstance(lat_deg, float) and isinstance(range_m, float)):
        return []
    azimuth_deg, width_deg = view["azimuth_deg"], view["width_deg"]
    if not (isinstance(azimuth_deg, float) and isinstance(width_deg, float)) or width_deg >= 180.0:
        return [(lon_deg, lat_deg, range_m)]
    steps = max(2, math.ceil(width_deg / ARC_STEP_DEG) + 1)
    bearings = np.radians(azimuth_deg + np.linspace(-width_deg / 2, width_deg / 2, steps))
    north_deg = math.degrees(range_m / EARTH_M)
    narrow_ratio = max(math.cos(math.radians(lat_deg)), 0.01)
    arc = [
        (lon_deg + north_deg * math.sin(each) / narrow_ratio, lat_deg + north_deg * math.cos(each), 0.0)
        for each in bearings.tolist()
    ]
    return [(lon_deg, lat_deg, 0.0), *arc]


def _middle_deg(points_deg: Numbers, radii_m: Numbers) -> tuple[float, float]:
    """Middle of the box around circles."""
    high_deg = np.degrees(radii_m / EARTH_M)
    wide_deg = high_deg / np.maximum(np.cos(np.radians(points_deg[:, 1])), 0.01)
    x_deg = points_deg[0, 0] + (points_deg[:, 0] - points_deg[0, 0] + 180.0) % 360.0 - 180.0
    lon_deg = (float((x_deg - wide_deg).min()) + float((x_deg + wide_deg).max())) / 2
    lat_deg = (float((points_deg[:, 1] - high_deg).min()) + float((points_deg[:, 1] + high_deg).max())) / 2
    return (lon_deg + 180.0) % 360.0 - 180.0, lat_deg


# --- what could not be verified ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about: the ground as spots, which clause needs which of them, and how much of it seen.

    `needed_permille` is by (mandate, clause); where it says nothing, OBSERVED_PERMILLE.
    """

    spots: Spots
    needs: tuple[Need, ...]
    needed_permille: Mapping[tuple[str, str], int] = field(default_factory=dict)


def _is_placed(row: Row) -> bool:
    """Whether anything can be worked out: it states a place, a reach and a time."""
    needed = ("met_lon_deg", "met_lat_deg", "reach_m", "earliest_at_us", "latest_at_us")
    return all(row[name] is not None for name in needed)


def unverified(impediments: pa.Table, *, watched: pa.Table, stretches: pa.Table, asked: Asked) -> pa.Table:
    """What each impediment kept anybody from verifying: clauses and stretches within its reach, in its time, of which
    less was seen than is needed.

    Only times at which the share is below what is needed are named, cut to those of the impediment. Neighbouring
    stretches that lack the same times are one row; the share is then the mean over ground and time, rounded down. Where
    the two sides of a line differ, they are one row with the lesser share.

    Args:
        impediments: IMPEDIMENTS.
        watched: WATCHED: what was seen all the same, by whomever.
        stretches: STRETCHES; `asked.spots.stretch` counts its rows.
        asked: the ground of the clauses.

    Returns: UNVERIFIED, in the order of the impediments; none for those that state no place, no reach or no time.
    Limits: a spot is within reach when the disc of ground that it stands for is touched, and a stretch with any of its
        spots. Where and when coverage is not known, nothing is said.
    """
    looked = _Looked(watched, stretches=stretches, asked=asked)
    rows: list[dict[str, object]] = []
    for row in impediments.to_pylist():
        if _is_placed(row):
            rows += [{"impediment_id": row["impediment_id"]} | each for each in _laid_together(looked.lacking(row))]
    return table(rows, UNVERIFIED)


def _laid_together(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Runs of one line that overlap, as those of its two sides do, as one, with the least of their shares."""
    made: list[dict[str, object]] = []
    same = ("mandate", "clause", "feature", "earliest_at_us", "latest_at_us")
    for row in sorted(rows, key=lambda row: (*(str(row[name]) for name in same), _whole(row["from_m"]))):
        last = made[-1] if made else None
        if last and all(last[name] == row[name] for name in same) and _whole(row["from_m"]) < _whole(last["until_m"]):
            last["until_m"] = max(_whole(last["until_m"]), _whole(row["until_m"]))
            last["share_permille"] = min(_whole(last["share_permille"]), _whole(row["share_permille"]))
        else:
            made.append(dict(row))
    clauses = [(row["mandate"], row["clause"]) for row in rows]
    placed = ("feature", "from_m", "until_m", "earliest_at_us")
    return sorted(
        made, key=lambda row: (clauses.index((row["mandate"], row["clause"])), *(row[name] for name in placed))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lack:
    """Spans in which too little was seen: arrays of shape (n,)."""

    cell: Wholes  # need, stretch and side as one number
    first_us: Wholes
    last_us: Wholes
    share_permille: Numbers


class _Looked:
    """WATCHED, sorted so that one impediment costs what lies within its reach."""

    def __init__(self, watched: pa.Table, *, stretches: pa.Table, asked: Asked) -> None:
        self.needs = asked.needs
        self.stretches = stretches
        self.width = max(stretches.num_rows, 1) * _SIDES  # cells of one need
        self.features = np.unique(stretches["feature"].to_pylist(), return_inverse=True)[1].astype(np.int64)
        self.numbers, self.from_m, self.until_m = (
            stretches[name].to_numpy().astype(np.int64) for name in ("number", "from_m", "until_m")
        )
        named = [(need.mandate, need.clause) for need in asked.needs]
        self.needed = np.array([asked.needed_permille.get(each, OBSERVED_PERMILLE) for each in named], np.int64)
        self._take_spots(asked.spots)
        self._take_watched(watched, named)

    def _take_spots(self, spots: Spots) -> None:
        """Spots in the order of their latitude."""
        self.order = np.argsort(spots.lat_deg, kind="stable")
        self.points_deg = np.column_stack([spots.lon_deg, spots.lat_deg])[self.order]
        self.radius_m = np.sqrt(spots.weight_m2 / math.pi)[self.order]
        self.widest_m = float(self.radius_m.max(initial=0.0))
        self.spot_cell = (spots.stretch * _SIDES + spots.side + 1).astype(np.int64)

    def _take_watched(self, watched: pa.Table, named: Sequence[tuple[str, str]]) -> None:
        """Rows of WATCHED in the order of their cells, in each of time; those that nobody asks about are left out."""
        need_of = {name: at for at, name in enumerate(named)}
        stretch_of = {name: at for at, name in enumerate(self.stretches["stretch_id"].to_pylist())}
        pairs = zip(watched["mandate"].to_pylist(), watched["clause"].to_pylist(), strict=True)
        need = np.array([need_of.get(pair, -1) for pair in pairs], np.int64)
        stretch = np.array([stretch_of.get(name, -1) for name in watched["stretch_id"].to_pylist()], np.int64)
        side, first_us, last_us, share = (
            watched[name].to_numpy().astype(np.int64)
            for name in ("side", "earliest_at_us", "latest_at_us", "share_permille")
        )
        cell = need * self.width + stretch * _SIDES + side + 1
        rows = np.flatnonzero((need >= 0) & (stretch >= 0))
        rows = rows[np.lexsort((first_us[rows], cell[rows]))]
        self.cell, self.first_us, self.last_us, self.share = (each[rows] for each in (cell, first_us, last_us, share))

    def lacking(self, impediment: Row) -> list[dict[str, object]]:
        """Rows of UNVERIFIED of one impediment, without its id."""
        cells = self._cells_within(impediment)
        lack = self._spans(cells, _whole(impediment["earliest_at_us"]), _whole(impediment["latest_at_us"]))
        return self._rows(lack)

    def _cells_within(self, impediment: Row) -> Wholes:
        """The needs, stretches and sides of which any ground is within reach, sorted."""
        lon_deg, lat_deg, reach_m = (float(str(impediment[name])) for name in ("met_lon_deg", "met_lat_deg", "reach_m"))
        high_deg = math.degrees((reach_m + self.widest_m) / EARTH_M) * 1.001
        low, high = np.searchsorted(self.points_deg[:, 1], (lat_deg - high_deg, lat_deg + high_deg))
        away_m = apart_m(self.points_deg[low:high], (lon_deg, lat_deg))
        spots = self.order[low:high][away_m - self.radius_m[low:high] <= reach_m]
        found = [
            np.unique(self.spot_cell[spots[need.at[spots]]]) + at * self.width for at, need in enumerate(self.needs)
        ]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _spans(self, cells: Wholes, from_us: int, until_us: int) -> _Lack:
        """Unbroken spans of each cell in which less was seen than is needed, cut to a time, with the mean share."""
        low, high = (np.searchsorted(self.cell, cells, side=side) for side in ("left", "right"))
        counts = high - low
        rows = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        rows = rows[(self.last_us[rows] >= from_us) & (self.first_us[rows] <= until_us)]
        rows = rows[self.share[rows] < self.needed[self.cell[rows] // self.width]]
        cell = self.cell[rows]
        first_us, last_us = np.maximum(self.first_us[rows], from_us), np.minimum(self.last_us[rows], until_us)
        starts = _starts([cell], follows=first_us[1:] == last_us[:-1] + 1)
        ends = np.append(starts[1:], len(rows))[: len(starts)] - 1
        took_s = (last_us - first_us + 1) / US_PER_S
        seen_s = np.add.reduceat(self.share[rows] * took_s, starts)
        return _Lack(
            cell=cell[starts],
            first_us=first_us[starts],
            last_us=last_us[ends],
            share_permille=seen_s / np.add.reduceat(took_s, starts),
        )

    def _rows(self, lack: _Lack) -> list[dict[str, object]]:
        """Neighbouring stretches of one side that lack the same times are one; then sides that lack the same are."""
        need, stretch, side = lack.cell // self.width, lack.cell % self.width // _SIDES, lack.cell % _SIDES
        feature, number = self.features[stretch], self.numbers[stretch]
        same = (lack.last_us, lack.first_us, side, feature, need)
        order = np.lexsort((number, *same))
        starts = _starts([each[order] for each in same], follows=np.diff(number[order]) == 1)
        found: dict[tuple[int, ...], list[tuple[float, float]]] = {}
        for begin, end in zip(starts, np.append(starts[1:], len(order))[: len(starts)], strict=True):
            run = order[begin:end]
            one, other = run[0], run[-1]
            key = (
                need[one], feature[one], self.from_m[stretch[one]], lack.first_us[one],
                self.until_m[stretch[other]], lack.last_us[one], stretch[one],
            )  # fmt: skip
            long_m = np.maximum(self.until_m[stretch[run]] - self.from_m[stretch[run]], 1).astype(np.float64)
            seen = float(lack.share_permille[run] @ long_m)
            found.setdefault(tuple(map(int, key)), []).append((seen, float(long_m.sum())))
        return [self._row(key, parts) for key, parts in sorted(found.items())]

    def _row(self, key: tuple[int, ...], parts: Sequence[tuple[float, float]]) -> dict[str, object]:
        need, _, from_m, first_us, until_m, last_us, stretch = key
        share = sum(seen for seen, _ in parts) / sum(long_m for _, long_m in parts)
        return {
            "mandate": self.needs[need].mandate,
            "clause": self.needs[need].clause,
            "feature": self.stretches["feature"][stretch].as_py(),
            "from_m": from_m,
            "until_m": until_m,
            "earliest_at_us": first_us,
            "latest_at_us": last_us,
            "share_permille": math.floor(share + 1e-9),
        }


def _starts(same: Sequence[Wholes], *, follows: npt.NDArray[np.bool_]) -> Wholes:
    """Where runs begin: of rows that are the same and of which each follows the one before."""
    begins = np.ones(len(same[0]), bool)
    begins[1:] = ~follows
    for each in same:
        begins[1:] |= each[1:] != each[:-1]
    return np.flatnonzero(begins)
