import re
from dataclasses import replace

import pytest
from tests.report.ledger.reading import Page
from tests.report.ledger.valley import (
    ANSWER,
    GOALS,
    PAIRS,
    PLEDGES,
    ST,
    STATEMENTS,
    TWICE,
    WITHOUT_CREWS,
    WORLDS,
    view,
)

from truceline.model.feasibility import Note
from truceline.report.ledger import ledger_files

SIGNS = {"possible": "+ possible", "impossible": "× impossible", "not_decided": "? not decided"}


@pytest.fixture(scope="module")
def files():
    return ledger_files(view())


@pytest.fixture(scope="module")
def page(files):
    return Page(files["ledger.html"])


def page_of(**other):
    return Page(ledger_files(view(**other))["ledger.html"])


# --- every figure opens to its sentences ------------------------------


def test_every_sentence_has_its_anchor_and_every_link_leads_somewhere(files, page):
    assert set(ST.values()) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    for address in page.addresses:
        if address.startswith("#"):
            assert address[1:] in page.ids, address
        else:
            assert address.startswith("data:") or address in files, address


COUNTED = {"lines-table": (3, 5, 6), "mouths-table": (0, 4), "chains-table": (4,), "documents-table": (3,)}


def test_every_figure_that_counts_confirmed_sentences_leads_to_them(page):
    for key, columns in COUNTED.items():
        for row, links in zip(page.rows(key), page.links[key][1:], strict=True):
            for at in columns:
                number = row[at].split()[0]
                if row[0] != "Total" and number not in ("0", "–"):
                    assert links[at], (key, row)
                    assert all(address.startswith("#st-") for address in links[at])
    for row, links in zip(page.rows("chains-table"), page.links["chains-table"][1:], strict=True):
        assert int(row[-1].split()[0]) == len(links[-1])


RESULTS = ("matrix-1-table-1", "coverage-1-table", "conditions", "caveats", "offers-1", "readings-1",
           "against-1-1", "against-1-2", "against-1-3")  # fmt: skip


def test_every_row_of_a_result_leads_to_the_sentences_it_rests_on(page):
    for key in RESULTS:
        for row, links in zip(page.rows(key), page.links[key][1:], strict=True):
            sourced = any(word in " ".join(row) for word in ("source", "note verbale", "resolution"))
            assert sourced or any(address.startswith("#st-") for cell in links for address in cell), (key, row)


def test_each_key_figure_leads_to_where_it_is_broken_down_and_says_what_it_leaves_out(files, page):
    tiles = re.findall(r"(?s)<li><b><a href=\"#([^\"]+)\">([^<]+)</a></b>(.*?)</li>", files["ledger.html"].decode())
    assert [value for _, value, _ in tiles] == ["5", "15", "8", "7", "2", "1 of 3", "6 of 8", "3 of 8", "6 of 8"]
    for href, _, words in tiles:
        assert href in page.ids
        assert "not in it: " in words


def test_the_sentence_stands_in_its_context_with_document_place_chain_date_and_readers(files):
    text = files["ledger.html"].decode()
    card = text[text.index(f'id="{ST[1]}"') : text.index(f'id="{ST[2]}"')]
    assert "It was told that <mark>Serrania is weighing whether to take part" in card
    assert "</mark>. Talks" in card
    for words in (
        f"characters 100 to {100 + len(STATEMENTS[0].words)}", "“reported”, characters 80 to 88",
        "23 March 2026 (basis: the text&#39;s first line)",
        "publisher: Valley Post", "reporter: Halden Tagblatt; reliability B, credibility 3",
        "origin: diplomats in Port Regis (unnamed)", "A. Reader and B. Second", "clause, right in 83 %",
        "“weighing whether”", "is restated by", "Tells the stance of", "doc-1",
    ):  # fmt: skip
        assert words in card, words
    assert "one reader" not in card


def test_what_one_person_alone_has_read_is_marked_wherever_it_counts(page):
    marked = {row[0] for row in page.rows("mouths-table") if "one reader" in row[2]}
    assert len(marked) == len(STATEMENTS) - len(TWICE)
    assert "[13]" in next(row[2] for row in page.rows("lines-table") if row[0].startswith("Meridia"))
    assert "one reader" in next(row[2] for row in page.rows("lines-table") if row[0].startswith("Meridia"))
    assert "one reader" not in next(row[2] for row in page.rows("lines-table") if row[0].startswith("Lindmark"))


# --- nothing unconfirmed ------------------------------


def test_nothing_unconfirmed_is_printed_but_as_a_number_of_what_waits(files, page):
    for content in files.values():
        assert b"st-unread" not in content
        assert b"st-was-replaced" not in content
    rows = dict(page.rows("waits-table"))
    assert rows["suggested statements"] == "7"
    assert rows["suggested relations between statements"] == "4"
    states = page.rows("tally-table")
    assert [int(number) for _, number in states] == [15, 1, 7, 3, 1, 2, 29]
    assert "2 other candidates wait to be read" in page.words


