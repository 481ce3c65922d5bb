"""What the checker says of responses: the design's faulty example, planted faults, golden locks, second opinions."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.protocols import Plays, Position, TooManyError, random_mandate, smallest_coalitions

from truceline.base.errors import MandateError
from truceline.mandate import parse_mandate
from truceline.mandate.check.responses.blocking import FACTS, Setting, blockers, settings
from truceline.mandate.check.responses.deadlines import first_too_many, span, worst_case_s
from truceline.mandate.check.responses.protocols import protocol_remarks
from truceline.model import mandate as m
from truceline.model.remark import Move, Remark
from truceline.terms.protocol import Case, advance, follow, moves, opened, protocol_of

H = 3_600
FAULTY = """mandate "Package of Measures 12 Feb 2015, with monitored addendum (draft 3)" in force 2015-02-15T00:00
party UAF "the Ukrainian Armed Forces" baseline defacto
party AFC "the armed formations" baseline sep19
body SMM "the Special Monitoring Mission" monitors
body JCCC "the Joint Centre" members UAF AFC
attribution SMM panel 2 of 3 within 24h otherwise not_attributed
line defacto "geo/defacto.geojson" from 2015-02-15
line sep19 "geo/2014-09-19.geojson" from 2014-09-19
weapons HEAVY = artillery mortar calibre >= 100mm
clause C2a cites "para 2" prohibited UAF AFC present HEAVY within 25km of baseline
  breach HEAVY_IN_ZONE respond WITHDRAW
response WITHDRAW deadline 168h
  step tell   SMM informs violator JCCC within 2h            done ack    late ack
  step ack    violator replies within 12h                    done visit  refused coord  late coord
  step visit  SMM visits within 24h takes 6h consent violator done pull  refused coord  late coord
  step pull   violator withdraws within 72h takes 12h        done close  refused coord  late coord
  step coord  JCCC decides all of UAF AFC within 48h         done pull   refused refer  late refer   at most 2 times
  end close remedied
  end refer impasse "guarantors informed, no further step agreed"
"""
CLEAN = """mandate "T" in force 2025-01-01T00:00
party UAF "the Ukrainian Armed Forces"
party AFC "the armed formations"
body SMM "the Special Monitoring Mission" monitors
body M1 "the first member"
body M2 "the second member"
body M3 "the third member"
body PANEL "the Review Panel" members M1 M2 M3 quorum 2
body JCCC "the Joint Centre" members UAF AFC
attribution SMM panel 2 of 3 within 24h
clause C1 cites "1" prohibited UAF AFC fire any breach FIRE respond WITHDRAW
response WITHDRAW deadline 434h not_attributed review
  step tell SMM informs violator JCCC within 2h done visit refused visit late visit
  step visit SMM visits within 24h takes 6h substantiated pull not_substantiated clear \
inconclusive review refused review late review
  step pull violator withdraws within 72h takes 12h confirmed by SMM done close refused coord late coord
  step coord JCCC decides all of UAF AFC within 48h done pull refused review late review at most 2 times \
exhausted review
  step review PANEL decides within 96h takes 10h done settled refused refer late refer
  end close remedied
  end clear unfounded
  end settled answered
  end refer impasse "guarantors informed"
