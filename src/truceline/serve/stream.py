"""What happens, told as it happens: server-sent events that a reader resumes where it stopped.

What one recipient may learn is worked out once for each wake-up, written once, and sent to all its readers as the
same bytes. Nobody gets a thread. Frames, by their event name:

    start   from here on you are told; asked for without an id, or with one after which nothing happened
    items   {"items": [{"kind", "subject", "body"}, …]}: all that changed, in one frame, so that it arrives whole or not
    reset   your id is none of ours, or too much happened since: load the state anew, then go on from here

Each carries an id: what was told up to it. `Last-Event-ID`, or `?cursor=` at the first request, resumes there.
Source: WHATWG HTML, 9.2 (server-sent events).
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.types import Receive, Scope, Send

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import UnavailableError
from truceline.model.account import Recipient
from truceline.model.desk import Cursor, Item, cursor_of

HEARTBEAT_S = 15.0
STALLED_S = 30.0  # a reader that takes nothing for so long is cut
RETRY_MS = 2_000
READERS = 2_000
WAITING_BYTES = 1 << 20  # of one reader; beyond it the reader is sent away and resumes by its id
RETRY_AFTER_S = 60
JOINING_AT_ONCE = 256  # so that a crowd coming back does not keep the others waiting
REPLAY_ITEMS = 10_000  # beyond it loading the state anew is less work for both
_HEARTBEAT = b":\n\n"
_AGAIN = b"retry: %d\n\n" % RETRY_MS
_START, _RESET = "start", "reset"
_MEDIA_TYPE = "text/event-stream"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Frames as they come", "content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}},
    503: {"description": "As many read as can be served; Retry-After says when to try again"},
}


class Told(Protocol):
    """What the stream asks of a desk."""

    @property
    def position(self) -> int:
        """Entries applied so far."""

    def now_us(self) -> int:
        """The present moment, microseconds UTC."""

    def items(self, cursor: Cursor, to: Recipient) -> tuple[list[Item], Cursor]:
        """What `to` may learn since the cursor, and the cursor after it. Called off the event loop."""

    def follow(self, told: Callable[[], None]) -> None:
        """Call `told` after each commit and tick, from any thread."""


class Reader:
    """One open stream: what still waits to be sent, and whether it is over."""

    __slots__ = ("over", "resumes", "to", "waiting", "waiting_bytes", "woken")

    def __init__(self, to: Recipient, resumes: str) -> None:
        self.to, self.resumes = to, resumes
        self.waiting: list[bytes] = []
        self.waiting_bytes = 0
        self.woken = asyncio.Event()
        self.over = False

    def offer(self, frame: bytes) -> bool:
        """Put a frame behind those that wait; False where too much waits already, and then it is over."""
        if self.over or (self.waiting and self.waiting_bytes + len(frame) > WAITING_BYTES):
            self.end()
            return False
        self.waiting.append(frame)
        self.waiting_bytes += len(frame)
        self.woken.set()
        return True

    def take(self) -> bytes:
        """All that waits, in order."""
        content = b"".join(self.waiting)
        self.waiting, self.waiting_bytes = [], 0
        self.woken.clear()
        return content

    def end(self) -> None:
        """Over. What waits is dropped: the reader's id says where it stands, and it will ask again."""
        self.waiting, self.waiting_bytes = [], 0
        self.over = True
        self.woken.set()


class _Group:
    """The readers of one recipient; all of them have been told everything up to `head`."""

    __slots__ = ("head", "joining", "readers", "to")

    def __init__(self, to: Recipient, head: Cursor) -> None:
        self.to, self.head = to, head
        self.readers: set[Reader] = set()
        self.joining: list[Reader] = []


