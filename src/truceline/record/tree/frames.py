"""A frame: at most a second of rows of one compartment, sealed so that one row can be shown without the others.

Each row's leaf is RFC 6962's leaf hash of `salt ‖ row`, SHA-256(0x00 ‖ salt ‖ row): who knows one row and the root
cannot try out what the others may say. The salts are the output of SHAKE-256 over the frame's 32 random bytes, cut
into pieces of 32: each piece can be shown alone, for SHAKE-256 keyed by 256 secret bits is a pseudo-random function of
the place in its output (FIPS 202, A.2). One call makes all of them, at a fifth of the time of a keyed hash for each.

Source: decision 16 of the design; RFC 6962 section 2.1.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, salted_leaf_hashes, tree_root
from truceline.base.errors import IntegrityError
from truceline.base.rows import LeafTree, RowPath, canonical_rows, row_is_under
from truceline.record.leaf import SALT_BYTES, Sealed, commitment, entry_of

SECRET_BYTES = 32
_DOMAIN = b"truceline frame\x00"  # the secret is of use for nothing else
_REMEDY = "Ask whoever gave you the receipt for another; a true one passes."
Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Rows in canonical order, the secret that their salts come from, and the tree over the salted rows."""

    rows: tuple[bytes, ...]
    secret: bytes
    tree: LeafTree

    @property
    def root(self) -> str:
        """64 hex digits; the same for the same rows, in whatever order they came, and the same secret."""
        return self.tree.root


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProof:
    """What shows that `row` is at its place in a frame: nothing in it tells of another row."""

    row: bytes
    salt: bytes
    place: RowPath


def seal_frame(rows: pa.Table | Sequence[bytes], secret: bytes) -> Frame:
    """The frame of these rows.

    Args:
        rows: a table whose columns `canonical_rows` allows, or canonical rows in any order.
        secret: 32 random bytes, never used for another frame.

    Raises: AssertionError: the secret is of another length, or a column has no canonical form.
    Limits: all rows are held in memory. A proof tells how many rows there are, and how many come before its own.
    """
    ordered = canonical_rows(rows) if isinstance(rows, pa.Table) else sorted(rows)
    return Frame(rows=tuple(ordered), secret=secret, tree=LeafTree(_leaves(ordered, secret)))


def frame_root(ordered: Sequence[bytes], secret: bytes) -> str:
    """The root of the frame of these rows, which are in order, and nothing besides. Raises: as `seal_frame`."""
    return tree_root(_leaves(ordered, secret)).hex()


def frame_proof(frame: Frame, index: int) -> RowProof:
    """The proof for the row at `index` of `frame.rows`. Raises: AssertionError: there is none."""
    place = frame.tree.path(index)
    return RowProof(row=frame.rows[index], salt=_salts(frame.secret, index + 1)[-SALT_BYTES:], place=place)


def frame_holds(root: str, proof: RowProof) -> bool:
    """Whether `proof` shows that its row is in the frame under `root`, 64 hex digits."""
    return len(proof.salt) == SALT_BYTES and row_is_under(root, proof.salt + proof.row, proof.place)


def _leaves(ordered: Sequence[bytes], secret: bytes) -> list[bytes]:
    assert len(secret) == SECRET_BYTES, f"a frame's secret has {SECRET_BYTES} bytes, not {len(secret)}"
    stream = _salts(secret, len(ordered))
    return salted_leaf_hashes(np.frombuffer(stream, f"V{SALT_BYTES}").tolist(), ordered)


def _salts(secret: bytes, count: int) -> bytes:
    return hashlib.shake_256(_DOMAIN + secret).digest(SALT_BYTES * count)


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: str
    salt: Hash
    position: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class _Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    row: str
    salt: Hash
    index: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    size: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    path: tuple[Hash, ...]
    entry: _Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a checked receipt tells: the row, and the leaf of the log that it hangs on."""

    row: bytes
    known_at: str  # UTC stamp of the entry
    position: int  # of the entry in the log
    leaf: bytes  # the entry's commitment, 32 bytes: what an inclusion proof and a checkpoint are to show


def row_receipt(proof: RowProof, sealed: Sealed) -> bytes:
    """One row, its proof and the frame's entry, as canonical JSON for whoever sent the row.

    Whoever sends it out puts the entry's inclusion path and a checkpoint beside it.

    Args: sealed: the frame's entry, as `Record.sealed` gives it.
    Raises: AssertionError: the proof is not of this entry's frame.
    """
    place = proof.place
    receipt = canonical_bytes(
        {
            "row": proof.row.decode(),
            "salt": proof.salt.hex(),
            "index": place.index,
            "size": place.size,
            "path": [node.hex() for node in place.path],
            "entry": {"body": sealed.body.decode(), "salt": sealed.salt.hex(), "position": sealed.position},
        }
    )
    assert checked_receipt(receipt).leaf == sealed.leaf, "the receipt does not lead to its entry"
    return receipt


def checked_receipt(receipt: bytes) -> Received:
    """What a receipt shows, from its bytes alone.

    Raises: IntegrityError: it is out of form, its entry is no frame's, or the row is not in that frame.
    Limits: that the entry is in the log takes its inclusion proof and a checkpoint, for the leaf given back.
    """
    try:
        told = msgspec.json.decode(receipt, type=_Receipt)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _refused(f"it is out of form: {error}.") from None
    body, salt = told.entry.body.encode(), bytes.fromhex(told.entry.salt)
    entry = entry_of(body)
    if entry is None or entry.kind != "table" or entry.detail.get("salted") is not True:
        raise _refused("its entry tells of no frame.")
    place = RowPath(index=told.index, size=told.size, path=tuple(map(bytes.fromhex, told.path)))
    proof = RowProof(row=told.row.encode(), salt=bytes.fromhex(told.salt), place=place)
    if entry.detail.get("rows") != told.size or not frame_holds(str(entry.detail.get("rows_root")), proof):
        raise _refused("its row is not under the root that its entry tells of.")
    leaf = commitment(salt, body)
    return Received(row=proof.row, known_at=entry.known_at, position=told.entry.position, leaf=leaf)


def _refused(problem: str) -> IntegrityError:
    return IntegrityError(problem, subject="receipt", remedy=_REMEDY)
