"""Findings of events and obligations: verdict, reason, what they rest on."""

import random
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget
from tests.judge.reference import Court, Reference
from tests.judge.worlds import (
    SOURCES,
    World,
    event,
    happening,
    judged,
    material,
    notice,
    observation,
    placing,
    seen,
    together,
    worlds,
)
from tests.mandate.strategies import T0_S

from truceline.base.rows import RowTree, canonical_rows
from truceline.judge import audit_certificate, event_verdict, judge
from truceline.mandate import parse_mandate, print_mandate
from truceline.model.finding import Reason, Verdict

NOW_S = T0_S + 10**9
SEALED = ("events", "observations", "placings", "notices")
KM = 1_000_000  # mm
DAY_S = 86_400
HEAD = """mandate "Truce" in force 2025-01-01T00:00
party P0 "one party" baseline line_0
party P1 "the other party" baseline line_1
body SMM "Mission" monitors
body JC "Joint centre" members P0 P1
line line_0 "0.geojson" left P0 right P1
line line_1 "1.geojson" left P0 right P1
zone park "park.geojson"
weapons HEAVY = artillery mortar calibre >= 100mm
weapons AIR = air_defence disputed osa "P0: covered; P1: not covered"
"""
HOWITZER = {"weapon_system": "d_30", "weapon_class": "howitzer", "calibre_lo_mm": 122, "calibre_hi_mm": 122}
NEAR = 'clause C1 cites "1"\n prohibited P0 P1 present HEAVY within 25km of baseline\n'


def there(**more: object) -> dict[str, object]:
    """A howitzer that was present in the second hour of the truce."""
    return happening(T0_S + 3_600, act="present", **HOWITZER, **more)


def verdicts(findings: list[dict[str, object]]) -> dict[str, tuple[str, str]]:
    """Addressee -> verdict and reason, where each has one finding."""
    assert len({row["addressee"] for row in findings}) == len(findings)
    return {row["addressee"]: (row["verdict"], row["reason"]) for row in findings}


# --- against the plain interpreter --------------------------------------------------------------------------


@budget(250)
@given(worlds())
def test_findings_of_prohibitions_are_what_the_plain_court_says(world: World) -> None:
    reference = Reference(world.mandate, world.material.placings.to_pylist(), world.material.notices.to_pylist())
    expected = Court(reference, world.observations, SOURCES).findings(world.events)
    found = {}
    clauses = {clause.name: clause for clause in world.mandate.clauses}
    for row in judge(world.material, mandate=world.mandate, now_s=NOW_S).findings.to_pylist():
        if clauses[row["clause"]].modality == "prohibited":
            key = (row["clause"], row["addressee"], row["reading"], "")
            assert (key, row["event_ids"][0]) not in found, "two findings of one event under one rule"
            found[key, row["event_ids"][0]] = row["verdict"], row["reason"]
    assert found.keys() == expected.keys()
    for key, (verdict, reasons) in expected.items():
        assert found[key][0] == verdict, f"{key}: {found[key]}\n{print_mandate(world.mandate)}"
        assert found[key][1] in reasons, f"{key}: {found[key]}\n{print_mandate(world.mandate)}"


@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_rows_and_clauses_changes_no_byte_of_findings_or_certificates(
    world: World, chance: random.Random
) -> None:
    first = judge(world.material, mandate=world.mandate, now_s=NOW_S)
    tables = {
        name: table.take(pa.array(chance.sample(range(len(table)), len(table)), pa.int64()))
        for name in ("events", "observations", "placings", "notices")
        for table in [getattr(world.material, name)]
    }
    again = judge(replace(world.material, **tables), mandate=world.mandate, now_s=NOW_S)
    assert again.findings.equals(first.findings)
    assert again.certificates == first.certificates
    clauses = tuple(chance.sample(world.mandate.clauses, len(world.mandate.clauses)))
    moved = judge(world.material, mandate=replace(world.mandate, clauses=clauses), now_s=NOW_S).findings
    assert {_without_seal(row) for row in moved.to_pylist()} == {
        _without_seal(row) for row in first.findings.to_pylist()
    }


