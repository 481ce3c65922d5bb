"""The book of accounts: who may enter, as what, and which API keys exist. Never a secret.

What is here is public inside the mission and stands in the record as entries of kind `account`, with their author.
Hashes of passwords and keys are kept apart from the record (decision 0023). Everything here is pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from truceline.base.errors import InputError, IntegrityError, NoRightError, TakenError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.account import MAY, ROLES, Account, Right, Role
from truceline.model.entry import Entry

Happening = Literal[
    "created",
    "changed",  # role, party, actors, panel: all of them, as they are now
    "disabled",
    "enabled",
    "password_set",  # the fact only
    "linked",  # to an identity at an issuer; which one is a secret of the store
    "key_issued",
    "key_revoked",
]
KIND = "account"
KEY_DAYS_MAX = 366
OPERATOR = Account(
    name="command line", role="chair"
)  # whoever may write to the mission's folder; no account can be called so
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_RESERVED = ("public", "truceline")  # the visitor; the author of what nobody decided
_STANDING = ("created", "changed", "disabled", "enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of an API key: never the key. `rights` are all it may use; none of them: it may read."""

    prefix: str
    account: str
    rights: tuple[Right, ...]
    expires_at_us: int
    revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """Whom an account may speak for: the parties and the bodies of the mandates."""

    parties: frozenset[str]
    bodies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """All accounts and keys after some entry. Names are found whatever their case."""

    accounts: Mapping[str, Account] = field(default_factory=dict)  # by `folded` name
    standings: Mapping[str, int] = field(default_factory=dict)  # position of the entry that last changed what it may do
    keys: Mapping[str, ApiKey] = field(default_factory=dict)

    def find(self, name: str) -> Account | None:
        """The account called `name`, disabled or not."""
        return self.accounts.get(folded(name))

    def standing(self, name: str) -> int:
        """Where the record last changed what this account may do: a session made before that has ended."""
        return self.standings.get(folded(name), -1)

    def key(self, prefix: str, *, now_us: int) -> ApiKey | None:
        """The key with this prefix, where it is neither revoked nor expired and its account not disabled."""
        key = self.keys.get(prefix)
        holder = None if key is None else self.find(key.account)
        if key is None or key.revoked or now_us >= key.expires_at_us or holder is None or holder.disabled:
            return None
        return key

    def keys_of(self, name: str) -> list[ApiKey]:
        """Every key that was ever issued for this account, by prefix."""
        return sorted(
            (key for key in self.keys.values() if folded(key.account) == folded(name)), key=lambda k: k.prefix
        )

    def apply(self, position: int, entry: Entry) -> "AccountBook":
        """The book after this entry; entries of other kinds leave it as it is.

        Raises: IntegrityError: an entry that this version does not understand.
        """
        if entry.kind != KIND:
            return self
        happening = entry.detail.get("happening")
        if happening not in get_args(Happening):
            raise IntegrityError(
                f"entry {position} says {str(happening)[:40]!r} of an account, which this version does not know.",
                subject="record",
                remedy="Open the record with the version of Truceline that wrote it.",
            )
        if happening in _STANDING:
            account = _account_of(entry, self.find(entry.subject))
            return replace(
                self,
                accounts={**self.accounts, folded(entry.subject): account},
                standings={**self.standings, folded(entry.subject): position},
            )
        if happening in ("key_issued", "key_revoked"):
            key = _key_of(entry)
            return replace(self, keys={**self.keys, key.prefix: key})
        return self


def folded(name: str) -> str:
    """The form in which names are compared."""
    return name.casefold()


def plan_created(book: AccountBook, wanted: Account, *, by: Account, at_us: int, actors: Actors) -> Entry:
    """The entry that makes an account. Raises: NoRightError, TakenError, InputError."""
    _must_administer(book, by)
    name = wanted.name
    if not _NAME.fullmatch(name) or folded(name) in _RESERVED:
        raise InputError(
            f"{name[:64]!r} cannot be a name.",
            subject="account",
            remedy="Use 1 to 64 letters a-z, digits and inner . _ -, and neither 'public' nor 'truceline'.",
        )
    if book.find(name) is not None:
        raise TakenError(
            "an account of that name is or was there.",
            subject=name,
            remedy="Choose another: names are never used again.",
        )
    _check_place(wanted, actors)
    return _entry("created", wanted, by, at_us, _facts(wanted))


