"""A party's liaison speaks for its party alone: what it may not say is set aside, row by row, with the reason."""

from dataclasses import replace

import pytest
from tests.observe.sample import CONTEXT, FEED, SOURCES, read, reasons

from truceline.base.time import interval_us
from truceline.model.mission import Feed, Holds
from truceline.model.source import Source
from truceline.observe.mapping import ReadingContext
from truceline.observe.senders import Sender

CAME = interval_us("2025-03-10 12:00", zone="UTC")[0]
OTHER = Source(id="other_log", name="Another log", kind="party_record", party="AFC")
KNOWN = replace(
    CONTEXT,
    sources=SOURCES | {"other_log": OTHER},
    registers=frozenset({"movement", "OPEN", "LIFTED"}),
    gates=frozenset({"OPEN"}),
    suspensions=frozenset({"LIFTED"}),
    deciders=frozenset({"UAF", "AFC", "MISSION", "CHAIR"}),
)
SENT = replace(KNOWN, sender=Sender(party="UAF", came_at_us=CAME, received_by=("MISSION",)))


def feed_of(holds: Holds, fields: str) -> Feed:
    return replace(FEED, name=holds, holds=holds, columns={field: field for field in fields.split()}, zone="UTC")


OBSERVED = feed_of("observations", "source begins act")
CLAIMED = feed_of("claims", "source begins claimant")
COVERED = feed_of("coverage", "source begins share")
NOTICE = feed_of("notices", "register party begins ends status decided_by given given_to")
AHEAD = "2025-03-11 08:00,2025-03-11 09:00"
CASES: tuple[tuple[Feed, str, str], ...] = (
    (OBSERVED, "log,2025-03-10,fire", ""),
    (OBSERVED, "smm,2025-03-10,fire", "not-its-source"),  # it would count as an independent source
    (OBSERVED, ",2025-03-10,fire", "not-its-source"),  # the feed's own
    (OBSERVED, "other_log,2025-03-10,fire", "not-its-source"),
    (COVERED, "smm,2025-03-10,0.9", "not-its-source"),
    (CLAIMED, "claims,2025-03-10,UAF", ""),
    (CLAIMED, "claims,2025-03-10,AFC", "not-its-own"),  # words in another's mouth
    (NOTICE, f"movement,UAF,{AHEAD},pending,,,", ""),
    (NOTICE, f"movement,UAF,{AHEAD},pending,,,MISSION", ""),
    (NOTICE, f"movement,AFC,{AHEAD},pending,,,", "not-its-own"),
    (NOTICE, f"OPEN,,{AHEAD},pending,,,", "not-its-own"),
    (NOTICE, f"OPEN,UAF,{AHEAD},pending,,,", "not-its-register"),
    (NOTICE, f"LIFTED,UAF,{AHEAD},pending,,,", "not-its-register"),
    (NOTICE, f"movement,UAF,{AHEAD},granted,MISSION,,", "not-its-decision"),
    (NOTICE, f"movement,UAF,{AHEAD},granted,,,", "not-its-decision"),
    (NOTICE, f"movement,UAF,{AHEAD},pending,UAF,,", "not-its-decision"),
    (NOTICE, "movement,UAF,2025-03-10 11:00,2025-03-10 13:00,pending,,,", "notice-after-the-fact"),
    (NOTICE, f"movement,UAF,{AHEAD},pending,,2025-03-01 08:00,", "given-by-its-word"),  # dated back
    (NOTICE, f"movement,UAF,{AHEAD},pending,,,CHAIR", "given-by-its-word"),
)


def read_one(feed: Feed, row: str, context: ReadingContext) -> tuple[list[str], list[dict[str, object]]]:
    batch = read(f"{','.join(feed.columns)}\n{row}\n".encode(), feed, context)
    return reasons(batch), batch.rows.to_pylist()


@pytest.mark.parametrize(("feed", "row", "reason"), CASES)
def test_what_a_partys_liaison_may_send(feed: Feed, row: str, reason: str) -> None:
    assert read_one(feed, row, SENT)[0] == ([reason] if reason else [])


@pytest.mark.parametrize(("feed", "row", "reason"), CASES)
def test_the_missions_own_people_are_trusted(feed: Feed, row: str, reason: str) -> None:
    assert read_one(feed, row, KNOWN)[0] == []


def test_a_partys_notice_was_given_when_it_came_in_and_to_whom_it_came() -> None:
    _, (row,) = read_one(NOTICE, f"movement,UAF,{AHEAD},pending,,,", SENT)
    assert (row["given_earliest_at_us"], row["given_latest_at_us"], row["given_to"]) == (CAME, CAME, "MISSION")
