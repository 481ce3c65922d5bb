"""The secrets' store: the same answers from SQLite and from PostgreSQL; all or none; readable by nobody else."""

import os
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tests.serve.accounts.small import START_US

from truceline.base.errors import UnavailableError
from truceline.base.units import US_PER_S
from truceline.serve.accounts.opening import open_store
from truceline.serve.accounts.store import SESSIONS_MAX, Failures, SecretStore, Session

ONE = Session(
    id_hash="aa" * 32, account="ana", standing=3, made_at_us=START_US, used_at_us=START_US, proved_at_us=START_US
)


def test_a_password_is_kept_changed_and_ends_the_sessions(store: SecretStore) -> None:
    assert store.password_hash("ana") == ""
    store.keep_password("ana", "first")
    store.keep_session(ONE)
    store.keep_session(replace(ONE, id_hash="bb" * 32, account="other"))
    store.keep_password("ana", "second")
    assert store.password_hash("ana") == "second"
    assert store.session(ONE.id_hash) is None
    assert store.session("bb" * 32) is not None


def test_a_newer_hash_does_not_undo_a_newer_password(store: SecretStore) -> None:
    store.keep_password("ana", "second")
    store.refresh_hash("ana", "first", "first again")
    assert store.password_hash("ana") == "second"
    store.refresh_hash("ana", "second", "second again")
    assert store.password_hash("ana") == "second again"


def test_a_session_comes_back_as_it_was_and_takes_the_place_of_another(store: SecretStore) -> None:
    store.keep_session(ONE)
    assert store.session(ONE.id_hash) == ONE
    next_one = replace(ONE, id_hash="bb" * 32)
    store.keep_session(next_one, replacing=ONE.id_hash)
    assert store.sessions("ana") == [next_one]
    store.use_session(next_one.id_hash, START_US + 5)
    assert store.sessions("ana") == [replace(next_one, used_at_us=START_US + 5)]


def test_an_account_has_so_many_sessions_and_no_more(store: SecretStore) -> None:
    for number in range(SESSIONS_MAX + 1):
        store.keep_session(replace(ONE, id_hash=f"{number:064x}", used_at_us=START_US + number))
    left = [session.id_hash for session in store.sessions("ana")]
    assert left == [f"{number:064x}" for number in range(SESSIONS_MAX, 0, -1)]


def test_sessions_end_one_by_one_or_all_of_one_account(store: SecretStore) -> None:
    for number, account in enumerate(["ana", "ana", "ana", "other"]):
        store.keep_session(replace(ONE, id_hash=f"{number}a{number:062x}", account=account))
    assert store.end_session("ana", "0a") == 1
    assert store.end_session("other", "1a") == 0
    assert store.end_session("ana", "") == 2
    assert len(store.sessions("other")) == 1


def test_a_key_is_kept_and_forgotten(store: SecretStore) -> None:
    store.keep_key("tl_a", "hash")
    assert store.key_hash("tl_a") == "hash"
    store.forget_key("tl_a")
    assert store.key_hash("tl_a") == ""


def test_an_identity_opens_one_account(store: SecretStore) -> None:
    store.link("https://a.test", "1", "ana")
    store.link("https://a.test", "1", "chair")
    assert store.linked("https://a.test", "1") == "chair"
    assert store.linked("https://b.test", "1") == ""


def test_a_visit_serves_once_and_not_when_it_is_old(store: SecretStore) -> None:
    store.keep_visit("s1", "nonce", "verifier", START_US)
    store.keep_visit("s2", "nonce", "verifier", START_US)
    assert store.take_visit("s1", since_us=START_US) == ("nonce", "verifier")
    assert store.take_visit("s1", since_us=START_US) is None
    assert store.take_visit("s2", since_us=START_US + 1) is None


def test_failures_add_up_for_each_scope_until_they_are_cleared(store: SecretStore) -> None:
    store.add_failure(["account ana", "address a"], START_US)
    store.add_failure(["account ana"], START_US + 1)
    assert store.failures("account ana") == Failures(count=2, last_at_us=START_US + 1)
    assert store.failures("address a") == Failures(count=1, last_at_us=START_US)
    store.clear_failures(["account ana"])
    assert store.failures("account ana") == Failures()


def test_the_past_is_forgotten(store: SecretStore) -> None:
    store.keep_session(ONE)
    store.keep_visit("s", "n", "v", START_US)
    store.add_failure(["address a"], START_US)
    store.keep_address("ana", "a", START_US)
    store.forget_the_past(START_US, sessions_since_us=START_US, visits_since_us=START_US)
    assert store.session(ONE.id_hash) == ONE
    assert store.knows_address("ana", "a")
    later = START_US + 31 * 86_400 * US_PER_S
    store.forget_the_past(later, sessions_since_us=later, visits_since_us=later)
    assert store.session(ONE.id_hash) is None
    assert store.take_visit("s", since_us=0) is None
    assert store.failures("address a") == Failures()
    assert not store.knows_address("ana", "a")


NASTY = ["'; DROP TABLE account_passwords; --", ":account", "%s", "a\nb", "ё", '"', "\\"]


@pytest.mark.parametrize("name", NASTY)
def test_names_are_values_and_never_part_of_a_statement(store: SecretStore, name: str) -> None:
    store.keep_password(name, name)
    assert store.password_hash(name) == name
    assert store.password_hash("ana") == ""


def test_steps_take_effect_together_or_not_at_all(store: SecretStore) -> None:
    tables = store._tables
    insert = "INSERT INTO account_passwords(account, hash) VALUES (:account, :hash)"
    with pytest.raises(UnavailableError):
        tables.run((insert, {"account": "ana", "hash": "x"}), (insert, {"account": "ana", "hash": "y"}))
    assert store.password_hash("ana") == ""
    store.keep_password("ana", "z")
    assert store.password_hash("ana") == "z"


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_the_file_and_those_beside_it_are_for_this_user_alone(tmp_path: Path, embedded: SecretStore) -> None:
    embedded.keep_password("ana", "x")
    folder = tmp_path / "serve"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"accounts.db", "accounts.db-wal", "accounts.db-shm"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_a_file_that_others_may_read_is_closed_to_them_when_it_is_opened(tmp_path: Path) -> None:
    open_store(tmp_path, None).close()
    path = tmp_path / "serve" / "accounts.db"
    path.chmod(0o644)
    open_store(tmp_path, None).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    first = open_store(tmp_path, None)
    first.keep_password("ana", "x")
    first.add_failure(["account ana"], START_US)
    first.close()
    second = open_store(tmp_path, None)
    assert second.password_hash("ana") == "x"
    assert second.failures("account ana").count == 1
    second.close()


def test_a_file_that_is_no_database_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "serve").mkdir()
    (tmp_path / "serve" / "accounts.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(UnavailableError, match="passwords anew"):
        open_store(tmp_path, None)


def test_another_writer_is_waited_for_and_then_said_to_be_in_the_way(tmp_path: Path, embedded, monkeypatch) -> None:
    embedded._tables._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "serve" / "accounts.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError):
        embedded.keep_password("ana", "x")
    other.execute("ROLLBACK")
    other.close()
    embedded.keep_password("ana", "x")
    assert embedded.password_hash("ana") == "x"
