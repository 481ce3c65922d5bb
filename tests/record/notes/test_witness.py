"""What a witness answers, case by case of C2SP tlog-witness; and what two compared checkpoints prove."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.record.notes.growing import LOG, NOW_S, ORIGIN, WITNESS, note, path, request, root

from truceline.base.errors import IntegrityError, UnreadableError
from truceline.record.notes.checkpoint import Checkpoint, cosigned
from truceline.record.notes.note import note_of, signed, signer_of
from truceline.record.notes.witness import (
    Granted,
    Refused,
    Request,
    Seen,
    compared,
    consider,
    request_bytes,
    request_of,
    seen_of,
)

# C2SP tlog-witness, the example of a request.
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()  # noqa: E501
OTHER_KEY = signer_of(ORIGIN, bytes(32))
OTHER_LOG = signer_of("truceline/hills", bytes(32))


def ask(asked: Request, seen: Seen | None = None, *, at_s: int = NOW_S) -> Granted | Refused:
    return consider(asked, seen, log=LOG.verifier, signer=WITNESS, at_s=at_s)


def seen_at(size: int, *, fork: int | None = None, at_s: int = NOW_S) -> Seen:
    granted = ask(request(0, size, fork=fork), at_s=at_s)
    assert isinstance(granted, Granted)
    return granted.seen


def test_the_public_example_is_read_and_written_byte_for_byte() -> None:
    asked = request_of(EXAMPLE)
    assert (asked.old, len(asked.path)) == (20_852_014, 4)
    assert request_bytes(asked) == EXAMPLE


def test_a_log_that_only_grew_is_cosigned_step_by_step() -> None:
    seen = None
    for at, (old, size) in enumerate([(0, 0), (0, 1), (1, 2), (2, 7), (7, 7), (7, 8), (8, 100), (100, 257)]):
        answer = ask(request(old, size), seen, at_s=NOW_S + at)
        assert isinstance(answer, Granted), answer
        seen = answer.seen
        assert seen.checkpoint == Checkpoint(origin=ORIGIN, size=size, root=root(size))
        assert seen_of(seen.note, log=LOG.verifier, witness=WITNESS.verifier) == seen
        whole = note_of(note(size) + answer.line.encode())
        assert cosigned(whole, [WITNESS.verifier])[0].at_s == NOW_S + at


def test_a_log_that_went_another_way_is_refused_wherever_it_parts() -> None:
    for old in range(1, 9):
        for size in range(old, 11):
            for fork in range(size):
                answer = ask(request(old, size, fork=fork), seen_at(old))
                assert isinstance(answer, Granted) == (fork >= old), (old, size, fork)


def _with(asked: Request, **other: object) -> Request:
    return Request(**({"old": asked.old, "path": asked.path, "checkpoint": asked.checkpoint} | other))  # type: ignore[arg-type]


TEXT = f"{ORIGIN}\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EMPTY = Checkpoint(origin=ORIGIN, size=0, root=bytes(32)).signed_by(LOG)


@pytest.mark.parametrize(
    ("asked", "seen", "status", "words"),
    [
        (_with(request(5, 9), checkpoint=b"no note"), 5, 400, "no blank line"),
        (_with(request(5, 9), checkpoint=signed(TEXT + "further\n", [LOG])), 5, 400, "stands 'further'"),
        (_with(request(5, 9), checkpoint=signed(TEXT.replace("\n9", "\n09"), [LOG])), 5, 400, "three lines"),
        (request(5, 9, log=OTHER_LOG), 5, 404, "does not watch the log 'truceline/hills'"),
        (request(5, 9, log=OTHER_KEY), 5, 403, "no signature by the key"),
        (_with(request(5, 9), checkpoint=note(9) + LOG.line(b"x").encode()), 5, 403, "does not hold"),
        (_with(request(5, 9), old=10), 10, 400, "cannot have had 10 entries and now 9"),
        (_with(request(5, 9), old=10), 5, 400, "cannot have had 10 entries and now 9"),
        (request(5, 9), None, 409, "cosigned 0 entries last, not 5"),
        (request(0, 9), 5, 409, "cosigned 5 entries last, not 0"),
        (request(4, 9), 5, 409, "cosigned 5 entries last, not 4"),
        (request(3, 4), 5, 409, "cosigned 5 entries last, not 3"),
        (_with(request(0, 0), checkpoint=EMPTY), None, 422, "root of an empty log"),
        (_with(request(0, 9), path=(root(9),)), None, 422, "from nothing there is no path"),
        (_with(request(5, 9), path=()), 5, 422, "does not lead"),
        (_with(request(5, 9), path=path(5, 9)[:-1]), 5, 422, "does not lead"),
        (_with(request(5, 9), path=(*path(5, 9), root(1))), 5, 422, "does not lead"),
        (_with(request(5, 9), path=path(5, 9)[::-1]), 5, 422, "does not lead"),
        (request(5, 9, fork=4), 5, 422, "does not lead from the 5 entries that were cosigned to 9"),
        (request(5, 5, fork=4), 5, 422, "it shows two faces"),
        (_with(request(5, 5), path=(root(5),)), 5, 422, "another root"),
    ],
)
def test_the_table_of_refusals(asked: Request, seen: int | None, status: int, words: str) -> None:
    answer = ask(asked, None if seen is None else seen_at(seen))
    assert isinstance(answer, Refused)
    assert answer.status == status
    assert words in answer.why
    assert answer.body == (f"{seen or 0}\n" if status == 409 else f"{answer.why}\n")
    signed_by_the_log = status in (409, 422) or "cannot have" in words
    assert bool(answer.shown) == signed_by_the_log  # what is kept as evidence, and nothing else


def test_lines_of_others_are_not_kept() -> None:
    foreign = "".join(signer_of(f"{n}.example/w", bytes([n]) * 32).line(b"x") for n in range(9)).encode()
    answer = ask(_with(request(0, 5), checkpoint=note(5) + foreign))
    assert isinstance(answer, Granted)
    assert answer.seen.note == note(5) + answer.line.encode()


def test_a_clock_that_was_set_back_is_said_and_nothing_is_cosigned() -> None:
    seen = seen_at(5, at_s=NOW_S)
    answer = ask(request(5, 9), seen, at_s=NOW_S - 1)
    assert isinstance(answer, Refused)
    assert answer.status == 503
    assert "clock stands before its own last cosignature, of 2026-09-21T" in answer.why
    assert isinstance(ask(request(5, 9), seen, at_s=NOW_S), Granted)
    assert isinstance(ask(request(0, 9), at_s=0), Refused)  # a moment of zero says nothing


def test_a_state_that_was_altered_is_found() -> None:
    whole = seen_at(5).note
    for at in range(len(whole)):
        altered = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises((IntegrityError, UnreadableError)):
            seen_of(altered, log=LOG.verifier, witness=WITNESS.verifier)
    with pytest.raises(IntegrityError, match="no cosignature"):
        seen_of(note(5), log=LOG.verifier, witness=WITNESS.verifier)


GOOD = request_bytes(request(5, 9))
STEP = GOOD.splitlines(keepends=True)[1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"old 5",
        b"old 5\n",
        GOOD.replace(b"old 5", b"old 05"),
        GOOD.replace(b"old 5", b"old -5"),
        GOOD.replace(b"old 5", b"old  5"),
        GOOD.replace(b"old 5", b"old " + b"9" * 17),
        GOOD.replace(b"old 5", b"new 5"),
        GOOD.replace(b"old 5", b"OLD 5"),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(STEP, STEP[1:]),
        GOOD.replace(STEP, STEP[:-2] + b"\n"),
        GOOD.replace(STEP, STEP[:-3] + bytes([STEP[-3] + 1]) + b"=\n"),  # spare bits set
        GOOD.replace(STEP, b" " + STEP),
        GOOD.replace(STEP, b"-" * 43 + b"=\n"),
        GOOD.replace(STEP, STEP * 61),  # 64 steps
        GOOD.replace(STEP, STEP * 5_000),
        b"\n" + GOOD,
    ],
)
def test_what_is_no_request_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        request_of(content)


def test_a_path_of_63_steps_is_read_and_one_of_64_is_not() -> None:
    longest = GOOD.replace(STEP, STEP * (63 - len(path(5, 9)) + 1))
    assert len(request_of(longest).path) == 63
    with pytest.raises(UnreadableError, match="more than 63"):
        request_of(longest.replace(STEP, STEP * 2, 1))


@budget(100)
@given(old=st.integers(0, 2**53), steps=st.lists(st.binary(min_size=32, max_size=32), max_size=63), rest=st.binary())
def test_what_is_asked_arrives_as_it_was_meant(old: int, steps: list[bytes], rest: bytes) -> None:
    asked = Request(old=old, path=tuple(steps), checkpoint=rest)
    assert request_of(request_bytes(asked)) == asked


def test_every_altered_byte_of_a_request_is_refused_or_without_effect() -> None:
    """Without effect: nothing of the request is cosigned but what the log signed and the path shows."""
    seen = seen_at(5)
    for at in range(len(GOOD)):
        for flip in (1, 4, 0x20):
            altered = GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :]
            try:
                answer = ask(request_of(altered), seen)
            except UnreadableError:
                continue
            assert isinstance(answer, Refused), (at, flip)


@budget(40)
@given(st.data())
def test_no_order_of_requests_makes_a_witness_contradict_itself(data: st.DataObject) -> None:
    """Whatever two faces of a log bring in whatever order, all that was cosigned is of one growing log."""
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    fork, seen = dice.randrange(12), None
    granted: list[tuple[int, int | None]] = []
    for at in range(12):
        known = seen.checkpoint.size if seen else 0
        face = dice.choice((None, fork))
        old = known if dice.random() < 0.7 else dice.randrange(known + 1)
        asked = request(old, known + dice.randrange(6), fork=face)
        answer = ask(asked, seen, at_s=NOW_S + at)
        if isinstance(answer, Granted):
            seen = answer.seen
            granted.append((seen.checkpoint.size, face))
    for (small, one), (large, other) in itertools.pairwise(granted):
        assert small <= large
        assert root(small, fork=one) == root(small, fork=other)


def test_two_readers_who_were_shown_one_log_are_told_so() -> None:
    found = compared(note(5), note(5), log=LOG.verifier)
    assert found.verdict == "alike"
    for one, other in ((note(5), note(9)), (note(9), note(5))):
        assert compared(one, other, log=LOG.verifier, path=path(5, 9)).verdict == "grew"
    assert compared(note(0), note(9), log=LOG.verifier).verdict == "grew"


def test_a_split_view_is_proven_by_two_signatures() -> None:
    found = compared(note(5), note(5, fork=3), log=LOG.verifier)
    assert found.verdict == "split"
    for each in (root(5).hex()[:16], root(5, fork=3).hex()[:16], LOG.verifier.vkey, "split view", "keep both"):
        assert each in found.words


@pytest.mark.parametrize(
    ("other", "way"),
    [
        (note(9), None),
        (note(9), path(5, 9)[:-1]),
        (note(9, fork=3), path(5, 9, fork=3)),
        (note(9, fork=7), path(5, 9)),
    ],
)
def test_two_sizes_without_a_path_prove_nothing_and_say_what_to_ask(
    other: bytes, way: tuple[bytes, ...] | None
) -> None:
    found = compared(note(5), other, log=LOG.verifier, path=way)
    assert found.verdict == "open"
    assert "Ask the log for a" in found.words


def test_a_checkpoint_that_the_log_did_not_sign_accuses_nobody() -> None:
    with pytest.raises(IntegrityError, match="no signature by the key"):
        compared(note(5), note(5, fork=3, log=OTHER_KEY), log=LOG.verifier)
