"""Conditions as text: what is printed reads back as itself, and what cannot be meant is refused where it stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truceline.base.errors import InputError, TooLargeError, UnreadableError
from truceline.guarantee.exchange.expressions import MAX_DEPTH, expression_text, names_in, parse_expression
from truceline.model.condition import Expression

FRA, UN = Expression(op="joins", name="FRA"), Expression(op="mandate", name="UN")
BACKSTOP = Expression(op="fact", name="us_backstop")
printable = st.text(min_size=1, max_size=8).filter(str.isprintable)
name = st.sampled_from(["FRA", "and", "of", "least", 'a"b\\', "Größe 1", "x-1.y", "true"]) | printable
leaf = st.one_of(
    st.builds(Expression, op=st.sampled_from(["joins", "fact", "mandate"]), name=name),
    st.builds(Expression, op=st.just("pledged"), name=name, capability=name),
    st.just(Expression(op="true")),
)


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    many = st.lists(inner, max_size=4).map(tuple)
    some = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Expression, op=st.sampled_from(["all", "any"]), parts=many),
        st.builds(Expression, op=st.just("not"), parts=st.tuples(inner)),
        some.flatmap(
            lambda parts: st.builds(
                Expression, op=st.just("at_least"), number=st.integers(1, len(parts)), parts=st.just(parts)
            )
        ),
    )


@given(st.recursive(leaf, grown, max_leaves=12))
def test_what_is_printed_reads_back_as_itself(expression: Expression) -> None:
    text = expression_text(expression)
    assert parse_expression(text) == expression
    assert expression_text(parse_expression(text)) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("joins FRA", FRA),
        ("  joins\n FRA ", FRA),
        ("(((joins FRA)))", FRA),
        ("true", Expression(op="true")),
        ('joins "Coalition of the Willing"', Expression(op="joins", name="Coalition of the Willing")),
        ('fact "and"', Expression(op="fact", name="and")),
        ("not joins FRA", Expression(op="not", parts=(FRA,))),
        (
            "joins FRA and (mandate UN or fact us_backstop)",
            Expression(op="all", parts=(FRA, Expression(op="any", parts=(UN, BACKSTOP)))),
        ),
        ("not joins FRA and mandate UN", Expression(op="all", parts=(Expression(op="not", parts=(FRA,)), UN))),
        ("at least 2 of (joins FRA, mandate UN)", Expression(op="at_least", number=2, parts=(FRA, UN))),
        ("pledged USA:intelligence", Expression(op="pledged", name="USA", capability="intelligence")),
        ("all of (joins FRA)", Expression(op="all", parts=(FRA,))),
        ("any of ()", Expression(op="any")),
    ],
)
def test_a_text_means(text: str, meant: Expression) -> None:
    assert parse_expression(text) == meant


@pytest.mark.parametrize(
    ("text", "character", "expected"),
    [
        ("", 1, "joins, fact"),
        ("joins", 6, "a name"),
        ("joins and", 7, "a name"),
        ("joins FRA GBR", 11, "and, or, or the end"),
        ("joins FRA and mandate UN or fact x", 26, "parentheses"),
        ("joins FRA AND joins GBR", 11, "and, or, or the end"),
        ("(joins FRA", 11, ")"),
        ("joins FRA)", 10, "the end"),
        ("pledged USA", 12, ":"),
        ("at least two of (joins A)", 10, "whole number"),
        ("at least 2 of joins A", 15, "("),
        ("at least 1 of (joins A joins B)", 24, "a comma or )"),
        ("at least 1 of (joins A,)", 24, "joins, fact"),
        ("joins FRA & joins GBR", 11, "a word"),
        ('joins "FRA', 7, "a word"),
        ('joins ""', 7, "1 to 200 characters"),
        ('joins "a\\qb"', 7, "JSON"),
        ('joins "a\\u0000b"', 7, "printable"),
        ("joins \x00", 7, "a word"),
        ("not", 4, "joins, fact"),
        ("or joins FRA", 1, "joins, fact"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, character: int, expected: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse_expression(text, subject="pledges.csv, row 3, condition")
    assert f"at character {character} " in caught.value.problem
    assert expected in caught.value.problem.split("where ")[1]
    assert caught.value.subject == "pledges.csv, row 3, condition"


@pytest.mark.parametrize("text", ["at least 3 of (joins A, joins B)", "at least 0 of (joins A)", "at least 1 of ()"])
def test_a_number_that_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="cannot be meant"):
        parse_expression(text)


@pytest.mark.parametrize("deep", ["(" * 5_000 + "joins A" + ")" * 5_000, "not " * 2_000 + "true", "x" * 10_001])
def test_too_deep_or_too_long_is_refused_and_no_stack_is_exhausted(deep: str) -> None:
    with pytest.raises(InputError):
        parse_expression(deep)


def test_the_deepest_expression_that_prints_also_reads() -> None:
    deep = FRA
    for number in range(MAX_DEPTH - 1):
        deep = Expression(op="all" if number % 2 else "any", parts=(deep, UN))
    assert parse_expression(expression_text(deep)) == deep
    with pytest.raises(TooLargeError):
        expression_text(Expression(op="not", parts=(deep,)))


@pytest.mark.parametrize(
    "wrong",
    [
        Expression(op="joins"),
        Expression(op="joins", name="A\nB"),
        Expression(op="joins", name="A", parts=(FRA,)),
        Expression(op="joins", name="A", capability="x"),
        Expression(op="pledged", name="A"),
        Expression(op="not"),
        Expression(op="not", parts=(FRA, UN)),
        Expression(op="all", name="A"),
        Expression(op="all", number=2, parts=(FRA,)),
        Expression(op="at_least", number=2, parts=(FRA,)),
    ],
)
def test_an_expression_that_no_text_can_say_is_not_printed(wrong: Expression) -> None:
    with pytest.raises(UnreadableError):
        expression_text(wrong)


@given(st.text(alphabet='joinsfactmadelr not()",:2 \\\n', max_size=40))
@settings(max_examples=300)
def test_any_text_is_an_expression_or_a_refusal(text: str) -> None:
    try:
        made = parse_expression(text)
    except InputError:
        return
    assert parse_expression(expression_text(made)) == made


def test_names_are_given_in_order_and_once() -> None:
    made = parse_expression("joins B and (joins A or pledged C:x) and not joins B and fact D")
    assert names_in(made, ("joins", "pledged")) == ("B", "A", "C")
