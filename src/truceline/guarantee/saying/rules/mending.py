"""Trees put right where grammar shows that the parser hung a verb on the wrong word."""

from dataclasses import replace

from truceline.guarantee.saying.parser import Token, Tree

_FINITE = ("VBD", "VBZ", "VBP")
_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")


def mended(tree: Tree) -> Tree:
    """ "pledged to train and promised": "promised" goes with "pledged", as "train" has no tense to share with it."""
    moved = {token.index: above for token in tree.tokens if (above := _rather_with(tree, token)) is not None}
    if not moved:
        return tree
    tokens = tuple(replace(token, head=moved.get(token.index, token.head)) for token in tree.tokens)
    children: list[list[int]] = [[] for _ in tokens]
    for token in tokens:
        if token.head != token.index:
            children[token.head].append(token.index)
    joints = _joints(tree, moved)
    for joint, above in joints.items():
        children[tokens[joint].head].remove(joint)
        children[above] = sorted([*children[above], joint])
    tokens = tuple(replace(token, head=joints.get(token.index, token.head)) for token in tokens)
    return replace(tree, tokens=tokens, children=tuple(map(tuple, children)))


def _rather_with(tree: Tree, token: Token) -> int | None:
    """The verb with which a coordinated verb shares its tense and its subject; None where it stands right."""
    head = tree.head(token)
    if token.dep != "conj" or token.tag not in _FINITE or head.tag != "VB" or tree.kids(token, *_SUBJECTS, "aux"):
        return None
    for above in tree.above(head):
        if above.index > head.index or above.pos != "VERB":
            return None
        if above.tag == token.tag:
            return above.index
    return None


def _joints(tree: Tree, moved: dict[int, int]) -> dict[int, int]:
    """The "and" before each verb that was moved goes along."""
    found = {}
    for index, above in moved.items():
        for kid in tree.kids(tree.head(tree.tokens[index]), "cc"):
            if 0 < index - kid.index <= 3:
                found[kid.index] = above
    return found
