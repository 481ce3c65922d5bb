"""The code that made a run is in its record, whole, once for each version of it."""

import ast
import functools
import sys
from importlib import metadata
from pathlib import Path

import pytest
from tests.parsing import parsed

import truceline
from truceline.record import open_record
from truceline.run.recomputing import source
from truceline.run.recomputing.source import LIBRARIES, keep_source, own_manifest, own_source, packed, unpacked

PACKAGE = Path(truceline.__file__).parent
SHOWN = {"jinja2", "matplotlib", "typst"}  # of reports: no table depends on them


@functools.cache
def path_of(module):
    path = PACKAGE.parent.joinpath(*module.split("."))
    return next((each for each in (path / "__init__.py", path.with_suffix(".py")) if each.is_file()), None)


@functools.cache
def imported_by(path):
    """Every module that one of ours imports, and every name from it, which may be a module too."""
    found = []
    for node in ast.walk(parsed(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def reached(start):
    """Every module of ours that `start` imports, directly or not, and every outsider that one of these imports."""
    ours, others, waiting = set(), set(), [start]
    while waiting:
        module = waiting.pop()
        path = path_of(module)
        if module in ours or path is None:
            continue
        ours.add(module)
        waiting.append(module.rpartition(".")[0] or module)
        named = imported_by(path)
        waiting += [name for name in named if name.startswith("truceline")]
        others |= {name.split(".")[0] for name in named} - {"truceline"} - sys.stdlib_module_names
    return ours, others


@pytest.mark.parametrize("start", ["truceline.pipeline", "truceline.run.verification"])
def test_everything_that_the_pipeline_and_its_verification_import_is_kept(start):
    kept = set(own_source())
    ours, _ = reached(start)
    assert len(ours) > 100
    missing = {path_of(module).relative_to(PACKAGE.parent).as_posix() for module in ours} - kept
    assert not missing


def test_data_that_stages_read_is_kept_and_what_only_pages_need_is_not():
    kept = set(own_source())
    for name in ("model/catalogue.csv", "mandate/parse/truce.lark", "locate/camera/ground/egm96.bin"):
        assert f"truceline/{name}" in kept
    assert not [name for name in kept if name.endswith((".ttf", ".pyc", ".j2"))]


def test_every_outsider_that_stages_compute_with_is_among_the_libraries():
    modules = metadata.packages_distributions()
    _, others = reached("truceline.pipeline")
    stated = {name.lower() for name in LIBRARIES}
    unknown = [name for name in others - SHOWN if not {each.lower() for each in modules.get(name, [name])} & stated]
    assert not unknown


def test_a_version_of_the_code_is_kept_once_and_another_one_beside_it(tmp_path, monkeypatch):
    from truceline.model.entry import Entry

    with open_record(tmp_path / "record") as record:
        first = keep_source(record)
        entry = Entry(
            kind="mission",
            subject="inputs",
            author="x",
            known_at="2026-11-23T10:00:00Z",
            hashes=(first.archive,),
            detail=first.detail(),
        )
        record.append([entry])
        monkeypatch.setattr(source, "_own_archive", lambda: packed({"truceline/a.py": b"1"}))
        assert keep_source(record) == first, "the same manifest: nothing is packed"
        monkeypatch.setattr(source, "own_manifest", lambda: "0" * 64)
        other = keep_source(record)
        assert other.archive != first.archive
        assert record.has(other.archive)
        assert unpacked(record.get(first.archive)) == dict(own_source())
    assert first.manifest == own_manifest()
