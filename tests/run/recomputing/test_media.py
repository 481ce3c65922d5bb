"""What was made from footage is made again where no encoder stands between; what is not is said."""

from dataclasses import replace

import pytest
from tests.run.footage.damage import OSH

from truceline.model.entry import Entry
from truceline.record import open_record
from truceline.run.footage.proxies import keep_proxy
from truceline.run.recomputing.media import media_again

AT = "2026-11-23T10:00:00Z"


@pytest.fixture
def record(tmp_path):
    with open_record(tmp_path / "record") as opened:
        yield opened


def test_a_proxy_that_holds_the_originals_pictures_is_made_again_bit_for_bit(record):
    original = record.put(OSH.read_bytes())
    keep_proxy(record, original, known_us=1_700_000_000_000_000)
    found = media_again(record)
    assert (found.equal, found.problems, found.notes) == (1, [], [])


def test_another_film_in_its_place_is_a_problem_and_one_by_other_code_is_told(record):
    original = record.put(OSH.read_bytes())
    keep_proxy(record, original, known_us=1_700_000_000_000_000)
    entry = record.last("derived", f"proxy of {original}")[1]
    record.append([replace(entry, hashes=(record.put(b"another film"), original))])
    found = media_again(record)
    assert found.equal == 0
    assert [each.startswith(f"proxy of {original}: made again, its bytes are others") for each in found.problems] == [
        True
    ]
    record.append(
        [replace(entry, hashes=(entry.hashes[1], original), detail=entry.detail | {"code": "truceline 0.0.1"})]
    )
    found = media_again(record)
    assert found.problems == []
    assert "truceline 0.0.1 made other bytes than" in found.notes[0]


def test_what_is_not_made_again_is_said_with_its_number(record):
    thing, original = record.put(b"thing"), record.put(b"no film at all")
    for number, subject in enumerate(("proxy of a", "proxy of b", "clip of a")):
        detail = {"media_type": "video/webm", "code": "x", "number": number}
        entry = Entry(kind="derived", subject=subject, author="x", known_at=AT, hashes=(thing, original), detail=detail)
        record.append([entry])
    record.append([Entry(kind="bulletin", subject="b-1", author="x", known_at=AT)])
    mp4 = {"media_type": "video/mp4", "code": "x"}
    record.append(
        [Entry(kind="derived", subject="proxy of c", author="x", known_at=AT, hashes=(thing, original), detail=mp4)]
    )
    found = media_again(record)
    assert found.problems == []
    assert [note.split(":")[1] for note in found.notes if "proxy of c" in note] == [" proxy of c"]
    assert "not computed again: 2 proxy (encoder: other bytes with each version of it)" in found.notes
    assert "not computed again: 1 clip (encoder: other bytes with each version of it)" in found.notes
    assert "not computed again: 1 bulletins (they stand on their own hashes)" in found.notes
