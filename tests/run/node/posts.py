"""A mission with two posts, small enough to be played through often."""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from truceline.model.entry import Entry
from truceline.record import Record, open_record, verify_folder
from truceline.run.keeping.checkpoints import origin_of
from truceline.run.mission import DECLARATION, read_mission
from truceline.run.node.mission import Taken, reserve, take
from truceline.run.node.packing import pack
from truceline.run.node.post import Captured, Slip, make_node, open_node

ROOT = Path(__file__).parents[3]
FIRST = ROOT / "missions" / "first-steps"
DAY_US = 86_400_000_000
START_US = 1_715_000_000_000_000  # 6 May 2024
HEADER = (FIRST / "feeds" / "observations.csv").read_text("utf-8").splitlines()[0]
ROW = (
    "{name},{name},patrol,2024-05-03 0{hour}:10,2024-05-03 0{hour}:25,SUD,present,D-30,howitzer,122,2,2.20,0.34574,150,"
    "south,site_visit,0.90,"
)


def table(*names: str, hour: int = 8) -> bytes:
    """A CSV for the feed `observations`, one row for each name."""
    return "\n".join([HEADER, *(ROW.format(name=name, hour=hour) for name in names), ""]).encode()


@dataclass(slots=True)
class World:
    """A mission in `folder`/mission, posts beside it, and one clock for all, microseconds UTC."""

    folder: Path
    now_us: int = START_US
    names: list[str] = field(default_factory=list)

    @property
    def mission(self) -> Path:
        return self.folder / "mission"

    @property
    def origin(self) -> str:
        return origin_of(read_mission(self.mission))

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    def clock(self) -> int:
        self.now_us += 1_000_000
        return self.now_us

    def post(self, name: str) -> Path:
        return self.folder / name

    def reserve(self, name: str, count: int) -> bytes:
        return reserve(self.mission, name, count, by="Anna", now_us=self.clock())[1]

    def make(self, name: str, *, numbers: int = 0, declared: bool = True) -> str:
        """A new post; returns its key."""
        receipt = self.reserve(name, numbers) if numbers else b""
        with make_node(self.post(name), name, mission=self.origin, receipt=receipt, now_us=self.clock()) as node:
            key = node.vkey
        if declared:
            self.declare(name, key)
        return key

    def declare(self, name: str, key: str) -> None:
        path = self.mission / DECLARATION
        path.write_text(f'{path.read_text("utf-8")}\n[[keep.nodes]]\nname = "{name}"\nkey = "{key}"\n', "utf-8")

    def capture(
        self, name: str, content: bytes, *, file: str = "seen.csv", feed: str = "observations", **slip
    ) -> Captured:
        path = self.folder / file
        path.write_bytes(content)
        with open_node(self.post(name)) as node:
            (captured,) = node.capture([path], Slip(by="Ben", feed=feed, **slip), clock=self.clock)
        return captured

    def pack(self, name: str, **more) -> list[Path]:
        with open_node(self.post(name), writing=False) as node:
            return [path for path, _ in pack(node, self.stick, **more)]

    def take(self, path: Path) -> Taken:
        return take(self.mission, path, now_us=self.clock())

    def sync(self, name: str, **more) -> Taken:
        """Pack, take, and carry the receipt back."""
        for path in self.pack(name, **more):
            taken = self.take(path)
        self.receive(name, taken.receipt)
        return taken

    def receive(self, name: str, receipt: bytes) -> None:
        with open_node(self.post(name)) as node:
            node.receive(receipt, now_us=self.clock())

    def backup(self, name: str) -> Path:
        place = self.folder / f"backup-{sum(1 for _ in self.folder.glob('backup-*'))}"
        shutil.copytree(self.post(name), place)
        return place

    def restore(self, name: str, backup: Path) -> None:
        shutil.rmtree(self.post(name))
        shutil.copytree(backup, self.post(name))

    @contextmanager
    def record(self, name: str = "mission") -> Iterator[Record]:
        with open_record(self.folder / name / "record", writing=False) as record:
            yield record

    def entries(self, kind: str, name: str = "mission") -> list[Entry]:
        with self.record(name) as record:
            return [entry for _, entry in record.entries(kind=kind)]

    def captures(self) -> list[Entry]:
        """Entries of the mission that tell of a capture."""
        return [entry for entry in self.entries("raw") if "leaf" in entry.detail]

    def size(self) -> int:
        with self.record() as record:
            return record.size

    def assert_whole(self) -> None:
        told = verify_folder(self.mission / "record")
        assert told.ok, told.problems


def world_in(folder: Path) -> World:
    """A mission without feeds' own rows of observations but one, and no post yet."""
    world = World(folder)
    shutil.copytree(FIRST, world.mission, ignore=shutil.ignore_patterns("record", "report", "keys"))
    text = (world.mission / DECLARATION).read_text("utf-8")
    assert "keep" not in tomllib.loads(text)
    world.stick.mkdir()
    return world
