"""Small random worlds: events, observations, placings and register entries that fall on the limits of one mandate."""

from dataclasses import dataclass

from hypothesis import strategies as st
from tests.mandate.strategies import T0_S, Seeded, mandate_of

from truceline.judge import Material, judge
from truceline.mandate import parse_mandate, print_mandate
from truceline.model import mandate as m
from truceline.model.batch import table
from truceline.model.catalogue import BY_SLUG
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.event import EVENTS
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.placing import PLACINGS
from truceline.model.source import Source
from truceline.model.vocabulary import MEANS, WEAPON_CLASSES, WEAPON_GROUPS
from truceline.terms import drawings_of

US = 1_000_000
Row = dict[str, object]


@dataclass(frozen=True, kw_only=True, repr=False)
class World:
    """A mandate and what happened under it."""

    mandate: m.Mandate
    material: Material

    def __repr__(self) -> str:
        """The text and the rows, for whoever reads a failing test."""
        tables = [
            f"{name}: {row}"
            for name in ("events", "observations", "placings", "notices")
            for row in getattr(self.material, name).to_pylist()
        ]
        return "\n".join([print_mandate(self.mandate), *tables])

    def _repr_pretty_(self, printer: object, _cycle: bool) -> None:
        printer.text(repr(self))

    @property
    def events(self) -> list[Row]:
        return self.material.events.to_pylist()

    @property
    def observations(self) -> list[Row]:
        return self.material.observations.to_pylist()


SOURCES = {
    source.id: source
    for source in (
        Source(id="own", name="own post", kind="mission"),
        Source(id="own_2", name="second post", kind="mission"),
        Source(id="twin", name="the second post again", kind="mission", group="own_2"),
        Source(id="paper", name="a newspaper", kind="media"),
        Source(id="log_0", name="log of P0", kind="party_record", party="P0", about=("P1",), acts=("fire",)),
        Source(id="log_1", name="log of P1", kind="party_record", party="P1", about=("P0",), acts=("fire",)),
    )
}
NOTHING = {"calibre_lo_mm": None, "calibre_hi_mm": None}


def material(
    *,
    events: list[Row] = (),
    observations: list[Row] = (),
    placings: list[Row] = (),
    notices: list[Row] = (),
    claims: list[Row] = (),
    coverage: list[Row] = (),
    sources: dict[str, Source] | None = None,
) -> Material:
    """Tables from plain rows."""
    return Material(
        events=table(list(events), EVENTS),
        observations=table(list(observations), OBSERVATIONS),
        placings=table(list(placings), PLACINGS),
        notices=table(list(notices), NOTICES),
        claims=table(list(claims), CLAIMS),
        coverage=table(list(coverage), COVERAGE),
        sources=SOURCES if sources is None else sources,
    )


def happening(at_s: int = T0_S, until_s: int | None = None, **attributes: object) -> Row:
    """The attributes of an event or observation; what is not given is unknown."""
    return {
        "earliest_at_us": at_s * US,
        "latest_at_us": (at_s if until_s is None else until_s) * US,
        "parties": [],
        "act": "",
        "weapon_system": "",
        "weapon_class": "",
        "object_kind": "",
        "count_lo": 1,
        "count_hi": 1,
        "place_name": "",
        "inventory": "",
        **attributes,
    }


def event(name: str, row: Row, members: list[str] = ()) -> Row:
    """An EVENTS row."""
    return {"event_id": name, "status": "reported", "members": list(members), "disagreement": "", **row}


def observation(name: str, row: Row, *, source: str = "own", means: str = "seen") -> Row:
    """An OBSERVATIONS row."""
    return {"observation_id": name, "source_id": source, "means": means, "happening": "", "remark": "", **row}


def placing(subject: str, feature: str, distance_mm: int, bound_mm: int = 0, side: int = 1) -> Row:
    """A PLACINGS row."""
    return {
        "subject_id": subject,
        "feature": feature,
        "geometry_sha256": "",
        "distance_mm": distance_mm,
        "bound_mm": bound_mm,
        "side": side,
    }


def given(to: str, at_s: int, until_s: int | None = None) -> Row:
    """What a NOTICES row says of how it was given."""
    last_s = at_s if until_s is None else until_s
    return {"given_to": to, "given_earliest_at_us": at_s * US, "given_latest_at_us": last_s * US}


def notice(register: str, party: str, first_s: int, last_s: int | None, **more: object) -> Row:
    """A NOTICES row; granted unless it says otherwise, for ever without an end."""
    return {
        "notice_id": f"{register}-{party}-{first_s}",
        "source_id": "own",
        "register": register,
        "party": party,
        "act": "",
        "zone": "",
        "weapon_class": "",
        "earliest_at_us": first_s * US,
        "latest_at_us": None if last_s is None else last_s * US,
        "status": "granted",
        "decided_by": "",
        "given_earliest_at_us": None,
        "given_latest_at_us": None,
        "given_to": "",
        **more,
    }


