"""A run keeps what it read and made; a second run without news adds nothing; every altered byte is found."""

import random
import shutil
from pathlib import Path

import pytest

from truceline.base.errors import (
    InputError,
    IntegrityError,
    MandateError,
    TrucelineError,
    UnavailableError,
    UnknownNameError,
    UnreadableError,
)
from truceline.record import open_record
from truceline.run.batch import recorded_inputs, run_mission
from truceline.run.mission import mission_of, read_inputs
from truceline.run.verification import verify_mission

ROOT = Path(__file__).parents[2]
NOW_US = 1_795_000_000_000_000
HOUR_US = 3_600_000_000


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(
        ROOT / "missions" / "first-steps", tmp_path / "m", ignore=shutil.ignore_patterns("record", "report")
    )
    return tmp_path / "m"


def silent(step):
    """No progress."""


def test_a_second_run_without_news_adds_nothing_and_keeps_its_moment(folder):
    first = run_mission(folder, now_us=NOW_US)
    second = run_mission(folder, now_us=NOW_US + HOUR_US)
    assert second.entries_before == second.entries_after == first.entries_after
    assert second.products.known_at_us == first.products.known_at_us


def test_a_changed_mandate_is_a_new_moment_and_the_old_finding_stays_in_the_record(folder):
    first = run_mission(folder, now_us=NOW_US)
    text = (folder / "mandate.truce").read_text("utf-8")
    (folder / "mandate.truce").write_text(text.replace("within 10km of front", "within 5km of front"), "utf-8")
    second = run_mission(folder, now_us=NOW_US + HOUR_US)
    assert second.products.known_at_us == NOW_US + HOUR_US
    assert second.entries_after > first.entries_after
    with open_record(folder / "record", writing=False) as record:
        recorded = [entry.detail["verdict"] for _, entry in record.entries(kind="finding")]
    assert len(recorded) > len(second.products.judged[0].certificates)


def test_inputs_come_back_from_the_record_alone_byte_for_byte(folder):
    run_mission(folder, now_us=NOW_US)
    with open_record(folder / "record", writing=False) as record:
        assert recorded_inputs(record) == read_inputs(folder, now_us=NOW_US)


def test_the_whole_record_checks_and_everything_computes_again_to_the_same_roots(folder):
    run_mission(folder, now_us=NOW_US)
    checked = verify_mission(folder, recompute=True, progress=silent)
    assert checked.ok, checked.problems
    assert checked.certificates > 10
    assert checked.recomputed == 13


def test_an_altered_byte_anywhere_in_the_content_is_found(folder):
    run_mission(folder, now_us=NOW_US)
    chance = random.Random(7)
    blobs = [
        path for path in sorted((folder / "record" / "content").rglob("*")) if path.is_file() and path.stat().st_size
    ]
    for path in blobs:
        kept, mode = path.read_bytes(), path.stat().st_mode
        at = chance.randrange(len(kept))
        path.chmod(0o600)
        path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        assert not verify_mission(folder, recompute=False, progress=silent).ok, f"byte {at} of {path.name}"
        path.write_bytes(kept)
        path.chmod(mode)
    assert verify_mission(folder, recompute=False, progress=silent).ok


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ('nmae = "x"', UnknownNameError, "Did you mean 'name'?"),
        ("zone = 5", UnreadableError, "zone"),
        ("name = ", UnreadableError, "TOML"),
        ('zone = "Europe/Kiew"', InputError, "IANA"),
    ],
)
def test_a_declaration_that_cannot_be_meant_says_what_to_mend(line, error, said):
    good = (ROOT / "missions" / "first-steps" / "truceline.toml").read_text("utf-8")
    key = line.split(" = ")[0]
    lines = [each for each in good.splitlines() if not each.startswith(f"{key} = ")]
    with pytest.raises(error, match=said.replace("?", r"\?")):
        mission_of("\n".join([line, *lines]).encode())


def test_a_misspelt_kind_of_source_is_refused_and_never_taken_for_another():
    good = (ROOT / "missions" / "first-steps" / "truceline.toml").read_text("utf-8")
    with pytest.raises(UnreadableError, match=r"misson.*sources\[0\]\.kind"):
        mission_of(good.replace('kind = "mission"', 'kind = "misson"', 1).encode())


def test_a_feed_outside_the_folder_is_never_read(folder):
    (folder.parent / "secret.csv").write_text("x\n", "utf-8")
    text = (folder / "truceline.toml").read_text("utf-8")
    (folder / "truceline.toml").write_text(text.replace("feeds/observations.csv", "../secret.csv"), "utf-8")
    with pytest.raises(InputError, match="out of the mission folder"):
        run_mission(folder, now_us=NOW_US)


