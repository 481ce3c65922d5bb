"""Two texts that are one count once; two on the same event do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guarantee.reading.test_articles import INVENTED

from truceline.guarantee.reading import SAME_PERMILLE, Text, already, read_document, same_text

SENTENCES = [
    f"Number {n} of the {n * 7} monitors said that the truce of day {n * 13} had been kept." for n in range(40)
]


def text(words: str) -> Text:
    return read_document(words.encode(), name="a file")[1]


def of(stem: str) -> Text:
    return read_document((INVENTED / stem).read_bytes(), name=stem)[1]


def test_a_republication_that_was_cut_and_given_another_headline_is_the_same_text() -> None:
    assert (
        same_text(of("seen-05-corvessa-pledges-battalion.txt"), of("seen-06-corvessa-promises-troops.txt"))
        >= SAME_PERMILLE
    )


def test_articles_on_the_same_talks_are_not_the_same_text() -> None:
    texts = [of(path.name) for path in sorted(INVENTED.glob("seen-*.txt")) if "-06-" not in path.name]
    assert len(texts) > 5
    assert max(same_text(a, b) for i, a in enumerate(texts) for b in texts[:i]) < SAME_PERMILLE // 4


def test_one_word_in_twelve_changed_is_still_the_same_text() -> None:
    words = " ".join(SENTENCES).split()
    changed = [("other" if n % 12 == 0 else word) for n, word in enumerate(words)]
    assert same_text(text(" ".join(words)), text(" ".join(changed))) >= SAME_PERMILLE


def test_a_half_is_the_same_text_and_a_quotation_of_it_is_not() -> None:
    whole = text(" ".join(SENTENCES))
    assert same_text(whole, text(" ".join(SENTENCES[:20]))) > 950
    assert same_text(whole, text(" ".join(SENTENCES[:4]))) < 300


def test_marks_capitals_and_blanks_do_not_count() -> None:
    assert same_text(text("The “truce” was kept, he said."), text("THE TRUCE  was kept - he said")) == 1000


@given(st.lists(st.sampled_from(SENTENCES), min_size=1), st.lists(st.sampled_from(SENTENCES), min_size=1))
def test_likeness_is_the_same_both_ways_and_whole_with_itself(one: list[str], other: list[str]) -> None:
    a, b = text(" ".join(one)), text(" ".join(other))
    assert same_text(a, b) == same_text(b, a)
    assert 0 <= same_text(a, b) <= 1000
    assert same_text(a, a) == 1000


def test_the_document_that_is_most_alike_is_named() -> None:
    others = {
        "doc-a": text("Something else was said here."),
        "doc-b": text(" ".join(SENTENCES[:12])),
        "doc-c": text(" ".join(SENTENCES)),
    }
    assert already(text(" ".join(SENTENCES)), others) == "doc-c"
    assert already(text("Nothing of the kind was ever said."), others) == ""
    assert already(text(SAID), {}) == ""


SAID = "The minister said nothing at all."


@pytest.mark.parametrize(
    ("a", "b", "permille"), [("Война", "война", 1000), ("中国不会派遣部队", "中国不会派遣军队", 500), ("Yes", "No", 0)]
)
def test_short_texts_and_other_scripts(a: str, b: str, permille: int) -> None:
    one, other = (Text(file=x, form="plain", body=f"{x}\n", at=(), ends=()) for x in (a, b))
    assert same_text(one, other) == permille
