"""The sections about what was judged: what the sources support, windows, findings, what is undefined."""

from collections.abc import Iterable, Mapping, Sequence

from truceline.base.units import US_PER_S
from truceline.model.coverage import seen_permille
from truceline.model.finding import Outcome, Reason, Verdict, WindowCount
from truceline.model.mandate import Clause, Mandate, Party
from truceline.model.products import Judged, Products
from truceline.model.remark import Remark
from truceline.model.source import Source
from truceline.report.rulings import AGREES, compare_rulings, count_results
from truceline.report.totals import (
    Basis,
    Cell,
    Row,
    Scope,
    Table,
    capped,
    cells,
    clean,
    columns,
    listed,
    rate_words,
    seen_words,
    totalled,
    with_rate,
    without_blanks,
)

REASON_WORDS: Mapping[str, str] = {
    Reason.CONFLICT: "two clauses say opposite things and none prevails",
    Reason.SCOPE_DISPUTED: "whether the clause covers it is disputed",
    Reason.EXEMPTION_PENDING: "an exemption or a clause that prevails may apply",
    Reason.MEASUREMENT: "the error of a measured fact reaches over a limit",
    Reason.UNKNOWN_FACT: "a fact that the clause needs is not known",
    Reason.ONE_SIDED: "only a party's own record supports it",
    Reason.EVIDENCE: "the mandate's evidence standard is not met",
    Reason.PARTY: "it depends on whose act it was",
    Reason.CLAIMS_ONLY: "there is nothing but allegations",
    Reason.NOT_OBSERVED: "nobody could have seen enough to say",
}
VERDICT_WORDS: Mapping[str, str] = {
    Verdict.BREACH: "every fact of the clause surely holds, if the act was the addressee's",
    Verdict.NO_BREACH: "at least one fact of the clause surely does not hold",
}
_GRAVEST_FIRST = ("error", "warning", "note")
RATED = "Per watched day"  # a column, where coverage is known
NOT_SEEN = "coverage does not apply: nothing seen is counted here"
WHOLLY = "wholly inside: the recorded time lies wholly inside the period"
TOUCHING = "touching: the recorded time touches the period, so it may have been inside"


def verdict_cell(verdict: str, reason: str) -> Cell:
    """`undetermined: one-sided`: the verdict with its reason, never a colour alone."""
    plain = verdict.replace("_", " ")
    return Cell(text=f"{plain}: {reason}" if reason else plain, tone=verdict)


def verdict_counts(findings: Iterable[Row]) -> dict[str, int]:
    """Findings by verdict, each verdict there even where nothing has it."""
    counts = dict.fromkeys(map(str, Verdict), 0)
    for row in findings:
        counts[row["verdict"]] += 1
    return counts


def named_parties(products: Products) -> dict[str, str]:
    """Every party that a mandate, a claim or a source names, with its title, in that order."""
    names = {party.name: clean(party.title) for judged in products.judged for party in judged.mandate.parties}
    others = [source.party for source in products.mission.sources]
    others += [row[side] for row in products.claims.to_pylist() for side in ("claimant", "accused")]
    return names | {name: clean(name) for name in others if name and name not in names}


# --- what the sources support ------------------------------


def supports_table(judged: Judged, scope: Scope) -> Table:
    """Clause x addressee x reading: what may be said of the period, and no more."""
    rows = []
    parties = {party.name: party for party in judged.mandate.parties}
    assessments = judged.assessments.to_pylist()
    for clause in judged.mandate.clauses:
        if clause.modality == "allowed":
            continue
        for name in clause.parties:
            rows += _assessed(clause, parties[name], assessments, scope)
    table = Table(
        key=f"supports-{judged.mandate.name}",
        caption=f"{clean(judged.mandate.header.title)}: what the sources support",
        columns=columns(
            "Clause:6", "If the act was of:3", "Reading:3", "Outcome:5", "What the sources support:7",
            "Findings of breach#:3", "Undetermined#:3", "Claims#:2", "Coverage:3",
        ),
        rows=tuple(rows),
        coverage="coverage, clause by clause, is in the last column",
        nothing="This mandate has no clause that can be assessed.",
    )  # fmt: skip
    return without_blanks(table, "Reading")


