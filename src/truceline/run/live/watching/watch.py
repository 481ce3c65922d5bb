"""The watch: takes in what arrives, has it judged, records what follows, opens the cases that findings ask for.

One thread. What it works out is written by the desk's writer like everything else, and shown once it is written.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import UnknownNameError
from truceline.base.time import stamp
from truceline.model.account import Recipient
from truceline.model.case import CaseEvent, Opening
from truceline.model.entry import Entry
from truceline.model.products import Products
from truceline.model.release import ItemKind
from truceline.record.custody import for_itself
from truceline.release import receipt, shown
from truceline.respond import case_id_of, entry_of, notices_of, proposals, suspension_entry, visits_of
from truceline.run.batch import finding_entry
from truceline.run.live.desk import Desk
from truceline.run.live.operations import opened
from truceline.run.live.state.books import CODE, live_files
from truceline.run.live.state.views import Tables, tables_of
from truceline.run.live.watching.archive import begun
from truceline.run.live.watching.intake import WATCHER, take_watched
from truceline.run.live.watching.issuing import Issuing
from truceline.run.live.watching.judging import Judging, openings_of
from truceline.run.live.writer import Planned, outcome
from truceline.terms.meaning import mandate_sha256

POLL_S = 1.0
_COMPARED: tuple[ItemKind, ...] = ("event", "finding")


@dataclass(slots=True)
class Watch:
    """Use `watch_of`; `start` returns at once."""

    desk: Desk
    issuing: Issuing
    judging: Judging | None = None
    rounds: int = 0  # how often everything that had come in by then was judged and written
    _closed: threading.Event = field(default_factory=threading.Event)
    _judged: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="truceline-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after what is being judged."""
        self._closed.set()
        self.desk.work.set()
        if self._thread is not None:
            self._thread.join()

    def wait(self, rounds: int, timeout_s: float) -> bool:
        """Whether so many rounds were made in time."""
        with self._judged:
            return self._judged.wait_for(lambda: self.rounds >= rounds, timeout_s)

    def _run(self) -> None:
        with for_itself():
            self._watch()

    def _watch(self) -> None:
        waits = False  # something came in, or changed, that was not judged yet
        while not self._closed.is_set():
            waits |= self.desk.work.wait(POLL_S)
            self.desk.work.clear()
            _, unread = outcome(lambda: take_watched(self.desk))
            _, error = outcome(partial(self._turn, waits))
            waits = waits and error is not None  # what could not be judged is tried again
            self.desk.fault = "; ".join(f"{type(each).__name__}: {each}" for each in (error, unread) if each)

    def _turn(self, waits: bool) -> None:
        give_receipts(self.desk)
        if waits and not self._closed.is_set():
            self.judge()
        if self.rounds:
            self.issuing.issue_due()

    def judge(self) -> None:
        """One round: everything that has come in is read, judged, written, shown."""
        desk = self.desk
        if self.judging is None:
            self.judging, desk.archive = begun(desk)
        arrived = [each for each in list(desk.books.arrived.values()) if each.key not in self.judging.seen]
        self.judging.add(live_files(arrived, desk.content, id_key=desk.books.id_key))
        now_us = desk.now_us()
        products = self.judging.judge(
            reviews=tuple(desk.books.reviews),
            journal=desk.books.journal,
            decided=notices_of(desk.books.suspensions),
            visits=visits_of(list(desk.books.cases.cases.values())),
            now_us=now_us,
        )
        tables = tables_of(products)
        journal = _journal_entries(desk, tables, now_us)
        desk.writer.ask(lambda: self._planned(products, journal, now_us)).result()
        changed = {kind: _different(desk.tables.get(kind), tables[kind]) for kind in _COMPARED}
        desk.products = products
        desk.show(tables, changed, confidential=self.judging.work.compartments)
        with self._judged:
            self.rounds += 1
            self._judged.notify_all()

    def _planned(self, products: Products, journal: Sequence[Entry], now_us: int) -> Planned:
        """What a round writes: ids of new events, findings that are new or different, cases, what cases must know."""
        desk, books = self.desk, self.desk.books
        entries = [*journal, *_finding_entries(desk, products, now_us)]
        automatic = desk.mission.serve.opens == "automatic"
        theirs = self.judging.work.compartments if self.judging else {}
        for opening in openings_of(
            products, automatic=automatic, known=lambda each: _is_open(desk, each), confidential=theirs
        ):
            entries += opened(books, opening, by=CODE, now_us=now_us).entries
        entries += _superseded(desk, products, now_us)
        entries += _proposed(desk, products, now_us)
        return Planned(subject="", entries=entries)


def watch_of(desk: Desk) -> Watch:
    """The watch of a desk; from now on the desk takes what is found in the watched folder."""
    if WATCHER not in desk.trusted:
        desk.trusted.append(WATCHER)
    return Watch(desk=desk, issuing=Issuing(desk))


def opening_about(desk: Desk, finding_id: str) -> Opening:
    """The case that a finding of breach asks for, whatever its status: for a person who opens one by hand.

    Raises: UnknownNameError: there is no such finding; or none that leads to a response.
    """
    if desk.products is not None:
        for opening in openings_of(
            desk.products, automatic=True, known=lambda _: False, confidential=desk.confidential
        ):
            if finding_id in opening.finding_ids:
                return opening
    raise UnknownNameError(
        f"no finding of breach {finding_id[:80]!r} leads to a response.",
        subject="case",
        remedy="See the findings; a clause must name a response.",
    )