"""


def mandate_of(text: str) -> m.Mandate:
    return parse_mandate(text, name="t", source="t.truce")


def remarks(text: str) -> list[Remark]:
    found = sorted(protocol_remarks(mandate_of(text)), key=lambda each: (each.line, each.code, each.words))
    for each in found:
        assert each.suggestion
        assert each.words.endswith(".")
    return found


def told(text: str) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in remarks(text)]


def with_code(text: str, code: str) -> list[Remark]:
    return [each for each in remarks(text) if each.code == code]


def places(schedule: tuple[Move, ...]) -> list[tuple[str, str, int]]:
    return [(move.step, move.result, move.at_s // H) for move in schedule]


# --- the design's own example -------------------------------------------------------------------------------


def test_the_faulty_example_of_the_design_has_exactly_these_findings() -> None:
    found = [(each.line, each.code, each.words) for each in remarks(FAULTY)]
    lock = (
        "it refuses to reply [ack]; JCCC cannot decide without the vote of {0} [coord]; "
        "the matter then ends in impasse: guarantors informed, no further step agreed."
    )
    longest = "tell > ack > visit > pull > coord > pull > coord > pull > close"
    assert found == [
        (12, "BLOCK", "WITHDRAW, violator AFC: AFC alone can prevent every answer: " + lock.format("AFC")),
        (12, "BLOCK", "WITHDRAW, violator UAF: UAF alone can prevent every answer: " + lock.format("UAF")),
        (
            12,
            "BLOCKERS",
            (
                "WITHDRAW, whoever is violator: SMM alone can prevent every answer: it refuses to "
                "inform [tell]; the text does not say what follows then."
            ),
        ),
        (
            12,
            "DEADLINE",
            f"WITHDRAW must end within 168 h, and with every step in its own time it can still last 372 h: {longest}.",
        ),
        (
            12,
            "UNATTRIBUTED",
            (
                "WITHDRAW needs violator or victim in ack, visit, pull, and does not say what follows when nothing is "
                "attributed."
            ),
        ),
        (
            12,
            "WORST-CASE",
            (
                f"WITHDRAW lasts at most 372 h ({longest}); the soonest answer comes after 12 h "
                "(tell > ack > coord > pull > close)."
            ),
        ),
        (13, "UNDEFINED", "WITHDRAW.tell: the text does not say what follows when the step ends refused."),
        (16, "UNDEFINED", "WITHDRAW.pull: nobody confirms what the violator reports of itself."),
        (17, "UNDEFINED", "WITHDRAW.coord: the text does not say what follows when the step ends exhausted."),
    ]


def test_the_corrected_version_passes_and_says_how_long_it_takes_and_who_can_still_prevent_an_answer() -> None:
    assert [(each.line, each.code, each.severity) for each in remarks(CLEAN)] == [
        (12, "BLOCKERS", "note"),
        (12, "WORST-CASE", "note"),
    ]
    blocking, worst = remarks(CLEAN)
    assert blocking.words == (
        "WITHDRAW, whoever is violator: each of these can prevent every answer: M1 with M2; M1 with M3; M2 with M3. "
        "The first: the visit [visit] ends inconclusive; PANEL, of which they are members, cannot decide without "
        "M1 and M2 [review]; the matter then ends in impasse: guarantors informed."
    )
    assert worst.words.startswith("WITHDRAW lasts at most 434 h (tell > visit > pull > coord > pull > coord > pull >")


# --- the golden lock ----------------------------------------------------------------------------------------

LOCK = """mandate "T" in force 2025-01-01T00:00
party UAF "the Ukrainian Armed Forces"
party AFC "the armed formations"
body SMM "the mission"
body PANEL "the panel"
attribution SMM panel 2 of 3 within 24h
clause C1 cites "1" prohibited UAF AFC fire any breach FIRE respond LOCK
response LOCK deadline 200h not_attributed hear
  step look SMM visits within 24h consent violator substantiated mend not_substantiated clear inconclusive hear
    refused hear late hear
  step mend SMM repairs within 24h consent violator done close refused hear late hear
  step hear PANEL decides within 24h consent violator done settled refused refer late refer
  end close remedied
  end clear unfounded
  end settled answered
  end refer impasse
