"""Metadata packets of a video's transport stream, each with the moment its picture is shown.

The adapter of `tstrans`, which takes the stream apart; here are what it leaves open: finding the packets again after
damage, one running clock, the picture's size, and a name for whatever was lost.

Source: ISO/IEC 13818-1 (packets of 188 bytes, 33-bit clock of 90 kHz, registration KLVA); MISB ST 1402 (KLV in it).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tstrans.codec import H264Sps, H265Sps, parse_h264_sps, parse_h265_sps, split_units
from tstrans.exceptions import TstError
from tstrans.mpegts import Demuxer, DemuxEvent, NonConformantKind, StreamKindTag, VideoCodec

from truceline.observe.footage.klv.sets import START

PACKET_BYTES = 188
_STEPS = (188, 192, 204)  # plain; with a time before each packet; with a checksum after it
_SYNC = 0x47
_RUN = 5  # packets in a row that prove where packets begin
_SLICE_BYTES = 65_536
_HELD_MAX = 64
_WRAP = 1 << 33  # the clock starts over every 26.5 hours
_BACK_TICKS = 2 * 90_000  # pictures are sent out of their order by less
_AHEAD_TICKS = 10 * 90_000
_MPEG_VIDEO = {0x01, 0x02, 0x10, 0x21}  # stream types of pictures that tstrans hands on as they are
_METADATA = {StreamKindTag.KLV_ASYNC, StreamKindTag.KLV_SYNC}
_SpsReader = Callable[[bytes], H264Sps | H265Sps]
# Where a picture's size is stated: its unit's type, how its first byte looks, its reader.
_PARAMETERS: dict[VideoCodec, tuple[int, re.Pattern[bytes], _SpsReader]] = {
    VideoCodec.H264: (7, re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67]"), parse_h264_sps),
    VideoCodec.H265: (33, re.compile(rb"\x00\x00\x01\x42"), parse_h265_sps),
}

# What a producer does against the standard without losing anything.
_HARMLESS = {
    NonConformantKind.PCR_ANOMALY,
    NonConformantKind.PCR_MALFORMED,
    NonConformantKind.PTS_ANOMALY,
    NonConformantKind.MISSING_REQUIRED_PTS,
    NonConformantKind.STREAM_TYPE_MISMATCH,
    NonConformantKind.MISSING_METADATA_DESCRIPTOR,
    NonConformantKind.CFI_TOLERATED,
    NonConformantKind.SUBTITLE_MISSING_DESCRIPTOR,
    NonConformantKind.SUBTITLE_ALIGNMENT_MISSING,
    NonConformantKind.SUBTITLE_DESCRIPTOR_AMBIGUOUS,
    NonConformantKind.SUBTITLE_DESCRIPTOR_MALFORMED,
    NonConformantKind.PMT_PROGRAM_NUMBER_MISMATCH,
    NonConformantKind.NAL_HEADER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet of a metadata stream.

    Attributes:
        stream: its stream, "pid 0x1f1".
        number: counted from 1 in that stream.
        stream_us: when its picture is shown, from the first picture of the file; None: there is no video.
        width_px: of the video's picture then; None: not known yet.
        flags: "packets-lost" and "transport-error" before it, "clock-restarted", "no-presentation-time".
    """

    stream: str
    number: int
    stream_us: int | None
    payload: bytes
    width_px: int | None
    height_px: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that was in the file and could not be had."""

    reason: str
    where: str
    words: str


class _Clock:
    """The 33-bit clock of one program, run on across its wrap and across restarts.

    Two stretches are remembered: around a restart, packets of the old and the new one come mixed.
    """

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = []  # last reading, last running time; the latest used stands last

    def near(self, reading: int) -> bool:
        """Whether a reading goes on with what was read before."""
        return any(-_BACK_TICKS <= _ahead(reading, last) <= _AHEAD_TICKS for last, _ in self._stretches)

    @property
    def ticks(self) -> int:
        """The running time of the last reading."""
        return self._stretches[-1][1] if self._stretches else 0

    def read(self, reading: int) -> tuple[int, bool]:
        """The running time of a reading, and whether the clock was set anew.

        A clock that went back goes on from where it was; one that leapt ahead keeps the leap, for a link may have
        been down as long.
        """
        for index in range(len(self._stretches) - 1, -1, -1):
            last, ticks = self._stretches[index]
            ahead = _ahead(reading, last)
            if -_BACK_TICKS <= ahead <= _AHEAD_TICKS:
                del self._stretches[index]
                self._stretches.append((reading, ticks + ahead))
                return ticks + ahead, False
        first = not self._stretches
        ticks = reading if first else self.ticks + max(_ahead(reading, self._stretches[-1][0]), 0)
        self._stretches = [*self._stretches[-1:], (reading, ticks)]
        return ticks, not first


def _ahead(reading: int, last: int) -> int:
    """By how many ticks a reading is later than the last, the shorter way around the wrap."""
    return (reading - last + _WRAP // 2) % _WRAP - _WRAP // 2


@dataclass(slots=True)
class _Program:
    """One program of the file: its clock, its picture, and packets that wait for its first picture."""

    clock: _Clock = field(default_factory=_Clock)
    has_video: bool = False
    origin_ticks: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    held: list[tuple[int, int, bytes]] = field(default_factory=list)  # pid, reading, payload


class Streams:
    """Takes a transport stream in pieces of any size and hands out its metadata packets and what was lost.

    Several metadata streams, streams that stop and go on, change their number or their picture's size, clocks that
    wrap, jump or start over: all go on. Memory does not grow with the file. Nothing that stands in it raises.
    """

    def __init__(self) -> None:
        self._demuxer = Demuxer()
        self._aligner = _Aligner()
        self._maps = _Maps()
        self._mapped = False
        self._unmapped = 0
        self._programs: dict[int, _Program] = {}
        self._numbers: Counter[int] = Counter()
        self._flags: dict[int, set[str]] = {}
        self._lost: Counter[tuple[int, str, str]] = Counter()  # pid, reason, what happened
        self._out: list[Packet | Loss] = []

    def feed(self, chunk: bytes) -> list[Packet | Loss]:
        """What these bytes complete."""
        for at in range(0, len(chunk), _SLICE_BYTES):
            self._demux(self._aligner.feed(chunk[at : at + _SLICE_BYTES]))
        return self._handed()

    def finish(self) -> list[Packet | Loss]:
        """What is left when the file ends."""
        self._demux(self._aligner.finish())
        self._demuxer.flush()
        self._drain()
        self._name_unmapped()
        for number in sorted(self._programs):
            self._release(self._programs[number])
        self._name_losses()
        return self._handed()

    def _handed(self) -> list[Packet | Loss]:
        out, self._out = self._out, []
        return out

    def _demux(self, pieces: "list[bytes | tuple[int, int]]") -> None:
        for piece in pieces:
            if isinstance(piece, tuple):
                words = f"{piece[1]:,} bytes are no transport packets"
                where = f"byte {piece[0]} to {sum(piece)}"
                self._out.append(Loss(reason="transport-gap", where=where, words=words))
                continue
            at, changes = 0, self._maps.changes(piece)
            while not self._mapped and at < len(piece):
                self._demux_unmapped(piece[at : at + PACKET_BYTES])
                at += PACKET_BYTES
            for changed in changes:
                if changed < at:
                    continue
                self._demux_packets(piece[at:changed])
                self._demuxer.flush()
                self._drain()
                self._demuxer = Demuxer()
                self._demux_packets(self._maps.program_list)
                at = changed
            self._demux_packets(piece[at:])
        self._name_losses()

    def _demux_unmapped(self, packet: bytes) -> None:
        """One packet before any map said what the streams are: until then nothing of them can be had."""
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        self._unmapped += not self._maps.is_table(pid)
        self._demux_packets(packet)
        if self._mapped:
            self._name_unmapped()

    def _name_unmapped(self) -> None:
        if self._unmapped:
            words = f"{self._unmapped:,} packets came before any map of their streams"
            self._out.append(Loss(reason="packets-lost", where=f"byte 0 to {self._aligner.piece_end}", words=words))
        self._unmapped = 0

    def _demux_packets(self, packets: bytes) -> None:
        try:
            self._demuxer.feed(packets)
        except TstError as error:
            self._drain()
            self._demuxer, self._mapped = Demuxer(), False
            self._lost[-1, "transport-damaged", str(error)] += 1
        self._drain()

    def _name_losses(self) -> None:
        """One loss for each stream and kind of damage of this piece."""
        span = f"byte {self._aligner.piece_at} to {self._aligner.piece_end}"
        for (pid, reason, words), count in self._lost.items():
            where = f"{_name(pid)}, {span}" if pid >= 0 else span
            self._out.append(Loss(reason=reason, where=where, words=f"{words}, {count:,} times"))
        self._lost.clear()

    def _drain(self) -> None:
        for event in self._events():
            match event:
                case DemuxEvent.Metadata():
                    self._metadata(event.stream.program_number, event.stream.pid, event.pts.raw, event.payload)
                case DemuxEvent.Video():
                    program = self._program(event.stream.program_number)
                    self._size(program, event)
                    self._picture(program, event.pts.raw)
                case DemuxEvent.UnknownSample():
                    self._unknown(event)
                case DemuxEvent.ProgramMap():
                    self._map(event)
                case DemuxEvent.Discontinuity():
                    self._lose(event.stream.pid, "packets-lost", event.kind.value.replace("_", " "))
                case DemuxEvent.NonConformant() if event.kind not in _HARMLESS:
                    reason = "packets-lost" if event.kind is NonConformantKind.MULTI_CELL_AU else "transport-damaged"
                    self._lose(event.stream.pid, reason, event.kind.value.replace("_", " "))

    def _events(self) -> Iterator[DemuxEvent]:
        while True:
            try:
                event = self._demuxer.next_event()
            except TstError as error:
                self._lost[-1, "transport-damaged", str(error)] += 1
                self._demuxer, self._mapped = Demuxer(), False
                return
            if event is None:
                return
            yield event

    def _lose(self, pid: int, reason: str, words: str) -> None:
        self._lost[pid, reason, words] += 1
        flag = "packets-lost" if reason == "packets-lost" else "transport-error"
        self._flags.setdefault(pid, set()).add(flag)

    def _program(self, number: int) -> _Program:
        return self._programs.setdefault(number, _Program())

    def _map(self, event: DemuxEvent.ProgramMap) -> None:
        self._mapped = True
        for mapped in event.programs:
            program = self._program(mapped.program_number)
            program.has_video = program.has_video or any(
                each.kind is StreamKindTag.VIDEO or each.stream_type in _MPEG_VIDEO for each in mapped.streams
            )

    def _unknown(self, event: DemuxEvent.UnknownSample) -> None:
        """A stream the map does not explain: pictures of an older kind, or metadata that is not registered as such."""
        program = self._program(event.stream.program_number)
        if event.stream_type in _MPEG_VIDEO:
            head = event.payload[:12]
            if head.startswith(b"\0\0\1\xb3") and len(head) >= 7:  # sequence header, ISO/IEC 13818-2 section 6.2.2.1
                program.width_px = head[4] << 4 | head[5] >> 4
                program.height_px = (head[5] & 0x0F) << 8 | head[6]
            self._picture(program, event.pts.raw)
        elif event.stream.kind in _METADATA or event.payload.startswith(START):
            self._metadata(event.stream.program_number, event.stream.pid, event.pts.raw, event.payload)

    def _size(self, program: _Program, event: DemuxEvent.Video) -> None:
        """Take the picture's size where the video states it: at its key frames."""
        if event.codec not in _PARAMETERS:
            return
        unit_type, looks, reader = _PARAMETERS[event.codec]
        content = event.raw
        if not looks.search(content, 0, 1_024):
            return
        try:
            units, _ = split_units(content, event.codec)
            found = [reader(unit.payload) for unit in units if unit.nal_type == unit_type]
        except TstError:
            self._lose(event.stream.pid, "transport-damaged", "picture size unreadable")
            return
        if found:
            program.width_px, program.height_px = found[0].width, found[0].height

    def _picture(self, program: _Program, reading: int) -> None:
        ticks, _ = program.clock.read(reading)
        program.has_video = True
        if program.origin_ticks is None:
            program.origin_ticks = ticks
            self._release(program)

    def _metadata(self, number: int, pid: int, reading: int, payload: bytes) -> None:
        program = self._program(number)
        if program.origin_ticks is not None or not program.has_video:
            self._out.append(self._packet(program, pid, reading, payload))
            return
        program.held.append((pid, reading, payload))
        if len(program.held) >= _HELD_MAX:
            self._release(program)

    def _release(self, program: _Program) -> None:
        held, program.held = program.held, []
        for pid, reading, payload in held:
            if program.origin_ticks is None:  # its first picture is lost
                program.origin_ticks, _ = program.clock.read(reading)
            self._out.append(self._packet(program, pid, reading, payload))

    def _packet(self, program: _Program, pid: int, reading: int, payload: bytes) -> Packet:
        flags = self._flags.pop(pid, set())
        stream_us = None
        if program.origin_ticks is not None:
            # tstrans gives 0 where none is stated: such a packet belongs to the picture it comes with
            if reading == 0 and not program.clock.near(reading):
                ticks, restarted = program.clock.ticks, False
                flags.add("no-presentation-time")
            else:
                ticks, restarted = program.clock.read(reading)
            flags |= {"clock-restarted"} if restarted else set()
            stream_us = (ticks - program.origin_ticks) * 100 // 9
        self._numbers[pid] += 1
        return Packet(
            stream=_name(pid),
            number=self._numbers[pid],
            stream_us=stream_us,
            payload=payload,
            width_px=program.width_px,
            height_px=program.height_px,
            flags=tuple(sorted(flags)),
        )


