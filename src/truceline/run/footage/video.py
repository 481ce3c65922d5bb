"""Pictures of a video, and copies that a browser plays. The only file that imports PyAV.

Everything that FFmpeg may open or decode is named here; a list of other files, a network address or a rare codec is
refused before a byte of it is parsed.
"""

import io
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from truceline.base.errors import UnreadableError
from truceline.base.units import US_PER_S

CODECS = ("h264", "hevc", "mpeg2video", "vp9")
_DEMUXERS = "mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"  # no playlists: they open other files
_LUMA_FIRST = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}
_THREADS = 2
_NAMED_MAX = 20  # losses told one by one; beyond it they are counted only
_TS_PACKET = 188
_GAP_RATIO = Fraction(7, 4)  # of the time between pictures: one is missing
_ENCODER = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "b": "0", "row-mt": "0", "threads": "1"}
_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"
LIBRARIES = " ".join(f"{name} {'.'.join(map(str, part))}" for name, part in sorted(av.library_versions.items()))

Source = Path | bytes
_Packet: TypeAlias = "Packet[VideoStream]"
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may cost. Beyond it, it is refused or left, and that is said."""

    pixels_max: int = 36_000_000  # of one picture: 8K; about 1 GB while it is decoded
    least_s: float = 60.0  # of decoding, for any file
    per_byte_us: float = 40.0  # more of decoding for each byte: a film of 200 kbit/s may take as long as it lasts


@dataclass(slots=True, kw_only=True)
class Losses:
    """What could not be read, counted by its name, the first of them told in words; handed in, filled in reading."""

    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def note(self, name: str, words: str) -> None:
        """One more loss."""
        self.counts[name] += 1
        if len(self.told) < _NAMED_MAX:
            self.told.append(words)

    def note_gap(self, before_us: int | None, after_us: int, pictures_per_s: Fraction | None) -> None:
        """Where pictures ought to be between two that are, by the film's own rhythm, or its clock steps back."""
        if before_us is None or not pictures_per_s:
            return
        step_us, rhythm_us = after_us - before_us, US_PER_S / pictures_per_s
        if step_us < 0:
            self.note("clock-restarts", f"the clock steps from {before_us} µs back to {after_us} µs")
        elif step_us > _GAP_RATIO * rhythm_us:
            self.note("gap", f"no picture between {before_us} µs and {after_us} µs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture as it is shown.

    Attributes:
        number: among those that could be decoded, from 0, in the order in which they are shown.
        stream_us: when it is shown, microseconds from the first of the file (see `pictures`).
        pixels: height x width of brightness, or height x width x 3 of red, green, blue.
        key: whether it can be decoded without another.
    """

    number: int
    stream_us: int
    pixels: Pixels
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a video says of itself before it is decoded. None or 0: it does not say it."""

    container: str  # FFmpeg's name: "mpegts", "mov,mp4,…"
    codec: str
    profile: str
    width_px: int
    height_px: int
    format: str  # of its pixels, FFmpeg's name: "yuv420p"
    pictures_per_s: Fraction | None
    duration_us: int | None
    origin_us: int  # the presentation time that `stream_us` counts from, on the file's own clock
    cameras: int  # video streams; only what follows the first in the file is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A video written anew: its bytes, and how its clock lies against the original's.

    `pieces`: (time in the copy, `stream_us` in the original), one for each stretch without a jump, in order.
    """

    content: bytes
    pieces: tuple[tuple[int, int], ...]
    pictures: int


_DEFAULT = Limits()


# --- reading ------------------------------


def film_of(source: Source, *, limits: Limits = _DEFAULT) -> Film:
    """What the video says of itself; nothing is decoded. Raises: UnreadableError."""
    with _opened(source, limits) as held:
        stream = held.streams.video[0]
        context = stream.codec_context
        return Film(
            container=held.format.name,
            codec=context.name,
            profile=str(stream.profile or ""),
            width_px=context.width,
            height_px=context.height,
            format=str(context.pix_fmt or ""),
            pictures_per_s=stream.average_rate,
            duration_us=held.duration,
            origin_us=round(_origin(held) * US_PER_S),
            cameras=len(held.streams.video),
        )


def pictures(
    source: Source,
    *,
    stride: int = 1,
    grey: bool = True,
    limits: Limits = _DEFAULT,
    losses: Losses | None = None,
) -> Iterator[Shown]:
    """The pictures of a video, in the order in which they are shown, a few in memory at a time.

    A picture that is broken, or that the decoder had to make up, is left out and noted. A stream that stops and goes
    on, restarts its clock, changes its size or goes on under another PID is read on.

    Args:
        source: MPEG-TS, MP4/MOV or Matroska/WebM; H.264, H.265, MPEG-2 or VP9.
        stride: hand over each n-th picture; all are decoded, for each builds on others.
        grey: brightness as coded (mostly 16 to 235; 10 bit brought to 8); else red, green, blue.
        losses: to be filled; look at it when the iterator is done.

    Yields: pictures; `stream_us` counts from the first picture that is sent (PES PTS in MPEG-TS), as those of FRAMES
        do. A picture after a restarted clock may come again with a time that was, or with a negative one.
    Raises: UnreadableError: no video, a codec or a size that is not read, or longer than its limit; what was yielded
        before stands.
    Limits: damage that a decoder does not notice (a flipped bit that still decodes) is in the picture. Of several
        cameras in one file only the first is read, and the others are noted. A file that ends between two packets looks
        whole.
    """
    lost = Losses() if losses is None else losses
    reformatter, number = VideoReformatter(), 0
    before_us: int | None = None
    rate: Fraction | None = None
    for stream, origin, frame in _decoded(source, limits, lost):
        if frame.is_corrupt:
            lost.note("broken-picture", f"picture after {number}: the decoder had to make up a part of it")
            continue
        if frame.pts is None:
            lost.note("untimed-picture", f"picture after {number}: it states no time")
            continue
        stream_us = _stream_us(frame.pts, stream, origin)
        rate = rate or stream.average_rate
        lost.note_gap(before_us, stream_us, rate)
        before_us = stream_us
        if number % stride == 0:
            pixels = _pixels(frame, grey, reformatter)
            yield Shown(number=number, stream_us=stream_us, pixels=pixels, key=bool(frame.key_frame))
        number += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One coded picture as it stands in the file, in the order of the file, not yet decoded."""

    stream_id: int  # the PID in MPEG-TS
    pts: int | None  # in units of its stream; 1/90,000 s in MPEG-TS
    stream_us: int | None
    key: bool


def coded_pictures(source: Source, *, limits: Limits = _DEFAULT) -> Iterator[Coded]:
    """The coded pictures of every video stream, nothing decoded. Raises: UnreadableError."""
    with _opened(source, limits) as held:
        origin = _origin(held)
        for packet in _packets(held, list(held.streams.video), Losses()):
            stream_us = None if packet.pts is None else _stream_us(packet.pts, packet.stream, origin)
            yield Coded(stream_id=packet.stream.id, pts=packet.pts, stream_us=stream_us, key=packet.is_keyframe)


class _Clock:
    """How long decoding itself took; the time of whoever uses the pictures does not count."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.left_s = limits.least_s + _size(source) * limits.per_byte_us / US_PER_S
        self.allowed_s, self.began_s = self.left_s, 0.0

    def begin(self) -> None:
        self.began_s = time.monotonic()

    def end(self) -> None:
        """Raises: UnreadableError."""
        self.left_s -= time.monotonic() - self.began_s
        if self.left_s < 0:
            raise _unreadable(
                f"decoding took longer than the {self.allowed_s:.0f} s that a file of this size may take.",
                "What was read before stands. Check the file: a few bytes that unpack into hours are no film.",
            )


def _size(source: Source) -> int:
    return len(source) if isinstance(source, bytes) else source.stat().st_size


def _opened(source: Source, limits: Limits) -> InputContainer:
    options = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}
    try:
        place = io.BytesIO(source) if isinstance(source, bytes) else str(source.resolve())
        held = av.open(place, "r", options=options)
    except (av.error.FFmpegError, OSError) as error:
        raise _unreadable(
            f"it cannot be opened: {_short(error)}.",
            "Fetch it again; if it plays elsewhere, convert a copy to MP4 or MPEG-TS and keep the original beside it.",
        ) from None
    try:
        _check(held, limits)
    except UnreadableError:
        held.close()
        raise
    return held


def _check(held: InputContainer, limits: Limits) -> None:
    if not held.streams.video:
        raise _unreadable("it holds no video.", "Declare a file with pictures, or read it as telemetry.")
    for stream in held.streams.video:
        context = stream.codec_context
        if context.name not in CODECS:
            raise _unreadable(
                f"its video is {context.name}; read are {', '.join(CODECS)}.",
                "Convert a copy to H.264 and declare it as derived from the original.",
            )
        if context.width * context.height > limits.pixels_max:
            raise _unreadable(
                f"a picture has {context.width} by {context.height} pixels, more than {limits.pixels_max:,}.",
                "Convert a copy to a smaller size and declare it as derived from the original.",
            )
        context.thread_count = _THREADS
        context.thread_type = "AUTO"
        context.options = {"max_pixels": str(limits.pixels_max)}  # holds where the size changes on the way


def _origin(held: InputContainer) -> Fraction:
    """Presentation time of the first picture that is sent, seconds on the file's clock, exact."""
    stream = held.streams.video[0]
    if stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    return stream.start_time * stream.time_base


def _stream_us(ticks: int, stream: VideoStream, origin: Fraction) -> int:
    return round((ticks * (stream.time_base or Fraction(1)) - origin) * US_PER_S)


def _followed(source: Source, limits: Limits, lost: Losses) -> list[int]:
    """Numbers of the first camera's streams: one that begins where another ends is the same under another PID."""
    spans: dict[int, tuple[int, int]] = {}
    with _opened(source, limits) as held:
        videos = list(held.streams.video)
        if len(videos) == 1:
            return [videos[0].index]
        for packet in _packets(held, videos, Losses()):
            at = packet.pos or 0  # the last of each stream comes at the end: their order says nothing
            first, last = spans.get(packet.stream_index, (at, at))
            spans[packet.stream_index] = (min(first, at), max(last, at))
        names = {stream.index: f"stream {stream.id:#x}" for stream in videos}
    followed: list[int] = []
    until = -1
    for index, (first, last) in sorted(spans.items(), key=lambda each: each[1]):
        if first > until:
            followed.append(index)
            until = last
        else:
            lost.note("other-camera", f"{names[index]} runs beside the first and was not read")
    return followed


def _packets(held: InputContainer, streams: list[VideoStream], lost: Losses) -> Iterator[_Packet]:
    """Packets with content, in the order of the file, as far as it can be read."""
    found = cast("Iterator[_Packet]", held.demux(*streams))
    while True:
        try:
            packet = next(found, None)
        except (av.error.FFmpegError, IndexError) as error:  # IndexError: a stream that opening did not show
            lost.note("unreadable-rest", f"the file cannot be read further: {_short(error)}")
            return
        if packet is None:
            return
        if packet.size:
            yield packet


def _decoded(source: Source, limits: Limits, lost: Losses) -> Iterator[tuple[VideoStream, Fraction, VideoFrame]]:
    """Each picture with its stream and the origin of the file's clock."""
    followed = _followed(source, limits, lost)
    clock = _Clock(source, limits)
    for index in followed:
        with _opened(source, limits) as held:
            stream, origin = held.streams.video[0], _origin(held)
            if index == stream.index and held.format.name == "mpegts" and (rest := _size(source) % _TS_PACKET):
                lost.note("cut-short", f"the file ends {rest} bytes into a packet, or lost some on the way")
            stream = next(each for each in held.streams.video if each.index == index)
            clock.begin()
            for packet in itertools.chain(_packets(held, [stream], lost), [None]):
                if packet is not None and packet.is_corrupt:
                    lost.note("broken-packet", f"packet of {packet.size} bytes at {packet.pts}: a part is missing")
                for frame in _frames(stream.codec_context, packet, lost):
                    clock.end()
                    yield stream, origin, frame
                    clock.begin()
                clock.end()
                clock.begin()


def _frames(context: VideoCodecContext, packet: "_Packet | None", lost: Losses) -> list[VideoFrame]:
    try:
        return list(context.decode(packet))
    except av.error.FFmpegError as error:
        where = "at the end" if packet is None else f"at {packet.pts}"
        lost.note("undecodable-packet", f"packet {where}: {_short(error)}")
        return []


def _pixels(frame: VideoFrame, grey: bool, reformatter: VideoReformatter) -> Pixels:
    if grey and frame.format.name in _LUMA_FIRST:
        plane = frame.planes[0]  # brightness as it is coded: no conversion, a sixth of its time
        rows: Pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width].copy()
    return _array(reformatter.reformat(frame, format="gray" if grey else "rgb24"))


