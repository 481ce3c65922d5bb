"""All files of a mission, read: each feed's own, then what came in live for it; and one live file by itself.

A row that came before, in an earlier file of the same feed and compartment, is held once: it is counted as repeated,
and is neither a row nor a reject. So a sender that is not sure whether it was heard may send again.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError, UnknownNameError, UnreadableError
from truceline.model.batch import REJECTS, Batch
from truceline.model.inputs import Inputs, LiveFile
from truceline.model.mandate import Mandate
from truceline.model.mission import Feed
from truceline.model.products import HELD, FeedCount, summed
from truceline.model.reel import Reel
from truceline.observe.feeds import KINDS, read_feed
from truceline.observe.fields import nearest
from truceline.observe.forms import attachments
from truceline.observe.mapping import GEOMETRY, ReadingContext
from truceline.observe.reasons import shown
from truceline.observe.senders import Sender
from truceline.observe.weapons import parse_catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: one table for each kind of row, what became of each feed, all rejects.

    Rows stand in the order of the feeds, within a feed in the order of its files.
    """

    held: dict[str, pa.Table]
    feeds: tuple[FeedCount, ...]
    rejects: pa.Table
    media: dict[str, bytes] = field(default_factory=dict)  # files that came with rows, by the sha-256 of what is kept
    compartments: dict[str, str] = field(default_factory=dict)  # party by row id, of rows that are not the mission's
    reels: tuple[Reel, ...] = ()  # footage, whose things seen become observations once they are placed


def read_feeds(inputs: Inputs, *, mandates: tuple[Mandate, ...]) -> Reading:
    """All feeds of a mission, in the order in which it declares them, each with its live files in theirs.

    Args:
        inputs: the declaration and the bytes of each feed and catalogue; what came in live.
        mandates: what rows may name: parties, registers, zones, deciders, clauses.

    Raises: InputError: a mapping or a catalogue cannot be meant, or a live file names no feed; nothing of it was read.
    """
    for file in inputs.live:
        _feed_of(file, inputs)
    read = []
    for feed in inputs.mission.feeds:
        content = inputs.feeds[feed.path]
        sha256 = inputs.sealed.get(feed.path) or sha256_hex(content)
        own = LiveFile(name=feed.path, feed=feed.name, format=feed.format, content=content, sha256=sha256)
        live = tuple(file for file in inputs.live if file.feed == feed.name)
        context = _context(feed, inputs, mandates)
        read.append(_reading((own, *live), feed=feed, inputs=inputs, context=context))
    return _together(read)


def read_live(file: LiveFile, *, inputs: Inputs, mandates: tuple[Mandate, ...]) -> Reading:
    """What one live file says by itself, for an answer to its sender; nothing else of `inputs` is read or compared.

    Raises: InputError: as `read_feeds`.
    """
    feed = _feed_of(file, inputs)
    return _together([_reading((file,), feed=feed, inputs=inputs, context=_context(feed, inputs, mandates))])


def attachments_of(file: LiveFile) -> dict[str, bytes]:
    """The files inside a package by their own SHA-256, in order of these; none where it is none or cannot be read."""
    if file.format != "odk":
        return {}
    with suppress(InputError):
        return dict(sorted(attachments(file.content).items()))
    return {}


def _reading(files: tuple[LiveFile, ...], *, feed: Feed, inputs: Inputs, context: ReadingContext) -> Reading:
    if feed.format == "footage":
        return _together([_read_reel(file, feed=feed, inputs=inputs, context=context) for file in files])
    return _read_files(files, feed=feed, context=context)


def _read_reel(file: LiveFile, *, feed: Feed, inputs: Inputs, context: ReadingContext) -> Reading:
    """One file of footage: its samples are counted as frames."""
    from truceline.observe.footage.reels import read_reel  # heavy, and most missions have none

    reel, rejects = read_reel(file, feed=feed, inputs=inputs, context=context)
    count = FeedCount(
        feed=feed.name,
        holds="frames",
        source=feed.source,
        sha256=reel.sha256,
        read=reel.samples + rejects.num_rows,
        rows=reel.samples,
        rejects=rejects.num_rows,
    )
    return Reading(held={}, feeds=(count,), rejects=rejects, reels=(reel,))


def _feed_of(file: LiveFile, inputs: Inputs) -> Feed:
    feeds = {feed.name: feed for feed in inputs.mission.feeds}
    if file.feed not in feeds:
        raise UnknownNameError(
            f"the mission has no feed {shown(file.feed)}{nearest(file.feed, tuple(feeds))}.",
            subject=f"file {file.name}",
            remedy="Send it for a feed that the mission declares: its mapping says what the columns mean.",
        )
    of_footage = feeds[file.feed].format == "footage"
    if of_footage != (file.format == "footage") or (of_footage and file.compartment):
        holds = "the mission's own footage" if of_footage else "rows, not of footage"
        raise UnreadableError(
            f"the feed {shown(file.feed)} is of {holds}.",
            subject=f"file {file.name}",
            remedy="Send rows to a feed of rows; footage comes into its feed's folder: see docs/footage.md.",
        )
    if feeds[file.feed].format == "fires" and file.format not in ("fires", "csv"):
        raise UnreadableError(
            f"the feed {shown(file.feed)} is of fires, and this is {file.format}.",
            subject=f"file {file.name}",
            remedy="Send the CSV as it was fetched.",
        )
    return feeds[file.feed]


