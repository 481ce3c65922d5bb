"""The two given articles, outside the repository: golden cases 24 to 28, and the worlds that hang on three sentences.

What is quoted here is a phrase or two, to find the place again.
"""

from pathlib import Path

import pytest

from truceline.guarantee.ledger import Ledger
from truceline.guarantee.saying import load_parser
from truceline.model.actor import Actor
from truceline.model.condition import Condition, Expression, Reading
from truceline.model.decision import Decision
from truceline.model.document import Document, Unseen
from truceline.model.option import Goal, MissionOption, Structure
from truceline.model.position import Position, Relation
from truceline.model.scenario import Scenario
from truceline.model.statement import Statement
from truceline.run.ledger import Desk, add_files, lines_in, worlds_in, worlds_words
from truceline.run.ledger.book import enter, kept, read_ledger

SHARED = Path(__file__).parents[3] / "shared" / "data" / "articles"
MARCH, AUGUST = SHARED / "china-considers-peacekeeping-2025-03-23.txt", SHARED / "china-denies-peacekeeping-reports.txt"
T0 = 1_790_000_000_000_000
pytestmark = pytest.mark.skipif(not MARCH.is_file(), reason="the two articles are not in ../shared/data/articles")


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "ledger"
    add_files(folder, [MARCH, AUGUST], Desk(by="Anna", now_us=T0, parser=load_parser()), tell=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def read(unread: Path) -> Path:
    """Everything suggested is confirmed, relations and all: the most that a careless reader could do."""
    with kept(unread, writing=True) as book:
        rows = [*book.ledger.suggested(Statement), *book.ledger.suggested(Position), *book.ledger.suggested(Relation)]
        ids = [getattr(row, f"{type(row).__name__.lower()}_id") for row in rows]
        decisions = [Decision(row_id=each, act="confirm", author="Anna", at_us=T0 + 1) for each in ids]
        enter(book, (), decisions, author="Anna", now_us=T0 + 1)
    return unread


def of(ledger: Ledger, phrase: str, *, own: bool = True) -> Statement:
    """The one statement with this phrase; `own`: not one inside another's words."""
    found = [each for each in ledger.all_of(Statement) if phrase in each.words and own == (not each.parent_id)]
    assert len(found) == 1, [each.words for each in found]
    return found[0]


def test_the_march_article_is_four_mouths_from_an_unnamed_origin(unread: Path) -> None:
    chain = of(read_ledger(unread), "is considering joining").chain
    assert [(link.role, link.name, link.named) for link in chain] == [
        ("republisher", "Kyiv Post", True),
        ("author", "TVP World", True),
        ("reporter", "Welt", True),
        ("origin", "sources in Brussels", False),
    ]


def test_a_denial_of_reports_declares_nothing_and_meets_an_unseen_report(read: Path) -> None:
    """Golden case 24."""
    ledger = read_ledger(read)
    denial = of(ledger, "media reports suggesting")
    assert (denial.move, denial.stance, denial.holder_id) == ("denies", "", "")
    lines = [line for line in lines_in(read, actor="CHN").lines if line.holder_id == "CHN"]
    assert all(not line.own for line in lines), "China declared nothing itself"
    assert {entry.stance for line in lines for entry in line.alleged} == {"considering"}
    assert "refused" not in {row.stance for row in ledger.all_of(Position) if row.holder_id == "CHN"}

    unseen = ledger.all_of(Unseen)
    assert len(unseen) == 1
    assert unseen[0].identified == ""
    march = {each.document_id for each in ledger.all_of(Document) if each.name == MARCH.name}
    candidates = [ledger.row(each) for each in unseen[0].candidates]
    assert all(isinstance(each, Statement) and each.document_id in march for each in candidates)
    assert of(ledger, "is considering joining").statement_id in unseen[0].candidates


def test_the_denial_and_the_march_article_sit_in_tension_and_nothing_is_called_a_contradiction(read: Path) -> None:
    """Golden case 24."""
    ledger = read_ledger(read)
    kinds = {row.kind for row in ledger.all_of(Relation)}
    assert "contradicts" not in kinds
    august = {each.statement_id for each in ledger.all_of(Statement) if each.document_id == _august(ledger)}
    march = of(ledger, "is considering joining").statement_id
    between = {
        row.kind
        for row in ledger.all_of(Relation)
        if {row.from_id, row.to_id} & august and march in (row.from_id, row.to_id)
    }
    assert between == {"tension"}


def test_hedge_drift_within_two_lines_is_suggested(read: Path) -> None:
    """Golden case 25."""
    ledger = read_ledger(read)
    hedged, later = of(ledger, "possibly Chinese participation"), of(ledger, "broader concept of involving Beijing")
    drifts = {(row.from_id, row.to_id) for row in ledger.all_of(Relation) if row.kind == "hedge_drift"}
    assert (later.statement_id, hedged.statement_id) in drifts
    assert "possibly" in hedged.hedges


def test_what_an_opponent_imputes_to_the_west_is_no_stance_of_the_west(read: Path) -> None:
    """Golden case 26."""
    ledger = read_ledger(read)
    imputed = of(ledger, "serious discussion about security guarantees", own=False)
    assert (imputed.attribution, imputed.stance, imputed.holder_id) == ("nested", "", "")
    assert not [row for row in ledger.all_of(Position) if row.statement_id == imputed.statement_id]
    outer = of(ledger, "The West understands")
    assert not [row for row in ledger.all_of(Position) if row.statement_id == outer.statement_id]


def test_countries_such_as_two_do_not_become_two_pledges(read: Path) -> None:
    """Golden case 27."""
    ledger = read_ledger(read)
    assert not {"FRA", "GBR"} & {row.holder_id for row in ledger.all_of(Position)}
    assert of(ledger, "deploying military personnel").speaker_kind == "coalition"


def test_an_article_of_an_article_of_unnamed_sources_is_one_origin(read: Path) -> None:
    """Golden case 28."""
    (line,) = [line for line in lines_in(read, actor="CHN").lines if line.holder_id == "CHN"]
    assert len(line.alleged) == 2
    assert line.alleged_origins == 1


def fact(name: str, *, so: bool = True) -> Expression:
    stated = Expression(op="fact", name=name)
    return stated if so else Expression(op="not", parts=(stated,))


def all_of(*parts: Expression) -> Expression:
    return Expression(op="all", parts=parts)


def reading(label: str, words: str, then: Expression | None = None) -> Reading:
    return Reading(label=label, words=words, then=then)


AGREEMENT, FORCE = fact("agreement"), fact("force")
WITHOUT_FORCE = "agreement with drone monitoring and no force"
READINGS: tuple[tuple[str, str, str, Expression, tuple[Reading, ...]], ...] = (
    ("rus-in-talks", "RUS", "possibly Chinese participation", AGREEMENT,
     (reading("as said", "no agreement without Russia in the talks", fact("rus_in_talks")),)),
    ("possibly-chinese", "RUS", "possibly Chinese participation", AGREEMENT,
     (reading("required", "nor without China in the talks", fact("chn_in_talks")),
      reading("optional", "with China in them or not"))),
    ("involving-beijing", "UKR", "broader concept of involving Beijing", AGREEMENT,
     (reading("not even in the talks", "China may not be in the talks", fact("chn_in_talks", so=False)),
      reading("not as guarantor", "China may not be a guarantor", fact("chn_guarantor", so=False)))),
    ("only-helpers", "UKR", "only from those countries", AGREEMENT,
     (reading("as said", "neither Russia nor China guarantees",
              all_of(fact("chn_guarantor", so=False), fact("rus_guarantor", so=False))),)),
    ("such-a-force", "RUS", "would not support such a force", AGREEMENT,
     (reading("still holds in August", "no agreement with such a force", fact("force", so=False)),
      reading("of March only", "said in March"))),
    ("no-us-troops", "USA", "not deploy its own", fact("us_troops"),
     (reading("as said", "no troops of the United States", fact("nothing_at_all")),)),
    ("coalition-ready", "COW", "deploying military personnel", FORCE,
     (reading("as said", "the coalition deploys", fact("cow_troops")),)),
)  # fmt: skip
OPTION = MissionOption(
    option_id="three-goals",
    name="Three goals",
    source="asked by the desk",
    structure=(
        Structure(
            words="a ground force needs contributors",
            when=FORCE,
            then=Expression(op="any", parts=(fact("cow_troops"), fact("us_troops"))),
        ),
    ),
    goals=(
        Goal(name="agreement", wants=(AGREEMENT,)),
        Goal(name="agreement with a coalition force", wants=(AGREEMENT, FORCE)),
        Goal(
            name="agreement with drone monitoring and no force",
            wants=(AGREEMENT, fact("drones"), fact("force", so=False)),
        ),
    ),
    open_facts=(
        *("agreement", "force", "drones", "rus_in_talks", "chn_in_talks", "chn_guarantor", "rus_guarantor"),
        *("us_troops", "cow_troops"),
    ),
)


def test_the_worlds_of_the_two_articles_hang_on_three_sentences(read: Path) -> None:
    with kept(read, writing=True) as book:
        conditions = [
            Condition(
                condition_id=condition_id,
                holder_id=holder,
                kind="requires",
                of=target,
                readings=readings,
                statements=(of(book.ledger, phrase).statement_id,),
            )
            for condition_id, holder, phrase, target, readings in READINGS
        ]
        actors = [Actor(actor_id="COW", kind="coalition", name="coalition of the willing")]
        scenario = Scenario(scenario_id="as-told", name="As told", option_id="three-goals")
        enter(book, (*actors, *conditions, OPTION, scenario), author="Anna", now_us=T0 + 2)
    asked, found = worlds_in(read, scenario="as-told", now_us=T0 + 3)

    assert asked.ground.pledges == (), "no quantity is invented"
    assert len(found.worlds) == 8
    assert dict(found.possible) == {
        "agreement": 6,
        "agreement with a coalition force": 3,
        WITHOUT_FORCE: 6,
    }
    ids = {phrase: of(asked.ledger, phrase).statement_id for _, _, phrase, _, _ in READINGS}
    strict = {ids["possibly Chinese participation"], ids["broader concept of involving Beijing"]}
    for world in found.worlds:
        read_as = dict(world.readings)
        both = (read_as["possibly-chinese"], read_as["involving-beijing"]) == ("required", "not even in the talks")
        blocked = read_as["such-a-force"] == "still holds in August"
        agreement, force, drones = world.outcomes
        assert (agreement.outcome == "impossible") == both == (drones.outcome == "impossible")
        assert (force.outcome == "impossible") == (both or blocked)
        if both:
            assert set(agreement.statements) == set(drones.statements) == strict
        if blocked:
            assert set(force.statements) == {ids["would not support such a force"]}
    hangs = {(hinge.goal, hinge.condition_id) for hinge in found.hinges}
    assert ("agreement", "such-a-force") not in hangs
    assert {condition for goal, condition in hangs if goal == "agreement with a coalition force"} == {
        "possibly-chinese",
        "involving-beijing",
        "such-a-force",
    }
    assert "would not support such a force" in worlds_words(asked, found)


def _august(ledger: Ledger) -> str:
    return next(each.document_id for each in ledger.all_of(Document) if each.name == AUGUST.name)
