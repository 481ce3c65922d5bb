"""Certificates: the auditor accepts every true one, and refuses every one in which a single value was changed."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import LONG, budget
from tests.judge.worlds import SOURCES, World, event, happening, material, notice, observation, placing, worlds
from tests.mandate.strategies import NEAR_S, T0_S

from truceline.base.canonical import canonical_bytes
from truceline.base.rows import RowTree, canonical_rows
from truceline.judge import Judgement, Material, audit_certificate, auditor, judge
from truceline.mandate import parse_mandate
from truceline.model import mandate as m
from truceline.terms import Atom

NOW_S = T0_S + 10**9
TABLES = ("events", "observations", "placings", "notices")
PROSE = ("missing",)  # words for people; what they rest on is checked
NAMES = ("clause", "addressee", "reading")  # another true name makes another true certificate of the same rows
STEERING = ("index", "size")  # of a proof: where a changed one still leads to the root, the row is under it


def roots_of(tables: Material) -> dict[str, str]:
    """What the record says of each table."""
    return {name: RowTree(canonical_rows(getattr(tables, name))).root for name in TABLES}


def audit(content: bytes, mandate: m.Mandate, tables: Material) -> list[str]:
    return audit_certificate(content, mandate=mandate, sources=SOURCES, roots=roots_of(tables))


def changes(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """(where, what instead) for each leaf of a JSON value; several for one leaf in the long run."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from changes(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from changes(item, (*path, number))
    elif isinstance(value, str) and path[0] in NAMES:
        yield path, value + "0"
    elif isinstance(value, str):
        middle = len(value) // 2
        forms = [
            value + "0",
            value[:-1],
            value[:middle] + ("1" if value[middle : middle + 1] != "1" else "2") + value[middle + 1 :],
        ]
        yield from ((path, each) for each in (forms if LONG else forms[len(value) % 3 :][:1]) if each != value)
    elif isinstance(value, int):
        yield path, value + 1
        yield path, 1 - value
    else:
        yield path, "0"


def changed(certificate: dict[str, object], path: tuple[object, ...], value: object) -> bytes:
    """The certificate sealed anew with one value changed."""
    copy = json.loads(json.dumps(certificate))
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return canonical_bytes(copy)


@budget(200)
@given(worlds(most_events=5))
def test_the_auditor_accepts_every_certificate_of_a_judgement(world: World) -> None:
    judgement = judge(world.material, mandate=world.mandate, now_s=NOW_S)
    for content in judgement.certificates.values():
        assert audit(content, world.mandate, world.material) == [], json.loads(content)


@budget(60)
@given(worlds(most_events=4), st.randoms(use_true_random=False))
def test_the_auditor_refuses_every_certificate_with_one_changed_value(world: World, chance: random.Random) -> None:
    judgement = judge(world.material, mandate=world.mandate, now_s=NOW_S)
    roots = roots_of(world.material)
    for content in judgement.certificates.values():
        certificate = json.loads(content)
        found = [each for each in changes(certificate) if not set(each[0]) & {*PROSE, *STEERING}]
        for path, value in chance.sample(found, min(12, len(found))):
            forged = changed(certificate, path, value)
            assert audit_certificate(forged, mandate=world.mandate, sources=SOURCES, roots=roots), (path, value)


TEXT = """mandate "Truce" in force 2025-01-01T00:00
coverage >= 0.80
party P0 "one party" baseline line_0
party P1 "the other party" baseline line_0
body SMM "Mission" monitors
line line_0 "0.geojson" left P0 right P1
zone park "park.geojson"
weapons HEAVY = artillery mortar calibre >= 100mm
weapons AIR = air_defence disputed osa "P0: covered; P1: not"
evidence proof = 2 independent sources confidence >= 0.80 one of camera
clause C1 cites "1" prohibited P0 P1 present HEAVY within 25km of baseline
  unless storage decided by SMM
  breach B needs proof
clause C2 cites "2" prohibited P0 P1 present AIR
clause C3 cites "3" limited P0 fire HEAVY to 2 items per 24h
clause C4 cites "4" limited P0 inventory HEAVY to 5 items at once in park
clause C5 cites "5" required P0 withdraw HEAVY by 2025-02-01
clause C6 cites "6" overrides C2 allowed P0 present AIR in park
clause C7 cites "7" allowed P1 fire HEAVY
clause C8 cites "8" prohibited P1 fire HEAVY
"""
GUN = {"weapon_system": "d_30", "weapon_class": "howitzer", "calibre_lo_mm": 122, "calibre_hi_mm": 122}
OSA = {"weapon_system": "osa", "weapon_class": "air_defence", "calibre_lo_mm": 0, "calibre_hi_mm": 0}


