"""The full bundle, for a court: the originals, what was derived from them, the finding, and what proves each step."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import ErasedError, IntegrityError, UnavailableError
from truceline.base.rows import RowTree, canonical_rows
from truceline.model.entry import Entry
from truceline.model.products import part_as_judged
from truceline.record import Record
from truceline.record.sealed.form import HEADER_BYTES_MAX, sealed_header
from truceline.run.bundling.archive import Part, part, safe_name, write_bag
from truceline.run.bundling.grounds import Stands, finding_that_stands
from truceline.run.bundling.page import Kept, Original, full_page, opened_name
from truceline.run.bundling.proven import Proven, Purpose, Seal, own_parts, proven
from truceline.run.explaining import explained
from truceline.run.mission import DECLARATION

_BRINGS = ("raw", "node", "derived")  # kinds of entry that bring bytes in, the likeliest first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Where the log speaks of what the finding rests on: positions."""

    finding: int
    run: int
    tables: Mapping[str, int]
    originals: tuple[Original, ...]
    media: tuple[str, ...]  # photos that rows name and no entry does, by SHA-256
    keys: Mapping[str, str]  # of what is sealed and opened here, by SHA-256: 64 hex digits that open it alone
    custody: tuple[int, ...]

    @property
    def positions(self) -> list[int]:
        originals = [each.position for each in self.originals]
        return [self.finding, self.run, *self.tables.values(), *originals, *self.custody]

    @property
    def opened(self) -> dict[str, str]:
        """By SHA-256, the file in which each content that is sealed lies opened."""
        files = {each.sha256: each.file for each in self.originals} | {each: f"media/{each}" for each in self.media}
        return {sha256: opened_name(files[sha256]) for sha256 in self.keys}


def bundle_finding(record: Record, name: str, target: BinaryIO, *, seal: Seal, purpose: Purpose) -> str:
    """Write everything about one finding of the latest run as one zip; the finding's whole id.

    Args:
        name: the id, or its beginning.
        target: opened for writing. One original at a time is held in memory. The same record, seal and purpose give
            the same bytes.
        seal: a checkpoint that covers the latest run.

    Raises: UnknownNameError: no such finding, or no certificate. UnavailableError: newer than the checkpoint.
        TooLargeError: 4 GiB or more. IntegrityError.
    """
    stands = finding_that_stands(record, name)
    certificate = json.loads(stands.certificate)
    held = _held(record, stands, certificate, opens=purpose.opens)
    log = proven(record, held.positions, seal)
    explanation = explained(stands.grounds)
    findings = f"findings {stands.finding['mandate']}"  # its other rows may be of what somebody said in confidence
    files = {table: f"tables/{table.split()[0]}.parquet" for table in held.tables if table != findings}
    about: dict[str, object] = {
        "form": "full",
        "finding": stands.name,
        "finding_entry": held.finding,
        "run_entry": held.run,
        "originals": [each.plain() for each in held.originals],
        "media": list(held.media),
        "opened": {sha256: {"file": held.opened[sha256], "key": key} for sha256, key in held.keys.items()},
        "tables": [{"name": name, "position": at, "file": files.get(name, "")} for name, at in held.tables.items()],
    }
    page = full_page(stands, explanation, log, held.originals, (seal, purpose))
    parts = [
        *own_parts(about, purpose, page),
        *log.parts,
        part("finding.json", canonical_bytes(_proof_of_row(record, stands))),
        part("certificate.json", stands.certificate),
        part("explanation.txt", (explanation.words() + "\n").encode()),
        *(_content(record, file, log.entries[held.tables[name]].hashes[0]) for name, file in files.items()),
        *(_content(record, each.file, each.sha256) for each in held.originals),
        *(_content(record, f"media/{sha256}", sha256) for sha256 in held.media),
        *(Part(name=file, content=partial(record.get, sha256)) for sha256, file in held.opened.items()),
    ]
    leaving = [each.sha256 for each in held.originals] + [*held.media, *log.entries[held.finding].hashes]
    record.handed_over(leaving, to=f"{purpose.for_whom}: {purpose.why}")
    write_bag(target, f"finding-{safe_name(stands.name)}", parts, about=bag_info(stands, log, purpose))
    return stands.name


def bag_info(stands: Stands, log: Proven, purpose: Purpose) -> list[tuple[str, str]]:
    """What bag-info.txt says."""
    return [
        ("Source-Organization", stands.mission.name),
        ("External-Identifier", stands.name),
        ("External-Description", f"Finding {stands.name} with its proofs; made for {purpose.for_whom}"),
        ("Internal-Sender-Description", purpose.why),
        ("Bagging-Date", purpose.made_at[:10]),
        ("Truceline-Checkpoint", f"{log.checkpoint.origin} {log.checkpoint.size} {log.checkpoint.root.hex()}"),
    ]


