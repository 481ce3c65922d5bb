"""A mandate's nouns back to text and to JSON, losslessly: `parse(print(x)) == x`."""

from collections.abc import Iterator

import msgspec

from truceline.base.errors import MandateSyntaxError
from truceline.base.time import from_us, interval_us, zone_of
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.mandate.parse.names import ANY
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
            [self.gate(item) for item in mandate.gates] + [self.domain(item) for item in mandate.domains],
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
        if mandate.watches:
            yield ""
            yield from (self.watch(watch) for watch in mandate.watches)
        if mandate.attribution:
            yield ""
            yield from self.attribution(mandate.attribution)
        for response in mandate.responses:
            yield ""
            yield from self.response(response)
        for suspension in mandate.suspensions:
            yield ""
            yield from self.suspension(suspension)

    def header(self, header: m.Header) -> Iterator[str]:
        yield f'mandate "{header.title}" in force {self.date(header.in_force_s)}'
        if header.text:
            yield f'text "{header.text}"' + (f' sha256 "{header.text_sha256}"' if header.text_sha256 else "")
        yield f"days {header.days} zone {header.zone} edges {header.edges}"
        yield f"precision {duration(header.precision_s)} {distance(header.precision_m)}"
        if header.coverage_permille is not None:
            yield f"coverage {share(header.coverage_permille)}"

    def party(self, party: m.Party) -> str:
        baseline = f" baseline {party.baseline}" if party.baseline else ""
        unbound = f' not bound "{party.unbound}"' if party.unbound else ""
        under = f" under {party.under}" if party.under else ""
        return f'party {party.name} "{party.title}"{baseline}{under}{self.period(party.period)}{unbound}'

    def body(self, body: m.Body) -> str:
        words = [f'body {body.name} "{body.title}"']
        if body.monitors:
            words.append("monitors")
            words += [str(body.sources)] if body.sources is not None else []
            words += ["by", *body.means] if body.means else []
        words += ["guarantees"] if body.guarantees else []
        words += ["members", *body.members] if body.members else []
        if body.quorum is not None:
            words += ["quorum", "all" if body.quorum == len(body.members) else str(body.quorum)]
        words += ["veto", *body.veto] if body.veto else []
        words += ["under", body.under] if body.under else []
        words += ["teams", str(body.teams)] if body.teams is not None else []
        return " ".join(words)

    def line(self, line: m.Line) -> str:
        sides = f" left {line.left} right {line.right}" if line.left else ""
        error = f" error {distance(line.error_m)}" if line.error_m else ""
        return f'line {line.name} "{line.path}"{sides}{error}{self.period(line.period)}{self.later(line.later)}'

    def area(self, zone: m.Zone) -> str:
        error = f" error {distance(zone.error_m)}" if zone.error_m else ""
        rest = error + self.period(zone.period) + self.later(zone.later)
        if zone.verifier:
            return f'site {zone.name} "{zone.path}" verified by {zone.verifier}{rest}'
        return f'zone {zone.name} "{zone.path}"{rest}'

    def later(self, versions: tuple[m.Version, ...]) -> str:
        return "".join(f' then "{each.path}" from {self.moment(each.from_s, each.from_entry)}' for each in versions)

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

    def gate(self, gate: m.Gate) -> str:
        return f'gate {gate.name} "{gate.words}" verified by {gate.verifier}'

    def domain(self, domain: m.Domain) -> str:
        words = ["domain", domain.name, *domain.parties, *domain.acts, *(domain.weapons or (ANY,))]
        words += ["on", *domain.objects] if domain.objects else []
        words += [place(each) for each in domain.places]
        return " ".join(words) + self.period(domain.period)

    def clause(self, clause: m.Clause) -> Iterator[str]:
        unverified = " unverified" if clause.unverified else ""
        overrides = f" overrides {' '.join(clause.overrides)}" if clause.overrides else ""
        yield f'clause {clause.name} cites "{clause.cites}"{unverified}{overrides}'
        yield "  " + self.rule(clause)
        yield from (f"  {exemption(each)}" for each in clause.exemptions)
        if clause.breach_class:
            needs = f" needs {clause.standard}" if clause.standard else ""
            answer = f' respond none "{clause.no_response}"' if clause.no_response else ""
            answer = f" respond {clause.response}" if clause.response else answer
            yield f"  breach {clause.breach_class}{needs}{answer}"
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
            words.append(f"by {self.moment(clause.by_s, clause.by_entry)}")
        return " ".join(words) + self.period(clause.period) + (f" while {clause.gate}" if clause.gate else "")

    def watch(self, watch: m.Watch) -> str:
        unverified = " unverified" if watch.unverified else ""
        ground = f"in {watch.feature}" if watch.feature else f"for {' '.join(watch.clauses)}"
        means = f" by {' '.join(watch.means)}" if watch.means else ""
        head = f'watch {watch.name} cites "{watch.cites}"{unverified}'
        return f"{head} every {duration(watch.every_s)} {ground}{means}{self.period(watch.period)}"

    def attribution(self, attribution: m.Attribution) -> Iterator[str]:
        head = f"attribution {attribution.body}{cites(attribution.cites)}"
        yield f"{head} {panel(attribution.panel)} otherwise not_attributed"
        for part in attribution.thresholds:
            yield f"  for {' '.join(part.classes)} {panel(part.panel)}"

    def response(self, response: m.Response) -> Iterator[str]:
        unattributed = f" not_attributed {response.unattributed}" if response.unattributed else ""
        unverified = " unverified" if response.unverified else ""
        head = f"response {response.name}{cites(response.cites)}{unverified}"
        deadline = "" if response.deadline_s is None else f" deadline {duration(response.deadline_s)}"
        yield f"{head}{deadline}{unattributed}"
        for step in response.steps:
            yield f"  step {step.name} {' '.join(step_words(step))}"
            if step.exits:
                yield f"    {' '.join(f'{each.result} {each.to}' for each in step.exits)}"
        for end in response.ends:
            holder = f" to {end.holder}" if end.holder else ""
            holder += "" if end.within_s is None else f" within {duration(end.within_s)}"
            holder += f" consent {' '.join(end.consent)}" if end.consent else ""
            words = f' "{end.words}"' if end.words else ""
            yield f"  end {end.name} {end.kind}{holder}{words}"

    def suspension(self, suspension: m.Suspension) -> Iterator[str]:
        lifted = f"lifts {' '.join(suspension.clauses)} for {suspension.party}"
        yield f"suspension {suspension.name}{cites(suspension.cites)} {lifted}"
        counted = f"{suspension.findings} {suspension.breach_class} per {duration(suspension.window_s)}"
        decided = f" decided by {suspension.decider}" if suspension.decider else ""
        yield f"  when {counted}{decided} restored after {duration(suspension.restored_after_s)}"

    def period(self, period: m.Period) -> str:
        since = until = ""
        if period.from_s is not None:
            since = f" from {self.moment(period.from_s, period.from_entry)}"
        if period.until_s is not None:
            until = f" until {self.moment(period.until_s, period.until_entry)}"
        return since + until

    def moment(self, instant_s: int, entry: str) -> str:
        return f"entry + {entry}" if entry else self.date(instant_s)

    def date(self, instant_s: int) -> str:
        """Local time of the header's zone; with its offset only where the bare time would be doubtful."""
        local = from_us(instant_s * US_PER_S).astimezone(zone_of(self.zone))
        stated = local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")
        first_us, last_us = interval_us(stated, zone=self.zone)
        if first_us == instant_s * US_PER_S and last_us - first_us <= 61 * US_PER_S:
            return stated
        return stated + local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]


