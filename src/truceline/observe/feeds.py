"""One feed's bytes to one table of rows and one of rejects. Adding a kind of row is one line of KINDS."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.model.batch import REJECTS, Batch, table
from truceline.model.casualty import CASUALTIES
from truceline.model.claim import CLAIMS
from truceline.model.coverage import COVERAGE
from truceline.model.damage import DAMAGE
from truceline.model.impediment import IMPEDIMENTS
from truceline.model.mission import Feed
from truceline.model.notice import NOTICES
from truceline.model.observation import OBSERVATIONS
from truceline.model.view import VIEWS
from truceline.observe.fields import nearest
from truceline.observe.harm import (
    CASUALTY_FIELDS,
    CASUALTY_NEEDS,
    DAMAGE_FIELDS,
    DAMAGE_NEEDS,
    casualty,
    damage,
)
from truceline.observe.mapping import ReadingContext, cells_of, check_mapping, columns_of
from truceline.observe.observations import OBSERVATION_FIELDS, OBSERVATION_NEEDS, observation
from truceline.observe.photos import photo_remarks
from truceline.observe.reasons import reason_of, refusal, shown
from truceline.observe.registers import (
    CLAIM_FIELDS,
    CLAIM_NEEDS,
    COVERAGE_FIELDS,
    COVERAGE_NEEDS,
    IMPEDIMENT_FIELDS,
    IMPEDIMENT_NEEDS,
    NOTICE_FIELDS,
    NOTICE_NEEDS,
    claim,
    coverage,
    impediment,
    notice,
)
from truceline.observe.senders import vouched
from truceline.observe.tables import raw_media, raw_rows
from truceline.observe.views import VIEW_FIELDS, VIEW_NEEDS, in_two_places, view

# canonical_bytes' bytes for texts under names of ours, at a tenth of its time; tested
_canonical = msgspec.json.Encoder(order="sorted").encode
CHUNK_ROWS = 10_000  # rows held as Python values before they become a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of row: its table, its ids, the fields a mapping may name and must name, and its reader."""

    schema: pa.Schema
    id_column: str
    id_prefix: str
    fields: Collection[str]
    needs: tuple[tuple[str, ...], ...]
    read: Callable[..., dict[str, object]]
    contradicted: Callable[[pa.Table], dict[int, InputError]] | None = (
        None  # rows that cannot be true together, and why
    )


KINDS: Mapping[str, Kind] = {
    "observations": Kind(
        schema=OBSERVATIONS,
        id_column="observation_id",
        id_prefix="obs-",
        fields=OBSERVATION_FIELDS,
        needs=OBSERVATION_NEEDS,
        read=observation,
    ),
    "claims": Kind(
        schema=CLAIMS,
        id_column="claim_id",
        id_prefix="clm-",
        fields=CLAIM_FIELDS,
        needs=CLAIM_NEEDS,
        read=claim,
    ),
    "notices": Kind(
        schema=NOTICES,
        id_column="notice_id",
        id_prefix="ntc-",
        fields=NOTICE_FIELDS,
        needs=NOTICE_NEEDS,
        read=notice,
    ),
    "impediments": Kind(
        schema=IMPEDIMENTS,
        id_column="impediment_id",
        id_prefix="imp-",
        fields=IMPEDIMENT_FIELDS,
        needs=IMPEDIMENT_NEEDS,
        read=impediment,
    ),
    "coverage": Kind(
        schema=COVERAGE,
        id_column="coverage_id",
        id_prefix="cov-",
        fields=COVERAGE_FIELDS,
        needs=COVERAGE_NEEDS,
        read=coverage,
    ),
    "views": Kind(
        schema=VIEWS,
        id_column="view_id",
        id_prefix="view-",
        fields=VIEW_FIELDS,
        needs=VIEW_NEEDS,
        read=view,
        contradicted=in_two_places,
    ),
    "casualties": Kind(
        schema=CASUALTIES,
        id_column="casualty_id",
        id_prefix="cas-",
        fields=CASUALTY_FIELDS,
        needs=CASUALTY_NEEDS,
        read=casualty,
    ),
    "damage": Kind(
        schema=DAMAGE,
        id_column="damage_id",
        id_prefix="dmg-",
        fields=DAMAGE_FIELDS,
        needs=DAMAGE_NEEDS,
        read=damage,
    ),
}
REMARKS = {"observations": "remark", "damage": "words"}  # where a kind of row keeps what its photos contradict


