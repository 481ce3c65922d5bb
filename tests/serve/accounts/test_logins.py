"""Signing in: the same words, work and waits whether or not an account exists; sessions follow the account."""

from dataclasses import replace

import pytest
from tests.serve.accounts.small import ACTORS, AWAY, BETTER, GOOD, HOME, Clock, CountedHasher, Door, attempt

from truceline.base.errors import InputError, NotSignedInError, TooOftenError
from truceline.run.live.accounts import OPERATOR, plan_changed, plan_disabled, plan_enabled
from truceline.serve.accounts.credentials import (
    IDLE_S,
    LIFE_S,
    PROVED_S,
    csrf_fits,
    csrf_token,
    find_key,
    hashed,
    new_key,
)
from truceline.serve.accounts.logins import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, WAIT_S_MAX, network_of
from truceline.serve.accounts.store import SecretStore

WRONG = "not the password at all"


@pytest.fixture
def door(embedded: SecretStore, clock: Clock) -> Door:
    return Door(store=embedded, clock=clock)


def fails(door: Door, times: int, name: str = "ana", address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedInError):
            door.logins.log_in(attempt(name, WRONG, address))


def waits_s(door: Door, name: str = "ana", address: str = HOME) -> int:
    with pytest.raises(TooOftenError) as refused:
        door.logins.log_in(attempt(name, GOOD, address))
    return refused.value.wait_s


def test_the_right_password_opens_a_session_that_is_stored_only_as_a_hash(door: Door, clock: Clock) -> None:
    opened = door.logins.log_in(attempt("ANA"))
    assert door.sessions.find(opened.id, door.book) == opened.session
    assert (opened.session.account, opened.session.made_at_us) == ("ana", clock.at_us)
    assert len(opened.id) == 64
    assert opened.id not in repr(opened)
    assert door.store.session(opened.id) is None
    assert door.store.session(hashed(opened.id)) == opened.session


def test_the_session_that_came_along_has_ended_after_signing_in(door: Door) -> None:
    before = door.logins.log_in(attempt("ana"))
    after = door.logins.log_in(attempt("chair", replacing=before.id))
    assert after.id != before.id
    assert door.sessions.find(before.id, door.book) is None


def test_an_id_that_somebody_else_chose_never_becomes_a_session(door: Door) -> None:
    chosen = "ab" * 32
    opened = door.logins.log_in(attempt("ana", replacing=chosen))
    assert opened.id != chosen
    assert door.sessions.find(chosen, door.book) is None


@pytest.mark.parametrize("session_id", ["", "x", "ab" * 32, "AB" * 32, "ab" * 32 + "\n", "'" * 64])
def test_a_made_up_id_is_nobodys(door: Door, session_id: str) -> None:
    assert door.sessions.find(session_id, door.book) is None


def test_wrong_unknown_and_disabled_are_told_alike_and_cost_alike(door: Door) -> None:
    door.apply(plan_disabled(door.book, "north", by=OPERATOR, at_us=door.clock.at_us))
    door.store.keep_password("ghost", door.hasher.hash(GOOD))  # has a password, and the book does not know it
    told, work = set(), set()
    for name, password in [("ana", WRONG), ("nobody", GOOD), ("north", GOOD), ("ghost", GOOD), ("x" * 500, GOOD)]:
        before = door.hasher.verified, door.hasher.hashed
        with pytest.raises(NotSignedInError) as refused:
            door.logins.log_in(attempt(name, password))
        told.add(str(refused.value))
        work.add((door.hasher.verified - before[0], door.hasher.hashed - before[1]))
    assert len(told) == 1
    assert work == {(1, 0)}


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_waiting_grows_twofold_and_alike_for_names_that_do_not_exist(door: Door, clock: Clock, name: str) -> None:
    fails(door, FREE_OF_ACCOUNT, name)
    grown = []
    for _ in range(12):
        grown.append(waits_s(door, name))
        clock.pass_s(grown[-1])
        fails(door, 1, name, AWAY)
    assert grown[:6] == [1, 2, 4, 8, 16, 32]
    assert grown[-1] == WAIT_S_MAX


def test_nobody_is_locked_out_for_ever(door: Door, clock: Clock) -> None:
    door.store.add_failure(["account ana"] * 5_000, clock.at_us)
    clock.pass_s(waits_s(door))
    assert door.logins.log_in(attempt("ana")).session.account == "ana"