def cites(words: str) -> str:
    """` cites "Article 9"`; nothing where nothing is cited."""
    return f' cites "{words}"' if words else ""


def place(each: m.Place) -> str:
    """`within 25km of baseline`, `in humcor`."""
    if each.kind in ("within", "beyond"):
        return f"{each.kind} {distance(each.distance_m)} of {each.feature}"
    return f"{each.kind} {each.feature}"


def exemption(each: m.Exemption) -> str:
    """`unless in_storage decided by SMM`, `unless flight notice 48h to JCCC`, `unless in depot`."""
    if each.site:
        return f"unless in {each.site}"
    notice = f" notice {duration(each.lead_s)} to {each.to}" if each.to else ""
    return f"unless {each.register}{notice}" + (f" decided by {each.decider}" if each.decider else "")


def panel(each: m.Panel) -> str:
    """`panel 2 of 3 within 24h`."""
    return f"panel {each.votes} of {each.seats} within {duration(each.within_s)}"


def step_words(step: m.Step) -> Iterator[str]:
    """A step after its name and before its exits: actor, action, terms."""
    yield " ".join((step.actor, step.action, *step.towards))
    if step.words:
        yield f'"{step.words}"'
    if step.votes is not None:
        many = "all" if step.votes == len(step.voters) else step.votes
        yield f"{many} of {' '.join(step.voters)}"
    if step.within_s is not None:
        yield f"within {duration(step.within_s)}"
    if step.takes_s:
        yield f"takes {duration(step.takes_s)}"
    for word, names in (("consent", step.consent), ("veto", step.veto)):
        if names:
            yield f"{word} {' '.join(names)}"
    if step.confirmer:
        yield f"confirmed by {step.confirmer}"
    if step.most is not None:
        yield f"at most {step.most} times"


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
