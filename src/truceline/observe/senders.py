"""What a row may say, by who sent it: a party's liaison speaks for its party alone.

Whoever can send could otherwise pass as an independent source of the mission, put words into another party's mouth,
grant itself an exemption, or give notice of what has happened already. The mission's own people are trusted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from truceline.base.time import stamp
from truceline.model.mission import Feed
from truceline.model.source import Source
from truceline.observe.reasons import refusal, shown

_OF_A_PARTY = ("party_record", "party_claim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent a file. `party`: whose liaison; empty: the mission's own people, and nothing here applies."""

    party: str = ""
    came_at_us: int = 0  # when the file came in
    received_by: tuple[str, ...] = ()  # the bodies of the mandate whose mission this is


NOBODY_ELSE = Sender()


def vouched(
    row: Mapping[str, object], *, feed: Feed, sender: Sender, sources: Mapping[str, Source], decided: frozenset[str]
) -> dict[str, object]:
    """The columns of a row that follow from who sent it, where its sender may say what it says.

    A notice of a party was given when it came in, and to whom it came: nobody else can vouch for more.

    Args: decided: registers in which only bodies enter anything: gates and suspensions.
    Raises: InputError.
    """
    if not sender.party:
        return {}
    if feed.holds == "notices":
        return _of_notice(row, sender, decided)
    source = sources[str(row["source_id"])]
    if source.kind not in _OF_A_PARTY or source.party != sender.party:
        raise refusal("not-its-source", f"{shown(source.id)} is no source of {shown(sender.party)}.", subject="source")
    if feed.holds == "claims" and row["claimant"] != sender.party:
        raise refusal("not-its-own", f"{shown(str(row['claimant']))} is not who sends.", subject="claimant")
    return {}


def _of_notice(row: Mapping[str, object], sender: Sender, decided: frozenset[str]) -> dict[str, object]:
    if row["party"] != sender.party:
        raise refusal("not-its-own", f"{shown(str(row['party'] or ''))} is not who sends.", subject="party")
    if row["register"] in decided:
        raise refusal("not-its-register", f"a body decides of {shown(str(row['register']))}.", subject="register")
    if row["status"] != "pending" or row["decided_by"]:
        raise refusal("not-its-decision", f"it says {shown(str(row['status']))}.", subject="status")
    begins_us = row["earliest_at_us"]
    assert isinstance(begins_us, int), "a notice has a beginning"
    if begins_us < sender.came_at_us:
        problem = f"it begins at {stamp(begins_us)} and came at {stamp(sender.came_at_us)}."
        raise refusal("notice-after-the-fact", problem, subject="begins")
    if row["given_earliest_at_us"] is not None or row["given_to"] not in ("", *sender.received_by):
        raise refusal("given-by-its-word", "nobody else knows of it.", subject="given")
    given_to = sender.received_by[0] if len(sender.received_by) == 1 else row["given_to"]
    return {
        "given_earliest_at_us": sender.came_at_us,
        "given_latest_at_us": sender.came_at_us,
        "given_to": given_to,
    }
