"""Who may do what over HTTP: every route of the app by every role. A new route without a line here fails."""

import re
from collections.abc import Iterator

import pytest
from tests.serve.house import ROLES, House, opened, routes_of

ANYBODY, INSIDE = frozenset(ROLES), frozenset(ROLES) - {"visitor", "public", "ALPHA", "BETA", "auditor"}
READERS = INSIDE | {"auditor"}
SIGNED_IN = ANYBODY - {"visitor"}
SUBMIT = frozenset(("ALPHA", "BETA", "watch_officer", "analyst", "reviewer", "liaison"))
ACT = frozenset(("ALPHA", "BETA", "watch_officer", "liaison", "chair"))
REVIEW = frozenset(("reviewer",))
PUBLISH = frozenset(("reporting_officer", "chair"))
ATTRIBUTE = frozenset(("analyst", "reviewer", "legal", "chair"))
OPEN = frozenset(("watch_officer", "chair"))
STATE = ACT | REVIEW | ATTRIBUTE
NOBODY_BY_KEY: frozenset[str] = frozenset()  # a person signs in for it, and gives the password again

# Who is let through to what a route does. What then is there to see or to change, the route's own tests say.
MAY_ASK: dict[str, frozenset[str]] = {
    "GET /openapi.json": ANYBODY,
    "GET /api/mission": ANYBODY,
    "GET /api/areas": ANYBODY,
    "POST /api/areas/{name}": ACT,
    "GET /api/suspensions": ANYBODY,
    "POST /api/suspensions/{subject}": ACT,
    "GET /api/clock": ANYBODY,
    "POST /api/clock": NOBODY_BY_KEY,
    "GET /api/entries": READERS,
    "GET /api/me": ANYBODY,
    "POST /api/session": ANYBODY,
    "PUT /api/session": NOBODY_BY_KEY,
    "DELETE /api/session": NOBODY_BY_KEY,
    "PUT /api/password": NOBODY_BY_KEY,
    "GET /api/oidc": ANYBODY,
    "GET /api/oidc/callback": ANYBODY,
    "PUT /api/accounts/{name}/identity": NOBODY_BY_KEY,
    "GET /api/keys": SIGNED_IN,
    "POST /api/keys": NOBODY_BY_KEY,
    "DELETE /api/keys/{prefix}": NOBODY_BY_KEY,  # of others' keys; its own any account may end
    "GET /api/accounts": NOBODY_BY_KEY,
    "PUT /api/accounts/{name}": NOBODY_BY_KEY,
    "GET /api/cases": ANYBODY,
    "GET /api/cases/{case_id}": ANYBODY,
    "POST /api/cases": OPEN,
    "POST /api/cases/{case_id}/statements": STATE,
    "POST /api/cases/{case_id}/attribution": ATTRIBUTE,
    "POST /api/cases/{case_id}/migration": NOBODY_BY_KEY,
    "GET /api/events": ANYBODY,
    "GET /api/events/{event_id}": ANYBODY,
    "GET /api/findings": ANYBODY,
    "GET /api/findings/{finding_id}": ANYBODY,
    "GET /api/items/{kind}": ANYBODY,
    "GET /api/claims/reconciled": ANYBODY,
    "GET /api/counts/{kind}": ANYBODY,
    "GET /api/coverage": ANYBODY,
    "GET /api/search": ANYBODY,
    "POST /api/events/{event_id}/reviews": REVIEW,
    "GET /api/reviews/queue": REVIEW,
    "POST /api/reviews/samples": REVIEW,
    "GET /api/reviews/samples/{name}": REVIEW,
    "GET /api/reviews/samples/{name}/quality": REVIEW,
    "GET /api/intake": SUBMIT,
    "POST /api/intake/{feed}": SUBMIT,
    "GET /api/intake/{feed}/{batch}/rows": SUBMIT,
    "GET /api/intake/{feed}/{batch}/rows/{row}": SUBMIT,
    "GET /api/export/{kind}.cot": ANYBODY,
    "GET /api/export/{kind}.{ending}": ANYBODY,
    "GET /api/bulletins": ANYBODY,
    "GET /api/bulletins/{bulletin_id}/{language}.{ending}": ANYBODY,
    "POST /api/bulletins/{bulletin_id}/issues": PUBLISH,
    "POST /api/releases": PUBLISH,
    "GET /api/receipts": ANYBODY,
    "GET /api/media/{sha256}": ANYBODY,
    "GET /ogc": ANYBODY,
    "GET /ogc/conformance": ANYBODY,
    "GET /ogc/collections": ANYBODY,
    "GET /ogc/collections/{collectionId}": ANYBODY,
    "GET /ogc/collections/{collectionId}/items": ANYBODY,
    "GET /ogc/collections/{collectionId}/items/{featureId}": ANYBODY,
    "GET /stream": ANYBODY,
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /metrics": READERS,
}
NOT_A_RIGHT = ("POST /api/session",)  # signing in: open to anybody, slowed down
ENDLESS = ("GET /stream",)
QUERY = {"GET /api/search": "?q=fire", "GET /api/entries": "?kind=raw&subject=none"}
BODY: dict[str, dict[str, object]] = {  # that passes the checks of fields, so that what answers is the route
    "POST /api/areas/{name}": {"kind": "withdrawn"},
    "POST /api/suspensions/{subject}": {"kind": "voted", "actor": "NOBODY", "result": "yes"},
    "POST /api/clock": {"reason": "it is right"},
    "PUT /api/session": {"name": "al", "password": "wrong"},
    "PUT /api/password": {"password": "wrong", "new": "a bridge of seven long planks"},
    "POST /api/session": {"name": "nobody", "password": "wrong"},
    "POST /api/keys": {"rights": [], "days": 1},
    "PUT /api/accounts/{name}": {"role": "chair"},
    "PUT /api/accounts/{name}/identity": {"subject": "somebody"},
    "POST /api/cases": {"finding_id": "fnd-none", "words": "it is needed"},
    "POST /api/cases/{case_id}/statements": {"kind": "noted", "words": "a note"},
    "POST /api/cases/{case_id}/attribution": {"party": "ALPHA"},
    "POST /api/cases/{case_id}/migration": {"mandate_sha256": "0" * 64, "words": "it is newer"},
    "POST /api/events/{event_id}/reviews": {"act": "confirm"},
    "POST /api/reviews/samples": {"name": "drawn", "from_us": 0, "share_permille": 100, "seed": "s"},
    "POST /api/releases": {"act": "embargo", "items": ["evt-none"], "reason": "asked for"},
}
SHUT = (401, 403)
PAGES = re.compile(r"GET|POST")


