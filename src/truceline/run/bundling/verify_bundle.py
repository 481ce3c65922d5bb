#!/usr/bin/env python3
"""Check a bundle of one finding, offline: python3 verify_bundle.py BUNDLE.zip [--key K] [--witness K]... [--tsa-ca PEM]

Needs Python 3.9 or later and openssl 3, nothing else. Take this file from a source of your own, not from the bundle
that you check. Exit code 0: everything holds. 1: refused, with the reason. 2: it could not be checked.

What is checked, in this order: the zip; the bag (RFC 8493); the checkpoint of the log and its signature (C2SP
tlog-checkpoint, Ed25519); the witnesses' cosignatures; the timestamp (RFC 3161); each entry of the log (RFC 6962); and
that the originals, tables, certificate and fields are those that the entries name.
"""

from __future__ import annotations

import argparse
import base64
import calendar
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

MOST_MEMBERS, MOST_JSON_BYTES = 60_000, 256 * 2**20  # more is not read
PATH = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}(/[A-Za-z0-9][A-Za-z0-9._-]{0,79}){1,4}"
SHA256 = r"[0-9a-f]{64}"
NOTE = r"(([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n— ([^\s+]+) ([A-Za-z0-9+/]+=*)\n"
COSIGNATURE = r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)"
VKEY = r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)"
LOG, WITNESS = 1, 4  # kinds of key
PEM = b"-----BEGIN PUBLIC KEY-----\n%b\n-----END PUBLIC KEY-----\n"
PEM_PREFIX = bytes.fromhex("302a300506032b6570032100")  # an Ed25519 public key in DER begins so (RFC 8410)
HEADER = rb'\{"bytes":\d{1,15},"content":"[0-9a-f]{64}","key":"[0-9a-f]{16}","subject":"[0-9a-f]{32}"\}\n'
SEALED = rb"truceline sealed 1\n" + HEADER  # so sealed content begins; then parts, each of tag and ciphertext
SEALED_PART, SEALED_TAG = 2**20, 16
CTR_MASK = ~(1 << 63 | 1 << 31)  # RFC 5297: these bits of the tag are cleared for the counter
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAGS = {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"}
STAMP = {"log/timestamp.tsr", "log/timestamp-ca.pem"}
BASICS = {"index.html", "verify_bundle.py", "bundle.json", "proofs.json", "log/checkpoint", "log/keys.txt"}
BASICS |= STAMP | {"log/cosignatures", "log/key.pem", "log/signed.txt", "log/signature.bin"}
ENTRY = {"kind", "subject", "author", "known_at", "hashes", "detail"}
TABLES = ("events", "observations", "placings", "notices")  # whose rows a certificate proves
JUDGED = " judged"  # in the name of a part of a table: what one owner's findings were made of
SAID = ("mandate", "clause", "addressee", "reading", "verdict", "reason")
NEVER_SHOWN = (
    "what the log says after that; that the originals are true; who did it: a finding says nothing about that; that "
    "the verdict follows from the facts: truceline works that out again, not this program. Nobody signs the words of "
    "the pages (index.html, explanation.txt, bag-info.txt): where they differ from what is printed here, this holds."
)


class Refused(Exception):  # noqa: N818 - that is what is said
    """The bundle is not what it says; the words say why."""


def need(holds: object, why: str) -> None:
    """Go on if it holds, else refuse."""
    if not holds:
        raise Refused(why)


def matched(pattern: str, text: str, why: str) -> re.Match[str]:
    """The whole text in parts, or a refusal."""
    match = re.fullmatch(pattern, text)
    if match is None:
        raise Refused(why)
    return match


def say(part: str, words: str) -> None:
    """One line for what was checked."""
    sys.stdout.write(f"ok  {part + ':':14} {words}\n")


def sha(*parts: bytes) -> bytes:
    """SHA-256 over the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


# --- 1. the zip: plain files one after the other, then their list, and not one byte more ----------------------


class Members:
    """The files of the bundle by their path in it: where each begins and how many bytes it has."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.base = file, ""
        self.at: dict[str, tuple[int, int]] = {}
        size = file.seek(0, 2)
        end = self._read(max(0, size - 22), 22)
        need(len(end) == 22 and end[:4] == b"PK\5\6", "zip: it is no zip, it is cut short, or something follows it")
        _, *disks, count, again, length, start, comment = struct.unpack("<4s4H2IH", end)
        plain = disks == [0, 0] and count == again and not comment and start + length + 22 == size
        need(plain, "zip: its end is not that of a plain zip of one part")
        need(count <= MOST_MEMBERS, f"zip: it lists {count} members, and at most {MOST_MEMBERS} are read")
        listing, place, offset = self._read(start, length), 0, 0
        for _ in range(count):
            need(len(listing) - place >= 46, "zip: its list is cut short")
            after = place + 46 + int.from_bytes(listing[place + 28 : place + 30], "little")
            offset, place = self._take(listing[place:after], offset), after
        need(place == length and offset == start, "zip: bytes stand in it that belong to no member")

    def _take(self, listed: bytes, offset: int) -> int:
        """Take in one member, which must begin at `offset`; where the next begins."""
        raw = listed[46:]
        name = raw.decode("ascii", "backslashreplace")
        *_, method, _, _, crc, packed, size, _, _, _, _, _, mode, _ = struct.unpack("<4s6H3I5H2I", listed[:46])
        need(not re.match(r"[/\\]|[A-Za-z]:", name), f"zip: {name!r} is an absolute path")
        need(".." not in re.split(r"[/\\]", name), f"zip: {name!r} leads out of the bundle")
        need(re.fullmatch(PATH, name), f"zip: {name!r} is no safe name")
        need(mode == 0o100644 << 16, f"zip: {name} is no plain file, perhaps a link")
        need(method == 0 and packed == size, f"zip: {name} is compressed: it could unpack to any size")
        base, _, path = name.partition("/")
        need(path not in self.at, f"zip: {name} is there twice")
        need(base == (self.base or base), f"zip: {name} lies outside the folder {self.base}")
        facts = (20, 0, 0, 0, 0x21, crc, size, size, len(raw), 0)
        local = struct.pack("<4s5H3I2H", b"PK\3\4", *facts) + raw
        central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 3 << 8 | 20, *facts, 0, 0, 0, mode, offset) + raw
        plain = listed == central and self._read(offset, len(local)) == local
        need(plain, f"zip: the header of {name} is altered, or it does not stand where it should")
        self.base, self.at[path] = base, (offset + len(local), size)
        found = 0
        for chunk in self.chunks(path):
            found = zlib.crc32(chunk, found)
        need(found == crc, f"zip: the bytes of {name} are altered (CRC)")
        return offset + len(local) + int(size)

    def _read(self, at: int, count: int) -> bytes:
        self.file.seek(at)
        return bytes(self.file.read(count))

    def chunks(self, path: str) -> Iterator[bytes]:
        """A member's bytes, part by part."""
        at, left = self.at[path]
        while left:
            chunk = self._read(at, min(left, 1 << 20))
            need(chunk, f"zip: {path} is cut short")
            at, left = at + len(chunk), left - len(chunk)
            yield chunk

    def cut(self, path: str, first: int, count: int) -> bytes:
        """Some bytes of a member, as many as there are."""
        at, size = self.at[path]
        return self._read(at + first, max(0, min(count, size - first)))

    def sha256(self, path: str) -> str:
        """Of a member; "" where there is none."""
        digest = hashlib.sha256()
        for chunk in self.chunks(path) if path in self.at else ():
            digest.update(chunk)
        return digest.hexdigest() if path in self.at else ""

    def get(self, path: str) -> bytes:
        """A small member."""
        need(path in self.at, f"bag: {path} is missing")
        need(self.at[path][1] <= MOST_JSON_BYTES, f"bag: {path} is larger than anything of its kind")
        return b"".join(self.chunks(path))

    def text(self, name: str) -> str:
        """One of the payload's texts."""
        return self.get("data/" + name).decode("utf-8", "replace")

    def json(self, name: str) -> Any:
        """The value of one of the payload's files."""
        return canonical(self.get("data/" + name), name)


