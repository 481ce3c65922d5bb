"""Both languages say everything, with the same figures; numbers take the right form of a word."""

import ast
import re
from pathlib import Path

import pytest
from tests.parsing import parsed
from tests.report.bulletin_world import us
from tests.report.test_bulletins import rvb

from truceline.fuse.events import DISAGREEMENTS
from truceline.model import vocabulary
from truceline.model.bulletin import FOOTINGS, LANGUAGES, LEVELS, ChangeKind, ChangeOf, Language
from truceline.model.finding import Reason, Verdict
from truceline.model.impediment import IMPEDIMENT_KINDS
from truceline.model.review import STATUSES
from truceline.report.bulletins import changes
from truceline.report.bulletins.phrases import PHRASES, counted, figure, moment, plural_form

FOLDER = Path(changes.__file__).parent
NAMES = re.compile(r"\{(\w+)\}")
FAMILIES = {
    "level": LEVELS,
    "status": STATUSES,
    "verdict": Verdict,
    "reason": Reason,
    "impediment": IMPEDIMENT_KINDS,
    "footing": FOOTINGS,
    "part": (
        *FOOTINGS,
        *vocabulary.CASUALTY_KINDS,
        *vocabulary.DAMAGE_DEGREES,
        "reviewed",
        "automatic",
        "several",
        "not_stated",
    ),
    "act": (*vocabulary.ACTS, "unknown"),
    "weapon": vocabulary.WEAPON_CLASSES,
    "object": vocabulary.OBJECTS,
    "change": ChangeKind.__args__,
    "of": ChangeOf.__args__,
    "column": DISAGREEMENTS,
    "ended": ("remedied", "answered", "unfounded", "impasse", "handed_over"),
}


def forms(key: str, language: str) -> list[str]:
    said = PHRASES[key][language]
    return [said] if isinstance(said, str) else list(said)


@pytest.mark.parametrize("key", PHRASES)
def test_every_phrase_stands_in_both_languages_with_the_same_places_to_fill(key: str) -> None:
    assert set(PHRASES[key]) == set(LANGUAGES)
    places = {tuple(sorted(NAMES.findall(form))) for language in LANGUAGES for form in forms(key, language)}
    assert len(places) == 1, places
    for form in forms(key, "uk"):
        assert form.strip() == form != ""
        assert not re.search("[ыэъё]", form), "Russian letters"
        assert key in ("case.ended", "lat.north") or re.search("[а-яіїєґ]", form) or "{" in form


@pytest.mark.parametrize("family", FAMILIES)
def test_every_code_of_our_lists_has_words(family: str) -> None:
    assert [code for code in FAMILIES[family] if f"{family}.{code}" not in PHRASES] == []


def test_every_column_of_a_change_and_every_total_has_words() -> None:
    made = rvb()
    stated = {column for columns in changes.facts_of(made).values() for column in columns}
    assert [column for column in stated if f"column.{column}" not in PHRASES] == []
    assert [total.key for total in made.totals if f"total.{total.key}" not in PHRASES] == []


def test_no_phrase_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    whole = {
        node.value for node in ast.walk(parsed(code)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = {*FAMILIES, "total", "section"}
    built = {"summary", "seen", "lat", "lon"}
    unused = [key for key in PHRASES if key not in whole and key.split(".")[0] not in families | built]
    assert unused == []


FORMS = {0: 2, 1: 0, 2: 1, 4: 1, 5: 2, 11: 2, 12: 2, 14: 2, 21: 0, 22: 1, 25: 2, 101: 0, 111: 2, 112: 2, 1_002: 1}


@pytest.mark.parametrize(("number", "form"), FORMS.items())
def test_ukrainian_numbers_take_one_of_three_forms(number: int, form: int) -> None:
    assert plural_form("uk", number) == form
    assert plural_form("en", number) == (0 if number == 1 else 1)


def test_the_share_that_was_reviewed_reads_well_in_both_languages() -> None:
    assert counted("en", "reviewed_share", 44, {"k": "41"}) == "41 of 44 events were reviewed by a person"
    assert counted("en", "apart", 3) == "3 automatic ones are listed apart"
    assert counted("uk", "reviewed_share", 44, {"k": "41"}) == "людина переглянула 41 з 44 подій"
    assert counted("uk", "reviewed_share", 21, {"k": "1"}) == "людина переглянула 1 з 21 події"
    assert [counted("uk", "apart", number) for number in (1, 3, 5)] == [
        "1 автоматичну подано окремо",
        "3 автоматичні подано окремо",
        "5 автоматичних подано окремо",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "31 October 2027, 03:30 (UTC+03:00)"), ("uk", "31 жовтня 2027 року, 03:30 (UTC+03:00)")],
)
def test_a_time_that_occurs_twice_says_which(language: Language, words: str) -> None:
    assert moment(language, us("2027-10-31 00:30Z"), "Europe/Kyiv") == words
    assert moment(language, us("2027-10-31 01:30Z"), "Europe/Kyiv") == words.replace("+03", "+02")


def test_numbers_are_figures_in_groups_of_three() -> None:
    assert (figure("en", 1_234_567), figure("uk", 1_234_567)) == ("1,234,567", "1\u00a0234\u00a0567")
