"""Python's own parser, for tests that read our sources."""

import ast

_TRIES = 5


def parsed(content: bytes | str, name: str = "<source>") -> ast.Module:
    """The syntax tree of one file.

    Python before 3.11.5 (its issue 106905) refuses to parse where a traceback is put into words at the same moment, by
    another thread or by whatever is being cleared away: that says nothing of the file.
    """
    for _ in range(_TRIES):
        try:
            return ast.parse(content, name)
        except SystemError:
            continue
    raise AssertionError(f"{name}: Python could not parse it in {_TRIES} tries")
