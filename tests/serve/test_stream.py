"""Readers of the stream lose nothing and get nothing twice, however often they go and come back."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.model.account import MISSION, PUBLIC, Recipient
from truceline.model.desk import Cursor, Item
from truceline.serve import stream
from truceline.serve.stream import Broadcaster, Reader, stream_router


class FakeDesk:
    """A record of items, some visible later; told from another thread, as the real one does."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str, Item]] = []  # visible from, for whom alone, item
        self.at_us = 0
        self.asked: list[tuple[Cursor, Recipient]] = []
        self.broken = False
        self._told: Callable[[], None] | None = None

    @property
    def position(self) -> int:
        return len(self.entries)

    def now_us(self) -> int:
        return self.at_us

    def follow(self, told: Callable[[], None]) -> None:
        assert self._told is None, "followed twice"
        self._told = told

    def items(self, cursor: Cursor, to: Recipient) -> tuple[list[Item], Cursor]:
        self.asked.append((cursor, to))
        if self.broken:
            raise OSError("the disk is gone")
        held, now_us = [*self.entries], self.at_us
        fresh: dict[str, Item] = {}
        for position, (visible_us, alone, item) in enumerate(held):
            known = position < cursor.position and visible_us <= cursor.at_us
            if visible_us <= now_us and not known and alone in ("", str(to)):
                fresh[item.subject] = item
        return [*fresh.values()], Cursor(position=len(held), at_us=now_us)

    def commit(self, subject: str, text: str = "", *, visible_us: int = 0, alone: str = "") -> None:
        visible_us = max([visible_us, *(each for each, _, item in self.entries if item.subject == subject)])
        body = json.dumps({"n": self.position, "text": text}).encode()
        self.entries.append((visible_us, alone, Item(kind="event", subject=subject, body=body)))
        self.tell()

    def tell(self) -> None:
        if self._told is not None:
            thread = threading.Thread(target=self._told)
            thread.start()
            thread.join()


def parsed(content: bytes) -> list[dict[str, str]]:
    """The events of a stream, as a browser dispatches them: whole ones only."""
    found = []
    for block in content.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append(fields)
    return found


def bodies(events: list[dict[str, str]]) -> list[tuple[str, int]]:
    """Subject and number of each item told."""
    items = [item for each in events if each["event"] == "items" for item in json.loads(each["data"])["items"]]
    return [(item["subject"], item["body"]["n"]) for item in items]


# --- without HTTP ------------------------------


async def settled(broadcaster: Broadcaster, desk: FakeDesk) -> None:
    """Until every open reader was told everything that is there."""
    while not all(_told_all(broadcaster, desk, reader) for reader in broadcaster._open if not reader.over):
        await asyncio.sleep(0)


def _told_all(broadcaster: Broadcaster, desk: FakeDesk, reader: Reader) -> bool:
    group = broadcaster._groups[reader.to]
    return reader in group.readers and group.head == Cursor(position=desk.position, at_us=desk.at_us)


class Visitor:
    """A browser: it keeps the last id it saw, and what it was told."""

    def __init__(self) -> None:
        self.reader: Reader | None = None
        self.last = ""
        self.told: list[tuple[str, int]] = []

    def take(self, lost_after: int | None = None) -> None:
        """Read what waits; the line breaks after so many bytes."""
        assert self.reader is not None
        events = parsed(self.reader.take()[:lost_after])
        self.told += bodies(events)
        self.last = events[-1]["id"] if events else self.last


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.sampled_from("abcd"), st.integers(0, 3)),
        st.tuples(st.just("tick"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("read"), st.sampled_from("xyz"), st.just(0)),
        st.tuples(st.just("break"), st.sampled_from("xyz"), st.integers(0, 400)),
        st.tuples(st.just("come"), st.sampled_from("xyz"), st.just(0)),
    ),
    max_size=25,
)


