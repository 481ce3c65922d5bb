"""What the checker finds in a mandate's text, as `truceline check` lists it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

SEVERITIES: dict[str, Severity] = {
    # error: the text contradicts itself, or cannot be carried out as written
    "ANCHOR": "error",  # a clause cites a paragraph that the signed text does not have
    "BLOCK": "error",  # parties alone can prevent every remedy
    "CONFLICT": "error",  # two clauses of opposite modality meet in one event
    "DEAD": "error",  # nothing can match the clause, or a duty to look never falls due
    "DEADLINE": "error",  # a duty cannot be done in its time, or the steps exceed the response's deadline
    "ENDLESS": "error",  # a loop that nobody must leave
    "GAP": "error",  # an event of a declared domain that no clause rules
    "NO-TERM": "error",  # a step of a response, and the text does not say by when
    "UNREADABLE": "error",  # the text is no mandate
    "SIGNED-OFF": "error",  # the signed text changed after the encoding was signed off
    "UNDEFINED": "error",  # a result without a next step
    "UNPROVABLE": "error",  # a standard or duty that the monitors cannot meet, or a clause below the precision
    # warning: something that a reader must know before signing is not said
    "EXEMPTION": "warning",  # nobody is named to decide whether it applies
    "BASELINE": "warning",  # parties measure from lines that diverge
    "CATALOGUE": "warning",  # weapon systems that no clause rules, though others of their kind are ruled
    "DISPUTED": "warning",
    "INCONCLUSIVE": "warning",  # where a visit finds nothing out, no remedy can be reached, with nobody to blame
    "NO-ATTRIBUTION": "warning",
    "NO-COVERAGE": "warning",
    "NO-EVIDENCE": "warning",
    "NO-MONITOR": "warning",
    "NO-QUORUM": "warning",  # a body with members and no rule for its votes
    "NO-RESPONSE": "warning",
    "NO-VIOLATION": "warning",
    "ROLE-REFUSED": "warning",  # who has a part said last that it will not play it
    "ROLE-UNDECLARED": "warning",  # who has a part never said itself whether it will play it
    "SCOPE": "warning",
    "SILENT": "warning",  # a paragraph of the signed text that no clause cites
    "UNATTRIBUTED": "warning",  # a response needs the violator, and does not say what follows while nobody is named
    "UNREACHABLE": "warning",  # a step or end that no course of events leads to
    # note: worth knowing
    "BLOCKERS": "note",  # the smallest coalitions that include a body and can prevent every remedy
    "CAPACITY": "note",  # from so many simultaneous cases on, the teams cannot keep a term
    "NO-DRAWING": "note",  # a line or zone whose drawing is not at hand
    "NO-PLACE": "note",
    "NOT-BOUND": "note",
    "ROLE-UNRESOLVED": "note",  # the ledger knows nobody in a role
    "UNSIGNED": "note",  # nobody signed this encoding off
    "UNVERIFIED": "note",
    "WORST-CASE": "note",  # how long a response can take
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What happens at one step of a response: `result` at `at_s` seconds after the case was opened."""

    step: str
    result: str
    at_s: int
    who: str = ""  # whose doing it is; empty: nobody's in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Where one line lies farthest from another: to its left (`side` 1) or right (-1); degrees of WGS 84 × 1,000."""

    lon_mdeg: int
    lat_mdeg: int
    side: int
    distance_m: int
    bound_m: int  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One finding about the text. `code` is one of SEVERITIES; `line` is of the `.truce` text, 0: the text as a whole.

    Its counterexample can be replayed: `event` is a row as (column, value) in the words of `terms.rules`, judged by
    the engine; `schedule` is a course of events, followed by `terms.protocol`.
    """

    code: str
    line: int
    subject: str  # the clause, party, response or item it is about
    words: str
    suggestion: str
    event: tuple[tuple[str, str], ...] = ()
    schedule: tuple[Move, ...] = ()

    @property
    def severity(self) -> Severity:
        """How much it matters, by its code."""
        return SEVERITIES[self.code]
