"""A bundle of one finding of a mission, made and written: what is new is signed first, and that it leaves is noted."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from truceline.base.errors import InputError, UnavailableError
from truceline.base.time import stamp
from truceline.model.account import Recipient
from truceline.model.mission import Mission
from truceline.record.disk import PART
from truceline.run.batch import DISCLOSURE, record_in
from truceline.run.bundling.full import bundle_finding
from truceline.run.bundling.proven import Purpose, Seal
from truceline.run.bundling.redacted import Audience, bundle_redacted
from truceline.run.keeping.checkpoints import Published, keys_of
from truceline.run.keeping.outside import authority_of
from truceline.run.keeping.telling import keep_checkpoint, key_of, latest_of
from truceline.run.mission import read_mission


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which finding, for whom, why; `to`: whose rules of release it is redacted by; None: everything."""

    finding: str
    for_whom: str
    why: str
    to: Recipient | None = None
    opens: bool = False  # what is sealed goes with it opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written, and what it can be checked with."""

    path: Path
    finding: str
    sha256: str
    key: str
    entries: int  # under the checkpoint


def make_bundle(folder: Path, wanted: Wanted, *, out: Path | None, now_us: int) -> Made:
    """Write the bundle; a file of this name is not overwritten.

    Raises: UnknownNameError: no such finding, or it is not released. UnavailableError: the key for disclosure is not
        here. InputError: no reason is given, the file is there, or what is redacted is to be opened. TooLargeError,
        IntegrityError.
    """
    if not (wanted.for_whom.strip() and wanted.why.strip()):
        raise InputError("it does not say for whom and why.", subject="bundle", remedy="Give --for and --why.")
    if wanted.to and wanted.opens:
        raise InputError("a redacted bundle holds no originals.", subject="bundle", remedy="Leave --opened out.")
    mission = read_mission(folder)
    published = _signed(folder, now_us)
    seal = _seal(folder, mission, published)
    purpose = Purpose(for_whom=wanted.for_whom, why=wanted.why, made_at=stamp(now_us), opens=wanted.opens)
    target = out or folder / "bundles" / f"{wanted.finding}{'-redacted' if wanted.to else ''}.zip"
    if target.exists():
        raise InputError("a file of this name is there.", subject=str(target), remedy="Name another: --out FILE.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    try:
        with record_in(folder, mission=mission) as record, part.open("wb") as file:
            if wanted.to is None:
                name = bundle_finding(record, wanted.finding, file, seal=seal, purpose=purpose)
            else:
                key = keys_of(folder, mission.keep).secret(DISCLOSURE)
                audience = Audience(to=wanted.to, now_us=now_us, key=key)
                name = bundle_redacted(record, wanted.finding, file, audience=audience, papers=(seal, purpose))
        sha256 = _sha256(part)
        os.replace(part, target)
    except OSError as error:
        raise UnavailableError(
            f"{error.strerror or error}.", subject=str(target), remedy="Make room, or name another place: --out FILE."
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return Made(path=target, finding=name, sha256=sha256, key=seal.log_key, entries=published.checkpoint.size)


def _signed(folder: Path, now_us: int) -> Published:
    """What is new signed, or where the mission is being served, its latest checkpoint."""
    try:
        return keep_checkpoint(folder, now_us=now_us).published
    except UnavailableError:
        return latest_of(folder)


def _seal(folder: Path, mission: Mission, published: Published) -> Seal:
    return Seal(
        note=published.note,
        log_key=key_of(folder).vkey,
        cosignatures=published.cosignatures,
        witness_keys=tuple(each.key for each in mission.keep.witnesses) if published.cosignatures else (),
        token=published.token,
        authority=authority_of(folder, mission) if published.token else b"",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
