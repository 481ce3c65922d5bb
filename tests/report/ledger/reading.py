"""A page as a person meets it: its words, tables, links and what they lead to; and a browser to look with."""

import os
import re
import shutil
from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """Cells of every table with their links, all words, every id, and every address."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.links: dict[str, list[list[list[str]]]] = {}
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self._in = ""
        self._cell = False
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.add(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.addresses += [named[key] for key in ("href", "src", "action", "srcset", "data") if key in named]
        if tag == "table":
            self._in = named["id"]
            self.tables[self._in], self.links[self._in] = [], []
        if tag == "tr":
            self.tables[self._in].append([])
            self.links[self._in].append([])
        if tag in ("td", "th"):
            self.tables[self._in][-1].append("")
            self.links[self._in][-1].append([])
            self._cell = True
        if tag == "a" and self._cell:
            self.links[self._in][-1][-1].append(named["href"])

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        self.texts.append(data)
        if self._cell:
            self.tables[self._in][-1][-1] += data

    @property
    def words(self) -> str:
        """All words, style left out."""
        return re.sub(r"\s+", " ", " ".join(text for text in self.texts if "{ --ink" not in text))

    def rows(self, key: str) -> list[list[str]]:
        """A table's rows without its heading, spaces evened out."""
        return [[" ".join(cell.split()) for cell in row] for row in self.tables[key][1:]]


def browser_or_skip() -> str:
    """Chromium, or a reason; a failure where nothing may be skipped."""
    where = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if where is None:
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)("no Chromium is installed")
    return str(where)
