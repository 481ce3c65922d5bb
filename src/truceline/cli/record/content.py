"""Bundles, erasure, and reading all content again: commands of `truceline` itself."""

import getpass
import json
import time
from pathlib import Path
from typing import Annotated

import typer

from truceline.base.errors import InputError
from truceline.model.account import Recipient

Mission = Annotated[Path, typer.Argument(metavar="MISSION", help="A mission's folder.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept in the record.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def bundle(
    folder: Mission,
    finding: Annotated[str, typer.Argument(help="A finding's id (fnd-…), or the beginning of it.")],
    for_whom: Annotated[str, typer.Option("--for", metavar="NAME", help="Who is given it; kept in the record.")],
    why: Why,
    redacted: Annotated[
        str,
        typer.Option(metavar="WHOM", help="Only what the rules release to auditor, public or party:NAME; else all."),
    ] = "",
    opened: Annotated[
        bool,
        typer.Option("--opened", help="What is sealed is readable there, too. What was handed out cannot be erased."),
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="By default in bundles/.")] = None,
) -> None:
    """Put one finding with all that proves it into one file, which verify_bundle.py and openssl check without us."""
    from truceline.run.bundling.making import Wanted, make_bundle

    to = _recipient(redacted) if redacted else None
    wanted = Wanted(finding=finding, for_whom=for_whom, why=why, to=to, opens=opened)
    made = make_bundle(folder, wanted, out=out, now_us=_now_us())
    print(f"Written: {made.path}, SHA-256 {made.sha256}")
    print(f"{made.finding}, proven under a checkpoint of {made.entries} entries.")
    print(f"Check it without Truceline: python3 verify_bundle.py {made.path.name} --key '{made.key}'")
    print("Give the key by another way than the file. verify_bundle.py is in the file, and: truceline checker")


def checker() -> None:
    """Print verify_bundle.py, which checks bundles with Python and openssl alone."""
    from truceline.run.bundling import checker as text

    print(text().decode(), end="")


def erase(
    folder: Mission,
    subject: Annotated[str, typer.Argument(help="The person or compartment, as sealed_for or the party names it.")],
    why: Why,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")] = "",
) -> None:
    """Destroy the key that somebody's content is sealed with: it cannot be read again, and the proofs still hold."""
    from truceline.base.time import stamp
    from truceline.run.batch import vault_in
    from truceline.run.keeping.erasing import Reason, erase_subject
    from truceline.run.keeping.telling import record_of

    reason = Reason(by=by or f"account {getpass.getuser()}", why=why, known_at=stamp(_now_us()))
    with record_of(folder, writing=True) as (record, mission):
        entries = erase_subject(record, vault_in(folder, mission), subject, reason)
    contents = sum(len(each.hashes) for each in entries)
    print(f"Erased: {len(entries)} keys, {contents} pieces of content. Nobody can read them again; their proofs hold.")
    print("Take the files themselves out of the mission's folder, and out of every backup of the folder of keys.")


def retain(folder: Mission) -> None:
    """Erase what the feeds' keep_days say is to be kept no longer; say what should go and cannot."""
    from truceline.run.batch import vault_in
    from truceline.run.keeping.erasing import retain as retained
    from truceline.run.keeping.telling import record_of

    with record_of(folder, writing=True) as (record, mission):
        entries, held = retained(record, vault_in(folder, mission), mission, now_us=_now_us())
    print(f"Erased: {len(entries)} keys whose time had run out.")
    for words in held:
        print(f"Not erased: {words}")
    raise typer.Exit(1 if held else 0)


def fixity(folder: Mission, as_json: AsJson = False) -> None:
    """Read all content again and hold it against its names; the result is an entry. Exit 5: something is altered."""
    from truceline.run.keeping.fixity import check_fixity
    from truceline.run.keeping.telling import record_of

    with record_of(folder, writing=True) as (record, _):
        entries = check_fixity(record, now_us=_now_us())
    if as_json:
        print(json.dumps([each.detail for each in entries], ensure_ascii=False, indent=1))
    else:
        print(f"Read again: {sum(int(str(each.detail['checked'])) for each in entries)} pieces, all as they were.")


def _recipient(words: str) -> Recipient:
    kind, _, party = words.partition(":")
    if kind == "party" and party:
        return Recipient(kind="party", party=party)
    if kind in ("auditor", "public") and not party:
        return Recipient(kind="auditor") if kind == "auditor" else Recipient(kind="public")
    raise InputError(
        f"{words!r} is nobody to release to.", subject="--redacted", remedy="Write auditor, public or party:NAME."
    )


def _now_us() -> int:
    return time.time_ns() // 1_000
