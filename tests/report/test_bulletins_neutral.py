"""The neutrality check: exchanging the parties exchanges their names and nothing else; loaded words are refused."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.report.bulletin_world import CASE, DAY, FOOTINGS, claim, rows, us
from tests.report.test_bulletins import EVENT_TABLES, FINDING_TABLES, fin, flash, rvb

from truceline.base.errors import LoadedWordError, NeutralityError
from truceline.model.bulletin import LANGUAGES, Bulletin, CaseLine, Dissent, Footing, Language, Reply
from truceline.model.claim import CLAIMS
from truceline.report.bulletins import (
    Clock,
    Material,
    check_neutral,
    loaded_words,
    neutrality,
    period_of,
    render,
)
from truceline.report.bulletins.neutral import automatic_text
from truceline.report.bulletins.phrases import PHRASES
from truceline.report.bulletins.words import lines_of, page_of

SWAP = {
    "NORTH": "SOUTH",
    "SOUTH": "NORTH",
    "Northern Command": "Southern Command",
    "Southern Command": "Northern Command",
}


def exchanged_text(text: str) -> str:
    return re.sub("|".join(SWAP), lambda match: SWAP[match[0]], text)


def exchanged_table(given: pa.Table) -> pa.Table:
    def value(of: object) -> object:
        return (
            [SWAP.get(each, each) for each in of]
            if isinstance(of, list)
            else SWAP.get(of, of)
            if isinstance(of, str)
            else of
        )

    return pa.Table.from_pylist(
        [{name: value(of) for name, of in row.items()} for row in given.to_pylist()], given.schema
    )


def exchanged(material: Material) -> Material:
    """The same day with each party in the other's place, in the order of declaration too."""
    return replace(
        material,
        events=exchanged_table(material.events),
        findings=exchanged_table(material.findings),
        claims=exchanged_table(material.claims),
        impediments=exchanged_table(material.impediments),
        footings={
            event: replace(footing, parties=tuple(SWAP[party] for party in footing.parties))
            for event, footing in material.footings.items()
        },
        cases=tuple(
            replace(
                case,
                replies=tuple(replace(each, party=SWAP[each.party]) for each in case.replies),
                dissents=tuple(replace(each, actor=SWAP.get(each.actor, each.actor)) for each in case.dissents),
            )
            for case in material.cases
        ),
        parties=tuple((SWAP[name], SWAP[title]) for name, title in material.parties),
    )


PARTY = st.sampled_from(["NORTH", "SOUTH"])
FOOTING = st.one_of(
    st.builds(lambda kind: Footing(kind=kind), st.sampled_from(["own", "media", "unstated"])),
    st.builds(
        lambda parties: Footing(kind="record", parties=tuple(parties)),
        st.lists(PARTY, min_size=1, max_size=2, unique=True),
    ),
)
CLAIM_TABLES = st.lists(st.builds(lambda one, other: (one, other), PARTY, PARTY), max_size=4).map(
    lambda pairs: rows([claim(f"clm-{at}", one, other) for at, (one, other) in enumerate(pairs)], CLAIMS)
)
CASES: st.SearchStrategy[tuple[CaseLine, ...]] = st.lists(PARTY, max_size=2, unique=True).map(
    lambda parties: (
        replace(
            CASE,
            replies=tuple(Reply(party=party, at_us=us("2027-03-05"), words="We did not.") for party in parties),
            dissents=(Dissent(actor="COMMISSION", at_us=us("2027-03-06"), words="No."),),
        ),
    )
)
DAYS = st.builds(
    lambda events, findings, claims, footings, cases: replace(
        DAY, events=events, findings=findings, claims=claims, footings=footings, cases=cases
    ),
    EVENT_TABLES,
    FINDING_TABLES,
    CLAIM_TABLES,
    st.dictionaries(st.integers(0, 9).map(lambda number: f"evt-{number}"), FOOTING),
    CASES,
)


@budget(15)
@given(DAYS, DAYS, st.sampled_from(LANGUAGES))
def test_exchanging_the_parties_exchanges_their_names_in_the_page_and_nothing_else(
    day: Material, before: Material, language: Language
) -> None:
    made, other = rvb(day, rvb(before)), rvb(exchanged(day), rvb(exchanged(before)))
    for (name, content), (_, theirs) in zip(
        render(made, language).items(), render(other, language).items(), strict=True
    ):
        unbroken = (
            " ".join(each.decode().split()) for each in (content, theirs)
        )  # lines of text break where names end
        ours, expected = exchanged_text(next(unbroken)), next(unbroken)
        assert ours == expected, name


def lines(made: Bulletin) -> Sequence[str]:
    return lines_of(page_of(made, "en"))


@pytest.mark.parametrize("made", [flash(), rvb(), rvb(previous=rvb()), fin()], ids=["flash", "rvb", "second", "fin"])
def test_our_own_bulletins_are_neutral(made: Bulletin) -> None:
    assert neutrality(made, lines) == ()


# --- planted: writers that take a side ------------------------------


