"""The commands.

Exit codes:
    0   done, nothing to complain of
    1   done, and something was found (check: warnings; compare: differences; run: rows set aside)
    2   the command line is wrong
    3   an input must be mended or set aside
    4   the mandate must be mended by its owner (check: errors)
    5   the record or a total is not in order: stop publishing, keep the disk
    6   something was not available: try again, nothing was lost
    70  a fault in Truceline itself; 130 stopped by the person
"""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truceline.base.errors import InputError, IntegrityError, MandateError, TrucelineError, UnavailableError
from truceline.cli.ledger import app as ledger
from truceline.cli.record import content, log, node, witness

if TYPE_CHECKING:
    from truceline.cli.progress import Steps

CODES = ((MandateError, 4), (IntegrityError, 5), (UnavailableError, 6), (InputError, 3))

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From a ceasefire's text and what was observed to explained findings and a record a stranger can check.",
)
app.add_typer(ledger, name="ledger")
app.add_typer(log, name="log")
app.add_typer(witness, name="witness")
app.add_typer(node, name="node")
for command in (content.bundle, content.checker, content.erase, content.retain, content.fixity):
    app.command()(command)
Folder = Annotated[Path, typer.Argument(metavar="MISSION", help="A mission's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]


def run_cli() -> None:
    """Run the command line; turn every error into one line and its exit code."""
    try:
        app()
    except TrucelineError as error:
        _complain(str(error))
        sys.exit(next((code for kind, code in CODES if isinstance(error, kind)), 3))
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing is wrong
        sys.exit(0)
    except KeyboardInterrupt:
        _complain("stopped. What was recorded stays recorded; run the command again to finish.")
        sys.exit(130)
    except Exception as error:  # the one place: a fault of ours, told as such
        _complain(
            f"a fault in Truceline itself: {type(error).__name__}: {error}. Nothing recorded was lost. "
            "Run again with TRUCELINE_TRACE=1 and send what it prints to the maintainers."
        )
        if _tracing():
            raise
        sys.exit(70)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Make a new mission that runs as it is, to be filled with your own text and feeds."""
    from truceline.cli.template import make_mission

    for path in make_mission(folder):
        print(path)
    print(f"\nNext: truceline run {folder}")


@app.command()
def run(
    folder: Folder,
    proxies: Annotated[
        bool, typer.Option("--proxies", help="Keep a copy of each video that plays in a browser.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read the feeds, judge, keep everything in the record, write the report."""
    from truceline.run.batch import run_mission
    from truceline.run.reports import write_report
    from truceline.run.words import products_json, products_words

    with _progress(quiet) as step:
        done = run_mission(folder, now_us=_now_us(), progress=step)
        if proxies:
            step("proxies")
            from truceline.run.footage.proxies import keep_proxies  # heavy, and most missions have none

            keep_proxies(folder, done.products)
        step("report")
        files = write_report(folder, done.products, originals=done.inputs.feeds)
    if as_json:
        print(json.dumps(products_json(done.products), ensure_ascii=False, indent=1))
    else:
        print(products_words(done.products))
        added = done.entries_after - done.entries_before
        print(f"Record: {done.entries_after} entries, {added} new. Check it: truceline verify {folder}")
        print(f"Report: {files[0]} and {len(files) - 1} more files beside it.")
    raise typer.Exit(1 if done.products.rejects.num_rows else 0)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE|MISSION", help="A mandate's text, or a mission's folder.")],
    as_json: AsJson = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for editors and code review.")] = False,
    ledger: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Whose ledger its roles are held against; else the mission's.")
    ] = None,
) -> None:
    """Say what a mandate's text leaves undefined, contradicts or cannot keep, with examples and who can block what."""
    from truceline.run.checking import check_path, refused, sarif, worst

    try:
        found = check_path(path, ledger=ledger)
    except MandateError as error:
        if not (as_json or as_sarif):
            raise
        found = [refused(path, error)]
    if as_json or as_sarif:
        print(json.dumps(sarif(found) if as_sarif else [each.plain() for each in found], ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(each.words() for each in found))
    raise typer.Exit({"error": 4, "warning": 1}.get(worst(found) or "", 0))


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(metavar="A", help="The first draft.")],
    new: Annotated[Path, typer.Argument(metavar="B", help="The second draft.")],
    over: Annotated[Path | None, typer.Option(metavar="MISSION", help="Also over the events of its record.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which clauses and responses differ, with an example each, and which past events would be judged otherwise."""
    from truceline.run.comparing import compare_paths

    found = compare_paths(old, new, over=over)
    print(json.dumps(found.plain(), ensure_ascii=False, indent=1) if as_json else found.words())
    raise typer.Exit(0 if found.alike else 1)


@app.command("format")
def format_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Mandates' texts (.truce, .md).")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")] = False,
) -> None:
    """Lay a mandate's text out in the one way; words, order of items and comments stay."""
    from truceline.cli.text import format_files

    changed = format_files(files, check=check)
    for path in changed:
        print(f"{'would change' if check else 'changed'}: {path}")
    raise typer.Exit(1 if check and changed else 0)


@app.command()
def words(file: Annotated[Path, typer.Argument(metavar="FILE", help="A mandate's text.")]) -> None:
    """Print a mandate in plain English."""
    from truceline.cli.text import words_in

    print(words_in(file), end="")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a mandate's canonical JSON."""
    from truceline.cli.text import schema_words

    print(schema_words(), end="")


@app.command()
def explain(
    folder: Folder,
    finding: Annotated[str, typer.Argument(help="A finding's id (fnd-…), or the beginning of it.")],
    as_json: AsJson = False,
) -> None:
    """Say why: the clause, the facts used with their sources, what is missing, what would change it, the raw bytes."""
    from truceline.cli.explain import explain_finding

    explanation = explain_finding(folder, finding)
    print(json.dumps(explanation.plain(), ensure_ascii=False, indent=1) if as_json else explanation.words())


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="Where to write; by default report/ in the mission.")] = None,
) -> None:
    """Write the report of the latest run again, from the record alone."""
    from truceline.pipeline import run_pipeline
    from truceline.record import verify_folder
    from truceline.run.batch import RECORD, record_in, recorded_inputs
    from truceline.run.reports import write_report

    found = verify_folder(folder / RECORD)
    if not found.ok:
        raise IntegrityError(
            found.problems[0],
            subject="record",
            remedy="Nothing was written. Keep this disk as it is; truceline verify lists every problem.",
        )
    with record_in(folder) as record:
        inputs = recorded_inputs(record)
    products = run_pipeline(inputs)
    for path in write_report(folder, products, originals=inputs.feeds, out=out):
        print(path)


