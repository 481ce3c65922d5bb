"""Who is signed in, accounts and keys: over JSON. Secrets go into the store, facts into the record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import NotSignedInError, UnknownNameError
from truceline.base.units import US_PER_S
from truceline.model.account import Account, Right
from truceline.model.entry import Entry
from truceline.run.live.accounts import (
    AccountBook,
    Actors,
    ApiKey,
    folded,
    plan_changed,
    plan_created,
    plan_disabled,
    plan_enabled,
    plan_key_issued,
    plan_key_revoked,
    plan_linked,
    plan_password_set,
)
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Write
from truceline.run.live.state.books import Books
from truceline.serve.accounts.credentials import new_key
from truceline.serve.accounts.logins import Attempt, Logins
from truceline.serve.accounts.oidc import OidcLogin
from truceline.serve.accounts.store import Session
from truceline.serve.api.answers import REFUSALS, body
from truceline.serve.api.bodies import AccountBody, IdentityBody, KeyBody, PasswordBody, SignInBody
from truceline.serve.security import (
    Caller,
    Settings,
    caller,
    form_token,
    give_session,
    give_visit,
    must_be_proved,
    needs,
    take_session,
    visit_state,
)

_DAY_US = 86_400 * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What signing in needs: the desk, the logins, the shell's settings."""

    desk: Desk
    logins: Logins
    settings: Settings
    issuer: OidcLogin | None = None  # where people may sign in elsewhere

    @property
    def actors(self) -> Actors:
        """Whom accounts can speak for."""
        mandates = self.desk.mandates
        return Actors(
            parties=frozenset(party.name for mandate in mandates for party in mandate.parties),
            bodies=frozenset(body.name for mandate in mandates for body in mandate.bodies),
        )

    def attempt(self, request: Request, name: str, password: str) -> Attempt:
        """What somebody typed, from where."""
        address = request.client.host if request.client else ""
        replacing = request.cookies.get(self.settings.cookie, "")
        return Attempt(name=name, password=password, address=address, replacing=replacing)

    def write(self, by: Account, make: Callable[[AccountBook, int], Iterable[Entry]]) -> None:
        """Entries about accounts, durable when this returns. Raises: what the book refuses."""

        def made(books: Books, _by: Account, now_us: int) -> Iterable[Entry]:
            return make(books.accounts, now_us)

        self.desk.ask(Write(make=made), by=by).result()


def people_router(door: Door) -> APIRouter:
    """`/me`, `/session`, `/keys`, `/accounts`. Routes are plain functions: they hash, and run on worker threads."""
    router = APIRouter(tags=["accounts"], responses=REFUSALS)

    @router.get("/me", summary="Who you are here, and what you may do")
    def me(request: Request, asking: Caller = Depends(caller)) -> Response:  # noqa: B008 - the framework's way
        account = asking.account
        return body(
            {
                "name": account.name,
                "role": account.role,
                "party": account.party,
                "acts_for": list(account.acts_for),
                "panel": account.panel,
                "rights": list(asking.rights),
                "csrf": form_token(request),
            }
        )

    @router.post("/session", summary="Sign in", status_code=201)
    def sign_in(said: SignInBody, request: Request) -> Response:
        opened = door.logins.log_in(door.attempt(request, said.name, said.password))
        answer = body({"account": opened.session.account}, 201)
        give_session(answer, opened, door.settings)
        return answer

    @router.put("/session", summary="Give the password again, for what administers")
    def prove(said: SignInBody, request: Request, asking: Caller = Depends(caller)) -> Response:  # noqa: B008
        opened = door.logins.prove(_session(asking), door.attempt(request, said.name, said.password))
        answer = body({"account": opened.session.account})
        give_session(answer, opened, door.settings)
        return answer

    @router.delete("/session", summary="Sign out", status_code=204)
    def sign_out(asking: Caller = Depends(caller), everywhere: bool = False) -> Response:  # noqa: B008
        session = _session(asking)
        door.settings.store.end_session(session.account, "" if everywhere else session.id_hash)
        answer = Response(status_code=204)
        take_session(answer, door.settings)
        return answer

    @router.put("/password", summary="Change your password; every other session ends")
    def change(said: PasswordBody, request: Request, asking: Caller = Depends(caller)) -> Response:  # noqa: B008
        session, account = _session(asking), asking.account
        attempt = door.attempt(request, account.name, said.password)
        opened = door.logins.change_password(
            session, attempt, said.new, lambda: note_password(door, account, account.name)
        )
        answer = body({"account": account.name})
        give_session(answer, opened, door.settings)
        return answer

    _add_keys(router, door)
    _add_accounts(router, door)
    _add_issuer(router, door)
    return router


def _add_issuer(router: APIRouter, door: Door) -> None:
    @router.get("/oidc", summary="Sign in at the mission's issuer", status_code=303, response_class=Response)
    def go() -> Response:
        visit = _issuer(door).begin()
        answer = Response(status_code=303, headers={"location": visit.url})
        give_visit(answer, visit, door.settings)
        return answer

    @router.get(
        "/oidc/callback", summary="Where the issuer sends people back", status_code=303, response_class=Response
    )
    def back(request: Request) -> Response:
        name = _issuer(door).finish(dict(request.query_params), state=visit_state(request))
        opened = door.logins.log_in_vouched(name, door.attempt(request, name, ""))
        answer = Response(status_code=303, headers={"location": "/"})
        give_session(answer, opened, door.settings)
        return answer

    @router.put("/accounts/{name}/identity", summary="Let an identity at the issuer open an account")
    def link(name: str, said: IdentityBody, by: Account = Depends(needs("administer"))) -> Response:  # noqa: B008
        _issuer(door)
        issuer = door.desk.mission.serve.oidc_issuer
        door.write(by, lambda book, at_us: [plan_linked(book, name, issuer=issuer, by=by, at_us=at_us)])
        door.settings.store.link(issuer, said.subject, folded(name))
        return body({"account": name, "issuer": issuer})


