"""Footage: what each metadata sample says of camera and vehicle, what was seen in a picture, and where that is.

A frame is one metadata sample: of a video's stream, of a telemetry log beside it, or of a still. A sighting is one
thing in one picture. A footprint is what a frame shows of the ground, with what its own numbers disagree about.

WGS 84 degrees; heights name their datum (`hae`: above the ellipsoid, `msl`: above the geoid EGM96).
Attitude: heading, pitch, roll of the vehicle turn north-east-down into its body, in the order z, y, x (MISB ST 0601.17,
items 5 to 7); azimuth, elevation, roll of the sensor turn the body into the camera in the same order (items 18 to 20).
Pixels: x to the right, y down, from the outer corner of the upper left pixel, whose middle is 0.5, 0.5.
"""

from dataclasses import dataclass

import pyarrow as pa

POINTING = ("platform", "ground", "")  # sensor angles towards the vehicle; towards north and horizon; none stated
STANDINGS = ("stated", "widened", "withheld", "position")  # the last: where the vehicle was, and nothing of the ground
METHODS = ("vmti", "motion", "flash", "detector", "person")

FRAMES = pa.schema(
    [
        ("frame_id", pa.string()),
        ("source_id", pa.string()),
        ("stream", pa.string()),  # which of the file's metadata streams: "pid 0x1f1", "subtitles", "log", "still"
        ("at_us", pa.int64()),  # UTC; null: the sample states no time
        ("at_sigma_us", pa.int64()),  # one sigma of that; null: not stated
        ("stream_us", pa.int64()),  # when its picture is shown, from the first of the file; null: no video
        ("flags", pa.list_(pa.string())),  # what is wrong with the sample, as fixed codes: "bad-checksum"
        ("remark", pa.string()),  # the same in words, with the numbers
        ("sensor_lon_deg", pa.float64()),
        ("sensor_lat_deg", pa.float64()),
        ("sensor_hae_m", pa.float64()),
        ("sensor_msl_m", pa.float64()),
        ("heading_deg", pa.float64()),
        ("pitch_deg", pa.float64()),
        ("roll_deg", pa.float64()),
        ("pointing", pa.string()),  # what the next three are measured from: POINTING
        ("sensor_azimuth_deg", pa.float64()),
        ("sensor_elevation_deg", pa.float64()),  # down is negative
        ("sensor_roll_deg", pa.float64()),
        ("hfov_deg", pa.float64()),
        ("vfov_deg", pa.float64()),
        ("width_px", pa.int64()),
        ("height_px", pa.int64()),
        ("slant_range_m", pa.float64()),  # as stated
        ("centre_lon_deg", pa.float64()),  # of the picture on the ground, as stated
        ("centre_lat_deg", pa.float64()),
        ("centre_hae_m", pa.float64()),
        ("centre_msl_m", pa.float64()),
        ("corners_deg", pa.list_(pa.float64())),  # as stated: lon, lat from upper left clockwise
        ("centre_ce90_m", pa.float64()),  # as stated: radius that holds 90 % (ST 0601 item 45)
        ("centre_le90_m", pa.float64()),  # height, 90 % (item 46)
        ("satellites", pa.int64()),  # used by the receiver, or in its view, as the file counts them
        ("hdop", pa.float64()),
        ("other_lon_deg", pa.float64()),  # a second, independent solution of the vehicle's place: inertial, visual
        ("other_lat_deg", pa.float64()),
        ("marking", pa.string()),  # handling as the file states it (ST 0102), in its words
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),  # where in the bytes: "pid 0x1f1, packet 17", "block 4", "byte 2044"
    ]
)

SIGHTINGS = pa.schema(
    [
        ("sighting_id", pa.string()),
        ("frame_id", pa.string()),  # whose picture
        ("method", pa.string()),  # METHODS
        ("target", pa.string()),  # the method's own name for the thing, the same from frame to frame; empty: none
        ("x_px", pa.float64()),
        ("y_px", pa.float64()),
        ("sigma_px", pa.float64()),  # one sigma in each direction
        ("left_px", pa.float64()),  # its box; null: none stated
        ("top_px", pa.float64()),
        ("right_px", pa.float64()),
        ("bottom_px", pa.float64()),
        ("confidence_permille", pa.int64()),  # null: not stated
        ("label", pa.string()),  # what a detector or a person calls it, in their word
        ("stated_lon_deg", pa.float64()),  # where the file itself says it is; null: it does not
        ("stated_lat_deg", pa.float64()),
        ("stated_hae_m", pa.float64()),
        ("author", pa.string()),  # a person, or code with its version
        ("raw_sha256", pa.string()),
        ("raw_at", pa.string()),
    ]
)

