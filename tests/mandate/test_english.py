"""The plain-English rendering, read by people and kept. After a change of words.py: TRUCELINE_GOLDEN=1, then read."""

import os
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from tests.conftest import budget
from tests.mandate.strategies import mandates
from typer.testing import CliRunner

from truceline.cli.main import app
from truceline.mandate import clause_words, mandate_words, parse_mandate
from truceline.model import mandate as m
from truceline.model.vocabulary import ACTS

GOLDEN = Path(__file__).with_name("golden")
TEXTS = sorted(GOLDEN.glob("*.truce"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_golden_mandate_reads_as_it_was_read_and_approved(path: Path) -> None:
    words = mandate_words(parse_mandate(path.read_text(encoding="utf-8"), name=path.stem, source=path.name))
    approved = path.with_suffix(".txt")
    if os.environ.get("TRUCELINE_GOLDEN"):
        approved.write_text(words, encoding="utf-8")
    assert words == approved.read_text(encoding="utf-8"), "read the new words; keep them with TRUCELINE_GOLDEN=1"


def test_the_command_prints_the_same_of_a_text_and_of_markdown_that_holds_it(tmp_path: Path) -> None:
    text = (GOLDEN / "protocol.truce").read_text(encoding="utf-8").replace('text "minsk-2015.md"', 'text "protocol.md"')
    words = (GOLDEN / "protocol.txt").read_text(encoding="utf-8").replace("minsk-2015.md", "protocol.md")
    for name, whole in (("protocol.truce", text), ("protocol.md", f"# Title\n\n```truce\n{text}```\n")):
        (tmp_path / name).write_text(whole, encoding="utf-8")
        assert CliRunner().invoke(app, ["words", str(tmp_path / name)]).stdout == words


def test_there_are_golden_mandates() -> None:
    assert [path.stem for path in TEXTS] == ["forms", "numbers", "phases", "protocol", "withdrawal"]


@budget(20)
@given(mandates())
def test_every_mandate_can_be_said_and_says_each_clause_once(mandate: m.Mandate) -> None:
    words = mandate_words(mandate)
    assert words.endswith("\n")
    for clause in mandate.clauses:
        sentence = clause_words(mandate, clause)
        assert sentence in words
        assert sentence.startswith(f"Clause {clause.name} (")


HEAD = """mandate "T" in force 2025-01-01
party A "side A" baseline L
party B "side B" baseline L
line L "l" left A right B
weapons HEAVY = tank
body M "the mission"
gate OPEN "the exchange of maps" verified by M
site depot "d" verified by M
"""


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("prohibited A present HEAVY", "Side A must not have HEAVY present."),
        ("prohibited A B present HEAVY", "Side A and side B must not have HEAVY present."),
        ("prohibited A fire HEAVY", "Side A must not fire HEAVY."),
        ("prohibited A fire clash any", "Side A must not fire or engage in combat."),
        ("prohibited A fire move present HEAVY", "Side A must not fire or move HEAVY or have HEAVY present."),
        (
            "prohibited A present HEAVY within 25km of baseline",
            "Side A must not have HEAVY present within 25 km of its own baseline.",
        ),
        (
            "prohibited A B present HEAVY within 25km of baseline from 2025-02-01",
            (
                "Side A and side B must not have HEAVY present, each within 25 km of its own baseline, from 1 Feb "
                "2025 00:00."
            ),
        ),
        ("limited A fire any to 2 events per 24h", "Side A may fire at most 2 times in any 24 hours."),
        ("limited A fire any to 1 items per 7d", "Side A may fire at most 1 item of any kind in any 7 days."),
        ("limited A inventory HEAVY to 75 items at once", "Side A may hold at most 75 items of HEAVY at once."),
        ("limited A present HEAVY to 3 items at once", "Side A may have at most 3 items of HEAVY present at once."),
        (
            "limited A clash any to 3 items per 1h",
            "Side A may engage in combat using at most 3 items of any kind in any 1 hour.",
        ),
        ("required A withdraw HEAVY by 2025-03-01", "Side A must withdraw HEAVY before 1 Mar 2025 00:00."),
        ("allowed A exercise any", "Side A may hold exercises."),
        ("prohibited A strike any on port", "Side A must not strike ports."),
        ("prohibited A strike HEAVY on port", "Side A must not strike ports with HEAVY."),
        ("prohibited A fly HEAVY across L", "Side A must not fly HEAVY on the other side of L."),
        ("prohibited A enter any across L", "Side A must not enter any place on the other side of L."),
        ("prohibited A assault HEAVY", "Side A must not attack on the ground with HEAVY."),
        ("prohibited A enter HEAVY across L", "Side A must not enter with HEAVY on the other side of L."),
        (
            "prohibited A fire enter clash alert HEAVY",
            (
                "Side A must not fire HEAVY, enter with HEAVY, engage in combat using HEAVY or raise the alarm over "
                "HEAVY."
            ),
        ),
        (
            "limited A clash HEAVY to 3 events per 1h",
            "Side A may engage in combat using HEAVY at most 3 times in any 1 hour.",
        ),
        ("limited A enter HEAVY to 5 items per 7d", "Side A may enter with at most 5 items of HEAVY in any 7 days."),
        (
            "limited A move assault HEAVY to 1 items per 7d",
            (
                "Side A may move at most 1 item of HEAVY or attack on the ground with at most 1 item of HEAVY in any "
                "7 days."
            ),
        ),
        (
            "limited A alert any to 2 items at once",
            "Side A may raise the alarm over at most 2 items of any kind at once.",
        ),
        ("prohibited A fire any on hospital", "Side A must not fire against hospitals."),
        (
            "prohibited A fire HEAVY on refinery other",
            "Side A must not fire HEAVY against refineries or other objects.",
        ),
        ("prohibited A present any on hospital", "Side A must not have any weapon present at hospitals."),
        ("prohibited A enter any on hospital school", "Side A must not enter hospitals or schools."),
        (
            "required A withdraw any on school by entry + 1d",
            (
                "Side A must withdraw every weapon from schools within 1 day of entry into force (before 2 Jan 2025 "
                "00:00)."
            ),
        ),
        (
            "prohibited A fire strike launch present HEAVY on power_plant",
            (
                "Side A must not fire or launch HEAVY against power plants, or strike power plants with HEAVY, or have "
                "HEAVY present at power plants."
            ),
        ),
        (
            "required A withdraw HEAVY by entry + 11d",
            "Side A must withdraw HEAVY within 11 days of entry into force (before 12 Jan 2025 00:00).",
        ),
        (
            "required A withdraw HEAVY by entry + 72h",
            "Side A must withdraw HEAVY within 72 hours of entry into force (before 4 Jan 2025 00:00).",
        ),
        (
            "prohibited A fire any from entry + 1d until entry + 22d",
            (
                "Side A must not fire from the 1st day after entry into force (2 Jan 2025 00:00) until the 22nd "
                "day after entry into force (23 Jan 2025 00:00)."
            ),
        ),
        (
            "prohibited A fire any from entry + 0h until entry + 90min while OPEN",
            (
                "Side A must not fire from entry into force (1 Jan 2025 00:00) until 90 minutes after entry into "
                "force (1 Jan 2025 01:30), once and as long as OPEN (the exchange of maps) is verified by M."
            ),
        ),
        (
            "prohibited A fire any while OPEN unless in depot unless drill notice 48h to M unless rescue decided by M",
            (
                "Side A must not fire, once and as long as OPEN (the exchange of maps) is verified by M, unless it "
                "stands in the storage site depot, or unless it was notified to M in the register drill at least "
                "48 hours before, or unless it was granted by M in the register rescue."
            ),
        ),
        (
            "prohibited A fire any unless drill notice 0h to M decided by B unless consent",
            (
                "Side A must not fire, unless it was notified to M in the register drill beforehand and granted by "
                "B, or unless the register consent holds it (the text does not say who decides that)."
            ),
        ),
    ],
)
def test_a_rule_is_one_sentence_of_english(rule: str, sentence: str) -> None:
    mandate = parse_mandate(f'{HEAD}clause C cites "1" {rule}', name="t", source="t.truce")
    unsaid = "" if rule.startswith("allowed") else " The text does not say what class of breach this would be."
    assert clause_words(mandate, mandate.clauses[0]) == f"Clause C (1). {sentence}{unsaid}"


