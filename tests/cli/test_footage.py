"""`truceline footage` as a person meets it."""

import json
from pathlib import Path

import pytest
from tests.cli.test_commands import truceline

ROOT = Path(__file__).parents[2]
FLIGHT = ROOT / "missions" / "drone-junction" / "feeds" / "flight.ts"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Everything that can be made of the flight but marks."""
    out = tmp_path_factory.mktemp("footage")
    return out, truceline("footage", FLIGHT, "--out", out, "--clip", "2-4", "--proxy", "--json", "--quiet")


def test_it_says_what_the_file_is_worth_and_ends_well():
    done = truceline("footage", FLIGHT)
    assert done.returncode == 0
    assert "277 frames" in done.stdout
    assert "places: 277 stated" in done.stdout
    assert done.stderr == ""


def test_it_writes_survey_map_sheet_clip_and_proxy_and_names_each(made):
    out, done = made
    said = json.loads(done.stdout)
    endings = {".survey.json", ".geojson", ".contact.png", ".2-4.ts", ".proxy.mp4"}
    assert {Path(name).name.removeprefix("flight.ts") for name in said["files"]} == endings
    assert all((out / Path(name).name).stat().st_size for name in said["files"])
    assert any("61 packets of pid 0x101" in remark for remark in said["remarks"])


def test_a_clip_is_footage_again(made):
    out, _ = made
    done = truceline("footage", out / "flight.ts.2-4.ts", "--json")
    assert json.loads(done.stdout)["frames"] == 61


def test_what_has_nowhere_to_go_is_refused_before_the_file_is_read():
    done = truceline("footage", FLIGHT, "--clip", "2-4")
    assert done.returncode == 3
    assert "--out FOLDER" in done.stderr


@pytest.mark.parametrize("span", ["two", "4", "9-"])
def test_a_span_that_is_none_says_how_one_is_written(tmp_path, span):
    done = truceline("footage", FLIGHT, "--out", tmp_path, "--clip", span)
    assert done.returncode == 3
    assert "--clip 120-180" in done.stderr


def test_a_zone_that_does_not_exist_is_refused():
    done = truceline("footage", FLIGHT, "--zone", "Mars/Phobos")
    assert done.returncode == 3
    assert "Mars/Phobos" in done.stderr


def test_a_file_that_is_no_footage_ends_with_1_and_the_reason(tmp_path):
    other = tmp_path / "letter.ts"
    other.write_text("Dear sirs,\n" * 100)
    done = truceline("footage", other)
    assert done.returncode == 1
    assert "set aside: 0" not in done.stdout


def test_an_address_of_an_unknown_kind_is_refused():
    done = truceline("footage", "http://127.0.0.1:9/")
    assert done.returncode == 3
    assert "udp://, rtp:// or srt://" in done.stderr