"""


def test_veto_lock_where_the_accused_must_consent_to_every_step_each_accused_is_named() -> None:
    text = LOCK.replace("not_attributed hear", "not_attributed refer")
    found = with_code(text, "BLOCK")
    assert [each.words for each in found] == [
        f"LOCK, violator {name}: {name} alone can prevent every answer: it refuses consent to the visit [look]; it "
        "refuses consent to the decision [hear]; the matter then ends in impasse."
        for name in ("AFC", "UAF")
    ]
    assert {each.suggestion for each in found} == {
        (
            "Take consent violator out of step hear, or let refused and late of step hear lead to a step that needs no "
            "such consent."
        )
    }
    assert [move.who for move in found[0].schedule] == ["SMM", "AFC", "AFC"]


def test_veto_lock_without_the_consent_nobody_of_the_parties_can_prevent_an_answer() -> None:
    text = LOCK.replace(" consent violator", "")
    assert with_code(text, "BLOCK") == []
    (others,) = with_code(text, "BLOCKERS")
    assert "PANEL alone can prevent every answer: " in others.words


def test_a_step_without_a_time_leaves_no_bound_and_lets_its_actor_wait_for_ever() -> None:
    text = CLEAN.replace("within 96h takes 10h done settled refused refer late refer", "done settled refused settled")
    mandate = mandate_of(text)
    assert worst_case_s(mandate, mandate.responses[0]) is None
    (worst,) = with_code(text, "WORST-CASE")
    assert worst.words.startswith("There is no bound on how long WITHDRAW can last")
    (others,) = with_code(text, "BLOCKERS")
    assert "M1 and M2" in others.words
    assert with_code(text, "DEADLINE") == []


VOTED = """mandate "T" in force 2025-01-01T00:00
party A "a"
party B "b"
party C "c"
body M "the mission" monitors
body J "the joint centre" members A B C quorum 2 veto C
attribution M panel 2 of 3 within 24h
clause C1 cites "1" prohibited A B fire any breach FIRE respond R
response R deadline 200h not_attributed x
  step s {actor} {action} {votes} within 50h {confirmed} done x refused h late h
  end x remedied
  end h impasse
