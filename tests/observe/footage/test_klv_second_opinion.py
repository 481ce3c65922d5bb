"""Another decoder on the same packets: stanag4609, in plain Python, by somebody else."""

import random

import pytest
from stanag4609.imap import IMAPB
from stanag4609.st0601 import FieldDecodingMode, UASLocalSet, decode_uas_local_set
from tests.observe.footage.klv_samples import KLV, OSH, packed, payloads, read
from tstrans.klv import decode_uas_datalink

from truceline.observe.footage.klv.sets import checksum_holds, items, value_of
from truceline.observe.footage.klv.vmti import mapped

TAGS = {
    5: "platform_heading_deg",
    6: "platform_pitch_deg",
    7: "platform_roll_deg",
    8: "platform_true_airspeed",
    9: "platform_indicated_airspeed",
    13: "sensor_lat_deg",
    14: "sensor_lon_deg",
    15: "sensor_alt_m",
    16: "sensor_hfov_deg",
    17: "sensor_vfov_deg",
    18: "sensor_rel_az_deg",
    19: "sensor_rel_el_deg",
    20: "sensor_rel_roll_deg",
    21: "slant_range_m",
    22: "target_width_m",
    23: "frame_center_lat_deg",
    24: "frame_center_lon_deg",
    25: "frame_center_elev_m",
    26: "corner_lat_offset_p1_deg",
    27: "corner_lon_offset_p1_deg",
    28: "corner_lat_offset_p2_deg",
    29: "corner_lon_offset_p2_deg",
    30: "corner_lat_offset_p3_deg",
    31: "corner_lon_offset_p3_deg",
    32: "corner_lat_offset_p4_deg",
    33: "corner_lon_offset_p4_deg",
    35: "wind_direction_deg",
    36: "wind_speed",
    37: "static_pressure_mbar",
    38: "density_altitude_m",
    40: "target_location_lat_deg",
    41: "target_location_lon_deg",
    42: "target_location_elev_m",
    43: "target_track_gate_width_px",
    44: "target_track_gate_height_px",
    45: "target_error_ce90_m",
    46: "target_error_le90_m",
    49: "differential_pressure_mbar",
    50: "platform_angle_of_attack_deg",
    51: "platform_vertical_speed",
    52: "platform_sideslip_deg",
    53: "airfield_barometric_pressure_mbar",
    54: "airfield_elevation_m",
    55: "relative_humidity_pct",
    56: "platform_ground_speed",
    57: "ground_range_m",
    58: "platform_fuel_remaining_kg",
    64: "platform_magnetic_heading_deg",
    67: "alternate_platform_lat_deg",
    68: "alternate_platform_lon_deg",
    69: "alternate_platform_alt_m",
    71: "alternate_platform_heading_deg",
    75: "sensor_ellipsoid_height_m",
    76: "alternate_platform_ellipsoid_height_m",
    78: "frame_center_ellipsoid_height_m",
    79: "sensor_north_velocity",
    80: "sensor_east_velocity",
    82: "corner_lat_p1_deg",
    83: "corner_lon_p1_deg",
    84: "corner_lat_p2_deg",
    85: "corner_lon_p2_deg",
    86: "corner_lat_p3_deg",
    87: "corner_lon_p3_deg",
    88: "corner_lat_p4_deg",
    89: "corner_lon_p4_deg",
    90: "platform_pitch_full_deg",
    91: "platform_roll_full_deg",
    92: "platform_angle_of_attack_full_deg",
    93: "platform_sideslip_full_deg",
    96: "target_width_extended_m",
    103: "density_altitude_extended_m",
    104: "sensor_ellipsoid_height_extended_m",
    105: "alternate_platform_ellipsoid_height_extended_m",
    109: "range_to_recovery_km",
    112: "platform_course_angle_deg",
    113: "altitude_agl_m",
    114: "radar_altimeter_m",
    117: "sensor_azimuth_rate_dps",
    118: "sensor_elevation_rate_dps",
    119: "sensor_roll_rate_dps",
    120: "mi_storage_percent_full",
    132: "transmission_frequency_mhz",
    134: "zoom_percentage",
}
NESTED = {73, 74, 94, 95, 97, 98, 99, 100, 101, 115}  # sets in sets, of which it refuses some
COLUMNS = {
    5: "heading_deg",
    13: "sensor_lat_deg",
    14: "sensor_lon_deg",
    15: "sensor_msl_m",
    16: "hfov_deg",
    17: "vfov_deg",
    18: "sensor_azimuth_deg",
    19: "sensor_elevation_deg",
    20: "sensor_roll_deg",
    21: "slant_range_m",
    23: "centre_lat_deg",
    24: "centre_lon_deg",
    25: "centre_msl_m",
    45: "centre_ce90_m",
    46: "centre_le90_m",
    78: "centre_hae_m",
    90: "pitch_deg",
    91: "roll_deg",
    104: "sensor_hae_m",
}


