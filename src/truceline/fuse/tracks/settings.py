"""What is believed of things that move and of false alarms, before anything is seen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Beliefs of the tracker. Defaults: vehicles on the ground, pictures of ordinary video, pixels of up to 2 m.

    `fastest_mps`: nothing goes faster. `slowest_mps`: what seems to move slower is a thing that stands up from the
    ground, displaced as the camera passes, or a wrong place: no track. `turning_mps`: how much a velocity wanders in
    one second, one sigma; in four seconds twice as much. `seen_ratio`: share of pictures in which a thing in view is
    seen. `sightings_min` within `starting_us` confirm a track, and the odds against a chance run of false alarms
    (`chance_ratio`: one in so many). `lost_us`: it ends when not seen for so long (or for three pictures, where they
    are rare); before it is confirmed, a half. `around_m`, `around_us`: where and when false alarms are counted about a
    sighting. `flash_us`: two sightings of a flash at one place belong together if not farther apart in time.
    `named_us`: a name that is seen again after longer is another thing.
    """

    fastest_mps: float = 40.0
    slowest_mps: float = 2.0
    turning_mps: float = 1.0
    seen_ratio: float = 0.8
    sightings_min: int = 8
    starting_us: int = 6_000_000
    chance_ratio: float = 1e9
    lost_us: int = 1_500_000
    around_m: float = 50.0
    around_us: int = 1_500_000
    flash_us: int = 200_000
    named_us: int = 5_000_000