def test_an_attempt_during_the_wait_hashes_nothing_and_does_not_lengthen_it(door: Door, clock: Clock) -> None:
    fails(door, FREE_OF_ACCOUNT)
    before = door.hasher.verified
    assert [waits_s(door) for _ in range(5)] == [1] * 5
    assert door.hasher.verified == before
    clock.pass_s(1)
    door.logins.log_in(attempt("ana"))


def test_a_restart_does_not_forget_the_wait(door: Door) -> None:
    fails(door, FREE_OF_ACCOUNT)
    door.restart()
    assert waits_s(door) == 1


def test_success_begins_the_count_of_the_account_anew_and_not_that_of_the_address(door: Door, clock: Clock) -> None:
    fails(door, FREE_OF_ACCOUNT - 1)
    door.logins.log_in(attempt("ana"))
    fails(door, FREE_OF_ACCOUNT)
    assert door.store.failures(f"address {HOME}").count == 2 * FREE_OF_ACCOUNT - 1


def test_who_signed_in_from_here_lately_is_not_held_up_by_guesses_from_elsewhere(door: Door) -> None:
    door.logins.log_in(attempt("ana", address=HOME))
    fails(door, FREE_OF_ACCOUNT, address=AWAY)
    assert waits_s(door, address=AWAY) == 1
    assert door.logins.log_in(attempt("ana", address=HOME)).session.account == "ana"


def test_a_name_made_to_look_like_a_known_address_holds_up_nobody(door: Door) -> None:
    door.logins.log_in(attempt("ana", address=HOME))
    for name in (f"{HOME} ana", f"known {HOME} ana", f"ana {HOME}"):
        fails(door, FREE_OF_ACCOUNT, name, AWAY)
    door.logins.log_in(attempt("ana", address=HOME))


def test_many_names_from_one_address_make_the_address_wait(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS):
        fails(door, 1, f"name{number}")
    assert waits_s(door, "another") == 1


def test_an_address_of_one_household_is_one_address() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::ffff") != network_of("2001:db8:1:3::4")
    assert network_of("::ffff:198.51.100.7") == "198.51.100.7"
    assert network_of("testclient") == "testclient"


def test_old_parameters_are_replaced_at_the_next_signing_in(door: Door) -> None:
    old = CountedHasher(passes=2).hash(GOOD)
    door.store.keep_password("ana", old)
    door.logins.log_in(attempt("ana"))
    new = door.store.password_hash("ana")
    assert new != old
    assert not door.hasher.check_needs_rehash(new)
    door.logins.log_in(attempt("ana"))
    assert door.store.password_hash("ana") == new


def test_a_session_ends_when_it_is_idle(door: Door, clock: Clock) -> None:
    opened = door.logins.log_in(attempt("ana"))
    clock.pass_s(IDLE_S - 1)
    assert door.sessions.find(opened.id, door.book)
    clock.pass_s(IDLE_S - 1)
    assert door.sessions.find(opened.id, door.book)
    clock.pass_s(IDLE_S)
    assert door.sessions.find(opened.id, door.book) is None
    assert door.store.sessions("ana") == []


