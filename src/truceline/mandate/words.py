"""A mandate in plain English, one sentence a rule, for a reader who signs and does not program.

Where the text leaves something open, the English says so. What follows from a breach: `response_words.py`.
"""

from collections.abc import Iterator, Sequence

from truceline.base.units import distance_words, duration_words
from truceline.mandate import response_words
from truceline.mandate.phrases import (
    capital,
    counted,
    deadline_words,
    listed,
    moment_words,
    objects_words,
    percent,
    period_words,
    places_words,
    plainly,
    term_words,
    titles_of,
    window_words,
)
from truceline.model import mandate as m

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
    "assault": "attack on the ground with {}",
    "enter": "enter with {}",
    "clash": "engage in combat using {}",
    "alert": "raise the alarm over {}",
    "burn": "set fire with {}",
    "loss": "silence a sensor with {}",
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
    "burn": "set fire",
    "loss": "silence a sensor",
}
_TOWARDS = {  # act -> the word before an object; of any other act: at
    "fire": "against",
    "launch": "against",
    "assault": "against",
    "clash": "against",
    "withdraw": "from",
    "burn": "to",
}
_BROKEN = {"prohibited": "Doing so", "limited": "Exceeding this", "required": "Failing to do so"}


def mandate_words(mandate: m.Mandate) -> str:
    """The whole mandate: title, who, definitions, every clause, what follows. Ends with a newline."""
    header = mandate.header
    lines = [
        header.title or mandate.name,
        _header_words(mandate),
        *(_party_words(mandate, party) for party in mandate.parties),
        *(_body_words(mandate, body) for body in mandate.bodies),
        *(_feature_words(item, header) for item in mandate.features),
        *(f"{weapons.name} means {_weapons_words(weapons)}." for weapons in mandate.weapons),
        *(f"{objects.name} means {plainly(objects.members, 'or')}." for objects in mandate.objects),
        *(f"{standard.name} means {standard_words(standard)}." for standard in mandate.standards),
        *(_dispute_words(dispute, header) for dispute in mandate.disputes),
        *(_gate_words(mandate, gate) for gate in mandate.gates),
        *(_domain_words(mandate, domain) for domain in mandate.domains),
        *(clause_words(mandate, clause) for clause in mandate.clauses),
        *(watch_words(watch, header) for watch in mandate.watches),
        *response_words.attribution_words(mandate),
        *(response_words.response_words(mandate, response) for response in mandate.responses),
        *(response_words.suspension_words(mandate, suspension) for suspension in mandate.suspensions),
    ]
    return "\n\n".join(lines) + "\n"


def clause_words(mandate: m.Mandate, clause: m.Clause) -> str:
    """One clause as a paragraph: what it demands of whom, where, when, with what exceptions, and what follows."""
    titles = titles_of(mandate)
    modal = {"prohibited": "must not", "limited": "may", "required": "must", "allowed": "may"}[clause.modality]
    who, when = listed([titles[name] for name in clause.parties], "and"), _when(mandate, clause)
    if clause.limit:  # a number belongs to each party and to the whole place: both are said before it
        where = places_words(clause.places, 1).strip()
        each = f"each of {who}" if len(clause.parties) > 1 else who
        sentence = f"{capital(f'{where}, {each}' if where else each)} {modal} {_deed(clause)}{when}"
    else:
        where = places_words(clause.places, len(clause.parties))
        sentence = f"{capital(who)} {modal} {_deed(clause)}{where if when else where.rstrip(',')}{when}"
    sentence += _unless(clause.exemptions)
    parts = [f"Clause {clause.name} ({clause.cites}{', unverified' if clause.unverified else ''}). {sentence}."]
    if clause.overrides:
        clauses = "clause" if len(clause.overrides) == 1 else "clauses"
        parts.append(f"It prevails over {clauses} {listed(clause.overrides, 'and')}.")
    if clause.modality in _BROKEN:
        parts += _consequences(clause)
    for further in clause.outcomes:
        where = places_words(further.places, 1) + _unless(further.exemptions)
        parts.append(f"What is found{where}{',' if further.exemptions else ''} is {further.name}: {further.words}.")
    return " ".join(parts)