def whole_world() -> Material:
    """One finding of each kind: breach, each reason, a flow, a stock, an obligation."""
    at = iter(range(T0_S + 3_600, T0_S + 10**6, 3_600))
    fired = {"act": "fire", **GUN}
    stock = {"act": "inventory", "inventory": "inv", **GUN}
    happenings = {
        "breach": happening(next(at), act="present", parties=["P0"], **GUN),
        "unknown": happening(next(at), parties=["P0", "P1"], **GUN),
        "straddling": happening(next(at), act="present", parties=["P0"], **GUN),
        "stored": happening(next(at), act="present", parties=["P1"], **GUN),
        "disputed": happening(next(at), act="present", parties=["P1"], **OSA),
        "overridden": happening(next(at), act="present", parties=["P0"], **(OSA | {"weapon_system": "strela_10"})),
        "conflict": happening(next(at), parties=["P1"], **fired),
        **{f"shot_{n}": happening(next(at), parties=["P0"], count_lo=n, count_hi=n, **fired) for n in (1, 2)},
        **{f"stock_{n}": happening(T0_S + 9 * 86_400, parties=["P0"], count_lo=3, count_hi=4, **stock) for n in (1, 2)},
        "withdrawn": happening(next(at), parties=["P0"], act="withdraw", weapon_class="artillery"),
    }
    observations, events, placings = [], [], []
    for name, row in happenings.items():
        members = []
        for number, (source, means) in enumerate((("own", "camera"), ("own_2", "seen"), ("log_1", "own_log"))):
            members.append(f"{name}-{number}")
            sure = row | {"confidence_permille": 900 - 50 * number}
            observations.append(observation(members[-1], sure, source=source, means=means))
        events.append(event(name, row, members))
        for subject in (name, *members):
            bound_mm = 9_000_000 if name == "straddling" else 1_000
            placings += [placing(subject, "line_0", 24_000_000, bound_mm), placing(subject, "park", 5, 1, 1)]
    notices = [
        notice("storage", "P1", T0_S, T0_S + 10**6, status="pending"),
        notice("storage", "P0", T0_S, T0_S + 10, decided_by="SMM"),
    ]
    return material(events=events, observations=observations, placings=placings, notices=notices)


@pytest.fixture(scope="module")
def hearing() -> tuple[m.Mandate, Material, Judgement]:
    mandate, tables = parse_mandate(TEXT, name="truce", source="truce.truce"), whole_world()
    return mandate, tables, judge(tables, mandate=mandate, now_s=NOW_S)


def test_the_whole_world_has_findings_of_every_kind(hearing: tuple[m.Mandate, Material, Judgement]) -> None:
    rows = hearing[2].findings.to_pylist()
    said = {(row["clause"], row["verdict"], row["reason"]) for row in rows}
    assert {
        ("C1", "breach", ""),
        ("C1", "undetermined", "unknown-fact"),
        ("C1", "undetermined", "measurement"),
        ("C1", "undetermined", "exemption-pending"),
        ("C2", "undetermined", "scope-disputed"),
        ("C2", "no_breach", ""),
        ("C3", "breach", ""),
        ("C4", "breach", ""),
        ("C5", "undetermined", "measurement"),
        ("C8", "undetermined", "conflict"),
    } <= said


