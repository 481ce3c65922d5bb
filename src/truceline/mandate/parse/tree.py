"""A parsed text as the builders read it: words and nodes, children by kind, what numbers with units say."""

from collections.abc import Iterator
from typing import Any

from truceline.base.units import M_PER_KM, S_PER_UNIT

_SHOWN_MOST = 40  # letters


class Token(str):
    """One word of the text. Stands in for lark's Token, which is three times as costly to make."""

    __slots__ = ("line", "start_pos", "type")
    type: str  # its terminal in the grammar
    start_pos: int  # how many characters of the text stand before it
    line: int
    column = end_line = end_column = end_pos = None  # lark asks for them at the end of a text; `column_of` knows


class Node:
    """What one rule of the grammar matched, or one of its aliases: words and nodes in the order of the text."""

    __slots__ = ("children", "type")

    def __init__(self, rule: str, children: list["Node | Token"]) -> None:
        self.type = str(rule)
        self.children = children

    def of(self, kind: str) -> list[Any]:
        """Direct children of one kind: nodes of a rule, or tokens of a terminal."""
        return [child for child in self.children if child.type == kind]


def shown(said: str) -> str:
    """As much of what was said as a message holds."""
    return said if len(said) <= _SHOWN_MOST else said[:_SHOWN_MOST] + "…"


def nodes(node: Node, rule: str) -> list[Node]:
    """Direct children made by `rule`."""
    return node.of(rule)


def first(node: Node, rule: str) -> Node | None:
    """The first child made by `rule`."""
    return next(iter(node.of(rule)), None)


def tokens(node: Node, kind: str) -> list[Token]:
    """Direct words of one kind."""
    return node.of(kind)


def tokens_in(node: Node) -> Iterator[Token]:
    """Every word under a node, in the order of the text."""
    for child in node.children:
        if isinstance(child, Node):
            yield from tokens_in(child)
        else:
            yield child


def line_of(node: Node) -> int:
    """The line of a node's first word that is not a keyword."""
    return first_word(node).line


def first_word(node: Node) -> Token:
    """A node's first word that is not a keyword."""
    found: Node | Token = node
    while isinstance(found, Node):
        found = found.children[0]
    return found


def word(node: Node, kind: str = "NAME") -> str:
    """The first word of one kind, as text."""
    return str(node.of(kind)[0])


def text(node: Node) -> str:
    """The quoted words of a node, without their quotes."""
    return word(node, "STRING")[1:-1]


def names(node: Node, rule: str) -> tuple[str, ...]:
    """All names under the children made by `rule`; empty without one."""
    return tuple(str(name) for child in node.of(rule) for name in child.of("NAME"))


def name_in(node: Node, rule: str) -> str:
    """The first name under the first child made by `rule`; empty without one."""
    return next((word(child) for child in node.of(rule)), "")


def duration_s(node: Node) -> int:
    """`90min` in seconds."""
    return seconds_stated(word(node, "DURATION"))


def seconds_stated(stated: str) -> int:
    """`90min` in seconds."""
    number = stated.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(number) * S_PER_UNIT[stated[len(number) :]]


def distance_m(node: Node) -> int:
    """`25km` in metres."""
    stated = word(node, "DISTANCE")
    return int(stated[:-2]) * M_PER_KM if stated.endswith("km") else int(stated[:-1])
