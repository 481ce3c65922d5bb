"""What waits for a reader, in numbers; every statement by its state; the documents."""

from collections.abc import Iterator

from truceline.model.ledger_view import DocumentRead
from truceline.report.ledger.index import Index, tally_parts
from truceline.report.ledger.pieces import Bit, Grid, Line, capped, figure_bit, line
from truceline.report.ledger.words import (
    NOT_STATED,
    counted,
    date_words,
    document_words,
    publisher_words,
    quoted,
    short,
)
from truceline.report.totals import columns, reconcile


def waits(index: Index) -> Iterator[Bit]:
    """What the section says before its tables."""
    waiting = index.view.waiting
    yield Bit(
        text="What nobody has confirmed is given here in numbers alone, and enters no other figure of this page; its "
        "words are in the review queue."
    )
    if waiting.second:
        yield Bit(
            text=f"{counted(len(waiting.second), 'statement')} that a result hangs on and one person alone has read; a "
            "second reader is owed:",
            refs=index.refs_of(waiting.second),
        )
    scripts = [each for each in index.view.documents if each.document.script not in ("", "Latin")]
    if scripts:
        yield Bit(
            text=f"{counted(len(scripts), 'document')} in a script that the rules do not read: only a person can find "
            "statements there."
        )


def waiting_grids(index: Index) -> Iterator[Grid]:
    """What waits, every statement by its state, and headlines to follow up."""
    view = index.view
    leads = [(each.document, span) for each in view.documents for span in each.document.leads]
    yield Grid(
        key="waits-table",
        caption="What waits for a reader",
        columns=columns("What:6", "How many#:2"),
        rows=(
            line("suggested statements", view.tally.suggested),
            line("suggested stances in them and in others", view.waiting.positions),
            line("suggested relations between statements", view.waiting.relations),
            line("denied reports that nobody has identified", view.waiting.unseen),
            line("confirmed statements that owe a result a second reader", len(view.waiting.second)),
            line("headlines of other texts that tell of somebody's words", len(leads)),
        ),
        leaves_out="Nothing that is only suggested enters any other figure",
    )  # fmt: skip
    yield _tally(index)
    if leads:
        yield capped(
            Grid(
                key="leads-table",
                caption="Headlines to follow up: they stand on a page, and their texts are not among the documents",
                columns=columns("Headline:8", "On the page of:5", "Place:3"),
                rows=tuple(
                    line(Bit(text=quoted(span.exact, 200), tone="quote"), document_words(document),
                         f"characters {span.start:,} to {span.end:,}")
                    for document, span in leads
                ),
                leaves_out="A headline is a lead, not a statement: it is counted nowhere",
                more_in="the documents themselves",
            )
        )  # fmt: skip


def _tally(index: Index) -> Grid:
    """Every statement in one state; the total is counted another way."""
    parts = tally_parts(index.view.tally)
    reconcile(parts, index.view.tally.every, "statements by state")
    words = {
        "confirmed": "confirmed: they stand, and are counted on this page",
        "resting": "confirmed inside a statement that does not stand",
        "suggested": "suggested: nobody has read them",
        "rejected": "rejected",
        "not attributable": "read, and attributed to nobody",
        "replaced": "replaced by a person's version",
    }
    return Grid(
        key="tally-table",
        caption="Every statement of the ledger, by what people made of it",
        columns=columns("State:8", "Statements#:2"),
        rows=tuple(line(words[name], number) for name, number in parts.items()),
        leaves_out="What neither a rule nor a person found in the documents is not here",
        total=line("Total", index.view.tally.every),
    )


def documents_grid(index: Index) -> Grid:
    """Every document with what became of the statements found in it. Raises: TotalsError."""
    documents = index.view.documents
    totals = [sum(getattr(each.tally, name) for each in documents) for name in ("confirmed", "suggested", "every")]
    return capped(
        Grid(
            key="documents-table",
            caption="Documents, and what became of the statements found in them",
            columns=columns("Document:6", "Publisher:4", "Published:4", "Confirmed#:2", "Suggested#:2", "All#:2",
                            "SHA-256 of the bytes:4"),
            rows=tuple(_document(index, each) for each in documents),
            leaves_out="All includes what was rejected or replaced",
            total=(*line("Total", Bit(), Bit()), *line(*totals), Bit()),
            more_in="statements.csv",
        )
    )  # fmt: skip


def _document(index: Index, read: DocumentRead) -> Line:
    each = read.document
    told = [row_id for row_id, known in index.statements.items() if known.statement.document_id == each.document_id]
    reconcile({"confirmed statements": len(told)}, read.tally.confirmed, f"document {short(each.name)}")
    same = index.documents.get(each.same_as)
    words = document_words(each) + (f" (the same text as {document_words(same)})" if same else "")
    published = (
        f"{date_words(each.published)} ({short(each.published.basis, 80)})" if each.published.value else NOT_STATED
    )
    return line(
        words,
        publisher_words(each),
        published,
        figure_bit(len(told), refs=index.refs_of(told)),
        read.tally.suggested,
        read.tally.every,
        Bit(text=short(each.sha256, 64) or NOT_STATED, tone="hash"),
    )
