"""Blind double review: how well the events of a day hold when a second person decides about them without the first.

The second person's decisions carry the name of the double review (`Review.blind`), so they decide nothing; fused on
their own (`model.review.of_double_review`) they give the reference. Who may see whose decisions is the server's.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.units import SIGMA_95
from truceline.fuse.events import standing
from truceline.fuse.ids import Row
from truceline.fuse.places import ellipses_overlap, spots_of

# Targets of the data centre of the nuclear test-ban treaty for its reviewed bulletin, in per-mille.
MATCH_TARGET_PERMILLE = 980  # at least
FALSE_TARGET_PERMILLE = 40  # at most
OVERLAP_TARGET_PERMILLE = 960  # at least
_PERMILLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, with the interval that holds the true share in 95 % of such samples."""

    part: int
    whole: int
    target_permille: int
    wanted: Literal["at least", "at most"]

    @property
    def permille(self) -> int | None:
        """Rounded half up; None where there is nothing to take a share of."""
        return (2 * _PERMILLE * self.part + self.whole) // (2 * self.whole) if self.whole else None

    @property
    def interval_permille(self) -> tuple[int, int]:
        """Rounded outward; of nothing, anything.

        Source: Wilson 1927, the score interval, which holds for small samples too.
        """
        if not self.whole:
            return 0, _PERMILLE
        share, square = self.part / self.whole, SIGMA_95**2 / self.whole
        middle = (share + square / 2) / (1 + square)
        half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
        low, high = math.floor(_PERMILLE * (middle - half)), math.ceil(_PERMILLE * (middle + half))
        return (0 if self.part == 0 else max(0, low)), (_PERMILLE if self.part == self.whole else min(_PERMILLE, high))

    @property
    def met(self) -> Literal["met", "missed", "open"]:
        """Whether the target is met; `open` where the sample is too small to say."""
        low, high = self.interval_permille
        if self.wanted == "at most":
            low, high, target = _PERMILLE - high, _PERMILLE - low, _PERMILLE - self.target_permille
        else:
            target = self.target_permille
        if low >= target:
            return "met"
        return "missed" if high < target else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a double review found. `missed`: events of the reference that automation did not form, counted apart."""

    match: Share  # of the reference's events, those that the first has too
    false: Share  # of the first's events, those that the reference rejects
    overlap: Share  # of events that both have and place, those whose 95 % ellipses meet
    missed: int


def sample(events: pa.Table, *, day_us: tuple[int, int], share_permille: int, seed: str) -> tuple[str, ...]:
    """Events of a day for a second person: the same for the same seed, in an order that says nothing of them.

    Args:
        events: EVENTS, rejected ones too: whether that was right is part of the question.
        day_us: first moment of the day, and the first after it, UTC; an event belongs to where it begins.
        share_permille: of the day's events, rounded up.
        seed: any text; recorded with the sample, so that everybody can draw it again.
    """
    begins = zip(events["event_id"].to_pylist(), events["earliest_at_us"].to_pylist(), strict=True)
    of_day = [name for name, at_us in begins if at_us is not None and day_us[0] <= at_us < day_us[1]]
    drawn = sorted(of_day, key=lambda name: sha256_hex(canonical_bytes([seed, name])))
    return tuple(drawn[: -(-len(of_day) * share_permille // _PERMILLE)])


def compare(first: pa.Table, reference: pa.Table) -> Quality:
    """One person's events against another's, decided independently about the same observations.

    Two events are the same where they share more than half of all observations of both: so each has one match at most.

    Args:
        first: EVENTS as the first person left them, fused from the observations of the sample.
        reference: EVENTS as the second person left them, fused from the same observations.
    """
    ours, theirs = standing(first).to_pylist(), standing(reference).to_pylist()
    pairs = _matches(ours, theirs)
    held = {member for event in theirs for member in event["members"]}
    false = sum(held.isdisjoint(event["members"]) for event in ours)
    placed = [pair for pair in pairs if all(event["lon_deg"] is not None for event in pair)]
    overlapping = ellipses_overlap(spots_of([one for one, _ in placed]), spots_of([other for _, other in placed]))
    return Quality(
        match=_share(len(pairs), len(theirs), MATCH_TARGET_PERMILLE, "at least"),
        false=_share(false, len(ours), FALSE_TARGET_PERMILLE, "at most"),
        overlap=_share(int(overlapping.sum()), len(placed), OVERLAP_TARGET_PERMILLE, "at least"),
        missed=sum(event["origin"] == "missed" for event in theirs),
    )


def _share(part: int, whole: int, target_permille: int, wanted: Literal["at least", "at most"]) -> Share:
    return Share(part=part, whole=whole, target_permille=target_permille, wanted=wanted)


def _matches(ours: list[Row], theirs: list[Row]) -> list[tuple[Row, Row]]:
    """Each two events that are the same."""
    events = {event["event_id"]: event for event in ours}
    holder = {member: event["event_id"] for event in ours for member in event["members"]}
    found = []
    for reference in theirs:
        shared = Counter(holder[member] for member in reference["members"] if member in holder)
        for event_id, count in shared.most_common(1):
            if 2 * count > len(events[event_id]["members"]) + len(reference["members"]) - count:
                found.append((events[event_id], reference))
    return found