class _Maps:
    """Notices maps that change without a new version, as after a restart of the encoder: tstrans keeps to the old one.

    Limits: a map longer than one packet is not watched.
    """

    def __init__(self) -> None:
        self._sections: dict[int, bytes] = {0: b""}  # by stream number; 0 lists the programs
        self.program_list = b""  # its last packet

    def is_table(self, pid: int) -> bool:
        """Whether a stream number is that of a map, of other tables, or of filling."""
        return pid < 0x20 or pid == 0x1FFF or pid in self._sections

    def changes(self, packets: bytes) -> list[int]:
        """Where in these packets such a map stands, in order."""
        found = self._changes_of(0, packets)
        for pid in sorted(self._sections.keys() - {0}):
            found += self._changes_of(pid, packets)
        return sorted(found)

    def _changes_of(self, pid: int, packets: bytes) -> list[int]:
        found, header = [], bytes((_SYNC, 0x40 | pid >> 8, pid & 0xFF))
        at = packets.find(header)
        while at >= 0:
            if at % PACKET_BYTES == 0 and self._is_new(pid, packets[at : at + PACKET_BYTES]):
                found.append(at)
            at = packets.find(header, at + 1)
        return found

    def _is_new(self, pid: int, packet: bytes) -> bool:
        if self._sections[pid] and self._sections[pid] in packet:
            return False
        section = _section(packet)
        if not section:
            return False
        last, self._sections[pid] = self._sections[pid], section
        if pid == 0:
            self.program_list = packet
            for at in range(8, len(section) - 4, 4):  # program number, number of its map's stream
                self._sections.setdefault((section[at + 2] & 0x1F) << 8 | section[at + 3], b"")
        return bool(last) and section != last and section[5] == last[5]  # the byte of the version


