"""A ZIP that came in, as its entries: checked whole before anything is unpacked, unpacked into memory only.

Nothing is ever written under a name that the package chooses. One entry that no honest export has refuses the package.
"""

import io
import re
import stat
import unicodedata
import zipfile
import zlib

from truceline.base.errors import InputError
from truceline.model.inputs import MAX_FILE_BYTES
from truceline.observe.reasons import refusal, shown

MAX_ENTRIES = 10_000
MAX_RATIO = 200  # text of a form shrinks to a twentieth; deflate cannot do better than a thousandth
RATIO_FROM_BYTES = 2**20  # smaller entries harm nobody, however far they shrink
_ENTRY_MARK = b"PK\x01\x02"
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # APPNOTE 6.3.10, 4.4.4: encryption, strong encryption, masked headers
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNSAFE = re.compile(r"^/|^[A-Za-z]:|\\|(^|/)\.\.?(/|$)|//|[\x00-\x1f\x7f]")
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, TypeError, LookupError, ArithmeticError)
_MORE_FAULTS = (RuntimeError, MemoryError, AttributeError)  # of a central directory that lies; a password; no method


def entries_of(content: bytes, *, tables: bool) -> dict[str, bytes]:
    """The package's CSV files outside `media/` (`tables`), or all its other files, by name, in its order.

    Args:
        content: a ZIP's bytes, stored or deflated.

    Raises: InputError: no ZIP, damaged, encrypted, a name that leads elsewhere, twice the same name, links, too much.
    Limits: at most 10,000 entries and 512 MB unpacked; a ZIP inside is a file like any other, and not opened.
    """
    if content.count(_ENTRY_MARK) > MAX_ENTRIES:
        raise refusal("zip-bomb", f"more than {MAX_ENTRIES:,} entries.", subject="file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [each for each in archive.infolist() if not each.is_dir()]
            _check(archive.infolist())
            return {each.filename: _unpacked(archive, each) for each in found if _is_table(each.filename) == tables}
    except (*_FAULTS, *_MORE_FAULTS) as error:
        cut = content.startswith(b"PK") and b"PK\x05\x06" not in content
        problem = f"no package of ours: {shown(str(error))}, {len(content):,} bytes."
        raise refusal("cut-short" if cut else "unreadable-zip", problem, subject="file") from None


def _is_table(name: str) -> bool:
    return name.lower().endswith(".csv") and "media" not in name.split("/")[:-1]


def _check(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse the package by what its directory says, before a byte is unpacked."""
    taken: set[str] = set()
    for entry in entries:
        fault = _fault(entry)
        if fault:
            raise fault
        name = unicodedata.normalize("NFC", entry.filename).casefold()
        if name in taken:
            raise refusal("zip-duplicate-name", f"{shown(entry.filename)} is there twice.", subject="file")
        taken.add(name)
    total = sum(entry.file_size for entry in entries)
    if total > MAX_FILE_BYTES:
        raise refusal("zip-bomb", f"unpacks to {total:,} bytes, at most {MAX_FILE_BYTES:,}.", subject="file")


def _fault(entry: zipfile.ZipInfo) -> InputError | None:
    """What makes one entry one that no export of a form has."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    if _UNSAFE.search(name) or not name:
        return refusal("zip-unsafe-name", f"an entry is called {shown(name)}.", subject="file")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return refusal("zip-unsafe-name", f"{shown(name)} is a link or a device, no file.", subject="file")
    if entry.flag_bits & _ENCRYPTED:
        return refusal("zip-encrypted", f"{shown(name)} is encrypted.", subject="file")
    if entry.compress_type not in _METHODS:
        return refusal("unreadable-zip", f"{shown(name)} is packed by method {entry.compress_type}.", subject="file")
    if entry.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * entry.compress_size):
        sizes = f"{entry.compress_size:,} bytes into {entry.file_size:,}"
        return refusal("zip-bomb", f"{shown(name)} unpacks {sizes}.", subject="file")
    return None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One entry; its length is what the directory says and its checksum holds, or it is damaged."""
    content = archive.read(entry)
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename[:40]!r} has {len(content)} bytes of {entry.file_size}")
    return content
