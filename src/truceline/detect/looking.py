"""One pass over a video's pictures: lay them over one another, find what is laid on top, what moves, what flashes.

Pictures come in once and are kept for a few seconds. What is said of a picture needs later ones, and what is laid over
the video is known only after some more: a look comes out seconds of video after its picture went in.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from truceline.detect.detector import Detector
from truceline.detect.flashes import Ceiling, ceiling, flashing
from truceline.detect.motion import Laid, difference, moving
from truceline.detect.overlays import SAMPLES, Overlays, hidden_share_ratio
from truceline.detect.pictures import Array, Look, Mask, Matrix, Picture, Spot, check
from truceline.detect.registration import Features, Registration, features, halved, register

COARSE_PX, COARSE_COUNT = 480, 160  # picture to picture, to know about where things are
FINE_PX, FINE_COUNT = 1152, 300  # to lay one over another
THREADS = 2  # of cv2, for the whole process: more are no faster on small pictures
LATEST_US = 5_000_000  # pictures farther apart are not held against each other, however rare they are
HIDDEN_RATIO = 0.3  # of a thing's box under an overlay: it is the overlay's


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When to look, and for what.

    `side_px`: a picture is halved until its longer side is no larger, before movement and flashes are looked for: what
    is smaller than some 4 x 2 pixels then is lost. `looks_hz`: how often to look for movement and with the detector;
    flashes are looked for in every picture. `apart_us`: how far off in time the pictures are that one is laid over, on
    both sides: a vehicle must have left its own outline. `flash_us`: a flash is over by then.
    """

    side_px: int = 1152
    looks_hz: float = 6.0
    apart_us: tuple[int, int] = (700_000, 1_200_000)
    flash_us: int = 270_000
    movement: bool = True
    flashes: bool = True


@dataclass(slots=True)
class _Open:
    """What was found in a picture so far, in pixels of the picture as it was looked at: halved, perhaps."""

    number: int
    at_us: int
    shape: tuple[int, ...]
    scale_ratio: float  # pixels as looked at to one of the picture
    spots: list[Spot] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Held:
    """A picture while it is needed."""

    look: _Open
    grey: Array
    coarse: Features
    run: int  # pictures of one run were registered one to the next
    from_first: Matrix  # pixels of the run's first picture to this one's
    fine: Features | None = None  # where it is laid over others
    bright: Array | None = None  # its ceiling

    @property
    def at_us(self) -> int:
        return self.look.at_us


def looks(
    pictures: Iterable[Picture], *, settings: Settings | None = None, detector: Detector | None = None
) -> Iterator[Look]:
    """What is seen in each picture of one video: every picture comes out once, in its order.

    Args:
        pictures: in the order they are shown. May change size; may stop and resume.
        detector: a user's model, asked `settings.looks_hz` times a second; its sightings have the method "detector".

    Raises: InputError: a picture that cannot be one, or a model that gives what it did not declare.
    Limits: a picture that cannot be registered with the one before it starts a new run, and neither movement nor
        flashes are looked for across the break; the look says so. What moves less than its own length in
        `apart_us`, or towards the camera, is not seen. Some 50 pictures are kept, halved where they are large.
    """
    cv2.setNumThreads(THREADS)
    at_work = _Pass(settings=settings or Settings(), detector=detector)
    for picture in pictures:
        check(picture)
        at_work.take(picture)
        yield from at_work.settled()
    yield from at_work.rest()


