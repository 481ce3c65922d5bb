"""Whatever bytes arrive: nothing is raised but what the card promises, and every row is accounted for."""

import csv
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observe.packages import FORM_FEED, REPEAT_FEED, as_form
from tests.observe.sample import (
    ARROW_FEED,
    CONTEXT,
    CSV,
    FEED,
    GEOJSON_FEED,
    HEADER,
    JSON_FEED,
    JSON_ROWS,
    PARQUET_FEED,
    ROWS,
    as_arrow,
    as_geojson,
    as_json,
    as_parquet,
    read,
    read_cells,
)

from truceline.model.batch import Batch
from truceline.model.mission import Feed
from truceline.observe.mapping import columns_of
from truceline.observe.reasons import REASONS
from truceline.observe.tables import raw_rows

WHOLE = {
    "csv": (CSV, FEED),
    "geojson": (as_geojson(), GEOJSON_FEED),
    "parquet": (as_parquet(20), PARQUET_FEED),
    "json": (as_json(), JSON_FEED),
    "lines": (b"\n".join(as_json(row)[1:-1] for row in JSON_ROWS), JSON_FEED),
    "arrow": (as_arrow(20), ARROW_FEED),
    "arrow file": (as_arrow(20, whole_file=True, compression="zstd"), ARROW_FEED),
    "form": (as_form(), FORM_FEED),
    "form's repeat": (as_form(), REPEAT_FEED),
}


def accounted(content: bytes, feed: Feed) -> Batch:
    """Read it; every raw row is in one of the two tables, every reject is named, every row can be meant."""
    batch = read(content, feed)
    wanted = tuple(columns_of(feed).values())
    assert batch.rows.num_rows + batch.rejects.num_rows == sum(1 for _ in raw_rows(content, feed=feed, wanted=wanted))
    for reject in batch.rejects.to_pylist():
        assert reject["reason"] in REASONS
        assert reject["problem"]
        assert reject["raw_at"]
    for row in batch.rows.to_pylist():
        assert row["earliest_at_us"] <= row["latest_at_us"]
        assert row["count_hi"] is None or row["count_lo"] <= row["count_hi"]
        assert (row["lon_deg"] is None) == (row["cov_ee_m2"] is None)
        assert row["cov_ee_m2"] is None or row["cov_ee_m2"] > 0
    return batch


def mutated(content: bytes, chance: random.Random) -> bytes:
    """`content` with one to four bytes changed, removed, doubled or inserted, or with its end cut off."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(6)
        some = bytes(chance.choice(b'",;\n\r\0\xff\xd0\xef-0159.:~<>{}[]ae') for _ in range(chance.randint(1, 5)))
        if kind == 0:
            changed[at : at + 1] = some[:1]
        elif kind == 1:
            del changed[at : at + chance.randint(1, 8)]
        elif kind == 2:
            changed[at:at] = some
        elif kind == 3:
            changed[at:at] = changed[at : at + chance.randint(1, 60)]
        elif kind == 4:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif chance.random() < 0.2:
            del changed[at:]
    return bytes(changed)


@given(st.binary(max_size=300), st.sampled_from(sorted(WHOLE)))
def test_bytes_behind_a_whole_file_never_stop_the_reading(tail: bytes, kind: str) -> None:
    content, feed = WHOLE[kind]
    batch = accounted(content + tail, feed)
    if kind == "csv" and b'"' not in tail:
        assert batch.rows.num_rows >= len(ROWS) - 1  # the last row may run on into the tail


@given(st.binary(max_size=400), st.sampled_from(sorted(WHOLE)))
def test_any_bytes_at_all_are_read_or_named(content: bytes, kind: str) -> None:
    accounted(content, WHOLE[kind][1])


@given(st.text(max_size=400), st.sampled_from(["utf-8", "utf-16", "cp1251", "latin-1", "utf-7", "shift_jis"]))
def test_any_text_in_any_encoding_is_read_or_named(text: str, encoding: str) -> None:
    accounted(CSV + text.encode("utf-8", "surrogatepass"), replace(FEED, encoding=encoding))


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(WHOLE)))
def test_mutated_files_are_read_or_named(chance: random.Random, kind: str) -> None:
    content, feed = WHOLE[kind]
    accounted(mutated(content, chance), feed)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters='"\r\n'), max_size=40) | st.sampled_from(ROWS[3:]))
)
def test_every_line_that_is_not_blank_is_a_row_or_a_reject(lines: list[str]) -> None:
    batch = read("\n".join([HEADER, *lines]).encode())
    assert batch.rows.num_rows + batch.rejects.num_rows == sum(1 for line in lines if line)
    assert batch.rows.num_rows == len({line for line in lines if line in ROWS})  # the same id twice is refused


CELL = st.text(st.characters(codec="utf-8", exclude_characters='"'), max_size=30) | st.sampled_from(
    [
        "NaN",
        "95",
        "-0",
        "1e5",
        "~170",
        ">=45",
        "2025-03-10",
        "--12-04",
        "24:00",
        "NNW",
        "T-64/T-72",
        "UAF;AFC",
        "0.5",
    ]
)
FIELDS = [
    "begins",
    "ends",
    "lon",
    "lat",
    "error_m",
    "party",
    "act",
    "system",
    "class",
    "calibre",
    "count",
    "confidence",
]
FIELDS += ["range_min_km", "range_max_km", "bearing_from", "bearing_to", "id", "means", "object"]


@given(st.dictionaries(st.sampled_from(FIELDS), CELL, max_size=6))
def test_any_cell_is_read_or_named(cells: dict[str, str]) -> None:
    batch = read_cells(CONTEXT, **cells)
    assert batch.rows.num_rows + batch.rejects.num_rows >= 1


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_every_cut_of_a_file_is_read_or_named(kind: str) -> None:
    content, feed = WHOLE[kind]
    step = max(1, len(content) // 150)
    for end in range(0, len(content), step):
        accounted(content[:end], feed)


@given(st.permutations(range(len(ROWS))))
def test_the_order_of_rows_does_not_change_what_they_say(order: list[int]) -> None:
    header = CSV.split(b"\n", 1)[0].decode()
    shuffled = "\n".join([header, *(ROWS[number] for number in order)]).encode()
    plain = {"raw_at", "raw_sha256", "observation_id"}

    def said(batch: Batch) -> list[str]:
        return sorted(
            str({name: value for name, value in row.items() if name not in plain}) for row in batch.rows.to_pylist()
        )

    assert said(read(shuffled)) == said(read(CSV))


def test_the_csv_module_still_has_the_field_limit_that_is_documented() -> None:
    assert csv.field_size_limit() == 131_072