@given(ACTIONS)
@budget(60)
def test_who_comes_back_gets_what_was_missed_and_nothing_twice(actions):
    desk, visitors = FakeDesk(), {name: Visitor() for name in "xyz"}
    asyncio.run(followed(desk, visitors, actions))
    for visitor in visitors.values():
        assert len(visitor.told) == len(set(visitor.told)), "told twice"
        newest = {item.subject: json.loads(item.body)["n"] for _, _, item in desk.entries}
        assert {subject: max(n for s, n in visitor.told if s == subject) for subject in newest} == newest, "lost"


async def followed(desk: FakeDesk, visitors: dict[str, Visitor], actions) -> None:
    broadcaster = Broadcaster(desk)
    for visitor in visitors.values():
        visitor.reader = broadcaster.join(PUBLIC, "")
    await settled(broadcaster, desk)
    for visitor in visitors.values():
        visitor.take()
    for what, name, number in actions:
        if what == "commit":
            desk.commit(name, visible_us=desk.at_us + number)
        elif what == "tick":
            desk.at_us += number
            desk.tell()
        else:
            await visited(broadcaster, desk, visitors[name], number if what == "break" else None)
    desk.at_us += 10
    desk.tell()
    for visitor in visitors.values():
        if visitor.reader is None:
            visitor.reader = broadcaster.join(PUBLIC, visitor.last)
    await settled(broadcaster, desk)
    for visitor in visitors.values():
        visitor.take()
        broadcaster.leave(visitor.reader)
    broadcaster.close()


async def visited(broadcaster: Broadcaster, desk: FakeDesk, visitor: Visitor, lost_after: int | None) -> None:
    """Come back, or read; the line breaks after so many bytes."""
    if visitor.reader is None:
        visitor.reader = broadcaster.join(PUBLIC, visitor.last)
        return
    await settled(broadcaster, desk)
    visitor.take(lost_after)
    if lost_after is not None:
        broadcaster.leave(visitor.reader)
        visitor.reader = None


def test_what_one_recipient_learns_is_worked_out_once_for_all_its_readers():
    async def run() -> None:
        desk = FakeDesk()
        broadcaster = Broadcaster(desk)
        readers = [broadcaster.join(to, "") for to in (PUBLIC, MISSION) for _ in range(20)]
        await settled(broadcaster, desk)
        asked = len(desk.asked)
        desk.commit("a")
        await settled(broadcaster, desk)
        assert len(desk.asked) == asked + 2
        waiting = {id(reader.waiting[-1]) for reader in readers if reader.to == PUBLIC}
        assert len(waiting) == 1, "its readers share the bytes"
        broadcaster.close()

    asyncio.run(run())


def test_a_reader_that_takes_nothing_is_sent_away_and_resumes_whole(monkeypatch):
    monkeypatch.setattr(stream, "WAITING_BYTES", 500)

    async def run() -> None:
        desk, visitor, quick = FakeDesk(), Visitor(), Visitor()
        broadcaster = Broadcaster(desk)
        visitor.reader, quick.reader = broadcaster.join(PUBLIC, ""), broadcaster.join(PUBLIC, "")
        await settled(broadcaster, desk)
        visitor.take()
        for number in range(10):
            desk.commit(f"{number}", "x" * 50)
            await settled(broadcaster, desk)
            quick.take()
        assert (visitor.reader.over, visitor.reader.waiting_bytes) == (True, 0)
        assert (quick.reader.over, broadcaster.sent_away) == (False, 1)
        broadcaster.leave(visitor.reader)
        visitor.reader = broadcaster.join(PUBLIC, visitor.last)
        await settled(broadcaster, desk)
        visitor.take()
        assert sorted(visitor.told) == sorted(quick.told) == [(f"{number}", number) for number in range(10)]
        broadcaster.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("resumes", "first"),
    [
        ("", "start"),
        ("0-0", "items"),
        ("2-0", "start"),
        ("3-0", "reset"),
        ("1-7", "reset"),
        ("x", "reset"),
        ("-1-0", "reset"),
    ],
)
def test_an_id_that_is_none_of_ours_begins_anew(resumes, first):
    async def run() -> list[dict[str, str]]:
        desk = FakeDesk()
        desk.commit("a")
        desk.commit("b")
        broadcaster = Broadcaster(desk)
        reader = broadcaster.join(PUBLIC, resumes)
        await settled(broadcaster, desk)
        content = reader.take()
        broadcaster.close()
        return parsed(content)

    (event,) = asyncio.run(run())
    assert (event["event"], event["id"]) == (first, "2-0")


