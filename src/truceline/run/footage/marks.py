"""What detectors see in the pictures of a video, as the CSV of marks that a mission takes beside its footage."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truceline import __version__
from truceline.base.errors import UnknownNameError
from truceline.base.units import US_PER_S
from truceline.detect import Detector, Look, Model, Picture, Settings, looks
from truceline.observe.footage.marks import MARK_COLUMNS
from truceline.run.footage.video import Losses, Shown, pictures

METHODS = ("motion", "flash")
AUTHOR = f"truceline {__version__}"
Progress = Callable[[Shown], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """A CSV, and what was and was not looked at."""

    content: bytes
    pictures: int
    spots: Counter[str]  # by method
    problems: tuple[str, ...]  # of pictures that could not be looked at, with their number
    losses: Losses


def marks_of(
    path: Path, *, methods: Sequence[str], model: Model | None = None, progress: Progress = lambda _shown: None
) -> Marks:
    """Look through a whole video.

    Args:
        path: the video.
        methods: of METHODS; none with a model: only the model looks.
        model: a user's own detector.

    Raises: UnknownNameError: no such method. UnreadableError: no video. InputError, UnavailableError: the model.
    """
    unknown = sorted(set(methods) - set(METHODS))
    if unknown:
        raise UnknownNameError(
            f"nothing is found by {', '.join(unknown)}.", subject="detect", remedy=f"Use {', '.join(METHODS)}."
        )
    settings = Settings(movement="motion" in methods, flashes="flash" in methods)
    losses = Losses()
    held = io.StringIO(newline="")
    written = csv.DictWriter(held, MARK_COLUMNS, lineterminator="\n")
    written.writeheader()
    spots: Counter[str] = Counter()
    problems, count = [], 0
    detector = Detector(model) if model else None
    authors = {"detector": model.name} if model else {}
    for look in looks(_pictures(path, losses, progress), settings=settings, detector=detector):
        count += 1
        spots.update(spot.method for spot in look.spots)
        written.writerows(_rows(look, authors))
        if look.problem:
            problems.append(f"picture {look.number}: {look.problem}")
    return Marks(content=held.getvalue().encode(), pictures=count, spots=spots, problems=tuple(problems), losses=losses)


def _pictures(path: Path, losses: Losses, progress: Progress) -> Iterator[Picture]:
    for shown in pictures(path, losses=losses):
        progress(shown)
        yield Picture(number=shown.number, stream_us=shown.stream_us, grey=shown.pixels)


def _rows(look: Look, authors: Mapping[str, str]) -> Iterator[dict[str, object]]:
    for spot in look.spots:
        yield {
            "stream_s": f"{look.stream_us / US_PER_S:.6f}",
            "x_px": f"{spot.x_px:.2f}",
            "y_px": f"{spot.y_px:.2f}",
            "sigma_px": f"{spot.sigma_px:.2f}",
            "method": spot.method,
            "target": "",
            "confidence": f"{spot.confidence_permille / 1000:.3f}",
            "label": spot.label,
            "author": authors.get(spot.method, AUTHOR),
        }
