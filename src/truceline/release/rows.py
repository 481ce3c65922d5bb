"""Which rows a recipient gets, from when, and what each of their columns then says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from truceline.base.units import US_PER_S
from truceline.model.account import Recipient
from truceline.model.release import ItemKind, ReleaseRule, Terms
from truceline.model.review import STATUSES
from truceline.release.columns import COLUMNS, EMPTIED, ENDS_AT, ID_OF, LINKS, PLACE, Treatment
from truceline.release.floors import (
    GRADED,
    KINDS,
    MOMENTARY_ACTS,
    ONLY_DECIDED,
    SENT,
    SETTLED_ACTS,
    Limits,
    limits_of,
)
from truceline.release.grid import cells_of

Mask = NDArray[np.bool_]
Moments = NDArray[np.int64]

VISIBLE = "visible_from_us"
_NEVER = 2**62
_AUDITOR_READS = (Treatment.DETAIL, Treatment.INNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """What one recipient sees of a table's rows: shape (n,) each."""

    auditor: bool
    limits: Limits
    own: Mask  # sent in by this party, and by nobody else
    whole: Mask  # own, or addressed to it: exact
    unit: Mask  # the place is that of something that can move
    visible_us: Moments  # _NEVER: not released

    def only(self, at: Moments) -> "_Sight":
        """The same for these rows, in this order."""
        return _Sight(
            auditor=self.auditor,
            limits=self.limits,
            own=self.own[at],
            whole=self.whole[at],
            unit=self.unit[at],
            visible_us=self.visible_us[at],
        )


def release(
    table: pa.Table, *, kind: ItemKind, to: Recipient, rules: tuple[ReleaseRule, ...], terms: Terms
) -> pa.Table:
    """What of a table a recipient may see, ever, and from when. Deny by default.

    Args:
        table: rows of `kind`, as the mission holds them; each id once.
        rules: the mission's, as `check_rules` passed them; the floors hold for any.

    Returns: the mission gets everything unchanged. Anybody else: the known columns of the rows released, sorted by id
        (the order of the mission's rows would tell times apart), and `visible_from_us`. What is emptied is "", [] or
        null.
    Raises: UnreadableError: a rule's delay is none.
    Limits: says nothing of what the same recipient learned elsewhere; an id is a hash of what was said
        (docs/safeguards.md).
    """
    if to.kind == "mission":
        return _with_visible(table, np.zeros(len(table), dtype=np.int64))
    table = table.select([name for name in table.column_names if name in COLUMNS]).combine_chunks()
    sight = _sight_of(table, kind=kind, to=to, rules=rules, terms=terms)
    if sight is None:
        return _with_visible(table.schema.empty_table(), np.zeros(0, dtype=np.int64))
    kept = np.flatnonzero(sight.visible_us < _NEVER)
    ids = table.column(ID_OF[kind]).take(pa.array(kept))
    kept = kept[pc.sort_indices(ids).to_numpy()]
    return _with_visible(_treated(table, kept, sight.only(kept)), sight.visible_us[kept])


def shown(table: pa.Table, *, now_us: int) -> pa.Table:
    """Of a released table the rows that may be shown now; without the column that says so."""
    return table.filter(pc.less_equal(table.column(VISIBLE), now_us)).drop_columns([VISIBLE])


def exact_for(terms: Terms, party: str) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the items whose addressee this party is: alone, and with others. Only those that a case told it about.

    Addressed with others, it gets the exact place only of what stays where it is: whose weapon it was is not known, and
    it may be the other party's.
    """
    mine = {one: parties for one, parties in terms.addressed.items() if party in parties and one in terms.told}
    alone = frozenset(one for one, parties in mine.items() if parties == {party})
    return alone, frozenset(mine) - alone


def withheld_from(terms: Terms, party: str) -> frozenset[str]:
    """Ids that this party (or the public, "") never gets: under embargo, or of another party's compartment."""
    foreign = (one for one, theirs in terms.compartments.items() if one not in terms.shared and theirs - {"", party})
    return terms.embargoed | frozenset(foreign)


