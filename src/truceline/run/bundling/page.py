"""The page of a bundle: what is claimed, what each file is, how it is checked, and what the check does not show.

It loads nothing, runs nothing and prints well. Every word that is not ours is escaped.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template
from typing import Literal

from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.mandate import clause_words
from truceline.record.fields import Field
from truceline.record.notes.checkpoint import cosigned
from truceline.record.notes.note import note_of, verifier_of
from truceline.run.bundling.grounds import Stands
from truceline.run.bundling.proven import CHECKER, Proven, Purpose, Seal
from truceline.run.explaining import Explanation

_FACT = re.compile(r"\[(surely|possibly|no) *\] (.*)")
_WHO = "A finding says nothing about who did it. It says what follows if it was the act of the party that it names."
_OTHERWISE = (
    "Take the log's key and this program from somebody else than whoever gave you this bundle: the mission prints the "
    "key with <code>truceline log key</code>, and witnesses and parties hold it."
)
_SHOWN = (
    "that the originals are the bytes that came in; that the tables, the certificate and the finding are those that "
    "were recorded; that each row of the certificate stands in its table, and was read from an original in this bundle"
)
_SHOWN_OF_FIELDS = (
    "that the log held these commitments under this checkpoint, and that what is disclosed is what was committed to"
)
_COMMON = (
    ("bundle.json", "what this bundle claims, for a program"),
    ("entries/", "entries of the mission's log, byte for byte as they were recorded"),
    ("proofs.json", "for each entry, the random salt and the path to the signed root"),
    ("log/checkpoint", "the log's name, its size and the root over all its entries, signed"),
    ("log/cosignatures", "lines of witnesses who found that the log only grew; may be empty"),
    ("log/keys.txt", "the public key of the log, then those of the witnesses"),
    ("log/key.pem, signed.txt, signature.bin", "the same key, text and signature in the form that openssl takes"),
)
_STAMPED = (
    ("log/timestamp.tsr", "what a timestamp authority (RFC 3161) answered about the checkpoint"),
    ("log/timestamp-ca.pem", "the certificate that this answer must lead to"),
)


Kept = Literal["plain", "sealed", "erased", "opened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """Bytes that came in, the entry that says so, and what they are to the finding."""

    file: str
    name: str
    sha256: str
    position: int
    role: str  # declaration, mandate, evidence
    kept: Kept = "plain"

    @property
    def opened(self) -> str:
        """The file with the same bytes opened, if they are."""
        return opened_name(self.file)

    def plain(self) -> dict[str, object]:
        """As bundle.json states it."""
        return {
            "file": self.file,
            "name": self.name,
            "sha256": self.sha256,
            "position": self.position,
            "role": self.role,
        }


def opened_name(file: str) -> str:
    """Where the bytes of a sealed file lie opened."""
    return f"opened/{file.rpartition('/')[2]}"


_KEPT = {
    "plain": "",
    "sealed": "; sealed: it is encrypted here, and the mission can give you a bundle that opens it",
    "erased": "; sealed: it is encrypted here, and its key was destroyed, so that nobody can read it again",
    "opened": "; sealed: it is encrypted here, and lies opened in {}",
}
_GROUPS = ("finding", "events", "observations")
_UNITS = {"": "", "3600": ", to the hour", "86400": ", to the day"}
_ROLES = {
    "declaration": "the mission's declaration: its sources, feeds and rules",
    "mandate": "the text that the finding was judged by",
    "evidence": "what came in, unaltered: the finding rests on rows of it",
}


def full_page(
    stands: Stands, explanation: Explanation, log: Proven, originals: Sequence[Original], papers: tuple[Seal, Purpose]
) -> bytes:
    """The page of a full bundle, UTF-8 HTML."""
    sections = [(title, lines) for title, lines in explanation.sections if title != "Proof"]
    head, rest = sections[0], sections[1:]
    files = [
        ("finding.json", "the finding, with its path in the table of findings"),
        ("certificate.json", "what the finding stands on: conditions, facts, and each row with its path in its table"),
        ("explanation.txt", "the same in words, as above"),
        ("media/", "photos that came with the rows, if any, under the SHA-256 by which the rows name them"),
        *((each.file, f"{each.name}: {_ROLES[each.role]}{_KEPT[each.kept].format(each.opened)}") for each in originals),
        (
            "tables/",
            "what was worked out from the bytes that came in, as Parquet; entries say from which, by which code",
        ),
    ]
    body = [
        _head(f"Finding {stands.name}", stands, papers[1], "with everything that it rests on"),
        _claim(head[1]),
        _section("Why", *(f"<h3>{escape(title)}</h3>{_lines(lines)}" for title, lines in rest)),
        _section("Where the originals came from, and who was given them", _originals(originals, log)),
        _about(log, papers),
        _files(files, papers[0]),
        _check(stands, papers[0], "certificate.json", redacted=False),
    ]
    return _page(f"Finding {stands.name}", body)


def redacted_page(
    stands: Stands, fields: Sequence[Field], paths: Collection[str], log: Proven, papers: tuple[Seal, Purpose]
) -> bytes:
    """The page of a redacted bundle: nothing but what is disclosed, and what is public."""
    shown = [each for each in fields if each.path in paths]
    row = {each.path.removeprefix("finding/"): each.value for each in shown if each.path.startswith("finding/")}
    mandate = stands.grounds.mandate
    clause = next(each for each in mandate.clauses if each.name == stands.finding["clause"])
    lines = [f"{stands.name} under {mandate.header.title}"]
    if {"addressee", "clause", "verdict"} <= row.keys():
        because = f": {row['reason']}" if row.get("reason") else ""
        lines.append(f"If this was {row['addressee']}'s, then clause {row['clause']}: {row['verdict']}{because}.")
    body = [
        _head(f"Finding {stands.name}", stands, papers[1], "as far as it is released"),
        _claim(lines),
        _section("The clause", f"<p>{escape(clause_words(mandate, clause))}</p>") if "clause" in row else "",
        _section(
            "What is disclosed",
            f"<p>When the finding was recorded, the log committed to {len(fields)} fields of it, each with a salt of "
            f"its own. {len(shown)} of them are disclosed here. Of the other {len(fields) - len(shown)} only the "
            "commitments are here, 32 bytes each: they prove that nothing was changed since, and tell nothing of what "
            "they hold. Times are widened to whole hours or days, as the mission's rules say.</p>",
            *(_group(title, each) for title, each in _grouped(shown)),
        ),
        _about(log, papers),
        _files([("fields.json", "the disclosed fields with their salts, and the other commitments")], papers[0]),
        _check(stands, papers[0], "fields.json", redacted=True),
    ]
    return _page(f"Finding {stands.name}, redacted", body)


def _grouped(shown: Iterable[Field]) -> Iterable[tuple[str, list[Field]]]:
    """The finding first, then each event, then each observation."""
    groups: dict[tuple[int, str, int], list[Field]] = {}
    for each in shown:
        part, *number = each.path.split("/")[:-1]
        key = (_GROUPS.index(part), part, int(number[0]) if number else 0)
        groups.setdefault(key, []).append(each)
    for (_, part, at), fields in sorted(groups.items(), key=lambda each: each[0]):
        yield f"{part.removesuffix('s').capitalize()} {at}" if at else "The finding", fields


def _group(title: str, fields: Iterable[Field]) -> str:
    """What is stated as a table, and the names of what is not."""
    named = [(_name(each), _value(each)) for each in fields]
    rows = [(escape(name), escape(value)) for name, value in named if value]
    silent = ", ".join(escape(name) for name, value in named if not value)
    empty = f'<p class="under">Empty, as it was committed to: {silent}.</p>' if silent else ""
    return f"<h3>{escape(title)}</h3>{_table('facts', (), rows)}{empty}"


def _page(title: str, body: Iterable[str]) -> bytes:
    text = resources.files("truceline.run.bundling").joinpath("templates", "page.html").read_text(encoding="utf-8")
    return Template(text).substitute(title=escape(title), body="\n".join(each for each in body if each)).encode()


def _head(title: str, stands: Stands, purpose: Purpose, what: str) -> str:
    words = f"{stands.mission.name}. A bundle for {purpose.for_whom}, {what}. Made {purpose.made_at}: {purpose.why}"
    return f'<h1>{escape(title)}</h1>\n<p class="under">{escape(words)}</p>'


def _claim(lines: Sequence[str]) -> str:
    """The finding's own sentences, the second of which is the finding."""
    said = [line for line in lines[1:] if not line.startswith("A finding says nothing")]
    first = "".join(f'<p class="first">{escape(line)}</p>' for line in said[:1])
    rest = "".join(f"<p>{escape(line)}</p>" for line in said[1:])
    return f'<div class="claim"><p>{escape(lines[0])}</p>{first}{rest}<p><b>{_WHO}</b></p></div>'