# --- 2. the bag: nothing missing, nothing more, every hash right ----------------------------------------------


def check_bag(members: Members) -> set[str]:
    """The names of the payload's files."""
    payload = {path for path in members.at if path.startswith("data/")}
    rest = sorted(members.at.keys() - payload - TAGS - {"tagmanifest-sha256.txt"})
    need(not rest, f"bag: {rest[:1]} does not belong in a bundle")
    for manifest, expected in (("tagmanifest-sha256.txt", TAGS), ("manifest-sha256.txt", payload)):
        lines = members.get(manifest).decode("utf-8", "replace").split("\n")
        need(lines.pop() == "", f"bag: {manifest} is cut short")
        listed, last = dict[str, str](), ""
        for line in lines:
            parts = matched(f"({SHA256})  (\\S+)", line, f"bag: {manifest} has a line out of form: {line[:60]!r}")
            need(parts[2] > last, f"bag: {manifest} lists {parts[2]} twice or out of order")
            listed[parts[2]], last = parts[1], parts[2]
        missing, more = sorted(listed.keys() - members.at.keys()), sorted(expected - listed.keys())
        need(not missing, f"bag: {missing[:1]} is missing")
        need(not more, f"bag: {more[:1]} is not listed in {manifest}")
        for name, sha256 in listed.items():
            need(members.sha256(name) == sha256, f"bag: {name} has another hash than {manifest} says")
    need(members.get("bagit.txt") == BAGIT, "bag: bagit.txt is not that of BagIt 1.0")
    oxum = f"\nPayload-Oxum: {sum(members.at[path][1] for path in payload)}.{len(payload)}\n".encode()
    need(members.get("bag-info.txt").endswith(oxum), "bag: bag-info.txt states another number of bytes or files")
    say("bag", f"{len(payload)} files, each with the hash that the manifest says, none missing, none more")
    return {path[5:] for path in payload}


