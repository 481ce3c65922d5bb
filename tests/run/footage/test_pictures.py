import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.run.footage.damage import H264, OSH

from truceline.base.frames import LocalFrame
from truceline.base.units import SIGMA_95_CIRCLE
from truceline.model.footage import STANDINGS
from truceline.run.footage.pictures import (
    AUTOMATIC,
    WIDTH_PX,
    Marked,
    Origin,
    Scene,
    contact_sheet,
    ellipse_pixels,
    spread,
    standing_words,
    still,
    time_words,
)
from truceline.run.footage.video import pictures

PLACE = LocalFrame(name="test", origin_lon_deg=-86.67, origin_lat_deg=34.7)
ORIGIN = Origin(
    file="sample-stream.ts",
    sha256="9a35c313c765f3ece1ddabb3cf9e7df0e88581fbbee928daf513f941a6af8e26",
    raw_at="pid 0x101, packet 41",
    stream_us=1_333_333,
    at_us=1_300_000_000_123_456,
    at_sigma_us=50_000,
    standing="stated",
    reason="",
    error_m=8.24,
)
LON_DEG, LAT_DEG = PLACE.origin_lon_deg, PLACE.origin_lat_deg
MARKED = Marked(
    lon_deg=LON_DEG, lat_deg=LAT_DEG, hae_m=0.0, cov_ee_m2=400.0, cov_en_m2=0.0, cov_nn_m2=100.0, label="marked"
)
GREY = np.full((480, 640), 90, np.uint8)


def straight_down(metres_a_pixel: float, heading_deg: float = 0.0) -> Scene:
    """A camera that looks straight down; the top of its picture points where it heads."""
    turn = math.radians(heading_deg)

    def to_pixel(lon_deg: float, lat_deg: float, hae_m: float) -> tuple[float, float]:
        east_m, north_m = PLACE.to_local(lon_deg, lat_deg)
        right_m = east_m * math.cos(turn) - north_m * math.sin(turn)
        up_m = east_m * math.sin(turn) + north_m * math.cos(turn)
        return 320 + right_m / metres_a_pixel, 240 - up_m / metres_a_pixel

    return Scene(
        to_pixel=to_pixel, width_px=640, height_px=480,
        lon_deg=PLACE.origin_lon_deg, lat_deg=PLACE.origin_lat_deg, hae_m=0.0,
    )  # fmt: skip


