"""What follows from planned sorties: the views they will have made, and what parties are told of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.locate.stretches import Course, beside, courses_of
from truceline.model.batch import table
from truceline.model.flight import FLIGHTS
from truceline.model.plan import Fleet, FlightPlan, Leg, Sortie
from truceline.model.view import VIEWS
from truceline.plan.flights import Legs, Task
from truceline.watching import Scene

HOUR_US = S_PER_UNIT["h"] * US_PER_S
NOTICE_KM = 10  # parties are told of a flight in whole tens of kilometres


def views_of_sorties(sorties: Sequence[Sortie], task: Task, scene: Scene, *, visibility_m: float) -> pa.Table:
    """VIEWS that sorties will have made if they are flown as planned: one for each swath's length of a leg."""
    courses = courses_of(tuple(scene.features.values()))
    legs = task.legs
    fleets = {fleet.name: fleet for fleet in task.means.fleets}
    pieces = [
        piece
        for sortie in sorties
        for piece in _pieces(sortie, legs, [legs.row_of[leg.stretch_id, leg.offset_m] for leg in sortie.legs], fleets)
        if piece.feature in courses
    ]
    if not pieces:
        return VIEWS.empty_table()
    flown = [fleets[piece.sortie.fleet] for piece in pieces]
    half_m = np.array([fleet.swath_m / 2 for fleet in flown])
    at = _Way(pieces=pieces, courses=courses)
    left, right = at.beside(0.0, half_m), at.beside(0.0, -half_m)
    ring_deg = np.concatenate([left, at.beside(1.0, half_m), at.beside(1.0, -half_m), right], axis=1)
    middle_deg = at.beside(0.5, 0.0 * half_m)
    columns: dict[str, object] = {
        "view_id": [
            f"{each.sortie.sortie_id} {each.leg.stretch_id} {each.leg.offset_m} {each.number}" for each in pieces
        ],
        "source_id": ["plan"] * len(pieces),
        "sensor": [f"{each.sortie.fleet} {each.sortie.drone}" for each in pieces],
        "means": ["uav_image"] * len(pieces),
        "spectrum": ["thermal" if fleet.thermal else "visible" for fleet in flown],
        "earliest_at_us": [each.from_us for each in pieces],
        "latest_at_us": [each.until_us - 1 for each in pieces],
        "ring_deg": list(ring_deg),
        "lon_deg": middle_deg[:, 0],
        "lat_deg": middle_deg[:, 1],
        "above_ground_m": [fleet.altitude_m for fleet in flown],
        "resolution_mm": [fleet.resolution_mm for fleet in flown],
        "visibility_m": np.full(len(pieces), visibility_m),
        "disturbed": [""] * len(pieces),
        "announced": [""] * len(pieces),
        "raw_sha256": [""] * len(pieces),
        "raw_at": ["planned"] * len(pieces),
    }
    return pa.table(
        [
            pa.array(columns[each.name], each.type) if each.name in columns else pa.nulls(len(pieces), each.type)
            for each in VIEWS
        ],
        schema=VIEWS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A swath's length of one leg of one sortie, as it is flown."""

    sortie: Sortie
    leg: Leg
    number: int
    feature: str
    from_m: float  # along the line
    until_m: float
    from_us: int
    until_us: int


def _pieces(sortie: Sortie, legs: Legs, at: Sequence[int], fleets: Mapping[str, Fleet]) -> Iterator[_Piece]:
    """The pieces of a sortie, in the order in which they are flown; `at`: rows of its legs."""
    fleet = fleets[sortie.fleet]
    back = legs.from_m[at[0]] > legs.from_m[at[-1]]
    for leg, row in zip(sortie.legs, at, strict=True):
        ends_m = float(legs.from_m[row]), float(legs.until_m[row])
        count = max(1, round(abs(ends_m[1] - ends_m[0]) / fleet.swath_m))
        marks_m = np.linspace(*(ends_m[::-1] if back else ends_m), count + 1).tolist()
        marks_us = np.linspace(leg.from_us, leg.until_us, count + 1).astype(np.int64).tolist()
        for number in range(count):
            yield _Piece(
                sortie=sortie,
                leg=leg,
                number=number,
                feature=legs.feature[row],
                from_m=marks_m[number],
                until_m=marks_m[number + 1],
                from_us=marks_us[number],
                until_us=marks_us[number + 1],
            )


class _Way:
    """Where pieces lie, many at a time."""

    def __init__(self, *, pieces: Sequence[_Piece], courses: Mapping[str, Course]) -> None:
        self.courses = courses
        self.features = np.array([each.feature for each in pieces], dtype=object)
        self.from_m, self.until_m, self.offset_m = (
            np.array(each, float)
            for each in zip(*((one.from_m, one.until_m, one.leg.offset_m) for one in pieces), strict=True)
        )

    def beside(self, part_ratio: float, off_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Longitude and latitude so far through each piece and so far left of its lane, shape (n, 2)."""
        found = np.zeros((len(self.features), 2))
        along_m = self.from_m + (self.until_m - self.from_m) * part_ratio
        for name in dict.fromkeys(self.features.tolist()):
            rows = self.features == name
            found[rows] = beside(self.courses[name], along_m[rows], (self.offset_m + off_m)[rows])
        return found


# --- what parties are told ------------------------------


def flights_of(plan: FlightPlan, *, legs: Legs, announce_us: int) -> pa.Table:
    """FLIGHTS: each sortie as an hour and a run of tens of kilometres, and nothing of drone, base or path.

    Args: announce_us: how long before launch the parties are told.
    """
    rows: list[dict[str, object]] = []
    for sortie in plan.sorties:
        over = [legs.row_of[leg.stretch_id, leg.offset_m] for leg in sortie.legs]
        for feature in dict.fromkeys(legs.feature[row] for row in over):
            rows_on = [row for row in over if legs.feature[row] == feature]
            step_m = NOTICE_KM * M_PER_KM
            rows.append(
                {
                    "flight_id": "flt-" + sha256_hex(canonical_bytes([sortie.sortie_id, feature]))[:12],
                    "earliest_at_us": sortie.launch_us // HOUR_US * HOUR_US,
                    "latest_at_us": -(-sortie.land_us // HOUR_US) * HOUR_US - 1,
                    "feature": feature,
                    "from_km": int(legs.from_m[rows_on].min()) // step_m * NOTICE_KM,
                    "until_km": -(-int(legs.until_m[rows_on].max()) // step_m) * NOTICE_KM,
                    "purpose": "observation by an unarmed drone of the mission",
                    "at_us": max(0, sortie.launch_us - announce_us),
                }
            )
    return table(sorted(rows, key=lambda row: (str(row["earliest_at_us"]), str(row["flight_id"]))), FLIGHTS)
