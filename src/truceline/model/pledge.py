"""What a guarantor offers, how firmly, under which conditions, and what its use is kept from."""

from dataclasses import dataclass, field
from typing import Literal

from truceline.model.condition import Expression
from truceline.model.document import NOT_STATED, Dated

# How far a pledge has come, the weakest first; what a threshold of evidence is compared with.
PledgeStatus = Literal[
    "refused",
    "withdrawn",
    "mooted",
    "not_ruled_out",
    "considering",
    "ready",
    "conditional",
    "committed",
    "allocated",
    "delivered",
]
LADDER: tuple[PledgeStatus, ...] = PledgeStatus.__args__  # type: ignore[attr-defined]
CaveatKind = Literal["geographic", "task", "force_type", "time", "command", "legal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Sums in whole units of a currency, as reported; None: not reported."""

    currency: str = "EUR"
    committed: int | None = None
    allocated: int | None = None
    disbursed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """So much of a capability from one actor. A quantity that nobody stated is None and counts as nothing."""

    pledge_id: str
    actor_id: str
    strand: str  # kind of guarantee: troops, monitoring, logistics, training, …
    capability: str
    status: PledgeStatus
    low: int | None = None
    high: int | None = None
    unit: str = ""
    readiness: int = 0  # 0 to 4: 1 registered, 2 assessed, 3 agreed, 4 ready in 60 days (UN readiness system)
    condition: Expression | None = None
    statements: tuple[str, ...] = ()
    source: str = ""  # where no statement in the ledger tells of it
    since: Dated = NOT_STATED
    renew_by: Dated = NOT_STATED
    money: Money = field(default_factory=Money)
    supersedes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """What an actor keeps a pledge, or all of its own, from being used for."""

    caveat_id: str
    kind: CaveatKind
    text: str
    pledge_id: str = ""
    actor_id: str = ""
    excludes: tuple[str, ...] = ()  # capabilities or options for which it does not count
    statements: tuple[str, ...] = ()
