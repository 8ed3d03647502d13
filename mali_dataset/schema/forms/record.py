"""The pydantic form: what a person may write in a record, with every value typed by its column."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import pydantic

from mali_dataset.schema import count, edtf
from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.fields import Count, Field, When
from mali_dataset.schema.rules import RowRule
from mali_dataset.schema.table import Table, all_rules, authored_columns, complete, per_table

_SHAPES = {"int64": "-?(?:0|[1-9][0-9]{0,18})", "float64": "-?[0-9]+(?:[.][0-9]+)?", "date32": "[0-9]{4}-[0-9]{2}-[0-9]{2}"}
_READERS: dict[str, Callable[[str], object]] = {"int64": int, "float64": float, "date32": date.fromisoformat}
_WORDS = {"int64": "a whole number", "float64": "a decimal number", "date32": "a day as 2023-02-10", "bool": "true or false"}


def _from_text(column: Column) -> Any:
    """Read a scalar as text first, so that `1e3`, `0123`, `yes` or a time stamp is not taken for something else."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        if column.dtype == "bool" and value in ("true", "false"):
            return value == "true"
        if column.dtype != "bool" and re.fullmatch(_SHAPES[column.dtype], value):
            return _READERS[column.dtype](value)
        raise ValueError(f"write {_WORDS[column.dtype]}")

    return read


def annotation(column: Column, field: Field) -> Any:
    """The annotated type of one authored column, without its nullability."""
    check_carried("the record model", column)
    if column.codes:
        return Literal[tuple(code for code, _ in column.codes)]
    if column.dtype == "string":
        pattern = rf"^(?:{column.pattern})$" if column.pattern else None
        kind: Any = Annotated[str, pydantic.StringConstraints(pattern=pattern, max_length=column.max_length)]
        if isinstance(field, When | Count):
            grammar: Any = edtf.parse if isinstance(field, When) else count.parse
            return Annotated[kind, pydantic.AfterValidator(lambda text: grammar(text) and text)]
        return kind
    base: Any = {"int64": int, "float64": float, "bool": bool, "date32": date}[column.dtype]
    limits = pydantic.Field(ge=column.minimum, le=column.maximum, strict=True)
    return Annotated[base, limits, pydantic.BeforeValidator(_from_text(column))]


@per_table
def adapters(table: type[Table]) -> dict[str, pydantic.TypeAdapter[Any]]:
    """A validator for each authored column by itself, as claims state values one at a time."""
    return {name: pydantic.TypeAdapter(annotation(c, table.fields[owner])) for name, (owner, c) in authored_columns(table).items()}


def row_problems(table: type[Table], row: dict[str, Any]) -> list[RowRule]:
    """The rules of one row that a complete row breaks."""
    return [rule for rule in all_rules(table) if isinstance(rule, RowRule) and not rule.holds(row)]


@per_table
def record_model(table: type[Table]) -> type[pydantic.BaseModel]:
    """The pydantic model of the records of a table: authored columns, with the rules of one row; a limit that it cannot carry raises `DefinitionError`."""
    made: dict[str, Any] = {}
    for name, (owner, column) in authored_columns(table).items():
        field = table.fields[owner]
        kind = annotation(column, field)
        default: Any = getattr(field, "default", None) if owner == name else None
        empty = column.nullable or default is not None or owner != name
        made[name] = (kind | None if column.nullable else kind, pydantic.Field(default=default if empty else ..., description=column.doc))

    @pydantic.model_validator(mode="after")
    def keeps_rules(model: pydantic.BaseModel) -> pydantic.BaseModel:
        if broken := row_problems(table, complete(table, model.model_dump())):
            raise ValueError("; ".join(rule.sentence for rule in broken))
        return model

    options: dict[str, Any] = {"__validators__": {"keeps_rules": keeps_rules}, "__doc__": table.__doc__}
    options["__config__"] = pydantic.ConfigDict(extra="forbid", frozen=True)
    return pydantic.create_model(table.__name__, **options, **made)
