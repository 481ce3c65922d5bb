"""The ledger's view looked up by id, checked before anything is printed; and the sentences themselves.

Checked: every statement is in exactly one state, every stance, pledge and result rests on statements that stand, no
line has more independent origins than articles, and results add up. Else TotalsError, and there is no page.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from truceline.base.canonical import sha256_hex
from truceline.base.errors import TotalsError
from truceline.model.actor import Actor
from truceline.model.document import Document, Span, Unseen
from truceline.model.feasibility import Coverage, Worlds
from truceline.model.ledger_view import Answer, Confirmed, LedgerView, Tally
from truceline.model.lines import LineEntry, StanceLine
from truceline.model.position import Proposition, Relation
from truceline.model.statement import Statement
from truceline.report.ledger.pieces import ONE_READER, Bit, Piece, Ref, Sentence
from truceline.report.ledger.words import (
    NOT_STATED,
    RELATION_WORDS,
    counted,
    date_words,
    document_words,
    link_words,
    name_alone,
    name_words,
    plain_word,
    publisher_words,
    quoted,
    said_words,
    short,
    speaker_words,
)
from truceline.report.totals import clean, listed, reconcile

OVERVIEW = "ledger.html"
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Everything of a view by its id."""

    view: LedgerView
    statements: Mapping[str, Confirmed]
    refs: Mapping[str, Ref]
    documents: Mapping[str, Document]
    actors: Mapping[str, Actor]
    propositions: Mapping[str, Proposition]
    unseen: Mapping[str, Unseen]
    files: Mapping[str, str]  # id of an actor that has a page: name of its file
    called: Mapping[str, str]  # id of a mouth that is not among the actors: how a text calls it

    def refs_of(self, row_ids: Iterable[str]) -> tuple[Ref, ...]:
        """The numbers of statements, in their order; what is no statement has none."""
        found = {self.refs[row_id] for row_id in row_ids if row_id in self.refs}
        return tuple(sorted(found, key=lambda ref: ref.number))

    def badges_of(self, row_ids: Iterable[str]) -> tuple[str, ...]:
        """`one reader` where one person alone has confirmed any of them."""
        return (ONE_READER,) if self.once_read(row_ids) else ()

    def once_read(self, row_ids: Iterable[str]) -> tuple[str, ...]:
        """Of these statements, those that fewer than two people have confirmed."""
        known = (row_id for row_id in dict.fromkeys(row_ids) if row_id in self.statements)
        return tuple(row_id for row_id in known if len(set(self.statements[row_id].readers)) < 2)

    def name(self, actor_id: str) -> str:
        """An actor's name with its id."""
        if actor_id not in self.actors and actor_id in self.called:
            return f"{short(self.called[actor_id])} ({short(actor_id, 24)})"
        return name_words(actor_id, self.actors)

    def name_alone(self, actor_id: str) -> str:
        """An actor's name."""
        return short(self.called.get(actor_id, ""), 40) or name_alone(actor_id, self.actors)

    def actor(self, actor_id: str, *, at: str = "") -> Bit:
        """An actor as a cell that leads to its page. `at`: the folder of the page on which the cell stands."""
        there = self.files.get(actor_id, "")
        return Bit(text=self.name(actor_id), href=there.removeprefix(at) if there else "")

    def claim(self, proposition_id: str) -> str:
        """What a stance is about."""
        known = self.propositions.get(proposition_id)
        return short(known.text if known else proposition_id, 160) or NOT_STATED

    def claimed(self, row_id: str) -> Statement:
        """A statement by its id."""
        return self.statements[row_id].statement

    def resting(self, statements: Sequence[str], source: str = "") -> Bit:
        """The sentences something rests on, or else its source."""
        if statements:
            return Bit(refs=self.refs_of(statements), badges=self.badges_of(statements))
        return Bit(text=short(source, 120) or f"source {NOT_STATED}")

    def quotes(self, row_ids: Iterable[str]) -> str:
        """The exact words of statements, each with who said them."""
        told = (self.claimed(ref.anchor) for ref in self.refs_of(row_ids))
        return " · ".join(f"{speaker_words(each, self.actors)}: {quoted(each.words)}" for each in told)


