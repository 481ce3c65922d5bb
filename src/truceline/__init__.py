"""Truceline: from a ceasefire's text and what was observed to explained findings and a record a stranger can check."""

__version__ = "0.1.0"
