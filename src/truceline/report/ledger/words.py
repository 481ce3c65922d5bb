"""Dates, stances, amounts, chains and conditions of the ledger in words; what is not stated is said to be so."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from truceline.model.actor import Actor
from truceline.model.document import Dated, Document
from truceline.model.ledger_view import Answer
from truceline.model.pledge import Pledge
from truceline.model.scenario import Outcome, Scenario
from truceline.model.statement import Link, Statement
from truceline.report.totals import clean, listed

NOT_STATED = "not stated"
NAME_SIGNS = 60  # of a name in a table; pages of actors and CSV files hold it whole
QUOTE_SIGNS = 320  # of a quotation in a table; the sentences at the end hold it whole
OUTCOMES: Mapping[Outcome, str] = {
    "possible": "+ possible",
    "impossible": "× impossible",
    "not_decided": "? not decided",
}
RELATION_WORDS = {
    "denies": ("denies", "is denied by"),
    "contradicts": ("contradicts", "is contradicted by"),
    "tension": ("sits ill with", "sits ill with"),
    "incompatible_demand": ("demands what cannot be together with", "demands what cannot be together with"),
    "opposes": ("opposes", "is opposed by"),
    "updates": ("updates", "is updated by"),
    "restates": ("restates", "is restated by"),
    "corroborates": ("corroborates", "is corroborated by"),
    "elaborates": ("elaborates", "is elaborated by"),
    "continues": ("continues", "is continued by"),
    "hedge_drift": ("tells with another degree of doubt than", "is told with another degree of doubt by"),
}
CLOSED_WORLD = "what nobody states is taken not to be so"

_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_POINT = re.compile(r"(\d{4}|XXXX)(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(.*))?)?)?")


def short(text: object, most: int = NAME_SIGNS) -> str:
    """Text as it may be printed, cut where it is longer than `most` characters."""
    words = " ".join(clean(text).split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def quoted(words: str, most: int = QUOTE_SIGNS) -> str:
    """Words in quotation marks, unless they bring their own."""
    cut = short(words, most)
    return cut if cut[:1] in '“"«„' and cut else f"“{cut}”"


def plain_word(word: str) -> str:
    """`not_ruled_out` as `not ruled out`."""
    return clean(word).replace("_", " ") or NOT_STATED


def counted(number: int, one: str, many: str = "") -> str:
    """`1 statement`, `3 statements`, `0 statements`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# --- dates ------------------------------


def date_words(dated: Dated) -> str:
    """A date no sharper than it is known: `23 March 2025`, `March 2025`, `by 23 March 2025`, `not stated`."""
    first, slash, last = dated.value.partition("/")
    if not slash or not all(each in ("..", "") or _POINT.fullmatch(each) for each in (first, last)):
        return _point_words(dated.value)
    if first in ("..", ""):
        return f"by {_point_words(last)}"
    if last in ("..", ""):
        return f"{_point_words(first)} or later"
    return f"between {_point_words(first)} and {_point_words(last)}"


def said_words(dated: Dated) -> str:
    """The same beside other words, where `not stated` alone would not say what is not."""
    return date_words(dated) if dated.value else f"date {NOT_STATED}"


def _point_words(value: str) -> str:
    """One end of a date. What is not in the form that is written here is printed as it stands."""
    found = _POINT.fullmatch(value)
    if found is None:
        return short(value) or NOT_STATED
    year, month, day, clock, zone = found.groups()
    if month is None:
        return year
    season = _SEASONS.get(month, "")
    if not season and not 1 <= int(month) <= 12:
        return short(value)
    name = season or _MONTHS[int(month) - 1]
    said = f"{int(day)} {name}" if day else name
    said += ", year not stated" if year == "XXXX" else f" {year}"
    return f"{said}, {clock} {'UTC' if zone == 'Z' else zone}".rstrip() if clock else said


def day_number(day: str) -> int | None:
    """A day as a number to draw by; None where it is open or no day."""
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return None


# --- who ------------------------------


def name_words(actor_id: str, actors: Mapping[str, Actor]) -> str:
    """An actor's name with its id; deleted ones say so; an id that nobody entered stands for itself."""
    known = actors.get(actor_id)
    if not actor_id:
        return NOT_STATED
    if known is None or known.name in ("", actor_id):
        return short(actor_id) + (" (deleted)" if known and known.deleted else "")
    return f"{short(known.name)} ({short(actor_id, 24)}{', deleted' if known.deleted else ''})"