FOOTPRINTS = pa.schema(
    [
        ("frame_id", pa.string()),
        ("at_us", pa.int64()),
        ("sensor_lon_deg", pa.float64()),
        ("sensor_lat_deg", pa.float64()),
        ("sensor_hae_m", pa.float64()),
        ("lon_deg", pa.float64()),  # of the picture's middle on the ground; null: it shows none, or it is withheld
        ("lat_deg", pa.float64()),
        ("hae_m", pa.float64()),
        ("cov_ee_m2", pa.float64()),  # one sigma squared, east/north
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("corners_deg", pa.list_(pa.float64())),  # lon, lat around what the picture shows of the ground; empty: nothing
        ("ground", pa.string()),  # what the rays were cut with: "flat", or the name of the terrain model
        ("standing", pa.string()),  # STANDINGS
        ("reason", pa.string()),  # why it is widened or withheld, with the numbers
        ("widening", pa.float64()),  # factor on every sigma; 1: none
        ("centre_residual_m", pa.float64()),  # our middle against the stated one; null: nothing to compare
        ("range_residual_m", pa.float64()),  # stated slant range less our own, to the stated middle
        ("clock_residual_ms", pa.float64()),  # the sample's clock against the picture's
        ("gnss_residual_m", pa.float64()),  # the receiver against the second solution
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How wrong a source's poses may be: what its maker or a calibration states. Each holds 95 %.

    Errors of rounding in the file come on top, from the file's own format.
    """

    position_error_m: float = 10.0  # radius, horizontal
    height_error_m: float = 15.0
    heading_error_deg: float = 1.0
    attitude_error_deg: float = 0.5  # pitch and roll of the vehicle, each
    pointing_error_deg: float = 0.3  # azimuth, elevation and roll of the sensor, each
    view_error_permille: int = 10  # of the field of view
    pixel_error_px: float = 2.0  # of a point marked in the picture
    ground_error_m: float = 10.0  # height of the ground where the rays meet it
    time_error_ms: int = 50


CONTROLS = pa.schema(  # points that a person found both in a picture and on the ground
    [
        ("frame_id", pa.string()),
        ("x_px", pa.float64()),
        ("y_px", pa.float64()),
        ("error_px", pa.float64()),  # in each direction, 95 %
        ("lon_deg", pa.float64()),
        ("lat_deg", pa.float64()),
        ("hae_m", pa.float64()),  # one of the two is stated
        ("msl_m", pa.float64()),
        ("error_m", pa.float64()),  # radius that holds 95 %
        ("height_error_m", pa.float64()),  # 95 %
        ("author", pa.string()),
        ("raw_at", pa.string()),
    ]
)

PLACED = pa.schema(  # a sighting on the ground
    [
        ("sighting_id", pa.string()),
        ("frame_id", pa.string()),
        ("method", pa.string()),
        ("target", pa.string()),
        ("at_us", pa.int64()),
        ("lon_deg", pa.float64()),  # null: its ray meets no ground, or its frame is withheld
        ("lat_deg", pa.float64()),
        ("hae_m", pa.float64()),
        ("cov_ee_m2", pa.float64()),  # one sigma squared, east/north: pose, pixel and ground together
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("own_ee_m2", pa.float64()),  # the part that is new in each picture (pixel, jitter): what a tracker may average
        ("own_en_m2", pa.float64()),
        ("own_nn_m2", pa.float64()),
        ("residual_m", pa.float64()),  # against where the file itself says it is; null: it does not
        ("reason", pa.string()),  # why it has no place, or a wider one
    ]
)

TRACKS = pa.schema(  # sightings of one thing, picture after picture
    [
        ("track_id", pa.string()),
        ("method", pa.string()),
        ("target", pa.string()),  # where the method names one
        ("first_at_us", pa.int64()),
        ("last_at_us", pa.int64()),
        ("sightings", pa.list_(pa.string())),
        ("lon_deg", pa.float64()),  # half-way in time
        ("lat_deg", pa.float64()),
        ("cov_ee_m2", pa.float64()),  # of that place; the part that all its pictures share is in it once, not averaged
        ("cov_en_m2", pa.float64()),
        ("cov_nn_m2", pa.float64()),
        ("east_mps", pa.float64()),
        ("north_mps", pa.float64()),
        ("speed_sigma_mps", pa.float64()),
        ("path_deg", pa.list_(pa.float64())),  # lon, lat of each sighting's place as the track has it, in order
    ]
)
