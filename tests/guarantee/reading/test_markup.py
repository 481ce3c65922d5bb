"""The characters a page shows, and where each stands: a span of any page reads the same alone as in its file."""

import html
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truceline.base.errors import InputError
from truceline.guarantee.reading import read_document, reread
from truceline.guarantee.reading.markup import View, blocks_of, find_paragraphs, plain_characters, view_of
from truceline.model.document import Span

SHOWN = {
    "Wet<b>land</b> says  no": "Wetland says no",
    "a<br>b": "a b",
    "<p>a</p><p>b</p>": " a b ",
    "peace&shy;keep\u200bing": "peacekeeping",
    "&ldquo;No&rdquo;, she&nbsp; said&#8230; &amp;c.": "“No”, she said… &c.",
    "&notit; &#x41; &#65 &unknown; & &amp": "¬it; A A &unknown; & &",
    "&#128; &#0; &#1;x &fjlig;": "€ \ufffd x \ufffd",
    "a<!-- <b>hidden</b> -->b<!-->c<!--x--!>d": "abcd",
    "a<script>if (a < b) { '</p>' }</script >b<style>p > a {}</style>c": "abc",
    '<a title="1 > 2" href=x>a</a>': "a",
    "3 < 4 and <3": "3 < 4 and <3",
    "a<p class='open": "a ",
    "a<!doctype html>b<?xml x?>c</ x>d</>e": "abcde",
    "<title>Not shown</title>a<textarea>nor this</textarea>b": "ab",
    "a <i> b</i>": "a b",
}


@pytest.mark.parametrize("file", SHOWN)
def test_what_a_page_shows(file: str) -> None:
    assert view_of(file).characters == SHOWN[file]


def test_a_blank_stands_for_all_that_is_written_between_two_words() -> None:
    view = view_of("a <br>\n&nbsp; b")
    assert (view.at[1], view.ends[1]) == (1, len("a <br>\n&nbsp; "))


TAGS = (
    "<p>|</p>|<b>|</b>|<br/>|<div class='a b'>|</div>|<a title=\"x>y\">|<td|</|<!|<!--|-->|<script>|</script>|]]>|<|>"
)
SIGNS = "&|&amp;|&lt;|&nbsp|&#65;|&not|in;|&notinE;|&#x1F600;|'|\"|=|/|;|\n|  |\t|\xa0|\xad|\u200b|\0|word|война|中国|é"
PIECES = st.sampled_from([*TAGS.split("|"), *SIGNS.split("|")])
SOUP = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)


def spanned(view: View, start: int, end: int) -> Span:
    return Span(start=view.at[start], end=view.ends[end - 1], exact=view.characters[start:end])


@given(SOUP, st.data())
@example("&notinE;", None).via("an entity of two characters")
@example("a &#32; b", None).via("a blank that is written out")
def test_a_span_of_any_page_reads_the_same_alone(file: str, data: st.DataObject | None) -> None:
    view = view_of(file)
    assert len(view.at) == len(view.ends) == len(view.characters)
    assert all(0 <= a < b <= len(file) for a, b in zip(view.at, view.ends, strict=True))
    assert all(a <= b for a, b in zip(view.ends, view.at[1:], strict=False)), "no two characters share a place"
    if not view.characters:
        return
    start = data.draw(st.integers(0, len(view.characters) - 1)) if data else 0
    end = data.draw(st.integers(start + 1, len(view.characters))) if data else len(view.characters)
    span = spanned(view, start, end)
    assert reread(file, "html", span) == span.exact


@given(SOUP)
def test_no_page_shows_two_blanks_side_by_side_or_a_block_with_blanks_around_it(file: str) -> None:
    view = view_of(file)
    assert "  " not in view.characters
    for start, end in blocks_of(view):
        assert view.characters[start:end].strip(" ") == view.characters[start:end] != ""


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Z", "Co", "Cn")), min_size=1))
)
def test_words_that_were_escaped_are_shown_as_they_were(words: list[str]) -> None:
    assert view_of(html.escape(" ".join(words))).characters == " ".join(words)


@given(SOUP, st.data())
def test_a_span_of_the_text_of_any_document_re_reads(soup: str, data: st.DataObject) -> None:
    file = (
        data.draw(
            st.sampled_from(["", "<html><body><p>Its minister said that it would not send any troops there.</p>"])
        )
        + soup
    )
    try:
        document, text = read_document(file.encode(), name="soup")
    except InputError:
        return
    assert len(text.body) == len(text.at) == len(text.ends)
    assert text.body.endswith("\n")
    assert len(document.kept) == text.body.count("\n")
    part = data.draw(st.integers(0, len(document.kept) - 1))
    lines = text.body.split("\n")
    first = sum(len(line) + 1 for line in lines[:part])
    start = data.draw(st.integers(first, first + len(lines[part]) - 1))
    end = data.draw(st.integers(start + 1, first + len(lines[part])))
    span = text.span(start, end)
    assert reread(text.file, text.form, span) == span.exact == text.body[start:end]
    for lead in document.leads:
        assert reread(text.file, text.form, lead) == lead.exact


@given(
    st.lists(st.sampled_from(["ab", " ", "\n", "\r\n", "\r", "\t", "  \n  ", "é"]), min_size=1).map("".join), st.data()
)
def test_a_span_of_wrapped_lines_re_reads_with_blanks_for_breaks(file: str, data: st.DataObject) -> None:
    file = f"a{file}b"
    characters, at, ends = plain_characters(file, 0, len(file))
    assert len(characters) == len(at) == len(ends)
    start = data.draw(st.integers(0, len(characters) - 1))
    end = data.draw(st.integers(start + 1, len(characters)))
    span = Span(start=at[start], end=ends[end - 1], exact=characters[start:end])
    assert "\n" not in span.exact
    assert reread(file, "plain", span) == span.exact


LONG = "The minister said that it would not send any troops to the valley."


def test_a_short_paragraph_is_found_beside_its_text_and_not_in_a_menu() -> None:
    view = view_of(
        f"<nav><a>Background</a></nav><p>{LONG}</p><aside>Background</aside><h2>Background</h2><p>{LONG} So.</p>"
    )
    found = find_paragraphs(view, [LONG, "Background", f"{LONG} So."])
    heading = view.characters.rindex("Background")
    assert found[1] == (heading, heading + len("Background"))
    assert [view.characters[a:b] for a, b in found] == [LONG, "Background", f"{LONG} So."]


def test_a_paragraph_that_the_page_does_not_show_is_nowhere() -> None:
    assert find_paragraphs(
        view_of(f"<p>{LONG}</p>"), ["Its ambassador, however, did not quite say as much.", LONG]
    ) == [(1, 1 + len(LONG))]


@given(st.lists(st.sampled_from([LONG, "Background", "So.", f"{LONG} So.", "x"]), max_size=8))
def test_paragraphs_are_found_in_order_and_none_within_another(paragraphs: list[str]) -> None:
    view = view_of("".join(f"<p>menu</p><p> {words.replace(' ', '  ')}</p>" for words in paragraphs))
    found = find_paragraphs(view, paragraphs)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    assert [view.characters[a:b] for a, b in found] == paragraphs
