"""Every way a text can be wrong, in the words its owner gets: file, line, column, what was expected, what to write."""

import re
from pathlib import Path

import pytest

from truceline.base.errors import MandateError, MandateNameError, MandateSyntaxError
from truceline.mandate import (
    parse_mandate,
)

PLACE = re.compile(r"truce\.truce, line (\d+), column (\d+)")
HEAD = 'mandate "T" in force 2025-01-01T00:00\nparty UAF "side one" baseline contact\nparty AFC "side two"\n'
HEAD += 'body SMM "mission" monitors\nline contact "c" left UAF right AFC\nzone park "p"\nweapons HEAVY = tank\n'
CLAUSE = 'clause C1 cites "1" '
RESPONSE, END = "response R deadline 9h ", "done e refused e late e end e remedied"
GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.truce"))


def refusal(text: str) -> MandateError:
    with pytest.raises(MandateError) as caught:
        parse_mandate(text, name="truce", source="truce.truce")
    return caught.value


NAMES = {
    "an unknown party, with the nearest": (f"{CLAUSE}prohibited UAG present HEAVY", 8, 32, ["'UAG'", "'UAF'"]),
    "an unknown act, with the nearest": (f"{CLAUSE}prohibited UAF presend HEAVY", 8, 36, ["'presend'", "'present'"]),
    "an unknown weapons class, with the nearest": (
        f"{CLAUSE}prohibited UAF present HEVY",
        8,
        44,
        ["'HEVY'", "'HEAVY'"],
    ),
    "a name near to nothing, with all there are": (
        f"{CLAUSE}prohibited UAF present any in qqqq",
        8,
        51,
        ["'qqqq'", "Known: park."],
    ),
    "an unknown line": (f"{CLAUSE}prohibited UAF fire any within 1km of kontact", 8, 59, ["'kontact'", "'contact'"]),
    "an unknown body that decides": (
        f"{CLAUSE}prohibited UAF fire any unless storage decided by SNM",
        8,
        71,
        ["'SNM'", "'SMM'"],
    ),
    "an unknown evidence standard": (
        f"{CLAUSE}prohibited UAF fire any breach B needs proof",
        8,
        60,
        ["'proof'", "None is declared"],
    ),
    "an unknown dispute": (f"{CLAUSE}prohibited UAF fire any during start", 8, 52, ["'start'", "None is declared"]),
    "an unknown clause overridden": (
        'clause C1 cites "1" overrides C9 prohibited UAF fire any',
        8,
        31,
        ["'C9'", "C1"],
    ),
    "an unknown object": (f"{CLAUSE}prohibited UAF strike any on ports", 8, 50, ["'ports'", "'port'"]),
    "an unknown baseline": ('party X "x" baseline kontact', 8, 22, ["'kontact'", "'contact'"]),
    "an unknown side of a line": ('line l "l" left UAG right AFC', 8, 17, ["'UAG'", "'UAF'"]),
    "an unknown weapon in a class": ("weapons W = tanc", 8, 13, ["'tanc'", "'tank'"]),
    "an unknown weapon excepted": ("weapons W = tank except t_73", 8, 25, ["'t_73'", "'t_72'"]),
    "an unknown weapon disputed": ('weapons W = tank disputed osaa "x"', 8, 27, ["'osaa'", "'osa'"]),
    "an unknown kind of object": ("objects O = refinary", 8, 13, ["'refinary'", "'refinery'"]),
    "an unknown means": ("evidence e = 1 independent sources one of camra", 8, 43, ["'camra'", "'camera'"]),
    "an unknown kind that counts": ("evidence e = 1 independent sources counting medea", 8, 45, ["'medea'", "'media'"]),
    "an unknown member of a body": ('body J "j" members UAG', 8, 20, ["'UAG'", "'UAF'"]),
    "a party declared twice": ('party UAF "again"', 8, 1, ["'UAF'", "party, line 2", "another name"]),
    "one name for two kinds": ('zone SMM "z"', 8, 1, ["'SMM'", "body, line 4"]),
    "a party called like an act": ('party fire "x"', 8, 1, ["'fire'", "an act"]),
    "a party called any": ('party any "x"', 8, 1, ["'any'", "a word of the language"]),
    "weapons called like a class": ("weapons mlrs = grad", 8, 1, ["'mlrs'", "means something already"]),
    "weapons called like a system": ("weapons grad = tank", 8, 1, ["'grad'", "means something already"]),
    "objects called like a kind": ("objects port = refinery", 8, 1, ["'port'", "means something already"]),
    "a party twice in one rule": (f"{CLAUSE}prohibited UAF UAF fire any", 8, 32, ["'UAF' stands twice"]),
    "two readings of one name": (
        'dispute d "d" reading a "x" from 2025-01-01 reading a "y" from 2025-01-02',
        8,
        23,
        ["'a' stands twice"],
    ),
    "two outcomes of one name": (
        f'{CLAUSE}prohibited UAF fire any outcome o "x" outcome o "y"',
        8,
        53,
        ["'o' stands twice"],
    ),
    "a circle of clauses": (
        (
            'clause C1 cites "1" overrides C2 prohibited UAF fire any\n'
            'clause C2 cites "1" overrides C1 allowed UAF fire any'
        ),
        8,
        8,
        ["a circle: C1 overrides C2 overrides C1", "Break it"],
    ),
    "a clause that overrides itself": (
        'clause C1 cites "1" overrides C1 prohibited UAF fire any',
        8,
        8,
        ["a circle: C1 overrides C1"],
    ),
    "a circle of weapons": ("weapons W = V\nweapons V = W", 8, 9, ["a circle: W uses V uses W"]),
    "a circle by exception": ("weapons W = tank except W", 8, 9, ["a circle: W uses W"]),
    "a rule without a party": (f"{CLAUSE}prohibited fire HEAVY", 8, 8, ["names no party", "UAF"]),
    "a rule without an act": (f"{CLAUSE}prohibited UAF HEAVY", 8, 8, ["names no act", "fire"]),
    "a limit without a number": (f"{CLAUSE}limited UAF fire any", 8, 8, ["`limited` takes `to N events per 24h`"]),
    "a number without a limit": (f"{CLAUSE}prohibited UAF fire any to 2 events per 24h", 8, 8, ["`limited` takes"]),
    "an obligation without a deadline": (f"{CLAUSE}required UAF withdraw any", 8, 8, ["`required` takes `by DATE`"]),
    "a deadline without an obligation": (
        f"{CLAUSE}allowed UAF fire any by 2025-02-01",
        8,
        8,
        ["`required` takes `by DATE`"],
    ),
    "a period that ends before it begins": (
        f"{CLAUSE}prohibited UAF fire any from 2025-03-01 until 2025-02-01",
        8,
        8,
        ["ends before it begins"],
    ),
    "a reading of no time at all": (
        'dispute d "d" reading a "x" from 2025-03-01 until 2025-03-01',
        8,
        23,
        ["'a' in dispute d ends before it begins"],
    ),
    "a duty that a register would lift": (
        f"{CLAUSE}required UAF withdraw any by 2025-02-01 unless storage",
        8,
        8,
        ["`required` takes no `unless`", "later deadline"],
    ),
    "a count over no time": (f"{CLAUSE}limited UAF fire any to 2 events per 0h", 8, 8, ["over no time at all"]),
    "a baseline that a party has not": (
        f"{CLAUSE}prohibited AFC fire any within 1km of baseline",
        8,
        8,
        ["baseline of AFC", "declares none", 'party AFC "…" baseline LINE'],
    ),
    "a zone where a line is needed": (
        f"{CLAUSE}prohibited UAF fire any across park",
        8,
        52,
        ["'park'", "is not a line", "contact"],
    ),
    "a line where a zone is needed": (
        f"{CLAUSE}prohibited UAF fire any in contact",
        8,
        48,
        ["'contact'", "is not a zone", "park"],
    ),
    "a line of which a party has no side": (
        f'line bare "b"\n{CLAUSE}prohibited UAF fire any across bare',
        9,
        8,
        ["no side is UAF's", "left UAF right OTHER"],
    ),
    "no source at all": ("evidence e = 0 independent sources", 8, 10, ["at least 1 source"]),
    "a misspelt word after a list of members": (
        'body J "j" members UAF AFC undr SMM',
        8,
        28,
        ["'undr' in body J", "Did you mean the word 'under'?"],
    ),
    "a misspelt word after the names of a rule": (
        f"{CLAUSE}prohibited UAF fire HEAVY untill",
        8,
        47,
        ["'untill'", "Did you mean the word 'until'?"],
    ),
    "a misspelt word after a list of weapons": (
        "weapons W = tank exept t_72",
        8,
        18,
        ["'exept'", "Did you mean the word 'except'?"],
    ),
    "a misspelt word after a list of votes": (
        f"{RESPONSE}step s SMM decides all of UAF AFC vetto AFC within 1h {END}",
        8,
        58,
        ["'vetto'", "Did you mean the word 'veto'?"],
    ),
    "a misspelt word where none of the language is near": (
        'body J "j" members UAF bananas',
        8,
        24,
        ["'bananas'", "Known: AFC, J, SMM, UAF."],
    ),
    "a word that could not stand there is not proposed": (
        'body J "j" members clause1',
        8,
        20,
        ["'clause1'", "Known: AFC, J, SMM, UAF."],
    ),
    "a name nearer than any word of the language": (
        'party quorun "x"\nbody J "j" members UAF quorum1 quorun1',
        9,
        24,
        ["Did you mean the word 'quorum'?"],
    ),
    "a misspelt name beside a like word of the language": (
        'party quorun "x"\nbody J "j" members UAF quorunn',
        9,
        24,
        ["Did you mean 'quorun'?"],
    ),
    "a veto of somebody twice": ('body J "j" members UAF AFC veto UAF UAF', 8, 20, ["'UAF' stands twice", "veto"]),
    "means twice": ('body J "j" monitors by camera camera', 8, 24, ["'camera' stands twice in body J"]),
    "a weapon twice in a class": ("weapons W = tank tank", 8, 13, ["'tank' stands twice in weapons W"]),
    "a weapon excepted twice": ("weapons W = mlrs except grad grad", 8, 25, ["'grad' stands twice in weapons W"]),
    "a kind of object twice": ("objects O = port port", 8, 13, ["'port' stands twice in objects O"]),
    "a means of evidence twice": (
        "evidence e = 1 independent sources one of camera camera",
        8,
        43,
        ["'camera' stands twice in standard e"],
    ),
    "an object twice in a rule": (f"{CLAUSE}prohibited UAF strike any on port port", 8, 50, ["'port' stands twice"]),
    "a clause overridden twice": (
        f'{CLAUSE}prohibited UAF fire any\nclause C2 cites "2" overrides C1 C1 allowed UAF fire any',
        9,
        31,
        ["'C1' stands twice in clause C2"],
    ),
    "a clause suspended twice": (
        (
            f"{CLAUSE}prohibited UAF fire any breach B\n"
            "suspension S lifts C1 C1 for UAF when 3 B per 7d restored after 1d"
        ),
        9,
        20,
        ["'C1' stands twice in suspension S"],
    ),
    "an exemption twice": (
        f"{CLAUSE}prohibited UAF fire any unless storage decided by SMM unless storage decided by SMM",
        8,
        52,
        ["unless storage stands twice in clause C1"],
    ),
    "a register called like a suspension": (
        (
            f"{CLAUSE}prohibited UAF fire any unless S decided by SMM breach B\n"
            "suspension S lifts C1 for UAF when 3 B per 7d decided by SMM restored after 1d"
        ),
        8,
        52,
        ["'S' in clause C1 is a suspension", "another name"],
    ),
    "consent of somebody twice": (
        f"{RESPONSE}step s SMM visits within 1h consent UAF UAF {END}",
        8,
        60,
        ["'UAF' stands twice", "the consent of step s"],
    ),
    "a vote of somebody twice": (
        f"{RESPONSE}step s SMM decides 2 of UAF AFC UAF within 1h {END}",
        8,
        48,
        ["'UAF' stands twice", "the votes of step s"],
    ),
    "somebody informed twice": (
        f"{RESPONSE}step s SMM informs UAF UAF within 1h {END}",
        8,
        43,
        ["'UAF' stands twice", "the informs of step s"],
    ),
    "a line with one party on both its sides": ('line l "l" left UAF right UAF', 8, 17, ["'UAF' stands twice"]),
    "somebody under himself": ('party X "x" under X', 8, 7, ["a circle: X is under X"]),
    "events counted at once": (
        f"{CLAUSE}limited UAF fire any to 2 events at once",
        8,
        8,
        ["events at once", "items at once"],
    ),
    "a domain that ends before it begins": (
        "domain D fire any from 2025-03-01 until 2025-02-01",
        8,
        8,
        ["'D' in domain D ends before it begins"],
    ),
}