# --- 3. the checkpoint, who signed it, when it was stamped -----------------------------------------------------


class Key:
    """A public key as text, name+id+base64: of a log or of a witness."""

    def __init__(self, text: str, kind: int) -> None:
        match = matched(VKEY, text, f"key: {text[:60]!r} is no key of the form name+id+base64")
        raw = unbase64(match[3], "key")
        self.text, self.name, self.pem = text, match[1], PEM % base64.b64encode(PEM_PREFIX + raw[1:])
        self.id = sha(self.name.encode(), b"\n", raw)[:4]
        need(len(raw) == 33 and raw[0] == kind, f"key: that of {self.name} is of another kind")
        need(self.id.hex() == match[2], f"key: the id of {self.name} does not fit its key")

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature over the message is by this key."""
        files = {"key.pem": self.pem, "message": message, "signature": signature}
        command = "pkeyutl -verify -rawin -pubin -inkey key.pem -in message -sigfile signature"
        return openssl(command, files).returncode == 0


def openssl(command: str, files: dict[str, bytes]) -> subprocess.CompletedProcess[bytes]:
    """Run openssl in a folder that holds these files."""
    program = shutil.which("openssl")
    if program is None:
        raise OSError("openssl 3 is needed and was not found")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return subprocess.run([program, *command.split()], cwd=folder, capture_output=True, timeout=60, check=False)


class Checkpoint:
    """The log's own statement: so many entries under this root."""

    def __init__(self, content: str) -> None:
        match = matched(NOTE, content, "checkpoint: it is out of form, or bears more than one signature")
        self.text, self.origin, self.size, self.signer = match[1], match[2], int(match[3]), match[5]
        self.root, signed = unbase64(match[4], "checkpoint"), unbase64(match[6], "checkpoint")
        self.key_id, self.signature = signed[:4], signed[4:]


