"""Every error Truceline raises on purpose, sorted by what the person must do next.

TrucelineError
├─ InputError          mend or set aside this one input; the run goes on
│  ├─ NaiveTimeError       a time without a zone
│  ├─ OutOfRangeError      a number that cannot be (latitude 95)
│  ├─ UnreadableError      a file or value that cannot be parsed
│  └─ UnknownNameError     a finding, mission or feed that is not there
├─ MandateError        ask the mandate's owner; judging stops
│  ├─ MandateSyntaxError   the text does not parse
│  └─ MandateNameError     a name that nothing declares
├─ IntegrityError      stop publishing and keep the disk; never caught inside Truceline
│  └─ TotalsError          a total that is not the sum of its parts: the report is refused
└─ UnavailableError    try again later; nothing was lost

A promise broken by our own code is none of these: it is an AssertionError, and the process ends.
"""

from typing import ClassVar


class TrucelineError(Exception):
    """Base of the tree. `code` is public and never reused; the sentences may improve.

    Prints as `subject: problem remedy [code]`, so that one line says what, how much and what to do next.
    """

    code: ClassVar[str] = "truceline"

    def __init__(self, problem: str, *, subject: str, remedy: str) -> None:
        super().__init__(f"{subject}: {problem} {remedy} [{self.code}]")
        self.problem, self.subject, self.remedy = problem, subject, remedy


class InputError(TrucelineError):
    """Mend or set aside this one input; the run goes on."""

    code = "input"


class NaiveTimeError(InputError):
    """A time whose zone nobody stated."""

    code = "input.naive-time"


class OutOfRangeError(InputError):
    """A number that no sensor can mean."""

    code = "input.out-of-range"


class UnreadableError(InputError):
    """A file or a value that cannot be read as what it is declared to be."""

    code = "input.unreadable"


class UnknownNameError(InputError):
    """Something was asked for by a name that is not there."""

    code = "input.unknown-name"


class MandateError(TrucelineError):
    """Ask the mandate's owner; judging stops."""

    code = "mandate"


class MandateSyntaxError(MandateError):
    """The mandate's text does not parse."""

    code = "mandate.syntax"


class MandateNameError(MandateError):
    """The mandate uses a name that nothing declares, or declares one twice."""

    code = "mandate.name"


class IntegrityError(TrucelineError):
    """Stop publishing and keep the disk; never caught inside Truceline."""

    code = "integrity"


class TotalsError(IntegrityError):
    """A total is not the sum of its parts; the report is refused."""

    code = "integrity.totals"


class UnavailableError(TrucelineError):
    """Try again later; nothing was lost."""

    code = "unavailable"
