"""Words, tables and strips about what could have been seen, what was owed, and what could not be verified."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.time import from_us, zone_of
from truceline.base.units import US_PER_S
from truceline.model.coverage import OBSERVED_PERMILLE, OWED_STATES, STATES, seen_permille
from truceline.model.finding import Verdict
from truceline.report.geojson import COVERAGE_WORDS, Ground
from truceline.report.totals import (
    Basis,
    Row,
    Table,
    cells,
    clean,
    columns,
    listed,
    rate_words,
    seen_words,
    sentence,
    totalled,
    with_rate,
)

HOUR_US = 3_600 * US_PER_S
MOST_STRIPS = 6  # in the picture: the clauses of which least was seen
MOST_CELLS = (60, 160)  # along and across a strip; what is finer is drawn together
MOST_WORDS = 6  # of what an impediment kept from being verified, in one cell
OBSERVED, PARTLY, NOT_OBSERVED, NOT_KNOWN = 1, 2, 4, 8  # as bits: what lies together in one cell is all of them

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What could have been seen under some clauses along one line, or in one zone, hour by hour."""

    clauses: tuple[str, ...]
    feature: str
    length_m: int  # 0: a zone
    from_us: int
    until_us: int
    zone: str  # of the hours that are written below it
    states: tuple[tuple[str, ...], ...]  # along the line x time: STATES, or not_known
    words: str


# --- what the map and the section say ------------------------------


def seen_of(ground: Ground) -> str:
    """`Of 50 stretches: 12 observed, 30 partly, 8 not observed: there nobody could have seen anything.`"""
    if not ground.stretches:
        return sentence(COVERAGE_WORDS["not_known"])
    counts = Counter(stretch.state for stretch in ground.stretches)
    unknown = f", {counts['not_known']} not known" if counts["not_known"] else ""
    return (
        f"Of {len(ground.stretches)} stretches of lines and zones over the whole period: {counts['observed']} "
        "observed, "
        f"{counts['partly']} partly, {counts['not_observed']} not observed{unknown}."
    )


def clause_words(basis: Basis, ground: Ground) -> list[str]:
    """How coverage was arrived at, in sentences."""
    watch = basis.products.watch
    if not watch.watched.num_rows:
        return [seen_of(ground)]
    return [
        (
            f"Worked out from {basis.products.views.num_rows:,} views, stretch by stretch and hour by hour. A share is "
            "the "
            "chance that what a clause forbids, done there and then, was seen. Observed: the share that the mandate "
            f"needs, or {OBSERVED_PERMILLE // 10} % where it states none. Not observed: less than 5 %."
        ),
        seen_of(ground),
    ]


def clauses_table(basis: Basis, ground: Ground) -> Table:
    """For each clause: the share that was seen, what it needs, its stretches by state, its breaches with their rate."""
    scope = basis.scope
    states = Counter(
        (share.mandate, share.clause, share.state) for stretch in ground.stretches for share in stretch.shares
    )
    rows = []
    for judged in basis.products.judged:
        needed = judged.mandate.header.coverage_permille
        for clause in judged.mandate.clauses:
            now = seen_permille(basis.coverage, clause.name, scope.from_us, scope.until_us)
            before = seen_permille(basis.coverage, clause.name, scope.before_us, scope.from_us)
            stated = "not stated by the text" if needed is None else f"{-(-needed // 10)} %"
            drawn = [states[judged.mandate.name, clause.name, state] for state in STATES]
            rows.append(
                cells(
                    f"{judged.mandate.name}: {clause.name}",
                    seen_words(now),
                    seen_words(before),
                    stated,
                    " / ".join(map(str, drawn)) if any(drawn) else "not known",
                    _breaches(basis, judged.mandate.name, clause.name, now) if clause.modality == "prohibited" else "",
                )
            )
    return Table(
        key="coverage",
        caption="Share of place and time that was seen, by clause",
        columns=columns(
            "Clause:4", "In the period:3", f"{scope.before.capitalize()}:3", "Needed before an absence may be stated:3",
            "Stretches observed / partly / not observed:3", "Events with a finding of breach:5",
        ),
        rows=tuple(rows),
        coverage="this table is the coverage",
        nothing="No clause.",
        notes=(
            ("At each moment the best share that is stated counts, over the period the least; not known where at some "
             "moment none is stated."),
            ("Per watched day: the count divided by the share that was seen and by the days of the period. It takes "
             "for granted that as much happened where nobody looked as where somebody did."),
        ),
    )  # fmt: skip


