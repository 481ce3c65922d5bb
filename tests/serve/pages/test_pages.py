"""Pages fetched without a browser: what each holds, who sees what, that nothing from outside comes out as markup."""

import re
from html.parser import HTMLParser

import pytest
from tests.run.live.simulated import HEADER, MIN
from tests.serve.pages.site import PASSWORD, serving, shots

from truceline.model.review import Review
from truceline.serve.pages.rendering import local, outside
from truceline.serve.pages.words import lasting, left, where, within

HOSTILE = "<script>alert(1)</script>\u202egnp.exe <b>"


class Reader(HTMLParser):
    """Tags in their order, and what a check of a page needs of them."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.headings, self.labels, self.fields, self.open = [], [], [], set(), [], []

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.tags.append((tag, held))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels.add(held.get("for"))
            self.open.append("label")
        if tag in ("input", "select", "textarea") and held.get("type") != "hidden" and "hidden" not in held:
            self.fields.append((held, "label" in self.open))

    def handle_endtag(self, tag):
        if tag == "label":
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def read(answer):
    reader = Reader()
    reader.feed(answer.text)
    return reader


def shown(answer) -> str:
    return " ".join(" ".join(read(answer).text).split())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("pages") / "mission") as served:
        one = served.simulated
        shots(served, 3)
        one.send()
        event = next(e for e in one.desk.own("event").to_pylist() if e["latest_at_us"] >= one.clock.now_us - 10 * MIN)
        one.review(Review(event_id=event["event_id"], act="confirm", at_us=0, author=""))
        served.case = next(iter(one.desk.books.cases.cases)) if one.desk.books.cases.cases else ""
        assert served.case
        served.event = event["event_id"]
        served.finding = one.desk.books.cases.cases[served.case].opening.finding_ids[0]
        served.people = {name: served.client(name) for name in ("wanda", "rita", "al", "rep", "chair", "audit", "ana")}
        served.people[""] = served.client()
        yield served


def pages_of(site, name):
    common = ["/", "/cases", "/findings", "/events", "/bulletins"]
    known = ["/claims", "/areas", "/suspensions", "/me"]
    inside = [f"/cases/{site.case}", f"/findings/{site.finding}", f"/events/{site.event}"]
    return {
        "": [*common, "/sign-in"],
        "audit": [*common, *known, *inside],
        "al": [*common, *known, "/intake"],
        "wanda": [*common, *known, *inside, "/intake"],
        "rita": [*common, *known, *inside, "/review", f"/review/{site.event}"],
        "rep": [*common, *known, *inside, "/release"],
        "chair": [*common, *known, *inside, "/accounts"],
        "ana": [*common, *known, *inside],
    }[name]


EVERYBODY = ("", "audit", "al", "wanda", "rita", "rep", "chair", "ana")


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_page_is_well_made_for_whoever_reads_it_aloud(site, name):
    for path in pages_of(site, name):
        answer = site.people[name].get(path, follow_redirects=True)
        assert answer.status_code == 200, (name, path, answer.status_code)
        page = read(answer)
        tags = [tag for tag, _ in page.tags]
        held = dict(page.tags)
        assert held["html"]["lang"] == "en"
        assert tags.count("h1") == tags.count("main") == tags.count("title") == 1, path
        assert next(attrs for tag, attrs in page.tags if tag == "a")["class"] == "skip"
        assert page.headings[0] == 1
        assert all(
            after - before <= 1 or (before == 1 and after == 3)
            for before, after in zip(page.headings, page.headings[1:], strict=False)
        ), path
        unnamed = [each for each, inside in page.fields if not inside and each.get("id") not in page.labels]
        assert not unnamed, (path, unnamed)
        assert all("alt" in attrs for tag, attrs in page.tags if tag == "img")
        tables = tags.count("table")
        assert tags.count("caption") == tables
        assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th"), path
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), (path, sorted(x for x in ids if ids.count(x) > 1))


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_page_holds_a_script_a_style_or_anything_from_elsewhere(site, name):
    for path in pages_of(site, name):
        page = read(site.people[name].get(path, follow_redirects=True))
        for tag, attrs in page.tags:
            assert not [key for key in attrs if key == "style" or key.startswith("on")], (path, tag, attrs)
            assert tag != "style", path
            assert tag != "script" or attrs["src"].startswith("/static/"), path
            assert all((attrs.get(key) or "/")[0] in "/#?" for key in ("href", "src", "action")), (path, tag, attrs)


def test_a_case_shows_where_it_stands_what_is_awaited_by_when_and_leads_to_its_evidence(site):
    text, answer = "", site.people["wanda"].get(f"/cases/{site.case}")
    text = shown(answer)
    for part in (
        "Stands at tell",
        "MISSION: carry out the step",
        "1 h 0 min left",
        "stands here",
        "refused → look",
        "the case was opened",
        "truceline",
    ):
        assert part in text, part
    assert f'href="/findings/{site.finding}"' in answer.text
    assert f'href="/events/{site.event}"' in answer.text


def test_a_finding_is_explained_down_to_its_bytes_for_the_mission(site):
    answer = site.people["wanda"].get(f"/findings/{site.finding}")
    text = shown(answer)
    for part in (
        "must not fire within 100 km",
        "surely",
        "km from contact",
        "2 independent sources",
        "whose act it was",
        "What would change it",
        "Certificate",
    ):
        assert part in text, part
    raw = re.search(r'href="(/raw/[0-9a-f]{64})"', answer.text)[1]
    before = site.desk.position
    taken = site.people["wanda"].get(raw)
    assert taken.status_code == 200
    assert b"acoustic" in taken.content
    assert taken.headers["content-disposition"].startswith("attachment")
    entry = site.desk.entries("custody", raw[5:])
    assert site.desk.position > before, "that somebody took it stands in the record"
    assert entry[-1][1].author == "wanda"


def test_what_is_not_released_reads_as_what_does_not_exist(site):
    for name in ("", "al"):
        client = site.people[name]
        for kind, held in (("cases", site.case), ("findings", site.finding), ("events", site.event)):
            there, absent = client.get(f"/{kind}/{held}"), client.get(f"/{kind}/{held[:-4]}0000")
            assert there.status_code == absent.status_code == 404
            assert shown(there).rpartition(" ")[0] == shown(absent).rpartition(" ")[0]
    for path in ("/raw/" + "0" * 64, "/raw/x"):
        assert site.people["al"].get(path).status_code == 404


def test_an_auditor_gets_no_facts_with_places(site):
    text = shown(site.people["audit"].get(f"/findings/{site.finding}"))
    assert "km from contact" not in text
    api = site.people["audit"].get(f"/api/findings/{site.finding}", headers={"accept": "application/json"})
    assert api.json()["certificate"] is None


def test_a_party_is_told_by_a_case_and_sees_only_its_own_forms(tmp_path):
    with serving(tmp_path / "mission") as served:
        one = served.simulated
        one.send()
        event = next(e["event_id"] for e in one.desk.own("event").to_pylist() if len(e["members"]) == 2)
        one.review(Review(event_id=event, act="confirm", at_us=0, author=""))
        case = next(iter(one.desk.books.cases.cases))
        one.act("wanda", case, "acted", "MISSION", "tell", "done")
        party, mission = served.client("al"), served.client("wanda")
        answer = party.get(f"/cases/{case}")
        assert answer.status_code == 200
        assert "Reply as ALPHA" in answer.text
        assert "State it for MISSION" not in answer.text
        assert "wanda" not in shown(answer)
        assert "truceline 0" not in shown(answer)
        token = re.search('name="csrf" value="([0-9a-f]{64})"', answer.text)[1]
        sent = {"csrf": token, "key": "k", "form": "replied", "kind": "replied", "actor": "ALPHA", "words": HOSTILE}
        assert party.post(f"/cases/{case}", data=sent).status_code == 303
        other = party.post(
            f"/cases/{case}",
            data={
                **sent,
                "key": "l",
                "form": "acted-MISSION",
                "kind": "acted",
                "actor": "MISSION",
                "step": "look",
                "result": "substantiated",
            },
        )
        assert other.status_code == 403
        for reader in (party, mission):
            page = reader.get(f"/cases/{case}").text
            assert "<script>alert" not in page
            assert "\u202e" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert "U+202E" in page
        served.let_in("bo")
        assert "alert(1)" not in served.client("bo").get(f"/cases/{case}").text, "a party's words are not the other's"
        one.attribute(case, "BETA", "ana", "ben")
        assert "panellist" not in party.get(f"/cases/{case}").text
        assert "panellist" in mission.get(f"/cases/{case}").text


def post(client, path, page, **fields):
    answer = client.get(page, follow_redirects=True)
    token = re.search('name="csrf" value="([0-9a-f]{64})"', answer.text)[1]
    return client.post(path, data={"csrf": token, **fields})


def test_a_refused_form_comes_back_with_its_reason_and_with_what_was_typed(site):
    client, path = site.people["rita"], f"/review/{site.event}"
    page = client.get(path).text
    held = dict(re.findall('name="(decided|seen)" value="([^"]*)"', page))
    refused = post(client, path, path, decision="reject", reason="", **held)
    assert refused.status_code == 422
    assert "no reason is given" in shown(refused)
    typed = {
        "lat_deg": "91",
        "lon_deg": "-26.5",
        "error_m": "100",
        "earliest_at_us": "2026-10-05 10:00:10",
        "latest_at_us": "2026-10-05 10:00:20",
        "decision": "correct",
        "count_lo": "1",
        "act": "fire",
        "reason": "Seen anew <i>",
    }
    refused = post(client, path, path, **{**typed, **held})
    assert refused.status_code == 422
    assert 'value="91"' in refused.text
    assert "Seen anew &lt;i&gt;" in refused.text
    assert "field-error" in refused.text
    assert 'aria-invalid="true"' in refused.text


def test_a_decision_about_what_stands_otherwise_by_now_is_refused(site):
    client, path = site.people["rita"], f"/review/{site.event}"
    held = dict(re.findall('name="(decided|seen)" value="([^"]*)"', client.get(path).text))
    refused = post(client, path, path, decision="reject", reason="It did not happen", decided="0", seen=held["seen"])
    assert refused.status_code == 422
    assert "decided about it meanwhile" in shown(refused)
    assert "It did not happen" in refused.text
    refused = post(
        client, path, path, decision="reject", reason="No", decided=held["decided"], seen=f"{site.event} obs-1"
    )
    assert refused.status_code == 422
    assert "no longer those that were shown" in shown(refused)


def test_intake_gives_a_receipt_with_the_rows_that_were_set_aside(site):
    client = site.people["wanda"]
    token = re.search('name="csrf" value="([0-9a-f]{64})"', client.get("/intake").text)[1]
    place = HOSTILE.replace(",", "")
    rows = f"""{HEADER}Z-1,,camera,2026-10-05 03:00,2026-10-05 03:01,,fly,,recon_drone,,1,-27.2,31.42,300,{place},,0.7
