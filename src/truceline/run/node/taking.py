"""Pure: what of a pack is new becomes entries, as live arrivals that remember their node.

So whoever writes the record, a command or a served mission, can take packs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.base.time import stamp
from truceline.model.entry import Entry
from truceline.model.node import Capture, number_words
from truceline.run.live.state.books import CODE, LIVE
from truceline.run.node.seen import ALIAS, SYNCED, Seen, Sync
from truceline.run.node.unpacking import LEAF_BYTES, Pack, Row

APART = "capture/"  # subjects of raw entries that the pipeline does not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where a pack's log goes on from what the mission has seen of the node."""

    common: int = 0  # entries that it shares with `of`
    of: Sync | None = None  # None: nothing was seen yet
    known: bool = False  # the mission has seen all of it

    @property
    def diverged(self) -> bool:
        """Whether the node's log left a place that the mission has seen it beyond."""
        return self.of is not None and not self.known and self.common < self.of.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one capture. `why`: of another number; `apart`: why no feed reads it."""

    said: str
    number: int
    name: str
    why: str = ""
    apart: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What taking a pack writes: files of the pack, papers, then all entries in one append."""

    entries: tuple[Entry, ...]
    contents: tuple[str, ...]  # SHA-256 of captured files to put
    papers: tuple[bytes, ...]  # checkpoint, leaves and entries as the node gave them
    told: tuple[Told, ...]


def branch_of(pack: Pack, seen: Seen, content: Callable[[str], bytes]) -> Branch:
    """Where a pack's log goes on. Args: content: by SHA-256, from the mission's content store.

    Raises: InputError: it leaves out what the mission has not seen yet.
    """
    branch = _branch(pack, seen.syncs, content)
    if pack.first > branch.common:
        raise InputError(
            f"it begins behind entry {pack.first}, and the mission has the first {branch.common} of this log.",
            subject=f"pack {pack.name}",
            remedy="Take the pack before it first, or pack everything at the node: truceline node pack --all.",
        )
    return branch


def fresh_rows(pack: Pack, seen: Seen) -> tuple[Row, ...]:
    """What of a pack the mission does not have, by leaf; and captures that no feed could read when they came."""
    return tuple(
        row
        for row in pack.rows
        if row.capture or row.entry.kind == "clock"
        if row.leaf not in seen.taken or "apart" in seen.taken[row.leaf].detail
    )


def plan_taking(pack: Pack, seen: Seen, branch: Branch, apart: Mapping[str, str], *, now_us: int) -> Taking:
    """What taking a pack writes; nothing where the mission has all of it. Pure.

    Args:
        seen: what the record knows of the pack's node.
        apart: for each capture of `fresh_rows`, by leaf: why no feed reads it; empty: it is read.
    """
    numbering = _Numbering(seen=seen, free=seen.free)
    entries: list[Entry] = []
    told: list[Told] = []
    contents: list[str] = []
    for row in fresh_rows(pack, seen):
        if row.capture is None:
            entries.append(_clock_entry(row, node=seen.node, now_us=now_us))
            continue
        if row.leaf in seen.taken and apart[row.leaf]:
            continue
        number, why = numbering.of(row.capture, row.leaf)
        said = row.capture.said(seen.node)
        entries.append(_raw_entry(row, number, apart[row.leaf], node=seen.node, now_us=now_us))
        if why:
            detail: dict[str, object] = {"act": ALIAS, "said": said, "number": number, "leaf": row.leaf, "why": why}
            entries.append(Entry(kind="node", subject=seen.node, author=CODE, known_at=stamp(now_us), detail=detail))
        contents.append(row.capture.hashes[0])
        told.append(Told(said=said, number=number, name=row.capture.name, why=why, apart=apart[row.leaf]))
    papers = () if branch.known else (pack.note, pack.leaves, pack.lines)
    entries += [] if branch.known else _sync_entries(pack, branch, node=seen.node, now_us=now_us)
    return Taking(entries=tuple(entries), contents=tuple(dict.fromkeys(contents)), papers=papers, told=tuple(told))


