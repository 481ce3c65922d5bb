"""A user's own detector: an ONNX model that finds boxes in one picture. Truceline ships no model."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from truceline.base.errors import InputError, TooLargeError, UnavailableError, UnreadableError
from truceline.detect.pictures import Grey, Spot

Boxes = npt.NDArray[np.float64]
Offset = npt.NDArray[np.float64]

LARGEST_BYTES = 512 * 1024 * 1024
LARGEST_SIDE_PX = 4096
CANDIDATES_MAX = 200_000
SPOTS_MAX = 300
GREY_LEVEL = 114  # of what is added around a picture to fit the model's shape
CENTRE_SHARE_RATIO = 0.1  # of a box's side: how far its middle may lie beside the thing's, one sigma
THREADS = 2
_KINDS: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
_EXTERNAL = b"\n\x08location"  # onnx.proto, TensorProto.external_data: an entry with the key "location"


class MissingRuntimeError(UnavailableError):
    """The library that runs models is not installed."""

    code = "unavailable.detector-runtime"


class UnreadableModelError(UnreadableError):
    """The bytes are no model that can be run."""

    code = "input.unreadable.model"


class UnfitModelError(InputError):
    """A model that runs, but takes or gives something else than a detector of things in pictures."""

    code = "input.unfit-model"


class LargeModelError(TooLargeError):
    """A model of more bytes than are taken."""

    code = "input.too-large.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A detector as its owner declares it.

    Args:
        name: with its version; stands as the author of what it sees.
        content: the bytes of the ONNX file.
        labels: what its classes are called, in their order.
        score_permille: sightings with less are left out.
        overlap_permille: of two boxes of one class that share more than this (of their union) the better stays.
        side_px: of its input, where the model leaves it open.
        brightest_ratio: the value of white in its input: 1.0, or 255.0.
    """

    name: str
    content: bytes
    labels: tuple[str, ...]
    score_permille: int = 400
    overlap_permille: int = 500
    side_px: int = 640
    brightest_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """What the model takes: one picture, channels first or last, of these many channels and pixels."""

    name: str
    channels_first: bool
    channels: int
    width: int
    height: int
    kind: type[np.generic]


class Detector:
    """A loaded model, run on the processor.

    Two layouts of output are understood, told apart by their shape: rows of (x1, y1, x2, y2, score, class), as
    (n, 6) or (1, n, 6); and YOLO's (1, 4 + classes, n): middle, width and height, then a score for each class, also as
    (1, n, 4 + classes). All in pixels of the model's input.

    Limits: pictures come in grey; a model for colour gets the same level three times, and sees less for it. Its own
        scores are passed on as confidence: nobody has checked that 400 of a thousand such boxes are right.
    """

    def __init__(self, model: Model) -> None:
        """Raises: LargeModelError, MissingRuntimeError, UnreadableModelError, UnfitModelError."""
        self._model = model
        self._session = _session(model)
        self._takes = _input(model, self._session)
        self.find(
            np.zeros((64, 64), np.uint8)
        )  # a model that cannot be run is refused now, not in the middle of a video

    @property
    def name(self) -> str:
        """The model's name, as declared."""
        return self._model.name

    def find(self, grey: Grey) -> list[Spot]:
        """What the model sees in a picture, the surest first.

        Raises: UnfitModelError: it fails, or gives something else than it should.
        """
        given, ratio, offset_px = _letterbox(grey, self._takes, self._model.brightest_ratio)
        try:
            outputs = self._session.run(None, {self._takes.name: given})
        except _failures() as error:
            raise _unfit(
                self._model, f"it fails on a picture of {grey.shape[1]} x {grey.shape[0]}: {_brief(error)}."
            ) from error
        boxes, scores, classes = _boxes(self._model, outputs)
        boxes = (boxes - np.tile(offset_px, 2)) / ratio
        height, width = grey.shape
        boxes = np.clip(boxes, 0, [width, height, width, height])
        sound = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        kept = _apart(boxes[sound], scores[sound], classes[sound], self._model.overlap_permille / 1000)
        chosen = np.flatnonzero(sound)[kept][:SPOTS_MAX]
        return [self._spot(boxes[at], float(scores[at]), int(classes[at])) for at in chosen]

    def _spot(self, box: npt.NDArray[np.float64], score_ratio: float, number: int) -> Spot:
        left, top, right, bottom = (float(value) for value in box)
        sides = (right - left, bottom - top)
        return Spot(
            method="detector",
            x_px=(left + right) / 2,
            y_px=(top + bottom) / 2,
            sigma_px=max(0.5, CENTRE_SHARE_RATIO * max(sides)),
            box_px=(left, top, right, bottom),
            confidence_permille=round(1000 * min(score_ratio, 1.0)),
            label=self._model.labels[number],
        )


