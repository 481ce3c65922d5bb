"""Behind `format`, `words` and `schema`: a mandate's text laid out, in English, and the shape of its JSON."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from truceline.base.errors import UnavailableError, UnreadableError
from truceline.mandate import decoded, format_text, mandate_schema, mandate_words, parse_mandates


def format_files(paths: Sequence[Path], *, check: bool) -> list[Path]:
    """Lay each file out and return those that changed, or with `check` would change; none is written unless all parse.

    Raises: MandateSyntaxError, InputError: a file cannot be read. UnavailableError: the disk.
    """
    changed: dict[Path, bytes] = {}
    for path in paths:
        content = _read(path)
        formatted = format_text(decoded(content, source=str(path)), source=str(path)).encode()
        if formatted != content:
            changed[path] = formatted
    for path, formatted in changed.items():
        if not check:
            _replace(path.resolve(), formatted)
    return list(changed)


def words_in(path: Path) -> str:
    """The English of a file's mandate. Raises: MandateError, InputError."""
    return "\n".join(mandate_words(mandate) for mandate in parse_mandates({str(path): _read(path)}))


def schema_words() -> str:
    """JSON Schema of a mandate's canonical JSON, as `docs/mandate.schema.json` holds it."""
    return json.dumps(mandate_schema(), ensure_ascii=False, indent=1) + "\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(
            f"cannot be opened: {cause}.", subject=str(path), remedy="Name a .truce file, or a .md file that holds one."
        ) from None


def _replace(path: Path, content: bytes) -> None:
    """Write the whole file or nothing of it. Raises UnavailableError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UnavailableError(
            f"{error.strerror or error}.", subject=str(path), remedy="It is as it was; make its folder writable."
        ) from None
