"""How it begins: a mission's store of secrets, and its first account."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import InputError
from truceline.model.account import MAY, Account
from truceline.record import Record
from truceline.record.log import Database
from truceline.run.live.accounts import KIND, OPERATOR, AccountBook, Actors, folded, plan_created, plan_password_set
from truceline.serve.accounts.passwords import Passwords, refuse_weak
from truceline.serve.accounts.postgres import PostgresTables
from truceline.serve.accounts.store import EmbeddedTables, SecretStore

FOLDER = "serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where accounts are made while nobody serves the mission: its record, open for writing, and its secrets."""

    record: Record
    store: SecretStore
    passwords: Passwords
    actors: Actors
    mission: str


def open_store(folder: Path, database: Database | None) -> SecretStore:
    """The secrets of the mission in `folder`: in `database` where one is configured, else in serve/accounts.db.

    Raises: UnavailableError.
    """
    return SecretStore(EmbeddedTables(folder / FOLDER) if database is None else PostgresTables(database))


def recorded_book(record: Record) -> AccountBook:
    """The book as the record holds it. Raises: IntegrityError, UnavailableError."""
    book = AccountBook()
    for position, entry in record.entries(kind=KIND):
        book = book.apply(position, entry)
    return book


def bootstrap(place: Place, wanted: Account, password: str, *, now_us: Callable[[], int]) -> None:
    """Make an account from the command line; the first one must be able to administer.

    The record comes first: an account without a password opens for nobody, and this can be done again for its password.

    Raises: InputError, TakenError, UnavailableError.
    """
    refuse_weak(password, names=(wanted.name, place.mission))
    kept = place.passwords.hash(password)
    book = recorded_book(place.record)
    standing = book.find(wanted.name)
    if not book.accounts and "administer" not in MAY[wanted.role]:
        raise InputError(
            f"the first account cannot be a {wanted.role}.",
            subject=wanted.name,
            remedy="Make one with the role chair first.",
        )
    if standing != wanted or place.store.password_hash(folded(wanted.name)):
        place.record.append([plan_created(book, wanted, by=OPERATOR, at_us=now_us(), actors=place.actors)])
        book = recorded_book(place.record)
    place.record.append([plan_password_set(book, wanted.name, by=OPERATOR, at_us=now_us())])
    place.store.keep_password(folded(wanted.name), kept)


def reset_password(place: Place, name: str, password: str, *, now_us: Callable[[], int]) -> None:
    """Set the password of an account whose person lost it, from the command line.

    Raises: InputError, UnavailableError.
    """
    refuse_weak(password, names=(name, place.mission))
    kept = place.passwords.hash(password)
    book = recorded_book(place.record)
    place.record.append([plan_password_set(book, name, by=OPERATOR, at_us=now_us())])
    place.store.keep_password(folded(name), kept)
