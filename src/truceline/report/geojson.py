"""What is where: lines, zones and place names of the mission, and placed events, for the map and as GeoJSON.

No position is given sharper than its error: coordinates are rounded to what the error justifies. Source: RFC 7946.
"""

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import pyarrow.compute as pc

from truceline.base.errors import UnreadableError
from truceline.base.time import stamp
from truceline.base.units import SIGMA_95_CIRCLE, US_PER_S
from truceline.model.coverage import OBSERVED_PERMILLE, UNSEEN_PERMILLE
from truceline.model.finding import Verdict
from truceline.model.products import Products
from truceline.model.review import REJECTED
from truceline.report.judged import event_words
from truceline.report.totals import Basis, Row, Scope, clean
from truceline.terms import drawings_of

DISCLAIMER = "Boundaries and names shown do not imply endorsement or acceptance."
M_PER_DEG = 111_320.0  # of latitude, nearly; used for rounding and drawing, never for a verdict
WEIGHT = (
    Verdict.BREACH,
    Verdict.UNDETERMINED,
    Verdict.NO_BREACH,
)  # an event is drawn by the first that it has
NO_FINDING = "no finding"
COVERAGE_WORDS = {  # state of a stretch -> what a map's legend says
    "observed": "observed: every clause reached the share it needs",
    "partly": "partly observed",
    "not_observed": "not observed: nobody could have seen anything here (under 5 %)",
    "not_known": "where anything could have been seen is not known",
    "drawn": "features of kind coverage say where anything could have been seen in the period",
}

