"""The fixtures of this folder."""

from tests.postgres import postgres
from tests.record.place import another, place

__all__ = ["another", "place", "postgres"]
