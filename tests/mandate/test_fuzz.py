"""Any text at all is a mandate or an error that says where and what to do: no hang, no traceback, no depth, no memory.

One seed is one text: a real or random mandate, damaged in a few of the ways of `WAYS`.
"""

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.strategies import Seeded, mandate_of

from truceline.base.errors import MandateError
from truceline.mandate import (
    check_mandate,
    mandate_from_json,
    mandate_to_json,
    mandate_words,
    parse_mandate,
    print_mandate,
)
from truceline.mandate.parse import words_of
from truceline.model import mandate as m
from truceline.terms import rules_of

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"truce\.truce, line (\d+), column (\d+)")
MOST_S = 1.0  # of processor time for one text, many times what is needed
FOLDERS = ("tests", "missions", "mandates", "src/truceline/cli/skeleton")
REAL = [path.read_text(encoding="utf-8") for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.truce"))]
PARTS = re.compile(r'"[^"\n]*"|#[^\n]*|\s+|[^\s"]+|"')
GRAMMAR = (ROOT / "src/truceline/mandate/parse/truce.lark").read_text(encoding="utf-8")
KEYWORDS = re.findall(r'"([a-z_]+)"', GRAMMAR) + [
    word for words in re.findall(r"/\(([a-z_|]+)\)\(\?!", GRAMMAR) for word in words.split("|")
]
WORDS = sorted({part for text in REAL for part in PARTS.findall(text) if not part.isspace()} | set(KEYWORDS))
ODD = (
    *("\x00", "\x07", "\x0b", "\x1c", "\x85", "\u00a0", "\u00ad", "\u200b", "\u2028", "\u202e", "\ufeff", "\ufffd"),
    *("\ud800", "\udfff", "🕊", "é", "e\u0301", "А", "і", "“", "”", "„", "٣", "²", "½", "Ⅷ", "ﬁ", "ß", "İ", "一"),
    *('"', "''", "=", ">=", "<", ">", "+", "-", "#", "\\", "/", "(", "{", "%s", "{0}", "\r", "\r\n", "\t"),
    *("0h", "0m", "0d", "0mm", "1month", "25", "-1", "1e9", "0x10", "9999-12-31", "0001-01-01", "2024-02-30"),
    *("2025-10-26T03:30", "2025-01-01T24:00", "T00:00", "+25:00", "entry + 0d", "entry + 999999999d"),
    *("any", "baseline", "violator", "victim", "confirmed", "not_attributed", "all", "UTC", "Europe/Kyiv", "None"),
)


# --- damage -----------------------------------------------------------------------------------------------------


def flip_bits(text: str, chance: random.Random) -> str:
    content = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.randint(1, 8) if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content.decode("utf-8", chance.choice(("replace", "surrogateescape", "ignore")))


def change_words(text: str, chance: random.Random) -> str:
    """Taken out, put in, doubled, exchanged or misspelt."""
    parts = PARTS.findall(text) or [""]
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, way = chance.randrange(len(parts)), chance.randrange(7)
        if way == 0:
            parts[at] = ""
        elif way == 1:
            parts[at] += f" {chance.choice(WORDS)} "
        elif way == 2:
            parts[at] = chance.choice(WORDS)
        elif way == 3:
            parts[at] += chance.choice((" ", "")) + chance.choice(ODD) + chance.choice((" ", ""))
        elif way == 4:
            other = chance.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        elif way == 5:
            parts[at] = f"{parts[at]} {parts[at]} "
        else:
            cut = chance.randrange(len(parts[at]) + 1)
            parts[at] = parts[at][:cut] + chance.choice(("", "e", parts[at][cut : cut + 1])) + parts[at][cut + 1 :]
    return "".join(parts)


def move_a_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    line = lines.pop(chance.randrange(len(lines)))
    lines.insert(chance.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def splice(text: str, chance: random.Random) -> str:
    other = origin(chance)
    return text[: chance.randrange(len(text) + 1)] + other[chance.randrange(len(other) + 1) :]


def cut_off(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def huge_number(text: str, chance: random.Random) -> str:
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    at = chance.choice(found)
    number = chance.choice(("0", "1", "00", "999999999", "1000000000", "9" * chance.choice((19, 400, 5_000)), "٣٣"))
    return text[: at.start()] + number + text[at.end() :]


def deep(text: str, chance: random.Random) -> str:
    """A chain of items, each of which needs the one before, sometimes many times over."""
    depth, wide = chance.choice((3, 15, 16, 17, 40, 300)), chance.choice((1, 2, 3))
    name = next(iter(re.findall(r"\nparty (\w+)", text)), "NOBODY")
    before = [["tank"] * wide, [name] * wide, [""] * wide]
    made = []
    for n in range(depth):
        for kind, form in enumerate(
            (
                "weapons {0} = {1}",
                'body {0} "b" members {1}',
                f'clause {{0}} cites "1" {{1}} prohibited {name} fire any',
            )
        ):
            names = [f"deep{kind}_{n}_{each}" for each in range(wide)]
            said = " ".join(before[kind])
            said = f"overrides {said}" if kind == 2 and n else said
            made += [form.format(each, said) for each in names]
            before[kind] = names
    chance.shuffle(made)
    return text + "\n" + "\n".join(made)


def long_line(text: str, chance: random.Random) -> str:
    parts = PARTS.findall(text) or [""]
    at, times = chance.randrange(len(parts)), chance.choice((50, 1_000, 5_000))
    parts[at] = chance.choice((f" {parts[at]}" * times, (parts[at].strip('"') or "x") * times, "\n# x" * times))
    return "".join(parts)


def repeated(text: str, chance: random.Random) -> str:
    """One line thousands of times, with a name of its own each time or not."""
    lines = text.split("\n")
    line, own = chance.choice(lines)[:200], chance.random() < 0.7
    times = chance.choice((10, 200, 2_000))
    copies = (re.sub(r"^(\w+ )(\w+)", rf"\1\2_{n}", line) if own else line for n in range(times))
    return text + "\n" + "\n".join(copies)


COMMON = (flip_bits, change_words, change_words, change_words, change_words, move_a_line, splice, cut_off, huge_number)
RARE = (deep, long_line, repeated)


def origin(chance: random.Random) -> str:
    """A real text, or a random mandate's."""
    if chance.random() < 0.5:
        return chance.choice(REAL)
    return print_mandate(mandate_of(Seeded(chance.randrange(2**32)), most_clauses=4))


def damaged(seed: int) -> str:
    """The text of a seed."""
    chance = random.Random(seed)
    text = origin(chance)
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 3))):
        text = chance.choice(RARE if chance.random() < 0.03 else COMMON)(text, chance)
    return text


