"""What a mission would take, and who offers it: requirements against offers, caveats, conditions."""

from collections.abc import Iterator, Mapping, Sequence

from truceline.model.condition import Condition, Reading, expression_words
from truceline.model.feasibility import Coverage, Met
from truceline.model.ledger_view import Answer
from truceline.model.option import Requirement
from truceline.model.pledge import LADDER, Caveat, Pledge
from truceline.report.ledger.index import Index
from truceline.report.ledger.pieces import Bit, Grid, Line, bit, capped, line
from truceline.report.ledger.words import (
    NOT_STATED,
    amount_words,
    counted,
    date_words,
    plain_word,
    quoted,
    short,
    under_words,
)
from truceline.report.totals import columns, listed, reconcile

BESIDE = 6  # contributors in one table of the matrix


def chosen_of(answer: Answer) -> Coverage | None:
    """The coverage at the scenario's own threshold."""
    return next((each for each in answer.coverage if each.threshold == answer.scenario.threshold), None)


def met_of(answer: Answer) -> Mapping[str, Met]:
    """What came of each requirement at the scenario's threshold."""
    chosen = chosen_of(answer)
    return {each.requirement_id: each for each in chosen.requirements} if chosen else {}


def matrix(index: Index, answer: Answer, number: int) -> Iterator[Grid]:
    """Requirements by contributors, a few contributors a table, in the order of their names."""
    needs = answer.option.requirements
    wanted = {each.capability for each in needs}
    offers = [each for each in index.view.pledges if each.capability in wanted]
    givers = sorted({each.actor_id for each in offers}, key=lambda each: (index.name(each).casefold(), each))
    met, shown = met_of(answer), 0
    blocks = [givers[at : at + BESIDE] for at in range(0, len(givers), BESIDE)] or [[]]
    for at, block in enumerate(blocks, start=1):
        part = f", part {at} of {len(blocks)}" if len(blocks) > 1 else ""
        rows = []
        for need in needs:
            by_giver = [
                [each for each in offers if (each.actor_id, each.capability) == (one, need.capability)] for one in block
            ]
            rows.append((need_bit(need), met_bit(met.get(need.requirement_id)),
                         *(_offer_cell(index, answer, need, each) for each in by_giver)))  # fmt: skip
        shown += sum(each.actor_id in block for each in offers)
        yield capped(
            Grid(
                key=f"matrix-{number}-table-{at}",
                caption=f"Requirements and who offers something for them{part}",
                columns=columns("Requirement:5", "What is met:4",
                                *(f"{plain_title(index.name_alone(one))}:4" for one in block)),
                rows=tuple(rows),
                leaves_out=f"{under_words(answer)}; a dash: no confirmed offer",
                notes=("“Alone”: nobody else's offer counts for this requirement.",),
                nothing="The option names no requirement.",
                more_in="matrix.csv",
                wide=len(block) > 3,
                heads=True,
            )
        )  # fmt: skip
    reconcile({"offers in the matrix": shown}, len(offers), f"matrix of {short(answer.option.name)}")


def plain_title(name: str) -> str:
    """A name that cannot be read as a column's width."""
    return name.replace(":", " ").replace("#", " ")


def need_bit(need: Requirement) -> Bit:
    """`drones: 30 to 40 drones, critical, from at least 2 providers`."""
    much = f"{need.low:,}" if need.high <= need.low else f"{need.low:,} to {need.high:,}"
    words = [f"{short(need.capability)}: {much} {short(need.unit, 40)}".rstrip()]
    words += ["critical"] * need.critical
    words += [f"from at least {need.min_providers} providers"] * (need.min_providers > 1)
    words += [f"for {counted(need.sustain_months, 'month')}"] * (need.sustain_months > 0)
    words += [f"by {date_words(need.by)}"] * bool(need.by.value)
    words += [f"at {short(need.where)}"] * bool(need.where)
    return Bit(text=", ".join(words))


