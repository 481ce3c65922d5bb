"""OpenFisca: the clauses as variables of an entity "event", the limits as dated parameters.

`python benchmarks/peers/openfisca_peer.py [--rows 1000000] [--seconds 60]`, in an environment with openfisca-core.
"""

import argparse
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit, period
from openfisca_core.reforms import Reform
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from questions import (
    ACTS,
    CLAUSES,
    EVENTS,
    EXERCISES_S,
    FEB_S,
    JAN_S,
    THINGS,
    WEAPONS,
    Event,
    compare,
    completions,
    machine,
    many,
    rate,
    show,
    three_valued,
    two_hundred,
)

DAY, ETERNITY = period("day:2026-03-01"), DateUnit.ETERNITY
EVENT = build_entity(key="event", plural="events", label="A happening", is_person=True)
WHOLE = "cites: the signed text"
Act = Enum("Act", {name: name for name in ACTS})
Weapon = Enum("Weapon", {name: name for name in WEAPONS})
Thing = Enum("Thing", {name: name for name in THINGS})


def fact(name: str, kind: type, values: type | None = None) -> type:
    """A fact of an event, as an input variable."""
    more = {"possible_values": values, "default_value": next(iter(values))} if values else {}
    body = {"value_type": kind, "entity": EVENT, "definition_period": DateUnit.ETERNITY, "label": name, **more}
    return type(name, (Variable,), body)


FACTS = [
    fact("act", Enum, Act),
    fact("weapon", Enum, Weapon),
    fact("thing", Enum, Thing),
    *(fact(name, int) for name in ("calibre_mm", "own_m", "corridor_m", "range_m", "at_h", "storage")),
]


def clause(name: str, holds: object) -> type:
    """A clause as a computed variable: True is a breach."""

    def formula_2026_01_01(events, period, parameters):
        return holds(lambda each: events(each, ETERNITY), parameters(period).limits)

    body = {"value_type": bool, "entity": EVENT, "definition_period": DateUnit.DAY, "label": name, "reference": WHOLE}
    return type(name, (Variable,), {**body, "formula_2026_01_01": formula_2026_01_01})


def tube(get: object) -> np.ndarray:
    return (get("weapon") == Weapon.howitzer) | (get("weapon") == Weapon.mortar)


def heavy(get: object, at: object) -> np.ndarray:
    return tube(get) & (get("calibre_mm") >= at.heavy_mm)


def light(get: object, at: object) -> np.ndarray:
    return (tube(get) | (get("weapon") == Weapon.tank)) & (get("calibre_mm") < at.heavy_mm)


def civil(get: object) -> np.ndarray:
    return (get("thing") == Thing.hospital) | (get("thing") == Thing.school) | (get("thing") == Thing.dwelling)


HOLDS = {
    "C1": lambda get, at: (
        (get("act") == Act.present)
        & heavy(get, at)
        & (get("own_m") <= at.heavy_within_m)
        & (get("at_h") >= at.due_h)
        & (get("storage") == 0)
    ),
    "C2": lambda get, at: (
        (get("act") == Act.present) & light(get, at) & (get("own_m") <= at.light_within_m) & (get("at_h") >= at.due_h)
    ),
    "C3": lambda get, at: (get("act") == Act.fire) & (get("at_h") >= at.in_force_h) & ~(get("range_m") >= 0),
    "C5": lambda get, at: (
        (get("act") == Act.fly)
        & (get("weapon") == Weapon.recon_drone)
        & (get("own_m") <= at.drone_within_m)
        & (get("at_h") >= at.in_force_h)
    ),
    "C8": lambda get, at: (get("act") == Act.build) & (get("own_m") > at.heavy_within_m) & (get("own_m") <= 15_000),
    "C9": lambda get, at: (get("act") == Act.strike) & civil(get) & (get("at_h") >= at.in_force_h),
}
# OpenFisca's whole numbers are 32-bit: metres and hours (since 2026) instead of millimetres and seconds
LIMITS = {
    "heavy_mm": 100,
    "heavy_within_m": 25_000,
    "light_within_m": 15_000,
    "drone_within_m": 30_000,
    "in_force_h": 0,
    "due_h": (FEB_S - JAN_S) // 3_600,
}