def _without_seal(row: dict[str, object]) -> str:
    """A finding without its certificate, which names the mandate's bytes."""
    return repr(sorted((key, value) for key, value in row.items() if key != "certificate_sha256"))


@given(worlds())
def test_every_finding_has_its_own_name_and_a_reason_exactly_if_it_is_undetermined(world: World) -> None:
    judgement = judge(world.material, mandate=world.mandate, now_s=NOW_S)
    rows = judgement.findings.to_pylist()
    assert len({row["finding_id"] for row in rows}) == len(rows)
    for row in rows:
        assert bool(row["reason"]) == (row["verdict"] == "undetermined")
        assert bool(row["missing"]) == (row["verdict"] == "undetermined")
        assert (row["certificate_sha256"] in judgement.certificates) == (row["verdict"] != "no_breach")
    assert len(judgement.certificates) == len({row["certificate_sha256"] for row in rows} - {""})


# --- parties, baselines, readings -----------------------------------------------------------------------------


def test_each_party_measures_from_its_own_line() -> None:
    found = judged(HEAD + NEAR, **seen("e", there(), line_0=(20 * KM,), line_1=(30 * KM,)))
    assert verdicts(found) == {"P0": ("breach", ""), "P1": ("no_breach", "")}


def test_an_event_reported_of_one_party_gives_no_finding_about_the_other() -> None:
    found = judged(HEAD + NEAR, **seen("e", there(parties=["P1"]), line_0=(1,), line_1=(1,)))
    assert verdicts(found) == {"P1": ("breach", "")}


def test_whoever_is_not_bound_gets_no_finding() -> None:
    text = HEAD.replace('party P1 "the other party"', 'party P1 "the other party" not bound "no signature"')
    assert verdicts(judged(text + NEAR, **seen("e", there(), line_0=(1,), line_1=(1,)))) == {"P0": ("breach", "")}


def test_an_event_that_breaches_for_one_party_and_not_for_the_other_depends_on_whose_it_was() -> None:
    assert event_verdict(["breach", "no_breach"]) == (Verdict.UNDETERMINED, Reason.PARTY)
    assert event_verdict(["breach", "breach"]) == (Verdict.BREACH, None)
    assert event_verdict(["no_breach"]) == (Verdict.NO_BREACH, None)


def test_both_readings_of_a_dispute_are_shown_side_by_side() -> None:
    text = HEAD + (
        'dispute start "from when"\n'
        ' reading early "as one says" from 2025-01-01\n reading second "as the other says" from 2025-01-08\n'
        'clause C1 cites "1" prohibited P0 present HEAVY during start\n'
    )
    found = judged(
        text, **together(seen("a", there()), seen("b", happening(T0_S + 8 * DAY_S, act="present", **HOWITZER)))
    )
    said = {(row["event_ids"][0], row["reading"]): row["verdict"] for row in found}
    assert said == {
        ("a", "start=early"): "breach",
        ("b", "start=early"): "breach",
        ("b", "start=second"): "breach",
    }


# --- edges ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distance_mm", "bound_mm", "verdict"),
    [
        (24_900_000, 0, "breach"),
        (25_000_000, 0, "breach"),
        (25_000_001, 0, "no_breach"),
        (24_749_999, 250_000, "breach"),
        (24_750_000, 250_000, "breach"),
        (24_750_001, 250_000, "undetermined"),
        (25_000_000, 250_000, "undetermined"),
        (25_250_000, 250_000, "undetermined"),
        (25_250_001, 250_000, "no_breach"),
    ],
)
def test_a_distance_within_its_bound_of_the_limit_decides_nothing(
    distance_mm: int, bound_mm: int, verdict: str
) -> None:
    found = judged(HEAD + NEAR, **seen("e", there(parties=["P0"]), line_0=(distance_mm, bound_mm)))
    assert [row["verdict"] for row in found] == [verdict]
    assert verdict != "undetermined" or found[0]["reason"] == "measurement"


