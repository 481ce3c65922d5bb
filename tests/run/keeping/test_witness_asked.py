"""A mission asks a witness: over HTTP on this machine, or by files; and the protocol itself, in a race too."""

import hashlib
import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from tests.record.notes.growing import LOG, NOW_S, ORIGIN, note, request, root
from tests.record.small import entry, fill
from tests.timestamps import answering

from truceline.base.errors import IntegrityError, OutOfRangeError, UnavailableError, UnreadableError
from truceline.record import Record, open_record
from truceline.record.notes.checkpoint import Checkpoint, cosignature, cosigned
from truceline.record.notes.note import COSIGNATURE, note_of, signer_of
from truceline.record.notes.witness import Granted, request_bytes, request_of
from truceline.run.keeping.witnessing import (
    ask_witness,
    checked_lines,
    cosign,
    make_witness,
    request_for,
    split_view,
    watched,
    witness_key,
)
from truceline.serve.witness import MOST_BYTES, witness_app

HASH = hashlib.sha256(ORIGIN.encode()).hexdigest()
NOBODY = signer_of("elsewhere.example/w", bytes(32), kind=COSIGNATURE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_witness(tmp_path / "witness", "observers.example/valley", [LOG.verifier.vkey])
    return tmp_path / "witness"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with open_record(tmp_path / "record") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """One that no test adds to."""
    with open_record(tmp_path_factory.mktemp("standing") / "record") as opened:
        fill(opened)
        yield opened


@contextmanager
def served(folder: Path, now_s: Callable[[], int] = lambda: NOW_S) -> Iterator[str]:
    """The witness's own server, on loopback."""
    server = uvicorn.Server(uvicorn.Config(witness_app(folder, now_s=now_s), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait = threading.Event()
    while not (server.started and server.servers):
        assert thread.is_alive()
        wait.wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def sent(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, body=body)
    response = connection.getresponse()
    answer = (response.status, response.headers["Content-Type"], response.read())
    connection.close()
    return answer


def checkpoint(record: Record) -> bytes:
    return Checkpoint(origin=ORIGIN, size=record.size, root=record.root(record.size)).signed_by(LOG)


def test_the_server_answers_as_the_protocol_has_it(folder: Path) -> None:
    with served(folder) as url:
        text = "text/plain; charset=utf-8"
        assert sent(url, "GET", f"/{HASH}/checkpoint") == (404, text, b"nothing of this log was cosigned.\n")
        status, kind, line = sent(url, "POST", "/add-checkpoint", request_bytes(request(0, 5)))
        assert (status, kind) == (200, text)
        assert cosigned(note_of(note(5) + line), [witness_key(folder)])[0].at_s == NOW_S
        assert sent(url, "GET", f"/{HASH}/checkpoint") == (200, text, note(5) + line)
        assert sent(url, "POST", "/add-checkpoint", request_bytes(request(0, 9))) == (409, "text/x.tlog.size", b"5\n")
        for asked, expected in (
            (b"", 400),
            (request_bytes(request(0, 9, log=signer_of("truceline/hills", bytes(32)))), 404),
            (request_bytes(request(5, 9, log=signer_of(ORIGIN, bytes(32)))), 403),
            (request_bytes(request(5, 9, fork=3)), 422),
            (b"x" * (MOST_BYTES + 1), 413),
            (b"x" * MOST_BYTES, 400),
        ):
            status, kind, body = sent(url, "POST", "/add-checkpoint", asked)
            assert (status, kind) == (expected, text)
            assert body.endswith(b".\n")
        assert sent(url, "GET", "/add-checkpoint")[0] == 405
        assert sent(url, "GET", f"/{HASH}/other")[0] == 404
        assert sent(url, "GET", "/..%2F..%2Fkeys/checkpoint")[0] == 404


def test_a_server_whose_state_was_altered_cosigns_nothing(folder: Path) -> None:
    with served(folder) as url:
        sent(url, "POST", "/add-checkpoint", request_bytes(request(0, 5)))
        (folder / "logs" / HASH / "latest").write_bytes(note(3))
        status, _, body = sent(url, "POST", "/add-checkpoint", request_bytes(request(3, 9)))
        assert status == 500
        assert b"Stop this witness" in body
    with pytest.raises(IntegrityError):
        witness_app(folder, now_s=lambda: NOW_S)


def test_a_clock_set_back_is_answered_and_says_so(folder: Path) -> None:
    moments = iter([NOW_S, NOW_S - 1])
    with served(folder, lambda: next(moments)) as url:
        assert sent(url, "POST", "/add-checkpoint", request_bytes(request(0, 5)))[0] == 200
        status, _, body = sent(url, "POST", "/add-checkpoint", request_bytes(request(5, 9)))
    assert status == 503
    assert b"clock stands before" in body


def test_requests_at_the_same_time_never_roll_a_log_back(folder: Path) -> None:
    """The race of tlog-witness over HTTP: A brings N, B brings N+K, both right when they are sent."""
    ticks = iter(range(NOW_S, NOW_S + 10_000))
    won: list[tuple[int, int]] = []
    statuses: list[int] = []

    def bring(more: int) -> None:
        begin.wait(20)
        status, _, body = sent(url, "POST", "/add-checkpoint", request_bytes(request(old, old + more)))
        statuses.append(status)
        if status == 200:
            (seen,) = cosigned(note_of(note(old + more) + body), [key])
            won.append((seen.at_s, old + more))

    key = witness_key(folder)
    with served(folder, lambda: next(ticks)) as url:
        for _ in range(8):
            (log,) = watched(folder)
            old = log.seen.checkpoint.size if log.seen else 0
            begin = threading.Barrier(4)
            threads = [threading.Thread(target=bring, args=(more,)) for more in (1, 2, 3, 3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
    assert set(statuses) == {200, 409}
    assert len(statuses) == 32
    sizes = [size for _, size in sorted(won)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(sizes) == 8  # of four at once, one


def test_a_mission_asks_from_the_beginning_and_again_from_what_the_witness_knows(folder: Path, record: Record) -> None:
    with served(folder) as url:
        for _ in range(3):
            signed = checkpoint(record)
            lines = ask_witness(record, signed, url=url, timeout_s=20)
            assert checked_lines(signed, lines.encode(), [witness_key(folder)]) == lines
            fill_more(record)
    assert watched(folder)[0].split == ()


def fill_more(record: Record) -> None:
    record.append([entry(f"more-{record.size}")])


def test_a_record_that_was_written_anew_is_refused_and_said(folder: Path, record: Record, tmp_path: Path) -> None:
    with served(folder) as url:
        ask_witness(record, checkpoint(record), url=url, timeout_s=20)
        with open_record(tmp_path / "again") as again:
            fill(again)  # the same, with other salts
            with pytest.raises(UnavailableError, match=r"status 422: .* it shows two faces"):
                ask_witness(again, checkpoint(again), url=url, timeout_s=20)
    assert [len(each) for each in watched(folder)[0].split] == [2]


def test_a_record_that_lost_its_end_is_told_so(folder: Path, record: Record, tmp_path: Path) -> None:
    with served(folder) as url:
        ask_witness(record, checkpoint(record), url=url, timeout_s=20)
        with open_record(tmp_path / "short") as short, pytest.raises(OutOfRangeError, match="entries of it are lost"):
            ask_witness(short, checkpoint(short), url=url, timeout_s=20)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (409, b"3\n", "again and again .* 3 at last"),
        (409, b"03\n", "does not say how many"),
        (409, b"3", "does not say how many"),
        (409, b"\xff", "does not say how many"),
        (403, b"no  such\nkey \xff", "status 403: no such key"),
        (500, b"", "status 500: no words"),
        (200, b"x" * 300_000, "more than"),
    ],
)
def test_a_witness_that_refuses_is_quoted(standing: Record, status: int, body: bytes, words: str) -> None:
    with answering(lambda _asked: (status, body)) as url, pytest.raises(UnavailableError, match=words):
        ask_witness(standing, checkpoint(standing), url=url, timeout_s=20)


def test_only_lines_of_named_witnesses_that_hold_are_kept() -> None:
    witness = signer_of("observers.example/w1", bytes(range(1, 33)), kind=COSIGNATURE)
    text = note_of(note(5)).text
    own = cosignature(text, by=witness, at_s=NOW_S)
    foreign = cosignature(text, by=NOBODY, at_s=NOW_S)
    keys = [witness.verifier]
    assert checked_lines(note(5), (foreign + own + foreign).encode(), keys) == own
    assert checked_lines(note(5) + foreign.encode(), own.encode(), keys) == own
    for lines in (foreign, foreign + LOG.line(text.encode())):
        with pytest.raises(IntegrityError, match="by a witness that the mission names"):
            checked_lines(note(5), lines.encode(), keys)
    with pytest.raises(IntegrityError, match="does not hold"):
        checked_lines(note(6), own.encode(), keys)
    for junk in (b"", b"\n", b"x\n", own.encode()[:-1], own.encode() + b"\n", own.encode() + b"x\n", b"\xff\n"):
        with pytest.raises((UnreadableError, IntegrityError)):
            checked_lines(note(5), junk, keys)
    for at in range(len(own.encode())):
        altered = bytearray(own.encode())
        altered[at] ^= 1
        with pytest.raises((UnreadableError, IntegrityError)):
            checked_lines(note(5), bytes(altered), keys)


def test_without_a_network_a_request_and_its_answer_travel_as_files(folder: Path, record: Record) -> None:
    signed = checkpoint(record)
    asked = request_for(record, signed, 0)
    answer = cosign(folder, asked, now_s=lambda: NOW_S)
    assert isinstance(answer, Granted)
    assert checked_lines(signed, answer.line.encode(), [witness_key(folder)]) == answer.line
    before = record.size
    fill_more(record)
    signed = checkpoint(record)
    assert isinstance(cosign(folder, request_for(record, signed, before), now_s=lambda: NOW_S), Granted)
    assert request_of(request_for(record, signed, before)).old == before


@pytest.mark.parametrize("old", [-1, 1_000])
def test_nobody_is_asked_from_a_size_that_the_log_never_had(standing: Record, old: int) -> None:
    with pytest.raises(OutOfRangeError, match="the witness knows"):
        request_for(standing, checkpoint(standing), old)


def test_two_readers_compare_with_a_request_as_the_proof(record: Record) -> None:
    small = checkpoint(record)
    before = record.size
    fill_more(record)
    large = checkpoint(record)
    proof = request_for(record, large, before)
    assert "begins with the smaller" in split_view(small, large, log=LOG.verifier, proof=proof)
    assert "nothing is proven yet" in split_view(small, large, log=LOG.verifier)
    other_face = Checkpoint(origin=ORIGIN, size=before, root=root(before)).signed_by(LOG)
    with pytest.raises(IntegrityError, match="split view, and the two signatures prove it"):
        split_view(small, other_face, log=LOG.verifier)
