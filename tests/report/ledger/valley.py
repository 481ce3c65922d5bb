"""An invented ledger with everything a page can show, and a hostile one. Every number in it was counted by hand."""

from dataclasses import replace
from itertools import pairwise, product

from truceline.model.actor import Actor
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.document import Dated, Document, Span, Unseen
from truceline.model.feasibility import (
    Bound,
    Coalitions,
    Coverage,
    Defection,
    Hinge,
    Met,
    Note,
    Reason,
    Reasons,
    Vetoes,
    World,
    Worlds,
)
from truceline.model.ledger_view import Answer, Confirmed, DocumentRead, LedgerView, Tally, Waiting
from truceline.model.lines import Beside, Change, Edge, LineEntry, Node, StanceLine
from truceline.model.option import Goal, MissionOption, Requirement
from truceline.model.pledge import Caveat, Pledge
from truceline.model.position import Position, Proposition, Relation
from truceline.model.scenario import Scenario
from truceline.model.statement import Link, Rule, Statement

KNOWN_AT_US = 1_789_430_400_000_000  # 15 September 2026


def fact(name: str) -> Expression:
    return Expression(op="fact", name=name)


def no(expression: Expression) -> Expression:
    return Expression(op="not", parts=(expression,))


ACTORS = (
    Actor(actor_id="VELERIA", kind="state", name="Veleria", names=("Velerian",)),
    Actor(actor_id="DORSANIA", kind="state", name="Dorsania", names=("Dorsanian",)),
    Actor(actor_id="SERRANIA", kind="state", name="Serrania", names=("Serranian", "Port Regis")),
    Actor(actor_id="LINDMARK", kind="state", name="Lindmark"),
    Actor(actor_id="CORVALLE", kind="state", name="Corvalle"),
    Actor(actor_id="TARN", kind="state", name="Tarn"),
    Actor(actor_id="MERIDIA", kind="state", name="Meridia"),
    Actor(actor_id="COUNCIL_OF_NINE", kind="organisation", name="Council of Nine"),
)

DAY = Dated(value="2026-03-23", precision="day", basis="the text's first line")
DOCUMENTS = (
    Document(
        document_id="doc-1",
        sha256="1" * 64,
        name="valley-post.txt",
        form="plain",
        encoding="utf-8",
        script="Latin",
        title="Serrania weighs joining a peacekeeping mission",
        publisher="Valley Post",
        published=DAY,
        leads=(Span(start=900, end=948, exact="Corvalle May Send Engineers to Veleria – Minister"),),
    ),
    Document(
        document_id="doc-2",
        sha256="2" * 64,
        name="serrania-denies.txt",
        form="plain",
        encoding="utf-8",
        script="Latin",
        title="Serrania denies readiness",
        republisher="North Coast Portal",
    ),
    Document(
        document_id="doc-3",
        sha256="3" * 64,
        name="conference.html",
        form="html",
        encoding="utf-8",
        script="Latin",
        title="Who pledged what",
        publisher="Council Gazette",
        published=Dated(value="2026-09-12", precision="day", basis="the page's date"),
    ),
    Document(
        document_id="doc-4",
        sha256="4" * 64,
        name="valley-post-copy.txt",
        form="plain",
        encoding="utf-8",
        script="Latin",
        title="Serrania weighs joining a peacekeeping mission",
        publisher="Evening Star",
        same_as="doc-1",
        published=Dated(value="2026-03", precision="month", basis="the page's month"),
    ),
    Document(
        document_id="doc-5",
        sha256="5" * 64,
        name="zayava.txt",
        form="plain",
        encoding="utf-8",
        script="Cyrillic",
        title="Заява уряду",
        publisher="Вісник",
    ),
)

POST = Link(role="publisher", name="Valley Post", actor_id="VALLEY_POST")
TAGBLATT = Link(role="reporter", name="Halden Tagblatt", actor_id="HALDEN_TAGBLATT", reliability="B", credibility=3)
DIPLOMATS = Link(role="origin", name="diplomats in Port Regis", named=False)
WIRE = Link(role="relay", name="North Coast Wire", actor_id="NORTH_COAST_WIRE")
GAZETTE = Link(role="publisher", name="Council Gazette", actor_id="COUNCIL_GAZETTE")


