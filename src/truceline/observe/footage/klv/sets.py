"""Sets of keys, lengths and values as they come off a stream: split, framed, and mended where bytes were lost.

Source: SMPTE ST 336 (keys, BER lengths, BER-OID tags); MISB ST 0107; MISB ST 0601.17 section 6.4 (checksum).
"""

import re
from dataclasses import dataclass

START = bytes.fromhex("060e2b34")  # of every universal key
UAS_KEY = bytes.fromhex("060e2b34020b01010e01030101000000")  # MISB ST 0601
UAS_TAIL = UAS_KEY[5:]
VMTI_KEY = bytes.fromhex("060e2b34020b01010e01030306000000")  # MISB ST 0903
MARKING_KEY = bytes.fromhex("060e2b34020301010e01030302000000")  # MISB ST 0102
UNIVERSAL_KEY = bytes.fromhex("060e2b34020101010e01010201010000")  # MISB EG 0104
KEY_BYTES = 16
SET_BYTES_MAX = 1 << 20
CHECKSUM_TAG = 1

# A set begins with a universal key. Some tools that copy metadata out of a video drop the first five bytes of each.
_BEGIN = re.compile(re.escape(START) + b"|" + re.escape(UAS_TAIL))
# Keys that never stand inside another set: where one does, the length before it was damaged.
_IN_EACH = b"\x01\x01\x0e\x01"  # looked for first: most sets hold none of it
_NEVER_INSIDE = re.compile(
    b"(?:%b)?%b|" % (re.escape(UAS_KEY[:5]), re.escape(UAS_TAIL))
    + b"|".join(re.escape(key) for key in (UAS_KEY[:5] + b"\x01" + UAS_KEY[6:], VMTI_KEY, UNIVERSAL_KEY))
)


