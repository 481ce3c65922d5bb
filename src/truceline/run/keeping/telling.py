"""Behind `truceline log`: one mission's record signed, proven and asked about, and the words for it."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from truceline.base.canonical import leaf_hash
from truceline.base.errors import UnknownNameError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.model.mission import Mission
from truceline.record import Record
from truceline.record.custody import for_itself
from truceline.record.notes.checkpoint import Cosigned
from truceline.record.notes.note import Verifier, verifier_of
from truceline.run.batch import RECORD, record_in
from truceline.run.keeping.checkpoints import (
    Published,
    at_size,
    cosigned_by,
    keep_cosignature,
    latest,
    log_key,
    sign_checkpoint,
    signer_for,
    witnesses_of,
)
from truceline.run.keeping.outside import have_it_seen, stamped
from truceline.run.keeping.timestamps import Stamped
from truceline.run.keeping.witnessing import request_for, split_view
from truceline.run.mission import read_mission


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One checkpoint, who has seen it, and who has not."""

    published: Published
    key: Verifier
    cosigned: tuple[Cosigned, ...]
    expected: tuple[str, ...]  # names of the witnesses that the mission names
    stamped: Stamped | None
    unseen: tuple[str, ...]  # what did not succeed, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One entry about some bytes."""

    position: int
    entry: Entry

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {"position": self.position} | self.entry.body()

    def words(self) -> str:
        """One line."""
        detail = self.entry.detail
        acts = detail.get("acts")
        did = ", ".join(sorted({str(each["act"]) for each in acts})) if isinstance(acts, list) else self.entry.kind
        why = f": {detail['why']}" if detail.get("why") else f": {self.entry.subject}"
        return f"{self.entry.known_at}  {did:<8}  {self.entry.author}{why}  (entry {self.position})"


def place_of(folder: Path) -> Path:
    """The record of the mission in `folder`."""
    return folder / RECORD


@contextmanager
def record_of(folder: Path, *, writing: bool = False) -> Iterator[tuple[Record, Mission]]:
    """The record and the declaration of the mission in `folder`. Raises: as `open_record`, `read_mission`."""
    mission = read_mission(folder)
    with record_in(folder, mission=mission, writing=writing) as record:
        yield record, mission


def keep_checkpoint(folder: Path, *, now_us: int) -> Told:
    """Sign what is new and have it seen. Raises: IntegrityError: stop publishing. UnavailableError."""
    with for_itself(), record_of(folder, writing=True) as (record, mission):
        signer = signer_for(folder, mission)
        published = sign_checkpoint(record, signer, now_us=now_us)
        unseen = have_it_seen(record, mission, published, now_us=now_us)
        published = at_size(record.folder, published.checkpoint.size)
        return Told(
            published=published,
            key=signer.verifier,
            cosigned=cosigned_by(published, witnesses_of(mission.keep)),
            expected=tuple(each.name for each in mission.keep.witnesses),
            stamped=stamped(folder, mission, published),
            unseen=tuple(unseen),
        )


def told_json(told: Told) -> dict[str, object]:
    """As JSON values."""
    return {
        "origin": told.published.checkpoint.origin,
        "size": told.published.checkpoint.size,
        "root": told.published.checkpoint.root.hex(),
        "key": told.key.vkey,
        "cosigned": [{"name": each.name, "at": stamp(each.at_s * US_PER_S)} for each in told.cosigned],
        "stamped_at": stamp(told.stamped.at_us) if told.stamped else None,
        "unseen": list(told.unseen),
    }


def told_words(told: Told) -> str:
    """For a person."""
    size, root = told.published.checkpoint.size, told.published.checkpoint.root.hex()
    lines = [f"Signed: {size} entries, root {root}.", f"Key: {told.key.vkey}"]
    lines += [f"Cosigned by {each.name}, {stamp(each.at_s * US_PER_S)} by its clock." for each in told.cosigned]
    if told.stamped:
        lines.append(f"Stamped by {told.stamped.authority}: it existed at {stamp(told.stamped.at_us)}.")
    lines += [f"Not seen by {each}" for each in told.unseen]
    if not told.expected:
        lines.append("No witness is named: give this checkpoint to the parties (truceline log show), who can compare.")
    return "\n".join(lines)


def key_of(folder: Path) -> Verifier:
    """The key that the log of the mission in `folder` was signed with. Raises: UnknownNameError: never yet."""
    with record_of(folder) as (record, _):
        found = log_key(record)
    if found is None:
        raise _unsigned()
    return found


def latest_of(folder: Path) -> Published:
    """The latest checkpoint. Raises: UnknownNameError: none was signed."""
    found = latest(folder / RECORD)
    if found is None:
        raise _unsigned()
    return found


def entry_proof(folder: Path, position: int) -> dict[str, object]:
    """What proves one entry against the latest checkpoint, as JSON values. Raises: UnknownNameError: not signed yet."""
    published = latest_of(folder)
    if position >= published.checkpoint.size:
        raise UnknownNameError(
            f"the latest checkpoint covers {published.checkpoint.size} entries.",
            subject=f"entry {position}",
            remedy="Sign what is new first: truceline log checkpoint MISSION.",
        )
    with record_of(folder) as (record, _):
        sealed = record.sealed(position)
        path = record.inclusion(position, published.checkpoint.size)
    return {
        "position": position,
        "body": sealed.body.decode(),
        "salt": sealed.salt.hex(),
        "commitment": sealed.leaf.hex(),
        "leaf_hash": leaf_hash(sealed.leaf).hex(),
        "size": published.checkpoint.size,
        "path": [step.hex() for step in path],
        "root": b64encode(published.checkpoint.root).decode(),
        "checkpoint": published.whole.decode(),
    }


def request_of_latest(folder: Path, old: int) -> bytes:
    """The bytes that a witness, which knows the size `old`, is asked with about the latest checkpoint."""
    published = latest_of(folder)
    with record_of(folder) as (record, _):
        return request_for(record, published.note, old)


def keep_answer(folder: Path, lines: bytes, *, size: int | None) -> tuple[Cosigned, ...]:
    """Keep what a witness gave back. Raises: IntegrityError: it does not hold. UnreadableError."""
    published = latest_of(folder) if size is None else at_size(folder / RECORD, size)
    witnesses = witnesses_of(read_mission(folder).keep)
    keep_cosignature(folder / RECORD, published.checkpoint.size, lines, witnesses)
    return cosigned_by(at_size(folder / RECORD, published.checkpoint.size), witnesses)


def compared(one: bytes, other: bytes, *, key: str, proof: bytes | None) -> str:
    """Whether two readers were shown the same log, in words. Raises: IntegrityError: they were not."""
    return split_view(one, other, log=verifier_of(key), proof=proof)


def custody_of(folder: Path, sha256: str) -> list[Held]:
    """Every entry that speaks about these bytes, in order. Raises: UnknownNameError: none, or several begin so."""
    with record_of(folder) as (record, _):
        about = [Held(position=at, entry=entry) for at, entry in record.entries() if _names(entry, sha256)]
    named = {each for held in about for each in held.entry.hashes if each.startswith(sha256)}
    if len(named) != 1:
        raise UnknownNameError(
            f"{len(named)} contents begin so.",
            subject=sha256[:80],
            remedy="Give all 64 digits, as an entry prints them.",
        )
    return about


def _names(entry: Entry, sha256: str) -> bool:
    return any(each.startswith(sha256) for each in entry.hashes)


def _unsigned() -> UnknownNameError:
    return UnknownNameError(
        "no checkpoint was signed yet.", subject="log", remedy="Sign one: truceline log checkpoint MISSION."
    )
