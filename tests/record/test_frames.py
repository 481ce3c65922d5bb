"""A frame: one row can be shown and proven, and shows nothing of the others; whatever is altered is refused."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.record.small import counted, derivation, fill

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import IntegrityError
from truceline.base.rows import RowPath, canonical_rows
from truceline.model.observation import OBSERVATIONS
from truceline.record import open_record, verify
from truceline.record.leaf import Sealed, seal_all
from truceline.record.tables import (
    StoredTable,
    frame_bytes,
    frame_of_parquet,
    parquet_bytes,
    stored_frame,
    table_entry,
    table_fault,
    table_of_entry,
    table_of_parquet,
)
from truceline.record.tree.frames import (
    Frame,
    RowProof,
    checked_receipt,
    frame_holds,
    frame_proof,
    row_receipt,
    seal_frame,
)

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
ROWS = [
    {"observation_id": f"o{n}", "act": "shelling", "lon_deg": n / 8, "parties": ["A"], "remark": 'é "'}
    for n in range(13)
]
TABLE = pa.Table.from_pylist(ROWS, schema=OBSERVATIONS)
AT = "2026-10-01T00:00:00Z"


def sealed_frame(table: pa.Table = TABLE, **changed: object) -> tuple[Frame, Sealed]:
    frame = seal_frame(table, SECRET)
    stored = stored_frame("sent 1", frame, compartment="A", sha256="a" * 64, derivation=derivation("b" * 64))
    entry = table_entry(replace(stored, **changed), known_at=AT)  # type: ignore[arg-type]
    return frame, *seal_all([entry], first=7, salts=b"s" * 32)


def test_a_frames_root_is_made_as_the_decision_says() -> None:
    """Three rows, by hand: salts from SHAKE-256, leaves and nodes as RFC 6962 has them."""
    rows, (one, two, three) = [b"a", b"b", b"c"], salts_by_hand(3)
    left = node(leaf(one + b"a"), leaf(two + b"b"))
    assert seal_frame(rows, SECRET).root == node(left, leaf(three + b"c")).hex()


def salts_by_hand(count: int) -> list[bytes]:
    stream = hashlib.shake_256(b"truceline frame\x00" + SECRET).digest(32 * count)
    return [stream[32 * at : 32 * at + 32] for at in range(count)]


def leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@budget(60)
@given(st.lists(st.binary(max_size=6), max_size=20), st.randoms(use_true_random=False))
def test_every_row_of_a_frame_is_proven_at_its_place_alone(rows: list[bytes], dice: object) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    frame = seal_frame(shuffled, SECRET)
    assert frame.root == seal_frame(rows, SECRET).root
    assert list(frame.rows) == sorted(rows)
    for index in range(len(rows)):
        proof = frame_proof(frame, index)
        assert proof.row == frame.rows[index]
        assert frame_holds(frame.root, proof)
        other = replace(proof.place, index=(index + 1) % len(rows))
        assert len(rows) == 1 or not frame_holds(frame.root, replace(proof, place=other))


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def alterations(proof: RowProof) -> list[RowProof]:
    place, path = proof.place, proof.place.path
    proofs = [replace(proof, row=flipped(proof.row, at)) for at in range(len(proof.row))]
    proofs += [replace(proof, row=row) for row in (proof.row + b" ", proof.row[:-1], b"")]
    proofs += [replace(proof, salt=flipped(proof.salt, at)) for at in range(32)]
    proofs += [replace(proof, salt=proof.salt[:31]), replace(proof, salt=b"")]
    proofs.append(replace(proof, salt=proof.salt + proof.row[:1], row=proof.row[1:]))  # the same bytes, cut elsewhere
    proofs.append(replace(proof, salt=proof.salt[:-1], row=proof.salt[-1:] + proof.row))
    places = [RowPath(index=index, size=place.size, path=path) for index in (-1, place.index ^ 1, place.size)]
    places += [RowPath(index=place.index, size=size, path=path) for size in (0, 1, 5, 40)]
    for step, sibling in enumerate(path):
        for other in (flipped(sibling, 0), flipped(sibling, 31), b""):
            places.append(replace(place, path=(*path[:step], other, *path[step + 1 :])))
        places.append(replace(place, path=(*path[:step], *path[step + 1 :])))
    places.append(replace(place, path=(*path, b"\0" * 32)))
    return proofs + [replace(proof, place=each) for each in places]


@pytest.mark.parametrize("index", [0, 5, 12])
def test_whatever_is_altered_in_a_proof_is_refused(index: int) -> None:
    frame = seal_frame(TABLE, SECRET)
    proof = frame_proof(frame, index)
    assert frame_holds(frame.root, proof)
    assert not [each for each in alterations(proof) if frame_holds(frame.root, each)]
    for at in range(64):
        other = frame.root[:at] + ("1" if frame.root[at] == "0" else "0") + frame.root[at + 1 :]
        assert not frame_holds(other, proof)


def test_equal_rows_under_two_secrets_have_nothing_to_compare() -> None:
    frames = [seal_frame([b"row"] * 9 + [b"another"], secret) for secret in (SECRET, OTHER)]
    shown = [frame_proof(frame, index) for frame in frames for index in range(10)]
    pieces = [proof.salt for proof in shown] + [leaf(proof.salt + proof.row) for proof in shown]
    pieces += [bytes.fromhex(frame.root) for frame in frames]
    assert len(set(pieces)) == len(pieces)
    paths = [{step for proof in shown[first : first + 10] for step in proof.place.path} for first in (0, 10)]
    assert not paths[0] & paths[1]


def test_what_one_row_shows_stays_the_same_whatever_rows_come_after_it() -> None:
    """Its salt depends on the secret and its place alone."""
    short, long = seal_frame([b"a", b"b"], SECRET), seal_frame([b"a", b"b", b"c", b"d"], SECRET)
    assert [frame_proof(short, at).salt for at in range(2)] == [frame_proof(long, at).salt for at in range(2)]


def test_who_holds_one_row_cannot_try_out_another() -> None:
    """Of two rows one is a yes or a no: neither answer leads from the proof of the other row to its neighbour."""
    frame = seal_frame([b'{"a":0}', b'{"b":"yes"}'], SECRET)
    proof = frame_proof(frame, 0)
    (beside,) = proof.place.path
    guesses = [b'{"b":"yes"}', b'{"b":"no"}']
    tried = [leaf(guess) for guess in guesses] + [leaf(proof.salt + guess) for guess in guesses]
    assert beside not in tried
    assert beside == leaf(salts_by_hand(2)[1] + b'{"b":"yes"}')


@pytest.mark.parametrize("secret", [b"", b"s" * 31, b"s" * 33])
def test_a_secret_of_another_length_is_our_own_mistake(secret: bytes) -> None:
    with pytest.raises(AssertionError, match="32 bytes"):
        seal_frame([b"row"], secret)


def test_a_row_that_is_not_there_has_no_proof() -> None:
    for index in (-1, 2):
        with pytest.raises(AssertionError, match="no leaf"):
            frame_proof(seal_frame([b"a", b"b"], SECRET), index)


# --- in the record ----------------------------------------------------------------------------------------


def test_a_frame_comes_back_from_the_bytes_that_are_kept_of_it() -> None:
    frame = seal_frame(TABLE, SECRET)
    content = frame_bytes(TABLE, frame.secret)
    again = frame_of_parquet(content)
    assert (again.root, again.rows, again.secret) == (frame.root, frame.rows, SECRET)
    table = table_of_parquet(content)
    assert table.equals(TABLE)
    assert table.schema.metadata is None


def test_equal_tables_are_kept_as_bytes_that_cannot_be_guessed_from_the_rows() -> None:
    assert frame_bytes(TABLE, SECRET) != frame_bytes(TABLE, OTHER)


def test_an_entry_tells_of_a_frame_what_was_put_into_it() -> None:
    frame = seal_frame(TABLE, SECRET)
    stored = stored_frame("sent 1", frame, compartment="A", sha256="a" * 64, derivation=derivation("b" * 64))
    assert table_of_entry(table_entry(stored, known_at=AT)) == stored
    assert (stored.frame_of, stored.rows, stored.rows_root) == ("A", 13, frame.root)


@pytest.mark.parametrize("told", [{"salted": False}, {"salted": 1}, {"compartment": 3}, {"salted": None}])
def test_an_entry_that_tells_half_of_a_frame_tells_of_none(told: dict[str, object]) -> None:
    stored = stored_frame("s", seal_frame(TABLE, SECRET), compartment="A", sha256="a" * 64, derivation=derivation())
    entry = table_entry(stored, known_at=AT)
    assert table_of_entry(replace(entry, detail={**entry.detail, **told})) is None


def kept(folder: Path, change: Callable[[StoredTable], StoredTable]) -> tuple[str, ...]:
    """The problems of a record that keeps one frame, of which the entry says what `change` makes of it."""
    with open_record(folder, chance=counted()) as record:
        fill(record)
        frame = seal_frame(TABLE, SECRET)
        sha256 = record.put(frame_bytes(TABLE, frame.secret))
        stored = stored_frame("sent 1", frame, compartment="A", sha256=sha256, derivation=derivation())
        record.append([table_entry(change(stored), known_at=AT)])
        return verify(record).problems


def test_a_record_with_a_frame_verifies(tmp_path: Path) -> None:
    assert kept(tmp_path / "record", lambda stored: stored) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rows_root": "0" * 64}, "its rows have root"),
        ({"rows": 12}, "it holds 13 rows, and its entry says 12"),
        ({"frame_of": None}, "its rows have root"),
    ],
)
def test_a_frame_that_is_not_what_its_entry_says_is_found(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    problems = kept(tmp_path / "record", lambda stored: replace(stored, **changed))  # type: ignore[arg-type]
    assert len(problems) == 1
    assert said in problems[0]


def test_a_table_whose_entry_calls_it_a_frame_is_found() -> None:
    stored = stored_frame("s", seal_frame(TABLE, SECRET), compartment="", sha256="a" * 64, derivation=derivation())
    plain = frame_bytes(TABLE, b"")
    assert "no table of the record's" in table_fault(stored, plain)
    for content in (plain, parquet_bytes(TABLE)):
        with pytest.raises(ValueError, match="no frame's secret"):
            frame_of_parquet(content)
    assert "no table of the record's" in table_fault(stored, b"PAR1")
    assert "root" in table_fault(stored, frame_bytes(TABLE, OTHER))


# --- receipts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(13))
def test_a_receipt_shows_its_row_and_the_leaf_it_hangs_on(index: int) -> None:
    frame, sealed = sealed_frame()
    receipt = row_receipt(frame_proof(frame, index), sealed)
    received = checked_receipt(receipt)
    assert (received.row, received.position, received.leaf) == (frame.rows[index], 7, sealed.leaf)
    assert received.known_at == AT
    assert canonical_bytes(json.loads(receipt)) == receipt
    for other in frame.rows:
        assert other == received.row or json.loads(other)["observation_id"].encode() + b'\\"' not in receipt


def altered_receipts(told: dict[str, object]) -> list[object]:
    """A receipt's fields, each replaced, left out, or joined by a foreign one."""
    others: list[object] = [{**told, "more": 1}, [], 3, {}]
    for name, value in told.items():
        assert isinstance(value, str | int | list | dict)
        others.append({key: each for key, each in told.items() if key != name})
        wrong: list[object] = [None, 0.5, "", "x", -1, 2**60, []]
        if isinstance(value, str):
            wrong += [value[:-1], value + "\n", value.upper(), ("f" if value[0] != "f" else "e") + value[1:]]
        if isinstance(value, int):
            wrong += [value + 1, value - 1]
        if isinstance(value, list):
            wrong += [value[1:], value[:-1], [*value, "0" * 64], value[::-1], ["0" * 64, *value[1:]]]
        others += [{**told, name: each} for each in wrong if each != value]
    return others


