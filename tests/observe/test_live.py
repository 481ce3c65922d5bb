"""What comes in while the mission runs: read by the feed's own mapping, and harmless when it is sent again."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.sample import CONTEXT, CSV, FEED, HEADER, NOW_US, ROWS, SOURCES, as_json

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import Feed, Format, Mission, ReportSettings
from truceline.observe import Reading, read_feeds, read_live

SMALL = replace(FEED, columns={"id": "id", "begins": "begins", "act": "act"})
OTHER = replace(SMALL, name="others", path="feeds/others.csv")
FIRST = b"id,begins,act\na,2025-03-10,fire\n"


def live(content: bytes, feed: str = "patrols", kind: Format = "csv", compartment: str = "") -> LiveFile:
    return LiveFile(
        name="post", feed=feed, format=kind, content=content, sha256=sha256_hex(content), compartment=compartment
    )


def inputs(*files: LiveFile, feeds: tuple[Feed, ...] = (SMALL, OTHER), content: bytes = FIRST) -> Inputs:
    mission = Mission(
        name="m", mandates=(), zone="UTC", extent_deg=CONTEXT.extent_deg, sources=tuple(SOURCES.values()), feeds=feeds,
        report=ReportSettings(from_date="2025-03-10", until_date="2025-03-11"),
    )  # fmt: skip
    return Inputs(
        mission=mission, mandates={}, feeds={feed.path: content for feed in feeds}, catalogues={}, geometry={},
        now_us=NOW_US, live=files,
    )  # fmt: skip


def reading(*files: LiveFile) -> Reading:
    found = read_feeds(inputs(*files), mandates=())
    for feed in found.feeds:
        assert feed.rows + feed.rejects + feed.repeated == feed.read
    return found


def figures(found: Reading) -> tuple[int, int, int, int]:
    feed = found.feeds[0]
    return feed.read, feed.rows, feed.rejects, feed.repeated


def row(name: str, act: str = "fire") -> dict[str, str]:
    return {"id": name, "begins": "2025-03-10", "act": act}


@pytest.mark.parametrize(
    ("files", "counted"),
    [
        ((), (1, 1, 0, 0)),
        ((live(as_json(row("b")), kind="json"),), (2, 2, 0, 0)),
        ((live(as_json(row("a")), kind="json"),), (2, 1, 0, 1)),  # the feed's own file holds it
        ((live(as_json(row("a", "strike")), kind="json"),), (2, 2, 0, 0)),  # another statement under the same name
        (
            (live(as_json(row("b"), row("c")), kind="json"), live(as_json(row("c"), row("d")), kind="json")),
            (5, 4, 0, 1),
        ),
        ((live(as_json(row("b", "sing")), kind="json"),) * 2, (3, 1, 1, 1)),
        ((live(b"{{{", kind="json"),) * 3, (4, 1, 1, 2)),
    ],
)
def test_a_row_that_came_before_is_held_once_and_counted(files: tuple[LiveFile, ...], counted: tuple[int, ...]) -> None:
    assert figures(reading(*files)) == counted


def test_equal_rows_without_a_name_are_one_across_files_and_several_inside_one() -> None:
    nameless = replace(SMALL, columns={"begins": "begins", "act": "act"})
    twice = as_json(*[{"begins": "2025-03-11", "act": "fire"}] * 2)
    once = as_json({"begins": "2025-03-11", "act": "fire"})
    given_in = inputs(live(twice, kind="json"), live(once, kind="json"), feeds=(nameless,))
    assert figures(read_feeds(given_in, mandates=())) == (4, 3, 0, 1)


def test_rows_stand_by_feed_and_within_a_feed_by_file() -> None:
    found = reading(live(as_json(row("x")), feed="others", kind="json"), live(as_json(row("b")), kind="json"))
    raw = found.held["observations"]["raw_at"].to_pylist()
    assert raw == ["row 1", "row 1", "row 1", "row 1"]
    assert [feed.rows for feed in found.feeds] == [2, 2]
    own, sent = sha256_hex(FIRST), sha256_hex(as_json(row("b")))
    assert found.held["observations"]["raw_sha256"].to_pylist()[:2] == [own, sent]


def test_the_same_words_in_two_compartments_are_two_rows_so_that_neither_learns_of_the_other() -> None:
    named = replace(SMALL, columns=SMALL.columns | {"source": "source"})
    content = as_json(row("a") | {"source": "log"})
    files = tuple(live(content, kind="json", compartment=party) for party in ("UAF", ""))
    own = b"id,begins,act,source\na,2025-03-10,fire,log\n"
    found = read_feeds(inputs(*files, feeds=(named,), content=own), mandates=())
    assert figures(found) == (3, 2, 0, 1)  # the mission's own copy came before, in the feed's own file
    assert list(found.compartments.values()) == ["UAF"]
    ids = found.held["observations"]["observation_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert set(found.compartments) < set(ids)
    alone = [read_live(file, inputs=inputs(feeds=(named,)), mandates=()) for file in files]
    assert [figures(each) for each in alone] == [(1, 1, 0, 0)] * 2


def test_an_id_of_a_live_row_can_be_worked_out_only_with_the_missions_secret() -> None:
    def only(salt: str) -> str:
        file = replace(live(as_json(row("b")), kind="json"), salt=salt)
        (found,) = read_live(file, inputs=inputs(), mandates=()).held["observations"]["observation_id"].to_pylist()
        return str(found)

    assert only("k") == only("k")
    assert len({only(""), only("k"), only("l")}) == 3


def test_one_live_file_is_answered_by_itself() -> None:
    found = read_live(live(as_json(row("b"), row("c", "sing")), kind="json"), inputs=inputs(), mandates=())
    assert figures(found) == (2, 1, 1, 0)
    assert found.rejects["reason"].to_pylist() == ["unknown-word"]
    assert found.held["observations"].num_rows == 1


def test_a_live_file_for_no_feed_is_refused_with_the_nearest() -> None:
    for read_it in (
        lambda: read_live(live(FIRST, feed="patrol"), inputs=inputs(), mandates=()),
        lambda: read_feeds(inputs(live(FIRST, feed="patrol")), mandates=()),
    ):
        with pytest.raises(InputError, match="nearest is 'patrols'"):
            read_it()


def test_encoding_and_delimiter_are_of_the_feeds_own_file_alone() -> None:
    odd = replace(SMALL, encoding="utf-16", delimiter=";", columns=SMALL.columns | {"place": "place"})
    content = "id;begins;act;place\na;2025-03-10;fire;Ясне\n".encode("utf-16")
    sent = live(as_json(row("b") | {"place": "Ясне"}), kind="json")
    found = read_feeds(inputs(sent, feeds=(odd,), content=content), mandates=())
    assert found.held["observations"]["place_name"].to_pylist() == ["Ясне", "Ясне"]


def test_a_geojson_feature_sent_to_a_feed_of_columns_has_its_place_from_its_point() -> None:
    placed = replace(FEED, columns={name: name for name in ("id", "begins", "act", "lon", "lat", "error_m")})
    feature = (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "g", "act": "fire",'
        b'"begins": "2025-03-10", "error_m": 50}, "geometry": {"type": "Point", "coordinates": [37.8, 48.0]}}]}'
    )
    found = read_feeds(inputs(live(feature, kind="geojson"), feeds=(placed,), content=CSV), mandates=())
    assert found.held["observations"]["lon_deg"].to_pylist()[-1] == 37.8


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(ROWS), max_size=4), max_size=4))
def test_sending_everything_again_changes_nothing(batches: list[list[str]]) -> None:
    files = [live("\n".join([HEADER, *rows]).encode()) for rows in batches]
    once, twice = (read_feeds(inputs(*sent, feeds=(FEED,), content=CSV), mandates=()) for sent in (files, files * 2))
    assert once.held["observations"].equals(twice.held["observations"])
    assert once.rejects.equals(twice.rejects)
    for found in (once, twice):
        read, rows, rejects, repeated = figures(found)
        assert rows + rejects + repeated == read