def array(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def yellow(image: np.ndarray) -> np.ndarray:
    """Where the ellipse is drawn."""
    return (image[..., 0] > 200) & (image[..., 1] > 160) & (image[..., 2] < 80)


def test_an_ellipse_on_the_ground_is_drawn_where_its_numbers_put_it() -> None:
    """East 20 m, north 10 m, one sigma, at 0.5 m a pixel: 95 % reach 97.9 and 49.0 pixels."""
    outline = np.array(ellipse_pixels(MARKED, to_pixel=straight_down(0.5).to_pixel)) - [320, 240]
    assert abs(outline[:, 0]).max() == pytest.approx(SIGMA_95_CIRCLE * 20 / 0.5, abs=0.1)
    assert abs(outline[:, 1]).max() == pytest.approx(SIGMA_95_CIRCLE * 10 / 0.5, abs=0.1)


def test_an_ellipse_leans_as_its_covariance_does() -> None:
    """Errors that go together east and north lean to the north-east: up and to the right in a picture facing north."""
    leaning = replace(MARKED, cov_ee_m2=250.0, cov_nn_m2=250.0, cov_en_m2=150.0)
    outline = np.array(ellipse_pixels(leaning, to_pixel=straight_down(0.5).to_pixel)) - [320, 240]
    farthest = outline[np.argmax(np.hypot(*outline.T))]
    assert math.degrees(math.atan2(-farthest[1], farthest[0])) % 180 == pytest.approx(45, abs=3)


def test_an_ellipse_holds_95_in_100_points() -> None:
    chance = np.random.default_rng(7)
    covariance = np.array([[250.0, 120.0], [120.0, 90.0]])
    marked = replace(MARKED, cov_ee_m2=250.0, cov_en_m2=120.0, cov_nn_m2=90.0)
    to_pixel = straight_down(0.5).to_pixel
    outline = np.array(ellipse_pixels(marked, to_pixel=to_pixel))
    points = [PLACE.to_degrees(*point) for point in chance.multivariate_normal([0, 0], covariance, 4_000)]
    pixels = np.array([to_pixel(lon_deg, lat_deg, 0.0) for lon_deg, lat_deg in points])
    sides = np.diff(outline, axis=0)
    to_points = pixels[:, None] - outline[None, :-1]
    inside = (sides[None, :, 0] * to_points[..., 1] - sides[None, :, 1] * to_points[..., 0] <= 0).all(1)
    outside = (sides[None, :, 0] * to_points[..., 1] - sides[None, :, 1] * to_points[..., 0] >= 0).all(1)
    assert np.mean(inside | outside) == pytest.approx(0.95, abs=0.012)  # 3.5 sigma of 4,000 draws


def test_a_still_shows_the_ellipse_and_a_withheld_one_shows_nothing_of_the_ground() -> None:
    scene = straight_down(0.5)
    drawn = yellow(array(still(GREY, origin=ORIGIN, scene=scene, marked=[MARKED])))
    columns = np.flatnonzero(drawn.any(0))
    assert columns.max() - columns.min() == pytest.approx(2 * 2 * SIGMA_95_CIRCLE * 40, abs=8)  # drawn twice as large
    for standing in ("withheld", "position"):
        silent = array(still(GREY, origin=replace(ORIGIN, standing=standing), scene=scene, marked=[MARKED]))
        assert (silent[:960] == 90).all()


@pytest.mark.parametrize(("heading_deg", "side"), [(0, "up"), (90, "left"), (180, "down"), (270, "right")])
def test_the_arrow_points_north(heading_deg: float, side: str) -> None:
    """The N stands at the arrow's tip: north of its middle as the picture lies."""
    plain = array(still(GREY, origin=replace(ORIGIN, standing="position")))
    drawn = array(still(GREY, origin=ORIGIN, scene=straight_down(0.5, heading_deg)))
    changed = (drawn != plain[:, :, :]).any(2)[:300, 900:]
    ys, xs = np.nonzero(changed)
    middle_x, middle_y = 2 * (640 - 30) - 900, 64
    lean = {
        "up": middle_y - ys.min(),
        "down": ys.max() - middle_y,
        "left": middle_x - xs.min(),
        "right": xs.max() - middle_x,
    }
    assert max(lean, key=lambda each: lean[each]) == side


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    """A fifth of 640 pixels at 0.5 m is 64 m; the round length below it, 50 m, is 100 pixels: 200 as drawn."""
    drawn = array(still(GREY, origin=ORIGIN, scene=straight_down(0.5)))
    row = drawn[960 - 26]
    bar = np.flatnonzero((row > 240).all(1))
    assert bar.max() - bar.min() == pytest.approx(200, abs=5)


def test_words_are_wrapped_and_never_cut_off() -> None:
    """White stays white along the right edge, however long a name is."""
    long = replace(ORIGIN, file="x" * 400, reason="the ray misses the stated centre " * 20, standing="widened")
    strip = array(still(GREY, origin=long))[960:]
    assert (strip[:, -8:] == 255).all()
    short = array(still(GREY, origin=ORIGIN))[960:]
    assert len(strip) > len(short) + 150


def test_what_is_said_of_a_place_is_said_with_its_standing_and_reason() -> None:
    assert standing_words(ORIGIN) == "Place as stated, middle ± 8.3 m (95\u00a0%)."
    reason = "the ray misses the stated centre by 12,840 m"
    withheld = replace(ORIGIN, standing="withheld", reason=reason, error_m=None)
    assert standing_words(withheld) == f"Place WITHHELD: {reason}."
    for standing in STANDINGS:
        assert ("WITHHELD" in standing_words(replace(ORIGIN, standing=standing))) == (standing == "withheld")


def test_what_is_said_of_a_time_is_said_with_its_error() -> None:
    plain = time_words(ORIGIN).replace("\u00a0", " ")
    assert plain == "2011-03-13 07:06:40.123 UTC ± 0.098 s (95 %); 1.333 s after the file's first."
    assert "error not stated" in time_words(replace(ORIGIN, at_sigma_us=None))
    assert time_words(replace(ORIGIN, at_us=None)).startswith("Time not stated")


def test_a_still_is_the_same_each_time_and_large_enough_to_read() -> None:
    small = next(pictures(H264)).pixels
    one = still(small, origin=ORIGIN)
    assert one == still(small, origin=ORIGIN)
    assert Image.open(io.BytesIO(one)).width >= WIDTH_PX


def test_a_reviewed_still_names_the_person_and_an_automatic_one_says_so() -> None:
    assert "not reviewed" in AUTOMATIC
    automatic, reviewed = (array(still(GREY, origin=replace(ORIGIN, reviewed_by=by))) for by in ("", "A. Monitor"))
    assert (automatic[960:] != reviewed[960:]).any()


def test_a_contact_sheet_is_spread_evenly_over_the_film() -> None:
    shown = list(spread(OSH, count=10))
    assert len(shown) == 10
    assert np.diff([each.stream_us for each in shown]) == pytest.approx([923_333] * 9, abs=67_000)  # two pictures
    cells = [(each, replace(ORIGIN, stream_us=each.stream_us)) for each in shown]
    sheet = array(contact_sheet(cells, title="Ten pictures"))
    assert sheet.shape[1] == WIDTH_PX
    assert (sheet[:, -4:] == 255).all()
    assert sheet.shape[0] > array(contact_sheet(cells[:4], title="Four pictures")).shape[0] + 400