def _originals(originals: Sequence[Original], log: Proven) -> str:
    rows = []
    for each in originals:
        entry = log.entries[each.position]
        words = f"came in {entry.known_at}, recorded by {entry.author} as entry {each.position}"
        rows.append((f"{escape(each.name)}<br><code>{each.sha256}</code>", escape(words)))
    names = {each.sha256: each.name for each in originals}
    given = []
    for at, entry in log.entries.items():
        acts = entry.detail.get("acts")
        if entry.kind != "custody" or not isinstance(acts, list):
            continue
        ours = [each for each in acts if each["content"] in names]
        told = dict.fromkeys((names[each["content"]], each["act"], each.get("to", "")) for each in ours)
        words = "; ".join(f"{name}: {act}{f' for {to}' if to else ''}" for name, act, to in told)
        if told:
            whose = f"{entry.known_at}, {entry.author} (entry {at})"
            given.append((escape(whose), escape(f"{entry.detail['why']} — {words}")))
    none = "<p>Up to this checkpoint the log tells of nobody who was given them, the program itself aside.</p>"
    who = _table("facts", ("When and who", "Why, and what"), given) if given else none
    return _table("files", ("Original and its SHA-256", "Where from"), rows) + "<h3>Who was given them</h3>" + who


def _about(log: Proven, papers: tuple[Seal, Purpose]) -> str:
    seal, point = papers[0], log.checkpoint
    witnesses = cosigned(note_of(seal.note + seal.cosignatures), [verifier_of(key) for key in seal.witness_keys])
    seen = "; ".join(f"{escape(each.name)}, {stamp(each.at_s * US_PER_S)}" for each in witnesses)
    rows = [
        ("Log", escape(point.origin)),
        ("As of", f"{point.size} entries"),
        ("Root over them", f"<code>{point.root.hex()}</code>"),
        ("Key of the log", f"<code>{escape(seal.log_key)}</code>"),
        ("Witnesses", seen or "none cosigned this checkpoint"),
        ("Timestamp", "by an authority; the check below prints its time" if seal.token else "none"),
        ("Entries here", ", ".join(f"{at} ({escape(entry.kind)})" for at, entry in log.entries.items())),
    ]
    intro = (
        "<p>The mission writes whatever it receives, works out or decides into a log that only grows. From time to "
        "time it signs how long the log is, and a hash over all of it: a checkpoint. Each entry here is proven to "
        "stand in the log under the checkpoint below.</p>"
    )
    return _section("What the proofs lead to", intro + _table("facts", (), rows))