def test_every_value_of_every_certificate_is_sealed(hearing: tuple[m.Mandate, Material, Judgement]) -> None:
    mandate, tables, judgement = hearing
    roots = roots_of(tables)
    refused = accepted = 0
    for content in judgement.certificates.values():
        assert audit(content, mandate, tables) == []
        certificate = json.loads(content)
        for path, value in changes(certificate):
            problems = audit_certificate(
                changed(certificate, path, value), mandate=mandate, sources=SOURCES, roots=roots
            )
            if set(path) & {*PROSE, *STEERING}:
                accepted += not problems
            else:
                assert problems, f"{path} = {value!r} was accepted"
                refused += 1
    assert refused > 1_500
    assert accepted, "prose is not checked"


@pytest.mark.parametrize(
    "reason",
    [
        "conflict",
        "evidence",
        "one-sided",
        "measurement",
        "scope-disputed",
        "unknown-fact",
        "exemption-pending",
        "party",
        "",
    ],
)
@pytest.mark.parametrize("verdict", ["breach", "undetermined", "no_breach"])
def test_another_verdict_or_reason_over_true_facts_is_refused(
    verdict: str, reason: str, hearing: tuple[m.Mandate, Material, Judgement]
) -> None:
    mandate, tables, judgement = hearing
    for content in judgement.certificates.values():
        certificate = json.loads(content)
        if (certificate["verdict"], certificate["reason"]) != (verdict, reason):
            forged = canonical_bytes(certificate | {"verdict": verdict, "reason": reason})
            assert audit(forged, mandate, tables), certificate["clause"]


@pytest.mark.parametrize(
    ("name", "table", "change"),
    [
        ("breach", "placings", {"distance_mm": 26_000_000}),
        ("breach", "events", {"act": "move"}),
        ("breach", "observations", {"confidence_permille": 1}),
        ("disputed", "events", {"weapon_system": "strela_10"}),
        ("stored", "notices", {"status": "granted", "decided_by": "SMM"}),
    ],
)
def test_a_certificate_sealed_anew_around_a_changed_row_has_another_root(
    name: str, table: str, change: dict[str, object], hearing: tuple[m.Mandate, Material, Judgement]
) -> None:
    mandate, tables, _ = hearing
    rows = getattr(tables, table).to_pylist()
    keys = ("event_id", "observation_id", "subject_id")
    for number, row in enumerate(rows):
        if table == "notices" or any(str(row.get(key, "")).partition("-")[0] == name for key in keys):
            rows[number] = row | change
    import pyarrow as pa

    forged = replace(tables, **{table: pa.Table.from_pylist(rows, getattr(tables, table).schema)})
    for content in judge(forged, mandate=mandate, now_s=NOW_S).certificates.values():
        assert audit(content, mandate, forged) == []
        problems = audit(content, mandate, tables)
        assert any(problem.startswith(f"{table}: ") for problem in problems), problems


def test_a_certificate_is_for_the_mandate_it_was_made_under(hearing: tuple[m.Mandate, Material, Judgement]) -> None:
    _, tables, judgement = hearing
    other = parse_mandate(TEXT.replace("25km", "26km"), name="truce", source="truce.truce")
    moved = parse_mandate("\n\n" + TEXT, name="truce", source="elsewhere.truce")
    for content in judgement.certificates.values():
        assert audit(content, other, tables)
        assert audit(content, moved, tables) == [], "where a clause stands in its file means nothing"


def test_a_row_left_out_of_a_certificate_is_missed(hearing: tuple[m.Mandate, Material, Judgement]) -> None:
    mandate, tables, judgement = hearing
    for content in judgement.certificates.values():
        certificate = json.loads(content)
        for table in ("events", "observations"):
            for number in range(len(certificate["rows"][table])):
                rows = [row for n, row in enumerate(certificate["rows"][table]) if n != number]
                forged = certificate | {"rows": certificate["rows"] | {table: rows}}
                assert audit(canonical_bytes(forged), mandate, tables), f"{table} {number}"