@pytest.mark.parametrize(
    ("first_s", "last_s", "verdict"),
    [
        (-1, -1, None),
        (-1, 0, "undetermined"),
        (0, 0, "breach"),
        (0, 59, "breach"),
        (59, 60, "undetermined"),
        (60, 60, None),
    ],
)
def test_a_clause_holds_from_its_first_second_until_before_its_last(
    first_s: int, last_s: int, verdict: str | None
) -> None:
    text = HEAD + 'clause C1 cites "1" prohibited P0 present HEAVY from 2025-01-02T00:00 until 2025-01-02T00:01\n'
    row = happening(T0_S + DAY_S + first_s, T0_S + DAY_S + last_s, act="present", parties=["P0"], **HOWITZER)
    found = judged(text, **seen("e", row))
    assert [each["verdict"] for each in found] == ([verdict] if verdict else [])


def test_nothing_is_sharper_than_the_header_says() -> None:
    text = HEAD.replace("\nparty P0", "\nprecision 60s 250m\nparty P0", 1)
    sharp = there(parties=["P0"])
    far = judged(text + NEAR, **seen("e", sharp, line_0=(24_800_000, 10)))
    assert [(row["verdict"], row["reason"]) for row in far] == [("undetermined", "measurement")]
    begun = happening(T0_S + 59, act="present", parties=["P0"], **HOWITZER)
    early = judged(text + 'clause C1 cites "1" prohibited P0 present HEAVY\n', **seen("e", begun))
    assert [(row["verdict"], row["reason"]) for row in early] == [("undetermined", "measurement")]
    later = happening(T0_S + 60, act="present", parties=["P0"], **HOWITZER)
    assert [
        row["verdict"] for row in judged(text + 'clause C1 cites "1" prohibited P0 present HEAVY\n', **seen("e", later))
    ] == ["breach"]


@pytest.mark.parametrize(
    ("side", "distance_mm", "verdict"),
    [(1, 5_000, "no_breach"), (-1, 5_000, "breach"), (-1, 1_000, "undetermined"), (0, 5_000, "undetermined")],
)
def test_across_a_line_is_the_side_that_is_not_ones_own(side: int, distance_mm: int, verdict: str) -> None:
    text = HEAD + 'clause C1 cites "1" prohibited P0 present HEAVY across line_0\n'
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(distance_mm, 1_000, side)))
    assert [row["verdict"] for row in found] == [verdict]
    other = text.replace("prohibited P0", "prohibited P1")
    mirrored = {"breach": "no_breach", "no_breach": "breach"}.get(verdict, verdict)
    found = judged(other, **seen("e", there(parties=["P1"]), line_0=(distance_mm, 1_000, side)))
    assert [row["verdict"] for row in found] == [mirrored]


@pytest.mark.parametrize(
    ("place", "side", "distance_mm", "verdict"),
    [
        ("in park", 1, 0, "breach"),
        ("in park", -1, 1, "no_breach"),
        ("outside park", -1, 1, "breach"),
        ("outside park", 1, 0, "no_breach"),
        ("within 1km of park", -1, KM, "breach"),
        ("within 1km of park", -1, KM + 1, "no_breach"),
        ("within 1km of park", 1, 5 * KM, "breach"),
        ("beyond 1km of park", -1, KM, "no_breach"),
        ("beyond 1km of park", -1, KM + 1, "breach"),
        ("beyond 1km of park", 1, 5 * KM, "no_breach"),
    ],
)
def test_the_edge_of_a_zone_belongs_to_it_and_distance_runs_outward(
    place: str, side: int, distance_mm: int, verdict: str
) -> None:
    text = HEAD + f'clause C1 cites "1" prohibited P0 present HEAVY {place}\n'
    found = judged(text, **seen("e", there(parties=["P0"]), park=(distance_mm, 0, side)))
    assert [row["verdict"] for row in found] == [verdict]


