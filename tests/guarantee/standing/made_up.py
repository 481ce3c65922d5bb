"""Statements about invented actors, built from a sentence and the words that are its content."""

import re

from truceline.guarantee.ledger import Ledger, Row, entry_of_row, ledger_of
from truceline.guarantee.reading import Text
from truceline.guarantee.standing import with_stance
from truceline.model.actor import Actor, Bond
from truceline.model.document import NOT_STATED, Dated, Document, Span
from truceline.model.entry import Entry
from truceline.model.statement import Link, Statement

READER, PROGRAM = "R. Reader", "truceline 0.1.0"
T0 = 1_900_000_000_000_000
DAY = Dated(value="2031-05-14", precision="day", basis="stated")
KNOWN = {
    actor.actor_id: actor
    for actor in (
        Actor(actor_id="ALD", kind="state", name="Aldria", names=("Aldrian", "Port Selm")),
        Actor(actor_id="BOR", kind="state", name="Borvenia", names=("Borvenian", "Tarsk")),
        Actor(actor_id="COR", kind="state", name="Corvessa", names=("Corvessan", "Anselm")),
        Actor(actor_id="VES", kind="state", name="Vesmark", names=("Halden",)),
        Actor(actor_id="NINE", kind="organisation", name="Council of Nine"),
        Actor(actor_id="WILLING", kind="coalition", name="coalition of the ready"),
    )
}


def text_of(body: str) -> Text:
    return Text(file=body, form="plain", body=body, at=tuple(range(len(body))), ends=tuple(range(1, len(body) + 1)))


def statement(
    sentence: str, content: str, *, cue: str = "", speaker: str = "", lemma: str = "say", within: str = ""
) -> tuple[Statement, Text]:
    """A statement as it was found: nothing about stance yet. `within`: the whole text, where it is more."""
    body = within or sentence
    start = body.index(content, body.index(sentence))
    at = body.index(cue, body.index(sentence)) if cue else -1
    found = Statement(
        statement_id=f"st-{len(body)}-{start}-{at}",
        document_id="doc-1",
        content=(Span(start=start, end=start + len(content), exact=content),),
        attribution="indirect",
        cue=Span(start=at, end=at + len(cue), exact=cue) if cue else None,
        speaker=speaker,
        verb=lemma,
        negated=bool(re.search(r"\bnot\b|neither", cue)),
    )
    return found, text_of(body)


def told(sentence: str, content: str, *, cue: str = "said", speaker: str, lemma: str = "say") -> Statement:
    """The same with its stance."""
    found, text = statement(sentence, content, cue=cue, speaker=speaker, lemma=lemma)
    return with_stance(found, text, known=KNOWN, published=DAY)


def with_bond(found: Statement, text: Text, *bonds: Bond) -> Statement:
    return with_stance(found, text, known=KNOWN, bonds=bonds, published=DAY)


def holding(statement_id: str, holder: str, stance: str, words: str, **more: object) -> Statement:
    """A statement whose stance is told already."""
    return Statement(
        **{
            "statement_id": statement_id,
            "document_id": "doc-1",
            "content": (Span(start=0, end=len(words), exact=words),),
            "attribution": "indirect",
            "cue": Span(start=900, end=904, exact="said"),
            "speaker": holder,
            "speaker_kind": "state",
            "speaker_id": holder,
            "speaks_for": holder,
            "stance": stance,
            "holder_id": holder if stance else "",
            "about": (holder,),
            "said": DAY,
            "chain": (Link(role="origin", name=holder),),
        }
        | more
    )


def document(document_id: str = "doc-1", **more: object) -> Document:
    return Document(
        **{
            "document_id": document_id,
            "sha256": "0" * 64,
            "name": f"{document_id}.txt",
            "form": "plain",
            "encoding": "utf-8",
        }
        | more
    )


def entries_of(rows: tuple[Row, ...] | list[Row], *, author: str = READER, at_us: int = T0) -> list[tuple[int, Entry]]:
    return [(n, entry_of_row(row, author=author, known_at_us=at_us + n)) for n, row in enumerate(rows)]


def ledger(*rows: Row, author: str = READER) -> Ledger:
    return ledger_of(entries_of(rows, author=author))


__all__ = [
    "DAY", "KNOWN", "NOT_STATED", "PROGRAM", "READER", "T0", "document", "entries_of", "holding", "ledger", "statement",
    "text_of", "told", "with_bond",
]  # fmt: skip
