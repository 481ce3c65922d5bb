"""A picture placed by a person: where it was taken from and looked to, from points known both in it and on the
ground."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import OptimizeResult, least_squares  # type: ignore[import-untyped]
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]
from scipy.stats import chi2  # type: ignore[import-untyped]

from truceline.base.errors import UnreadableError
from truceline.base.units import SIGMA_95, SIGMA_95_CIRCLE
from truceline.locate.camera.ground.ellipsoid import north_east_down, to_ecef, to_geodetic
from truceline.locate.camera.ground.spread import EAST, ERRORS, HEADING, VIEW, Sigmas
from truceline.locate.camera.poses import Poses, checked, poses_of
from truceline.model.footage import FRAMES, Camera

Numbers = npt.NDArray[np.float64]

LEAST_POINTS = 4
SURE_PLACE_M = 300.0  # 95 %: a place known worse than this places no picture
SURE_ANGLE_DEG = 3.0
WRONG_SIGMAS = 4.0
REFUSED_SHARE = 0.9999
BEHIND_SIGMAS = 1e3  # a point behind the camera: far off, and the same for every way back
LEAST_PRIOR = 1e-6  # what is said to be without error still is a number
SCALE = (10.0, 10.0, 10.0, 0.01, 0.01, 0.01, 0.01)  # what the fitted numbers move by
GUESSED_VIEWS_DEG = (20.0, 40.0, 60.0, 80.0, 100.0)  # where none is stated
REMEDY = "Mark at least four points that lie far apart in the picture, not in one line, best at different heights."


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPoint:
    """A thing that can be pointed at in the picture and on the ground. Errors hold 95 %."""

    x_px: float  # from the outer corner of the upper left pixel
    y_px: float
    lon_deg: float
    lat_deg: float
    hae_m: float
    error_px: float = 3.0  # in each direction
    error_m: float = 3.0  # radius, horizontal
    height_error_m: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPicture:
    """A placed picture: stands in for a Camera where `footprints` and `place_sightings` ask for one."""

    frame: pa.Table  # FRAMES, one row, pointing "ground"
    covariance: Numbers  # (7, 7): east, north, up in m; turns about down, east, north in rad; view as a share of itself
    residuals_px: Numbers  # (k, 2): where the points lie less where the placed picture puts them
    misfit_ratio: float  # root mean square of residuals in their own sigmas; 1: as expected
    camera: Camera  # what else may be wrong: the pixel marked, the ground

    @property
    def frame_id(self) -> str:
        """Whose picture it is."""
        return str(self.frame["frame_id"][0].as_py())

    def sigmas(self, count: int) -> Sigmas:
        """Its covariance as errors of `count` rays of this picture: seven independent causes, each moving several."""
        view_rad = np.radians([self.frame[name][0].as_py() for name in ("hfov_deg", "vfov_deg")])
        follows_ratio = np.sin(view_rad[1]) / view_rad[1] * view_rad[0] / np.sin(view_rad[0])
        causes = []
        for cause in np.linalg.cholesky(self.covariance).T:
            moved = np.zeros((len(ERRORS), count))
            moved[EAST : EAST + 3] = cause[:3, None]
            moved[HEADING : HEADING + 3] = cause[3:6, None]  # the vehicle's angles, here 0: about down, east, north
            moved[VIEW], moved[VIEW + 1] = cause[6], cause[6] * follows_ratio
            causes.append(moved)
        nothing = np.zeros((len(ERRORS), count))
        return Sigmas(alone=nothing, together=tuple(causes), own=nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is asked of the solver: the points, the start, and what is known beforehand."""

    pixels: Numbers  # (k, 2)
    places: Numbers  # (3, k), ECEF
    pixel_sigmas: Numbers  # (k,)
    place_sigmas: Numbers  # (3, k): east, north, up
    origin: Numbers  # (3,), where the frame says it was taken
    local: Numbers  # (3, 3): rows north, east, down there
    camera: Numbers  # (3, 3): rows forward, right, down in the picture, at the start
    sides_px: tuple[float, float]
    half: tuple[float, float]  # tangents of half the angles of view, at the start
    prior_sigmas: Numbers  # (4,): east, north, up, share of the view; infinite: nothing is known


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is not stated is NaN throughout
def resect(points: tuple[ControlPoint, ...], *, frame: pa.Table, camera: Camera) -> PlacedPicture:
    """Places one picture by control points.

    Seven numbers are fitted: place, three turns, angle of view. The vehicle's stated place and view count as
    observations with the errors that `camera` states; the stated pointing, if any, is not looked at.

    Args:
        points: at least four.
        frame: FRAMES, one row: with the place and height of the vehicle and the picture's width and height.
        camera: what its maker states, 95 %.

    Raises: UnreadableError: too few points, a geometry that leaves the pose open, a point that contradicts the
        others, a frame without place, height or size; the message says what to do.
    Limits: a pinhole: no lens distortion, which a wide consumer lens has at its edges. To first order about the
        solution.
    """
    given = checked(frame)
    poses, name = poses_of(given), f"picture {given['frame_id'][0].as_py() if given.num_rows else ''}"
    _refuse_incomplete(points, given, poses, subject=name)
    half_deg = float(poses.hfov_deg[0]) / 2
    starts = [half_deg] if np.isfinite(half_deg) else [view_deg / 2 for view_deg in GUESSED_VIEWS_DEG]
    tasks = [_task(points, poses, camera=camera, half_rad=np.radians(start)) for start in starts]
    solved = [(task, _solved(task)) for task in tasks]
    task, fit = min(solved, key=lambda each: each[1].cost)
    free = len(fit.fun) - int(np.isinf(task.prior_sigmas).sum()) - 7
    misfit_ratio = _refuse_contradicted(task, fit, free=free, subject=name)
    covariance = _covariance(fit, subject=name)
    if misfit_ratio**2 > chi2.ppf(0.99, free) / free:  # the points agree less than their errors allow
        covariance = covariance * misfit_ratio**2
    _refuse_open(covariance, subject=name)
    return PlacedPicture(
        frame=_placed_frame(given, task, fit.x),
        covariance=covariance,
        residuals_px=task.pixels - _pixels(task, fit.x),
        misfit_ratio=misfit_ratio,
        camera=camera,
    )