Z-2,,camera,when?,,,fly,,,,1,-27.2,31.42,300,,,0.7
"""
    answer = client.post(
        "/intake",
        data={"csrf": token, "key": "i", "feed": "reports"},
        files={"file": (f"{HOSTILE}.csv", rows.encode())},
    )
    assert answer.status_code == 200, shown(answer)
    text = shown(answer)
    assert "2 rows read, 1 taken, 1 set aside" in text
    assert "row 2" in text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    refused = client.post(
        "/intake", data={"csrf": token, "key": "j", "feed": "reports"}, files={"file": ("a.exe", b"x")}
    )
    assert refused.status_code == 422
    assert "is no format" in shown(refused)


def test_a_large_file_is_taken_where_files_are_taken_and_nowhere_else(site):
    client = site.people["rep"]
    token = re.search('name="csrf" value="([0-9a-f]{64})"', client.get("/release").text)[1]
    assert client.post("/release", data={"csrf": token, "items": "x" * 1_200_000}).status_code == 413


def test_release_decisions_are_recorded_with_their_reason(site):
    done = post(
        site.people["rep"],
        "/release",
        "/release",
        act="embargo",
        items="evt-000000000000",
        reason="At <b>their</b> asking",
        key="r1",
    )
    assert done.status_code == 303
    text = site.people["rep"].get("/release").text
    assert "evt-000000000000" in text
    assert "At &lt;b&gt;their&lt;/b&gt; asking" in text
    refused = post(site.people["rep"], "/release", "/release", act="publish", items="evt-1", reason="", key="r2")
    assert refused.status_code in (409, 422)
    assert "Not done" in shown(refused)
    assert "evt-1" in refused.text


def test_the_bulletin_is_a_document_of_its_own_with_its_own_style_and_nothing_else(site):
    site.simulated.clock.on(MIN)
    site.simulated.round()
    listed = site.people["wanda"].get("/bulletins").text
    path = re.search(r'href="(/bulletins/[^"]+/en\.html)"', listed)[1]
    answer = site.people["wanda"].get(path)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "'sha256-" in policy
    assert "script" not in policy
    assert site.people["al"].get(path).status_code == 404, "the mission's own levels leave nobody's hands"


def test_the_first_page_says_what_is_not_in_order(site):
    site.desk.fault = "feed reports: it cannot be read."
    try:
        assert "New observations are not judged" in shown(site.people["wanda"].get("/"))
        assert "not judged" not in shown(site.people["al"].get("/")), "that is the mission's own matter"
    finally:
        site.desk.fault = ""


def test_signing_in_goes_back_to_a_page_of_ours_and_to_no_other(site):
    assert [local(each) for each in ("/cases/x", "//evil.example", "https://evil.example", "/\\evil.example")] == [
        "/cases/x",
        "/",
        "/",
        "/",
    ]
    wrong = site.client().post("/sign-in", data={"name": "wanda", "password": "wrong", "back": "/cases"})
    assert wrong.status_code == 401
    assert "do not belong together" in shown(wrong)
    right = site.client().post("/sign-in", data={"name": "wanda", "password": PASSWORD, "back": "//evil.example/"})
    assert right.status_code == 303
    assert right.headers["location"] == "/"


def test_what_nobody_may_see_without_signing_in_says_so_and_leads_there(site):
    answer = site.people[""].get("/me")
    assert answer.status_code == 401
    assert 'href="/sign-in?back=/me"' in answer.text
    assert site.people["wanda"].get("/review").status_code == 403


def test_one_ends_another_session_of_ones_own(site):
    other = site.client("ana")
    assert other.get("/me").status_code == 200
    client = site.client("ana")
    page = client.get("/me").text
    token, *_ = re.findall('name="csrf" value="([0-9a-f]{64})"', page)
    for session in re.findall('name="session" value="([0-9a-f]{64})"', page):
        assert client.post("/me/sessions", data={"csrf": token, "session": session}).status_code == 303
    assert other.get("/me").status_code == 401
    assert client.get("/me").status_code == 200
    site.people["ana"] = client


def test_a_key_is_shown_once(site):
    issued = post(site.people["wanda"], "/me/keys", "/me", rights="submit", days="7", key="k1")
    text = re.search(r'id="key-text">(tl_[a-z0-9]+_[0-9a-f]{64})<', issued.text)[1]
    assert text not in site.people["wanda"].get("/me").text
    assert text[:11] in site.people["wanda"].get("/me").text


def test_accounts_are_made_and_refused_with_the_reason(site):
    client = site.people["chair"]
    made = post(client, "/accounts", "/accounts", form="new-account", name="nora", role="reviewer", password=PASSWORD)
    assert made.status_code == 303
    assert site.desk.account("nora").role == "reviewer"
    refused = post(client, "/accounts", "/accounts", form="new-account", name="olga", role="party_liaison", party="")
    assert refused.status_code == 422
    assert "names one party" in shown(refused)
    assert 'value="olga"' in refused.text


@pytest.mark.parametrize(
    ("span_s", "words"), [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_600, "1 h 0 min"), (90_000, "1 d 1 h")]
)
def test_what_is_left_is_said_in_its_two_greatest_units(span_s, words):
    assert lasting(span_s * 1_000_000) == words


def test_an_act_in_the_last_moment_is_not_late():
    assert not left(5_000_000, 5_000_000).late
    assert left(5_000_000, 5_000_001).late


def test_a_place_is_no_finer_than_its_error_and_an_unknown_one_is_none():
    row = {"lon_deg": -26.5, "lat_deg": 31.7, "cov_ee_m2": 6676.164, "cov_en_m2": 0.0, "cov_nn_m2": 6676.164}
    assert where(row) == "31.700° N, 26.500° W ± 200 m (95 %)"
    assert where(row | {"lon_deg": None}) == "none"
    assert within({"earliest_at_us": 10_000_000, "latest_at_us": 20_999_999}) == "± 6 s"


def test_signs_that_cannot_be_seen_are_made_visible():
    assert (
        outside("a\u202eb\u200b<i>")
        == '<bdi>a<span class="sign">U+202E</span>b<span class="sign">U+200B</span>&lt;i&gt;</bdi>'
    )
