"""No byte of one party's confidential entries in any answer, export, stream, count, search, mail or error for another.

Worlds are generated: what each party's liaison sends, with a word of its own in every text and a place, a number and a
second of its own in every figure. Then every route is read by everybody, with every id that there is.
"""

import random
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx import Response
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import budget
from tests.run.live.simulated import HEADER, MIN, SHOT, Simulated
from tests.serve.house import House, opened
from tests.serve.sweep import found_in, numbers_in, paths_of, places_in, swept, texts_of, told_in_stream

from truceline.model.release import ReleaseDecision
from truceline.model.review import Review
from truceline.record.sealed.vault import Vault
from truceline.run.live.operations import ActInCase, Release


def unshrunk(examples: int) -> settings:
    """A world takes seconds: what is found is shown as it was found."""
    return settings(budget(examples), phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False)


LIAISONS = {"ALPHA": "al", "BETA": "bo"}
SOURCES = {"ALPHA": ("alpha_log", "alpha_claims"), "BETA": ("beta_log", "beta_claims")}
MISSION_HEADERS = {
    "reports": HEADER.strip(),
    "claims": "claim,source,begins,ends,claimant,accused,act,category,count,speaker,citation",
    "casualties": "row,source,happening,kind,status,group,count,begins,place,words",
    "damage": "row,source,happening,object,status,degree,count,begins,place,words",
    "notices": "notice,register,party,act,zone,class,begins,ends,status,decided_by,given_to,given",
    "coverage": "row,clause,begins,ends,share",
}
Rows = dict[str, list[str]]  # of a feed


@dataclass(frozen=True)
class Sown:
    """What one party sent, and what of it must not be found elsewhere."""

    rows: Rows
    words: tuple[str, ...] = ()
    degrees: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()
    seconds: tuple[str, ...] = ()


@st.composite
def sown(draw: st.DrawFn, party: str) -> Sown:
    """Some rows of every kind that a party's liaison may send, and one that is refused."""
    log, claims = SOURCES[party]
    chance = random.Random(f"{party} {draw(st.integers(0, 2**64))}")  # one number, so that no two words are alike
    words: list[str] = []
    degrees: list[float] = []
    numbers: list[int] = []
    seconds: list[str] = []

    def word() -> str:
        words.append(f"{party[0].lower()}q{chance.getrandbits(60):015x}")
        return words[-1]

    def second() -> str:
        hour, minute, at = chance.randint(1, 9), chance.randint(0, 59), chance.randint(1, 59)
        seconds.append(f"2026-10-05T{hour:02}:{minute:02}:{at:02}")
        return seconds[-1].replace("T", " ")

    def degree(least: int, most: int) -> float:
        degrees.append(chance.randint(least * 10**6, most * 10**6) / 10**6)
        return degrees[-1]

    def number() -> int:
        numbers.append(chance.randint(7_000_000, 8_999_999))
        return numbers[-1]

    rows: Rows = {feed: [] for feed in MISSION_HEADERS}
    for _ in range(draw(st.integers(1, 3))):
        act = draw(st.sampled_from(("fire", "present", "fly", "strike")))
        begins = second()
        rows["reports"].append(
            f"{word()},{word()},{log},{begins},{begins},{draw(st.sampled_from(('', 'ALPHA', 'BETA')))},{act},"
            f"{word()},,,{number()},{degree(-30, -17)},{degree(31, 33)},120,{word()},acoustic,0.9"
        )
        begins = second()
        rows["claims"].append(
            f"{word()},{claims},{begins},{begins},{party},,{act},{word()},{number()},{word()},{word()}"
        )
        rows["casualties"].append(
            f"{word()},{log},{word()},injured,reported,man,{number()},{second()},{word()},{word()}"
        )
        rows["damage"].append(
            f"{word()},{log},{word()},school,reported,destroyed,{number()},{second()},{word()},{word()}"
        )
    beside = "2026-10-05 10:00:12,2026-10-05 10:00:25"  # the mission's shot, which it would join were it let to
    rows["reports"].append(f"{word()},,{log},{beside},,fire,,,,1,-26.501,31.701,200,{word()},acoustic,0.9")
    rows["reports"].append(f"{word()},{word()},acoustic,{second()},,,fire,,,,1,,,,{word()},,")  # not its source
    rows["coverage"].append(f"{word()},NO_FIRE,2026-10-01,2026-10-05,0.99")
    return Sown(rows=rows, words=tuple(words), degrees=tuple(degrees), numbers=tuple(numbers), seconds=tuple(seconds))


def send(house: House, by: str, rows: Rows) -> None:
    """What is good of the rows comes in; what is not is refused to its sender."""
    for feed, lines in rows.items():
        if lines:
            content = "\n".join((MISSION_HEADERS[feed], *lines)).encode() + b"\n"
            answer = house.ask("POST", f"/api/intake/{feed}", by, content=content, headers={"content-type": "text/csv"})
            assert answer.status_code in (201, 422), answer.text
    house.simulated.round()


