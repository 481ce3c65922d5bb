"""Proxies, clips and stills again: what is a plain copy of coded pictures; what went through an encoder is named."""

from collections import Counter
from dataclasses import dataclass

from truceline.base.errors import ErasedError, UnreadableError
from truceline.model.derived import DERIVED
from truceline.model.entry import Entry
from truceline.record import Record
from truceline.run.live.state.books import CODE

_AS_IT_IS = "video/mp4"  # a proxy of this type holds the original's coded pictures, bit for bit
_OTHERS = {"bulletin": "bulletins", "report": "reports"}  # made by us and kept as bytes: they stand on their hashes


@dataclass(slots=True)
class Media:
    """What became of everything that was made from an original and is no table."""

    equal: int
    problems: list[str]
    notes: list[str]


def media_again(record: Record) -> Media:
    """The latest of each thing made from each original. Raises: IntegrityError."""
    found, left = Media(equal=0, problems=[], notes=[]), Counter[str]()
    latest = {entry.subject: entry for _, entry in record.entries(kind=DERIVED)}
    for entry in latest.values():
        if entry.detail.get("media_type") == _AS_IT_IS and entry.subject.startswith("proxy "):
            _copy_again(record, entry, found)
        else:
            left[f"{entry.subject.partition(' ')[0]} (encoder: other bytes with each version of it)"] += 1
    for kind, called in _OTHERS.items():
        if number := sum(1 for _ in record.entries(kind=kind)):
            left[f"{called} (they stand on their own hashes)"] = number
    found.notes += [f"not computed again: {number} {what}" for what, number in left.items()]
    return found


def _copy_again(record: Record, entry: Entry, found: Media) -> None:
    """A proxy whose pictures are the original's, bit for bit."""
    try:
        from truceline.run.footage.video import Copy, remuxed  # optional, and most missions have no footage

        made, kept = remuxed(record.get(entry.hashes[1])), record.get(entry.hashes[0])
    except ModuleNotFoundError:
        found.notes.append(f"not computed again: {entry.subject}: the part for footage is not installed")
    except (ErasedError, UnreadableError) as error:
        found.notes.append(f"not computed again: {entry.subject}: {error}")
    else:
        if isinstance(made, Copy) and made.content == kept:
            found.equal += 1
        elif entry.detail.get("code") != CODE:
            found.notes.append(f"{entry.subject}: {entry.detail.get('code')} made other bytes than {CODE} does")
        else:
            found.problems.append(f"{entry.subject}: made again, its bytes are others; the original is what counts")