def test_what_went_is_told_without_its_words(page):
    went = next(row for row in page.rows("changed-table") if row[2] == "stands no longer")
    assert went[-1] == "no longer confirmed"
    assert went[3:5] == ["ready", "August 2026"]


def test_without_a_date_nothing_is_said_of_changes():
    assert "changed" not in page_of(since="", changes=()).ids


# --- lines, denials, chains ------------------------------


def test_own_words_and_what_others_tell_stand_apart_with_origins_of_each(page):
    rows = {row[0]: row for row in page.rows("lines-table")}
    serrania = rows["Serrania (SERRANIA)"]
    assert serrania[2] == "undeclared: nothing by itself is confirmed"
    assert serrania[3] == "0"
    assert serrania[4].startswith("considering and not ruled out")
    assert serrania[5].startswith("2 [1]")
    assert serrania[6].startswith("1 [5]")


def test_where_dates_overlap_it_is_not_said_which_words_came_last(page):
    veleria = next(row for row in page.rows("lines-table") if row[0].startswith("Veleria"))
    assert veleria[2].startswith(
        "requires, August 2026 · or opposes, by 20 August 2026 (which came last is not stated)"
    )


def test_a_claim_stands_beside_its_denial_with_both_quoted(files):
    text = files["ledger.html"].decode()
    part = text[text.index('<section id="denials"') : text.index('<section id="chains"')]
    assert part.count('<div class="card">') == 2 * len(PAIRS)
    assert "spoken of as “these reports”" in part
    assert "No person has said that it is one of these" in part
    assert "“A Serranian contribution could make Dorsania think again”" in part
    assert "“not a presence on the ground”" in part
    assert "a denial is no refusal" in part


def test_a_report_that_a_person_found_leads_to_its_document():
    found = (replace(PAIRS[0], document_id="doc-3"), PAIRS[1])
    assert "A person found it to be Who pledged what" in page_of(pairs=found).words


def test_each_chain_tells_where_it_began_and_a_report_spoken_of_is_no_origin(page):
    rows = page.rows("chains-table")
    assert len(rows) == 13
    denial = next(row for row in rows if row[3] == "these reports")
    assert denial[2] == "Foreign Ministry of Serrania (origin)"
    bare = next(row for row in rows if row[3] == "such a plan")
    assert bare[2] == "not stated"
    unnamed = [row for row in rows if row[2] == "told by Halden Tagblatt (unnamed)"]
    assert len(unnamed) == 2
    assert "15 statements came through 13 chains from 10 origins" in page.words


# --- feasibility ------------------------------


def test_the_table_of_worlds_says_what_the_results_say(page):
    head, *rows = page.tables["worlds-1-table"]
    assert head[1:4] == ["A, Dorsania", "B, Veleria", "C, Dorsania"]
    assert head[4:] == [goal.name for goal in GOALS]
    assert len(rows) == len(WORLDS.worlds) + 1
    for row, links, world in zip(rows, page.links["worlds-1-table"][1:], WORLDS.worlds, strict=False):
        assert [cell.split(" ", 1)[1] for cell in row[1:4]] == [label for _, label in world.readings]
        for cell, refs, outcome in zip(row[4:], links[4:], world.outcomes, strict=True):
            assert cell.strip().startswith(SIGNS[outcome.outcome])
            wanted = {f"#{row_id}" for row_id in outcome.statements} or {"#readings-1"}
            assert set(refs) == wanted
    assert [cell.strip() for cell in rows[-1][4:]] == ["possible in 6 of 8", "possible in 3 of 8", "possible in 6 of 8"]


def test_what_makes_a_goal_impossible_is_quoted_with_the_worlds_in_which_it_does(page):
    rows = page.rows("against-1-2")
    assert [row[0] for row in rows] == ["1, 2", "and", "3, 5, 7"]
    assert "“it would not back a force of that kind on Velerian soil”" in rows[2][2]
    assert (
        "hangs on how these sentences are read: A (alone decides 1 pair), B (alone decides 1 pair) and C (alone"
        in page.words
    )


def test_an_answer_that_was_not_decided_is_told_by_word_and_sign():
    world = WORLDS.worlds[0]
    open_one = replace(world.outcomes[0], outcome="not_decided", reasons=(), statements=())
    worlds = replace(
        WORLDS, worlds=(replace(world, outcomes=(open_one, *world.outcomes[1:])), *WORLDS.worlds[1:]), undecided=1
    )
    page = page_of(answers=(replace(ANSWER, worlds=worlds),))
    assert page.rows("worlds-1-table")[0][4] == "? not decided"
    assert "1 answer not decided, for the search stopped." in page.words


