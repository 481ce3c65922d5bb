"""Writers under load, each killed at a moment of its own: `python -m tests.record.killed`.

A line on standard input tells of one: SECONDS STEPS FOLDER [SETTING MISSION]: begin or go on with the record there, let
it be acknowledged so many steps, wait so long, kill. It is answered when the writer is dead: `killed`, or `ended` where
the writer ended by itself, which it should not.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from itertools import accumulate, count, takewhile
from pathlib import Path

from tests.conftest import LONG
from tests.record.place import Place, place_of
from tests.record.small import entry

from truceline.base.canonical import sha256_hex
from truceline.model.entry import Entry

SIZES = (3, 1, 130, 1, 2_000) if LONG else (3, 1, 130)  # entries a step: small groups, single ones, large groups
STARTING_S = 60


def content(step: int) -> bytes:
    """What a step puts before it appends; every fourth is put once more."""
    return b"raw bytes %d " % (step // 4) * 400


def entries(step: int) -> list[Entry]:
    hashes = (sha256_hex(content(step)),)
    return [entry(f"s-{step}-{n}", number=step, hashes=hashes) for n in range(SIZES[step % len(SIZES)])]


def ends() -> Iterator[int]:
    """How many entries there are after 0, 1, 2 … steps."""
    return accumulate((SIZES[step % len(SIZES)] for step in count()), initial=0)


def told(place: Place) -> Path:
    """A byte for each step that a writer was told is kept."""
    return place.folder.with_suffix(".told")


def write(place: Place, tell: int) -> None:
    with place.open() as record:
        begun = len(list(takewhile(lambda end: end < record.size, ends())))
        os.write(tell, b"." * (begun - os.fstat(tell).st_size))
        for step in count(begun):
            record.put(content(step))
            record.append(entries(step))
            os.write(tell, b".")


def kill(place: Place, *, after_s: float, steps: int) -> str:
    tell = os.open(told(place), os.O_CREAT | os.O_RDWR | os.O_APPEND)
    before = os.fstat(tell).st_size
    writer = os.fork()
    if writer == 0:
        try:
            write(place, tell)
        finally:
            os._exit(1)
    until_s, ended = time.monotonic() + STARTING_S, 0
    while os.fstat(tell).st_size < before + steps and not ended:  # however slow the machine is
        ended = os.waitpid(writer, os.WNOHANG)[0] or time.monotonic() > until_s
        time.sleep(0.0005)
    os.close(tell)
    if ended:
        return "ended"
    time.sleep(after_s)
    os.kill(writer, signal.SIGKILL)
    return "killed" if os.WIFSIGNALED(os.waitpid(writer, 0)[1]) else "ended"


if __name__ == "__main__":
    for line in sys.stdin:
        after_s, steps, words = json.loads(line)
        print(kill(place_of(*words), after_s=after_s, steps=steps), flush=True)
