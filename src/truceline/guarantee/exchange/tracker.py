"""The Ukraine Support Tracker's table of donors by month, as pledges: what each donor allocated and committed.

How its columns are read (release 29; the file itself states neither unit nor definitions), in billions of euros:
    financial, humanitarian, military   *allocated* in that month: specified in a package, or delivered
    total            their sum
    commitments      *promised* in that month, all strands together
    to_be_allocated  commitments less total: below 0 in months in which earlier promises were specified
    gdp, pct_gdp     of the donor; not read here
The unit follows from `pct_gdp`, which is `total` per hundred of `gdp`, and `gdp`, which is in billions.

Not stated by it, and therefore None or empty here: what was disbursed; how commitments divide into strands; which part
of an allocation was delivered; under which conditions; what comes next. A sum in euros of what was given to one country
in one war is nothing that a mission could count on: no quantity (`low`, `high`) is made of it.

The tracker states no licence: the file is not part of Truceline, whoever uses it fetches it from its publisher.
Source: Kiel Institute, Ukraine Support Tracker; its definitions of commitment and allocation of February 2024.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from truceline.base.canonical import sha256_hex
from truceline.base.errors import UnreadableError
from truceline.guarantee.exchange.cells import Cells, Reject, RowFaultError, dated, rejected, rows_of
from truceline.model.actor import Actor
from truceline.model.pledge import Money, Pledge

FILE = "data_explorer.csv"
STRANDS = ("financial", "humanitarian", "military")
_AMOUNTS = ("total", *STRANDS, "commitments", "to_be_allocated")
_NEEDED = ("country", "iso", "year", "month", *_AMOUNTS)
_NUMBER = re.compile(r"-?[0-9]{1,8}(\.[0-9]{1,20})?([eE]-?[0-9]{1,2})?")  # 1e-06 is how some programs write a small one
_EXACT = Context(prec=60)
_EUR_PER_BILLION = Decimal(10**9)
_MOST_BILLIONS = Decimal(5_000)  # in one month: keeps every sum of euros below 2^53
_ROUNDING_BILLIONS = Decimal("0.000002")  # four amounts of six decimals, each off by half of the last
_FIRST_YEAR, _LAST_YEAR = 2014, 2099
_ORGANISATIONS = {"EU": "EU (Commission and Council)"}
# ISO 3166-1 alpha-3, as of 2024: codes of states and territories; having one says nothing of recognition.
_ISO = frozenset(
    re.findall(
        "[A-Z]{3}",
        """
        ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS
        BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV
        CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM
        GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN
        IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE
        LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS
        MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK
        PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR
        SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY
        USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
        """,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file: every row was used or is among the rejects. `source` names it, with its hash."""

    actors: tuple[Actor, ...]
    pledges: tuple[Pledge, ...]
    rejects: tuple[Reject, ...]
    remarks: tuple[str, ...]
    source: str
    rows: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """One donor's month. Amounts in billions of euros, by column."""

    at: str
    iso: str
    country: str
    month: str  # 2025-03
    amounts: dict[str, Decimal]


def tracker_pledges(content: bytes, *, release: bytes | None) -> Imported:
    """Donors and what they allocated by strand and committed in all, in whole euros.

    For each donor: a pledge for each strand with an amount other than 0, `allocated`; and one for all strands,
    `committed`, whose sum holds what was allocated of it. Summing either column of money over pledges counts nothing
    twice. `since` is the interval from the first to the last month with an amount.

    Args:
        content: `data_explorer.csv`.
        release: `release_info.csv`, where there is one.

    Raises: UnreadableError, TooLargeError, UnknownNameError: either file as a whole; a column is missing.
    Limits: a sum is rounded once to a whole euro, half to even. A month without a row is nothing reported.
    """
    source = f"{_release_words(release)}; {FILE} sha256 {sha256_hex(content)}"
    months: list[_Month] = []
    rejects: list[tuple[int, Reject]] = []
    count = 0
    for at, cells in rows_of(content, needed=_NEEDED, optional=None, subject=FILE):
        count += 1
        try:
            months.append(_month(cells, at))
        except RowFaultError as fault:
            rejects.append((count, rejected(at, fault)))
    kept, doubled = _without_doubles(months)
    by_donor: dict[str, list[_Month]] = defaultdict(list)
    for month in kept:
        by_donor[month.iso].append(month)
    rejects += [(int(each.at.removeprefix("row ")), each) for each in doubled]
    assert count == len(kept) + len(rejects), "every row once: used or set aside"
    pledges = [pledge for iso in sorted(by_donor) for pledge in _pledges(iso, by_donor[iso], source)]
    return Imported(
        actors=tuple(_actor(iso, by_donor[iso]) for iso in sorted(by_donor)),
        pledges=tuple(pledges),
        rejects=tuple(each for _, each in sorted(rejects, key=lambda pair: pair[0])),
        remarks=tuple(_remarks(by_donor, len(rejects))),
        source=source,
        rows=count,
        used=len(kept),
    )


