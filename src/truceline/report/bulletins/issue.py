"""From released rows to one issue of a bulletin: what it lists, what it counts, and that the counts add up."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import OutOfRangeError, UnreadableError
from truceline.base.time import from_us
from truceline.model.bulletin import (
    AUTOMATIC,
    FOOTINGS,
    LEVELS,
    Bulletin,
    BulletinClaim,
    BulletinFinding,
    BulletinItem,
    CaseLine,
    ChangeKind,
    Footing,
    Level,
    Part,
    Period,
    Restriction,
    Total,
)
from truceline.model.finding import Verdict
from truceline.model.impediment import IMPEDIMENT_KINDS
from truceline.model.source import Source
from truceline.model.vocabulary import CASUALTY_KINDS, DAMAGE_DEGREES
from truceline.report.bulletins.changes import changes_between
from truceline.report.bulletins.neutral import automatic_text
from truceline.report.bulletins.phrases import TOLD
from truceline.report.bulletins.reconcile import reconciliations
from truceline.report.geojson import ellipse_95
from truceline.report.totals import Row, clean, least_permille, reconcile

BY_A_PERSON = ("confirmed", "reviewed", "final")
LEAST_ERROR_M = 1_000  # a bulletin's place is never stated sharper, whatever it is given
_UNCOUNTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything an issue is made of: rows as they are released to whoever the bulletin is for, and nothing else.

    Tables are in the schemas of `model/`; columns may have been emptied by release. They reach over the period and
    its comparator; of a FLASH, `events` is the batch itself. `known_at_us`: everything known by then is in it.
    """

    events: pa.Table  # EVENTS
    findings: pa.Table  # FINDINGS
    claims: pa.Table  # CLAIMS
    impediments: pa.Table  # IMPEDIMENTS
    coverage: pa.Table  # COVERAGE
    known_at_us: int
    zone: str
    parties: tuple[tuple[str, str], ...]  # name and title, as the mandate declares them
    casualties: pa.Table | None = None  # CASUALTIES; None: the mission has no such feed
    damage: pa.Table | None = None  # DAMAGE
    footings: Mapping[str, Footing] = field(default_factory=dict)  # event -> on what it rests, as far as released
    rejected: tuple[str, ...] = ()  # events that a person rejected, where release no longer shows the row
    cases: tuple[CaseLine, ...] = ()
    attachments: tuple[tuple[str, str], ...] = ()  # file name and sha-256
    clauses: tuple[str, ...] = ()  # that forbid something: a count over all has the coverage of the least seen


def footings(events: pa.Table, observations: pa.Table, sources: Iterable[Source]) -> dict[str, Footing]:
    """Event -> on what it rests at best, from the observations that are released with it."""
    known = {source.id: source for source in sources}
    ids, said_by = (observations.column(name).to_pylist() for name in ("observation_id", "source_id"))
    source_of = dict(zip(ids, said_by, strict=True))
    found = {}
    for event_id, members in zip(*(events.column(name).to_pylist() for name in ("event_id", "members")), strict=True):
        mine = [known[source_of[each]] for each in members or () if source_of.get(each) in known]
        kinds = {source.kind for source in mine}
        if "mission" in kinds:
            found[event_id] = Footing(kind="own")
        elif "party_record" in kinds:
            keepers = sorted({source.party for source in mine if source.kind == "party_record"})
            found[event_id] = Footing(kind="record", parties=tuple(keepers))
        else:
            found[event_id] = Footing(kind="media" if kinds else "unstated")
    return found


