"""Stance lines: what a holder is known to have held, entry after entry; claims beside denials; the graph of mouths."""

from dataclasses import dataclass
from typing import Literal

from truceline.model.document import Dated
from truceline.model.statement import Stance

NodeKind = Literal["article", "relay", "outlet", "origin", "unseen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEntry:
    """One stance at one time. `earliest` and `latest`: the days between which it lies; "": open on that side."""

    position_id: str
    statement_id: str
    stance: Stance
    said: Dated
    earliest: str = ""
    latest: str = ""
    alleged_by: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceLine:
    """One holder on one proposition: its own words first, what others allege apart from them."""

    holder_id: str
    proposition_id: str
    own: tuple[LineEntry, ...]
    alleged: tuple[LineEntry, ...]
    own_origins: int
    alleged_origins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A claim and its denial, one beside the other; which of them is right is not said.

    `claim_id` is a statement, or the unseen report that the denial speaks of; `document_id`, what a person found that
    report to be.
    """

    claim_id: str
    denial_id: str
    relation_id: str
    seen: bool
    document_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a line held then and holds now: entries that came, and entries that stand no longer."""

    holder_id: str
    proposition_id: str
    came: tuple[LineEntry, ...]
    went: tuple[LineEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One mouth, article or report of the graph. `hollow`: it has no name, or nobody has seen it."""

    node_id: str
    kind: NodeKind
    name: str
    hollow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From whoever tells to whom they have it from, and the statements that came that way."""

    from_id: str
    to_id: str
    statements: tuple[str, ...]
