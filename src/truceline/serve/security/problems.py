"""A refusal as an answer: one problem document for programs (RFC 9457), one plain page for people.

Nothing of what came in is repeated beyond 80 characters, nothing of our own insides is shown, and what does not exist
reads like what was not released.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from truceline.base.errors import (
    DecisionError,
    ErasedError,
    ForeignRequestError,
    InputError,
    IntegrityError,
    MandateError,
    NoRightError,
    NotAllowedError,
    NotProvedError,
    NotSignedInError,
    RefusedError,
    TakenError,
    TooLargeError,
    TooOftenError,
    TrucelineError,
    UnavailableError,
    UnknownNameError,
    UnreadableError,
)

PROBLEM_TYPE = "application/problem+json"
_ECHO_MAX, _DETAIL_MAX, _PLACES_MAX = 80, 400, 5
_RETRY_S = 5
_UNLIKE_JSON = "text/html"
_AT_THE_DOOR = (NotSignedInError.code, NotProvedError.code)

# The first that fits; so a class stands before what it is derived from.
_STATUS: tuple[tuple[type[TrucelineError], int, str], ...] = (
    (NotSignedInError, 401, "Sign in first"),
    (NoRightError, 403, "Not allowed"),
    (NotProvedError, 403, "Prove it again"),
    (ForeignRequestError, 403, "Not from here"),
    (TooOftenError, 429, "Too often"),
    (RefusedError, 403, "Refused"),
    (NotAllowedError, 403, "Not allowed"),
    (DecisionError, 409, "It stands otherwise"),
    (UnknownNameError, 404, "Nothing here"),
    (ErasedError, 410, "Erased"),
    (TooLargeError, 413, "Too large"),
    (TakenError, 409, "In use"),
    (UnreadableError, 400, "Not readable"),
    (InputError, 422, "Mend and send again"),
    (MandateError, 422, "The mandate must be mended"),
    (UnavailableError, 503, "Not available now"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, for whoever asked. `retry_s`: how long to wait, where waiting helps."""

    status: int
    code: str
    title: str
    detail: str
    remedy: str
    retry_s: int = 0


NOTHING_HERE = Problem(
    status=404,
    code=UnknownNameError.code,
    title="Nothing here",
    detail="There is nothing of this name, or it is not released to you.",
    remedy="Check the name, or sign in as somebody to whom it is released.",
)
FAULT = Problem(
    status=500,
    code="fault",
    title="A fault in Truceline",
    detail="The request was not carried out.",
    remedy="Tell the mission's administrator the number of the request.",
)
_NOT_IN_ORDER = Problem(
    status=500,
    code=IntegrityError.code,
    title="The record is not in order",
    detail="The request was not carried out.",
    remedy="Tell the mission's administrator: nothing may be published, and the disk must be kept.",
)
_BY_STATUS = {
    400: ("input.unreadable", "Not readable", "The request cannot be read."),
    401: (NotSignedInError.code, "Sign in first", "Nobody knows who is asking."),
    403: (NoRightError.code, "Not allowed", "It may not be done."),
    405: ("input.method", "Not this way", "This address does not take that method."),
    413: (TooLargeError.code, "Too large", "The request is too large."),
    415: ("input.media-type", "Not this kind", "This address does not take that kind of content."),
}


def problem_of(error: TrucelineError) -> Problem:
    """What is told of an error."""
    if isinstance(error, IntegrityError):
        return _NOT_IN_ORDER
    if isinstance(error, UnknownNameError):
        return NOTHING_HERE
    status, title = next(
        ((status, title) for kind, status, title in _STATUS if isinstance(error, kind)), (400, "Refused")
    )
    retry_s = error.wait_s if isinstance(error, TooOftenError) else _RETRY_S * (status == 503)
    return Problem(
        status=status,
        code=error.code,
        title=title,
        detail=f"{cut(error.subject)}: {cut(error.problem, _DETAIL_MAX)}",
        remedy=cut(error.remedy, _DETAIL_MAX),
        retry_s=retry_s,
    )


def problem_of_status(status: int) -> Problem:
    """What is told where the framework itself refuses."""
    if status == 404:
        return NOTHING_HERE
    code, title, detail = _BY_STATUS.get(status, ("input", "Refused", "The request was refused."))
    return Problem(status=status, code=code, title=title, detail=detail, remedy="See the description of the interface.")


def problem_of_places(places: Sequence[tuple[str, str]]) -> Problem:
    """What is told where fields of a request are not as described: each place and what is wrong there."""
    told = "; ".join(f"{cut(place)}: {cut(words)}" for place, words in places[:_PLACES_MAX])
    more = len(places) - _PLACES_MAX
    return Problem(
        status=422,
        code=InputError.code,
        title="Mend and send again",
        detail=cut(told, _DETAIL_MAX) + (f"; and {more} more" if more > 0 else ""),
        remedy="See the description of the interface.",
    )


def cut(text: str, most: int = _ECHO_MAX) -> str:
    """At most so many characters, and none that could move a cursor or begin a line."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text[:most])
    return shown + "…" * (len(text) > most)


def answer_of(problem: Problem, request: Request, request_id: str) -> Response:
    """The answer, for a program or for a browser that asked for a page."""
    headers = {"cache-control": "no-store"}
    if problem.retry_s:
        headers["retry-after"] = str(problem.retry_s)
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    if _UNLIKE_JSON in request.headers.get("accept", ""):
        return Response(_page(problem, request, request_id), problem.status, headers, "text/html; charset=utf-8")
    said: dict[str, object] = {
        "type": f"urn:truceline:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "remedy": problem.remedy,
        "request": request_id,
    }
    return Response(json.dumps(said, ensure_ascii=False), problem.status, headers, PROBLEM_TYPE)


def _page(problem: Problem, request: Request, request_id: str) -> str:
    """Told as a page that looks like the others; where signing in helps, the way there and back."""
    words = (problem.title, problem.detail, problem.remedy, problem.code, request_id)
    title, detail, remedy, code, number = (html.escape(word) for word in words)
    back = quote(request.url.path) if request.method == "GET" else "/"
    where, said = (f"/sign-in?back={back}", "Sign in") if problem.code in _AT_THE_DOOR else ("/", "To the first page")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>{title}</title>\n<link rel="stylesheet" href="/static/pages.css">'
        '<script src="/static/pages.js" defer></script></head>\n<body data-refused><main id="main">\n'
        f'<h1>{title}</h1>\n<div class="told warn"><p>{detail}</p>\n<p>{remedy}</p></div>\n'
        f'<p><a class="button" href="{where}">{said}</a></p>\n'
        f'<p class="soft"><small>{code} · {number}</small></p>\n</main></body></html>\n'
    )
