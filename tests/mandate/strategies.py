"""Random whole mandates, in the nouns of `model/`: every form the language has, with every name declared.

`mandates()` is wide (any text, zone, date); `mandate_of(Seeded(…))` is narrow and fast, for random worlds.
"""

import random
from dataclasses import replace

from hypothesis import strategies as st

from truceline.base.time import days_later_s
from truceline.base.units import S_PER_UNIT
from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES

T0_S = 1_735_689_600  # 2025-01-01T00:00Z
ZONES = ("UTC", "Europe/Kyiv", "+03:00", "-04:30", "Asia/Beirut", "Australia/Lord_Howe", "America/St_Johns")
AT_NIGHT_S = (1_761_436_800, 1_761_438_600, 1_761_440_400, 1_743_296_400)  # around changes of clocks in Kyiv, 2025
NEAR_M = (0, 1, 2, 5, 15_000, 25_000)
NEAR_S = tuple(T0_S + each for each in (0, 1, 2, 10, 3_600, 86_400))
AFTER_ENTRY = ("0s", "1s", "2s", "10s", "60min", "36h", "1d", "2d", "11d")
LEADS_S = (0, 1, 2, 3_600)
TAKEN_S = (0, 1, 60, 5_400, 86_400, 172_800, 259_200)  # how long something takes or may take
FINDING_ACTIONS = ("visits", "decides")
OTHER_ACTIONS = (
    "informs",
    "requests",
    "replies",
    "withdraws",
    "repairs",
    "convenes",
    "suspends",
    "refers",
    "publishes",
)
ENDS = ("remedied", "answered", "unfounded", "impasse")

words = st.text(st.characters(exclude_characters='"\n', exclude_categories=("Cs",)), max_size=10)
any_instant_s = st.one_of(
    st.integers(T0_S - 40 * 365 * 86_400, T0_S + 40 * 365 * 86_400),
    st.sampled_from(AT_NIGHT_S).flatmap(lambda at: st.integers(at - 7_200, at + 7_200)),
    st.sampled_from(NEAR_S),
)
any_distance_m = st.one_of(st.sampled_from(NEAR_M), st.integers(0, 2_000_000))


class Drawn:
    """Choices that Hypothesis makes and can make smaller: any text, instant and distance."""

    wide = True

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.shuffled = lambda items: draw(st.permutations(items))
        self.text = lambda: draw(words)
        self.instant_s = lambda: draw(any_instant_s)
        self.distance_m = lambda: draw(any_distance_m)

    def one(self, *choices):
        return self.draw(st.sampled_from(choices))

    def some(self, choices, least=0, most=3):
        """A few different ones of `choices`, in any order."""
        kept = list(choices)
        drawn = st.lists(st.sampled_from(kept), min_size=least, max_size=most, unique=True) if kept else None
        return tuple(self.draw(drawn)) if drawn is not None else ()


class Seeded:
    """Choices that one seed makes, twenty times as fast; limits lie close together, so that facts fall on them."""

    wide = False

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.instant_s = lambda: self.one(*NEAR_S)
        self.distance_m = lambda: self.one(0, 1, 2)
        self.text = lambda: "words"

    def one(self, *choices):
        return self.chance.choice(choices)

    def some(self, choices, least=0, most=3):
        kept = list(dict.fromkeys(choices))
        return tuple(self.chance.sample(kept, self.chance.randint(min(least, len(kept)), min(most, len(kept)))))

    def shuffled(self, items):
        return self.chance.sample(items, len(items))


Chooser = Drawn | Seeded


@st.composite
def mandates(draw: st.DrawFn) -> m.Mandate:
    """A whole mandate, any text in it."""
    return mandate_of(Drawn(draw), most_clauses=5)


