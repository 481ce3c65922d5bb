"""The daily report as words and figures, each held once, so that screen and paper say the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from truceline.base.time import stamp
from truceline.model.finding import Outcome, Verdict
from truceline.model.products import Products
from truceline.model.source import Source
from truceline.report.coverage.section import (
    Strip,
    clause_words,
    clauses_table,
    duties_table,
    seen_of,
    strip_words,
    strips_of,
    views_table,
)
from truceline.report.footage import Still, footage_tables, footage_words, views_of
from truceline.report.geojson import Ground, ground_of
from truceline.report.judged import (
    TOUCHING,
    WHOLLY,
    addressee_table,
    findings_table,
    named_parties,
    remarks_table,
    ruling_tables,
    supports_table,
    unbound_words,
    verdict_counts,
    verdict_table,
    window_tables,
)
from truceline.report.tables import (
    casualties_table,
    claimants_table,
    claims_table,
    damage_table,
    feeds_table,
    hashes_table,
    rejects_table,
    restriction_kinds_table,
    restrictions_table,
    sources_table,
)
from truceline.report.totals import (
    Basis,
    Figure,
    KeyFigure,
    Row,
    Said,
    Section,
    Table,
    Timeline,
    basis_of,
    cells,
    check_rows,
    clean,
    columns,
    listed,
    rate_words,
    seen_words,
    sentence,
    timeline_of,
    totalled,
    with_rate,
)

if TYPE_CHECKING:
    from truceline.report.pages import Leaf

LEVEL = "Automatic; not reviewed by a person."
OWN, RECORD, MEDIA = "own", "record", "media"
CALM = (  # a zero of these could be read as calm
    "events recorded, by whichever source",
    "findings of breach, if the act was the addressee's",
)
CLAIMED, RESTRICTED = "claims by parties (never counted as events)", "restrictions on the mission"
TOLD = {  # what is told, not seen: coverage does not apply
    CLAIMED: "coverage does not apply: a claim is not something seen",
    RESTRICTED: "coverage does not apply: only what was reported to this record",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Every word and figure of the report."""

    title: str
    mission: str
    level: str
    cut_off: str
    known_at: str  # UTC stamp
    head: tuple[tuple[str, str], ...]
    notes: str
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    ground: Ground
    timeline: Timeline
    strips: tuple[Strip, ...]

    @property
    def foot(self) -> str:
        """The last line of the page."""
        return f"Cut-off: {self.cut_off}. Made by Truceline from the record alone."


def daily_report(products: Products, *, stills: Sequence[Still] = ()) -> ReportContent:
    """The whole report of the mission's period, every total reconciled.

    Args: stills: pictures of things seen in footage.
    Raises: TotalsError: a table does not add up, and there is no report; InputError: the period cannot be.
    """
    basis = basis_of(products)
    scope = basis.scope
    check_rows(products)
    ground, footing = ground_of(products, scope), _footing(basis)
    timeline, strips = timeline_of(basis, footing), strips_of(basis)
    return ReportContent(
        title=clean(products.mission.report.title) or "Daily report",
        mission=clean(products.mission.name),
        level=LEVEL,
        cut_off=f"{scope.moment(products.known_at_us)} ({scope.zone})",
        known_at=stamp(products.known_at_us),
        head=_head(basis),
        notes=clean(products.mission.notes),
        key_figures=_key_figures(basis),
        sections=(
            _summary(basis, footing),
            _supports(basis),
            _windows(basis),
            _where_and_when(basis, ground, timeline, footing),
            _findings(basis),
            *_footage(basis, stills),
            *_harm(basis),
            _claims(basis),
            _restrictions(basis),
            _coverage(basis, ground, strips),
            _undefined(basis),
            _sources(basis),
            _record(basis),
        ),
        ground=ground,
        timeline=timeline,
        strips=strips,
    )


def _footing(basis: Basis) -> dict[str, str]:
    """Event -> on what it rests at best: the mission's own sources, a party's own record, media."""
    observations = basis.products.observations
    ids, sources = (observations.column(name).to_pylist() for name in ("observation_id", "source_id"))
    kinds = {
        one: basis.sources[source].kind if source in basis.sources else ""
        for one, source in zip(ids, sources, strict=True)
    }
    found = {}
    for event_id, event in basis.events.items():
        mine = {kinds.get(member, "") for member in event["members"]}
        found[event_id] = OWN if "mission" in mine else RECORD if "party_record" in mine else MEDIA
    return found


