"""The JSON API: `/api/…`, described in /openapi.json. Each answer holds what was released to whoever asks.

To change what may be sent open bodies.py; how it is answered: answers.py; cases: cases.py; events, findings, reviews,
counts, search: events.py; what comes in: intake.py; files, bulletins, releases: files.py; accounts: people.py; the
mission, areas, suspensions, clock, record: mission.py.
"""

from fastapi import APIRouter

from truceline.run.live.watching.issuing import Issuing
from truceline.serve.api.cases import cases_router
from truceline.serve.api.events import events_router
from truceline.serve.api.files import files_router
from truceline.serve.api.intake import INTAKE, intake_router
from truceline.serve.api.mission import mission_router
from truceline.serve.api.people import Door, people_router

__all__ = ["INTAKE", "Door", "api_router"]


def api_router(door: Door, issuing: Issuing) -> APIRouter:
    """Everything under `/api`."""
    router = APIRouter(prefix="/api")
    desk = door.desk
    for part in (
        mission_router(desk),
        people_router(door),
        cases_router(desk),
        events_router(desk),
        intake_router(desk),
        files_router(desk, issuing),
    ):
        router.include_router(part)
    return router
