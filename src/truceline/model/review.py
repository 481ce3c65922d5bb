"""What a person decided about an event, a finding or an observation; it outranks automation for ever.

One decision is one entry of kind `review` whose subject is the event's id. Status ladder of an event, lowest first:
rejected, reported, preliminary (what automation gives), confirmed, reviewed, final. What each decision does to what
follows is decision 0021.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

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
ACTS_OF_REVIEW: tuple[Act, ...] = get_args(Act)
REJECTED = "rejected"  # not judged, not counted
STATUSES = (REJECTED, "reported", "preliminary", "confirmed", "reviewed", "final")
Seen = tuple[tuple[str, tuple[str, ...]], ...]  # event id and its members, in the order named


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One decision. `values` are EVENTS columns by name as text, e.g. {"act": "fire", "count_lo": "2"}.

    `seen` is what the person decided about: each event named, with its members at that moment. `fuse.check_review`
    fills it in; a decision speaks about these observations for ever, whatever their event is called later.
    """

    event_id: str
    act: Act
    at_us: int
    author: str
    reason: str = ""
    members: tuple[str, ...] = ()  # observation ids
    others: tuple[str, ...] = ()  # event ids
    values: tuple[tuple[str, str], ...] = ()
    seen: Seen = ()
    blind: str = ""  # name of the double review it belongs to: it is compared, and decides nothing


def of_double_review(reviews: Iterable[Review], *, blind: str) -> tuple[Review, ...]:
    """The decisions of one double review as if they decided: what the second person would have made of it all."""
    return tuple(replace(review, blind="") for review in reviews if review.blind == blind)


def finding_status(event_ids: Iterable[str], statuses: Mapping[str, str]) -> str:
    """How far the events of a finding were looked at: the lowest of their statuses.

    Args:
        event_ids: of the finding; none: nobody was seen to meet an obligation, and automation says so.
        statuses: event id to status.
    """
    return min((statuses[event_id] for event_id in event_ids), key=STATUSES.index, default="preliminary")
