"""Where statements come from, as PROV-JSON: documents, what they quote, through whom it came, who decided about it.

    st:…      a statement: its words, quoted from its document (prov:Quotation), derived from what it is told within
    doc:…     a document, attributed to publisher, republisher and author; one with the text of another: its alternate
    telling:… what one mouth of the chain told, seen by nobody here: each derived from the next, the last of them the
              statement's primary source (prov:PrimarySource), each attributed to its mouth
    actor:…   somebody known; name:… known by name alone; unnamed:… a source without a name, never twice the same
    decision:… a person's decision: used the row, is associated with person:…; what replaces a row is its prov:Revision

Same rows, same bytes, whatever their order.

Limits: an attribution says what the document says: not that somebody said it. Names of those who decided are in it.
Source: W3C Recommendation PROV-DM, 30 April 2013, 5.2 and 5.3; W3C Member Submission PROV-JSON, 24 April 2013.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from truceline.base.canonical import canonical_bytes
from truceline.base.time import stamp
from truceline.model.actor import Actor, ActorKind, Bond
from truceline.model.decision import Decision
from truceline.model.document import Document
from truceline.model.statement import Statement

_SPACES = ("actor", "decision", "doc", "name", "person", "row", "st", "telling", "unnamed")
_PREFIXES = {space: f"urn:truceline:{space}:" for space in _SPACES} | {"truceline": "urn:truceline:terms:"}
_AGENTS: dict[ActorKind, str] = {
    "person": "prov:Person",
    "state": "prov:Organization",
    "organisation": "prov:Organization",
    "office": "prov:Organization",
    "media": "prov:Organization",
    "think_tank": "prov:Organization",
}  # a coalition, a group without a name and "experts" are agents of no kind

Attributes = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What of a ledger is to be told: statements with their documents, and whoever and whatever belongs to them."""

    documents: tuple[Document, ...] = ()
    statements: tuple[Statement, ...] = ()
    actors: tuple[Actor, ...] = ()
    bonds: tuple[Bond, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(slots=True)
class _Graph:
    """A PROV document as it is put together: whatever a relation names is there."""

    nodes: dict[str, dict[str, Attributes]] = field(default_factory=lambda: {"entity": {}, "agent": {}, "activity": {}})
    relations: dict[str, dict[bytes, Attributes]] = field(default_factory=dict)

    def add(self, kind: str, name: str, told: Attributes) -> str:
        """A node, with what is told of it; empty values are left out."""
        self.nodes[kind].setdefault(name, {}).update({key: value for key, value in told.items() if value != ""})
        return name

    def relate(self, kind: str, told: Attributes) -> None:
        """A relation; told twice, it is one."""
        kept = {key: value for key, value in told.items() if value != ""}
        self.relations.setdefault(kind, {})[canonical_bytes(kept)] = kept

    def derive(self, name: str, source: str, subtype: str = "") -> None:
        """`name` was derived from `source`. Subtype: Quotation, PrimarySource, Revision."""
        kind = _qualified(f"prov:{subtype}") if subtype else ""
        self.relate("wasDerivedFrom", {"prov:generatedEntity": name, "prov:usedEntity": source, "prov:type": kind})

    def attribute(self, name: str, agent: str, told: Attributes) -> None:
        """`name` was attributed to `agent`."""
        self.relate("wasAttributedTo", {"prov:entity": name, "prov:agent": agent} | told)


def prov_json(rows: Rows) -> bytes:
    """The rows as one PROV document in canonical JSON. A row that another names and that is not given is told by id."""
    graph = _Graph()
    for actor in rows.actors:
        kind = _qualified(_AGENTS[actor.kind]) if actor.kind in _AGENTS else ""
        graph.add(
            "agent",
            _name("actor", actor.actor_id),
            {"prov:label": actor.name, "prov:type": kind, "truceline:kind": actor.kind},
        )
    for bond in rows.bonds:
        if bond.kind == "acts_for":
            _acts_for(graph, _actor(graph, bond.actor_id), bond.target_id, bond.office)
    for document in rows.documents:
        _document(graph, document)
    for statement in rows.statements:
        _statement(graph, statement)
    _decisions(graph, rows)
    return canonical_bytes(_whole(graph))


def _whole(graph: _Graph) -> dict[str, object]:
    whole: dict[str, object] = {"prefix": _PREFIXES}
    whole |= {kind: nodes for kind, nodes in graph.nodes.items() if nodes}
    for kind, told in graph.relations.items():
        whole[kind] = {f"_:{kind}{number}": told[key] for number, key in enumerate(sorted(told), start=1)}
    return whole


def _document(graph: _Graph, document: Document) -> None:
    told: Attributes = {
        "prov:label": document.title or document.name,
        "truceline:sha256": document.sha256,
        "truceline:url": document.url,
        "truceline:published": document.published.value,
    }
    name = graph.add("entity", _name("doc", document.document_id), told)
    mouths = {"publisher": document.publisher, "republisher": document.republisher, "author": document.author}
    for role, mouth in mouths.items():
        if mouth:
            graph.attribute(name, _named(graph, mouth), {"truceline:role": role})
    if document.same_as:
        other = graph.add("entity", _name("doc", document.same_as), {})
        graph.relate("alternateOf", {"prov:alternate1": name, "prov:alternate2": other})


def _statement(graph: _Graph, statement: Statement) -> None:
    told: Attributes = {
        "prov:value": statement.words,
        "truceline:attribution": statement.attribution,
        "truceline:stance": statement.stance,
        "truceline:move": statement.move,
        "truceline:said": statement.said.value,
    }
    name = graph.add("entity", _name("st", statement.statement_id), told)
    graph.derive(name, graph.add("entity", _name("doc", statement.document_id), {}), "Quotation")
    if statement.parent_id:
        graph.derive(name, graph.add("entity", _name("st", statement.parent_id), {}))
    if statement.speaker_id or statement.speaker:
        known = bool(statement.speaker_id)
        speaker = _actor(graph, statement.speaker_id) if known else _named(graph, statement.speaker)
        graph.attribute(name, speaker, {"truceline:attribution": statement.attribution})
        if statement.speaks_for:
            _acts_for(graph, speaker, statement.speaks_for, "")
    _chain(graph, statement, name)


def _chain(graph: _Graph, statement: Statement, name: str) -> None:
    """What each mouth told, from the nearest to the origin."""
    nearer = name
    for number, link in enumerate(statement.chain, start=1):
        place = f"{statement.statement_id}-{number}"
        telling = graph.add("entity", _name("telling", place), {"truceline:role": link.role})
        graph.derive(nearer, telling)
        if link.actor_id:
            mouth = _actor(graph, link.actor_id)
        elif link.named and link.name:
            mouth = _named(graph, link.name)
        else:
            mouth = graph.add("agent", _name("unnamed", place), {"prov:label": link.name})
        judged: Attributes = {"truceline:reliability": link.reliability, "truceline:credibility": link.credibility}
        graph.attribute(telling, mouth, judged | {"truceline:role": link.role})
        nearer = telling
    if statement.chain:
        graph.derive(name, nearer, "PrimarySource")


def _decisions(graph: _Graph, rows: Rows) -> None:
    spaces = {each.statement_id: "st" for each in rows.statements} | {
        each.document_id: "doc" for each in rows.documents
    }

    def entity(row_id: str) -> str:
        return graph.add("entity", _name(spaces.get(row_id, "row"), row_id), {})

    for decision in _ordered(rows.decisions):
        told: Attributes = {
            "prov:endTime": stamp(decision.at_us),
            "truceline:act": decision.act,
            "truceline:reason": decision.reason,
        }
        place = f"{decision.row_id}-{decision.act}-{decision.at_us}-{decision.author}"
        activity = graph.add("activity", _name("decision", place), told)
        person = graph.add("agent", _name("person", decision.author), {"prov:label": decision.author})
        graph.relate("wasAssociatedWith", {"prov:activity": activity, "prov:agent": person})
        row = entity(decision.row_id)
        graph.relate("used", {"prov:activity": activity, "prov:entity": row})
        if decision.names:
            graph.relate("used", {"prov:activity": activity, "prov:entity": entity(decision.names)})
        for each in decision.replaced_by:
            graph.relate("wasGeneratedBy", {"prov:entity": entity(each), "prov:activity": activity})
            graph.derive(entity(each), row, "Revision")


def _ordered(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda each: (each.at_us, each.row_id, each.act, each.author, each.reason))


def _actor(graph: _Graph, actor_id: str) -> str:
    return graph.add("agent", _name("actor", actor_id), {})


def _named(graph: _Graph, name: str) -> str:
    return graph.add("agent", _name("name", name), {"prov:label": name})


def _acts_for(graph: _Graph, agent: str, target_id: str, office: str) -> None:
    told: Attributes = {
        "prov:delegate": agent,
        "prov:responsible": _actor(graph, target_id),
        "truceline:office": office,
    }
    graph.relate("actedOnBehalfOf", told)


def _qualified(name: str) -> Attributes:
    """A qualified name as a value. Source: PROV-JSON, 2.2."""
    return {"$": name, "type": "xsd:QName"}


def _name(space: str, local: str) -> str:
    """`st:st-0a1b`: what a qualified name cannot hold is percent-encoded. Source: PROV-N, 3.7.1, PN_LOCAL."""
    encoded = quote(local, safe="").replace("~", "%7E").replace(".", "%2E")
    return f"{space}:%2D{encoded[1:]}" if encoded.startswith("-") else f"{space}:{encoded}"
