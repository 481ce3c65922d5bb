"""Whole articles: two that were published, kept outside the repository, and invented ones with what a person marked."""

import json
import socket
import time
from pathlib import Path

import pytest

from truceline.guarantee.reading import Text, read_document, reread
from truceline.model.document import NOT_STATED, Document

SHARED = Path(__file__).parents[4] / "shared" / "data" / "articles"
REAL = {
    "china-considers-peacekeeping-2025-03-23.txt": [1, 3, 9, 11, 13, 15, 19, 21, 23, 25],  # lines that are the text
    "china-denies-peacekeeping-reports.txt": None,  # all of them
}
INVENTED = Path(__file__).parents[1] / "articles"
SEEN = sorted(path.stem for path in INVENTED.glob("seen-*.jsonl"))
STATED = {  # title's beginning, publisher, republisher, author, published
    "seen-01-vesmark-weighs-role": ("Vesmark weighs role", "North Coast Wire", "", "", "2031-05-14"),
    "seen-02-pellana-denies-offer": ("Pellana denies", "Radio Ostrey", "", "Mara Quill", "2031-05-21"),
    "seen-03-council-in-principle": ("Council of Nine “ready", "Brunnau Herald", "", "Hanne Ostby", "2031-06-03"),
    "seen-04-what-borvenia-would-bear": ("What Borvenia", "The Selm Ledger", "", "Ansel Trigg", "2031-06-08"),
    "seen-05-corvessa-pledges-battalion": ("Corvessa pledges", "North Coast Wire", "", "", "2031-06-12"),
    "seen-06-corvessa-promises-troops": ("Corvessa promises", "", "Ostrey Today", "North Coast Wire", "2031-06-13"),
    "seen-07-un-lake-mission-offers": ("Nations line up", "The Continental Review", "", "", "2031-09-02"),
    "seen-08-corvessa-president-interview": ("Varga:", "Anselm Weekly", "", "Piet Oland", "2031-07-04"),
    "seen-09-brunnau-donors": ("Rich pledges", "Mirov Courier", "", "", "2031-09-19"),
    "seen-10-borvenia-veto": ("'No blue helmets", "Selm Evening Telegraph", "", "", "2031-10-06"),
}


def real(name: str) -> tuple[Document, Text]:
    if not (SHARED / name).exists():
        pytest.skip("the published articles may not be passed on")
    return read_document((SHARED / name).read_bytes(), name=name)


def invented(stem: str) -> tuple[list[dict[str, object]], Document, Text]:
    rows = [json.loads(line) for line in (INVENTED / f"{stem}.jsonl").read_text("utf-8").splitlines()]
    name = str(rows[0]["file"])
    return rows, *read_document((INVENTED / name).read_bytes(), name=name)


@pytest.mark.parametrize("name", REAL)
def test_every_line_of_the_text_is_kept_and_none_of_the_page(name: str) -> None:
    document, text = real(name)
    lines, position = {}, 0
    for number, line in enumerate(text.file.split("\n"), 1):
        if line.strip():
            lines[number] = (position, position + len(line))
        position += len(line) + 1
    kept = [n for n, (start, end) in lines.items() if any(start <= a and b <= end for a, b in document.kept)]
    assert kept == (REAL[name] or list(lines))


def test_a_page_that_shows_the_text_of_another_names_both() -> None:
    document, text = real("china-considers-peacekeeping-2025-03-23.txt")
    assert (document.republisher, document.author, document.publisher) == ("Kyiv Post", "TVP World", "")
    assert (document.published.value, document.published.precision) == ("2025-03-23", "day")
    assert not text.body.startswith("date")
    leads = [lead.exact for lead in document.leads]
    assert [
        words for words in ("Zelensky Tells", "Trump Confirms", "Pavel") if any(words in lead for lead in leads)
    ] == [
        "Zelensky Tells",
        "Trump Confirms",
        "Pavel",
    ]
    assert all(text.file[lead.start : lead.end] == lead.exact for lead in document.leads)


def test_what_an_article_does_not_state_is_not_invented() -> None:
    document, _ = real("china-denies-peacekeeping-reports.txt")
    assert (document.publisher, document.republisher, document.author, document.url) == ("", "", "", "")
    assert document.published == NOT_STATED
    assert document.leads == ()
    assert document.title.startswith("China denies media reports")


@pytest.mark.parametrize("stem", SEEN)
def test_every_statement_a_person_marked_is_in_the_text_and_every_headline_of_others_a_lead(stem: str) -> None:
    rows, document, _ = invented(stem)
    for row in rows:
        start, end = row["content_span"]  # type: ignore[misc]
        kept = any(a <= start and end <= b for a, b in document.kept)
        lead = any(one.start <= start and end <= one.end for one in document.leads)
        assert (kept, lead) == ((False, True) if row["tier"] == "boilerplate" else (True, False)), row["content"]


@pytest.mark.parametrize("stem", SEEN)
def test_furniture_of_the_invented_pages_is_left_out(stem: str) -> None:
    _, document, text = invented(stem)
    for words in ("ADVERTISEMENT", "Subscribe", "Share |", "Tags:", "MOST READ", "RELATED", "Comments (", "cookies"):
        assert words not in text.body
    for words in (
        "SPONSORED",
        "Herring quota",
        "garden column",
        "Ferry strike",
        "articles left",
        "Read more",
        "Photo:",
    ):
        assert words not in text.body
    assert document.publisher.upper() not in text.body.split("\n")[0].upper() or not document.publisher


@pytest.mark.parametrize("stem", SEEN)
def test_title_publisher_author_and_date_are_those_the_page_states(stem: str) -> None:
    _, document, _ = invented(stem)
    title, *stated = STATED[stem]
    assert [document.publisher, document.republisher, document.author, document.published.value] == stated
    assert document.title.startswith(title)
    assert document.published.precision == "day"
    assert document.published.basis != NOT_STATED.basis


@pytest.mark.parametrize("stem", SEEN)
def test_each_part_of_an_article_re_reads_from_the_file(stem: str) -> None:
    _, document, text = invented(stem)
    position = 0
    for part, place in zip(text.body.split("\n")[:-1], document.kept, strict=True):
        span = text.span(position, position + len(part))
        assert (span.start, span.end) == place
        assert reread(text.file, text.form, span) == part == span.exact
        position += len(part) + 1


def test_reading_asks_nothing_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    content = (INVENTED / "seen-03-council-in-principle.html").read_bytes()
    assert read_document(content, name="a page")[0].form == "html"


def test_the_same_bytes_give_the_same_document_and_the_name_decides_nothing() -> None:
    content = (INVENTED / "seen-03-council-in-principle.html").read_bytes()
    (one, text), (other, again) = read_document(content, name="a.html"), read_document(content, name="b.txt")
    assert text == again
    assert (one.document_id, one.kept, one.leads) == (other.document_id, other.kept, other.leads)
    assert one.document_id == f"doc-{one.sha256[:16]}"


def test_an_article_is_read_in_a_third_of_a_second() -> None:
    pages = [path.read_bytes() for path in sorted(INVENTED.glob("seen-*")) if path.suffix in (".txt", ".html")]
    for content in pages:
        read_document(content, name="warm")
    for content in pages:
        started = time.perf_counter()
        read_document(content, name="timed")
        assert time.perf_counter() - started < 0.3
