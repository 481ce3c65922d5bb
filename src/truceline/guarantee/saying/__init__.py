"""A text to suggested statements: who said what, in which words, through how many mouths.

`suggest.py` is the way; `rules/` reads a parsed text, `pattern.py` one that nobody parsed. What a verb takes, which
noun introduces words, what a newspaper is called: `lexicon.py`. How often each rule was right: `docs/ledger.md`.
"""

from truceline.guarantee.saying.parser import Parser, load_parser
from truceline.guarantee.saying.suggest import suggest

__all__ = ["Parser", "load_parser", "suggest"]
