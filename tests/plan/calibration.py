"""Predicted shares against what was really seen, in ten bins for each signature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from tests.plan.world import HOUR_S, LINE, START_S, Acts, Size, World, really_seen, views_of

from truceline.locate import features_of
from truceline.locate.stretches import spots_of, stretches_of
from truceline.mandate import parse_mandates
from truceline.model.mission import CoverageSettings
from truceline.model.spot import Need, Signature
from truceline.plan.covered import Covered, covered

EYES = ("patrol", "site_visit", "seen")
ON_GROUND = ("camera", "uav_image", "satellite", *EYES)
HEARD = ("camera", "uav_image", *EYES, "acoustic", "heard")
SIGNATURES = (
    Signature(name="vehicle", size_m=2.3, stays_s=3_600, means=ON_GROUND),
    Signature(name="person", size_m=0.5, stays_s=900, means=ON_GROUND),
    Signature(name="flash", size_m=2.0, stays_s=1, means=HEARD, glows=True, heard_m=8_000.0),
    Signature(
        name="flight", size_m=2.5, stays_s=120, means=("camera", "radar", *EYES, "acoustic", "heard"), heard_m=4_000.0
    ),
    Signature(name="works", size_m=1.0, stays_s=2 * 86_400, means=ON_GROUND),
)
BAND_M = 4_000
POINTS = CoverageSettings().points
LEAST_GROUNDS = 30
MANDATE = f"""
mandate "T" in force 2026-01-01T00:00
party A "A" baseline contact
party B "B" baseline contact
line contact "geo/contact.geojson" left A right B
clause NEAR cites "1" prohibited A B present any within {BAND_M // 1_000}km of contact
"""


@dataclass(frozen=True, slots=True)
class Bin:
    """Acts in cells with alike predictions."""

    low: float
    cells: int
    grounds: int  # sides of stretches that its acts lie on
    acts: int
    predicted: float
    seen: float
    error: float  # one standard error of the difference; acts on one ground stand or fall together

    @property
    def judged(self) -> bool:
        """Whether it holds enough acts on enough grounds that chance alone moves it by 3 points once in 370 times."""
        return self.grounds >= LEAST_GROUNDS and self.error <= 0.01

    @property
    def off(self) -> bool:
        """Farther off than 3 points, either way."""
        return self.judged and abs(self.seen - self.predicted) > 0.03


Truth = Callable[[World, Acts, Signature], np.ndarray]
Model = Callable[..., Covered]


def calibration(
    world: World,
    *,
    acts: int,
    points: int = POINTS,
    model: Model = covered,
    signatures: Sequence[Signature] = SIGNATURES,
    truth: Truth = really_seen,
) -> dict[str, list[Bin]]:
    """Ten bins for each signature: so many acts in each, at random places and moments of cells drawn at random.

    A cell is an hour of one side of one stretch. Acts are drawn evenly over a cell; which cells are drawn depends on
    the prediction alone, so that no bin lacks acts.
    """
    features = features_of(parse_mandates({"m.truce": MANDATE.encode()}), {"geo/contact.geojson": LINE.read_bytes()})
    stretches = stretches_of(features, stretch_m=2_000)
    spots = spots_of(features, stretches, reaches={"contact": (BAND_M,)}, points=points)
    stretch_m = world.line.length_m / stretches.num_rows
    inside = (spots.stretch + 1) * stretch_m <= world.size.length_m
    span_us = START_S * 1_000_000, (START_S + world.size.days * 86_400) * 1_000_000
    needs = [
        Need(mandate="T", clause=each.name, signature=each, at=inside, from_us=span_us[0], until_us=span_us[1])
        for each in signatures
    ]
    found = model(views_of(world), spots=spots, needs=needs, span_us=span_us)
    chance = np.random.default_rng((world.seed, 1))
    return {
        each.name: bins_of(world, cells_of(found, number), (each, stretch_m, acts), chance, truth)
        for number, each in enumerate(signatures)
    }


def cells_of(found: Covered, need: int) -> np.ndarray:
    """Stretch, side, hour and share of every cell of a need, shape (4, cells)."""
    runs = found.runs
    mine = np.flatnonzero(runs.need == need)
    hour_us = HOUR_S * 1_000_000
    hours = (runs.until_us[mine] - runs.from_us[mine]) // hour_us
    row = np.repeat(mine, hours)
    step = np.arange(len(row)) - np.repeat(np.cumsum(hours) - hours, hours)
    begins = (runs.from_us[row] - START_S * 1_000_000) // hour_us + step
    return np.stack([runs.stretch[row], runs.side[row], begins, runs.share_ratio[row]])


def bins_of(
    world: World,
    cells: np.ndarray,
    asked: tuple[Signature, float, int],
    chance: np.random.Generator,
    truth: Truth,
) -> list[Bin]:
    signature, stretch_m, most = asked
    bins = []
    for number in range(10):
        low = number / 10
        of_bin = np.flatnonzero((cells[3] >= low) & ((cells[3] < low + 0.1) | (number == 9)))
        if not len(of_bin):
            bins.append(Bin(low, 0, 0, 0, 0.0, 0.0, 0.0))
            continue
        drawn = cells[:, chance.choice(of_bin, most)]
        acts = Acts(
            along_m=(drawn[0] + chance.random(most)) * stretch_m,
            left_m=drawn[1] * BAND_M * chance.random(most),
            begins_s=(drawn[2] + chance.random(most)) * HOUR_S,
        )
        missed_by = truth(world, acts, signature) - drawn[3]
        ground = np.unique(drawn[0] * 3 + drawn[1], return_inverse=True)[1]
        apart = np.bincount(ground, weights=missed_by - missed_by.mean())
        error, predicted = float(np.sqrt((apart**2).sum()) / most), float(drawn[3].mean())
        seen = predicted + float(missed_by.mean())
        bins.append(Bin(low, len(of_bin), len(apart), most, predicted, seen, error))
    return bins


def table(name: str, bins: Sequence[Bin]) -> str:
    """As it is printed."""
    lines = [f"{name:8} predicted    cells grounds   acts  predicted    seen  difference  std. error"]
    for each in bins:
        band = f"{each.low:.0%} to {each.low + 0.1:.0%}"
        if not each.acts:
            lines.append(f"{'':8} {band:12} {'none':>5}")
            continue
        note = "   OFF" if each.off else "" if each.judged else "   too few"
        points = 100 * (each.seen - each.predicted)
        lines.append(
            f"{'':8} {band:12} {each.cells:>6} {each.grounds:>7} {each.acts:>6}    {each.predicted:6.1%}"
            f"  {each.seen:6.1%}  {points:+9.1f}  {100 * each.error:9.1f}{note}"
        )
    return "\n".join(lines)


def part() -> Size:
    """One day on half of the line: quick."""
    return Size(days=1, length_m=600_000.0, drones=20, cameras=12, posts=30, patrols_a_day=10, jammed_days=())
