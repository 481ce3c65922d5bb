"""What a page says of its article: title, who published and wrote it, when; and headlines of others that tell of words.

Only what stands there is taken, each from a place where such things stand: the masthead, the lines under the headline,
the dateline, the note on the author, the names a site calls itself by. Where they do not tell, nothing is told.
Where an outlet shows the text of another (an agency, another paper), the outlet is `republisher`, the other `author`;
`publisher` is then empty, as the place where it was first published is not stated.
Limits: English pages; an outlet is known by a word such as Post, Radio or Agency in its name, or by being named twice.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from truceline.guarantee.reading.dates import dated
from truceline.guarantee.reading.lines import BYLINE, DATE, FULL_DATE_IN, Row, Sorted, introduces
from truceline.guarantee.reading.page import Page
from truceline.model.document import NOT_STATED, Dated

_NAME = r"(?:[A-Z][\w.&’'-]*)(?:\s(?:of|the|and|for|&|de|von|van|[A-Z][\w.&’'-]*)){0,5}"
_OUTLET = re.compile(
    r"(?i)\b(agenc\w+|associated|broadcast\w*|bulletin|bureau|channel|chronicle|courier|daily|dispatch|echo|evening"
    r"|express|gazette|guardian|herald|independent|inquirer|journal|ledger|magazine|mail|media|mercury|mirror|monitor"
    r"|news\w*|observer|post|press|radio|record|report\w*|review|sentinel|service|standard|star|sun|telegraph|telegram|times"
    r"|today|tribune|tv|television|voice|weekly|wire|world|afp|ap|reuters|tass|dpa|bbc|cnn|interfax|ukrinform|xinhua"
    r"|anadolu|bloomberg)\b"
)
_SECTION_WORDS = """
    home news world politics business opinion analysis weather sport sports culture economy europe interview feature
    features comment editorial video live subscribe menu search war conflict breaking latest exclusive region local
    press release statement communique communiqué
"""
_SECTIONS = frozenset(_SECTION_WORDS.split())
_DATELINE = re.compile(
    rf"^(?:[A-Z][\w.’'-]+(?:[ /,]+[A-Z][\w.’'-]+){{0,4}}?)?(?:,?\s+(?P<date>{DATE}))?"
    r"(?:\s*\((?P<agency>[^()]{2,40})\))?\s*(?:[-–—]+|(?<=\d)\.)\s"
)
_CREDIT = re.compile(
    rf"^(?i:by|text|words|story|author|written by)\s*:?\s+(?P<who>{_NAME}(?:\s*(?:,|&|and)\s*{_NAME}){{0,2}})"
)
_NOBODY = re.compile(r"(?i)^(our|staff|a |an |the |agencies|news ?desk|correspondent|reporter|editor)")
_MARK = r"(?:©|\(c\)|[Cc]opyright)\s*(?:©|\(c\))?\s*"
_RIGHTS = re.compile(rf"^{_MARK}(?:\d{{4}}(?:\s*[-–]\s*\d{{4}})?,?\s*)?(?:by\s+)?({_NAME})")
_HANDLE = re.compile(r"@([A-Za-z]\w{2,30})")
_WHO_WRITES = re.compile(r"(?i)\b(reporter|correspondent|journalist|writer|editor|author|columnist|analyst|fellow)\b")
_SMALL = ("THE", "OF", "AND", "FOR", "DAY", "SUN")  # words in a name in capitals that are no abbreviations
_FIRST_ROWS = 10

_SAYS = (
    r"says?|tells?|told|said|warns?|claims|insists?|confirms?|den(?:y|ies|ied)|rejects?|vows?|pledges|promises|urges?"
    r"|offers|proposes?|demands|admits?|accuses?|announces?|threatens?|refuses?|rules? out|considers?|considering"
    r"|weighs?|mulls?|declares?|suggests?|hints|signals|calls (?:for|on)|backs|agrees?|reports|reveals?|reiterates?"
    r"|stresses|dismisses|condemns|welcomes|opposes|supports|expects?|wants|replies|argues"
)
_LEADS = (
    re.compile(rf"(?i)^(?-i:[A-Z‘“'\"]).{{2,120}}\b({_SAYS})\b"),
    re.compile(rf"(?i)[,’”'\"]\s(?-i:[\w.’' -]{{0,50}})?\b({_SAYS})\b.{{0,60}}$"),
    re.compile(r"\s(?:–|—|-{1,2})\s(?:[A-Z][\w.’'-]+(?:\s[A-Z][\w.’'-]+){0,3}|[a-z]+(?:\s[a-z]+)?)$"),
    re.compile(r"^[A-Z][\w.’'-]+(?:\s[A-Z][\w.’'-]+){0,3}:\s[‘“'\"]"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an article states about itself; "" and `NOT_STATED` where it does not."""

    title: str = ""
    publisher: str = ""
    republisher: str = ""
    author: str = ""
    url: str = ""
    published: Dated = NOT_STATED


