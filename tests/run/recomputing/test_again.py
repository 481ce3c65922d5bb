"""A mission computed again: by the same code, by changed code, by other arithmetic, and without what was erased."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.run.live.simulated import with_a_case

from truceline import pipeline
from truceline.base.errors import ErasedError, IntegrityError
from truceline.model.entry import Entry
from truceline.record import Record, open_record
from truceline.record.content import ContentStore
from truceline.record.disk import LocalDisk
from truceline.record.record import Storage
from truceline.run.batch import RECORD, run_mission
from truceline.run.recomputing import again
from truceline.run.recomputing.entries import audit, ran_last
from truceline.run.recomputing.source import LIBRARIES, own_libraries, unpacked
from truceline.run.recomputing.words import notes_of, problems_of
from truceline.run.verification import verify_mission

MISSION = Path(__file__).parents[3] / "missions" / "first-steps"
NOW_US = 1_795_000_000_000_000
HOUR_US = 3_600_000_000
SIGMA = "SIGMA_95 = 1.96"


def silent(step):
    """No progress."""


@pytest.fixture
def fresh(tmp_path):
    """A mission that was not run yet."""
    shutil.copytree(MISSION, tmp_path / "m", ignore=shutil.ignore_patterns("record", "report"))
    return tmp_path / "m"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again") / "m"
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report"))
    run_mission(folder, now_us=NOW_US)
    return folder


@pytest.fixture
def folder(ran, tmp_path):
    """A mission that was run."""
    shutil.copytree(ran, tmp_path / "m")
    return tmp_path / "m"


def checked(folder):
    return verify_mission(folder, recompute=True, progress=silent)


def notes_in(found):
    """What is noted besides what was not signed yet: these tests append by hand."""
    return tuple(note for note in found.notes if "newer than the latest checkpoint" not in note)


def detail_of(folder):
    with open_record(folder / RECORD, writing=False) as record:
        return record.last("mission", "inputs")[1].detail


def told_again(folder, **detail):
    """The latest run's entry once more, with some of its detail otherwise; None takes a part away."""
    with open_record(folder / RECORD) as record:
        entry = record.last("mission", "inputs")[1]
        changed = {name: value for name, value in (entry.detail | detail).items() if value is not None}
        hashes = tuple(dict.fromkeys((*entry.hashes, *([changed["source"]] if "source" in changed else []))))
        new = Entry(
            kind="mission",
            subject="inputs",
            author=entry.author,
            known_at=entry.known_at,
            hashes=hashes,
            detail=changed,
        )
        record.append([new])


def verified_by(code, folder):
    """What `verify --recompute` says when the code in another folder does it, in a process of its own."""
    command = [sys.executable, "-m", "truceline", "verify", str(folder), "--recompute", "--json", "--quiet"]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(code)}, capture_output=True, check=False, cwd=code
    )
    assert done.returncode in (0, 5), done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture
def archived(folder, tmp_path):
    """The code of a run, unpacked from its own record."""
    with open_record(folder / RECORD, writing=False) as record:
        files = unpacked(record.get(str(detail_of(folder)["source"])))
    for name, content in files.items():
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "code"


def test_the_code_in_the_record_runs_by_itself_and_a_constant_changed_in_it_is_named(folder, archived):
    same = verified_by(archived, folder)
    assert (same["ok"], same["recomputed"]) == (True, 13), same["problems"]
    assert same["recomputation"]["changes"]["constants"] == []

    units = archived / "truceline" / "base" / "units.py"
    text = units.read_text("utf-8")
    assert SIGMA in text
    units.write_text(text.replace(SIGMA, "SIGMA_95 = 0.1"), "utf-8")
    (archived / "truceline" / "judge" / "kernel.py").open("a").write("\n\ndef _more() -> None:\n    return\n")
    changed = verified_by(archived, folder)
    assert not changed["ok"]
    assert changed["recomputed"] == 10, "what does not rest on it is equal all the same"
    found = changed["recomputation"]["changes"]
    assert found["constants"] == [{"file": "base/units.py", "name": "SIGMA_95", "old": "1.96", "new": "0.1"}]
    assert found["files"] == ["judge/kernel.py"]
    turned = [each for table in changed["recomputation"]["tables"] for each in table["turned"]]
    assert [(each["old"], each["new"]) for each in turned] == [("undetermined", "breach")]
    assert f"finding {turned[0]['finding_id']}: recorded undetermined, computed again breach" in changed["problems"]