# --- why it is open ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weapon_system": "", "weapon_class": ""}, "unknown-fact"),
        ({"act": ""}, "unknown-fact"),
        ({"weapon_system": "", "calibre_lo_mm": 99}, "unknown-fact"),
        ({"count_lo": 0}, "measurement"),
        ({"latest_at_us": (T0_S + 10**9) * 1_000_000}, None),
    ],
)
def test_what_is_not_known_is_named_as_the_reason(change: dict[str, object], reason: str | None) -> None:
    found = judged(HEAD + NEAR, **seen("e", there(parties=["P0"]) | change, line_0=(1,)))
    assert [row["reason"] for row in found] == [reason or ""]
    assert reason is None or found[0]["missing"]


def test_a_place_nobody_recorded_is_an_unknown_fact_and_not_a_measurement() -> None:
    found = judged(HEAD + NEAR, **seen("e", there(parties=["P0"])))
    assert [(row["verdict"], row["reason"]) for row in found] == [("undetermined", "unknown-fact")]


def test_a_disputed_weapon_shows_both_positions() -> None:
    text = HEAD + 'clause C1 cites "1" prohibited P0 present AIR\n'
    row = there(parties=["P0"]) | {
        "weapon_system": "osa",
        "weapon_class": "air_defence",
        "calibre_lo_mm": 0,
        "calibre_hi_mm": 0,
    }
    found = judged(text, **seen("e", row))
    assert [(each["verdict"], each["reason"]) for each in found] == [("undetermined", "scope-disputed")]
    assert "P0: covered; P1: not covered" in " ".join(found[0]["missing"])
    other = row | {"weapon_system": "strela_10"}
    assert [each["verdict"] for each in judged(text, **seen("e", other))] == ["breach"]


def test_the_positions_on_a_weapon_disputed_one_class_down_are_shown_too() -> None:
    text = HEAD + 'weapons ALL = HEAVY AIR\nclause C1 cites "1" prohibited P0 present ALL\n'
    row = there(parties=["P0"]) | {
        "weapon_system": "osa",
        "weapon_class": "air_defence",
        "calibre_lo_mm": 0,
        "calibre_hi_mm": 0,
    }
    found = judged(text, **seen("e", row))
    assert [each["reason"] for each in found] == ["scope-disputed"]
    assert "P0: covered; P1: not covered" in " ".join(found[0]["missing"])


# --- exemptions -------------------------------------------------------------------------------------------------


STORED = 'clause C1 cites "1" prohibited P0 present HEAVY\n unless storage decided by SMM\n'


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (None, "breach"),
        ({"status": "pending"}, "undetermined"),
        ({"status": "refused"}, "breach"),
        ({"decided_by": "SMM"}, "no_breach"),
        ({"decided_by": "JC"}, "undetermined"),
        ({"decided_by": ""}, "undetermined"),
        ({"decided_by": "SMM", "register": "other"}, "breach"),
        ({"decided_by": "SMM", "party": "P1"}, "breach"),
        ({"decided_by": "SMM", "act": "present"}, "no_breach"),
        ({"decided_by": "SMM", "act": "fire"}, "breach"),
        ({"decided_by": "SMM", "weapon_class": "artillery"}, "no_breach"),
        ({"decided_by": "SMM", "weapon_class": "mlrs"}, "breach"),
        ({"decided_by": "SMM", "zone": "park"}, "no_breach"),
        ({"decided_by": "SMM", "earliest_at_us": (T0_S + 3_601) * 1_000_000}, "breach"),
        ({"decided_by": "SMM", "earliest_at_us": (T0_S + 3_600) * 1_000_000}, "no_breach"),
        ({"decided_by": "SMM", "latest_at_us": (T0_S + 3_600) * 1_000_000}, "no_breach"),
        ({"decided_by": "SMM", "latest_at_us": (T0_S + 3_599) * 1_000_000}, "breach"),
    ],
)
def test_a_register_exempts_what_its_decider_granted_and_no_more(entry: dict[str, object] | None, verdict: str) -> None:
    entries = [] if entry is None else [notice("storage", "P0", T0_S, T0_S + DAY_S) | entry]
    found = judged(HEAD + STORED, notices=entries, **seen("e", there(parties=["P0"]), park=(5, 0, 1)))
    assert [row["verdict"] for row in found] == [verdict]
    assert verdict != "undetermined" or found[0]["reason"] == "exemption-pending"


