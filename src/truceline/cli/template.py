"""A new mission's first files: copied from `skeleton/`, which runs as it is."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from truceline.base.errors import InputError, UnavailableError


def make_mission(folder: Path) -> list[Path]:
    """Write the skeleton into a new or empty folder and return the files.

    Raises: InputError: something is there already. UnavailableError: the disk.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is not empty.", subject=str(folder), remedy="Name a new folder; nothing is overwritten.")
    try:
        return sorted(_copy(resources.files("truceline.cli").joinpath("skeleton"), folder))
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.", subject=str(folder), remedy="Name a folder that can be written."
        ) from None


def _copy(source: Traversable, target: Path) -> list[Path]:
    if source.is_file():
        target.write_bytes(source.read_bytes())
        return [target]
    target.mkdir(parents=True, exist_ok=True)
    return [path for part in source.iterdir() for path in _copy(part, target / part.name)]
