"""The commands of the ledger: `truceline ledger …`."""

import json
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Who guarantees the ceasefire, with what, on whose word, and whether it can work.")
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A mission's folder, or any folder for a ledger.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides: a person's name, kept in the record.")]
ScenarioId = Annotated[str, typer.Option("--scenario", metavar="ID", help="Of those declared; by default the first.")]


@app.command()
def suggest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An article: text or HTML.")],
    simple: Annotated[bool, typer.Option("--simple", help="By the simpler rules, without a parser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say who said what in one article. All of it is a suggestion; nothing is kept."""
    from truceline.cli.ledger.printing import suggested_json, suggested_words
    from truceline.guarantee import suggest_from
    from truceline.guarantee.saying import load_parser
    from truceline.run.mission import read_bytes

    found = suggest_from(read_bytes(file), name=file.name, parser=None if simple else load_parser())
    print(_json(suggested_json(found)) if as_json else suggested_words(found))


@app.command()
def add(
    folder: Folder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Articles, .toml, .csv, requirements.json.")],
    by: By,
    title: Annotated[str, typer.Option(help="Of the article, where it does not state it.")] = "",
    publisher: Annotated[str, typer.Option(help="Likewise.")] = "",
    author: Annotated[str, typer.Option(help="Likewise.")] = "",
    published: Annotated[str, typer.Option(metavar="DATE", help="Likewise: 2026-03-23, 2026-03, XXXX-08-18.")] = "",
) -> None:
    """Put articles, declarations and tables into the ledger. What the rules find in articles waits for a person."""
    from truceline.cli.ledger.printing import added_words
    from truceline.cli.progress import Steps
    from truceline.guarantee.saying import load_parser
    from truceline.run.ledger import Desk, Stated, add_files

    stated = Stated(title=title, publisher=publisher, author=author, published=published)
    desk = Desk(by=by, now_us=_now_us(), parser=load_parser(), stated=stated)
    with Steps(quiet=False) as step:
        made = add_files(folder, files, desk, tell=step)
    print(added_words(made, folder))
    raise typer.Exit(1 if any(each.refused or each.rejects for each in made) else 0)


@app.command()
def review(
    folder: Folder,
    by: By,
    decisions: Annotated[
        Path | None, typer.Option("--from", metavar="CSV", help="Decisions taken elsewhere: document,words,act,reason.")
    ] = None,
) -> None:
    """Decide what stands: card after card, one key each; or as a file says."""
    from truceline.cli.ledger.printing import tally_words
    from truceline.cli.ledger.reviewing import Sitting
    from truceline.cli.ledger.terminal import Terminal, sitting
    from truceline.run.ledger import decide_from, waiting

    if decisions is not None:
        print(tally_words(decide_from(folder, decisions, by=by, now_us=_now_us()), waiting(folder, reader=by)))
        return
    with sitting():
        done = Sitting(folder=folder, by=by, person=Terminal(), clock=_now_us).review()
    print(tally_words(done, waiting(folder, reader=by)))


@app.command()
def line(
    folder: Folder,
    actor: Annotated[str, typer.Argument(metavar="[ACTOR]", help="Its id; by default everybody.")] = "",
    since: Annotated[str, typer.Option(metavar="DATE", help="Only what came or went since this was known.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say who holds what, over time, on how many independent origins; claims beside denials."""
    from truceline.run.ledger import lines_in

    found = lines_in(folder, actor=actor, since=since)
    print(_json(found.plain()) if as_json else found.words())


@app.command()
def chain(
    folder: Folder,
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="Its id (st-…), or the beginning of it.")],
    as_json: AsJson = False,
) -> None:
    """Say through whom a statement came, from its words in the article to where it began."""
    from truceline.run.ledger import chain_in

    found = chain_in(folder, statement)
    print(_json(found.plain()) if as_json else found.words())


@app.command()
def worlds(folder: Folder, scenario: ScenarioId = "", as_json: AsJson = False) -> None:
    """Say what is possible under every reading of ambiguous sentences, and on which sentences that hangs."""
    from truceline.run.ledger import worlds_in, worlds_json, worlds_words

    asked, found = worlds_in(folder, scenario=scenario, now_us=_now_us())
    print(_json(worlds_json(asked, found)) if as_json else worlds_words(asked, found))


@app.command()
def gaps(folder: Folder, scenario: ScenarioId = "", as_json: AsJson = False) -> None:
    """Say which requirements are met by whose pledges, who is indispensable, and why not."""
    from truceline.run.ledger import gaps_in, gaps_json, gaps_words

    found = gaps_in(folder, scenario=scenario, now_us=_now_us())
    print(_json(gaps_json(found)) if as_json else gaps_words(found))


@app.command()
def report(
    folder: Folder,
    scenario: ScenarioId = "",
    since: Annotated[str, typer.Option(metavar="DATE", help="Show what changed since.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write; by default ledger/ in the folder.")] = None,
) -> None:
    """Write the ledger as pages: overview, a page for each actor, PDF and tables."""
    from truceline.run.ledger import write_ledger

    for path in write_ledger(folder, scenario=scenario, since=since, out=out, now_us=_now_us()):
        print(path)


@app.command()
def export(
    folder: Folder,
    form: Annotated[Literal["annotations", "prov"], typer.Option("--as", help="W3C Web Annotation, or PROV-JSON.")],
) -> None:
    """Print what stands, in a form that other programs read."""
    import sys

    from truceline.run.ledger import exported

    sys.stdout.buffer.write(exported(folder, form) + b"\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _now_us() -> int:
    return time.time_ns() // 1_000
