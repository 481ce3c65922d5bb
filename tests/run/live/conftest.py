"""A real PostgreSQL, where one is installed."""

from tests.postgres import postgres

__all__ = ["postgres"]
