"""What can be met at best, with whom, and without whom not."""

from collections.abc import Iterable, Iterator, Sequence

from truceline.model.feasibility import Bound, Coverage, Defection, Met, Vetoes
from truceline.model.ledger_view import Answer
from truceline.report.ledger.answers.offers import chosen_of, met_bit, need_bit
from truceline.report.ledger.index import Index
from truceline.report.ledger.pieces import Bit, Grid, Line, Ref, capped, line
from truceline.report.ledger.words import CLOSED_WORLD, OUTCOMES, counted, plain_word, quoted, short, under_words
from truceline.report.totals import columns, listed

STATES = {
    "optimal": "proven to be the best",
    "bound": "stopped before it was proven",
    "impossible": "what is taken as given contradicts itself",
    "not_decided": "stopped before anything was found",
}


def coverages(index: Index, answer: Answer, number: int) -> Iterator[Grid]:
    """What can be met at best from each status on; then requirement by requirement, at the scenario's own."""
    yield Grid(
        key=f"coverage-{number}-table",
        caption="The most that can be met, by how firm an offer has to be",
        columns=columns("Pledges count from:4", "Critical met:3", "All met:3", "If amounts are at their most:4",
                        "Status:6", "With whom:6", "Sentences:3"),
        rows=tuple(_coverage(index, answer, each) for each in answer.coverage),
        leaves_out=f"Scenario {quoted(answer.scenario.name, 60)}; {CLOSED_WORLD}; amounts as stated at least, quality "
        "not looked at",
        nothing="Not asked.",
    )  # fmt: skip
    chosen = chosen_of(answer)
    if chosen is not None and chosen.requirements:
        yield capped(
            Grid(
                key=f"met-{number}",
                caption=f"Requirement by requirement, pledges from {quoted(plain_word(chosen.threshold))} on",
                columns=columns("Requirement:5", "What is met:4", "Given by:4", "Offered by:5",
                                "Alone, or not without:4"),
                rows=tuple(_met_row(index, answer, each) for each in chosen.requirements),
                leaves_out=under_words(answer),
                notes=("“Offered by” names whoever's offer counts here, whether it is used or not.",),
                more_in="matrix.csv",
            )
        )  # fmt: skip


def _coverage(index: Index, answer: Answer, each: Coverage) -> Line:
    most = [f"critical {each.critical_met_optimistic:,}"] * (each.critical_met_optimistic is not None)
    most += [f"all {each.met_optimistic:,}"] * (each.met_optimistic is not None)
    bounds = [
        f"{one.measure}: {_measured(one, one.found)} found, {_measured(one, one.bound)} is the bound"
        for one in each.bounds
        if one.found != one.bound
    ]
    found = each.status in ("optimal", "bound")
    here = " (this scenario's)" if each.threshold == answer.scenario.threshold else ""
    return line(
        f"{plain_word(each.threshold)}{here}",
        f"{each.critical_met:,} of {each.critical_total:,}" if found else "",
        f"{each.met:,} of {each.total:,}" if found else "",
        ", ".join(most) or ("not proven" if found else ""),
        "; ".join([STATES[each.status], *bounds]),
        (listed(index.name_alone(one) for one in each.coalition) if each.coalition else "nobody") if found else "",
        Bit(text="" if each.statements else "no offer is used", refs=index.refs_of(each.statements),
            badges=index.badges_of(each.statements)),
    )  # fmt: skip


def _measured(bound: Bound, number: int) -> str:
    """A measure in figures; a shortfall, in millionths of a requirement, in percent of one."""
    return f"{number // 10_000:,} % of a requirement" if bound.measure == "shortfall" else f"{number:,}"


def _met_row(index: Index, answer: Answer, met: Met) -> Line:
    need = next((each for each in answer.option.requirements if each.requirement_id == met.requirement_id), None)
    words = need_bit(need) if need else Bit(text=f"{short(met.capability)}: {met.of:,} {short(met.unit, 40)}".rstrip())
    alone = f"{index.name_alone(met.single_provider)} alone offers it" if met.single_provider else ""
    needed = [index.name_alone(one) for one in met.indispensable if one != met.single_provider]
    return line(
        words,
        met_bit(met) if need else Bit(text=f"{met.by:,} of {met.of:,}"),
        _names(index, met.providers, met.capability),
        _names(index, met.offered_by, met.capability),
        "; ".join(filter(None, (alone, f"not without {listed(needed)}" if needed else ""))),
    )


