"""Receipts: whoever sent rows shows with a file and a command what the mission had of them, and since when."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.run.live.simulated import HEADER, MIN, SHOT, Simulated, copy_mission
from tests.serve.house import House, opened
from typer.testing import CliRunner

from truceline.base.errors import IntegrityError, TrucelineError, UnreadableError
from truceline.cli.main import app
from truceline.model.desk import Answer
from truceline.record.sealed.form import sealed_header
from truceline.record.tables import frame_of_parquet, table_of_entry
from truceline.record.verify import verify
from truceline.run.batch import record_in, vault_in
from truceline.run.keeping.erasing import Reason, erase_subject
from truceline.run.live.operations import Submit
from truceline.run.live.receipts import shown_by
from truceline.run.live.watching.intake import WATCHER, Sent, receive
from truceline.run.verification import verify_mission

NOTICE = "notice,register,party,act,zone,class,begins,ends,status,decided_by,given_to,given\n"
GIVEN = "N-9,evacuation,ALPHA,fly,,helicopter,2026-10-05 18:00,2026-10-05 19:00,pending,,,\n"
Doc = dict[str, Any]


def of_party(party: str, first: int = 0) -> str:
    """Three rows of a party's own log."""
    return "".join(
        f"{party}-{number},,{party}_log,2026-10-05 10:00:1{number},2026-10-05 10:00:20,,fire,,,,1,-26.50,31.7{number},"
        "300,,acoustic,0.80\n"
        for number in range(first, first + 3)
    )


def sent(house: House, by: str, rows: str, *, feed: str = "reports", header: str = HEADER, key: str = "") -> Doc:
    """The answer to rows that an account sends."""
    headers = {"content-type": "text/csv", **({"idempotency-key": key} if key else {})}
    answer = house.ask("POST", f"/api/intake/{feed}", by, content=(header + rows).encode(), headers=headers)
    assert answer.status_code in (200, 201), answer.text
    told: Doc = answer.json()
    return told


def receipts(house: House, by: str, rows_at: str) -> list[bytes]:
    """The receipt of each row, in the order in which they were sent."""
    rows = sorted(house.told(rows_at, by)["rows"], key=lambda row: row["raw_at"])
    answers = [house.get(f"{rows_at}/{row['id']}", by) for row in rows]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    return [answer.content for answer in answers]


def key_of(house: House, by: str = "al") -> str:
    return house.get("/log/key", by).text.strip()


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, list[bytes]]]:
    """A served mission, and the receipts of what ALPHA sent first."""
    house = opened(tmp_path_factory.mktemp("received") / "mission")
    rows_at = sent(house, "al", of_party("alpha"))["rows_at"]
    house.made.keeper.sign()
    yield house, receipts(house, "al", rows_at)
    house.close()


@pytest.fixture
def open_house(received: tuple[House, list[bytes]]) -> House:
    """The same mission: whatever is sent to it stays for the tests that follow."""
    return received[0]


def test_a_party_shows_offline_since_when_the_mission_knew_its_row(
    received: tuple[House, list[bytes]], tmp_path: Path
) -> None:
    house, held = received
    (tmp_path / "receipt.json").write_bytes(held[1])
    words = ["log", "receipt", str(tmp_path / "receipt.json"), "--key", key_of(house)]
    printed = CliRunner().invoke(app, words)
    assert printed.exit_code == 0, printed.output
    assert "This row was known to the mission at 2026-10-05T10:01:00Z, by the mission's clock." in printed.output
    assert "alpha_log" in printed.output
    assert f"signed by {key_of(house)}" in printed.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert (told["row"]["source_id"], told["row"]["lat_deg"]) == ("alpha_log", "31.71")
    with house.made.desk.reading() as record:
        assert [entry.kind for at, entry in record.entries() if at == told["position"]] == ["table"]
        assert told["size"] <= record.size


