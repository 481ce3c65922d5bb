"""A mandate's nouns back to text and to JSON, losslessly: `parse(print(x)) == x`."""

from collections.abc import Iterator

import msgspec

from truceline.base.errors import MandateSyntaxError
from truceline.base.time import from_us, interval_us, zone_of
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.mandate.names import ANY
from truceline.model import mandate as m
from truceline.terms.meaning import mandate_bytes


def print_mandate(mandate: m.Mandate) -> str:
    """The mandate in the one canonical layout: header, items in a fixed order of kinds, two spaces for continuation."""
    printer = _Printer(mandate.header.zone)
    return "\n".join(line.rstrip() for line in printer.lines(mandate)) + "\n"


def mandate_to_json(mandate: m.Mandate) -> bytes:
    """Canonical JSON bytes: what is hashed and signed. Line numbers of the text are left out."""
    return mandate_bytes(mandate)


def mandate_from_json(content: bytes) -> m.Mandate:
    """The mandate that `mandate_to_json` wrote. Raises MandateSyntaxError where the bytes are anything else."""
    try:
        mandate = msgspec.json.decode(content, type=m.Mandate)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem = f"{error}."
    else:
        if mandate_to_json(mandate) == content:
            return mandate
        problem = "it holds more than a mandate, or is not in canonical form."
    raise MandateSyntaxError(problem, subject="mandate JSON", remedy="Write it again from the .truce text.")


