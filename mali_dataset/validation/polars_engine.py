"""The default engine: one eager select over a small table, pushed-down streaming queries over a large one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial, reduce
from operator import or_
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mali_dataset.schema import AtLeastOne, Disjoint, Expands, PartsSum, References, ReferencesAny, Rule, Table, Unique, columns
from mali_dataset.schema.forms.expressions import ROW, broken_rows, expression, repeated
from mali_dataset.schema.plan import Limit
from mali_dataset.validation import streaming
from mali_dataset.validation.engine import Step, other_column
from mali_dataset.validation.polars_source import Opened, cell, open_source

if TYPE_CHECKING:
    import polars as pl

# Up to here the whole table is read at once, and each rule is one expression over it.
EAGER_ROWS = 200_000
# Text files of more bytes are read once and kept as Parquet, as every check would read them again.
EAGER_BYTES = 16 * 2**20
_FAULT = "__text_"
# Up to here the values of another table are held as they are; above, they are looked up in passes.
HELD_ROWS = 2_000_000

breaks = cache(lambda rule: ~expression(rule))


class PolarsEngine:
    """Checks with polars. See `Engine` for what its methods promise."""

    def __init__(self, source: Any, table: type[Table], *, others: Mapping[str, Any], memory: int | None = None) -> None:
        self.table, self._memory = table, memory or streaming.MEMORY
        self._others: dict[str, Opened] = {}
        self._spool: TemporaryDirectory[str] | None = None
        self._opened = open_source(source, table)
        self._frame: pl.DataFrame | None = None
        self._values: dict[tuple[str, str], pl.Series] = {}
        try:
            self._others = {n: self._opened if other is source else open_source(other, table) for n, other in others.items()}
            self._lazy, self._faults = self._opened.typed(table), frozenset[str]()
            files = self._opened.files
            if files and files.format == "CSV" and sum(path.stat().st_size for path in files.paths) > EAGER_BYTES:
                self._keep()
            self._rows = _height(self._lazy)
        except BaseException:
            self.close()
            raise
        self.types, self.cells = dict(next(iter(self._opened.shapes.values()))), self._opened.texts
        self.shapes = self._opened.shapes
        self._text_columns = frozenset(column.name for column in columns(table) if column.dtype == "string")
        self.others = {name: dict(next(iter(other.shapes.values()))) for name, other in self._others.items()}

    def _keep(self) -> None:
        """Read text files once, into a file of what their cells stand for, with the cells that stand for nothing as text in columns of their own."""
        import polars as pl

        self._spool = TemporaryDirectory(prefix="mali-dataset-")
        path = Path(self._spool.name, "rows.parquet")
        texts = [c for c in columns(self.table) if c.name in self._opened.texts]
        faults = [pl.when(cell(c).is_null()).then(pl.col(c.name)).alias(f"{_FAULT}{c.name}") for c in texts]
        there = [c.name for c in columns(self.table) if c.name in self._opened.lazy.collect_schema()]
        self._opened.lazy.select(there).with_columns(*faults, *(cell(c) for c in texts)).sink_parquet(path, compression="lz4")
        self._faults = frozenset(c.name for c in texts)
        self._lazy = pl.scan_parquet(path, row_index_name=ROW)

    def rows(self) -> int:
        return self._rows

    def steps(self, rules: Sequence[Rule]) -> Iterator[Step]:
        cells = [rule for rule in rules if isinstance(rule, Limit) and rule.limit == "type" and rule.column in self.cells]
        one_row = {rule: expr for rule in rules if (expr := self._breaks(rule)) is not None}
        rest = [rule for rule in rules if rule not in one_row and not isinstance(rule, Limit)]
        for limit in cells:
            yield Step([limit], partial(self._cells, limit))
        if self._rows <= EAGER_ROWS:
            # What is looked up in a table too large to hold is looked up in passes, however small the one that asks.
            large: list[Rule] = [rule for rule in rest if isinstance(rule, References | AtLeastOne)]
            rest = [rule for rule in rest if rule not in large]
            if one_row or rest:
                yield Step([*one_row, *rest], partial(self._eager, one_row, rest))
            for rule in large:
                yield Step([rule], partial(self._stream, rule))
            return
        yield from self._texts(one_row)
        for group in streaming.grouped(one_row, self._text_columns):
            yield Step(list(group), partial(streaming.row_rules, self._lazy, group))
        for rule in rest:
            yield Step([rule], partial(self._stream, rule))

    def _texts(self, one_row: dict[Rule, pl.Expr]) -> Iterator[Step]:
        """The limits of columns of text, taken out of the other rules: a sample tells which way is the quickest."""
        names = {rule.about: [r for r in one_row if r.columns == (rule.about,)] for rule in one_row if rule.columns == (rule.about,)}
        names = {name: rules for name, rules in names.items() if name in self._text_columns}
        seen = streaming.sample(self._lazy, list(names), self._rows)
        for name, rules in names.items():
            mine = {rule: one_row[rule] for rule in rules}
            filled = seen[name].drop_nulls()
            values = filled.unique()
            if len(values) * 2 <= len(filled):
                yield Step(rules, partial(streaming.few_texts, self._lazy, name, mine, values))
                for rule in rules:
                    del one_row[rule]

    def keys(self, rows: pl.Series) -> pl.DataFrame:
        import polars as pl

        lazy = self._lazy if self._frame is None else self._frame.lazy()
        there = [name for name in self.table.key if name in lazy.collect_schema()]
        return lazy.select(ROW, *there).filter(pl.col(ROW).is_in(rows.cast(pl.UInt32).implode())).collect(engine="streaming")

    def close(self) -> None:
        for spool in (self._spool, self._opened.spool, *(other.spool for other in self._others.values())):
            if spool is not None:
                spool.cleanup()

    def _cells(self, rule: Limit) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """Text cells that are no value of the type of their column."""
        import polars as pl

        column = next(column for column in columns(self.table) if column.name == rule.column)
        query = self._opened.numbered().select(ROW, rule.column).filter(pl.col(rule.column).is_not_null() & cell(column).is_null())
        if rule.column in self._faults:
            text = pl.col(f"{_FAULT}{rule.column}")
            query = self._lazy.filter(text.is_not_null()).select(ROW, text.alias(rule.column))
        for batch in streaming.batches(query):
            yield rule, batch

    def _breaks(self, rule: Rule) -> pl.Expr | None:
        """The expression that is true where a row breaks a rule that it decides alone, or with the values of other tables."""
        import polars as pl

        match rule:
            case Limit():
                if rule.limit == "type" and (rule.value != "date32" or rule.column in self.cells):
                    return None
                return breaks(rule)
            case References() | AtLeastOne():
                values = self._held(rule, rule.table)
                return None if values is None else ~pl.col(rule.about).is_in(values.implode())
            case ReferencesAny():
                apart = [
                    (pl.col(rule.table) == name) & ~pl.col(rule.column).is_in(values.implode())
                    for name in self.others
                    if other_column(rule, self.table, self.others, name) and (values := self._held(rule, name, always=True)) is not None
                ]
                return reduce(or_, apart) if apart else pl.lit(value=False)
            case Unique() | Expands() | Disjoint() | PartsSum():
                return None
        return breaks(rule)

    def _held(self, rule: Rule, other: str, *, always: bool = False) -> pl.Series | None:
        """The values of the column of another table, None when there are too many to hold."""
        column = other_column(rule, self.table, self.others, other)
        assert column is not None, "a rule is only given when its column is there"
        if (other, column) not in self._values:
            lazy = self._others[other].lazy
            if not always and _height(lazy) > HELD_ROWS:
                return None
            self._values[other, column] = self._as(lazy, column, rule).collect(engine="streaming").to_series()
        return self._values[other, column]

    def _as(self, other: pl.LazyFrame, column: str, rule: Rule) -> pl.LazyFrame:
        """The column of another table, with the type of the column that is looked up in it."""
        import polars as pl

        return other.select(pl.col(column).cast(self._lazy.collect_schema()[rule.about], strict=False))

    def _eager(self, one_row: dict[Rule, pl.Expr], rest: list[Rule]) -> Iterator[tuple[Rule, pl.DataFrame]]:

        if self._frame is None:
            self._frame = self._lazy.collect()
        one_row |= {rule: repeated(rule, self._frame.schema) for rule in rest if isinstance(rule, Unique)}
        names = list(one_row)
        found = self._frame.select(expr.any().alias(str(n)) for n, expr in enumerate(one_row.values())).row(0) if names else ()
        for rule in (rule for rule, there in zip(names, found, strict=True) if there):
            yield rule, self._frame.filter(one_row[rule]).select(ROW, rule.about)
        for rule in (rule for rule in rest if rule not in one_row):
            numbers = broken_rows(rule, self._frame.select(rule.columns))
            if len(numbers):
                yield rule, self._frame.select(ROW, rule.about)[numbers]

    def _stream(self, rule: Rule) -> Iterator[tuple[Rule, pl.DataFrame]]:
        for found in self._rows_breaking(rule):
            if found.height:
                yield rule, found

    def _rows_breaking(self, rule: Rule) -> Iterator[pl.DataFrame]:
        match rule:
            case Unique():
                return streaming.repeated(self._lazy, rule, self._rows, self._memory)
            case Expands():
                return streaming.unexpanded(self._lazy, rule)
            case References() | AtLeastOne():
                column = other_column(rule, self.table, self.others)
                assert column is not None, "a rule is only given when its column is there"
                theirs = self._others[rule.table].lazy
                return streaming.absent(self._lazy, rule, self._as(theirs, column, rule), _height(theirs), self._memory)
        return streaming.over_rows(self._lazy, rule, self._rows, self._memory)


def _height(lazy: pl.LazyFrame) -> int:
    import polars as pl

    return int(lazy.select(pl.len()).collect(engine="streaming").item())