def _assessed(clause: Clause, party: Party, assessments: Sequence[Row], scope: Scope) -> list[tuple[Cell, ...]]:
    name = clause_cell(clause)
    if party.unbound:
        why = f"{clean(party.title)} is not bound: {clean(party.unbound)}. No finding."
        return [cells(name, party.name, "", Cell(text="no finding", tone="unbound"), why, "", "", "", "not assessed")]
    mine = [row for row in assessments if (row["clause"], row["addressee"]) == (clause.name, party.name)]
    if not mine:
        why = "Not in force in the period of this report."
        return [
            cells(
                name,
                party.name,
                "",
                Cell(text="not assessed", tone="unbound"),
                why,
                "",
                "",
                "",
                "not assessed",
            )
        ]
    return [
        cells(
            name,
            row["addressee"],
            row["reading"],
            outcome_cell(row),
            _assessment_words(row, scope),
            row["breaches"],
            row["undetermined"],
            row["claims"],
            _seen_of(row),
        )
        for row in mine
    ]


def _seen_of(row: Row) -> str:
    """The coverage of one assessment, with the rate of its findings of breach."""
    share, ends_s = row["coverage_permille"], (row["from_s"], row["until_s"])
    if not row["breaches"] or None in ends_s:
        return seen_words(share)
    rate = rate_words(row["breaches"], share, (ends_s[1] - ends_s[0]) * US_PER_S)
    return with_rate(seen_words(share), f"breach: {rate}" if rate else "")


def clause_cell(clause: Clause) -> Cell:
    """A clause with its place in the text; one that nobody read against the text says so."""
    cited = f"{clause.name} ({clean(clause.cites)})"
    return Cell(text=cited, badge="unverified" if clause.unverified else "")


def _cited(clause: Clause) -> str:
    cell = clause_cell(clause)
    return f"{cell.text}, {cell.badge}" if cell.badge else cell.text


def outcome_cell(row: Row) -> Cell:
    """The outcome of an assessment with its reason."""
    words = {
        Outcome.BREACH_FOUND: "breach found",
        Outcome.NONE_FOUND: "none found",
        Outcome.UNDETERMINED: "undetermined",
    }
    plain = words[Outcome(row["outcome"])]
    return Cell(text=f"{plain}: {row['reason']}" if row["reason"] else plain, tone=row["outcome"])


def _assessment_words(row: Row, scope: Scope) -> str:
    words = clean(row["words"])
    words = words[:1].upper() + words[1:]
    from_us, until_us = (None if row[end] is None else row[end] * US_PER_S for end in ("from_s", "until_s"))
    if from_us is None or until_us is None or (from_us, until_us) == (scope.from_us, scope.until_us):
        return f"{words}."
    return f"{words}. Assessed for {scope.span(from_us, until_us)}."


def unbound_words(mandate: Mandate) -> list[str]:
    """One sentence for each party that the text names and does not bind."""
    return [
        f"{clean(party.title)} ({party.name}) is not bound by {clean(mandate.header.title)}: "
        f"{clean(party.unbound)}. It gets no finding under it."
        for party in mandate.parties
        if party.unbound
    ]


# --- windows ------------------------------


def window_tables(judged: Judged, basis: Basis) -> list[Table]:
    """For each clause and reading with a closed window: what each source recorded before, inside and after it."""
    grouped: dict[tuple[str, str], list[WindowCount]] = {}
    for count in judged.windows:
        grouped.setdefault((count.clause, count.reading), []).append(count)
    clauses = {clause.name: clause for clause in judged.mandate.clauses}
    tables = []
    for (clause, reading), counts in grouped.items():
        read = f", reading {reading}" if reading else ""
        tables.append(
            Table(
                key=f"window-{judged.mandate.name}-{clause}-{reading or 'only'}",
                caption=f"{clean(judged.mandate.header.title)}, clause {_cited(clauses[clause])}{read}: items",
                columns=columns(
                    "If the act was of:4", "Recorded by:5", "Period:2", "From, until:5",
                    "Wholly inside#:4", "Touching#:4", "Not stated whether covered#:3",
                ),
                rows=tuple(_window_row(count, basis) for count in _in_order(counts)),
                coverage=_window_seen(counts, basis),
            )
        )  # fmt: skip
    return tables


