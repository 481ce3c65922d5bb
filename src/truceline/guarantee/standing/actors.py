"""Which actors a text names, who a speaker is, and for whom somebody speaks.

`actors.csv` lists the members and observers of the United Nations and some organisations: facts for finding names,
and nothing more. To be listed, or not to be, says nothing of anybody's status; a mission enters actors of its own, and
their names come first.
Source: ISO 3166-1 alpha-3; English names as in CLDR 46; capitals, adjectives and seats as widely printed.

Limits: English. A name that is also a person's or a river's may be taken for the state; who is not surely told is "".
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

from truceline.model.actor import Actor, ActorKind

Sort = Literal["name", "adjective", "capital", "seat"]
NOBODY: Mapping[str, Actor] = MappingProxyType({})
Found = tuple[int, int, str]  # start, end, actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One way to name an actor. Written in small letters only where the ledger wrote it so."""

    text: str
    actor_id: str
    sort: Sort = "name"


Aliases = Mapping[str, tuple[Alias, ...]]  # by the first word, the longest first


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_IRREGULAR = {
    "say": "said",
    "tell": "told",
    "have": "has had having",
    "make": "made",
    "give": "gave given",
    "take": "took taken",
    "send": "sent",
    "seek": "sought",
    "keep": "kept",
    "hold": "held",
    "think": "thought",
    "understand": "understood",
    "put": "putting",
    "set": "setting",
    "see": "saw seen",
    "deny": "denies denied",
    "reply": "replies replied",
    "rule": "ruled",
    "leave": "left",
    "withdraw": "withdrew withdrawn",
    "find": "found",
    "do": "does did",
}


def forms_of(verbs: str) -> frozenset[str]:
    """Each verb with its endings: "deny" gives denies, denied, denying. Args: verbs: lemmas between spaces."""
    made: set[str] = set()
    for verb in verbs.split():
        stem = verb[:-1] if verb.endswith("e") else verb
        made |= {
            verb,
            f"{verb}s",
            f"{verb}es",
            f"{stem}ed",
            f"{stem}ing",
            f"{verb}{verb[-1]}ed",
            f"{verb}{verb[-1]}ing",
        }
        if verb.endswith("y"):
            made |= {f"{verb[:-1]}ies", f"{verb[:-1]}ied"}
        made |= _words(_IRREGULAR.get(verb, ""))
    return frozenset(made)


