"""What changed in the stance lines since a moment, and the graph of mouths through which statements came."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from truceline.guarantee.ledger import ledger_of, to_us_of
from truceline.guarantee.standing.lines import stance_lines
from truceline.guarantee.standing.origins import article_of, folded
from truceline.model.document import Document, Unseen
from truceline.model.entry import Entry
from truceline.model.lines import Change, Edge, LineEntry, Node, NodeKind, StanceLine
from truceline.model.statement import Statement


def changed_since(entries: Iterable[tuple[int, Entry]], since_us: int) -> tuple[Change, ...]:
    """What the lines say now and did not say before a moment, and the other way round; by holder and proposition.

    Args:
        entries: of the record, in its order.
        since_us: what became known before this is the state it is compared with. What counts is when a row was
            entered or decided about, not when anybody said it.
    """
    every = list(entries)
    before = _entries_of(stance_lines(ledger_of(each for each in every if to_us_of(each[1]) < since_us)))
    after = _entries_of(stance_lines(ledger_of(every)))
    changes = []
    for key in sorted(before.keys() | after.keys()):
        then, now = before.get(key, ()), after.get(key, ())
        came, went = tuple(e for e in now if e not in then), tuple(e for e in then if e not in now)
        if came or went:
            changes.append(Change(holder_id=key[0], proposition_id=key[1], came=came, went=went))
    return tuple(changes)


def _entries_of(lines: Iterable[StanceLine]) -> dict[tuple[str, str], tuple[LineEntry, ...]]:
    return {(line.holder_id, line.proposition_id): line.own + line.alleged for line in lines}


def chain_graph(
    statements: Iterable[Statement], documents: Mapping[str, Document], unseen: Iterable[Unseen] = ()
) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The nodes and edges from each article through those who relayed it to where it began; by id.

    Unnamed people of one outlet are one hollow node. A report that was denied and that nobody has seen is a hollow node
    to which the denial points; once a person found it, it is that article.
    """
    nodes: dict[str, Node] = {}
    ways: dict[tuple[str, str], set[str]] = {}
    every = {each.statement_id: each for each in statements}
    for _, statement in sorted(every.items()):
        path = [_article(statement, documents), *_mouths(statement)]
        nodes = {node.node_id: node for node in path} | nodes
        for one, other in pairwise(path):
            if one.node_id != other.node_id:
                ways.setdefault((one.node_id, other.node_id), set()).add(statement.statement_id)
    for report in sorted(unseen, key=lambda each: each.unseen_id):
        if report.statement_id in every:
            node = _report(report, documents)
            nodes[node.node_id] = node
            last = [_article(every[report.statement_id], documents), *_mouths(every[report.statement_id])][-1]
            ways.setdefault((last.node_id, node.node_id), set()).add(report.statement_id)
    edges = (Edge(from_id=a, to_id=b, statements=tuple(sorted(ways[a, b]))) for a, b in sorted(ways))
    return tuple(nodes[key] for key in sorted(nodes)), tuple(edges)


def _article(statement: Statement, documents: Mapping[str, Document]) -> Node:
    article = article_of(statement.document_id, documents)
    document = documents.get(article)
    return Node(
        node_id=f"article:{article}", kind="article", name=document.title or document.name if document else article
    )


def _mouths(statement: Statement) -> list[Node]:
    """The chain as nodes; an unnamed one belongs to the last that has a name."""
    found, above = [], statement.document_id
    for link in statement.chain:
        kind: NodeKind = "relay" if link.role == "relay" else "outlet" if link.role in _OUTLETS else "origin"
        name = " ".join(link.name.split())
        key = link.actor_id or folded(name)
        if link.named:
            found.append(Node(node_id=f"who:{key}", kind=kind, name=name))
            above = key
        else:
            found.append(Node(node_id=f"unnamed:{above}", kind=kind, name=f"unnamed, told by {above}", hollow=True))
    return found


_OUTLETS = ("publisher", "republisher", "author", "reporter")


def _report(report: Unseen, documents: Mapping[str, Document]) -> Node:
    if report.identified:
        article = article_of(report.identified, documents)
        document = documents.get(article)
        name = document.title or document.name if document else article
        return Node(node_id=f"article:{article}", kind="article", name=name)
    return Node(node_id=f"unseen:{report.unseen_id}", kind="unseen", name=report.words, hollow=True)
