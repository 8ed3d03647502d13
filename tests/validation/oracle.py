"""What every engine must find, by nothing but plain Python: limits read one by one, rules of a row by `holds`, the others by loops."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from mali_dataset.schema import AtLeastOne, Disjoint, Expands, PartsSum, References, ReferencesAny, RowCount, Rule, Table, Unique, columns, references
from mali_dataset.schema.forms.expressions import DAYS
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.schema.rules import RowRule
from mali_dataset.tables import registry

Row = dict[str, Any]
# Floats as numbers that compare as they should: NaN with itself and above all others, and -0.0 as 0.0.
INFINITE, NAN = 10**400, 10**401


def plain(value: Any) -> Any:
    """A value that compares and hashes as the rules say."""
    if not isinstance(value, float):
        return value
    return NAN if value != value else int(value > 0) * 2 * INFINITE - INFINITE if abs(value) == float("inf") else value + 0.0  # noqa: PLR0124


def broken(table: type[Table], made: list[Row], others: dict[str, pl.DataFrame]) -> dict[Rule, list[int]]:
    """The rows that break each rule of the plan that can be checked."""
    compared = [{name: plain(value) for name, value in row.items()} for row in made]
    keys = {name: {column: {plain(value) for value in _physical(frame[column])} for column in frame.columns} for name, frame in others.items()}
    if any(isinstance(rule, References) and rule.table == table.name for rule in plan(table)):
        keys.setdefault(table.name, {column.name: {row[column.name] for row in compared} for column in columns(table)})
    found = {rule: _broken(rule, table, compared, keys) for rule in plan(table)}
    return {rule: sorted(rows) for rule, rows in found.items() if rows is not None}


def _physical(values: pl.Series) -> list[Any]:
    return (values.to_physical() if values.dtype == pl.Date else values).to_list()


def _broken(rule: Rule, table: type[Table], made: list[Row], others: dict[str, dict[str, set[Any]]]) -> Iterable[int] | None:
    over_rows = {Unique: _repeated, Disjoint: _overlapping, PartsSum: _unequal}
    if type(rule) in over_rows:
        return over_rows[type(rule)](rule, made)
    if isinstance(rule, Limit | RowRule):
        return [n for n, row in enumerate(made) if not (_keeps(rule, row[rule.column]) if isinstance(rule, Limit) else _holds(rule, row))]
    return None if isinstance(rule, RowCount) else _dangling(rule, table, made, others)


def _dangling(rule: Rule, table: type[Table], made: list[Row], others: dict[str, dict[str, set[Any]]]) -> list[int] | None:
    names = [rule.table] if isinstance(rule, References | AtLeastOne) else list(others)
    held = {name: values for name in names if (values := _key(rule, table, name, others.get(name, {}))) is not None}
    if not held:
        return None
    named = [(row[rule.table] if isinstance(rule, ReferencesAny) else rule.table, row[rule.about]) for row in made]
    return [n for n, (name, value) in enumerate(named) if value is not None and name in held and value not in held[name]]


def _key(rule: Rule, table: type[Table], name: str, there: dict[str, set[Any]]) -> set[Any] | None:
    definition = table if name == table.name else registry().get(name)
    key = definition.key if definition is not None and len(definition.key) == 1 else ()
    beside = [] if definition is table else [rule.columns[0], *(column for column, to in references(table).items() if to == name)]
    wanted = [rule.column] if isinstance(rule, AtLeastOne) else [*key, *beside, "id"]
    return next((there[column] for column in wanted if column in there), None)


def _keeps(limit: Limit, value: Any) -> bool:
    if value is None:
        return limit.limit != "not_null"
    found = {
        "type": lambda: limit.value != "date32" or DAYS[0] <= value <= DAYS[1],
        "not_null": lambda: True,
        "one_of": lambda: value in limit.value,
        "pattern": lambda: re.fullmatch(limit.value, value) is not None,
        "finite": lambda: abs(value) < INFINITE,
        "at_least": lambda: value >= limit.value,
        "at_most": lambda: value <= limit.value,
        "max_length": lambda: len(value) <= limit.value,
    }
    return found[limit.limit]()


def _holds(rule: RowRule, row: Row) -> bool:
    if not isinstance(rule, Expands):
        return rule.holds(row)
    days = [name for name in rule.columns if name.endswith(("_earliest", "_latest")) and row[name] is not None]
    known = all(DAYS[0] <= row[name] <= DAYS[1] for name in days)
    return known and rule.holds(row | {name: date.fromordinal(date(1970, 1, 1).toordinal() + row[name]) for name in days})


def _repeated(rule: Unique, made: list[Row]) -> list[int]:
    seen = defaultdict(list)
    for n, row in enumerate(made):
        seen[tuple(row[name] for name in rule.unique)].append(n)
    return [n for values, rows in seen.items() if len(rows) > 1 and None not in values for n in rows]


def _overlapping(rule: Disjoint, made: list[Row]) -> list[int]:
    start, end = rule.columns[:2]
    sure = sorted((row[start], row[end], n) for n, row in enumerate(made) if row[start] is not None and row[end] is not None)
    last: dict[tuple[Any, ...], int] = {}
    found = []
    for begins, ends, n in sure:
        group = tuple(made[n][name] for name in rule.group)
        if group in last and begins <= last[group]:
            found.append(n)
        last[group] = max(ends, last.get(group, ends))
    return found


def _unequal(rule: PartsSum, made: list[Row]) -> list[int]:
    best, key, parent, split, complete = rule.columns
    splits: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in made:
        if row[complete] and row[parent] is not None:
            splits[row[parent]][row[split]].append(row[best])
    wholes = ((n, row[best], splits[row[key]].values()) for n, row in enumerate(made) if row[best] is not None and row[key] in splits)
    return [n for n, whole, parts in wholes if any(None not in some and sum(some) != whole for some in parts)]


# --- as a report says it --------------------------------------------------------------------------------------------------------------


def text(value: Any, dtype: str, longest: int = 80) -> str | None:
    """A value as a report writes it, cut."""
    if value is None:
        return None
    made = str(value).lower() if dtype == "bool" else repr(value) if dtype == "float64" else str(value)
    if dtype == "date32":
        known = DAYS[0] <= value <= DAYS[1]
        made = date.fromordinal(date(1970, 1, 1).toordinal() + value).isoformat() if known else f"{value} days from 1970-01-01"
    return made if len(made) <= longest else made[: longest - 1] + "…"


def problems(table: type[Table], made: list[Row], found: dict[Rule, list[int]]) -> list[tuple[Any, ...]]:
    """What a report must list: row, rule, column, key and value."""
    dtypes = {column.name: column.dtype for column in columns(table)}
    listed = []
    for rule, rows in found.items():
        for n in rows:
            parts = [part for name in table.key if (part := text(made[n][name], dtypes[name], 96)) is not None]
            value = made[n][rule.about]
            shown = value.replace("\n", "\\n") if isinstance(value, str) else value
            listed.append((n, rule.name, rule.about, " ".join(parts) if parts else None, text(shown, dtypes[rule.about])))
    return sorted(listed, key=lambda problem: problem[0])