@app.command()
def verify(
    folder: Folder,
    recompute: Annotated[bool, typer.Option("--recompute", help="Run every stage again and compare roots.")] = False,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A checkpoint that somebody else keeps, to compare with.")
    ] = None,
    key: Annotated[str, typer.Option(metavar="VKEY", help="The log's key, as you were given it before.")] = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Check every byte of the record, its checkpoints, and every certificate against it."""
    from truceline.run.mission import read_bytes
    from truceline.run.verification import verify_mission

    held = b"" if against is None else read_bytes(against)
    with _progress(quiet) as step:
        found = verify_mission(folder, recompute=recompute, progress=step, held=held, key=key)
    if as_json:
        print(json.dumps(found.plain(), ensure_ascii=False, indent=1))
    else:
        print(found.words())
    raise typer.Exit(0 if found.ok else 5)


@app.command()
def plan(
    folder: Folder,
    posts: Annotated[bool, typer.Option("--posts", help="Compare drones with posts and patrols instead.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write; by default plan/ in the mission.")] = None,
    seconds: Annotated[
        int | None, typer.Option(help="How long the solver may look; by default as [plan] says.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plan flights that meet what the mandate obliges the mission to look at, and say how good the plan is."""
    from truceline.run.flights import (
        compare_mission,
        plan_json,
        plan_mission,
        plan_words,
        tradeoff_json,
        tradeoff_words,
    )

    with _progress(as_json) as step:
        if posts:
            tradeoff, files = compare_mission(folder, now_us=_now_us(), out=out, progress=step)
        else:
            made = plan_mission(folder, now_us=_now_us(), out=out, seconds=seconds, progress=step)
            files = made.files
    if posts and as_json:
        print(json.dumps(tradeoff_json(tradeoff), ensure_ascii=False, indent=1))
    elif as_json:
        print(json.dumps(plan_json(made), ensure_ascii=False, indent=1))
    else:
        print(tradeoff_words(tradeoff) if posts else plan_words(made))
        print(f"Written: {files[0]} and {len(files) - 1} more beside it.")