# --- rows -----------------------------------------------------------------------------------------------------------


def _month(cells: Cells | RowFaultError, at: str) -> _Month:
    """One row as read. Raises: RowFaultError."""
    if isinstance(cells, RowFaultError):
        raise cells
    where, iso = f"{FILE}, {at}", cells["iso"]
    if iso not in _ISO and iso not in _ORGANISATIONS:
        remedy = "Ask the publisher: a donor is an ISO 3166 alpha-3 code, or EU."
        raise RowFaultError("unknown-iso", f"{iso[:60]!r} is no code.", subject=f"{where}, iso", remedy=remedy)
    amounts = {column: _billions(cells[column], f"{where}, {column}") for column in _AMOUNTS}
    for column, amount in amounts.items():
        if amount < 0 and column != "to_be_allocated":
            remedy = "Ask the publisher which month it corrects; the donor's sums are without this row."
            raise RowFaultError("negative-amount", f"{amount}.", subject=f"{where}, {column}", remedy=remedy)
    total, promised = amounts["total"], amounts["commitments"]
    parts = sum((amounts[strand] for strand in STRANDS), Decimal())
    if max(abs(parts - total), abs(promised - amounts["to_be_allocated"] - total)) > _ROUNDING_BILLIONS:
        problem = f"strands sum to {parts}, commitments less to_be_allocated to {promised - amounts['to_be_allocated']}"
        remedy = "Ask the publisher which of them is right."
        raise RowFaultError("does-not-add-up", f"{problem}, total is {total}.", subject=where, remedy=remedy)
    return _Month(at=at, iso=iso, country=cells["country"], month=_year_month(cells, where), amounts=amounts)


def _billions(cell: str, where: str) -> Decimal:
    if not _NUMBER.fullmatch(cell):
        remedy = "Fetch the file again: plain numbers with a decimal point stand there."
        raise RowFaultError("broken-number", f"{cell[:60]!r} is no number.", subject=where, remedy=remedy)
    amount = _EXACT.create_decimal(cell)
    if abs(amount) > _MOST_BILLIONS:
        raise RowFaultError("beyond-belief", f"{cell} billions.", subject=where, remedy="Check the column's unit.")
    return amount


def _year_month(cells: Cells, where: str) -> str:
    year, month = cells["year"], cells["month"]
    digits = re.fullmatch("[0-9]{4}", year) and re.fullmatch("[0-9]{1,2}", month)
    if not digits or not (_FIRST_YEAR <= int(year) <= _LAST_YEAR and 1 <= int(month) <= 12):
        problem = f"year {year[:20]!r}, month {month[:20]!r}."
        raise RowFaultError("broken-month", problem, subject=where, remedy="Write such as 2025 and 3.")
    return f"{year}-{int(month):02}"


