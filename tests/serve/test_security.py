"""The shell around every route, asked over HTTP as a browser, a program and an attacker would."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import anyio
import httpx
import pytest
from fastapi import Depends, FastAPI, Form, Request, Response, UploadFile
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.conftest import budget
from tests.serve.accounts.small import ACTORS, BETTER, GOOD, HOME, Clock, Door, attempt

from truceline.base.errors import (
    InputError,
    IntegrityError,
    TooLargeError,
    TooOftenError,
    UnavailableError,
    UnknownNameError,
)
from truceline.base.units import US_PER_S
from truceline.model.account import Account
from truceline.run.live.accounts import OPERATOR, ApiKey, plan_changed, plan_disabled, plan_key_issued, plan_key_revoked
from truceline.serve.accounts.credentials import IDLE_S, PROVED_S, Opened, csrf_token, new_key
from truceline.serve.accounts.oidc import Visit
from truceline.serve.accounts.opening import open_store
from truceline.serve.security import (
    Settings,
    form_token,
    give_session,
    give_visit,
    install,
    needs,
    still,
    take_session,
    visit_state,
    who,
)
from truceline.serve.security.body import DEPTH_MAX, DepthScanner
from truceline.serve.security.limits import BUCKETS_MAX, Buckets
from truceline.serve.security.problems import cut, problem_of

URL = "http://127.0.0.1:8000"
OURS = {"origin": URL, "sec-fetch-site": "same-origin"}


class Sent(BaseModel):
    words: str
    number: int = 0


def small_app(settings: Settings, done: list[str]) -> FastAPI:
    """A few routes such as a mission has; `done` holds what took effect."""
    app = FastAPI()

    @app.get("/who")
    def show(account: Annotated[Account, Depends(who)], request: Request) -> dict[str, object]:
        return {"name": account.name, "role": account.role, "token": form_token(request)}

    @app.post("/intake/observations", dependencies=[Depends(needs("submit"))])
    @app.post("/observations", dependencies=[Depends(needs("submit"))])
    def submit(sent: Sent) -> dict[str, int]:
        done.append(f"submitted {len(sent.words)}")
        return {"number": sent.number}

    @app.post("/form", dependencies=[Depends(needs("submit"))])
    def form(words: Annotated[str, Form()]) -> None:
        done.append(f"form {words}")

    @app.post("/files", dependencies=[Depends(needs("submit"))])
    async def file(file: UploadFile) -> None:
        done.append(f"file {len(await file.read())}")

    @app.post("/accounts", dependencies=[Depends(needs("administer"))])
    def administer() -> None:
        done.append("administered")

    @app.post("/open-to-all")
    async def anybody(request: Request) -> None:
        await request.body()
        done.append("anybody")

    add_answers(app, settings)
    install(app, settings)
    return app


def add_answers(app: FastAPI, settings: Settings) -> None:
    """Routes that answer in some way of their own."""

    @app.get("/kept")
    def cacheable(response: Response) -> None:
        response.headers["cache-control"] = "public, max-age=60"

    @app.get("/sign-out")
    def sign_out(response: Response) -> None:
        take_session(response, settings)

    @app.get("/broken/{how}")
    def broken(how: str) -> None:
        errors = {
            "unknown": UnknownNameError("no case C-7 in the compartment of NORTH.", subject="C-7", remedy="None."),
            "integrity": IntegrityError("entry 4 is altered.", subject="log", remedy="Keep the disk."),
            "unavailable": UnavailableError("the disk is full.", subject="log", remedy="Make room."),
            "long": InputError("y" * 5_000, subject="<script>" + "x" * 500, remedy="z" * 5_000),
        }
        if how in errors:
            raise errors[how]
        raise RuntimeError("secret inside")


@dataclass(slots=True)
class Site:
    door: Door
    app: FastAPI
    settings: Settings
    done: list[str]

    def ask(self, method: str, path: str, *, url: str = URL, **more: object) -> httpx.Response:
        return self.all([(method, path, more)], url=url)[0]

    def all(self, asked: list[tuple[str, str, dict]], *, url: str = URL) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(HOME, 1234))
            async with httpx.AsyncClient(transport=transport, base_url=url) as client:
                return [await client.request(method, path, **more) for method, path, more in asked]

        return anyio.run(run)

    def opened(self, name: str = "ana") -> Opened:
        return self.door.sessions.open(self.door.book, name)

    def key(self, name: str = "ana", rights: tuple = ("submit",)) -> str:
        issued = new_key(self.door.chance)
        facts = ApiKey(
            prefix=issued.prefix, account=name, rights=rights, expires_at_us=self.door.clock.at_us + 60 * US_PER_S
        )
        self.door.store.keep_key(issued.prefix, issued.hashed)
        self.door.apply(plan_key_issued(self.door.book, facts, by=OPERATOR, at_us=self.door.clock.at_us))
        return issued.text


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = open_store(tmp_path, None)
    door, done = Door(store=store, clock=Clock()), []
    settings = Settings(
        store=store,
        sessions=door.sessions,
        book=lambda: door.book,
        now_us=door.clock,
        chance=door.chance,
        log=door.notes.append,
        hosts=("mission.test",),
        intakes=("/intake/",),
    )
    yield Site(door=door, app=small_app(settings, done), settings=settings, done=done)
    store.close()


def as_browser(opened: Opened, **more: str) -> dict[str, str]:
    return {"cookie": f"truceline={opened.id}", "x-csrf-token": csrf_token(opened.id), **OURS, **more}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """A clear refusal: one problem document, with all of its fields."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    said = answer.json()
    assert set(said) == {"type", "title", "status", "code", "detail", "remedy", "request"}
    assert (said["status"], said["code"]) == (status, code)
    return said


