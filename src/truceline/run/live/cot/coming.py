"""One way in: a server that waits for peers, a client that keeps a connection, or datagrams. Nobody can hold it up."""

import asyncio
import contextlib
import socket
import ssl
import struct
from dataclasses import dataclass, field
from pathlib import Path

from truceline.model.cot import CotIn, CotOut
from truceline.observe.cot.frames import EVENTS, Framer, pieces_of
from truceline.run.live.cot.addresses import address_of, client_tls, is_peer, peers_of, server_tls
from truceline.run.live.cot.gathering import Counts, Gathering

PORTION_BYTES = 65_536
MOST_CONNECTIONS = 64  # at once, of one server


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long others may take, and how often we look. Seconds."""

    whole_s: float = 30.0  # from an event's first byte to its last
    idle_s: float = 900.0  # without a byte
    lost_bytes: int = 2**20  # without a whole event
    handshake_s: float = 10.0
    first_wait_s: float = 1.0  # before connecting again; doubled each time, up to the longest
    longest_wait_s: float = 60.0
    steady_s: float = 60.0  # a connection that lasted so long was no failure
    batch_s: float = 1.0
    look_s: float = 5.0  # for spots that may go out
    taking_s: float = 30.0  # for a destination to take what is sent


@dataclass(slots=True)
class Incoming:
    """Use `incoming`, then `open`, then `run` until it is cancelled."""

    way: CotIn
    gathering: Gathering
    counts: Counts
    rules: Rules
    tls: ssl.SSLContext | None
    bound: tuple[str, int] = ("", 0)  # where it waits; the port is the system's where the mission says 0
    _server: asyncio.Server | None = None
    _datagrams: asyncio.DatagramTransport | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        """Begin to wait, where it does. Raises: OSError: the address cannot be had."""
        address = address_of(self.way.url)
        if address.scheme == "udp":
            loop = asyncio.get_running_loop()
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), sock=_datagram_socket(self.way)
            )
            self.bound = self._datagrams.get_extra_info("sockname")[:2]
        elif self.way.listens:
            handshake_s = self.rules.handshake_s if self.tls else None
            self._server = await asyncio.start_server(
                self._serve, address.host, address.port, ssl=self.tls, ssl_handshake_timeout=handshake_s
            )
            self.bound = self._server.sockets[0].getsockname()[:2]

    async def run(self) -> None:
        """Take what comes. A lost connection of our own is made again, later each time."""
        try:
            if self.way.listens or self._datagrams is not None:
                await asyncio.Event().wait()  # others come; the server and the socket call us
            wait_s = self.rules.first_wait_s
            while True:
                lasted_s = await self._connection()
                wait_s = self.rules.first_wait_s if lasted_s > self.rules.steady_s else wait_s
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, self.rules.longest_wait_s)
        finally:
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._datagrams is not None:
            self._datagrams.close()
        for each in self._open:
            each.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One peer's connection."""
        task = asyncio.current_task()
        assert task is not None, "a connection has a task of its own"
        try:
            if len(self._open) < MOST_CONNECTIONS and is_peer(writer.get_extra_info("peername"), peers_of(self.way)):
                self._open.add(task)
                await self._read(reader)
            else:
                self.counts.turned_away += 1
        except asyncio.CancelledError:
            if not self._stopping():
                raise
        finally:
            self._open.discard(task)
            writer.transport.abort()

    def _stopping(self) -> bool:
        return self._server is not None and not self._server.is_serving()

    async def _connection(self) -> float:
        """Connect and take what comes until it ends; how long it lasted, in seconds."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await connected(self.way, self.tls, self.rules)
            begun_s = loop.time()
            try:
                await self._read(reader)
            finally:
                writer.transport.abort()
        return loop.time() - begun_s

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Everything of one connection, until it ends or breaks a rule."""
        self.counts.connections += 1
        framer, loop = Framer(), asyncio.get_running_loop()
        begun_s = 0.0  # when the event began that is not whole yet
        with contextlib.suppress(OSError):
            while True:
                if not self.gathering.room.is_set():
                    await self.gathering.room.wait()
                    begun_s = loop.time()
                left_s = begun_s + self.rules.whole_s - loop.time() if framer.unfinished else self.rules.idle_s
                try:
                    async with asyncio.timeout(max(0.0, left_s)):  # wait_for may lose a cancellation
                        portion = await reader.read(PORTION_BYTES)
                except TimeoutError:
                    self.counts.closed += 1
                    break
                if not portion:
                    break
                went_on = framer.unfinished
                pieces = framer.take(portion)
                self.gathering.add(pieces)
                if not went_on or any(piece.kind in EVENTS for piece in pieces):
                    begun_s = loop.time()
                if framer.lost or framer.idle_bytes > self.rules.lost_bytes:
                    self.counts.closed += 1
                    break
        self.gathering.add(framer.end())


class _Datagrams(asyncio.DatagramProtocol):
    """Each datagram by itself."""

    def __init__(self, line: Incoming) -> None:
        self._line, self._peers = line, peers_of(line.way)

    def datagram_received(self, data: bytes, addr: tuple[object, ...]) -> None:
        if not is_peer(addr, self._peers):
            self._line.counts.turned_away += 1
        elif self._line.gathering.room.is_set():
            self._line.gathering.add(pieces_of(data))
        else:
            self._line.counts.dropped += 1


async def connected(
    way: CotIn | CotOut, tls: ssl.SSLContext | None, rules: Rules
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection of our own. Raises: OSError (TLS faults are such), TimeoutError."""
    to = address_of(way.url)
    named = (way.server_name or to.host) if tls else None
    async with asyncio.timeout(rules.handshake_s):
        return await asyncio.open_connection(to.host, to.port, ssl=tls, server_hostname=named)


def incoming(way: CotIn, folder: Path, gathering: Gathering, counts: Counts, rules: Rules) -> Incoming:
    """A way in, checked. Raises: InputError: it cannot be meant."""
    address = address_of(way.url)
    peers_of(way)
    tls = None
    if address.scheme == "tls":
        tls = server_tls(way, folder) if way.listens else client_tls(way, folder)
    return Incoming(way=way, gathering=gathering, counts=counts, rules=rules, tls=tls)


def _datagram_socket(way: CotIn) -> socket.socket:
    """A socket at the address; a member of the group, where it is one, and bound to it: nothing else comes in there.

    Source: RFC 1112, 7.1 (joining); ip(7).
    """
    address = address_of(way.url)
    family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        if address.multicast:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            joined = struct.pack("=4s4s", socket.inet_aton(address.host), socket.inet_aton(way.interface or "0.0.0.0"))
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        made.bind(where)
    except OSError:
        made.close()
        raise
    return made
