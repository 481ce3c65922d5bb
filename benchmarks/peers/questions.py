"""The questions, the same for all: events with what must be said of them, many exact events, two hundred clauses.

Only the standard library, so that every peer's own environment can read it. Whole millimetres and seconds UTC; a
measured fact is (lowest, highest). Distances are to each party's own line; `corridor` and `shooting_range` are
millimetres inside the zone's edge, negative outside.
"""

import hashlib
import os
import platform
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

JAN_S, FEB_S, MAR_S = 1_767_225_600, 1_769_904_000, 1_772_323_200  # first days of 2026
HOUR_S, DAY_S, KM, M = 3_600, 86_400, 1_000_000, 1_000
ANY_MM = (0, 2_000)  # a calibre that nobody stated
PARTIES, CLAUSES = ("NORTH", "SOUTH"), ("C1", "C2", "C3", "C5", "C8", "C9")  # those that one event can breach
BREACH, OPEN, FREE = "breach", "undetermined", "no_breach"


@dataclass(frozen=True)
class Event:
    """One happening. `expected` names what must be said of each clause that is not simply `no_breach`."""

    name: str
    why: str
    party: str = "NORTH"
    act: str = "present"
    weapon: str = "howitzer"
    calibre_mm: tuple[int, int] = (122, 122)
    own_mm: tuple[int, int] = (10 * KM, 10 * KM)  # to its own party's line
    corridor_mm: tuple[int, int] = (-5 * KM, -5 * KM)
    range_mm: tuple[int, int] = (-5 * KM, -5 * KM)
    on: str = "other"
    at_s: int = MAR_S
    storage: tuple[int, int] = (0, 0)  # 1 granted by MISSION, 0 no entry, 0..1 pending
    sources: int = 2
    expected: tuple[tuple[str, str], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether every fact is known without error."""
        spans = (self.calibre_mm, self.own_mm, self.corridor_mm, self.range_mm, self.storage)
        return all(lo == hi for lo, hi in spans)


def said(*pairs: str) -> tuple[tuple[str, str], ...]:
    """`C1 breach` as a pair, and so on."""
    return tuple((one, other) for one, other in (pair.split() for pair in pairs))


EVENTS = (
    Event("e1", "122 mm at 10 km", expected=said("C1 breach")),
    Event(
        "e2", "82 mm mortar at 10 km", party="SOUTH", weapon="mortar", calibre_mm=(82, 82), expected=said("C2 breach")
    ),
    Event("e3", "122 mm at 30 km of its own line, whatever the other's", own_mm=(30 * KM, 30 * KM)),
    Event("e4", "the same as e1 before the withdrawal was due", at_s=JAN_S + 9 * DAY_S),
    Event("e5", "the same as e1, storage granted", storage=(1, 1)),
    Event("e6", "fire outside the range", act="fire", expected=said("C3 breach")),
    Event("e7", "fire inside the range: C4 overrides", act="fire", range_mm=(2 * KM, 2 * KM)),
    Event("e8", "a hospital hit", act="strike", on="hospital", expected=said("C9 breach")),
    Event("e9", "a T-72 at 100 m: nothing rules it", weapon="tank", calibre_mm=(125, 125), own_mm=(100 * M, 100 * M)),
    Event(
        "e10",
        "a drone in the corridor: C5 and C6 contradict each other",
        act="fly",
        weapon="recon_drone",
        corridor_mm=(3 * KM, 3 * KM),
        expected=said("C5 undetermined"),
    ),
    # below: with errors
    Event(
        "u1",
        "122 mm at 24.9 km ± 250 m",
        own_mm=(24_650 * M, 25_150 * M),
        expected=said("C1 undetermined"),
    ),
    Event(
        "u2",
        "122 mm at 24.5 km ± 250 m: the error decides nothing",
        own_mm=(24_250 * M, 24_750 * M),
        expected=said("C1 breach"),
    ),
    Event(
        "u3",
        "howitzer of unknown calibre at 20 km",
        calibre_mm=ANY_MM,
        own_mm=(20 * KM, 20 * KM),
        expected=said("C1 undetermined"),
    ),
    Event(
        "u4",
        "mortar of unknown calibre at 10 km: one of C1 and C2 for certain, neither alone",
        weapon="mortar",
        calibre_mm=ANY_MM,
        expected=said("C1 undetermined", "C2 undetermined"),
    ),
    Event("u5", "as e1, storage asked for and not decided", storage=(0, 1), expected=said("C1 undetermined")),
    Event(
        "u6",
        "fire at the edge of the range ± 250 m: the override itself is in doubt",
        act="fire",
        range_mm=(-200 * M, 300 * M),
        expected=said("C3 undetermined"),
    ),
)
EXERCISES_S = (MAR_S + HOUR_S, MAR_S + 15 * HOUR_S, MAR_S + 25 * HOUR_S - 600)  # three within 24 h, over midnight
ONE_SOURCE = Event("s1", "the same as e1, seen by one source", sources=1, expected=said("C1 undetermined"))


def expected_of(event: Event) -> dict[str, str]:
    """What must be said of every clause that one event can breach."""
    return dict.fromkeys(CLAUSES, FREE) | dict(event.expected)


def completions(event: Event) -> Iterator[Event]:
    """Exact events that the facts allow: both ends of each span and both sides of each limit of the text inside it.

    A two-valued engine that is asked about all of them can be made to give a three-valued answer, outside itself.
    """
    limits = {"calibre_mm": (99, 100), "own_mm": (25 * KM, 25 * KM + 1), "range_mm": (-1, 0), "storage": (0, 1)}
    ways = [{}]
    for name, within in limits.items():
        lo, hi = getattr(event, name)
        values = sorted({lo, hi, *(each for each in within if lo <= each <= hi)})
        ways = [{**way, name: (value, value)} for way in ways for value in values]
    for way in ways:
        yield Event(**{name: getattr(event, name) for name in Event.__dataclass_fields__} | way)


def three_valued(answers: list[bool]) -> str:
    """All, some or none of the completions breach."""
    return BREACH if all(answers) else OPEN if any(answers) else FREE


ACTS = ("present", "fire", "fly", "strike", "build", "exercise")
WEAPONS = ("howitzer", "mortar", "tank", "recon_drone", "machine_gun")
THINGS = ("other", "hospital", "school", "dwelling", "port")
BLOCK = 1_000
CALIBRES_MM = (12, 82, 100, 120, 122, 125, 152)


def many(count: int) -> dict[str, list]:
    """`count` exact events as columns, the first thousands always the same ones.

    Party, act, weapon and object are indexes of their lists.
    """
    columns: dict[str, list] = {}
    for first in range(0, count, BLOCK):
        for name, values in block(min(BLOCK, count - first), random.Random(first)).items():
            columns.setdefault(name, []).extend(values)
    return columns


def block(count: int, draw: random.Random) -> dict[str, list]:
    """One block of them."""
    pick, span = draw.choices, draw.random
    return {
        "own_mm": [int(span() * 50 * KM) for _ in range(count)],
        "corridor_mm": [int((span() - 0.8) * 10 * KM) for _ in range(count)],
        "range_mm": [int((span() - 0.8) * 10 * KM) for _ in range(count)],
        "at_s": [JAN_S + int(span() * 330 * DAY_S) for _ in range(count)],
        "storage": pick((0, 1), weights=(9, 1), k=count),
        "party": pick(range(2), k=count),
        "act": pick(range(len(ACTS)), k=count),
        "weapon": pick(range(len(WEAPONS)), k=count),
        "on": pick(range(len(THINGS)), k=count),
        "calibre_mm": pick(CALIBRES_MM, k=count),
    }


@dataclass(frozen=True)
class Band:
    """One of the two hundred: an act between two distances from the party's own line, between two dates."""

    name: str
    allowed: bool
    party: str
    act: str
    beyond_km: int
    within_km: int
    from_day: int
    until_day: int


def two_hundred(count: int = 200) -> list[Band]:
    """Clauses that mostly have nothing to do with each other; one in fifty has its distances exchanged."""
    draw, bands = random.Random(7), []
    for number in range(count):
        beyond_km, from_day = draw.randrange(60), draw.randrange(300)
        within_km, until_day = beyond_km + draw.randrange(2, 20), from_day + draw.randrange(5, 60)
        if number % 50 == 49:
            beyond_km, within_km = within_km, beyond_km
        act = draw.choice((*ACTS[:3], "move", "launch", "assault"))
        party, allowed = draw.choice(PARTIES), number % 5 == 4
        bands.append(Band(f"B{number}", allowed, party, act, beyond_km, within_km, from_day, until_day))
    return bands


def rate(judge_from: object, rows: int, seconds: float, part: int = 1_000) -> str:
    """Ask `judge_from(first, past)` for part after part until the rows or the seconds are used up."""
    first, busy_s, begun_s = 0, time.process_time(), time.perf_counter()
    while first < rows and time.perf_counter() - begun_s < seconds:
        past = min(rows, first + part)
        judge_from(first, past)
        first = past
    took_s, busy_s = time.perf_counter() - begun_s, time.process_time() - busy_s
    said = f"{first:,} events in {took_s:.2f} s, {busy_s:.2f} s of processor time"
    return f"{said}: {first / busy_s:,.0f} a second of processor time"


def machine() -> str:
    """Where it was measured."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, load {load:.1f}, {system}"


def digest(pairs: list[tuple[str, ...]]) -> str:
    """A short name for a list of pairs, to compare with another tool's."""
    return hashlib.sha256(repr(sorted({tuple(sorted(pair)) for pair in pairs})).encode()).hexdigest()[:12]


def show(question: int, words: str) -> None:
    """One line of an answer."""
    print(f"({question:>2}) {words}")


def compare(question: int, found: dict[str, dict[str, str]]) -> None:
    """Say how many of the answers are the expected ones, and which are not."""
    asked = {event.name: event for event in (*EVENTS, ONE_SOURCE)}
    right, wrong = 0, []
    for name, answers in found.items():
        want = expected_of(asked[name])
        bad = {clause: answers[clause] for clause in want if answers[clause] != want[clause]}
        right += not bad
        wrong += [f"{name} ({asked[name].why}): {bad}, expected { {c: want[c] for c in bad} }"] if bad else []
    show(question, f"{right} of {len(found)} events as expected" + "".join(f"\n     {line}" for line in wrong))
