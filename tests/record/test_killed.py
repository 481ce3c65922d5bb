"""A writer killed at a random moment: what it was told is kept is there, and nothing is there by halves."""

import subprocess
import sys
from pathlib import Path

from tests.record.small import read_back

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnknownNameError
from truceline.record import open_record, verify_folder

KILLS, SEED = 20, 7
# Starts writers and kills each after a while of its own; a writer notes what it was told is kept.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
from tests.record.small import entry
from truceline.record import open_record

def write(folder, told):
    with open_record(folder) as record:
        for number in range(10_000):
            sha256 = record.put(b"raw bytes %d " % number * 400)
            record.append([entry(f"s-{number}-{n}", number=number, hashes=(sha256,)) for n in range(3)])
            os.write(told, b".")

dice = random.Random(int(sys.argv[2]))
for number in range(int(sys.argv[3])):
    folder = Path(sys.argv[1]) / str(number)
    told = os.open(folder.with_suffix(".told"), os.O_CREAT | os.O_RDWR)
    writer = os.fork()
    if writer == 0:
        write(folder, told)
    while os.fstat(told).st_size < number % 7:  # however slow the machine is
        time.sleep(0.0005)
    time.sleep(dice.uniform(0, 0.01))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
"""


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLER, str(tmp_path), str(SEED), str(KILLS)]
    subprocess.run(command, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    acknowledged = []
    for folder in (tmp_path / str(number) for number in range(KILLS)):
        acknowledged.append(folder.with_suffix(".told").stat().st_size)
        assert_whole(folder, acknowledged[-1])
    assert len(set(acknowledged)) > 4, "all were killed at the same place"


def assert_whole(folder: Path, acknowledged: int) -> None:
    try:
        told = verify_folder(folder)
    except UnknownNameError:
        assert acknowledged == 0
        told = None
    if told is not None:
        assert told.problems == (), (acknowledged, told)
        entries = [one for _, one in read_back(folder)]
        assert len(entries) in (3 * acknowledged, 3 * acknowledged + 3), "a group is there by halves, or lost"
        assert [one.subject for one in entries] == [f"s-{at // 3}-{at % 3}" for at in range(len(entries))]
    with open_record(folder) as record:
        for number in range(acknowledged):
            content = b"raw bytes %d " % number * 400
            assert record.get(sha256_hex(content)) == content
        assert record.put(b"the next run goes on")
    assert verify_folder(folder).ok
