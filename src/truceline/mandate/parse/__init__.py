"""From a mandate's text to its nouns.

In: `.truce` text, or Markdown that holds it. Out: a `Mandate`, every name in it known and used as what it is; the
signed text and its passages.
Promises: an error with file, line, column, what was expected and the nearest word; size and depth are bounded.
Trusts: nothing. To change: a word of the language `truce.lark` and `build.py` (`responses.py` for what follows from a
breach); what a name may be `names.py`, `actors.py`; what a syntax error says `grammar.py`; Markdown `literate.py`.
"""

from truceline.mandate.parse.grammar import Word, parse_mandate, words_of
from truceline.mandate.parse.literate import (
    MARKDOWN,
    Passage,
    SignedText,
    decoded,
    parse_literate,
    parse_mandates,
    signed_file,
    signed_text,
)

__all__ = [
    "MARKDOWN",
    "Passage",
    "SignedText",
    "Word",
    "decoded",
    "parse_literate",
    "parse_mandate",
    "parse_mandates",
    "signed_file",
    "signed_text",
    "words_of",
]
