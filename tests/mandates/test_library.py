"""The library of agreements: what was seen and what was not, cases that come out as they say, gaps that are kept.

`CHECK.txt`: what `truceline check` says of a folder. After a change of a text or the checker: TRUCELINE_GOLDEN=1, read.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.judge.case_files import read, run_case_file

from truceline.mandate import check_mandate, clause_words, mandate_words, parse_mandate, print_mandate
from truceline.model.mandate import Mandate
from truceline.run.checking import check_path

LIBRARY = Path(__file__).parents[2] / "mandates"
FOLDERS = sorted(path.name for path in LIBRARY.iterdir() if path.is_dir())
TEXTS = sorted(LIBRARY.glob("*/*.truce"))
CASES = sorted(LIBRARY.glob("*/cases/*.txt"))
AGREEMENTS = {
    "colombia-2016",
    "dayton-annex-1a-1995",
    "hudaydah-2018",
    "kashmir-loc",
    "korea-armistice-1953",
    "korea-military-agreement-2018",
    "kumanovo-1999",
    "lebanon-2024",
    "libya-2020",
    "minsk-addendum-2015",
    "minsk-memorandum-2014",
    "minsk-package-2015",
    "minurso-1998",
    "paris-2026",
    "south-sudan-2018",
    "ukraine-energy-2025",
    "ukraine-truces-2025-26",
    "undof-1974",
}
MODELS = {"drone-first-model"}  # nobody signed them
FAULTY = {"first-draft"}  # on purpose: to be compared and checked, not judged
MARKS = {"seen", "to verify"}


def name_of(path: Path) -> str:
    return str(path.relative_to(LIBRARY))


@cache
def mandate_of(path: Path) -> Mandate:
    return parse_mandate(path.read_text(encoding="utf-8"), name=path.stem, source=path.name)


@cache
def mandates(folder: str) -> tuple[Mandate, ...]:
    return tuple(mandate_of(path) for path in TEXTS if path.parent.name == folder)


def codes(mandate: Mandate) -> dict[str, set[str]]:
    """Code -> what it is said of."""
    found: dict[str, set[str]] = {}
    for remark in check_mandate(mandate):
        found.setdefault(remark.code, set()).add(remark.subject)
    return found


def marks(folder: str) -> Iterator[tuple[str, str]]:
    """(clause, mark) of each row of the tables `| clause | fact | mark | source |` of a folder's SOURCES.md."""
    inside = False
    for line in (LIBRARY / folder / "SOURCES.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == "clause":
            assert cells == ["clause", "fact", "mark", "source"], f"{folder}/SOURCES.md: {line}"
            inside = True
        elif inside and not set(line) <= set("|-: "):
            assert len(cells) == 4, f"{folder}/SOURCES.md: {line}"
            assert cells[1], f"{folder}/SOURCES.md gives no fact: {line}"
            assert cells[3], f"{folder}/SOURCES.md gives no source, not even a dash: {line}"
            yield from ((name.strip(" `"), cells[2]) for name in cells[0].split(","))


@cache
def judged(path: Path) -> tuple[Mandate, list[str]]:
    """The mandate of a case file, and everything that it expects."""
    mandate, sections = read(path)
    said = [cells.get("expect", "") for section in sections for cells in section.rows]
    return mandate, said + [line for section in sections for line in section.lines]


def test_no_agreement_is_missing_and_none_is_unknown() -> None:
    assert set(FOLDERS) == AGREEMENTS | MODELS


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_its_text_its_sources_and_cases_with_good_bad_and_undetermined_rows(folder: str) -> None:
    assert mandates(folder)
    assert (LIBRARY / folder / "SOURCES.md").is_file()
    files = [path for path in CASES if path.parts[-3] == folder]
    said = " ".join(verdict for path in files for verdict in judged(path)[1])
    assert " breach" in said, "no bad row"
    assert "no_breach" in said or "nothing" in said, "no good row"
    assert set(re.findall(r"undetermined \(([a-z-]+)\)", said)) - {"not-observed"}, "no undetermined row"


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_a_text_says_first_where_its_facts_are_from_and_survives_printing(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    mandate = mandate_of(path)
    assert parse_mandate(print_mandate(mandate), name=path.stem, source=path.name) == mandate


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_a_text_can_be_said_in_english_with_every_clause(path: Path) -> None:
    mandate = mandate_of(path)
    words = mandate_words(mandate)
    assert mandate.header.title in words
    for clause in mandate.clauses:
        assert clause_words(mandate, clause) in words
        assert clause.cites in words


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_case_comes_out_as_its_table_says(path: Path) -> None:
    run_case_file(path)


def test_every_text_is_judged_and_every_clause_is_met_by_some_row() -> None:
    unmet = []
    for path in TEXTS:
        mandate = mandate_of(path)
        files = [each for each in CASES if each.parts[-3] == path.parent.name and judged(each)[0] == mandate]
        names = {verdict.split(" ")[0] for each in files for line in judged(each)[1] for verdict in line.split("; ")}
        if path.stem in FAULTY:
            continue
        if not files:
            unmet.append(f"{name_of(path)}: no case file judges it")
        elif len(mandate.clauses) > 1:
            asked = [clause.name for clause in mandate.clauses if clause.modality != "allowed"]
            unmet += [f"{name_of(path)}: {name}" for name in asked if name not in names]
    assert not unmet


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_was_not_seen_in_a_source_is_unverified_and_nothing_else_is(folder: str) -> None:
    stated: dict[str, set[str]] = {}
    for clause, mark in marks(folder):
        assert mark in MARKS, f"{clause}: {mark!r} is no mark"
        stated.setdefault(clause, set()).add(mark)
    clauses = {clause.name: clause.unverified for mandate in mandates(folder) for clause in mandate.clauses}
    assert stated.keys() == clauses.keys()
    assert {clause for clause, found in stated.items() if "to verify" in found} == {
        clause for clause, unverified in clauses.items() if unverified
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_drawing_that_is_not_there_is_named_as_missing(folder: str) -> None:
    sources = (LIBRARY / folder / "SOURCES.md").read_text(encoding="utf-8")
    shapes = {item.path for mandate in mandates(folder) for item in mandate.features}
    shapes |= {later.path for mandate in mandates(folder) for item in mandate.features for later in item.later}
    missing = [shape for shape in sorted(shapes) if not (LIBRARY / folder / shape).is_file()]
    all_at_once = re.search(r"`geo/…` files that the text names|no\s+drawing\s+in\s+the\s+repository", sources)
    assert all_at_once or [shape for shape in missing if shape not in sources] == []
    assert not missing or re.search(r"(not|no\s+drawing)\s+in\s+the\s+repository", sources)


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_the_checker_says_is_what_was_read_and_kept(folder: str) -> None:
    found = [each for path in TEXTS if path.parent.name == folder for each in check_path(path)]
    words = "\n\n".join(replace(each, path=Path(each.path).name).words() for each in found) + "\n"
    kept = LIBRARY / folder / "CHECK.txt"
    if os.environ.get("TRUCELINE_GOLDEN"):
        kept.write_text(words, encoding="utf-8")
    assert words == kept.read_text(encoding="utf-8"), "read what changed; keep it with TRUCELINE_GOLDEN=1"


def test_hudaydah_defines_almost_nothing_and_the_checker_lists_it_instead_of_inventing() -> None:
    (mandate,) = mandates("hudaydah-2018")
    assert [*mandate.responses, *mandate.standards, *mandate.suspensions] == []
    assert mandate.attribution is None
    said, each = codes(mandate), {f"clause {clause.name}" for clause in mandate.clauses}
    assert {"NO-VIOLATION", "NO-RESPONSE", "NO-EVIDENCE", "NO-ATTRIBUTION", "NO-COVERAGE"} <= said.keys()
    for code in ("NO-VIOLATION", "NO-EVIDENCE"):  # of the text as a whole, or of each clause of it
        assert mandate.name in said[code] or each <= said[code]


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name.startswith("minsk-")])
def test_no_breach_of_the_minsk_texts_leads_anywhere(folder: str) -> None:
    for mandate in mandates(folder):
        classed = {f"clause {clause.name}" for clause in mandate.clauses if clause.breach_class}
        assert classed, "no class of breach"
        assert classed <= codes(mandate)["NO-RESPONSE"]
        assert not mandate.responses


def test_self_defence_is_kept_without_anybody_who_decides_it() -> None:
    (lebanon,) = mandates("lebanon-2024")
    kept = {
        f"clause {clause.name}"
        for clause in lebanon.clauses
        if any(each.register == "self_defence" for each in clause.exemptions)
    }
    assert len(kept) == 3
    assert kept <= codes(lebanon)["EXEMPTION"]


def test_whoever_did_not_accept_a_truce_that_one_side_declared_is_no_addressee_of_it() -> None:
    unbound = {
        mandate.name: {party.name for party in mandate.parties if party.unbound}
        for mandate in mandates("ukraine-truces-2025-26")
    }
    assert unbound == {
        "easter-2025": set(),
        "victory-day-2025": {"UA"},
        "easter-2026": {"UA"},
        "may-8-9-2026": {"UA"},
        "may-9-11-2026": set(),
    }


def test_a_breach_of_the_energy_moratorium_frees_the_other_side_and_nobody_decides_that_it_was_one() -> None:
    (energy,) = mandates("ukraine-energy-2025")
    (freed,) = energy.suspensions
    assert (freed.party, freed.findings, freed.decider) == ("victim", 1, "")


def test_of_steps_that_use_force_only_the_telling_is_written() -> None:
    (paris,) = mandates("paris-2026")
    (clocks,) = paris.responses
    handed = {end.name: (end.holder, end.within_s // 3_600) for end in clocks.ends if end.kind == "handed_over"}
    assert handed == {"second_phase": ("COALITION", 24), "third_day": ("US", 72)}
    assert all(clause.unverified and clause.gate for clause in paris.clauses)


def test_a_complaint_in_south_sudan_goes_on_where_nobody_could_be_named() -> None:
    (south_sudan,) = mandates("south-sudan-2018")
    (complaint,) = south_sudan.responses
    assert [step.name for step in complaint.steps] == [
        "open",
        "look",
        "report",
        "compile",
        "weigh",
        "technical",
        "board",
        "ask",
        "forward",
    ]
    assert complaint.unattributed == "forward"
    assert {step.within_s for step in complaint.steps} == {None}, "no period was found, so none is written"
