"""What a person declares in a TOML file: actors, pledges, conditions, options, scenarios, by the nouns' field names.

    [[actors]]                                  [[conditions]]
    actor_id = "FRA"                            condition_id = "cond-1"
    kind = "state"                              holder_id = "UKR"
    name = "France"                             kind = "never_if"
                                                of = "fact agreement"
    [[pledges]]                                 statements = [{document = "a.txt", words = "exact words"}]
    pledge_id = "plg-1"                         [[conditions.readings]]
    actor_id = "FRA"                            label = "strict"
    strand = "troops"                           words = "not even in the talks"
    capability = "infantry"                     then = "joins CHN"
    status = "ready"
    condition = "joins GBR and mandate UN"      [[scenarios]]
    since = "2025-03"                           …
    statements = ["st-0123456789abcdef"]        readings = {cond-1 = "strict"}

Conditions are text (`expressions.py`), dates EDTF text. A statement is named by its id or by its words in a document;
which statement those words are is for the caller to find (`with_statements`).
"""

import re
import tomllib
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Literal, cast, get_args, get_origin, get_type_hints

import msgspec

from truceline.base.canonical import plain
from truceline.base.errors import (
    InputError,
    OutOfRangeError,
    TakenError,
    TooLargeError,
    UnknownNameError,
    UnreadableError,
)
from truceline.base.keys import nearest, refuse_unknown
from truceline.guarantee.exchange.cells import MAX_WHOLE, checked_id, dated, refuse_unprintable, text_of
from truceline.guarantee.exchange.expressions import names_in, parse_expression
from truceline.model.actor import Actor, Bond
from truceline.model.condition import Condition, Expression
from truceline.model.document import Dated
from truceline.model.option import MissionOption, Requirement
from truceline.model.pledge import Caveat, Pledge
from truceline.model.position import Proposition
from truceline.model.scenario import Scenario