def _files(more: Iterable[tuple[str, str]], seal: Seal) -> str:
    listed = [*more, *_COMMON, *(_STAMPED if seal.token else ()), (CHECKER, "the program that checks all this")]
    rows = [(f"<code>{escape(name)}</code>", escape(words)) for name, words in listed]
    return _section("What each file is", _table("files", ("In the folder data/", "What it is"), rows))


def _check(stands: Stands, seal: Seal, center: str, *, redacted: bool) -> str:
    name = f"finding-{stands.name}" + ("-redacted" if redacted else "")
    steps = [
        (
            "No file differs from what the bundle lists. Unpack it, and in its folder:",
            "sha256sum -c manifest-sha256.txt",
        ),
        (
            "The log signed this checkpoint. In the folder data/log, with OpenSSL 3:",
            "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in signed.txt -sigfile signature.bin",
        ),
    ]
    if seal.token:
        stamped = "openssl ts -verify -data checkpoint -in timestamp.tsr -CAfile timestamp-ca.pem"
        steps.append(("The checkpoint existed when the authority stamped it. In the same folder:", stamped))
    whole = f"python3 verify_bundle.py {name}.zip --key KEY"
    needs = "with Python 3.9 or later, OpenSSL 3 and nothing of ours"
    steps.append((f"All of it, down to {center}, {needs}; KEY is the log's key as you were given it:", whole))
    listed = "".join(f"<li>{escape(words)}<pre>{escape(command)}</pre></li>" for words, command in steps)
    shown = _SHOWN_OF_FIELDS if redacted else _SHOWN
    not_shown = (
        "that what the sources say is true",
        "who did it",
        "what the log says after this checkpoint: the finding may have been judged again since",
        "that the verdict follows from the facts: truceline works it out again, or a person who has the mandate",
        "the words of this page, which nobody signs: where the files say otherwise, the files hold",
    )
    return _section(
        "How to check it",
        f"<ol>{listed}</ol><p>{_OTHERWISE}</p>",
        f"<h3>What the check shows</h3><p>It shows {shown}.</p>",
        f"<h3>What it does not show</h3><ul>{''.join(f'<li>{each}</li>' for each in not_shown)}</ul>",
    )