def watch_words(watch: m.Watch, header: m.Header) -> str:
    """One duty to look as a paragraph: what must be seen, how often, by what, from when."""
    source = f"{watch.cites}, unverified" if watch.unverified else watch.cites
    named = f"clause{'s' if len(watch.clauses) > 1 else ''} {listed(watch.clauses, 'and')}" if watch.clauses else ""
    what = f"all the ground of {named} must be seen" if named else f"the place {watch.feature} must be inspected"
    by = f", by {plainly(watch.means, 'or')}" if watch.means else ""
    when = period_words(watch.period, header)
    often = f"at least once every {term_words(watch.every_s)}"
    return f"Watch {watch.name} ({source}). {capital(what)} {often}{by}{',' if by and when else ''}{when}."


def _consequences(clause: m.Clause) -> Iterator[str]:
    """The class of breach, its proof, what follows; for each, that the text does not say it."""
    if not clause.breach_class:
        yield "The text does not say what class of breach this would be."
        return
    named = f"is a breach of class {clause.breach_class}"
    if clause.standard:
        yield f"{_BROKEN[clause.modality]}, proved as {clause.standard} requires, {named}."
    else:
        yield f"{_BROKEN[clause.modality]} {named}; the text does not say how it is to be proved."
    if clause.response:
        yield f"Response {clause.response} follows."
    elif clause.no_response:
        yield f"No response follows: {clause.no_response}."
    else:
        yield "The text does not say what follows."


def _deed(rule: m.Clause | m.Domain) -> str:
    """`fire or move HEAVY`, `have at most 5 items of HEAVY present at once`, `strike ENERGY with MISSILES`."""
    weapons = listed(rule.weapons, "or") if rule.weapons else ""
    limit, often = rule.limit if isinstance(rule, m.Clause) else None, ""
    if limit:
        often = " at once" if limit.window_s is None else f" in any {window_words(limit.window_s)}"
        if limit.unit == "items":
            weapons = f"at most {counted(limit.most, 'item')} of {weapons or 'any kind'}"
        else:
            often = f" at most {'once' if limit.most == 1 else f'{limit.most} times'}{often}"
    acts: dict[str, list[str]] = {}  # by the words for their objects
    for act in rule.acts:
        direct = not rule.objects or act in ("strike", "enter")
        towards = "" if direct else f" {_TOWARDS.get(act, 'at')} {objects_words(rule.objects)}"
        acts.setdefault(towards, []).append(act)
    return ", or ".join(_alike(rule, each, weapons) + towards for towards, each in acts.items()) + often


def _alike(rule: m.Clause | m.Domain, acts: Sequence[str], weapons: str) -> str:
    """Acts with the same words for their objects. Plain verbs share the weapons; any other names them for itself."""
    bare = _BARE | ({"enter": "enter any place"} if rule.places else {})
    used = _WITH
    if rule.objects:
        named = objects_words(rule.objects)
        bare |= {"strike": f"strike {named}", "enter": f"enter {named}"}
        used = _WITH | {"strike": f"strike {named} with {{}}", "enter": f"enter {named} with {{}}"}
    if not weapons:
        return listed([bare[act] for act in acts], "or")
    plain = [act for act in acts if used[act] == f"{act} {{}}" or act == "inventory"]
    verbs = [used[act].removesuffix(" {}") for act in plain]
    shared = [f"{listed(verbs, 'or')} {weapons}"] if verbs else []
    return listed([*shared, *(used[act].format(weapons) for act in acts if act not in plain)], "or")


def _when(mandate: m.Mandate, clause: m.Clause) -> str:
    """Its period, reading or deadline, and the gate it waits for; with a blank before it."""
    words = period_words(clause.period, mandate.header)
    if clause.during:
        words = f" for the period that is disputed under {clause.during}"
    elif clause.by_s is not None:
        words = f" {deadline_words(clause.by_s, clause.by_entry, mandate.header)}"
    for gate in mandate.gates:
        if gate.name == clause.gate:
            words += f", once and as long as {gate.name} ({gate.words}) is verified by {gate.verifier}"
    return words