def test_an_entry_that_covers_part_of_the_time_possibly_exempts() -> None:
    entry = notice("storage", "P0", T0_S + 3_600, T0_S + DAY_S, decided_by="SMM")
    row = there(parties=["P0"]) | {"earliest_at_us": (T0_S + 3_599) * 1_000_000}
    found = judged(HEAD + STORED, notices=[entry], **seen("e", row))
    assert [(each["verdict"], each["reason"]) for each in found] == [("undetermined", "exemption-pending")]


@pytest.mark.parametrize(
    ("distance_mm", "side", "verdict"), [(5, 1, "no_breach"), (5, -1, "breach"), (5, 0, "undetermined")]
)
def test_an_entry_for_a_zone_exempts_inside_it_only(distance_mm: int, side: int, verdict: str) -> None:
    entry = notice("storage", "P0", T0_S, T0_S + DAY_S, decided_by="SMM", zone="park")
    found = judged(HEAD + STORED, notices=[entry], **seen("e", there(parties=["P0"]), park=(distance_mm, 1, side)))
    assert [each["verdict"] for each in found] == [verdict]


def test_where_nobody_is_named_to_decide_anybodys_consent_exempts() -> None:
    entry = notice("storage", "P0", T0_S, T0_S + DAY_S, decided_by="JC")
    text = HEAD + STORED.replace(" decided by SMM", "")
    assert [r["verdict"] for r in judged(text, notices=[entry], **seen("e", there(parties=["P0"])))] == ["no_breach"]


# --- overrides and conflict -------------------------------------------------------------------------------------


ALLOWED = 'clause A1 cites "2" allowed P0 present HEAVY in park\n'


def test_two_clauses_of_opposite_modality_without_overrides_are_a_conflict() -> None:
    text = HEAD + NEAR + ALLOWED
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(1,), park=(5, 0, 1)))
    assert [(row["verdict"], row["reason"]) for row in found] == [("undetermined", "conflict")]
    outside = judged(text, **seen("e", there(parties=["P0"]), line_0=(1,), park=(5, 0, -1)))
    assert [row["verdict"] for row in outside] == ["breach"]


def test_a_permission_that_all_readings_give_is_a_conflict_as_well() -> None:
    text = (
        HEAD
        + NEAR
        + (
            'dispute d "when"\n reading a "a" from 2025-01-01\n reading b "b" from 2025-01-01\n'
            'clause A1 cites "2" allowed P0 present HEAVY during d\n'
        )
    )
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(1,)))
    assert [(row["verdict"], row["reason"]) for row in found] == [("undetermined", "conflict")]
    later = text.replace('reading b "b" from 2025-01-01', 'reading b "b" from 2026-01-01')
    assert [row["verdict"] for row in judged(later, **seen("e", there(parties=["P0"]), line_0=(1,)))] == ["breach"]


@pytest.mark.parametrize(
    ("distance_mm", "bound_mm", "side", "verdict"),
    [(5, 0, 1, "no_breach"), (5, 0, -1, "breach"), (5, 9, 1, "undetermined")],
)
def test_a_clause_that_overrides_takes_the_act_out_dually(
    distance_mm: int, bound_mm: int, side: int, verdict: str
) -> None:
    text = HEAD + NEAR + ALLOWED.replace('"2" allowed', '"2" overrides C1 allowed')
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(1,), park=(distance_mm, bound_mm, side)))
    assert [row["verdict"] for row in found] == [verdict]


@pytest.mark.parametrize(("in_yard", "verdict"), [(1, "breach"), (-1, "no_breach"), (0, "undetermined")])
def test_overrides_of_overrides_restore_the_first_clause(in_yard: int, verdict: str) -> None:
    text = (
        HEAD
        + NEAR
        + (
            'zone yard "yard.geojson"\n'
            'clause A1 cites "2" overrides C1 allowed P0 present HEAVY in park\n'
            'clause B1 cites "3" overrides A1 prohibited P0 present HEAVY in yard\n'
        )
    )
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(1,), park=(5, 0, 1), yard=(5, 0, in_yard)))
    assert [row["verdict"] for row in found if row["clause"] == "C1"] == [verdict]


