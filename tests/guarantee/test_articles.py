"""The invented articles and their annotation agree: every span re-reads to its words, words come from closed lists."""

import html
import json
import re
from pathlib import Path

import pytest

ARTICLES = Path(__file__).parent / "articles"
DOCUMENTS = json.loads((ARTICLES / "documents.json").read_text("utf-8"))
TAG = re.compile(r"<!--.*?-->|<[^>]+>", re.DOTALL)
DAY = r"\d{4}(-\d\d(-\d\d)?)?"
MARKS = set("“”\"‘'«")
OPENING = set('“"‘«')
EDTF = re.compile(rf"|(\.\.)?{DAY}|{DAY}/{DAY}|XXXX-\d\d-\d\d")

WORDS = {
    "key": """id article file tier line content content_span cue cue_span speaker_text speaker_span speaker
    speaker_type speaks_for source_chain attribution verb_class stance move stance_holder about topic strands
    conditions hedges date_said date_event relations note""",
    "role": "publisher republisher author relay reporter origin denier characteriser",
    "strand": "troops observers police air sea money hosting training equipment drones",
    "relation": """denies contradicts tension opposes updates restates corroborates elaborates continues hedge_drift
    bears_on nested_in""",
    "tier": "core nested headline boilerplate unattributed other_script",
    "attribution": "direct indirect mixed headline none",
    "stance": """considering not_ruled_out ready conditional committed refused withdrawn requires opposes accepts
    requests""",
    "move": "denies proposes assesses reports open_issue",
    "verb_class": """say tell write add report according_to announce confirm acknowledge deny reject refuse propose
    offer request demand warn pledge agree believe doubt argue hint signal express characterise not_rule_out not_say
    continuation headline headline_dash passive none""",
    "speaker_type": """state office official politician party igo organisation coalition media think_tank expert
    document anonymous generic""",
}
CLOSED = {kind: tuple(words.split()) for kind, words in WORDS.items()}
ONE_OF = ("tier", "attribution", "verb_class", "stance", "move", "speaker_type")
MAY_BE_EMPTY = ("stance", "move", "speaker_type")


def text_of(stem: str) -> str:
    return (ARTICLES / DOCUMENTS[stem]["file"]).read_bytes().decode("utf-8")


def reread(raw: str, span: list[int], file: str) -> str:
    words = raw[slice(*span)]
    return html.unescape(TAG.sub("", words)) if file.endswith(".html") else words


def rows_of(stem: str) -> list[dict]:
    return [json.loads(line) for line in (ARTICLES / f"{stem}.jsonl").read_text("utf-8").splitlines()]


ROWS = {stem: rows_of(stem) for stem in DOCUMENTS}
EVERY = [row for rows in ROWS.values() for row in rows]
each_article = pytest.mark.parametrize("stem", DOCUMENTS)


@each_article
def test_every_span_rereads_to_its_words(stem):
    raw = text_of(stem)
    for row in ROWS[stem]:
        for words, span in (("content", "content_span"), ("cue", "cue_span"), ("speaker_text", "speaker_span")):
            assert (row[words] is None) == (row[span] is None), f"{row['id']}: {words} and {span}"
            if row[span]:
                assert reread(raw, row[span], row["file"]) == row[words], f"{row['id']}: {words}"
        assert row["line"] == raw.count("\n", 0, row["content_span"][0]) + 1, f"{row['id']}: line"


@each_article
def test_a_cue_and_a_speaker_lie_outside_the_content_unless_nested(stem):
    for row in ROWS[stem]:
        start, end = row["content_span"]
        for span in (row["cue_span"], row["speaker_span"]):
            outside = span is None or span[1] <= start or span[0] >= end
            assert outside or row["tier"] == "nested", f"{row['id']}: {span} lies in {[start, end]}"


@each_article
def test_content_carries_no_final_stop_and_no_outer_space(stem):
    for row in ROWS[stem]:
        assert row["content"] == row["content"].strip(" \n.,;:"), f"{row['id']}: {row['content'][-20:]!r}"


@each_article
def test_direct_words_stand_in_quotation_marks_and_indirect_ones_hold_none(stem):
    raw = text_of(stem)
    for row in ROWS[stem]:
        start = row["content_span"][0]
        quoted = reread(raw, [max(0, start - 7), start], row["file"])[-1:] in MARKS
        assert row["attribution"] != "direct" or row["tier"] == "nested" or quoted, f"{row['id']}: no mark before"
        assert row["attribution"] != "mixed" or MARKS & set(row["content"]), f"{row['id']}: no mark inside"
        assert row["attribution"] != "indirect" or not OPENING & set(row["content"]), f"{row['id']}: a mark inside"