def origin(name: str, actor_id: str = "") -> Link:
    return Link(role="origin", name=name, actor_id=actor_id)


def told(number: int, document: int, words: str, chain: tuple[Link, ...], **more: object) -> Statement:
    """One statement at a place of its own."""
    span = Span(
        start=100 * number, end=100 * number + len(words), exact=words, prefix="It was told that ", suffix=". Talks"
    )
    values: dict[str, object] = {"attribution": "indirect", "said": DAY, "chain": chain} | more
    return Statement(statement_id=f"st-{number:016x}", document_id=f"doc-{document}", content=(span,), **values)


AUGUST = Dated(value="2026-08", precision="month", basis="“this month”: of the text, August 2026")
UNTIL_AUGUST = Dated(value="../2026-08-20", precision="interval", basis="before the text")
YEARLESS = Dated(value="XXXX-08-18", precision="day", basis="“18 August”: year not stated")
SUMMER = Dated(value="2026-22", precision="season", basis="“this summer”")
SEPTEMBER = Dated(value="2026-09-12", precision="day", basis="the page's date")
SERRANIA_SAYS = {"speaker": "the Foreign Ministry", "speaker_kind": "office", "speaks_for": "SERRANIA"}
CUE = Span(start=80, end=88, exact="reported")

STATEMENTS = (
    told(
        1,
        1,
        "Serrania is weighing whether to take part in a future peacekeeping mission",
        (POST, TAGBLATT, DIPLOMATS),
        speaker="Halden Tagblatt",
        speaker_kind="media",
        speaker_id="HALDEN_TAGBLATT",
        stance="considering",
        holder_id="SERRANIA",
        about=("SERRANIA",),
        cue=CUE,
        hedges=("weighing whether",),
        found=Rule(name="clause", right_permille=830),
    ),
    told(
        2,
        1,
        "it would not back a force of that kind on Velerian soil",
        (POST, origin("Dorsania", "DORSANIA")),
        speaker="Dorsania",
        speaker_kind="state",
        speaker_id="DORSANIA",
        speaks_for="DORSANIA",
        stance="opposes",
        holder_id="DORSANIA",
        about=("VELERIA",),
    ),
    told(
        3,
        1,
        "A Serranian contribution could make Dorsania think again",
        (POST, TAGBLATT),
        speaker="the paper",
        speaker_kind="media",
        move="assesses",
        about=("SERRANIA", "DORSANIA"),
    ),
    told(
        4,
        1,
        "Serrania is sounding out its neighbours",
        (POST, TAGBLATT, DIPLOMATS),
        speaker="the diplomats",
        speaker_kind="unnamed_group",
        stance="considering",
        holder_id="SERRANIA",
        about=("SERRANIA",),
    ),
    told(
        5,
        2,
        "these reports do not correspond to the facts",
        (WIRE, origin("Foreign Ministry of Serrania", "SERRANIA")),
        move="denies",
        said=YEARLESS,
        about=("SERRANIA",),
        **SERRANIA_SAYS,
    ),
    told(
        6,
        2,
        "any agreement without Dorsanian and possibly Serranian participation is worthless",
        (WIRE, origin("Minister of Dorsania", "DORSANIA")),
        speaker="the Minister",
        speaker_kind="person",
        speaks_for="DORSANIA",
        stance="requires",
        holder_id="DORSANIA",
        about=("SERRANIA",),
        said=YEARLESS,
    ),
    told(
        7,
        2,
        "We accept guarantees only from states that stand ready to help us",
        (WIRE, origin("President of Veleria", "VELERIA")),
        attribution="direct",
        speaker="the President",
        speaker_kind="person",
        speaks_for="VELERIA",
        stance="requires",
        holder_id="VELERIA",
        said=AUGUST,
    ),
    told(
        8,
        2,
        "the wider idea of bringing Port Regis in is not ours",
        (WIRE, origin("President of Veleria", "VELERIA")),
        speaker="the President",
        speaker_kind="person",
        speaks_for="VELERIA",
        stance="opposes",
        holder_id="VELERIA",
        about=("SERRANIA",),
        said=UNTIL_AUGUST,
    ),
    told(
        9,
        2,
        "Serrania may yet send engineers",
        (WIRE, Link(role="reporter", name="Radio Tarn"), Link(role="origin", name="officials", named=False)),
        speaker="officials",
        speaker_kind="unnamed_group",
        stance="not_ruled_out",
        holder_id="SERRANIA",
        about=("SERRANIA",),
        said=SUMMER,
    ),
    told(
        10,
        3,
        "Lindmark will provide 24 drones and their crews",
        (GAZETTE, origin("Prime Minister of Lindmark", "LINDMARK")),
        speaker="the Prime Minister",
        speaker_kind="person",
        speaks_for="LINDMARK",
        stance="committed",
        holder_id="LINDMARK",
        said=SEPTEMBER,
    ),
    told(
        11,
        3,
        "Corvalle would send 12 drones only if Lindmark takes part",
        (GAZETTE, origin("Corvalle", "CORVALLE")),
        speaker="Corvalle",
        speaker_kind="state",
        speaks_for="CORVALLE",
        stance="conditional",
        holder_id="CORVALLE",
        said=SEPTEMBER,
    ),
    told(
        12,
        3,
        "We are ready to host two bases",
        (GAZETTE, origin("Tarn", "TARN")),
        speaker="the Minister of Tarn",
        speaker_kind="person",
        speaks_for="TARN",
        stance="ready",
        holder_id="TARN",
        said=SEPTEMBER,
    ),
    told(
        13,
        3,
        "not a presence on the ground",
        (GAZETTE, origin("Meridia", "MERIDIA")),
        speaker="Meridia",
        speaker_kind="state",
        speaks_for="MERIDIA",
        stance="refused",
        holder_id="MERIDIA",
        said=SEPTEMBER,
    ),
    told(
        14,
        4,
        "Serrania is weighing whether to take part in a future peacekeeping mission",
        (Link(role="publisher", name="Evening Star"), POST, TAGBLATT, DIPLOMATS),
        speaker="Halden Tagblatt",
        speaker_kind="media",
        speaker_id="HALDEN_TAGBLATT",
        stance="considering",
        holder_id="SERRANIA",
    ),
    told(15, 3, "nobody has told us of such a plan", (), speaker="", stance="", said=Dated()),
)
ST = {number: each.statement_id for number, each in enumerate(STATEMENTS, start=1)}
TWICE = {1, 2, 5, 6, 10, 11, 12}  # these two people have read

