"""Conditions and facts in words, for people: what was required, what is known, what would decide."""

from truceline.base.time import local_words
from truceline.base.units import MM_PER_M, UNBOUNDED, distance_words, duration_words
from truceline.model.mandate import Mandate
from truceline.terms.atoms import Atom, Between, Fact, OfWeapons, Span
from truceline.terms.weapons import WeaponFact

NO_BOUND = UNBOUNDED // 2**20  # sums of unbounded counts are capped; anything above this says "no upper bound"


def condition_words(atom: Atom, zone: str) -> str:
    """What an atom demands: `within 25 km of contact`, `from 19 Apr 2025 18:00 until 21 Apr 2025 00:00`."""
    if not isinstance(atom, Between):
        names = " or ".join(atom.names)
        return (
            f"weapon of {names}" if isinstance(atom, OfWeapons) else f"where {atom.column} is {names.replace('_', ' ')}"
        )
    kind, _, name = atom.column.partition(":")
    if kind == "time":
        since = f"from {local_words(atom.lo, zone)}" if atom.lo is not None else ""
        until = f"until {local_words(atom.hi + 1, zone)}" if atom.hi is not None else ""
        return " ".join(part for part in (since, until) if part) or "at any time"
    if kind == "count":
        return "at least one seen" if atom.lo == 1 else f"count of {atom.lo} or more"
    if kind == "side":
        return f"on the {'left' if atom.lo == 1 else 'right'} of {name}"
    if kind in ("exempt", "gate"):
        return _register_condition(kind, name)
    return _distance_condition(kind, name, atom)


def exemption_words(atom: Between, mandate: Mandate) -> str:
    """What takes an act out of a clause: as `condition_words`, but a suspension is called so."""
    if _suspends(atom, mandate):
        register, decider, party = atom.column.split(":")[1:]
        return f"lifted by the suspension {register} for {party}" + (f", decided by {decider}" if decider else "")
    return condition_words(atom, mandate.header.zone)


def _suspends(atom: Between, mandate: Mandate) -> bool:
    kind, _, name = atom.column.partition(":")
    return kind == "exempt" and name.split(":")[0] in {each.name for each in mandate.suspensions}


def _register_condition(kind: str, name: str) -> str:
    if kind == "gate":
        gate, verifier = name.split(":")
        return f"while {gate} is verified by {verifier}"
    register, decider, party, *notice = name.split(":")
    words = f"in the register {register} for {party}"
    if notice:
        words += f", given to {notice[1]} at least {duration_words(int(notice[0]))} ahead"
    return words + (f", granted by {decider}" if decider else "")


def _distance_condition(kind: str, name: str, atom: Between) -> str:
    if kind == "distance":
        if atom.hi is not None:
            return f"within {distance_words(atom.hi // MM_PER_M)} of {name}"
        return f"beyond {distance_words(((atom.lo or 1) - 1) // MM_PER_M)} of {name}"
    if atom.lo is not None:
        return f"inside {name}" if atom.lo == 0 else f"within {distance_words(-atom.lo // MM_PER_M)} of {name}"
    limit_mm = -(atom.hi or 0) - 1
    return f"outside {name}" if limit_mm == 0 else f"beyond {distance_words(limit_mm // MM_PER_M)} of {name}"


def span_words(column: str, span: Span, zone: str) -> str:
    """What is known of one measured fact: `24.1 to 26.3 km from contact`."""
    kind, _, name = column.partition(":")
    if kind == "time":
        first, last = local_words(span.lo, zone), local_words(span.hi, zone)
        return first if first == last else f"{first} to {last}"
    if kind == "count":
        if span.hi >= NO_BOUND:
            return f"{span.lo} or more"
        return str(span.lo) if span.lo == span.hi else f"{span.lo} to {span.hi}"
    if kind == "side":
        return (
            f"side of {name} not certain" if span.lo != span.hi else f"{'left' if span.lo == 1 else 'right'} of {name}"
        )
    if kind in ("exempt", "gate"):
        return f"{name.split(':')[0]}: {_entry_words(kind, name)[span.lo + span.hi]}"
    if max(abs(span.lo), abs(span.hi)) >= UNBOUNDED:
        return f"place relative to {name} not known"
    low, high = (f"{value / MM_PER_M / 1000:.1f}" for value in span)
    far = low if low == high else f"{low} to {high}"
    return f"{far} km from {name}" if kind == "distance" else f"{far} km inside the edge of {name} (minus: outside)"


def _entry_words(kind: str, name: str) -> tuple[str, str, str]:
    """What is known of the entries of a register: none holds, one may, one does."""
    if kind == "gate":
        return "no entry that covers it", "pending, or not surely for this time and by this body", "verified"
    if len(name.split(":")) > 3:  # with a notice ahead
        return "no notice that covers it in time", "not surely in time, to this body and for this act", "given in time"
    return "no entry that covers it", "pending, or not surely for this time, place and decider", "granted"


def weapon_words(fact: WeaponFact) -> str:
    """`gvozdika (howitzer, 122 mm)`; `weapon not known`."""
    known = fact.weapon_class.replace("_", " ")
    if fact.calibre_hi_mm < UNBOUNDED and fact.calibre_hi_mm > 0:
        same = fact.calibre_lo_mm == fact.calibre_hi_mm
        calibre = f"{fact.calibre_lo_mm} mm" if same else f"{fact.calibre_lo_mm} to {fact.calibre_hi_mm} mm"
        known = f"{known}, {calibre}" if known else calibre
    if fact.system:
        return f"{fact.system} ({known})" if known else fact.system
    return known or "weapon not known"


def fact_words(atom: Atom, fact: Fact, zone: str) -> str:
    """What is known of the fact that one atom looks at."""
    if isinstance(fact, Span):
        return span_words(atom.column, fact, zone)
    return weapon_words(fact) if isinstance(fact, WeaponFact) else fact.replace("_", " ") or "not recorded"


def decider_words(atom: Atom, fact: Fact, zone: str) -> str:
    """What would decide an atom that possibly, and not surely, holds."""
    demanded, known = condition_words(atom, zone), fact_words(atom, fact, zone)
    kind = atom.column.partition(":")[0]
    if kind == "weapon":
        return f"what the weapon was: recorded as {known}; the clause covers {demanded.removeprefix('weapon of ')}"
    if kind == "gate":
        return f"a decision on the verification: {demanded} ({known.rpartition(': ')[2]})"
    if kind == "exempt":
        notice = len(atom.column.split(":")) > 4
        asked = "when and to whom notice was given" if notice else "a decision on the entry"
        return f"{asked}: {demanded} ({known.rpartition(': ')[2]})"
    what = {"time": "the hour", "count": "the number", "act": "the act", "object": "what was hit"}.get(kind)
    if what is None:
        what = "the place" if "not known" in known else "a better position"
    return f"{what}: recorded as {known}; the clause holds {demanded}"


def exemption_decider_words(atom: Between, fact: Fact, mandate: Mandate) -> str:
    """What would decide an exemption that possibly, and not surely, takes the act out."""
    demanded, known = exemption_words(atom, mandate), fact_words(atom, fact, mandate.header.zone)
    if atom.column.startswith("inside:"):
        return f"whether it stood {demanded}: recorded as {known}"
    if _suspends(atom, mandate):
        return f"a decision on the suspension: {demanded} ({known.rpartition(': ')[2]})"
    return decider_words(atom, fact, mandate.header.zone)