def _breaches(basis: Basis, mandate: str, clause: str, share: int | None) -> str:
    found = {
        event_id
        for row in basis.findings
        if (row["mandate"], row["clause"], row["verdict"]) == (mandate, clause, Verdict.BREACH)
        and basis.scope.holds(row)
        for event_id in row["event_ids"]
    }
    rate = rate_words(len(found), share, basis.scope.span_us)
    return with_rate(f"{len(found):,}", rate)


# --- what was owed ------------------------------


def duties_table(basis: Basis) -> tuple[Table, ...]:
    """Windows that the mandates oblige the mission to look into, by duty: met, missed, open. None where none is "
    "owed."""
    owed = [row for row in basis.products.watch.owed.to_pylist() if basis.scope.holds(row)]
    if not owed:
        return ()
    by_duty: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in owed:
        by_duty.setdefault((row["mandate"], row["duty"], row["kind"], row["clause"]), []).append(row)
    made = Table(
        key="duties",
        caption="What the mandates oblige the mission to look at, in windows that touch the period",
        columns=columns(
            "Duty:4",
            "Kind:2",
            "Clause:3",
            "Windows#:2",
            "Met#:2",
            "Missed#:2",
            "Open#:2",
            "Least seen of an ended one:4",
        ),
        rows=tuple(
            cells(f"{mandate}: {duty}", kind, clause or "the place itself", len(rows), *_by_state(rows), _least(rows))
            for (mandate, duty, kind, clause), rows in sorted(by_duty.items())
        ),
        coverage="coverage is what this table counts: a window is met where enough of it was seen",
        notes=("Open: the window had not ended at the cut-off. Each window and its ground are in owed.csv.",),
    )
    return (totalled(made, len(owed), *_by_state(owed)),)


def _by_state(rows: Sequence[Row]) -> list[int]:
    counts = Counter(row["state"] for row in rows)
    return [counts[state] for state in OWED_STATES]


def _least(rows: Sequence[Row]) -> str:
    shares = [row["share_permille"] for row in rows if row["state"] != "open"]
    if not shares:
        return "none has ended"
    return "not known of each" if None in shares else f"{min(shares) // 10} %"


def views_table(basis: Basis) -> tuple[Table, ...]:
    """Who could see at all, by means. None where no view is known."""
    inside = [row for row in basis.products.views.to_pylist() if basis.scope.holds(row)]
    if not basis.products.views.num_rows:
        return ()
    by_means: dict[str, list[Row]] = {}
    for row in inside:
        by_means.setdefault(row["means"], []).append(row)
    lost = sum(row["lost_at_us"] is not None for row in inside)
    made = Table(
        key="views",
        caption="Views that touch the period: sensors, patrols and satellites that could see",
        columns=columns("Means:4", "Sensors:2", "Views#:2", "Lost, with what they had not sent#:3", "Hours:3"),
        rows=tuple(
            cells(
                means.replace("_", " ") or "not stated",
                f"{len({row['sensor'] for row in rows}):,}",
                len(rows),
                sum(row["lost_at_us"] is not None for row in rows),
                f"{sum(_inside_us(row, basis) for row in rows) / HOUR_US:,.1f}",
            )
            for means, rows in sorted(by_means.items())
        ),
        coverage="coverage is worked out from these views",
        nothing="No view touches the period.",
        notes=("Where the mission's own sensors were is not shown.",),
    )
    return (totalled(made, len(inside), lost),)


