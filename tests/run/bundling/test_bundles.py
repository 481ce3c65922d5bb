"""A bundle is checked by a stranger with nothing of ours; a redacted one shows what the rules release and no more."""

import ast
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import pytest
from tests.run.bundling.made import (
    DISCLOSURE,
    LATER_US,
    LOG,
    NOW_US,
    PURPOSE,
    WITNESS,
    check,
    fields_of_finding,
    files_of,
)

from truceline.base.errors import IntegrityError, UnavailableError, UnknownNameError
from truceline.judge.auditor import audit_certificate
from truceline.mandate import parse_mandates
from truceline.model.account import AUDITOR, PUBLIC, Recipient
from truceline.model.entry import Entry
from truceline.record import open_record
from truceline.record.fields import WIDENED_S
from truceline.release.columns import COLUMNS, Treatment
from truceline.release.floors import FLOORS
from truceline.run.bundling import Audience, Seal, bundle_finding, bundle_redacted, checker
from truceline.run.mission import mission_of

NORD = Recipient(kind="party", party="NORD")


@pytest.fixture(scope="module")
def full(made) -> bytes:
    return made.full("HEAVY_WEAPONS")


@pytest.fixture(scope="module")
def redacted(made) -> bytes:
    return made.redacted("HEAVY_WEAPONS", to=NORD)


def unpacked(bundle: bytes, place):
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        opened.extractall(place)
    (folder,) = place.iterdir()
    return folder


