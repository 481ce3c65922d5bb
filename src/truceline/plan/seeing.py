"""How likely one look sees what a clause forbids: what acts show of themselves, and what sensors make out of it.

Every constant of it stands in the two blocks below, with its source or the words "to be doubted": those are our own
choice, and a mission may know better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truceline.model.spot import Signature
from truceline.model.view import SPECTRA
from truceline.model.vocabulary import MEANS, leaves_of

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# --- what acts show of themselves -------------------------------------------------------------------------

EYES = ("patrol", "site_visit", "seen")  # people who look
EARS = ("acoustic", "heard")
ON_GROUND = ("camera", "uav_image", "satellite", *EYES)
FLASHES = ("camera", "uav_image", *EYES, *EARS)
IN_AIR = ("camera", "radar", *EYES, *EARS)

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
VEHICLE_M = 2.3  # lesser side of the standard vehicle of STANAG 4347
PERSON_M = 0.5  # across the shoulders; STANAG 4347 has a person of 0.5 m by 1.8 m

# Lesser side in metres of what stands on the ground; a class that is not named: a vehicle. To be doubted.
STANDING_M = {
    "personnel": PERSON_M,
    "small_arms": PERSON_M,  # those who carry it
    "machine_gun": PERSON_M,
    "grenade_launcher": PERSON_M,
    "anti_tank_missile": PERSON_M,
    "mortar": PERSON_M,  # its base plate and crew
    "anti_tank_gun": 1.8,
    "autocannon": 1.8,
    "mine": 0.3,
    "short_range_strike_drone": 0.3,
    "recon_drone": 0.5,
    "strike_drone": 1.0,
    "balloon": 1.0,
}
# Lesser side in metres, seconds within sight of one place, metres at which half are heard on a still day.
# To be doubted.
FLYING = {
    "short_range_strike_drone": (0.3, MINUTE_S, 300.0),
    "recon_drone": (0.5, 5 * MINUTE_S, 500.0),
    "strike_drone": (1.0, 2 * MINUTE_S, 2_000.0),
    "balloon": (1.0, HOUR_S, 0.0),
    "helicopter": (2.5, 2 * MINUTE_S, 4_000.0),
    "aircraft": (2.5, MINUTE_S, 5_000.0),
}
FLYING_MISSILE = (0.5, 15, 2_000.0)  # every class that is not named
# Size of its flash in metres, and hearing as above; other classes: as a gun. To be doubted.
FIRING = {
    "small_arms": (0.3, 1_500.0),
    "personnel": (0.3, 1_500.0),
    "machine_gun": (0.3, 2_000.0),
    "grenade_launcher": (0.5, 2_000.0),
    "autocannon": (1.0, 3_000.0),
    "anti_tank_missile": (1.0, 2_000.0),
    "short_range_strike_drone": (0.5, 1_000.0),
    "mortar": (1.0, 5_000.0),
    "tank": (2.0, 6_000.0),
}
FIRING_GUN = (2.0, 8_000.0)
FLASH_S = 1  # the flash itself lasts milliseconds; what a sensor integrates over, with smoke and sound
LAUNCH = Signature(name="launch", size_m=2.0, stays_s=5, means=FLASHES, glows=True, heard_m=5_000.0)
HEAT = Signature(name="heat", size_m=5.0, stays_s=HOUR_S, means=ON_GROUND, glows=True)
WORKS = Signature(name="works", size_m=1.0, stays_s=7 * DAY_S, means=ON_GROUND)  # a trench, fresh
MINES = Signature(name="works", size_m=0.3, stays_s=7 * DAY_S, means=ON_GROUND)  # turned earth over one mine
DAMAGE = Signature(name="damage", size_m=1.0, stays_s=3 * DAY_S, means=ON_GROUND)  # a crater or a hole in a roof
FINE_DAMAGE = Signature(name="damage", size_m=0.3, stays_s=3 * DAY_S, means=ON_GROUND)
FINE_OBJECTS = ("sensor", "power_line")
STANDS_S = {"present": HOUR_S, "inventory": HOUR_S, "withdraw": HOUR_S, "exercise": HOUR_S}
STANDS_S |= {"move": 10 * MINUTE_S, "enter": 10 * MINUTE_S}  # within sight of one place
PERSON_STANDS_S = 15 * MINUTE_S  # at the most, whatever the act
FIRE_ACTS = ("fire", "assault", "clash")

# --- what sensors make out of it --------------------------------------------------------------------------

# Source of both: Ratches et al. (1975), Night Vision Laboratory static performance model; after Johnson (1958).
CYCLES_KNOWN = 3.0  # across the lesser side, for half of all to be recognised for what they are
CYCLES_NOTICED = 0.75  # for half of all to be noticed: enough for what glows
EYE_RAD = 0.3e-3  # one minute of arc: normal sight without glasses, ISO 8596. Field glasses are not counted.
EYES_UNSTATED_M = 1_000.0  # how far off people saw, where neither their place nor a range is stated. To be doubted.
CONTRAST_RATIO = 0.3  # of a thing against its ground, near by: paint and nets are made for it. To be doubted.
THRESHOLD_RATIO = 0.02  # contrast that is just seen: Koschmieder (1924); it makes the 3.912 below
EXTINCTION_RATIO = 3.912  # -ln 0.02: extinction times meteorological visibility
VISIBILITY_UNSTATED_M = 5_000.0  # ICAO Annex 3: down to here mist and haze are not reported; clear air is never assumed
HAZE_HEIGHT_M = 1_500.0  # over which haze thins to 1/e; 1 to 2 km are usual. To be doubted.
HAZE_UNSTATED_M = 3_000.0  # of haze, where the sensor's place is not stated: looked down through all at 30 degrees
CLOUD_UNSTATED_PERMILLE = {"satellite": 700}  # King et al. (2013): 67 % of the earth; what flies below it: none
EAR_SLOPE_RATIO = 4.0  # of the odds of hearing, in powers of the distance: with wind and ground. To be doubted.
FALSE_ALARM_RATIO = 1e-6  # of a radar, usual; its range is taken to be where half are seen
UNSTATED_HEIGHT_M = {"uav_image": 100.0}  # of a sensor's eye above the ground
UNSTATED_EYE_M = 2.0  # of all others
_MOST_X_RATIO = 10.0  # more cycles add nothing: 1 - 2e-10


def signature_of(
    acts: Sequence[str], *, weapon_classes: Sequence[str] = (), objects: Sequence[str] = ()
) -> Signature | None:
    """What the acts of a clause show of themselves at the least; None: acts whose ground nobody can watch.

    Of several acts and classes the worst of each counts: the least size and stay, the fewest means, no glow unless all
    glow. So a clause is never said to be better watched than the hardest of what it names.

    Args:
        acts: vocabulary.ACTS. `strike` beside `fire`: every strike flashes and sounds as a shot does, so that the
            shot stands for both; alone it is what it leaves behind.
        weapon_classes: vocabulary.WEAPON_CLASSES; none: any, so a person with small arms.
        objects: vocabulary.OBJECTS that are struck; none: any.

    Limits: `alert` and `loss` show nothing; beside other acts they are passed over.
    """
    classes = sorted(frozenset[str]().union(*(leaves_of(each) for each in weapon_classes))) or [""]
    flashes = any(act in (*FIRE_ACTS, "launch") for act in acts)
    shown = [
        _shown(act, weapon_class, objects)
        for act in sorted(set(acts))
        if not (flashes and act == "strike")
        for weapon_class in classes
    ]
    seen = [each for each in shown if each is not None]
    return _hardest(seen) if seen else None


def _shown(act: str, weapon_class: str, objects: Sequence[str]) -> Signature | None:
    """What one act with one class shows; the empty class is any."""
    if act in FIRE_ACTS:
        size_m, heard_m = FIRING.get(weapon_class or "small_arms", FIRING_GUN)
        return Signature(name="flash", size_m=size_m, stays_s=FLASH_S, means=FLASHES, glows=True, heard_m=heard_m)
    if act in STANDS_S:
        size_m = STANDING_M.get(weapon_class or "personnel", VEHICLE_M)
        person = size_m <= PERSON_M and weapon_class != "mine"
        stays_s = min(STANDS_S[act], PERSON_STANDS_S) if person else STANDS_S[act]
        return Signature(name="person" if person else "vehicle", size_m=size_m, stays_s=stays_s, means=ON_GROUND)
    if act == "fly":
        size_m, stays_s, heard_m = FLYING.get(weapon_class or "short_range_strike_drone", FLYING_MISSILE)
        return Signature(name="flight", size_m=size_m, stays_s=stays_s, means=IN_AIR, heard_m=heard_m)
    fine = not objects or any(each in FINE_OBJECTS for each in objects)
    others = {
        "launch": LAUNCH,
        "burn": HEAT,
        "build": MINES if weapon_class == "mine" else WORKS,
        "strike": FINE_DAMAGE if fine else DAMAGE,
    }
    return others.get(act)


def _hardest(shown: Sequence[Signature]) -> Signature:
    """The worst of each; it has the name of the one that is hardest to meet."""
    hardest = min(shown, key=lambda each: (each.stays_s, each.size_m, each.name))
    return Signature(
        name=hardest.name,
        size_m=min(each.size_m for each in shown),
        stays_s=min(each.stays_s for each in shown),
        means=tuple(means for means in hardest.means if all(means in each.means for each in shown)),
        glows=all(each.glows for each in shown),
        heard_m=min(each.heard_m for each in shown),
    )


# --- views as arrays --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What n views say of how well they saw; shape (n,) each. NaN: not stated."""

    means: Indices  # row of vocabulary.MEANS; -1: none of them
    spectrum: Indices  # row of SPECTRA
    lon_deg: Numbers
    lat_deg: Numbers
    height_m: Numbers  # of the eye above the ground; what is not stated is the least that is usual
    range_m: Numbers
    resolution_m: Numbers
    visibility_m: Numbers  # what is not stated is VISIBILITY_UNSTATED_M
    fair_ratio: Numbers  # share of the ground that cloud left free, times the share of the time that it worked

    def by(self, *means: str) -> Mask:
        """The views by one of these means."""
        return np.isin(self.means, [MEANS.index(each) for each in means])

    def in_spectrum(self, *spectra: str) -> Mask:
        """The views in one of these spectra."""
        return np.isin(self.spectrum, [SPECTRA.index(each) for each in spectra])


