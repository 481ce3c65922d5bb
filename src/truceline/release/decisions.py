"""Embargo and publication: what a person decided about releasing, and what holds after all decisions."""

from collections.abc import Iterable

from truceline.base.errors import InputError
from truceline.base.time import stamp
from truceline.model.release import ReleaseDecision

_WORDS = {
    "embargo": "withheld from the parties and the public",
    "lift": "no longer withheld",
    "publish": "published to everybody whom the rules know, as the floors allow",
}


def check_decision(decision: ReleaseDecision) -> ReleaseDecision:
    """The decision, if it says what it is about and why. Raises: InputError."""
    for name, value in (("items", decision.items), ("reason", decision.reason.strip()), ("author", decision.author)):
        if not value:
            raise InputError(
                f"it names no {name}.", subject=f"release decision ({decision.act})", remedy=f"State {name}."
            )
    return decision


def standing(decisions: Iterable[ReleaseDecision]) -> tuple[frozenset[str], dict[str, int]]:
    """What is withheld, and what is published from when, after decisions in the order of the record.

    The last decision about an item holds: an embargo ends its publication, a publication its embargo. What was
    published twice keeps its first moment.
    """
    embargoed: set[str] = set()
    published: dict[str, int] = {}
    for decision in decisions:
        embargoed.difference_update(decision.items)
        for item in decision.items:
            if decision.act == "embargo":
                embargoed.add(item)
                published.pop(item, None)
            elif decision.act == "publish":
                published.setdefault(item, decision.at_us)
    return frozenset(embargoed), published


def decision_words(decision: ReleaseDecision) -> str:
    """One sentence for people: what, when, by whom, why."""
    what = decision.items[0] if len(decision.items) == 1 else f"{len(decision.items)} items"
    return f"{what}: {_WORDS[decision.act]} from {stamp(decision.at_us)}, by {decision.author}: {decision.reason}"