def _inside_us(row: Row, basis: Basis) -> int:
    return int(min(row["latest_at_us"], basis.scope.until_us) - max(row["earliest_at_us"], basis.scope.from_us))


# --- what could not be verified ------------------------------


def unverified_words(basis: Basis, impediment_id: str) -> str:
    """What one impediment kept anybody from verifying: `ARMOUR_10 on km 412 to 420 of contact, 08:00 to 11:00: 0 %
    seen by others`.
    """
    said: dict[str, list[str]] = {}
    for row in basis.products.watch.unverified.to_pylist():
        if row["impediment_id"] == impediment_id:
            said.setdefault(_where_when(row, basis), []).append(row["clause"])
    words = [f"{listed(dict.fromkeys(clauses))} {rest}" for rest, clauses in said.items()]
    more = len(words) - MOST_WORDS
    shown = "; ".join(words[:MOST_WORDS]) or "nothing worked out"
    return f"{shown}; and {more} more in unverified.csv" if more > 0 else shown


def _where_when(row: Row, basis: Basis) -> str:
    place = f"on km {_km(row['from_m'])} to {_km(row['until_m'])} of {clean(row['feature'])}"
    if (row["from_m"], row["until_m"]) == (0, 0):
        place = f"in {clean(row['feature'])}"
    begins, ends = basis.scope.moment(row["earliest_at_us"]), basis.scope.moment(row["latest_at_us"] + 1)
    day, clock = ends.rsplit(" ", 1)
    same = begins.startswith(f"{day} ")
    share = row["share_permille"]
    others = "not known what others saw" if share is None else f"{share // 10} % seen by others"
    return f"{place}, {begins} to {clock if same else ends}: {others}"


def _km(along_m: int) -> str:
    return f"{along_m / 1000:.1f}".removesuffix(".0")


# --- strips: along the line x hours ------------------------------