def _in_order(counts: Iterable[WindowCount]) -> list[WindowCount]:
    """Each addressee and source together; before, inside, after."""
    kept = list(counts)
    addressees = list(dict.fromkeys(count.addressee for count in kept))
    return sorted(kept, key=lambda count: (addressees.index(count.addressee), count.source_id, count.from_s))


def _window_row(count: WindowCount, basis: Basis) -> tuple[Cell, ...]:
    who = Cell(text=count.addressee, badge="" if count.bound else "not bound: comparison only")
    wholly, touching = (
        Cell(text=f"{number:,}{zero_words(count, basis.sources) if number == 0 else ''}", number=number)
        for number in (count.wholly, count.touching)
    )
    return cells(
        who,
        listed(source_words(basis.sources.get(one), one) for one in count.source_id.split("+")),
        count.which,
        basis.scope.span(count.from_s * US_PER_S, count.until_s * US_PER_S),
        wholly,
        touching,
        count.unstated,
    )


def zero_words(count: WindowCount, sources: Mapping[str, Source]) -> str:
    """What a zero of this source means: the accuser recorded none, which does not say that there was none."""
    source = sources.get(count.source_id)
    if source is None or source.kind == "mission":
        return ""
    if source.kind == "media":
        return " (none reported)"
    if count.addressee not in source.about:
        return " (the record does not state that it covers this)"
    return (
        " (none recorded by the accuser)"
        if source.party != count.addressee
        else f" (none recorded by {source.party} itself)"
    )


def _window_seen(counts: Sequence[WindowCount], basis: Basis) -> str:
    """Coverage of the three periods; one word where none is known."""
    spans = {count.which: (count.from_s * US_PER_S, count.until_s * US_PER_S) for count in counts}
    seen = {which: seen_permille(basis.coverage, counts[0].clause, *span) for which, span in spans.items()}
    if all(share is None for share in seen.values()):
        return "coverage not known in any of the periods"
    return "; ".join(f"{which}: {seen_words(share)}" for which, share in seen.items())


def source_words(source: Source | None, source_id: str = "") -> str:
    """A source by its id and footing, as it is printed beside a figure; the section on sources gives its name."""
    if source is None:
        return clean(source_id)
    if source.kind == "party_record":
        return f"{clean(source.id)} ({source.party}'s own record)"
    return f"{clean(source.id)} (media)" if source.kind == "media" else clean(source.id)


# --- findings ------------------------------


def verdict_table(basis: Basis) -> Table:
    """Findings that touch the period, by verdict and reason, each zero printed, under each mandate and in all."""
    scope, inside = basis.scope, [row for row in basis.findings if basis.scope.holds(row)]
    earlier = [row for row in basis.findings if scope.held_before(row)]
    names = [judged.mandate.name for judged in basis.products.judged]
    kinds = [
        (Verdict.BREACH, ""),
        *((Verdict.UNDETERMINED, reason) for reason in Reason),
        (Verdict.NO_BREACH, ""),
    ]
    rows = [
        cells(
            verdict_cell(verdict, str(reason)),
            REASON_WORDS[reason] if reason else VERDICT_WORDS[verdict],
            *(_matching(inside, verdict, str(reason), name) for name in names),
            _matching(inside, verdict, str(reason)),
            basis.rate_cell(_matching(inside, verdict, str(reason))),
            _matching(earlier, verdict, str(reason)),
        )
        for verdict, reason in kinds
    ]
    titles = [f"{clean(name)}#:2" for name in names]
    return totalled(
        without_blanks(
            Table(
                key="verdicts",
                caption="Findings that touch the period, by verdict",
                columns=columns(
                    "Verdict:5", "Meaning:7", *titles, "All#:2", f"{RATED}:2", f"{scope.before.capitalize()}#:2"
                ),
                rows=tuple(rows),
                coverage=basis.seen(),
                notes=(
                    (
                        "One event has one finding for each clause, addressee and reading that it concerns, so "
                        "findings are more than events. A finding says what follows if the act was the addressee's; "
                        "it says nothing about who acted."
                    ),
                ),
            ),
            RATED,
        ),
        *(sum(row["mandate"] == name for row in inside) for name in names),
        len(inside),
        len(earlier),
    )


