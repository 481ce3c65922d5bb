"""Whether two texts are one: an article and its copy, cut or changed a little, count once.

Measured in runs of five words (shingles): how many of the shorter text's stand in the longer one too. A text cut to a
half still counts as the same; a smaller part of one is measured against that half, so that a quotation is not taken
for the article it is from.
Limits: a translation, or the same news told anew, is another text. Texts of fewer than five words are the same only if
their words are.
Source: A. Broder, On the resemblance and containment of documents, 1997.
"""

import re
from collections.abc import Mapping

from truceline.guarantee.reading.text import Text

SHINGLE_WORDS = 5
SAME_PERMILLE = 500  # one word in nine changed still leaves so many; two articles on one event share under 200
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")  # where words are not divided, each letter is taken as one


def same_text(a: Text, b: Text) -> int:
    """How much of two texts is the same, in permille of the shorter's runs of words: 0 nothing, 1000 all.

    Both ways alike. Case, marks and white space do not count.
    """
    return _permille(_shingles(a.body), _shingles(b.body))


def already(text: Text, others: Mapping[str, Text]) -> str:
    """The document among others that has the same text as this one; "" if none has. Args: others: by document id."""
    own = _shingles(text.body)
    alike = {one: _permille(own, _shingles(other.body)) for one, other in others.items()}
    best = max(sorted(alike), key=lambda one: alike[one], default="")
    return best if best and alike[best] >= SAME_PERMILLE else ""


def _permille(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> int:
    shorter, longer = sorted((len(a), len(b)))
    return 1000 * len(a & b) // max(shorter, (longer + 1) // 2, 1)


def _shingles(words: str) -> frozenset[tuple[str, ...]]:
    """All runs of words of a text; of a shorter one, itself."""
    found = _WORD.findall(words.lower())
    count = max(len(found) - SHINGLE_WORDS + 1, 1 if found else 0)
    return frozenset(tuple(found[at : at + SHINGLE_WORDS]) for at in range(count))
