"""A mandate in plain English, one sentence a rule, for a reader who signs and does not program."""

from collections.abc import Sequence

from truceline.base.time import local_words
from truceline.base.units import S_PER_UNIT, distance_words, duration_words
from truceline.model import mandate as m
from truceline.model.catalogue import BY_SLUG

_WITH = {  # act -> after "must not", "may" or "must", with what is used in place of {}
    "fire": "fire {}",
    "launch": "launch {}",
    "strike": "strike with {}",
    "present": "have {} present",
    "inventory": "hold {}",
    "move": "move {}",
    "fly": "fly {}",
    "exercise": "exercise with {}",
    "withdraw": "withdraw {}",
    "build": "build or lay {}",
}
_BARE = {  # the same where the clause names no weapons
    "fire": "fire",
    "launch": "launch any weapon",
    "strike": "strike",
    "present": "have any weapon present",
    "inventory": "hold any weapon",
    "move": "move any weapon",
    "fly": "fly",
    "exercise": "hold exercises",
    "withdraw": "withdraw every weapon",
    "build": "build fortifications or lay mines",
    "assault": "attack on the ground",
    "enter": "enter",
    "clash": "engage in combat",
    "alert": "raise the alarm",
}
_BROKEN = {"prohibited": "Doing so", "limited": "Exceeding this", "required": "Failing to do so"}


def mandate_words(mandate: m.Mandate) -> str:
    """The whole mandate: title, who, definitions, then every clause. Ends with a newline."""
    zone = mandate.header.zone
    lines = [
        mandate.header.title or mandate.name,
        _header_words(mandate.header),
        *(_party_words(mandate, party) for party in mandate.parties),
        *(_body_words(body) for body in mandate.bodies),
        *(_feature_words("line", item, zone) for item in mandate.lines),
        *(_feature_words("zone", item, zone) for item in mandate.zones),
        *(f"{weapons.name} means {_weapons_words(weapons)}." for weapons in mandate.weapons),
        *(f"{objects.name} means {_listed(objects.members, 'or')}." for objects in mandate.objects),
        *(f"{standard.name} means {standard_words(standard)}." for standard in mandate.standards),
        *(_dispute_words(dispute, zone) for dispute in mandate.disputes),
        *(clause_words(mandate, clause) for clause in mandate.clauses),
    ]
    return "\n\n".join(lines) + "\n"


def clause_words(mandate: m.Mandate, clause: m.Clause) -> str:
    """One clause as a paragraph: what it demands of whom, where, when, with what exceptions."""
    titles = {party.name: party.title or party.name for party in mandate.parties}
    modal = {"prohibited": "must not", "limited": "may", "required": "must", "allowed": "may"}[clause.modality]
    sentence = f"{_capital(_listed([titles[name] for name in clause.parties], 'and'))} {modal} {_deed(clause)}"
    where, when = _places_words(clause.places, len(clause.parties)), _when(mandate, clause)
    sentence += (where if when else where.rstrip(",")) + when + _unless(clause.exemptions)
    parts = [f"Clause {clause.name} ({clause.cites}{', unverified' if clause.unverified else ''}). {sentence}."]
    if clause.overrides:
        parts.append(f"It prevails over {_listed([f'clause {name}' for name in clause.overrides], 'and')}.")
    if clause.breach_class and clause.modality in _BROKEN:
        proved = f", proved as {clause.standard} requires," if clause.standard else ""
        parts.append(f"{_BROKEN[clause.modality]}{proved} is a breach of class {clause.breach_class}.")
    if clause.no_response:
        parts.append(f"No response follows: {clause.no_response}.")
    for further in clause.outcomes:
        where = _places_words(further.places, 1) + _unless(further.exemptions)
        parts.append(f"What is found{where}{',' if further.exemptions else ''} is {further.name}: {further.words}.")
    return " ".join(parts)


def _deed(clause: m.Clause) -> str:
    """`fire or move HEAVY`, `have at most 5 items of HEAVY present at once`, `strike ENERGY with MISSILES`."""
    weapons = _listed(clause.weapons, "or") if clause.weapons else ""
    limit, often = clause.limit, ""
    if limit:
        span = "at once" if limit.window_s is None else f"in any {_window_words(limit.window_s)}"
        items = limit.unit == "items" and all(act in _WITH for act in clause.acts)
        if items:
            plural = "" if limit.most == 1 else "s"
            weapons = (
                f"at most {limit.most} item{plural} of {weapons}" if weapons else f"at most {limit.most} weapon{plural}"
            )
        times = "once" if limit.most == 1 else f"{limit.most} times"
        often = f" {span}" if items else f" at most {times} {span}"
    if clause.acts == ("strike",) and clause.objects:
        return f"strike {_listed(clause.objects, 'or')}{f' with {weapons}' if weapons else ''}{often}"
    verbs = [_WITH[act].removesuffix(" {}") for act in clause.acts if weapons and _WITH.get(act, "").endswith(" {}")]
    shared = [f"{_listed(verbs, 'or', split=False)} {weapons}"] if verbs else []
    others = [
        _WITH[act].format(weapons) if weapons and act in _WITH else _BARE[act]
        for act in clause.acts
        if not (weapons and _WITH.get(act, "").endswith(" {}"))
    ]
    against = f" against {_listed(clause.objects, 'or')}" if clause.objects else ""
    return _listed([*shared, *others], "or", split=False) + against + often