# --- who asks


def test_who_carries_nothing_is_a_visitor(site: Site) -> None:
    assert site.ask("GET", "/who").json() == {"name": "", "role": "public", "token": ""}


def test_a_visitor_may_do_nothing_that_needs_a_right(site: Site) -> None:
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=OURS), 401, "refused.sign-in")
    assert site.done == []


def test_a_session_is_its_account_and_may_what_its_role_may(site: Site) -> None:
    headers = as_browser(site.opened("ana"))
    assert site.ask("GET", "/who", headers=headers).json()["name"] == "ana"
    assert site.ask("POST", "/observations", json={"words": "abc"}, headers=headers).status_code == 200
    refused(site.ask("POST", "/accounts", headers=headers), 403, "refused.right")
    refused(
        site.ask("POST", "/observations", json={"words": "x"}, headers=as_browser(site.opened("audit"))),
        403,
        "refused.right",
    )
    assert site.done == ["submitted 3"]


FORGED = ["ab" * 32, "x", "'; DROP TABLE account_sessions; --", "null", "../../etc/passwd", "ab" * 5_000]


@pytest.mark.parametrize("session_id", FORGED)
def test_a_forged_session_is_refused_noted_and_taken_from_the_browser(site: Site, session_id: str) -> None:
    answer = site.ask("GET", "/who", headers={"cookie": f"truceline={session_id}"})
    refused(answer, 401, "refused.sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    note = site.door.notes[-1]
    assert (note.code, note.status, note.path, note.address) == ("refused.sign-in", 401, "/who", HOME)
    assert session_id[:20] not in note.line()


def test_a_session_that_has_expired_is_refused(site: Site) -> None:
    headers = as_browser(site.opened())
    site.door.clock.pass_s(IDLE_S)
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=headers), 401, "refused.sign-in")


def test_rights_are_read_anew_at_every_request(site: Site) -> None:
    headers = as_browser(site.opened())
    assert site.ask("GET", "/who", headers=headers).status_code == 200
    site.door.apply(plan_disabled(site.door.book, "ana", by=OPERATOR, at_us=1))
    refused(site.ask("GET", "/who", headers=headers), 401, "refused.sign-in")


def test_what_administers_asks_for_the_password_again_after_a_quarter_of_an_hour(site: Site) -> None:
    opened = site.opened("chair")
    assert site.ask("POST", "/accounts", headers=as_browser(opened)).status_code == 200
    site.door.clock.pass_s(PROVED_S)
    refused(site.ask("POST", "/accounts", headers=as_browser(opened)), 403, "refused.prove")
    renewed = site.door.logins.prove(opened.session, attempt("chair"))
    assert site.ask("POST", "/accounts", headers=as_browser(renewed)).status_code == 200
    refused(site.ask("POST", "/accounts", headers=as_browser(opened)), 401, "refused.sign-in")


# --- API keys