@dataclass(slots=True)
class _Numbering:
    """Public numbers, each for one capture of the mission."""

    seen: Seen
    free: int
    now: dict[int, str] = field(default_factory=dict)  # given by this pack

    def of(self, capture: Capture, leaf: str) -> tuple[int, str]:
        """The number of a capture, and why it is another than its node said."""
        before = self.seen.taken.get(leaf)
        if before is not None:
            return int(str(before.detail["number"])), ""
        number, why = capture.number, ""
        if not number:
            why = "the node had no number left."
        elif not any(first <= number < until for first, until in self.seen.blocks):
            why = "the mission never reserved this number for the node."
        elif number in self.seen.used or number in self.now:
            why = f"{number_words(number)} is another capture, which came before."
        if why:
            number = self.free
        self.now[number] = leaf
        self.free = max(self.free, number + 1)
        return number, why


def _branch(pack: Pack, syncs: list[Sync], content: Callable[[str], bytes]) -> Branch:
    if not syncs:
        return Branch()
    last, root = syncs[-1], pack.checkpoint.root.hex()
    for sync in syncs:
        if (sync.size, sync.root) == (pack.size, root):
            return Branch(common=pack.size, of=sync, known=True)
    if last.size < pack.size and pack.root(last.size).hex() == last.root:
        return Branch(common=last.size, of=last)
    shared = [(_common(pack.leaves, content(sync.leaves)), at) for at, sync in enumerate(syncs)]
    common, at = max(shared)
    return Branch(common=common, of=syncs[at], known=common == pack.size)


def _common(ours: bytes, theirs: bytes) -> int:
    """With how many equal leaves both begin."""
    low, high = 0, min(len(ours), len(theirs)) // LEAF_BYTES
    while low < high:
        middle = (low + high + 1) // 2
        if ours[: middle * LEAF_BYTES] == theirs[: middle * LEAF_BYTES]:
            low = middle
        else:
            high = middle - 1
    return low


def _raw_entry(row: Row, number: int, apart: str, *, node: str, now_us: int) -> Entry:
    """As intake writes what arrives, and whose capture it is."""
    capture = row.capture
    assert capture is not None, f"entry {row.position} of {node} is no capture"
    sha256 = capture.hashes[0]
    detail: dict[str, object] = {
        "name": capture.name[:200],
        "feed": capture.feed,
        "format": capture.format,
        "compartment": "",
        "bytes": capture.size_bytes,
        "node": node,
        "position": row.position,
        "leaf": row.leaf,
        "number": number,
        "said": capture.said(node),
        "captured_at": row.entry.known_at,
        "note": capture.note,
        "clock_error_s": capture.clock_error_s,
    }
    return Entry(
        kind="raw",
        subject=f"{APART}{node}/{row.leaf[:16]}" if apart else f"{LIVE}{capture.feed}/{sha256[:16]}",
        author=capture.author,
        known_at=stamp(now_us),
        hashes=(sha256,),
        detail=detail | ({"apart": apart} if apart else {}),
    )


def _clock_entry(row: Row, *, node: str, now_us: int) -> Entry:
    detail = row.entry.detail | {"node": node, "leaf": row.leaf, "at": row.entry.known_at}
    return Entry(kind="clock", subject=f"node {node}", author=CODE, known_at=stamp(now_us), detail=detail)


def _sync_entries(pack: Pack, branch: Branch, *, node: str, now_us: int) -> list[Entry]:
    """That the pack was taken, with the node's signature; before it, where it left a branch, that it did."""
    note, leaves, lines = (sha256_hex(paper) for paper in (pack.note, pack.leaves, pack.lines))
    at, root = stamp(now_us), pack.checkpoint.root.hex()
    entries = []
    if branch.diverged and branch.of is not None:
        parted: dict[str, object] = {
            "node": node,
            "common": branch.common,
            "size": branch.of.size,
            "root": branch.of.root,
            "other_size": pack.size,
            "other_root": root,
        }
        both = (branch.of.note, note)
        entries.append(Entry(kind="divergence", subject=node, author=CODE, known_at=at, hashes=both, detail=parted))
    synced: dict[str, object] = {"act": SYNCED, "size": pack.size, "root": root, "first": pack.first}
    hashes = (note, leaves, lines)
    return [*entries, Entry(kind="node", subject=node, author=CODE, known_at=at, hashes=hashes, detail=synced)]
