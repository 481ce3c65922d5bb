"""What follows from an event under a clause, *if it was this addressee's*; and what a period's sources support.

A finding of breach says nothing about who did it: attribution is another record, made by people.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Verdict(StrEnum):
    """The third value is an answer."""

    BREACH = "breach"
    NO_BREACH = "no_breach"
    UNDETERMINED = "undetermined"


class Reason(StrEnum):
    """Why a verdict is undetermined. One word per cause; `finding.missing` says what would decide it."""

    CONFLICT = "conflict"  # two clauses of opposite modality, none overrides
    SCOPE_DISPUTED = "scope-disputed"  # whether the clause covers it is disputed
    EXEMPTION_PENDING = "exemption-pending"  # an exemption or an overriding clause may apply
    MEASUREMENT = "measurement"  # the error of a measured fact straddles a limit
    UNKNOWN_FACT = "unknown-fact"  # a fact the clause needs is not known
    ONE_SIDED = "one-sided"  # only a party's own record about its opponent supports it
    EVIDENCE = "evidence"  # the mandate's evidence standard is not met
    PARTY = "party"  # it depends on whose act it was
    CLAIMS_ONLY = "claims-only"  # nothing but allegations
    NOT_OBSERVED = "not-observed"  # nobody could have seen enough to say


class Outcome(StrEnum):
    """What an assessment of a period can say."""

    BREACH_FOUND = "breach_found"
    NONE_FOUND = "none_found"
    UNDETERMINED = "undetermined"


FINDINGS = pa.schema(
    [
        ("finding_id", pa.string()),
        ("mandate", pa.string()),
        ("clause", pa.string()),
        ("addressee", pa.string()),
        ("reading", pa.string()),  # "dispute=reading" pairs the clause cites, or empty
        (
            "event_ids",
            pa.list_(pa.string()),
        ),  # one; several for a count; none for an obligation nobody was seen to meet
        ("earliest_at_us", pa.int64()),
        ("latest_at_us", pa.int64()),
        ("verdict", pa.string()),
        ("reason", pa.string()),  # empty unless undetermined
        ("breach_class", pa.string()),
        (
            "outcome",
            pa.string(),
        ),  # a further outcome the clause names, where it surely holds; "name?" where possibly
        ("missing", pa.list_(pa.string())),  # facts that would decide it, in words
        ("sources", pa.list_(pa.string())),  # source ids that support it
        ("certificate_sha256", pa.string()),  # empty for no_breach
    ]
)

ASSESSMENTS = pa.schema(
    [
        ("mandate", pa.string()),
        ("clause", pa.string()),
        ("addressee", pa.string()),
        ("reading", pa.string()),
        ("from_s", pa.int64()),  # UTC seconds, closed
        ("until_s", pa.int64()),  # open
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("breaches", pa.int64()),
        ("undetermined", pa.int64()),
        ("claims", pa.int64()),
        ("coverage_permille", pa.int64()),  # null: not known
        ("words", pa.string()),  # one sentence: what the sources support and no more
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """Items recorded by one source against one clause in one equal period, by two stated rules.

    `wholly`: rows whose recorded time lies wholly inside; `touching`: rows whose recorded time touches the period.
    `unstated`: items in touching rows of which it is not stated whether the clause covers them; in neither count.
    """

    clause: str
    addressee: str
    reading: str
    bound: bool  # False: this party is not bound; the figures stand for comparison only
    source_id: str
    which: str  # before, inside, after
    from_s: int
    until_s: int
    wholly: int
    touching: int
    unstated: int
