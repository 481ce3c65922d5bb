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
from truceline.mandate import check_mandate, parse_mandates
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
    texts = list(work.inputs.mandates.values())
    return replace(
        work,
        judged=tuple(
            _judged(material, mandate, text, work.inputs) for mandate, text in zip(work.mandates, texts, strict=True)
        ),
    )


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


def _judged(material: Material, mandate: Mandate, text: bytes, inputs: Inputs) -> Judged:
    judgement = judge(material, mandate=mandate, now_s=inputs.now_us // US_PER_S)
    return Judged(
        mandate=mandate,
        mandate_sha256=mandate_sha256(mandate),
        text_sha256=sha256_hex(text),
        remarks=checked(mandate, inputs.geometry),
        findings=judgement.findings,
        assessments=assess(material, judgement.findings, mandate=mandate, period=_period(inputs.mission)),
        windows=window_counts(material, mandate=mandate),
        certificates=judgement.certificates,
    )


def checked(mandate: Mandate, geometry: Mapping[str, bytes]) -> tuple[Remark, ...]:
    """What the checker says of one mandate, with the drawings at hand: GeoJSON bytes by path."""
    return check_mandate(mandate, divergences=divergences_of(mandate, geometry))


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

    Raises: as `run_pipeline`.
    """
    (one, was), (other, now) = _before_judgement(old), _before_judgement(new)
    assert was.events["event_id"].equals(now.events["event_id"]), "an event's id comes from what was observed"
    before, after = (
        facts_of(m.events, id_column="event_id", material=m, mandate=d) for d, m in ((one, was), (other, now))
    )
    found = changes(rules_of(one), before, rules_of(other), after, rows=was.events.num_rows)
    addressed = (_addressed(change, before) for change in found)
    return Answered(events=was.events, changes=tuple(change for change in addressed if change.rows.size))


def _before_judgement(inputs: Inputs) -> tuple[Mandate, Material]:
    work = Work(inputs=inputs)
    for *_, stage in STAGES[:-1]:
        work = stage(work)
    (mandate,) = work.mandates
    return mandate, _material(work)


def _addressed(change: Change, facts: Facts) -> Change:
    """Without the events that were reported to be somebody else's."""
    addressee = change.key[1]
    mine = [row for row in change.rows.tolist() if not facts.parties[row] or addressee in facts.parties[row]]
    return replace(change, rows=np.array(mine, np.int64))
