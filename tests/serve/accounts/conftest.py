"""A store in each database, and a clock that is moved by hand."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.postgres import PASSWORD, Server, postgres
from tests.serve.accounts.small import Clock

from truceline.record.log import database_of
from truceline.serve.accounts.opening import open_store
from truceline.serve.accounts.store import SecretStore

__all__ = ["postgres"]
_NUMBERS = count()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["embedded", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SecretStore]:
    database = None
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        database = database_of(server.setting, mission=f"accounts{next(_NUMBERS)}", password=PASSWORD)
    opened = open_store(tmp_path, database)
    yield opened
    opened.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SecretStore]:
    opened = open_store(tmp_path, None)
    yield opened
    opened.close()
