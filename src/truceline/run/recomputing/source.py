"""The code that a run is made by, kept in the record once for each version of it, with the versions of libraries."""

import functools
import io
import platform
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import truceline
from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.record import Record

PACKAGE = "truceline/"
PARTS = (  # everything that a table can depend on, and what verifies it again: the archive runs by itself
    "base",
    "cli",
    "detect",
    "fuse",
    "judge",
    "locate",
    "mandate",
    "model",
    "observe",
    "plan",
    "record",
    "report",
    "respond",
    "run",
    "terms",
)
_LEFT_OUT = {"__pycache__", "fonts", "templates", "skeleton"}
LIBRARIES = (  # distributions that the stages of the pipeline compute with; those that are installed are written down
    "defusedxml",
    "lark",
    "msgspec",
    "numpy",
    "pillow",
    "protobuf",
    "pyarrow",
    "pymavlink",
    "pyproj",
    "pyulog",
    "rasterio",
    "scipy",
    "shapely",
    "takproto",
    "tstrans",
    "tzdata",
)
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can state
_REGULAR_READABLE = 0o100644 << 16
_UNIX = 3
_NO_ARCHIVE = (  # what zipfile raises of damaged, encrypted or unknown archives
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
MAX_ARCHIVE_BYTES = 64 * 2**20  # unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a run was made by."""

    archive: str  # sha-256 of the zip in the content store
    manifest: str  # sha-256 over the names and hashes of its files: which version of the code
    libraries: Mapping[str, str]  # name -> version; `python` too

    def detail(self) -> dict[str, object]:
        """As the run's entry states it."""
        return {"source": self.archive, "manifest": self.manifest, "libraries": dict(self.libraries)}


@functools.cache
def own_source() -> Mapping[str, bytes]:
    """Our own files by their path, `truceline/base/units.py`; read once in a process, at its first run."""
    root = Path(truceline.__file__).parent
    files = [*root.glob("*.py"), *(path for part in PARTS for path in (root / part).rglob("*"))]
    names = {path.relative_to(root): path for path in files if path.is_file()}
    kept = {name: path for name, path in names.items() if not _LEFT_OUT.intersection(name.parts)}
    return {PACKAGE + name.as_posix(): path.read_bytes() for name, path in sorted(kept.items())}


@functools.cache
def own_manifest() -> str:
    """The hash that stands for this version of the code."""
    return manifest_of(own_source())


@functools.cache
def own_libraries() -> Mapping[str, str]:
    """Versions of Python and of the libraries that compute, by name."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # an optional part that is not installed
            continue
    return found


def manifest_of(files: Mapping[str, bytes]) -> str:
    """The hash over names and hashes, 64 hex digits: equal files, equal manifest, whatever packed them."""
    return sha256_hex(canonical_bytes({name: sha256_hex(content) for name, content in files.items()}))


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files: sorted names, one fixed time; the same bytes for the same files under one zlib."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, _FIRST_MOMENT)
            about.external_attr, about.create_system = _REGULAR_READABLE, _UNIX
            archive.writestr(about, files[name], zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def unpacked(content: bytes) -> dict[str, bytes] | None:
    """The files of such a zip, or None where it is none, or larger than any of ours. Nothing is written or run."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = [each for each in archive.infolist() if not each.is_dir()]
            if sum(each.file_size for each in about) > MAX_ARCHIVE_BYTES:
                return None
            return {each.filename: _read(archive, each) for each in about}
    except _NO_ARCHIVE:
        return None


def _read(archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> bytes:
    with archive.open(about) as file:
        return file.read(about.file_size)  # no more than it states, whatever it would unpack to


@functools.cache
def _own_archive() -> bytes:
    return packed(own_source())


def keep_source(record: Record) -> Making:
    """Put our own source into the record unless the latest run kept this version of it. Raises: as `Record.put`."""
    last = record.last("mission", "inputs")
    kept = str(last[1].detail.get("source", "")) if last and last[1].detail.get("manifest") == own_manifest() else ""
    archive = kept if kept and record.has(kept) else record.put(_own_archive())
    return Making(archive=archive, manifest=own_manifest(), libraries=own_libraries())
