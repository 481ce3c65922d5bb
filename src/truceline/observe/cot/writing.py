"""Events into bytes: for a file that is kept, and in the TAK protocol for those who ask for it."""

from takproto import TAKProtoVer, xml2proto  # type: ignore[import-untyped]

from truceline.observe.cot.frames import Piece


def as_kept(piece: Piece) -> bytes:
    """A whole event as it stands in a file of events: its own bytes, with a header or an end of line beside them."""
    if piece.kind == "xml":
        return piece.content + b"\n"
    return b"\xbf" + _varint(len(piece.content)) + piece.content


def as_message(event: bytes, *, mesh: bool) -> bytes:
    """One event of our own making, XML, as a TAK message.

    Args: mesh: for a datagram; else for a stream.
    Limits: times are cut off after the millisecond. takproto trusts its XML: never give it what others sent.
    """
    return bytes(xml2proto(event, TAKProtoVer.MESH if mesh else TAKProtoVer.STREAM))


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(made + bytes((number,)))
