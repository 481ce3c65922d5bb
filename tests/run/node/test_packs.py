"""The file between post and mission: the same log is the same pack; what is altered is refused or means the same."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.record.small import flipped
from tests.run.node.posts import World, table

from truceline.base.errors import InputError, IntegrityError, UnavailableError
from truceline.run.mission import read_mission
from truceline.run.node.mission import key_of_node, packs_in
from truceline.run.node.post import open_node
from truceline.run.node.unpacking import Pack, opened_pack


def meaning(path: Path, world: World) -> tuple[object, ...]:
    """Everything that a mission takes from a pack. Raises: InputError."""
    with opened_pack(path, key=key_of_node(read_mission(world.mission))) as pack:
        hashes = [row.capture.hashes[0] for row in pack.rows if row.capture]
        return pack.note, pack.leaves, pack.lines, pack.rows, [pack.content(sha256) for sha256 in hashes]


@pytest.fixture
def packed(world: World) -> Path:
    world.make("post-1")
    world.capture("post-1", b"a photo", feed="", file="p.jpg")
    world.capture("post-1", b"", feed="", file="empty.txt")
    return world.pack("post-1")[0]


def test_the_same_log_is_the_same_pack_byte_for_byte(world: World, packed: Path) -> None:
    content = packed.read_bytes()
    packed.unlink()
    assert world.pack("post-1") == [packed]
    assert packed.read_bytes() == content


def test_a_pack_is_read_by_any_program_for_zips(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert [name.split("/")[0] for name in archive.namelist()] == [
            "checkpoint",
            "leaves",
            "entries",
            "content",
            "content",
        ]


def test_any_altered_byte_of_a_pack_is_refused_or_means_the_same(world: World, packed: Path) -> None:
    content, same, other = packed.read_bytes(), 0, world.folder / "altered.pack"
    expected, key = meaning(packed, world), key_of_node(read_mission(world.mission))
    assert len(content) < 3_000
    for at in range(len(content)):
        other.write_bytes(flipped(content, at, 1 << at % 8))
        try:
            with opened_pack(other, key=key) as pack:
                files = [pack.content(row.capture.hashes[0]) for row in pack.rows if row.capture]
                assert (pack.note, pack.leaves, pack.lines, pack.rows, files) == expected, at
                same += 1
        except InputError:
            pass
    assert 0 < same < len(content) // 2, "dates and rights of the zip mean nothing; all else does"


@pytest.mark.parametrize("share", [0, 1, 10, 50, 90, 99])
def test_a_pack_that_is_cut_off_is_refused_and_leaves_nothing(world: World, packed: Path, share: int) -> None:
    content, size = packed.read_bytes(), len(list((world.mission / "record").rglob("*"))) if share else 0
    packed.write_bytes(content[: len(content) * share // 100])
    with pytest.raises(InputError, match="Nothing was taken"):
        world.take(packed)
    assert not size or world.captures() == []


def rewritten(
    change: Callable[[dict[str, bytes]], None], *, method: int = zipfile.ZIP_STORED
) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return act


def drop(prefix: str) -> Callable[[dict[str, bytes]], None]:
    def act(members: dict[str, bytes]) -> None:
        members.pop(next(name for name in members if name.startswith(prefix)))

    return act


def put(prefix: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def act(members: dict[str, bytes]) -> None:
        name = next(name for name in members if name.startswith(prefix))
        members[name] = change(members[name])

    return act


# Packs that somebody with a program for zips wrote again: what is done, and why it is refused
REWRITTEN = {
    "no checkpoint": (drop("checkpoint"), "cannot be read"),
    "no leaves": (drop("leaves"), "cannot be read"),
    "no entries": (drop("entries"), "cannot be read"),
    "no file": (drop("content/"), "cannot be read"),
    "another file": (put("content/", lambda _: b"another photo"), "is not the one that was captured"),
    "a larger size": (put("checkpoint", lambda note: note.replace(b"\n3\n", b"\n4\n")), "no signature that holds"),
    "no signature": (put("checkpoint", lambda note: note.partition(b"\xe2\x80\x94")[0]), "signature"),
    "leaves in another order": (put("leaves", lambda all_: all_[32:64] + all_[:32] + all_[64:]), "not those that"),
    "one leaf less": (put("leaves", lambda all_: all_[:-32]), "not those that the node signed"),
    "one leaf more": (put("leaves", lambda all_: all_ + bytes(32)), "larger, than a node packs"),
    "entries in another order": (put("entries", lambda all_: b"".join(all_.splitlines(True)[::-1])), "not the one"),
    "an entry twice": (put("entries", lambda all_: all_ + all_.splitlines(True)[0]), "cut off"),
    "no line of an entry": (put("entries", lambda _: b""), "cut off"),
    "another author": (put("entries", lambda all_: all_.replace(b"Ben", b"Bob")), "not the one that the node signed"),
    "salt in capitals": (put("entries", lambda all_: all_[:64].upper() + all_[64:]), "not the one that the node"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "why"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_rewritten_pack_is_refused_with_the_reason(
    world: World, packed: Path, change: Callable[[dict[str, bytes]], None], why: str
) -> None:
    rewritten(change)(packed)
    with pytest.raises(InputError, match=why):
        world.take(packed)


def test_a_refused_pack_leaves_no_byte_in_the_mission(world: World, packed: Path) -> None:
    def change_last(members: dict[str, bytes]) -> None:
        members[list(members)[-1]] = b"another file"

    world.reserve("post-2", 1)
    before = sorted((world.mission / "record" / "content").rglob("*"))
    rewritten(change_last)(packed)
    with pytest.raises(InputError, match="is not the one that was captured"):
        world.take(packed)
    assert sorted((world.mission / "record" / "content").rglob("*")) == before
    assert world.size() == 1


def test_a_pack_that_was_compressed_on_the_way_is_refused(world: World, packed: Path) -> None:
    rewritten(lambda _: None, method=zipfile.ZIP_DEFLATED)(packed)
    with pytest.raises(InputError, match="packed otherwise"):
        world.take(packed)


def test_what_the_zip_holds_besides_has_no_effect(world: World, packed: Path) -> None:
    expected = meaning(packed, world)
    rewritten(lambda members: members.update({"../../letter.txt": b"hello", "content/" + "0" * 64: b"x"}))(packed)
    assert meaning(packed, world) == expected
    assert len(world.take(packed).told) == 2
    assert not list(world.folder.rglob("letter.txt"))


def test_large_logs_go_into_several_packs_that_are_taken_in_order(world: World) -> None:
    world.make("post-1", numbers=10)
    for number in range(6):
        world.capture("post-1", table(f"A-{number}") * (4 if number == 3 else 1))
    paths = world.pack("post-1", most_bytes=2 * len(table("A-0")))
    assert packs_in([world.stick]) == sorted(paths) == paths
    assert len(paths) == 4, "two, one, the large one by itself, two"
    with pytest.raises(InputError, match="Take the pack before it first"):
        world.take(paths[1])
    assert [len(world.take(path).told) for path in paths] == [2, 1, 1, 2]
    assert world.entries("divergence") == []
    world.assert_whole()


def test_packing_that_was_stopped_goes_on_and_mends_what_is_damaged(world: World) -> None:
    world.make("post-1")
    for number in range(3):
        world.capture("post-1", table(f"A-{number}"))
    paths = world.pack("post-1", most_bytes=1)
    contents = [path.read_bytes() for path in paths]
    stood = paths[0].stat().st_ino
    paths[1].write_bytes(flipped(contents[1], len(contents[1]) // 2))
    paths[2].rename(paths[2].with_name(paths[2].name + ".part"))
    assert world.pack("post-1", most_bytes=1) == paths
    assert [path.read_bytes() for path in paths] == contents
    assert paths[0].stat().st_ino == stood, "what was whole was not written again"
    assert not list(world.stick.glob("*.part"))


def test_a_medium_that_is_gone_is_unavailable(world: World, packed: Path) -> None:
    packed.unlink()
    world.stick.rmdir()
    with pytest.raises(UnavailableError, match="nothing was lost"):
        world.pack("post-1")


def test_a_damaged_record_of_the_post_is_told_and_not_packed(world: World, packed: Path) -> None:
    packed.unlink()
    blob = next(path for path in world.post("post-1").rglob("content/*/*") if path.stat().st_size == 7)
    blob.chmod(0o600)
    blob.write_bytes(b"a phot0")
    with pytest.raises(IntegrityError, match="its bytes are altered"):
        world.pack("post-1")
    assert not list(world.stick.iterdir()) or not list(world.stick.glob("*.pack"))


def test_packing_needs_no_lock_of_the_post(world: World, packed: Path) -> None:
    with open_node(world.post("post-1")):  # at work at the same time
        packed.unlink()
        assert world.pack("post-1") == [packed]


def test_a_pack_says_from_where_to_where(world: World, packed: Path) -> None:
    with opened_pack(packed, key=key_of_node(read_mission(world.mission))) as pack:
        assert isinstance(pack, Pack)
        assert (pack.first, pack.size, [row.position for row in pack.rows]) == (0, 3, [0, 1, 2])
