"""What comes of asking whether it can work: each result with its bound, the statements it hangs on, and notes.

All are plain: tuples, numbers, words; `truceline.base.canonical.plain` turns any of them into JSON.
"""

from dataclasses import dataclass
from typing import Literal

from truceline.model.pledge import PledgeStatus
from truceline.model.scenario import Outcome

Origin = Literal["statement", "source", "scenario", "structure"]
NoteKind = Literal[
    "circle",  # what holds only if the others hold
    "not_so",  # facts and mandates that nobody states
    "unasked",  # facts that the scenario states and nothing depends on
    "unknown",  # a name that is not among the actors, an id that is not there
    "amount",  # a quantity that nobody stated
    "unit",  # a pledge in another unit than the requirement
    "shared",  # two requirements of one capability
    "empty",  # a condition from which nothing follows
]
Measure = Literal["critical met", "met", "shortfall", "members"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something about the input that a reader of the result has to know. `about`: the ids of what it is about."""

    kind: NoteKind
    words: str
    about: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What was found of one measure, and what no choice can pass; equal: proven to be the best."""

    measure: Measure
    found: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One requirement under the chosen coalition.

    `by` of `of` in its unit, `short` what is missing; `by_optimistic`: the same pledges at their `high`. `providers`:
    who in the coalition gives some of it, `providers_of` at least so many are asked. `offered_by`: whoever's pledge
    counts at this threshold and is not ruled out by facts, mandates or a caveat; `single_provider`: the only one of
    them, if so; `indispensable`: those without whom all the others' offers fall short.
    """

    requirement_id: str
    capability: str
    unit: str
    critical: bool
    met: bool
    by: int
    of: int
    short: int
    by_optimistic: int
    providers: tuple[str, ...]
    providers_of: int
    offered_by: tuple[str, ...]
    single_provider: str
    indispensable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What can be met at best with the pledges that count from `threshold` on.

    The best: most critical requirements met, then most requirements, then the least shortfall (each gap as a share of
    its requirement, in millionths, added up), then the fewest members, then names earlier in the alphabet.
    status: `optimal` proven; `bound`: stopped, the bounds say how far from the best it can be; `impossible`: what is
    taken as given contradicts itself; `not_decided`: stopped before anything was found. `*_optimistic`: the same
    question with `high` for `low`; None: stopped before it was proven.
    """

    threshold: PledgeStatus
    status: Literal["optimal", "bound", "impossible", "not_decided"]
    coalition: tuple[str, ...] = ()
    pledges: tuple[str, ...] = ()  # that are used
    requirements: tuple[Met, ...] = ()
    critical_met: int = 0
    critical_total: int = 0
    met: int = 0
    total: int = 0
    critical_met_optimistic: int | None = None
    met_optimistic: int | None = None
    bounds: tuple[Bound, ...] = ()
    statements: tuple[str, ...] = ()  # of the pledges used
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalitions:
    """Every coalition that meets all critical requirements and of which no part alone does, the smallest first.

    complete: there are no others. If not: any other has at least `at_least` members. Taking more on board can make a
    coalition impossible (never_if): that a coalition is listed says nothing about larger ones.
    """

    coalitions: tuple[tuple[str, ...], ...]
    complete: bool
    at_least: int = 0
    statements: tuple[str, ...] = ()  # of the pledges of the members, as far as they count
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetoes:
    """Those without whom the critical requirements cannot all be met. `outcome` is that with everybody.

    undecided: the run stopped before it was known of them.
    """

    outcome: Outcome
    players: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Defection:
    """The smallest sets whose leaving makes it impossible to meet all critical requirements.

    outcome: of meeting them with everybody. size: of each of the sets; None: none breaks it, or none was found before
    the run stopped, and then it takes at least `at_least`. complete: these are all of that size.
    """

    outcome: Outcome
    size: int | None = None
    sets: tuple[tuple[str, ...], ...] = ()
    complete: bool = True
    at_least: int = 0
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that keeps a goal from being possible: its words, and the statements, or else the source, it is from.

    `key` names it: `condition:C3`, `status:P17`, `fact:parliament_IND`, …
    """

    key: str
    origin: Origin
    words: str
    statements: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Whether a goal is possible and, if not, a set of reasons that exclude it together, and none of which can go.

    smallest: proven that no set of fewer reasons does; if not, any such set has at least `at_least`.
    """

    goal: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    smallest: bool = False
    at_least: int = 0
    statements: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One way to read every ambiguous sentence, as condition id and label; and what follows, goal by goal."""

    readings: tuple[tuple[str, str], ...]
    outcomes: tuple[Reasons, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinge:
    """A sentence that a goal hangs on: there are two worlds that differ only in its reading, and in the outcome."""

    goal: str
    condition_id: str
    statements: tuple[str, ...]
    pairs: int  # how many such pairs of worlds there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Worlds:
    """Every combination of readings. `possible` counts, goal by goal in the order asked, the worlds where it is."""

    worlds: tuple[World, ...]
    possible: tuple[tuple[str, int], ...]
    hinges: tuple[Hinge, ...]
    undecided: int = 0  # pairs of world and goal of which nothing is known, since the run stopped
    notes: tuple[Note, ...] = ()
