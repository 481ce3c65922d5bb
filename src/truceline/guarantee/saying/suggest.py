"""From a text to suggested statements: find, join, name, chain."""

import re
from bisect import bisect_right

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.guarantee.reading.text import Text
from truceline.guarantee.saying import pattern
from truceline.guarantee.saying.chains import Mouths, chain_of, inside, mouths_of
from truceline.guarantee.saying.lexicon import IMPUTED, RIGHT_PERMILLE, hedges_in, takes, words_in
from truceline.guarantee.saying.parser import Parser
from truceline.guarantee.saying.quotes import Quotation, in_quotation, quotations
from truceline.guarantee.saying.rules.finding import found_in
from truceline.guarantee.saying.sayings import Place, Saying, length, shared, within, without_trailers
from truceline.guarantee.saying.speakers import Voice
from truceline.model.document import Document, Span
from truceline.model.statement import Attribution, Link, Rule, Statement

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")
_ENGLISH = words_in(
    """the of and to in a that is was for on with by as it has have be at from not said will would are were its their
    but or"""
)
_ENGLISH_PERCENT = 15  # words of that list among all: 30 to 45 in English prose, under 8 in other languages
_FEW_WORDS = 40  # of so few words no share is asked for, one of the list is enough
_SENTENCE = re.compile(r"[.!?…:]['\"”’»)]*\s*$")
_DATELINE = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ.' ]+\b|[A-ZÀ-Þ][\w.'-]+(?: [A-ZÀ-Þ][\w.'-]+)?,)[^—–:“\"\n]{0,45}?(?: --? | ?[—–] )"
    r"|^[A-ZÀ-Þ][A-ZÀ-Þ.' ]+, [A-Z][a-z]+\.? \d{1,2},? \d{4}\. ",
    re.MULTILINE,
)
_BULLET = re.compile(
    r"^[ \t]*(?:[-•*–—·] |\d{1,2}[.)] (?=[A-Z“])"
    r"|\d{1,2}[:.]\d{2}(?: ?(?:[AaPp][Mm]|GMT|CET|CEST|UTC|EST|BST))?\b ?[-–—|:]? ?)",
    re.MULTILINE,
)
_HEADLINE_WORDS = 18
_SAME_SHARE_RATIO = 0.8  # of the longer of two contents: then they are one
_OWN = words_in("i we you me us who that")
_EMPTY = words_in("i we who that")


def suggest(document: Document, text: Text, *, parser: Parser | None) -> tuple[Statement, ...]:
    """Who said what in a text, in its order, as suggestions for a person to decide.

    Args:
        parser: of sentences; None: simpler rules, which find less.

    Limits: English in Latin script; nothing is suggested of another. What is suggested is right as often as its
        rule was where it was measured (`Statement.found`), not more.
    """
    if document.script not in ("", "Latin") or not is_english(text.body):
        return ()
    body = without_datelines(text.body)
    found = found_in(parser(body)) if parser else pattern.found_in(body)
    sayings = _apart(body, without_trailers(body, list(found.sayings)))
    found_quotations = quotations(body)
    mouths = mouths_of(text.body, found, sayings)
    parents = _parents(body, sayings)
    statements: dict[int, Statement] = {}
    for number in sorted(range(len(sayings)), key=lambda number: len(_line_of(parents, number))):
        above = parents[number]
        if above is None and _needs_a_parent(sayings[number], found_quotations):
            continue
        if above is not None:
            outer = (sayings[above], mouths[above].speaker)
            if above not in statements or not _is_of_another(text.body, sayings[number], mouths[number].speaker, outer):
                continue
        parent = statements[above] if above is not None else None
        statements[number] = _statement(document, text, sayings[number], mouths[number], parent)
    return tuple(sorted(statements.values(), key=_order))


def without_datelines(body: str) -> str:
    """The text with blanks for what stands before a report: "HALDEN — ", "Oslo, Sept. 19 -- ", "14:05 ", "- "."""
    body = _BULLET.sub(lambda match: " " * len(match[0]), body)
    return _DATELINE.sub(lambda match: " " * len(match[0]), body)


def is_english(body: str) -> bool:
    """Whether the rules can read it: enough of its words are the small words of English."""
    words = [word.lower() for word in _WORD.findall(body)]
    known = sum(word in _ENGLISH for word in words)
    return known > 0 and (len(words) < _FEW_WORDS or 100 * known >= _ENGLISH_PERCENT * len(words))


def _apart(body: str, sayings: list[Saying]) -> list[Saying]:
    """Of two that found the same words by the same cue, or by the same speaker with another rule, the first."""
    kept: dict[int, list[Saying]] = {}
    for line, saying in zip(_lines(body, sayings), sayings, strict=True):
        if not any(_is_same(saying, other) for other in kept.setdefault(line, [])):
            kept[line].append(saying)
    return [saying for line in kept.values() for saying in line]


def _is_same(one: Saying, other: Saying) -> bool:
    most = max(length(one.content), length(other.content))
    alike = one.cue == other.cue or one.speaker == other.speaker
    return alike and shared(one.content, other.content) > _SAME_SHARE_RATIO * most


def _lines(body: str, sayings: list[Saying]) -> list[int]:
    """Of each saying the line in which its words begin: nothing that is said goes beyond its line."""
    ends = [match.start() for match in re.finditer(r"\n", body)]
    return [bisect_right(ends, saying.extent[0]) for saying in sayings]


def _parents(body: str, sayings: list[Saying]) -> list[int | None]:
    """Of each saying the one inside whose words its cue stands; the innermost."""
    lines = _lines(body, sayings)
    beside: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        beside.setdefault(line, []).append(number)
    parents: list[int | None] = []
    for number, saying in enumerate(sayings):
        outer = [
            other
            for other in beside[lines[number]]
            if other != number and _holds(sayings[other], saying) and not _holds(saying, sayings[other])
        ]
        parents.append(min(outer, key=lambda other: length(sayings[other].content), default=None))
    return parents


def _holds(outer: Saying, inner: Saying) -> bool:
    """Whether another speaks inside somebody's words."""
    if inner.speaker and inner.speaker == outer.speaker:
        return False
    return any(within(inner.cue, piece) for piece in outer.content)


def _line_of(parents: list[int | None], number: int) -> list[int]:
    """The statements inside which one stands, the innermost first."""
    line: list[int] = []
    above = parents[number]
    while above is not None and above not in line:
        line.append(above)
        above = parents[above]
    return line


def _needs_a_parent(saying: Saying, found: tuple[Quotation, ...]) -> bool:
    """Whether it says something only inside another's words: what is thought, owned or quoted."""
    if saying.verb in IMPUTED and not takes(saying.verb, "clause"):
        return True
    bare = saying.rule == "owned-noun" and not saying.clause
    return bare or (saying.cue is not None and in_quotation(saying.cue, found))


def _is_of_another(body: str, saying: Saying, speaker: Voice, outer: tuple[Saying, Voice]) -> bool:
    """Whether words inside somebody's words are another's: not "we said", not "Russia said that it agreed"."""
    around, whose = outer
    if saying.speaker is None or saying.speaker == around.speaker or (speaker.name and speaker.name == whose.name):
        return False
    word = body[slice(*saying.speaker)].lower()
    if around.speaker and word == body[slice(*around.speaker)].lower():
        return False
    return word not in (_OWN if around.direct else _EMPTY)


def _statement(document: Document, text: Text, saying: Saying, mouths: Mouths, parent: Statement | None) -> Statement:
    """What was found as a row, its places told by the file's characters."""
    body = text.body
    content = tuple(_span(text, place) for place in saying.content)
    outer: tuple[Link, ...] = ()
    if parent is not None:
        belief = saying.belief
        outer = inside(parent.chain, verb=parent.verb, medium=_is_by_media(parent), belief=belief)
    words = _WORD.findall(" ".join(span.exact for span in content))
    beside = _WORD.findall(_around_cue(body, saying))
    return Statement(
        statement_id=_id(document, text, saying),
        document_id=document.document_id,
        content=content,
        attribution=_attribution(body, saying, parent),
        cue=_span(text, saying.cue) if saying.cue else None,
        speaker_span=_span(text, saying.speaker) if saying.speaker else None,
        speaker=mouths.speaker.name,
        speaker_kind=mouths.speaker.kind,
        parent_id=parent.statement_id if parent else "",
        verb=saying.verb,
        negated=saying.negated,
        hedges=hedges_in([*beside, *words]),
        chain=chain_of(document, mouths, outer),
        found=Rule(name=saying.rule, right_permille=RIGHT_PERMILLE.get(saying.rule, 0)),
    )


def _is_by_media(parent: Statement) -> bool:
    """Whether a newspaper itself said it, leaning on nobody."""
    return parent.speaker_kind == "media" and parent.chain[-1].name == parent.speaker


def _span(text: Text, place: Place) -> Span:
    return text.span(*place)


def _id(document: Document, text: Text, saying: Saying) -> str:
    """`st-` and the first 12 hex digits of the hash of the document's id, the content's place and the cue's."""
    named = {
        "document_id": document.document_id,
        "content": [[text.at[start], text.ends[end - 1]] for start, end in saying.content],
        "cue": text.at[saying.cue[0]] if saying.cue else -1,
    }
    return f"st-{sha256_hex(canonical_bytes(named))[:12]}"


def _attribution(body: str, saying: Saying, parent: Statement | None) -> Attribution:
    if parent is not None:
        return "nested"
    if _is_heading(body, saying):
        return "headline"
    if saying.direct:
        return "direct"
    inside = "".join(body[start:end] for start, end in saying.content)
    return "mixed" if quotations(inside) else "indirect"


def _is_heading(body: str, saying: Saying) -> bool:
    """Whether it stands in a line that is no sentence: without a mark at its end, and short."""
    start = body.rfind("\n", 0, saying.place) + 1
    line = body[start : (body + "\n").index("\n", saying.place)]
    return not _SENTENCE.search(line) and len(line.split()) <= _HEADLINE_WORDS


def _around_cue(body: str, saying: Saying) -> str:
    """The words right before and after the cue, and the speaker's first: where "usually", "many" would stand."""
    if saying.cue is None:
        return ""
    start, end = saying.cue
    return " ".join([body[max(0, start - 12) : start].rsplit(",", maxsplit=1)[-1].rpartition(" ")[0], body[start:end]])


def _order(statement: Statement) -> tuple[int, int, int]:
    first = statement.content[0]
    return first.start, -first.end, statement.cue.start if statement.cue else -1
