import base64
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.report.ledger.reading import Page
from tests.report.ledger.valley import LINES, ST, Dated, entry, held, view

from truceline.model.lines import Edge, Node
from truceline.report.ledger import ledger_files
from truceline.report.ledger.drawing import Bar, Drawn, chains_svg, courses_of, line_svg, pictures_of
from truceline.report.ledger.index import last_of


@pytest.fixture(scope="module")
def files():
    return ledger_files(view())


def page(files, actor_id):
    return Page(files[f"actors/{actor_id}.html"])


def test_everybody_who_holds_offers_or_demands_something_has_a_page(files):
    named = {name.removeprefix("actors/").removesuffix(".html") for name in files if name.startswith("actors/")}
    assert named == {
        "CORVALLE", "COUNCIL_OF_NINE", "DORSANIA", "LINDMARK", "MERIDIA", "SERRANIA", "TARN", "VELERIA",
    }  # fmt: skip


def test_a_page_stands_alone_with_every_sentence_it_rests_on(files):
    for name, content in files.items():
        if name.startswith("actors/"):
            made = Page(content)
            assert len(made.ids) == len(set(made.ids))
            for address in made.addresses:
                if address.startswith("#"):
                    assert address[1:] in made.ids, (name, address)
                elif address.startswith("../"):
                    target, _, anchor = address.removeprefix("../").partition("#")
                    assert target == "ledger.html"
                    assert not anchor or anchor in Page(files[target]).ids
                else:
                    assert address.startswith("data:") or f"actors/{address}" in files, address


def test_first_hand_words_and_allegations_are_told_apart_entry_by_entry(files):
    serrania = page(files, "SERRANIA")
    rows = serrania.rows("line-1-table")
    assert [row[0] for row in rows] == [
        "told by Halden Tagblatt (HALDEN_TAGBLATT)", "told by the diplomats", "told by officials",
        "told by Halden Tagblatt (HALDEN_TAGBLATT)",
    ]  # fmt: skip
    assert "Undeclared: no confirmed sentence tells a stance by itself." in serrania.words
    assert "0 stances said by itself" in serrania.words
    assert "4 stances told by others" in serrania.words
    dorsania = page(files, "DORSANIA").rows("line-2-table")
    assert dorsania[0][0] == "its own: the Minister, for Dorsania (DORSANIA)"
    assert dorsania[0][2] == "18 August, year not stated"
    assert dorsania[0][4] == "“with Dorsanian participation”"


def test_which_own_words_are_the_last_is_said_only_where_dates_tell(files):
    veleria = page(files, "VELERIA").words
    assert "Which of 2 statements by itself is the last cannot be told from their dates:" in veleria
    lindmark = page(files, "LINDMARK").words
    assert "Last said by itself: the Prime Minister, for Lindmark (LINDMARK), 12 September 2026:" in lindmark


def test_the_last_entries_are_those_surely_before_no_other():
    one, other = (replace(entry(held(n, 3, own=True)), position_id=f"p{n}") for n in (7, 8))
    early = replace(one, position_id="e", earliest="2026-03-01", latest="2026-03-31")
    undated = replace(one, position_id="u", earliest="", latest="")
    assert [each.position_id for each in last_of([early, one])] == ["p7"]
    assert [each.position_id for each in last_of([early, one, other])] == ["p7", "p8"]
    assert [each.position_id for each in last_of([early, undated])] == ["e", "u"]
    assert last_of([]) == ()


def test_conditions_caveats_offers_denials_and_changes_are_those_of_the_actor(files):
    assert len(page(files, "DORSANIA").rows("conditions")) == 2
    assert page(files, "LINDMARK").rows("conditions") == [["No condition is confirmed."]]
    assert page(files, "MERIDIA").rows("caveats")[0][2] == "“no presence on the ground”"
    assert page(files, "TARN").rows("offers-table")[0][:3] == ["bases", "2 bases", "conditional"]
    assert [row[2] for row in page(files, "LINDMARK").rows("changed-table")] == ["came", "stands no longer"]
    assert page(files, "TARN").rows("changed-table") == [["Nothing came and nothing went."]]
    assert "“these reports do not correspond to the facts”" in page(files, "SERRANIA").words
    assert "No confirmed denial is by it or of it." in page(files, "LINDMARK").words


# --- pictures ------------------------------


def svg_of(files, actor_id):
    found = re.findall(rb"data:image/svg\+xml;base64,([^\"]+)", files[f"actors/{actor_id}.html"])
    return [base64.b64decode(each) for each in found]


def test_one_picture_for_each_line_and_none_that_loads_anything(files):
    assert [len(svg_of(files, each.holder_id)) for each in (LINES[0], LINES[1])] == [1, 2]
    for picture in svg_of(files, "DORSANIA"):
        assert b"<image" not in picture
        assert not re.search(rb'href="(?!#)', picture)


def bars(*spans, own=True):
    return tuple(Bar(words=f"ready [{n}]", first=first, last=last, own=own) for n, (first, last) in enumerate(spans, 1))


def test_a_bar_is_as_wide_as_its_date_is_known(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "truceline.report.ledger.drawing._outline", lambda sheet, box, opened: drawn.append((box, opened))
    )
    days = 739_000
    every = bars((days + 10, days + 10), (days + 100, days + 129), (None, days + 200), (None, None))
    line_svg(Drawn(own_words="own", alleged_words="told", first=days, last=days + 364, bars=every))
    (day, _), (month, _), (_, until), (_, undated) = drawn
    assert month[2] == pytest.approx(30 / 365 * 484)
    assert 3.0 <= day[2] < month[2] / 5
    assert until == (True, False)
    assert undated == (True, True)