def met_bit(met: Met | None) -> Bit:
    """What the best coalition gives of a requirement, and what is missing."""
    if met is None:
        return Bit(text="not asked")
    if met.met:
        return Bit(text=f"+ met: {met.by:,} of {met.of:,}", tone="possible")
    missing = f"{met.short:,} short" if met.short else f"{len(met.providers)} of {met.providers_of} providers"
    more = f"; {met.by_optimistic:,} at the most stated" if met.by_optimistic > met.by else ""
    return Bit(text=f"× gap: {met.by:,} of {met.of:,}, {missing}{more}", tone="gap")


def _offer_cell(index: Index, answer: Answer, need: Requirement, offers: Sequence[Pledge]) -> Bit:
    """What one contributor offers for a requirement; why an offer does not count."""
    if not offers:
        return bit("")
    met = met_of(answer).get(need.requirement_id)
    told = [row_id for each in offers for row_id in each.statements]
    kept = [(each, kept_from(index, answer, each)) for each in offers]
    words = [
        f"{plain_word(each.status)}: {amount_words(each)}" + (f" ({listed(why)})" if why else "") for each, why in kept
    ]
    source = "" if told else f"; source: {listed(dict.fromkeys(short(each.source) or NOT_STATED for each in offers))}"
    badges = ["does not count"] if all(why for _, why in kept) else []
    badges += ["alone"] if met is not None and met.single_provider == offers[0].actor_id else []
    return Bit(
        text=" · ".join(words) + source,
        refs=index.refs_of(told),
        badges=(*badges, *index.badges_of(told)),
    )


def kept_from(index: Index, answer: Answer, pledge: Pledge) -> list[str]:
    """Why a pledge does not count under a scenario, in words; nothing where it counts."""
    scenario, option = answer.scenario, answer.option
    why = []
    if pledge.status in ("refused", "withdrawn"):
        why.append(f"it is {pledge.status}")
    elif LADDER.index(pledge.status) < LADDER.index(scenario.threshold):
        why.append(f"not as firm as {quoted(plain_word(scenario.threshold))}")
    why += [
        f"superseded by {short(each.pledge_id)}" for each in index.view.pledges if each.supersedes == pledge.pledge_id
    ]
    why += [f"kept out by {quoted(each.text, 100)}" for each in bites(index, pledge, option.option_id)]
    if pledge.low is None:
        why.append(f"amount {NOT_STATED}" if pledge.high is None else "no least amount is stated")
    needs = [each for each in option.requirements if each.capability == pledge.capability]
    if needs and all(pledge.unit and each.unit and pledge.unit != each.unit for each in needs):
        why.append(f"stated in {short(pledge.unit, 40)}, asked in {short(needs[0].unit, 40)}")
    met = [met_of(answer).get(each.requirement_id) for each in needs]
    if not why and any(each is not None and pledge.actor_id not in each.offered_by for each in met):
        condition = f": {short(expression_words(pledge.condition), 160)}" if pledge.condition else ""
        why.append(f"its condition does not hold{condition}" if pledge.condition else "nothing allows it here")
    return why


def bites(index: Index, pledge: Pledge, option_id: str) -> list[Caveat]:
    """The caveats that keep a pledge from counting for an option."""
    return [
        each
        for each in index.view.caveats
        if (each.pledge_id == pledge.pledge_id if each.pledge_id else each.actor_id == pledge.actor_id)
        and {pledge.capability, option_id} & set(each.excludes)
    ]


_NOT_ASKED = "firm enough; what can be met was not asked"


