"""Ours against a source's own rulings: a three-way count, every disagreement with its words.

A ruling is what a source itself concluded (an observation's remark); a mission says which verdict each ruling
amounts to.
"""

from collections import Counter
from dataclasses import dataclass

from truceline.base.time import seconds_of
from truceline.model.finding import Verdict
from truceline.model.products import Judged, Products
from truceline.terms import drawings_of

AGREES, DISAGREES, UNDETERMINED, NOT_RULED = (
    "agrees",
    "disagrees",
    "undetermined",
    "no clause in force concerns it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One event that its source ruled on, and what follows for it under one mandate."""

    mandate: str
    event_id: str
    name: str  # the source's own name for it
    place: str
    ruling: str
    expected: str  # breach or no_breach, as the mission reads the ruling
    found: str  # breach, no_breach, undetermined, or empty where no clause concerns it
    result: str  # AGREES, DISAGREES, UNDETERMINED or NOT_RULED
    words: str  # why, where they do not agree


def compare_rulings(products: Products) -> tuple[Ruling, ...]:
    """Every ruled event under every mandate, in the order of mandates and of the source's names; none without
    rulings.
    """
    expected = products.mission.rulings
    if not expected:
        return ()
    ruled = [row for row in products.observations.to_pylist() if row["remark"] in expected]
    events = {str(member): event for event in products.events.to_pylist() for member in event["members"]}
    found = [
        _ruling(products, judged, observation, events[str(observation["observation_id"])])
        for judged in products.judged
        for observation in ruled
    ]
    return tuple(sorted(found, key=lambda ruling: (ruling.mandate, ruling.name, ruling.event_id)))


def count_results(rulings: tuple[Ruling, ...], mandate: str) -> dict[str, int]:
    """How many agree, disagree, are undetermined, or meet no clause: explicit zeros."""
    counts = Counter(ruling.result for ruling in rulings if ruling.mandate == mandate)
    return {result: counts[result] for result in (AGREES, DISAGREES, UNDETERMINED, NOT_RULED)}


def _ruling(products: Products, judged: Judged, observation: dict[str, object], event: dict[str, object]) -> Ruling:
    findings = [each for each in judged.findings.to_pylist() if event["event_id"] in each["event_ids"]]
    verdicts = {each["verdict"] for each in findings}
    found = next((str(v) for v in (Verdict.BREACH, Verdict.UNDETERMINED, Verdict.NO_BREACH) if v in verdicts), "")
    expected = products.mission.rulings[str(observation["remark"])]
    name = str(observation["happening"] or event["event_id"])
    result = {"": NOT_RULED, expected: AGREES, "undetermined": UNDETERMINED}.get(found, DISAGREES)
    missing = dict.fromkeys(words for each in findings if each["verdict"] == found for words in each["missing"])
    note = products.mission.ruling_notes.get(name, "")
    return Ruling(
        mandate=judged.mandate.name,
        event_id=str(event["event_id"]),
        name=name,
        place=str(event["place_name"] or ""),
        ruling=str(observation["remark"]),
        expected=expected,
        found=found,
        result=result,
        words="" if result == AGREES else note or "; ".join(missing) or _distances(products, judged, event),
    )


def _distances(products: Products, judged: Judged, event: dict[str, object]) -> str:
    """How far the event stands from each line of the mandate, as drawn at its time, in words."""
    time_s = [seconds_of(int(str(event[name]))) for name in ("earliest_at_us", "latest_at_us")]
    lines = {
        drawing.feature: line.name
        for line in judged.mandate.lines
        for drawing in drawings_of(line)
        if drawing.touches(*time_s)
    }
    return "; ".join(
        f"{placing['distance_mm'] / 1e6:.1f} ± {placing['bound_mm'] / 1e6:.1f} km from {lines[placing['feature']]}"
        for placing in products.placings.to_pylist()
        if placing["subject_id"] == event["event_id"] and placing["feature"] in lines
    )
