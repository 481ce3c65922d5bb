"""What a plan of flights needs, read from the file that the plan wrote."""

import json

import pytest

from truceline.base.errors import InputError, OutOfRangeError, TooLargeError, UnknownNameError, UnreadableError
from truceline.guarantee.exchange.requirements import plan_requirements

DRONES = {"what": "drones", "number": 4, "where": "North base", "why": "9 sorties; so many are out at once"}


def told(*needs: dict[str, object]) -> bytes:
    return json.dumps({"requirements": list(needs)}).encode()


def test_a_need_becomes_a_requirement_of_the_same_number() -> None:
    made = plan_requirements(told(DRONES, {"what": "analysts", "number": 2, "where": "", "why": "w"}))
    drones, analysts = made
    assert (drones.requirement_id, drones.capability, drones.low, drones.high, drones.where) == (
        "plan-drones-North-base",
        "drones",
        4,
        4,
        "North base",
    )
    assert drones.source == "plan of flights: 9 sorties; so many are out at once"
    assert analysts.requirement_id == "plan-analysts"
    assert not drones.critical


def test_the_same_need_twice_has_two_ids() -> None:
    assert [each.requirement_id for each in plan_requirements(told(DRONES, DRONES))] == [
        "plan-drones-North-base",
        "plan-drones-North-base-2",
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", UnreadableError),
        (b"[]", UnreadableError),
        (b"{}", UnreadableError),
        (b'{"requirements": 5}', UnreadableError),
        (b'{"requirements": [5]}', UnreadableError),
        (b'{"requirements": [NaN]}', UnreadableError),
        (b"{" * 100_000, InputError),
        (b"[" * 100_000, TooLargeError),
        (b" " * 1_000_001, TooLargeError),
        (told(*[DRONES] * 1_001), TooLargeError),
        (told(DRONES | {"what": "tanks"}), UnreadableError),
        (told(DRONES | {"number": 1.5}), UnreadableError),
        (told(DRONES | {"number": True}), UnreadableError),
        (told(DRONES | {"number": -1}), OutOfRangeError),
        (told(DRONES | {"number": 10**30}), OutOfRangeError),
        (told(DRONES | {"whre": "x"}), UnknownNameError),
        (told(DRONES | {"why": "a\x00b"}), UnreadableError),
        (told(DRONES | {"where": "\ud800"}), UnreadableError),
        (told({"what": "drones"}), UnreadableError),
    ],
)
def test_another_file_is_refused(content: bytes, kind: type[InputError]) -> None:
    with pytest.raises(kind) as caught:
        plan_requirements(content)
    assert caught.value.subject.startswith("requirements.json")


def test_what_a_plan_writes_is_what_is_read() -> None:
    from dataclasses import asdict

    from truceline.model.plan import Need

    needs = [Need(what=what, number=1, where="", why="w") for what in ("crews", "bases", "patrols")]
    assert [each.capability for each in plan_requirements(told(*map(asdict, needs)))] == ["crews", "bases", "patrols"]