class _Pass:
    """The pictures held, from the newest back to the oldest that is not settled."""

    def __init__(self, *, settings: Settings, detector: Detector | None) -> None:
        self._settings, self._detector = settings, detector
        self._waiting: deque[_Open] = deque()
        self._ready: deque[Look] = deque()
        self._recent: deque[_Held] = deque()  # for flashes: every picture
        self._flashes_done = 0  # of _recent
        self._sampled: deque[_Held] = deque()  # for movement
        self._samples_done = 0  # of _sampled
        self._overlays = Overlays()
        self._asked: deque[_Open] = deque()  # looked at for movement: of the first of them the overlays are known
        self._mask: Mask | None = None
        self._newest: _Held | None = None
        self._step: Matrix | None = None  # the last one: the next will be like it
        self._due_us: int | None = None

    def take(self, picture: Picture) -> None:
        """One more picture."""
        held = self._registered(picture)
        if self._newest is not None and held.run != self._newest.run:
            self._break(same_size=self._newest.look.shape == held.look.shape)
            if held.at_us <= self._newest.at_us:
                self._due_us = None
        self._newest = held
        self._waiting.append(held.look)
        if self._settings.flashes:
            held.bright = ceiling(held.grey)
            self._recent.append(held)
            self._look_for_flashes(final=False)
        if self._due(held.at_us):
            held.fine = features(held.grey, side_px=FINE_PX, count=FINE_COUNT, without=self._hidden(held.look))
            self._sampled.append(held)
            if self._detector is not None:
                found = self._detector.find(picture.grey)
                held.look.spots += [_scaled(spot, held.look.scale_ratio) for spot in found]
            self._look_for_movement(final=False)

    def _due(self, at_us: int) -> bool:
        """Whether it is time to look for movement again."""
        period_us, due_us = round(1e6 / self._settings.looks_hz), self._due_us
        soon_us = at_us + period_us // 10  # a picture that is a little early will do
        if due_us is not None and due_us - period_us <= soon_us < due_us:
            return False
        on_time = due_us is not None and due_us <= soon_us < due_us + period_us
        self._due_us = (due_us if due_us is not None and on_time else at_us) + period_us
        return True

    def _hidden(self, look: _Open) -> Mask | None:
        return self._mask if self._mask is not None and self._mask.shape == look.shape else None

    def _registered(self, picture: Picture) -> _Held:
        grey = halved(picture.grey, side_px=self._settings.side_px)
        look = _Open(
            number=picture.number,
            at_us=picture.stream_us,
            shape=grey.shape,
            scale_ratio=grey.shape[1] / picture.grey.shape[1],
        )
        coarse = features(grey, side_px=COARSE_PX, count=COARSE_COUNT, without=self._hidden(look))
        held = _Held(look=look, grey=grey, coarse=coarse, run=0, from_first=np.eye(3))
        last = self._newest
        if last is not None:
            step = self._stepped(last, held)
            self._step = step.matrix
            held.run = last.run
            if step.matrix is None:
                held.run += 1
                look.problems.append(f"not registered with picture {last.look.number}: {step.problem}")
            else:
                held.from_first = step.matrix @ last.from_first
        return held

    def _stepped(self, last: _Held, held: _Held) -> Registration:
        """From the picture before to this one: like the step before, or else from nothing."""
        lapse_us = held.at_us - last.at_us
        if lapse_us <= 0:
            return Registration(matrix=None, problem=f"its time is {-lapse_us} us before that one's")
        step = register(last.coarse, held.coarse, guess=self._step)
        if step.matrix is None and self._step is not None:
            return register(last.coarse, held.coarse)
        return step

    def _break(self, *, same_size: bool) -> None:
        """A run of pictures ended: what is left of it is looked at with what there is."""
        self._look_for_flashes(final=True)
        self._look_for_movement(final=True)
        self._recent.clear()
        self._sampled.clear()
        self._flashes_done = self._samples_done = 0
        if not same_size:
            self._hand_back(None)
            self._overlays, self._mask = Overlays(), None
            self._asked.clear()

    def _look_for_flashes(self, *, final: bool) -> None:
        span_us = self._settings.flash_us
        while self._flashes_done < len(self._recent):
            here = self._recent[self._flashes_done]
            later = [held for held in self._recent if held.at_us >= here.at_us + span_us]
            if not later and not final:
                return
            earlier = [held for held in self._recent if held.at_us <= here.at_us - span_us]
            if earlier and later and later[0].at_us - earlier[-1].at_us <= LATEST_US:
                before, after = (_ceiling(held, here) for held in (earlier[-1], later[0]))
                spots, problem = flashing(here.grey, before, after)
                here.look.spots += spots
                here.look.problems += [problem] if problem else []
            else:
                here.look.problems.append("not looked at for flashes: no picture soon before and after it")
            self._flashes_done += 1
            while self._recent and self._recent[0].at_us < here.at_us - 2 * span_us:
                self._recent.popleft().bright = None  # it may live on as a sample
                self._flashes_done -= 1

    def _look_for_movement(self, *, final: bool) -> None:
        reach_us = 2 * self._settings.apart_us[1]
        while self._samples_done < len(self._sampled):
            here = self._sampled[self._samples_done]
            if not final and self._sampled[-1].at_us < here.at_us + reach_us:
                return
            if self._settings.movement:
                self._move(here)
            self._asked.append(here.look)
            waits = SAMPLES // 2 if self._overlays.settled else SAMPLES
            while len(self._asked) > waits:
                self._hand_back(self._asked.popleft())
            self._samples_done += 1
            while self._sampled[0].at_us < here.at_us - reach_us:
                self._sampled.popleft()
                self._samples_done -= 1

    def _move(self, here: _Held) -> None:
        others = self._laid_over(here)
        if len(others) < 2:
            few = f"not looked at for movement: {len(others)} pictures could be laid over it, two are needed"
            here.look.problems.append(few)
            return
        found = difference(here.grey, others)
        spots, problem = moving(found)
        here.look.spots += spots
        here.look.problems += [problem] if problem else []
        if not problem:
            self._overlays.add(here.grey, differs=found.excess > 1, known=found.known)
            self._mask = self._overlays.mask(here.grey.shape)

    def _laid_over(self, here: _Held) -> list[Laid]:
        chosen = _partners([held.at_us - here.at_us for held in self._sampled], self._settings.apart_us)
        back = np.linalg.inv(here.from_first)
        others = []
        for at in chosen:
            other = self._sampled[at]
            assert here.fine is not None, "what is looked at has its features"
            assert other.fine is not None, "and so has what is laid over it"
            exact = register(here.fine, other.fine, guess=other.from_first @ back)
            if exact.matrix is not None:
                others.append(Laid(grey=other.grey, matrix=exact.matrix))
        return others

    def settled(self) -> Iterator[Look]:
        """Looks about which nothing more can be learnt."""
        while self._ready:
            yield self._ready.popleft()

    def rest(self) -> Iterator[Look]:
        """After the last picture."""
        self._break(same_size=False)
        return self.settled()

    def _hand_back(self, last: _Open | None) -> None:
        """The looks up to a picture, without what the overlays show."""
        look = None
        while self._waiting and (last is None or look is not last):
            look = self._waiting.popleft()
            mask = self._hidden(look)
            spots = look.spots
            if mask is not None:
                spots = [spot for spot in spots if hidden_share_ratio(mask, spot.box_px) <= HIDDEN_RATIO]
            self._ready.append(
                Look(
                    number=look.number,
                    stream_us=look.at_us,
                    spots=tuple(_scaled(spot, 1 / look.scale_ratio) for spot in spots),
                    problem="; ".join(look.problems),
                )
            )


