"""The tables of what came in (claims, restrictions, coverage, sources, feeds), and every table as a CSV file."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields

from truceline.base.canonical import sha256_hex
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.batch import REJECTS
from truceline.model.casualty import CASUALTIES, IDENTIFYING
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE, OWED, UNVERIFIED
from truceline.model.damage import DAMAGE
from truceline.model.event import EVENTS
from truceline.model.finding import ASSESSMENTS, FINDINGS, WindowCount
from truceline.model.impediment import IMPEDIMENT_KINDS, IMPEDIMENTS
from truceline.model.products import FeedCount, Judged, Products
from truceline.model.source import Source
from truceline.model.vocabulary import CASUALTY_KINDS, OBJECTS, STATEMENT_STATUSES
from truceline.report.coverage.section import with_unverified
from truceline.report.geojson import Ground, decimals, ellipse_95
from truceline.report.judged import NOT_SEEN, named_parties, source_words
from truceline.report.totals import (
    Basis,
    Cell,
    Row,
    Scope,
    Table,
    capped,
    cells,
    check_rows,
    clean,
    columns,
    listed,
    totalled,
)

# --- claims ------------------------------


def claimants_table(basis: Basis) -> Table:
    """Number of claims by each party: the same row for every party, zeros printed."""
    scope, claims = basis.scope, basis.products.claims.to_pylist()
    rows = [
        cells(f"{title} ({name})", scope.count(mine), scope.count_before(mine))
        for name, title in named_parties(basis.products).items()
        for mine in [[row for row in claims if row["claimant"] == name]]
    ]
    rows.append(cells("claimant not stated", *_both(scope, [row for row in claims if not row["claimant"]])))
    return totalled(
        Table(
            key="claimants",
            caption="Claims by claimant",
            columns=columns("Claimant:6", "In the period#:2", f"{scope.before.capitalize()}#:2"),
            rows=tuple(rows),
            coverage="coverage does not apply: a claim is an allegation, not something the mission saw",
        ),
        *_both(scope, claims),
    )


def claims_table(basis: Basis) -> Table:
    """Each claim beside what was recorded of the same act by the same party in the same time."""
    scope = basis.scope
    claims = [row for row in basis.products.claims.to_pylist() if scope.holds(row)]
    claims.sort(key=lambda row: (row["earliest_at_us"], row["claimant"], row["claim_id"]))
    return capped(
        Table(
            key="claims",
            caption="Parties' claims beside what was recorded",
            columns=columns(
                "Claimant:3", "Against:3", "For the time:5", "What is claimed:5", "Number claimed:3",
                "Events recorded of that act and party in that time#:4", "Said by:4", "Where:6",
            ),
            rows=tuple(_claim_row(row, basis) for row in claims),
            coverage=basis.seen(),
            nothing="No claim touches the period: 0.",
            notes=(
                ("Claims are never events and are in no count of events. A claim may count what an event does "
                "not, and the "
                "other way round: a difference shows neither to be wrong. Claims that overlap in time are not "
                "added up."),
            ),
            more_in="claims.csv",
        )
    )  # fmt: skip


def _claim_row(claim: Row, basis: Basis) -> tuple[Cell, ...]:
    recorded = sum(
        event["earliest_at_us"] <= claim["latest_at_us"]
        and event["latest_at_us"] >= claim["earliest_at_us"]
        and claim["accused"] in event["parties"]
        and claim["act"] in ("", event["act"])
        and event["count_hi"] != 0
        for event in basis.events.values()
    )
    low, high = claim["count_lo"], claim["count_hi"]
    number = "not stated" if low is None else f"{low:,} or more" if high is None else f"{low:,}"
    number += f" to {high:,}" if low is not None and high is not None and high != low else ""
    return cells(
        claim["claimant"],
        claim["accused"],
        basis.scope.when(claim),
        claim["category"] or (claim["act"] or "all acts").replace("_", " "),
        number,
        recorded,
        claim["speaker"],
        claim["citation"],
    )


def _both(scope: Scope, rows: Sequence[Row]) -> tuple[int, int]:
    return scope.count(rows), scope.count_before(rows)


# --- civilian casualties and damage ------------------------------


def casualties_table(basis: Basis) -> Table:
    """Casualties by kind and status, zeros printed; how many persons each source states, never who."""
    return _harm_table(
        basis,
        basis.products.casualties.to_pylist(),
        table=("casualties", "Civilian casualties by kind and status", "Persons stated in the period, by each source"),
        column="kind",
        kinds=CASUALTY_KINDS,
    )


def damage_table(basis: Basis) -> Table:
    """Damage by object and status; objects of which the record holds nothing are left out."""
    rows = basis.products.damage.to_pylist()
    return _harm_table(
        basis,
        rows,
        table=(
            "damage",
            "Damage to civilian objects by object and status",
            "Objects stated in the period, by each source",
        ),
        column="object_kind",
        kinds=tuple(kind for kind in OBJECTS if any(row["object_kind"] == kind for row in rows)),
    )


def _harm_table(
    basis: Basis, held: Sequence[Row], *, table: tuple[str, str, str], column: str, kinds: Sequence[str]
) -> Table:
    """`table`: its key, its caption and the heading of what each source states."""
    key, caption, heading = table
    rows = [
        cells(kind.replace("_", " "), status, *_both(basis.scope, mine), _stated_words(mine, basis))
        for kind in kinds
        for status in STATEMENT_STATUSES
        for mine in [[row for row in held if row[column] == kind and row["status"] == status]]
    ]
    made = Table(
        key=key,
        caption=caption,
        columns=columns("What:3", "Status:2", "Rows in the period#:2", f"Rows {basis.scope.before}#:2", f"{heading}:7"),
        rows=tuple(rows),
        coverage=basis.seen(),
        nothing="None in this record.",
        notes=(
            (
                "Confirmed: looked into by the source that states it; reported: passed on by it. Sources may speak of "
                "the same person or object: what different sources state is never added up."
            ),
        ),
    )
    return totalled(made, *_both(basis.scope, held))


def _stated_words(rows: Sequence[Row], basis: Basis) -> str:
    """`Patrols of the mission 2 to 4; Wire service 1`: of the rows that touch the period."""
    said: dict[str, list[Row]] = {}
    for row in rows:
        if basis.scope.holds(row):
            said.setdefault(row["source_id"], []).append(row)
    words = []
    for source, mine in sorted(said.items()):
        low, highs = sum(row["count_lo"] for row in mine), [row["count_hi"] for row in mine]
        high = None if None in highs else sum(highs)
        number = f"{low:,} or more" if high is None else f"{low:,}" if high == low else f"{low:,} to {high:,}"
        words.append(f"{source_words(basis.sources.get(source), source)}: {number}")
    return "; ".join(words)


# --- restrictions and coverage ------------------------------


def restriction_kinds_table(basis: Basis) -> Table:
    """Restrictions by kind, zeros printed."""
    scope, rows = basis.scope, basis.products.impediments.to_pylist()
    kinds = [*IMPEDIMENT_KINDS, *sorted({row["kind"] for row in rows} - set(IMPEDIMENT_KINDS))]
    return totalled(
        Table(
            key="restriction-kinds",
            caption="Restrictions by kind",
            columns=columns("Kind:6", "In the period#:2", f"{scope.before.capitalize()}#:2"),
            rows=tuple(
                cells(kind.replace("_", " "), *_both(scope, [row for row in rows if row["kind"] == kind]))
                for kind in kinds
            ),
            coverage="coverage of restrictions: only what was reported to this record",
        ),
        *_both(scope, rows),
    )


def restrictions_table(basis: Basis) -> Table:
    """Each restriction: where, when, in whose area, with what reason, and what could not be seen."""
    scope = basis.scope
    rows = sorted(
        (row for row in basis.products.impediments.to_pylist() if scope.holds(row)),
        key=lambda row: (row["earliest_at_us"], row["impediment_id"]),
    )
    made = capped(
        Table(
            key="restrictions",
            caption="Restrictions in the period",
            columns=columns(
                "Kind:2", "Time:5", "Place:4", "In the area of:3", "Reason given:5", "Announced before:3",
                "What the mission could not verify:6", "Reported by:4",
            ),
            rows=tuple(
                cells(
                    row["kind"].replace("_", " "),
                    scope.when(row),
                    row["place_name"] or "not stated",
                    row["area_of"] or "not stated",
                    row["reason_given"] or "none stated",
                    row["announced"] or "not stated",
                    row["not_verified"] or "not stated",
                    source_words(basis.sources.get(row["source_id"]), row["source_id"]),
                )
                for row in rows
            ),
            coverage="coverage of restrictions: only what was reported to this record",
            nothing="None reported to this record.",
            notes=("In whose area a restriction was met says nothing about who caused it.",),
            more_in="impediments.csv",
        )
    )  # fmt: skip
    return with_unverified(made, [row["impediment_id"] for row in rows[: len(made.rows)]], basis)


# --- sources, feeds, hashes ------------------------------


def footing_words(source: Source) -> str:
    """On what footing a source speaks, in words."""
    if source.kind == "party_record":
        if source.about and set(source.about) == {source.party}:
            return f"a party's own record about itself: recorded by {source.party}, not independently confirmed"
        return f"a party's own record about its opponent: recorded by {source.party}, not independently confirmed"
    if source.kind == "party_claim":
        return f"a party's claims: alleged by {source.party or 'a party'}; never counted as events"
    if source.kind == "media":
        return "media: reports of others, not independently confirmed"
    return "the mission's own or an independent source"


def sources_table(basis: Basis) -> Table:
    """Every source, on what footing it speaks, and how many observations of the record are its."""
    kept = Counter(basis.products.observations.column("source_id").to_pylist())
    sources = list(basis.sources.values())
    rows = [
        cells(
            source.id,
            source.name,
            footing_words(source),
            listed(source.about) if source.about else "not stated",
            f"counts once with {source.group}" if source.group else "itself",
            kept[source.id],
            source.citation,
        )
        for source in sources
    ]
    unknown = sum(number for one, number in kept.items() if one not in basis.sources)
    if unknown:
        rows.append(cells("", "source not declared", "not known", "", "", unknown, ""))
    return totalled(
        Table(
            key="sources",
            caption="Sources and what footing they speak on (observations of the whole record)",
            columns=columns(
                "Id:3", "Source:5", "Footing:7", "Covers acts of:3", "Independence:3", "Observations#:2", "Where:7"
            ),
            rows=tuple(rows),
            coverage=basis.seen(),
            nothing="No source is declared.",
        ),
        basis.products.observations.num_rows,
    )


def feeds_table(products: Products) -> Table:
    """What became of every row that was read."""
    feeds = products.feeds
    names = {source.id: clean(source.name) for source in products.mission.sources}
    return totalled(
        Table(
            key="feeds",
            caption="Feeds: rows read = rows kept + rejects + sent again (whole record)",
            columns=columns(
                "Feed:4", "Holds:3", "Source:6", "Rows read#:2", "Rows kept#:2", "Rejects#:2", "Sent again#:2"
            ),
            rows=tuple(
                cells(
                    feed.feed,
                    feed.holds,
                    names.get(feed.source, feed.source),
                    feed.read,
                    feed.rows,
                    feed.rejects,
                    feed.repeated,
                )
                for feed in feeds
            ),
            coverage=NOT_SEEN,
            nothing="No feed was read.",
        ),
        sum(feed.rows + feed.rejects + feed.repeated for feed in feeds),
        sum(feed.rows for feed in feeds),
        products.rejects.num_rows - check_rows(products),
        sum(feed.repeated for feed in feeds),
    )


def rejects_table(products: Products) -> Table:
    """Rows set aside, by feed and reason; none is lost, each is in rejects.csv."""
    counted = Counter(zip(*(products.rejects.column(name).to_pylist() for name in ("feed", "reason")), strict=True))
    return totalled(
        Table(
            key="rejects",
            caption="Rejects by feed and reason (whole record)",
            columns=columns("Feed:4", "Reason:6", "Rejects#:2"),
            rows=tuple(cells(feed, reason, number) for (feed, reason), number in sorted(counted.items())),
            coverage=NOT_SEEN,
            nothing="No row was set aside: 0.",
        ),
        products.rejects.num_rows,
    )


def hashes_table(products: Products) -> Table:
    """SHA-256 of everything that the findings follow from."""
    rows = [cells("feed", feed.feed, Cell(text=feed.sha256, tone="hash")) for feed in products.feeds]
    for judged in products.judged:
        rows.append(cells("mandate, text", judged.mandate.name, Cell(text=judged.text_sha256, tone="hash")))
        rows.append(cells("mandate, canonical", judged.mandate.name, Cell(text=judged.mandate_sha256, tone="hash")))
    rows += [
        cells("geometry", path, Cell(text=sha256_hex(content), tone="hash"))
        for path, content in sorted(products.geometry.items())
    ]
    return Table(
        key="hashes",
        caption="SHA-256 of what went in",
        columns=columns("What:3", "Name:5", "SHA-256:12"),
        rows=tuple(rows),
        coverage=NOT_SEEN,
        nothing="Nothing went in.",
    )


# --- CSV ------------------------------

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_TIMES = {
    "earliest_at_us": "earliest_at",
    "latest_at_us": "latest_at",
    "from_s": "from_at",
    "until_s": "until_at",
}
_ERRORS = ("cov_ee_m2", "cov_en_m2", "cov_nn_m2")  # of a place: printed as one radius, error_m


def csv_files(basis: Basis, ground: Ground) -> dict[str, bytes]:
    """Every table as RFC 4180 CSV in UTF-8: the whole record, with `in_period` where a row has a time.

    What could be seen, stretch by stretch, is that of the period; its files are there where it was worked out.
    """
    products, scope = basis.products, basis.scope
    judged = products.judged
    tables: dict[str, tuple[Sequence[str], Iterable[Row]]] = {
        "events.csv": (EVENTS.names, map(_rounded, products.events.to_pylist())),
        "findings.csv": (FINDINGS.names, basis.findings),
        "assessments.csv": (
            ASSESSMENTS.names,
            (row for each in judged for row in each.assessments.to_pylist()),
        ),
        "windows.csv": (
            ("mandate", *_fields(WindowCount)),
            (row for each in judged for row in _window_rows(each)),
        ),
        "claims.csv": (CLAIMS.names, products.claims.to_pylist()),
        "impediments.csv": (IMPEDIMENTS.names, products.impediments.to_pylist()),
        "coverage.csv": (COVERAGE.names, basis.coverage),
        "casualties.csv": (_unnamed(CASUALTIES.names), map(_rounded, products.casualties.to_pylist())),
        "damage.csv": (_unnamed(DAMAGE.names), map(_rounded, products.damage.to_pylist())),
        "feeds.csv": (_fields(FeedCount), map(asdict, products.feeds)),
        "rejects.csv": (REJECTS.names, products.rejects.to_pylist()),
        "sources.csv": (_fields(Source), map(asdict, products.mission.sources)),
    }
    if products.watch.watched.num_rows:
        seen = [
            {"feature": each.feature, "from_m": each.from_m, "until_m": each.until_m, "state": share.state}
            | asdict(share)
            for each in ground.stretches
            for share in each.shares
        ]
        tables["stretches.csv"] = (tuple(seen[0]) if seen else ("feature",), seen)
        tables["owed.csv"] = (OWED.names, products.watch.owed.to_pylist())
        tables["unverified.csv"] = (UNVERIFIED.names, products.watch.unverified.to_pylist())
    return {
        name: csv_bytes((_timed(row, scope) for row in rows), _heading(names)) for name, (names, rows) in tables.items()
    }


def _unnamed(names: Sequence[str]) -> list[str]:
    """Without the columns that may say who somebody is: they never leave the record."""
    return [name for name in names if name not in IDENTIFYING]


def csv_bytes(rows: Iterable[Mapping[str, object]], names: Sequence[str]) -> bytes:
    """Rows as CSV with a header; lines end in CR LF; a cell that a spreadsheet would run gets a leading apostrophe."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([safe(row.get(name)) for name in names])
    return held.getvalue().encode("utf-8", "replace")


