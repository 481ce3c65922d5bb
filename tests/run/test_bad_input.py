"""Bad input through a whole run: one named reject or one clear error, the rest goes through, counts add up."""

import shutil
from pathlib import Path

import pytest

from truceline.base.errors import MandateNameError
from truceline.run.batch import run_mission

SKELETON = Path(__file__).parents[2] / "src" / "truceline" / "cli" / "skeleton"
NOW_US = 1_795_000_000_000_000
GOOD = "7,2024-05-04 10:00,SOUTH,present,D-30,1,2.30,0.35,100,south of the front\n"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SKELETON, tmp_path / "m")
    return tmp_path / "m"


def run_with(folder, content, *, zone=True):
    """Run the skeleton with this feed; what became of the feed, and its rejects' reasons."""
    (folder / "feeds" / "observations.csv").write_bytes(content)
    if not zone:
        text = (folder / "truceline.toml").read_text("utf-8")
        kept = [
            line
            for line in text.splitlines()
            if not line.startswith('zone = "UTC"                          # of times')
        ]
        (folder / "truceline.toml").write_text("\n".join(kept), "utf-8")
    products = run_mission(folder, now_us=NOW_US).products
    (feed,) = products.feeds
    assert feed.read == feed.rows + feed.rejects
    assert products.rejects.num_rows == feed.rejects
    assert products.observations.num_rows == feed.rows
    assert all(row["problem"] and row["remedy"] and row["raw_at"] for row in products.rejects.to_pylist())
    return feed, products.rejects["reason"].to_pylist()


HEADER = "report,time,party,act,weapon,count,lon,lat,error_m,place\n"
ROWS = {
    "too-many-fields": "8,2024-05-04 10:00,SOUTH,present,D-30,1,2.30,0.35,100,a,b\n",
    "latitude-out-of-range": "8,2024-05-04 10:00,SOUTH,present,D-30,1,2.30,95,100,a\n",
    "not-a-number": "8,2024-05-04 10:00,SOUTH,present,D-30,1,NaN,0.35,100,a\n",
    "coordinates-swapped": "8,2024-05-04 10:00,SOUTH,present,D-30,1,0.35,2.30,100,a\n",
    "unknown-party": "8,2024-05-04 10:00,SUOTH,present,D-30,1,2.30,0.35,100,a\n",
    "unknown-word": "8,2024-05-04 10:00,SOUTH,presnt,D-30,1,2.30,0.35,100,a\n",
    "time-in-the-future": "8,2044-05-04 10:00,SOUTH,present,D-30,1,2.30,0.35,100,a\n",
    "no-error-stated": "8,2024-05-04 10:00,SOUTH,present,D-30,1,2.30,0.35,,a\n",
}


@pytest.mark.parametrize("reason", ROWS)
def test_a_broken_row_is_one_named_reject_and_the_rest_goes_through(folder, reason):
    feed, reasons = run_with(folder, (HEADER + GOOD + ROWS[reason] + GOOD.replace("7,", "9,")).encode())
    assert (feed.rows, reasons) == (2, [reason])


def test_times_without_any_zone_are_refused_each_by_name(folder):
    feed, reasons = run_with(folder, (HEADER + GOOD).encode(), zone=False)
    assert (feed.rows, reasons) == (0, ["naive-time"])


def test_a_wrong_encoding_loses_only_the_rows_it_spoils_or_says_so_of_the_file(folder):
    content = (HEADER + GOOD + GOOD.replace("7,", "8,").replace("south", "південь")).encode("cp1251")
    feed, reasons = run_with(folder, content)
    assert set(reasons) == {"wrong-encoding"}
    assert feed.read >= 1


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_file_cut_in_the_middle_keeps_its_whole_rows(folder, share):
    whole = (HEADER + "".join(GOOD.replace("7,", f"{number},", 1) for number in range(10, 40))).encode()
    content = whole[: int(len(whole) * share)]
    complete = content.count(b"\n") - 1
    feed, reasons = run_with(folder, content)
    assert complete <= feed.rows <= complete + 1, "a row that happens to be cut at its end may still be whole"
    assert feed.rows == complete + 1 or reasons == ["cut-short"]


def test_a_mandate_with_an_unknown_name_stops_judging_and_keeps_the_raw_bytes(folder):
    text = (folder / "mandate.truce").read_text("utf-8").replace("within 10km of front", "within 10km of fornt")
    (folder / "mandate.truce").write_text(text, "utf-8")
    with pytest.raises(MandateNameError, match=r"mandate\.truce, line 16, column \d+: 'fornt'.*Did you mean 'front'\?"):
        run_mission(folder, now_us=NOW_US)
    assert any((folder / "record" / "content").rglob("*")), "the raw bytes are in the record before anything is parsed"
