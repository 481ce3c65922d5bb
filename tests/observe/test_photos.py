"""What photos say of themselves, beside what their row says; and copies that say nothing but their pixels."""

import io
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from tests.observe.packages import FORM_FEED, SUBMISSIONS, as_csv, as_form, as_photo
from tests.observe.sample import read
from tests.observe.test_properties import mutated

from truceline.base.errors import InputError
from truceline.base.time import stamp
from truceline.observe.photos import photo_of, stripped

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")

SATELLITES = {7: (17.0, 0.0, 30.0), 29: "2025:03:10"}
PHOTO = as_photo(gps=SATELLITES | {31: 12.5})


def remark(photo: bytes, **cells: str) -> str:
    """The remark on the sample's first submission with this photo and these cells."""
    feed = replace(FORM_FEED, columns={name: theirs for name, theirs in FORM_FEED.columns.items() if name != "remark"})
    submission = SUBMISSIONS[0] | {name.replace("_", "-"): text for name, text in cells.items()}
    package = as_form(**{"patrol.csv": as_csv([submission]), "media/1710000000001.jpg": photo})
    (row,) = read(package, feed).rows.to_pylist()
    assert (row["lon_deg"], row["lat_deg"]) == (37.80, 48.02)
    return str(row["remark"]).partition(": ")[2]


def test_a_photo_says_when_where_and_how_surely_it_was_taken() -> None:
    photo = photo_of(PHOTO, zone=None)
    assert photo is not None
    assert photo.taken_us is not None
    assert photo.satellite_us is not None
    assert stamp(photo.taken_us[0]) == stamp(photo.satellite_us) == "2025-03-10T17:00:30Z"
    assert photo.taken_us[1] - photo.taken_us[0] == 999_999
    assert (photo.lon_deg, photo.lat_deg) == pytest.approx((37.80, 48.02), abs=1e-6)
    assert (photo.error_m, photo.camera) == (12.5, "Maker Model 7")


def test_west_and_south_are_below_zero() -> None:
    photo = photo_of(as_photo(place=(-70.5, -33.25)), zone=None)
    assert photo is not None
    assert (photo.lon_deg, photo.lat_deg) == pytest.approx((-70.5, -33.25), abs=1e-6)


def test_a_clock_without_an_offset_is_read_in_the_declared_zone_or_not_at_all() -> None:
    naive = as_photo(offset="")
    declared, none = photo_of(naive, zone="Europe/Kyiv"), photo_of(naive, zone=None)
    assert declared is not None
    assert declared.taken_us is not None
    assert stamp(declared.taken_us[0]) == "2025-03-10T17:00:30Z"
    assert none is not None
    assert none.taken_us is None
    assert "is not used" in none.clock_words


@pytest.mark.parametrize(
    ("photo", "cells", "words"),
    [
        (PHOTO, {}, ""),
        (as_photo(place=None, taken=""), {}, ""),
        (as_photo(place=(37.8012, 48.02)), {}, ""),  # 90 m: within what a telephone may err
        (as_photo(place=(37.83, 48.02)), {}, "taken 2,234 m from the stated place ± 17 m (no error stated)"),
        (as_photo(place=(37.8012, 48.02), gps={31: 5.0}), {}, "taken 89 m from the stated place ± 17 m (± 5 m)"),
        (as_photo(taken="2025:03:10 21:30:30"), {}, "taken 2 h 30 min after the stated time"),
        (as_photo(taken="2025:03:08 12:00:00"), {}, "taken 2 d 6 h before the stated time"),
        (as_photo(taken="2025:03:10 23:00:00"), {"visit_begins": "2025-03-10"}, ""),
        (as_photo(offset="+03:00", gps=SATELLITES), {}, "the camera's clock is 1 h 0 min behind its satellites' time"),
        (as_photo(taken="2025:99:10 19:00:30"), {}, "its clock's '2025:99:10 19:00:30' is not used: "),
        (as_photo(gps={2: (95.0, 0.0, 0.0)}), {}, ""),  # no such latitude: it has no place
        (b"no photo at all", {}, ""),
    ],
)
def test_what_a_photo_contradicts_is_a_remark_and_moves_nothing(
    photo: bytes, cells: dict[str, str], words: str
) -> None:
    found = remark(photo, **cells)
    assert found.startswith(words) if words else found == ""


# --- copies for release


def test_a_stripped_copy_has_the_pixels_upright_and_nothing_else() -> None:
    picture = Image.new("RGB", (40, 20), (10, 200, 30))
    exif = picture.getexif()
    exif[0x0112], exif[0x010F] = 6, "Maker"  # to be turned by a quarter
    held = io.BytesIO()
    picture.save(held, "JPEG", exif=exif, comment=b"taken by N. N.", icc_profile=b"profile of N. N.")
    copy = stripped(held.getvalue() + b"trailing N. N.")
    assert b"N. N." not in copy
    assert b"Maker" not in copy
    with Image.open(io.BytesIO(copy)) as bare:
        assert bare.size == (20, 40)
        assert not bare.getexif()
        assert set(bare.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_texts_of_a_png_are_stripped_too() -> None:
    texts, held = PngImagePlugin.PngInfo(), io.BytesIO()
    texts.add_text("Author", "N. N.")
    Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(held, "PNG", pnginfo=texts)
    assert b"N. N." in held.getvalue()
    assert b"N. N." not in stripped(held.getvalue())


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe1\xff\xff", PHOTO[:200]])
def test_what_is_no_photo_cannot_be_stripped_and_says_nothing(content: bytes) -> None:
    photo_of(content, zone=None)
    with pytest.raises(InputError) as refused:
        stripped(content)
    assert refused.value.__notes__ == ["unreadable-photo"]


def test_a_picture_larger_than_any_camera_makes_is_not_unpacked() -> None:
    vast = Image.new("1", (30_000, 5_000))
    held = io.BytesIO()
    vast.save(held, "PNG")
    assert photo_of(held.getvalue(), zone=None) is None
    with pytest.raises(InputError):
        stripped(held.getvalue())


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_hostile_metadata_never_raise(chance: object) -> None:
    content = mutated(PHOTO, chance)
    photo_of(content, zone="UTC")
    with suppress(InputError):
        stripped(content)