def system_of(holds: dict[str, object], folder: Path) -> TaxBenefitSystem:
    """The rules and the dated parameters; the parameters lie in files, as OpenFisca wants them."""
    limits = folder / "limits"
    limits.mkdir(parents=True, exist_ok=True)
    for name, value in LIMITS.items():
        (limits / f"{name}.yaml").write_text(f"description: {name}\nvalues:\n  2026-01-01:\n    value: {value}\n")
    system = TaxBenefitSystem([EVENT])
    system.add_variables(*FACTS, *(clause(name, each) for name, each in holds.items()))
    system.load_parameters(str(folder))
    return system


def asked(system: TaxBenefitSystem, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every clause for all events; `columns` are the facts."""
    simulation = SimulationBuilder().build_default_simulation(system, count=len(columns["at_h"]))
    for name, values in columns.items():
        simulation.set_input(name, ETERNITY, values)
    return {name: simulation.calculate(name, DAY) for name in HOLDS}


def columns_of(events: list[Event]) -> dict[str, np.ndarray]:
    """Exact events as columns."""
    named = {"act": ACTS, "weapon": WEAPONS, "thing": THINGS}
    words = {"act": [e.act for e in events], "weapon": [e.weapon for e in events], "thing": [e.on for e in events]}
    codes = {name: np.array([named[name].index(each) for each in words[name]], np.uint8) for name in named}
    return codes | {
        "calibre_mm": np.array([e.calibre_mm[0] for e in events], np.int32),
        "own_m": metres([e.own_mm[0] for e in events]),
        "corridor_m": metres([e.corridor_mm[0] for e in events]),
        "range_m": metres([e.range_mm[0] for e in events]),
        "at_h": hours([e.at_s for e in events]),
        "storage": np.array([e.storage[0] for e in events], np.int32),
    }


def metres(values_mm: list[int]) -> np.ndarray:
    """Away from zero inside a zone, up outside a distance: no limit of the text is crossed by rounding."""
    return np.ceil(np.array(values_mm, np.int64) / 1_000).astype(np.int32) - (np.array(values_mm) < 0)


def hours(values_s: list[int]) -> np.ndarray:
    return ((np.array(values_s, np.int64) - JAN_S) // 3_600).astype(np.int32)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args()
    print(f"openfisca-core {version('openfisca-core')}, numpy {np.__version__}; {machine()}")
    with tempfile.TemporaryDirectory() as name:
        answer(system_of(HOLDS, Path(name) / "p"), wanted)
        begun_s = time.process_time()
        bands = {b.name: lambda get, at, b=b: get("own_m") <= b.within_km * 1_000 for b in two_hundred()}
        system_of(bands, Path(name) / "q")
        show(12, f"200 clauses: loaded in {time.process_time() - begun_s:.2f} s; there is nothing that checks them")


def answer(system: TaxBenefitSystem, wanted: argparse.Namespace) -> None:
    exact = [event for event in EVENTS if event.exact]
    found = asked(system, columns_of(exact))
    words = {True: "breach", False: "no_breach"}
    compare(1, {e.name: {c: words[bool(found[c][row])] for c in CLAUSES} for row, e in enumerate(exact)})
    by_event = {}
    for event in EVENTS:
        if not event.exact:
            ways = asked(system, columns_of(list(completions(event))))
            by_event[event.name] = {c: three_valued(ways[c].tolist()) for c in CLAUSES}
    compare(2, by_event)
    show(2, "the three values come from outside: every completion of the facts was listed and asked about")
    row = next(i for i, event in enumerate(exact) if event.name == "e10")
    show(3, f"a drone in the corridor: C5 says {bool(found['C5'][row])}; that C6 permits it is another variable")
    days = sorted({(at_s - JAN_S) // 86_400 for at_s in EXERCISES_S})
    show(1, f"flow limit: periods are calendar; the three exercises fall on days {days}, 24 h across them is no period")
    show(
        9,
        f"two sources of three groups, one of them heard twice: {sources([0, 0, 1])} groups; {sources([0, 0])} of two",
    )
    simulation = SimulationBuilder().build_default_simulation(system, count=1)
    simulation.trace = True
    for key, value in columns_of(exact[:1]).items():
        simulation.set_input(key, ETERNITY, value)
    simulation.calculate("C1", DAY)
    log = simulation.tracer.computation_log.lines()
    show(10, f"a trace of {len(log)} lines, for instance: {log[0].strip()}")
    speed(system, wanted)


class SecondDraft(Reform):
    """20 km instead of 25 km in C1."""

    def apply(self) -> None:
        def changed(parameters: ParameterNode) -> ParameterNode:
            parameters.limits.heavy_within_m.update(start=DAY.start, value=20_000)
            return parameters

        self.modify_parameters(modifier_function=changed)


def sources(groups: list[int]) -> int:
    """Independent groups among the observations of one incident: a group entity, one question for each known group."""
    observation = build_entity(key="observation", plural="observations", label="Seen", is_person=True)
    roles = [{"key": "member", "plural": "members"}]
    incident = build_entity(key="incident", plural="incidents", label="Incident", roles=roles)

    class group(Variable):  # noqa: N801 - OpenFisca names variables by their class
        value_type, entity, definition_period = int, observation, DateUnit.ETERNITY

    class independent(Variable):  # noqa: N801
        value_type, entity, definition_period = int, incident, DateUnit.DAY

        def formula(incident, period):  # noqa: N805
            seen = incident.members("group", DateUnit.ETERNITY)
            return sum(incident.any(seen == each).astype(int) for each in range(3))

    system = TaxBenefitSystem([observation, incident])
    system.add_variables(group, independent)
    builder = SimulationBuilder()
    builder.create_entities(system)
    ids = [str(each) for each in range(len(groups))]
    builder.declare_person_entity("observation", ids)
    one = builder.declare_entity("incident", ["it"])
    builder.join_with_persons(one, ["it"] * len(ids), roles=["member"] * len(ids))
    simulation = builder.build(system)
    simulation.set_input("group", DateUnit.ETERNITY, np.array(groups))
    return int(simulation.calculate("independent", DAY)[0])


def speed(system: TaxBenefitSystem, wanted: argparse.Namespace) -> None:
    table = many(wanted.rows)
    columns = {
        "act": np.array(table["act"], np.uint8),
        "weapon": np.array(table["weapon"], np.uint8),
        "thing": np.array(table["on"], np.uint8),
        "calibre_mm": np.array(table["calibre_mm"], np.int32),
        "own_m": metres(table["own_mm"]),
        "corridor_m": metres(table["corridor_mm"]),
        "range_m": metres(table["range_mm"]),
        "at_h": hours(table["at_s"]),
        "storage": np.array(table["storage"], np.int32),
    }
    hits = dict.fromkeys(CLAUSES, 0)

    def part(first: int, past: int) -> None:
        for name, held in asked(system, {key: each[first:past] for key, each in columns.items()}).items():
            hits[name] += int(held.sum())

    few = {key: each[:20_000] for key, each in columns.items()}
    old, new = asked(system, few), asked(SecondDraft(system), few)
    differs = {name: np.flatnonzero(old[name] != new[name]) for name in CLAUSES}
    first = next(int(rows[0]) for rows in differs.values() if len(rows))
    counts = {name: len(rows) for name, rows in differs.items() if len(rows)}
    show(6, f"among 20,000 given events these differ: {counts}, one at {few['own_m'][first]:,} m")
    show(12, rate(part, wanted.rows, wanted.seconds, part=131_072))
    show(12, f"breaches: {hits}")


if __name__ == "__main__":
    main()
