"""Decisions taken elsewhere, from a file: who reads on paper or in a spreadsheet need not sit at the terminal."""

import csv
import io
from collections import Counter
from pathlib import Path

from truceline.base.errors import TrucelineError, UnreadableError
from truceline.guarantee.exchange import StatementRef
from truceline.guarantee.ledger import Ledger
from truceline.model.decision import Decision
from truceline.model.document import Document, Unseen
from truceline.model.position import Position, Relation
from truceline.model.statement import Statement
from truceline.run.ledger.adding import statement_of
from truceline.run.ledger.book import enter, kept
from truceline.run.ledger.queue import Acts, Card, as_shown, decided, queue_of, words_only
from truceline.run.mission import read_bytes

COLUMNS = ("row", "document", "words", "act", "reason")
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
    lines = _lines(path)
    done: Counter[str] = Counter()
    with kept(folder, writing=True) as book:
        made: list[Decision] = []
        for number, line in enumerate(lines, start=2):
            try:
                made += _acts(book.ledger, line, by=by, at_us=now_us).decisions
            except TrucelineError as error:
                remedy = f"{error.remedy} Nothing of the file was taken."
                raise type(error)(error.problem, subject=f"{path.name}, line {number}", remedy=remedy) from None
            done[line["act"]] += 1
        enter(book, (), made, author=by, now_us=now_us)
    return done


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start} is not UTF-8.", subject=path.name, remedy="Save it as UTF-8."
        ) from None
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        unknown = set(rows.fieldnames or ()) - set(COLUMNS)
        if unknown or "act" not in (rows.fieldnames or ()):
            raise UnreadableError(
                f"its first line is {', '.join(rows.fieldnames or ())[:80]!r}.",
                subject=path.name,
                remedy=f"Its columns are among {', '.join(COLUMNS)}, and act is one of them.",
            )
        return [{name: line.get(name) or "" for name in COLUMNS} for line in rows]
    except csv.Error as error:
        raise UnreadableError(f"{error}.", subject=path.name, remedy="Write it as CSV, with commas.") from None


def _acts(ledger: Ledger, line: dict[str, str], *, by: str, at_us: int) -> Acts:
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
    read_in = tuple(each for each in ledger.suggested(Position) if each.statement_id == row.statement_id)
    card = Card(row=row, positions=read_in)
    if act == "words":
        return words_only(card, by=by, at_us=at_us)
    if act == "denies":
        return _denying(ledger, row, by=by, at_us=at_us)
    if act == "confirm":
        return as_shown(card, by=by, at_us=at_us)
    return decided((row, *read_in), act, by=by, at_us=at_us, reason=line["reason"])  # type: ignore[arg-type]  # likewise


def _denying(ledger: Ledger, row: Statement, *, by: str, at_us: int) -> Acts:
    found = [each for each in ledger.suggested(Relation) if each.kind == "denies" and each.from_id == row.statement_id]
    if not found:
        raise UnreadableError(
            "no denial by it is suggested.", subject=row.statement_id, remedy="Relate it in the review (key k)."
        )
    return decided(found, "confirm", by=by, at_us=at_us)


def _identified(ledger: Ledger, row_id: str, line: dict[str, str], *, by: str, at_us: int) -> Acts:
    named = [each.document_id for each in ledger.all_of(Document) if line["words"] in (each.name, each.document_id)]
    if not isinstance(ledger.row(row_id), Unseen) or len(named) != 1:
        raise UnreadableError(
            f"{line['words'][:60]!r} names {len(named)} documents.",
            subject=row_id,
            remedy="Write the id of an unseen report as row, and the name of the document as words.",
        )
    return Acts(decisions=(Decision(row_id=row_id, act="identify", author=by, at_us=at_us, names=named[0]),))