# --- a stranger ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clause", ["EXERCISES", "FLIGHTS", "HEAVY_WEAPONS"])
def test_every_breach_makes_a_bundle_that_holds_without_our_package(clause, made, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    named = ("--key", LOG.verifier.vkey, "--witness", WITNESS.verifier.vkey, "--tsa-ca", str(made.authority / "ca.pem"))
    answer = check(tmp_path, made.full(clause), *named)
    assert answer.code == 0, answer.words
    assert f"then under clause {clause}: breach" in answer.words
    assert "which you named" in answer.words
    assert "NOT SHOWN: what the log says after that" in answer.words


def test_a_finding_without_any_event_makes_a_bundle_too(made, tmp_path):
    target = io.BytesIO()
    with open_record(made.folder / "record", writing=False) as record:
        rows = record.table("findings mandate").to_pylist()
        name = next(row["finding_id"] for row in rows if row["reason"] == "not-observed" and not row["event_ids"])
        bundle_finding(record, name, target, seal=made.seal, purpose=PURPOSE)
    assert check(tmp_path, target.getvalue()).code == 0


def test_the_redacted_bundle_holds_and_prints_what_it_shows(redacted, tmp_path):
    answer = check(tmp_path, redacted, "--key", LOG.verifier.vkey)
    assert answer.code == 0, answer.words
    assert 'finding/verdict = "breach"' in answer.words


def test_the_commands_on_the_page_work_in_the_unpacked_folder(full, tmp_path):
    folder = unpacked(full, tmp_path)
    page = (folder / "data" / "index.html").read_text("utf-8")
    plain = [line for line in re.findall(r"<pre>(.*?)</pre>", page) if "verify_bundle" not in line]
    places = [folder, folder / "data" / "log", folder / "data" / "log"]
    assert [line.split()[0] for line in plain] == ["sha256sum", "openssl", "openssl"]
    for line, place in zip(plain, places, strict=True):
        done = subprocess.run(line.split(), cwd=place, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    tags = ["sha256sum", "-c", "tagmanifest-sha256.txt"]
    assert subprocess.run(tags, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "data" / "finding.json").write_bytes(b"{}")
    assert subprocess.run(plain[0].split(), cwd=folder, capture_output=True, check=False).returncode == 1


def test_the_checker_is_plain_python_3_9_and_imports_nothing_of_ours():
    tree = ast.parse(checker(), feature_version=(3, 9))
    imported = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    imported |= {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
    assert not any(name.startswith("truceline") for name in imported)


def test_a_checker_that_finds_no_openssl_says_that_it_could_not_check(full, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = check(tmp_path, full)
    assert answer.code == 2
    assert "openssl 3 is needed" in answer.words
    assert check(tmp_path, full, "--wrong").code == 2
    os.remove(tmp_path / "b.zip")


def test_the_same_inputs_give_the_same_bytes(full, redacted, made):
    assert made.full("HEAVY_WEAPONS") == full
    assert made.redacted("HEAVY_WEAPONS", to=NORD) == redacted


def test_the_verdict_is_worked_out_again_from_the_bundle_alone(full):
    files = files_of(full)
    originals = {each["role"]: each for each in json.loads(files["data/bundle.json"])["originals"]}
    mission = mission_of(files["data/" + originals["declaration"]["file"]])
    (mandate,) = parse_mandates({"mandate.truce": files["data/" + originals["mandate"]["file"]]})
    certificate = files["data/certificate.json"]
    sources = {source.id: source for source in mission.sources}
    roots = json.loads(certificate)["roots"]
    assert audit_certificate(certificate, mandate=mandate, sources=sources, roots=roots) == []


# --- the page ------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_must_and_loads_and_runs_nothing(full, redacted):
    for bundle in (full, redacted):
        page = files_of(bundle)["data/index.html"].decode("utf-8")
        assert not re.search(r"<(script|img|link|iframe|object)|https?://|url\(|\son\w+=", page)
        assert "default-src 'none'" in page
        for words in (
            "A finding says nothing about who did it",
            "What it does not show",
            "sha256sum -c",
            "openssl pkeyutl",
        ):
            assert words in page
        for words in ("python3 verify_bundle.py", "the court", "case 12/2026", "If this was SUD"):
            assert words in page


def test_the_page_of_a_full_bundle_tells_who_was_given_the_originals_and_escapes_it(full):
    page = files_of(full)["data/index.html"].decode("utf-8")
    assert "account anna" in page
    assert "truceline explain &lt;the whole&gt;" in page
    assert "<the whole>" not in page


# --- what is not made ----------------------------------------------------------------------------------------


def bundled(made, name, *, seal: Seal | None = None) -> None:
    with open_record(made.folder / "record", writing=False) as record:
        bundle_finding(record, name, io.BytesIO(), seal=seal or made.seal, purpose=PURPOSE)


def test_no_bundle_is_made_under_a_checkpoint_that_does_not_cover_it(made):
    early = replace(made.seal, note=made.small, cosignatures=b"", token=b"")
    with pytest.raises(UnavailableError, match="newer than the checkpoint"):
        bundled(made, made.breaches["HEAVY_WEAPONS"], seal=early)


def test_no_bundle_is_made_under_a_checkpoint_that_is_altered_or_of_another_log(made):
    altered = made.seal.note.replace(b"oster-valley\n", b"oster-volley\n", 1)
    with pytest.raises(IntegrityError):
        bundled(made, made.breaches["HEAVY_WEAPONS"], seal=replace(made.seal, note=altered))


def test_a_cosignature_without_its_key_is_not_passed_on(made):
    with pytest.raises(UnavailableError, match=re.escape("witness.example/one")):
        bundled(made, made.breaches["HEAVY_WEAPONS"], seal=replace(made.seal, witness_keys=()))


@pytest.mark.parametrize("name", ["fnd-", "fnd-000000000000", ""])
def test_a_name_that_is_not_one_findings_is_refused(name, made):
    with pytest.raises(UnknownNameError):
        bundled(made, name)


def test_what_found_no_breach_has_no_certificate_and_no_bundle(made):
    with open_record(made.folder / "record", writing=False) as record:
        rows = record.table("findings mandate").to_pylist()
    name = next(row["finding_id"] for row in rows if row["verdict"] == "no_breach")
    with pytest.raises(UnknownNameError, match="no certificate"):
        bundled(made, name)


# --- what is released ----------------------------------------------------------------------------------------


def shown_in(bundle: bytes) -> dict[str, object]:
    fields = json.loads(files_of(bundle)["data/fields.json"])
    return {each["field"]: each["value"] for each in fields if "field" in each}


def test_a_redacted_bundle_tells_nothing_of_places_sources_people_and_words(made, redacted):
    files = files_of(made.full("HEAVY_WEAPONS"))
    certificate = json.loads(files["data/certificate.json"])
    rows = [json.loads(each["row"]) for table in ("events", "observations") for each in certificate["rows"][table]]
    rows.append(json.loads(json.loads(files["data/finding.json"])["row"]))
    shut = {name for name, one in COLUMNS.items() if one not in (Treatment.KEEP,)}
    values = {
        str(each) for row in rows for name in shut & row.keys() for each in listed(row[name]) if len(str(each)) > 5
    }
    assert len(values) > 12
    told = [value for value in sorted(values) if value.encode() in redacted]
    assert told == []


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_what_is_shown_is_what_the_rules_keep_and_times_to_the_hour(redacted):
    shown = shown_in(redacted)
    assert shown["finding/verdict"] == "breach"
    assert shown["finding/addressee"] == "SUD"
    assert shown["finding/latest_at_us@3600"] % 3_600_000_000 == 3_599_999_999
    assert "finding/latest_at_us" not in shown
    assert "finding/sources" not in shown
    assert "finding/certificate_sha256" not in shown
    assert "events/1/act" in shown
    assert "events/1/object_kind" not in shown  # the mission's rule hides it
    assert not [path for path in shown if path.startswith("observations/")]  # which they are is not released
    assert not [path for path in shown if re.search("lon_deg|lat_deg|place_name|source_id|raw_|members|remark", path)]


def test_nobody_is_given_what_the_rules_do_not_release_yet_or_at_all(made):
    for to, now_us in ((PUBLIC, LATER_US), (NORD, 0), (Recipient(kind="party"), LATER_US)):
        with pytest.raises(UnknownNameError, match="no such finding is released"):
            made.redacted("HEAVY_WEAPONS", to=to, now_us=now_us)


def test_an_auditor_gets_exact_times_and_still_no_places(made, tmp_path):
    bundle = made.redacted("HEAVY_WEAPONS", to=AUDITOR)
    shown = shown_in(bundle)
    assert shown["finding/latest_at_us"]
    assert shown["observations/1/observation_id"].startswith("obs-")
    assert not [path for path in shown if "lon_deg" in path or "source" in path]
    assert check(tmp_path, bundle).code == 0


EMBARGO = Entry(
    kind="release",
    subject="x",
    author="chair",
    known_at="2026-11-19T00:00:00Z",
    detail={"act": "embargo", "items": [], "at_us": NOW_US, "reason": "talks"},
)
SENT = Entry(
    kind="raw",
    subject="live/observations/1",
    author="liaison",
    known_at="2026-11-19T00:00:00Z",
    detail={"name": "x.csv", "feed": "observations", "format": "csv", "compartment": "SUD"},
)


@pytest.mark.parametrize("withheld", ["under embargo", "sent by the other party in confidence"])
def test_what_is_withheld_is_in_no_redacted_bundle(withheld, made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "m")
    name, papers = made.breaches["HEAVY_WEAPONS"], (made.seal, PURPOSE)
    audience = Audience(to=NORD, now_us=LATER_US, key=DISCLOSURE)
    with open_record(tmp_path / "m" / "record") as record:
        bundle_redacted(record, name, io.BytesIO(), audience=audience, papers=papers)
        raw = next(entry for _, entry in record.entries(kind="raw", subject="feeds/observations.csv"))
        embargo = replace(EMBARGO, detail=EMBARGO.detail | {"items": [name]})
        record.append([embargo if withheld == "under embargo" else replace(SENT, hashes=raw.hashes)])
        with pytest.raises(UnknownNameError, match="no such finding is released"):
            bundle_redacted(record, name, io.BytesIO(), audience=audience, papers=papers)


def test_without_the_key_that_was_used_when_it_was_recorded_nothing_is_disclosed(made):
    with pytest.raises(UnavailableError, match="no commitments to its fields"):
        made.redacted("HEAVY_WEAPONS", to=NORD, key=b"\x09" * 32)


def test_times_are_committed_to_as_widely_as_release_widens_them():
    assert {floor.round_s for floor in FLOORS.values()} <= set(WIDENED_S)


def test_an_equal_run_adds_no_fields(made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "m")
    with open_record(tmp_path / "m" / "record") as record:
        before = record.size
        rows = [row for row in record.table("findings mandate").to_pylist() if row["certificate_sha256"]]
        record.append_if_new([fields_of_finding(record, row) for row in rows])
        assert record.size == before
