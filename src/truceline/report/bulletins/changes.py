"""What differs between an issue and the one it supersedes: every difference by name, and none besides."""

from collections.abc import Callable, Mapping, Sequence

from truceline.base.canonical import canonical_bytes, sha256_hex
from truceline.model.bulletin import (
    Bulletin,
    BulletinClaim,
    BulletinFinding,
    BulletinItem,
    CaseLine,
    Change,
    ChangeKind,
    ChangeOf,
    Restriction,
    Total,
)
from truceline.model.finding import Verdict
from truceline.model.review import STATUSES
from truceline.report.bulletins.phrases import Writer
from truceline.report.bulletins.reconcile import span_words

Facts = dict[tuple[ChangeOf, str], dict[str, str]]  # what it is about -> column -> value as text
Gone = Mapping[str, tuple[ChangeKind, str]]

# How grave a finding is: the order in which it is raised or lowered.
_VERDICTS = (str(Verdict.NO_BREACH), str(Verdict.UNDETERMINED), str(Verdict.BREACH))
_LADDERS: dict[tuple[ChangeOf, str], Sequence[str]] = {
    ("event", "status"): STATUSES,
    ("finding", "verdict"): _VERDICTS,
}


def changes_between(previous: Bulletin | None, made: Bulletin, gone: Gone) -> tuple[Change, ...]:
    """Every difference between two issues.

    Of an issue about another period only what this one is about is compared, and no figure: it counts something else.

    Args:
        previous: the superseded issue; None: there is none, and no difference.
        gone: why an event that is no longer listed is not, as far as is known; for a merged one, into which.
    """
    if previous is None:
        return ()
    old, new = facts_of(previous), facts_of(made)
    if (previous.period, previous.about) != (made.period, made.about):
        old, new = (_without_totals(facts) for facts in (_in_scope(old, previous, made), new))
    found = [Change(of=of, subject=subject, kind="appeared") for of, subject in new if (of, subject) not in old]
    for of, subject in old:
        if (of, subject) not in new:
            why: tuple[ChangeKind, str] = ("withdrawn", "")
            kind, into = gone.get(subject, why) if of == "event" else why
            found.append(Change(of=of, subject=subject, kind=kind, now=into))
    for key, columns in new.items():
        found += _corrections(key, old.get(key, columns), columns)
    order = tuple(dict.fromkeys((*new, *old)))
    return tuple(sorted(found, key=lambda change: order.index((change.of, change.subject))))


def facts_of(made: Bulletin) -> Facts:
    """Everything that an issue states, as text by column; its own number, times and attachments aside."""
    facts: Facts = {}
    facts |= {("event", item.event_id): _of_item(item) for item in made.items}
    facts |= {("finding", one.finding_id): _of_finding(one) for one in made.findings}
    for total in made.totals:
        facts[("total", total.key)] = _of_total(total)
        facts |= {
            ("total", f"{total.key}/{part.name}"): {"value": _text(part.value), "before": _text(part.before)}
            for part in total.parts
        }
    facts |= {("restriction", one.impediment_id): _of_restriction(one) for one in made.restrictions}
    facts |= {("claim", claim.claim_id): _of_claim(claim) for claim in made.claims}
    facts |= {("case", case.case_id): _of_case(case) for case in made.cases}
    return facts


