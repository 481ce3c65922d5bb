"""What no rule can undercut, and whether a mission's rules keep to it (decision 0018)."""

import re
from dataclasses import dataclass
from typing import get_args

from truceline.base.errors import InputError, OutOfRangeError, UnreadableError
from truceline.base.units import S_PER_UNIT, distance_words, duration_words
from truceline.model.release import ItemKind, ReleaseRule
from truceline.model.review import STATUSES
from truceline.release.columns import COLUMNS, ID_OF

KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
GRADED = ("event", "casualty", "damage")  # kinds whose `status` stands on the ladder of `model/review.py`
SENT = ("observation", "claim", "notice", "impediment", "coverage", "casualty", "damage", "media")  # shown to sender
ONLY_DECIDED = ("media",)  # a picture cannot be made coarser: a rule is not enough, a person must publish it

# Acts by what their place gives away. An act that stands in neither, or none, is taken as a unit that can move.
SETTLED_ACTS = ("strike", "build")  # the place of what was hit or built: it stays where it is
MOMENTARY_ACTS = ("fire", "launch", "clash", *SETTLED_ACTS)

GRID_M_MAX = 1_000_000
LEAST_MAX = 1_000
_DURATION = re.compile(r"(\d{1,6})(s|min|h|d)")
_H, _D = S_PER_UNIT["h"], S_PER_UNIT["d"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least delay after the item's latest time, the least grid, and what its times are widened to."""

    delay_s: int
    grid_m: int
    round_s: int


FLOORS = {
    "parties": Floor(delay_s=_H, grid_m=2_500, round_s=_H),
    "public": Floor(delay_s=_D, grid_m=5_000, round_s=_D),
}
UNIT_FLOORS = {  # for what can move: a unit, a weapon at a place
    "parties": Floor(delay_s=_D, grid_m=5_000, round_s=_H),
    "public": Floor(delay_s=3 * _D, grid_m=10_000, round_s=_D),
}
NO_DELAY = ("bulletin", "flight")  # holds only what was released to whom it is for; a flight is told ahead, in hours
FOR_PARTIES = ("flight",)  # never to the public: what is told ahead would tell anybody where nobody looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for one recipient and kind: rules and floors, whichever is stricter. `unit`: of what can move."""

    ruled: bool  # without a rule nothing of the kind is released, but what is whole
    delay_s: int
    unit_delay_s: int
    least_delay_s: int  # the floors alone, which a decision to publish keeps to as well
    unit_least_delay_s: int
    grid_m: int
    unit_grid_m: int
    round_s: int
    hide: frozenset[str]
    least: int
    status: str


def limits_of(rules: tuple[ReleaseRule, ...], *, to: str, kind: str) -> Limits:
    """The strictest of the rules for this recipient and kind, and of the floors.

    Args: to: `parties` or `public`.
    Raises: UnreadableError: a delay that is none.
    """
    held = [rule for rule in rules if rule.to == to and rule.kind == kind]
    floor, unit = FLOORS[to], UNIT_FLOORS[to]
    least_delay_s = 0 if kind in NO_DELAY else floor.delay_s
    delay_s, grid_m = (max(stated, default=0) for stated in (map(delay_s_of, held), (rule.grid_m for rule in held)))
    ranks = [STATUSES.index(rule.status) if rule.status in STATUSES else len(STATUSES) - 1 for rule in held]
    return Limits(
        ruled=bool(held) and (to == "parties" or kind not in FOR_PARTIES),
        delay_s=max(delay_s, least_delay_s),
        unit_delay_s=max(delay_s, unit.delay_s),
        least_delay_s=least_delay_s,
        unit_least_delay_s=unit.delay_s,
        grid_m=max(grid_m, floor.grid_m),
        unit_grid_m=max(grid_m, unit.grid_m),
        round_s=0 if kind in NO_DELAY else floor.round_s,
        hide=frozenset(name for rule in held for name in rule.hide),
        least=max((rule.least for rule in held), default=0),
        status=STATUSES[max(ranks, default=-1)],
    )


def check_rules(rules: tuple[ReleaseRule, ...]) -> tuple[ReleaseRule, ...]:
    """The rules, if each can be kept and none is below a floor. The floors hold in `release` all the same.

    Raises: InputError, naming the rule, the floor and what to write.
    """
    for number, rule in enumerate(rules, start=1):
        subject = f"release rule {number} (to {rule.to}, {rule.kind})"
        _check_words(rule, subject)
        _check_floors(rule, subject)
        if any(one.to == rule.to and one.kind == rule.kind for one in rules[: number - 1]):
            raise InputError(
                "an earlier rule is for the same recipient and kind.",
                subject=subject,
                remedy="Write one rule for both.",
            )
    return rules


def delay_s_of(rule: ReleaseRule) -> int:
    """The delay that a rule states, in seconds; 0 where it states none. Raises: UnreadableError."""
    parts = _DURATION.fullmatch(rule.delay)
    if parts is None and rule.delay:
        raise UnreadableError(
            f"delay {rule.delay!r} is not a duration.",
            subject=f"release rule (to {rule.to}, {rule.kind})",
            remedy="Write a whole number and s, min, h or d: 90min, 24h, 3d.",
        )
    return int(parts[1]) * S_PER_UNIT[parts[2]] if parts else 0


def _check_words(rule: ReleaseRule, subject: str) -> None:
    known = {name for name in COLUMNS if name not in ID_OF.values()}
    stated = {
        "to": ((rule.to,), FLOORS.keys()),
        "kind": ((rule.kind,), KINDS),
        "status": ((rule.status,), STATUSES),
        "hide": (rule.hide, known),
    }
    for name, (words, allowed) in stated.items():
        if wrong := [word for word in words if word not in allowed]:
            raise InputError(
                f"{name} = {wrong[0]!r} is not known.", subject=subject, remedy=f"Write {', '.join(sorted(allowed))}."
            )
    for name, value, most in (("grid_m", rule.grid_m, GRID_M_MAX), ("least", rule.least, LEAST_MAX)):
        if not 0 <= value <= most:
            raise OutOfRangeError(
                f"{name} = {value} is not from 0 to {most}.", subject=subject, remedy="Write one that is, or none."
            )


def _check_floors(rule: ReleaseRule, subject: str) -> None:
    floor = FLOORS[rule.to]
    if rule.kind in FOR_PARTIES and rule.to != "parties":
        raise InputError(
            "flights are told ahead to parties alone.", subject=subject, remedy="Leave this rule out, or say parties."
        )
    if rule.kind not in NO_DELAY and rule.delay and delay_s_of(rule) < floor.delay_s:
        least = duration_words(floor.delay_s)
        raise OutOfRangeError(
            f"delay {rule.delay} is below the floor of {least}.",
            subject=subject,
            remedy=f"Write {least} or more, or leave delay out: the floor then holds.",
        )
    if 0 < rule.grid_m < floor.grid_m:
        least = distance_words(floor.grid_m)
        raise OutOfRangeError(
            f"grid_m = {rule.grid_m} is below the floor of {least}.",
            subject=subject,
            remedy=f"Write {floor.grid_m} or more, or leave grid_m out: the floor then holds.",
        )