def _matching(rows: Iterable[Row], verdict: str, reason: str, mandate: str = "") -> int:
    return sum((row["verdict"], row["reason"]) == (verdict, reason) and mandate in ("", row["mandate"]) for row in rows)


def addressee_table(basis: Basis) -> Table:
    """Findings by the party they are addressed to: the same columns for every party."""
    scope, inside = basis.scope, [row for row in basis.findings if basis.scope.holds(row)]
    earlier = [row for row in basis.findings if scope.held_before(row)]
    counts = verdict_counts(inside)
    parties = named_parties(basis.products)
    rows = []
    for name, title in parties.items():
        mine = [row for row in inside if row["addressee"] == name]
        figures = verdict_counts(mine)
        rows.append(
            cells(
                f"{title} ({name})",
                *figures.values(),
                len(mine),
                basis.rate_cell(len(mine)),
                sum(row["addressee"] == name for row in earlier),
            )
        )
    return totalled(
        without_blanks(Table(
            key="addressees",
            caption="Findings that touch the period, by addressee (if the act was its)",
            columns=columns("Addressee:5", *(f"{v.replace('_', ' ')}#:2".capitalize() for v in counts), "All#:2",
                            f"{RATED}:2", f"{scope.before.capitalize()}#:2"),
            rows=tuple(rows),
            coverage=basis.seen(),
            nothing="No party is named.",
        ), RATED),
        *counts.values(),
        len(inside),
        len(earlier),
    )  # fmt: skip


def findings_table(basis: Basis) -> Table:
    """Findings of breach, then the undetermined, each by time: what, where, on what, what would decide."""
    order = {Verdict.BREACH: 0, Verdict.UNDETERMINED: 1}
    shown = [row for row in basis.findings if row["verdict"] in order and basis.scope.holds(row)]
    shown.sort(
        key=lambda row: (
            order[row["verdict"]], row["earliest_at_us"], row["mandate"], row["clause"], row["addressee"],
            row["reading"], row["finding_id"],
        )
    )  # fmt: skip
    table = capped(
        Table(
            key="findings",
            caption="Findings of breach, then undetermined findings, each by time",
            columns=columns(
                "Finding:5", "Time:4", "Place:4", "Recorded:5", "Clause:4", "If the act was of:2", "Reading:3",
                "Verdict:4", "Further outcome:3", "Sources:4", "What would decide it:7",
            ),
            rows=tuple(_finding_row(row, basis) for row in shown),
            coverage=basis.seen(),
            nothing="No finding of breach and no undetermined finding touches the period: 0 and 0.",
            more_in="findings.csv",
            wide=True,
        )
    )  # fmt: skip
    return without_blanks(table, "Reading", "Further outcome")


def _finding_row(row: Row, basis: Basis) -> tuple[Cell, ...]:
    events = [basis.events[event_id] for event_id in row["event_ids"] if event_id in basis.events]
    places = list(dict.fromkeys(place_words(event) for event in events))
    happened = event_words(events[0]) if len(events) == 1 else f"{len(events)} events: {_together(events)}"
    outcome = row["outcome"].replace("_", " ")
    return cells(
        Cell(text=row["finding_id"], tone="hash"),
        basis.scope.when(row),
        listed(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "") if places else "no place",
        happened if events else "no event: nobody was seen to meet the obligation",
        f"{row['mandate']}: {row['clause']}",
        row["addressee"],
        row["reading"],
        verdict_cell(row["verdict"], row["reason"]),
        f"possibly {outcome[:-1]}" if outcome.endswith("?") else outcome,
        "; ".join(source_words(basis.sources.get(one), one) for one in row["sources"]) or "none that counts",
        "; ".join(map(clean, row["missing"])),
    )


