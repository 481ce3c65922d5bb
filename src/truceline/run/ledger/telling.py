"""What a ledger tells about actors and statements: stance lines, what changed, chains."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

from truceline.base.canonical import plain
from truceline.base.errors import UnknownNameError, UnreadableError
from truceline.base.time import interval_us
from truceline.guarantee.ledger import Ledger, id_of
from truceline.guarantee.standing import beside, changed_since, gazetteer, stance_lines
from truceline.model.actor import Actor
from truceline.model.document import Dated, Document, Unseen
from truceline.model.lines import Beside, Change, LineEntry, StanceLine
from truceline.model.position import Proposition, Relation
from truceline.model.statement import Link, Statement
from truceline.run.ledger.book import kept
from truceline.run.ledger.words import WIDTH, mouth_words, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Who holds what, what stands beside what, what is only suggested. `changes`: None where nobody asked."""

    ledger: Ledger
    lines: tuple[StanceLine, ...]
    pairs: tuple[Beside, ...]
    changes: tuple[Change, ...] | None = None

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "lines": plain(self.lines),
            "beside": plain(self.pairs),
            "changes": plain(self.changes),
            "waiting": len(self.ledger.suggested(Statement)),
        }

    def words(self) -> str:
        """For a person."""
        waiting = len(self.ledger.suggested(Statement))
        if self.changes is not None:
            return "\n".join([*self._changed(), "", _waits(waiting)])
        parts = [part for line in self.lines for part in self._line(line)] or ["Nobody is known to hold anything."]
        for pair in self.pairs:
            claim, denial = (_told(self.ledger, row_id) for row_id in (pair.claim_id, pair.denial_id))
            parts += ["", "Claim beside denial; which is right is not said", f"  {claim}", f"  denied: {denial}"]
        return "\n".join([*parts, "", _waits(waiting)])

    def _line(self, line: StanceLine) -> list[str]:
        made = ["", f"{name_of(self.ledger, line.holder_id)}: {_claim(self.ledger, line.proposition_id)}"]
        if not line.own:
            made.append("  undeclared: nothing by itself is confirmed")
        for title, entries, origins in (
            ("by itself", line.own, line.own_origins),
            ("told by others", line.alleged, line.alleged_origins),
        ):
            if entries:
                made.append(f"  {title}, {origins} independent origin{'' if origins == 1 else 's'}")
                made += [text for entry in entries for text in self._entry(entry)]
        return made

    def _entry(self, entry: LineEntry) -> list[str]:
        by = f", told by {entry.alleged_by}" if entry.alleged_by else ""
        head = f"    {entry.said.value or 'not dated':<22} {entry.stance.replace('_', ' ')}{by}"
        words = sentence(self.ledger, entry.statement_id)
        return [head, fill(words, WIDTH, initial_indent="      ", subsequent_indent="      ")]

    def _changed(self) -> list[str]:
        made = ["Nothing changed."] if not self.changes else []
        for change in self.changes or ():
            made.append(f"{name_of(self.ledger, change.holder_id)}: {_claim(self.ledger, change.proposition_id)}")
            for sign, entries in (("+", change.came), ("-", change.went)):
                made += [f"  {sign} {text.strip()}" for entry in entries for text in self._entry(entry)]
        return made


def lines_in(folder: Path, *, actor: str = "", since: str = "") -> Lines:
    """The stance lines of everybody, or of one actor. Raises: UnknownNameError, UnreadableError, as `kept`."""
    with kept(folder) as book:
        ledger = book.ledger
        changes = changed_since(book.record.entries(), moment_us(since)) if since else None
    if actor and actor not in ledger.entered and actor not in gazetteer():
        raise UnknownNameError(
            f"nobody is called {actor!r}.",
            subject="ledger",
            remedy=f"Known: {', '.join(sorted(_holders(ledger))) or 'nobody'}.",
        )
    chosen = tuple(line for line in stance_lines(ledger) if actor in ("", line.holder_id))
    if changes is not None:
        changes = tuple(change for change in changes if actor in ("", change.holder_id))
    pairs = tuple(pair for pair in beside(ledger) if not actor or actor in _about(ledger, pair))
    return Lines(ledger=ledger, lines=chosen, pairs=pairs, changes=changes)