def test_a_key_does_what_it_was_given_and_no_more(site: Site) -> None:
    full, reading = site.key(), site.key(rights=())
    sent = {"json": {"words": "abc"}}
    assert site.ask("POST", "/observations", headers={"authorization": f"Bearer {full}"}, **sent).status_code == 200
    refused(
        site.ask("POST", "/observations", headers={"authorization": f"Bearer {reading}"}, **sent), 403, "refused.right"
    )
    assert site.ask("GET", "/who", headers={"authorization": f"bearer {reading}"}).json()["name"] == "ana"
    refused(
        site.ask("POST", "/accounts", headers={"authorization": f"Bearer {site.key('chair', ())}"}),
        403,
        "refused.right",
    )


def test_a_key_loses_what_its_role_loses(site: Site) -> None:
    headers = {"authorization": f"Bearer {site.key()}"}
    ana = site.door.book.accounts["ana"]
    auditor = replace(ana, role="auditor", panel=False)
    site.door.apply(plan_changed(site.door.book, auditor, by=OPERATOR, at_us=1, actors=ACTORS))
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=headers), 403, "refused.right")


def test_a_key_that_is_revoked_expired_or_made_up_opens_nothing(site: Site) -> None:
    revoked, expired, good = site.key(), site.key(), site.key()
    site.door.apply(plan_key_revoked(site.door.book, revoked[:11], by=OPERATOR, at_us=1))
    made_up = [revoked, good[:-1] + ("0" if good[-1] != "0" else "1"), good[:11], "", "x", good.upper(), good + "0"]
    for text in made_up:
        answer = site.ask("GET", "/who", headers={"authorization": f"Bearer {text}"})
        refused(answer, 401, "refused.sign-in")
        assert answer.headers["www-authenticate"] == "Bearer"
    site.door.clock.pass_s(60)
    refused(site.ask("GET", "/who", headers={"authorization": f"Bearer {expired}"}), 401, "refused.sign-in")
    assert not any(good[12:] in note.line() for note in site.door.notes)


def test_an_empty_authorization_does_not_spare_the_token(site: Site) -> None:
    headers = {"cookie": f"truceline={site.opened().id}", "authorization": "", **OURS}
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=headers), 403, "refused.foreign")


def test_a_session_in_a_second_cookie_header_is_asked_for_its_token_too(site: Site) -> None:
    opened = site.opened()
    headers = [("cookie", "a=b"), ("cookie", f"truceline={opened.id}"), *OURS.items()]
    answer = site.ask("POST", "/observations", json={"words": "x"}, headers=headers)
    assert answer.status_code in (401, 403)
    assert site.done == []


def test_a_cookie_beside_a_wrong_key_does_not_help(site: Site) -> None:
    headers = {**as_browser(site.opened()), "authorization": "Basic YW5hOng="}
    refused(site.ask("GET", "/who", headers=headers), 401, "refused.sign-in")


# --- requests that somebody else's page sends


ORIGINS = [
    ({"origin": "https://evil.test", "sec-fetch-site": "cross-site"}, "cross-site"),
    ({"origin": "https://evil.test"}, "another origin"),
    ({"origin": URL, "sec-fetch-site": "same-site"}, "a neighbour"),
    ({"origin": "null"}, "no origin to speak of"),
    ({"origin": "http://127.0.0.1:9000"}, "another port"),
    ({"origin": "https://127.0.0.1:8000"}, "another scheme"),
    ({"sec-fetch-site": "none"}, "typed by hand"),
    ({}, "nothing said"),
]


@pytest.mark.parametrize(("told", "why"), ORIGINS)
def test_a_change_must_come_from_our_own_pages(site: Site, told: dict[str, str], why: str) -> None:
    opened = site.opened()
    headers = {"cookie": f"truceline={opened.id}", "x-csrf-token": csrf_token(opened.id), **told}
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=headers), 403, "refused.foreign")
    refused(site.ask("POST", "/open-to-all", headers=told), 403, "refused.foreign")  # signing in is such a route
    assert site.done == []


def test_a_browser_that_says_only_one_of_the_two_is_believed(site: Site) -> None:
    for told in ({"origin": URL}, {"sec-fetch-site": "same-origin"}):
        assert site.ask("POST", "/open-to-all", headers=told).status_code == 200