"""


def blocked(**parts: str) -> dict[str, set[tuple[str, ...]]]:
    """Violator -> the smallest coalitions."""
    mandate = mandate_of(VOTED.format(**parts))
    found: dict[str, set[tuple[str, ...]]] = {}
    for each in blockers(mandate, mandate.responses[0]):
        found.setdefault(each.setting.violator, set()).add(each.coalition)
    return found


def test_votes_that_a_step_names_do_not_replace_an_actor_without_members() -> None:
    parts = {"actor": "violator", "action": "withdraws", "votes": "all of M", "confirmed": "confirmed by M"}
    assert blocked(**parts) == {"A": {("A",), ("M",)}, "B": {("B",), ("M",)}}
    found = with_code(VOTED.format(**parts), "BLOCK")
    assert [each.words for each in found] == [
        f"R, violator {name}: {name} alone can prevent every answer: it refuses to withdraw [s]; the matter then ends "
        "in impasse."
        for name in "AB"
    ]
    assert {each.suggestion for each in found} == {
        "Let refused and late of step s lead to a step that others can carry out."
    }
    plain = {"actor": "M", "action": "decides", "confirmed": ""}
    assert blocked(**plain, votes="2 of A B C")[""] == {("M",), ("A", "B"), ("A", "C"), ("B", "C")}
    assert blocked(**plain | {"actor": "J"}, votes="1 of A B")[""] == {("C",), ("A", "B")}  # C by its veto


def test_an_actor_without_members_must_go_along_with_what_its_voters_find() -> None:
    results = "substantiated x not_substantiated h inconclusive x"
    text = VOTED.format(actor="M", action="decides", votes="1 of A B", confirmed="").replace("done x", results)
    text = text.replace("refused h late h", "refused x late x").replace(" not_attributed x", "")
    mandate = mandate_of(text)
    assert {each.coalition for each in blockers(mandate, mandate.responses[0])} == {("A", "M"), ("B", "M")}


def test_that_no_small_coalition_can_prevent_an_answer_is_said() -> None:
    text = VOTED.replace("quorum 2 veto C", "").format(actor="M", action="visits", votes="", confirmed="")
    assert "no coalition" in with_code(text.replace("refused h late h", "refused x late x"), "BLOCKERS")[0].words
    bodies = "".join(f'body N{n} "n"\n' for n in range(4))
    names = "N0 N1 N2 N3"
    text = text.replace("attribution", f'{bodies}body K "k" members {names} quorum 1\nattribution')
    (found,) = with_code(text.replace("s M visits", "s K visits"), "BLOCKERS")
    assert found.words == ("R: no coalition of up to three can prevent every answer; larger ones were not looked for.")
    (found,) = with_code(text.replace("s M visits", "s K visits").replace("quorum 1", "quorum 2"), "BLOCKERS")
    assert "N0 with N1 with N2" in found.words


def test_what_nothing_can_answer_is_not_told_of_findings_where_nothing_is_found_out() -> None:
    text = VOTED.format(actor="M", action="visits", votes="", confirmed="")
    text = text.replace("done x", "substantiated h not_substantiated h inconclusive h").replace(
        "within 50h", "within 50h takes 60h"
    )
    (found,) = with_code(text, "BLOCK")
    assert "where everything" not in found.words
    assert "can never be done in time [s]" in found.words or "[s] can never be done in time" in found.words


def test_who_can_prevent_an_answer_is_not_worked_out_beyond_a_bound_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mandate = mandate_of(CLEAN)
    monkeypatch.setattr("truceline.mandate.check.responses.blocking.MOST_JUDGED", 20)
    (found,) = with_code(CLEAN, "BLOCK")
    assert "could not be worked out" in found.words
    assert "positions for each of 2 ways" in found.words
    with pytest.raises(MandateError, match="more than 20 together"):
        blockers(mandate, mandate.responses[0])
    assert [each.code for each in remarks(CLEAN)] == ["BLOCK", "WORST-CASE"]


# --- planted faults -----------------------------------------------------------------------------------------

Change = Callable[[str], str]


def changed(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new)


PLANTED: dict[str, tuple[Change, int, str, str]] = {
    "no time for a step": (
        changed("within 96h takes 10h done settled refused refer late refer", "done settled refused refer"),
        12,
        "NO-TERM",
        "by when review must be done",
    ),
    "no time for the whole": (changed(" deadline 434h", ""), 12, "NO-TERM", "by when it must have ended."),
    "no exit refused": (changed("done visit refused visit late", "done visit late"), 13, "UNDEFINED", "ends refused."),
    "no exit late": (
        changed("refused review late review\n  step pull", "refused review\n  step pull"),
        14,
        "UNDEFINED",
        "ends late.",
    ),
    "no exit done": (
        changed("decides within 96h takes 10h done settled", "decides within 96h takes 10h"),
        17,
        "UNDEFINED",
        "ends done.",
    ),
    "a result left out": (changed(" inconclusive review", ""), 14, "UNDEFINED", "ends inconclusive."),
    "two results left out": (
        changed(" not_substantiated clear inconclusive review", ""),
        14,
        "UNDEFINED",
        "ends not substantiated or inconclusive.",
    ),
    "a bound that leads nowhere": (changed(" exhausted review", ""), 16, "UNDEFINED", "ends exhausted."),
    "nobody confirms a withdrawal": (changed(" confirmed by SMM", ""), 15, "UNDEFINED", "reports of itself."),
    "nobody confirms a repair": (
        changed("withdraws within 72h takes 12h confirmed by SMM", "repairs within 72h takes 12h"),
        15,
        "UNDEFINED",
        "reports of itself.",
    ),
    "nobody confirms a suspension": (
        changed("withdraws within 72h takes 12h confirmed by SMM", "suspends within 72h takes 12h"),
        15,
        "UNDEFINED",
        "reports of itself.",
    ),
    "a step nothing leads to": (
        changed(
            "  end close", "  step aside SMM informs AFC within 1h done close refused close late close\n  end close"
        ),
        18,
        "UNREACHABLE",
        "leads to this step.",
    ),
    "an end nothing leads to": (
        changed("not_substantiated clear", "not_substantiated review"),
        19,
        "UNREACHABLE",
        "this end.",
    ),
    "a response nothing leads to": (changed(" respond WITHDRAW", ""), 12, "UNREACHABLE", "no breach of any clause"),
    "nothing said while nobody is named": (
        changed(" not_attributed review", ""),
        12,
        "UNATTRIBUTED",
        "in pull, and does not",
    ),
    "nobody attributes, and it ends so": (
        lambda text: text.replace("attribution SMM", "# ").replace("not_attributed review", "not_attributed refer"),
        12,
        "UNATTRIBUTED",
        "names nobody who attributes",
    ),
    "no rule for the votes of the panel": (changed(" quorum 2", ""), 8, "NO-QUORUM", "3 members"),
    "no rule for the votes of a confirmer": (
        changed("confirmed by SMM", "confirmed by JCCC"),
        9,
        "NO-QUORUM",
        "WITHDRAW.pull",
    ),
    "a loop without a bound": (changed(" at most 2 times exhausted review", ""), 15, "ENDLESS", "nothing ends this."),
    "a step that leads to itself": (
        changed("done settled refused refer", "done settled refused review"),
        17,
        "ENDLESS",
        "[review]",
    ),
    "a withdrawal longer than its term": (
        changed("within 72h takes 12h", "within 11h takes 12h"),
        15,
        "DEADLINE",
        "never be done",
    ),
    "a deadline that the longest course breaks": (changed("deadline 434h", "deadline 433h"), 12, "DEADLINE", "434 h"),
    "a deadline that nobody can keep": (changed("deadline 434h", "deadline 5h"), 12, "DEADLINE", "soonest answer"),
    "waiting that breaks the deadline": (changed("within 24h\n", "within 27h\n"), 12, "DEADLINE", "435 h"),
    "a party in the panel must agree": (
        lambda text: text.replace("members M1 M2 M3 quorum 2", "members M1 M2 AFC quorum all"),
        12,
        "BLOCK",
        "AFC alone can prevent every answer",
    ),
    "a veto in the panel": (
        changed("quorum 2", "quorum 2 veto UAF"),
        12,
        "BLOCK",
        "UAF alone can prevent every answer",
    ),
    "a veto in the panel, in words": (
        changed("quorum 2", "quorum 2 veto UAF"),
        12,
        "BLOCK",
        "it objects in PANEL [review]",
    ),
    "a veto in the step": (
        changed("decides within 96h takes 10h", "decides within 96h takes 10h veto AFC"),
        12,
        "BLOCK",
        "it objects to the decision [review]",
    ),
    "both parties are needed": (
        lambda text: text.replace("members M1 M2 M3", "members M1 AFC UAF").replace(
            "M1 AFC UAF quorum 2", "M1 AFC UAF quorum 2"
        ),
        12,
        "BLOCK",
        "UAF and AFC together can prevent every answer",
    ),
    "a member under a party": (
        lambda text: text.replace('"the first member"', '"the first member" under UAF').replace(
            "quorum 2", "quorum all"
        ),
        12,
        "BLOCK",
        "UAF alone can prevent every answer",
    ),
    "a party above the panel's member decides": (
        lambda text: text.replace('"the armed formations"', '"the armed formations" under M1').replace(
            "quorum 2", "quorum all"
        ),
        12,
        "BLOCK",
        "M1 alone can prevent every answer",
    ),
    "no answer is reached": (
        lambda text: (
            text.replace("done close", "done refer")
            .replace("substantiated clear", "substantiated refer")
            .replace("done settled", "done refer")
        ),
        12,
        "BLOCK",
        "no answer is reached",
    ),
    "an inconclusive visit ends the matter": (
        changed("inconclusive review", "inconclusive refer"),
        12,
        "INCONCLUSIVE",
        "[visit] ends inconclusive",
    ),
    "a body alone can end the matter": (
        changed("members M1 M2 M3 quorum 2", ""),
        12,
        "BLOCKERS",
        "PANEL alone can prevent every answer",
    ),
    "handed over to somebody outside": (
        changed(
            'end refer impasse "guarantors informed"',
            'end refer handed_over to M3 within 72h consent UAF AFC "the council"',
        ),
        12,
        "BLOCKERS",
        "handed over to M3, within 72 h, with the consent of UAF and AFC: the council.",
    ),
    "too few teams": (changed('Mission" monitors', 'Mission" monitors teams 3'), 14, "CAPACITY", "from 13 cases"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_at_its_line(fault: str) -> None:
    change, line, code, words = PLANTED[fault]
    assert change(CLEAN) != CLEAN
    found = [(each.line, each.code) for each in remarks(change(CLEAN))]
    assert (line, code) in found
    assert any(words in each.words for each in with_code(change(CLEAN), code) if each.line == line)
    assert not any(words in each.words for each in with_code(CLEAN, code))


def test_every_code_of_responses_has_a_planted_fault() -> None:
    found = {code for _, _, code, _ in PLANTED.values()}
    assert {each.code for change, *_ in PLANTED.values() for each in remarks(change(CLEAN))} == {*found, "WORST-CASE"}
    assert len(PLANTED) >= 24


def test_two_steps_without_exits_are_two_remarks_and_two_rounds_are_two() -> None:
    text = CLEAN.replace(" at most 2 times exhausted review", "").replace(
        "done settled refused refer", "done settled refused review"
    )
    assert [each.line for each in with_code(text, "ENDLESS")] == [15, 17]
    text = CLEAN.replace("done visit refused visit late visit", "done visit").replace(" exhausted review", "")
    assert [each.line for each in with_code(text, "UNDEFINED")] == [13, 16]


# --- what each remark shows can be replayed -----------------------------------------------------------------


def shown(mandate: m.Mandate, remark: Remark) -> Case:
    """Where a case stands after a remark's schedule."""
    (response,) = mandate.responses
    return follow(protocol_of(mandate, response), remark.schedule)


