"""A ledger in a folder: what comes in from files, what people decide, what is asked. The example of the repository."""

import shutil
from pathlib import Path

import pytest

from truceline.base.errors import InputError, IntegrityError, UnknownNameError, UnreadableError
from truceline.guarantee.ledger import Ledger
from truceline.guarantee.saying import load_parser
from truceline.model.condition import Condition
from truceline.model.document import Document, Unseen
from truceline.model.pledge import Pledge
from truceline.model.position import Position, Relation
from truceline.model.scenario import Analysis
from truceline.model.statement import Statement
from truceline.record import verify_folder
from truceline.run.ledger import (
    Added,
    Desk,
    Stated,
    add_files,
    chain_in,
    decide_from,
    gaps_in,
    gaps_words,
    lines_in,
    waiting,
    worlds_in,
    worlds_json,
    worlds_words,
)
from truceline.run.ledger.book import enter, kept, read_ledger

EXAMPLE = Path(__file__).resolve().parents[3] / "missions" / "guarantees"
ARTICLES = sorted((EXAMPLE / "articles").glob("*.txt"))
T0 = 1_790_000_000_000_000
DESK = Desk(by="Anna", now_us=T0, parser=load_parser())


def silent(_: str) -> None:
    return


def put_in(folder: Path, *files: Path, desk: Desk = DESK) -> list[Added]:
    return add_files(folder, files, desk, tell=silent)


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with everything added and nothing read."""
    folder = tmp_path_factory.mktemp("unread") / "ledger"
    for added in (*put_in(folder, EXAMPLE / "actors.toml", *ARTICLES), *put_in(folder, EXAMPLE / "ledger.toml")):
        assert not added.refused, added
    return folder


@pytest.fixture
def fresh(unread: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unread, tmp_path / "ledger"))


@pytest.fixture(scope="module")
def read(unread: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as Anna decided about it."""
    folder = Path(shutil.copytree(unread, tmp_path_factory.mktemp("read") / "ledger"))
    decide_from(folder, EXAMPLE / "decisions.csv", by="Anna", now_us=T0 + 1)
    return folder


def named(ledger: Ledger, words: str) -> Statement:
    found = [each for each in ledger.all_of(Statement) if words in each.words]
    assert len(found) == 1, [each.words for each in found]
    return found[0]


# --- coming in ------------------------------------------------------------------------------------------------------


def test_the_example_comes_in_whole_and_its_record_verifies(unread: Path) -> None:
    ledger = read_ledger(unread)
    assert len(ledger.all_of(Document)) == 3
    assert len(ledger.all_of(Statement)) > 20
    assert len(ledger.standing(Condition)) == 0  # the statements that tell of them are unread
    assert verify_folder(unread / "record").ok


def test_a_document_is_kept_byte_for_byte_and_one_changed_byte_is_found(fresh: Path) -> None:
    with kept(fresh) as book:
        document = next(each for each in book.ledger.all_of(Document) if each.name == ARTICLES[0].name)
        assert book.record.get(document.sha256) == ARTICLES[0].read_bytes()
        path = next((fresh / "record" / "content").rglob(f"{document.sha256[2:]}*"), None) or next(
            (fresh / "record" / "content").rglob(f"*{document.sha256}*")
        )
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"drones", b"DRONES", 1))
    with kept(fresh) as book, pytest.raises(IntegrityError):
        book.record.get(document.sha256)


def test_the_same_file_twice_adds_nothing(fresh: Path) -> None:
    with kept(fresh) as book:
        before = book.record.size
    again = put_in(fresh, *ARTICLES, EXAMPLE / "actors.toml", EXAMPLE / "ledger.toml")
    with kept(fresh) as book:
        assert book.record.size == before
    assert all("already" in each.remarks[0] for each in again[:3])
    assert [each.counts for each in again] == [{}] * 5