def test_who_missed_too_much_loads_the_state_anew(monkeypatch):
    monkeypatch.setattr(stream, "REPLAY_ITEMS", 2)

    async def run() -> list[dict[str, str]]:
        desk = FakeDesk()
        for name in "abc":
            desk.commit(name)
        broadcaster = Broadcaster(desk)
        reader = broadcaster.join(PUBLIC, "0-0")
        await settled(broadcaster, desk)
        content = reader.take()
        broadcaster.close()
        return parsed(content)

    (event,) = asyncio.run(run())
    assert (event["event"], json.loads(event["data"])) == ("reset", {"reason": "too-much"})


@pytest.mark.parametrize("resumes", ["", "0-0"])
def test_where_the_desk_no_longer_knows_what_changed_its_readers_load_the_state_anew(resumes):
    async def run() -> list[dict[str, str]]:
        desk = FakeDesk()
        broadcaster = Broadcaster(desk)
        reader = broadcaster.join(PUBLIC, resumes)
        await settled(broadcaster, desk)
        reader.take()
        desk.entries.append((0, "", Item(kind="reset", subject="", body=b"{}")))
        desk.tell()
        await settled(broadcaster, desk)
        content = reader.take()
        broadcaster.close()
        return parsed(content)

    (event,) = asyncio.run(run())
    assert (event["event"], event["id"]) == ("reset", "1-0")


# --- over HTTP ------------------------------


