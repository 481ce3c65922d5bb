"""Fixity: content is read again in parts, at a pace, and what is bad is in the log before it is an error."""

from itertools import pairwise
from pathlib import Path

import pytest
from tests.record.small import blob, entry, flipped, overwrite

from truceline.base.errors import IntegrityError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.model.entry import Entry
from truceline.record import Record, open_record, verify_folder
from truceline.run.keeping.fixity import KIND, Pace, check_fixity, fixity_due, fixity_entry, refuse_bad

NOW_US = 1_770_000_000_000_000
HOUR_US = 3_600 * US_PER_S
COUNT, SIZE = 20, 1_000
FAST = Pace(bytes_per_s=10**12)
IN_PARTS = Pace(bytes_per_s=10**12, part_bytes=3 * SIZE)


@pytest.fixture
def hashes(tmp_path: Path) -> list[str]:
    with open_record(tmp_path / "record") as record:
        made = [record.put(b"%04d" % number * (SIZE // 4)) for number in range(COUNT)]
        record.append([entry("feed-a", kind="raw", hashes=tuple(made))])
    return sorted(made)


def check(folder: Path, pace: Pace = FAST, *, now_us: int = NOW_US) -> list[Entry]:
    with open_record(folder / "record") as record:
        return check_fixity(record, now_us=now_us, pace=pace)


def last(folder: Path) -> dict[str, object]:
    with open_record(folder / "record", writing=False) as record:
        found = record.last(KIND, "content")
    assert found is not None
    return found[1].detail


def test_a_good_store_is_read_to_its_end(tmp_path: Path, hashes: list[str]) -> None:
    (told,) = check(tmp_path)
    assert told.detail == {
        "round": "2026-02-02T02:40:00Z",
        "until": "",
        "checked": COUNT,
        "bytes": COUNT * SIZE,
        "bad": [],
        "unread": [],
    }
    assert hashes
    assert verify_folder(tmp_path / "record").ok


def test_each_part_goes_on_where_the_last_one_stopped(tmp_path: Path, hashes: list[str]) -> None:
    seen: list[object] = []
    with open_record(tmp_path / "record") as record:
        while not seen or seen[-1]:
            told = fixity_entry(record, now_us=NOW_US + len(seen), pace=IN_PARTS)
            record.append([told])
            assert told.detail["round"] == "2026-02-02T02:40:00Z"
            assert told.detail["checked"] == 3 or not told.detail["until"]
            seen.append(told.detail["until"])
        checked = [int(str(one.detail["checked"])) for _, one in record.entries(kind=KIND)]
    assert sum(checked) == COUNT, "one was left out, or read twice"
    assert seen[:-1] == [hashes[sum(checked[: at + 1]) - 1] for at in range(len(checked) - 1)]
    assert seen[-1] == ""


@pytest.mark.parametrize("pace", [FAST, IN_PARTS])
@pytest.mark.parametrize("at", [0, COUNT // 2, COUNT - 1])
def test_a_bad_piece_is_in_the_log_before_it_is_an_error(
    tmp_path: Path, hashes: list[str], at: int, pace: Pace
) -> None:
    path = blob(tmp_path / "record", hashes[at])
    overwrite(path, flipped(path.read_bytes(), SIZE // 2))
    with pytest.raises(IntegrityError, match=hashes[at]):
        check(tmp_path, pace)
    with open_record(tmp_path / "record", writing=False) as record:
        told = [one.detail for _, one in record.entries(kind=KIND)]
    assert [each["bad"] for each in told if each["bad"]] == [[hashes[at]]]
    assert told[-1]["until"] == "", "it went on to the end"


def test_a_missing_piece_is_found_at_the_end_of_the_round(tmp_path: Path, hashes: list[str]) -> None:
    blob(tmp_path / "record", hashes[3]).unlink()
    with pytest.raises(IntegrityError, match=hashes[3]):
        check(tmp_path, IN_PARTS)
    assert last(tmp_path)["bad"] == [hashes[3]]


def test_a_piece_that_the_disk_does_not_give_is_told_apart(
    tmp_path: Path, hashes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, mode: str) -> object:
        raise OSError(5, "broken") if path.name == hashes[3][2:] else AssertionError(path)

    whole = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, mode: refused(path, mode) if path.name == hashes[3][2:] else whole(path, mode)
    )
    with pytest.raises(UnavailableError, match="copy the record to another"):
        check(tmp_path)
    assert (last(tmp_path)["unread"], last(tmp_path)["bad"], last(tmp_path)["checked"]) == ([hashes[3]], [], COUNT)


def test_what_comes_in_meanwhile_is_read_now_or_in_the_next_round(tmp_path: Path, hashes: list[str]) -> None:
    with open_record(tmp_path / "record") as writer:
        with open_record(tmp_path / "record", writing=False) as reader:
            writer.append([fixity_entry(reader, now_us=NOW_US, pace=IN_PARTS)])
            writer.put(b"new")
            writer.append([entry("feed-b", kind="raw", hashes=(writer.put(b"new"),))])
            while (told := fixity_entry(reader, now_us=NOW_US, pace=IN_PARTS)).detail["until"]:
                writer.append([told])
            writer.append([told])
            refuse_bad(told)
        (whole,) = check_fixity(writer, now_us=NOW_US, pace=FAST)
    assert whole.detail["checked"] == COUNT + 1
    assert hashes


def test_no_more_is_read_than_the_pace_allows(tmp_path: Path, hashes: list[str]) -> None:
    waited: list[float] = []
    check(tmp_path, Pace(bytes_per_s=1, wait=waited.append))
    asked = [round(each) for each in waited]
    assert len(asked) == COUNT == len(hashes)
    assert all(later > earlier for earlier, later in pairwise(asked))
    assert COUNT * SIZE - 600 < asked[-1] <= COUNT * SIZE, (
        "it was to wait as long as its bytes take, and it did not wait"
    )


def test_a_round_is_due_when_none_was_or_the_last_is_old_or_was_not_ended(tmp_path: Path, hashes: list[str]) -> None:
    assert hashes

    def due(record: Record, hours: int) -> bool:
        return fixity_due(record, every_h=24, now_us=NOW_US + hours * HOUR_US)

    with open_record(tmp_path / "record") as record:
        assert due(record, 0)
        assert not fixity_due(record, every_h=0, now_us=NOW_US)
        record.append([fixity_entry(record, now_us=NOW_US, pace=IN_PARTS)])
        assert due(record, 0), "it was not ended"
        check_fixity(record, now_us=NOW_US + HOUR_US, pace=FAST)
        assert [due(record, hours) for hours in (0, 23, 24)] == [False, False, True]
        assert not fixity_due(record, every_h=0, now_us=NOW_US + 100 * HOUR_US)