def name_alone(actor_id: str, actors: Mapping[str, Actor]) -> str:
    """An actor's name, where its id would only take room."""
    known = actors.get(actor_id)
    return short(known.name if known and known.name else actor_id, 40) or NOT_STATED


def speaker_words(statement: Statement, actors: Mapping[str, Actor]) -> str:
    """Who said it, and for whom: `the minister, for Lindmark (LINDMARK)`."""
    behind = statement.speaks_for or statement.speaker_id
    said_by = short(statement.speaker)
    if not said_by or said_by.casefold() in (name_alone(behind, actors).casefold(), behind.casefold()):
        return name_words(behind, actors) if behind else f"speaker {NOT_STATED}"
    return f"{said_by}, for {name_words(statement.speaks_for, actors)}" if statement.speaks_for else said_by


def document_words(document: Document) -> str:
    """A document by its title, else by the name of its file."""
    return short(document.title or document.name or document.document_id, 90) or NOT_STATED


def publisher_words(document: Document) -> str:
    """Who published it, and on whose page it stood."""
    said = short(document.publisher) or f"publisher {NOT_STATED}"
    return f"{said}, on the page of {short(document.republisher)}" if document.republisher else said


def chain_words(chain: Sequence[Link]) -> str:
    """`Valley Post ← Halden Tagblatt ← diplomats (unnamed)`: from the reader to where it began."""
    if not chain:
        return f"chain {NOT_STATED}"
    return " ← ".join(_mouth(link) for link in chain)


def _mouth(link: Link) -> str:
    return (short(link.name) or NOT_STATED) if link.named else f"{short(link.name) or 'somebody'} (unnamed)"


def link_words(link: Link) -> str:
    """One mouth with its part and, where anybody judged them, reliability and credibility."""
    known = [f"reliability {link.reliability}"] * (link.reliability != "F")
    known += [f"credibility {link.credibility}"] * (link.credibility != 6)
    return f"{plain_word(link.role)}: {_mouth(link)}" + (f"; {', '.join(known)}" if known else "")


# --- pledges and scenarios ------------------------------


def amount_words(pledge: Pledge) -> str:
    """`24 drones`, `3 to 5 battalions`, `amount not stated`."""
    unit = short(pledge.unit, 40)
    if pledge.low is None and pledge.high is None:
        return f"amount {NOT_STATED}"
    if pledge.low is None:
        return f"up to {pledge.high:,} {unit}".rstrip()
    if pledge.high is None or pledge.high <= pledge.low:
        return f"{pledge.low:,} {unit}".rstrip()
    return f"{pledge.low:,} to {pledge.high:,} {unit}".rstrip()


def scenario_words(scenario: Scenario) -> str:
    """What is taken as given, in one sentence, without its name."""
    given = [f"fact {quoted(fact, 60)}" for fact in scenario.facts]
    given += [f"mandate of {short(each)}" for each in scenario.mandates]
    picked = [f"{short(name)} read as {quoted(label, 60)}" for name, label in scenario.readings]
    taken = f"taken as given: {listed([*given, *picked]) if given or picked else 'nothing'}"
    return f"pledges count from {quoted(plain_word(scenario.threshold))} on; {taken}; {CLOSED_WORLD}"


def given_words(answer: Answer) -> str:
    """Option, scenario and threshold: printed with every result."""
    option = answer.option
    left_open = (
        f"; left open, so either: {listed(quoted(each, 60) for each in option.open_facts)}" if option.open_facts else ""
    )
    source = short(option.source, 120) or NOT_STATED
    hashed = f" Input {answer.input_sha256[:16]}…" if answer.input_sha256 else ""
    return (
        f"Option: {short(option.name, 120)} (source: {source}). Scenario: {short(answer.scenario.name)}; "
        f"{scenario_words(answer.scenario)}{left_open}.{hashed}"
    )


def under_words(answer: Answer) -> str:
    """The scenario in a few words, under a table."""
    threshold = quoted(plain_word(answer.scenario.threshold))
    return f"Scenario {quoted(answer.scenario.name, 60)}, pledges from {threshold} on; {CLOSED_WORLD}"