def passed(mandate: m.Mandate, remark: Remark) -> list[tuple[str, tuple[int, ...], bool | None]]:
    protocol, case = protocol_of(mandate, mandate.responses[0]), opened(protocol_of(mandate, mandate.responses[0]))
    stood = [(case.place, case.arrivals, case.attributed)]
    for move in remark.schedule:
        case = advance(protocol, case, move)
        stood.append((case.place, case.arrivals, case.attributed))
    return stood


def answered(mandate: m.Mandate, place: str) -> bool:
    return any(end.name == place and end.kind in m.ANSWERED for end in mandate.responses[0].ends)


def check_replay(mandate: m.Mandate, remark: Remark) -> None:
    """The schedule of one remark shows what its code says."""
    if remark.code == "UNDEFINED" and "does not say" in remark.words and remark.schedule:
        assert shown(mandate, remark).place == ""
        assert remark.subject.endswith(f"step {remark.schedule[-1].step}")
    if remark.code == "UNATTRIBUTED":
        assert "not_attributed" in [move.result for move in remark.schedule]
        assert not answered(mandate, shown(mandate, remark).place)
    if remark.code == "ENDLESS":
        stood = passed(mandate, remark)
        assert stood[-1] in stood[:-1]
    if remark.code == "DEADLINE" and remark.schedule:
        assert remark.schedule[-1].at_s > mandate.responses[0].deadline_s
    if remark.code in ("BLOCK", "BLOCKERS", "INCONCLUSIVE") and "no coalition" not in remark.words:
        stood = passed(mandate, remark)
        last = stood[-1][0]
        assert not answered(mandate, last)
        assert stood[-1] in stood[:-1] or last not in {step.name for step in mandate.responses[0].steps}
    if remark.code == "WORST-CASE" and remark.schedule:
        assert remark.schedule[-1].at_s == worst_case_s(mandate, mandate.responses[0])
        assert not moves(protocol_of(mandate, mandate.responses[0]), shown(mandate, remark))


