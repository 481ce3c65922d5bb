"""A desk on a clock that a test turns: no waiting, and no time of day."""

import re
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from truceline.base.time import interval_us
from truceline.model.account import Account
from truceline.model.desk import Answer
from truceline.model.review import Review
from truceline.record import Database
from truceline.run.live.accounts import OPERATOR, Actors, plan_created
from truceline.run.live.clock import steady_us, wall_us
from truceline.run.live.desk import Desk, open_desk
from truceline.run.live.operations import ActInCase, Attribute, Write
from truceline.run.live.watching.intake import Sent, receive
from truceline.run.live.watching.watch import Watch, give_receipts, watch_of
from truceline.run.live.writer import Planned

_ROOT = Path(__file__).resolve().parents[3]
MISSION = _ROOT / "missions" / "contact-line"
FIRST_DRAFT = _ROOT / "mandates" / "drone-first-model" / "first-draft.truce"  # consent of the accused at every step
PATIENCE_S = 60
S, MIN, H = 1_000_000, 60_000_000, 3_600_000_000
PEOPLE = (
    Account(name="wanda", role="watch_officer", acts_for=("MISSION",)),
    Account(name="lena", role="liaison", acts_for=("MISSION",)),
    Account(name="rita", role="reviewer", panel=True),
    Account(name="ana", role="analyst", panel=True),
    Account(name="ben", role="analyst", panel=True),
    Account(name="carl", role="analyst", panel=True),
    Account(name="dora", role="analyst", panel=True),
    Account(name="chair", role="chair", acts_for=("CHAIR",)),
    Account(name="m1", role="chair", acts_for=("MEMBER_1",)),
    Account(name="m2", role="chair", acts_for=("MEMBER_2",)),
    Account(name="rep", role="reporting_officer"),
    Account(name="al", role="party_liaison", party="ALPHA"),
    Account(name="bo", role="party_liaison", party="BETA"),
    Account(name="audit", role="auditor"),
)
HEADER = (
    "report,happening,source,begins,ends,party,act,system,class,calibre,count,lon,lat,error_m,place,means,confidence\n"
)
# Two independent sources of one shot near the line on 5 October: NO_FIRE asks for two, one of them acoustic or seen.
SHOT = (
    "A-1,,acoustic,2026-10-05 10:00:10,2026-10-05 10:00:20,,fly,,,,1,-26.50,31.70,300,,acoustic,0.80\n"
    "U-1,,uav_west,2026-10-05 10:00:05,2026-10-05 10:00:30,,fly,,,,1,-26.50,31.70,200,,uav_image,0.90\n"
).replace(",fly,", ",fire,")


@dataclass
class Turned:
    """Both clocks at once; `at` sets them."""

    now_us: int = interval_us("2026-10-05 10:01", zone="UTC")[0]

    def wall(self) -> int:
        return self.now_us

    def steady(self) -> int:
        return self.now_us

    def to(self, text: str) -> None:
        self.now_us = interval_us(text, zone="UTC")[0]

    def on(self, us: int) -> None:
        self.now_us += us


def copy_mission(folder: Path, *, settings: str = "", contacts: str = "", mandate: Path | None = None) -> None:
    """The fictional mission in a folder of its own, with other settings, contacts or mandate."""
    shutil.copytree(MISSION, folder, ignore=shutil.ignore_patterns("record", "report", "incoming", "outgoing", "serve"))
    path = folder / "truceline.toml"
    text = path.read_text("utf-8").replace("[serve]\n", f"[serve]\n{settings}\n")
    if contacts:
        text = re.sub(r"(?s)# Where messages.*?(?=# Who may see what)", lambda _: f"{contacts}\n", text)
    path.write_text(text, "utf-8")
    if mandate is not None:
        words = mandate.read_text("utf-8").replace("2027-03-01", "2026-09-01").replace("2027-03-15", "2026-09-15")
        (folder / "mandate.truce").write_text(words, "utf-8")


