"""One run of one mission: raw bytes into the record, the pipeline over them, what it made into the record.

Knowledge has one moment: if nothing new came in since the last run, that run's moment stands, and the record gains
nothing.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import ErasedError, UnknownNameError
from truceline.base.time import stamp
from truceline.model.entry import Entry
from truceline.model.inputs import Inputs
from truceline.model.mission import Mission
from truceline.model.products import Products
from truceline.pipeline import Progress, run_pipeline, silent
from truceline.record import Database, Derivation, Record, database_of, open_record
from truceline.record.custody import for_itself
from truceline.record.fields import fields_entry
from truceline.respond import notices_of, visits_of
from truceline.run.keeping.checkpoints import keys_of, sign_checkpoint, signer_for
from truceline.run.keeping.erasing import own_names
from truceline.run.live.state.books import CODE, Books, books_of, live_files
from truceline.run.mission import DECLARATION, beside_of, mission_of, read_bytes, read_inputs, read_mission
from truceline.run.recomputing.source import keep_source

if TYPE_CHECKING:
    from truceline.record.sealed.vault import Vault

RECORD = "record"
DISCLOSURE = "disclosure"  # the key that field commitments follow from
SEALED = "sealed"  # folder of keys of sealed content
_SCHEMA_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run made and what it added to the record."""

    inputs: Inputs
    products: Products
    entries_before: int
    entries_after: int


def run_mission(folder: Path, *, now_us: int, progress: Progress = silent) -> Run:
    """Read, keep, judge and keep again.

    Args:
        folder: the mission's folder; `record/` in it is made where there is none.
        now_us: the clock, UTC; the moment of knowledge if anything is new.

    Raises: InputError, MandateError, UnavailableError, IntegrityError: each says what to do; what was kept stays kept.
    """
    inputs = read_inputs(folder, now_us=now_us)
    declaration = read_bytes(folder / DECLARATION)
    with for_itself(), record_in(folder, mission=inputs.mission, writing=True) as record:
        before = record.size
        _refuse_lost(record)
        files = _keep_raw(record, inputs, declaration)
        inputs = replace(inputs, sealed=_sealed(inputs, files))
        books = books_of(record, inputs.mission)
        known_us = _known_at_us(record, files, books.judged_by, inputs.now_us)
        inputs = with_live(replace(inputs, now_us=known_us), record, books)
        products = run_pipeline(inputs, progress=progress)
        progress("record")
        live = tuple(file.sha256 for file in inputs.live)
        disclosure = keys_of(folder, inputs.mission.keep).secret_or_new(DISCLOSURE)
        keep_products(record, products, live=live, disclosure=disclosure)
        made = keep_source(record).detail() | {"tables": sorted(tables_of(products))}
        ran = _inputs_entry(files, books.judged_by, known_us, made)
        record.append_if_new([ran])  # last: what it names ran to its end
        sign_checkpoint(record, signer_for(folder, inputs.mission), now_us=now_us)
        return Run(inputs=inputs, products=products, entries_before=before, entries_after=record.size)


def with_live(inputs: Inputs, record: Record, books: Books) -> Inputs:
    """The inputs with what came in and was decided while the mission was served."""
    return replace(
        inputs,
        live=live_files(books.arrived.values(), record.get, id_key=books.id_key),
        reviews=tuple(books.reviews),
        journal=dict(books.journal),
        decided=tuple(notices_of(books.suspensions)),
        visits=visits_of(books.cases.cases.values()),
    )


def database_for(mission: Mission) -> Database | None:
    """Where the mission's log is: None: in its folder. The password is the environment's. Raises: InputError."""
    name = "".join(each if each.isascii() and each.isalnum() else "_" for each in mission.name.lower())
    password = os.environ.get("PGPASSWORD", "")
    return database_of(mission.serve.store, mission=name[:_SCHEMA_MAX].strip("_") or "mission", password=password)


