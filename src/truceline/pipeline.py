"""The only file that puts stages together.

Read STAGES: each line says what a stage reads and what it makes.

`run_pipeline` is pure: bytes and a moment in, `Products` out. Disk, clock and record belong to `run/`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.time import from_us
from truceline.base.units import US_PER_S
from truceline.fuse import fuse
from truceline.judge import Change, Facts, Material, assess, changes, facts_of, judge, window_counts
from truceline.locate import Feature, divergences_of, features_of, locate, place_against
from truceline.mandate import MARKDOWN, check_mandate, parse_mandates, signed_file
from truceline.model.batch import REJECTS, Batch
from truceline.model.inputs import Inputs
from truceline.model.mandate import Mandate, Period
from truceline.model.mission import Mission
from truceline.model.products import FeedCount, Judged, Products
from truceline.model.remark import Remark
from truceline.model.source import Source
from truceline.observe import read_feeds
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
    held: dict[str, pa.Table] = field(default_factory=dict)  # observations, claims, notices, impediments, coverage
    rejects: pa.Table = field(default_factory=REJECTS.empty_table)
    events: pa.Table | None = None
    placings: pa.Table | None = None
    judged: tuple[Judged, ...] = ()


def _mandate(work: Work) -> Work:
    mandates = parse_mandates(work.inputs.mandates)
    return replace(work, mandates=mandates, features=features_of(mandates, work.inputs.geometry))


def _observe(work: Work) -> Work:
    reading = read_feeds(work.inputs, mandates=work.mandates)
    return replace(work, held=reading.held, feeds=reading.feeds, rejects=reading.rejects)


def _locate(work: Work) -> Work:
    batch = locate(work.held["observations"], features=work.features, now=from_us(work.inputs.now_us))
    held = work.held | {"observations": batch.rows}
    rejects = pa.concat_tables([work.rejects, batch.rejects])
    return replace(work, held=held, rejects=rejects, feeds=_without(work, batch))


def _without(work: Work, batch: Batch) -> tuple[FeedCount, ...]:
    """The feeds' counts after a later stage set rows aside."""
    refused = Counter(batch.rejects["raw_sha256"].to_pylist())
    return tuple(
        replace(feed, rows=feed.rows - refused[feed.sha256], rejects=feed.rejects + refused[feed.sha256])
        if feed.holds == "observations"
        else feed
        for feed in work.feeds
    )


def _fuse(work: Work) -> Work:
    return replace(work, events=fuse(work.held["observations"]))


def _place(work: Work) -> Work:
    assert work.events is not None
    of_events = place_against(work.events, id_column="event_id", features=work.features)
    observations = work.held["observations"]
    of_observations = place_against(observations, id_column="observation_id", features=work.features)
    return replace(work, placings=pa.concat_tables([of_events, of_observations]))


def _judge(work: Work) -> Work:
    material = _material(work)
    paths = zip(work.mandates, work.inputs.mandates, strict=True)
    return replace(work, judged=tuple(_judged(material, mandate, path, work.inputs) for mandate, path in paths))


def _material(work: Work) -> Material:
    """What the stages before judgement made."""
    assert work.events is not None
    assert work.placings is not None
    sources = {source.id: source for source in work.inputs.mission.sources}
    return Material(
        events=work.events,
        observations=work.held["observations"],
        placings=work.placings,
        notices=work.held["notices"],
        claims=work.held["claims"],
        coverage=work.held["coverage"],
        sources=sources,
        set_aside=sum(feed.rejects for feed in work.feeds if _own_observations(feed, sources)),
    )


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


STAGES: tuple[tuple[str, tuple[str, ...], tuple[str, ...], Callable[[Work], Work]], ...] = (
    ("mandate", ("inputs",), ("mandates", "features"), _mandate),
    ("observe", ("inputs", "mandates"), ("held", "feeds", "rejects"), _observe),
    ("locate", ("held", "features", "feeds", "rejects"), ("held", "feeds", "rejects"), _locate),
    ("fuse", ("held",), ("events",), _fuse),
    ("place", ("held", "events", "features"), ("placings",), _place),
    ("judge", ("held", "events", "placings", "mandates"), ("judged",), _judge),
)


def run_pipeline(inputs: Inputs, *, progress: Progress = silent) -> Products:
    """Every stage in order. Raises MandateError, InputError: each names its file and what to do next."""
    work = Work(inputs=inputs)
    for name, _, _, stage in STAGES:
        progress(name)
        work = stage(work)
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
        rejects=work.rejects,
        judged=work.judged,
        geometry=inputs.geometry,
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
    for stage in (_observe, _locate, _fuse):
        seen = stage(seen)
    assert seen.events is not None
    before = _facts_under(was, replace(seen, features=one.features))
    after = _facts_under(now, replace(seen, features=other.features))
    if _measured_alike(before, after):
        before = after = replace(before, spans=before.spans | after.spans)
    found = changes(rules_of(was), before, rules_of(now), after, rows=seen.events.num_rows)
    addressed = (_addressed(change, before) for change in found)
    return Answered(events=seen.events, changes=tuple(change for change in addressed if change.rows.size))


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
