"""The pipeline tells the truth about itself: each stage reads and makes what it says, and nothing else."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from truceline.base.errors import UnreadableError
from truceline.mandate import parse_mandates
from truceline.pipeline import STAGES, Work
from truceline.run.mission import read_inputs

ROOT = Path(__file__).parents[1]
NOW_US = 1_795_000_000_000_000


def test_each_stage_makes_what_it_declares_and_reads_only_what_earlier_stages_made():
    work = Work(inputs=read_inputs(ROOT / "missions" / "first-steps", now_us=NOW_US))
    made = {"inputs"}
    for name, reads, makes, stage in STAGES:
        assert set(reads) <= made, f"{name} reads {set(reads) - made}, which no earlier stage makes"
        after = stage(work)
        changed = {
            field.name
            for field in dataclasses.fields(Work)
            if getattr(after, field.name) is not getattr(work, field.name)
        }
        assert changed <= set(makes), f"{name} changed {changed - set(makes)} without declaring it"
        made |= set(makes)
        work = after


def test_a_stage_that_is_not_given_what_it_declares_would_not_notice_the_rest():
    """Blank out everything a stage does not declare to read: it must do the same."""
    work = Work(inputs=read_inputs(ROOT / "missions" / "first-steps", now_us=NOW_US))
    for name, reads, makes, stage in STAGES:
        keep = {*reads, "inputs", *makes}  # a stage may add to what it makes
        bare = dataclasses.replace(
            Work(inputs=work.inputs), **{key: getattr(work, key) for key in keep if key != "inputs"}
        )
        after, again = stage(work), stage(bare)
        for made in makes:
            assert getattr(after, made) == getattr(again, made), (
                f"{name} reads something it does not declare for {made}"
            )
        work = after


def test_a_mandate_that_is_not_utf_8_is_named_with_its_byte():
    with pytest.raises(UnreadableError, match=r"easter\.truce: byte 9 is not UTF-8"):
        parse_mandates({"easter.truce": b'mandate "\xff" in force 2024-01-01'})


@pytest.mark.parametrize(
    "order", [("highspy", "ortools.sat.python.cp_model"), ("ortools.sat.python.cp_model", "highspy")]
)
def test_both_solvers_load_in_one_process_whichever_comes_first(order):
    """Two packages that bring one shared library by the same name, of different versions, exclude each other."""
    first, second = order
    done = subprocess.run([sys.executable, "-c", f"import {first}\nimport {second}"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-400:]
