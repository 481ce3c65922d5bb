"""Real Cursor on Target events, read with their true numbers, as XML and as TAK messages."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import takproto
from tests.observe.sample import CONTEXT, FEED, NOW_US, read, reasons

from truceline.base.errors import InputError
from truceline.base.time import interval_us
from truceline.model.mission import Feed
from truceline.observe.cot.events import COT_COLUMNS, texts_of
from truceline.observe.cot.frames import MAX_EVENT_BYTES, Framer, Piece, pieces_of
from truceline.observe.cot.rows import cot_rows
from truceline.observe.cot.writing import as_kept, as_message
from truceline.observe.reasons import reason_of

FOLDER = Path(__file__).parents[2] / "footage_data" / "cot"
# number, type, time, lat, lon, hae, error_m, callsign, whether it is where its sender's side is; read by hand
TRUE = """
001|b-t-f-d|2026-07-02T16:19:11Z|49.2695677890608|-123.112677849291|-11.93099513512|||
002|b-t-f-r|2026-07-02T16:19:28Z|49.2695677890608|-123.112677849291|-11.93099513512|||
004|b-a-o|2026-02-04T13:40:15.895Z|41.8838397|-87.6590334|155.50001525878906|43.5|SP-Dev\\nManual Alert: Gunshot|
005|a-f-G-E-V-C|2023-07-18T15:23:09.00Z|41.52309645|-107.72376567|1681.23725821||DFPC-iSchmidt|people
007|b-m-r|2025-06-26T00:03:05.328Z|0.0|0.0|||Route 1|
008|b-m-r|2025-06-26T00:03:05.328Z|0.0|0.0|||Route 1|
010|u-d-c-e|2026-04-14T19:02:19.212Z|39.9127697|-102.7876738|1287.178||Ellipse 1|
011|b-m-p-s-m|2020-12-16T19:59:34.913Z|38.85606343062312|-77.0563755018233|||R 1|
013|a-f-A-M-H-Q|2024-04-24T16:37:38.002Z|39.1|-108.6|1381.333|0.0||people
014|a-f-A-M-H-Q|2024-09-18T22:09:39Z|0.0|0.0|-4919.1|0.0|UAS-Phoenix 2|people
016|u-d-c-c|2026-02-13T18:08:22.479Z|38.9133019|-108.6033285|2414.459||Filled|
017|u-d-f|2026-06-12T16:53:44.458Z|38.3689249|-104.6749594|1498.801||Shape 338|
019|b-m-p-s-p-loc|2023-11-15T20:48:16.097Z|38.2089117|-104.6282182|1455.285|||
020|b-m-p-s-p-loc|2023-11-15T20:48:16.097Z|38.2089117|-104.6282182|1455.285||I-25 .8 mi S CO-45|
022|a-n-G|2025-04-24T15:23:11.088Z|39.0664644|-108.4328957|1402.385||N.24.090921|
023|a-U-G|2025-09-07T16:28:39Z|39|-108|||No Path|
025|a-U-G|2025-04-24T15:23:11.088Z|39.0664644|-108.4328957|1402.385|||
026|a-f-G-E-V-C|2025-04-24T15:23:11.088Z|39.0664644|-108.4328957|1402.385|||people
028|a-f-G|2024-06-07T15:28:48Z|39.1|-105.1|0.0||9T20|people
029|a-f-G|2023-08-04T15:17:43.649Z|2.2|1.1|0||Test|people
031|u-d-f|2026-03-26T00:00:00Z|0|0|0||Test|
032|b-f-t-a|2026-07-07T21:28:06Z|0.0|0.0||||
"""
EVENT = (
    b'<event version="2.0" uid="U1" type="b-d-a" how="m-f" time="2025-03-10T17:00:00.5Z" '
    b'start="2025-03-10T17:00:00.5Z" stale="2025-03-10T18:00:00Z"><point lat="48.02" lon="37.8" hae="120" '
    b'ce="100" le="20"/><detail><contact callsign="Post 4"/><remarks>two shots</remarks>'
    b'<track course="10.5" speed="3"/></detail></event>'
)
COT_FEED = replace(
    FEED,
    format="cot",
    zone=None,
    columns={name: name for name in ("lon", "lat", "error_m")}
    | {"id": "key", "begins": "time", "act": "type", "remark": "remarks"},
    values={"act": {"b-d-a": "fire"}},
)


def cases() -> list[list[str]]:
    return [line.replace("\\n", "\n").split("|") for line in TRUE.strip().splitlines()]


def content_of(number: str) -> bytes:
    (path,) = FOLDER.glob(f"{number}_*.cot")
    return path.read_bytes()


def only(content: bytes) -> Piece:
    (piece,) = pieces_of(content)
    return piece


def with_(**attributes: str) -> bytes:
    """The sample event with other attributes, wherever they stand."""
    text = EVENT.decode()
    for name, value in attributes.items():
        before = text.index(f' {name}="') + len(name) + 3
        text = text[:before] + value + text[text.index('"', before) :]
    return text.encode()


def test_there_are_as_many_real_events_as_were_read_by_hand() -> None:
    assert len(list(FOLDER.glob("*.cot"))) == len(cases()) == 22


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0])
def test_a_real_event_is_read_with_its_true_numbers(case: list[str]) -> None:
    number, kind, time, lat, lon, hae, error_m, callsign, _ = case
    texts = texts_of(only(content_of(number)))
    found = [texts[name] for name in ("type", "time", "lat", "lon", "hae", "error_m", "callsign")]
    assert found == [kind, time, lat, lon, hae, error_m, callsign]
    assert texts["key"] == f"{texts['uid']} {time}"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0])
@pytest.mark.parametrize("mesh", [True, False])
def test_the_same_event_as_a_message_says_the_same(case: list[str], mesh: bool) -> None:
    as_xml = texts_of(only(content_of(case[0])))
    version = takproto.TAKProtoVer.MESH if mesh else takproto.TAKProtoVer.STREAM
    message = takproto.xml2proto(content_of(case[0]), version)
    as_told = texts_of(only(bytes(message)))
    numbers = ("lat", "lon", "hae", "ce", "le", "error_m", "course", "speed")
    assert [float(as_told[name] or "nan") for name in numbers] == pytest.approx(
        [float(as_xml[name] or "nan") for name in numbers], abs=0, nan_ok=True
    )
    for name in ("time", "start", "stale"):
        (told, _), (said, _) = (interval_us(texts[name], zone=None) for texts in (as_told, as_xml))
        assert abs(told - said) <= 1_000, "a message keeps milliseconds"  # takproto cuts 0.328 s to 0.327
    same = set(COT_COLUMNS) - set(numbers) - {"time", "start", "stale", "key"}
    assert {name: as_told[name] for name in same} == {name: as_xml[name] for name in same}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0])
def test_where_a_senders_side_is_becomes_a_row_only_by_name(case: list[str]) -> None:
    feed = replace(COT_FEED, values={})
    ((_, found),) = cot_rows(content_of(case[0]), feed, ("type",))
    assert (isinstance(found, InputError) and reason_of(found) == "cot-person") == (case[-1] == "people")
    taking = replace(COT_FEED, values={"act": {case[1]: "present"}})
    ((_, found),) = cot_rows(content_of(case[0]), taking, ("type",))
    assert found == {"type": case[1]}


def test_a_type_that_another_field_translates_is_not_taken_by_it() -> None:
    feed = replace(COT_FEED, columns=COT_FEED.columns | {"act": "how"}, values={"act": {"a-f-G": "present"}})
    ((_, found),) = cot_rows(content_of("028"), feed, ("how",))
    assert isinstance(found, InputError)


def test_a_device_that_tells_of_itself_is_a_person_whatever_side_it_says() -> None:
    neutral = content_of("005").replace(b'type="a-f-G-E-V-C"', b'type="a-n-G"')
    ((_, found),) = cot_rows(neutral, COT_FEED, ("type",))
    assert isinstance(found, InputError)
    assert reason_of(found) == "cot-person"


# --- what becomes of it ------------------------------


def test_an_event_is_an_observation_by_the_usual_mapping() -> None:
    (row,) = read(EVENT, COT_FEED).rows.to_pylist()
    assert (row["act"], row["lon_deg"], row["lat_deg"], row["remark"]) == ("fire", 37.8, 48.02, "two shots")
    assert (row["earliest_at_us"], row["latest_at_us"]) == interval_us("2025-03-10T17:00:00.5Z", zone=None)
    assert row["raw_at"] == "event 1"


def test_ce_is_one_sigma_and_our_error_holds_95_percent() -> None:
    (row,) = read(EVENT, COT_FEED).rows.to_pylist()
    assert 100.0**2 <= row["cov_ee_m2"] == row["cov_nn_m2"] <= 100.1**2  # the radius was rounded up to 0.1 m


@pytest.mark.parametrize(
    ("ce", "error_m"),
    [
        ("100", "244.8"),
        ("9999999", ""),
        ("9999999.0", ""),
        ("NaN", ""),
        ("nan", ""),
        ("0.01", "0.1"),
        ("1e999", "1e999"),
    ],
)
def test_an_error_is_never_made_smaller_and_an_unknown_one_is_none(ce: str, error_m: str) -> None:
    assert texts_of(only(with_(ce=ce)))["error_m"] == error_m


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (with_(ce="9999999"), "no-error-stated"),
        (with_(ce="0"), "error-out-of-range"),
        (with_(ce="-5"), "error-out-of-range"),
        (with_(ce="inf"), "not-a-number"),
        (with_(lat="north"), "not-a-number"),
        (with_(lat="0", lon="0"), "null-island"),
        (with_(lat="37.8", lon="48.02"), "coordinates-swapped"),
        (with_(time="2025-03-10T17:00:00.5"), "naive-time"),
        (with_(time="soon"), "unreadable-time"),
        (with_(time=""), "not-stated"),
        (with_(time="2031-03-10T17:00:00Z"), "time-in-the-future"),
        (with_(type="b-m-r"), "unknown-word"),
        (with_(type="a-f-G-U-C"), "cot-person"),
        (with_(type="A-F-G-U-C"), "cot-person"),
        (with_(type="a-j-G"), "cot-person"),
        (with_(uid=""), "cot-incomplete"),
        (with_(type=" "), "cot-incomplete"),
        (EVENT.replace(b"<point", b"<pointless"), "cot-incomplete"),
        (EVENT.replace(b"<remarks>", b"<remarks>&secret;"), "cot-unreadable"),
        (EVENT.replace(b"</detail>", b""), "cot-unreadable"),
        (EVENT.replace(b"two shots", b"\xff\xfe"), "cot-unreadable"),
        (with_(ce="1_000"), "not-a-number"),
        (with_(time="1." + "1" * 60_000 + "&#10;"), "unreadable-time"),  # and at once
        (EVENT.replace(b"two shots", b"<a>" * 20_000), "cot-unreadable"),
        (EVENT.replace(b"two shots", b"x" * MAX_EVENT_BYTES), "cot-too-large"),
        (EVENT[:-3], "cut-short"),
        (b"hello", "cot-garbage"),
        (b"\xbf\x02\x0a\x00", "cot-no-event"),
        (b"\xbf\x04\x12\x7f\x0a\x00", "cot-unreadable"),
        (b"\xbf\x7f\x12", "cut-short"),
        (b"\xbf\x01\xbf\x0a\x00", "cot-no-event"),
        (b"\xbf\x80\x80\x80\x01\x12" + b"x" * 99, "cot-too-large"),
    ],
)
def test_what_cannot_be_read_is_one_reject_with_its_name(event: bytes, reason: str) -> None:
    batch = read(event, COT_FEED)
    assert (batch.rows.num_rows, reasons(batch)) == (0, [reason])


@pytest.mark.parametrize("digits", range(1, 16))
def test_a_fraction_of_a_second_may_have_any_number_of_digits(digits: int) -> None:
    fraction = "123456789876543"[:digits]
    first_us, last_us = interval_us(texts_of(only(with_(time=f"2025-03-10T17:00:00.{fraction}Z")))["time"], zone=None)
    begun_us = interval_us("2025-03-10T17:00:00Z", zone=None)[0]
    assert begun_us + int(fraction.ljust(6, "0")[:6]) == first_us
    assert last_us - first_us + 1 == 10 ** max(0, 6 - digits), "as wide as it was written, and a microsecond at least"


def test_a_document_type_is_refused_before_anything_in_it_counts() -> None:
    bomb = b'<!DOCTYPE event [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + EVENT.replace(b"two shots", b"&b;")
    assert sorted(reasons(read(bomb, COT_FEED))) == ["cot-garbage", "cot-unreadable"]
    with pytest.raises(InputError, match="not well-formed"):
        texts_of(Piece(0, "xml", bomb, len(bomb)))


def test_remarks_of_a_message_are_found_at_once_or_not_at_all() -> None:
    message = takproto.functions.xml2message(EVENT)
    for further, said in [
        ("<remarks>" * 7_000, ""),
        ("<remarks/><x>a</x>", ""),
        ("<remarks a='1'>b &amp; c</remarks>", "b & c"),
    ]:
        message.cotEvent.detail.xmlDetail = further
        assert texts_of(only(b"\xbf\x01\xbf" + message.SerializeToString()))["remarks"] == said
    message.cotEvent.detail.xmlDetail = "<remarks>&secret;</remarks>"
    assert reasons(read(b"\xbf\x01\xbf" + message.SerializeToString(), COT_FEED)) == ["cot-unreadable"]


def test_a_message_whose_time_no_calendar_has_is_refused() -> None:
    message = takproto.functions.xml2message(EVENT)
    message.cotEvent.sendTime = 2**63
    found = reasons(read(b"\xbf\x01\xbf" + message.SerializeToString(), COT_FEED))
    assert found == ["unreadable-time"]


def test_a_column_that_no_event_has_is_named() -> None:
    batch = read(EVENT, replace(COT_FEED, columns=COT_FEED.columns | {"place": "callsing"}))
    assert reasons(batch) == ["column-missing"]
    assert "callsign" in batch.rejects["problem"][0].as_py()


def test_the_reference_page_names_every_column() -> None:
    page = (FOLDER.parents[2] / "docs" / "cot.md").read_text("utf-8")
    assert [name for name in COT_COLUMNS if f"`{name}`" not in page] == []


# --- a file of many ------------------------------

STREAMED = bytes(takproto.xml2proto(EVENT, takproto.TAKProtoVer.STREAM))


@pytest.mark.parametrize(
    ("content", "events", "others"),
    [
        (EVENT * 3, 3, []),
        (b'<?xml version="1.0"?>\n<events disclaimer="x">' + EVENT + b"\n\n" + EVENT + b"</events>\n", 2, []),
        (b"\xef\xbb\xbf" + EVENT, 1, []),
        (EVENT + b"<!-- ours -->" + EVENT, 2, []),
        (b"noise" + EVENT + b"noise" + EVENT + b"noise", 2, ["garbage"] * 3),
        (EVENT + b"z" * 10_000 + EVENT, 2, ["garbage"]),
        (EVENT + b"\xbf\xbf\xbf" + EVENT, 2, ["garbage"]),
        (EVENT[:200] + EVENT, 2, []),  # one without an end is a piece of its own, and no well-formed one
        (b'<event uid="self" type="t"/>' + EVENT, 2, []),
        (STREAMED * 3, 3, []),
        (EVENT + STREAMED + b"\n" + STREAMED + EVENT, 4, []),
        (STREAMED + b"lost" + STREAMED + EVENT, 1, ["garbage"]),
        (STREAMED + b"\xbf\x01\xbf" + EVENT, 1, ["garbage"]),
        (EVENT + with_(uid="x" * 200_000) + EVENT, 2, ["too-large"]),
        (STREAMED + b"\xbf\x80\x80\x08" + b"\x12" * 2**17 + STREAMED, 2, ["too-large"]),
        (EVENT + EVENT[:-1], 1, ["cut"]),
        (b"<events/>", 0, []),
        (b"<eventful>" + EVENT, 1, ["garbage"]),
    ],
)
@pytest.mark.parametrize("portion", [1, 7, 1_000_000])
def test_pieces_are_the_same_however_the_bytes_come(
    content: bytes, events: int, others: list[str], portion: int
) -> None:
    framer = Framer()
    found = [
        piece for at in range(0, len(content), portion) for piece in framer.take(content[at : at + portion])
    ] + framer.end()  # fmt: skip
    assert len([piece for piece in found if piece.content]) == events
    assert [piece.kind for piece in found if not piece.content] == others
    assert found == list(pieces_of(content))
    assert all(one.at + one.size_bytes <= two.at for one, two in pairwise(found))


def test_what_is_kept_is_read_again_as_it_came() -> None:
    content = EVENT + STREAMED + EVENT
    pieces = list(pieces_of(content))
    kept = b"".join(map(as_kept, pieces))
    assert [piece.content for piece in pieces_of(kept)] == [piece.content for piece in pieces]
    assert as_kept(Piece(0, "protobuf", b"\x0a" * 300, 0))[:3] == b"\xbf\xac\x02"


@pytest.mark.parametrize("mesh", [True, False])
def test_an_event_of_our_own_is_told_to_others_in_their_protocol(mesh: bool) -> None:
    message = as_message(EVENT, mesh=mesh)
    assert takproto.parse_proto(bytearray(message)).cotEvent.uid == "U1"
    assert texts_of(only(message))["remarks"] == "two shots"


def test_every_row_of_a_mixed_file_comes_out_once() -> None:
    content = b"".join(content_of(case[0]) for case in cases()) + b"noise" + EVENT + STREAMED
    feed: Feed = replace(COT_FEED, columns={"begins": "time", "act": "type"})
    batch = read(content, feed, replace(CONTEXT, now_us=NOW_US * 2))
    assert (batch.rows.num_rows, batch.rejects.num_rows) == (2, 23)
    assert reasons(batch).count("cot-person") == sum(case[-1] == "people" for case in cases()) == 6
    assert reasons(batch).count("cot-garbage") == 1