def plan_changed(book: AccountBook, wanted: Account, *, by: Account, at_us: int, actors: Actors) -> Entry:
    """The entry that gives an account another role, party, actors or seat. Raises: NoRightError, InputError."""
    _must_administer(book, by)
    standing = _present(book, wanted.name)
    wanted = replace(wanted, name=standing.name, disabled=standing.disabled)
    _check_place(wanted, actors)
    if not wanted.may("administer"):
        _keep_one_administrator(book, standing)
    return _entry("changed", wanted, by, at_us, _facts(wanted))


def plan_disabled(book: AccountBook, name: str, *, by: Account, at_us: int) -> Entry:
    """The entry after which this account may do nothing. Raises: NoRightError, InputError."""
    _must_administer(book, by)
    standing = _present(book, name)
    _keep_one_administrator(book, standing)
    return _entry("disabled", standing, by, at_us, {})


def plan_enabled(book: AccountBook, name: str, *, by: Account, at_us: int) -> Entry:
    """The entry after which a disabled account may enter again. Raises: NoRightError, InputError."""
    _must_administer(book, by)
    return _entry("enabled", _present(book, name), by, at_us, {})


def plan_password_set(book: AccountBook, name: str, *, by: Account, at_us: int) -> Entry:
    """The entry that says that a password was set, one's own or another's. Raises: NoRightError, InputError."""
    _must_be_own(book, by, name)
    return _entry("password_set", _present(book, name), by, at_us, {})


def plan_linked(book: AccountBook, name: str, *, issuer: str, by: Account, at_us: int) -> Entry:
    """The entry that says that an identity of `issuer` now opens this account. Raises: NoRightError, InputError."""
    _must_administer(book, by)
    return _entry("linked", _present(book, name), by, at_us, {"issuer": issuer})


def plan_key_issued(book: AccountBook, key: ApiKey, *, by: Account, at_us: int) -> Entry:
    """The entry that makes a key known by its prefix. Raises: NoRightError, InputError, TakenError."""
    _must_be_own(book, by, key.account)
    holder = _present(book, key.account)
    beyond = [right for right in key.rights if right not in MAY[holder.role]]
    if beyond or "administer" in key.rights:
        raise InputError(
            f"a key of {holder.name} ({holder.role}) cannot have: {', '.join(beyond) or 'administer'}.",
            subject=key.prefix,
            remedy="Choose among the rights of its role; accounts are administered by a person who has signed in.",
        )
    if not at_us < key.expires_at_us <= at_us + KEY_DAYS_MAX * 86_400 * US_PER_S:
        raise InputError(
            "it would expire at no time that is allowed.",
            subject=key.prefix,
            remedy=f"Let it end after now and within {KEY_DAYS_MAX} days.",
        )
    if key.prefix in book.keys:
        raise TakenError("a key of that prefix was issued.", subject=key.prefix, remedy="Issue it again.")
    return _entry("key_issued", holder, by, at_us, _key_facts(key))


def plan_key_revoked(book: AccountBook, prefix: str, *, by: Account, at_us: int) -> Entry:
    """The entry that ends a key, one's own or another's. Raises: NoRightError, InputError."""
    key = book.keys.get(prefix)
    if key is None:
        _must_administer(book, by)
        raise InputError("no such key.", subject=prefix[:80], remedy="List the keys and name one of them.")
    _must_be_own(book, by, key.account)
    return _entry("key_revoked", _present(book, key.account), by, at_us, _key_facts(replace(key, revoked=True)))


def _must_administer(book: AccountBook, by: Account) -> None:
    """Rights are read from the book, not from what the caller was when it signed in."""
    now = by if by is OPERATOR else book.find(by.name)
    if now is None or not now.may("administer"):
        raise NoRightError(
            "it may not administer accounts.", subject=by.name or "visitor", remedy="Ask the mission's administrator."
        )


