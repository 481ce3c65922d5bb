"""A mandate's meaning as bytes: what is hashed, signed and compared, whatever its text looked like."""

import msgspec

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.model.mandate import Mandate

# Came to the language later: left out where they say nothing, so that no older mandate's hash changes.
LATER = ("watches", "guarantees")


def mandate_bytes(mandate: Mandate) -> bytes:
    """Canonical JSON (RFC 8785) of the whole mandate; line numbers of the text are left out."""
    return canonical_bytes(_stated(msgspec.to_builtins(mandate)))


def mandate_sha256(mandate: Mandate) -> str:
    """Hash of the mandate's meaning, 64 hex digits."""
    return sha256_hex(mandate_bytes(mandate))


def _stated(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key != "line" and (each or key not in LATER)}
        return {key: _stated(each) for key, each in kept.items()}
    if isinstance(value, list | tuple):
        return [_stated(each) for each in value]
    return value
