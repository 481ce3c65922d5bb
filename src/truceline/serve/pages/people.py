"""Signing in and out, one's own sessions, keys and password, and the mission's accounts."""

from collections.abc import Callable
from typing import get_args

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import InputError, NotProvedError, NotSignedInError, TooOftenError
from truceline.model.account import MAY, ROLES, Account, Right
from truceline.run.live.accounts import folded
from truceline.serve.accounts.store import Session
from truceline.serve.api.people import issue_key, note_password, put_account, revoke_key
from truceline.serve.pages.rendering import (
    REFUSABLE,
    Form,
    Site,
    Viewer,
    among,
    form_of,
    local,
    refusal,
    see,
    signed_in,
    viewer_of,
    visitor,
    with_right,
)
from truceline.serve.security import Settings, form_token, give_session, must_be_proved, take_session

DAYS = (7, 30, 90, 366)
_REFUSED_AT_THE_DOOR = (*REFUSABLE, NotSignedInError, TooOftenError, NotProvedError)


def people_pages(site: Site) -> APIRouter:
    """`/sign-in`, `/sign-out`, `/me`, `/accounts`."""
    router, door = APIRouter(), site.door

    @router.get("/sign-in")
    def ask(request: Request, back: str = "/") -> Response:
        return site.page(request, _whoever(request), "sign_in", _sign_in(site, request, back))

    @router.post("/sign-in")
    def sign_in(request: Request, sent: Form = Depends(form_of)) -> Response:  # noqa: B008 - the framework's way
        viewer, back = _whoever(request), local(sent.text("back"))
        attempt = door.attempt(request, sent.text("name"), str(sent.fields.get("password", "")))
        session = viewer.caller.session
        try:
            again = session is not None and folded(attempt.name) == session.account
            opened = (
                door.logins.prove(session, attempt) if session is not None and again else door.logins.log_in(attempt)
            )
        except _REFUSED_AT_THE_DOOR as error:
            values = {**_sign_in(site, request, back), "sent": sent}
            return site.page(request, viewer, "sign_in", values, refused=refusal(error, "sign-in"))
        answer = see(back)
        give_session(answer, opened, door.settings)
        return answer

    @router.post("/sign-out")
    def sign_out(viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        session = _session(viewer)
        door.settings.store.end_session(session.account, session.id_hash)
        answer = see("/")
        take_session(answer, door.settings)
        return answer

    _add_me(router, site)
    _add_accounts(router, site)
    return router


def _add_me(router: APIRouter, site: Site) -> None:
    door = site.door

    def values(viewer: Viewer, key_text: str = "") -> dict[str, object]:
        account, own = viewer.account, viewer.caller.session
        return {
            "sessions": _sessions(door.settings, account),
            "own": own.id_hash if own else "",
            "proved": own is not None and door.settings.sessions.proved(own),
            "keys": door.desk.books.accounts.keys_of(account.name),
            "key_text": key_text,
            "rights": [right for right in MAY[account.role] if right != "administer"],
            "days": DAYS,
        }

    @router.get("/me")
    def me(request: Request, viewer: Viewer = Depends(signed_in)) -> Response:  # noqa: B008
        return site.page(request, viewer, "me", values(viewer))

    @router.post("/me/sessions")
    def end(viewer: Viewer = Depends(signed_in), sent: Form = Depends(form_of)) -> Response:  # noqa: B008
        held = [each.id_hash for each in _sessions(door.settings, viewer.account)]
        if sent.text("session") in held:
            door.settings.store.end_session(folded(viewer.account.name), sent.text("session"))
        return see("/me", "ended")

    @router.post("/me/password")
    def change(
        request: Request,
        viewer: Viewer = Depends(signed_in),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        account, typed = viewer.account, [str(sent.fields.get(name, "")) for name in ("password", "new", "again")]
        try:
            if typed[1] != typed[2]:
                raise InputError("the two are not the same.", subject="new password", remedy="Type it again.")
            opened = door.logins.change_password(
                _session(viewer),
                door.attempt(request, account.name, typed[0]),
                typed[1],
                lambda: note_password(door, account, account.name),
            )
        except _REFUSED_AT_THE_DOOR as error:
            return site.page(request, viewer, "me", values(viewer), refused=refusal(error, "password"))
        answer = see("/me", "password")
        give_session(answer, opened, door.settings)
        return answer

    _add_keys(router, site, values)


def _add_keys(router: APIRouter, site: Site, values: Callable[[Viewer, str], dict[str, object]]) -> None:
    door = site.door

    @router.post("/me/keys")
    def issue(
        request: Request,
        viewer: Viewer = Depends(signed_in),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        must_be_proved(request, viewer.caller)
        rights = tuple(right for right in get_args(Right) if right in sent.every("rights"))
        try:
            days = int(among(sent.text("days"), tuple(map(str, DAYS)), "days"))
            _, text = issue_key(door, viewer.account, rights, days=days)
        except REFUSABLE as error:
            return site.page(request, viewer, "me", values(viewer, ""), refused=refusal(error, "keys"))
        return site.page(request, viewer, "me", values(viewer, text))

    @router.post("/me/keys/{prefix}")
    def revoke(
        prefix: str,
        viewer: Viewer = Depends(signed_in),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        del sent
        revoke_key(door, viewer.account, prefix)
        return see("/me", "ended")


def _add_accounts(router: APIRouter, site: Site) -> None:
    door = site.door
    allowed = with_right("administer")

    def values() -> dict[str, object]:
        accounts = sorted(door.desk.books.accounts.accounts.values(), key=lambda each: folded(each.name))
        return {"accounts": accounts, "roles": ROLES, "actors": door.actors}

    @router.get("/accounts")
    def accounts(request: Request, viewer: Viewer = Depends(allowed)) -> Response:  # noqa: B008
        return site.page(request, viewer, "accounts", values())

    @router.post("/accounts")
    def put(
        request: Request,
        viewer: Viewer = Depends(allowed),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            wanted = Account(
                name=sent.text("name"),
                role=among(sent.text("role"), ROLES, "role"),  # type: ignore[arg-type]
                party=sent.text("party"),
                acts_for=sent.every("acts_for"),
                panel=bool(sent.text("panel")),
                disabled=bool(sent.text("disabled")),
            )
            put_account(door, wanted, password=str(sent.fields.get("password", "")), by=viewer.account)
        except (*REFUSABLE, TooOftenError) as error:
            told = refusal(error, f"account-{sent.text('form')}")
            return site.page(request, viewer, "accounts", {**values(), "sent": sent}, refused=told)
        return see("/accounts", "changed")


def _sign_in(site: Site, request: Request, back: str) -> dict[str, object]:
    issuer = site.desk.mission.serve.oidc_issuer
    return {"back": local(back), "csrf": form_token(request), "issuer": issuer}


def _whoever(request: Request) -> Viewer:
    """Who comes to the door; a session that has ended makes a visitor."""
    try:
        return viewer_of(request)
    except NotSignedInError:
        return visitor()


def _session(viewer: Viewer) -> Session:
    if viewer.caller.session is None:
        raise NotSignedInError("there is no session.", subject="session", remedy="Sign in with name and password.")
    return viewer.caller.session


def _sessions(settings: Settings, account: Account) -> list[Session]:
    return sorted(settings.store.sessions(folded(account.name)), key=lambda each: each.used_at_us, reverse=True)