def _refuse_incomplete(points: tuple[ControlPoint, ...], frame: pa.Table, poses: Poses, *, subject: str) -> None:
    if len(points) < LEAST_POINTS:
        raise UnreadableError(f"{len(points)} control points.", subject=subject, remedy=REMEDY)
    lacking = [] if frame.num_rows == 1 else [f"one frame ({frame.num_rows} were given)"]
    if not lacking:
        stated = (
            ("the vehicle's place", poses.placed),
            ("its height", np.isfinite(poses.hae_m)),
            ("the picture's width and height in pixels", np.isfinite(poses.width_px * poses.height_px)),
        )
        lacking = [what for what, known in stated if not known[0]]
    numbers = np.array([(p.x_px, p.y_px, p.lon_deg, p.lat_deg, p.hae_m) for p in points])
    wide = np.array([(p.error_px, p.error_m, p.height_error_m) for p in points])
    if not np.isfinite(numbers).all() or not (np.isfinite(wide) & (wide > 0)).all():
        lacking.append("finite numbers, and an error above 0, for every point")
    if lacking:
        raise UnreadableError(
            f"it lacks {', '.join(lacking)}.",
            subject=subject,
            remedy="State it: a rough place is enough to begin with.",
        )


def _task(points: tuple[ControlPoint, ...], poses: Poses, *, camera: Camera, half_rad: float) -> _Task:
    places = to_ecef(
        np.array([p.lon_deg for p in points]),
        np.array([p.lat_deg for p in points]),
        np.array([p.hae_m for p in points]),
    )
    pixels = np.array([(p.x_px, p.y_px) for p in points])
    sides_px = (float(poses.width_px[0]), float(poses.height_px[0]))
    across = np.tan(half_rad)
    stated = np.isfinite(poses.hfov_deg[0])
    shape = np.tan(np.radians(poses.vfov_deg[0] / 2)) / across if stated else sides_px[1] / sides_px[0]
    half = (float(across), float(across * shape))
    origin = to_ecef(poses.lon_deg, poses.lat_deg, poses.hae_m)[:, 0]
    local = north_east_down(poses.lon_deg, poses.lat_deg)[:, :, 0]
    seen = np.column_stack([np.ones(len(points)), (2 * pixels / sides_px - 1) * half])
    towards = (local @ (places - origin[:, None])).T
    turn, _ = Rotation.align_vectors(towards, seen * np.linalg.norm(towards, axis=1)[:, None])
    flat_m, view = camera.position_error_m / SIGMA_95_CIRCLE, camera.view_error_permille / 1000 / SIGMA_95
    prior = [flat_m, flat_m, camera.height_error_m / SIGMA_95, view if stated else np.inf]
    return _Task(
        pixels=pixels,
        places=places,
        pixel_sigmas=np.array([p.error_px for p in points]) / SIGMA_95,
        place_sigmas=np.array(
            [[p.error_m / SIGMA_95_CIRCLE] * 2 + [p.height_error_m / SIGMA_95] for p in points], dtype=np.float64
        ).T,
        origin=origin,
        local=local,
        camera=turn.as_matrix().T @ local,
        sides_px=sides_px,
        half=half,
        prior_sigmas=np.fmax(prior, LEAST_PRIOR),
    )


