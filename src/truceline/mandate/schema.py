"""The shape of a mandate's canonical JSON, for programs that are not ours: JSON Schema, 2020-12."""

import msgspec

from truceline.model.mandate import Mandate
from truceline.terms.meaning import LATER

SCHEMA_ID = "truceline/mandate/1"


def mandate_schema() -> dict[str, object]:
    """JSON Schema of what `mandate_to_json` writes; titles and descriptions are those of `model/mandate.py`.

    Limits: it says which fields there are and what each holds, all of them required but those of `LATER`, which
    stand only where they hold something, and no others allowed; that every name in a mandate is declared, and used as
    what it is, only `parse_mandate` says.
    """
    schema = msgspec.json.schema(Mandate)
    kinds: dict[str, dict[str, object]] = schema["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "A mandate of Truceline in canonical JSON",
        "description": "Whole numbers: seconds UTC, metres, millimetres, per-mille. Empty text and null: not said.",
        "$ref": schema["$ref"],
        "$defs": {name: _closed(kind) for name, kind in sorted(kinds.items())},
    }


def _closed(kind: dict[str, object]) -> dict[str, object]:
    """One noun with all its fields required, no others allowed, and without the line of the text it stood in."""
    stated = kind["properties"]
    assert isinstance(stated, dict)
    properties = {name: _without_default(field) for name, field in stated.items() if name != "line"}
    words = " ".join(str(kind["description"]).split())
    for name in properties.keys() & set(LATER):
        properties[name] |= {"enum": [True]} if properties[name]["type"] == "boolean" else {"minItems": 1}
    return {
        "title": kind["title"],
        "description": words,
        "type": "object",
        "properties": properties,
        "required": sorted(properties.keys() - set(LATER)),
        "additionalProperties": False,
    }


def _without_default(field: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in field.items() if key != "default"}