def test_a_receipt_with_anything_altered_is_refused_or_leads_to_another_leaf() -> None:
    frame, sealed = sealed_frame()
    told = json.loads(row_receipt(frame_proof(frame, 4), sealed))
    others = altered_receipts(told)
    inner = told["entry"]
    others += [{**told, "entry": each} for each in altered_receipts(inner)]
    passed = []
    for other in others:
        with suppress(IntegrityError):
            passed.append(checked_receipt(json.dumps(other, ensure_ascii=False).encode()))
    allowed = [received for received in passed if received.leaf == sealed.leaf]
    assert {received.position for received in allowed} == {6, 8}  # where it is, an inclusion proof is to say
    assert len(passed) - len(allowed) == 1  # another salt of the entry: a leaf that no log holds


@pytest.mark.parametrize("receipt", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"row":"\xff"}'])
def test_what_is_no_receipt_is_refused(receipt: bytes) -> None:
    with pytest.raises(IntegrityError, match="out of form"):
        checked_receipt(receipt)


def test_a_receipt_whose_entry_is_a_plain_tables_is_refused() -> None:
    frame, sealed = sealed_frame(frame_of=None)
    with pytest.raises(IntegrityError, match="no frame"):
        row_receipt(frame_proof(frame, 0), sealed)


def test_a_receipt_under_another_frames_entry_is_refused() -> None:
    _, sealed = sealed_frame()
    for other in (seal_frame(TABLE, OTHER), seal_frame(TABLE.slice(1), SECRET)):
        with pytest.raises(IntegrityError, match="not under the root"):
            row_receipt(frame_proof(other, 0), sealed)


def test_a_frames_rows_are_the_tables_canonical_rows() -> None:
    assert list(seal_frame(TABLE, SECRET).rows) == canonical_rows(TABLE)
    assert seal_frame(canonical_rows(TABLE)[::-1], SECRET).root == seal_frame(TABLE, SECRET).root
