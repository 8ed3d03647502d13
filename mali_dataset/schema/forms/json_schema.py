"""The JSON Schema forms: one for records as people write them, one for rows of a published table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.table import MADE, Table, authored_columns, columns, parts, with_role

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CARRIED = frozenset({"nullable", "pattern", "codes", "minimum", "maximum", "max_length"})
# What JSON Schema cannot say of a row; the other forms can.
NOT_EXPRESSED = ("rules", "key", "references")

_TYPES = {"string": "string", "int64": "integer", "float64": "number", "bool": "boolean", "date32": "string"}


def row_schema(table: type[Table]) -> dict[str, Any]:
    """The JSON Schema of one published row, dates as `YYYY-MM-DD`.

    Raises:
        DefinitionError: a column has a limit that JSON Schema cannot carry.
    """
    return {
        "$schema": DIALECT,
        "title": table.name,
        "description": table.__doc__,
        "type": "object",
        "properties": {c.name: _column(c) for c in columns(table)},
        "required": [c.name for c in columns(table)],
        "additionalProperties": False,
    }


def _column(column: Column) -> dict[str, Any]:
    check_carried("JSON Schema", column, CARRIED)
    kind = _TYPES[column.dtype]
    made: dict[str, Any] = {"description": column.doc, "type": [kind, "null"] if column.nullable else kind}
    if column.unit:
        made["x-unit"] = column.unit
    if column.codes:
        made["enum"] = [code for code, _ in column.codes] + ([None] if column.nullable else [])
        made["x-codes"] = dict(column.codes)
    if column.pattern:
        made |= _full_match(column.pattern)
    if column.dtype == "date32":
        made |= {"format": "date"} | _full_match("[0-9]{4}-[0-9]{2}-[0-9]{2}")  # many readers take a format for a remark
    limits = {"minimum": column.minimum, "maximum": column.maximum, "maxLength": column.max_length}
    if column.dtype == "int64":
        limits = {"minimum": column.minimum if column.minimum is not None else -(2**63), "maximum": column.maximum or 2**63 - 1}
    return made | {k: v for k, v in limits.items() if v is not None}


def _full_match(pattern: str) -> dict[str, Any]:
    """`$` takes a trailing newline in some languages, so a newline is refused beside it."""
    return {"pattern": f"^(?:{pattern})$", "not": {"pattern": "[\\n\\r]"}}


def record_schema(table: type[Table], tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    """The JSON Schema of one record of a YAML file, for editors: every scalar is text, as the reader takes it."""
    owned = {name: column for name, (_, column) in authored_columns(table).items()}
    properties: dict[str, Any] = {}
    for name, column in owned.items():
        properties["id" if name == table.key[0] else name] = _scalar(column, table.fields.get(name))
    required = ["id" if n == table.key[0] else n for n, c in owned.items() if n in table.fields and _is_required(table, n, c)]
    for part, (child, _) in parts(table, tables).items():
        properties[part] = {"type": "array", "items": {"$ref": f"{child.name}.schema.json"}}
    if table.serves == "fact":
        properties |= {name: {"$ref": f"#/$defs/{name}"} for name in ("evidence", "coded", "computed")}
    made: dict[str, Any] = {
        "$schema": DIALECT,
        "title": f"record of {table.name}",
        "description": table.__doc__,
        "type": "object",
        "properties": properties,
        "required": [n for n in required if not _is_parent(table, n)],
        "additionalProperties": False,
    }
    return made | ({"$defs": _evidence(table, tables)} if table.serves == "fact" else {})


def _is_required(table: type[Table], name: str, column: Column) -> bool:
    return not column.nullable and getattr(table.fields[name], "default", None) is None


def _is_parent(table: type[Table], name: str) -> bool:
    return bool(getattr(table.fields.get(name), "part", None))


def _scalar(column: Column, field: object) -> dict[str, Any]:
    """Editors read YAML by its own types, so a number or a day may come as one."""
    check_carried("JSON Schema", column, CARRIED)
    made: dict[str, Any] = {"description": column.doc}
    if column.codes:
        return made | {"enum": [code for code, _ in column.codes], "x-codes": dict(column.codes)}
    if column.dtype == "string":
        made |= {"type": ["string", "integer", "number", "boolean"]} | (_full_match(column.pattern) if column.pattern else {})
        return made | ({"maxLength": column.max_length} if column.max_length else {})
    kinds = {"int64": ["integer"], "float64": ["number", "integer"], "bool": ["boolean"], "date32": ["string"]}[column.dtype]
    limits = {"minimum": column.minimum, "maximum": column.maximum}
    return made | {"type": kinds} | {k: v for k, v in limits.items() if v is not None}


def _evidence(table: type[Table], tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    claim = with_role(tables, "claim")
    verdicts = [code for code, _ in authored_columns(claim)["verdict"][1].codes] if claim else []
    word = {"type": ["string", "integer", "number", "boolean"]}
    said = dict.fromkeys(("value", "stated", "why", "see_record", "digits", "speaker", "producer", "as_of"), word)
    says = {
        "anyOf": [
            word,
            {"type": "object", "properties": said | {"verdict": {"enum": verdicts}}, "required": ["value"], "additionalProperties": False},
        ]
    }
    fields = ["_existence", *authored_columns(table)]
    entry = {
        "type": "object",
        "properties": {
            **dict.fromkeys(("source", "at", "phrase", "speaker", "producer", "as_of"), word),
            "says": {"type": "object", "propertyNames": {"enum": fields}, "additionalProperties": {"$ref": "#/$defs/claim"}},
        },
        "required": ["source", "at", "phrase", "says"],
        "additionalProperties": False,
    }
    rule = {"type": "object", "properties": {"rule": word, "from": {"type": "array", "items": word}}, "required": ["rule", "from"]}
    return {
        "evidence": {"type": "array", "items": entry},
        "claim": says,
        "coded": {"type": "object", "additionalProperties": rule},
        "computed": {"type": "object", "additionalProperties": word},
    }


def file_schema(tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    """The JSON Schema of a YAML file: tables, and series in the compact form."""
    written = {name: table for name, table in tables.items() if table.serves not in MADE}
    series = {
        "type": "object",
        "properties": {
            "table": {"enum": list(written)},
            "source": {"type": "string"},
            "common": {"type": "object"},
            **{k: {"type": "array"} for k in ("says", "columns", "rows")},
        },
        "required": ["table", "source", "columns", "rows"],
        "additionalProperties": False,
    }
    lists = {name: {"type": "array", "items": {"$ref": f"{name}.schema.json"}} for name in written}
    properties = lists | {"series": {"type": "array", "items": series}}
    return {"$schema": DIALECT, "title": "a file of records", "type": "object", "properties": properties, "additionalProperties": False}
