"""The API as programs use it: sending, deciding, acting in cases, reading what was told, checking a receipt."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import threading
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest
import uvicorn
from PIL import Image
from tests.run.live.simulated import HEADER, MIN, MISSION, SHOT
from tests.serve.house import House, opened

from truceline.model.review import Review

H_US = 3_600_000_000
CSV = {"content-type": "text/csv"}
ROOT = Path(__file__).parents[2]


def send(house: House, content: bytes, media_type: str, by: str = "wanda", feed: str = "reports") -> dict[str, object]:
    answer = house.ask("POST", f"/api/intake/{feed}", by, content=content, headers={"content-type": media_type})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()["receipt"]
    return found


def rows_of(text: str) -> list[dict[str, str]]:
    names = HEADER.strip().split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in text.splitlines()]


def as_arrow(rows: list[dict[str, str]]) -> bytes:
    table, into = pa.Table.from_pylist(rows), io.BytesIO()
    with pa.ipc.new_stream(into, table.schema) as writer:
        writer.write_table(table)
    return into.getvalue()


def as_geojson(rows: list[dict[str, str]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {name: value for name, value in row.items() if name not in ("lon", "lat")},
            "geometry": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
        }
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


FORMS = {
    "text/csv": lambda rows: (HEADER + "".join(",".join(row.values()) + "\n" for row in rows)).encode(),
    "application/json": lambda rows: json.dumps(rows).encode(),
    "application/geo+json": as_geojson,
    "application/vnd.apache.arrow.stream": as_arrow,
}


@pytest.mark.parametrize("media_type", FORMS)
def test_rows_come_in_in_any_form_and_each_is_answered(house: House, media_type: str) -> None:
    rows = rows_of(SHOT)
    rows.append(rows[0] | {"report": "A-3", "act": "sing"})
    receipt = send(house, FORMS[media_type](rows), media_type)
    assert {name: receipt[name] for name in ("read", "rows", "rejects")} == {"read": 3, "rows": 2, "rejects": 1}
    (reject,) = receipt["rejected"]  # type: ignore[misc]
    assert reject["reason"] == "unknown-word"
    assert receipt["confidential"] is False
    house.simulated.round()
    assert [row["act"] for row in house.told("/api/events", "wanda")["events"]] == ["fly", "fire"]


def form_of(photo: bytes) -> bytes:
    """An offline form's export: one submission with its photo."""
    rows, into = rows_of(SHOT)[:1], io.BytesIO()
    names = [*rows[0], "photo", "KEY"]
    with zipfile.ZipFile(into, "w") as package:
        line = ",".join([*rows[0].values(), "p.jpg", "uuid:1"])
        package.writestr("reports.csv", f"{','.join(names)}\n{line}\n")
        package.writestr("media/p.jpg", photo)
    return into.getvalue()


def a_photo() -> bytes:
    into = io.BytesIO()
    told = Image.Exif()
    told[0x010E] = "taken by somebody"
    Image.new("RGB", (8, 8), (90, 20, 20)).save(into, "JPEG", exif=told)
    return into.getvalue()


def test_a_photo_is_read_by_the_mission_with_a_reason_and_by_others_once_published(tmp_path: Path) -> None:
    house = with_photos(tmp_path / "mission")
    photo = a_photo()
    sha256 = hashlib.sha256(photo).hexdigest()
    send(house, form_of(photo), "application/zip")
    house.simulated.round()
    path = f"/api/media/{sha256}"
    assert house.get(path, "wanda").status_code == 422
    assert house.made.desk.entries("custody", sha256) == []
    answer = house.get(f"{path}?reason=to%20see%20the%20fuze", "wanda")
    assert (answer.status_code, answer.content) == (200, photo)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    ((_, entry),) = house.made.desk.entries("custody", sha256)
    assert (entry.author, entry.detail["reason"]) == ("wanda", "to see the fuze")
    for by in ("al", "", "audit"):
        assert house.get(path, by).status_code == 404
    publish = {"act": "publish", "items": [sha256], "reason": "both parties asked for it"}
    assert house.post("/api/releases", publish, "rep").status_code == 201
    house.simulated.clock.on(2 * H_US)
    house.simulated.tick()
    copy = house.get(path, "al")
    assert copy.status_code == 200
    assert copy.headers["content-type"] == "image/jpeg"
    assert b"taken by somebody" in photo
    assert b"taken by somebody" not in copy.content
    assert house.get(path, "").status_code == 404  # no rule is for the public
    assert house.get(f"/api/media/{house.made.desk.books.arrived.popitem()[0][0]}", "wanda").status_code == 404
    house.close()


