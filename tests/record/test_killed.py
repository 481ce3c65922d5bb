"""A writer killed at a random moment: what it was told is kept is there, and nothing is there by halves.

TRUCELINE_LONG=1 kills far more often, in larger records, and prints what came of it (`pytest -s`).
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from tests.conftest import LONG
from tests.record import killed
from tests.record.place import STORES, Place

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnknownNameError

SEED = 7
KILLS = {"sqlite": 500, "postgresql": 60} if LONG else {"sqlite": 20, "postgresql": 20}
OF_ONE_RECORD = 20 if LONG else 5  # kills, one after the other
RESTART_S = 2.0  # asserted in the long run alone
Kill = Callable[[Place, float, int], str]


@pytest.fixture
def kill() -> Iterator[Kill]:
    """Has a writer begin or go on, and kills it so many seconds after so many steps were acknowledged."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.record.killed"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def one(place: Place, after_s: float, steps: int) -> str:
            asks.write(json.dumps([after_s, steps, place.words]) + "\n")
            asks.flush()
            return answers.readline().strip()

        yield one
        asks.close()


@pytest.mark.parametrize("store", STORES)
def test_a_killed_writer_loses_nothing_it_acknowledged(
    another: Callable[[str, str], Place], kill: Kill, store: str
) -> None:
    dice, seen, restarts_s, kept = random.Random(SEED), Counter[str](), list[float](), 0
    for number in range(KILLS[store]):
        turn = number % OF_ONE_RECORD
        if turn == 0:
            place = another(store, f"{number}")
        assert kill(place, dice.uniform(0, 0.01), number % 7) == "killed", "the writer could not go on"
        if number % 2:  # by turns: examined as the writer left it, and opened again at once
            restarts_s.append(restarted_s(place))
        seen[whole(place)] += 1
        if turn == OF_ONE_RECORD - 1:
            kept += goes_on(place)
    slowest_s = max(restarts_s)
    print(f"\n{store}: {KILLS[store]} kills, {kept:,} entries kept; {dict(seen)}; slowest restart {slowest_s:.3f} s")
    assert seen["begun"] > 4, "all were killed before the first entry"
    assert not LONG or slowest_s < RESTART_S


def restarted_s(place: Place) -> float:
    """Seconds until a next writer may append."""
    began_s = time.perf_counter()
    with place.open():
        return time.perf_counter() - began_s


def whole(place: Place) -> str:
    """Whether a record was there; fails where one is not whole, or lacks what was acknowledged."""
    acknowledged = killed.told(place).stat().st_size
    try:
        found = place.verify()
    except UnknownNameError:
        assert acknowledged == 0, "all is lost"
        return "no record yet"
    assert found.problems == (), (acknowledged, found)
    told, unheard = islice(killed.ends(), acknowledged, acknowledged + 2)
    assert found.entries in (told, unheard), f"a group is there by halves, or lost: {found.entries}, not {told}"
    return "begun" if acknowledged else "nothing acknowledged yet"


def goes_on(place: Place) -> int:
    """Every entry reads as it was written, so does what was put, and a next writer can go on. How many entries."""
    acknowledged = killed.told(place).stat().st_size
    expected = (one for step in range(acknowledged + 1) for one in killed.entries(step))
    read = [one for _, one in place.read_back()]
    assert read == list(islice(expected, len(read)))
    with place.open() as record:
        for step in range(acknowledged):
            assert record.get(sha256_hex(killed.content(step))) == killed.content(step)
        assert record.last("finding", "s-0-1") == (1, killed.entries(0)[1])
        assert record.put(b"the next run goes on")
    assert place.verify().ok
    return len(read)
