"""The model mandate, from a live report to the end of its case, over real mail: restarted at every step, provable."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.run.live.postbox import ADDRESSES, Mail, Post, hook, mailed, mailing, post
from tests.run.live.simulated import FIRST_DRAFT, HEADER, PATIENCE_S, SHOT, H, S, Simulated, copy_mission

from truceline.base.time import interval_us, stamp
from truceline.mandate import parse_mandates
from truceline.model.account import Recipient
from truceline.model.case import Effect
from truceline.model.review import Review
from truceline.record import open_record, verify_folder
from truceline.release import receipt
from truceline.respond import CaseBook, CaseState, event_of, procedure_of
from truceline.run.live.clock import steady_us
from truceline.run.live.desk import RECORD, open_desk
from truceline.run.live.watching.watch import watch_of

ALPHA, BETA = (Recipient(kind="party", party=name) for name in ("ALPHA", "BETA"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A case: under which draft of the mandate, how it ends, and what happens. A line: after how long, who, what."""

    draft: str
    ends: str
    lines: tuple[str, ...]


def story(draft: str, ends: str, text: str) -> Story:
    return Story(draft=draft, ends=ends, lines=tuple(line.strip() for line in text.strip().splitlines()))


# after  who    does       for      step     result
STORIES = {
    "the act is ended and confirmed": story(
        "second",
        "remedied",
        """
        +5min  wanda  acted      MISSION  tell     done
        +2h    wanda  acted      MISSION  look     substantiated
        +1min  panel  attributes BETA
        +1min  lena   acted      MISSION  ask      done
        +3h    bo     acted      BETA     answer   done
        +1h    wanda  confirmed  MISSION  answer   yes
        """,
    ),
    "a visit finds nothing": story(
        "second",
        "unfounded",
        """
        +5min  wanda  acted      MISSION  tell     done
        +2h    wanda  acted      MISSION  look     inconclusive
        +7h    wanda  acted      MISSION  visit    not_substantiated
        """,
    ),
    "nobody replies": story(
        "second",
        "answered",
        """
        +5min  wanda  acted      MISSION  tell     done
        +2h    wanda  acted      MISSION  look     substantiated
        +1min  panel  attributes BETA
        +1min  lena   acted      MISSION  ask      done
        +13h   nobody
        +49h   nobody
        +1h    wanda  acted      MISSION  publish  done
        """,
    ),
    "the visit is consented to": story(
        "first",
        "remedied",
        """
        +5min  panel  attributes BETA
        +1min  bo     consented  BETA     tell     yes
        +1min  wanda  acted      MISSION  tell     done
        +5min  bo     consented  BETA     look     yes
        +2h    wanda  acted      MISSION  look     substantiated
        +1min  bo     consented  BETA     ask      yes
        +1min  lena   acted      MISSION  ask      done
        +3h    bo     acted      BETA     answer   done
        +1h    wanda  confirmed  MISSION  answer   yes
        """,
    ),
    "every visit is refused": story(
        "first",
        "answered",
        """
        +5min  panel  attributes BETA
        +1min  bo     consented  BETA     tell     yes
        +1min  wanda  acted      MISSION  tell     done
        +5min  bo     consented  BETA     look     no
        +5min  bo     consented  BETA     visit    no
        +5min  bo     consented  BETA     weigh    no
        +5min  bo     consented  BETA     publish  yes
        +5min  wanda  acted      MISSION  publish  done
        """,
    ),
    "even publishing is refused": story(
        "first",
        "impasse",
        """
        +5min  panel  attributes BETA
        +1min  bo     consented  BETA     tell     no
        +5min  bo     consented  BETA     look     no
        +25h   nobody
        +5min  bo     consented  BETA     weigh    no
        +5min  bo     consented  BETA     publish  no
        """,
    ),
}
AUTHORS = {"panel": ("ana", "ben", "carl", "dora")}
STEPS = [(name, at) for name, told in STORIES.items() for at in range(1, len(told.lines) + 1)]
UNITS = {"min": 60 * S, "h": H}


@pytest.fixture(scope="module")
def box() -> Iterator[Post]:
    with post() as found:
        yield found


