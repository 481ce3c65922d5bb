"""Who asks, and whether they may: what routes depend on. Rights are read from the book anew at every request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from truceline.base.errors import NoRightError, NotProvedError, NotSignedInError
from truceline.model.account import MAY, Account, Right
from truceline.run.live.accounts import AccountBook
from truceline.serve.accounts.credentials import LIFE_S, Opened, csrf_token, find_key
from truceline.serve.accounts.oidc import VISIT_S, Visit
from truceline.serve.accounts.store import Session
from truceline.serve.security.limits import Buckets
from truceline.serve.security.settings import Settings

VISITOR = Account(name="", role="public")
_BEARER = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks. `rights`: its role's, or fewer where it came with a key; `session`: only of a person signed in."""

    account: Account
    rights: tuple[Right, ...] = ()
    session: Session | None = None
    key: str = ""  # the prefix


class Gate:
    """Turns what a request carries into a caller."""

    def __init__(self, settings: Settings) -> None:
        """Buckets begin full."""
        self.settings = settings
        self._buckets = Buckets(per_min=settings.account_per_min, burst=settings.account_burst, now_us=settings.now_us)

    def caller(self, headers: Mapping[str, str], cookies: Mapping[str, str], *, using: bool = True) -> Caller:
        """Who asks; a visitor where nothing is carried.

        Raises: NotSignedInError: what is carried opens nothing, or nothing any more. TooOftenError.
        """
        book, carried = self.settings.book(), headers.get("authorization", "")
        session_id = cookies.get(self.settings.cookie, "")
        if carried:  # a cookie beside it counts for nothing
            found = self._by_key(carried, book)
        elif session_id:
            found = self._by_session(session_id, book, using)
        else:
            return Caller(account=VISITOR)
        if using:
            self._buckets.take(found.account.name)
        return found

    def _by_key(self, carried: str, book: AccountBook) -> Caller:
        text = carried[len(_BEARER) :].strip() if carried.lower().startswith(_BEARER) else ""
        key = find_key(text, self.settings.store, book, now_us=self.settings.now_us())
        account = None if key is None else book.find(key.account)
        if key is None or account is None:
            raise NotSignedInError(
                "this key opens nothing.", subject="authorization", remedy="Send 'Bearer' and a key that still holds."
            )
        rights = tuple(right for right in key.rights if account.may(right))
        return Caller(account=account, rights=rights, key=key.prefix)

    def _by_session(self, session_id: str, book: AccountBook, using: bool) -> Caller:
        session = self.settings.sessions.find(session_id, book, using=using)
        account = None if session is None else book.find(session.account)
        if session is None or account is None:
            raise NotSignedInError("it has ended.", subject="session", remedy="Sign in again.")
        return Caller(account=account, rights=MAY[account.role], session=session)


def caller(request: Request) -> Caller:
    """The caller, with session and key. Raises: NotSignedInError, TooOftenError."""
    found = gate_of(request).caller(request.headers, request.cookies)
    request.state.account = found.account
    return found


def who(request: Request) -> Account:
    """The account that asks; a visitor is an account without a name. Raises: as `caller`."""
    return caller(request).account


def needs(right: Right) -> Callable[[Request], Account]:
    """A dependency that lets only those through who have this right now.

    What administers asks besides for a proof within the last quarter of an hour, which no key can give.
    """

    def allowed(request: Request) -> Account:
        found = caller(request)
        if not found.account.name:
            raise NotSignedInError("nobody is signed in.", subject="session", remedy="Sign in, or send an API key.")
        if right not in found.rights:
            raise NoRightError(
                f"it may not {right}.", subject=found.account.name, remedy="Ask the mission's administrator."
            )
        if right == "administer":
            must_be_proved(request, found)
        return found.account

    return allowed


def must_be_proved(request: Request, found: Caller) -> None:
    """Raises: NotProvedError: the person has not given the password within the last quarter of an hour."""
    if found.session is None or not gate_of(request).settings.sessions.proved(found.session):
        raise NotProvedError(
            "this asks for the password again.", subject=found.account.name, remedy="Give it on the page 'sign in'."
        )


def still(request: Request) -> bool:
    """For a stream, before each thing it tells: whether whoever began it (`caller`) is still the same."""
    try:
        found = gate_of(request).caller(request.headers, request.cookies, using=False)
    except NotSignedInError:
        return False
    return bool(found.account == request.state.account)


def give_session(answer: Response, opened: Opened, settings: Settings) -> None:
    """Put the session's id into the cookie, where no script can read it and no other site can send it along."""
    answer.set_cookie(
        settings.cookie, opened.id, max_age=LIFE_S, path="/", secure=settings.https, httponly=True, samesite="lax"
    )


def take_session(answer: Response, settings: Settings) -> None:
    """Have the browser forget the session and what it kept of our pages. The session itself is ended in the store."""
    answer.delete_cookie(settings.cookie, path="/", secure=settings.https, httponly=True, samesite="lax")
    answer.headers["clear-site-data"] = '"cache", "cookies", "storage"'


def give_visit(answer: Response, visit: Visit, settings: Settings) -> None:
    """Have the browser that goes to an issuer keep the visit's state, so that no other can come back for it."""
    answer.set_cookie(
        settings.visit_cookie,
        visit.state,
        max_age=VISIT_S,
        path="/",
        secure=settings.https,
        httponly=True,
        samesite="lax",
    )


def visit_state(request: Request) -> str:
    """The state that `give_visit` left; empty where there is none."""
    return request.cookies.get(gate_of(request).settings.visit_cookie, "")


def form_token(request: Request) -> str:
    """The token for our own pages' forms (first field `csrf`) and scripts (header X-CSRF-Token); empty for visitors."""
    session_id = request.cookies.get(gate_of(request).settings.cookie, "")
    return csrf_token(session_id) if session_id else ""


def gate_of(request: Request) -> Gate:
    """The gate that `install` made."""
    gate = request.app.state.gate
    assert isinstance(gate, Gate), "install() was called on this app"
    return gate