def test_no_golden_sentence_stutters() -> None:
    for path in GOLDEN.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(\w+) \1\b", text.replace("line line_", "line ")), path.name
        assert not re.search(r" ,|,,|\.\.|  |,\.|\( |_mm|None", text), path.name


@pytest.mark.parametrize(
    ("days", "ordinals"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
@pytest.mark.parametrize("kind", ["calendar", "working"])
def test_days_after_entry_are_counted_in_words_of_the_kind_that_the_header_names(days, ordinals, kind) -> None:
    rule = f'clause C cites "1" prohibited A fire any from entry + {days}d'
    mandate = parse_mandate(HEAD.replace("party", f"days {kind} party", 1) + rule, name="t", source="t.truce")
    word = "working day" if kind == "working" else "day"
    assert f" from the {ordinals} {word} after entry into force (" in clause_words(mandate, mandate.clauses[0])
    assert ("Monday to Friday" in mandate_words(mandate)) == (kind == "working")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("towards", ["", " on hospital"])
def test_no_act_loses_its_weapons_its_objects_or_the_unit_of_its_limit(act: str, towards: str) -> None:
    for limit, words in (("", "HEAVY"), (" to 4 items per 9d", "4 items of HEAVY")):
        rule = f'clause C cites "1" {"limited" if limit else "prohibited"} A {act} HEAVY{limit}{towards}'
        mandate = parse_mandate(HEAD + rule, name="t", source="t.truce")
        sentence = clause_words(mandate, mandate.clauses[0])
        assert words in sentence
        assert (" hospitals" in sentence) == bool(towards)
        assert "times" not in sentence


@pytest.mark.parametrize(
    ("suspension", "words"),
    [
        (
            'cites "9" lifts C D for victim when 3 OUT per 7d decided by M restored after 14d',
            (
                "Suspension BENEFITS (9). Where 3 findings of class OUT fall within any 7 days, clauses C and D cease "
                "to bind the other party, upon an entry by the mission in the register BENEFITS and until that entry "
                "ends. The text says that they bind again 14 days later. Without an entry for that party, they go on "
                "binding."
            ),
        ),
        (
            "lifts D for B when 1 OUT per 24h restored after 90min",
            (
                "Suspension BENEFITS. Where 1 finding of class OUT falls within any 24 hours, clause D ceases to bind "
                "side B, upon an entry in the register BENEFITS (the text does not say who decides that) and until "
                "that entry ends. The text says that it binds again 90 minutes later. Without an entry for that party, "
                "it goes on binding."
            ),
        ),
        (
            "lifts G for B when 1 OUT per 24h decided by M restored after 90min",
            "it goes on binding. The duty of clause G is lifted if the entry covers the end of its term.",
        ),
    ],
)
def test_a_suspension_takes_effect_by_an_entry_and_says_so(suspension: str, words: str) -> None:
    clauses = """clause C cites "1" prohibited A B fire any breach OUT respond none "nothing"
clause D cites "2" prohibited A B move any
clause G cites "3" required A B withdraw any by entry + 3d
"""
    mandate = parse_mandate(f"{HEAD}{clauses}suspension BENEFITS {suspension}", name="t", source="t.truce")
    assert mandate_words(mandate).rstrip().endswith(words)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("guarantees", "a body, guaranteeing this agreement."),
        ("guarantees members A B quorum all", "a body, made up of A and B, guaranteeing this agreement."),
        ("monitors by patrol", "a body, monitoring this agreement by patrol."),
        ("monitors by patrol guarantees", "a body, guaranteeing and monitoring this agreement by patrol."),
    ],
)
def test_a_body_guarantees_monitors_or_does_both(said: str, words: str) -> None:
    mandate = parse_mandate(HEAD.replace('"the mission"', f'"the mission" {said}'), name="t", source="t.truce")
    assert f"The mission (M): {words}" in mandate_words(mandate)


