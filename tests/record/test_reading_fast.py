"""The fast way to read and write a body says what the slow, plain way says: for any body, however altered."""

import json
from typing import NoReturn

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.record.small import entry

from truceline.base.canonical import canonical_bytes
from truceline.model.entry import Entry
from truceline.record import leaf
from truceline.record.leaf import body_of, entry_of

LIMIT = 2**53
NUMBERS = st.integers(-LIMIT - 2, LIMIT + 2) | st.sampled_from([10**15, 10**16, 2**63, 2**64, -(2**64), 10**40])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
STRANGE = st.recursive(
    st.floats() | VALUES | st.binary(max_size=3) | st.sampled_from(["\ud800", (1, 2), {1: 2}, {"a": 1.0}, [True, 1.0]]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
PIECES = [
    b"0.5",
    b"1e3",
    b"1.0",
    b"-0",
    b"-0.0",
    b"NaN",
    b"Infinity",
    b"9007199254740991",
    b"9007199254740992",
    b"-9007199254740993",
    b"18446744073709551616",
    b"1" * 400,
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\u0041"',
    b'"\\/"',
    b'"\\n"',
    b'"\\u000a"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"\xf0\x9f\x98\x80"',
    b'{"\xee\x80\x80":1,"\xf0\x9f\x98\x80":2}',
    b'{"\xf0\x9f\x98\x80":2,"\xee\x80\x80":1}',
    b'{"b":1,"a":2}',
    b'{"a":1,"a":1}',
    b'{"a":1,"a":2}',
    b" 1",
    b"1 ",
    b"\t",
    b"01",
    b"[" * 63 + b"]" * 63,
    b"[" * 70 + b"]" * 70,
    b"[" * 900 + b"]" * 900,
    b"[" * 5000 + b"]" * 5000,
    b'"a',
    b"",
    b"null",
    b"'a'",
    b"[1,]",
    b"//",
    b"\xef\xbb\xbf1",
]


def plainly(body: bytes) -> Entry | None:
    """How a body was read before there was a fast way."""
    try:
        read = json.loads(body, parse_float=refuse, parse_constant=refuse, parse_int=exact)
        found = msgspec.convert(read, Entry)
        return found if canonical_bytes(found.body()) == body else None
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def refuse(text: str) -> NoReturn:
    raise ValueError(text)


def exact(text: str) -> int:
    if abs(value := int(text)) >= LIMIT:
        raise ValueError(text)
    return value


def written(value: object) -> bytes:
    """A body around any value, by Python's own writer: canonical or not."""
    plain = {**entry("a").body(), "detail": {"n": value}}
    ordered = {name: plain[name] for name in sorted(plain)}
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


@budget(300)
@given(VALUES)
def test_any_body_is_read_as_before(value: object) -> None:
    body = written(value)
    assert entry_of(body) == plainly(body)


@budget(600)
@given(VALUES, st.data())
def test_any_altered_body_is_read_as_before(value: object, data: st.DataObject) -> None:
    body = bytearray(written(value))
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 4))
        body[at : at + length] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=3))
    assert entry_of(bytes(body)) == plainly(bytes(body))


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_each_piece_in_the_place_of_a_value_is_read_as_before(piece: bytes) -> None:
    body = written(0).replace(b'"n":0', b'"n":' + piece)
    assert entry_of(body) == plainly(body)


def test_every_character_is_written_alike_both_ways() -> None:
    for first in range(0, 0x110000, 256):
        text = "".join(chr(code) for code in range(first, first + 256) if not 0xD800 <= code < 0xE000)
        one = entry(text)
        assert leaf._ENCODER.encode(one) == canonical_bytes(one.body()), hex(first)


@budget(300)
@given(STRANGE)
@example(float("nan"))
@example({1: 2})
def test_what_has_no_canonical_form_is_refused_and_the_rest_written_as_before(value: object) -> None:
    one = Entry(kind="raw", subject="a", author="b", known_at="c", detail={"n": value})
    try:
        expected = canonical_bytes(one.body())
    except (AssertionError, AttributeError, TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            body_of(one)
    else:
        assert body_of(one) == expected


def test_a_common_body_takes_the_fast_way() -> None:
    body = canonical_bytes(entry("Žepa – 7°").body())
    assert leaf._read_fast(body) == entry("Žepa – 7°")
