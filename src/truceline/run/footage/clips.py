"""A part of a film, cut so that whoever gets it can check it against the whole.

A clip of an MPEG transport stream is a choice of the original's own packets of 188 bytes, in their order, not one bit
of them altered: PIDs, clocks, synchrony and descriptors stay as they were. Metadata that lie beside a film are cut to
the same time and go along in one ZIP.
Source: ISO/IEC 13818-1, 2.4.3.2 (transport packet), 2.4.3.6 (PES packet), 2.4.4.4 (program association).
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import OutOfRangeError, UnreadableError
from truceline.base.units import US_PER_S
from truceline.run.footage.video import Coded, Source, coded_pictures, cut, film_of

_PACKET, _SYNC = 188, 0x47
_TURN, _HZ = 1 << 33, 90_000  # of a presentation time
_BEFORE = 60 * _HZ  # a time up to a minute before the first is before it; any other is after it
_PROBED = 4096  # packets looked at together
_BACK_US = 3 * US_PER_S  # a step back by more is a restarted clock, not the order of coding
_LEAP_US = 5 * US_PER_S
_RESERVED = 0x20  # PIDs below carry tables
_AROUND = 300  # pictures before and after a clip among which its metadata lie, where a clock restarts

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A file of metadata beside a film: raw KLV, subtitles, a CSV.

    `parts`: (`stream_us`, first byte, byte after the last) in order; no time: it belongs to every clip (a header).
    """

    name: str
    content: bytes
    parts: tuple[tuple[int | None, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A part of a film. Times are those of the original, microseconds from its first picture.

    Attributes:
        content: MPEG-TS, MP4, Matroska, or a ZIP of one of these and what lies beside it.
        suffix: of its file name, with the dot.
        begins_us, ends_us: of its first and last picture; it begins at a key picture, at or before the time asked for.
        pictures: how many coded pictures.
        packets: metadata and sound: PID -> PES packets, or name of the file beside -> parts.
        remark: in what it differs from what was asked; empty: in nothing.
    """

    content: bytes
    suffix: str
    begins_us: int
    ends_us: int
    pictures: int
    packets: dict[str, int]
    remark: str


def clip_of(source: Source, *, from_us: int, to_us: int, beside: Sequence[Beside] = ()) -> Clip:
    """The pictures from one time to another, both included, with the metadata packets that belong to them.

    Args:
        source: the original; MPEG-TS keeps everything, other containers their first video stream.
        from_us, to_us: `stream_us` of the original.
        beside: files of metadata; then the clip is a ZIP.

    Raises: UnreadableError: no film, or none that can be cut. OutOfRangeError: it shows nothing in that time.
    Limits: it begins up to one group of pictures early, for nothing earlier can be decoded. Packets that state no time
        of their own are taken by their place: those from the picture before the first to the one after the last. Where
        a clock restarts, the first stretch that shows the time is cut. Without a key picture before it, a clip begins
        at the first key picture after.
    """
    if to_us < from_us:
        raise _refused(f"it ends at {to_us} µs, before it begins at {from_us} µs.", "Give the earlier time first.")
    film = film_of(source)
    if film.container == "mpegts":
        clip = _transport_clip(source, from_us, to_us)
    else:
        coded = [each for each in coded_pictures(source) if each.stream_us is not None]
        ids = {each.stream_id for each in coded[:1]}
        clip = _remuxed_clip(source, [each for each in coded if each.stream_id in ids], from_us, to_us)
    return _with(clip, beside) if beside else clip


def _remuxed_clip(source: Source, coded: list[Coded], from_us: int, to_us: int) -> Clip:
    times = np.array([each.stream_us for each in coded], np.int64)
    first, last, _ = _stretch(times, np.array([each.key for each in coded], bool), from_us, to_us)
    content = cut(source, first=first, last=last)
    begins_us, ends_us = int(times[first]), int(times[first : last + 1].max())
    remark = _remark(begins_us, from_us) + " Sound, subtitles and metadata inside the container are left out."
    return Clip(
        content=content,
        suffix=".mp4" if b"ftyp" in content[:16] else ".mkv",
        begins_us=begins_us,
        ends_us=ends_us,
        pictures=last - first + 1,
        packets={},
        remark=remark.strip(),
    )


def _stretch(times_us: Places, keys: Mask, from_us: int, to_us: int) -> tuple[int, int, int]:
    """First and last picture in the order of the file, and the time of the next that is shown (the far end: none).

    Raises: OutOfRangeError, UnreadableError.
    """
    begins = np.flatnonzero(keys)
    if not begins.size:
        problem = "no picture in it can be decoded by itself."
        raise UnreadableError(problem, subject="clip", remedy="Keep the whole file: no part of it can be shown alone.")
    ends = np.append(begins[1:], times_us.size)
    shows = [
        at
        for at, (begin, end) in enumerate(zip(begins, ends, strict=True))
        if times_us[begin] <= from_us <= times_us[begin:end].max()
    ]
    earlier = np.flatnonzero(times_us[begins] <= from_us)
    first = int(begins[shows[0] if shows else earlier[-1] if earlier.size else 0])
    back = np.flatnonzero(np.diff(times_us[first:]) < -_BACK_US)
    run = times_us[first : first + int(back[0]) + 1] if back.size else times_us[first:]
    within = np.flatnonzero((run >= from_us) & (run <= to_us))
    if not within.size:
        span = f"{times_us.min() / US_PER_S:.3f} s to {times_us.max() / US_PER_S:.3f} s"
        raise _refused(f"no picture is shown then; the film has pictures from {span}.", "Give a time inside the film.")
    last = int(within[-1])
    later = run[last + 1 :][run[last + 1 :] > run[: last + 1].max()]
    return first, first + last, int(later.min()) if later.size else np.iinfo(np.int64).max


def _believable(times_us: Places) -> Mask:
    """False for a time that leaps away from both its neighbours while these agree: a damaged one."""
    believed = np.ones(times_us.size, bool)
    before, own, after = times_us[:-2], times_us[1:-1], times_us[2:]
    leaps = (np.abs(own - before) > _LEAP_US) & (np.abs(own - after) > _LEAP_US)
    believed[1:-1] = ~(leaps & (np.abs(after - before) <= _LEAP_US))
    return believed


def _remark(begins_us: int, from_us: int) -> str:
    if begins_us < from_us:
        return f"It begins {(from_us - begins_us) / US_PER_S:.3f} s early, at the key picture before."
    if begins_us > from_us:
        return f"It begins {(begins_us - from_us) / US_PER_S:.3f} s late: no picture before can be decoded."
    return ""


def _refused(problem: str, remedy: str) -> OutOfRangeError:
    return OutOfRangeError(problem, subject="clip", remedy=remedy)


# --- transport streams ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transport:
    """The packets of a transport stream, and the PES packets that they make up."""

    content: Bytes
    starts: Places  # byte of each packet
    pids: Places
    begins: Mask  # whether a PES packet or a table begins in it
    times: Places  # presentation time where a PES packet begins and states one, else -1
    elementary: frozenset[int]  # PIDs that carry PES packets

    def units(self, pid: int) -> tuple[Places, Places, Places]:
        """Of one PID: its packets, the unit that each belongs to (-1: the rest of one cut off), unit -> its first."""
        packets = np.flatnonzero(self.pids == pid)
        return packets, np.cumsum(self.begins[packets]) - 1, packets[self.begins[packets]]


def _transport_clip(source: Source, from_us: int, to_us: int) -> Clip:
    held = _transport(source)
    key_times: dict[int, set[int]] = {}
    for each in coded_pictures(source):
        if each.key and each.pts is not None:
            key_times.setdefault(each.stream_id, set()).add(each.pts % _TURN)
    video = next((pid for pid in held.pids.tolist() if pid in key_times and pid in held.elementary), None)
    if video is None:
        problem = "no picture in it can be decoded by itself."
        raise UnreadableError(problem, subject="clip", remedy="Keep the whole file: no part of it can be shown alone.")
    packets, unit_of, heads = held.units(video)
    timed = np.flatnonzero(held.times[heads] >= 0)
    if not timed.size:
        raise UnreadableError("no picture states a time.", subject="clip", remedy="Keep the whole file.")
    clock_us = _stream_us(held.times, int(held.times[heads[timed[0]]]))
    timed = timed[_believable(clock_us[heads[timed]])]
    keys = np.isin(held.times[heads[timed]], list(key_times[video]))
    first, last, until_us = _stretch(clock_us[heads[timed]], keys, from_us, to_us)
    shown = slice(int(timed[first]), int(timed[last]) + 1)  # units, those without a time between them included
    chosen = np.zeros(held.pids.size, bool)
    chosen[packets[(unit_of >= shown.start) & (unit_of < shown.stop)]] = True
    begins_us, ends_us = int(clock_us[heads[timed[first]]]), int(clock_us[heads[timed[first : last + 1]]].max())
    counts = {}
    for pid in sorted(held.elementary - {video}):
        counts[f"pid {pid:#x}"] = _choose(held, pid, chosen, _Window(clock_us, heads, shown, begins_us, until_us))
    _choose_the_rest(held, chosen)
    content = held.content[(held.starts[chosen][:, None] + np.arange(_PACKET)).reshape(-1)].tobytes()
    return Clip(
        content=content,
        suffix=".ts",
        begins_us=begins_us,
        ends_us=ends_us,
        pictures=last - first + 1,
        packets={name: count for name, count in counts.items() if count},
        remark=_remark(begins_us, from_us),
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """What a clip shows: by time and by place."""

    clock_us: Places
    heads: Places  # first packet of each picture
    shown: slice  # of the pictures
    begins_us: int
    until_us: int  # the next picture's time

    def head(self, number: int, *, beyond: int) -> int:
        """Where a picture begins; where there is none, `beyond`."""
        return int(self.heads[number]) if 0 <= number < self.heads.size else beyond


def _choose(held: _Transport, pid: int, chosen: Mask, window: _Window) -> int:
    """Mark the packets of the PES packets of `pid` that belong to the clip; how many PES packets."""
    packets, unit_of, heads = held.units(pid)
    near = heads >= window.head(window.shown.start - _AROUND, beyond=0)
    near &= heads < window.head(window.shown.stop + _AROUND, beyond=held.pids.size)
    times_us, stated = window.clock_us[heads], held.times[heads] >= 0
    by_time = stated & near & (times_us >= window.begins_us) & (times_us < window.until_us)
    by_place = ~stated & (heads >= window.head(window.shown.start - 1, beyond=0))
    by_place &= heads < window.head(window.shown.stop, beyond=held.pids.size)
    wanted = np.flatnonzero(by_time | by_place)
    chosen[packets[np.isin(unit_of, wanted)]] = True
    return int(wanted.size)


def _choose_the_rest(held: _Transport, chosen: Mask) -> None:
    """Mark tables and everything else that lies between, and the tables in force where it begins."""
    begin, end = int(np.argmax(chosen)), int(chosen.size - np.argmax(chosen[::-1]))
    others = ~np.isin(held.pids, list(held.elementary))
    chosen[begin:end] |= others[begin:end]
    for pid in np.unique(held.pids[others]):
        packets, unit_of, heads = held.units(int(pid))
        before = np.flatnonzero(heads < begin)
        if before.size:
            chosen[packets[unit_of == before[-1]]] = True


def _transport(source: Source) -> _Transport:
    content = np.frombuffer(source, np.uint8) if isinstance(source, bytes) else np.memmap(source, np.uint8, "r")
    starts = _packet_starts(content)
    second, third, fourth = (content[starts + at].astype(np.int64) for at in (1, 2, 3))
    pids = (second & 0x1F) << 8 | third
    payload = starts + 4 + np.where(fourth & 0x20, 1 + content[starts + 4].astype(np.int64), 0)
    begins = (second & 0x40 > 0) & (fourth & 0x10 > 0) & (second & 0x80 == 0) & (payload < starts + _PACKET)
    times = np.full(starts.size, -1, np.int64)
    tables = _table_pids(content, payload[(pids == 0) & begins])
    whole = np.flatnonzero(begins & (payload + 14 <= starts + _PACKET) & ~np.isin(pids, list(tables)))
    head = content[payload[whole, None] + np.arange(14)].astype(np.int64)
    is_pes = (head[:, 0] == 0) & (head[:, 1] == 0) & (head[:, 2] == 1)
    times[whole] = np.where(is_pes & (head[:, 7] & 0x80 > 0), _time(head[:, 9:14]), -1)
    elementary = frozenset(np.unique(pids[whole[is_pes]]).tolist())
    return _Transport(content=content, starts=starts, pids=pids, begins=begins, times=times, elementary=elementary)


def _packet_starts(content: Bytes) -> Places:
    """Where packets begin; after a break, where five follow each other again. Raises: UnreadableError."""
    runs: list[Places] = []
    at = _aligned(content, 0)
    while at is not None and at + _PACKET <= content.size:
        run = np.arange(at, min(content.size - _PACKET + 1, at + _PROBED * _PACKET), _PACKET)
        lost = content[run] != _SYNC
        twice = np.flatnonzero(lost[:-1] & lost[1:])  # one altered byte alone is no break
        if twice.size:
            run, lost = run[: twice[0]], lost[: twice[0]]
        runs.append(run[~lost])
        at = _aligned(content, at + int(twice[0]) * _PACKET + 1) if twice.size else int(run[-1]) + _PACKET
    if not runs:
        raise UnreadableError("it holds no transport packets.", subject="clip", remedy="Fetch the file again.")
    return np.concatenate(runs)


def _aligned(content: Bytes, begin: int) -> int | None:
    """The first place from `begin` on from which packets follow each other; None: there is none."""
    for at in range(begin, content.size - _PACKET + 1, _PACKET):
        window = content[at : at + 6 * _PACKET]
        for offset in np.flatnonzero(window[:_PACKET] == _SYNC):
            if (window[offset::_PACKET][:5] == _SYNC).all():
                return at + int(offset)
    return None


def _table_pids(content: Bytes, places: Places) -> set[int]:
    """PIDs of tables: the reserved ones, and those that any program association names (13818-1, 2.4.4.4)."""
    found = set(range(_RESERVED))
    for place in places.tolist():
        section = content[place : place + _PACKET - 4]
        section = section[1 + int(section[0]) :]
        if section.size > 8 and section[0] == 0:
            size = (int(section[1]) & 0x0F) << 8 | int(section[2])
            entries = section[8 : max(8, 3 + size - 4)]
            for entry in entries[: entries.size // 4 * 4].reshape(-1, 4).tolist():
                found.add((entry[2] & 0x1F) << 8 | entry[3])
    return found


def _time(coded: Places) -> Places:
    """Presentation time, 90 kHz, from its five bytes (13818-1, 2.4.3.7)."""
    parts = (coded[:, 0] >> 1 & 7) << 30 | coded[:, 1] << 22 | coded[:, 2] >> 1 << 15 | coded[:, 3] << 7
    return np.asarray(parts | coded[:, 4] >> 1, np.int64)


def _stream_us(times: Places, origin: int) -> Places:
    ticks = (times - origin + _BEFORE) % _TURN - _BEFORE
    return np.asarray(np.rint(ticks * (US_PER_S / _HZ)), np.int64)


# --- what lies beside ------------------------------


def _with(clip: Clip, beside: Sequence[Beside]) -> Clip:
    """The clip and its part of each file beside it, in one ZIP whose bytes depend on nothing else."""
    names = [each.name for each in beside]
    assert len(set(names)) == len(names), f"two files beside a film have one name: {names}"
    held: dict[str, bytes] = {f"clip{clip.suffix}": clip.content}
    counts = dict(clip.packets)
    for each in beside:
        parts = [(begin, end) for at_us, begin, end in each.parts if at_us is None or _within(clip, at_us)]
        held[f"beside/{Path(each.name).name}"] = b"".join(each.content[begin:end] for begin, end in parts)
        counts[each.name] = sum(1 for at_us, _, _ in each.parts if at_us is not None and _within(clip, at_us))
    about = {
        "begins_us": clip.begins_us,
        "ends_us": clip.ends_us,
        "pictures": clip.pictures,
        "remark": clip.remark,
        "files": {name: sha256_hex(content) for name, content in held.items()},
    }
    held["about.json"] = canonical_bytes(about)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(held):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), held[name])
    return Clip(
        content=sink.getvalue(),
        suffix=".zip",
        begins_us=clip.begins_us,
        ends_us=clip.ends_us,
        pictures=clip.pictures,
        packets=counts,
        remark=clip.remark,
    )


def _within(clip: Clip, at_us: int) -> bool:
    return clip.begins_us <= at_us <= clip.ends_us