def test_a_change_by_cookie_carries_the_token_of_its_session(site: Site) -> None:
    mine, other = site.opened(), site.opened("chair")
    plain = {"cookie": f"truceline={mine.id}", **OURS}
    for token in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "x"}, {"x-csrf-token": csrf_token(other.id)}):
        answer = site.ask("POST", "/observations", json={"words": "x"}, headers={**plain, **token})
        refused(answer, 403, "refused.foreign")
    assert site.done == []


def test_the_token_may_be_the_first_field_of_a_form_and_of_an_upload(site: Site) -> None:
    opened = site.opened()
    headers = {"cookie": f"truceline={opened.id}", **OURS}
    token = csrf_token(opened.id)
    assert site.ask("POST", "/form", data={"csrf": token, "words": "hello"}, headers=headers).status_code == 200
    parts = {"csrf": (None, token), "file": ("a.bin", b"x" * 100_000)}
    assert site.ask("POST", "/files", files=parts, headers=headers).status_code == 200
    assert site.done == ["form hello", "file 100000"]


def test_a_wrong_token_in_a_form_or_an_upload_is_refused(site: Site) -> None:
    opened = site.opened()
    headers = {"cookie": f"truceline={opened.id}", **OURS}
    for token in ("", "x", "ab" * 32):
        refused(site.ask("POST", "/form", data={"csrf": token, "words": "x"}, headers=headers), 403, "refused.foreign")
        parts = {"csrf": (None, token), "file": ("a.bin", b"x")}
        refused(site.ask("POST", "/files", files=parts, headers=headers), 403, "refused.foreign")
    assert site.done == []


def test_a_program_with_a_key_needs_neither_origin_nor_token(site: Site) -> None:
    headers = {"authorization": f"Bearer {site.key()}"}
    assert site.ask("POST", "/observations", json={"words": "x"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.test", "mission.test.evil.test", "", "127.0.0.1:8000:1", "mission.test@evil.test", "["]
)
def test_a_request_for_another_host_is_refused(site: Site, host: str) -> None:
    refused(site.ask("GET", "/who", headers={"host": host}), 403, "refused.foreign")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "[::1]:8000", "mission.test", "MISSION.test:443"])
def test_a_request_for_this_host_is_taken(site: Site, host: str) -> None:
    assert site.ask("GET", "/who", headers={"host": host}).status_code == 200


# --- bodies


async def chunks(size_bytes: int, times: int, sent: list[int]) -> AsyncIterator[bytes]:
    for _ in range(times):
        sent.append(size_bytes)
        yield b" " * size_bytes


def test_ten_megabytes_of_json_are_refused_by_what_their_length_says(site: Site) -> None:
    sent: list[int] = []
    headers = {**as_browser(site.opened()), "content-length": "10000000", "content-type": "application/json"}
    refused(site.ask("POST", "/observations", content=chunks(1_000, 1, sent), headers=headers), 413, "input.too-large")
    assert site.done == []


def test_ten_megabytes_in_pieces_are_refused_as_soon_as_they_are_too_many(site: Site) -> None:
    headers = {**as_browser(site.opened()), "content-type": "application/json"}
    refused(
        site.ask("POST", "/observations", content=chunks(100_000, 100, []), headers=headers), 413, "input.too-large"
    )
    refused(site.ask("POST", "/open-to-all", content=chunks(100_000, 100, []), headers=headers), 413, "input.too-large")
    assert site.done == []
    noted = [(note.path, note.code) for note in site.door.notes]
    assert noted == [("/observations", "input.too-large"), ("/open-to-all", "input.too-large")]


@pytest.mark.parametrize("length", ["0", "10", "999999999999999999999999", "-1", "1e9", "²"])
def test_a_length_that_lies_does_not_help(site: Site, length: str) -> None:
    headers = {**as_browser(site.opened()), "content-type": "application/json", "content-length": length.encode()}
    answer = site.ask("POST", "/observations", content=chunks(100_000, 20, []), headers=headers)
    refused(answer, 413, "input.too-large")
    assert site.done == []


def test_an_intake_takes_more_and_also_ends_somewhere(site: Site) -> None:
    headers = as_browser(site.opened())
    large = {"words": "x" * 2_000_000}
    assert site.ask("POST", "/intake/observations", json=large, headers=headers).status_code == 200
    refused(site.ask("POST", "/observations", json=large, headers=headers), 413, "input.too-large")
    refused(
        site.ask("POST", "/intake/observations", json={"words": "x" * 16_000_000}, headers=headers),
        413,
        "input.too-large",
    )
    assert site.done == ["submitted 2000000"]


