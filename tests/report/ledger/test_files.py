import csv
import io
import os
import re
import shutil
import subprocess
import sys

import pypdf
import pytest
from playwright.sync_api import sync_playwright
from tests.report.ledger.reading import Page, browser_or_skip
from tests.report.ledger.valley import (
    ANSWER,
    EVIL,
    EVIL_ID,
    LONG,
    ST,
    STATEMENTS,
    WITHOUT_CREWS,
    WORLDS,
    hostile_view,
    view,
)

from truceline.report.ledger import ledger_files

TABLES = {"statements.csv", "positions.csv", "matrix.csv", "worlds.csv"}
WITH_SOURCES = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture(scope="module")
def files():
    return ledger_files(view(answers=(ANSWER, WITHOUT_CREWS)))


@pytest.fixture(scope="module")
def hostile():
    return ledger_files(hostile_view())


def rows(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))


def test_the_files_are_overview_paper_tables_and_a_page_for_each_actor(files):
    others = {name for name in files if not name.startswith("actors/")}
    assert others == {"ledger.html", "ledger.pdf", *TABLES}


def test_equal_views_give_equal_bytes_in_another_process_too(files):
    code = (
        "import hashlib, json\n"
        "from tests.report.ledger.valley import ANSWER, WITHOUT_CREWS, view\n"
        "from truceline.report.ledger import ledger_files\n"
        "made = ledger_files(view(answers=(ANSWER, WITHOUT_CREWS)))\n"
        "print(json.dumps({name: hashlib.sha256(held).hexdigest() for name, held in made.items()}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=WITH_SOURCES, text=True)
    import hashlib
    import json

    assert json.loads(ran.stdout) == {name: hashlib.sha256(held).hexdigest() for name, held in files.items()}


def test_a_page_loads_nothing_and_runs_nothing(files, hostile):
    for made in (files, hostile):
        for name, content in made.items():
            if name.endswith(".html"):
                assert b"default-src 'none'" in content
                page = Page(content)
                assert not page.tags & {"script", "link", "iframe", "object", "embed", "form", "video"}
                assert not any(
                    re.match(r"(?i)[a-z]+:(?!image/svg)", each) for each in page.addresses if each[:5] != "data:"
                )
                assert b"url(" not in content.replace(b"data:", b"")


# --- hostile words ------------------------------


def test_hostile_words_stay_words(hostile):
    for name, content in hostile.items():
        text = content.decode("utf-8", "replace")
        if name.endswith(".html"):
            assert "<script" not in text, name
            assert "\u202e" not in text
            assert "\x00" not in text
        if name.endswith(".csv"):
            assert "<script" in text or name == "worlds.csv"


def test_no_id_of_an_actor_names_a_file_elsewhere(hostile):
    for name in hostile:
        assert re.fullmatch(r"(actors/)?[A-Za-z0-9_-]+\.(html|pdf|csv)", name), name
    twins = view(actors=(), lines=())
    assert ledger_files(twins)


def test_a_very_long_name_is_cut_in_tables_and_whole_on_its_page(hostile):
    page = next(content.decode() for name, content in hostile.items() if name.startswith("actors/"))
    assert LONG in page
    assert LONG not in hostile["ledger.html"].decode().split('<section id="sentences"')[0]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed():
    from dataclasses import replace

    from truceline.model.ledger_view import Confirmed

    evil = replace(STATEMENTS[0], speaker="=HYPERLINK(1)")
    made = view(statements=(Confirmed(statement=evil, readers=("=A", "B")), *view().statements[1:]))
    first = rows(ledger_files(made), "statements.csv")[0]
    assert first["speaker"] == "'=HYPERLINK(1)"
    assert first["readers"] == "'=A; B"


# --- tables ------------------------------


def test_statements_are_whole_with_place_chain_readers_and_relations(files):
    found = rows(files, "statements.csv")
    assert [row["number"] for row in found] == [str(n) for n in range(1, 16)]
    denial = next(row for row in found if row["statement_id"] == ST[5])
    assert denial["denies"] == "uns-1"
    assert denial["other_relations"] == f"tension {ST[1]}"
    assert (denial["said"], denial["said_precision"]) == ("XXXX-08-18", "day")
    assert denial["mouths"] == "2"
    assert found[0]["readers"] == "A. Reader; B. Second"
    assert found[0]["chain"].endswith("origin:(unnamed) diplomats in Port Regis")


def test_positions_tell_who_and_whether_first_hand(files):
    found = {row["position_id"]: row for row in rows(files, "positions.csv")}
    assert found["pos-1"]["first_hand"] == "no"
    assert found["pos-1"]["alleged_by"] == "HALDEN_TAGBLATT"
    assert (found["pos-9"]["earliest"], found["pos-9"]["latest"]) == ("2026-06-01", "2026-08-31")
    assert found["pos-10"]["holder"] == "Lindmark"


def test_the_matrix_has_a_row_for_each_requirement_and_offer_of_each_scenario(files):
    found = rows(files, "matrix.csv")
    assert [(row["scenario_id"], row["capability"], row["actor_id"], row["counts"]) for row in found] == [
        ("as-told", "drones", "LINDMARK", "yes"), ("as-told", "drones", "CORVALLE", "yes"),
        ("as-told", "crews", "MERIDIA", "no"), ("as-told", "bases", "TARN", "no"),
        ("as-told", "analysts", "COUNCIL_OF_NINE", "yes"),
        ("lent", "drones", "LINDMARK", ""), ("lent", "drones", "CORVALLE", ""), ("lent", "crews", "MERIDIA", "no"),
        ("lent", "bases", "TARN", ""), ("lent", "analysts", "COUNCIL_OF_NINE", ""),
    ]  # fmt: skip


def test_worlds_have_a_row_for_each_world_and_goal(files):
    found = rows(files, "worlds.csv")
    wanted = [each.outcome for world in WORLDS.worlds for each in world.outcomes]
    assert [row["outcome"] for row in found] == wanted
    assert found[0]["statements"] == f"{ST[6]}; {ST[8]}"
    assert found[0]["readings"] == "possibly-serranian: required; bringing-in: not in the talks; no-force: still holds"


# --- paper ------------------------------


def test_the_paper_is_tagged_archivable_and_says_what_the_page_says(files):
    reader = pypdf.PdfReader(io.BytesIO(files["ledger.pdf"]))
    about = reader.trailer["/Root"]
    assert about["/MarkInfo"]["/Marked"]
    assert about["/Lang"] == "en"
    meta = about["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part[^0-9]*1", meta)
    assert re.search(r"pdfaid:part[^0-9]*2", meta)
    text = re.sub(r"[\s\u200b\u00ad-]", "", "".join(page.extract_text() for page in reader.pages))
    for words in (
        "7 suggested statements not read yet", "× impossible [6, 8]", "possible in 3 of 8", "× gap: 0 of 10, 10 short",
        "Report that is denied. spoken of as “these reports”", "kept out by “no presence on the ground”", "one reader",
        "“it would not back a force of that kind on Velerian soil”", "Sentences by number", "closed world",
        "1. What this ledger says", "told by Halden Tagblatt (unnamed)", "not without",
    ):  # fmt: skip
        assert re.sub(r"[\s-]", "", words) in text, words


def test_nothing_runs_over_the_edge_of_the_paper(files, hostile):
    for made in (files, hostile):
        for page in pypdf.PdfReader(io.BytesIO(made["ledger.pdf"])).pages:
            right_pt, low_pt = float(page.mediabox.right), float(page.mediabox.bottom)
            places = []
            page.extract_text(visitor_text=lambda text, cm, tm, fd, size, p=places: p.append((text, tm[4], tm[5])))
            for text, x_pt, y_pt in places:
                if text.strip():
                    assert 0 <= x_pt < right_pt - 20, text
                    assert low_pt <= y_pt


# --- in a browser ------------------------------


@pytest.fixture(scope="module")
def folder(files, hostile, tmp_path_factory):
    base = tmp_path_factory.mktemp("ledger")
    for name, made in (("valley", files), ("hostile", hostile)):
        for path, content in made.items():
            (base / name / path).parent.mkdir(parents=True, exist_ok=True)
            (base / name / path).write_bytes(content)
    yield base
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def chromium():
    where = browser_or_skip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_its_window_and_none_asks_for_anything(chromium, folder, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text) if message.type == "error" else None)
    for path in sorted(folder.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
    assert [each for each in asked if not each.startswith(("file:", "data:"))] == []
    page.close()


CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const under = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(under(e))];
    if ((Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5) faint.push(e.textContent.trim().slice(0, 40));
  }
  return faint;
}"""


def test_every_word_stands_out_from_its_ground(chromium, folder):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    for name in ("ledger.html", "actors/SERRANIA.html", f"ledger.html#{ST[5]}"):
        page.goto((folder / "valley" / "ledger.html").as_uri().replace("ledger.html", name))
        assert page.evaluate(CONTRAST) == []
    page.close()


def test_a_figure_is_followed_to_its_sentence_by_keyboard(chromium, folder):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto((folder / "valley" / "ledger.html").as_uri())
    page.locator("#worlds-1-table tbody tr").first.locator(".refs a").first.focus()
    page.keyboard.press("Enter")
    target = page.locator(":target")
    assert target.get_attribute("id") == ST[6]
    assert "any agreement without Dorsanian" in target.inner_text()
    page.close()


def test_without_colours_every_chip_still_says_what_it_means(files):
    chips = re.findall(r'<span class="chip ([a-z_]+)">([^<]*)', files["ledger.html"].decode())
    signs = {"possible": "+ ", "impossible": "× ", "not_decided": "? "}
    for tone, words in chips:
        assert words.startswith(signs.get(tone, "")), (tone, words)
        assert len(words) > 3


def test_ids_and_names_of_hostile_actors_do_not_reach_the_disk_as_they_are(hostile):
    assert not any(EVIL_ID in name or EVIL in name for name in hostile)
