"""Through how many mouths a statement came: whoever published, wrote and passed it on, last the one who said it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from truceline.guarantee.saying.lexicon import DENIALS, MEDIA_NOUNS, ORGANISATIONS, words_in
from truceline.guarantee.saying.sayings import Found, Place, Saying
from truceline.guarantee.saying.speakers import Memory, Voice, memory_of, voice_of
from truceline.model.document import Document
from truceline.model.statement import Link, LinkRole

_UNNAMED = ("unnamed_group", "generic")
_BACK = words_in("he she it they one another the")
_REPORTING = words_in("report publish broadcast")
_NOBODY = Voice(name="", kind="generic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouths:
    """Who speaks; on whom they lean, who passed it on, to whom it was told, whose sources they are."""

    speaker: Voice = _NOBODY
    cited: Voice | None = None
    through: tuple[Voice, ...] = ()
    told: tuple[Voice, ...] = ()
    owner: Voice | None = None


def mouths_of(body: str, found: Found, sayings: list[Saying]) -> list[Mouths]:
    """Of each saying who speaks and through whom it came; read in the text's order, so that "he" is who came before."""
    memory = memory_of(body, found.names)
    begins: dict[Place | None, int] = {}
    for saying in sayings:
        begins[saying.speaker] = min(saying.place, begins.get(saying.speaker, saying.place))
    events = [(place[0], 0, number) for number, place in enumerate(found.subjects)]
    events += [(saying.speaker[0] if saying.speaker else saying.place, 1, n) for n, saying in enumerate(sayings)]
    mouths = [Mouths()] * len(sayings)
    last: tuple[int, Mouths] = (-1, Mouths())
    for place, speaks, number in sorted(events):
        if not speaks:
            memory.until = place
            memory.spoken_of(voice_of(body, found.subjects[number], found.names, memory), place)
            continue
        saying = sayings[number]
        memory.until = min(begins[saying.speaker], place) if saying.speaker else place
        mouths[number] = _as_before(body, saying, _mouths(body, found, saying, memory), last)
        if saying.speaker:
            memory.spoke(mouths[number].speaker, place)
            last = body.count("\n", 0, place), mouths[number]
        if saying.cited and mouths[number].cited:
            memory.spoke(mouths[number].cited or _NOBODY, saying.cited[0])
    at = {saying.extent: number for number, saying in enumerate(sayings)}
    for number in sorted(range(len(sayings)), key=lambda number: sayings[number].place):
        follows = sayings[number].follows
        mouths[number] = mouths[at.get(follows, number)] if follows else mouths[number]
    return mouths


def _as_before(body: str, saying: Saying, own: Mouths, last: tuple[int, Mouths]) -> Mouths:
    """ "He stressed", right after "the minister told the Courier": to the Courier too."""
    line, before = last
    alone = saying.speaker is not None and body[slice(*saying.speaker)].lower().split()[0] in _BACK
    if not alone or own.speaker.name != before.speaker.name or body.count("\n", 0, saying.place) != line:
        return own
    return replace(
        own, told=own.told or before.told, through=own.through or before.through, owner=own.owner or before.owner
    )


def _mouths(body: str, found: Found, saying: Saying, memory: Memory) -> Mouths:
    def named(place: Place) -> Voice:
        return voice_of(body, place, found.names, memory)

    speaker = named(saying.speaker) if saying.speaker else _NOBODY
    if (
        saying.verb in _REPORTING
        and speaker.kind == "organisation"
        and speaker.name.split()[-1:][0] not in ORGANISATIONS
    ):
        speaker = replace(speaker, kind="media")
    return Mouths(
        owner=_owner(body, saying, named),
        speaker=speaker,
        cited=named(saying.cited) if saying.cited else None,
        through=tuple(named(place) for place in saying.through),
        told=tuple(voice for voice in map(named, saying.told) if voice.kind == "media"),
    )


def _owner(body: str, saying: Saying, named: Callable[[Place], Voice]) -> Voice | None:
    """The newspaper of "the newspaper's sources"; None where the speaker is nobody's source."""
    if saying.speaker is None:
        return None
    start, end = saying.speaker
    phrase = body[start:end]
    for mark in ("’s ", "'s ", "s’ ", "s' "):
        if phrase.split()[-1].lower() in ("source", "sources") and mark in phrase:
            owner = named((start, start + phrase.index(mark) + mark.startswith("s")))
            return owner if owner.kind == "media" else None
    return None


def chain_of(document: Document, mouths: Mouths, outer: tuple[Link, ...] = ()) -> tuple[Link, ...]:
    """The whole chain of a statement, the mouth nearest to the reader first.

    Args:
        outer: the chain of the statement inside which it stands, as `inside` gives it; empty for none.
    """
    links = list(outer or published(document))
    links += [_link("relay", voice) for voice in mouths.through]
    links += [_link("reporter", _ourselves(document, voice)) for voice in mouths.told]
    if mouths.owner:
        links.append(_link("reporter", mouths.owner))
    if mouths.cited:
        links += [_link("reporter", mouths.speaker), _link("origin", mouths.cited)]
    else:
        links.append(_link("origin", mouths.speaker))
    return tuple(links)


def published(document: Document) -> tuple[Link, ...]:
    """Whose page, whose paper, whose text: what the document states, each name once.

    A person who wrote for the paper that published is part of it: the byline stands with the document.
    """
    stated: tuple[tuple[LinkRole, str], ...] = (
        ("republisher", document.republisher),
        ("author" if document.republisher else "publisher", document.author or document.publisher)
        if document.republisher
        else ("publisher", document.publisher or document.author),
    )
    links: list[Link] = []
    for role, name in stated:
        if name and name.casefold() not in {link.name.casefold() for link in links}:
            links.append(Link(role=role, name=name))
    return tuple(links)


def inside(outer: tuple[Link, ...], *, verb: str, medium: bool, belief: bool) -> tuple[Link, ...]:
    """The chain of a statement as far as one inside it has it too.

    Who spoke there says what others think, denies what others said, or passes it on.

    Args:
        verb: by which it was said there.
        medium: whether a newspaper or the like said it there.
        belief: whether the inner statement is what somebody is said to think.
    """
    if not outer:
        return ()
    role: LinkRole = "relay"
    if belief:
        role = "characteriser"
    elif verb in DENIALS:
        role = "denier"
    elif medium:
        role = "reporter"
    return (*outer[:-1], replace(outer[-1], role=role))


def _link(role: LinkRole, voice: Voice) -> Link:
    """A voice as a mouth of a chain. Nobody in particular is not named."""
    return Link(role=role, name=voice.name, named=bool(voice.name) and voice.kind not in _UNNAMED)


def _ourselves(document: Document, voice: Voice) -> Voice:
    """The document's own publisher, where a text says "this newspaper"."""
    own = document.author if document.republisher else document.publisher
    words = voice.name.lower().split()
    return Voice(name=own, kind="media") if own and words[:1] == ["this"] and words[-1] in MEDIA_NOUNS else voice
