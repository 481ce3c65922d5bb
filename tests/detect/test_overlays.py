"""What is laid over the video is found from the video: a logo, lettering that counts, a cross-hair, a black border."""

from collections.abc import Sequence

import cv2
import numpy as np
from tests.detect.flight import movers, osh, pictures, with_movers

from truceline.detect.looking import Settings, _Pass
from truceline.detect.overlays import border
from truceline.detect.pictures import Grey, Mask

SIZE = (480, 640)


def mask_of(greys: Sequence[Grey]) -> Mask:
    at_work = _Pass(settings=Settings(flashes=False), detector=None)
    for picture in pictures(greys):
        at_work.take(picture)
    assert at_work._mask is not None
    return at_work._mask


def dressed(grey: Grey, number: int) -> Grey:
    """With a cross-hair, a title that stays, and a clock that counts the pictures."""
    out = grey.copy()
    cv2.line(out, (300, 240), (340, 240), 255, 2)
    cv2.line(out, (320, 220), (320, 260), 255, 2)
    cv2.putText(out, "UNIT 7 NORTH", (400, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    cv2.putText(out, f"{number:06}", (500, 470), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    return out


def test_the_emblem_the_lettering_and_the_cross_hair_are_covered_and_the_scene_is_not() -> None:
    vehicles = movers(7, count=12, contrast=70.0, since=60)
    greys = [dressed(with_movers(grey, at, vehicles), at) for at, grey in enumerate(osh()[:120])]
    mask = mask_of(greys)
    assert mask[350:465, 25:105].mean() > 0.95  # the emblem that turns
    assert mask[238:243, 300:341].mean() > 0.9
    assert mask[24:44, 402:560].mean() > 0.9
    assert mask[452:472, 502:590].mean() > 0.8
    scene = np.ones(SIZE, bool)
    scene[320:, :145] = scene[205:275, 285:355] = scene[5:60, 385:590] = scene[435:, 480:615] = False
    assert mask[scene].mean() < 0.01  # nor the highway with its traffic


def test_nothing_is_covered_where_nothing_is_laid_over() -> None:
    """The same flight, its emblem cut off: vehicles pass for four seconds and stay visible."""
    assert mask_of([np.ascontiguousarray(grey[:, 140:]) for grey in osh()[:110]]).mean() < 0.002


def test_bars_at_the_rim_are_found_in_one_picture() -> None:
    grey = osh()[0].copy()
    grey[:30] = grey[-24:] = 16
    grey[:, :9] = 0
    mask = border(grey)
    assert mask[:30].all()
    assert mask[-24:].all()
    assert mask[:, :9].all()
    assert not mask[40:-30, 20:].any()