def test_teams_carry_out_tasks_for_they_are_counted_for_whatever_takes_time() -> None:
    teams = HEAD.replace('"the mission"', '"the mission" teams 2')
    assert "It can carry out 2 tasks at a time." in mandate_words(parse_mandate(teams, name="t", source="t.truce"))
    for step, said in (("visits within 1h", True), ("repairs within 9h takes 1h", True), ("repairs within 9h", False)):
        text = STEP.format(step=f"M {step} done over", after="")
        words = mandate_words(parse_mandate(text, name="t", source="t.truce"))
        assert ("does not say how many tasks it can carry out at a time" in words) == said


STEP = (
    HEAD
    + """response R deadline 10d{after}
  step first {step}
  step two A informs B within 1h done over refused over late over
  end over answered
"""
)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "M informs violator A within 72h done two",
            (
                "The mission must inform the party found responsible and side A within 72 hours. If it is done: "
                "step two. The text does not say what follows if it is refused or late."
            ),
        ),
        (
            "M visits within 4d takes 6h consent victim A substantiated two inconclusive over refused over late two",
            (
                "The mission must carry out a visit within 4 days; this takes at least 6 hours; it needs the "
                "consent of the other party and side A. If the visit substantiates the matter or is late: step "
                "two. If the visit is inconclusive or refused: end over. The text does not say what follows if the "
                "visit does not substantiate the matter."
            ),
        ),
        (
            'M decides "on the merits" 1 of A B within 1h veto A done over refused over late over at most 1 times',
            (
                "The mission must decide (on the merits) within 1 hour; at least 1 of side A and side B must "
                "agree; it is refused upon an objection by side A. Whatever comes of it: end over. The case may "
                "come to this step at most once; the text does not say what follows after that."
            ),
        ),
        (
            "violator withdraws all of A B within 90min confirmed by M done over at most 3 times exhausted two",
            (
                "The party found responsible must carry out the withdrawal within 90 minutes; side A and side B "
                "must both agree; the mission must confirm that it was done. If it is done: end over. The text "
                "does not say what follows if it is refused or late. The case may come to this step at most 3 "
                "times; after that: step two."
            ),
        ),
    ],
)
def test_a_step_is_said_with_all_it_needs_and_every_way_out_of_it(step: str, words: str) -> None:
    mandate = parse_mandate(STEP.format(step=step, after=""), name="t", source="t.truce")
    assert f"\n1. Step first. {words}\n2. Step two." in mandate_words(mandate)


