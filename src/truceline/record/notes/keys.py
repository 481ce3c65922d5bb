"""The folder of private keys: apart from the record, out of backups, readable by its owner alone."""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.record.disk import Disk, LocalDisk, bytes_or_none, disk_unavailable, write_whole

KEY_BYTES = 32
_MODE, _FOLDER_MODE = 0o600, 0o700
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_LOCAL = LocalDisk()


class KeyFolder:
    """Secrets of 32 bytes, each a file of base64 by its name: `log.key`, `disclosure.key`.

    Limits: whoever can read the folder can sign as the log. Put it on another disk than the record. Of two processes
        that make the same key at once one loses its own: make keys under the lock of what they are for.
    """

    def __init__(self, folder: Path, *, disk: Disk = _LOCAL, chance: Callable[[int], bytes] = os.urandom) -> None:
        """Nothing is touched before the first call."""
        self.folder, self._disk, self._chance = folder, disk, chance

    def secret(self, name: str) -> bytes:
        """The secret of this name. Raises: UnknownNameError: none is here. IntegrityError, UnavailableError."""
        found = self._read(name)
        if found is None:
            raise UnknownNameError(
                f"there is no key {name!r} in {self.folder.name}/.",
                subject="keys",
                remedy="Bring the folder of keys here, or name it: [keep] keys in the mission's declaration.",
            )
        return found

    def secret_or_new(self, name: str) -> bytes:
        """The secret of this name, made where there is none and on the disk when this returns. Raises: as `secret`."""
        found = self._read(name)
        if found is not None:
            return found
        made = self._chance(KEY_BYTES)
        try:
            self.folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._disk.sync_folder(self.folder.parent)
            write_whole(self._disk, self._path(name), b64encode(made) + b"\n", _MODE)
        except OSError as error:
            raise disk_unavailable(error, "keys") from None
        return made

    def _path(self, name: str) -> Path:
        assert _NAME.fullmatch(name), f"{name!r} cannot name a key"
        return self.folder / f"{name}.key"

    def _read(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            text = bytes_or_none(path)
            shared = text is not None and os.name == "posix" and path.stat().st_mode & 0o077
        except OSError as error:
            raise disk_unavailable(error, "keys") from None
        if text is None:
            return None
        if shared:
            raise UnavailableError(
                f"others than its owner may read the key {name!r}.",
                subject="keys",
                remedy=f"chmod 600 {self.folder.name}/{name}.key, and think of it as known to others.",
            )
        try:
            found = b64decode(text, validate=False)
        except ValueError:
            found = b""
        if len(found) != KEY_BYTES or b64encode(found) + b"\n" != text:
            raise IntegrityError(
                f"the key {name!r} is no key of {KEY_BYTES} bytes.",
                subject="keys",
                remedy="Keep the file as it is and bring back the copy that was made of the folder of keys.",
            )
        return found
