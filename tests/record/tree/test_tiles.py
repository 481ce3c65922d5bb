"""Tiles: names and contents as C2SP tlog-tiles says."""

from pathlib import Path

import pytest
from tests.record.small import entry
from tests.record.tree.grown import leaf, mth, written

from truceline.base.canonical import leaf_hash
from truceline.base.errors import UnknownNameError
from truceline.record import open_record
from truceline.record.leaf import Head
from truceline.record.tree.proven import Proven
from truceline.record.tree.tiles import Tile, entry_bundle, tile_of, tiles_of


@pytest.mark.parametrize(
    ("path", "tile", "end"),
    [
        ("tile/0/000", Tile(level=0, index=0, width=256), 256),
        ("tile/0/x001/x234/067", Tile(level=0, index=1234067, width=256), 1234068 * 256),
        ("tile/1/x001/x234/067.p/7", Tile(level=1, index=1234067, width=7), (1234067 * 256 + 7) * 256),
        ("tile/2/000.p/1", Tile(level=2, index=0, width=1), 65536),
        ("tile/entries/x001/000.p/255", Tile(level=0, index=1000, width=255, of_entries=True), 256_255),
        ("tile/63/999.p/12", Tile(level=63, index=999, width=12), (999 * 256 + 12) << 504),
    ],
)
def test_a_tile_has_one_name(path: str, tile: Tile, end: int) -> None:
    assert (tile.path, tile_of(path), tile.end) == (path, tile, end)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/bodies/000",
        "/tile/0/000",
        "tile/0/" + "x001/" * 6 + "000",
    ],
)
def test_what_is_no_name_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(UnknownNameError, match="no tile has such a name"):
        tile_of(path)


def test_a_log_of_70000_entries_has_the_tiles_of_the_specifications_example(tmp_path: Path) -> None:
    tiles = list(tiles_of(70_000))
    widths = {level: [tile.width for tile in tiles if tile.level == level] for level in range(4)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}
    assert [tile.path for tile in tiles][-4:] == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [tile.path for tile in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_of(0)) == []
    leaves = [leaf(number) for number in range(70_000)]
    tree = written(tmp_path / "tree", leaves)
    proven = Proven(tree, Head(size=70_000, root=tree.root(70_000).hex()))
    for tile in (*tiles[::40], *tiles[-4:]):
        content = proven.tile(tile.level, tile.index, tile.width)
        span = 256**tile.level
        for i in {0, tile.width // 2, tile.width - 1}:
            at = tile.index * 256 + i
            assert content[i * 32 : i * 32 + 32] == mth(leaves[at * span : (at + 1) * span]), (tile.path, i)
        assert len(content) == 32 * tile.width
    tree.close()


def test_a_record_serves_tiles_and_commitments_and_never_a_body(tmp_path: Path) -> None:
    with open_record(tmp_path / "record") as record:
        record.append([entry(f"s-{number}") for number in range(300)])
        leaves = record.leaves()
        tile = record.tile(0, 1, 44)
        assert tile == b"".join(leaf_hash(one) for one in leaves[256:])
        assert record.tile(0, 1, 7) == tile[: 7 * 32], "an older checkpoint's"
        assert record.tile(1, 0, 1) == mth(leaves[:256])
        bundle = entry_bundle(record.commitments(256, 44))
        assert bundle == b"".join(b"\x00\x20" + one for one in leaves[256:])
        assert record.commitments(0, 300) == leaves
        assert record.commitments(300, 0) == []
        for level, index, width in ((0, 1, 45), (0, 0, 257), (0, 0, 0), (1, 0, 2), (2, 0, 1), (0, 2, 1), (-1, 0, 1)):
            with pytest.raises(UnknownNameError, match="no such tile"):
                record.tile(level, index, width)
        with pytest.raises(UnknownNameError, match="300 entries"):
            record.commitments(256, 45)
