"""One live mission: what is asked is decided, written, then told; what is shown goes through release.

Three threads: the writer (the only one that touches the log), the judge (reads what came in, works out findings), and
the outbox (sends). Readers may call from any thread.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import (
    ContradictionError,
    InputError,
    NotSignedInError,
    RefusedError,
    TrucelineError,
    UnavailableError,
    UnknownNameError,
    UnreadableError,
)
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.fuse import check_review
from truceline.mandate import parse_mandates
from truceline.model.account import Account, Recipient
from truceline.model.desk import Answer, Cursor, Item
from truceline.model.entry import Entry
from truceline.model.inputs import Inputs
from truceline.model.products import Products
from truceline.model.release import ItemKind, Terms
from truceline.model.review import Review
from truceline.record import Database, Record, open_record
from truceline.record.custody import for_itself
from truceline.record.sealed.reading import refuse_alike
from truceline.record.sealed.vault import Vault
from truceline.release import check_rules, release, shown, standing
from truceline.respond import CaseState, entry_of, suspension_entry
from truceline.run.keeping.erasing import with_sealed
from truceline.run.live.clock import Clock, steady_us, wall_us
from truceline.run.live.operations import Decide, Operation, digest_of, keyed, refusal
from truceline.run.live.outbox import Outbox, Settled, letter_of
from truceline.run.live.state.books import CODE, Books, Issued, books_of, heard_of, keep_mandates, settled_mark
from truceline.run.live.state.views import Tables, bulletins_of, cases_of, compartments_of, resting_on
from truceline.run.live.writer import Planned, Writer
from truceline.run.mission import read_inputs

RECORD = "record"
MOST_CHANGES = 100_000  # how far back a reader can be told what changed without reading all again
_CATCH_UP = 1_000  # timers that run out in one append
_LONGEST_WAIT_S = 1.0
_JUDGED_AGAIN = ("raw", "review", "suspension")  # entries after which findings are worked out again
Kept = TypeVar("Kept")
_ACCOUNTS = frozenset(("accounts",))  # what an account may do: read by every operation, changed by few
_REMEMBERED: tuple[type[TrucelineError], ...] = (InputError, RefusedError)  # refusals that the record keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Something that was written or became different, and when: by log position, and by the desk's own count."""

    revision: int
    position: int
    kind: ItemKind
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was judged, and whose it is: one object, so that no reader meets new rows with old terms."""

    number: int
    tables: Tables
    confidential: Mapping[str, str]
    compartments: Mapping[str, frozenset[str]]  # of these rows and all that rests on them


_KEPT_LIVE: tuple[ItemKind, ...] = ("case", "bulletin")  # tables that follow from the books, not from judging


class Older(Protocol):
    """Rows that are in the record and not in memory."""

    def older(self, kind: ItemKind, *, without: Collection[str] = ()) -> Iterator[pa.Table]:
        """The mission's own rows of a kind, a batch at a time, but what rests on these observations."""


