"""Which weapon a row speaks of, and what happens where row and catalogue disagree."""

import pytest
from tests.observe.sample import read_row, refused

from truceline.base.errors import InputError, UnknownNameError
from truceline.observe import parse_catalogue

LIST = b"system,class,calibre_mm\nMolniya,recon_drone,\nShahed-136/131,strike_drone,\nGun X,gun,155 mm\n"


def armed(**cells: str) -> tuple[object, ...]:
    row = read_row(**cells)
    return tuple(row[name] for name in ("weapon_system", "weapon_class", "calibre_lo_mm", "calibre_hi_mm", "remark"))


def test_a_known_system_gives_class_and_calibre() -> None:
    assert armed(system="2S1 Gvozdika") == ("gvozdika", "howitzer", 122, 122, "")
    assert armed(system="bm-21 grad") == ("grad", "mlrs", 122, 122, "")
    assert armed(system="9K33 Osa") == ("osa", "air_defence", None, None, "")


def test_the_missions_catalogue_comes_first() -> None:
    assert armed(system="Molniya") == ("molniya", "short_range_strike_drone", None, None, "")


def test_one_of_two_systems_of_a_kind_is_the_kind() -> None:
    assert armed(system="T-64/T-72") == ("", "tank", 125, 125, "")
    assert armed(system="T-64 or T-72") == ("", "tank", 125, 125, "")
    assert armed(system="T-62/T-72") == ("", "tank", 115, 125, "")
    assert armed(system="Shahed-136/131") == ("shahed", "strike_drone", None, None, "")


def test_one_of_two_systems_of_different_kinds_is_not_known() -> None:
    assert refused(system="T-64/BM-21") == "unknown-system"


def test_an_unknown_system_with_a_class_keeps_the_class_and_leaves_its_word_in_an_empty_remark() -> None:
    assert armed(system="BTR-60", **{"class": "armoured_vehicle"}) == (
        "",
        "armoured_vehicle",
        None,
        None,
        "BTR-60",
    )
    assert armed(system="BTR-60", remark="seen", **{"class": "armoured_vehicle"})[-1] == "seen"
    assert armed(system="BTR-60", **{"class": "unknown"}) == ("", "", None, None, "BTR-60")


def test_an_unknown_system_without_a_class_is_refused() -> None:
    assert refused(system="2S1 Gvozdka") == "unknown-system"


def test_an_unknown_class_is_the_empty_word() -> None:
    assert armed(**{"class": "unknown"})[1] == ""
    assert armed(system="unknown", **{"class": "tank"})[:2] == ("", "tank")


def test_a_class_that_contradicts_the_system_is_refused() -> None:
    assert refused(system="BM-21 Grad", **{"class": "howitzer"}) == "class-contradicts-system"
    assert armed(system="BM-21 Grad", **{"class": "rocket_artillery"})[1] == "mlrs"


def test_a_calibre_that_contradicts_the_system_is_refused() -> None:
    assert refused(system="BM-21 Grad", calibre="152") == "calibre-contradicts-system"
    assert armed(system="BM-21 Grad", calibre="100-152")[2:4] == (122, 122)
    assert armed(system="9K33 Osa", calibre="206")[2:4] == (206, 206)


def test_a_catalogue_is_read_by_casefolded_name() -> None:
    systems = parse_catalogue(LIST, subject="weapons.csv")
    assert set(systems) == {"molniya", "shahed-136/131", "gun x"}
    assert systems["shahed-136/131"].slug == "shahed"  # one thing, one word: the one mandates use
    assert (systems["gun x"].slug, systems["gun x"].calibre_mm) == ("gun_x", 155)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"Buk,unspecified_missile,", "the nearest is"),
        (b"molniya,tank,", "named twice"),
        (b",tank,", "is empty or named twice"),
        (b"Buk,tank", "2 values under 3 columns"),
        (b"Buk,tank,big", "is no calibre"),
        (b"Buk,tank,100-125", "is not one whole number"),
    ],
)
def test_a_broken_catalogue_is_refused_whole_with_its_row(row: bytes, says: str) -> None:
    with pytest.raises(InputError, match=f"weapons.csv, row 4: .*{says}"):
        parse_catalogue(LIST + row + b"\n", subject="weapons.csv")


def test_a_catalogue_without_a_column_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="calibre_mm"):
        parse_catalogue(b"system,class\nBuk,tank\n", subject="weapons.csv")
