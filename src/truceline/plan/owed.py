"""What a mission is obliged to look at, window by window: what was met, what was missed, what lies ahead.

A duty to look at least every `every` is counted in windows of that length, end to end, the first from the moment on at
which the duty binds. What is left at the end of a duty, shorter than a window, is not owed.

A revisit is one look: it asks whether the ground was looked at with something that could make out what the clause
forbids, and not whether an act that passes in a minute would have been caught. So a duty has a need of its own: the
clause's ground and signature, with an act that stands there for `every`. Its share in the last hour before a window is
the probability that what came then, and stood there for `every`, was seen before the window ended: looks at two halves
of a stretch add up, two looks at one half do not, and between looks there may be no gap longer than `every`. Shares of
single hours say none of this, whether they are added, multiplied or compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import UnreadableError
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.model.batch import table
from truceline.model.coverage import OBSERVED_PERMILLE, OWED, OWED_STATES, Visit
from truceline.model.mandate import Mandate
from truceline.model.plan import Revisit
from truceline.model.spot import Need, Spots
from truceline.terms import dues_of

Indices = npt.NDArray[np.int64]

HOUR_S = S_PER_UNIT["h"]
HOUR_US = HOUR_S * US_PER_S
_SIDES = 3  # -1, 0 and 1
_MET, _MISSED, _OPEN = (OWED_STATES.index(each) for each in ("met", "missed", "open"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The time that is asked about, `until_us` not in it, and the moment of knowledge. All UTC."""

    from_us: int
    until_us: int
    known_at_us: int
    need_permille: int = OBSERVED_PERMILLE  # share from which on a window of the mission's own duties is met


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """To look at one clause's ground, or at one place itself, every so often.

    `need` is what WATCHED must be worked out for, under the name `key`: it binds in the last hours before the windows
    that overlap the horizon, from the first to the last.
    """

    mandate: str  # empty: the mission's own
    name: str
    kind: Literal["revisit", "inspection"]
    clause: str  # empty: the place itself
    from_us: int  # when the first window begins
    until_us: int | None  # when the duty ends; None: it does not
    every_us: int
    need_permille: int
    weight_ratio: float  # of its windows beside those of others; 1 for a duty of a mandate
    need: Need

    @property
    def key(self) -> str:
        """What WATCHED calls it in its column `clause`."""
        return self.need.clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """n windows that are still to be met; shape (n,) each."""

    duty: Indices  # row of the duties that were asked for
    stretch: Indices  # row of STRETCHES
    from_us: Indices
    until_us: Indices  # not in it
    weight: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.duty)


# --- duties -----------------------------------------------------------------------------------------------


def duties_of(
    mandate: Mandate, *, horizon: Horizon, needs: Sequence[Need], places: Mapping[str, Need]
) -> tuple[Duty, ...]:
    """The duties of a mandate's `watch` items that have a window within the horizon.

    Args:
        needs: of the mandates' clauses; a clause without one (its ground has no end, nobody can see it) has no duty.
        places: of each zone or site that is itself inspected, by its name: its ground, and what is looked for there.

    Limits: gates count as open. Where readings or parties make a clause bind at several times, it is due from the
        first to the last of them.
    """
    of_clause = {need.clause: need for need in needs if need.mandate == mandate.name}
    share = mandate.header.coverage_permille
    found = []
    for due in dues_of(mandate):
        watch, until_s = due.watch, due.period.until_s
        base = of_clause.get(due.clause) if due.clause else places.get(watch.feature)
        assert due.period.from_s is not None, "a duty begins with entry into force at the earliest"
        if base is None:
            continue
        means = tuple(each for each in base.signature.means if not watch.means or each in watch.means)
        found.append(
            Duty(
                mandate=mandate.name,
                name=watch.name,
                kind="revisit" if due.clause else "inspection",
                clause=due.clause,
                from_us=due.period.from_s * US_PER_S,
                until_us=None if until_s is None else until_s * US_PER_S,
                every_us=watch.every_s * US_PER_S,
                need_permille=OBSERVED_PERMILLE if share is None else max(1, share),  # what nobody saw meets no duty
                weight_ratio=1.0,
                need=replace(base, signature=replace(base.signature, means=means)),
            )
        )
    return _within(found, horizon)


