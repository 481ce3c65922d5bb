"""What the shell around every route is told, once, by whoever starts the server."""

from collections.abc import Callable
from dataclasses import dataclass

from truceline.base.errors import InputError
from truceline.run.live.accounts import AccountBook
from truceline.serve.accounts.credentials import Chance, Sessions
from truceline.serve.accounts.notes import Log
from truceline.serve.accounts.store import SecretStore

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the server is reached, and whom it asks.

    `hosts`: names (without port) under which it may be asked for, besides loopback. `https`: people reach it over TLS,
    ended here or by a proxy in front. `loopback`: it listens on this machine only. `intakes`: beginnings of paths that
    take large bodies.
    """

    store: SecretStore
    sessions: Sessions
    book: Callable[[], AccountBook]
    now_us: Callable[[], int]
    chance: Chance
    log: Log
    hosts: tuple[str, ...] = ()
    https: bool = False
    loopback: bool = True
    intakes: tuple[str, ...] = ()
    body_bytes_max: int = MB
    intake_bytes_max: int = 16 * MB
    address_per_min: int = 3_000  # a mission's people may share one address
    address_burst: int = 600
    account_per_min: int = 1_200
    account_burst: int = 300

    def __post_init__(self) -> None:
        """Refuse to be reached from a network in the clear. Raises: InputError."""
        if not self.https and not self.loopback:
            raise InputError(
                "passwords would cross the network in the clear.",
                subject="serve",
                remedy="Listen on 127.0.0.1 behind a proxy that ends TLS, or give a certificate.",
            )

    @property
    def cookie(self) -> str:
        """The session cookie's name. `__Host-` has the browser keep it to this host, over TLS, from every path."""
        return "__Host-truceline" if self.https else "truceline"

    @property
    def visit_cookie(self) -> str:
        """The cookie of a browser that is at the issuer."""
        return f"{self.cookie}-visit"

    @property
    def scheme(self) -> str:
        """The scheme of our own pages."""
        return "https" if self.https else "http"

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name, colon, port = host.rpartition(":")
        bare = name if colon and port.isascii() and port.isdigit() else host
        return bare.lower() in (*LOOPBACK, *self.hosts)

    def bytes_max(self, path: str) -> int:
        """How large a body this path takes."""
        return self.intake_bytes_max if path.startswith(self.intakes) else self.body_bytes_max