Point = tuple[float, float]  # longitude, latitude, degrees, WGS 84
Path = tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A line or zone of a mandate, with the paths that its file draws. Rings are closed, the outer one first."""

    kind: str  # line, zone
    name: str
    mandates: tuple[str, ...]
    paths: tuple[Path, ...]
    polygons: tuple[tuple[Path, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A placed event: its point, rounded to its error; the error's ellipse; its weightiest verdict."""

    event_id: str
    lon_deg: float
    lat_deg: float
    error_m: float | None  # radius that holds 95 %; None: not known
    major_m: float  # half-axes of the ellipse that holds 95 %
    minor_m: float
    major_from_east_deg: float  # anticlockwise
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of one clause was seen on one stretch over a period: the mean over its hours and sides."""

    mandate: str
    clause: str
    share_permille: int
    needed_permille: int

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.share_permille >= self.needed_permille:
            return "observed"
        return "partly" if self.share_permille >= UNSEEN_PERMILLE else "not_observed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of a line, or a zone (`ring`), and what could have been seen on it. `shares`: none where not known."""

    stretch_id: str
    feature: str
    from_m: int
    until_m: int
    path: Path
    ring: bool
    shares: tuple[Share, ...]

    @property
    def state(self) -> str:
        """`observed`: every clause reached its share; `not_observed`: none was seen at all; `not_known`."""
        states = {share.state for share in self.shares}
        return "not_known" if not states else states.pop() if len(states) == 1 else "partly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that a map may show. `missing` names what a mandate draws and no file of the record holds."""

    shapes: tuple[Shape, ...]
    places: tuple[tuple[str, Point], ...]
    placed: tuple[Placed, ...]
    unplaced: int
    missing: tuple[str, ...]
    stretches: tuple[Stretch, ...] = ()  # none: where anything could have been seen is not known

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw a map of."""
        return bool(self.placed or self.stretches)


def ground_of(products: Products, scope: Scope) -> Ground:
    """What lies where in the report's period.

    Raises: UnreadableError: a geometry file of the record is not GeoJSON.
    """
    inside = [event for event in products.events.to_pylist() if event["status"] != REJECTED and scope.holds(event)]
    verdicts = weightiest(row for judged in products.judged for row in judged.findings.to_pylist())
    placed = [_placed(event, verdicts) for event in inside if event["lon_deg"] is not None]
    shapes, missing = _shapes(products, scope)
    return Ground(
        shapes=shapes,
        places=_places(products),
        placed=tuple(placed),
        unplaced=len(inside) - len(placed),
        missing=missing,
        stretches=stretches_of(products, scope),
    )


def stretches_of(products: Products, scope: Scope) -> tuple[Stretch, ...]:
    """Every stretch with the share of each clause over the period; none where no share is known of any.

    An hour of which nothing is stated counts as one in which nothing was seen.
    """
    shares = _shares(products, scope)
    if not shares:
        return ()
    return tuple(
        Stretch(
            stretch_id=row["stretch_id"],
            feature=row["feature"],
            from_m=row["from_m"],
            until_m=row["until_m"],
            path=tuple(zip(row["path_deg"][0::2], row["path_deg"][1::2], strict=True)),
            ring=(row["from_m"], row["until_m"]) == (0, 0),
            shares=tuple(shares.get(row["stretch_id"], ())),
        )
        for row in products.watch.stretches.to_pylist()
    )


def _shares(products: Products, scope: Scope) -> dict[str, list[Share]]:
    """Stretch -> the share of each clause that holds there, in the order of mandates and clauses."""
    needed: dict[tuple[str, str], int] = {}  # in the order of mandates and clauses
    for judged in products.judged:
        least = judged.mandate.header.coverage_permille
        for clause in judged.mandate.clauses:
            needed[judged.mandate.name, clause.name] = OBSERVED_PERMILLE if least is None else least
    order = {key: number for number, key in enumerate(needed)}
    watched = products.watch.watched
    begins = pc.max_element_wise(watched["earliest_at_us"], scope.from_us)
    ends = pc.min_element_wise(pc.add(watched["latest_at_us"], 1), scope.until_us)
    seen = pc.multiply(pc.subtract(ends, begins), watched["share_permille"])
    keys = ["stretch_id", "mandate", "clause", "side"]
    touching = watched.select(keys).append_column("seen", seen).filter(pc.greater(ends, begins))
    by_side = touching.group_by(keys).aggregate([("seen", "sum")])
    whole = by_side.group_by(keys[:3]).aggregate([("seen_sum", "sum"), ("side", "count")])
    found: dict[str, list[Share]] = {}
    for row in sorted(whole.to_pylist(), key=lambda row: order.get((row["mandate"], row["clause"]), len(order))):
        share = row["seen_sum_sum"] // (row["side_count"] * scope.span_us)
        key = (row["mandate"], row["clause"])
        found.setdefault(row["stretch_id"], []).append(
            Share(
                mandate=key[0], clause=key[1], share_permille=share, needed_permille=needed.get(key, OBSERVED_PERMILLE)
            )
        )
    return found


def weightiest(findings: Iterable[Row]) -> dict[str, str]:
    """Event -> the weightiest verdict among its findings."""
    found: dict[str, str] = {}
    for row in findings:
        for event_id in row["event_ids"]:
            known = found.get(event_id, row["verdict"])
            found[event_id] = min(known, row["verdict"], key=lambda verdict: WEIGHT.index(Verdict(verdict)))
    return found


def ellipse_95(event: Row) -> tuple[float, float, float]:
    """Half-axes in metres of the ellipse that holds 95 %, and the greater one's angle from east, anticlockwise."""
    ee_m2, en_m2, nn_m2 = (event[name] or 0.0 for name in ("cov_ee_m2", "cov_en_m2", "cov_nn_m2"))
    middle_m2, half_m2 = (ee_m2 + nn_m2) / 2, math.hypot((ee_m2 - nn_m2) / 2, en_m2)
    major_m, minor_m = (SIGMA_95_CIRCLE * math.sqrt(max(0.0, middle_m2 + sign * half_m2)) for sign in (1, -1))
    return major_m, minor_m, math.degrees(math.atan2(2 * en_m2, ee_m2 - nn_m2) / 2)


def decimals(error_m: float | None) -> int:
    """Decimals of a degree that an error justifies: the last digit is worth at most the error, at least a tenth.

    An unknown error is printed to 0.01 degree; nothing finer than 0.00001 degree (1.1 m).
    """
    if error_m is None:
        return 2
    return max(0, min(5, math.ceil(math.log10(M_PER_DEG / max(error_m, 1.0)))))


