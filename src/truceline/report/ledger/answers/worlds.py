"""Why something is not possible, and on which readings of which sentences it hangs: sentences quoted, worlds listed."""

from collections.abc import Iterator, Mapping, Sequence

from truceline.model.condition import Condition
from truceline.model.feasibility import Reason, Reasons, World, Worlds
from truceline.model.ledger_view import Answer
from truceline.report.ledger.answers.offers import plain_title
from truceline.report.ledger.index import Index
from truceline.report.ledger.pieces import Bit, Grid, Line, bit, capped, line
from truceline.report.ledger.words import NOT_STATED, OUTCOMES, counted, quoted, short, under_words
from truceline.report.totals import columns, listed

ORIGINS = {
    "statement": "a statement",
    "source": "a source named here",
    "scenario": "the scenario",
    "structure": "the nature of the option",
}


def why_grids(index: Index, answer: Answer, number: int) -> Iterator[Grid]:
    """One table for each goal that was asked about: the reasons against it, with their sentences."""
    for at, each in enumerate(answer.reasons, start=1):
        yield _why(index, answer, each, f"why-{number}-{at}")


def _why(index: Index, answer: Answer, found: Reasons, key: str) -> Grid:
    proven = (
        "no set of fewer reasons does"
        if found.smallest
        else f"any other set has at least {counted(found.at_least, 'reason')}"
    )
    caption = f"{quoted(found.goal, 120)}: {OUTCOMES[found.outcome]}"
    if found.outcome == "impossible":
        caption += f", for these reasons together; {proven}"
    return capped(
        Grid(
            key=key,
            caption=caption,
            columns=columns("Reason:7", "The sentences, as they stand:9", "Rests on:3"),
            rows=tuple(_reason_row(index, each) for each in found.reasons),
            leaves_out=under_words(answer),
            nothing="No reason against it."
            if found.outcome == "possible"
            else "No reason was found before the search stopped.",
            more_in="worlds.csv",
        )
    )


def _reason_row(index: Index, reason: Reason) -> Line:
    rests = Bit(text=ORIGINS[reason.origin]) if not reason.statements else index.resting(reason.statements)
    quotes = index.quotes(reason.statements) or (f"Source: {short(reason.source, 160)}" if reason.source else "")
    return line(
        short(reason.words, 400), Bit(text=quotes or "no sentence", tone="quote" if reason.statements else ""), rests
    )


# --- worlds ------------------------------


def worlds_words(index: Index, answer: Answer) -> Iterator[Bit]:
    """Which goal hangs on which sentences, in a sentence each."""
    worlds = answer.worlds
    if worlds is None:
        yield Bit(text="Worlds were not asked for.")
        return
    letters = _letters(worlds)
    for goal, count in worlds.possible:
        hinges = [each for each in worlds.hinges if each.goal == goal]
        told = [row_id for each in hinges for row_id in each.statements]
        named = listed(
            f"{letters.get(each.condition_id) or each.condition_id} (alone decides {counted(each.pairs, 'pair')})"
            for each in hinges
        )
        same = "comes out the same however any one sentence is read"
        words = f"hangs on how these sentences are read: {named}" if hinges else same
        yield Bit(
            text=f"{quoted(goal, 120)}: possible in {count:,} of {len(worlds.worlds):,}; it {words}.",
            refs=index.refs_of(told),
            badges=index.badges_of(told),
        )
    if worlds.undecided:
        yield Bit(text=f"{counted(worlds.undecided, 'answer')} not decided, for the search stopped.")