@app.command()
def footage(
    path: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="Video, metadata, a log, a still; or udp://, rtp://, srt://.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write GeoJSON, pictures and the rest here.")
    ] = None,
    terrain: Annotated[Path | None, typer.Option(metavar="TIF", help="A GeoTIFF of the ground's heights.")] = None,
    datum: Annotated[str, typer.Option(help="Of its heights: msl or hae; by default as the file says.")] = "",
    ground: Annotated[float | None, typer.Option(metavar="METRES", help="Flat ground, above the sea.")] = None,
    zone: Annotated[str | None, typer.Option(help="Of clocks that state none: Europe/Kyiv.")] = None,
    detect: Annotated[str, typer.Option(metavar="WORDS", help="Find things in pictures: motion, flash or both.")] = "",
    detector: Annotated[Path | None, typer.Option(metavar="ONNX", help="A detector of your own.")] = None,
    labels: Annotated[str, typer.Option(metavar="WORDS", help="What its classes are called: car,truck.")] = "",
    clip: Annotated[str, typer.Option(metavar="FROM-TO", help="Cut these seconds out, metadata and all.")] = "",
    proxy: Annotated[bool, typer.Option("--proxy", help="Make a copy that plays in a browser.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say what footage is worth: where it looked, how far its own numbers agree, what it shows; cut and copy it."""
    from truceline.cli.footage import Asked, follow_live, look_into

    asked = Asked(
        path=Path(path),
        out=out,
        terrain=terrain,
        datum=datum,
        ground_msl_m=ground,
        zone=zone,
        detect=tuple(filter(None, detect.split(","))),
        detector=detector,
        labels=tuple(filter(None, labels.split(","))),
        clip=clip,
        proxy=proxy,
        as_json=as_json,
        quiet=quiet,
    )
    raise typer.Exit(follow_live(path, asked) if "://" in path else look_into(asked))


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8340,
    behind: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Host name of a proxy in front that ends TLS.")
    ] = None,
) -> None:
    """Serve a mission: reports come in, cases run, people decide, each is shown what is theirs."""
    from truceline.cli.serving import serve_mission

    serve_mission(folder, host=host, port=port, behind=tuple(behind or ()))


@app.command()
def account(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="The account's name.")],
    role: Annotated[str, typer.Option(help="watch_officer, analyst, reviewer, … or chair, which administers.")] = "",
    speaks_for: Annotated[
        list[str] | None, typer.Option("--for", metavar="ACTOR", help="A party or body of the mandate it speaks for.")
    ] = None,
    panel: Annotated[bool, typer.Option("--panel", help="It sits on the panel that attributes.")] = False,
) -> None:
    """Make an account while nobody serves the mission, or give one a new password (without --role)."""
    from truceline.cli.serving import Wanted, make_account

    print(make_account(folder, Wanted(name=name, role=role, speaks_for=tuple(speaks_for or ()), panel=panel)))


def _complain(words: str) -> None:
    print(f"truceline: {words}", file=sys.stderr)


def _now_us() -> int:
    return time.time_ns() // 1_000


def _tracing() -> bool:
    import os

    return bool(os.environ.get("TRUCELINE_TRACE"))


def _progress(quiet: bool) -> "Steps":
    from truceline.cli.progress import Steps

    return Steps(quiet=quiet)