class Broadcaster:
    """Tells every reader what its recipient may learn, as soon as the desk knows it.

    Everything but `follow`'s callback runs on the event loop of the first reader. A fault of the desk ends all
    streams; readers come back with their ids.
    """

    def __init__(self, desk: Told, *, readers_max: int = READERS, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._desk, self._readers_max, self._heartbeat_s = desk, readers_max, heartbeat_s
        self._groups: dict[Recipient, _Group] = {}
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: asyncio.Task[None] | None = None
        self._open: set[Reader] = set()
        self.sent_away = 0  # because they took too slowly, ever

    @property
    def readers(self) -> int:
        """How many streams are open now."""
        return len(self._open)

    def join(self, to: Recipient, resumes: str) -> Reader:
        """A reader for `to`; `resumes`: the last id it saw, as it came in, or empty.

        Raises: UnavailableError: as many read as can be served.
        """
        if self.readers >= self._readers_max:
            raise UnavailableError(
                f"{self.readers} streams are open, as many as can be served.",
                subject="stream",
                remedy="Try again in a minute, or ask for the state instead.",
            )
        self._start()
        group = self._groups.get(to)
        if group is None:
            group = self._groups[to] = _Group(to, self._present())
        reader = Reader(to, resumes)
        group.joining.append(reader)
        self._open.add(reader)
        self._woken.set()
        return reader

    def leave(self, reader: Reader) -> None:
        """The reader is gone."""
        reader.end()
        self._open.discard(reader)
        group = self._groups.get(reader.to)
        if group is not None:
            group.readers.discard(reader)
            group.joining = [each for each in group.joining if each is not reader]

    def close(self) -> None:
        """End all streams and take no more: when the server stops, which otherwise would wait for them."""
        self._readers_max = 0
        if self._pump is not None:
            self._pump.cancel()

    def _start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._desk.follow(self._told)
        if self._pump is None or self._pump.done():
            self._pump = self._loop.create_task(self._run())

    def _told(self) -> None:
        """From any thread. A loop that has stopped has no readers left."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)

    def _present(self) -> Cursor:
        position = self._desk.position  # first: what is committed between the two lines is told, not lost
        return Cursor(position=position, at_us=self._desk.now_us())

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        beats_at_s = clock() + self._heartbeat_s
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, beats_at_s - clock())):
                        await self._woken.wait()
                if self._woken.is_set():
                    self._woken.clear()
                    async with asyncio.TaskGroup() as together:
                        for group in self._groups.values():
                            together.create_task(self._tell(group))
                if clock() >= beats_at_s:
                    beats_at_s = clock() + self._heartbeat_s
                    for group in self._groups.values():
                        self._send(group, _HEARTBEAT)
        finally:
            for reader in self._open:
                reader.end()
            self._groups.clear()

    async def _tell(self, group: _Group) -> None:
        """Bring a group and those who join it from its head to the present.

        Who resumes gets what changed since its own id in one frame with what changed since the group's head, the
        latter winning: it was worked out later. From there on it is like the others.
        """
        if not group.readers and not group.joining:
            self._groups.pop(group.to, None)
            return
        joining = self._admitted(group)
        missed = {resumes: await self._missed(resumes, group.to) for resumes in {each.resumes for each in joining}}
        fresh, head = await asyncio.to_thread(self._desk.items, group.head, group.to)
        group.head = head
        if fresh:
            self._send(group, _items_frame(fresh, head))
        frames = {resumes: _first_frame(items, fresh, head) for resumes, items in missed.items()}
        for reader in joining:
            if reader.offer(frames[reader.resumes]):
                group.readers.add(reader)

    def _admitted(self, group: _Group) -> list[Reader]:
        """Those who join now; the others in the next round: of a crowd the rest, and who is ahead of the head."""
        joining, waiting = group.joining[:JOINING_AT_ONCE], group.joining[JOINING_AT_ONCE:]
        present = self._present()
        ahead = [reader for reader in joining if _between(group.head, cursor_of(reader.resumes), present)]
        group.joining = [*ahead, *waiting]
        if group.joining:
            self._woken.set()
        return [reader for reader in joining if reader not in ahead]

    async def _missed(self, resumes: str, to: Recipient) -> list[Item] | str:
        """What changed since an id, or how else its reader begins: `start` without one, or why it begins anew."""
        if not resumes:
            return _START
        cursor = cursor_of(resumes)
        if cursor is None or not _within(cursor, self._present()):
            return "unknown-id"
        items, _ = await asyncio.to_thread(self._desk.items, cursor, to)
        return items if len(items) <= REPLAY_ITEMS else "too-much"

    def _send(self, group: _Group, frame: bytes) -> None:
        slow = [reader for reader in group.readers if not (reader.over or reader.offer(frame))]
        group.readers.difference_update(slow)
        self.sent_away += len(slow)


def _within(cursor: Cursor, other: Cursor) -> bool:
    """Whether all that was told by one cursor was told by the other too."""
    return cursor.position <= other.position and cursor.at_us <= other.at_us


def _between(head: Cursor, cursor: Cursor | None, present: Cursor) -> bool:
    return cursor is not None and _within(cursor, present) and not _within(cursor, head)


def _first_frame(missed: list[Item] | str, fresh: Sequence[Item], head: Cursor) -> bytes:
    if isinstance(missed, str):
        return (
            _frame(_START, head, b"{}")
            if missed == _START
            else _frame(_RESET, head, canonical_bytes({"reason": missed}))
        )
    known = {(item.kind, item.subject) for item in fresh}
    items = [*(item for item in missed if (item.kind, item.subject) not in known), *fresh]
    return _items_frame(items, head) if items else _frame(_START, head, b"{}")


def _items_frame(items: Sequence[Item], head: Cursor) -> bytes:
    if any(item.kind == _RESET for item in items):
        return _frame(_RESET, head, canonical_bytes({"reason": "too-much"}))  # the desk no longer knows what changed
    parts = [
        b'{"kind":%b,"subject":%b,"body":%b}' % (canonical_bytes(item.kind), canonical_bytes(item.subject), item.body)
        for item in items
    ]
    return _frame("items", head, b'{"items":[' + b",".join(parts) + b"]}")


def _frame(name: str, head: Cursor, content: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(head).encode(), name.encode(), content)


# --- over HTTP ------------------------------


class EventStream(Response):
    """A response that lasts as long as its reader. A subclass because that is how the framework sends one."""

    def __init__(self, broadcaster: Broadcaster, reader: Reader, still: Callable[[], Recipient | None]) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"}, media_type=_MEDIA_TYPE)
        del self.headers["content-length"]
        self._broadcaster, self._reader, self._still = broadcaster, reader, still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the reader goes, is too slow, or may no longer read."""
        del scope
        gone = asyncio.create_task(_ended_by(receive, self._reader))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": _AGAIN, "more_body": True})
            while await self._allowed():
                async with asyncio.timeout(STALLED_S):
                    await send({"type": "http.response.body", "body": self._reader.take(), "more_body": True})
            await send({"type": "http.response.body", "body": _AGAIN, "more_body": False})
        except TimeoutError:
            return  # nobody takes anything at the other end; the server closes the connection
        finally:
            gone.cancel()
            self._broadcaster.leave(self._reader)

    async def _allowed(self) -> bool:
        """Wait until something is to be sent; whether it still may be. Asked before every frame, heartbeats too."""
        await self._reader.woken.wait()
        return not self._reader.over and self._still() == self._reader.to


async def _ended_by(receive: Receive, reader: Reader) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.end()


def stream_router(
    broadcaster: Broadcaster, *, recipient: Callable[..., object], still: Callable[[Request], Recipient | None]
) -> APIRouter:
    """`GET /stream`.

    Args:
        broadcaster: one for each process.
        recipient: a dependency that says for whom a request is answered, or refuses it.
        still: the same for a request that was let in before, without a wait: None once its account may not read.
            It is asked before every frame and at every heartbeat.
    """
    router = APIRouter(tags=["stream"])

    @router.get("/stream", summary="What happens, as it happens", response_class=Response, responses=_RESPONSES)
    async def stream(
        request: Request,
        cursor: str = "",
        last_event_id: str = Header(default=""),
        to: Recipient = Depends(recipient),  # noqa: B008 - the framework's way
    ) -> Response:
        try:
            reader = broadcaster.join(to, last_event_id or cursor)
        except UnavailableError as full:
            problem = {"title": full.problem, "status": 503, "code": full.code, "remedy": full.remedy}
            held = canonical_bytes(problem)
            return Response(held, 503, {"retry-after": str(RETRY_AFTER_S)}, media_type="application/problem+json")
        return EventStream(broadcaster, reader, lambda: still(request))

    return router
