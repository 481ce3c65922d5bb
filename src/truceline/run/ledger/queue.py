"""What waits for a reader: cards to decide about, and what each key makes of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

from truceline.base.errors import InputError
from truceline.guarantee.ledger import Ledger, Row, id_of, kind_of, new_id
from truceline.guarantee.reading import Text
from truceline.guarantee.standing import positions_suggested, propositions_suggested
from truceline.model.decision import Decision, LedgerAct
from truceline.model.document import Document, Unseen
from truceline.model.position import Position, Proposition, Relation, RelationKind
from truceline.model.scenario import Analysis
from truceline.model.statement import BY_HAND, Credibility, Reliability, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing to decide: a statement with the positions read in it, a relation, an unseen report; or a document in
    which no rule found anything, to be marked by hand.

    `second`: somebody else confirmed it, and a result hangs on it.
    """

    row: Statement | Relation | Unseen | Document
    positions: tuple[Position, ...] = ()
    claims: tuple[str, ...] = ()  # what each position is about, in words
    second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What is entered together when a card is decided."""

    rows: tuple[Row, ...] = ()
    decisions: tuple[Decision, ...] = ()


def queue_of(ledger: Ledger, *, reader: str) -> list[Card]:
    """The cards for one reader: second readings that a result waits for, then suggestions in the order of the texts."""
    owed = set(owed_second(ledger))
    read_in = positions_read(ledger)
    texts = {each.proposition_id: each.text for each in ledger.all_of(Proposition)}
    first: list[Card] = []
    suggested: list[Card] = []
    for statement in ledger.all_of(Statement):
        state = ledger.state(statement.statement_id)
        if state == "suggested":
            positions = read_in.get(statement.statement_id, ())
            claims = tuple(texts.get(each.proposition_id, each.proposition_id) for each in positions)
            suggested.append(Card(row=statement, positions=positions, claims=claims))
        elif statement.statement_id in owed and reader not in ledger.readers(id_of(statement)):
            first.append(Card(row=statement, second=True))
    places = {document.document_id: number for number, document in enumerate(ledger.all_of(Document))}
    suggested.sort(key=lambda card: _place(card.row, places))
    relations = [Card(row=row) for row in ledger.suggested(Relation) if _ends_stand(ledger, row)]
    relations.sort(key=lambda card: get_args(RelationKind).index(cast(Relation, card.row).kind))
    unseen = [Card(row=row) for row in ledger.standing(Unseen) if row.candidates and not row.identified]
    told = {statement.document_id for statement in ledger.all_of(Statement)}
    bare = [Card(row=row) for row in ledger.all_of(Document) if row.document_id not in told]
    return [*first, *suggested, *relations, *unseen, *bare]


def positions_read(ledger: Ledger) -> dict[str, tuple[Position, ...]]:
    """The suggested positions by the statement in which they were read."""
    found: dict[str, tuple[Position, ...]] = {}
    for position in ledger.suggested(Position):
        found[position.statement_id] = (*found.get(position.statement_id, ()), position)
    return found


def owed_second(ledger: Ledger) -> tuple[str, ...]:
    """The statements that a result hangs on and that one person alone has read."""
    told = {row_id for run in ledger.all_of(Analysis) for row_id in run.statements}
    return tuple(row_id for row_id in sorted(told) if row_id in ledger.entered and ledger.state(row_id) == "confirmed")


def _place(row: Row, places: dict[str, int]) -> tuple[int, int]:
    assert isinstance(row, Statement)
    return places.get(row.document_id, len(places)), row.content[0].start


def _ends_stand(ledger: Ledger, relation: Relation) -> bool:
    return ledger.stands(relation.from_id) and ledger.stands(relation.to_id)


def as_shown(card: Card, *, by: str, at_us: int) -> Acts:
    """Everything on the card is right."""
    return decided((card.row, *card.positions), "confirm", by=by, at_us=at_us)


def words_only(card: Card, *, by: str, at_us: int) -> Acts:
    """Who said what is right; no stance follows from it."""
    words = decided((card.row,), "confirm", by=by, at_us=at_us)
    stances = decided(card.positions, "reject", by=by, at_us=at_us)
    return Acts(decisions=(*words.decisions, *stances.decisions))


def decided(rows: Iterable[Row], act: LedgerAct, *, by: str, at_us: int, reason: str = "") -> Acts:
    """The same decision about each of some rows."""
    made = (Decision(row_id=id_of(row), act=act, author=by, at_us=at_us, reason=reason) for row in rows)
    return Acts(decisions=tuple(made))


def edited(card: Card, changed: Statement, *, by: str, at_us: int) -> Acts:
    """A person's version of a statement in the place of the one suggested, with the positions that follow from it."""
    assert isinstance(card.row, Statement), f"a {kind_of(card.row)} is not edited"
    anew = replace(changed, statement_id=new_id("statement", changed.document_id, changed), found=BY_HAND)
    return _in_place(card, (anew,), "edit", by=by, at_us=at_us)


