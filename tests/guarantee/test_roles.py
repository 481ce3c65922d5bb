"""The roles of a mandate against the ledger: who refused, who never said anything itself, whom nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.guarantee.ledger import Ledger, Row, entry_of_decision, entry_of_row, ledger_of
from truceline.guarantee.roles import role_remarks, roles_of
from truceline.mandate import parse_mandate
from truceline.model.actor import Actor, Bond
from truceline.model.decision import Decision
from truceline.model.document import NOT_STATED, Dated, Document, Span
from truceline.model.mandate import Mandate
from truceline.model.position import Position, Proposition
from truceline.model.remark import Remark
from truceline.model.statement import Stance, Statement

PROGRAM, T0 = "truceline 0.1.0", 1_790_000_000_000_000
HEAD = 'mandate "T" in force 2027-01-01\nparty NORTH "the North"\nparty SOUTH "the South"\n'
GUARANTEED = 'body ALLIES "the guarantors" guarantees\n'
ANSWER = """body GUARD "the guard"
response LOOK deadline 9d
  step go GUARD visits within 1d takes 1h {}
    substantiated over not_substantiated over inconclusive over refused over late over
  end over answered
"""
REFUSED, UNDECLARED, UNRESOLVED = "ROLE-REFUSED", "ROLE-UNDECLARED", "ROLE-UNRESOLVED"
MERIDIA = Actor(actor_id="MER", kind="state", name="Meridia")
HOLDS = Bond(bond_id="b-1", actor_id="MER", kind="role_of", target_id="ALLIES")
BESIDE = Actor(actor_id="ELSE", kind="state", name="Somebody else")  # so that the ledger is not empty


def mandate(items: str = GUARANTEED) -> Mandate:
    return parse_mandate(HEAD + items, name="t", source="t.truce")


def book(*rows: Row, by: str = "anna") -> Ledger:
    """A ledger of these rows; what a person enters stands."""
    return ledger_of(enumerate(entry_of_row(row, author=by, known_at_us=T0 + n) for n, row in enumerate(rows)))


def statement(number: int, words: str, said: str = "", **more: object) -> Statement:
    dated = Dated(value=said, precision="day", basis="as stated") if said else NOT_STATED
    content = (Span(start=0, end=len(words), exact=words),)
    return Statement(
        statement_id=f"st-{number}",
        document_id="doc-1",
        content=content,
        attribution="direct",
        said=dated,
        **more,  # type: ignore[arg-type]
    )


def saying(number: int, stance: Stance, said: str = "", *, holder: str = "MER", **more: object) -> tuple[Row, ...]:
    """What somebody said of its own part, as its three rows."""
    about = str(more.pop("subject", holder))
    told = {"first_hand": True, **more}
    return (
        statement(number, f"Sentence {number}.", said),
        Proposition(
            proposition_id=f"prop-{number}",
            text=f"{about or 'somebody'} takes part",
            action="guarantee",
            subject_id=about,
        ),
        Position(
            position_id=f"pos-{number}",
            statement_id=f"st-{number}",
            proposition_id=f"prop-{number}",
            holder_id=holder,
            stance=stance,
            **told,  # type: ignore[arg-type]
        ),
    )


def codes(remarks: tuple[Remark, ...]) -> list[str]:
    return [remark.code for remark in remarks]


def only(remarks: tuple[Remark, ...], code: str) -> Remark:
    (remark,) = remarks
    assert remark.code == code
    return remark


# --- who has a role -----------------------------------------------------------------------------------------

ROLES = {
    "who guarantees": (GUARANTEED, {"ALLIES": "to guarantee the agreement"}),
    "who monitors": ('body EYES "e" monitors\n', {"EYES": "to monitor it"}),
    "a body in a body, and no party in one": (
        'body X "x"\nbody BOARD "b" members NORTH X quorum all\n',
        {"X": "to sit in BOARD"},
    ),
    "whose consent a step needs": (ANSWER.format("consent SOUTH"), {"SOUTH": "to consent in LOOK.go"}),
    "who can veto a step": (ANSWER.format("veto NORTH"), {"NORTH": "to withhold its veto in LOOK.go"}),
    "who can veto a body": (
        'body BOARD "b" members NORTH SOUTH quorum all veto SOUTH\n',
        {"SOUTH": "to withhold its veto in BOARD"},
    ),
    "each party that is bound, where the violator is asked": (
        'party EAST "e" not bound "it did not sign"\n' + ANSWER.format("consent violator"),
        dict.fromkeys(("NORTH", "SOUTH"), "to consent as the violator in LOOK.go"),
    ),
    "whose consent an end needs": (
        ANSWER.format("").replace("over answered", "over handed_over to GUARD consent SOUTH"),
        {"SOUTH": "to consent in LOOK.over"},
    ),
    "who merely acts has none": (ANSWER.format(""), {}),
}


@pytest.mark.parametrize("what", ROLES)
def test_these_have_a_part_that_they_must_be_willing_to_play(what: str) -> None:
    items, expected = ROLES[what]
    assert {role.name: ", ".join(role.parts) for role in roles_of(mandate(items))} == expected


def test_all_parts_of_one_name_are_told_together() -> None:
    items = 'body G "the guard" guarantees monitors\nbody B "b" members G quorum all veto G\n'
    (remark,) = role_remarks(mandate(items), book(BESIDE))
    assert remark.words.startswith(
        "G (the guard) is needed to guarantee the agreement, to monitor it, to sit in B and to withhold its veto in B, "
    )
    assert (remark.line, remark.subject, remark.severity) == (4, "G", "note")


# --- who fills it -------------------------------------------------------------------------------------------


def test_an_empty_ledger_says_nothing_of_anybody() -> None:
    assert role_remarks(mandate(), Ledger()) == ()


def test_a_role_that_nobody_holds_is_noted() -> None:
    remark = only(role_remarks(mandate(), book(BESIDE)), UNRESOLVED)
    assert "the ledger knows nobody in this role" in remark.words
    assert "role_of ALLIES" in remark.suggestion


def test_a_bond_says_who_holds_a_role_since_when_and_until_when() -> None:
    dated = Bond(bond_id="b-1", actor_id="MER", kind="role_of", target_id="ALLIES", until=Dated(value="2026-05"))
    assert (
        "ALLIES (the guarantors, held by Meridia, MER)"
        in only(role_remarks(mandate(), book(MERIDIA, HOLDS)), UNDECLARED).words
    )
    assert (
        "held by Meridia, MER, until 2026-05" in only(role_remarks(mandate(), book(MERIDIA, dated)), UNDECLARED).words
    )


def test_a_name_that_is_an_actors_id_needs_no_bond() -> None:
    allies = Actor(actor_id="ALLIES", kind="coalition", name="Allies")
    remark = only(role_remarks(mandate(), book(allies)), UNDECLARED)
    assert remark.words.startswith("ALLIES (the guarantors) is needed to guarantee the agreement, and never declared")


def test_an_actor_whose_position_stands_is_known_though_nobody_entered_it() -> None:
    assert role_remarks(mandate(), book(*saying(1, "ready", holder="ALLIES"))) == ()


@pytest.mark.parametrize("kind", ["member_of", "acts_for"])
def test_other_bonds_fill_no_role(kind: str) -> None:
    bond = Bond(bond_id="b-1", actor_id="MER", kind=kind, target_id="ALLIES")  # type: ignore[arg-type]
    assert codes(role_remarks(mandate(), book(MERIDIA, bond))) == [UNRESOLVED]


def test_an_actor_that_was_entered_by_mistake_fills_no_role() -> None:
    mistaken = Actor(actor_id="MER", kind="state", name="Meridia", deleted=True)
    assert codes(role_remarks(mandate(), book(mistaken, HOLDS))) == [UNRESOLVED]


def test_a_suggested_bond_fills_no_role_and_is_told() -> None:
    remark = only(role_remarks(mandate(), book(MERIDIA, HOLDS, by=PROGRAM)), UNRESOLVED)
    assert "A suggestion that names MER waits for a reader." in remark.words
    allies = Actor(actor_id="ALLIES", kind="coalition", name="Allies")
    remark = only(role_remarks(mandate(), book(allies, by=PROGRAM)), UNRESOLVED)
    assert "A suggestion that names ALLIES waits for a reader." in remark.words


def test_each_of_several_holders_is_looked_at() -> None:
    other = Bond(bond_id="b-2", actor_id="LIN", kind="role_of", target_id="ALLIES")
    found = role_remarks(mandate(), book(MERIDIA, HOLDS, other, *saying(1, "refused", "2026-03-01")))
    assert codes(found) == [REFUSED, UNDECLARED]
    assert "held by LIN" in found[1].words


# --- what its latest word is --------------------------------------------------------------------------------


def of_meridia(*rows: Row, items: str = GUARANTEED) -> tuple[Remark, ...]:
    return role_remarks(mandate(items), book(MERIDIA, HOLDS, *rows))


@pytest.mark.parametrize("stance", ["refused", "withdrawn"])
def test_a_refusal_is_told_with_its_sentence_date_and_statement(stance: Stance) -> None:
    remark = only(of_meridia(*saying(1, stance, "2026-03-01")), REFUSED)
    assert remark.words == (
        "ALLIES (the guarantors, held by Meridia, MER) is needed to guarantee the agreement, and said last: "
        f"{stance} (“MER takes part”): “Sentence 1.” (said 2026-03-01, st-1)."
    )
    assert remark.severity == "warning"


@pytest.mark.parametrize("stance", ["considering", "not_ruled_out", "ready", "conditional", "committed"])
def test_whoever_speaks_of_its_own_part_and_does_not_refuse_has_declared_itself(stance: Stance) -> None:
    assert of_meridia(*saying(1, stance, "2026-03-01")) == ()


LATER = {  # said at first, said at last
    "days": ("2026-03-01", "2026-03-02"),
    "a day and a later month": ("2026-03-31", "2026-04"),
    "years": ("2025", "2026"),
    "a spring, wherever it is, and a later year": ("2025-21", "2026-04"),
    "a day of a month that is not told": ("2026-03-XX", "2026-04-01"),
    "up to a day, and after it": ("../2026-03-23", "2026-03-24"),
    "between two days, and after both": ("2026-03-01/2026-03-05", "2026-03-06/.."),
    "hours of one day in two zones": ("2026-03-01T11:00+03:00", "2026-03-01T09:00Z"),
}
UNSURE = {
    "the same day": ("2026-03-01", "2026-03-01"),
    "the same instant": ("2026-03-01T09:00:00.000000Z", "2026-03-01T09:00:00.000000Z"),
    "a day and its month": ("2026-03-01", "2026-03"),
    "a winter and the January after it": ("2025-24", "2026-01-15"),
    "a winter and the December before it": ("2025-24", "2024-12-15"),
    "no date": ("", "2026-03-01"),
    "no year": ("XXXX-08-18", "2026-03-01"),
    "about so": ("2025~", "2026-03-01"),
    "perhaps so": ("2026-02", "2026-03?"),
    "since a day": ("2025-01-01/..", "2026-03-01"),
    "intervals that meet": ("2026-03-01/2026-03-05", "2026-03-05"),
}


@pytest.mark.parametrize("how", LATER)
def test_the_later_word_counts_in_whatever_order_they_were_entered(how: str) -> None:
    first, last = LATER[how]
    assert of_meridia(*saying(1, "refused", first), *saying(2, "committed", last)) == ()
    assert of_meridia(*saying(2, "committed", last), *saying(1, "refused", first)) == ()
    remark = only(of_meridia(*saying(1, "committed", first), *saying(2, "refused", last)), REFUSED)
    assert "st-2" in remark.words
    assert "st-1" not in remark.words


@pytest.mark.parametrize("how", UNSURE)
def test_where_it_is_not_sure_which_is_later_both_are_told(how: str) -> None:
    for dates in (UNSURE[how], UNSURE[how][::-1]):
        remark = only(of_meridia(*saying(1, "refused", dates[0]), *saying(2, "ready", dates[1])), REFUSED)
        assert "st-1); not surely earlier or later: ready" in remark.words
        assert "st-2)." in remark.words


def test_what_was_published_before_another_word_was_said_was_said_before_it_too() -> None:
    published = Document(
        document_id="doc-1",
        sha256="0" * 64,
        name="a",
        form="plain",
        encoding="utf-8",
        published=Dated(value="2026-02-01"),
    )
    refusal, readiness = saying(1, "refused"), saying(2, "ready", "2026-02-02")
    assert of_meridia(published, *refusal, *readiness) == ()
    alone = only(of_meridia(published, *refusal), REFUSED)
    assert "(undated, published 2026-02-01, st-1)" in alone.words
    too_early = saying(2, "ready", "2026-01-31")
    assert codes(of_meridia(published, *refusal, *too_early)) == [REFUSED]
    after_its_text = saying(1, "refused", "2026-03-05/..")  # one of the two dates is wrong
    assert codes(of_meridia(published, *after_its_text, *readiness)) == [REFUSED]


def test_a_word_about_somebody_elses_part_is_none_about_its_own() -> None:
    remark = only(of_meridia(*saying(1, "refused", "2026-03-01", subject="LIN")), UNDECLARED)
    assert "Of others it said: refused (“LIN takes part”): “Sentence 1.”" in remark.words
    assert codes(of_meridia(*saying(1, "refused", "2026-03-01", subject=""))) == [REFUSED]


def test_only_what_a_person_confirmed_counts() -> None:
    rows = (MERIDIA, HOLDS)
    suggested = [entry_of_row(row, author=PROGRAM, known_at_us=T0 + 9) for row in saying(1, "refused", "2026-03-01")]
    ledger = book(*rows).with_entries(enumerate(suggested, start=2))
    remark = only(role_remarks(mandate(), ledger), UNDECLARED)
    assert remark.words.endswith("1 suggested position waits for a reader.")
    confirmed = [
        entry_of_decision(Decision(row_id=row_id, act="confirm", author="anna", at_us=T0 + 20))
        for row_id in ("st-1", "pos-1")
    ]
    assert codes(role_remarks(mandate(), ledger.with_entries(enumerate(confirmed, start=5)))) == [REFUSED]


def test_words_of_a_document_stay_on_one_line_and_command_no_terminal() -> None:
    _, *rest = saying(1, "refused", "2026-03-01")
    remark = only(of_meridia(statement(1, "No\n\x1b[2J troops", "2026-03-01"), *rest), REFUSED)
    assert "“No [2J troops”" in remark.words


# --- who never said anything itself -------------------------------------------------------------------------


def test_what_others_tell_is_no_declaration_and_is_told_as_theirs() -> None:
    rows = saying(1, "considering", "2026-03-23", first_hand=False, alleged_by="Halden Tagblatt")
    remark = only(of_meridia(*rows), UNDECLARED)
    assert (
        "Only told by others: considering (“MER takes part”), as Halden Tagblatt tells: “Sentence 1.” "
        "(said 2026-03-23, st-1)." in remark.words
    )
    refused = saying(1, "refused", "2026-03-23", first_hand=False, alleged_by="Halden Tagblatt")
    assert codes(of_meridia(*refused)) == [UNDECLARED]


@pytest.mark.parametrize("speaker", [{"speaker_id": "MER"}, {"speaker_id": "RENN", "speaks_for": "MER"}])
def test_to_deny_reports_of_readiness_declares_nothing(speaker: dict[str, str]) -> None:
    denial = statement(1, "These reports do not match the facts.", "2026-08-18", move="denies", negated=True, **speaker)
    remark = only(of_meridia(denial), UNDECLARED)
    assert (
        "It denied reports, which declares nothing: “These reports do not match the facts.” (said 2026-08-18, st-1)."
        in remark.words
    )


def test_what_is_no_denial_is_not_told_as_one() -> None:
    proposal = statement(1, "Let us meet.", "2026-08-18", move="proposes", speaker_id="MER")
    assert "denied" not in only(of_meridia(proposal), UNDECLARED).words


def test_a_member_says_nothing_for_its_body_and_the_body_nothing_for_its_member() -> None:
    both = 'body FAR "f" guarantees\nbody ALLIES "the guarantors" guarantees members FAR quorum all\n'
    allies = Actor(actor_id="ALLIES", kind="coalition", name="Allies")
    far = Actor(actor_id="FAR", kind="state", name="Far")
    belongs = Bond(bond_id="b-1", actor_id="FAR", kind="member_of", target_id="ALLIES")
    for speaker, silent in (("FAR", "ALLIES"), ("ALLIES", "FAR")):
        for stance in ("refused", "committed"):
            words = saying(1, stance, "2026-03-01", holder=speaker)
            found = role_remarks(mandate(both), book(allies, far, belongs, *words))
            assert {(each.code, each.subject) for each in found} == {
                (UNDECLARED, silent),
                *([(REFUSED, speaker)] if stance == "refused" else []),
            }


# --- whose consent is needed --------------------------------------------------------------------------------

SOUTH = Actor(actor_id="SOUTH", kind="state", name="the South")
CONSENT = ANSWER.format("consent SOUTH")


def of_the_south(*rows: Row) -> list[str]:
    return codes(role_remarks(mandate(CONSENT), book(SOUTH, *rows)))


def test_to_oppose_others_is_to_refuse_where_ones_consent_is_needed() -> None:
    opposed = saying(1, "opposes", "2026-03-01", holder="SOUTH", subject="GUARD")
    assert of_the_south(*opposed) == [REFUSED]
    assert of_the_south(*opposed, *saying(2, "accepts", "2026-04-01", holder="SOUTH", subject="GUARD")) == []
    assert of_the_south(*opposed, *saying(2, "requires", "2026-04-01", holder="SOUTH", subject="GUARD")) == [REFUSED]
    assert of_the_south(*opposed, *saying(2, "accepts", "2026-02-01", holder="SOUTH", subject="GUARD")) == [REFUSED]


def test_a_guarantor_that_opposes_others_has_not_spoken_of_its_own_part() -> None:
    assert codes(of_meridia(*saying(1, "opposes", "2026-03-01", subject="LIN"))) == [UNDECLARED]


def test_who_says_what_its_consent_requires_has_declared_itself() -> None:
    assert of_the_south(*saying(1, "requires", "2026-04-01", holder="SOUTH", subject="GUARD")) == []
    assert of_the_south() == [UNDECLARED]
    told = saying(
        1, "requires", "2026-04-01", holder="SOUTH", subject="GUARD", first_hand=False, alleged_by="the paper"
    )
    assert of_the_south(*told) == [UNDECLARED]


# --- in general ---------------------------------------------------------------------------------------------

DATES = st.sampled_from(
    ["", "2025", "2025-03", "2025-03-XX", "2026-03-01", "2026-03-02", "../2025-06", "XXXX-08-18", "2025~"]
)
STANCES = st.sampled_from(["refused", "withdrawn", "ready", "committed"])


@given(st.lists(st.tuples(STANCES, DATES), max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_entry_means_nothing_and_a_lost_date_hides_no_refusal(said, chance) -> None:
    sayings = [saying(number, stance, date) for number, (stance, date) in enumerate(said)]
    mixed = chance.sample(sayings, len(sayings))
    found = codes(of_meridia(*(row for rows in sayings for row in rows)))
    assert codes(of_meridia(*(row for rows in mixed for row in rows))) == found
    assert len(found) <= 1
    dateless = [saying(number, stance) for number, (stance, _) in enumerate(said)]
    if found == [REFUSED]:
        assert codes(of_meridia(*(row for rows in dateless for row in rows))) == [REFUSED]


@pytest.mark.parametrize(
    "text", ["", "..", "/", "2026-13", "2026-02-30", "9999-24", "yesterday", "20XX", "-0100", "2025-99"]
)
def test_a_date_that_says_nothing_orders_nothing(text: str) -> None:
    remark = only(of_meridia(*saying(1, "refused", "2020-01-01"), *saying(2, "ready", text)), REFUSED)
    assert "st-2" in remark.words
