"""Which lines of a plain-text file are the article, and which belong to the page that it was copied from.

A line is judged by what it is (a sentence, an item of a list, furniture of the site, a byline, an age), by whether it
comes again, and by its neighbours. Nothing is learnt and nothing is looked up: the rules are below, in this order.
Limits: made for pages in English; in other languages and scripts sentences are known by length and final mark only.
Source: measured on two pages that were published in 2025, and on invented ones: `tests/guarantee/articles`.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Label = Literal["furniture", "meta", "teaser", "repeated", "item", "sentence", "said", "short"]

# Words that a sentence has and a headline mostly does without.
_FUNCTION = """
    a about above across after afterwards again against all almost alone along already also although always am among
    an and another any anyone anything are around as at be because been before being below between both but by can
    cannot could did do does doing done down due during each either else enough even ever every except few for from
    further get give had has have having he hence her here hers herself him himself his how however i if in indeed
    instead into is it its itself just last latter least less made make many may me meanwhile might mine more moreover
    most much must my myself neither never nevertheless next no nobody none nor not nothing now of off often on once
    one only onto or other others otherwise our ours ourselves out over own per perhaps please put quite rather really
    same say see seem seemed seems several she should since so some someone something still such take than that the
    their theirs them themselves then there thereafter thereby therefore these they this those though through
    throughout thus to together too toward towards under unless until up upon us used using various very via was we
    well were what whatever when whenever where whereas whether which while who whoever whole whom whose why will with
    within without would yet you your yours yourself yourselves
    don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't it's that's there's we're they're
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())

# What stands on pages around articles: whole lines, one pattern a line, blanks as they stand.
_FURNITURE = r"""
advertis(e|ement|ing)\b.{0,40}
.{0,20}(story|article) continues\b.{0,40}
(sponsored|promoted)\b.{0,40}
(re)?share( (this|on|via|the)\b.{0,40})?
facebook|twitter|x|telegram|whatsapp|linkedin|reddit|instagram|viber|threads|bluesky|e-?mail|print
copy link|link copied.?
save|bookmark|menu|home|search|comments?|log ?in|sign in|subscribe|donate|listen|close|more|back to top|loading.*
skip to (main )?content
(join|follow|find|like|contact) (us|our|@\S+)\b.{0,120}
support (us|our (work|journalis[mt]s?|reporting|team))\b.{0,120}
(join|follow) .{1,60} on (telegram|twitter|x|facebook|instagram|whatsapp|youtube|linkedin|google news|threads)\b.{0,60}
(join|follow) .{1,60} on (bluesky|viber|signal|social media)\b.{0,60}
(subscribe|sign up|register|log in|donate|click|tap) (to|for|now|here|today|in|free|on|and|via|below)\b.{0,120}
.{0,80}\b(newsletter|sign up here)\b.{0,60}
(found|spotted|see) (a|an) (error|mistake|typo)\b.*
if you (find|have found|spot|notice|see) (a|an) .{0,20}(error|mistake|typo)\b.*
\(?(file )?(photo|image|picture|video|credit|caption)s?( (by|credit|from))?\s?[:/|].*
(illustration|graphic|infographic|map)s?( (by|credit|from))?\s?[:/|].*
\(?(photo|image|picture|video)s? (by|courtesy|credit)\b.*
.{0,200}\bgetty images\b.{0,60}
.{0,200}\((file )?(photo|image|picture|video)\b[^()]*\)\.?
.{0,200}/ ?(afp|reuters|ap|epa|getty)\)?
(tags?|topics?|keywords?|categor(y|ies)|filed under|source|via|editors?|section)\s?:.*
((additional )?reporting|editing|writing|translated|edited) by\b.*
our standards\s?:.*
(we|this (web)?site) uses? cookies\b.*
.{0,40}\b(cookie|privacy) (policy|settings|preferences|notice)\b.{0,80}
(accept|reject) (all|cookies)\b.*
terms (of|and|&) (use|services?|conditions?)\b.{0,40}
(about|contact) us
you have .{0,40}\barticles? (left|remaining)\b.{0,40}
.{0,60}all rights reserved.{0,80}
(copyright|©|\(c\) ?\d{4})\s?.{0,160}
\d{1,3}\s?(min(ute)?s?) (read|listen|watch)\b.{0,20}
reading time\b.{0,30}
\d[\d,.]*[km]? (views?|shares?|comments?|likes?|reactions?)
listen to (this|the) (article|story)\b.{0,40}
(also |please )?(read|see|watch|listen)( (also|more|next|too|on))?\s?[:>»].*
(read|see|watch) (also|more|next|the full)\b.{0,120}
also read\b.{0,160}
(don['’]t|do not) miss\b.{0,80}
(breaking|live)( news)?\s?:?\s?(updates?)?
@\w{3,30}
(https?://|www\.)\S+
[\w.+-]+@[\w-]+\.[\w.]+
[\W_\d]+
"""
# Headings of lists of other articles, and what stands only under an article.
_ENDING = r"""
(popular|trending)\b.{0,30}
(most|top|best) (read|viewed|popular|shared|discussed|commented)\b.{0,30}
read (next|more|also)
(other|more) (topics|stories|news|articles|posts|headlines|coverage)\b.{0,40}
(also|more) (on|from|about|in|by)\b.{1,60}
(related|recommended|similar|latest|top|recent|featured|must)([\s-]?(articles?|stor(y|ies)|news|topics?|content|posts?))?\s?:?
(related|recommended|must|further)[\s-]?(reads?|coverage|links?|headlines|reading|for you)\s?:?
(editors?|editor['’]s) (picks?|choice)
you (may|might) (also|be)\b.{0,40}
(in )?other news\b.{0,20}
(show|view|leave|add|post|read|load|see) (a |all |the |more )?(comments?|more|reply|stories|articles)(\s?\(?\d+\)?)?
comments? ?\(\d+\)|\d+ comments?
(leave|write) a (comment|reply)
(«|‹|<|←)\s?.{0,200}
prev(ious)? (article|post|story|[:»›]).{0,200}
next( (article|post|story)|\s?[»›>→:]).{0,200}
(about the (author|writer|reporter)s?|author|written by)\s?:?.{0,60}
.{0,80}\bto suggest a correction\b.*
you can also highlight\b.*
"""


