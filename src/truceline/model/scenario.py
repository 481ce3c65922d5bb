"""Under which assumptions feasibility is asked, and what came of it."""

from dataclasses import dataclass
from typing import Literal

from truceline.model.pledge import PledgeStatus

Outcome = Literal["possible", "impossible", "not_decided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is taken as given; printed with every result. What nobody states is not so (closed world)."""

    scenario_id: str
    name: str
    option_id: str
    facts: tuple[str, ...] = ()  # that are so
    mandates: tuple[str, ...] = ()
    threshold: PledgeStatus = "committed"  # a pledge counts from this status on
    readings: tuple[tuple[str, str], ...] = ()  # condition id and the label of its reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One run: what went in, by hash, what came out, and on which statements it hangs.

    `kind` is gaps or worlds. `result` is canonical JSON as text.
    """

    analysis_id: str
    kind: str
    scenario_id: str
    input_sha256: str
    solver: str
    version: str
    seed: int
    limit_s: int
    result: str
    statements: tuple[str, ...] = ()
    one_reader: tuple[str, ...] = ()  # of these, the statements that only one person has confirmed
