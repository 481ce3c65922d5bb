"""What should not come in over HTTP: a clear refusal with its code, nothing half done, one line in the log."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from tests.run.live.simulated import HEADER, SHOT
from tests.serve.house import HOST, House, opened, routes_of

from truceline.record import open_record
from truceline.run.live.desk import RECORD

JSON, CSV = {"content-type": "application/json"}, {"content-type": "text/csv"}
ROOM = {"content-type": "text/csv", "idempotency-key": "again"}
SAMPLES = "/api/reviews/samples"
SAMPLE = {"name": "drawn", "from_us": 0, "share_permille": 100, "seed": "s"}
FORGED = {**JSON, "cookie": "truceline=" + "a" * 43, "origin": f"http://{HOST}"}
PATHS_ODD = ("%2e%2e", "..%2f..%2fetc", "%00", "a%5cb", "%2e%2e%5c", "a%2f%2fb", "%0a", "x" * 3_000, "%ff%fe", "..;x")


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One request that is refused. `code`: of the problem document."""

    name: str
    status: int
    code: str
    method: str = "POST"
    path: str = SAMPLES
    by: str = "rita"
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


def sample(**changed: object) -> bytes:
    return json.dumps({**SAMPLE, **changed}).encode()


def intake(name: str, content: bytes, status: int, code: str, headers: dict[str, str] | None = None) -> Bad:
    return Bad(
        name=name, status=status, code=code, path="/api/intake/reports", by="wanda", content=content,
        headers=dict(CSV if headers is None else headers),
    )  # fmt: skip


