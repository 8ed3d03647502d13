"""Checks anybody's table against the definition of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import Problem
from mali_dataset.release.read import find_table
from mali_dataset.schema import References, ReferencesAny, Table, references
from mali_dataset.schema.plan import plan
from mali_dataset.tables import registry
from mali_dataset.validation.frames import frame_problems, rows_that_break
from mali_dataset.validation.report import Report, report
from mali_dataset.validation.sources import take

if TYPE_CHECKING:
    import polars as pl


def validate(source: Any, table: str | type[Table], *, against: Mapping[str, Any] | None = None, limit: int = 1000) -> Report:
    """Check a table against its definition: columns, types, limits, key, rules, and references where the other tables are given.

    Args:
        source: a file (Parquet, CSV, Arrow IPC) or a frame of polars, pandas, pyarrow or duckdb.
        table: name of a table here, or a class of your own derived from `mali_dataset.schema.Table`.
        against: the tables that references point to, by name, each a file or a frame. References to others are skipped, and the report says so.
        limit: how many problems the report keeps; its counts are exact.

    Raises:
        UnknownTableError: there is no such table (a ValueError).
        ValueError: the file has an ending that is not known.
        FileNotFoundError: the file is not there.
        TypeError: the source is neither a file nor a frame.
    """
    definition = registry()[find_table(table, registry())] if isinstance(table, str) else table
    if unknown := set(against or {}) - set(references(definition).values()):
        raise ValueError(f"`{definition.name}` refers to no table {min(unknown)!r}; it refers to {sorted(set(references(definition).values()))}")
    frame, problems = take(source, definition)
    if frame is None:
        return report(definition.name, 0, problems, limit)
    problems += frame_problems(frame, definition)
    skipped = []
    for rule in plan(definition):
        if isinstance(rule, References) and rule.table in (against or {}):
            problems += _dangling(frame, definition, rule, (against or {})[rule.table])
        elif isinstance(rule, References | ReferencesAny):
            skipped.append(rule.sentence)
    return report(definition.name, frame.height, problems, limit, tuple(skipped))


def _dangling(frame: pl.DataFrame, table: type[Table], rule: References, other: Any) -> list[Problem]:
    """A problem for each value that the other table does not have as its key."""
    import polars as pl

    target = table if rule.table == table.name else registry().get(rule.table)
    key = target.key[0] if target is not None else rule.column
    known, problems = take(other, target or table)
    if known is None or known.schema.get(key) != pl.String:
        message = f"`{rule.table}` was given, but its key `{key}` cannot be read"
        return problems or [Problem(rule=rule.name, message=message, table=table.name, column=rule.column)]
    if frame.schema.get(rule.column) != pl.String:
        return []
    unknown = frame[rule.column].is_not_null() & ~frame[rule.column].is_in(known[key].unique().implode())
    return list(rows_that_break(rule, frame, table, unknown.arg_true()))