def _array(frame: VideoFrame) -> Pixels:
    found = frame.to_ndarray()
    assert found.dtype == np.uint8
    return np.asarray(found, np.uint8)


def _unreadable(problem: str, remedy: str) -> UnreadableError:
    return UnreadableError(problem, subject="video", remedy=remedy)


def _short(error: Exception) -> str:
    return (getattr(error, "strerror", "") or type(error).__name__)[:80]


# --- writing ------------------------------


def remuxed(source: Source, *, limits: Limits = _DEFAULT) -> Copy | str:
    """The same H.264 pictures, bit for bit, as fragmented MP4 that browsers play; or in words why that cannot be.

    Raises: UnreadableError.
    """
    with _opened(source, limits) as held:
        if reason := _not_as_it_is(held):
            return reason
    with _opened(source, limits) as held:
        stream = held.streams.video[0]
        sink, count, first, begins = io.BytesIO(), 0, 0, 0
        options = {"movflags": _FRAGMENTS, "fflags": "+bitexact"}
        with av.open(sink, "w", format="mp4", options=options) as out:
            track = out.add_stream_from_template(stream)
            for packet in _packets(held, [stream], Losses()):
                if not count and not packet.is_keyframe:
                    continue  # what comes before the first key picture cannot be shown
                assert packet.pts is not None
                assert packet.dts is not None
                if not count:
                    first, begins = packet.dts, packet.pts
                count, begins = count + 1, min(begins, packet.pts)
                packet.pts, packet.dts, packet.stream = packet.pts - first, packet.dts - first, track
                out.mux(packet)
        piece = (_stream_us(begins - first, stream, Fraction(0)), _stream_us(begins, stream, _origin(held)))
        return Copy(content=sink.getvalue(), pieces=(piece,), pictures=count)


