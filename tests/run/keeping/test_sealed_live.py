"""Feeds that are sealed, in a served mission: whatever comes in for them, and what is inside it, goes with one key."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.run.live.simulated import HEADER, SHOT, H, Simulated, copy_mission
from tests.run.node.posts import table, world_in
from tests.serve.house import House, opened

from truceline.base.errors import ErasedError, InputError
from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.pipeline import silent
from truceline.record import verify_folder
from truceline.record.sealed.form import sealed_header
from truceline.run.batch import record_in, recorded_inputs, run_mission, vault_in
from truceline.run.keeping.erasing import Reason, erase_subject, retain
from truceline.run.live.receipts import FRAME
from truceline.run.live.watching.intake import Sent, receive
from truceline.run.mission import read_mission
from truceline.run.verification import Checked, verify_mission

WHOSE, MARK = "village register", b"taken by somebody of the village"
DAY_US = 86_400 * US_PER_S
FEED = 'name = "reports"\n'


def photo(mark: bytes = MARK) -> bytes:
    into, told = io.BytesIO(), Image.Exif()
    told[0x010E] = mark.decode()
    Image.new("RGB", (8, 8), (90, 20, 20)).save(into, "JPEG", exif=told)
    return into.getvalue()


def form(*photos: bytes, source: str = "acoustic") -> bytes:
    """A form's export, unpacked: one submission with its photos, and one photo that no row names."""
    into = io.BytesIO()
    names = [f"{number}.jpg" for number in range(len(photos))]
    columns = ",".join([HEADER.strip(), *(f"photo{number}" for number in range(len(photos))), "KEY"])
    line = ",".join([SHOT.splitlines()[0].replace("acoustic", source, 1), *names, "uuid:1"])
    with zipfile.ZipFile(into, "w") as package:
        package.writestr("reports.csv", f"{columns}\n{line}\n")
        for name, content in zip([*names, "unnamed.jpg"], [*photos, photo(MARK + b"!")], strict=True):
            package.writestr(f"media/{name}", content)
    return into.getvalue()


def sealing(folder: Path, settings: str) -> Simulated:
    copy_mission(folder)
    path = folder / "truceline.toml"
    text = path.read_text("utf-8")
    assert FEED in text
    path.write_text(text.replace(FEED, f"{FEED}{settings}\n"), "utf-8")
    return Simulated(folder)


def sent(simulated: Simulated, content: bytes, *, by: str = "wanda") -> str:
    """The hash under which the record knows it."""
    package = Sent(content=content, name="form.zip", feed="reports", format="odk")
    answer = receive(simulated.desk, package, by=simulated.who(by)).result()
    simulated.round()
    return answer.subject


def erased(folder: Path, name: str = WHOSE) -> int:
    """How many contents went."""
    reason = Reason(by="L. Berg", why="asked by the person", known_at="2026-10-06T00:00:00Z")
    with record_in(folder, writing=True) as record:
        entries = erase_subject(record, vault_in(folder, read_mission(folder)), name, reason)
    return sum(len(each.hashes) for each in entries)


def in_the_open(folder: Path, *marks: bytes) -> list[str]:
    """Every file of the record in which one of these stands."""
    files = [path for path in (folder / "record").rglob("*") if path.is_file()]
    assert len(files) > 10
    return [path.name for path in files if any(mark in path.read_bytes() for mark in marks)]


def recomputed(folder: Path) -> Checked:
    return verify_mission(folder, recompute=True, progress=silent)


def photos_of(simulated: Simulated) -> list[str]:
    return [name for row in simulated.desk.own("observation").to_pylist() for name in row["media"]]


@pytest.fixture(params=["the feed's subject", "a party"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, str, str]]:
    """A served mission, who sends to it, and for whom that is sealed."""
    feed = request.param == "the feed's subject"
    settings = f'sealed_for = "{WHOSE}"' if feed else ""
    made = opened(tmp_path / "mission", sealing(tmp_path / "mission", settings))
    yield made, *(("wanda", WHOSE) if feed else ("bo", "BETA"))
    made.simulated.close()


