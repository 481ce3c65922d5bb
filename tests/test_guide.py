"""The guide to the language: every example is run, and the reference is what the grammar says today."""

import importlib.util
import os
import re
import tomllib
from pathlib import Path

import pytest

from truceline.mandate import check_mandate, parse_mandate, print_mandate
from truceline.model.remark import SEVERITIES

GUIDE = Path(__file__).parents[1] / "docs/guide"
TOLD = tomllib.loads((GUIDE / "reference.toml").read_text("utf-8"))
TUTORIAL = GUIDE / "tutorial.md"
BLOCK = re.compile(r"^```(truce|check) (step-\d)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def generator():
    spec = importlib.util.spec_from_file_location("make_reference", GUIDE / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_grammar_says_today():
    found = (GUIDE / "reference.md").read_text("utf-8")
    assert found == generator().page(), "write it again: python docs/guide/make_reference.py"


def test_every_production_is_explained_and_nothing_else():
    grammar = generator().GRAMMAR.read_text("utf-8")
    rules = {name for _, rules in generator().sections(grammar) for name, _ in rules}
    assert rules == TOLD.keys() - {"head"}


@pytest.mark.parametrize("name", [name for name, told in TOLD.items() if name != "head" and "example" in told])
def test_an_example_of_the_reference_is_a_mandate(name):
    text = TOLD["head"] + TOLD[name]["example"]
    mandate = parse_mandate(text, name="example", source=name)
    assert parse_mandate(print_mandate(mandate), name="example", source=name) == mandate


def steps():
    blocks = {(kind, step): body for kind, step, body in BLOCK.findall(TUTORIAL.read_text("utf-8"))}
    return sorted({step for _, step in blocks}), blocks


@pytest.mark.parametrize("step", steps()[0])
def test_the_tutorial_prints_what_the_checker_says(step):
    _, blocks = steps()
    mandate = parse_mandate(blocks["truce", step], name="mine", source="mine.truce")
    remarks = check_mandate(mandate)
    said = "".join(f"{r.severity:<8} {r.code:<15} {f'line {r.line}' if r.line else 'the text'}\n" for r in remarks)
    if os.environ.get("TRUCELINE_GOLDEN"):
        text = TUTORIAL.read_text("utf-8")
        TUTORIAL.write_text(text.replace(f"```check {step}\n{blocks['check', step]}```", f"```check {step}\n{said}```"))
    else:
        assert said == blocks["check", step], "TRUCELINE_GOLDEN=1 writes it again; read it before you commit it"


def test_every_property_names_tests_that_there_are():
    text = (GUIDE / "properties.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 15
    assert [int(number) for number in re.findall(r"^\| (\d+)\. ", text, re.MULTILINE)] == list(range(1, 11))
    for path, test in named:
        file = GUIDE.parents[1] / path
        assert file.is_file(), path
        assert not test or f"def {test}(" in file.read_text("utf-8"), f"{path} has no {test}"


def test_every_code_of_the_checker_is_explained_with_its_weight_and_nothing_else():
    text = (GUIDE / "checker.md").read_text("utf-8")
    rows = re.findall(r"^\| ([A-Z-]+) \| (error|warning|note) \|", text, re.MULTILINE)
    assert dict(rows) == SEVERITIES
    assert [code for code, _ in rows] == sorted(code for code, _ in rows)


def test_every_folder_of_the_library_is_listed():
    library = GUIDE.parents[1] / "mandates"
    listed = (library / "README.md").read_text("utf-8")
    assert not [path.name for path in library.iterdir() if path.is_dir() and path.name not in listed]
