"""What a bulletin says in each language: the phrases of `phrases.toml`, filled in, and figures and times in words.

Nothing else in this folder holds words that are printed. The Ukrainian wording was not reviewed by a native legal
translator (docs/bulletins.md).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from truceline.base.time import from_us, zone_of
from truceline.base.units import US_PER_S
from truceline.model.bulletin import Bulletin, Language, Total
from truceline.model.coverage import OBSERVED_PERMILLE
from truceline.report.totals import LEAST_US, per_watched_day, rate_figure

WITHHELD = "[withheld]"  # a person's text that an automatic bulletin leaves out: the phrase `withheld` is printed
TOLD = ("claims", "casualties", "damage", "restrictions")  # totals of what is told, not seen: coverage does not apply
CALM = ("events", "breach")  # totals whose zero could be read as calm

# key -> language -> the phrase; of a few keys, its forms by number
PHRASES: Mapping[str, Mapping[str, str | Sequence[str]]] = tomllib.loads(
    files("truceline.report.bulletins").joinpath("phrases.toml").read_text(encoding="utf-8")
)

_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "uk": (
        "січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня",
        "листопада", "грудня",
    ),
}  # fmt: skip
_MINUTE_US = 60 * US_PER_S
_GROUPS: dict[Language, str] = {"en": ",", "uk": "\u00a0"}
_POINTS: dict[Language, dict[int, str]] = {"en": {}, "uk": {ord(","): "\u00a0", ord("."): ","}}


def said(language: Language, key: str, values: Mapping[str, object] | None = None) -> str:
    """The phrase `key` in a language, its {names} filled in."""
    phrase = PHRASES[key][language]
    assert isinstance(phrase, str), f"{key} has forms by number"
    return phrase.format_map(dict(values or {}))


def counted(language: Language, key: str, number: int, values: Mapping[str, object] | None = None) -> str:
    """The phrase `key` in the form that `number` asks for; the number itself is {n}."""
    forms = PHRASES[key][language]
    assert not isinstance(forms, str), f"{key} has one form"
    return forms[plural_form(language, number)].format_map({"n": figure(language, number), **(values or {})})


def plural_form(language: Language, number: int) -> int:
    """Which form of a word a number asks for, from 0. Source: Unicode CLDR plural rules, en and uk, whole numbers."""
    if language == "en":
        return 0 if number == 1 else 1
    tens, ones = number % 100, number % 10
    if ones == 1 and tens != 11:
        return 0
    return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2


def figure(language: Language, number: int) -> str:
    """A number in figures, in groups of three."""
    return f"{number:,}".replace(",", _GROUPS[language])


def moment(language: Language, instant_us: int, zone: str) -> str:
    """`4 March 2027, 06:12 (UTC+02:00)`: seconds only where there are any; always with its offset."""
    local = from_us(instant_us // US_PER_S * US_PER_S).astimezone(zone_of(zone))
    clock, offset = local.strftime("%H:%M:%S" if local.second else "%H:%M"), local.strftime("%z")
    return f"{day_of(language, instant_us, zone)[0]}, {clock} (UTC{offset[:3]}:{offset[3:5]})"


def day_of(language: Language, instant_us: int, zone: str) -> tuple[str, bool]:
    """The local day as `4 March 2027`, and whether it begins at this very instant."""
    local = from_us(instant_us).astimezone(zone_of(zone))
    year = f"{local.year} року" if language == "uk" else str(local.year)
    words = f"{local.day} {_MONTHS[language][local.month - 1]} {year}"
    return words, (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A bulletin, and the language that it is being written in."""

    made: Bulletin
    language: Language
    titles: dict[str, str]

    def say(self, key: str, values: dict[str, object] | None = None) -> str:
        """The phrase `key`."""
        return said(self.language, key, values)

    def number(self, number: int) -> str:
        """A number in figures."""
        return figure(self.language, number)

    def moment(self, instant_us: int) -> str:
        """An instant in the mission's zone."""
        return moment(self.language, instant_us, self.made.zone)

    def span(self, first_us: int, last_us: int) -> str:
        """A closed time, no sharper than it was recorded: a whole day reads as a day, a minute as a minute."""
        first_day, last_day, after_day = (
            day_of(self.language, each_us, self.made.zone) for each_us in (first_us, last_us, last_us + 1)
        )
        if first_day[1] and after_day[1]:
            days: dict[str, object] = {"day": first_day[0], "first": first_day[0], "last": last_day[0]}
            return self.say("day" if first_day[0] == last_day[0] else "days", days)
        minutes = [each_us // _MINUTE_US * _MINUTE_US for each_us in (first_us, last_us)]
        if last_us - first_us < US_PER_S:
            return self.moment(first_us)
        first, last = (self.moment(each_us) for each_us in minutes)
        return first if first == last else f"{first} – {last}"

    def code(self, family: str, code: str, unknown: str = "not_stated") -> str:
        """The phrase of a code of one of our closed lists; a code from elsewhere as it stands."""
        if not code:
            return self.say(unknown)
        return self.say(f"{family}.{code}") if f"{family}.{code}" in PHRASES else code.replace("_", " ")

    def party(self, name: str) -> str:
        """A party by its declared title; whoever is not declared by the name that was given."""
        return self.titles.get(name, name) or self.say("not_stated")

    def parties(self, names: Iterable[str]) -> str:
        """Several parties by their titles."""
        return ", ".join(self.party(name) for name in names)

    def person(self, text: str) -> str:
        """What a person wrote, as it stands."""
        return self.say("withheld") if text == WITHHELD else text or self.say("not_stated")

    def seen(self, permille: int | None) -> str:
        """A share is rounded down: never more than was seen."""
        return self.say("seen.unknown") if permille is None else self.say("seen.share", {"share": permille // 10})

    def share(self, permille: int | None) -> str:
        """A coverage in a table that is headed so."""
        return self.say("share.unknown") if permille is None else self.say("share", {"share": permille // 10})

    def rated(self, total: Total) -> str:
        """The coverage of a figure with its rate for a watched day, or with what its zero does not mean.

        A FLASH tells of one happening and not of a period: it has no rate.
        """
        share, period = total.coverage_permille, self.made.period
        seen: dict[str, object] = {"seen": self.share(share)}
        if self.made.level == "FLASH" or total.key == "none_seen":
            return self.share(share)
        if total.value == 0:
            calm = total.key in CALM and (share is None or share < OBSERVED_PERMILLE)
            return self.say("rate.zero", seen) if calm else self.share(share)
        span_us = period.until_us - period.from_us
        rate = per_watched_day(total.value, share, span_us)
        if rate is not None:
            return self.say("rate", seen | {"rate": rate_figure(rate).translate(_POINTS[self.language])})
        little = share is not None and span_us >= LEAST_US
        return self.say("rate.little", seen) if little else self.share(share)

    def total(self, key: str) -> Total:
        """One of its figures."""
        return next(total for total in self.made.totals if total.key == key)

    def part(self, key: str, name: str) -> int:
        """A summand of one of its figures."""
        return next((part.value for part in self.total(key).parts if part.name == name), 0)

    def near(self, lat_cdeg: int, lon_cdeg: int, error_m: int | None) -> str:
        """A place no sharper than its error; the radius in whole kilometres, rounded up."""
        digits = 2 if error_m is None or error_m < 10_000 else 1
        values: dict[str, object] = {
            "lat": self.say(f"lat.{'north' if lat_cdeg >= 0 else 'south'}", {"deg": self._degrees(lat_cdeg, digits)}),
            "lon": self.say(f"lon.{'east' if lon_cdeg >= 0 else 'west'}", {"deg": self._degrees(lon_cdeg, digits)}),
            "km": self.number(-(-(error_m or 0) // 1_000)),
        }
        return self.say("where.near_unknown" if error_m is None else "where.near", values)

    def _degrees(self, cdeg: int, digits: int) -> str:
        text = f"{abs(cdeg) / 100:.{digits}f}"
        return text.replace(".", ",") if self.language == "uk" else text

    def footing(self, kind: str, parties: Sequence[str]) -> str:
        """On what an event rests."""
        return self.say(f"footing.{kind}", {"party": self.parties(parties) or self.say("not_stated")})

    def columns(self, names: str) -> str:
        """Columns on which sources disagree, in words."""
        return ", ".join(self.code("column", name) for name in names.split())

    def announced(self, stated: str) -> str:
        """Whether a restriction was announced before."""
        return self.say(stated if stated in ("yes", "no") else "not_stated")

    def part_name(self, key: str, name: str) -> str:
        """A summand of the total `key`."""
        kind, _, party = name.partition(":")
        if party:
            return self.say("part.party", {"party": self.party(party)})
        return self.code("impediment" if key == "restrictions" else "part", kind)
