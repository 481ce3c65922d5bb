"""Everything that a live mission knows, rebuilt from its record: one entry after the other, the same at every start."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

import truceline
from truceline.base.collector import collector_paused
from truceline.base.errors import ErasedError, IntegrityError
from truceline.base.time import interval_us, stamp
from truceline.mandate import parse_mandates
from truceline.model.account import Account
from truceline.model.case import Effect
from truceline.model.entry import Entry
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import Format, Mission
from truceline.model.release import Receipt, ReleaseDecision
from truceline.model.review import Review
from truceline.record import Record
from truceline.respond import AreaBook, CaseBook, CaseState, Procedure, SuspensionBook, procedure_of
from truceline.run.live.accounts import AccountBook

Noun = TypeVar("Noun")
CODE = f"truceline {truceline.__version__}"
MANDATE = "mandate/"  # subjects of entries that keep a version of a mandate
SAMPLE = "sample/"  # subjects of entries that keep a sample for a blind second review
SETTLED_MARK = 500  # messages
OUTBOX = "outbox"  # subject of the entry that says below which position every message was dealt with
ID_KEY = "id-key"  # subject of the entry that holds the secret in the ids of live rows
_ID_KEY_BYTES = 32
LIVE = "live/"  # subjects of raw entries that came in while the mission was served


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A live file as its entry tells of it; its bytes are in the content store."""

    sha256: str
    name: str
    feed: str
    format: Format
    compartment: str
    known_at_us: int
    author: str
    came_at_us: int = 0  # before it was read; 0: an older record, or a node's pack, does not say
    media: tuple[str, ...] = ()  # as `LiveFile.media`

    @property
    def key(self) -> tuple[str, str, str]:
        """As `LiveFile.key`."""
        return self.sha256, self.feed, self.compartment


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One issue of one bulletin; `content` is the hash of its canonical JSON, `files` of what was made of it."""

    bulletin_id: str
    level: str
    issue: int
    about: str
    at_us: int
    from_us: int
    until_us: int
    supersedes: str
    content: str
    files: Mapping[str, str]  # file name -> sha-256
    events: tuple[str, ...] = ()  # of a FLASH: what it told of
    attached: Mapping[str, str] = field(default_factory=dict)  # of an RVB: the mission's own daily report


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Events that were drawn for a blind second review."""

    name: str
    from_us: int
    share_permille: int
    seed: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An operation that was carried out under an idempotency key."""

    digest: str  # of what was asked
    subject: str
    position: int


@dataclass(slots=True)
class Books:
    """The state of a live mission. Only `apply` changes it, and only the writer's thread calls that."""

    cases: CaseBook = field(default_factory=CaseBook)
    accounts: AccountBook = field(default_factory=AccountBook)
    suspensions: SuspensionBook = field(default_factory=SuspensionBook)
    areas: AreaBook = field(default_factory=AreaBook)
    reviews: list[Review] = field(default_factory=list)
    journal: dict[str, tuple[str, ...]] = field(default_factory=dict)  # event -> its members when it was given its id
    arrived: dict[tuple[str, str, str], Arrived] = field(default_factory=dict)  # by `Arrived.key`
    id_key: str = ""  # without it nobody can work out the ids of live rows
    released: list[ReleaseDecision] = field(default_factory=list)
    addressed: dict[str, frozenset[str]] = field(default_factory=dict)  # item -> parties that an open case told of it
    told: dict[str, int] = field(default_factory=dict)  # item -> when a case first told its addressees of it
    unreceipted: dict[str, str] = field(default_factory=dict)  # findings told of without a receipt yet -> their case
    receipts: dict[str, Receipt] = field(default_factory=dict)  # by finding
    issued: dict[str, Issued] = field(default_factory=dict)  # bulletins by id
    samples: dict[str, Sample] = field(default_factory=dict)  # blind double reviews by name
    unflashed: dict[str, int] = field(
        default_factory=dict
    )  # events that no FLASH has told of -> when they became known
    verdicts: dict[str, tuple[str, str]] = field(default_factory=dict)  # finding -> last verdict, what it rests on
    asked_for: list[Effect] = field(default_factory=list)  # messages that entries asked for, until they are taken away
    done: dict[tuple[str, str], Done] = field(default_factory=dict)  # author and key
    last_known_us: int = 0
    position: int = 0
    judged_by: int = 0  # entries below it hold all that findings depend on besides the mission's own files
    asked_at: dict[str, int] = field(default_factory=dict)  # message that is not settled yet -> entry that asked for it
    settled_since: int = 0  # messages since the entry that last said so
    settled_below: int = 0  # entries below it ask for no message that is still to be sent

    def apply(self, position: int, entry: Entry) -> None:
        """Take in the next entry. Raises: IntegrityError: it cannot have been written by this program."""
        assert position == self.position, f"entry {position} follows entry {self.position}"
        taken = _TAKES.get(entry.kind)
        if taken is not None:
            taken(self, position, entry)
        key = entry.detail.get("key")
        if isinstance(key, str):
            digest = str(entry.detail.get("asked", ""))
            self.done[entry.author, key] = Done(digest=digest, subject=entry.subject, position=position)
        self.position = position + 1
        if entry.kind in _JUDGED_BY and (entry.kind != "raw" or entry.subject.startswith(LIVE)):
            self.judged_by = self.position
        self.last_known_us = max(self.last_known_us, known_us(entry))

    def know(self, procedure: Procedure) -> None:
        """A version of a mandate that cases and suspensions may run under."""
        self.cases.procedures[procedure.sha256] = procedure
        self.suspensions.procedures[procedure.sha256] = procedure

    def account(self, name: str) -> Account | None:
        """The account of this name as it is now."""
        return self.accounts.find(name)


