"""What two drafts state differently beside clauses: item by item, step by step, by name; no event is shown.

Everything that a text states is looked at, whether a clause uses it or not. The order of items, the mandate's own name
and its title mean nothing here; `same_meaning` is the net below all lists: one hash of each draft.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from truceline.base.time import local_words
from truceline.base.units import duration_words
from truceline.model import mandate as m
from truceline.terms.meaning import mandate_sha256

_KINDS = {
    "parties": "party",
    "bodies": "body",
    "lines": "line",
    "zones": "zone",
    "weapons": "weapons class",
    "objects": "class of objects",
    "standards": "evidence standard",
    "disputes": "dispute",
    "gates": "gate",
    "domains": "domain",
    "watches": "watch",
    "suspensions": "suspension",
}
_LABELS = {
    "in_force_s": "entry into force",
    "text": "file of the signed text",
    "text_sha256": "hash of the signed text",
    "zone": "time zone",
    "precision_s": "precision in time",
    "precision_m": "precision in place",
    "coverage_permille": "coverage needed",
    "path": "drawing",
    "error_m": "error",
    "later": "later drawings",
    "left": "side on the left",
    "right": "side on the right",
    "under": "acts under",
    "unbound": "why it is not bound",
    "excepted": "exceptions",
    "calibre_lo_mm": "least calibre",
    "calibre_hi_mm": "greatest calibre",
    "disputed": "disputed members",
    "groups": "independent sources",
    "sources": "independent sources",
    "confidence_permille": "least confidence",
    "counting": "what else may count",
    "cites": "citation",
    "every_s": "at least every",
    "findings": "findings needed",
    "breach_class": "class of breach",
    "window_s": "window",
    "restored_after_s": "restored after",
    "deadline_s": "deadline",
    "unattributed": "while nothing is attributed",
    "within_s": "within",
    "takes_s": "takes at least",
    "confirmer": "confirmed by",
    "most": "at most so many times",
    "exits": "where it leads",
}
_MANY = {"later", "readings", "places", "thresholds"}  # labels of which one says that they differ, no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One thing that the drafts state differently: its name, what kind of thing it is, and what changed."""

    item: str
    kind: str
    words: str


def same_meaning(old: m.Mandate, new: m.Mandate) -> bool:
    """Whether both drafts state the same, whatever their names, titles and the order of their items."""
    return mandate_sha256(_plain(old)) == mandate_sha256(_plain(new))


def _plain(mandate: m.Mandate) -> m.Mandate:
    ordered: dict[str, Any] = {
        field: tuple(sorted(getattr(mandate, field), key=lambda each: str(each.name)))
        for field in (*_KINDS, "clauses", "responses")
    }
    return replace(mandate, name="", header=replace(mandate.header, title=""), **ordered)


def compare_stated(old: m.Mandate, new: m.Mandate) -> tuple[Stated, ...]:
    """Everything but clauses that was added, removed or changed: header, items, attribution, steps and ends, by name.

    A response that only one draft has is told of by `compare_responses`.
    """
    headers = [replace(each.header, title="") for each in (old, new)]
    zones = old.header.zone, new.header.zone
    found = []
    if words := _changed(headers[0], headers[1], zones):
        found.append(Stated(item="mandate", kind="header", words=words))
    for field, kind in _KINDS.items():
        changed = _changed_by_name(getattr(old, field), getattr(new, field), zones)
        found += [Stated(item=name, kind=kind, words=words) for name, words in sorted(changed)]
    if words := _changed(old.attribution, new.attribution, zones):
        found.append(Stated(item="whose act it was", kind="attribution", words=words))
    after = {each.name: each for each in new.responses}
    pairs = [(each, after[each.name]) for each in old.responses if each.name in after]
    return (*found, *(each for pair in pairs for each in _of_response(*pair, zones)))


def _of_response(one: m.Response, other: m.Response, zones: tuple[str, str]) -> Iterator[Stated]:
    """What a response states differently, then each step and end of it."""
    heads = [replace(each, steps=(), ends=()) for each in (one, other)]
    if words := _changed(heads[0], heads[1], zones):
        yield Stated(item=one.name, kind="response", words=words)
    if one.steps[0].name != other.steps[0].name:
        words = f"begins with: {one.steps[0].name} → {other.steps[0].name}"
        yield Stated(item=one.name, kind="response", words=words)
    for kind, befores, afters in (("step", one.steps, other.steps), ("end", one.ends, other.ends)):
        for name, words in _changed_by_name(befores, afters, zones):
            yield Stated(item=f"{one.name}.{name}", kind=kind, words=words)


def _changed_by_name(
    befores: Iterable[Any], afters: Iterable[Any], zones: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """Name and words of each named item that differs, in the order of the first draft, then of the second."""
    before, after = ({each.name: each for each in items} for items in (befores, afters))
    for name in dict.fromkeys((*before, *after)):
        if words := _changed(before.get(name), after.get(name), zones):
            yield name, words


def _changed(one: object, other: object, zones: tuple[str, str]) -> str:
    """What differs between two items of one kind, None where a draft has none; empty: nothing."""
    if one == other:
        return ""
    if one is None or other is None:
        return "only in the second draft" if one is None else "only in the first draft"
    return "; ".join(_differences(one, other, zones))


def _differences(one: Any, other: Any, zones: tuple[str, str]) -> Iterator[str]:
    for field in fields(one):
        before, after = getattr(one, field.name), getattr(other, field.name)
        if not field.compare or before == after:
            continue
        label = _LABELS.get(field.name, field.name.replace("_", " "))
        if field.name in _MANY:
            yield f"{label} differ"
        else:
            yield f"{label}: {_words(field.name, before, zones[0])} → {_words(field.name, after, zones[1])}"


def _words(name: str, value: object, zone: str) -> str:
    """One value, as short as can be."""
    if value is None:
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return _number(name, value, zone)
    if isinstance(value, m.Period):
        return _period(value, zone)
    if isinstance(value, m.Panel):
        return f"{value.votes} of {value.seats} within {duration_words(value.within_s)}"
    if isinstance(value, tuple) and any(isinstance(each, m.Exit) for each in value):
        return ", ".join(f"{each.result} {each.to}" for each in value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"


def _number(name: str, value: int, zone: str) -> str:
    if name == "in_force_s":
        return local_words(value, zone)
    if name.endswith("_s"):
        return duration_words(value)
    if name.endswith("_permille"):
        return f"{value // 10}.{value % 10} %".replace(".0 ", " ")
    unit = next((unit for unit in ("mm", "m") if name.endswith(f"_{unit}")), "")
    return f"{value} {unit}".strip()


def _period(period: m.Period, zone: str) -> str:
    start = period.from_entry or ("" if period.from_s is None else local_words(period.from_s, zone))
    end = period.until_entry or ("" if period.until_s is None else local_words(period.until_s, zone))
    said = [f"{word} {at}" for word, at in (("from", start), ("until", end)) if at]
    return " ".join(said) or "always"
