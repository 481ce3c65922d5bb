"""A mandate in plain English, one sentence a rule, for a reader who signs and does not program."""

from truceline.base.time import local_words
from truceline.base.units import distance_words, duration_words
from truceline.model import mandate as m

_ACTS = {  # act -> after "must not", "may" or "must"
    "fire": "fire",
    "launch": "launch",
    "strike": "strike",
    "assault": "assault",
    "present": "have present",
    "inventory": "hold",
    "move": "move",
    "fly": "fly",
    "exercise": "hold exercises with",
    "enter": "enter",
    "withdraw": "withdraw",
    "build": "build or lay",
    "clash": "engage in combat",
    "alert": "raise the alarm",
}
_BARE = {"assault", "enter", "clash", "alert"}  # acts that take no weapon in a sentence


def mandate_words(mandate: m.Mandate) -> str:
    """The whole mandate: title, who, definitions, then every clause. Ends with a newline."""
    zone = mandate.header.zone
    lines = [
        mandate.header.title,
        f"In force from {local_words(mandate.header.in_force_s, zone)} ({zone}).",
        *(_party_words(mandate, party) for party in mandate.parties),
        *(
            f"{body.title} ({body.name}){' monitors this agreement' if body.monitors else ''}."
            for body in mandate.bodies
        ),
        *(f"{weapons.name} means {_weapons_words(weapons)}." for weapons in mandate.weapons),
        *(f"{objects.name} means {_listed(objects.members, 'or')}." for objects in mandate.objects),
        *(f"{standard.name} means {_standard_words(standard)}." for standard in mandate.standards),
        *(_dispute_words(dispute, zone) for dispute in mandate.disputes),
        *(clause_words(mandate, clause) for clause in mandate.clauses),
    ]
    return "\n\n".join(lines) + "\n"


def clause_words(mandate: m.Mandate, clause: m.Clause) -> str:
    """One clause as a paragraph: what it demands of whom, where, when, with what exceptions."""
    titles = {party.name: party.title for party in mandate.parties}
    subject = _listed([titles[name] for name in clause.parties], "and")
    subject = f"{subject[0].upper()}{subject[1:]}"
    modal = {"prohibited": "must not", "limited": "may", "required": "must", "allowed": "may"}[clause.modality]
    sentence = f"{subject} {modal} {_deed(clause)}"
    sentence += "".join(f" {_place_words(place)}" for place in clause.places)
    sentence += _when(mandate, clause)
    sentence += "".join(f", unless {_exemption_words(exemption)}" for exemption in clause.exemptions) + "."
    parts = [f"Clause {clause.name} ({clause.cites}{', unverified' if clause.unverified else ''}). {sentence}"]
    if clause.overrides:
        parts.append(f"It prevails over {_listed([f'clause {name}' for name in clause.overrides], 'and')}.")
    if clause.breach_class:
        needs = f", once it is {clause.standard}" if clause.standard else ""
        parts.append(f"Otherwise it is a breach of class {clause.breach_class}{needs}.")
    if clause.no_response:
        parts.append(f"No response follows: {clause.no_response}.")
    for further in clause.outcomes:
        where = "".join(f" {_place_words(place)}" for place in further.places)
        unless = "".join(f", unless {_exemption_words(exemption)}" for exemption in further.exemptions)
        parts.append(f"Found{where}{unless}, it is {further.name}: {further.words}.")
    return " ".join(parts)


def _deed(clause: m.Clause) -> str:
    weapons = _listed(clause.weapons, "or") if clause.weapons else "any weapon"
    deeds = [act if act in _BARE else _ACTS[act] for act in clause.acts]
    verbs = _listed([_ACTS[act] if act in _BARE else deed for act, deed in zip(clause.acts, deeds, strict=True)], "or")
    if clause.objects:
        return f"{verbs} {_listed(clause.objects, 'or')}" + (f" with {weapons}" if clause.weapons else "")
    if clause.limit:
        per = "at once" if clause.limit.window_s is None else f"in any {duration_words(clause.limit.window_s)}"
        number = f"at most {clause.limit.most} {clause.limit.unit} {per}"
        return f"{verbs} {weapons}, {number}," if clause.weapons else f"{verbs}, {number},"
    return verbs if all(act in _BARE for act in clause.acts) and not clause.weapons else f"{verbs} {weapons}"


def _place_words(place: m.Place) -> str:
    feature = "its own baseline" if place.feature == m.BASELINE else place.feature
    words = {
        "in": f"in {feature}",
        "outside": f"outside {feature}",
        "within": f"within {distance_words(place.distance_m)} of {feature}",
        "beyond": f"farther than {distance_words(place.distance_m)} from {feature}",
        "across": f"across {feature}",
    }
    return words[place.kind]


def _when(mandate: m.Mandate, clause: m.Clause) -> str:
    if clause.during:
        return f", in the period that {clause.during} gives"
    if clause.by_s is not None:
        return f" by {local_words(clause.by_s, mandate.header.zone)}"
    return _period_words(clause.period, mandate.header.zone)


def _period_words(period: m.Period, zone: str) -> str:
    since = f" from {local_words(period.from_s, zone)}" if period.from_s is not None else ""
    until = f" until {local_words(period.until_s, zone)}" if period.until_s is not None else ""
    return since + until


def _exemption_words(exemption: m.Exemption) -> str:
    decider = f", as {exemption.decider} decides" if exemption.decider else ", though nobody is named to decide it"
    return f"the register {exemption.register} holds it{decider}"


def _party_words(mandate: m.Mandate, party: m.Party) -> str:
    bound = f" is not bound: {party.unbound}" if party.unbound else " is a party"
    bound += _period_words(party.period, mandate.header.zone)
    measured = f" and measures from the line {party.baseline}" if party.baseline else ""
    return f"{party.title} ({party.name}){bound}{measured}."


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


def _standard_words(standard: m.Standard) -> str:
    words = f"{standard.groups} independent source" + ("s" if standard.groups > 1 else "")
    if standard.confidence_permille:
        words += f", each at least {standard.confidence_permille / 10:.0f} % confident"
    if standard.means:
        words += f", one of them by {_listed(standard.means, 'or')}"
    if standard.counting:
        words += f"; {_listed(standard.counting, 'and')} count too"
    return words


def _dispute_words(dispute: m.Dispute, zone: str) -> str:
    readings = "; ".join(
        f"{reading.name}, {reading.words}:{_period_words(reading.period, zone)}" for reading in dispute.readings
    )
    return f"Disputed: {dispute.words} ({dispute.name}). Readings: {readings}."


def _listed(names: tuple[str, ...] | list[str], word: str) -> str:
    plain = [name.replace("_", " ") if name.islower() else name for name in names]
    return plain[0] if len(plain) == 1 else ", ".join(plain[:-1]) + f" {word} {plain[-1]}"
