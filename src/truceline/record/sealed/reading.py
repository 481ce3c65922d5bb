"""Sealed content between the store, the keys and the log: the log says what was erased, whatever keys stand."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from truceline.base.errors import ErasedError, UnavailableError, UnreadableError
from truceline.model.entry import Entry
from truceline.record.content import ContentStore, hash_of_name
from truceline.record.sealed.form import HEADER_BYTES_MAX, MAGIC, SealedHeader, sealed_header

if TYPE_CHECKING:  # the vault takes a tenth of a second, for those who have one
    from truceline.record.sealed.vault import Vault

KIND = "erasure"
Last = Callable[[str, str], tuple[int, Entry] | None]  # the log's latest entry of a kind about a subject


def plain_content(stored: bytes, *, vault: "Vault | None", last: Last) -> bytes:
    """What was put, from what is stored: opened where it is sealed. Args: stored: held against its name already.

    Raises: ErasedError: the log says that its key was destroyed. UnavailableError: its key is not here. IntegrityError.
    """
    header = sealed_header(stored)
    return stored if header is None else _vault_for(header, vault, last).opened(stored)


def ctr_key(stored: bytes, *, vault: "Vault | None", last: Last) -> bytes | None:
    """What opens this one content and nothing else (`cipher.py`), 32 bytes; None: not sealed. Raises: as above."""
    header = sealed_header(stored)
    return None if header is None else _vault_for(header, vault, last).ctr_key(stored)


def _vault_for(header: SealedHeader, vault: "Vault | None", last: Last) -> "Vault":
    """The keys, unless the log says that this one was destroyed. Raises: as `plain_content`."""
    if told := last(KIND, header.subject):
        entry = told[1]
        raise ErasedError(
            f"its key was destroyed on {entry.known_at[:10]} by {entry.author}: {entry.detail.get('why')}.",
            subject="sealed content",
            remedy="The record proves that it was there. Nobody can read it again.",
        )
    if vault is None:
        raise UnavailableError(
            "it is sealed, and the record was opened without its keys.",
            subject="sealed content",
            remedy="Open it where the folder of keys is: [keep] keys in the mission's declaration.",
        )
    return vault


def refuse_alike(beginning: bytes) -> None:
    """Refuse plain content that would be taken for sealed when it is read. Raises: UnreadableError."""
    if beginning.startswith(MAGIC):
        raise UnreadableError(
            "its first line is that of sealed content.",
            subject="content",
            remedy="Leave that line out, or bring the record it is from.",
        )


def plain_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same parts, unless they begin like sealed content. Raises: as `refuse_alike`."""
    for number, chunk in enumerate(chunks):
        if not number:
            refuse_alike(chunk)
        yield chunk


def name_for_sealing(name: str, *, vault: "Vault", last: Last) -> str:
    """The name, once no key stands under it that the log says was destroyed: it is destroyed first.

    Else content would be lost that was sealed after an erasure which was stopped in its middle.

    Raises: UnavailableError, IntegrityError.
    """
    pseudonym = vault.pseudonym(name)
    if pseudonym is not None and last(KIND, pseudonym):
        vault.erase(pseudonym)
    return name


def sealed_names(content: ContentStore) -> Iterator[tuple[str, str]]:
    """SHA-256 and pseudonym of all that is sealed, in order. Only the beginnings are read.

    Raises: IntegrityError: one begins like sealed content and is out of form. UnavailableError.
    """
    for name in content.names():
        sha256 = hash_of_name(name)
        if sha256 is None:
            continue
        header = sealed_header(next(content.chunks(sha256, size_bytes=HEADER_BYTES_MAX), b""))
        if header is not None:
            yield sha256, header.subject
