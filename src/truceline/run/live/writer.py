"""One thread that writes: it plans what was asked against what is committed, and puts many plans into one append.

What was asked is answered once its entries are on the disk, and told to nobody before. Where an append fails, all that
waited for it fail with it, nothing of them stands, and the state is rebuilt from the record.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.model.desk import Answer
from truceline.model.entry import Entry

MOST_TOGETHER = 256  # plans in one append
_STOP = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What an operation will do: its entries, and what it is about; two plans about one thing never share an append."""

    subject: str
    entries: Sequence[Entry]
    touches: frozenset[str] = frozenset()
    body: dict[str, object] = field(default_factory=dict)
    repeated: tuple[int, ...] | None = None  # positions of the same operation, done before


Plan = Callable[[], Planned]  # against the committed state; raises a TrucelineError to refuse


@dataclass(slots=True)
class _Asked:
    plan: Plan
    future: "Future[Answer]"


class Writer:
    """The single writer of a live record.

    Args:
        append: puts entries into the record and returns their positions; raises UnavailableError.
        applied: takes them into the state, in order.
        rebuild: opens the record and rebuilds the state: at the start, and after a failure.
        idle: called between batches, to plan what time brings; returns how long to wait at most, in seconds.
        ended: called last, on the writer's thread, which alone may close what it opened.
    """

    def __init__(
        self,
        *,
        append: Callable[[Sequence[Entry]], range],
        applied: Callable[[int, Sequence[Entry]], None],
        rebuild: Callable[[], None],
        idle: Callable[[], float],
        ended: Callable[[], None],
    ) -> None:
        self._append, self._applied, self._rebuild, self._idle = append, applied, rebuild, idle
        self._ended = ended
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="truceline-writer", daemon=True)
        self._closed = False
        self._ready: Future[None] = Future()
        self.failure: TrucelineError | None = None  # why nothing can be written at present

    def start(self) -> None:
        """Begin to write; returns when the state has been rebuilt. Raises: what `rebuild` raises."""
        self._thread.start()
        self._ready.result()

    def ask(self, plan: Plan) -> "Future[Answer]":
        """Queue a plan; the future holds the answer once it is durable, or the refusal."""
        future: Future[Answer] = Future()
        if self._closed:
            future.set_exception(UnavailableError("it is closing.", subject="desk", remedy="Try again soon."))
        else:
            self._queue.put(_Asked(plan, future))
        return future

    def close(self) -> None:
        """Write what was asked, then stop."""
        self._closed = True
        self._queue.put(_STOP)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._rebuild()
        except TrucelineError as error:
            self._closed = True
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        wait_s = 0.0
        while True:
            batch = self._next(wait_s)
            stopping = _STOP in batch
            self._serve([asked for asked in batch if asked is not None])
            if stopping:
                self._ended()
                return
            try:
                wait_s = self._idle()
            except TrucelineError as error:
                self._fail(error)
                wait_s = 1.0

    def _next(self, wait_s: float) -> list[_Asked | None]:
        """Everything that waits, at most so many; waits for the first."""
        batch: list[_Asked | None] = []
        try:
            batch.append(self._queue.get(timeout=max(wait_s, 0.001)))
            while len(batch) < MOST_TOGETHER and batch[-1] is not _STOP:
                batch.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _serve(self, batch: list[_Asked]) -> None:
        waiting: list[tuple[_Asked, Planned]] = []
        touched: set[str] = set()
        for asked in batch:
            planned = self._planned(asked)
            if planned is not None and touched & planned.touches:
                self._flush(waiting)
                waiting, touched = [], set()
                planned = self._planned(asked)  # again, for the state has moved on
            if planned is not None:
                waiting.append((asked, planned))
                touched |= planned.touches
        self._flush(waiting)

    def _planned(self, asked: _Asked) -> Planned | None:
        try:
            return asked.plan()
        except TrucelineError as error:
            asked.future.set_exception(error)
            return None

    def _flush(self, waiting: list[tuple[_Asked, Planned]]) -> None:
        entries = [entry for _, planned in waiting for entry in planned.entries]
        first = 0
        try:
            first = self.write(entries)
        except TrucelineError as error:
            for asked, _ in waiting:
                asked.future.set_exception(error)
            self._fail(error)
            return
        for asked, planned in waiting:
            count = len(planned.entries)
            asked.future.set_result(
                Answer(
                    subject=planned.subject,
                    positions=planned.repeated or tuple(range(first, first + count)),
                    repeated=planned.repeated is not None,
                    body=planned.body,
                )
            )
            first += count

    def write(self, entries: Sequence[Entry]) -> int:
        """Append and take in, on the writer's own thread; the first position. Raises: UnavailableError."""
        if not entries:
            return 0
        positions = self._append(entries)
        self._applied(positions.start, entries)
        self.failure = None
        return positions.start

    def _fail(self, error: TrucelineError) -> None:
        """Nothing stands that was not written: look at the record again. A damaged record stays closed."""
        self.failure = error
        if isinstance(error, IntegrityError):
            return
        try:
            self._rebuild()
            self.failure = None
        except TrucelineError as worse:
            self.failure = worse
