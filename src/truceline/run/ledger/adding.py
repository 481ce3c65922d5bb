"""What comes into a ledger from files: articles, declarations, tables of pledges, a plan's requirements.

What kind a file is follows from its name and its first line: `.toml` declares; `.csv` is a table, told by its header;
`requirements.json` is a plan's; everything else is an article.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from truceline import __version__
from truceline.base.canonical import sha256_hex
from truceline.base.errors import TrucelineError, UnreadableError
from truceline.guarantee import Suggested, suggest_from
from truceline.guarantee.exchange import (
    Reject,
    StatementRef,
    actors_of,
    caveats_of,
    dated,
    declared_of,
    plan_requirements,
    pledges_of,
    requirements_of,
    tracker_pledges,
    with_statements,
)
from truceline.guarantee.ledger import Ledger, Row, id_of, kind_of
from truceline.guarantee.reading import Text, already
from truceline.guarantee.saying import Parser
from truceline.model.actor import Actor
from truceline.model.decision import GONE
from truceline.model.document import Document
from truceline.model.option import MissionOption
from truceline.model.statement import Statement
from truceline.run.ledger.book import Kept, enter, kept, text_of
from truceline.run.mission import read_bytes

CODE = f"truceline {__version__}"
FLIGHTS = "flight-plan"  # id of the option that a plan of flights makes
_TRACKER = ("country,iso,year", '"country","iso","year"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the person who adds an article knows of it and it does not state itself; empty: nothing."""

    title: str = ""
    publisher: str = ""
    republisher: str = ""
    author: str = ""
    url: str = ""
    published: str = ""  # EDTF


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What one file brought: how many new rows of each kind, what was refused, what a person should know."""

    file: str
    counts: dict[str, int]
    rejects: tuple[Reject, ...] = ()
    remarks: tuple[str, ...] = ()
    refused: str = ""  # why nothing of it was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who adds, when, and with what: a parser of sentences, and what is known of the articles."""

    by: str
    now_us: int
    parser: Parser | None = None
    stated: Stated = field(default_factory=Stated)


def add_files(folder: Path, files: Sequence[Path], desk: Desk, *, tell: Callable[[str], None]) -> list[Added]:
    """Put files into the ledger of a folder, one after the other; a file that cannot be taken is told and passed over.

    Raises: UnavailableError, IntegrityError: the record.
    """
    made = []
    texts: dict[str, Text] = {}  # of the ledger's documents, read when the first article comes
    with kept(folder, writing=True) as book:
        for path in files:
            tell(path.name)
            try:
                made.append(_add(book, path, desk, texts))
            except TrucelineError as error:
                if not error.code.startswith("input"):
                    raise
                made.append(Added(file=path.name, counts={}, refused=str(error)))
    return made


def _add(book: Kept, path: Path, desk: Desk, texts: dict[str, Text]) -> Added:
    content = read_bytes(path)
    head = content[:200].decode("utf-8", "replace").lstrip("\ufeff").lower()
    if path.suffix == ".toml":
        return _add_declared(book, path.name, content, desk)
    if path.suffix == ".csv" and head.startswith(_TRACKER):
        return _add_tracker(book, path, content, desk)
    if path.suffix == ".csv":
        return _add_table(book, path.name, content, desk, head)
    if path.suffix == ".json":
        return _add_plan(book, path.name, content, desk)
    return _add_article(book, path.name, content, desk, texts)


# --- articles -------------------------------------------------------------------------------------------------------


def _add_article(book: Kept, name: str, content: bytes, desk: Desk, texts: dict[str, Text]) -> Added:
    documents = book.ledger.all_of(Document)
    if sha256_hex(content) in {each.sha256 for each in documents}:
        return Added(file=name, counts={}, remarks=("it is in the ledger already, byte for byte",))
    found = suggest_from(content, name=name, parser=desk.parser, ledger=book.ledger, stated=_as_stated(desk.stated))
    texts |= {each.document_id: text_of(book, each) for each in documents if each.document_id not in texts}
    found = replace(found, document=replace(found.document, same_as=already(found.text, texts)))
    texts[found.document.document_id] = found.text
    book.record.put(content)
    before = set(book.ledger.entered)
    enter(book, (found.document,), author=desk.by, now_us=desk.now_us)
    enter(book, found.rows(), author=CODE, now_us=desk.now_us)
    return Added(file=name, counts=_new(book.ledger, before), remarks=_remarks(book.ledger, found, desk))


def _as_stated(stated: Stated) -> dict[str, object]:
    """The document's fields that a person states."""
    words: dict[str, object] = {
        each.name: getattr(stated, each.name)
        for each in fields(stated)
        if each.name != "published" and getattr(stated, each.name)
    }
    if not stated.published:
        return words
    return words | {"published": dated(stated.published, subject="--published", basis="as stated by who added it")}


