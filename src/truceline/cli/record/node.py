"""The commands of a field node: `truceline node …`. At the post nothing of the mission is needed."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from truceline.base.errors import InputError

app = typer.Typer(help="An observer post without network: capture files, sign them, sync by a stick.")
NodeFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The node's own folder.")]
MissionFolder = Annotated[Path, typer.Argument(metavar="MISSION", help="A mission's folder.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="The person, kept in the record.")]


@app.command()
def init(
    folder: NodeFolder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the post: a-z, 0-9 and -, e.g. post-3.")],
    mission: Annotated[
        str, typer.Option(metavar="LOG", help="Name of the mission's log; a receipt names it too.")
    ] = "",
    receipt: Annotated[Path | None, typer.Option(metavar="FILE", help="From truceline node reserve.")] = None,
) -> None:
    """Make a node: its own record and key. Prints what the mission enters in its declaration."""
    from truceline.run.mission import read_bytes
    from truceline.run.node.post import make_node
    from truceline.run.node.words import made_words

    content = read_bytes(receipt) if receipt else b""
    with make_node(folder, name, mission=mission, receipt=content, now_us=_now_us()) as node:
        print(made_words(node))


@app.command()
def reserve(
    mission: MissionFolder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The node.")],
    count: Annotated[int, typer.Argument(metavar="COUNT", help="How many numbers.")],
    by: By,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write what is carried to the node.")],
) -> None:
    """At the mission: reserve numbers for a node's captures."""
    from truceline.run.node.mission import reserve as reserved
    from truceline.run.node.words import reserved_words

    block, receipt = reserved(mission, name, count, by=by, now_us=_now_us())
    _write(out, receipt)
    print(reserved_words(block, name, str(out)))


@app.command()
def capture(
    folder: NodeFolder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Photos, forms, tables of observations.")],
    by: By,
    feed: Annotated[str, typer.Option(metavar="NAME", help="Of the mission, which reads them; else people do.")] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What a reader should know.")] = "",
    clock_error: Annotated[
        int, typer.Option(metavar="S", help="How wrong this clock may be.", show_default=False)
    ] = -1,
    again: Annotated[bool, typer.Option("--again", help="Also what was captured with the same words before.")] = False,
) -> None:
    """Keep files and give each a number. What is printed is on the disk."""
    from truceline.run.node.post import Slip, open_node
    from truceline.run.node.words import captured_words

    slip = Slip(by=by, feed=feed, note=note, clock_error_s=clock_error, again=again)
    with open_node(folder) as node:
        for captured in node.capture(files, slip, clock=_now_us):
            print(captured_words(captured), flush=True)


@app.command()
def status(folder: NodeFolder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what the node has, what of it the mission has, and how the mission declares it."""
    from truceline.run.node.post import open_node
    from truceline.run.node.words import status_json, status_words

    with open_node(folder, writing=False) as node:
        print(json.dumps(status_json(node), ensure_ascii=False, indent=1) if as_json else status_words(node))


@app.command()
def pack(
    folder: NodeFolder,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A folder, on a stick for example.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what the mission confirmed.")] = False,
) -> None:
    """Write what the mission has not confirmed yet, signed. Stopped half way, give the command again."""
    from truceline.run.node.packing import pack as packed
    from truceline.run.node.post import open_node

    with open_node(folder, writing=False) as node:
        for path, count in packed(node, to, since=0 if everything else None):
            print(f"{path}: {count} entries", flush=True)


@app.command()
def take(
    mission: MissionFolder,
    paths: Annotated[list[Path], typer.Argument(metavar="PACK…", help="Packs, or folders of them.")],
) -> None:
    """At the mission: take packs into the record; a receipt for each node is written beside them."""
    from truceline.run.node.mission import packs_in
    from truceline.run.node.mission import take as taken
    from truceline.run.node.words import taken_words

    refused = 0
    for path in packs_in(paths):
        try:
            made = taken(mission, path, now_us=_now_us())
        except InputError as error:
            print(error)
            refused += 1
            continue
        print(taken_words(made))
        receipt = path.with_name(f"{made.node}.receipt")
        _write(receipt, made.receipt)
        print(f"  Carry {receipt} back to the post: truceline node receive FOLDER {receipt.name}")
    raise typer.Exit(1 if refused else 0)


@app.command()
def receive(
    folder: NodeFolder,
    receipt: Annotated[Path, typer.Argument(metavar="FILE", help="What came back from the mission.")],
) -> None:
    """At the post: take in which numbers are reserved, and what arrived at the mission."""
    from truceline.run.mission import read_bytes
    from truceline.run.node.post import open_node
    from truceline.run.node.words import received_words

    with open_node(folder) as node:
        was = node.confirmed
        node.receive(read_bytes(receipt), now_us=_now_us())
        print(received_words(node, was))


def _write(path: Path, content: bytes) -> None:
    from truceline.record.disk import LocalDisk, disk_unavailable, write_whole

    try:
        write_whole(LocalDisk(), path, content, 0o644)
    except OSError as error:
        raise disk_unavailable(error, "receipt") from None


def _now_us() -> int:
    return time.time_ns() // 1_000