def _head(basis: Basis) -> tuple[tuple[str, str], ...]:
    scope, products = basis.scope, basis.products
    return (
        ("Mission", clean(products.mission.name)),
        ("Period", f"{scope.span(scope.from_us, scope.until_us)} (the end is not part of it)"),
        ("Compared with", f"{scope.span(scope.before_us, scope.from_us)}: {scope.before}"),
        (
            "Cut-off",
            f"what was known at {scope.moment(products.known_at_us)} ({stamp(products.known_at_us)})",
        ),
        ("Time zone", f"{scope.zone}; all times are local to it unless marked Z (UTC)"),
        ("Mandates", listed(judged.mandate.header.title for judged in products.judged)),
        ("Product level", LEVEL),
    )


def _key_figures(basis: Basis) -> tuple[KeyFigure, ...]:
    findings = {verdict: [row for row in basis.findings if row["verdict"] == verdict] for verdict in Verdict}
    claims, impediments = (table.to_pylist() for table in (basis.products.claims, basis.products.impediments))
    counted: tuple[tuple[str, Sequence[Row]], ...] = (
        (CALM[0], list(basis.events.values())),
        (CALM[1], findings[Verdict.BREACH]),
        ("undetermined findings", findings[Verdict.UNDETERMINED]),
        ("findings of no breach", findings[Verdict.NO_BREACH]),
        (CLAIMED, claims),
        (RESTRICTED, impediments),
    )
    unread = basis.products.rejects.num_rows
    aside = KeyFigure(
        value=f"{unread:,}",
        label="rows of feeds set aside unread",
        beside="of all feeds, whatever their time",
        coverage="listed in rejects.csv",
    )
    return (*_counted(counted, basis), aside)


def _counted(counted: Sequence[tuple[str, Sequence[Row]]], basis: Basis) -> tuple[KeyFigure, ...]:
    """Each figure with its comparator and coverage; findings say under how many mandates they were counted."""
    scope, mandates = basis.scope, len(basis.products.judged)
    together = f"; under {mandates} mandates together" if mandates > 1 else ""
    return tuple(
        KeyFigure(
            value=f"{scope.count(rows):,}",
            label=label,
            beside=f"{scope.before}: {scope.count_before(rows):,}" + (together if "finding" in label else ""),
            coverage=TOLD.get(label) or basis.seen(scope.count(rows) or (0 if label in CALM else None)),
        )
        for label, rows in counted
    )


# --- summary ------------------------------


def _summary(basis: Basis, footing: dict[str, str]) -> Section:
    scope = basis.scope
    on = {kind: [event for key, event in basis.events.items() if footing[key] == kind] for kind in (OWN, RECORD, MEDIA)}
    words = [
        (
            "Counts are of what touches the period by its recorded time. "
            f"{sum(scope.astride(event) for event in basis.events.values())} of the events counted may have happened "
            "outside it. "
            f"For every figure here: {basis.seen()}. A low figure does not mean calm where little could be seen."
        )
    ]
    first_us = min((event["earliest_at_us"] for event in basis.events.values()), default=None)
    if first_us is None:
        words.append("The record holds no event at all, in the period or before it.")
    elif first_us > scope.before_us:
        words.append(
            f"The record begins on {scope.moment(first_us)}: the period for comparison is covered in part only."
        )
    return Section(
        key="summary",
        title="Summary",
        words=tuple(words),
        said=(
            Said(verb="Recorded", words=_recorded(basis, on[OWN])),
            Said(verb="Assessed as", words=_assessed(basis)),
            Said(verb="Followed up on reports of", words=_followed_up(basis, on[RECORD], on[MEDIA])),
            Said(verb="Could not verify", words=_not_confirmed(basis)),
        ),
    )


def _recorded(basis: Basis, own: Sequence[Row]) -> tuple[str, ...]:
    none_seen = [event for event in own if (event["count_lo"], event["count_hi"]) == (0, 0)]
    return (
        sentence(f"By whichever source: {basis.counted()}"),
        (
            f"The mission's own and independent sources recorded events: {basis.scope.beside(own)}. "
            f"Of these, records of having looked and seen none: {basis.scope.beside(none_seen)}."
        ),
    )


