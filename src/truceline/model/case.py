"""A case: a response of the mandate under way, and what was said and done in it.

A case is the sum of its events, in the order of the record; nothing else is kept. An event of a case is one entry of
kind `case` whose subject is the case's id. Who wrote it (the account) is the entry's author; for which actor of the
mandate it speaks is `actor`.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

EventKind = Literal[
    "opened",  # words: why, where a person opened it
    "acted",  # actor carried the step out, with `result`; or refuses to: `refused`
    "consented",  # actor was asked for consent: result `yes` or `no`
    "voted",  # actor's vote: a result the step can have, or `against`; words hold a dissent
    "objected",  # actor uses its veto
    "confirmed",  # actor confirms what another reports of itself: `yes` or `no`
    "late",  # the step's time passed at `due_at_us`
    "attributing",  # one panellist's vote: `party`, or none
    "unattributed",  # attribution's time passed at `due_at_us`
    "replied",  # a party's reply, at any time
    "self_reported",  # a party reports of itself
    "asked",  # a request for clarification, to be answered by `due_at_us`
    "clarified",  # its answer; `step` holds the number of the request
    "superseded",  # the finding no longer stands as it was: words say what it is now
    "migrated",  # from now on under the mandate `mandate_sha256`
    "noted",  # a person's remark
]
EffectKind = Literal["task", "told", "ended"]  # your act is awaited; you are informed; the case has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a case is about. The addressees are those of whom the finding says: if it was theirs, it is a breach."""

    mandate: str
    mandate_sha256: str  # of its canonical JSON: the version the case is pinned to
    response: str
    clause: str
    breach_class: str
    reading: str
    finding_ids: tuple[str, ...]  # one for each addressee
    event_ids: tuple[str, ...]
    addressees: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing said or done in a case. `at_us` is when it took effect; its entry says when it was written down."""

    kind: EventKind
    at_us: int
    author: str  # an account, or `truceline <version>`
    actor: str = ""  # of the mandate: a party or a body
    step: str = ""
    result: str = ""
    party: str = ""  # attributing: the violator
    victim: str = ""
    words: str = ""
    due_at_us: int = 0
    mandate_sha256: str = ""
    hashes: tuple[str, ...] = ()  # documents that came with it, in the content store
    opening: Opening | None = None  # opened, and only that


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A message that a case asks for. Its key is the same whenever the case is worked out again."""

    key: str  # idempotency key: 32 hex digits of the hash of case, event and addressee
    case_id: str
    kind: EffectKind
    to: str  # an actor of the mandate
    step: str
    words: str  # what is asked or said, without any place
    at_us: int
    due_at_us: int = 0  # 0: the text does not say by when


CASES = pa.schema(
    [
        ("case_id", pa.string()),
        ("mandate", pa.string()),
        ("response", pa.string()),
        ("clause", pa.string()),
        ("breach_class", pa.string()),
        ("reading", pa.string()),
        ("step", pa.string()),  # where it stands; empty: where the text does not say what follows, or ended
        ("ended", pa.string()),  # how; empty: it is under way
        ("addressees", pa.list_(pa.string())),
        ("finding_ids", pa.list_(pa.string())),
        ("event_ids", pa.list_(pa.string())),
        ("opened_at_us", pa.int64()),
        ("due_at_us", pa.int64()),  # null: no time runs
    ]
)

HISTORY = pa.schema(
    [
        ("case_id", pa.string()),
        ("opened_at_us", pa.int64()),
        ("kind", pa.string()),
        ("decided_by", pa.string()),  # the actor of the mandate; empty: the desk
        ("step", pa.string()),
        ("outcome", pa.string()),
        ("at_us", pa.int64()),
        ("words", pa.string()),
    ]
)
