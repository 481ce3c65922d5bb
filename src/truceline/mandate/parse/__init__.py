"""From a mandate's text to its nouns.

In: `.truce` text. Out: a `Mandate`, every name in it known and used as what it is.
Promises: an error with file, line, column, what was expected and the nearest word; size and depth are bounded.
Trusts: nothing. To change: a word of the language `truce.lark` and `build.py` (`responses.py` for what follows from a
breach); what a name may be `names.py`, `actors.py`; what a syntax error says `grammar.py`.
"""

from truceline.mandate.parse.grammar import parse_mandate, parse_mandates

__all__ = ["parse_mandate", "parse_mandates"]
