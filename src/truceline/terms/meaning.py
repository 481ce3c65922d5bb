"""A mandate's meaning as bytes: what is hashed, signed and compared, whatever its text looked like."""

import msgspec

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.model.mandate import Mandate


def mandate_bytes(mandate: Mandate) -> bytes:
    """Canonical JSON (RFC 8785) of the whole mandate; line numbers of the text are left out."""
    return canonical_bytes(_without_lines(msgspec.to_builtins(mandate)))


def mandate_sha256(mandate: Mandate) -> str:
    """Hash of the mandate's meaning, 64 hex digits."""
    return sha256_hex(mandate_bytes(mandate))


def _without_lines(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_lines(item) for key, item in value.items() if key != "line"}
    if isinstance(value, list | tuple):
        return [_without_lines(item) for item in value]
    return value