def _assessed(basis: Basis) -> tuple[str, ...]:
    now = verdict_counts(row for row in basis.findings if basis.scope.holds(row))
    before = verdict_counts(row for row in basis.findings if basis.scope.held_before(row))
    words = [
        "Findings: "
        + "; ".join(f"{v.replace('_', ' ')} {now[v]:,} ({basis.scope.before}: {before[v]:,})" for v in now)
        + ". Each holds if the act was the addressee's, and says nothing about who acted."
    ]
    for judged in basis.products.judged:
        outcomes = Counter(judged.assessments.column("outcome").to_pylist())
        words.append(
            f"Under {clean(judged.mandate.header.title)}, clauses by addressee and reading: "
            + "; ".join(f"{str(outcome).replace('_', ' ')} {outcomes[outcome]}" for outcome in Outcome)
            + "."
        )
    return tuple(words)


def _followed_up(basis: Basis, recorded: Sequence[Row], reported: Sequence[Row]) -> tuple[str, ...]:
    by_party: dict[str, list[Row]] = {name: [] for name in named_parties(basis.products)}
    source_of = _observed_by(basis)
    for event in recorded:
        keepers = {source_of[member].party for member in event["members"] if member in source_of}
        for party in keepers & by_party.keys():
            by_party[party].append(event)
    titles = named_parties(basis.products)
    words = [
        f"Events that rest on the own record of {titles[name]}, not independently confirmed: "
        f"{basis.scope.beside(rows)}."
        for name, rows in by_party.items()
    ]
    return (*words, f"Events that rest on media only: {basis.scope.beside(reported)}.")


def _observed_by(basis: Basis) -> dict[str, Source]:
    observations = basis.products.observations
    ids, sources = (observations.column(name).to_pylist() for name in ("observation_id", "source_id"))
    return {one: basis.sources[source] for one, source in zip(ids, sources, strict=True) if source in basis.sources}


def _not_confirmed(basis: Basis) -> tuple[str, ...]:
    claims, titles = basis.products.claims.to_pylist(), named_parties(basis.products)
    words = [
        f"Claims by {title}: {basis.scope.beside([row for row in claims if row['claimant'] == name])}."
        for name, title in titles.items()
    ]
    held = [row for row in basis.products.impediments.to_pylist() if basis.scope.holds(row)]
    prevented = list(dict.fromkeys(clean(row["not_verified"]) for row in held if row["not_verified"]))
    return (
        *words,
        f"Because of restrictions on the mission: {'; '.join(prevented) or 'nothing reported to this record'}.",
    )


# --- where and when ------------------------------


def _where_and_when(basis: Basis, ground: Ground, timeline: Timeline, footing: dict[str, str]) -> Section:
    shapes = listed(f"{shape.kind} {shape.name}" for shape in ground.shapes)
    undrawn = f" Not in the record, so not drawn: {listed(ground.missing)}." if ground.missing else ""
    drawn = f"{len(ground.placed)} of {len(ground.placed) + ground.unplaced} events of the period have a place"
    by_verdict = Counter(placed.verdict for placed in ground.placed)
    shown = "; ".join(f"{verdict.replace('_', ' ')} {number}" for verdict, number in sorted(by_verdict.items()))
    figures = (
        Figure(
            key="map",
            caption=f"Map: {drawn}; {ground.unplaced} have none and are not drawn. An event is drawn by the "
            "weightiest of its "
            f"findings; outlines show where it lies with 95 %. Lines and zones: {shapes}.{undrawn} "
            f"{sentence(basis.counted())} {seen_of(ground)}",
            alt=f"Map of lines, zones and placed events. {drawn}: {shown or 'none'}. {seen_of(ground)}",
            absent="" if ground.drawn else f"No map: none of the {ground.unplaced} events of the period has a place.",
        ),
        Figure(
            key="timeline",
            caption="Events by the local day on which their recorded time begins, and the recorded times "
            "themselves. Shaded: "
            "periods that clauses give. An hour that was not recorded is drawn as the whole day. "
            f"{sentence(basis.seen())}",
            alt="Timeline: "
            + "; ".join(f"{day.label} {sum(day.counts)}" for day in timeline.days if day.in_period)
            + ".",
        ),
    )
    return Section(
        key="where", title="Where and when", figures=figures, tables=(_days_table(basis, timeline, footing),)
    )


