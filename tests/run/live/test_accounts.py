"""The book of accounts: one party each, names for ever, never without an administrator, nothing secret."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.serve.accounts.small import ACTORS, START_US, booked, people

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import InputError, IntegrityError, NoRightError, TakenError
from truceline.base.units import US_PER_S
from truceline.model.account import MAY, ROLES, Account
from truceline.model.entry import Entry
from truceline.run.live.accounts import (
    OPERATOR,
    AccountBook,
    ApiKey,
    plan_changed,
    plan_created,
    plan_disabled,
    plan_enabled,
    plan_key_issued,
    plan_key_revoked,
    plan_linked,
    plan_password_set,
)

BOOK = people()
CHAIR, ANA, NORTH, SOUTH, AUDIT = (BOOK.accounts[name] for name in ("chair", "ana", "north", "south", "audit"))
NOW = START_US


def created(wanted: Account, by: Account = CHAIR, book: AccountBook = BOOK) -> Entry:
    return plan_created(book, wanted, by=by, at_us=NOW, actors=ACTORS)


def key(**changes: object) -> ApiKey:
    plain = ApiKey(prefix="tl_aaaaaaaa", account="ana", rights=("submit",), expires_at_us=NOW + US_PER_S)
    return replace(plain, **changes)  # type: ignore[arg-type]


# Role, party, acts for, panel: may such an account be?
PLACES = [
    ("party_liaison", "NORTH", ("NORTH",), False, True),
    ("party_liaison", "NORTH", ("COMMISSION",), False, True),
    ("party_liaison", "", (), False, False),
    ("party_liaison", "EAST", (), False, False),
    ("party_liaison", "NORTH", ("SOUTH",), False, False),
    ("party_liaison", "NORTH", (), True, False),
    ("liaison", "NORTH", (), False, False),
    ("liaison", "", ("NORTH",), False, False),
    ("liaison", "", ("COMMISSION",), False, True),
    ("liaison", "", ("NOBODY",), False, False),
    ("auditor", "", ("COMMISSION",), False, False),
    ("analyst", "", (), True, True),
    ("reporting_officer", "", (), True, False),
    ("emperor", "", (), False, False),
    ("public", "", (), False, True),
]


@pytest.mark.parametrize(("role", "party", "acts_for", "panel", "stands"), PLACES)
def test_a_role_belongs_where_it_belongs(role, party, acts_for, panel, stands) -> None:
    wanted = Account(name="new", role=role, party=party, acts_for=acts_for, panel=panel)
    if stands:
        assert BOOK.apply(99, created(wanted)).find("new") == wanted
    else:
        with pytest.raises(InputError):
            created(wanted)


def test_a_party_may_have_several_liaisons_each_of_that_party_alone() -> None:
    second = Account(name="north.2", role="party_liaison", party="NORTH")
    assert BOOK.apply(99, created(second)).find("north.2") == second


@pytest.mark.parametrize("name", ["ANA", "ana", "Ana"])
def test_a_name_is_taken_whatever_its_case(name: str) -> None:
    with pytest.raises(TakenError):
        created(Account(name=name, role="analyst"))


def test_a_name_is_never_used_again_after_it_was_disabled() -> None:
    gone = booked([plan_disabled(BOOK, "ana", by=CHAIR, at_us=NOW)], BOOK)
    with pytest.raises(TakenError):
        created(Account(name="Ana", role="analyst"), book=gone)


NO_NAMES = ["", " ", "a b", "public", "Truceline", "../ana", "=cmd", "а", "x" * 65, "a\nb", "-a", "a-", "command line"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_could_be_taken_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be a name"):
        created(Account(name=name, role="analyst"))


@pytest.mark.parametrize("role", [role for role in ROLES if "administer" not in MAY[role]])
def test_only_who_may_administer_makes_changes_disables_and_links(role) -> None:
    someone = Account(name="someone", role=role, party="NORTH" if role == "party_liaison" else "")
    book = BOOK.apply(99, created(someone))
    with pytest.raises(NoRightError):
        plan_created(book, Account(name="new", role="analyst"), by=someone, at_us=NOW, actors=ACTORS)
    with pytest.raises(NoRightError):
        plan_changed(book, replace(someone, role="chair", party=""), by=someone, at_us=NOW, actors=ACTORS)
    with pytest.raises(NoRightError):
        plan_disabled(book, "ana", by=someone, at_us=NOW)
    with pytest.raises(NoRightError):
        plan_enabled(book, "ana", by=someone, at_us=NOW)
    with pytest.raises(NoRightError):
        plan_linked(book, "ana", issuer="https://issuer.test", by=someone, at_us=NOW)


def test_rights_are_read_from_the_book_and_not_from_the_caller() -> None:
    other = booked([created(Account(name="deputy", role="chair"))], BOOK)
    gone = booked([plan_disabled(other, "Chair", by=CHAIR, at_us=NOW)], other)
    with pytest.raises(NoRightError):
        plan_created(gone, Account(name="new", role="analyst"), by=CHAIR, at_us=NOW, actors=ACTORS)
    with pytest.raises(NoRightError):
        plan_created(
            BOOK, Account(name="new", role="analyst"), by=Account(name="x", role="chair"), at_us=NOW, actors=ACTORS
        )


def test_the_last_administrator_can_be_neither_disabled_nor_demoted() -> None:
    with pytest.raises(InputError, match="last account"):
        plan_disabled(BOOK, "CHAIR", by=CHAIR, at_us=NOW)
    with pytest.raises(InputError, match="last account"):
        plan_changed(BOOK, Account(name="chair", role="analyst"), by=CHAIR, at_us=NOW, actors=ACTORS)


def test_a_disabled_administrator_does_not_count_as_one() -> None:
    two = booked([created(Account(name="deputy", role="chair"))], BOOK)
    one = booked([plan_disabled(two, "deputy", by=CHAIR, at_us=NOW)], two)
    with pytest.raises(InputError, match="last account"):
        plan_disabled(one, "chair", by=CHAIR, at_us=NOW)


def test_a_change_moves_the_standing_and_a_password_does_not() -> None:
    before = BOOK.standing("ana")
    same = booked([plan_password_set(BOOK, "ana", by=ANA, at_us=NOW)], BOOK)
    other = booked([plan_changed(BOOK, replace(ANA, panel=False), by=CHAIR, at_us=NOW, actors=ACTORS)], BOOK)
    assert same.standing("ana") == before
    assert other.standing("ana") > before
    assert other.find("ana") == replace(ANA, panel=False)


def test_a_change_does_not_let_a_disabled_account_in_again() -> None:
    gone = booked([plan_disabled(BOOK, "ana", by=CHAIR, at_us=NOW)], BOOK)
    changed = booked([plan_changed(gone, replace(ANA, role="reviewer"), by=CHAIR, at_us=NOW, actors=ACTORS)], gone)
    assert changed.find("ana") == replace(ANA, role="reviewer", disabled=True)
    back = booked([plan_enabled(changed, "ana", by=CHAIR, at_us=NOW)], changed)
    assert back.find("ana") == replace(ANA, role="reviewer")


def test_one_sets_ones_own_password_and_only_an_administrator_anothers() -> None:
    assert plan_password_set(BOOK, "ana", by=ANA, at_us=NOW).author == "ana"
    assert plan_password_set(BOOK, "ana", by=CHAIR, at_us=NOW).author == "Chair"
    with pytest.raises(NoRightError):
        plan_password_set(BOOK, "ana", by=NORTH, at_us=NOW)


def test_a_key_has_no_right_that_its_role_has_not_and_never_administers() -> None:
    assert BOOK.apply(99, plan_key_issued(BOOK, key(), by=ANA, at_us=NOW)).key("tl_aaaaaaaa", now_us=NOW) == key()
    with pytest.raises(InputError, match="review"):
        plan_key_issued(BOOK, key(rights=("review",)), by=ANA, at_us=NOW)
    with pytest.raises(InputError, match="administer"):
        plan_key_issued(BOOK, key(account="Chair", rights=("administer",)), by=CHAIR, at_us=NOW)


@pytest.mark.parametrize("lives_s", [-1, 0, 366 * 86_400 + 1])
def test_a_key_expires_after_now_and_within_a_year(lives_s: int) -> None:
    with pytest.raises(InputError, match="expire"):
        plan_key_issued(BOOK, key(expires_at_us=NOW + lives_s * US_PER_S), by=ANA, at_us=NOW)


def test_a_key_ends_by_time_by_revocation_and_with_its_account() -> None:
    book = booked([plan_key_issued(BOOK, key(), by=ANA, at_us=NOW)], BOOK)
    assert book.key("tl_aaaaaaaa", now_us=NOW + US_PER_S) is None
    assert (
        booked([plan_key_revoked(book, "tl_aaaaaaaa", by=ANA, at_us=NOW)], book).key("tl_aaaaaaaa", now_us=NOW) is None
    )
    assert booked([plan_disabled(book, "ana", by=CHAIR, at_us=NOW)], book).key("tl_aaaaaaaa", now_us=NOW) is None
    with pytest.raises(NoRightError):
        plan_key_revoked(book, "tl_aaaaaaaa", by=SOUTH, at_us=NOW)
    assert book.keys_of("ANA") == [key()]


def test_whether_a_prefix_exists_does_not_show_to_who_may_not_administer() -> None:
    book = booked([plan_key_issued(BOOK, key(), by=ANA, at_us=NOW)], BOOK)
    said = []
    for prefix in ("tl_aaaaaaaa", "tl_bbbbbbbb"):
        with pytest.raises(NoRightError) as refused:
            plan_key_revoked(book, prefix, by=SOUTH, at_us=NOW)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_an_entry_of_a_later_version_is_not_read_over() -> None:
    strange = Entry(kind="account", subject="ana", author="x", known_at="", detail={"happening": "beatified"})
    with pytest.raises(IntegrityError):
        BOOK.apply(99, strange)
    assert BOOK.apply(99, replace(strange, kind="case")) is BOOK


def planned(book: AccountBook, act: str, account: Account, prefix: str) -> Entry:
    issued = key(prefix=prefix, account=account.name, rights=())
    plans = {
        "create": lambda: plan_created(book, account, by=OPERATOR, at_us=NOW, actors=ACTORS),
        "change": lambda: plan_changed(book, account, by=OPERATOR, at_us=NOW, actors=ACTORS),
        "disable": lambda: plan_disabled(book, account.name, by=OPERATOR, at_us=NOW),
        "enable": lambda: plan_enabled(book, account.name, by=OPERATOR, at_us=NOW),
        "key": lambda: plan_key_issued(book, issued, by=OPERATOR, at_us=NOW),
        "revoke": lambda: plan_key_revoked(book, prefix, by=OPERATOR, at_us=NOW),
    }
    return plans[act]()


ACTS = st.tuples(
    st.sampled_from(["create", "change", "disable", "enable", "key", "revoke"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["chair", "analyst", "auditor"]),
    st.sampled_from(["tl_x", "tl_y"]),
)


@budget(60)
@given(st.lists(ACTS, max_size=20))
def test_the_book_is_the_sum_of_its_entries_and_always_has_an_administrator(acts) -> None:
    book, entries = AccountBook(), []
    for act, name, role, prefix in [("create", "a", "chair", ""), *acts]:
        try:
            entry = planned(book, act, Account(name=name, role=role), prefix)
        except InputError:
            continue
        canonical_bytes(entry.body())
        entries.append(entry)
        book = book.apply(len(entries) - 1, entry)
        assert any(each.may("administer") for each in book.accounts.values())
    again = AccountBook()
    for position, entry in enumerate(entries):
        again = again.apply(position, entry)
    assert again == book
