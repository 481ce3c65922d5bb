"""Quotations: where they are, whose cue they belong to, which go on from one to the next."""

import re
from dataclasses import dataclass, replace

from truceline.guarantee.saying.sayings import OPENING, Place, Saying, shared, trimmed, within

_MARKED = re.compile(
    r"“(?P<a>[^”\n]*)(?:”|(?=\n|\Z))"
    r"|«(?P<b>[^»\n]*)(?:»|(?=\n|\Z))"
    r"|„(?P<c>[^“”\n]*)(?:[“”]|(?=\n|\Z))"
    r'|(?<![\w"])"(?P<d>[^"\n]+)(?:"|(?=\n|\Z))'
    r"|(?<![\w’])[‘'](?P<e>(?:[^‘’'\n]|(?<=\w)['’](?=\w)|(?<=s)['’](?=\s\w))+)['’](?!\w)"
)
_SENTENCE_ENDS = re.compile(r"(?<!\b[A-Z])(?<!\bMr)(?<!\bDr)(?<!\bMs)(?<!\bGen)[.!?][”\"’)]?(?=\s+[“\"‘A-Z]|\s*$)")
_WORD = re.compile(r"\w[\w’'-]*")
_BEFORE_SPEECH = '.!?,:;—–-”"»(“…'
_NEAR = 40  # characters between a quotation and whoever said it
_LEAD = 140  # and a cue before it
_FAR = 300  # beyond the cue before, a paragraph goes on with nothing
_WHOLE_LINE_PERCENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Words in quotation marks. `inner`: without the marks; `words`: nor the comma or full stop before the last.

    `speech`: an utterance, not a phrase woven into another.
    """

    place: Place
    inner: Place
    words: Place
    line: Place
    speech: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A verb of saying outside quotation marks, and who says. `weak`: any verb, good only before a colon."""

    place: Place
    speaker: Place | None
    verb: str
    negated: bool = False
    told: tuple[Place, ...] = ()
    through: tuple[Place, ...] = ()
    weak: bool = False

    @property
    def start(self) -> int:
        """Where it or its speaker begins."""
        return min(self.place[0], self.speaker[0]) if self.speaker else self.place[0]


def quotations(text: str) -> tuple[Quotation, ...]:
    """All quotations of a text. One that is not closed goes on to the end of its line."""
    found = []
    for match in _MARKED.finditer(text):
        group = str(match.lastgroup)
        line = text.rfind("\n", 0, match.start()) + 1, (text + "\n").index("\n", match.start())
        inner = match.span(group)
        words = inner[0], inner[0] + len(text[slice(*inner)].rstrip(" ,."))
        if words[0] < words[1]:
            speech = _is_speech(text, match.start(), inner, line)
            found.append(Quotation(place=match.span(), inner=inner, words=words, line=line, speech=speech))
    return tuple(found)


def _is_speech(text: str, start: int, inner: Place, line: Place) -> bool:
    """Whether it stands by itself: after a mark or at a line's head, long enough or with a mark at its end."""
    before = text[line[0] : start].rstrip()
    words = len(_WORD.findall(text, *inner))
    after = text[inner[1] + 1 : line[1]].lstrip()[:1]
    ended = text[inner[1] - 1] in ".,!?…"
    return (not before or before[-1] in _BEFORE_SPEECH) and (ended or (words >= 4 and after in ",.;:?!—–-)"))


def in_quotation(place: Place, found: tuple[Quotation, ...]) -> bool:
    """Whether a place lies inside quotation marks."""
    return any(each.inner[0] <= place[0] and place[1] <= each.inner[1] for each in found)


def attributed(text: str, found: tuple[Quotation, ...], cues: list[Cue]) -> list[Saying]:
    """The quotations of a text as statements, each with its cue; pieces of one statement joined.

    Args:
        cues: those outside quotation marks, in order.
    """
    said: list[Saying] = []
    speeches = [each for each in found if each.speech]
    for number, quotation in enumerate(speeches):
        before = speeches[number - 1] if number else None
        after = speeches[number + 1] if number + 1 < len(speeches) else None
        cue, leads = _cue_for(text, quotation, (before, after), cues)
        earlier = said[-1] if said else None
        if earlier and _cut_in_two(text, quotation, earlier, cue):
            said[-1] = replace(earlier, content=(*earlier.content, quotation.words))
        elif cue and not (earlier and earlier.cue == cue.place):
            said.append(_by(cue, quotation, "quotation-after" if leads else "quotation"))
        elif earlier and _goes_on(text, quotation, earlier):
            said.append(_continued(quotation, earlier))
    return said


def _by(cue: Cue, quotation: Quotation, rule: str) -> Saying:
    return Saying(
        rule=rule,
        content=(quotation.words,),
        cue=cue.place,
        verb=cue.verb,
        speaker=cue.speaker,
        negated=cue.negated,
        direct=True,
        told=cue.told,
        through=cue.through,
    )


