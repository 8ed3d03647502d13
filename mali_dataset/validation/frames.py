"""Checks one polars frame through pandera, and turns what pandera reports into problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mali_dataset.problems import Problem, near, shorten
from mali_dataset.schema import Rule, Table, columns
from mali_dataset.schema.forms.expressions import ROW, broken_rows, polars_type
from mali_dataset.schema.forms.frames import polars_schema, table_rules
from mali_dataset.schema.plan import limits

if TYPE_CHECKING:
    import polars as pl

# The days that Python knows, counted from 1970-01-01; others cannot be shown in a problem.
_DAYS = (-719162, 2932896)


def frame_problems(frame: pl.DataFrame, table: type[Table]) -> Iterator[Problem]:
    """Every problem of a frame by the rules of one table; each rule is reported once for each row that breaks it."""
    import pandera.errors

    wrong = list(column_problems(frame, table))
    yield from wrong
    if any(problem.rule != "unknown_column" for problem in wrong):
        # Rules read columns that are missing or of another type, so they wait until the columns are right.
        return
    frame = frame.select(column.name for column in columns(table))
    schema = polars_schema(table)
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        rules: dict[tuple[str | None, str], Rule] = {(None, rule.name): rule for rule in table_rules(table)}
        rules |= {(column.name, limit.limit): limit for column in columns(table) for limit in limits(column)}
        broken = {}
        for error in errors.schema_errors:
            name = getattr(error.check, "name", None) or "not_null"
            about = None if isinstance(error.schema, type(schema)) else error.schema.name
            broken[about, name] = error
        for key, error in broken.items():
            if key in rules:
                yield from rows_that_break(rules[key], frame, table)
            else:
                yield Problem(rule=str(error.reason_code), message=str(error).splitlines()[0], table=table.name, column=key[0])


def column_problems(frame: pl.DataFrame, table: type[Table]) -> Iterator[Problem]:
    """Missing, unknown and wrongly typed columns."""
    known = {column.name: column for column in columns(table)}
    for name, column in known.items():
        if name not in frame.columns:
            yield Problem(rule="missing_column", message=f"the column is missing: {column.doc}", table=table.name, column=name)
        elif frame.schema[name] != polars_type(column.dtype):
            message = f"has the type {frame.schema[name]}, not {column.dtype}"
            yield Problem(rule="type", message=message, table=table.name, column=name)
        elif column.dtype == "date32" and not frame[name].to_physical().is_between(*_DAYS).all():
            yield Problem(rule="type", message="has a day outside the years 1 to 9999", table=table.name, column=name)
    for name in [name for name in frame.columns if name not in known]:
        message = f"`{table.name}` has no such column.{near(name, known)}"
        yield Problem(rule="unknown_column", message=message, table=table.name, column=name)


def rows_that_break(rule: Rule, frame: pl.DataFrame, table: type[Table], broken: pl.Series | None = None) -> Iterator[Problem]:
    """One problem for each row that breaks a rule (by default those that it finds by itself), with its key and its value."""
    rows = (broken_rows(rule, frame) if broken is None else broken).to_list()
    wanted = [name for name in dict.fromkeys((*table.key, rule.about)) if name in frame.columns]
    for row in frame.select(wanted).with_row_index(ROW)[rows].iter_rows(named=True):
        key = " ".join(str(row.get(k) or "") for k in table.key) or None
        value = None if row[rule.about] is None else shorten(row[rule.about])
        message = f"breaks the rule that {rule.sentence}"
        yield Problem(rule=rule.name, message=message, table=table.name, key=key, column=rule.about, value=value, row=row[ROW])