def own_duties(
    revisits: Sequence[Revisit], *, horizon: Horizon, needs: Sequence[Need], spots: Spots, stretches: pa.Table
) -> tuple[Duty, ...]:
    """The duties that the mission sets itself in `[plan]`. Their first window begins with the horizon.

    A name of a clause that several mandates have means each of them.

    Raises: UnreadableError: `every` is no duration, or below an hour.
    """
    feature = np.array(stretches["feature"].to_pylist(), dtype=object)
    from_m, until_m = (stretches[name].to_numpy() for name in ("from_m", "until_m"))
    found = []
    for revisit in revisits:
        every_us = _every_us(revisit)
        kept = np.ones(len(feature), bool) if not revisit.line else np.array(feature == revisit.line, bool)
        low_m = -np.inf if revisit.from_km is None else revisit.from_km * M_PER_KM
        high_m = np.inf if revisit.until_km is None else revisit.until_km * M_PER_KM
        kept &= (until_m > low_m) & (from_m < high_m) | (from_m == until_m)
        found += [
            Duty(
                mandate="",
                name=revisit.name,
                kind="revisit",
                clause=need.clause,
                from_us=horizon.from_us,
                until_us=None,
                every_us=every_us,
                need_permille=max(1, horizon.need_permille),
                weight_ratio=revisit.weight,
                need=replace(need, at=need.at & kept[spots.stretch]),
            )
            for need in needs
            if need.clause in revisit.clauses
        ]
    return _within(found, horizon)


def reach_of(duties: Sequence[Duty]) -> tuple[int, int]:
    """The time, whole hours, `until` not in it, over which WATCHED must be worked out so that every window is known.

    The views that it is worked out from reach farther: to the end of the last window.
    """
    if not duties:
        return 0, 0
    return min(each.need.from_us for each in duties), max(each.need.until_us for each in duties)


def _every_us(revisit: Revisit) -> int:
    number = revisit.every.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit_s = S_PER_UNIT.get(revisit.every[len(number) :], 0)
    if not number.isascii() or not number.isdecimal() or int(number) * unit_s < HOUR_S:
        raise UnreadableError(
            f"every {revisit.every!r} is no time of an hour or more.",
            subject=f"plan.revisits {revisit.name}",
            remedy='Write every = "4h" or "15d".',
        )
    return int(number) * unit_s * US_PER_S


