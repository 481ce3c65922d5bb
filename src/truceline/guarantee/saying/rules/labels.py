"""Who speaks told by a label: "Varga: ‘We will not …’", lines of a dialogue, "Troops may go – Pavel" over a text."""

import re
from collections import Counter
from collections.abc import Iterator

from truceline.guarantee.saying.lexicon import words_in
from truceline.guarantee.saying.sayings import OPENING, Saying, trimmed

_LABEL = re.compile(
    r"^[ \t]*(?P<who>[^\W\d_a-z][\w.’'-]*(?: [^\W\d_a-z(][\w.’'-]*){0,4})"
    r"(?: \([^()\n]{2,40}\))?:[ \t]+(?P<words>\S[^\n]{8,})$",
    re.MULTILINE,
)
_DASH = re.compile(
    r"^(?P<words>[^\n]{15,200}?)\s(?:[–—]|--)\s(?P<who>[\w.’'-]+(?: [\w.’'-]+){0,3})[ \t]*$", re.MULTILINE
)
_TOPICS = words_in(
    """note photo image tags analysis opinion video watch read update exclusive live related sponsored"""
)
_TWICE = 2  # of a dialogue each label comes at least so often


def labelled(text: str) -> Iterator[Saying]:
    """Lines that begin, or headings that end, with who says them. Questions are nobody's statement."""
    found = list(_LABEL.finditer(text))
    often = Counter(match["who"] for match in found)
    for match in found:
        words = match["words"].rstrip()
        quoted = words[0] in OPENING
        if match["who"].lower() in _TOPICS or not (quoted or often[match["who"]] >= _TWICE) or words.endswith("?"):
            continue
        yield _saying(text, match, "label", direct=True)
    for match in _DASH.finditer(text):
        if not re.search(r"[.!?]$", match["words"]) and len(match[0].split()) <= 18 and match["words"][-1] not in ",;:":
            yield _saying(text, match, "label", direct=False)


def _saying(text: str, match: re.Match[str], rule: str, *, direct: bool) -> Saying:
    start, end = match.span("words")
    if text[start] in OPENING and direct:
        start, end = start + 1, end - (text[end - 1] in "”\"’'»")
    content = trimmed(text, (start, end))
    return Saying(rule=rule, content=(content,), cue=None, verb="say", speaker=match.span("who"), direct=direct)
