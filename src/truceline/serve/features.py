"""Everything with a place, ready to be served: features as bytes on disk, and small columns in memory to choose by.

One index holds what is released to one recipient. A question is answered by masks over the columns and by copying
stretches of the file; nothing is parsed, nothing is written again as JSON.
"""

import json
import os
import tempfile
import threading
import weakref
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import UnreadableError
from truceline.model.account import Recipient
from truceline.model.release import ItemKind
from truceline.serve.export.rows import DECIMALS, HIDDEN, features, id_column

LIMIT_MAX = 10_000  # features of one page
_PER_DEG = 10**DECIMALS
_NOWHERE = np.iinfo(np.int32).min  # no place
_UNKNOWN_M = -1
_EVER = np.iinfo(np.int64)
EVER_US = (int(_EVER.min), int(_EVER.max))
_CHUNK = 1 << 15
_TAIL_ROWS = 65_536  # beyond it what was added is merged into the whole
_WORN_RATIO, _SLACK_BYTES = 2, 1 << 24  # a file longer than so many times what is alive in it is written anew
_SEPARATOR = b","
_ENCODING = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which features are asked for. `bbox_deg`: west, south, east, north; west > east crosses the antimeridian.

    `equal` pairs a declared column with a text. `after`: the id of the last feature of the page before.
    """

    bbox_deg: tuple[float, float, float, float] | None = None
    from_us: int = EVER_US[0]  # closed
    until_us: int = EVER_US[1]  # closed
    equal: tuple[tuple[str, str], ...] = ()
    after: str = ""
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of features in the order of their ids, as the inside of a JSON array. `last`: "" on the last page."""

    body: bytes
    matched: int  # visible features that fit, on all pages
    returned: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a feature lies, and from when that may be shown."""

    lon_deg: float
    lat_deg: float
    error_m: int | None
    visible_from_us: int


class FeatureIndex:
    """What one recipient may see of one kind.

    Readers may ask from any thread while one writer puts rows: they see the rows before or after, never between.

    Limits: a row without a time fits any time, and one without a place any box, as the standard says
    (OGC 17-069r4, 7.15.3 and 7.15.4). The file is deleted as soon as it is open: it is gone with the process.
    """

    def __init__(self, table: pa.Table, *, columns: Sequence[str], folder: Path) -> None:
        """The rows of a released table.

        Args:
            table: columns as in `model/` with `visible_from_us`; without it rows are visible at once.
            columns: texts that can be asked for by equality; those the table lacks count as empty.
            folder: where the file of features is put; on a disk that the mission's secrets may lie on.
        """
        self._columns, self._folder = tuple(columns), folder
        spill = _Spill(folder)
        self._now = _State(spill=spill, whole=_segment(table, self._columns, spill), added=None)

    def __len__(self) -> int:
        """How many rows are held, visible or not."""
        state = self._now
        return sum(int(np.count_nonzero(each.alive)) for each in state.segments)

    def put(self, rows: pa.Table, *, gone: Sequence[str] = ()) -> None:
        """Add rows, replace those of the same id, and forget those of `gone`. One writer at a time."""
        state = self._now
        fresh = _segment(rows, self._columns, state.spill)
        out = np.array([*(each.encode(_ENCODING) for each in gone), *fresh.ids.tolist()], dtype=np.bytes_)
        whole = state.whole.without(out)
        added: _Segment | None = fresh if state.added is None else _merged([state.added.without(out), fresh])
        if added is not None and len(added.ids) > _TAIL_ROWS:
            whole, added = _merged([whole, added]), None
        state = _State(spill=state.spill, whole=whole, added=added)
        self._now = state if not state.worn else _rewritten(state, self._folder)

    def page(self, query: Query, *, now_us: int) -> Page:
        """The features that fit, visible at `now_us`, after the one named, in the order of their ids.

        A walk from page to page meets each feature that was there throughout exactly once, whatever is added
        meanwhile.
        """
        state = self._now
        matched, found = 0, []
        for segment in state.segments:
            fits = segment.fits(query, now_us)
            matched += int(np.count_nonzero(fits))
            first = int(np.searchsorted(segment.ids, query.after.encode(_ENCODING), "right")) if query.after else 0
            rows = first + np.flatnonzero(fits[first:])[: query.limit + 1]
            found.append((segment.ids[rows], segment.starts[rows], segment.lengths[rows]))
        ids, starts, lengths = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if len(found) > 1:
            order = np.argsort(ids, kind="stable")
            ids, starts, lengths = ids[order], starts[order], lengths[order]
        more = len(ids) > query.limit
        ids, starts, lengths = ids[: query.limit], starts[: query.limit], lengths[: query.limit]
        last = ids[-1].decode(_ENCODING) if more and len(ids) else ""
        body = state.spill.joined(starts, lengths)
        return Page(body=body, matched=matched, returned=len(ids), last=last)

    def one(self, feature_id: str, *, now_us: int) -> bytes | None:
        """One feature, or None where nothing of that id is visible now."""
        state = self._now
        for segment in state.segments:
            at = segment.row(feature_id)
            if at is not None and segment.visible_from_us[at] <= now_us:
                return state.spill.joined(segment.starts[at : at + 1], segment.lengths[at : at + 1])
        return None

    def spot(self, feature_id: str) -> Spot | None:
        """Where a feature lies, visible or not; None: it is not there, or has no place."""
        for segment in self._now.segments:
            at = segment.row(feature_id)
            if at is not None and segment.lon[at] != _NOWHERE:
                error_m = int(segment.error_m[at])
                return Spot(
                    lon_deg=int(segment.lon[at]) / _PER_DEG,
                    lat_deg=int(segment.lat[at]) / _PER_DEG,
                    error_m=None if error_m == _UNKNOWN_M else error_m,
                    visible_from_us=int(segment.visible_from_us[at]),
                )
        return None


def placed_by_events(table: pa.Table, events: FeatureIndex) -> pa.Table:
    """Findings or cases with the place of the first of their events that has one, and visible no sooner than it."""
    spots = [
        next((spot for event_id in event_ids or () if (spot := events.spot(event_id))), None)
        for event_ids in table.column("event_ids").to_pylist()
    ]
    own_us = table.column(HIDDEN).to_pylist() if HIDDEN in table.column_names else [0] * table.num_rows
    visible_us = [
        own if spot is None else max(own, spot.visible_from_us) for own, spot in zip(own_us, spots, strict=True)
    ]
    for name, kind in (("lon_deg", pa.float64()), ("lat_deg", pa.float64()), ("error_m", pa.int64())):
        values = [None if spot is None else getattr(spot, name) for spot in spots]
        table = table.append_column(name, pa.array(values, kind))
    if HIDDEN in table.column_names:
        table = table.drop_columns([HIDDEN])
    return table.append_column(HIDDEN, pa.array(visible_us, pa.int64()))


# --- kept up to date ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Released rows that are new or other than before, and the ids that are no longer released."""

    rows: pa.Table
    gone: tuple[str, ...] = ()


