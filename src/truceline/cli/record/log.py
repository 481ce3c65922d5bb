"""`truceline log …`: signing what is new, and proving to others what the log holds."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Sign what is new in the record, have it cosigned and stamped, prove it to others.")
Mission = Annotated[Path, typer.Argument(metavar="MISSION", help="A mission's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Key = Annotated[str, typer.Option("--key", metavar="VKEY", help="The log's key, as you were given it before.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it here; by default to the screen.")]


@app.command()
def checkpoint(folder: Mission, as_json: AsJson = False) -> None:
    """Sign what is new; ask the witnesses and the timestamp authority that the mission names."""
    from truceline.run.keeping.telling import keep_checkpoint, told_json, told_words

    told = keep_checkpoint(folder, now_us=_now_us())
    print(_json(told_json(told)) if as_json else told_words(told))
    raise typer.Exit(1 if told.unseen else 0)


@app.command()
def key(folder: Mission) -> None:
    """Print the key that checkpoints are signed with: give it to whoever shall check, by a way of its own."""
    from truceline.run.keeping.telling import key_of

    print(key_of(folder).vkey)


@app.command()
def show(
    folder: Mission,
    size: Annotated[int | None, typer.Option(help="Of which size; by default the latest.")] = None,
    out: Out = None,
) -> None:
    """Print a checkpoint with its cosignatures: give it away, so that others can compare."""
    from truceline.run.keeping.checkpoints import at_size
    from truceline.run.keeping.telling import latest_of, place_of

    found = latest_of(folder) if size is None else at_size(place_of(folder), size)
    _give(found.whole, out)


@app.command()
def prove(
    folder: Mission,
    position: Annotated[int, typer.Argument(help="Of the entry, from 0.")],
    out: Out = None,
) -> None:
    """Prove that one entry is in the log, against the latest checkpoint: its body, its salt, the path to the root."""
    from truceline.run.keeping.telling import entry_proof

    _give(_json(entry_proof(folder, position)).encode() + b"\n", out)


@app.command()
def request(
    folder: Mission,
    old: Annotated[int, typer.Argument(help="Size of the checkpoint that the witness knows; 0: none.")],
    out: Out = None,
) -> None:
    """Make the file that a witness is asked with, where it is not asked over the network."""
    from truceline.run.keeping.telling import request_of_latest

    _give(request_of_latest(folder, old), out)


@app.command()
def answer(
    folder: Mission,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the witness gave back.")],
    size: Annotated[int | None, typer.Option(help="Of the checkpoint; by default the latest.")] = None,
) -> None:
    """Keep the cosignature that a witness gave back as a file, once it is known to hold."""
    from truceline.run.keeping.telling import keep_answer
    from truceline.run.mission import read_bytes

    for each in keep_answer(folder, read_bytes(file), size=size):
        print(f"{each.name} found it consistent with all it had seen.")


@app.command()
def compare(
    one: Annotated[Path, typer.Argument(metavar="A", help="A checkpoint that one reader holds.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="One that another reader holds.")],
    key: Key,
    proof: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where their sizes differ: `truceline log request` of the smaller."),
    ] = None,
) -> None:
    """Say whether two readers were shown the same log. Exit 5: they were not, and both signatures prove it."""
    from truceline.run.keeping.telling import compared
    from truceline.run.mission import read_bytes

    print(compared(read_bytes(one), read_bytes(other), key=key, proof=None if proof is None else read_bytes(proof)))


@app.command()
def receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The receipt, as the served mission gave it.")],
    key: Key,
    as_json: AsJson = False,
) -> None:
    """Say what the receipt of a row shows. Needs no mission. Exit 5: it shows nothing, or not of this log."""
    from truceline.run.live.receipts import shown_by
    from truceline.run.mission import read_bytes

    shown = shown_by(read_bytes(file), key=key)
    print(_json(shown.plain()) if as_json else shown.words())


@app.command()
def custody(
    folder: Mission,
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="Of the bytes, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Say who brought these bytes in, what was made of them, and who was given them, when and why."""
    from truceline.run.keeping.telling import custody_of

    found = custody_of(folder, sha256)
    print(_json([each.plain() for each in found]) if as_json else "\n".join(each.words() for each in found))


def _give(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        out.write_bytes(content)
        print(f"Written: {out}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _now_us() -> int:
    return time.time_ns() // 1_000
