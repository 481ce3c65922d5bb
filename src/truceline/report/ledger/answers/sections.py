"""Whether it can work, as sections: who offers what, what is met, coalitions, why not, and the worlds.

Each table says under which scenario it holds and from which status on pledges count; what nobody states is not so.
"""

from collections.abc import Iterator, Sequence

from truceline.model.feasibility import Note
from truceline.model.ledger_view import Answer
from truceline.report.ledger.answers.coverage import coalitions, coverages
from truceline.report.ledger.answers.offers import limits, matrix, offers
from truceline.report.ledger.answers.worlds import why_grids, world_grids, worlds_words
from truceline.report.ledger.index import Index
from truceline.report.ledger.pieces import Bit, Grid, Part, capped, line
from truceline.report.ledger.words import given_words, short, under_words
from truceline.report.totals import columns


def answer_parts(index: Index, answer: Answer, number: int) -> Iterator[Part]:
    """The sections of one scenario. `number`: of the scenario, for the names of its sections.

    Raises: TotalsError: a table does not add up.
    """
    name = f" ({short(answer.scenario.name)})" if len(index.view.answers) > 1 else ""
    given = (Bit(text=given_words(answer)),)
    under = (Bit(text=f"{under_words(answer)}."),)
    yield Part(
        key=f"matrix-{number}",
        title=f"What it would take, and who offers it{name}",
        words=given,
        grids=(*matrix(index, answer, number), offers(index, answer, number), *(limits(index) if number == 1 else ())),
    )
    yield Part(key=f"coverage-{number}", title=f"What can be met{name}", words=under,
               grids=tuple(coverages(index, answer, number)))  # fmt: skip
    yield Part(key=f"coalitions-{number}", title=f"With whom, and without whom not{name}", words=under,
               grids=tuple(coalitions(index, answer, number)))  # fmt: skip
    if answer.reasons:
        yield Part(key=f"why-{number}", title=f"Why not{name}", words=under,
                   grids=tuple(why_grids(index, answer, number)))  # fmt: skip
    yield Part(
        key=f"worlds-{number}",
        title=f"On which sentences it hangs{name}",
        words=(*given, *worlds_words(index, answer)),
        grids=tuple(world_grids(index, answer, number)),
    )
    notes = _notes(answer)
    if notes:
        yield Part(key=f"notes-{number}", title=f"What to know about what went in{name}", words=under,
                   grids=(_note_grid(index, notes, number),))  # fmt: skip


# --- notes ------------------------------


def _notes(answer: Answer) -> list[Note]:
    """What is noted in any of the results, each once."""
    every = [note for each in answer.coverage for note in each.notes]
    every += [note for each in answer.reasons for note in each.notes]
    for each in (answer.coalitions, answer.vetoes, answer.defection, answer.worlds):
        every += each.notes if each else ()
    return list(dict.fromkeys(every))


_KINDS = {
    "circle": "holds only through itself",
    "not_so": "not so, for nobody states it",
    "unasked": "stated, and asked by nothing",
    "unknown": "unknown name",
    "amount": "amount not stated",
    "unit": "another unit",
    "shared": "two requirements of one kind",
    "empty": "nothing follows",
}


def _note_grid(index: Index, notes: Sequence[Note], number: int) -> Grid:
    return capped(
        Grid(
            key=f"notes-{number}-table",
            caption="Notes of the search: how what was confirmed was read",
            columns=columns("What:4", "In words:10", "Sentences:3"),
            rows=tuple(
                line(_KINDS[each.kind], short(each.words, 400),
                     Bit(text="" if index.refs_of(each.statements) else "–", refs=index.refs_of(each.statements)))
                for each in notes
            ),
            leaves_out="A note is about what went in, not about who is right",
            more_in="the result kept in the record",
        )
    )  # fmt: skip