def theirs(packet: bytes) -> UASLocalSet:
    return decode_uas_local_set(packet, field_decoding=FieldDecodingMode.PRESERVE)


@pytest.mark.parametrize("name", ["h264_klv.ts", "mpeg2_klv.ts"])
def test_83_numbers_of_every_packet_are_those_of_the_other_decoder(name: str) -> None:
    compared = 0
    for packet in payloads(KLV / "kwiver" / name):
        value = value_of(packet)
        kept = [(tag, value[at:end]) for tag, at, end in items(value)[0] if tag not in NESTED | {1}]
        other, stated = theirs(packed(kept)), decode_uas_datalink(packet)
        for tag, field in TAGS.items():
            assert getattr(stated, field) == pytest.approx(float(other.value(tag)), rel=1e-9, abs=1e-9), field
            compared += 1
    assert compared == 30 * 83


def test_random_packets_reach_the_columns_as_the_other_decoder_reads_them() -> None:
    rng = random.Random(601)
    sizes = dict.fromkeys((13, 14, 18, 19, 20, 21, 23, 24, 90, 91), 4) | {104: 3}
    compared = 0
    for _ in range(300):
        chosen = [(tag, rng.randbytes(sizes.get(tag, 2))) for tag in COLUMNS if rng.random() < 0.8]
        stamp = (1_500_000_000_000_000 + rng.randrange(10**14)).to_bytes(8, "big")
        packet = packed([(2, stamp), *chosen, (65, b"\x07")])
        (frame,) = read(packet).frames
        other = theirs(packet)
        whole = {tag for tag, _ in chosen}
        for tag, column in COLUMNS.items():
            expected = other.value(tag) if tag in whole else None
            if isinstance(expected, int | float) and not (tag == 104 and not -900 <= expected <= 40_000):
                halves = {13: 14, 14: 13, 23: 24, 24: 23}
                if tag in halves and not isinstance(other.value(halves[tag], None), float):
                    assert frame[column] is None  # half a place is none
                    continue
                assert frame[column] == pytest.approx(float(expected), rel=1e-9, abs=1e-9), column
                compared += 1
            else:
                assert frame[column] is None, column  # not stated, or a special value
    assert compared > 4_000


def test_the_mapping_of_st_1201_is_the_other_decoders_in_every_length_and_range() -> None:
    rng = random.Random(1201)
    for least, most in ((-90, 90), (-180, 180), (-900, 19_000), (-19.2, 19.2), (0, 180), (-900, 40_000), (0, 8)):
        for size in (2, 3, 4):
            other = IMAPB(least, most, size)
            for content in [rng.randbytes(size) for _ in range(200)] + [bytes(size), b"\x80" + bytes(size - 1)]:
                ours = mapped(content, float(least), float(most), linear=False)
                try:
                    value = other.decode(content)
                except ValueError:
                    value = None
                if isinstance(value, int | float) and value <= most:
                    assert ours == pytest.approx(max(value, least), rel=1e-12, abs=1e-9)  # 0 stands for the least
                else:
                    assert ours is None


def test_the_checksum_is_the_other_decoders() -> None:
    for packet in payloads(OSH)[::10]:
        assert checksum_holds(packet)
        broken = bytearray(packet)
        broken[60] ^= 1
        assert checksum_holds(bytes(broken)) is False
        with pytest.raises(ValueError, match="checksum"):
            theirs(bytes(broken))