def strips_of(basis: Basis) -> tuple[Strip, ...]:
    """The clauses of which least was seen, each line and zone by itself; those that look alike are one strip."""
    watch, scope = basis.products.watch, basis.scope
    if not watch.watched.num_rows:
        return ()
    order = watch.stretches.sort_by([("feature", "ascending"), ("number", "ascending")]).to_pylist()
    place_of = {row["stretch_id"]: at for at, row in enumerate(order)}
    hours = -(-scope.span_us // HOUR_US)
    alike: dict[tuple[str, bytes], tuple[list[str], Bits]] = {}
    for clause, rows in _by_clause(watch.watched):
        bits = _bits(rows, place_of, scope.from_us, hours)
        for feature in dict.fromkeys(row["feature"] for row in order):
            at = [place_of[row["stretch_id"]] for row in order if row["feature"] == feature]
            mine = bits[at]
            if (mine != NOT_KNOWN).any():
                alike.setdefault((feature, mine.tobytes()), ([], mine))[0].append(clause)
    found = sorted(alike.items(), key=lambda item: _seen_ratio(item[1][1]))[:MOST_STRIPS]
    lengths = {row["feature"]: row["until_m"] for row in order}
    return tuple(
        Strip(
            clauses=tuple(clauses),
            feature=feature,
            length_m=lengths[feature],
            from_us=scope.from_us,
            until_us=scope.until_us,
            zone=scope.zone,
            states=_states(bits),
            words=f"{listed(clauses)}, {clean(feature)}: {_shares(bits)}",
        )
        for (feature, _), (clauses, bits) in found
    )


def _by_clause(watched: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    pairs = watched.group_by(["mandate", "clause"], use_threads=False).aggregate([]).to_pylist()
    for pair in pairs:
        mine = pc.and_(pc.equal(watched["mandate"], pair["mandate"]), pc.equal(watched["clause"], pair["clause"]))
        yield pair["clause"], watched.filter(mine)


def _bits(rows: pa.Table, place_of: dict[str, int], from_at_us: int, hours: int) -> Bits:
    """States of every stretch (down) in every hour (across), both sides together; an hour counts by its middle."""
    known = dict(zip(STATES, (OBSERVED, PARTLY, NOT_OBSERVED), strict=True))
    place = np.array([place_of.get(name, -1) for name in rows["stretch_id"].to_pylist()], dtype=np.int64)
    bit = np.array([known[state] for state in rows["state"].to_pylist()], dtype=np.uint8)
    begins_us, ends_us = (
        rows[name].to_numpy() - from_at_us - HOUR_US // 2 for name in ("earliest_at_us", "latest_at_us")
    )
    first = np.clip(-(-begins_us // HOUR_US), 0, hours)
    after = np.clip(ends_us // HOUR_US + 1, 0, hours)
    count = np.where(place >= 0, np.maximum(after - first, 0), 0)
    hour = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    made = np.zeros((len(place_of), hours), dtype=np.uint8)
    np.bitwise_or.at(made, (np.repeat(place, count), hour), np.repeat(bit, count))
    made[made == 0] = NOT_KNOWN
    return made


def _seen_ratio(bits: Bits) -> float:
    """Less where less was seen: for the order of the strips only."""
    return float(np.mean(bits == OBSERVED) + np.mean(_partly(bits)) / 2)


def _partly(bits: Bits) -> npt.NDArray[np.bool_]:
    made: npt.NDArray[np.bool_] = ((bits & (OBSERVED | PARTLY)) != 0) & (bits != OBSERVED)
    return made


def _shares(bits: Bits) -> str:
    """Hours x stretches by state, in words; what was seen is rounded down."""
    observed, partly, unknown = (
        int(100 * np.mean(mask)) for mask in (bits == OBSERVED, _partly(bits), bits == NOT_KNOWN)
    )
    words = f"observed {observed} %, partly {partly} %, not observed {100 - observed - partly - unknown} %"
    return words + (f", not known {unknown} %" if unknown else "")


def _states(bits: Bits) -> tuple[tuple[str, ...], ...]:
    """At most MOST_CELLS; a cell of which only a part was observed is partly observed."""
    for axis in (0, 1):
        size = bits.shape[axis]
        step = -(-size // MOST_CELLS[axis])
        bits = np.bitwise_or.reduceat(bits, np.arange(0, size, step), axis=axis)
    names = np.full(bits.shape, "not_known", dtype=object)
    names[(bits & NOT_OBSERVED) != 0] = "not_observed"
    names[_partly(bits)] = "partly"
    names[bits == OBSERVED] = "observed"
    return tuple(tuple(row) for row in names.tolist())


def strip_words(strips: Sequence[Strip], basis: Basis) -> str:
    """What the picture of strips shows."""
    return (
        "Where and when what a clause forbids could have been seen: along the line upwards, hours across. Dark: nobody "
        f"could have seen it. Both sides of a line together. At most {MOST_STRIPS} are drawn, those of which least was "
        "seen; clauses that look alike are drawn once. Hours x stretches: "
        + "; ".join(strip.words for strip in strips)
        + f". {sentence(basis.seen())}"
    )


def local_hour(instant_us: int, zone: str) -> tuple[str, str]:
    """`1 Oct` and `06:00` of an instant, in a zone."""
    local = from_us(instant_us).astimezone(zone_of(zone))
    return f"{local.day} {local:%b}", f"{local:%H:%M}"


def with_unverified(table: Table, ids: Sequence[str], basis: Basis) -> Table:
    """The table of restrictions with what each kept anybody from verifying; unchanged where nothing was worked out.

    Args: ids: of the impediments in the table's rows, in their order.
    """
    if not basis.products.watch.watched.num_rows:
        return table
    (more,) = columns("What could therefore not be verified (worked out):8")
    rows = tuple((*row, *cells(unverified_words(basis, one))) for row, one in zip(table.rows, ids, strict=True))
    note = "Worked out: what the ground and hours of the restriction hold that no other source saw enough of."
    return replace(table, columns=(*table.columns, more), rows=rows, notes=(*table.notes, note), wide=True)
