"""Bulletins on their clocks: made of what is released to whom they are for, kept whole, each issue an entry.

FLASH, TL-1 and TL-2 are the mission's own. RVB and FIN are what all parties get alike: made of the rows that any party
is released whoever it is, so that both read the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import sha256_hex
from truceline.base.errors import TrucelineError
from truceline.base.time import from_us, stamp, zone_of
from truceline.model.account import MISSION, Recipient
from truceline.model.bulletin import LANGUAGES, Bulletin, CaseLine, Dissent, Level, Period, Reply
from truceline.model.entry import Entry
from truceline.model.review import REJECTED
from truceline.release import release
from truceline.report import render as daily
from truceline.report.bulletins import (
    Clock,
    Material,
    bulletin,
    bulletin_of,
    final_due_us,
    final_period,
    footings,
    json_bytes,
    latest_us,
    next_due,
    period_of,
    periods,
    render,
)
from truceline.respond import CaseState, event_of, timer_of
from truceline.run.live.desk import Desk
from truceline.run.live.state.books import CODE, Issued
from truceline.run.live.writer import Planned

ALIKE = Recipient(kind="party", party="*")  # a party that is none: what every party gets, and nothing of its own
OWN_LEVELS: tuple[Level, ...] = ("FLASH", "TL-1", "TL-2")
_TAKES_FURTHER: dict[Level, Level] = {"TL-1": "FLASH", "TL-2": "TL-1", "FIN": "RVB"}
CLOCKED: tuple[Level, ...] = ("TL-1", "TL-2", "RVB")
MOST_MISSED = 3  # issues of a level that are made up for after a standstill


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an issue speaks of besides its period: a FLASH of events, a FIN of its case; empty: whatever there is."""

    events: tuple[str, ...] | None = None
    cases: tuple[CaseState, ...] | None = None


WHATEVER = About()


