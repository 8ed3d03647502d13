"""The Frictionless form: a Table Schema of each published table."""

from collections.abc import Mapping
from typing import Any

from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.table import Table, columns, references

_TYPES = {"string": "string", "int64": "integer", "float64": "number", "bool": "boolean", "date32": "date"}


def table_schema(table: type[Table], tables: Mapping[str, type[Table]]) -> dict[str, Any]:
    """The Frictionless Table Schema of a published table; an empty cell is null; a limit that it cannot carry raises `DefinitionError`.

    `tables` are those that its references name.
    """
    keys = [{"fields": [c], "reference": {"resource": t, "fields": list(tables[t].key)}} for c, t in references(table).items()]
    made: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(column) for column in columns(table)],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    more = {"foreignKeys": keys, "fieldsMatch": None if table.closed else "subset"}
    return made | {name: said for name, said in more.items() if said}


def _field(column: Column) -> dict[str, Any]:
    check_carried("Frictionless", column)
    limits = {
        "required": True if not column.nullable else None,
        "enum": [code for code, _ in column.codes] or None,
        # Readers put `^` and `$` around a pattern, so that alternatives must stand in a group.
        "pattern": f"(?:{column.pattern})" if column.pattern else None,
        "minimum": column.minimum if column.dtype == "float64" or column.minimum is None else int(column.minimum),
        "maximum": column.maximum if column.dtype == "float64" or column.maximum is None else int(column.maximum),
        "maxLength": column.max_length,
    }
    categories = [{"value": code, "label": sentence} for code, sentence in column.codes]
    constraints = {k: v for k, v in limits.items() if v is not None}
    extra = {"unit": column.unit, "categories": categories, "constraints": constraints}
    return {"name": column.name, "type": _TYPES[column.dtype], "description": column.doc} | {k: v for k, v in extra.items() if v}
