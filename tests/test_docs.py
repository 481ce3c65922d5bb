"""The reference pages name every word that the program takes."""

from pathlib import Path

import pytest

from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES
from truceline.observe.harm import CASUALTY_FIELDS, DAMAGE_FIELDS
from truceline.observe.observations import OBSERVATION_FIELDS
from truceline.observe.reasons import REASONS
from truceline.observe.registers import CLAIM_FIELDS, COVERAGE_FIELDS, IMPEDIMENT_FIELDS, NOTICE_FIELDS
from truceline.observe.views import VIEW_FIELDS

DOCS = Path(__file__).parents[1] / "docs"
REGISTERS = (*CLAIM_FIELDS, *NOTICE_FIELDS, *IMPEDIMENT_FIELDS, *COVERAGE_FIELDS)
FIELDS = (*OBSERVATION_FIELDS, *REGISTERS, *VIEW_FIELDS, *CASUALTY_FIELDS, *DAMAGE_FIELDS)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("guide/reference.md", (*ACTS, *MEANS, *OBJECTS, *WEAPON_CLASSES)),
        ("missions.md", (*FIELDS, *REASONS)),
    ],
)
def test_a_reference_page_names_every_word(page, words):
    text = (DOCS / page).read_text("utf-8")
    missing = sorted({word for word in words if f"`{word}`" not in text})
    assert not missing, f"docs/{page} does not name {missing}"
