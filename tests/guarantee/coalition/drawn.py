"""Small grounds and scenarios, drawn at random: up to four actors, six pledges, three conditions."""

import random
from dataclasses import replace

from hypothesis import strategies as st

from truceline.guarantee.coalition import THRESHOLDS, Ground
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.option import Goal, MissionOption, Requirement, Structure
from truceline.model.pledge import LADDER, Caveat, Pledge
from truceline.model.scenario import Scenario

ACTORS = "ABCD"
CAPABILITIES = "xyz"
FACTS = ("stated", "open", "unsaid", "consent_A")
NAMES = st.sampled_from("AABBCCDZ")  # Z is not among the actors

ATOMS = st.one_of(
    st.builds(lambda name: Expression(op="joins", name=name), NAMES),
    st.builds(
        lambda name, capability: Expression(op="pledged", name=name, capability=capability),
        NAMES,
        st.sampled_from(CAPABILITIES),
    ),
    st.builds(lambda name: Expression(op="fact", name=name), st.sampled_from(FACTS)),
    st.sampled_from([Expression(op="mandate", name="UN"), Expression(op="mandate", name="EU"), Expression(op="true")]),
)


def within(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    parts = st.lists(inner, min_size=0, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda op, parts: Expression(op=op, parts=parts), st.sampled_from(["all", "any"]), parts),
        st.builds(lambda part: Expression(op="not", parts=(part,)), inner),
        st.builds(
            lambda number, parts: Expression(op="at_least", number=number, parts=parts), st.integers(0, 3), parts
        ),
    )


EXPRESSIONS = st.one_of(ATOMS, ATOMS, st.recursive(ATOMS, within, max_leaves=4))
AMOUNTS = st.sampled_from([None, 0, 1, 2, 2, 3, 4])


@st.composite
def pledges(draw: st.DrawFn, number: int) -> Pledge:
    return Pledge(
        pledge_id=f"P{number}",
        actor_id=draw(st.sampled_from("AAABBBCCCDDDZ")),
        strand="drawn",
        capability=draw(st.sampled_from(CAPABILITIES)),
        status=draw(st.sampled_from([*LADDER, *LADDER[5:8] * 3])),
        low=draw(AMOUNTS),
        high=draw(AMOUNTS),
        unit=draw(st.sampled_from(["", "", "", "teams", "units"])),
        condition=draw(st.one_of(st.none(), st.none(), EXPRESSIONS)),
        statements=(f"S{number}",),
    )


@st.composite
def conditions(draw: st.DrawFn, number: int) -> Condition:
    kind = draw(st.sampled_from(["only_if", "never_if", "requires", "vetoes", "consent_needed"]))
    count = draw(st.sampled_from([1, 1, 1, 2, 0]))
    readings = tuple(
        Reading(label=f"L{at}", words="drawn", then=draw(st.one_of(st.none(), EXPRESSIONS, EXPRESSIONS)))
        for at in range(count)
    )
    return Condition(
        condition_id=f"C{number}",
        holder_id=draw(st.sampled_from(ACTORS)),
        kind=kind,
        of=draw(ATOMS),
        readings=readings,
        statements=(f"T{number}",),
    )


@st.composite
def options(draw: st.DrawFn) -> MissionOption:
    requirements = tuple(
        Requirement(
            requirement_id=f"R{capability}",
            capability=capability,
            low=draw(st.sampled_from([0, 1, 2, 2, 3, 4, 6])),
            high=9,
            unit=draw(st.sampled_from(["", "units"])),
            critical=draw(st.booleans()),
            min_providers=draw(st.sampled_from([0, 1, 1, 2])),
        )
        for capability in draw(st.sets(st.sampled_from(CAPABILITIES), min_size=1))
    )
    structure = draw(
        st.one_of(st.just(()), st.tuples(st.builds(Structure, words=st.just("W"), when=ATOMS, then=ATOMS)))
    )
    return MissionOption(
        option_id="O",
        name="drawn",
        source="drawn",
        requirements=requirements,
        structure=structure,
        open_facts=("open",),
    )


@st.composite
def asked(draw: st.DrawFn, *, settled: bool = True) -> tuple[Ground, Scenario]:
    """A ground and a scenario; settled: with a reading picked of every condition that has several."""
    made = [draw(pledges(number)) for number in range(draw(st.sampled_from([0, 2, 4, 5, 6])))]
    if len(made) > 1 and draw(st.integers(0, 5)) == 0:
        made[0] = replace(made[0], supersedes="P1")
    said = [draw(conditions(number)) for number in range(draw(st.integers(0, 3)))]
    caveat = Caveat(
        caveat_id="K",
        kind="task",
        text="not for this",
        pledge_id=draw(st.sampled_from(["", "P0", "P1"])),
        actor_id=draw(st.sampled_from(ACTORS)),
        excludes=(draw(st.sampled_from(["x", "y", "O", "other"])),),
    )
    picks = tuple(
        (each.condition_id, draw(st.sampled_from(each.readings)).label) for each in said if len(each.readings) > 1
    )
    ground = Ground(
        actors=tuple(ACTORS),
        pledges=tuple(made),
        conditions=tuple(said),
        caveats=(caveat,) if draw(st.integers(0, 3)) == 0 else (),
        option=draw(options()),
    )
    scenario = Scenario(
        scenario_id="S",
        name="drawn",
        option_id="O",
        facts=("stated",),
        mandates=("UN",),
        threshold=draw(st.sampled_from(THRESHOLDS[:6])),
        readings=picks if settled else (),
    )
    return ground, scenario


def close(number: int) -> tuple[Ground, Scenario]:
    """One in which about everything is needed: all requirements critical, most pledges firm, few conditions."""
    chance = random.Random(number)
    made = tuple(
        Pledge(
            pledge_id=f"P{at}",
            actor_id=ACTORS[at] if at < len(ACTORS) else chance.choice(ACTORS),
            strand="drawn",
            capability=chance.choice("xy"),
            status=chance.choice([*["committed"] * 5, "ready"]),
            low=chance.randint(1, 3),
            condition=chance.choice([*[None] * 5, Expression(op="joins", name="D")]),
            statements=(f"S{at}",),
        )
        for at in range(chance.randint(6, 8))
    )
    requirements = tuple(
        Requirement(
            requirement_id=f"R{capability}",
            capability=capability,
            low=max(
                1, sum(each.low for each in made if each.capability == capability) - chance.choice([-1, 0, 1, 2, 3])
            ),
            high=9,
            critical=True,
            min_providers=chance.choice([1, 1, 2]),
        )
        for capability in "xy"
    )
    option = MissionOption(option_id="O", name="drawn", source="drawn", requirements=requirements)
    ground = Ground(actors=tuple(ACTORS), pledges=made, conditions=(), caveats=(), option=option)
    return ground, Scenario(scenario_id="S", name="drawn", option_id="O")


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    return Goal(name="drawn", wants=draw(st.lists(EXPRESSIONS, max_size=2).map(tuple)), critical=draw(st.booleans()))