@dataclass(slots=True)
class Issuing:
    """Makes the bulletins of one desk, on the watch's thread."""

    desk: Desk
    since_us: int = 0  # what became known later is due in a FLASH
    failures: dict[str, str] = field(default_factory=dict)  # bulletins that could not be made, and why

    def __post_init__(self) -> None:
        self.since_us = self.desk.now_us()

    def issue_due(self) -> None:
        """Every bulletin that is due by now."""
        now_us = self.desk.now_us()
        clock = Clock(zone=self.desk.mission.zone, cut_off_hour=self.desk.mission.serve.cut_off_hour)
        for minute_us, events in self._fresh(clock).items():
            if now_us >= next_due("FLASH", clock=clock, last_us=minute_us):
                self._issue("FLASH", period_of("FLASH", clock=clock, at_us=minute_us), About(events=tuple(events)))
        for level in CLOCKED:
            for period in periods(level, clock=clock, after_us=self._last_us(level), until_us=now_us)[-MOST_MISSED:]:
                if level != "RVB" or now_us >= latest_us("RVB", period) or not self._unreviewed(period):
                    self._issue(level, period)
        for case in list(self.desk.books.cases.cases.values()):
            self._final(case, now_us)

    def _fresh(self, clock: Clock) -> dict[int, list[str]]:
        """Events that no FLASH has told of yet, by the minute in which they became known."""
        found: dict[int, list[str]] = {}
        for event_id, known_us in list(self.desk.books.unflashed.items()):
            found.setdefault(period_of("FLASH", clock=clock, at_us=known_us).from_us, []).append(event_id)
        return found

    def _unreviewed(self, period: Period) -> bool:
        """Whether somebody has still to look at an event of the period: its reviewed bulletin waits, for a day."""
        rows = self.desk.own("event")
        waiting = rows.filter(pc.equal(rows["status"], "preliminary"))
        times = (waiting[name].to_pylist() for name in ("earliest_at_us", "latest_at_us"))
        return any(first is not None and period.holds(first, last) for first, last in zip(*times, strict=True))

    def again(self, bulletin_id: str) -> str:
        """A new issue of a bulletin, with what is known now; the one that it supersedes stays. Its id, or the same.

        Raises: UnknownNameError, TotalsError, NeutralityError.
        """
        before = self.desk.issued(bulletin_id)
        previous = bulletin_of(self.desk.content(before.content))
        case = self.desk.books.cases.cases.get(before.about)
        return self._made(previous.level, previous.period, About(cases=(case,) if case else None), previous)

    def _last_us(self, level: Level) -> int:
        ended = [each.until_us for each in list(self.desk.books.issued.values()) if each.level == level]
        return max(ended, default=self.since_us)

    def _final(self, case: CaseState, now_us: int) -> None:
        if not case.ended or any(each.about == case.case_id for each in list(self.desk.books.issued.values())):
            return
        line = self._line(case)
        due_us = final_due_us(line, case.procedure.parties)
        spans = self._spans(case)
        told = self.desk.released_some("case", {case.case_id}, ALIKE).num_rows
        if due_us is None or now_us < due_us or not spans or not told:
            return
        self._issue("FIN", final_period(spans), About(cases=(case,)))

    def _issue(self, level: Level, period: Period, about: About = WHATEVER) -> None:
        """Make one; one that cannot be made is named in `failures`, and tried again when it is due again."""
        name = f"{level} {stamp(period.from_us)}"
        try:
            self._made(level, period, about, self._before(level, period))
            self.failures.pop(name, None)
        except TrucelineError as error:
            self.failures[name] = str(error)

    def _before(self, level: Level, period: Period) -> Bulletin | None:
        """The latest issue that this one takes further: of a lower level made for the same readers; None: none."""
        lower: Level | None = _TAKES_FURTHER.get(level)
        inside = [
            each
            for each in list(self.desk.books.issued.values())
            if each.level == lower and each.from_us < period.until_us and each.until_us > period.from_us
        ]
        if not inside:
            return None
        return bulletin_of(self.desk.content(max(inside, key=lambda each: each.at_us).content))

    def _made(self, level: Level, period: Period, about: About, previous: Bulletin | None) -> str:
        now_us = self.desk.now_us()
        material = self._material(MISSION if level in OWN_LEVELS else ALIKE, now_us, about)
        attached = self._daily_report(period) if level == "RVB" else {}
        named = tuple((name, sha256_hex(content)) for name, content in sorted(attached.items()))
        material = replace(material, attachments=named)
        made = bulletin(level, material, period=period, now_us=now_us, previous=previous)
        files = {name: content for language in LANGUAGES for name, content in render(made, language).items()}
        self.desk.writer.ask(lambda: self._planned(made, files, attached, about.events or ())).result()
        return made.bulletin_id

    def _daily_report(self, period: Period) -> dict[str, bytes]:
        """The mission's own report on the local days of the period, file by file.

        Nothing before the first round, and nothing where only a part of the store is held: `truceline run` writes it.
        """
        products = self.desk.products
        if products is None or self.desk.archive is not None:
            return {}
        zone = zone_of(self.desk.mission.zone)
        first, last = (from_us(at_us).astimezone(zone).date() for at_us in (period.from_us, period.until_us - 1))
        dates = replace(
            self.desk.mission.report, from_date=first.isoformat(), until_date=(last + timedelta(days=1)).isoformat()
        )
        return daily(replace(products, mission=replace(self.desk.mission, report=dates)))

    def _planned(
        self, made: Bulletin, files: dict[str, bytes], attached: dict[str, bytes], events: Sequence[str]
    ) -> Planned:
        kept = {name: self.desk.put(content) for name, content in files.items()}
        beside = [self.desk.put(content) for content in attached.values()]
        content = sha256_hex(json_bytes(made))
        detail: dict[str, object] = {
            "level": made.level,
            "issue": made.issue,
            "about": made.about,
            "at_us": made.made_at_us,
            "from_us": made.period.from_us,
            "until_us": made.period.until_us,
            "supersedes": made.supersedes,
            "content": content,
            "files": kept,
            "events": list(events),
            "attached": dict(zip(attached, beside, strict=True)),
        }
        entry = Entry(
            kind="bulletin",
            subject=made.bulletin_id,
            author=CODE,
            known_at=stamp(made.made_at_us),
            hashes=tuple(dict.fromkeys((*kept.values(), *beside))),
            detail=detail,
        )
        return Planned(subject=made.bulletin_id, entries=(entry,))

    def _material(self, to: Recipient, now_us: int, about: About) -> Material:
        desk, own = self.desk, self.desk.own("event")
        rows = desk.table("event", to)
        if about.events is not None:
            rows = rows.filter(pc.is_in(rows["event_id"], value_set=pa.array(about.events, pa.string())))
        chosen = about.cases
        if chosen is None:
            released = set(desk.table("case", to)["case_id"].to_pylist())
            chosen = tuple(case for name, case in list(desk.books.cases.cases.items()) if name in released)
        return Material(
            events=rows,
            findings=desk.table("finding", to),
            claims=desk.table("claim", to),
            impediments=desk.table("impediment", to),
            coverage=desk.table("coverage", to),
            clauses=tuple(
                dict.fromkeys(
                    clause.name
                    for mandate in desk.mandates
                    for clause in mandate.clauses
                    if clause.modality == "prohibited"
                )
            ),
            casualties=desk.table("casualty", to),
            damage=desk.table("damage", to),
            footings=footings(rows, desk.table("observation", to), desk.mission.sources),
            known_at_us=now_us,
            zone=desk.mission.zone,
            parties=self._parties(),
            rejected=tuple(own.filter(pc.equal(own["status"], REJECTED))["event_id"].to_pylist()),
            cases=tuple(self._line(case, quoted=about.cases is not None) for case in chosen),
        )

    def _parties(self) -> tuple[tuple[str, str], ...]:
        found = {party.name: party.title for mandate in self.desk.mandates for party in mandate.parties}
        return tuple(found.items())

    def _spans(self, case: CaseState) -> list[tuple[int, int]]:
        rows = release(
            self.desk.own("event"), kind="event", to=MISSION, rules=self.desk.mission.release, terms=self.desk.terms()
        )
        mine = rows.filter(pc.is_in(rows["event_id"], value_set=pa.array(case.opening.event_ids, pa.string())))
        return [
            (first, last)
            for first, last in zip(mine["earliest_at_us"].to_pylist(), mine["latest_at_us"].to_pylist(), strict=True)
            if first is not None and last is not None
        ]

    def _line(self, case: CaseState, *, quoted: bool = True) -> CaseLine:
        """A case as a bulletin prints it: where it stands, what the parties replied, who dissented.

        Only the final bulletin of a case quotes: what a party replied before is between it and the mission.
        """
        events = [event_of(entry) for _, entry in self.desk.entries("case", case.case_id)]
        parties = case.procedure.parties
        timer = timer_of(case)
        said = [each for each in events if quoted and each.words and each.actor]
        return CaseLine(
            case_id=case.case_id,
            event_ids=case.opening.event_ids,
            step=case.stands.place,
            due_us=timer.due_at_us if timer else 0,
            ended=case.ended,
            ended_us=case.at_us(case.stands.at_s) if case.ended else 0,
            replies=tuple(
                Reply(party=each.actor, at_us=each.at_us, words=each.words)
                for each in said
                if each.actor in parties and each.kind in ("replied", "self_reported", "acted", "clarified")
            ),
            dissents=tuple(
                Dissent(actor=each.actor, at_us=each.at_us, words=each.words)
                for each in said
                if each.kind in ("voted", "objected")
            ),
        )


def listed(issued: Iterable[Issued]) -> list[Issued]:
    """Bulletins, the latest first."""
    return sorted(issued, key=lambda each: (each.at_us, each.bulletin_id), reverse=True)