def test_a_missing_feed_says_so(folder):
    (folder / "feeds" / "claims.csv").unlink()
    with pytest.raises((UnavailableError, InputError)) as raised:
        run_mission(folder, now_us=NOW_US)
    assert "claims.csv" in str(raised.value)


def test_nothing_that_a_mission_can_hold_raises_anything_but_our_own_errors(folder):
    chance = random.Random(11)
    files = [
        folder / "truceline.toml",
        folder / "mandate.truce",
        folder / "geo" / "front.geojson",
        folder / "feeds" / "observations.csv",
    ]
    for path in files:
        good = path.read_bytes()
        for _ in range(12):
            at = chance.randrange(len(good))
            bad = {
                0: good[:at],
                1: good[:at] + bytes([chance.randrange(256)]) + good[at + 1 :],
                2: good[:at] + good[at + chance.randrange(1, 40) :],
                3: good[:at] + b"\x00\xff" + good[at:],
            }[chance.randrange(4)]
            path.write_bytes(bad)
            try:
                products = run_mission(folder, now_us=NOW_US).products
            except TrucelineError:
                continue
            assert all(feed.read == feed.rows + feed.rejects for feed in products.feeds)
        path.write_bytes(good)


def test_a_run_that_fails_leaves_the_last_whole_run_checkable_and_explainable(folder):
    run_mission(folder, now_us=NOW_US)
    good = (folder / "mandate.truce").read_text("utf-8")
    (folder / "mandate.truce").write_text(good + "clause X bla", "utf-8")
    with pytest.raises(MandateError):
        run_mission(folder, now_us=NOW_US + HOUR_US)
    checked = verify_mission(folder, recompute=True, progress=silent)
    assert checked.ok, checked.problems
    assert checked.recomputed == 13


def test_a_lost_original_stops_the_run_and_is_not_put_back_in_silence(folder):
    run_mission(folder, now_us=NOW_US)
    with open_record(folder / "record", writing=False) as record:
        sha256 = next(entry.hashes[0] for _, entry in record.entries(kind="raw", subject="feeds/observations.csv"))
    (folder / "record" / "content" / sha256[:2] / sha256[2:]).unlink()
    with pytest.raises(IntegrityError):
        run_mission(folder, now_us=NOW_US + HOUR_US)


@pytest.mark.parametrize(
    ("feed", "good", "bad", "near"),
    [
        ("notices", "storage", "storrage", "storage"),
        ("notices", "depot", "deppot", "depot"),
        ("notices", "MISSION", "MISION", "MISSION"),
        ("coverage", "WORKS", "WORK", "WORKS"),
    ],
)
def test_a_register_zone_decider_or_clause_that_no_mandate_names_is_a_reject(folder, feed, good, bad, near):
    path = folder / "feeds" / f"{feed}.csv"
    header, first, *rest = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([header, first.replace(good, bad, 1), *rest]) + "\n", "utf-8")
    rejects = [r for r in run_mission(folder, now_us=NOW_US).products.rejects.to_pylist() if r["feed"] == feed]
    assert [row["reason"] for row in rejects] == ["unknown-name"]
    assert near in rejects[0]["problem"]


def test_absence_is_not_stated_while_the_missions_own_rows_are_set_aside(folder):
    path = folder / "feeds" / "observations.csv"
    path.write_text(path.read_text("utf-8").replace("2.20", "2,20", 1), "utf-8")
    products = run_mission(folder, now_us=NOW_US).products
    works = [row for row in products.judged[0].assessments.to_pylist() if row["clause"] == "WORKS"]
    assert {(row["outcome"], row["reason"]) for row in works} == {("undetermined", "unknown-fact")}
    assert all("set aside" in row["words"] for row in works)


def test_a_finding_that_no_longer_stands_is_superseded_in_the_record_and_not_dropped(folder):
    first = run_mission(folder, now_us=NOW_US)
    before = {row["finding_id"] for row in first.products.judged[0].findings.to_pylist() if row["certificate_sha256"]}
    text = (folder / "feeds" / "observations.csv").read_text("utf-8")
    kept = [line for line in text.splitlines() if "gun at Hain road" not in line]
    (folder / "feeds" / "observations.csv").write_text("\n".join(kept) + "\n", "utf-8")
    second = run_mission(folder, now_us=NOW_US + HOUR_US)
    after = {row["finding_id"] for row in second.products.judged[0].findings.to_pylist() if row["certificate_sha256"]}
    (gone,) = before - after
    with open_record(folder / "record", writing=False) as record:
        told = [entry for _, entry in record.entries(kind="finding", subject=gone)]
    assert [entry.detail["verdict"] for entry in told] == ["breach", "withdrawn"]
    assert told[0].hashes, "the certificate of what was found stays"
    assert run_mission(folder, now_us=NOW_US + 2 * HOUR_US).entries_after == second.entries_after
