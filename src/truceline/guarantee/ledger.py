"""The ledger as it stands: its rows rebuilt from the record, with what people decided about each.

What the program enters is a suggestion; what a person enters, or confirms, stands. A row stands only while the rows it
rests on stand: a position on its statement, a pledge on every statement that tells of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar, cast

from truceline.base.canonical import canonical_bytes, plain, sha256_hex
from truceline.base.errors import InputError, UnknownNameError
from truceline.base.time import stamp, to_us
from truceline.model.actor import Actor, Bond
from truceline.model.condition import Condition
from truceline.model.decision import GONE, STANDING, Decision, RowState
from truceline.model.document import Document, Unseen
from truceline.model.entry import Entry, detail_of, row_of
from truceline.model.option import MissionOption
from truceline.model.pledge import Caveat, Pledge
from truceline.model.position import Position, Proposition, Relation
from truceline.model.scenario import Analysis, Scenario
from truceline.model.statement import Statement

Row = (
    Document
    | Unseen
    | Actor
    | Bond
    | Statement
    | Proposition
    | Position
    | Relation
    | Pledge
    | Caveat
    | Condition
    | MissionOption
    | Scenario
    | Analysis
)
AnyRow = TypeVar("AnyRow", bound=Row)
NOUNS: dict[str, type[Row]] = {
    "document": Document,
    "unseen": Unseen,
    "actor": Actor,
    "bond": Bond,
    "statement": Statement,
    "proposition": Proposition,
    "position": Position,
    "relation": Relation,
    "pledge": Pledge,
    "caveat": Caveat,
    "condition": Condition,
    "option": MissionOption,
    "scenario": Scenario,
    "analysis": Analysis,
}
_KIND_OF: dict[type, str] = {noun: kind for kind, noun in NOUNS.items()}
_KINDS = {*NOUNS, "decision"}
_PROGRAM = re.compile(r"truceline \d")  # how the program signs: nobody's name
_NO_SUGGESTIONS = (Document, Unseen, Proposition, Analysis)  # they claim nothing: what rests on them does
_SHORT = {"statement": "st", "proposition": "prop", "position": "pos", "relation": "rel", "document": "doc"}


def kind_of(row: Row) -> str:
    """What a row is called in the record and on the command line."""
    return _KIND_OF[type(row)]


def id_of(row: Row) -> str:
    """A row's id: the subject of its entry."""
    return str(getattr(row, f"{kind_of(row)}_id"))


def new_id(kind: str, *told: object) -> str:
    """An id from what a row says: the same words of the same document are one row, whoever finds them."""
    return f"{_SHORT.get(kind, kind)}-{sha256_hex(canonical_bytes([kind, plain(told)]))[:16]}"


def entry_of_row(row: Row, *, author: str, known_at_us: int) -> Entry:
    """The entry of a row; a document's names its bytes."""
    return Entry(
        kind=kind_of(row),
        subject=id_of(row),
        author=author,
        known_at=stamp(known_at_us),
        hashes=(row.sha256,) if isinstance(row, Document) else (),
        detail=detail_of(row),
    )