# --- judgement --------------------------------------------------------------------------------------------------


def read(text: str) -> tuple[m.Mandate | MandateError, float]:
    """What a text says, or the error, which says where in the text and what to do; and the seconds it took."""
    began_s = time.process_time()
    try:
        said: m.Mandate | MandateError = parse_mandate(text, name="truce", source="truce.truce")
    except MandateError as error:
        said = error
    took_s = time.process_time() - began_s
    if isinstance(said, MandateError):
        place = PLACE.fullmatch(said.subject)
        assert place, str(said)
        lines = text.split("\n")
        assert 1 <= int(place[1]) <= len(lines), str(said)
        assert 1 <= int(place[2]) <= len(lines[int(place[1]) - 1]) + 1, str(said)
        assert said.remedy.endswith((".", "?")), str(said)
        assert len(str(said)) < 4_000
    return said, took_s


def use(mandate: m.Mandate) -> None:
    """Everything that can be done with a mandate, without a fault."""
    again = parse_mandate(print_mandate(mandate), name="truce", source="truce.truce")
    assert again == mandate
    assert mandate_from_json(mandate_to_json(mandate)) == mandate
    assert mandate_words(mandate)
    rules_of(mandate)
    refusal = unchecked(mandate)
    assert refusal is None or "too many" in refusal.problem, str(refusal)


def unchecked(mandate: m.Mandate) -> MandateError | None:
    """Why the checker gives a mandate up; None: it does not."""
    try:
        check_mandate(mandate)
    except MandateError as error:
        return error
    return None


@budget(1_000)
@given(st.integers(0, 2**48))
def test_a_damaged_text_is_a_mandate_or_an_error_with_its_place(seed: int) -> None:
    said, took_s = read(damaged(seed))
    assert took_s < MOST_S
    if isinstance(said, m.Mandate):
        use(said)


@budget(100)
@given(st.text(max_size=60))
@example('mandate "T" in force 2025-01-01')
def test_any_letters_at_all_are_a_mandate_or_an_error_with_their_place(text: str) -> None:
    for whole in (text, f'mandate "T" in force 2025-01-01\n{text}', f'mandate "T" in force 2025-01-01T{text}'):
        said, took_s = read(whole)
        assert took_s < MOST_S
        if isinstance(said, m.Mandate):
            use(said)


def test_the_damage_is_neither_too_small_nor_too_great() -> None:
    """Both answers are frequent, or the tests above show little."""
    texts = [damaged(seed) for seed in range(100)]
    parsed = sum(isinstance(read(text)[0], m.Mandate) for text in texts)
    assert 5 < parsed < 95
    assert len(set(texts)) > 95


# --- bounds -----------------------------------------------------------------------------------------------------

HEAD = 'mandate "T" in force 2025-01-01\nparty A "a"\nparty B "b"\nbody M "m"\n'
RULE = "prohibited A fire any"


def named(stem: str, count: int) -> str:
    return " ".join(f"{stem}{number}" for number in range(count))


def ladder(form: str, levels: int, wide: int) -> str:
    """Items of which each names all of the level below."""
    below, made = "", []
    for level in range(levels):
        made += [form.format(f"L{level}_{each}", below) for each in range(wide)]
        below = named(f"L{level}_", wide)
    return "\n".join(made)


