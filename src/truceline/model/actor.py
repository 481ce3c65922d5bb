"""Who speaks, and for whom: states, organisations, coalitions, offices, people, media, and groups without a name."""

from dataclasses import dataclass
from typing import Literal

from truceline.model.document import NOT_STATED, Dated

ActorKind = Literal[
    "state",
    "organisation",  # of states, or of others
    "coalition",  # states that act together without an organisation
    "office",
    "person",
    "media",
    "think_tank",
    "unnamed_group",  # "sources in Brussels", "senior diplomats"
    "generic",  # "many", "experts": nobody in particular
]
COLLECTIVE: tuple[ActorKind, ...] = ("organisation", "coalition", "unnamed_group", "generic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who can say or give something. `deleted`: entered by mistake; what names it stays and says so."""

    actor_id: str  # ISO 3166 alpha-3 of a state; else a short name in capitals
    kind: ActorKind
    name: str
    names: tuple[str, ...] = ()  # other names it goes by, capitals and seats that stand for it
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """That one actor belongs to another, or speaks and acts for it, and from when to when."""

    bond_id: str
    actor_id: str
    kind: Literal["member_of", "acts_for", "role_of"]  # role_of: holds this name in a mandate (`target_id`)
    target_id: str
    office: str = ""
    since: Dated = NOT_STATED
    until: Dated = NOT_STATED
