"""The ledger as it is shown: everything that stands, with who read it, and in numbers alone what does not."""

from dataclasses import dataclass, field

from truceline.model.actor import Actor
from truceline.model.condition import Condition
from truceline.model.document import Document, Unseen
from truceline.model.feasibility import Coalitions, Coverage, Defection, Reasons, Vetoes, Worlds
from truceline.model.lines import Beside, Change, Edge, Node, StanceLine
from truceline.model.option import MissionOption
from truceline.model.pledge import Caveat, Pledge
from truceline.model.position import Position, Proposition, Relation
from truceline.model.scenario import Scenario
from truceline.model.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many statements there are, by what people made of them; `every` is counted another way.

    `confirmed` are those that stand; `resting`: confirmed, but inside a statement that does not stand.
    """

    every: int = 0
    confirmed: int = 0
    resting: int = 0
    suggested: int = 0
    rejected: int = 0
    not_attributable: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRead:
    """A document with what became of the statements found in it."""

    document: Document
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A statement that stands, with the people who confirmed it."""

    statement: Statement
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for a reader, besides statements: how many suggested rows of each kind.

    `unseen`: denied reports that nobody has identified. `second`: statements that a result hangs on and that one person
    alone has read.
    """

    positions: int = 0
    relations: int = 0
    unseen: int = 0
    second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one scenario. None, or nothing listed: it was not asked.

    `input_sha256`: of everything that went in; the same input gives the same answer.
    """

    option: MissionOption
    scenario: Scenario
    input_sha256: str = ""
    coverage: tuple[Coverage, ...] = ()
    coalitions: Coalitions | None = None
    vetoes: Vetoes | None = None
    defection: Defection | None = None
    reasons: tuple[Reasons, ...] = ()
    worlds: Worlds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """Everything that the pages of a ledger show. What is only suggested is in it as numbers, never as words.

    `positions`, `relations`, `pledges`, `caveats`, `conditions` and `unseen` are those that stand. `since`: the moment
    with which `changes` compares, in words; "": nobody asked.
    """

    name: str  # of the mission, or of the folder
    known_at_us: int
    zone: str = "UTC"
    documents: tuple[DocumentRead, ...] = ()
    tally: Tally = field(default_factory=Tally)
    statements: tuple[Confirmed, ...] = ()
    actors: tuple[Actor, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    positions: tuple[Position, ...] = ()
    lines: tuple[StanceLine, ...] = ()
    relations: tuple[Relation, ...] = ()
    pairs: tuple[Beside, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    conditions: tuple[Condition, ...] = ()
    answers: tuple[Answer, ...] = ()
    since: str = ""
    changes: tuple[Change, ...] = ()
    waiting: Waiting = field(default_factory=Waiting)