def check_checkpoint(members: Members, named_key: str) -> Checkpoint:
    """The checkpoint, signed by the log whose key was named or came along."""
    point, came = Checkpoint(members.text("log/checkpoint")), members.text("log/keys.txt").split("\n")[0]
    key = Key(named_key or came, LOG)
    need(key.text == came, f"key: you named {key.text}, and the bundle was made under {came[:200]}")
    need(point.origin == point.signer == key.name, f"checkpoint: it is of {point.origin!r}, not of {key.name!r}")
    need(point.key_id == key.id, "checkpoint: it is signed by another key of that name")
    need(key.signed(point.text.encode(), point.signature), "checkpoint: the signature does not hold")
    plain = {"log/key.pem": key.pem, "log/signed.txt": point.text.encode(), "log/signature.bin": point.signature}
    for name, content in plain.items():
        need(members.get("data/" + name) == content, f"checkpoint: {name} is not what checkpoint and key say")
    say("checkpoint", f"{point.origin}, {point.size} entries under root {point.root.hex()}, signed by its key")
    warning = "WHICH CAME WITH THE BUNDLE: compare it with one that you were given otherwise"
    say("key", f"{key.text}, {'which you named' if named_key else warning}")
    return point


def check_cosignatures(members: Members, point: Checkpoint, named_keys: list[str]) -> int:
    """How many witnesses cosigned."""
    came, seen = members.text("log/keys.txt").split("\n")[1:-1], set()
    keys = [Key(text, WITNESS) for text in dict.fromkeys([*named_keys, *came])]
    for line in members.text("log/cosignatures").split("\n")[:-1]:
        match = matched(COSIGNATURE, line, f"cosignature: {line[:60]!r} is no signature line")
        content = unbase64(match[2], "cosignature")
        own = [each for each in keys if (each.name, each.id) == (match[1], content[:4])]
        need(own, f"cosignature: no key of {match[1]} is known")
        at_s = int.from_bytes(content[4:12], "big")
        message = f"cosignature/v1\ntime {at_s}\n{point.text}".encode()
        need(own[0].signed(message, content[12:]), f"cosignature: that of {own[0].name} does not hold")
        whence = "whose key you named" if own[0].text in named_keys else "whose key came with the bundle"
        say("cosignature", f"{own[0].name}, {whence}, found the log consistent on {moment(at_s)}")
        seen.add(own[0].text)
    lacking = [key.name for key in keys if key.text in named_keys and key.text not in seen]
    need(not lacking, f"cosignature: {lacking[:1]}, whom you named, did not cosign")
    return len(seen)


def check_timestamp(members: Members, authority: bytes | None) -> bool:
    """Whether there is one. Certificates count as they stood at the moment of the stamp."""
    if "data/log/timestamp.tsr" not in members.at:
        need(authority is None, "timestamp: there is none, and you named an authority")
        return False
    files = {"token": members.get("data/log/timestamp.tsr"), "note": members.get("data/log/checkpoint")}
    files["ca.pem"] = authority or members.get("data/log/timestamp-ca.pem")
    told = openssl("ts -reply -in token -text", files).stdout.decode("utf-8", "replace")
    stamp = r"(?s).*Time stamp: (\w{3} +\d+ [\d:]{8})(?:\.\d+)? (\d{4}) GMT.*"
    match = matched(stamp, told, "timestamp: the token cannot be read")
    at_s = calendar.timegm(time.strptime(f"{match[1]} {match[2]}", "%b %d %H:%M:%S %Y"))
    done = openssl(f"ts -verify -data note -in token -CAfile ca.pem -attime {at_s}", files)
    need(done.returncode == 0, "timestamp: the token is altered, of other bytes, or leads to another authority")
    whence = "whose certificate you named" if authority else "whose certificate came with the bundle"
    say("timestamp", f"the checkpoint existed on {moment(at_s)}, says an authority {whence}")
    return True


