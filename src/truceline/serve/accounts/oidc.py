"""Signing in at an issuer (OpenID Connect): authorization code with PKCE. The only importer of httpx and joserfc.

An identity opens an account only where an administrator linked the two before; none is made here.
Both libraries come with the extra `oidc` and are imported when they are first needed.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE, S256); RFC 9207 (issuer in the answer); decision 0023.
"""

import hashlib
import importlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from truceline.base.errors import InputError, NotSignedInError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.serve.accounts.credentials import Chance, hashed
from truceline.serve.accounts.store import SecretStore

if TYPE_CHECKING:
    import httpx

VISIT_S = 10 * 60
LEEWAY_S = 60
ALGORITHMS = (
    "RS256",
    "PS256",
    "ES256",
    "EdDSA",
)  # signatures by a key of the issuer; never `none`, never a shared secret
_ANSWER_S = 10
_ANSWER_BYTES_MAX = 1_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who vouches. `secret` is empty for a public client; `callback` is the whole address the person comes back to."""

    url: str
    client: str
    callback: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where to send the person, and the state that a cookie of theirs must hold when they come back."""

    url: str = field(repr=False)
    state: str = field(repr=False)


class OidcLogin:
    """One issuer. It waits for the network: call it from a worker thread."""

    def __init__(self, issuer: Issuer, store: SecretStore, *, now_us: Callable[[], int], chance: Chance) -> None:
        """Nothing is asked of the issuer before somebody signs in.

        Raises: InputError: an issuer without TLS. UnavailableError: the extra is not installed.
        """
        place = urlsplit(issuer.url)
        if place.scheme != "https" and place.hostname not in _LOOPBACK:
            raise InputError("it is not https.", subject="serve.oidc_issuer", remedy="Name the issuer's https address.")
        for library in ("httpx", "joserfc"):
            _installed(library)
        self._issuer, self._store, self._now_us, self._chance = issuer, store, now_us, chance
        self.transport: httpx.BaseTransport | None = None  # None: the network

    def begin(self) -> Visit:
        """Remember a visit and say where it leads. Raises: UnavailableError."""
        places = self._places()
        state, nonce, verifier = (self._chance(32).hex() for _ in range(3))
        self._store.keep_visit(hashed(state), nonce, verifier, self._now_us())
        asked = {
            "response_type": "code",
            "client_id": self._issuer.client,
            "redirect_uri": self._issuer.callback,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Visit(url=f"{_text(places, 'authorization_endpoint')}?{urlencode(asked)}", state=state)

    def finish(self, answer: Mapping[str, str], *, state: str) -> str:
        """The account that the identity opens, folded; a visit serves once.

        Args:
            answer: the query that the issuer sent the person back with.
            state: what the person's cookie holds.

        Raises: NotSignedInError: for whatever reason, in the same words. UnavailableError.
        """
        given = answer.get("state", "")
        if not given or not compare_digest(given.encode(), state.encode()):
            raise _refused()
        visit = self._store.take_visit(hashed(given), since_us=self._now_us() - VISIT_S * US_PER_S)
        code = answer.get("code", "")
        if visit is None or not code or answer.get("iss", self._issuer.url) != self._issuer.url:
            raise _refused()
        nonce, verifier = visit
        places = self._places()
        token = self._token(_text(places, "token_endpoint"), code, verifier)
        subject = self._subject(token, self._json("GET", _text(places, "jwks_uri")), nonce)
        account = self._store.linked(self._issuer.url, subject)
        if not account:
            raise _refused()
        return account

    def _places(self) -> Mapping[str, object]:
        found = self._json("GET", self._issuer.url.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer.url:
            raise _unavailable("it says that it is another issuer")
        return found

    def _token(self, place: str, code: str, verifier: str) -> str:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._issuer.callback,
            "code_verifier": verifier,
            "client_id": self._issuer.client,
        }
        return _text(self._json("POST", place, asked), "id_token")

    def _subject(self, token: str, keys: Mapping[str, object], nonce: str) -> str:
        """`sub` of an ID token that is signed, ours, fresh and of this visit (OpenID Connect Core, 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        claims_wanted = jwt.JWTClaimsRegistry(
            now=self._now_us() // US_PER_S,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer.url},
            aud={"essential": True, "value": self._issuer.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            signed_by = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            claims = jwt.decode(token, signed_by, algorithms=list(ALGORITHMS)).claims
            claims_wanted.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise _refused() from None
        audience, subject = claims["aud"], claims["sub"]
        alone = audience in (self._issuer.client, [self._issuer.client])
        if not alone and claims.get("azp") != self._issuer.client:
            raise _refused()
        return str(subject)

    def _json(self, method: str, place: str, form: Mapping[str, str] | None = None) -> Mapping[str, object]:
        """What the issuer answers: an object of bounded size, from a place with TLS; redirects are not followed."""
        import httpx

        if urlsplit(place).scheme != "https" and urlsplit(place).hostname not in _LOOPBACK:
            raise _unavailable("it names a place without TLS")
        proof = (self._issuer.client, self._issuer.secret) if form and self._issuer.secret else None
        try:
            with (
                httpx.Client(transport=self.transport, timeout=_ANSWER_S, trust_env=False) as client,
                client.stream(method, place, data=form, auth=proof) as answer,
            ):
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _ANSWER_BYTES_MAX:
                        raise _unavailable("its answer is too long")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise _unavailable(type(error).__name__) from None
        if form is not None and status == 400:
            raise _refused()  # a code that is not, or no longer, good
        try:
            found = json.loads(content) if status == 200 else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise _unavailable(f"it answered {status}")
        return found


def _installed(library: str) -> None:
    try:
        importlib.import_module(library)
    except ModuleNotFoundError:
        raise UnavailableError(
            f"signing in at an issuer needs {library}, which is not installed.",
            subject="serve.oidc_issuer",
            remedy="Install truceline[oidc], or leave oidc_issuer out of truceline.toml.",
        ) from None


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise _unavailable(f"it does not say {name}")
    return value


def _refused() -> NotSignedInError:
    return NotSignedInError(
        "the issuer's answer opens no account here.",
        subject="sign-in",
        remedy="Begin again; if it goes on, ask the mission's administrator whether your identity is linked.",
    )


def _unavailable(cause: str) -> UnavailableError:
    return UnavailableError(
        f"the issuer cannot be used: {cause}.",
        subject="serve.oidc_issuer",
        remedy="Try again later, or sign in with a password.",
    )