def bulletin(
    level: Level, material: Material, *, period: Period, now_us: int, previous: Bulletin | None = None
) -> Bulletin:
    """One issue of a bulletin.

    Args:
        level: a FLASH lists what it is given, a FIN what its cases are about, every other level what touches the
            period by its recorded time.
        period: from `clocks`; now_us: when the issue is made.
        previous: the issue that this one supersedes: of the same level and period, or of a lower level.

    Raises: TotalsError: it does not add up; OutOfRangeError: `previous` cannot be superseded by it, or the material
        is from after `now_us`; UnreadableError: a row has no time.
    """
    if material.known_at_us > now_us:
        raise OutOfRangeError(
            f"the material was known at {material.known_at_us}, after {now_us}.",
            subject=level,
            remedy="Mend the clock.",
        )
    about = material.cases[0].case_id if level == "FIN" and material.cases else ""
    number = _issue_number(level, period, about, previous)
    scope = _Scope(level=level, material=material, period=period)
    listed = scope.listed(material.events)
    items = tuple(_item(row, scope) for row in listed)
    made = Bulletin(
        bulletin_id=bulletin_id(level, period, about, number),
        level=level,
        issue=number,
        about=about,
        period=period,
        cut_off_us=material.known_at_us,
        made_at_us=now_us,
        zone=material.zone,
        parties=tuple((name, clean(title)) for name, title in material.parties),
        items=items,
        findings=_findings(scope),
        totals=(),
        restrictions=_restrictions(scope),
        claims=_claims(scope),
        cases=() if level == "FLASH" else material.cases,
        supersedes=previous.bulletin_id if previous else "",
        changes=(),
        attachments=material.attachments,
    )
    whole = replace(made, totals=_totals(scope, made))
    check_totals(whole)
    return replace(whole, changes=changes_between(previous, whole, _gone(material) if previous else {}))


def bulletin_id(level: Level, period: Period, about: str, issue: int) -> str:
    """`FLASH-2027-03-04T0612Z-1`; a FIN also names its case: `FIN-2027-03-04T0612Z-case-7f3a-1`."""
    begin = from_us(period.from_us).strftime("%Y-%m-%dT%H%MZ")
    return "-".join(part for part in (level, begin, about, str(issue)) if part)


def _issue_number(level: Level, period: Period, about: str, previous: Bulletin | None) -> int:
    if previous is None:
        return 1
    same = (previous.level, previous.period, previous.about) == (level, period, about)
    if not same and LEVELS.index(previous.level) >= LEVELS.index(level):
        raise OutOfRangeError(
            f"it speaks of another period, case or a higher level than this {level}.",
            subject=previous.bulletin_id,
            remedy="An issue supersedes one of its own level and period, or one of a lower level.",
        )
    return previous.issue + 1 if same else 1


def check_totals(made: Bulletin) -> None:
    """Every total is the sum of its parts, in the period and in the comparator, and the length of what is listed.

    Raises: TotalsError, with the sum shown.
    """
    listed = {
        "events": len(made.items),
        "none_seen": sum((item.count_lo, item.count_hi) == (0, 0) for item in made.items),
        "footing": len(made.items),
        "reported_of": len(made.items),
        "claims": len(made.claims),
        "restrictions": len(made.restrictions),
        **{str(verdict): sum(one.verdict == verdict for one in made.findings) for verdict in Verdict},
    }
    for total in made.totals:
        what = f"{made.bulletin_id}: {total.key}"
        if total.key in listed:
            reconcile({"rows listed": listed[total.key]}, total.value, what)
        if total.parts:
            reconcile({part.name: part.value for part in total.parts}, total.value, what)
            if total.before is not None:
                reconcile({part.name: part.before or 0 for part in total.parts}, total.before, f"{what}, comparator")


# --- what an issue lists ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    level: Level
    material: Material
    period: Period

    def touching(self, table: pa.Table | None) -> list[Row]:
        """The rows of a table that touch the period."""
        return _rows(table, self.period.from_us, self.period.until_us)

    def listed(self, events: pa.Table) -> list[Row]:
        """The events that the issue lists, in the order of their times."""
        rows = _rows(events) if self.level in ("FLASH", "FIN") else self.touching(events)
        if self.level == "FIN":
            about = {each for case in self.material.cases for each in case.event_ids}
            rows = [row for row in rows if about & {row["event_id"], *(row.get("aliases") or ())}]
        counted = [row for row in rows if row["status"] != _UNCOUNTED]
        return sorted(counted, key=lambda row: (row["earliest_at_us"], row["event_id"]))

    def before(self, table: pa.Table | None) -> list[Row] | None:
        """The rows of a table that touch the comparator; None where this level has none."""
        if self.period.before_us == self.period.from_us:
            return None
        return _rows(table, self.period.before_us, self.period.from_us)

    def party_at(self, name: str) -> int:
        """Place of a party in the order declared: never in the order of names, which would treat one before another."""
        return next(
            (at for at, (one, _) in enumerate(self.material.parties) if one == name), len(self.material.parties)
        )

    @property
    def party_parts(self) -> tuple[str, ...]:
        """A part of a total for each party, in the order declared."""
        return tuple(f"party:{name}" for name, _ in self.material.parties)

    def party_part(self, name: str | None) -> str:
        """The part that a party's row belongs to."""
        return f"party:{name}" if f"party:{name}" in self.party_parts else "not_stated"

    def text(self, words: str | None) -> str:
        """A person's words; an automatic bulletin leaves out what a person would have to reword."""
        return automatic_text(clean(words or "")) if self.level in AUTOMATIC else clean(words or "")


