"""Copies of a film that a browser plays, kept in the record beside the original and linked to it.

A proxy is for looking. Evidence is the original; whatever is measured is measured in that.
"""

import contextlib
from pathlib import Path

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import UnreadableError
from truceline.base.time import stamp
from truceline.model.derived import DERIVED, Derived
from truceline.model.entry import Entry
from truceline.model.products import Products
from truceline.record import Record
from truceline.record.custody import for_itself
from truceline.run.batch import record_in, vault_in
from truceline.run.footage.video import LIBRARIES, Copy, Encoding, Losses, Source, encoded, remuxed
from truceline.run.keeping.erasing import sealed_alike
from truceline.run.live.state.books import CODE

_AS_IT_IS = "the same H.264 pictures, bit for bit, as fragmented MP4"
_ENCODING = Encoding()


def proxy_of(source: Source, *, encoding: Encoding = _ENCODING) -> tuple[Copy, str, str]:
    """A copy that browsers play: an H.264 original as it is, anything else as VP9 in WebM.

    Returns: the copy; its media type; in words how it was made and what it leaves out.
    Raises: UnreadableError: not one picture can be decoded.
    Limits: a copy as it is keeps the original's key pictures, however rare: jumping about in it is as slow as they are.
    """
    found = remuxed(source)
    if isinstance(found, Copy):
        return found, "video/mp4", _AS_IT_IS
    losses = Losses()
    copy = encoded(source, encoding=encoding, losses=losses)
    how = f"VP9 in WebM, {copy.pictures} pictures; not as it is, because {found}"
    if losses.counts:
        how += "; met on the way: " + ", ".join(f"{name} {count}" for name, count in sorted(losses.counts.items()))
    return copy, "video/webm", how


def keep_proxy(
    record: Record, original_sha256: str, *, known_us: int, encoding: Encoding = _ENCODING, sealed_for: str = ""
) -> Derived:
    """A proxy of an original that the record holds, made if the same code and settings have not made it before.

    Args:
        known_us: UTC, of the entry where one is added.
        sealed_for: for whom the original is sealed (`sealed_alike`); empty: it is not.

    Raises: UnreadableError: no proxy can be made. UnknownNameError, IntegrityError, UnavailableError: as the record.
        ErasedError: the original was.
    """
    made = {name: getattr(encoding, name) for name in Encoding.__slots__} | {"libraries": LIBRARIES}
    settings = sha256_hex(canonical_bytes(made))
    standing = derived_of(record, "proxy", original_sha256)
    if standing is not None and (standing.code, standing.settings) == (CODE, settings):
        return standing
    copy, media_type, how = proxy_of(record.get(original_sha256), encoding=encoding)
    derived = Derived(
        purpose="proxy",
        sha256=record.put(copy.content, sealed_for=sealed_for),
        original_sha256=original_sha256,
        media_type=media_type,
        code=CODE,
        settings=settings,
        how=how,
        pieces=copy.pieces,
    )
    record.append_if_new([derived_entry(derived, known_us=known_us)])
    return derived


def keep_proxies(folder: Path, products: Products) -> list[Derived]:
    """A proxy of every video that the mission's feeds of footage are, sealed like it; a file without pictures has none.

    Raises: UnavailableError, IntegrityError: as the record. ErasedError: an original was.
    """
    made, vault = [], vault_in(folder, products.mission)
    with for_itself(), record_in(folder, mission=products.mission, writing=True) as record:
        for feed in products.feeds:
            if feed.holds == "frames":
                name = sealed_alike(record, vault, feed.sha256)
                with contextlib.suppress(UnreadableError):
                    made.append(keep_proxy(record, feed.sha256, known_us=products.known_at_us, sealed_for=name))
    return made


def derived_entry(derived: Derived, *, known_us: int) -> Entry:
    """The entry of something made from an original; its first hash is the thing, its second what it was made from."""
    return Entry(
        kind=DERIVED,
        subject=_subject(derived.purpose, derived.original_sha256),
        author=derived.code,
        known_at=stamp(known_us),
        hashes=(derived.sha256, derived.original_sha256),
        detail={
            "media_type": derived.media_type,
            "code": derived.code,
            "settings": derived.settings,
            "how": derived.how,
            "pieces": [list(piece) for piece in derived.pieces],
        },
    )


def derived_of(record: Record, purpose: str, original_sha256: str) -> Derived | None:
    """The latest of its purpose that was made from this original. Raises: IntegrityError."""
    last = record.last(DERIVED, _subject(purpose, original_sha256))
    if last is None:
        return None
    entry = last[1]
    pieces = entry.detail["pieces"]
    assert isinstance(pieces, list)
    return Derived(
        purpose=purpose,
        sha256=entry.hashes[0],
        original_sha256=entry.hashes[1],
        media_type=str(entry.detail["media_type"]),
        code=str(entry.detail["code"]),
        settings=str(entry.detail["settings"]),
        how=str(entry.detail["how"]),
        pieces=tuple((int(own_us), int(stream_us)) for own_us, stream_us in pieces),
    )


def _subject(purpose: str, original_sha256: str) -> str:
    return f"{purpose} of {original_sha256}"
