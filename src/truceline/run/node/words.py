"""What the commands of a field node print."""

from truceline.base.units import US_PER_S
from truceline.model.node import number_words
from truceline.run.node.mission import Taken
from truceline.run.node.post import Captured, FieldNode


def made_words(node: FieldNode) -> str:
    """Who the node is, and what the mission has to enter."""
    return "\n".join(
        [
            f"Node {node.name} of {node.mission}. Its numbers: {_left_words(node)}.",
            "The mission enters this in its truceline.toml, once it has compared the key by another way:",
            "",
            *declared_lines(node),
        ]
    )


def declared_lines(node: FieldNode) -> list[str]:
    """How a mission declares this node."""
    return ["[[keep.nodes]]", f'name = "{node.name}"', f'key = "{node.vkey}"']


def captured_words(captured: Captured) -> str:
    """One line for one file."""
    back = ""
    if captured.back_us:
        back = f"; the clock had gone back by {captured.back_us / US_PER_S:,.0f} s, which is noted"
    again = " was captured before: nothing added" if captured.again else ""
    return f"{captured.said}  {captured.capture.name}  {captured.at}{again}{back}"


def status_json(node: FieldNode) -> dict[str, object]:
    """What a node is and has, as JSON values."""
    given = node.receipts[-1].given if node.receipts else {}
    leaves, confirmed = node.record.leaves(), node.confirmed
    return {
        "node": node.name,
        "mission": node.mission,
        "key": node.vkey,
        "entries": node.record.size,
        "confirmed": confirmed,
        "astray": node.astray is not None,
        "numbers_left": node.left,
        "captures": [
            {
                "said": each.said,
                "number": given.get(leaves[position].hex()[:16], each.capture.number) or None,
                "name": each.capture.name,
                "at": each.at,
                "by": each.capture.author,
                "feed": each.capture.feed,
                "note": each.capture.note,
                "sha256": each.capture.hashes[0],
                "confirmed": position < confirmed,
            }
            for position, each in node.captures.items()
        ],
    }


def status_words(node: FieldNode) -> str:
    """The same for a person."""
    confirmed = node.confirmed
    waiting = sum(position >= confirmed for position in node.captures)
    captured = f"{len(node.captures)} captured, {waiting} of them not confirmed by the mission"
    lines = [f"Node {node.name} of {node.mission}: {captured}; numbers: {_left_words(node)}."]
    if node.astray is not None:
        lines.append(
            "This folder is an old copy: the mission has entries of this node that are not here. Go on; nothing of "
            "either is lost. Pack with --all, and keep using one copy only."
        )
    given = node.receipts[-1].given if node.receipts else {}
    leaves = node.record.leaves() if given else []
    for position, each in node.captures.items():
        number = given.get(leaves[position].hex()[:16]) if given else None
        now = f" is {number_words(number)} in the mission" if number else ""
        there = "" if position < confirmed else "  waits"
        lines.append(f"  {each.said}{now}  {each.capture.name}  {each.at}  by {each.capture.author}{there}")
    return "\n".join([*lines, "", *declared_lines(node)])


def taken_words(taken: Taken) -> str:
    """What came of a pack at the mission."""
    if not taken.entries:
        return f"{taken.pack}: everything in it was here already; nothing added."
    lines = [f"{taken.pack}: {len(taken.told)} new of node {taken.node}."]
    branch = taken.branch
    if branch.diverged and branch.of is not None:
        lines.append(
            f"  Its log shares {branch.common} entries with what was seen of it before and then goes on otherwise; "
            f"{branch.of.size - branch.common} others were seen. It was restored from an old copy, or two copies are "
            "in use. Both are kept, each capture once; the record says so. Ask the post which copy it goes on with."
        )
    for each in taken.told:
        number = number_words(each.number)
        other = f" (the node says {each.said}: {each.why})" if each.why else ""
        lines.append(f"  {number}{other}  {each.name}" + (f"  kept, not read: {each.apart}" if each.apart else ""))
    return "\n".join(lines)


def reserved_words(block: range, node: str, file: str) -> str:
    """Which numbers a node may give, and what to do with the file."""
    reserved = f"{number_words(block.start)} to {number_words(block.stop - 1)} are reserved for {node}."
    return f"{reserved} Carry {file} to the post: truceline node receive FOLDER {file}"


def received_words(node: FieldNode, was: int) -> str:
    """What a receipt brought. Args: was: entries that were confirmed before it."""
    more = node.confirmed - was
    arrived = f"The mission has {node.confirmed} of {node.record.size} entries, {more} more than before."
    return f"{arrived} Numbers: {_left_words(node)}."


def _left_words(node: FieldNode) -> str:
    return f"{node.left} left" if node.left else "none left, local ones are given until the mission reserves more"
