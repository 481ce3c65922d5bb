"""How far each column may differ when its row is computed again: the one table of bounds, with the reason of each.

A column that is not named here is exact: it must be equal. So are all columns of findings and assessments.

Source: decision 14 of the design: `judge` and `respond` are exact; `locate`, `fuse` and image work are bounded.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from truceline.base.frames import EARTH_M
from truceline.base.units import MM_PER_M, SIGMA_95, SIGMA_95_CIRCLE

Row = Mapping[str, object]  # canonical values: floats are text (base.rows)
KERNEL_M = 0.010  # decision 0008: what the geodesic kernel promises; added to the error that a row states
_ALIKE_RATIO = 1e-6  # an error is itself worked out in floats; nobody states one to a millionth
_STEP = 1  # a whole number that was rounded may fall on the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A rule for one column, `holds(row as recorded, row computed again, column)`, and why it may differ so far."""

    holds: Callable[[Row, Row, str], bool]
    why: str


def within(table: str, column: str, old: Row, new: Row) -> bool:
    """Whether a column's two values are equal or differ by no more than the table below allows.

    Args: table: as it is called in the record; old, new: rows with the same key.
    """
    if column not in old or column not in new:
        return False
    if old[column] == new[column]:
        return True
    bound = BOUNDS.get(kind_of(table), {}).get(column)
    return bound is not None and bound.holds(old, new, column)


