"""From lark's tree to what follows from a breach: attribution, responses, suspensions. Names are not looked at here."""

from collections.abc import Callable
from typing import cast

from truceline.base.errors import MandateSyntaxError
from truceline.mandate.parse.tree import (
    Node,
    duration_s,
    first,
    line_of,
    name_in,
    names,
    nodes,
    seconds_stated,
    text,
    tokens,
    word,
)
from truceline.model import mandate as m

Refused = Callable[[Node, str, str], MandateSyntaxError]
"""Makes the error for what a node says: node, problem, remedy."""

PLACES_MOST = 1_000  # steps and ends of a response
_ONCE = ("due", "takes", "consent", "veto", "votes", "confirmed", "most")


def attribution(node: Node) -> m.Attribution:
    """`attribution BODY panel 2 of 3 within 24h …`"""
    thresholds = tuple(
        m.Threshold(classes=tuple(str(name) for name in tokens(part, "NAME")), panel=_panel(part))
        for part in nodes(node, "for")
    )
    return m.Attribution(
        body=word(node), cites=_cites(node), panel=_panel(node), thresholds=thresholds, line=line_of(node)
    )


def _panel(node: Node) -> m.Panel:
    stated = nodes(node, "panel")[0]
    votes, seats = (int(token) for token in tokens(stated, "INT"))
    return m.Panel(votes=votes, seats=seats, within_s=duration_s(stated))


def response(node: Node, *, refused: Refused) -> m.Response:
    """`response NAME deadline 72h …` with its steps and ends."""
    for part in (*nodes(node, "step"), *nodes(node, "end"))[PLACES_MOST:]:
        problem = f"response {word(node)} has more than {PLACES_MOST:,} steps and ends."
        raise refused(part, problem, "Hand part of it over to another response.")
    return m.Response(
        name=word(node),
        cites=_cites(node),
        unverified=any(nodes(node, "unverified")),
        deadline_s=next((duration_s(part) for part in nodes(node, "deadline")), None),
        unattributed=name_in(node, "unattributed"),
        steps=tuple(_step(part, refused) for part in nodes(node, "step")),
        ends=tuple(_end(part, refused) for part in nodes(node, "end")),
        line=line_of(node),
    )


def _step(node: Node, refused: Refused) -> m.Step:
    name, actor, *towards = (str(token) for token in tokens(node, "NAME"))
    parts = {rule: nodes(node, rule) for rule in _ONCE}
    for rule, stated in parts.items():
        if len(stated) > 1:
            said = {"due": "within", "votes": "who votes", "most": "at most"}.get(rule, rule)
            raise refused(stated[1], f"{said} is stated twice in step {name}.", "Take one of them away.")
    exits: dict[str, str] = {}
    for part in nodes(node, "exit"):
        result = word(part, "RESULT")
        if result in exits:
            raise refused(part, f"{result} is stated twice in step {name}.", "Take one of them away.")
        if result == "late" and not parts["due"]:
            raise refused(part, f"step {name} may be late, and has no time.", "Write within 24h, or take late away.")
        exits[result] = word(part)
    votes, voters = _votes(parts["votes"])
    return m.Step(
        name=name,
        actor=actor,
        action=cast(m.Action, word(node, "ACTION")),
        towards=tuple(towards),
        words=text(node) if tokens(node, "STRING") else "",
        within_s=duration_s(parts["due"][0]) if parts["due"] else None,
        takes_s=duration_s(parts["takes"][0]) if parts["takes"] else 0,
        consent=names(node, "consent"),
        votes=votes,
        voters=voters,
        veto=names(node, "veto"),
        confirmer=name_in(node, "confirmed"),
        most=int(word(parts["most"][0], "INT")) if parts["most"] else None,
        exits=tuple(m.Exit(result=cast(m.Result, result), to=to) for result, to in exits.items()),
        line=line_of(node),
    )


def _votes(stated: list[Node]) -> tuple[int | None, tuple[str, ...]]:
    """`all of A B` or `2 of A B C`."""
    for node in stated:
        voters = tuple(str(token) for token in tokens(node, "NAME"))
        return int(word(node, "INT")) if tokens(node, "INT") else len(voters), voters
    return None, ()


def _end(node: Node, refused: Refused) -> m.End:
    holder, kind = first(node, "holder"), word(node, "END")
    if (holder is not None) != (kind == "handed_over"):
        raise refused(
            node,
            f"end {word(node)}: only handed_over names a holder, and it must.",
            "Write handed_over to BODY within 72h.",
        )
    held = [str(token) for token in tokens(holder, "NAME")] if holder else []
    return m.End(
        name=word(node),
        kind=cast(m.EndKind, kind),
        words=text(node) if tokens(node, "STRING") else "",
        holder=held[0] if held else "",
        within_s=duration_s(holder) if holder and tokens(holder, "DURATION") else None,
        consent=tuple(held[1:]),
        line=line_of(node),
    )


def _cites(node: Node) -> str:
    """What an item cites; empty: nothing."""
    return next((text(part) for part in nodes(node, "cites")), "")


def suspension(node: Node) -> m.Suspension:
    """`suspension NAME lifts CLAUSE… for PARTY when 3 CLASS per 7d decided by BODY restored after 14d`"""
    name, *middle, breach_class = (str(token) for token in tokens(node, "NAME"))
    window, restored = (token for token in tokens(node, "DURATION"))
    return m.Suspension(
        name=name,
        cites=_cites(node),
        clauses=tuple(middle[:-1]),
        party=middle[-1],
        findings=int(word(node, "INT")),
        breach_class=breach_class,
        window_s=seconds_stated(window),
        decider=name_in(node, "decider"),
        restored_after_s=seconds_stated(restored),
        line=line_of(node),
    )
