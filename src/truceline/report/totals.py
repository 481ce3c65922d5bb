"""What a report counts: in which period, beside which comparator, and whether it adds up.

A table with a total is made by `totalled`, which reconciles every column or refuses the report (decision 0010).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from truceline.base.errors import OutOfRangeError, TotalsError, UnreadableError
from truceline.base.time import interval_us, local_days, local_words
from truceline.base.units import US_PER_S
from truceline.model.coverage import OBSERVED_PERMILLE, UNSEEN_PERMILLE, seen_permille
from truceline.model.mission import Mission
from truceline.model.products import Products
from truceline.model.review import REJECTED
from truceline.model.source import Source

Row = dict[str, Any]  # a row of a table of model/: its values are the schema's, which Python's types cannot say

SCREEN_ROWS = 1_000  # a table on screen shows no more; the CSV file holds all
PRINT_ROWS = 40  # on paper
NOTHING = "\u2013"  # a cell that says nothing
DAY_US = 86_400 * US_PER_S
LEAST_US = 23 * 3_600 * US_PER_S  # the shortest local day
ZERO_WORDS = "that nothing was recorded does not mean that nothing happened"

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]+|[\ud800-\udfff]"
)


def clean(text: object) -> str:
    """Text as it may be printed: controls and marks that reverse reading order become spaces."""
    return _HIDDEN.sub(" ", str(text)).strip()


def reconcile(parts: Mapping[str, int], stated: int, what: str) -> int:
    """The total of `parts`, if it is what is stated.

    Args:
        parts: figure by name.
        stated: the total that was arrived at another way, and is about to be printed.
        what: what is counted, for the message.

    Raises: TotalsError, naming the parts, their sum and the stated figure.
    """
    total = sum(parts.values())
    if total != stated:
        named = " + ".join(f"{number} ({name})" for name, number in parts.items()) or "no parts"
        raise TotalsError(
            f"the parts are {named} = {total}, but {stated} is stated: a difference of {abs(total - stated)}.",
            subject=what,
            remedy="The report is refused. Find the figure that was counted twice or left out, then run again.",
        )
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The period of the report and the equal period before it, as instants, half-open."""

    zone: str
    before_us: int  # where the comparator begins
    from_us: int
    until_us: int
    days: int

    def holds(self, row: Row) -> bool:
        """Whether the row's recorded time touches the period."""
        return bool(row["earliest_at_us"] < self.until_us and row["latest_at_us"] >= self.from_us)

    def held_before(self, row: Row) -> bool:
        """Whether it touches the equal period before."""
        return bool(row["earliest_at_us"] < self.from_us and row["latest_at_us"] >= self.before_us)

    def astride(self, row: Row) -> bool:
        """Whether it touches the period and may have been outside it."""
        return self.holds(row) and not (row["earliest_at_us"] >= self.from_us and row["latest_at_us"] < self.until_us)

    @property
    def span_us(self) -> int:
        """How long the period is."""
        return self.until_us - self.from_us

    @property
    def before(self) -> str:
        """`in the 5 days before`: the comparator in words."""
        return "on the day before" if self.days == 1 else f"in the {self.days} days before"

    def beside(self, rows: Sequence[Row]) -> str:
        """`7 (in the 5 days before: 12)`: the rows that touch the period, with the comparator."""
        return f"{self.count(rows):,} ({self.before}: {self.count_before(rows):,})"

    def count(self, rows: Sequence[Row]) -> int:
        """How many rows touch the period."""
        return sum(self.holds(row) for row in rows)

    def count_before(self, rows: Sequence[Row]) -> int:
        """How many touch the equal period before."""
        return sum(self.held_before(row) for row in rows)

    def moment(self, instant_us: int) -> str:
        """An instant in the report's zone."""
        return local_words(instant_us // US_PER_S, self.zone)

    def span(self, from_us: int, until_us: int) -> str:
        """A half-open period in the report's zone."""
        return f"{self.moment(from_us)} until {self.moment(until_us)}"

    def when(self, row: Row) -> str:
        """When a row's happening was, no sharper than it was recorded."""
        return time_words(row["earliest_at_us"], row["latest_at_us"], self.zone)


def scope_of(mission: Mission) -> Scope:
    """The period that the mission's report covers: local dates of its zone, the last one exclusive.

    Raises: UnreadableError, OutOfRangeError: a date that is none, or a period that ends before it begins.
    """
    try:
        first, after = (
            date.fromisoformat(mission.report.from_date),
            date.fromisoformat(mission.report.until_date),
        )
    except ValueError as error:
        raise UnreadableError(
            f"{error}.", subject="report period", remedy="Write from_date and until_date as 2025-04-19."
        ) from None
    if first >= after:
        raise OutOfRangeError(
            f"it begins on {first} and ends before {after}.",
            subject="report period",
            remedy="until_date is exclusive: for one day write the day after.",
        )
    before_us, from_us, until_us = (
        interval_us(str(day), zone=mission.zone)[0] for day in (first - (after - first), first, after)
    )
    return Scope(zone=mission.zone, before_us=before_us, from_us=from_us, until_us=until_us, days=(after - first).days)


def time_words(first_us: int, last_us: int, zone: str) -> str:
    """A closed interval in words: a whole day reads as a day, a minute as a minute."""
    first, last = (local_words(each // US_PER_S // 60 * 60, zone) for each in (first_us, last_us))
    if first == last:
        return local_words(first_us // US_PER_S, zone) if last_us - first_us < US_PER_S else first
    first_day, last_day = first.rsplit(" ", 1)[0], last.rsplit(" ", 1)[0]
    if first.endswith(" 00:00") and local_words((last_us + 1) // US_PER_S, zone).endswith(" 00:00"):
        return f"{first_day} (hour not recorded)" if first_day == last_day else f"{first_day} to {last_day} (days)"
    return f"{first} to {last.rsplit(' ', 1)[1] if first_day == last_day else last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. `tone` is how it looks, never a meaning that the text lacks; `number` is what is added up."""

    text: str
    tone: str = ""  # breach, undetermined, no_breach, none_found, breach_found, unbound, hash
    badge: str = ""  # a word set apart after the text: unverified
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading and its width relative to the others."""

    title: str
    share: int = 2
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the report. `coverage` says how much could have been seen of what it counts; never left empty."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    coverage: str
    total: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    nothing: str = "None."  # printed where there is no row
    more_in: str = ""  # file that holds the rows beyond those shown
    all_rows: int = 0  # how many rows there are, shown or not; 0: as many as `rows`
    wide: bool = False  # printed on a page turned sideways

    @property
    def left_on_screen(self) -> int:
        """Rows that the screen does not show."""
        return max(0, self.all_rows - len(self.rows))

    @property
    def left_on_paper(self) -> int:
        """Rows that paper does not show."""
        return max(0, max(self.all_rows, len(self.rows)) - PRINT_ROWS) if self.more_in else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One figure of the first page, with its comparator and its coverage."""

    value: str
    label: str
    beside: str
    coverage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Sentences under one step of the verb ladder."""

    verb: str  # recorded, assessed as, followed up on reports of, could not verify
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture's place: `absent` is printed instead where there is nothing to draw."""

    key: str  # map, timeline
    caption: str
    alt: str
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section, in the order in which it is printed."""

    key: str
    title: str
    words: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


def columns(*titles: str) -> tuple[Column, ...]:
    """Columns from headings: `Words:4` is four shares wide, `Claims#` holds numbers."""
    made = []
    for title in titles:
        name, _, share = title.partition(":")
        numeric = name.endswith("#")
        made.append(Column(title=name.removesuffix("#"), share=int(share or (1 if numeric else 2)), numeric=numeric))
    return tuple(made)


def cells(*values: "str | int | Cell") -> tuple[Cell, ...]:
    """One row: text as text, whole numbers as figures."""
    return tuple(
        value
        if isinstance(value, Cell)
        else Cell(text=f"{value:,}", number=value)
        if isinstance(value, int)
        else Cell(text=clean(value) or NOTHING)
        for value in values
    )


def totalled(table: Table, *stated: int) -> Table:
    """The table with its total row, each numeric column reconciled against what was counted another way.

    Raises: TotalsError.
    """
    at = [number for number, column in enumerate(table.columns) if column.numeric]
    assert len(at) == len(stated), f"{table.key}: {len(at)} columns of figures, {len(stated)} totals stated"
    for position, total in zip(at, stated, strict=True):
        parts: dict[str, int] = {}
        for number, row in enumerate(table.rows, start=1):
            label = row[0].text if row[0].text not in parts else f"{row[0].text}, row {number}"
            parts[label] = row[position].number or 0
        reconcile(parts, total, f"{table.caption}: {table.columns[position].title}")
    figures = dict(zip(at, stated, strict=True))
    made = [cells(figures[n])[0] if n in figures else Cell(text="") for n in range(len(table.columns))]
    return replace(table, total=(Cell(text="Total"), *made[1:]))


def without_blanks(table: Table, *titles: str) -> Table:
    """The table without those of the named columns in which no row says anything."""
    blank = {
        at
        for at, column in enumerate(table.columns)
        if column.title in titles and all(row[at].text == NOTHING for row in table.rows)
    }
    kept = [at for at in range(len(table.columns)) if at not in blank]
    return replace(
        table,
        columns=tuple(table.columns[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in table.rows),
    )


def sentence(words: str) -> str:
    """Words with a capital and a full stop; nothing else is changed."""
    return f"{words[:1].upper()}{words[1:]}."


def capped(table: Table) -> Table:
    """At most SCREEN_ROWS of its rows; `more_in` says where the others are."""
    assert table.more_in, "what is left out must be found somewhere"
    return replace(table, rows=table.rows[:SCREEN_ROWS], all_rows=len(table.rows))


def seen_words(share_permille: int | None) -> str:
    """`coverage 85 %`, or that it is not known. A share is rounded down: never more than was seen."""
    return "coverage not known" if share_permille is None else f"coverage {share_permille // 10} %"


def least_permille(coverage: Sequence[Row], clauses: Sequence[str], from_us: int, until_us: int) -> int | None:
    """The share that holds for a count over several clauses: that stated for all, or else that of the least seen.

    None: of one of them it is not known; then of a count over all of them it is not known either.
    """
    whole = seen_permille(coverage, "", from_us, until_us)
    if whole is not None:
        return whole
    shares = [seen_permille(coverage, clause, from_us, until_us) for clause in clauses]
    known = [share for share in shares if share is not None]
    return min(known) if known and len(known) == len(shares) else None


def per_watched_day(count: int, share_permille: int | None, span_us: int) -> Fraction | None:
    """How many there would be of what was counted, a day, if everything had been seen.

    Args: share_permille: of place and time that was seen in the `span_us` in which was counted.
    Returns: None: the share is not known, or so small that no rate can rest on it (UNSEEN_PERMILLE); or it was counted
        over less than a day (LEAST_US), from which none follows for a day.
    Limits: it takes for granted that as much happened where nobody looked as where somebody did.
    """
    if share_permille is None or share_permille < UNSEEN_PERMILLE or span_us < LEAST_US:
        return None
    return Fraction(count * 1000 * DAY_US, share_permille * span_us)


def rate_figure(rate: Fraction) -> str:
    """A rate in figures: two digits that count, whole from ten on: `0.062`, `2.5`, `15`, `1,240`."""
    if rate == 0 or rate >= 10:
        return f"{round(rate):,}"
    digits = 1 - math.floor(math.log10(rate))
    return f"{float(rate):.{digits}f}".rstrip("0").rstrip(".")


def rate_words(count: int, share_permille: int | None, span_us: int) -> str:
    """`15 per watched day`; what a zero does not mean; `no rate: too little was seen`; nothing where it is not known.

    Args: as `per_watched_day`.
    """
    if count == 0 and (share_permille is None or share_permille < OBSERVED_PERMILLE):
        return ZERO_WORDS
    if share_permille is None or span_us < LEAST_US:
        return ""
    rate = per_watched_day(count, share_permille, span_us)
    return "no rate: too little was seen" if rate is None else f"{rate_figure(rate)} per watched day"


def counted_words(count: int, what: str, share_permille: int | None, span_us: int) -> str:
    """`3 events; coverage 20 %; 15 per watched day`. Args: what: in the singular; others as `per_watched_day`."""
    said = f"{count:,} {what}{'' if count == 1 else 's'}; {seen_words(share_permille)}"
    return with_rate(said, rate_words(count, share_permille, span_us))


def with_rate(said: str, rate: str) -> str:
    """A figure's words with its rate behind them, where there is one."""
    return f"{said}{':' if rate == ZERO_WORDS else ';'} {rate}" if rate else said


def listed(names: Iterable[str]) -> str:
    """`a, b and c`; `none` for nothing."""
    plain = [clean(name) for name in names]
    if not plain:
        return "none"
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"


# --- the run, as it is counted ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What every section reads: the run, its period, and its rows as plain values, once."""

    products: Products
    scope: Scope
    events: Mapping[str, Row]
    findings: tuple[Row, ...]  # of all mandates
    coverage: tuple[Row, ...]
    clauses: tuple[str, ...]  # that forbid something in the period or its comparator
    sources: Mapping[str, Source]

    def seen(self, count: int | None = None) -> str:
        """Coverage of the period and of its comparator, for a count over all clauses, with the rate of the count."""
        scope = self.scope
        now = self.share("", scope.from_us, scope.until_us)
        before = self.share("", scope.before_us, scope.from_us)
        if now is None and before is None:
            partly = any(scope.holds(row) for row in self.coverage)
            words = ["coverage known only in part (see Coverage)" if partly else "coverage not known"]
        else:
            words = [seen_words(now), f"{scope.before} {seen_words(before)}"]
        if count is not None:
            words[0] = with_rate(words[0], rate_words(count, now, scope.span_us))
        return "; ".join(words)

    def share(self, clause: str, from_us: int, until_us: int) -> int | None:
        """Share that was seen for a clause; without one, for a count over all of them."""
        if not clause:
            return least_permille(self.coverage, self.clauses, from_us, until_us)
        return seen_permille(self.coverage, clause, from_us, until_us)

    def rate_cell(self, count: int) -> str:
        """A rate alone in its cell; empty where there is none, and of a zero."""
        scope = self.scope
        rate = per_watched_day(count, self.share("", scope.from_us, scope.until_us), scope.span_us)
        return rate_figure(rate) if rate else ""

    def counted(self) -> str:
        """The events of the period with coverage and rate: `3 events; coverage 20 %; 15 per watched day`."""
        scope = self.scope
        share = self.share("", scope.from_us, scope.until_us)
        return counted_words(scope.count(list(self.events.values())), "event", share, scope.span_us)


def basis_of(products: Products) -> Basis:
    """The run's rows as plain values, with the period that the report is about."""
    scope = scope_of(products.mission)
    return Basis(
        products=products,
        scope=scope,
        events={row["event_id"]: row for row in products.events.to_pylist() if row["status"] != REJECTED},
        findings=tuple(row for judged in products.judged for row in judged.findings.to_pylist()),
        coverage=tuple(products.coverage.to_pylist()),
        clauses=tuple(dict.fromkeys(_forbidding(products, scope))),
        sources={source.id: source for source in products.mission.sources},
    )


def _forbidding(products: Products, scope: Scope) -> Iterator[str]:
    """Clauses whose breach could have been seen in the period or before it."""
    for clause in (clause for judged in products.judged for clause in judged.mandate.clauses):
        begins_s, ends_s = clause.period.from_s, clause.period.until_s
        begun = begins_s is None or begins_s * US_PER_S < scope.until_us
        if clause.modality == "prohibited" and begun and (ends_s is None or ends_s * US_PER_S > scope.before_us):
            yield clause.name


def check_rows(products: Products) -> int:
    """Every row read is a row, a reject or one that came before; every observation is in exactly one event.

    Returns: how many observations were set aside after their feed was read, when they were to be placed.
    Raises: TotalsError.
    """
    rejected = Counter(products.rejects.column("feed").to_pylist())
    kept, late = products.observations.num_rows, products.rejects.num_rows
    for feed in products.feeds:
        parts = {"rows": feed.rows, "rejects": feed.rejects, "repeated": feed.repeated}
        reconcile(parts, feed.read, f"feed {feed.feed}: rows read")
        late -= feed.rejects
    if late == 0:
        for feed in products.feeds:
            reconcile({"rows of REJECTS": rejected[feed.feed]}, feed.rejects, f"feed {feed.feed}: rejects")
    held = sum(feed.rows for feed in products.feeds if feed.holds == "observations")
    reconcile({"observations": kept, "set aside when placed": late}, held, "rows of feeds of observations")
    members = Counter(each for members in products.events.column("members").to_pylist() for each in members)
    reconcile({"members of events": sum(members.values())}, kept, "observations in events")
    reconcile({"different members of events": len(members)}, kept, "observations in events")
    return int(late)


# --- the timeline: what happened when ------------------------------


FOOTINGS = ("own", "record", "media")  # on what an event rests at best; order of bars and of table columns
MOST_BARS = 100
BAR_DAYS = (1, 7, 30, 90, 365)  # a bar stands for the first of these that gives no more than MOST_BARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day, or several where the period is long, with the events that begin then, by footing."""

    label: str
    begin_us: int
    in_period: bool
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A recorded time in the lane of its source. `zero`: looked and saw none."""

    lane: int
    first_us: int
    last_us: int
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that the timeline shows, from the comparator's begin to the period's end."""

    zone: str
    begin_us: int
    from_us: int
    until_us: int
    step_days: int  # how many days one bar stands for
    days: tuple[Day, ...]
    lanes: tuple[str, ...]
    spans: tuple[Span, ...]
    windows: tuple[tuple[str, int, int], ...]  # name, from, until


def timeline_of(basis: Basis, footing: Mapping[str, str]) -> Timeline:
    """Events by the local day on which their recorded time begins, and the times themselves."""
    scope = basis.scope
    starts = local_days(scope.before_us, scope.until_us, scope.zone)
    step = next((days for days in BAR_DAYS if len(starts) <= days * MOST_BARS), len(starts) // MOST_BARS + 1)
    inside = [start for start in starts if start[1] >= scope.from_us]
    bins = [*[s for s in starts if s[1] < scope.from_us][::step], *inside[::step]]
    ends_us = [*(begin_us for _, begin_us in bins[1:]), scope.until_us]
    begun = sorted((event["earliest_at_us"], footing[key]) for key, event in basis.events.items())
    days = []
    for (day, begin_us), end_us in zip(bins, ends_us, strict=True):
        held = Counter(kind for at_us, kind in begun if begin_us <= at_us < end_us)
        label = ("" if step == 1 else f"{step} days from ") + f"{day.day} {day:%b %Y}"
        counts = tuple(held[kind] for kind in FOOTINGS)
        days.append(Day(label=label, begin_us=begin_us, in_period=begin_us >= scope.from_us, counts=counts))
    lanes, spans = _spans(basis)
    return Timeline(
        zone=scope.zone,
        begin_us=scope.before_us,
        from_us=scope.from_us,
        until_us=scope.until_us,
        step_days=step,
        days=tuple(days),
        lanes=lanes,
        spans=spans,
        windows=tuple(_clause_periods(basis)),
    )


def _spans(basis: Basis) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    observations = basis.products.observations
    ids, sources = (observations.column(name).to_pylist() for name in ("observation_id", "source_id"))
    source_of = dict(zip(ids, sources, strict=True))
    lanes = [one for one in (*basis.sources, "") if one in set(sources)]
    found = {
        Span(
            lane=lanes.index(source),
            first_us=row["earliest_at_us"],
            last_us=row["latest_at_us"],
            zero=row["count_hi"] == 0,
        )
        for row in basis.events.values()
        if row["earliest_at_us"] < basis.scope.until_us and row["latest_at_us"] >= basis.scope.before_us
        for source in {source_of.get(member, "") for member in row["members"]}
        if source in lanes
    }
    names = tuple(clean(basis.sources[one].name) for one in lanes)
    return names, tuple(sorted(found, key=lambda span: (span.lane, span.first_us, span.last_us, span.zero)))


def _clause_periods(basis: Basis) -> Iterator[tuple[str, int, int]]:
    """Each different closed period that a clause or a reading gives, once for each mandate."""
    seen = set()
    for judged in basis.products.judged:
        disputed = [
            (f", {reading.name}", reading.period) for item in judged.mandate.disputes for reading in item.readings
        ]
        for words, period in [*(("", clause.period) for clause in judged.mandate.clauses), *disputed]:
            if period.from_s is None or period.until_s is None:
                continue
            named = (
                clean(judged.mandate.header.title) + words,
                period.from_s * US_PER_S,
                period.until_s * US_PER_S,
            )
            if named not in seen and named[1] < basis.scope.until_us and named[2] > basis.scope.before_us:
                seen.add(named)
                yield named
