"""Two clips end to end: packets and pixels to findings, and back from a finding to its packet."""

import hashlib
from pathlib import Path

import pyarrow.compute as pc

from truceline.base.units import SIGMA_95_CIRCLE
from truceline.cli.explain import explain_finding
from truceline.run.verification import verify_mission

MISSIONS = Path(__file__).parents[2] / "missions"


def findings(run, clause):
    return [row for row in run.products.judged[0].findings.to_pylist() if row["clause"] == clause]


def test_what_an_analyst_marked_in_the_yard_is_armour_of_the_party_whose_yard_it_is(mission_runs):
    _, run = mission_runs("drone-yard")
    found = {(row["addressee"], row["verdict"]) for row in findings(run, "ARMOUR_IN_YARD")}
    assert found == {("NORTH", "breach")}
    assert len(findings(run, "ARMOUR_IN_YARD")) == 4


def test_a_zone_no_wider_than_the_pose_is_wrong_decides_nothing(mission_runs):
    """The clip disagrees with itself by some 90 m: whether armour stood within 60 m of a fence cannot be said."""
    _, run = mission_runs("drone-yard")
    found = {(row["verdict"], row["reason"]) for row in findings(run, "ARMOUR_AT_FENCE")}
    assert found == {("undetermined", "measurement")}


def test_the_clip_that_disagrees_with_itself_is_widened_and_says_by_how_much(mission_runs):
    _, run = mission_runs("drone-yard")
    shown = run.products.footage.footprints
    assert set(shown["standing"].to_pylist()) == {"widened"}
    assert all("m" in reason and any(sign.isdigit() for sign in reason) for reason in shown["reason"].to_pylist())
    for row in run.products.observations.to_pylist():
        assert "place widened in 2 of 2" in row["remark"]
        assert 50 < row["residual_m"] < 150


def test_one_thing_marked_in_two_pictures_is_one_observation_from_one_to_the_other(mission_runs):
    _, run = mission_runs("drone-yard")
    for row in run.products.observations.to_pylist():
        assert 5_000_000 <= row["latest_at_us"] - row["earliest_at_us"] <= 5_200_000
        assert row["remark"].startswith("marked: person, 2 pictures; by Analyst 1 (invented)")
        assert (row["count_lo"], row["count_hi"]) == (1, 1)


def test_what_the_drone_software_says_is_automatic_and_no_breach_rests_on_it_alone(mission_runs):
    _, run = mission_runs("drone-junction")
    observations = run.products.observations.to_pylist()
    assert len(observations) >= 10
    assert all(row["remark"].startswith("automatic: vmti") for row in observations)
    assert {(row["verdict"], row["reason"]) for row in findings(run, "TRAFFIC")} == {("undetermined", "evidence")}


def test_the_simulated_flight_agrees_with_itself_within_a_third_of_a_metre(mission_runs):
    _, run = mission_runs("drone-junction")
    shown = run.products.footage.footprints
    assert set(shown["standing"].to_pylist()) == {"stated"}
    assert pc.max(shown["centre_residual_m"]).as_py() < 0.35


def test_no_place_is_sharper_than_its_pose(mission_runs):
    """A hundred pictures from one wrong heading are wrong together: following does not average that away."""
    _, run = mission_runs("drone-junction")
    least_m2 = pc.min(run.products.footage.footprints["cov_ee_m2"]).as_py()
    for row in run.products.observations.to_pylist():
        assert row["cov_ee_m2"] > 0.5 * least_m2
        assert SIGMA_95_CIRCLE * row["cov_ee_m2"] ** 0.5 > 5.0


def test_a_finding_leads_to_its_packets_and_the_bytes_are_those_of_the_clip(mission_runs):
    folder, run = mission_runs("drone-yard")
    row = findings(run, "ARMOUR_IN_YARD")[0]
    words = explain_finding(folder, row["finding_id"]).words()
    assert "pid 0x101, packet 1" in words
    clip = hashlib.sha256((MISSIONS / "drone-yard" / "feeds" / "flight.ts").read_bytes()).hexdigest()
    assert f"record/content/{clip[:2]}/{clip[2:]}" in words
    assert "what its file says of its place disagrees by up to" in words


def test_frames_and_footprints_are_in_the_record_and_come_out_the_same_again(mission_runs):
    folder, _ = mission_runs("drone-yard")
    checked = verify_mission(folder, recompute=True, progress=lambda _: None)
    assert checked.ok, checked.words()
