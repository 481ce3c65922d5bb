"""The best choice of columns, and how far from the best it can be at most: HiGHS, behind one door.

First the linear bound; then parts of the plan are solved to the end while the rest stands still, in turns along the
line; then the whole, for as long as there is time. Whatever is found is a plan at any moment. The same input gives the
same answer where the gap is reached before the time is up; else the answer depends on how fast the machine is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from truceline.base.errors import UnavailableError
from truceline.plan.flights.columns import AMPLE
from truceline.plan.flights.greedy import Programme, greedy, load, seen_ratio, worth
from truceline.plan.flights.task import Bools, Floats, Ints

if TYPE_CHECKING:
    import highspy

GAP_RATIO = 0.005  # nearer to the bound nobody needs to be
PART_RATIO = 0.05  # of the time, at most, for one part of the plan
PART_S_MIN = 2.0
LIKELY_RATIO = 0.1  # columns that the linear answer flies so much are tried whole
ANEW_RATIO = 0.35  # of the time goes to parts, where all may be chosen anew
WORTHWHILE_RATIO = 0.003  # what one part must bring for its neighbours to be tried again
THREADS = 2


class MissingSolverError(UnavailableError):
    """Flights are planned with HiGHS, and it is not installed."""

    code = "unavailable.solver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How often each column is flown, what that costs, and what no choice can cost less than."""

    flown: Ints
    objective_ratio: float
    bound_ratio: float
    seconds_s: float

    @property
    def gap_ratio(self) -> float:
        """How much of the objective is not proven to be needed."""
        return max(0.0, self.objective_ratio - self.bound_ratio) / max(self.objective_ratio, 1e-9)


def best(programme: Programme, start: Ints, *, parts: list[Bools], seconds_s: float, anew: bool = True) -> Answer:
    """The best choice that is found in the time, with its bound.

    Args:
        programme: the problem.
        start: a choice that keeps the capacities.
        parts: sets of columns; each in turn is solved anew while all others stay as they are.
        seconds_s: how long HiGHS may compute.
        anew: whether the choice may be quite another; if not, it is changed part by part, where most is missing.

    Raises: MissingSolverError.
    """
    search = _Search(programme, start, seconds_s=seconds_s)
    search.bound(anew=anew)
    if not search.done:
        search.improve(parts, for_s=seconds_s * (ANEW_RATIO if anew else 0.9), in_order=anew)
    if not search.done:
        search.finish()
    assert search.lower <= search.objective * (1 + 1e-6) + 1e-6, "a plan is better than the bound"
    return Answer(
        flown=search.flown,
        objective_ratio=search.objective,
        bound_ratio=min(search.lower, search.objective),
        seconds_s=search.spent_s,
    )


