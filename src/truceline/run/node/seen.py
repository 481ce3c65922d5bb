"""What a mission's record knows of a node: what was taken of it, under which checkpoints, which numbers are whose."""

from dataclasses import dataclass, field

from truceline.model.entry import Entry
from truceline.record import Record

RESERVED, SYNCED, ALIAS = "reserved", "synced", "alias"  # acts of entries of kind node


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One pack that was taken: how far the node's log went then, and where the rest of it is in the content store."""

    size: int
    root: str  # hex
    note: str  # SHA-256 of the node's signed checkpoint
    leaves: str  # SHA-256 of all its leaves then, 32 bytes each


@dataclass(slots=True)
class Seen:
    """What the record knows of one node, and of all numbers. Only `apply` changes it."""

    node: str
    syncs: list[Sync] = field(default_factory=list)  # in the order in which they came
    taken: dict[str, Entry] = field(default_factory=dict)  # by leaf, hex: the latest entry of it
    blocks: list[tuple[int, int]] = field(default_factory=list)  # numbers reserved for this node
    given: dict[str, int] = field(default_factory=dict)  # by the beginning of a leaf: number given instead of its own
    used: dict[int, str] = field(default_factory=dict)  # numbers of captures of any node -> leaf, hex
    free: int = 1  # the smallest number that no block and no capture reaches

    def apply(self, entry: Entry) -> None:
        """Take in the next entry of kind raw, clock or node."""
        detail = entry.detail
        if entry.kind == "node":
            if detail["act"] == RESERVED:
                first, until = int(str(detail["from"])), int(str(detail["until"]))
                self.free = max(self.free, until)
                if entry.subject == self.node:
                    self.blocks.append((first, until))
            elif entry.subject == self.node and detail["act"] == SYNCED:
                note, leaves = entry.hashes[:2]
                size, root = int(str(detail["size"])), str(detail["root"])
                self.syncs.append(Sync(size=size, root=root, note=note, leaves=leaves))
            elif entry.subject == self.node and detail["act"] == ALIAS:
                self.given[str(detail["leaf"])[:16]] = int(str(detail["number"]))
        elif "leaf" in detail and "node" in detail:
            leaf = str(detail["leaf"])
            if detail["node"] == self.node:
                self.taken[leaf] = entry
            if "number" in detail:
                number = int(str(detail["number"]))
                self.used[number] = leaf
                self.free = max(self.free, number + 1)


def seen_in(record: Record, node: str) -> Seen:
    """What `record` knows of `node`. Raises: IntegrityError, UnavailableError."""
    seen = Seen(node=node)
    for kind in ("node", "clock", "raw"):
        for _, entry in record.entries(kind=kind):
            seen.apply(entry)
    return seen
