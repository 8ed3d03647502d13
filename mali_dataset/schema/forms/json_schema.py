"""The JSON Schema forms: one for records as people write them, one for rows of a published table."""

from collections.abc import Mapping
from typing import Any

from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.rules import PartsSum
from mali_dataset.schema.table import MADE, Table, authored_columns, columns, parts, with_role

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_WORD: dict[str, Any] = {"type": ["string", "integer", "number", "boolean"]}
_TYPES = {"string": "string", "int64": "integer", "float64": "number", "bool": "boolean", "date32": "string"}


def row_schema(table: type[Table]) -> dict[str, Any]:
    """The JSON Schema of one published row, dates as `YYYY-MM-DD`; a limit that it cannot carry raises `DefinitionError`."""
    properties = {c.name: _column(c) for c in columns(table)}
    made = _object(properties, list(properties)) | {"additionalProperties": not table.closed}
    return {"$schema": DIALECT, "title": table.name, "description": table.__doc__} | made


def _column(column: Column) -> dict[str, Any]:
    check_carried("JSON Schema", column)
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
    return {"pattern": f"^(?:{pattern})$", "not": {"type": "string", "pattern": "[\\n\\r]"}}


def record_schema(table: type[Table], tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    """The JSON Schema of one record of a YAML file, for editors, which read scalars by the types of YAML."""
    key = table.key[0]
    owned = {name: column for name, (_, column) in authored_columns(table).items()}
    properties: dict[str, Any] = {"id" if name == key else name: _scalar(column) for name, column in owned.items()}
    properties |= {part: {"type": "array", "items": {"$ref": f"{child.name}.schema.json"}} for part, (child, _) in parts(table, tables).items()}
    given = {name for name, field in table.fields.items() if getattr(field, "default", None) or getattr(field, "part", None)}
    given |= {rule.count for rule in table.rules if isinstance(rule, PartsSum)}  # it may be computed from parts
    required = ["id" if n == key else n for n in table.fields if not owned[n].nullable and n not in given]
    made = {"$schema": DIALECT, "title": f"record of {table.name}", "description": table.__doc__, "type": "object"}
    if table.serves != "fact":
        return made | {"properties": properties, "required": required, "additionalProperties": False}
    properties |= {name: {"$ref": f"#/$defs/{name}"} for name in ("evidence", "coded", "computed")}
    return made | {"properties": properties, "required": required, "additionalProperties": False, "$defs": _evidence(table, tables)}


def _scalar(column: Column) -> dict[str, Any]:
    check_carried("JSON Schema", column)
    if column.codes:
        return {"description": column.doc, "enum": [code for code, _ in column.codes], "x-codes": dict(column.codes)}
    kinds = {"string": [*_WORD["type"]], "int64": ["integer"], "float64": ["number", "integer"], "bool": ["boolean"], "date32": ["string"]}
    made = {"description": column.doc, "type": kinds[column.dtype]} | (_full_match(column.pattern) if column.pattern else {})
    limits = {"minimum": column.minimum, "maximum": column.maximum, "maxLength": column.max_length}
    return made | {k: v for k, v in limits.items() if v is not None}


def _evidence(table: type[Table], tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    claim = with_role(tables, "claim")
    verdicts = [code for code, _ in authored_columns(claim)["verdict"][1].codes] if claim else []
    shared = dict.fromkeys(("speaker", "producer", "as_of"), _WORD)
    said = dict.fromkeys(("value", "stated", "why", "see_record", "digits"), _WORD) | shared | {"verdict": {"enum": verdicts}}
    fields = {"enum": ["_existence", *authored_columns(table)]}
    says = {"type": "object", "propertyNames": fields, "additionalProperties": {"$ref": "#/$defs/claim"}}
    entry = dict.fromkeys(("source", "at", "phrase"), _WORD) | {"says": says}
    rule = {"rule": _WORD, "from": {"type": "array", "items": _WORD}}
    return {
        "evidence": {"type": "array", "items": _object(entry | shared, list(entry))},
        "claim": {"anyOf": [_WORD, _object(said, ["value"])]},
        "coded": {"type": "object", "additionalProperties": _object(rule, list(rule))},
        "computed": {"type": "object", "additionalProperties": _WORD},
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def file_schema(tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    """The JSON Schema of a YAML file: tables, and series in the compact form."""
    written = [name for name, table in tables.items() if table.serves not in MADE]
    series: dict[str, Any] = {"table": {"enum": written}, "source": _WORD, **{key: {"type": "array"} for key in ("columns", "rows", "says")}}
    properties: dict[str, Any] = {name: {"type": "array", "items": {"$ref": f"{name}.schema.json"}} for name in written}
    properties["series"] = {"type": "array", "items": _object(series | {"common": {"type": "object"}}, ["table", "source", "columns", "rows"])}
    return {"$schema": DIALECT, "title": "a file of records"} | _object(properties, [])
