"""The report's page on footage."""

from dataclasses import replace
from pathlib import Path

import pytest

from truceline.pipeline import run_pipeline
from truceline.report import Still, daily_report, render
from truceline.report.footage import ground_svg, views_of
from truceline.run.mission import read_inputs

ROOT = Path(__file__).parents[2]
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000004000000030802000000") + bytes(8)
NOW_US = 1_795_000_000_000_000


@pytest.fixture(scope="module")
def products():
    return run_pipeline(read_inputs(ROOT / "missions" / "drone-junction", now_us=NOW_US))


def section(products, **given):
    content = daily_report(products, **given)
    return next(each for each in content.sections if each.key == "footage")


def test_every_frame_is_counted_once_by_how_far_its_numbers_agree(products):
    made = section(products)
    assert any("277 frames of footage were read" in words for words in made.words)
    assert any("277 agree within their stated errors" in words for words in made.words)
    feeds = next(table for table in made.tables if table.key == "footage")
    assert [cell.text for cell in feeds.rows[0]][2:7] == ["277", "0", "0", "0", "277"]
    assert feeds.total[6].text == "277"


def test_two_feeds_of_one_drone_are_one_line_and_no_frame_is_counted_twice():
    given = read_inputs(ROOT / "missions" / "drone-junction", now_us=NOW_US)
    (first,) = given.mission.feeds
    second = replace(first, name="later", path="feeds/later.ts")
    other = (ROOT / "missions" / "drone-yard" / "feeds" / "flight.ts").read_bytes()
    given = replace(
        given,
        mission=replace(given.mission, feeds=(first, second)),
        feeds=given.feeds | {second.path: other},
    )
    feeds = next(table for table in section(run_pipeline(given)).tables if table.key == "footage")
    assert [row[0].text for row in feeds.rows] == ["flight"]
    assert feeds.total[6].text == "577"


def test_where_the_drone_flew_is_not_drawn(products):
    (view,) = views_of(products)
    drawn = ground_svg(view).decode()
    lons = products.footage.footprints["sensor_lon_deg"].to_pylist()
    assert len(view.outlines) == 5
    assert max(lon for _, corners in view.outlines for lon, _ in corners) > max(lons), "the ground lies elsewhere"
    assert "sensor" not in drawn
    assert any("Where the drone itself flew is not shown" in words for words in section(products).words)


def test_a_map_and_each_still_is_in_page_and_paper(products):
    still = Still(observation_id="obs-1", png=PNG, caption="A thing (obs-1): automatic, not reviewed.")
    made = section(products, stills=[still])
    assert [figure.key for figure in made.figures] == ["footage-1", "still-obs-1"]
    page = render(products)["daily-report.html"].decode()
    assert "Footage: where it looked, and what it showed" in page


def test_a_mission_without_footage_has_no_such_section():
    products = run_pipeline(read_inputs(ROOT / "missions" / "first-steps", now_us=NOW_US))
    assert all(each.key != "footage" for each in daily_report(products).sections)
    assert views_of(products) == ()
