"""What `truceline compare` prints: two drafts by clauses, responses, all else they state, and past events."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from truceline.base.time import local_words
from truceline.base.units import S_PER_UNIT, US_PER_S, duration_words
from truceline.mandate import (
    Difference,
    ResponseChange,
    Stated,
    compare_clauses,
    compare_responses,
    compare_stated,
    parse_mandates,
    same_meaning,
)
from truceline.model.mandate import Mandate
from truceline.pipeline import Answered, compare_over
from truceline.record import open_record
from truceline.run.batch import RECORD, record_in, recorded_inputs
from truceline.run.checking import drawings_beside, event_words
from truceline.run.mission import read_bytes
from truceline.terms import Rule

_SHOWN_AT_MOST = 5
_NOT_RULED = "not ruled"
_ANSWERS = {  # by what the draft makes of the clause: its answer, in words; "": a further outcome
    "": {"surely": "holds", "possibly": "may hold", "no": "does not hold"},
    "prohibited": {
        "surely": "breach as far as the event goes",
        "possibly": "may be a breach as far as the event goes",
        "no": "no breach",
    },
    "limited": {"surely": "counts", "possibly": "may count", "no": "does not count"},
    "required": {"surely": "meets the duty", "possibly": "may meet the duty", "no": "does not meet the duty"},
    "allowed": {"surely": "is allowed", "possibly": "may be allowed", "no": "is not spoken of"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """Past events of which one clause says something else in the second draft.

    `before`, `after`: as in `Change`. Modality and limit of each draft: empty where it has none.
    """

    clause: str
    addressee: str
    reading: str
    outcome: str
    before: str
    after: str
    modality_before: str
    modality_after: str
    limit_before: str
    limit_after: str
    events: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two drafts side by side."""

    old: str
    new: str
    clauses: tuple[Difference, ...]
    responses: tuple[ResponseChange, ...]
    stated: tuple[Stated, ...]  # all else
    same_meaning: bool  # whether both texts state the same in everything but name, title and order of items
    events: int | None  # past events looked at; None: no record was named
    past: tuple[PastChange, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing differs in meaning, and nothing was found to differ."""
        return self.same_meaning and not (self.clauses or self.responses or self.stated or self.past)

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
                lines.append(f"      e.g. {event_words(each.event)}: {_breach_words(each)}")
        lines += ["", f"Responses: {len(self.responses) or 'no'} difference{'' if len(self.responses) == 1 else 's'}"]
        for change in self.responses:
            lines += [f"  {change.response}", *(f"      {each}" for each in _response_words(change))]
        lines += ["", f"Stated differently: {len(self.stated) or 'nothing'}"]
        lines += [f"  {each.kind} {each.item}: {each.words}" for each in self.stated]
        if self.events is not None:
            changed = sum(each.events for each in self.past)
            lines += ["", f"Past events: {self.events} looked at, {changed} answers differ (evidence not looked at)"]
            lines += [line for each in self.past for line in _past_words(each)]
        return "\n".join(lines)


def _breach_words(each: Difference) -> str:
    """What the event shows; several alike are the breach of a limit, one alone is none."""
    repeated = f"repeated to {each.times}, " if each.times > 1 else ""
    reading = f"read as {each.reading}, " if each.reading else ""
    return f"{repeated}{reading}a breach in the {each.breach_in} draft only"


def _response_words(change: ResponseChange) -> Iterator[str]:
    sides = (change.before, change.after)
    if None in sides:
        yield "only in the second draft" if change.before is None else "only in the first draft"
    for side, words in zip(sides, ("first draft", "second draft"), strict=True):
        if side is not None:
            longest = "no bound" if side.longest_s is None else f"{side.longest_s / S_PER_UNIT['h']:g} h"
            blockers = "; ".join(side.blockers) or "no coalition of up to three"
            yield f"{words}: longest course {longest}; who can prevent every remedy: {blockers}"


def _past_words(each: PastChange) -> Iterator[str]:
    reading = f" [{each.reading}]" if each.reading else ""
    outcome = f", {each.outcome}" if each.outcome else ""
    before = _answer_words(each, each.before, each.modality_before, each.limit_before)
    after = _answer_words(each, each.after, each.modality_after, each.limit_after)
    answers = f"{before} → {after}"
    yield f"  {each.clause} · {each.addressee}{reading}{outcome}: {each.events} × {answers}"
    yield from (f"      {example}" for example in each.examples)
    if each.events > len(each.examples):
        yield f"      and {each.events - len(each.examples)} more"


def _answer_words(each: PastChange, answer: str, modality: str, limit: str) -> str:
    if answer == _NOT_RULED:
        return "no such clause"
    words = _ANSWERS["" if each.outcome else modality][answer]
    return f"{words} towards at most {limit}" if limit else words


def compare_paths(old: Path, new: Path, *, over: Path | None) -> Comparison:
    """Two texts, and where `over` names a mission with a record, its past events under both.

    Raises: MandateError, InputError, IntegrityError: as reading each does.
    """
    one, other = _read(old), _read(new)
    answered = None
    if over is not None:
        with record_in(over) if (over / RECORD).is_dir() else open_record(over, writing=False) as record:
            inputs = recorded_inputs(record)
        texts = [
            replace(
                inputs,
                mandates={path.name: read_bytes(path)},
                geometry=dict(inputs.geometry) | drawings_beside(path.parent, m),
            )
            for path, m in ((old, one), (new, other))
        ]
        answered = compare_over(*texts)
    return Comparison(
        old=f"{one.header.title} ({old})",
        new=f"{other.header.title} ({new})",
        clauses=compare_clauses(one, other),
        responses=compare_responses(one, other),
        stated=(*compare_stated(one, other), *_redrawn((old, one), (new, other))),
        same_meaning=same_meaning(one, other),
        events=answered.events.num_rows if answered else None,
        past=tuple(_past(answered, one.header.zone)) if answered else (),
    )


def _redrawn(*drafts: tuple[Path, Mandate]) -> Iterator[Stated]:
    """Drawings of one name that stand beside both texts and are not the same file."""
    before, after = (drawings_beside(path.parent, mandate) for path, mandate in drafts)
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            yield Stated(item=name, kind="drawing", words="the file beside the second draft draws something else")


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
            modality_before=change.old.modality if change.old else "",
            modality_after=change.new.modality if change.new else "",
            limit_before=_limit_words(change.old),
            limit_after=_limit_words(change.new),
            events=len(change.rows),
            examples=tuple(_event_words(row, zone) for row in first),
        )


def _limit_words(rule: Rule | None) -> str:
    """`2 events within 1 day`; empty: no limit."""
    if rule is None or rule.limit is None:
        return ""
    limit = rule.limit
    span = "at once" if limit.window_s is None else f"within {duration_words(limit.window_s)}"
    return f"{limit.most} {limit.unit} {span}"


def _event_words(row: dict[str, object], zone: str) -> str:
    """`evt-…: 5 Mar 2015 10:00, present, gvozdika, of AFC`."""
    at = local_words(int(str(row["earliest_at_us"])) // US_PER_S, zone)
    weapon = row["weapon_system"] or row["weapon_class"] or "weapon not known"
    parties = row["parties"] if isinstance(row["parties"], list) else []
    of = f"of {' or '.join(map(str, parties))}" if parties else "of nobody reported"
    return f"{row['event_id']}: {at}, {row['act'] or 'act not known'}, {weapon}, {of}"
