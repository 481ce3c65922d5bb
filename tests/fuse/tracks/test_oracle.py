"""Stone Soup as a second opinion: on the same worlds ours covers as much and switches no more."""

import datetime
import warnings

import numpy as np
import pytest
from tests.fuse.tracks.worlds import Score, World, placed, scored, world

from truceline.fuse.tracks import Settings, tracks

SLOW = Settings(lost_us=4_000_000, starting_us=20_000_000)


def stone_soup(of: World) -> Score:
    """Global nearest neighbour with a Kalman filter, confirmed by four sightings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
        from stonesoup.deleter.time import UpdateTimeStepsDeleter
        from stonesoup.hypothesiser.distance import DistanceHypothesiser
        from stonesoup.initiator.simple import MultiMeasurementInitiator
        from stonesoup.measures import Mahalanobis
        from stonesoup.models.measurement.linear import LinearGaussian
        from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
        from stonesoup.predictor.kalman import KalmanPredictor
        from stonesoup.types.detection import Detection
        from stonesoup.types.state import GaussianState
        from stonesoup.updater.kalman import KalmanUpdater
    seen = LinearGaussian(4, (0, 2), np.eye(2) * of.own_sigma_m**2)
    predictor = KalmanPredictor(CombinedLinearGaussianTransitionModel([ConstantVelocity(0.5)] * 2))
    updater = KalmanUpdater(seen)
    associator = GNNWith2DAssignment(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=3.5))
    deleter = UpdateTimeStepsDeleter(6)
    prior = GaussianState([[0], [0], [0], [0]], np.diag([9, 100, 9, 100]))
    initiator = MultiMeasurementInitiator(prior, deleter, associator, updater, seen, min_points=4)
    begun, followed, out = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), set(), []
    for number, at_us in enumerate(of.at_us):
        now = begun + datetime.timedelta(microseconds=int(at_us - of.at_us[0]))
        here = of.rows[of.rows[:, 0] == number]
        given = {Detection(np.array([[e], [n]]), timestamp=now, measurement_model=seen) for _, e, n, _ in here}
        taken = set()
        for track, found in associator.associate(followed, given, now).items():
            track.append(updater.update(found) if found.measurement else found.prediction)
            taken |= {found.measurement} if found.measurement else set()
        followed -= deleter.delete_tracks(followed)
        followed |= initiator.initiate(given - taken, now)
        out.append([(float(t.state_vector[0, 0]), float(t.state_vector[2, 0]), t.id) for t in followed])
    return score_of(of, out)


def score_of(of: World, out: list[list[tuple[float, float, str]]], after: int = 12) -> Score:
    last: dict[int, str] = {}
    switches = covered = false = 0
    for number in range(after, len(out)):
        used = set()
        for thing, truth in enumerate(of.truth_m[number]):
            apart = [np.hypot(e - truth[0], n - truth[1]) for e, n, _ in out[number]]
            if apart and min(apart) < 12:
                name = out[number][int(np.argmin(apart))][2]
                used.add(name)
                covered += 1
                switches += last.get(thing, name) != name
                last[thing] = name
        false += len(out[number]) - len(used)
    return Score(covered / ((len(out) - after) * of.truth_m.shape[1]), switches, false, 1.0)


@pytest.mark.parametrize("seed", [11])
def test_ours_covers_as_much_as_stone_soup_and_switches_no_more(seed: int) -> None:
    of = world(seed, things=6, pictures=40, false_each=6, turning_mps=0.3)
    theirs, ours = stone_soup(of), scored(of, tracks(placed(of), settings=SLOW), after=12)
    assert theirs.covered > 0.8  # the opinion is worth something
    assert ours.covered >= theirs.covered - 0.02  # ours is scored from a track's first to its last sighting only
    assert ours.switches <= theirs.switches
    assert ours.false <= theirs.false