# --- 4. entries of the log ------------------------------------------------------------------------------------


def canonical(content: bytes, what: str) -> Any:
    """The value of canonical JSON (RFC 8785 without floats)."""
    try:
        value = json.loads(content.decode("utf-8"), parse_float=no_number, parse_constant=no_number)
        same = as_canonical(value) == content
    except (ValueError, RecursionError):
        same = False
    need(same, f"{what}: it is not canonical JSON")
    return value


def as_canonical(value: Any) -> bytes:
    """A value as canonical JSON."""
    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def no_number(text: str) -> NoReturn:
    """No float is canonical."""
    raise ValueError(text)


def ordered(value: Any) -> Any:
    """The same with its keys in order of UTF-16, as RFC 8785 sorts them."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [ordered(each) for each in value] if isinstance(value, list) else value


def leads_to(leaf: bytes, index: int, size: int, path: list[str]) -> str:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2); "" where it does not fit index and size."""
    at, last, node = index, size - 1, sha(b"\0", leaf)
    for step in path:
        if last == 0 or not re.fullmatch(SHA256, step):
            return ""
        beside = bytes.fromhex(step)
        if at % 2 or at == last:
            node = sha(b"\1", beside, node)
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            node = sha(b"\1", node, beside)
        at, last = at >> 1, last >> 1
    return node.hex() if last == 0 and 0 <= index < size else ""


def check_entries(members: Members, point: Checkpoint, names: set[str]) -> dict[int, Any]:
    """The proven entries by position."""
    entries: dict[int, Any] = {}
    for proof in members.json("proofs.json"):
        at, said = proof["position"], f"{proof['kind']} {proof['subject']}"
        need(at not in entries, f"entry {at}: it is listed twice")
        body = members.get(f"data/entries/{at}.json")
        entry = entries[at] = canonical(body, f"entry {at}")
        need(set(entry) == ENTRY, f"entry {at}: it is no entry")
        need(f"{entry['kind']} {entry['subject']}" == said, f"entry {at}: it is not about {said}, as the bundle says")
        need(re.fullmatch(SHA256, proof["salt"]), f"entry {at}: its salt is out of form")
        found = leads_to(sha(bytes.fromhex(proof["salt"]), body), at, point.size, proof["path"])
        under = found == point.root.hex()
        need(under, f"entry {at}: body, salt, position or path is altered: it is not under the signed root")
    spare = sorted(name for name in names if name[:8] == "entries/" and name[8:-5] not in map(str, entries))
    need(not spare, f"bag: no proof is given for {spare[:1]}")
    say("entries", f"{len(entries)} of the log, each under the signed root")
    return entries


# --- 5. what the entries name ---------------------------------------------------------------------------------


def named(entries: dict[int, Any], at: int, kinds: tuple[str, ...], subject: str) -> Any:
    """The proven entry at a position, which must be about this."""
    need(at in entries, f"entry {at}: the bundle rests on it and does not hold it")
    kind, about = entries[at]["kind"], entries[at]["subject"]
    need(kind in kinds and about == subject, f"entry {at}: it is about {kind} {about}, not about {kinds[0]} {subject}")
    return entries[at]


