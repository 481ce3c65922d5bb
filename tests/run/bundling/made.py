"""A small mission that was run, signed, cosigned and stamped, and bundles of its findings."""

import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.timestamps import make_authority, openssl, reply

from truceline.model.account import Recipient
from truceline.model.entry import Entry
from truceline.record import open_record
from truceline.record.fields import fields_entry
from truceline.record.notes.checkpoint import Checkpoint, cosignature
from truceline.record.notes.note import COSIGNATURE, signer_of
from truceline.run.bundling import Audience, Purpose, Seal, bundle_finding, bundle_redacted
from truceline.run.bundling.archive import _Zip, part, write_bag
from truceline.run.bundling.proven import checker

ROOT = Path(__file__).parents[3]
NOW_US = 1_795_000_000_000_000
LATER_US = NOW_US + 40 * 86_400_000_000
AT_S = 1_795_000_100
KNOWN_AT = "2026-11-18T11:06:40Z"
LOG = signer_of("truceline/oster-valley", b"\1" * 32)
OTHER_LOG = signer_of("truceline/oster-valley", b"\2" * 32)
WITNESS = signer_of("witness.example/one", b"\3" * 32, kind=COSIGNATURE)
STRANGER = signer_of("witness.example/two", b"\4" * 32, kind=COSIGNATURE)
DISCLOSURE = b"\5" * 32
PURPOSE = Purpose(for_whom="the court", why="case 12/2026", made_at="2026-11-20T09:00:00Z")
RULES = """
[[release]]
to = "parties"
kind = "finding"

[[release]]
to = "parties"
kind = "event"
status = "reported"
hide = ["object_kind"]

[[release]]
to = "parties"
kind = "observation"
"""


@dataclass(frozen=True)
class Made:
    """A mission's folder with what seals its record, and the clause -> id of one breach each."""

    folder: Path
    seal: Seal
    breaches: dict[str, str]
    authority: Path
    small: bytes  # an earlier checkpoint, of 20 entries

    def proof(self, position: int) -> tuple[dict[str, object], bytes]:
        """A true proof of any entry, and its body: whoever has the record can put them into a bundle."""
        with open_record(self.folder / "record", writing=False) as record:
            sealed, entry = record.sealed(position), dict(record.entries())[position]
            path = [step.hex() for step in record.inclusion(position, record.size)]
        said = {"position": position, "kind": entry.kind, "subject": entry.subject, "salt": sealed.salt.hex()}
        return {**said, "path": path}, sealed.body

    def full(self, clause: str) -> bytes:
        target = io.BytesIO()
        with open_record(self.folder / "record", writing=False) as record:
            bundle_finding(record, self.breaches[clause], target, seal=self.seal, purpose=PURPOSE)
        return target.getvalue()

    def redacted(self, clause: str, *, to: Recipient, now_us: int = LATER_US, key: bytes = DISCLOSURE) -> bytes:
        target, audience = io.BytesIO(), Audience(to=to, now_us=now_us, key=key)
        with open_record(self.folder / "record", writing=False) as record:
            papers = (self.seal, PURPOSE)
            bundle_redacted(record, self.breaches[clause], target, audience=audience, papers=papers)
        return target.getvalue()


def make(place: Path, *, rules: str = RULES) -> Made:
    """Run a copy of the first mission, commit to every finding's fields, sign, cosign and stamp."""
    from truceline.run.batch import run_mission

    folder = place / "m"
    kept_out = shutil.ignore_patterns("record", "report", "keys")
    shutil.copytree(ROOT / "missions" / "first-steps", folder, ignore=kept_out)
    with (folder / "truceline.toml").open("a") as declaration:
        declaration.write(rules)
    run_mission(folder, now_us=NOW_US)
    with open_record(folder / "record") as record:
        rows = [row for row in record.table("findings mandate").to_pylist() if row["certificate_sha256"]]
        record.append_if_new([fields_of_finding(record, row) for row in rows])
        feed = next(entry for _, entry in record.entries(kind="raw", subject="feeds/observations.csv"))
        acts = [{"act": "read", "content": feed.hashes[0]}]
        detail = {"why": "truceline explain <the whole>", "acts": acts, "until": 1}
        custody = Entry(kind="custody", subject="1-0", author="account anna", known_at=KNOWN_AT, hashes=feed.hashes)
        record.append([replace(custody, detail=detail)])
        record.append(later_entries(record))
        point = Checkpoint(origin=LOG.name, size=record.size, root=record.root(record.size))
        small = Checkpoint(origin=LOG.name, size=20, root=record.root(20)).signed_by(LOG)
    note, authority = point.signed_by(LOG), place / "tsa"
    make_authority(authority)
    seal = Seal(
        note=note,
        log_key=LOG.verifier.vkey,
        cosignatures=cosignature(point.text(), by=WITNESS, at_s=AT_S).encode(),
        witness_keys=(WITNESS.verifier.vkey,),
        token=token_for(authority, note),
        authority=(authority / "ca.pem").read_bytes(),
    )
    breaches = {row["clause"]: row["finding_id"] for row in rows if row["verdict"] == "breach"}
    return Made(folder=folder, seal=seal, breaches=breaches, authority=authority, small=small)


def later_entries(record) -> list[Entry]:
    """What a later run could have brought: a mandate of the same name, and events of another root."""
    _, events = record.last("table", "events")
    text = record.put(b"# another mandate")
    mandate = Entry(kind="raw", subject="mandate.truce", author="truceline", known_at=KNOWN_AT, hashes=(text,))
    return [mandate, replace(events, detail=events.detail | {"rows_root": "00" * 32})]


def fields_of_finding(record, row) -> Entry:
    content = record.get(row["certificate_sha256"])
    return fields_entry(row, content, key=DISCLOSURE, author="truceline", known_at=KNOWN_AT)


def token_for(authority: Path, content: bytes) -> bytes:
    """What the authority answers about these bytes."""
    (authority / "stamped").write_bytes(content)
    query = openssl(authority, "ts", "-query", "-data", "stamped", "-sha256", "-cert")
    return reply(authority, query)


@dataclass(frozen=True)
class Answer:
    code: int
    words: str


def check(folder: Path, bundle: bytes, *options: str, python: str = sys.executable) -> Answer:
    """What verify_bundle.py says, run by itself, without our package, as a stranger would."""
    (folder / "verify_bundle.py").write_bytes(checker())
    (folder / "b.zip").write_bytes(bundle)
    command = [python, "-I", "verify_bundle.py", "b.zip", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return Answer(code=done.returncode, words=done.stdout + done.stderr)


def files_of(bundle: bytes) -> dict[str, bytes]:
    """What is in a bundle, by path below its folder."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        return {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    """These files as a zip of the right form; nothing else is mended."""
    target = io.BytesIO()
    made = _Zip(target, "finding-x")
    for name, content in files.items():
        made.add(name, content)
    made.close()
    return target.getvalue()


def mended(files: dict[str, bytes]) -> bytes:
    """The bundle that a clever forger makes of these payload files: every manifest fits."""
    target = io.BytesIO()
    parts = [part(name[5:], content) for name, content in files.items() if name.startswith("data/")]
    write_bag(target, "finding-x", parts, about=[("Bagging-Date", "2026-11-20")])
    return target.getvalue()