PROPOSITIONS = (
    Proposition(
        proposition_id="prop-1",
        text="Serrania takes part in a peacekeeping mission",
        action="participate",
        subject_id="SERRANIA",
    ),
    Proposition(proposition_id="prop-2", text="A joint force is sent to Veleria", action="deploy"),
    Proposition(proposition_id="prop-3", text="Who may guarantee an agreement", action="guarantee"),
    Proposition(proposition_id="prop-4", text="Monitoring by drones", action="contribute"),
)


def held(number: int, proposition: int, *, own: bool, by: str = "", terms: str = "") -> Position:
    each = STATEMENTS[number - 1]
    assert each.stance
    return Position(
        position_id=f"pos-{number}",
        statement_id=each.statement_id,
        proposition_id=f"prop-{proposition}",
        holder_id=each.holder_id,
        stance=each.stance,
        first_hand=own,
        alleged_by=by,
        terms=terms,
    )


POSITIONS = (
    held(1, 1, own=False, by="HALDEN_TAGBLATT"),
    held(4, 1, own=False),
    held(9, 1, own=False),
    held(14, 1, own=False, by="HALDEN_TAGBLATT"),
    held(2, 2, own=True),
    held(6, 3, own=True, terms="with Dorsanian participation"),
    held(7, 3, own=True),
    held(8, 3, own=True),
    held(10, 4, own=True),
    held(11, 4, own=True, terms="only if Lindmark takes part"),
    held(12, 4, own=True),
    held(13, 2, own=True),
)
DAYS = {
    "2026-03-23": ("2026-03-23", "2026-03-23"),
    "2026-08": ("2026-08-01", "2026-08-31"),
    "../2026-08-20": ("", "2026-08-20"),
    "XXXX-08-18": ("", ""),
    "2026-22": ("2026-06-01", "2026-08-31"),
    "2026-09-12": ("2026-09-12", "2026-09-12"),
}


