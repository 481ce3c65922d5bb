"""Who may do what: an account, its role, and the recipient that it stands for when something is released.

An account is a person or a program. What it may see follows from its role and party alone (`Account.recipient`); what
it may do, from its role (`MAY`) and from the actors of the mandate that it acts for.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal[
    "watch_officer",
    "analyst",
    "reviewer",
    "reporting_officer",
    "liaison",
    "legal",
    "chair",
    "party_liaison",  # one party each
    "public",
    "auditor",  # reads everything that was decided, decides nothing
]
ROLES: tuple[Role, ...] = get_args(Role)
RecipientKind = Literal["mission", "auditor", "party", "public"]

# What a role may do; reading is release's matter. Deny by default: a right that is not listed is nobody's.
Right = Literal[
    "submit",  # send observations, notices, claims
    "review",  # confirm, correct, split, merge, reject
    "act",  # act, consent, vote, object, confirm in a case, for an actor of the mandate
    "attribute",  # vote on a panel
    "open",  # open a case by hand
    "publish",  # embargo and publish, issue bulletins
    "administer",  # accounts, keys, migrations, areas
]
MAY: dict[Role, tuple[Right, ...]] = {
    "watch_officer": ("submit", "act", "open"),
    "analyst": ("submit", "attribute"),
    "reviewer": ("submit", "review", "attribute"),
    "reporting_officer": ("publish",),
    "liaison": ("submit", "act"),
    "legal": ("attribute",),
    "chair": ("act", "attribute", "open", "publish", "administer"),
    "party_liaison": ("submit", "act"),
    "public": (),
    "auditor": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whoever something is released to. `party` is set for a party, empty for everybody else."""

    kind: RecipientKind
    party: str = ""

    def __str__(self) -> str:
        return f"party:{self.party}" if self.kind == "party" else self.kind


MISSION, AUDITOR, PUBLIC = Recipient(kind="mission"), Recipient(kind="auditor"), Recipient(kind="public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person or program. `acts_for` names actors of the mandate; `panel`: sits on its attribution panel."""

    name: str
    role: Role
    party: str = ""  # of a party's liaison, and of nobody else
    acts_for: tuple[str, ...] = ()
    panel: bool = False
    disabled: bool = False

    @property
    def recipient(self) -> Recipient:
        """What is released to this account is what is released to this recipient."""
        if self.role == "party_liaison":
            return Recipient(kind="party", party=self.party)
        if self.role in ("public", "auditor"):
            return PUBLIC if self.role == "public" else AUDITOR
        return MISSION

    def may(self, right: Right) -> bool:
        """Whether its role has this right; a disabled account has none."""
        return not self.disabled and right in MAY[self.role]
