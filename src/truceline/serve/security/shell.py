"""What every request and every answer goes through, before and after any route.

Source: decision 0023; OWASP ASVS 5.0 V3 and V4; Fetch Metadata (Sec-Fetch-Site); RFC 9110, 7.2 (Host).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from truceline.base.errors import ForeignRequestError, TrucelineError, UnknownNameError
from truceline.model.account import Account
from truceline.record.custody import Custodian, acting
from truceline.serve.accounts.credentials import csrf_fits
from truceline.serve.accounts.logins import network_of
from truceline.serve.accounts.notes import Note
from truceline.serve.security.access import Gate
from truceline.serve.security.body import Body, Message
from truceline.serve.security.limits import Buckets
from truceline.serve.security.problems import (
    FAULT,
    Problem,
    answer_of,
    cut,
    problem_of,
    problem_of_places,
    problem_of_status,
)
from truceline.serve.security.settings import Settings

SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
_YEARS_2_S = 63_072_000
_PATH_MAX = 2_048
_REQUEST_ID_BYTES = 8
_SERVER_FAULT = 500
_MULTIPART_FIELD = re.compile(
    rb'--[^\r\n]{1,200}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n([0-9a-f]{64})\r\n', re.IGNORECASE
)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_POLICY = "content-security-policy"
HEADERS = {
    _POLICY: CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with no-referrer browsers hide the origin of our own forms, too
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}


def install(app: FastAPI, settings: Settings) -> None:
    """Put the shell around the app, and make every refusal one problem document.

    Routes learn who asks through `access.who` and `access.needs`.
    """
    app.state.gate = Gate(settings)
    app.add_middleware(Shell, settings=settings)
    refusals = Refusals(settings)
    app.add_exception_handler(TrucelineError, refusals.of_ours)
    app.add_exception_handler(RequestValidationError, refusals.of_fields)
    app.add_exception_handler(HTTPException, refusals.of_framework)
    app.add_exception_handler(Exception, refusals.of_fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the shell reads of a request before its body."""

    request: Request
    request_id: str
    address: str
    session_id: str
    body: Body = field(repr=False)

    @property
    def by_key(self) -> bool:
        """Whether it carries an API key: no browser sends one by itself, so nobody can make one do it."""
        return bool(self.request.headers.get("authorization"))


class Refusals:
    """Errors as answers, each noted in one line."""

    def __init__(self, settings: Settings) -> None:
        """Answers of faults leave by a way that the shell does not see, so they get its headers here."""
        self._settings = settings

    def of_ours(self, request: Request, error: Exception) -> Response:
        """An error of our own tree."""
        assert isinstance(error, TrucelineError), "registered for these alone"
        answer = self.refuse(request, problem_of(error))
        if problem_of(error).status == 401 and self._settings.cookie in request.cookies:
            answer.delete_cookie(self._settings.cookie, path="/", secure=self._settings.https, httponly=True)
        return answer

    def of_fields(self, request: Request, error: Exception) -> Response:
        """Fields of the wrong type or missing; what was sent is not repeated."""
        assert isinstance(error, RequestValidationError), "registered for these alone"
        places = [(".".join(map(str, found["loc"])), str(found["msg"])) for found in error.errors()]
        return self.refuse(request, problem_of_places(places))

    def of_framework(self, request: Request, error: Exception) -> Response:
        """No such route, no such method, an unreadable form."""
        assert isinstance(error, HTTPException), "registered for these alone"
        answer = self.refuse(request, problem_of_status(error.status_code))
        if allow := (error.headers or {}).get("Allow"):
            answer.headers["allow"] = allow
        return answer

    def of_fault(self, request: Request, _error: Exception) -> Response:
        """A fault of ours: its number is told, its cause is not."""
        answer = self.refuse(request, FAULT)
        harden(answer.headers, self._settings)
        return answer

    def refuse(self, request: Request, problem: Problem) -> Response:
        """The answer, and its line in the log."""
        state = request.scope.setdefault("state", {})
        request_id = str(state.get("request_id", ""))
        arrival = state.get("arrival")
        if isinstance(arrival, Arrival) and arrival.body.refusal is not None and not state.get("replaced"):
            return answer_of(problem, request, request_id)  # a consequence: the refusal of the body is told and noted
        self._settings.log(
            Note(
                at_us=self._settings.now_us(),
                event="fault" if problem.status == _SERVER_FAULT else "refused",
                code=problem.code,
                status=problem.status,
                method=cut(request.method, 10),
                path=cut(request.scope["path"]),
                account=account.name if isinstance(account := state.get("account"), Account) else "",
                address=address_of(request.scope),
                request=request_id,
            )
        )
        return answer_of(problem, request, request_id)


