"""A mandate's meaning as bytes: what is hashed, signed and compared, whatever its text looked like."""

import msgspec

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.model.mandate import Mandate

LATER = ("watches",)  # came to the language later: left out where it is empty, so that no older mandate's hash changes


def mandate_bytes(mandate: Mandate) -> bytes:
    """Canonical JSON (RFC 8785) of the whole mandate; line numbers of the text are left out."""
    stated = msgspec.to_builtins(mandate)
    return canonical_bytes(_without_lines({key: each for key, each in stated.items() if each or key not in LATER}))


def mandate_sha256(mandate: Mandate) -> str:
    """Hash of the mandate's meaning, 64 hex digits."""
    return sha256_hex(mandate_bytes(mandate))


def _without_lines(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_lines(item) for key, item in value.items() if key != "line"}
    if isinstance(value, list | tuple):
        return [_without_lines(item) for item in value]
    return value
