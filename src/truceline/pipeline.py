"""The only file that puts stages together.

Read STAGES: each line says what a stage reads and what it makes.

`run_pipeline` is pure: bytes and a moment in, `Products` out. Disk, clock and record belong to `run/`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truceline.base.canonical import sha256_hex
from truceline.base.time import from_us
from truceline.base.units import US_PER_S
from truceline.fuse import fuse, standing
from truceline.judge import Change, Facts, Material, assess, changes, facts_of, judge, window_counts
from truceline.locate import Feature, divergences_of, features_of, locate, place_against
from truceline.mandate import MARKDOWN, check_mandate, parse_mandates, signed_file
from truceline.model.batch import REJECTS, Batch, table
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mandate import Mandate, Period
from truceline.model.mission import Mission
from truceline.model.notice import NOTICES
from truceline.model.products import FeedCount, Judged, Products, Watch, name_as_judged, summed
from truceline.model.reel import Reel, Screened
from truceline.model.remark import Remark
from truceline.model.source import Source
from truceline.observe import read_feeds, read_live
from truceline.report import scope_of
from truceline.terms import rules_of
from truceline.terms.meaning import mandate_sha256

Progress = Callable[[str], None]


def silent(stage: str) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the stages hand on. Empty where a stage has not run yet."""

    inputs: Inputs
    mandates: tuple[Mandate, ...] = ()
    features: tuple[Feature, ...] = ()
    feeds: tuple[FeedCount, ...] = ()
    held: dict[str, pa.Table] = field(default_factory=dict)  # by what a feed may hold: products.HELD
    compartments: dict[str, str] = field(default_factory=dict)  # party by row id, of rows that are not the mission's
    rejects: pa.Table = field(default_factory=REJECTS.empty_table)
    reels: tuple[Reel, ...] = ()  # footage as it was read
    footage: Screened = field(default_factory=Screened)
    events: pa.Table | None = None
    placings: pa.Table | None = None
    watch: Watch = field(default_factory=Watch)
    kept: dict[str, tuple[object, object]] = field(default_factory=dict, compare=False)  # heavy results of one round
    judged: tuple[Judged, ...] = ()
    as_judged: dict[str, pa.Table] = field(default_factory=dict)  # what certificates are sealed on: products.py


def _mandate(work: Work) -> Work:
    mandates = parse_mandates(work.inputs.mandates)
    return replace(work, mandates=mandates, features=features_of(mandates, work.inputs.geometry))


def _observe(work: Work) -> Work:
    reading = read_feeds(work.inputs, mandates=work.mandates)
    return replace(
        work,
        held=reading.held,
        feeds=reading.feeds,
        rejects=reading.rejects,
        compartments=reading.compartments,
        reels=reading.reels,
    )


def _footage(work: Work) -> Work:
    """What was seen in pictures becomes rows like any other, behind those of the feeds."""
    if not work.reels:
        return work
    from truceline.footage import see, together  # heavy, and most missions have none

    seen = [see(reel) for reel in work.reels]
    made = {"observations": [each.observations for each in seen], "impediments": [each.impediments for each in seen]}
    counts = [count for each, reel in zip(seen, work.reels, strict=True) for count in each.counts(reel)]
    return replace(
        work,
        held=work.held | {kind: pa.concat_tables([work.held[kind], *tables]) for kind, tables in made.items()},
        feeds=(*work.feeds, *summed(counts)),
        rejects=pa.concat_tables([work.rejects, *(each.rejects for each in seen)]),
        reels=(),
        footage=together([work.footage, *(each.screened for each in seen)]),
    )


def _lose(work: Work) -> Work:
    """That a sensor of the mission fell silent is itself an observation; what a party sent says nothing of it."""
    views = _rows_of(work.held["views"], "", work.compartments)
    if not views.num_rows:
        return work
    from truceline.plan import losses_of  # heavy, and many missions have no views

    lost = losses_of(views)
    if not lost.num_rows:
        return work
    counts = [
        FeedCount(
            feed="views: sensors lost",
            holds="observations",
            source="",
            sha256=str(of_file["values"]),
            read=int(of_file["counts"]),
            rows=int(of_file["counts"]),
            rejects=0,
        )
        for of_file in pc.value_counts(lost["raw_sha256"]).to_pylist()
    ]
    held = work.held | {"observations": pa.concat_tables([work.held["observations"], lost])}
    return replace(work, held=held, feeds=(*work.feeds, *summed(counts)))


