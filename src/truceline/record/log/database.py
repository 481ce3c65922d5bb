"""Where in PostgreSQL a mission's log is, as one setting says it."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from truceline.base.errors import InputError

_MISSION = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORT = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where in PostgreSQL a mission's log is."""

    user: str
    host: str  # a name or an address; a path: the folder of a socket on this machine
    port: int
    name: str
    schema: str  # the mission's own
    secret: bool  # the server must show a certificate that this machine trusts
    password: str = field(default="", repr=False)


def database_of(setting: str, *, mission: str, password: str = "") -> Database | None:
    """What a mission's `serve.store` means; None where it is empty: the log is then in the record's folder.

    Args:
        setting: `postgresql://user[:password]@host[:port]/database`. For a socket on this machine
            `postgresql://user@/database?host=/folder`. Off this machine TLS with a trusted certificate is
            asked for, unless `?sslmode=disable` says that the network is one's own.
        mission: what names the mission's schema: 1 to 40 of a-z, 0-9, `_` and `-`.
        password: where the setting has none, e.g. from PGPASSWORD.

    Raises: InputError: not of this form.
    """
    if not setting:
        return None
    try:
        parts = urlsplit(setting)
        asked = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        port = parts.port or int(asked.pop("port", _PORT))
    except ValueError:
        raise _misread("it is no address.") from None
    host, name = asked.pop("host", "") or parts.hostname or "", unquote(parts.path.removeprefix("/"))
    ways = asked.pop("sslmode", "")
    if parts.scheme not in ("postgresql", "postgres") or not (parts.username and host and name) or "/" in name:
        raise _misread("it names no user, host or database.")
    if asked or ways not in ("", "disable", "verify-full"):
        raise _misread("after the ? only host=, port= and sslmode=disable or verify-full are known.")
    if not _MISSION.fullmatch(mission):
        raise InputError(
            f"{mission[:60]!r} cannot name a schema: 1 to 40 of a-z, 0-9, _ and - can.",
            subject="serve.store",
            remedy="Give the mission's folder such a name.",
        )
    own = host in _LOOPBACK or host.startswith("/")
    return Database(
        user=unquote(parts.username),
        host=host,
        port=port,
        name=name,
        schema=f"truceline_{mission}",
        secret=ways == "verify-full" or (not ways and not own),
        password=unquote(parts.password or "") or password,
    )


def _misread(problem: str) -> InputError:
    return InputError(
        problem, subject="serve.store", remedy="Write postgresql://user@host:port/database, or nothing for the folder."
    )
