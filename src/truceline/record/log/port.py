"""What the log asks of a database, and the words for what a database answers."""

from collections.abc import Callable, Sequence
from typing import Protocol

from truceline.base.errors import IntegrityError
from truceline.record.leaf import KEEP, Head, Sealed
from truceline.record.log.lists import ListCheck

PAGE = 500  # rows a query: a long reading never holds back the writer
WAIT_S = 0.5  # how long a writer waits for another to finish
REOPEN = "Open the record again, which shows what arrived, and repeat the rest: nothing was lost."
AGAIN = "Try again when it is free: nothing was lost."


class LogStore(Protocol):
    """The rows of a log as one database keeps them.

    Every call may raise UnavailableError and IntegrityError. Rows come back as they stand, unchecked.
    """

    def lock(self) -> None:
        """Become the one writer, or raise; the lock goes when the store is closed or its process ends."""

    def open(self) -> bool:
        """Make ready for reading what is there, and tell whether there is a log."""

    def create(self) -> None:
        """An empty log, whole from the moment it carries its name."""

    def settle(self) -> None:
        """Return when what an earlier writer left is on the disk for good."""

    def kept_head(self) -> Head | None:
        """The head that the database keeps in the same step as the entries; None where it keeps none."""

    def size(self) -> int:
        """How many entries there are."""

    def at(self, position: int) -> Sealed | None:
        """The row at this place."""

    def page(self, *, kind: str | None, subject: str | None, after: int) -> Sequence[Sealed]:
        """The next rows in order behind `after`, at most `PAGE`: of one kind, of one subject, or all."""

    def last(self, kind: str, subject: str) -> Sealed | None:
        """The latest row of this kind about this subject."""

    def insert(self, sealed: Sequence[Sealed], head: Callable[[], Head]) -> None:
        """Put rows at the end, all or none, on the disk when this returns.

        Args: head: gives the head after them, when called for the first time; in whatever thread.
        """

    def lists(self) -> ListCheck | None:
        """A check of what entries are found by, or None where each row says so itself."""

    def structure_faults(self, *, deep: bool) -> list[str]:
        """What is wrong with the database's own rules; `deep` looks at every row too."""

    def close(self) -> None:
        """Give up the database and the lock; what was not committed is undone. Twice is allowed."""


def refuse(faults: Sequence[str]) -> None:
    """Raise IntegrityError for the first of `faults`, each `subject: problem`, if there is one."""
    if faults:
        subject, _, problem = faults[0].partition(": ")
        raise IntegrityError(problem, subject=subject, remedy=KEEP)