def _names(index: Index, actor_ids: Sequence[str], capability: str) -> Bit:
    """Actors by name, with the sentences of what they offer of a capability."""
    told = [row_id for each in index.view.pledges if each.actor_id in actor_ids and each.capability == capability
            for row_id in each.statements]  # fmt: skip
    names = listed(index.name_alone(one) for one in actor_ids) if actor_ids else "nobody"
    return Bit(text=names, refs=index.refs_of(told), badges=index.badges_of(told))


def _told_by(index: Index, answer: Answer, actor_ids: Iterable[str]) -> tuple[Ref, ...]:
    """The sentences of what actors offer for an option."""
    named, asked = set(actor_ids), {each.capability for each in answer.option.requirements}
    return index.refs_of(
        row_id
        for each in index.view.pledges
        if each.actor_id in named and each.capability in asked
        for row_id in each.statements
    )


def coalitions(index: Index, answer: Answer, number: int) -> Iterator[Grid]:
    """The smallest coalitions, those without whom it cannot be done, and the smallest sets whose leaving breaks it."""
    found = answer.coalitions
    if found is not None:
        other = "" if found.complete else f"; there may be others, of at least {counted(found.at_least, 'member')}"
        yield capped(
            Grid(
                key=f"coalitions-{number}-table",
                caption=f"Coalitions that meet every critical requirement and of which no part alone does{other}",
                columns=columns("Members#:1", "Who:9", "Sentences:4"),
                rows=tuple(
                    line(len(each), listed(index.name_alone(one) for one in each), _reffed(index, answer, each))
                    for each in found.coalitions
                ),
                leaves_out=f"{under_words(answer)}; that one is listed says nothing about larger ones",
                nothing="None: no coalition meets every critical requirement."
                if found.complete else "None was found before the search stopped.",
                more_in="the result kept in the record",
            )
        )  # fmt: skip
    if answer.vetoes is not None:
        yield _vetoes(index, answer, answer.vetoes, number)
    if answer.defection is not None:
        yield _defection(index, answer, answer.defection, number)
    if found is None and answer.vetoes is None and answer.defection is None:
        yield Grid(key=f"coalitions-{number}-table", caption="Coalitions", columns=columns("Who:9"), rows=(),
                   leaves_out=under_words(answer), nothing="Not asked.")  # fmt: skip


def _reffed(index: Index, answer: Answer, actor_ids: Sequence[str]) -> Bit:
    refs = _told_by(index, answer, actor_ids)
    return Bit(
        text="" if refs else "no sentence: see its offers",
        refs=refs,
        badges=index.badges_of(ref.anchor for ref in refs),
    )


_BROKEN = "× already impossible with everybody: nobody's absence decides"


def _vetoes(index: Index, answer: Answer, found: Vetoes, number: int) -> Grid:
    rows = [line(index.actor(one), "not without", _reffed(index, answer, (one,))) for one in found.players]
    rows += [
        line(index.actor(one), "? not decided: the search stopped", _reffed(index, answer, (one,)))
        for one in found.undecided
    ]
    nothing = _BROKEN if found.outcome == "impossible" else "Nobody: there is a way without each of them."
    return capped(
        Grid(
            key=f"vetoes-{number}",
            caption="Those without whom the critical requirements cannot all be met",
            columns=columns("Who:5", "What is known:4", "Sentences:3"),
            rows=tuple(rows),
            leaves_out=f"{under_words(answer)}; it is about the offers recorded here, not about power",
            nothing=f"With everybody: {OUTCOMES[found.outcome]}." if found.outcome == "not_decided" else nothing,
            more_in="the result kept in the record",
        )
    )


def _defection(index: Index, answer: Answer, found: Defection, number: int) -> Grid:
    more = "" if found.complete else "; there may be more of this size"
    size = f"{found.size:,}" if found.size is not None else f"at least {found.at_least:,}"
    if found.outcome == "impossible":
        nothing = _BROKEN
    elif found.outcome == "not_decided" or found.at_least:
        nothing = f"None was found before the search stopped: it takes at least {found.at_least:,} to leave."
    else:
        nothing = "None: it stays possible whoever leaves."
    return capped(
        Grid(
            key=f"defection-{number}",
            caption=f"The smallest sets whose leaving breaks it: {size} to leave{more}" if found.sets
            else "The smallest sets whose leaving breaks it",
            columns=columns("Who leaves:9", "Sentences:4"),
            rows=tuple(
                line(listed(index.name_alone(one) for one in each), _reffed(index, answer, each)) for each in found.sets
            ),
            leaves_out=f"{under_words(answer)}; how likely anybody is to leave is not said",
            nothing=nothing,
            more_in="the result kept in the record",
        )
    )  # fmt: skip
