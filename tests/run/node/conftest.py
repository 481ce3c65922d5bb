"""The fixtures of this folder."""

from pathlib import Path

import pytest
from tests.run.node.posts import World, world_in


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_in(tmp_path)


@pytest.fixture
def posts(world: World) -> World:
    """With two posts that have ten numbers each."""
    for name in ("post-1", "post-2"):
        world.make(name, numbers=10)
    return world