def books_of(record: Record, mission: Mission, *, until: int | None = None) -> Books:
    """The state that a record holds; `until`: as its first so many entries left it.

    Raises: IntegrityError: an entry cannot have been written by this program.
    """
    books = Books(areas=AreaBook(areas={area.name: area for area in mission.areas}))
    settled = record.last("effect", OUTBOX)
    if settled is not None:
        books.settled_below = int(str(settled[1].detail["below"]))
    with collector_paused():
        for position, entry in record.entries():
            if until is not None and position >= until:
                break
            if entry.kind == "mission" and entry.subject.startswith(MANDATE):
                path = str(entry.detail["path"])
                (mandate,) = parse_mandates({path: record.get(entry.hashes[0])})
                procedure = procedure_of(mandate)
                books.know(procedure)
            books.apply(position, entry)
    books.asked_for.clear()
    return books


def live_files(arrived: Iterable[Arrived], content: Callable[[str], bytes], *, id_key: str) -> tuple[LiveFile, ...]:
    """What came in, with its bytes, in the order in which it came; what was erased since is left out.

    Args: content: by hash, from the content store.
    """
    found = []
    for each in arrived:
        with suppress(ErasedError):
            found.append(
                LiveFile(
                    name=each.name,
                    feed=each.feed,
                    format=each.format,
                    content=content(each.sha256),
                    sha256=each.sha256,
                    compartment=each.compartment,
                    salt=id_key,
                    came_at_us=each.came_at_us or each.known_at_us,
                    media=each.media,
                )
            )
    return tuple(found)


def keep_mandates(record: Record, books: Books, inputs: Inputs, *, now_us: int) -> None:
    """Put every mandate of the mission into the record, where this version of it is not there yet; once, a secret for
    the ids of what comes in live.
    """
    entries = []
    for path, text in inputs.mandates.items():
        (mandate,) = parse_mandates({path: text})
        procedure = procedure_of(mandate)
        if procedure.sha256 not in books.cases.procedures:
            books.know(procedure)
            detail: dict[str, object] = {"path": path, "mandate_sha256": procedure.sha256}
            subject, sha256 = f"{MANDATE}{mandate.name}", record.put(text)
            entries.append(
                Entry(
                    kind="mission",
                    subject=subject,
                    author=CODE,
                    known_at=stamp(now_us),
                    hashes=(sha256,),
                    detail=detail,
                )
            )
    if not books.id_key:
        salt = secrets.token_bytes(_ID_KEY_BYTES).hex()
        detail = {"salt": salt}
        entries.append(Entry(kind="mission", subject=ID_KEY, author=CODE, known_at=stamp(now_us), detail=detail))
    for position, entry in zip(record.append(entries), entries, strict=True):
        books.apply(position, entry)


def settled_mark(books: Books, *, now_us: int) -> Entry | None:
    """The entry that says below which position no message waits; once in a while, so that a start asks for less."""
    below = min(books.asked_at.values(), default=books.position)
    if books.settled_since < SETTLED_MARK or below <= books.settled_below:
        return None
    detail: dict[str, object] = {"state": "settled", "below": below}
    return Entry(kind="effect", subject=OUTBOX, author=CODE, known_at=stamp(now_us), detail=detail)


def known_us(entry: Entry) -> int:
    """When an entry was known, microseconds UTC."""
    return interval_us(entry.known_at, zone="UTC")[0]


