"""Areas of responsibility: who watches where, and on whose consent a reassignment waits. Golden case 11."""

import pytest
from tests.respond.case_files import instant_us

from truceline.base.errors import IntegrityError, TrucelineError
from truceline.model.area import Area
from truceline.respond import AreaBook, AreaEvent, area_entry

AREAS = (
    Area(name="north", path="geo/north.geojson", team="TEAM_1", consent=("ALPHA", "BETA")),
    Area(name="south", path="geo/south.geojson", team="TEAM_2"),
    Area(name="west", path="geo/west.geojson"),
)
GOLDEN = """
0d 08:00 | north | withdrawn                          |                     | uncovered north west
0d 08:00 | north | assigned TEAM_2 | decision.not-allowed: it passes on with the consent of ALPHA and BETA
0d 09:00 | north | proposed TEAM_2 ALPHA BETA         | north waits for ALPHA BETA | uncovered north west
0d 10:00 | north | consented yes ALPHA                | north waits for BETA       | uncovered north west
0d 10:00 | north | consented yes ALPHA                | decision.repeated: ALPHA consented yes already
0d 10:00 | north | consented no ALPHA                 | decision.contradiction: What was said stands
0d 10:00 | north | consented yes GAMMA                | decision.not-awaited: Awaited: BETA (yes or no)
0d 10:00 | north | consented perhaps BETA             | decision.not-awaited: BETA consented perhaps is not awaited
0d 10:00 | north | consented yes BETA anna            | decision.not-allowed: one person speaks for one actor only
0d 10:00 | north | proposed TEAM_2 ALPHA BETA         | decision.repeated: waits for BETA. Wait for their answer
0d 10:00 | north | proposed TEAM_3 ALPHA BETA         | decision.contradiction: it is proposed for TEAM_2
0d 09:59 | north | consented yes BETA                 | input.out-of-range: State what happens now
0d 11:00 | north | consented no BETA                  | north waits for BETA       | uncovered north west
0d 11:00 | north | consented yes BETA                 | decision.contradiction: BETA consented no already
0d 12:00 | north | proposed TEAM_3 ALPHA BETA         | north waits for ALPHA BETA | uncovered north west
0d 12:00 | north | consented yes BETA                 | north waits for ALPHA      | uncovered north west
0d 13:00 | north | consented yes ALPHA                |                            | uncovered west
0d 13:00 | north | consented yes ALPHA                | decision.not-awaited: nothing is proposed. Propose a team first
0d 13:00 | north | withdrawn TEAM_1 | decision.not-awaited: TEAM_1 is not responsible for it, TEAM_3 is
"""
FREE = """
0d 08:00 | west  | withdrawn                          | decision.repeated: it is nobody's already. Assign it
0d 08:00 | west  | assigned TEAM_2                    |                            | uncovered
0d 08:00 | west  | assigned TEAM_2                    | decision.repeated: TEAM_2 is responsible for it already
0d 08:00 | west  | assigned                           | decision.repeated: no team is named
0d 08:00 | south | proposed TEAM_1                    | decision.not-awaited: declared as that of nobody. Assign it
0d 08:00 | north | proposed TEAM_2 ALPHA              | decision.not-awaited: declared as that of ALPHA and BETA
0d 08:00 | east  | withdrawn                          | input.unknown-name: It declares north, south, west
0d 08:00 | south | withdrawn TEAM_2                   |                            | uncovered south
"""


def event_of(when: str, what: str) -> AreaEvent:
    kind, *rest = what.split()
    event = {"kind": kind, "at_us": instant_us(when), "author": "head"}
    if kind == "consented":
        author = rest[2] if len(rest) > 2 else {"ALPHA": "anna"}.get(rest[1], f"somebody of {rest[1]}")
        return AreaEvent(**(event | {"author": author, "result": rest[0], "actor": rest[1]}))
    return AreaEvent(**event, team=rest[0] if rest else "", consent=tuple(rest[1:]))


def play(text: str) -> tuple[AreaBook, list]:
    book, entries = AreaBook(areas={area.name: area for area in AREAS}), []
    for line in text.strip().splitlines():
        when, name, what, *then = (cell.strip() for cell in line.split("|"))
        event = event_of(when, what)
        if ": " in then[0]:
            before = dict(book.states)
            with pytest.raises(TrucelineError) as refused:
                book.refuse(name, event)
            code, _, words = then[0].partition(": ")
            assert refused.value.code == code, line
            assert words in str(refused.value), f"{line}\n{refused.value}"
            assert book.states == before
            continue
        book.refuse(name, event)
        entries.append(area_entry(name, event, known_at_us=event.at_us))
        book.apply(entries[-1])
        waiting = "; ".join(f"{each.area} waits for {' '.join(each.waits_for)}" for each in book.blocked())
        assert (waiting, " ".join(("uncovered", *book.uncovered()))) == tuple(then), line
    return book, entries


def test_golden_case_11_a_reassignment_blocks_and_says_on_whose_consent() -> None:
    book, _ = play(GOLDEN)
    assert [each.team for each in book.state("north").tenures] == ["TEAM_1", "", "TEAM_3"]
    assert book.state("north").tenures[-1].from_us == instant_us("0d 13:00")


def test_an_area_that_needs_nobodys_consent_is_assigned_at_once() -> None:
    play(FREE)


def test_a_book_of_areas_is_rebuilt_from_its_entries_also_where_the_mission_declares_otherwise_by_then() -> None:
    book, entries = play(GOLDEN)
    again = AreaBook(areas=dict(book.areas))
    later = AreaBook(areas={"north": Area(name="north", path="geo/north.geojson", team="TEAM_3")})
    for entry in entries:
        again.apply(entry)
        later.apply(entry)
    assert again == book
    assert later.state("north").team == "TEAM_3"
    with pytest.raises(IntegrityError, match="cannot have been accepted"):
        again.apply(entries[2])
