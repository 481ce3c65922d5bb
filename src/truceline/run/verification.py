"""The whole record checked: bytes, tables, certificates, and on demand every derivation again."""

from dataclasses import dataclass
from pathlib import Path

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnavailableError
from truceline.pipeline import Progress
from truceline.record import Record, verify_folder
from truceline.record.custody import for_itself
from truceline.record.sealed.form import sealed_header
from truceline.run.batch import RECORD, database_for, record_in
from truceline.run.keeping.outside import Seals, seals_of
from truceline.run.mission import DECLARATION, inside, read_mission
from truceline.run.recomputing import again as computing
from truceline.run.recomputing.again import Recomputation
from truceline.run.recomputing.entries import Ran, audit, ran_last
from truceline.run.recomputing.words import causes_words, equal_words, notes_of, plain_of, problems_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was checked and what was found."""

    entries: int
    blobs: int
    certificates: int
    seals: Seals
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    again: Recomputation | None = None  # None: nothing was computed again

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.problems

    @property
    def recomputed(self) -> int:
        """Tables computed again and found equal."""
        return len(self.again.of("equal")) if self.again else 0

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "blobs": self.blobs,
            "certificates": self.certificates,
            "checkpoints": self.seals.count,
            "key": self.seals.key,
            "covered": self.seals.covered,
            "cosigned_by": list(self.seals.cosigned_by),
            "stamped": self.seals.stamped,
            "recomputed": self.recomputed,
            "problems": list(self.problems),
            "notes": list(self.notes),
            "recomputation": plain_of(self.again) if self.again else None,
        }

    def words(self) -> str:
        """For a person: how it was checked, never a bare "verified"; what was equal stands first."""
        lines = [
            f"Checked {self.entries} entries against their leaves and {self.blobs} pieces of content against SHA-256.",
            f"Checked {self.certificates} certificates with the separate auditor.",
        ]
        lines += self.seals.words()
        lines += equal_words(self.again) if self.again else []
        lines += [f"PROBLEM: {problem}" for problem in self.problems]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, *self._conclusion()])

    def _conclusion(self) -> list[str]:
        """What follows, and what to do next."""
        if self.ok:
            return [
                "No altered byte was found. Whoever has the key and this disk could have written all of it anew:",
                "hold it against a checkpoint that somebody else keeps (truceline verify MISSION --against FILE).",
            ]
        computed = problems_of(self.again) if self.again else []
        lines = causes_words(self.again) if self.again else []
        if others := len(self.problems) - len(computed):
            lines.append(f"{others} problem(s): stop publishing, keep this disk as it is, and compare with a copy.")
        else:
            lines.append(f"{len(computed)} difference(s): stop publishing until each is explained.")
        return lines


def verify_mission(folder: Path, *, recompute: bool, progress: Progress, held: bytes = b"", key: str = "") -> Checked:
    """Check the record of the mission in `folder`.

    Args:
        held: a checkpoint that somebody else keeps, to hold the record against.
        key: the log's key as it was given before; empty: the one that the record names.

    Raises: UnknownNameError: there is no record. UnreadableError: `held` or `key` is out of form.
    """
    progress("content")
    mission = read_mission(folder) if (folder / DECLARATION).is_file() else None
    found = verify_folder(folder / RECORD, database=database_for(mission) if mission else None)
    problems, notes, certificates, again = list(found.problems), list(found.notes), 0, None
    seals = Seals()
    if not problems:
        with for_itself(), record_in(folder, mission=mission) as record:
            progress("checkpoints")
            seals = seals_of(record, folder, mission, held=held, key=key)
            problems, notes = [*seals.problems], [*notes, *seals.notes]
            ran = ran_last(record)
            if ran is None:
                notes.append("no run is recorded yet: findings of a served mission stand on their own hashes.")
            else:
                progress("certificates")
                audited = audit(record, ran)
                certificates, problems = audited.certificates, [*problems, *audited.problems]
                notes += audited.notes
                if recompute and not ran.missing:
                    progress("recompute")
                    again = computing.recompute(record, ran)
                    problems += problems_of(again)
                    notes += [*_changed_since(folder, record, ran), *notes_of(again)]
    return Checked(
        entries=found.entries,
        blobs=found.blobs,
        certificates=certificates,
        seals=seals,
        problems=tuple(problems),
        notes=tuple(notes),
        again=again,
    )


def _changed_since(folder: Path, record: Record, ran: Ran) -> list[str]:
    """Files of the mission, its settings among them, that are others than the run read."""
    changed = []
    for path, sha256 in ran.files.items():
        try:
            sealed = sealed_header(record.stored(sha256)) is not None
            same = sealed or sha256_hex(inside(folder, path)) == sha256
        except (InputError, UnavailableError):  # gone, or not to be read: the record has it
            same = True
        changed += [] if same else [path]
    if not changed:
        return []
    named = ", ".join(changed)
    return [f"changed in the folder since the latest run, which is what was computed again: {named}. Run it again."]
