"""Live observations to findings: the same stages as in a run, over what is recent, on a thread of its own.

The mission's own files are read once. Each file that comes in is read once, added, and everything within reach of what
is new is fused and judged again: so a late report, a person's split or a granted notice changes what follows from it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.errors import UnknownNameError
from truceline.base.units import US_PER_S
from truceline.fuse import fuse
from truceline.fuse.quality import Quality, compare
from truceline.model.case import Opening
from truceline.model.coverage import Visit
from truceline.model.finding import Verdict
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mandate import Mandate
from truceline.model.products import Products
from truceline.model.review import STATUSES, Review, of_double_review
from truceline.pipeline import Work, conclude, read_all, read_more, since
from truceline.run.live.state.books import Books, Sample
from truceline.run.live.state.views import resting_on, tables_of
from truceline.terms.meaning import mandate_sha256

REACH_S = 7 * 86_400  # at least so much of the past is judged again with what is new
ALL_ROWS = 20_000  # observations of one owner up to which nothing of them is left out


@dataclass(slots=True)
class Judging:
    """What was read so far."""

    work: Work
    seen: set[tuple[str, str, str]]  # keys of live files that are in `work`

    def add(self, files: Iterable[LiveFile]) -> int:
        """Read files that are not in yet; the number of them."""
        fresh = [file for file in files if file.key not in self.seen]
        for file in fresh:
            self.work = read_more(self.work, file)
            self.seen.add(file.key)
        return len(fresh)

    def judge(
        self,
        *,
        reviews: tuple[Review, ...],
        journal: Mapping[str, tuple[str, ...]],
        decided: Sequence[dict[str, object]],
        visits: tuple[Visit, ...] = (),
        now_us: int,
    ) -> Products:
        """Everything from fusing on, over what is within reach. Raises: MandateError, InputError."""
        inputs = replace(
            self.work.inputs,
            reviews=reviews,
            journal=dict(journal),
            decided=tuple(decided),
            visits=visits,
            now_us=now_us,
        )
        work = replace(self.work, inputs=inputs)
        if work.held["observations"].num_rows > ALL_ROWS:
            work = since(work, now_us - reach_s(work.mandates) * US_PER_S, most=ALL_ROWS)
        return conclude(work)


def judging_of(inputs: Inputs) -> Judging:
    """The mission's own files, read."""
    return Judging(work=read_all(inputs), seen={file.key for file in inputs.live})


def reach_s(mandates: Iterable[Mandate]) -> int:
    """How far back an observation can matter to a verdict about a new one: the longest window that a clause counts."""
    windows = [clause.limit.window_s or 0 for mandate in mandates for clause in mandate.clauses if clause.limit]
    return max([REACH_S, *(2 * window_s for window_s in windows)])


def openings_of(
    products: Products, *, automatic: bool, known: Callable[[Opening], bool], confidential: Collection[str]
) -> list[Opening]:
    """The cases that findings of breach ask for: one for the same events under one clause and reading.

    What rests on a party's confidential rows asks for none: a case is told to all parties.

    Args:
        automatic: whether a finding that no person has looked at opens one.
        known: whether such a case is there already.
        confidential: ids of observations that a party sent in confidence.
    """
    statuses = {row["finding_id"]: row["status"] for row in tables_of(products)["finding"].to_pylist()}
    apart = set(resting_on(products.events, "members", confidential)["event_id"].to_pylist())
    least = STATUSES.index("preliminary" if automatic else "confirmed")
    found: dict[tuple[str, ...], Opening] = {}
    for judged in products.judged:
        clauses = {clause.name: clause for clause in judged.mandate.clauses}
        for row in judged.findings.to_pylist():
            clause = clauses[row["clause"]]
            enough = STATUSES.index(statuses[row["finding_id"]]) >= least
            if row["verdict"] != Verdict.BREACH or not clause.response or not enough:
                continue
            if not apart.isdisjoint(row["event_ids"]):
                continue
            key = (judged.mandate.name, clause.name, row["reading"], *sorted(row["event_ids"]))
            before = found.get(key)
            found[key] = Opening(
                mandate=judged.mandate.name,
                mandate_sha256=mandate_sha256(judged.mandate),
                response=clause.response,
                clause=clause.name,
                breach_class=clause.breach_class,
                reading=row["reading"],
                finding_ids=(*(before.finding_ids if before else ()), row["finding_id"]),
                event_ids=tuple(sorted(row["event_ids"])),
                addressees=(*(before.addressees if before else ()), row["addressee"]),
            )
    return [opening for opening in found.values() if not known(opening)]


def sample_of(books: Books, name: str) -> Sample:
    """A sample for a blind second review. Raises: UnknownNameError."""
    if name not in books.samples:
        raise UnknownNameError(f"there is no {name[:80]!r}.", subject="sample", remedy="Draw one first.")
    return books.samples[name]


def double_review(observations: pa.Table, books: Books, drawn: Sample, *, events: pa.Table) -> Quality:
    """One person's events of a sample beside another's, decided without sight of the first.

    Args:
        observations: all of the mission's; events: as they stand.
    """
    members = set(
        pc.list_flatten(
            events.filter(pc.is_in(events["event_id"], value_set=pa.array(drawn.events, pa.string())))["members"]
        ).to_pylist()
    )
    rows = observations.filter(
        pc.is_in(observations["observation_id"], value_set=pa.array(sorted(members), pa.string()))
    )
    first = [review for review in books.reviews if not review.blind]
    second = of_double_review(books.reviews, blind=drawn.name)
    return compare(fuse(rows, reviews=first, journal=books.journal), fuse(rows, reviews=second, journal=books.journal))
