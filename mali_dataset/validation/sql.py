r"""The rules of the plan as SQL text, the same for every engine that speaks it; a `Dialect` writes what is not standard.

The table is a view with the row number `ROW`, columns of the types of the definition and, for each column read from text cells (CSV), a column
`text_of(name)` that holds the text where it is not of its type: `taken` and `typed` make these. A row that breaks no rule is null or false everywhere.
"""
# ruff: noqa: S608 - every name and text is quoted by the dialect

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mali_dataset.schema import Table, columns
from mali_dataset.schema import rules as r
from mali_dataset.schema.column import repeats_group
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.schema.plan import Limit
from mali_dataset.validation.engine import comparable
from mali_dataset.validation.polars_source import CELLS, text_of


@dataclass(frozen=True)
class Dialect:
    """How one engine writes what SQL leaves open. Templates take SQL (`{0}`, `{1}`); functions take text and give SQL.

    Attributes:
        quote: a name as an identifier.
        literal: a text as a constant.
        pattern: a portable regular expression as the constant that `matches` takes.
        matches: whether a text as a whole (with its last newline) has a pattern, in which `.` is everything but a newline.
        finite: whether a float64 is neither NaN nor infinite.
        same: whether two values are equal or both null.
        length: code points of a text.
        longest: the characters up to which it matches texts with patterns that repeat groups; None for any number.
        text: a text that is compared by its bytes, whatever the collation of its column.
        types: the name of each type of a column.
    """

    quote: Callable[[str], str]
    literal: Callable[[str], str]
    pattern: Callable[[str], str]
    matches: str
    finite: str
    same: str
    length: str
    text: str
    longest: int | None
    types: Mapping[str, str]


def _doubled(quote: str) -> Callable[[str], str]:
    return lambda text: quote + text.replace(quote, quote * 2) + quote


def _escaped(text: str) -> str:
    """Spark reads backslashes in texts, joins a text that follows another, and puts the values of variables for `${...}` before it reads anything."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"


_TYPES = {"int64": "BIGINT", "float64": "DOUBLE", "bool": "BOOLEAN", "date32": "DATE"}
DUCKDB = Dialect(
    quote=_doubled('"'),
    literal=_doubled("'"),
    pattern=_doubled("'"),
    matches="regexp_full_match({0}, {1})",
    finite="isfinite({0})",
    same="{0} IS NOT DISTINCT FROM {1}",
    length="length({0})",
    text='CAST({0} AS VARCHAR) COLLATE "C"',
    longest=None,
    types=_TYPES | {"string": "VARCHAR"},
)
SPARK = Dialect(
    quote=_doubled("`"),
    literal=_escaped,
    # In Java `.` excludes more line ends than \n, unless (?d) says so.
    pattern=lambda pattern: _escaped(rf"(?d)\A(?:{pattern})\z"),
    matches="{0} RLIKE {1}",
    # NaN is above every number.
    finite="abs({0}) < CAST('Infinity' AS DOUBLE)",
    same="{0} <=> {1}",
    length="char_length({0})",
    text="CAST({0} AS STRING)",
    # Java takes a piece of its stack for each repetition, and ends the session when there is no more.
    longest=1000,
    types=_TYPES | {"string": "STRING"},
)


def inside_name(connection: Any, catalog: str, inside: str) -> str:
    """How DuckDB's SQL writes a table of a database that is named as `table`, or as `schema.table` if no table has that as its whole name."""
    schema, dot, table = inside.partition(".")
    whole = "SELECT 1 FROM information_schema.tables WHERE table_catalog = ? AND table_schema = 'main' AND lower(table_name) = lower(?)"
    if dot and not connection.execute(whole, [catalog, inside]).fetchall():
        return f"{DUCKDB.quote(schema)}.{DUCKDB.quote(table)}"
    return DUCKDB.quote(inside)


def taken(name: str, dtype: str, sql: Dialect) -> str:
    """What to select of a column from any other view, so that it has the type and the values that it should.

    The statistics of a Parquet file leave NaN out, and engines that trust them skip rows that hold NaN; the CASE keeps them from that
    (https://github.com/duckdb/duckdb/issues/25521).
    """
    own = sql.quote(name)
    value = sql.text.format(own) if dtype == "string" else f"CAST({own} AS {sql.types[dtype]})"
    if dtype == "float64":
        value = f"CASE WHEN isnan({value}) THEN CAST('NaN' AS DOUBLE) ELSE {value} END"
    return f"{value} AS {own}"


