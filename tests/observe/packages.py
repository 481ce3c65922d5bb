"""Small packages and photos as forms export them, for tests to break."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace

from PIL import Image
from tests.observe.sample import FEED

SUBMISSIONS = (
    {
        "SubmissionDate": "2025-03-10T18:00:00.000Z",
        "visit-begins": "2025-03-10T19:00:00.000+02:00",
        "visit-what": "fire",
        "where-Latitude": "48.02",
        "where-Longitude": "37.80",
        "where-Altitude": "120",
        "where-Accuracy": "10",
        "note": "three bursts",
        "photo": "1710000000001.jpg",
        "meta-instanceID": "uuid:aa",
        "KEY": "uuid:aa",
    },
    {
        "SubmissionDate": "2025-03-11T18:00:00.000Z",
        "visit-begins": "2025-03-11",
        "visit-what": "strike",
        "where-Latitude": "",
        "where-Longitude": "",
        "where-Altitude": "",
        "where-Accuracy": "",
        "note": "",
        "photo": "",
        "meta-instanceID": "uuid:bb",
        "KEY": "uuid:bb",
    },
)
ENTRIES = (
    {"weapon": "mortar", "shots": "3", "PARENT_KEY": "uuid:aa", "KEY": "uuid:aa/seen[1]"},
    {"weapon": "howitzer", "shots": "12", "PARENT_KEY": "uuid:aa", "KEY": "uuid:aa/seen[2]"},
    {"weapon": "tank", "shots": "1", "PARENT_KEY": "uuid:bb", "KEY": "uuid:bb/seen[1]"},
)
FORM_COLUMNS = {
    "begins": "visit-begins",
    "act": "visit-what",
    "lon": "where-Longitude",
    "lat": "where-Latitude",
    "error_m": "where-error_m",
    "remark": "note",
}
FORM_FEED = replace(FEED, name="patrol form", format="odk", columns=FORM_COLUMNS)
REPEAT_FEED = replace(FORM_FEED, columns=FORM_COLUMNS | {"class": "weapon", "count": "shots"})

EXIF, GPS = 0x8769, 0x8825


def as_csv(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> bytes:
    """Rows as a CSV with the first one's columns."""
    rows = list(rows)
    held = io.StringIO(newline="")
    writer = csv.DictWriter(held, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue().encode()


def as_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Files as a package."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 3, 10, 0, 0, 0)), content, method)
    return held.getvalue()


def as_form(**others: bytes) -> bytes:
    """The sample form as ODK Central exports it, with one photo; `others` replaces or adds files, by their names."""
    files = {
        "patrol.csv": as_csv(SUBMISSIONS),
        "patrol-seen.csv": as_csv(ENTRIES),
        "media/1710000000001.jpg": as_photo(),
    }
    return as_zip(files | others)


def as_photo(
    taken: str = "2025:03:10 19:00:30",
    offset: str = "+02:00",
    place: tuple[float, float] | None = (37.80, 48.02),
    gps: Mapping[int, object] | None = None,
) -> bytes:
    """A small JPEG with the metadata of a telephone; empty or None: without."""
    picture, held = Image.new("RGB", (24, 16), (200, 120, 40)), io.BytesIO()
    exif = picture.getexif()
    exif[0x010F], exif[0x0110] = "Maker", "Model 7"
    clock = exif.get_ifd(EXIF)
    if taken:
        clock[0x9003] = taken
    if offset:
        clock[0x9011] = offset
    satellites = exif.get_ifd(GPS)
    if place is not None:
        lon_deg, lat_deg = place
        satellites |= {1: "N" if lat_deg >= 0 else "S", 2: _sexagesimal(lat_deg)}
        satellites |= {3: "E" if lon_deg >= 0 else "W", 4: _sexagesimal(lon_deg)}
    satellites |= gps or {}
    picture.save(held, "JPEG", exif=exif)
    return held.getvalue()


def _sexagesimal(angle_deg: float) -> tuple[float, float, float]:
    angle_deg = abs(angle_deg)
    minutes = angle_deg % 1 * 60
    return float(int(angle_deg)), float(int(minutes)), round(minutes % 1 * 60, 4)