def _together(events: Sequence[Row]) -> str:
    return listed(dict.fromkeys(event_words(event) for event in events[:3])) + (
        " and others" if len(events) > 3 else ""
    )


def place_words(event: Row) -> str:
    """The place's name; that it has coordinates only; or that none was stated."""
    if event["place_name"]:
        return clean(event["place_name"])
    return "place not stated" if event["lon_deg"] is None else "place without a name"


def event_words(event: Row) -> str:
    """`launch: 12 to 14 of strike drone (shahed)`: what was recorded, no sharper than it was."""
    low, high = event["count_lo"], event["count_hi"]
    act = clean(event["act"]).replace("_", " ") or "act not stated"
    if (low, high) == (0, 0):
        return f"{act}: looked and saw none"
    number = "number not stated" if low is None else f"{low} or more" if high is None else str(low)
    number += f" to {high}" if low is not None and high is not None and high != low else ""
    system, kind = (clean(event[name]).replace("_", " ") for name in ("weapon_system", "weapon_class"))
    weapon = f"{kind} ({system})" if system and kind else system or kind
    what = f"{act}: {number}" + (f" of {weapon}" if weapon else "")
    return what + (f", at a {clean(event['object_kind']).replace('_', ' ')}" if event["object_kind"] else "")


# --- the sources' own rulings ------------------------------


def ruling_tables(basis: Basis) -> list[Table]:
    """Ours beside what a source itself ruled: the count, then each ruling that differs; none without rulings."""
    rulings = compare_rulings(basis.products)
    names = [judged.mandate.name for judged in basis.products.judged]
    if not rulings:
        return []
    counted = {name: count_results(rulings, name) for name in names}
    counts = Table(
        key="rulings",
        caption="Beside the sources' own rulings (whole record): how many events",
        columns=columns("Ours and theirs:6", *(f"{clean(name)}#:2" for name in names)),
        rows=tuple(cells(result, *(counted[name][result] for name in names)) for result in counted[names[0]]),
        coverage=basis.seen(),
        notes=("A source's ruling is its own conclusion. It is kept beside ours and never judged on.",),
    )
    differing = [ruling for ruling in rulings if ruling.result != AGREES]
    listing = Table(
        key="rulings-differing",
        caption="Rulings that differ, that we leave undetermined, or that no clause concerns",
        columns=columns("Mandate:3", "Ruled on:3", "Place:4", "Theirs:4", "Ours:4", "Result:4", "Why:8"),
        rows=tuple(
            cells(
                each.mandate, each.name, each.place, each.ruling.replace("_", " "), each.found.replace("_", " "),
                each.result, each.words,
            )
            for each in differing
        ),
        coverage=basis.seen(),
        nothing="None: every ruling agrees.",
        more_in="findings.csv",
    )  # fmt: skip
    return [totalled(counts, *(sum(r.mandate == name for r in rulings) for name in names)), capped(listing)]


# --- what the checker says of the text ------------------------------


def remarks_table(judged: Judged) -> Table:
    """What `truceline check` lists, one row for each code, the gravest first."""
    grouped: dict[str, list[Remark]] = {}
    for remark in sorted(judged.remarks, key=lambda each: _GRAVEST_FIRST.index(each.severity)):
        grouped.setdefault(remark.code, []).append(remark)
    rows = []
    for code, mine in grouped.items():
        about = dict.fromkeys(remark.subject for remark in mine)
        rows.append(
            cells(
                f"{mine[0].severity}: {code}",
                len(mine),
                listed(about),
                " ".join(dict.fromkeys(clean(remark.words) for remark in mine)),
                clean(mine[0].suggestion),
            )
        )
    return totalled(
        Table(
            key=f"undefined-{judged.mandate.name}",
            caption=f"{clean(judged.mandate.header.title)}: what the text leaves undefined, contradicts or cannot keep",
            columns=columns(
                "Remark:3", "Times#:1", "About:4", "What the text says or does not say:9", "For example, write:5"
            ),
            rows=tuple(rows),
            coverage=NOT_SEEN,
            nothing="Nothing: 0 remarks.",
        ),
        len(judged.remarks),
    )
