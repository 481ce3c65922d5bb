"""A record small enough to alter every byte of it, and what the tests say about records."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from truceline.model.entry import Entry
from truceline.record import Derivation, Record, open_record

TABLE = pa.table({"distance_mm": pa.array([25_000_000, 2**62], pa.int64()), "lon_deg": [37.5, None]})
SETTINGS = "5" * 64
LATER = "2025-04-21T00:00:00Z"


def counted() -> Callable[[int], bytes]:
    """A chance that is none: salts 0, 1, 2 … so that a failing test fails again."""
    numbers = itertools.count()
    return lambda size: b"".join(next(numbers).to_bytes(32, "big") for _ in range(size // 32))


def entry(
    subject: str,
    *,
    kind: str = "finding",
    hashes: tuple[str, ...] = (),
    known_at: str = "2025-04-20T00:00:00Z",
    number: int = 0,
) -> Entry:
    return Entry(
        kind=kind,
        subject=subject,
        author="L. Berg",
        known_at=known_at,
        hashes=hashes,
        detail={"n": number, "é": "\n"},
    )


def derivation(*inputs: str) -> Derivation:
    return Derivation(inputs=inputs, code="truceline 0.1.0", settings=SETTINGS)


def fill(record: Record, *, known_at: str = "2025-04-20T00:00:00Z") -> list[str]:
    """What one run does: a raw file, a table made of it, two findings. Returns the content's hashes."""
    raw = record.put(b"lon,lat\n37.5,48.1\n")
    record.append_if_new([entry("feed-a", kind="raw", hashes=(raw,), known_at=known_at)])
    stored = record.put_table("events", TABLE, derivation=derivation(raw), known_at=known_at)
    record.append_if_new([entry(f"f-{n}", known_at=known_at, number=n) for n in range(2)])
    return [raw, stored.sha256]


def small(folder: Path) -> list[str]:
    """A whole record in `folder`, closed, its write-ahead log folded in."""
    with open_record(folder, chance=counted()) as record:
        return fill(record)


def read_back(folder: Path) -> list[tuple[int, Entry]]:
    with open_record(folder, writing=False) as record:
        return list(record.entries())


def blob(folder: Path, sha256: str) -> Path:
    return folder / "content" / sha256[:2] / sha256[2:]


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


def overwrite(path: Path, content: bytes) -> None:
    """As somebody with the disk in hand would: past the file's mode, past its name."""
    path.chmod(0o644)
    path.write_bytes(content)


def flipped(content: bytes, at: int, mask: int = 1) -> bytes:
    return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]
