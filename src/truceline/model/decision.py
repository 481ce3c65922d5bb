"""What a person decided about a row of the ledger. Until one did, it is a suggestion and enters no result."""

from dataclasses import dataclass
from typing import Literal, get_args

LedgerAct = Literal[
    "confirm",
    "edit",  # `replaced_by` stands in its place
    "split",  # likewise, several
    "reject",
    "not_attributable",  # nobody is told to have said it
    "identify",  # an unseen report: it is the document `names`
]
LEDGER_ACTS: tuple[LedgerAct, ...] = get_args(LedgerAct)
RowState = Literal["suggested", "confirmed", "second", "replaced", "rejected", "not_attributable"]
STANDING: tuple[RowState, ...] = ("confirmed", "second")  # second: two different people confirmed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of one person about one row. Its time is the entry's."""

    row_id: str
    act: LedgerAct
    author: str
    at_us: int
    reason: str = ""
    replaced_by: tuple[str, ...] = ()
    names: str = ""


GONE: tuple[RowState, ...] = ("replaced", "rejected", "not_attributable")  # read, and not what it said