@pytest.fixture(scope="module")
def begun(box: Post, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By draft: a mission in which a shot was reported live and confirmed, so that a case is open."""
    found = {}
    for draft, mandate in (("second", None), ("first", FIRST_DRAFT)):
        place = tmp_path_factory.mktemp(draft) / "mission"
        simulated = Simulated(place, settings=mailing(box.port), contacts=mailed(), mandate=mandate)
        simulated.send()
        simulated.review(Review(event_id=shot(simulated), act="confirm", at_us=0, author=""))
        assert len(simulated.desk.books.cases.cases) == 1
        simulated.settled()
        simulated.close()
        found[draft] = place
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What stands after a story."""

    folder: Path
    case: CaseState
    mails: tuple[Mail, ...]


@pytest.fixture(scope="module")
def play(
    box: Post, begun: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int | None], Run]:
    """Lets a story happen; the server is restarted after so many of its lines."""
    known: dict[tuple[str, int | None], Run] = {}

    def played(name: str, restarted_after: int | None) -> Run:
        key = (name, restarted_after)
        if key not in known:
            box.mails.clear()
            folder = tmp_path_factory.mktemp("story") / "mission"
            shutil.copytree(begun[STORIES[name].draft], folder)
            known[key] = _played(STORIES[name], folder, box, restarted_after)
        return known[key]

    return played


def _played(told: Story, folder: Path, box: Post, restarted_after: int | None) -> Run:
    simulated = Simulated(folder, judges=False)
    (case_id,) = simulated.desk.books.cases.cases
    for count, line in enumerate(told.lines, start=1):
        happens(simulated, case_id, line)
        if count == restarted_after:
            before = simulated.desk.books
            simulated.restart()
            after = simulated.desk.books
            assert after.cases.cases == before.cases.cases
            assert (after.accounts, after.reviews, after.receipts) == (before.accounts, before.reviews, before.receipts)
            assert (after.verdicts, after.journal, after.told) == (before.verdicts, before.journal, before.told)
    simulated.settled()
    simulated.close()
    return Run(folder=folder, case=simulated.desk.books.cases.cases[case_id], mails=tuple(box.mails))


def happens(simulated: Simulated, case_id: str, line: str) -> None:
    after, who, *rest = line.split()
    number, unit = re.fullmatch(r"\+(\d+)(min|h)", after).groups()  # type: ignore[union-attr]
    simulated.clock.on(int(number) * UNITS[unit])
    simulated.tick()
    if who == "panel":
        simulated.attribute(case_id, rest[1], *AUTHORS["panel"])
    elif who != "nobody":
        simulated.act(who, case_id, *rest)


