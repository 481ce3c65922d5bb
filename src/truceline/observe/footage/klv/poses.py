"""What one MISB ST 0601 packet says of camera, vehicle and picture, as columns of FRAMES.

Decoded by `tstrans`, item by item, each field as the standard maps it. Where two items say the same, the wider one is
taken: pitch and roll from items 90 and 91 before 6 and 7, whole corners (82 to 89) before offsets (26 to 33), heights
above the ellipsoid from item 104 before 75. Heights above mean sea level (15, 25) stand in columns of their own: the
geoid lies tens of metres from the ellipsoid.

A packet whose checksum fails, or that is cut, is read as far as it can be framed, and says so: any number in it may be
wrong without looking so.

Source: MISB ST 0601.17, section 8 (items); ST 0107 (special values).
"""

from dataclasses import dataclass

from tstrans.exceptions import TstError
from tstrans.klv import UasDatalinkLs, decode_uas_datalink

from truceline.observe.footage.klv.sets import checksum_holds, rebuilt
from truceline.observe.footage.klv.times import utc_of
from truceline.observe.footage.parts import Row

_SAID_MAX = 5  # faults of one packet that the remark spells out


@dataclass(slots=True)
class Scale:
    """What a stream has said of its clock's scale so far (items 65 and 136 need not be in each packet)."""

    revision: int | None = None
    leap_s: int | None = None


def decoded(content: bytes, flags: set[str]) -> UasDatalinkLs | None:
    """The packet's fields, with flags for what is wrong with it as a whole; None: nothing of it can be read.

    Args:
        content: key, length, value.
        flags: gains "bad-checksum" (it states another one), "no-checksum" (it states none), "cut-short" (items are
            missing or do not fit).
    """
    try:
        return decode_uas_datalink(content)
    except TstError:
        mended, whole = rebuilt(content)
    held = checksum_holds(content)
    flags |= set() if held else {"no-checksum"} if held is None else {"bad-checksum"}
    flags |= set() if whole else {"cut-short"}
    try:
        return decode_uas_datalink(mended)
    except TstError:
        return None


def pose_of(stated: UasDatalinkLs, scale: Scale, *, flags: set[str], words: list[str]) -> Row:
    """The packet's columns of FRAMES, as stated; what it does not state is None.

    Args:
        scale: of its stream; learns from this packet.
        flags: gains codes for items that could not be read ("item-unreadable"), that the vehicle itself calls out of
            their range ("item-out-of-range"), and for the time stamp.
        words: gains the same in words, with the item.
    """
    _name_faults(stated, flags, words)
    at_us, at_sigma_us = _time(stated, scale, flags, words)
    azimuth_deg, elevation_deg = stated.sensor_rel_az_deg, stated.sensor_rel_el_deg
    extended_m = stated.sensor_ellipsoid_height_extended_m
    return {
        "at_us": at_us,
        "at_sigma_us": at_sigma_us,
        "sensor_lon_deg": stated.sensor_lon_deg,
        "sensor_lat_deg": stated.sensor_lat_deg,
        "sensor_hae_m": stated.sensor_ellipsoid_height_m if extended_m is None else extended_m,
        "sensor_msl_m": stated.sensor_alt_m,
        "heading_deg": stated.platform_heading_deg,
        "pitch_deg": _first(stated.platform_pitch_full_deg, stated.platform_pitch_deg),
        "roll_deg": _first(stated.platform_roll_full_deg, stated.platform_roll_deg),
        "pointing": "" if azimuth_deg is None and elevation_deg is None else "platform",
        "sensor_azimuth_deg": azimuth_deg,
        "sensor_elevation_deg": elevation_deg,
        "sensor_roll_deg": stated.sensor_rel_roll_deg,
        "hfov_deg": stated.sensor_hfov_deg,
        "vfov_deg": stated.sensor_vfov_deg,
        "slant_range_m": stated.slant_range_m,
        "centre_lon_deg": stated.frame_center_lon_deg,
        "centre_lat_deg": stated.frame_center_lat_deg,
        "centre_hae_m": stated.frame_center_ellipsoid_height_m,
        "centre_msl_m": stated.frame_center_elev_m,
        "corners_deg": _corners(stated),
        "centre_ce90_m": stated.target_error_ce90_m,
        "centre_le90_m": stated.target_error_le90_m,
        "satellites": stated.navsats_in_view,
    }


def _first(wide_deg: float | None, narrow_deg: float | None) -> float | None:
    return narrow_deg if wide_deg is None else wide_deg


def _time(stated: UasDatalinkLs, scale: Scale, flags: set[str], words: list[str]) -> tuple[int | None, int | None]:
    if stated.uas_ls_version is not None:
        scale.revision = stated.uas_ls_version
    if stated.leap_seconds is not None:
        scale.leap_s = stated.leap_seconds
    if stated.timestamp_us is None:
        return None, None
    corrected_us = stated.timestamp_us + (stated.correction_offset_us or 0)
    at_us, sigma_us = utc_of(corrected_us, scale.revision, scale.leap_s, flags, words)
    return at_us, sigma_us if at_us is not None else None


def _corners(stated: UasDatalinkLs) -> list[float] | None:
    """Longitude and latitude of upper left, upper right, lower right, lower left; None unless all four are stated."""
    whole = (
        *(stated.corner_lon_p1_deg, stated.corner_lat_p1_deg, stated.corner_lon_p2_deg, stated.corner_lat_p2_deg),
        *(stated.corner_lon_p3_deg, stated.corner_lat_p3_deg, stated.corner_lon_p4_deg, stated.corner_lat_p4_deg),
    )
    stated_deg = [each for each in whole if each is not None]
    if len(stated_deg) == len(whole):
        return stated_deg
    offsets = (
        (stated.corner_lon_offset_p1_deg, stated.corner_lat_offset_p1_deg),
        (stated.corner_lon_offset_p2_deg, stated.corner_lat_offset_p2_deg),
        (stated.corner_lon_offset_p3_deg, stated.corner_lat_offset_p3_deg),
        (stated.corner_lon_offset_p4_deg, stated.corner_lat_offset_p4_deg),
    )
    lon_deg, lat_deg = stated.frame_center_lon_deg, stated.frame_center_lat_deg
    if lon_deg is None or lat_deg is None:
        return None
    corners_deg: list[float] = []
    for east_deg, north_deg in offsets:
        if east_deg is None or north_deg is None:
            return None
        corner_lon_deg = lon_deg + east_deg
        if not -180 <= corner_lon_deg <= 180:  # across the date line
            corner_lon_deg = (corner_lon_deg + 180) % 360 - 180
        corners_deg += (corner_lon_deg, lat_deg + north_deg)
    return corners_deg


def _name_faults(stated: UasDatalinkLs, flags: set[str], words: list[str]) -> None:
    """Flag and name every item that could not be read."""
    if not (stated.field_errors or stated.sentinel_tags or stated.imapb_specials):
        return
    unreadable = [f"item {error.message.removeprefix('tag ')}" for error in stated.field_errors]
    outside = [f"item {tag}: the vehicle calls it out of range" for tag in stated.sentinel_tags]
    outside += [f"item {tag}: {kind.replace('_', ' ')}" for tag, kind, _ in stated.imapb_specials]
    if unreadable:
        flags.add("item-unreadable")
    if outside:
        flags.add("item-out-of-range")
    said = unreadable + outside
    words += said[:_SAID_MAX]
    if len(said) > _SAID_MAX:
        words.append(f"and {len(said) - _SAID_MAX} more items")
