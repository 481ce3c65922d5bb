"""`truceline witness …`: for whoever wants to see for himself that a mission's log only grows."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Watch a mission's log: check that it only grew, and say so with your own key.")
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The witness's own folder.")]


@app.command()
def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Yours, such as observers.example/valley.")],
    log: Annotated[list[str], typer.Option(metavar="VKEY", help="Key of a log, as its mission gave it.")],
) -> None:
    """Begin a witness, or let it watch more logs; print its key, which the mission enters."""
    from truceline.run.keeping.witnessing import make_witness

    print(make_witness(folder, name, log).vkey)
    print("Give this key to the mission: it stands under [[keep.witnesses]] in its declaration.", file=sys.stderr)


@app.command()
def cosign(
    folder: Folder,
    request: Annotated[Path, typer.Argument(metavar="FILE", help="What the mission asks: truceline log request.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the answer here.")] = None,
) -> None:
    """Answer a request that came as a file. Exit 5: the log was written anew, and the proof of it is kept."""
    from truceline.base.errors import InputError, IntegrityError
    from truceline.record.notes.witness import Refused
    from truceline.run.keeping.witnessing import cosign
    from truceline.run.mission import read_bytes

    answer = cosign(folder, read_bytes(request), now_s=lambda: int(time.time()))
    if isinstance(answer, Refused):
        kind = IntegrityError if "two faces" in answer.why else InputError
        raise kind(f"not cosigned: {answer.why}", subject="request", remedy=_next(answer.size))
    if out is None:
        print(answer.line, end="")
    else:
        out.write_text(answer.line, encoding="utf-8")
        print(f"Written: {out}. The mission takes it: truceline log answer MISSION FILE.")


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8341,
) -> None:
    """Answer requests over the network, after C2SP tlog-witness."""
    from truceline.serve.witness import serve_witness

    print(f"Witness at http://{host}:{port}/ . Stop with Ctrl+C.", flush=True)
    serve_witness(folder, host=host, port=port)


@app.command()
def show(folder: Folder) -> None:
    """Print which logs are watched and what was cosigned last; and every proof that a log showed two faces."""
    from truceline.base.time import stamp
    from truceline.base.units import US_PER_S
    from truceline.run.keeping.witnessing import watched, witness_key

    print(f"Key: {witness_key(folder).vkey}")
    found = watched(folder)
    for each in found:
        seen = each.seen
        latest = f"{seen.checkpoint.size} entries, {stamp(seen.at_s * US_PER_S)}" if seen else "nothing cosigned yet"
        print(f"{each.log.name}: {latest}")
        for _ in each.split:
            print(f"  PROOF of two faces of {each.log.name}: a pair of signed checkpoints in the folder's split/.")
    raise typer.Exit(5 if any(each.split for each in found) else 0)


def _next(size: int | None) -> str:
    if size is None:
        return (
            "Ask the mission for another request; what it showed you is kept if it contradicts what it showed before."
        )
    return f"Ask the mission for a request from what this witness knows: truceline log request MISSION {size}."
