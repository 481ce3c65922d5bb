"""The commands, as people at a post and at a mission type them."""

import json
from pathlib import Path

import pytest
from tests.run.node.posts import World, table
from typer.testing import CliRunner

from truceline.base.errors import InputError, TrucelineError
from truceline.cli.record.node import app


def typed(*words: object, code: int = 0) -> str:
    """What a command prints. Raises: the error that the command line turns into one line."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, TrucelineError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_from_an_empty_folder_to_the_mission_and_back(world: World) -> None:
    post, receipt = world.post("post-3"), world.folder / "post-3.receipt"
    out = typed("reserve", world.mission, "post-3", 2, "--by", "Anna", "--out", receipt)
    assert out.startswith("no. 000001 to no. 000002 are reserved for post-3.")
    printed = typed("init", post, "post-3", "--receipt", receipt)
    assert "2 left" in printed
    declared = printed[printed.index("[[keep.nodes]]") :]
    with (world.mission / "truceline.toml").open("a", encoding="utf-8") as file:
        file.write(declared)
    paths = []
    for number in range(3):
        paths.append(world.folder / f"{number}.csv")
        paths[-1].write_bytes(table(f"A-{number}"))
    out = typed("capture", post, *paths, "--by", "Ben", "--feed", "observations", "--clock-error", 60)
    assert [line.split("  ")[0] for line in out.splitlines()] == ["no. 000001", "no. 000002", "post-3-L0001"]
    assert "3 captured, 3 of them not confirmed" in typed("status", post)
    assert ": 5 entries" in typed("pack", post, "--to", world.stick)
    out = typed("take", world.mission, world.stick)
    assert "3 new of node post-3" in out
    assert "no. 000003 (the node says post-3-L0001: the node had no number left.)" in out
    assert "nothing added" in typed("take", world.mission, world.stick)
    out = typed("receive", post, world.stick / "post-3.receipt")
    assert "The mission has 5 of 6 entries, 5 more than before." in out
    out = typed("status", post)
    assert "3 captured, 0 of them not confirmed" in out
    assert "post-3-L0001 is no. 000003 in the mission" in out
    told = json.loads(typed("status", post, "--json"))
    assert [each["number"] for each in told["captures"]] == [1, 2, 3]
    assert all(each["confirmed"] for each in told["captures"])
    assert told["key"] in declared
    with pytest.raises(InputError, match="Nothing new waits"):
        typed("pack", post, "--to", world.stick)
    assert ": 6 entries" in typed("pack", post, "--to", world.stick, "--all")
    assert [entry.author for entry in world.entries("node")][:1] == ["Anna"]


def test_a_refused_pack_does_not_hold_up_the_others(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    posts.capture("post-2", table("A-2"))
    (one,) = posts.pack("post-1")
    posts.pack("post-2")
    one.write_bytes(one.read_bytes()[:-100])
    out = typed("take", posts.mission, posts.stick, code=1)
    assert f"pack {one.name}: " in out
    assert "Nothing was taken" in out
    assert "1 new of node post-2" in out
    assert not (posts.stick / "post-1.receipt").exists()
    assert (posts.stick / "post-2.receipt").is_file()


def test_an_old_copy_is_told_at_the_mission_and_at_the_post(posts: World) -> None:
    backup = posts.backup("post-1")
    posts.capture("post-1", table("A-1"))
    typed("take", posts.mission, *posts.pack("post-1"))
    posts.restore("post-1", backup)
    typed("receive", posts.post("post-1"), posts.stick / "post-1.receipt")
    assert "This folder is an old copy" in typed("status", posts.post("post-1"))
    posts.capture("post-1", table("A-2"))
    out = typed("take", posts.mission, *posts.pack("post-1"))
    assert "shares 2 entries with what was seen of it before" in out
    assert "no. 000021 (the node says no. 000001: no. 000001 is another capture, which came before.)" in out


def test_a_clock_that_went_back_is_told(posts: World, monkeypatch: pytest.MonkeyPatch) -> None:
    posts.now_us = 4_000_000_000_000_000  # in the year 2096: the machine's own clock is behind it
    posts.capture("post-1", table("A-1"))
    path = posts.folder / "a.csv"
    path.write_bytes(table("A-2"))
    out = typed("capture", posts.post("post-1"), path, "--by", "Ben")
    assert out.startswith("no. 000002  a.csv")
    assert "the clock had gone back by" in out


def test_a_stick_that_is_gone_is_told(posts: World) -> None:
    posts.capture("post-1", table("A-1"))
    with pytest.raises(TrucelineError, match="nothing was lost"):
        typed("pack", posts.post("post-1"), "--to", Path(posts.folder) / "no-such-stick")