def index_of(view: LedgerView) -> Index:
    """The view by id, its totals checked, its sentences numbered in the order of the documents.

    Raises: TotalsError.
    """
    documents = {each.document.document_id: each.document for each in view.documents}
    places = {document_id: number for number, document_id in enumerate(documents)}
    ordered = sorted(view.statements, key=lambda each: _place(each.statement, places))
    known = {each.actor_id for each in view.actors}
    made = Index(
        view=view,
        statements={each.statement.statement_id: each for each in ordered},
        refs={
            each.statement.statement_id: Ref(number=number, anchor=each.statement.statement_id)
            for number, each in enumerate(ordered, start=1)
        },
        documents=documents,
        actors={each.actor_id: each for each in view.actors},
        propositions={each.proposition_id: each for each in view.propositions},
        unseen={each.unseen_id: each for each in view.unseen},
        files=_files(view),
        called={
            link.actor_id: link.name
            for each in ordered
            for link in each.statement.chain
            if link.named and link.actor_id and link.actor_id not in known
        },
    )
    _check_tally(made)
    _check_ground(made)
    _check_lines(made)
    for answer in view.answers:
        _check_answer(made, answer)
    return made


def _place(statement: Statement, places: Mapping[str, int]) -> tuple[int, int, str]:
    """Where a statement comes in the order of the documents and of their text."""
    start = statement.content[0].start if statement.content else 0
    return places.get(statement.document_id, len(places)), start, statement.statement_id


def _files(view: LedgerView) -> dict[str, str]:
    """A page for each actor that holds, offers or demands something. No id can name a file outside the folder."""
    named = {line.holder_id for line in view.lines} | {each.actor_id for each in view.pledges}
    named |= {each.holder_id for each in view.conditions} | {each.actor_id for each in view.caveats}
    taken: set[str] = set()
    made = {}
    for actor_id in sorted(named - {""}):
        stem = actor_id
        if not _FILE_NAME.fullmatch(stem) or stem.casefold() in taken:
            stem = f"{re.sub('[^A-Za-z0-9_-]', '_', actor_id)[:24]}-{sha256_hex(actor_id.encode())[:12]}"
        taken.add(stem.casefold())
        made[actor_id] = f"actors/{stem}.html"
    return made


# --- checks ------------------------------


def tally_parts(tally: Tally) -> dict[str, int]:
    """The states of statements and how many are in each."""
    return {each.name.replace("_", " "): getattr(tally, each.name) for each in fields(tally) if each.name != "every"}


def _check_tally(index: Index) -> None:
    """Every statement is in one state, in the whole and in each document."""
    view = index.view
    reconcile(tally_parts(view.tally), view.tally.every, "statements of the ledger")
    for name in ("every", *(each.replace(" ", "_") for each in tally_parts(view.tally))):
        parts = {each.document.name or each.document.document_id: 0 for each in view.documents}
        for each in view.documents:
            parts[each.document.name or each.document.document_id] += getattr(each.tally, name)
        reconcile(parts, getattr(view.tally, name), f"statements of all documents, {name.replace('_', ' ')}")
    reconcile({"confirmed statements shown": len(index.statements)}, view.tally.confirmed, "confirmed statements")
    lost = [
        each.statement.statement_id for each in view.statements if each.statement.document_id not in index.documents
    ]
    _refuse(lost, "a document that is not there", "statements")
    blank = [each.statement.statement_id for each in view.statements if not each.readers]
    _refuse(blank, "no reader", "confirmed statements")


def _refuse(row_ids: Iterable[str], what: str, subject: str) -> None:
    named = sorted(set(row_ids))
    if named:
        raise TotalsError(
            f"{len(named)} of them rest on {what}: {listed(short(each) for each in named[:5])}.",
            subject=subject,
            remedy="The report is refused: build the view from rows that stand.",
        )


def _check_ground(index: Index) -> None:
    """Whatever is counted rests on statements that stand."""
    view, known = index.view, index.statements
    told = {
        "positions": [each.statement_id for each in view.positions],
        "pledges": [row_id for each in view.pledges for row_id in each.statements],
        "caveats": [row_id for each in view.caveats for row_id in each.statements],
        "conditions": [row_id for each in view.conditions for row_id in each.statements],
        "unseen reports": [each.statement_id for each in view.unseen],
        "source chains": [row_id for each in view.edges for row_id in each.statements],
        "statements that wait for a second reader": list(view.waiting.second),
    }
    for subject, row_ids in told.items():
        _refuse((each for each in row_ids if each not in known), "statements that are not confirmed", subject)
    ends = [end for each in view.relations for end in (each.from_id, each.to_id)]
    ends += [end for each in view.pairs for end in (each.claim_id, each.denial_id)]
    lost = (each for each in ends if each not in known and each not in index.unseen)
    _refuse(lost, "statements that are not confirmed", "relations")