def test_the_matrix_shows_status_gap_sole_provider_caveat_and_condition(page):
    rows = {row[0].split(":")[0]: row for row in page.rows("matrix-1-table-1")}
    assert rows["drones"][1] == "+ met: 36 of 30"
    assert rows["crews"][1] == "× gap: 0 of 10, 10 short"
    assert rows["drones"][2] == "conditional: 12 to 16 drones [11]"
    meridia, tarn, council = rows["crews"][5], rows["bases"][6], rows["analysts"][3]
    assert "kept out by “no presence on the ground”" in meridia
    assert "does not count" in meridia
    assert "its condition does not hold: “bases_agreed”" in tarn
    assert council.endswith("alone")
    assert page.links["matrix-1-table-1"][1][2] == [f"#{ST[11]}"]


def test_many_contributors_are_set_in_several_tables_and_none_is_lost():
    many = tuple(replace(PLEDGES[0], pledge_id=f"plg-{n}", actor_id=f"STATE_{n:02}") for n in range(14))
    page = page_of(pledges=(*PLEDGES, *many))
    heads = [page.tables[f"matrix-1-table-{at}"][0][2:] for at in (1, 2, 3, 4)]
    assert [len(head) for head in heads] == [6, 6, 6, 1]
    assert sum(1 for head in heads for name in head if name.startswith("STATE_")) == 14
    assert "matrix-1-table-5" not in page.tables


def test_coverage_says_threshold_bound_and_with_whom(page):
    rows = page.rows("coverage-1-table")
    assert rows[0][:3] == ["committed", "0 of 3", "1 of 4"]
    assert rows[1][0] == "conditional (this scenario's)"
    assert (
        "stopped before it was proven; met: 2 found, 3 is the bound; shortfall: 200 % of a requirement found"
        in rows[2][4]
    )
    assert rows[1][5] == "Corvalle and Lindmark"


def test_every_result_says_scenario_threshold_and_closed_world(files):
    text = re.sub(r"\s+", " ", files["ledger.html"].decode())
    for key in ("matrix", "coverage", "coalitions", "why", "worlds"):
        part = text[text.index(f'<section id="{key}-1"') :]
        part = part[: part.index("</section>")]
        assert "As told, nothing assumed" in part, key
        assert "“conditional”" in part, key
        assert "what nobody states is taken not to be so" in part, key


def test_coalitions_vetoes_and_leavers_of_a_second_scenario_stand_under_its_name():
    page = page_of(answers=(ANSWER, WITHOUT_CREWS))
    assert page.rows("coalitions-2-table")[0] == ["3", "Corvalle, Lindmark and Tarn", "[10] [11] [12]"]
    assert "there may be others, of at least 3 members" in page.words
    assert [row[:2] for row in page.rows("vetoes-2")] == [
        ["Lindmark (LINDMARK)", "not without"],
        ["Tarn (TARN)", "not without"],
        ["Corvalle (CORVALLE)", "? not decided: the search stopped"],
    ]
    assert [row[0] for row in page.rows("defection-2")] == ["Lindmark", "Tarn"]
    assert "With whom, and without whom not (Crews are lent)" in page.words
    assert "no-force read as “of March only”" in page.words
    assert next(row for row in page.rows("offers-2") if row[0].startswith("Lindmark"))[-1].startswith("firm enough")
    assert "× already impossible with everybody" in page.words
    assert "Worlds were not asked for." in page.words


def test_notes_of_the_results_are_printed_once():
    note = Note(kind="circle", words="A only if B, B only if A: all of these or none")
    page = page_of(answers=(replace(ANSWER, coverage=tuple(replace(each, notes=(note,)) for each in ANSWER.coverage)),))
    assert [row[0] for row in page.rows("notes-1-table")] == [
        "holds only through itself",
        "not so, for nobody states it",
    ]


def test_a_ledger_in_which_nothing_stands_has_a_page():
    from truceline.model.ledger_view import LedgerView

    page = Page(ledger_files(LedgerView(name="", known_at_us=0))["ledger.html"])
    assert "No statement has a stated chain." in page.words
    assert "not asked: no scenario" in page.words


def test_no_state_is_ranked_and_words_stay_neutral(files):
    for name, content in files.items():
        if name.endswith(".html"):
            words = Page(content).words.lower()
            for loaded in ("trustworth", "liar", "lied", "false claim", "aggressor", "propaganda", "score", "verified"):
                assert loaded not in words, (name, loaded)


def test_every_kind_of_relation_has_words_in_both_directions():
    from truceline.model.position import RelationKind
    from truceline.report.ledger.words import RELATION_WORDS

    assert set(RELATION_WORDS) == set(RelationKind.__args__)
