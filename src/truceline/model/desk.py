"""What passes between a live mission and whoever asks it: cursors, items, answers."""

import re
from dataclasses import dataclass, field

_CURSOR = re.compile(r"(\d{1,15})-(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cursor:
    """How far a reader has been told: entries below `position`, and what had become visible by `at_us`."""

    position: int = 0
    at_us: int = 0

    def __str__(self) -> str:
        return f"{self.position}-{self.at_us}"


def cursor_of(text: str) -> Cursor | None:
    """The cursor that `text` is, as `str` writes it; None where it is none."""
    match = _CURSOR.fullmatch(text)
    return Cursor(position=int(match[1]), at_us=int(match[2])) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a recipient may learn: `body` is the canonical JSON of the released row."""

    kind: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an operation: the entries it made, and what it is about; `repeated` says it was done before."""

    subject: str
    positions: tuple[int, ...] = ()
    repeated: bool = False
    body: dict[str, object] = field(default_factory=dict)
