import base64
import csv
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.world import FORMULA, HOSTILE, empty_valley, valley

from truceline.model.batch import table
from truceline.report import render
from truceline.report.geojson import DISCLAIMER, decimals, wound
from truceline.report.tables import csv_bytes, safe

WITH_SOURCES = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
NAMES = {
    "daily-report.html", "daily-report.pdf", "events.csv", "findings.csv", "assessments.csv", "windows.csv",
    "claims.csv", "impediments.csv", "coverage.csv", "feeds.csv", "rejects.csv", "sources.csv", "events.geojson",
    "content.json", "casualties.csv", "damage.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def files():
    return render(valley())


@pytest.fixture(scope="module")
def content(files):
    return json.loads(files["content.json"])


@pytest.fixture(scope="module")
def pdf(files):
    return pypdf.PdfReader(io.BytesIO(files["daily-report.pdf"]))


class Page(HTMLParser):
    """Cells of every table, all text, and every attribute that could load something."""

    def __init__(self):
        super().__init__()
        self.tables, self.tags, self.loads, self.texts, self.alts, self.cell = {}, [], [], [], [], None

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.loads += [
            value for key, value in attrs if key in ("src", "href", "srcset", "action", "data", "background")
        ]
        self.loads += re.findall(r"url\(([^)]*)", named.get("style") or "")
        if tag == "img":
            self.alts.append(named.get("alt"))
        if tag == "table":
            self.rows = self.tables[named["id"]] = []
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell.strip())
            self.cell = None

    def handle_data(self, data):
        self.texts.append(data)
        if self.cell is not None:
            self.cell += data


@pytest.fixture(scope="module")
def page(files):
    made = Page()
    made.feed(files["daily-report.html"].decode())
    return made


def tables_of(content):
    return [made for section in content["sections"] for made in section["tables"]]


def text_of(cell):
    return f"{cell['text']} {cell['badge']}".strip()


def bare(text):
    """Text without what line breaking adds or takes: spaces and hyphens."""
    return re.sub(r"[\s\u200b\u00ad\u2010\u2011-]", "", unicodedata.normalize("NFKC", text))


def test_every_file_is_there(files):
    assert set(files) == NAMES


def test_equal_products_give_equal_bytes(files):
    assert render(valley()) == files


def test_the_page_holds_every_cell_of_every_table(page, content):
    for made in tables_of(content):
        head, *rows = page.tables[made["key"]]
        assert head == [column["title"] for column in made["columns"]]
        wanted = [[text_of(cell) for cell in row] for row in made["rows"]] or [[made["nothing"]]]
        wanted += [[text_of(cell) for cell in made["total"]]] if made["total"] else []
        assert [[" ".join(cell.split()) for cell in row] for row in rows] == [
            [" ".join(cell.split()) for cell in row] for row in wanted
        ], made["key"]


def test_the_paper_holds_every_row_of_every_table_cell_after_cell(pdf, content):
    whole = bare("".join(page.extract_text() for page in pdf.pages))
    for made in tables_of(content):
        shown = made["rows"][:40] if made["more_in"] else made["rows"]
        for row in [*shown, *([made["total"]] if made["total"] else [])]:
            assert bare("".join(text_of(cell) for cell in row)) in whole, (made["key"], row[0])
        if not made["rows"]:
            assert bare(made["nothing"]) in whole
        if made["left_on_paper"]:
            assert bare(f"{made['left_on_paper']} more in {made['more_in']}.") in whole


def test_page_and_paper_hold_every_sentence(page, pdf, content):
    paper = bare("".join(sheet.extract_text() for sheet in pdf.pages))
    screen = bare("".join(page.texts))
    sentences = [words for section in content["sections"] for words in section["words"]]
    sentences += [words for section in content["sections"] for said in section["said"] for words in said["words"]]
    sentences += [f"{figure['value']}{figure['label']}{figure['beside']}" for figure in content["key_figures"]]
    sentences += [words for _, words in content["head"]] + [content["notes"], content["level"]]
    sentences += [note for made in tables_of(content) for note in made["notes"]]
    for sentence in sentences:
        assert bare(sentence) in screen
        assert bare(re.sub(r"in the \d+ days before: \d+$", "", sentence)) in paper, sentence


def test_a_table_longer_than_paper_says_how_many_rows_are_in_the_file(files, content):
    made = next(made for made in tables_of(content) if made["key"] == "findings")
    assert made["left_on_paper"] == len(made["rows"]) - 40 > 0
    assert len(list(csv.DictReader(io.StringIO(files["findings.csv"].decode())))) > len(made["rows"])


