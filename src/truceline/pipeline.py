"""The only file that puts stages together.

Read STAGES: each line says what a stage reads and what it makes.

`run_pipeline` is pure: bytes and a moment in, `Products` out. Disk, clock and record belong to `run/`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import MandateNameError, UnreadableError
from truceline.base.time import from_us
from truceline.base.units import US_PER_S
from truceline.fuse import fuse
from truceline.judge import Material, assess, judge, window_counts
from truceline.locate import Feature, FeatureKind, locate, place_against, read_geometry
from truceline.mandate import check_mandate, parse_mandate
from truceline.model.batch import REJECTS, Batch
from truceline.model.inputs import Inputs
from truceline.model.mandate import Line, Mandate, Period, Zone
from truceline.model.mission import Mission
from truceline.model.products import HELD, FeedCount, Judged, Products
from truceline.observe import ReadingContext, parse_catalogue, read_feed
from truceline.report import scope_of
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
    return replace(work, mandates=mandates, features=_features(mandates, work.inputs.geometry))


def _observe(work: Work) -> Work:
    mission = work.inputs.mission
    parties = frozenset(party.name for mandate in work.mandates for party in mandate.parties)
    held: dict[str, list[pa.Table]] = {kind: [schema.empty_table()] for kind, schema in HELD.items()}
    counts, rejects = [], [work.rejects]
    for feed in mission.feeds:
        content = work.inputs.feeds[feed.path]
        catalogue = work.inputs.catalogues.get(feed.catalogue, b"")
        context = ReadingContext(
            sources={source.id: source for source in mission.sources},
            extent_deg=mission.extent_deg,
            catalogue=parse_catalogue(catalogue, subject=feed.catalogue) if catalogue else {},
            parties=parties,
            now_us=work.inputs.now_us,
        )
        batch = read_feed(content, feed=feed, context=context)
        held[feed.holds].append(batch.rows)
        rejects.append(batch.rejects)
        rows, refused = batch.rows.num_rows, batch.rejects.num_rows
        counts.append(
            FeedCount(
                feed=feed.name,
                holds=feed.holds,
                source=feed.source,
                sha256=sha256_hex(content),
                read=rows + refused,
                rows=rows,
                rejects=refused,
            )
        )
    tables = {kind: pa.concat_tables(parts) for kind, parts in held.items()}
    return replace(work, held=tables, feeds=tuple(counts), rejects=pa.concat_tables(rejects))


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
    assert work.events is not None
    assert work.placings is not None
    mission = work.inputs.mission
    material = Material(
        events=work.events,
        observations=work.held["observations"],
        placings=work.placings,
        notices=work.held["notices"],
        claims=work.held["claims"],
        coverage=work.held["coverage"],
        sources={source.id: source for source in mission.sources},
    )
    texts = list(work.inputs.mandates.values())
    return replace(
        work,
        judged=tuple(
            _judged(material, mandate, text, work.inputs) for mandate, text in zip(work.mandates, texts, strict=True)
        ),
    )


def _judged(material: Material, mandate: Mandate, text: bytes, inputs: Inputs) -> Judged:
    judgement = judge(material, mandate=mandate, now_s=inputs.now_us // US_PER_S)
    return Judged(
        mandate=mandate,
        mandate_sha256=mandate_sha256(mandate),
        text_sha256=sha256_hex(text),
        remarks=check_mandate(mandate),
        findings=judgement.findings,
        assessments=assess(material, judgement.findings, mandate=mandate, period=_period(inputs.mission)),
        windows=window_counts(material, mandate=mandate),
        certificates=judgement.certificates,
    )


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


def parse_mandates(texts: Mapping[str, bytes]) -> tuple[Mandate, ...]:
    """Each `.truce` file as a mandate, named by the stem of its file: `truces/easter.truce` is `easter`.

    Raises: MandateError: with file, line and column. UnreadableError: not UTF-8.
    """
    mandates = []
    for path, content in texts.items():
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableError(
                f"byte {error.start} is not UTF-8.", subject=path, remedy="Save the mandate as UTF-8."
            ) from None
        name = path.rpartition("/")[2].removesuffix(".truce")
        mandates.append(parse_mandate(text, name=name, source=path))
    return tuple(mandates)


def _features(mandates: tuple[Mandate, ...], geometry: dict[str, bytes]) -> tuple[Feature, ...]:
    """Every line and zone of every mandate, once; one name means one thing throughout a mission."""
    declared: dict[str, Line | Zone] = {}
    features = []
    for mandate in mandates:
        for item in mandate.features:
            known = declared.setdefault(item.name, item)
            if (known.path, known.error_m) != (item.path, item.error_m):
                raise MandateNameError(
                    f"{item.name!r} is {item.path} here and {known.path} in another mandate of this mission.",
                    subject=f"{mandate.name}, line {item.line}",
                    remedy="Give one of them another name.",
                )
            if known is not item:
                continue
            if item.path not in geometry:
                raise UnreadableError(
                    f"{item.path} is not in the mission folder.",
                    subject=f"{mandate.name}, line {item.line}",
                    remedy="Put the GeoJSON file there, or mend the path.",
                )
            kind: FeatureKind = "line" if isinstance(item, Line) else "zone"
            shape = read_geometry(geometry[item.path], name=item.path, kind=kind, edge_kind=mandate.header.edges)
            features.append(Feature(name=item.name, kind=kind, geometry=shape, error_m=float(item.error_m)))
    return tuple(features)
