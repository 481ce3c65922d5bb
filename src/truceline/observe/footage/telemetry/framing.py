"""A ULog cut into its messages, so that only whole ones of a few topics reach the library, and every loss is counted.

pyulog 1.3 does not end on some damaged logs: an unknown message that claims to be longer than the rest of the file
sends it back to where it was, forever; arrays of arrays in a format grow without bound; one that holds itself ends in
a RecursionError; and erased flash costs it six seconds a megabyte. Here each byte is looked at a few times, no more.
Source: PX4 Developer Guide, ULog File Format (version 1).
"""

import re
import struct
from dataclasses import dataclass, field

import numpy as np

from truceline.observe.reasons import refusal

HEADER = b"ULog\x01\x125"
SYNC = b"\x08\x00S\x2f\x73\x13\x20\x25\x0c\xbb\x12"
FLAGS, FORMAT, SUBSCRIBED, DATA = ord("B"), ord("F"), ord("A"), ord("D")
# Shortest and longest payload of each type of message.
LENGTHS = {
    FLAGS: (40, 256), FORMAT: (3, 10_000), ord("I"): (2, 65_535), ord("M"): (3, 65_535), ord("P"): (2, 300),
    ord("Q"): (3, 300), SUBSCRIBED: (4, 300), ord("R"): (2, 2), DATA: (2, 65_535), ord("L"): (9, 2_000),
    ord("C"): (11, 2_000), ord("S"): (8, 8), ord("O"): (2, 2),
}  # fmt: skip
TYPE_BYTES = {
    "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "int64_t": 8, "uint64_t": 8,
    "float": 4, "double": 8, "bool": 1, "char": 1,
}  # fmt: skip
MAX_ITEMS = 4_096  # of one topic with all that it holds; the largest of PX4 has a few hundred
MAX_DEPTH = 8
MAX_TRIES = 500_000  # headers tried in a whole file in search of the next message: about a second
MAX_LOSSES = 10_000  # then the rest of the file is one
IN_A_ROW = 4  # so many messages must follow one another before a place is believed to begin one
FIRST_SLICE, LAST_SLICE = 1 << 10, 1 << 16

_FORMAT = re.compile(rb"([A-Za-z0-9_\-/]{1,200}):((?:[A-Za-z0-9_]+(?:\[[1-9][0-9]{0,3}\])? [A-Za-z0-9_]+;)+)")
_FIELD = re.compile(r"([A-Za-z0-9_]+)(?:\[([0-9]+)\])? ([A-Za-z0-9_]+);")
_SHORTEST = np.array([LENGTHS.get(kind, (1, 0))[0] for kind in range(256)])
_LONGEST = np.array([LENGTHS.get(kind, (1, 0))[1] for kind in range(256)])

Format = list[tuple[str, int, str]]  # type, items of the array (0: it is none), name


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Bytes of the log that came to nothing, and under which reason."""

    at: int
    reason: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A log of whole messages of the wanted topics; and what is not in it because it was damaged."""

    log: bytes
    losses: list[Loss]


@dataclass(frozen=True, slots=True)
class _Topic:
    """How long a message of the topic is, and whether it is wanted."""

    name: bytes
    bare: int  # without the padding at its end, as it is usually written
    padded: int
    wanted: bool


@dataclass(slots=True)
class _Walk:
    """Where the walk stands: what was declared so far, what is kept, what was lost."""

    content: bytes
    wanted: frozenset[str]
    borders: list[int]  # where a message may break off, because data was appended there; the last is the file's end
    formats: dict[str, Format] = field(default_factory=dict)
    topics: dict[int, _Topic] = field(default_factory=dict)
    declared: list[bytes] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    unnamed: dict[int, tuple[int, int]] = field(default_factory=dict)  # first at, messages; by topic number
    tries: int = 0
    sync: int = -1  # the next marker from where it was last looked for