def _places_words(places: tuple[m.Place, ...], parties: int) -> str:
    """` in park and within 1 km of contact`; of several parties `, each within 25 km of its own baseline,`."""
    words = {
        "in": "in {name}",
        "outside": "outside {name}",
        "within": "within {far} of {name}",
        "beyond": "farther than {far} from {name}",
        "across": "on the other side of {name}",
    }
    stated = [
        words[place.kind].format(
            far=distance_words(place.distance_m),
            name="its own baseline" if place.feature == m.BASELINE else place.feature,
        )
        for place in places
    ]
    if parties > 1 and any(place.feature == m.BASELINE for place in places):
        return f", each {_listed(stated, 'and', split=False)},"
    return f" {_listed(stated, 'and', split=False)}" if stated else ""


def _when(mandate: m.Mandate, clause: m.Clause) -> str:
    if clause.during:
        return f" for the period that is disputed under {clause.during}"
    if clause.by_s is not None:
        return f" before {local_words(clause.by_s, mandate.header.zone)}"
    return _period_words(clause.period, mandate.header.zone)


def _period_words(period: m.Period, zone: str) -> str:
    since = f" from {local_words(period.from_s, zone)}" if period.from_s is not None else ""
    until = f" until {local_words(period.until_s, zone)}" if period.until_s is not None else ""
    return since + until


def _unless(exemptions: tuple[m.Exemption, ...]) -> str:
    """`, unless SMM has granted it in the register storage`."""
    stated = [
        f"{each.decider} has granted it in the register {each.register}"
        if each.decider
        else f"the register {each.register} holds it (nobody is named to decide that)"
        for each in exemptions
    ]
    return f", unless {' or '.join(stated)}" if stated else ""


def _header_words(header: m.Header) -> str:
    words = [f"In force from {local_words(header.in_force_s, header.zone)} ({header.zone})."]
    if header.precision_s or header.precision_m:
        sharp = [f"times count to {duration_words(header.precision_s)}"] if header.precision_s else []
        sharp += [f"places count to {distance_words(header.precision_m)}"] if header.precision_m else []
        words.append(f"{_capital(_listed(sharp, 'and', split=False))} at best, whatever a source states.")
    if header.coverage_permille is not None:
        words.append(f"An absence is stated only where at least {_percent(header.coverage_permille)} was seen.")
    return " ".join(words)


def _party_words(mandate: m.Mandate, party: m.Party) -> str:
    bound = f"named, and not bound: {party.unbound}" if party.unbound else "a party to this agreement"
    bound += _period_words(party.period, mandate.header.zone)
    measured = f", measuring from the line {party.baseline}" if party.baseline else ""
    return f"{_capital(party.title or party.name)} ({party.name}): {bound}{measured}."


def _body_words(body: m.Body) -> str:
    members = f", made up of {_listed(body.members, 'and')}" if body.members else ""
    monitors = ", monitoring this agreement" if body.monitors else ""
    return f"{_capital(body.title or body.name)} ({body.name}): a body{members}{monitors}."


def _feature_words(kind: str, item: m.Line | m.Zone, zone: str) -> str:
    sides = f", {item.left} on its left and {item.right} on its right" if isinstance(item, m.Line) and item.left else ""
    error = f", known to {distance_words(item.error_m)}" if item.error_m else ""
    period = _period_words(item.period, zone)
    return f"The {kind} {item.name} is as drawn in {item.path}{sides}{error}{',' if period else ''}{period}."


def _weapons_words(weapons: m.Weapons) -> str:
    words = _listed(weapons.members, "or")
    if weapons.calibre_lo_mm is not None:
        words += f" of {weapons.calibre_lo_mm} mm or more"
    if weapons.calibre_hi_mm is not None:
        words += f" of {weapons.calibre_hi_mm} mm or less"
    if weapons.excepted:
        words += f", except {_listed(weapons.excepted, 'and')}"
    if weapons.disputed:
        words += f"; whether it covers {_listed(weapons.disputed, 'and')} is disputed ({weapons.positions})"
    return words


def standard_words(standard: m.Standard) -> str:
    """An evidence standard: how many sources, how confident, by which means, what else counts."""
    words = f"{standard.groups} independent source" + ("s" if standard.groups > 1 else "")
    if standard.confidence_permille:
        words += (
            f", {'each ' if standard.groups > 1 else ''}at least {_percent(standard.confidence_permille)} confident"
        )
    if standard.means:
        words += f", {'one of them by' if standard.groups > 1 else 'by'} {_listed(standard.means, 'or')}"
    if standard.counting:
        words += f"; {_listed(standard.counting, 'and')} count too"
    return words


def _dispute_words(dispute: m.Dispute, zone: str) -> str:
    readings = "; ".join(
        f"{reading.name}, {reading.words}:{_period_words(reading.period, zone)}" for reading in dispute.readings
    )
    return f"Disputed: {dispute.words} ({dispute.name}). Readings: {readings}."


def _window_words(window_s: int) -> str:
    """`24 hours` rather than `1 day`: a window slides, a day does not."""
    hour_s, day_s = S_PER_UNIT["h"], S_PER_UNIT["d"]
    return f"{window_s // hour_s} hours" if window_s in (day_s, 2 * day_s) else duration_words(window_s)


def _percent(permille: int) -> str:
    return f"{permille / 10:g} %"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _listed(names: Sequence[str], word: str, *, split: bool = True) -> str:
    """`a, b or c`; words of the vocabulary as people write them (`power plant`, `Tornado-S`)."""
    plain = [_plain(name) if split else name for name in names]
    return plain[0] if len(plain) == 1 else ", ".join(plain[:-1]) + f" {word} {plain[-1]}"


def _plain(name: str) -> str:
    if name in BY_SLUG:
        return BY_SLUG[name].aliases[0]
    return name.replace("_", " ") if name.islower() else name
