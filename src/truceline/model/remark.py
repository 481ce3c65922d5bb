"""What a mandate's text leaves undefined, as `truceline check` lists it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing the text does not say. `code` is fixed; `line` is of the `.truce` text, 0 for the text as a whole."""

    code: str
    line: int
    subject: str  # the clause, party or item it is about
    words: str
    suggestion: str
