"""What a rule finds, before it is known who speaks: places in the text, told by their characters."""

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

Place = tuple[int, int]  # start and end in the text, the end exclusive

OPENING = "“„«‘\"'"
CLOSING = "”“»’\"'"
_INITIALS = re.compile(r"(?:\b[A-Z]\.){2,}\Z")  # "U.S.": its last point belongs to it
LOOSE = " \t\n,;:–—-"  # what a content never begins or ends with


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Somebody's words as a rule found them.

    `speaker` is the noun phrase, None where the sentence names nobody. As the sentence tells, `cited`: on whom a
    reporter leans; `through`: who passed it on; `told`: to which media it was said. `trailing`: the cue follows a comma
    at the end of what another cue rules, and ends that. `follows`: place of the quotation that it goes on with.
    """

    rule: str
    content: tuple[Place, ...]
    cue: Place | None
    verb: str
    speaker: Place | None
    negated: bool = False
    belief: bool = False
    direct: bool = False
    clause: bool = False  # of a noun: what it is about is a clause, "that …" or "to …"
    cited: Place | None = None
    through: tuple[Place, ...] = ()
    told: tuple[Place, ...] = ()
    trailing: int = -1  # where the text of the cue that rules it must end; -1: it does not trail
    follows: Place | None = None

    @property
    def extent(self) -> Place:
        """From the first to the last character of its content."""
        return self.content[0][0], self.content[-1][1]

    @property
    def place(self) -> int:
        """Where it stands among others: its first character."""
        return min(self.content[0][0], self.cue[0] if self.cue else self.content[0][0])


def within(inner: Place | None, outer: Place) -> bool:
    """Whether one place lies in another."""
    return inner is not None and outer[0] <= inner[0] and inner[1] <= outer[1]


def shared(one: tuple[Place, ...], other: tuple[Place, ...]) -> int:
    """How many characters two contents have in common."""
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)


def length(content: tuple[Place, ...]) -> int:
    """How many characters a content has."""
    return sum(end - start for start, end in content)


def trimmed(text: str, place: Place) -> Place:
    """A place without what hangs loose at its ends: blanks, commas, the full stop, half a pair of quotation marks."""
    start, end = _with_closing_mark(text, *place)
    while True:
        before = (start, end)
        while start < end and text[start] in LOOSE:
            start += 1
        while end > start and (
            text[end - 1] in LOOSE or (text[end - 1] == "." and not _INITIALS.search(text, start, end))
        ):
            end -= 1
        start, end = _without_half_a_pair(text, start, end)
        if (start, end) == before:
            return start, max(start, end)


def _with_closing_mark(text: str, start: int, end: int) -> Place:
    """A place with the mark right after it that closes what it opens."""
    inside, after = text[start:end], text[end : end + 1]
    odd = after == '"' and inside.count('"') % 2 == 1 and not inside.startswith('"')
    half = (
        after
        and after in "”»"
        and inside.count(after) < inside.count("“" if after == "”" else "«")
        and inside[:1] not in "“«"
    )
    return start, end + bool(odd or half)


def _without_half_a_pair(text: str, start: int, end: int) -> Place:
    for opening, closing in ("“”", "«»", "„“", '""'):
        inside = text[start:end]
        if start >= end:
            break
        if opening == closing:
            odd = inside.count(opening) % 2 == 1
            start += odd and inside[0] == opening
            end -= odd and len(inside) > 1 and inside[-1] == opening
            continue
        if inside[0] == opening and closing not in inside:
            start += 1
        elif inside[-1] == closing and opening not in inside:
            end -= 1
    return start, end


def without_trailers(text: str, sayings: list[Saying]) -> list[Saying]:
    """Each content ends where a cue begins that trails after it ("…, adding that …")."""
    ends = sorted({saying.trailing for saying in sayings if saying.trailing >= 0})
    return [_shortened(text, saying, ends) for saying in sayings]


def _shortened(text: str, saying: Saying, ends: list[int]) -> Saying:
    if saying.direct:
        return saying
    pieces = []
    for start, end in saying.content:
        first = bisect_right(ends, start)
        cuts = [cut for cut in ends[first : first + 2] if cut < end and cut != saying.trailing]
        piece = trimmed(text, (start, min([end, *cuts])))
        if piece[1] - piece[0] > 0:
            pieces.append(piece)
    return replace(saying, content=tuple(pieces)) if pieces else saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in a text, in its order: sayings; names with their labels; who does something (subjects)."""

    sayings: tuple[Saying, ...]
    names: tuple[tuple[int, int, str], ...] = ()
    subjects: tuple[Place, ...] = ()
