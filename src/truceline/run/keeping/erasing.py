"""Erasure: the key of sealed content is destroyed, because a person asked for it or a time to keep ran out.

The log says so first, by an entry that names the content; then the key is destroyed. Stopped in between, the content
counts as erased, and whoever comes next destroys the key (`complete_erasures`).

Limits: what was made of the content (tables, pictures, reports) and not sealed for the same subject stays as it is. The
mission's own copy of a file, outside the record, is not touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnknownNameError
from truceline.base.time import interval_us, stamp
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mission import Feed, Mission
from truceline.record import LocalDisk, Record
from truceline.record.content import ContentStore
from truceline.record.record import CONTENT
from truceline.record.sealed.form import HEADER_BYTES_MAX, sealed_header
from truceline.record.sealed.reading import KIND, sealed_names
from truceline.record.sealed.vault import WITHIN, Vault
from truceline.run.live.state.books import CODE

RETENTION = "retention"
_US_PER_DAY = 86_400 * US_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Who has it erased, why, and when that was known, a UTC stamp."""

    by: str
    why: str
    known_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be erased now, and what should be and cannot."""

    pseudonyms: tuple[str, ...]
    held: tuple[str, ...]  # in words, each with the reason


def sealed_name(feed: Feed, plain_sha256: str, *, party: str = "") -> str:
    """For whom a version of a feed's file is sealed; empty: it is kept as it is.

    What a party sends is sealed for that party, unless its feed is sealed for somebody else. A feed with `keep_days`
    gives each version a key of its own, so that it can be erased by itself; all of them go when the person or
    compartment that it is sealed for is erased.
    """
    whose = " ".join(feed.sealed_for.split())
    apart = (party,) if whose and party else ()  # two parties that send the same are not to learn of each other
    if not feed.keep_days:
        return WITHIN.join((whose, feed.name, *apart)) if apart else whose or party
    return WITHIN.join((whose or party or f"feed {feed.name}", feed.name, *apart, plain_sha256))


def live_name(mission: Mission, file: LiveFile) -> str:
    """For whom a file is sealed that came in while the mission is served; empty: it is kept as it is.

    Whatever is made of its bytes is sealed for the same.
    """
    feed = next((each for each in mission.feeds if each.name == file.feed), None)
    return sealed_name(feed, sha256_hex(file.content), party=file.compartment) if feed else file.compartment


def own_names(mission: Mission, files: Mapping[str, bytes]) -> dict[str, str]:
    """By path, for whom the mission's own files are sealed: a feed's file, and what lies beside it of footage.

    Args: files: by path, at least those of the feeds and beside them.
    Raises: InputError: two feeds name one file, and it is sealed for two.
    """
    found: dict[str, str] = {}
    for feed in mission.feeds:
        for path in (feed.path, *feed.beside):
            name = sealed_name(feed, sha256_hex(files[path]))
            if name and found.setdefault(path, name) != name:
                raise InputError(
                    "two feeds name this file, and each has it sealed under another key: one cannot be erased alone.",
                    subject=f"file {path}",
                    remedy="Give both feeds the same sealed_for and no keep_days, or each a file of its own.",
                )
    return found


def with_sealed(record: Record, vault: Vault, inputs: Inputs) -> Inputs:
    """A mission's inputs as they are to be served: what its own sealed files are called in the record.

    Completes erasures that were stopped, so that nothing new is sealed under a key that the log says was destroyed.

    Raises: InputError, UnavailableError, IntegrityError.
    """
    complete_erasures(record, vault)
    files = inputs.files
    names = own_names(inputs.mission, files)
    return replace(inputs, sealed={path: sha256_hex(vault.seal(files[path], name)) for path, name in names.items()})


def sealed_alike(record: Record, vault: Vault, sha256: str) -> str:
    """For whom the bytes of this hash are sealed, so that what is made of them is sealed alike; empty: they are not.

    Raises: as `Record.get`: ErasedError, and UnavailableError where their key is not here.
    """
    header = sealed_header(record.stored(sha256)[:HEADER_BYTES_MAX])
    if header is None:
        return ""
    record.get(sha256)
    return vault.subjects()[header.subject]


def erase_subject(record: Record, vault: Vault, name: str, reason: Reason) -> list[Entry]:
    """Erase all that is sealed for a person or compartment; the entries that say so, one for each key.

    An erasure that was stopped is completed by the next one. Raises: UnknownNameError: nothing is sealed for this name.
        UnavailableError: run it again. IntegrityError: the folder of keys is damaged.
    """
    completed = complete_erasures(record, vault)
    pseudonyms = vault.pseudonyms(name)
    if not pseudonyms and not completed:
        raise UnknownNameError(
            "nothing is sealed for this name, or it was erased before.",
            subject=name,
            remedy="Check the name, and whether the folder of keys is the mission's.",
        )
    return completed + erase_keys(record, vault, pseudonyms, reason)


def erase_keys(record: Record, vault: Vault, pseudonyms: Sequence[str], reason: Reason) -> list[Entry]:
    """Append the entries, then destroy the keys. Raises: as `erase_subject`."""
    entries = erasure_entries(record, pseudonyms, reason)
    record.append(entries)
    complete_erasures(record, vault)
    return entries


def erasure_entries(record: Record, pseudonyms: Sequence[str], reason: Reason) -> list[Entry]:
    """What the log is to say before these keys are destroyed, where it does not yet. Raises: as `sealed_names`."""
    held: dict[str, list[str]] = {one: [] for one in pseudonyms if record.last(KIND, one) is None}
    if held:
        for sha256, pseudonym in sealed_names(ContentStore(record.folder / CONTENT, LocalDisk())):
            held.get(pseudonym, []).append(sha256)
    return [
        Entry(
            kind=KIND,
            subject=pseudonym,
            author=reason.by,
            known_at=reason.known_at,
            hashes=tuple(hashes),
            detail={"why": reason.why},
        )
        for pseudonym, hashes in held.items()
    ]


def complete_erasures(record: Record, vault: Vault) -> list[Entry]:
    """Destroy every key that still stands and that the log says was destroyed; the entries that say so.

    To be called when a mission is opened for writing: an erasure may have been stopped, or an old copy of the folder of
    keys brought back. Raises: UnavailableError.
    """
    standing = vault.standing()
    told = {entry.subject: entry for _, entry in record.entries(kind=KIND)} if standing else {}
    completed = [told[pseudonym] for pseudonym in standing if pseudonym in told]
    for entry in completed:
        vault.erase(entry.subject)
    return completed


def due_for_erasure(entries: Iterable[Entry], sealed: Mapping[str, str], mission: Mission, now_us: int) -> Due:
    """Sealed content of feeds with `keep_days` whose time ran out.

    Contents under one key can only go together: none goes before the time of the last ran out.

    Args:
        entries: of kinds `raw` and `erasure`, others are passed over.
        sealed: pseudonym by hash, of all that is sealed.
    """
    ends: dict[str, dict[str, int]] = {}  # by pseudonym, then by hash: when its time ends; 0: never
    gone, held = set[str](), list[str]()
    for entry in entries:
        if entry.kind == KIND:
            gone.add(entry.subject)
        elif entry.kind == "raw" and entry.hashes:
            end_us, pseudonym = _end_us(entry, mission), sealed.get(entry.hashes[0], "")
            if pseudonym:
                ends.setdefault(pseudonym, {})[entry.hashes[0]] = end_us
            elif 0 < end_us <= now_us:
                held.append(f"{entry.subject}: its time ran out on {stamp(end_us)[:10]}, and it was kept unsealed.")
    due = []
    for pseudonym, by_hash in ends.items():
        over = sorted(sha256 for sha256, end_us in by_hash.items() if 0 < end_us <= now_us)
        if pseudonym in gone or not over:
            continue
        if len(over) == len(by_hash):
            due.append(pseudonym)
        else:
            held += [
                f"content {sha256[:16]}: its time ran out, and its key {pseudonym} is also that of content which is "
                "kept on: they can only go together."
                for sha256 in over
            ]
    return Due(pseudonyms=tuple(due), held=tuple(held))


def retain(record: Record, vault: Vault, mission: Mission, *, now_us: int) -> tuple[list[Entry], tuple[str, ...]]:
    """Erase what is due; the entries that say so, and in words what should go and cannot.

    Raises: as `erase_subject`.
    """
    entries = chain(record.entries(kind="raw"), record.entries(kind=KIND))
    sealed = dict(sealed_names(ContentStore(record.folder / CONTENT, LocalDisk())))
    due = due_for_erasure((entry for _, entry in entries), sealed, mission, now_us)
    standing = set(vault.standing())
    absent = tuple(
        f"key {one}: the time of its content ran out, and it is not in the folder of keys: it may stand elsewhere."
        for one in due.pseudonyms
        if one not in standing
    )
    reason = Reason(by=CODE, why=RETENTION, known_at=stamp(now_us))
    here = [one for one in due.pseudonyms if one in standing]
    return erase_keys(record, vault, here, reason), due.held + absent


def _end_us(entry: Entry, mission: Mission) -> int:
    """When the time to keep a raw entry's content ends; 0: never."""
    for feed in mission.feeds:
        if feed.keep_days and (entry.detail.get("feed") == feed.name or entry.subject in (feed.path, *feed.beside)):
            return interval_us(entry.known_at, zone=None)[0] + feed.keep_days * _US_PER_DAY
    return 0
