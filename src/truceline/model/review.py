"""What a person decided about an event, a finding or an observation; it outranks automation for ever.

One decision is one entry of kind `review` whose subject is the event's id. Status ladder of an event, lowest first:
rejected, reported, preliminary (what automation gives), confirmed, reviewed, final.
"""

from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "confirm",  # a person looked, and it is so
    "correct",  # `values` replace what automation says
    "split",  # `members` are an event of their own; the rest stays
    "merge",  # `others` are the same event; the older id stays, the others are its aliases
    "reject",  # it did not happen, or is no event
    "add",  # missed by automation: `members` are an event
    "review",  # a second look: reviewed
    "finalise",  # after the parties' replies: final
]
ACTS_OF_REVIEW: tuple[Act, ...] = Act.__args__  # type: ignore[attr-defined]
STATUSES = ("rejected", "reported", "preliminary", "confirmed", "reviewed", "final")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One decision. `values` are EVENTS columns by name as text, e.g. {"act": "fire", "count_lo": "2"}."""

    event_id: str
    act: Act
    at_us: int
    author: str
    reason: str = ""
    members: tuple[str, ...] = ()  # observation ids
    others: tuple[str, ...] = ()  # event ids
    values: tuple[tuple[str, str], ...] = ()
