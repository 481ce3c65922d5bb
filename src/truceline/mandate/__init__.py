"""What was agreed: a mandate's text to its nouns and back.

In: the text of a `.truce` file.
Out: `model.mandate.Mandate`; its text, JSON, plain English; what the text leaves undefined.
Promises: `parse(print(x)) == x`; an error names file, line, column, what was expected and the nearest known name.
Trusts: nothing in the text; geometry files are named here and read elsewhere.
To change the words of the language open truce.lark and build.py; which names are allowed where, names.py; its
    printed form, print.py; the English, words.py; what `check` says, check.py.
"""

from truceline.mandate.check import check_mandate
from truceline.mandate.parse import parse_mandate, parse_mandates
from truceline.mandate.print import mandate_from_json, mandate_to_json, print_mandate
from truceline.mandate.words import clause_words, mandate_words, standard_words

__all__ = [
    "check_mandate",
    "clause_words",
    "mandate_from_json",
    "mandate_to_json",
    "mandate_words",
    "parse_mandate",
    "parse_mandates",
    "print_mandate",
    "standard_words",
]
