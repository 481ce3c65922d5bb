"""The only file of this stage that touches the disk."""

from pathlib import Path

from truceline.base.errors import UnavailableError, UnreadableError
from truceline.observe.raw import MAX_FILE_BYTES


def read_bytes(path: Path) -> bytes:
    """The feed's bytes, whole and as they are.

    Raises: UnreadableError: no such file, a folder, no right to read it, or larger than 512 MB: mend it.
        UnavailableError: the disk or the network drive failed: try again.
    """
    subject = f"feed file {path.name}"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(
            f"cannot be opened: {cause}.",
            subject=subject,
            remedy="Check the feed's path in the mission and its rights.",
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
            remedy="Split it into several feeds.",
        )
    return content