def entry_of_decision(decision: Decision) -> Entry:
    """The entry of a person's decision."""
    return Entry(
        kind="decision",
        subject=decision.row_id,
        author=decision.author,
        known_at=stamp(decision.at_us),
        detail=detail_of(decision, leaving_out=("row_id", "author", "at_us")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A row as it was entered: by whom, when, at which place of the record."""

    row: Row
    author: str
    at_us: int
    position: int


@dataclass(slots=True)
class Ledger:
    """Every row, and every decision about it. `take` is given the record's entries in order; others are passed over."""

    entered: dict[str, list[Entered]] = field(default_factory=dict)  # by id, the latest last
    decisions: dict[str, list[Decision]] = field(default_factory=dict)  # by the row's id, in order
    size: int = 0  # how many entries of the record it has seen
    _kinds: dict[str, dict[str, None]] = field(default_factory=dict)  # ids of each kind, in order of arrival

    def take(self, position: int, entry: Entry) -> None:
        """Take one entry of the record in. Raises: IntegrityError: no program can have written it."""
        self.size = max(self.size, position + 1)
        if entry.kind not in _KINDS:
            return
        at_us = to_us_of(entry)
        if entry.kind == "decision":
            beside = {"row_id": entry.subject, "author": entry.author, "at_us": at_us}
            decision = row_of(entry, Decision, beside=beside)
            self.decisions.setdefault(entry.subject, []).append(decision)
        else:
            row = row_of(entry, NOUNS[entry.kind])
            if not self.is_news(row, author=entry.author):
                return
            self.decisions.pop(entry.subject, None)  # they were about what stood there before
            known = Entered(row=row, author=entry.author, at_us=at_us, position=position)
            self.entered.setdefault(entry.subject, []).append(known)
            self._kinds.setdefault(entry.kind, {})[entry.subject] = None

    def is_news(self, row: Row, *, author: str) -> bool:
        """Whether a row changes the ledger: it is new or other than it stands, and not the program's word against a
        person's. What somebody decided about stays as they saw it.
        """
        row_id = id_of(row)
        if row_id not in self.entered:
            return True
        known = self.entered[row_id][-1]
        persons = row_id in self.decisions or not by_program(known.author)
        return known.row != row and not (by_program(author) and persons)

    def with_entries(self, entries: Iterable[tuple[int, Entry]]) -> "Ledger":
        """The ledger as it would be after these too; this one stays as it is. Raises: as `take`."""
        made = Ledger(
            entered={row_id: list(known) for row_id, known in self.entered.items()},
            decisions={row_id: list(made) for row_id, made in self.decisions.items()},
            size=self.size,
            _kinds={kind: dict(ids) for kind, ids in self._kinds.items()},
        )
        for position, entry in entries:
            made.take(position, entry)
        return made

    def all_of(self, noun: type[AnyRow]) -> tuple[AnyRow, ...]:
        """Every row of a kind, whatever was decided, in order of arrival."""
        ids = self._kinds.get(_KIND_OF[noun], {})
        return tuple(cast(AnyRow, self._now(row_id)) for row_id in ids)

    def standing(self, noun: type[AnyRow]) -> tuple[AnyRow, ...]:
        """The rows of a kind that may enter a result: confirmed, and resting on nothing that is not."""
        return tuple(row for row in self.all_of(noun) if self.stands(id_of(row)))

    def suggested(self, noun: type[AnyRow]) -> tuple[AnyRow, ...]:
        """The rows of a kind about which nobody has decided."""
        return tuple(row for row in self.all_of(noun) if self.state(id_of(row)) == "suggested")

    def row(self, row_id: str) -> Row:
        """A row by its id, or by the only beginning of one. Raises: UnknownNameError."""
        found = [row_id] if row_id in self.entered else [each for each in self.entered if each.startswith(row_id)]
        if len(found) != 1 or not row_id:
            many = f"{len(found)} rows of the ledger begin" if found else "no row of the ledger begins"
            raise UnknownNameError(
                f"{many} with {row_id[:60]!r}.", subject="ledger", remedy="truceline ledger line MISSION shows ids."
            )
        return self._now(found[0])

    def _now(self, row_id: str) -> Row:
        """A row as it is to be read: naming what stands in the place of replaced rows, a found report with its find."""
        row = self.entered[row_id][-1].row
        match row:
            case Unseen():
                found = [each.names for each in self.decisions.get(row_id, ()) if each.act == "identify"]
                return replace(row, statement_id=self._one(row.statement_id), identified=found[-1] if found else "")
            case Pledge() | Caveat() | Condition():
                return replace(row, statements=tuple(new for old in row.statements for new in self.instead_of(old)))
            case Relation():
                return replace(row, from_id=self._one(row.from_id), to_id=self._one(row.to_id))
            case Statement() if row.parent_id:
                return replace(row, parent_id=self._one(row.parent_id))
            case _:
                return row

    def instead_of(self, row_id: str) -> tuple[str, ...]:
        """What stands in the place of a row that was edited or split, however often; itself, if it was not."""
        if row_id not in self.entered or self.state(row_id) != "replaced":
            return (row_id,)
        last = next(each for each in reversed(self.decisions[row_id]) if each.replaced_by)
        return tuple(dict.fromkeys(new for each in last.replaced_by for new in self.instead_of(each)))

    def _one(self, row_id: str) -> str:
        """The one row in another's place; of a split, none can be told, and the old one stays named."""
        found = self.instead_of(row_id)
        return found[0] if len(found) == 1 else row_id

    def state(self, row_id: str) -> RowState:
        """What people made of a row: the last decision counts; two people who confirm it make it `second`."""
        known = self.entered[row_id][-1]
        readers = {known.author} if not by_program(known.author) else set()
        state: RowState = "confirmed" if readers or isinstance(known.row, _NO_SUGGESTIONS) else "suggested"
        for decision in self.decisions.get(row_id, ()):
            match decision.act:
                case "confirm":
                    readers.add(decision.author)
                    state = "second" if len(readers) > 1 else "confirmed"
                case "edit" | "split":
                    state, readers = "replaced", set()
                case "reject" | "not_attributable":
                    state, readers = ("rejected" if decision.act == "reject" else "not_attributable"), set()
                case "identify":
                    pass
        return state

    def stands(self, row_id: str) -> bool:
        """Whether a row may enter a result."""
        if row_id not in self.entered or self.state(row_id) not in STANDING:
            return False
        return all(self.stands(below) for below in rests_on(self._now(row_id)))

    def readers(self, row_id: str) -> tuple[str, ...]:
        """Who confirmed a row, since it was last rejected or replaced."""
        known = self.entered[row_id][-1]
        found = [] if by_program(known.author) else [known.author]
        for decision in self.decisions.get(row_id, ()):
            if decision.act == "confirm":
                found.append(decision.author)
            elif decision.act != "identify":
                found.clear()
        return tuple(dict.fromkeys(found))

    def one_reader(self, row_ids: Iterable[str]) -> tuple[str, ...]:
        """Of these rows, those that only one person has read: a second one is owed before a result is relied on."""
        return tuple(row_id for row_id in row_ids if row_id in self.entered and len(self.readers(row_id)) < 2)

    def identified(self) -> dict[str, str]:
        """Unseen reports that a person found: id of the report, id of the document."""
        return {row.unseen_id: row.identified for row in self.all_of(Unseen) if row.identified}


def ledger_of(entries: Iterable[tuple[int, Entry]]) -> Ledger:
    """The ledger that these entries tell of, in the record's order. Raises: IntegrityError."""
    return Ledger().with_entries(entries)


def by_program(author: str) -> bool:
    """Whether the program signed, and no person."""
    return bool(_PROGRAM.match(author))


def rests_on(row: Row) -> Iterator[str]:
    """The rows without which this one tells nothing."""
    match row:
        case Position():
            yield from (row.statement_id, row.proposition_id)
        case Relation():
            yield from (row.from_id, row.to_id)
        case Pledge() | Caveat() | Condition():
            yield from row.statements
        case Unseen():
            yield row.statement_id
        case Statement() if row.parent_id:
            yield row.parent_id
        case _:
            return


def check_decision(ledger: Ledger, decision: Decision) -> None:
    """Raise where a decision cannot be meant.

    Raises: UnknownNameError: no such row, or what it names is not there. InputError: the program's name, an edit that
        names nothing in its place, an identification of something that is no unseen report.
    """
    row = ledger.row(decision.row_id)
    if by_program(decision.author) or not decision.author.strip():
        raise _refused(decision, f"{decision.author!r} is no person.", "Say who decides: --by NAME.")
    if isinstance(row, _NO_SUGGESTIONS) and not (isinstance(row, Unseen) and decision.act == "identify"):
        raise _refused(decision, f"a {kind_of(row)} claims nothing.", "Decide about what rests on it.")
    if (decision.act in ("edit", "split")) != bool(decision.replaced_by):
        raise _refused(decision, "an edit or a split, and nothing else, names what replaces the row.", "Name it.")
    if (decision.act == "identify") != bool(decision.names):
        raise _refused(decision, "an identification, and nothing else, names a document.", "Name the document.")
    if decision.act == "identify":
        _check_identified(ledger, decision, row)
    for row_id in decision.replaced_by:
        if row_id == decision.row_id or ledger.state(id_of(ledger.row(row_id))) in GONE:
            raise _refused(decision, f"{row_id} cannot stand in its place.", "Name another row that stands.")


def _check_identified(ledger: Ledger, decision: Decision, row: Row) -> None:
    if not isinstance(row, Unseen):
        raise _refused(decision, "this is no unseen report.", "Identify a row whose id begins with uns-.")
    if not isinstance(ledger.row(decision.names), Document):
        raise _refused(decision, f"{decision.names!r} is no document.", "Add the document first.")


def _refused(decision: Decision, problem: str, remedy: str) -> InputError:
    return InputError(problem, subject=f"decision about {decision.row_id}", remedy=remedy)


def to_us_of(entry: Entry) -> int:
    """When the mission knew an entry."""
    return to_us(datetime.fromisoformat(entry.known_at))


def by_id(rows: Iterable[AnyRow]) -> Mapping[str, AnyRow]:
    """Rows by their ids."""
    return {id_of(row): row for row in rows}