class Shell:
    """Pure ASGI: it looks at each request before its route does, and at each answer before it leaves."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Buckets begin full."""
        self._app, self._settings, self._refusals = app, settings, Refusals(settings)
        self._buckets = Buckets(per_min=settings.address_per_min, burst=settings.address_burst, now_us=settings.now_us)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection. WebSockets are not spoken here: nothing would check them."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrival = self._arrived(scope, receive)
        scope["state"]["arrival"] = arrival
        out = Outgoing(send, self._settings, arrival, self._refusals)
        try:
            self._check(arrival)
            await self._check_origin(arrival)
        except (TrucelineError, HTTPException) as error:
            ours = isinstance(error, TrucelineError)
            refuse = self._refusals.of_ours if ours else self._refusals.of_framework
            refusal = refuse(arrival.request, error)
            await refusal(scope, receive, out.send_unguarded)
            return
        with acting(self._custodian(scope)):
            await self._app(scope, arrival.body.receive, out.send)

    def _custodian(self, scope: Scope) -> Callable[[], Custodian]:
        """Who is given what this request reads: the account, which its route finds out, and for which address."""
        at_us = self._settings.now_us()

        def named() -> Custodian:
            account = scope["state"].get("account")
            name = account.name if isinstance(account, Account) and account.name else "a visitor"
            return Custodian(who=name, why=f"{cut(scope['method'], 10)} {cut(scope['path'])}", at_us=at_us)

        return named

    def _arrived(self, scope: Scope, receive: Receive) -> Arrival:
        request_id = self._settings.chance(_REQUEST_ID_BYTES).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        request = Request(scope)
        return Arrival(
            request=request,
            request_id=request_id,
            address=address_of(scope),
            session_id=request.cookies.get(self._settings.cookie, ""),
            body=Body(
                receive,
                bytes_max=self._settings.bytes_max(scope["path"]),
                content_type=request.headers.get("content-type", ""),
            ),
        )

    def _check(self, arrival: Arrival) -> None:
        """What can be said from the head alone. Raises: TrucelineError."""
        request, headers = arrival.request, arrival.request.headers
        self._buckets.take(network_of(arrival.address))
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._settings.is_ours(hosts[0]):
            raise ForeignRequestError(
                "it was meant for another host.",
                subject="request",
                remedy="Use an address that the server is set up for.",
            )
        if request.method not in METHODS:
            raise HTTPException(405)
        _check_path(arrival.request.scope["path"])
        arrival.body.announce(headers.get("content-length", ""))

    async def _check_origin(self, arrival: Arrival) -> None:
        """What changes something must come from our own pages, unless it carries a key. Raises: TrucelineError."""
        headers = arrival.request.headers
        if arrival.request.method in SAFE or arrival.by_key:
            return
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        own = f"{self._settings.scheme}://{headers['host']}".lower()
        same = (origin is None or origin.lower() == own) and site in (None, "same-origin")
        if not same or (origin is None and site is None):
            raise _foreign("it did not come from our own pages.")
        if not arrival.session_id:
            return
        token = headers.get(CSRF_HEADER) or _form_token(headers, await arrival.body.peek())
        if not csrf_fits(arrival.session_id, token):
            raise _foreign("it does not carry the token of its page.")


class Outgoing:
    """An answer on its way out: hardened, and replaced where its request's body had to be refused meanwhile."""

    def __init__(self, send: Send, settings: Settings, arrival: Arrival, refusals: Refusals) -> None:
        """Nothing was sent yet."""
        self._send, self._settings, self._arrival, self._refusals = send, settings, arrival, refusals
        self._replaced = False

    async def send(self, message: Message) -> None:
        """The route's answer."""
        refusal = self._arrival.body.refusal
        if message["type"] == "http.response.start" and refusal is not None and not self._replaced:
            self._replaced = self._arrival.request.scope["state"]["replaced"] = True
            answer = self._refusals.of_ours(self._arrival.request, refusal)
            await answer(self._arrival.request.scope, self._arrival.body.receive, self.send_unguarded)
        elif not self._replaced:
            await self.send_unguarded(message)

    async def send_unguarded(self, message: Message) -> None:
        """An answer of the shell's own, or one that stands."""
        if message["type"] == "http.response.start":
            harden(MutableHeaders(raw=message["headers"]), self._settings)
        await self._send(message)


def harden(headers: MutableHeaders, settings: Settings) -> None:
    """Set what every answer carries. Nothing is kept by caches but what a route says may be."""
    for name, value in HEADERS.items():
        if name != _POLICY:
            headers[name] = value
    headers.setdefault(_POLICY, CSP)  # a stored document comes with a stricter one of its own
    headers.setdefault("cache-control", "no-store")
    if settings.https:
        headers["strict-transport-security"] = f"max-age={_YEARS_2_S}; includeSubDomains"


def address_of(scope: Scope) -> str:
    """Where the connection comes from, as the server says."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _check_path(path: str) -> None:
    """A path that tries to leave its place names nothing. Raises: UnknownNameError."""
    odd = "\\" in path or not path.isprintable() or any(part in (".", "..") for part in path.split("/"))
    if odd or len(path) > _PATH_MAX:
        raise UnknownNameError("it names nothing here.", subject="path", remedy="Check the address.")


def _form_token(headers: Headers, start: bytes) -> str:
    """The token as the first field of a form; empty where there is none."""
    kind = headers.get("content-type", "").lower()
    if kind.startswith("application/x-www-form-urlencoded"):
        first = start.partition(b"&")[0].decode("ascii", "replace")
        return dict(parse_qsl(first)).get(CSRF_FIELD, "")
    match = _MULTIPART_FIELD.match(start) if kind.startswith("multipart/form-data") else None
    return match[1].decode() if match else ""


def _foreign(problem: str) -> ForeignRequestError:
    return ForeignRequestError(
        problem, subject="request", remedy="Open the page again and send it from there; a program uses an API key."
    )