def _letters(worlds: Worlds) -> dict[str, str]:
    """A letter for each sentence that is read in several ways: A to Z, then AA."""
    read = dict.fromkeys(name for world in worlds.worlds for name, _ in world.readings)
    return {name: chr(65 + at % 26) * (at // 26 + 1) for at, name in enumerate(read)}


def world_grids(index: Index, answer: Answer, number: int) -> Iterator[Grid]:
    """The readings, the table of worlds, and for each goal the sentences against it."""
    if answer.worlds is None:
        return
    letters = _letters(answer.worlds)
    yield _readings(index, letters, number)
    yield _world_grid(index, answer, letters, number)
    for at, (goal, _) in enumerate(answer.worlds.possible, start=1):
        yield _against(index, answer, (goal, at - 1), f"against-{number}-{at}")


def _readings(index: Index, letters: Mapping[str, str], number: int) -> Grid:
    """The sentences that can be read in several ways, a row for each way."""
    conditions = {each.condition_id: each for each in index.view.conditions}
    rows = []
    for name, letter in letters.items():
        known = conditions.get(name)
        for at, each in enumerate(known.readings if known else (), start=1):
            assert known
            once = at == 1
            rows.append(
                line(
                    Bit(text=letter if once else ""),
                    index.actor(known.holder_id) if once else Bit(),
                    Bit(text=_said(index, known) if once else "", tone="quote"),
                    f"{letter}{at} {short(each.label)}",
                    short(each.words, 240) + ("" if each.then else " (nothing follows from it)"),
                    index.resting(known.statements, known.source),
                )
            )
    return Grid(
        key=f"readings-{number}",
        caption="Sentences that can be read in more than one way",
        columns=columns("No:1", "Whose:4", "The sentence:8", "Way to read it:4", "What it then says:6", "Sentence:3"),
        rows=tuple(rows),
        leaves_out="Only the ways to read that people entered",
        nothing="No sentence has more than one way to be read.",
    )


def _said(index: Index, condition: Condition) -> str:
    """The sentence behind a condition, or else its source."""
    return index.quotes(condition.statements) or short(condition.source, 160) or NOT_STATED


def _label(index: Index, letters: Mapping[str, str], name: str, label: str) -> str:
    """`B2 not as guarantor`."""
    known = next((each for each in index.view.conditions if each.condition_id == name), None)
    labels = [each.label for each in known.readings] if known else []
    at = str(labels.index(label) + 1) if label in labels else ""
    return f"{letters[name]}{at} {short(label)}"


def _world_grid(index: Index, answer: Answer, letters: Mapping[str, str], number: int) -> Grid:
    worlds = answer.worlds
    assert worlds
    goals = [goal for goal, _ in worlds.possible]
    holders = {each.condition_id: index.name_alone(each.holder_id) for each in index.view.conditions}
    heads = [f"{letter}, {holders.get(name, short(name))}" for name, letter in letters.items()]
    rows = [_world(index, each, letters, (at, number)) for at, each in enumerate(worlds.worlds, start=1)]
    counts = (Bit(text=f"possible in {count:,} of {len(worlds.worlds):,}") for _, count in worlds.possible)
    return capped(
        Grid(
            key=f"worlds-{number}-table",
            caption="Worlds: every way to read these sentences together, and what is possible in it",
            columns=columns("World:2", *(f"{plain_title(head)}:4" for head in heads),
                            *(f"{plain_title(short(goal))}:5" for goal in goals)),
            rows=tuple(rows),
            leaves_out=f"{under_words(answer)}; no world is said to be likelier than another",
            total=(Bit(text="All"), *(Bit() for _ in letters), *counts),
            notes=(
                "The numbers lead to the sentences that make it impossible there; what is possible, nothing excludes.",
                "A sentence alone decides a pair of worlds that differ in its reading only, and in the outcome.",
            ),
            more_in="worlds.csv",
            heads=True,
            wide=len(letters) + len(goals) > 6,
        )
    )  # fmt: skip


def _world(index: Index, world: World, letters: Mapping[str, str], places: tuple[int, int]) -> Line:
    """One world; its readings lead to the sentences that are read. `places`: its number, and the scenario's."""
    read, (at, number) = dict(world.readings), places
    there = f"#readings-{number}"
    labels = [_label(index, letters, name, read[name]) if name in read else "" for name in letters]
    outcomes = [
        Bit(
            text=OUTCOMES[each.outcome],
            tone=each.outcome,
            href="" if each.statements else there,
            refs=index.refs_of(each.statements),
            badges=index.badges_of(each.statements),
        )
        for each in world.outcomes
    ]
    return (Bit(text=str(at)), *(bit(label, href=there if label else "") for label in labels), *outcomes)


def _against(index: Index, answer: Answer, goal: tuple[str, int], key: str) -> Grid:
    """The sets of reasons that make one goal impossible, each with the worlds in which it does."""
    assert answer.worlds
    name, column = goal
    sets: dict[tuple[Reason, ...], list[int]] = {}
    for at, world in enumerate(answer.worlds.worlds, start=1):
        if world.outcomes[column].outcome == "impossible":
            sets.setdefault(world.outcomes[column].reasons, []).append(at)
    rows = []
    for reasons, numbers in sets.items():
        for first, reason in enumerate(reasons):
            rows.append(line(_spans(numbers) if not first else "and", *_reason_row(index, reason)))
    return capped(
        Grid(
            key=key,
            caption=f"Why {quoted(name, 120)} is impossible in some worlds: the sentences, quoted",
            columns=columns("In worlds:2", "Reason:6", "The sentences, as they stand:8", "Rests on:3"),
            rows=tuple(rows),
            leaves_out=under_words(answer),
            nothing="It is impossible in none of them.",
            more_in="worlds.csv",
        )
    )


def _spans(numbers: Sequence[int]) -> str:
    """`1 to 4, 7`: whole numbers in order, neighbours joined."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(", ".join(map(str, each)) if len(each) < 3 else f"{each[0]} to {each[-1]}" for each in parts)
