"""A finding that rests on sealed bytes: the bundle holds them as the log names them and, where asked to, opened."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.run.bundling.made import NOW_US, ROOT, Answer, check, files_of, mended

from truceline.base.errors import InputError
from truceline.model.account import PUBLIC
from truceline.record import open_record
from truceline.record.custody import for_itself
from truceline.record.sealed.form import MAGIC, PART_BYTES
from truceline.run.batch import record_in, run_mission, vault_in
from truceline.run.bundling.making import Wanted, make_bundle
from truceline.run.mission import read_mission

FEED = "feeds/observations.csv"
LONG_BYTES = PART_BYTES + 1_000  # two parts


@dataclass(frozen=True)
class Sealed:
    """A mission whose observations are sealed, and the id of one breach."""

    folder: Path
    breach: str

    def bundle(self, *, opens: bool, out: str = "b.zip") -> dict[str, bytes]:
        """The files of a bundle of the breach."""
        wanted = Wanted(finding=self.breach, for_whom="the court", why="case 12", opens=opens)
        made = make_bundle(self.folder, wanted, out=self.folder.parent / out, now_us=NOW_US)
        return files_of(made.path.read_bytes())

    def original(self) -> bytes:
        """What came in."""
        return (self.folder / FEED).read_bytes()


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Sealed:
    folder = tmp_path_factory.mktemp("opened") / "m"
    shutil.copytree(
        ROOT / "missions" / "first-steps", folder, ignore=shutil.ignore_patterns("record", "report", "keys")
    )
    path = folder / "truceline.toml"
    declared = path.read_text("utf-8")
    path.write_text(
        declared.replace(f'path = "{FEED}"\n', f'path = "{FEED}"\nsealed_for = "village register"\n'), "utf-8"
    )
    with (folder / FEED).open("a") as feed:
        feed.write("\n" * (LONG_BYTES - feed.tell()))
    products = run_mission(folder, now_us=NOW_US).products
    rows = [row for judged in products.judged for row in judged.findings.to_pylist()]
    breach = next(row["finding_id"] for row in rows if (row["verdict"], row["clause"]) == ("breach", "HEAVY_WEAPONS"))
    return Sealed(folder=folder, breach=breach)


@pytest.fixture(scope="module")
def opened(kept) -> dict[str, bytes]:
    return kept.bundle(opens=True, out="opened.zip")


def about(files: dict[str, bytes]) -> dict[str, object]:
    return json.loads(files["data/bundle.json"])


def answer(place: Path, files: dict[str, bytes]) -> Answer:
    return check(place, mended(files))


def test_a_court_reads_what_was_sealed_with_our_checker_and_openssl_alone(kept, opened, tmp_path):
    found = answer(tmp_path, opened)
    assert found.code == 0, found.words
    assert "1 encrypted; 1 opened here, each with a key of its own" in found.words
    (told,) = about(opened)["opened"].values()
    assert opened["data/" + told["file"]] == kept.original()
    (stored,) = (content for name, content in opened.items() if "observations.csv" in name and "originals/" in name)
    assert stored.startswith(MAGIC)
    assert len(stored) > LONG_BYTES, "two parts"
    assert f"lies opened in {told['file']}" in opened["data/index.html"].decode()


def test_nothing_is_opened_unasked_and_the_page_says_that_it_is_sealed(kept, tmp_path):
    files = kept.bundle(opens=False)
    found = answer(tmp_path, files)
    assert found.code == 0, found.words
    assert "1 encrypted; 0 opened here" in found.words
    assert about(files)["opened"] == {}
    assert not [name for name in files if "opened/" in name]
    assert "sealed: it is encrypted here" in files["data/index.html"].decode()


def test_the_key_in_a_bundle_opens_this_content_and_no_other_of_the_subject(kept, opened):
    (told,) = about(opened)["opened"].values()
    vault = vault_in(kept.folder, read_mission(kept.folder))
    with for_itself(), record_in(kept.folder) as record:
        (sha256,) = about(opened)["opened"]
        assert record.ctr_key(sha256).hex() == told["key"]
    assert vault.ctr_key(vault.seal(b"another", "village register")).hex() != told["key"]


def altered(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def the_opened(files: dict[str, bytes]) -> str:
    (told,) = about(files)["opened"].values()
    return "data/" + told["file"]


def with_opened(files: dict[str, bytes], **changed: object) -> dict[str, bytes]:
    """The same with what bundle.json says of the opened file changed."""
    said = about(files)
    ((sha256, told),) = said["opened"].items()
    said["opened"] = {sha256: told | changed}
    return files | {"data/bundle.json": canonical(said)}


def canonical(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("at", [0, PART_BYTES - 1, PART_BYTES, LONG_BYTES - 1])
def test_an_opened_file_with_one_other_byte_is_refused(opened, tmp_path, at):
    name = the_opened(opened)
    found = answer(tmp_path, opened | {name: altered(opened[name], at)})
    assert found.code == 1
    assert "it is not what its key makes of the sealed bytes" in found.words


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files: files | {the_opened(files): files[the_opened(files)] + b"x"}, "longer than the sealed bytes"),
        (lambda files: files | {the_opened(files): files[the_opened(files)][:-1]}, "not what its key makes"),
        (lambda files: with_opened(files, key="0" * 64), "not what its key makes"),
        (lambda files: with_opened(files, key="-in /etc/passwd"), "its key is out of form"),
        (lambda files: with_opened(files, file="media/x"), "is missing"),
        (lambda files: {name: each for name, each in files.items() if name != the_opened(files)}, "is missing"),
        (lambda files: files | {"data/opened/more": b"x"}, "nothing speaks of it"),
    ],
    ids=["longer", "shorter", "other key", "a key that is a command", "another folder", "left out", "one more"],
)
def test_what_is_said_to_be_opened_and_is_not_is_refused(opened, tmp_path, change, reason):
    found = answer(tmp_path, change(dict(opened)))
    assert found.code == 1
    assert reason in found.words, found.words


def test_what_is_not_sealed_cannot_be_said_to_be_opened(opened, tmp_path):
    said = about(opened)
    ((_, told),) = said["opened"].items()
    plain = next(each["sha256"] for each in said["originals"] if each["role"] == "mandate")
    said["opened"] = {plain: told}
    found = answer(tmp_path, opened | {"data/bundle.json": canonical(said)})
    assert found.code == 1
    assert "something that is not sealed" in found.words


def test_that_the_originals_were_handed_over_stands_in_the_record(kept, opened):
    with open_record(kept.folder / "record", writing=False) as record:
        told = [entry for _, entry in record.entries(kind="custody")]
    run_mission(kept.folder, now_us=NOW_US)  # takes the notes of custody into the log
    with open_record(kept.folder / "record", writing=False) as record:
        more = [entry for _, entry in record.entries(kind="custody")][len(told) :]
    (sha256,) = about(opened)["opened"]
    acts = [act for entry in more for act in entry.detail["acts"] if act["content"] == sha256]
    assert {"act": "export", "content": sha256, "to": "the court: case 12"} in acts, acts


def test_what_is_redacted_is_not_opened(kept):
    wanted = Wanted(finding=kept.breach, for_whom="x", why="y", to=PUBLIC, opens=True)
    with pytest.raises(InputError, match="Leave --opened out"):
        make_bundle(kept.folder, wanted, out=kept.folder.parent / "no.zip", now_us=NOW_US)