def framed(content: bytes, wanted: frozenset[str]) -> Framed:
    """The log with nothing in it but whole messages: formats, subscriptions and data of the wanted topics.

    Raises: InputError: it is no ULog, or one that its own flags say cannot be read.
    Limits: a number that was altered inside a message of the right length is not seen: ULog has no checksums.
    """
    if len(content) < 16 or not content.startswith(HEADER):
        raise refusal("not-this-kind", f"starts with {content[:8].hex()}, not as a ULog.", subject="file")
    walk = _Walk(content, wanted, [*_appended(content), len(content)])
    at = 16
    while at < len(content):
        length = _length(walk, at)
        if length and _is_whole(walk, at, length):
            _take(walk, at, length)
            at += length
        else:
            at = _next_start(walk, at)
    for number, (first, messages) in walk.unnamed.items():
        problem = f"{messages} messages of topic number {number}, whose name and format are not in the log."
        walk.losses.append(Loss(at=first, reason="log-without-format", problem=problem))
    log = content[:16] + b"".join(walk.declared) + b"".join(walk.kept)
    return Framed(log=log, losses=sorted(walk.losses, key=lambda loss: loss.at))


def _appended(content: bytes) -> list[int]:
    """Where data was appended after a crash, from the flags; refuses flags whose meaning nobody here knows."""
    if len(content) < 59 or content[18] != FLAGS or content[16] | content[17] << 8 < 40:
        return []
    incompatible = content[27:35]
    if incompatible[0] & ~1 or any(incompatible[1:]):
        raise refusal("log-not-readable", f"its incompatible flags are {incompatible.hex()}.", subject="file")
    offsets = struct.unpack_from("<3Q", content, 35) if incompatible[0] & 1 else ()
    return sorted({offset for offset in offsets if 16 < offset < len(content)})


# --- one message


def _length(walk: _Walk, at: int) -> int:
    """Bytes of the message at `at` with its header, as far as the header can be believed; 0: there is none."""
    content = walk.content
    if at + 5 > len(content):
        return 0
    size, kind = content[at] | content[at + 1] << 8, content[at + 2]
    shortest, longest = LENGTHS.get(kind, (1, 0))
    if not shortest <= size <= longest:
        return 0
    topic = walk.topics.get(_number(content, at)) if kind == DATA else None
    return 3 + size if topic is None or size - 2 in (topic.bare, topic.padded) else 0


def _number(content: bytes, at: int) -> int:
    """The topic's number in the data message at `at`."""
    return content[at + 3] | content[at + 4] << 8


def _is_whole(walk: _Walk, at: int, length: int) -> bool:
    """Whether the message breaks off nowhere; and, where its topic is not known, whether another follows it."""
    end = at + length
    if end > _border(walk, at):
        return False
    unknown = walk.content[at + 2] == DATA and _number(walk.content, at) not in walk.topics
    return not unknown or end == len(walk.content) or _length(walk, end) > 0


def _border(walk: _Walk, at: int) -> int:
    return next(border for border in walk.borders if border > at)


def _take(walk: _Walk, at: int, length: int) -> None:
    """Keep the message where it is wanted, and learn from it."""
    message = walk.content[at : at + length]
    if message[2] == FORMAT:
        _learn_format(walk, at, message)
    elif message[2] == SUBSCRIBED:
        _learn_topic(walk, at, message)
    elif message[2] == DATA:
        number = _number(message, 0)
        topic = walk.topics.get(number)
        if topic is None:
            first, messages = walk.unnamed.get(number, (at, 0))
            walk.unnamed[number] = (first, messages + 1)
        elif topic.wanted:
            walk.kept.append(struct.pack("<HB", topic.bare + 2, DATA) + message[3 : 5 + topic.bare])


def _learn_format(walk: _Walk, at: int, message: bytes) -> None:
    parts = _FORMAT.fullmatch(message, 3)
    if parts is None:
        _lose(walk, at, "damaged-log", f"{len(message)} bytes declare a format that is none.")
        return
    found = _FIELD.findall(parts[2].decode())
    walk.formats[parts[1].decode()] = [(kind, int(items or 0), name) for kind, items, name in found]
    walk.declared.append(message)


