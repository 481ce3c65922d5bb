"""The ledger of one folder on disk: read from its record, and added to in one append."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import UnavailableError, UnknownNameError
from truceline.guarantee.ledger import (
    Ledger,
    Row,
    check_decision,
    entry_of_decision,
    entry_of_row,
    ledger_of,
)
from truceline.guarantee.reading import Text, read_document
from truceline.model.decision import Decision
from truceline.model.document import Document
from truceline.record import Database, Record, open_record
from truceline.run.batch import RECORD, database_for
from truceline.run.mission import DECLARATION, read_mission


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A ledger and the record that it was rebuilt from."""

    record: Record
    ledger: Ledger


@contextmanager
def kept(folder: Path, *, writing: bool = False, known: Ledger | None = None) -> Iterator[Kept]:
    """The ledger of a mission's folder, or of any folder that keeps one.

    Args:
        writing: begin a record where there is none; no other may write meanwhile.
        known: the ledger as this process last saw it; used again where the record holds nothing that it does not.

    Raises: UnknownNameError: no record. UnavailableError: another writer; the disk. IntegrityError.
    """
    if not writing and not (folder / RECORD).is_dir():
        raise UnknownNameError(
            f"{folder} keeps no record.",
            subject="ledger",
            remedy=f"Begin one: truceline ledger add {folder} FILE --by NAME.",
        )
    if writing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(
                f"{error.strerror or error}.", subject=f"folder {folder}", remedy="Name a folder that can be made."
            ) from None
    with open_record(folder / RECORD, database=_database(folder), writing=writing) as record:
        current = known if known is not None and known.size == record.size else ledger_of(record.entries())
        yield Kept(record=record, ledger=current)


def read_ledger(folder: Path) -> Ledger:
    """The ledger as it stands. Raises: as `kept`."""
    with kept(folder) as found:
        return found.ledger


def text_of(book: Kept, document: Document) -> Text:
    """The text of a document, read again from its bytes in the record. Raises: IntegrityError."""
    return read_document(book.record.get(document.sha256), name=document.name)[1]


def enter(book: Kept, rows: Sequence[Row], decisions: Sequence[Decision] = (), *, author: str, now_us: int) -> None:
    """Add rows and decisions, all or none; a row that stands as it is is not entered again.

    Raises: as `check_decision`; UnavailableError: whether they arrived is not known.
    """
    fresh = [row for row in rows if book.ledger.is_news(row, author=author)]
    entries = [entry_of_row(row, author=author, known_at_us=now_us) for row in fresh]
    trial = book.ledger.with_entries(enumerate(entries, start=book.record.size))
    for decision in decisions:
        check_decision(trial, decision)
    entries += [entry_of_decision(decision) for decision in decisions]
    for position, entry in zip(book.record.append(entries), entries, strict=True):
        book.ledger.take(position, entry)


def _database(folder: Path) -> Database | None:
    return database_for(read_mission(folder)) if (folder / DECLARATION).is_file() else None
