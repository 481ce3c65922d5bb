"""From how many independent origins something is known, and claim beside denial.

An article that quotes an agency that quotes a newspaper that quotes unnamed people has one origin, unnamed; whoever
else repeats the newspaper adds none. The same person in two articles is one origin, and so is the same text in two.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from truceline.guarantee.ledger import Ledger
from truceline.model.document import Document, Unseen
from truceline.model.lines import Beside
from truceline.model.position import Relation
from truceline.model.statement import Statement

NONE: Mapping[str, Document] = MappingProxyType({})
Origin = tuple[str, str]  # "named" or "unnamed"; who, or who tells of the unnamed one


def origin_of(statement: Statement) -> Origin:
    """Where a statement's chain ends. Unnamed origins of one reporter are one, for nobody can tell them apart."""
    if not statement.chain:
        return "named", statement.speaks_for or statement.speaker_id or folded(statement.speaker)
    last = statement.chain[-1]
    if last.named and last.role not in ("publisher", "republisher", "author"):
        return "named", last.actor_id or folded(last.name)
    named = [link for link in statement.chain if link.named]
    return "unnamed", (named[-1].actor_id or folded(named[-1].name)) if named else ""


def folded(name: str) -> str:
    """A name as it is compared: small letters, without its article."""
    return " ".join(name.casefold().removeprefix("the ").split())


def origin_count(statements: Iterable[Statement], documents: Mapping[str, Document] = NONE) -> int:
    """How many independent origins stand behind statements: never more than there are articles.

    Each origin that counts needs an article of its own that tells it: two voices in one article are one report of it.
    This is the largest number of origins to which articles can be assigned, each once (a maximum matching).

    Args:
        documents: by id; of those with the same text (`same_as`) one counts.
    """
    told: dict[Origin, set[str]] = {}
    for statement in statements:
        told.setdefault(origin_of(statement), set()).add(article_of(statement.document_id, documents))
    held: dict[str, Origin] = {}
    return sum(_placed(origin, told, held, set()) for origin in sorted(told))


def article_of(document_id: str, documents: Mapping[str, Document]) -> str:
    """The article that a document is: of documents with the same text, the first."""
    seen = {document_id}
    while (document := documents.get(document_id)) and document.same_as and document.same_as not in seen:
        document_id = document.same_as
        seen.add(document_id)
    return min(seen) if document and document.same_as in seen else document_id


def _placed(origin: Origin, told: Mapping[Origin, set[str]], held: dict[str, Origin], tried: set[str]) -> bool:
    """Whether an article can be found for one more origin, others moving aside where they can (Kuhn 1955)."""
    for article in sorted(told[origin] - tried):
        tried.add(article)
        if article not in held or _placed(held[article], told, held, tried):
            held[article] = origin
            return True
    return False


def beside(ledger: Ledger) -> tuple[Beside, ...]:
    """Each denial that stands beside what it denies, by id. Only what people confirmed is read."""
    unseen = {each.unseen_id: each for each in ledger.standing(Unseen)}
    statements = {each.statement_id for each in ledger.standing(Statement)}
    pairs = [
        Beside(
            claim_id=each.to_id,
            denial_id=each.from_id,
            relation_id=each.relation_id,
            seen=each.to_id in statements,
            document_id=unseen[each.to_id].identified if each.to_id in unseen else "",
        )
        for each in ledger.standing(Relation)
        if each.kind == "denies" and (each.to_id in statements or each.to_id in unseen)
    ]
    return tuple(sorted(pairs, key=lambda pair: (pair.claim_id, pair.denial_id)))