class _Search:
    """One search: the best choice so far, the bound so far, and the seconds spent."""

    def __init__(self, programme: Programme, start: Ints, *, seconds_s: float) -> None:
        self.programme, self.seconds_s, self.spent_s = programme, seconds_s, 0.0
        self.flown, self.objective, self.lower = start.copy(), worth(programme, start), 0.0
        self.reduced = np.zeros(len(programme.cost))

    @property
    def done(self) -> bool:
        """Whether the gap is small enough, or the time is up."""
        near = self.objective - self.lower <= GAP_RATIO * self.objective + 1e-9
        return near or self.left_s < 0.1 or not len(self.flown)

    @property
    def left_s(self) -> float:
        return self.seconds_s - self.spent_s

    def bound(self, *, anew: bool) -> None:
        """The linear bound, what each column would at least add to it, and (`anew`) a choice close to it."""
        solver, model = _solver(self.programme, np.ones(len(self.flown), bool), self.flown * 0)
        solver.setOptionValue("time_limit", self.left_s)
        solver.passModel(model)
        solver.run()
        self.spent_s += solver.getRunTime()
        import highspy

        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self.lower = solver.getInfo().objective_function_value
            solution = solver.getSolution()
            self.reduced = np.asarray(solution.col_dual)[: len(self.flown)]
            if anew:
                self._round(np.asarray(solution.col_value)[: len(self.flown)])

    def _round(self, often: Floats) -> None:
        """The linear answer in whole sorties, the fullest first as far as there is room, and the gaps filled."""
        programme = self.programme
        flown, free = np.zeros(len(often), np.int64), programme.capacity.copy()
        for column in np.lexsort((np.arange(len(often)), -often))[: int((often > LIKELY_RATIO).sum())].tolist():
            uses = programme.use[programme.use_start[column] : programme.use_start[column + 1]]
            times = min(max(1, int(often[column] + 0.5)), int(free[uses].min()))
            flown[column] = times
            free[uses] -= times
        flown = greedy(programme, flown)
        cost = worth(programme, flown)
        if cost < self.objective:
            self.flown, self.objective = flown, cost

    def improve(self, parts: list[Bools], *, for_s: float, in_order: bool) -> None:
        """Parts in turns, where most is missing first; each again when one that overlaps it brought something."""
        due = set(range(len(parts)))
        most_s = max(PART_S_MIN, PART_RATIO * self.seconds_s)
        while due and not self.done and self.spent_s < for_s:
            turn = min(due) if in_order else max(sorted(due), key=lambda at: self._missing(parts[at]))
            before = self.objective
            self._solve(parts[turn], seconds_s=min(most_s, self.left_s), gap_ratio=0.001)
            due.discard(turn)
            if before - self.objective > WORTHWHILE_RATIO * self.objective:
                due |= {other for other, part in enumerate(parts) if other != turn and (part & parts[turn]).any()}

    def _missing(self, part: Bools) -> float:
        """Weight of what is missing and a part could see."""
        missing = np.maximum(0.0, 1 - seen_ratio(self.programme, self.flown))
        rows = _open_rows(self.programme, part, missing)
        return float(self.programme.weight[rows] @ missing[rows])

    def finish(self) -> None:
        """The whole, without columns that the bound rules out: flown once, they would cost more than the best."""
        free = self.reduced <= self.objective - self.lower + 1e-6
        bound = self._solve(free, seconds_s=self.left_s, gap_ratio=GAP_RATIO, alone=True)
        self.lower = max(self.lower, bound)

    def _solve(self, free: Bools, *, seconds_s: float, gap_ratio: float, alone: bool = False) -> float:
        """Solve for the free columns, others as they are (`alone`: not flown); keep what is better. The bound."""
        import highspy

        held = np.where(free, 0, 0 if alone else self.flown)
        solver, model = _solver(self.programme, free, held, integer=True)
        solver.setOptionValue("time_limit", seconds_s)
        solver.setOptionValue("mip_rel_gap", gap_ratio)
        solver.passModel(model)
        missing = 1 - seen_ratio(self.programme, held)
        rows = _open_rows(self.programme, free, missing)
        own = self.flown[free]
        after = np.maximum(0.0, 1 - seen_ratio(self.programme, held + self.flown * free))
        before = highspy.HighsSolution()
        before.col_value = np.concatenate([own, after[rows]]).tolist()
        solver.setSolution(before)
        solver.run()
        self.spent_s += solver.getRunTime()
        info = solver.getInfo()
        if info.primal_solution_status == 2:
            found = held.copy()
            found[free] += np.round(np.asarray(solver.getSolution().col_value)[: len(own)]).astype(np.int64)
            cost = worth(self.programme, found)
            if cost < self.objective - 1e-9 and (load(self.programme, found) <= self.programme.capacity).all():
                self.flown, self.objective = found, cost
        return float(info.mip_dual_bound)


def _open_rows(programme: Programme, free: Bools, missing: Floats) -> Ints:
    """Rows that something is missing of and a free column sees."""
    seen = np.zeros(len(missing), bool)
    seen[programme.row[np.repeat(free, np.diff(programme.start))]] = True
    return np.flatnonzero(seen & (missing > 1e-9))