def _placed(event: Row, verdicts: Mapping[str, str]) -> Placed:
    known = event["cov_ee_m2"] is not None and event["cov_nn_m2"] is not None
    major_m, minor_m, angle_deg = ellipse_95(event) if known else (0.0, 0.0, 0.0)
    error_m = float(math.ceil(major_m)) if known else None
    digits = decimals(error_m)
    return Placed(
        event_id=event["event_id"],
        lon_deg=round(event["lon_deg"], digits),
        lat_deg=round(event["lat_deg"], digits),
        error_m=error_m,
        major_m=major_m,
        minor_m=minor_m,
        major_from_east_deg=angle_deg,
        verdict=verdicts.get(event["event_id"], NO_FINDING),
    )


# --- reading the mission's files ------------------------------


def _shapes(products: Products, scope: Scope) -> tuple[tuple[Shape, ...], tuple[str, ...]]:
    """Each line and zone once for each file, with the mandates that use it; and the names of those without a file.

    Of several drawings, the one in force at the end of the report's period.
    """
    last_s = scope.until_us // US_PER_S - 1
    users: dict[tuple[str, str, str], list[str]] = {}
    for judged in products.judged:
        for kind, items in (("line", judged.mandate.lines), ("zone", judged.mandate.zones)):
            for item in items:
                path = next(each.path for each in drawings_of(item) if each.touches(last_s, last_s))
                users.setdefault((kind, item.name, path), []).append(judged.mandate.name)
    shapes, missing = [], []
    for (kind, name, path), mandates in users.items():
        content = _file(products.geometry, path)
        if content is None:
            missing.append(f"{kind} {name} ({path})")
            continue
        geometries = [geometry for geometry, _ in _features(content, path)]
        shapes.append(
            Shape(
                kind=kind,
                name=clean(name),
                mandates=tuple(mandates),
                paths=tuple(_path(line) for g in geometries for line in _singles(g, "LineString")),
                polygons=tuple(tuple(_path(r) for r in poly) for g in geometries for poly in _singles(g, "Polygon")),
            )
        )
    return tuple(shapes), tuple(missing)


def _places(products: Products) -> tuple[tuple[str, Point], ...]:
    """Named points, for labels only."""
    path = products.mission.places
    content = _file(products.geometry, path) if path else None
    if content is None:
        return ()
    return tuple(
        (clean(properties.get("name", "")), _path([point])[0])
        for geometry, properties in _features(content, path)
        for point in _singles(geometry, "Point")
        if properties.get("name")
    )


def _file(files: Mapping[str, bytes], path: str) -> bytes | None:
    """The file at `path`; paths may be written from the mission's folder or from its geo folder."""
    ends = [name for name in sorted(files) if name.endswith(f"/{path}") or path.endswith(f"/{name}")]
    return files[path] if path in files else files[ends[0]] if ends else None


def _features(content: bytes, path: str) -> list[tuple[Row, Row]]:
    """(geometry, properties) of each feature that has a geometry."""
    try:
        root = json.loads(content)
        features = root["features"] if root["type"] == "FeatureCollection" else [root]
        pairs = [
            (each["geometry"], each.get("properties") or {}) if each["type"] == "Feature" else (each, {})
            for each in features
        ]
        return [(geometry, properties) for geometry, properties in pairs if geometry]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"it is no GeoJSON: {error!r}.",
            subject=path,
            remedy="Export the layer as a GeoJSON FeatureCollection.",
        ) from None


def _singles(geometry: Row, kind: str) -> list[list[object]]:
    """The single parts of that kind: a MultiPolygon as its polygons."""
    if geometry["type"] == f"Multi{kind}":
        return list(geometry["coordinates"])
    return [geometry["coordinates"]] if geometry["type"] == kind else []


def _path(coordinates: object) -> Path:
    return tuple((float(point[0]), float(point[1])) for point in coordinates) if isinstance(coordinates, list) else ()


# --- on paper ------------------------------

