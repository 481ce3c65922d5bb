"""The neutrality check: the same words for every party, and no word that takes a side.

Two things are checked. *Forms*: the page is written again with stand-ins for the parties' names, and once more with
two parties exchanged; what is said may depend on what was recorded of a party, never on who it is or whether it is
named first. *Words*: what a person wrote holds no loaded word; quotes are exempt, inside quotation marks or where a
field is a quote as a whole (replies, dissents, a claimant's own words, the mandate's).
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import combinations
from typing import Literal

from truceline.base.errors import LoadedWordError, NeutralityError
from truceline.model.bulletin import Bulletin, Change
from truceline.report.bulletins.phrases import WITHHELD

Write = Callable[[Bulletin], Sequence[str]]  # a bulletin as the lines that will be printed
_Names = Mapping[str, str]

_LISTED = tomllib.loads(files("truceline.report.bulletins").joinpath("loaded.toml").read_text(encoding="utf-8"))
_ALLOWED = re.compile("|".join(_LISTED["allowed"]), re.IGNORECASE)  # terms of agreements that take no side
_PATTERNS = tuple(
    (re.compile(rf"(?<!\w)(?:{each['word']})(?!\w)", re.IGNORECASE), each["instead"]) for each in _LISTED["loaded"]
)
_QUOTED = re.compile(r"“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]|\"[^\"]*\"")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u0301]")  # what hides a word or marks its stress

# Columns of a Change whose values are names of parties, separated by spaces; what follows a colon is no name.
_PARTY_COLUMNS = ("reported_of", "addressee", "area_of", "claimant", "accused", "footing", "replies", "dissents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a bulletin is not neutral."""

    kind: Literal["word", "form"]
    where: str  # the row and field, or the line
    words: str
    remedy: str


def loaded_words(text: str) -> tuple[tuple[str, str], ...]:
    """Each word of a text that takes a side, with what to write instead; what stands in quotation marks is exempt.

    Limits: a word list knows no context, and no language but English and Ukrainian; letters of other alphabets that
    look alike hide a word from it.
    """
    plain = _ALLOWED.sub(" ", _QUOTED.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))))
    found = [(match.start(), match[0], remedy) for pattern, remedy in _PATTERNS for match in pattern.finditer(plain)]
    return tuple((word, remedy) for _, word, remedy in sorted(found))


def automatic_text(text: str) -> str:
    """A person's text for a bulletin that no person reads before it goes out: left out where it would be refused."""
    return WITHHELD if loaded_words(text) else text


def free_texts(made: Bulletin) -> list[tuple[str, str]]:
    """What persons wrote that stands in a bulletin and is no quote: where, and the text."""
    found = [(f"{item.event_id}, place", item.place_name) for item in made.items]
    for one in made.restrictions:
        found += [
            (f"{one.impediment_id}, place", one.place_name),
            (f"{one.impediment_id}, reason given", one.reason_given),
            (f"{one.impediment_id}, what could not be verified", one.not_verified),
        ]
    return [(where, text) for where, text in found if text]


def neutrality(made: Bulletin, write: Write) -> tuple[Problem, ...]:
    """Everything that is not neutral in a bulletin as `write` prints it; nothing: it may go out."""
    words = [
        Problem(kind="word", where=where, words=word, remedy=remedy)
        for where, text in free_texts(made)
        for word, remedy in loaded_words(text)
    ]
    return (*words, *_forms(made, write))


def check_neutral(made: Bulletin, write: Write) -> None:
    """Refuses a bulletin that is not neutral.

    Raises: LoadedWordError: a person's text takes a side; NeutralityError: our own words do.
    """
    problems = neutrality(made, write)
    for problem in problems:
        if problem.kind == "word":
            raise LoadedWordError(
                f"{problem.where}: the word {problem.words!r} takes a side ({len(problems)} found in all).",
                subject=made.bulletin_id,
                remedy=f"Write instead: {problem.remedy}. Words that somebody else said go in quotation marks.",
            )
    for problem in problems:
        raise NeutralityError(
            f"{problem.where}: {problem.words!r} is not said of every party alike.",
            subject=made.bulletin_id,
            remedy=problem.remedy,
        )


# --- forms ------------------------------