@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_is_wrong_is_named_with_its_place_and_what_to_write(what: str) -> None:
    item, line, column, said = NAMES[what]
    error = refusal(HEAD + item)
    assert isinstance(error, MandateNameError)
    assert error.subject == f"truce.truce, line {line}, column {column}"
    for words in said:
        assert words in str(error), str(error)
    assert str(error).endswith("[mandate.name]")


TEXTS = {
    "an empty text": ("", 1, 1, ["the text is empty", "Begin with its first line: mandate"]),
    "a text of spaces": ("  \n \n", 1, 1, ["the text is empty"]),
    "a text that ends early": ('mandate "T" in', 1, 15, ["the text ends where", "force"]),
    "a clause that ends early": (f"{HEAD}clause C1 cites", 8, 16, ["the text ends where", "quotes"]),
    "a clause that ends early before a last newline": (
        f"{HEAD}clause C1 cites\n\n",
        8,
        16,
        ["the text ends where", "quotes"],
    ),
    "a quote that is not closed": ('mandate "T in force 2025-01-01', 1, 9, ["quotes"]),
    "a word of the language as a name": (
        f'{HEAD}party zone "x"',
        8,
        7,
        ["'zone' is a word of the language and cannot be a name"],
    ),
    "a word of the language inside a rule": (f"{HEAD}{CLAUSE}prohibited UAF fire limited", 8, 0, ["limited"]),
    "a word that is nearly one of the language": (
        'mandate "T" in force 2025-01-01\nclase C1',
        2,
        1,
        ["'clase'", "Did you mean 'clause'?"],
    ),
    "a modality that is none": (
        f"{HEAD}{CLAUSE}forbidden UAF fire any",
        8,
        0,
        ["'forbidden'", "prohibited, limited, required or allowed"],
    ),
    "a distance without a unit": (
        f"{HEAD}{CLAUSE}prohibited UAF fire any within 25 of contact",
        8,
        0,
        ["'25", "a distance (250m, 25km)"],
    ),
    "a month as a duration": (
        f"{HEAD}{CLAUSE}limited UAF fire any to 2 events per 1month",
        8,
        0,
        ["a duration (90min, 24h, 14d)"],
    ),
    "a share above one": ('mandate "T" in force 2025-01-01 coverage >= 1.5', 1, 42, ["at most 1.0"]),
    "a confidence above one": (f"{HEAD}evidence e = 1 independent sources confidence >= 1.001", 8, 47, ["at most 1.0"]),
    "a share without its sign": ('mandate "T" in force 2025-01-01 coverage 0.8', 1, 0, ["a share (>= 0.80)"]),
    "an unknown time zone": (
        'mandate "T" in force 2025-01-01\nzone Europe/Kiew',
        2,
        6,
        ["'Europe/Kiew'", "no time zone", "Europe/Kyiv"],
    ),
    "an offset that cannot be": ('mandate "T" in force 2025-01-01\nzone +25:00', 2, 6, ["'+25:00'", "no time zone"]),
    "a date with an offset that cannot be": ('mandate "T" in force 2025-01-01T00:00+99:99', 1, 22, ["no time zone"]),
    "a night hour that occurs twice": (
        'mandate "T" in force 2025-10-26T03:30 zone Europe/Kyiv',
        1,
        22,
        ["occurs twice", "offset"],
    ),
    "a night hour that never occurs": (
        'mandate "T" in force 2025-03-30T03:30 zone Europe/Kyiv',
        1,
        22,
        ["does not occur", "offset"],
    ),
    "29 February of a common year": ('mandate "T" in force 2025-02-29', 1, 22, ["2025-02-29", "day"]),
    "30 February": ('mandate "T" in force 2024-02-30T00:00', 1, 22, ["2024-02-30"]),
    "month 13": ('mandate "T" in force 2024-13-01', 1, 22, ["2024-13-01", "month"]),
    "hour 24": ('mandate "T" in force 2024-12-01T24:00', 1, 22, ["hour"]),
    "year 0": ('mandate "T" in force 0000-01-01', 1, 22, ["year"]),
    "the last day of the last year": ('mandate "T" in force 9999-12-31', 1, 22, ["9999-12-31"]),
    "the first hour of the first year": ('mandate "T" in force 0001-01-01T00:00 zone +03:00', 1, 22, ["0001-01-01"]),
    "a setting stated twice": (
        'mandate "T" in force 2025-01-01\nprecision 1s 1m\nprecision 2s 2m',
        3,
        11,
        ["precision is stated twice"],
    ),
    "two time zones": ('mandate "T" in force 2025-01-01\nzone UTC\nzone Europe/Kyiv', 3, 6, ["zone is stated twice"]),
    "late without a time": (
        f'{HEAD}body J "j"\nresponse R\n  step s J decides done e late e\n  end e answered',
        10,
        0,
        ["step s may be late, and has no time", "Write within 24h"],
    ),
    "a comment that a lone carriage return ends": (
        f"{HEAD}# note\rline line",
        8,
        0,
        ["'line' is a word of the language"],
    ),
    "a line separator that only some editors show": (f"{HEAD}# note\u2028party", 8, 0, ["found"]),
    "curly quotes": (f"{HEAD}party X “the X”", 8, 9, ["straight quotes"]),
    "a quote that is never closed": (f'{HEAD}party X "the X', 8, 9, ["never closed on its line"]),
    "a quote that was never opened": (f'{HEAD}party X theX"', 8, 0, ["straight quotes"]),
    "commas": (f"{HEAD}weapons W = tank, mortar", 8, 0, ["without commas"]),
    "a hyphen in a name": (f'{HEAD}party X-Y "x"', 8, 0, ["no hyphens"]),
    "unless after breach": (f"{HEAD}{CLAUSE}prohibited UAF fire any breach B unless r", 8, 0, ["before `breach`"]),
    "a second mandate": (f'{HEAD}line q "l"\nmandate "U" in force 2025-01-01', 9, 0, ["one file holds one"]),
    "a share in per cent": ('mandate "T" in force 2025-01-01 coverage >= 80%', 1, 0, [">= 0.80"]),
    "two baselines": (f'{HEAD}party X "x" baseline contact baseline contact', 8, 0, ["baseline is stated twice"]),
    "not bound, and no word why": (f'{HEAD}party X "x" not bound ""', 8, 0, ["not said why"]),
    "a calibre below nothing": (f"{HEAD}weapons W = tank calibre < 0mm", 8, 0, ["no calibre is below 0mm"]),
    "a calibre beyond all measure": (f"{HEAD}weapons W = tank calibre > 999999999mm", 8, 26, ["larger than anything"]),
    "a number beyond all measure": (
        f"{HEAD}{CLAUSE}limited UAF fire any to 99999999999999999999 items per 24h",
        8,
        0,
        ["larger than anything"],
    ),
    "a distance beyond all measure": (
        f"{HEAD}{CLAUSE}prohibited UAF fire any within 99999999999999999999km of contact",
        8,
        0,
        ["larger than anything"],
    ),
    "a control character": ('mandate "T" in force 2025-01-01\n\x07', 2, 1, ["'\\x07'"]),
    "a NUL": ('mandate "T" in force 2025-01-01\n\x00', 2, 1, ["'\\x00'"]),
    "an emoji": ('mandate "T" in force 2025-01-01\n🕊 zone', 2, 1, ["'🕊'"]),
    "letters of another alphabet that look the same": (f'{HEAD}party UАF "cyrillic"', 8, 8, ["'АF'"]),
    "a space that is none": ('mandate "T" in force 2025-01-01\u00a0zone UTC', 1, 32, ["\\xa0"]),
    "a mark that turns writing round": ('mandate "T" in force 2025-01-01\n\u202etext', 2, 1, ["\\u202e"]),
    "typographic quotes": ("mandate “T” in force 2025-01-01", 1, 9, ["'“T”'", "quotes"]),
    "a line separator of unicode before the fault": ('mandate "a\u2028b\x0bc" in force 2025-01-01\nx', 2, 1, ["'x'"]),
    "a misspelt word found out by the word after it": (
        f"{HEAD}{CLAUSE}prohibited UAF fire HEAVY witin 25km of contact",
        8,
        53,
        ["found '25km'", "Did you mean the word 'within' instead of 'witin'?"],
    ),
    "a misspelt word before a word that is no name": (
        f'{HEAD}body J "j" members UAF AFC quorm all',
        8,
        34,
        ["found 'all'", "Did you mean the word 'quorum' instead of 'quorm'?"],
    ),
    "a misspelt word before a number": (
        f'{HEAD}body J "j" members UAF AFC quorm 2',
        8,
        34,
        ["found '2'", "Did you mean the word 'quorum' instead of 'quorm'?"],
    ),
    "words of the vocabulary are no misspelt words of the language": (
        f'{HEAD}{CLAUSE}prohibited UAF clash "x"',
        8,
        42,
        ["another word of the language. Mend this place"],
    ),
    "two words that are written as one": (f'{HEAD}zone z "z"\nzonepark "p"', 9, 1, ["found 'zonepark'"]),
    "a setting of which nothing but its word is said twice": (
        f'{HEAD}body J "j" monitors monitors',
        8,
        6,
        ["monitors is stated twice"],
    ),
    "a body that guarantees twice": (
        f'{HEAD}body J "j" guarantees members UAF guarantees',
        8,
        6,
        ["guarantees is stated twice"],
    ),
    "guarantees with a name behind it": (f'{HEAD}body J "j" guarantees UAF', 8, 23, ["found 'UAF'"]),
    "a signed text without a name": ('mandate "T" in force 2025-01-01 text ""', 1, 38, ["no file is named"]),
    "no response, and no word why": (
        f'{HEAD}{CLAUSE}prohibited UAF fire any breach B respond none ""',
        8,
        67,
        ["not said why nothing follows"],
    ),
    "hours beyond the calendar": (
        f'{HEAD}party X "x" from entry + 999999999h',
        8,
        26,
        ["lead out of the calendar"],
    ),
    "days beyond the calendar": (f'{HEAD}party X "x" from entry + 9999999d', 8, 26, ["lead out of the calendar"]),
    "a name of a hundred and one letters": (f'{HEAD}party {"x" * 101} "x"', 8, 7, ["101 letters", "100"]),
    "half of a pair of surrogates within quotes": ('mandate "T\udce1" in force 2025-01-01', 1, 11, ["\\udce1", "half"]),
    "half of a pair of surrogates": ('mandate "T" in force 2025-01-01\n\ud800', 2, 1, ["\\ud800"]),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_that_does_not_parse_says_where_and_what_was_expected(what: str) -> None:
    text, line, column, said = TEXTS[what]
    error = refusal(text)
    assert isinstance(error, MandateSyntaxError)
    place = PLACE.fullmatch(error.subject)
    assert place, error.subject
    assert int(place[1]) == line, str(error)
    assert not column or int(place[2]) == column, str(error)
    for words in said:
        assert any(each in str(error) for each in words.split("|")), str(error)
    assert str(error).endswith("[mandate.syntax]")
    assert error.remedy


def test_a_long_text_is_refused_at_its_first_fault_and_read_whole_without_one() -> None:
    filler = "\n".join(f'zone z{number} "{"x" * 80}"' for number in range(10_000))
    text = f"{HEAD}{filler}\n"
    assert len(text) > 900_000
    assert len(parse_mandate(text, name="t", source="truce.truce").zones) == 10_001
    assert PLACE.fullmatch(refusal(text + "zone = ").subject)[1] == "10008"
    assert "quotes" in str(refusal('mandate "' + "x" * 1_000_000))
    assert refusal("🕊" * 250_000)
    assert refusal("(" * 1_000_000)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("depth", [16, 17, 3_000])
def test_weapons_and_clauses_in_chains_of_more_than_sixteen_are_refused(depth: int, turned: bool) -> None:
    weapons = ["weapons W0 = tank", *(f"weapons W{n} = W{n - 1} except W{n - 1}" for n in range(1, depth))]
    rule = "prohibited UAF fire any"
    clauses = [
        f'clause D0 cites "1" {rule}',
        *(f'clause D{n} cites "1" overrides D{n - 1} {rule}' for n in range(1, depth)),
    ]
    for items in (weapons, clauses):
        text = "\n".join([HEAD, *(reversed(items) if turned else items)])
        if depth == 16:
            assert parse_mandate(text, name="truce", source="truce.truce")
        else:
            assert "a chain of more than 16" in str(refusal(text))


def test_lines_are_counted_once_where_a_share_goes_over_two() -> None:
    text = 'mandate "T" in force 2025-01-01\ncoverage >=\n 0.80\nparty A "a"\n'
    text += 'weapons W = tank calibre >=\n\n100mm\nparty B "b"'
    mandate = parse_mandate(text, name="t", source="t")
    assert [each.line for each in (*mandate.parties, *mandate.weapons)] == [4, 8, 5]


EXPECTED = re.compile(r"the language expects (.*?)\.")


def test_what_was_expected_is_said_in_words_of_the_language() -> None:
    for text in ("zone", 'mandate "T" in force 2025-01-01 x', f"{HEAD}weapons W = tank <", f"{HEAD}party X x"):
        expected = EXPECTED.search(str(refusal(text)))
        assert expected
        assert "anon" not in expected[1].lower()
        assert "_" not in expected[1]


@pytest.mark.parametrize("word", ["consent", "deadline", "limited"])
def test_a_register_may_be_called_like_a_word_of_the_language(word: str) -> None:
    mandate = parse_mandate(f"{HEAD}{CLAUSE}prohibited UAF fire any unless {word}", name="t", source="t")
    assert mandate.clauses[0].exemptions[0].register == word


def test_a_period_that_ends_before_it_begins_is_refused_wherever_it_stands() -> None:
    good = 'mandate "T" in force 2024-01-01\nparty A "A"\n'
    for item, name in (
        ('party B "B" from 2024-06-03 until 2024-05-10', "B"),
        ('line l "l.geojson" from 2024-06-03 until 2024-06-03', "l"),
        ('dispute d "when" reading r "late" from 2024-06-03 until 2024-05-10', "r"),
        ('clause C cites "x" prohibited A fire any from 2024-06-03 until 2024-05-10', "C"),
    ):
        with pytest.raises(MandateError, match=rf"line 3.*'{name}'.*ends before it begins"):
            parse_mandate(good + item, name="t", source="t.truce")
