"""Events that were damaged on their way: no error but ours, no hang, every byte in one row or one named reject."""

import random
from pathlib import Path

import pytest
import takproto
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import LONG, budget
from tests.observe.cot.test_codec import COT_FEED, EVENT
from tests.observe.sample import read

from truceline.observe.cot.frames import EVENTS, MAX_EVENT_BYTES, Framer, Piece, pieces_of
from truceline.observe.reasons import REASONS

FOLDER = Path(__file__).parents[2] / "footage_data" / "cot"
REAL = [path.read_bytes() for path in sorted(FOLDER.glob("*.cot"))]
MESSAGES = [bytes(takproto.xml2proto(each, takproto.TAKProtoVer.STREAM)) for each in REAL]
ROUNDS = 20_000 if LONG else 400
TOKENS = (
    b"<event ",
    b"</event>",
    b"<event/>",
    b"\xbf",
    b"\xbf\x01\xbf",
    b"<?xml ",
    b"<!--",
    b"]]>",
    b"&x;",
    b"\0",
    b"<",
)


def damaged(chance: random.Random) -> bytes:
    """A few real events in either form, put together and hurt in one to four places."""
    content = bytearray(b"".join(chance.choice((REAL, MESSAGES))[chance.randrange(len(REAL))] for _ in range(3)))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        end = min(len(content), at + chance.randint(0, 200))
        content[at:end] = chance.choice(
            (
                b"",
                chance.choice(TOKENS),
                bytes(chance.getrandbits(8) for _ in range(chance.randint(1, 20))),
                content[at:end] * 2,
                bytes(byte ^ (1 << chance.randrange(8)) for byte in content[at : at + 1]) + content[at + 1 : end],
            )
        )
    return bytes(content)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_damaged_comes_out_once_as_a_row_or_a_named_reject(seed: int) -> None:
    chance, counted = random.Random(seed), {"rows": 0, "rejects": 0}
    for number in range(ROUNDS // 2):
        content = damaged(chance)
        batch = read(content, COT_FEED)
        pieces = list(pieces_of(content))
        assert batch.rows.num_rows + batch.rejects.num_rows == len(pieces), (seed, number)
        assert set(batch.rejects["reason"].to_pylist()) <= set(REASONS), (seed, number)
        assert all_of(content, pieces), (seed, number)
        counted["rows"] += batch.rows.num_rows
        counted["rejects"] += batch.rejects.num_rows
    assert counted["rejects"] > ROUNDS / 2, "this damages nothing"


def all_of(content: bytes, pieces: list[Piece]) -> bool:
    """Whether pieces neither overlap nor leave out anything but blanks, declarations and wrappers between them."""
    reached = 0
    for piece in pieces:
        between = content[reached : piece.at]
        beside = between.strip()
        if piece.at < reached or b"<event " in between or (beside and not beside.endswith(b">")):
            return False
        reached = piece.at + piece.size_bytes
    return reached <= len(content)


@budget(60)
@given(st.lists(st.sampled_from([*TOKENS, EVENT, MESSAGES[0], b"x" * 3_000, b" "]), max_size=12), st.integers(1, 5_000))
def test_how_the_bytes_are_portioned_changes_nothing(parts: list[bytes], portion: int) -> None:
    content = b"".join(parts)
    framer = Framer()
    found = [each for at in range(0, len(content), portion) for each in framer.take(content[at : at + portion])]
    found += framer.end()
    if not content.startswith(b"\xbf\x01\xbf"):  # a datagram is one message; a stream of messages has none such
        assert found == list(pieces_of(content))
    assert sum(piece.size_bytes for piece in found) <= len(content)


@budget(40)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_rows_or_named_rejects(content: bytes) -> None:
    batch = read(content, COT_FEED)
    assert set(batch.rejects["reason"].to_pylist()) <= set(REASONS)


@pytest.mark.parametrize("begins", [b"", b"<event ", b"\xbf\xff\xff\xff\x7f\x12", b"<?", b"\xbf\x20"])
def test_a_stream_without_an_end_is_held_in_one_event_and_one_portion(begins: bytes) -> None:
    framer, portion = Framer(), b"<a>?" * 16_384
    framer.take(begins)
    for _ in range(100):
        framer.take(portion)
        assert len(framer._held) <= MAX_EVENT_BYTES
    assert framer.idle_bytes == len(begins) + 100 * len(portion)
    (told,) = framer.end()
    assert told.kind not in EVENTS
    assert told.size_bytes == len(begins) + 100 * len(portion)
