"""Checks one polars frame through pandera, and turns what pandera reports into problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import Problem, near, shorten
from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.expressions import ROW, broken_rows
from mali_dataset.schema.forms.frames import polars_schema, table_rules
from mali_dataset.schema.plan import Limit, limits
from mali_dataset.schema.rules import Rule

if TYPE_CHECKING:
    import polars as pl


def frame_problems(frame: pl.DataFrame, table: type[Table]) -> Iterator[Problem]:
    """Every problem of a frame by the rules of one table; each rule is reported once for each row that breaks it."""
    import pandera.errors

    schema = polars_schema(table)
    wrong = list(column_problems(frame, table))
    yield from wrong
    if wrong:
        # Rules read columns that are missing or of another type, so they wait until the columns are right.
        return
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        rules: dict[str, Rule] = {rule.name: rule for rule in table_rules(table)}
        by_limit = {(c.name, limit.limit): limit for c in columns(table) for limit in limits(c)}
        told: set[tuple[str | None, str]] = set()
        for error in errors.schema_errors:
            column = None if error.schema.name == table.name and isinstance(error.schema, type(schema)) else error.schema.name
            limit = (
                "not_null"
                if error.check is None or "null" in str(error.reason_code).lower()
                else str(getattr(error.check, "name", error.check))
            )
            rule = rules.get(limit) if column is None else by_limit.get((str(column), limit))
            if rule is None:
                yield Problem(rule=str(error.reason_code), message=str(error).splitlines()[0], table=table.name, column=column)
            elif (column, limit) not in told:
                told.add((column, limit))
                yield from rows_that_break(rule, frame, table)


def column_problems(frame: pl.DataFrame, table: type[Table]) -> Iterator[Problem]:
    """Missing, unknown and wrongly typed columns."""
    import polars as pl

    types: dict[str, Any] = {"string": pl.String, "int64": pl.Int64, "float64": pl.Float64, "bool": pl.Boolean, "date32": pl.Date}
    known = {column.name: column for column in columns(table)}
    for name, column in known.items():
        if name not in frame.columns:
            yield Problem(rule="missing_column", message=f"the column is missing: {column.doc}", table=table.name, column=name)
        elif frame.schema[name] != types[column.dtype]:
            message = f"has the type {frame.schema[name]}, not {column.dtype}"
            yield Problem(rule="type", message=message, table=table.name, column=name)
    for name in frame.columns:
        if name not in known:
            message = f"`{table.name}` has no such column.{near(name, known)}"
            yield Problem(rule="unknown_column", message=message, table=table.name, column=name)


def rows_that_break(rule: Rule, frame: pl.DataFrame, table: type[Table]) -> Iterator[Problem]:
    """One problem for each row that breaks a rule, with its key and its value."""
    rows = broken_rows(rule, frame)
    wanted = list(dict.fromkeys((*table.key, rule.about)))
    for row in frame.with_row_index(ROW).select(ROW, *wanted)[rows.to_list()].iter_rows(named=True):
        key = " ".join("" if row[k] is None else str(row[k]) for k in table.key)
        value = row[rule.about]
        yield Problem(
            rule=rule.name,
            message=f"breaks the rule that {rule.sentence}" if not isinstance(rule, Limit) else rule.sentence,
            table=table.name,
            key=key or None,
            column=rule.about,
            value=None if value is None else shorten(value),
            row=row[ROW],
        )
