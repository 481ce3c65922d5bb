"""Pages for people: plain HTML made here, readable on a phone, usable without a script and without a mouse.

In: requests of browsers; the same released tables and the same operations that the API has. Out: HTML.
Promises: what a page shows was released to whoever looks; every value is escaped; a refused form comes back with its
    reason and with what was typed; a page needs no script, and no file from elsewhere.
Trusts: `security/` for who asks and where a form comes from; the browser to keep to the policy that is sent along.
To change what every page has open rendering.py and templates/base.html.j2; how a row reads, words.py; the first page,
areas, suspensions: home.py; cases: cases.py; findings, events, claims: findings.py; the queue: review.py; bulletins,
releases, intake: files.py; accounts and sign-in: people.py; the look: static/pages.css; keys, clocks, live news:
static/pages.js.
"""

from typing import Literal

from fastapi import APIRouter, Request, Response

from truceline.run.live.watching.issuing import Issuing
from truceline.serve.api import Door
from truceline.serve.pages.cases import cases_pages
from truceline.serve.pages.files import UPLOAD, files_pages
from truceline.serve.pages.findings import findings_pages
from truceline.serve.pages.home import home_pages
from truceline.serve.pages.people import people_pages
from truceline.serve.pages.rendering import Site, asset
from truceline.serve.pages.review import review_pages

__all__ = ["UPLOAD", "pages_router"]


def pages_router(door: Door, issuing: Issuing) -> APIRouter:
    """Every page. They are not in the description of the API."""
    router = APIRouter(include_in_schema=False)
    site = Site(door=door, issuing=issuing)

    @router.get("/static/{name}")
    def static(name: Literal["pages.css", "pages.js"], request: Request) -> Response:
        return asset(name, for_ever=bool(request.url.query))

    for part in (home_pages, cases_pages, findings_pages, review_pages, files_pages, people_pages):
        router.include_router(part(site))
    return router