def _unless(exemptions: tuple[m.Exemption, ...]) -> str:
    """`, unless it was granted by SMM in the register storage`."""
    stated = [_exemption_words(each) for each in exemptions]
    return f", unless {', or unless '.join(stated)}" if stated else ""


def _exemption_words(exemption: m.Exemption) -> str:
    register, decider = exemption.register, exemption.decider
    if exemption.site:
        return f"it stands in the storage site {exemption.site}"
    if exemption.to:
        lead = f"at least {term_words(exemption.lead_s)} before" if exemption.lead_s else "beforehand"
        granted = f" and granted by {decider}" if decider else ""
        return f"it was notified to {exemption.to} in the register {register} {lead}{granted}"
    if decider:
        return f"it was granted by {decider} in the register {register}"
    return f"the register {register} holds it (the text does not say who decides that)"


def _header_words(mandate: m.Mandate) -> str:
    header = mandate.header
    words = [
        f"In force from {moment_words(header.in_force_s, '', header)}. All times are local times of {header.zone}."
    ]
    if header.text:
        words.append(f"It encodes the text in {header.text}.")
    if header.text_sha256:
        words.append(f"It was signed off against that text with SHA-256 {header.text_sha256}.")
    if header.days == "working":
        words.append(
            "Days counted from entry into force are Monday to Friday, and no holidays are taken into account; "
            "every other term runs on the clock without a break."
        )
    sharp = (
        [f"no time is taken to be more exact than {duration_words(header.precision_s)}"] if header.precision_s else []
    )
    sharp += [f"no place to be more exact than {distance_words(header.precision_m)}"] if header.precision_m else []
    if sharp:
        taken = listed(sharp, "and").replace(
            "no place to be", "no place is taken to be" if len(sharp) == 1 else "no place to be"
        )
        words.append(f"{capital(taken)}, whatever a source states.")
    if mandate.features:
        runs = "runs straight in longitude and latitude"
        runs = runs if header.edges == "planar_lonlat" else "takes the shortest way over the ground"
        words.append(f"Between two neighbouring points of a drawing, the line {runs}.")
    if header.coverage_permille is None:
        words.append("The text does not say how much must have been seen before an absence may be stated.")
    else:
        words.append(f"An absence is stated only where at least {percent(header.coverage_permille)} was seen.")
    return " ".join(words)


def _party_words(mandate: m.Mandate, party: m.Party) -> str:
    bound = f"named, and not bound: {party.unbound}" if party.unbound else "a party to this agreement"
    bound += period_words(party.period, mandate.header)
    measured = f", measuring from the line {party.baseline}" if party.baseline else ""
    under = f"; {party.under} decides for it" if party.under else ""
    return f"{capital(party.title or party.name)} ({party.name}): {bound}{measured}{under}."


def _body_words(mandate: m.Mandate, body: m.Body) -> str:
    what = "a body"
    if body.members:
        what += f", made up of {listed(body.members, 'and')}"
    does = ["guaranteeing"] * body.guarantees + ["monitoring"] * body.monitors
    what += f", {listed(does, 'and')} this agreement" if does else ""
    if body.monitors:
        what += f" by {plainly(body.means, 'and')}" if body.means else ""
        what += f", with {counted(body.sources, 'independent source')}" if body.sources is not None else ""
    if body.under:
        what += f"; it stands under {body.under}" if body.members else f"; {body.under} decides for it"
    return " ".join([f"{capital(body.title or body.name)} ({body.name}): {what}.", *_rules_of(mandate, body)])


def _rules_of(mandate: m.Mandate, body: m.Body) -> Iterator[str]:
    """How a body comes to act, and what it can do at once; for each, that the text does not say it."""
    unsaid = ["by which means it observes"] if body.monitors and not body.means else []
    unsaid += ["how many independent sources it has"] if body.monitors and body.sources is None else []
    if unsaid:
        yield f"The text does not say {listed(unsaid, 'or')}."
    if body.members and body.quorum is None:
        yield "The text does not say how many of its members must agree; this is read as all of them."
    elif body.members:
        size = len(body.members)
        of = "its one member" if size == 1 else "all of its members"
        of = of if body.quorum == size else f"{body.quorum} of its {size} members"
        yield f"It acts when {of} {'agrees' if body.quorum == 1 else 'agree'}."
    if body.veto:
        yield f"It does not act against an objection by {listed(body.veto, 'or')}."
    if body.teams is not None:
        yield f"It can carry out {counted(body.teams, 'task')} at a time."
    elif any(response_words.needs_team(each, body) for response in mandate.responses for each in response.steps):
        yield "The text does not say how many tasks it can carry out at a time."