def _solver(
    programme: Programme, free: Bools, held: Ints, *, integer: bool = False
) -> "tuple[highspy.Highs, highspy.HighsLp]":
    """HiGHS, and the problem of the free columns beside those held: how often flown, then what each row misses."""
    try:
        import highspy
    except ModuleNotFoundError as error:
        raise MissingSolverError(
            "flights cannot be planned: highspy is not installed.",
            subject="flight plan",
            remedy='Install it: pip install "truceline[planning]". Coverage is counted without it.',
        ) from error
    missing = 1 - seen_ratio(programme, held)
    rows = _open_rows(programme, free, missing)
    capacity = programme.capacity - load(programme, held)
    uses = np.repeat(free, np.diff(programme.use_start)) & (programme.capacity[programme.use] < AMPLE)
    limits = np.unique(programme.use[uses])
    columns, line = int(free.sum()), len(rows)
    number = np.cumsum(free) - 1
    row_at = np.full(len(missing), -1)
    row_at[rows] = np.arange(line)
    limit_at = np.full(len(capacity), -1)
    limit_at[limits] = np.arange(len(limits)) + line
    sees = np.repeat(free, np.diff(programme.start)) & (row_at[programme.row] >= 0)
    column = np.concatenate(
        [
            number[np.repeat(np.arange(len(free)), np.diff(programme.start))[sees]],
            number[np.repeat(np.arange(len(free)), np.diff(programme.use_start))[uses]],
            columns + np.arange(line),
        ]
    )
    row = np.concatenate([row_at[programme.row[sees]], limit_at[programme.use[uses]], np.arange(line)])
    needed = missing[rows]
    part = np.minimum(programme.ratio[sees], missing[programme.row[sees]])
    value = np.concatenate([part, np.ones(int(uses.sum()) + line)])
    order = np.lexsort((row, column))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns + line, line + len(limits)
    model.col_cost_ = np.concatenate([programme.cost[free], programme.weight[rows]])
    model.offset_ = float(programme.cost @ held + _lost(programme, missing, rows))
    most = np.minimum.reduceat(capacity[programme.use], programme.use_start[:-1])[free]
    model.col_lower_ = np.zeros(columns + line)
    model.col_upper_ = np.concatenate([np.maximum(most, 0), needed])
    model.row_lower_ = np.concatenate([needed, np.full(len(limits), -highspy.kHighsInf)])
    model.row_upper_ = np.concatenate([np.full(line, highspy.kHighsInf), capacity[limits]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(column[order], np.arange(columns + line + 1))
    model.a_matrix_.index_ = row[order]
    model.a_matrix_.value_ = value[order]
    if integer:
        kinds = highspy.HighsVarType
        model.integrality_ = [kinds.kInteger] * columns + [kinds.kContinuous] * line
    highspy.Highs.resetGlobalScheduler(True)
    solver = highspy.Highs()
    for option, setting in (("output_flag", False), ("threads", THREADS), ("random_seed", 0)):
        solver.setOptionValue(option, setting)
    return solver, model


def _lost(programme: Programme, missing: Floats, rows: Ints) -> float:
    """Weight of what stays missing whatever the free columns do."""
    stays = np.maximum(0.0, missing)
    stays[rows] = 0.0
    return float(programme.weight @ stays)


def more_drones(programme: Programme, *, fleets: int, slots: int, seconds_s: float) -> Floats | None:
    """Fewest drones more, fleet by fleet and in fractions, with which every row could be seen in full.

    The linear relaxation with the rows of drones made elastic, the same number at all slots; crews come with drones.
    None if the time was not enough. Raises: MissingSolverError.
    """
    solver, model = _solver(programme, np.ones(len(programme.cost), bool), np.zeros(len(programme.cost), np.int64))
    import highspy

    count, line = len(programme.cost), model.num_col_ - len(programme.cost)
    upper = np.asarray(model.col_upper_).copy()
    upper[:count], upper[count:] = highspy.kHighsInf, 0.0
    model.col_upper_ = upper
    model.col_cost_ = np.concatenate([np.full(count, 1e-4), np.zeros(line)])
    model.offset_ = 0.0
    limits = np.unique(programme.use[programme.capacity[programme.use] < AMPLE])
    upper_row = np.asarray(model.row_upper_).copy()
    upper_row[line + np.flatnonzero(limits >= fleets * slots)] = highspy.kHighsInf
    model.row_upper_ = upper_row
    solver.setOptionValue("time_limit", seconds_s)
    solver.passModel(model)
    for fleet in range(fleets):
        rows = (line + np.flatnonzero(limits // slots == fleet)).astype(np.int32)
        solver.addCol(1.0, 0.0, highspy.kHighsInf, len(rows), rows, np.full(len(rows), -1.0))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.asarray(solver.getSolution().col_value)[count + line :]
