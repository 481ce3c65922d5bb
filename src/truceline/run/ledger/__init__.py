"""The ledger of guarantees on disk: files in, decisions, questions and their answers, pages out.

To change how the record is read and added to open `book.py`; what a file may be, `adding.py`; what waits for a reader
and what a key does, `queue.py`; decisions from a file, `deciding.py`; what goes into a question, `asking.py`; what is
told, `telling.py` and `words.py`; pages and exports, `writing.py`.
"""

from truceline.run.ledger.adding import Added, Desk, Stated, add_files
from truceline.run.ledger.asking import Asked, Gaps, gaps_in, worlds_in
from truceline.run.ledger.deciding import decide_from, waiting
from truceline.run.ledger.telling import Chain, Lines, chain_in, lines_in
from truceline.run.ledger.words import gaps_json, gaps_words, worlds_json, worlds_words
from truceline.run.ledger.writing import exported, view_of, write_ledger

__all__ = [
    "Added",
    "Asked",
    "Chain",
    "Desk",
    "Gaps",
    "Lines",
    "Stated",
    "add_files",
    "chain_in",
    "decide_from",
    "exported",
    "gaps_in",
    "gaps_json",
    "gaps_words",
    "lines_in",
    "view_of",
    "waiting",
    "worlds_in",
    "worlds_json",
    "worlds_words",
    "write_ledger",
]
