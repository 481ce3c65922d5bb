"""Two public reports about guarantees for a ceasefire, in our own words: what depends on what. No quantity in it.

A1-…, A2-…: the statements of the two reports, in the order of the reports.
"""

from truceline.guarantee.coalition import Ground
from truceline.model.condition import Condition, ConditionKind, Expression, Reading
from truceline.model.option import Goal, MissionOption, Structure
from truceline.model.pledge import Pledge
from truceline.model.scenario import Scenario


def fact(name: str) -> Expression:
    return Expression(op="fact", name=name)


def joins(name: str) -> Expression:
    return Expression(op="joins", name=name)


def no(part: Expression) -> Expression:
    return Expression(op="not", parts=(part,))


def all_of(*parts: Expression) -> Expression:
    return Expression(op="all", parts=parts)


def any_of(*parts: Expression) -> Expression:
    return Expression(op="any", parts=parts)


def said(
    statement: str, holder: str, kind: ConditionKind, of: Expression, *readings: tuple[str, Expression | None]
) -> Condition:
    return Condition(
        condition_id=f"{statement} {kind} {of.name}",
        holder_id=holder,
        kind=kind,
        of=of,
        readings=tuple(Reading(label=label, words=label, then=then) for label, then in readings),
        statements=(statement,),
    )


RUS_ACCEPTS, UKR_ACCEPTS = fact("RUS accepts"), fact("UKR accepts")
OPEN = (
    "agreement",
    "RUS accepts",
    "UKR accepts",
    "RUS in the talks",
    "CHN in the talks",
    "CHN guarantor",
    "RUS guarantor",
    "force",
    "US troops",
    "drone monitoring",
)
AMBIGUOUS = ("A1-03 vetoes force", "A2-06 requires RUS accepts", "A2-09 never_if UKR accepts")

CONDITIONS = (
    said("A2-06", "RUS", "only_if", RUS_ACCEPTS, ("clear", fact("RUS in the talks"))),
    said(
        "A2-06",
        "RUS",
        "requires",
        RUS_ACCEPTS,
        ("Chinese participation required", fact("CHN in the talks")),
        ("Chinese participation optional", None),
    ),
    said(
        "A2-09",
        "UKR",
        "never_if",
        UKR_ACCEPTS,
        ("not even in the talks", fact("CHN in the talks")),
        ("not as guarantor", fact("CHN guarantor")),
    ),
    said("A2-10", "UKR", "never_if", UKR_ACCEPTS, ("clear", any_of(fact("RUS guarantor"), fact("CHN guarantor")))),
    said("A2-16", "USA", "vetoes", fact("US troops"), ("clear", None)),
    said(
        "A1-03",
        "RUS",
        "vetoes",
        fact("force"),
        ("still holds in August", RUS_ACCEPTS),
        ("no longer holds", None),
    ),
)

OPTION = MissionOption(
    option_id="talks",
    name="An agreement and what would watch over it",
    source="two public reports",
    structure=(
        Structure(
            words="an agreement needs both parties' acceptance",
            when=fact("agreement"),
            then=all_of(RUS_ACCEPTS, UKR_ACCEPTS),
        ),
        Structure(
            words="a force needs contributors",
            when=fact("force"),
            then=any_of(Expression(op="pledged", name="COALITION", capability="troops"), fact("US troops")),
        ),
    ),
    open_facts=OPEN,
)
GOALS = (
    Goal(name="agreement", wants=(fact("agreement"),)),
    Goal(name="agreement and coalition force", wants=(fact("agreement"), fact("force"))),
    Goal(name="agreement and drone monitoring", wants=(fact("agreement"), fact("drone monitoring"), no(fact("force")))),
)
GROUND = Ground(
    actors=("RUS", "UKR", "USA", "CHN", "COALITION"),
    pledges=(
        Pledge(
            pledge_id="troops",
            actor_id="COALITION",
            strand="troops",
            capability="troops",
            status="ready",
            statements=("A2-14",),
        ),
    ),
    conditions=CONDITIONS,
    caveats=(),
    option=OPTION,
)
SCENARIO = Scenario(scenario_id="August", name="as the reports stand", option_id="talks", threshold="ready")
