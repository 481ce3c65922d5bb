"""What was made from an original in the record, and stands beside it: a proxy, a clip, a still."""

from dataclasses import dataclass

DERIVED = "derived"  # the kind of its entry
PURPOSES = ("proxy", "clip", "still", "contact-sheet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One thing made from one original: the same original, code and settings give the same bytes."""

    purpose: str  # PURPOSES
    sha256: str  # of its bytes
    original_sha256: str
    media_type: str
    code: str  # `truceline <version>`
    settings: str  # sha-256 of the canonical settings
    how: str  # in words: "the same pictures, bit for bit, as fragmented MP4"
    pieces: tuple[tuple[int, int], ...] = ()  # (its own time, `stream_us` of the original), microseconds; one a stretch
