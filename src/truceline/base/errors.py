"""Every error Truceline raises on purpose, sorted by what the person must do next.

TrucelineError
├─ InputError          mend or set aside this one input; the run goes on
│  ├─ NaiveTimeError       a time without a zone
│  ├─ OutOfRangeError      a number that cannot be (latitude 95)
│  ├─ UnreadableError      a file or value that cannot be parsed
│  ├─ DecisionError        an act in a case that cannot be: the case stands as it stood
│  │  ├─ LateError            its time has passed
│  │  ├─ EarlyError           it cannot have been done yet
│  │  ├─ RepeatedError        it was said already
│  │  ├─ ContradictionError   the same actor said something else already
│  │  ├─ NotAwaitedError      nobody asked this of this actor now
│  │  └─ NotAllowedError      this account may not do that
│  ├─ TooLargeError        more bytes, or nested deeper, than is taken at once
│  ├─ TakenError           the name is in use, and names are never used again
│  ├─ LoadedWordError      a person's text takes a side: write it again
│  ├─ UnknownNameError     a finding, mission or feed that is not there
│  ├─ ErasedError          its key was destroyed: nobody can read it again
│  └─ ReviewError          a person's decision that cannot be meant
├─ MandateError        ask the mandate's owner; judging stops
│  ├─ MandateSyntaxError   the text does not parse
│  └─ MandateNameError     a name that nothing declares
├─ IntegrityError      stop publishing and keep the disk; never caught inside Truceline
│  ├─ NeutralityError      our own words treat one party unlike another: the bulletin is refused
│  └─ TotalsError          a total that is not the sum of its parts: the report is refused
├─ RefusedError        nothing was done: sign in, ask somebody who may, or wait
│  ├─ NotSignedInError     nobody knows who is asking
│  ├─ NoRightError         this account may not do that
│  ├─ NotProvedError       the password was not given lately
│  ├─ ForeignRequestError  it did not come from our own pages
│  └─ TooOftenError        wait as long as it says
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


class TooLargeError(InputError):
    """More bytes, or nested deeper, than is taken at once."""

    code = "input.too-large"


class TakenError(InputError):
    """A name that is in use or was once: names are never used again."""

    code = "input.taken"


class LoadedWordError(InputError):
    """A person's text for a bulletin takes a side; the message says what to write instead."""

    code = "input.loaded-word"


class UnknownNameError(InputError):
    """Something was asked for by a name that is not there."""

    code = "input.unknown-name"


class ErasedError(InputError):
    """Content whose key was destroyed: it is proven that it was there, and nobody can read it again."""

    code = "input.erased"


class DecisionError(InputError):
    """An act in a case that cannot be; the case stands as it stood."""

    code = "decision"


class LateError(DecisionError):
    """Its time has passed."""

    code = "decision.late"


class EarlyError(DecisionError):
    """It cannot have been done yet: the mandate says how long it takes at least."""

    code = "decision.early"


class RepeatedError(DecisionError):
    """The same was said already."""

    code = "decision.repeated"


class ContradictionError(DecisionError):
    """The same actor said something else already."""

    code = "decision.contradiction"


class NotAwaitedError(DecisionError):
    """Nobody asked this of this actor now."""

    code = "decision.not-awaited"


class NotAllowedError(DecisionError):
    """This account may not do that."""

    code = "decision.not-allowed"


class ReviewError(InputError):
    """A person's decision about an event that cannot be meant, or that speaks of what has changed since."""

    code = "input.review"


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


class NeutralityError(IntegrityError):
    """Our own words about one party are not those about another; the bulletin is refused."""

    code = "integrity.neutrality"


class TotalsError(IntegrityError):
    """A total is not the sum of its parts; the report is refused."""

    code = "integrity.totals"


class RefusedError(TrucelineError):
    """Nothing was done: sign in, ask somebody who may, or wait."""

    code = "refused"


class NotSignedInError(RefusedError):
    """Nobody knows who is asking: no credentials, wrong ones, or none that still hold."""

    code = "refused.sign-in"


class NoRightError(RefusedError):
    """Whoever is asking is known, and may not do that."""

    code = "refused.right"


class NotProvedError(RefusedError):
    """Whoever is asking has the right, and must first prove again who they are."""

    code = "refused.prove"


class ForeignRequestError(RefusedError):
    """The request did not come from our own pages, or was meant for another host."""

    code = "refused.foreign"


class TooOftenError(RefusedError):
    """Wait `wait_s` seconds, then try again."""

    code = "refused.too-often"

    def __init__(self, problem: str, *, subject: str, wait_s: int) -> None:
        super().__init__(problem, subject=subject, remedy=f"Wait {wait_s} s, then try again.")
        self.wait_s = wait_s


class UnavailableError(TrucelineError):
    """Try again later; nothing was lost."""

    code = "unavailable"
