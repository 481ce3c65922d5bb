"""The keys of sealed content: one for each subject, in the folder of keys, apart from the record.

`sealed/<pseudonym>.key` holds a data key and the name it stands for, wrapped under the mission's own `sealing.key`
(RFC 5649). The pseudonym is random; only this folder says whose it is, and with the file that too is gone.
"""

import binascii
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding, aes_key_wrap_with_padding

from truceline.base.errors import IntegrityError, UnavailableError
from truceline.record.content import chunks_of_file
from truceline.record.disk import Disk, LocalDisk, bytes_or_none, disk_unavailable, write_whole
from truceline.record.notes.keys import KeyFolder
from truceline.record.sealed.cipher import DATA_KEY_BYTES, DataKey
from truceline.record.sealed.form import PART_BYTES, SealedHeader, parts_of, sealed_header

FOLDER, WRAPPING = "sealed", "sealing"
WITHIN = "\n"  # between a subject's name and that of a part of its content which has a key of its own
_PSEUDONYM_BYTES = 16
_FILE = re.compile(r"([0-9a-f]{32})\.key")
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_MODE, _FOLDER_MODE = 0o600, 0o700
_DESTROYED = b"\0"
_LOCAL = LocalDisk()


class Vault:
    """Seals content for a subject, a person's pseudonym or a compartment, and opens it; destroys a subject's key.

    Limits: whoever can read the folder can read what is sealed: put it on another disk than the record. One writer
        makes and destroys keys; others may read beside it. A copy of the folder keeps every key that it was made with:
        see `erase`.
    """

    def __init__(self, folder: Path, *, disk: Disk = _LOCAL, chance: Callable[[int], bytes] = os.urandom) -> None:
        """Args: folder: of keys; nothing is touched before the first call. chance: n -> n random bytes."""
        self._keys = KeyFolder(folder, disk=disk, chance=chance)
        self._folder, self._disk, self._chance = folder / FOLDER, disk, chance
        self._names: dict[str, str] = {}  # name by pseudonym, as far as read; what was destroyed since may be in it
        self._ready = False

    def seal(self, content: bytes, name: str) -> bytes:
        """Content as it is stored, sealed for this subject; the same again is the same bytes.

        A key is made where the subject has none, and is on the disk when this returns.

        Raises: UnavailableError: disk. IntegrityError: the folder of keys is damaged.
        """
        return b"".join(self._sealed(name, lambda: parts_of(content)))

    def sealed_file(self, source: Path, name: str) -> Iterator[bytes]:
        """A file's bytes as they are stored, part by part, in bounded memory; the file is read twice.

        Raises: as `seal`, as `ContentStore.put_files` of its source, and UnavailableError: it changed in between.
        """
        return self._sealed(name, lambda: _parts(chunks_of_file(source)))

    def opened(self, stored: bytes) -> bytes:
        """What was sealed. Args: stored: as the content store gave it, held against its name.

        Raises: IntegrityError: it is not what was sealed, or the folder of keys is damaged. UnavailableError: its key
            is not in this folder, whether destroyed or kept elsewhere.
        """
        header, key = self._key_of(stored)
        return key.opened(header, stored)

    def ctr_key(self, stored: bytes) -> bytes:
        """What opens this one content and nothing else: see `DataKey.ctr_key`. Raises: as `opened`."""
        header, key = self._key_of(stored)
        return key.ctr_key(header)

    def _key_of(self, stored: bytes) -> tuple[SealedHeader, DataKey]:
        header = sealed_header(stored)
        assert header is not None, "it is not sealed"
        secret = self._read(header.subject)
        if secret is None:
            raise UnavailableError(
                f"it is sealed, and its key {header.subject} is not in {self._keys.folder.name}/.",
                subject="sealed content",
                remedy="Bring the folder of keys here, or name it: [keep] keys in the mission's declaration.",
            )
        key = DataKey(secret[0])
        if key.id != header.key:
            raise _damaged(header.subject, "it is not the key that the content was sealed with.")
        return header, key

    def has(self, pseudonym: str) -> bool:
        """Whether the key of this pseudonym is here. Raises: as `subjects`."""
        return self._read(pseudonym) is not None

    def standing(self) -> list[str]:
        """The pseudonyms of all keys whose file is there, readable or not, sorted. Raises: UnavailableError: disk."""
        try:
            listed = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise disk_unavailable(error, "keys") from None
        return [match[1] for name in listed if (match := _FILE.fullmatch(name))]

    def subjects(self) -> dict[str, str]:
        """The name that each key stands for, by pseudonym. Raises: IntegrityError: damaged. UnavailableError: disk."""
        standing = self.standing()
        self._names = {one: self._names[one] for one in standing if one in self._names}
        for pseudonym in standing:
            if pseudonym not in self._names and (found := self._read(pseudonym)):
                self._names[pseudonym] = found[1]
        return dict(self._names)

    def pseudonyms(self, name: str) -> list[str]:
        """Of every key of this subject: its own, and those of the parts of its content. Raises: as `subjects`."""
        return [one for one, whose in self.subjects().items() if whose == name or whose.startswith(name + WITHIN)]

    def pseudonym(self, name: str) -> str | None:
        """Of the one key that `seal` uses for exactly this name; None where there is none. Raises: as `subjects`."""
        return next((one for one, whose in self._names.items() if whose == name and self.has(one)), None) or next(
            (one for one, whose in self.subjects().items() if whose == name), None
        )

    def erase(self, pseudonym: str) -> None:
        """Destroy a key: overwritten, synced, removed, folder synced. Where it is gone already nothing happens.

        Limits: a solid-state disk, and a file system that writes elsewhere than in place, may keep the old blocks for
            some time: keep the folder on an encrypted disk. Every copy of the folder of keys, every backup and snapshot
            of its disk keeps the key as long as it lasts, and must be destroyed too. What somebody read before, and
            what was made of it and not sealed for the same subject, stays.

        Raises: UnavailableError: disk; the key may still be there, so erase again.
        """
        path = self._path(pseudonym)
        try:
            try:
                handle = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                handle = None
            if handle is not None:
                try:
                    self._disk.write(handle, _DESTROYED * os.fstat(handle).st_size)
                    self._disk.sync(handle)
                finally:
                    os.close(handle)
                path.unlink()
            if self._folder.is_dir():
                self._disk.sync_folder(self._folder)
        except OSError as error:
            raise disk_unavailable(error, "keys") from None

    def _sealed(self, name: str, parts: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        pseudonym = self.pseudonym(name)
        found = self._read(pseudonym) if pseudonym else None
        if pseudonym is None or found is None:
            pseudonym, found = self._made(name)
        key = DataKey(found[0])
        hashing, size = key.hashing(), 0
        for part in parts():
            hashing.update(part)
            size += len(part)
        header = SealedHeader(size_bytes=size, content=hashing.hexdigest(), key=key.id, subject=pseudonym)
        again = key.hashing()
        yield from key.sealed(header, _watched(parts(), again.update))
        if again.digest() != hashing.digest():
            raise UnavailableError(
                "it changed while it was sealed.",
                subject="sealed content",
                remedy="Wait until it is written, then put it in again: nothing was kept of it.",
            )

    def _made(self, name: str) -> tuple[str, tuple[bytes, str]]:
        assert name, "content is sealed for somebody"
        pseudonym, secret = self._chance(_PSEUDONYM_BYTES).hex(), self._chance(DATA_KEY_BYTES)
        wrapping = self._keys.secret_or_new(WRAPPING)
        wrapped = aes_key_wrap_with_padding(wrapping, bytes.fromhex(pseudonym) + secret + name.encode())
        try:
            self._make_ready()
            write_whole(self._disk, self._path(pseudonym), b64encode(wrapped) + b"\n", _MODE)
        except OSError as error:
            raise disk_unavailable(error, "keys") from None
        self._names[pseudonym] = name
        return pseudonym, (secret, name)

    def _make_ready(self) -> None:
        """The folder, its own name on the disk: a key must outlive a loss of power that its content outlives."""
        if self._ready:
            return
        self._folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        self._disk.sync_folder(self._folder.parent)
        self._ready = True

    def _read(self, pseudonym: str) -> tuple[bytes, str] | None:
        """Data key and name; None where it is not there, or was destroyed and is about to be removed."""
        try:
            text = bytes_or_none(self._path(pseudonym))
        except OSError as error:
            raise disk_unavailable(error, "keys") from None
        if text is None or text.startswith(_DESTROYED):
            return None
        try:
            wrapped = b64decode(text, validate=False)
            whole = b64encode(wrapped) + b"\n" == text
            plain = aes_key_unwrap_with_padding(self._keys.secret(WRAPPING), wrapped) if whole else b""
        except (binascii.Error, InvalidUnwrap):
            plain = b""
        if plain[:_PSEUDONYM_BYTES].hex() != pseudonym:
            raise _damaged(pseudonym, "it cannot be unwrapped with the mission's own, `sealing`.")
        rest = plain[_PSEUDONYM_BYTES:]
        return rest[:DATA_KEY_BYTES], rest[DATA_KEY_BYTES:].decode()

    def _path(self, pseudonym: str) -> Path:
        assert _PSEUDONYM.fullmatch(pseudonym), f"{pseudonym!r} is no pseudonym of a key"
        return self._folder / f"{pseudonym}.key"


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of `PART_BYTES`, the last one shorter; at least one."""
    held, given = b"", False
    for chunk in chunks:
        held += chunk
        while len(held) > PART_BYTES:
            yield held[:PART_BYTES]
            held, given = held[PART_BYTES:], True
    if held or not given:
        yield held


def _watched(parts: Iterable[bytes], seen: Callable[[bytes], None]) -> Iterator[bytes]:
    for part in parts:
        seen(part)
        yield part


def _damaged(pseudonym: str, problem: str) -> IntegrityError:
    return IntegrityError(
        problem,
        subject=f"key {pseudonym}",
        remedy="Keep the folder of keys as it is and bring back the copy that was made of it.",
    )
