"""Report files on disk, written whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from truceline.base.errors import UnavailableError
from truceline.model.products import Products
from truceline.report import Still, render

REPORT = "report"
NO_FILES: Mapping[str, bytes] = MappingProxyType({})


def write_report(
    folder: Path, products: Products, *, originals: Mapping[str, bytes] = NO_FILES, out: Path | None = None
) -> list[Path]:
    """Every file of the report, the HTML page first.

    Args: originals: content of feeds by path; stills are made of those that are footage.

    Raises: TotalsError: totals do not reconcile, nothing is written. UnavailableError: the disk.
    """
    files = render(products, stills=_stills(products, originals))
    place = out if out is not None else folder / REPORT
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(place / name, content)
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.",
            subject=f"report {place}",
            remedy="Give it room and rights; the record is complete. Then: truceline report MISSION [--out FOLDER].",
        ) from None
    return sorted((place / name for name in files), key=lambda path: (path.suffix != ".html", path.name))


def _stills(products: Products, originals: Mapping[str, bytes]) -> list[Still]:
    if not products.footage.tracks.num_rows or not originals:
        return []
    from truceline.run.footage.stills import stills_of  # heavy, and most missions have none

    return stills_of(products, originals)


def write_whole(path: Path, content: bytes) -> None:
    """A file whole or not at all. Raises: OSError."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
