"""Bulletins at five levels, each issue in English and Ukrainian, and the claims of the parties beside the record.

In: `Material`: released rows; `Period`s from the clocks; the issue that is superseded.
Out: `bulletin`: codes and figures; `render`: its HTML, text and JSON in a language; `reconciliations`.
Promises: pure (no clock, disk, network or chance); an event has one id through all levels; every difference from the
    superseded issue is named, and none besides; a FLASH names no party; no coordinate is finer than 0.01 degree; totals
    add up and the words are the same for every party, or there is no bulletin.
Trusts: that its rows were released to whoever will read it; that findings were judged rightly.
To change what is due when open clocks.py; what is listed and counted: issue.py; what counts as a difference:
    changes.py; a sentence in either language: phrases.py; what a page says: words.py; its look:
    templates/bulletin.html.j2 (filled by pages.py); loaded words and the check of forms: neutral.py; how a claim is
    matched: reconcile.py
"""

from truceline.report.bulletins.clocks import (
    FLASH_WITHIN_US,
    Clock,
    final_due_us,
    final_period,
    latest_us,
    next_due,
    period_of,
    periods,
)
from truceline.report.bulletins.issue import Material, bulletin, bulletin_id, check_totals, footings
from truceline.report.bulletins.neutral import Problem, check_neutral, loaded_words, neutrality
from truceline.report.bulletins.pages import bulletin_of, json_bytes, listing, render
from truceline.report.bulletins.reconcile import reconciliations

__all__ = [
    "FLASH_WITHIN_US",
    "Clock",
    "Material",
    "Problem",
    "bulletin",
    "bulletin_id",
    "bulletin_of",
    "check_neutral",
    "check_totals",
    "final_due_us",
    "final_period",
    "footings",
    "json_bytes",
    "latest_us",
    "listing",
    "loaded_words",
    "neutrality",
    "next_due",
    "period_of",
    "periods",
    "reconciliations",
    "render",
]
