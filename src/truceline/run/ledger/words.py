"""Answers of a ledger as text, and as JSON values."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill

from truceline.base.canonical import plain
from truceline.guarantee.ledger import Ledger
from truceline.model.condition import Condition
from truceline.model.feasibility import Coverage, Note, Reason, Reasons, Worlds
from truceline.model.position import Position
from truceline.model.statement import Link, Statement
from truceline.run.ledger.asking import Asked, Gaps

WIDTH = 110
SIGNS = {"possible": "possible", "impossible": "impossible", "not_decided": "not decided"}


def scenario_words(asked: Asked) -> str:
    """What is taken as given: printed above every answer."""
    scenario, option = asked.scenario, asked.ground.option
    given = [*(f"fact {fact}" for fact in scenario.facts), *(f"mandate {each}" for each in scenario.mandates)]
    lines = [
        f"Option: {option.name} ({option.option_id}; {option.source})",
        f"Scenario: {scenario.name} ({scenario.scenario_id}). Taken as given: {', '.join(given) or 'nothing'}.",
        f"Pledges count from “{scenario.threshold}” on. What nobody states is taken not to be so.",
    ]
    if asked.one_reader:
        count = len(asked.one_reader)
        lines.append(f"{count} of the statements that this rests on {_was(count)} read by one person only.")
    return "\n".join(lines)


def worlds_words(asked: Asked, found: Worlds) -> str:
    """The table of worlds, what each goal hangs on, and the sentences that make it impossible."""
    ambiguous = [each for each in asked.ground.conditions if len(each.readings) > 1]
    ambiguous.sort(key=lambda each: each.condition_id)
    goals = [goal for goal, _ in found.possible]
    parts = [scenario_words(asked), "", *_readings(asked.ledger, ambiguous), "", *_table(found, ambiguous, goals), ""]
    parts += _hinges(found, ambiguous)
    parts += ["", *_why_not(asked.ledger, found, goals), *_notes(found.notes)]
    return "\n".join(parts)


def worlds_json(asked: Asked, found: Worlds) -> dict[str, object]:
    """The same as JSON values, with the sentences by id."""
    told = {row_id for world in found.worlds for each in world.outcomes for row_id in each.statements}
    return {
        "scenario": plain(asked.scenario),
        "input_sha256": asked.input_sha256,
        "worlds": plain(found.worlds),
        "possible": dict(found.possible),
        "of": len(found.worlds),
        "hinges": plain(found.hinges),
        "undecided": found.undecided,
        "notes": plain(found.notes),
        "sentences": {row_id: sentence(asked.ledger, row_id) for row_id in sorted(told)},
        "one_reader": list(asked.one_reader),
    }


def _readings(ledger: Ledger, ambiguous: Sequence[Condition]) -> Iterator[str]:
    yield "Sentences that can be read in more than one way" if ambiguous else "No sentence has more than one reading."
    for letter, condition in zip(_letters(), ambiguous, strict=False):
        yield f"  {letter}  {condition.holder_id}: {quoted(ledger, condition.statements) or condition.source}"
        for number, reading in enumerate(condition.readings, start=1):
            yield f"     {number} {reading.label}: {reading.words}"


def _table(found: Worlds, ambiguous: Sequence[Condition], goals: Sequence[str]) -> Iterator[str]:
    letters = [letter for letter, _ in zip(_letters(), ambiguous, strict=False)]
    numbers = {
        (each.condition_id, reading.label): str(number)
        for each in ambiguous
        for number, reading in enumerate(each.readings, start=1)
    }
    wide = [max(len(goal), 13) for goal in goals]
    head = "  ".join(goal.ljust(width) for goal, width in zip(goals, wide, strict=True))
    yield f"World  {'  '.join(letters)}   {head}".rstrip()
    for number, world in enumerate(found.worlds, start=1):
        read = dict(world.readings)
        cells = "  ".join(numbers.get((each.condition_id, read.get(each.condition_id, "")), "-") for each in ambiguous)
        outcomes = "  ".join(SIGNS[each.outcome].ljust(width) for each, width in zip(world.outcomes, wide, strict=True))
        yield f"{number:>5}  {cells}   {outcomes}".rstrip()
    counts = (f"in {count} of {len(found.worlds)}" for _, count in found.possible)
    yield (
        f"       {'   '.join(' ' for _ in letters)} ".ljust(7 + 3 * len(letters) + 1)
        + "  ".join(count.ljust(width) for count, width in zip(counts, wide, strict=True)).rstrip()
    )


def _hinges(found: Worlds, ambiguous: Sequence[Condition]) -> Iterator[str]:
    letters = {each.condition_id: letter for letter, each in zip(_letters(), ambiguous, strict=False)}
    for goal, count in found.possible:
        hangs = [letters.get(each.condition_id, each.condition_id) for each in found.hinges if each.goal == goal]
        words = f"hangs on {', '.join(hangs)}" if hangs else "is the same however they are read"
        yield f"“{goal}” {words}; possible in {count} of {len(found.worlds)} worlds."


def _why_not(ledger: Ledger, found: Worlds, goals: Sequence[str]) -> Iterator[str]:
    for column, goal in enumerate(goals):
        together: dict[tuple[Reason, ...], list[int]] = {}
        for number, world in enumerate(found.worlds, start=1):
            if world.outcomes[column].outcome == "impossible":
                together.setdefault(world.outcomes[column].reasons, []).append(number)
        for reasons, numbers in together.items():
            many = "worlds" if len(numbers) > 1 else "world"
            yield f"Why “{goal}” is impossible in {many} {', '.join(map(str, numbers))}:"
            yield from _reasons(ledger, reasons)


def _reasons(ledger: Ledger, reasons: Iterable[Reason]) -> Iterator[str]:
    for reason in reasons:
        yield fill(f"- {reason.words}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        if reason.statements:
            yield fill(quoted(ledger, reason.statements), WIDTH, initial_indent="    ", subsequent_indent="    ")
        elif reason.source:
            yield f"    ({reason.source})"


def quoted(ledger: Ledger, row_ids: Iterable[str]) -> str:
    """The sentences of statements, each with who said it, its id, and whether one person alone has read it."""
    return " · ".join(sentence(ledger, row_id) for row_id in row_ids)


def sentence(ledger: Ledger, row_id: str) -> str:
    """One statement in a line."""
    row = ledger.row(row_id)
    if not isinstance(row, Statement):
        return row_id
    once = "" if len(ledger.readers(row_id)) > 1 else ", one reader"
    return f"{row.speaker or 'not told'}: “{row.words}” ({row_id}{once})"


def chain_words(links: Iterable[Link]) -> str:
    """A chain in a line, the mouth nearest to the reader first."""
    return " ← ".join(mouth_words(link) for link in links)


def mouth_words(link: Link) -> str:
    """One mouth, said to be unnamed where it is."""
    return link.name if link.named else f"{link.name} (unnamed)"


def stance_words(position: Position, claim: str) -> str:
    """A position in a line: whose, which, told by whom, about what."""
    told = "" if position.first_hand else f", told by {position.alleged_by or 'others'}"
    return f"{position.holder_id} {position.stance.replace('_', ' ')}{told}: {claim}"


def gaps_words(found: Gaps) -> str:
    """What is met at each threshold, whose pledges count for nothing and why, who is indispensable, why not."""
    asked = found.asked
    parts = [scenario_words(asked), ""]
    parts += ["Counting pledges from   met      critical   with"]
    parts += [_at_threshold(each) for each in found.coverage]
    chosen = next((each for each in found.coverage if each.threshold == asked.scenario.threshold), None)
    if chosen is not None:
        parts += ["", f"Requirements, counting from “{chosen.threshold}”", *_met(chosen)]
    parts += _left_open(asked)
    parts += ["", *_coalitions(found), *_answer(asked.ledger, found.why_not), *_notes(chosen.notes if chosen else ())]
    return "\n".join(parts)


def _at_threshold(each: Coverage) -> str:
    met, critical = f"{each.met:>2} of {each.total:<3}", f"{each.critical_met:>2} of {each.critical_total:<3}"
    return f"  {each.threshold:<20}  {met} {critical}   {_status(each)}{', '.join(each.coalition) or 'nobody'}"


def _left_open(asked: Asked) -> list[str]:
    picked = {condition for condition, _ in asked.scenario.readings}
    named = [each.condition_id for each in asked.ground.conditions if len(each.readings) > 1]
    left = [each for each in named if each not in picked]
    return [f"Left open, for no requirement depends on how it is read: {', '.join(left)}."] if left else []


def _status(found: Coverage) -> str:
    return "" if found.status == "optimal" else f"({found.status.replace('_', ' ')}) "


def _met(chosen: Coverage) -> Iterator[str]:
    for each in chosen.requirements:
        state = "met" if each.met else f"short by {each.short}"
        critical = "critical, " if each.critical else ""
        alone = f"; {each.single_provider} alone offers it" if each.single_provider else ""
        offered = "" if each.offered_by else "; nobody offers it with a stated quantity"
        by = f"{each.by} of {each.of} {each.unit}".rstrip()
        yield f"  {each.capability:<16} {by}: {critical}{state}; from {_listed(each.providers)}{alone}{offered}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _coalitions(found: Gaps) -> Iterator[str]:
    listed = found.coalitions.coalitions
    more = "" if found.coalitions.complete else f"; there may be others, of at least {found.coalitions.at_least}"
    yield f"Smallest coalitions that meet every critical requirement: {len(listed) or 'none'}{more}"
    yield from (f"  {', '.join(each)}" for each in listed[:10])
    if found.vetoes.players:
        yield f"Without each of these it cannot be done: {', '.join(found.vetoes.players)}"
    if found.defection.sets:
        yield f"It breaks when these leave: {'; or '.join(' and '.join(each) for each in found.defection.sets[:5])}"


def _answer(ledger: Ledger, why: Reasons) -> Iterator[str]:
    if why.outcome == "impossible":
        yield f"Why {why.goal} is impossible, in the fewest reasons{'' if why.smallest else ' found'}:"
        yield from _reasons(ledger, why.reasons)


def _notes(notes: Iterable[Note]) -> Iterator[str]:
    for note in notes:
        yield fill(f"Note: {note.words}", WIDTH, subsequent_indent="  ")


def gaps_json(found: Gaps) -> dict[str, object]:
    """The same as JSON values."""
    return {
        "scenario": plain(found.asked.scenario),
        "input_sha256": found.asked.input_sha256,
        "coverage": plain(found.coverage),
        "coalitions": plain(found.coalitions),
        "vetoes": plain(found.vetoes),
        "defection": plain(found.defection),
        "why_not": plain(found.why_not),
        "one_reader": list(found.asked.one_reader),
    }


def _letters() -> Iterator[str]:
    yield from "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
