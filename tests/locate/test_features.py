"""From the names of a mandate to features: each drawing once, and one name for one thing."""

import json

import pyarrow as pa
import pytest

from truceline.base.errors import MandateNameError, UnreadableError
from truceline.locate import features_of, place_against
from truceline.mandate import parse_mandate
from truceline.model.mandate import Mandate

HEAD = 'mandate "T" in force 2025-01-01\n'
LINE = 'line contact "old.geojson" error 100m then "new.geojson" from 2025-02-01 then "old.geojson" from entry + 60d\n'
SITE = 'body SMM "M"\nsite depot "depot.geojson" verified by SMM\n'


def parsed(text: str, name: str = "t") -> Mandate:
    return parse_mandate(HEAD + text, name=name, source="t.truce")


def along(lat_deg: float) -> bytes:
    """A line from 30 to 31 degrees east."""
    return json.dumps({"type": "LineString", "coordinates": [[30, lat_deg], [31, lat_deg]]}).encode()


DEPOT = json.dumps({"type": "Polygon", "coordinates": [[[30, 40], [30.1, 40], [30.1, 40.1], [30, 40.1], [30, 40]]]})
FILES = {"old.geojson": along(40.0), "new.geojson": along(40.1), "depot.geojson": DEPOT.encode()}


def test_each_drawing_is_a_feature_of_its_own_file_with_the_error_of_the_line() -> None:
    features = features_of((parsed(LINE + SITE),), FILES)
    assert [(each.name, each.kind, each.error_m) for each in features] == [
        ("contact", "line", 100.0),
        ("contact@2", "line", 100.0),
        ("contact@3", "line", 100.0),
        ("depot", "zone", 0.0),
    ]
    first, second, third, _ = (each.geometry.sha256 for each in features)
    assert first == third != second


def test_a_subject_has_one_placing_towards_each_drawing() -> None:
    subject = {"event_id": ["e"], "lon_deg": [30.5], "lat_deg": [40.0]}
    subjects = pa.table(subject | {name: [0.0] for name in ("cov_ee_m2", "cov_en_m2", "cov_nn_m2")})
    rows = place_against(subjects, id_column="event_id", features=features_of((parsed(LINE),), FILES)).to_pylist()
    far = {row["feature"]: row["distance_mm"] for row in rows}
    assert far["contact"] == far["contact@3"] < 200_000 < 11_000_000 < far["contact@2"] < 11_300_000
    assert len(rows) == 3


@pytest.mark.parametrize("missing", ["old.geojson", "new.geojson", "depot.geojson"])
def test_a_file_that_is_not_there_is_named_with_its_line(missing: str) -> None:
    files = {path: content for path, content in FILES.items() if path != missing}
    with pytest.raises(UnreadableError, match=f"{missing} is not in the mission folder") as refused:
        features_of((parsed(LINE + SITE),), files)
    assert refused.value.subject == f"t, line {4 if missing.startswith('depot') else 2}"


@pytest.mark.parametrize("broken", ["old.geojson", "new.geojson", "depot.geojson"])
def test_a_file_that_draws_no_such_thing_is_named(broken: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        features_of((parsed(LINE + SITE),), FILES | {broken: b'{"type": "Point", "coordinates": [1]}'})
    assert broken in refused.value.subject


def test_a_line_is_another_where_another_mandate_draws_its_edges_otherwise() -> None:
    text = f"{HEAD.strip()} edges planar_lonlat\n{LINE}"
    planar, again = (parse_mandate(text, name=name, source="t.truce") for name in ("other", "again"))
    named = "old.geojson, then new.geojson, then old.geojson"
    words = f"'contact' is {named} with planar_lonlat edges here and {named} with geodesic edges in another mandate"
    with pytest.raises(MandateNameError, match=words) as refused:
        features_of((parsed(LINE), planar), FILES)
    assert refused.value.subject == "other, line 2"
    assert refused.value.remedy == "Give one of them another name, or both mandates the same edges."
    assert len(features_of((planar, again), FILES)) == 3


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ('line contact "old.geojson" error 100m\n', "'contact' is old.geojson here and old.geojson, then new.geojson"),
        (LINE.replace("100m", "50m"), "another mandate"),
        (LINE.replace("2025-02-01", "2025-02-02"), "another mandate"),
        ('zone contact "depot.geojson"\n', "'contact' is depot.geojson here"),
    ],
)
def test_one_name_is_one_thing_in_all_mandates_of_a_mission(other: str, words: str) -> None:
    assert len(features_of((parsed(LINE), parsed(LINE, "again")), FILES)) == 3
    with pytest.raises(MandateNameError, match=words) as refused:
        features_of((parsed(LINE), parsed(other, "other")), FILES)
    assert refused.value.subject == "other, line 2"
