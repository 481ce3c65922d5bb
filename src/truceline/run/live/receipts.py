"""Receipts for what came in live: whoever sent a batch can show, for each of its rows, that the mission had it by then.

The rows of a batch, as they were read, are kept beside its bytes, under the same key where these are sealed. Their
frame holds a commitment to each row alone, SHA-256(salt ‖ row): so whoever verifies the record reads no row in it, and
it verifies on when the rows are erased. A receipt leads from a row to its commitment, from there by the frame to the
log's entry, and from the entry by the log's tree to a checkpoint that the log signed.
"""

import json
import re
import secrets
from bisect import bisect_left
from dataclasses import dataclass
from typing import Annotated

import msgspec
import pyarrow as pa

from truceline.base.canonical import canonical_bytes, plain, sha256_hex
from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.base.rows import canonical_rows
from truceline.model.account import Recipient
from truceline.model.inputs import LiveFile
from truceline.record import Derivation, Record, StoredTable
from truceline.record.leaf import SALT_BYTES, commitment
from truceline.record.notes.checkpoint import read_checkpoint
from truceline.record.notes.note import verifier_of
from truceline.record.tables import (
    KIND,
    frame_bytes,
    frame_of_parquet,
    parquet_bytes,
    stored_frame,
    table_of_entry,
    table_of_parquet,
)
from truceline.record.tree.frames import SECRET_BYTES, Hash, checked_receipt, frame_proof, row_receipt, seal_frame
from truceline.record.tree.proofs import inclusion_holds
from truceline.run.keeping.checkpoints import at_size, sizes_of
from truceline.run.keeping.erasing import live_name
from truceline.run.live.desk import Desk
from truceline.run.live.state.books import CODE

FRAME = "frame/"  # subjects of the entries of frames: then the feed and the batch
_OF_FOOTAGE = ("camera", "terrain", "ground_msl_m", "terrain_datum", "beside")  # parts of a feed that make no row
_BATCH = re.compile(r"[0-9a-f]{16}")
_REMEDY = "Ask the mission for another receipt: a true one passes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A batch's frame, and the contents that its entry names: rows with their salts, then the frame itself."""

    stored: StoredTable
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A batch that came in, by its feed and its name there, and for whom it is asked about."""

    feed: str
    batch: str  # as `batch_name` gives it
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a receipt proves."""

    row: bytes
    known_at: str  # UTC stamp of the entry, by the mission's clock
    position: int  # of the entry in the log
    size: int  # of the log, as signed
    key: str  # that signed it

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        said = {"known_at": self.known_at, "position": self.position, "size": self.size, "key": self.key}
        return said | {"row": json.loads(self.row)}

    def words(self) -> str:
        """For a person."""
        return (
            f"{json.dumps(json.loads(self.row), ensure_ascii=False, indent=1)}\n"
            f"This row was known to the mission at {self.known_at}, by the mission's clock.\n"
            f"It hangs on entry {self.position}, counted from 0, of a log of {self.size}, signed by {self.key}.\n"
            "Not shown: that the row is true; that others are shown the same log (truceline log compare)."
        )


class _Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    row: str
    salt: Hash
    frame: Annotated[msgspec.Raw, msgspec.Meta(description="as `row_receipt` gives it, for the row's commitment")]
    path: tuple[Hash, ...]
    checkpoint: str


def batch_name(subject: str) -> str:
    """16 hex digits. Args: subject: of the answer to the batch, or of its raw entry: both end with its hash."""
    return subject.rpartition("/")[2][:16]


def framed(desk: Desk, rows: pa.Table, file: LiveFile) -> Framed:
    """The frame of the rows that were read from a file; nothing is kept yet.

    Raises: UnavailableError, IntegrityError: as `Desk.as_stored`.
    """
    id_column = rows.column_names[0]
    texts = canonical_rows(rows)
    told = [msgspec.json.decode(text) for text in texts]
    salts = secrets.token_bytes(SALT_BYTES * len(texts))
    cut = [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]
    kept = pa.table(
        {
            "id": pa.array([row[id_column] for row in told], pa.string()),
            "raw_at": pa.array([row["raw_at"] for row in told], pa.string()),
            "row": pa.array(texts, pa.binary()),
            "salt": pa.array(cut, pa.binary()),
        }
    )
    committed = pa.table({"commitment": [commitment(*pair).hex() for pair in zip(cut, texts, strict=True)]})
    frame = seal_frame(committed, secrets.token_bytes(SECRET_BYTES))
    rows_kept = desk.as_stored(parquet_bytes(kept), live_name(desk.mission, file))
    contents = (rows_kept, frame_bytes(committed, frame.secret))
    made_of, of_frame = map(sha256_hex, contents)
    derivation = Derivation(inputs=(file.sha256, made_of), code=CODE, settings=_settings(desk, file.feed))
    name = f"{FRAME}{file.feed}/{batch_name(file.sha256)}"
    stored = stored_frame(name, frame, compartment=file.compartment, sha256=of_frame, derivation=derivation)
    return Framed(stored=stored, contents=contents)


