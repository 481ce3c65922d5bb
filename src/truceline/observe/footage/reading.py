"""Footage metadata of every kind, as rows: which kind a file is, and the reader of each.

A video's stream and raw metadata are read as they come, in pieces; other kinds when they are whole.
"""

from typing import TYPE_CHECKING

from truceline.observe.footage.parts import Found, Raw, Row, reject
from truceline.observe.reasons import refusal

if TYPE_CHECKING:
    from truceline.observe.footage.packets import PacketReader

KINDS = ("ts", "klv", "subtitles", "ulog", "mavlink", "sidecar", "still")
HEAD_BYTES = 4_096  # enough for `kind_of`
WHOLE_BYTES_MAX = 1 << 29  # of a kind that is read when it is whole

_TEXTS = {".srt": "subtitles", ".csv": "sidecar"}
_BINARY = {b"ULog\x01\x12\x35": "ulog", b"\xff\xd8\xff": "still", b"\x89PNG": "still"}
_BINARY |= {b"II*\0": "still", b"MM\0*": "still", b"\xa3\x95": "mavlink"}
_KLV_BEGINS = (bytes.fromhex("060e2b34"), bytes.fromhex("0b01010e0103010100"))  # the second lost its first five bytes
_SYNC_RUN = 4
_MAVLINK = (0xFE, 0xFD)
_ENDINGS = {".ts": "ts", ".m2ts": "ts", ".mpg": "ts", ".klv": "klv", ".ulg": "ulog", ".tlog": "mavlink"}
_ENDINGS |= {".jpg": "still", ".jpeg": "still", ".dng": "still", ".tif": "still", ".tiff": "still", ".png": "still"}


def kind_of(head: bytes, name: str) -> str:
    """Which of KINDS a file is, by its first bytes and, where they leave it open, by its name; "" for none.

    Args:
        head: its first `HEAD_BYTES`, or all of it.
        name: its name, of which only the ending counts.
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    for magic, kind in _BINARY.items():
        if head.startswith(magic):
            return kind
    if head.startswith(_KLV_BEGINS):
        return "klv"
    if _is_transport(head):
        return "ts"
    if len(head) > 8 and head[8] in _MAVLINK and ending in (".tlog", ".mav", ".mavlink", ""):
        return "mavlink"
    if b"\0" not in head:
        beginning = head.decode("utf-8", "replace")
        if "-->" in beginning:
            return "subtitles"
        if ending in _TEXTS:
            return _TEXTS[ending]
    return _ENDINGS.get(ending, "")  # its beginning is damaged


def _is_transport(head: bytes) -> bool:
    """Whether packets of a transport stream follow each other somewhere in the first bytes."""
    for step in (188, 192, 204):
        at = head.find(b"G")
        while 0 <= at <= step:
            run = head[at : at + _SYNC_RUN * step : step]
            if len(run) > 1 and run == b"G" * len(run):
                return True
            at = head.find(b"G", at + 1)
    return False


class FootageReader:
    """Reads one file or live stream of footage in pieces of any size.

    Nothing in the bytes raises: what is damaged comes out as rejects with their place. Memory does not grow with a
    video's stream or raw metadata; other kinds are held whole, up to `WHOLE_BYTES_MAX`.
    """

    def __init__(self, raw: Raw, kind: str) -> None:
        """Args: kind: of KINDS, from `kind_of` or as the feed declares it; "": everything is set aside."""
        self._raw, self._kind = raw, kind
        self._inner = _packet_reader(raw, kind)
        self._whole: list[bytes] = []
        self._whole_bytes = 0
        self._said_anything = False

    def feed(self, chunk: bytes) -> Found:
        """Rows of what these bytes complete."""
        if self._inner is not None:
            return self._noted(self._inner.feed(chunk))
        self._whole_bytes += len(chunk)
        if self._kind and self._whole_bytes <= WHOLE_BYTES_MAX:
            self._whole.append(chunk)
        return Found()

    def finish(self) -> Found:
        """Rows of what is left when nothing more comes."""
        if self._inner is not None:
            found = self._noted(self._inner.finish())
            if not self._said_anything:
                problem = "it holds no metadata of its flight, or none that is registered as such (KLVA)."
                found.rejects.append(self._reject("no-metadata", problem))
            return found
        if not self._kind:
            return Found(
                rejects=[self._reject("not-footage", "its first bytes and its name are of no kind read here.")]
            )
        if self._whole_bytes > WHOLE_BYTES_MAX:
            problem = f"{self._whole_bytes:,} bytes; {WHOLE_BYTES_MAX:,} are read at once."
            return Found(rejects=[self._reject("file-too-large", problem)])
        from truceline.observe.footage.telemetry import READERS

        content, self._whole = b"".join(self._whole), []
        return READERS[self._kind](content, self._raw)

    def _noted(self, found: Found) -> Found:
        self._said_anything = self._said_anything or bool(found.frames or found.sightings)
        return found

    def _reject(self, reason: str, problem: str) -> Row:
        return reject(refusal(reason, problem, subject=self._raw.name), raw=self._raw, raw_at="file")


def _packet_reader(raw: Raw, kind: str) -> "PacketReader | None":
    """The reader of a kind that is read as it comes; None for the others."""
    if kind not in ("ts", "klv"):
        return None
    from truceline.observe.footage.packets import PlainReader, TransportReader  # brings tstrans, an extra

    return TransportReader(raw) if kind == "ts" else PlainReader(raw)


def read_footage(content: bytes, *, raw: Raw, file: str = "") -> Found:
    """All rows of one file: FRAMES, SIGHTINGS and REJECTS, in the order of its bytes.

    Args:
        content: the whole file.
        raw: whose bytes they are.
        file: its name, whose ending helps to tell the kind; empty: `raw` is called like it.
    """
    reader = FootageReader(raw, kind_of(content[:HEAD_BYTES], file or raw.name))
    found = reader.feed(content)
    found.take(reader.finish())
    return found