def kind_of(table: str) -> str:
    """The first word of a table's name says what its rows are; the rest, of which mandate or whose they are."""
    return table.partition(" ")[0]


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    try:
        return float(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def _apart(old: Row, new: Row, column: str) -> float:
    """How far two values are apart; infinitely where one is not stated or is no number."""
    one, other = _number(old, column), _number(new, column)
    apart = math.inf if one is None or other is None else abs(one - other)
    return math.inf if math.isnan(apart) else apart


def _spread_m2(row: Row, prefix: str = "cov") -> tuple[float, float, float]:
    """Variances and covariance east and north; none stated: none."""
    return tuple(_number(row, f"{prefix}_{part}_m2") or 0.0 for part in ("ee", "en", "nn"))  # type: ignore[return-value]


def _inside_ellipse(east_m: float, north_m: float, row: Row) -> bool:
    """Whether a step stays in the ellipse that holds 95 % of the row's error, the kernel's own added."""
    ee, en, nn = _spread_m2(row)
    ee, nn = ee + KERNEL_M**2, nn + KERNEL_M**2
    area = ee * nn - en * en
    if area <= 0:
        return False
    return (nn * east_m**2 - 2 * en * east_m * north_m + ee * north_m**2) / area <= SIGMA_95_CIRCLE**2


def _step_m(old_deg: tuple[float, float], new_deg: tuple[float, float]) -> tuple[float, float]:
    """From one place to another, east and north, on the mean sphere: within 0.6 %."""
    east_deg = math.remainder(new_deg[0] - old_deg[0], 360)
    middle = math.radians((new_deg[1] + old_deg[1]) / 2)
    return math.radians(east_deg) * math.cos(middle) * EARTH_M, math.radians(new_deg[1] - old_deg[1]) * EARTH_M


def _place(old: Row, new: Row, column: str) -> bool:
    """Longitude and latitude together: each column of the two asks the same."""
    assert column in ("lon_deg", "lat_deg")
    places = [(_number(row, "lon_deg"), _number(row, "lat_deg")) for row in (old, new)]
    known = [(lon_deg, lat_deg) for lon_deg, lat_deg in places if lon_deg is not None and lat_deg is not None]
    if len(known) < len(places):
        return False
    east_m, north_m = _step_m(*known)
    return all(_inside_ellipse(east_m, north_m, row) for row in (old, new))


def _outline(old: Row, new: Row, column: str) -> bool:
    """The same number of points, each of which moved no further than the row's own place may."""
    one, other = old.get(column), new.get(column)
    if not (isinstance(one, list) and isinstance(other, list) and len(one) == len(other)):
        return False
    pairs = [[(float(line[at]), float(line[at + 1])) for at in range(0, len(line) - 1, 2)] for line in (one, other)]
    steps = [_step_m(before, after) for before, after in zip(*pairs, strict=True)]
    return all(_inside_ellipse(*step, row) for step in steps for row in (old, new))


def _error(old: Row, new: Row, column: str) -> bool:
    """A variance or covariance, against the larger of the two variances."""
    ee, _, nn = _spread_m2(old, column.partition("_")[0])
    return _apart(old, new, column) <= _ALIKE_RATIO * max(ee, nn) + KERNEL_M**2


def _alike(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= _ALIKE_RATIO * abs(_number(old, column) or 0.0)


def _distance(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= min(_number(row, "bound_mm") or 0.0 for row in (old, new))


def _half_width(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= _STEP + _ALIKE_RATIO * (_number(old, column) or 0.0)


def _step(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= _STEP


def _height(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= KERNEL_M


def _residual(old: Row, new: Row, column: str) -> bool:
    reach_m = min(math.sqrt(max(ee, nn)) for ee, _, nn in map(_spread_m2, (old, new)))
    return _apart(old, new, column) <= SIGMA_95_CIRCLE * reach_m + KERNEL_M


def _pixels(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= SIGMA_95 * min(_number(row, "sigma_px") or 0.0 for row in (old, new))


def _speed(old: Row, new: Row, column: str) -> bool:
    return _apart(old, new, column) <= SIGMA_95 * min(_number(row, "speed_sigma_mps") or 0.0 for row in (old, new))


_ERROR = Bound(holds=_error, why="an error is worked out in floats: to a millionth of itself, and the kernel's own")
_PLACE = Bound(holds=_place, why="inside the ellipse that holds 95 % of the row's stated error, in both rows")
_OUTLINE = Bound(holds=_outline, why="each point no further than the row's own place may move")
_RESIDUAL = Bound(holds=_residual, why="it is measured to the row's place, which may move inside its error")
_HEIGHT = Bound(holds=_height, why=f"the kernel's own {KERNEL_M * MM_PER_M:.0f} mm: no row states an error of heights")
_SHARE = Bound(holds=_step, why="a share is rounded to whole per-mille: the last may fall otherwise")
_PIXELS = Bound(holds=_pixels, why="1.96 of the stated sigma of a point in the picture")
_SPEED = Bound(holds=_speed, why="1.96 of the stated sigma of the speed")
_PLACED = {"lon_deg": _PLACE, "lat_deg": _PLACE} | dict.fromkeys(("cov_ee_m2", "cov_en_m2", "cov_nn_m2"), _ERROR)
_OWN = dict.fromkeys(("own_ee_m2", "own_en_m2", "own_nn_m2"), _ERROR)

BOUNDS: dict[str, dict[str, Bound]] = {
    "observations": {**_PLACED, "residual_m": _RESIDUAL},
    "events": _PLACED,
    "placings": {
        "distance_mm": Bound(holds=_distance, why="the distance lies within the bound that both rows state"),
        "bound_mm": Bound(holds=_half_width, why="rounded up to whole millimetres: the last may fall otherwise"),
    },
    "coverage": {"share_permille": _SHARE},
    "watched": {"share_permille": _SHARE},
    "owed": {"share_permille": _SHARE},
    "unverified": {"share_permille": _SHARE},
    "stretches": {"path_deg": _OUTLINE},
    "footprints": {
        **_PLACED,
        "hae_m": _HEIGHT,
        "corners_deg": _OUTLINE,
        "widening": Bound(holds=_alike, why="a factor worked out in floats: to a millionth of itself"),
        "centre_residual_m": _RESIDUAL,
        "range_residual_m": _RESIDUAL,
    },
    "sightings": dict.fromkeys(("x_px", "y_px", "left_px", "top_px", "right_px", "bottom_px"), _PIXELS),
    "placed": {**_PLACED, **_OWN, "hae_m": _HEIGHT, "residual_m": _RESIDUAL},
    "tracks": {
        **_PLACED,
        "east_mps": _SPEED,
        "north_mps": _SPEED,
        "speed_sigma_mps": Bound(holds=_alike, why="an error is worked out in floats: to a millionth of itself"),
        "path_deg": _OUTLINE,
    },
}