def test_a_file_that_cannot_be_taken_is_told_and_the_others_come_in(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[[actors]]\nactor_id = 3\n")
    picture = tmp_path / "picture.txt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    made = put_in(tmp_path / "ledger", broken, picture, ARTICLES[0])
    assert ["actor_id" in made[0].refused, "picture" in made[1].refused, made[2].refused] == [True, True, ""]
    assert made[2].counts["document"] == 1


def test_declarations_that_quote_what_no_document_says_are_refused_whole(tmp_path: Path) -> None:
    made = put_in(tmp_path / "ledger", EXAMPLE / "actors.toml", EXAMPLE / "ledger.toml")
    assert "no statement of" in made[1].refused
    assert read_ledger(tmp_path / "ledger").all_of(Pledge) == ()


def test_what_a_person_states_of_an_article_is_kept_as_stated(tmp_path: Path) -> None:
    stated = Stated(publisher="Nine Coasts Daily", published="2026-08-20")
    article = next(each for each in ARTICLES if each.name.startswith("serrania"))
    put_in(tmp_path / "ledger", article, desk=Desk(by="Anna", now_us=T0, parser=DESK.parser, stated=stated))
    document = read_ledger(tmp_path / "ledger").all_of(Document)[0]
    assert (document.publisher, document.published.value) == ("Nine Coasts Daily", "2026-08-20")
    assert "stated by" in document.published.basis
    wrong = Desk(by="Anna", now_us=T0, parser=DESK.parser, stated=Stated(published="last summer"))
    assert "--published" in put_in(tmp_path / "other", article, desk=wrong)[0].refused


def test_two_articles_that_are_one_are_one_origin(tmp_path: Path) -> None:
    article = next(each for each in ARTICLES if each.name.startswith("pledging"))
    copied = tmp_path / "copied.txt"
    copied.write_text(
        article.read_text(encoding="utf-8").replace("Five states", "Five of the states"), encoding="utf-8"
    )
    folder = tmp_path / "ledger"
    made = put_in(folder, EXAMPLE / "actors.toml", article, copied, *(each for each in ARTICLES if each != article))
    documents = {each.name: each for each in read_ledger(folder).all_of(Document)}
    assert documents["copied.txt"].same_as == documents[article.name].document_id
    assert [bool(each.same_as) for each in documents.values()].count(True) == 1
    assert any("both count as one origin" in remark for remark in made[2].remarks)


def test_an_article_that_states_neither_date_nor_publisher_stays_without_them(unread: Path) -> None:
    document = next(each for each in read_ledger(unread).all_of(Document) if each.name.startswith("serrania"))
    assert (document.publisher, document.author, document.published.value) == ("", "", "")


# --- reading --------------------------------------------------------------------------------------------------------


def test_nothing_unread_enters_a_result(unread: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(unread, tmp_path / "copy"))
    assert lines_in(folder).lines == ()
    asked, worlds = worlds_in(folder, scenario="", now_us=T0 + 5)
    assert (asked.ground.pledges, asked.ground.conditions, len(worlds.worlds)) == ((), (), 1)
    assert gaps_in(folder, scenario="", now_us=T0 + 5).coverage[0].met == 0


def test_decisions_from_a_file_are_taken_all_or_none(fresh: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("document,words,act\npledging-conference.txt,transport by air,confirm\nnone.txt,nothing,confirm\n")
    with pytest.raises(UnreadableError, match=r"line 3.*Nothing of the file was taken"):
        decide_from(fresh, path, by="Anna", now_us=T0 + 1)
    assert read_ledger(fresh).standing(Statement) == ()
    path.write_text("document,words,act\npledging-conference.txt,transport by air,perhaps\n")
    with pytest.raises(UnreadableError, match="'perhaps' is no act"):
        decide_from(fresh, path, by="Anna", now_us=T0 + 1)
    path.write_text("document,words,act\npledging-conference.txt,transport by air,confirm\n")
    with pytest.raises(InputError, match="is no person"):
        decide_from(fresh, path, by="truceline 9", now_us=T0 + 1)


def test_a_denial_of_reports_leaves_its_speaker_undeclared(read: Path) -> None:
    """Golden case 24."""
    ledger = read_ledger(read)
    denial = named(ledger, "media reports that it had signalled readiness")
    assert (denial.move, denial.stance) == ("denies", "")
    own = [line for line in lines_in(read, actor="SERRANIA").lines if line.holder_id == "SERRANIA" and line.own]
    assert own == []
    assert "undeclared" in lines_in(read, actor="SERRANIA").words()
    kinds = {row.kind for row in ledger.all_of(Relation) if row.from_id == denial.statement_id}
    assert "denies" in kinds
    assert "contradicts" not in {row.kind for row in ledger.all_of(Relation)}
    unseen = ledger.all_of(Unseen)
    assert len(unseen) == 1
    march = named(ledger, "Serrania is weighing")
    assert unseen[0].identified == ""
    assert set(unseen[0].candidates) <= {march.statement_id}


def test_the_collective_stays_one_holder(read: Path) -> None:
    """Golden case 27."""
    holders = {row.holder_id for row in read_ledger(read).standing(Position)}
    deployed = named(read_ledger(read), "to deploy troops on Velerian territory")
    mine = [row.holder_id for row in read_ledger(read).all_of(Position) if row.statement_id == deployed.statement_id]
    assert set(mine) <= {"CIRCLE"}
    assert holders


def test_what_a_result_hangs_on_is_owed_a_second_reader_who_is_another_person(read: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(read, tmp_path / "copy"))
    before = waiting(folder, reader="Ben")
    asked, found = worlds_in(folder, scenario="as-told", now_us=T0 + 5)
    told = {row_id for world in found.worlds for each in world.outcomes for row_id in each.statements}
    assert told
    assert told <= set(asked.one_reader)
    assert waiting(folder, reader="Ben") == before + len(told)
    assert waiting(folder, reader="Anna") == before
    assert f"{len(asked.one_reader)} of the statements that this rests on were read by one person only" in worlds_words(
        asked, found
    )


# --- asking ---------------------------------------------------------------------------------------------------------


def test_the_worlds_of_the_example_are_told_with_the_sentences_they_hang_on(read: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(read, tmp_path / "copy"))
    asked, found = worlds_in(folder, scenario="as-told", now_us=T0 + 5)
    assert len(found.worlds) == 8
    assert [count for _, count in found.possible] == [6, 3, 6]
    for world in found.worlds:
        for each in world.outcomes:
            assert bool(each.statements) == (each.outcome == "impossible")
    text = worlds_words(asked, found)
    assert "it would not back a force of that kind on Velerian soil" in text
    sentences = worlds_json(asked, found)["sentences"]
    assert isinstance(sentences, dict)
    assert len(sentences) == 3


def test_an_answer_is_kept_once_and_names_its_input(read: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(read, tmp_path / "copy"))
    worlds_in(folder, scenario="as-told", now_us=T0 + 5)
    with kept(folder) as book:
        before = book.record.size
        runs = book.ledger.all_of(Analysis)
    worlds_in(folder, scenario="as-told", now_us=T0 + 6)
    with kept(folder) as book:
        assert book.record.size == before
    assert [run.kind for run in runs] == ["worlds"]
    assert runs[0].solver.startswith("OR-Tools")


def test_gaps_name_who_is_missing_and_who_alone_can(read: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(read, tmp_path / "copy"))
    found = gaps_in(folder, scenario="bases-agreed", now_us=T0 + 5)
    conditional = next(each for each in found.coverage if each.threshold == "conditional")
    met = {each.capability: each for each in conditional.requirements}
    assert (met["drones"].met, met["drones"].by) == (True, 36)
    assert (met["bases"].met, met["bases"].single_provider) == (True, "TARN")
    assert (met["crews"].met, met["crews"].offered_by) == (False, ())
    assert (met["analysts"].by, met["analysts"].met) == (0, False)  # nobody stated how many
    assert found.why_not.outcome == "impossible"
    assert "crews" in gaps_words(found)


def test_a_scenario_that_is_not_there_is_named_with_those_that_are(read: Path) -> None:
    with pytest.raises(UnknownNameError, match="Known: as-told, bases-agreed"):
        worlds_in(read, scenario="other", now_us=T0 + 5)
    with pytest.raises(UnknownNameError, match="truceline ledger add"):
        read_ledger(read / "nowhere")


def test_a_chain_leads_from_the_words_to_an_unnamed_origin(read: Path) -> None:
    march = named(read_ledger(read), "Serrania is weighing")
    assert [(link.role, link.named) for link in march.chain] == [
        ("republisher", True),
        ("author", True),
        ("reporter", True),
        ("origin", False),
    ]
    told = chain_in(read, march.statement_id)
    assert "diplomats in Port Regis (unnamed)" in told.words()
    assert told.plain()["readers"] == ["Anna"]
    with pytest.raises(UnreadableError, match="is no statement"):
        chain_in(read, "plg-tarn-bases")


def test_what_changed_since_a_moment_is_told_by_when_it_was_known(read: Path) -> None:
    after = lines_in(read, since="2026-09-22").changes
    assert after is not None
    assert lines_in(read, since="2030-01-01").changes == ()


def test_a_deleted_actor_gives_nothing_and_is_told(read: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(read, tmp_path / "copy"))
    gone = tmp_path / "gone.toml"
    gone.write_text('[[actors]]\nactor_id = "TARN"\nkind = "state"\nname = "Tarn"\ndeleted = true\n')
    assert not put_in(folder, gone)[0].refused
    found = gaps_in(folder, scenario="bases-agreed", now_us=T0 + 5)
    conditional = next(each for each in found.coverage if each.threshold == "conditional")
    assert {each.capability: each.by for each in conditional.requirements}["bases"] == 0
    assert any(note.kind == "unknown" and "TARN" in note.words for note in conditional.notes)
    assert "deleted" in lines_in(folder, actor="TARN").words()


def test_a_row_that_cannot_be_entered_leaves_the_ledger_as_it_was(fresh: Path) -> None:
    from truceline.model.decision import Decision

    with kept(fresh, writing=True) as book:
        before = book.record.size
        wrong = Decision(row_id="st-none", act="confirm", author="Anna", at_us=T0 + 9)
        with pytest.raises(UnknownNameError):
            enter(book, (), (wrong,), author="Anna", now_us=T0 + 9)
        assert book.record.size == before
