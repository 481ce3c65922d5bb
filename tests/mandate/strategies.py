"""Random whole mandates, in the nouns of `model/`: every form the language has, with every name declared.

`mandates()` is wide (any text, zone, date); `mandate_of(Seeded(…))` is narrow and fast, for random worlds.
"""

import random
from dataclasses import replace

from hypothesis import strategies as st

from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import ACTS, MEANS, OBJECTS, WEAPON_CLASSES

T0_S = 1_735_689_600  # 2025-01-01T00:00Z
ZONES = ("UTC", "Europe/Kyiv", "+03:00", "-04:30", "Asia/Beirut", "Australia/Lord_Howe", "America/St_Johns")
AT_NIGHT_S = (1_761_436_800, 1_761_438_600, 1_761_440_400, 1_743_296_400)  # around changes of clocks in Kyiv, 2025
NEAR_M = (0, 1, 2, 5, 15_000, 25_000)
NEAR_S = tuple(T0_S + each for each in (0, 1, 2, 10, 3_600, 86_400))

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
    writer = _Writer(choose)
    wide = choose.wide
    header = m.Header(
        title=choose.text(),
        in_force_s=choose.instant_s(),
        text=choose.one("", "signed.md"),
        days=choose.one("calendar", "working"),
        zone=choose.one(*ZONES) if wide else "UTC",
        precision_s=choose.one(*(0, 1, 60, 5_400) if wide else (0, 0, 1, 2)),
        precision_m=choose.one(*(0, 1, 250, 3_000) if wide else (0, 0, 1)),
        edges=choose.one("geodesic", "planar_lonlat"),
        coverage_permille=choose.one(None, 0, 5, 80, 800, 950, 1_000),
    )
    parties = writer.parties()
    mandate = m.Mandate(
        name=choose.one("truce", "a mandate"),
        header=header,
        parties=parties,
        bodies=writer.bodies(parties),
        lines=writer.lines,
        zones=writer.zones,
        weapons=writer.weapons(),
        objects=writer.objects(),
        standards=writer.standards(),
        disputes=writer.disputes(),
    )
    return replace(mandate, clauses=writer.clauses(mandate, most_clauses))


class _Writer:
    """Chooses one item after the other; later items use the names of earlier ones."""

    def __init__(self, choose: Chooser) -> None:
        self.choose, self.one, self.some = choose, choose.one, choose.some
        self.text, self.distance_m, self.instant_s = choose.text, choose.distance_m, choose.instant_s
        self.lines: tuple[m.Line, ...] = ()
        self.zones: tuple[m.Zone, ...] = ()

    def period(self) -> m.Period:
        first, last = sorted((self.instant_s(), self.instant_s()))
        return m.Period(from_s=self.one(None, first, first), until_s=self.one(None, last if last > first else None))

    def parties(self) -> tuple[m.Party, ...]:
        names = [f"P{number}" for number in range(self.one(1, 2, 3))]
        self.lines = tuple(
            m.Line(
                name=f"line_{number}",
                path=f"geo/{number}.geojson",
                left=names[0] if sides else "",
                right=names[-1] if sides else "",
                error_m=self.distance_m(),
                period=self.period() if number else m.Period(),
            )
            for number, sides in enumerate((len(names) > 1, self.one(False, len(names) > 1)))
        )
        self.zones = tuple(
            m.Zone(
                name=f"zone_{number}",
                path=f"geo/z{number}.geojson",
                error_m=self.distance_m(),
                period=self.period() if number else m.Period(),
            )
            for number in range(2)
        )
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

    def bodies(self, parties: tuple[m.Party, ...]) -> tuple[m.Body, ...]:
        return tuple(
            m.Body(
                name=name,
                title=self.text(),
                monitors=self.one(True, False),
                members=self.some([party.name for party in parties]),
            )
            for name in ("BodyA", "BodyB")[: self.one(1, 2)]
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
        return period if period != m.Period() else m.Period(from_s=self.instant_s())

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
            by_s=self.instant_s() if modality == "required" else None,
            exemptions=() if modality == "required" else self.exemptions(mandate),
            overrides=self.one((), self.some(earlier, 1, 2)),
            breach_class=breach,
            standard=self.one("", *standards) if breach else "",
            no_response=self.one("", "none named") if breach else "",
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
        deciders = ("", *(body.name for body in mandate.bodies), mandate.parties[0].name)
        return tuple(m.Exemption(register=each, decider=self.one(*deciders)) for each in registers)