class Desk:
    """Use `open_desk`."""

    def __init__(self, folder: Path, inputs: Inputs, clock: Clock, *, database: Database | None, password: str) -> None:
        self.folder, self.inputs, self.mission = folder, inputs, inputs.mission
        self.clock, self.database = clock, database
        self.vault = Vault(folder / self.mission.keep.keys)
        self._sealing = threading.Lock()  # one maker of keys at a time
        self.mandates = parse_mandates(inputs.mandates)
        self.books = Books()
        self._judged = _Judged(number=0, tables={}, confidential={}, compartments={})
        self.products: Products | None = None  # of the latest round
        self.archive: Older | None = None  # what is too old to be held, where the store is large
        self.changes: deque[Changed] = deque(maxlen=MOST_CHANGES)
        self.revision = 0  # grows with everything that makes any released row differ
        self.tables_since = 0  # the revision at which what was judged was last replaced
        self._forgotten_revision = 0
        self.forgotten = 0  # changes at positions below it are no longer listed one by one
        self.trusted: list[Account] = []  # programs of the desk's own that speak for no person
        self.sizes: dict[Path, int] = {}  # files in the watched folder, as they were seen last
        self.fault = ""  # what keeps new observations from being judged, in words
        self._record: Record | None = None
        self._listeners: list[Callable[[], None]] = []
        self._versions = {"terms": 0, "case": 0, "bulletin": 0}  # counted up by what changes them
        self._kept: dict[tuple[str, ...], tuple[tuple[int, ...], Any]] = {}  # by what, with its versions
        self._lock = threading.Lock()
        self._last_tick_us = 0
        self.work = threading.Event()  # set when there is something to judge
        self.writer = Writer(
            append=self._append, applied=self._applied, rebuild=self._rebuild, idle=self._idle, ended=self._ended
        )
        self.outbox = Outbox(self.mission, folder, password=password, now_us=clock.now_us, settled=self._settle)

    # --- reading ------------------------------

    @property
    def tables(self) -> Tables:
        """What was judged, replaced as a whole."""
        return self._judged.tables

    @property
    def confidential(self) -> Mapping[str, str]:
        """Party by row id, of rows that came in from a party's liaison."""
        return self._judged.confidential

    @property
    def position(self) -> int:
        """How many entries the state holds."""
        return self.books.position

    def now_us(self) -> int:
        """The desk's time, microseconds UTC."""
        return self.clock.now_us()

    def account(self, name: str) -> Account | None:
        """The account of this name as it is now."""
        return self.books.account(name)

    def released(self, kind: ItemKind, to: Recipient) -> pa.Table:
        """What is released to somebody of a kind, each row with `visible_from_us`; kept until something changes."""
        needs = ("terms", kind if kind in _KEPT_LIVE else "judged")
        return self._keep(
            ("released", kind, str(to)),
            needs,
            lambda: release(self.own(kind), kind=kind, to=to, rules=self.mission.release, terms=self.terms()),
        )

    def version(self, kind: ItemKind) -> tuple[int, ...]:
        """Differs whenever what is released of a kind may differ."""
        return tuple(map(self._version, ("terms", kind if kind in _KEPT_LIVE else "judged")))

    def _version(self, name: str) -> int:
        return self._judged.number if name == "judged" else self._versions[name]

    def table(self, kind: ItemKind, to: Recipient) -> pa.Table:
        """What somebody may see of a kind at this moment."""
        return shown(self.released(kind, to), now_us=self.now_us())

    def own(self, kind: ItemKind) -> pa.Table:
        """The mission's own table. Nobody is shown it but through `release`."""
        if kind == "case":
            return self._keep(("own", kind), (kind,), lambda: cases_of(list(self.books.cases.cases.values())))
        if kind == "bulletin":
            return self._keep(("own", kind), (kind,), lambda: bulletins_of(self.books))
        return self.tables[kind]

    def terms(self) -> Terms:
        """What release must know, as things stand."""
        return self._keep(("terms",), ("terms", "judged"), self._terms)

    def _terms(self) -> Terms:
        books = self.books
        embargoed, published = standing(books.released)
        return Terms(
            compartments=self._judged.compartments,
            addressed=dict(books.addressed),
            told=dict(books.told),
            embargoed=embargoed,
            published=published,
        )

    def kinds(self) -> tuple[ItemKind, ...]:
        """The kinds of item there are to show."""
        return (*self.tables, *_KEPT_LIVE)

    def items(self, cursor: Cursor, to: Recipient) -> tuple[list[Item], Cursor]:
        """What somebody may learn since the cursor, and the cursor after it.

        What changed and may be seen, and what became visible since. A reader who was away for too long is told to read
        everything again: one item of kind `reset`.
        """
        with self._lock:  # what is committed meanwhile has a position from `head` on
            head = Cursor(position=self.position, at_us=self.now_us())
            changes, forgotten = self.changes.copy(), self.forgotten
        if cursor.position < forgotten:
            return [Item(kind="reset", subject="", body=b"{}")], head
        changed: dict[ItemKind, set[str]] = {}
        for change in reversed(changes):
            if change.position < cursor.position:
                break
            changed.setdefault(change.kind, set()).add(change.item)
        found: dict[tuple[str, str], Item] = {}
        for kind, ids in changed.items():
            found |= _items(shown(self.released_some(kind, ids, to), now_us=head.at_us), kind)
        if to.kind != "mission" and head.at_us // US_PER_S > cursor.at_us // US_PER_S:
            for kind in self.kinds():
                found |= _items(_between(self.released(kind, to), cursor.at_us, head.at_us), kind)
        return [found[name] for name in sorted(found)], head

    def changed_since(self, kind: ItemKind, revision: int) -> frozenset[str] | None:
        """Ids of a kind that may be released otherwise than at that revision; None: that is not known any more."""
        if revision < self._forgotten_revision:
            return None
        if kind not in ("event", "finding", "case", "bulletin"):
            return None if revision < self.tables_since else frozenset()
        with self._lock:
            changes = self.changes.copy()
        since = [change for change in changes if change.revision > revision]
        found = {change.item for change in since if change.kind == kind}
        events = {change.item for change in since if change.kind == "event"}
        if events and kind == "case":
            found |= {case for event in events for case in self.books.cases.of_event.get(event, ())}
        elif events and kind == "finding":
            found |= set(resting_on(self.tables["finding"], "event_ids", events)["finding_id"].to_pylist())
        return frozenset(found)

    def released_older(self, kind: ItemKind, to: Recipient) -> Iterator[pa.Table]:
        """As `released`, what is not held in memory; what rests on a party's rows goes to nobody but the mission."""
        without = () if to.kind == "mission" else tuple(self.confidential)
        for rows in self.archive.older(kind, without=without) if self.archive else ():
            yield release(rows, kind=kind, to=to, rules=self.mission.release, terms=self.terms())

    def released_some(self, kind: ItemKind, ids: Collection[str], to: Recipient) -> pa.Table:
        """As `released`, for these ids alone."""
        rows = self._some(kind, set(ids))
        return release(rows, kind=kind, to=to, rules=self.mission.release, terms=self.terms())

    def _some(self, kind: ItemKind, ids: set[str]) -> pa.Table:
        """The mission's own rows of these ids."""
        if kind == "case":
            cases = self.books.cases.cases
            return cases_of([cases[each] for each in sorted(ids) if each in cases])
        rows = self.own(kind)
        return rows.filter(pc.is_in(rows[rows.column_names[0]], value_set=pa.array(sorted(ids), pa.string())))

    def _keep(self, name: tuple[str, ...], needs: tuple[str, ...], make: Callable[[], Kept]) -> Kept:
        """Made once for each version of what it is made of."""
        versions = tuple(map(self._version, needs))
        held = self._kept.get(name)
        if held is None or held[0] != versions:
            held = (versions, make())
            self._kept[name] = held
        kept: Kept = held[1]
        return kept

    def issued(self, bulletin_id: str) -> Issued:
        """An issue of a bulletin. Raises: UnknownNameError."""
        if bulletin_id not in self.books.issued:
            raise UnknownNameError(
                f"there is no {bulletin_id[:80]!r}.", subject="bulletin", remedy="See the list of bulletins."
            )
        return self.books.issued[bulletin_id]

    def entries(self, kind: str, subject: str) -> list[tuple[int, Entry]]:
        """Entries of one kind about one subject, from the record. Raises: UnavailableError, IntegrityError."""
        with self.reading() as record:
            return list(record.entries(kind=kind, subject=subject))

    def content(self, sha256: str) -> bytes:
        """Bytes of the content store, checked. Raises: UnknownNameError, IntegrityError."""
        with self.reading() as record:
            return record.get(sha256)

    def reading(self) -> Record:
        """The record, for one reading beside the writer. Raises: UnavailableError, IntegrityError."""
        return open_record(self.folder / RECORD, database=self.database, writing=False, vault=self.vault)

    # --- writing ------------------------------

    def ask(self, operation: Operation, *, by: Account, key: str = "") -> "Future[Answer]":
        """Carry out an operation: the future holds its answer once it is durable, or the refusal.

        Args:
            by: the account that signed in; what it may do is looked up again when the operation is planned.
            key: the same key by the same account is the same operation, carried out once.
        """
        return self.writer.ask(lambda: self._plan(operation, by, key))

    def review(self, review: Review, *, by: Account, key: str = "") -> "Future[Answer]":
        """A person's decision about events as they are shown now; as `ask`.

        Raises: InputError: it cannot be meant: no such event, no such member, a value that cannot be.
        """
        events = self.own("event")
        if review.act != "add":
            events = self._some("event", {review.event_id, *review.others})
        parties = frozenset(party.name for mandate in self.mandates for party in mandate.parties)
        checked = check_review(review, events, parties=parties, compartments=self.confidential)
        return self.ask(Decide(review=checked), by=by, key=key)

    def ask_with(
        self, operation: Operation, contents: Sequence[bytes], *, by: Account, key: str = ""
    ) -> "Future[Answer]":
        """As `ask`, for an operation that speaks about these bytes: they are put into the content store before."""

        def plan() -> Planned:
            for content in contents:
                self.put(content)
            return self._plan(operation, by, key)

        return self.writer.ask(plan)

    def put(self, content: bytes) -> str:
        """Keep bytes, sealed or not, and return their hash; only inside a plan. Raises: UnavailableError."""
        return self.record().put_stored(content)

    def as_stored(self, content: bytes, compartment: str) -> bytes:
        """Bytes as the record keeps them: a party's under its own key. Raises: InputError, UnavailableError."""
        if not compartment:
            refuse_alike(content)
            return content
        with self._sealing:
            return self.vault.seal(content, compartment)

    def write(self, subject: str, entries: Sequence[Entry]) -> "Future[Answer]":
        """Entries of the desk itself: what it found, made, or was told by its own clocks."""
        touches = frozenset(entry.subject for entry in entries)
        return self.writer.ask(lambda: Planned(subject=subject, entries=entries, touches=touches))

    def follow(self, told: Callable[[], None]) -> None:
        """Call this after each commit and whenever something becomes visible, from another thread."""
        self._listeners.append(told)

    def show(
        self, tables: Tables, changed: Mapping[ItemKind, set[str]], *, confidential: Mapping[str, str] | None = None
    ) -> None:
        """Replace what was judged; the rows that are different are told to whoever follows.

        Args: confidential: party by row id, of rows that came in from a party's liaison.
        """
        theirs = confidential or {}
        compartments = compartments_of(self.books, tables, theirs)
        with self._lock:
            self._judged = _Judged(
                number=self._judged.number + 1, tables=tables, confidential=theirs, compartments=compartments
            )
            self.revision += 1
            self.tables_since = self.revision
            for kind, items in changed.items():
                for item in sorted(items):
                    self._changed(self.position, kind, item)
        self._tell()

    def close(self) -> None:
        """Write what was asked, and stop. What was not sent is sent after the next start."""
        self.outbox.close()
        self.writer.close()

    # --- the writer's own ------------------------------

    def _plan(self, operation: Operation, by: Account, key: str) -> Planned:
        """What an operation writes; a refusal is written too, and told once that is durable."""
        now_us = self.now_us()
        try:
            account = self._standing(by)
            planned = self._asked_before(operation, account, key) or self._fresh(operation, account, key, now_us)
        except _REMEMBERED as error:
            if not by.name:
                raise
            entry = refusal(error, by.name, operation, now_us)
            planned = Planned(subject=error.subject, entries=(entry,), touches=frozenset(), refused=error)
        keyed = frozenset((f"{by.name}\n{key}",)) if key else frozenset[str]()
        accounts = _ACCOUNTS if any(entry.kind == "account" for entry in planned.entries) else frozenset[str]()
        return planned.touching(keyed | accounts, reads=_ACCOUNTS)

    def _asked_before(self, operation: Operation, account: Account, key: str) -> Planned | None:
        """The same operation under the same key. Raises: ContradictionError: the key stands for another one."""
        before = self.books.done.get((account.name, key)) if key else None
        if before is None:
            return None
        if before.digest != digest_of(operation, account.name):
            raise ContradictionError(
                "this key stands for another operation.", subject=key[:80], remedy="Use a new key for each."
            )
        return Planned(subject=before.subject, entries=(), repeated=(before.position,))

    def _fresh(self, operation: Operation, account: Account, key: str, now_us: int) -> Planned:
        planned = keyed(operation.plan(self.books, account, now_us), key, digest_of(operation, account.name))
        for entry in planned.entries:
            self._must_be_kept(entry)
        return planned

    def _must_be_kept(self, entry: Entry) -> None:
        """Raise where the record could not hold this: nobody else's entries are to fail with it."""
        record = self.record()
        absent = [sha256 for sha256 in entry.hashes if not record.has(sha256)]
        if absent:
            raise UnknownNameError("nothing of this hash was sent.", subject=absent[0], remedy="Send it first.")
        try:
            canonical_bytes(entry.body())
        except UnicodeEncodeError:
            raise UnreadableError(
                "it holds half a character.", subject=entry.kind, remedy="Send text that is whole Unicode."
            ) from None

    def _standing(self, by: Account) -> Account:
        """The account as it is now, not as it was when it signed in; nobody is the desk or a visitor."""
        if not by.name or by in self.trusted:
            return by
        standing = self.books.account(by.name)
        if standing is None or standing.disabled:
            raise NotSignedInError("it may no longer enter.", subject=by.name[:80], remedy="Sign in again.")
        return standing

    def record(self) -> Record:
        """The writer's own; only inside a plan. Raises: UnavailableError."""
        if self._record is None:
            raise UnavailableError("the record is not open.", subject="desk", remedy="Try again soon.")
        return self._record

    def _append(self, entries: Sequence[Entry]) -> range:
        return self.record().append(entries)

    def _applied(self, first: int, entries: Sequence[Entry]) -> None:
        with self._lock:
            for position, entry in enumerate(entries, start=first):
                self._take(position, entry)
            fresh, self.books.asked_for = self.books.asked_for, []
        for effect in fresh:
            self.outbox.put(letter_of(effect, self.mission))
        if any(entry.kind in _JUDGED_AGAIN for entry in entries):
            self.work.set()
        self._tell()

    def _take(self, position: int, entry: Entry) -> None:
        before = self.books.cases.cases.get(entry.subject) if entry.kind == "case" else None
        self.books.apply(position, entry)
        if entry.kind == "case":
            after = self.books.cases.cases[entry.subject]
            self._versions["case"] += 1
            self._versions["terms"] += before is None or heard_of(before) != heard_of(after)
            self._changed(position, "case", entry.subject)
            if before is not None and heard_of(before) != heard_of(after):
                self._told_of(position, after)
        elif entry.kind == "release":
            self._versions["terms"] += 1
            self._decided_of(position, entry)
        elif entry.kind == "raw":
            self._versions["terms"] += 1
        elif entry.kind == "bulletin":
            self._versions["bulletin"] += 1
            self._changed(position, "bulletin", entry.subject)

    def _told_of(self, position: int, case: CaseState) -> None:
        """What a case is about is seen otherwise once it tells its addressees, names one of them, or ends."""
        for item in case.opening.finding_ids:
            self._changed(position, "finding", item)
        for item in case.opening.event_ids:
            self._changed(position, "event", item)

    def _decided_of(self, position: int, entry: Entry) -> None:
        """What an embargo or a publication is about, and what rests on it."""
        items = entry.detail.get("items")
        kinds: dict[str, ItemKind] = {"evt": "event", "fnd": "finding", "case": "case"}
        for item in items if isinstance(items, list) else ():
            kind = kinds.get(str(item).partition("-")[0])
            if kind is None:
                self._forgotten_revision = self.revision  # of a kind whose changes are not listed: read all again
            else:
                self._changed(position, kind, str(item))

    def _changed(self, position: int, kind: ItemKind, item: str) -> None:
        if len(self.changes) == MOST_CHANGES:
            self.forgotten = self.changes[0].position + 1
            self._forgotten_revision = self.changes[0].revision
        self.revision += 1
        self.changes.append(Changed(revision=self.revision, position=position, kind=kind, item=item))

    def _settle(self, settled: Settled) -> None:
        detail: dict[str, object] = {"state": settled.state, "words": settled.words, "attempts": settled.attempts}
        entry = Entry(kind="effect", subject=settled.key, author=CODE, known_at=stamp(self.now_us()), detail=detail)
        self.write(settled.key, (entry,))

    def _idle(self) -> float:
        """What time brings: timers that ran out, each recorded with its own due time, as far as they lead."""
        now_us = self.now_us()
        while due := self._due(now_us):
            self.writer.write(due)
        if mark := settled_mark(self.books, now_us=now_us):
            self.writer.write((mark,))
        timers = (self.books.cases.next_due_us(), self.books.suspensions.next_due_us())
        next_us = min((at_us for at_us in timers if at_us is not None), default=None)
        wait_s = _LONGEST_WAIT_S if next_us is None else (next_us - now_us) / US_PER_S
        if now_us - self._last_tick_us >= US_PER_S:
            self._last_tick_us = now_us
            self._tell()
        return min(_LONGEST_WAIT_S, max(0.0, wait_s))

    def _due(self, now_us: int) -> list[Entry]:
        """Entries of timers that are over: of each case at most one, for the next follows from it."""
        found = []
        for case_id, event in self.books.cases.due(now_us):
            found.append(entry_of(case_id, replace(event, author=CODE), known_at_us=now_us))
            if len(found) == _CATCH_UP:
                return found
        for subject, ended in self.books.suspensions.due(now_us):
            found.append(suspension_entry(subject, replace(ended, author=CODE), known_at_us=now_us))
        return found

    def _rebuild(self) -> None:
        """Open the record and take in all of it, on the writer's thread."""
        if self._record is not None:
            self._record.close()
            self._record = None
        with for_itself(), contextlib.ExitStack() as opened:  # closed where it is of no use: it would keep all out
            record = opened.enter_context(open_record(self.folder / RECORD, database=self.database, vault=self.vault))
            books = books_of(record, self.mission)
            self.inputs = with_sealed(record, self.vault, self.inputs)
            keep_mandates(record, books, self.inputs, now_us=max(books.last_known_us, self.now_us()))
            opened.pop_all()
        self.clock.not_before(books.last_known_us)
        with self._lock:
            self.books, self._record = books, record
            self.changes.clear()
            self.forgotten = books.position
            self._versions = {name: count + 1 for name, count in self._versions.items()}
            self.revision += 1
            self._forgotten_revision = self.revision
        for effect in books.cases.pending.values():
            self.outbox.put(letter_of(effect, self.mission))
        self.work.set()
        self._tell()

    def _ended(self) -> None:
        if self._record is not None:
            self._record.close()

    def _tell(self) -> None:
        for told in self._listeners:
            told()


