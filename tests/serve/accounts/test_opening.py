"""A mission's first account, made from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.accounts.small import ACTORS, BETTER, GOOD, Clock, CountedHasher, counted

from truceline.base.errors import InputError, TakenError, UnavailableError
from truceline.model.account import Account
from truceline.record import open_record
from truceline.serve.accounts.opening import Place, bootstrap, open_store, recorded_book, reset_password
from truceline.serve.accounts.passwords import Passwords
from truceline.serve.accounts.store import SecretStore

CHAIR = Account(name="Olha", role="chair")


@pytest.fixture
def place(tmp_path: Path, embedded: SecretStore) -> Iterator[Place]:
    with open_record(tmp_path / "record") as record:
        passwords = Passwords(CountedHasher(), chance=counted())
        yield Place(record=record, store=embedded, passwords=passwords, actors=ACTORS, mission="Northern Line")


def happenings(place: Place) -> list[tuple[str, str, object]]:
    return [
        (entry.subject, entry.author, entry.detail["happening"]) for _, entry in place.record.entries(kind="account")
    ]


def test_the_first_account_stands_in_the_record_and_its_password_opens_it(place: Place, clock: Clock) -> None:
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    assert happenings(place) == [("Olha", "command line", "created"), ("Olha", "command line", "password_set")]
    assert recorded_book(place.record).find("olha") == CHAIR
    assert place.passwords.holds(place.store.password_hash("olha"), GOOD)


def test_neither_the_record_nor_its_files_hold_the_password_or_its_hash(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    secrets = [GOOD.encode(), place.store.password_hash("olha").encode(), b"argon2"]
    for path in (tmp_path / "record").rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path.name


def test_the_first_account_must_be_able_to_administer(place: Place, clock: Clock) -> None:
    with pytest.raises(InputError, match="first account"):
        bootstrap(place, Account(name="ana", role="analyst"), GOOD, now_us=clock)
    assert happenings(place) == []
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    bootstrap(place, Account(name="ana", role="analyst"), GOOD, now_us=clock)
    assert recorded_book(place.record).find("ana")


def test_with_a_weak_password_nothing_is_made(place: Place, clock: Clock) -> None:
    for weak in ("short", "northernline1"):
        with pytest.raises(InputError):
            bootstrap(place, CHAIR, weak, now_us=clock)
    assert happenings(place) == []


def test_the_same_account_is_not_made_twice(place: Place, clock: Clock) -> None:
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    with pytest.raises(TakenError):
        bootstrap(place, CHAIR, BETTER, now_us=clock)
    assert place.passwords.holds(place.store.password_hash("olha"), GOOD)


def test_what_broke_off_between_record_and_password_can_be_done_again(place: Place, clock: Clock, monkeypatch) -> None:
    def lost(*_: object) -> None:
        raise UnavailableError("the disk is full.", subject="accounts.db", remedy="Make room.")

    with monkeypatch.context() as broken:
        broken.setattr(SecretStore, "keep_password", lost)
        with pytest.raises(UnavailableError):
            bootstrap(place, CHAIR, GOOD, now_us=clock)
    assert recorded_book(place.record).find("olha") == CHAIR
    assert place.store.password_hash("olha") == ""
    with pytest.raises(TakenError):
        bootstrap(place, Account(name="Olha", role="analyst"), GOOD, now_us=clock)  # not as something else
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    assert place.passwords.holds(place.store.password_hash("olha"), GOOD)


def test_a_lost_password_is_set_anew_by_whoever_may_write_to_the_mission(place: Place, clock: Clock) -> None:
    bootstrap(place, CHAIR, GOOD, now_us=clock)
    reset_password(place, "OLHA", BETTER, now_us=clock)
    assert place.passwords.holds(place.store.password_hash("olha"), BETTER)
    assert happenings(place)[-1] == ("Olha", "command line", "password_set")
    with pytest.raises(InputError):
        reset_password(place, "nobody", BETTER, now_us=clock)


def test_the_store_is_opened_where_the_mission_is(tmp_path: Path) -> None:
    open_store(tmp_path, None).close()
    assert (tmp_path / "serve" / "accounts.db").exists()
