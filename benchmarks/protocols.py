"""Every check of responses at once: `python -m benchmarks.protocols`. 100 responses of 10 steps with 30 actors.

Votes of up to 5 of 9, vetoes, visits with three results; in a part of the responses the violator has duties, so that
they are judged once for each party. Planted: an exit that is missing, a step nothing leads to, a loop, a lock, a
step that takes too long.
"""

import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from truceline.mandate.check.responses.protocols import protocol_remarks
from truceline.model import mandate as m

H = 3_600
LIMIT_S = 0.3
TIMES = 7


def large_mandate(responses: int = 100, steps: int = 10, *, seed: int = 5) -> m.Mandate:
    """Two parties, 28 bodies, and so many responses of so many steps; the first five carry one planted fault each."""
    chance = random.Random(seed)
    parties = tuple(m.Party(name=name, title=name) for name in ("UAF", "AFC"))
    bodies = tuple(m.Body(name=f"B{number}", title=f"body {number}") for number in range(28))
    names = [each.name for each in (*parties, *bodies)]
    made = [_response(chance, f"R{number}", names, steps) for number in range(responses)]
    for number, fault in enumerate((_missing, _unreachable, _loop, _lock, _too_long)):
        made[number] = fault(made[number])
    clauses = tuple(
        m.Clause(
            name=f"C{number}",
            cites="1",
            modality="prohibited",
            parties=("UAF", "AFC"),
            acts=("fire",),
            breach_class="FIRE",
            response=response.name,
        )
        for number, response in enumerate(made)
    )
    return m.Mandate(
        name="large",
        header=m.Header(title="large", in_force_s=0),
        parties=parties,
        bodies=bodies,
        clauses=clauses,
        attribution=m.Attribution(body="B0", panel=m.Panel(votes=2, seats=3, within_s=24 * H)),
        responses=tuple(made),
    )


def _response(chance: random.Random, name: str, names: list[str], count: int) -> m.Response:
    roles = chance.random() < 0.3
    ends = (
        m.End(name="close", kind="remedied"),
        m.End(name="clear", kind="unfounded"),
        m.End(name="refer", kind="impasse"),
    )
    steps = []
    for number in range(count):
        size = chance.choice((1, 1, 3, 5, 9))
        votes = 1 if size == 1 else chance.choice((size // 2 + 1, size))
        voters = tuple(chance.sample(names, size))
        onward = f"s{number + 1}" if number + 1 < count else "close"
        aside = f"s{min(number + chance.choice((1, 2)), count - 1)}" if number + 1 < count else "refer"
        looks = chance.random() < 0.3
        found = (
            {"substantiated": onward, "not_substantiated": "clear", "inconclusive": aside}
            if looks
            else {"done": onward}
        )
        exits = {**found, "refused": aside, "late": aside}
        steps.append(
            m.Step(
                name=f"s{number}",
                actor="violator" if roles and number == 3 else voters[0],
                action="decides" if looks or size > 1 else "replies",
                within_s=chance.choice((12, 24, 48, 72)) * H,
                takes_s=chance.choice((1, 2, 6, 12)) * H,
                votes=votes if size > 1 and not (roles and number == 3) else None,
                voters=voters if size > 1 and not (roles and number == 3) else (),
                veto=tuple(chance.sample(names, 1)) if chance.random() < 0.15 else (),
                exits=tuple(m.Exit(result=result, to=to) for result, to in exits.items()),
            )
        )
    return m.Response(name=name, deadline_s=600 * H, unattributed="refer", steps=tuple(steps), ends=ends)


def _changed(response: m.Response, number: int, **exits: str) -> m.Response:  # leads elsewhere; "" nowhere
    steps = list(response.steps)
    kept = {each.result: each.to for each in steps[number].exits} | exits
    changed = tuple(m.Exit(result=result, to=to) for result, to in kept.items() if to)
    steps[number] = replace(steps[number], exits=changed)
    return replace(response, steps=tuple(steps))


def _missing(response: m.Response) -> m.Response:
    return _changed(response, 4, late="")


def _unreachable(response: m.Response) -> m.Response:
    return replace(response, steps=(*response.steps, replace(response.steps[-1], name="aside")))


def _loop(response: m.Response) -> m.Response:
    return _changed(response, 6, refused="s3", late="s3")


def _lock(response: m.Response) -> m.Response:
    locked = _changed(response, 7, refused="refer", late="refer")
    return replace(locked, steps=tuple(replace(s, consent=("AFC",)) if s.name == "s7" else s for s in locked.steps))


def _too_long(response: m.Response) -> m.Response:
    steps = list(response.steps)
    steps[2] = replace(steps[2], takes_s=96 * H, within_s=72 * H)
    return replace(response, steps=tuple(steps))


def main() -> int:
    """Print the median and what was found; 1 if it took longer than it may."""
    mandate = large_mandate()
    times_s, found = [], Counter[str]()
    for _ in range(TIMES):
        begun = time.process_time()
        remarks = list(protocol_remarks(mandate))
        times_s.append(time.process_time() - begun)
        found = Counter(remark.code for remark in remarks)
    took_s = statistics.median(times_s)
    said = ", ".join(f"{code} {count}" for code, count in sorted(found.items()))
    print(f"100 responses of 10 steps, 30 actors: {took_s:.3f} s (limit {LIMIT_S} s), median of {TIMES}; {said}")
    return int(took_s > LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main())
