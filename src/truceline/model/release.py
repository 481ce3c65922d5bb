"""Who may see what, when, how coarse: what a mission may set. What it may not is in `release/floors.py`."""

from dataclasses import dataclass
from typing import Literal

ItemKind = Literal[
    "event",
    "finding",
    "observation",
    "claim",
    "notice",
    "impediment",
    "coverage",
    "casualty",
    "damage",
    "case",
    "bulletin",
    "media",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    """One rule of `[[release]]`. Without a rule for a recipient and a kind, nothing of the kind is released to it.

    `to` is `parties` or `public`; `delay` is a duration (`15min`, `24h`, `3d`) after the item's latest time; `grid_m`
    the side of the square that a place is moved to the middle of; `hide` names columns left empty; counts below
    `least` are shown as fewer than that.
    """

    to: Literal["parties", "public"]
    kind: ItemKind
    delay: str = "0min"
    grid_m: int = 0
    hide: tuple[str, ...] = ()
    least: int = 0
    status: str = "preliminary"  # the least status on the ladder that is released
