"""One destination: released spots, each sent again only when its bytes differ. They are coarse and late already."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from truceline.model.cot import CotOut
from truceline.observe.cot.writing import as_message
from truceline.run.live.cot.addresses import address_of, client_tls
from truceline.run.live.cot.coming import PORTION_BYTES, Rules, connected
from truceline.run.live.cot.gathering import Counts

Spots = Mapping[str, bytes]  # one event each, XML, by uid
Look = Callable[[CotOut], Awaitable[Spots]]  # what this destination may have at this moment
_AT_ONCE = 50  # datagrams, before a moment's rest
_REST_S = 0.05


@dataclass(slots=True)
class Outgoing:
    """Use `outgoing`, then `run` until it is cancelled."""

    way: CotOut
    look: Look
    counts: Counts
    rules: Rules
    tls: ssl.SSLContext | None

    async def run(self) -> None:
        """Send what may be sent; a lost connection is made again, later each time, and told everything anew."""
        loop, wait_s = asyncio.get_running_loop(), self.rules.first_wait_s
        while True:
            begun_s = loop.time()
            with contextlib.suppress(OSError, TimeoutError):
                if address_of(self.way.url).scheme == "udp":
                    await self._cast()
                else:
                    await self._connection()
            wait_s = self.rules.first_wait_s if loop.time() - begun_s > self.rules.steady_s else wait_s
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, self.rules.longest_wait_s)

    async def _connection(self) -> None:
        reader, writer = await connected(self.way, self.tls, self.rules)
        self.counts.connections += 1
        gone = asyncio.create_task(_read_away(reader))
        sent: dict[str, int] = {}
        try:
            while not gone.done():
                for event in _fresh(await self.look(self.way), sent):
                    writer.write(self._framed(event))
                    async with asyncio.timeout(self.rules.taking_s):
                        await writer.drain()
                    await asyncio.sleep(0)  # draining alone gives nobody else a turn
                    self.counts.sent += 1
                await asyncio.wait({gone}, timeout=self.rules.look_s)
        finally:
            gone.cancel()
            writer.transport.abort()

    async def _cast(self) -> None:
        loop, sent = asyncio.get_running_loop(), dict[str, int]()
        with _cast_socket(self.way) as made:
            while True:
                for number, event in enumerate(_fresh(await self.look(self.way), sent), start=1):
                    await loop.sock_sendall(made, self._framed(event))
                    self.counts.sent += 1
                    if number % _AT_ONCE == 0:
                        await asyncio.sleep(_REST_S)
                await asyncio.sleep(self.rules.look_s)

    def _framed(self, event: bytes) -> bytes:
        if self.way.form == "xml":
            return event + b"\n"
        return as_message(event, mesh=address_of(self.way.url).scheme == "udp")


def _fresh(spots: Spots, sent: dict[str, int]) -> list[bytes]:
    """Those that this destination was not sent so; `sent` holds by uid what it has afterwards."""
    said = {uid: hash(event) for uid, event in spots.items()}
    fresh = [event for uid, event in spots.items() if sent.get(uid) != said[uid]]
    sent.clear()
    sent |= said
    return fresh


async def _read_away(reader: asyncio.StreamReader) -> None:
    """Whatever a destination says is not for us; that it ends is."""
    with contextlib.suppress(OSError):
        while await reader.read(PORTION_BYTES):
            pass


def outgoing(way: CotOut, folder: Path, look: Look, counts: Counts, rules: Rules) -> Outgoing:
    """A destination, checked. Raises: InputError: it cannot be meant."""
    tls = client_tls(way, folder) if address_of(way.url).scheme == "tls" else None
    return Outgoing(way=way, look=look, counts=counts, rules=rules, tls=tls)


def _cast_socket(way: CotOut) -> socket.socket:
    """A socket that sends to the address alone; to a group no further than the next router."""
    address = address_of(way.url)
    family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        if address.multicast and way.interface:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(way.interface))
        made.connect(where)
    except OSError:
        made.close()
        raise
    return made