def _section(title: str, *parts: str) -> str:
    return f"<h2>{escape(title)}</h2>\n" + "\n".join(parts)


def _table(kind: str, names: Sequence[str], rows: Iterable[tuple[str, str]]) -> str:
    """Args: rows: of a name and of what it says, both as HTML."""
    head = f"<thead><tr>{''.join(f'<th>{each}</th>' for each in names)}</tr></thead>" if names else ""
    cell = "td" if names else "th"
    body = "\n".join(f"<tr><{cell}>{one}</{cell}><td>{other}</td></tr>" for one, other in rows)
    return f'<table class="{kind}">{head}<tbody>{body}</tbody></table>'


def _lines(lines: Iterable[str]) -> str:
    """Lines of an explanation; what is set in stays so, and places in the mission's own store are left out."""
    kept = [line for line in lines if not line.lstrip().startswith("record/content/")]
    facts = [match for line in kept if (match := _FACT.fullmatch(line))]
    if facts and len(facts) == len(kept):
        return _table("known", ("Holds", "Condition, and what is known"), [(m[1], escape(m[2])) for m in facts])
    if len(kept) == 1:
        return f"<p>{escape(kept[0])}</p>"
    items = (f"<li{' class=in' if line.startswith(' ') else ''}>{escape(line.strip())}</li>" for line in kept)
    return f'<ul class="lines">{"".join(items)}</ul>'


def _name(field: Field) -> str:
    """The field's name in words: `latest_at_us@3600` is "latest, to the hour"."""
    name, _, unit = field.path.rpartition("/")[2].partition("@")
    return name.removesuffix("_at_us").replace("_", " ") + _UNITS[unit]


def _value(field: Field) -> str:
    """In words; empty where it says nothing."""
    if isinstance(field.value, int) and "_at_us" in field.path:
        return stamp(field.value - field.value % US_PER_S if "@" in field.path else field.value)
    if isinstance(field.value, list):
        return ", ".join(map(str, field.value))
    return "" if field.value is None else str(field.value)