def _cue_for(
    text: str, quotation: Quotation, beside: tuple[Quotation | None, Quotation | None], cues: list[Cue]
) -> tuple[Cue | None, bool]:
    """The cue of a quotation, and whether it stands before it."""
    before, after = beside
    start = before.place[1] if before and before.line == quotation.line else quotation.line[0]
    lead = (_last_sentence(text, (start, quotation.place[0])), quotation.place[0])
    leading = _leading(text, lead, cues)
    if (leading and text[leading.place[1] : lead[1]].strip(" ,") in ("", ":", "that")) or (
        _colon(text, lead) and leading
    ):
        return leading, True
    end = after.place[0] if after and after.line == quotation.line else quotation.line[1]
    tail = (quotation.place[1], _first_sentence(text, (quotation.place[1], end)))
    trailing = _trailing(text, quotation, tail, cues)
    if trailing:
        return trailing, False
    if not leading and lead[0] > start:
        leading = _in_sentence_before(text, (start, lead[0]), cues)
    if not leading and not text[quotation.line[0] : quotation.place[0]].strip():
        leading = _from_line_before(text, quotation.line[0], cues)
    return leading, leading is not None


def _colon(text: str, lead: Place) -> bool:
    return text[slice(*lead)].rstrip().endswith(":")


def _last_sentence(text: str, zone: Place) -> int:
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(text, *zone)]
    return ends[-1] if ends else zone[0]


def _first_sentence(text: str, zone: Place) -> int:
    match = _SENTENCE_ENDS.search(text, *zone)
    return match.end() if match else zone[1]


def _leading(text: str, lead: Place, cues: list[Cue]) -> Cue | None:
    """The last cue before a quotation, where a comma, a colon or nothing stands between."""
    joined = text[slice(*lead)].rstrip()
    here = [cue for cue in cues if lead[0] <= cue.place[0] and cue.place[1] <= lead[1]]
    strong = [cue for cue in here if not cue.weak]
    if joined.endswith(":"):
        return (strong or here)[-1] if here else None
    if strong and lead[1] - strong[-1].place[1] < _LEAD:
        between = text[strong[-1].place[1] : lead[1]].strip()
        parted = between.endswith((",", "—", "–", "that")) and not between.startswith(",")
        if between in ("", "that", ",") or parted:
            return strong[-1]
    return None


def _trailing(text: str, quotation: Quotation, tail: Place, cues: list[Cue]) -> Cue | None:
    """The first cue after a quotation, where it or its speaker stands right there."""
    if text[quotation.inner[1] - 1] == "." and text[tail[0] : tail[1]].lstrip()[:1].isupper():
        return None
    for cue in cues:
        if not cue.weak and tail[0] <= cue.place[0] < tail[1] and cue.start - tail[0] <= _NEAR:
            return cue
    return None


def _in_sentence_before(text: str, zone: Place, cues: list[Cue]) -> Cue | None:
    """Who said or did something in the sentence right before, where that was the whole of it: she shrugs. "I know." """
    if text[zone[1] :].lstrip()[:1] not in OPENING:
        return None
    begins = _last_sentence(text, (zone[0], len(text[: zone[1]].rstrip()) - 1))
    here = [cue for cue in cues if begins <= cue.place[0] and cue.place[1] <= zone[1]]
    return here[-1] if here else None


def _from_line_before(text: str, start: int, cues: list[Cue]) -> Cue | None:
    """The cue at the end of the paragraph before, where that ends in a colon."""
    before = text[:start].rstrip()
    if not before.endswith(":"):
        return None
    line = before.rfind("\n") + 1
    here = [cue for cue in cues if line <= cue.place[0] < start]
    return here[-1] if here else None


def _cut_in_two(text: str, quotation: Quotation, earlier: Saying, cue: Cue | None) -> bool:
    """Whether a quotation is the next piece of the sentence before: "A," said X, "b." """
    between = text[earlier.content[-1][1] : quotation.place[0]]
    if "\n" in between or not earlier.direct or (cue is not None and cue.place != earlier.cue):
        return False
    held = earlier.cue is not None and within(earlier.cue, (earlier.extent[1], quotation.place[0]))
    return held and between.rstrip().endswith((",", "—", "–", ";")) and not _SENTENCE_ENDS.search(between)


def _goes_on(text: str, quotation: Quotation, earlier: Saying) -> bool:
    """Whether a quotation without a cue goes on with what was said before: in its paragraph, or filling the next."""
    end = max(earlier.extent[1], earlier.cue[1] if earlier.cue else 0)
    between = text[end : quotation.place[0]]
    if "\n" not in between:
        return earlier.direct and len(_SENTENCE_ENDS.findall(between)) <= 1
    letters = len(text[slice(*quotation.line)].strip())
    filled = 100 * (quotation.place[1] - quotation.place[0]) >= _WHOLE_LINE_PERCENT * letters
    return filled and between.strip("\n").count("\n") <= 1 and len(between) < _FAR


def _continued(quotation: Quotation, earlier: Saying) -> Saying:
    return Saying(
        rule="continuation",
        content=(quotation.words,),
        cue=None,
        verb=earlier.verb,
        speaker=None,
        direct=True,
        follows=earlier.extent,
    )


def without_quoted(text: str, sayings: list[Saying], quoted: list[Saying]) -> list[Saying]:
    """Clauses without the quotation that stands for itself; one that was nothing else is left out."""
    kept = []
    for saying in sayings:
        rivals = [each for each in quoted if each.cue == saying.cue and shared(each.content, saying.content)]
        if rivals:
            piece = trimmed(text, (saying.extent[0], min(saying.extent[1], rivals[0].extent[0])))
            if piece[1] - piece[0] < 20:
                continue
            kept.append(replace(saying, content=(piece,)))
            continue
        kept.append(saying)
    return kept
