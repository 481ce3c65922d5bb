"""The ledger as pages: an overview, a page for each actor, paper, tables.

In: `LedgerView`: what stands, who read it, what came of the scenarios; what is only suggested, in numbers.
Out: `ledger_files`: file name -> bytes.
Promises: pure; equal views give equal bytes; every figure leads to its sentences; nothing unconfirmed is printed but as
    a number of what waits; own words and what others tell are never mixed; no state is ranked; totals reconcile, or
    TotalsError and no file; a page loads nothing and runs nothing.
Trusts: that the view holds only rows that stand, and that lines, origins and results were worked out rightly.
To change what the overview says open overview.py; what a scenario's sections say, answers/; an actor's page, actors.py;
    dates, names and amounts in words, words.py; what is checked, and the card of a sentence, index.py; pictures,
    drawing.py; CSV, tables.py; what a page is made of, and how it gets onto paper, pieces.py; the look on screen,
    templates/ledger.html.j2.
"""

from truceline.model.ledger_view import LedgerView

__all__ = ["ledger_files"]


def ledger_files(view: LedgerView) -> dict[str, bytes]:
    """Every file of the ledger's report by name: `ledger.html`, `actors/….html`, `ledger.pdf` and tables.

    Raises: TotalsError: a total does not reconcile, or something rests on what is not confirmed; there is no file.
    """
    from truceline.report.ledger.actors import actor_sheet  # what draws is heavy: it is loaded when a page is made
    from truceline.report.ledger.index import OVERVIEW, index_of
    from truceline.report.ledger.overview import overview
    from truceline.report.ledger.pieces import sections_of
    from truceline.report.ledger.tables import csv_files
    from truceline.report.pages import Leaf, ledger_page, pdf_file

    index = index_of(view)
    sheet = overview(index)
    paper = Leaf(
        title=sheet.title,
        mission=sheet.mission,
        level=sheet.level,
        foot=sheet.foot,
        cut_off=sheet.cut_off,
        known_at=sheet.known_at,
        head=sheet.head,
        notes="",
        key_figures=tuple(key.figure for key in sheet.keys),
        sections=sections_of(sheet),
    )
    return {
        OVERVIEW: ledger_page(sheet),
        "ledger.pdf": pdf_file(paper, sheet.drawn),
        **{name: ledger_page(actor_sheet(index, actor_id)) for actor_id, name in index.files.items()},
        **csv_files(index),
    }
