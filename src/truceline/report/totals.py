"""What a report counts: in which period, beside which comparator, and whether it adds up.

A table with a total is made by `totalled`, which reconciles every column or refuses the report (decision 0010).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from truceline.base.errors import OutOfRangeError, TotalsError, UnreadableError
from truceline.base.time import interval_us, local_words
from truceline.base.units import US_PER_S
from truceline.model.mission import Mission

Row = dict[str, Any]  # a row of a table of model/: its values are the schema's, which Python's types cannot say
Block = "str | Table"  # a paragraph, or a table

SCREEN_ROWS = 1_000  # a table on screen shows no more; the CSV file holds all
PRINT_ROWS = 40  # on paper

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]+|[\ud800-\udfff]")
_DAY = timedelta(days=1)


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

    def time(self, row: Row) -> str:
        """When a row's happening was, no sharper than it was recorded."""
        return time_words(row["earliest_at_us"], row["latest_at_us"], self.zone)


def scope_of(mission: Mission) -> Scope:
    """The period that the mission's report covers: local dates of its zone, the last one exclusive.

    Raises: UnreadableError, OutOfRangeError: a date that is none, or a period that ends before it begins.
    """
    try:
        first, after = date.fromisoformat(mission.report.from_date), date.fromisoformat(mission.report.until_date)
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
    return Scope(
        zone=mission.zone, before_us=before_us, from_us=from_us, until_us=until_us, days=(after - first).days
    )


def local_days(first_us: int, until_us: int, zone: str) -> list[tuple[date, int]]:
    """Each local day that the half-open period touches, with the instant at which it begins."""
    day, days = date.fromisoformat(_local_date(first_us, zone)), []
    while (begin_us := interval_us(str(day), zone=zone)[0]) < until_us:
        days.append((day, begin_us))
        day += _DAY
    return days


def time_words(first_us: int, last_us: int, zone: str) -> str:
    """A closed interval in words: a whole day reads as a day, a minute as a minute."""
    first, last = (local_words(each // US_PER_S // 60 * 60, zone) for each in (first_us, last_us))
    if first == last:
        return local_words(first_us // US_PER_S, zone) if last_us - first_us < US_PER_S else first
    first_day, last_day = first.rsplit(" ", 1)[0], last.rsplit(" ", 1)[0]
    if first.endswith(" 00:00") and local_words((last_us + 1) // US_PER_S, zone).endswith(" 00:00"):
        return f"{first_day} (hour not recorded)" if first_day == last_day else f"{first_day} to {last_day} (days)"
    return f"{first} to {last.rsplit(' ', 1)[1] if first_day == last_day else last}"


def _local_date(instant_us: int, zone: str) -> str:
    day, month, year = local_words(instant_us // US_PER_S, zone).split()[:3]
    number = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split().index(month) + 1
    return f"{year}-{number:02d}-{int(day):02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. `tone` names how it looks and never carries meaning that the text lacks; `number` is what is added up."""

    text: str
    tone: str = ""  # breach, undetermined, no_breach, none_found, breach_found, unverified, unbound, hash
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
        else Cell(text=clean(value) or "–")
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
    row = [figures[n] if n in figures else "Total" if n == 0 else "" for n in range(len(table.columns))]
    return replace(table, total=tuple(Cell(text="") if value == "" else cells(value)[0] for value in row))


def capped(table: Table) -> Table:
    """At most SCREEN_ROWS of its rows; `more_in` says where the others are."""
    assert table.more_in, "what is left out must be found somewhere"
    return replace(table, rows=table.rows[:SCREEN_ROWS], all_rows=len(table.rows))


def listed(names: Iterable[str]) -> str:
    """`a, b and c`; `none` for nothing."""
    plain = [clean(name) for name in names]
    if not plain:
        return "none"
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"
