"""Readers of metadata packets: in a video's transport stream, or one after the other in a file of their own."""

from typing import Protocol

from truceline.observe.footage.klv.samples import MetadataStream, Shown
from truceline.observe.footage.parts import Found, Raw, reject
from truceline.observe.footage.streams import Loss, Packet, Streams
from truceline.observe.reasons import refusal


class PacketReader(Protocol):
    """Takes bytes in pieces of any size and gives rows of what they complete."""

    def feed(self, chunk: bytes) -> Found:
        """Rows of what these bytes complete."""

    def finish(self) -> Found:
        """Rows of what is left."""


class TransportReader:
    """The metadata streams of one transport stream, each read by itself."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._streams = Streams()
        self._readers: dict[str, MetadataStream] = {}

    def feed(self, chunk: bytes) -> Found:
        """Rows of what these bytes complete."""
        return self._read(self._streams.feed(chunk))

    def finish(self) -> Found:
        """Rows of what is left."""
        found = self._read(self._streams.finish())
        for reader in self._readers.values():
            found.take(reader.finish())
        return found

    def _read(self, pieces: list[Packet | Loss]) -> Found:
        found = Found()
        for piece in pieces:
            if isinstance(piece, Loss):
                error = refusal(piece.reason, f"{piece.words}.", subject=self._raw.name)
                found.rejects.append(reject(error, raw=self._raw, raw_at=piece.where))
                continue
            reader = self._readers.get(piece.stream)
            if reader is None:
                reader = self._readers[piece.stream] = MetadataStream(self._raw, piece.stream)
            shown = Shown(
                raw_at=f"{piece.stream}, packet {piece.number}",
                stream_us=piece.stream_us,
                width_px=piece.width_px,
                height_px=piece.height_px,
                flags=piece.flags,
            )
            found.take(reader.feed(piece.payload, shown))
        return found


class PlainReader:
    """A file of metadata sets without a video: one stream, named "klv", its places counted in bytes."""

    def __init__(self, raw: Raw) -> None:
        self._stream = MetadataStream(raw, "klv")

    def feed(self, chunk: bytes) -> Found:
        """Rows of what these bytes complete."""
        return self._stream.feed(chunk, Shown(raw_at=""))

    def finish(self) -> Found:
        """Rows of what is left."""
        return self._stream.finish()