def is_lead(words: str) -> bool:
    """Whether a line is a headline that tells of somebody's words: "X Says …", "… – NAME", "‘…,’ says X"."""
    short = 4 <= len(words.split()) <= 30 and not re.search(r"[.;:]$", words)
    return short and not re.match(r"(?i)by\s", words) and any(pattern.search(words) for pattern in _LEADS)


def names_of_plain(found: Sorted) -> Named:
    """What a plain-text file states about its article. Args: found: its rows, and what each was taken for."""
    text_from, body_from = found.text_from, _body_from(found)
    title_at = next((n for n in range(text_from) if found.kept[n]), -1)
    title = found.rows[title_at].words if title_at >= 0 else ""
    head = [n for n in range(min(_FIRST_ROWS, len(found.rows))) if not found.kept[n] and n < body_from]
    lines = [(n, found.rows[n].words) for n in head]
    first = next((row.words for n, row in enumerate(found.rows) if found.kept[n] and n >= text_from), "")
    dateline = _DATELINE.match(first)
    outlet = _masthead(lines, title_at) or _imprint(lines) or _site(found.rows, found.over)
    author = _credited(lines) or _note(found) or _under(lines, title_at, outlet)
    named = Named(title=title, author=author, published=_published(found.marked, lines, first))
    return _whose(named, outlet, _agency(dateline), person=bool(_credited(lines)) or _is_person(author, found.rows))


def names_of_page(page: Page, first: str) -> Named:
    """What an HTML page states about its article. Args: first: the first paragraph, for its dateline."""
    published = NOT_STATED
    if page.date:
        published = Dated(value=page.date, precision="day", basis="stated by the page")
    author = "; ".join(part for part in page.author.split("; ") if _is_name(part) and not _WHO_WRITES.search(part))
    named = Named(title=page.title, author=author, url=page.url, published=published)
    person = bool(author) and not _OUTLET.search(author)
    return _whose(named, page.site if _is_name(page.site) else "", _agency(_DATELINE.match(first)), person=person)


def _whose(named: Named, outlet: str, agency: str, *, person: bool) -> Named:
    """Who published a text, and on whose page it stands if that is another.

    Args: outlet: whose page it is; agency: who reports, by the dateline; person: whether its author is one.
    """
    other = agency or ("" if person else named.author)
    if other and outlet and not _same_name(other, outlet):
        return replace(named, republisher=outlet, author=other)
    if other and outlet and not person:
        return replace(named, publisher=outlet, author="")
    return replace(named, publisher=outlet or agency)


def _same_name(one: str, other: str) -> bool:
    """Whether two names are one: "Kyivpost" and "Kyiv Post", "NCW" and "North Coast Wire"."""
    a, b = (re.sub(r"^the|\W|_", "", name.lower()) for name in (one, other))
    initials = ["".join(word[0] for word in name.split()).lower() for name in (one, other)]
    return a == b or (len(a) > 1 and a == initials[1]) or (len(b) > 1 and b == initials[0])


# --- where names stand ------------------------------------------------------------------------------------


def _body_from(found: Sorted) -> int:
    """The row with which the text is under way: the first of two sentences that follow each other."""
    whole = [label in ("sentence", "said") for label in found.labels]
    return next((n for n in range(len(whole) - 1) if whole[n] and whole[n + 1]), found.text_from)


def _capitals(words: str) -> str:
    """A name in capitals as names are written: THE SELM LEDGER is The Selm Ledger; short ones stay."""
    if words.isupper() and " " in words:
        return " ".join(word if len(word) < 4 and word not in _SMALL else word.capitalize() for word in words.split())
    return words