def test_what_was_equal_stands_first_and_then_what_differs_its_cause_and_what_to_do(fresh, monkeypatch):
    monkeypatch.setattr(pipeline, "place_against", shifted(by_mm=100_000, wider_mm=5))
    run_mission(fresh, now_us=NOW_US)
    monkeypatch.undo()
    told_again(fresh, libraries=dict(own_libraries()) | {"numpy": "1.0"}, code="truceline 0.0.1")
    found = checked(fresh)
    lines = found.words().splitlines()
    kinds = [line.split(" ")[0].rstrip(":") for line in lines]
    assert kinds == sorted(kinds, key=["Checked", "Signed", "Computed", "PROBLEM", "note", "Likely", "Next", "2"].index)
    assert any("placings: 168 of 168 rows differ: " in line and "bound_mm in 168" in line for line in lines)
    assert any(line.startswith("Likely cause: code version truceline 0.0.1 → ") for line in lines)
    assert f"Likely cause: numpy was 1.0, is {own_libraries()['numpy']}" in lines
    assert json.loads(json.dumps(found.plain()))["recomputation"]["changes"]["libraries"] == [
        {"name": "numpy", "old": "1.0", "new": own_libraries()["numpy"]}
    ]


def shifted(*, by_mm, wider_mm=0):
    """`place_against` as another arithmetic might give it."""

    def place(*given, **named):
        rows = place_against(*given, **named)
        for name, more in (("distance_mm", by_mm), ("bound_mm", wider_mm)):
            at = rows.schema.get_field_index(name)
            rows = rows.set_column(at, name, pc.add(rows[name], pa.scalar(more, pa.int64())))
        return rows

    place_against = pipeline.place_against
    return place


def test_places_within_their_bound_leave_the_verdicts_equal_as_judged_from_the_recorded_places(fresh, monkeypatch):
    monkeypatch.setattr(pipeline, "place_against", shifted(by_mm=3))
    run_mission(fresh, now_us=NOW_US)
    monkeypatch.undo()
    found = checked(fresh)
    assert found.ok, found.problems
    outcomes = {table.table: table.outcome for table in found.again.tables}
    assert outcomes["placings"] == "within bound"
    assert set(outcomes.values()) == {"within bound", "equal"}
    assert "Computed again, within bound: placings: 168 of 168 rows differ: distance_mm in 168" in found.words()
    assert "from the recorded tables: findings mandate" in found.words()


def test_judging_otherwise_is_a_difference_though_places_are_within_their_bound(fresh, monkeypatch):
    monkeypatch.setattr(pipeline, "place_against", shifted(by_mm=3))
    run_mission(fresh, now_us=NOW_US)
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "_judged", turning(pipeline._judged))
    stages = tuple(
        (name, *rest, pipeline._judge if name == "judge" else stage) for name, *rest, stage in pipeline.STAGES
    )
    monkeypatch.setattr(pipeline, "STAGES", stages)
    found = checked(fresh)
    assert [table.table for table in found.again.of("differs")] == ["findings mandate"]
    assert sum(each.startswith("finding fnd-") for each in found.problems) == 14
    assert "code, libraries and settings are as they were" in found.words()


def turning(judged):
    """Every verdict the other way."""

    def turn(*given):
        made = judged(*given)
        rows = [row | {"verdict": "no_breach"} for row in made.findings.to_pylist()]
        return pipeline.replace(made, findings=pa.Table.from_pylist(rows, made.findings.schema))

    return turn


def test_a_finding_that_turns_with_a_place_inside_its_bound_is_named_though_its_table_is_equal(folder, monkeypatch):
    monkeypatch.setattr(pipeline, "place_against", shifted(by_mm=-600_000, wider_mm=0))
    with open_record(folder / RECORD, writing=False) as record:
        ran = ran_last(record)
        monkeypatch.setitem(again.compare_rows.__globals__["BOUNDS"], "placings", ANY_DISTANCE)
        found = again.recompute(record, ran)
    assert {table.table: table.outcome for table in found.tables}["findings mandate"] == "equal"
    assert [(each.old, each.new) for table in found.tables for each in table.turned]
    assert all(line.startswith("finding fnd-") for line in problems_of(found))


class _Any:
    why = "for this test"

    def holds(self, old, new, column):
        return True


ANY_DISTANCE = {"distance_mm": _Any(), "side": _Any()}


def test_rows_that_were_dropped_are_counted(folder, monkeypatch):
    locate = pipeline.locate

    def fewer(rows, **named):
        batch = locate(rows, **named)
        return pipeline.Batch(rows=batch.rows.slice(1), rejects=batch.rejects)

    monkeypatch.setattr(pipeline, "locate", fewer)
    found = checked(folder)
    (observations,) = (table for table in found.again.tables if table.table == "observations")
    assert (observations.outcome, observations.lost, observations.changed) == ("differs", 1, 0)
    assert "1 of 27 rows are not made again" in found.words()


def test_a_table_that_is_no_longer_made_and_one_that_is_new_are_differences(folder, monkeypatch):
    tables_of = again.tables_of

    def otherwise(products):
        tables = tables_of(products)
        return {"sightings" if name == "claims" else name: table for name, table in tables.items()}

    monkeypatch.setattr(again, "tables_of", otherwise)
    assert sorted(table.table for table in checked(folder).again.of("differs")) == ["claims", "sightings"]