class Site:
    """A real server on the loopback, whose accounts can be disabled."""

    def __init__(self, desk: FakeDesk, port: int, broadcaster: Broadcaster, disabled: set[str]) -> None:
        self.desk, self.port, self.broadcaster, self.disabled = desk, port, broadcaster, disabled

    async def open(self, name: str = "one", last: str = "", query: str = "") -> asyncio.StreamReader:
        """A reader's connection, its response's head taken off."""
        reader, head = await self.answered(name, last, query)
        assert " 200 " in head.splitlines()[0]
        return reader

    async def answered(self, name: str = "one", last: str = "", query: str = "") -> tuple[asyncio.StreamReader, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        resumes = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(f"GET /stream{query} HTTP/1.0\r\nHost: x\r\nX-Name: {name}\r\n{resumes}\r\n".encode())
        reader.writer = writer  # type: ignore[attr-defined] - or it would be closed as nobody's
        return reader, (await reader.readuntil(b"\r\n\r\n")).decode()


@contextlib.asynccontextmanager
async def site(*, readers_max: int = 100, heartbeat_s: float = 15.0) -> AsyncIterator[Site]:
    desk, disabled = FakeDesk(), set()
    broadcaster = Broadcaster(desk, readers_max=readers_max, heartbeat_s=heartbeat_s)

    def recipient(request: Request) -> Recipient:
        return MISSION if request.headers["x-name"] == "mission" else PUBLIC

    def still(request: Request) -> Recipient | None:
        return None if request.headers["x-name"] in disabled else recipient(request)

    app = FastAPI()
    app.include_router(stream_router(broadcaster, recipient=recipient, still=still))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with asyncio.timeout(60):  # a reader that waits in vain fails here
            yield Site(desk, port, broadcaster, disabled)
    finally:
        broadcaster.close()
        server.should_exit = True
        await serving


async def next_event(reader: asyncio.StreamReader) -> dict[str, str]:
    """The next event that has data."""
    while True:
        found = parsed(await reader.readuntil(b"\n\n"))
        if found:
            return found[0]


def test_a_browser_is_told_and_resumes_by_its_last_id():
    async def run() -> None:
        async with site() as ours:
            first = await ours.open()
            start = await next_event(first)
            assert (start["event"], start["id"]) == ("start", "0-0")
            ours.desk.commit("a", "line\nbreak")
            told = await next_event(first)
            assert (bodies([told]), told["id"]) == ([("a", 0)], "1-0")
            assert json.loads(told["data"])["items"][0]["body"]["text"] == "line\nbreak"
            first.writer.close()
            ours.desk.commit("b")
            again = await ours.open(last=told["id"])
            assert bodies([await next_event(again)]) == [("b", 1)]
            by_query = await ours.open(query="?cursor=1-0")
            assert bodies([await next_event(by_query)]) == [("b", 1)]

    asyncio.run(run())


def test_what_is_the_missions_alone_reaches_nobody_else():
    async def run() -> None:
        async with site() as ours:
            public, mission = await ours.open("one"), await ours.open("mission")
            for reader in (public, mission):
                await next_event(reader)
            ours.desk.commit("secret", alone="mission")
            ours.desk.commit("open")
            seen = []
            while len(seen) < 2:
                seen += bodies([await next_event(mission)])
            assert seen == [("secret", 0), ("open", 1)]
            assert bodies([await next_event(public)]) == [("open", 1)]

    asyncio.run(run())


def test_no_proxy_keeps_frames_back():
    async def run() -> None:
        async with site() as ours:
            _, head = await ours.answered()
            lines = head.lower().splitlines()
            assert "x-accel-buffering: no" in lines
            assert "cache-control: no-store" in lines
            assert any(line.startswith("content-type: text/event-stream") for line in lines)
            assert not any(line.startswith("content-length") for line in lines)

    asyncio.run(run())


def test_a_silent_stream_beats():
    async def run() -> None:
        async with site(heartbeat_s=0.01) as ours:
            reader = await ours.open()
            await next_event(reader)
            assert await reader.readuntil(b"\n\n") == b":\n\n"
            assert await reader.readuntil(b"\n\n") == b":\n\n"

    asyncio.run(run())


@pytest.mark.parametrize("heartbeat_s", [0.01, 15.0])
def test_a_disabled_account_is_cut_at_the_next_frame_or_heartbeat_and_told_nothing_more(heartbeat_s):
    async def run() -> bytes:
        async with site(heartbeat_s=heartbeat_s) as ours:
            cut, other = await ours.open("one"), await ours.open("two")
            await next_event(cut)
            await next_event(other)
            ours.disabled.add("one")
            ours.desk.commit("a")
            assert bodies([await next_event(other)]) == [("a", 0)]
            rest = await cut.read()
            while ours.broadcaster.readers != 1:
                await asyncio.sleep(0)
            return rest

    rest = asyncio.run(run())
    assert parsed(rest) == []
    assert rest.endswith(b"retry: 2000\n\n")


def test_one_reader_more_than_there_is_room_for_is_asked_to_come_later():
    async def run() -> None:
        async with site(readers_max=1) as ours:
            first = await ours.open()
            await next_event(first)
            second, head = await ours.answered()
            assert " 503 " in head.splitlines()[0]
            assert "retry-after: 60" in head.lower()
            assert json.loads(await second.read())["code"] == "unavailable"
            first.writer.close()
            while ours.broadcaster.readers:
                await asyncio.sleep(0)
            await next_event(await ours.open())

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["closed", "broken"])
def test_streams_end_when_the_server_stops_or_the_desk_fails(fault):
    async def run() -> None:
        async with site() as ours:
            reader = await ours.open()
            await next_event(reader)
            if fault == "closed":
                ours.broadcaster.close()
            else:
                ours.desk.broken = True
                ours.desk.commit("a")
            assert parsed(await reader.read()) == []
            if fault == "broken":
                ours.desk.broken = False
                assert bodies([await next_event(await ours.open(last="0-0"))]) == [("a", 0)]

    asyncio.run(run())
