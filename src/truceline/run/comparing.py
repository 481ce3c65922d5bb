"""What `truceline compare` prints: two drafts by clauses, by responses, and over a record's past events."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from truceline.base.time import local_words
from truceline.base.units import US_PER_S, duration_words
from truceline.mandate import Difference, ResponseChange, compare_clauses, compare_responses, parse_mandates
from truceline.model.mandate import Mandate
from truceline.pipeline import Answered, compare_over
from truceline.record import open_record
from truceline.run.batch import RECORD, recorded_inputs
from truceline.run.checking import drawings_of, event_words
from truceline.run.mission import read_bytes

_SHOWN_AT_MOST = 5
_ANSWERS = {"surely": "holds", "possibly": "may hold", "no": "does not hold", "not ruled": "no such clause"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """Past events for which one clause holds otherwise in the second draft."""

    clause: str
    addressee: str
    reading: str
    outcome: str
    before: str
    after: str
    events: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two drafts side by side."""

    old: str
    new: str
    clauses: tuple[Difference, ...]
    responses: tuple[ResponseChange, ...]
    events: int | None  # past events looked at; None: no record was named
    past: tuple[PastChange, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing differs."""
        return not (self.clauses or self.responses or self.past)

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)

    def words(self) -> str:
        """For a person."""
        lines = [f"{self.old} → {self.new}"]
        lines += ["", f"Clauses: {len(self.clauses) or 'no'} difference{'' if len(self.clauses) == 1 else 's'}"]
        for each in self.clauses:
            where = " → ".join(str(line or "none") for line in (each.old_line, each.new_line))
            lines.append(f"  {each.clause} (line {where}): {each.words}")
            if each.event:
                lines.append(f"      e.g. {event_words(each.event)}: a breach in the {each.breach_in} draft only")
        lines += ["", f"Responses: {len(self.responses) or 'no'} difference{'' if len(self.responses) == 1 else 's'}"]
        for change in self.responses:
            lines += [f"  {change.response}", *(f"      {each}" for each in _response_words(change))]
        if self.events is not None:
            changed = sum(each.events for each in self.past)
            lines += ["", f"Past events: {self.events} looked at, {changed} answers differ (evidence not looked at)"]
            lines += [line for each in self.past for line in _past_words(each)]
        return "\n".join(lines)


def _response_words(change: ResponseChange) -> Iterator[str]:
    sides = (change.before, change.after)
    if None in sides:
        yield "only in the second draft" if change.before is None else "only in the first draft"
    for side, words in zip(sides, ("first draft", "second draft"), strict=True):
        if side is not None:
            longest = "no bound" if side.longest_s is None else duration_words(side.longest_s)
            blockers = "; ".join(side.blockers) or "no coalition of up to three"
            yield f"{words}: longest course {longest}; who can prevent every remedy: {blockers}"


def _past_words(each: PastChange) -> Iterator[str]:
    reading = f" [{each.reading}]" if each.reading else ""
    outcome = f", {each.outcome}" if each.outcome else ""
    answers = f"{_ANSWERS[each.before]} → {_ANSWERS[each.after]}"
    yield f"  {each.clause} · {each.addressee}{reading}{outcome}: {each.events} × {answers}"
    yield from (f"      {example}" for example in each.examples)
    if each.events > len(each.examples):
        yield f"      and {each.events - len(each.examples)} more"


def compare_paths(old: Path, new: Path, *, over: Path | None) -> Comparison:
    """Two texts, and where `over` names a mission with a record, its past events under both.

    Raises: MandateError, InputError, IntegrityError: as reading each does.
    """
    one, other = _read(old), _read(new)
    answered = None
    if over is not None:
        with open_record(over / RECORD if (over / RECORD).is_dir() else over, writing=False) as record:
            inputs = recorded_inputs(record)
        texts = [
            replace(
                inputs, mandates={path.name: read_bytes(path)}, geometry=dict(inputs.geometry) | drawings_of(path, m)
            )
            for path, m in ((old, one), (new, other))
        ]
        answered = compare_over(*texts)
    return Comparison(
        old=f"{one.header.title} ({old})",
        new=f"{other.header.title} ({new})",
        clauses=compare_clauses(one, other),
        responses=compare_responses(one, other),
        events=answered.events.num_rows if answered else None,
        past=tuple(_past(answered, one.header.zone)) if answered else (),
    )


def _read(path: Path) -> Mandate:
    (mandate,) = parse_mandates({path.name: read_bytes(path)})
    return mandate


def _past(answered: Answered, zone: str) -> Iterator[PastChange]:
    for change in answered.changes:
        clause, addressee, reading, outcome = change.key
        first = answered.events.take(change.rows[:_SHOWN_AT_MOST]).to_pylist()
        yield PastChange(
            clause=clause,
            addressee=addressee,
            reading=reading,
            outcome=outcome,
            before=change.before,
            after=change.after,
            events=len(change.rows),
            examples=tuple(_event_words(row, zone) for row in first),
        )


def _event_words(row: dict[str, object], zone: str) -> str:
    """`evt-…: 5 Mar 2015 10:00, present, gvozdika, of AFC`."""
    at = local_words(int(str(row["earliest_at_us"])) // US_PER_S, zone)
    weapon = row["weapon_system"] or row["weapon_class"] or "weapon not known"
    parties = row["parties"] if isinstance(row["parties"], list) else []
    of = f"of {' or '.join(map(str, parties))}" if parties else "of nobody reported"
    return f"{row['event_id']}: {at}, {row['act'] or 'act not known'}, {weapon}, {of}"
