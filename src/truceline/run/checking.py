"""What `truceline check` prints: for people, as JSON, as SARIF 2.1.0."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from truceline import __version__
from truceline.base.errors import MandateError, UnreadableError
from truceline.base.units import S_PER_UNIT
from truceline.guarantee.ledger import Ledger
from truceline.guarantee.roles import role_remarks
from truceline.mandate import MARKDOWN, Divergences, SignedText, check_mandate, parse_mandates, signed_file
from truceline.model.catalogue import BY_SLUG
from truceline.model.mandate import Mandate
from truceline.model.remark import SEVERITIES, Move, Remark, Severity
from truceline.run.mission import DECLARATION, inside, read_bytes, read_mission
from truceline.terms import drawings_of
from truceline.terms.protocol import NEVER_S

_LEVELS: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the checker says of one mandate."""

    path: str  # of its text, as given
    mandate: str
    title: str
    remarks: tuple[Remark, ...]

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "path": self.path,
            "mandate": self.mandate,
            "title": self.title,
            "counts": self.counts(),
            "remarks": [_plain(remark) for remark in self.remarks],
        }

    def counts(self) -> dict[str, int]:
        """How many remarks of each severity."""
        found = Counter(remark.severity for remark in self.remarks)
        return {level: found[level] for level in _LEVELS}

    def words(self) -> str:
        """For a person, the gravest first: severity, code, line, what is wrong, an example, what to write."""
        counted = ", ".join(f"{number} {level}{'' if number == 1 else 's'}" for level, number in self.counts().items())
        lines = [f"{self.title} ({self.path}): {counted}"]
        for remark in sorted(self.remarks, key=lambda each: _LEVELS.index(each.severity)):
            where = f"line {remark.line}" if remark.line else "the text"
            lines.append(f"  {remark.severity:<8} {remark.code:<14} {where:<9} {remark.words}")
            if remark.event:
                lines.append(f"  {'':<34}e.g. {event_words(remark.event)}")
            if remark.schedule:
                lines.append(f"  {'':<34}e.g. {schedule_words(remark.schedule)}")
            lines.append(f"  {'':<34}→ {remark.suggestion}")
        return "\n".join(lines)


def event_words(event: tuple[tuple[str, str], ...]) -> str:
    """A counterexample as one row for people: `time 2016-01-01T00:00:00Z · party UAF · 100 m from front`."""
    known = (pair for pair in event if pair != ("weapon_system", "another"))  # no system, but none of those named
    return " · ".join(_fact_words(column, value) for column, value in known)


def _fact_words(column: str, value: str) -> str:
    kind, _, rest = column.partition(":")
    name = rest.split(":")[0]
    if kind == "distance":
        return f"{value} from {name}"
    if kind == "inside":
        return f"{value.removeprefix('-')} {'outside' if value.startswith('-') else 'inside'} {name}"
    if kind == "side":
        return f"on the {value} of {name}"
    if kind == "exempt":
        return f"{'no entry' if value == 'none' else f'an entry {value}'} in the register {name}"
    if column == "weapon_system":
        return f"weapon {BY_SLUG[value].aliases[0] if value in BY_SLUG and BY_SLUG[value].aliases else value}"
    if column == "calibre_mm":
        return f"calibre {value} mm"
    if kind == "gate":
        return f"gate {name} {'shut' if value == 'none' else value}"
    return f"{column.replace('_', ' ')} {value}"


def schedule_words(schedule: tuple[Move, ...]) -> str:
    """A course of events: `2 h tell: late > 26 h visit: refused (AFC) > …`."""
    return " > ".join(_move_words(move) for move in schedule)


def _move_words(move: Move) -> str:
    who = f" ({move.who})" if move.who else ""
    if move.at_s >= NEVER_S:
        return f"{move.step}: never done{who}"
    return f"{move.at_s / S_PER_UNIT['h']:g} h {move.step}: {move.result}{who}"


def check_path(path: Path, *, ledger: Path | None = None) -> list[Checked]:
    """The checker's remarks on one text, or on every mandate of a mission's folder, with the drawings beside it.

    Args: ledger: the folder whose ledger the roles are held against; None: the mission's own, where it keeps one.

    Raises: MandateError, InputError: the text or a drawing cannot be read, or leads out of the mission's folder; the
        folder named keeps no record. IntegrityError, UnavailableError: of the record.
    """
    folder, files = _texts(path)
    said = _ledger(folder if path.is_dir() or path.name == DECLARATION else None, named=ledger)
    found = []
    for file in files:
        content = read_bytes(path) if path.is_file() and path.name != DECLARATION else inside(folder, file)
        for mandate in parse_mandates({file: content}):
            remarks = check_mandate(
                mandate,
                signed=_signed(folder, file, content, mandate),
                looked_for=True,
                divergences=_divergences(folder, mandate),
            )
            remarks = (*remarks, *_undrawn(folder, mandate), *role_remarks(mandate, said))
            found.append(
                Checked(path=str(folder / file), mandate=mandate.name, title=mandate.header.title, remarks=remarks)
            )
    return found


