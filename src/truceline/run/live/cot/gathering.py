"""What came in on a line, gathered for a second, then handed to the desk as one live file of the line's feed.

Whatever is not handed on is counted. More than the desk takes is not held: streams wait, datagrams are left.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

from truceline.base.errors import InputError, IntegrityError, UnavailableError
from truceline.model.account import Account
from truceline.model.desk import Answer
from truceline.model.mission import Feed
from truceline.observe.cot.frames import EVENTS, Piece
from truceline.observe.cot.rows import event_of, is_of_people, taken_types
from truceline.observe.cot.writing import as_kept
from truceline.run.live.desk import Desk
from truceline.run.live.watching.intake import Sent, receive
from truceline.run.live.writer import outcome

SENDER = Account(name="Cursor on Target", role="watch_officer")
MOST_EVENTS = 1_000  # in one file, and so in a second of one line
MOST_FILE_BYTES = 2 * 2**20
MOST_WAITING_BYTES = 4 * 2**20
_BESIDE_BYTES = 200  # what an event takes besides its own bytes while it waits


@dataclass(slots=True)
class Counts:
    """What became of everything on the lines since the start."""

    connections: int = 0
    turned_away: int = 0  # no peer of ours, or too many at once
    closed: int = 0  # by our rules: too slow, too much that is no event, out of step
    events: int = 0  # that came whole
    garbage_bytes: int = 0
    too_large: int = 0
    cut: int = 0
    people: int = 0  # where their sender's side is: not kept
    dropped: int = 0  # datagrams for which there was no room
    files: int = 0
    rows: int = 0
    rejects: int = 0
    refused: int = 0  # events of files of which nothing could be read
    sent: int = 0  # events that went out


class Gathering:
    """Events for one feed that wait to be handed on. All but the desk's own work happens on the loop's thread."""

    def __init__(self, desk: Desk, feed: Feed, *, name: str, counts: Counts) -> None:
        self.room = asyncio.Event()
        self.room.set()
        self.fault = ""  # why the desk does not take them, in words
        self._desk, self._feed, self._name, self._counts = desk, feed, name, counts
        self._taken = taken_types(feed)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0

    def add(self, pieces: Iterable[Piece]) -> None:
        """Count these, and keep the events among them; where people are is counted and not kept."""
        for piece in pieces:
            if piece.kind in EVENTS:
                self._counts.events += 1
                self._keep(piece)
            elif piece.kind == "garbage":
                self._counts.garbage_bytes += piece.size_bytes
            elif piece.kind == "too-large":
                self._counts.too_large += 1
            else:
                self._counts.cut += 1
        if self._waiting_bytes >= MOST_WAITING_BYTES:
            self.room.clear()

    def _keep(self, piece: Piece) -> None:
        try:
            event_of(piece, self._taken)
        except InputError as fault:
            if is_of_people(fault):
                self._counts.people += 1
                return
            # any other fault is the reader's to name: the event is recorded as it came
        kept = as_kept(piece)
        self._waiting.append(kept)
        self._waiting_bytes += len(kept) + _BESIDE_BYTES

    async def hand_on(self, worker: Executor) -> None:
        """One file to the desk, if anything waits; it waits on where the record cannot be written now."""
        file = self._next_file()
        if not file:
            return
        sent = Sent(content=b"".join(file), name=self._name, feed=self._feed.name, format="cot")
        loop = asyncio.get_running_loop()
        answer, error = await loop.run_in_executor(worker, outcome, partial(_received, self._desk, sent))
        self.fault = f"{type(error).__name__}: {error}" if error and not isinstance(error, InputError) else ""
        if isinstance(error, UnavailableError | IntegrityError):
            return
        for _ in file:
            self._waiting_bytes -= len(self._waiting.popleft()) + _BESIDE_BYTES
        if self._waiting_bytes < MOST_WAITING_BYTES:
            self.room.set()
        if answer is None:
            self._counts.refused += len(file)
            return
        self._counts.files += 1
        self._counts.rows += _number(answer, "rows")
        self._counts.rejects += _number(answer, "rejects")

    def _next_file(self) -> list[bytes]:
        file: list[bytes] = []
        size_bytes = 0
        for kept in self._waiting:
            size_bytes += len(kept)
            if len(file) == MOST_EVENTS or size_bytes > MOST_FILE_BYTES:
                break
            file.append(kept)
        return file


def _received(desk: Desk, sent: Sent) -> Answer:
    return receive(desk, sent, by=SENDER).result()


def _number(answer: Answer, name: str) -> int:
    found = answer.body[name]
    assert isinstance(found, int), f"a receipt counts its {name}"
    return found
