"""Where one event ends and the next begins, in bytes that come in any portions; what is no event is measured and left.

XML: from `<event` to `</event>`. TAK stream: 0xBF, a varint, so many bytes. TAK mesh: 0xBF 0x01 0xBF and the rest of
the datagram. What stands between XML events is passed over up to the next; where a stream of messages loses its step
nothing can be found again, and all that follows is lost.
Limits: the text `</event>` inside a comment or CDATA section ends the event, which is then not well-formed.
Source: MITRE MTR 090284 (XML); TAK protocol version 1 as in `commoncommo` of ATAK-CIV, "protocol.txt" (headers).
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

MAX_EVENT_BYTES = 65_536  # the largest real event seen has 3 kB; a datagram cannot hold more
_CHUNK_BYTES = 65_536
_MOST_BETWEEN_BYTES = 4_096  # of declarations and comments between two events
_MAGIC, MESH = 0xBF, b"\xbf\x01\xbf"
_VARINT_BYTES = 5
_FIRST_TAGS = (0x0A, 0x12)  # TakMessage begins with its field 1 or 2, both messages
_BLANK = re.compile(rb"[ \t\r\n]*")
_START = re.compile(rb"<event(?=[\s/>])")
_EDGE = re.compile(rb"</event\s{0,16}>|<event(?=[\s/>])")
_EDGE_BYTES = 24  # no edge is longer
_BESIDE = re.compile(rb"\xef\xbb\xbf|<\?[^<>]*\?>|<!--[^<>]*-->|</?events(?:\s[^<>]*)?/?>|[ \t\r\n]")

Kind = Literal["xml", "protobuf", "garbage", "too-large", "cut"]
EVENTS: tuple[Kind, ...] = ("xml", "protobuf")


class Piece(NamedTuple):
    """One event, or one stretch of bytes that is none."""

    at: int  # first byte, counted from the beginning
    kind: Kind
    content: bytes  # the event's XML, or its message without the header; empty for what is no event
    size_bytes: int


def pieces_of(content: bytes) -> Iterator[Piece]:
    """The pieces of a whole file or datagram, in their order; every byte that says something is in one of them."""
    if content.startswith(MESH):
        size_bytes = len(content)
        whole = size_bytes <= MAX_EVENT_BYTES + len(MESH)
        yield Piece(0, "protobuf" if whole else "too-large", content[len(MESH) :] if whole else b"", size_bytes)
        return
    framer = Framer()
    for begin in range(0, len(content), _CHUNK_BYTES):
        yield from framer.take(content[begin : begin + _CHUNK_BYTES])
    yield from framer.end()


class Framer:
    """Cuts one stream into pieces as its bytes come. Holds one event and one portion at most."""

    def __init__(self) -> None:
        self.idle_bytes = 0  # since the last whole event
        self.lost = False  # nothing that follows can be told apart
        self._held = bytearray()
        self._at = 0  # of the first held byte
        self._scanned = 0  # held bytes in which there is nothing to be found any more
        self._thrown_at = 0
        self._thrown_bytes = 0  # of garbage, or of an event that is too large
        self._left_bytes = 0  # of a message that is too large
        self._of_messages = False  # whether the last event was a message
        self._step: Callable[[list[Piece]], bool] = self._between

    @property
    def unfinished(self) -> bool:
        """Whether something has begun and is not whole."""
        return bool(self._held) or self._step != self._between

    def take(self, portion: bytes) -> list[Piece]:
        """The pieces that are whole with these bytes."""
        found: list[Piece] = []
        self._held += portion
        self.idle_bytes += len(portion)
        while self._held and not self.lost and self._step(found):
            pass
        if self.lost:
            self._throw(len(self._held))
        return found

    def end(self) -> list[Piece]:
        """What is left when no more bytes come."""
        found: list[Piece] = []
        if self._step == self._between:
            if self.lost or self._thrown_bytes or _BESIDE.sub(b"", self._held):
                self._throw(len(self._held))
                self._tell(found, "garbage")
        elif self._step in (self._in_xml, self._in_message):
            found.append(Piece(self._at, "cut", b"", len(self._held)))
        else:
            self._throw(len(self._held))
            self._tell(found, "too-large")
        self._held.clear()
        return found

    # --- steps: each says whether it moved on; else it waits for more bytes ------------------------------

    def _between(self, found: list[Piece]) -> bool:
        held = self._held
        blank = _BLANK.match(held)
        assert blank is not None, "nothing is blank, too"
        if not self._thrown_bytes:
            self._drop(blank.end())
            if not held:
                return False
            if held[0] == _MAGIC:
                self._step = self._in_message
                return True
            if self._of_messages and held[0] != ord("<"):
                self.lost = True
                return False
        start = _START.search(held, self._scanned)
        if start is None:
            if len(held) > _MOST_BETWEEN_BYTES:
                self._throw(len(held) - _EDGE_BYTES)
            self._scanned = max(0, len(held) - _EDGE_BYTES)
            return False
        if self._thrown_bytes or _BESIDE.sub(b"", held[: start.start()]):
            self._throw(start.start())
            self._tell(found, "garbage")
        else:
            self._drop(start.start())
        self._step, self._scanned = self._in_xml, len(b"<event")
        return True

    def _in_xml(self, found: list[Piece]) -> bool:
        edge = _EDGE.search(self._held, self._scanned)
        if edge is not None:
            end = edge.end() if edge[0].startswith(b"</") else edge.start()  # the next begins: this one has no end
            self._event(found, "xml", 0, end)
            return True
        self._scanned = max(self._scanned, len(self._held) - _EDGE_BYTES)
        if len(self._held) <= MAX_EVENT_BYTES:
            return False
        self._throw(len(self._held) - _EDGE_BYTES)
        self._step = self._past_xml
        return True

    def _past_xml(self, found: list[Piece]) -> bool:
        edge = _EDGE.search(self._held)
        if edge is None:
            self._throw(max(0, len(self._held) - _EDGE_BYTES))
            return False
        self._throw(edge.end() if edge[0].startswith(b"</") else edge.start())
        self._tell(found, "too-large")
        self._step = self._between
        return True

    def _in_message(self, found: list[Piece]) -> bool:
        length = _varint(self._held)
        if length is None:
            return False
        size_bytes, begin = length
        if size_bytes > 0 and len(self._held) == begin:
            return False
        if size_bytes < 0 or (size_bytes and self._held[begin] not in _FIRST_TAGS):
            self._step, self.lost = self._between, self._of_messages
            self._throw(1)
            return not self.lost
        if size_bytes > MAX_EVENT_BYTES:
            self._left_bytes, self._step = begin + size_bytes, self._past_message
            return True
        if len(self._held) < begin + size_bytes:
            return False
        self._event(found, "protobuf", begin, begin + size_bytes)
        return True

    def _past_message(self, found: list[Piece]) -> bool:
        taken = min(self._left_bytes, len(self._held))
        self._left_bytes -= taken
        self._throw(taken)
        if self._left_bytes:
            return False
        self._tell(found, "too-large")
        self._step, self._of_messages = self._between, True
        return True

    # --- leaves ------------------------------

    def _event(self, found: list[Piece], kind: Kind, begin: int, end: int) -> None:
        whole = end - begin <= MAX_EVENT_BYTES
        content = bytes(self._held[begin:end]) if whole else b""
        found.append(Piece(self._at, kind if whole else "too-large", content, end))
        self._drop(end)
        self._step, self._of_messages = self._between, kind == "protobuf"
        self.idle_bytes = len(self._held)

    def _tell(self, found: list[Piece], kind: Kind) -> None:
        found.append(Piece(self._thrown_at, kind, b"", self._thrown_bytes))
        self._thrown_bytes = 0

    def _throw(self, size_bytes: int) -> None:
        """Leave so many bytes; all that is thrown away until it is told is one piece."""
        if not self._thrown_bytes:
            self._thrown_at = self._at
        self._thrown_bytes += size_bytes
        self._drop(size_bytes)

    def _drop(self, size_bytes: int) -> None:
        del self._held[:size_bytes]
        self._at += size_bytes
        self._scanned = 0


def _varint(held: bytearray) -> tuple[int, int] | None:
    """The length after the first byte, and where what it measures begins; below 0: it is none; None: more is needed.

    Source: Protocol Buffers, "Base 128 varints".
    """
    length = 0
    for number, byte in enumerate(held[1 : 1 + _VARINT_BYTES]):
        length |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return length, number + 2
    return (-1, 1) if len(held) > _VARINT_BYTES else None