def _is_name(words: str) -> bool:
    return bool(re.fullmatch(_NAME, words)) and not all(word.lower() in _SECTIONS for word in words.split())


def _masthead(lines: Sequence[tuple[int, str]], title_at: int) -> str:
    """The name over the headline: the very first line, or what stands before its first bar."""
    if not lines or lines[0][0] != 0 or title_at < 1 or FULL_DATE_IN.search(lines[0][1]):
        return ""
    name = re.split(r"\s[|·•–—]\s", lines[0][1])[0].strip()
    return _capitals(name) if _is_name(name) and not BYLINE.match(name) else ""


def _imprint(lines: Sequence[tuple[int, str]]) -> str:
    """The name that stands with the date under the headline: "The Continental Review, 2 September 2031"."""
    for _, words in lines:
        if FULL_DATE_IN.search(words) and not _CREDIT.match(words):
            name = re.split(r"\s[|·•–—]\s|,", words)[0].strip()
            if _is_name(name) and not FULL_DATE_IN.search(name) and _OUTLET.search(name):
                return _capitals(name)
    return ""


def _credited(lines: Sequence[tuple[int, str]]) -> str:
    """Who a line under the headline names as author: "By NAME", "Text: NAME | date"."""
    for _, words in lines:
        match = _CREDIT.match(words)
        if match and not _NOBODY.match(match["who"]):
            return match["who"].rstrip(".,")
    return ""


def _under(lines: Sequence[tuple[int, str]], title_at: int, outlet: str) -> str:
    """An outlet or agency that stands alone under the headline, on another's page."""
    for number, words in lines:
        if (
            number > title_at >= 0
            and _is_name(words)
            and _OUTLET.search(words)
            and not _same_name(words, outlet or "?")
        ):
            return _capitals(words)
    return ""


def _note(found: Sorted) -> str:
    """Who a note after the text introduces: a line that is a name, and then "NAME is …"."""
    noted = (n for n in range(found.over, len(found.rows)) if introduces(found.rows, n))
    return next((found.rows[n].words for n in noted), "")


def _is_person(author: str, rows: Sequence[Row]) -> bool:
    """Whether the note on an author tells of a person: a reporter at, a writer for; or the name is no outlet's."""
    note = next((row.words for row in rows if author and row.words.startswith(f"{author} ")), "")
    if re.search(
        r"(?i)\b(reporter|correspondent|journalist|writer|editor|author|columnist|analyst|fellow|professor)\b", note
    ):
        return True
    return bool(author) and not _OUTLET.search(f"{author} {note}")


def _site(rows: Sequence[Row], over: int) -> str:
    """What a site calls itself: the name in its rights, or one in bylines of its titles and in its handle."""
    for row in rows:
        rights = _RIGHTS.match(row.words)
        if rights:
            return re.sub(r"\s(?:All|Ltd|Inc|LLC)\b.*", "", rights[1]).rstrip(".,")
    handles = [match.lower() for row in rows for match in _HANDLE.findall(row.words)]
    bylines = Counter(match[1] for row in rows[over:] if (match := BYLINE.match(row.words)))
    for name, count in bylines.most_common():
        plain = re.sub(r"\W", "", name.lower())
        if any(handle.replace("_", "").startswith(plain) for handle in handles) or (count > 1 and _OUTLET.search(name)):
            return name
    return ""


def _agency(dateline: re.Match[str] | None) -> str:
    """The agency that a dateline names: "KYIV (Reuters) —"; not a country that tells which town is meant."""
    name = (dateline["agency"] or "").strip() if dateline else ""
    return name if name.isupper() or _OUTLET.search(name) else ""


def _published(marked: str, lines: Sequence[tuple[int, str]], first: str) -> Dated:
    """When a text was published: as marked, in a line under the headline, in the dateline."""
    if marked:
        return Dated(value=marked, precision="day", basis="stated at the head of the file")
    for _, words in lines:
        match = FULL_DATE_IN.search(words)
        found = dated(match[0], base=NOT_STATED) if match else None
        if found and found.value:
            return replace(found, basis=f"{found.basis}, beside the headline")
    dateline = _DATELINE.match(first)
    found = dated(dateline["date"], base=NOT_STATED) if dateline and dateline["date"] else None
    return replace(found, basis=f"{found.basis}, in the dateline") if found and found.value else NOT_STATED