@dataclass
class Simulated:
    """A desk with its people, in a folder of its own."""

    folder: Path
    clock: Turned = field(default_factory=Turned)
    desk: Desk = None  # type: ignore[assignment]
    watch: Watch = None  # type: ignore[assignment]
    settings: str = ""  # stands first in [serve]
    contacts: str = ""  # replaces the contacts
    mandate: Path | None = None  # replaces the mandate
    password: str = ""
    judges: bool = True  # False: nothing comes in, and what was decided goes on
    database: Database | None = None
    real: bool = False  # on the machine's own clock
    told: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        if not self.folder.exists():
            copy_mission(self.folder, settings=self.settings, contacts=self.contacts, mandate=self.mandate)
        self.start()

    def start(self) -> None:
        wall, steady = (wall_us, steady_us) if self.real else (self.clock.wall, self.clock.steady)
        self.desk = open_desk(self.folder, database=self.database, password=self.password, wall=wall, steady=steady)
        self.desk.follow(self._tell)
        self.watch = watch_of(self.desk)
        self.desk.writer.ask(self._people).result()
        if self.judges:
            self.round()

    def _people(self) -> Planned:
        books = self.desk.books
        actors = Actors(
            parties=frozenset(("ALPHA", "BETA")), bodies=frozenset(b.name for b in self.desk.mandates[0].bodies)
        )
        entries = [
            plan_created(books.accounts, each, by=OPERATOR, at_us=self.clock.now_us, actors=actors)
            for each in PEOPLE
            if books.account(each.name) is None
        ]
        return Planned(subject="", entries=entries)

    def _tell(self) -> None:
        with self.told:
            self.told.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that comes with an entry."""
        with self.told:
            assert self.told.wait_for(true, PATIENCE_S), "waited in vain"

    def settled(self) -> None:
        """Every message that was asked for was taken."""
        self.until(lambda: not self.desk.books.cases.pending)

    def who(self, name: str) -> Account:
        found = self.desk.account(name)
        assert found is not None, name
        return found

    def round(self) -> None:
        """Everything that has come in is judged, and bulletins that are due are made; on this thread."""
        self.tick()
        self.watch.judge()
        give_receipts(self.desk)
        self.watch.issuing.issue_due()
        self.tick()

    def tick(self) -> None:
        """Let the writer see what time it is: what it does between two batches is done when the second is answered."""
        for _ in range(2):
            self.desk.writer.ask(lambda: Planned(subject="", entries=())).result()

    def send(self, rows: str = SHOT, *, by: str = "wanda", feed: str = "reports", header: str = HEADER) -> Answer:
        sent = Sent(content=(header + rows).encode(), name="live.csv", feed=feed, format="csv")
        answer = receive(self.desk, sent, by=self.who(by)).result()
        self.round()
        return answer

    def act(self, by: str, case_id: str, kind: str, *told: str, words: str = "", key: str = "") -> Answer:
        actor, step, result = (*told, "", "", "")[:3]
        operation = ActInCase(case_id=case_id, kind=kind, actor=actor, step=step, result=result, words=words)
        return self.ask(operation, by, key).result()

    def ask(self, operation: object, by: str, key: str = "") -> "Future[Answer]":
        return self.desk.ask(operation, by=self.who(by), key=key)

    def attribute(self, case_id: str, party: str, *names: str) -> None:
        for name in names:
            self.ask(Attribute(case_id=case_id, party=party), name).result()

    def review(self, review, by: str = "rita") -> Answer:
        answer = self.desk.review(review, by=self.who(by)).result()
        self.round()
        return answer

    def close(self) -> None:
        self.desk.close()

    def restart(self) -> None:
        self.close()
        self.start()


__all__ = ["HEADER", "MIN", "SHOT", "H", "S", "Simulated", "Turned", "Write"]


def with_a_case(folder: Path) -> Path:
    """A mission, closed again, with a case that waits for the mission to tell it, within the hour."""
    simulated = Simulated(folder)
    simulated.send()
    events = [row["event_id"] for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.review(Review(event_id=events[0], act="confirm", at_us=0, author=""))
    simulated.settled()
    simulated.close()
    return simulated.folder
