"""One event as texts by column: what the sender wrote, with the unknown left empty and the error in our measure.

Limits: `ce` is taken as what the standard calls it where it is an error: one sigma. Senders that state something else
(a receiver's 50 or 68 %, the radius of a drawn circle) are not told apart; state `error_m` as a constant then.
Source: MITRE MTR 090284, base schema 2.0 (`ce`: "the one sigma point for a zero mean normal distribution").
"""

import math
import re
from xml.etree.ElementTree import Element, ParseError

from truceline.base.errors import InputError, UnavailableError
from truceline.base.time import stamp
from truceline.base.units import SIGMA_95_CIRCLE
from truceline.observe.cot.frames import Piece
from truceline.observe.fields import number
from truceline.observe.reasons import refusal, shown

try:
    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from takproto.proto import TakMessage  # type: ignore[import-untyped]
except ImportError as error:  # whoever reads events meets it first, with what to do
    raise UnavailableError(
        f"{error}.", subject="Cursor on Target", remedy="Install the extra: pip install truceline[footage]."
    ) from None


COT_COLUMNS = {  # what a mapping may name
    "key": "uid and time: the name of this statement; the same uid comes again with every change",
    "uid": "the sender's name for the thing",
    "type": "the tree of types, such as `b-d-a`",
    "how": "how it came about: `m-…` by a machine, `h-…` by a person",
    "time": "when the event was made",
    "start": "from when it holds",
    "stale": "until when it holds",
    "lat": "degrees, WGS 84",
    "lon": "degrees, WGS 84",
    "hae": "metres above the ellipsoid",
    "ce": "as sent: one sigma of the place, metres, in each direction",
    "le": "as sent: one sigma of the height, metres",
    "error_m": "radius that holds 95 %: `ce` times 2.448, rounded up to 0.1 m",
    "callsign": "of `detail/contact`",
    "remarks": "of `detail/remarks`",
    "course": "degrees from true north, of `detail/track`",
    "speed": "metres a second, of `detail/track`",
    "opex": "`o-…` operation, `e-…` exercise, `s-…` simulation",
    "access": "the sender's own marking",
    "own": "`yes` where it says of itself where its sender's device is (`takv`, `__group`)",
}
UNKNOWN = 9_999_999  # the standard's own word for a number that nobody knows
_PRECISE = re.compile(r"(.*\d[.,]\d{6})\d+(.*)")  # a fraction of more digits than a microsecond has
_LONGEST_TIME = 64
_LAST_MS = 253_402_300_799_999  # the end of the year 9999
_DEVICE = ("takv", "__group")  # what a device says when it tells of itself
_OF_DEVICE = re.compile(r"<(?:takv|__group)[\s/>]")
_REMARKS = re.compile(r"<remarks(?:\s[^<>]*)?(?<!/)>")

Texts = dict[str, str]


def texts_of(piece: Piece) -> Texts:
    """Every column of COT_COLUMNS, "" where the event says nothing.

    Args: piece: of kind `xml` or `protobuf`.
    Raises: InputError: it is no event, or lacks what every event has.
    """
    texts = _of_xml(piece.content) if piece.kind == "xml" else _of_message(piece.content)
    lacking = [name for name in ("uid", "type") if not texts[name]]
    if lacking:
        raise refusal("cot-incomplete", f"it has no {' and no '.join(lacking)}.", subject="event")
    return texts


def _of_xml(content: bytes) -> Texts:
    event = _element(content)
    if event.tag != "event":
        raise refusal("cot-unreadable", f"the element is called {shown(event.tag)}.", subject="event")
    point = event.find("point")
    if point is None:
        raise refusal("cot-incomplete", "it has no point.", subject="event")
    stated = {name: event.get(name, "").strip() for name in ("uid", "type", "how", "opex", "access")}
    stated |= {name: _moment(event.get(name, "")) for name in ("time", "start", "stale")}
    stated |= {name: point.get(name, "") for name in ("lat", "lon", "hae", "ce", "le")}
    detail = event.find("detail")
    return _completed(stated | _of_detail(detail if detail is not None else Element("detail")))