def _issuer(door: Door) -> OidcLogin:
    if door.issuer is None:
        raise UnknownNameError(
            "this mission names no issuer.", subject="sign-in", remedy="Sign in with name and password."
        )
    return door.issuer


def _add_keys(router: APIRouter, door: Door) -> None:
    @router.get("/keys", summary="Your API keys, by their beginning")
    def keys(asking: Caller = Depends(caller)) -> Response:  # noqa: B008
        account = _signed_in(asking)
        return body({"keys": [_key_view(key) for key in door.desk.books.accounts.keys_of(account.name)]})

    @router.post("/keys", summary="A new API key, shown once", status_code=201)
    def issue(said: KeyBody, request: Request, asking: Caller = Depends(caller)) -> Response:  # noqa: B008
        account = _signed_in(asking)
        must_be_proved(request, asking)
        key, text = issue_key(door, account, tuple(said.rights), days=said.days)
        return body({**_key_view(key), "key": text}, 201)

    @router.delete("/keys/{prefix}", summary="End a key", status_code=204)
    def revoke(prefix: str, request: Request, asking: Caller = Depends(caller)) -> Response:  # noqa: B008
        by = _signed_in(asking)
        if prefix not in {key.prefix for key in door.desk.books.accounts.keys_of(by.name)}:
            must_be_proved(request, asking)  # another's key, or none: whoever administers
        revoke_key(door, by, prefix)
        return Response(status_code=204)


def _add_accounts(router: APIRouter, door: Door) -> None:
    @router.get("/accounts", summary="All accounts")
    def accounts(by: Account = Depends(needs("administer"))) -> Response:  # noqa: B008
        del by
        return body({"accounts": [_account_view(each) for each in door.desk.books.accounts.accounts.values()]})

    @router.put("/accounts/{name}", summary="Make or change an account")
    def put(name: str, said: AccountBody, by: Account = Depends(needs("administer"))) -> Response:  # noqa: B008
        wanted = Account(
            name=name,
            role=said.role,
            party=said.party,
            acts_for=tuple(said.acts_for),
            panel=said.panel,
            disabled=said.disabled,
        )
        return body(_account_view(put_account(door, wanted, password=said.password, by=by)))


def issue_key(door: Door, account: Account, rights: tuple[Right, ...], *, days: int) -> tuple[ApiKey, str]:
    """A new key of an account, and its text, which is shown once. Raises: NoRightError, InputError."""
    made, now_us = new_key(door.settings.chance), door.desk.now_us()
    key = ApiKey(prefix=made.prefix, account=account.name, rights=rights, expires_at_us=now_us + days * _DAY_US)
    door.settings.store.keep_key(made.prefix, made.hashed)
    door.write(account, lambda book, at_us: [plan_key_issued(book, key, by=account, at_us=at_us)])
    return key, made.text


def revoke_key(door: Door, by: Account, prefix: str) -> None:
    """End a key. Raises: NoRightError, InputError."""
    door.write(by, lambda book, at_us: [plan_key_revoked(book, prefix, by=by, at_us=at_us)])
    door.settings.store.forget_key(prefix)


def put_account(door: Door, wanted: Account, *, password: str, by: Account) -> Account:
    """Make or change an account, and set its password where one is given. Raises: NoRightError, InputError."""
    door.write(by, lambda book, at_us: _planned(book, wanted, by=by, at_us=at_us, actors=door.actors))
    if password:
        door.logins.set_password(wanted.name, password, lambda: note_password(door, by, wanted.name))
    standing = door.desk.account(wanted.name)
    assert standing is not None, "it was just written"
    return standing


def _planned(book: AccountBook, wanted: Account, *, by: Account, at_us: int, actors: Actors) -> list[Entry]:
    """What makes an account what it is to be."""
    standing = book.find(wanted.name)
    if standing is None:
        return [plan_created(book, wanted, by=by, at_us=at_us, actors=actors)]
    entries = []
    if wanted.disabled and not standing.disabled:
        entries.append(plan_disabled(book, wanted.name, by=by, at_us=at_us))
    if not wanted.disabled and standing.disabled:
        entries.append(plan_enabled(book, wanted.name, by=by, at_us=at_us))
    facts = (standing.role, standing.party, standing.acts_for, standing.panel)
    if facts != (wanted.role, wanted.party, wanted.acts_for, wanted.panel):
        entries.append(plan_changed(book, wanted, by=by, at_us=at_us, actors=actors))
    return entries


def note_password(door: Door, by: Account, name: str) -> None:
    """Put into the record that an account has a new password, and nothing of it."""
    door.write(by, lambda book, at_us: [plan_password_set(book, name, by=by, at_us=at_us)])


def _session(asking: Caller) -> Session:
    if asking.session is None:
        raise NotSignedInError("there is no session.", subject="session", remedy="Sign in with name and password.")
    return asking.session


def _signed_in(asking: Caller) -> Account:
    if not asking.account.name:
        raise NotSignedInError("nobody is signed in.", subject="session", remedy="Sign in, or send an API key.")
    return asking.account


def _key_view(key: ApiKey) -> dict[str, object]:
    return {
        "prefix": key.prefix,
        "rights": list(key.rights),
        "expires_at_us": key.expires_at_us,
        "revoked": key.revoked,
    }


def _account_view(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role,
        "party": account.party,
        "acts_for": list(account.acts_for),
        "panel": account.panel,
        "disabled": account.disabled,
    }
