"""How a page is made: who looks at it, what its forms sent, and the templates, where every value is escaped.

The only file of the pages that knows the template engine.
"""

import functools
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.datastructures import FormData, UploadFile

from truceline.base.canonical import sha256_hex
from truceline.base.errors import (
    InputError,
    NoRightError,
    NotSignedInError,
    TrucelineError,
    UnavailableError,
    UnknownNameError,
)
from truceline.model.account import Account, Recipient, Right
from truceline.model.desk import Cursor
from truceline.run.live.desk import Desk
from truceline.run.live.watching.issuing import Issuing
from truceline.serve.api import Door
from truceline.serve.pages import words
from truceline.serve.security import VISITOR, Caller, form_token, must_be_proved
from truceline.serve.security.access import gate_of
from truceline.serve.security.problems import cut, problem_of

REFRESH = "x-truceline-refresh"  # a page that loads itself anew is not a person's request: it keeps no session alive
REFUSABLE = (InputError, NoRightError, UnavailableError)  # what a person can mend, told beside the form
_KEY_BYTES = 16
_SHORT_HASH = 12
_WORDS_MAX = 400
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_DONE = {
    "stated": "Recorded. It stands from now on; what follows is shown below.",
    "decided": "Recorded. What follows from it is worked out anew within seconds.",
    "changed": "Changed.",
    "issued": "A new issue was made.",
    "ended": "It has ended.",
    "password": "The password is changed. Every other session has ended.",
}
_NAV: tuple[tuple[str, str, Right | None], ...] = (
    ("/", "Now", None),
    ("/cases", "Cases", None),
    ("/findings", "Findings", None),
    ("/events", "Events", None),
    ("/review", "Review", "review"),
    ("/claims", "Claims", None),
    ("/bulletins", "Bulletins", None),
    ("/areas", "Areas", None),
    ("/suspensions", "Suspensions", None),
    ("/intake", "Intake", "submit"),
    ("/release", "Release", "publish"),
    ("/accounts", "Accounts", "administer"),
)
_FOR_ALL = ("/", "/cases", "/findings", "/events", "/bulletins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at a page. `csrf`: the token of its forms, empty for a visitor."""

    caller: Caller
    csrf: str = ""

    @property
    def account(self) -> Account:
        """The account; a visitor's has no name."""
        return self.caller.account

    @property
    def to(self) -> Recipient:
        """What is shown is what is released to it."""
        return self.account.recipient

    @property
    def inside(self) -> bool:
        """Whether it is one of the mission's own."""
        return self.to.kind == "mission"

    @property
    def speaks_for(self) -> tuple[str, ...]:
        """The actors of the mandate that it may state something for."""
        own = (self.account.party,) if self.account.party else ()
        return (*own, *self.account.acts_for) if self.may("act") else ()

    def may(self, right: Right) -> bool:
        """Whether it has this right now."""
        return right in self.caller.rights


class Refusal(NamedTuple):
    """Why something was not done: told beside the form that asked for it, with what was typed kept in it."""

    form: str
    about: str  # a field's name, or what else it is about
    problem: str
    remedy: str
    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sent."""

    fields: FormData = field(default_factory=FormData)

    def text(self, name: str) -> str:
        """One field, with plain line ends; empty where there is none."""
        found = self.fields.get(name, "")
        return found.replace("\r\n", "\n").strip() if isinstance(found, str) else ""

    def every(self, name: str) -> tuple[str, ...]:
        """All fields of a name."""
        return tuple(each for each in self.fields.getlist(name) if isinstance(each, str))

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen."""
        found = self.fields.get(name)
        return found if isinstance(found, UploadFile) and found.filename else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page needs: the door, the bulletins' maker."""

    door: Door
    issuing: Issuing

    @property
    def desk(self) -> Desk:
        """The mission."""
        return self.door.desk

    def page(
        self,
        request: Request,
        viewer: Viewer,
        name: str,
        values: Mapping[str, object],
        *,
        refused: Refusal | None = None,
    ) -> Response:
        """A page as an answer."""
        desk = self.desk
        at = Cursor(position=desk.position, at_us=desk.now_us())  # before anything is read: what comes later is news
        given = {
            "cursor": str(at),
            "mission": desk.mission,
            "zone": desk.mission.zone,
            "now_us": desk.now_us(),
            "viewer": viewer,
            "nav": _nav(viewer, request.url.path),
            "csrf": viewer.csrf,
            "key": self.door.settings.chance(_KEY_BYTES).hex(),
            "asset": asset_path,
            "done": _DONE.get(request.query_params.get("done", ""), ""),
            "refused": refused,
            "sent": Form(),
            **values,
        }
        content = _environment().get_template(f"{name}.html.j2").render(given)
        return Response(content, refused.status if refused else 200, media_type="text/html; charset=utf-8")


def viewer_of(request: Request) -> Viewer:
    """Who looks. Raises: NotSignedInError: the session has ended. TooOftenError."""
    using = REFRESH not in request.headers
    found = gate_of(request).caller(request.headers, request.cookies, using=using)
    request.state.account = found.account
    return Viewer(caller=found, csrf=form_token(request))


def visitor() -> Viewer:
    """Nobody in particular."""
    return Viewer(caller=Caller(account=VISITOR))


def signed_in(request: Request) -> Viewer:
    """As `viewer_of`, for pages that nobody sees without an account."""
    viewer = viewer_of(request)
    if not viewer.account.name:
        raise NotSignedInError("nobody is signed in.", subject="session", remedy="Sign in first.")
    return viewer


def with_right(right: Right) -> Callable[[Request], Viewer]:
    """As `signed_in`, for whoever has this right."""

    def allowed(request: Request) -> Viewer:
        viewer = signed_in(request)
        if not viewer.may(right):
            raise NoRightError(
                f"it may not {right}.", subject=viewer.account.name, remedy="Ask the mission's administrator."
            )
        if right == "administer":
            must_be_proved(request, viewer.caller)
        return viewer

    return allowed


async def form_of(request: Request) -> Form:
    """The form that came."""
    return Form(await request.form(max_files=1))


def refusal(error: TrucelineError, form: str) -> Refusal:
    """An error beside the form that caused it."""
    status = problem_of(error).status
    return Refusal(
        form=form,
        about=cut(error.subject),
        problem=cut(error.problem, _WORDS_MAX),
        remedy=cut(error.remedy, _WORDS_MAX),
        code=error.code,
        status=422 if status == 404 else status,
    )


def see(path: str, done: str = "") -> Response:
    """Go there next. `path` is made by us."""
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={done}" if done else path, 303)


def among(text: str, known: tuple[str, ...], about: str) -> str:
    """One of the words that a form can send. Raises: UnknownNameError."""
    if text not in known:
        raise UnknownNameError("it is none of the choices.", subject=about, remedy="Choose one of them.")
    return text


def local(path: str) -> str:
    """A path of our own that somebody asks to go back to; the first page where it is none."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return quote(path, safe="/?&=%-._~:") if ours else "/"


def outside(text: object) -> Markup:
    """Text from outside: escaped, its direction kept to itself, and signs that cannot be seen made visible."""
    parts = [
        Markup('<span class="sign">U+{:04X}</span>').format(ord(each)) if _hidden(each) else escape(each)
        for each in str(text)
    ]
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def _hidden(character: str) -> bool:
    """Whether it shows nothing of itself, or changes how what follows is shown."""
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


@functools.cache
def _asset(name: str) -> bytes:
    return files("truceline.serve").joinpath("static").joinpath(name).read_bytes()


def asset_path(name: str) -> str:
    """Where a file of our own is, with its hash: it may be kept for ever."""
    return f"/static/{name}?{sha256_hex(_asset(name))[:_SHORT_HASH]}"


def asset(name: str, *, for_ever: bool) -> Response:
    """A file of our own; asked for with its hash, it may be kept for ever."""
    kept = {"cache-control": "public, max-age=31536000, immutable" if for_ever else "no-cache"}
    return Response(_asset(name), media_type=_TYPES[name.rpartition(".")[2]], headers=kept)


@functools.cache
def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(
            lambda name: files("truceline.serve").joinpath("templates").joinpath(name).read_text("utf-8")
        ),
    )
    made.filters["outside"] = outside
    made.filters["listed"] = words.listed
    made.globals["w"] = words
    return made


def _nav(viewer: Viewer, path: str) -> list[tuple[str, str, bool]]:
    """The pages that are of any use to this viewer, and which of them this is."""
    known = bool(viewer.account.name)
    return [
        (where, title, path == where or (where != "/" and path.startswith(f"{where}/")))
        for where, title, right in _NAV
        if (viewer.may(right) if right else known or where in _FOR_ALL)
    ]
