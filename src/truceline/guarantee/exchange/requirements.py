"""What a plan of flights needs, as requirements: `plan/requirements.json` as `truceline plan` writes it."""

import json
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from truceline.base.errors import OutOfRangeError, TooLargeError, UnreadableError
from truceline.base.keys import refuse_unknown
from truceline.guarantee.exchange.cells import MAX_WHOLE, refuse_unprintable, text_of
from truceline.model.option import Requirement

FILE = "requirements.json"
MAX_BYTES = 1_000_000
MAX_NEEDS = 1_000
_REMEDY = "Write it again: truceline plan MISSION."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    what: Literal["drones", "crews", "analysts", "bases", "patrols"]
    number: int
    where: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needs:
    requirements: tuple[_Need, ...]


def plan_requirements(content: bytes) -> tuple[Requirement, ...]:
    """The plan's needs: capability drones, crews, analysts, bases or patrols; as many as the plan says, no fewer.

    Their ids are of what and where: the same need of a later plan has the same id. The plan does not say without
    which of them nothing can start, nor how long: `critical` and `sustain_months` are left to a person.

    Raises: UnreadableError: no JSON of that form. UnknownNameError: another key. OutOfRangeError, TooLargeError.
    """
    needs = _needs(content).requirements
    if len(needs) > MAX_NEEDS:
        raise TooLargeError(f"{len(needs):,} needs, at most {MAX_NEEDS:,}.", subject=FILE, remedy=_REMEDY)
    made: dict[str, Requirement] = {}
    for number, need in enumerate(needs, start=1):
        where = f"{FILE}, entry {number}"
        refuse_unprintable(need.where + need.why, subject=where)
        if not 0 <= need.number <= MAX_WHOLE:
            raise OutOfRangeError(f"{need.number} {need.what}.", subject=where, remedy=_REMEDY)
        requirement_id = _free_id(need, made)
        made[requirement_id] = Requirement(
            requirement_id=requirement_id,
            capability=need.what,
            low=need.number,
            high=need.number,
            unit=need.what,
            where=need.where,
            source=f"plan of flights: {need.why}",
        )
    return tuple(made.values())


def _needs(content: bytes) -> _Needs:
    text = text_of(content, subject=FILE, max_bytes=MAX_BYTES)
    try:
        value = json.loads(text)
        refuse_unknown(value, _Needs, where=FILE)
        return msgspec.convert(value, _Needs)
    except RecursionError:
        raise TooLargeError("it is nested too deep.", subject=FILE, remedy=_REMEDY) from None
    except (
        ValueError,
        msgspec.ValidationError,
    ) as error:  # no JSON, numbers of thousands of digits, values of another kind
        raise UnreadableError(f"{str(error)[:200]}.", subject=FILE, remedy=_REMEDY) from None


def _free_id(need: _Need, taken: dict[str, Requirement]) -> str:
    place = re.sub(r"[^\w]+", "-", need.where).strip("-")[:60]
    plain = f"plan-{need.what}-{place}" if place else f"plan-{need.what}"
    return next(
        each for each in (plain, *(f"{plain}-{count}" for count in range(2, MAX_NEEDS + 2))) if each not in taken
    )