def _check_lines(index: Index) -> None:
    """Each entry of a line is a position that stands, in one line; no more origins than articles."""
    held = {each.position_id for each in index.view.positions}
    entries = [entry for each in index.view.lines for entry in (*each.own, *each.alleged)]
    _refuse((each.position_id for each in entries if each.position_id not in held), "positions that do not stand",
            "stance lines")  # fmt: skip
    reconcile({"different positions": len({each.position_id for each in entries})}, len(entries), "entries of lines")
    for each in index.view.lines:
        for half, origins in ((each.own, each.own_origins), (each.alleged, each.alleged_origins)):
            articles = {index.claimed(entry.statement_id).document_id for entry in half}
            if origins > len(articles) or (half and not origins):
                raise TotalsError(
                    f"{origins} independent origins stand behind {len(articles)} articles.",
                    subject=f"line of {short(each.holder_id)}",
                    remedy="The report is refused: count the origins again.",
                )


def _check_answer(index: Index, answer: Answer) -> None:
    told = [row_id for each in answer.coverage for row_id in each.statements]
    told += [row_id for each in _all_reasons(answer) for row_id in each]
    told += [row_id for hinge in (answer.worlds.hinges if answer.worlds else ()) for row_id in hinge.statements]
    name = f"answers to scenario {short(answer.scenario.scenario_id)}"
    _refuse((each for each in told if each not in index.statements), "statements that are not confirmed", name)
    for each in answer.coverage:
        _check_coverage(each, name)
    if answer.worlds is not None:
        _check_worlds(answer.worlds, name)


def _all_reasons(answer: Answer) -> Iterator[tuple[str, ...]]:
    """The statements of every reason of an answer."""
    outcomes = [
        *answer.reasons,
        *(each for world in (answer.worlds.worlds if answer.worlds else ()) for each in world.outcomes),
    ]
    for each in outcomes:
        yield each.statements
        yield from (reason.statements for reason in each.reasons)


def _check_coverage(found: Coverage, name: str) -> None:
    if found.requirements:
        subject = f"{name}, pledges from {found.threshold} on"
        met = [each for each in found.requirements if each.met]
        reconcile({"requirements met": len(met)}, found.met, subject)
        reconcile({"requirements": len(found.requirements)}, found.total, subject)
        reconcile({"critical met": sum(each.critical for each in met)}, found.critical_met, subject)


def _check_worlds(worlds: Worlds, name: str) -> None:
    for column, (goal, count) in enumerate(worlds.possible):
        outcomes = [world.outcomes[column] for world in worlds.worlds]
        possible = sum(each.outcome == "possible" for each in outcomes)
        reconcile({"worlds where it is possible": possible}, count, f"{name}, goal {short(goal)}")
        reconcile(
            {"answers to it": sum(each.goal == goal for each in outcomes)}, len(outcomes), f"{name}: {short(goal)}"
        )
    undecided = sum(each.outcome == "not_decided" for world in worlds.worlds for each in world.outcomes)
    reconcile({"not decided": undecided}, worlds.undecided, f"{name}, worlds and goals")


# --- lines ------------------------------


def last_of(entries: Iterable[LineEntry]) -> tuple[LineEntry, ...]:
    """The entries that may be the latest: those that surely lie before no other. Where dates overlap, several."""
    every = tuple(entries)
    return tuple(
        one
        for one in every
        if not any(one.latest and other.earliest and one.latest < other.earliest for other in every)
    )


def last_words(index: Index, line: StanceLine) -> Bit:
    """What a holder said last itself; where several may be the latest, all of them, and that their order is open."""
    last = last_of(line.own)
    if not last:
        return Bit(text="undeclared: nothing by itself is confirmed", tone="gap")
    ids = [each.statement_id for each in last]
    told = list(dict.fromkeys((plain_word(each.stance), said_words(each.said)) for each in last))
    if len({stance for stance, _ in told}) == 1:
        words = f"{told[0][0]}, {' · or '.join(said for _, said in told)}"
    else:
        words = f"{' · or '.join(map(', '.join, told))} (which came last is {NOT_STATED})"
    return Bit(text=words, refs=index.refs_of(ids), badges=index.badges_of(ids))


