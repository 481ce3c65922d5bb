"""Cursor on Target: bytes to events to raw rows, and events to bytes. XML and TAK protocol version 1.

`frames.py` finds where one event ends and the next begins, and asks for nothing more than bytes; `events.py` reads one
event; `rows.py` is the reader of feeds with `format = "cot"`; `writing.py` puts events into bytes again.
Their libraries come with the extra `footage`. Decision 0028; for users: docs/cot.md.
"""
