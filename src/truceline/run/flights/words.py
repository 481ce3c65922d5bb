"""What `truceline plan` prints: for people, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict

from truceline.base.time import local_words
from truceline.base.units import US_PER_S
from truceline.model.plan import FlightPlan
from truceline.model.tradeoff import CONDITIONS, Tradeoff
from truceline.run.flights.files import Made


def plan_json(made: Made) -> dict[str, object]:
    """The plan as JSON values: `gap`, `bound`, `objective` and `sorties` at the top."""
    plan = made.plan
    return {
        "objective": plan.objective_ratio,
        "bound": plan.bound_ratio,
        "gap": plan.gap_ratio,
        "seconds": plan.seconds_s,
        "windows": plan.windows,
        "met": plan.met,
        "weight_met": plan.weight_ratio,
        "from_us": plan.from_us,
        "until_us": plan.until_us,
        "sorties": [asdict(each) for each in plan.sorties],
        "unmet": [asdict(each) for each in plan.unmet],
        "requirements": [asdict(each) for each in plan.requirements],
        "remarks": [*made.flyable.remarks, *plan.remarks],
        "files": [str(path) for path in made.files],
    }


def plan_words(made: Made) -> str:
    """A page of text: how good the plan is, what stays unmet and why, what it needs."""
    return "\n".join(_lines(made))


def _lines(made: Made) -> Iterator[str]:
    plan, zone = made.plan, made.mission.zone
    yield f"Flights {_moment(plan.from_us, zone)} to {_moment(plan.until_us, zone)} ({zone})"
    share = f"{plan.weight_ratio:.1%} by weight"
    yield f"  {len(plan.sorties)} sorties meet {plan.met} of {plan.windows} windows ({share})."
    yield f"  {_bound(plan)} Found in {plan.seconds_s:.0f} s."
    for each in plan.unmet:
        never = f", {each.never} of them by no flight at all" if each.never else ""
        asked = made.asked.get(each.duty, each.windows)
        yield f"  {each.duty}: {each.windows} of {asked} windows unmet{never}: {each.why}"
    for words in (*made.flyable.remarks, *plan.remarks):
        yield f"  Note: {words}"
    for need in plan.requirements:
        what = need.what.removesuffix("s") if need.number == 1 else need.what
        yield f"  Needs {need.number} {what}{f' at {need.where}' if need.where else ''}: {need.why}"


def _bound(plan: FlightPlan) -> str:
    return (
        f"It leaves {plan.objective_ratio:.2f} unmet by weight, flying included; no plan leaves less than "
        f"{plan.bound_ratio:.2f} (gap {plan.gap_ratio:.1%})."
    )


def _moment(instant_us: int, zone: str) -> str:
    return local_words(instant_us // US_PER_S, zone)


def tradeoff_json(tradeoff: Tradeoff) -> dict[str, object]:
    """The comparison as JSON values."""
    return asdict(tradeoff)


def tradeoff_words(tradeoff: Tradeoff) -> str:
    """A table of the mixes: people at the line, sorties, share of clause-hours observed."""
    heads = ["drones", "posts", "at line", "sorties", *(each.replace("_", " ") for each in CONDITIONS), "duties met"]
    lines = ["  ".join(f"{head:>12}" for head in heads)]
    for mix in tradeoff.mixes:
        shares = [f"{mix.observed_permille.get(each, 0) / 10:.1f} %" for each in CONDITIONS]
        shares.append(f"{mix.duties_permille['clear'] / 10:.1f} %")
        figures = [str(each) for each in (mix.drones, mix.posts, mix.people_at_line, mix.sorties_a_day)]
        lines.append("  ".join(f"{each:>12}" for each in [*figures, *shares]))
    return "\n".join(lines)
