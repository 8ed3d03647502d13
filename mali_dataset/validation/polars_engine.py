"""The default engine: one eager select over a small table, pushed-down streaming queries over a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from mali_dataset.schema import AtLeastOne, Disjoint, Expands, PartsSum, References, ReferencesAny, Rule, Table, Unique, columns
from mali_dataset.schema.column import DTYPES
from mali_dataset.schema.forms.expressions import ROW, broken_rows, expression, polars_type
from mali_dataset.schema.forms.expressions import repeated as repeated_rows
from mali_dataset.schema.plan import Limit
from mali_dataset.validation import streaming
from mali_dataset.validation.coarse import coarse, number, number_prefix
from mali_dataset.validation.engine import Step, comparable, other_column
from mali_dataset.validation.polars_frames import spooled, spooled_file
from mali_dataset.validation.polars_source import Opened, cell, dtype, height, open_source, text_of
from mali_dataset.validation.uniqueness import ORDER, Beside, Candidates, Rising, confirmed, looked_up, repeated, rises, rising

if TYPE_CHECKING:
    import polars as pl

# Up to here the whole table is read at once, and each rule is one expression over it.
EAGER_ROWS = 200_000
# Texts of a column that is read at once which take more bytes are looked at part by part.
LONG_BYTES = 16 * 2**20
# Files of more bytes are read once and kept as one of Parquet where every check would take long to read them again.
EAGER_BYTES = 16 * 2**20
# What files of fewer bytes hold is read without counting its rows first.
SMALL_BYTES = 4 * 2**20
# Up to here the values of another table are held as they are; more are joined, as a set of them takes longer to make.
HELD_ROWS = 150_000
# Up to so many rows that break a rule have their keys looked up together with what is looked up at the end anyway.
KEYED_ROWS = 200_000

breaks = cache(lambda rule: ~expression(rule))


class PolarsEngine:
    """Checks with polars. See `Engine` for what its methods promise."""

    def __init__(self, source: Any, table: type[Table], *, others: Mapping[str, Any], memory: int | None = None) -> None:
        self.table, self._memory = table, memory or streaming.MEMORY
        self._others: dict[str, Opened] = {}
        self._opened = open_source(source, table)
        self._frame: pl.DataFrame | None = None
        self._values: dict[tuple[str, str, str], pl.Series] = {}
        self._later: list[Candidates] = []
        self._found: list[pl.Series] = []
        self._keyed: pl.DataFrame | None = None
        try:
            self._others = {n: self._opened if other is source else open_source(other, table) for n, other in others.items()}
            self._lazy = self._opened.typed(table)
            if self._opened.size() > EAGER_BYTES and self._opened.unwieldy():
                self._keep()
            self._rows = self._height()
        except BaseException:
            self.close()
            raise
        self.types, self.cells = dict(next(iter(self._opened.shapes.values()))), self._opened.texts
        self.shapes = self._opened.shapes
        self._text_columns = frozenset(column.name for column in columns(table) if column.dtype == "string")
        # A cell of another table is no value of a type of ours, whatever its column is called.
        shown = {name: dict(next(iter(other.shapes.values()))) for name, other in self._others.items()}
        self.others = {name: shape | dict.fromkeys(self._others[name].texts, "string") for name, shape in shown.items()}

    def _height(self) -> int:
        """How many rows there are; those of a small file are read rather than counted."""
        if self._opened.size() <= SMALL_BYTES:
            frame = self._lazy.head(EAGER_ROWS + 1).collect()
            if frame.height <= EAGER_ROWS:
                self._frame = frame
                return frame.height
        return height(self._lazy) if self._opened.spool else self._opened.rows

    def _keep(self) -> None:
        """Read the files once, into one of what their cells stand for."""
        import polars as pl

        self._opened.spool = spooled(self._lazy.drop(ROW))
        self._lazy = pl.scan_parquet(spooled_file(self._opened.spool), row_index_name=ROW)

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
        for step in self._large(one_row, rest):
            yield Step(step.rules, partial(self._noted, step.run))
        if self._later:
            yield Step([one.rule for one in self._later], self._confirm)

    def _large(self, one_row: dict[Rule, pl.Expr], rest: list[Rule]) -> Iterator[Step]:
        """The steps over a table that is not read at once."""
        alone = [rule for rule in rest if isinstance(rule, Unique) and len(rule.unique) == 1]
        # What holds most comes first, so that what the others take is taken from what it gave back.
        for rule in rest:
            if rule not in alone:
                yield Step([rule], partial(self._stream, rule))
        for rule in [rule for rule in one_row if isinstance(rule, ReferencesAny)]:
            yield Step([rule], partial(streaming.combined, self._large_rows, rule, one_row.pop(rule)))
        yield from self._columns(one_row, alone)
        for group in streaming.grouped(one_row, self._text_columns):
            yield Step(list(group), partial(streaming.row_rules, self._lazy, group))

    def _columns(self, one_row: dict[Rule, pl.Expr], alone: list[Unique]) -> Iterator[Step]:
        """The rules over single columns of text, taken out of the others, and those that no value stands twice: a sample tells which way is the quickest."""
        import polars as pl

        texts = [name for name in self.types if name in self._text_columns]
        mine = {name: _taken_out(one_row, name) for name in texts}
        twice = {rule.about: rule for rule in alone}
        names = [*(name for name in texts if mine[name] or name in twice), *(name for name in twice if name not in mine)]
        for name, values in self._large_rows.sample(names).to_dict().items():
            rules, filled = mine.get(name, {}), values.drop_nulls()
            prefix = next((found for rule in rules if (found := number_prefix(rule, filled)) is not None), None)
            order = pl.col(name) if prefix is None else number(name, prefix)
            if name in twice and rises(values.to_frame().select(order).to_series()):
                column = Rising(twice[name], order, Beside(rules, coarse(name, rules, filled, pl.col(ORDER))))
                yield Step([*rules, twice[name]], partial(rising, self._large_rows, values, column, self._memory, self._later))
                continue
            if rules and streaming.few(values, rules):
                yield Step([*rules], partial(streaming.few_texts, self._lazy, name, rules, filled.unique(), self._stored))
                rules = {}
            if name in twice:
                beside = Beside(rules, self._coarse(name, rules, filled)) if rules else None
                yield Step([*rules, twice[name]], partial(repeated, self._large_rows, twice[name], self._memory, self._later, beside))
            elif rules:
                yield Step([*rules], partial(streaming.many_texts, self._large_rows.parts(values), name, rules, self._coarse(name, rules, filled)))

    def _coarse(self, name: str, rules: dict[Rule, pl.Expr], seen: pl.Series) -> pl.Expr:
        """True at least where a text breaks one of some rules over its column: what is in a table that the column refers to is sound if all in it is."""
        import polars as pl

        for rule in rules:
            if isinstance(rule, References) and (held := self._held(rule, rule.table)) is not None:
                broken = reduce(or_, (expr for other, expr in rules.items() if other is not rule), pl.lit(value=False))
                if not held.drop_nulls().to_frame(name).filter(broken).height:
                    absent = ~pl.col(name).is_in(held.implode())
                    return absent | pl.col(name).is_null() if held.clear(1).to_frame(name).select(broken).item() else absent
        return coarse(name, rules, seen)

    @cached_property
    def _stored(self) -> pl.LazyFrame:
        """The columns as they are stored, as far as that is text."""
        return self._lazy if self._opened.spool or self._opened.texts else self._opened.lazy

    @cached_property
    def _large_rows(self) -> streaming.Rows:
        return streaming.Rows(self._lazy, self._rows, self._opened.ends)

    def _noted(self, run: Callable[[], streaming.Found]) -> streaming.Found:
        """What a step finds, while the numbers of the rows are noted."""
        for rule, found in run():
            self._found.append(found[ROW])
            yield rule, found

    def _confirm(self) -> streaming.Found:
        """Which candidates agree in their values; the keys of all rows that were found are looked up in the same pass."""
        import polars as pl

        few = sum(map(len, self._found)) <= KEYED_ROWS
        rows = pl.concat([pl.Series(ROW, dtype=pl.UInt32), *(one.cast(pl.UInt32) for one in self._found if few)])
        some = looked_up(self._large_rows, self._later, self._keys_there(), rows)
        self._keyed = some if few else None
        yield from confirmed(some, self._later)

    def _keys_there(self) -> list[str]:
        return [name for name in self.table.key if self.types.get(name) in DTYPES and name in self._lazy.collect_schema()]

    def keys(self, rows: pl.Series) -> pl.DataFrame:
        import polars as pl

        there = self._keys_there()
        if self._frame is not None:
            return self._frame.select(ROW, *there)[rows.sort()]
        if self._keyed is not None and rows.is_in(self._keyed[ROW].implode()).all():
            return self._keyed.select(ROW, *there)
        return streaming.gathered(self._lazy.select(ROW, *there).filter(pl.col(ROW).is_in(rows.cast(pl.UInt32).implode())))

    def close(self) -> None:
        for spool in (self._opened.spool, *(other.spool for other in self._others.values())):
            if spool is not None:
                spool.cleanup()

    def _cells(self, rule: Limit) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """Text cells that are no value of the type of their column."""
        import polars as pl

        text = pl.col(text_of(rule.column))
        for batch in streaming.batches(self._lazy.filter(text.is_not_null()).select(ROW, text.alias(rule.column))):
            yield rule, batch

    def _breaks(self, rule: Rule) -> pl.Expr | None:
        """The expression that is true where a row breaks a rule that it decides alone, or with the values of other tables."""
        import polars as pl

        match rule:
            case Limit():
                if rule.limit == "type" and (rule.value != "date32" or rule.column in self.cells):
                    return None
                # Only what the cell itself says can be wrong with a cell that is no value.
                return breaks(rule) & pl.col(text_of(rule.column)).is_null() if rule.limit == "not_null" and rule.column in self.cells else breaks(rule)
            case References() | AtLeastOne():
                values = self._held(rule, rule.table)
                return None if values is None else ~pl.col(rule.about).is_in(values.implode())
            case ReferencesAny():
                apart = [
                    (pl.col(rule.table) == name) & ~pl.col(rule.column).is_in(values.implode())
                    for name in self.others
                    if comparable(rule, self.table, self.others, name) and (values := self._held(rule, name, always=True)) is not None
                ]
                return reduce(or_, apart) if apart else pl.lit(value=False)
            case Unique() | Expands() | Disjoint() | PartsSum():
                return None
        return breaks(rule)

    def _held(self, rule: Rule, other: str, *, always: bool = False) -> pl.Series | None:
        """The values of the column of another table, None when there are too many to hold."""
        column = other_column(rule, self.table, self.others, other)
        assert column is not None, "a rule is only given when its column is there"
        held = other, column, self.types[rule.about]
        if held not in self._values:
            lazy = self._others[other].lazy
            # One more than may be held tells whether there are too many.
            values = self._as(lazy if always else lazy.head(HELD_ROWS + 1), column, rule).collect().to_series()
            if not always and len(values) > HELD_ROWS:
                return None
            self._values[held] = values
        return self._values[held]

    def _as(self, other: pl.LazyFrame, column: str, rule: Rule) -> pl.LazyFrame:
        """The column of another table, with the type of the column that is looked up in it."""
        import polars as pl

        kind = next(one.dtype for one in columns(self.table) if one.name == rule.about)
        if kind != "string" == dtype(other.collect_schema()[column], None):
            return other.select(pl.col(column).cast(pl.String)).select(cell(column, kind))
        return other.select(pl.col(column).cast(polars_type(kind), strict=False))

    def _eager(self, one_row: dict[Rule, pl.Expr], rest: list[Rule]) -> streaming.Found:
        import polars as pl

        if self._frame is None:
            self._frame = self._lazy.collect()
        yield from self._long(self._frame, one_row)
        one_row |= {rule: repeated_rows(rule, self._frame.schema) for rule in rest if isinstance(rule, Unique)}
        broken = self._frame.select(expr.arg_true().implode().alias(str(n)) for n, expr in enumerate(one_row.values()))
        numbers = dict(zip(one_row, (rows[0] for rows in broken.get_columns()), strict=True))
        numbers |= {rule: broken_rows(rule, self._frame.select(rule.columns)) for rule in rest if rule not in one_row}
        for rule, rows in numbers.items():
            if len(rows):
                yield rule, pl.DataFrame([self._frame[ROW][rows], self._frame[rule.about][rows]])

    def _long(self, frame: pl.DataFrame, one_row: dict[Rule, pl.Expr]) -> streaming.Found:
        """The rules over single columns of long texts, taken out of the others."""
        for name in (name for name in frame.columns if name in self._text_columns):
            size = int(frame[name].estimated_size())
            if size > LONG_BYTES and (rules := _taken_out(one_row, name)):
                step = frame.height * streaming.PART // max(size, 1) + 1
                parts = (frame.slice(first, step).lazy() for first in range(0, frame.height, step))
                yield from streaming.many_texts(parts, name, rules, self._coarse(name, rules, frame[name].head(streaming.SAMPLE).drop_nulls()))

    def _stream(self, rule: Rule) -> streaming.Found:
        if isinstance(rule, Unique):
            yield from repeated(self._large_rows, rule, self._memory, self._later)
            return
        for found in self._rows_breaking(rule):
            if found.height:
                yield rule, found

    def _rows_breaking(self, rule: Rule) -> Iterator[pl.DataFrame]:
        match rule:
            case Expands():
                return streaming.unexpanded(self._large_rows, rule)
            case References() | AtLeastOne():
                column = other_column(rule, self.table, self.others)
                assert column is not None, "a rule is only given when its column is there"
                theirs = self._others[rule.table]
                return streaming.absent(self._large_rows, rule, self._as(theirs.lazy, column, rule), theirs.rows, self._memory)
        return streaming.over_rows(self._large_rows, rule, self._memory)


def _taken_out(rules: dict[Rule, pl.Expr], name: str) -> dict[Rule, pl.Expr]:
    """The rules over a column alone, which are then no more among the others."""
    return {rule: rules.pop(rule) for rule in list(rules) if rule.columns == (name,)}
