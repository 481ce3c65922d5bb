"""Pages driven in a browser, by keyboard, at night and on a phone: what a monitor does at three in the morning."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.run.live.simulated import MIN
from tests.serve.pages.site import PASSWORD, browser_or_skip, serving, shots

from truceline.model.review import Review

FAINT = Path(__file__).with_name("faint.js").read_text("utf-8")
PHONE, DESK = {"width": 360, "height": 800}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def chromium():
    where = browser_or_skip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("browser") / "mission") as served:
        one = served.simulated
        shots(served, 12)
        one.send()
        event = max(one.desk.own("event").to_pylist(), key=lambda e: e["latest_at_us"])["event_id"]
        one.review(Review(event_id=event, act="confirm", at_us=0, author=""))
        served.case = next(iter(one.desk.books.cases.cases))
        served.event = event
        served.finding = one.desk.books.cases.cases[served.case].opening.finding_ids[0]
        served.let_in("wanda", "rita", "al", "bo", "rep", "chair", "ana", "ben")
        yield served


@contextmanager
def person(chromium, site, name, *, viewport=DESK, scheme="light"):
    """A page of somebody who has signed in; whatever the browser complains of, or asks for elsewhere, is a failure."""
    context = chromium.new_context(viewport=viewport, color_scheme=scheme)
    complaints = []
    context.on("request", lambda r: None if r.url.startswith(site.url) else complaints.append(r.url))
    context.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    context.on("weberror", lambda e: complaints.append(str(e.error)))
    page = context.new_page()
    if name:
        page.goto(f"{site.url}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    yield page
    context.close()
    assert not [each for each in complaints if "status of 4" not in each], complaints


def refused_as_told(page):
    return page.locator("#refused")


def test_a_queue_of_twelve_is_cleared_by_keyboard_alone(chromium, site):
    with person(chromium, site, "rita") as page:
        page.goto(f"{site.url}/review")
        expect(page.locator("main .turn strong")).to_have_text("1")
        total = int(re.search(r"of (\d+)", page.locator("main .turn").inner_text())[1])
        assert total >= 12
        page.keyboard.press("j")
        expect(page.locator("main .turn strong")).to_have_text("2")
        page.keyboard.press("k")
        expect(page.locator("main .turn strong")).to_have_text("1")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        for left in range(total - 1, -1, -1):
            if left == total - 2:
                page.keyboard.press("x")
                expect(page.locator("#reject-reason")).to_be_focused()
                page.keyboard.type("c j k: words, and no keys")
                page.keyboard.press("Control+Enter")
            else:
                page.keyboard.press("c")
            expect(page.locator(".tabs a").first).to_have_text(f"To look at: {left}")
        expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    acts = [each.act for each in site.desk.books.reviews]
    assert acts.count("confirm") >= total - 1
    assert [each.reason for each in site.desk.books.reviews if each.act == "reject"] == ["c j k: words, and no keys"]


def test_a_typed_reason_outlives_a_refusal_a_reload_and_leaving_the_page(chromium, site):
    with person(chromium, site, "rita") as page:
        path = f"{site.url}/review/{site.event}"
        page.goto(path)
        page.keyboard.press("x")
        page.keyboard.type("Heard twice")
        page.keyboard.press("Escape")
        page.goto(f"{site.url}/events")
        page.goto(path)
        expect(page.locator("#reject-reason")).to_have_value("Heard twice")
        site.simulated.review(Review(event_id=site.event, act="confirm", at_us=0, author=""))
        page.locator("#reject-reason").focus()
        page.keyboard.press("Control+Enter")
        expect(refused_as_told(page)).to_contain_text("decided about it meanwhile")
        expect(page.locator("#reject-reason")).to_have_value("Heard twice")
        page.locator("#reject-reason").focus()
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")


def test_a_correction_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(chromium, site):
    with person(chromium, site, "rita") as page:
        page.goto(f"{site.url}/review/{site.event}")
        page.keyboard.press("e")
        expect(page.locator("#correct-earliest_at_us")).to_be_focused()
        page.locator("#correct-lat_deg").fill("91")
        page.locator("#correct-lat_deg").press("Control+Enter")
        expect(page.locator("#error-lat_deg")).to_be_visible()
        expect(page.locator("#correct-lat_deg")).to_have_value("91")
        page.locator("#correct-lat_deg").fill("31.71")
        page.locator("#correct-lat_deg").press("Control+Enter")
        expect(page.get_by_text("Recorded. What follows")).to_be_visible()
    assert dict(site.desk.books.reviews[-1].values)["lat_deg"] == "31.71"


def test_mission_party_and_panel_act_in_a_case_each_with_its_own_forms(chromium, tmp_path):
    with serving(tmp_path / "mission") as site:
        one = site.simulated
        site.let_in("wanda", "bo", "ana")
        one.send()
        event = max(one.desk.own("event").to_pylist(), key=lambda e: e["latest_at_us"])["event_id"]
        one.review(Review(event_id=event, act="confirm", at_us=0, author=""))
        case = next(iter(one.desk.books.cases.cases))
        with person(chromium, site, "wanda") as page:
            page.goto(f"{site.url}/")
            page.get_by_role("link", name="tell: carry out the step as MISSION").click()
            page.get_by_role("radio", name="done").check()
            page.get_by_role("button", name="State it for MISSION").click()
            expect(page.locator(".steps .here")).to_contain_text("look")
        with person(chromium, site, "bo", viewport=PHONE) as page:
            page.goto(f"{site.url}/cases/{case}")
            expect(page.get_by_role("button", name="State it for MISSION")).to_have_count(0)
            page.get_by_text("Reply as BETA").click()
            page.locator("#replied-words").fill("It has ended.")
            page.get_by_role("button", name="Send the reply").click()
            expect(page.get_by_text("It has ended.")).to_be_visible()
        with person(chromium, site, "ana") as page:
            page.goto(f"{site.url}/cases/{case}")
            page.get_by_role("radio", name="BETA").check()
            page.get_by_role("button", name="Record my vote").click()
            expect(page.get_by_text("Your vote on whose act it was is recorded.")).to_be_visible()
        state = one.desk.books.cases.cases[case]
        assert state.replied == ("BETA",)
        assert [vote.author for vote in state.votes] == ["ana"]


def test_time_left_counts_down_from_the_servers_time_and_says_late_since(chromium, site):
    context = chromium.new_context(viewport=DESK)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Name").fill("wanda")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{site.url}/cases")
    clock = page.locator(".clock[data-due-us]").first
    assert re.search(r"(\d+ min|\d+ h)", clock.inner_text())
    before = clock.inner_text()
    page.clock.fast_forward(20 * 60 * 1000)
    expect(clock).not_to_have_text(before)
    expect(clock).to_contain_text("left")
    page.clock.fast_forward(9 * 60 * 60 * 1000)
    expect(clock).to_contain_text("late since")
    expect(clock).to_have_class(re.compile("late"))
    context.close()


def test_a_new_case_appears_without_loading_the_page_again_and_typing_is_not_disturbed(chromium, tmp_path):
    with serving(tmp_path / "mission") as site:
        one = site.simulated
        site.let_in("wanda")
        shots(site, 1)
        one.send()
        first, second = sorted(one.desk.own("event").to_pylist(), key=lambda e: e["latest_at_us"])[-2:]
        one.review(Review(event_id=second["event_id"], act="confirm", at_us=0, author=""))
        with person(chromium, site, "wanda") as page:
            page.goto(f"{site.url}/cases")
            page.evaluate("window.stayed = true")
            expect(page.locator("main .card")).to_have_count(1)
            one.review(Review(event_id=first["event_id"], act="confirm", at_us=0, author=""))
            expect(page.locator("main .card")).to_have_count(2)
            assert page.evaluate("window.stayed") is True
            case = next(iter(one.desk.books.cases.cases))
            page.goto(f"{site.url}/cases/{case}")
            page.get_by_text("Add a note").click()
            page.locator("#noted-words").fill("While I typed")
            one.act("lena", case, "noted", words="something new")
            expect(page.locator("#news")).to_be_visible()
            expect(page.locator("#noted-words")).to_have_value("While I typed")


def everywhere(site):
    return {
        "": ["/", "/sign-in", "/cases", "/cases/nothing"],
        "al": ["/", "/cases", "/areas", "/intake", "/claims"],
        "wanda": [
            "/",
            "/cases",
            f"/cases/{site.case}",
            "/findings",
            f"/findings/{site.finding}",
            "/events",
            f"/events/{site.event}",
            "/claims",
            "/bulletins",
            "/areas",
            "/suspensions",
            "/intake",
            "/me",
        ],
        "rita": [f"/review/{site.event}", "/review"],
        "rep": ["/release"],
        "chair": ["/accounts", "/suspensions"],
        "ana": [f"/cases/{site.case}"],
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_and_every_text_stands_out(chromium, site, scheme):
    site.simulated.clock.on(MIN)
    site.simulated.round()
    for name, paths in everywhere(site).items():
        with person(chromium, site, name, viewport=PHONE, scheme=scheme) as page:
            for path in paths:
                page.goto(f"{site.url}{path}")
                page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, (name, path, wide)
                assert page.evaluate(FAINT) == [], (name, path)


def test_a_bulletin_comes_with_its_style_and_runs_nothing(chromium, site):
    site.simulated.clock.on(MIN)
    site.simulated.round()
    with person(chromium, site, "wanda", viewport=PHONE) as page:
        page.goto(f"{site.url}/bulletins")
        page.get_by_role("link", name="English").first.click()
        expect(page.locator(".level")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('.level')).borderTopStyle") == "solid"
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_first_key_of_the_tabulator_leads_to_the_content(chromium, site):
    with person(chromium, site, "wanda") as page:
        page.goto(f"{site.url}/cases")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
