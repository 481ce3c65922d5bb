"""Texts for tests: a plain text as it would be read, and the parser, or a skip that says why."""

import os

import pytest

from truceline.guarantee.reading import Text
from truceline.guarantee.saying import Parser, load_parser
from truceline.model.document import Document


def parser_or_skip() -> Parser:
    """The parser of sentences; without the extra `nlp` the test is skipped."""
    parser = load_parser()
    if parser is None:
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)("truceline[nlp] is not installed")
    return parser


def text_of(body: str) -> Text:
    """A plain text of which all is read."""
    places = tuple(range(len(body)))
    return Text(file=body, form="plain", body=body, at=places, ends=tuple(place + 1 for place in places))


def document(**stated: str) -> Document:
    """A document that states what is given, and nothing else."""
    named = {"document_id": "doc-1", "sha256": "0", "name": "article.txt", "encoding": "utf-8"}
    return Document(**{**named, **stated}, form="plain")  # type: ignore[arg-type]
