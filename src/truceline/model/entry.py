"""One line of the record: who said or derived what, from what, when it became known."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import ClassVar, Protocol, TypeVar

import msgspec

from truceline.base.canonical import plain
from truceline.base.errors import IntegrityError
from truceline.base.time import stamp

ENTRY_KINDS = (
    "mission",
    "raw",  # bytes that came in: a mission's file, or a live batch
    "table",
    "derived",  # made from an original and linked to it: a proxy, a clip, a still
    "finding",
    "assessment",
    "custody",  # who read, exported or released what, and why
    "report",
    "case",  # one event of one case
    "event",  # the id that a live event was given, and its members then
    "effect",  # what became of a message that a case asked for
    "review",  # a person's decision about an event
    "area",  # assignment, withdrawal, consent
    "suspension",  # of clauses: proposed, voted, decided, restored
    "bulletin",  # one issue of one bulletin
    "release",  # an embargo, a publication, an equal-release receipt
    "account",  # made, changed, disabled; never a secret
    "refusal",  # an act that was refused, and why
    "clock",  # a jump of the clock
    "checkpoint",  # a checkpoint was signed: size, root
    "fields",  # what a finding says, field by field, as one root over salted commitments
    "erasure",  # a key was destroyed, or a time to keep ran out: whose, by whom, why
    "fixity",  # content was read again and held against its hash
    "node",  # a field node: enrolled, synced, numbers reserved for it
    "divergence",  # a node's log went on from a place that it had left before
    # the ledger of guarantees: each row an entry whose subject is its id, the latest of which stands
    "document",
    "unseen",
    "actor",
    "bond",
    "statement",
    "proposition",
    "position",
    "relation",
    "pledge",
    "caveat",
    "condition",
    "option",
    "scenario",
    "analysis",
    "decision",  # a person's, about a row of the ledger
)
_OF_THE_ENTRY = ("author", "hashes")
Told = TypeVar("Told")
NOTHING: Mapping[str, object] = MappingProxyType({})


class Row(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


class Event(Row, Protocol):
    """What `entry_about` writes down: a dataclass with an author."""

    @property
    def author(self) -> str:
        """Who says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is put into the log. Its canonical bytes are the body of one leaf (decision 0006)."""

    kind: str
    subject: str  # what it is about: a feed, a table, a finding
    author: str  # a person, or `truceline <version>`
    known_at: str  # UTC stamp, when the mission knew it
    hashes: tuple[str, ...] = ()  # content it speaks about, sha-256, all in the content store
    detail: dict[str, object] = field(default_factory=dict)  # canonical values only: no floats

    def body(self) -> dict[str, object]:
        """The entry as plain values, for canonical bytes."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "author": self.author,
            "known_at": self.known_at,
            "hashes": list(self.hashes),
            "detail": self.detail,
        }


def detail_of(row: Row, *, leaving_out: tuple[str, ...] = ()) -> dict[str, object]:
    """A row as an entry's detail: its fields by name, what stands at its default left out."""
    return {
        each.name: plain(value)
        for each in fields(row)
        if each.name not in leaving_out and (value := getattr(row, each.name)) != each.default
    }


def row_of(entry: Entry, kind: type[Told], *, beside: Mapping[str, object] = NOTHING) -> Told:
    """The row that an entry's detail tells of. Raises: IntegrityError.

    Args: beside: fields that other parts of the entry tell.
    """
    try:
        return msgspec.convert({**entry.detail, **beside}, kind)
    except msgspec.ValidationError as error:
        raise impossible(entry, str(error)) from None


def entry_about(kind: str, subject: str, event: Event, *, known_at_us: int) -> Entry:
    """An event as an entry: its author and documents are the entry's."""
    detail = detail_of(event, leaving_out=_OF_THE_ENTRY)
    known_at, hashes = stamp(known_at_us), getattr(event, "hashes", ())
    return Entry(kind=kind, subject=subject, author=event.author, known_at=known_at, hashes=hashes, detail=detail)


def told_by(entry: Entry, kind: type[Told]) -> Told:
    """The event that an entry tells of: what `entry_about` was given. Raises: IntegrityError."""
    return row_of(entry, kind, beside={"author": entry.author, "hashes": entry.hashes})


def impossible(entry: Entry, why: str) -> IntegrityError:
    """An entry that this program cannot have written."""
    return IntegrityError(
        f"its entry of {entry.known_at} cannot have been accepted: {why}.",
        subject=entry.subject,
        remedy="Stop, keep the disk, and verify the record.",
    )
