"""Statements as W3C Web Annotations, and ours read back: who says what, anchored in the document's own words.

One collection with one page. An annotation's targets are the pieces of the statement, each with its place
(TextPositionSelector) and its words (TextQuoteSelector); its body tells speaker, stance, attribution and chain in
words and under `truceline:`, which others pass over. Same statements, same bytes, whatever their order.

Limits: places count characters of the file as decoded (`model/document.py`). Of an HTML file these are characters of
its markup, not of a browser's text: there only the quoted words find the place again.
Source: W3C Recommendation, Web Annotation Data Model, 23 February 2017: 3.1, 3.2.4, 4.2.4, 4.2.5, 5.1.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast, get_args

import msgspec

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.base.errors import InputError, TooLargeError, UnknownNameError, UnreadableError
from truceline.guarantee.exchange.cells import (
    MAX_FILE_BYTES,
    Reject,
    RowFaultError,
    checked_id,
    refuse_unprintable,
    rejected,
    text_of,
)
from truceline.model.document import Document, Span
from truceline.model.statement import Attribution, Link, Move, Stance, Statement

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
TERMS = {"truceline": "urn:truceline:terms:"}
MAX_ITEMS = 100_000
MAX_OFFSET = 2**31
_STATEMENT, _BYTES = "urn:truceline:statement:", "urn:truceline:sha256:"
_FORMATS = {"plain": "text/plain", "html": "text/html"}
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters: no file can hold them
_SHA256 = re.compile("[0-9a-f]{64}")
FILE = "annotations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """What an annotation tells of a statement: enough to find its words again and to compare it."""

    statement_id: str
    sha256: str  # of the document's bytes
    content: tuple[Span, ...]
    attribution: Attribution
    speaker: str = ""
    speaker_id: str = ""
    stance: Stance | str = ""
    move: Move | str = ""
    chain: tuple[Link, ...] = ()


def annotations(statements: Iterable[Statement], documents: Mapping[str, Document]) -> bytes:
    """Statements as one AnnotationCollection in canonical JSON.

    Args:
        statements: in any order, each once.
        documents: by id, every document in which one of them stands.

    Raises: UnknownNameError: a statement's document is not given.
    """
    ordered = sorted(statements, key=_place)
    for statement in ordered:
        assert statement.content, f"{statement.statement_id} stands nowhere"
        if statement.document_id not in documents:
            raise UnknownNameError(
                f"its document {statement.document_id} is not there.",
                subject=statement.statement_id,
                remedy="Give every document with its statements.",
            )
    items = [_annotation(statement, documents[statement.document_id]) for statement in ordered]
    name = f"urn:truceline:annotations:{sha256_hex(canonical_bytes(items))}"
    page = {
        "id": f"{name}:page:1",
        "type": "AnnotationPage",
        "partOf": {"id": name, "total": len(items)},
        "startIndex": 0,
        "items": items,
    }
    collection: dict[str, object] = {
        "@context": [CONTEXT, TERMS],
        "id": name,
        "type": "AnnotationCollection",
        "label": "Attributed statements",
        "total": len(items),
    }
    return canonical_bytes(collection | ({"first": page, "last": page["id"]} if items else {}))


def annotated(statement: Statement, document: Document) -> Annotated:
    """What of a statement its annotation carries: `read_annotations` gives it back."""
    return Annotated(
        statement_id=statement.statement_id,
        sha256=document.sha256,
        content=statement.content,
        attribution=statement.attribution,
        speaker=statement.speaker,
        speaker_id=statement.speaker_id,
        stance=statement.stance,
        move=statement.move,
        chain=statement.chain,
    )


# --- out ------------------------------------------------------------------------------------------------------------


def _place(statement: Statement) -> tuple[str, int, str]:
    return statement.document_id, min((span.start for span in statement.content), default=0), statement.statement_id


def _annotation(statement: Statement, document: Document) -> dict[str, object]:
    return {
        "id": _STATEMENT + statement.statement_id,
        "type": "Annotation",
        "motivation": "describing",
        "body": _body(statement),
        "target": [_target(span, document) for span in statement.content],
    }


def _body(statement: Statement) -> dict[str, object]:
    does = (statement.stance or statement.move or "no stance").replace("_", " ")
    told = {
        "attribution": statement.attribution,
        "speaker": statement.speaker,
        "speaker_id": statement.speaker_id,
        "stance": statement.stance,
        "move": statement.move,
        "chain": {"@list": [_link(link) for link in statement.chain]} if statement.chain else "",
    }
    return {
        "type": "TextualBody",
        "purpose": "describing",
        "format": "text/plain",
        "language": "en",
        "value": f"{statement.speaker or 'Speaker not told'}: {does} ({statement.attribution} attribution)",
    } | {f"truceline:{key}": value for key, value in told.items() if value}


def _link(link: Link) -> dict[str, object]:
    told = {
        "role": link.role,
        "name": link.name,
        "named": link.named,
        "actor_id": link.actor_id,
        "reliability": link.reliability,
        "credibility": link.credibility,
    }
    return {f"truceline:{key}": value for key, value in told.items()}


def _target(span: Span, document: Document) -> dict[str, object]:
    quote = {"exact": span.exact, "prefix": span.prefix, "suffix": span.suffix}
    source = {"id": _BYTES + document.sha256, "type": "Text", "format": _FORMATS[document.form]}
    return {
        "type": "SpecificResource",
        "source": source | ({"truceline:name": document.name} if document.name else {}),
        "selector": [
            {"type": "TextPositionSelector", "start": span.start, "end": span.end},
            {"type": "TextQuoteSelector"} | {key: value for key, value in quote.items() if value},
        ],
    }


# --- back in --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selector:
    """Either of the two; which one says `type`."""

    type: str
    start: int = -1
    end: int = -1
    exact: str = ""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    source: _Source
    selector: tuple[_Selector, _Selector]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    id: str
    type: str
    target: tuple[_Target, ...]
    body: dict[str, object] = field(default_factory=dict)


def read_annotations(content: bytes) -> tuple[tuple[Annotated, ...], tuple[Reject, ...]]:
    """The statements of an exported collection, and the annotations that were set aside, each once.

    Raises: UnreadableError: no JSON, no AnnotationCollection with its page inside. TooLargeError: above 16,000,000
        bytes or 100,000 annotations, or nested too deep.
    Limits: reads what `annotations` writes. An annotation of another program's form is a reject, however valid.
    """
    made: dict[str, Annotated] = {}
    rejects: list[Reject] = []
    items = _items(content)
    for number, item in enumerate(items, start=1):
        at = f"annotation {number}"
        try:
            found = _annotated(item, f"{FILE}, {at}")
            if found.statement_id in made:
                remedy = "Keep one of the two."
                raise RowFaultError("duplicate-id", f"{found.statement_id} stands above.", subject=at, remedy=remedy)
            made[found.statement_id] = found
        except InputError as error:
            rejects.append(rejected(at, error))
    assert len(items) == len(made) + len(rejects), "every annotation once: read or set aside"
    return tuple(made.values()), tuple(rejects)


def _items(content: bytes) -> list[object]:
    text = text_of(content, subject=FILE, max_bytes=MAX_FILE_BYTES)
    remedy = "Export it again; nothing of it was guessed."
    try:
        whole = json.loads(text)
    except RecursionError:
        raise TooLargeError("it is nested too deep.", subject=FILE, remedy=remedy) from None
    except ValueError as error:
        raise UnreadableError(f"{str(error)[:200]}.", subject=FILE, remedy=remedy) from None
    kind, context = (whole.get("type"), whole.get("@context")) if isinstance(whole, dict) else (None, None)
    if kind != "AnnotationCollection" or CONTEXT not in (context if isinstance(context, list) else [context]):
        raise UnreadableError("it is no AnnotationCollection.", subject=FILE, remedy=remedy)
    if "first" not in whole:
        return []
    items = whole["first"].get("items") if isinstance(whole["first"], dict) else None
    if not isinstance(items, list):
        raise UnreadableError("its first page has no items in it.", subject=FILE, remedy=remedy)
    if len(items) > MAX_ITEMS:
        raise TooLargeError(f"{len(items):,} annotations, at most {MAX_ITEMS:,}.", subject=FILE, remedy="Split it.")
    return items


def _annotated(value: object, where: str) -> Annotated:
    try:
        item = msgspec.convert(value, _Item)
        told = {key.removeprefix("truceline:"): each for key, each in item.body.items() if key.startswith("truceline:")}
        if "chain" in told:
            told["chain"] = _chain(told["chain"])
        spans = tuple(_span(target, where) for target in item.target)
        given = {
            "sha256": _sha256(item, where),
            "statement_id": checked_id(item.id.removeprefix(_STATEMENT), subject=f"{where}, id"),
            "content": spans,
        }
        found = msgspec.convert(told | given, Annotated, from_attributes=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _foreign(f"{str(error)[:200]}.", where) from None
    if found.stance not in ("", *get_args(Stance)) or found.move not in ("", *get_args(Move)):
        raise _foreign(f"stance {found.stance[:40]!r}, move {found.move[:40]!r}.", where)
    for text in (found.speaker, found.speaker_id, *(link.name for link in found.chain)):
        refuse_unprintable(text, subject=where)
    return found


def _sha256(item: _Item, where: str) -> str:
    sources = {target.source.id for target in item.target}
    sha256 = next(iter(sources), "").removeprefix(_BYTES)
    if item.type != "Annotation" or not item.id.startswith(_STATEMENT) or len(sources) != 1:
        raise _foreign(f"type {item.type[:40]!r}, id {item.id[:60]!r}, {len(sources)} sources.", where)
    if not _SHA256.fullmatch(sha256):
        raise RowFaultError("no-source", f"{sha256[:80]!r} names no bytes.", subject=where, remedy="Export it again.")
    return sha256


def _span(target: _Target, where: str) -> Span:
    place, quote = target.selector
    if (place.type, quote.type) != ("TextPositionSelector", "TextQuoteSelector"):
        raise _foreign("its selectors are not a place and a quote.", where)
    if not 0 <= place.start < place.end <= MAX_OFFSET or not quote.exact:
        problem = f"{place.start} to {place.end}, {len(quote.exact)} characters quoted."
        raise RowFaultError("no-place", problem, subject=where, remedy="Export it again.")
    if _LONE.search(quote.exact + quote.prefix + quote.suffix):
        remedy = "Export it again."
        raise RowFaultError("wrong-encoding", "half a character is quoted.", subject=where, remedy=remedy)
    return Span(start=place.start, end=place.end, exact=quote.exact, prefix=quote.prefix, suffix=quote.suffix)


def _chain(value: object) -> list[object]:
    links = value.get("@list") if isinstance(value, dict) else None
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        raise msgspec.ValidationError("truceline:chain is no list of links")
    return [
        {str(key).removeprefix("truceline:"): each for key, each in cast(dict[str, object], link).items()}
        for link in links
    ]


def _foreign(problem: str, where: str) -> RowFaultError:
    return RowFaultError("not-our-annotation", problem, subject=where, remedy="Only our own export is read.")
