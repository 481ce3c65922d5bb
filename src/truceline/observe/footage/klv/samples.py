"""One metadata stream's sets as rows: frames, what was seen in them, and rejects."""

from collections import Counter
from dataclasses import dataclass

from truceline.observe.footage.klv.markings import marking_of
from truceline.observe.footage.klv.poses import Scale, decoded, pose_of
from truceline.observe.footage.klv.sets import (
    MARKING_KEY,
    START,
    UAS_KEY,
    UNIVERSAL_KEY,
    VMTI_KEY,
    Gap,
    KlvSet,
    Splitter,
    checksum_holds,
    value_of,
)
from truceline.observe.footage.klv.times import utc_of
from truceline.observe.footage.klv.universal import universal_pose
from truceline.observe.footage.klv.vmti import Detector, seen_in
from truceline.observe.footage.parts import Found, Raw, Row, frame_id, keep_to_ranges, reject, sighting_id
from truceline.observe.reasons import refusal

_SAME_US = 20_000  # a set that stands alone and a pose this near each other belong to one picture
_UNSURE = {"bad-checksum", "cut-short"}
_OF_THE_CLOCK = {"leap-seconds-sign", "leap-seconds-unstated"}
_KINDS_MAX = 100  # of sets that are not read and are named one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where bytes stand in their file, and what the video says of them. See `streams.Packet`."""

    raw_at: str
    stream_us: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    flags: tuple[str, ...] = ()