def read_feed(content: bytes, *, feed: Feed, context: ReadingContext, salt: str = "", sha256: str = "") -> Batch:
    """What one file of one source says, row by row; what cannot be read is named and set aside.

    Args:
        content: the file's bytes, already kept and hashed by whoever calls.
        feed: format, mapping and source.
        context: what of the mission a reader may know, and the moment of reading.
            The same words by two senders are two rows, so that neither can learn of the other's.
        salt: a secret of the mission: without it nobody finds out, by trying, of which words an id is.
        sha256: what the record knows the file by; empty: by the hash of `content`.

    Returns: rows with the schema of what the feed holds; rejects as REJECTS; the files that came with the rows. Each
        data row of the file is in exactly one of rows and rejects; a fault of the whole file is one reject. Rows keep
        their order.
    Raises: InputError: the mapping itself cannot be meant; nothing was read.
    Limits: an id is 12 hex digits of a hash: two of five million rows share one with a chance of 4 %.
    """
    kind = KINDS[feed.holds]
    check_mapping(feed, fields=kind.fields, needs=kind.needs, context=context)
    raw_sha256, columns = sha256 or sha256_hex(content), columns_of(feed)
    rows = _Growing(kind.schema)
    rejects = _Growing(REJECTS)
    media, kept = raw_media(content, feed=feed), dict[str, bytes]()
    kept_as = {name: name for name in media} | dict(zip(sorted(media), context.media, strict=False))
    taken: set[str] = set()
    said: Counter[str] = Counter()  # rows that say the same, by what they say
    decided = context.gates | context.suspensions
    read = 0
    for at, values in raw_rows(content, feed=feed, wanted=tuple(dict.fromkeys(columns.values()))):
        read += 1
        try:
            if isinstance(values, InputError):
                raise values
            cells = cells_of(values, columns=columns, feed=feed)
            row: dict[str, object] = {"raw_sha256": raw_sha256, "raw_at": at}
            row["source_id"] = _source_id(cells, feed=feed, context=context)
            row |= kind.read(cells, feed=feed, context=context)
            row |= vouched(row, feed=feed, sender=context.sender, sources=context.sources, decided=decided)
            held = [name for name in cells.get("media", "").split("/") if name in media]
            row |= _attached(row, cells, feed=feed, photos={name: (kept_as[name], media[name]) for name in held})
            own_name = cells.get("id", "") or at
            if own_name in taken:
                raise refusal("duplicate-id", f"the id {shown(own_name)} is another row's.", subject="id")
            taken.add(own_name)
            said_by = [feed.name, feed.zone, cells, *(each for each in (context.sender.party, salt) if each)]
            content_hash = sha256_hex(_canonical(said_by))
            row[kind.id_column] = row_id(kind.id_prefix, content_hash, repeat=said[content_hash])
            said[content_hash] += 1
            rows.add(row)
            kept |= {kept_as[name]: media[name] for name in held}
        except InputError as error:
            rejects.add(_reject(error, at=at, raw_sha256=raw_sha256, feed=feed))
    standing = _uncontradicted(rows.table(), feed=feed, rejects=rejects)
    batch = Batch(rows=standing, rejects=rejects.table(), media=kept)
    assert batch.rows.num_rows + batch.rejects.num_rows == read, "a row of the feed was lost or doubled"
    return batch


def _attached(
    row: Mapping[str, object], cells: Mapping[str, str], *, feed: Feed, photos: Mapping[str, tuple[str, bytes]]
) -> dict[str, object]:
    """The row's photos and other files by sha-256, and a remark where one is missing or contradicts the row.

    Args: photos: by their own sha-256: the one that they are kept under, and the bytes.
    """
    column = REMARKS.get(feed.holds)
    if column is None:
        return {}
    if not cells.get("media"):
        return {"media": []}
    held = [sha256 for sha256, _ in photos.values()]
    missing = [name for name in cells["media"].split("/") if name not in photos]
    remarks = [f"photo {shown(name)} is named and did not come" for name in missing]
    remarks += photo_remarks(row, [(sha256[:12], content) for sha256, content in photos.values()], zone=feed.zone)
    return {"media": held, column: "; ".join([*([str(row[column])] if row[column] else []), *remarks])}


class _Growing:
    """A table that grows by rows; memory holds one chunk of them as Python values."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.waiting: list[dict[str, object]] = []
        self.chunks: list[pa.Table] = []

    def add(self, row: dict[str, object]) -> None:
        self.waiting.append(row)
        if len(self.waiting) == CHUNK_ROWS:
            self.chunks.append(table(self.waiting, self.schema))
            self.waiting = []

    def table(self) -> pa.Table:
        return pa.concat_tables([*self.chunks, table(self.waiting, self.schema)])


def _uncontradicted(rows: pa.Table, *, feed: Feed, rejects: _Growing) -> pa.Table:
    """The rows without those that cannot be true beside another of the file; these go to the rejects."""
    judged = KINDS[feed.holds].contradicted
    faults = judged(rows) if judged else {}
    for at, error in sorted(faults.items()):
        where, raw_sha256 = rows["raw_at"][at].as_py(), rows["raw_sha256"][at].as_py()
        rejects.add(_reject(error, at=where, raw_sha256=raw_sha256, feed=feed))
    return rows.filter(pa.array([at not in faults for at in range(rows.num_rows)], pa.bool_())) if faults else rows


def row_id(prefix: str, content_hash: str, *, repeat: int) -> str:
    """A row's id, from what it says and not from where it stands.

    A file that comes again with one row corrected keeps every other row's id; the corrected row is a new one. Rows of
    one file that say the same to the letter are told apart by their order.
    """
    return prefix + sha256_hex(_canonical([content_hash, repeat]))[:12]


def _source_id(cells: Mapping[str, str], *, feed: Feed, context: ReadingContext) -> str:
    source_id = cells.get("source", "") or feed.source
    if source_id not in context.sources:
        hint = nearest(source_id, tuple(context.sources))
        raise refusal("unknown-source", f"{shown(source_id)} is not declared{hint}.", subject="source")
    if feed.holds == "observations" and context.sources[source_id].kind == "party_claim":
        problem = f"the source {shown(source_id)} makes claims, and the feed holds observations."
        raise refusal("claim-as-observation", problem, subject="source")
    return source_id


def _reject(error: InputError, *, at: str, raw_sha256: str, feed: Feed) -> dict[str, object]:
    """The row of REJECTS; a field is named in our word and, where it differs, in the file's."""
    theirs = feed.columns.get(error.subject, error.subject)
    field = error.subject if theirs == error.subject else f"{error.subject} (column {shown(theirs)})"
    return {
        "feed": feed.name,
        "raw_sha256": raw_sha256,
        "raw_at": at,
        "reason": reason_of(error),
        "problem": f"{field}: {error.problem}",
        "remedy": error.remedy,
    }