def _case(books: Books, position: int, entry: Entry) -> None:
    before = books.cases.cases.get(entry.subject)
    effects = books.cases.apply(entry, settled=position < books.settled_below)
    books.asked_for += effects
    books.asked_at |= dict.fromkeys((effect.key for effect in effects), position)
    after = books.cases.cases[entry.subject]
    if after.told_at_us and (before is None or heard_of(before) != heard_of(after)):
        _hear(books, after)
        if before is None or not before.told_at_us:
            books.unreceipted |= dict.fromkeys(after.opening.finding_ids, after.case_id)


def heard_of(case: CaseState) -> tuple[object, ...]:
    """What of a case decides who may see what it is about."""
    return case.told_at_us, case.ended, case.violator


def _hear(books: Books, case: CaseState) -> None:
    """Who is addressed by what a case is about, and since when; an event may be the subject of several cases."""
    for item in (case.case_id, *case.opening.finding_ids, *case.opening.event_ids):
        about = [books.cases.cases[name] for name in books.cases.of_event.get(item, (case.case_id,))]
        telling = [each for each in about if each.told_at_us]
        parties = frozenset[str]().union(
            *((each.violator,) if each.violator else each.opening.addressees for each in telling if not each.ended)
        )
        if parties:
            books.addressed[item] = parties
        else:
            books.addressed.pop(item, None)
        books.told[item] = min(each.told_at_us for each in telling)


def _effect(books: Books, _position: int, entry: Entry) -> None:
    if entry.subject == OUTBOX:
        books.settled_below = max(books.settled_below, int(str(entry.detail["below"])))
        books.settled_since = 0
        return
    books.cases.apply(entry)
    if entry.subject not in books.cases.pending and books.asked_at.pop(entry.subject, None) is not None:
        books.settled_since += 1


def _account(books: Books, position: int, entry: Entry) -> None:
    books.accounts = books.accounts.apply(position, entry)


def _suspension(books: Books, _position: int, entry: Entry) -> None:
    books.suspensions.apply(entry)


def _area(books: Books, _position: int, entry: Entry) -> None:
    books.areas.apply(entry)


def _event(books: Books, _position: int, entry: Entry) -> None:
    members = entry.detail["members"]
    assert isinstance(members, list)
    if entry.subject not in books.journal:
        books.journal[entry.subject] = tuple(map(str, members))
        books.unflashed[entry.subject] = known_us(entry)


def _review(books: Books, _position: int, entry: Entry) -> None:
    books.reviews.append(_told(entry, Review, {"event_id": entry.subject, "author": entry.author}))


def _raw(books: Books, _position: int, entry: Entry) -> None:
    if entry.subject.startswith(LIVE):
        more = {"sha256": entry.hashes[0], "known_at_us": known_us(entry), "author": entry.author}
        arrived = _told(entry, Arrived, more)
        books.arrived.setdefault(arrived.key, arrived)


def _release(books: Books, _position: int, entry: Entry) -> None:
    if "common_sha256" in entry.detail:
        books.receipts[entry.subject] = _told(entry, Receipt, {"finding_id": entry.subject})
        books.unreceipted.pop(entry.subject, None)
    else:
        books.released.append(_told(entry, ReleaseDecision, {"author": entry.author}))


def _bulletin(books: Books, _position: int, entry: Entry) -> None:
    issued = books.issued[entry.subject] = _told(entry, Issued, {"bulletin_id": entry.subject})
    for event_id in issued.events:
        books.unflashed.pop(event_id, None)


def _mission(books: Books, _position: int, entry: Entry) -> None:
    if entry.subject == ID_KEY:
        books.id_key = books.id_key or str(entry.detail["salt"])
    elif entry.subject.startswith(SAMPLE):
        name = entry.subject.removeprefix(SAMPLE)
        books.samples[name] = _told(entry, Sample, {"name": name})


def _finding(books: Books, _position: int, entry: Entry) -> None:
    books.verdicts[entry.subject] = (str(entry.detail["verdict"]), str(entry.detail.get("basis", "")))


def _told(entry: Entry, kind: type[Noun], more: Mapping[str, object]) -> Noun:
    """What the entry's detail says, as a noun. Raises: IntegrityError."""
    try:
        return msgspec.convert({**entry.detail, **more}, kind)
    except msgspec.ValidationError as error:
        raise IntegrityError(
            f"an entry of kind {entry.kind} does not tell of one: {error}.",
            subject=entry.subject,
            remedy="Open the record with the version of Truceline that wrote it.",
        ) from None


_JUDGED_BY = ("raw", "review", "event", "suspension", "erasure")
_TAKES: dict[str, Callable[[Books, int, Entry], None]] = {
    "account": _account,
    "area": _area,
    "bulletin": _bulletin,
    "case": _case,
    "effect": _effect,
    "event": _event,
    "finding": _finding,
    "mission": _mission,
    "raw": _raw,
    "release": _release,
    "review": _review,
    "suspension": _suspension,
}