class MetadataStream:
    """Turns the bytes of one metadata stream into rows. What a stream says once, holds until it says otherwise.

    Every set comes out as a frame, as sightings, as a marking of the frames after it, or as a reject.
    """

    def __init__(self, raw: Raw, name: str) -> None:
        self._raw, self._name = raw, name
        self._splitter = Splitter()
        self._begun = Shown(raw_at="")
        self._named = ("", 0)  # the packet a set was last found in, and how many
        self._scale = Scale()
        self._detector = Detector()
        self._marking = ""
        self._marking_bytes = b""
        self._last: Row = {}  # frame
        self._unread: Counter[str] = Counter()  # sets of kinds that are not read, by key

    def feed(self, payload: bytes, shown: Shown) -> Found:
        """What the bytes of one packet complete. A set may begin in one packet and end in the next."""
        found = Found()
        if self._splitter.pending and (payload.startswith(START) or "packets-lost" in shown.flags):
            self._take(self._splitter.finish(), [self._begun], found)
        goes_on = self._splitter.pending
        pieces = self._splitter.feed(payload)
        self._take(pieces, [self._begun, shown] if goes_on else [shown], found)
        if pieces or not goes_on:
            self._begun = shown
        return found

    def finish(self) -> Found:
        """What is left when the stream ends, and what of it was not read."""
        found = Found()
        self._take(self._splitter.finish(), [self._begun], found)
        for key, count in sorted(self._unread.items()):
            problem = f"{count:,} sets of the key {key} hold nothing that is read here."
            self._reject("unknown-set", problem, self._name, found)
        self._unread.clear()
        return found

    def _take(self, pieces: list[KlvSet | Gap], places: list[Shown], found: Found) -> None:
        """Rows of the pieces: the first stands where the stream stood before, the others where it stands now."""
        for index, piece in enumerate(pieces):
            shown = places[0] if index == 0 else places[-1]
            if isinstance(piece, Gap):
                raw_at = f"{shown.raw_at or f'byte {piece.at_byte}'}, {piece.count} bytes"
                self._reject("not-klv", f"{piece.count:,} bytes belong to no set.", raw_at, found)
            else:
                self._read(piece, shown, self._place(piece, shown), found)

    def _place(self, klv: KlvSet, shown: Shown) -> str:
        """Where a set stands, in words that no other set of the stream has."""
        if not shown.raw_at:
            return f"byte {klv.at_byte}"
        packet, count = self._named
        self._named = shown.raw_at, count + 1 if packet == shown.raw_at else 1
        return shown.raw_at if self._named[1] == 1 else f"{shown.raw_at}, set {self._named[1]}"

    def _read(self, klv: KlvSet, shown: Shown, raw_at: str, found: Found) -> None:
        key = klv.key
        if key[4] == UAS_KEY[4] and key[8:13] == UAS_KEY[8:13]:
            self._read_pose(klv, shown, raw_at, found)
        elif key[8:] == UNIVERSAL_KEY[8:]:
            row = universal_pose(klv.content)
            flags, words = row.pop("flags"), row.pop("remark")
            assert isinstance(flags, set)
            assert isinstance(words, list)
            self._marking = str(row.get("marking") or self._marking)
            self._frame(row, shown, raw_at, found, (flags | set(klv.flags), words))
        elif key[8:13] == VMTI_KEY[8:13]:
            self._read_alone(klv, shown, raw_at, found)
        elif key[8:13] == MARKING_KEY[8:13]:
            self._mark(value_of(klv.content))
        else:
            named = key.hex(" ", 4)
            self._unread[named if named in self._unread or len(self._unread) < _KINDS_MAX else "of other kinds"] += 1

    def _read_pose(self, klv: KlvSet, shown: Shown, raw_at: str, found: Found) -> None:
        flags, words = set(klv.flags), list[str]()
        stated = decoded(klv.content, flags)
        if stated is None:
            problem = f"a packet of {len(klv.content):,} bytes cannot be framed ({', '.join(sorted(flags))})."
            self._reject("unreadable-set", problem, raw_at, found)
            return
        sure = not flags & _UNSURE  # what may be wrong says nothing of its neighbours
        row = pose_of(stated, self._scale if sure else Scale(), flags=flags, words=words)
        if stated.security_local_set and sure:
            self._mark(stated.security_local_set)
        frame = self._frame(row, shown, raw_at, found, (flags, words))
        if stated.vmti:
            seen = seen_in(stated.vmti, self._detector if sure else Detector(), frame=frame)
            self._sightings(seen.rows, frame, raw_at, found)
            frame["flags"] = sorted(flags | set(shown.flags) | seen.flags)

    def _read_alone(self, klv: KlvSet, shown: Shown, raw_at: str, found: Found) -> None:
        """A set of things seen outside any pose packet: in the picture of the pose beside it, or in its own."""
        flags, words = set(klv.flags), list[str]()
        held = checksum_holds(klv.content)
        flags |= set() if held else {"no-checksum"} if held is None else {"bad-checksum"}
        detector = Detector() if flags & _UNSURE else self._detector
        last_us, beside = self._last.get("at_us"), self._last
        seen = seen_in(value_of(klv.content), detector, frame=beside)
        flags |= seen.flags
        at_us = at_sigma_us = None
        if seen.at_us is not None:
            scale = self._scale
            at_us, at_sigma_us = utc_of(seen.at_us, scale.revision, scale.leap_s, flags, words)
        is_beside = isinstance(last_us, int) and at_us is not None and abs(at_us - last_us) <= _SAME_US
        if not is_beside or flags - _OF_THE_CLOCK:  # a doubt needs a row of its own to stand in
            row: Row = {"at_us": at_us, "at_sigma_us": at_sigma_us, "pointing": ""}
            row |= {"hfov_deg": seen.hfov_deg, "vfov_deg": seen.vfov_deg}
            sides = Shown(
                raw_at=shown.raw_at,
                stream_us=shown.stream_us,
                width_px=detector.width_px or shown.width_px,
                height_px=detector.height_px or shown.height_px,
                flags=shown.flags,
            )
            before = self._last
            beside = self._frame(row, sides, raw_at, found, (flags, words))
            self._last = before
        self._sightings(seen.rows, beside, raw_at, found)

    def _frame(self, row: Row, shown: Shown, raw_at: str, found: Found, said: tuple[set[str], list[str]]) -> Row:
        """The row with its id, its origin and what the video says of it, into `found`."""
        flags, words = said
        keep_to_ranges(row, flags, words)
        row["frame_id"] = frame_id(self._raw, raw_at)
        row["source_id"] = self._raw.source_id
        row["stream"] = self._name
        row["stream_us"] = shown.stream_us
        row["width_px"], row["height_px"] = shown.width_px, shown.height_px
        row["flags"] = sorted(flags | set(shown.flags)) if flags or shown.flags else []
        row["remark"] = "; ".join(words)
        row["marking"] = self._marking
        row["raw_sha256"] = self._raw.sha256
        row["raw_at"] = raw_at
        found.frames.append(row)
        self._last = row
        return row

    def _sightings(self, rows: list[Row], frame: Row, raw_at: str, found: Found) -> None:
        for index, row in enumerate(rows):
            seen_at = f"{raw_at}, vmti {index + 1}"
            row["sighting_id"] = sighting_id(self._raw, seen_at)
            row["frame_id"] = frame["frame_id"]
            row["raw_sha256"] = self._raw.sha256
            row["raw_at"] = seen_at
        found.sightings += rows

    def _mark(self, content: bytes) -> None:
        if content != self._marking_bytes:
            self._marking_bytes = content
            self._marking = marking_of(content)

    def _reject(self, reason: str, problem: str, raw_at: str, found: Found) -> None:
        error = refusal(reason, problem, subject=self._name)
        found.rejects.append(reject(error, raw=self._raw, raw_at=raw_at))