def offers(index: Index, answer: Answer, number: int) -> Grid:
    """Every offer, and whether it counts."""
    asked = {each.capability for each in answer.option.requirements}
    rows = []
    for each in sorted(index.view.pledges, key=lambda each: (index.name(each.actor_id).casefold(), each.pledge_id)):
        why = kept_from(index, answer, each) if each.capability in asked else ["the option does not ask for it"]
        rows.append(
            line(
                index.actor(each.actor_id),
                short(each.capability),
                *pledge_cells(index, each),
                f"does not count: {listed(why)}" if why else ("counts" if met_of(answer) else _NOT_ASKED),
            )
        )
    return capped(
        Grid(
            key=f"offers-{number}",
            caption="Every confirmed offer, and whether it counts",
            columns=columns("Who:4", "What:3", "How much:3", "Status:3", "Only if:4", "Since, renew by:4",
                            "Sentence or source:3", "Under this scenario:5"),
            rows=tuple(rows),
            leaves_out=f"{under_words(answer)}; quality, readiness and money are not looked at",
            nothing="No offer is confirmed.",
            more_in="matrix.csv",
            wide=True,
        )
    )  # fmt: skip


def pledge_cells(index: Index, pledge: Pledge) -> Line:
    """How much, how firmly, under which condition, since when, on whose word."""
    renew = f", renew by {date_words(pledge.renew_by)}" if pledge.renew_by.value else ""
    ready = f", readiness {pledge.readiness} of 4" if pledge.readiness else ""
    condition = short(expression_words(pledge.condition), 200) if pledge.condition else ""
    return line(
        amount_words(pledge),
        f"{plain_word(pledge.status)}{ready}",
        condition,
        f"{date_words(pledge.since)}{renew}",
        index.resting(pledge.statements, pledge.source),
    )


def limits(index: Index) -> Iterator[Grid]:
    """Caveats, and what actors make things depend on: the same under every scenario."""
    yield caveat_grid(index, index.view.caveats, "caveats")
    yield condition_grid(index, index.view.conditions, "conditions")


def caveat_grid(index: Index, caveats: Sequence[Caveat], key: str, *, at: str = "") -> Grid:
    """What offers are kept from being used for. `at`: the folder of the page."""
    pledged = {each.pledge_id: each.actor_id for each in index.view.pledges}
    return capped(
        Grid(
            key=key,
            caption="Caveats: what an offer is kept from being used for",
            columns=columns("Who:4", "Kind:3", "In its words:6", "Keeps out:5", "Sentence:3"),
            rows=tuple(
                line(index.actor(each.actor_id or pledged.get(each.pledge_id, ""), at=at), plain_word(each.kind),
                     quoted(each.text), listed(short(name) for name in each.excludes), index.resting(each.statements))
                for each in caveats
            ),
            leaves_out="Only caveats that somebody stated and people confirmed",
            nothing="No caveat is confirmed.",
            more_in="matrix.csv",
        )
    )  # fmt: skip


def condition_grid(index: Index, conditions: Sequence[Condition], key: str, *, at: str = "") -> Grid:
    """What an actor's words make something depend on, reading by reading. `at`: the folder of the page."""
    return capped(
        Grid(
            key=key,
            caption="Conditions and vetoes: what somebody's words make something depend on",
            columns=columns("Who:4", "What its words do:6", "Ways to read them:9", "Sentence or source:3"),
            rows=tuple(
                line(index.actor(each.holder_id, at=at), _binding(each),
                     " · ".join(map(_reading, each.readings)) or "in any case",
                     index.resting(each.statements, each.source))
                for each in conditions
            ),
            leaves_out="Only conditions that somebody stated and people confirmed",
            nothing="No condition is confirmed.",
            more_in="worlds.csv",
        )
    )  # fmt: skip


def _binding(condition: Condition) -> str:
    of = short(expression_words(condition.of), 160)
    return {
        "only_if": f"{of}: only if",
        "requires": f"for {of} it requires",
        "never_if": f"not both: {of}, and",
        "vetoes": f"does not accept: {of}",
        "consent_needed": f"{of}: only with its consent",
    }[condition.kind]


def _reading(reading: Reading) -> str:
    return f"{short(reading.label)}: {short(reading.words, 200)}" if reading.words else short(reading.label)