def _sight_of(
    table: pa.Table, *, kind: ItemKind, to: Recipient, rules: tuple[ReleaseRule, ...], terms: Terms
) -> _Sight | None:
    """None: nothing at all is released, which is what anybody unknown gets."""
    held = set(table.column_names)
    if kind not in KINDS or ID_OF[kind] not in held or (to.kind == "party") != bool(to.party):
        return None
    none = np.zeros(len(table), dtype=np.bool_)
    unit = ~_acts(table, MOMENTARY_ACTS) if {"act", "lon_deg"} <= held else none
    if to.kind == "auditor" and kind not in ONLY_DECIDED:
        limits = replace(limits_of((), to="parties", kind=kind), round_s=0)  # no place sharper than a party's
        at_once = np.zeros(len(table), dtype=np.int64)
        return _Sight(auditor=True, limits=limits, own=none, whole=none, unit=unit, visible_us=at_once)
    if to.kind not in ("party", "public") or ENDS_AT.get(kind, "latest_at_us") not in held:
        return None
    ids = table.column(ID_OF[kind])
    limits = limits_of(rules, to="parties" if to.kind == "party" else "public", kind=kind)
    visible_us = _by_rule(table, kind, limits, terms, unit) if limits.ruled else np.full(len(table), _NEVER)
    own, whole = none, none
    if to.kind == "party":
        own = _in(ids, _sent_by(terms, to.party)) if kind in SENT else none
        addressed = _addressed(table, ids, exact_for(terms, to.party))
        visible_us = np.where(addressed, _moments(ids, terms.told), visible_us)
        visible_us, whole = np.where(own, 0, visible_us), own | addressed
    withheld = _rests_on(table, kind, withheld_from(terms, to.party))
    return _Sight(
        auditor=False,
        limits=limits,
        own=own,
        whole=whole,
        unit=unit,
        visible_us=np.where(withheld, _NEVER, visible_us),
    )


def _by_rule(table: pa.Table, kind: ItemKind, limits: Limits, terms: Terms, unit: Mask) -> Moments:
    """From when the rule, or a decision to publish, releases each row. Delays run from the widened latest time."""
    ends = table.column(ENDS_AT.get(kind, "latest_at_us"))
    widened_us = _up(ends.fill_null(_NEVER).to_numpy(), limits.round_s) + 1
    least_s = np.where(unit, limits.unit_least_delay_s, limits.least_delay_s)
    never = ends.is_null().to_numpy()  # nobody can say that its delay is over
    ruled_us = widened_us + np.where(unit, limits.unit_delay_s, limits.delay_s) * US_PER_S
    if kind in ONLY_DECIDED or (kind in GRADED and "status" not in table.column_names):
        ruled_us = np.full(len(table), _NEVER)
    elif kind in GRADED:
        enough = frozenset(STATUSES[STATUSES.index(limits.status) :])
        ruled_us = np.where(_in(table.column("status"), enough), ruled_us, _NEVER)
    published_us = _moments(table.column(ID_OF[kind]), terms.published)
    decided_us = np.where(published_us < _NEVER, np.maximum(published_us, widened_us + least_s * US_PER_S), _NEVER)
    return np.where(never, _NEVER, np.minimum(ruled_us, decided_us))


def _addressed(table: pa.Table, ids: pa.ChunkedArray, exact: tuple[frozenset[str], frozenset[str]]) -> Mask:
    alone, together = (_in(ids, some) for some in exact)
    if "lon_deg" not in table.column_names:
        return alone | together
    return alone | (together & _acts(table, SETTLED_ACTS))


def _sent_by(terms: Terms, party: str) -> Iterable[str]:
    return (one for one, parties in terms.compartments.items() if parties == {party})


def _rests_on(table: pa.Table, kind: ItemKind, withheld: frozenset[str]) -> Mask:
    """Rows that are withheld, have no id, or rest on something withheld."""
    ids = table.column(ID_OF[kind])
    found: Mask = ids.is_null().to_numpy() | _in(ids, withheld)
    for name in LINKS:
        if name not in table.column_names:
            continue
        column = table.column(name).combine_chunks()
        if pa.types.is_list(column.type):
            hit = _in(pc.list_flatten(column), withheld)
            found[pc.list_parent_indices(column).to_numpy()[hit]] = True
        else:
            found |= _in(column, withheld)
    return found


def _in(values: pa.Array | pa.ChunkedArray, some: Iterable[str]) -> Mask:
    known = pa.array(sorted(some), pa.string())
    found: Mask = pc.is_in(values, value_set=known).to_numpy(zero_copy_only=False)
    return found


def _acts(table: pa.Table, acts: tuple[str, ...]) -> Mask:
    return _in(table.column("act"), acts) if "act" in table.column_names else np.zeros(len(table), dtype=np.bool_)


def _moments(ids: pa.ChunkedArray, moments: Mapping[str, int]) -> Moments:
    """The moment of each id, _NEVER where it has none."""
    at: Moments = pc.index_in(ids, value_set=pa.array(list(moments), pa.string())).fill_null(len(moments)).to_numpy()
    found: Moments = np.array([*moments.values(), _NEVER], dtype=np.int64)[at]
    return found


# --- columns ------------------------------