# --- sentences ------------------------------


def sentences_of(index: Index, shown: Iterable[str], *, at: str = "") -> tuple[Sentence, ...]:
    """Statements with all that is known of them, in order of their numbers. `at`: the folder of the page."""
    wanted = set(shown)
    relations: dict[str, list[Relation]] = {}
    for each in index.view.relations:
        for end in {each.from_id, each.to_id}:
            relations.setdefault(end, []).append(each)
    return tuple(
        _sentence(index, row_id, _relation_bits(index, row_id, relations.get(row_id, ()), (wanted, at)))
        for row_id in index.statements
        if row_id in wanted
    )


def _sentence(index: Index, row_id: str, relations: Iterable[Bit]) -> Sentence:
    known = index.statements[row_id]
    statement = known.statement
    document = index.documents[statement.document_id]
    return Sentence(
        ref=index.refs[row_id],
        pieces=tuple(_piece(span) for span in statement.content),
        told=tuple(_told(index, known, document)),
        links=tuple(link_words(each) for each in statement.chain),
        relations=tuple(relations),
        badges=index.badges_of([row_id]),
    )


def _piece(span: Span) -> Piece:
    return Piece(
        before=_beside(span.prefix),
        exact=clean(span.exact),
        after=_beside(span.suffix),
        place=f"characters {span.start:,} to {span.end:,}",
    )


def _beside(text: str) -> str:
    """What stands before or after, with the space between."""
    return clean(f"|{text}|")[1:-1]


def _told(index: Index, known: Confirmed, document: Document) -> Iterator[tuple[str, str]]:
    """All that is known of a statement, one thing after the other; what is not stated says so."""
    statement = known.statement
    yield "Said by", speaker_words(statement, index.actors)
    if statement.holder_id:
        yield "Tells the stance of", index.name(statement.holder_id)
    yield "How", f"{plain_word(statement.attribution)} speech" if statement.attribution != "none" else "not attributed"
    done = [plain_word(word) for word in (statement.stance, statement.move) if word]
    yield "What it does", listed(done) if done else "sets no stance"
    cue = statement.cue
    yield "Cue", f"{quoted(cue.exact, 80)}, {_piece(cue).place}" if cue else NOT_STATED
    if statement.hedges:
        yield "Words of doubt", listed(quoted(each, 60) for each in statement.hedges)
    yield "Said", f"{date_words(statement.said)} (basis: {short(statement.said.basis, 160) or NOT_STATED})"
    yield "Document", _document_told(document)
    yield "Place", "; ".join(_piece(span).place for span in statement.content)
    if statement.translation:
        yield "In translation", quoted(statement.translation)
    yield "Read by", listed(short(each) for each in known.readers)
    found = statement.found
    by = (
        f"{short(found.name)}, right in {found.right_permille // 10} % where it was measured"
        if found.name
        else "a person"
    )
    yield "Found by", by


def _document_told(document: Document) -> str:
    published = date_words(document.published)
    return (
        f"{document_words(document)}; {publisher_words(document)}; published {published}; {short(document.document_id)}"
    )


def _relation_bits(
    index: Index, row_id: str, relations: Iterable[Relation], page: tuple[set[str], str]
) -> Iterator[Bit]:
    """How a statement bears on others, each with a way there: on this page, or on the overview."""
    wanted, at = page
    for each in relations:
        outward = each.from_id == row_id
        other = each.to_id if outward else each.from_id
        words = RELATION_WORDS[each.kind][0 if outward else 1]
        if other in index.unseen:
            report = index.unseen[other]
            yield Bit(
                text=f"{words} a report that is not among the documents, spoken of as {quoted(report.words, 120)}"
            )
            continue
        told = index.claimed(other)
        text = f"{words} {speaker_words(told, index.actors)}: {quoted(told.words, 120)}"
        far = f"{'../' if at else ''}{OVERVIEW}#{other}"
        yield Bit(text=text, refs=index.refs_of([other])) if other in wanted else Bit(text=text, href=far)


def waits_words(index: Index) -> str:
    """How many statements wait to be read, for below every count of confirmed ones."""
    return f"{counted(index.view.tally.suggested, 'suggested statement')} not read yet and not counted"
