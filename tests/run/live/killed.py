"""A live mission under load in a process of its own, to be killed: what was acknowledged is told on standard output.

python -m tests.run.live.killed FOLDER CASE ROUND [SETTING MISSION]
"""

import sys
import threading
from pathlib import Path

from tests.postgres import PASSWORD
from tests.run.live.simulated import HEADER

from truceline.base.errors import TrucelineError
from truceline.model.desk import Answer
from truceline.model.review import Review
from truceline.record import database_of
from truceline.run.live.desk import Desk, open_desk
from truceline.run.live.operations import ActInCase
from truceline.run.live.watching.intake import Sent, receive
from truceline.run.live.watching.watch import watch_of

REPORT = "{},,acoustic,2026-10-05 10:00:10,2026-10-05 10:00:20,,fly,,,,1,-26.50,31.70,300,,acoustic,0.80\n"
_TELLING = threading.Lock()


def tell(*words: object) -> None:
    with _TELLING:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()


def notes(desk: Desk, case_id: str, who: str, turn: str) -> None:
    """Replies of a party and questions to it, each under a key of its own, and each asked twice."""
    by = desk.account(who)
    assert by is not None
    for number in range(100_000):
        key = f"{who}-{turn}-{number}"
        if who == "lena":
            due_at_us = desk.now_us() + 3_600_000_000
            operation = ActInCase(case_id=case_id, kind="asked", actor="BETA", words=key, due_at_us=due_at_us)
        else:
            operation = ActInCase(case_id=case_id, kind="replied", actor=by.party, words=key)
        acknowledged("case", key, desk.ask(operation, by=by, key=key).result())
        acknowledged("again", key, desk.ask(operation, by=by, key=key).result())


def reports(desk: Desk, turn: str) -> None:
    by = desk.account("wanda")
    assert by is not None
    for number in range(100_000):
        row = REPORT.format(f"K-{turn}-{number}")
        sent = Sent(content=(HEADER + row).encode(), name="live.csv", feed="reports", format="csv")
        answer = receive(desk, sent, by=by, key=f"r-{turn}-{number}").result()
        acknowledged("raw", answer.subject, answer)


def reviews(desk: Desk, event_id: str, turn: str) -> None:
    by = desk.account("rita")
    assert by is not None
    for number in range(100_000):
        key = f"v-{turn}-{number}"
        review = Review(event_id=event_id, act="confirm", at_us=0, author="", reason=key)
        try:
            acknowledged("review", key, desk.review(review, by=by, key=key).result())
        except TrucelineError:
            continue  # the event has become another by what was reported


def acknowledged(kind: str, key: str, answer: Answer) -> None:
    tell("durable", kind, key, ",".join(map(str, answer.positions)))


def main() -> None:
    folder, case_id, turn, *store = sys.argv[1:]
    database = database_of(store[0], mission=store[1], password=PASSWORD) if store else None
    tell("starts")
    desk = open_desk(Path(folder), database=database)
    watch = watch_of(desk)
    watch.judge()
    watch.start()
    (event_id,) = desk.books.cases.cases[case_id].opening.event_ids
    tell("open", desk.position)
    threads = [
        threading.Thread(target=notes, args=(desk, case_id, who, turn), daemon=True) for who in ("al", "bo", "lena")
    ]
    threads.append(threading.Thread(target=reports, args=(desk, turn), daemon=True))
    threads.append(threading.Thread(target=reviews, args=(desk, event_id, turn), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