@st.composite
def worlds(
    draw: st.DrawFn, *, most_events: int = 4, most_clauses: int = 4, unsure: int = 2, observed: bool = True
) -> World:
    """A mandate and a few events. `unsure`: how many facts of each event are not exact. A seed is a world; Hypothesis
    makes a failing one smaller in events, clauses and unsure facts."""
    sizes = (st.integers(1, most_events), st.integers(1, most_clauses), st.integers(0, unsure))
    count, clauses, unsure = draw(st.tuples(*sizes))
    choose = Seeded(draw(st.integers(0, 2**48)))
    maker = _Maker(choose, mandate_of(choose, most_clauses=clauses), unsure)
    return maker.world(count, observed)


class _Maker:
    """Draws facts near the limits of one mandate."""

    def __init__(self, choose: Seeded, mandate: m.Mandate, unsure: int) -> None:
        self.choose, self.one, self.mandate, self.unsure = choose, choose.one, mandate, unsure
        self.acts = [act for clause in mandate.clauses for act in clause.acts]
        self.classes = [n for item in mandate.weapons for n in item.members if n in WEAPON_CLASSES] + ["mlrs"]
        self.times_s = _times_s(mandate)
        self.features = [drawing.feature for item in mandate.features for drawing in drawings_of(item)]

    def world(self, count: int, observed: bool) -> World:
        events, observations, placings = [], [], []
        for number in range(count):
            row = self.row()
            members = []
            for each in range(self.one(*range(4)) if observed else 0):
                name = f"obs-{number}-{each}"
                changed = row if self.one(True, False) else self.worse(row)
                source = self.one("own", *sorted(SOURCES))
                members.append(observation(name, changed, source=source, means=self.one(*MEANS)))
                placings += self.places(name)
            observations += members
            events.append(event(f"evt-{number}", row, [str(each["observation_id"]) for each in members]))
            placings += self.places(f"evt-{number}")
        notices = [self.notice(number) for number in range(self.one(*range(4)))]
        notices += [self.entry(each) for each in self.registers() if self.one(True, False)]
        tables = material(events=events, observations=observations, placings=placings, notices=notices)
        return World(mandate=self.mandate, material=tables)

    def row(self) -> Row:
        """One happening that mostly fits one of the clauses, exact in all but a few facts."""
        clause = self.one(*self.mandate.clauses)
        at_s = self.one(*_times_s(self.mandate, clause), *self.times_s) + self.one(-1, 0, 0, 0, 1)
        row = happening(
            at_s,
            parties=self.one([], [*clause.parties], [clause.parties[0]], ["P1"]),
            act=self.one(*clause.acts, *clause.acts, clause.acts[0], "present"),
            object_kind=self.one(*self.kinds(clause), "other"),
            count_lo=self.one(1, 1, 1, 0, 2, 3, None),
            inventory=self.one("", "inv-1", "inv-2"),
            confidence_permille=self.one(None, 500, 799, 800, 1_000),
        )
        row["count_hi"] = row["count_lo"] or 1
        row |= self.weapon(clause)
        for _ in range(self.one(*range(self.unsure + 1))):
            row = self.worse(row)
        return row

    def kinds(self, clause: m.Clause) -> list[str]:
        things = {item.name: item.members for item in self.mandate.objects}
        return [kind for name in clause.objects for kind in things.get(name, (name,))] * 3

    def weapon(self, clause: m.Clause) -> Row:
        items = {item.name: item for item in self.mandate.weapons}
        named = self.one(*clause.weapons, "tank")
        while named in items:
            item = items[named]
            named = self.one(*item.members, *item.members, *item.members, *item.excepted, *item.disputed)
        if named in BY_SLUG:
            system = BY_SLUG[named]
            calibre_mm = system.calibre_mm or None
            return {
                "weapon_system": system.slug,
                "weapon_class": system.weapon_class,
                "calibre_lo_mm": calibre_mm,
                "calibre_hi_mm": calibre_mm,
            }
        calibre_mm = self.one(99, 100, 122, 122, 123, None)
        leaf = self.one(*WEAPON_GROUPS.get(named, (named,)))
        return {"weapon_class": leaf, "calibre_lo_mm": calibre_mm, "calibre_hi_mm": calibre_mm}

    def worse(self, row: Row) -> Row:
        """The same happening, known less well in one fact."""
        return self.one(*WORSENINGS)(row)

    def places(self, subject: str) -> list[Row]:
        """Where it stands towards most features; the rest is not known."""
        found = []
        for feature in self.features:
            if self.one(True, True, True, True, True, False):
                bound_mm = self.one(0, 0, 0, 1, 2)
                distance_mm = self.one(*(max(0, 1_000 * far + off) for far in (0, 1, 2) for off in (-1, 0, 1)))
                found.append(placing(subject, feature, distance_mm, bound_mm, self.one(1, -1, 0)))
        return found

    def registers(self) -> list[m.Exemption]:
        """What opens a gate, lifts a clause, or takes an act out that was notified ahead (twice: it is rarely met)."""
        found = [m.Exemption(register=each.name, decider=each.verifier) for each in self.mandate.gates]
        found += [m.Exemption(register=each.name, decider=each.decider) for each in self.mandate.suspensions]
        return found + [each for form in _forms(self.mandate) for each in form.exemptions if each.to] * 2

    def entry(self, asked: m.Exemption) -> Row:
        """An entry that mostly is what the mandate asks for, from or until a moment at which something happens."""
        at_s = self.one(*self.times_s)
        spans = (at_s - 10**6, None), (at_s - 10**6, at_s), (at_s, at_s + 10**6), (at_s, None)
        first_s, last_s = self.one(spans[0], *spans)
        told: Row = {}
        if asked.to:
            told_s = self.one(*self.times_s) - asked.lead_s + self.one(-1, 0, 0, 1)
            told = self.one(given("", told_s, told_s + self.one(0, 0, 1, 2)), {})
            told["given_to"] = self.one(asked.to, asked.to, asked.to, "", "P1")
        return notice(
            asked.register,
            self.one("P0", "P0", "P1"),
            first_s,
            last_s,
            notice_id=f"{asked.register}-{at_s}-{self.one(*range(99))}",
            status=self.one("granted", "granted", "granted", "pending", "pending", "refused"),
            decided_by=self.one(asked.decider, asked.decider, "BodyB"),
            **told,
        )

    def notice(self, number: int) -> Row:
        """An entry that mostly covers everything, or begins or ends where something happens."""
        first_s, last_s = sorted((self.one(*self.times_s), self.one(*self.times_s)))
        if self.one(True, True, False):
            first_s, last_s = self.times_s[0] - 9, self.times_s[-1] + 9
        return notice(
            self.one("storage", "notified"),
            self.one("P0", "P0", "P1"),
            first_s + self.one(0, -1, 1),
            last_s + self.one(0, 1),
            notice_id=f"n{number}",
            act=self.one("", "", "", self.one(*self.acts)),
            zone=self.one("", "", "", "zone_0"),
            weapon_class=self.one("", "", "", self.one(*self.classes)),
            status=self.one("granted", "granted", "pending", "refused"),
            decided_by=self.one("", "BodyA", "BodyB", "P0"),
        )