def run_its_course(house: House, alphas: Sown, betas: Sown) -> None:
    """A case from the shot to its end, with what each party says in it; an embargo; a review of each party's events."""
    simulated = house.simulated
    simulated.send()
    send(house, "al", alphas.rows)
    send(house, "bo", betas.rows)
    (shot,) = [row for row in simulated.desk.own("event").to_pylist() if len(row["members"]) == 2]
    simulated.review(Review(event_id=shot["event_id"], act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.act("al", case_id, "noted", words=alphas.words[0] if alphas.words else "of ALPHA")
    simulated.act("bo", case_id, "noted", words=betas.words[0] if betas.words else "of BETA")
    for by, theirs in (("al", alphas), ("bo", betas)):
        words = theirs.words[1] if theirs.words else f"of {by}"
        due_us = simulated.clock.now_us + 600 * MIN
        asked = ActInCase(case_id=case_id, kind="asked", actor="MISSION", words=words, due_at_us=due_us)
        simulated.ask(asked, by).result()
    simulated.clock.on(120 * MIN)
    simulated.round()
    simulated.act("wanda", case_id, "acted", "MISSION", "look", "substantiated")
    simulated.attribute(case_id, "BETA", "ana", "ben", "carl", "dora")
    simulated.round()


@dataclass
class Base:
    """A folder in which a mission was begun: copies of it share the secret of its ids."""

    folder: Path

    def house(self, folder: Path) -> House:
        shutil.copytree(self.folder, folder)
        return opened(folder, Simulated(folder))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base") / "mission"
    Simulated(folder).close()
    vault = Vault(folder / "keys")  # what a party sends is sealed under a key of its own: the same in every world
    for party in ("ALPHA", "BETA"):
        vault.seal(b"", party)
    return Base(folder)


def leaks(house: House, by: str, foreign: Sown, *, reads_words: bool = False) -> list[str]:
    """Where something of what another party sent stands in what this account is told."""
    told = {path: list(texts_of(answer)) for path, answer in swept(house, by).items()}
    told["the stream"] = [told_in_stream(house, by)]
    for path in SEARCHES:
        decoy = house.get(path + "z" * 17, by).text
        answers = house.many([path + word for word in foreign.words], by)
        assert {plainly(answer.text, asked.removeprefix(path)) for asked, answer in answers.items()} <= {
            plainly(decoy, "z" * 17)
        }, "what is not released is told apart from what is not"
    numbers = () if reads_words else foreign.numbers
    words = () if reads_words else (*foreign.words, *foreign.seconds)
    return [f"{path}: {hit}" for path, texts in told.items() for hit in hits(texts, words, numbers, foreign.degrees)]


SEARCHES = ("/api/search?q=", "/ogc/collections/observations/items?place_name=")


def hits(texts: list[str], words: Iterable[str], numbers: Iterable[int], degrees: Iterable[float]) -> list[object]:
    return [*found_in(texts, words), *numbers_in(texts, numbers), *places_in(texts, degrees)]


def plainly(text: str, asked: str) -> str:
    """An answer without what it repeats of the question, and without its own number."""
    return re.sub(r'"request": "[0-9a-f]+"', "", text.replace(asked, ""))


def both(one: Sown, other: Sown) -> Sown:
    return Sown(
        rows={},
        words=one.words + other.words,
        degrees=one.degrees + other.degrees,
        numbers=one.numbers + other.numbers,
        seconds=one.seconds + other.seconds,
    )


def mail_to(house: House, actor: str) -> str:
    folder = house.simulated.folder / "outgoing" / actor.lower()
    return "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


@given(st.data())
@unshrunk(1)
def test_nothing_confidential_of_one_party_reaches_anybody_else(
    base: Base, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    alphas, betas = data.draw(sown("ALPHA")), data.draw(sown("BETA"))
    house = base.house(tmp_path_factory.mktemp("leak") / "mission")
    try:
        run_its_course(house, alphas, betas)
        house.made.keeper.sign()  # from then on there are receipts
        confidential = house.made.desk.confidential
        assert {"ALPHA", "BETA"} == set(confidential.values())
        assert leaks(house, "bo", alphas) == []
        assert leaks(house, "al", betas) == []
        assert leaks(house, "", both(alphas, betas)) == []
        assert leaks(house, "audit", both(alphas, betas), reads_words=True) == []  # what was said, and coarse places
        house.simulated.close()
        assert found_in([mail_to(house, "BETA")], alphas.words) == []
        assert found_in([mail_to(house, "ALPHA")], betas.words) == []
    finally:
        house.made.close()


def test_the_sweep_finds_what_there_is_to_find(base: Base, tmp_path: Path) -> None:
    """The checker is checked: to the mission, and to whoever sent it, all of it is told."""
    words, degrees = ("aq123456789abc", "aq223456789abc"), (-25.123456, 32.654321)
    times, place = "2026-10-05 03:04:05,2026-10-05 03:04:06", ",".join(map(str, degrees))
    row = f"R-1,{words[0]},alpha_log,{times},,fire,,,,7654321,{place},99,{words[1]},acoustic,0.9"
    alphas = Sown(rows={"reports": [row]}, words=words, degrees=degrees, numbers=(7654321,))
    house = base.house(tmp_path / "mission")
    run_its_course(house, alphas, Sown(rows={}))
    for by in ("wanda", "al"):
        told = {one.rpartition(": ")[2] for one in leaks_unsearched(house, by, alphas)}
        assert told == {*words, "7654321", "-25.123456", "32.654321"}, by
    assert leaks_unsearched(house, "bo", alphas) == []
    house.close()


def leaks_unsearched(house: House, by: str, foreign: Sown) -> list[str]:
    return [
        f"{path}: {hit}"
        for path, answer in swept(house, by).items()
        for hit in hits(list(texts_of(answer)), foreign.words, foreign.numbers, foreign.degrees)
    ]


@given(st.data())
@unshrunk(1)
def test_what_a_party_sends_in_confidence_changes_no_byte_for_others(
    base: Base, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    betas = data.draw(sown("BETA"))
    told = []
    for alphas in (Sown(rows={}), data.draw(sown("ALPHA"))):
        house = base.house(tmp_path_factory.mktemp("twin") / "mission")
        run_its_course(house, alphas, betas)
        paths = sorted(paths_of(house))
        told.append({(by, path): plain(answer) for by in ("bo", "") for path, answer in house.many(paths, by).items()})
        told[-1] |= {(by, "the stream"): told_in_stream(house, by) for by in ("bo", "")}
        house.close()
    without, beside = told
    shared = without.keys() & beside.keys()
    assert len(shared) > 600
    assert {asked for asked in shared if without[asked] != beside[asked]} == set()
    assert {by for by, path in beside.keys() - without.keys() if not is_nothing(beside[by, path])} == set()


OF_THE_REQUEST = re.compile(
    r'"request":\s*"[0-9a-f]+"'  # a number of its own for each refusal
    r"|\d+-\d{16}"  # how far the stream has come: it counts every entry (docs/safeguards.md)
    r'|name="key" value="[0-9a-f]+'  # of each form, so that what it says is said once
    r"|tl_\w+"  # an account's own keys
)


def plain(answer: Response) -> str:
    """An answer without what is of the request itself, not of what it asks for."""
    return f"{answer.status_code} {OF_THE_REQUEST.sub('', answer.text)}"


def is_nothing(told: str) -> bool:
    """Whether an answer is one of those for what does not exist."""
    return told.startswith(("401", "403", "404"))


def test_an_embargo_ends_all_that_is_told_of_an_event(base: Base, tmp_path: Path) -> None:
    house = base.house(tmp_path / "mission")
    run_its_course(house, Sown(rows={}), Sown(rows={}))
    (case_id,) = house.made.desk.books.cases.cases
    shot = house.made.desk.books.cases.cases[case_id].opening.event_ids[0]
    assert any(shot in answer.text for answer in swept(house, "bo").values())
    before = set(house.made.desk.books.issued)
    decision = ReleaseDecision(act="embargo", items=(shot,), at_us=0, author="rep", reason="a source is in danger")
    house.simulated.ask(Release(decision=decision), "rep").result()
    house.simulated.clock.on(30 * 60 * MIN)
    house.simulated.round()
    findings = house.made.desk.books.cases.cases[case_id].opening.finding_ids
    for by in ("al", "bo", ""):
        told = [
            path
            for path, answer in swept(house, by).items()
            for id_ in (shot, case_id, *findings)
            if id_ in answer.text and id_ not in path and not any(issue in path for issue in before)
        ]
        assert told == [], by
        assert house.told(f"/api/search?q={shot}", by)["found"] == []
    house.close()


def test_the_exact_place_of_a_shot_goes_to_no_party_but_the_one_that_fired(base: Base, tmp_path: Path) -> None:
    house = base.house(tmp_path / "mission")
    house.simulated.clock.on(MIN)
    shot = SHOT.replace("-26.50,31.70", "-26.523456,31.723456")
    place = (-26.523456, 31.723456)
    plain_send = house.simulated.send
    house.simulated.send = lambda: plain_send(shot)  # type: ignore[method-assign]
    run_its_course(house, Sown(rows={}), Sown(rows={}))
    told = {by: places_in(texts, place) for by in ("al", "bo", "") for texts in [all_texts(house, by)]}
    assert (told["al"], told[""]) == ([], [])
    assert told["bo"] == list(place)  # it was attributed to it: it must know what to end
    house.close()


def all_texts(house: House, by: str) -> list[str]:
    return [text for answer in swept(house, by).values() for text in texts_of(answer)]


def test_the_same_bytes_from_two_parties_are_two_files_and_neither_learns_of_the_other(house: House) -> None:
    row = "C-9,alpha_claims,2026-10-02,2026-10-02,ALPHA,BETA,fire,shelling,3,nobody,nowhere"
    mine = "\n".join(
        (
            MISSION_HEADERS["claims"],
            row,
            row.replace("alpha", "beta").replace("C-9", "C-8").replace("ALPHA,BETA", "BETA,ALPHA"),
        )
    )
    receipts = {}
    for by in ("al", "bo", "wanda", "al"):
        answer = house.ask(
            "POST", "/api/intake/claims", by, content=mine.encode(), headers={"content-type": "text/csv"}
        )
        receipts[by] = answer.json()["receipt"]
        assert answer.status_code == (200 if by == "al" and len(receipts) == 3 else 201), answer.text
    assert (receipts["al"]["rows"], receipts["bo"]["rows"], receipts["wanda"]["rows"]) == (1, 1, 2)
    house.simulated.round()
    assert [row["claimant"] for row in house.told("/api/items/claim", "al")["items"] if row["category"]] == ["ALPHA"]
    assert sorted(house.made.desk.confidential.values()) == ["ALPHA", "BETA"]


def test_a_notice_changes_what_follows_and_nothing_else_of_it_is_told(base: Base, tmp_path: Path) -> None:
    """The one disclosed effect: a party that gave notice in time is not in breach, and others see that it is not."""
    flight = (
        "A-9,,acoustic,2026-10-05 18:10,2026-10-05 18:11,ALPHA,fly,,helicopter,,1,-26.52,31.69,300,,acoustic,0.8\n"
        "U-9,,uav_west,2026-10-05 18:10,2026-10-05 18:11,ALPHA,fly,,helicopter,,1,-26.52,31.69,300,,uav_image,0.9\n"
    )
    given = "N-9,evacuation,ALPHA,fly,,helicopter,2026-10-05 18:00,2026-10-05 19:00,pending,,,"
    verdicts, told = [], []
    for notices in ([], [given]):
        house = base.house(tmp_path / str(len(notices)))
        send(house, "al", {"notices": notices})
        house.simulated.clock.to("2026-10-05 18:30")
        house.simulated.send(flight)
        rows = {
            row["clause"]: row["verdict"]
            for row in house.told("/api/findings", "wanda")["findings"]
            if row["event_ids"]
        }
        verdicts.append(rows["NO_AIRCRAFT"])
        assert house.told("/api/items/notice", "bo")["items"] == []
        told.append(
            {
                path: plain(answer)
                for path, answer in house.many(sorted(paths_of(house)), "bo").items()
                if "ntc-" not in path
            }
        )
        house.close()
    assert verdicts == ["breach", "no_breach"]
    assert {path for path in told[0] if told[0][path] != told[1][path]} == set()  # its delay has not passed


def test_a_liaison_cannot_pass_as_the_mission_nor_change_what_is_found(base: Base, tmp_path: Path) -> None:
    """Two reports under sources of the mission's would be a breach by BETA, had ALPHA been believed."""
    house = base.house(tmp_path / "mission")
    answer = house.ask(
        "POST", "/api/intake/reports", "al", content=(HEADER + SHOT).encode(), headers={"content-type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["detail"]) == (422, answer.json()["detail"])
    assert "is no source of" in answer.json()["detail"]
    own = SHOT.replace(",acoustic,", ",alpha_log,", 1).replace(",uav_west,", ",alpha_log,")
    send(house, "al", {"reports": own.splitlines()})
    verdicts = {
        row["verdict"] for row in house.told("/api/findings", "wanda")["findings"] if row["clause"] == "NO_FIRE"
    }
    assert verdicts == {"undetermined"}
    assert house.made.desk.books.cases.cases == {}
    house.close()


def test_a_partys_rows_join_none_of_the_missions_events(base: Base, tmp_path: Path) -> None:
    named = SHOT.replace("A-1,,", "A-1,one shot,").replace("U-1,,", "U-1,one shot,")
    house = base.house(tmp_path / "mission")
    house.simulated.send(named)
    before = house.told("/api/events", "wanda")["events"]
    send(house, "al", {"reports": [named.splitlines()[0].replace("acoustic,2026", "alpha_log,2026")]})
    after = house.told("/api/events", "wanda")["events"]
    assert len(after) == len(before) + 1
    assert [row for row in after if row in before] == before
    house.close()