def rows_in(record: Record, lot: Lot) -> list[dict[str, object]]:
    """The rows of a batch, each by its id and where it stood in the batch, in the order of their texts.

    Raises: UnknownNameError: there is none, or it is another's, which is told alike. ErasedError. As `Record.get`.
    """
    _, stored = _frame_for(record, lot)
    found: list[dict[str, object]] = _kept(record, stored).select(["id", "raw_at"]).to_pylist()
    return found


def receipt_of(record: Record, lot: Lot, row: str, *, every_s: int) -> bytes:
    """The receipt of the row of this id, canonical JSON: the same whenever it is asked for.

    It leads to the first checkpoint that covers it. Args: every_s: how often one is signed.
    Raises: as `rows_in`; UnavailableError also where no checkpoint covers it yet.
    """
    position, stored = _frame_for(record, lot)
    kept = _kept(record, stored)
    at = pa.compute.index(kept["id"], row).as_py()
    if at < 0:
        raise _nothing(row)
    size = next((size for size in sizes_of(record.folder) if size > position), None)
    if size is None:
        raise UnavailableError(
            "no checkpoint that was signed covers it yet.",
            subject="receipt",
            remedy=f"One is signed every {every_s} s: ask again after the next.",
        )
    text, salt = kept["row"][at].as_py(), kept["salt"][at].as_py()
    frame = frame_of_parquet(record.get(stored.sha256))
    proof = frame_proof(frame, bisect_left(frame.rows, _committed(salt, text)))
    return canonical_bytes(
        {
            "row": text.decode(),
            "salt": salt.hex(),
            "frame": json.loads(row_receipt(proof, record.sealed(position))),
            "path": [step.hex() for step in record.inclusion(position, size)],
            "checkpoint": at_size(record.folder, size).note.decode(),
        }
    )


def shown_by(receipt: bytes, *, key: str) -> Shown:
    """What a receipt proves, from its bytes and the log's key alone.

    Raises: IntegrityError: it proves nothing: out of form, altered, of another row, or of a log with another key.
        UnreadableError: the key, or the checkpoint in it, is out of form.
    """
    log = verifier_of(key)
    try:
        told = msgspec.json.decode(receipt, type=_Told)
        row, salt = told.row.encode(), bytes.fromhex(told.salt)
        json.loads(row)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _refused(f"it is out of form: {error}.") from None
    received = checked_receipt(bytes(told.frame))
    if received.row != _committed(salt, row):
        raise _refused("its frame holds the commitment to another row.")
    checkpoint, _ = read_checkpoint(told.checkpoint.encode(), log=log)
    path = [bytes.fromhex(step) for step in told.path]
    if not inclusion_holds(
        received.leaf, position=received.position, size=checkpoint.size, path=path, root=checkpoint.root
    ):
        raise _refused("its entry does not stand at this place of the log that the checkpoint tells of.")
    return Shown(row=row, known_at=received.known_at, position=received.position, size=checkpoint.size, key=log.vkey)


def _settings(desk: Desk, name: str) -> str:
    """Hash of what of the declaration says how the feed's rows are read."""
    (feed,) = (each for each in desk.mission.feeds if each.name == name)
    told = {part: plain(getattr(feed, part)) for part in feed.__dataclass_fields__ if part not in _OF_FOOTAGE}
    mandates = {path: sha256_hex(text) for path, text in desk.inputs.mandates.items()}
    return sha256_hex(canonical_bytes({"feed": told, "mandates": mandates}))


def _committed(salt: bytes, row: bytes) -> bytes:
    """A row of a frame: the canonical form of the commitment to a row of the batch."""
    return canonical_bytes({"commitment": commitment(salt, row).hex()})


def _frame_for(record: Record, lot: Lot) -> tuple[int, StoredTable]:
    named = _BATCH.fullmatch(lot.batch) and lot.feed.isprintable()  # else no entry can be of it
    last = record.last(KIND, f"{FRAME}{lot.feed}/{lot.batch}") if named else None
    stored = table_of_entry(last[1]) if last else None
    if last is None or stored is None or not _may_ask(lot.to, stored.frame_of):
        raise _nothing(lot.batch)
    return last[0], stored


def _may_ask(to: Recipient, compartment: str | None) -> bool:
    """The mission itself, and the party that sent it; nobody else."""
    return to.kind == "mission" or (to.kind == "party" and bool(to.party) and to.party == compartment)


def _kept(record: Record, stored: StoredTable) -> pa.Table:
    return table_of_parquet(record.get(stored.derivation.inputs[1]))


def _nothing(name: str) -> UnknownNameError:
    return UnknownNameError(f"there is no {name[:80]!r}.", subject="batch", remedy="See the answer to what was sent.")


def _refused(problem: str) -> IntegrityError:
    return IntegrityError(problem, subject="receipt", remedy=_REMEDY)
