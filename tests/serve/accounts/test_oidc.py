"""Signing in at an issuer: a small issuer that can be told to lie, and what is made of its lies."""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.serve.accounts.small import START_US, Clock, Door, counted

from truceline.base.errors import InputError, NotSignedInError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.run.live.accounts import OPERATOR, plan_disabled
from truceline.serve.accounts.logins import Attempt
from truceline.serve.accounts.oidc import VISIT_S, Issuer, OidcLogin, Visit
from truceline.serve.accounts.store import SecretStore

httpx = pytest.importorskip("httpx")
jwk = pytest.importorskip("joserfc.jwk")
jwt = pytest.importorskip("joserfc.jwt")

URL, CLIENT, SUBJECT = "https://issuer.test", "truceline-client", "b7c1"
NOW_S = START_US // US_PER_S
OURS = Issuer(url=URL, client=CLIENT, callback="https://mission.test/signed-in")


@dataclass(slots=True)
class FakeIssuer(httpx.BaseTransport):
    """Answers as an issuer does; `claims`, `header` and `places` are what it is told to say otherwise."""

    claims: dict[str, object] = field(default_factory=dict)
    header: dict[str, object] = field(default_factory=lambda: {"alg": "ES256", "kid": "1"})
    places: dict[str, object] = field(default_factory=dict)
    key: object = field(default_factory=lambda: jwk.ECKey.generate_key("P-256", {"kid": "1"}))
    shown: object = None  # the key it shows, if another than it signs with
    forge: Callable[[str], str] = str
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def authorize(self, visit: Visit) -> dict[str, str]:
        """What a browser brings back after its person has signed in there."""
        query = dict(parse_qsl(urlsplit(visit.url).query))
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def handle_request(self, request: "httpx.Request") -> "httpx.Response":
        self.asked.append(request.url.path)
        routes = {
            "/.well-known/openid-configuration": self.describe,
            "/keys": lambda _: httpx.Response(200, json={"keys": [(self.shown or self.key).as_dict(private=False)]}),
            "/token": self.token,
            "/elsewhere": lambda _: httpx.Response(302, headers={"location": "https://other.test/"}),
        }
        return routes[request.url.path](request)

    def describe(self, _: "httpx.Request") -> "httpx.Response":
        plain = {
            "issuer": URL,
            "authorization_endpoint": f"{URL}/authorize",
            "token_endpoint": f"{URL}/token",
            "jwks_uri": f"{URL}/keys",
        }
        return httpx.Response(200, json={**plain, **self.places})

    def token(self, request: "httpx.Request") -> "httpx.Response":
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        query = self.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if query is None or query["code_challenge"] != challenge or query["redirect_uri"] != form["redirect_uri"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        plain = {"iss": URL, "aud": CLIENT, "sub": SUBJECT, "nonce": query["nonce"], "iat": NOW_S, "exp": NOW_S + 300}
        claims = {name: value for name, value in {**plain, **self.claims}.items() if value is not None}
        signed = jwt.encode(self.header, claims, self.key, algorithms=[str(self.header["alg"])])
        return httpx.Response(200, json={"id_token": self.forge(signed), "access_token": "x"})


@dataclass(slots=True)
class Pair:
    ours: OidcLogin
    theirs: FakeIssuer
    store: SecretStore

    def sign_in(self, **changes: str) -> str:
        visit = self.ours.begin()
        return self.ours.finish({**self.theirs.authorize(visit), **changes}, state=visit.state)


@pytest.fixture
def pair(embedded: SecretStore, clock: Clock) -> Pair:
    ours, theirs = OidcLogin(OURS, embedded, now_us=clock, chance=counted()), FakeIssuer()
    ours.transport = theirs
    embedded.link(URL, SUBJECT, "ana")
    return Pair(ours=ours, theirs=theirs, store=embedded)


def test_a_linked_identity_opens_its_account(pair: Pair) -> None:
    assert pair.sign_in() == "ana"


def test_the_person_is_sent_there_with_state_nonce_and_a_challenge_but_no_secret(pair: Pair) -> None:
    visit = pair.ours.begin()
    query = dict(parse_qsl(urlsplit(visit.url).query))
    assert visit.url.startswith(f"{URL}/authorize?")
    assert query["code_challenge_method"] == "S256"
    assert query["response_type"] == "code"
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
    assert "verifier" not in visit.url
    assert visit.state not in repr(visit)


def test_an_identity_that_nobody_linked_opens_nothing_and_makes_nothing(pair: Pair) -> None:
    pair.theirs.claims = {"sub": "somebody else"}
    with pytest.raises(NotSignedInError):
        pair.sign_in()
    assert pair.store.linked(URL, "somebody else") == ""


def unsigned(token: str) -> str:
    header = urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def altered(token: str) -> str:
    head, claims, seal = token.split(".")
    return f"{head}.{claims[:-4]}AAAA.{seal}"


CLAIMS = [
    {"nonce": "another"},
    {"nonce": None},
    {"exp": NOW_S - 61},
    {"exp": None},
    {"iat": NOW_S + 120},
    {"nbf": NOW_S + 120},
    {"aud": "another-client"},
    {"aud": None},
    {"aud": [CLIENT, "another"]},
    {"aud": [CLIENT, "another"], "azp": "another"},
    {"iss": "https://other.test"},
    {"iss": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
]


@pytest.mark.parametrize("claims", CLAIMS, ids=str)
def test_a_token_that_is_not_for_this_visit_opens_nothing(pair: Pair, claims: dict[str, object]) -> None:
    pair.theirs.claims = claims
    with pytest.raises(NotSignedInError):
        pair.sign_in()


def test_a_token_for_several_of_whom_we_are_the_one_that_asked_opens(pair: Pair) -> None:
    pair.theirs.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert pair.sign_in() == "ana"


@pytest.mark.parametrize("forge", [unsigned, altered, lambda _: "", lambda _: "a.b.c", lambda token: token + "x"])
def test_a_token_that_is_not_signed_by_the_issuer_opens_nothing(pair: Pair, forge: Callable[[str], str]) -> None:
    pair.theirs.forge = forge
    with pytest.raises((NotSignedInError, UnavailableError)):
        pair.sign_in()


def test_a_token_signed_by_another_key_opens_nothing(pair: Pair) -> None:
    pair.theirs.shown = jwk.ECKey.generate_key("P-256", {"kid": "1"})
    with pytest.raises(NotSignedInError):
        pair.sign_in()


def test_a_shared_secret_is_no_signature_here(pair: Pair) -> None:
    pair.theirs.key = jwk.OctKey.generate_key(256, {"kid": "1"})
    pair.theirs.header = {"alg": "HS256", "kid": "1"}
    pair.theirs.shown = pair.theirs.key
    with pytest.raises(NotSignedInError):
        pair.sign_in()


def test_a_visit_serves_once(pair: Pair) -> None:
    visit = pair.ours.begin()
    answer = pair.theirs.authorize(visit)
    assert pair.ours.finish(answer, state=visit.state) == "ana"
    with pytest.raises(NotSignedInError):
        pair.ours.finish({**answer, **pair.theirs.authorize(visit)}, state=visit.state)


def test_a_visit_that_another_browser_began_is_refused_before_the_issuer_is_asked(pair: Pair) -> None:
    mine, theirs = pair.ours.begin(), pair.ours.begin()
    before = len(pair.theirs.asked)
    for state in (mine.state, "", "é"):
        with pytest.raises(NotSignedInError):
            pair.ours.finish(pair.theirs.authorize(theirs), state=state)
    with pytest.raises(NotSignedInError):
        pair.ours.finish({"code": "x", "state": ""}, state="")
    assert len(pair.theirs.asked) == before


def test_a_visit_ends_after_ten_minutes(pair: Pair, clock: Clock) -> None:
    visit = pair.ours.begin()
    clock.pass_s(VISIT_S + 1)
    with pytest.raises(NotSignedInError):
        pair.ours.finish(pair.theirs.authorize(visit), state=visit.state)


@pytest.mark.parametrize("changes", [{"code": "guessed"}, {"code": ""}, {"iss": "https://other.test"}])
def test_an_answer_with_something_else_in_it_is_refused(pair: Pair, changes: dict[str, str]) -> None:
    with pytest.raises(NotSignedInError):
        pair.sign_in(**changes)


PLACES = [
    {"issuer": "https://other.test"},
    {"token_endpoint": "http://issuer.test/token"},
    {"token_endpoint": f"{URL}/elsewhere"},
    {"jwks_uri": None},
    {"padding": "x" * 1_000_001},
]


@pytest.mark.parametrize("places", PLACES, ids=lambda places: str(places)[:40])
def test_an_issuer_that_describes_itself_wrongly_is_not_used(pair: Pair, places: dict[str, object]) -> None:
    pair.theirs.places = places
    with pytest.raises(UnavailableError, match="issuer cannot be used"):
        pair.sign_in()
    assert "https://other.test/" not in pair.theirs.asked


def test_an_issuer_that_does_not_answer_is_unavailable(pair: Pair) -> None:
    def down(_: object) -> None:
        raise httpx.ConnectError("down")

    pair.ours.transport = httpx.MockTransport(down)
    with pytest.raises(UnavailableError, match="ConnectError"):
        pair.ours.begin()


def test_an_issuer_without_tls_is_refused_except_on_this_machine(embedded: SecretStore, clock: Clock) -> None:
    for url, stands in [("http://issuer.test", False), ("http://127.0.0.1:9000", True)]:
        issuer = Issuer(url=url, client=CLIENT, callback=OURS.callback)
        if stands:
            OidcLogin(issuer, embedded, now_us=clock, chance=counted())
        else:
            with pytest.raises(InputError):
                OidcLogin(issuer, embedded, now_us=clock, chance=counted())


def test_without_the_extra_it_says_what_to_install(embedded: SecretStore, clock: Clock, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(UnavailableError, match=r"truceline\[oidc\]"):
        OidcLogin(OURS, embedded, now_us=clock, chance=counted())


def test_a_vouched_account_that_is_disabled_is_not_opened(embedded: SecretStore, clock: Clock) -> None:
    door = Door(store=embedded, clock=clock)
    arrived = Attempt(name="", password="", address="198.51.100.7")
    assert door.logins.log_in_vouched("ana", arrived).session.account == "ana"
    door.apply(plan_disabled(door.book, "ana", by=OPERATOR, at_us=1))
    with pytest.raises(NotSignedInError):
        door.logins.log_in_vouched("ana", arrived)