BEYOND = {
    "more characters than are read; 4,000,000 characters": lambda: HEAD + "#" + "x" * 4_000_000,
    "more words than are read; 300,000 words": lambda: f'{HEAD}body J "j" members ' + "A " * 300_001,
    "more items than are read; 20,000 items": lambda: HEAD + "\n".join(f'zone z{n} "z"' for n in range(20_001)),
    "a name of too many letters; 101 letters": lambda: f'{HEAD}party {"x" * 101} "x"',
    "a time zone of too many letters; 1,007 letters": lambda: (
        'mandate "T" in force 2025-01-01 zone Europe/' + "x" * 1_000
    ),
    "a number of too many digits; larger than anything": lambda: f'{HEAD}body J "j" monitors ' + "9" * 1_000_000,
    "more parties than are read; 200 parties and bodies": lambda: (
        HEAD + "\n".join(f'party p{n} "p"' for n in range(198))
    ),
    "a response of too many steps; 1,000 steps and ends": lambda: (
        f"{HEAD}response R deadline 1h\n" + "\n".join(f"step s{n} M informs A within 1h" for n in range(1_001))
    ),
    "weapons that come to too many names; names once all in it": lambda: HEAD + ladder("weapons {0} = tank {1}", 16, 8),
    "members that come to too many names; names once all in it": lambda: (
        HEAD + ladder('body {0} "b" members A {1}', 16, 8)
    ),
    "weapons in too deep a chain; a chain of more than 16": lambda: HEAD + ladder("weapons {0} = tank {1}", 17, 1),
    "members in too deep a chain; a chain of more than 16": lambda: HEAD + ladder('body {0} "b" members A {1}', 17, 1),
    "clauses in too deep a chain; a chain of more than 16": lambda: (
        f'{HEAD}clause C0 cites "1" {RULE}\n'
        + "\n".join(f'clause C{n} cites "1" overrides C{n - 1} {RULE}' for n in range(1, 17))
    ),
    "too many readings of too many clauses; 500,000 conditions": lambda: (
        f'{HEAD}dispute d "d" '
        + " ".join(f'reading r{n} "r" from 2025-01-02' for n in range(2_000))
        + "\n".join(f'\nclause C{n} cites "1" prohibited A B fire any during d' for n in range(100))
    ),
    "too many parties in too many clauses; 500,000 conditions": lambda: (
        HEAD
        + "\n".join(f'party p{n} "p"' for n in range(190))
        + "\n".join(f'\nclause C{n} cites "1" prohibited {named("p", 190)} fire any' for n in range(900))
    ),
    "overrides of too many readings; 500,000 conditions": lambda: (
        f'{HEAD}dispute d "d" '
        + " ".join(f'reading r{n} "r" from 2025-01-02' for n in range(1_000))
        + f'\nclause C cites "1" {RULE} during d\nclause D cites "1" overrides C allowed A fire any during d'
    ),
    "places of too many outcomes; 500,000 conditions": lambda: (
        HEAD
        + "\n".join(f'party p{n} "p"' for n in range(10))
        + "\nzone z "
        + '"z"'
        + "".join(
            f'\nclause C{n} cites "1" prohibited {named("p", 10)} fire any'
            + "".join(f' outcome o{each} "o"' + " in z" * 60 for each in range(100))
            for n in range(10)
        )
    ),
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_is_too_much_is_refused_and_the_error_says_how_much_is_not(what: str) -> None:
    text = BEYOND[what]()
    error, took_s = read(text)
    assert isinstance(error, MandateError), what
    assert what.partition("; ")[2] in error.problem, str(error)
    assert took_s < 20 * MOST_S


def test_much_is_read_in_the_time_that_much_takes() -> None:
    many = [
        f'{HEAD}zone z "z"\nclause C cites "1" {RULE}' + " in z" * 20_000,
        HEAD + "\n".join(f"# {n}" for n in range(100_000)),
        HEAD + " " * 1_000_000 + "\n" * 1_000_000,
        f'{HEAD}party X "{"x" * 1_000_000}"',
        HEAD + "\n".join(f'clause C{n} cites "1" unless consent' for n in range(1)).replace("unless", f"{RULE} unless"),
        HEAD + "\n".join(f'clause C{n} cites "1" {RULE} unless a{n} decided by M' for n in range(4_000)),
        f"{HEAD}response R deadline 1h\n"
        + "\n".join(f"step s{n} M informs A within 1h done s{n + 1}" for n in range(900))
        + "\nend s900 remedied",
    ]
    for text in many:
        said, took_s = read(text)
        assert isinstance(said, m.Mandate), str(said)
        assert took_s < 20 * MOST_S
        rules_of(said)


def test_every_word_of_a_text_has_its_place_in_it() -> None:
    for text in REAL:
        for word in words_of(text, source="truce.truce"):
            assert text[word.start : word.end] == word.text
            line = text.split("\n")[word.line - 1]
            assert line[word.column - 1 :].startswith(word.text.split("\n")[0])
