"""A transport stream cut into files that each can be read alone: no metadata packet is torn, tables are repeated.

Source: ISO/IEC 13818-1, 2.4.3 (packets), 2.4.4 (PAT, PMT).
"""

import os
from pathlib import Path

from truceline.base.errors import UnavailableError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S

PACKET_BYTES = 188
SYNC = 0x47
SEGMENT_US = 10 * US_PER_S  # of a stream in one file
_PAT = 0
_METADATA = (0x06, 0x15)  # stream types that carry KLV: asynchronous, synchronous (MISB ST 1402)


class Segments:
    """Writes what is received to `FOLDER/.NAME.part` as it comes; a finished segment gets its own name at once."""

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raises: UnavailableError."""
        self.folder = folder
        self.sealed: list[Path] = []
        self._rest = b""  # less than a packet
        self._tables: dict[int, bytes] = {}  # last packet of PAT and PMTs, by PID
        self._pmts: set[int] = set()
        self._metadata: set[int] = set()
        self._began_us: int | None = None
        self._part: Path | None = None
        self._fd = -1
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, chunk: bytes, *, now_us: int) -> None:
        """Take what came in; it is with the operating system when this returns. Raises: UnavailableError."""
        with _told(self.folder):
            for packet in self._packets(chunk):
                if self._ends_before(packet, now_us):
                    self._seal()
                if self._fd < 0:
                    self._begin(now_us)
                os.write(self._fd, packet)
                self._learn(packet)

    def close(self) -> None:
        """Finish the segment that is being written. Raises: UnavailableError."""
        with _told(self.folder):
            self._seal()

    def _packets(self, chunk: bytes) -> list[bytes]:
        """Whole packets, from the first sync byte on; what does not fit stays for the next chunk."""
        whole = self._rest + chunk
        at, packets = 0, []
        while at + PACKET_BYTES <= len(whole):
            if whole[at] != SYNC:
                following = whole.find(SYNC, at + 1)
                at = len(whole) if following < 0 else following
                continue
            packets.append(whole[at : at + PACKET_BYTES])
            at += PACKET_BYTES
        self._rest = whole[at:]
        return packets

    def _learn(self, packet: bytes) -> None:
        """Remember the tables that a reader needs before anything else."""
        pid = _pid(packet)
        if (pid != _PAT and pid not in self._pmts) or not _begins(packet):
            return
        self._tables[pid] = packet
        section = _section(packet)
        if pid == _PAT:
            programs = range(8, len(section) - 4, 4)
            self._pmts = {_number(section, at + 2) & 0x1FFF for at in programs if _number(section, at)}
        else:
            self._metadata |= set(_metadata_pids(section))

    def _ends_before(self, packet: bytes, now_us: int) -> bool:
        """Whether the segment is long enough, and a metadata packet begins here; any, where there is no metadata."""
        if self._began_us is None or abs(now_us - self._began_us) < SEGMENT_US or not _begins(packet):
            return False
        return _pid(packet) in self._metadata if self._metadata else True

    def _begin(self, now_us: int) -> None:
        name = stamp(now_us).replace(":", "").replace("-", "")
        self._part = self.folder / f".{name}.ts.part"
        self._fd = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._began_us = now_us
        for pid in sorted(self._tables):
            os.write(self._fd, self._tables[pid])

    def _seal(self) -> None:
        if self._fd < 0 or self._part is None:
            return
        os.fsync(self._fd)
        os.close(self._fd)
        whole = self._part.with_name(self._part.name.removeprefix(".").removesuffix(".part"))
        os.replace(self._part, whole)
        self.sealed.append(whole)
        self._fd, self._part, self._began_us = -1, None, None


class _told:  # noqa: N801 - used as a word
    """The disk's refusal, in words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, OSError):
            raise UnavailableError(
                f"cannot be written: {error.strerror}.",
                subject=str(self.folder),
                remedy="Give it room and rights; what was sealed is whole.",
            ) from None


def _pid(packet: bytes) -> int:
    return _number(packet, 1) & 0x1FFF


def _begins(packet: bytes) -> bool:
    return bool(packet[1] & 0x40)


def _number(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 2], "big")


def _section(packet: bytes) -> bytes:
    """The table that begins in this packet, as far as the packet holds it."""
    at = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
    at += 1 + (packet[at] if at < PACKET_BYTES else 0)
    return packet[at : at + 3 + (_number(packet, at + 1) & 0xFFF)]


def _metadata_pids(section: bytes) -> list[int]:
    found, at = [], 12 + (_number(section, 10) & 0xFFF)
    while at + 5 <= len(section) - 4:
        if section[at] in _METADATA:
            found.append(_number(section, at + 1) & 0x1FFF)
        at += 5 + (_number(section, at + 3) & 0xFFF)
    return found
