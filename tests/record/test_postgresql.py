"""What only the log in PostgreSQL can meet: a lost session, a killed server, a hand in the database."""

import signal
from collections.abc import Callable, Iterator

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection
from tests.postgres import PASSWORD, USER, Server
from tests.record.place import Place
from tests.record.small import counted, entry, flipped

from truceline.base.canonical import canonical_bytes
from truceline.base.errors import InputError, IntegrityError, UnavailableError
from truceline.record import LocalDisk, database_of, open_record
from truceline.record.leaf import Frontier, commitment

TABLES = ("entries", "head")


class Hand:
    """Somebody who writes into the database as its owner, past the rules, and puts them back."""

    def __init__(self, server: Server, place: Place) -> None:
        assert place.database is not None
        self.schema = place.database.schema
        self.connection = Connection(
            USER, host="127.0.0.1", port=server.port, database="postgres", password=PASSWORD, ssl_context=False
        )
        self.run(f'SET search_path = "{self.schema}"')

    def run(self, statement: str) -> list[list[object]]:
        rows: list[list[object]] = self.connection.run(statement)
        return rows

    def writes(self, *statements: str) -> None:
        self.run("BEGIN")
        for table in TABLES:
            self.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            self.run(statement)
        for trigger in ("entries_are_contiguous", "entries_are_never_changed"):
            self.run(f"ALTER TABLE entries ENABLE ALWAYS TRIGGER {trigger}")
        for trigger in ("head_grows", "head_stays"):
            self.run(f"ALTER TABLE head ENABLE ALWAYS TRIGGER {trigger}")
        self.run("COMMIT")

    def ends_the_writer(self) -> None:
        self.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'truceline' AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def place(another: Callable[[str, str], Place]) -> Place:
    return another("postgresql", "record")


@pytest.fixture
def hand(postgres: Server, place: Place) -> Iterator[Hand]:
    hand = Hand(postgres, place)
    yield hand
    hand.connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '\\x00' WHERE position = 0",
        "UPDATE entries SET body = '\\x00' WHERE position = 77",
        "DELETE FROM entries WHERE position = 3",
        "TRUNCATE entries",
        "TRUNCATE entries, head CASCADE",
        "INSERT INTO entries SELECT 3, salt, body, leaf, kind, subject FROM entries WHERE position = 3",
        "INSERT INTO entries SELECT 5, salt, body, leaf, kind, subject FROM entries WHERE position = 3",
        "INSERT INTO entries SELECT * FROM entries WHERE position = 3 ON CONFLICT (position) DO UPDATE SET body = ''",
        "INSERT INTO entries SELECT 4, '', body, leaf, kind, subject FROM entries WHERE position = 3",
        "INSERT INTO entries SELECT 4, salt, body, '', kind, subject FROM entries WHERE position = 3",
        "UPDATE head SET size = 3",
        "UPDATE head SET size = 9",
        "UPDATE head SET root = sha256('x')",
        "DELETE FROM head",
        "TRUNCATE head",
        "INSERT INTO head VALUES (9, sha256(''))",
        "SET session_replication_role = replica; DELETE FROM entries",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(place: Place, hand: Hand, statement: str) -> None:
    place.small()
    with pytest.raises(DatabaseError) as told:
        hand.run(statement)
    assert told.value.args[0]["C"][:2] == "23", told.value
    assert place.verify().ok


@pytest.mark.parametrize("column", ["salt", "body", "leaf"])
def test_every_altered_byte_of_an_entry_is_found(place: Place, hand: Hand, column: str) -> None:
    place.small()
    content = hand.run(f"SELECT {column} FROM entries WHERE position = 2")[0][0]
    assert isinstance(content, bytes)
    for at in range(0, len(content), 7):
        hand.writes(f"UPDATE entries SET {column} = '\\x{flipped(content, at).hex()}' WHERE position = 2")
        assert any(one.startswith("entry 2: ") for one in place.verify().problems), at
        with pytest.raises(IntegrityError):
            place.read_back()


BODY = canonical_bytes(entry("forged").body())
SALT = b"s" * 32
HOLLOW = "CREATE TRIGGER head_grows BEFORE DELETE ON head FOR EACH ROW EXECUTE FUNCTION refuse()"
EMPTIED = "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
FORGED = f"'\\x{SALT.hex()}', '\\x{BODY.hex()}', '\\x{commitment(SALT, BODY).hex()}', 'finding', 'forged'"