def _days_table(basis: Basis, timeline: Timeline, footing: dict[str, str]) -> Table:
    scope = basis.scope
    inside = [(key, event) for key, event in basis.events.items() if scope.holds(event)]
    days = [day for day in timeline.days if day.in_period]
    earlier = Counter(footing[key] for key, event in inside if event["earliest_at_us"] < scope.from_us)
    carried = [earlier[kind] for kind in (OWN, RECORD, MEDIA)]
    ends_us = [*(day.begin_us for day in days[1:]), scope.until_us]
    rows = [cells("Began before the period and reaches into it", *carried, sum(carried), "")]
    for day, end_us in zip(days, ends_us, strict=True):
        share, count = basis.share("", day.begin_us, end_us), sum(day.counts)
        seen = with_rate(seen_words(share), rate_words(count, share, end_us - day.begin_us))
        rows.append(cells(day.label, *day.counts, count, seen))
    stated = Counter(footing[key] for key, _ in inside)
    return totalled(
        Table(
            key="days",
            caption="Events that touch the period, by the day on which their recorded time begins",
            columns=columns(
                "Day:6",
                "Own and independent sources#:3",
                "A party's own record only#:3",
                "Media only#:3",
                "All#:2",
                "How much could be seen; events per watched day:7",
            ),
            rows=tuple(rows),
            coverage=basis.seen(),
        ),
        *(stated[kind] for kind in (OWN, RECORD, MEDIA)),
        len(inside),
    )


# --- the sections about what was judged ------------------------------


def _supports(basis: Basis) -> Section:
    words = ["For each clause, each party it may bind and each reading: what the sources support, and no more."]
    words += [sentence for judged in basis.products.judged for sentence in unbound_words(judged.mandate)]
    if not basis.products.judged:
        words.append("No mandate was judged.")
    tables = tuple(supports_table(judged, basis.scope) for judged in basis.products.judged)
    return Section(key="supports", title="What the sources support", words=tuple(words), tables=tables)


def _windows(basis: Basis) -> Section:
    tables = [table for judged in basis.products.judged for table in window_tables(judged, basis)]
    words = (
        (
            "Items recorded by each source, in the clause's own period and in the equal periods before and after it, "
            "by two rules. "
            f"{WHOLLY.capitalize()}. {TOUCHING.capitalize()}. The last column counts items of which it is not stated "
            "whether the "
            "clause covers them; they are in neither of the two. All directions are shown; figures for who is not "
            "bound are for "
            "comparison only."
        ),
    )
    nothing = (
        "No clause gives a closed period of 60 days or less, or no source counts anything against it: 0 tables.",
    )
    return Section(
        key="windows",
        title="Counts before, inside and after",
        words=words if tables else nothing,
        tables=tuple(tables),
    )


def _findings(basis: Basis) -> Section:
    tables = (verdict_table(basis), addressee_table(basis), *ruling_tables(basis), findings_table(basis))
    words = ("Findings of no breach are counted here and listed in findings.csv only.",)
    return Section(key="findings", title="Findings in the period", words=words, tables=tables)


# --- the sections about what came in ------------------------------


def _footage(basis: Basis, stills: Sequence[Still]) -> tuple[Section, ...]:
    """What pictures showed, where the mission has footage."""
    if not basis.products.footage.frames.num_rows:
        return ()
    figures = [
        Figure(
            key=f"footage-{number}",
            caption=f"What {view.source} showed of the ground, one picture every two seconds, and what was seen in it. "
            f"{sentence(basis.seen())}",
            alt=f"Map of {len(view.outlines)} outlines of pictures and {len(view.seen)} things seen.",
        )
        for number, view in enumerate(views_of(basis.products), start=1)
    ]
    figures += [
        Figure(key=f"still-{still.observation_id}", caption=still.caption, alt="Still of footage with its provenance.")
        for still in stills
    ]
    section = Section(
        key="footage",
        title="Footage: where it looked, and what it showed",
        words=footage_words(basis),
        figures=tuple(figures),
        tables=footage_tables(basis),
    )
    return (section,)


