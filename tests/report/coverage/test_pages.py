import json
import re
from dataclasses import replace

import pytest
from tests.report.coverage.coast import plan, plan_ground, tradeoff

from truceline.base.errors import TotalsError
from truceline.model.tradeoff import CONDITIONS
from truceline.report.coverage import plan_geojson, plan_page, plan_rows, posts_page
from truceline.report.tables import csv_bytes


def text_of(page: bytes) -> str:
    """The page's words, without markup."""
    words = re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", page.decode())
    return re.sub(r"\s+", " ", words).replace("&#39;", "'").replace("&amp;", "&")


@pytest.fixture(scope="module")
def page():
    return plan_page(plan(), plan_ground())


@pytest.mark.parametrize("made", [lambda: plan_page(plan(), plan_ground()), lambda: posts_page(tradeoff())])
def test_a_page_loads_nothing_runs_nothing_and_is_the_same_again(made):
    page = made()
    assert page == made()
    assert b"default-src 'none'" in page
    assert b"<script" not in page
    assert not re.search(rb'(?:src|href)="(?!data:|#)', page)


# --- the plan ------------------------------


def test_the_plan_says_what_it_meets_and_what_no_plan_could_better(page):
    said = text_of(page)
    assert "36 sorties look into 84 of the 100 windows" in said
    assert "could leave less than 12.9 unmet; this one leaves 13.2" in said
    assert "at most 2.3 % worse than the best there can be" in said
    assert "8 windows no sortie could meet" in said
    assert "Computed proposal; not approved by a person." in said


def test_a_plan_that_is_proven_best_says_so():
    said = text_of(plan_page(replace(plan(), gap_ratio=0.0, bound_ratio=13.2), plan_ground()))
    assert "No plan with these drones, crews and closures could leave less unmet: this is proven." in said


def test_every_duty_has_its_windows_met_and_unmet_and_the_reason(page):
    said = text_of(page)
    assert "EVERY_4_HOURS 60 48 12 8 none here sees persons at night: thermal cameras" in said
    assert "STORES 40 36 4 0 too few crews at Base East from 02:00: one crew more" in said
    assert "Total 100 84 16 8" in said


def test_without_the_number_of_windows_only_the_unmet_are_listed():
    said = text_of(plan_page(plan(), replace(plan_ground(), asked={})))
    assert "Duties with windows that stay unmet" in said
    assert "EVERY_4_HOURS 12 8" in said


def test_windows_that_do_not_add_up_give_no_page():
    with pytest.raises(TotalsError):
        plan_page(plan(), replace(plan_ground(), asked={"EVERY_4_HOURS": 60, "STORES": 41}))


def test_needs_closures_and_what_could_not_be_used_are_printed(page):
    said = text_of(page)
    assert "crews 4 Base West sorties in the air at once" in said
    assert "airspace closed, contact km 30 to 50, by NORTH: exercise" in said
    assert "The spell of 24 April lies outside the plan and was not used." in said
    assert "2h before each launch" in said


def test_each_sortie_is_in_the_table_with_what_it_looks_at(page):
    said = text_of(page)
    for one in plan().sorties:
        assert one.sortie_id in said
    assert "s-000 Base West small 23 Apr 2025 04:00 23 Apr 2025 05:00 60 contact km 0 to 12" in said


def test_a_plan_without_a_single_sortie_still_has_a_page():
    none = replace(plan(), sorties=(), met=0, unmet=(), windows=0)
    said = text_of(plan_page(none, replace(plan_ground(), asked={})))
    assert "0 sorties look into 0 of the 0 windows" in said
    assert "No sortie." in said


def test_geojson_holds_every_sortie_with_its_track_and_times():
    whole = json.loads(plan_geojson(plan()))
    assert [each["id"] for each in whole["features"]] == [one.sortie_id for one in plan().sorties]
    first = whole["features"][0]
    assert first["geometry"]["coordinates"][0] == first["geometry"]["coordinates"][-1] == [37.45, 48.2]
    assert first["properties"]["launch_at"] == "2025-04-23T01:00:00Z"
    assert len(first["properties"]["legs"]) == 6
    assert whole["disclaimer"]


