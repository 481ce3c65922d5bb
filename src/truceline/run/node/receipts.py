"""What a mission gives a node to carry home: a signed note that says which numbers are its own, and what arrived."""

import json
import re
from pathlib import Path

import msgspec

from truceline.base.canonical import canonical_bytes, plain
from truceline.base.errors import InputError, OutOfRangeError, UnreadableError
from truceline.base.time import stamp
from truceline.model.entry import Entry, impossible
from truceline.model.mission import Mission
from truceline.model.node import MOST_NUMBER, Receipt, refuse_name
from truceline.record import Record
from truceline.record.notes.note import Signer, Verifier, note_of, signed, signer_of, verifier_of
from truceline.run.keeping.checkpoints import keys_of, origin_of
from truceline.run.node.seen import RESERVED, Seen, seen_in

KEY = "receipts"
MOST_AT_ONCE = 1_000_000  # numbers
MOST_GIVEN = 1_000  # aliases told in one receipt, the latest: a note has a greatest size
_HEAD = "truceline receipt for a field node\n"
_TEXT = re.compile(re.escape(_HEAD) + r"([^\n]+)\nkey ([^\n]+)\n")


def node_origin(mission: str, name: str) -> str:
    """The name of a node's log. Args: mission: the name of the mission's."""
    return f"{mission}/node/{name}"


def receipts_signer(folder: Path, mission: Mission) -> Signer:
    """Who signs the receipts of the mission in `folder`; its key is made where there is none."""
    return signer_of(f"{origin_of(mission)}/receipts", keys_of(folder, mission.keep).secret_or_new(KEY))


def reserve_numbers(record: Record, node: str, count: int, *, by: str, now_us: int) -> range:
    """Reserve the next `count` numbers for a node, in the record; no two blocks ever share one.

    Raises: InputError: the name, or the count. UnavailableError.
    """
    refuse_name(node)
    first = seen_in(record, node).free
    if not 0 < count <= MOST_AT_ONCE or first + count > MOST_NUMBER:
        raise OutOfRangeError(
            f"{count} numbers cannot be reserved.", subject=f"node {node}", remedy=f"Ask for 1 to {MOST_AT_ONCE:,}."
        )
    detail: dict[str, object] = {"act": RESERVED, "from": first, "until": first + count}
    record.append([Entry(kind="node", subject=node, author=by, known_at=stamp(now_us), detail=detail)])
    return range(first, first + count)


def receipt_of(seen: Seen, *, mission: str) -> Receipt:
    """What the mission has of a node, and which numbers are the node's."""
    return Receipt(
        mission=mission,
        node=seen.node,
        size=seen.syncs[-1].size if seen.syncs else 0,
        root=seen.syncs[-1].root if seen.syncs else "",
        numbers=tuple(seen.blocks),
        given=dict(list(seen.given.items())[-MOST_GIVEN:]),
    )


def signed_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """The receipt as the node takes it in."""
    told = canonical_bytes(plain(receipt)).decode()
    return signed(f"{_HEAD}{told}\nkey {signer.verifier.vkey}\n", [signer])


def read_receipt(content: bytes, *, key: Verifier | None) -> tuple[Receipt, Verifier]:
    """The receipt in these bytes and whose it is. Args: key: who alone may have signed it; None: it says itself.

    Raises: UnreadableError: out of form, altered, or signed by another.
    """
    note = note_of(content)
    match = _TEXT.fullmatch(note.text)
    if match is None:
        raise _unreadable("it is no receipt for a field node.")
    said = verifier_of(match[2])
    try:
        receipt = msgspec.convert(json.loads(match[1]), Receipt)
    except (ValueError, RecursionError, msgspec.ValidationError):
        raise _unreadable("it does not tell what arrived, or which numbers are reserved.") from None
    lines = [line for line in note.signatures if line.is_by(said)]
    if not lines or not all(said.holds(note.text.encode(), line.content) for line in lines):
        raise _unreadable("its signature does not hold.")
    if said.name != f"{receipt.mission}/receipts" or (key is not None and said != key):
        raise _unreadable(f"it is signed by {said.name}, with another key than the first receipt of this node.")
    return receipt, said


def receipt_in(entry: Entry) -> Receipt:
    """The receipt that an entry of the node's log tells of. Raises: IntegrityError."""
    try:
        return msgspec.convert(entry.detail["receipt"], Receipt)
    except (KeyError, msgspec.ValidationError) as error:
        raise impossible(entry, str(error)) from None


def refuse_other(receipt: Receipt, *, name: str, mission: str) -> None:
    """Raises InputError where a receipt is not for this node of this mission."""
    if (receipt.node, receipt.mission) != (name, mission):
        raise InputError(
            f"it is for the node {receipt.node} of {receipt.mission}, and this is {name} of {mission}.",
            subject="receipt",
            remedy="Take it to that node; ask your mission for one of your own.",
        )


def _unreadable(problem: str) -> UnreadableError:
    return UnreadableError(problem, subject="receipt", remedy="Ask the mission for it again.")