def entry(position: Position) -> LineEntry:
    said = next(each.said for each in STATEMENTS if each.statement_id == position.statement_id)
    earliest, latest = DAYS[said.value]
    return LineEntry(
        position_id=position.position_id,
        statement_id=position.statement_id,
        stance=position.stance,
        said=said,
        earliest=earliest,
        latest=latest,
        alleged_by=position.alleged_by,
        terms=position.terms,
    )


def line(holder: str, proposition: int, own_origins: int, alleged_origins: int) -> StanceLine:
    mine = [each for each in POSITIONS if (each.holder_id, each.proposition_id) == (holder, f"prop-{proposition}")]
    return StanceLine(
        holder_id=holder,
        proposition_id=f"prop-{proposition}",
        own=tuple(entry(each) for each in mine if each.first_hand),
        alleged=tuple(entry(each) for each in mine if not each.first_hand),
        own_origins=own_origins,
        alleged_origins=alleged_origins,
    )


LINES = (
    line("CORVALLE", 4, 1, 0),
    line("DORSANIA", 2, 1, 0),
    line("DORSANIA", 3, 1, 0),
    line("LINDMARK", 4, 1, 0),
    line("MERIDIA", 2, 1, 0),
    line("SERRANIA", 1, 0, 2),
    line("TARN", 4, 1, 0),
    line("VELERIA", 3, 1, 0),
)

UNSEEN = (
    Unseen(
        unseen_id="uns-1", statement_id=ST[5], words="these reports", candidates=(ST[1], "st-unread-1", "st-unread-2")
    ),
    Unseen(unseen_id="uns-2", statement_id=ST[15], words="such a plan"),
)
RELATIONS = (
    Relation(relation_id="rel-1", from_id=ST[5], to_id="uns-1", kind="denies"),
    Relation(relation_id="rel-2", from_id=ST[13], to_id=ST[3], kind="denies"),
    Relation(relation_id="rel-3", from_id=ST[5], to_id=ST[1], kind="tension"),
    Relation(relation_id="rel-4", from_id=ST[14], to_id=ST[1], kind="restates"),
)
PAIRS = (
    Beside(claim_id="uns-1", denial_id=ST[5], relation_id="rel-1", seen=False),
    Beside(claim_id=ST[3], denial_id=ST[13], relation_id="rel-2", seen=True),
)

PLEDGES = (
    Pledge(
        pledge_id="plg-lindmark",
        actor_id="LINDMARK",
        strand="monitoring",
        capability="drones",
        status="committed",
        low=24,
        high=24,
        unit="drones",
        readiness=2,
        statements=(ST[10],),
        since=SEPTEMBER,
    ),
    Pledge(
        pledge_id="plg-corvalle",
        actor_id="CORVALLE",
        strand="monitoring",
        capability="drones",
        status="conditional",
        low=12,
        high=16,
        unit="drones",
        condition=Expression(op="joins", name="LINDMARK"),
        statements=(ST[11],),
    ),
    Pledge(
        pledge_id="plg-tarn",
        actor_id="TARN",
        strand="monitoring",
        capability="bases",
        status="conditional",
        low=2,
        unit="bases",
        condition=fact("bases_agreed"),
        statements=(ST[12],),
    ),
    Pledge(
        pledge_id="plg-meridia",
        actor_id="MERIDIA",
        strand="logistics",
        capability="crews",
        status="committed",
        source="note verbale of 9 September 2026",
    ),
    Pledge(
        pledge_id="plg-council",
        actor_id="COUNCIL_OF_NINE",
        strand="monitoring",
        capability="satellite pictures",
        status="considering",
        low=1,
        unit="a day",
    ),
    Pledge(
        pledge_id="plg-analysts",
        actor_id="COUNCIL_OF_NINE",
        strand="monitoring",
        capability="analysts",
        status="committed",
        low=20,
        source="resolution 14 of the Council",
    ),
)
CAVEATS = (
    Caveat(
        caveat_id="cav-1",
        kind="force_type",
        text="no presence on the ground",
        actor_id="MERIDIA",
        excludes=("crews", "bases"),
        statements=(ST[13],),
    ),
)
CONDITIONS = (
    Condition(
        condition_id="possibly-serranian",
        holder_id="DORSANIA",
        kind="requires",
        of=fact("agreement"),
        readings=(
            Reading(
                label="required", words="no agreement unless Serrania is in the talks", then=fact("serrania_in_talks")
            ),
            Reading(label="optional", words="Serrania may be in the talks or not"),
        ),
        statements=(ST[6],),
    ),
    Condition(
        condition_id="bringing-in",
        holder_id="VELERIA",
        kind="requires",
        of=fact("agreement"),
        readings=(
            Reading(
                label="not in the talks",
                words="Serrania may not even be in the talks",
                then=no(fact("serrania_in_talks")),
            ),
            Reading(
                label="not as guarantor",
                words="Serrania may be in the talks, not a guarantor",
                then=no(fact("serrania_guarantor")),
            ),
        ),
        statements=(ST[8],),
    ),
    Condition(
        condition_id="no-force",
        holder_id="DORSANIA",
        kind="requires",
        of=fact("agreement"),
        readings=(
            Reading(label="still holds", words="what was said in March holds", then=no(fact("force"))),
            Reading(label="of March only", words="not repeated since"),
        ),
        statements=(ST[2],),
    ),
    Condition(
        condition_id="helpers",
        holder_id="VELERIA",
        kind="requires",
        of=fact("agreement"),
        readings=(Reading(label="as said", words="Serrania is no guarantor", then=no(fact("serrania_guarantor"))),),
        statements=(ST[7],),
    ),
)