def test_photos_of_a_sealed_form_are_kept_sealed_read_and_erased_with_it(house: tuple[House, str, str]) -> None:
    made, by, whose = house
    simulated, folder = made.simulated, made.simulated.folder
    pictures = [photo(), photo(MARK + b", again")]
    sha256 = sent(simulated, form(*pictures, source="beta_log" if by == "bo" else "acoustic"), by=by)
    names = photos_of(simulated)
    assert [simulated.desk.content(each) for each in names] == pictures
    assert made.get(f"/api/media/{names[0]}?reason=to%20see", "wanda").content == pictures[0]
    with simulated.desk.reading() as record:
        (entry,) = (each for _, each in record.entries(kind="raw") if each.hashes[0] == sha256)
        assert len(entry.hashes) == 5  # itself, the rows of its receipts, three photos
        assert all(sealed_header(record.stored(each)) for each in entry.hashes)
    simulated.restart()
    assert photos_of(simulated) == names, "what is in a record is read as it was when it came"
    simulated.close()
    assert in_the_open(folder, MARK, b"uuid:1") == []
    assert erased(folder, whose) >= 5
    found = verify_folder(folder / "record")
    assert (found.ok, found.notes) == (True, ()), "every byte is named and as it was"
    with record_in(folder) as record:
        for each in entry.hashes:
            with pytest.raises(ErasedError, match="asked by the person"):
                record.get(each)
    simulated.start()
    assert photos_of(simulated) == []
    answer = made_again(made).get(f"/api/media/{names[0]}?reason=to%20see", "wanda")
    assert (answer.status_code, answer.json()["code"]) == (410, "input.erased")
    assert "destroyed on 2026-10-06 by L. Berg: asked by the person" in answer.json()["detail"]