def conditions_of(views: pa.Table) -> Conditions:
    """VIEWS as arrays. What is not stated is never taken as good; a number that cannot be counts as not stated."""
    means, spectrum = codes_of(views, "means", MEANS), codes_of(views, "spectrum", SPECTRA)
    spectrum[np.isin(means, [MEANS.index(each) for each in EARS])] = SPECTRA.index("sound")
    spectrum[means == MEANS.index("radar")] = SPECTRA.index("radar")
    spectrum[spectrum < 0] = SPECTRA.index("visible")
    height_m = numbers_of(views, "above_ground_m")
    usual_m = np.full(len(means), UNSTATED_EYE_M)
    cloud = np.zeros(len(means))
    for name, least_m in UNSTATED_HEIGHT_M.items():
        usual_m[means == MEANS.index(name)] = least_m
    for name, permille in CLOUD_UNSTATED_PERMILLE.items():
        cloud[means == MEANS.index(name)] = permille
    cloud = _stated(numbers_of(views, "cloud_permille"), cloud)
    cloud[np.isin(spectrum, [SPECTRA.index("radar"), SPECTRA.index("sound")])] = 0.0
    health = _stated(numbers_of(views, "health_permille"), np.full(len(means), 1_000.0))
    disturbed = np.asarray(words_of(views, "disturbed") != "", dtype=bool)
    fair = (1.0 - np.clip(cloud, 0, 1_000) / 1_000) * np.clip(health, 0, 1_000) / 1_000
    resolution_m, visibility_m = numbers_of(views, "resolution_mm") / 1_000, numbers_of(views, "visibility_m")
    with np.errstate(invalid="ignore"):
        return Conditions(
            means=means,
            spectrum=spectrum,
            lon_deg=numbers_of(views, "lon_deg"),
            lat_deg=numbers_of(views, "lat_deg"),
            height_m=np.where(height_m >= 0, height_m, usual_m),
            range_m=numbers_of(views, "range_m"),
            resolution_m=np.where(resolution_m > 0, resolution_m, np.nan),
            visibility_m=np.where(visibility_m > 0, visibility_m, VISIBILITY_UNSTATED_M),
            fair_ratio=np.where(disturbed, 0.0, fair),
        )


