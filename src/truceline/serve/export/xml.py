"""Rows as XML: KML for globes, Cursor on Target for situation displays.

Cursor on Target is a format of people who also aim. What goes out in it is therefore coarse, an hour old at least,
drawn as a plain spot of no side, and nothing at all unless the mission turned it on. Its `ce` is one sigma.
"""

import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pyarrow as pa

from truceline.base.errors import InputError
from truceline.base.time import stamp
from truceline.base.units import SIGMA_95_CIRCLE, US_PER_S
from truceline.model.account import Recipient
from truceline.report.geojson import DISCLAIMER
from truceline.report.totals import Row
from truceline.serve.export.rows import id_column, outline, written

KML_NAMESPACE = "http://www.opengis.net/kml/2.2"
SPOT = "b-m-p-s-m"  # a spot on the map: no side, no force, no unit
ESTIMATED = "h-e"  # how: estimated by people
UNKNOWN_M = "9999999"  # CoT for a number that nobody knows: heights and their error
LEAST_ERROR_M, LEAST_AGE_S, STALE_S = 1_000, 3_600, 86_400
_H_US, _LINE_STALE_S = 3_600 * US_PER_S, 3 * 3_600
OPEX = {"": "", "operation": "o", "exercise": "e", "simulation": "s"}
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def kml(table: pa.Table) -> bytes:
    """The rows as one KML document, in their order: a placemark each, with all columns and its span of time.

    A place with a known error is drawn as the ellipse that holds 95 %, so that a coarse place does not look like a
    point; its middle stands among the columns.
    Limits: characters that XML cannot hold become U+FFFD. Source: OGC 12-007r2.
    """
    root = ElementTree.Element("kml", {"xmlns": KML_NAMESPACE})
    document = ElementTree.SubElement(root, "Document")
    _text(document, "description", DISCLAIMER)
    named = id_column(table)
    for row in written(table):
        _placemark(document, row, row[named])
    return _bytes(root)


def cot(table: pa.Table, *, to: Recipient, now_us: int, opex: str = "") -> bytes:
    """The placed rows as Cursor on Target events, in their order: spots as wide as their error.

    Args:
        table: released to a party or the public; every place at least 1 km wide, every row at least an hour old.
        to: whom it was released to.
        now_us: when it is made, microseconds UTC; each spot goes stale a day later.
        opex: a word of OPEX: whether it is of an operation, an exercise or a simulation; empty: not said.

    Raises: InputError: one row is sharper or fresher, or `to` may see such rows; nothing is made then.
    Limits: rows without a place are left out, for the format has no way to say so.
    Source: MITRE MTR 090284 (base schema 2.0).
    """
    root = ElementTree.Element("events", {"disclaimer": DISCLAIMER})
    about = {"time": stamp(now_us), "stale": stamp(now_us + STALE_S * US_PER_S), "opex": OPEX[opex]}
    for _, event in _spots(table, to, now_us, about):
        root.append(event)
    return _bytes(root)


def cot_events(table: pa.Table, *, to: Recipient, now_us: int, opex: str = "") -> dict[str, bytes]:
    """As `cot`, each event by itself, by its uid: for lines that carry them as they come to be released.

    No time on the wire is sharper than an hour, not even that of making: it says nothing of when a person decided. Made
    again within the hour, the bytes are the same. A spot that is not sent again goes stale two to three hours later.
    """
    hour_us = now_us - now_us % _H_US
    about = {"time": stamp(hour_us), "stale": stamp(hour_us + _LINE_STALE_S * US_PER_S), "opex": OPEX[opex]}
    return {uid: ElementTree.tostring(event, encoding="utf-8") for uid, event in _spots(table, to, hour_us, about)}


