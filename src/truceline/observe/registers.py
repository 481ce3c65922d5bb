"""Raw rows to claims, notices, impediments and coverage: kept beside observations, never mixed with them.

Times, counts, words and parties are written as for observations. An empty `ends`: a claim or an impediment
is dated by the local day in which it begins (or its month), for its end is not known and it must stand in one
day's report; a notice or a coverage that begins at an hour is refused, for an end that nobody stated would
exempt an act, or cover an hour, that nobody vouched for. What a gate's entry says was verified stays so: without `ends`
it holds for ever. Notices may lie ahead; nothing else may.
"""

from collections.abc import Mapping

from truceline.model.impediment import IMPEDIMENT_KINDS
from truceline.model.mission import Feed
from truceline.model.notice import NOTICE_STATUSES
from truceline.model.vocabulary import ACTS, WEAPON_CLASSES
from truceline.observe.fields import count_range, named, party, point, required, share_permille, span_m, word
from truceline.observe.mapping import ReadingContext
from truceline.observe.moments import OpenEnd, moment_us, period_us

CLAIM_FIELDS = {
    "id": "the claimant's own name for the claim",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "topic": "the mandate it is about; empty: all",
    "begins": "first moment of what is claimed; needed",
    "ends": "last moment; empty: the end of the local day in which it begins",
    "claimant": "the party that says so; needed",
    "accused": "the party it says it about",
    "act": "a word of `vocabulary.ACTS`; empty: a total over all acts",
    "category": "the claimant's own word",
    "count": "as for observations",
    "speaker": "who said it",
    "citation": "where it can be read",
}
CLAIM_NEEDS = (("begins",), ("claimant",))
NOTICE_FIELDS = {
    "id": "the register's own name for the entry",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "register": "the name after `unless` in the mandate, or of a gate or suspension; needed",
    "party": "who gave notice; needed, but for a gate",
    "act": "a word of `vocabulary.ACTS`; empty: any",
    "zone": "a zone of the mandate; empty: anywhere",
    "class": "a word of `vocabulary.WEAPON_CLASSES`; empty: any",
    "begins": "first moment it holds; may lie ahead; needed",
    "ends": "last moment it holds; empty only where begins is a whole day or month, or for a gate: for ever",
    "status": "pending, granted or refused; needed",
    "decided_by": "the body or party that decided, as the mandate names it",
    "given": "when it reached whom it was given to, as begins; empty: not said",
    "given_to": "the body or party that it was given to; empty: not said",
}
NOTICE_NEEDS = (("register",), ("party",), ("begins",), ("status",))
IMPEDIMENT_FIELDS = {
    "id": "the patrol's own name for it",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "kind": "a word of `impediment.IMPEDIMENT_KINDS`; needed",
    "area_of": "party in whose area it was met",
    "place": "the place's name",
    "lon": "degrees, WGS 84: middle of where nothing could be verified; a GeoJSON point gives it by itself",
    "lat": "degrees, WGS 84",
    "reach_m": "how far around that nothing could be verified, metres; without it nothing can be worked out",
    "begins": "first moment; needed",
    "ends": "last moment; empty: the end of the local day in which it begins",
    "reason": "the reason given, quoted",
    "announced": "whether the visit was announced: yes, no; empty: not stated",
    "not_verified": "what could therefore not be verified",
}
IMPEDIMENT_NEEDS = (("kind",), ("begins",))
COVERAGE_FIELDS = {
    "id": "the planner's own name for it",
    "source": "id of a source of the mission, where rows differ; else the feed's",
    "clause": "a clause of the mandate; empty: every clause",
    "begins": "first moment; needed",
    "ends": "last moment; empty only where begins is a whole day or month",
    "share": "observed share of place and time, a decimal from 0 to 1; needed",
}
COVERAGE_NEEDS = (("begins",), ("share",))


def claim(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """A party's allegation: the columns of CLAIMS that the cells state. Raises InputError."""
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us, open_end="its day")
    count_lo, count_hi = count_range(cells.get("count", ""))
    claimant = party(cells.get("claimant", ""), context.parties, subject="claimant")
    return {
        "claimant": required(claimant, subject="claimant"),
        "accused": party(cells.get("accused", ""), context.parties, subject="accused"),
        "topic": cells.get("topic", ""),
        "act": word(cells.get("act", ""), ACTS, subject="act"),
        "category": cells.get("category", ""),
        "count_lo": count_lo,
        "count_hi": count_hi,
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        "speaker": cells.get("speaker", ""),
        "citation": cells.get("citation", ""),
    }


def notice(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """An entry in a register that an exemption reads: the columns of NOTICES that the cells state. Raises
    InputError.
    """
    register = required(named(cells.get("register", ""), context.registers, subject="register"), subject="register")
    gate = register in context.gates
    for_ever = gate and not cells.get("ends")
    open_end: OpenEnd = "as written" if for_ever else "refused"
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=None, open_end=open_end)
    given_us: tuple[int | None, int | None] = (None, None)
    if cells.get("given"):
        given_us = moment_us(cells["given"], zone=feed.zone, now_us=context.now_us, subject="given")
    notifier = party(cells.get("party", ""), context.parties, subject="party")
    status = word(cells.get("status", ""), NOTICE_STATUSES, subject="status")
    return {
        "register": register,
        "party": notifier if gate else required(notifier, subject="party"),
        "act": word(cells.get("act", ""), ACTS, subject="act"),
        "zone": named(cells.get("zone", ""), context.zones, subject="zone"),
        "weapon_class": word(cells.get("class", ""), WEAPON_CLASSES, subject="class"),
        "earliest_at_us": earliest_at_us,
        "latest_at_us": None if for_ever else latest_at_us,
        "status": required(status, subject="status"),
        "decided_by": named(cells.get("decided_by", ""), context.deciders, subject="decided_by"),
        "given_earliest_at_us": given_us[0],
        "given_latest_at_us": given_us[1],
        "given_to": named(cells.get("given_to", ""), context.deciders, subject="given_to"),
    }


def impediment(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """What kept the mission from seeing: the columns of IMPEDIMENTS that the cells state. Raises
    InputError.
    """
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us, open_end="its day")
    kind = word(cells.get("kind", ""), IMPEDIMENT_KINDS, subject="kind")
    where = point(cells.get("lon", ""), cells.get("lat", ""), extent_deg=context.extent_deg)
    return {
        "kind": required(kind, subject="kind"),
        "area_of": party(cells.get("area_of", ""), context.parties, subject="area_of"),
        "place_name": cells.get("place", ""),
        "met_lon_deg": where[0] if where else None,
        "met_lat_deg": where[1] if where else None,
        "reach_m": span_m(cells.get("reach_m", ""), subject="reach_m"),
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        "reason_given": cells.get("reason", ""),
        "announced": word(cells.get("announced", ""), ("yes", "no"), subject="announced"),
        "not_verified": cells.get("not_verified", ""),
    }


def coverage(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> dict[str, object]:
    """How much was seen in a period: the columns of COVERAGE that the cells state. Raises InputError."""
    earliest_at_us, latest_at_us = period_us(cells, zone=feed.zone, now_us=context.now_us, open_end="refused")
    return {
        "clause": named(cells.get("clause", ""), context.clauses, subject="clause"),
        "earliest_at_us": earliest_at_us,
        "latest_at_us": latest_at_us,
        "share_permille": share_permille(required(cells.get("share", ""), subject="share"), subject="share"),
    }
