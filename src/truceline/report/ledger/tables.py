"""The ledger as CSV: statements, positions, the matrix of requirements and offers, worlds. A formula is never run."""

from collections.abc import Iterator

from truceline.model.ledger_view import Answer
from truceline.model.position import Relation
from truceline.report.ledger.answers import kept_from
from truceline.report.ledger.index import Index
from truceline.report.tables import csv_bytes

Values = dict[str, object]


def csv_files(index: Index) -> dict[str, bytes]:
    """Every table by the name of its file; each has a header, whether or not it has rows."""
    return {
        "statements.csv": csv_bytes(_statements(index), STATEMENTS),
        "positions.csv": csv_bytes(_positions(index), POSITIONS),
        "matrix.csv": csv_bytes((row for each in index.view.answers for row in _matrix(index, each)), MATRIX),
        "worlds.csv": csv_bytes((row for each in index.view.answers for row in _worlds(each)), WORLDS),
    }


STATEMENTS = ["number", "statement_id", "document_id", "document", "start", "end", "words", "attribution", "speaker",
              "speaker_id", "speaks_for", "holder_id", "stance", "move", "said", "said_precision", "said_basis",
              "chain", "mouths", "denies", "other_relations", "readers"]  # fmt: skip


def _statements(index: Index) -> Iterator[Values]:
    denied: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for relation in index.view.relations:
        _relate(relation, denied, others)
    for row_id, known in index.statements.items():
        each = known.statement
        yield {
            "number": index.refs[row_id].number,
            "statement_id": row_id,
            "document_id": each.document_id,
            "document": index.documents[each.document_id].name,
            "start": each.content[0].start if each.content else "",
            "end": each.content[-1].end if each.content else "",
            "words": each.words,
            "attribution": each.attribution,
            "speaker": each.speaker,
            "speaker_id": each.speaker_id,
            "speaks_for": each.speaks_for,
            "holder_id": each.holder_id,
            "stance": each.stance,
            "move": each.move,
            "said": each.said.value,
            "said_precision": each.said.precision,
            "said_basis": each.said.basis,
            "chain": [f"{link.role}:{link.name if link.named else '(unnamed) ' + link.name}" for link in each.chain],
            "mouths": len(each.chain),
            "denies": denied.get(row_id, []),
            "other_relations": others.get(row_id, []),
            "readers": known.readers,
        }


def _relate(relation: Relation, denied: dict[str, list[str]], others: dict[str, list[str]]) -> None:
    """Enter a relation with the statement that it goes out from."""
    if relation.kind == "denies":
        denied.setdefault(relation.from_id, []).append(relation.to_id)
    else:
        others.setdefault(relation.from_id, []).append(f"{relation.kind} {relation.to_id}")


POSITIONS = ["position_id", "holder_id", "holder", "proposition_id", "proposition", "stance", "first_hand",
             "alleged_by", "terms", "since", "until", "said", "earliest", "latest", "in_line", "statement_id",
             "number", "readers"]  # fmt: skip


def _positions(index: Index) -> Iterator[Values]:
    entries = {entry.position_id: entry for each in index.view.lines for entry in (*each.own, *each.alleged)}
    for each in index.view.positions:
        entry, known = entries.get(each.position_id), index.statements[each.statement_id]
        yield {
            "position_id": each.position_id,
            "holder_id": each.holder_id,
            "holder": index.actors[each.holder_id].name if each.holder_id in index.actors else "",
            "proposition_id": each.proposition_id,
            "proposition": index.propositions[each.proposition_id].text
            if each.proposition_id in index.propositions
            else "",
            "stance": each.stance,
            "first_hand": "yes" if each.first_hand else "no",
            "alleged_by": each.alleged_by,
            "terms": each.terms,
            "since": each.since.value,
            "until": each.until.value,
            "said": known.statement.said.value,
            "earliest": entry.earliest if entry else "",
            "latest": entry.latest if entry else "",
            "in_line": "yes" if entry else "no",
            "statement_id": each.statement_id,
            "number": index.refs[each.statement_id].number,
            "readers": known.readers,
        }


MATRIX = ["option_id", "scenario_id", "threshold", "requirement_id", "capability", "critical", "need_low", "need_high",
          "unit", "pledge_id", "actor_id", "actor", "status", "low", "high", "pledge_unit", "counts", "why_not",
          "statements", "source"]  # fmt: skip


def _matrix(index: Index, answer: Answer) -> Iterator[Values]:
    """A row for each requirement and offer; a requirement without an offer has a row of its own."""
    for need in answer.option.requirements:
        about: Values = {
            "option_id": answer.option.option_id,
            "scenario_id": answer.scenario.scenario_id,
            "threshold": answer.scenario.threshold,
            "requirement_id": need.requirement_id,
            "capability": need.capability,
            "critical": "yes" if need.critical else "no",
            "need_low": need.low,
            "need_high": need.high,
            "unit": need.unit,
        }
        offers = [each for each in index.view.pledges if each.capability == need.capability]
        for each in offers:
            why = kept_from(index, answer, each)
            yield about | {
                "pledge_id": each.pledge_id,
                "actor_id": each.actor_id,
                "actor": index.actors[each.actor_id].name if each.actor_id in index.actors else "",
                "status": each.status,
                "low": each.low,
                "high": each.high,
                "pledge_unit": each.unit,
                "counts": "no" if why else "yes" if answer.coverage else "",
                "why_not": why,
                "statements": each.statements,
                "source": each.source,
            }
        if not offers:
            yield about | {"why_not": "no offer is confirmed"}


WORLDS = ["scenario_id", "threshold", "world", "readings", "goal", "outcome", "reasons", "statements"]


def _worlds(answer: Answer) -> Iterator[Values]:
    """A row for each world and goal."""
    for number, world in enumerate(answer.worlds.worlds if answer.worlds else (), start=1):
        for each in world.outcomes:
            yield {
                "scenario_id": answer.scenario.scenario_id,
                "threshold": answer.scenario.threshold,
                "world": number,
                "readings": [f"{name}: {label}" for name, label in world.readings],
                "goal": each.goal,
                "outcome": each.outcome,
                "reasons": [reason.words for reason in each.reasons],
                "statements": each.statements,
            }