@pytest.fixture(scope="module")
def served_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(tmp_path_factory.mktemp("rights") / "mission")
    yield made
    made.close()


def lines_of(house: House) -> list[str]:
    """Every route for programs; the pages have a table of their own, but for what they have no line of."""
    return [f"{method} {path}" for method, path in routes_of(house.made.app) if is_for_programs(path)]


def is_for_programs(path: str) -> bool:
    return path.startswith(("/api", "/ogc")) or path in ("/openapi.json", "/stream", "/health", "/ready", "/metrics")


def test_every_route_for_programs_has_a_line(served_house: House) -> None:
    assert set(lines_of(served_house)) == set(MAY_ASK)


def test_whatever_changes_anything_needs_a_right(served_house: House) -> None:
    unsafe = [line for line in MAY_ASK if not line.startswith("GET ")]
    assert [line for line in unsafe if MAY_ASK[line] == ANYBODY] == list(NOT_A_RIGHT)


@pytest.mark.parametrize("line", [line for line in MAY_ASK if line not in ENDLESS])
def test_a_route_lets_through_who_may_and_nobody_else(served_house: House, line: str) -> None:
    method, path = line.split(" ", 1)
    asked = re.sub(r"\{\w+\}", "none", path) + QUERY.get(line, "")
    let_through = set()
    for role, account in ROLES.items():
        more = {"json": BODY[line]} if line in BODY else {}
        headers = {} if account else {"origin": "http://127.0.0.1:8040"}
        answer = served_house.ask(method, asked, account, headers=headers, **more)
        assert answer.status_code < 500, answer.text
        refused = answer.status_code in SHUT or (line == "GET /api/entries" and answer.status_code == 404)
        if (
            not refused
            or "speak for" in answer.text
            or "seat on the panel" in answer.text
            or "moves no team" in answer.text
        ):
            let_through.add(role)
    if line == "POST /api/session":
        let_through = set(ROLES)  # 401 is its answer to a wrong password
    assert let_through == MAY_ASK[line]


def test_no_page_lets_a_visitor_change_anything(served_house: House) -> None:
    for method, path in routes_of(served_house.made.app):
        if is_for_programs(path) or method in ("GET", "MOUNT"):
            continue
        asked = re.sub(r"\{[^}]+\}", "none", path)
        before = served_house.made.desk.position
        answer = served_house.ask(method, asked, headers={"origin": "http://127.0.0.1:8040"}, data={"a": "b"})
        assert answer.status_code in (400, 401, 403, 404, 422, 303), f"{method} {path}: {answer.status_code}"
        assert answer.status_code != 303 or "sign-in" in answer.headers["location"], path
        assert served_house.made.desk.position == before, path


def test_an_unknown_path_or_method_does_nothing(served_house: House) -> None:
    for method in ("PATCH", "DELETE", "TRACE", "PROPFIND"):
        answer = served_house.ask(method, "/api/events", "chair")
        assert answer.status_code == 405
    assert served_house.get("/api/nothing", "chair").status_code == 404
