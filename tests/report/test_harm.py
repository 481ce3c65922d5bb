"""What a report says of harmed civilians: kinds, numbers and sources; never a name."""

import csv
import io
from dataclasses import replace

import pytest
from tests.report.world import us, valley

from truceline.model.batch import table
from truceline.model.casualty import CASUALTIES
from truceline.model.damage import DAMAGE
from truceline.model.products import FeedCount, Products
from truceline.report import daily_report, render

NAME = "N. N. of Hill Street"


def hurt(number: int, day: str, kind: str, status: str, source: str, **more: object) -> dict[str, object]:
    at_us = us(day)
    return {
        "casualty_id": f"cas-{number}", "source_id": source, "kind": kind, "status": status, "group": "", "count_lo": 1,
        "count_hi": 1, "cause": "fire", "weapon_class": "", "earliest_at_us": at_us, "latest_at_us": at_us,
        "place_name": "", "person": NAME, "happening": "", "words": f"{NAME}, as told", "raw_sha256": "0", "raw_at": "",
    } | more  # fmt: skip


HURT = [
    hurt(1, "2025-04-20", "killed", "confirmed", "patrol", count_lo=2, count_hi=3),
    hurt(2, "2025-04-20", "killed", "confirmed", "wire"),
    hurt(3, "2025-04-21", "injured", "reported", "wire", count_hi=None),
    hurt(
        4,
        "2025-04-15",
        "injured",
        "reported",
        "wire",
        lon_deg=37.7,
        lat_deg=48.1,
        cov_ee_m2=1e4,
        cov_en_m2=0.0,
        cov_nn_m2=1e4,
    ),
]
BROKEN = {
    "damage_id": "dmg-1", "source_id": "patrol", "object_kind": "school", "status": "confirmed", "degree": "destroyed",
    "count_lo": 1, "count_hi": 1, "earliest_at_us": us("2025-04-20"), "latest_at_us": us("2025-04-20"),
    "place_name": "", "happening": "", "words": f"the house of {NAME}", "media": [], "raw_sha256": "0", "raw_at": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def harmed() -> Products:
    whole = valley()
    feeds = [
        FeedCount(feed=kind, holds=kind, source="patrol", sha256="7" * 64, read=rows, rows=rows, rejects=0)
        for kind, rows in (("casualties", 4), ("damage", 1))
    ]
    return replace(
        whole, feeds=(*whole.feeds, *feeds), casualties=table(HURT, CASUALTIES), damage=table([BROKEN], DAMAGE)
    )


def test_a_mission_without_such_feeds_says_nothing_of_them() -> None:
    assert "harm" not in [section.key for section in daily_report(valley()).sections]


def test_casualties_are_counted_by_kind_and_status_with_zeros_and_comparator(harmed: Products) -> None:
    (section,) = [section for section in daily_report(harmed).sections if section.key == "harm"]
    casualties, damage = section.tables
    assert [tuple(cell.text for cell in row) for row in casualties.rows] == [
        ("killed", "confirmed", "2", "0", "patrol: 2 to 3; wire (media): 1"),
        ("killed", "reported", "0", "0", "–"),
        ("injured", "confirmed", "0", "0", "–"),
        ("injured", "reported", "1", "1", "wire (media): 1 or more"),
        ("missing", "confirmed", "0", "0", "–"),
        ("missing", "reported", "0", "0", "–"),
    ]
    assert [cell.text for cell in casualties.total] == ["Total", "", "3", "1", ""]
    assert [tuple(cell.text for cell in row) for row in damage.rows] == [
        ("school", "confirmed", "1", "0", "patrol: 1"),
        ("school", "reported", "0", "0", "–"),
    ]


def test_no_file_of_a_report_names_anybody(harmed: Products) -> None:
    files = render(harmed)
    assert all(NAME.encode() not in content for content in files.values())
    rows = list(csv.DictReader(io.StringIO(files["casualties.csv"].decode(), newline="")))
    assert [row["kind"] for row in rows] == ["killed", "killed", "injured", "injured"]
    assert not {"person", "words"} & rows[0].keys()
    assert not {"person", "words"} & next(csv.DictReader(io.StringIO(files["damage.csv"].decode(), newline=""))).keys()
