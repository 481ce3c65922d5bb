"""What somebody is said to have said: where it stands, through how many mouths it came, how it was put."""

from dataclasses import dataclass
from typing import Literal

from truceline.model.actor import ActorKind
from truceline.model.document import NOT_STATED, Dated, Span

Attribution = Literal["direct", "indirect", "mixed", "nested", "headline", "none"]
LinkRole = Literal["publisher", "republisher", "author", "relay", "reporter", "origin", "denier", "characteriser"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]  # of a source; F: cannot be judged
Credibility = Literal[
    1, 2, 3, 4, 5, 6
]  # of what it says; 6: cannot be judged. The two are never worked out of each other
Stance = Literal[
    "considering",
    "not_ruled_out",
    "ready",
    "conditional",
    "committed",
    "refused",
    "withdrawn",
    "requires",
    "opposes",
    "accepts",
    "requests",
]
OWN_STANCES: tuple[Stance, ...] = Stance.__args__[:7]  # type: ignore[attr-defined]  # about the holder's own contribution
# What a statement does that sets nobody's stance.
Move = Literal["denies", "proposes", "assesses", "reports", "open_issue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One mouth through which a statement came, the one nearest to the reader first."""

    role: LinkRole
    name: str
    named: bool = True  # False: an unnamed source
    actor_id: str = ""
    reliability: Reliability = "F"
    credibility: Credibility = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What found a row: a rule and how often it was right where it was measured (docs/ledger.md); "": a person."""

    name: str = ""
    right_permille: int = 0


BY_HAND = Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One attributed statement. `stance` and `move` are what its words do; whose stance that is, a Position says."""

    statement_id: str  # st-… of the document, the content's place and the cue's
    document_id: str
    content: tuple[Span, ...]  # a quotation that is cut in two has two
    attribution: Attribution
    cue: Span | None = None
    speaker_span: Span | None = None
    speaker: str = ""  # as far as the text tells: "Welt" where it says "the paper"; empty: not told
    speaker_kind: ActorKind = "generic"
    speaker_id: str = ""  # the actor, once known
    speaks_for: str = ""  # the actor for whom
    parent_id: str = ""  # the statement inside which it stands
    verb: str = ""  # lemma of the cue
    negated: bool = False
    hedges: tuple[str, ...] = ()
    stance: Stance | Literal[""] = ""
    move: Move | Literal[""] = ""
    holder_id: str = ""  # whose stance; empty where nobody's is told
    about: tuple[str, ...] = ()  # actors named in it
    said: Dated = NOT_STATED
    happened: Dated = NOT_STATED
    chain: tuple[Link, ...] = ()
    language: str = "en"
    translation: str = ""
    found: Rule = BY_HAND

    @property
    def words(self) -> str:
        """Its words, pieces joined by an ellipsis."""
        return " … ".join(span.exact for span in self.content)

    @property
    def origin(self) -> Link | None:
        """Where the chain ends."""
        return self.chain[-1] if self.chain else None