class Rows(Protocol):
    """Where indexes come from. Tables carry `visible_from_us`: an index waits for a row's time by itself."""

    def version(self, kind: ItemKind) -> Hashable:
        """Differs whenever rows of a kind may: for findings and cases also whenever events may."""

    def rows(self, kind: ItemKind, to: Recipient) -> pa.Table:
        """All rows of a kind as released to `to`, whether they may be shown yet or not."""

    def older(self, kind: ItemKind, to: Recipient) -> Iterator[pa.Table]:
        """Rows that `rows` leaves out because they do not change any more, a batch at a time."""

    def changed(self, kind: ItemKind, to: Recipient, since: Hashable) -> Change | None:
        """What changed since a version; None: that is not known, take all rows.

        A finding or case counts as changed when one of its events is.
        """


class Indexes:
    """The index of each kind and recipient, made when first asked for and brought up to date when asked again."""

    def __init__(self, rows: Rows, *, columns: Mapping[ItemKind, Sequence[str]], folder: Path) -> None:
        """Args: columns: of each kind, the texts that can be asked for by equality; folder: as of `FeatureIndex`."""
        self._rows, self._asked, self._folder = rows, columns, folder
        self._held: dict[tuple[ItemKind, Recipient], tuple[Hashable, FeatureIndex]] = {}
        self._locks: defaultdict[tuple[ItemKind, Recipient], threading.Lock] = defaultdict(threading.Lock)

    def index(self, kind: ItemKind, to: Recipient) -> FeatureIndex:
        """The rows of a kind as of now. The first call for a kind and recipient reads all of them."""
        with self._locks[kind, to]:
            version = self._rows.version(kind)  # first: what changes meanwhile is taken up the next time
            held = self._held.get((kind, to))
            if held is not None and held[0] == version:
                return held[1]
            change = None if held is None else self._rows.changed(kind, to, held[0])
            if held is None or change is None:
                table = self._placed(self._rows.rows(kind, to), to)
                index = FeatureIndex(table, columns=self._asked[kind], folder=self._folder)
                for older in self._rows.older(kind, to):
                    index.put(self._placed(older, to))
            else:
                index = held[1]
                index.put(self._placed(change.rows, to), gone=change.gone)
            self._held[kind, to] = (version, index)
            return index

    def _placed(self, table: pa.Table, to: Recipient) -> pa.Table:
        if "event_ids" not in table.column_names or "lon_deg" in table.column_names:
            return table
        return placed_by_events(table, self.index("event", to))