def check_full(members: Members, about: Any, entries: dict[int, Any]) -> tuple[str, set[str]]:
    """Originals, tables and finding of a full bundle: what was shown, in words, and the files that speak for it."""
    run, originals, tables = named(entries, about["run_entry"], ("mission",), "inputs"), set(), {}
    for each in about["originals"]:
        what, at = f"original {each['name']}", each["position"]
        entry = named(entries, at, ("raw", "derived", "node"), each["name"])
        need(each["sha256"] in entry["hashes"], f"{what}: entry {at} names another hash")
        need(members.sha256("data/" + each["file"]) == each["sha256"], f"{what}: its bytes are not those that came in")
        read = each["role"] == "evidence" or run["detail"]["files"].get(each["name"]) == each["sha256"]
        need(read, f"{what}: the run did not read it")
        originals.add(each["sha256"])
    texts = {each["role"]: each["name"] for each in about["originals"] if each["role"] != "evidence"}
    stem = re.sub(r"\.(truce|md)$", "", texts.pop("mandate", "").rpartition("/")[2])
    there = stem == members.json("certificate.json")["mandate"] and texts == {"declaration": "truceline.toml"}
    need(there, "original: the mandate's text or the mission's declaration is not among them")
    say("originals", f"{len(originals)}, each with the bytes that the log names")
    for each in about["tables"]:
        entry = named(entries, each["position"], ("table",), each["name"])
        whole = each["name"].partition(JUDGED)[0]  # a part of a table stands for the table
        need(whole not in tables, f"table {whole}: two parts of it are here")
        tables[whole] = entry
        found = members.sha256("data/" + each["file"]) if each["file"] else entry["hashes"][0]
        need(found == entry["hashes"][0], f"table {each['name']}: its bytes are not those that the log names")
    here = sorted(each["name"] for each in about["tables"] if each["file"])
    say("tables", f"{len(tables)}, and the bytes of {', '.join(here)}")
    words = check_finding(
        members, about, named(entries, about["finding_entry"], ("finding",), about["finding"]), tables
    )
    pictures = check_rows(members.json("certificate.json"), tables, originals)
    for sha256 in about["media"]:
        need(sha256 in pictures, f"media {sha256[:16]}…: no row of the certificate names it")
        need(members.sha256(f"data/media/{sha256}") == sha256, f"media {sha256[:16]}…: its bytes are altered")
    stored = {each["sha256"]: each["file"] for each in about["originals"]} | {s: f"media/{s}" for s in about["media"]}
    check_opened(members, about["opened"], stored)
    used = {about["finding_entry"], about["run_entry"]}
    used |= {each["position"] for part in ("originals", "tables") for each in about[part]}
    kept = {at for at, each in entries.items() if each["kind"] == "custody" and originals & set(each["hashes"])}
    need(entries.keys() <= used | kept, f"entry {sorted(entries.keys() - used - kept)[:1]}: nothing here rests on it")
    say("custody", f"{len(kept)} entries of the log about who was given these originals")
    files = {*stored.values(), *(each["file"] for each in (*about["tables"], *about["opened"].values()))}
    return words, files | {"certificate.json", "finding.json", "explanation.txt"}


def check_opened(members: Members, opened: Any, stored: dict[str, str]) -> None:
    """What is sealed, and that what lies here opened is what openssl makes of it with the key that came along."""
    begins = {sha256: re.match(SEALED, members.cut(f"data/{file}", 0, 300)) for sha256, file in stored.items()}
    sealed = {sha256: match.end() for sha256, match in begins.items() if match}
    need(opened.keys() <= sealed.keys(), "opened: there is something that is not sealed here")
    for sha256, told in opened.items():
        what, file, plain = f"opened: {told['file']}", f"data/{stored[sha256]}", f"data/{told['file']}"
        matched(SHA256, told["key"], f"{what}: its key is out of form")
        need(told["file"][:7] == "opened/" and plain in members.at, f"{what} is missing")
        at, read = sealed[sha256], 0
        while at < members.at[file][1]:
            part = members.cut(file, at, SEALED_TAG + SEALED_PART)
            counter = int.from_bytes(part[:SEALED_TAG], "big") & CTR_MASK
            command = f"enc -d -aes-256-ctr -K {told['key']} -iv {counter:032x} -in part"
            found = openssl(command, {"part": part[SEALED_TAG:]}).stdout
            same = len(found) == len(part) - SEALED_TAG and found == members.cut(plain, read, len(found))
            need(same, f"{what}: it is not what its key makes of the sealed bytes")
            at, read = at + len(part), read + len(found)
        need(read == members.at[plain][1], f"{what}: it is longer than the sealed bytes")
    if sealed:
        say("sealed", f"{len(sealed)} encrypted; {len(opened)} opened here, each with a key of its own")


