"""Pages for people: placeholder until written."""

from fastapi import APIRouter

from truceline.run.live.watching.issuing import Issuing
from truceline.serve.api import Door


def pages_router(door: Door, issuing: Issuing) -> APIRouter:
    """Every page."""
    del door, issuing
    return APIRouter()
