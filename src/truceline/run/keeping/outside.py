"""A checkpoint shown to those outside whom the mission names: witnesses cosign it, an authority stamps it.

Whoever does not answer is told of, and nothing waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from truceline.base.errors import IntegrityError, TrucelineError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.model.mission import Mission, Witness
from truceline.record import Record
from truceline.record.disk import bytes_or_none, disk_unavailable
from truceline.record.notes.note import verifier_of
from truceline.run.keeping.checkpoints import (
    Published,
    against,
    at_size,
    checkpoint_faults,
    cosigned_by,
    keep_cosignature,
    keep_token,
    latest,
    log_key,
    sizes_of,
    witnesses_of,
)
from truceline.run.keeping.timestamps import Stamped, check_token, timestamp
from truceline.run.keeping.witnessing import ask_witness

TIMEOUT_S = 10
RECORD = "record"
_TOO_LATE_US = 300 * US_PER_S  # a witness's clock may be so far ahead of ours


def have_it_seen(record: Record, mission: Mission, published: Published, *, now_us: int) -> list[str]:
    """Ask every witness that has not cosigned, and the authority if it has not stamped. What did not succeed, in words.

    Args: record: of the mission, whose folder is the record's parent.
    """
    told, keep = [], mission.keep
    witnesses = witnesses_of(keep)
    cosigned = {each.name for each in cosigned_by(published, witnesses)}
    for witness, key in zip(keep.witnesses, witnesses, strict=True):
        if witness.url and key.name not in cosigned:
            told += _told(witness.name, partial(_cosigned, record, mission, published, witness))
    if keep.timestamps and not published.token:
        told += _told("timestamp authority", partial(_stamped, record, mission, published))
    told += [
        f"{each.name}: its clock is ahead of ours by {each.at_s - now_us // US_PER_S} s."
        for each in cosigned_by(published, witnesses)
        if each.at_s * US_PER_S > now_us + _TOO_LATE_US
    ]
    return told


def stamped(folder: Path, mission: Mission, published: Published) -> Stamped | None:
    """When the authority says that a checkpoint existed; None: it has not. Raises: IntegrityError."""
    if not published.token:
        return None
    return check_token(published.token, published.note, authority_of(folder, mission))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """What stands beside a record that others can hold against it."""

    count: int = 0  # checkpoints
    key: str = ""  # that they are signed with
    covered: int = 0  # entries under the latest
    cosigned_by: tuple[str, ...] = ()  # witnesses of the latest
    stamped: int = 0  # checkpoints with a timestamp that holds
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """For a person."""
        if not self.count:
            return []
        by = f", cosigned by {', '.join(self.cosigned_by)}" if self.cosigned_by else ", cosigned by nobody"
        stamped = f"; {self.stamped} timestamps hold" if self.stamped else ""
        return [
            f"Checked {self.count} checkpoints; the latest covers {self.covered} entries{by}{stamped}.",
            f"Signed with {self.key}: compare it with the key that you were given.",
        ]


def seals_of(record: Record, folder: Path, mission: Mission | None, *, held: bytes, key: str) -> Seals:
    """Every checkpoint, cosignature and timestamp of a record checked, and what somebody else holds.

    Args: held: a checkpoint; empty: none. key: the log's; empty: as the record names it.
    Raises: UnreadableError: `held` or `key` is out of form.
    """
    log = verifier_of(key) if key else log_key(record)
    witnesses = witnesses_of(mission.keep) if mission else []
    problems = checkpoint_faults(record, log=log, witnesses=witnesses)
    notes = []
    if held and log is not None:
        try:
            notes.append(against(record, held, log=log))
        except IntegrityError as error:
            problems.append(f"{error.subject}: {error.problem}")
    elif held:
        problems.append("the record names no key: give the one that you hold with --key.")
    stamped, faults = _tokens(folder, mission) if mission and mission.keep.timestamps_ca else (0, [])
    newest = latest(record.folder) if not problems else None
    if newest is not None and (open_ := record.size - newest.checkpoint.size - 1) > 0:
        notes.append(f"{open_} entries are newer than the latest checkpoint: truceline log checkpoint signs them.")
    return Seals(
        count=len(sizes_of(record.folder)),
        key=log.vkey if log else "",
        covered=newest.checkpoint.size if newest else 0,
        cosigned_by=tuple(each.name for each in cosigned_by(newest, witnesses)) if newest else (),
        stamped=stamped,
        problems=(*problems, *faults),
        notes=tuple(notes),
    )


def _tokens(folder: Path, mission: Mission) -> tuple[int, list[str]]:
    held, faults = 0, []
    for size in sizes_of(folder / RECORD):
        try:
            held += stamped(folder, mission, at_size(folder / RECORD, size)) is not None
        except TrucelineError as error:
            faults.append(f"timestamp of checkpoint {size}: {error.problem}")
    return held, faults


def authority_of(folder: Path, mission: Mission) -> bytes:
    """The certificates, PEM, that tokens must lead to. Raises: UnavailableError: none is named."""
    path = folder / mission.keep.timestamps_ca
    try:
        found = bytes_or_none(path) if mission.keep.timestamps_ca else None
    except OSError as error:
        raise disk_unavailable(error, "keep.timestamps_ca") from None
    if found is None:
        raise UnavailableError(
            "the mission does not say whom a timestamp must lead to.",
            subject="keep.timestamps_ca",
            remedy="Put the authority's certificates, PEM, into the mission and name the file there.",
        )
    return found


def _cosigned(record: Record, mission: Mission, published: Published, witness: Witness) -> None:
    lines = ask_witness(record, published.note, url=witness.url, timeout_s=TIMEOUT_S).encode()
    keep_cosignature(record.folder, published.checkpoint.size, lines, witnesses_of(mission.keep))


def _stamped(record: Record, mission: Mission, published: Published) -> None:
    token = timestamp(published.note, mission.keep.timestamps, timeout_s=TIMEOUT_S)
    check_token(token, published.note, authority_of(record.folder.parent, mission))
    keep_token(record.folder, published.checkpoint.size, token)


def _told(name: str, act: Callable[[], None]) -> list[str]:
    try:
        act()
    except TrucelineError as error:
        return [f"{name}: {error.problem}"]
    return []