def _rows(table: pa.Table | None, from_us: int | None = None, until_us: int | None = None) -> list[Row]:
    """The rows of a table; those that touch a half-open period where there is one."""
    if table is None:
        return []
    first, last = table["earliest_at_us"], table["latest_at_us"]
    lacking = pc.sum(pc.or_(pc.is_null(first), pc.is_null(last))).as_py()
    if lacking:
        raise UnreadableError(
            f"{lacking} of {table.num_rows} released rows have no time.",
            subject="bulletin",
            remedy="Take times out of what the release rules hide.",
        )
    if from_us is not None and until_us is not None:
        table = table.filter(pc.and_(pc.less(first, until_us), pc.greater_equal(last, from_us)))
    rows: list[Row] = table.to_pylist()
    return rows


def _item(row: Row, scope: _Scope) -> BulletinItem:
    footing = scope.material.footings.get(row["event_id"], Footing())
    named = scope.level != "FLASH"  # a FLASH names no party at all
    placed = row["lon_deg"] is not None and row["lat_deg"] is not None
    known = placed and row["cov_ee_m2"] is not None and row["cov_nn_m2"] is not None
    return BulletinItem(
        event_id=row["event_id"],
        also=tuple(row.get("aliases") or ()),
        status=row["status"] or "",
        earliest_us=row["earliest_at_us"],
        latest_us=row["latest_at_us"],
        act=row["act"] or "",
        weapon_class=row["weapon_class"] or "",
        object_kind=row["object_kind"] or "",
        count_lo=row["count_lo"],
        count_hi=row["count_hi"],
        place_name=scope.text(row["place_name"]),
        lon_cdeg=round(row["lon_deg"] * 100) if placed else None,
        lat_cdeg=round(row["lat_deg"] * 100) if placed else None,
        error_m=max(LEAST_ERROR_M, math.ceil(ellipse_95(row)[0])) if known else None,
        footing=replace(footing, parties=tuple(sorted(footing.parties, key=scope.party_at)) if named else ()),
        reported_of=tuple(sorted(row["parties"] or (), key=scope.party_at)) if named else (),
        disagreement=row["disagreement"] or "",
    )


def _findings(scope: _Scope) -> tuple[BulletinFinding, ...]:
    """A FLASH has none: each names an addressee."""
    if scope.level == "FLASH":
        return ()
    rows = _findings_listed(scope)
    rows.sort(key=lambda row: (row["earliest_at_us"], row["mandate"], row["clause"], row["finding_id"]))
    rows.sort(key=lambda row: scope.party_at(row["addressee"]))
    return tuple(
        BulletinFinding(
            finding_id=row["finding_id"],
            mandate=clean(row["mandate"] or ""),
            clause=clean(row["clause"] or ""),
            addressee=row["addressee"] or "",
            reading=clean(row["reading"] or ""),
            event_ids=tuple(row["event_ids"] or ()),
            verdict=row["verdict"] or "",
            reason=row["reason"] or "",
        )
        for row in rows
    )


def _findings_listed(scope: _Scope) -> list[Row]:
    if scope.level != "FIN":
        return scope.touching(scope.material.findings)
    about = {row["event_id"] for row in scope.listed(scope.material.events)}
    about |= {each for case in scope.material.cases for each in case.event_ids}
    return [row for row in _rows(scope.material.findings) if about & set(row["event_ids"] or ())]