def test_names_from_outside_are_text_and_never_markup(files, page):
    html = files["daily-report.html"].decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert any(HOSTILE in text for text in page.texts)
    assert "script" not in page.tags


def test_the_page_loads_nothing_from_anywhere(files, page):
    html = files["daily-report.html"].decode()
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in html
    assert all(load.startswith(("#", "data:image/svg+xml;base64,")) for load in page.loads)
    assert not set(page.tags) & {"script", "link", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for load in page.loads:
        if load.startswith("data:"):
            picture = base64.b64decode(load.partition(",")[2]).decode()
            outside = re.findall(r'(?:href|src)="(?!#)([^"]*)"', picture) + re.findall(r"url\((?!#)([^)]*)\)", picture)
            assert outside == []
            assert "<script" not in picture


def test_the_page_can_be_read_by_a_screen_reader(files, page):
    html = files["daily-report.html"].decode()
    assert '<html lang="en">' in html
    assert 'class="skip"' in html
    assert page.alts
    assert all(page.alts)
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels == [1] + [2] * 11
    assert page.tags.count("caption") == page.tags.count("table") == len(page.tables)


def test_the_paper_is_tagged_titled_and_dated_by_the_cut_off(pdf):
    about = pdf.metadata
    assert about.title == "Daily report on the valley, A made-up valley"
    assert about.creation_date.isoformat() == "2025-04-26T20:40:00+00:00"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    for number, sheet in enumerate(pdf.pages, start=1):
        text = " ".join(sheet.extract_text().split())
        assert f"{number} of {len(pdf.pages)}" in text
        assert "Cut-off: 26 Apr 2025 23:40 (Europe/Kyiv)" in text
        assert "Automatic; not reviewed by a person." in text


def test_only_the_shipped_fonts_are_on_paper(pdf):
    fonts = {
        font.get_object()["/BaseFont"].split("+")[-1]
        for sheet in pdf.pages
        for font in sheet["/Resources"].get("/Font", {}).values()
    }
    assert fonts <= {"NotoSans-Regular", "NotoSans-Bold", "NotoSansMath-Regular"}


def test_a_name_in_a_script_that_the_fonts_lack_does_not_stop_the_report():
    whole = valley()
    rows = whole.events.to_pylist()
    for row in rows:
        row["place_name"] = "عدن 판문점 😀 →"
    files = render(replace(whole, events=table(rows, whole.events.schema)))
    assert "판문점".encode() in files["daily-report.html"]
    assert "판문점".encode() in files["events.csv"]
    first = pypdf.PdfReader(io.BytesIO(files["daily-report.pdf"])).pages[0].extract_text()
    assert "characters of other scripts cannot be drawn here" in " ".join(first.split())


def test_very_long_names_without_a_space_do_not_stop_the_report():
    whole = valley()
    rows = whole.events.to_pylist()
    for row in rows:
        row["place_name"] = "x" * 3000
    assert render(replace(whole, events=table(rows, whole.events.schema)))["daily-report.pdf"][:5] == b"%PDF-"


# --- CSV ------------------------------


def rows_of(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))


@given(st.text())
def test_no_cell_of_a_csv_file_runs_in_a_spreadsheet(text):
    (head, row) = csv.reader(io.StringIO(csv_bytes([{"a": text}], ["a"]).decode(), newline=""), strict=True)
    assert head == ["a"]
    cell = row[0] if row else ""
    assert cell in (text, f"'{text}") or "?" in cell  # a lone half of a character becomes a question mark
    if cell and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell):
        assert cell.lstrip(" \t\r\n")[:1] not in tuple("=+-@")


@pytest.mark.parametrize("number", ["-5", "+12", "3.25", "-0.5", "0"])
def test_plain_numbers_stay_numbers(number):
    assert safe(number) == number