def record_in(folder: Path, *, mission: Mission | None = None, writing: bool = False) -> Record:
    """The record of the mission in `folder`, wherever its log is, with the keys to what is sealed.

    A folder without a declaration keeps all in itself. Raises: as `open_record`, `read_mission`.
    """
    declared = mission or (read_mission(folder) if (folder / DECLARATION).is_file() else None)
    if declared is None:
        return open_record(folder / RECORD, writing=writing)
    sealed = any(feed.sealed_for or feed.keep_days for feed in declared.feeds)
    vault = vault_in(folder, declared) if sealed or (folder / declared.keep.keys / SEALED).is_dir() else None
    return open_record(folder / RECORD, database=database_for(declared), writing=writing, vault=vault)


def vault_in(folder: Path, mission: Mission) -> "Vault":
    """The keys of sealed content of the mission in `folder`."""
    from truceline.record.sealed.vault import Vault  # cryptography, for those who need it

    return Vault(folder / mission.keep.keys)


def recorded_inputs(record: Record) -> Inputs:
    """The inputs of the latest run that came to its end, from the record alone.

    Raises: UnknownNameError: nothing was run yet. ErasedError: by path, a file of it. IntegrityError: a byte is not
        what it was.
    """
    last = record.last("mission", "inputs")
    if last is None:
        raise UnknownNameError(
            "no run is recorded.", subject="record", remedy="Run the mission first: truceline run FOLDER."
        )
    detail = last[1].detail
    files = detail["files"]
    assert isinstance(files, dict)
    held = {str(path): _held(record, str(path), str(sha256)) for path, sha256 in files.items()}
    mission = mission_of(held[DECLARATION])
    inputs = Inputs(
        mission=mission,
        mandates={path: held[path] for path in mission.mandates},
        feeds={feed.path: held[feed.path] for feed in mission.feeds},
        catalogues={feed.catalogue: held[feed.catalogue] for feed in mission.feeds if feed.catalogue},
        geometry={path: content for path, content in held.items() if path.startswith("geo/")},
        now_us=int(str(detail["known_at_us"])),
        beside={path: held[path] for path in beside_of(mission)},
    )
    inputs = replace(inputs, sealed=_sealed(inputs, {path: str(sha256) for path, sha256 in files.items()}))
    until = int(str(detail.get("judged_by", 0)))
    return with_live(inputs, record, books_of(record, mission, until=until)) if until else inputs


def _held(record: Record, path: str, sha256: str) -> bytes:
    """A file's bytes. Raises: ErasedError: with its path."""
    try:
        return record.get(sha256)
    except ErasedError as error:
        raise ErasedError(
            error.problem,
            subject=path,
            remedy="Take it out of the mission's folder and declaration, then run the mission again: the rest is "
            "judged anew. What was made of it before stands in the record, and its proof.",
        ) from None


def keep_products(record: Record, products: Products, *, live: tuple[str, ...] = (), disclosure: bytes = b"") -> None:
    """Derived tables with their roots, and one entry for each finding with its certificate, and one for its fields.

    Args:
        live: hashes of the files that came in while the mission was served.
        disclosure: the mission's key for disclosure; empty: nothing is committed to field by field.
    """
    known_at = stamp(products.known_at_us)
    raw = tuple(sorted({*live, *(feed.sha256 for feed in products.feeds)}))
    settings = sha256_hex(canonical_bytes([judged.mandate_sha256 for judged in products.judged]))
    derivation = Derivation(inputs=raw, code=CODE, settings=settings)
    for name, table in tables_of(products).items():
        record.put_table(name, table, derivation=derivation, known_at=known_at)
    entries, fields = list[Entry](), list[Entry]()
    for judged in products.judged:
        for row in judged.findings.to_pylist():
            if row["certificate_sha256"]:
                certificate = judged.certificates[row["certificate_sha256"]]
                record.put(certificate)
                entries.append(finding_entry(row, known_at))
                if disclosure:
                    fields.append(fields_entry(row, certificate, key=disclosure, author=CODE, known_at=known_at))
    superseded = _superseded(record, products, {entry.subject for entry in entries}, known_at)
    record.append_if_new([*entries, *fields, *superseded])