def _any_of(patterns: str) -> re.Pattern[str]:
    """One pattern of many, for whole lines, capitals or not."""
    return re.compile(rf"(?i)^(?:{'|'.join(patterns.split(chr(10))[1:-1])})$")


_IS_FURNITURE, _IS_ENDING = _any_of(_FURNITURE), _any_of(_ENDING)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_NAME = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\.?\s+)?"
_CLOCK = (
    r"(?:,?\s*(?:\((?:mon|tue|wed|thu|fri|sat|sun)\w*\)\s*)?(?:at\s+|\||-|–|—)?\s*\d{1,2}[:.]\d{2}(?::\d{2})?"
    r"\s?(?:[ap]\.?m\.?)?(?:\s?\(?[A-Z]{2,5}(?:[+-]\d+)?\)?)?)?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
FULL_DATE = (  # with its year
    rf"(?i:{_MONTH}\s{_DAY},?\s\d{{4}}|{_DAY}\s{_MONTH},?\s\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}})"
)
DATE = rf"(?:{FULL_DATE}|(?i:{_MONTH}\s{_DAY}|{_DAY}\s{_MONTH}))"  # with or without
_AGE_UNIT = r"(?:s|m|h|d|w|mo|y|min(?:ute)?s?|sec(?:ond)?s?|hours?|hrs?|days?|weeks?|months?|years?)"
_AGE = rf"(?:\d+\s?{_AGE_UNIT}\.?\s+ago|just now|yesterday|today)"
STAMP = re.compile(
    r"(?i)^(?:(?:first\s+)?(?:published|updated|last\s+updated|last\s+modified|posted|date|issued)(?:\s+(?:on|at))?\s?:?\s*)?"
    rf"{_DAY_NAME}(?:\d{{1,2}}:\d{{2}}\s?(?:,|\||-)?\s*)?(?:{DATE}|{_AGE}){_CLOCK}\.?$"
)
FULL_DATE_IN = re.compile(rf"(?<!\w){FULL_DATE}(?!\w)")
_IMPRINT = re.compile(rf"^(?=.*(?<!\w){FULL_DATE}(?!\w))(?!.*[.!?]$)(?:\S+\s+){{0,14}}\S+$")
_CREDIT = re.compile(
    r"(?i)^(?:(?:by|from)\s+(?:our|staff|agenc|wire|the\s+\w+\s+desk).{0,60}|(?:text|words|story|reporting)\s*:\s.{2,80}"
    r"|(?:our|staff|agencies|staff and agencies)(?:\s\w+)?(?:\s(?:correspondent|reporter|writer)s?)?(?:\sin\s\w+)?)$"
)
BYLINE = re.compile(r"^(?i:by)\s+((?-i:[A-Z][\w.’'-]*)((\s+|\s*,\s+|\s+and\s+|\s+&\s+)(?-i:[A-Z][\w.’'-]*)){0,6})$")
MARKER = re.compile(r"\s*date\s+(\d{4}-\d{2}-\d{2})\s+(?=\S)")
_WORKS = re.compile(  # of whom a note under an article tells: where they work, or what kind of paper they are
    r"(?i)^\s(?:is|are|was|were|covers|writes|reports|works|has|have|joined)\s.*\b(?:reporters?|correspondents?|journalists?"
    r"|writers?|editors?|authors?|columnists?|analysts?|fellow|channel|agency|newspaper|broadcaster|magazine|website|outlet"
    r"|news|station|professor|covers|covering)\b"
)
_ITEM = re.compile(r"^([-•*–—▪●◦·]|\(?\d{1,2}[.)]|\(?[a-z][.)]|\([ivx]+\))\s+\S")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_FINAL = re.compile(r"[.!?…:;,。！？؟۔।][\"”’»)\]'“]*$")
_HALT = re.compile(r"[.!?…。！？؟۔।][\"”’»)\]'“]*$")
_BAR = re.compile(r"\s*[>›»|•·]\s*|\s{2,}")  # between the words of a menu
_WIDE = 100  # characters: lines of a file wrapped by hand are not longer
_TOP = 8  # rows: where the lines under a headline stand
_MENU = 160  # characters: a menu of one line is not longer
_LONG = 25  # characters: a line of so many that comes again, or begins another, is a title shown twice
_HARD = 2  # titles, bylines, ages or furniture of lists of titles, one after the other: the article is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the file, or lines that were wrapped by hand: its place, without the blanks around it."""

    start: int
    end: int
    words: str  # what stands there
    blank_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The rows of a file, what each was taken for, which are the text, and at which row the text is over."""

    rows: tuple[Row, ...]
    labels: tuple[Label, ...]
    kept: tuple[bool, ...]
    over: int
    marked: str  # the date of a leading "date YYYY-MM-DD", which is none of the text; or ""

    @property
    def text_from(self) -> int:
        """The first row that is a sentence; the number of rows if none is."""
        return next((i for i, label in enumerate(self.labels) if label == "sentence"), len(self.rows))


def sort_lines(file: str) -> Sorted:
    """Tell the text from what stands around it. Args: file: as decoded, with or without a byte order mark."""
    begin = 1 if file.startswith("\ufeff") else 0
    marker = MARKER.match(file, begin)
    return sort_rows(_rows(file, marker.end() if marker else begin), marked=marker[1] if marker else "")


def sort_rows(rows: tuple[Row, ...], *, marked: str = "") -> Sorted:
    """Tell the rows that are the text from the others. Args: marked: the date that was said to be that of the text."""
    labels = _labels(rows)
    over = _over(rows, labels)
    return Sorted(rows=rows, labels=labels, kept=_kept(rows, labels, over), over=over, marked=marked)


def key(words: str) -> str:
    """A line by which it is known again: letters and digits, in lower case."""
    return re.sub(r"\W+", " ", words.lower()).strip()


# --- rows -------------------------------------------------------------------------------------------------


def _rows(file: str, begin: int) -> tuple[Row, ...]:
    """The lines that are not blank, those wrapped by hand joined."""
    rows: list[Row] = []
    blank = True
    for line in re.finditer(r"[^\r\n\v\f\x85\u2028\u2029]+", file[begin:]):
        words = line[0].strip()
        start = begin + line.start() + len(line[0]) - len(line[0].lstrip())
        between = file[rows[-1].end : start] if rows else ""
        blank = not rows or len(re.findall(r"\r\n|[^\S \t\xa0]", between)) > 1
        if words:
            rows.append(Row(start=start, end=start + len(words), words=words, blank_before=blank))
    return _joined(rows) if _wrapped(rows) else tuple(rows)


def _wrapped(rows: Sequence[Row]) -> bool:
    """Whether the lines of a file were broken at a width: none is long, and many go on in lower case."""
    going_on = sum(1 for before, row in itertools.pairwise(rows) if _goes_on(before, row))
    return going_on >= 3 and 6 * going_on >= len(rows) and all(len(row.words) <= _WIDE for row in rows)


def _goes_on(before: Row, row: Row) -> bool:
    return not row.blank_before and row.words[0].islower() and not _ITEM.match(row.words) and len(before.words) > _LONG


def _joined(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Lines that go on are one row: until a blank line, a list's next item, or a line much shorter than the widest."""
    widest = max(len(row.words) for row in rows)
    joined: list[Row] = []
    for number, row in enumerate(rows):
        full = number > 0 and len(rows[number - 1].words) > 0.6 * widest
        alone = _ITEM.match(row.words) or _is_furniture(row.words) or BYLINE.match(row.words)
        if joined and not row.blank_before and not alone and (full or row.words[0].islower()):
            last = joined[-1]
            words = f"{last.words} {row.words}"
            joined[-1] = Row(start=last.start, end=row.end, words=words, blank_before=last.blank_before)
        else:
            joined.append(row)
    return tuple(joined)


# --- labels -----------------------------------------------------------------------------------------------


def _labels(rows: Sequence[Row]) -> tuple[Label, ...]:
    again, english = _repeated(rows), _in_english(rows)
    said: set[str] = set()
    labels: list[Label] = []
    for number, row in enumerate(rows):
        own = _what_it_is(row.words, english=english)
        if _is_furniture(row.words):
            labels.append("furniture")
        elif _is_meta(row.words) or (number < _TOP and _IMPRINT.match(row.words)):
            labels.append("meta")
        elif number in again and not (own == "sentence" and _HALT.search(row.words) and key(row.words) not in said):
            labels.append("repeated")
        else:
            labels.append(own)
        said.add(key(row.words))
    first = labels.index("sentence") if "sentence" in labels else len(labels)
    for number in range(first, len(rows) - 1):  # a title stands before its byline; a sentence never does
        if BYLINE.match(rows[number + 1].words) and labels[number] in ("short", "said", "repeated"):
            labels[number] = "teaser"
    return tuple(labels)


def _is_furniture(words: str) -> bool:
    return bool(_is_menu(words) or _IS_FURNITURE.match(words) or _IS_ENDING.match(words))


def _is_menu(words: str) -> bool:
    """Whether a line is short names side by side: "News | Business | Weather", "Home  Talks  Opinion"."""
    if len(words) > _MENU or not _BAR.search(words) or FULL_DATE_IN.search(words) or _HALT.search(words):
        return False
    names = [name for name in _BAR.split(words) if name]
    return all(len(name.split()) <= 4 for name in names) and len(names) > 1


def _is_meta(words: str) -> bool:
    return bool(BYLINE.match(words) or STAMP.match(words) or _CREDIT.match(words))


def is_of_the_site(words: str) -> bool:
    """Whether a line is furniture, a byline or a date, whatever stands around it."""
    return _is_furniture(words) or _is_meta(words) or (len(words) < _WIDE and bool(_IMPRINT.match(words)))


def _repeated(rows: Sequence[Row]) -> frozenset[int]:
    """Rows that come again, or begin another, or go on from one that stands alone elsewhere."""
    keys = [key(row.words) for row in rows]
    often = Counter(keys)
    in_order = sorted({one for one in keys if len(one) > _LONG})
    begins = {a for a, b in itertools.pairwise(in_order) if b.startswith(a)}
    begun = {b for a, b in itertools.pairwise(in_order) if b.startswith(a)}
    return frozenset(number for number, one in enumerate(keys) if often[one] > 1 or one in begins or one in begun)


def _in_english(rows: Sequence[Row]) -> bool:
    """Whether enough of all words are function words of English for these to tell sentences from titles."""
    words = [word.lower() for row in rows for word in _WORD.findall(row.words)]
    return sum(word.replace("’", "'") in FUNCTION_WORDS for word in words) > 0.12 * len(words)


def _what_it_is(words: str, *, english: bool) -> Label:
    """A sentence, a short sentence (`said`), an item of a list, or a short line of another kind."""
    count = len(_WORD.findall(words))
    if not words.isascii():  # where words are not divided, two letters are taken for one
        undivided = len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]", words))
        count = max(count, undivided // 2)
    functional = sum(word.lower().replace("’", "'") in FUNCTION_WORDS for word in _WORD.findall(words))
    final = bool(_FINAL.search(words))
    if english:
        whole = (count >= 8 and final and functional >= 0.2 * count) or (count >= 20 and functional >= 0.25 * count)
        if whole or (words.endswith(":") and count >= 6):
            return "sentence"
        if _ITEM.match(words):
            return "item"
        return "said" if count >= 3 and functional and _HALT.search(words) else "short"
    if (count >= 8 and final) or count >= 25:
        return "sentence"
    return "item" if _ITEM.match(words) else "short"


# --- what is kept -----------------------------------------------------------------------------------------


def _over(rows: Sequence[Row], labels: Sequence[Label]) -> int:
    """The row with which the text is over: the first of a run without sentences that weighs two or more.

    A byline, an age, a title or a line that comes again weighs one; the heading of a list of titles two. A box of
    titles amid the text does not end it: after the box, two sentences follow each other. A note on the author ends it.
    """
    goes_on = _go_on_after(rows, labels)
    begun, start, weight = False, -1, 0  # the run: its first row, or -1, and what it weighs
    for number, label in enumerate(labels):
        if label in ("sentence", "said") or (label == "item" and start < 0):
            begun, start, weight = begun or label == "sentence", -1, 0
            continue
        start = number if start < 0 else start
        if begun and introduces(rows, number):
            return start
        weight += _weight(rows[number], label)
        if begun and weight >= _HARD and not goes_on[number]:
            return start
    return len(rows)


def introduces(rows: Sequence[Row], number: int) -> bool:
    """Whether a row is a name, once or twice, and then a note begins on who that is: "NAME is a reporter at …"."""
    name = rows[number].words
    after = [row.words for row in rows[number + 1 : number + 3]]
    note = after[-1] if after[:1] == [name] else "".join(after[:1])
    return 1 < len(name.split()) <= 6 and note.startswith(name) and bool(_WORKS.match(note[len(name) :]))


def _weight(row: Row, label: Label) -> int:
    if _IS_ENDING.match(row.words):
        return 2
    return int(label in ("meta", "teaser", "repeated"))


def _go_on_after(rows: Sequence[Row], labels: Sequence[Label]) -> list[bool]:
    """For each row, whether the next sentence after it is followed by another, an advertisement between them or not."""
    goes_on = [False] * len(rows)
    pair = next_is = False
    for number in reversed(range(len(rows))):
        goes_on[number] = pair
        if labels[number] in ("sentence", "said"):
            pair, next_is = next_is, True
        elif labels[number] != "furniture" or _weight(rows[number], labels[number]):
            next_is = False
    return goes_on


def _kept(rows: Sequence[Row], labels: Sequence[Label], over: int) -> tuple[bool, ...]:
    first = next((i for i, label in enumerate(labels) if label == "sentence"), len(rows))
    kept = [False] * len(rows)
    for number in range(min(first, over)):
        kept[number] = _heads(rows, labels, number)
    for number in range(first, over):
        kept[number] = _stays(rows, labels, kept, number)
    if not any(kept):  # nothing is a sentence: a list, a poem, a table; better all of it than nothing
        return tuple(label not in ("furniture", "meta") for label in labels)
    return tuple(kept)


def _heads(rows: Sequence[Row], labels: Sequence[Label], number: int) -> bool:
    """Whether a row before the first sentence is a headline or stands under one: of four words, once."""
    if labels[number] not in ("short", "said", "repeated"):
        return False
    long = len(_WORD.findall(rows[number].words)) >= 4 or len(rows[number].words) >= 2 * _LONG
    near = [key(other.words) for other in rows[number + 1 : number + 6]]
    own = key(rows[number].words)
    return long and not any(one.startswith(own) or (len(one) > _LONG and own.startswith(one)) for one in near)


def _stays(rows: Sequence[Row], labels: Sequence[Label], kept: Sequence[bool], number: int) -> bool:
    """Whether a row amid the text is of it. `kept` is filled up to this row."""
    label = labels[number]
    if label == "sentence":
        return True
    if label == "item":
        return number > 0 and kept[number - 1]
    before = labels[number - 1] if number else "short"
    after = labels[number + 1] if number + 1 < len(rows) else "short"
    if label == "said":
        return before in ("sentence", "said", "item") or after in ("sentence", "said")
    whole = ("sentence", "item", "said")
    return label == "short" and before in whole and after in whole and kept[number - 1]
