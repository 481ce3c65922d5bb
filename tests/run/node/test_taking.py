"""Packs at the mission: everything new once, whatever comes twice, late, from two posts or from an old copy."""

import io
import shutil
import zipfile
from dataclasses import replace

import pytest
from tests.run.node.posts import FIRST, World, table

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnavailableError, UnknownNameError
from truceline.model.entry import entry_about
from truceline.model.mission import Feed
from truceline.model.node import Capture
from truceline.record import open_record
from truceline.run.live.state.books import books_of, live_files
from truceline.run.mission import DECLARATION, read_inputs, read_mission
from truceline.run.node.mission import Reader
from truceline.run.node.post import open_node


def numbers(world: World) -> list[int]:
    return [entry.detail["number"] for entry in world.captures()]


def read_files(world: World) -> list[tuple[str, str]]:
    """What a run would read besides the mission's own files: feed and SHA-256."""
    with world.record() as record:
        books = books_of(record, read_mission(world.mission))
        return [
            (file.feed, file.sha256) for file in live_files(books.arrived.values(), record.get, id_key=books.id_key)
        ]


def test_a_capture_arrives_as_a_live_file_that_remembers_its_post(posts: World) -> None:
    captured = posts.capture("post-1", table("A-1"), note="from the roof", clock_error_s=30)
    posts.sync("post-1")
    (entry,) = posts.captures()
    assert (entry.kind, entry.author, entry.hashes) == ("raw", "Ben", (sha256_hex(table("A-1")),))
    assert entry.subject == f"live/observations/{entry.hashes[0][:16]}"
    assert {name: value for name, value in entry.detail.items() if name != "leaf"} == {
        "name": "seen.csv",
        "feed": "observations",
        "format": "csv",
        "compartment": "",
        "bytes": len(table("A-1")),
        "node": "post-1",
        "position": 2,
        "number": 1,
        "said": "no. 000001",
        "captured_at": captured.at,
        "note": "from the roof",
        "clock_error_s": 30,
    }
    with posts.record("post-1") as record:
        assert entry.detail["leaf"] == record.sealed(2).leaf.hex()
    assert read_files(posts) == [("observations", entry.hashes[0])]
    posts.assert_whole()


def test_the_ids_of_what_posts_saw_take_a_secret_that_is_made_once(posts: World) -> None:
    for name in ("A-1", "A-2"):
        posts.capture("post-1", table(name))
        posts.sync("post-1")
    (key,) = [entry for entry in posts.entries("mission") if entry.subject == "id-key"]
    assert len(key.detail["salt"]) == 64