def _unfit(model: Model, problem: str) -> UnfitModelError:
    return UnfitModelError(
        problem,
        subject=f"model {model.name}",
        remedy="Export a detector that takes one picture and gives boxes, or correct what is declared of it.",
    )


def _brief(error: Exception) -> str:
    """The first line of a library's message, at most 200 characters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _failures() -> tuple[type[Exception], ...]:
    """Everything the library raises for a model or an input that it cannot take."""
    from onnxruntime.capi import onnxruntime_pybind11_state as states  # type: ignore[import-untyped]

    own = [value for value in vars(states).values() if isinstance(value, type) and issubclass(value, Exception)]
    return (*own, RuntimeError, ValueError)


def _session(model: Model) -> Any:
    """The model, ready to run. `Any`: the library publishes no types."""
    if len(model.content) > LARGEST_BYTES:
        raise LargeModelError(
            f"{len(model.content):,} bytes are more than the {LARGEST_BYTES:,} that are taken.",
            subject=f"model {model.name}",
            remedy="Export a smaller variant of it.",
        )
    if _EXTERNAL in model.content:
        raise UnreadableModelError(
            "its weights lie in other files.",
            subject=f"model {model.name}",
            remedy="Save it as one file: only the bytes that are declared are read.",
        )
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise MissingRuntimeError(
            "models cannot be run: onnxruntime is not installed.",
            subject=f"model {model.name}",
            remedy='Install it: pip install "truceline[detector]". Movement and flashes are found without it.',
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    options.log_severity_level = 4  # what is wrong is raised
    try:
        return onnxruntime.InferenceSession(model.content, options, providers=["CPUExecutionProvider"])
    except _failures() as error:
        raise UnreadableModelError(
            f"its {len(model.content):,} bytes are no ONNX model that can be run: {_brief(error)}.",
            subject=f"model {model.name}",
            remedy="Fetch it again, or export it again with standard operators only.",
        ) from error


def _input(model: Model, session: Any) -> _Input:
    """What the model takes, read from the model itself."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise _unfit(model, f"it takes {len(inputs)} inputs, not one picture.")
    shape, kind = inputs[0].shape, _KINDS.get(inputs[0].type)
    if kind is None:
        raise _unfit(model, f"it takes {inputs[0].type}, not float, float16 or uint8.")
    if len(shape) != 4 or (shape[0] not in (1, None) and isinstance(shape[0], int)):
        raise _unfit(model, f"it takes an array of {shape}, not one picture of four dimensions.")
    channels_first = shape[1] in (1, 3)
    if not channels_first and shape[3] not in (1, 3):
        raise _unfit(model, f"it takes an array of {shape}: neither the second nor the last side is 1 or 3 channels.")
    channels, height, width = (shape[1], shape[2], shape[3]) if channels_first else (shape[3], shape[1], shape[2])
    sides = [side if isinstance(side, int) else model.side_px for side in (width, height)]
    if not all(16 <= side <= LARGEST_SIDE_PX for side in sides):
        raise _unfit(model, f"it takes pictures of {sides[0]} x {sides[1]}, not 16 to {LARGEST_SIDE_PX} pixels a side.")
    return _Input(
        name=inputs[0].name,
        channels_first=channels_first,
        channels=channels,
        width=sides[0],
        height=sides[1],
        kind=kind,
    )