@each_article
def test_conditions_and_hedges_are_copied_from_the_article(stem):
    raw = text_of(stem)
    words = reread(raw, [0, len(raw)], DOCUMENTS[stem]["file"])
    for row in ROWS[stem]:
        missing = [copied for copied in row["conditions"] + row["hedges"] if copied not in words]
        assert not missing, f"{row['id']}: {missing}"


def test_ids_are_unique_and_name_their_article():
    ids = [row["id"] for row in EVERY]
    assert len(set(ids)) == len(ids)
    for stem, rows in ROWS.items():
        for row in rows:
            assert stem.startswith(row["article"] + "-"), row["id"]
            assert row["id"].startswith(row["article"] + "-"), row["id"]
            assert row["file"] == DOCUMENTS[stem]["file"], row["id"]


def test_every_relation_points_to_another_existing_statement():
    ids = {row["id"] for row in EVERY}
    for row in EVERY:
        for relation in row["relations"]:
            assert relation["type"] in CLOSED["relation"], f"{row['id']}: {relation}"
            assert relation["target"] in ids - {row["id"]}, f"{row['id']}: {relation}"


def test_a_nested_statement_stands_inside_the_statement_it_names():
    spans = {row["id"]: row for row in EVERY}
    for row in (row for row in EVERY if row["tier"] == "nested"):
        outer = [spans[r["target"]] for r in row["relations"] if r["type"] == "nested_in"]
        if outer:
            start, end = outer[0]["content_span"]
            assert start <= row["content_span"][0] <= row["content_span"][1] <= end, row["id"]


def test_a_continuation_has_no_cue_and_follows_the_same_speaker():
    by_id = {row["id"]: row for row in EVERY}
    for row in (row for row in EVERY if row["verb_class"] == "continuation"):
        targets = [by_id[r["target"]] for r in row["relations"] if r["type"] == "continues"]
        assert row["cue"] is None, row["id"]
        assert [target["speaker"] for target in targets] == [row["speaker"]], row["id"]


def test_every_row_has_the_same_keys_and_words_of_the_closed_lists():
    for row in EVERY:
        assert tuple(row) == CLOSED["key"], row["id"]
        for key in ONE_OF:
            empty = key in MAY_BE_EMPTY and not row[key]
            assert empty or row[key] in CLOSED[key], f"{row['id']}: {key} {row[key]!r}"
        assert set(row["strands"]) <= set(CLOSED["strand"]), row["id"]
        assert EDTF.fullmatch(row["date_said"]["value"]), f"{row['id']}: {row['date_said']}"


def test_a_statement_has_a_stance_with_its_holder_or_a_move_and_not_both():
    for row in EVERY:
        assert not (row["stance"] and row["move"]), row["id"]
        assert bool(row["stance"]) == bool(row["stance_holder"]), f"{row['id']}: a stance and its holder go together"
    assert sum(not row["stance"] and not row["move"] for row in EVERY if row["tier"] == "core") == 1


def test_a_source_chain_begins_with_the_document_and_ends_with_the_origin():
    for stem, rows in ROWS.items():
        head = [DOCUMENTS[stem][role] for role in ("republisher", "publisher", "author") if DOCUMENTS[stem][role]]
        for row in rows:
            names = [link["name"] for link in row["source_chain"]]
            roles = [link["role"] for link in row["source_chain"]]
            assert set(roles) <= set(CLOSED["role"]), f"{row['id']}: {roles}"
            assert row["tier"] == "boilerplate" or names[: len(head)] == head, f"{row['id']}: {names}"
            assert row["tier"] == "unattributed" or roles[-1] == "origin", f"{row['id']}: {roles}"


def test_the_two_halves_are_ten_articles_each_and_every_file_is_accounted_for():
    assert [sum(stem.startswith(half) for stem in DOCUMENTS) for half in ("seen-", "held-")] == [10, 10]
    named = {"README.md", "documents.json", "actors.json"}
    named |= {f"{stem}.jsonl" for stem in DOCUMENTS} | {document["file"] for document in DOCUMENTS.values()}
    assert {path.name for path in ARTICLES.iterdir()} == named
    for stem, document in DOCUMENTS.items():
        assert EDTF.fullmatch(document["published"]), stem


def test_the_readme_says_first_that_all_of_it_is_invented():
    first = (ARTICLES / "README.md").read_text("utf-8").splitlines()[0]
    assert first.startswith("<!-- Everything in this folder is invented")