def _spots(
    table: pa.Table, to: Recipient, now_us: int, about: dict[str, str]
) -> Iterator[tuple[str, ElementTree.Element]]:
    if to.kind not in ("party", "public"):
        raise InputError(
            f"a table released to {to} holds exact places.",
            subject="Cursor on Target",
            remedy="Export what was released to a party or to the public.",
        )
    named = id_column(table)
    for row, latest_us in zip(written(table), _latest(table), strict=True):
        if row.get("lon_deg") is not None:
            _refuse_precise(row[named], row.get("error_m"), latest_us, now_us)
            yield _legal(row[named]), _spot(row, _legal(row[named]), about)


def _latest(table: pa.Table) -> list[int | None]:
    named = "latest_at_us" in table.column_names
    latest: list[int | None] = table.column("latest_at_us").to_pylist() if named else [None] * table.num_rows
    return latest


def _refuse_precise(subject: str, error_m: int | None, latest_us: int | None, now_us: int) -> None:
    if error_m is None or error_m < LEAST_ERROR_M:
        raise InputError(
            f"its place is known to {'an unstated error' if error_m is None else f'{error_m} m'}; "
            f"at least {LEAST_ERROR_M} m is needed.",
            subject=subject,
            remedy="Set `grid_m` in the release rule so that places are coarse.",
        )
    if latest_us is None or now_us - latest_us < LEAST_AGE_S * US_PER_S:
        age = "of unstated age" if latest_us is None else f"{(now_us - latest_us) // US_PER_S} s old"
        raise InputError(
            f"it is {age}; at least {LEAST_AGE_S} s is needed.",
            subject=subject,
            remedy="Set `delay` in the release rule to an hour or more.",
        )


def _spot(row: Row, uid: str, about: dict[str, str]) -> ElementTree.Element:
    stated = {
        "version": "2.0",
        "uid": uid,
        "type": SPOT,
        "how": ESTIMATED,
        "time": about["time"],
        "start": str(row.get("earliest_at") or row["latest_at"]),
        "stale": about["stale"],
    }
    event = ElementTree.Element("event", stated | ({"opex": about["opex"]} if about["opex"] else {}))
    one_sigma_m = math.ceil(row["error_m"] / SIGMA_95_CIRCLE)
    place = {"lat": repr(row["lat_deg"]), "lon": repr(row["lon_deg"]), "ce": str(one_sigma_m)}
    ElementTree.SubElement(event, "point", {**place, "hae": UNKNOWN_M, "le": UNKNOWN_M})
    detail = ElementTree.SubElement(event, "detail")
    words = f"Recorded {row.get('act') or 'event'}, {row.get('status') or 'status not stated'}."
    _text(detail, "remarks", f"{words} Place rounded, time delayed: says where and when only coarsely.")
    return event


def _placemark(document: ElementTree.Element, row: Row, name: str) -> None:
    mark = ElementTree.SubElement(document, "Placemark")
    _text(mark, "name", name)
    if row.get("earliest_at") or row.get("latest_at"):
        span = ElementTree.SubElement(mark, "TimeSpan")
        for tag, column in (("begin", "earliest_at"), ("end", "latest_at")):
            if row.get(column):
                _text(span, tag, row[column])
    columns = ElementTree.SubElement(mark, "ExtendedData")
    for column, value in row.items():
        if value is not None:
            _text(ElementTree.SubElement(columns, "Data", {"name": column}), "value", _value(value))
    if row.get("lon_deg") is None:
        return
    if row.get("error_m") is None:
        point = ElementTree.SubElement(mark, "Point")
        _text(point, "coordinates", f"{row['lon_deg']!r},{row['lat_deg']!r}")
        return
    ring = ElementTree.SubElement(mark, "Polygon")
    for tag in ("outerBoundaryIs", "LinearRing"):
        ring = ElementTree.SubElement(ring, tag)
    _text(ring, "coordinates", " ".join(f"{lon_deg},{lat_deg}" for lon_deg, lat_deg in outline(row)))


def _value(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _legal(text)


def _legal(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _bytes(root: ElementTree.Element) -> bytes:
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