def _treated(table: pa.Table, at: Moments, sight: _Sight) -> pa.Table:
    """These rows, in this order, each column as this recipient gets it. `sight` is of these rows."""
    heard = [name for name in table.column_names if _rest(name, sight) or _exact(name, sight).any()]
    taken = table.select(heard).take(pa.array(at)).combine_chunks()
    places, columns = _places(taken, sight), []
    for field in table.schema:
        if field.name not in heard:
            columns.append(_empty(field.type, len(at)))
            continue
        column, rest = taken.column(field.name).combine_chunks(), _rest(field.name, sight)
        less = places[rest] if rest in PLACE else _less(column, rest, sight)
        exact = _exact(field.name, sight)
        columns.append(pc.if_else(pa.array(exact), column, less) if exact.any() and less is not column else less)
    return pa.table(columns, schema=table.schema)


def _exact(name: str, sight: _Sight) -> Mask:
    """The rows in which this recipient gets the column as the mission has it, though not everybody does."""
    if COLUMNS[name] in (Treatment.INNER, Treatment.SECRET):
        return np.zeros_like(sight.own)
    hidden = name in sight.limits.hide and COLUMNS[name] not in PLACE  # its item's place is hidden from no addressee
    return sight.own if hidden else sight.whole


def _rest(name: str, sight: _Sight) -> Treatment | None:
    """What becomes of the column in every other row; None: it is emptied."""
    treatment = COLUMNS[name]
    if sight.auditor and treatment in _AUDITOR_READS:
        return Treatment.KEEP
    return None if treatment in EMPTIED or name in sight.limits.hide else treatment


def _less(column: pa.Array, rest: Treatment | None, sight: _Sight) -> pa.Array:
    if rest is Treatment.KEEP:
        return column
    if rest is None:
        return _empty(column.type, len(column))
    known, values = column.is_valid().to_numpy(False), column.fill_null(0).to_numpy()
    least = sight.limits.least
    if rest in (Treatment.COUNT_LO, Treatment.COUNT_HI):
        return _where(
            known, np.where(values < least, 0 if rest is Treatment.COUNT_LO else least - 1, values), column.type
        )
    return _where(known, (_down if rest is Treatment.TIME_DOWN else _up)(values, sight.limits.round_s), column.type)


def _places(table: pa.Table, sight: _Sight) -> dict[Treatment, pa.Array]:
    """The cells' places for every row: what stands in place of lon, lat and covariance."""
    empty = pa.nulls(len(table), pa.float64())
    if not {"lon_deg", "lat_deg"} <= set(table.column_names):
        return dict.fromkeys(PLACE, empty)
    lon_deg, lat_deg = (table.column(name).fill_null(np.nan).to_numpy() for name in ("lon_deg", "lat_deg"))
    placed = np.isfinite(lon_deg) & np.isfinite(lat_deg)
    made = {treatment: np.zeros(len(table)) for treatment in PLACE}
    for of_units, grid_m in ((True, sight.limits.unit_grid_m), (False, sight.limits.grid_m)):
        at = np.flatnonzero(placed & (sight.unit == of_units))
        cells = cells_of(lon_deg[at], lat_deg[at], grid_m=grid_m)
        made[Treatment.LON][at], made[Treatment.LAT][at] = cells.lon_deg, cells.lat_deg
        made[Treatment.COV_EE][at], made[Treatment.COV_NN][at] = cells.cov_ee_m2, cells.cov_nn_m2
    return {treatment: _where(placed, values, pa.float64()) for treatment, values in made.items()}


def _down(times_us: Moments, unit_s: int) -> Moments:
    """The first microsecond of the unit, counted from 1970 in UTC."""
    return times_us if unit_s == 0 else times_us - times_us % (unit_s * US_PER_S)


def _up(times_us: Moments, unit_s: int) -> Moments:
    """The last microsecond of the unit."""
    return times_us if unit_s == 0 else _down(times_us, unit_s) + unit_s * US_PER_S - 1


def _where(known: Mask, values: NDArray[np.generic], kind: pa.DataType) -> pa.Array:
    return pa.array(values, mask=~known).cast(kind)


def _empty(kind: pa.DataType, length: int) -> pa.Array:
    """As many values that say nothing: "" and [] in place of text and lists, null in place of numbers."""
    if pa.types.is_string(kind):
        return pa.repeat("", length)
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(np.zeros(length + 1, dtype=np.int32), pa.array([], kind.value_type)).cast(kind)
    return pa.nulls(length, kind)


def _with_visible(table: pa.Table, visible_us: Moments) -> pa.Table:
    if VISIBLE in table.column_names:
        table = table.drop_columns([VISIBLE])
    return table.append_column(pa.field(VISIBLE, pa.int64()), pa.array(visible_us, pa.int64()))
