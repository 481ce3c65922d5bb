"""How a case moves: windows closed at both ends, counts, waiting for attribution; the unfolded graph says the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.mandate.protocols import Plays, random_mandate

from truceline.base.errors import InputError, MandateError, OutOfRangeError, UnknownNameError
from truceline.mandate import parse_mandate
from truceline.model import mandate as m
from truceline.model.remark import Move
from truceline.terms.protocol import (
    UNDEFINED,
    Case,
    Protocol,
    Window,
    advance,
    course,
    follow,
    move_words,
    moves,
    opened,
    protocol_of,
    unfold,
)

H = 3_600
TEXT = """mandate "T" in force 2025-01-01T00:00
party A "side A"
party B "side B"
body SMM "mission"
clause C cites "1" prohibited A B fire any breach FIRE respond R
clause D cites "2" prohibited A B move any breach MOVE respond R
attribution SMM panel 2 of 3 within 10h for MOVE panel 3 of 3 within 20h
response R deadline 100h not_attributed open
  step tell SMM informs violator within 2h done look refused look late look
  step look SMM visits within 24h takes 6h
    substantiated pull not_substantiated empty inconclusive again refused again late again
  step pull violator withdraws within 12h takes 4h confirmed by SMM done gone refused again late again
  step again SMM visits within 3h done look refused open late open at most 2 times exhausted open
  end gone remedied
  end empty unfounded
  end open impasse