def finding_entry(row: dict[str, object], known_at: str) -> Entry:
    """The entry of a finding with its certificate."""
    return Entry(
        kind="finding",
        subject=str(row["finding_id"]),
        author=CODE,
        known_at=known_at,
        hashes=(str(row["certificate_sha256"]),),
        detail={key: row[key] for key in ("mandate", "clause", "addressee", "reading", "verdict", "reason")},
    )


def _superseded(record: Record, products: Products, standing: set[str], known_at: str) -> list[Entry]:
    """One entry for each finding of an earlier run that no longer stands: what it is now, or that nothing makes it.

    What was found before is never dropped: its own entry and certificate stay where they are.
    """
    latest = {entry.subject: entry for _, entry in record.entries(kind="finding")}
    now = {row["finding_id"]: row for judged in products.judged for row in judged.findings.to_pylist()}
    return [
        Entry(
            kind="finding",
            subject=name,
            author=CODE,
            known_at=known_at,
            detail=entry.detail
            | {"verdict": now[name]["verdict"] if name in now else "withdrawn", "reason": "superseded"},
        )
        for name, entry in latest.items()
        if name not in standing
    ]


def tables_of(products: Products) -> dict[str, pa.Table]:
    """Every derived table by the name it has in the record."""
    tables = {
        "observations": products.observations,
        "claims": products.claims,
        "notices": products.notices,
        "impediments": products.impediments,
        "coverage": products.coverage,
        "views": products.views,
        "casualties": products.casualties,
        "damage": products.damage,
        "rejects": products.rejects,
        "events": products.events,
        "placings": products.placings,
        **products.as_judged,
    }
    if products.watch.stretches.num_rows or products.watch.owed.num_rows:
        tables |= products.watch.tables()
    if products.footage.frames.num_rows:
        tables |= products.footage.tables()
    for judged in products.judged:
        tables[f"findings {judged.mandate.name}"] = judged.findings
        tables[f"assessments {judged.mandate.name}"] = judged.assessments
    return tables


def _refuse_lost(record: Record) -> None:
    """Stop where content that the latest run stood on is gone or altered: putting it back would hide that."""
    last = record.last("mission", "inputs")
    for sha256 in last[1].hashes if last else ():
        record.stored(sha256)


def _keep_raw(record: Record, inputs: Inputs, declaration: bytes) -> dict[str, str]:
    """Put every file, each with an entry of its own, before anything is parsed; return their hashes by path."""
    files = {DECLARATION: declaration} | inputs.files
    names = own_names(inputs.mission, files)
    hashes = {path: record.put(content, sealed_for=names.get(path, "")) for path, content in sorted(files.items())}
    record.append_if_new(
        [
            Entry(
                kind="raw",
                subject=path,
                author=CODE,
                known_at=stamp(inputs.now_us),
                hashes=(sha256,),
                detail={"bytes": len(files[path])},
            )
            for path, sha256 in hashes.items()
        ]
    )
    return hashes


def _sealed(inputs: Inputs, files: dict[str, str]) -> dict[str, str]:
    """The hash that the record knows a file's bytes by, where they are sealed."""
    return {path: files[path] for path in own_names(inputs.mission, inputs.files)}


def _known_at_us(record: Record, files: dict[str, str], judged_by: int, now_us: int) -> int:
    """The latest run's moment of knowledge where nothing is new since, else now."""
    last = record.last("mission", "inputs")
    if last is not None:
        known = last[1].detail
        if (known["files"], known["code"], known.get("judged_by", 0)) == (files, CODE, judged_by):
            return int(str(known["known_at_us"]))
    return now_us


def _inputs_entry(files: dict[str, str], judged_by: int, known_us: int, made: dict[str, object]) -> Entry:
    """Names everything that one run read, made and was made by.

    Args: judged_by: below which position of the log the rest of what it read stands.
    """
    live = {"judged_by": judged_by} if judged_by else {}
    return Entry(
        kind="mission",
        subject="inputs",
        author=CODE,
        known_at=stamp(known_us),
        hashes=(*files.values(), str(made["source"])),
        detail={"files": dict(files), "code": CODE, "known_at_us": str(known_us), **live, **made},
    )