# --- drawings ------------------------------


class Drawings:
    """Areas, lines or zones: few, of any shape, without a time; answered like an index."""

    def __init__(self, content: bytes, *, subject: str) -> None:
        """The features of a GeoJSON FeatureCollection, named by their `id`.

        Raises: UnreadableError: it is none, or a feature has no id.
        """
        try:
            held = {str(each["id"]): each for each in json.loads(content)["features"]}
            self._shapes = [(name, _parts(held[name]["geometry"])) for name in sorted(held)]
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableError(
                f"it is no GeoJSON FeatureCollection with ids: {error!r}.",
                subject=subject,
                remedy="Export the layer as a GeoJSON FeatureCollection and give each feature an id.",
            ) from None
        self._bodies = {name: json.dumps(each, ensure_ascii=False).encode() for name, each in held.items()}

    def page(self, query: Query, *, now_us: int) -> Page:
        """The drawings that touch the box, in the order of their ids; all times fit them."""
        del now_us
        fits = [name for name, parts in self._shapes if query.bbox_deg is None or _touches(parts, query.bbox_deg)]
        rest = [name for name in fits if name > query.after]
        names = rest[: query.limit]
        return Page(
            body=_SEPARATOR.join(self._bodies[name] for name in names),
            matched=len(fits),
            returned=len(names),
            last=names[-1] if len(rest) > len(names) else "",
        )

    def one(self, feature_id: str, *, now_us: int) -> bytes | None:
        """One drawing, or None."""
        del now_us
        return self._bodies.get(feature_id)


_Point = tuple[float, float]
_Part = tuple[str, list[list[_Point]]]  # Point, LineString, Polygon; its paths or rings


def _parts(geometry: dict[str, Any] | None) -> list[_Part]:
    """The single parts of a geometry, each as a kind and paths of longitude, latitude."""
    if geometry is None:
        return []
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return [part for each in geometry["geometries"] for part in _parts(each)]
    single = kind.removeprefix("Multi")
    depth = {"Point": 0, "LineString": 1, "Polygon": 2}[single]
    shapes = geometry["coordinates"] if kind != single else [geometry["coordinates"]]
    for _ in range(2 - depth):
        shapes = [[shape] for shape in shapes]
    return [(single, [[(float(p[0]), float(p[1])) for p in path] for path in paths]) for paths in shapes]


def _touches(parts: list[_Part], bbox_deg: tuple[float, float, float, float]) -> bool:
    """Whether any part has a point in the box. Degrees as a plane: edges are straight in longitude and latitude."""
    west, south, east, north = bbox_deg
    boxes = [bbox_deg] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    return not parts or any(
        any(_crosses(edge, box) for path in paths for edge in pairwise([*path, path[-1]]))
        or (kind == "Polygon" and _holds(paths, (box[0], box[1])))
        for kind, paths in parts
        for box in boxes
    )


def _crosses(edge: tuple[_Point, _Point], box: tuple[float, float, float, float]) -> bool:
    """Whether a straight edge has a point in a closed box. Source: Liang and Barsky 1984."""
    (x_deg, y_deg), (to_x_deg, to_y_deg) = edge
    first_ratio, last_ratio = 0.0, 1.0
    for step, low, high in (
        (to_x_deg - x_deg, box[0] - x_deg, box[2] - x_deg),
        (to_y_deg - y_deg, box[1] - y_deg, box[3] - y_deg),
    ):
        if step == 0.0:
            if low > 0.0 or high < 0.0:
                return False
            continue
        enters, leaves = sorted((low / step, high / step))
        first_ratio, last_ratio = max(first_ratio, enters), min(last_ratio, leaves)
    return first_ratio <= last_ratio


def _holds(rings: list[list[_Point]], point: _Point) -> bool:
    """Whether a point lies inside a polygon, its holes outside (even-odd rule)."""
    x_deg, y_deg = point
    inside = False
    for ring in rings:
        for (one_x, one_y), (two_x, two_y) in pairwise(ring):
            if (one_y > y_deg) != (two_y > y_deg):
                inside ^= x_deg < one_x + (y_deg - one_y) * (two_x - one_x) / (two_y - one_y)
    return inside


