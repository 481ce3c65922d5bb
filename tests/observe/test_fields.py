"""What one cell can mean: read aloud to a monitor, each line is something they would write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.observe.sample import CONTEXT

from truceline.base.errors import InputError, OutOfRangeError, UnknownNameError, UnreadableError
from truceline.base.units import SIGMA_95_CIRCLE
from truceline.observe.fields import (
    bearing_sector,
    calibre_mm,
    count_range,
    parties,
    permille,
    place,
    range_m,
    share_permille,
    word,
)
from truceline.observe.reasons import REASONS, reason_of

EXTENT = CONTEXT.extent_deg


def reason(error: pytest.ExceptionInfo[InputError]) -> str:
    return reason_of(error.value)


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("12", 12, 12),
        ("126.0", 126, 126),
        ("30-35", 30, 35),
        ("30 to 35", 30, 35),
        ("~170", 153, 187),
        ("about 5", 4, 6),
        ("~1", 1, 2),
        (">200", 201, None),
        ("more than 200", 201, None),
        (">=45", 45, None),
        ("at least 45", 45, None),
        ("At Least 45", 45, None),
        ("<5", 0, 4),
        ("<=5", 0, 5),
        ("up to 5", 0, 5),
        ("", 1, None),
        ("no", 0, 0),
        ("none", 0, 0),
        ("0", 0, 0),
    ],
)
def test_a_count_is_read_as_written(written: str, least: int, most: int | None) -> None:
    assert count_range(written) == (least, most)


@pytest.mark.parametrize(
    "written",
    ["several hundred", "dozens", "-3", "~0", "<0", "~30-35", ">~5", "nan", "1.5", "10" * 8, "no shots", "५"],
)
def test_a_count_that_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(UnreadableError) as error:
        count_range(written)
    assert reason(error) == "unreadable-count"


def test_a_reversed_count_is_refused_as_such() -> None:
    with pytest.raises(UnreadableError) as error:
        count_range("35-30")
    assert reason(error) == "range-reversed"


@given(st.integers(1, 10**8))
def test_an_approximate_count_contains_the_stated_number_and_a_tenth_either_way(stated: int) -> None:
    lo, hi = count_range(f"~{stated}")
    assert hi is not None
    assert 1 <= lo <= stated <= hi
    assert 10 * lo <= 9 * stated or lo == 1
    assert 10 * hi >= 11 * stated
    assert 10 * lo > 9 * stated - 10
    assert 10 * hi < 11 * stated + 10


@pytest.mark.parametrize(
    ("first", "last", "sector"),
    [
        ("NNW", "", (326.25, 348.75)),
        ("nw", "", (303.75, 326.25)),
        ("N", "", (348.75, 11.25)),
        ("337", "", (336.5, 337.5)),
        ("337.5°", "", (337.45, 337.55)),
        ("315±22.5", "", (292.5, 337.5)),
        ("360", "", (359.5, 0.5)),
        ("WNW", "NNW", (281.25, 348.75)),
        ("W", "N", (258.75, 11.25)),
        ("350", "10", (349.5, 10.5)),
        ("N", "NNW", (0.0, 360.0)),
    ],
)
def test_a_bearing_is_a_clockwise_sector(first: str, last: str, sector: tuple[float, float]) -> None:
    assert bearing_sector(first, last) == pytest.approx(sector)


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("", "NW", "half-a-bearing"),
        ("NNNW", "", "unreadable-bearing"),
        ("361", "", "unreadable-bearing"),
        ("north", "", "unreadable-bearing"),
        ("10±0", "", "unreadable-bearing"),
        ("nan", "", "unreadable-bearing"),
    ],
)
def test_a_bearing_that_is_none_is_refused(first: str, last: str, why: str) -> None:
    with pytest.raises(UnreadableError) as error:
        bearing_sector(first, last)
    assert reason(error) == why


def test_no_bearing_is_no_sector() -> None:
    assert bearing_sector("", "") is None


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        ("2.5", "3.5", (2500.0, 3500.0)),
        ("1", "1", (500.0, 1500.0)),
        ("0.3", "0.3", (250.0, 350.0)),
        ("800 m", "2 km", (800.0, 2000.0)),
        ("", "3", (0.0, 3000.0)),
        ("3", "", (3000.0, None)),
        ("", "", (None, None)),
        ("0", "0", (0.0, 500.0)),
    ],
)
def test_a_range_is_metres_and_one_number_twice_is_as_wide_as_its_last_digit(
    least: str, most: str, expected: tuple[float | None, float | None]
) -> None:
    assert range_m(least, most) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("least", "most", "why"),
    [
        ("5", "3", "range-reversed"),
        ("far", "", "unreadable-range"),
        ("-1", "2", "unreadable-range"),
        ("9999", "", "unreadable-range"),
    ],
)
def test_a_range_that_is_none_is_refused(least: str, most: str, why: str) -> None:
    with pytest.raises(UnreadableError) as error:
        range_m(least, most)
    assert reason(error) == why


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("122", (122, 122)),
        ("122 mm", (122, 122)),
        ("82-120", (82, 120)),
        ("14.5", (14, 15)),
        ("", (None, None)),
        ("unknown", (None, None)),
    ],
)
def test_a_calibre_is_whole_millimetres_rounded_outward(written: str, expected: tuple[int | None, int | None]) -> None:
    assert calibre_mm(written) == expected


@pytest.mark.parametrize("written", ["0", "12 cm", "5000", "heavy", "-122"])
def test_a_calibre_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(UnreadableError) as error:
        calibre_mm(written)
    assert reason(error) == "unreadable-calibre"


@pytest.mark.parametrize(("written", "expected"), [("0.8", 800), ("1", 1000), ("0", 0), ("0.8009", 800), ("", None)])
def test_a_share_is_permille_rounded_down(written: str, expected: int | None) -> None:
    assert share_permille(written, subject="share") == expected


@pytest.mark.parametrize("written", ["80", "80 %", "-0.1", "1.001", "nan", "high"])
def test_a_share_outside_0_to_1_is_refused(written: str) -> None:
    with pytest.raises(OutOfRangeError) as error:
        share_permille(written, subject="share")
    assert reason(error) == "not-a-share"


def test_a_confidence_in_permille_is_a_whole_number_up_to_1000() -> None:
    assert permille("850", subject="confidence_permille") == 850
    for written in ("1001", "0.8", "-1"):
        with pytest.raises(OutOfRangeError):
            permille(written, subject="confidence_permille")


def test_a_place_carries_the_variance_of_its_95_percent_circle() -> None:
    where = place("37.8", "48.0", "500", extent_deg=EXTENT)
    assert where is not None
    assert (where.lon_deg, where.lat_deg) == (37.8, 48.0)
    assert math.sqrt(where.variance_m2) * SIGMA_95_CIRCLE == pytest.approx(500)


def test_no_place_is_no_place() -> None:
    assert place("", "", "500", extent_deg=EXTENT) is None


@pytest.mark.parametrize(
    ("lon", "lat", "error_m", "why"),
    [
        ("37.8", "95", "500", "latitude-out-of-range"),
        ("237.8", "48", "500", "longitude-out-of-range"),
        ("48.0", "37.8", "500", "coordinates-swapped"),
        ("0", "0", "500", "null-island"),
        ("0.0", "-0.0", "500", "null-island"),
        ("10", "48", "500", "outside-extent"),
        ("37.8", "", "500", "half-a-place"),
        ("37.8", "48", "", "no-error-stated"),
        ("37.8", "48", "0", "error-out-of-range"),
        ("37.8", "48", "-5", "error-out-of-range"),
        ("37.8", "48", "1e7", "error-out-of-range"),
        ("37.8", "NaN", "500", "not-a-number"),
        ("37.8", "48", "nan", "not-a-number"),
        ("37,8", "48", "500", "not-a-number"),
        ("1e999", "48", "500", "not-a-number"),
        ("48°12'N", "37", "500", "not-a-number"),
        ("1_0", "48", "500", "not-a-number"),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_name(lon: str, lat: str, error_m: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        place(lon, lat, error_m, extent_deg=EXTENT)
    assert reason(error) == why


def test_an_extent_may_cross_the_antimeridian() -> None:
    pacific = (170.0, -30.0, -160.0, 0.0)
    assert place("179.5", "-17", "100", extent_deg=pacific)
    assert place("-175", "-17", "100", extent_deg=pacific)
    with pytest.raises(InputError) as error:
        place("0.5", "-17", "100", extent_deg=pacific)
    assert reason(error) == "outside-extent"


def test_a_swap_that_lands_outside_the_globe_is_still_named_a_swap() -> None:
    with pytest.raises(InputError) as error:
        place("30.0", "95.0", "100", extent_deg=(90.0, 20.0, 100.0, 40.0))
    assert reason(error) == "coordinates-swapped"


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="the nearest is 'howitzer'") as error:
        word("howitzr", ("howitzer", "mortar"), subject="class")
    assert reason(error) == "unknown-word"


def test_a_word_may_be_unknown_or_in_capitals() -> None:
    assert [word(text, ("tank",), subject="class") for text in ("unknown", "", "TANK")] == ["", "", "tank"]


def test_several_parties_are_each_named_once() -> None:
    assert parties("UAF; AFC;UAF", frozenset({"UAF", "AFC"}), subject="party") == ("AFC", "UAF")
    assert parties("", frozenset({"UAF"}), subject="party") == ()
    assert parties("anyone", frozenset(), subject="party") == ("anyone",)


def test_an_unknown_party_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="the nearest is 'UAF'") as error:
        parties("AFC;UAFF", frozenset({"UAF", "AFC"}), subject="party")
    assert reason(error) == "unknown-party"


def test_every_reason_has_a_code_a_kind_and_a_remedy() -> None:
    for code, (kind, remedy) in REASONS.items():
        assert code == code.lower().replace(" ", "-")
        assert issubclass(kind, InputError)
        assert remedy.endswith(".")
