"""Plain z3: everything written by hand as formulas over one event, one per clause and party; z3 has no clauses.

`python benchmarks/peers/plain_z3.py [--rows 1000000] [--seconds 60]`, in an environment with z3-solver.
"""

import argparse
import itertools
import time
from importlib.metadata import version

import z3
from questions import (
    ACTS,
    BREACH,
    CLAUSES,
    DAY_S,
    EVENTS,
    EXERCISES_S,
    FEB_S,
    FREE,
    JAN_S,
    KM,
    OPEN,
    THINGS,
    WEAPONS,
    Band,
    Event,
    M,
    compare,
    digest,
    machine,
    many,
    rate,
    show,
    two_hundred,
)

ACT_OF = {name: code for code, name in enumerate((*ACTS, "withdraw", "move", "launch", "assault"))}
WEAPON_OF, THING_OF = ({name: code for code, name in enumerate(each)} for each in (WEAPONS, THINGS))
NAMES = ("act", "weapon", "thing", "calibre_mm", "own_mm", "corridor_mm", "range_mm", "at_s", "storage")
X = {name: z3.Int(name) for name in NAMES}  # one event; `own_mm`, so that one formula serves both parties
DOMAIN = z3.And(
    *(
        z3.And(X[name] >= 0, X[name] < len(of))
        for name, of in (("act", ACT_OF), ("weapon", WEAPON_OF), ("thing", THING_OF))
    ),
    *(X[name] >= 0 for name in ("calibre_mm", "own_mm", "at_s")),
    *(z3.And(X[name] >= -100 * KM, X[name] <= 100 * KM) for name in ("corridor_mm", "range_mm")),
    X["storage"] >= 0,
    X["storage"] <= 1,
)


def act(name: str) -> z3.BoolRef:
    return X["act"] == ACT_OF[name]


def weapon(*names: str) -> z3.BoolRef:
    return z3.Or([X["weapon"] == WEAPON_OF[name] for name in names])


def thing(*names: str) -> z3.BoolRef:
    return z3.Or([X["thing"] == THING_OF[name] for name in names])


def within(km: int) -> z3.BoolRef:
    return X["own_mm"] <= km * KM


def bodies(heavy_km: int = 25) -> dict[str, z3.BoolRef]:
    """What each clause speaks of, before exemptions and overrides."""
    heavy = z3.And(weapon("howitzer", "mortar"), X["calibre_mm"] >= 100)
    light = z3.And(weapon("howitzer", "mortar", "tank"), X["calibre_mm"] < 100)
    entry, due = X["at_s"] >= JAN_S, X["at_s"] >= FEB_S
    return {
        "C1": z3.And(act("present"), heavy, within(heavy_km), due),
        "C2": z3.And(act("present"), light, within(15), due),
        "C3": z3.And(act("fire"), entry),
        "C4": z3.And(act("fire"), entry, X["range_mm"] >= 0),
        "C5": z3.And(act("fly"), weapon("recon_drone"), within(30), entry),
        "C6": z3.And(act("fly"), weapon("recon_drone"), X["corridor_mm"] >= 0, entry),
        "C7": z3.And(act("exercise"), within(15), entry),
        "C8": z3.And(act("build"), X["own_mm"] > 25 * KM, within(15), entry),
        "C9": z3.And(act("strike"), thing("dwelling", "hospital", "school"), entry),
        "C10": z3.And(act("withdraw"), heavy, X["own_mm"] > 25 * KM, entry, X["at_s"] < FEB_S),
    }


def breaches(heavy_km: int = 25) -> dict[str, z3.BoolRef]:
    """What breaches each prohibition: exemption and override taken out."""
    body = bodies(heavy_km)
    out = {"C1": X["storage"] == 1, "C3": body["C4"]}
    return {name: z3.And(body[name], z3.Not(out[name])) if name in out else body[name] for name in CLAUSES}


PERMITS, FORBIDS = ("C4", "C6"), ("C1", "C2", "C3", "C5", "C8", "C9")
OVERRIDES = {("C4", "C3")}


def fits(event: Event) -> z3.BoolRef:
    """Every event that the reported facts allow."""
    spans = {n: getattr(event, n) for n in ("calibre_mm", "own_mm", "corridor_mm", "range_mm", "storage")}
    words = (act(event.act), weapon(event.weapon), thing(event.on), X["at_s"] == event.at_s)
    return z3.And(*words, *(z3.And(X[n] >= lo, X[n] <= hi) for n, (lo, hi) in spans.items()))


def possible(*formulas: z3.BoolRef) -> z3.ModelRef | None:
    """A witness, or None: there is none."""
    solver = z3.Solver()
    solver.add(DOMAIN, *formulas)
    return solver.model() if solver.check() == z3.sat else None


