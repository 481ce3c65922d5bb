"""Lark's tree, as the builders read it: children by rule, tokens by kind, and what numbers with units say."""

from collections.abc import Iterator

from lark import Token, Tree

from truceline.base.units import M_PER_KM, S_PER_UNIT

Node = Tree[Token]


def nodes(node: Node, rule: str) -> Iterator[Node]:
    """Direct children made by `rule`."""
    return (child for child in node.children if isinstance(child, Tree) and child.data == rule)


def tokens(node: Node, kind: str) -> list[Token]:
    """Direct tokens of one kind."""
    return [child for child in node.children if isinstance(child, Token) and child.type == kind]


def tokens_in(node: Node) -> Iterator[Token]:
    """Every token under a node, in the order of the text."""
    return (value for value in node.scan_values(lambda value: isinstance(value, Token)))


def line_of(node: Node) -> int:
    """The line of a node's first word that is not a keyword."""
    first: Node | Token = node
    while isinstance(first, Tree):
        first = first.children[0]
    return first.line or 0


def word(node: Node, kind: str = "NAME") -> str:
    """The first token of one kind, as text."""
    return str(tokens(node, kind)[0])


def text(node: Node) -> str:
    """The quoted words of a node, without their quotes."""
    return word(node, "STRING")[1:-1]


def names(node: Node, rule: str) -> tuple[str, ...]:
    """All names under the first child made by `rule`; empty without one."""
    return tuple(str(name) for child in nodes(node, rule) for name in tokens(child, "NAME"))


def name_in(node: Node, rule: str) -> str:
    """The first name under the first child made by `rule`; empty without one."""
    return next((word(child) for child in nodes(node, rule)), "")


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