def _stated(numbers: Numbers, otherwise: Numbers) -> Numbers:
    return np.where(np.isnan(numbers), otherwise, numbers)


def numbers_of(views: pa.Table, column: str) -> Numbers:
    """A column of numbers; NaN where there is none."""
    found = np.asarray(views[column].cast(pa.float64()).to_numpy(), dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def words_of(views: pa.Table, column: str) -> npt.NDArray[np.object_]:
    """A column of words; "" where there is none."""
    return np.asarray(views[column].fill_null("").to_numpy(), dtype=object)


def codes_of(views: pa.Table, column: str, words: Sequence[str]) -> Indices:
    """A column of words as rows of a closed list; -1 for any other."""
    coded = views[column].fill_null("").combine_chunks().dictionary_encode()
    known = {word: row for row, word in enumerate(words)}
    rows = np.array([known.get(word, -1) for word in coded.dictionary.to_pylist()], dtype=np.int64)
    return rows[coded.indices.to_numpy()] if len(rows) else np.empty(0, dtype=np.int64)


# --- chances ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """m pairs of a view and a spot inside its ground; shape (m,) each."""

    view: Indices
    spot: Indices
    range_m: Numbers  # over the ground from sensor to spot; NaN: its place is not stated
    middle_m: Numbers  # from sensor to the middle of what it sees; NaN likewise


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # NaN: not stated
def sharpness_m(conditions: Conditions, pairs: Pairs) -> Numbers:
    """Ground in one pixel at the spot, metres, as haze leaves it; infinite where nothing can be made out.

    A picture's pixels are wider behind its middle than before it, with the slant range from the sensor. Haze takes
    contrast by Koschmieder's law, and with contrast the fine detail: a sensor whose least visible contrast grows
    exponentially with detail resolves ln(C / 0.02) / ln(C0 / 0.02) of what it does without haze.

    Limits: a vertical thing is not foreshortened at a flat angle; flat things (works, mines) are, which is not counted.
        Thermal sight is taken to suffer from haze as much as visible sight does. Radar does not.
    """
    view = pairs.view
    height_m = conditions.height_m[view]
    slant_m = np.hypot(pairs.range_m, height_m)
    relative = np.where(np.isnan(slant_m), 1.0, slant_m / np.hypot(pairs.middle_m, height_m))
    seen_m = np.where(np.isnan(slant_m), conditions.range_m[view], slant_m)
    eyes_m = EYE_RAD * np.where(np.isnan(seen_m), EYES_UNSTATED_M, seen_m)
    pixel_m = np.where(conditions.by(*EYES)[view], eyes_m, conditions.resolution_m[view] * relative)
    thins = height_m / HAZE_HEIGHT_M
    path_m = slant_m * np.where(thins > 1e-6, -np.expm1(-thins) / thins, 1.0)
    path_m = np.where(np.isnan(path_m), HAZE_UNSTATED_M, path_m)
    fading = EXTINCTION_RATIO / np.log(CONTRAST_RATIO / THRESHOLD_RATIO)
    clear = np.clip(1.0 - fading * path_m / conditions.visibility_m[view], 0.0, 1.0)
    clear = np.where(conditions.in_spectrum("radar")[view], 1.0, clear)
    return np.where(np.isnan(pixel_m), np.inf, pixel_m / clear)


def resolved(sharp_m: Numbers, signature: Signature) -> Numbers:
    """Chance that a thing of the signature's size is recognised (what glows: noticed), from ground in a pixel.

    Source: target transfer probability function, Ratches et al. (1975): P = x^E / (1 + x^E), E = 2.7 + 0.7 x, where x
        is cycles over cycles needed, and one cycle is two pixels.
    """
    needed = CYCLES_NOTICED if signature.glows else CYCLES_KNOWN
    x = np.clip(signature.size_m / (2.0 * sharp_m * needed), 1e-9, _MOST_X_RATIO)
    return np.asarray(1.0 / (1.0 + np.exp(-(2.7 + 0.7 * x) * np.log(x))))


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # NaN: not stated
def chances(conditions: Conditions, signature: Signature, *, pairs: Pairs, sharp_m: Numbers) -> Numbers:
    """Probability that one view sees what shows the signature at one spot while it looks, shape (m,); darkness aside.

    Args:
        sharp_m: `sharpness_m` of the same pairs; it does not depend on the signature.

    Limits: false alarms and what hides on purpose (nets, woods, roofs) are not in it: an act "in the open". A radar
        of one signature sees all it is meant for alike: its stated range is where half of them are seen.
    """
    view = pairs.view
    counts = conditions.by(*signature.means) & (conditions.fair_ratio > 0)
    found = np.where(np.isfinite(sharp_m), resolved(sharp_m, signature), 0.0)
    slant_m = np.hypot(pairs.range_m, conditions.height_m[view])
    sounds = conditions.in_spectrum("sound")[view]
    if sounds.any():
        heard = 1.0 / (1.0 + (slant_m / signature.heard_m) ** EAR_SLOPE_RATIO) if signature.heard_m > 0 else 0.0
        found = np.where(sounds, np.nan_to_num(heard), found)
    radars = conditions.by("radar")[view]
    if radars.any():
        found = np.where(radars, np.nan_to_num(_echoed(slant_m / conditions.range_m[view])), found)
    found = np.where(pairs.range_m > conditions.range_m[view], 0.0, found)
    return np.asarray(np.where(counts[view], found * conditions.fair_ratio[view], 0.0))


def _echoed(range_ratio: Numbers) -> Numbers:
    """Chance that a radar sees at so many times its stated range.

    Source: Swerling case 1, P = F^(1 / (1 + S)), F the false alarms; the echo S falls with the fourth power of the
        range, and is such that P is a half at the stated one.
    """
    log_false = np.log(FALSE_ALARM_RATIO)
    at_range = log_false / np.log(0.5) - 1.0
    return np.asarray(np.exp(log_false / (1.0 + at_range / range_ratio**4)))


def dark_blind(conditions: Conditions) -> Mask:
    """The views that see by daylight alone, but for what glows, shape (n,)."""
    return conditions.in_spectrum("visible")