def test_a_library_of_another_version_without_effect_is_a_note_and_no_problem(folder):
    told_again(folder, libraries=dict(own_libraries()) | {"shapely": "1.8"})
    found = checked(folder)
    assert found.ok
    assert found.recomputed == 13
    (said,) = notes_in(found)
    assert said.startswith("differs without effect on what was computed again: shapely was 1.8, is ")
    with open_record(folder / RECORD, writing=False) as record:
        detail = ran_last(record).detail
        faked = again.changes_since(record, detail, libraries={"shapely": "1.8", "geos": "3"})
    assert "geos was not installed, is 3" in [each.words() for each in faked.libraries]
    assert "shapely" not in [each.name for each in faked.libraries]


def test_a_record_of_an_older_form_that_holds_no_code_still_verifies_and_says_so(folder):
    told_again(folder, source=None, manifest=None, libraries=None, tables=None)
    found = checked(folder)
    assert (found.ok, found.recomputed) == (True, 13)
    assert notes_in(found) == ("code: the record names the code that made it, truceline 0.1.0, and does not hold it.",)


def test_an_archive_of_code_that_cannot_be_unpacked_is_said_and_stops_nothing(folder):
    with open_record(folder / RECORD) as record:
        sha256 = record.put(b"no archive")
    told_again(folder, source=sha256, manifest="0" * 64)
    found = checked(folder)
    assert found.ok
    assert notes_in(found) == ("code: the record's archive of code cannot be unpacked.",)


def test_settings_and_feeds_that_changed_in_the_folder_are_told(folder):
    (folder / "mandate.truce").write_text((folder / "mandate.truce").read_text("utf-8") + "\n", "utf-8")
    (folder / "feeds" / "claims.csv").unlink()
    found = checked(folder)
    assert found.ok
    (said,) = found.notes
    assert said.startswith(
        "changed in the folder since the latest run, which is what was computed again: mandate.truce."
    )


def test_a_mandate_that_is_read_otherwise_is_named(folder, monkeypatch):
    monkeypatch.setattr(pipeline, "mandate_sha256", lambda mandate: "0" * 64)
    found = checked(folder)
    assert found.ok, "no row depends on it"
    assert any("the same text of a mandate is read as something else" in note for note in found.notes)


class Locked(Record):
    """A record of whose content some was erased."""

    def __init__(self, record, gone):
        storage = Storage(database=None, disk=LocalDisk(), chance=os.urandom, vault=None)
        content = ContentStore(record.folder / "content", LocalDisk())
        super().__init__(record.folder, content=content, log=record._log, storage=storage)
        self.gone = gone

    def get(self, sha256):
        if sha256 in self.gone:
            raise ErasedError("its key was destroyed.", subject=f"content {sha256[:12]}", remedy="Nobody can read it.")
        return super().get(sha256)


@pytest.mark.parametrize(
    ("erasure", "said"),
    [
        (True, "feeds/observations.csv cannot be read any more (erased on 2026-11-23 by chair)"),
        (False, "feeds/observations.csv cannot be read any more (its key was destroyed)"),
    ],
)
def test_what_was_erased_is_told_for_every_table_and_is_no_problem(folder, erasure, said):
    with open_record(folder / RECORD) as record:
        sha256 = detail_of(folder)["files"]["feeds/observations.csv"]
        known_at = "2026-11-23T10:00:00Z"
        hashes = (sha256,) if erasure else ()
        record.append([Entry(kind="erasure", subject="alpha", author="chair", known_at=known_at, hashes=hashes)])
        locked = Locked(record, {sha256})
        ran = ran_last(locked)
        assert audit(locked, ran).problems == []
        assert audit(locked, ran).certificates == 14, "certificates stand without the feed"
        found = again.recompute(locked, ran)
    assert {table.outcome for table in found.tables} == {"erased"}
    assert len(found.tables) == 13
    assert problems_of(found) == []
    (told,) = notes_of(found)
    assert told.startswith(f"erased: {said}; so these were not computed again: ")


def test_the_cases_of_a_served_mission_are_put_through_the_protocol_again(tmp_path):
    served = with_a_case(tmp_path / "m")
    run_mission(served, now_us=NOW_US)
    found = checked(served)
    assert found.ok, found.problems
    assert found.recomputed == 13
    with open_record(served / RECORD) as record:
        (opened, *_) = [entry for _, entry in record.entries(kind="case")]
        assert f"Put {found.again.replayed} entries of cases through the protocol again: each follows." in found.words()
        record.append([replace(opened, detail=opened.detail | {"kind": "remedied by magic"})])
    with pytest.raises(IntegrityError, match="cannot have been accepted"):
        checked(served)


def test_a_proxy_that_is_not_what_its_original_gives_is_a_problem_of_the_whole(folder):
    with open_record(folder / RECORD, writing=False) as record:
        found = again.recompute(record, ran_last(record))
    assert problems_of(found) == []
    found.media.problems.append("proxy of x: made again, its bytes are others")
    assert problems_of(found) == ["proxy of x: made again, its bytes are others"]


def test_every_name_of_a_library_is_one_that_is_or_can_be_installed():
    assert {"python", "numpy", "pyarrow", "pyproj", "shapely"} <= own_libraries().keys() <= {*LIBRARIES, "python"}