Box = tuple[float, float, float, float]  # left, bottom, right, top, pixels of 1/72 inch
LEAST_M, FARTHEST_ERROR_M = 8_000.0, 60_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A part of the ground on paper: equirectangular, true to scale at its middle latitude."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    frame: Box
    px_per_m: float

    def at_px(self, point: Point) -> tuple[float, float]:
        """Degrees -> pixels of 1/72 inch, to a hundredth."""
        narrow_ratio = math.cos(math.radians((self.south_deg + self.north_deg) / 2))
        x_px = self.frame[0] + (point[0] - self.west_deg) * M_PER_DEG * narrow_ratio * self.px_per_m
        return round(x_px, 2), round(self.frame[1] + (point[1] - self.south_deg) * M_PER_DEG * self.px_per_m, 2)


def view_of(ground: Ground, corner: tuple[float, float, float]) -> View:
    """The part of the ground that holds all that is drawn; `corner` is left, bottom, right of the frame."""
    points = [point for shape in ground.shapes for path in shape.paths for point in path]
    points += [point for shape in ground.shapes for polygon in shape.polygons for point in polygon[0]]
    points += [point for stretch in ground.stretches for point in stretch.path]
    for event in ground.placed:
        reach_deg = min(event.error_m or 0.0, FARTHEST_ERROR_M) / M_PER_DEG
        wide_deg = reach_deg / math.cos(math.radians(event.lat_deg))
        points += [(event.lon_deg + side * wide_deg, event.lat_deg + side * reach_deg) for side in (-1, 1)]
    return view_around(points, corner)


def view_around(points: Sequence[Point], corner: tuple[float, float, float], *, least_m: float = LEAST_M) -> View:
    """The part of the ground that holds these points, at least so wide; `corner` as in `view_of`."""
    lons, lats = zip(*points, strict=True)
    middle_lon_deg, middle_lat_deg = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    narrow_ratio = math.cos(math.radians(middle_lat_deg))
    wide_m = max(least_m, (max(lons) - min(lons)) * M_PER_DEG * narrow_ratio) * 1.1
    tall_m = max(least_m, (max(lats) - min(lats)) * M_PER_DEG) * 1.1
    left_px, low_px, right_px = corner
    tall_px = min(330.0, max(230.0, (right_px - left_px) * tall_m / wide_m))  # bounded: a tall map would jump a page
    px_per_m = min((right_px - left_px) / wide_m, tall_px / tall_m)
    half_lon_deg = (right_px - left_px) / px_per_m / M_PER_DEG / narrow_ratio / 2
    half_lat_deg = tall_px / px_per_m / M_PER_DEG / 2
    return View(
        west_deg=middle_lon_deg - half_lon_deg,
        south_deg=middle_lat_deg - half_lat_deg,
        east_deg=middle_lon_deg + half_lon_deg,
        north_deg=middle_lat_deg + half_lat_deg,
        frame=(left_px, low_px, right_px, low_px + tall_px),
        px_per_m=px_per_m,
    )


def clusters(ground: Ground, view: View, *, apart_px: float) -> list[tuple[tuple[float, float], Counter[str]]]:
    """Events whose symbols would cover each other, at the place of the first of them, with their number by verdict."""
    found: list[tuple[tuple[float, float], Counter[str]]] = []
    for event in sorted(ground.placed, key=lambda event: (event.lat_deg, event.lon_deg, event.event_id)):
        at_px = view.at_px((event.lon_deg, event.lat_deg))
        near = next((numbers for place, numbers in found if math.dist(place, at_px) < apart_px), None)
        if near is None:
            near = Counter()
            found.append((at_px, near))
        near[event.verdict] += 1
    return found


def round_step(most_ratio: float) -> float:
    """The greatest of 1, 2, 5 times a power of ten that is not above `most_ratio`, in its unit."""
    power = 10.0 ** math.floor(math.log10(most_ratio))
    return max(step * power for step in (1, 2, 5) if step * power <= most_ratio * (1 + 1e-9))


# --- writing ------------------------------


