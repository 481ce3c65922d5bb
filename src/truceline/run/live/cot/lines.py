"""Every line of a served mission, on one thread with a loop of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from truceline.base.errors import InputError, UnavailableError
from truceline.model.cot import CotIn, CotOut
from truceline.run.live.cot.coming import Incoming, Rules, incoming
from truceline.run.live.cot.gathering import SENDER, Counts, Gathering
from truceline.run.live.cot.going import Outgoing, Spots, outgoing
from truceline.run.live.desk import Desk
from truceline.run.live.writer import outcome

_LAST_FILES = 4  # that are handed on when it stops; a peer that still sends cannot keep us


class Lines:
    """Make it, `start` it, `close` it before the desk. Without a line in the mission it does nothing.

    Args:
        desk: takes the files.
        spots: what a destination may have at this moment, released and coarse.
        say: told in words when a line fails, and when all are well again.

    Raises: InputError: a line cannot be meant; nothing listens then.
    """

    def __init__(
        self,
        desk: Desk,
        spots: Callable[[CotOut], Spots],
        *,
        say: Callable[[str], None] = lambda _words: None,
        rules: Rules | None = None,
    ) -> None:
        settings, self._rules = desk.mission.serve, rules or Rules()
        self.counts, self.fault = Counts(), ""
        self._desk, self._spots, self._say, self._said = desk, spots, say, ""
        if settings.cot_out and not settings.cot:
            raise InputError(
                "destinations are named, and Cursor on Target is off.",
                subject="cot_out",
                remedy="Set [serve] cot = true, or name none.",
            )
        self._incoming = tuple(self._way_in(way) for way in settings.cot_in)
        self._outgoing = tuple(self._way_out(way) for way in settings.cot_out)
        self._opened: Future[None] = Future()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="truceline-cot-desk")
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def bound(self) -> tuple[tuple[str, int], ...]:
        """Where each way in waits; ("", 0) for one that connects."""
        return tuple(each.bound for each in self._incoming)

    @property
    def troubles(self) -> str:
        """What keeps a line from its work, in words; empty: nothing does."""
        return "; ".join(each for each in (self.fault, *(line.gathering.fault for line in self._incoming)) if each)

    def start(self) -> None:
        """Begin; returns when everything that waits does. Raises: UnavailableError: an address cannot be had."""
        if not self._incoming and not self._outgoing:
            return
        if SENDER not in self._desk.trusted:
            self._desk.trusted.append(SENDER)
        self._thread = threading.Thread(target=self._run, name="truceline-cot", daemon=True)
        self._thread.start()
        self._opened.result()

    def close(self) -> None:
        """Take nothing more, hand on what came, and stop."""
        if self._thread is not None:
            if self._loop is not None and self._stop is not None and self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._worker.shutdown()

    def _run(self) -> None:
        _, error = outcome(lambda: asyncio.run(self._all()))
        if error is not None:
            self.fault = f"{type(error).__name__}: {error}"
            if not self._opened.done():
                self._opened.set_exception(error)

    async def _all(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._note)
        for each in self._incoming:
            try:
                await each.open()
            except OSError as error:
                raise UnavailableError(
                    f"{error.strerror or error}.",
                    subject=f"cot_in {each.way.url}",
                    remedy="Free the address, or name another.",
                ) from None
        stop = asyncio.create_task(self._stop.wait())
        tasks: set[asyncio.Task[None]] = {asyncio.create_task(each.run()) for each in self._incoming}
        tasks |= {asyncio.create_task(each.run()) for each in self._outgoing}
        handing = asyncio.create_task(self._hand_on(self._stop))
        tasks.add(handing)
        self._opened.set_result(None)
        while not stop.done():
            done, _ = await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks & done if not stop.done() else ():
                tasks.discard(task)  # none ends by itself: this one has failed, and the others go on
                self.fault = f"{type(task.exception()).__name__}: {task.exception()}"
        for task in tasks:
            if task is not handing:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(_LAST_FILES):
            await self._hand_on_once()

    async def _hand_on(self, stop: asyncio.Event) -> None:
        """Until it is to stop, and never cut off in the middle: a file would be handed on twice."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rules.batch_s):
                    await stop.wait()
            await self._hand_on_once()

    async def _hand_on_once(self) -> None:
        for each in self._incoming:
            await each.gathering.hand_on(self._worker)
        if self.troubles != self._said:
            self._said = self.troubles
            self._say(self._said or "all lines are well again.")

    async def _look(self, way: CotOut) -> Spots:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._spots, way)

    def _way_in(self, way: CotIn) -> Incoming:
        feed = next((each for each in self._desk.mission.feeds if each.name == way.feed), None)
        if feed is None or feed.format != "cot":
            raise InputError(
                f'the mission has no feed {way.feed[:80]!r} of format = "cot".',
                subject=f"cot_in {way.url[:80]}",
                remedy="Declare one: its mapping says what types mean.",
            )
        gathering = Gathering(self._desk, feed, name=way.url, counts=self.counts)
        return incoming(way, self._desk.folder, gathering, self.counts, self._rules)

    def _way_out(self, way: CotOut) -> Outgoing:
        return outgoing(way, self._desk.folder, self._look, self.counts, self._rules)

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """A fault that no task of ours awaits."""
        error = context.get("exception")
        self.fault = f"{type(error).__name__}: {error}" if error else str(context.get("message"))