@budget(120)
@given(st.integers(0, 2**32))
def test_every_schedule_shows_what_its_remark_says(seed: int) -> None:
    mandate = random_mandate(seed)
    for remark in protocol_remarks(mandate):
        check_replay(mandate, remark)


# --- property 6: what passes never stops undefined, and ends in time ----------------------------------------


def at_random(mandate: m.Mandate, chance: random.Random, most: int = 200) -> tuple[list[Move], Case]:
    """One course of events, each at any moment it may happen."""
    protocol, played = protocol_of(mandate, mandate.responses[0]), list[Move]()
    case = opened(protocol)
    while (able := moves(protocol, case)) and len(played) < most:
        window = chance.choice(able)
        played.append(Move(step=case.place, result=window.result, at_s=chance.randint(window.from_s, window.until_s)))
        case = advance(protocol, case, played[-1])
    return played, case


@budget(100)
@given(st.integers(0, 2**32))
def test_a_response_that_passes_never_stops_undefined_and_ends_within_its_worst_case(seed: int) -> None:
    chance = random.Random(seed)
    mandate = random_mandate(seed, tidy=chance.random() < 0.7)
    found = list(protocol_remarks(mandate))
    gaps = {remark.subject.rpartition(" ")[2] for remark in found if remark.code == "UNDEFINED"}
    endless = any(remark.code == "ENDLESS" for remark in found)
    unattributed = any(remark.code == "UNATTRIBUTED" for remark in found)
    worst_s = worst_case_s(mandate, mandate.responses[0])
    assert (worst_s is None) == endless
    for _ in range(10):
        played, case = at_random(mandate, chance)
        if case.place == "":
            last = played[-1]
            assert unattributed if last.result == "not_attributed" else last.step in gaps
        elif not endless:
            assert case.place in {end.name for end in mandate.responses[0].ends}
        if worst_s is not None:
            assert played[-1].at_s <= worst_s


