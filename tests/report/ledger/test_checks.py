from dataclasses import replace

import pytest
from tests.report.ledger.valley import (
    ANSWER,
    CAVEATS,
    COVERAGE,
    LINES,
    PAIRS,
    PLEDGES,
    POSITIONS,
    RELATIONS,
    ST,
    STATEMENTS,
    WORLDS,
    nodes_and_edges,
    tallies,
    view,
)

from truceline.base.errors import TotalsError
from truceline.model.ledger_view import Confirmed, Tally, Waiting
from truceline.report.ledger import ledger_files

WHOLE = view()
UNREAD = "st-unread"


def broken_worlds():
    return replace(ANSWER, worlds=replace(WORLDS, possible=(("agreement", 7), *WORLDS.possible[1:])))


def unread_reason():
    reason = replace(WORLDS.worlds[0].outcomes[0].reasons[0], statements=(UNREAD,))
    world = replace(WORLDS.worlds[0], outcomes=(replace(WORLDS.worlds[0].outcomes[0], reasons=(reason,)),
                                                *WORLDS.worlds[0].outcomes[1:]))  # fmt: skip
    return replace(ANSWER, worlds=replace(WORLDS, worlds=(world, *WORLDS.worlds[1:])))


FAULTS = {
    "a state counted twice": {"tally": replace(WHOLE.tally, suggested=8)},
    "documents that do not add up": {"documents": tallies()[1:]},
    "a document's own states": {
        "documents": (replace(tallies()[0], tally=replace(tallies()[0].tally, rejected=4, suggested=6)), *tallies()[1:])
    },
    "a statement left out": {"statements": WHOLE.statements[1:]},
    "a statement that nobody read": {"statements": (replace(WHOLE.statements[0], readers=()), *WHOLE.statements[1:])},
    "a statement of no document": {
        "statements": (
            Confirmed(statement=replace(STATEMENTS[0], document_id="doc-x"), readers=("A",)), *WHOLE.statements[1:]
        )
    },
    "a position on an unread statement": {"positions": (replace(POSITIONS[0], statement_id=UNREAD), *POSITIONS[1:])},
    "an entry that is no position": {"positions": POSITIONS[1:]},
    "an entry in two lines": {"lines": (*LINES, replace(LINES[0], holder_id="TARN"))},
    "more origins than articles": {"lines": (replace(LINES[0], own_origins=2), *LINES[1:])},
    "words without an origin": {"lines": (replace(LINES[0], own_origins=0), *LINES[1:])},
    "a pledge on an unread statement": {"pledges": (replace(PLEDGES[0], statements=(UNREAD,)), *PLEDGES[1:])},
    "a caveat on an unread statement": {"caveats": (replace(CAVEATS[0], statements=(UNREAD,)),)},
    "a relation to an unread statement": {"relations": (replace(RELATIONS[2], to_id=UNREAD), *RELATIONS[:2])},
    "a denial of an unread statement": {"pairs": (replace(PAIRS[1], claim_id=UNREAD),)},
    "a second reader owed to an unread one": {"waiting": Waiting(second=(UNREAD,))},
    "coverage that does not add up": {
        "answers": (replace(ANSWER, coverage=(replace(COVERAGE[0], critical_met=2), *COVERAGE[1:])),)
    },
    "coverage on an unread statement": {
        "answers": (replace(ANSWER, coverage=(replace(COVERAGE[0], statements=(UNREAD,)),)),)
    },
    "worlds that do not add up": {"answers": (broken_worlds(),)},
    "answers not decided and not counted": {"answers": (replace(ANSWER, worlds=replace(WORLDS, undecided=1)),)},
    "a reason on an unread statement": {"answers": (unread_reason(),)},
}  # fmt: skip


@pytest.mark.parametrize("other", FAULTS.values(), ids=FAULTS)
def test_what_does_not_add_up_or_rests_on_what_is_unread_gives_no_page(other):
    with pytest.raises(TotalsError):
        ledger_files(view(**other))


def test_a_chain_of_an_unread_statement_gives_no_page():
    nodes, edges = nodes_and_edges((*STATEMENTS, replace(STATEMENTS[0], statement_id=UNREAD)))
    with pytest.raises(TotalsError, match="source chains"):
        ledger_files(view(nodes=nodes, edges=edges))


def test_the_message_names_the_parts():
    with pytest.raises(TotalsError, match=r"15 \(confirmed\) \+ 1 \(resting\) \+ 8 \(suggested\)"):
        ledger_files(view(tally=replace(WHOLE.tally, suggested=8)))


def test_a_tally_of_nothing_adds_up():
    assert Tally().every == 0


def test_a_candidate_that_is_confirmed_leads_to_its_sentence_and_others_are_only_counted():
    text = ledger_files(WHOLE)["ledger.html"].decode()
    part = text[text.index('<section id="denials"') : text.index('<section id="chains"')]
    assert f'href="#{ST[1]}"' in part
    assert "st-unread" not in part