def _locate(work: Work) -> Work:
    batch = locate(work.held["observations"], features=work.features, now=from_us(work.inputs.now_us))
    held = work.held | {"observations": batch.rows}
    rejects = pa.concat_tables([work.rejects, batch.rejects])
    return replace(work, held=held, rejects=rejects, feeds=_without(work, batch))


def _without(work: Work, batch: Batch) -> tuple[FeedCount, ...]:
    """The feeds' counts after a later stage set rows aside: the rows of each feed stand together, in their order."""
    if not batch.rejects.num_rows:
        return work.feeds
    before, after = work.held["observations"]["observation_id"], batch.rows["observation_id"]
    here = pc.is_in(before, value_set=after.combine_chunks()).to_numpy()
    feeds, first = [], 0
    for feed in work.feeds:
        own = feed.rows if feed.holds == "observations" else 0
        refused = own - int(here[first : first + own].sum())
        first += own
        feeds.append(replace(feed, rows=feed.rows - refused, rejects=feed.rejects + refused))
    return tuple(feeds)


def _fuse(work: Work) -> Work:
    """Events; what a party sent in confidence is never joined with anybody else's, so that nothing tells of it."""
    given, rows = work.inputs, work.held["observations"]
    events = [
        fuse(
            _rows_of(rows, owner, work.compartments),
            reviews=given.reviews,
            journal=given.journal,
            associate=given.mission.associate,
        )
        for owner in _owners(work)
    ]
    joined = pa.concat_tables(events)
    return replace(work, events=joined.sort_by([("earliest_at_us", "ascending"), ("event_id", "ascending")]))


def _owners(work: Work) -> tuple[str, ...]:
    """Whose rows there are: "" for the mission, then each party that sent any in confidence."""
    return ("", *sorted(set(work.compartments.values())))


def _rows_of(rows: pa.Table, owner: str, compartments: Mapping[str, str]) -> pa.Table:
    """The rows of one owner; the first column is their id."""
    if not compartments:
        return rows
    ids = pa.array(sorted(row for row, party in compartments.items() if party == owner or not owner), pa.string())
    theirs = pc.is_in(rows[rows.column_names[0]], value_set=ids)
    return rows.filter(theirs if owner else pc.invert(theirs))


def _place(work: Work) -> Work:
    assert work.events is not None
    of_events = place_against(work.events, id_column="event_id", features=work.features)
    observations = work.held["observations"]
    of_observations = place_against(observations, id_column="observation_id", features=work.features)
    return replace(work, placings=pa.concat_tables([of_events, of_observations]))


def _watch(work: Work) -> Work:
    """What could have been seen: the mission's own views alone count."""
    given = work.inputs
    if not (work.held["views"].num_rows or work.footage.footprints.num_rows or given.visits):
        return work
    from truceline.watching import Effort, learn  # heavy, and many missions have no views

    scope = scope_of(given.mission)
    learned = learn(
        Effort(
            mission=given.mission,
            mandates=work.mandates,
            drawn=work.features,
            views=_rows_of(work.held["views"], "", work.compartments),
            footage=work.footage,
            impediments=_rows_of(work.held["impediments"], "", work.compartments),
            terrain=given.beside.get(given.mission.coverage.terrain, b""),
            now_us=given.now_us,
            visits=given.visits,
            kept=work.kept,
            period_us=(scope.from_us, scope.until_us),
        )
    )
    more = {"coverage": learned.coverage, "impediments": learned.impediments}
    held = work.held | {kind: pa.concat_tables([work.held[kind], rows]) for kind, rows in more.items()}
    return replace(work, held=held, watch=learned.watch)