def judged(event: Event) -> dict[str, str]:
    """Breach in every completion, in some, in none; a permission that surely holds as well is a conflict."""
    answers, facts, body = {}, fits(event), bodies()
    for name, breach in breaches().items():
        some, all_ = possible(facts, breach) is not None, possible(facts, z3.Not(breach)) is None
        answers[name] = BREACH if all_ else OPEN if some else FREE
        for permit in PERMITS:
            if all_ and (permit, name) not in OVERRIDES and possible(facts, z3.Not(body[permit])) is None:
                answers[name] = OPEN
    return answers


def words(model: z3.ModelRef) -> str:
    """A witness in the words of the text."""
    value = {name: model.eval(X[name], model_completion=True).as_long() for name in NAMES}
    named = {"act": list(ACT_OF), "weapon": list(WEAPON_OF), "thing": list(THING_OF)}
    return ", ".join(f"{name} {named[name][each] if name in named else each}" for name, each in value.items())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args()
    print(f"z3-solver {version('z3-solver')}; {machine()}")
    compare(1, {event.name: judged(event) for event in EVENTS if event.exact})
    in_window = z3.Sum(
        [z3.If(z3.And(at_s > EXERCISES_S[-1] - DAY_S, at_s <= EXERCISES_S[-1]), 1, 0) for at_s in EXERCISES_S]
    )
    show(1, f"flow limit: exercises in the 24 h that end with the last: {z3.simplify(in_window)}, more than 2")
    compare(2, {event.name: judged(event) for event in EVENTS if not event.exact})
    mortar = next(event for event in EVENTS if event.name == "u4")
    either = possible(fits(mortar), z3.Not(z3.Or(list(breaches().values())))) is None
    show(2, f"the mortar of unknown calibre: breach of C1 or of C2, whichever it was: {either}")
    static()
    protocol()
    groups = z3.Bools("own second camera")
    for seen in ((True, False, False), (True, True, False)):
        solver = z3.Solver()
        solver.add(z3.AtLeast(*groups, 2), *(g == z3.BoolVal(each) for g, each in zip(groups, seen, strict=True)))
        show(9, f"{sum(seen)} independent groups meet a standard of two: {solver.check() == z3.sat}")
    proof()
    show(11, f"C1 back: {str(breaches()['C1']).replace(chr(10), ' ')[:110]} …")
    speed(wanted)
    two_hundred_checked()


def static() -> None:
    body = bodies()
    for permit, forbid in itertools.product(PERMITS, FORBIDS):
        if (permit, forbid) not in OVERRIDES and (model := possible(body[permit], body[forbid])):
            show(3, f"{forbid} and {permit}: {words(model)}")
    tubes = z3.And(act("present"), weapon("tank", "howitzer", "mortar"), within(15), X["at_s"] >= FEB_S)
    model = possible(tubes, z3.Not(z3.Or(list(body.values()))))
    show(4, f"nothing rules: {words(model)}" if model else "no gap")
    asked = (weapon("tank"), X["calibre_mm"] == 125, X["own_mm"] == 100 * M)
    show(4, f"a T-72 at 100 m among them: {possible(tubes, z3.Not(z3.Or(list(body.values()))), *asked) is not None}")
    for name, formula in body.items():
        if possible(formula) is None:
            solver, parts = z3.Solver(), formula.children()
            labels = z3.Bools(" ".join(f"part{i}" for i in range(len(parts))))
            for label, part in zip(labels, parts, strict=True):
                solver.assert_and_track(part, label)
            solver.check()
            why = [str(parts[labels.index(each)]).replace("\n", " ") for each in solver.unsat_core()]
            show(5, f"{name} is dead: {' against '.join(why)}")
    for name in CLAUSES:
        if model := possible(breaches(25)[name] != breaches(20)[name]):
            show(6, f"{name} differs: {words(model)}")


# step: actor, others who can refuse, hours, where each result leads (the results of a visit are nobody's doing)
STEPS = {
    "tell": ("MISSION", (), 2, {"done": "reply", "refused": "reply", "late": "reply"}),
    "reply": ("violator", (), 12, {"done": "visit", "refused": "visit", "late": "visit"}),
    "visit": (
        "MISSION",
        ("violator",),
        24,
        {"substantiated": "pull", "not_substantiated": "clear", "refused": "open", "late": "open"},
    ),
    "pull": ("violator", (), 72, {"done": "closed", "refused": "talk", "late": "talk"}),
    "talk": ("JOINT", ("violator", "victim"), 48, {"substantiated": "closed", "refused": "open", "late": "open"}),
}
ATTRIBUTION_H = 24
ANSWERED, ACTORS = ("closed", "clear"), ("violator", "victim", "MISSION")


