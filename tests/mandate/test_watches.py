"""Duties to look: what may be written, what it means in words and hashes, and what the checker says of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from truceline.base.errors import MandateError, MandateNameError, MandateSyntaxError
from truceline.mandate import (
    check_mandate,
    compare_stated,
    format_text,
    mandate_from_json,
    mandate_to_json,
    mandate_words,
    parse_mandate,
    print_mandate,
    same_meaning,
    signed_text,
)
from truceline.model import mandate as m
from truceline.terms import dues_of

MANDATES = Path(__file__).parents[2] / "mandates"
DAY_S = 86_400
HEAD = """mandate "T" in force 2031-05-01T00:00
party A "side A" baseline L
party B "side B" baseline L from 2031-05-11
party C "side C" not bound "it signed nothing"
body M "the mission" monitors by uav_image site_visit
line L "l" left A right B
zone park "p" until 2031-07-01
site depot "d" verified by M
weapons HEAVY = tank
clause STRIP cites "2" prohibited A B present HEAVY within 2km of L from entry + 3d
clause LATE cites "3" prohibited B present HEAVY within 10km of L until 2031-06-01
clause SKY cites "4" prohibited A fly any
clause NOBODY cites "5" prohibited C present HEAVY within 2km of L
"""


def read(watch: str, head: str = HEAD) -> m.Mandate:
    return parse_mandate(head + watch, name="t", source="t.truce")


def said(watch: str, head: str = HEAD) -> list[tuple[str, str]]:
    return [(each.code, each.words) for each in check_mandate(read(watch, head)) if each.subject.startswith("watch ")]


def test_a_duty_to_look_says_how_often_at_what_by_what_and_from_when() -> None:
    (watch,) = read('watch W cites "8" unverified every 4h for STRIP LATE by uav_image from entry + 3d').watches
    assert (watch.every_s, watch.clauses, watch.means, watch.unverified) == (
        14_400,
        ("STRIP", "LATE"),
        ("uav_image",),
        True,
    )
    assert (watch.period.from_entry, watch.feature, watch.line) == ("3d", "", 14)
    (place,) = read('watch W cites "8" every 15d in depot').watches
    assert (place.every_s, place.feature, place.clauses, place.means) == (15 * DAY_S, "depot", (), ())


@pytest.mark.parametrize(
    ("watch", "column", "words"),
    [
        ('watch W cites "8" every 59min for STRIP', 7, "every 59min"),
        ('watch W cites "8" every 367d for STRIP', 7, "every 367d"),
        ('watch W cites "8" every 6months for STRIP', 25, "a duration"),
        ('watch W every 4h for STRIP', 9, "expects cites"),
        ('watch W cites "8" every 4h', 0, "for or in"),
        ('watch W cites "8" every 4h for STRIP in depot', 38, "'in'"),
        ('watch W cites "8" every 4h by uav_image for STRIP', 28, "for or in"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_duty_is_refused_where_it_stands(watch: str, column: int, words: str) -> None:
    with pytest.raises(MandateSyntaxError) as caught:
        read(watch)
    assert words in str(caught.value)
    assert not column or f"line 14, column {column}" in str(caught.value)


@pytest.mark.parametrize("every", ["1h", "366d"])
def test_the_shortest_and_the_longest_time_are_taken(every: str) -> None:
    assert read(f'watch W cites "8" every {every} for STRIP').watches


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        ('watch W cites "8" every 4h for STRIPE', "'STRIPE' in watch W is not a clause. Did you mean 'STRIP'?"),
        ('watch W cites "8" every 4h in depto', "is not a zone or a site. Did you mean 'depot'?"),
        ('watch W cites "8" every 4h in L', "is not a zone or a site"),
        ('watch W cites "8" every 4h for depot', "is not a clause"),
        ('watch W cites "8" every 4h for STRIP by uav_imag', "not a means of observation. Did you mean 'uav_image'?"),
        ('watch W cites "8" every 4h for STRIP STRIP', "'STRIP' stands twice"),
        ('watch W cites "8" every 4h for STRIP by camera camera', "'camera' stands twice"),
        ('watch STRIP cites "8" every 4h for STRIP', "names watch here, but it already is clause, line 10"),
        ('watch W cites "8" every 4h for STRIP from 2032-01-01 until 2031-01-01', "ends before it begins"),
    ],
)
def test_every_name_in_it_is_known_and_used_as_what_it_is(watch: str, words: str) -> None:
    with pytest.raises(MandateNameError) as caught:
        read(watch)
    assert words in str(caught.value)


def test_a_text_without_one_keeps_the_bytes_that_were_hashed_before_the_language_had_them() -> None:
    plain = mandate_to_json(read(""))
    assert b"watches" not in plain
    assert mandate_from_json(plain) == read("")
    with pytest.raises(MandateError, match="canonical"):
        mandate_from_json(json.dumps({**json.loads(plain), "watches": []}, separators=(",", ":")).encode())


def test_a_text_with_one_has_another_hash_and_comes_back_from_json() -> None:
    one = read('watch W cites "8" every 4h for STRIP')
    assert mandate_from_json(mandate_to_json(one)) == one
    assert not same_meaning(one, read(""))
    assert not same_meaning(one, read('watch W cites "8" every 5h for STRIP'))
    two = read('watch V cites "8" every 5h in depot\nwatch W cites "8" every 4h for STRIP')
    assert same_meaning(two, read('watch W cites "8" every 4h for STRIP\nwatch V cites "8" every 5h in depot'))


def test_two_drafts_differ_in_it_by_name() -> None:
    found = compare_stated(
        read('watch W cites "8" every 4h for STRIP\nwatch V cites "8" every 15d in depot'),
        read('watch W cites "8" every 6h for STRIP LATE by uav_image'),
    )
    assert [(each.kind, each.item, each.words) for each in found] == [
        ("watch", "V", "only in the first draft"),
        (
            "watch",
            "W",
            "at least every: 4 hours → 6 hours; clauses: STRIP → STRIP, LATE; means: none → uav_image",
        ),
    ]


def test_it_is_said_in_english() -> None:
    words = mandate_words(read('watch W cites "Article 8" every 15d in depot by site_visit'))
    assert "Watch W (Article 8). The place depot must be inspected at least once every 15 days, by site visit." in words
    words = mandate_words(read('watch W cites "8" unverified every 4h for STRIP by uav_image camera from entry + 3d'))
    assert (
        "Watch W (8, unverified). All the ground of clause STRIP must be seen at least once every 4 hours, by drone "
        "image or camera, from the 3rd day after entry into force (4 May 2031 00:00)."
    ) in words


def test_duties_stand_together_one_a_line_however_they_were_written() -> None:
    text = HEAD + 'watch W cites "8"\n   every 4h\nfor STRIP by uav_image\n\n\nwatch V cites "8" every 15d in depot\n'
    laid_out = format_text(text, source="t.truce")
    assert laid_out.endswith(
        '\n\nwatch W cites "8" every 4h for STRIP by uav_image\n\nwatch V cites "8" every 15d in depot\n'
    )
    assert format_text(laid_out, source="t.truce") == laid_out
    assert print_mandate(read(text.removeprefix(HEAD))).endswith(
        '\n\nwatch W cites "8" every 4h for STRIP by uav_image\nwatch V cites "8" every 15d in depot\n'
    )


# --- when it is due ---------------------------------------------------------------------------------------


def due(watch: str) -> list[tuple[str, int, int | None]]:
    """Clause, and days after entry into force from which and until which it is due."""
    entry_s = read("").header.in_force_s
    return [
        (each.clause, (each.period.from_s - entry_s) // DAY_S,
         None if each.period.until_s is None else (each.period.until_s - entry_s) // DAY_S)
        for each in dues_of(read(watch))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("watch", "expected"),
    [
        ("for STRIP", [("STRIP", 3, None)]),  # from the first moment at which anybody is bound by it
        ("for STRIP LATE", [("STRIP", 3, None), ("LATE", 10, 31)]),  # the second party is bound later
        ("for STRIP from entry + 5d until entry + 9d", [("STRIP", 5, 9)]),
        ("for STRIP from 2030-01-01", [("STRIP", 3, None)]),
        ("for LATE until 2031-12-01", [("LATE", 10, 31)]),
        ("for NOBODY", []),
        ("in depot", [("", 0, None)]),
        ("in park from entry + 1d", [("", 1, 61)]),
    ],
)
def test_it_is_due_while_it_and_what_it_names_both_hold(
    watch: str, expected: list[tuple[str, int, int | None]]
) -> None:
    assert due(f'watch W cites "8" every 4h {watch}') == expected


# --- what the checker says --------------------------------------------------------------------------------


def test_of_a_duty_that_can_be_kept_the_checker_says_nothing() -> None:
    assert said('watch W cites "8" every 4h for STRIP by uav_image camera\nwatch V cites "8" every 15d in park') == []


def test_means_that_no_monitor_has_can_never_meet_it() -> None:
    watch = 'watch W cites "8" every 4h for STRIP by radar satellite'
    words = (
        "W can never be met: it asks for radar or satellite, and the monitors observe by site_visit, uav_image only."
    )
    assert said(watch) == [("UNPROVABLE", words)]
    assert said(watch, HEAD.replace(" by uav_image site_visit", "")) == [], "a monitor that does not say may have any"
    assert said(watch, HEAD.replace("by uav_image", "by radar")) == [], "one of them is enough"


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        ("for LATE until 2031-05-11T03:00", "for LATE: LATE and the duty to see it hold together only for 3 hours."),
        ("for LATE from 2031-06-02", "for LATE: LATE and the duty to see it hold together at no time."),
        ("in park from 2031-07-01", ": park and the duty to see it hold together at no time."),
        ("for NOBODY", "for NOBODY: NOBODY binds nobody."),
    ],
)
def test_a_duty_of_which_no_window_ever_ends_in_time_is_dead(watch: str, words: str) -> None:
    ((code, found),) = said(f'watch W cites "8" every 4h {watch}')
    assert code == "DEAD"
    assert found.removeprefix("W never falls due").strip() == words


def test_a_duty_that_holds_for_exactly_one_window_is_not_dead() -> None:
    assert said('watch W cites "8" every 4h for LATE until 2031-05-11T04:00') == []


def test_a_clause_that_holds_everywhere_has_no_ground_that_could_be_looked_at_in_time() -> None:
    assert [code for code, _ in said('watch W cites "8" every 4h for SKY')] == ["NO-PLACE"]


def test_one_that_was_not_seen_in_a_source_is_noted() -> None:
    assert [code for code, _ in said('watch W cites "8" unverified every 4h for STRIP')] == ["UNVERIFIED"]


def test_a_passage_that_only_a_duty_cites_is_not_silent_and_one_that_is_not_there_is_named() -> None:
    text = signed_text("## Article 8\n\nThe mission looks every four hours.\n", source="s.md")
    head = HEAD.replace("party A", 'text "s.md"\nparty A', 1)
    for cited, expected in (("Article 8", {}), ("Article 9", {"watch W", "t"})):
        remarks = check_mandate(read(f'watch W cites "{cited}" every 4h for STRIP', head), signed=text)
        found = {each.subject for each in remarks if each.code in ("SILENT", "ANCHOR") and "clause" not in each.subject}
        assert found == set(expected)


# --- the library ------------------------------------------------------------------------------------------


def test_the_agreements_that_oblige_to_look_say_so() -> None:
    found = {}
    for path in sorted(MANDATES.glob("*/*.truce")):
        mandate = parse_mandate(path.read_text(encoding="utf-8"), name=path.stem, source=path.name)
        found |= {(path.stem, each.name): each.every_s // 3_600 for each in mandate.watches}
    model = {"STRIP_4H": 4, "BAND_24H": 24, "STORES_15D": 360}
    assert found == {
        **{("first-draft", name): hours for name, hours in model.items()},
        **{("second-draft", name): hours for name, hours in model.items()},
        ("undof-1974", "INSPECTION"): 360,
    }


def test_nothing_is_lost_of_any_watch_where_one_word_of_it_changes() -> None:
    base = read('watch W cites "8" every 4h for STRIP by uav_image from entry + 3d').watches[0]
    for change in ({"every_s": 3_600}, {"means": ()}, {"clauses": ("LATE",)}, {"unverified": True}, {"cites": "9"}):
        changed = replace(read(""), watches=(replace(base, **change),))
        assert parse_mandate(print_mandate(changed), name="t", source="t").watches == changed.watches