REQUIREMENTS = (
    Requirement(
        requirement_id="req-drones",
        capability="drones",
        low=30,
        high=36,
        unit="drones",
        critical=True,
        min_providers=2,
        source="planning cell",
    ),
    Requirement(requirement_id="req-crews", capability="crews", low=10, high=10, unit="crews", critical=True),
    Requirement(
        requirement_id="req-bases", capability="bases", low=2, high=2, unit="bases", critical=True, sustain_months=12
    ),
    Requirement(requirement_id="req-analysts", capability="analysts", low=20, high=20),
)
GOALS = (
    Goal(name="agreement", wants=(fact("agreement"),)),
    Goal(name="agreement with a joint force", wants=(fact("agreement"), fact("force"))),
    Goal(name="agreement with drones and no joint force", wants=(fact("agreement"), no(fact("force")))),
)
OPTION = MissionOption(
    option_id="drones-first",
    name="Monitoring by drones, with posts only at crossings",
    source="its planning cell, 12 September 2026",
    requirements=REQUIREMENTS,
    goals=GOALS,
    open_facts=("agreement", "force", "serrania_in_talks", "serrania_guarantor"),
)
SCENARIO = Scenario(
    scenario_id="as-told", name="As told, nothing assumed", option_id="drones-first", threshold="conditional"
)

AMBIGUOUS = CONDITIONS[:3]
BOTH = (
    Reason(
        key="condition:possibly-serranian:required",
        origin="statement",
        statements=(ST[6],),
        words="DORSANIA requires for “agreement”: “serrania_in_talks” (read as “required”)",
    ),
    Reason(
        key="condition:bringing-in:not in the talks",
        origin="statement",
        statements=(ST[8],),
        words="VELERIA requires for “agreement”: not (“serrania_in_talks”) (read as “not in the talks”)",
    ),
)
FORCE = (
    Reason(
        key="condition:no-force:still holds",
        origin="statement",
        statements=(ST[2],),
        words="DORSANIA requires for “agreement”: not (“force”) (read as “still holds”)",
    ),
)


def reasons(goal: str, against: tuple[Reason, ...]) -> Reasons:
    every = tuple(sorted({row_id for each in against for row_id in each.statements}))
    return Reasons(
        goal=goal,
        outcome="impossible" if against else "possible",
        reasons=against,
        smallest=bool(against),
        statements=every,
    )


def world(labels: tuple[str, str, str]) -> World:
    """What follows from one way to read the three sentences."""
    clash = BOTH if labels[:2] == ("required", "not in the talks") else ()
    force = FORCE if labels[2] == "still holds" else ()
    readings = tuple((each.condition_id, label) for each, label in zip(AMBIGUOUS, labels, strict=True))
    outcomes = (reasons(GOALS[0].name, clash), reasons(GOALS[1].name, clash or force), reasons(GOALS[2].name, clash))
    return World(readings=readings, outcomes=outcomes)


