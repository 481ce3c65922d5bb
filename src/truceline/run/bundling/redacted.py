"""The redacted bundle, for others: what the rules release of a finding, proven, and of the rest only commitments."""

from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import UnavailableError, UnknownNameError
from truceline.model.account import Recipient
from truceline.model.finding import FINDINGS
from truceline.model.release import ItemKind, ReleaseRule, Terms
from truceline.record import Record
from truceline.record.fields import KIND, disclosed, fields_of, fields_root, rows_of, widened
from truceline.release import release, shown, standing
from truceline.release.columns import COLUMNS, ID_OF, Treatment
from truceline.release.floors import limits_of
from truceline.run.bundling.archive import part, safe_name, write_bag
from truceline.run.bundling.full import bag_info
from truceline.run.bundling.grounds import Stands, finding_that_stands
from truceline.run.bundling.page import redacted_page
from truceline.run.bundling.proven import Purpose, Seal, own_parts, proven
from truceline.run.explaining import Row
from truceline.run.live.state.books import books_of
from truceline.run.live.state.views import compartments_of

_PARTS: tuple[tuple[ItemKind, str], ...] = (("event", "events"), ("observation", "observations"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """To whom fields are disclosed, when (microseconds UTC), and the mission's key for disclosure."""

    to: Recipient
    now_us: int
    key: bytes


def bundle_redacted(
    record: Record, name: str, target: BinaryIO, *, audience: Audience, papers: tuple[Seal, Purpose]
) -> str:
    """Write what may be disclosed of one finding of the latest run as one zip; the finding's whole id.

    Args: as `bundle_finding`; papers: its seal and its purpose.

    Raises: UnknownNameError: no such finding, or it is not released to this recipient: whoever may not see it is told
        no more than that. UnavailableError: the record holds no fields of it yet. IntegrityError.
    """
    seal, purpose = papers
    stands = finding_that_stands(record, name)
    paths = open_paths(record, stands, audience)
    if not paths:
        raise UnknownNameError(
            f"no such finding is released to {audience.to} now.",
            subject=name,
            remedy="The rules of [[release]] and the decisions in the record say what is released, and from when.",
        )
    fields = fields_of(stands.finding, stands.certificate, key=audience.key)
    told = record.last(KIND, stands.name)
    if told is None or told[1].detail["root"] != fields_root(fields):
        raise UnavailableError(
            "the record holds no commitments to its fields as they stand under this key.",
            subject=stands.name,
            remedy="Bring the mission's folder of keys here, run the mission again, sign a checkpoint, and repeat.",
        )
    log = proven(record, [told[0]], seal)
    about: dict[str, object] = {"form": "redacted", "finding": stands.name, "fields_entry": told[0]}
    page = redacted_page(stands, fields, paths, log, papers)
    parts = [
        *own_parts(about, purpose, page),
        *log.parts,
        part("fields.json", canonical_bytes(disclosed(fields, paths))),
    ]
    record.handed_over([str(stands.finding["certificate_sha256"])], to=f"{purpose.for_whom}: {purpose.why}")
    write_bag(target, f"finding-{safe_name(stands.name)}-redacted", parts, about=bag_info(stands, log, purpose))
    return stands.name


def open_paths(record: Record, stands: Stands, audience: Audience) -> frozenset[str]:
    """The paths of the fields that this recipient may be shown now; none where the finding is not released to it.

    Shown are the columns that the rules keep as they are, and times as they are widened; and only where `release` gives
    this recipient the very same value. Everything else stays shut: places, counts, details, words, sources, people.
    Which observations an event was made of is told to auditors alone, so nobody else is shown any here.
    """
    terms = terms_of(record, stands)
    finding = pa.Table.from_pylist([stands.finding], schema=FINDINGS)
    whole: list[tuple[ItemKind, str, pa.Table, list[Row]]] = [("finding", "finding", finding, [stands.finding])]
    for kind, table in _PARTS if audience.to.kind == "auditor" else _PARTS[:1]:
        whole.append((kind, table, getattr(stands.grounds.material, table), rows_of(stands.certificate, table)))
    found = set[str]()
    for kind, table, held, rows in whole:
        released = _released(held, kind, rows, audience, (stands.mission.release, terms))
        if kind == "finding" and not released:
            return frozenset()
        units = _open_columns(kind, audience.to, stands.mission.release)
        for number, row in enumerate(rows, start=1):
            where = table if kind == "finding" else f"{table}/{number}"
            seen = released.get(str(row[ID_OF[kind]]), {})
            found |= {f"{where}/{name}{unit}" for name, unit in units.items() if _same(name, unit, row, seen)}
    return frozenset(found)


def terms_of(record: Record, stands: Stands) -> Terms:
    """What release must know of this mission: what parties sent in confidence, cases, embargoes, publications."""
    books, material = books_of(record, stands.mission), stands.grounds.material
    apart = {each.sha256: each.compartment for each in books.arrived.values() if each.compartment}
    tables: dict[ItemKind, pa.Table] = {
        "observation": material.observations,
        "event": material.events,
        "finding": pa.Table.from_pylist(list(stands.grounds.findings), schema=FINDINGS),
        "damage": record.table("damage"),
    }
    theirs = {
        row[f"{kind}_id"]: apart[row["raw_sha256"]]
        for kind in ("observation", "damage")
        for row in tables[kind].select([f"{kind}_id", "raw_sha256"]).to_pylist()
        if row["raw_sha256"] in apart
    }
    embargoed, published = standing(books.released)
    return Terms(
        compartments=compartments_of(books, tables, theirs),
        addressed=dict(books.addressed),
        told=dict(books.told),
        embargoed=embargoed,
        published=published,
    )


def _released(
    held: pa.Table, kind: ItemKind, rows: list[Row], audience: Audience, by: tuple[tuple[ReleaseRule, ...], Terms]
) -> dict[str, Row]:
    """By id, these rows as the recipient gets them now."""
    ids = pa.array([str(row[ID_OF[kind]]) for row in rows], pa.string())
    some = held.filter(pc.is_in(held[ID_OF[kind]], value_set=ids))
    seen = shown(release(some, kind=kind, to=audience.to, rules=by[0], terms=by[1]), now_us=audience.now_us)
    return {row[ID_OF[kind]]: row for row in seen.to_pylist()}


def _open_columns(kind: ItemKind, to: Recipient, rules: tuple[ReleaseRule, ...]) -> dict[str, str]:
    """The columns that can be shown, each with what its path ends in: nothing, or what its time is widened to."""
    auditor, whose = to.kind == "auditor", "public" if to.kind == "public" else "parties"
    limits = limits_of(() if auditor else rules, to=whose, kind=kind)
    unit = "" if auditor or limits.round_s == 0 else f"@{limits.round_s}"
    units = {Treatment.KEEP: "", Treatment.TIME_DOWN: unit, Treatment.TIME_UP: unit}
    return {name: units[one] for name, one in COLUMNS.items() if one in units and name not in limits.hide}


def _same(name: str, unit: str, row: Row, seen: Row) -> bool:
    """Whether the row has this field, and the recipient gets just what was committed to."""
    if name not in row or name not in seen:
        return False
    return seen[name] == (widened(name, row[name], int(unit[1:])) if unit else row[name])