def give_receipts(desk: Desk) -> None:
    """For each finding that parties were told of: the receipt that all of them got the same, once all of them have it.

    Raises: IntegrityError: they did not get the same; nothing more is to be published then.
    """
    waiting = dict(desk.books.unreceipted)
    if not waiting or "finding" not in desk.tables:
        return
    now_us, everybody = desk.now_us(), set()
    told: dict[str, dict[str, dict[str, object]]] = {}
    for mandate in desk.mandates:
        for party in mandate.parties:
            everybody.add(party.name)
            to = Recipient(kind="party", party=party.name)
            for row in shown(desk.released_some("finding", waiting, to), now_us=now_us).to_pylist():
                told.setdefault(row["finding_id"], {})[party.name] = row
    entries = []
    for finding_id, rows in told.items():
        if rows.keys() == everybody:
            made = receipt(rows, at_us=now_us)
            detail: dict[str, object] = {
                "at_us": made.at_us,
                "common_sha256": made.common_sha256,
                "parties": list(made.parties),
            }
            entries.append(
                Entry(kind="release", subject=finding_id, author=CODE, known_at=stamp(now_us), detail=detail)
            )
    if entries:
        desk.write("receipts", entries).result()


def _is_open(desk: Desk, opening: Opening) -> bool:
    return case_id_of(opening) in desk.books.cases.cases


def _journal_entries(desk: Desk, tables: Tables, now_us: int) -> list[Entry]:
    """One for each event that rests on something live and was given no id in the record yet."""
    observations, events = tables["observation"], tables["event"]
    raw = pa.array(sorted({sha256 for sha256, _, _ in list(desk.books.arrived)}), pa.string())
    live = set(observations.filter(pc.is_in(observations["raw_sha256"], value_set=raw))["observation_id"].to_pylist())
    found = []
    if live:
        for event_id, members in zip(events["event_id"].to_pylist(), events["members"].to_pylist(), strict=True):
            if event_id not in desk.books.journal and not live.isdisjoint(members):
                detail: dict[str, object] = {"members": list(members)}
                entry = Entry(kind="event", subject=event_id, author=CODE, known_at=stamp(now_us), detail=detail)
                found.append(entry)
    return found


def _finding_entries(desk: Desk, products: Products, now_us: int) -> list[Entry]:
    """Findings that the record does not hold so yet, with their certificates; on the writer's thread.

    A certificate proves its rows under the roots of whole tables, so it differs with every report that comes in; a
    finding is written down again only where the finding itself is another.
    """
    found = []
    for judged in products.judged:
        for row in judged.findings.to_pylist():
            sha256, basis = row["certificate_sha256"], _basis(row)
            if not sha256 or desk.books.verdicts.get(row["finding_id"]) == (row["verdict"], basis):
                continue
            kept = desk.put(judged.certificates[sha256])
            assert kept == sha256, "a certificate is kept under its own hash"
            entry = finding_entry(row, stamp(now_us))
            found.append(replace(entry, detail=entry.detail | {"basis": basis}))
    return found


def _basis(row: Mapping[str, object]) -> str:
    """What a finding says and rests on, but for the certificate that proves it: 16 hex digits of its hash."""
    return sha256_hex(canonical_bytes({name: row[name] for name in row if name != "certificate_sha256"}))[:16]


def _superseded(desk: Desk, products: Products, now_us: int) -> list[Entry]:
    """Into each open case whose findings of breach no longer stand: what they are now. Only a body closes a case."""
    verdicts = {
        finding_id: verdict
        for judged in products.judged
        for finding_id, verdict in zip(
            judged.findings["finding_id"].to_pylist(), judged.findings["verdict"].to_pylist(), strict=True
        )
    }
    found = []
    for case in desk.books.cases.cases.values():
        if case.ended or case.superseded:
            continue
        now = {each: verdicts.get(each, "withdrawn") for each in case.opening.finding_ids}
        if "breach" not in now.values():
            words = "; ".join(f"{each}: {verdict}" for each, verdict in now.items())
            event = CaseEvent(kind="superseded", at_us=max(now_us, case.last_at_us), author=CODE, words=words)
            found.append(entry_of(case.case_id, event, known_at_us=now_us))
    return found


def _proposed(desk: Desk, products: Products, now_us: int) -> list[Entry]:
    """Suspensions whose count was reached by something new: they are proposed, and somebody must decide."""
    ids, times = (products.events[name].to_pylist() for name in ("event_id", "earliest_at_us"))
    happened_us = {event_id: at_us for event_id, at_us in zip(ids, times, strict=True) if at_us is not None}
    books, found = desk.books, []
    for mandate in desk.mandates:
        procedure = books.cases.procedures[mandate_sha256(mandate)]
        for subject, event in proposals(books.suspensions, books.cases, happened_us, procedure=procedure, at_us=now_us):
            found.append(suspension_entry(subject, replace(event, author=CODE), known_at_us=now_us))
    return found


def _different(before: pa.Table | None, after: pa.Table) -> set[str]:
    """Ids of rows that are new, gone or say something else."""
    was, now = _by_id(before), _by_id(after)
    return {item for item in was.keys() | now.keys() if was.get(item) != now.get(item)}


def _by_id(table: pa.Table | None) -> Mapping[str, object]:
    if table is None:
        return {}
    kept = [name for name in table.column_names if name != "certificate_sha256"]  # renewed with every row that comes in
    rows: Iterable[dict[str, object]] = table.select(kept).to_pylist()
    return {str(row[table.column_names[0]]): row for row in rows}
