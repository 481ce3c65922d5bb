"""Fifty clauses in the mandate language: two baselines, six zones, acts, objects, weapons, three registers."""

from truceline.mandate import parse_mandate
from truceline.terms import Rule, rules_of

FIRST_S = 1_735_689_600  # 2025-01-01T00:00Z
DAY_S = 86_400
PARTY = {"A": "line_a", "B": "line_b"}
REGISTER = {"A": ("storage", "corridor"), "B": ("notified", "notified")}
ZONES = tuple(f"zone_{number}" for number in range(6))

HEAD = """
mandate "Fifty clauses" in force 2025-01-01T00:00
zone UTC precision 60s 250m coverage >= 0.80
party A "Party A" baseline line_a
party B "Party B" baseline line_b
body SMM "Mission" monitors
line line_a "a.geojson" left A right B
line line_b "b.geojson" left A right B
weapons HEAVY = artillery mortar calibre >= 100mm
weapons LONG = tornado_s uragan smerch tochka tochka_u
weapons ROCKET = rocket_artillery except LONG
weapons TANKS = tank
weapons LIGHT = artillery mortar calibre < 100mm
weapons FAR = strike_drone missile
objects ENERGY = refinery gas_pipeline power_plant substation power_line
"""
WEAPONS = ("HEAVY", "LONG", "ROCKET", "TANKS", "LIGHT", "FAR")
ACTS = ("fire", "launch", "strike", "assault", "present", "move", "fly", "exercise")
KM = (25, 35, 70, 15, 10, 140, 50, 30, 5, 3)


def mandate_text() -> str:
    """The text of all fifty."""
    zones = [f'zone {name} "{name}.geojson"' for name in ZONES]
    return "\n".join([HEAD, *zones, *(clause(number) for number in range(50))])


def clause(number: int) -> str:
    """Twenty withdrawals, twelve acts in zones, ten limits, eight about objects."""
    party = "AB"[number % 2]
    since, until = date(7 * (number % 26)), date(180 + 7 * (number % 26))
    register = REGISTER[party][number // 2 % 2]
    zone = ZONES[number % 6]
    if number < 20:
        where = f"within {KM[number % 10]}km of baseline"
        act, what = "present", WEAPONS[number % 6]
        return written(number, f"prohibited {party} {act} {what} {where} from {since} until {until}", register)
    if number < 32:
        acts = f"{ACTS[number % 8]} {ACTS[(number + 3) % 8]}"
        return written(number, f"prohibited {party} {acts} any in {zone} from {since}", register)
    if number < 42:
        limit = f"to {number % 5} items per 24h"
        where = f"within {KM[number % 10]}km of baseline outside {zone}"
        return written(number, f"limited {party} fire {WEAPONS[number % 6]} {limit} {where} until {until}", register)
    where = f"within {number - 40}km of {zone}"
    return written(number, f"prohibited {party} strike {WEAPONS[5]} on ENERGY port {where} from {since}", "")


def written(number: int, rule: str, register: str) -> str:
    """One clause, with its exemption."""
    unless = f"\n  unless {register} decided by SMM" if register else ""
    return f'clause C{number} cites "item {number}"\n  {rule}{unless}'


def date(days: int) -> str:
    """A day of 2025 and after."""
    months = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    month, year = 0, 2025
    while days >= months[month]:
        days -= months[month]
        month, year = (month + 1) % 12, year + (month == 11)
    return f"{year}-{month + 1:02d}-{days + 1:02d}"


def fifty_rules() -> tuple[Rule, ...]:
    """The rules, in the order of the clauses."""
    rules = rules_of(parse_mandate(mandate_text(), name="fifty", source="benchmarks"))
    assert len(rules) == 50
    return rules