def _ceiling(held: _Held, here: _Held) -> Ceiling:
    """Another picture's ceiling with the way to it."""
    assert held.bright is not None, "recent pictures keep their ceilings"
    return Ceiling(grey=held.bright, matrix=held.from_first @ np.linalg.inv(here.from_first))


def _partners(offsets_us: Sequence[int], apart_us: tuple[int, int]) -> list[int]:
    """Which of the pictures, by their offsets in time, one is laid over: up to four, two on each side if there are.

    At the ends of a run, where one side is missing, more are taken from the other.
    """
    near_us, far_us = apart_us
    able = [at for at, offset_us in enumerate(offsets_us) if 0.8 * near_us <= abs(offset_us) <= LATEST_US]
    chosen: list[int] = []
    for wanted_us in (-near_us, near_us, -far_us, far_us, -2 * near_us, 2 * near_us, -2 * far_us, 2 * far_us):
        rest = [at for at in able if at not in chosen and (offsets_us[at] < 0) == (wanted_us < 0)]
        if rest and len(chosen) < 4:
            chosen.append(min(rest, key=lambda at: abs(offsets_us[at] - wanted_us)))
    return chosen


def _scaled(spot: Spot, ratio: float) -> Spot:
    """A spot at another scale."""
    if ratio == 1:
        return spot
    left, top, right, bottom = (side * ratio for side in spot.box_px)
    return replace(
        spot,
        x_px=spot.x_px * ratio,
        y_px=spot.y_px * ratio,
        sigma_px=spot.sigma_px * ratio,
        box_px=(left, top, right, bottom),
    )
