"""A document's bytes to its text: decoded, furniture left out, every character's place in the file kept.

In: the bytes of one article, plain text or HTML, in any encoding; words that mean a date; texts to compare.
Out: `Document` and `Text`; `Dated` with its basis in words; permille of two texts that is the same.
Promises: a span of one part of a text re-reads to its characters; what is not stated stays empty; bytes that are no
    article are refused with what to do; nothing is fetched.
Trusts: nothing in a document. What it says of its author and date is what it says, no more.
To change which lines of plain text are furniture open `lines.py`; how characters of HTML are found in the file,
    `markup.py`; what a page states of itself, `naming.py`; trafilatura, `page.py`; a way to write dates, `dates.py`;
    when two texts are one, `likeness.py`; encodings and limits, `documents.py`.
"""

from truceline.guarantee.reading.dates import dated, dates_in, is_edtf
from truceline.guarantee.reading.documents import LIMIT_BYTES, read_document
from truceline.guarantee.reading.likeness import SAME_PERMILLE, already, same_text
from truceline.guarantee.reading.markup import reread
from truceline.guarantee.reading.text import Text

__all__ = [
    "LIMIT_BYTES",
    "SAME_PERMILLE",
    "Text",
    "already",
    "dated",
    "dates_in",
    "is_edtf",
    "read_document",
    "reread",
    "same_text",
]