def moment_us(since: str) -> int:
    """The beginning of a moment as a person writes it, UTC. Raises: UnreadableError."""
    return interval_us(since, zone="UTC", subject="--since")[0]


def _holders(ledger: Ledger) -> set[str]:
    return {line.holder_id for line in stance_lines(ledger)}


def _about(ledger: Ledger, pair: Beside) -> set[str]:
    found: set[str] = set()
    for row in (ledger.row(pair.claim_id), ledger.row(pair.denial_id)):
        if isinstance(row, Statement):
            found |= {row.holder_id, row.speaks_for, row.speaker_id, *row.about}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One statement, from its words in the article to where it began, and what bears on it."""

    ledger: Ledger
    statement: Statement
    document: Document

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "statement": plain(self.statement),
            "document": plain(self.document),
            "state": self.ledger.state(self.statement.statement_id),
            "readers": list(self.ledger.readers(self.statement.statement_id)),
            "relations": [plain(each) for each in self._relations()],
        }

    def words(self) -> str:
        """For a person."""
        row, document = self.statement, self.document
        readers = self.ledger.readers(row.statement_id)
        state = self.ledger.state(row.statement_id).replace("_", " ")
        parts = [
            fill(f"“{row.words}”", WIDTH),
            f"  {row.statement_id}, {state}{f' by {chr(44).join(readers)}' if readers else ''}",
            f"  {document.name}, characters {row.content[0].start} to {row.content[-1].end}; sha-256 {document.sha256}",
            f"  said {_moment(row.said)}; published {_moment(document.published)}",
            "  through",
        ]
        parts += [f"    {'└ ' if number else ''}{_mouth(link)}" for number, link in enumerate(row.chain)]
        parts += [f"  {self._relation(each)}" for each in self._relations()]
        return "\n".join(parts)

    def _relations(self) -> list[Relation]:
        mine = self.statement.statement_id
        found = (each for each in self.ledger.all_of(Relation) if mine in (each.from_id, each.to_id))
        return [each for each in found if self.ledger.state(each.relation_id) in ("suggested", "confirmed", "second")]

    def _relation(self, relation: Relation) -> str:
        state = "" if self.ledger.stands(relation.relation_id) else " (suggested only)"
        outward = relation.from_id == self.statement.statement_id
        other = _told(self.ledger, relation.to_id if outward else relation.from_id)
        kind = relation.kind.replace("_", " ")
        return f"{kind} {other}{state}" if outward else f"{kind}, said of it by {other}{state}"


def chain_in(folder: Path, statement: str) -> Chain:
    """One statement with its chain. Raises: UnknownNameError, as `kept`; UnreadableError: another kind of row."""
    with kept(folder) as book:
        row = book.ledger.row(statement)
        if not isinstance(row, Statement):
            raise UnreadableError(
                f"{id_of(row)} is no statement.", subject="ledger", remedy="Name an id that begins with st-."
            )
        document = book.ledger.row(row.document_id)
        assert isinstance(document, Document)
        return Chain(ledger=book.ledger, statement=row, document=document)


def _moment(dated: Dated) -> str:
    return f"{dated.value} ({dated.basis})" if dated.value else "at a time not stated"


def _mouth(link: Link) -> str:
    return f"{link.role}: {mouth_words(link)}; reliability {link.reliability}, credibility {link.credibility}"


def _told(ledger: Ledger, row_id: str) -> str:
    row = ledger.row(row_id)
    if isinstance(row, Unseen):
        found = f", found to be {row.identified}" if row.identified else ", which nobody here has seen"
        return f"a report spoken of as “{row.words}”{found}"
    return sentence(ledger, row_id)


def name_of(ledger: Ledger, actor_id: str) -> str:
    """An actor's name with its id."""
    known = {**gazetteer(), **{each.actor_id: each for each in ledger.all_of(Actor)}}
    actor = known.get(actor_id)
    if actor is None or actor.name == actor_id:
        return actor_id
    return f"{actor.name} ({actor_id}{', deleted' if actor.deleted else ''})"


def _claim(ledger: Ledger, proposition_id: str) -> str:
    row = ledger.row(proposition_id)
    return row.text if isinstance(row, Proposition) else proposition_id


def _waits(waiting: int) -> str:
    if not waiting:
        return "Nothing waits to be read."
    return (
        f"{waiting} suggested statement{' waits' if waiting == 1 else 's wait'} to be read and count for nothing here."
    )
