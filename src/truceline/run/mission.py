"""A mission folder on disk: its `truceline.toml` and the files that it names, as bytes."""

import tomllib
from pathlib import Path

import msgspec

from truceline.base.errors import InputError, UnavailableError, UnreadableError
from truceline.base.keys import refuse_unknown
from truceline.base.time import zone_of
from truceline.model.inputs import MAX_FILE_BYTES, Inputs
from truceline.model.mission import Mission

DECLARATION = "truceline.toml"


def read_mission(folder: Path) -> Mission:
    """The declaration of the mission in `folder`. Raises: as `mission_of`, and UnreadableError where there is none."""
    path = folder / DECLARATION
    if not path.is_file():
        raise UnreadableError(
            f"there is no {DECLARATION} in {folder}.",
            subject="mission",
            remedy="Name a mission folder, or make one: truceline init FOLDER.",
        )
    return mission_of(read_bytes(path))


def mission_of(content: bytes) -> Mission:
    """The declaration that these bytes hold.

    Raises: UnreadableError, UnknownNameError: not UTF-8, not TOML, an unknown key (with the nearest), a wrong type.
    """
    try:
        declared = tomllib.loads(content.decode("utf-8"))
        refuse_unknown(declared, Mission, where=DECLARATION)
        mission = msgspec.convert(declared, Mission)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(f"{error}.", subject=DECLARATION, remedy="Mend the TOML there.") from None
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start} is not UTF-8.", subject=DECLARATION, remedy="Save it as UTF-8."
        ) from None
    except msgspec.ValidationError as error:
        raise UnreadableError(
            f"{error}.", subject=DECLARATION, remedy="missions/first-steps/truceline.toml shows every key."
        ) from None
    zone_of(mission.zone)
    return mission


def read_inputs(folder: Path, *, now_us: int) -> Inputs:
    """Every file the mission names, as bytes. Nothing outside the folder is read.

    Raises: UnreadableError, UnavailableError: with the file and what to do.
    """
    mission = read_mission(folder)
    shapes = sorted((folder / "geo").glob("*.geojson")) if (folder / "geo").is_dir() else []
    return Inputs(
        mission=mission,
        mandates={path: inside(folder, path) for path in mission.mandates},
        feeds={feed.path: inside(folder, feed.path) for feed in mission.feeds},
        catalogues={feed.catalogue: inside(folder, feed.catalogue) for feed in mission.feeds if feed.catalogue},
        geometry={f"geo/{path.name}": inside(folder, f"geo/{path.name}") for path in shapes},
        now_us=now_us,
        beside={path: inside(folder, path) for path in beside_of(mission)},
    )


def beside_of(mission: Mission) -> tuple[str, ...]:
    """Paths of terrain models, and of sightings and control points of footage."""
    named = [path for feed in mission.feeds for path in (feed.terrain, *feed.beside)]
    return tuple(dict.fromkeys(path for path in (*named, mission.coverage.terrain) if path))


def inside(folder: Path, path: str) -> bytes:
    """The bytes of a file that a mission names. Raises InputError: the path leads out of the folder."""
    whole = (folder / path).resolve()
    if not whole.is_relative_to(folder.resolve()):
        raise InputError(
            f"{path!r} leads out of the mission folder.",
            subject=DECLARATION,
            remedy="Keep every file of a mission inside its folder.",
        )
    return read_bytes(whole)


def read_bytes(path: Path) -> bytes:
    """A file's bytes, whole and as they are.

    Raises: UnreadableError: no such file, a folder, no right to read it, or larger than 512 MB: mend it.
        UnavailableError: the disk or the network drive failed: try again.
    """
    subject = f"file {path.name}"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        if isinstance(error, IsADirectoryError):
            raise UnreadableError("is a folder.", subject=subject, remedy="Name a file in it.") from error
        raise UnreadableError(
            f"cannot be opened: {cause}.",
            subject=subject,
            remedy="Check its path and its rights.",
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"cannot be read now: {error.strerror}.",
            subject=subject,
            remedy="Check the disk, then run again.",
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableError(
            f"is larger than {MAX_FILE_BYTES:,} bytes.",
            subject=subject,
            remedy="Split it.",
        )
    return content