# --- second opinions ----------------------------------------------------------------------------------------


@budget(80)
@given(st.integers(0, 2**32))
def test_the_longest_course_and_endless_rounds_agree_with_every_course_played(seed: int) -> None:
    mandate = random_mandate(seed)
    try:
        longest_s = Plays(mandate).longest_s()
    except TooManyError:
        return
    assert worst_case_s(mandate, mandate.responses[0]) == longest_s
    assert any(remark.code == "ENDLESS" for remark in protocol_remarks(mandate)) == (longest_s is None)


@budget(80)
@given(st.integers(0, 2**32))
def test_who_can_prevent_every_answer_agrees_with_every_coalition_and_choice_played(seed: int) -> None:
    mandate = random_mandate(seed)
    (response,) = mandate.responses
    ours: dict[Setting, tuple[tuple[str, ...], set[frozenset[str]]]] = {}
    for each in blockers(mandate, response):
        ours.setdefault(each.setting, (each.facts, set()))[1].add(frozenset(each.coalition))
    branching = any(found.result in m.RESULTS for step in response.steps for found in step.exits)
    plays = Plays(mandate)
    for setting in settings(mandate, protocol_of(mandate, response)):
        for facts in FACTS if branching else (m.RESULTS,):
            try:
                theirs = smallest_coalitions(plays, setting.roles, facts, setting.attributing)
            except TooManyError:
                return
            if theirs != {frozenset()}:
                break
        assert ours.get(setting, (facts, set())) == (facts, theirs)


