"""A small mission's accounts: a chair, an analyst, a liaison of each of two parties, an auditor."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

import argon2

from truceline.base.units import US_PER_S
from truceline.model.account import Account
from truceline.model.entry import Entry
from truceline.run.live.accounts import OPERATOR, AccountBook, Actors, plan_created
from truceline.serve.accounts.credentials import Sessions
from truceline.serve.accounts.logins import Attempt, Logins
from truceline.serve.accounts.notes import Note
from truceline.serve.accounts.passwords import Passwords
from truceline.serve.accounts.store import SecretStore

START_US = 1_750_000_000_000_000
GOOD, BETTER = "four unlike words here", "others that nobody guesses"
HOME, AWAY = "198.51.100.7", "203.0.113.9"
ACTORS = Actors(parties=frozenset({"NORTH", "SOUTH"}), bodies=frozenset({"COMMISSION"}))
PEOPLE = (
    Account(name="Chair", role="chair", acts_for=("COMMISSION",)),
    Account(name="ana", role="analyst", panel=True),
    Account(name="north", role="party_liaison", party="NORTH", acts_for=("NORTH",)),
    Account(name="south", role="party_liaison", party="SOUTH", acts_for=("SOUTH",)),
    Account(name="audit", role="auditor"),
)


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    at_us: int = START_US

    def __call__(self) -> int:
        return self.at_us

    def pass_s(self, seconds: int) -> None:
        self.at_us += seconds * US_PER_S


class CountedHasher:
    """argon2id, as weak as it can be, that counts."""

    def __init__(self, passes: int = 1) -> None:
        self._inner = argon2.PasswordHasher(time_cost=passes, memory_cost=8, parallelism=1)
        self.hashed, self.verified = 0, 0

    def hash(self, password: str, /) -> str:
        self.hashed += 1
        return self._inner.hash(password)

    def verify(self, hash_: str, password: str, /) -> bool:
        self.verified += 1
        return self._inner.verify(hash_, password)

    def check_needs_rehash(self, hash_: str, /) -> bool:
        return self._inner.check_needs_rehash(hash_)


def counted() -> Callable[[int], bytes]:
    """Chance that can be told apart and repeated."""
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def booked(entries: Iterable[Entry], book: AccountBook | None = None) -> AccountBook:
    found = book or AccountBook()
    for position, entry in enumerate(entries, start=1 + max(found.standings.values(), default=-1)):
        found = found.apply(position, entry)
    return found


def people() -> AccountBook:
    book = AccountBook()
    for person in PEOPLE:
        book = booked([plan_created(book, person, by=OPERATOR, at_us=START_US, actors=ACTORS)], book)
    return book


@dataclass(slots=True)
class Door:
    """Everything at the door, over one store; the book may be replaced."""

    store: SecretStore
    clock: Clock
    book: AccountBook = field(default_factory=people)
    notes: list[Note] = field(default_factory=list)
    hasher: CountedHasher = field(default_factory=CountedHasher)
    chance: Callable[[int], bytes] = field(default_factory=counted)
    logins: Logins = field(init=False)
    sessions: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.store, now_us=self.clock, chance=self.chance)
        self.restart()
        for person in PEOPLE:
            self.store.keep_password(person.name.casefold(), self.hasher.hash(GOOD))

    def restart(self) -> None:
        self.logins = Logins(
            store=self.store,
            passwords=Passwords(self.hasher, chance=self.chance),
            sessions=self.sessions,
            book=lambda: self.book,
            now_us=self.clock,
            log=self.notes.append,
            mission="Northern Line",
        )

    def apply(self, entry: Entry) -> None:
        self.book = booked([entry], self.book)


def attempt(name: str, password: str = GOOD, address: str = HOME, replacing: str = "") -> Attempt:
    return Attempt(name=name, password=password, address=address, replacing=replacing)
