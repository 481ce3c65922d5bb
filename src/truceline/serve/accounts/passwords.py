"""What a password must be, and how it is kept: argon2id. The only importer of argon2.

Source: decision 0023; RFC 9106; NIST SP 800-63B, 3.1.1 (length and lists instead of rules of composition).
"""

import threading
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Protocol, TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from truceline.base.errors import InputError, TooOftenError

LENGTH_MIN, LENGTH_MAX = 12, 256
AT_ONCE = 2  # each hash takes 64 MiB and a core
WAITING_MAX = 8
_DISTINCT_MIN = 4
_ADDED_MAX = 8  # digits and signs around a word that do not make it another; a date is 8
Found = TypeVar("Found")
_REMEDY = f"Take {LENGTH_MIN} to {LENGTH_MAX} characters, for example four words that do not belong together."
_COMMON = frozenset(
    line.strip().casefold()
    for line in files("truceline.serve.accounts").joinpath("common.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


class Hasher(Protocol):
    """What is asked of argon2."""

    def hash(self, password: str, /) -> str:
        """The password's hash, with its salt and parameters."""

    def verify(self, hash_: str, password: str, /) -> bool:
        """True, or an error."""

    def check_needs_rehash(self, hash_: str, /) -> bool:
        """Whether it was made with other parameters."""


def argon2id() -> Hasher:
    """RFC 9106, 4, second recommended option: 3 passes over 64 MiB in 4 lanes, salt 128 bit, hash 256 bit."""
    return argon2.PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, salt_len=16, hash_len=32)


class Passwords:
    """Hashing in turn, and the same work for an account that is not there. Blocks: call it from a worker thread."""

    def __init__(self, hasher: Hasher, *, chance: Callable[[int], bytes]) -> None:
        """One hash is made at once, of a password that nobody knows."""
        self._hasher = hasher
        self._nobody = hasher.hash(chance(32).hex())
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING_MAX)
        self._cores = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to keep. Raises: TooOftenError: too many at once."""
        return self._in_turn(lambda: self._hasher.hash(password))

    def holds(self, hashed: str, password: str) -> bool:
        """Whether it is the password of this hash; without a hash it is not, and that takes as long to say.

        Raises: TooOftenError: too many at once.
        """
        fits = len(password) <= LENGTH_MAX and _encodable(password)
        found = self._in_turn(lambda: self._verify(hashed or self._nobody, password if fits else ""))
        return found and fits and bool(hashed)

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _in_turn(self, work: Callable[[], Found]) -> Found:
        if not self._places.acquire(blocking=False):
            raise TooOftenError("too many are signing in at once.", subject="password", wait_s=5)
        try:
            with self._cores:
                return work()
        finally:
            self._places.release()


def refuse_weak(password: str, *, names: Iterable[str]) -> None:
    """Refuse a password that is too short, or guessed first, or made of a name that everybody here knows.

    Args:
        names: of the account and of the mission.

    Raises: InputError, which never repeats the password.
    """
    complaint = ""
    core = _core(password)
    bare = _unit(core) if len(password) - len(core) <= _ADDED_MAX else ""
    known = {_core(name) for name in names} - {""}
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        complaint = f"it has {len(password)} characters."
    elif not _encodable(password):
        complaint = "it holds half a character."
    elif len(set(password)) < _DISTINCT_MIN:
        complaint = "it repeats a few characters."
    elif password.casefold() in _COMMON or bare in _COMMON:
        complaint = "it is among those that are guessed first."
    elif bare in known:
        complaint = "it is made of a name."
    if complaint:
        raise InputError(complaint, subject="password", remedy=_REMEDY)


def _encodable(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _core(password: str) -> str:
    """Its letters: what stands before and after them is what everybody adds."""
    return "".join(character for character in password.casefold() if character.isalpha())


def _unit(word: str) -> str:
    """The word that is repeated, or the word itself."""
    twice = (word + word).find(word, 1)
    return word[:twice] if 0 < twice < len(word) and len(word) % twice == 0 else word