def _judge(work: Work) -> Work:
    """What a party sent in confidence is judged by itself, and nothing of the mission's with it (decision 0025)."""
    materials = {owner: _material(work, owner) for owner in _owners(work)}
    material, *confidential = materials.values()
    paths = zip(work.mandates, work.inputs.mandates, strict=True)
    judged = tuple(_judged(material, mandate, path, work.inputs) for mandate, path in paths)
    return replace(
        work,
        judged=tuple(_with_theirs(each, confidential, work.inputs.now_us) for each in judged),
        as_judged=_as_judged(work, materials),
    )


def _as_judged(work: Work, materials: Mapping[str, Material]) -> dict[str, pa.Table]:
    """The parts of tables that were judged, each under its name, where they are not the whole."""
    whole = {"events": work.events, "observations": work.held["observations"], "placings": work.placings}
    parts = {(name, owner): getattr(material, name) for owner, material in materials.items() for name in whole}
    return {
        name_as_judged(name, owner): part
        for (name, owner), part in parts.items()
        if owner or part.num_rows < whole[name].num_rows
    }


def _material(work: Work, owner: str = "") -> Material:
    """What the stages before judgement made of one owner's rows; notices are everybody's."""
    assert work.events is not None
    assert work.placings is not None
    sources = {source.id: source for source in work.inputs.mission.sources}
    held = {
        kind: _rows_of(work.held[kind], owner, work.compartments) for kind in ("observations", "claims", "coverage")
    }
    events = work.events
    if work.compartments:
        firsts = pc.list_element(events["members"], 0)
        events = events.filter(pc.is_in(firsts, value_set=held["observations"]["observation_id"].combine_chunks()))
    ids = pa.chunked_array([*events["event_id"].chunks, *held["observations"]["observation_id"].chunks], pa.string())
    placings = work.placings
    if work.compartments:
        placings = placings.filter(pc.is_in(placings["subject_id"], value_set=ids.combine_chunks()))
    return Material(
        events=standing(events),
        placings=placings,
        notices=work.held["notices"],
        sources=sources,
        set_aside=sum(
            feed.rejects - feed.confidential_rejects for feed in work.feeds if _own_observations(feed, sources)
        ),
        **held,
    )