@pytest.mark.parametrize("text", ["-5+cmd|' /C calc'!A0", "=1", "@SUM(1)", "+a", "\t=1", " =1", "-", "1\n"[1:] + "=2"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


def test_a_formula_in_a_place_name_is_disarmed_in_the_file_and_kept_in_words(files):
    places = {row["place_name"] for row in rows_of(files, "events.csv")}
    assert f"'{FORMULA}" in places
    assert FORMULA not in places


def test_csv_files_hold_every_row_and_end_lines_as_the_standard_says(files):
    whole = valley()
    assert len(rows_of(files, "events.csv")) == whole.events.num_rows
    assert len(rows_of(files, "findings.csv")) == sum(judged.findings.num_rows for judged in whole.judged)
    assert len(rows_of(files, "claims.csv")) == 6
    assert len(rows_of(files, "windows.csv")) == 6
    assert len(rows_of(files, "rejects.csv")) == 3
    assert len(rows_of(files, "sources.csv")) == 5
    for name in NAMES:
        if name.endswith(".csv"):
            assert files[name].endswith(b"\r\n")
            assert b"\n" not in files[name].replace(b"\r\n", b"")


def test_the_file_of_findings_and_the_report_count_the_same(files, content):
    inside = [row for row in rows_of(files, "findings.csv") if row["in_period"] == "yes"]
    made = next(made for made in tables_of(content) if made["key"] == "verdicts")
    assert len(inside) == made["total"][-2]["number"]


def test_no_position_in_a_file_is_sharper_than_its_error(files):
    for row in rows_of(files, "events.csv"):
        if row["lat_deg"]:
            digits = max(len(row[name].partition(".")[2]) for name in ("lon_deg", "lat_deg"))
            assert digits <= decimals(float(row["error_m"]))


# --- GeoJSON ------------------------------


def test_geojson_is_valid_carries_errors_and_its_disclaimer(files):
    made = json.loads(files["events.geojson"])
    assert made["type"] == "FeatureCollection"
    assert made["disclaimer"] == DISCLAIMER
    events = [feature for feature in made["features"] if feature["properties"]["kind"] == "event"]
    assert len(events) > 10
    assert made["unplaced"] > 5
    for feature in made["features"]:
        assert set(feature) == {"type", "id", "properties", "geometry"}
    for feature in events:
        lon_deg, lat_deg = feature["geometry"]["coordinates"]
        assert 37 < lon_deg < 39
        assert 47 < lat_deg < 49
        assert feature["properties"]["error_m"] > 0
        assert round(lon_deg, decimals(feature["properties"]["error_m"])) == lon_deg
        assert all(
            row["verdict"] in ("breach", "undetermined", "no_breach") for row in feature["properties"]["findings"]
        )


def test_rings_are_wound_by_the_right_hand_rule(files):
    (zone,) = [f for f in json.loads(files["events.geojson"])["features"] if f["properties"]["kind"] == "zone"]
    ring = zone["geometry"]["coordinates"][0][0]
    assert sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) > 0
    assert ring[0] == ring[-1]
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0))
    assert wound(square, outer=True) == square
    assert wound(square, outer=False) == tuple(reversed(square))


@given(st.floats(1, 1e6))
def test_the_last_digit_is_worth_no_more_than_the_error_and_no_less_than_a_tenth(error_m):
    unit_m = 111_320 * 10 ** -decimals(error_m)
    assert unit_m <= max(error_m, 111_320) * 1.0001
    if 12 < error_m < 100_000:
        assert error_m / 10 * 0.9999 <= unit_m <= error_m * 1.0001


# --- pictures ------------------------------


def test_the_map_says_what_is_drawn_and_what_is_missing(content):
    (map_figure, timeline) = content["sections"][3]["figures"]
    assert "have a place" in map_figure["caption"]
    assert "Not in the record, so not drawn: line old_line" in map_figure["caption"]
    assert map_figure["absent"] == ""
    assert "19 Apr 2025 " in timeline["alt"]


def test_where_nothing_has_a_place_the_report_says_so_in_the_maps_place():
    html = render(empty_valley())["daily-report.html"].decode()
    assert '<p class="absent">No map: none of the 0 events of the period has a place.</p>' in html
    assert html.count("<img ") == 1


def test_pages_of_the_paper_are_not_blank(files, tmp_path):
    if shutil.which("pdftoppm") is None:
        why = "pdftoppm is not here: install poppler-utils"
        if os.environ.get("TRUCELINE_NO_SKIP"):
            pytest.fail(why)
        pytest.skip(why)
    paper = tmp_path / "report.pdf"
    paper.write_bytes(files["daily-report.pdf"])
    subprocess.run(["pdftoppm", "-r", "40", "-gray", str(paper), str(tmp_path / "page")], check=True)
    pages = sorted(tmp_path.glob("page*.pgm"))
    assert len(pages) > 3
    for sheet in pages:
        pixels = sheet.read_bytes()[20:]
        assert sum(value < 128 for value in pixels) > 100, sheet.name


def test_the_stage_is_imported_without_its_heavy_libraries():
    script = "import sys, truceline.report; print(sorted({'matplotlib', 'typst', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=WITH_SOURCES)
    assert done.stdout.strip() == "[]"