def _forms(made: Bulletin, write: Write) -> list[Problem]:
    """Lines that depend on who a party is (`who`), or on which is named first (`order`)."""
    names = [name for name, _ in made.parties]
    stand_ins = {name: f"\ue000{at}\ue001" for at, name in enumerate(sorted(names, reverse=True))}
    titles = {stand_ins[name].translate(_TITLE): title for name, title in made.parties}
    # Their alphabetical order is the reverse of the names', so that a page sorted by name betrays itself.
    veils = tuple((stand_ins[name], stand_ins[name].translate(_TITLE)) for name in names)
    veiled = replace(renamed(made, stand_ins), parties=veils)
    lines = list(write(veiled))
    unveiled = {veil: name for name, veil in stand_ins.items()} | titles
    found = [
        Problem(kind="form", where="who", words=said, remedy="Take the party's name out of the condition that made it.")
        for said, expected in _side_by_side(write(made), [_filled(line, unveiled) for line in lines])
        if said != expected
    ]
    for one, other in combinations(range(len(names)), 2):
        swap = _swap(one, other)
        ours = Counter(_skeleton(_filled(line, swap)) for line in lines)
        theirs = Counter(_skeleton(line) for line in write(renamed(veiled, swap)))
        found += [
            Problem(
                kind="form",
                where="order",
                words=_filled(skeleton[0], unveiled),
                remedy="Write every party's line from the same phrase, whichever party is named first.",
            )
            for skeleton in (ours - theirs) + (theirs - ours)
        ]
    return found


def _side_by_side(said: Sequence[str], expected: Sequence[str]) -> list[tuple[str, str]]:
    """Lines side by side; a line without a counterpart stands beside nothing."""
    size = max(len(said), len(expected))
    padded = ([*lines, *[""] * (size - len(lines))] for lines in (said, expected))
    return list(zip(*padded, strict=True))


def _swap(one: int, other: int) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for left, right in (("\ue000", "\ue001"), ("\ue002", "\ue003")):
        first, second = f"{left}{one}{right}", f"{left}{other}{right}"
        pairs |= {first: second, second: first}
    return pairs


_TITLE = str.maketrans("\ue000\ue001", "\ue002\ue003")  # the stand-in of a name as that of its title
_STAND_IN = re.compile("[\ue000\ue002]\\d+[\ue001\ue003]")


def _filled(line: str, names: _Names) -> str:
    return _STAND_IN.sub(lambda match: names.get(match[0], match[0]), line)


def _skeleton(line: str) -> tuple[str, tuple[str, ...]]:
    """A line with PARTY for every party, and which parties it names, in no order."""
    return _STAND_IN.sub("PARTY", line), tuple(sorted(_STAND_IN.findall(line)))


def renamed(made: Bulletin, names: _Names) -> Bulletin:
    """The bulletin with every party of `names` under another name; the order in which parties are declared stays."""

    def all_of(parties: Sequence[str]) -> tuple[str, ...]:
        return tuple(names.get(party, party) for party in parties)

    def one(party: str) -> str:
        return names.get(party, party)

    def part(name: str) -> str:
        kind, _, party = name.partition(":")
        return f"{kind}:{one(party)}" if party else name

    return replace(
        made,
        items=tuple(
            replace(
                item,
                footing=replace(item.footing, parties=all_of(item.footing.parties)),
                reported_of=all_of(item.reported_of),
            )
            for item in made.items
        ),
        findings=tuple(replace(each, addressee=one(each.addressee)) for each in made.findings),
        totals=tuple(
            replace(total, parts=tuple(replace(each, name=part(each.name)) for each in total.parts))
            for total in made.totals
        ),
        restrictions=tuple(replace(each, area_of=one(each.area_of)) for each in made.restrictions),
        claims=tuple(replace(each, claimant=one(each.claimant), accused=one(each.accused)) for each in made.claims),
        cases=tuple(
            replace(
                case,
                replies=tuple(replace(reply, party=one(reply.party)) for reply in case.replies),
                dissents=tuple(replace(dissent, actor=one(dissent.actor)) for dissent in case.dissents),
            )
            for case in made.cases
        ),
        changes=tuple(_renamed_change(change, names) for change in made.changes),
    )


def _renamed_change(change: Change, names: _Names) -> Change:
    subject, _, part = change.subject.partition("/party:")
    if part:
        subject = f"{subject}/party:{names.get(part, part)}"
    else:
        subject = change.subject
    if change.column not in _PARTY_COLUMNS:
        return replace(change, subject=subject)
    was, now = (" ".join(_renamed_word(word, names) for word in text.split(" ")) for text in (change.was, change.now))
    return replace(change, subject=subject, was=was, now=now)


def _renamed_word(word: str, names: _Names) -> str:
    party, colon, rest = word.partition(":")
    return names.get(party, party) + colon + rest