# --- columns in memory ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """Rows in the order of their ids, one array each; places in 10^-7 degree."""

    ids: np.ndarray
    alive: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    error_m: np.ndarray
    earliest_us: np.ndarray
    latest_us: np.ndarray
    visible_from_us: np.ndarray
    starts: np.ndarray  # in the file
    lengths: np.ndarray
    codes: dict[str, np.ndarray]
    words: dict[str, list[str]]  # what the codes stand for, sorted

    def row(self, feature_id: str) -> int | None:
        """The row of an id that is alive."""
        wanted = feature_id.encode(_ENCODING)
        if len(wanted) > self.ids.itemsize:
            return None
        at = int(np.searchsorted(self.ids, wanted, "right")) - 1
        return at if at >= 0 and self.ids[at] == wanted and self.alive[at] else None

    def without(self, out: np.ndarray) -> "_Segment":
        """The same rows, those ids no longer alive."""
        if not len(self.ids) or not len(out):
            return self
        at = np.maximum(np.searchsorted(self.ids, out, "right") - 1, 0)
        alive = self.alive.copy()
        alive[at[self.ids[at] == out]] = False
        return replace(self, alive=alive)

    def fits(self, query: Query, now_us: int) -> np.ndarray:
        """Whether each row is alive, visible and fits; the page apart."""
        fits = self.alive & (self.visible_from_us <= now_us)
        if query.from_us != EVER_US[0]:
            fits &= self.latest_us >= query.from_us
        if query.until_us != EVER_US[1]:
            fits &= self.earliest_us <= query.until_us
        if query.bbox_deg is not None:
            fits &= self._inside(query.bbox_deg)
        for name, text in query.equal:
            words = self.words[name]
            at = bisect_left(words, text)
            code = at if at < len(words) and words[at] == text else -1
            fits &= self.codes[name] == code
        return fits

    def _inside(self, bbox_deg: tuple[float, float, float, float]) -> np.ndarray:
        west, south, east, north = (round(each * _PER_DEG) for each in bbox_deg)
        right, left = self.lon >= west, self.lon <= east
        across = right & left if west <= east else right | left
        within: np.ndarray = across & (self.lat >= south) & (self.lat <= north)
        fits: np.ndarray = within | (self.lon == _NOWHERE)
        return fits


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What readers see at one moment."""

    spill: "_Spill"
    whole: _Segment
    added: _Segment | None

    @property
    def segments(self) -> tuple[_Segment, ...]:
        return (self.whole,) if self.added is None else (self.whole, self.added)

    @property
    def worn(self) -> bool:
        """Whether most of the file is of rows that were replaced."""
        alive_bytes = sum(int(each.lengths[each.alive].sum()) for each in self.segments)
        return self.spill.size > _WORN_RATIO * alive_bytes + _SLACK_BYTES


def _segment(table: pa.Table, columns: Sequence[str], spill: "_Spill") -> _Segment:
    """The rows of a table, written to the file in the order of their ids; of several rows of one id the last."""
    order = pc.sort_indices(table, sort_keys=[(id_column(table), "ascending")])
    ids, starts, lengths, errors_m = [np.array([], np.bytes_)], [], [], []
    for first in range(0, len(order), _CHUNK):
        part = [*features(table.take(order[first : first + _CHUNK]))]
        at = spill.append(b"".join(each.body + _SEPARATOR for each in part))
        sizes = np.array([len(each.body) for each in part], np.int32)
        ids.append(np.array([each.id.encode(_ENCODING) for each in part], np.bytes_))
        errors_m.append(np.array([_UNKNOWN_M if each.error_m is None else each.error_m for each in part], np.int32))
        lengths.append(sizes)
        starts.append(at + np.concatenate(([0], np.cumsum(sizes[:-1] + np.int64(len(_SEPARATOR))))))
    sorted_ids = np.concatenate(ids)
    codes, words = _coded(table, columns, order)
    return _Segment(
        ids=sorted_ids,
        alive=np.append(sorted_ids[1:] != sorted_ids[:-1], True)[: len(sorted_ids)],
        lon=_e7(table, "lon_deg", order),
        lat=_e7(table, "lat_deg", order),
        error_m=np.concatenate([np.array([], np.int32), *errors_m]),
        earliest_us=_filled(table, "earliest_at_us", order, absent=_EVER.min, null=_EVER.min),
        latest_us=_filled(table, "latest_at_us", order, absent=_EVER.max, null=_EVER.max),
        visible_from_us=_filled(table, HIDDEN, order, absent=_EVER.min, null=_EVER.max),  # not stated: never
        starts=np.concatenate([np.array([], np.int64), *starts]),
        lengths=np.concatenate([np.array([], np.int32), *lengths]),
        codes=codes,
        words=words,
    )


def _filled(table: pa.Table, name: str, order: pa.Array, *, absent: int, null: int) -> np.ndarray:
    if name not in table.column_names:
        return np.full(table.num_rows, absent, np.int64)
    values: np.ndarray = pc.fill_null(table.column(name), int(null)).take(order).to_numpy()
    return values


def _e7(table: pa.Table, name: str, order: pa.Array) -> np.ndarray:
    if not {"lon_deg", "lat_deg"} <= set(table.column_names):
        return np.full(table.num_rows, _NOWHERE, np.int32)
    placed = pc.and_(table.column("lon_deg").is_valid(), table.column("lat_deg").is_valid()).take(order).to_numpy()
    degrees = pc.fill_null(table.column(name), 0.0).take(order).to_numpy()
    rounded: np.ndarray = np.where(placed, np.round(degrees * _PER_DEG), _NOWHERE).astype(np.int32)
    return rounded


def _coded(
    table: pa.Table, columns: Sequence[str], order: pa.Array
) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    codes, words = {}, {}
    for name in columns:
        column = table.column(name) if name in table.column_names else pa.array([""] * table.num_rows, pa.string())
        texts = pc.fill_null(column, "").take(order)
        words[name] = sorted(texts.unique().to_pylist())
        codes[name] = _narrow(pc.index_in(texts, pa.array(words[name], pa.string())).to_numpy(), len(words[name]))
    return codes, words


def _narrow(codes: Any, count: int) -> np.ndarray:
    narrow: np.ndarray = codes.astype(np.int16 if count <= np.iinfo(np.int16).max else np.int32)
    return narrow


def _merged(segments: Sequence[_Segment]) -> _Segment:
    """The rows of all that are alive, as one; the file is left as it is."""
    order = np.argsort(np.concatenate([each.ids[each.alive] for each in segments]), kind="stable")

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(each, name)[each.alive] for each in segments])[order]

    words = {name: sorted({word for each in segments for word in each.words[name]}) for name in segments[0].words}
    codes = {}
    for name, united in words.items():
        at = [np.array([bisect_left(united, word) for word in each.words[name]], np.int32) for each in segments]
        old = [each.codes[name][each.alive] for each in segments]
        codes[name] = _narrow(np.concatenate([to[code] for to, code in zip(at, old, strict=True)])[order], len(united))
    return _Segment(
        ids=joined("ids"),
        alive=np.ones(len(order), bool),
        lon=joined("lon"),
        lat=joined("lat"),
        error_m=joined("error_m"),
        earliest_us=joined("earliest_us"),
        latest_us=joined("latest_us"),
        visible_from_us=joined("visible_from_us"),
        starts=joined("starts"),
        lengths=joined("lengths"),
        codes=codes,
        words=words,
    )


def _rewritten(state: _State, folder: Path) -> _State:
    """The same rows in a new file without what was replaced. Whoever still reads the old one may finish."""
    whole, spill = _merged(state.segments), _Spill(folder)
    starts = np.concatenate(([0], np.cumsum(whole.lengths[:-1] + np.int64(len(_SEPARATOR)))))[: len(whole.ids)]
    for first in range(0, len(whole.ids), _CHUNK):
        part = slice(first, first + _CHUNK)
        spill.append(state.spill.joined(whole.starts[part], whole.lengths[part]) + _SEPARATOR)
    return _State(spill=spill, whole=replace(whole, starts=starts), added=None)


# --- bytes on disk ------------------------------


class _Spill:
    """A file without a name that only grows; read by position from any thread.

    It is read, not mapped: mapped pages would count as the process's memory.
    """

    def __init__(self, folder: Path) -> None:
        file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed when nobody reads it any more
        self._file, self.size = file, 0
        weakref.finalize(self, file.close)

    def append(self, content: bytes) -> int:
        """Write at the end; where it begins."""
        at, rest = self.size, memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.size += len(content)
        return at

    def joined(self, starts: np.ndarray, lengths: np.ndarray) -> bytes:
        """Those features with commas between; neighbours in the file are read at once."""
        if not len(starts):
            return b""
        ends = starts + lengths
        breaks = np.flatnonzero(starts[1:] != ends[:-1] + len(_SEPARATOR)) + 1
        firsts = starts[np.concatenate(([0], breaks))].tolist()
        lasts = ends[np.concatenate((breaks - 1, [len(ends) - 1]))].tolist()
        read, number = os.pread, self._file.fileno()
        return _SEPARATOR.join([read(number, last - first, first) for first, last in zip(firsts, lasts, strict=True)])
