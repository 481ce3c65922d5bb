"""A checker's example as real tables, judged; and random mandates, with a second draft, to find examples in."""

import random
from dataclasses import replace

from tests.judge.worlds import event, given, happening, material, notice, observation, placing
from tests.mandate.strategies import Seeded, mandate_of

from truceline.base.time import interval_us
from truceline.base.units import MM_PER_M, US_PER_S
from truceline.judge import judge
from truceline.model import mandate as m
from truceline.terms import drawings_of

Row = dict[str, object]
Example = tuple[tuple[str, str], ...]
SIDES = {"left": 1, "right": -1, "on the line": 0}
LATER_S = 10**9


def verdicts(mandate: m.Mandate, example: Example, *, times: int = 1) -> list[Row]:
    """FINDINGS rows about an example that happened so many times, and was seen by the mission itself."""
    cells = dict(example)
    at_s = interval_us(cells["time"], zone=None)[0] // US_PER_S
    calibre_mm = int(cells["calibre_mm"]) if "calibre_mm" in cells else None
    row = happening(
        at_s,
        parties=[cells["party"]],
        act=cells["act"],
        weapon_system=cells.get("weapon_system", ""),
        weapon_class=cells.get("weapon_class", ""),
        calibre_lo_mm=calibre_mm,
        calibre_hi_mm=calibre_mm,
        object_kind=cells.get("object_kind", ""),
        inventory="the same count" if times > 1 else "",
    )
    names = [f"evt-{number}" for number in range(times)]
    tables = material(
        events=[event(name, row, [f"{name}-seen"]) for name in names],
        observations=[observation(f"{name}-seen", row) for name in names],
        placings=[
            each for name in names for subject in (name, f"{name}-seen") for each in placings(mandate, subject, cells)
        ],
        notices=notices(cells, at_s),
    )
    found = judge(tables, mandate=mandate, now_s=at_s + LATER_S).findings.to_pylist()
    return [finding for finding in found if finding["event_ids"]]


def placings(mandate: m.Mandate, subject: str, cells: dict[str, str]) -> list[Row]:
    """Where it stands towards each line and zone of the example, by each drawing."""
    found = []
    for item in mandate.features:
        if f"distance:{item.name}" in cells:
            distance_mm, side = mm(cells[f"distance:{item.name}"]), SIDES[cells[f"side:{item.name}"]]
        elif f"inside:{item.name}" in cells:
            inside_mm = mm(cells[f"inside:{item.name}"])
            distance_mm, side = abs(inside_mm), -1 if inside_mm < 0 else 1
        else:
            continue
        found += [placing(subject, drawing.feature, distance_mm, side=side) for drawing in drawings_of(item)]
    return found


def mm(words: str) -> int:
    """`-0.001 m` as millimetres."""
    whole, _, part = words.removesuffix(" m").lstrip("-").partition(".")
    return (int(whole) * MM_PER_M + int(part or 0)) * (-1 if words.startswith("-") else 1)


def notices(cells: dict[str, str], at_s: int) -> list[Row]:
    """An entry for each register that the example says grants something, and each gate that is open."""
    found = []
    for column, value in cells.items():
        kind, _, rest = column.partition(":")
        if kind == "gate" and value == "open":
            gate, verifier = rest.split(":")
            found.append(notice(gate, "", at_s - 10**6, at_s + 10**6, decided_by=verifier))
        if kind == "exempt" and value == "granted":
            register, decider, party, *ahead = rest.split(":")
            told = given(ahead[1], at_s - int(ahead[0])) if ahead else given("nobody in particular", at_s)
            more = {"notice_id": column, "decided_by": decider, **told}
            found.append(notice(register, party, at_s - 10**6, at_s + 10**6, **more))
    return found


def bare(mandate: m.Mandate) -> m.Mandate:
    """The same without what only measuring and proving add: precision and evidence standards."""
    return replace(
        mandate,
        header=replace(mandate.header, precision_s=0, precision_m=0),
        clauses=tuple(replace(clause, standard="") for clause in mandate.clauses),
        standards=(),
    )


def bodies(mandate: m.Mandate) -> m.Mandate:
    """Every clause, domain and further outcome as a bare prohibition: whatever rules an event gives it a breach."""
    clauses = [clause for each in mandate.clauses for clause in (each, *_outcomes(each))]
    kept = tuple(
        replace(
            clause,
            modality="prohibited",
            limit=None,
            by_s=None,
            period=replace(clause.period, until_s=clause.by_s) if clause.by_s is not None else clause.period,
            exemptions=(),
            overrides=(),
            outcomes=(),
        )
        for clause in clauses
    )
    return replace(bare(mandate), clauses=kept, suspensions=(), domains=())


def _outcomes(clause: m.Clause) -> list[m.Clause]:
    return [replace(clause, name=f"{clause.name}_{each.name}", places=each.places) for each in clause.outcomes]


def domain_alone(mandate: m.Mandate, domain: m.Domain) -> m.Mandate:
    """A domain as the only clause, a prohibition."""
    clause = m.Clause(
        name="domain",
        cites="",
        modality="prohibited",
        parties=domain.parties or tuple(party.name for party in mandate.parties),
        acts=domain.acts,
        weapons=domain.weapons,
        objects=domain.objects,
        places=domain.places,
        period=domain.period,
    )
    return replace(bare(mandate), clauses=(clause,), suspensions=(), domains=())


def random_mandate(seed: int, *, most_clauses: int = 6) -> m.Mandate:
    """A mandate whose clauses meet often, with domains."""
    choose = Seeded(seed)
    mandate = mandate_of(choose, most_clauses=most_clauses)
    acts = sorted({act for clause in mandate.clauses for act in clause.acts})[:2]
    some = tuple(
        replace(clause, acts=tuple(dict.fromkeys((choose.one(*acts), *clause.acts[:1])))) for clause in mandate.clauses
    )
    baselines = all(party.baseline for party in mandate.parties)
    features = [*(line.name for line in mandate.lines), *([m.BASELINE] * 3 if baselines else [])]
    domains = tuple(
        m.Domain(
            name=f"domain_{number}",
            parties=choose.one((), (mandate.parties[0].name,)),
            acts=choose.some(acts, 1, 2),
            weapons=choose.one((), choose.some([item.name for item in mandate.weapons], 1, 2)),
            objects=choose.one((), (), choose.some(("port", "sensor"), 1, 2)),
            places=choose.one((), (m.Place(kind="within", feature=choose.one(*features), distance_m=2),)),
        )
        for number in range(2)
    )
    return replace(mandate, clauses=some, domains=domains)


def redrafted(mandate: m.Mandate, seed: int) -> m.Mandate:
    """A second draft: one clause taken away, added, or changed in one thing."""
    chance = random.Random(seed)
    clauses = list(mandate.clauses)
    number = chance.randrange(len(clauses))
    clause = clauses[number]
    how = chance.randrange(6)
    if how == 0 and len(clauses) > 1:
        used = {name for each in clauses for name in each.overrides} | {
            n for s in mandate.suspensions for n in s.clauses
        }
        if clause.name not in used:
            del clauses[number]
    elif how == 1:
        clauses.append(replace(clause, name="Another", overrides=(), outcomes=(), exemptions=()))
    elif how == 2:
        clauses[number] = replace(clause, weapons=tuple(item.name for item in mandate.weapons[:1]))
    elif how == 3:
        clauses[number] = replace(clause, exemptions=())
    elif how == 4:
        clauses[number] = replace(clause, places=clause.places[1:], acts=clause.acts[:1])
    else:
        clauses[number] = replace(clause, overrides=())
    return replace(mandate, clauses=tuple(clauses))