def _restrictions(scope: _Scope) -> tuple[Restriction, ...]:
    rows = sorted(
        scope.touching(scope.material.impediments), key=lambda row: (row["earliest_at_us"], row["impediment_id"])
    )
    return tuple(
        Restriction(
            impediment_id=row["impediment_id"],
            kind=_kind(row["kind"]),
            area_of=row["area_of"] or "" if scope.level != "FLASH" else "",
            place_name=scope.text(row["place_name"]),
            earliest_us=row["earliest_at_us"],
            latest_us=row["latest_at_us"],
            reason_given=scope.text(row["reason_given"]),
            announced=row["announced"] or "",
            not_verified=scope.text(row["not_verified"]),
        )
        for row in rows
    )


def _claims(scope: _Scope) -> tuple[BulletinClaim, ...]:
    """Claims whose time touches the period, beside the whole of what is released; a FLASH has none."""
    if scope.level == "FLASH":
        return ()
    material = scope.material
    words = {row["claim_id"]: row["category"] or "" for row in material.claims.to_pylist()}
    beside = reconciliations(material.claims, material.events, coverage=material.coverage, footings=material.footings)
    rows = [
        row
        for row in beside.to_pylist()
        if row["earliest_at_us"] is None
        or row["latest_at_us"] is None
        or scope.period.holds(row["earliest_at_us"], row["latest_at_us"])
    ]
    rows.sort(key=lambda row: (row["earliest_at_us"] or 0, scope.party_at(row["claimant"]), row["claim_id"]))
    return tuple(
        BulletinClaim(
            claim_id=row["claim_id"],
            claimant=row["claimant"],
            accused=row["accused"],
            act=row["act"],
            category=clean(words[row["claim_id"]]),
            earliest_us=row["earliest_at_us"],
            latest_us=row["latest_at_us"],
            claimed_lo=row["claimed_lo"],
            claimed_hi=row["claimed_hi"],
            surely=row["surely"],
            possibly=row["possibly"],
            items_lo=row["items_lo"],
            items_hi=row["items_hi"],
            own=row["own"],
            record=row["record"],
            media=row["media"],
            unstated=row["unstated"],
            coverage_permille=row["coverage_permille"],
        )
        for row in rows
    )


def _gone(material: Material) -> dict[str, tuple[ChangeKind, str]]:
    """Why an event that an earlier issue listed may be missing from this one, as far as the released rows say."""
    found: dict[str, tuple[ChangeKind, str]] = {}
    kept = [name for name in ("event_id", "status", "aliases") if name in material.events.column_names]
    for row in material.events.select(kept).to_pylist():
        found[row["event_id"]] = ("rejected" if row["status"] == _UNCOUNTED else "outside", "")
        found |= dict.fromkeys(row.get("aliases") or (), ("merged", row["event_id"]))
    return found | dict.fromkeys(material.rejected, ("rejected", ""))


# --- what an issue counts ------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """One figure to be: its rows in the period and before it, and how they are told apart."""

    key: str
    now: Sequence[Row]
    before: Sequence[Row] | None
    names: tuple[str, ...] = ()  # of the parts, in the order printed; zeros are printed too
    part_of: Callable[[Row], str] | None = None


def _totals(scope: _Scope, made: Bulletin) -> tuple[Total, ...]:
    """Every figure, counted from the released rows; what is listed was arrived at another way, and must agree."""
    begin_us, end_us = scope.period.from_us, scope.period.until_us
    if scope.level == "FLASH" and made.items:  # it speaks of the time of its events, whenever they became known
        begin_us = min(item.earliest_us for item in made.items)
        end_us = max(item.latest_us for item in made.items) + 1
    coverage = scope.material.coverage.to_pylist()
    seen = least_permille(coverage, scope.material.clauses, begin_us, end_us)
    seen_before = least_permille(coverage, scope.material.clauses, scope.period.before_us, scope.period.from_us)
    totals = []
    for count in (*_event_counts(scope), *_other_counts(scope, made)):
        now = Counter(count.part_of(row) for row in count.now) if count.part_of else Counter()
        before = Counter(count.part_of(row) for row in count.before or ()) if count.part_of else Counter()
        compared = count.before is not None
        covered = count.key not in TOLD
        totals.append(
            Total(
                key=count.key,
                value=len(count.now),
                before=len(count.before) if count.before is not None else None,
                coverage_permille=seen if covered else None,
                before_coverage_permille=seen_before if covered and compared else None,
                parts=tuple(
                    Part(name=name, value=now[name], before=before[name] if compared else None) for name in count.names
                ),
            )
        )
    return tuple(totals)