def _not_as_it_is(held: InputContainer) -> str:
    """Why browsers would not play this video as it is; empty: they would."""
    context = held.streams.video[0].codec_context
    if context.name != "h264":
        return f"its codec is {context.name}"
    if context.pix_fmt not in ("yuv420p", "yuvj420p"):
        return f"its pixels are {context.pix_fmt}"
    if len(held.streams.video) > 1:
        return "it has several video streams"
    before: int | None = None
    formats: set[bytes] = set()
    lost = Losses()
    for packet in _packets(held, list(held.streams.video), lost):
        if packet.is_corrupt:
            return "packets are damaged"
        if packet.pts is None or packet.dts is None:
            return "packets state no time"
        if before is not None and packet.dts <= before:
            return "its clock restarts"
        before = packet.dts
        formats.update(_parameter_sets(bytes(packet)))
    if lost.counts or before is None:
        return "it cannot be read to its end"
    return "its format changes on the way" if len(formats) > 1 else ""


def _parameter_sets(content: bytes) -> Iterator[bytes]:
    """Sequence parameter sets in an Annex B access unit. Source: ITU-T H.264, 7.4.1 (type 7) and B.1."""
    for unit in content.split(b"\0\0\1")[1:]:
        if unit and unit[0] & 0x1F == 7:
            yield unit.rstrip(b"\0")


