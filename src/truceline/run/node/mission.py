"""The mission's side: numbers are reserved for a node, and its packs are taken."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnavailableError, UnknownNameError, UnreadableError
from truceline.base.time import stamp
from truceline.mandate import parse_mandates
from truceline.model.entry import Entry
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mandate import Mandate
from truceline.model.mission import Format, Mission
from truceline.model.node import Capture
from truceline.observe import read_live
from truceline.record import Record
from truceline.record.custody import for_itself
from truceline.record.notes.note import Verifier, verifier_of
from truceline.run.batch import record_in
from truceline.run.keeping.checkpoints import origin_of
from truceline.run.keeping.erasing import sealed_name
from truceline.run.live.state.books import CODE, ID_KEY, LIVE
from truceline.run.live.watching.intake import FORMATS
from truceline.run.mission import read_inputs, read_mission
from truceline.run.node.receipts import node_origin, receipt_of, receipts_signer, reserve_numbers, signed_receipt
from truceline.run.node.seen import seen_in
from truceline.run.node.taking import Branch, Taking, Told, branch_of, fresh_rows, plan_taking
from truceline.run.node.unpacking import SUFFIX, Pack, opened_pack

_ID_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of one pack. `receipt`: to be carried back to the node."""

    pack: str
    node: str
    size: int
    branch: Branch
    told: tuple[Told, ...]
    entries: int  # that the mission's record gained
    receipt: bytes


def packs_in(paths: Iterable[Path]) -> list[Path]:
    """The packs that these paths are, or that folders among them hold, in the order in which nodes wrote them."""
    return [each for path in paths for each in (sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path])]


def reserve(folder: Path, node: str, count: int, *, by: str, now_us: int) -> tuple[range, bytes]:
    """Reserve numbers for a node of the mission in `folder`; they, and the receipt that carries them to the node.

    Raises: InputError, UnavailableError: as `reserve_numbers` and `writing`.
    """
    mission = read_mission(folder)
    with writing(folder, mission) as record:
        block = reserve_numbers(record, node, count, by=by, now_us=now_us)
        return block, _receipt(folder, mission, record, node)


def key_of_node(mission: Mission) -> Callable[[str], Verifier]:
    """Name of a node's log -> the key under which the mission declares it; raises InputError where it does not."""
    declared = {node_origin(origin_of(mission), node.name): node for node in mission.keep.nodes}

    def key(origin: str) -> Verifier:
        node = declared.get(origin)
        if node is None:
            ours = origin.startswith(node_origin(origin_of(mission), ""))
            raise UnknownNameError(
                f"it is of {origin}, a node that this mission does not declare."
                if ours
                else f"it is of {origin}, and this mission is {origin_of(mission)}.",
                subject="pack",
                remedy="Enter name and key under [[keep.nodes]], once the key was compared by another way."
                if ours
                else "Take it to that mission.",
            )
        verifier = verifier_of(node.key)
        if verifier.name != origin:
            raise UnreadableError(
                f"the key of the node {node.name} is of {verifier.name}, and packs come from {origin}.",
                subject="keep.nodes",
                remedy="Enter the key that truceline node status prints at the node.",
            )
        return verifier

    return key


def node_of(pack: Pack, mission: Mission) -> str:
    """The name of the node whose pack it is."""
    return pack.checkpoint.origin.removeprefix(node_origin(origin_of(mission), ""))


def take(folder: Path, path: Path, *, now_us: int) -> Taken:
    """Take one pack into the record of the mission in `folder`: all of it or nothing; a second time adds nothing.

    Raises: InputError: the pack is altered, of another node or mission, or leaves out what came before it: nothing of
        it was taken. UnavailableError: the mission is being served, or the disk. MandateError: the mission's own.
    """
    inputs = read_inputs(folder, now_us=now_us)
    mandates = parse_mandates(inputs.mandates)
    with writing(folder, inputs.mission) as record, opened_pack(path, key=key_of_node(inputs.mission)) as pack:
        node = node_of(pack, inputs.mission)
        seen = seen_in(record, node)
        branch = branch_of(pack, seen, record.get)
        reader = Reader(inputs=inputs, mandates=mandates, content=pack.content, keep=record.put)
        captures = {row.leaf: row.capture for row in fresh_rows(pack, seen) if row.capture}
        _refuse_for_sealed(inputs.mission, captures.values(), path)
        apart = {leaf: reader.apart(capture) for leaf, capture in captures.items()}
        taking = plan_taking(pack, seen, branch, apart, now_us=now_us)
        gained = _write(record, pack, taking, now_us=now_us)
        receipt = _receipt(folder, inputs.mission, record, node)
        return Taken(
            pack=path.name,
            node=node,
            size=pack.size,
            branch=branch,
            told=taking.told,
            entries=gained,
            receipt=receipt,
        )