def check_finding(members: Members, about: Any, entry: Any, tables: dict[str, Any]) -> str:
    """The finding's row, its entry and its certificate say the same; what they say, in words."""
    proof, certificate = members.json("finding.json"), members.json("certificate.json")
    row, sha256 = canonical(proof["row"].encode(), "finding"), members.sha256("data/certificate.json")
    need(entry["hashes"] == [sha256], "certificate: its hash is not the one in the finding's entry")
    for name in SAID:
        need(certificate[name] == entry["detail"][name], f"certificate: its {name} is not that of the finding's entry")
        need(row[name] == entry["detail"][name], f"finding: its {name} is not that of the finding's entry")
    need(row["finding_id"] == about["finding"], f"finding: the row is of {row['finding_id']}")
    need(row["certificate_sha256"] == sha256, "finding: the row names another certificate")
    check_row(proof, tables, f"findings {row['mandate']}", "finding")
    events = [canonical(each["row"].encode(), "row")["event_id"] for each in certificate["rows"]["events"]]
    need(sorted(row["event_ids"]) == sorted(events), "finding: it is about other events than its certificate")
    reason = f" ({row['reason']})" if row["reason"] else ""
    words = (
        f"{row['finding_id']}: if this was {row['addressee']}'s, then under clause {row['clause']}: {row['verdict']}"
    )
    say("finding", words + reason)
    return f"finding {words}{reason}"


def check_rows(certificate: Any, tables: dict[str, Any], originals: set[str]) -> set[str]:
    """Every row of the certificate is in a proven table, and was read from an original here; the media they name."""
    members, observations, media = set[str](), set[str](), set[str]()
    for table in TABLES:
        proven = table in tables and certificate["roots"][table] == tables[table]["detail"]["rows_root"]
        need(proven, f"certificate: its root of {table} is not that of the proven table")
        for each in certificate["rows"][table]:
            row = check_row(each, tables, table, "certificate")
            raw = row.get("raw_sha256", "")
            need(not raw or raw in originals, f"certificate: a row of {table} was read from {raw[:16]}…, no original")
            need(raw or table != "observations", "certificate: an observation names no original")
            media |= set(row.get("media", ()))
            members |= set(row["members"]) if table == "events" else set()
            observations |= {row["observation_id"]} if table == "observations" else set()
    need(members == observations, "certificate: its observations are not the members of its events")
    count = sum(len(rows) for rows in certificate["rows"].values())
    say("certificate", f"{count} rows, each in a proven table, each that was read from an original here")
    return media


def check_row(proof: Any, tables: dict[str, Any], table: str, what: str) -> Any:
    """A row that is in a proven table."""
    need(table in tables, f"{what}: no table {table} is proven here")
    stated, root = (
        tables[table]["detail"],
        leads_to(proof["row"].encode(), proof["index"], proof["size"], proof["path"]),
    )
    proven = root == stated["rows_root"] and proof["size"] == stated["rows"]
    need(proven, f"{what}: row {proof['index']} or its path is altered: it is not in the proven table {table}")
    return canonical(proof["row"].encode(), "row")