def mandate_of(choose: Chooser, *, most_clauses: int) -> m.Mandate:
    """A whole mandate, as somebody chooses. Not `wide`: a precision that facts can meet, and UTC."""
    wide = choose.wide
    text = choose.one("", "signed.md")
    header = m.Header(
        title=choose.text(),
        in_force_s=choose.instant_s(),
        text=text,
        text_sha256=choose.one("", "0123456789abcdef" * 4) if text else "",
        days=choose.one("calendar", "working"),
        zone=choose.one(*ZONES) if wide else "UTC",
        precision_s=choose.one(*(0, 1, 60, 5_400) if wide else (0, 0, 1, 2)),
        precision_m=choose.one(*(0, 1, 250, 3_000) if wide else (0, 0, 1)),
        edges=choose.one("geodesic", "planar_lonlat"),
        coverage_permille=choose.one(None, 0, 5, 80, 800, 950, 1_000),
    )
    writer = _Writer(choose, header)
    parties = writer.parties()
    bodies = writer.bodies(parties)
    mandate = m.Mandate(
        name=choose.one("truce", "a mandate"),
        header=header,
        parties=writer.under(parties, bodies),
        bodies=bodies,
        lines=writer.lines,
        zones=(*writer.zones, *writer.sites(bodies)),
        weapons=writer.weapons(),
        objects=writer.objects(),
        standards=writer.standards(),
        disputes=writer.disputes(),
        gates=writer.gates(bodies),
        responses=writer.responses(parties, bodies),
    )
    mandate = replace(mandate, domains=writer.domains(mandate))
    mandate = replace(mandate, clauses=writer.clauses(mandate, most_clauses))
    classes = list(dict.fromkeys(each.breach_class for each in mandate.clauses if each.breach_class))
    mandate = replace(mandate, watches=writer.watches(mandate))
    return replace(
        mandate,
        attribution=writer.attribution(mandate, classes),
        suspensions=writer.suspensions(mandate, classes),
    )