def shots(*rows: dict[str, object]) -> Material:
    """Shots of P0 a second apart, each observed once; `by` says by which source."""
    events, observations = [], []
    for number, changes_of_row in enumerate(rows):
        change = dict(changes_of_row)
        source = str(change.pop("by", "own"))
        row = happening(T0_S + number, act="fire", parties=["P0"], **GUN) | change
        observations.append(observation(f"o{number}", row, source=source))
        events.append(event(f"s{number}", row, [f"o{number}"]))
    return material(events=events, observations=observations)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([{}, {}, {}], "breach"),
        ([{}, {}, {"latest_at_us": (T0_S + 2 * 86_400) * 1_000_000}], "undetermined"),
        (
            [{}, {}, {"earliest_at_us": (T0_S + 86_400) * 1_000_000, "latest_at_us": (T0_S + 86_401) * 1_000_000}],
            "undetermined",
        ),
        ([{}, {"count_hi": 2}], "undetermined"),
        ([{}, {}, {"act": ""}], "undetermined"),
        ([{}, {}, {"by": "paper"}], "undetermined"),
        ([{"count_lo": 3, "count_hi": None}], "breach"),
    ],
)
def test_a_limit_surely_exceeded_and_one_possibly_exceeded_cannot_be_exchanged(
    rows: list[dict[str, object]], verdict: str
) -> None:
    mandate, tables = parse_mandate(TEXT, name="truce", source="truce.truce"), shots(*rows)
    judgement = judge(tables, mandate=mandate, now_s=T0_S)
    (row,) = [row for row in judgement.findings.to_pylist() if row["clause"] == "C3"]
    assert row["verdict"] == verdict
    content = judgement.certificates[row["certificate_sha256"]]
    assert audit(content, mandate, tables) == []
    other = {"verdict": "breach", "reason": ""}
    if verdict == "breach":
        other = {"verdict": "undetermined", "reason": "measurement"}
    assert audit(canonical_bytes(json.loads(content) | other), mandate, tables)


def test_a_certificate_under_many_overrides_is_audited_at_one_look_for_each_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fifteen levels of three, each overridden by the whole next one: some fourteen million paths."""
    text = 'mandate "T" in force 2024-01-01\nparty P0 "one"\n'
    for level in range(15):
        overrides = "overrides " + " ".join(f"C{level - 1}_{each}" for each in range(3)) if level else ""
        rule = f"{'allowed' if level % 2 else 'prohibited'} P0 fire any"
        text += "".join(f'clause C{level}_{each} cites "1" {overrides} {rule}\n' for each in range(3))
    mandate, tables = parse_mandate(text, name="t", source="t.truce"), shots({})
    looks: list[str] = []
    look = auditor._Audit.fact

    def counted(self: auditor._Audit, atom: Atom, subject: str, row: dict[str, object]) -> object:
        looks.append(subject)
        assert len(looks) < 5_000, "a rule is looked at again for each way that leads to it"
        return look(self, atom, subject, row)

    judgement = judge(tables, mandate=mandate, now_s=NOW_S)
    monkeypatch.setattr(auditor._Audit, "fact", counted)
    assert len(judgement.certificates) == 24
    for content in judgement.certificates.values():
        looks.clear()
        assert audit(content, mandate, tables) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"{", b"\xff", b'{"rows": 1}', b"[" * 100_000])
def test_what_is_no_certificate_is_refused_in_words(
    content: bytes, hearing: tuple[m.Mandate, Material, Judgement]
) -> None:
    assert audit(content, hearing[0], hearing[1])


def test_findings_of_counts_do_not_depend_on_the_order_of_rows(
    hearing: tuple[m.Mandate, Material, Judgement],
) -> None:
    mandate, tables, judgement = hearing
    turned = replace(
        tables,
        **{name: getattr(tables, name).take(list(range(getattr(tables, name).num_rows))[::-1]) for name in TABLES},
    )
    again = judge(turned, mandate=mandate, now_s=NOW_S)
    assert again.certificates == judgement.certificates
    assert again.findings.equals(judgement.findings)
    assert NEAR_S[0] == T0_S
