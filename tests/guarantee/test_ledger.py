"""The ledger as it stands: suggestions, people's decisions, and what rests on what."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import InputError, UnknownNameError
from truceline.guarantee.ledger import (
    Ledger,
    Row,
    check_decision,
    entry_of_decision,
    entry_of_row,
    id_of,
    ledger_of,
    new_id,
)
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.decision import Decision, LedgerAct
from truceline.model.document import Document, Span, Unseen
from truceline.model.entry import Entry
from truceline.model.pledge import Pledge
from truceline.model.position import Position, Proposition
from truceline.model.statement import Link, Rule, Statement

PROGRAM = "truceline 0.1.0"
T0 = 1_790_000_000_000_000
DOCUMENT = Document(document_id="doc-1", sha256="0" * 64, name="a.txt", form="plain", encoding="utf-8")
SAID = Statement(
    statement_id="st-1",
    document_id="doc-1",
    content=(Span(start=3, end=9, exact="it may"), Span(start=20, end=24, exact="join")),
    attribution="direct",
    speaker="Aldria",
    chain=(Link(role="author", name="North Coast Wire"), Link(role="origin", name="officials", named=False)),
    found=Rule(name="quote", right_permille=800),
)
PROPOSITION = Proposition(proposition_id="prop-1", text="Aldria takes part", action="participate", subject_id="ALD")
POSITION = Position(
    position_id="pos-1",
    statement_id="st-1",
    proposition_id="prop-1",
    holder_id="ALD",
    stance="considering",
    first_hand=True,
)
PLEDGE = Pledge(
    pledge_id="p-1",
    actor_id="ALD",
    strand="troops",
    capability="battalions",
    status="ready",
    low=1,
    condition=Expression(op="all", parts=(Expression(op="joins", name="BOR"), Expression(op="mandate", name="UN"))),
    statements=("st-1",),
)
CONDITION = Condition(
    condition_id="c-1",
    holder_id="ALD",
    kind="requires",
    of=Expression(op="fact", name="agreement"),
    readings=(Reading(label="strict", words="must be there", then=Expression(op="joins", name="BOR")),),
    statements=("st-1",),
)
UNSEEN = Unseen(unseen_id="uns-1", statement_id="st-1", words="these reports")
ALL: tuple[Row, ...] = (DOCUMENT, SAID, PROPOSITION, POSITION, PLEDGE, CONDITION, UNSEEN)


def a_ledger(*decisions: Decision, rows: tuple[Row, ...] = ALL, author: str = PROGRAM) -> Ledger:
    entries = [entry_of_row(row, author=author, known_at_us=T0 + n) for n, row in enumerate(rows)]
    return ledger_of(enumerate([*entries, *(entry_of_decision(each) for each in decisions)]))


def decided(row_id: str, act: LedgerAct, by: str = "anna", minutes: int = 1, **more: object) -> Decision:
    return Decision(row_id=row_id, act=act, author=by, at_us=T0 + minutes * 60_000_000, **more)  # type: ignore[arg-type]


def test_every_row_comes_back_from_its_entry_as_it_was() -> None:
    book = a_ledger()
    assert [book.row(id_of(row)) for row in ALL] == list(ALL)
    again = decided("st-1", "edit", replaced_by=("st-2",), reason="speaker")
    assert a_ledger(again).decisions["st-1"] == [again]


def test_an_entry_of_a_document_names_its_bytes() -> None:
    assert entry_of_row(DOCUMENT, author="anna", known_at_us=T0).hashes == ("0" * 64,)


def test_what_the_program_enters_is_a_suggestion_and_stands_only_when_a_person_confirms_it() -> None:
    book = a_ledger()
    assert book.state("st-1") == "suggested"
    assert book.standing(Statement) == ()
    assert book.suggested(Statement) == (SAID,)
    assert a_ledger(decided("st-1", "confirm")).standing(Statement) == (SAID,)


def test_what_a_person_enters_stands_at_once() -> None:
    assert a_ledger(rows=(SAID,), author="anna").state("st-1") == "confirmed"


def test_the_program_never_changes_what_a_person_read_or_wrote() -> None:
    other = Statement(statement_id="st-1", document_id="doc-1", content=SAID.content, attribution="indirect")
    again = entry_of_row(other, author=PROGRAM, known_at_us=T0 + 9)
    before = a_ledger(decided("st-1", "confirm", "ben"))
    assert before.with_entries([(9, again)]).row("st-1") == SAID
    assert before.row("st-1") == SAID
    assert a_ledger().with_entries([(9, again)]).row("st-1") == other
    by_a_person = entry_of_row(other, author="anna", known_at_us=T0 + 9)
    after = before.with_entries([(9, by_a_person), (10, entry_of_decision(decided("st-1", "confirm", "cleo", 2)))])
    assert (after.row("st-1"), after.readers("st-1")) == (other, ("anna", "cleo"))


@pytest.mark.parametrize("act", ["reject", "not_attributable"])
def test_a_position_falls_with_its_statement(act: LedgerAct) -> None:
    both = (decided("st-1", "confirm"), decided("pos-1", "confirm"))
    assert a_ledger(*both).standing(Position) == (POSITION,)
    assert a_ledger(*both, decided("st-1", act, "ben", 2)).standing(Position) == ()


def test_a_confirmed_position_on_an_unread_statement_does_not_stand() -> None:
    assert a_ledger(decided("pos-1", "confirm")).standing(Position) == ()


def test_a_pledge_and_a_condition_need_every_statement_that_tells_of_them() -> None:
    confirmed = a_ledger(decided("p-1", "confirm"), decided("c-1", "confirm"))
    assert (confirmed.standing(Pledge), confirmed.standing(Condition)) == ((), ())
    read = a_ledger(decided("p-1", "confirm"), decided("c-1", "confirm"), decided("st-1", "confirm"))
    assert (read.standing(Pledge), read.standing(Condition)) == ((PLEDGE,), (CONDITION,))


def test_two_people_make_a_second_reading_and_one_person_twice_does_not() -> None:
    assert a_ledger(decided("st-1", "confirm"), decided("st-1", "confirm", "anna", 2)).state("st-1") == "confirmed"
    two = a_ledger(decided("st-1", "confirm"), decided("st-1", "confirm", "ben", 2))
    assert (two.state("st-1"), two.readers("st-1"), two.one_reader(["st-1"])) == ("second", ("anna", "ben"), ())
    assert a_ledger(decided("st-1", "confirm")).one_reader(["st-1"]) == ("st-1",)


def test_a_rejection_wipes_out_who_confirmed_before() -> None:
    book = a_ledger(
        decided("st-1", "confirm"), decided("st-1", "reject", "ben", 2), decided("st-1", "confirm", "ben", 3)
    )
    assert (book.state("st-1"), book.readers("st-1")) == ("confirmed", ("ben",))


def test_an_edited_statement_no_longer_stands_and_what_replaces_it_does() -> None:
    other = Statement(statement_id="st-2", document_id="doc-1", content=SAID.content, attribution="direct")
    entries = [entry_of_row(row, author=PROGRAM, known_at_us=T0) for row in ALL]
    entries += [entry_of_row(other, author="anna", known_at_us=T0 + 1)]
    entries += [entry_of_decision(decided("st-1", "edit", replaced_by=("st-2",)))]
    assert ledger_of(enumerate(entries)).standing(Statement) == (other,)


def test_what_rests_on_an_edited_statement_rests_on_what_replaced_it() -> None:
    other = Statement(statement_id="st-2", document_id="doc-1", content=SAID.content, attribution="direct")
    inner = replace(other, statement_id="st-3", attribution="nested", parent_id="st-1")
    entries = [entry_of_row(row, author=PROGRAM, known_at_us=T0) for row in (*ALL, inner)]
    entries += [entry_of_row(other, author="anna", known_at_us=T0 + 1)]
    acts = (decided("st-1", "edit", replaced_by=("st-2",)), decided("p-1", "confirm"), decided("st-3", "confirm"))
    book = ledger_of(enumerate([*entries, *map(entry_of_decision, acts)]))
    assert [pledge.statements for pledge in book.standing(Pledge)] == [("st-2",)]
    assert [row.statement_id for row in book.standing(Statement)] == ["st-3", "st-2"]
    fallen = book.with_entries([(99, entry_of_decision(decided("st-2", "reject", "ben", 9)))])
    assert (fallen.standing(Pledge), fallen.standing(Statement)) == ((), ())


@pytest.mark.parametrize(
    ("decision", "problem"),
    [
        (decided("st-1", "confirm", PROGRAM), "is no person"),
        (decided("st-1", "confirm", " "), "is no person"),
        (decided("st-1", "edit"), "names what replaces"),
        (decided("st-1", "confirm", replaced_by=("st-1",)), "names what replaces"),
        (decided("doc-1", "confirm"), "claims nothing"),
        (decided("uns-1", "identify"), "names a document"),
        (decided("st-1", "identify", names="doc-1"), "no unseen report"),
        (decided("uns-1", "identify", names="st-1"), "is no document"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused_in_words(decision: Decision, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        check_decision(a_ledger(), decision)


def test_a_row_is_found_by_the_only_beginning_of_its_id() -> None:
    assert a_ledger().row("st-") == SAID
    with pytest.raises(UnknownNameError, match="3 rows of the ledger begin"):
        a_ledger().row("p")
    with pytest.raises(UnknownNameError, match="no row"):
        a_ledger().row("zz")


def test_an_unseen_report_is_what_a_person_found_it_to_be_and_nothing_else() -> None:
    assert a_ledger().standing(Unseen) == ()  # what speaks of it is unread
    said = decided("st-1", "confirm")
    assert [each.identified for each in a_ledger(said).standing(Unseen)] == [""]
    book = a_ledger(said, decided("uns-1", "identify", names="doc-1"))
    assert [each.identified for each in book.standing(Unseen)] == ["doc-1"]


def test_the_same_words_of_the_same_document_have_one_id() -> None:
    assert new_id("statement", "doc-1", SAID.content) == new_id("statement", "doc-1", SAID.content)
    assert new_id("statement", "doc-1", SAID.content) != new_id("statement", "doc-2", SAID.content)


ACTS: tuple[LedgerAct, ...] = ("confirm", "reject", "not_attributable")


@given(st.lists(st.tuples(st.sampled_from(["st-1", "pos-1", "p-1"]), st.sampled_from(ACTS), st.sampled_from("ab"))))
def test_nothing_stands_that_no_person_confirmed_after_its_last_rejection(
    acts: list[tuple[str, LedgerAct, str]],
) -> None:
    book = a_ledger(*(decided(row_id, act, by, n) for n, (row_id, act, by) in enumerate(acts)))
    for row in (*book.standing(Statement), *book.standing(Position), *book.standing(Pledge)):
        last = [act for row_id, act, _ in acts if row_id == id_of(row)][-1]
        assert last == "confirm"
        assert book.readers(id_of(row))
        assert all(book.readers(below) for below in ("st-1",))


def test_entries_of_other_kinds_are_passed_over() -> None:
    book = ledger_of([(0, Entry(kind="mission", subject="m", author="a", known_at="2026-01-01T00:00:00Z"))])
    assert book.entered == {}