def test_a_stream_that_looks_again_does_not_keep_a_session_alive(door: Door, clock: Clock) -> None:
    opened = door.logins.log_in(attempt("ana"))
    clock.pass_s(IDLE_S - 1)
    assert door.sessions.find(opened.id, door.book, using=False)
    clock.pass_s(1)
    assert door.sessions.find(opened.id, door.book, using=False) is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used_or_renewed(door: Door, clock: Clock) -> None:
    opened = door.logins.log_in(attempt("ana"))
    for _ in range(LIFE_S // 600 - 1):
        clock.pass_s(600)
        session = door.sessions.find(opened.id, door.book)
        assert session
    opened = door.logins.prove(session, attempt("ana"))
    clock.pass_s(600)
    assert door.sessions.find(opened.id, door.book) is None


def test_a_session_is_dead_at_once_when_its_account_is_disabled_and_stays_dead(door: Door) -> None:
    opened = door.logins.log_in(attempt("ana"))
    enabled = door.book
    door.apply(plan_disabled(door.book, "ana", by=OPERATOR, at_us=1))
    assert door.sessions.find(opened.id, door.book) is None
    door.apply(plan_enabled(door.book, "ana", by=OPERATOR, at_us=1))
    assert door.sessions.find(opened.id, enabled) is None


def test_a_session_does_not_outlive_the_role_it_began_with(door: Door) -> None:
    opened = door.logins.log_in(attempt("ana"))
    ana = door.book.accounts["ana"]
    door.apply(plan_changed(door.book, replace(ana, role="reviewer"), by=OPERATOR, at_us=1, actors=ACTORS))
    assert door.sessions.find(opened.id, door.book) is None


def test_proving_again_gives_a_new_id_and_lasts_a_quarter_of_an_hour(door: Door, clock: Clock) -> None:
    opened = door.logins.log_in(attempt("ana"))
    clock.pass_s(PROVED_S)
    session = door.sessions.find(opened.id, door.book)
    assert session
    assert not door.sessions.proved(session)
    with pytest.raises(NotSignedInError):
        door.logins.prove(session, attempt("ana", WRONG))
    renewed = door.logins.prove(session, attempt("ana"))
    assert door.sessions.proved(renewed.session)
    assert door.sessions.find(opened.id, door.book) is None
    with pytest.raises(InputError):
        door.logins.prove(renewed.session, attempt("chair"))


def test_changing_the_password_asks_for_the_old_one_and_ends_the_other_sessions(door: Door) -> None:
    other, mine = door.logins.log_in(attempt("ana")), door.logins.log_in(attempt("ana"))
    told: list[str] = []
    with pytest.raises(NotSignedInError):
        door.logins.change_password(mine.session, attempt("ana", WRONG), BETTER, lambda: told.append("no"))
    with pytest.raises(InputError):
        door.logins.change_password(mine.session, attempt("ana"), "ana", lambda: told.append("no"))
    new = door.logins.change_password(mine.session, attempt("ana"), BETTER, lambda: told.append("yes"))
    assert told == ["yes"]
    assert [door.sessions.find(each.id, door.book) for each in (other, mine)] == [None, None]
    assert door.sessions.find(new.id, door.book)
    door.logins.log_in(attempt("ana", BETTER))
    fails(door, 1, "ana")


def test_a_password_stays_as_it_was_where_the_record_cannot_be_told(door: Door) -> None:
    def broken() -> None:
        raise InputError("no.", subject="record", remedy="No.")

    with pytest.raises(InputError, match="record"):
        door.logins.set_password("ana", BETTER, broken)
    door.logins.log_in(attempt("ana", GOOD))


def test_every_attempt_is_noted_without_what_was_typed(door: Door) -> None:
    door.logins.log_in(attempt("ana"))
    fails(door, FREE_OF_ACCOUNT)
    fails(door, 1, GOOD)  # a password where the name belongs
    lines = [note.line() for note in door.notes]
    assert [note.event for note in door.notes] == ["signed_in", *["sign_in_failed"] * (FREE_OF_ACCOUNT + 1)]
    assert not any(GOOD in line or WRONG in line for line in lines)
    assert all('"account": "ana"' in line for line in lines[:-1])


def test_a_note_is_one_line_whatever_is_in_it(door: Door) -> None:
    fails(door, 1, address='198.51.100.7\n{"event": "signed_in"}\u2028')
    line = door.notes[0].line()
    assert line.isascii()
    assert "\n" not in line


def test_the_token_of_a_page_belongs_to_one_session_and_does_not_give_it_away(door: Door) -> None:
    one, two = door.logins.log_in(attempt("ana")), door.logins.log_in(attempt("ana"))
    assert csrf_fits(one.id, csrf_token(one.id))
    assert not csrf_fits(two.id, csrf_token(one.id))
    assert not csrf_fits(one.id, "")
    assert not csrf_fits(one.id, "é")
    assert one.id not in csrf_token(one.id)


def test_a_key_is_shown_once_and_kept_as_a_hash(door: Door) -> None:
    issued = new_key(door.chance)
    assert issued.text.startswith(issued.prefix + "_")
    assert issued.text not in repr(issued)
    assert issued.hashed == hashed(issued.text)
    door.store.keep_key(issued.prefix, issued.hashed)
    assert find_key(issued.text, door.store, door.book, now_us=1) is None  # the book does not know it