def _remarks(ledger: Ledger, found: Suggested, desk: Desk) -> tuple[str, ...]:
    document = found.document
    made = []
    if document.same_as:
        named = ledger.row(document.same_as)
        made.append(f"it has the text of {getattr(named, 'name', document.same_as)}: both count as one origin")
    if not document.published.value:
        made.append("it states no date; if you know it: --published 2026-03-23")
    if not (document.publisher or document.republisher or document.author):
        made.append("it states no publisher; if you know it: --publisher NAME")
    if document.script not in ("", "Latin") or not found.statements:
        made.append("nothing was suggested: mark its statements by hand (truceline ledger review, key a)")
    elif desk.parser is None:
        made.append("read by the simpler rules, which find less: install the extra nlp")
    if document.leads:
        made.append(f"{len(document.leads)} headlines of other texts tell of somebody's words: see the lead inbox")
    return tuple(made)


# --- declarations and tables ----------------------------------------------------------------------------------------


def _add_declared(book: Kept, name: str, content: bytes, desk: Desk) -> Added:
    declared = declared_of(content, name=name, known=tuple(book.ledger.entered))
    refs = {ref: statement_of(book.ledger, ref) for refs in declared.told.values() for ref in refs}
    return _entered(book, name, tuple(with_statements(declared, refs).rows()), desk)


def _add_tracker(book: Kept, path: Path, content: bytes, desk: Desk) -> Added:
    release = path.with_name("release_info.csv")
    found = tracker_pledges(content, release=read_bytes(release) if release.is_file() else None)
    new = [actor for actor in found.actors if actor.actor_id not in book.ledger.entered]  # a person's word stands
    added = _entered(book, path.name, (*new, *found.pledges), desk)
    return replace(added, rejects=found.rejects, remarks=found.remarks)


def _add_table(book: Kept, name: str, content: bytes, desk: Desk, head: str) -> Added:
    rows: Iterable[Row]
    columns = head.split("\n", maxsplit=1)[0]
    if "caveat_id" in columns:
        rows, rejects = caveats_of(content, name=name)
    elif "pledge_id" in columns:
        rows, rejects = pledges_of(
            content, name=name, actors=tuple(each.actor_id for each in book.ledger.all_of(Actor))
        )
    elif "requirement_id" in columns:
        needs, rejects = requirements_of(content, name=name)
        rows = (MissionOption(option_id=Path(name).stem, name=f"As {name} has it", source=name, requirements=needs),)
    elif "actor_id" in columns:
        rows, rejects = actors_of(content, name=name)
    else:
        raise UnreadableError(
            "its first line names none of the tables that are known.",
            subject=name,
            remedy="Begin it with pledge_id, caveat_id, requirement_id or actor_id, or hand in the tracker as it is.",
        )
    return replace(_entered(book, name, tuple(rows), desk), rejects=rejects)


def _add_plan(book: Kept, name: str, content: bytes, desk: Desk) -> Added:
    needs = plan_requirements(content)
    option = MissionOption(
        option_id=FLIGHTS, name="As the plan of flights needs it", source=f"plan of flights, {name}", requirements=needs
    )
    return _entered(book, name, (option,), desk)


def _entered(book: Kept, name: str, rows: Sequence[Row], desk: Desk) -> Added:
    before = set(book.ledger.entered)
    enter(book, rows, author=desk.by, now_us=desk.now_us)
    return Added(file=name, counts=_new(book.ledger, before))


def _new(ledger: Ledger, before: set[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row_id, known in ledger.entered.items():
        if row_id not in before:
            kind = kind_of(known[-1].row)
            counts[kind] = counts.get(kind, 0) + 1
    return counts


# --- a statement by its words -----------------------------------------------------------------------------------------


def statement_of(ledger: Ledger, ref: StatementRef) -> str:
    """The statement that a person names by its id, or by words that it shares with no other of the document so much.

    Raises: UnreadableError: no statement has these words.
    """
    if ref.statement_id:
        return id_of(ledger.row(ref.statement_id))
    wanted = _plain(ref.words)
    names = {document.document_id for document in ledger.all_of(Document) if document.name == ref.document}
    best, best_permille = "", 0
    for statement in ledger.all_of(Statement):
        if statement.document_id in names and ledger.state(statement.statement_id) not in GONE:
            words = _plain(statement.words)
            shorter, longer = sorted((wanted, words), key=len)
            shared_permille = 1000 * len(shorter) // len(longer) if shorter and shorter in longer else 0
            if shared_permille > best_permille:
                best, best_permille = statement.statement_id, shared_permille
    if not best:
        raise UnreadableError(
            f"no statement of {ref.document or 'any document'} has the words {ref.words[:60]!r}.",
            subject="statement",
            remedy="Copy the words as they stand there; or add the document first, or the statement in the review.",
        )
    return best


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
