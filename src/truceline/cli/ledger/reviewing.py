"""The review at a terminal: card after card, one key each. What a key did is on the disk before the next card."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast, get_args

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text as Printed

from truceline.base.errors import InputError
from truceline.cli.ledger.terminal import Person
from truceline.guarantee.exchange import dated
from truceline.guarantee.ledger import Ledger, Row
from truceline.guarantee.reading import Text
from truceline.model.decision import Decision
from truceline.model.document import Dated, Document, Span, Unseen
from truceline.model.position import Relation, RelationKind
from truceline.model.statement import Credibility, Link, Reliability, Stance, Statement
from truceline.run.ledger.book import Kept, enter, kept, text_of
from truceline.run.ledger.queue import (
    Acts,
    Card,
    as_shown,
    decided,
    edited,
    following,
    graded,
    missed,
    queue_of,
    related,
    split,
    words_only,
)
from truceline.run.ledger.words import chain_words, stance_words

KEYS = {
    Statement: (
        "[y] right as shown  [w] the words are, no stance  [e] edit  [g] grade the chain  [s] split  [x] wrong  "
        "[n] nobody said it"
    ),
    Relation: "[y] right as shown  [k] another kind  [x] no",
    Unseen: "[1-9] it is this one  [x] none of these",
    Document: "no rule found anything in it",
}
EVERYWHERE = "[a] add one that was missed  [space] later  [b] back  [q] quit"
AROUND = 400  # characters of the text shown on either side
SHOWN = 3_000  # characters shown of a text in which nothing was found


@dataclass(slots=True)
class Sitting:
    """One reader at work on one ledger. `clock`: microseconds UTC."""

    folder: Path
    by: str
    person: Person
    clock: Callable[[], int]
    done: Counter[str] = field(default_factory=Counter)
    texts: dict[str, tuple[Document, Text]] = field(default_factory=dict)

    def review(self) -> Counter[str]:
        """Go through everything that waits; return how many cards were decided, by act."""
        with kept(self.folder) as book:
            cards = queue_of(book.ledger, reader=self.by)
            self._read_texts(book, cards)
            ledger = book.ledger
        at = 0
        while at < len(cards):
            self._show(cards[at], ledger, number=at + 1, of=len(cards))
            key = self.person.key().lower()
            if key in ("q", ""):
                break
            if key in (" ", "\n", "\r"):
                at += 1
            elif key == "b":
                at = max(0, at - 1)
            else:
                ledger, moved = self._take(key, cards[at], ledger)
                at += moved
        return self.done

    def _take(self, key: str, card: Card, ledger: Ledger) -> tuple[Ledger, int]:
        """What a key did: the ledger after it, and by how many cards to go on."""
        try:
            made = self._acts(key, card, ledger)
            if made is None:
                self.person.show(f"[dim]{escape(repr(key))} does nothing here.[/dim]")
                return ledger, 0
            with kept(self.folder, writing=True, known=ledger) as book:
                enter(book, made.rows, made.decisions, author=self.by, now_us=self.clock())
                ledger = book.ledger
        except InputError as error:
            self.person.show(f"[bold]{escape(str(error))}[/bold]")
            return ledger, 0
        self.done[made.decisions[0].act if made.decisions else "add"] += 1
        return ledger, int(bool(made.decisions))

    def _acts(self, key: str, card: Card, ledger: Ledger) -> Acts | None:
        at_us = self.clock()
        if key == "a":
            return self._add(card, ledger)
        if isinstance(card.row, Document):
            return None
        if isinstance(card.row, Unseen):
            return self._identify(key, card.row, ledger, at_us)
        match key:
            case "y":
                return as_shown(card, by=self.by, at_us=at_us)
            case "x":
                reason = self.person.line("why (Enter: no reason)")
                return decided((card.row, *card.positions), "reject", by=self.by, at_us=at_us, reason=reason)
            case "k" if isinstance(card.row, Relation):
                return self._other_kind(card, at_us)
            case "w" | "n" | "e" | "g" | "s" if isinstance(card.row, Statement):
                return self._about_statement(key, card, at_us)
        return None

    def _about_statement(self, key: str, card: Card, at_us: int) -> Acts:
        assert isinstance(card.row, Statement)
        if key == "w":
            return words_only(card, by=self.by, at_us=at_us)
        if key == "n":
            return decided((card.row, *card.positions), "not_attributable", by=self.by, at_us=at_us)
        if key == "e":
            return edited(card, self._edit(card.row), by=self.by, at_us=at_us)
        if key == "g":
            return graded(card, [self._grade(link) for link in card.row.chain], by=self.by, at_us=at_us)
        parts: list[str] = []
        while part := self.person.line(f"words of part {len(parts) + 1} (Enter: no more)"):
            parts.append(part)
        if len(parts) < 2:
            raise InputError("a split has two parts or more.", subject="split", remedy="Copy the words of each part.")
        return split(card, parts, self.texts[card.row.document_id][1], by=self.by, at_us=at_us)

    def _grade(self, link: Link) -> tuple[Reliability, Credibility]:
        """Both axes of the Admiralty code, each for itself."""
        question = f"{link.role} {link.name}: reliability A to F and credibility 1 to 6, such as B2"
        while True:
            said = self.person.line(question, f"{link.reliability}{link.credibility}").strip().upper()
            if len(said) == 2 and said[0] in get_args(Reliability) and said[1] in "123456":
                return cast(Reliability, said[0]), cast(Credibility, int(said[1]))
            self.person.show(f"[bold]{escape(said)} is no grade.[/bold]")

    def _edit(self, statement: Statement) -> Statement:
        """The statement with what the person says of it; Enter keeps what is there, - empties it."""
        self.person.show("[dim]Enter keeps what is there, - empties it.[/dim]")
        ask = self._ask
        speaker = ask("who said it", statement.speaker)
        speaks_for = ask("for which actor (id)", statement.speaks_for)
        stance = self._one_of("stance", statement.stance, get_args(Stance))
        holder = ask("whose stance (id)", statement.holder_id) if stance else ""
        said = ask("when (2026-03-23, 2026-03, ../2026-03-23)", statement.said.value)
        return replace(
            statement,
            speaker=speaker,
            speaks_for=speaks_for,
            stance=stance,  # type: ignore[arg-type]  # it is one of them, or empty
            move="" if stance else statement.move,
            holder_id=holder,
            said=self._moment(said, statement.said),
        )

    def _moment(self, said: str, given: Dated) -> Dated:
        return given if said == given.value else dated(said, subject="when", basis=f"as read by {self.by}")

    def _ask(self, question: str, given: str) -> str:
        said = self.person.line(question, given).strip()
        return "" if said == "-" else said

    def _one_of(self, question: str, given: str, words: tuple[str, ...]) -> str:
        while True:
            said = self._ask(f"{question} ({', '.join(words)})", given)
            if not said or said in words:
                return said
            self.person.show(f"[bold]{escape(said)} is none of these.[/bold]")

    def _other_kind(self, card: Card, at_us: int) -> Acts:
        assert isinstance(card.row, Relation)
        kind = self._one_of("how does it bear on it", card.row.kind, get_args(RelationKind))
        return related(card, kind, by=self.by, at_us=at_us)

    def _identify(self, key: str, unseen: Unseen, ledger: Ledger, at_us: int) -> Acts | None:
        if key == "x":
            self.person.show("[dim]It stays unseen; nothing to record.[/dim]")
            return Acts()
        if not (key.isdigit() and 1 <= int(key) <= len(unseen.candidates)):
            return None
        told = ledger.row(unseen.candidates[int(key) - 1])
        assert isinstance(told, Statement)
        found = Decision(row_id=unseen.unseen_id, act="identify", author=self.by, at_us=at_us, names=told.document_id)
        return Acts(decisions=(found,))

    def _add(self, card: Card, ledger: Ledger) -> Acts:
        """A statement that no rule found, in the document on the card."""
        document, text = self.texts[_document_of(card, ledger)]
        words = self.person.line(f"its words, as they stand in {document.name}")
        made = missed(document, text, words, speaker=self.person.line("who said it, in the text's words"))
        return Acts(rows=following((self._edit(made),)))

    def _read_texts(self, book: Kept, cards: Iterable[Card]) -> None:
        """The texts that the cards are about."""
        for document_id in {_document_of(card, book.ledger) for card in cards}:
            document = book.ledger.row(document_id)
            assert isinstance(document, Document)
            self.texts[document_id] = document, text_of(book, document)

    def _show(self, card: Card, ledger: Ledger, *, number: int, of: int) -> None:
        row = card.row
        head = f"\n[bold]{number} of {of}[/bold]"
        if card.second:
            head += (
                f" · [bold]second reading[/bold]: {escape(', '.join(ledger.readers(row.statement_id)))} confirmed it"  # type: ignore[union-attr]  # only statements are read twice
            )
        self.person.show(head)
        if isinstance(row, Statement):
            self.person.show(*self._statement(row, card))
        elif isinstance(row, Document):
            text = self.texts[row.document_id][1]
            self.person.show(_line("document", f"{row.name}, script {row.script or 'none'}"), escape(text.body[:SHOWN]))
        elif isinstance(row, Relation):
            self.person.show(*_relation(row, ledger))
        else:
            self.person.show(*_unseen(row, ledger))
        self.person.show(f"[dim]{escape(KEYS[type(row)])}\n{escape(EVERYWHERE)}[/dim]")

    def _statement(self, row: Statement, card: Card) -> list[RenderableType]:
        document, text = self.texts[row.document_id]
        found = (
            f"rule {row.found.name}, right in {row.found.right_permille / 10:.0f} of 100"
            if row.found.name
            else "by hand"
        )
        lines = [
            ("in", f"{document.name}, characters {row.content[0].start} to {row.content[-1].end}; {found}"),
            ("said by", f"{row.speaker or 'not told'}{f', for {row.speaks_for}' if row.speaks_for else ''}"),
            ("through", chain_words(row.chain)),
            ("how", f"{row.attribution}{', negated' if row.negated else ''}{_listed(row.hedges)}"),
            ("when", f"{row.said.value or 'not stated'} ({row.said.basis})"),
            ("does", row.move or "–"),
        ]
        lines += [
            ("stance", stance_words(each, claim)) for each, claim in zip(card.positions, card.claims, strict=True)
        ]
        return [in_context(text, row), *(_line(*line) for line in lines)]


def _document_of(card: Card, ledger: Ledger) -> str:
    """The document that a card is about."""
    row = card.row
    if isinstance(row, Statement | Document):
        return row.document_id
    told = ledger.row(row.from_id if isinstance(row, Relation) else row.statement_id)
    assert isinstance(told, Statement)
    return told.document_id


def in_context(text: Text, row: Statement) -> Printed:
    """The words in their text: content bold, cue underlined, speaker in reverse."""
    first, last = row.content[0].start, row.content[-1].end
    places = [at for at, place in enumerate(text.at) if first - AROUND <= place < last + AROUND]
    begin, end = places[0], places[-1] + 1
    shown = Printed(text.body[begin:end].strip("\n"))
    shift = begin + len(text.body[begin:end]) - len(text.body[begin:end].lstrip("\n"))

    def mark(span: Span | None, style: str) -> None:
        if span is not None:
            inside = [at for at in places if span.start <= text.at[at] < span.end]
            if inside:
                shown.stylize(style, inside[0] - shift, inside[-1] + 1 - shift)

    for span in row.content:
        mark(span, "bold")
    mark(row.cue, "underline")
    mark(row.speaker_span, "reverse")
    return shown


def _relation(row: Relation, ledger: Ledger) -> list[RenderableType]:
    told = [_told(ledger.row(each)) for each in (row.from_id, row.to_id)]
    return [_line("this", told[0]), _line(row.kind.replace("_", " "), told[1]), _line("because", row.why)]


def _told(row: Row) -> str:
    if isinstance(row, Statement):
        return f"{row.speaker or 'somebody'}: “{row.words}”"
    return f"a report that nobody here has seen: “{row.words}”" if isinstance(row, Unseen) else ""


def _unseen(row: Unseen, ledger: Ledger) -> list[RenderableType]:
    lines = [_line("spoken of", f"“{row.words}”; the report itself is not in the ledger, as far as anybody found")]
    for number, candidate in enumerate(row.candidates[:9], start=1):
        told = ledger.row(candidate)
        if isinstance(told, Statement):
            lines.append(_line(f"[{number}]?", f"{told.speaker}: “{told.words}” ({told.said.value or 'not dated'})"))
    return list(lines)


def _line(name: str, value: str) -> Printed:
    return Printed.assemble((f"  {name:<10}", "dim"), value)


def _listed(hedges: tuple[str, ...]) -> str:
    return f", hedged: {', '.join(hedges)}" if hedges else ""