def _event_counts(scope: _Scope) -> list[_Count]:
    events = scope.material.events
    now = scope.listed(events)
    earlier = scope.before(events)
    before = None if earlier is None else [row for row in earlier if row["status"] != _UNCOUNTED]
    counts = [
        _Count(key="events", now=now, before=before, names=("reviewed", "automatic"), part_of=_reviewed),
        _Count(key="none_seen", now=_zeros(now), before=None if before is None else _zeros(before)),
        _Count(
            key="footing",
            now=now,
            before=before,
            names=FOOTINGS,
            part_of=lambda row: scope.material.footings.get(row["event_id"], Footing()).kind,
        ),
    ]
    if scope.level == "FLASH":
        return counts
    names = (*scope.party_parts, "several", "not_stated")
    return [*counts, _Count(key="reported_of", now=now, before=before, names=names, part_of=_reported_of(scope))]


def _other_counts(scope: _Scope, made: Bulletin) -> list[_Count]:
    """Findings, claims, casualties, damage and restrictions; of a FLASH the restrictions alone."""
    counts, material = [], scope.material
    if scope.level != "FLASH":
        rows, parties = _findings_listed(scope), (*scope.party_parts, "not_stated")
        before = scope.before(material.findings)
        counts += [
            _Count(
                key=str(verdict),
                now=[row for row in rows if row["verdict"] == verdict],
                before=None if before is None else [row for row in before if row["verdict"] == verdict],
                names=parties,
                part_of=lambda row: scope.party_part(row["addressee"]),
            )
            for verdict in Verdict
        ]
        listed = {claim.claim_id for claim in made.claims}
        claims = material.claims.to_pylist()
        times = [pc.is_valid(material.claims[name]) for name in ("earliest_at_us", "latest_at_us")]
        dated = material.claims.filter(pc.and_(*times))
        counts.append(
            _Count(
                key="claims",
                now=[row for row in claims if row["claim_id"] in listed],
                before=scope.before(dated),
                names=parties,
                part_of=lambda row: scope.party_part(row["claimant"]),
            )
        )
        counts += _losses(scope)
    counts.append(
        _Count(
            key="restrictions",
            now=scope.touching(material.impediments),
            before=scope.before(material.impediments),
            names=IMPEDIMENT_KINDS,
            part_of=lambda row: _kind(row["kind"]),
        )
    )
    return counts


def _losses(scope: _Scope) -> list[_Count]:
    """Reports of casualties and damage by kind: never how many people, whom two sources may both count."""
    found = []
    for key, rows, column, names in (
        ("casualties", scope.material.casualties, "kind", CASUALTY_KINDS),
        ("damage", scope.material.damage, "degree", DAMAGE_DEGREES),
    ):
        if rows is not None:
            found.append(
                _Count(
                    key=key,
                    now=scope.touching(rows),
                    before=scope.before(rows),
                    names=(*names, "not_stated"),
                    part_of=_among(column, names),
                )
            )
    return found


def _among(column: str, names: Sequence[str]) -> Callable[[Row], str]:
    return lambda row: row[column] if row[column] in names else "not_stated"


def _zeros(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if (row["count_lo"], row["count_hi"]) == (0, 0)]


def _reviewed(row: Row) -> str:
    return "reviewed" if row["status"] in BY_A_PERSON else "automatic"


def _kind(kind: str | None) -> str:
    return kind if kind in IMPEDIMENT_KINDS else "other"


def _reported_of(scope: _Scope) -> Callable[[Row], str]:
    def part_of(row: Row) -> str:
        parties = row["parties"] or ()
        return "several" if len(parties) > 1 else scope.party_part(parties[0] if parties else "")

    return part_of