WORLDS = Worlds(
    worlds=tuple(world(labels) for labels in product(*([one.label for one in each.readings] for each in AMBIGUOUS))),
    possible=((GOALS[0].name, 6), (GOALS[1].name, 3), (GOALS[2].name, 6)),
    hinges=(
        Hinge(goal=GOALS[0].name, condition_id="possibly-serranian", statements=(ST[6],), pairs=2),
        Hinge(goal=GOALS[0].name, condition_id="bringing-in", statements=(ST[8],), pairs=2),
        Hinge(goal=GOALS[1].name, condition_id="possibly-serranian", statements=(ST[6],), pairs=1),
        Hinge(goal=GOALS[1].name, condition_id="bringing-in", statements=(ST[8],), pairs=1),
        Hinge(goal=GOALS[1].name, condition_id="no-force", statements=(ST[2],), pairs=3),
        Hinge(goal=GOALS[2].name, condition_id="possibly-serranian", statements=(ST[6],), pairs=2),
        Hinge(goal=GOALS[2].name, condition_id="bringing-in", statements=(ST[8],), pairs=2),
    ),
    notes=(Note(kind="not_so", words="“bases_agreed” is stated by nobody, so it is not so", statements=(ST[12],)),),
)


def met(requirement: Requirement, by: int, providers: tuple[str, ...], offered: tuple[str, ...], most: int = 0) -> Met:
    short = max(0, requirement.low - by)
    return Met(
        requirement_id=requirement.requirement_id,
        capability=requirement.capability,
        unit=requirement.unit,
        critical=requirement.critical,
        met=not short and len(providers) >= requirement.min_providers,
        by=by,
        of=requirement.low,
        short=short,
        by_optimistic=max(by, most),
        providers=providers,
        providers_of=requirement.min_providers,
        offered_by=offered,
        single_provider=offered[0] if len(offered) == 1 else "",
        indispensable=offered,
    )


def coverage(threshold: str, drones: Met, coalition: tuple[str, ...], told_by: tuple[str, ...]) -> Coverage:
    rows = (
        drones,
        met(REQUIREMENTS[1], 0, (), ()),
        met(REQUIREMENTS[2], 0, (), ()),
        met(REQUIREMENTS[3], 20, ("COUNCIL_OF_NINE",), ("COUNCIL_OF_NINE",)),
    )
    count, critical = sum(each.met for each in rows), sum(each.met and each.critical for each in rows)
    return Coverage(
        threshold=threshold,
        status="optimal",
        coalition=coalition,
        pledges=(),
        requirements=rows,
        critical_met=critical,
        critical_total=3,
        met=count,
        total=4,
        critical_met_optimistic=critical,
        met_optimistic=count,
        statements=told_by,
    )


BOTH_DRONES = met(REQUIREMENTS[0], 36, ("CORVALLE", "LINDMARK"), ("CORVALLE", "LINDMARK"), 40)
COVERAGE = (
    coverage("committed", met(REQUIREMENTS[0], 24, ("LINDMARK",), ("LINDMARK",)), ("LINDMARK",), (ST[10],)),
    coverage("conditional", BOTH_DRONES, ("CORVALLE", "LINDMARK"), (ST[10], ST[11])),
    replace(
        coverage("considering", BOTH_DRONES, ("CORVALLE", "LINDMARK"), (ST[10], ST[11])),
        status="bound",
        bounds=(Bound(measure="met", found=2, bound=3), Bound(measure="shortfall", found=2_000_000, bound=0)),
    ),
)
NEEDED = reasons(
    "every critical requirement",
    (
        Reason(
            key="requirement:req-crews",
            origin="source",
            source="planning cell",
            words="crews: 10 crews required; all pledges together, whatever their status, come to 0",
        ),
    ),
)
ANSWER = Answer(
    option=OPTION,
    scenario=SCENARIO,
    input_sha256="ab" * 32,
    coverage=COVERAGE,
    coalitions=Coalitions(coalitions=(), complete=True),
    vetoes=Vetoes(outcome="impossible"),
    defection=Defection(outcome="impossible"),
    reasons=(NEEDED,),
    worlds=WORLDS,
)
WITHOUT_CREWS = replace(
    ANSWER,
    scenario=replace(
        SCENARIO,
        scenario_id="lent",
        name="Crews are lent",
        facts=("bases_agreed", "crews_lent"),
        threshold="ready",
        readings=(("no-force", "of March only"),),
    ),
    coverage=(),
    coalitions=Coalitions(
        coalitions=(("CORVALLE", "LINDMARK", "TARN"), ("COUNCIL_OF_NINE", "LINDMARK", "TARN")),
        complete=False,
        at_least=3,
    ),
    vetoes=Vetoes(outcome="possible", players=("LINDMARK", "TARN"), undecided=("CORVALLE",)),
    defection=Defection(outcome="possible", size=1, sets=(("LINDMARK",), ("TARN",)), complete=True),
    reasons=(reasons("every critical requirement", ()),),
    worlds=None,
)


