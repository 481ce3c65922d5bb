"""Bytes to a document: encodings, what is refused and with which advice, what a page states of itself."""

import codecs
import time

import pytest

from truceline.base.errors import InputError, TooLargeError, UnreadableError
from truceline.guarantee.reading import LIMIT_BYTES, read_document
from truceline.guarantee.reading.documents import LIMIT_CHARACTERS, LIMIT_ENTITIES, LIMIT_LINES, LIMIT_TAGS
from truceline.model.document import NOT_STATED, Document

SAID = "Wetland’s minister said on Tuesday that “no troops” will be sent to the zone in the valley."
IN_RUSSIAN = "Министр сказал во вторник, что страна не будет отправлять войска в эту зону. " * 6
ARTICLE = f"<h1>Wetland says no to sending troops</h1><p>{SAID}</p><p>He said that this would not change.</p>"
ARTICLE = f"<article>{ARTICLE}</article>"


def page(head: str = "", body: str = ARTICLE) -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def read(words: str) -> Document:
    return read_document(words.encode(), name="a file")[0]


REFUSED = {
    "nothing at all": (b"", UnreadableError, "empty"),
    "blanks": (b" \r\n\t", UnreadableError, "empty"),
    "a PDF": (b"%PDF-1.7 ...", UnreadableError, "a PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), UnreadableError, "a picture"),
    "bytes that are no text": (bytes(range(256)) * 20, UnreadableError, "no encoding"),
    "control characters": (b"a\x01\x02\x03" * 50, UnreadableError, "no text"),
    "marks without a word": ("— … — ".encode() * 9, UnreadableError, "no text"),
    "furniture alone": (b"Advertisement\n\nSubscribe\n\nShare this", UnreadableError, "no line"),
    "a page drawn by a script": (
        b"<html><body><script>draw()</script></body></html>",
        UnreadableError,
        "shows no text",
    ),
    "more bytes": (b"a " * (LIMIT_BYTES // 2 + 1), TooLargeError, "bytes"),
    "more lines": (b"a word\n" * (LIMIT_LINES + 1), TooLargeError, "lines"),
    "more characters": (b"word " * (LIMIT_CHARACTERS // 5 + 1), TooLargeError, "characters"),
    "more tags": (page(body="<br>" * LIMIT_TAGS).encode(), TooLargeError, "tags"),
    "more entities": (page(body="&amp;" * (LIMIT_ENTITIES + 1)).encode(), TooLargeError, "entities"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_an_article_is_refused_with_what_to_do(kind: str) -> None:
    content, error, words = REFUSED[kind]
    with pytest.raises(error) as raised:
        read_document(content, name="handed-in")
    assert isinstance(raised.value, InputError)
    assert words in str(raised.value)
    assert raised.value.subject == "handed-in"
    assert raised.value.remedy.startswith("Save ")


def test_a_page_of_50_megabytes_is_refused_at_once() -> None:
    content = page(body="<p>word</p>" * 4_600_000).encode()
    started = time.perf_counter()
    with pytest.raises(TooLargeError):
        read_document(content, name="large")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "body", ["<div>" * 90_000, "<a <b> <p class='x>tex</i>" * 900, "<p a='>" * 900, "<!--" * 900, "<p>&" * 900]
)
def test_soup_is_read_or_refused_but_ends(body: str) -> None:
    started = time.perf_counter()
    try:
        assert read_document(f"<html><body>{body}here it is, all of it".encode(), name="soup")[1].body.strip()
    except UnreadableError:
        assert body.startswith(("<!--", "<p a='>"))  # of which no word is shown
    assert time.perf_counter() - started < 10


ENCODED = {
    "utf-8": ("utf-8", SAID.encode()),
    "utf-8 with its mark": ("utf-8", codecs.BOM_UTF8 + SAID.encode()),
    "utf-16 with its mark": ("utf-16-le", codecs.BOM_UTF16_LE + SAID.encode("utf-16-le")),
    "declared in the page": ("koi8-r", page("<meta charset=koi8-r>", f"<p>{IN_RUSSIAN}</p>").encode("koi8-r")),
    "declared in an old page": (
        "cp1251",
        page(
            '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', f"<p>{IN_RUSSIAN}</p>"
        ).encode("cp1251"),
    ),
    "declared falsely": ("utf-8", page("<meta charset=koi8-r>").encode()),
    "declared as what browsers take for another": (
        "cp1252",
        page("<meta charset=iso-8859-1>").encode("cp1252"),
    ),
    "declared as what nobody knows": ("cp1251", page("<meta charset=x-none>", f"<p>{IN_RUSSIAN}</p>").encode("cp1251")),
    "not declared": ("cp1251", IN_RUSSIAN.encode("cp1251")),
    "a byte that is broken": ("utf-8", (SAID * 20).encode() + b"\xff" + (SAID * 20).encode()),
}


@pytest.mark.parametrize("how", ENCODED)
def test_bytes_are_read_in_the_encoding_they_are_in(how: str) -> None:
    encoding, content = ENCODED[how]
    document, text = read_document(content, name="a file")
    assert document.encoding == encoding
    assert text.file == content.decode(encoding, "replace")
    assert ("zone in the valley" if "zone" in text.file else "отправлять войска в эту зону") in text.body


def test_a_byte_order_mark_stays_in_the_file_and_out_of_the_text() -> None:
    document, text = read_document(codecs.BOM_UTF8 + SAID.encode(), name="a file")
    assert text.file[0] == "\ufeff"
    assert text.body == f"{SAID}\n"
    assert document.kept == ((1, 1 + len(SAID)),)


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (SAID, "Latin"),
        (IN_RUSSIAN, "Cyrillic"),
        ("中国外交部发言人星期二表示,中国不会向该地区派遣部队,这一立场不会改变。", "Han"),
        ("قال الوزير يوم الثلاثاء إن بلاده لن ترسل قوات إلى هذه المنطقة في الوادي.", "Arabic"),
        ("შინაგან საქმეთა მინისტრმა სამშაბათს თქვა, რომ ქვეყანა ჯარს არ გაგზავნის იქ.", "Other"),
    ],
)
def test_the_script_of_most_letters_is_told(words: str, script: str) -> None:
    document, text = read_document(words.encode(), name="a file")
    assert document.script == script
    assert text.body.strip() == words.strip()


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (page(), "html"),
        (f"<p>{SAID}</p><p>{SAID}</p>", "html"),
        (f"\ufeff\n<!-- saved --><HTML><body>{SAID}", "html"),
        (SAID, "plain"),
        (f"{SAID} If a < b and c > d, the tag <p> is not closed.", "plain"),
    ],
)
def test_the_form_is_told_by_the_content(words: str, form: str) -> None:
    assert read(words).form == form


def test_a_page_states_title_site_author_address_and_day() -> None:
    head = '<title>Wetland says no | Daily Post</title><meta property="og:site_name" content="Daily Post">'
    head += '<meta name="author" content="Jane Roe"><link rel="canonical" href="https://dailypost.example/a/no">'
    head += '<meta property="article:published_time" content="2031-03-12T23:30:00-05:00">'
    document = read(page(head))
    assert (document.title, document.publisher) == ("Wetland says no to sending troops", "Daily Post")
    assert (document.author, document.republisher) == ("Jane Roe", "")
    assert document.url == "https://dailypost.example/a/no"
    assert (document.published.value, document.published.precision) == ("2031-03-12", "day")


def test_bylines_dates_and_captions_of_a_page_are_none_of_its_text() -> None:
    lines = "<p>By Jane Roe</p><p>12 March 2031, 10:05</p><p>Photo: a staircase in the rain</p><p>Advertisement</p>"
    _, text = read_document(page(body=ARTICLE.replace("</h1>", f"</h1>{lines}")).encode(), name="a page")
    assert [line.split()[0] for line in text.body.splitlines()] == ["Wetland", "Wetland’s", "He"]


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<link rel="canonical" href="https://dailypost.example/2031/a">',
        '<meta name="date" content="2031-03">',
        '<meta name="copyright" content="© 2031">',
        '<meta property="article:published_time" content="2031-02-30">',
    ],
)
def test_a_page_without_day_and_publisher_gets_none(head: str) -> None:
    document = read(page(head, f"{ARTICLE}<footer>© 2031</footer>"))
    assert (document.publisher, document.republisher, document.author) == ("", "", "")
    assert document.published == NOT_STATED