def with_photos(folder: Path) -> House:
    """The mission whose reports have photos, and whose rules name them."""
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report"))
    path = folder / "truceline.toml"
    text = path.read_text("utf-8").replace("[[areas]]", '[[release]]\nto = "parties"\nkind = "media"\n\n[[areas]]', 1)
    path.write_text(text, "utf-8")
    return opened(folder)


def test_a_statement_under_one_key_is_made_once(case_house: House) -> None:
    (case_id,) = case_house.made.desk.books.cases.cases
    said = {"kind": "noted", "words": "seen"}
    first, second = (case_house.post(f"/api/cases/{case_id}/statements", said, "wanda", key="n1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["positions"] == second.json()["positions"]
    other = case_house.post(f"/api/cases/{case_id}/statements", said | {"words": "heard"}, "wanda", key="n1")
    assert other.status_code == 409
    notes = [row for row in case_house.told(f"/api/cases/{case_id}", "wanda")["history"] if row["kind"] == "noted"]
    assert [row["words"] for row in notes] == ["seen"]


def test_nobody_speaks_for_another_and_the_refusal_is_recorded(case_house: House) -> None:
    (case_id,) = case_house.made.desk.books.cases.cases
    answer = case_house.post(
        f"/api/cases/{case_id}/statements",
        {"kind": "acted", "actor": "MISSION", "step": "look", "result": "refused"},
        "al",
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "refused.right")
    assert case_house.made.desk.entries("refusal", "al")
    assert case_house.told(f"/api/cases/{case_id}", "al")["case"]["step"] == "look"


def test_a_panel_attributes_and_how_it_voted_stays_inside(case_house: House) -> None:
    (case_id,) = case_house.made.desk.books.cases.cases
    case_house.simulated.clock.on(120 * MIN)
    case_house.simulated.tick()
    case_house.simulated.act("wanda", case_id, "acted", "MISSION", "look", "substantiated")
    for name in ("ana", "ben", "carl", "dora"):
        answer = case_house.post(f"/api/cases/{case_id}/attribution", {"party": "BETA", "words": "by ear"}, name)
        assert answer.status_code == 201, answer.text
    assert case_house.post(f"/api/cases/{case_id}/attribution", {"party": "BETA"}, "leo").status_code == 403
    told = {by: case_house.told(f"/api/cases/{case_id}", by)["attribution"] for by in ("wanda", "al", "bo")}
    assert {each["violator"] for each in told.values()} == {"BETA"}
    assert len(told["wanda"]["votes"]) == 4
    assert (told["al"]["votes"], told["bo"]["votes"]) == ([], [])


def test_a_review_that_cannot_be_meant_is_refused_and_changes_nothing(house: House) -> None:
    house.simulated.send()
    (shot,) = [row["event_id"] for row in house.told("/api/events", "rita")["events"] if row["act"] == "fire"]
    path, before = f"/api/events/{shot}/reviews", house.made.desk.position
    for said, status in (
        ({"act": "correct", "reason": "r", "values": {"act": "sing"}}, 404),
        ({"act": "split", "reason": "r", "members": ["obs-none"]}, 404),
        ({"act": "merge", "reason": "r", "others": ["evt-none"]}, 404),
    ):
        answer = house.post(path, said, "rita")
        assert answer.status_code == status, answer.text
    assert house.made.desk.position == before
    assert house.post(path, {"act": "confirm"}, "rita").status_code == 201
    house.simulated.round()
    assert house.told(f"/api/events/{shot}", "rita")["status"] == "confirmed"


def test_a_blind_sample_shows_observations_and_no_decision(house: House) -> None:
    house.simulated.send()
    (shot,) = [row["event_id"] for row in house.told("/api/events", "rita")["events"] if row["act"] == "fire"]
    house.simulated.review(Review(event_id=shot, act="confirm", at_us=0, author=""))
    day_us = house.simulated.clock.now_us // (24 * H_US) * (24 * H_US)
    drawn = {"name": "week-41", "from_us": day_us, "share_permille": 1000, "seed": "thrown dice"}
    assert house.post("/api/reviews/samples", drawn, "rita").status_code == 201
    assert house.post("/api/reviews/samples", drawn, "rita").status_code == 409
    answer = house.get("/api/reviews/samples/week-41", "rita")
    assert len(answer.json()["observations"]) == 2
    assert not {"status", "event_id", "members"} & set(answer.json()["observations"][0])
    assert "confirm" not in answer.text
    quality = house.told("/api/reviews/samples/week-41/quality", "rita")
    assert {"match", "false", "overlap", "missed_by_automation"} == set(quality)


def test_an_auditor_reads_the_record_without_words_and_without_the_secret_of_ids(case_house: House) -> None:
    entries = "/api/entries?kind=mission&subject=id-key"
    ((_, entry),) = case_house.made.desk.entries("mission", "id-key")
    salt = str(entry.detail["salt"])
    assert len(bytes.fromhex(salt)) == 32
    assert salt in case_house.get(entries, "chair").text
    assert salt not in case_house.get(entries, "audit").text
    assert case_house.get(entries, "al").status_code == 404


# The columns that a receipt is over, as docs/api.md names them.
COLUMNS = "finding_id mandate clause addressee reading event_ids verdict reason breach_class outcome status"
WIDENED = ("earliest_at_us", "latest_at_us")


def common_sha256(row: dict[str, object]) -> str:
    """As a party works it out: with a hash, and from its own answer alone."""
    hour_us, part = H_US, {name: row[name] for name in COLUMNS.split()}
    for name in WIDENED:
        first_us = int(str(row[name])) // hour_us * hour_us
        part[name] = first_us if name == "earliest_at_us" else first_us + hour_us - 1
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_each_party_checks_by_itself_that_the_other_was_told_the_same(case_house: House) -> None:
    receipts = {by: case_house.told("/api/receipts", by)["receipts"] for by in ("al", "bo")}
    assert receipts["al"] == receipts["bo"] != []
    for by in ("al", "bo"):
        for receipt in receipts[by]:
            told = case_house.told(f"/api/findings/{receipt['finding_id']}", by)
            assert common_sha256(told["finding"]) == receipt["common_sha256"]
            assert told["receipt"]["common_sha256"] == receipt["common_sha256"]
            assert receipt["parties"] == ["ALPHA", "BETA"]
    (row, *_) = case_house.told("/api/findings", "al")["findings"]
    assert common_sha256(row | {"verdict": "no_breach"}) not in {each["common_sha256"] for each in receipts["al"]}
    assert case_house.told("/api/receipts")["receipts"] == []


def test_a_timer_is_told_to_nobody_outside(case_house: House) -> None:
    told = {by: case_house.told("/api/clock", by)["next_timer_us"] for by in ("wanda", "audit", "al", "")}
    assert told["wanda"] == told["audit"] is not None
    assert (told["al"], told[""]) == (None, None)


def test_another_accounts_key_is_ended_by_whoever_administers_and_by_no_key(house: House) -> None:
    text = house.key("al")
    prefix = house.told("/api/keys", "al")["keys"][0]["prefix"]
    assert house.ask("DELETE", f"/api/keys/{prefix}", "chair").status_code == 403
    assert house.ask("DELETE", f"/api/keys/{prefix}", "al").status_code == 204
    assert (
        house.client.get("/api/me", headers={"host": "127.0.0.1", "authorization": f"Bearer {text}"}).status_code == 401
    )


def test_the_commands_of_the_guide_do_what_it_says(case_house: House, tmp_path: Path) -> None:
    """Each line of docs/api.md that begins with `curl` is run, against a server on this machine."""
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    commands = re.findall(r"^curl (?:.*\\\n)*.*", page, re.MULTILINE)
    assert len(commands) >= 8
    (case_id,) = case_house.made.desk.books.cases.cases
    finding_id = case_house.made.desk.books.cases.cases[case_id].opening.finding_ids[0]
    (tmp_path / "rows.csv").write_text(HEADER + SHOT.replace("A-1", "A-7").replace("U-1", "U-7"), "utf-8")
    server = uvicorn.Server(uvicorn.Config(case_house.made.app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    known = {"SERVER": f"http://127.0.0.1:{port}", "CASE": case_id, "FINDING": finding_id}
    for command in commands:
        names = {"KEY": case_house.key("wanda"), "PARTY_KEY": case_house.key("al"), **known}
        done = subprocess.run(
            ["/bin/sh", "-c", command.replace("curl ", "curl -sS -m 5 -w ' %{http_code}' ", 1)],
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", **names},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout[-3:] in ("200", "201"), f"{command}\n{done.stdout}\n{done.stderr}"
    server.should_exit = True
    thread.join(10)