def _learn_topic(walk: _Walk, at: int, message: bytes) -> None:
    number, name = message[4] | message[5] << 8, message[6:].decode("ascii", "replace")
    before = walk.topics.get(number)
    if before is not None:
        if before.name != message[3:]:
            _lose(walk, at, "damaged-log", f"topic number {number} is declared a second time, as another.")
        return
    fields = _expanded(walk.formats, name)
    if fields is None:
        return  # its data are counted among those without a format
    padded = sum(TYPE_BYTES[kind] for kind, _ in fields)
    while fields and fields[-1][1].startswith("_padding"):
        fields.pop()
    names = {field_name for _, field_name in fields}
    sound = ("uint64_t", "timestamp") in fields and len(names) == len(fields)
    bare = sum(TYPE_BYTES[kind] for kind, _ in fields)
    topic = _Topic(message[3:], bare, padded, sound and name in walk.wanted)
    walk.topics[number] = topic
    if topic.wanted:
        walk.kept.append(message)
    elif name in walk.wanted:
        _lose(walk, at, "log-without-format", f"the format of {name} has no time, or a field twice.")


def _expanded(formats: dict[str, Format], topic: str) -> list[tuple[str, str]] | None:
    """(type, name) of each number that a topic holds, through all that is nested in it; None: not known, or no end."""
    found: list[tuple[str, str]] = []
    left = MAX_ITEMS

    def expand(name: str, prefix: str, depth: int) -> bool:
        nonlocal left
        if name not in formats or depth > MAX_DEPTH:
            return False
        for kind, items, field_name in formats[name]:
            whole = [f"{prefix}{field_name}[{item}]" for item in range(items)] or [prefix + field_name]
            for each in whole:
                left -= 1
                if left < 0:
                    return False
                if kind in TYPE_BYTES:
                    found.append((kind, each))
                elif not expand(kind, each + ".", depth + 1):
                    return False
        return True

    return found if expand(topic, "", 0) else None


# --- where it goes on


def _lose(walk: _Walk, at: int, reason: str, problem: str) -> None:
    walk.losses.append(Loss(at=at, reason=reason, problem=problem))


def _next_start(walk: _Walk, at: int) -> int:
    """Where the next message begins after bytes that are none; they are counted as lost."""
    border = _border(walk, at)
    start = len(walk.content) if len(walk.losses) >= MAX_LOSSES else _found_start(walk, at + 1, border)
    broken_off = start == border and _length(walk, at) > 0
    reason = "cut-short" if broken_off else "damaged-log"
    words = "begin a message that breaks off" if broken_off else "are no message"
    _lose(walk, at, reason, f"{start - at:,} bytes {words}.")
    return start


def _found_start(walk: _Walk, first: int, border: int) -> int:
    """The first place before `border` where messages follow one another; the marker for it, or `border`."""
    if walk.sync < first:
        found = walk.content.find(SYNC, first)
        walk.sync = found if found >= 0 else len(walk.content)
    until = min(border, walk.sync)
    octets = np.frombuffer(walk.content, np.uint8)
    at, wide = first, FIRST_SLICE
    while at + 5 < until:
        end = min(at + wide, until - 5)
        kinds = octets[at + 2 : end + 2]
        sizes = octets[at:end].astype(np.int64) | octets[at + 1 : end + 1].astype(np.int64) << 8
        hopeful = np.flatnonzero((sizes >= _SHORTEST[kinds]) & (sizes <= _LONGEST[kinds]))
        for each in hopeful.tolist():
            if walk.tries > MAX_TRIES:
                return until
            if _begins(walk, at + each, border):
                return int(at + each)
        at, wide = end, min(wide * 8, LAST_SLICE)
    return until


def _begins(walk: _Walk, at: int, border: int) -> bool:
    """Whether so many believable messages stand one behind the other from here, or up to the border."""
    for _ in range(IN_A_ROW):
        walk.tries += 1
        length = _length(walk, at)
        if not length or (walk.content[at + 2] == DATA and _number(walk.content, at) not in walk.topics):
            return False
        at += length
        if at >= border:
            return at == border
    return True