def _feature_words(item: m.Line | m.Zone, header: m.Header) -> str:
    kind, more = "line" if isinstance(item, m.Line) else "zone", ""
    if isinstance(item, m.Line) and item.left:
        more = f", {item.left} on its left and {item.right} on its right as one goes from its first point"
    if isinstance(item, m.Zone) and item.verifier:
        kind, more = "storage site", f", inventoried by {item.verifier},"
    error = f", accurate to {distance_words(item.error_m)}" if item.error_m else ""
    period, later = period_words(item.period, header), ""
    for version in item.later:
        later += f", from {moment_words(version.from_s, version.from_entry, header)} as drawn in {version.path}"
    if later:
        comma, holds = "," if more.rstrip(",") + error else "", f" It holds{period}." if period else ""
        return f"The {kind} {item.name}{more.rstrip(',')}{error}{comma} is as drawn in {item.path}{later}.{holds}"
    before, behind = (more, "") if kind == "storage site" else ("", more)
    comma = "," if period else ""
    return f"The {kind} {item.name}{before} is as drawn in {item.path}{behind}{error}{comma}{period}."


def _weapons_words(weapons: m.Weapons) -> str:
    words = plainly(weapons.members, "or")
    if weapons.calibre_lo_mm is not None:
        words += f" of {weapons.calibre_lo_mm} mm or more"
    if weapons.calibre_hi_mm is not None:
        words += f" of {weapons.calibre_hi_mm} mm or less"
    if weapons.excepted:
        words += f", except {plainly(weapons.excepted, 'and')}"
    if weapons.disputed:
        words += f"; whether it covers {plainly(weapons.disputed, 'and')} is disputed ({weapons.positions})"
    return words


def standard_words(standard: m.Standard) -> str:
    """An evidence standard: how many sources, how confident, by which means, what else counts."""
    words = counted(standard.groups, "independent source")
    if standard.confidence_permille:
        words += f", {'each ' if standard.groups > 1 else ''}at least {percent(standard.confidence_permille)} confident"
    if standard.means:
        words += f", {'one of them by' if standard.groups > 1 else 'by'} {plainly(standard.means, 'or')}"
    if standard.counting:
        also = {"media": "media reports", "admissions": "what a party records against its own interest"}
        words += f"; {listed([also[each] for each in standard.counting], 'and')} may count too"
    return words


def _dispute_words(dispute: m.Dispute, header: m.Header) -> str:
    readings = "; ".join(
        f"{reading.name}, {reading.words}:{period_words(reading.period, header)}" for reading in dispute.readings
    )
    return f"Disputed: {dispute.words} ({dispute.name}). Readings: {readings}."


def _gate_words(mandate: m.Mandate, gate: m.Gate) -> str:
    waiting = [clause.name for clause in mandate.clauses if clause.gate == gate.name]
    waits = f"Clause {waiting[0]} waits for it." if len(waiting) == 1 else "No clause waits for it."
    if len(waiting) > 1:
        waits = f"Clauses {listed(waiting, 'and')} wait for it."
    return f"{gate.name}: {gate.words}, to be verified by {gate.verifier}. {waits}"


def _domain_words(mandate: m.Mandate, domain: m.Domain) -> str:
    titles = titles_of(mandate)
    parties = [titles[name] for name in domain.parties]
    who = listed(parties, "and") if parties else "every party that is bound"
    where, when = places_words(domain.places, len(parties) or 2), period_words(domain.period, mandate.header)
    rest = (where if when else where.rstrip(",")) + when
    return f"{domain.name}: the text is meant to say in every case whether {who} may {_deed(domain)}{rest}."