def typed(table: type[Table], names: Iterable[str], sql: Dialect) -> list[str]:
    """What to select from a view of text cells, so that its columns have the types of a table: all of `names`, then the cells that fail."""
    dtypes = {column.name: column.dtype for column in columns(table)}
    chosen, failed = [], []
    for name in names:
        dtype, own = dtypes.get(name, "string"), sql.quote(name)
        text = f"NULLIF({own}, '')"
        if dtype == "string":
            chosen.append(f"{text} AS {own}")
            continue
        value = parsed(own, dtype, sql)
        chosen.append(f"{value} AS {own}")
        failed.append(f"CASE WHEN {value} IS NULL THEN {text} END AS {sql.quote(text_of(name))}")
    return [*chosen, *failed]


def looked_up(column: str, theirs: str, ours: str, view: str, sql: Dialect) -> str:
    """The column of another table with the type of ours, so that nothing of ours is cast."""
    own = sql.quote(column)
    text = sql.text.format(own)
    value = text if ours == "string" else parsed(f"({text})", ours, sql) if theirs == "string" else f"TRY_CAST({own} AS {sql.types[ours]})"
    return f"(SELECT {value} AS {own} FROM {view})"


def lookups(rule: r.Rule, table: type[Table], others: Mapping[str, Mapping[str, str]], views: Mapping[str, str], sql: Dialect) -> dict[str, tuple[str, str]]:
    """What `failing` takes as `others` for a rule across tables, of the tables that were given with their columns and views."""
    ours = next(column.dtype for column in columns(table) if column.name == rule.about)
    wanted = others if isinstance(rule, r.ReferencesAny) else [str(getattr(rule, "table", ""))]
    found = {name: comparable(rule, table, others, name) for name in wanted}
    return {name: (looked_up(column, others[name][column], ours, views[name], sql), column) for name, column in found.items() if column}


def parsed(text: str, dtype: str, sql: Dialect) -> str:
    """The value of a text, such as a cell, null where it has none. A text that reads back as itself needs no pattern, which is slow."""
    if dtype == "bool":
        return f"CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    value, matches = f"TRY_CAST({text} AS {sql.types[dtype]})", sql.matches.format(text, sql.pattern(CELLS[dtype]))
    same = f"CAST({value} AS {sql.types['string']}) = {text}"
    # No year has the number 0, and DuckDB knows a day `infinity`.
    fits = {"date32": f"{same} AND length({text}) = 10 AND {text} > '0001'", "int64": f"{same} OR {matches}"}.get(dtype, matches)
    return f"CASE WHEN {fits} THEN {value} END"


def breaks(rule: r.Rule, sql: Dialect, cells: frozenset[str] = frozenset()) -> str | None:
    """The condition of the rows that break a rule over one row: true, or else false or null; None where one row cannot decide it.

    Args:
        rule: any rule of the plan.
        sql: how the engine writes SQL.
        cells: columns that were read from text.
    """
    q = sql.quote
    match rule:
        case Limit():
            return _limit(rule, sql, cells)
        case r.NotAbove():
            low, high = map(q, rule.columns)
            return f"{low} > {high}"
        case r.RequiredIf():
            codes = ", ".join(sql.literal(value) if isinstance(value, str) else str(value) for value in rule.equals)
            return f"{q(rule.when)} IN ({codes}) AND {q(rule.column)} IS {'NOT NULL' if isinstance(rule, r.NullIf) else 'NULL'}"
        case r.AnyOf():
            return " AND ".join(f"{q(c)} IS NULL" for c in rule.any_of)
        case r.Together():
            first, *rest = (f"({q(c)} IS NULL)" for c in rule.together)
            return " OR ".join(f"{first} <> {other}" for other in rest) or "FALSE"
        case r.Differ():
            return f"{q(rule.one)} = {q(rule.other)}"
    return None


def _limit(limit: Limit, sql: Dialect, cells: frozenset[str]) -> str:
    column, value = sql.quote(limit.column), limit.value
    match limit.limit:
        case "type" if limit.column in cells:
            return f"{sql.quote(text_of(limit.column))} IS NOT NULL"
        case "type":
            return f"{column} NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'" if value == "date32" else "FALSE"
        case "not_null":
            # Only what the cell itself says can be wrong with a cell that is no value.
            return f"{column} IS NULL" + (f" AND {sql.quote(text_of(limit.column))} IS NULL" if limit.column in cells else "")
        case "one_of":
            return f"{column} NOT IN ({', '.join(map(sql.literal, value))})"
        case "pattern":
            broken = f"NOT {sql.matches.format(column, sql.pattern(value))}"
            # A CASE decides in the order in which it is written.
            return broken if (beyond := too_long(limit, sql)) is None else f"CASE WHEN {beyond} THEN FALSE ELSE {broken} END"
        case "finite":
            return f"NOT {sql.finite.format(column)}"
        case "max_length":
            return f"{sql.length.format(column)} > {value}"
    number = f"CAST('{value!r}' AS DOUBLE)" if isinstance(value, float) else str(value)
    return f"{column} {'<' if limit.limit == 'at_least' else '>'} {number}"