def test_rows_are_one_for_each_leg_and_go_into_a_table():
    rows = plan_rows(plan())
    assert len(rows) == 6 * 36
    assert [row["launch_at"] for row in rows] == sorted(row["launch_at"] for row in rows)
    assert csv_bytes(rows, list(rows[0])).count(b"\r\n") == 1 + 6 * 36


# --- drones against posts ------------------------------


def test_the_first_sentences_say_what_drones_can_and_cannot_replace():
    said = text_of(posts_page(tradeoff()))
    assert "By these figures 80 drones can replace the eyes of 160 posts by day and by night." in said
    assert "They cannot in bad weather and with 75 % of flights disturbed: there the posts would see more." in said
    assert "160 posts with 320 patrols a day and no drone need 1,280 people at the line." in said
    assert "80 drones and no post need nobody at the line and 240 elsewhere." in said
    assert "Neither would see as much as half in bad weather and with 75 % of flights disturbed" in said
    assert "Seen no less by the drones, in every condition: STORES." in said
    assert "Seen less by the drones, in every condition: NO_FIRE." in said


def test_the_mix_with_the_fewest_people_sees_no_less_in_any_condition():
    whole = tradeoff()
    said = text_of(posts_page(whole))
    found = re.search(r"fewest people at the line is (\d+) drones with (\d+) posts: ([\d,]+) people", said)
    assert found
    posts = next(each for each in whole.mixes if (each.drones, each.posts) == (0, 160))
    best = next(each for each in whole.mixes if (each.drones, each.posts) == (int(found[1]), int(found[2])))
    assert all(best.observed_permille[name] >= posts.observed_permille[name] - 20 for name in CONDITIONS)
    fewer = [each for each in whole.mixes if each.people_at_line < best.people_at_line]
    assert all(any(each.observed_permille[n] < posts.observed_permille[n] - 20 for n in CONDITIONS) for each in fewer)


def test_drones_that_see_nothing_are_said_to_replace_nothing():
    blind = tuple(
        replace(each, observed_permille=dict.fromkeys(CONDITIONS, 600 if each.posts == 160 else 0))
        for each in tradeoff().mixes
    )
    said = text_of(posts_page(replace(tradeoff(), mixes=blind)))
    assert "80 drones would see less than 160 posts in every condition that was tried" in said
    assert "No mix that was tried sees as much" in said


def test_every_mix_every_assumption_and_what_only_people_do_is_printed():
    whole = tradeoff()
    said = text_of(posts_page(whole))
    for words in whole.assumptions:
        assert words in said
    assert "what only people do" in said
    assert "80 160 1,280 240 320 320 312,000 to 528,000 EUR 90 % 70 % 24 % 47 %" in said
    unpriced = replace(
        whole, mixes=tuple(replace(each, cost_low_amount=None, cost_high_amount=None) for each in whole.mixes)
    )
    assert text_of(posts_page(unpriced)).count("not entered") == len(whole.mixes)


def test_what_neither_sees_is_called_so_and_small_shares_are_not_called_equal() -> None:
    made = tradeoff()
    dim = replace(
        made,
        mixes=tuple(
            replace(mix, observed_permille={name: share // 30 for name, share in mix.observed_permille.items()})
            for mix in made.mixes
        ),
        clauses=tuple(
            replace(each, observed_permille=dict.fromkeys(each.observed_permille, 6)) for each in made.clauses
        ),
    )
    page = posts_page(dim).decode()
    assert "Hardly seen by either, under 5 % in every condition" in page
    assert "Seen no less by the drones" not in page
    best = max(mix.observed_permille["bad_weather"] for mix in dim.mixes if mix.posts and not mix.drones)
    blind = [mix for mix in dim.mixes if mix.observed_permille["bad_weather"] < best * 0.8]
    assert blind, "the world has such mixes"
    for mix in blind:
        assert f"is {mix.drones} drones with {mix.posts} posts" not in page