def _read_files(files: tuple[LiveFile, ...], *, feed: Feed, context: ReadingContext) -> Reading:
    """One feed's files, one after the other; the feed's own is the first."""
    held, rejects = [HELD[feed.holds].empty_table()], [REJECTS.empty_table()]
    media: dict[str, bytes] = {}
    compartments: dict[str, str] = {}
    repeated = theirs = 0
    for file, batch, again in _batches(files, feed=feed, context=context):
        held.append(batch.rows)
        rejects.append(batch.rejects)
        repeated += again
        media |= batch.media
        if file.compartment:
            theirs += batch.rejects.num_rows
            compartments |= dict.fromkeys(_ids(batch, feed), file.compartment)
    rows, refused = (pa.concat_tables(parts) for parts in (held, rejects))
    count = FeedCount(
        feed=feed.name,
        holds=feed.holds,
        source=feed.source,
        sha256=files[0].sha256,
        read=rows.num_rows + refused.num_rows + repeated,
        rows=rows.num_rows,
        rejects=refused.num_rows,
        confidential_rejects=theirs,
        repeated=repeated,
    )
    return Reading(held={feed.holds: rows}, feeds=(count,), rejects=refused, media=media, compartments=compartments)


def _batches(
    files: tuple[LiveFile, ...], *, feed: Feed, context: ReadingContext
) -> Iterator[tuple[LiveFile, Batch, int]]:
    """Each file with what is new in it, and how many of its rows came before."""
    seen: dict[tuple[str, str, str], int] = {}  # rows and rejects of a file, by what was sent
    taken: set[str] = set()
    for file in files:
        sent = (file.compartment, file.format, sha256_hex(file.content))
        if sent in seen:  # the whole file again: its rejects are there already, too
            empty = Batch(rows=HELD[feed.holds].empty_table(), rejects=REJECTS.empty_table())
            yield file, empty, seen[sent]
            continue
        known = replace(context, sender=_sender(file, context), media=file.media)
        batch = read_feed(file.content, feed=_as_sent(feed, file), context=known, salt=file.salt, sha256=file.sha256)
        seen[sent] = batch.rows.num_rows + batch.rejects.num_rows
        again = 0
        if len(files) > 1:  # ids as Python texts cost memory that a feed of millions of rows has better use for
            ids = _ids(batch, feed)
            fresh = [each not in taken for each in ids]
            taken.update(ids)
            again = len(ids) - sum(fresh)
            batch = replace(batch, rows=batch.rows.filter(pa.array(fresh, pa.bool_()))) if again else batch
        yield file, batch, again


def _sender(file: LiveFile, context: ReadingContext) -> Sender:
    return replace(context.sender, party=file.compartment, came_at_us=file.came_at_us)


def _as_sent(feed: Feed, file: LiveFile) -> Feed:
    """The feed's mapping for a file of another format: encoding and delimiter are of the feed's own file alone, and the
    place of a GeoJSON feature is its geometry. A CSV for a feed of fires is fires.
    """
    if file.format == feed.format:
        return feed
    if feed.format == "fires":
        return replace(feed, encoding="utf-8", delimiter=",")
    own = GEOMETRY.get(feed.holds, {}) if file.format == "geojson" else {}
    columns = {name: column for name, column in feed.columns.items() if name not in own}
    return replace(feed, format=file.format, encoding="utf-8", delimiter=",", columns=columns)


def _ids(batch: Batch, feed: Feed) -> list[str]:
    ids: list[str] = batch.rows[KINDS[feed.holds].id_column].to_pylist()
    return ids


def _together(readings: list[Reading]) -> Reading:
    """Several feeds' readings as one, in their order."""
    tables = {
        kind: pa.concat_tables([schema.empty_table(), *(each.held[kind] for each in readings if kind in each.held)])
        for kind, schema in HELD.items()
    }
    return Reading(
        held=tables,
        feeds=summed(count for each in readings for count in each.feeds),
        rejects=pa.concat_tables([REJECTS.empty_table(), *(each.rejects for each in readings)]),
        media={name: content for each in readings for name, content in each.media.items()},
        compartments={row: party for each in readings for row, party in each.compartments.items()},
        reels=tuple(reel for each in readings for reel in each.reels),
    )


def _context(feed: Feed, inputs: Inputs, mandates: tuple[Mandate, ...]) -> ReadingContext:
    """What of the mission the reader of one feed may know."""
    catalogue = inputs.catalogues.get(feed.catalogue, b"")
    return ReadingContext(
        sources={source.id: source for source in inputs.mission.sources},
        extent_deg=inputs.mission.extent_deg,
        catalogue=parse_catalogue(catalogue, subject=feed.catalogue) if catalogue else {},
        now_us=inputs.now_us,
        sender=Sender(received_by=inputs.mission.serve.acts_for),
        media=(),
        **_named_in(mandates),
    )


def _named_in(mandates: tuple[Mandate, ...]) -> dict[str, frozenset[str]]:
    """What rows may name, by the field of ReadingContext."""
    clauses = [clause for mandate in mandates for clause in mandate.clauses]
    exemptions = [
        each
        for clause in clauses
        for each in (*clause.exemptions, *(e for further in clause.outcomes for e in further.exemptions))
    ]
    gates = frozenset(gate.name for mandate in mandates for gate in mandate.gates)
    suspensions = frozenset(each.name for mandate in mandates for each in mandate.suspensions)
    parties = frozenset(party.name for mandate in mandates for party in mandate.parties)
    return {
        "parties": parties,
        "registers": frozenset(each.register for each in exemptions if each.register) | gates | suspensions,
        "gates": gates,
        "suspensions": suspensions,
        "zones": frozenset(zone.name for mandate in mandates for zone in mandate.zones),
        "deciders": parties | {body.name for mandate in mandates for body in mandate.bodies},
        "clauses": frozenset(clause.name for clause in clauses),
    }
