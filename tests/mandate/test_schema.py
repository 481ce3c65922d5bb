"""The JSON Schema: the committed copy is the present one, and it fits what is written, and only that."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import LONG, budget
from tests.mandate.strategies import Seeded, mandate_of, mandates
from typer.testing import CliRunner

from truceline.cli.main import app
from truceline.mandate import mandate_schema, mandate_to_json, parse_mandate
from truceline.model import mandate as m
from truceline.terms.meaning import LATER

COPY = Path(__file__).parents[2] / "docs/mandate.schema.json"
GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.truce"))
SAYS_NOTHING = {"title", "description", "$schema", "$id", "$defs"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def complaints(value: object, schema: dict, whole: dict, at: str = "") -> list[str]:
    """Where a value is not as its schema says: a validator of what these schemas use, and of nothing else."""
    assert schema.keys() <= SAYS_NOTHING | set(CHECKS), "this validator does not know every word of the schema"
    return [each for word in schema if word in CHECKS for each in CHECKS[word](value, schema, whole, at)]


def of_reference(value, schema, whole, at):
    return complaints(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole, at)


def of_type(value, schema, whole, at):
    kind = schema["type"]
    right = type(value) is int if kind == "integer" else isinstance(value, TYPES[kind])
    return [] if right else [f"{at}: no {kind}"]


def of_choice(value, schema, whole, at):
    return [] if value in schema["enum"] else [f"{at}: {value!r} is none of {schema['enum']}"]


def of_several(value, schema, whole, at):
    return [f"{at}: none of several"] if all(complaints(value, each, whole) for each in schema["anyOf"]) else []


def of_items(value, schema, whole, at):
    items = value if isinstance(value, list) else ()
    return [each for n, item in enumerate(items) for each in complaints(item, schema["items"], whole, f"{at}/{n}")]


def of_fewest(value, schema, whole, at):
    return [f"{at}: too few"] if isinstance(value, list) and len(value) < schema["minItems"] else []


def of_fields(value, schema, whole, at):
    fields = schema["properties"].items() if isinstance(value, dict) else ()
    found = [complaints(value[name], kind, whole, f"{at}/{name}") for name, kind in fields if name in value]
    return [each for some in found for each in some]


def of_missing(value, schema, whole, at):
    return [f"{at}/{name} is not there" for name in schema["required"] if isinstance(value, dict) and name not in value]


def of_further(value, schema, whole, at):
    assert schema["additionalProperties"] is False
    return [f"{at}/{name} is one too many" for name in value if name not in schema["properties"]]


CHECKS = {
    "$ref": of_reference,
    "type": of_type,
    "enum": of_choice,
    "anyOf": of_several,
    "items": of_items,
    "minItems": of_fewest,
    "properties": of_fields,
    "required": of_missing,
    "additionalProperties": lambda value, *rest: of_further(value, *rest) if isinstance(value, dict) else [],
}


def wrong(content: bytes) -> list[str]:
    schema = mandate_schema()
    return complaints(json.loads(content), schema, schema)


def every_form() -> bytes:
    path = next(path for path in GOLDEN if path.stem == "forms")
    return mandate_to_json(parse_mandate(path.read_text(encoding="utf-8"), name="forms", source=path.name))


def test_the_committed_copy_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["schema"]).stdout
    assert printed == COPY.read_text(encoding="utf-8"), "truceline schema > docs/mandate.schema.json"
    assert json.loads(printed) == mandate_schema()
    assert mandate_schema()["$id"] == "truceline/mandate/1"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_is_written_of_every_golden_mandate_fits(path: Path) -> None:
    assert wrong(mandate_to_json(parse_mandate(path.read_text(encoding="utf-8"), name="x", source=path.name))) == []


@budget(8)
@given(mandates())
def test_what_is_written_of_any_mandate_fits(mandate: m.Mandate) -> None:
    assert wrong(mandate_to_json(mandate)) == []


@budget(60)
@given(st.integers(0, 2**48))
def test_what_is_written_of_any_narrow_mandate_fits(seed: int) -> None:
    assert wrong(mandate_to_json(mandate_of(Seeded(seed), most_clauses=3))) == []


def places(value: object) -> list[tuple[object, object]]:
    """Every (container, key) in a JSON value."""
    if isinstance(value, dict):
        return [pair for key in value for pair in ((value, key), *places(value[key]))]
    if isinstance(value, list):
        return [pair for n in range(len(value)) for pair in ((value, n), *places(value[n]))]
    return []


def test_whatever_is_left_out_added_or_of_another_kind_is_found() -> None:
    plain = every_form()
    whole = json.loads(plain)
    assert wrong(plain) == []
    found = places(whole)
    for container, key in found if LONG else random.Random(7).sample(found, 50):
        kept = container[key]
        container[key] = "x" if kept is None else 1.5 if isinstance(kept, int) else 7
        assert wrong(json.dumps(whole).encode()), (container, key)
        container[key] = kept
        if isinstance(container, dict):
            del container[key]
            assert key in LATER or wrong(json.dumps(whole).encode()), (container, key)
            container[key] = kept
            container["line"] = 1
            assert wrong(json.dumps(whole).encode()), (container, key)
            del container["line"]
    assert json.loads(plain) == whole


def test_what_came_to_the_language_later_stands_only_where_it_says_something() -> None:
    whole = json.loads(every_form())
    found = [(container, key) for container, key in places(whole) if key in LATER]
    assert {key for _, key in found} == set(LATER)
    for container, name in found:
        kept = container[name]
        container[name] = type(kept)()
        (complaint,) = wrong(json.dumps(whole).encode())
        assert f"/{name}: too few" in complaint or f"/{name}: False is none of [True]" in complaint
        del container[name]
        assert wrong(json.dumps(whole).encode()) == []
        container[name] = kept


def test_every_noun_says_what_it_is() -> None:
    kinds = mandate_schema()["$defs"]
    assert len(kinds) > 20
    for name, kind in kinds.items():
        assert kind["title"] == name
        assert len(kind["description"]) > 20
        assert "\n" not in kind["description"]
