"""A writer killed at a random moment: what it was told is kept is there, and nothing is there by halves."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from tests.record.place import STORES, Place

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnknownNameError

KILLS, SEED = 20, 7
# Starts writers and kills each after a while of its own; a writer notes what it was told is kept.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from tests.record.place import place_of
from tests.record.small import entry

def write(place, told):
    with place.open() as record:
        for number in range(10_000):
            sha256 = record.put(b"raw bytes %d " % number * 400)
            record.append([entry(f"s-{number}-{n}", number=number, hashes=(sha256,)) for n in range(3)])
            os.write(told, b".")

dice = random.Random(int(sys.argv[1]))
for number, words in enumerate(zip(*[iter(sys.argv[2:])] * 3)):
    place = place_of(*words)
    folder = place.folder
    told = os.open(folder.with_suffix(".told"), os.O_CREAT | os.O_RDWR)
    writer = os.fork()
    if writer == 0:
        write(place, told)
    while os.fstat(told).st_size < number % 7:  # however slow the machine is
        time.sleep(0.0005)
    time.sleep(dice.uniform(0, 0.01))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
"""


@pytest.mark.parametrize("store", STORES)
def test_a_killed_writer_loses_nothing_it_acknowledged(another: Callable[[str, str], Place], store: str) -> None:
    places = [another(store, str(number)) for number in range(KILLS)]
    command = [sys.executable, "-c", KILLER, str(SEED), *(word for place in places for word in place.words)]
    subprocess.run(command, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    acknowledged = []
    for place in places:
        acknowledged.append(place.folder.with_suffix(".told").stat().st_size)
        assert_whole(place, acknowledged[-1])
    assert len(set(acknowledged)) > 4, "all were killed at the same place"


def assert_whole(place: Place, acknowledged: int) -> None:
    try:
        told = place.verify()
    except UnknownNameError:
        assert acknowledged == 0
        told = None
    if told is not None:
        assert told.problems == (), (acknowledged, told)
        entries = [one for _, one in place.read_back()]
        assert len(entries) in (3 * acknowledged, 3 * acknowledged + 3), "a group is there by halves, or lost"
        assert [one.subject for one in entries] == [f"s-{at // 3}-{at % 3}" for at in range(len(entries))]
    with place.open() as record:
        for number in range(acknowledged):
            content = b"raw bytes %d " % number * 400
            assert record.get(sha256_hex(content)) == content
        assert record.put(b"the next run goes on")
    assert place.verify().ok
