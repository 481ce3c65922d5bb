"""Statements as Web Annotations: of the form that W3C asks, anchored in the text, and ours read back as they were."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guarantee.exchange.made_up import DOCUMENT, REFUSED, SHA256, STATEMENTS, TEXT

from truceline.base.errors import InputError, TooLargeError, UnknownNameError, UnreadableError
from truceline.guarantee.exchange.annotation import annotated, annotations, read_annotations
from truceline.model.document import Span

IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
DOCUMENTS = {"doc-1": DOCUMENT}
EXPORT = annotations(STATEMENTS, DOCUMENTS)


def first_item() -> dict[str, object]:
    return next(each for each in json.loads(EXPORT)["first"]["items"] if each["id"].endswith("st-1"))


def changed(path: str, value: object) -> bytes:
    """The export with one value of the annotation st-1 replaced; `path` as `target.0.selector.0.start`."""
    whole = json.loads(EXPORT)
    at = next(each for each in whole["first"]["items"] if each["id"].endswith("st-1"))
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        at = at[step]
    at[last] = value
    return json.dumps(whole).encode()


def test_the_collection_has_what_the_model_requires() -> None:
    whole = json.loads(EXPORT)
    assert whole["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert whole["type"] == "AnnotationCollection"
    page = whole["first"]
    assert page["type"] == "AnnotationPage"
    assert page["partOf"]["id"] == whole["id"]
    assert page["startIndex"] == 0
    assert whole["total"] == len(page["items"]) == 3
    assert IRI.fullmatch(whole["id"])
    assert IRI.fullmatch(page["id"])
    assert whole["last"] == page["id"]


def test_every_annotation_has_what_the_model_requires() -> None:
    items = json.loads(EXPORT)["first"]["items"]
    assert len({each["id"] for each in items}) == len(items)
    for item in items:
        assert IRI.fullmatch(item["id"])
        assert item["type"] == "Annotation"
        assert item["motivation"] == "describing"
        assert item["body"]["type"] == "TextualBody"
        assert isinstance(item["body"]["value"], str)
        assert item["target"]
        for target in item["target"]:
            assert target["type"] == "SpecificResource"
            assert IRI.fullmatch(target["source"]["id"])
            assert [each["type"] for each in target["selector"]] == ["TextPositionSelector", "TextQuoteSelector"]
        keys = set(item) | set(item["body"])
        assert {key for key in keys if ":" in key} == {key for key in keys if key.startswith("truceline:")}


def test_places_and_quotes_find_the_words_again() -> None:
    found = 0
    for item in json.loads(EXPORT)["first"]["items"]:
        for target in item["target"]:
            place, quote = target["selector"]
            start, end = place["start"], place["end"]
            assert (type(start), type(end)) == (int, int)
            assert TEXT[start:end] == quote["exact"]
            assert TEXT[:start].endswith(quote.get("prefix", ""))
            assert TEXT[end:].startswith(quote.get("suffix", ""))
            assert TEXT.count(quote.get("prefix", "") + quote["exact"] + quote.get("suffix", "")) == 1
            found += 1
    assert found == 4


def test_the_body_tells_speaker_stance_attribution_and_chain() -> None:
    body = first_item()["body"]
    assert body["value"] == "its minister: refused (mixed attribution)"
    assert body["truceline:stance"] == "refused"
    assert body["truceline:attribution"] == "mixed"
    assert [each["truceline:role"] for each in body["truceline:chain"]["@list"]] == ["publisher", "origin"]


def test_same_statements_same_bytes_whatever_their_order() -> None:
    assert annotations(reversed(STATEMENTS), DOCUMENTS) == EXPORT
    assert annotations([replace(REFUSED, stance="ready"), *STATEMENTS[1:]], DOCUMENTS) != EXPORT


def test_our_own_export_reads_back_as_it_was() -> None:
    read, rejects = read_annotations(EXPORT)
    assert rejects == ()
    assert {each.statement_id: each for each in read} == {
        each.statement_id: annotated(each, DOCUMENT) for each in STATEMENTS
    }
    assert all(each.sha256 == SHA256 for each in read)


def test_no_statements_are_a_collection_of_nothing() -> None:
    empty = annotations([], {})
    assert json.loads(empty)["total"] == 0
    assert read_annotations(empty) == ((), ())


quoted = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
spans = st.builds(
    lambda start, exact, prefix, suffix: Span(
        start=start, end=start + len(exact), exact=exact, prefix=prefix, suffix=suffix
    ),
    *(st.integers(0, 10**6), quoted, quoted | st.just(""), quoted | st.just("")),
)


@given(st.lists(spans, min_size=1, max_size=3))
def test_whatever_characters_are_quoted_come_back(content: list[Span]) -> None:
    statement = replace(REFUSED, content=tuple(content))
    read, rejects = read_annotations(annotations([statement], DOCUMENTS))
    assert rejects == ()
    assert read[0].content == statement.content


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("type", "Note", "not-our-annotation"),
        ("id", "http://example.org/1", "not-our-annotation"),
        ("id", "urn:truceline:statement:../x", "unreadable"),
        ("id", "urn:truceline:statement:st-2", "duplicate-id"),
        ("id", 5, "not-our-annotation"),
        ("target", [], "not-our-annotation"),
        ("target", "http://example.org/", "not-our-annotation"),
        ("target/0/source/id", "urn:truceline:sha256:" + "cd" * 32, "not-our-annotation"),
        ("target/1", {"source": "x"}, "not-our-annotation"),
        ("target/0/selector", [], "not-our-annotation"),
        ("target/0/selector/0/type", "DataPositionSelector", "not-our-annotation"),
        ("target/0/selector/0/start", -5, "no-place"),
        ("target/0/selector/0/start", 10**9, "no-place"),
        ("target/0/selector/0/end", 10**40, "no-place"),
        ("target/0/selector/0/end", 1.5, "not-our-annotation"),
        ("target/0/selector/1/exact", "", "no-place"),
        ("target/0/selector/1/exact", "\ud800", "wrong-encoding"),
        ("body/truceline:attribution", "hearsay", "not-our-annotation"),
        ("body/truceline:stance", "angry", "not-our-annotation"),
        ("body/truceline:speaker", "a\x00b", "control-character"),
        ("body/truceline:chain", "Valley Post", "not-our-annotation"),
        ("body/truceline:chain", {"@list": [{"truceline:role": "king", "truceline:name": "x"}]}, "not-our-annotation"),
        ("body/truceline:chain", {"@list": [5]}, "not-our-annotation"),
        ("body", [], "not-our-annotation"),
    ],
)
def test_an_annotation_that_is_not_ours_is_one_named_reject(path: str, value: object, reason: str) -> None:
    read, rejects = read_annotations(changed(path, value))
    assert [each.reason for each in rejects] == [reason]
    assert len(read) == 2


def test_a_source_that_names_no_bytes_is_a_named_reject() -> None:
    read, rejects = read_annotations(EXPORT.replace(SHA256.encode(), b"zz"))
    assert (read, {each.reason for each in rejects}) == ((), {"no-source"})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", UnreadableError),
        (b"[]", UnreadableError),
        (b"{}", UnreadableError),
        (b"\x00\xff", UnreadableError),
        (b"{", UnreadableError),
        (b'{"a":' * 100_000, TooLargeError),
        (EXPORT.replace(b"anno.jsonld", b"other"), UnreadableError),
        (EXPORT.replace(b'"items"', b'"things"'), UnreadableError),
        (b" " * 16_000_001, TooLargeError),
        (b'{"x": ' + b"9" * 5_000 + b"}", UnreadableError),
    ],
)
def test_another_file_is_refused_whole(content: bytes, kind: type[InputError]) -> None:
    with pytest.raises(kind):
        read_annotations(content)


def test_a_statement_without_its_document_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="doc-1 is not there"):
        annotations(STATEMENTS, {})


@given(st.data())
def test_a_damaged_export_gives_annotations_rejects_or_a_refusal(data: st.DataObject) -> None:
    content = bytearray(EXPORT)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read, rejects = read_annotations(bytes(content))
    except InputError:
        return
    assert all(each.reason and each.words for each in rejects)
    assert all(span.start < span.end and span.exact for each in read for span in each.content)