"""


def protocol(text: str = TEXT) -> Protocol:
    mandate = parse_mandate(text, name="t", source="t.truce")
    return protocol_of(mandate, mandate.responses[0])


def schedule(*told: tuple[str, str, int]) -> tuple[Move, ...]:
    return tuple(Move(step=step, result=result, at_s=at_h * H) for step, result, at_h in told)


def windows(case: Case) -> dict[str, tuple[int, int]]:
    return {result: (from_s // H, until_s // H) for result, from_s, until_s in moves(protocol(), case)}


def test_a_step_ends_between_what_it_takes_and_what_it_may_last_and_late_at_the_last_moment() -> None:
    case = follow(protocol(), schedule(("tell", "done", 1)))
    assert (case.place, case.at_s) == ("look", H)
    assert windows(case) == {
        "substantiated": (7, 25),
        "not_substantiated": (7, 25),
        "inconclusive": (7, 25),
        "refused": (1, 25),
        "late": (25, 25),
    }


def test_a_step_that_names_no_result_is_done() -> None:
    assert windows(opened(protocol())) == {"done": (0, 2), "refused": (0, 2), "late": (2, 2)}


@pytest.mark.parametrize(("at_s", "allowed"), [(6 * H - 1, False), (6 * H, True), (24 * H, True), (24 * H + 1, False)])
def test_both_bounds_belong_to_the_window(at_s: int, allowed: bool) -> None:
    case, move = Case(place="look", at_s=0, arrivals=(0,)), Move(step="look", result="not_substantiated", at_s=at_s)
    if allowed:
        assert advance(protocol(), case, move).place == "empty"
    else:
        with pytest.raises(OutOfRangeError, match="Between 21600 s and 86400 s"):
            advance(protocol(), case, move)


def test_what_takes_longer_than_it_may_is_never_done() -> None:
    text = TEXT.replace("within 12h takes 4h", "within 3h takes 4h")
    case = Case(place="pull", at_s=0, arrivals=(0,), attributed=True)
    assert [window.result for window in moves(protocol(text), case)] == ["refused", "late"]


def test_the_arrival_after_the_last_one_allowed_leaves_at_once() -> None:
    told = [("tell", "done", 0)]
    for turn in range(2):
        told += [("look", "refused", turn), ("again", "done", turn)]
    case = follow(protocol(), schedule(*told, ("look", "refused", 5)))
    assert case == Case(place="again", at_s=5 * H, arrivals=(3,))
    assert moves(protocol(), case) == (Window("exhausted", 5 * H, 5 * H),)
    after = advance(protocol(), case, Move(step="again", result="exhausted", at_s=5 * H))
    assert (after.place, after.at_s) == ("open", 5 * H)
    assert moves(protocol(), after) == ()


def test_telling_the_violator_waits_for_nobody_and_a_duty_of_the_violator_waits_for_attribution() -> None:
    told = schedule(("tell", "done", 1), ("look", "substantiated", 8))
    case = follow(protocol(), told)
    assert windows(case) == {"attributed": (8, 20), "not_attributed": (20, 20)}
    bound = follow(protocol(), (*told, *schedule(("pull", "attributed", 15))))
    assert (bound.place, bound.at_s, bound.attributed) == ("pull", 15 * H, True)
    assert windows(bound)["done"] == (19, 27)
    unknown = follow(protocol(), (*told, *schedule(("pull", "not_attributed", 20))))
    assert (unknown.place, unknown.at_s, unknown.attributed) == ("open", 20 * H, False)


def test_the_term_of_attribution_is_the_longest_of_the_classes_that_lead_to_the_response() -> None:
    assert protocol().attribution_s == 20 * H
    assert protocol(TEXT.replace("breach MOVE respond R", "breach MOVE")).attribution_s == 10 * H
    assert protocol(TEXT.replace("attribution", "# attribution")).attribution_s == 0


def test_after_the_term_of_attribution_its_answer_is_known_at_once() -> None:
    case = follow(protocol(), schedule(("tell", "late", 2), ("look", "substantiated", 26)))
    assert windows(case) == {"attributed": (26, 26), "not_attributed": (26, 26)}


def test_attribution_may_come_while_a_case_stands_elsewhere_and_is_remembered() -> None:
    early = follow(protocol(), schedule(("tell", "attributed", 1), ("tell", "done", 2), ("look", "substantiated", 9)))
    assert (early.place, early.at_s, early.attributed) == ("pull", 9 * H, True)
    assert windows(early)["done"] == (13, 21)
    with pytest.raises(InputError):
        follow(protocol(), schedule(("tell", "attributed", 21)))


def test_what_was_not_attributed_stays_so() -> None:
    text = TEXT.replace("not_attributed open", "not_attributed look")
    told = schedule(("tell", "done", 0), ("look", "substantiated", 6), ("pull", "not_attributed", 20))
    case = follow(protocol(text), (*told, *schedule(("look", "substantiated", 30))))
    assert moves(protocol(text), case) == (Window("not_attributed", 30 * H, 30 * H),)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("actor", "step look violator visits"),
        ("consent", "step look SMM visits consent violator"),
        ("voter", "step look SMM visits 1 of A violator"),
        ("veto", "step look SMM visits veto violator"),
        ("victim", "step look SMM visits consent victim"),
    ],
)
def test_each_part_that_a_role_has_in_a_step_needs_to_know_who_that_is(role: str, words: str) -> None:
    name, actor, action, *rest = words.removeprefix("step ").split()
    text = TEXT.replace(
        "step look SMM visits within 24h takes 6h", f"step {name} {actor} {action} within 24h takes 6h {' '.join(rest)}"
    )
    assert protocol(text).waits == {"look", "pull"}, role
    assert protocol().waits == {"pull"}


def test_where_the_text_says_nothing_the_case_stands_still() -> None:
    case = follow(protocol(TEXT.replace("done look refused look", "done look")), schedule(("tell", "refused", 1)))
    assert case.place == UNDEFINED
    assert moves(protocol(), case) == ()


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (Move(step="look", result="done", at_s=0), "stands at tell, not at step look"),
        (Move(step="tell", result="substantiated", at_s=0), "cannot end substantiated here"),
        (Move(step="tell", result="exhausted", at_s=0), "It can end done or refused or late"),
    ],
)
def test_what_cannot_happen_is_refused_by_name(move: Move, said: str) -> None:
    with pytest.raises(UnknownNameError, match=said):
        advance(protocol(), opened(protocol()), move)


def test_nothing_follows_an_end() -> None:
    case = Case(place="gone", at_s=5, arrivals=(0,))
    with pytest.raises(UnknownNameError):
        advance(protocol(), case, Move(step="gone", result="done", at_s=6))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("done", "SMM informs violator [tell]"),
        ("late", "SMM does not inform in time [tell]"),
        ("refused", "SMM does not inform: refused [tell]"),
    ],
)
def test_a_move_in_words(result: str, words: str) -> None:
    assert move_words(protocol(), Move(step="tell", result=result, at_s=0)) == words


def test_too_many_positions_are_refused_with_what_to_do() -> None:
    steps = "".join(
        f" step s{n} SMM visits within 1h done s{(n + 1) % 9} refused s{(n + 2) % 9} late s{(n + 4) % 9} "
        "at most 3 times exhausted s0\n"
        for n in range(9)
    )
    text = f'mandate "T" in force 2025-01-01T00:00\nbody SMM "m"\nresponse R deadline 1h\n{steps} end e impasse\n'
    with pytest.raises(MandateError, match="more than 20000 positions"):
        unfold(protocol(text))


@budget(60)
@given(st.integers(0, 2**32))
def test_the_unfolded_graph_is_what_a_plain_interpreter_reaches(seed: int) -> None:
    mandate = random_mandate(seed)
    unfolded = unfold(protocol_of(mandate, mandate.responses[0]))
    names = {number: name for name, number in unfolded.protocol.counted.items()}
    ours = {
        (
            case.place,
            tuple(sorted((names[n], count) for n, count in enumerate(case.arrivals) if count)),
            case.attributed,
        )
        for case in unfolded.cases
    }
    assert ours == Plays(mandate).reached()
    for number, onward in enumerate(unfolded.ways):
        for way in onward:
            assert unfolded.cyclic or unfolded.order.index(way.to) < unfolded.order.index(number)


@budget(60)
@given(st.integers(0, 2**32))
def test_every_course_stays_in_the_graph_and_its_schedule_can_be_followed(seed: int) -> None:
    mandate, chance = random_mandate(seed), random.Random(seed)
    unfolded = unfold(protocol_of(mandate, mandate.responses[0]))
    number, results = 0, []
    while unfolded.ways[number] and len(results) < 12:
        way = chance.choice(unfolded.ways[number])
        results.append(way.result)
        number = way.to
    for slowly in (False, True):
        told = course(unfolded.protocol, results, slowly=slowly)
        case = follow(unfolded.protocol, told)
        assert (case.place, case.arrivals, case.attributed) == (
            unfolded.cases[number].place,
            unfolded.cases[number].arrivals,
            unfolded.cases[number].attributed,
        )
        assert [move.result for move in told] == results
        assert [move.at_s for move in told] == sorted(move.at_s for move in told)


def test_a_response_and_its_protocol_compare_by_what_was_written() -> None:
    assert protocol() == protocol()
    assert protocol() != protocol(TEXT.replace("within 10h", "within 30h"))
    assert isinstance(protocol().response, m.Response)
