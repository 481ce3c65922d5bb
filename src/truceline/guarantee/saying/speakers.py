"""Who speaks: a noun phrase to name and kind, "he" and "the paper" to whoever was meant, a surname to a full name."""

import re
from dataclasses import dataclass, field

from truceline.guarantee.saying.lexicon import (
    COALITION_NOUNS,
    GENERIC_NOUNS,
    MEDIA_ENDINGS,
    MEDIA_NAMES,
    MEDIA_NOUNS,
    OFFICES,
    ORGANISATIONS,
    PEOPLE_NOUNS,
    STATE_PAIRS,
    STATES,
    THINK_TANKS,
    UNNAMED_NOUNS,
    VAGUE,
    words_in,
)
from truceline.guarantee.saying.sayings import Place
from truceline.model.actor import COLLECTIVE, ActorKind

Names = tuple[tuple[int, int, str], ...]  # start, end, label

_WORD = re.compile(r"[^\W_][\w.’'/-]*[\w.]|[^\W_]")
_DETERMINER = re.compile(r"(?:the|a|an|its|their|his|her|our|this|that|these|those|both|what)\s+", re.IGNORECASE)
_GENITIVE = re.compile(r"[’']s?$")
_AFTER_HEAD = re.compile(
    r",|\s(?:of|in|for|at|from|with|on|to|close|familiar|who|which|that|based|speaking|such|including|inside|within|near|quoted|under|by|and)\s"
)
_CAPITAL = re.compile(r"[^\W\d_a-zà-ÿ]")
_HE = {"he": "m", "him": "m", "she": "f", "her": "f"}
_WOMEN = words_in("spokeswoman chairwoman queen mrs ms madam woman stateswoman congresswoman")
_MEN = words_in("spokesman chairman king prince mr pope congressman statesman")
_THEY = words_in("they them both")
_IT = words_in("it itself")
_WE = words_in("we i us me")
_REMEMBERED = 300  # voices
_PRONOUNS = _THEY | _IT | _WE | frozenset(_HE)
_ONE = words_in("a an one another two three four")
_SPEAK_FOR = words_in(
    """spokesman spokeswoman spokesperson minister president premier chancellor ambassador king queen prince pope mayor
    governor speaker secretary monarch"""
)
_BACK_TO: dict[str, tuple[ActorKind, ...]] = {
    "country": ("state",),
    "government": ("state",),
    "kingdom": ("state",),
    "republic": ("state",),
    "bloc": ("organisation", "coalition"),
    "alliance": ("organisation", "coalition"),
    "organisation": ("organisation",),
    "organization": ("organisation",),
    "union": ("organisation",),
    "coalition": ("coalition",),
    "institute": ("think_tank",),
    "centre": ("think_tank",),
    "center": ("think_tank",),
    "think-tank": ("think_tank",),
    "tank": ("think_tank",),
    "group": ("organisation", "think_tank", "coalition"),
    "sources": ("unnamed_group",),
    "source": ("unnamed_group",),
    "officials": ("unnamed_group",),
    "diplomats": ("unnamed_group",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks, as far as the text tells."""

    name: str
    kind: ActorKind


@dataclass(slots=True, kw_only=True)
class Memory:
    """Who was spoken of so far, the last one last; what people are called and which words introduced them."""

    voices: list[tuple[int, Voice]] = field(default_factory=list)  # with the place where each was named
    speakers: list[tuple[int, Voice]] = field(default_factory=list)
    full: dict[str, str] = field(default_factory=dict)  # a surname: the name
    titles: dict[str, set[str]] = field(default_factory=dict)  # a name: the words beside it
    gender: dict[str, str] = field(default_factory=dict)
    people: frozenset[str] = frozenset()  # single words that the parser takes for a person's name somewhere
    known: set[str] = field(default_factory=set)  # surnames that a title or a country goes before
    places: frozenset[str] = frozenset()  # names of places: somebody is "in" them
    until: int = 0  # only who was named before this place counts

    def spoken_of(self, voice: Voice, place: int) -> None:
        """Remembers whom the text names."""
        self.voices.append((place, voice))

    def spoke(self, voice: Voice, place: int) -> None:
        """Remembers who speaks."""
        self.voices.append((place, voice))
        self.speakers.append((place, voice))

    def before(self) -> list[Voice]:
        """Whoever was named before the words in question, the last first, as far as a reader remembers."""
        return [voice for place, voice in reversed(self.voices[-_REMEMBERED:]) if place < self.until]

    def last(self, kinds: tuple[ActorKind, ...], *, speaking: bool = True) -> Voice | None:
        """The last one of these kinds: a speaker before others that were only spoken of."""
        speakers = [voice for place, voice in reversed(self.speakers[-_REMEMBERED:]) if place < self.until and speaking]
        return next((voice for voice in [*speakers, *self.before()] if voice.kind in kinds), None)


def memory_of(text: str, names: Names) -> Memory:
    """The full names in a text and what introduces them."""
    memory = Memory()
    for start, end, label in names:
        if label != "PERSON":
            continue
        name = _bare(text[start:end])
        words = name.split()
        if len(words) >= 2 and all(_CAPITAL.match(word) for word in words):
            memory.full.setdefault(words[-1], name)
            memory.titles.setdefault(name, set()).update(_beside(text, start, end))
    memory.places = _places(text) - set(memory.full)
    single = {_bare(text[start:end]) for start, end, label in names if label == "PERSON"}
    memory.people = frozenset(name for name in single if " " not in name) - memory.places - STATES
    for match in _TITLED.finditer(text):
        name = _bare(match["name"])
        if len(name.split()) >= 2 and not set(name.split()) & (STATES | ORGANISATIONS):
            memory.full.setdefault(name.split()[-1], name)
            memory.titles.setdefault(name, set()).update(_beside(text, *match.span("name")))
    for name, beside in memory.titles.items():
        gender = "f" if beside & _WOMEN else "m" if beside & _MEN else ""
        if gender:
            memory.gender[name] = gender
    return memory


_IN_A_PLACE = re.compile(r"\b(?:in|from|into|near|outside|across|towards)\s+([^\W\d_a-z][\w-]+)")
_TITLED = re.compile(
    r"\b(?:" + "|".join(sorted(PEOPLE_NOUNS | {noun.capitalize() for noun in PEOPLE_NOUNS})) + r")"
    r"\s+(?P<name>[^\W\d_a-z][\w’'-]+(?:\s+(?:van|von|de|der|bin|al|el|da|di)\b)?(?:\s+[^\W\d_a-z][\w’'-]+){1,2})"
)


def _places(text: str) -> frozenset[str]:
    """Names that stand where places stand ("in X"), or from which an adjective is made ("X", "Xan")."""
    capitals = set(re.findall(r"\b[^\W\d_a-z][\w-]{2,}", text))
    endings = ("n", "an", "ian", "ean", "ese", "ish", "i")
    stems = {name for name in capitals if any(name + end in capitals or name[:-1] + end in capitals for end in endings)}
    return frozenset(stems | {match[1] for match in _IN_A_PLACE.finditer(text)})


def _beside(text: str, start: int, end: int) -> set[str]:
    """The words that introduce a name: those before it, and those in apposition."""
    before = re.split(r"[.,;:“”\n]", text[max(0, start - 70) : start])[-1]
    after = re.match(r"\s*,\s*([^,.;“”\n]{3,80})[,.]", text[end : end + 90])
    return {word.lower() for word in _WORD.findall(before + " " + (after[1] if after else ""))}


def _bare(name: str) -> str:
    """A name without article, genitive and quotation marks."""
    name = name.strip(" “”‘\"'«»,;:–—")
    name = _DETERMINER.sub("", name, count=1) if _DETERMINER.match(name) else name
    return _GENITIVE.sub("", name).strip(" “”‘\"'«»,")


def voice_of(text: str, place: Place, names: Names, memory: Memory) -> Voice:
    """Who a noun phrase names. What it stands for is looked for among those spoken of before it."""
    phrase = " ".join(text[slice(*place)].split())
    words = _WORD.findall(phrase)
    lower = [word.lower() for word in words]
    if len(words) == 1 and lower[0] in _PRONOUNS:
        return _pronoun(lower[0], memory) or Voice(name="", kind="person" if lower[0] in _HE else "generic")
    if lower[:1] == ["this"] and lower[-1] in MEDIA_NOUNS:
        return Voice(name=phrase.lower(), kind="media")
    titled = bool(set(words) & MEDIA_NOUNS) and _medium(phrase)
    person = not titled and (_person(text, place, names, memory) or _apposed(text, place))
    if person:
        return Voice(name=person, kind="person")
    if lower[:1] == ["the"] and (found := _meant(words[1:], memory)):
        return found
    medium = _medium(phrase)
    if medium:
        return Voice(name=medium, kind="media")
    if lower[:1] in (["one"], ["another"], ["others"], ["some"]) and (found := _one_of(phrase, memory)):
        return found
    return _named(text, place, names, memory)


def _named(text: str, place: Place, names: Names, memory: Memory) -> Voice:
    """A noun phrase by its own words; "its ministry" by its owner too."""
    phrase = _ONE_OF.sub("", " ".join(text[slice(*place)].split()))
    labels = [label for start, end, label in names if place[0] <= start and end <= place[1]]
    anonymous = bool(_ANONYMOUS.match(text, place[1]))
    bare = re.sub(r"^[A-Z][\w-]*-based\s+", "", _STATEMENT.sub("", _bare(phrase)))
    kind = kind_of(_STATEMENT.sub("", phrase), labels, memory.places)
    owner = re.match(r"(its|their|his|her)\s", phrase, re.IGNORECASE)
    if owner and kind != "generic":
        whose = memory.last(("state", "organisation", "coalition"), speaking=False)
        bare = (
            f"{bare} of {whose.name}"
            if whose and _CAPITAL.match(whose.name) and owner[1].lower() in ("its", "their")
            else bare
        )
    return Voice(name=bare, kind="unnamed_group" if anonymous and kind == "office" else kind)


def _apposed(text: str, place: Place) -> str:
    """The name in apposition: "its leader, Joost Remmen, argued"; "" for none."""
    if _head(text[slice(*place)]) not in PEOPLE_NOUNS:
        return ""
    match = _APPOSED.match(text, place[1])
    return match["name"] if match and not set(match["name"].split()) & (STATES | ORGANISATIONS) else ""


def _one_of(phrase: str, memory: Memory) -> Voice | None:
    """ "one of them", "another": of a group that was spoken of without a name."""
    if re.fullmatch(r"(?i)(?:one|another|others|some)(?: of (?:them|the \w+))?", phrase.strip()):
        return memory.last(("unnamed_group",))
    return None


_ANONYMOUS = re.compile(
    r",? (?:who|speaking|both|all)\b[^.;“\n]{0,60}"
    r"\b(?:anonym\w+|not (?:to )?be (?:named|identified|quoted)|unidentified)"
)
_ONE_OF = re.compile(r"^(?:one|two|three|some|several|many|most|another) of (?=the|his|her|its|their)", re.IGNORECASE)
_STATEMENT = re.compile(r"\s(?:statement|communiqué|press release|note|declaration)$")
_APPOSED = re.compile(r",\s+(?P<name>[^\W\d_a-z][\w’'-]+(?:\s[^\W\d_a-z][\w’'-]+){1,2})(?=[,.]|\s*$|\s[a-z])")


def _pronoun(word: str, memory: Memory) -> Voice | None:
    if word in _HE:
        fitting = [
            voice
            for voice in memory.before()
            if _is_somebody(voice) and memory.gender.get(voice.name, _HE[word]) == _HE[word]
        ]
        fitting.sort(key=lambda voice: voice.kind == "person" and not (" " in voice.name or voice.name in memory.known))
        if fitting and fitting[0].kind == "person":
            memory.gender[fitting[0].name] = _HE[word]
        return fitting[0] if fitting else None
    if word in _IT:
        kinds = ("media", "state", "organisation", "office", "think_tank", "coalition")
        return next((voice for voice in memory.before() if voice.kind in kinds and not _is_somebody(voice)), None)
    if word in _THEY:
        return memory.last(COLLECTIVE)
    return memory.speakers[-1][1] if word in _WE and memory.speakers else None


def _is_somebody(voice: Voice) -> bool:
    """Whether it is one human being, with a name or without."""
    return voice.kind == "person" or (voice.kind in ("office", "unnamed_group") and _head(voice.name) in PEOPLE_NOUNS)


def _person(text: str, place: Place, names: Names, memory: Memory) -> str:
    """The person whom a phrase names in full or by surname; "" where it names nobody."""
    phrase = text[slice(*place)]
    if _head(phrase) in UNNAMED_NOUNS | GENERIC_NOUNS and _head(phrase) not in PEOPLE_NOUNS:
        return ""
    tail = _after_title(phrase) or _after_genitive(phrase)
    if re.search(r"\b(?:to|for|with|by|from)\b", phrase):
        return ""
    if tail and not set(tail.split()) & (STATES | ORGANISATIONS):
        memory.known.add(tail)
        return memory.full.get(tail.split()[-1], tail)
    people = [
        _bare(text[start:end])
        for start, end, label in names
        if (label == "PERSON" or _bare(text[start:end]) in memory.people)
        and place[0] <= start
        and end <= place[1]
        and text[end : end + 2] not in ("’s", "'s")
    ]
    own = [
        name
        for name in people
        if name not in STATES | memory.places
        and not _medium(name)
        and (" " in name or name in memory.full or not _is_country(text, name))
    ]
    if own and phrase.rstrip().endswith(own[-1]):
        return memory.full.get(own[-1].split()[-1], own[-1])
    bare = _bare(phrase)
    if bare in memory.full.values():
        return bare
    return memory.full.get(bare, "")


def _is_country(text: str, name: str) -> bool:
    """Whether a name in the text has a government, a border, a ministry: a country's."""
    return bool(
        re.search(
            rf"\b{re.escape(name)}[’']s\s+(?:\w+\s+)?(?:government|border|minist|army|president|parliament)", text
        )
    )


def _after_title(phrase: str) -> str:
    """The name after a title: "Foreign Minister Sergei Lavrov"; "" where none follows."""
    words = phrase.split()
    for number in range(len(words) - 1, 0, -1):
        title = _GENITIVE.sub("", words[number - 1]).strip(",")
        if title.lower() in PEOPLE_NOUNS and title == words[number - 1]:
            tail = words[number:]
            capital = [word for word in tail if _CAPITAL.match(word)]
            if tail and _CAPITAL.match(tail[0]) and len(capital) >= len(tail) - 1 and len(tail) <= 4:
                return _bare(" ".join(tail))
            return ""
    return ""


def _after_genitive(phrase: str) -> str:
    """The name after its country's: "Lurasia's Baranek"; "" for anything else."""
    match = re.fullmatch(r"[^\W\d_a-z][\w-]+[’']s?\s+((?:[^\W\d_a-z][\w’-]+\s?){1,3})", phrase.strip())
    lower = {word.lower() for word in match[1].split()} if match else set()
    return match[1].strip() if match and not lower & (OFFICES | PEOPLE_NOUNS | UNNAMED_NOUNS) else ""


def _head(phrase: str) -> str:
    """The last word before what specifies a noun, in lower case."""
    first = _AFTER_HEAD.split(f"{phrase} ")[0]
    words = _WORD.findall(first)
    return _GENITIVE.sub("", words[-1]).lower().split("-")[-1] if words else ""


def _meant(words: list[str], memory: Memory) -> Voice | None:
    """Whom "the paper", "the minister", "the country" means; None where nobody fits."""
    noun = words[-1].lower() if words else ""
    if len(words) > 3 or any(_CAPITAL.match(word) for word in words):
        return None
    if noun in MEDIA_NOUNS:
        return memory.last(("media",)) or memory.last(("organisation",))
    if noun in PEOPLE_NOUNS:
        asked = {word.lower() for word in words}
        for voice in memory.before():
            if voice.kind == "person" and asked <= memory.titles.get(voice.name, set()):
                return voice
        for voice in memory.before():
            if voice.kind == "person" and noun in memory.titles.get(voice.name, set()):
                return voice
        return None
    if noun in OFFICES and noun != "government":
        return next((v for v in memory.before() if v.kind == "office" and noun in v.name.lower().split()), None)
    return memory.last(_BACK_TO[noun]) if noun in _BACK_TO else None


def _medium(phrase: str) -> str:
    """The name of a newspaper, an agency, a channel; "" for anything else."""
    words = [_GENITIVE.sub("", word) for word in _WORD.findall(_bare(phrase))]
    if not words or _head(phrase) in UNNAMED_NOUNS | GENERIC_NOUNS - {"reports"}:
        return ""
    nouns = [number for number, word in enumerate(words) if word.lower() in MEDIA_NOUNS]
    capital = [bool(_CAPITAL.match(word)) for word in words]
    if nouns and all(capital):
        return " ".join(words)
    if nouns and all(capital[nouns[-1] + 1 :]) and words[nouns[-1] + 1 :]:
        return " ".join(words[nouns[-1] + 1 :])
    if nouns and nouns[-1] == len(words) - 1 and not capital[nouns[-1]]:
        named = [word for number, word in enumerate(words[:-1]) if capital[number]]
        return " ".join(words) if len(named) < len(words) - 1 or len(named) < 2 else " ".join(named)
    if set(words) & MEDIA_NAMES and all(capital):
        return " ".join(words)
    if len(words) > 1 and all(capital) and words[-1] in MEDIA_ENDINGS:
        return " ".join(words)
    return ""


def kind_of(phrase: str, labels: list[str], places: frozenset[str] = frozenset()) -> ActorKind:
    """What a noun phrase that names no person stands for.

    Args:
        labels: of the names in it, as the parser gave them; may be empty.
    """
    bare = _bare(phrase)
    words = [_GENITIVE.sub("", word) for word in _WORD.findall(bare)]
    lower = [word.lower() for word in words]
    head, first = _head(phrase), phrase.split(maxsplit=1)[0].lower() if phrase.split() else ""
    checks: tuple[tuple[ActorKind, bool], ...] = (
        ("generic", bool(lower) and (_is_vague(lower[0], head) or head in GENERIC_NOUNS - UNNAMED_NOUNS)),
        ("generic", head in GENERIC_NOUNS and len(words) == 1),
        (
            "unnamed_group",
            (head in UNNAMED_NOUNS and head not in ("member", "members", "people", "person")) or "familiar" in lower,
        ),
        ("unnamed_group", first in _ONE and head in PEOPLE_NOUNS - _SPEAK_FOR),
        (
            "coalition",
            "coalition" in lower or _are_states(bare) or (head in COALITION_NOUNS and bare not in STATE_PAIRS),
        ),
        ("state", bare in STATES or bare in STATE_PAIRS),
        ("think_tank", bool(set(words) & THINK_TANKS)),
        ("office", head in PEOPLE_NOUNS or head in OFFICES or bool(set(lower) & {"ministry", "kremlin"})),
        ("organisation", bool(set(words) & ORGANISATIONS)),
        ("state", bare in places),
        ("state", labels == ["GPE"] and all(_CAPITAL.match(word) for word in words)),
        ("organisation", "ORG" in labels or (len(words) == 1 and bool(words) and bool(_CAPITAL.match(words[0])))),
        ("organisation", phrase.startswith(("the ", "The "))),
        ("person", 2 <= len(words) <= 3 and all(_CAPITAL.match(word) for word in words)),
    )
    return next((kind for kind, holds in checks if holds), "generic")


def _is_vague(first: str, head: str) -> bool:
    """ "Many", "some in the parliament"; not "several smaller states", "some diplomats"."""
    return first in VAGUE and head not in UNNAMED_NOUNS | COALITION_NOUNS


def _are_states(bare: str) -> bool:
    """ "France and Britain": several states in one phrase."""
    parts = [_bare(part) for part in re.split(r",|\band\b", bare) if part.strip()]
    return len(parts) > 1 and all(part in STATES or part in STATE_PAIRS for part in parts)
