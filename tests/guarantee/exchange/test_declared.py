"""A person's declarations in TOML: what they become, and what is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.errors import (
    InputError,
    OutOfRangeError,
    TakenError,
    TooLargeError,
    UnknownNameError,
    UnreadableError,
)
from truceline.guarantee.exchange.declared import StatementRef, declared_of, with_statements
from truceline.guarantee.exchange.expressions import parse_expression
from truceline.model.document import NOT_STATED, Dated

WHOLE = """
[[actors]]
actor_id = "NOR"
kind = "state"
name = "Northland"
names = ["Northport"]
[[actors]]
actor_id = "SER"
kind = "state"
name = "Serrania"
[[bonds]]
bond_id = "bond-1"
actor_id = "NOR"
kind = "role_of"
target_id = "GUARANTOR"
since = 2026-03-01
[[propositions]]
proposition_id = "takes-part"
text = "Serrania takes part in a mission"
action = "participate"
subject_id = "SER"
[[pledges]]
pledge_id = "plg-1"
actor_id = "NOR"
strand = "monitoring"
capability = "=drones()"
status = "conditional"
low = 10
high = 20
condition = "joins SER and (mandate UN or fact backstop)"
since = "2026-03"
renew_by = "2026-09/2026-12"
statements = ["st-0123", {document = "conference.txt", words = "ten drones"}, "st-0123"]
[pledges.money]
committed = 5000000
[[caveats]]
caveat_id = "cav-1"
kind = "geographic"
text = "not east of the river"
pledge_id = "plg-1"
[[conditions]]
condition_id = "cond-1"
holder_id = "SER"
kind = "never_if"
of = "fact agreement"
[[conditions.readings]]
label = "strict"
words = "not even in the talks"
then = "joins NOR"
[[conditions.readings]]
label = "lenient"
words = "not as a guarantor"
[[options]]
option_id = "opt-1"
name = "Drones only"
source = "staff paper"
open_facts = ["ceasefire_holds"]
[[options.requirements]]
requirement_id = "drones"
capability = "drones"
low = 10
high = 30
critical = true
by = "2026"
[[options.structure]]
words = "an agreement needs both"
when = "fact agreement"
then = "fact ser_accepts"
[[options.goals]]
name = "agreement and drones"
wants = ["fact agreement", "pledged NOR:drones"]
[[scenarios]]
scenario_id = "scn-1"
name = "strict"
option_id = "opt-1"
mandates = ["UN"]
readings = {cond-1 = "strict"}
"""


def test_a_file_becomes_rows_in_the_nouns_own_terms() -> None:
    made = declared_of(WHOLE.encode())
    assert [each.actor_id for each in made.actors] == ["NOR", "SER"]
    pledge, condition, option = made.pledges[0], made.conditions[0], made.options[0]
    assert pledge.condition == parse_expression("joins SER and (mandate UN or fact backstop)")
    assert (pledge.low, pledge.high, pledge.capability) == (10, 20, "=drones()")
    assert pledge.since == Dated(value="2026-03", precision="month", basis="as declared")
    assert pledge.renew_by.precision == "interval"
    assert pledge.money.committed == 5_000_000
    assert pledge.money.disbursed is None
    assert made.bonds[0].since.value == "2026-03-01"
    assert made.bonds[0].until == NOT_STATED
    assert condition.of == parse_expression("fact agreement")
    assert [(each.label, each.then) for each in condition.readings] == [
        ("strict", parse_expression("joins NOR")),
        ("lenient", None),
    ]
    assert option.requirements[0].critical
    assert option.structure[0].then == parse_expression("fact ser_accepts")
    assert option.goals[0].wants[1] == parse_expression("pledged NOR:drones")
    assert made.scenarios[0].readings == (("cond-1", "strict"),)
    assert len(list(made.rows())) == 9


def test_statements_stay_as_they_were_named_until_they_are_found() -> None:
    made = declared_of(WHOLE.encode())
    quoted = StatementRef(document="conference.txt", words="ten drones")
    assert made.told == {"plg-1": (StatementRef(statement_id="st-0123"), quoted)}
    assert made.pledges[0].statements == ()
    assert with_statements(made, {quoted: "st-4567"}).pledges[0].statements == ("st-0123", "st-4567")
    with pytest.raises(UnknownNameError, match="ten drones"):
        with_statements(made, {})


REFUSED = [
    ('kind = "state"', 'kind = "stat"', UnknownNameError, "actors, entry 1 (NOR), kind: 'stat'", "'state'"),
    ("strand =", "stran =", UnknownNameError, "pledges, entry 1: 'stran'", "Did you mean 'strand'?"),
    ("[[bonds]]", "[[bond]]", UnknownNameError, "'bond' is not a key", "Did you mean 'bonds'?"),
    ('holder_id = "SER"', 'holder_id = "SEX"', UnknownNameError, "cond-1, holder_id: 'SEX' is no actor", "'SER'"),
    ("joins SER and", "joins SRE and", UnknownNameError, "plg-1, condition: 'SRE' is no actor", "'SER'"),
    ('"pledged NOR', '"pledged NRO', UnknownNameError, "opt-1, goal agreement and drones: 'NRO'", "'NOR'"),
    ('pledge_id = "plg-1"\n[[cond', 'pledge_id = "plg-2"\n[[cond', UnknownNameError, "cav-1, pledge_id", "'plg-1'"),
    ('option_id = "opt-1"\nmand', 'option_id = "opt-2"\nmand', UnknownNameError, "scn-1, option_id", "'opt-1'"),
    ('= "strict"}', '= "stric"}', UnknownNameError, "cond-1 has no reading 'stric'", "'strict'"),
    ("{cond-1 =", "{cond-2 =", UnknownNameError, "scn-1, readings: 'cond-2' is no condition", "'cond-1'"),
    ('"plg-1"\nactor', '"NOR"\nactor', TakenError, "'NOR' is declared twice", "own id"),
    ('"plg-1"\nactor', '"st-1"\nactor', TakenError, "'st-1' begins as ids", "another beginning"),
    ('label = "lenient"', 'label = "strict"', TakenError, "the reading 'strict' occurs twice", "once"),
    ('"plg-1"\nactor', '"plg 1"\nactor', UnreadableError, "'plg 1' is no id", "letters"),
    ('name = "Serrania"\n', "", UnreadableError, "missing required field `name`", "names"),
    ("low = 10\nhigh = 20", "low = 30\nhigh = 20", OutOfRangeError, "low is 30 and high 20", "smaller"),
    ("low = 10\nhigh = 20", "low = -1", OutOfRangeError, "-1 to None", "from 0"),
    ("low = 10\nhigh = 20", "low = 1.0", UnreadableError, "Expected `int | null`, got `float`", "low"),
    ("low = 10\nhigh = 20", "low = nan", UnreadableError, "got `float`", "low"),
    ("low = 10\nhigh = 20", "low = true", UnreadableError, "got `bool`", "low"),
    ("low = 10\nhigh = 20", "readiness = 5", OutOfRangeError, "readiness is 5", "0 to 4"),
    ("low = 10\nhigh = 20", f"low = {'9' * 5000}", UnreadableError, "4300 digits", "TOML"),
    ("committed = 5000000", 'currency = "euros"', UnreadableError, "'euros' is no currency", "ISO 4217"),
    ('"2026-03"', '"March 2026"', UnreadableError, "plg-1), since: 'March 2026' is no date", "EDTF"),
    ('"2026-03"', "2026-03-01T10:00:00", UnreadableError, "has no zone", "offset"),
    ('"2026-03"', "5", UnreadableError, "int is not a date", "quotes"),
    ('"fact agreement"\n[[cond', '"mandate UN"\n[[cond', UnreadableError, "`of` is mandate", "joins NAME"),
    ('then = "joins NOR"', 'then = "joins"', UnreadableError, "readings, entry 1, then: at character 6", "joins FRA"),
    ('then = "joins NOR"', "then = {op = 'joins'}", UnreadableError, "dict is not a condition as text", "quotes"),
    ('"st-0123", {', '"0123", {', UnreadableError, "statements, entry 1: it names no statement", "st-…"),
    ('words = "ten drones"', 'word = "ten drones"', UnreadableError, "it names no statement", "words"),
    ('pledge_id = "plg-1"\n[[cond', "[[cond", UnreadableError, "names neither pledge nor actor", "actor_id"),
    ('"Serrania"', '"a\\u0000b"', UnreadableError, "character 2 is a control character", "Remove"),
    ("[[actors]]\n", "[actors]\n", UnreadableError, "line 7", "Mend the TOML"),
    ("[[bonds]]\n", "[bonds]\n", UnreadableError, "bonds is no list of tables", "[[bonds]]"),
]


@pytest.mark.parametrize(("old", "new", "kind", "problem", "remedy"), REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_place_and_a_remedy(
    old: str, new: str, kind: type[InputError], problem: str, remedy: str
) -> None:
    assert old in WHOLE
    with pytest.raises(kind) as caught:
        declared_of(WHOLE.replace(old, new, 1).encode(), name="pledges.toml")
    said = str(caught.value)
    assert problem in said
    assert remedy in said


def test_a_condition_without_any_reading_is_refused() -> None:
    begun, ended = WHOLE.index("[[conditions.readings]]"), WHOLE.index("[[options]]")
    without = WHOLE[:begun] + "readings = []\n" + WHOLE[ended:].replace('readings = {cond-1 = "strict"}', "")
    with pytest.raises(UnreadableError, match="it has no reading"):
        declared_of(without.encode())


def test_what_the_ledger_holds_already_need_not_be_declared_again() -> None:
    alone = '[[propositions]]\nproposition_id = "p"\ntext = "x"\naction = "supply"\nsubject_id = "KAZ"\n'
    with pytest.raises(UnknownNameError, match="'KAZ' is no actor"):
        declared_of(alone.encode())
    assert declared_of(alone.encode(), known={"KAZ"}).propositions[0].subject_id == "KAZ"


def test_every_unknown_reference_is_named_at_once() -> None:
    with pytest.raises(UnknownNameError) as caught:
        declared_of(WHOLE.replace('actor_id = "SER"', 'actor_id = "SRR"').encode())
    assert caught.value.problem.count("'SER' is no actor") == 3


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", UnreadableError),
        (b"\xff\xfeh\x00", UnreadableError),
        (b"x = '\xe9'", UnreadableError),
        (b"a = '\x00'", UnreadableError),
        (b"#" * 1_000_001, TooLargeError),
        (b"actors = " + b"[" * 20_000 + b"]" * 20_000, TooLargeError),
        (b"a" + b".a" * 40_000 + b" = 1", TooLargeError),
        (b"[[actors]]\nactor_id = 1\n", UnreadableError),
        (b"actors = [1]", UnreadableError),
        (b"[[actors]]\n" + b'"' + b"k" * 50_000 + b'" = 1', UnknownNameError),
    ],
)
def test_hostile_files_are_refused_by_name_and_quickly(content: bytes, kind: type[InputError]) -> None:
    with pytest.raises(kind) as caught:
        declared_of(content)
    assert len(str(caught.value)) < 2_000


@given(st.data())
def test_a_damaged_file_gives_rows_or_a_refusal(data: st.DataObject) -> None:
    content = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        made = declared_of(bytes(content))
    except InputError:
        return
    assert len(list(made.rows())) == 9
