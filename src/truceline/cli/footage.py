"""`truceline footage`: what one file of footage is worth, and what can be made of it."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from truceline.base.errors import InputError, UnavailableError, UnreadableError
from truceline.base.time import zone_of
from truceline.base.units import US_PER_S
from truceline.detect import Model
from truceline.locate.camera import Terrain, read_terrain
from truceline.model.footage import Camera
from truceline.report.geojson import ellipse_95
from truceline.run.footage.clips import clip_of
from truceline.run.footage.marks import Marks, marks_of
from truceline.run.footage.pictures import Origin, contact_sheet, spread
from truceline.run.footage.proxies import proxy_of
from truceline.run.footage.survey import Footing, Survey, survey
from truceline.run.footage.words import geojson, plain, words
from truceline.run.mission import read_bytes
from truceline.run.reports import write_whole

SHEET = 12  # pictures on a contact sheet
_SUFFIX = {"video/mp4": ".mp4", "video/webm": ".webm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    path: Path
    out: Path | None = None
    terrain: Path | None = None
    datum: str = ""  # of the terrain's heights; empty: as the file says
    ground_msl_m: float | None = None  # of flat ground, where neither terrain nor the file says it
    zone: str | None = None  # of clocks that state none
    detect: tuple[str, ...] = ()
    detector: Path | None = None
    labels: tuple[str, ...] = ()  # of the detector's classes
    clip: str = ""
    proxy: bool = False
    as_json: bool = False
    quiet: bool = False


class Bar:
    """Progress on stderr: a bar on a terminal, nothing elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        hidden = quiet or not console.is_terminal
        self._bar = Progress(*columns, console=console, transient=True, disable=hidden)
        self._task = self._bar.add_task("reading", total=None)

    def __call__(self, done: int, whole: int) -> None:
        """So many of so many."""
        self._bar.update(self._task, completed=done, total=whole)

    def says(self, words: str) -> None:
        """What is done now."""
        self._bar.reset(self._task, description=words, total=None)

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()


def look_into(asked: Asked) -> int:
    """Read the file, print what was found, write what was asked for; 1 where something was set aside or withheld.

    Raises: InputError, UnavailableError.
    """
    terrain = terrain_of(asked)
    if asked.zone is not None:
        zone_of(asked.zone)
    if (asked.detect or asked.detector or asked.clip or asked.proxy) and asked.out is None:
        raise InputError("has nowhere to go.", subject="what is asked for", remedy="Name a folder: --out FOLDER.")
    with Bar(quiet=asked.quiet) as bar:
        footing = Footing(terrain=terrain, ground_msl_m=asked.ground_msl_m, zone=asked.zone)
        found = survey(asked.path, footing=footing, progress=bar)
        made, remarks = _write(found, asked, bar) if asked.out else ([], [])
    if asked.as_json:
        about = {"files": [str(path) for path in made], "remarks": remarks}
        print(json.dumps(plain(found) | about, ensure_ascii=False, indent=1))
    else:
        print("\n".join([words(found), *remarks, *(f"wrote {path}" for path in made)]))
    return 1 if found.reject_reasons or found.standings["withheld"] else 0


def terrain_of(asked: Asked) -> Terrain | None:
    """The GeoTIFF that was named."""
    if asked.terrain is None:
        return None
    return read_terrain(read_bytes(asked.terrain), name=asked.terrain.name, datum=asked.datum)


def _write(found: Survey, asked: Asked, bar: Bar) -> tuple[list[Path], list[str]]:
    """Every file that was asked for, and what must be said of them."""
    files, remarks = (
        {
            ".survey.json": json.dumps(plain(found), ensure_ascii=False, indent=1).encode() + b"\n",
            ".geojson": json.dumps(geojson(found), ensure_ascii=False).encode() + b"\n",
        },
        list[str](),
    )
    if found.kind == "ts":
        bar.says("contact sheet")
        files |= _sheet(found, asked.path, remarks)
    if asked.clip:
        bar.says("clip")
        from_us, to_us = _span_us(asked.clip)
        clip = clip_of(asked.path, from_us=from_us, to_us=to_us)
        files[f".{asked.clip}{clip.suffix}"] = clip.content
        packets = ", ".join(f"{count} packets of {name}" for name, count in clip.packets.items())
        remarks.append(f"clip: {clip.pictures} pictures, {packets or 'no metadata'}. {clip.remark}".strip())
    if asked.proxy:
        bar.says("proxy")
        copy, media_type, how = proxy_of(asked.path)
        files[f".proxy{_SUFFIX[media_type]}"] = copy.content
        remarks.append(f"proxy: {how}")
    if asked.detect or asked.detector:
        marks = _marks(asked, bar)
        files[".marks.csv"] = marks.content
        remarks.append(_marks_words(marks))
    assert asked.out is not None
    return [_whole(asked.out / f"{found.name}{suffix}", content) for suffix, content in files.items()], remarks


