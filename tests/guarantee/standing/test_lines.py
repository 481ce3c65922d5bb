"""Stance lines from confirmed rows, counts of origins, claim beside denial, what changed, the graph. Golden case 28."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guarantee.standing.made_up import PROGRAM, READER, T0, document, entries_of, holding, ledger

from truceline.guarantee.ledger import entry_of_decision, ledger_of
from truceline.guarantee.standing import (
    beside,
    chain_graph,
    changed_since,
    origin_count,
    positions_suggested,
    propositions_suggested,
    stance_lines,
    unseen_of,
)
from truceline.guarantee.standing.lines import days_of
from truceline.model.decision import Decision
from truceline.model.document import Dated, Document, Unseen
from truceline.model.position import Relation
from truceline.model.statement import Link, Statement

WIRE = Link(role="republisher", name="North Coast Wire")
RADIO = Link(role="author", name="Radio Ostrey")
TAGBLATT = Link(role="reporter", name="the Halden Tagblatt")
UNNAMED = Link(role="origin", name="sources in Brunnau", named=False)


def dated(value: str, precision: str = "day") -> Dated:
    return Dated(value=value, precision=precision, basis="stated")  # type: ignore[arg-type]


def rows_of(*statements: Statement) -> list:
    return [*statements, *propositions_suggested(statements), *positions_suggested(statements)]


def test_an_article_that_quotes_an_agency_that_quotes_a_newspaper_that_quotes_sources_is_one_unnamed_origin() -> None:
    """Golden case 28."""
    relayed = holding("st-1", "VES", "considering", "x", chain=(WIRE, RADIO, TAGBLATT, UNNAMED))
    paper = holding("st-2", "VES", "considering", "y", chain=(TAGBLATT, UNNAMED), document_id="doc-2")
    again = holding("st-3", "VES", "considering", "z", chain=(RADIO, TAGBLATT, UNNAMED), document_id="doc-3")
    assert origin_count([relayed]) == origin_count([relayed, paper, again]) == 1


def test_one_person_in_two_articles_is_one_origin_and_two_persons_are_two() -> None:
    vell, tarrant = Link(role="origin", name="Oran Vell"), Link(role="origin", name="Ilse Tarrant")
    said = [holding(f"st-{n}", "COR", "ready", "x", chain=(WIRE, vell), document_id=f"doc-{n}") for n in range(2)]
    assert origin_count(said) == 1
    assert origin_count([*said, holding("st-9", "COR", "ready", "x", chain=(tarrant,), document_id="doc-9")]) == 2


def test_two_articles_of_one_text_count_once() -> None:
    said = [
        holding(f"st-{n}", "COR", "ready", "x", chain=(Link(role="origin", name=f"one {n}"),), document_id=f"doc-{n}")
        for n in range(2)
    ]
    same = {"doc-0": document("doc-0"), "doc-1": document("doc-1", same_as="doc-0")}
    assert (origin_count(said), origin_count(said, same)) == (2, 1)


LINKS = st.lists(st.builds(Link, role=st.sampled_from(["publisher", "relay", "origin"]), name=st.sampled_from("abc"),
                           named=st.booleans()), max_size=4).map(tuple)  # fmt: skip
SAID = st.lists(
    st.builds(holding, st.uuids().map(str), st.just("VES"), st.just("ready"), st.just("x"), chain=LINKS,
              document_id=st.sampled_from(["doc-1", "doc-2", "doc-3"])),
    max_size=12,
)  # fmt: skip


@given(SAID, st.randoms(use_true_random=False))
def test_there_are_never_more_origins_than_articles_and_more_statements_never_make_fewer(
    said: list[Statement], chance: random.Random
) -> None:
    same = {"doc-3": document("doc-3", same_as="doc-2")}
    for documents in ({}, same):
        articles = {each.document_id if each.document_id not in documents else "doc-2" for each in said}
        count = origin_count(said, documents)
        assert count <= len(articles)
        assert (count == 0) == (not said)
        assert origin_count(chance.sample(said, len(said)), documents) == count
        assert origin_count(said[:-1], documents) <= count


def test_what_the_holder_said_comes_first_and_what_is_alleged_stands_apart_in_the_order_of_time() -> None:
    media = {"speaker": "Halden Tagblatt", "speaker_kind": "media", "speaker_id": "", "speaks_for": ""}
    late = holding("st-1", "VES", "ready", "to send troops", said=dated("2031-08-20"))
    early = holding("st-2", "VES", "considering", "sending troops", said=dated("2031-03", "month"), document_id="doc-2")
    rumour = holding("st-3", "VES", "refused", "to send troops", said=dated("2031-01-05"), **media)
    open_end = holding("st-4", "VES", "conditional", "to send troops if", said=dated("../2031-05-14", "interval"))
    (line,) = stance_lines(ledger(*rows_of(late, early, rumour, open_end)))
    assert [entry.statement_id for entry in line.own] == ["st-2", "st-4", "st-1"]
    assert [entry.statement_id for entry in line.alleged] == ["st-3"]
    assert (line.own[0].earliest, line.own[0].latest) == ("2031-03-01", "2031-03-31")
    assert line.own[0].said.precision == "month"
    assert line.alleged[0].alleged_by == "Halden Tagblatt"
    assert (line.own_origins, line.alleged_origins) == (1, 1)


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_nothing_unconfirmed_enters_a_line_and_the_order_of_rows_changes_nothing(
    confirmed: list[bool], chance: random.Random
) -> None:
    said = [holding(f"st-{n}", "VES", "ready", "to send troops", document_id=f"doc-{n}") for n in range(3)]
    rows = rows_of(*said)
    entries = entries_of(rows, author=PROGRAM)
    for n, yes in enumerate(confirmed):
        position = next(each for each in positions_suggested(said) if each.statement_id == f"st-{n}")
        for row_id in (f"st-{n}", position.position_id) if yes else (position.position_id,):
            decision = Decision(row_id=row_id, act="confirm", author=READER, at_us=T0 + 100)
            entries.append((len(entries), entry_of_decision(decision)))
    lines = stance_lines(ledger_of(entries))
    other_order = chance.sample(entries[: len(rows)], len(rows)) + entries[len(rows) :]
    held = {entry.statement_id for line in lines for entry in line.own + line.alleged}
    assert held == {f"st-{n}" for n, yes in enumerate(confirmed) if yes}
    assert stance_lines(ledger_of(other_order)) == lines


def test_a_position_that_a_denial_or_a_nested_statement_was_given_enters_no_line() -> None:
    said = holding("st-1", "VES", "ready", "to send troops")
    for wrong in (replace(said, move="denies"), replace(said, attribution="nested")):
        assert stance_lines(ledger(wrong, *rows_of(said)[1:])) == ()


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2031-05-14", ("2031-05-14", "2031-05-14")),
        ("2031-02", ("2031-02-01", "2031-02-28")),
        ("2031", ("2031-01-01", "2031-12-31")),
        ("2031-24", ("2031-12-01", "2032-02-29")),
        ("2031-05-05/2031-05-11", ("2031-05-05", "2031-05-11")),
        ("../2031-05-14", ("", "2031-05-14")),
        ("2031-05/..", ("2031-05-01", "")),
        ("XXXX-08-18", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_date_lies_between_its_first_and_its_last_possible_day(value: str, days: tuple[str, str]) -> None:
    assert days_of(dated(value)) == days


def test_claim_and_denial_stand_beside_each_other_once_a_person_confirmed_that_they_belong_together() -> None:
    claim = holding("st-1", "VES", "considering", "joining")
    denial = holding("st-2", "VES", "", "reports", move="denies", document_id="doc-2")
    (report,) = unseen_of([claim, denial])
    seen = Relation(relation_id="rel-1", from_id="st-2", to_id="st-1", kind="denies")
    not_seen = Relation(relation_id="rel-2", from_id="st-2", to_id=report.unseen_id, kind="denies")
    pairs = beside(ledger(claim, denial, report, seen, not_seen))
    assert [(pair.claim_id, pair.seen) for pair in pairs] == [("st-1", True), (report.unseen_id, False)]
    suggested = entries_of([seen], author=PROGRAM)
    assert beside(ledger_of([*entries_of([claim, denial]), (9, suggested[0][1])])) == ()


def test_what_changed_is_told_by_when_it_became_known() -> None:
    old = rows_of(holding("st-1", "VES", "considering", "sending troops", said=dated("2031-06-01")))
    new = rows_of(holding("st-2", "VES", "ready", "to send troops", said=dated("2031-01-01"), document_id="doc-2"))
    entries = entries_of(old) + entries_of(new, at_us=T0 + 1_000_000)
    (change,) = changed_since(entries, T0 + 500_000)
    assert [entry.statement_id for entry in change.came] == ["st-2"]
    assert change.went == ()
    rejected = Decision(row_id="st-1", act="reject", author=READER, at_us=T0 + 2_000_000)
    entries.append((9, entry_of_decision(rejected)))
    (change,) = changed_since(entries, T0 + 1_500_000)
    assert ([e.statement_id for e in change.came], [e.statement_id for e in change.went]) == ([], ["st-1"])
    assert changed_since(entries, T0 + 3_000_000) == ()


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_graph_runs_from_article_to_origin_and_what_has_no_name_is_hollow(chance: random.Random) -> None:
    claim = holding("st-1", "VES", "considering", "joining", chain=(WIRE, TAGBLATT, UNNAMED))
    again = holding("st-2", "VES", "considering", "joining", chain=(TAGBLATT, UNNAMED), document_id="doc-2")
    denial = holding("st-3", "VES", "", "reports", move="denies", document_id="doc-2", chain=(RADIO,))
    documents: dict[str, Document] = {"doc-1": document("doc-1", title="One"), "doc-2": document("doc-2")}
    every = [claim, again, denial]
    reports: tuple[Unseen, ...] = unseen_of(every)
    nodes, edges = chain_graph(chance.sample(every, 3), documents, reports)
    assert (nodes, edges) == chain_graph(every, documents, reports)
    assert [node.kind for node in nodes if node.hollow] == ["origin", "unseen"]
    assert {node.name for node in nodes if node.kind == "article"} == {"One", "doc-2.txt"}
    through = next(edge for edge in edges if edge.to_id.startswith("unnamed:"))
    assert through.statements == ("st-1", "st-2")
    found = [replace(report, identified="doc-1") for report in reports]
    assert not any(node.kind == "unseen" for node in chain_graph(every, documents, found)[0])
