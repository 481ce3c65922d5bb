"""Cases as tables that a monitor can read aloud and correct; `run_case_file` plays one file of them.

A file is a few sentences, then `## mandate` with its text (or the one line `from ../../FILE.truce`, a path from this
file), perhaps `## later mandate` with another version, and courses. A course says `response R` and `named A B` (those
the finding speaks of), and is opened at 0d 00:00. Each row is one thing said or done:
    when    `0d 09:00` or `0d 09:00:01.5` after the opening
    who     `MISSION`: by a person of its own; `MISSION anna`: by this person; empty: nobody, a time that ran out
    what    `acted done`, `voted against`, `consented yes`, `objected`, `confirmed no`, each at the present step or
            `at STEP`; `attributes A`, `attributes A against B`, `attributes nobody`; `replied`, `self_reported`;
            `asks A until 2d 00:00`, `clarified 1`; `superseded`, `noted`, `migrates`, `opened`; `late`, `unattributed`
    then    the step or end where the case stands now, `nowhere` where the text does not say; or what is refused, with
            its code and words that the person is told: `decision.late: its time ended`
    messages  `task MISSION; told A B; ended A B`, each kind with its addressees; `none`; empty: not looked at
Nothing may run out between two rows unless a row says so. Every course is rebuilt from its entries at its end.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.respond.schedules import START_US, S

from truceline.base.errors import TrucelineError
from truceline.mandate import parse_mandate
from truceline.model.case import CaseEvent, Effect, Opening
from truceline.model.entry import Entry
from truceline.respond import CaseBook, CaseState, Procedure, case_id_of, entry_of, procedure_of
from truceline.respond.effects import effects_of

WHEN = re.compile(r"(\d+)d (\d\d):(\d\d)(?::(\d\d)(?:\.(\d))?)?")
STATEMENTS = ("acted", "voted", "consented", "confirmed", "objected")
TIMES = ("late", "unattributed")
Cells = dict[str, str]


@dataclass
class Course:
    """One case under one mandate, as far as it was played."""

    name: str
    procedure: Procedure
    later: Procedure | None
    opening: Opening
    book: CaseBook
    entries: list[Entry] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def case_id(self) -> str:
        return case_id_of(self.opening)

    @property
    def state(self) -> CaseState:
        return self.book.cases[self.case_id]

    def take(self, event: CaseEvent) -> tuple[Effect, ...]:
        before = self.book.cases.get(self.case_id)
        after = self.book.after(self.case_id, event)
        entry = entry_of(self.case_id, event, known_at_us=event.at_us)
        self.book.apply(entry)
        assert self.state == after, "what is planned is what is applied"
        self.entries.append(entry)
        effects = effects_of(before, after, event)
        self.keys += [effect.key for effect in effects]
        return effects

    def play(self, cells: Cells) -> None:
        """One row. AssertionError says what came out instead."""
        event, row = self.event(cells), " | ".join(cells.values())
        expected, code, words = cells["then"], *_refusal(cells["then"])
        if code:
            before = self.state
            with pytest.raises(TrucelineError) as told:
                self.book.after(self.case_id, event)
            assert told.value.code == code, f"{row}: {told.value}"
            assert words in str(told.value), f"{row}: {told.value}"
            assert self.state is before, "what is refused changes nothing"
            return
        due_us = self.book.next_due_us()
        if event.kind in TIMES:
            assert due_us == event.at_us + S, f"{row}: the next time runs out {due_us}"
            assert dict(self.book.due(event.at_us + S))[self.case_id] == event, f"{row}: another time runs out"
        else:
            assert due_us is None or due_us > event.at_us, f"{row}: before this, a time has run out"
        messages = self.take(event)
        assert (self.state.stands.place or "nowhere") == expected, f"{row}: it stands at {self.state.stands.place!r}"
        if cells.get("messages"):
            assert _messages(messages) == _wanted(cells["messages"]), f"{row}: {_messages(messages)}"

    def event(self, cells: Cells) -> CaseEvent:
        """What a row tells of."""
        actor, _, person = cells["who"].partition(" ")
        verb, *rest = cells["what"].split()
        author = person or (f"somebody of {actor}" if actor else "")
        event = CaseEvent(kind="noted", at_us=instant_us(cells["when"]), author=author, actor=actor, words="")
        step = self.state.stands.place
        if verb in STATEMENTS:
            named = rest[rest.index("at") + 1] if "at" in rest else step
            result = rest[0] if rest and rest[0] != "at" else "against" * (verb == "objected")
            return replace(event, kind=verb, result=result, step=named)
        if verb in TIMES:
            return replace(event, kind=verb, step=step, actor="", due_at_us=event.at_us)
        if verb == "attributes":
            victim = rest[2] if len(rest) > 1 else ""
            return replace(event, kind="attributing", party=rest[0].removesuffix("nobody"), victim=victim)
        if verb == "asks":
            return replace(event, kind="asked", actor=rest[0], due_at_us=instant_us(" ".join(rest[2:])), words="When?")
        if verb == "clarified":
            return replace(event, kind="clarified", step=rest[0])
        if verb == "migrates":
            sha256 = (self.later or self.procedure).sha256 if rest != ["nowhere"] else "0" * 64
            return replace(event, kind="migrated", mandate_sha256=sha256)
        return replace(event, kind=verb, opening=self.opening if verb == "opened" else None)


def _refusal(text: str) -> tuple[str, str]:
    code, colon, words = text.partition(": ")
    return (code, words) if colon else ("", "")


def _messages(effects: tuple[Effect, ...]) -> set[str]:
    assert len({effect.key for effect in effects}) == len(effects), "no message is sent twice"
    return {f"{effect.kind} {effect.to}" for effect in effects}


def _wanted(text: str) -> set[str]:
    parts = (part.split() for part in text.split(";"))
    return set() if text == "none" else {f"{kind} {actor}" for kind, *actors in parts for actor in actors}


def instant_us(text: str) -> int:
    """`0d 09:00` after the opening."""
    when = WHEN.fullmatch(text)
    assert when, f"{text!r} is no time after the opening"
    days, hours, minutes, seconds, tenths = (int(each or 0) for each in when.groups())
    return START_US + (days * 86_400 + hours * 3_600 + minutes * 60 + seconds) * S + tenths * S // 10


def mandate_of(text: str, path: Path) -> Procedure:
    """The mandate that a file holds, or names by a line `from FILE`."""
    if named := re.fullmatch(r"\s*from (\S+\.truce)\s*", text):
        path = path.parent / named[1]
        text = path.read_text(encoding="utf-8")
    return procedure_of(parse_mandate(text, name=path.stem, source=path.name))


def run_case_file(path: Path) -> int:
    """Play every course of a file, and return how many there are."""
    parts = re.split(r"^## (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    mandates: dict[str, Procedure] = {}
    courses = 0
    for kind, body in zip(parts[::2], parts[1::2], strict=True):
        if kind.endswith("mandate"):
            mandates[kind] = mandate_of(body, path)
        else:
            run_course(f"{path.name}, {kind}", body, mandates)
            courses += 1
    return courses


def run_course(name: str, body: str, mandates: dict[str, Procedure]) -> None:
    procedure, later = mandates["mandate"], mandates.get("later mandate")
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    said = dict(line.split(" ", 1) for line in lines if "|" not in line)
    heading, *rows = [[cell.strip() for cell in line.split("|")] for line in lines if "|" in line]
    clauses = [clause for clause in procedure.mandate.clauses if clause.response == said["response"]]
    opening = Opening(
        mandate=procedure.mandate.name,
        mandate_sha256=procedure.sha256,
        response=said["response"],
        clause=said.get("clause") or clauses[0].name,
        breach_class=next(each.breach_class for each in clauses if each.name == (said.get("clause") or each.name)),
        reading="",
        finding_ids=("fnd-1",),
        event_ids=("evt-1",),
        addressees=tuple(said["named"].split()),
    )
    procedures = {each.sha256: each for each in (procedure, later) if each}
    course = Course(name=name, procedure=procedure, later=later, opening=opening, book=CaseBook(procedures=procedures))
    opened = course.take(CaseEvent(kind="opened", at_us=START_US, author="watch", opening=opening))
    if "opened" in said:
        assert _messages(opened) == _wanted(said["opened"]), f"{name}, opened: {_messages(opened)}"
    for cells in rows:
        try:
            course.play(dict(zip(heading, [*cells, ""], strict=False)))
        except (AssertionError, pytest.fail.Exception) as wrong:
            raise AssertionError(f"{name}: {' | '.join(cells)}\n{wrong}") from wrong
    rebuilt(course)


def rebuilt(course: Course) -> None:
    """The same entries give the same case, timers and messages; no key stands twice."""
    again = CaseBook(procedures=course.book.procedures)
    for entry in course.entries:
        again.apply(entry)
    assert again.cases == course.book.cases, f"{course.name}: rebuilt, it is another case"
    assert again.next_due_us() == course.book.next_due_us() or not course.book.pending
    assert list(again.pending) == list(dict.fromkeys(course.keys)), f"{course.name}: other messages"
    assert len(set(course.keys)) == len(course.keys), f"{course.name}: a key stands twice"
