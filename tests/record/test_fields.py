"""Fields of a finding as salted commitments: what is shown is bound, what is not shown tells nothing."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from truceline.base.canonical import canonical_bytes, leaf_hash, tree_root
from truceline.record.fields import Field, disclosed, fields_entry, fields_of, fields_root, rows_of, widened

KEY = b"\1" * 32
FINDING = {
    "finding_id": "fnd-1",
    "verdict": "breach",
    "latest_at_us": 7_200_000_001,
    "missing": [],
    "sources": ["a", "b"],
}
ROWS = {
    "events": [{"event_id": "evt-2", "act": "fire"}, {"event_id": "evt-1", "act": "fly"}],
    "observations": [{"observation_id": "obs-1", "act": "fire", "earliest_at_us": None}],
}


def certificate(rows=ROWS) -> bytes:
    proven = {table: [{"row": canonical_bytes(row).decode()} for row in rows[table]] for table in rows}
    return canonical_bytes({"rows": proven})


def fields(**changed) -> list[Field]:
    return fields_of({**FINDING, **changed}, certificate(), key=KEY)


def test_every_value_is_one_field_and_times_are_widened_too():
    found = {each.path: each.value for each in fields()}
    assert found["finding/verdict"] == "breach"
    assert found["finding/sources"] == ["a", "b"]
    assert found["finding/latest_at_us@3600"] == 3 * 3_600_000_000 - 1
    assert found["finding/latest_at_us@86400"] == 86_400_000_000 - 1
    assert found["observations/1/earliest_at_us"] is None
    assert "observations/1/earliest_at_us@3600" not in found
    assert list(found) == sorted(found)


def test_rows_are_numbered_by_their_id_not_in_the_order_in_which_they_were_judged():
    assert [row["event_id"] for row in rows_of(certificate(), "events")] == ["evt-1", "evt-2"]
    turned = {"events": ROWS["events"][::-1], "observations": ROWS["observations"]}
    assert [row["event_id"] for row in rows_of(certificate(turned), "events")] == ["evt-1", "evt-2"]


def test_the_entry_tells_the_root_and_how_many_and_nothing_else():
    entry = fields_entry(FINDING, certificate(), key=KEY, author="truceline", known_at="2026-01-01T00:00:00Z")
    assert (entry.kind, entry.subject, entry.hashes) == ("fields", "fnd-1", ())
    assert entry.detail == {"root": fields_root(fields()), "count": len(fields())}


def test_a_disclosed_field_is_proven_by_what_is_shown_alone():
    shown = disclosed(fields(), {"finding/verdict", "events/1/act"})
    assert sum("field" in each for each in shown) == 2
    leaves = []
    for each in shown:
        if "field" in each:
            body = json.dumps({"field": each["field"], "value": each["value"]}, separators=(",", ":")).encode()
            leaves.append(leaf_hash(hashlib.sha256(bytes.fromhex(each["salt"]) + body).digest()))
        else:
            assert set(each) == {"commitment"}
            leaves.append(leaf_hash(bytes.fromhex(each["commitment"])))
    assert tree_root(leaves).hex() == fields_root(fields())


def test_the_same_finding_gives_the_same_root_and_another_key_another():
    assert fields_root(fields()) == fields_root(fields())
    assert fields_root(fields()) != fields_root(fields_of(FINDING, certificate(), key=b"\2" * 32))


def test_no_salt_stands_twice_and_none_stays_when_anything_changes():
    """Else a salt that was shown once would let a later, hidden value be guessed."""
    before = {each.path: each.salt for each in fields()}
    assert len(set(before.values())) == len(before)
    other_rows = {**ROWS, "events": [{"event_id": "evt-1", "act": "fly"}]}
    for after in (fields(verdict="undetermined"), fields_of(FINDING, certificate(other_rows), key=KEY)):
        assert not set(before.values()) & {each.salt for each in after}


def test_what_is_not_shown_cannot_be_told_from_a_guess_without_its_salt():
    guesses = {
        hashlib.sha256(salt + canonical_bytes({"field": "finding/verdict", "value": value})).hexdigest()
        for value in ("breach", "undetermined")
        for salt in (b"", bytes(32), KEY)
    }
    assert not guesses & {each.get("commitment") for each in disclosed(fields(), ())}


@given(st.integers(min_value=-(2**52), max_value=2**52), st.sampled_from([3_600, 86_400]))
def test_a_widened_time_holds_the_time_and_is_its_own_unit(at_us, unit_s):
    begins, ends = (widened(f"{name}_at_us", at_us, unit_s) for name in ("earliest", "latest"))
    assert begins <= at_us <= ends
    assert ends - begins == unit_s * 1_000_000 - 1
    assert begins % (unit_s * 1_000_000) == 0