def shot(simulated: Simulated) -> str:
    (found,) = (row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire")
    return str(found)


@pytest.mark.parametrize("name", STORIES)
def test_a_case_ends_as_its_story_says(play: Callable[[str, int | None], Run], name: str) -> None:
    assert play(name, None).case.ended == STORIES[name].ends


@pytest.mark.parametrize(("name", "after"), STEPS)
def test_a_restart_at_any_step_changes_nothing(play: Callable[[str, int | None], Run], name: str, after: int) -> None:
    whole, restarted = play(name, None), play(name, after)
    assert restarted.case == whole.case
    assert words_by_id(restarted) == words_by_id(whole)


def words_by_id(run: Run) -> dict[str, tuple[str, str, str]]:
    """Every message by its Message-ID; one that came twice must be the same."""
    found: dict[str, tuple[str, str, str]] = {}
    for mail in run.mails:
        said = (mail.header_to, mail.key, mail.text)
        assert found.setdefault(mail.message_id, said) == said
    return found


@pytest.mark.parametrize("name", STORIES)
def test_every_message_arrives_once_and_is_what_the_record_asks_for(
    play: Callable[[str, int | None], Run], name: str
) -> None:
    run = play(name, None)
    asked = asked_for(run.folder)
    came = [mail for mail in run.mails if mail.key in asked]
    assert len(came) == len({mail.key for mail in came}) == len(run.mails)
    for mail in came:
        effect = asked[mail.key]
        assert mail.to == (ADDRESSES[effect.to],)
        assert mail.message_id.startswith(f"<{mail.key}@")
        assert effect.words in mail.text
        assert stamp(effect.at_us) in mail.text
        assert not re.search(r"\d{2}\.\d{2}", mail.text), "a message holds no place"
    opened = [effect.key for effect in asked.values() if effect.at_us == run.case.opened_at_us]
    assert asked.keys() - {mail.key for mail in came} == set(opened), "those went out before the story began"


def asked_for(folder: Path) -> dict[str, Effect]:
    """Every message that the record's cases ask for, worked out from its entries alone."""
    book, found = CaseBook(), dict[str, Effect]()
    replay(folder, book, found)
    return found


def replay(folder: Path, book: CaseBook, found: dict[str, Effect]) -> None:
    """What a stranger would do with the record: its mandates, then its cases, entry by entry."""
    with open_record(folder / RECORD, writing=False) as record:
        for _, entry in record.entries(kind="mission"):
            if entry.subject.startswith("mandate/"):
                (mandate,) = parse_mandates({str(entry.detail["path"]): record.get(entry.hashes[0])})
                procedure = procedure_of(mandate)
                book.procedures[procedure.sha256] = procedure
        for _, entry in record.entries(kind="case"):
            found.update((effect.key, effect) for effect in book.apply(entry))


@pytest.mark.parametrize("name", STORIES)
def test_all_parties_are_told_the_same_words_at_the_same_moment(
    play: Callable[[str, int | None], Run], name: str
) -> None:
    run = play(name, None)
    by_words: dict[str, set[str]] = {}
    for effect in asked_for(run.folder).values():
        if effect.kind in ("told", "ended"):
            by_words.setdefault(f"{effect.kind} {effect.step} {effect.words} {effect.at_us}", set()).add(effect.to)
    ended = [to for said, to in by_words.items() if said.startswith("ended")]
    assert len(ended) == 1
    assert {"ALPHA", "BETA", "MISSION"} <= ended[0]
    if any("tell" in line and "done" in line for line in STORIES[name].lines):
        (informed,) = (to for said, to in by_words.items() if said.startswith("told tell"))
        assert informed == {"ALPHA", "BETA", "CHAIR", "MEMBER_1", "MEMBER_2"}
        letters = [mail for mail in run.mails if mail.subject.endswith("you are informed") and "informs" in mail.text]
        assert len({re.sub(r"To: \w+", "", mail.text) for mail in letters}) == 1
        assert len({re.sub(r"@.*", "", mail.subject) for mail in letters}) == 1


@pytest.mark.parametrize("name", STORIES)
def test_the_history_is_provable_from_the_record(play: Callable[[str, int | None], Run], name: str) -> None:
    run, told = play(name, None), STORIES[name]
    checked = verify_folder(run.folder / RECORD)
    assert (checked.ok, checked.problems) == (True, ())
    book, effects = CaseBook(), dict[str, Effect]()
    replay(run.folder, book, effects)
    assert book.cases == {run.case.case_id: run.case}, "the same entries give the same state"
    with open_record(run.folder / RECORD, writing=False) as record:
        entries = [entry for _, entry in record.entries(kind="case", subject=run.case.case_id)]
        found = {entry.subject: entry for _, entry in record.entries(kind="finding")}
        for finding_id in run.case.opening.finding_ids:
            (certificate,) = found[finding_id].hashes
            assert b"NO_FIRE" in record.get(certificate), "the finding's certificate is kept"
    people = [author for line in told.lines for author in AUTHORS.get(line.split()[1], (line.split()[1],))]
    by_hand = [entry.author for entry in entries if not entry.author.startswith("truceline ")]
    assert by_hand == [who for who in people if who != "nobody"]
    events = [event_of(entry) for entry in entries]
    assert [event.at_us for event in events] == sorted(event.at_us for event in events)
    known_us = [interval_us(entry.known_at, zone="UTC")[0] for entry in entries]
    assert all(event.at_us <= us for event, us in zip(events, known_us, strict=True)), "nothing is known before it is"
    late = [event for event in events if event.kind == "late"]
    assert all(event.at_us == event.due_at_us for event in late), "a time that ran out is dated by when it did"


def test_what_all_are_told_of_is_the_same_for_each_and_the_receipt_says_so(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path / "mission")
    simulated.send()
    simulated.review(Review(event_id=shot(simulated), act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    opening = simulated.desk.books.cases.cases[case_id].opening
    for to in (ALPHA, BETA):
        assert not set(opening.finding_ids) & set(simulated.desk.table("finding", to)["finding_id"].to_pylist())
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.round()
    for finding_id in opening.finding_ids:
        rows = {
            to.party: simulated.desk.released_some("finding", {finding_id}, to).drop("visible_from_us").to_pylist()[0]
            for to in (ALPHA, BETA)
        }
        made = simulated.desk.books.receipts[finding_id]
        assert made.parties == ("ALPHA", "BETA")
        assert receipt(rows, at_us=made.at_us) == made
    simulated.close()


def test_one_message_goes_out_by_mail_webhook_and_file(tmp_path: Path) -> None:
    with post() as box, hook() as hooked:
        settings = mailing(box.port, more='webhook_hosts = ["127.0.0.1"]\n')
        more = f'webhook = "http://127.0.0.1:{hooked.port}/in?of=truceline"\nfile = "outgoing/alpha"'
        simulated = Simulated(tmp_path / "mission", settings=settings, contacts=mailed(ALPHA=more))
        simulated.send()
        simulated.review(Review(event_id=shot(simulated), act="confirm", at_us=0, author=""))
        (case_id,) = simulated.desk.books.cases.cases
        simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
        simulated.settled()
        (mail,) = (mail for mail in box.mails if mail.to == (ADDRESSES["ALPHA"],))
        ((path, key, content),) = hooked.posts
        (file,) = (tmp_path / "mission" / "outgoing" / "alpha").iterdir()
        assert (path, key, file.stem) == ("/in?of=truceline", mail.key, mail.key)
        assert content["text"] == mail.text
        assert mail.text in file.read_text("utf-8")
        (entry,) = (each for _, each in simulated.desk.entries("effect", mail.key))
        assert (entry.detail["state"], set(str(entry.detail["words"]).split(", "))) == (
            "delivered",
            {"mail", "webhook", "file"},
        )
        simulated.close()


def test_a_flash_is_out_within_five_minutes_of_a_live_report_by_the_desks_clock(tmp_path: Path) -> None:
    simulated = Simulated(tmp_path / "mission")
    simulated.send()
    came_us = simulated.clock.now_us
    event_id = shot(simulated)
    for restarted in (True, False):  # a restart meanwhile does not forget it
        if restarted:
            simulated.restart()
        simulated.clock.on(60 * S)
        simulated.round()
    flashes = [each for each in simulated.desk.books.issued.values() if each.level == "FLASH"]
    assert flashes
    assert all(each.at_us - came_us <= 300 * S for each in flashes)
    contents = b"".join(simulated.desk.content(each.content) for each in flashes)
    assert event_id.encode() in contents
    assert not simulated.desk.books.unflashed
    simulated.close()


def test_a_flash_comes_through_the_real_threads(tmp_path: Path) -> None:
    """On a clock that runs a hundred times as fast: both of its counts do, so nothing jumps."""
    begun_us, real_us = interval_us("2026-10-05 10:01", zone="UTC")[0], steady_us()

    def fast() -> int:
        return begun_us + 100 * (steady_us() - real_us)

    copy_mission(tmp_path / "mission")
    desk, told = open_desk(tmp_path / "mission", wall=fast, steady=fast), threading.Condition()
    watch = watch_of(desk)

    def tell() -> None:
        with told:
            told.notify_all()

    def flashes() -> list[int]:
        return [each.at_us for each in list(desk.books.issued.values()) if each.level == "FLASH"]

    desk.follow(tell)
    watch.start()
    try:
        assert watch.wait(1, PATIENCE_S)
        incoming = tmp_path / "mission" / "incoming" / "reports"
        incoming.mkdir(parents=True)
        (incoming / "live.csv").write_text(HEADER + SHOT, "utf-8")
        with told:
            assert told.wait_for(flashes, PATIENCE_S)
        came_us = min(each.known_at_us for each in desk.books.arrived.values())
        assert max(flashes()) - came_us <= 300 * S
    finally:
        watch.close()
        desk.close()