class _Writer:
    """Chooses one item after the other; later items use the names of earlier ones."""

    def __init__(self, choose: Chooser, header: m.Header) -> None:
        self.choose, self.one, self.some, self.header = choose, choose.one, choose.some, header
        self.text, self.distance_m, self.instant_s = choose.text, choose.distance_m, choose.instant_s
        self.lines: tuple[m.Line, ...] = ()
        self.zones: tuple[m.Zone, ...] = ()

    def moment(self) -> tuple[int, str]:
        """A date, or entry into force plus a duration in words."""
        if self.one(True, True, False):
            return self.instant_s(), ""
        words = self.one(*AFTER_ENTRY)
        number, unit = int(words.rstrip("dhmins")), words.lstrip("0123456789")
        if unit != "d":
            return self.header.in_force_s + number * S_PER_UNIT[unit], words
        working = self.header.days == "working"
        return days_later_s(self.header.in_force_s, number, zone=self.header.zone, working=working), words

    def period(self) -> m.Period:
        first, last = sorted((self.moment(), self.moment()))
        begins = self.one((None, ""), first, first)
        ends = self.one((None, ""), last if last[0] > first[0] else (None, ""))
        return m.Period(from_s=begins[0], from_entry=begins[1], until_s=ends[0], until_entry=ends[1])

    def later(self, period: m.Period, stem: str) -> tuple[m.Version, ...]:
        """Drawings after the first one and before the feature's end, in the order of their dates."""
        moments = dict(sorted((self.moment() for _ in range(self.one(0, 0, 0, 0, 1, 2))), reverse=True))
        return tuple(
            m.Version(path=f"geo/{stem}-{at_s}.geojson", from_s=at_s, from_entry=words)
            for at_s, words in sorted(moments.items())
            if (period.from_s is None or at_s > period.from_s) and (period.until_s is None or at_s < period.until_s)
        )

    def parties(self) -> tuple[m.Party, ...]:
        names = [f"P{number}" for number in range(self.one(1, 2, 3))]
        self.lines = tuple(
            self.line(number, names if sides else ["", ""])
            for number, sides in enumerate((len(names) > 1, self.one(False, len(names) > 1)))
        )
        self.zones = tuple(self.zone(f"zone_{number}", self.period() if number else m.Period()) for number in range(2))
        return tuple(
            m.Party(
                name=name,
                title=self.text(),
                baseline=self.one("", "line_0", "line_1", "line_1"),
                period=self.one(m.Period(), m.Period(), self.period()),
                unbound=self.one("", "", "", "did not accept"),
            )
            for name in names
        )

    def line(self, number: int, sides: list[str]) -> m.Line:
        period = self.period() if number else m.Period()
        return m.Line(
            name=f"line_{number}",
            path=f"geo/{number}.geojson",
            left=sides[0],
            right=sides[-1],
            error_m=self.distance_m(),
            period=period,
            later=self.later(period, str(number)),
        )

    def zone(self, name: str, period: m.Period, verifier: str = "") -> m.Zone:
        return m.Zone(
            name=name,
            path=f"geo/{name}.geojson",
            error_m=self.distance_m(),
            verifier=verifier,
            period=period,
            later=self.later(period, name),
        )

    def sites(self, bodies: tuple[m.Body, ...]) -> tuple[m.Zone, ...]:
        return tuple(
            self.zone(f"site_{number}", self.one(m.Period(), self.period()), self.one(*(b.name for b in bodies)))
            for number in range(self.one(0, 1, 2))
        )

    def bodies(self, parties: tuple[m.Party, ...]) -> tuple[m.Body, ...]:
        """Nobody is under, or a member of, a body that comes later: no circles."""
        made: list[m.Body] = []
        for name in ("BodyA", "BodyB")[: self.one(1, 2)]:
            earlier = [*(party.name for party in parties), *(body.name for body in made)]
            monitors, members = self.one(True, False), self.some(earlier)
            made.append(
                m.Body(
                    name=name,
                    title=self.text(),
                    monitors=monitors,
                    sources=self.one(None, 1, 3) if monitors else None,
                    means=self.one((), self.some(MEANS)) if monitors else (),
                    members=members,
                    quorum=self.one(None, *range(1, len(members) + 1)),
                    veto=self.one((), self.some([*earlier, name])),
                    under=self.one("", *(body.name for body in made)),
                    teams=self.one(None, None, 1, 4),
                    guarantees=self.one(False, False, True),
                )
            )
        return tuple(made)

    def under(self, parties: tuple[m.Party, ...], bodies: tuple[m.Body, ...]) -> tuple[m.Party, ...]:
        """Some parties are under a body or under an earlier party."""
        above = [body.name for body in bodies]
        made = []
        for party in parties:
            made.append(replace(party, under=self.one("", "", *above)))
            above.append(party.name)
        return tuple(made)

    def gates(self, bodies: tuple[m.Body, ...]) -> tuple[m.Gate, ...]:
        return tuple(
            m.Gate(name=f"gate_{number}", words=self.text(), verifier=self.one(*(body.name for body in bodies)))
            for number in range(self.one(0, 1, 2))
        )

    def domains(self, mandate: m.Mandate) -> tuple[m.Domain, ...]:
        made = []
        for number in range(self.one(0, 0, 1, 2)):
            bound = self.some([party.name for party in mandate.parties], 0, 2)
            made.append(
                m.Domain(
                    name=f"domain_{number}",
                    parties=bound,
                    acts=self.some(ACTS, 1, 2),
                    weapons=self.one((), self.some([item.name for item in mandate.weapons], 0, 2)),
                    objects=self.one((), self.some(["port", *(o.name for o in mandate.objects)], 0, 2)),
                    places=self.places(mandate, bound or tuple(party.name for party in mandate.parties), 2),
                    period=self.period(),
                )
            )
        return tuple(made)

    def watches(self, mandate: m.Mandate) -> tuple[m.Watch, ...]:
        """Of clauses, or of a zone or a site."""
        made = []
        for number in range(self.one(0, 0, 1, 2)):
            feature = self.one(*("",) * bool(mandate.clauses), *(zone.name for zone in mandate.zones))
            made.append(
                m.Watch(
                    name=f"look_{number}",
                    cites="Article 8: " + self.text(),
                    every_s=self.one(3_600, 14_400, 172_800, 15 * 86_400, 366 * 86_400),
                    clauses=() if feature else self.some([clause.name for clause in mandate.clauses], 1, 2),
                    feature=feature,
                    means=self.one((), self.some(MEANS, 1, 3)),
                    period=self.period(),
                    unverified=self.one(False, False, True),
                )
            )
        return tuple(made)

    def responses(self, parties: tuple[m.Party, ...], bodies: tuple[m.Body, ...]) -> tuple[m.Response, ...]:
        actors = [*(party.name for party in parties), *(body.name for body in bodies), *m.ROLES]
        return tuple(self.response(f"ANSWER_{number}", actors, bodies) for number in range(self.one(0, 0, 1, 2)))

    def response(self, name: str, actors: list[str], bodies: tuple[m.Body, ...]) -> m.Response:
        steps = [f"step_{number}" for number in range(self.one(1, 2, 3))]
        ends = [f"end_{number}" for number in range(self.one(1, 2))]
        return m.Response(
            name=name,
            cites=self.cited(),
            unverified=self.one(False, False, True),
            deadline_s=self.one(None, *TAKEN_S),
            unattributed=self.one("", *steps, *ends),
            steps=tuple(self.step(each, [*steps, *ends], actors, bodies) for each in steps),
            ends=tuple(self.end(each, actors) for each in ends),
        )

    def step(self, name: str, places: list[str], actors: list[str], bodies: tuple[m.Body, ...]) -> m.Step:
        action = self.one(*FINDING_ACTIONS, *OTHER_ACTIONS)
        told = m.RESULTS if action in FINDING_ACTIONS and self.one(True, False) else ("done",)
        most = self.one(None, None, 1, 3)
        within_s = self.one(None, *TAKEN_S[1:])
        late = ["late"] if within_s is not None else []
        results = self.some(
            [*told, "refused", *late, *(["exhausted"] if most else [])], 1, 5
        )  # a step without any part cannot be written
        voters = self.one((), (), self.some(actors, 1, 3))
        return m.Step(
            name=name,
            actor=self.one(*actors),
            action=action,
            towards=self.some(actors, 0, 2),
            words=self.one("", self.text()),
            within_s=within_s,
            takes_s=self.one(0, *TAKEN_S),
            consent=self.one((), self.some(actors, 0, 2)),
            votes=self.one(*range(1, len(voters) + 1)) if voters else None,
            voters=voters,
            veto=self.one((), self.some(actors, 0, 2)),
            confirmer=self.one("", *(body.name for body in bodies)),
            most=most,
            exits=tuple(m.Exit(result=each, to=self.one(*places)) for each in results),
        )

    def end(self, name: str, actors: list[str]) -> m.End:
        kind = self.one(*ENDS, "handed_over")
        held = kind == "handed_over"
        holders = [each for each in actors if each not in m.ROLES]
        return m.End(
            name=name,
            kind=kind,
            words=self.one("", self.text()),
            holder=self.one(*holders) if held else "",
            within_s=self.one(None, *TAKEN_S) if held else None,
            consent=self.some(actors, 0, 2) if held else (),
        )

    def cited(self) -> str:
        """What an item may cite; a citation says something."""
        return self.one("", "Article 9: " + self.text())

    def panel(self) -> m.Panel:
        seats = self.one(1, 3, 5)
        return m.Panel(votes=self.one(*range(1, seats + 1)), seats=seats, within_s=self.one(*TAKEN_S))

    def attribution(self, mandate: m.Mandate, classes: list[str]) -> m.Attribution | None:
        if self.one(True, True, False):
            return None
        thresholds = [self.some(classes, 1, 2)] if classes and self.one(True, False) else []
        return m.Attribution(
            body=self.one(*(body.name for body in mandate.bodies)),
            cites=self.cited(),
            panel=self.panel(),
            thresholds=tuple(m.Threshold(classes=each, panel=self.panel()) for each in thresholds),
        )

    def suspensions(self, mandate: m.Mandate, classes: list[str]) -> tuple[m.Suspension, ...]:
        names = [clause.name for clause in mandate.clauses]
        parties = [party.name for party in mandate.parties]
        deciders = ("", *parties, *(body.name for body in mandate.bodies))
        return tuple(
            m.Suspension(
                name=f"lifting_{number}",
                cites=self.cited(),
                clauses=self.some(names, 1, 2),
                party=self.one(*parties, *m.ROLES),
                findings=self.one(1, 3),
                breach_class=self.one(*classes),
                window_s=self.one(*TAKEN_S[1:]),
                decider=self.one(*deciders),
                restored_after_s=self.one(*TAKEN_S),
            )
            for number in range(self.one(0, 0, 1, 2) if classes else 0)
        )

    def weapons(self) -> tuple[m.Weapons, ...]:
        items: list[m.Weapons] = []
        choices = [*WEAPON_CLASSES, *list(BY_SLUG)[:16], "artillery", "tank", "mlrs", "grad", "smerch", "osa"]
        for number in range(self.one(1, 2, 3)):
            low, high = self.one((None, None), (None, None), (100, None), (None, 122), (122, None), (None, 99))
            disputed = self.one((), (), self.some(choices, 1, 2))
            items.append(
                m.Weapons(
                    name=f"W{number}",
                    members=self.some(choices, 1, 4),
                    excepted=self.one((), self.some(choices, 0, 2)),
                    calibre_lo_mm=low,
                    calibre_hi_mm=high,
                    disputed=disputed,
                    positions=self.text() if disputed else "",
                )
            )
            choices += [f"W{number}"] * 4
        return tuple(items)

    def objects(self) -> tuple[m.Objects, ...]:
        return tuple(
            m.Objects(name=f"Things{number}", members=self.some(OBJECTS, 1, 4)) for number in range(self.one(0, 1, 2))
        )

    def standards(self) -> tuple[m.Standard, ...]:
        return tuple(
            m.Standard(
                name=f"proof_{number}",
                groups=self.one(1, 1, 2, 3),
                confidence_permille=self.one(0, 0, 5, 500, 800, 1_000),
                means=self.one((), self.some(MEANS)),
                counting=self.some(("media", "admissions"), 0, 2),
            )
            for number in range(self.one(0, 1, 2))
        )

    def disputes(self) -> tuple[m.Dispute, ...]:
        return tuple(
            m.Dispute(
                name=f"matter{number}",
                words=self.text(),
                readings=tuple(
                    m.Reading(name=f"r{each}", words=self.text(), period=self._stated_period())
                    for each in range(self.one(1, 2, 3))
                ),
            )
            for number in range(self.one(0, 1, 2))
        )

    def _stated_period(self) -> m.Period:
        period = self.period()
        if period != m.Period():
            return period
        from_s, words = self.moment()
        return m.Period(from_s=from_s, from_entry=words)

    def clauses(self, mandate: m.Mandate, most: int) -> tuple[m.Clause, ...]:
        made: list[m.Clause] = []
        for number in range(self.one(*range(1, most + 1))):
            made.append(self.clause(mandate, f"C{number}", [each.name for each in made]))
        return tuple(self.choose.shuffled(made))

    def clause(self, mandate: m.Mandate, name: str, earlier: list[str]) -> m.Clause:
        modality = self.one("prohibited", "prohibited", "prohibited", "limited", "required", "allowed")
        bound = self.some([party.name for party in mandate.parties], 1, 3)
        during = self.one("", "", *(each.name for each in mandate.disputes))
        if modality == "required":
            during = ""
        breach = self.one("", "BREACH", "BREACH")
        standards = [each.name for each in mandate.standards]
        response = self.one("", *(each.name for each in mandate.responses)) if breach else ""
        by_s, by_words = self.moment() if modality == "required" else (None, "")
        return m.Clause(
            name=name,
            cites=self.text(),
            modality=modality,
            parties=bound,
            acts=self.some(("present", "fire", *ACTS), 1, 2),
            weapons=self.one((), self.some([item.name for item in mandate.weapons], 0, 2)),
            objects=self.one((), (), self.some(["port", "sensor", *(o.name for o in mandate.objects)], 0, 2)),
            limit=self.limit() if modality == "limited" else None,
            places=self.places(mandate, bound, 2),
            period=m.Period() if during or modality == "required" else self.period(),
            during=during,
            by_s=by_s,
            by_entry=by_words,
            gate=self.one("", "", *(each.name for each in mandate.gates)),
            exemptions=() if modality == "required" else self.exemptions(mandate),
            overrides=self.one((), self.some(earlier, 1, 2)),
            breach_class=breach,
            standard=self.one("", *standards) if breach else "",
            response=response,
            no_response=self.one("", "none named") if breach and not response else "",
            outcomes=tuple(
                m.FurtherOutcome(
                    name=f"other_{each}",
                    words=self.text(),
                    places=self.places(mandate, bound, 1),
                    exemptions=self.exemptions(mandate),
                )
                for each in range(self.one(0, 0, 0, 1, 2))
            ),
            unverified=self.one(False, False, True),
        )

    def limit(self) -> m.Limit:
        window_s = self.one(None, 1, 2, 60, 5_400, 86_400, 7 * 86_400)
        unit = "items" if window_s is None else self.one("events", "items")
        return m.Limit(most=self.one(0, 1, 2, 75), unit=unit, window_s=window_s)

    def places(self, mandate: m.Mandate, bound: tuple[str, ...], most: int) -> tuple[m.Place, ...]:
        return tuple(self.place(mandate, bound) for _ in range(self.one(*range(most + 1))))

    def place(self, mandate: m.Mandate, bound: tuple[str, ...]) -> m.Place:
        kind = self.one("in", "outside", "within", "within", "beyond", "across")
        baselines = {party.baseline for party in mandate.parties if party.name in bound}
        if kind in ("in", "outside"):
            return m.Place(kind=kind, feature=self.one(*(zone.name for zone in mandate.zones)))
        if kind == "across":
            sided = [line.name for line in mandate.lines if set(bound) <= {line.left, line.right}]
            if "" not in baselines and baselines <= set(sided):
                sided.append(m.BASELINE)
            if sided:
                return m.Place(kind=kind, feature=self.one(*sided))
            kind = "beyond"
        features = [item.name for item in (*mandate.lines, *mandate.zones)]
        features += [] if "" in baselines else [m.BASELINE] * 3
        return m.Place(kind=kind, feature=self.one(*features), distance_m=self.distance_m())

    def exemptions(self, mandate: m.Mandate) -> tuple[m.Exemption, ...]:
        registers = self.one((), self.some(("storage", "notified"), 1, 2))
        sites = [zone.name for zone in mandate.zones if zone.verifier]
        made = [self.exemption(mandate, each) for each in registers]
        made += [m.Exemption(site=each) for each in self.one((), self.some(sites, 0, 1))]
        return tuple(self.choose.shuffled(made))

    def exemption(self, mandate: m.Mandate, register: str) -> m.Exemption:
        """Granted by whoever decides, or notified ahead, or both."""
        actors = [*(body.name for body in mandate.bodies), mandate.parties[0].name]
        to = self.one("", "", *actors)
        lead_s = self.one(*LEADS_S) if to else 0
        return m.Exemption(register=register, decider=self.one("", *actors), lead_s=lead_s, to=to)