def _without_doubles(months: Iterable[_Month]) -> tuple[list[_Month], list[Reject]]:
    """Of a donor's month told twice, the first where they are the same, else none: nobody can say which is meant."""
    told: dict[tuple[str, str], list[_Month]] = defaultdict(list)
    for month in months:
        told[month.iso, month.month].append(month)
    kept: list[_Month] = []
    rejects: list[Reject] = []
    for same in told.values():
        alike = all(each.amounts == same[0].amounts for each in same)
        kept += same[:1] if alike else []
        for each in same[1 if alike else 0 :]:
            rows = ", ".join(other.at for other in same[:4])
            problem = f"{each.iso} {each.month} stands {len(same)} times ({rows}){', alike' if alike else ''}."
            fault = RowFaultError(
                "duplicate-donor-month",
                problem,
                subject=f"{FILE}, {each.at}",
                remedy="Ask the publisher which is meant.",
            )
            rejects.append(rejected(each.at, fault))
    return kept, rejects


# --- sums -----------------------------------------------------------------------------------------------------------


def _actor(iso: str, months: list[_Month]) -> Actor:
    names = list(dict.fromkeys(each.country for each in months if each.country))
    name = names[0] if names else iso
    kind = "organisation" if iso in _ORGANISATIONS else "state"
    return Actor(actor_id=iso, kind=kind, name=name, names=tuple(names[1:]))  # type: ignore[arg-type]


def _pledges(iso: str, months: list[_Month], source: str) -> Iterator[Pledge]:
    for strand in STRANDS:
        if told := [each for each in months if each.amounts[strand]]:
            yield Pledge(
                pledge_id=f"ust-{iso}-{strand}",
                actor_id=iso,
                strand=strand,
                capability=f"{strand} support",
                status="allocated",
                unit="EUR",
                source=source,
                since=dated(_period(told), subject=iso, basis="months with an allocation"),
                money=Money(allocated=_euros(told, strand)),
            )
    if told := [each for each in months if each.amounts["commitments"]]:
        yield Pledge(
            pledge_id=f"ust-{iso}-commitments",
            actor_id=iso,
            strand="all",
            capability="support, strands not told apart",
            status="committed",
            unit="EUR",
            source=source,
            since=dated(_period(told), subject=iso, basis="months with a commitment"),
            money=Money(committed=_euros(told, "commitments")),
        )


def _period(months: Iterable[_Month]) -> str:
    ordered = sorted(each.month for each in months)
    return f"{ordered[0]}/{ordered[-1]}"


def _euros(months: Iterable[_Month], column: str) -> int:
    total = Decimal()
    for each in months:
        total = _EXACT.add(total, each.amounts[column])
    return int(_EXACT.multiply(total, _EUR_PER_BILLION).to_integral_value(ROUND_HALF_EVEN))


def _remarks(by_donor: dict[str, list[_Month]], rejects: int) -> Iterator[str]:
    yield "Amounts are read as billions of euros; the file does not state its unit."
    yield "Allocated is specified or delivered, committed is promised; what was disbursed is not stated."
    yield "Commitments are not told apart by strand; what was allocated of them is part of their sum."
    yield "Sums of past support make no quantity: no requirement is met by them."
    if rejects:
        yield f"{rejects} rows were set aside; their donors' sums are without them."
    for iso in sorted(by_donor):
        names = dict.fromkeys(each.country for each in by_donor[iso])
        if len(names) > 1:
            yield f"{iso} has several names: {', '.join(name[:60] for name in list(names)[:5])}."
        if all(not amount for each in by_donor[iso] for amount in each.amounts.values()):
            yield f"{iso} has rows and no amounts: no pledge is made of them."


def _release_words(release: bytes | None) -> str:
    """How the release calls itself. Raises: UnreadableError, UnknownNameError, TooLargeError."""
    if release is None:
        return "Ukraine Support Tracker, release not stated"
    subject = "release_info.csv"
    rows = list(rows_of(release, needed=("release", "period", "date", "label"), optional=None, subject=subject))
    if len(rows) != 1 or isinstance(rows[0][1], RowFaultError):
        raise UnreadableError(
            f"{len(rows)} rows, one is awaited.", subject=subject, remedy="Fetch it again, or leave it out."
        )
    cells = rows[0][1]
    return f"{cells['label'][:200]}, of {cells['date'][:20]}"