# --- evidence ---------------------------------------------------------------------------------------------------


def heard_by(text: str, *said: tuple[str, str, int | None]) -> tuple[str, str]:
    """Verdict and reason for one event that these sources (id, means, confidence) observed."""
    row = there(parties=["P0"])
    members = [
        observation(f"o{n}", row | {"confidence_permille": sure}, source=source, means=means)
        for n, (source, means, sure) in enumerate(said)
    ]
    found = judged(
        HEAD + text, events=[event("e", row, [each["observation_id"] for each in members])], observations=members
    )
    assert len(found) == 1
    return found[0]["verdict"], found[0]["reason"]


PROVEN = 'evidence proof = {}\nclause C1 cites "1" prohibited P0 present HEAVY\n breach B needs proof\n'


@pytest.mark.parametrize(
    ("standard", "said", "answer"),
    [
        ("1 independent sources", [("own", "seen", None)], ("breach", "")),
        ("2 independent sources", [("own", "seen", None)], ("undetermined", "evidence")),
        ("2 independent sources", [("own", "seen", None), ("own", "heard", None)], ("undetermined", "evidence")),
        ("2 independent sources", [("own", "seen", None), ("own_2", "seen", None)], ("breach", "")),
        ("2 independent sources", [("own_2", "seen", None), ("twin", "seen", None)], ("undetermined", "evidence")),
        ("1 independent sources confidence >= 0.80", [("own", "seen", 799)], ("undetermined", "evidence")),
        ("1 independent sources confidence >= 0.80", [("own", "seen", 800)], ("breach", "")),
        ("1 independent sources confidence >= 0.80", [("own", "seen", None)], ("undetermined", "evidence")),
        ("1 independent sources one of camera", [("own", "seen", None)], ("undetermined", "evidence")),
        ("1 independent sources one of camera", [("own", "camera", None)], ("breach", "")),
        ("2 independent sources one of camera", [("own", "camera", None), ("own_2", "heard", None)], ("breach", "")),
        ("1 independent sources", [("paper", "news", None)], ("undetermined", "evidence")),
        ("1 independent sources counting media", [("paper", "news", None)], ("breach", "")),
        ("1 independent sources", [("log_1", "own_log", None)], ("undetermined", "one-sided")),
        ("1 independent sources counting admissions", [("log_1", "own_log", None)], ("undetermined", "one-sided")),
        ("1 independent sources counting admissions", [("log_0", "own_log", None)], ("breach", "")),
        ("2 independent sources", [("own", "seen", None), ("log_1", "own_log", None)], ("undetermined", "evidence")),
        ("1 independent sources", [], ("undetermined", "evidence")),
    ],
)
def test_an_evidence_standard_counts_independent_groups_of_sources_that_may_count(
    standard: str, said: list[tuple[str, str, int | None]], answer: tuple[str, str]
) -> None:
    assert heard_by(PROVEN.format(standard), *said) == answer


def test_an_observation_that_cannot_be_of_the_act_supports_nothing() -> None:
    row = there(parties=["P0"])
    text = HEAD + PROVEN.format("1 independent sources")
    members = [observation("o", row | {"act": "fire"})]
    found = judged(text, events=[event("e", row, ["o"])], observations=members)
    assert [(each["verdict"], each["reason"], each["sources"]) for each in found] == [("undetermined", "evidence", [])]


def test_without_a_standard_one_source_of_the_missions_own_suffices_and_a_partys_log_does_not() -> None:
    bare = 'clause C1 cites "1" prohibited P0 present HEAVY\n'
    assert heard_by(bare, ("own", "seen", None)) == ("breach", "")
    assert heard_by(bare, ("log_1", "own_log", None)) == ("undetermined", "one-sided")