class _Printer:
    def __init__(self, zone: str) -> None:
        self.zone = zone

    def lines(self, mandate: m.Mandate) -> Iterator[str]:
        yield from self.header(mandate.header)
        for group in (
            [self.party(item) for item in mandate.parties],
            [self.body(item) for item in mandate.bodies],
            [self.line(item) for item in mandate.lines] + [self.area(item) for item in mandate.zones],
            [self.weapons(item) for item in mandate.weapons] + [self.objects(item) for item in mandate.objects],
            [self.standard(item) for item in mandate.standards],
        ):
            if group:
                yield ""
                yield from group
        for dispute in mandate.disputes:
            yield f'\ndispute {dispute.name} "{dispute.words}"'
            for reading in dispute.readings:
                yield f'  reading {reading.name} "{reading.words}"{self.period(reading.period)}'
        for clause in mandate.clauses:
            yield ""
            yield from self.clause(clause)

    def header(self, header: m.Header) -> Iterator[str]:
        yield f'mandate "{header.title}" in force {self.date(header.in_force_s)}'
        if header.text:
            yield f'text "{header.text}"'
        yield f"days {header.days} zone {header.zone} edges {header.edges}"
        yield f"precision {duration(header.precision_s)} {distance(header.precision_m)}"
        if header.coverage_permille is not None:
            yield f"coverage {share(header.coverage_permille)}"

    def party(self, party: m.Party) -> str:
        baseline = f" baseline {party.baseline}" if party.baseline else ""
        unbound = f' not bound "{party.unbound}"' if party.unbound else ""
        return f'party {party.name} "{party.title}"{baseline}{self.period(party.period)}{unbound}'

    def body(self, body: m.Body) -> str:
        members = f" members {' '.join(body.members)}" if body.members else ""
        return f'body {body.name} "{body.title}"{" monitors" if body.monitors else ""}{members}'

    def line(self, line: m.Line) -> str:
        sides = f" left {line.left} right {line.right}" if line.left else ""
        error = f" error {distance(line.error_m)}" if line.error_m else ""
        return f'line {line.name} "{line.path}"{sides}{error}{self.period(line.period)}'

    def area(self, zone: m.Zone) -> str:
        error = f" error {distance(zone.error_m)}" if zone.error_m else ""
        return f'zone {zone.name} "{zone.path}"{error}{self.period(zone.period)}'

    def weapons(self, weapons: m.Weapons) -> str:
        excepted = f" except {' '.join(weapons.excepted)}" if weapons.excepted else ""
        calibre = ""
        if weapons.calibre_lo_mm is not None:
            calibre = f" calibre >= {weapons.calibre_lo_mm}mm"
        elif weapons.calibre_hi_mm is not None:
            calibre = f" calibre <= {weapons.calibre_hi_mm}mm"
        disputed = f' disputed {" ".join(weapons.disputed)} "{weapons.positions}"' if weapons.disputed else ""
        return f"weapons {weapons.name} = {' '.join(weapons.members)}{excepted}{calibre}{disputed}"

    def objects(self, objects: m.Objects) -> str:
        return f"objects {objects.name} = {' '.join(objects.members)}"

    def standard(self, standard: m.Standard) -> str:
        confidence = f" confidence {share(standard.confidence_permille)}" if standard.confidence_permille else ""
        means = f" one of {' '.join(standard.means)}" if standard.means else ""
        counting = f" counting {' '.join(standard.counting)}" if standard.counting else ""
        return f"evidence {standard.name} = {standard.groups} independent sources{confidence}{means}{counting}"

    def clause(self, clause: m.Clause) -> Iterator[str]:
        unverified = " unverified" if clause.unverified else ""
        overrides = f" overrides {' '.join(clause.overrides)}" if clause.overrides else ""
        yield f'clause {clause.name} cites "{clause.cites}"{unverified}{overrides}'
        yield "  " + self.rule(clause)
        yield from (f"  {exemption(each)}" for each in clause.exemptions)
        if clause.breach_class:
            needs = f" needs {clause.standard}" if clause.standard else ""
            response = f' respond none "{clause.no_response}"' if clause.no_response else ""
            yield f"  breach {clause.breach_class}{needs}{response}"
        for further in clause.outcomes:
            parts = [
                *(place(each) for each in further.places),
                *(exemption(each) for each in further.exemptions),
            ]
            yield f'  outcome {further.name} "{further.words}"' + "".join(f" {part}" for part in parts)

    def rule(self, clause: m.Clause) -> str:
        words = [clause.modality, *clause.parties, *clause.acts, *(clause.weapons or (ANY,))]
        if clause.limit:
            per = "at once" if clause.limit.window_s is None else f"per {duration(clause.limit.window_s)}"
            words.append(f"to {clause.limit.most} {clause.limit.unit} {per}")
        if clause.objects:
            words.append(f"on {' '.join(clause.objects)}")
        words += [place(each) for each in clause.places]
        if clause.during:
            words.append(f"during {clause.during}")
        if clause.by_s is not None:
            words.append(f"by {self.date(clause.by_s)}")
        return " ".join(words) + self.period(clause.period)

    def period(self, period: m.Period) -> str:
        since = f" from {self.date(period.from_s)}" if period.from_s is not None else ""
        until = f" until {self.date(period.until_s)}" if period.until_s is not None else ""
        return since + until

    def date(self, instant_s: int) -> str:
        """Local time of the header's zone; with its offset only where the bare time would be doubtful."""
        local = from_us(instant_s * US_PER_S).astimezone(zone_of(self.zone))
        stated = local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")
        first_us, last_us = interval_us(stated, zone=self.zone)
        if first_us == instant_s * US_PER_S and last_us - first_us <= 61 * US_PER_S:
            return stated
        return stated + local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]


def place(each: m.Place) -> str:
    """`within 25km of baseline`, `in humcor`."""
    if each.kind in ("within", "beyond"):
        return f"{each.kind} {distance(each.distance_m)} of {each.feature}"
    return f"{each.kind} {each.feature}"


def exemption(each: m.Exemption) -> str:
    """`unless in_storage decided by SMM`."""
    return f"unless {each.register}" + (f" decided by {each.decider}" if each.decider else "")


def distance(distance_m: int) -> str:
    """`25km` where whole kilometres say it, else metres."""
    return f"{distance_m // M_PER_KM}km" if distance_m and distance_m % M_PER_KM == 0 else f"{distance_m}m"


def duration(duration_s: int) -> str:
    """The largest unit that divides it, but hours up to two days, as people write them."""
    for unit in ("d", "h", "min", "s"):
        if duration_s and duration_s % S_PER_UNIT[unit] == 0 and (unit != "d" or duration_s > 2 * S_PER_UNIT["d"]):
            return f"{duration_s // S_PER_UNIT[unit]}{unit}"
    return "0s"


def share(permille: int) -> str:
    """`>= 0.80`: two decimals, three where needed."""
    return f">= {permille // 1000}.{permille % 1000:03d}".removesuffix("0")