def test_the_same_pack_again_adds_nothing(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    (path,) = posts.pack("post-1")
    first, size = posts.take(path), posts.size()
    again = posts.take(path)
    assert (first.entries, again.entries, again.told, posts.size()) == (size - 2, 0, (), size)
    assert again.receipt == first.receipt


def test_packs_that_overlap_add_each_capture_once(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    (short,) = posts.pack("post-1")
    posts.capture("post-1", table("A-2"))
    (long,) = posts.pack("post-1")
    assert [len(posts.take(path).told) for path in (short, long)] == [1, 1]
    assert numbers(posts) == [1, 2]


def test_a_shorter_pack_after_the_longer_one_has_no_effect(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    (short,) = posts.pack("post-1")
    posts.capture("post-1", table("A-2"))
    (long,) = posts.pack("post-1")
    posts.take(long)
    size = posts.size()
    taken = posts.take(short)
    assert (taken.entries, taken.branch.known, taken.branch.diverged, posts.size()) == (0, True, False, size)


def test_what_was_confirmed_is_not_packed_again_unless_asked_for(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    posts.sync("post-1")
    with pytest.raises(InputError, match="nothing was captured behind entry 3"):
        posts.pack("post-1")
    posts.capture("post-1", table("A-2"))
    assert posts.pack("post-1")[0].name.startswith("post-1-000000003-000000005-")
    assert posts.take(posts.pack("post-1", since=0)[0]).told[0].number == 2


def test_a_pack_that_leaves_out_what_was_never_seen_is_refused(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    posts.capture("post-1", table("A-2"))
    (late,) = posts.pack("post-1", since=3)
    with pytest.raises(InputError, match=r"begins behind entry 3, and the mission has the first 0 .*--all"):
        posts.take(late)
    assert numbers(posts) == []
    posts.take(posts.pack("post-1")[0])
    assert posts.take(late).entries == 0


def test_one_photo_of_two_posts_is_two_captures_and_one_content_and_one_file(posts: World) -> None:
    for name in ("post-1", "post-2"):
        posts.capture(name, table("A-1"))
        posts.sync(name)
    ours = posts.captures()
    assert [(entry.detail["node"], entry.detail["number"]) for entry in ours] == [("post-1", 1), ("post-2", 11)]
    assert len({entry.detail["captured_at"] for entry in ours}) == 2
    assert len({entry.hashes for entry in ours}) == 1
    assert len(read_files(posts)) == 1


def test_without_numbers_a_capture_has_a_local_one_until_the_mission_gives_its_own(world: World) -> None:
    world.make("post-1", numbers=1)
    said = [world.capture("post-1", table(f"A-{n}")).said for n in range(3)]
    assert said == ["no. 000001", "post-1-L0001", "post-1-L0002"]
    taken = world.sync("post-1")
    assert [(each.said, each.number) for each in taken.told] == list(zip(said, [1, 2, 3], strict=True))
    aliases = [entry.detail for entry in world.entries("node") if entry.detail["act"] == "alias"]
    assert [(each["said"], each["number"]) for each in aliases] == [("post-1-L0001", 2), ("post-1-L0002", 3)]
    world.reserve("post-2", 5)
    assert read_numbers(world, "post-2") == [(4, 9)]


def read_numbers(world: World, name: str) -> list[tuple[int, int]]:
    details = [entry.detail for entry in world.entries("node") if entry.subject == name]
    return [(each["from"], each["until"]) for each in details if each["act"] == "reserved"]


def test_numbers_that_nobody_reserved_are_replaced(posts: World) -> None:
    posts.make("post-3")
    with_numbers_of_another(posts)
    posts.capture("post-3", table("A-1"))
    (told,) = posts.sync("post-3").told
    assert (told.said, told.number) == ("no. 000500", 21)
    assert "never reserved" in told.why


def with_numbers_of_another(world: World) -> None:
    """The post believes in numbers that the mission's record does not tell of: it was restored from an older copy."""
    from truceline.model.node import Receipt
    from truceline.run.node.receipts import receipts_signer, signed_receipt

    signer = receipts_signer(world.mission, read_mission(world.mission))
    world.receive("post-3", signed_receipt(Receipt(mission=world.origin, node="post-3", numbers=((500, 600),)), signer))


def test_a_number_that_one_log_gives_twice_is_given_once(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    with open_node(posts.post("post-1")) as node:
        (first,) = node.captures.values()
        node.record.append([entry_about("raw", first.said, replace(first.capture, note="again"), known_at_us=0)])
    assert [each.number for each in posts.sync("post-1").told] == [1, 21]


# What no feed can read is kept and told, and stops no run. file, feed, what is said
APART = [
    ("notes.txt", "observations", "'.txt' is no format"),
    ("seen.csv", "", "it is for no feed"),
    ("seen.csv", "no-such-feed", "has no feed"),
    ("photo.jpg", "observations", "is of rows, not of footage"),
    ("seen.csv", "claims", "no row of it can be read"),
]


@pytest.mark.parametrize(("file", "feed", "why"), APART)
def test_what_no_feed_can_read_is_kept_apart(posts: World, file: str, feed: str, why: str) -> None:
    posts.capture("post-1", table("A-1"), file=file, feed=feed)
    (told,) = posts.sync("post-1").told
    assert why in told.apart
    (entry,) = posts.captures()
    assert entry.subject == f"capture/post-1/{entry.detail['leaf'][:16]}"
    assert (entry.detail["number"], entry.detail["apart"]) == (1, told.apart)
    assert read_files(posts) == []


def test_what_was_kept_apart_is_read_once_its_feed_is_declared(posts: World) -> None:
    posts.capture("post-1", table("A-1"), feed="patrols")
    (path,) = posts.pack("post-1")
    posts.take(path)
    declaration = posts.mission / DECLARATION
    declaration.write_text(declaration.read_text("utf-8").replace('name = "observations"', 'name = "patrols"'), "utf-8")
    assert [(each.number, each.apart) for each in posts.take(path).told] == [(1, "")]
    assert posts.take(path).entries == 0
    assert read_files(posts) == [("patrols", sha256_hex(table("A-1")))]
    assert numbers(posts) == [1, 1], "one capture, told of twice"
    assert len({entry.detail["leaf"] for entry in posts.captures()}) == 1


def test_footage_that_the_mission_has_itself_is_not_read_twice(posts: World) -> None:
    inputs = read_inputs(posts.mission, now_us=posts.clock())
    flights = Feed(name="flights", path="feeds/flight.ts", format="footage", holds="observations", source="drone")
    mission = replace(inputs.mission, feeds=(*inputs.mission.feeds, flights))
    inputs = replace(inputs, mission=mission, feeds=inputs.feeds | {flights.path: b"a film"})
    reader = Reader(inputs=inputs, mandates=(), content=lambda _: b"a film", keep=sha256_hex)
    hashes = (sha256_hex(b"a film"),)
    capture = Capture(author="Ben", hashes=hashes, name="f.ts", size_bytes=6, feed="flights", format="footage")
    assert "the mission's own file of this feed" in reader.apart(capture)


def test_photos_inside_a_form_are_kept_beside_it(posts: World) -> None:
    form, photo = io.BytesIO(), b"pixels"
    rows = [f"{line},{cell}" for line, cell in zip(table("A-1").decode().splitlines(), ("photo", "p.png"), strict=True)]
    with zipfile.ZipFile(form, "w") as archive:
        archive.writestr("patrol.csv", "\n".join(rows))
        archive.writestr("media/p.png", photo)
    posts.capture("post-1", form.getvalue(), file="patrol.zip")
    (told,) = posts.sync("post-1").told
    assert told.apart == ""
    with posts.record() as record:
        assert record.get(sha256_hex(photo)) == photo


def test_a_clock_that_went_back_is_told_to_the_mission_once(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    posts.now_us -= 3_600_000_000
    posts.capture("post-1", table("A-2"))
    for _ in range(2):
        posts.sync("post-1", since=0)
    (entry,) = posts.entries("clock")
    assert (entry.subject, entry.detail["node"], entry.detail["back_us"]) == ("node post-1", "post-1", 3_599_000_000)


# What was seen, what the old copy is of, what was captured on it: how much is shared, which numbers come of it.
DIVERGED = {
    "the old copy has gone on for longer": (3, 1, 4),
    "for as long": (3, 1, 2),
    "not as long": (4, 1, 1),
    "from the very beginning": (2, 0, 3),
}


@pytest.mark.parametrize(("seen", "copied", "more"), DIVERGED.values(), ids=DIVERGED)
def test_a_post_restored_from_an_old_copy_loses_and_doubles_nothing(
    posts: World, seen: int, copied: int, more: int
) -> None:
    backup = None if copied else posts.backup("post-1")
    for number in range(seen):
        posts.capture("post-1", table(f"A-{number}"))
        backup = posts.backup("post-1") if number + 1 == copied else backup
    posts.sync("post-1")
    assert backup is not None
    posts.restore("post-1", backup)
    again = [posts.capture("post-1", table(f"B-{number}")).said for number in range(more)]
    assert again[0] == f"no. {copied + 1:06d}", "the copy gives numbers that were given"
    taken = posts.sync("post-1")
    assert (taken.branch.diverged, taken.branch.common) == (True, 2 + copied)
    twice = min(more, seen - copied)
    assert [bool(told.why) for told in taken.told] == [True] * twice + [False] * (more - twice)
    assert len(set(numbers(posts))) == seen + more
    (divergence,) = posts.entries("divergence")
    assert (divergence.subject, divergence.detail["common"]) == ("post-1", 2 + copied)
    assert (divergence.detail["size"], divergence.detail["other_size"]) == (2 + seen, 2 + copied + more)
    with posts.record() as record:
        for sha256, size in zip(divergence.hashes, (2 + seen, 2 + copied + more), strict=True):
            assert record.get(sha256).startswith(f"{posts.origin}/node/post-1\n{size}\n".encode())
    posts.assert_whole()
    posts.capture("post-1", table("C-1"))
    after = posts.sync("post-1")
    assert (len(after.told), after.branch.diverged, len(posts.entries("divergence"))) == (1, False, 1)


def test_two_copies_in_use_at_once_each_go_on_where_they_were(posts: World) -> None:
    posts.capture("post-1", table("A-0"))
    posts.sync("post-1")
    copy = posts.backup("post-1")
    for turn in range(3):
        posts.capture("post-1", table(f"A-{turn}-here"))
        posts.sync("post-1")
        here = posts.backup("post-1")
        posts.restore("post-1", copy)
        posts.capture("post-1", table(f"A-{turn}-there"))
        posts.sync("post-1")
        copy = posts.backup("post-1")
        posts.restore("post-1", here)
    assert len(posts.entries("divergence")) == 1
    assert len(set(numbers(posts))) == len(numbers(posts)) == 7


def test_a_pack_of_a_post_that_is_not_declared_is_refused_and_taken_once_it_is(world: World) -> None:
    key = world.make("post-1", declared=False)
    world.capture("post-1", table("A-1"))
    (path,) = world.pack("post-1")
    with pytest.raises(UnknownNameError, match=r"does not declare.*\[\[keep.nodes\]\]"):
        world.take(path)
    world.declare("post-1", key)
    assert len(world.take(path).told) == 1


def test_a_pack_signed_with_another_key_is_refused(posts: World) -> None:
    stranger = World(posts.folder / "elsewhere")
    stranger.folder.mkdir()
    shutil.copytree(FIRST, stranger.mission, ignore=shutil.ignore_patterns("record", "report", "keys"))
    stranger.stick.mkdir()
    stranger.make("post-1")
    stranger.capture("post-1", table("A-1"))
    with pytest.raises(InputError, match="no signature that holds by the key of"):
        posts.take(stranger.pack("post-1")[0])
    assert posts.captures() == []


def test_a_key_entered_under_another_posts_name_is_told(world: World) -> None:
    key = world.make("post-1", declared=False)
    world.declare("post-2", key)
    world.make("post-2", declared=False)
    world.capture("post-2", table("A-1"))
    with pytest.raises(InputError, match=r"the key of the node post-2 is of .*/node/post-1, and packs come from"):
        world.take(world.pack("post-2")[0])


def test_a_pack_of_another_mission_is_refused(posts: World) -> None:
    declaration = posts.mission / DECLARATION
    text = declaration.read_text("utf-8")
    declaration.write_text(text + '[keep]\norigin = "elsewhere"\n', "utf-8")
    posts.make("post-9", declared=False)
    posts.capture("post-9", table("A-1"))
    (path,) = posts.pack("post-9")
    declaration.write_text(text, "utf-8")
    with pytest.raises(UnknownNameError, match="of elsewhere/node/post-9, and this mission is truceline/first-steps"):
        posts.take(path)


def test_a_mission_that_is_being_served_says_where_to_put_the_pack(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    (path,) = posts.pack("post-1")
    with (
        open_record(posts.mission / "record"),
        pytest.raises(UnavailableError, match="being served, stop it for the moment"),
    ):
        posts.take(path)
    assert len(posts.take(path).told) == 1


def test_the_missions_record_keeps_what_proves_that_the_post_signed_it(posts: World) -> None:
    from truceline.record.leaf import commitment
    from truceline.record.notes.checkpoint import read_checkpoint
    from truceline.record.notes.note import verifier_of

    posts.capture("post-1", table("A-1"))
    posts.sync("post-1")
    (sync,) = [entry for entry in posts.entries("node") if entry.detail["act"] == "synced"]
    (capture,) = posts.captures()
    (node,) = [node for node in read_mission(posts.mission).keep.nodes if node.name == "post-1"]
    with posts.record() as record:
        note, leaves, lines = (record.get(sha256) for sha256 in sync.hashes)
    checkpoint, _ = read_checkpoint(note, log=verifier_of(node.key))
    salt, _, body = lines.split(b"\n")[capture.detail["position"]].partition(b" ")
    assert commitment(bytes.fromhex(salt.decode()), body).hex() == capture.detail["leaf"]
    assert (checkpoint.size, len(leaves)) == (3, 96)
    assert leaves[64:].hex() == capture.detail["leaf"]
