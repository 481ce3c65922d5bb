"""Clauses against each other: planted defects are found, and every example replays before the judge."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.replays import bare, bodies, domain_alone, random_mandate, verdicts

from truceline.mandate import parse_mandate
from truceline.mandate.check.clauses import clause_remarks
from truceline.mandate.check.evidence import evidence_remarks
from truceline.model import mandate as m
from truceline.model.catalogue import BY_ALIAS, BY_SLUG, SYSTEMS
from truceline.model.remark import Remark
from truceline.model.vocabulary import WEAPON_LEAVES

HEAD = """mandate "T" in force 2015-02-15T00:00
precision 60s 250m
party A "side A" baseline L
party B "side B" baseline L
party C "side C" baseline L not bound "it did not sign"
party D "side D" baseline L from 2016-01-01
body SMM "mission" monitors 2 by camera patrol
line L "l" left A right B
line OLD "o" left A right B until 2015-01-01
zone park "p"
zone town "t"
site store "s" verified by SMM
gate checked "the depots were checked" verified by SMM
weapons HEAVY = artillery mortar calibre >= 100mm
weapons LIGHT = artillery mortar tank calibre < 100mm
weapons GUNS = gun
weapons NONE = tank except tank
weapons TINY = grad calibre < 100mm
weapons NEITHER = tank except t_72 calibre >= 200mm
weapons AIR = air_defence disputed osa "one side says so"
objects ENERGY = refinery
dispute start "when" reading first "x" from 2015-03-01 until 2015-04-01 reading second "y" from 2015-05-01
evidence proof = 2 independent sources one of site_visit
evidence three = 3 independent sources
evidence news = 5 independent sources one of news counting media
"""
# What is planted (after HEAD), and the code, line within it and a word of the remark it must earn.
PLANTED = [
    ("CONFLICT", 1, "C2 (line 27) allows", "prohibited A fire any in park\nallowed A fire GUNS in town"),
    ("CONFLICT", 2, "C1 (line 26) requires", "required A withdraw HEAVY by 2016-01-01\nprohibited A B withdraw HEAVY"),
    ("CONFLICT", 1, "read as start=second", "prohibited A fire any during start\nallowed A fire any from 2015-05-03"),
    ("CONFLICT", 1, "C2", "prohibited A fire any unless storage\nallowed A fire any unless corridor decided by SMM"),
    ("CONFLICT", 1, "C2", "prohibited A fire any while checked\nallowed A fire any across L"),
    (
        "DEAD",
        1,
        "entry into force begins 15 Feb 2015 00:00, and OLD ends 1 Jan 2015",
        "prohibited A fire any across OLD",
    ),
    ("DEAD", 1, "party D begins 1 Jan 2016 00:00, and the clause ends", "prohibited D fire any until 2015-06-01"),
    ("DEAD", 1, "and its deadline ends 1 Jun 2015", "required D withdraw any by 2015-06-01"),
    ("DEAD", 1, "reading first begins", "prohibited A fire any across OLD during start"),
    ("DEAD", 1, "all of it is excepted (NONE says tank except tank)", "prohibited A fire NONE"),
    ("DEAD", 1, "no weapon in it has such a calibre (TINY says grad calibre < 100mm)", "prohibited A fire TINY"),
    ("DEAD", 1, "within 1 km of L and beyond 2 km of L", "prohibited A fire any within 1km of L beyond 2km of L"),
    ("DEAD", 1, "inside park and outside park", "prohibited A fire any in park outside park"),
    ("DEAD", 1, "C is not bound", "prohibited C fire any"),
    ("DEAD", 1, "all that it covers is exempted: inside store", "prohibited A fire any in store unless in store"),
    ("DEAD", 2, "C1 (line 26) overrides all", "overrides C2 allowed A fire any\nprohibited A fire GUNS in park"),
    (
        "DEAD",
        3,
        "C1 (line 26) and C2 (line 27) together override",
        "overrides C3 allowed A fire any in park\noverrides C3 allowed A fire any outside park\nprohibited A fire GUNS",
    ),
    (
        "DEAD",
        3,
        "C1 (line 26) overrides all",
        "overrides C3 allowed A fire any\noverrides C3 allowed A fire any in park\nprohibited A fire GUNS",
    ),
    (
        "DEAD",
        2,
        "C1",
        "overrides C2 allowed A fire any within 3km of L\nprohibited A fire any within 2km of L unless r",
    ),
    ("GAP", 1, "of A or B", "domain A B present any within 5km of L\nprohibited A B present any within 4km of L"),
    (
        "GAP",
        1,
        "Other weapons have holes too: 2B14 (mortar, 82 mm)",
        "domain A present HEAVY LIGHT within 9km of L\nprohibited A present HEAVY within 8km of L",
    ),
    ("GAP", 1, "osa in AIR", "domain A present AIR\nprohibited A present AIR within 8km of L"),
    ("GAP", 1, "of D", "domain D strike any on ENERGY\nallowed D strike any on ENERGY until 2016-02-01"),
    ("GAP", 1, "of A", "domain A fire any\nprohibited A fire any while checked"),
    ("CATALOGUE", -11, "T-72 (tank, 125 mm)", "prohibited A present LIGHT within 5km of L\nprohibited A present HEAVY"),
    ("CATALOGUE", -7, "T-55 (tank, 100 mm)", "prohibited A fire NEITHER\nlimited A fire TINY to 1 events per 1d"),
    ("UNPROVABLE", -3, "camera, patrol", "prohibited A fire any breach X needs proof"),
    ("UNPROVABLE", -2, "SMM 2", "prohibited A fire any breach X needs three"),
]


def written(planted: str) -> str:
    """Planted lines as items: clauses C1, C2, … or domains."""
    lines = []
    for number, line in enumerate(planted.split("\n"), 1):
        if line.startswith("domain "):
            lines.append(line.replace("domain ", "domain ALL "))
        else:
            lines.append(f'clause C{number} cites "{number}" {line}')
    return HEAD + "\n".join(lines) + "\n"


def parsed(text: str) -> m.Mandate:
    return parse_mandate(text, name="truce", source="truce.truce")


def remarks(text: str, code: str = "") -> list[Remark]:
    mandate = parsed(text)
    found = [*clause_remarks(mandate), *evidence_remarks(mandate)]
    return [remark for remark in found if not code or remark.code == code]


def line_of(number: int) -> int:
    """Planted lines count from 1 below HEAD, lines of HEAD backwards from its last (-1)."""
    last = HEAD.count("\n")
    return last + number if number > 0 else last + 1 + number


@pytest.mark.parametrize(("code", "line", "says", "planted"), PLANTED)
def test_a_planted_defect_is_found_once_with_its_code_and_line(code: str, line: int, says: str, planted: str) -> None:
    (found,) = remarks(written(planted), code)
    assert found.line == line_of(line)
    assert says in found.words
    assert found.suggestion
    assert bool(found.event) == (code not in ("DEAD", "UNPROVABLE"))


# What takes the override away leaves the first clause pending: it surely holds of nothing, and possibly of something.
TWO_DECIDERS = """prohibited A fly any unless r decided by B
overrides C1 allowed A fly any unless r decided by SMM
allowed A fly any"""
WHOLE = [
    "prohibited A B present HEAVY within 5km of L",
    "prohibited A fire any in park\nallowed A fire any outside park",
    "prohibited A fire any\nallowed B fire any",
    "prohibited A fire any in park\noverrides C1 allowed A fire any within 5km of L",
    "prohibited A fire any during start\nallowed A fire any from 2015-04-01 until 2015-05-01",
    "prohibited A fire any\nallowed A fire any during start\nallowed A move any",  # the readings never hold together
    "domain A B present any\nprohibited A B present any in park\nallowed A B present any outside park unless storage",
    "prohibited A fire AIR\nallowed A fire NEITHER",
    "prohibited A fire any breach X needs news",
    "overrides C2 allowed A fire any unless r\nprohibited A fire GUNS",  # an entry takes the override away
    TWO_DECIDERS,
]


@pytest.mark.parametrize("planted", WHOLE)
def test_a_text_without_the_defect_gets_no_remark(planted: str) -> None:
    expected = {"CONFLICT"} if planted == WHOLE[5] else set()
    found = {remark.code for remark in remarks(written(planted))} - {"CATALOGUE"}
    assert found - expected == set()


def test_two_clauses_conflict_where_every_reading_of_the_second_holds_and_only_there() -> None:
    text = "prohibited A fire any until 2015-05-01\nallowed A fire any during start"
    assert not remarks(written(text), "CONFLICT")
    overlapping = written(text).replace("until 2015-04-01", "until 2015-06-01").replace("until 2015-05-01", "")
    (found,) = remarks(overlapping, "CONFLICT")
    assert "2015-05-0" in dict(found.event)["time"]


@pytest.mark.parametrize("planted", [each[3] for each in PLANTED if each[0] in ("CONFLICT", "GAP", "CATALOGUE")])
def test_the_examples_of_planted_defects_replay_at_the_texts_own_precision(planted: str) -> None:
    replayed(parsed(written(planted)))


def replayed(mandate: m.Mandate) -> set[str]:
    """Codes of the remarks whose examples were judged, each as it must be."""
    codes = set()
    for remark in clause_remarks(mandate):
        codes.add(remark.code)
        if remark.code == "CONFLICT":
            clause = remark.subject.removeprefix("clause ")
            found = [each for each in verdicts(mandate, remark.event) if each["clause"] == clause]
            assert ("undetermined", "conflict") in [(each["verdict"], each["reason"]) for each in found], remark
        elif remark.code == "GAP":
            domain = next(each for each in mandate.domains if f"domain {each.name}" == remark.subject)
            assert [each["verdict"] for each in verdicts(domain_alone(mandate, domain), remark.event)] == ["breach"]
            found = [each for each in verdicts(bodies(mandate), remark.event) if not read_otherwise(each, remark)]
            assert {each["verdict"] for each in found} <= {"no_breach"}, remark
        elif remark.code == "CATALOGUE":
            assert not verdicts(mandate, remark.event), remark
    return codes


def read_otherwise(finding: dict[str, object], remark: Remark) -> bool:
    """Whether a finding is of a reading that the remark does not speak of: it reads the same dispute in another way."""
    read = dict(each.split("=") for each in re.findall(r"\w+=\w+", remark.words.partition(" no clause")[0]))
    dispute, _, reading = str(finding["reading"]).partition("=")
    return read.get(dispute, reading) != reading


@budget(12)
@given(st.integers(0, 2**48))
def test_every_example_replays_before_the_judge(seed: int) -> None:
    replayed(bare(random_mandate(seed)))


def test_random_mandates_earn_every_code_often_enough_to_mean_something() -> None:
    found = [remark.code for seed in range(25) for remark in clause_remarks(random_mandate(seed))]
    assert all(found.count(code) >= 3 for code in ("CONFLICT", "DEAD", "GAP", "CATALOGUE")), found


@budget(10)
@given(st.integers(0, 2**48), st.randoms(use_true_random=False))
def test_the_order_of_clauses_means_nothing(seed: int, chance: object) -> None:
    mandate = random_mandate(seed)
    shuffled = list(mandate.clauses)
    chance.shuffle(shuffled)
    one, other = (
        {(each.code, each.subject, each.words, each.event) for each in clause_remarks(clauses)}
        for clauses in (mandate, replace(mandate, clauses=tuple(shuffled)))
    )
    assert one == other


def test_a_text_too_large_for_an_exact_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truceline.terms.boxes.BOXES_MAX", 3)
    monkeypatch.setattr("truceline.terms.boxes.less.__kwdefaults__", {"most": 3})
    planted = "domain A fire any\n" + "\n".join(
        f"prohibited A fire any within {n}km of L in {zone} from 2015-0{n}-01"
        for n in (3, 4, 5)
        for zone in ("park", "town")
    )
    (found,) = remarks(written(planted), "GAP")
    assert "could not be decided" in found.words
    assert "3 pieces" in found.words


def test_a_standard_that_counts_more_than_monitors_is_left_alone() -> None:
    nobody = HEAD.replace(" monitors 2 by camera patrol", "")
    clause = 'clause C1 cites "1" prohibited A fire any breach X needs {}\n'
    assert [each.code for each in evidence_remarks(parsed(nobody + clause.format("three")))] == ["UNPROVABLE"]
    assert not list(evidence_remarks(parsed(nobody + clause.format("news"))))
    unsaid = HEAD.replace(" monitors 2 by camera patrol", " monitors")
    assert not list(evidence_remarks(parsed(unsaid + clause.format("three"))))
    assert not list(evidence_remarks(parsed(HEAD + clause.format("news"))))
    assert not list(evidence_remarks(parsed(HEAD)))


def test_the_catalogue_names_each_system_once_with_a_leaf_class() -> None:
    assert len(BY_SLUG) == len(SYSTEMS) >= 150
    assert len(BY_ALIAS) == len({name.casefold() for each in SYSTEMS for name in (each.slug, *each.aliases)})
    for system in SYSTEMS:
        assert system.weapon_class in WEAPON_LEAVES, system
        assert system.aliases, system
        assert all(BY_ALIAS[name.casefold()] == system for name in (system.slug, *system.aliases)), system
        assert 0 <= system.calibre_mm < 1_000, system
        assert 0 <= system.range_m <= 5_000_000, system
    assert (BY_SLUG["grad"].calibre_mm, BY_SLUG["grad"].range_m) == (122, 20_400)
    assert {each.weapon_class for each in SYSTEMS} >= {*WEAPON_LEAVES} - {"balloon", "personnel"}


# --- readings, precision, large registers -------------------------------------------------------------------

LATE_READINGS = HEAD.replace(
    'reading first "x" from 2015-03-01 until 2015-04-01 reading second "y" from 2015-05-01',
    'reading first "x" from 2015-02-20 reading second "y" from 2015-03-20',
)


def test_a_gap_under_one_reading_is_found_and_says_which() -> None:
    planted = "prohibited A fire any until 2015-02-20\ndomain A fire any\nprohibited A fire any during start"
    text = LATE_READINGS + written(planted).removeprefix(HEAD)
    (found,) = remarks(text, "GAP")
    assert "ruled, and, read as start=second, no clause says" in found.words
    assert "2015-02-20" < dict(found.event)["time"] < "2015-03-20"
    assert replayed(parsed(text)) == {"GAP"}
    assert not remarks(text.replace("from 2015-03-20", "from 2015-02-19"), "GAP")


def test_a_gap_that_only_two_readings_together_leave_is_found_and_needs_both() -> None:
    planted = "prohibited A fire any during start\ndomain A fire any from 2015-03-01 until 2015-04-01\n"
    planted += "prohibited A fire any during other"
    other = 'dispute other "which" reading yes "x" from 2015-03-20 reading no "y" from 2015-03-01\n'
    text = LATE_READINGS + other + written(planted).removeprefix(HEAD)
    (found,) = remarks(text, "GAP")
    assert "read as start=second and other=yes," in found.words or "read as other=yes and start=second," in found.words
    assert not remarks(text.replace('"x" from 2015-03-20 reading no', '"x" from 2015-02-20 reading no'), "GAP")


def test_readings_beyond_the_bound_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = "prohibited A fire any until 2015-02-20\ndomain A fire any\nprohibited A fire any during start"
    text = LATE_READINGS + written(planted).removeprefix(HEAD)
    monkeypatch.setattr("truceline.mandate.check.clauses.COMBINATIONS_MAX", 1)
    assert not remarks(text, "GAP")


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("within 100m of L", "within 100 m of L: the text counts places to 250 m at best"),
        ("within 249m of L", "within 249 m of L: "),
        ("within 250m of L", ""),
        ("within 1km of L beyond 501m of L", "within 1 km of L and beyond 501 m of L"),
        ("within 1km of L beyond 400m of L", ""),
        ("within 300m of park outside park", "at best"),
        ("across L", ""),
        ("beyond 10m of L", ""),
        ("in park", ""),
        ("from 2015-03-01T00:00 until 2015-03-01T00:02", "the text counts times to 1 minute at best"),
        ("from 2015-03-01T00:00 until 2015-03-01T00:03", ""),
    ],
)
def test_a_condition_narrower_than_the_texts_own_precision_can_never_surely_hold(where: str, says: str) -> None:
    text = written(f"prohibited A fire any {where}")
    found = remarks(text, "UNPROVABLE")
    assert len(found) == bool(says)
    assert all(says in each.words and each.subject == "clause C1" and each.line == line_of(1) for each in found)
    assert not remarks(text.replace("precision 60s 250m\n", ""), "UNPROVABLE")


@pytest.mark.parametrize(("far_m", "verdict"), [(249, "undetermined"), (250, "breach")])
def test_the_judge_agrees_where_the_precision_allows_proof(far_m: int, verdict: str) -> None:
    mandate = parsed(written(f"prohibited A fire any within {far_m}m of L"))
    row = (("time", "2015-03-01T00:00:00Z"), ("party", "A"), ("act", "fire"))
    row += (("distance:L", "0 m"), ("side:L", "left"))
    assert [each["verdict"] for each in verdicts(mandate, row)] == [verdict]
    assert bool(remarks(written(f"prohibited A fire any within {far_m}m of L"), "UNPROVABLE")) == (verdict != "breach")


@pytest.mark.parametrize(("until", "brief"), [("00:02", True), ("00:03", False)])
def test_a_conflict_too_short_for_the_precision_says_that_it_can_only_be_possible(until: str, brief: bool) -> None:
    planted = f"prohibited A fire any until 2015-03-01T{until}\nallowed A fire any from 2015-03-01T00:00"
    (found,) = remarks(written(planted), "CONFLICT")
    assert ("it can only be possible" in found.words) == brief
    (bare_one,) = remarks(written(planted).replace("precision 60s 250m\n", ""), "CONFLICT")
    assert "it can only be possible" not in bare_one.words


@pytest.mark.parametrize("kinds", [6, 7])
def test_more_entries_than_are_looked_at_in_every_way_are_said(kinds: int) -> None:
    deciders = "".join(f'body X{number} "x"\n' for number in range(kinds))
    clauses = [
        f'clause C{number} cites "1" prohibited A fire any unless r decided by X{number}\n' for number in range(kinds)
    ]
    text = HEAD + deciders + "".join(clauses) + 'clause Z cites "1" allowed A fire any\n'
    found = remarks(text, "CONFLICT")
    assert len(found) == kinds
    assert all(("may stand in r, only one alone or all" in each.words) == (kinds > 6) for each in found)
