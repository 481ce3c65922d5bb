"""What follows from a finding: a case runs the response that the mandate prescribes, step by step.

In: `model.case.CaseEvent`, one at a time, and the mandate's version that the case is pinned to.
Out: `CaseState`, the messages it asks for (`Effect`), the timers that run (`Timer`), what is awaited (`asked`).
Promises: pure: the same events give the same state, everywhere and at every restart; what runs is
    `terms.protocol`, the object that the checker checked; an event that cannot be is refused and changes nothing;
    a timer is worked out from the log and its end is an event with its own due time.
Trusts: that an event's time and author are true; that whoever says it speaks for the actor it names (`run/`).
To change what a step means open terms/protocol.py; who is asked and how voices count: voices.py; what an event
    does: step.py; who is told what: effects.py; how all cases are kept: book.py; suspensions: suspensions.py;
    areas of responsibility: areas.py
"""

from truceline.respond.areas import AreaBook, AreaEvent, AreaState, Blocked, Tenure, area_entry
from truceline.respond.book import CaseBook, case_id_of, entry_of, event_of
from truceline.respond.effects import deed
from truceline.respond.procedure import Procedure, procedure_of
from truceline.respond.state import CaseState, Timer, earliest_done_us, timer_of, visits_of, waits_for_attribution
from truceline.respond.step import Stepped, panel_of, step
from truceline.respond.suspensions import (
    CountedEvent,
    SuspensionBook,
    SuspensionEvent,
    SuspensionState,
    notices_of,
    proposals,
    suspension_entry,
)
from truceline.respond.voices import Asked, asked, outcome

__all__ = [
    "AreaBook",
    "AreaEvent",
    "AreaState",
    "Asked",
    "Blocked",
    "CaseBook",
    "CaseState",
    "CountedEvent",
    "Procedure",
    "Stepped",
    "SuspensionBook",
    "SuspensionEvent",
    "SuspensionState",
    "Tenure",
    "Timer",
    "area_entry",
    "asked",
    "case_id_of",
    "deed",
    "earliest_done_us",
    "entry_of",
    "event_of",
    "notices_of",
    "outcome",
    "panel_of",
    "procedure_of",
    "proposals",
    "step",
    "suspension_entry",
    "timer_of",
    "visits_of",
    "waits_for_attribution",
]