@pytest.mark.parametrize(
    ("what", "statements", "found"),
    [
        ("a gap", ["DELETE FROM entries WHERE position = 1"], "it stands where entry 1 belongs"),
        ("the last gone", ["DELETE FROM entries WHERE position = 3"], "head in the database tells of [4]"),
        (
            "the last gone, and the head told so",
            ["DELETE FROM entries WHERE position = 3", "UPDATE head SET size = 3"],
            "head: it tells of 4 entries, and the log holds 3",
        ),
        ("one more", [f"INSERT INTO entries VALUES (4, {FORGED})"], "5 entries, and its head in the database"),
        (
            "one in another's place",
            ["DELETE FROM entries WHERE position = 2", f"INSERT INTO entries VALUES (2, {FORGED})"],
            "the first 4 entries have",
        ),
        ("another root", ["UPDATE head SET root = sha256('x')"], "in the database, it has root"),
        ("no head", ["DELETE FROM head"], "tells of None"),
        ("two heads", ["INSERT INTO head SELECT * FROM head"], "tells of [4, 4]"),
        ("listed as another's", ["UPDATE entries SET subject = 'x' WHERE position = 1"], "is listed as"),
        ("a rule gone", ["DROP TRIGGER head_grows ON head", HOLLOW], "a rule of the database is missing"),
        ("a rule hollowed out", [EMPTIED], "a rule of the database is foreign"),
        ("a rewriting", ["CREATE RULE r AS ON INSERT TO entries DO INSTEAD NOTHING"], "a rule of the database is"),
        ("not logged", ["ALTER TABLE head SET UNLOGGED"], "relation head ru"),
    ],
)
def test_what_was_moved_added_or_taken_away_is_found(
    place: Place, hand: Hand, what: str, statements: list[str], found: str
) -> None:
    place.small()
    hand.writes(*statements)
    problems = place.verify().problems
    assert any(found in problem for problem in problems), (what, problems)
    if what not in ("a gap", "listed as another's", "one in another's place"):  # these take reading all of it
        with pytest.raises(IntegrityError):
            place.open()


def test_a_lost_session_closes_the_log_and_lets_the_next_writer_in(place: Place, hand: Hand) -> None:
    record = place.open()
    record.append([entry("a")])
    hand.ends_the_writer()
    for _ in range(2):
        with pytest.raises(UnavailableError, match="Open the record again"):
            record.append([entry("b")])
    with place.open() as again:
        assert again.append([entry("c")]) == range(1, 2)
    assert place.verify().ok


def test_a_session_lost_at_the_commit_leaves_all_or_none(place: Place, hand: Hand) -> None:
    class Cutting(LocalDisk):
        cut = False

        def commit(self, act: Callable[[], None]) -> None:
            if self.cut:
                hand.ends_the_writer()
            act()

    disk = Cutting()
    record = place.open(disk=disk)
    disk.cut = True
    with pytest.raises(UnavailableError, match="which shows what arrived"):
        record.append([entry("a"), entry("b")])
    with place.open() as again:
        assert again.size == 0
        assert again.append_if_new([entry("a"), entry("b")]) == [0, 1]


def test_a_server_killed_at_work_loses_nothing_it_acknowledged(place: Place, postgres: Server) -> None:
    acknowledged, killed_after = 0, (0, 3, 11)
    for further in killed_after:
        record = place.open()
        assert record.size >= acknowledged
        for number in range(further):
            acknowledged = record.append([entry(f"s-{number}-{n}") for n in range(5)]).stop
        postgres.stop(signal.SIGQUIT)
        with pytest.raises(UnavailableError):
            record.append([entry("late")])
        with pytest.raises(UnavailableError, match="does not answer"):
            place.open()
        postgres.start()
    assert len(place.read_back()) == acknowledged == 5 * sum(killed_after)
    assert place.verify().ok


def test_a_server_that_may_forget_is_refused(place: Place, postgres: Server) -> None:
    postgres.stop()
    postgres.start("-c", "fsync=off")
    with pytest.raises(UnavailableError, match="fsync is off"):
        place.open()
    postgres.stop()
    postgres.start()
    place.small()


def test_a_role_whose_sessions_acknowledge_early_acknowledges_late_here(place: Place, hand: Hand) -> None:
    hand.run(f"ALTER ROLE {USER} SET synchronous_commit = off")
    try:
        place.small()
    finally:
        hand.run(f"ALTER ROLE {USER} RESET synchronous_commit")
    assert place.verify().ok