def _letterbox(grey: Grey, takes: _Input, brightest_ratio: float) -> tuple[npt.NDArray[Any], float, Offset]:
    """The picture in the model's shape, its proportions kept; the scale, and what was added on the left and on top."""
    height, width = grey.shape
    ratio = min(takes.width / width, takes.height / height)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    left, top = (takes.width - size[0]) // 2, (takes.height - size[1]) // 2
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    canvas = np.full((takes.height, takes.width), GREY_LEVEL, np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(grey, size, interpolation=how)
    values = canvas if takes.kind is np.uint8 else (canvas / 255 * brightest_ratio).astype(takes.kind)
    picture = np.repeat(
        values[None, :, :] if takes.channels_first else values[:, :, None],
        takes.channels,
        0 if takes.channels_first else 2,
    )
    return np.ascontiguousarray(picture[None]), ratio, np.array([left, top], np.float64)


def _boxes(model: Model, outputs: list[Any]) -> tuple[Boxes, Boxes, npt.NDArray[np.int64]]:
    """Boxes as (n, 4) corners in pixels of the model's input, their scores, their classes."""
    found = np.asarray(outputs[0]) if len(outputs) == 1 else None
    if found is None or found.dtype.kind != "f" or found.ndim not in (2, 3) or (found.ndim == 3 and len(found) != 1):
        shapes = [list(np.shape(output)) for output in outputs]
        raise _unfit(model, f"it gives {shapes}, not one table of boxes.")
    rows = (found[0] if found.ndim == 3 else found).astype(np.float64)
    wide = 4 + len(model.labels)
    if rows.shape[1] == 6 and (found.ndim == 2 or rows.shape[0] != wide):
        boxes, scores, classes = rows[:, :4], rows[:, 4], rows[:, 5]
    elif found.ndim == 3 and wide in rows.shape:
        rows = rows.T if rows.shape[0] == wide else rows
        half = rows[:, 2:4] / 2
        boxes = np.hstack([rows[:, :2] - half, rows[:, :2] + half])
        classes = rows[:, 4:].argmax(axis=1).astype(np.float64)
        scores = rows[:, 4:].max(axis=1)
    else:
        raise _unfit(
            model, f"it gives {list(found.shape)}: neither n x 6 nor {wide} (4 and {len(model.labels)} labels) x n."
        )
    if len(boxes) > CANDIDATES_MAX:
        raise _unfit(model, f"it gives {len(boxes):,} boxes, more than {CANDIDATES_MAX:,}.")
    sound = np.isfinite(boxes).all(axis=1) & np.isfinite(scores) & (scores >= model.score_permille / 1000)
    boxes, scores, classes = boxes[sound], scores[sound], classes[sound]
    known = (classes >= 0) & (classes < len(model.labels)) & (classes == np.floor(classes))
    if not known.all():
        stranger = float(classes[~known][0])
        raise _unfit(model, f"it gives class {stranger:g}, and {len(model.labels)} labels are declared.")
    if len(scores) and scores.max() > 1.001:
        raise _unfit(model, f"it gives a score of {scores.max():.3g}, above 1.")
    return boxes, scores, classes.astype(np.int64)


def _apart(boxes: Boxes, scores: Boxes, classes: npt.NDArray[np.int64], overlap_ratio: float) -> list[int]:
    """Which boxes stay, the surest first: of two of one class that overlap, the surer (non-maximum suppression)."""
    left = np.argsort(-scores, kind="stable")[: 10 * SPOTS_MAX]
    areas_px2 = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    kept: list[int] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        corner, far = np.maximum(boxes[best, :2], boxes[left, :2]), np.minimum(boxes[best, 2:], boxes[left, 2:])
        shared_px2 = np.prod(np.maximum(far - corner, 0), axis=1)
        overlaps = shared_px2 / (areas_px2[best] + areas_px2[left] - shared_px2)
        left = left[(overlaps <= overlap_ratio) | (classes[left] != classes[best])]
    return kept
