"""Events as raw rows of a feed, and which of them are where people are."""

from collections.abc import Iterator

from truceline.base.errors import InputError
from truceline.model.mission import Feed
from truceline.observe.cot.events import COT_COLUMNS, Texts, texts_of
from truceline.observe.cot.frames import EVENTS, MAX_EVENT_BYTES, Piece, pieces_of
from truceline.observe.raw import RawRow, need_columns
from truceline.observe.reasons import reason_of, refusal, shown

_OWN_SIDE = "fajk"  # friend, assumed friend, joker, faker: affiliations of those who send, and of their exercises


def cot_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each event once, in its order, and each stretch of bytes that is none, as a fault.

    Args: content: XML events one after the other, with or without one element `events` around them; TAK messages, each
        with the header of a stream; both; or the one message of a datagram.
    Raises: InputError: the mapping names a column that no event has.
    """
    need_columns([*COT_COLUMNS], wanted)
    taken, number = taken_types(feed), 0
    for piece in pieces_of(content):
        number += piece.kind in EVENTS
        at = f"event {number}" if piece.kind in EVENTS else f"byte {piece.at}"
        try:
            texts = event_of(piece, taken)
            yield at, {name: texts[name] for name in wanted}
        except InputError as fault:
            yield at, fault


def event_of(piece: Piece, taken: frozenset[str]) -> Texts:
    """The columns of one piece.

    Args: taken: types that the mission takes although they tell where people are; see `taken_types`.
    Raises: InputError: it is no event, or where its sender or a unit of its sender's side is.
    """
    if piece.kind not in EVENTS:
        raise _no_event(piece)
    texts = texts_of(piece)
    if _of_people(texts) and texts["type"] not in taken:
        kind = shown(texts["type"])
        raise refusal("cot-person", f"an event of type {kind} is where its sender's side is.", subject="type")
    return texts


def taken_types(feed: Feed) -> frozenset[str]:
    """The types that the feed's mapping translates into something of ours, by name."""
    fields = (field for field, column in feed.columns.items() if column == "type")
    return frozenset(word for field in fields for word in feed.values.get(field, ()))


def is_of_people(fault: InputError) -> bool:
    """Whether this is why `event_of` refused an event."""
    return reason_of(fault) == "cot-person"


def _of_people(texts: Texts) -> bool:
    affiliation = texts["type"][2:3].casefold() if texts["type"][:2].casefold() == "a-" else ""
    return bool(texts["own"]) or (affiliation != "" and affiliation in _OWN_SIDE)


def _no_event(piece: Piece) -> InputError:
    if piece.kind == "too-large":
        problem = f"{piece.size_bytes:,} bytes, at most {MAX_EVENT_BYTES:,}."
        return refusal("cot-too-large", problem, subject="event")
    if piece.kind == "cut":
        return refusal("cut-short", f"it ends after {piece.size_bytes:,} bytes.", subject="event")
    return refusal("cot-garbage", f"{piece.size_bytes:,} bytes are no event.", subject="event")