def _claims(basis: Basis) -> Section:
    words = (
        (
            "What the parties allege of each other, beside what was recorded. A claim is not an event, and no "
            "finding rests on one."
        ),
    )
    return Section(
        key="claims",
        title="Parties' claims beside what was recorded",
        words=words,
        tables=(claimants_table(basis), claims_table(basis)),
    )


def _harm(basis: Basis) -> tuple[Section, ...]:
    """Civilian casualties and damage, where the mission has a feed of either; without one, silence is no zero."""
    asked = {feed.holds for feed in basis.products.feeds}
    tables = [("casualties", casualties_table), ("damage", damage_table)]
    made = tuple(table(basis) for holds, table in tables if holds in asked)
    words = ("What sources state of harm to civilians. Nobody is named here, and no finding rests on these rows.",)
    section = Section(key="harm", title="Civilian casualties and damage", words=words, tables=made)
    return (section,) if made else ()


def _restrictions(basis: Basis) -> Section:
    count = basis.scope.beside(basis.products.impediments.to_pylist())
    asked = any(feed.holds == "impediments" for feed in basis.products.feeds)
    words = [f"Restrictions on the mission that were reported to this record: {count}."]
    if not asked:
        words.append("No feed of this mission holds restrictions, so a zero here does not say that access was free.")
    return Section(
        key="restrictions",
        title="Restrictions on the mission",
        words=tuple(words),
        tables=(restriction_kinds_table(basis), restrictions_table(basis)),
    )


def _coverage(basis: Basis, ground: Ground, strips: tuple[Strip, ...]) -> Section:
    words = [
        f"For the period as a whole: {basis.seen()}. Where little or nothing could be seen, a zero does not mean calm."
    ]
    if not basis.coverage:
        words.append("No source states what it could see: coverage not known.")
    words += clause_words(basis, ground)
    figures = (
        Figure(
            key="strips",
            caption=strip_words(strips, basis),
            alt="Where and when each clause could have been seen: " + "; ".join(strip.words for strip in strips) + ".",
        ),
    )
    tables = (clauses_table(basis, ground), *duties_table(basis), *views_table(basis))
    return Section(
        key="coverage", title="Coverage", words=tuple(words), figures=figures if strips else (), tables=tables
    )


def _undefined(basis: Basis) -> Section:
    words = (
        "What the command truceline check finds in the texts, the gravest first. Only who signed a text can mend it.",
    )
    tables = tuple(remarks_table(judged) for judged in basis.products.judged)
    return Section(
        key="undefined", title="What each text leaves undefined, contradicts or cannot keep", words=words, tables=tables
    )


def _sources(basis: Basis) -> Section:
    products = basis.products
    words = (
        (
            "Independence between sources is declared, never guessed. A row that could not be read is set aside with "
            "its reason."
        ),
    )
    return Section(
        key="sources",
        title="Sources and feeds",
        words=words,
        tables=(sources_table(basis), feeds_table(products), rejects_table(products)),
    )


def _record(basis: Basis) -> Section:
    held = sum(len(judged.certificates) for judged in basis.products.judged)
    words = (
        (
            f"Each finding of breach and each undetermined one has a certificate: {held} in this record. The command "
            "truceline explain FINDING prints the facts it used, with the way down to the raw bytes; truceline "
            "verify finds any "
            "altered byte of the record. The sums below are of the files that went in; sha256sum FILE gives those of "
            "your copies."
        ),
    )
    return Section(
        key="record",
        title="The record, and how to check it",
        words=words,
        tables=(hashes_table(basis.products),),
    )


def plain(content: "ReportContent | Leaf") -> Row:
    """Every word and figure as plain values, for JSON; what the pictures are drawn from stays out."""
    kept = {
        name: getattr(content, name) for name in ("title", "mission", "level", "cut_off", "known_at", "head", "notes")
    }
    kept["key_figures"] = [asdict(figure) for figure in content.key_figures]
    kept["sections"] = [asdict(section) for section in content.sections]
    for section, made in zip(content.sections, kept["sections"], strict=True):
        for table, values in zip(section.tables, made["tables"], strict=True):
            values |= {"left_on_screen": table.left_on_screen, "left_on_paper": table.left_on_paper}
    return kept
