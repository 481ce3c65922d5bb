"""Where a record can be: in its folder alone, or with its log in a real PostgreSQL."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.postgres import PASSWORD, Server
from tests.record.small import counted, fill

from truceline.model.entry import Entry
from truceline.record import Database, Disk, LocalDisk, Record, Verification, database_of, open_record, verify_folder

STORES = ("sqlite", "postgresql")
_LOCAL = LocalDisk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One record's place."""

    folder: Path
    database: Database | None
    words: tuple[str, ...]  # what `place_of` makes it of again in another process

    def open(self, *, writing: bool = True, disk: Disk = _LOCAL, chance: Callable[[int], bytes] = os.urandom) -> Record:
        return open_record(self.folder, database=self.database, writing=writing, disk=disk, chance=chance)

    def small(self) -> list[str]:
        """A whole record, closed."""
        with self.open(chance=counted()) as record:
            return fill(record)

    def verify(self) -> Verification:
        return verify_folder(self.folder, database=self.database)

    def read_back(self) -> list[tuple[int, Entry]]:
        with self.open(writing=False) as record:
            return list(record.entries())


def place_of(folder: str, setting: str, mission: str) -> Place:
    database = database_of(setting, mission=mission, password=PASSWORD)
    return Place(folder=Path(folder), database=database, words=(folder, setting, mission))


@pytest.fixture
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], Place]:
    """Makes places: in which store, and the folder's name."""

    def made(store: str, name: str) -> Place:
        if store == "sqlite":
            return place_of(str(tmp_path / name), "", "")
        server: Server = request.getfixturevalue("postgres")
        return place_of(str(tmp_path / name), server.setting, server.mission())

    return made


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, another: Callable[[str, str], Place]) -> Place:
    return another(request.param, "record")
