"""`truceline ledger …` as a person types it, on the example of the repository."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from truceline.base.errors import TrucelineError
from truceline.cli.main import app

EXAMPLE = Path(__file__).resolve().parents[2] / "missions" / "guarantees"
VALLEY = EXAMPLE / "articles" / "valley-post-2026-03-23.txt"
BY = ("--by", "Anna")


def typed(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["ledger", *map(str, words)])
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as its decisions leave it."""
    place = tmp_path_factory.mktemp("commands") / "ledger"
    typed("add", place, EXAMPLE / "actors.toml", *sorted((EXAMPLE / "articles").iterdir()), *BY)
    typed("add", place, EXAMPLE / "ledger.toml", *BY)
    assert "20 confirm" in typed("review", place, *BY, "--from", EXAMPLE / "decisions.csv")
    return place


@pytest.mark.parametrize("simple", [(), ("--simple",)])
def test_suggest_prints_places_in_the_file_that_hold_these_words(simple: tuple[str, ...]) -> None:
    told = json.loads(typed("suggest", VALLEY, "--json", *simple))
    text = VALLEY.read_text(encoding="utf-8")
    assert len(told["statements"]) >= 5
    for each in told["statements"]:
        pieces = [text[span["start"] : span["end"]] for span in each["content_spans"]]
        assert " … ".join(pieces) == each["content"]
        for name in ("cue", "speaker"):
            span = each[f"{name}_span"]
            if span is not None:
                assert text[span["start"] : span["end"]] == each["cue" if name == "cue" else "speaker_text"]
    first = told["statements"][0]
    assert [(link["role"], link["named"]) for link in first["source_chain"]] == [
        ("republisher", True),
        ("author", True),
        ("reporter", True),
        ("origin", False),
    ]


def test_suggest_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    told = typed("suggest", VALLEY)
    assert "none counts before a person confirms it" in told
    assert "Corvalle May Send Engineers" in told  # a headline of another text: a lead, no statement
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_article_is_refused_with_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    done = CliRunner().invoke(app, ["ledger", "suggest", str(empty)])
    assert isinstance(done.exception, TrucelineError)
    assert "Save the page again" in str(done.exception)
    told = typed("add", tmp_path / "ledger", empty, *BY, code=1)
    assert "the file is empty" in told


def test_lines_chains_and_denials_are_told_in_words_and_as_json(folder: Path) -> None:
    told = typed("line", folder, "SERRANIA")
    assert "undeclared" in told
    assert "Claim beside denial; which is right is not said" in told
    lines = json.loads(typed("line", folder, "--json"))
    serrania = [line for line in lines["lines"] if line["holder_id"] == "SERRANIA"]
    assert [(line["own"], line["alleged_origins"]) for line in serrania] == [([], 1)]
    statement = serrania[0]["alleged"][0]["statement_id"]
    chain = typed("chain", folder, statement[:9])
    assert "origin: diplomats in Port Regis (unnamed); reliability F, credibility 6" in chain
    assert json.loads(typed("chain", folder, statement, "--json"))["readers"] == ["Anna"]


def test_worlds_and_gaps_print_scenario_threshold_and_closed_world(folder: Path) -> None:
    worlds = typed("worlds", folder)
    for words in ("As told, nothing assumed", "from “conditional” on", "What nobody states", "in 6 of 8", "in 3 of 8"):
        assert words in worlds, words
    assert json.loads(typed("worlds", folder, "--json"))["of"] == 8
    gaps = typed("gaps", folder, "--scenario", "bases-agreed")
    for words in ("fact bases_agreed", "TARN alone offers it", "short by 10", "in the fewest reasons"):
        assert words in gaps, words
    assert json.loads(typed("gaps", folder, "--json"))["why_not"]["outcome"] == "impossible"


def test_the_pages_open_to_their_sentences_and_load_nothing(folder: Path) -> None:
    files = [Path(line) for line in typed("report", folder).splitlines()]
    assert files[0] == folder / "ledger" / "ledger.html"
    names = {path.name for path in files}
    assert {"ledger.pdf", "SERRANIA.html", "statements.csv", "worlds.csv", "matrix.csv", "positions.csv"} <= names
    page = files[0].read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http-equiv" in page
    rows = list(csv.DictReader((folder / "ledger" / "statements.csv").open(encoding="utf-8-sig")))
    assert rows
    assert not any("sympathies" in str(row) for row in rows)  # nobody has read that one


def test_what_stands_goes_out_in_forms_of_others(folder: Path) -> None:
    runner = CliRunner()
    annotations = runner.invoke(app, ["ledger", "export", str(folder), "--as", "annotations"])
    assert json.loads(annotations.stdout_bytes)["@context"]
    prov = runner.invoke(app, ["ledger", "export", str(folder), "--as", "prov"])
    assert "wasDerivedFrom" in json.loads(prov.stdout_bytes)


def test_check_names_roles_whose_holders_never_declared_themselves(folder: Path) -> None:
    draft = EXAMPLE / "draft.truce"
    done = CliRunner().invoke(app, ["check", str(draft), "--ledger", str(folder)])
    assert "ROLE-UNDECLARED" in done.stdout
    assert "WITNESS (the witness, held by Serrania" in done.stdout
    assert "ROLE-" not in CliRunner().invoke(app, ["check", str(draft)]).stdout


def test_a_tracker_and_tables_come_in_and_a_plan_becomes_an_option(tmp_path: Path) -> None:
    tracker = tmp_path / "data_explorer.csv"
    tracker.write_text(
        "country,iso,year,month,total,financial,humanitarian,military,commitments,to_be_allocated,gdp,pct_gdp\n"
        "Norway,NOR,2025,3,0.5,0.2,0.1,0.2,0.7,0.2,480,0.1\nNowhere,QQQ,2025,3,0,0,0,0,0,0,1,0\n"
    )
    plan = tmp_path / "requirements.json"
    plan.write_text('{"requirements": [{"what": "drones", "number": 9, "where": "", "why": "nine at once"}]}')
    actors = tmp_path / "actors.csv"
    actors.write_text("actor_id,kind,name\nNOR,state,Norway\nALD,state,Aldria\n")
    needs = tmp_path / "option-b.csv"
    needs.write_text("requirement_id,capability,low,high,unit,critical\nr-1,drones,9,12,drones,yes\n")
    told = typed("add", tmp_path / "ledger", actors, tracker, plan, needs, *BY, code=1)
    assert "option-b.csv: 1 option" in told
    assert "data_explorer.csv: 4 pledges" in told
    assert "QQQ" in told
    assert "requirements.json: 1 option" in told