def safe(value: object) -> str:
    """A cell's text. Plain numbers pass; anything else that begins like a formula gets an apostrophe in front."""
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if text.lstrip(" \t\r\n")[:1] in (
        "=",
        "+",
        "-",
        "@",
        "\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
    ) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") else text


def _heading(names: Sequence[str]) -> list[str]:
    """Our columns with times as UTC stamps, a place's error as one radius, and `in_period` where there is a time."""
    heading = [_TIMES.get(name, name) for name in names if name not in _ERRORS]
    if "lat_deg" in heading:
        heading.insert(heading.index("lat_deg") + 1, "error_m")
    return [*heading, "in_period"] if "earliest_at" in heading else heading


def _timed(row: Row, scope: Scope) -> Row:
    made = {_TIMES.get(name, name): value for name, value in row.items()}
    for name, scale_us in (
        ("earliest_at", 1),
        ("latest_at", 1),
        ("from_at", US_PER_S),
        ("until_at", US_PER_S),
    ):
        if made.get(name) is not None:
            made[name] = stamp(made[name] * scale_us)
    if row.get("earliest_at_us") is not None:
        made["in_period"] = "yes" if scope.holds(row) else "no"
    return made


def _rounded(event: Row) -> Row:
    """An event whose place is no sharper than its error."""
    if event["lon_deg"] is None:
        return event
    known = event["cov_ee_m2"] is not None and event["cov_nn_m2"] is not None
    error_m = math.ceil(ellipse_95(event)[0]) if known else None
    digits = decimals(error_m)
    return event | {name: round(event[name], digits) for name in ("lon_deg", "lat_deg")} | {"error_m": error_m}


def _window_rows(judged: Judged) -> list[Row]:
    return [{"mandate": judged.mandate.name, **asdict(count)} for count in judged.windows]


def _fields(noun: type[WindowCount] | type[FeedCount] | type[Source]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(noun))
