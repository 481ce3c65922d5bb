"""The stage: every observation once, and a row for every placed subject and feature."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.locate import Feature, Geometry, locate, place_against
from truceline.model.batch import REJECTS, table
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS

Draw = Callable[..., Geometry]

NOW = datetime(2031, 5, 2, tzinfo=UTC)
PLACED = {"lon_deg": 37.5, "lat_deg": 48.0, "cov_ee_m2": 1e4, "cov_en_m2": 0.0, "cov_nn_m2": 1e4}
HEARD = {
    "observer_lon_deg": 37.0,
    "observer_lat_deg": 48.0,
    "observer_error_m": 50.0,
    "range_lo_m": 2_000.0,
    "range_hi_m": 4_000.0,
    "bearing_lo_deg": 80.0,
    "bearing_hi_deg": 100.0,
}


def observations(*rows: dict[str, Any]) -> pa.Table:
    named = [
        {"observation_id": f"obs-{number}", "source_id": "smm", "raw_at": f"row {number}", **row}
        for number, row in enumerate(rows)
    ]
    return table(named, OBSERVATIONS)


def located(*rows: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    batch = locate(observations(*rows), features=(), now=NOW)
    assert batch.rows.schema == OBSERVATIONS
    assert batch.rejects.schema == REJECTS
    return batch.rows.to_pylist(), batch.rejects.to_pylist()


def test_a_stated_place_stays_and_a_direction_with_range_becomes_one() -> None:
    rows, rejects = located({**PLACED, **HEARD}, HEARD, {"place_name": "Horlivka"})
    assert rejects == []
    assert [row["observation_id"] for row in rows] == ["obs-0", "obs-1", "obs-2"]
    assert {name: rows[0][name] for name in PLACED} == PLACED
    assert rows[1]["lon_deg"] == pytest.approx(37.0402, abs=1e-4)
    assert rows[1]["cov_ee_m2"] == pytest.approx((1000 / 1.96) ** 2 + (50 / 2.4477) ** 2, rel=1e-3)
    assert rows[2]["lon_deg"] is None
    assert rows[2]["cov_ee_m2"] is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**PLACED, "lat_deg": None}, "place-incomplete"),
        ({**PLACED, "lat_deg": 95.0}, "latitude-out-of-range"),
        ({**PLACED, "lat_deg": math.nan}, "latitude-out-of-range"),
        ({**PLACED, "lon_deg": -180.5}, "longitude-out-of-range"),
        ({**PLACED, "cov_nn_m2": None}, "place-without-error"),
        ({**PLACED, "cov_nn_m2": -1.0}, "error-impossible"),
        ({**PLACED, "cov_en_m2": 2e4}, "error-impossible"),
        ({**PLACED, "cov_ee_m2": math.inf}, "error-impossible"),
        ({**HEARD, "observer_lat_deg": 95.0}, "observer-out-of-range"),
        ({**HEARD, "observer_error_m": -1.0}, "observer-out-of-range"),
        ({**HEARD, "range_lo_m": 5_000.0}, "range-out-of-range"),
        ({**HEARD, "bearing_hi_deg": 361.0}, "bearing-out-of-range"),
    ],
)
def test_one_broken_row_is_one_named_reject_and_the_rest_go_on(row: dict[str, Any], reason: str) -> None:
    rows, rejects = located(PLACED, row, HEARD)
    assert [kept["observation_id"] for kept in rows] == ["obs-0", "obs-2"]
    (reject,) = rejects
    assert (reject["reason"], reject["raw_at"], reject["feed"]) == (reason, "row 1", "smm")
    assert "obs-1" in reject["problem"]
    assert reject["remedy"]


@pytest.mark.parametrize("missing", list(HEARD))
def test_a_direction_that_lacks_a_part_stays_unplaced(missing: str) -> None:
    rows, rejects = located({**HEARD, missing: None})
    assert rejects == []
    assert rows[0]["lon_deg"] is None


NUMBER = st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -1.0, 0.0, 1.0, 90.0, 100.0, 360.0, 1e7]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys((*PLACED, *HEARD), NUMBER)), max_size=12))
def test_every_observation_comes_out_once_whatever_it_says(rows: list[dict[str, Any]]) -> None:
    kept, rejects = located(*rows)
    assert len(kept) + len(rejects) == len(rows)
    out = [row["observation_id"] for row in kept] + [row["problem"].split(":")[0] for row in rejects]
    assert sorted(out) == sorted(f"obs-{number}" for number in range(len(rows)))
    for row in kept:
        has = [row[name] is not None and math.isfinite(row[name]) for name in PLACED]
        assert all(has) or row["lon_deg"] is None


def test_each_placed_subject_has_one_row_for_each_feature(draw: Draw) -> None:
    line = draw("line", ("LineString", [[37.0, 47.0], [37.0, 49.0]]))
    zone = draw("zone", ("Polygon", [[[37.2, 47.5], [38, 47.5], [38, 48.5], [37.2, 48.5], [37.2, 47.5]]]))
    features = (
        Feature(name="defacto", kind="line", geometry=line, error_m=100.0),
        Feature(name="strip", kind="zone", geometry=zone, error_m=0.0),
    )
    subjects = observations(PLACED, {"place_name": "nowhere"}, {**PLACED, "lon_deg": 36.5})
    found = place_against(subjects, id_column="observation_id", features=features)
    assert found.schema == PLACINGS
    rows = found.to_pylist()
    assert [(row["subject_id"], row["feature"], row["side"]) for row in rows] == [
        ("obs-0", "defacto", -1),
        ("obs-2", "defacto", 1),
        ("obs-0", "strip", 1),
        ("obs-2", "strip", -1),
    ]
    assert rows[0]["geometry_sha256"] == line.sha256
    assert rows[0]["bound_mm"] > rows[2]["bound_mm"], "the line's own error counts"


def test_nothing_placed_or_no_features_gives_an_empty_table(draw: Draw) -> None:
    line = draw("line", ("LineString", [[37.0, 47.0], [37.0, 49.0]]))
    feature = Feature(name="defacto", kind="line", geometry=line, error_m=0.0)
    assert place_against(observations({}), id_column="observation_id", features=(feature,)).num_rows == 0
    assert place_against(observations(PLACED), id_column="observation_id", features=()).num_rows == 0
    assert place_against(observations(), id_column="observation_id", features=(feature,)).schema == PLACINGS