def test_the_rows_are_those_that_the_mission_judges(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = sent(house, "al", of_party("alpha"))
    desk, clock, kept = house.made.desk, house.simulated.clock, house.made.desk.ask_with

    def a_while_later(*asked: Any, **more: Any) -> "Future[Answer]":
        clock.on(MIN)  # between reading and writing
        return kept(*asked, **more)

    monkeypatch.setattr(desk, "ask_with", a_while_later)
    sent(house, "al", GIVEN, feed="notices", header=NOTICE)
    house.simulated.round()
    house.made.keeper.sign()
    mine = {row for row, party in house.made.desk.confidential.items() if party == "ALPHA"}
    rows = house.told(answer["rows_at"], "al")["rows"]
    assert {row["id"] for row in rows} == {row for row in mine if row.startswith("obs-")}
    assert sorted(row["raw_at"] for row in rows) == [f"row {number}" for number in (1, 2, 3)]
    (arrived,) = [each for each in house.made.desk.books.arrived.values() if each.feed == "notices"]
    (held,) = receipts(house, "al", f"/api/intake/notices/{arrived.sha256[:16]}/rows")
    row = json.loads(json.loads(held)["row"])
    (judged,) = [each for each in house.made.desk.own("notice").to_pylist() if each["notice_id"] == row["notice_id"]]
    assert {name: judged[name] for name in row} == row


@pytest.mark.parametrize(("by", "status"), [("bo", 404), ("audit", 403), ("pub", 403), ("chair", 403), ("", 401)])
def test_nobody_but_the_sender_and_the_mission_is_given_a_receipt(open_house: House, by: str, status: int) -> None:
    house = open_house
    rows_at = sent(house, "al", of_party("alpha"))["rows_at"]
    (row, *_) = house.told(rows_at, "wanda")["rows"]
    asked = (rows_at, f"{rows_at}/{row['id']}")
    assert [house.get(path, by).status_code for path in asked] == [status] * 2
    assert [house.get(path, "wanda").status_code for path in asked] == [200] * 2


def test_a_party_is_given_no_receipt_of_what_the_mission_sent_and_cannot_tell_that_it_did(open_house: House) -> None:
    house = open_house
    rows_at = sent(house, "wanda", SHOT)["rows_at"]
    house.made.keeper.sign()
    nowhere = rows_at.replace(rows_at.split("/")[-2], "0" * 16)
    answers = [house.get(path, "al") for path in (rows_at, nowhere)]
    assert [answer.status_code for answer in answers] == [404] * 2
    assert answers[0].json() | {"request": ""} == answers[1].json() | {"request": ""}
    assert len(receipts(house, "lena", rows_at)) == 2


@pytest.mark.parametrize(
    "name", ["none/0123456789abcdef", "reports/none", "reports/", "%00/0123456789abcdef", "a%2Fb/c"]
)
def test_what_is_no_batch_has_no_rows(open_house: House, name: str) -> None:
    assert open_house.get(f"/api/intake/{name}/rows", "al").status_code in (404, 405)
    assert open_house.get(f"/api/intake/{name}/rows/obs-1", "al").status_code in (404, 405)


def test_a_row_that_was_not_in_the_batch_has_no_receipt(open_house: House) -> None:
    house = open_house
    first, _, third = of_party("alpha", 3).splitlines()
    one, other = (sent(house, "al", row)["rows_at"] for row in (first, third))
    house.made.keeper.sign()
    (row,) = house.told(other, "al")["rows"]
    assert house.get(f"{one}/{row['id']}", "al").status_code == 404
    assert house.get(f"{other}/{row['id']}", "al").status_code == 200


def test_before_a_checkpoint_covers_it_the_answer_says_from_when_on_there_is_a_receipt(
    open_house: House,
) -> None:
    house = open_house
    rows_at = sent(house, "al", of_party("alpha", 4))["rows_at"]
    (row, *_) = house.told(rows_at, "al")["rows"]
    answer = house.get(f"{rows_at}/{row['id']}", "al")
    assert answer.status_code == 503
    assert answer.json()["remedy"] == "One is signed every 60 s: ask again after the next."
    house.made.keeper.sign()
    assert house.get(f"{rows_at}/{row['id']}", "al").status_code == 200


def test_the_receipt_is_the_same_later_and_after_a_restart(tmp_path: Path) -> None:
    house = opened(tmp_path / "mission")
    rows_at = sent(house, "al", of_party("alpha"))["rows_at"]
    house.made.keeper.sign()
    before = receipts(house, "al", rows_at)
    for number in range(3):
        sent(house, "bo", of_party("beta", number))
        house.made.keeper.sign()
    assert receipts(house, "al", rows_at) == before
    house.close()
    house = opened(tmp_path / "mission", Simulated(tmp_path / "mission"))
    assert receipts(house, "al", rows_at) == before
    house.close()


def test_what_is_sent_again_keeps_its_frame_and_its_receipts(house: House) -> None:
    first = sent(house, "al", of_party("alpha"), key="one")
    house.made.keeper.sign()
    before = receipts(house, "al", first["rows_at"])
    house.simulated.clock.on(MIN)
    same, again = (sent(house, "al", of_party("alpha"), key=key) for key in ("one", "two"))
    assert (same["repeated"], again["repeated"]) == (True, True)
    assert first["rows_at"] == same["rows_at"] == again["rows_at"]
    house.made.keeper.sign()
    assert receipts(house, "al", first["rows_at"]) == before
    with house.made.desk.reading() as record:
        assert len([entry for _, entry in record.entries(kind="table") if entry.subject.startswith("frame/")]) == 1
        assert verify(record).notes == ()


def test_the_frame_stands_behind_the_batch_in_one_append(open_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    desk, kept = open_house.made.desk, open_house.made.desk.writer._append
    monkeypatch.setattr(desk.writer, "_append", lambda entries: asked.append(len(entries)) or kept(entries))
    first, last = sent(open_house, "al", of_party("alpha", 5))["positions"]
    assert asked == [2]
    with desk.reading() as record:
        assert [entry.kind for at, entry in record.entries() if at in (first, last)] == ["raw", "table"]


# --- what is altered --------------------------------------------------------------------------------------


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Where each single value stands in nested JSON."""
    if isinstance(value, dict | list):
        for at, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, at))
    else:
        yield path


def altered(value: object) -> Iterator[object]:
    """A single value, otherwise: each of a few places of a text, a number beside it."""
    if isinstance(value, int):
        yield from (value + 1, max(value - 1, 0) if value else value + 2, str(value), None)
    else:
        assert isinstance(value, str)
        for at in {0, len(value) // 3, len(value) // 2, len(value) - 2}:
            yield value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :]
        yield from (value[1:], value + value[-1:], "", 7)


def put_at(doc: Doc, path: tuple[object, ...], value: object) -> Doc:
    made: Any = deepcopy(doc)
    inner = made
    for at in path[:-1]:
        inner = inner[at]
    inner[path[-1]] = value
    return dict(made)


def test_every_altered_field_of_a_receipt_is_refused(received: tuple[House, list[bytes]]) -> None:
    house, held = received
    key, doc = key_of(house), json.loads(held[0])
    fields = list(places(doc))
    assert {path[0] for path in fields} == {"row", "salt", "frame", "path", "checkpoint"}
    passed = []
    for path in fields:
        found = doc
        for at in path:
            found = found[at]
        for other in altered(found):
            if path == ("checkpoint",) and isinstance(other, str) and other.startswith(str(found)):
                continue  # a further line under the signature is nobody's
            try:
                shown_by(json.dumps(put_at(doc, path, other)).encode(), key=key)
                passed.append((path, other))
            except (IntegrityError, UnreadableError):
                pass
    assert passed == []
    assert shown_by(json.dumps(doc, indent=1).encode(), key=key) == shown_by(held[0], key=key)


@pytest.mark.parametrize(
    "alter",
    [
        lambda doc: doc | {"path": doc["path"][:-1]},
        lambda doc: doc | {"path": doc["path"][::-1]},
        lambda doc: doc | {"path": [*doc["path"], "0" * 64]},
        lambda doc: doc | {"frame": doc["frame"] | {"path": [*doc["frame"]["path"], "0" * 64]}},
        lambda doc: doc | {"frame": doc["frame"] | {"path": []}},
        lambda doc: doc | {"frame": {}},
        lambda doc: doc | {"more": ""},
        lambda doc: {name: doc[name] for name in doc if name != "checkpoint"},
        lambda doc: doc | {"row": "{"},
        lambda doc: doc | {"row": "\ud800"},
        lambda doc: [doc],
    ],
)
def test_a_receipt_of_another_form_is_refused(
    received: tuple[House, list[bytes]], alter: Callable[[Doc], object]
) -> None:
    house, held = received
    with pytest.raises(IntegrityError, match="receipt"):
        shown_by(json.dumps(alter(json.loads(held[1]))).encode(), key=key_of(house))


def test_a_row_of_another_frame_or_of_another_place_does_not_pass(received: tuple[House, list[bytes]]) -> None:
    house, held = received
    theirs = sent(house, "bo", of_party("beta"))["rows_at"]
    house.made.keeper.sign()
    mine, beside, other = (json.loads(each) for each in (held[0], held[1], receipts(house, "bo", theirs)[0]))
    key = key_of(house)
    for stranger in (beside, other):
        for parts in (("row", "salt"), ("frame",), ("salt",), ("row",)):
            with pytest.raises(IntegrityError, match="commitment to another row"):
                shown_by(json.dumps(mine | {part: stranger[part] for part in parts}).encode(), key=key)
    for parts in (("path",), ("checkpoint",), ("path", "checkpoint")):
        with pytest.raises(IntegrityError, match="does not stand at this place"):
            shown_by(json.dumps(mine | {part: other[part] for part in parts}).encode(), key=key)


def test_a_receipt_is_checked_by_hand_as_the_guide_has_it(received: tuple[House, list[bytes]]) -> None:
    doc = json.loads(received[1][2])
    frame, entry = doc["frame"], doc["frame"]["entry"]
    committed = hashlib.sha256(bytes.fromhex(doc["salt"]) + doc["row"].encode()).hexdigest()
    assert json.loads(frame["row"]) == {"commitment": committed}
    leaf = hashlib.sha256(b"\0" + bytes.fromhex(frame["salt"]) + frame["row"].encode()).digest()
    root = climbed(leaf, frame["index"], frame["size"], frame["path"])
    assert json.loads(entry["body"])["detail"]["rows_root"] == root.hex()
    leaf = hashlib.sha256(bytes.fromhex(entry["salt"]) + entry["body"].encode()).digest()
    _, size, signed = doc["checkpoint"].splitlines()[:3]
    root = climbed(hashlib.sha256(b"\0" + leaf).digest(), entry["position"], int(size), doc["path"])
    assert b64encode(root).decode() == signed


def climbed(node: bytes, index: int, size: int, path: list[str]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    last = size - 1
    for step in map(bytes.fromhex, path):
        if index % 2 or index == last:
            node = hashlib.sha256(b"\1" + step + node).digest()
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            node = hashlib.sha256(b"\1" + node + step).digest()
        index, last = index // 2, last // 2
    assert last == 0
    return node


def test_a_receipt_is_of_one_log_and_its_key(received: tuple[House, list[bytes]], tmp_path: Path) -> None:
    _, held = received
    other = opened(tmp_path / "other")
    sent(other, "al", of_party("alpha"))
    other.made.keeper.sign()
    with pytest.raises(IntegrityError, match="no signature by the key"):
        shown_by(held[0], key=key_of(other))
    other.close()
    (tmp_path / "receipt.json").write_bytes(held[0])
    result = CliRunner().invoke(app, ["log", "receipt", str(tmp_path / "receipt.json"), "--key", "no key"])
    assert isinstance(result.exception, TrucelineError)


# --- the record with frames in it -------------------------------------------------------------------------


def test_a_record_with_frames_verifies_and_holds_no_row_of_a_party_in_the_open(house: House) -> None:
    sent(house, "al", of_party("alpha"))
    sent(house, "wanda", SHOT)
    with house.made.desk.reading() as record:
        assert verify(record).problems == ()
        frames = [table_of_entry(entry) for _, entry in record.entries(kind="table")]
        assert [each.frame_of for each in frames if each is not None] == ["ALPHA", ""]
        for stored in (each for each in frames if each is not None):
            rows = frame_of_parquet(record.stored(stored.sha256)).rows
            assert all(re.fullmatch(rb'{"commitment":"[0-9a-f]{64}"}', row) for row in rows)
            kept = record.stored(stored.derivation.inputs[1])
            assert (sealed_header(kept) is None) == (stored.frame_of == "")


def test_the_rows_of_a_sealed_feed_are_sealed_with_it(tmp_path: Path) -> None:
    copy_mission(tmp_path / "mission")
    declared = tmp_path / "mission" / "truceline.toml"
    text = declared.read_text("utf-8")
    declared.write_text(
        text.replace('name = "reports"\n', 'name = "reports"\nsealed_for = "village register"\n'), "utf-8"
    )
    house = opened(tmp_path / "mission")
    rows_at = sent(house, "wanda", SHOT)["rows_at"]
    house.made.keeper.sign()
    assert len(receipts(house, "wanda", rows_at)) == 2
    with house.made.desk.reading() as record:
        kept = {sha256 for _, entry in record.entries(kind="raw") for sha256 in entry.hashes}
        stored = [record.stored(sha256) for sha256 in kept]
    assert len(stored) == 2
    assert None not in map(sealed_header, stored)
    house.close()


def test_a_record_with_frames_is_run_and_recomputed(tmp_path: Path) -> None:
    house = opened(tmp_path / "mission")
    sent(house, "wanda", SHOT)
    house.close()
    printed = CliRunner().invoke(app, ["run", str(tmp_path / "mission"), "--quiet"])
    assert printed.exit_code in (0, 1), printed.output
    found = verify_mission(tmp_path / "mission", recompute=True, progress=lambda *_: None)
    assert found.ok, found.words()
    assert found.recomputed > 10


def test_when_a_party_is_erased_its_receipts_pass_on_and_no_more_are_given(tmp_path: Path) -> None:
    house = opened(tmp_path / "mission")
    rows_at = sent(house, "al", of_party("alpha"))["rows_at"]
    house.made.keeper.sign()
    (held, *_), key = receipts(house, "al", rows_at), key_of(house)
    house.close()
    simulated = Simulated(tmp_path / "mission")
    reason = Reason(by="L. Berg", why="asked for", known_at="2026-10-05T11:00:00Z")
    simulated.close()
    with record_in(tmp_path / "mission", writing=True) as record:
        erase_subject(record, vault_in(tmp_path / "mission", simulated.desk.mission), "ALPHA", reason)
    house = opened(tmp_path / "mission", Simulated(tmp_path / "mission"))
    answer = house.get(rows_at, "al")
    assert answer.status_code == 410
    assert "its key was destroyed" in answer.json()["detail"]
    with house.made.desk.reading() as record:
        assert verify(record).problems == ()
    assert shown_by(held, key=key).known_at == "2026-10-05T10:01:00Z"
    house.close()


def test_a_program_of_the_desks_own_has_no_account_to_ask_with_and_makes_no_frame(open_house: House) -> None:
    house = open_house
    file = Sent(
        content=(HEADER + SHOT.replace("-1,", "-2,")).encode(), name="dropped.csv", feed="reports", format="csv"
    )
    answer = receive(house.made.desk, file, by=WATCHER).result()
    assert len(answer.positions) == 1
    assert house.get(f"/api/intake/reports/{answer.subject[:16]}/rows", "wanda").status_code == 404


def test_another_attempt_asks_the_same() -> None:
    """What differs between two attempts, time and chance, is no part of what an idempotency key stands for."""
    told = {"sha256": "0" * 64, "name": "", "feed": "reports", "format": "csv", "size_bytes": 1, "compartment": ""}
    assert repr(Submit(**told, body={}, came_at_us=1)) == repr(Submit(**told, body={}, came_at_us=2))  # type: ignore[arg-type]