@pytest.mark.parametrize("teams", [1, 2, 3])
@pytest.mark.parametrize("takes_s", [1, 2, 3])
@pytest.mark.parametrize("within_s", [3, 4, 6])
def test_capacity_agrees_with_every_way_to_share_the_cases_among_the_teams(
    teams: int, takes_s: int, within_s: int
) -> None:
    step = m.Step(name="s", actor="B", action="visits", within_s=within_s, takes_s=takes_s)
    cases = 1
    while cases <= 7 and any(
        max(Counter(shared).values()) * takes_s <= within_s for shared in product(range(teams), repeat=cases)
    ):
        cases += 1
    if cases <= 7:
        assert first_too_many(teams, step.within_s // step.takes_s) == cases
    else:
        assert first_too_many(teams, step.within_s // step.takes_s) > 7


def answers_s(plays: Plays, position: Position, at_s: int) -> list[int]:
    """When each course that ends in an answer does, everybody acting at once."""
    found = [at_s] if answered(plays.mandate, position[0]) else []
    for _, after, window in plays.onward(position):
        found += answers_s(plays, after, window(at_s)[0])
    return found


def test_the_soonest_answer_is_the_least_of_all_courses_played() -> None:
    for seed in range(60):
        plays = Plays(random_mandate(seed, tidy=True))
        found_s = answers_s(plays, plays.start(), 0)
        worst = next(each for each in protocol_remarks(plays.mandate) if each.code == "WORST-CASE")
        said = f"answer comes after {span(min(found_s))} (" if found_s else "no course of it leads to an answer."
        assert said in worst.words


# --- actors and roles ---------------------------------------------------------------------------------------


def test_roles_are_tried_for_every_bound_party_that_a_clause_addresses_and_victims_only_where_they_act() -> None:
    text = CLEAN.replace("prohibited UAF AFC", "prohibited AFC")
    (response,) = mandate_of(text).responses
    assert {each.setting for each in blockers(mandate_of(text), response)} == {Setting(violator="AFC")}
    text = text.replace("step review PANEL", "step review victim")
    assert {each.setting for each in blockers(mandate_of(text), mandate_of(text).responses[0])} == {
        Setting(violator="AFC", victim="UAF")
    }
    unbound = CLEAN.replace('"the armed formations"', '"the armed formations" not bound "did not sign"')
    assert {each.setting for each in blockers(mandate_of(unbound), mandate_of(unbound).responses[0])} == {
        Setting(violator="UAF")
    }


def test_where_nobody_attributes_both_courses_are_judged() -> None:
    text = CLEAN.replace("attribution SMM", "# attribution SMM")
    settled = {each.setting.attributing for each in blockers(mandate_of(text), mandate_of(text).responses[0])}
    assert settled == {"always", "never"}


def test_a_panel_of_attribution_with_a_seat_for_each_member_needs_so_many_of_them() -> None:
    text = CLEAN.replace("attribution SMM", "attribution PANEL").replace(
        "not_attributed review", "not_attributed refer"
    )
    (found,) = with_code(text, "BLOCKERS")
    assert "every answer: M1 with M2; M1 with M3; M2 with M3. " in found.words
    other = text.replace("panel 2 of 3", "panel 3 of 3")
    (found,) = with_code(other, "BLOCKERS")
    assert "every answer: M1; M2; M3. " in found.words
    assert "PANEL cannot attribute without it [pull]" in found.words


def test_who_says_what_was_found_needs_the_confirmer_too() -> None:
    text = CLEAN.replace("inconclusive review", "inconclusive refer")
    assert "every answer: SMM; " in with_code(text, "BLOCKERS")[0].words
    confirmed = text.replace("SMM visits within 24h takes 6h", "SMM visits within 24h takes 6h confirmed by M1")
    assert "every answer: SMM with M1; " in with_code(confirmed, "BLOCKERS")[0].words


def test_what_can_never_be_done_in_time_prevents_an_answer_by_nobodys_doing() -> None:
    text = LOCK.replace(" consent violator", "").replace("decides within 24h", "decides within 24h takes 25h")
    (found,) = with_code(text, "INCONCLUSIVE")
    assert found.words == (
        "LOCK: no answer is reached, though everybody does their part in time: the visit "
        "[look] ends inconclusive; the decision [hear] can never be done in time; the matter then ends in impasse."
    )


def test_going_round_counts_for_those_who_can_go_round_and_for_nobody_else() -> None:
    head = CLEAN.partition("response")[0]
    text = (
        head
        + """response ROUND deadline 100h
  step ask UAF requests within 1h done look refused hear late hear
  step look SMM visits within 1h done good refused hear late hear
  step hear M1 convenes within 1h done look refused bad late bad
  end good answered
  end bad impasse
"""
    )
    text = text.replace("respond WITHDRAW", "respond ROUND")
    assert with_code(text, "BLOCK") == []
    (found,) = with_code(text, "BLOCKERS")
    assert "every answer: SMM; UAF with M1. " in found.words


def test_an_answer_at_the_very_deadline_keeps_it() -> None:
    for hours, said in ((5, "even if everybody acts at once"), (6, "every step in its own time")):
        (found,) = with_code(CLEAN.replace("deadline 434h", f"deadline {hours}h"), "DEADLINE")
        assert said in found.words


def test_a_response_that_no_clause_leads_to_is_judged_for_every_bound_party() -> None:
    text = FAULTY.replace(" respond WITHDRAW", "")
    assert len(with_code(text, "BLOCK")) == 2


def test_more_than_six_coalitions_are_counted_not_listed() -> None:
    names = " ".join(f"M{number}" for number in range(1, 9))
    bodies = "".join(f'body M{number} "m"\n' for number in range(4, 9))
    first, rest = CLEAN.split("\n", 1)
    text = first + "\n" + bodies + rest.replace("members M1 M2 M3 quorum 2", f"members {names} quorum 7")
    (found,) = with_code(text, "BLOCKERS")
    assert "M1 with M7. " not in found.words
    assert "; and 22 more. The first: " in found.words


def test_coalitions_of_more_than_three_are_not_looked_for() -> None:
    bodies = "".join(f'body M{number} "m"\n' for number in range(4, 8))
    first, rest = CLEAN.split("\n", 1)
    text = first + "\n" + bodies + rest.replace("members M1 M2 M3 quorum 2", "members M1 M2 M3 M4 M5 M6 M7 quorum 4")
    mandate = mandate_of(text)
    assert blockers(mandate, mandate.responses[0]) == ()
    (found,) = with_code(text, "BLOCKERS")
    assert "no coalition of up to three can prevent every answer" in found.words