def test_an_upload_is_counted_too(site: Site) -> None:
    opened = site.opened()
    parts = {"csrf": (None, csrf_token(opened.id)), "file": ("a.bin", b"x" * 1_100_000)}
    headers = {"cookie": f"truceline={opened.id}", **OURS}
    refused(site.ask("POST", "/files", files=parts, headers=headers), 413, "input.too-large")
    assert site.done == []


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_json_a_hundred_thousand_levels_deep_is_refused_before_it_is_parsed(site: Site, opening: str) -> None:
    headers = {**as_browser(site.opened()), "content-type": "application/json"}
    said = refused(
        site.ask("POST", "/observations", content=opening * 100_000, headers=headers), 413, "input.too-large"
    )
    assert "deeper than 32" in str(said["detail"])


@pytest.mark.parametrize("kind", ["application/problem+json", "", "text/plain", "APPLICATION/JSON"])
def test_depth_is_watched_whatever_json_calls_itself(site: Site, kind: str) -> None:
    headers = {**as_browser(site.opened()), "content-type": kind}
    refused(site.ask("POST", "/open-to-all", content="[" * 100, headers=headers), 413, "input.too-large")


def depth_by_parsing(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_by_parsing, value.values()), default=0)
    return 1 + max(map(depth_by_parsing, value), default=0) if isinstance(value, list) else 0


def nested(depth: int, value: object) -> object:
    return [nested(depth - 1, value)] if depth else value


WORDS = st.text(alphabet='[]{}"\\aé\n', max_size=8)
VALUES = st.recursive(
    WORDS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@budget(200)
@given(VALUES, st.integers(26, 40), st.integers(1, 7), st.booleans())
def test_the_scanner_finds_the_depth_that_a_parser_finds_in_pieces_of_any_size(value, extra, size, ascii_only) -> None:
    whole = nested(extra, value)
    content = json.dumps(whole, ensure_ascii=ascii_only).encode()
    scanner = DepthScanner()

    def feed() -> None:
        for at in range(0, len(content), size):
            scanner.feed(content[at : at + size])

    if depth_by_parsing(whole) > DEPTH_MAX:
        with pytest.raises(TooLargeError):
            feed()
    else:
        feed()


WRONG = [
    (b"{", 422),
    (b"\xff\xfe", 422),
    (b'{"words": 7}', 422),
    (b'{"words": null}', 422),
    (b"[]", 422),
    (b'"words"', 422),
    (b'{"words": "x", "number": "seven"}', 422),
    (b'{"words": "x", "number": 1e400}', 422),
    (b"", 422),
]


@pytest.mark.parametrize(("content", "status"), WRONG)
def test_wrong_types_are_a_clear_refusal_and_nothing_is_done(site: Site, content: bytes, status: int) -> None:
    headers = {**as_browser(site.opened()), "content-type": "application/json"}
    answer = site.ask("POST", "/observations", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"].startswith("input")
    assert site.done == []


def test_what_was_sent_is_not_sent_back(site: Site) -> None:
    secret = "s3cr3t" * 100
    headers = as_browser(site.opened())
    sent = {"words": {secret: secret}, "number": secret, secret: 1}
    answer = site.ask("POST", "/observations", json=sent, headers=headers)
    assert secret[:81] not in answer.text
    assert len(answer.text) < 2_000


# --- addresses, methods, how often


PATHS = [
    "/..%2f..%2fetc/passwd",
    "/who/%2e%2e/who",
    "/who%00",
    "/who%5c..",
    "/%0d%0aset-cookie:x",
    "/" + "x" * 3_000,
    "/none",
]


@pytest.mark.parametrize("path", PATHS)
def test_path_tricks_name_nothing(site: Site, path: str) -> None:
    said = refused(site.ask("GET", path), 404, "input.unknown-name")
    assert said["detail"] == "There is nothing of this name, or it is not released to you."


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 500])
def test_other_methods_are_not_spoken(site: Site, method: str) -> None:
    refused(site.ask(method, "/who"), 405, "input.method")


def test_a_known_method_at_the_wrong_place_is_told_which_would_be_right(site: Site) -> None:
    answer = site.ask("DELETE", "/who", headers=OURS)
    refused(answer, 405, "input.method")
    assert answer.headers["allow"] == "GET"


