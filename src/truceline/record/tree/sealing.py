"""Frames sealed many at once, in processes of their own: one for each core, started once, as frames need nothing of
each other. A frame's root and bytes follow from its rows and its secret alone, whichever process makes them.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from types import TracebackType

import pyarrow as pa

from truceline.base.errors import UnavailableError
from truceline.base.rows import canonical_rows_of
from truceline.record.tables import frame_bytes
from truceline.record.tree.frames import frame_root

_TOGETHER = 1 << 14  # rows from which on frames are handed over: with fewer, what each call costs shows
_AHEAD = 2  # lots for each process that wait, so that none is idle and memory stays flat


@dataclass(frozen=True, slots=True)
class SealedFrame:
    """A frame as it is kept: its rows and tree can be made again from its bytes (`tables.frame_of_parquet`)."""

    rows: int
    root: str  # 64 hex digits
    content: bytes  # Parquet, the secret in it


Given = tuple[pa.Table, bytes]  # a frame's rows, and its secret


class FrameSealer:
    """Seals frames in processes: `with FrameSealer(2) as sealer:`, one for all that is sealed in a program's life.

    Limits: one thread at a time. A program that starts processes keeps its own start behind
    `if __name__ == "__main__"`, for each of them reads its main file.
    """

    def __init__(self, processes: int) -> None:
        """Args: processes: 1: here, none is started. They are started when the first frames come."""
        assert processes > 0, "frames are sealed by one process at least"
        self._processes, self._pool = processes, None if processes == 1 else _pool(processes)

    def sealed(self, frames: Iterable[Given]) -> Iterator[SealedFrame]:
        """Each frame sealed, in order; they are taken as they are needed.

        Args: frames: tables whose columns `canonical_rows` allows, each with 32 random bytes.
        Raises: UnavailableError: a process ended in the midst. AssertionError, ValueError: as `canonical_rows`.
        """
        lots = _lots(frames)
        if self._pool is None:
            for lot in lots:
                yield from _seal([table for table, _ in lot], [secret for _, secret in lot])
            return
        waiting = deque[Future[list[SealedFrame]]]()
        try:
            waiting += [self._asked(lot) for lot in islice(lots, self._processes * _AHEAD)]
            while waiting:
                done = waiting.popleft().result()
                waiting += [self._asked(lot) for lot in islice(lots, 1)]
                yield from done
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = _pool(self._processes)
            raise UnavailableError(
                "a process that seals them ended before its time.",
                subject="frames",
                remedy="See that there is memory left, then put them in again: no entry was appended.",
            ) from None
        finally:
            for each in waiting:
                each.cancel()

    def close(self) -> None:
        """End the processes, once they are done with what they have in hand. Closing twice is allowed."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _asked(self, lot: list[Given]) -> "Future[list[SealedFrame]]":
        assert self._pool is not None, "none was started"
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, lot[0][0].schema) as stream:
            for table, _ in lot:
                stream.write_table(table)
        sizes, secrets = [len(table) for table, _ in lot], [secret for _, secret in lot]
        return self._pool.submit(_seal_told, sink.getvalue().to_pybytes(), sizes, secrets)

    def __enter__(self) -> "FrameSealer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _lots(frames: Iterable[Given]) -> Iterator[list[Given]]:
    """Frames that are sealed together: of one schema, and rows enough."""
    lot: list[Given] = []
    for frame in frames:
        if lot and not frame[0].schema.equals(lot[0][0].schema):
            yield lot
            lot = []
        lot.append(frame)
        if sum(len(table) for table, _ in lot) >= _TOGETHER:
            yield lot
            lot = []
    if lot:
        yield lot


def _seal(tables: Sequence[pa.Table], secrets: Sequence[bytes]) -> list[SealedFrame]:
    return [
        SealedFrame(len(rows), frame_root(rows, secret), frame_bytes(table, secret))
        for table, rows, secret in zip(tables, canonical_rows_of(tables), secrets, strict=True)
    ]


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """What a process does first: it leaves an interrupt to its parent, and ends when that ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "this runs in a process that another one started"
    parent.join()
    os._exit(1)


def _seal_told(told: bytes, sizes: Sequence[int], secrets: Sequence[bytes]) -> list[SealedFrame]:
    with pa.ipc.open_stream(told) as stream:
        together = stream.read_all()
    tables, first = [], 0
    for size in sizes:
        tables.append(together.slice(first, size))
        first += size
    return _seal(tables, secrets)