STATED = {  # head of the article, foot of it: publisher, republisher, author, published
    "an agency's dateline": ("BRUNNAU, 12 March (Reuters) — ", "", "Reuters", "", "", "XXXX-03-12"),
    "a dateline with its year": ("Brunnau, March 12, 2031 -- ", "", "", "", "", "2031-03-12"),
    "an agency on another's page": (
        "The Selm Ledger\n\nWetland says no to troops\n\nBRUNNAU (AFP) – ",
        "",
        "",
        "The Selm Ledger",
        "AFP",
        "",
    ),
    "an outlet's own reporter": (
        "THE SELM LEDGER\n\nWetland says no to troops\n\nBy Jane Roe\n\n",
        "",
        "The Selm Ledger",
        "",
        "Jane Roe",
        "",
    ),
    "initials of the masthead": (
        "North Coast Wire\n\nWetland says no to troops\n\nBRUNNAU (NCW) - ",
        "",
        "North Coast Wire",
        "",
        "",
        "",
    ),
    "a note on a person": (
        "",
        "Jane Roe\n\nJane Roe is a reporter at the Selm Ledger.\n\n© 2031 The Selm Ledger",
        "The Selm Ledger",
        "",
        "Jane Roe",
        "",
    ),
    "a note on a channel": (
        "",
        "Vale TV\n\nVale TV is the first channel in the valley that is made for the whole of it.\n\n© The Selm Ledger",
        "",
        "The Selm Ledger",
        "Vale TV",
        "",
    ),
    "a name in bylines and in a handle": (
        "",
        "Read Next\n\nMarkets fall\n\nBy Jane Roe\n\n2d ago\n\nHerring up\n\nBy Vale Online\n\n@valeonline_en",
        "Vale Online",
        "",
        "",
        "",
    ),
    "a byline of no one in particular": ("Wetland says no to troops\n\nBy Staff Writer\n\n", "", "", "", "", ""),
    "nobody's byline": ("Wetland says no to troops\n\nBy our correspondent in Brunnau\n\n", "", "", "", "", ""),
    "the country of a town": ("BRUNNAU (Upland) — ", "", "", "", "", ""),
    "an age, which is counted from nobody knows when": (
        "Wetland says no to troops\n\n2 hours ago\n\n",
        "",
        "",
        "",
        "",
        "",
    ),
}