def test_web_sockets_are_not_spoken(site: Site) -> None:
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/who", "headers": [], "query_string": b"", "app": site.app}
    anyio.run(site.app, scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_who_asks_too_often_is_told_how_long_to_wait(site: Site) -> None:
    site.door.clock.pass_s(60)
    asked = [("GET", "/kept", {})] * (site.settings.address_burst + 1)
    answers = site.all(asked)
    assert {answer.status_code for answer in answers[:-1]} == {200}
    refused(answers[-1], 429, "refused.too-often")
    assert answers[-1].headers["retry-after"] == "1"
    site.door.clock.pass_s(1)
    assert site.ask("GET", "/kept").status_code == 200


def test_an_account_has_a_limit_of_its_own(site: Site) -> None:
    headers = {"authorization": f"Bearer {site.key()}"}
    answers = site.all([("GET", "/who", {"headers": headers})] * (site.settings.account_burst + 1))
    assert answers[-2].status_code == 200
    refused(answers[-1], 429, "refused.too-often")
    assert site.ask("GET", "/who", headers={"authorization": f"Bearer {site.key('chair', ())}"}).status_code == 200


@budget(50)
@given(st.lists(st.integers(0, 30 * US_PER_S), min_size=1, max_size=60))
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(pauses_us: list[int]) -> None:
    clock = Clock()
    buckets = Buckets(per_min=6, burst=4, now_us=clock)
    given_at: list[int] = []
    for pause_us in pauses_us:
        clock.at_us += pause_us
        try:
            buckets.take("a")
        except TooOftenError:
            continue
        given_at.append(clock.at_us)
    for first in range(len(given_at)):
        for last in range(first, len(given_at)):
            passed_us = given_at[last] - given_at[first]
            assert last - first + 1 <= 4 + passed_us // (10 * US_PER_S)
    assert len(given_at) >= min(4, len(pauses_us))


def test_buckets_stay_few_however_many_ask() -> None:
    buckets = Buckets(per_min=60, burst=10, now_us=Clock())
    for number in range(BUCKETS_MAX + 100):
        buckets.take(str(number))
    assert len(buckets._used_until_us) == BUCKETS_MAX


# --- answers


def test_every_answer_carries_the_headers(site: Site) -> None:
    deep = {"content": "[" * 100, "headers": {**OURS, "content-type": "application/json"}}
    asked = [
        ("GET", "/who", {}),
        ("GET", "/none", {}),
        ("GET", "/broken/fault", {}),
        ("POST", "/open-to-all", deep),
        ("GET", "/who", {"headers": {"host": "evil.test"}}),
    ]
    answers = site.all(asked)
    assert [answer.status_code for answer in answers] == [200, 404, 500, 413, 403]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_only_what_a_route_gives_to_caches_is_kept_there(site: Site) -> None:
    assert site.ask("GET", "/kept").headers["cache-control"] == "public, max-age=60"


def over_tls(site: Site) -> Settings:
    return replace(site.settings, https=True)


def test_over_tls_the_cookie_is_bound_to_this_host_and_the_browser_to_tls(site: Site) -> None:
    settings = over_tls(site)
    site.app = small_app(settings, site.done)
    opened = site.opened()
    answer = Response()
    give_session(answer, opened, settings)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-truceline={opened.id};")
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "HttpOnly",
        "Max-Age=43200",
        "Path=/",
        "SameSite=lax",
        "Secure",
    }
    url = "https://mission.test"
    headers = {"cookie": f"__Host-truceline={opened.id}", "x-csrf-token": csrf_token(opened.id), "origin": url}
    answer = site.ask("POST", "/observations", json={"words": "x"}, headers=headers, url=url)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    plain = {**headers, "cookie": f"truceline={opened.id}"}
    refused(site.ask("POST", "/observations", json={"words": "x"}, headers=plain, url=url), 401, "refused.sign-in")


def test_on_this_machine_without_tls_the_cookie_is_still_kept_from_scripts(site: Site) -> None:
    answer = Response()
    give_session(answer, site.opened(), site.settings)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("truceline=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"}


def test_without_tls_it_does_not_listen_to_a_network(site: Site) -> None:
    with pytest.raises(InputError, match="in the clear"):
        replace(site.settings, loopback=False)
    replace(site.settings, loopback=False, https=True)