def _section(packet: bytes) -> bytes:
    """The table that a packet holds, if it holds all of it and its checksum is right; else nothing."""
    payload = packet[4 + (packet[4] + 1 if packet[3] & 0x20 else 0) :]
    begin = payload[0] + 1 if payload else 0
    section = payload[begin : begin + 3]
    if len(section) < 3:
        return b""
    section = payload[begin : begin + 3 + ((section[1] & 0x0F) << 8 | section[2])]
    return section if len(section) > 8 and _crc(section) == 0 else b""


def _crc(content: bytes) -> int:
    """CRC-32 of ISO/IEC 13818-1, annex A; zero over a section with its checksum."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


class _Aligner:
    """Finds where transport packets begin, and again after damage; hands on packets, and the spans that are none."""

    def __init__(self) -> None:
        self._held = b""
        self._step = 0  # 0: not known where packets begin
        self._before = 0  # bytes that came before what is held
        self._gap_at: int | None = None
        self.piece_at = 0  # where the piece that was fed last begins and ends
        self.piece_end = 0

    def feed(self, piece: bytes) -> list[bytes | tuple[int, int]]:
        self.piece_at = self.piece_end
        self.piece_end += len(piece)
        self._held += piece
        return self._taken(at_end=False)

    def finish(self) -> list[bytes | tuple[int, int]]:
        out = self._taken(at_end=True)
        if self._held:
            self._gap_at = self._before if self._gap_at is None else self._gap_at
            self._drop(len(self._held))
        return out + self._gap()

    def _taken(self, *, at_end: bool) -> list[bytes | tuple[int, int]]:
        out: list[bytes | tuple[int, int]] = []
        while len(self._held) >= PACKET_BYTES:
            if not self._step and not self._find(at_end=at_end):
                break
            last_bytes = PACKET_BYTES if at_end else self._step
            count = (len(self._held) - last_bytes) // self._step + 1
            if count < 1:
                break
            beginnings = self._held[: (count - 1) * self._step + 1 : self._step]
            good = next((n for n, byte in enumerate(beginnings) if byte != _SYNC), count) if _bad(beginnings) else count
            if good:
                out += self._gap()
                out.append(self._packets(good))
                self._drop(min(good * self._step, len(self._held)))
            if good < count:
                self._step = 0
        return out

    def _packets(self, count: int) -> bytes:
        if self._step == PACKET_BYTES:
            return self._held[: count * PACKET_BYTES]
        return b"".join(self._held[n * self._step : n * self._step + PACKET_BYTES] for n in range(count))

    def _find(self, *, at_end: bool) -> bool:
        """Drop what stands before the next run of packets; False: more bytes are needed to tell."""
        self._gap_at = self._before if self._gap_at is None else self._gap_at
        at = self._held.find(_SYNC)
        while at >= 0:
            run = [self._held[at : at + _RUN * step : step] for step in _STEPS]
            long_enough = len(self._held) > at + (_RUN - 1) * _STEPS[-1]
            if not long_enough and not at_end:
                self._drop(at)
                return False
            steps = [step for step, each in zip(_STEPS, run, strict=True) if len(each) > 1 and not _bad(each)]
            if steps:
                self._drop(at)
                self._step = steps[0]
                return len(self._held) >= PACKET_BYTES
            at = self._held.find(_SYNC, at + 1)
        self._drop(len(self._held))
        return False

    def _gap(self) -> list[bytes | tuple[int, int]]:
        begin, self._gap_at = self._gap_at, None
        count = self._before - begin if begin is not None else 0
        return [(begin, count)] if begin is not None and count > max(self._step - PACKET_BYTES, 0) else []

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._before += count


def _bad(beginnings: bytes) -> bool:
    return beginnings.count(_SYNC) != len(beginnings)


def _name(pid: int) -> str:
    return f"pid {pid:#x}"