# --- further outcomes and obligations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distance_mm", "bound_mm", "answer"),
    [(20 * KM, 0, ("breach", "")), (30 * KM, 0, ("no_breach", "OUT")), (25 * KM, 1, ("undetermined", "OUT?"))],
)
def test_a_further_outcome_is_named_beside_the_verdict(
    distance_mm: int, bound_mm: int, answer: tuple[str, str]
) -> None:
    text = HEAD + NEAR + ' outcome OUT "beyond, not stored" beyond 25km of baseline unless storage decided by SMM\n'
    found = judged(text, **seen("e", there(parties=["P0"]), line_0=(distance_mm, bound_mm)))
    assert [(row["verdict"], row["outcome"]) for row in found] == [answer]
    entry = notice("storage", "P0", T0_S, T0_S + DAY_S, decided_by="SMM")
    stored = judged(text, notices=[entry], **seen("e", there(parties=["P0"]), line_0=(distance_mm, bound_mm)))
    assert [row["outcome"] for row in stored] == [""]


def test_a_further_outcome_is_each_addressees_own() -> None:
    text = HEAD + NEAR + ' outcome OUT "beyond" beyond 25km of baseline\n'
    found = judged(text, **seen("e", there(), line_0=(20 * KM,), line_1=(30 * KM,)))
    assert {row["addressee"]: row["outcome"] for row in found} == {"P0": "", "P1": "OUT"}


REQUIRED = 'coverage >= 0.80\n{}clause C1 cites "1" required P0 withdraw HEAVY by 2025-01-10\n'
DEADLINE_S = T0_S + 9 * DAY_S


def obligation(rows: dict[str, object], now_s: int = DEADLINE_S) -> list[tuple[str, str]]:
    head, _, rest = HEAD.partition("\n")
    text = f"{head}\n" + "coverage >= 0.80\n" + rest + REQUIRED.partition("{}")[2]
    return [(row["verdict"], row["reason"]) for row in judged(text, now_s=now_s, **rows)]


def covered(share_permille: int, until_s: int = DEADLINE_S) -> dict[str, object]:
    row = {"coverage_id": "c", "source_id": "own", "clause": "", "share_permille": share_permille}
    return row | {"earliest_at_us": T0_S * 1_000_000, "latest_at_us": until_s * 1_000_000 - 1}


def withdrawn(at_s: int = T0_S, until_s: int | None = None) -> dict[str, list[dict[str, object]]]:
    return seen("w", happening(at_s, until_s, act="withdraw", parties=["P0"], **HOWITZER))


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        (withdrawn(), ("no_breach", "")),
        (withdrawn(DEADLINE_S - 1), ("no_breach", "")),
        (withdrawn(DEADLINE_S), ("undetermined", "not-observed")),
        (withdrawn(DEADLINE_S - 1, DEADLINE_S), ("undetermined", "measurement")),
        (withdrawn() | {"observations": [], "events": [event("w", withdrawn()["observations"][0], [])]}, None),
        ({"coverage": [covered(800)]}, ("breach", "")),
        ({"coverage": [covered(799)]}, ("undetermined", "not-observed")),
        ({"coverage": [covered(900, DEADLINE_S - 1)]}, ("undetermined", "not-observed")),
        ({}, ("undetermined", "not-observed")),
    ],
)
def test_an_obligation_is_judged_at_its_deadline(rows: dict[str, object], answer: tuple[str, str] | None) -> None:
    if answer is None:
        unproven = happening(T0_S, act="withdraw", parties=["P0"], **HOWITZER)
        rows, answer = {"events": [event("w", unproven)]}, ("undetermined", "evidence")
    assert obligation(rows) == [answer]
    assert obligation(rows, now_s=DEADLINE_S - 1) == [], "nothing is owed before its time"


def test_coverage_must_reach_over_the_whole_term_and_the_least_share_counts() -> None:
    first = covered(900, T0_S + 4 * DAY_S)
    rest = covered(850) | {"earliest_at_us": (T0_S + 4 * DAY_S) * 1_000_000}
    gap = rest | {"earliest_at_us": (T0_S + 4 * DAY_S + 1) * 1_000_000}
    assert obligation({"coverage": [rest, first]}) == [("breach", "")]
    assert obligation({"coverage": [first, gap]}) == [("undetermined", "not-observed")]
    assert obligation({"coverage": [first, rest | {"share_permille": 700}]}) == [("undetermined", "not-observed")]
    assert obligation({"coverage": [covered(900) | {"clause": "other"}]}) == [("undetermined", "not-observed")]