def _ledger(folder: Path | None, *, named: Path | None) -> Ledger:
    """The ledger of the folder named, or else of a mission; empty where it keeps none. The record is only read, and
    what reads it is loaded only then, so that a draft is checked at once.
    """
    if folder is None and named is None:
        return Ledger()
    from truceline.run.batch import RECORD
    from truceline.run.ledger.book import read_ledger

    if named is not None:
        return read_ledger(named)
    return read_ledger(folder) if folder and (folder / RECORD).is_dir() else Ledger()


def _texts(path: Path) -> tuple[Path, list[str]]:
    """The folder that the texts stand in, and the texts: one file, a mission's, or every .truce of a folder."""
    if path.name == DECLARATION or (path / DECLARATION).is_file():
        folder = path if path.is_dir() else path.parent
        return folder, list(read_mission(folder).mandates)
    if path.is_dir():
        files = sorted(each.name for each in path.glob("*.truce"))
        if not files:
            raise UnreadableError(
                f"there is no {DECLARATION} and no .truce file in {path}.",
                subject="check",
                remedy="Name a mandate's text, a folder of them, or a mission's folder.",
            )
        return path, files
    return path.parent, [path.name]


def refused(path: Path, error: MandateError) -> Checked:
    """What could not be read as a mandate, as a remark, so that programs and editors see it where it stands."""
    line = re.search(r"line (\d+)", error.subject)
    remark = Remark(
        code="UNREADABLE",
        line=int(line[1]) if line else 0,
        subject=error.subject,
        words=error.problem,
        suggestion=error.remedy,
    )
    return Checked(path=str(path), mandate=path.stem, title=path.name, remarks=(remark,))


def _undrawn(folder: Path, mandate: Mandate) -> Iterator[Remark]:
    """Drawings that the text names and that are not in the folder: one note."""
    missing = [path for path in _paths_drawn(mandate) if not _is_inside(folder, path)]
    if missing:
        yield Remark(
            code="NO-DRAWING",
            line=0,
            subject=mandate.name,
            words=f"not beside this text, so not looked at: {', '.join(missing)}.",
            suggestion="Put the GeoJSON files there before a mission runs; a draft can be checked without.",
        )


def _signed(folder: Path, file: str, content: bytes, mandate: Mandate) -> SignedText | None:
    """The text that the mandate encodes: its own Markdown, or the file it names, where that stands in the folder."""
    if file.endswith(MARKDOWN):
        return signed_file(content, source=file)
    named = mandate.header.text
    return signed_file(read_bytes(folder / named), source=named) if named and _is_inside(folder, named) else None


def _divergences(folder: Path, mandate: Mandate) -> Divergences:
    """How far baselines lie apart. Geometry is loaded only where two are drawn, so that a draft is checked at once."""
    if len({party.baseline for party in mandate.parties if party.baseline}) < 2:
        return {}
    drawings = drawings_beside(folder, mandate)
    if not drawings:
        return {}
    from truceline.locate import divergences_of

    return divergences_of(mandate, drawings)


def drawings_beside(folder: Path, mandate: Mandate) -> dict[str, bytes]:
    """The drawings that a text names and that stand in the folder, bytes by path as named."""
    return {path: read_bytes(folder / path) for path in _paths_drawn(mandate) if _is_inside(folder, path)}


def _paths_drawn(mandate: Mandate) -> list[str]:
    return sorted({drawing.path for item in mandate.features for drawing in drawings_of(item)})


def _is_inside(folder: Path, path: str) -> bool:
    """Whether the file is there, and inside the folder: a text may name any path, and nothing else is read."""
    try:
        whole = (folder / path).resolve()
    except (OSError, ValueError):
        return False
    return whole.is_file() and whole.is_relative_to(folder.resolve())


def worst(found: list[Checked]) -> Severity | None:
    """The gravest severity of all remarks."""
    present = {remark.severity for each in found for remark in each.remarks}
    return next((level for level in _LEVELS if level in present), None)


def sarif(found: list[Checked]) -> dict[str, object]:
    """All remarks as one SARIF 2.1.0 run, for editors and code review."""
    codes = sorted({remark.code for each in found for remark in each.remarks})
    driver = {
        "name": "truceline check",
        "version": __version__,
        "rules": [{"id": code, "defaultConfiguration": {"level": SEVERITIES[code]}} for code in codes],
    }
    results = [_result(each.path, remark, codes) for each in found for remark in each.remarks]
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(path: str, remark: Remark, codes: list[str]) -> dict[str, object]:
    example = event_words(remark.event) or schedule_words(remark.schedule)
    text = f"{remark.words} {f'Example: {example}. ' if example else ''}Suggestion: {remark.suggestion}"
    place: dict[str, object] = {"artifactLocation": {"uri": Path(path).as_posix()}}
    if remark.line:
        place["region"] = {"startLine": remark.line}
    return {
        "ruleId": remark.code,
        "ruleIndex": codes.index(remark.code),
        "level": remark.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "properties": {"subject": remark.subject},
    }


def _plain(remark: Remark) -> dict[str, object]:
    return {
        "code": remark.code,
        "severity": remark.severity,
        "line": remark.line,
        "subject": remark.subject,
        "words": remark.words,
        "suggestion": remark.suggestion,
        "event": dict(remark.event),
        "schedule": [{"step": m.step, "result": m.result, "at_s": m.at_s, "who": m.who} for m in remark.schedule],
    }
