"""Signing in with a password, and how fast one may guess.

Whether an account exists shows neither in words nor in work nor in waiting: every attempt counts failures, hashes once
and says the same. A wait grows twofold and has an upper end, so nobody is locked out for ever; whoever signed in from
an address lately is not held up by what others guess from elsewhere.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from truceline.base.errors import InputError, NotSignedInError, TooOftenError
from truceline.base.units import US_PER_S
from truceline.run.live.accounts import AccountBook, folded
from truceline.serve.accounts.credentials import Opened, Sessions
from truceline.serve.accounts.notes import Log, Note
from truceline.serve.accounts.passwords import Passwords, refuse_weak
from truceline.serve.accounts.store import FAILURES_KEPT_S, SecretStore, Session

FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 4, 20  # failures before the first wait
WAIT_S_MAX = 15 * 60
_NAME_MAX = 64
_WRONG = "Check name and password, or ask the mission's administrator."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody typed, and from where. `replacing`: the session's id that came along, if any."""

    name: str
    password: str = field(repr=False)
    address: str
    replacing: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """All that a password does. It hashes: call it from a worker thread (a route made with `def`)."""

    store: SecretStore
    passwords: Passwords
    sessions: Sessions
    book: Callable[[], AccountBook]
    now_us: Callable[[], int]
    log: Log
    mission: str

    def log_in(self, attempt: Attempt) -> Opened:
        """A new session. Raises: NotSignedInError, TooOftenError: nothing was done but count."""
        name = self._checked(attempt)
        opened = self.sessions.open(self.book(), name, replacing=attempt.replacing)
        self._note("signed_in", attempt)
        return opened

    def log_in_vouched(self, account: str, attempt: Attempt) -> Opened:
        """A new session for the account that an issuer's answer opens. Raises: NotSignedInError: it is disabled."""
        found, by_name = self.book().find(account), replace(attempt, name=account)
        if found is None or found.disabled:
            self._note("sign_in_failed", by_name, NotSignedInError.code)
            raise NotSignedInError("the issuer's answer opens no account here.", subject="sign-in", remedy=_WRONG)
        opened = self.sessions.open(self.book(), found.name, replacing=attempt.replacing)
        self._note("signed_in", by_name)
        return opened

    def prove(self, session: Session, attempt: Attempt) -> Opened:
        """Ask for the password again: the session goes on under a new id. Raises: as `log_in`."""
        self._must_be_own(session, attempt)
        self._checked(attempt)
        renewed = self.sessions.renew(session)
        self._note("proved", attempt)
        return renewed

    def change_password(self, session: Session, attempt: Attempt, new: str, told: Callable[[], None]) -> Opened:
        """Take a new password for one's own account, the old one given: every other session ends.

        Args:
            told: puts the fact into the record; nothing is changed where it raises.

        Raises: as `log_in`; InputError: the new one is too weak.
        """
        self._must_be_own(session, attempt)
        name = self._checked(attempt)
        self.set_password(name, new, told)
        opened = self.sessions.open(self.book(), name)
        self._note("password_set", attempt)
        return opened

    def set_password(self, name: str, new: str, told: Callable[[], None]) -> None:
        """Set an account's password; its sessions end. The caller has checked that this may be done.

        Raises: InputError: too weak. TooOftenError. Whatever `told` raises.
        """
        refuse_weak(new, names=(name, self.mission))
        kept = self.passwords.hash(new)
        told()
        self.store.keep_password(folded(name), kept)

    def _checked(self, attempt: Attempt) -> str:
        """The name as the book writes it, where the password is its own."""
        name = folded(attempt.name[:_NAME_MAX])
        scopes = self._scopes(name, attempt.address)
        self._wait(scopes, attempt)
        kept = self.store.password_hash(name)
        holds = self.passwords.holds(kept, attempt.password)
        account = self.book().find(name)
        if not holds or account is None or account.disabled:
            self.store.add_failure(list(scopes), self.now_us())
            self._note("sign_in_failed", attempt, NotSignedInError.code)
            raise NotSignedInError("name and password do not belong together.", subject="sign-in", remedy=_WRONG)
        self.store.clear_failures([scope for scope, free in scopes.items() if free == FREE_OF_ACCOUNT])
        self.store.keep_address(name, network_of(attempt.address), self.now_us())
        if self.passwords.outdated(kept):
            self.store.refresh_hash(name, kept, self.passwords.hash(attempt.password))
        return account.name

    def _scopes(self, name: str, address: str) -> dict[str, int]:
        """Where failures are counted, and how many are free there."""
        network = network_of(address)
        known = self.store.knows_address(name, network)
        own = f"known {network} {name}" if known else f"account {name}"
        return {own: FREE_OF_ACCOUNT, f"address {network}": FREE_OF_ADDRESS}

    def _wait(self, scopes: dict[str, int], attempt: Attempt) -> None:
        """Raises: TooOftenError, before anything is hashed; an attempt that is refused so is not counted."""
        now_us = self.now_us()
        waits_s = [self._wait_s(scope, free, now_us) for scope, free in scopes.items()]
        if max(waits_s) > 0:
            self._note("sign_in_failed", attempt, TooOftenError.code)
            raise TooOftenError("there were too many attempts.", subject="sign-in", wait_s=max(waits_s))

    def _wait_s(self, scope: str, free: int, now_us: int) -> int:
        seen = self.store.failures(scope)
        since_us = max(0, now_us - seen.last_at_us)
        if seen.count < free or since_us >= FAILURES_KEPT_S * US_PER_S:
            return 0
        wait_us = min(WAIT_S_MAX, 1 << min(seen.count - free, 20)) * US_PER_S
        return max(0, -(-(wait_us - since_us) // US_PER_S))

    def _must_be_own(self, session: Session, attempt: Attempt) -> None:
        if folded(attempt.name) != session.account:
            raise InputError("it is another account's.", subject="password", remedy="Sign in as that account instead.")

    def _note(self, event: str, attempt: Attempt, code: str = "") -> None:
        name = (
            attempt.name if self.book().find(attempt.name) else ""
        )  # a password is often typed where the name belongs
        self.log(Note(at_us=self.now_us(), event=event, code=code, account=name, address=attempt.address))


def network_of(address: str) -> str:
    """The address, or for IPv6 the /64 that one household or office has; what is none stays as it is, cut short."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_NAME_MAX]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
