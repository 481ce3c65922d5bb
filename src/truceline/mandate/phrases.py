"""Parts of sentences that all of a mandate's English shares: lists, terms, moments, places, who is meant."""

from collections.abc import Mapping, Sequence

from truceline.base.time import local_words
from truceline.base.units import S_PER_UNIT, distance_words, duration_words
from truceline.mandate.parse.tree import seconds_stated
from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG
from truceline.model.vocabulary import OBJECTS

ROLE_WORDS = {m.VIOLATOR: "the party found responsible", m.VICTIM: "the other party"}
_UNIT_WORDS = {"d": "day", "h": "hour", "min": "minute", "s": "second"}
_VOCABULARY = {  # words of the vocabulary that people write otherwise
    "mlrs": "multiple rocket launcher",
    "mlrs_heavy": "heavy multiple rocket launcher",
    "uav_image": "drone image",
    "satellite": "satellite image",
    "acoustic": "acoustic sensor",
    "heard": "hearing",
    "seen": "sight",
    "news": "news report",
    "told": "account of others",
}
_PLURALS = {"refinery": "refineries", "gas_storage": "gas storage sites", "other": "other objects"}  # of others: + s
_PLACE_WORDS = {
    "in": "in {name}",
    "outside": "outside {name}",
    "within": "within {far} of {name}",
    "beyond": "farther than {far} from {name}",
    "across": "on the other side of {name}",
}


def titles_of(mandate: m.Mandate) -> Mapping[str, str]:
    """Each party, body and role by its name, as a sentence calls it."""
    named: tuple[m.Party | m.Body, ...] = (*mandate.parties, *mandate.bodies)
    return {**{each.name: each.title or each.name for each in named}, **ROLE_WORDS}


def listed(names: Sequence[str], word: str) -> str:
    """`a, b or c`, as they stand."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" {word} {names[-1]}"


def plainly(names: Sequence[str], word: str) -> str:
    """The same with words of the vocabulary as people write them: `power plant`, `Tornado-S`."""
    return listed([_plain(name) for name in names], word)


def objects_words(names: Sequence[str]) -> str:
    """What an act is done to: `ENERGY or ports`."""
    return listed([_PLURALS.get(name, f"{_plain(name)}s") if name in OBJECTS else name for name in names], "or")


def _plain(name: str) -> str:
    if name in BY_SLUG:
        return BY_SLUG[name].aliases[0]
    return _VOCABULARY.get(name) or (name.replace("_", " ") if name.islower() else name)


def capital(words: str) -> str:
    """The first letter as at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def counted(number: int, noun: str) -> str:
    """`1 source`, `2 sources`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(permille: int) -> str:
    """`805` as `80.5 %`."""
    return f"{permille / 10:g} %"


def window_words(window_s: int) -> str:
    """`24 hours` rather than `1 day`: a window slides, a day does not."""
    hour_s, day_s = S_PER_UNIT["h"], S_PER_UNIT["d"]
    return f"{window_s // hour_s} hours" if window_s in (day_s, 2 * day_s) else duration_words(window_s)


def term_words(term_s: int) -> str:
    """`72 hours`, and days only above three of them: a term runs on the clock, and no day in it is left out."""
    hours, rest_s = divmod(term_s, S_PER_UNIT["h"])
    return counted(hours, "hour") if not rest_s and term_s <= 3 * S_PER_UNIT["d"] else duration_words(term_s)


def moment_words(at_s: int, entry: str, header: m.Header) -> str:
    """`3 Mar 2015 00:00`, or `the 11th day after entry into force (20 Jun 1999 00:00)`."""
    date = local_words(at_s, header.zone)
    if not entry:
        return date
    number, unit = _parted(entry)
    if number == 0:
        return f"entry into force ({date})"
    if unit == "d":
        return f"the {_ordinal(number)} {_working(header)}day after entry into force ({date})"
    return f"{counted(number, _UNIT_WORDS[unit])} after entry into force ({date})"


def deadline_words(at_s: int, entry: str, header: m.Header) -> str:
    """`before 1 Mar 2025 00:00`, or `within 72 hours of entry into force (before 12 Jun 1999 00:00)`."""
    date = local_words(at_s, header.zone)
    if not entry or seconds_stated(entry) == 0:
        return f"before {moment_words(at_s, entry, header)}"
    number, unit = _parted(entry)
    kind = _working(header) if unit == "d" else ""
    return f"within {counted(number, f'{kind}{_UNIT_WORDS[unit]}')} of entry into force (before {date})"


def period_words(period: m.Period, header: m.Header) -> str:
    """` from … until …`, with a blank before it; empty for a period that is open at both ends."""
    since = until = ""
    if period.from_s is not None:
        since = f" from {moment_words(period.from_s, period.from_entry, header)}"
    if period.until_s is not None:
        until = f" until {moment_words(period.until_s, period.until_entry, header)}"
    return since + until


def places_words(places: Sequence[m.Place], parties: int) -> str:
    """` in park and within 1 km of contact`; of several parties `, each within 25 km of its own baseline,`."""
    stated = [
        _PLACE_WORDS[place.kind].format(
            far=distance_words(place.distance_m),
            name="its own baseline" if place.feature == m.BASELINE else place.feature,
        )
        for place in places
    ]
    if parties > 1 and any(place.feature == m.BASELINE for place in places):
        return f", each {listed(stated, 'and')},"
    return f" {listed(stated, 'and')}" if stated else ""


def _parted(stated: str) -> tuple[int, str]:
    """`11d` as 11 and `d`."""
    number = stated.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(number), stated[len(number) :]


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _working(header: m.Header) -> str:
    return "working " if header.days == "working" else ""