def _forms(mandate: m.Mandate) -> list[m.Clause | m.FurtherOutcome]:
    return [form for clause in mandate.clauses for form in (clause, *clause.outcomes)]


def _times_s(mandate: m.Mandate, clause: m.Clause | None = None) -> list[int]:
    """Instants that the mandate, or one clause of it, names."""
    clauses = mandate.clauses if clause is None else (clause,)
    during = {each.during for each in clauses}
    periods = [item.period for item in clauses]
    periods += [each.period for dispute in mandate.disputes if dispute.name in during for each in dispute.readings]
    if clause is None:
        periods += [item.period for item in (*mandate.parties, *mandate.lines, *mandate.zones)]
    stated = {each for period in periods for each in (period.from_s, period.until_s)}
    stated |= {each.from_s for item in mandate.features for each in item.later}
    stated |= {each.by_s for each in clauses} | {mandate.header.in_force_s, T0_S}
    return sorted(each for each in stated if each is not None)


def _later(row: Row) -> Row:
    return row | {"latest_at_us": int(row["latest_at_us"]) + 2 * US}


def _earlier(row: Row) -> Row:
    return row | {"earliest_at_us": int(row["earliest_at_us"]) - 1}


def _groupless(row: Row) -> Row:
    group = [name for name, leaves in WEAPON_GROUPS.items() if row["weapon_class"] in leaves]
    return row | {"weapon_class": group[0] if group else ""}


WORSENINGS = (
    _later,
    _earlier,
    lambda row: row | {"act": ""},
    lambda row: row | {"object_kind": ""},
    lambda row: row | {"count_hi": None},
    lambda row: row | {"count_lo": 0},
    lambda row: row | {"weapon_system": ""},
    lambda row: row | {"weapon_class": ""},
    _groupless,
    lambda row: row | NOTHING,
    lambda row: row | {"calibre_lo_mm": max(0, (row["calibre_lo_mm"] or 1) - 1)},
)


def judged(text: str, *, now_s: int = T0_S + 10**9, **rows: object) -> list[Row]:
    """FINDINGS rows for a mandate's text and plain rows."""
    mandate = parse_mandate(text, name="truce", source="truce.truce")
    return judge(material(**rows), mandate=mandate, now_s=now_s).findings.to_pylist()


def seen(
    name: str, row: Row, *, source: str = "own", means: str = "seen", **places: tuple[int, ...]
) -> dict[str, list[Row]]:
    """One event with one observation of it, both standing where `places` says (feature=(distance, bound, side))."""
    member = f"{name}-obs"
    placed = [placing(each, feature, *at) for each in (name, member) for feature, at in places.items()]
    return {
        "events": [event(name, row, [member])],
        "observations": [observation(member, row, source=source, means=means)],
        "placings": placed,
    }


def together(*parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Several of those as one."""
    return {key: [row for part in parts for row in part.get(key, [])] for key in ("events", "observations", "placings")}