def test_own_words_are_filled_and_what_others_tell_is_hollow():
    days = 739_000
    own, told = (
        line_svg(
            Drawn(own_words="", alleged_words="", bars=bars((days, days + 30), own=mine), first=days, last=days + 60)
        )
        for mine in (True, False)
    )
    assert own.count(b"fill: #0f5a94") > told.count(b"fill: #0f5a94")


def test_words_at_the_end_of_a_line_stay_inside_the_picture(monkeypatch):
    from truceline.report.figures import Sheet, text_px

    written = []
    monkeypatch.setattr(
        Sheet, "write", lambda self, at, words, size=7.0, look=None: written.append((at, words, size, look))
    )
    days = 739_000
    spans = [(days, days), (days + 400, days + 400), (None, None), (days + 1, days + 399), (None, days + 2)]
    long = tuple(
        replace(bar, words="conditional, by 20 August 2026, told by somebody with a long name [123]")
        for bar in bars(*spans)
    )
    line_svg(Drawn(own_words="o", alleged_words="a", bars=long, first=days, last=days + 400))
    for (x_px, _), words, size_px, look in written:
        if look is None or look.across == "left":
            assert x_px >= 0, words
            assert x_px + text_px(words, size_px) <= 500, words


def graph(count):
    """So many chains of all lengths, some with one origin."""
    nodes, edges = {}, []
    for n in range(count):
        path = [f"article:{n}", *(f"who:relay-{n}-{k}" for k in range(n % 7)), f"who:origin-{n // 3}"]
        for each in path:
            kind = "article" if each.startswith("article") else "origin"
            nodes[each] = Node(
                node_id=each, kind=kind, name=f"{each} with a name that is long enough to need two lines"
            )
        edges += [Edge(from_id=a, to_id=b, statements=(f"st-{n}",)) for a, b in pairwise(path)]
    return nodes.values(), edges


@pytest.mark.parametrize("count", [1, 13, 40])
def test_chains_are_drawn_whole_and_nothing_lies_over_anything_else(monkeypatch, count):
    from truceline.report.figures import Sheet, text_px
    from truceline.report.ledger import drawing

    courses = courses_of(*graph(count))
    assert len(courses) == count
    pictures = pictures_of(courses)
    assert sum(map(len, pictures)) == count
    assert all(len(each) <= drawing.MOST_ROWS for each in pictures)
    for rows in pictures:
        boxes, words = [], []
        with monkeypatch.context() as patch:
            patch.setattr(Sheet, "rectangle", lambda self, sides, *, fc, opaque_ratio, zorder, b=boxes: b.append(sides))
            patch.setattr(
                Sheet, "write", lambda self, at, text, size=7.0, look=None, w=words: w.append((at, text, size))
            )
            chains_svg(rows)
        for number, (left, low, wide, tall) in enumerate(boxes):
            for other in boxes[number + 1 :]:
                apart = left + wide <= other[0] or other[0] + other[2] <= left
                assert apart or low + tall <= other[1] + 0.01 or other[1] + other[3] <= low + 0.01
            inside = [w for w in words if left <= w[0][0] <= left + wide and low <= w[0][1] <= low + tall]
            assert inside
            assert all(at[0] + text_px(text, size) <= left + wide + 0.5 for at, text, size in inside)
        assert all(box[0] >= 0 and box[0] + box[2] <= 500 for box in boxes)


def test_a_circle_of_mouths_ends_where_it_would_begin_again():
    nodes = [Node(node_id=each, kind="outlet", name=each) for each in "abc"]
    edges = [Edge(from_id=a, to_id=b, statements=("st-1",)) for a, b in ("ab", "bc", "cb")]
    (course,) = courses_of(nodes, edges)
    assert [node.node_id for node in course.path] == ["a", "b", "c"]
    assert chains_svg([course])


def test_a_long_line_tells_how_many_entries_the_picture_leaves_out():
    from tests.report.ledger.valley import POSITIONS

    many = [replace(POSITIONS[8], position_id=f"pos-9{n}") for n in range(30)]
    lines = tuple(
        replace(each, own=tuple(replace(entry(one), position_id=one.position_id) for one in many))
        if each.holder_id == "LINDMARK" else each
        for each in LINES
    )  # fmt: skip
    made = Page(ledger_files(view(lines=lines, positions=(*POSITIONS, *many)))["actors/LINDMARK.html"])
    assert "The earliest 6 entries stand in the table alone." in made.words
    assert len(made.rows("line-1-table")) == 30


def test_dates_are_told_no_sharper_than_they_are_known():
    from truceline.report.ledger.words import date_words

    told = {
        "": "not stated",
        "2026": "2026",
        "2026-03": "March 2026",
        "2026-22": "summer 2026",
        "2026-03-05": "5 March 2026",
        "2026-03-05T04:11:00Z": "5 March 2026, 04:11:00 UTC",
        "XXXX-08-18": "18 August, year not stated",
        "XXXX-08": "August, year not stated",
        "../2026-08-20": "by 20 August 2026",
        "2026-08/..": "August 2026 or later",
        "2026-08-01/2026-08-09": "between 1 August 2026 and 9 August 2026",
        "2026-13-01": "2026-13-01",
        "soon": "soon",
        "a/b": "a/b",
    }
    for value, words in told.items():
        assert date_words(Dated(value=value)) == words


def test_sentences_of_actors_lead_back_to_the_overview_for_what_is_not_here(files):
    meridia = files["actors/MERIDIA.html"].decode()
    assert "← Overview of the ledger" in meridia
    tarn = page(files, "TARN")
    assert {each for each in tarn.ids if each.startswith("st-")} == {ST[12]}