def events_geojson(products: Products, basis: Basis, ground: Ground) -> bytes:
    """Placed events of the period with findings, lines and zones, and what of them was seen, as RFC 7946 GeoJSON.

    Limits: events without a place are in events.csv only; `unplaced` says how many they are.
    """
    events = {event["event_id"]: event for event in products.events.to_pylist()}
    findings: dict[str, list[Row]] = {}
    for judged in products.judged:
        for row in judged.findings.to_pylist():
            for event_id in row["event_ids"]:
                findings.setdefault(event_id, []).append(row)
    scope = basis.scope
    features = [_shape_feature(shape) for shape in ground.shapes]
    features += [_coverage_feature(stretch) for stretch in ground.stretches]
    features += [
        _event_feature(placed, events[placed.event_id], findings.get(placed.event_id, [])) for placed in ground.placed
    ]
    collection = {
        "type": "FeatureCollection",
        "disclaimer": DISCLAIMER,
        "about": "Findings say what follows if the act was the addressee's, and nothing about who acted. "
        "error_m: radius that holds 95 %; null: not known. Automatic; not reviewed by a person.",
        "from": stamp(scope.from_us),
        "until": stamp(scope.until_us),
        "known_at": stamp(products.known_at_us),
        "counted": basis.counted(),
        "coverage": COVERAGE_WORDS["drawn" if ground.stretches else "not_known"],
        "unplaced": ground.unplaced,
        "features": features,
    }
    return (json.dumps(collection, ensure_ascii=False, indent=1, sort_keys=False) + "\n").encode()


def _shape_feature(shape: Shape) -> Row:
    lines = [[list(point) for point in path] for path in shape.paths]
    polygons = [
        [[list(point) for point in wound(ring, outer=number == 0)] for number, ring in enumerate(polygon)]
        for polygon in shape.polygons
    ]
    geometry: Row = {"type": "MultiLineString", "coordinates": lines}
    if polygons:
        geometry = {"type": "MultiPolygon", "coordinates": polygons}
    if not lines and not polygons:
        geometry = {"type": "GeometryCollection", "geometries": []}
    properties = {"kind": shape.kind, "name": shape.name, "mandates": list(shape.mandates)}
    return {
        "type": "Feature",
        "id": f"{shape.kind}:{shape.name}",
        "properties": properties,
        "geometry": geometry,
    }


def _coverage_feature(stretch: Stretch) -> Row:
    points = [list(point) for point in (wound(stretch.path, outer=True) if stretch.ring else stretch.path)]
    return {
        "type": "Feature",
        "id": f"coverage:{stretch.stretch_id}",
        "properties": {
            "kind": "coverage",
            "name": stretch.feature,
            "from_m": stretch.from_m,
            "until_m": stretch.until_m,
            "state": stretch.state,
            "clauses": [asdict(share) | {"state": share.state} for share in stretch.shares],
        },
        "geometry": {"type": "Polygon", "coordinates": [points]}
        if stretch.ring
        else {"type": "LineString", "coordinates": points},
    }


def wound(ring: Path, *, outer: bool) -> Path:
    """The ring by the right-hand rule: outer rings anticlockwise, holes clockwise (RFC 7946, 3.1.6)."""
    doubled = sum(one[0] * two[1] - two[0] * one[1] for one, two in itertools.pairwise(ring))
    return ring if (doubled > 0) == outer else tuple(reversed(ring))


def _event_feature(placed: Placed, event: Row, findings: Sequence[Row]) -> Row:
    kept = ("finding_id", "mandate", "clause", "addressee", "reading", "verdict", "reason", "outcome")
    return {
        "type": "Feature",
        "id": placed.event_id,
        "properties": {
            "kind": "event",
            "event_id": placed.event_id,
            "status": event["status"],
            "earliest_at": stamp(event["earliest_at_us"]),
            "latest_at": stamp(event["latest_at_us"]),
            "place_name": clean(event["place_name"]),
            "recorded": event_words(event),
            "error_m": None if placed.error_m is None else int(placed.error_m),
            "verdict": placed.verdict,
            "findings": [{name: row[name] for name in kept} for row in findings],
        },
        "geometry": {"type": "Point", "coordinates": [placed.lon_deg, placed.lat_deg]},
    }
