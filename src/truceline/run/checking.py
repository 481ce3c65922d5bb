"""What `truceline check` prints: for people, as JSON, as SARIF 2.1.0."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from truceline import __version__
from truceline.mandate import MARKDOWN, Divergences, SignedText, check_mandate, decoded, parse_mandates, signed_text
from truceline.model.mandate import Mandate
from truceline.model.remark import SEVERITIES, Move, Remark, Severity
from truceline.run.mission import DECLARATION, read_bytes, read_mission

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
        """For a person: severity, code, line, what is wrong, an example, what to write."""
        counted = ", ".join(f"{number} {level}{'' if number == 1 else 's'}" for level, number in self.counts().items())
        lines = [f"{self.title} ({self.path}): {counted}"]
        for remark in self.remarks:
            where = f"line {remark.line}" if remark.line else "the text"
            lines.append(f"  {remark.severity:<8} {remark.code:<14} {where:<9} {remark.words}")
            if remark.event:
                lines.append(f"  {'':<34}e.g. {event_words(remark.event)}")
            if remark.schedule:
                lines.append(f"  {'':<34}e.g. {schedule_words(remark.schedule)}")
            lines.append(f"  {'':<34}→ {remark.suggestion}")
        return "\n".join(lines)


def event_words(event: tuple[tuple[str, str], ...]) -> str:
    """A counterexample as one row: `time 2016-01-01T00:00:00Z · party UAF · act present · …`."""
    return " · ".join(f"{column} {value}" for column, value in event)


def schedule_words(schedule: tuple[Move, ...]) -> str:
    """A course of events: `2 h tell: late > 26 h visit: refused (AFC) > …`."""
    return " > ".join(
        f"{move.at_s / 3_600:g} h {move.step}: {move.result}{f' ({move.who})' if move.who else ''}" for move in schedule
    )


def check_path(path: Path) -> list[Checked]:
    """The checker's remarks on one text, or on every mandate of a mission's folder, with the drawings beside it.

    Raises: MandateError, InputError: the text or a drawing cannot be read.
    """
    folder, files = path.parent, [path.name]
    if path.is_dir() or path.name == DECLARATION:
        folder = path if path.is_dir() else path.parent
        files = list(read_mission(folder).mandates)
    found = []
    for file in files:
        for mandate in parse_mandates({file: read_bytes(folder / file)}):
            remarks = check_mandate(
                mandate, signed=_signed(folder / file, mandate), divergences=_divergences(folder / file, mandate)
            )
            found.append(
                Checked(path=str(folder / file), mandate=mandate.name, title=mandate.header.title, remarks=remarks)
            )
    return found


def _signed(path: Path, mandate: Mandate) -> SignedText | None:
    """The text that the mandate encodes: its own Markdown, or the file that it names, where that stands beside it."""
    if path.suffix == MARKDOWN:
        return signed_text(decoded(read_bytes(path), source=path.name), source=path.name)
    named = mandate.header.text
    if not named or not _inside(path.parent, named):
        return None
    return signed_text(decoded(read_bytes(path.parent / named), source=named), source=named)


def _divergences(path: Path, mandate: Mandate) -> Divergences:
    """How far baselines lie apart. Geometry is loaded only where two are drawn, so that a draft is checked at once."""
    if len({party.baseline for party in mandate.parties if party.baseline}) < 2:
        return {}
    drawings = drawings_of(path, mandate)
    if not drawings:
        return {}
    from truceline.locate import divergences_of

    return divergences_of(mandate, drawings)


def drawings_of(path: Path, mandate: Mandate) -> dict[str, bytes]:
    """The drawings that the text at `path` names and that stand beside it, bytes by path as named."""
    named = {name for each in mandate.features for name in (each.path, *(later.path for later in each.later))}
    return {name: read_bytes(path.parent / name) for name in sorted(named) if _inside(path.parent, name)}


def _inside(folder: Path, path: str) -> bool:
    """Whether the file is there, and inside the folder: a text may name any path, and nothing else is read."""
    whole = (folder / path).resolve()
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