def _corrections(key: tuple[ChangeOf, str], was: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    return [
        Change(
            of=key[0],
            subject=key[1],
            kind=_kind(key[0], column, was[column], value),
            column=column,
            was=was[column],
            now=value,
        )
        for column, value in now.items()
        if was[column] != value
    ]


def _kind(of: ChangeOf, column: str, was: str, now: str) -> ChangeKind:
    ladder = _LADDERS.get((of, column), ())
    if was not in ladder or now not in ladder:
        return "corrected"
    return "raised" if ladder.index(now) > ladder.index(was) else "lowered"


def _in_scope(facts: Facts, previous: Bulletin, made: Bulletin) -> Facts:
    """What an issue about another period, or about no single case, states of what `made` is about."""
    about = {each for case in made.cases for each in case.event_ids}
    told = {one.impediment_id: made.period.holds(one.earliest_us, one.latest_us) for one in previous.restrictions} | {
        claim.claim_id: claim.earliest_us is None
        or claim.latest_us is None
        or made.period.holds(claim.earliest_us, claim.latest_us)
        for claim in previous.claims
    }
    dropped = {key for key, inside in told.items() if not inside}
    if made.level == "FIN":
        dropped |= {item.event_id for item in previous.items if not about & {item.event_id, *item.also}}
        dropped |= {one.finding_id for one in previous.findings if not about & set(one.event_ids)}
        dropped |= {case.case_id for case in previous.cases} - {case.case_id for case in made.cases}
    return {key: columns for key, columns in facts.items() if key[1] not in dropped}


def _without_totals(facts: Facts) -> Facts:
    return {key: columns for key, columns in facts.items() if key[0] != "total"}


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _span(low: int | None, high: int | None) -> str:
    return f"{_text(low)}/{_text(high)}"


def _quotes(quotes: Sequence[tuple[str, int, str]]) -> str:
    """Who, and a short hash of when and what, so that an altered word is a difference."""
    return " ".join(f"{who}:{sha256_hex(canonical_bytes([at_us, words]))[:12]}" for who, at_us, words in quotes)


def _of_item(item: BulletinItem) -> dict[str, str]:
    return {
        "status": item.status,
        "also": " ".join(item.also),
        "time": _span(item.earliest_us, item.latest_us),
        "act": item.act,
        "weapon_class": item.weapon_class,
        "object_kind": item.object_kind,
        "number": _span(item.count_lo, item.count_hi),
        "place": f"{_text(item.lat_cdeg)}/{_text(item.lon_cdeg)}/{_text(item.error_m)}/{item.place_name}",
        "footing": " ".join((item.footing.kind, *item.footing.parties)),
        "reported_of": " ".join(item.reported_of),
        "disagreement": item.disagreement,
    }


def _of_finding(one: BulletinFinding) -> dict[str, str]:
    return {
        "verdict": one.verdict,
        "reason": one.reason,
        "clause": " ".join(part for part in (one.mandate, one.clause, one.reading) if part),
        "addressee": one.addressee,
        "events": " ".join(one.event_ids),
    }


def _of_total(total: Total) -> dict[str, str]:
    return {
        "value": _text(total.value),
        "before": _text(total.before),
        "coverage": _text(total.coverage_permille),
        "before_coverage": _text(total.before_coverage_permille),
    }


def _of_restriction(one: Restriction) -> dict[str, str]:
    return {
        "kind": one.kind,
        "area_of": one.area_of,
        "place": f"///{one.place_name}",
        "time": _span(one.earliest_us, one.latest_us),
        "reason_given": one.reason_given,
        "announced": one.announced,
        "not_verified": one.not_verified,
    }


def _of_claim(claim: BulletinClaim) -> dict[str, str]:
    return {
        "claimant": claim.claimant,
        "accused": claim.accused,
        "act": claim.act,
        "category": claim.category,
        "time": _span(claim.earliest_us, claim.latest_us),
        "claimed": _span(claim.claimed_lo, claim.claimed_hi),
        "recorded": f"{claim.surely}/{claim.possibly}/{claim.items_lo}/{_text(claim.items_hi)}",
        "coverage": _text(claim.coverage_permille),
    }


def _of_case(case: CaseLine) -> dict[str, str]:
    return {
        "events": " ".join(case.event_ids),
        "step": case.step,
        "due": _text(case.due_us or None),
        "ended": f"{case.ended}/{_text(case.ended_us or None)}",
        "replies": _quotes([(reply.party, reply.at_us, reply.words) for reply in case.replies]),
        "dissents": _quotes([(dissent.actor, dissent.at_us, dissent.words) for dissent in case.dissents]),
    }


# --- in words ------------------------------


def change_words(own: Writer, change: Change) -> str:
    """One difference as a sentence."""
    subject, _, part = change.subject.partition("/")
    if change.of == "total":
        name = own.say(f"total.{subject}")
        name += f", {own.part_name(subject, part)}" if part else ""
    else:
        name = change.subject
    values: dict[str, object] = {
        "of": own.say(f"of.{change.of}"),
        "id": f"«{name}»" if change.of == "total" else name,
        "column": own.say(f"column.{change.column}") if change.column else "",
        "was": _value(own, change.column, change.was),
        "now": _value(own, change.column, change.now) if change.column else change.now,
    }
    return own.say(f"change.{change.kind}", values)


_FAMILIES = {
    "status": "status",
    "verdict": "verdict",
    "reason": "reason",
    "act": "act",
    "weapon_class": "weapon",
    "object_kind": "object",
    "kind": "impediment",
}


def _value(own: Writer, column: str, text: str) -> str:
    """A value of a change, as `changes.facts_of` wrote it, in words."""
    if not text.strip("/"):
        return own.say("column.nothing")
    if column in _FAMILIES:
        return own.code(_FAMILIES[column], text)
    spoken = _SPOKEN.get(column)
    return spoken(own, text) if spoken else text


def _numbers(text: str) -> list[int | None]:
    return [int(part) if part else None for part in text.split("/")]


def _spoken_time(own: Writer, text: str) -> str:
    first, last = _numbers(text)
    return own.say("not_stated") if first is None or last is None else own.span(first, last)


def _spoken_number(own: Writer, text: str) -> str:
    return span_words(own.language, *_numbers(text))


def _spoken_place(own: Writer, text: str) -> str:
    lat, lon, error, name = text.split("/", 3)
    near = own.near(int(lat), int(lon), int(error) if error else None) if lat and lon else ""
    return "; ".join(part for part in (own.person(name) if name else "", near) if part)


def _spoken_footing(own: Writer, text: str) -> str:
    kind, *parties = text.split(" ")
    return own.footing(kind, parties)


def _spoken_parties(own: Writer, text: str) -> str:
    return own.parties(text.split(" "))


def _spoken_recorded(own: Writer, text: str) -> str:
    surely, possibly, low, high = _numbers(text)
    values: dict[str, object] = {
        "surely": own.number(surely or 0),
        "possibly": own.number(possibly or 0),
        "items": span_words(own.language, low, high),
    }
    return own.say("change.recorded", values)


def _spoken_end(own: Writer, text: str) -> str:
    code, _, at = text.partition("/")
    return (
        own.say("case.ended", {"how": own.code("ended", code), "at": own.moment(int(at))})
        if at
        else own.code("ended", code)
    )


def _spoken_quotes(own: Writer, text: str) -> str:
    """Whose, with a short hash: the words themselves stand in the case."""
    told = (quote.partition(":") for quote in text.split(" "))
    return ", ".join(f"{own.party(who)} (sha-256 {digest})" for who, _, digest in told)


_SPOKEN: dict[str, Callable[[Writer, str], str]] = {
    "time": _spoken_time,
    "number": _spoken_number,
    "claimed": _spoken_number,
    "place": _spoken_place,
    "footing": _spoken_footing,
    "reported_of": _spoken_parties,
    "addressee": _spoken_parties,
    "area_of": _spoken_parties,
    "claimant": _spoken_parties,
    "accused": _spoken_parties,
    "disagreement": lambda own, text: own.columns(text),
    "recorded": _spoken_recorded,
    "value": lambda own, text: own.number(int(text)),
    "before": lambda own, text: own.number(int(text)),
    "coverage": lambda own, text: own.share(int(text)),
    "before_coverage": lambda own, text: own.share(int(text)),
    "due": lambda own, text: own.moment(int(text)),
    "ended": _spoken_end,
    "replies": _spoken_quotes,
    "dissents": _spoken_quotes,
    "announced": lambda own, text: own.announced(text),
    "reason_given": lambda own, text: own.person(text),
    "not_verified": lambda own, text: own.person(text),
}