def protocol() -> None:
    """Who can block, and how long it can take: the game and the clock are both written by hand."""
    blocks = {name: z3.Bool(f"blocks_{name}") for name in ACTORS}

    def prevented(step: str) -> z3.BoolRef:
        if step in ANSWERED or step == "open":
            return z3.BoolVal(step == "open")
        actor, others, _, exits = STEPS[step]
        may = z3.Or([blocks[name] for name in (actor, *others) if name in blocks])
        bad = [prevented(to) for result, to in exits.items() if result in ("refused", "late")]
        good = [prevented(to) for result, to in exits.items() if result not in ("refused", "late")]
        return z3.Or(z3.And(may, z3.Or(bad)), z3.And(good))

    found: list[set[str]] = []
    for size in (1, 2, 3):
        for team in itertools.combinations(ACTORS, size):
            solver = z3.Solver()
            solver.add(prevented("tell"), *(each if name in team else z3.Not(each) for name, each in blocks.items()))
            if not any(small <= set(team) for small in found) and solver.check() == z3.sat:
                found.append(set(team))
    show(7, f"smallest groups that can prevent every answer: {[sorted(each) for each in found]}")
    for attribution_h, said in ((0, "forgetting attribution"), (ATTRIBUTION_H, "with the panel's 24 h")):
        show(8, f"longest, {said}: {longest_h(attribution_h)} h")


def longest_h(attribution_h: int) -> int:
    """Each step begins when another that leads to it ends, no sooner than a role that acts in it is attributed."""
    optimizer = z3.Optimize()
    begins = {step: z3.Int(f"begins_{step}") for step in STEPS}
    ends = {step: z3.Int(f"ends_{step}") for step in STEPS}
    ended = z3.Int("ended")
    for step, (actor, others, due_h, _) in STEPS.items():
        before = [ends[each] for each, (*_, exits) in STEPS.items() if step in exits.values()]
        waits = {actor, *others} & {"violator", "victim"}
        known_h = attribution_h if waits and step != "talk" else 0  # NORTH and SOUTH vote as themselves
        start = z3.If(begins[step] > known_h, begins[step], known_h)
        optimizer.add(z3.Or([begins[step] == each for each in before]) if before else begins[step] == 0)
        optimizer.add(ends[step] <= start + due_h)
    last = [ends[step] for step, (*_, exits) in STEPS.items() if {"open", "closed", "clear"} & set(exits.values())]
    optimizer.add(z3.Or([ended == each for each in last]))
    longest = optimizer.maximize(ended)
    optimizer.check()
    return optimizer.upper(longest).as_long()


def proof() -> None:
    """z3 can print a proof that e1 cannot be anything but a breach; who checks it?"""
    asked = z3.And(DOMAIN, fits(EVENTS[0]), z3.Not(breaches()["C1"]))
    apart = z3.Context(proof="true")
    solver = z3.Solver(ctx=apart)
    solver.add(asked.translate(apart))
    answer = solver.check()
    show(10, f"not a breach: {answer}; a proof of {len(solver.proof().sexpr()):,} characters, for z3's own rules")


def speed(wanted: argparse.Namespace) -> None:
    """The quickest way found: put the numbers into the six formulas and let the simplifier fold them."""
    table, hits, formulas = many(wanted.rows), dict.fromkeys(CLAUSES, 0), list(breaches().items())
    table["thing"], numbers = table.pop("on"), {}

    def number(value: int) -> z3.IntNumRef:
        return numbers.setdefault(value, z3.IntVal(value))

    def part(first: int, past: int) -> None:
        numbers.clear()
        for row in range(first, past):
            facts = [(X[name], number(table[name][row])) for name in NAMES]
            for name, formula in formulas:
                hits[name] += z3.is_true(z3.simplify(z3.substitute(formula, *facts)))

    show(12, rate(part, wanted.rows, wanted.seconds))
    show(12, f"breaches: {hits}")


def two_hundred_checked() -> None:
    """Contradictions and dead clauses among two hundred: one solver, one question for each pair and each clause."""
    bands, begun_s = two_hundred(), time.process_time()
    solver = z3.Solver()
    solver.add(DOMAIN)

    def formula(b: Band) -> z3.BoolRef:
        when = z3.And(X["at_s"] >= JAN_S + b.from_day * DAY_S, X["at_s"] < JAN_S + b.until_day * DAY_S)
        return z3.And(act(b.act), X["own_mm"] > b.beyond_km * KM, within(b.within_km), when)

    formulas = {b.name: formula(b) for b in bands}
    pairs = [
        (one, other)
        for one, other in itertools.product(bands, bands)
        if one.allowed and not other.allowed and one.party == other.party
    ]
    conflicts = [
        (one.name, other.name)
        for one, other in pairs
        if solver.check(formulas[one.name], formulas[other.name]) == z3.sat
    ]
    dead = [b.name for b in bands if solver.check(formulas[b.name]) == z3.unsat]
    took_s = time.process_time() - begun_s
    show(
        12,
        f"200 clauses: {len(pairs)} pairs asked, {len(conflicts)} contradict, {len(dead)} dead {dead}: {took_s:.2f} s",
    )
    show(12, f"pairs: {digest(conflicts)}")


if __name__ == "__main__":
    main()
