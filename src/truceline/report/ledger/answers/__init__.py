"""Whether it can work, as sections of a page.

`offers.py` sets requirements against offers, `coverage.py` says what is met and with whom, `worlds.py` why not and on
which sentences it hangs; `sections.py` puts them in order.
"""

from truceline.report.ledger.answers.offers import caveat_grid, condition_grid, kept_from, pledge_cells
from truceline.report.ledger.answers.sections import answer_parts

__all__ = ["answer_parts", "caveat_grid", "condition_grid", "kept_from", "pledge_cells"]
