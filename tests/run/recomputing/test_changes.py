"""Two versions of the code: what of it differs, by name, and nothing of it is run."""

import tracemalloc

import pytest

from truceline.run.recomputing.changes import (
    Changes,
    Constant,
    Library,
    SourceChanges,
    library_changes,
    source_changes,
)
from truceline.run.recomputing.source import manifest_of, packed, unpacked

NAME = "truceline/terms/atoms.py"
OLD = '''"""Atoms."""

_SIGMA = 1.96  # decision 0005
NEAR_M: int = 2 * 500
LO, HI = 1, 2


class Settings:
    """How."""

    stretch_m: int = 2_000


def twice(x):
    """Docstring."""
    _SIGMA = x
    return _SIGMA * 2
'''


def change(old, new):
    return source_changes({NAME: OLD.encode()}, {NAME: OLD.replace(old, new).encode()})


@pytest.mark.parametrize(
    ("old", "new", "name", "was", "now"),
    [
        ("_SIGMA = 1.96", "_SIGMA = 2.0", "_SIGMA", "1.96", "2.0"),
        ("2 * 500", "3 * 500", "NEAR_M", "2 * 500", "3 * 500"),
        ("LO, HI = 1, 2", "LO, HI = 1, 3", "HI", "2", "3"),
        ("2_000", "2_500", "Settings.stretch_m", "2000", "2500"),
        ("_SIGMA = 1.96", "", "_SIGMA", "1.96", "(not there)"),
        ("LO, HI", "MORE = {'a': 1}\nLO, HI", "MORE", "(not there)", "{'a': 1}"),
    ],
)
def test_a_changed_constant_is_named_with_its_old_and_new_value(old, new, name, was, now):
    found = change(old, new)
    assert found == SourceChanges(constants=(Constant(file="terms/atoms.py", name=name, old=was, new=now),))


@pytest.mark.parametrize(
    ("old", "new"),
    [("# decision 0005", ""), ("Docstring.", "Other words."), ("LO, HI", "\n\nLO, HI"), ("2_000", "2000")],
)
def test_other_comments_words_and_layout_are_no_change_of_meaning(old, new):
    assert change(old, new) == SourceChanges(remarks_only=("terms/atoms.py",))


@pytest.mark.parametrize(
    ("old", "new"), [("* 2\n", "* 3\n"), ("_SIGMA = x", "_SIGMA = x + 1"), ("def twice", "def two")]
)
def test_a_function_that_differs_names_its_file(old, new):
    assert change(old, new) == SourceChanges(files=("terms/atoms.py",))


def test_a_constant_and_a_function_that_differ_are_both_named_though_they_share_a_name():
    new = OLD.replace("_SIGMA = 1.96", "_SIGMA = 2.0").replace("_SIGMA = x", "_SIGMA = x + 1")
    found = source_changes({NAME: OLD.encode()}, {NAME: new.encode()})
    assert ([each.name for each in found.constants], found.files) == (["_SIGMA"], ("terms/atoms.py",))


def test_files_that_came_went_or_are_no_python_are_named():
    old = {"truceline/a.py": b"", "truceline/model/catalogue.csv": b"1", "truceline/b.py": b"x = 1"}
    new = {"truceline/c.py": b"", "truceline/model/catalogue.csv": b"2", "truceline/b.py": b"x = = 1"}
    assert source_changes(old, new) == SourceChanges(
        files=("b.py", "model/catalogue.csv"), added=("c.py",), removed=("a.py",)
    )
    assert source_changes(old, dict(reversed(old.items()))) == SourceChanges()


def test_a_library_of_another_version_one_that_came_and_one_that_went_are_named():
    found = library_changes(
        {"numpy": "1.26", "scipy": "1.0", "lark": "1"}, {"numpy": "2.0", "pillow": "9", "lark": "1"}
    )
    assert [each.words() for each in found] == [
        "numpy was 1.26, is 2.0",
        "pillow was not installed, is 9",
        "scipy was 1.0, is not installed",
    ]


def test_causes_name_what_stands_in_a_stage_first_and_cut_a_long_list():
    changes = Changes(
        code_old="truceline 0.1.0",
        code_new="truceline 0.2.0",
        constants=(
            *(Constant(file=f"run/{n:02}.py", name="A", old="1", new="2") for n in range(14)),
            Constant(file="terms/atoms.py", name="_SIGMA", old="1.96", new="2.0"),
        ),
        files=("cli/main.py", "judge/kernel.py"),
        libraries=(Library(name="numpy", old="1", new="2"),),
    )
    causes = changes.causes()
    assert causes[0] == "terms/atoms.py: _SIGMA was 1.96, is 2.0"
    assert causes[12:] == [
        "and 3 more of these (--json names each)",
        "code version truceline 0.1.0 → truceline 0.2.0",
        "judge/kernel.py: differs",
        "cli/main.py: differs",
        "numpy was 1, is 2",
    ]
    assert Changes(code_old="a", code_new="a", remarks_only=("b.py",)).causes() == []


def test_of_a_long_value_the_place_that_differs_is_shown():
    old = repr(list(range(200)))
    said = Constant(file="a.py", name="A", old=old, new=old.replace("150", "151")).words()
    assert "150" in said
    assert "151" in said
    assert len(said) < 300


def test_packing_is_the_same_for_the_same_files_in_any_order_and_comes_back():
    files = {"b": b"2" * 5_000, "a": b"1"}
    assert packed(files) == packed(dict(sorted(files.items())))
    assert unpacked(packed(files)) == files
    assert manifest_of(files) == manifest_of(dict(sorted(files.items()))) != manifest_of(files | {"b": b"3"})


def test_an_archive_that_is_none_is_damaged_or_unpacks_to_too_much_is_refused(monkeypatch):
    files = {"a": b"1" * 5_000}
    whole = packed(files)
    assert unpacked(b"no zip") is None
    for at in range(len(whole)):
        damaged = unpacked(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert damaged is None or set(damaged.values()) <= {files["a"], b""}, at
    monkeypatch.setattr("truceline.run.recomputing.source.MAX_ARCHIVE_BYTES", 4_999)
    assert unpacked(whole) is None


def test_an_archive_that_understates_what_it_holds_is_not_unpacked_beyond_what_it_states():
    whole = packed({"a": b"0" * 5_000_000})
    directory = whole.rindex(b"PK\x01\x02")
    stated = slice(directory + 24, directory + 28)  # APPNOTE.TXT 4.3.12: uncompressed size
    assert int.from_bytes(whole[stated], "little") == 5_000_000
    false = whole[: stated.start] + (1_000).to_bytes(4, "little") + whole[stated.stop :]
    tracemalloc.start()
    found = unpacked(false)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found is None
    assert peak_bytes < 1_000_000