def _pose(task: _Task, fitted: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Origin (3,), camera axes as rows (3, 3), tangents of half the views (2,), for seven fitted numbers."""
    north, east, down = task.local
    origin = task.origin + fitted[0] * east + fitted[1] * north - fitted[2] * down
    about_down, about_east, about_north = fitted[3:6]
    turn = Rotation.from_rotvec([about_north, about_east, about_down]).as_matrix()
    camera = task.camera @ task.local.T @ turn.T @ task.local
    half_rad = np.clip(np.arctan(task.half[0]) * np.exp(np.clip(fitted[6], -3.0, 3.0)), 1e-6, 1.5)
    across = np.tan(half_rad)
    return origin, camera, np.array([across, across * task.half[1] / task.half[0]])


def _pixels(task: _Task, fitted: Numbers, shift: Numbers | None = None) -> Numbers:
    """Where the points, moved by `shift` (3,) ECEF, stand in the picture: (k, 2); NaN behind it."""
    origin, camera, half = _pose(task, fitted)
    towards = camera @ (task.places - origin[:, None] + (0.0 if shift is None else shift[:, None]))
    depth_m = np.where(towards[0] > 0, towards[0], np.nan)
    return np.asarray(((towards[1:] / depth_m).T / half + 1) / 2 * task.sides_px)


def _whitening(task: _Task, fitted: Numbers) -> Numbers:
    """What turns pixels into sigmas, (k, 2, 2): the pixel's own error and the point's on the ground, seen from
    there."""
    north, east, down = task.local
    allowed = np.eye(2) * task.pixel_sigmas[:, None, None] ** 2
    here = _pixels(task, fitted)
    for at, way in enumerate((east, north, -down)):
        moved = np.nan_to_num(_pixels(task, fitted, shift=way) - here) * task.place_sigmas[at][:, None]
        allowed = allowed + moved[:, :, None] * moved[:, None, :]
    return np.linalg.inv(np.linalg.cholesky(allowed))


def _solved(task: _Task) -> OptimizeResult:
    """The fit; the points' ground errors are weighed from the pose of the turn before."""
    fitted = np.zeros(7)
    for _ in range(3):
        weight = _whitening(task, fitted)
        fit = least_squares(_misses(task, weight), fitted, x_scale=SCALE, method="lm", max_nfev=2_000)
        fitted = fit.x
    return fit


def _misses(task: _Task, weight: Numbers) -> Callable[[Numbers], Numbers]:
    def missed(fitted: Numbers) -> Numbers:
        off = np.einsum("kij,kj->ki", weight, _pixels(task, fitted) - task.pixels)
        off = np.nan_to_num(off, nan=BEHIND_SIGMAS)
        return np.concatenate([off.ravel(), fitted[[0, 1, 2, 6]] / task.prior_sigmas])

    return missed


def _refuse_contradicted(task: _Task, fit: OptimizeResult, *, free: int, subject: str) -> float:
    """How well the points agree; refuses where one of them cannot be meant."""
    square = float((fit.fun**2).sum())
    each = np.sqrt((fit.fun[: task.pixels.size].reshape(-1, 2) ** 2).sum(axis=1))
    if square > chi2.ppf(REFUSED_SHARE, free) and each.max() > WRONG_SIGMAS:
        worst = int(each.argmax())
        off_px = float(np.hypot(*(task.pixels - _pixels(task, fit.x))[worst]))
        raise UnreadableError(
            f"point {worst + 1} lies {off_px:.0f} px from where the others put it ({each[worst]:.1f} sigma).",
            subject=subject,
            remedy="Look at that point again, in the picture and on the ground; or state larger errors.",
        )
    return float(np.sqrt(square / free))


def _covariance(fit: OptimizeResult, *, subject: str) -> Numbers:
    """Of the seven numbers, as the errors stated for points, place and view have it."""
    sizes = np.linalg.norm(fit.jac, axis=0)
    sizes[sizes == 0] = 1.0
    _, singular, ways = np.linalg.svd(fit.jac / sizes, full_matrices=False)
    if singular[-1] < 1e-9 * singular[0]:
        raise UnreadableError("the points leave its place or direction open.", subject=subject, remedy=REMEDY)
    root = (ways / singular[:, None]) / sizes
    return np.asarray(root.T @ root)


def _refuse_open(covariance: Numbers, *, subject: str) -> None:
    place_m = SIGMA_95 * float(np.sqrt(np.linalg.eigvalsh(covariance[:3, :3]).max()))
    angle_deg = SIGMA_95 * float(np.degrees(np.sqrt(np.linalg.eigvalsh(covariance[3:6, 3:6]).max())))
    if place_m > SURE_PLACE_M or angle_deg > SURE_ANGLE_DEG:
        raise UnreadableError(
            f"the points leave its place open by {place_m:,.0f} m and its direction by {angle_deg:.1f} degrees (95 %).",
            subject=subject,
            remedy=REMEDY,
        )


def _placed_frame(frame: pa.Table, task: _Task, fitted: Numbers) -> pa.Table:
    """The frame with the fitted pose: angles from north and horizon."""
    origin, camera, half = _pose(task, fitted)
    lon_deg, lat_deg, hae_m = to_geodetic(origin[:, None])
    axes = camera @ north_east_down(lon_deg, lat_deg)[:, :, 0].T  # rows forward, right, down in north, east, down
    azimuth_deg = float(np.degrees(np.arctan2(axes[0, 1], axes[0, 0])) % 360.0)
    elevation_deg = float(np.degrees(np.arcsin(np.clip(-axes[0, 2], -1.0, 1.0))))
    views_deg = 2 * np.degrees(np.arctan(half))
    values = {
        "sensor_lon_deg": float(lon_deg[0]),
        "sensor_lat_deg": float(lat_deg[0]),
        "sensor_hae_m": float(hae_m[0]),
        "sensor_msl_m": None,
        "pointing": "ground",
        "sensor_azimuth_deg": azimuth_deg,
        "sensor_elevation_deg": elevation_deg,
        "sensor_roll_deg": float(np.degrees(np.arctan2(axes[1, 2], axes[2, 2]))),
        "hfov_deg": float(views_deg[0]),
        "vfov_deg": float(views_deg[1]),
    }
    row = frame.to_pylist()[0] | values
    return pa.Table.from_pylist([row], schema=FRAMES)
