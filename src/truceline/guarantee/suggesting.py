"""One article to everything that is suggested about it, beside what the ledger holds already."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from truceline.guarantee.ledger import Ledger, Row
from truceline.guarantee.reading import Text, read_document
from truceline.guarantee.saying import Parser, suggest
from truceline.guarantee.standing import (
    positions_suggested,
    propositions_suggested,
    relations_suggested,
    unseen_of,
    with_stance,
)
from truceline.model.actor import Actor, Bond
from truceline.model.decision import GONE
from truceline.model.document import Document, Unseen
from truceline.model.position import Position, Proposition, Relation
from truceline.model.statement import Statement

_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A document, its text, and what the rules make of it. Nothing of it enters a result before a person confirms."""

    document: Document
    text: Text
    statements: tuple[Statement, ...]
    propositions: tuple[Proposition, ...]
    positions: tuple[Position, ...]
    unseen: tuple[Unseen, ...]
    relations: tuple[Relation, ...]

    def rows(self) -> tuple[Row, ...]:
        """The suggestions, what others rest on first."""
        return (*self.statements, *self.propositions, *self.positions, *self.unseen, *self.relations)


def suggest_from(
    content: bytes,
    *,
    name: str,
    parser: Parser | None,
    ledger: Ledger | None = None,
    stated: Mapping[str, object] = _NOTHING,
) -> Suggested:
    """Everything that the rules suggest about one article.

    Args:
        parser: of sentences; None: simpler rules.
        ledger: what is known already: actors, bonds, statements to relate these to, documents that may be the same.
        stated: fields of the document that a person states; they outrank what the article's page tells.

    Raises: UnreadableError, TooLargeError: it is no article.
    """
    ledger = ledger if ledger is not None else Ledger()
    document, text = read_document(content, name=name)
    document = replace(document, **stated)  # type: ignore[arg-type]  # the caller names fields of a document
    known = {actor.actor_id: actor for actor in ledger.all_of(Actor) if not actor.deleted}
    bonds = ledger.standing(Bond)
    statements = tuple(
        with_stance(each, text, known=known, bonds=bonds, published=document.published)
        for each in suggest(document, text, parser=parser)
    )
    earlier = tuple(each for each in ledger.all_of(Statement) if ledger.state(each.statement_id) not in GONE)
    documents = {each.document_id: each for each in (*ledger.all_of(Document), document)}
    unseen = unseen_of((*earlier, *statements), documents)
    relations = relations_suggested((*earlier, *statements), documents)
    fresh = {each.statement_id for each in statements}
    return Suggested(
        document=document,
        text=text,
        statements=statements,
        propositions=propositions_suggested(statements, known),
        positions=positions_suggested(statements, known),
        unseen=unseen,  # those of earlier articles too: this one may hold what they deny
        relations=tuple(each for each in relations if fresh & {each.from_id, each.to_id}),
    )
