"""What was agreed: a mandate's text to its nouns and back.

In: the text of a `.truce` file, or of a Markdown file that holds the signed text and the mandate.
Out: `model.mandate.Mandate`; its text, JSON and the schema of that, plain English; what the checker says of it.
Promises: `parse(print(x)) == x`; an error names file, line, column, what was expected and the nearest known name.
Trusts: nothing in the text; geometry files are named here and read elsewhere.
To change the words of the language open parse/; its printed form, print.py, and how `format` lays a text out,
    format.py; the English, words.py and response_words.py; what `check` says, check/; the JSON's shape, schema.py.
"""

from truceline.mandate.check import Divergences, check_mandate
from truceline.mandate.check.compare import Difference, ResponseChange, compare_clauses, compare_responses
from truceline.mandate.check.stated import Stated, compare_stated, same_meaning
from truceline.mandate.format import format_text
from truceline.mandate.parse import (
    MARKDOWN,
    SignedText,
    decoded,
    parse_literate,
    parse_mandate,
    parse_mandates,
    signed_file,
    signed_text,
)
from truceline.mandate.print import mandate_from_json, mandate_to_json, print_mandate
from truceline.mandate.schema import mandate_schema
from truceline.mandate.words import clause_words, mandate_words, standard_words

__all__ = [
    "MARKDOWN",
    "Difference",
    "Divergences",
    "ResponseChange",
    "SignedText",
    "Stated",
    "check_mandate",
    "clause_words",
    "compare_clauses",
    "compare_responses",
    "compare_stated",
    "decoded",
    "format_text",
    "mandate_from_json",
    "mandate_schema",
    "mandate_to_json",
    "mandate_words",
    "parse_literate",
    "parse_mandate",
    "parse_mandates",
    "print_mandate",
    "same_meaning",
    "signed_file",
    "signed_text",
    "standard_words",
]
