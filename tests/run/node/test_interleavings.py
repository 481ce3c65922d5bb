"""Two posts and a mission, in any order of captures, packs, old copies, lost and doubled sticks: each capture once.

A world is one seed. TRUCELINE_LONG=1 plays many.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from tests.run.node.posts import World, table, world_in

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.run.batch import run_mission
from truceline.run.mission import read_mission
from truceline.run.node.mission import key_of_node, packs_in
from truceline.run.node.unpacking import opened_pack

SEEDS = range(300 if os.environ.get("TRUCELINE_LONG") else 2)
STEPS = 30
POSTS = ("post-1", "post-2")
ACTS = {"capture": 40, "pack": 15, "take": 20, "receive": 12, "backup": 8, "restore": 6, "reserve": 4, "clock": 3}


class Play:
    """One world, played by chance."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.world, self.dice = world_in(folder), random.Random(seed)
        self.backups: dict[str, list[Path]] = {}
        self.receipts: dict[str, list[bytes]] = {}
        self.refused = 0
        for name in POSTS:
            self.world.make(name, numbers=self.dice.choice([0, 2, 6]))
            self.backups[name], self.receipts[name] = [self.world.backup(name)], []

    def step(self) -> None:
        (act,) = self.dice.choices(list(ACTS), list(ACTS.values()))
        getattr(self, act)(self.dice.choice(POSTS))

    def capture(self, name: str) -> None:
        row = f"R-{self.dice.randrange(12)}"  # often what was captured before, here or at the other post
        self.world.capture(name, table(row), note=self.dice.choice(["", "a", "b"]), again=self.dice.random() < 0.3)

    def pack(self, name: str) -> None:
        most_bytes = self.dice.choice([1, 500, 10**9])
        try:
            self.world.pack(name, since=self.dice.choice([None, None, 0]), most_bytes=most_bytes)
        except InputError as error:
            assert "nothing was captured" in str(error)  # noqa: PT017 - most of the time it packs

    def take(self, _name: str) -> None:
        if packs := packs_in([self.world.stick]):
            self.take_one(self.dice.choice(packs))

    def take_one(self, path: Path) -> None:
        try:
            taken = self.world.take(path)
        except InputError as error:
            assert "Take the pack before it first" in str(error)  # noqa: PT017 - of several packs a later one came first
            self.refused += 1
        else:
            self.receipts[taken.node].append(taken.receipt)

    def receive(self, name: str) -> None:
        if self.receipts[name]:
            self.world.receive(name, self.dice.choice(self.receipts[name]))

    def backup(self, name: str) -> None:
        self.backups[name].append(self.world.backup(name))

    def restore(self, name: str) -> None:
        self.world.restore(name, self.dice.choice(self.backups[name]))

    def reserve(self, name: str) -> None:
        self.receipts[name].append(self.world.reserve(name, self.dice.choice([1, 5])))

    def clock(self, _name: str) -> None:
        self.world.now_us -= self.dice.choice([5_000_000, 3_600_000_000])

    def end(self) -> dict[str, tuple[str, str]]:
        """Everything is packed and taken. By leaf: post and SHA-256 of each capture that left its post."""
        for name in POSTS:
            for backup in (None, *self.backups[name]):
                if backup:
                    self.world.restore(name, backup)
                self.pack(name)
        left, key = {}, key_of_node(read_mission(self.world.mission))
        packs = packs_in([self.world.stick])
        for path in packs:
            with opened_pack(path, key=key) as pack:
                name = pack.checkpoint.origin.rpartition("/")[2]
                left |= {row.leaf: (name, row.capture.hashes[0]) for row in pack.rows if row.capture}
        self.dice.shuffle(packs)
        waiting: list[Path] = packs
        while waiting:
            refused = self.refused
            again = [path for path in waiting if self.refuses(path)]
            assert len(again) < len(waiting), f"none of these is taken: {again}"
            waiting, self.refused = again, refused
        return left

    def refuses(self, path: Path) -> bool:
        before = self.refused
        self.take_one(path)
        return self.refused > before


def played(folder: Path, seed: int) -> tuple[World, dict[str, tuple[str, str]]]:
    play = Play(folder, seed)
    for _ in range(STEPS):
        play.step()
    return play.world, play.end()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_capture_is_in_the_mission_once_under_a_number_of_its_own(tmp_path: Path, seed: int) -> None:
    world, left = played(tmp_path, seed)
    captures = world.captures()
    assert Counter(entry.detail["leaf"] for entry in captures) == Counter(left.keys())
    assert {entry.detail["leaf"]: (entry.detail["node"], entry.hashes[0]) for entry in captures} == left
    numbers = [entry.detail["number"] for entry in captures]
    assert len(set(numbers)) == len(numbers) > 0
    assert min(numbers) > 0
    aliased = {entry.detail["leaf"] for entry in world.entries("node") if entry.detail["act"] == "alias"}
    said = {entry.detail["leaf"] for entry in captures if entry.detail["said"] != f"no. {entry.detail['number']:06d}"}
    assert aliased == said
    jumps = [entry.detail["leaf"] for entry in world.entries("clock")]
    assert len(set(jumps)) == len(jumps)
    size = world.size()
    for path in packs_in([world.stick]):
        world.take(path)
    assert world.size() == size, "all packs once more add nothing"
    world.assert_whole()


def test_a_run_counts_what_two_posts_saw_once(tmp_path: Path) -> None:
    world, left = played(tmp_path, 1)
    own = (world.mission / "feeds" / "observations.csv").read_bytes()
    for name in POSTS:  # both also bring the mission's own file
        world.capture(name, own, file="observations.csv")
        world.sync(name)
    before = {sha256 for _, sha256 in left.values()}
    seen = {row for row in range(12) if sha256_hex(table(f"R-{row}")) in before}
    assert len(left) > len(seen) > 3, "some were captured more than once"
    empty = tmp_path / "empty"
    empty.mkdir()
    read = run_mission(world_in(empty).mission, now_us=world.clock()).products.observations.num_rows
    first = run_mission(world.mission, now_us=world.clock())
    assert first.products.observations.num_rows == read + len(seen)
    for path in packs_in([world.stick]):
        world.take(path)
    assert run_mission(world.mission, now_us=world.clock()).entries_after == first.entries_after
    world.assert_whole()
