"""What a request may carry to say who it is: a session's id in a cookie, or an API key.

Both are 256 random bits; only their SHA-256 is kept, which is enough for what cannot be guessed.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from truceline.base.units import US_PER_S
from truceline.run.live.accounts import AccountBook, ApiKey, folded
from truceline.serve.accounts.store import SecretStore, Session

IDLE_S = 30 * 60
LIFE_S = 12 * 3_600
PROVED_S = 15 * 60  # so long a proof of who one is opens what administers
_USED_EVERY_S = 60  # the moment of last use is kept this coarse: a write a minute, not one a request
_BYTES = 32
_ID = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"(tl_[a-z2-7]{8})_[0-9a-f]{64}")

Chance = Callable[[int], bytes]  # secrets.token_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session and its id, which goes into the cookie and nowhere else."""

    session: Session
    id: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key: `text` is shown once, `hashed` is kept."""

    prefix: str
    hashed: str
    text: str = field(repr=False)


class Sessions:
    """Sessions that live on the server. Each holds for what its account was when it began."""

    def __init__(self, store: SecretStore, *, now_us: Callable[[], int], chance: Chance) -> None:
        """Clock and chance come from outside."""
        self._store, self._now_us, self._chance = store, now_us, chance

    def open(self, book: AccountBook, name: str, *, replacing: str = "") -> Opened:
        """Begin a session with an id of its own; the one that came with the request, `replacing`, has ended."""
        now_us = self._now_us()
        opened_id = self._chance(_BYTES).hex()
        session = Session(
            id_hash=hashed(opened_id),
            account=folded(name),
            standing=book.standing(name),
            made_at_us=now_us,
            used_at_us=now_us,
            proved_at_us=now_us,
        )
        self._store.forget_the_past(
            now_us, sessions_since_us=now_us - LIFE_S * US_PER_S, visits_since_us=now_us - LIFE_S * US_PER_S
        )
        self._store.keep_session(session, replacing=hashed(replacing) if replacing else "")
        return Opened(session=session, id=opened_id)

    def renew(self, session: Session) -> Opened:
        """The same session under a new id, proved anew: its twelve hours go on counting."""
        now_us, renewed_id = self._now_us(), self._chance(_BYTES).hex()
        renewed = replace(session, id_hash=hashed(renewed_id), used_at_us=now_us, proved_at_us=now_us)
        self._store.keep_session(renewed, replacing=session.id_hash)
        return Opened(session=renewed, id=renewed_id)

    def find(self, session_id: str, book: AccountBook, *, using: bool = True) -> Session | None:
        """The session of this id where it still holds; one that does not is deleted.

        Args:
            using: this is a person's request, which keeps the session alive; False for a stream that looks again.
        """
        if not _ID.fullmatch(session_id):
            return None
        session, now_us = self._store.session(hashed(session_id)), self._now_us()
        if session is None:
            return None
        account = book.find(session.account)
        idle_us, age_us = now_us - session.used_at_us, now_us - session.made_at_us
        standing = account is not None and not account.disabled and session.standing == book.standing(session.account)
        if not standing or idle_us >= IDLE_S * US_PER_S or age_us >= LIFE_S * US_PER_S:
            self._store.end_session(session.account, session.id_hash)
            return None
        if using and idle_us >= _USED_EVERY_S * US_PER_S:
            self._store.use_session(session.id_hash, now_us)
        return session

    def proved(self, session: Session) -> bool:
        """Whether its person has proved who they are within the last quarter of an hour."""
        return self._now_us() - session.proved_at_us < PROVED_S * US_PER_S


def csrf_token(session_id: str) -> str:
    """The token that our own pages send back with what they send; it does not give the id away."""
    return hmac.new(session_id.encode(), b"truceline csrf", hashlib.sha256).hexdigest()


def csrf_fits(session_id: str, token: str) -> bool:
    """Whether the token is this session's, compared in constant time."""
    return hmac.compare_digest(csrf_token(session_id).encode(), token.encode())


def new_key(chance: Chance) -> IssuedKey:
    """A key such as tl_k7m2p9qa_4f…: its beginning may be read, listed and written down, the rest may not."""
    prefix = "tl_" + b32encode(chance(5)).decode().lower()
    text = f"{prefix}_{chance(_BYTES).hex()}"
    return IssuedKey(prefix=prefix, hashed=hashed(text), text=text)


def find_key(text: str, store: SecretStore, book: AccountBook, *, now_us: int) -> ApiKey | None:
    """The key, where the book knows it as one that holds and the store knows its hash."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    known = book.key(match[1], now_us=now_us)
    kept = store.key_hash(match[1])
    return known if known and kept and hmac.compare_digest(kept, hashed(text)) else None


def hashed(secret: str) -> str:
    """SHA-256, hexadecimal: what is kept of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