def test_every_action_of_the_language_is_said_with_and_without_somebody_towards_whom() -> None:
    for action in get_args(m.Action):
        for towards in ("", " B"):
            step = f"A {action}{towards} within 1h done over"
            words = mandate_words(parse_mandate(STEP.format(step=step, after=""), name="t", source="t.truce"))
            sentence = re.search(r"Step first\. Side A must (.*) within 1 hour\.", words)
            assert sentence, action
            assert sentence[1].endswith(" side B") == bool(towards), sentence[1]


WAITS = "Step first waits until it has been decided whose act it was, and its time runs from then."


@pytest.mark.parametrize(
    ("step", "after", "decided", "words"),
    [
        (
            "M informs violator within 1h",
            "",
            True,
            "the party found responsible or the other party goes to every party that the clause binds.\n1.",
        ),
        (
            "violator replies within 1h",
            " not_attributed two",
            True,
            f"{WAITS} Where that is not decided in time: step two.",
        ),
        (
            "violator replies within 1h",
            "",
            True,
            f"{WAITS} Where that is not decided in time, the text does not say what",
        ),
        (
            "victim replies within 1h",
            "",
            False,
            f"{WAITS} The text names nobody to decide that, nor does it say what follows.",
        ),
        (
            "A replies within 1h",
            " not_attributed over",
            True,
            "Where it is not decided in time whose act it was: end over.",
        ),
    ],
)
def test_what_follows_while_nobody_was_found_responsible_is_said(step, after, decided, words) -> None:
    text = STEP.format(step=step, after=after) + ("attribution M panel 2 of 3 within 24h" if decided else "")
    assert words in mandate_words(parse_mandate(text, name="t", source="t.truce"))


def test_no_word_of_code_or_of_blame_is_in_any_rendering() -> None:
    for path in GOLDEN.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"violator|victim|not_attributed|handed_over|guilty|offender|aggressor|\bentry \+", text
        ), path.name