def test_placings_and_observations_of_other_events_do_not_matter() -> None:
    alone = judged(HEAD + NEAR, **seen("e", there(parties=["P0"]), line_0=(1,)))
    beside = together(
        seen("e", there(parties=["P0"]), line_0=(1,)), seen("f", there(parties=["P0"]), line_0=(90 * KM,))
    )
    beside["placings"].append(placing("nobody", "line_0", 99 * KM))
    found = [row for row in judged(HEAD + NEAR, **beside) if row["event_ids"] == ["e"]]
    assert [row["verdict"] for row in found] == [row["verdict"] for row in alone] == ["breach"]


GATED = """mandate "Truce" in force 2025-01-01T00:00
coverage >= 0.80
party P0 "one party"
body SMM "Mission" monitors
gate READY "the roads are clear" verified by SMM
clause C1 cites "1" required P0 withdraw any by 2025-01-10 while READY breach B
suspension QUIET lifts C1 for P0 when 1 B per 7d decided by SMM restored after 7d
"""
OPEN = notice("READY", "", T0_S, None, decided_by="SMM")


@pytest.mark.parametrize(
    ("notices", "answer"),
    [
        ([], ("no_breach", "")),
        ([OPEN], ("breach", "")),
        ([OPEN | {"status": "pending"}], ("undetermined", "exemption-pending")),
        ([OPEN | {"decided_by": "P0"}], ("undetermined", "exemption-pending")),
        ([notice("READY", "", DEADLINE_S - 1, None, decided_by="SMM")], ("breach", "")),
        ([notice("READY", "", DEADLINE_S, None, decided_by="SMM")], ("no_breach", "")),
        ([notice("READY", "", T0_S, DEADLINE_S - 2, decided_by="SMM")], ("no_breach", "")),
        ([OPEN | {"act": "withdraw"}], ("undetermined", "exemption-pending")),
        ([OPEN, notice("QUIET", "P0", T0_S, DEADLINE_S, decided_by="SMM")], ("no_breach", "")),
        ([OPEN, notice("QUIET", "P0", T0_S, DEADLINE_S)], ("undetermined", "exemption-pending")),
        ([OPEN, notice("QUIET", "P0", T0_S, DEADLINE_S - 2, decided_by="SMM")], ("breach", "")),
        ([OPEN, notice("QUIET", "P1", T0_S, DEADLINE_S, decided_by="SMM")], ("breach", "")),
    ],
)
def test_a_duty_is_due_only_if_its_gate_is_open_and_nothing_lifts_it_at_its_deadline(
    notices: list[dict[str, object]], answer: tuple[str, str]
) -> None:
    mandate = parse_mandate(GATED, name="truce", source="truce.truce")
    tables = material(notices=notices, coverage=[covered(800)])
    judgement = judge(tables, mandate=mandate, now_s=DEADLINE_S)
    assert [(row["verdict"], row["reason"]) for row in judgement.findings.to_pylist()] == [answer]
    roots = {name: RowTree(canonical_rows(getattr(tables, name))).root for name in SEALED}
    for content in judgement.certificates.values():
        assert audit_certificate(content, mandate=mandate, sources=SOURCES, roots=roots) == []


def test_what_was_done_while_a_duty_was_suspended_still_counts() -> None:
    row = happening(T0_S + DAY_S, act="withdraw", parties=["P0"])
    notices = [OPEN, notice("QUIET", "P0", T0_S, T0_S + 2 * DAY_S, decided_by="SMM")]
    (found,) = judged(GATED, now_s=DEADLINE_S, notices=notices, coverage=[covered(800)], **seen("e", row))
    assert (found["verdict"], found["event_ids"]) == ("no_breach", ["e"])