def too_long(rule: r.Rule, sql: Dialect) -> str | None:
    """The condition of the rows that an engine does not decide, because it cannot match such long texts; None where it decides all."""
    if sql.longest is None or not isinstance(rule, Limit) or rule.limit != "pattern" or not repeats_group(rule.value):
        return None
    # What is repeated within a count is tried in all ways that there are.
    return f"{sql.length.format(sql.quote(rule.column))} > {0 if repeats_group(rule.value, counted=True) else sql.longest}"


def counts(conditions: Iterable[str | None], source: str) -> str:
    """One pass over a table: for how many rows each of some conditions holds, in one row of as many columns."""
    found = [f"count_if({condition}) AS c{i}" for i, condition in enumerate(conditions)]
    return f"SELECT {', '.join(found)} FROM {source}"


def distinct(rule: r.Expands, sql: Dialect, source: str) -> str:
    """The tuples that the grammar has to judge."""
    return f"SELECT DISTINCT {', '.join(map(sql.quote, rule.columns))} FROM {source}"


def failing(
    rule: r.Rule,
    sql: Dialect,
    source: str,
    *,
    key: Iterable[str] = (),
    cells: frozenset[str] = frozenset(),
    others: Mapping[str, tuple[str, str]] | None = None,
    bad: str = "__bad",
) -> str:
    """The rows that break a rule: their number, the columns of the key and the column that the rule is about, in no order.

    Args:
        rule: any rule of the plan but `RowCount`.
        sql: how the engine writes SQL.
        source: the view of the table, as SQL.
        key: columns of the key that the table has.
        cells: columns that were read from text.
        others: for a rule across tables, the view (as SQL) and the column (its name) of each table that it reads, as `engine.other_column` tells it.
        bad: for `Expands`, a view of those tuples of `distinct` that the grammar refuses, with the same columns.

    Raises:
        TypeError: the rule is not of the closed set.
    """
    q = sql.quote
    about = q(text_of(rule.about)) if isinstance(rule, Limit) and rule.limit == "type" and rule.about in cells else f"s.{q(rule.about)}"
    shown = {name: f"s.{q(name)}" for name in key} | {rule.about: f"{about} AS {q(rule.about)}"}
    select = f"SELECT s.{q(ROW)}, {', '.join(shown.values())} FROM"
    if (condition := breaks(rule, sql, cells)) is not None:
        return f"{select} {source} s WHERE {condition}"
    match rule:
        case r.Expands():
            return f"{select} {source} s SEMI JOIN {bad} b ON {' AND '.join(sql.same.format(f's.{q(c)}', f'b.{q(c)}') for c in rule.columns)}"
        case r.Unique():
            names, equal = ", ".join(map(q, rule.unique)), " AND ".join(f"s.{q(c)} = d.{q(c)}" for c in rule.unique)
            return f"{select} {source} s SEMI JOIN (SELECT {names} FROM {source} GROUP BY {names} HAVING count(*) > 1) d ON {equal}"
        case r.Disjoint():
            start, end = map(q, rule.columns[:2])
            spells = f"PARTITION BY {', '.join(map(q, rule.group))} ORDER BY {start}, {end}, {q(ROW)} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
            sure = f"SELECT *, max({end}) OVER ({spells}) AS __before FROM {source} WHERE {start} IS NOT NULL AND {end} IS NOT NULL"
            return f"{select} ({sure}) s WHERE {start} <= __before"
        case r.PartsSum():
            best, whole, parent, split, complete = map(q, rule.columns)
            sums = f"SELECT {parent} AS __parent, sum(CAST({best} AS DECIMAL(38, 0))) AS __sum FROM {source} WHERE {complete} AND {parent} IS NOT NULL"
            sums += f" GROUP BY {parent}, {split} HAVING count(*) = count({best})"
            return f"{select} {source} s SEMI JOIN ({sums}) p ON s.{whole} = p.__parent AND s.{best} <> p.__sum"
        case r.References() | r.AtLeastOne():
            view, other = (others or {})[rule.table]
            return f"{select} {source} s ANTI JOIN {view} o ON s.{q(rule.about)} = o.{q(other)} WHERE s.{q(rule.about)} IS NOT NULL"
        case r.ReferencesAny():
            keys = [f"SELECT {sql.literal(name)} AS __table, {q(other)} AS __key FROM {view}" for name, (view, other) in (others or {}).items()]
            given = f"s.{q(rule.table)} IN ({', '.join(map(sql.literal, others or {}))}) AND s.{q(rule.column)} IS NOT NULL"
            joined = f"s.{q(rule.table)} = o.__table AND s.{q(rule.column)} = o.__key"
            return f"{select} {source} s ANTI JOIN ({' UNION ALL '.join(keys)}) o ON {joined} WHERE {given}"
    raise TypeError(f"SQL cannot decide the rule {rule!r}")