@pytest.mark.parametrize("how", STATED)
def test_what_a_plain_page_states_of_its_article(how: str) -> None:
    head, foot, *stated = STATED[how]
    document = read(f"{head}{SAID}\n\nHe said that this would not change before the end of the year.\n\n{foot}\n")
    assert [document.publisher, document.republisher, document.author, document.published.value] == stated


LEADS = {
    "‘No Troops’: Wetland Tells Upland to Look Elsewhere": True,
    "Upland May Send Troops to the Valley – Menk": True,
    "Upland mulls winter clothing for observers -- minister": True,
    "Pellana offers ferry as talks venue, Sorrel says": True,
    "‘There was no car,’ says Baranek": True,
    "Herring quota cut again this year": False,
    "Ten walks for a wet Sunday": False,
    "Photo: a minister says no in the rain": False,
    "Markets Fall After the Storm in the North": False,
}


@pytest.mark.parametrize("words", LEADS)
def test_headlines_of_others_that_tell_of_words_are_leads(words: str) -> None:
    file = f"{SAID}\n\nHe said that this would not change before the end of the year.\n\n"
    file += f"Read Next\n{words} Upland\n{words}\n2d ago\n"
    document, text = read_document(file.encode(), name="a file")
    assert [lead.exact for lead in document.leads] == ([words] if LEADS[words] else [])
    for lead in document.leads:
        assert text.file[lead.start : lead.end] == lead.exact
        assert text.file[: lead.start].endswith(lead.prefix)
        assert text.file[lead.end :].startswith(lead.suffix)
