"""What is noted of entering and of refusals: one line of JSON each, without a body, a password, a key or a token."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from truceline.base.time import stamp

_TEXT_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that happened at the door. `code` is the error's, empty where nothing was refused."""

    at_us: int
    event: str  # signed_in, sign_in_failed, signed_out, session_ended, proved, password_set, refused, fault
    code: str = ""
    status: int = 0
    method: str = ""
    path: str = ""  # without the query
    account: str = ""
    address: str = ""
    request: str = ""  # its id, which the problem document names too

    def line(self) -> str:
        """The note as one line of ASCII, whatever was in it."""
        said = {name: value for name, value in asdict(self).items() if value not in ("", 0)}
        said["at"] = stamp(self.at_us)
        del said["at_us"]
        return json.dumps(
            {name: value[:_TEXT_MAX] if isinstance(value, str) else value for name, value in said.items()}
        )


Log = Callable[[Note], None]
