"""What accounts may ask of a live mission. Each says what it would write, against the state as it is, or refuses.

A right comes from the account's role, and speaking for an actor of the mandate from `acts_for` or its party: both are
looked up at the moment of writing, not at the moment of signing in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from truceline.base.canonical import plain, sha256_hex
from truceline.base.errors import (
    InputError,
    NoRightError,
    OutOfRangeError,
    RepeatedError,
    TrucelineError,
    UnknownNameError,
)
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.account import Account, Right
from truceline.model.case import CaseEvent, EventKind, Opening
from truceline.model.entry import Entry
from truceline.model.mission import Format
from truceline.model.release import ReleaseDecision
from truceline.model.review import Review
from truceline.record import StoredTable
from truceline.record.tables import table_entry
from truceline.release import check_decision
from truceline.respond import CaseBook, case_id_of, entry_of
from truceline.run.live.state.books import LIVE, SAMPLE, Books
from truceline.run.live.writer import Planned

_SPEAKING: tuple[EventKind, ...] = ("acted", "consented", "voted", "objected", "confirmed")
_TELLING: tuple[EventKind, ...] = ("replied", "self_reported", "clarified")
LATEST_ANSWER_S = 366 * 86_400  # an answer may be asked for until then
MOST_WORDS = 20_000  # characters of one free text


class Operation(Protocol):
    """Something that an account asks for."""

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """What it would write. Raises: NoRightError, DecisionError, InputError: nothing is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActInCase:
    """A statement in a case: an act, a consent, a vote, an objection, a confirmation, a reply, a question, a note."""

    case_id: str
    kind: EventKind
    actor: str = ""
    step: str = ""
    result: str = ""
    words: str = ""
    due_at_us: int = 0
    hashes: tuple[str, ...] = ()  # documents that were put into the content store before

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        if self.kind in _SPEAKING or self.kind in _TELLING:
            _needs(by, "act")
            speaks_for(by, self.actor)
        elif self.kind in ("asked", "noted"):
            _needs_any(by, ("act", "review", "attribute"))
            if by.party and self.kind == "asked" and self.actor == by.party:
                raise NoRightError("a party asks others, not itself.", subject=by.name, remedy="Name somebody else.")
        else:
            raise NoRightError(f"nobody states {self.kind!r}.", subject=by.name, remedy="It follows from the case.")
        if self.due_at_us > now_us + LATEST_ANSWER_S * US_PER_S:
            raise OutOfRangeError(
                f"an answer is asked for in more than {LATEST_ANSWER_S // 86_400} days.",
                subject="due_at_us",
                remedy="Name an earlier time, in microseconds since 1970.",
            )
        seen = case_for(books.cases, self.case_id, by)
        event = CaseEvent(
            kind=self.kind,
            at_us=max(now_us, seen),
            author=by.name,
            actor=self.actor,
            step=self.step,
            result=self.result,
            words=_bounded(self.words),
            due_at_us=self.due_at_us,
            hashes=self.hashes,
        )
        return _in_case(books, self.case_id, event, now_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One panellist's vote on whose act it was; an empty party: it cannot be attributed."""

    case_id: str
    party: str = ""
    victim: str = ""
    words: str = ""

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        _needs(by, "attribute")
        if not by.panel:
            raise NoRightError("it has no seat on the panel.", subject=by.name, remedy="Ask whoever seats the panel.")
        seen = case_for(books.cases, self.case_id, by)
        event = CaseEvent(
            kind="attributing",
            at_us=max(now_us, seen),
            author=by.name,
            party=self.party,
            victim=self.victim,
            words=_bounded(self.words),
        )
        return _in_case(books, self.case_id, event, now_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case about a finding of breach. The opening is worked out by the desk from its findings."""

    opening: Opening
    words: str = ""

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        if by.name:  # the desk itself opens cases as nobody
            _needs(by, "open")
        return opened(books, self.opening, by=by.name, now_us=now_us, words=self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrate:
    """From now on a case runs under another version of its mandate."""

    case_id: str
    mandate_sha256: str
    words: str

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        _needs(by, "administer")
        _must_say(self.words, "why the case moves to another version")
        seen = case_for(books.cases, self.case_id, by)
        event = CaseEvent(
            kind="migrated",
            at_us=max(now_us, seen),
            author=by.name,
            words=_bounded(self.words),
            mandate_sha256=self.mandate_sha256,
        )
        return _in_case(books, self.case_id, event, now_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A person's decision about an event, checked by the desk against the events as they are."""

    review: Review

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:  # noqa: ARG002 - one shape for all
        """As `Operation.plan`."""
        _needs(by, "review")
        _bounded(self.review.reason)
        if self.review.act == "reject":
            _must_say(self.review.reason, "why it did not happen, or is no event")
        review = replace(self.review, at_us=now_us, author=by.name)
        detail = {
            each.name: plain(getattr(review, each.name))
            for each in fields(Review)
            if each.name not in ("event_id", "author")
        }
        entry = Entry(kind="review", subject=review.event_id, author=by.name, known_at=stamp(now_us), detail=detail)
        about = frozenset((review.event_id, *review.others, *review.members))
        return Planned(subject=review.event_id, entries=(entry,), touches=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Rows that came in: the bytes are in the content store already, and were read; and the frame of their rows."""

    sha256: str
    name: str
    feed: str
    format: Format
    size_bytes: int
    compartment: str
    body: dict[str, object]  # what became of the rows: the sender's receipt
    came_at_us: int = field(repr=False)  # other at each attempt, so no part of what is asked (`digest_of`)
    frame: StoredTable | None = field(default=None, repr=False)  # of its rows, likewise; None: nobody will ask
    media: tuple[str, ...] = field(default=(), repr=False)  # as `LiveFile.media`; follows from the bytes

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        _needs(by, "submit")
        if (self.sha256, self.feed, self.compartment) in books.arrived:
            return Planned(subject=self.sha256, entries=(), repeated=(), body=self.body)
        entry = Entry(
            kind="raw",
            subject=f"{LIVE}{self.feed}/{self.sha256[:16]}",
            author=by.name,
            known_at=stamp(now_us),
            hashes=(self.sha256, *(self.frame.derivation.inputs[1:] if self.frame else ()), *self.media),
            detail={
                "name": self.name[:200],
                "feed": self.feed,
                "format": self.format,
                "compartment": self.compartment,
                "bytes": self.size_bytes,
                "came_at_us": self.came_at_us,
            }
            | ({"media": list(self.media)} if self.media else {}),
        )
        framed = (table_entry(self.frame, known_at=stamp(now_us)),) if self.frame else ()
        return Planned(
            subject=self.sha256,
            entries=(entry, *framed),
            touches=frozenset((f"{self.sha256} {self.feed} {self.compartment}",)),
            body=self.body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Withhold items from parties and public, end that, or publish them: with a reason."""

    decision: ReleaseDecision

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:  # noqa: ARG002 - one shape for all
        """As `Operation.plan`."""
        _needs(by, "publish")
        decision = check_decision(replace(self.decision, at_us=now_us, author=by.name))
        detail: dict[str, object] = {
            "act": decision.act,
            "items": list(decision.items),
            "at_us": now_us,
            "reason": decision.reason,
        }
        entry = Entry(kind="release", subject=decision.items[0], author=by.name, known_at=stamp(now_us), detail=detail)
        return Planned(subject=decision.items[0], entries=(entry,), touches=frozenset(decision.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A sample of events for a blind second review, as it was drawn: whoever has the seed can draw it again."""

    name: str
    from_us: int
    share_permille: int
    seed: str
    events: tuple[str, ...]

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        _needs(by, "review")
        if self.name in books.samples:
            raise RepeatedError("this sample was drawn.", subject=self.name, remedy="Name the next one otherwise.")
        detail: dict[str, object] = {
            each.name: plain(getattr(self, each.name)) for each in fields(Draw) if each.name != "name"
        }
        entry = Entry(
            kind="mission", subject=f"{SAMPLE}{self.name}", author=by.name, known_at=stamp(now_us), detail=detail
        )
        return Planned(subject=self.name, entries=(entry,), touches=frozenset((entry.subject,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Entries that another book has planned: accounts, areas, suspensions."""

    make: "Make"

    def plan(self, books: Books, by: Account, now_us: int) -> Planned:
        """As `Operation.plan`."""
        entries = tuple(self.make(books, by, now_us))
        subject = entries[0].subject if entries else ""
        return Planned(subject=subject, entries=entries, touches=frozenset(entry.subject for entry in entries))


class Make(Protocol):
    """Plans entries against the books; refuses by raising."""

    def __call__(self, books: Books, by: Account, now_us: int, /) -> Iterable[Entry]:
        """The entries."""


def opened(books: Books, opening: Opening, *, by: str, now_us: int, words: str = "") -> Planned:
    """The opening of a case. Raises: RepeatedError: there is one about these events under this clause."""
    case_id = case_id_of(opening)
    if case_id in books.cases.cases:
        raise RepeatedError("this case is open, or has ended.", subject=case_id, remedy="Look at the case.")
    event = CaseEvent(kind="opened", at_us=now_us, author=by, words=words, opening=opening)
    return _in_case(books, case_id, event, now_us)


def case_for(cases: CaseBook, case_id: str, by: Account) -> int:
    """The last moment of a case, where this account may know of it: a party only where the case addresses it or has
    told it. Raises: UnknownNameError, the same whether there is no such case or it is not for this account.
    """
    state = cases.cases.get(case_id)
    if state is not None and by.role == "party_liaison":
        involved = (*state.opening.addressees, state.violator, state.victim)
        if not state.told_at_us and by.party not in involved:
            state = None
    if state is None:
        raise UnknownNameError(f"there is no {case_id[:80]!r}.", subject="case", remedy="See the list of cases.")
    return state.last_at_us


def _in_case(books: Books, case_id: str, event: CaseEvent, now_us: int) -> Planned:
    books.cases.after(case_id, event)
    entry = entry_of(case_id, event, known_at_us=now_us)
    return Planned(subject=case_id, entries=(entry,), touches=frozenset((case_id,)))


def _needs(by: Account, right: Right) -> None:
    _needs_any(by, (right,))


def _needs_any(by: Account, rights: Sequence[Right]) -> None:
    if not any(by.may(right) for right in rights):
        raise NoRightError(
            f"a {by.role.replace('_', ' ')} may not {' or '.join(rights)}.",
            subject=by.name or "visitor",
            remedy="Sign in as somebody who may, or ask one.",
        )


def speaks_for(by: Account, actor: str) -> None:
    """Raise NoRightError where this account does not speak for that actor of the mandate."""
    if actor != by.party and actor not in by.acts_for:
        raise NoRightError(
            f"it does not speak for {actor[:40] or 'nobody'}.",
            subject=by.name,
            remedy=f"It speaks for {', '.join((*by.acts_for, *([by.party] if by.party else ()))) or 'nobody'}.",
        )


def _must_say(words: str, what: str) -> None:
    if not words.strip():
        raise InputError("no reason is given.", subject="words", remedy=f"Say {what}.")


def _bounded(words: str) -> str:
    if len(words) > MOST_WORDS:
        raise InputError(
            f"{len(words)} characters, at most {MOST_WORDS}.", subject="words", remedy="Attach it as a document."
        )
    return words


def digest_of(operation: object, by: str) -> str:
    """What an operation asks, as 16 hex digits: the same key must always ask the same."""
    return sha256_hex(f"{by}\n{operation!r}".encode())[:16]


def keyed(planned: Planned, key: str, digest: str) -> Planned:
    """The first entry says under which key this was asked, so that it is not done twice."""
    if not key or not planned.entries:
        return planned
    first, *others = planned.entries
    return replace(planned, entries=(replace(first, detail=first.detail | {"key": key, "asked": digest}), *others))


def refusal(error: TrucelineError, by: str, operation: Operation, now_us: int) -> Entry:
    """What was refused to whom, and why; not what it said."""
    problem, subject = (_whole(text) for text in (error.problem[:400], error.subject[:200]))
    detail: dict[str, object] = {"operation": type(operation).__name__, "code": error.code, "problem": problem}
    return Entry(kind="refusal", subject=subject, author=by, known_at=stamp(now_us), detail=detail)


def _whole(text: str) -> str:
    """The text, with a question mark for each half of a character."""
    return text.encode(errors="replace").decode()