def _held(record: Record, stands: Stands, certificate: dict[str, Any], *, opens: bool) -> _Held:
    ran = record.last("mission", "inputs")
    assert ran is not None, "a run is recorded"
    last = record.last("finding", stands.name)
    if last is None or last[1].hashes != (stands.finding["certificate_sha256"],):
        raise IntegrityError(
            "its entry does not name the certificate that its row names.",
            subject=stands.name,
            remedy="Run the mission again, to its end; if this stays, verify the record.",
        )
    originals = list(_originals(record, stands, certificate, ran[1]))
    shown = {each.sha256 for each in originals}
    rows = [json.loads(proof["row"]) for proof in certificate["rows"]["observations"]]
    media = sorted({sha256 for row in rows for sha256 in row.get("media", ()) if record.has(sha256)} - shown)
    keys = dict[str, str]()
    for at, each in enumerate(originals):
        originals[at] = replace(each, kept=_kept(record, each.sha256, opens=opens, keys=keys))
    for sha256 in media:
        _kept(record, sha256, opens=opens, keys=keys)
    return _Held(
        finding=last[0],
        run=ran[0],
        tables=_tables(record, stands, certificate["roots"]),
        originals=tuple(originals),
        media=tuple(media),
        keys=keys,
        custody=tuple(at for at, entry in record.entries(kind="custody") if shown.intersection(entry.hashes)),
    )


def _kept(record: Record, sha256: str, *, opens: bool, keys: dict[str, str]) -> Kept:
    """Whether a content is sealed; the key that opens it goes into `keys`, if it is to be opened."""
    if sealed_header(record.stored(sha256)[:HEADER_BYTES_MAX]) is None:
        return "plain"
    if not opens:
        return "sealed"
    try:
        key = record.ctr_key(sha256)
    except ErasedError:
        return "erased"
    assert key is not None, "it is sealed"
    keys[sha256] = key.hex()
    return "opened"


def _tables(record: Record, stands: Stands, roots: Mapping[str, str]) -> dict[str, int]:
    """The latest entries about the tables, or parts, that the certificate is sealed on, and about the finding's own."""
    findings = f"findings {stands.finding['mandate']}"
    wanted = [*roots.items(), (findings, record.stored_table(findings).rows_root)]
    told: dict[tuple[str, object], tuple[str, int]] = {}
    for at, entry in record.entries(kind="table"):
        table, _ = part_as_judged(entry.subject)
        told[table, entry.detail["rows_root"]] = entry.subject, at
    for table, root in wanted:
        if (table, root) not in told:
            raise IntegrityError(
                f"its certificate is sealed on a table {table!r} that the record does not hold.",
                subject=stands.name,
                remedy="Run the mission again, to its end; if this stays, verify the record.",
            )
    return dict(told[each] for each in wanted)


def _originals(record: Record, stands: Stands, certificate: dict[str, Any], ran: Entry) -> Iterator[Original]:
    """The declaration, the mandate's text, and whatever the certificate's rows were read from, in order of name."""
    files = ran.detail["files"]
    assert isinstance(files, dict)
    wanted = {str(files[DECLARATION]): "declaration", str(files[stands.mandate_path]): "mandate"}
    for table in ("observations", "notices"):
        for proof in certificate["rows"][table]:
            row = json.loads(proof["row"])
            wanted.setdefault(row.get("raw_sha256", ""), "evidence")
    wanted.pop("", None)
    names = {str(sha256): str(path) for path, sha256 in files.items()}
    brought: dict[str, tuple[int, str]] = {}
    for kind in _BRINGS:
        for at, entry in record.entries(kind=kind):
            for sha256 in entry.hashes:
                if wanted.get(sha256) == "evidence" or names.get(sha256) == entry.subject:
                    brought.setdefault(sha256, (at, entry.subject))
    if lacking := wanted.keys() - brought.keys():
        raise UnavailableError(
            f"the log does not say how {len(lacking)} of its originals came in, {min(lacking)[:16]}… for one.",
            subject=stands.name,
            remedy="Bring them into the record by a feed of the mission, then run it again.",
        )
    for sha256 in sorted(wanted, key=lambda each: (brought[each][1], each)):
        at, name = brought[sha256]
        file = f"originals/{sha256[:16]}-{safe_name(name)[-40:].lstrip('._-')}"
        yield Original(file=file, name=name, sha256=sha256, position=at, role=wanted[sha256])


def _proof_of_row(record: Record, stands: Stands) -> dict[str, object]:
    """The finding's row with its path to the root of its table, as certificates prove theirs."""
    rows = canonical_rows(record.table(f"findings {stands.finding['mandate']}"))
    row = next(each for each in rows if json.loads(each)["finding_id"] == stands.name)
    path = RowTree(rows).path(row)
    steps = [step.hex() for step in path.path]
    return {"row": row.decode(), "index": path.index, "size": path.size, "path": steps}


def _content(record: Record, name: str, sha256: str) -> Part:
    """Bytes as the log names them: what is sealed stays so, and whoever is to read it needs its key besides."""
    return Part(name=name, content=lambda: record.stored(sha256))
