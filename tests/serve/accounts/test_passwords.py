"""What a password must be, and that it is hashed as decided."""

import threading

import pytest
from tests.serve.accounts.small import GOOD, CountedHasher, counted

from truceline.base.errors import InputError, TooOftenError
from truceline.serve.accounts.passwords import _COMMON, AT_ONCE, WAITING_MAX, Passwords, argon2id, refuse_weak

NAMES = ("ana.kovalenko", "Northern Line")

WEAK = [
    ("eleven char", "11 characters"),
    ("x" * 257, "257 characters"),
    ("password1234", "guessed first"),
    ("PassWord!2026", "guessed first"),
    ("1-welcome-2026", "guessed first"),
    ("1q2w3e4r5t6y", "guessed first"),
    ("123456789012", "guessed first"),
    ("пароль-пароль-1", "guessed first"),
    ("aaaaaaaaaaaaaa", "repeats"),
    ("121212121212", "repeats"),
    ("ana.kovalenko", "name"),
    ("Ana-Kovalenko-2026", "name"),
    ("NorthernLine1", "name"),
    ("half \ud800 a character", "half a character"),
]


@pytest.mark.parametrize(("password", "because"), WEAK)
def test_a_weak_password_is_refused_and_not_repeated(password: str, because: str) -> None:
    with pytest.raises(InputError, match=because) as refused:
        refuse_weak(password, names=NAMES)
    assert password not in str(refused.value)


STRONG = [
    GOOD,
    "lowercaseonlybutlong",
    "739204857163",
    "пять разных слов рядом",
    "7a39b20c4857163",
    "é" * 8 + "abcdef",
    "orchid kite " * 21,
]


@pytest.mark.parametrize("password", STRONG)
def test_length_is_enough_and_no_kind_of_character_is_asked_for(password: str) -> None:
    refuse_weak(password, names=NAMES)


def test_the_list_of_what_is_guessed_first_is_long_enough_to_mean_something() -> None:
    assert len(_COMMON) > 150


def test_the_parameters_are_those_of_the_decision() -> None:
    assert argon2id().hash(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_only_the_very_same_password_holds() -> None:
    passwords = Passwords(CountedHasher(), chance=counted())
    kept = passwords.hash(GOOD)
    assert passwords.holds(kept, GOOD)
    for other in (GOOD.upper(), GOOD + " ", GOOD[:-1], "", GOOD + "\0", "x" * 10_000, "\ud800"):
        assert not passwords.holds(kept, other)


def test_the_longest_password_counts_to_its_last_character() -> None:
    passwords = Passwords(CountedHasher(), chance=counted())
    longest = "abcdefgh" * 32
    kept = passwords.hash(longest)
    assert passwords.holds(kept, longest)
    assert not passwords.holds(kept, longest[:-1] + "x")


@pytest.mark.parametrize("kept", ["", "no hash at all"])
def test_without_a_hash_the_same_work_is_done_and_nothing_holds(kept: str) -> None:
    hasher = CountedHasher()
    passwords = Passwords(hasher, chance=counted())
    assert not passwords.holds(kept, GOOD)
    assert hasher.verified == 1


def test_so_many_may_wait_and_one_more_is_sent_away() -> None:
    entered, leave = threading.Semaphore(0), threading.Event()

    class Slow(CountedHasher):
        def verify(self, hash_: str, password: str, /) -> bool:
            entered.release()
            assert leave.wait(30)
            return True

    passwords = Passwords(Slow(), chance=counted())
    threads = [threading.Thread(target=passwords.holds, args=("x", GOOD)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in range(AT_ONCE):
        assert entered.acquire(timeout=30)
    taken = [passwords._places.acquire(blocking=False) for _ in range(WAITING_MAX)]
    assert all(taken)
    with pytest.raises(TooOftenError):
        passwords.holds("x", GOOD)
    leave.set()
    for thread in threads:
        thread.join(30)
