"""What holds of every suggestion, whatever the text."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.guarantee.saying.test_cases import cases
from tests.guarantee.saying.texts import document, parser_or_skip, text_of

from truceline.guarantee.reading import Text
from truceline.guarantee.saying import load_parser, suggest
from truceline.model.statement import Statement

ARTICLES = Path(__file__).parents[1] / "articles"
FURNITURE = (
    "Advertisement",
    "Read more",
    "Follow us on Telegram",
    "“",
    "” said",
    '"',
    "said said said",
    "— he",
    "\u00a0",
)
SENTENCES = [text for text, _ in cases()]
TEXTS = st.lists(st.sampled_from([*SENTENCES, *FURNITURE]), min_size=1, max_size=6).map("\n".join)
WILD = st.text(alphabet="“”\"'‘’ .,:;—\nsaidthatLvrow Heit1", max_size=120)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def found_both_ways(text: Text) -> list[tuple[Statement, ...]]:
    """What is found with the parser, where there is one, and without."""
    stated = document(publisher="North Wire")
    return [suggest(stated, text, parser=parser) for parser in dict.fromkeys((load_parser(), None))]


@FEW
@given(TEXTS | WILD)
def test_every_span_reads_again_in_the_file_and_is_not_empty(body: str) -> None:
    text = text_of(body)
    for statements in found_both_ways(text):
        for statement in statements:
            for span in (*statement.content, statement.cue, statement.speaker_span):
                assert span is None or text.file[span.start : span.end] == span.exact != ""
            places = [(span.start, span.end) for span in statement.content]
            assert places == sorted(places)
            assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))


@FEW
@given(TEXTS | WILD)
def test_ids_are_unique_order_is_the_text_s_and_twice_is_the_same(body: str) -> None:
    text = text_of(body)
    for statements, again in zip(found_both_ways(text), found_both_ways(text), strict=True):
        assert statements == again
        assert len({statement.statement_id for statement in statements}) == len(statements)
        starts = [statement.content[0].start for statement in statements]
        assert starts == sorted(starts)


@FEW
@given(TEXTS)
def test_what_stands_inside_another_is_nested_and_nothing_else_is(body: str) -> None:
    for statements in found_both_ways(text_of(body)):
        known = {statement.statement_id for statement in statements}
        for statement in statements:
            assert (statement.attribution == "nested") == bool(statement.parent_id)
            assert not statement.parent_id or statement.parent_id in known - {statement.statement_id}


@FEW
@given(TEXTS)
def test_each_has_one_origin_at_its_chain_s_end_and_the_publisher_at_its_head(body: str) -> None:
    for statements in found_both_ways(text_of(body)):
        for statement in statements:
            roles = [link.role for link in statement.chain]
            assert roles[0] == "publisher"
            assert roles.count("origin") == 1
            assert roles[-1] == "origin"
        origins = {statement.origin.name for statement in statements if statement.origin}
        assert len(origins) <= len(statements)


@FEW
@given(TEXTS)
def test_what_was_left_out_of_the_text_gives_nothing(body: str) -> None:
    """A text of which only the first sentence is read: no place beyond it is suggested."""
    kept = len(SENTENCES[0])
    file = SENTENCES[0] + "\n" + body
    places = tuple(range(kept))
    text = Text(file=file, form="plain", body=SENTENCES[0], at=places, ends=tuple(place + 1 for place in places))
    for statements in found_both_ways(text):
        assert all(span.end <= kept for statement in statements for span in statement.content)


def test_nothing_stands_in_the_furniture_of_an_article() -> None:
    from truceline.guarantee.reading import read_document

    for path in sorted(ARTICLES.glob("seen-*.txt")):
        read, text = read_document(path.read_bytes(), name=path.name)
        for parser in (parser_or_skip(), None):
            for statement in suggest(read, text, parser=parser):
                for span in statement.content:
                    assert any(start <= span.start and span.end <= end for start, end in read.kept), path.name


@pytest.mark.parametrize("body", ["", "\n\n", "…", "“", "He said.", "said", "12", "According to", "according to them"])
def test_odd_little_texts_are_read(body: str) -> None:
    for statements in found_both_ways(text_of(body)):
        assert statements == () or all(statement.words for statement in statements)


def test_a_collective_speaker_stays_one() -> None:
    text = text_of("Brazil, India and South Africa said that they would not take part unless the Council approved.")
    (statement,) = suggest(document(), text, parser=parser_or_skip())
    assert (statement.speaker, statement.speaker_kind) == ("Brazil, India and South Africa", "coalition")


def test_reports_of_reports_have_one_origin_without_a_name() -> None:
    text = text_of("Pellana is considering a mission, the German newspaper Welt reported citing sources in Brussels.")
    (statement,) = suggest(document(republisher="Post", author="TV World"), text, parser=parser_or_skip())
    told = [(link.role, link.name, link.named) for link in statement.chain]
    assert told == [
        ("republisher", "Post", True),
        ("author", "TV World", True),
        ("reporter", "Welt", True),
        ("origin", "sources in Brussels", False),
    ]
    assert (statement.speaker, statement.speaker_kind) == ("Welt", "media")


def test_a_belief_imputed_by_an_opponent_has_the_opponent_as_its_characteriser() -> None:
    text = text_of("“The West understands that this is utopia,” Foreign Minister Ivan Lavrin said.")
    outer, inner = suggest(document(), text, parser=parser_or_skip())
    assert (inner.parent_id, inner.attribution) == (outer.statement_id, "nested")
    assert [(link.role, link.name) for link in inner.chain] == [("characteriser", "Ivan Lavrin"), ("origin", "West")]


def test_he_and_the_paper_are_whoever_was_spoken_of() -> None:
    text = text_of(
        "A mission is planned, the newspaper Welt reported. It could help, the paper wrote. But it is delicate, it "
        "added.\n"
        "President Livia Varga said the offer stood. She added that parliament must agree. “We are ready,” Varga said."
    )
    found = suggest(document(), text, parser=parser_or_skip())
    assert [each.speaker for each in found] == ["Welt"] * 3 + ["Livia Varga"] * 3


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Russia said it would agree.", "state"),
        ("Prime Minister Donald Tusk said it would agree.", "person"),
        ("The Defence Ministry said it would agree.", "office"),
        ("Reuters said it would agree.", "media"),
        ("The Center for Eastern Studies said it would agree.", "think_tank"),
        ("Senior EU diplomats said it would agree.", "unnamed_group"),
        ("Many experts said it would agree.", "generic"),
        ("France and Britain said they would agree.", "coalition"),
        ("NATO said it would agree.", "organisation"),
    ],
)
def test_kinds_of_speakers(text: str, kind: str) -> None:
    for statements in found_both_ways(text_of(text)):
        assert [statement.speaker_kind for statement in statements] == [kind]