def _within(duties: Sequence[Duty], horizon: Horizon) -> tuple[Duty, ...]:
    """Those that have a window within the horizon, each with the need that its windows ask for."""
    found = []
    for duty in duties:
        hours = _starts_us(duty, horizon) // HOUR_US
        if hours.size:
            need = replace(
                duty.need,
                mandate=duty.mandate,
                clause=f"{duty.name} {duty.clause}".strip(),
                signature=replace(duty.need.signature, stays_s=duty.every_us // US_PER_S),
                from_us=int(hours[0] - 1) * HOUR_US,
                until_us=int(hours[-1]) * HOUR_US,
            )
            found.append(replace(duty, need=need))
    return tuple(found)


def _starts_us(duty: Duty, horizon: Horizon) -> Indices:
    """When the windows begin that overlap the horizon and end before the duty does."""
    first = max(0, (horizon.from_us - duty.from_us) // duty.every_us)
    after = -((duty.from_us - horizon.until_us) // duty.every_us)
    if duty.until_us is not None:
        after = min(after, (duty.until_us - duty.from_us) // duty.every_us)
    return duty.from_us + np.arange(first, max(first, after), dtype=np.int64) * duty.every_us


# --- what was owed ----------------------------------------------------------------------------------------


def owed(duties: Sequence[Duty], *, horizon: Horizon, watched: pa.Table, visits: Sequence[Visit] = ()) -> pa.Table:
    """OWED: a row for each duty, stretch and window that overlaps the horizon, then one for each visit that has a term.

    A window is met as soon as every side of the stretch has the needed share; missed where it ended unmet, or ended and
    nothing is known of it, for a look that nobody recorded is none; open before.

    Args:
        duties: of `duties_of` and `own_duties`, for the same horizon.
        watched: WATCHED of the duties' needs (column `clause`: `Duty.key`) over `reach_of(duties)`, one row for each
            moment; what it has of others is passed over.
        visits: in any order.

    Limits: hours are not divided: a look in the last hour of a window counts for it in part and for the next in part;
        of windows that do not begin with an hour, one in its last two hours.
    """
    looked = _Looked(watched)
    parts = [_of_duty(duty, horizon, looked) for duty in duties]
    return pa.concat_tables([*parts, _of_visits(visits, horizon)]).combine_chunks()


class _Looked:
    """WATCHED by duty: sorted runs of hours, to be looked up many at a time."""

    def __init__(self, watched: pa.Table) -> None:
        mandates, of_mandate = _coded(watched["mandate"])
        clauses, of_clause = _coded(watched["clause"])
        self.stretch_ids, of_stretch = _coded(watched["stretch_id"])
        self.first = watched["earliest_at_us"].to_numpy() // HOUR_US
        self.last = watched["latest_at_us"].to_numpy() // HOUR_US
        self.permille = watched["share_permille"].to_numpy()
        self.ground = of_stretch * _SIDES + watched["side"].to_numpy() + 1
        duty = of_mandate * len(clauses) + of_clause
        base = int(self.first.min(initial=0))
        hours = int(self.last.max(initial=0)) - base + 1
        place = (duty * len(self.stretch_ids) * _SIDES + self.ground) * hours + self.first - base
        if (place[1:] < place[:-1]).any():  # as `watched` writes them they are in order
            order = np.argsort(place, kind="stable")
            duty, self.ground, self.permille = duty[order], self.ground[order], self.permille[order]
            self.first, self.last = self.first[order], self.last[order]
        marks = np.searchsorted(duty, np.arange(len(mandates) * len(clauses) + 1))
        self.rows = {
            (str(mandate), str(clause)): slice(marks[at], marks[at + 1])
            for at, (mandate, clause) in enumerate(product(mandates, clauses))
        }

    def least(self, duty: Duty, hours: Indices) -> tuple[npt.NDArray[np.object_], Indices]:
        """Stretches of a duty, shape (s,), and the least share of any of their sides in each hour, (s, hours); -1: of
        some side it is not known.
        """
        rows = self.rows.get((duty.mandate, duty.key), slice(0, 0))
        ground, first, last = self.ground[rows], self.first[rows], self.last[rows]
        if not ground.size or not hours.size:
            return self.stretch_ids[:0], np.zeros((0, len(hours)), np.int64)
        begins = np.concatenate([[True], ground[1:] != ground[:-1]])
        base = min(int(first.min()), int(hours.min()))
        span = max(int(last.max()), int(hours.max())) - base + 1
        start = (np.cumsum(begins) - 1) * span - base
        asked = np.arange(begins.sum())[:, None] * span + (hours - base)[None, :]
        at = np.searchsorted(start + first, asked, side="right") - 1
        known = (at >= 0) & ((start + last)[at] >= asked)
        shares = np.where(known, self.permille[rows][at], -1)
        stretches, firsts = np.unique(ground[begins] // _SIDES, return_index=True)
        return self.stretch_ids[stretches], np.minimum.reduceat(shares, firsts, axis=0)


def _coded(names: pa.ChunkedArray) -> tuple[npt.NDArray[np.object_], Indices]:
    """The different names in the order in which they first stand, and of each row which it is."""
    coded = names.combine_chunks().dictionary_encode()
    return np.array(coded.dictionary.to_pylist(), dtype=object), np.asarray(coded.indices, dtype=np.int64)


def _of_duty(duty: Duty, horizon: Horizon, looked: _Looked) -> pa.Table:
    """OWED of one duty, stretch by stretch."""
    starts_us = _starts_us(duty, horizon)
    stretches, shares = looked.least(duty, starts_us // HOUR_US - 1)
    ended = starts_us + duty.every_us <= horizon.known_at_us
    state = np.where(shares >= duty.need_permille, _MET, np.where(ended, _MISSED, _OPEN)).ravel()
    count = state.size
    begun = pa.array(np.tile(starts_us, len(stretches)))
    stretch = pa.array(stretches, pa.string()).take(pa.array(np.repeat(np.arange(len(stretches)), len(starts_us))))
    stamps = pc.strftime(pa.array(starts_us, pa.timestamp("us")), "%Y-%m-%dT%H:%MZ")
    stamps = stamps.take(pa.array(np.tile(np.arange(len(starts_us)), len(stretches))))
    named = {
        name: pa.repeat(pa.scalar(str(getattr(duty, name))), count) for name in ("mandate", "name", "kind", "clause")
    }
    columns = {
        "owed_id": pc.binary_join_element_wise(f"{duty.mandate}/{duty.name}/{duty.clause}", stretch, stamps, "/"),
        "mandate": named["mandate"],
        "duty": named["name"],
        "kind": named["kind"],
        "clause": named["clause"],
        "stretch_id": stretch,
        "earliest_at_us": begun,
        "latest_at_us": pc.add(begun, duty.every_us - 1),
        "share_permille": pa.array(shares.ravel(), pa.int64(), mask=shares.ravel() < 0),
        "state": pa.array(OWED_STATES).take(pa.array(state)),
    }
    return pa.table([columns[each.name] for each in OWED], schema=OWED)


def _of_visits(visits: Sequence[Visit], horizon: Horizon) -> pa.Table:
    """OWED of the visits whose term overlaps the horizon; one for which the text sets no term is owed at no moment."""
    rows = []
    for visit in visits:
        last_us = visit.due_us + US_PER_S - 1  # what is done within the last second is done in time
        if visit.due_us <= 0 or last_us < horizon.from_us or visit.from_us >= horizon.until_us:
            continue
        met = visit.done_us is not None and visit.done_us <= last_us
        rows.append(
            {
                "owed_id": f"{visit.mandate}/{visit.case_id}/{visit.step}/{visit.from_us // US_PER_S}",
                "mandate": visit.mandate,
                "duty": visit.step,
                "kind": "visit",
                "clause": visit.clause,
                "stretch_id": visit.place,
                "earliest_at_us": visit.from_us,
                "latest_at_us": last_us,
                "share_permille": None,
                "state": "met" if met else "missed" if last_us < horizon.known_at_us else "open",
            }
        )
    return table(sorted(rows, key=lambda row: str(row["owed_id"])), OWED)


# --- what lies ahead --------------------------------------------------------------------------------------


def demands_of(
    duties: Sequence[Duty], *, horizon: Horizon, spots: Spots, stretches: pa.Table, met: pa.Table | None = None
) -> Windows:
    """The windows that overlap the horizon and are still to be met, by duty, stretch and time.

    Args:
        duties: of `duties_of` and `own_duties`, for the same horizon.
        spots, stretches: those of the duties' needs.
        met: OWED of the same duties, for the same horizon; its windows that are met, and those over, are left out.

    Limits: a window is given whole, also where it began before the horizon or ends after it.
    """
    done = _closed(met, stretches)
    found: list[tuple[Indices, Indices, Indices]] = [(np.zeros(0, np.int64),) * 3]
    for number, duty in enumerate(duties):
        starts_us = _starts_us(duty, horizon)
        ground = np.unique(spots.stretch[duty.need.at])
        wanted = np.ones((len(ground), len(starts_us)), bool)
        rows, begun_us = done.get(f"{duty.mandate}\n{duty.name}\n{duty.clause}", found[0][:2])
        known = np.isin(rows, ground) & np.isin(begun_us, starts_us)
        wanted[np.searchsorted(ground, rows[known]), np.searchsorted(starts_us, begun_us[known])] = False
        at, window = np.nonzero(wanted)
        found.append((np.full(len(at), number), ground[at], starts_us[window]))
    of_duty, stretch, from_us = (np.concatenate(each) for each in zip(*found, strict=True))
    every_us = np.array([each.every_us for each in duties], np.int64)
    weights = np.array([each.weight_ratio for each in duties], np.float64)
    return Windows(
        duty=of_duty,
        stretch=stretch,
        from_us=from_us,
        until_us=from_us + every_us[of_duty],
        weight=weights[of_duty],
    )


def _closed(met: pa.Table | None, stretches: pa.Table) -> dict[str, tuple[Indices, Indices]]:
    """By duty, row of the stretch and beginning of each window that is met, or over."""
    if met is None:
        return {}
    done = met.filter(pc.and_(pc.not_equal(met["state"], "open"), pc.not_equal(met["kind"], "visit")))
    names, number = _coded(pc.binary_join_element_wise(done["mandate"], done["duty"], done["clause"], "\n"))
    row = pc.index_in(done["stretch_id"], value_set=stretches["stretch_id"].combine_chunks())
    rows, begun_us = pc.fill_null(row, -1).to_numpy().astype(np.int64), done["earliest_at_us"].to_numpy()
    return {str(name): (rows[number == at], begun_us[number == at]) for at, name in enumerate(names)}