def cut(source: Source, *, first: int, last: int, limits: Limits = _DEFAULT) -> bytes:
    """Coded pictures `first` to `last` of the first video stream (as `coded_pictures` counts them), bit for bit.

    The container is MP4 where the original is of that family, else Matroska. Raises: UnreadableError.
    Limits: sound, subtitles and metadata tracks inside the container are left out.
    """
    with _opened(source, limits) as held:
        stream = held.streams.video[0]
        container = "mp4" if "mp4" in held.format.name else "matroska"
        sink, begins = io.BytesIO(), 0
        with av.open(sink, "w", format=container, options={"fflags": "+bitexact"}) as out:
            track = out.add_stream_from_template(stream)
            for number, packet in enumerate(_packets(held, [stream], Losses())):
                if number == first:
                    begins = packet.dts if packet.dts is not None else packet.pts or 0
                if first <= number <= last and packet.pts is not None:
                    packet.pts -= begins
                    packet.dts = None if packet.dts is None else packet.dts - begins
                    packet.stream = track
                    out.mux(packet)
    return sink.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a proxy is encoded: VP9 in WebM, a key picture at least every so often."""

    width_px_max: int = 1280
    quality: int = 34  # libvpx's crf: 0 best, 63 worst
    key_every_us: int = 2 * US_PER_S
    gap_us: int = 10 * US_PER_S  # a longer silence, or a step back, is not played: a new piece begins
    step_us: int = 40_000  # between pieces


_ENCODING = Encoding()


def encoded(
    source: Source, *, encoding: Encoding = _ENCODING, limits: Limits = _DEFAULT, losses: Losses | None = None
) -> Copy:
    """The pictures as VP9 in WebM, the same bytes for the same bytes under the same libraries.

    A picture of another size than the first is fitted into it, with black beside it.

    Raises: UnreadableError: as `pictures`, and where no picture could be decoded.
    """
    sink, count, key_us, last = io.BytesIO(), 0, 0, (0, 0)
    pieces: list[tuple[int, int]] = []
    with av.open(sink, "w", format="webm", options={"fflags": "+bitexact"}) as out:
        track: VideoStream | None = None
        for shown in pictures(source, grey=False, limits=limits, losses=losses):
            if track is None:
                track = _track(out, shown.pixels, encoding)
            at_us = last[0] + shown.stream_us - last[1]
            if not pieces or not 0 < shown.stream_us - last[1] <= encoding.gap_us:
                at_us = last[0] + encoding.step_us if pieces else 0
                pieces.append((at_us, shown.stream_us))
            key = count == 0 or at_us - key_us >= encoding.key_every_us
            key_us = at_us if key else key_us
            frame = _fitted(shown.pixels, track)
            frame.pts, frame.time_base = at_us // 1000, Fraction(1, 1000)
            frame.pict_type = PictureType.I if key else PictureType.NONE
            out.mux(track.encode(frame))
            last, count = (at_us, shown.stream_us), count + 1
        if track is None:
            raise _unreadable(
                "not one picture could be decoded.", "Fetch it again; what it holds besides is still read."
            )
        out.mux(track.encode(None))
    return Copy(content=sink.getvalue(), pieces=tuple(pieces), pictures=count)


def _track(out: OutputContainer, pixels: Pixels, encoding: Encoding) -> VideoStream:
    height, width = pixels.shape[:2]
    share = min(1.0, encoding.width_px_max / width)
    track = out.add_stream("libvpx-vp9", rate=Fraction(1000))
    assert isinstance(track, VideoStream)
    track.width, track.height = (max(2, round(side * share / 2) * 2) for side in (width, height))
    track.pix_fmt, track.time_base = "yuv420p", Fraction(1, 1000)
    track.codec_context.options = {"crf": str(encoding.quality), **_ENCODER}
    track.codec_context.gop_size = 1 << 16  # key pictures are set by time, below
    return track


def _fitted(pixels: Pixels, track: VideoStream) -> VideoFrame:
    """The picture in the copy's size, whole, with black beside it where its shape is another."""
    height, width = pixels.shape[:2]
    frame = VideoFrame.from_ndarray(pixels, format="rgb24")
    share = min(track.width / width, track.height / height)
    inner_width, inner_height = min(track.width, round(width * share)), min(track.height, round(height * share))
    if (track.width - inner_width) < 2 and (track.height - inner_height) < 2:
        return frame.reformat(track.width, track.height, "yuv420p")
    canvas = np.zeros((track.height, track.width, 3), np.uint8)
    top, left = (track.height - inner_height) // 2, (track.width - inner_width) // 2
    inner = _array(frame.reformat(inner_width, inner_height, "rgb24"))
    canvas[top : top + inner_height, left : left + inner_width] = inner
    return VideoFrame.from_ndarray(canvas, format="rgb24").reformat(format="yuv420p")
