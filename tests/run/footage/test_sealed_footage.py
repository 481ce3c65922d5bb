"""Footage that is sealed: the film, what lies beside it and the copies made of it go with one key."""

import shutil
from pathlib import Path

import pytest

from truceline.base.errors import ErasedError
from truceline.model.derived import DERIVED
from truceline.pipeline import silent
from truceline.record.sealed.form import sealed_header
from truceline.run.batch import Run, record_in, run_mission, vault_in
from truceline.run.footage.proxies import keep_proxies
from truceline.run.footage.stills import stills_of
from truceline.run.keeping.erasing import Reason, erase_subject, sealed_alike
from truceline.run.live.desk import open_desk
from truceline.run.live.watching.intake import take_watched
from truceline.run.live.watching.watch import watch_of
from truceline.run.verification import verify_mission

MISSION = Path(__file__).parents[3] / "missions" / "drone-yard"
NOW_US, WHOSE = 1_795_000_000_000_000, "people of the yard"
FILES = ("feeds/flight.ts", "feeds/marks.csv")
REASON = Reason(by="L. Berg", why="asked by the person", known_at="2026-10-06T00:00:00Z")


def copied(folder: Path) -> Path:
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report", "keys"))
    path = folder / "truceline.toml"
    text = path.read_text("utf-8")
    sealing = f'name = "flight"\nsealed_for = "{WHOSE}"\npath'
    assert 'name = "flight"\npath' in text
    path.write_text(text.replace('name = "flight"\npath', sealing) + '\n[serve]\nwatch = "incoming"\n', "utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run, list[str]]:
    """A sealed mission with a proxy, as it is before anything is erased; the proxy's hash."""
    folder = copied(tmp_path_factory.mktemp("sealed") / "mission")
    ran = run_mission(folder, now_us=NOW_US)
    return folder, ran, [each.sha256 for each in keep_proxies(folder, ran.products)]


def contents_in_the_open(folder: Path, parts: list[bytes]) -> list[str]:
    files = [path for path in (folder / "record" / "content").rglob("*/*") if path.is_file()]
    assert len(files) > 10
    return [path.name for path in files if any(part in path.read_bytes() for part in parts)]


def test_film_marks_and_proxy_lie_sealed_and_are_read(run: tuple[Path, Run, list[str]]) -> None:
    folder, ran, (proxy,) = run
    film, marks = ((folder / path).read_bytes() for path in FILES)
    with record_in(folder) as record:
        raw = {entry.subject: entry.hashes[0] for _, entry in record.entries(kind="raw")}
        assert [record.get(raw[path]) for path in FILES] == [film, marks]
        copy = record.get(proxy)
        headers = [sealed_header(record.stored(each)) for each in (*(raw[path] for path in FILES), proxy)]
        assert len({each.subject for each in headers if each}) == 1
        assert None not in headers
        (entry,) = (each for _, each in record.entries(kind=DERIVED))
        assert entry.hashes == (proxy, raw["feeds/flight.ts"])
        assert sealed_alike(record, vault_in(folder, ran.products.mission), raw["truceline.toml"]) == ""
    parts = [content[len(content) // 2 :][:64] for content in (film, marks, copy)]
    assert contents_in_the_open(folder, parts) == []
    assert set(ran.products.footage.sightings["raw_sha256"].to_pylist()) <= {raw[path] for path in FILES}
    assert [each.sha256 for each in keep_proxies(folder, ran.products)] == [proxy], "made once"
    told = verify_mission(folder, recompute=True, progress=silent)
    assert told.ok, told.problems
    assert any("proxy" in each for each in told.notes) or (told.again is not None and told.again.media.equal == 1)


def test_no_still_of_sealed_footage_lies_in_the_open_report(run: tuple[Path, Run, list[str]]) -> None:
    _, ran, _ = run
    assert ran.products.footage.tracks.num_rows, "there is something to see"
    assert stills_of(ran.products, ran.inputs.feeds) == []


def test_erased_neither_film_nor_marks_nor_proxy_is_read_and_the_proofs_hold(
    run: tuple[Path, Run, list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "mission"
    shutil.copytree(run[0], folder)
    mission = run[1].products.mission
    with record_in(folder, writing=True) as record:
        raw = {entry.subject: entry.hashes[0] for _, entry in record.entries(kind="raw")}
        (entry,) = erase_subject(record, vault_in(folder, mission), WHOSE, REASON)
        gone = {raw[path] for path in FILES} | set(run[2])
        assert set(entry.hashes) == gone
        for each in gone:
            with pytest.raises(ErasedError, match=r"by L\. Berg: asked by the person"):
                record.get(each)
    told = verify_mission(folder, recompute=True, progress=silent)
    assert told.ok, told.problems
    assert told.again is not None
    assert {table.outcome for table in told.again.tables} == {"erased"}
    assert all(path in told.again.tables[0].why for path in FILES)
    with pytest.raises(ErasedError, match="asked by the person"):
        keep_proxies(folder, run[1].products)


def test_a_film_that_comes_in_while_the_mission_is_served_is_sealed(tmp_path: Path) -> None:
    folder = copied(tmp_path / "mission")
    film = (folder / "feeds" / "flight.ts").read_bytes()
    incoming = folder / "incoming" / "flight"
    incoming.mkdir(parents=True)
    (incoming / "more.ts").write_bytes(film[: len(film) // 2 // 188 * 188])
    desk = open_desk(folder)
    watch_of(desk)
    try:
        for _ in range(2):
            take_watched(desk)
        (arrived,) = desk.books.arrived.values()
        assert film.startswith(desk.content(arrived.sha256))
        with desk.reading() as record:
            assert sealed_header(record.stored(arrived.sha256)) is not None
    finally:
        desk.close()
    assert not any(film[1000:1064] in path.read_bytes() for path in (folder / "record").rglob("*/*/*"))