def knows_a_name(made: Bulletin) -> Sequence[str]:
    return [f"{title}: {'claims' if name == 'NORTH' else 'alleges'} 1" for name, title in made.parties]


def knows_a_title(made: Bulletin) -> Sequence[str]:
    return [f"{title}{' (!)' if title.startswith('North') else ''}" for _, title in made.parties]


def favours_the_first(made: Bulletin) -> Sequence[str]:
    return [f"{'Regrettably, ' if at else ''}{title}: 1" for at, (_, title) in enumerate(made.parties)]


def leaves_one_out(made: Bulletin) -> Sequence[str]:
    return [f"{made.parties[0][1]}: {len(made.findings)}"]


def sorts_by_name(made: Bulletin) -> Sequence[str]:
    return [title for _, title in sorted(made.parties, reverse=True)]


@pytest.mark.parametrize("write", [knows_a_name, knows_a_title, favours_the_first, leaves_one_out, sorts_by_name])
def test_a_page_that_treats_one_party_unlike_the_other_is_refused(write) -> None:
    assert {problem.kind for problem in neutrality(rvb(), write)} == {"form"}
    with pytest.raises(NeutralityError, match="is not said of every party alike"):
        check_neutral(rvb(), write)


def test_three_parties_and_none_are_checked_as_two_are() -> None:
    three = rvb(replace(DAY, parties=(*DAY.parties, ("EAST", "Eastern Command"))))
    assert neutrality(three, lines) == ()
    assert neutrality(three, favours_the_first)
    assert neutrality(rvb(replace(DAY, parties=())), lines) == ()


# --- loaded words ------------------------------

# text, the words found in it
WORDS = [
    ("two storage sites", []),
    ("an act by the aggressor and its so-called militia", ["aggressor", "so-called"]),
    ("The REGIME's militants", ["REGIME", "militants"]),
    ("a village that was liberated", ["liberated"]),
    ("the ceasefire regime was explained", []),
    ("the guard spoke of “terrorists” and \"occupiers\"", []),
    ("the guard spoke of “terrorists”; terrorists it was", ["terrorists"]),
    ("terro\u00adrists and ter\u200brorists", ["terrorists", "terrorists"]),
    ("militantly", []),
    ("unprovoked", ["unprovoked"]),
    ("два склади", []),
    ("війська агресора і так звані бойовики", ["агресора", "так звані", "бойовики"]),
    ("окупанти, терористи й ворожий режим", ["окупанти", "терористи", "ворожий", "режим"]),
    ("режим припинення вогню діяв, режим тиші теж", []),
    ("командир сказав: «терористи»", []),
    ("визволене село; звільнені території", ["визволене", "звільнені території"]),
    ("звільнені особи повернулися", []),
    ("героїчна оборона", ["героїчна"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), WORDS)
def test_loaded_words_are_found_outside_quotation_marks_in_both_languages(text: str, found: list[str]) -> None:
    assert [word for word, _ in loaded_words(text)] == found
    assert all(remedy for _, remedy in loaded_words(text))


def with_text(text: str) -> Material:
    return replace(
        DAY, impediments=rows([DAY.impediments.to_pylist()[0] | {"not_verified": text}], DAY.impediments.schema)
    )


def test_a_persons_loaded_word_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(LoadedWordError) as refused:
        render(rvb(with_text("positions of the terrorists")), "en")
    message = str(refused.value)
    assert "imp-1, what could not be verified: the word 'terrorists' takes a side" in message
    assert "Write instead: the act that was recorded." in message


def test_an_automatic_bulletin_leaves_such_a_text_out_and_says_so() -> None:
    hurried = flash()
    assert automatic_text("positions of the terrorists") != "positions of the terrorists"
    material = replace(
        with_text("positions of the terrorists"),
        events=DAY.events.slice(1, 1),
        known_at_us=us("2027-03-04 08:30"),
        attachments=(),
    )
    from tests.report.test_bulletins import bulletin  # the same names as there

    period = period_of("TL-1", clock=Clock(zone="UTC"), at_us=us("2027-03-04 08:30"))
    made = bulletin("TL-1", material, period=period, now_us=period.until_us)
    text = " ".join(render(made, "en")[f"{made.bulletin_id}.en.txt"].decode().split())
    assert "terrorists" not in text.replace('"orders against terrorists"', "")
    assert "left out of this automatic bulletin until a person has reworded it" in text
    assert render(hurried, "uk")


def test_replies_dissents_and_a_claimants_own_words_are_quotes_and_exempt() -> None:
    page = render(fin(), "en")[f"{fin().bulletin_id}.en.html"].decode()
    assert "aggressor" in page
    assert "“terrorist attacks”" in page
    assert "quoted word for word" in page


def test_none_of_our_own_phrases_holds_a_loaded_word() -> None:
    for key, phrase in PHRASES.items():
        for language in LANGUAGES:
            forms = phrase[language]
            for form in (forms,) if isinstance(forms, str) else forms:
                assert loaded_words(form) == (), key


def test_the_day_of_these_tests_rests_on_every_kind_of_source() -> None:
    assert {footing.kind for footing in FOOTINGS.values()} == {"own", "record", "media"}
