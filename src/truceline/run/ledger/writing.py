"""A ledger as pages on disk, and as what other programs read."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from truceline.base.errors import UnavailableError
from truceline.guarantee.exchange import Rows, annotations, prov_json
from truceline.guarantee.ledger import Ledger, to_us_of
from truceline.guarantee.standing import beside, chain_graph, changed_since, gazetteer, stance_lines
from truceline.model.actor import Actor, Bond
from truceline.model.condition import Condition
from truceline.model.document import Document, Unseen
from truceline.model.ledger_view import Answer, Confirmed, DocumentRead, LedgerView, Tally, Waiting
from truceline.model.pledge import Caveat, Pledge
from truceline.model.position import Position, Proposition, Relation
from truceline.model.scenario import Scenario
from truceline.model.statement import Statement
from truceline.run.ledger.asking import asked_in, gaps_of, worlds_of_asked
from truceline.run.ledger.book import Kept, kept
from truceline.run.ledger.queue import owed_second
from truceline.run.ledger.telling import moment_us
from truceline.run.reports import write_whole

PAGES = "ledger"


def write_ledger(
    folder: Path, *, scenario: str = "", since: str = "", out: Path | None = None, now_us: int
) -> list[Path]:
    """Write every page and table of a ledger; the overview first.

    Args:
        scenario: the one to answer; empty: each that was declared.
        since: show what changed since this moment; empty: nothing of that.

    Raises: as `asked_in`; TotalsError: something does not add up, and nothing is written. UnavailableError: the disk.
    """
    from truceline.report.ledger import ledger_files  # heavy: loaded when pages are made

    with kept(folder) as book:
        view = view_of(book, name=folder.resolve().name, scenario=scenario, since=since, now_us=now_us)
    files = ledger_files(view)
    place = out if out is not None else folder / PAGES
    try:
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(place / name, content)
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.",
            subject=f"pages {place}",
            remedy="Give it room and rights, then run it again.",
        ) from None
    return sorted((place / name for name in files), key=lambda path: (path.name != "ledger.html", path.suffix, path))


def view_of(book: Kept, *, name: str, scenario: str = "", since: str = "", now_us: int) -> LedgerView:
    """What the pages show: what stands, with its readers; of the rest, how many."""
    ledger = book.ledger
    statements = ledger.standing(Statement)
    documents = {each.document_id: each for each in ledger.all_of(Document)}
    unseen = ledger.standing(Unseen)
    nodes, edges = chain_graph(statements, documents, unseen)
    known_us = max((to_us_of(entry) for _, entry in book.record.entries()), default=now_us)
    return LedgerView(
        name=name,
        known_at_us=known_us,
        documents=tuple(_document(ledger, each) for each in documents.values()),
        tally=_tally(ledger, ledger.all_of(Statement)),
        statements=tuple(Confirmed(statement=each, readers=ledger.readers(each.statement_id)) for each in statements),
        actors=_actors(ledger),
        propositions=ledger.standing(Proposition),
        positions=ledger.standing(Position),
        lines=stance_lines(ledger),
        relations=ledger.standing(Relation),
        pairs=beside(ledger),
        unseen=unseen,
        nodes=nodes,
        edges=edges,
        pledges=ledger.standing(Pledge),
        caveats=ledger.standing(Caveat),
        conditions=ledger.standing(Condition),
        answers=_answers(book, scenario),
        since=since,
        changes=changed_since(book.record.entries(), moment_us(since)) if since else (),
        waiting=Waiting(
            positions=len(ledger.suggested(Position)),
            relations=len(ledger.suggested(Relation)),
            unseen=sum(not each.identified for each in unseen),
            second=owed_second(ledger),
        ),
    )


def _tally(ledger: Ledger, statements: Iterable[Statement]) -> Tally:
    states = [(each, ledger.state(each.statement_id)) for each in statements]
    found = Counter(state for _, state in states)
    stand = sum(ledger.stands(each.statement_id) for each, _ in states)
    return Tally(
        every=len(states),
        confirmed=stand,
        resting=found["confirmed"] + found["second"] - stand,
        suggested=found["suggested"],
        rejected=found["rejected"],
        not_attributable=found["not_attributable"],
        replaced=found["replaced"],
    )


def _document(ledger: Ledger, document: Document) -> DocumentRead:
    mine = (each for each in ledger.all_of(Statement) if each.document_id == document.document_id)
    return DocumentRead(document=document, tally=_tally(ledger, mine))


def _actors(ledger: Ledger) -> tuple[Actor, ...]:
    """The ledger's own, and of those that everybody knows whoever is named."""
    own = {each.actor_id: each for each in ledger.standing(Actor)}
    named = {each.holder_id for each in ledger.standing(Position)} | {each.actor_id for each in ledger.standing(Pledge)}
    for each in ledger.standing(Statement):
        named |= {each.speaker_id, each.speaks_for, *each.about}
    listed = gazetteer()
    return (*own.values(), *(listed[each] for each in sorted(named) if each in listed and each not in own))


def _answers(book: Kept, scenario: str) -> tuple[Answer, ...]:
    """The answers to one scenario, or to each; the worlds of an option once, unless one scenario is asked for."""
    chosen = [scenario] if scenario else [each.scenario_id for each in book.ledger.standing(Scenario)]
    made: list[Answer] = []
    for each in chosen:
        asked = asked_in(book, each)
        told = any(answer.option == asked.ground.option for answer in made)
        gaps = gaps_of(asked)
        made.append(
            Answer(
                option=asked.ground.option,
                scenario=asked.scenario,
                input_sha256=asked.input_sha256,
                coverage=gaps.coverage,
                coalitions=gaps.coalitions,
                vetoes=gaps.vetoes,
                defection=gaps.defection,
                reasons=(gaps.why_not,),
                worlds=worlds_of_asked(asked) if asked.ground.option.goals and not told else None,
            )
        )
    return tuple(made)


def exported(folder: Path, form: Literal["annotations", "prov"]) -> bytes:
    """What stands, as W3C Web Annotations or as PROV-JSON, in canonical JSON. Raises: as `kept`."""
    with kept(folder) as book:
        ledger = book.ledger
        statements = ledger.standing(Statement)
        documents = ledger.all_of(Document)
        if form == "annotations":
            return annotations(statements, {each.document_id: each for each in documents})
        told = {each.statement_id for each in statements}
        decisions = (made for row_id, every in ledger.decisions.items() if row_id in told for made in every)
        return prov_json(
            Rows(
                documents=documents,
                statements=statements,
                actors=_actors(ledger),
                bonds=ledger.standing(Bond),
                decisions=tuple(decisions),
            )
        )