def graded(card: Card, grades: Sequence[tuple[Reliability, Credibility]], *, by: str, at_us: int) -> Acts:
    """A statement with a reader's judgement of each mouth of its chain, in the place of the one suggested."""
    assert isinstance(card.row, Statement), f"a {kind_of(card.row)} has no chain"
    chain = tuple(
        replace(link, reliability=reliability, credibility=credibility)
        for link, (reliability, credibility) in zip(card.row.chain, grades, strict=True)
    )
    return edited(card, replace(card.row, chain=chain), by=by, at_us=at_us)


def split(card: Card, parts: Sequence[str], text: Text, *, by: str, at_us: int) -> Acts:
    """Several statements in the place of one; `parts` are the words of each, as they stand in it.

    Raises: InputError: words that do not stand there.
    """
    assert isinstance(card.row, Statement), f"a {kind_of(card.row)} is not split"
    begin, end = card.row.content[0].start, card.row.content[-1].end
    made = []
    for words in parts:
        place = _place_of(text, words, begin, end)
        if place is None:
            raise InputError(
                f"{words[:60]!r} does not stand in it.", subject="split", remedy="Copy the words as they are printed."
            )
        span = text.span(*place)
        statement_id = new_id("statement", card.row.document_id, span.start, span.end, id_of(card.row))
        made.append(replace(card.row, content=(span,), statement_id=statement_id, found=BY_HAND))
    return _in_place(card, made, "split", by=by, at_us=at_us)


def _place_of(text: Text, words: str, begin: int, end: int) -> tuple[int, int] | None:
    """Where words stand in a text's body, inside these characters of the file."""
    at = -1
    while words and (at := text.body.find(words, at + 1)) >= 0:
        if begin <= text.at[at] and text.ends[at + len(words) - 1] <= end:
            return at, at + len(words)
    return None


def missed(document: Document, text: Text, words: str, *, speaker: str) -> Statement:
    """A statement that no rule found, from its words as they stand in the text.

    Raises: InputError: they do not stand there, or more than once.
    """
    words = words.strip()
    count = text.body.count(words) if words else 0
    if count != 1:
        raise InputError(
            f"{words[:60]!r} stands {count} times in {document.name}.",
            subject="statement",
            remedy="Copy the words as they stand there, long enough to be found once.",
        )
    start = text.body.find(words)
    span = text.span(start, start + len(words))
    around = text.body.rfind("\n", 0, start) + 1, (text.body.find("\n", start) + 1 or len(text.body))
    said_by = text.body.find(speaker, *around) if speaker else -1
    return Statement(
        statement_id=new_id("statement", document.document_id, span.start, span.end),
        document_id=document.document_id,
        content=(span,),
        attribution="direct" if words[0] in '“"«' else "indirect" if speaker else "none",
        speaker_span=text.span(said_by, said_by + len(speaker)) if said_by >= 0 else None,
        speaker=speaker,
    )


def _in_place(card: Card, made: Sequence[Statement], act: LedgerAct, *, by: str, at_us: int) -> Acts:
    """New statements and the positions that follow from them, all by this person, instead of a card's."""
    ids = tuple(statement.statement_id for statement in made)
    instead = Decision(row_id=id_of(card.row), act=act, author=by, at_us=at_us, replaced_by=ids)
    fallen = decided(card.positions, "reject", by=by, at_us=at_us, reason=f"{act} of its statement")
    return Acts(rows=following(made), decisions=(instead, *fallen.decisions))


def following(statements: Sequence[Statement]) -> tuple[Row, ...]:
    """Statements by a person, with the propositions and positions that follow from what the person says of them."""
    positions = (replace(each, found=BY_HAND) for each in positions_suggested(statements))
    return (*statements, *propositions_suggested(statements), *positions)


def related(card: Card, kind: str, *, by: str, at_us: int) -> Acts:
    """Another relation between the same two, in the place of the one suggested."""
    assert isinstance(card.row, Relation), f"a {kind_of(card.row)} has no kind"
    anew = replace(
        card.row,
        kind=cast(RelationKind, kind),
        relation_id=new_id("relation", card.row.from_id, card.row.to_id, kind),
        found=BY_HAND,
    )
    instead = Decision(row_id=id_of(card.row), act="edit", author=by, at_us=at_us, replaced_by=(anew.relation_id,))
    return Acts(rows=(anew,), decisions=(instead,))
