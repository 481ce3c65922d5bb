"""A person at a terminal: one key at a time where the terminal can, a line and Enter where it cannot."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.prompt import Prompt

END = "\x04"


class Person(Protocol):
    """Whoever decides: asked for keys and lines, shown cards."""

    def key(self) -> str:
        """The next key; "" at the end of all input."""

    def line(self, question: str, given: str = "") -> str:
        """A line of text; Enter alone leaves what is `given`."""

    def show(self, *what: RenderableType) -> None:
        """Print."""


class Terminal:
    """The person at this process's terminal. Keys pressed ahead of a card are kept, and not printed."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def key(self) -> str:
        """The next key. Where standard input is no terminal, the first letter of the next line."""
        with _by_keys(True) as able:
            if not able:
                line = sys.stdin.readline()
                return (line.strip() or " ")[0] if line else ""
            read = sys.stdin.read(1)
        return "" if read == END else read

    def line(self, question: str, given: str = "") -> str:
        """A line of text."""
        with _by_keys(False):
            try:
                return Prompt.ask(f"  {question}", default=given, console=self._console, show_default=bool(given))
            except EOFError:
                return given

    def show(self, *what: RenderableType) -> None:
        """Print."""
        for each in what:
            self._console.print(each)


@contextmanager
def sitting() -> Iterator[None]:
    """While a person decides: the terminal gives single keys, and is as it was afterwards."""
    with _by_keys(True):
        yield


@contextmanager
def _by_keys(wanted: bool) -> Iterator[bool]:
    """The terminal by keys, or by lines; it is as it was before when left. False: it cannot, or it is none.

    What was typed and not read yet stays to be read.
    """
    try:
        import termios
        import tty

        before = termios.tcgetattr(sys.stdin)
    except (ImportError, ValueError, OSError):  # Windows, a pipe, no standard input at all
        yield False
        return
    except termios.error:
        yield False
        return
    try:
        if wanted:
            tty.setcbreak(sys.stdin, termios.TCSADRAIN)
        else:
            now = termios.tcgetattr(sys.stdin)
            now[3] |= termios.ICANON | termios.ECHO
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, now)
        yield True
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