def _must_be_own(book: AccountBook, by: Account, name: str) -> None:
    own = book.find(by.name)
    if own is None or own.disabled or folded(own.name) != folded(name):
        _must_administer(book, by)


def _present(book: AccountBook, name: str) -> Account:
    account = book.find(name)
    if account is None:
        raise InputError("no such account.", subject=name[:80], remedy="List the accounts and name one of them.")
    return account


def _check_place(wanted: Account, actors: Actors) -> None:
    """A party's liaison belongs to exactly one party and acts for no other; nobody else acts for a party."""
    complaint = ""
    known = actors.parties | actors.bodies
    if wanted.role not in ROLES:
        complaint = f"{str(wanted.role)[:40]!r} is no role."
    elif wanted.role == "party_liaison" and wanted.party not in actors.parties:
        complaint = f"a party's liaison names one party of the mandate, and {wanted.party[:40]!r} is none."
    elif wanted.role != "party_liaison" and wanted.party:
        complaint = f"a {wanted.role} belongs to no party."
    elif wanted.acts_for and "act" not in MAY[wanted.role]:
        complaint = f"a {wanted.role} acts for nobody."
    elif foreign := [actor for actor in wanted.acts_for if actor not in known]:
        complaint = f"the mandate names no {foreign[0][:40]!r}."
    elif other := [actor for actor in wanted.acts_for if actor in actors.parties and actor != wanted.party]:
        complaint = f"only the liaison of {other[0][:40]} acts for it."
    elif wanted.panel and "attribute" not in MAY[wanted.role]:
        complaint = f"a {wanted.role} has no seat on a panel."
    if complaint:
        raise InputError(
            complaint, subject=wanted.name[:80], remedy="See docs/decisions/0023-accounts.md for what a role may be."
        )


def _keep_one_administrator(book: AccountBook, leaving: Account) -> None:
    others = [each for each in book.accounts.values() if each.may("administer") and each.name != leaving.name]
    if leaving.may("administer") and not others:
        raise InputError(
            "it is the last account that may administer.",
            subject=leaving.name,
            remedy="Give another account the role of chair first.",
        )


def _entry(happening: Happening, account: Account, by: Account, at_us: int, facts: dict[str, object]) -> Entry:
    return Entry(
        kind=KIND,
        subject=account.name,
        author=by.name,
        known_at=stamp(at_us),
        detail={"happening": happening, **facts},
    )


def _facts(account: Account) -> dict[str, object]:
    return {
        "role": account.role,
        "party": account.party,
        "acts_for": list(account.acts_for),
        "panel": account.panel,
    }


def _account_of(entry: Entry, before: Account | None) -> Account:
    detail = entry.detail
    if detail["happening"] in ("disabled", "enabled"):
        assert before is not None, f"{entry.subject} is {detail['happening']} and was never created"
        return replace(before, disabled=detail["happening"] == "disabled")
    role: Role = next(role for role in ROLES if role == detail["role"])
    return Account(
        name=entry.subject,
        role=role,
        party=str(detail["party"]),
        acts_for=_words(detail["acts_for"]),
        panel=detail["panel"] is True,
        disabled=before is not None and before.disabled,
    )


def _key_facts(key: ApiKey) -> dict[str, object]:
    return {"prefix": key.prefix, "rights": list(key.rights), "expires_at_us": key.expires_at_us}


def _key_of(entry: Entry) -> ApiKey:
    rights = _words(entry.detail["rights"])
    expires_at_us = entry.detail["expires_at_us"]
    assert isinstance(expires_at_us, int), "an instant is a whole number"
    return ApiKey(
        prefix=str(entry.detail["prefix"]),
        account=entry.subject,
        rights=tuple(right for right in get_args(Right) if right in rights),
        expires_at_us=expires_at_us,
        revoked=entry.detail["happening"] == "key_revoked",
    )


def _words(value: object) -> tuple[str, ...]:
    assert isinstance(value, list | tuple), "a list of words"
    return tuple(str(word) for word in value)