def _marks(asked: Asked, bar: Bar) -> Marks:
    bar.says("looking at pictures")
    model = None
    if asked.detector is not None:
        model = Model(name=asked.detector.name, content=read_bytes(asked.detector), labels=asked.labels)
    return marks_of(
        asked.path, methods=asked.detect, model=model, progress=lambda shown: bar(shown.number, shown.number)
    )


def _marks_words(marks: Marks) -> str:
    spots = ", ".join(f"{count:,} by {method}" for method, count in marks.spots.items()) or "nothing"
    said = f"seen in {marks.pictures:,} pictures: {spots}; automatic, before anything is followed on the ground"
    if marks.problems:
        said += f"; {len(marks.problems):,} pictures could not be looked at, first {marks.problems[0]}"
    return said


def _sheet(found: Survey, path: Path, remarks: list[str]) -> dict[str, bytes]:
    """A contact sheet, where there are pictures."""
    try:
        shown = list(spread(path, count=SHEET))
    except UnreadableError as error:
        remarks.append(f"no contact sheet: {error.problem}")
        return {}
    sheet = contact_sheet([(each, _origin(found, each.stream_us)) for each in shown], title=found.name)
    return {".contact.png": sheet} if shown else {}


def _origin(found: Survey, stream_us: int) -> Origin:
    """Where a picture comes from: its own frame, or the nearest of those that were kept, one a second."""
    timed = [row for row in found.flight if isinstance(row["stream_us"], int)]
    near = min(timed, key=lambda row: abs(int(str(row["stream_us"])) - stream_us), default=None)
    if near is None or abs(int(str(near["stream_us"])) - stream_us) > US_PER_S:
        return _unknown(found, stream_us)
    at_us, sigma_us = near["at_us"], near["at_sigma_us"]
    placed = near["lon_deg"] is not None
    return Origin(
        file=found.name,
        sha256=found.sha256,
        raw_at=str(near["raw_at"]),
        stream_us=stream_us,
        at_us=at_us + stream_us - int(str(near["stream_us"])) if isinstance(at_us, int) else None,
        at_sigma_us=sigma_us if isinstance(sigma_us, int) else None,
        standing=str(near["standing"]),
        reason=str(near["reason"]),
        error_m=ellipse_95(near)[0] if placed else None,
    )


def _unknown(found: Survey, stream_us: int) -> Origin:
    return Origin(
        file=found.name,
        sha256=found.sha256,
        raw_at="",
        stream_us=stream_us,
        at_us=None,
        at_sigma_us=None,
        standing="withheld",
        reason="no metadata near this picture",
        error_m=None,
    )


def _span_us(words: str) -> tuple[int, int]:
    """`120-180`, seconds of the video."""
    first, _, last = words.partition("-")
    try:
        return round(float(first) * US_PER_S), round(float(last) * US_PER_S)
    except ValueError:
        raise InputError(
            f"{words!r} is no span of seconds.", subject="--clip", remedy="Write two numbers: --clip 120-180."
        ) from None


def _whole(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise UnavailableError(
            f"cannot be written: {error.strerror}.", subject=str(path), remedy="Give it room and rights, then again."
        ) from None
    return path


def follow_live(url: str, asked: Asked) -> int:
    """Listen to a stream until interrupted: what is seen is printed as it is seen, what comes in is kept in `out`.

    Raises: InputError, UnavailableError.
    """
    from truceline.run.live.footage import Stream, lines, open_source

    source = open_source(url)
    stream = Stream(url, camera=Camera(), terrain=terrain_of(asked), spool=asked.out)
    try:
        while True:
            placed = stream.take(source.read(), now_us=time.time_ns() // 1_000)
            for line in lines(placed) if placed else ():
                print(json.dumps(line, ensure_ascii=False), flush=True)
    finally:
        source.close()
        stream.close()