def _items(rows: pa.Table, kind: ItemKind) -> dict[tuple[str, str], Item]:
    named = rows.column_names[0]
    return {
        (kind, row[named]): Item(kind=kind, subject=row[named], body=msgspec.json.encode(row))
        for row in rows.to_pylist()
    }


def _between(released: pa.Table, after_us: int, until_us: int) -> pa.Table:
    """Rows that became visible after one moment and until another."""
    at_us = released["visible_from_us"]
    return shown(released.filter(pc.greater(at_us, after_us)), now_us=until_us)


def open_desk(
    folder: Path,
    *,
    database: Database | None = None,
    password: str = "",
    wall: Callable[[], int] = wall_us,
    steady: Callable[[], int] = steady_us,
) -> Desk:
    """A live mission, its state rebuilt from its record.

    Args:
        folder: the mission's.
        database: where in PostgreSQL the log is; None: in the folder.
        password: of the mission's mail account.
        wall, steady: the clocks, for simulation.

    Raises: InputError: the declaration. UnavailableError: another process writes to the record. IntegrityError.
    """
    inputs = read_inputs(folder, now_us=wall())
    check_rules(inputs.mission.release)
    clock = Clock(jump_s=inputs.mission.serve.clock_jump_s, wall=wall, steady=steady)
    desk = Desk(folder, inputs, clock, database=database, password=password)
    desk.writer.start()
    desk.outbox.start()
    return desk
