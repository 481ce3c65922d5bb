"""Who may see what, when, how coarse: what a mission may set. What it may not is in `release/floors.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    "flight",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    """One rule of `[[release]]`. Without a rule for a recipient and a kind, nothing of the kind is released to it.

    `to` is `parties` or `public`; `delay` is a duration (`15min`, `24h`, `3d`) after the item's latest time; `grid_m`
    the side of the square that a place is moved to the middle of; `hide` names columns left empty; counts below
    `least` are shown as fewer than that. A delay or a grid that is not stated is the floor's.
    """

    to: Literal["parties", "public"]
    kind: ItemKind
    delay: str = ""
    grid_m: int = 0
    hide: tuple[str, ...] = ()
    least: int = 0
    status: str = "preliminary"  # the least status on the ladder that is released


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of the mission release must know besides the rules. Every mapping is by the item's id; moments are past."""

    compartments: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of its rows, only where there are any
    addressed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # addressees of an open case about it
    told: Mapping[str, int] = field(default_factory=dict)  # moment (us) from which a case told the addressees of it
    embargoed: frozenset[str] = frozenset()  # withheld from parties and public by a recorded decision
    published: Mapping[str, int] = field(default_factory=dict)  # moment (us) of the decision to publish it
    shared: frozenset[str] = frozenset()  # confidential items whose party agreed to their disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """A person's decision to withhold items, to end that, or to publish them. One entry of kind `release`."""

    act: Literal["embargo", "lift", "publish"]
    items: tuple[str, ...]  # ids
    at_us: int
    author: str
    reason: str  # never empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Shows that every party got the same about one finding: the hash of what all of them got, and from when."""

    finding_id: str
    at_us: int  # the moment at which all of them had it
    common_sha256: str
    parties: tuple[str, ...]  # sorted
