"""A user's model: small ones made here find bright squares; wrong and hostile ones are refused with what to do."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.detect.flight import pictures

from truceline.base.errors import InputError
from truceline.detect import Detector, Model, looks
from truceline.detect import detector as adapter
from truceline.detect.detector import LargeModelError, MissingRuntimeError, UnfitModelError, UnreadableModelError

SIDE = 128
CELL = 16


def constant(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values, name)


def saved(nodes, out_shape, *, constants=(), takes=(1, 1, SIDE, SIDE), kind=TensorProto.FLOAT) -> bytes:
    graph = helper.make_graph(
        nodes,
        "squares",
        [helper.make_tensor_value_info("picture", kind, takes)],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, out_shape)],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    return model.SerializeToString()


def cells() -> np.ndarray:
    """Middles of the cells of the grid, (1, n, 2)."""
    middles = np.arange(SIDE // CELL) * CELL + CELL / 2
    x, y = np.meshgrid(middles, middles)
    return np.stack([x.ravel(), y.ravel()], axis=1)[None].astype(np.float32)


def yolo(*, channels: int = 1, takes=None, kind=TensorProto.FLOAT) -> bytes:
    """Mean brightness of each cell by a convolution: a score for "bright", one less that for "dark" at a tenth."""
    count = (SIDE // CELL) ** 2
    weights = np.full((1, channels, CELL, CELL), 1 / CELL**2 / channels, np.float32)
    boxes = np.concatenate([cells(), np.full((1, count, 2), CELL, np.float32)], axis=2).transpose(0, 2, 1)
    nodes = [
        helper.make_node("Conv", ["picture", "weights"], ["means"], strides=[CELL, CELL]),
        helper.make_node("Reshape", ["means", "shape"], ["bright"]),
        helper.make_node("Mul", ["bright", "tenth"], ["dark"]),
        helper.make_node("Concat", ["grid", "bright", "dark"], ["boxes"], axis=1),
    ]
    constants = [
        constant("weights", weights),
        constant("shape", np.array([1, 1, count])),
        constant("tenth", np.array(0.1, np.float32)),
        constant("grid", np.ascontiguousarray(boxes)),
    ]
    return saved(nodes, (1, 6, count), constants=constants, takes=takes or (1, channels, SIDE, SIDE), kind=kind)


def rows(values: np.ndarray) -> bytes:
    """A model that always says the same boxes."""
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["said", "zero"], ["boxes"]),
    ]
    constants = [constant("nothing", np.array(0, np.float32)), constant("said", values.astype(np.float32))]
    return saved(nodes, values.shape, constants=constants)


def model(content: bytes, **declared) -> Model:
    return Model(name="squares-1", content=content, **({"labels": ("bright", "dark")} | declared))


def with_square(width: int, height: int, x: int, y: int, side: int) -> np.ndarray:
    grey = np.full((height, width), 20, np.uint8)
    grey[y : y + side, x : x + side] = 250
    return grey


@pytest.mark.parametrize("channels", [1, 3])
def test_a_bright_square_is_found_where_it_is_in_a_picture_of_another_shape(channels: int) -> None:
    """256 x 192 is shrunk to a half and gets 16 rows on top: a cell of the model is 32 pixels of the picture."""
    found = Detector(model(yolo(channels=channels))).find(with_square(256, 192, 96, 64, 32))
    assert [(spot.x_px, spot.y_px, spot.label, spot.method) for spot in found] == [(112, 80, "bright", "detector")]
    assert found[0].box_px == (96, 64, 128, 96)
    assert found[0].confidence_permille == pytest.approx(980, abs=3)


def test_open_sides_take_what_is_declared() -> None:
    content = yolo(takes=("n", 1, "height", "width"))
    found = Detector(model(content, side_px=SIDE)).find(with_square(SIDE, SIDE, 48, 32, CELL))
    assert [(spot.x_px, spot.y_px) for spot in found] == [(56, 40)]


def test_white_is_what_is_declared() -> None:
    """Fed 0 to 255, the same model gives scores of 250, which no detector means."""
    with pytest.raises(UnfitModelError, match="above 1"):
        Detector(model(yolo(), brightest_ratio=255.0)).find(with_square(SIDE, SIDE, 48, 32, CELL))


def test_rows_of_six_are_read_and_overlapping_boxes_of_one_class_are_one() -> None:
    said = np.array(
        [
            [10, 10, 30, 30, 0.9, 0],
            [12, 11, 31, 30, 0.8, 0],  # the same thing again
            [12, 11, 31, 30, 0.7, 1],  # of another class: stays
            [80, 80, 90, 96, 0.6, 1],
            [50, 50, 60, 60, 0.39, 0],  # not sure enough
            [70, 20, 60, 30, 0.9, 0],  # inside out
            [float("nan"), 0, 5, 5, 0.9, 0],
            [-20, 100, 8, 160, 0.5, 0],  # over the rim
        ]
    )
    for values in (said, said[None]):
        found = Detector(model(rows(values))).find(np.zeros((SIDE, SIDE), np.uint8))
        assert [(spot.label, spot.confidence_permille) for spot in found] == [
            ("bright", 900),
            ("dark", 700),
            ("dark", 600),
            ("bright", 500),
        ]
        assert found[3].box_px == (0, 100, 8, 128)


def test_the_detector_is_asked_with_the_other_looks() -> None:
    greys = [with_square(SIDE, SIDE, 48, 32, CELL)] * 30
    found = list(looks(pictures(greys), detector=Detector(model(yolo()))))
    asked = [look.number for look in found if any(spot.method == "detector" for spot in look.spots)]
    assert asked == [0, 5, 10, 15, 20, 25]


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", UnreadableModelError, "no ONNX model"),
        (b"\x08\x07" + b"\xff" * 200, UnreadableModelError, "no ONNX model"),
        (yolo()[:-400], UnreadableModelError, "no ONNX model"),
        (rows(np.zeros((5, 7))), UnfitModelError, "neither n x 6 nor"),
        (rows(np.zeros((2, 5, 6))), UnfitModelError, "not one table"),
        (rows(np.array([[0, 0, 9, 9, 0.9, 2]])), UnfitModelError, "class 2"),
        (rows(np.array([[0, 0, 9, 9, 0.9, 0.5]])), UnfitModelError, "class 0.5"),
        (rows(np.array([[0, 0, 9, 9, 7.0, 0]])), UnfitModelError, "above 1"),
        (yolo(takes=(8, 1, SIDE, SIDE)), UnfitModelError, "not one picture"),
        (yolo(takes=(1, 1, 8, 8)), UnfitModelError, "8 x 8"),
        (yolo(kind=TensorProto.DOUBLE), InputError, "double|no ONNX model"),
    ],
)
def test_a_wrong_model_is_refused_before_the_first_picture_with_what_to_do(content, error, says) -> None:
    with pytest.raises(error, match=says) as caught:
        Detector(model(content))
    assert caught.value.remedy.endswith(".")


def test_a_model_whose_weights_lie_in_other_files_opens_none() -> None:
    whole = onnx.load_from_string(yolo())
    weights = whole.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../secret")
    with pytest.raises(UnreadableModelError, match="other files"):
        Detector(model(whole.SerializeToString()))


def test_a_model_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "LARGEST_BYTES", 100)
    with pytest.raises(LargeModelError, match="100"):
        Detector(model(yolo()))


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingRuntimeError, match=r"truceline\[detector\]"):
        Detector(model(yolo()))
