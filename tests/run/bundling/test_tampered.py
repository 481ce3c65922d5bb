"""Whoever alters a bundle, and mends all that can be mended, is found; and the checker says what is wrong."""

import argparse
import hashlib
import importlib.util
import io
import json
import random
import re
import struct
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import LONG
from tests.run.bundling.made import (
    AT_S,
    LOG,
    OTHER_LOG,
    STRANGER,
    WITNESS,
    files_of,
    make_authority,
    mended,
    token_for,
    zipped,
)

from truceline.base.canonical import canonical_bytes
from truceline.model.account import Recipient
from truceline.record import open_record
from truceline.record.notes.checkpoint import Checkpoint, cosignature
from truceline.record.notes.note import note_of, signer_of
from truceline.run.bundling.archive import _Zip
from truceline.run.bundling.proven import checker

Files = dict[str, bytes]
NORD = Recipient(kind="party", party="NORD")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """verify_bundle.py as a module, so that a hundred checks take no hundred starts."""
    path = tmp_path_factory.mktemp("checker") / "verify_bundle.py"
    path.write_bytes(checker())
    spec = importlib.util.spec_from_file_location("verify_bundle", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundles(made) -> dict[str, bytes]:
    return {
        "full": made.full("HEAVY_WEAPONS"),
        "other": made.full("FLIGHTS"),
        "redacted": made.redacted("HEAVY_WEAPONS", to=NORD),
    }


@pytest.fixture
def said(program, tmp_path, capsys, monkeypatch):
    """bundle, options -> exit code and what was printed."""

    def run(bundle: bytes, *options: str) -> tuple[int, str]:
        (tmp_path / "b.zip").write_bytes(bundle)
        monkeypatch.setattr("sys.argv", ["verify_bundle.py", str(tmp_path / "b.zip"), *options])
        code = program.main()
        return code, capsys.readouterr().out

    return run


# --- how a forger alters parts --------------------------------------------------------------------------------


def of_json(name: str, change: Callable[[object], object]) -> Callable[[Files], None]:
    """Alter one file's value in place, and write it canonically again."""

    def tamper(files: Files) -> None:
        value = json.loads(files[f"data/{name}"])
        changed = change(value)
        files[f"data/{name}"] = canonical_bytes(value if changed is None else changed)

    return tamper


def flipped(name: str) -> Callable[[Files], None]:
    """Alter one byte in the middle of the first file whose path matches."""

    def tamper(files: Files) -> None:
        path = next(each for each in files if re.fullmatch(f"data/{name}", each))
        at = len(files[path]) // 2
        files[path] = files[path][:at] + bytes([files[path][at] ^ 1]) + files[path][at + 1 :]

    return tamper


def entry_at(files: Files, kind: str) -> int:
    return next(each["position"] for each in json.loads(files["data/proofs.json"]) if each["kind"] == kind)


def of_proof(kind: str, change: Callable[[dict], None]) -> Callable[[Files], None]:
    return of_json("proofs.json", lambda proofs: change(next(each for each in proofs if each["kind"] == kind)))


def of_body(kind: str, old: str, new: str) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        path = f"data/entries/{entry_at(files, kind)}.json"
        assert old.encode() in files[path]
        files[path] = files[path].replace(old.encode(), new.encode())

    return tamper


def swapped_originals(files: Files) -> None:
    one, other = sorted(each for each in files if each.startswith("data/originals/"))[:2]
    files[one], files[other] = files[other], files[one]


def signed_again(signer, **changed: object) -> Callable[[Files], None]:
    """Another checkpoint, signed by somebody, its key put into the bundle."""

    def tamper(files: Files) -> None:
        lines = files["data/log/checkpoint"].decode().split("\n")
        point = {"origin": signer.name, "size": int(lines[1]), "root": b64decode(lines[2])} | changed
        put_checkpoint(files, Checkpoint(**point).signed_by(signer))
        first, *rest = files["data/log/keys.txt"].decode().split("\n")
        assert first
        files["data/log/keys.txt"] = "\n".join([signer.verifier.vkey, *rest]).encode()
        body = b64encode(bytes.fromhex("302a300506032b6570032100") + signer.verifier.public)
        pem = b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"
        files["data/log/key.pem"] = pem

    return tamper


def put_checkpoint(files: Files, note: bytes) -> None:
    """A checkpoint with whatever follows from it; the signatures of others are left out."""
    files["data/log/checkpoint"] = note
    files["data/log/signed.txt"] = note_of(note).text.encode()
    files["data/log/signature.bin"] = note_of(note).signatures[0].content
    files["data/log/cosignatures"] = b""
    files.pop("data/log/timestamp.tsr", None)
    files.pop("data/log/timestamp-ca.pem", None)


def of_note(old: str, new: str) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        text = files["data/log/checkpoint"].decode()
        changed = re.sub(old, new, text, count=1, flags=re.M)
        assert changed != text
        files["data/log/checkpoint"] = changed.encode()

    return tamper


def without(name: str) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        del files[next(each for each in files if re.fullmatch(f"data/{name}", each))]

    return tamper


def with_file(name: str, content: bytes = b"more") -> Callable[[Files], None]:
    return lambda files: files.__setitem__(f"data/{name}", content)


def cosigned_by(signer, at_s: int = AT_S, text: str = "") -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        signed = text or note_of(files["data/log/checkpoint"]).text
        files["data/log/cosignatures"] = cosignature(signed, by=signer, at_s=at_s).encode()

    return tamper


def other_moment(files: Files) -> None:
    head, _, content = files["data/log/cosignatures"].decode().strip().rpartition(" ")
    raw = bytearray(b64decode(content))
    raw[11] ^= 1
    files["data/log/cosignatures"] = f"{head} {b64encode(raw).decode()}\n".encode()


def first_row(table: str, change: Callable[[dict], None]) -> Callable[[Files], None]:
    """Alter a row of the certificate, and mend the certificate's own hash wherever a forger can."""
    return of_json("certificate.json", lambda certificate: change(certificate["rows"][table][0]))


def altered_row(proof: dict) -> None:
    row = json.loads(proof["row"])
    row["confidence_permille"] = 999
    proof["row"] = canonical_bytes(row).decode()


def table_swapped(files: Files) -> None:
    """The table's file and its place in the claims, made those of another table."""
    about = json.loads(files["data/bundle.json"])
    events, observations = (next(t for t in about["tables"] if t["name"] == n) for n in ("events", "observations"))
    events["position"], observations["position"] = observations["position"], events["position"]
    files["data/bundle.json"] = canonical_bytes(about)


def renamed(kind: str, field: str, value: object) -> Callable[[Files], None]:
    return of_json("bundle.json", lambda about: about.__setitem__(field, value))


def moved_entry(files: Files) -> None:
    """The finding's entry one place further, wherever its place is stated."""
    at = entry_at(files, "finding")
    files[f"data/entries/{at + 1}.json"] = files.pop(f"data/entries/{at}.json")
    of_proof("finding", lambda proof: proof.update(position=at + 1))(files)
    renamed("", "finding_entry", at + 1)(files)


def signature_altered(files: Files) -> None:
    text = files["data/log/checkpoint"].decode()
    head, _, content = text.strip().rpartition(" ")
    raw = bytearray(b64decode(content))
    raw[40] ^= 1
    files["data/log/checkpoint"] = f"{head} {b64encode(raw).decode()}\n".encode()


def entry_doubled(files: Files) -> None:
    proofs = json.loads(files["data/proofs.json"])
    files["data/proofs.json"] = canonical_bytes([*proofs, proofs[0]])


def in_row(name: str, value: object) -> Callable[[object], None]:
    def change(proof: dict) -> None:
        row = json.loads(proof["row"])
        row[name] = value
        proof["row"] = canonical_bytes(row).decode()

    return change


def field_named(fields: list[dict], name: str) -> dict:
    return next(each for each in fields if each.get("field") == name)


def moved_field(fields: list[dict]) -> None:
    at = [number for number, each in enumerate(fields) if "field" in each]
    fields[at[0]], fields[at[1]] = fields[at[1]], fields[at[0]]


def exchanged(files: Files) -> None:
    """Two bodies change places; position, salt and path stay."""
    one, other = f"data/entries/{entry_at(files, 'finding')}.json", f"data/entries/{entry_at(files, 'mission')}.json"
    files[one], files[other] = files[other], files[one]


def hide(fields: list[dict], name: str) -> None:
    """Instead of a field its commitment, which keeps the root."""
    one = field_named(fields, name)
    body = canonical_bytes({"field": name, "value": one["value"]})
    commitment = hashlib.sha256(bytes.fromhex(one["salt"]) + body).hexdigest()
    one.clear()
    one["commitment"] = commitment


# Name -> which bundle, how it is altered (its manifests are mended afterwards), words of the refusal.
MENDED: dict[str, tuple[str, Callable[[Files], None], str]] = {
    "an original altered": (
        "full",
        flipped("originals/.*observations.csv"),
        "original feeds/observations.csv: its bytes",
    ),
    "two originals swapped": ("full", swapped_originals, "its bytes are not those that came in"),
    "an original left out": (
        "full",
        without("originals/.*observations.csv"),
        "original feeds/observations.csv: its bytes",
    ),
    "the mandate altered": ("full", flipped("originals/.*mandate.truce"), "original mandate.truce: its bytes"),
    "an original no longer claimed": (
        "full",
        of_json("bundle.json", lambda b: b["originals"].__delitem__(1)),
        "was read from",
    ),
    "an original under another name": (
        "full",
        of_json("bundle.json", lambda b: b["originals"][1].update(name="feeds/other.csv")),
        "not about raw feeds/other.csv",
    ),
    "a file more": ("full", with_file("originals/more.csv"), "nothing speaks of it"),
    "an entry more without proof": ("full", with_file("entries/1.json", b"{}"), "no proof is given"),
    "an entry left out": ("full", without(r"entries/.*\.json"), "is missing"),
    "an entry's body altered": ("full", of_body("raw", "feeds/", "feedz/"), "it is not about raw"),
    "an entry's author altered": ("full", of_body("raw", "truceline 0", "truceline 9"), "is altered: it is not under"),
    "an entry's time altered": ("full", of_body("finding", '"known_at":"2026', '"known_at":"2025'), "is altered"),
    "an entry written otherwise": ("full", of_body("finding", '{"author"', '{ "author"'), "is not canonical JSON"),
    "an entry's salt altered": (
        "full",
        of_proof("finding", lambda p: p.update(salt="00" * 32)),
        "salt, position or path is altered",
    ),
    "an entry at another position": ("full", moved_entry, "position or path is altered"),
    "two entries' positions exchanged": (
        "full",
        exchanged,
        "it is not about",
    ),
    "a path's step altered": (
        "full",
        of_proof("finding", lambda p: p["path"].__setitem__(1, "11" * 32)),
        "path is altered",
    ),
    "a path's step left out": ("full", of_proof("finding", lambda p: p["path"].__delitem__(-1)), "path is altered"),
    "a path's step more": ("full", of_proof("finding", lambda p: p["path"].append("11" * 32)), "path is altered"),
    "an entry listed twice": ("full", entry_doubled, "it is listed twice"),
    "an entry of no use": (
        "full",
        of_json("bundle.json", lambda b: b.__setitem__("run_entry", b["finding_entry"])),
        "not about mission inputs",
    ),
    "the root altered": (
        "full",
        of_note(r"^[A-Za-z0-9+/]{43}=$", b64encode(b"\1" * 32).decode()),
        "signature does not hold",
    ),
    "the size altered": ("full", of_note(r"^\d+$", "99"), "signature does not hold"),
    "the signature altered": ("full", signature_altered, "signature does not hold"),
    "a line more in the checkpoint": ("full", of_note(r"\n\n", "\nmore\n\n"), "out of form"),
    "the root and the size of a log of one's own, by another key": (
        "full",
        signed_again(OTHER_LOG, root=b"\1" * 32),
        "it is not under the signed root",
    ),
    "the checkpoint of another log": (
        "full",
        signed_again(signer_of("truceline/elsewhere", b"\7" * 32), root=b"\2" * 32),
        "it is not under the signed root",
    ),
    "the origin of another log under our key": (
        "full",
        of_note(r"\Atruceline/oster-valley", "truceline/elsewhere"),
        "it is of 'truceline/elsewhere'",
    ),
    "the key replaced": (
        "full",
        lambda files: files.update(
            {
                "data/log/keys.txt": files["data/log/keys.txt"].replace(
                    LOG.verifier.vkey.encode(), OTHER_LOG.verifier.vkey.encode()
                )
            }
        ),
        "signed by another key of that name",
    ),
    "the key for openssl replaced": ("full", flipped(r"log/key\.pem"), "log/key.pem is not what"),
    "the text for openssl replaced": ("full", flipped(r"log/signed\.txt"), "log/signed.txt is not what"),
    "a cosignature at another moment": ("full", other_moment, "cosignature: that of witness.example/one does not hold"),
    "a cosignature of another checkpoint": (
        "full",
        cosigned_by(WITNESS, text="truceline/oster-valley\n3\n" + "A" * 43 + "=\n"),
        "cosignature: that of witness.example/one does not hold",
    ),
    "a cosignature by a stranger": ("full", cosigned_by(STRANGER), "no key of witness.example/two is known"),
    "a cosignature out of form": (
        "full",
        lambda f: f.update({"data/log/cosignatures": b"signed by us\n"}),
        "no signature line",
    ),
    "the timestamp altered": ("full", flipped(r"log/timestamp\.tsr"), "timestamp: the token"),
    "the certificate altered": (
        "full",
        of_json("certificate.json", lambda c: c.__setitem__("verdict", "no_breach")),
        "certificate: its hash is not the one in the finding's entry",
    ),
    "a fact in the certificate altered": (
        "full",
        of_json("certificate.json", lambda c: c["facts"].clear()),
        "certificate: its hash is not",
    ),
    "a row of the certificate altered": (
        "full",
        first_row("observations", altered_row),
        "certificate: its hash is not",
    ),
    "a row's path in the certificate altered": (
        "full",
        first_row("events", lambda proof: proof.update(index=proof["index"] ^ 1)),
        "certificate: its hash is not",
    ),
    "a table altered": ("full", flipped(r"tables/events\.parquet"), "table events: its bytes are not those"),
    "a table left out": ("full", without(r"tables/events\.parquet"), "table events: its bytes are not those"),
    "two tables exchanged": ("full", table_swapped, "not about table"),
    "the findings' table no longer claimed": (
        "full",
        of_json("bundle.json", lambda b: b["tables"].__delitem__(-1)),
        "no table findings mandate is proven",
    ),
    "the verdict altered in the finding": (
        "full",
        of_json("finding.json", in_row("verdict", "no_breach")),
        "finding: its verdict is not that of the finding's entry",
    ),
    "the moment altered in the finding": (
        "full",
        of_json("finding.json", in_row("latest_at_us", 1)),
        "or its path is altered: it is not in the proven table findings mandate",
    ),
    "the finding's name altered in the claims": (
        "full",
        renamed("", "finding", "fnd-000000000000"),
        "not about finding fnd-0",
    ),
    "another finding's entry": (
        "other",
        of_json("bundle.json", lambda b: b.__setitem__("finding", "fnd-ec48f559611b")),
        "it is about finding fnd-37ed7b17fdcb",
    ),
    "a photo that no row names": (
        "full",
        of_json("bundle.json", lambda b: b.__setitem__("media", ["33" * 32])),
        "no row of the certificate names it",
    ),
    "a form that nobody knows": ("full", renamed("", "form", "short"), "its form is not known"),
    "a full bundle called redacted": ("full", renamed("", "form", "redacted"), "out of form"),
    "a part of the claims left out": (
        "full",
        of_json("bundle.json", lambda b: b.__delitem__("tables")),
        "a part of it is out of form",
    ),
    "a value disclosed otherwise": (
        "redacted",
        of_json("fields.json", lambda f: field_named(f, "finding/verdict").update(value="no_breach")),
        "a value, salt or commitment is altered",
    ),
    "a salt altered": (
        "redacted",
        of_json("fields.json", lambda f: field_named(f, "finding/verdict").update(salt="00" * 32)),
        "a value, salt or commitment is altered",
    ),
    "a field under another name": (
        "redacted",
        of_json("fields.json", lambda f: field_named(f, "finding/verdict").update(field="finding/wording")),
        "a value, salt or commitment is altered",
    ),
    "a commitment altered": (
        "redacted",
        of_json("fields.json", lambda f: next(e for e in f if "commitment" in e).update(commitment="22" * 32)),
        "a value, salt or commitment is altered",
    ),
    "a field moved": ("redacted", of_json("fields.json", moved_field), "does not stand in its order"),
    "a field left out": ("redacted", of_json("fields.json", lambda f: f[1:]), "more or fewer than the log says"),
    "the name hidden": (
        "redacted",
        of_json("fields.json", lambda f: hide(f, "finding/finding_id")),
        "they do not name the finding",
    ),
    "the fields of another finding": (
        "redacted",
        of_json("bundle.json", lambda b: b.__setitem__("finding", "fnd-37ed7b17fdcb")),
        "not about fields fnd-37ed7b17fdcb",
    ),
    "the fields' entry altered": (
        "redacted",
        of_body("fields", '"count":', '"count":9'),
        "it is not under the signed root",
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_forger_who_mends_every_manifest_is_found(name, bundles, said):
    which, tamper, expected = MENDED[name]
    files = files_of(bundles[which])
    tamper(files)
    code, words = said(mended(files))
    refusal = words.rpartition("REFUSED")[2]
    assert (code, expected in refusal) == (1, True), words


def test_the_same_bundles_unaltered_and_only_packed_again_pass(bundles, said):
    for bundle in bundles.values():
        assert said(mended(files_of(bundle)))[0] == 0


# --- manifests and the zip itself -----------------------------------------------------------------------------


def other_digit(match: re.Match[bytes]) -> bytes:
    return b"1" if match[1] == b"0" else b"0"


def of_text(name: str, old: bytes, new: bytes | Callable[[re.Match[bytes]], bytes]) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        assert re.search(old, files[name])
        files[name] = re.sub(old, new, files[name], count=1)

    return tamper


UNMENDED: dict[str, tuple[Callable[[Files], None], str]] = {
    "an original": (flipped("originals/.*observations.csv"), "another hash than manifest-sha256.txt says"),
    "the page": (flipped("index.html"), "data/index.html has another hash"),
    "a file missing": (without("index.html"), "is missing"),
    "a file more": (with_file("more.txt"), "is not listed in manifest-sha256.txt"),
    "a file more beside the payload": (lambda f: f.update({"more.txt": b""}), "does not belong in a bundle"),
    "the manifest": (of_text("manifest-sha256.txt", rb"\A(.)", other_digit), "manifest-sha256.txt has another hash"),
    "the manifest cut": (of_text("manifest-sha256.txt", rb".*\n\Z", b""), "manifest-sha256.txt has another hash"),
    "the tag manifest": (of_text("tagmanifest-sha256.txt", rb"\A(.)", other_digit), "bag-info.txt has another hash"),
    "the tag manifest cut": (of_text("tagmanifest-sha256.txt", rb".*\n\Z", b""), "is not listed in tagmanifest"),
    "the tag manifest cut within a line": (of_text("tagmanifest-sha256.txt", rb"\n\Z", b""), "is cut short"),
    "bag-info": (flipped("../bag-info.txt"), "bag-info.txt has another hash"),
    "bagit.txt left out": (lambda f: f.pop("bagit.txt"), "bagit.txt'] is missing"),
    "no manifest": (lambda f: f.pop("manifest-sha256.txt"), "manifest-sha256.txt'] is missing"),
}


@pytest.mark.parametrize("name", UNMENDED)
def test_a_bag_that_is_not_whole_is_refused(name, bundles, said):
    files = files_of(bundles["full"])
    files["data/../bag-info.txt"] = files["bag-info.txt"]
    tamper, expected = UNMENDED[name]
    tamper(files)
    files["bag-info.txt"] = files.pop("data/../bag-info.txt")
    code, words = said(zipped(files))
    assert code == 1
    assert expected in words.rpartition("REFUSED")[2], words


def by_library(name: str, *, kind: int = 0o100644, method: int = zipfile.ZIP_STORED, content: bytes = b"x") -> bytes:
    """A zip of one member, as Python's own library writes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        one = zipfile.ZipInfo(name)
        one.external_attr, one.compress_type = kind << 16, method
        opened.writestr(one, content)
    return target.getvalue()


def twice() -> bytes:
    target = io.BytesIO()
    made = _Zip(target, "b")
    made.add("data/a", b"1")
    made._listed = {b"first": made._listed.pop(b"b/data/a")}
    made.add("data/a", b"2")
    made.close()
    return target.getvalue()


def overlapping() -> bytes:
    """Two members whose bytes are the same: the way to let a small file unpack to much."""
    target = io.BytesIO()
    made = _Zip(target, "b")
    made.add("data/a", b"1" * 1000)
    made._listed[b"b/data/c"] = made._listed[b"b/data/a"].replace(b"data/a", b"data/c")
    made.close()
    return target.getvalue()


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a name that leads out": (lambda: by_library("b/../../x"), "leads out of the bundle"),
    "a name that leads out, in Windows' way": (lambda: by_library("b\\..\\x"), "leads out of the bundle"),
    "an absolute name": (lambda: by_library("/etc/x"), "is an absolute path"),
    "an absolute name, in Windows' way": (lambda: by_library("C:/x"), "is an absolute path"),
    "a name of other letters": (lambda: by_library("b/data/ü"), "is no safe name"),
    "a hidden name": (lambda: by_library("b/data/.profile"), "is no safe name"),
    "a link": (lambda: by_library("b/data/x", kind=0o120777), "no plain file, perhaps a link"),
    "a bomb": (lambda: by_library("b/data/x", method=zipfile.ZIP_DEFLATED, content=b"0" * 10**7), "is compressed"),
    "a name twice": (twice, "is there twice"),
    "members over each other": (overlapping, "does not stand where it should"),
    "no zip at all": (lambda: b"%PDF-1.4" * 9, "it is no zip"),
    "nothing": (lambda: b"", "it is no zip"),
    "an empty zip": (lambda: b"PK\5\6" + bytes(18), "is missing"),
    "too many members": (
        lambda: struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65_000, 65_000, 0, 0, 0),
        "at most 60000 are read",
    ),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_could_do_harm_is_refused(name, said):
    make, expected = ZIPS[name]
    code, words = said(make())
    assert code == 1
    assert expected in words, words


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda b: b[:-1], "zip: it is no zip"),
        (lambda b: b + b"\n", "zip: it is no zip"),
        (lambda b: b"#!/bin/sh\n" + b, "zip: its end is not"),
        (lambda b: b[: len(b) // 2], "zip: it is no zip"),
    ],
)
def test_a_bundle_that_is_cut_or_lengthened_is_refused(change, expected, bundles, said):
    code, words = said(change(bundles["full"]))
    assert code == 1
    assert expected in words


# --- what only the checker's options can find -----------------------------------------------------------------


def test_a_bundle_under_another_key_than_the_one_named_is_refused(bundles, said):
    code, words = said(bundles["full"], "--key", OTHER_LOG.verifier.vkey)
    assert code == 1
    assert "key: you named" in words


def test_a_whole_log_of_ones_own_passes_only_for_whoever_names_no_key(bundles, said):
    files = files_of(bundles["full"])
    signed_again(OTHER_LOG)(files)
    code, words = said(mended(files))
    assert code == 0
    assert "WHICH CAME WITH THE BUNDLE" in words
    assert "NOT SHOWN: that the key is really the log's" in words
    assert said(mended(files), "--key", LOG.verifier.vkey)[0] == 1


def test_a_witness_who_was_named_must_have_cosigned(bundles, said):
    assert said(bundles["full"], "--witness", WITNESS.verifier.vkey)[0] == 0
    code, words = said(bundles["full"], "--witness", STRANGER.verifier.vkey)
    assert code == 1
    assert "whom you named, did not cosign" in words


def test_an_earlier_checkpoint_holds_no_later_entries(made, bundles, said):
    files = files_of(bundles["full"])
    put_checkpoint(files, made.small)
    code, words = said(mended(files), "--key", LOG.verifier.vkey)
    assert code == 1
    assert "it is not under the signed root" in words


def test_a_timestamp_of_other_bytes_is_refused(made, bundles, said):
    files = files_of(bundles["full"])
    files["data/log/timestamp.tsr"] = token_for(made.authority, b"other bytes")
    code, words = said(mended(files))
    assert code == 1
    assert "timestamp: the token is altered, of other bytes" in words


def test_a_timestamp_by_an_authority_of_ones_own_is_refused_where_the_right_one_is_named(made, bundles, said, tmp_path):
    files, own = files_of(bundles["full"]), tmp_path / "own"
    make_authority(own)
    files["data/log/timestamp.tsr"] = token_for(own, files["data/log/checkpoint"])
    files["data/log/timestamp-ca.pem"] = (own / "ca.pem").read_bytes()
    assert said(mended(files))[0] == 0  # it says whose certificate that is
    right = str(made.authority / "ca.pem")
    code, words = said(mended(files), "--tsa-ca", right)
    assert code == 1
    assert "leads to another authority" in words
    assert said(bundles["full"], "--tsa-ca", right)[0] == 0
    without(r"log/timestamp\.tsr")(files)
    assert "you named an authority" in said(mended(files), "--tsa-ca", right)[1]


# --- true entries of the log in places where they do not belong -----------------------------------------------


def put_entry(made, files: Files, position: int) -> None:
    proof, body = made.proof(position)
    files[f"data/entries/{position}.json"] = body
    files["data/proofs.json"] = canonical_bytes([*json.loads(files["data/proofs.json"]), proof])


def last_of(made, kind: str) -> int:
    with open_record(made.folder / "record", writing=False) as record:
        return [position for position, _ in record.entries(kind=kind)][-1]


def test_a_text_that_the_log_holds_under_the_mandates_name_and_the_run_did_not_read_is_refused(made, bundles, said):
    files, position = files_of(bundles["full"]), last_of(made, "raw")
    put_entry(made, files, position)
    about = json.loads(files["data/bundle.json"])
    mandate = next(each for each in about["originals"] if each["role"] == "mandate")
    mandate.update(position=position, sha256=hashlib.sha256(b"# another mandate").hexdigest())
    files[f"data/{mandate['file']}"] = b"# another mandate"
    files["data/bundle.json"] = canonical_bytes(about)
    code, words = said(mended(files))
    assert code == 1
    assert "original mandate.truce: the run did not read it" in words


def test_another_original_called_the_mandate_is_refused(bundles, said):
    files = files_of(bundles["full"])
    about = json.loads(files["data/bundle.json"])
    for each in about["originals"]:
        each["role"] = {"mandate": "evidence", "evidence": "mandate"}.get(each["role"], each["role"])
    files["data/bundle.json"] = canonical_bytes(about)
    code, words = said(mended(files))
    assert code == 1
    assert "the mandate's text or the mission's declaration is not among them" in words


def test_a_table_of_another_run_is_refused(made, bundles, said):
    files, position = files_of(bundles["full"]), last_of(made, "table")
    put_entry(made, files, position)
    about = json.loads(files["data/bundle.json"])
    next(each for each in about["tables"] if each["name"] == "events")["position"] = position
    files["data/bundle.json"] = canonical_bytes(about)
    code, words = said(mended(files))
    assert code == 1
    assert "certificate: its root of events is not that of the proven table" in words


def test_a_true_entry_that_nothing_rests_on_is_refused(made, bundles, said):
    for which, expected in (("full", "nothing here rests on it"), ("redacted", "nothing here rests on")):
        files = files_of(bundles[which])
        put_entry(made, files, 0)
        code, words = said(mended(files))
        assert code == 1
        assert expected in words


class Held:
    """Files of a bundle as the checker sees them, without a zip around them."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def json(self, name: str) -> object:
        return json.loads(self.files[f"data/{name}"])

    def sha256(self, path: str) -> str:
        return hashlib.sha256(self.files[path]).hexdigest()


def test_what_the_mission_itself_recorded_wrongly_is_refused_too(bundles, program):
    """A row that names another certificate than its entry, a certificate without one of its event's observations."""
    files = files_of(bundles["full"])
    about, certificate = (json.loads(files[f"data/{name}.json"]) for name in ("bundle", "certificate"))
    entries = {int(name[13:-5]): json.loads(body) for name, body in files.items() if name[:13] == "data/entries/"}
    tables = {each["name"]: entries[each["position"]] for each in about["tables"]}
    originals = {each["sha256"] for each in about["originals"]}
    assert program.check_rows(certificate, tables, originals) == set()
    certificate["rows"]["observations"].pop()
    with pytest.raises(program.Refused, match="not the members of its events"):
        program.check_rows(certificate, tables, originals)
    entry = entries[about["finding_entry"]]
    assert "breach" in program.check_finding(Held(files), about, entry, tables)
    files["data/certificate.json"] += b" "
    renewed = {**entry, "hashes": [Held(files).sha256("data/certificate.json")]}
    with pytest.raises(program.Refused, match="the row names another certificate"):
        program.check_finding(Held(files), about, renewed, tables)


def test_a_checksum_altered_in_both_its_places_is_found(bundles, said):
    bundle = bytearray(bundles["full"])
    for first, crc_at in ((bundle.index(b"PK\3\4"), 14), (bundle.index(b"PK\1\2"), 16)):
        bundle[first + crc_at] ^= 1
    code, words = said(bytes(bundle))
    assert code == 1
    assert "are altered (CRC)" in words


# --- every byte -----------------------------------------------------------------------------------------------


def places_of(bundle: bytes, chance: random.Random) -> list[int]:
    """All bytes of a long run; else every byte that belongs to no file's content, and some of the others."""
    if LONG:
        return list(range(len(bundle)))
    inside: set[int] = set()
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        for each in opened.infolist():
            first = each.header_offset + 30 + len(each.filename)
            inside.update(range(first, first + each.file_size))
    outside = sorted(set(range(len(bundle))) - inside)
    return [*chance.sample(outside, 300), *chance.sample(sorted(inside), 300)]


@pytest.mark.parametrize("which", ["full", "redacted"])
def test_any_single_altered_byte_is_found(which, bundles, program, tmp_path):
    chance, bundle = random.Random(11), bundles[which]
    options = argparse.Namespace(bundle=str(tmp_path / "b.zip"), key="", witness=[], tsa_ca="")
    for at in places_of(bundle, chance):
        altered = bytearray(bundle)
        altered[at] ^= chance.randrange(1, 256)
        Path(options.bundle).write_bytes(altered)
        with pytest.raises(program.Refused):
            program.verify(options)
