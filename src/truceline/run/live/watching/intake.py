"""What comes in while a mission is served: by post, or as a file in the watched folder. Kept first, then read."""

import os
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnavailableError
from truceline.model.account import Account
from truceline.model.desk import Answer
from truceline.model.inputs import LiveFile
from truceline.model.mission import Format
from truceline.observe import attachments_of, read_live
from truceline.run.keeping.erasing import live_name
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Submit
from truceline.run.live.receipts import framed
from truceline.run.mission import read_bytes

FORMATS: dict[str, Format] = {  # by ending of a file's name
    ".csv": "csv",
    ".json": "json",
    ".geojson": "geojson",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".parquet": "parquet",
    ".zip": "odk",
    ".cot": "cot",
    **dict.fromkeys((".ts", ".klv", ".srt", ".ulg", ".tlog", ".jpg", ".jpeg"), "footage"),
}
MEDIA_TYPES: dict[str, Format] = {  # by what a sender says that it sends; Parquet says too little of what it unpacks to
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "json",
    "application/geo+json": "geojson",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.arrow.file": "arrow",
    "application/zip": "odk",
    "application/xml": "cot",
}
MOST_REJECTS = 50  # named in a receipt; all are counted
WATCHER = Account(name="watched folder", role="watch_officer")
_TAKEN, _REFUSED = "taken", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Bytes that somebody sent for a feed."""

    content: bytes
    name: str
    feed: str
    format: Format


def receive(desk: Desk, sent: Sent, *, by: Account, key: str = "") -> "Future[Answer]":
    """Read what was sent, keep it, and answer with what became of each row; the future is durable.

    A party's liaison sends into its own compartment: what it sends is confidential between it and the mission. That,
    and what comes in for a feed that is sealed, is kept sealed with everything inside it. Whoever sends with an account
    can have a receipt for each row later (`receipts.py`).

    Raises: InputError: the feed is not the mission's, or nothing of it could be read; nothing is kept then.
    """
    came = LiveFile(
        name=sent.name,
        feed=sent.feed,
        format=sent.format,
        content=sent.content,
        sha256="",
        compartment=by.party,
        salt=desk.books.id_key,
        came_at_us=desk.now_us(),
    )
    file, kept = _as_kept(desk, came)
    reading = read_live(file, inputs=desk.inputs, mandates=desk.mandates)
    (count,) = reading.feeds
    rejects = reading.rejects.to_pylist()
    if not count.rows:
        first = rejects[0] if rejects else {"problem": "it holds no row.", "remedy": "Send at least one row."}
        raise InputError(first["problem"], subject=f"{sent.name[:80]}, {count.read} rows", remedy=first["remedy"])
    body: dict[str, object] = {
        "sha256": sha256_hex(sent.content),
        "feed": sent.feed,
        "read": count.read,
        "rows": count.rows,
        "rejects": count.rejects,
        "rejected": [
            {name: row[name] for name in ("raw_at", "reason", "problem", "remedy")} for row in rejects[:MOST_REJECTS]
        ],
        "confidential": bool(by.party),
    }
    new = file.key not in desk.books.arrived
    asks = new and by not in desk.trusted  # programs of the desk's own have no account to ask with
    made = framed(desk, reading.held[count.holds], file) if asks and count.holds in reading.held else None
    operation = Submit(
        sha256=file.sha256,
        name=sent.name,
        feed=sent.feed,
        format=sent.format,
        size_bytes=len(sent.content),
        compartment=by.party,
        body=body,
        came_at_us=file.came_at_us,
        frame=made.stored if made else None,
        media=file.media,
    )
    media = () if file.media else tuple(reading.media.values())
    return desk.ask_with(operation, (*kept, *media, *(made.contents if made else ())), by=by, key=key)


def _as_kept(desk: Desk, came: LiveFile) -> tuple[LiveFile, tuple[bytes, ...]]:
    """A file under the hashes by which the record is to know it, and what that keeps of it: where it is sealed, its
    bytes and each file inside it, sealed for the same.
    """
    name = live_name(desk.mission, came)
    stored = desk.as_stored(came.content, name)
    inside = tuple(desk.as_stored(each, name) for each in attachments_of(came).values()) if name else ()
    return replace(came, sha256=sha256_hex(stored), media=tuple(map(sha256_hex, inside))), (stored, *inside)


def take_watched(desk: Desk) -> None:
    """Every file in the watched folder: `<feed>/<name>`; taken ones are moved aside, refused ones with the reason.

    A file that is still being written is left alone: it is taken once its size stays the same, or it is renamed into
    the folder whole.

    Raises: UnavailableError: some cannot be read or moved; the others were taken.
    """
    if not desk.mission.serve.watch:
        return
    folder = desk.folder / desk.mission.serve.watch
    if not folder.resolve().is_relative_to(desk.folder.resolve()):
        raise InputError(f"{desk.mission.serve.watch!r} leads out of the mission.", subject="watch", remedy="Mend it.")
    problems = []
    for feed in desk.mission.feeds:
        for path in sorted((folder / feed.name).glob("[!.]*")):
            try:
                if path.is_file() and not path.is_symlink():
                    _take(desk, feed.name, path)
            except OSError as error:
                problems.append(f"{path.name}: {error.strerror}")
    if problems:
        raise UnavailableError("; ".join(problems), subject=str(desk.mission.serve.watch), remedy="Mend its rights.")


def _take(desk: Desk, feed: str, path: Path) -> None:
    size = desk.sizes.get(path)
    desk.sizes[path] = path.stat().st_size
    if size != desk.sizes[path]:
        return  # seen for the first time, or still growing
    try:
        kind = FORMATS.get(path.suffix.lower())
        if kind is None:
            raise InputError(f"{path.suffix!r} is no format.", subject=path.name, remedy=f"Use {', '.join(FORMATS)}.")
        sent = Sent(content=read_bytes(path), name=path.name, feed=feed, format=kind)
        receive(desk, sent, by=WATCHER).result()
        _aside(path, _TAKEN)
    except UnavailableError:
        return  # it stays, and is taken when the record can be written again
    except InputError as error:
        _aside(path, _REFUSED)
        (path.parent / _REFUSED / f"{path.name}.txt").write_text(f"{error}\n", encoding="utf-8")
    desk.sizes.pop(path, None)


def _aside(path: Path, where: str) -> None:
    place = path.parent / where
    place.mkdir(exist_ok=True)
    os.replace(path, place / path.name)