UNREADABLE, FIELD, LARGE = "input.unreadable", "input", "input.too-large"
TABLE = (
    Bad(name="10 MB of JSON", status=413, code=LARGE, content=b'{"name": "' + b"a" * 10_000_000 + b'"}'),
    Bad(name="100,000 brackets", status=413, code=LARGE, content=b"[" * 100_000 + b"]" * 100_000),
    Bad(
        name="100,000 objects in one another",
        status=413,
        code=LARGE,
        content=b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ),
    Bad(name="no JSON", status=422, code=FIELD, content=b"{"),
    Bad(name="no body", status=422, code=FIELD),
    Bad(name="a list for an object", status=422, code=FIELD, content=b"[]"),
    Bad(name="null", status=422, code=FIELD, content=b"null"),
    Bad(name="wrong type", status=422, code=FIELD, content=sample(share_permille="much")),
    Bad(name="unknown field", status=422, code=FIELD, content=sample(admin=True)),
    Bad(name="field missing", status=422, code=FIELD, content=b'{"name": "drawn"}'),
    Bad(name="NaN", status=422, code=FIELD, content=sample().replace(b"100", b"NaN")),
    Bad(name="Infinity", status=422, code=FIELD, content=sample().replace(b"100", b"1e999")),
    Bad(name="a number of 5,000 digits", status=400, code=UNREADABLE, content=sample().replace(b"100", b"9" * 5_000)),
    Bad(name="2**63", status=422, code=FIELD, content=sample(from_us=2**63)),
    Bad(name="below zero", status=422, code=FIELD, content=sample(from_us=-1)),
    Bad(name="a lone surrogate", status=422, code=FIELD, content=sample(seed="\ud800")),
    Bad(name="no UTF-8", status=400, code=UNREADABLE, content=b'{"name": "\xff\xfe"}'),
    Bad(name="a zero byte in a name", status=422, code=FIELD, content=sample(name="a\u0000b")),
    Bad(
        name="form for JSON",
        status=422,
        code=FIELD,
        content=b"name=drawn",
        headers={"content-type": "application/x-www-form-urlencoded"},
    ),
    Bad(
        name="parts of nothing",
        status=422,
        code=FIELD,
        content=b"--x\r\njunk",
        headers={"content-type": "multipart/form-data; boundary=x"},
    ),
    intake("17 MB of rows", b"a," * 8_500_000, 413, LARGE),
    intake("packed rows", gzip.compress(b"a," * 5_000_000), 422, FIELD, {**CSV, "content-encoding": "gzip"}),
    intake("a type that nobody reads", b"<a/>", 400, UNREADABLE, {"content-type": "image/svg+xml"}),
    intake(
        "Parquet, which says too little of its size",
        b"PAR1",
        400,
        UNREADABLE,
        {"content-type": "application/vnd.apache.parquet"},
    ),
    intake("no type", b"a,b", 400, UNREADABLE, {}),
    intake("JSON that is none", b"{{{", 422, FIELD, JSON),
    intake("rows of another feed", b"a,b\n1,2\n", 422, FIELD),
    intake("a table without rows", HEADER.encode(), 422, FIELD),
    intake("a package that is none", b"PK\x03\x04junk", 422, FIELD, {"content-type": "application/zip"}),
    Bad(
        name="no such feed",
        status=404,
        code="input.unknown-name",
        path="/api/intake/nowhere",
        by="wanda",
        content=b"a,b\n1,2\n",
        headers=dict(CSV),
    ),
    Bad(name="a method of another name", status=405, code="input.method", method="PROPFIND"),
    Bad(
        name="a forged key",
        status=401,
        code="refused.sign-in",
        by="",
        headers={**JSON, "authorization": "Bearer tl_aaaaaaaa_" + "b" * 43},
    ),
    Bad(
        name="a forged session", status=401, code="refused.sign-in", by="", method="GET", path="/api/me", headers=FORGED
    ),
    Bad(
        name="a forged session that would change something",
        status=403,
        code="refused.foreign",
        by="",
        content=sample(),
        headers=FORGED,
    ),
    Bad(name="another host", status=403, code="refused.foreign", headers={**JSON, "host": "example.org"}),
    Bad(
        name="from another site",
        status=403,
        code="refused.foreign",
        by="",
        headers={**JSON, "origin": "https://example.org"},
    ),
    Bad(
        name="from a page elsewhere",
        status=403,
        code="refused.foreign",
        by="",
        headers={**JSON, "sec-fetch-site": "cross-site"},
    ),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(tmp_path_factory.mktemp("bad") / "mission")
    for name in ("wanda", "rita", "chair"):
        made.key(name)
    yield made
    made.close()


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_what_cannot_be_meant_is_refused_with_a_code_and_changes_nothing(shared: House, bad: Bad) -> None:
    before, noted = shared.made.desk.position, len(shared.notes)
    answer = shared.ask(bad.method, bad.path, bad.by, content=bad.content, headers=dict(bad.headers))
    told = answer.json()
    assert (answer.status_code, told["code"][: len(bad.code)]) == (bad.status, bad.code), told
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert told["detail"]
    assert told["remedy"]
    assert len(answer.content) < 1_500
    assert shared.made.desk.position == before
    assert [note.status for note in shared.notes[noted:]] == [bad.status]


def test_a_body_without_a_length_is_counted_as_it_comes(shared: House) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(17):
            yield b"a" * 1_000_000

    before = shared.made.desk.position
    answer = shared.ask("POST", "/api/intake/reports", "wanda", content=pieces(), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (413, LARGE)
    assert shared.made.desk.position == before


def written_since(house: House, before: int) -> set[str]:
    """The kinds of the entries that the record has gained."""
    with open_record(house.made.desk.folder / RECORD, writing=False) as record:
        return {entry.kind for position, entry in record.entries() if position >= before}


@pytest.mark.parametrize("odd", PATHS_ODD)
def test_odd_names_in_paths_name_nothing(shared: House, odd: str) -> None:
    before = shared.made.desk.position
    for method, path in routes_of(shared.made.app):
        if "{" not in path or method == "MOUNT":
            continue
        asked = "/".join(odd if part.startswith("{") and part.endswith("}") else part for part in path.split("/"))
        asked = asked.replace("{kind}.{ending}", odd).replace("{language}.{ending}", odd).replace("{kind}", odd)
        answer = shared.ask(method, asked, "chair", json={})
        assert answer.status_code in (400, 401, 403, 404, 405, 409, 422), f"{method} {asked[:80]}: {answer.status_code}"
    assert written_since(shared, before) <= {"refusal"}


def test_a_name_that_comes_twice_is_read_once(shared: House) -> None:
    """JSON leaves open which of two equal names counts; here it is the last, for every reader alike."""
    twice = b'{"act": "embargo", "items": ["evt-none"], "reason": "", "reason": "said"}'
    answer = shared.ask("POST", "/api/releases", "chair", content=twice, headers=JSON)
    (entry,) = shared.made.desk.entries("release", "evt-none")
    assert (answer.status_code, entry[1].detail["reason"]) == (201, "said")


def test_a_method_written_into_a_header_counts_for_nothing(shared: House) -> None:
    before = shared.made.desk.position
    for name in ("x-http-method-override", "x-http-method", "x-method-override"):
        answer = shared.ask("GET", "/api/clock", "chair", headers={name: "POST"})
        assert answer.status_code == 200
    assert shared.made.desk.position == before


def test_without_its_pages_token_a_session_changes_nothing(house: House) -> None:
    headers = house.sign_in("wanda")
    before = house.made.desk.position
    for method, path in routes_of(house.made.app):
        if method in ("GET", "MOUNT") or path == "/api/session":
            continue
        asked = path.replace("{", "").replace("}", "")
        for token in ("", "0" * 64):
            less = {name: value for name, value in headers.items() if name != "x-csrf-token"}
            answer = house.ask(method, asked, headers={**less, **({"x-csrf-token": token} if token else {})}, json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "refused.foreign"), f"{method} {path}"
    assert house.made.desk.position == before


def test_a_key_for_one_operation_is_no_key_for_another(house: House) -> None:
    def send(rows: str) -> tuple[int, str]:
        answer = house.ask("POST", "/api/intake/reports", "wanda", content=(HEADER + rows).encode(), headers=ROOM)
        return answer.status_code, answer.json().get("code", "")

    assert send(SHOT) == (201, "")
    after = house.made.desk.position
    assert send(SHOT) == (200, "")
    assert house.made.desk.position == after
    status, code = send(SHOT.replace("A-1", "A-2"))
    assert (status, code.partition(".")[0]) == (409, "decision"), code
    assert [entry.kind for _, entry in house.made.desk.entries("refusal", "again")] == ["refusal"]


def test_formulas_stay_text_in_every_table(house: House) -> None:
    """A cell that begins like a formula comes in as it is, and leaves so that no spreadsheet runs it."""
    row = SHOT.splitlines()[0].replace(",300,,acoustic", ",300,\"=cmd|'/c calc'!A1\",acoustic")
    answer = house.ask("POST", "/api/intake/reports", "wanda", content=(HEADER + row).encode(), headers=CSV)
    assert answer.status_code == 201, answer.text
    house.simulated.round()
    (seen,) = [each for each in house.told("/api/items/observation", "wanda")["items"] if "cmd" in each["place_name"]]
    assert seen["place_name"].startswith("=cmd")
    table = house.get("/api/export/observation.csv", "wanda").text
    assert "'=cmd" in table
    assert ",=cmd" not in table
    assert '"=cmd' not in table
