"""The log as a party's own tools read it: checkpoint, key and tiles, and nothing of what entries say."""

import hashlib

import pytest
from tests.run.live.simulated import SHOT
from tests.serve.house import House

from truceline.base.canonical import leaf_hash, tree_root
from truceline.base.errors import IntegrityError
from truceline.record.notes.checkpoint import Checkpoint, read_checkpoint
from truceline.record.notes.note import verifier_of
from truceline.record.sealed.form import sealed_header
from truceline.record.tree.proofs import consistency_holds
from truceline.run.keeping.checkpoints import CHECKPOINTS


def signed(house: House) -> None:
    house.made.keeper.sign()


def test_a_party_follows_the_log_with_tools_of_its_own(house: House) -> None:
    signed(house)
    key = verifier_of(house.get("/log/key", "al").text)
    first, _ = read_checkpoint(house.get("/log/checkpoint", "al").content, log=key)
    house.simulated.send()
    signed(house)
    latest, _ = read_checkpoint(house.get("/log/checkpoint", "bo").content, log=key)
    assert latest.size > first.size
    full, width = divmod(latest.size, 256)
    tiles = [f"/log/tile/0/{number:03}" for number in range(full)] + (
        [f"/log/tile/0/{full:03}.p/{width}"] if width else []
    )
    hashes = b"".join(house.get(path, "bo").content for path in tiles)
    leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    assert tree_root(leaves) == latest.root, "its own sum over the tiles is what was signed"
    with house.made.desk.reading() as record:
        path = record.consistency(first.size, latest.size)
    assert consistency_holds(old=first.size, old_root=first.root, size=latest.size, root=latest.root, path=path)
    bundle = house.get(tiles[0].replace("/tile/0/", "/tile/entries/"), "al").content
    assert bundle[:2] == b"\x00\x20"
    assert leaf_hash(bundle[2:34]) == leaves[0], "an entry is shown by its commitment alone"


@pytest.mark.parametrize("path", ["/log/checkpoint", "/log/key", "/log/tile/0/000.p/1"])
def test_a_visitor_is_told_nothing(house: House, path: str) -> None:
    signed(house)
    assert house.get(path).status_code == 401


@pytest.mark.parametrize(
    "path", ["/log/tile/0/999", "/log/tile/9/000.p/1", "/log/tile/0/0", "/log/tile/x", "/log/tile/"]
)
def test_what_the_checkpoint_does_not_cover_is_not_there(house: House, path: str) -> None:
    signed(house)
    assert house.get(path, "al").status_code in (404, 422)


def test_before_anything_was_signed_there_is_nothing(house: House) -> None:
    assert house.get("/log/checkpoint", "al").status_code == 404
    assert house.get("/log/key", "al").status_code == 404


def test_who_reads_an_original_over_http_is_noted_by_account_and_address(house: House) -> None:
    house.simulated.send()
    (arrived,) = house.made.desk.books.arrived.values()
    with house.made.desk.reading() as record:
        before = len(list(record.entries(kind="custody")))
    house.ask("GET", "/api/findings", "wanda")
    house.sign_in("wanda")
    house.client.get(f"/raw/{arrived.sha256}", headers={"host": "127.0.0.1:8040"})
    signed(house)
    with house.made.desk.reading() as record:
        told = [entry for _, entry in record.entries(kind="custody")][before:]
    assert any(entry.author == "wanda" and arrived.sha256 in (*entry.hashes, entry.subject) for entry in told)


def test_what_a_party_sends_is_sealed_under_its_own_key(house: House) -> None:
    house.simulated.send(SHOT.replace("acoustic", "beta_log").replace("uav_west", "beta_log"), by="bo")
    (arrived,) = house.made.desk.books.arrived.values()
    with house.made.desk.reading() as record:
        stored = record.stored(arrived.sha256)
        content = record.get(arrived.sha256)
    assert hashlib.sha256(stored).hexdigest() == arrived.sha256
    assert sealed_header(stored) is not None
    assert b"beta_log" in content
    assert b"beta_log" not in stored


def test_a_log_that_was_rewritten_stops_publishing_and_reading_goes_on(house: House) -> None:
    signed(house)
    assert house.get("/api/findings", "al").status_code == 200
    signer = house.made.keeper.signer
    future = Checkpoint(origin=signer.name, size=999_999, root=b"r" * 32).signed_by(signer)
    (house.made.desk.folder / "record" / CHECKPOINTS / "999999").write_bytes(future)
    house.simulated.send()
    with pytest.raises(IntegrityError, match="entries are lost"):
        house.made.keeper.turn()
    assert isinstance(house.made.desk.writer.failure, IntegrityError)
    assert house.get("/api/findings", "al").status_code == 200
    assert house.get("/ready").status_code == 503
