"""What a live mission shows: its tables by kind of item, and what release must know about them.

These tables are the mission's own. Nobody is shown one but through `release`.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from truceline.model.account import Recipient
from truceline.model.batch import table
from truceline.model.bulletin import BULLETINS
from truceline.model.case import CASES, HISTORY
from truceline.model.entry import Entry
from truceline.model.finding import FINDINGS
from truceline.model.flight import FLIGHTS
from truceline.model.media import MEDIA
from truceline.model.products import Products
from truceline.model.release import ItemKind
from truceline.model.review import finding_status
from truceline.respond import CaseState, event_of, timer_of
from truceline.run.live.state.books import Books

Tables = Mapping[ItemKind, pa.Table]
_MISSION_ALONE = "the mission alone"  # no party is called so
_WITH_MEDIA: tuple[ItemKind, ...] = ("observation", "damage")
_MADE: tuple[tuple[ItemKind, str], ...] = (("event", "members"), ("finding", "event_ids"))


def tables_of(products: Products) -> dict[ItemKind, pa.Table]:
    """What one run of the pipeline made, by kind of item; a finding carries the least status of its events."""
    found: dict[ItemKind, pa.Table] = {
        "event": products.events,
        "observation": products.observations,
        "claim": products.claims,
        "notice": products.notices,
        "impediment": products.impediments,
        "coverage": products.coverage,
        "casualty": products.casualties,
        "damage": products.damage,
        "flight": FLIGHTS.empty_table(),  # planned where `truceline plan` writes them, and told from there
    }
    findings = pa.concat_tables([FINDINGS.empty_table(), *(judged.findings for judged in products.judged)])
    statuses = dict(zip(*(products.events[name].to_pylist() for name in ("event_id", "status")), strict=True))
    column = [finding_status(ids, statuses) for ids in findings["event_ids"].to_pylist()]
    found["finding"] = findings.append_column("status", pa.array(column, pa.string()))
    return found | {"media": _media_of(found)}


def _media_of(tables: Tables) -> pa.Table:
    """MEDIA: one row for each photo that is named by any row."""
    parts = [
        pa.table({"sha256": pc.list_flatten(rows["media"]), "at_us": rows["latest_at_us"].take(at)})
        for rows in (tables[kind] for kind in _WITH_MEDIA)
        for at in [pc.list_parent_indices(rows["media"].combine_chunks())]
    ]
    latest = pa.concat_tables(parts).group_by("sha256").aggregate([("at_us", "max")]).sort_by("sha256")
    return pa.table([latest["sha256"], latest["at_us_max"]], schema=MEDIA)


def cases_of(states: Iterable[CaseState]) -> pa.Table:
    """CASES, one row each."""
    return table([_case_row(state) for state in states], CASES)


def _case_row(state: CaseState) -> dict[str, object]:
    timer = timer_of(state)
    opening = state.opening
    return {
        "case_id": state.case_id,
        "mandate": opening.mandate,
        "response": opening.response,
        "clause": opening.clause,
        "breach_class": opening.breach_class,
        "reading": opening.reading,
        "step": "" if state.ended else state.stands.place,
        "ended": state.ended,
        "addressees": list(opening.addressees),
        "finding_ids": list(opening.finding_ids),
        "event_ids": list(opening.event_ids),
        "opened_at_us": state.opened_at_us,
        "due_at_us": timer.due_at_us if timer else None,
    }


def bulletins_of(books: Books) -> pa.Table:
    """BULLETINS: one row for each page of each issue."""
    rows = [
        {
            "bulletin_id": issued.bulletin_id,
            "level": issued.level,
            "issue": issued.issue,
            "at_us": issued.at_us,
            "from_us": issued.from_us,
            "until_us": issued.until_us,
            "language": name.split(".")[-2],
            "sha256": sha256,
            "supersedes": issued.supersedes,
        }
        for issued in list(books.issued.values())
        for name, sha256 in sorted(issued.files.items())
        if name.endswith(".html")
    ]
    return table(rows, BULLETINS)


def history_of(state: CaseState, entries: Iterable[Entry], to: Recipient) -> pa.Table:
    """HISTORY of one case, the mission's own; for a party, nobody's words but its own.

    Dissents and replies are words: a party reads its own here, and the others' where a final bulletin quotes them.
    """
    rows = []
    for entry in entries:
        event = event_of(entry)
        own = to.kind == "mission" or (to.kind == "party" and event.actor == to.party)
        if event.kind == "noted" and not own:
            continue
        rows.append(
            {
                "case_id": state.case_id,
                "opened_at_us": state.opened_at_us,
                "kind": event.kind,
                "decided_by": event.actor,
                "step": event.step,
                "outcome": event.result or event.party,
                "at_us": event.at_us,
                "words": event.words if own else "",
            }
        )
    return table(rows, HISTORY)


def compartments_of(books: Books, tables: Tables, confidential: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Item -> the parties whose liaisons sent what it rests on; only where there are any.

    Args: confidential: party by row id, of rows that a party's liaison sent.
    """
    found = {row: frozenset((party,)) for row, party in confidential.items()}
    if not found:
        return found
    found |= dict.fromkeys(_media_apart(tables, confidential), frozenset((_MISSION_ALONE,)))
    for made, parts in _MADE:
        rows = resting_on(tables[made], parts, found)
        for item, rests_on in zip(*(rows[name].to_pylist() for name in (f"{made}_id", parts)), strict=True):
            found[item] = frozenset[str]().union(*(found[each] for each in rests_on if each in found))
    for event in list(found):
        for case_id in books.cases.of_event.get(event, ()):
            found[case_id] = found.get(case_id, frozenset()) | found[event]
    return found


def resting_on(rows: pa.Table, parts: str, some: Iterable[str]) -> pa.Table:
    """The rows one of whose parts is among some."""
    column = rows[parts].combine_chunks()
    hit = pc.is_in(pc.list_flatten(column), value_set=pa.array(sorted(some), pa.string()))
    return rows.take(pc.unique(pc.list_parent_indices(column).filter(hit)))


def _media_apart(tables: Tables, confidential: Mapping[str, str]) -> set[str]:
    """Photos that no row of the mission's own came with. No party is shown any: not even its own, for that would change
    were another to send the same.
    """
    mine, theirs = set[str](), set[str]()
    for kind in _WITH_MEDIA:
        rows = tables[kind]
        for item, photos in zip(rows[f"{kind}_id"].to_pylist(), rows["media"].to_pylist(), strict=True):
            (theirs if item in confidential else mine).update(photos)
    return theirs - mine