@dataclass(frozen=True, slots=True)
class KlvSet:
    """One set, its key mended where it was cut.

    Attributes:
        content: key, length, value.
        at_byte: where it begins in what was fed.
        flags: "key-mended", "cut-short".
    """

    content: bytes
    at_byte: int
    flags: tuple[str, ...] = ()

    @property
    def key(self) -> bytes:
        """The sixteen bytes that say what kind of set it is."""
        return self.content[:KEY_BYTES]


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that belong to no set."""

    at_byte: int
    count: int


def ber_length(content: bytes, at: int) -> tuple[int, int] | None:
    """A length and where its value begins, or None if it is not whole or cannot be (SMPTE ST 336, BER).

    Limits: the indefinite form and lengths of more than four bytes are not used by any MISB set: None.
    """
    if at >= len(content):
        return None
    first = content[at]
    if first < 0x80:
        return first, at + 1
    end = at + 1 + (first & 0x7F)
    if not 1 <= first & 0x7F <= 4 or end > len(content):
        return None
    return int.from_bytes(content[at + 1 : end], "big"), end


def ber_oid(content: bytes, at: int) -> tuple[int, int] | None:
    """A tag of one to four bytes and where it ends, or None if it is not whole (SMPTE ST 336, BER-OID)."""
    tag = 0
    for index in range(at, min(at + 4, len(content))):
        tag = tag << 7 | content[index] & 0x7F
        if content[index] < 0x80:
            return tag, index + 1
    return None


def items(content: bytes, at: int = 0) -> tuple[list[tuple[int, int, int]], int]:
    """The items of a local set, each as tag, where its value begins and ends; and where they stop fitting.

    That is the end of `content` if the set is whole.
    """
    found, size = [], len(content)
    while at < size:
        if at + 1 < size and content[at] < 0x80 > content[at + 1]:  # nearly always: one byte each
            tag, length, begin = content[at], content[at + 1], at + 2
        else:
            tagged = ber_oid(content, at)
            measured = ber_length(content, tagged[1]) if tagged else None
            if tagged is None or measured is None:
                break
            tag, (length, begin) = tagged[0], measured
        if begin + length > size:
            break
        at = begin + length
        found.append((tag, begin, at))
    return found, at


def value_of(content: bytes) -> bytes:
    """The value of a whole set; what there is of it, if it was cut."""
    measured = ber_length(content, KEY_BYTES)
    return content[measured[1] : sum(measured)] if measured else b""


def checksum(content: bytes) -> int:
    """The running sum of 16-bit words over everything before the two bytes of the checksum itself."""
    return (sum(content[0::2]) * 256 + sum(content[1::2])) & 0xFFFF


def checksum_holds(content: bytes) -> bool | None:
    """Whether the checksum a local set states is that of its bytes; None: it states none (item 1 is not its last)."""
    if content[-4:-2] != b"\x01\x02":
        return None
    return int.from_bytes(content[-2:], "big") == checksum(content[:-2])


def rebuilt(content: bytes) -> tuple[bytes, bool]:
    """A damaged local set with those of its items that can still be framed, under a fresh length and checksum.

    Returns: the set, and whether nothing had to be left out.
    Limits: a damaged length inside may join the bytes of two items into one; what it says is then wrong. Such a set
        fails its own checksum, and what is read from it must say so.
    """
    measured = ber_length(content, KEY_BYTES)
    value = value_of(content)
    found, end = items(value)
    starts = [0, *(last for _, _, last in found)]
    kept = [value[at:last] for at, (tag, _, last) in zip(starts, found, strict=False) if tag != CHECKSUM_TAG]
    body = b"".join(kept) + bytes((CHECKSUM_TAG, 2))
    fresh = content[:KEY_BYTES] + b"\x83" + (len(body) + 2).to_bytes(3, "big") + body
    whole = measured is not None and sum(measured) <= len(content) and end == len(value)
    return fresh + checksum(fresh).to_bytes(2, "big"), whole


class Splitter:
    """Cuts a stream of bytes, fed in pieces of any size, into sets and the gaps between them.

    Every byte fed comes out once, in a set or in a gap. A set that is cut by the next one's key, or by the end, comes
    out as it is, flagged "cut-short". At most one set (1 MiB) is held.
    """

    def __init__(self) -> None:
        self._held = b""
        self._at = 0  # the first byte of it that has not come out
        self._searched = 0  # up to here no other key stands in the set that begins there
        self._before = 0  # bytes that came before what is held
        self._gap_at: int | None = None

    @property
    def pending(self) -> bool:
        """Whether it holds anything that has not come out."""
        return self._gap_at is not None or self._at < len(self._held)

    def feed(self, chunk: bytes) -> list[KlvSet | Gap]:
        """What is whole with these bytes, in their order."""
        self._held += chunk
        return self._taken(at_end=False)

    def finish(self) -> list[KlvSet | Gap]:
        """What is left: nothing follows, or what follows does not belong to it."""
        return self._taken(at_end=True)

    def _taken(self, *, at_end: bool) -> list[KlvSet | Gap]:
        found: list[KlvSet | Gap] = []
        while self._at < len(self._held):
            begin = _BEGIN.search(self._held, self._at)
            if begin is None:
                keep = 0 if at_end else len(UAS_TAIL) - 1  # they may be the first bytes of a key
                self._skip(len(self._held) - keep - self._at)
                break
            self._skip(begin.start() - self._at)
            piece = self._first(at_end=at_end)
            if isinstance(piece, KlvSet):
                found += [*self._gap(piece.at_byte), piece]
            elif piece:
                self._skip(piece)
            else:
                break
        self._before += self._at
        self._searched = max(self._searched - self._at, 0)
        self._held, self._at = self._held[self._at :], 0
        return found + self._gap(self._before) if at_end else found

    def _first(self, *, at_end: bool) -> KlvSet | int:
        """The set at the beginning of what is held; or how many bytes are none; 0: the rest of it has not come yet."""
        begin, key_bytes = self._at, KEY_BYTES if self._held.startswith(START, self._at) else len(UAS_TAIL)
        measured = ber_length(self._held, begin + key_bytes)
        if measured is None and not at_end and len(self._held) < begin + key_bytes + 5:
            return 0
        if measured is None or measured[0] > SET_BYTES_MAX:
            return len(START)
        end, there = sum(measured), min(sum(measured) + KEY_BYTES, len(self._held))
        first = max(measured[1], self._searched)
        suspect = self._held.find(_IN_EACH, first, end) >= 0 or self._held.find(START, end - KEY_BYTES, end) >= 0
        cut = _NEVER_INSIDE.search(self._held, first, there) if suspect else None
        if cut is None and not at_end and (end > there or self._may_be_cut(end)):
            self._searched = max(there - KEY_BYTES, measured[1])
            return 0
        self._searched = 0
        end = min(end, there, cut.start() if cut else there)
        flags: tuple[str, ...] = ("key-mended",) if key_bytes != KEY_BYTES else ()
        flags += ("cut-short",) if end < sum(measured) else ()
        content = UAS_KEY[: KEY_BYTES - key_bytes] + self._held[begin:end]
        self._at = end
        return KlvSet(content, self._before + begin, flags)

    def _may_be_cut(self, end: int) -> bool:
        """Whether a set that ends here ends in what may be the next one's key, of which the rest has not come."""
        begin = self._held.find(START, max(end - KEY_BYTES, self._at + KEY_BYTES), end)
        return begin >= 0 and len(self._held) < begin + KEY_BYTES

    def _skip(self, count: int) -> None:
        """Pass over bytes that belong to no set; they come out as one gap before the next set."""
        if count > 0:
            self._searched = 0
            self._gap_at = self._before + self._at if self._gap_at is None else self._gap_at
            self._at = min(self._at + count, len(self._held))

    def _gap(self, end: int) -> list[KlvSet | Gap]:
        begin, self._gap_at = self._gap_at, None
        return [Gap(begin, end - begin)] if begin is not None else []