def test_missions_of_one_database_know_nothing_of_each_other(another: Callable[[str, str], Place]) -> None:
    one, two = another("postgresql", "one"), another("postgresql", "two")
    with one.open() as first, two.open() as second:
        first.append([entry("a")])
        assert second.size == 0
        assert second.append([entry("b")]) == range(1)
    assert [subject.subject for _, subject in one.read_back()] == ["a"]


def test_a_database_set_back_to_an_older_copy_is_found_by_the_folder(place: Place, hand: Hand) -> None:
    with place.open(chance=counted()) as record:
        record.append([entry("a")])
        leaves = record.leaves()
        record.append([entry("b")])
    frontier = Frontier()
    frontier.add(leaves[0])
    hand.writes(
        "DELETE FROM entries WHERE position = 1", f"UPDATE head SET size = 1, root = '\\x{frontier.head().root}'"
    )
    with pytest.raises(IntegrityError, match="it tells of 2 entries, and the log holds 1"):
        place.open()


def test_words_that_a_database_would_not_take_are_kept(place: Place) -> None:
    odd = ["", "\0", "a" * 100_000, "é\U0001f600\ue000", "{,}\"'\\", "NULL"]
    with place.open() as record:
        record.append([entry(subject) for subject in odd])
        assert [one.subject for _, one in record.entries()] == odd
        assert [record.last("finding", subject) for subject in odd] == [(at, entry(s)) for at, s in enumerate(odd)]
    assert place.verify().ok


def test_a_mission_whose_folder_holds_a_log_takes_no_database(place: Place) -> None:
    open_record(place.folder).close()
    for act in (place.open, place.verify):
        with pytest.raises(InputError, match="a log does not move"):
            act()


@pytest.mark.parametrize(
    ("what", "change", "problem"),
    [
        ("password", (PASSWORD, "guess"), "does not let this account in"),
        ("database", ("/postgres", "/nothing"), "no database of this name"),
        ("port", ("", ""), "does not answer"),
    ],
)
def test_a_database_that_does_not_let_in_is_unavailable(
    place: Place, postgres: Server, what: str, change: tuple[str, str], problem: str
) -> None:
    setting = postgres.setting.replace(*change) if what == "database" else postgres.setting
    setting = setting.replace(f":{postgres.port}/", ":1/") if what == "port" else setting
    password = "guess" if what == "password" else PASSWORD
    with pytest.raises(UnavailableError, match=problem) as told:
        open_record(place.folder, database=database_of(setting, mission="m", password=password))
    assert password not in str(told.value)


@pytest.mark.parametrize(
    ("setting", "user", "host", "port", "name", "secret", "password"),
    [
        ("postgresql://u@localhost/d", "u", "localhost", 5432, "d", False, "given"),
        ("postgresql://u:p%40@127.0.0.1:7/d", "u", "127.0.0.1", 7, "d", False, "p@"),
        ("postgres://u@db.example/d", "u", "db.example", 5432, "d", True, "given"),
        ("postgresql://u@db.example/d?sslmode=disable", "u", "db.example", 5432, "d", False, "given"),
        ("postgresql://u@localhost/d?sslmode=verify-full", "u", "localhost", 5432, "d", True, "given"),
        ("postgresql://u@/d?host=/run/postgresql&port=5433", "u", "/run/postgresql", 5433, "d", False, "given"),
    ],
)
def test_a_setting_says_where_the_log_is(
    setting: str, user: str, host: str, port: int, name: str, secret: bool, password: str
) -> None:
    found = database_of(setting, mission="kivu-2", password="given")
    assert found is not None
    assert (found.user, found.host, found.port, found.name, found.secret) == (user, host, port, name, secret)
    assert (found.schema, found.password) == ("truceline_kivu-2", password)
    assert password not in repr(found)


@pytest.mark.parametrize(
    "setting",
    [
        "sqlite:///d",
        "postgresql://localhost/d",
        "postgresql://u@localhost",
        "postgresql://u@/d",
        "postgresql://u@localhost:port/d",
        "postgresql://u@localhost/d?sslmode=allow",
        "postgresql://u@localhost/d?options=-csearch_path",
        "postgresql://u@localhost/d?x",
        "postgresql://u@[::1/d",
    ],
)
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(InputError, match=r"serve\.store"):
        database_of(setting, mission="m")


def test_no_setting_is_no_database() -> None:
    assert database_of("", mission="Whatever it is called") is None
    for mission in ("", "A", 'a"', "a" * 41, "-a", "a b"):
        with pytest.raises(InputError, match="cannot name a schema"):
            database_of("postgresql://u@localhost/d", mission=mission)