def _refuse_for_sealed(mission: Mission, captures: Iterable[Capture], path: Path) -> None:
    """Refuse captures for a sealed feed: a node's log names them by the hash of their own bytes, so they would have to
    lie in the open. Raises: InputError.
    """
    sealed = {feed.name for feed in mission.feeds if sealed_name(feed, "")}
    if named := sorted({capture.feed for capture in captures} & sealed):
        raise InputError(
            f"it holds captures for the feed {named[0]}, whose content is kept sealed, and a node's cannot be.",
            subject=f"pack {path.name}",
            remedy="Send these files to the served mission, or have the node capture for a feed without sealed_for and "
            "keep_days. Nothing of the pack was taken.",
        )


@contextmanager
def writing(folder: Path, mission: Mission) -> Iterator[Record]:
    """The mission's record, to write. Raises: UnavailableError: it is being served, or another command writes."""
    try:
        record = record_in(folder, mission=mission, writing=True)
    except UnavailableError as error:
        raise UnavailableError(
            error.problem,
            subject=f"mission {folder.name}",
            remedy="If it is being served, stop it for the moment; else try again: nothing was lost.",
        ) from None
    with for_itself(), record:
        yield record


@dataclass(slots=True)
class Reader:
    """What the mission's feeds make of captures, so that none that cannot be read stops a run."""

    inputs: Inputs
    mandates: tuple[Mandate, ...]
    content: Callable[[str], bytes]
    keep: Callable[[bytes], str]  # of photos that came inside a form
    _found: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def apart(self, capture: Capture) -> str:
        """Why no feed reads this capture; empty: one does."""
        if not capture.feed:
            return "it is for no feed."
        asked = (capture.hashes[0], capture.feed, capture.format)
        if asked not in self._found:
            self._found[asked] = self._why(capture)
        return self._found[asked]

    def _why(self, capture: Capture) -> str:
        formats: dict[str, Format] = {each: each for each in FORMATS.values()}
        if capture.format not in formats:
            return f"{Path(capture.name).suffix!r} is no format that a feed reads."
        file = LiveFile(
            name=capture.name,
            feed=capture.feed,
            format=formats[capture.format],
            content=self.content(capture.hashes[0]),
            sha256=capture.hashes[0],
            came_at_us=self.inputs.now_us,
        )
        own = {feed.path for feed in self.inputs.mission.feeds if (feed.name, feed.format) == (file.feed, "footage")}
        if any(sha256_hex(self.inputs.feeds[path]) == file.sha256 for path in own):
            return "it is the mission's own file of this feed, which is read already."
        try:
            reading = read_live(file, inputs=self.inputs, mandates=self.mandates)
        except InputError as error:
            return error.problem
        if any(count.rows for count in reading.feeds):
            for medium in reading.media.values():
                self.keep(medium)
            return ""
        rejects = reading.rejects.to_pylist()
        return f"no row of it can be read: {rejects[0]['problem'] if rejects else 'it holds none.'}"


def _write(record: Record, pack: Pack, taking: Taking, *, now_us: int) -> int:
    for sha256 in taking.contents:
        record.put(pack.content(sha256))
    for paper in taking.papers:
        record.put(paper)
    entries = list(taking.entries)
    if any(entry.subject.startswith(LIVE) for entry in entries) and record.last("mission", ID_KEY) is None:
        detail: dict[str, object] = {"salt": secrets.token_bytes(_ID_KEY_BYTES).hex()}
        entries.insert(0, Entry(kind="mission", subject=ID_KEY, author=CODE, known_at=stamp(now_us), detail=detail))
    return len(record.append(entries))


def _receipt(folder: Path, mission: Mission, record: Record, node: str) -> bytes:
    receipt = receipt_of(seen_in(record, node), mission=origin_of(mission))
    return signed_receipt(receipt, receipts_signer(folder, mission))