# What a government does or says: after the name of a capital, one of these makes it the government.
_POSITION = forms_of(
    "say state add announce report claim argue insist warn note explain confirm deny declare reiterate repeat reply "
    "respond "
    "conclude suggest indicate emphasize emphasise stress allege assert contend maintain remark comment concede admit "
    "acknowledge disclose signal hint imply caution accuse praise criticize criticise blame condemn denounce urge "
    "call demand "
    "request ask appeal propose offer promise pledge vow commit agree refuse decline reject dismiss rule threaten "
    "welcome "
    "support oppose endorse back recommend believe think hope expect want wish fear consider intend plan seek decide "
    "understand prefer favor favour discuss weigh mull explore view regard express voice object resist block veto "
    "accept "
    "approve need require send deploy contribute join provide supply deliver give take make help allow afford host "
    "train "
    "guarantee participate withdraw pull lift impose suspend sign hold keep put set negotiate mediate lead cooperate "
    "violate "
    "try do invite recognise recognize ratify fund finance pay equip monitor withhold cancel pause halt resume "
    "exclude study examine inquire assess pay drop know write live"
)
_AUXILIARY = _words(
    "has have had is are was were would will could may might can cannot must should shall also again later still now "
    "not "
    "never only once since already yet long often soon just even both does did do be been being and that it"
)
_READY = _words(
    "ready willing prepared opposed against reluctant open unwilling keen determined hesitant cautious sceptical"
)
_TOWARD = forms_of(
    "urge ask tell warn accuse press involve invite blame support back thank help pressure convince persuade allow "
    "include "
    "exclude consult inform assure join criticize criticise praise condemn sanction lobby remind"
) | _words("by with against between")
# What a state has: after an adjective of nationality, or a capital's 's, one of these makes it the state.
_OF_A_STATE = _words(
    "ministry minister ministers president presidency government governments chancellor premier prime parliament "
    "authorities "
    "administration leadership leader leaders cabinet spokesman spokeswoman spokesperson envoy envoys ambassador "
    "ambassadors "
    "embassy delegation diplomacy diplomat diplomats official officials side participation involvement support "
    "contribution "
    "contributions troops troop forces soldiers peacekeepers army military navy force contingent contingents battalion "
    "battalions brigade personnel observers monitors police weapon weapons arms aircraft jets missiles missile drone "
    "drones "
    "proposal proposals position positions offer offers demand demands condition conditions readiness willingness "
    "approval "
    "consent presence plan plans initiative role guarantee guarantees aid assistance help backing backstop commitment "
    "commitments pledge pledges refusal opposition objection objections veto attitude policy stance view intelligence "
    "logistics airlift air engineers instructors trainers strike strikes attack attacks offensive aggression "
    "propaganda "
    "companies industry parliamentarians senate congress president's minister's state republic federation mediation "
    "representative representatives negotiator negotiators partners allies general chief secretary deployment "
    "attendance "
    "response responses request requests reaction invitation interests deputy foreign defence defense"
)
_STOPS_A_NAME = _words(
    "in on of to by for with that who which from at as newspaper newspapers daily media outlet magazine broadcaster "
    "agency "
    "people citizens territory soil crisis public opinion food language is was are were has have"
)
_PLACE_BEFORE = re.compile(
    r"(?:\b(?:in|into|inside|across|throughout|within|near|around|outside|over|at)|"
    r"\b(?:sen[dt]\w*|deploy\w*|dispatch\w*|go|goes|going|went|travel\w*|flew|fly\w*|trip|visit|troops|forces|"
    r"peacekeepers|"
    r"soldiers|personnel|monitors|observers)\b[^.,;\n]{0,25}\bto)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_SEAT_PLACE = re.compile(r"\b(?:at|in|outside|inside|near|to|into|around|from)\s+(?:the\s+)?$", re.IGNORECASE)
_SEAT_EVENT = re.compile(r"\s+(?:meetings?|talks|summit|visit|press room|ceremony)\b")
_BETWEEN = re.compile(r"\bbetween\s+(?:\w+\s+and\s+)?$")
_ASIDE = re.compile(r"^,\s*(?:however|meanwhile|though|in turn|for its part|too|by contrast),")
_WORD = re.compile(r"[^\W\d_][\w.'-]*")
_START = re.compile(r"(?<![\w-])[^\W\d_][^\W_]*")
_AFTER = re.compile(r"-(?:based|born|language|brokered|occupied|held|controlled)\b|\w")
_NEXT_TO_IT = "Post|Times|Daily|Journal|Independent|Herald|Tribune|Gazette|Broadcasting"
_NAME_OF_ANOTHER = re.compile(
    rf"\s+(?:{_NEXT_TO_IT}|Sea|River|Valley|Canal|Delta|Strait|Protocol|Agreements?|Accords?)\b"
)
_OTHER_BEFORE = re.compile(
    r"\b(?:Northern|New|Inner|Latin|Gulf of|Lake|Bank of|Voice of|Radio|South|North|Times of|Sea of|University of|"
    r"Michael|"
    r"pro-|anti-)\s?$"
)


@cache
def gazetteer() -> Mapping[str, Actor]:
    """The states and organisations of the list, by id."""
    made = {}
    for row in _rows():
        names = (each for column in ("names", "capitals", "seats") for each in row[column].split(";") if each)
        kind: ActorKind = "state" if row["kind"] == "state" else "organisation"
        made[row["actor_id"]] = Actor(actor_id=row["actor_id"], kind=kind, name=row["name"], names=tuple(names))
    return MappingProxyType(made)


def _rows() -> Iterator[dict[str, str]]:
    content = resources.files("truceline.guarantee.standing").joinpath("actors.csv").read_text("utf-8")
    yield from csv.DictReader(line for line in content.splitlines() if not line.startswith("#"))


@cache
def _listed() -> Aliases:
    found = []
    for row in _rows():
        sorts: tuple[tuple[Sort, str], ...] = (
            ("name", f"{row['name']};{row['names']}"),
            ("capital", row["capitals"]),
            ("adjective", row["adjectives"]),
            ("seat", row["seats"]),
        )
        found += [
            Alias(text=each.replace("’", "'"), actor_id=row["actor_id"], sort=sort)
            for sort, names in sorts
            for each in names.split(";")
            if each
        ]
    return _indexed(found)


@lru_cache(maxsize=8)
def _own(actors: tuple[Actor, ...]) -> Aliases:
    """The ledger's own actors: every name is a name, except a state's capitals and adjectives, which the list knows."""
    elsewhere = {alias.text: alias for group in _listed().values() for alias in group if alias.sort != "name"}
    return _indexed(
        [
            Alias(text=name.replace("’", "'"), actor_id=actor.actor_id, sort=_sort_of(name, actor, elsewhere))
            for actor in actors
            if not actor.deleted
            for name in dict.fromkeys((actor.name, *actor.names))
            if len(name) > 1
        ]
    )


def _sort_of(name: str, actor: Actor, elsewhere: Mapping[str, Alias]) -> Sort:
    """What a name in the ledger is: as the list has it; of a state that is not listed, as its form tells."""
    other = elsewhere.get(name)
    if other and other.actor_id == actor.actor_id:
        return other.sort
    if actor.kind != "state" or actor.name in name or name.isupper():
        return "name"
    return "adjective" if name[:4] == actor.name[:4] and re.search(r"(?:n|ese|ish|i|ch|k)$", name) else "capital"


def _indexed(aliases: list[Alias]) -> Aliases:
    groups: dict[str, list[Alias]] = {}
    for alias in aliases:
        first = _START.search(alias.text)
        if first and first.start() == 0:
            groups.setdefault(first[0], []).append(alias)
    return {first: tuple(sorted(group, key=lambda a: (-len(a.text), a.actor_id))) for first, group in groups.items()}


def actors_named(text: str, known: Mapping[str, Actor] = NOBODY) -> list[Found]:
    """Where a text names actors: start, end, id; in order, none over another, the longest name first.

    An adjective of nationality counts where it stands for the state ("Chinese participation"), a capital where it says
    or holds something ("Moscow has said") and not where it is a place ("to Kyiv"); nor does a state that is only where
    something happens ("in Ukraine").

    Args:
        known: the ledger's own actors; their names come before the list's.
    """
    plain = text.replace("’", "'")
    own, listed = _own(tuple(known.values())), _listed()
    found: list[Found] = []
    reached = 0
    for match in _START.finditer(plain):
        if match.start() < reached:
            continue
        for alias in (*own.get(match[0], ()), *listed.get(match[0], ())):
            end = match.start() + len(alias.text)
            if plain.startswith(alias.text, match.start()) and not _AFTER.match(plain, end):
                if _is_actor(plain, match.start(), end, alias.sort):
                    found.append((match.start(), end, alias.actor_id))
                reached = end
                break
    return found


def _is_actor(text: str, start: int, end: int, sort: Sort) -> bool:
    before = text[max(0, start - 60) : start]
    if _NAME_OF_ANOTHER.match(text, end) or _OTHER_BEFORE.search(before):
        return False
    if sort == "adjective":
        return _has_what_states_have(text, end)
    if sort == "capital":
        return _is_metonym(text, end, before)
    if sort == "seat":
        return not _SEAT_PLACE.search(before) and not _SEAT_EVENT.match(text, end)
    return not _PLACE_BEFORE.search(before) or text.startswith("'s ", end)


def _next_words(text: str, end: int) -> list[str]:
    """Up to five words that follow in the same clause, in small letters."""
    after = _ASIDE.sub(" ", text[end : end + 80])
    clause = re.split(r"[,;:.!?\n“”\"()]", after, maxsplit=1)[0]
    return [word.lower() for word in _WORD.findall(clause)][:5]


def is_verb_of_position(word: str) -> bool:
    """Whether a word, right after the name of a state, makes it the subject: "has", "rejects", "sent"."""
    return word in _POSITION or word in _AUXILIARY


def _has_what_states_have(text: str, end: int) -> bool:
    for word in _next_words(text, end):
        if word in _OF_A_STATE:
            return True
        if word in _STOPS_A_NAME:
            return False
    return False


def _is_metonym(text: str, end: int, before: str) -> bool:
    """Whether a capital stands for its government: it says, holds, is asked, has a position, stands between two."""
    if text.startswith("'s ", end):
        return _has_what_states_have(text, end + 2)
    last = (before.split() or [""]).pop().lower()
    if last in _TOWARD or _BETWEEN.search(before) or before.lower().endswith(("according to ", "pressure on ")):
        return True
    if last in ("in", "to", "from", "at", "near", "for", "into", "around", "outside", "of", "on", "over"):
        return False
    for number, word in enumerate(_next_words(text, end)):
        if word in _POSITION or (number and word in _READY):
            return True
        if word not in _AUXILIARY and not word.endswith("ly") and not text[end:].lstrip()[:3].istitle():
            return False
    return False


# --- who speaks -------------------------------------------------------------------------------------------

_ROLES = re.compile(
    r"\b(?:minist(?:er|ry)|president|presidency|chancellor|premier|prime minister|spokes(?:man|woman|person)|envoy|"
    r"ambassador|"
    r"secretary|representative|chief|head|government|commissioner|adviser|negotiator|chairman|chair|chairperson|king|"
    r"queen|"
    r"emir|sultan|general|admiral|leader|PM|director|speaker|delegation|embassy|mission|taoiseach|vice-president|"
    r"deputy)\b",
    re.IGNORECASE,
)
_NO_VOICE = re.compile(
    r"\b(?:former|ex-|opposition|lawmakers?|MPs?|senators?|analysts?|experts?|sources?|officials|diplomats|newspaper|"
    r"daily|"
    r"magazine|broadcaster|paper|professor|historian|activist|journalist|candidate|retired|insiders?|reporters?|"
    r"bloggers?)\b",
    re.IGNORECASE,
)
_GENITIVE = re.compile(r"\b(?:of|for|to|from)\s+(?:the\s+)?(?P<whose>[A-ZÉ].*)$")
_QUALIFIER = re.compile(r"^(?:(?:acting|deputy|senior|outgoing|incoming|newly elected|top|chief) )+", re.IGNORECASE)
_GOVERNMENT = re.compile(
    r"(?:government|authorities|state|republic|kingdom) of (?:the )?(?P<of>.+)|"
    r"(?P<whose>.+?)(?:'s?)? (?:government|authorities)",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"\b(?:sources?|insiders?|diplomats|officials|aides|people familiar|persons? familiar|envoys|negotiators|"
    r"(?:an?|one|another) (?:[\w-]+ ){0,5}(?:official|diplomat|source|aide|envoy|officer|insider))\b",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"^(?:many|some|most|others|several|few|critics|experts|analysts|observers|sceptics|skeptics|commentators|no one|"
    r"nobody|"
    r"everyone|people)\b|\b(?:experts|analysts|observers|commentators|critics|researchers|economists|historians)$",
    re.IGNORECASE,
)
_MEDIA = re.compile(
    r"\b(?:newspapers?|dail(?:y|ies)|news agency|magazine|broadcaster|outlets?|the paper|media|weekly|wire service|"
    r"news site|"
    r"tabloid|the agency|the site|website)\b|"
    r"\b(?:Reuters|AFP|Agence France-Presse|Associated Press|TASS|Xinhua|Bloomberg|BBC|CNN|Politico|Welt|Axios|"
    r"Interfax|"
    r"Ukrinform|Suspilne|DPA|ANSA|Kyodo|Yonhap|RIA Novosti|Spiegel|Bild|Guardian|Telegraph|Le Monde|Le Figaro|El País|"
    r"Izvestia|"
    r"Kommersant|Meduza|Al Jazeera|Deutsche Welle|Euronews|PAP|TVP World|Anadolu|Nikkei|Global Times|CCTV|RT)\b|"
    r"\b(?:Post|Times|Journal|Herald|Tribune|Gazette|Courier|Zeitung|News|Daily|Independent|Economist|Broadcasting|"
    r"Radio|TV)$",
)
_THINK_TANK = re.compile(
    r"\b(?:institutes?|institution|think[- ]tanks?|cent(?:er|re) for|foundation|crisis group|observatory|council on|"
    r"chatham house|universit(?:y|ies)|policy group|study group|rand corporation|study of war)\b",
    re.IGNORECASE,
)
_COALITION = re.compile(
    r"\bcoalition\b|\b(?:countries|states|nations|allies|capitals|governments|members|partners|powers)\b", re.IGNORECASE
)
_OFFICE_ALONE = re.compile(
    r"^(?:[\w'.-]+ )*?(?:ministry|embassy|presidency|office|government|general staff|department)$", re.I
)
_TITLE_ONLY = re.compile(
    r"\b(?:President|Minister|Chancellor|Premier|Secretary|Ambassador|PM|General|Commissioner|Envoy)$"
)
_TWO_NAMES = re.compile(r"(?:[A-ZÀ-Ý][\w'’-]+\s+){1,3}[A-ZÀ-Ý][\w'’-]+$")


def actor_of(speaker: str, known: Mapping[str, Actor] = NOBODY) -> str:
    """The actor that a speaker is; "" where that is not sure: "Beijing" is CHN, of "Guo Jiakun" only the ledger "
    "knows."""
    name = _bare(speaker)
    if not name:
        return ""
    ours = [alias for group in _own(tuple(known.values())).values() for alias in group]
    lowered = name.casefold()
    for found in (
        {alias.actor_id for alias in ours if alias.text.casefold() == lowered},
        {alias.actor_id for alias in ours if " " in alias.text and lowered.endswith(f" {alias.text.casefold()}")},
        {a.actor_id for a in ours if known[a.actor_id].kind == "person" and a.text.casefold().endswith(f" {lowered}")},
    ):
        if found:
            return found.pop() if len(found) == 1 else ""
    return _state_of(name, known)


def _bare(name: str) -> str:
    """A name without quotation marks, article and possessive ending."""
    plain = name.replace("’", "'").strip(" \"“”',.;")
    return re.sub(r"^(?:the|a|an)\s+(?=\S)|'s?$", "", plain, flags=re.IGNORECASE)


def _state_of(name: str, known: Mapping[str, Actor]) -> str:
    """The actor that a whole name stands for, government and all: "Government of Kenya", "the French authorities"."""
    found = _exactly(name, known)
    if found:
        return found
    government = _GOVERNMENT.fullmatch(name)
    return (
        _exactly(government["of"] or government["whose"], known, ("name", "adjective", "capital")) if government else ""
    )


def _exactly(name: str, known: Mapping[str, Actor], sorts: tuple[Sort, ...] = ("name", "capital", "seat")) -> str:
    for alias in _beginning(name, known):
        if alias.text == name and alias.sort in sorts:
            return alias.actor_id
    return "" if name.startswith("The ") or not name[:1].isalpha() else _exactly(f"The {name}", known, sorts)


def _beginning(name: str, known: Mapping[str, Actor]) -> tuple[Alias, ...]:
    """The names of states, organisations and coalitions that begin with the first word of this one, the ledger's "
    "first."""
    first = _START.match(name)
    if first is None:
        return ()
    own = _own(tuple(known.values())).get(first[0], ())
    acting = (alias for alias in own if known[alias.actor_id].kind in ("state", "organisation", "coalition"))
    return (*acting, *_listed().get(first[0], ()))


def speaks_for(speaker: str, kind: ActorKind, known: Mapping[str, Actor] = NOBODY) -> str:
    """The state or organisation for which somebody speaks by office; "" where that is not told or not sure.

    "Chinese Foreign Ministry spokesman Guo Jiakun" and "a spokesman for the Kremlin" do; "senior EU diplomats", a group
    without a name, a former minister and a newspaper do not.
    """
    name = _bare(speaker)
    if kind in ("media", "think_tank", "unnamed_group", "generic", "coalition") or not name:
        return ""
    if " and " in name and len({actor_id for *_, actor_id in actors_named(name, known)}) > 1:
        return ""  # two are not one
    whole = _state_of(name, known)
    if whole or _NO_VOICE.search(name):
        return whole
    role = _ROLES.search(name)
    if role is None:
        return ""
    leading = _leading(_QUALIFIER.sub("", name), known)
    if leading:
        return leading
    genitive = _GENITIVE.search(name, role.end())
    return _leading(genitive["whose"], known) if genitive else ""


def _leading(name: str, known: Mapping[str, Actor]) -> str:
    """The actor with whose name, adjective or seat a title begins."""
    return next(
        (
            alias.actor_id
            for alias in _beginning(name, known)
            if name.startswith(alias.text) and not _AFTER.match(name, len(alias.text))
        ),
        "",
    )


def group_id(name: str) -> str:
    """The id of a group that acts together, of its name without those given as examples: capitals and hyphens.

    "European countries such as France and Britain" are EUROPEAN-COUNTRIES: what they say binds none of the two.
    """
    whole = re.split(r",|\b(?:such as|including|like|among them|mainly|led by)\b", _bare(name), maxsplit=1)[0]
    words = re.findall(r"[A-Z0-9]+", unicodedata.normalize("NFKD", whole).encode("ascii", "ignore").decode().upper())
    return "-".join(words)[:60].strip("-")


def kind_of_speaker(speaker: str, known: Mapping[str, Actor] = NOBODY) -> ActorKind:
    """What sort of speaker a name is, as far as its words tell; `generic` where they tell nothing."""
    name = _bare(speaker)
    ours = known.get(actor_of(speaker, known)) if name else None
    if ours is not None:
        return ours.kind
    for kind, pattern in _KINDS:
        if pattern.search(speaker.strip()):
            return kind
    listed = gazetteer().get(_state_of(name, known))
    if listed is not None:
        return listed.kind
    if _COALITION.search(name):
        return "coalition"
    if _TITLE_ONLY.search(name):
        return "office"
    if _TWO_NAMES.search(name) and not _OFFICE_ALONE.match(name):
        return "person"
    if _ROLES.search(name):
        return "office"
    return "person" if re.fullmatch(r"[A-ZÀ-Ý][\w'-]+", name) else "generic"


_KINDS: tuple[tuple[ActorKind, re.Pattern[str]], ...] = (
    ("unnamed_group", _UNNAMED),
    ("media", _MEDIA),
    ("think_tank", _THINK_TANK),
    ("generic", _GENERIC),
)
