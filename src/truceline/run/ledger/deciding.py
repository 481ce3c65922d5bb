"""Decisions taken elsewhere, from a file: who reads on paper or in a spreadsheet need not sit at the terminal."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from truceline.base.errors import TrucelineError, UnreadableError
from truceline.guarantee.exchange import StatementRef
from truceline.guarantee.exchange.cells import Cells, RowFaultError, rows_of
from truceline.guarantee.ledger import Ledger
from truceline.model.decision import Decision
from truceline.model.document import Document, Unseen
from truceline.model.position import Position, Relation
from truceline.model.statement import Statement
from truceline.run.ledger.adding import statement_of
from truceline.run.ledger.book import enter, kept
from truceline.run.ledger.queue import Acts, Card, as_shown, decided, positions_read, queue_of, words_only
from truceline.run.mission import read_bytes

COLUMNS = ("row", "document", "words", "reason")  # beside act
FILE_ACTS = ("confirm", "words", "reject", "not_attributable", "denies", "identify")


def waiting(folder: Path, *, reader: str) -> int:
    """How many cards wait for this reader."""
    with kept(folder) as book:
        return len(queue_of(book.ledger, reader=reader))


def decide_from(folder: Path, path: Path, *, by: str, now_us: int) -> Counter[str]:
    """Take every decision of a CSV, all or none; return how many of each act.

    Its columns: `row` (an id) or `document` and `words`; `act` (confirm: as shown, words: no stance follows, reject,
    not_attributable, denies: it denies what the rules suggest, identify: `words` names the document); `reason` may
    stand.

    Raises: UnreadableError, UnknownNameError, InputError: with the line.
    """
    done: Counter[str] = Counter()
    with kept(folder, writing=True) as book:
        read_in = positions_read(book.ledger)
        made: list[Decision] = []
        rows = rows_of(read_bytes(path), needed=("act",), optional=COLUMNS, subject=path.name)
        for number, (_, line) in enumerate(rows, start=2):
            try:
                if isinstance(line, RowFaultError):
                    raise line
                made += _acts(book.ledger, line, read_in, by=by, at_us=now_us).decisions
            except TrucelineError as error:
                remedy = f"{error.remedy} Nothing of the file was taken."
                kind = UnreadableError if isinstance(error, RowFaultError) else type(error)
                raise kind(error.problem, subject=f"{path.name}, line {number}", remedy=remedy) from None
            done[line["act"]] += 1
        enter(book, (), made, author=by, now_us=now_us)
    return done


def _acts(ledger: Ledger, line: Cells, read_in: Mapping[str, tuple[Position, ...]], *, by: str, at_us: int) -> Acts:
    act = line["act"]
    if act not in FILE_ACTS:
        raise UnreadableError(f"{act!r} is no act.", subject="act", remedy=f"Write one of {', '.join(FILE_ACTS)}.")
    row_id = line["row"] or statement_of(ledger, StatementRef(document=line["document"], words=line["words"]))
    row = ledger.row(row_id)
    if act == "identify":
        return _identified(ledger, row_id, line, by=by, at_us=at_us)
    if not isinstance(row, Statement):
        if act in ("words", "denies"):
            raise UnreadableError("only a statement does that.", subject=row_id, remedy="Write confirm or reject.")
        return decided((row,), act, by=by, at_us=at_us, reason=line["reason"])  # type: ignore[arg-type]  # checked above
    card = Card(row=row, positions=read_in.get(row.statement_id, ()))
    if act == "words":
        return words_only(card, by=by, at_us=at_us)
    if act == "denies":
        return _denying(ledger, row, by=by, at_us=at_us)
    if act == "confirm":
        return as_shown(card, by=by, at_us=at_us)
    return decided((row, *card.positions), act, by=by, at_us=at_us, reason=line["reason"])  # type: ignore[arg-type]  # likewise


def _denying(ledger: Ledger, row: Statement, *, by: str, at_us: int) -> Acts:
    found = [each for each in ledger.suggested(Relation) if each.kind == "denies" and each.from_id == row.statement_id]
    if not found:
        raise UnreadableError(
            "no denial by it is suggested.", subject=row.statement_id, remedy="Relate it in the review (key k)."
        )
    return decided(found, "confirm", by=by, at_us=at_us)


def _identified(ledger: Ledger, row_id: str, line: Cells, *, by: str, at_us: int) -> Acts:
    named = [each.document_id for each in ledger.all_of(Document) if line["words"] in (each.name, each.document_id)]
    if not isinstance(ledger.row(row_id), Unseen) or len(named) != 1:
        raise UnreadableError(
            f"{line['words'][:60]!r} names {len(named)} documents.",
            subject=row_id,
            remedy="Write the id of an unseen report as row, and the name of the document as words.",
        )
    return Acts(decisions=(Decision(row_id=row_id, act="identify", author=by, at_us=at_us, names=named[0]),))
