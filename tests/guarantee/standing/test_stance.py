"""What a statement does, and whose stance it tells. Golden cases 24, 26 and 27 are here."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guarantee.standing.made_up import DAY, KNOWN, statement, told, with_bond

from truceline.guarantee.standing import with_stance
from truceline.model.actor import Bond
from truceline.model.statement import Statement

VELL = "Corvessan Defence Minister Oran Vell"


def does(found: Statement) -> tuple[str, str]:
    return found.stance or f".{found.move}", found.holder_id


def test_a_denial_of_reports_is_no_refusal_and_leaves_the_stance_undeclared() -> None:
    """Golden case 24."""
    found = told(
        "Vesmark has firmly rejected media reports suggesting the country expressed readiness to join the force.",
        "media reports suggesting the country expressed readiness to join the force",
        cue="has firmly rejected",
        speaker="Vesmark",
        lemma="reject",
    )
    assert does(found) == (".denies", "")
    said = told(
        "According to Vesmark Foreign Ministry spokeswoman Ada Lund, these reports do not correspond to reality.",
        "these reports do not correspond to reality",
        cue="According to",
        speaker="Vesmark Foreign Ministry spokeswoman Ada Lund",
        lemma="according to",
    )
    assert does(said) == (".denies", "")
    assert said.speaks_for == "VES"


def test_a_belief_imputed_by_an_opponent_is_nobodys_stance() -> None:
    """Golden case 26: what stands inside another's words, and what is said of another's mind."""
    inside, text = statement(
        "“Tarsk understands very well that it will send troops,” the Aldrian Foreign Minister said.",
        "it will send troops",
        cue="understands",
        speaker="Borvenia",
        lemma="understand",
    )
    nested = with_stance(replace(inside, parent_id="st-0", attribution="nested"), text, known=KNOWN)
    assert (nested.stance, nested.move, nested.holder_id) == ("", "", "")
    outer = told(
        "“Tarsk understands very well that it will send troops,” the Aldrian Foreign Minister said.",
        "Tarsk understands very well that it will send troops",
        speaker="the Aldrian Foreign Minister",
    )
    assert does(outer) == (".assesses", "")


def test_the_readiness_of_a_collective_is_the_collectives_alone() -> None:
    """Golden case 27."""
    found = told(
        "European countries such as France and Britain expressed readiness to send military personnel.",
        "to send military personnel",
        cue="expressed readiness",
        speaker="European countries such as France and Britain",
        lemma="express",
    )
    assert does(found) == ("ready", "EUROPEAN-COUNTRIES")
    assert found.speaks_for == ""
    known = told(
        "The coalition of the ready expressed readiness to send military personnel.",
        "to send military personnel",
        cue="expressed readiness",
        speaker="the coalition of the ready",
        lemma="express",
    )
    assert does(known) == ("ready", "WILLING")


def test_a_noun_between_the_word_of_saying_and_what_is_said_belongs_to_it() -> None:
    found = told(
        "Aldria voiced its readiness to host the talks.",
        "to host the talks",
        cue="voiced",
        speaker="Aldria",
        lemma="voice",
    )
    assert does(found) == ("ready", "ALD")


def test_a_newspapers_claim_about_a_state_is_the_states_stance_told_by_the_newspaper() -> None:
    found = told(
        "Vesmark is considering joining a peacekeeping mission, the Halden Tagblatt newspaper reported.",
        "Vesmark is considering joining a peacekeeping mission",
        cue="reported",
        speaker="the Halden Tagblatt newspaper",
        lemma="report",
    )
    assert does(found) == ("considering", "VES")
    assert found.speaks_for == ""


OWN = [
    ("it will send a battalion of 650", "say", "committed"),
    ("it would not send its own soldiers", "say", "refused"),
    ("it is ready to take part", "say", "ready"),
    ("it would send troops only if parliament agreed", "say", "conditional"),
    ("it has withdrawn its offer of a battalion", "say", "withdrawn"),
    ("it is weighing whether to send observers", "say", "considering"),
    ("it would not support such a force in the valley", "say", "opposes"),
    ("any agreement without Corvessan participation would be impossible", "say", "requires"),
    ("it needs guarantees only from those countries that are ready to help", "say", "requires"),
    ("it would welcome observers from Vesmark", "say", "accepts"),
    ("guarantees should include air defence systems", "say", "requests"),
    ("to send a company of engineers", "refuse", "refused"),
    ("to send a company of engineers", "promise", "committed"),
    ("to host the reserve", "offer", "ready"),
    ("foreign soldiers in the valley", "oppose", "opposes"),
    ("a written mandate", "demand", "requires"),
    ("the plan", "welcome", "accepts"),
    ("to comment", "decline", ".open_issue"),
    ("a new line for the talks", "propose", ".proposes"),
    ("it has no plans to send troops", "say", ".denies"),
    ("it sent troops", "deny", ".denies"),
    ("claims that it broke the truce", "reject", ".denies"),
    ("the date is still to be decided", "say", ".open_issue"),
    ("the rules remain to be written", "say", ".open_issue"),
]


@pytest.mark.parametrize(("content", "lemma", "stance"), OWN)
def test_what_a_minister_says_of_the_own_state_or_of_others(content: str, lemma: str, stance: str) -> None:
    found = told(f"{VELL} verbed {content}.", content, cue="verbed", speaker=VELL, lemma=lemma)
    assert does(found) == (stance, "" if stance.startswith(".") else "COR")


@pytest.mark.parametrize(("content", "lemma", "stance"), OWN)
def test_what_institutes_and_many_say_is_their_assessment(content: str, lemma: str, stance: str) -> None:
    found = told(f"Many verbed {content}.", content, cue="verbed", speaker="Many", lemma=lemma)
    assert (found.stance, found.holder_id) == ("", "")


def test_not_ruling_out_is_weaker_than_an_offer() -> None:
    found = told(
        f"{VELL} did not rule out air transport.",
        "air transport",
        cue="did not rule out",
        speaker=VELL,
        lemma="rule out",
    )
    assert does(found) == ("not_ruled_out", "COR")
    ruled = told(
        f"{VELL} ruled out sending soldiers.", "sending soldiers", cue="ruled out", speaker=VELL, lemma="rule out"
    )
    assert does(ruled) == ("refused", "COR")
    others = told(
        f"{VELL} ruled out Borvenian troops.", "Borvenian troops", cue="ruled out", speaker=VELL, lemma="rule out"
    )
    assert does(others) == ("opposes", "COR")


def test_who_is_introduced_with_a_title_keeps_it_in_the_next_sentence() -> None:
    body = f"{VELL} spoke in parliament. It will send a battalion, Vell said."
    found, text = statement("It will", "It will send a battalion", cue="said", speaker="Vell", within=body)
    assert does(with_bond(found, text)) == ("committed", "COR")


def test_a_bond_of_the_ledger_tells_for_whom_a_person_speaks() -> None:
    body = "We will send a battalion, Marek Oster said."
    found, text = statement(body, "We will send a battalion", cue="said", speaker="Marek Oster")
    assert with_bond(found, text).holder_id == ""
    bond = Bond(bond_id="bond-1", actor_id="OSTER", kind="acts_for", target_id="BOR")
    assert does(with_bond(replace(found, speaker_id="OSTER"), text, bond)) == ("committed", "BOR")


def test_undated_words_were_said_no_later_than_their_article_and_dated_ones_on_their_day() -> None:
    assert told("Aldria said it agrees.", "it agrees", speaker="Aldria").said.value == "../2031-05-14"
    dated = told("Aldria said on 12 May 2031 it would go.", "it would go", cue="said", speaker="Aldria")
    assert dated.said.value == "2031-05-12"
    happened = told("Aldria said it met them on 3 April 2031.", "it met them on 3 April 2031", speaker="Aldria")
    assert (happened.happened.value, happened.said.value) == ("2031-04-03", "../2031-05-14")


CONTENTS = st.sampled_from([content for content, *_ in OWN]) | st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=60
)
SPEAKERS = st.sampled_from(
    [
        "Aldria",
        VELL,
        "Many",
        "sources in Tarsk",
        "Halden Tagblatt newspaper",
        "countries such as Aldria and Borvenia",
        "",
    ]
)
LEMMAS = st.sampled_from(["say", "deny", "reject", "promise", "refuse", "rule out", "consider", "ask", "believe", ""])


@settings(max_examples=200, deadline=None)
@given(CONTENTS, SPEAKERS, LEMMAS)
def test_no_denial_sets_a_stance_and_no_stance_is_without_its_rule(content: str, speaker: str, lemma: str) -> None:
    found, text = statement(f"X {content} Y", content, speaker=speaker, lemma=lemma)
    full = with_stance(found, text, known=KNOWN, published=DAY)
    assert not (full.move and full.stance)
    assert full.holder_id == "" or full.stance
    if full.move == "denies":
        assert (full.stance, full.holder_id) == ("", "")
    assert full == with_stance(found, text, known=KNOWN, published=DAY)
    assert full.content == found.content


@settings(max_examples=100, deadline=None)
@given(CONTENTS, SPEAKERS, LEMMAS)
def test_what_stands_inside_another_statement_never_becomes_its_subjects_stance(
    content: str, speaker: str, lemma: str
) -> None:
    found, text = statement(f"X {content} Y", content, speaker=speaker, lemma=lemma)
    full = with_stance(replace(found, parent_id="st-0"), text, known=KNOWN)
    assert (full.stance, full.holder_id) == ("", "")


@settings(max_examples=100, deadline=None)
@given(
    CONTENTS, LEMMAS, st.lists(st.sampled_from(["Aldria", "Borvenia", "Vesmark"]), min_size=2, max_size=3, unique=True)
)
def test_what_a_collective_says_is_never_one_members_stance(content: str, lemma: str, members: list[str]) -> None:
    speaker = "several states, among them " + " and ".join(members)
    found, text = statement(f"X {content} Y", content, speaker=speaker, lemma=lemma)
    full = with_stance(found, text, known=KNOWN)
    assert full.holder_id in ("", "SEVERAL-STATES", *(a for a in full.about if a not in ("ALD", "BOR", "VES")))
    assert full.speaks_for == ""
