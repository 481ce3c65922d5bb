"""One thread that writes: it plans what was asked against what is committed, and puts many plans into one append.

What was asked is answered once its entries are on the disk, and told to nobody before. Where an append fails, all that
waited for it fail with it, whether they stand is looked up in the record, and the state is rebuilt from it.
Where a plan breaks a promise of our own, whoever asked for it is told, nothing of it stands, and the others go on.
Where writing itself does, or the record is damaged, nothing more is written until the program is started again.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.model.desk import Answer
from truceline.model.entry import Entry

MOST_TOGETHER = 256  # plans in one append
MOST_WAITING = 50_000  # plans that wait; more are refused
RETRY_S = 1.0  # after a failure the record is opened again so often
_STOP = None
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What an operation will do: its entries, and what it is about; two plans about one thing never share an append.

    A plan that was worked out from something that another plan of the same append changes is worked out again.
    """

    subject: str
    entries: Sequence[Entry]
    touches: frozenset[str] | None = None  # what it changes; None: the subjects of its entries
    reads: frozenset[str] = frozenset()  # what it was worked out from besides
    body: dict[str, object] = field(default_factory=dict)
    repeated: tuple[int, ...] | None = None  # positions of the same operation, done before
    refused: TrucelineError | None = None  # its entries say that, and whoever asked is told once they are durable

    @property
    def touched(self) -> frozenset[str]:
        """What is different after it."""
        return frozenset(each.subject for each in self.entries) if self.touches is None else self.touches

    def touching(self, more: frozenset[str], *, reads: frozenset[str]) -> "Planned":
        """The same, about more."""
        return replace(self, touches=self.touched | more, reads=self.reads | reads)


Plan = Callable[[], Planned]  # against the committed state; raises a TrucelineError to refuse


@dataclass(slots=True)
class _Asked:
    plan: Plan
    future: "Future[Answer]"


def outcome(act: Callable[[], Made]) -> tuple[Made | None, Exception | None]:
    """What comes of it: a thread's last line of defence, so that no fault ends the thread in silence."""
    try:
        return act(), None
    except Exception as error:  # noqa: BLE001 - the one place, named in tests/test_tidy.py
        return None, error


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
        self._asking = threading.Lock()
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
        with self._asking:
            problem = "it is closing." if self._closed else ""
            if self._queue.qsize() >= MOST_WAITING:
                problem = f"{MOST_WAITING} operations wait to be written."
            if not problem:
                self._queue.put(_Asked(plan, future))
                return future
        future.set_exception(UnavailableError(problem, subject="desk", remedy="Try again soon."))
        return future

    def close(self) -> None:
        """Write what was asked, then stop."""
        with self._asking:
            self._closed = True
            self._queue.put(_STOP)  # behind everything that was asked
        self._thread.join()

    def _run(self) -> None:
        _, error = outcome(self._rebuild)
        if error is not None:
            self._closed = True
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        wait_s = 0.0
        while True:
            batch = self._next(wait_s)
            # nobody can take back what is being written; whoever went away before has asked nothing
            asked = [each for each in batch if each is not None and each.future.set_running_or_notify_cancel()]
            self._serve(asked)
            if _STOP in batch:
                outcome(self._ended)
                return
            wait_s = self._passed()

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

    def _passed(self) -> float:
        """What time brings, or the record opened again after a failure; returns how long to wait, in seconds."""
        error: Exception | None = self.failure
        wait_s: float | None = None
        if error is None:
            wait_s, error = outcome(self._idle)
        if error is not None:
            self._fail(error)
        return RETRY_S if wait_s is None else wait_s

    def _serve(self, batch: list[_Asked]) -> None:
        waiting: list[tuple[_Asked, Planned]] = []
        touched: set[str] = set()
        for asked in batch:
            planned = self._planned(asked)
            if planned is not None and touched & (planned.touched | planned.reads):
                self._flush(waiting)
                waiting, touched = [], set()
                planned = self._planned(asked)  # again, for the state has moved on
            if planned is not None:
                waiting.append((asked, planned))
                touched |= planned.touched
        self._flush(waiting)

    def _planned(self, asked: _Asked) -> Planned | None:
        if self.failure is not None:
            asked.future.set_exception(self.failure)
            return None
        planned, error = outcome(asked.plan)
        if error is not None:
            asked.future.set_exception(error)
        return planned

    def _flush(self, waiting: list[tuple[_Asked, Planned]]) -> None:
        first, error = outcome(lambda: self.write([entry for _, planned in waiting for entry in planned.entries]))
        if error is not None:
            self._fail(error)
        for asked, planned in waiting:
            if first is None or planned.refused is not None:
                asked.future.set_exception(error or planned.refused)
            else:
                asked.future.set_result(_answer(planned, first))
            first = None if first is None else first + len(planned.entries)

    def write(self, entries: Sequence[Entry]) -> int:
        """Append and take in, on the writer's own thread; the first position. Raises: UnavailableError."""
        if not entries:
            return 0
        positions = self._append(entries)
        self._applied(positions.start, entries)
        return positions.start

    def _fail(self, error: Exception) -> None:
        """Nothing stands that the record does not hold: look at it again. A damaged one stays closed."""
        self.failure = _said(error)
        if isinstance(self.failure, IntegrityError):
            return
        _, worse = outcome(self._rebuild)
        self.failure = None if worse is None else _said(worse)


def _answer(planned: Planned, first: int) -> Answer:
    return Answer(
        subject=planned.subject,
        positions=planned.repeated or tuple(range(first, first + len(planned.entries))),
        repeated=planned.repeated is not None,
        body=planned.body,
    )


def _said(error: Exception) -> TrucelineError:
    """A failure as whoever asks is told. A promise that our own code broke is told like damage: writing stops."""
    if isinstance(error, TrucelineError):
        return error
    told = IntegrityError(
        f"the program broke a promise of its own while it wrote: {type(error).__name__} {str(error)[:200]}.",
        subject="desk",
        remedy="Keep the disk, report this, and start the server again.",
    )
    told.__cause__ = error
    return told
