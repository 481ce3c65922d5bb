"""Sealed content: what is stored, who can read it, and what becomes of it when its key is destroyed."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.record.small import flipped, overwrite

from truceline.base.canonical import sha256_hex
from truceline.base.errors import ErasedError, IntegrityError, UnavailableError, UnreadableError
from truceline.model.entry import Entry
from truceline.record.content import ContentStore
from truceline.record.disk import LocalDisk
from truceline.record.sealed.form import MAGIC, PART_BYTES, sealed_header
from truceline.record.sealed.reading import name_for_sealing, plain_chunks, plain_content, refuse_alike, sealed_names
from truceline.record.sealed.vault import Vault

NAME, OTHER = "witness 12", "The Northern Party"
CONTENT = b"name,phone\nN. N.,000\n"


def seeded() -> Callable[[int], bytes]:
    return random.Random(7).randbytes  # a chance that is none, so that a failing test fails again


def nothing_erased(_kind: str, _subject: str) -> None:
    return None


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "keys", chance=seeded())


def key_file(vault: Vault, name: str = NAME) -> Path:
    (pseudonym,) = vault.pseudonyms(name)
    return vault._folder / f"{pseudonym}.key"


@settings(max_examples=40, deadline=None)
@given(contents=st.lists(st.tuples(st.sampled_from([NAME, OTHER]), st.binary(max_size=200)), max_size=5))
def test_what_is_sealed_is_opened(tmp_path_factory: pytest.TempPathFactory, contents: list[tuple[str, bytes]]) -> None:
    folder = tmp_path_factory.mktemp("keys")
    stored = [Vault(folder).seal(content, name) for name, content in contents]
    again = Vault(folder)
    assert [again.opened(each) for each in stored] == [content for _, content in contents]
    assert sorted(again.subjects().values()) == sorted({name for name, _ in contents})


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES])
def test_a_file_of_any_size_is_sealed_as_its_bytes_are(tmp_path: Path, vault: Vault, size: int) -> None:
    content = random.Random(size).randbytes(size)
    (tmp_path / "file").write_bytes(content)
    stored = vault.seal(content, NAME)
    assert b"".join(vault.sealed_file(tmp_path / "file", NAME)) == stored
    assert vault.opened(stored) == content


def test_the_same_bytes_for_the_same_subject_are_stored_as_the_same_bytes(vault: Vault, tmp_path: Path) -> None:
    stored = vault.seal(CONTENT, NAME)
    assert vault.seal(CONTENT, NAME) == Vault(tmp_path / "keys").seal(CONTENT, NAME) == stored
    assert vault.seal(CONTENT, OTHER) != stored
    assert len(vault.subjects()) == 2


def test_contents_that_begin_alike_have_nothing_alike_in_their_stored_form(vault: Vault) -> None:
    first, second = (vault.seal(b"x" * PART_BYTES + end, NAME) for end in (b"a", b"b"))
    assert first[-PART_BYTES:-20] != second[-PART_BYTES:-20]
    assert sealed_header(first) != sealed_header(second)


def test_neither_name_nor_content_nor_its_hash_stands_in_the_open(vault: Vault, tmp_path: Path) -> None:
    stored = vault.seal(CONTENT, NAME)
    for open_to_all in (stored, *(path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file())):
        for told in (CONTENT, NAME.encode(), sha256_hex(CONTENT).encode(), bytes.fromhex(sha256_hex(CONTENT))):
            assert told not in open_to_all
    header = sealed_header(stored)
    assert header is not None
    assert header.subject == vault.pseudonyms(NAME)[0]
    for other in (vault.seal(CONTENT, OTHER), Vault(tmp_path / "others").seal(CONTENT, NAME)):
        theirs = sealed_header(other)
        assert theirs is not None
        assert theirs.content != header.content, "whoever knows the bytes can find who else has them"


def test_keys_are_for_their_owner_alone(vault: Vault, tmp_path: Path) -> None:
    vault.seal(CONTENT, NAME)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert key_file(vault).parent.stat().st_mode & 0o777 == 0o700
    assert key_file(vault).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [CONTENT, b""])
def test_any_altered_byte_of_stored_content_is_refused(vault: Vault, content: bytes) -> None:
    stored = vault.seal(content, NAME)
    header = sealed_header(stored)
    assert header is not None
    pseudonym = range(stored.index(header.subject.encode()), stored.index(b'"}'))
    for at in range(len(stored)):
        altered = flipped(stored, at)
        if at < len(MAGIC):
            assert plain_content(altered, vault=vault, last=nothing_erased) == altered, "it is not sealed content"
            continue
        with pytest.raises((IntegrityError, UnavailableError) if at in pseudonym else IntegrityError):
            vault.opened(altered)


def test_any_altered_byte_of_a_sealed_blob_is_found_by_its_name(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    store = ContentStore(tmp_path / "content", LocalDisk())
    sha256 = store.put(stored := vault.seal(CONTENT, NAME))
    for at in range(len(stored)):
        overwrite(tmp_path / "content" / sha256[:2] / sha256[2:], flipped(stored, at))
        with pytest.raises(IntegrityError):
            plain_content(store.get(sha256), vault=vault, last=nothing_erased)


def test_parts_cannot_be_left_out_added_moved_or_brought_from_elsewhere(vault: Vault) -> None:
    stored, step = vault.seal(b"a" * PART_BYTES + b"b" * PART_BYTES, NAME), PART_BYTES + 16
    other = vault.seal(b"a" * PART_BYTES + b"c" * PART_BYTES, NAME)
    head, first, second = stored[: -2 * step], stored[-2 * step : -step], stored[-step:]
    for altered in (
        head + first,
        head + first + second + second,
        head + second + first,
        head + other[-2 * step : -step] + second,
        other[: -2 * step] + first + second,
        stored[:-1],
        stored + b"\n",
    ):
        with pytest.raises(IntegrityError):
            vault.opened(altered)
    assert vault.opened(head + first + second)


@pytest.mark.parametrize(
    "header",
    [
        b'{"bytes":01,"content":"%s","key":"%s","subject":"%s"}\n' % (b"0" * 64, b"0" * 16, b"0" * 32),
        b'{"bytes":1,"content":"%s","key":"%s","subject":"%s"} \n' % (b"0" * 64, b"0" * 16, b"0" * 32),
        b'{"bytes":1,"content":"%s","key":"%s","subject":"../%s"}\n' % (b"0" * 64, b"0" * 16, b"0" * 29),
        b'{"bytes":99999999999999999999,"content":"%s","key":"%s","subject":"%s"}\n'
        % (b"0" * 64, b"0" * 16, b"0" * 32),
        b"",
    ],
)
def test_a_header_out_of_form_is_refused(vault: Vault, header: bytes) -> None:
    with pytest.raises(IntegrityError, match="out of form"):
        vault.opened(MAGIC + header)


def test_any_altered_byte_of_a_key_is_refused(vault: Vault) -> None:
    stored = vault.seal(CONTENT, NAME)
    path = key_file(vault)
    whole = path.read_bytes()
    for at in range(len(whole)):
        overwrite(path, flipped(whole, at))
        with pytest.raises(IntegrityError, match="bring back the copy"):
            vault.opened(stored)
    overwrite(path, whole)
    assert vault.opened(stored) == CONTENT


def test_the_key_of_another_subject_opens_nothing(vault: Vault) -> None:
    stored = vault.seal(CONTENT, NAME)
    vault.seal(CONTENT, OTHER)
    shutil.copyfile(key_file(vault, OTHER), key_file(vault))
    with pytest.raises(IntegrityError, match="cannot be unwrapped"):
        vault.opened(stored)


def test_another_key_under_the_same_pseudonym_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    pseudonym = bytes(16)
    for folder, secret in (("one", b"1" * 32), ("two", b"2" * 32)):
        made = iter([pseudonym, secret, b"w" * 32])  # one wrapping key for both
        vault = Vault(tmp_path / folder, chance=lambda _size, made=made: next(made))
        stored = vault.seal(CONTENT, NAME)
    shutil.copyfile(tmp_path / "one" / "sealed" / f"{pseudonym.hex()}.key", key_file(vault))
    with pytest.raises(IntegrityError, match="not the key that the content was sealed with"):
        vault.opened(stored)


def test_keys_of_another_mission_open_nothing(vault: Vault, tmp_path: Path) -> None:
    stored = vault.seal(CONTENT, NAME)
    with pytest.raises(UnavailableError, match="Bring the folder of keys"):
        Vault(tmp_path / "others").opened(stored)
    others = Vault(tmp_path / "others")
    others.seal(CONTENT, NAME)
    shutil.copyfile(tmp_path / "others" / "sealing.key", tmp_path / "keys" / "sealing.key")
    with pytest.raises(IntegrityError, match="cannot be unwrapped"):
        vault.opened(stored)


def test_a_destroyed_key_is_overwritten_and_gone_and_the_next_one_is_another(vault: Vault) -> None:
    stored, path = vault.seal(CONTENT, NAME), key_file(vault)
    with path.open("rb") as held:
        vault.erase(path.stem)
        assert set(held.read()) == {0}
    assert not path.exists()
    assert vault.subjects() == {}
    with pytest.raises(UnavailableError, match="is not in keys/"):
        vault.opened(stored)
    vault.erase(path.stem)
    assert vault.seal(CONTENT, NAME) != stored


def test_a_key_that_another_process_destroyed_is_not_used_again(vault: Vault, tmp_path: Path) -> None:
    stored = vault.seal(CONTENT, NAME)
    Vault(tmp_path / "keys").erase(vault.pseudonyms(NAME)[0])
    assert vault.pseudonyms(NAME) == []
    assert vault.opened(vault.seal(CONTENT, NAME)) == CONTENT
    with pytest.raises(UnavailableError):
        vault.opened(stored)


def test_a_subject_has_its_own_key_and_those_of_its_parts_and_nobody_elses(vault: Vault) -> None:
    for name in (NAME, f"{NAME}\nfeed\nab", f"{NAME}\nfeed\ncd", f"{NAME}3", OTHER):
        vault.seal(CONTENT, name)
    names = vault.subjects()
    assert {names[one] for one in vault.pseudonyms(NAME)} == {NAME, f"{NAME}\nfeed\nab", f"{NAME}\nfeed\ncd"}


def test_a_key_and_its_folders_are_on_the_disk_before_anything_is_sealed_with_it(tmp_path: Path) -> None:
    class Watching(LocalDisk):
        def __init__(self) -> None:
            self.synced: list[str] = []

        def sync_folder(self, path: Path) -> None:
            self.synced.append(path.name)
            super().sync_folder(path)

    disk = Watching()
    parts = Vault(tmp_path / "keys", disk=disk).sealed_file(tmp_path / "missing", NAME)
    with pytest.raises(UnreadableError):
        next(parts)
    assert {tmp_path.name, "keys", "sealed"} <= set(disk.synced)
    assert disk.synced[-1] == "sealed"


def test_a_file_that_changes_between_its_two_readings_is_not_kept(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    store, source = ContentStore(tmp_path / "content", LocalDisk()), tmp_path / "file"
    source.write_bytes(b"a" * 100)
    parts = vault.sealed_file(source, NAME)
    header = next(parts)
    source.write_bytes(b"b" * 100)
    with pytest.raises(UnavailableError, match="changed"):
        store.put_all([(each for each in (header, *parts))])
    assert list(store.names()) == []


@pytest.mark.parametrize("sealed", [True, False])
def test_what_the_log_says_was_erased_is_erased_whatever_keys_stand(vault: Vault, sealed: bool) -> None:
    stored = vault.seal(CONTENT, NAME) if sealed else CONTENT
    entry = Entry(
        kind="erasure", subject="x", author="L. Berg", known_at="2025-04-20T00:00:00Z", detail={"why": "asked for it"}
    )
    if not sealed:
        assert plain_content(stored, vault=None, last=lambda *_: (7, entry)) == CONTENT
        return
    with pytest.raises(ErasedError, match=r"on 2025-04-20 by L\. Berg: asked for it"):
        plain_content(stored, vault=vault, last=lambda *_: (7, entry))
    with pytest.raises(UnavailableError, match="opened without its keys"):
        plain_content(stored, vault=None, last=nothing_erased)
    assert plain_content(stored, vault=vault, last=nothing_erased) == CONTENT


def test_after_an_erasure_that_was_stopped_nothing_is_sealed_with_the_old_key(vault: Vault) -> None:
    stored, old = vault.seal(CONTENT, NAME), vault.pseudonyms(NAME)
    entry = Entry(kind="erasure", subject=old[0], author="L. Berg", known_at="2025-04-20T00:00:00Z")
    told = {("erasure", old[0]): (7, entry)}
    name = name_for_sealing(NAME, vault=vault, last=lambda *key: told.get(key))
    assert vault.seal(CONTENT, name) != stored
    assert old[0] not in vault.pseudonyms(NAME)


def test_plain_content_that_begins_like_sealed_content_is_refused_before_it_is_put() -> None:
    refuse_alike(b"truceline sealed")
    with pytest.raises(UnreadableError, match="first line"):
        refuse_alike(MAGIC + b"rows\n")
    with pytest.raises(UnreadableError, match="first line"):
        list(plain_chunks([MAGIC, b"rows"]))
    assert list(plain_chunks([b"rows", MAGIC])) == [b"rows", MAGIC]


def test_sealed_content_is_found_among_other_content(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    store = ContentStore(tmp_path / "content", LocalDisk())
    for content in (b"", b"plain", MAGIC[:-1], os.urandom(400)):
        store.put(content)
    sealed = {store.put(vault.seal(CONTENT, name)): vault.pseudonyms(name)[0] for name in (NAME, OTHER)}
    assert dict(sealed_names(store)) == sealed