def _of_detail(detail: Element) -> Texts:
    contact, track, remarks = (detail.find(name) for name in ("contact", "track", "remarks"))
    return {
        "callsign": contact.get("callsign", "") if contact is not None else "",
        "remarks": ("" if remarks is None else remarks.text or "").strip(),
        "course": track.get("course", "") if track is not None else "",
        "speed": track.get("speed", "") if track is not None else "",
        "own": "yes" if any(detail.find(name) is not None for name in _DEVICE) else "",
    }


def _of_message(content: bytes) -> Texts:
    message = TakMessage()
    try:
        message.ParseFromString(content)
    except DecodeError as error:
        raise refusal("cot-unreadable", f"no message: {shown(str(error))}.", subject="event") from None
    if not message.HasField("cotEvent"):
        raise refusal("cot-no-event", "the message holds none.", subject="event")
    event, detail = message.cotEvent, message.cotEvent.detail
    stated = {name: getattr(event, name).strip() for name in ("uid", "type", "how", "opex", "access")}
    stated |= {
        name: _moment_of_ms(value)
        for name, value in (("time", event.sendTime), ("start", event.startTime), ("stale", event.staleTime))
    }
    stated |= {name: repr(getattr(event, name)) for name in ("lat", "lon", "hae", "ce", "le")}
    moving = detail.HasField("track")
    own = detail.HasField("takv") or detail.HasField("group") or _OF_DEVICE.search(detail.xmlDetail)
    stated |= {
        "callsign": detail.contact.callsign,
        "remarks": _remarks(detail.xmlDetail),
        "course": repr(detail.track.course) if moving else "",
        "speed": repr(detail.track.speed) if moving else "",
        "own": "yes" if own else "",
    }
    return _completed(stated)


def _completed(stated: Texts) -> Texts:
    """The unknown left empty, and the columns that follow from others."""
    for name in ("lat", "lon", "hae", "ce", "le", "course", "speed"):
        stated[name] = _known(stated[name].strip())
    stated["error_m"] = _error_m(stated["ce"])
    stated["key"] = f"{stated['uid']} {stated['time']}"
    return stated


def _remarks(further: str) -> str:
    """Of the elements that a message keeps as XML; to read all of them would cost ten times the message."""
    begin = _REMARKS.search(further)
    end = further.find("</remarks>", begin.end()) if begin else -1
    if begin is None or end < 0:
        return ""
    return (_element(f"{further[begin.start() : end]}</remarks>".encode()).text or "").strip()


def _known(text: str) -> str:
    """The text of a number, "" where it stands for an unknown one; what is no number is left to be refused later."""
    try:
        value = float(text)
    except ValueError:
        return text
    return "" if math.isnan(value) or UNKNOWN <= value < math.inf else text


def _error_m(one_sigma: str) -> str:
    """The radius in metres that holds 95 % of a circular normal error, never smaller than it is."""
    try:
        radius_m = number(one_sigma, subject="ce") * SIGMA_95_CIRCLE
    except InputError:
        return one_sigma  # unknown, or no number: refused where it is used
    return f"{math.ceil(radius_m * 10) / 10:.1f}" if radius_m < UNKNOWN else one_sigma


def _moment(text: str) -> str:
    """The time as it stands; digits beyond the microsecond are cut off, and it lies in the microsecond that is left."""
    text = text.strip()
    precise = _PRECISE.fullmatch(text) if len(text) <= _LONGEST_TIME else None
    return f"{precise[1]}{precise[2]}" if precise else text


def _moment_of_ms(since_1970_ms: int) -> str:
    if since_1970_ms > _LAST_MS:
        raise refusal("unreadable-time", f"{since_1970_ms} ms since 1970 is after the year 9999.", subject="event")
    seconds, rest_ms = divmod(since_1970_ms, 1_000)
    return f"{stamp(seconds * 1_000_000)[:-1]}.{rest_ms:03d}Z" if since_1970_ms else ""


def _element(content: bytes) -> Element:
    try:
        element: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise refusal("cot-unreadable", f"not well-formed: {shown(str(error))}.", subject="event") from None
    return element