def test_a_run_over_what_was_erased_is_told_as_such(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", f'sealed_for = "{WHOSE}"')
    folder = simulated.folder
    sent(simulated, form(photo()))
    simulated.close()
    run_mission(folder, now_us=simulated.clock.now_us + H)
    told = recomputed(folder)
    assert (told.ok, told.recomputed > 10) == (True, True), told.problems
    assert in_the_open(folder, MARK, b"uuid:1") == []
    live = folder / "feeds" / "reports.csv"
    assert erased(folder) >= 4
    told = recomputed(folder)
    assert (told.ok, told.recomputed) == (True, 0), told.problems
    assert told.again is not None
    assert {table.outcome for table in told.again.tables} == {"erased"}
    words = told.again.tables[0].why
    assert words.count("(erased on 2026-10-06 by L. Berg: asked by the person)") == 2
    assert live.relative_to(folder).as_posix() in words
    assert "live/reports/" in words
    with record_in(folder) as record, pytest.raises(ErasedError, match=r"feeds/reports\.csv.*asked by the person"):
        recorded_inputs(record)


def made_again(house: House) -> House:
    """The same mission served anew."""
    return opened(house.simulated.folder, house.simulated)


def test_rows_files_and_their_receipts_of_a_sealed_feed_are_sealed_for_its_subject(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", f'sealed_for = "{WHOSE}"')
    mine = simulated.send().subject
    alpha, beta = (
        simulated.send(SHOT.replace("acoustic", log).replace("uav_west", log), by=by).subject
        for by, log in (("al", "alpha_log"), ("bo", "beta_log"))
    )
    simulated.close()
    vault = vault_in(simulated.folder, read_mission(simulated.folder))
    with record_in(simulated.folder) as record:
        rows = [each.hashes[2] for _, each in record.entries(kind="table") if each.subject.startswith(FRAME)]
        assert len(rows) == 3
        stored = [sealed_header(record.stored(each)) for each in (mine, alpha, beta, *rows)]
    assert len({each.subject for each in stored if each}) == 3, "one key for the mission's, one for each party's"
    assert {each.subject for each in stored if each} <= set(vault.pseudonyms(WHOSE))
    assert None not in stored
    assert vault.pseudonyms("ALPHA") == []


def test_what_came_in_live_goes_when_its_time_ran_out_and_the_next_run_stands_on_the_rest(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", "keep_days = 3")
    folder, mission = simulated.folder, simulated.desk.mission
    sha256 = sent(simulated, form(photo()))
    (name,) = photos_of(simulated)
    simulated.close()
    before = run_mission(folder, now_us=simulated.clock.now_us + H)
    came_us, vault = simulated.clock.now_us, vault_in(folder, mission)
    with record_in(folder, writing=True) as record:
        assert retain(record, vault, mission, now_us=came_us + 3 * DAY_US - 1)[0] == []
        assert record.get(name) == photo()
        told, held = retain(record, vault, mission, now_us=came_us + 3 * DAY_US)
        assert (len(told), held) == (1, ())
        assert {sha256, name} < set(told[0].hashes)
        with pytest.raises(ErasedError, match="retention"):
            record.get(name)
    assert in_the_open(folder, MARK) == []
    again = run_mission(folder, now_us=came_us + 3 * DAY_US)
    assert again.entries_after > again.entries_before, "an erasure is news"
    assert again.products.observations.num_rows == before.products.observations.num_rows - 1
    told_again = recomputed(folder)
    assert (told_again.ok, told_again.recomputed > 10) == (True, True), told_again.problems


def test_the_missions_own_sealed_file_has_one_name_in_the_log_and_on_the_pages(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", f'sealed_for = "{WHOSE}"')
    simulated.close()
    run_mission(simulated.folder, now_us=simulated.clock.now_us)
    with record_in(simulated.folder) as record:
        (entry,) = (each for _, each in record.entries(kind="raw") if each.subject == "feeds/reports.csv")
    simulated.start()
    assert set(simulated.desk.own("observation")["raw_sha256"].to_pylist()) == set(entry.hashes)
    simulated.close()


def test_nothing_new_is_sealed_under_a_key_whose_erasure_was_stopped(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", f'sealed_for = "{WHOSE}"')
    simulated.send()
    simulated.close()
    vault = vault_in(simulated.folder, simulated.desk.mission)
    with record_in(simulated.folder, writing=True) as record:
        reason = Reason(by="L. Berg", why="asked", known_at=stamp(simulated.clock.now_us))
        keys = {path: path.read_bytes() for path in (simulated.folder / "keys" / "sealed").iterdir()}
        erase_subject(record, vault, WHOSE, reason)
    for path, key in keys.items():
        path.write_bytes(key)
    simulated.start()
    package = form(photo())
    assert simulated.desk.content(sent(simulated, package)) == package
    simulated.close()


def test_a_file_that_two_feeds_have_sealed_apart_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    simulated = sealing(tmp_path / "mission", f'sealed_for = "{WHOSE}"')
    simulated.close()
    path = simulated.folder / "truceline.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('name = "claims"\npath = "feeds/claims.csv"', _OTHER), "utf-8")
    with record_in(simulated.folder) as record:
        size = record.size
    with pytest.raises(InputError, match="each has it sealed under another key"):
        run_mission(simulated.folder, now_us=simulated.clock.now_us)
    with record_in(simulated.folder) as record:
        assert record.size == size
    with pytest.raises(InputError, match="each has it sealed under another key"):
        simulated.start()


_OTHER = 'name = "claims"\nsealed_for = "somebody else"\npath = "feeds/reports.csv"'


def test_a_nodes_captures_for_a_sealed_feed_are_refused_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    world.make("north", numbers=5)
    path = world.mission / "truceline.toml"
    name = 'name = "observations"'
    path.write_text(path.read_text("utf-8").replace(name, f'{name}\nsealed_for = "{WHOSE}"'), "utf-8")
    world.capture("north", table("A-77"))
    (pack,) = world.pack("north")
    size = world.size()
    with pytest.raises(InputError, match="whose content is kept sealed"):
        world.take(pack)
    assert world.size() == size
    assert not any(b"A-77" in each.read_bytes() for each in (world.mission / "record").rglob("*/*/*"))