def nodes_and_edges(statements: tuple[Statement, ...]) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The graph of mouths, by the shape that the ledger gives it."""
    nodes: dict[str, Node] = {}
    ways: dict[tuple[str, str], list[str]] = {}
    titles = {each.document_id: each.title for each in DOCUMENTS}
    denied = {each.statement_id: each for each in UNSEEN}
    for each in statements:
        article = "doc-1" if each.document_id == "doc-4" else each.document_id
        path = [Node(node_id=f"article:{article}", kind="article", name=titles.get(each.document_id, "untitled"))]
        above = each.document_id
        for link in each.chain:
            kind = {"origin": "origin", "relay": "relay"}.get(link.role, "outlet")
            key = link.actor_id or link.name
            if link.named:
                path.append(Node(node_id=f"who:{key}", kind=kind, name=link.name))
                above = key
            else:
                path.append(
                    Node(node_id=f"unnamed:{above}", kind="origin", name=f"unnamed, told by {above}", hollow=True)
                )
        if each.statement_id in denied:
            report = denied[each.statement_id]
            path.append(Node(node_id=report.unseen_id, kind="unseen", name=report.words, hollow=True))
        nodes |= {node.node_id: node for node in path}
        for one, other in pairwise(path):
            ways.setdefault((one.node_id, other.node_id), []).append(each.statement_id)
    edges = tuple(Edge(from_id=a, to_id=b, statements=tuple(rows)) for (a, b), rows in sorted(ways.items()))
    return tuple(nodes[key] for key in sorted(nodes)), edges


CHANGES = (
    Change(
        holder_id="LINDMARK",
        proposition_id="prop-4",
        came=(LINES[3].own[0],),
        went=(
            LineEntry(
                position_id="pos-old",
                statement_id="st-was-replaced",
                stance="ready",
                said=AUGUST,
                earliest="2026-08-01",
                latest="2026-08-31",
            ),
        ),
    ),
)


def readers(number: int) -> tuple[str, ...]:
    return ("A. Reader", "B. Second") if number in TWICE else ("A. Reader",)


def tallies() -> tuple[DocumentRead, ...]:
    """Confirmed as they are; some of each other state in the first document and the last."""
    rows = []
    for number, document in enumerate(DOCUMENTS, start=1):
        confirmed = sum(each.document_id == document.document_id for each in STATEMENTS)
        first = number == 1
        rows.append(
            DocumentRead(
                document=document,
                tally=Tally(
                    confirmed=confirmed,
                    suggested=7 if first else 0,
                    rejected=3 if first else 0,
                    replaced=2 if first else 0,
                    not_attributable=1 if first else 0,
                    resting=1 if first else 0,
                    every=confirmed + (14 if first else 0),
                ),
            )
        )
    return tuple(rows)


def view(**other: object) -> LedgerView:
    """The whole ledger; parts may be replaced."""
    nodes, edges = nodes_and_edges(STATEMENTS)
    values: dict[str, object] = {
        "name": "Valley guarantees",
        "known_at_us": KNOWN_AT_US,
        "documents": tallies(),
        "tally": Tally(every=29, confirmed=15, resting=1, suggested=7, rejected=3, not_attributable=1, replaced=2),
        "statements": tuple(
            Confirmed(statement=each, readers=readers(number)) for number, each in enumerate(STATEMENTS, start=1)
        ),
        "actors": ACTORS,
        "propositions": PROPOSITIONS,
        "positions": POSITIONS,
        "lines": LINES,
        "relations": RELATIONS,
        "pairs": PAIRS,
        "unseen": UNSEEN,
        "nodes": nodes,
        "edges": edges,
        "pledges": PLEDGES,
        "caveats": CAVEATS,
        "conditions": CONDITIONS,
        "answers": (ANSWER,),
        "since": "2026-09-01",
        "changes": CHANGES,
        "waiting": Waiting(positions=9, relations=4, unseen=2, second=(ST[8],)),
    }
    return LedgerView(**(values | other))


EVIL = "<script>alert(1)</script>\u202e\u0000'\"&"
LONG = "N" * 10_000
EVIL_ID = "../../<b>"


def hostile_view() -> LedgerView:
    """The smallest ledger whose every text is hostile, empty or too long."""
    link = Link(role="origin", name=EVIL, named=True, actor_id=EVIL_ID)
    statement = Statement(
        statement_id='st-"><script>1',
        document_id="doc-1",
        attribution="direct",
        speaker=EVIL + LONG,
        speaks_for=EVIL_ID,
        holder_id=EVIL_ID,
        content=(Span(start=0, end=9, exact=EVIL + LONG, prefix=EVIL, suffix="שלום " + EVIL),),
        stance="ready",
        chain=(link, Link(role="relay", name="", named=False)),
        hedges=(EVIL,),
        translation=EVIL,
        said=Dated(value=EVIL, precision="day", basis=EVIL),
        language="<",
    )
    document = Document(
        document_id="doc-1",
        sha256="",
        name=EVIL,
        form="plain",
        encoding="utf-8",
        title=LONG,
        leads=(Span(start=1, end=2, exact=EVIL),),
        published=Dated(value="2026-13-40", basis=EVIL),
    )
    position = Position(
        position_id="p",
        statement_id=statement.statement_id,
        proposition_id=EVIL,
        holder_id=EVIL_ID,
        stance="ready",
        first_hand=True,
        terms=EVIL,
    )
    told_at = LineEntry(
        position_id="p",
        statement_id=statement.statement_id,
        stance="ready",
        said=statement.said,
        alleged_by=EVIL,
        terms=EVIL,
    )
    nodes = (Node(node_id="article:doc-1", kind="article", name=LONG), Node(node_id="who:x", kind="origin", name=EVIL))
    option = MissionOption(
        option_id=EVIL,
        name=EVIL + LONG,
        source=EVIL,
        requirements=(Requirement(requirement_id=EVIL, capability=EVIL, low=1, high=1, unit=EVIL),),
    )
    return LedgerView(
        name=EVIL + LONG,
        known_at_us=KNOWN_AT_US,
        documents=(DocumentRead(document=document, tally=Tally(every=1, confirmed=1)),),
        tally=Tally(every=1, confirmed=1),
        statements=(Confirmed(statement=statement, readers=(EVIL,)),),
        actors=(Actor(actor_id=EVIL_ID, kind="state", name=LONG, names=(EVIL, "")),),
        positions=(position,),
        lines=(
            StanceLine(
                holder_id=EVIL_ID, proposition_id=EVIL, own=(told_at,), alleged=(), own_origins=1, alleged_origins=0
            ),
        ),
        unseen=(Unseen(unseen_id="u", statement_id=statement.statement_id, words=EVIL),),
        pairs=(Beside(claim_id="u", denial_id=statement.statement_id, relation_id="r", seen=False),),
        nodes=nodes,
        edges=(Edge(from_id="article:doc-1", to_id="who:x", statements=(statement.statement_id,)),),
        pledges=(Pledge(pledge_id=EVIL, actor_id=EVIL_ID, strand=EVIL, capability=EVIL, status="ready", source=EVIL),),
        caveats=(Caveat(caveat_id=EVIL, kind="legal", text=EVIL, pledge_id=EVIL),),
        conditions=(Condition(condition_id=EVIL, holder_id="", kind="vetoes", of=fact(EVIL), readings=()),),
        answers=(Answer(option=option, scenario=Scenario(scenario_id=EVIL, name=EVIL, option_id=EVIL, facts=(EVIL,))),),
        since=EVIL,
    )
