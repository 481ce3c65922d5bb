"""Report files on disk, written whole or not at all."""

import os
from pathlib import Path

from truceline.base.errors import UnavailableError
from truceline.model.products import Products
from truceline.report import render

REPORT = "report"


def write_report(folder: Path, products: Products, *, out: Path | None = None) -> list[Path]:
    """Every file of the report, the HTML page first.

    Raises: TotalsError: totals do not reconcile, nothing is written. UnavailableError: the disk.
    """
    files = render(products)
    place = out if out is not None else folder / REPORT
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            part = place / f".{name}.part"
            part.write_bytes(content)
            os.replace(part, place / name)
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.",
            subject=f"report {place}",
            remedy="Give it room and rights; the record is complete. Then: truceline report MISSION [--out FOLDER].",
        ) from None
    return sorted((place / name for name in files), key=lambda path: (path.suffix != ".html", path.name))
