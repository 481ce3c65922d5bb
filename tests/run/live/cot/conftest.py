"""Missions with lines, for the tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.run.live.cot.lined import Opened, Papers, Post, opening


@pytest.fixture
def lined(tmp_path: Path) -> Iterator[Opened]:
    yield from opening(tmp_path)


@pytest.fixture
def posted() -> Iterator[Callable[..., Post]]:
    made: list[Post] = []

    def open_one(**more: object) -> Post:
        made.append(Post(**more))  # type: ignore[arg-type]
        return made[-1]

    yield open_one
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers") / "pem").made()