def test_the_cookie_of_a_visit_to_an_issuer_ends_with_it(site: Site) -> None:
    answer = Response()
    give_visit(answer, Visit(url="https://issuer.test", state="abc"), over_tls(site))
    assert answer.headers["set-cookie"].startswith("__Host-truceline-visit=abc; HttpOnly; Max-Age=600; Path=/")
    request = Request({"type": "http", "app": site.app, "headers": [(b"cookie", b"truceline-visit=abc")]})
    assert visit_state(request) == "abc"


def test_signing_out_has_the_browser_forget(site: Site) -> None:
    answer = site.ask("GET", "/sign-out")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'


def test_what_is_not_there_and_what_is_not_released_read_alike(site: Site) -> None:
    hidden, absent = site.ask("GET", "/broken/unknown").json(), site.ask("GET", "/none").json()
    assert {**hidden, "request": ""} == {**absent, "request": ""}
    assert "NORTH" not in json.dumps(hidden)


def test_a_fault_is_told_by_its_number_alone_and_noted(site: Site) -> None:
    answer = site.ask("GET", "/broken/fault")
    said = refused(answer, 500, "fault")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    note = site.door.notes[-1]
    assert (note.event, note.request) == ("fault", said["request"])


def test_a_record_out_of_order_is_told_without_its_inside(site: Site) -> None:
    said = refused(site.ask("GET", "/broken/integrity"), 500, "integrity")
    assert "entry 4" not in json.dumps(said)


def test_what_is_not_available_now_says_when_to_come_again(site: Site) -> None:
    answer = site.ask("GET", "/broken/unavailable")
    refused(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "5"


def test_a_refusal_repeats_little_and_a_page_of_it_is_text(site: Site) -> None:
    answer = site.ask("GET", "/broken/long", headers={"accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "x" * 81 not in answer.text
    assert len(answer.text) < 2_000


FORMULAS = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "a\nb\x1b[31m\u202e"]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_or_a_control_character_in_a_name_moves_nothing(site: Site, name: str) -> None:
    problem = problem_of(InputError("it is wrong.", subject=name, remedy="Mend it."))
    assert problem.detail == f"{cut(name)}: it is wrong."
    assert all(character.isprintable() for character in problem.detail)


def test_each_refusal_is_noted_in_one_line_without_what_was_sent(site: Site) -> None:
    secret = "a secret of the body"
    headers = as_browser(site.opened("audit"))
    site.ask("POST", f"/observations?token={secret}", json={"words": secret}, headers=headers)
    note = site.door.notes[-1]
    line = json.loads(note.line())
    assert line["code"] == "refused.right"
    assert (line["method"], line["path"], line["address"]) == ("POST", "/observations", HOME)
    assert secret not in note.line()
    assert csrf_token(headers["cookie"].partition("=")[2]) not in note.line()


def test_a_stream_ends_when_its_account_changes(site: Site) -> None:
    settings = site.settings
    app, seen = FastAPI(), []

    @app.get("/stream")
    def stream(request: Request, account: Annotated[Account, Depends(who)]) -> None:
        seen.append(still(request))
        north = replace(site.door.book.accounts["north"], party="SOUTH", acts_for=())
        site.door.apply(plan_changed(site.door.book, north, by=OPERATOR, at_us=1, actors=ACTORS))
        seen.append(still(request))

    install(app, settings)
    site.app = app
    site.ask("GET", "/stream", headers={"authorization": f"Bearer {site.key('north')}"})
    site.ask("GET", "/stream", headers=as_browser(site.opened("south")))
    assert seen == [True, False, True, True]


def test_passwords_sign_in_over_the_wire_and_out_again(site: Site) -> None:
    opened = site.door.logins.log_in(attempt("ana"))
    changed = site.door.logins.change_password(opened.session, attempt("ana"), BETTER, lambda: None)
    refused(site.ask("GET", "/who", headers=as_browser(opened)), 401, "refused.sign-in")
    assert site.ask("GET", "/who", headers=as_browser(changed)).json()["token"] == csrf_token(changed.id)
    assert site.door.store.end_session("ana", "") == 1
    refused(site.ask("GET", "/who", headers=as_browser(changed)), 401, "refused.sign-in")
    assert GOOD not in "".join(note.line() for note in site.door.notes)