MAX_BYTES = 1_000_000
MAX_STOPS = 100  # full stops in one line: a key of thousands of parts takes the reader minutes
FILE = "declarations"
_MACHINE_MADE = ("doc-", "st-", "uns-", "pos-", "rel-", "analysis-")  # ids that only the program gives
_CURRENCY = re.compile("[A-Z]{3}")
_MOST_NAMED = 8  # faults of one kind in one message
Row = Actor | Bond | Proposition | Pledge | Caveat | Condition | MissionOption | Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRef:
    """A statement as a person named it: by its id, or by exact words of a document, named as its file is."""

    statement_id: str = ""
    document: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a file declares, in its order. `told`: by row id, the statements that tell of it, as named.

    The rows' own `statements` stay empty until `with_statements` fills them.
    """

    actors: tuple[Actor, ...] = ()
    bonds: tuple[Bond, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    conditions: tuple[Condition, ...] = ()
    options: tuple[MissionOption, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    told: Mapping[str, tuple[StatementRef, ...]]

    def rows(self) -> Iterator[Row]:
        """Every row, what others rest on first."""
        for table in _TABLES:
            yield from getattr(self, table)


_TABLES: dict[str, type[Row]] = {
    "actors": Actor,
    "bonds": Bond,
    "propositions": Proposition,
    "pledges": Pledge,
    "caveats": Caveat,
    "conditions": Condition,
    "options": MissionOption,
    "scenarios": Scenario,
}
_ID_OF = {kind: fields(kind)[0].name for kind in _TABLES.values()}


def declared_of(content: bytes, *, name: str = FILE, known: Collection[str] = ()) -> Declared:
    """The rows that a TOML file declares; all of it or nothing.

    Args:
        content: the file, UTF-8.
        name: of the file, for errors.
        known: ids of the actors, pledges, conditions and options that the ledger holds already.

    Raises: UnreadableError: no TOML; a value of the wrong kind, date or condition, with its table, entry and key.
        UnknownNameError: a key, a word or a reference that there is not, with the nearest. TakenError: an id twice.
        OutOfRangeError: numbers that cannot be. TooLargeError: above 1,000,000 bytes, or nested too deep.
    """
    document = _toml(content, name)
    if unknown := next((table for table in document if table not in _TABLES), None):
        raise UnknownNameError(f"{unknown[:60]!r} is not a key here.", subject=name, remedy=nearest(unknown, _TABLES))
    made: dict[str, tuple[Row, ...]] = {}
    told: dict[str, tuple[StatementRef, ...]] = {}
    for table, kind in _TABLES.items():
        rows = [_row(entry, kind, where) for where, entry in _entries(document, table, name)]
        made[table] = tuple(row for row, _ in rows)
        told |= {_id(row): refs for row, refs in rows if refs}
    declared = Declared(**made, told=told)  # type: ignore[arg-type]  # each table was made of its own kind
    _check_ids(declared, name)
    _check_references(declared, set(known), name)
    for row in declared.rows():
        check_values(row, f"{name}, {_id(row)}")
    return declared


def with_statements(declared: Declared, found: Mapping[StatementRef, str]) -> Declared:
    """The same rows with the ids of the statements that tell of them; a reference by id stands for itself.

    Raises: UnknownNameError: a reference that `found` does not hold.
    """

    def ids(row: Row) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_found(ref, found, _id(row)) for ref in declared.told.get(_id(row), ())))

    return replace(
        declared,
        pledges=tuple(replace(row, statements=ids(row)) for row in declared.pledges),
        caveats=tuple(replace(row, statements=ids(row)) for row in declared.caveats),
        conditions=tuple(replace(row, statements=ids(row)) for row in declared.conditions),
    )


def _found(ref: StatementRef, found: Mapping[StatementRef, str], row_id: str) -> str:
    statement_id = ref.statement_id or found.get(ref, "")
    if not statement_id:
        raise UnknownNameError(
            f"no statement has the words {ref.words[:60]!r} of {ref.document!r}.",
            subject=row_id,
            remedy="Copy the words as they stand in the document, and add the document first.",
        )
    return statement_id


# --- the file -------------------------------------------------------------------------------------------------------


def _toml(content: bytes, name: str) -> dict[str, object]:
    text = text_of(content, subject=name, max_bytes=MAX_BYTES)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_STOPS:
            problem = f"line {number} has more than {MAX_STOPS} full stops."
            raise TooLargeError(problem, subject=name, remedy="Break it into several lines.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooLargeError("its tables are nested too deep.", subject=name, remedy="Mend the TOML.") from None
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        raise UnreadableError(f"{str(error)[:200]}.", subject=name, remedy="Mend the TOML there.") from None


def _entries(document: dict[str, object], table: str, name: str) -> Iterator[tuple[str, dict[str, object]]]:
    entries = document.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableError(f"{table} is no list of tables.", subject=name, remedy=f"Begin each with [[{table}]].")
    for number, entry in enumerate(entries, start=1):
        yield f"{name}, {table}, entry {number}", entry


# --- one entry ------------------------------------------------------------------------------------------------------


def _row(entry: dict[str, object], kind: type[Row], where: str) -> tuple[Row, tuple[StatementRef, ...]]:
    refuse_unknown(entry, kind, where=where)
    named = entry.get(_ID_OF[kind])
    where = f"{where} ({named[:60]})" if isinstance(named, str) else where
    given = dict(entry)
    refs = _refs(given.pop("statements", []), f"{where}, statements")
    if kind is Scenario and isinstance(given.get("readings"), dict):
        given["readings"] = [list(pair) for pair in cast(dict[str, object], given["readings"]).items()]
    try:
        return msgspec.convert(_as_fields(given, kind, where), kind), refs
    except msgspec.ValidationError as error:
        raise UnreadableError(f"{error}.", subject=where, remedy=f"It has: {_fields_of(kind)}.") from None


def _fields_of(kind: type[Row]) -> str:
    return ", ".join(field.name for field in fields(kind))


def _as_fields(value: object, hint: object, where: str) -> object:
    """`value` as msgspec takes it: conditions and dates as their fields, words checked against those there are."""
    if isinstance(hint, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is Dated:
        return plain(_date(value, where))
    if hint is Expression:
        return plain(parse_expression(_string(value, where, "a condition as text"), subject=where))
    if get_origin(hint) is Literal and isinstance(value, str):
        if value not in get_args(hint):
            raise UnknownNameError(
                f"{value[:60]!r} is no word for it.", subject=where, remedy=nearest(value, get_args(hint))
            )
        return value
    if isinstance(value, str):
        refuse_unprintable(value, subject=where)
        return value
    if isinstance(value, list) and get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return [_as_fields(each, inner, f"{where}, entry {number}") for number, each in enumerate(value, start=1)]
    if isinstance(value, dict) and isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return {key: _as_fields(each, hints[key], f"{where}, {key}") for key, each in value.items()}
    return value


def _date(value: object, where: str) -> Dated:
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise UnreadableError(f"{value} has no zone.", subject=where, remedy="Write it with its offset, or a day.")
    if isinstance(value, date):  # TOML has dates of its own
        value = value.isoformat()
    return dated(_string(value, where, "a date as text"), subject=where)


def _string(value: object, where: str, what: str) -> str:
    if isinstance(value, str):
        return value
    raise UnreadableError(f"{type(value).__name__} is not {what}.", subject=where, remedy="Write it in quotes.")


def _refs(value: object, where: str) -> tuple[StatementRef, ...]:
    if not isinstance(value, list):
        raise UnreadableError("it is no list.", subject=where, remedy='Write statements = ["st-…"].')
    return tuple(dict.fromkeys(_ref(each, f"{where}, entry {number}") for number, each in enumerate(value, start=1)))


def _ref(value: object, where: str) -> StatementRef:
    if isinstance(value, str) and value.startswith("st-"):
        return StatementRef(statement_id=checked_id(value, subject=where))
    if isinstance(value, dict) and set(value) == {"document", "words"}:
        document, words = (_string(value[key], f"{where}, {key}", "text") for key in ("document", "words"))
        refuse_unprintable(document + words, subject=where)
        if document.strip() and words.strip():
            return StatementRef(document=document, words=words)
    remedy = 'Write "st-…", or {document = "file name", words = "exact words"}.'
    raise UnreadableError("it names no statement.", subject=where, remedy=remedy)


# --- the whole ------------------------------------------------------------------------------------------------------


def _id(row: Row) -> str:
    return str(getattr(row, _ID_OF[type(row)]))


def _check_ids(declared: Declared, name: str) -> None:
    """Each id once in the whole file, whatever its table: the ledger tells rows apart by nothing else."""
    seen: set[str] = set()
    for row in declared.rows():
        row_id = checked_id(_id(row), subject=f"{name}, {_ID_OF[type(row)]}")
        if row_id.startswith(_MACHINE_MADE):
            problem = f"{row_id!r} begins as ids that the program gives to documents and statements."
            raise TakenError(problem, subject=name, remedy="Choose another beginning, such as plg- or cond-.")
        if row_id in seen:
            raise TakenError(f"{row_id!r} is declared twice.", subject=name, remedy="Give each row its own id.")
        seen.add(row_id)
        for what, inner in _inner_names(row):
            twice = next((each for number, each in enumerate(inner) if each in inner[:number]), None)
            if twice is not None:
                raise TakenError(f"the {what} {twice!r} occurs twice.", subject=row_id, remedy="Name each once.")


def _inner_names(row: Row) -> Iterator[tuple[str, list[str]]]:
    match row:
        case Condition():
            yield "reading", [each.label for each in row.readings]
        case MissionOption():
            yield "requirement", [each.requirement_id for each in row.requirements]
            yield "goal", [each.name for each in row.goals]
        case Scenario():
            yield "reading of", [condition for condition, _ in row.readings]


def _check_references(declared: Declared, known: set[str], name: str) -> None:
    ids: dict[str, set[str]] = {
        "actor": {row.actor_id for row in declared.actors},
        "pledge": {row.pledge_id for row in declared.pledges},
        "condition": {row.condition_id for row in declared.conditions},
        "option": {row.option_id for row in declared.options},
    }
    faults = [
        (f"{_id(row)}, {key}: {wanted[:60]!r} is no {what}", what, wanted)
        for row in declared.rows()
        for key, what, wanted in _references(row)
        if wanted and wanted not in ids[what] and wanted not in known
    ]
    if faults:
        more = f" and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
        problem = "; ".join(words for words, _, _ in faults[:_MOST_NAMED])
        _, what, wanted = faults[0]
        there = ids[what] | {each for each in known if not each.startswith(_MACHINE_MADE)}
        raise UnknownNameError(
            f"{problem}{more}.", subject=name, remedy=f"Declare it. {nearest(wanted, sorted(there))}"
        )
    labels = {row.condition_id: {each.label for each in row.readings} for row in declared.conditions}
    for scenario in declared.scenarios:
        for condition, label in scenario.readings:
            if condition in labels and label not in labels[condition]:
                problem = f"{condition} has no reading {label[:60]!r}."
                raise UnknownNameError(problem, subject=_id(scenario), remedy=nearest(label, sorted(labels[condition])))


def _references(row: Row) -> Iterator[tuple[str, str, str]]:
    """(key, what it must be, the name) of everything that a row names."""
    match row:
        case Bond():
            yield "actor_id", "actor", row.actor_id
            yield "target_id", "actor", "" if row.kind == "role_of" else row.target_id
        case Proposition():
            yield "subject_id", "actor", row.subject_id
        case Pledge():
            yield "actor_id", "actor", row.actor_id
            yield "supersedes", "pledge", row.supersedes
        case Caveat():
            yield "actor_id", "actor", row.actor_id
            yield "pledge_id", "pledge", row.pledge_id
        case Condition():
            yield "holder_id", "actor", row.holder_id
        case Scenario():
            yield "option_id", "option", row.option_id
            yield from (("readings", "condition", condition) for condition, _ in row.readings)
    for key, expression in _expressions(row):
        yield from ((key, "actor", actor) for actor in names_in(expression, ("joins", "pledged")))


def _expressions(row: Row) -> Iterator[tuple[str, Expression]]:
    found: Iterable[tuple[str, Expression | None]] = ()
    match row:
        case Pledge():
            found = [("condition", row.condition)]
        case Condition():
            found = [("of", row.of), *(("readings", each.then) for each in row.readings)]
        case MissionOption():
            found = [
                (f"structure ({each.words[:30]})", part) for each in row.structure for part in (each.when, each.then)
            ]
            found = [*found, *((f"goal {each.name[:30]}", want) for each in row.goals for want in each.wants)]
    yield from ((key, expression) for key, expression in found if expression is not None)


def check_values(row: Row | Requirement, where: str) -> None:
    """Raise where the numbers of a row, or its lack of something, cannot be meant.

    Raises: UnreadableError, OutOfRangeError.
    """
    match row:
        case Pledge():
            _check_pledge(row, where)
        case Caveat() if not (row.pledge_id or row.actor_id):
            raise _lacking("names neither pledge nor actor", where, "Write pledge_id or actor_id.")
        case Condition() if row.of.op not in ("joins", "fact"):
            raise _lacking(f"`of` is {row.of.op}", where, "Write `joins NAME` or `fact NAME`: what depends on it.")
        case Condition() if not row.readings:
            raise _lacking("it has no reading", where, "Add [[conditions.readings]] with label and words.")
        case MissionOption():
            for each in row.requirements:
                _check_requirement(each, f"{where}, {each.requirement_id[:60]}")
        case Requirement():
            _check_requirement(row, where)


def _check_pledge(row: Pledge, where: str) -> None:
    check_span(row.low, row.high, where)
    if not 0 <= row.readiness <= 4:
        raise OutOfRangeError(f"readiness is {row.readiness}.", subject=where, remedy="Write 0 to 4.")
    for amount in (row.money.committed, row.money.allocated, row.money.disbursed):
        check_span(amount, amount, f"{where}, money")
    if not _CURRENCY.fullmatch(row.money.currency):
        raise _lacking(f"{row.money.currency[:60]!r} is no currency", where, "Write its ISO 4217 code, such as EUR.")


def _check_requirement(row: Requirement, where: str) -> None:
    checked_id(row.requirement_id, subject=where)
    check_span(row.low, row.high, where)
    if not row.capability:
        raise _lacking("it names no capability", where, "Write which.")
    for key, number in (("min_providers", row.min_providers), ("sustain_months", row.sustain_months)):
        check_span(number, number, f"{where}, {key}")


def check_span(low: int | None, high: int | None, where: str) -> None:
    """Raise OutOfRangeError where a quantity is negative, too large, or its low end above its high one."""
    if any(not 0 <= each <= MAX_WHOLE for each in (low, high) if each is not None):
        raise OutOfRangeError(f"{low} to {high} is no quantity.", subject=where, remedy="Write whole numbers from 0.")
    if low is not None and high is not None and low > high:
        raise OutOfRangeError(f"low is {low} and high {high}.", subject=where, remedy="Write the smaller one as low.")


def _lacking(problem: str, where: str, remedy: str) -> InputError:
    return UnreadableError(f"{problem}.", subject=where, remedy=remedy)