def _with_theirs(judged: Judged, confidential: Sequence[Material], now_us: int) -> Judged:
    """And the findings about events of each party's own; that nothing was seen, the mission's own material says."""
    for material in confidential:
        theirs = judge(material, mandate=judged.mandate, now_s=now_us // US_PER_S)
        about = theirs.findings.filter(pc.greater(pc.list_value_length(theirs.findings["event_ids"]), 0))
        judged = replace(
            judged,
            findings=pa.concat_tables([judged.findings, about]),
            certificates=judged.certificates | theirs.certificates,
        )
    return judged


def _own_observations(feed: FeedCount, sources: Mapping[str, Source]) -> bool:
    return feed.holds == "observations" and feed.source in sources and sources[feed.source].kind == "mission"


def _judged(material: Material, mandate: Mandate, path: str, inputs: Inputs) -> Judged:
    judgement = judge(material, mandate=mandate, now_s=inputs.now_us // US_PER_S)
    return Judged(
        mandate=mandate,
        mandate_sha256=mandate_sha256(mandate),
        text_sha256=sha256_hex(inputs.mandates[path]),
        remarks=_checked(mandate, path, inputs),
        findings=judgement.findings,
        assessments=assess(material, judgement.findings, mandate=mandate, period=_period(inputs.mission)),
        windows=window_counts(material, mandate=mandate),
        certificates=judgement.certificates,
    )


def _checked(mandate: Mandate, path: str, inputs: Inputs) -> tuple[Remark, ...]:
    """What the checker says of one mandate, with the drawings and, where it is Markdown, its signed text at hand."""
    signed = signed_file(inputs.mandates[path], source=path) if path.endswith(MARKDOWN) else None
    return check_mandate(mandate, signed=signed, divergences=divergences_of(mandate, inputs.geometry))


def _period(mission: Mission) -> Period:
    scope = scope_of(mission)
    return Period(from_s=scope.from_us // US_PER_S, until_s=scope.until_us // US_PER_S)


Stage = tuple[str, tuple[str, ...], tuple[str, ...], Callable[[Work], Work]]
STAGES: tuple[Stage, ...] = (
    ("mandate", ("inputs",), ("mandates", "features"), _mandate),
    ("observe", ("inputs", "mandates"), ("held", "feeds", "rejects", "compartments", "reels"), _observe),
    ("footage", ("reels", "held", "feeds", "rejects"), ("held", "feeds", "rejects", "footage"), _footage),
    ("lose", ("inputs", "held", "feeds"), ("held", "feeds"), _lose),
    ("locate", ("held", "features", "feeds", "rejects"), ("held", "feeds", "rejects"), _locate),
    ("fuse", ("inputs", "held", "compartments"), ("events",), _fuse),
    ("place", ("held", "events", "features"), ("placings",), _place),
    ("watch", ("inputs", "mandates", "features", "held", "footage"), ("held", "watch"), _watch),
    ("judge", ("held", "events", "placings", "mandates"), ("judged", "as_judged"), _judge),
)


def run_pipeline(inputs: Inputs, *, progress: Progress = silent) -> Products:
    """Every stage in order. Raises MandateError, InputError: each names its file and what to do next."""
    return conclude(read_all(inputs, progress=progress), progress=progress)


READING = 5  # the first stages read and place; the others draw conclusions


def read_all(inputs: Inputs, *, progress: Progress = silent) -> Work:
    """What the files of a mission hold, placed, before anything is concluded. Raises: as `run_pipeline`."""
    return _through(STAGES[:READING], Work(inputs=inputs), progress)


def read_more(work: Work, file: LiveFile) -> Work:
    """The same with one more file that came in live; a row that is held already is counted as repeated.

    Raises: InputError: it is for a feed that the mission does not have.
    """
    reading = read_live(file, inputs=work.inputs, mandates=work.mandates)
    alone = replace(
        work,
        held=reading.held,
        feeds=reading.feeds,
        compartments=reading.compartments,
        rejects=reading.rejects,
        reels=reading.reels,
    )
    more = _locate(_lose(_footage(alone)))
    held, again = {}, dict[str, int]()
    for kind, rows in more.held.items():
        ids, known = rows.column_names[0], work.held[kind]  # the first column of each is its id
        fresh = pc.invert(pc.is_in(rows[ids], value_set=known[ids].combine_chunks()))
        again[kind] = rows.num_rows - pc.sum(fresh).as_py() if rows.num_rows else 0
        held[kind] = pa.concat_tables([known, rows.filter(fresh)])
    return replace(
        work,
        held=held,
        compartments=work.compartments | reading.compartments,
        rejects=pa.concat_tables([work.rejects, more.rejects]),
        feeds=summed([*work.feeds, *(_repeated(count, again.get(count.holds, 0)) for count in more.feeds)]),
        footage=more.footage,
    )


def _repeated(count: FeedCount, again: int) -> FeedCount:
    """The count of one file, of whose rows so many were held before."""
    return replace(count, rows=count.rows - again, repeated=count.repeated + again)


def since(work: Work, from_us: int, *, most: int = 0) -> Work:
    """Without the observations that were over before `from_us`; what a clause, notice or claim says stays.

    An event or decision that reaches into the time keeps all its observations, so that its id stays.

    Args: most: whoever sent no more observations than this keeps all: nobody can crowd out what others sent.
    """
    rows = work.held["observations"]
    recent = pc.fill_null(pc.greater_equal(rows["latest_at_us"], from_us), True)
    inside = set(rows.filter(recent)["observation_id"].to_pylist())
    whole = [*work.inputs.journal.values(), *(members for each in work.inputs.reviews for _, members in each.seen)]
    kept = {one for members in whole if not inside.isdisjoint(members) for one in members} - inside
    recent = pc.or_(recent, pc.is_in(rows["observation_id"], value_set=pa.array(sorted(kept), pa.string())))
    older = rows.filter(pc.invert(recent))
    kept_whole = []
    for owner in _owners(work) if most else ():
        if _rows_of(rows, owner, work.compartments).num_rows <= most:
            kept_whole += _rows_of(older, owner, work.compartments)["observation_id"].to_pylist()
    recent = pc.or_(recent, pc.is_in(rows["observation_id"], value_set=pa.array(kept_whole, pa.string())))
    return replace(work, held=work.held | {"observations": rows.filter(recent)})


def _through(stages: Sequence[Stage], work: Work, progress: Progress) -> Work:
    for name, _, _, stage in stages:
        progress(name)
        work = stage(work)
    return work


def conclude(work: Work, *, progress: Progress = silent) -> Products:
    """What follows from what was read: events, places, findings. Raises: MandateError."""
    inputs = work.inputs
    notices = pa.concat_tables([work.held["notices"], table(list(inputs.decided), NOTICES)])
    work = _through(STAGES[READING:], replace(work, held=work.held | {"notices": notices}), progress)
    assert work.events is not None
    assert work.placings is not None
    return Products(
        mission=inputs.mission,
        known_at_us=inputs.now_us,
        feeds=work.feeds,
        observations=work.held["observations"],
        events=work.events,
        placings=work.placings,
        claims=work.held["claims"],
        notices=work.held["notices"],
        impediments=work.held["impediments"],
        coverage=work.held["coverage"],
        casualties=work.held["casualties"],
        damage=work.held["damage"],
        rejects=work.rejects,
        judged=work.judged,
        geometry=inputs.geometry,
        footage=work.footage,
        views=_rows_of(work.held["views"], "", work.compartments),
        watch=work.watch,
        as_judged=work.as_judged,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Past events that two drafts answer differently, as far as the events themselves go: evidence is not looked at."""

    events: pa.Table  # n EVENTS rows
    changes: tuple[Change, ...]  # rows are indexes into `events`


def compare_over(old: Inputs, new: Inputs) -> Answered:
    """The same feeds under two drafts; `old` and `new` hold one mandate each, and may differ in nothing but that.

    Feeds are read once, with the names that either draft declares: so both are asked about the same events.

    Raises: as `run_pipeline`.
    """
    one, other = _mandate(Work(inputs=old)), _mandate(Work(inputs=new))
    (was,), (now,) = one.mandates, other.mandates
    seen = replace(one, mandates=(was, now))
    for stage in (_observe, _footage, _lose, _locate, _fuse):
        seen = stage(seen)
    assert seen.events is not None
    events = standing(seen.events)
    seen = replace(seen, events=events)
    before = _facts_under(was, replace(seen, features=one.features))
    after = _facts_under(now, replace(seen, features=other.features))
    if _measured_alike(before, after):
        before = after = replace(before, spans=before.spans | after.spans)
    found = changes(rules_of(was), before, rules_of(now), after, rows=events.num_rows)
    addressed = (_addressed(change, before) for change in found)
    return Answered(events=events, changes=tuple(change for change in addressed if change.rows.size))


def _facts_under(mandate: Mandate, work: Work) -> Facts:
    """The events as one draft measures them: its own drawings, precision and registers."""
    material = _material(_place(work))
    return facts_of(material.events, id_column="event_id", material=material, mandate=mandate)


def _measured_alike(one: Facts, other: Facts) -> bool:
    """Whether every column of both holds the same: what only one draft asks for, the other may be asked too."""
    return all(
        np.array_equal(ours, theirs)
        for column in one.spans.keys() & other.spans.keys()
        for ours, theirs in zip(one.spans[column], other.spans[column], strict=True)
    )


def _addressed(change: Change, facts: Facts) -> Change:
    """Without the events that were reported to be somebody else's."""
    addressee = change.key[1]
    mine = [row for row in change.rows.tolist() if not facts.parties[row] or addressee in facts.parties[row]]
    return replace(change, rows=np.array(mine, np.int64))