def check_redacted(members: Members, about: Any, entries: dict[int, Any]) -> tuple[str, set[str]]:
    """The disclosed fields, under the root that the log holds: what was shown, in words, and the files for it."""
    entry, fields = named(entries, about["fields_entry"], ("fields",), about["finding"]), members.json("fields.json")
    need(len(entries) == 1, "entries: there is one that nothing here rests on")
    need(len(fields) == entry["detail"]["count"], "fields: there are more or fewer than the log says")
    nodes, shown, last = [], dict[str, Any](), ""
    for each in fields:
        leaf = bytes.fromhex(each["commitment"]) if "commitment" in each else b""
        if not leaf:
            path = each["field"]
            need(path.encode() > last.encode(), f"fields: {path} does not stand in its order")
            shown[path], last = each["value"], path
            leaf = sha(bytes.fromhex(each["salt"]), as_canonical({"field": path, "value": each["value"]}))
        nodes.append(sha(b"\0", leaf))
    while len(nodes) > 1:  # neighbours in pairs; a last one without goes up as it is
        pairs = [sha(b"\1", nodes[at], nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
        nodes = pairs + nodes[len(pairs) * 2 :]
    root = nodes[0].hex() if nodes else ""
    need(root == entry["detail"]["root"], "fields: a value, salt or commitment is altered: not the root in the log")
    need(shown.get("finding/finding_id") == about["finding"], "fields: they do not name the finding")
    say("fields", f"{len(shown)} of {len(fields)} are shown, as they were committed to; of the others nothing is told")
    sys.stdout.write("".join(f"      {path} = {json.dumps(value)}\n" for path, value in shown.items()))
    return f"{len(shown)} fields of finding {about['finding']}", {"fields.json"}


# --- the whole ------------------------------------------------------------------------------------------------


def unbase64(text: str, what: str) -> bytes:
    """The bytes of base64 in its one form."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        found = b""
    need(base64.b64encode(found).decode() == text, f"{what}: {text[:40]!r} is no base64")
    return found


def moment(at_s: int) -> str:
    """In words; seconds since 1970."""
    need(at_s < 2**36, "cosignature: its moment lies in no year that can be meant")
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at_s))


def verify(options: argparse.Namespace) -> None:
    """Check everything, in order."""
    authority = Path(options.tsa_ca).read_bytes() if options.tsa_ca else None
    with Path(options.bundle).open("rb") as file:
        members = Members(file)
        say("zip", f"{len(members.at)} plain files")
        names, about = check_bag(members), members.json("bundle.json")
        need(about["bundle"] == 1 and about["form"] in ("full", "redacted"), "bundle: its form is not known here")
        point = check_checkpoint(members, options.key)
        witnesses = check_cosignatures(members, point, options.witness)
        stamped = check_timestamp(members, authority)
        entries = check_entries(members, point, names)
        words, files = (check_full if about["form"] == "full" else check_redacted)(members, about, entries)
        more = sorted(name for name in names - BASICS - files if not name.startswith("entries/"))
        need(not more, f"bag: {more[:1]} is in the bundle and nothing speaks of it")
    sys.stdout.write(f"\nSHOWN: when it had {point.size} entries, the log {point.origin} held this: {words}.\n")
    whose = "" if options.key else "that the key is really the log's, for it came with the bundle; "
    clock = "" if stamped else "when, for no authority stamped it; "
    split = "" if witnesses else "that others were shown the same log, for no witness cosigned; "
    sys.stdout.write(f"NOT SHOWN: {whose}{clock}{split}{NEVER_SHOWN}\n")


def main() -> int:
    """Check what the command line names; the exit code."""
    parser = argparse.ArgumentParser(description="Check a bundle of one finding, offline.")
    parser.add_argument("bundle", help="the zip")
    parser.add_argument("--key", default="", metavar="VKEY", help="the log's key, as you were given it by another way")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="who must have cosigned")
    parser.add_argument("--tsa-ca", default="", metavar="PEM", help="the timestamp authority's root certificate")
    try:
        verify(parser.parse_args())
    except Refused as fault:
        sys.stdout.write(f"REFUSED  {fault}\n")
        return 1
    except (OSError, subprocess.TimeoutExpired) as fault:
        sys.stderr.write(f"It could not be checked: {fault}\n")
        return 2
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as fault:
        sys.stdout.write(f"REFUSED  bundle: a part of it is out of form ({type(fault).__name__} {fault})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
