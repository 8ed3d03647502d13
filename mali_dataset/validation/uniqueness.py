"""Columns in which no value, or no combination of values, stands twice: by their order if they rise but for a few rows, else by hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import or_
from typing import TYPE_CHECKING

from mali_dataset.schema import Rule, Unique
from mali_dataset.schema.forms.expressions import ROW, hashed
from mali_dataset.schema.forms.expressions import repeated as repeated_rows
from mali_dataset.validation.places import places, taken_twice
from mali_dataset.validation.streaming import Found, Rows, batches, each, gathered, many_texts, marked, side_by_side, sifted

if TYPE_CHECKING:
    import polars as pl

# What the values of a column are ordered by.
ORDER = "__order"
# Rows that lie between two places where a column does not rise, so that each can be looked at by itself; with each come as many.
APART = 4
# A column rises if it does so but for one row in so many.
FEW = 50
# How many ranges of hashes are sorted one after the other.
RANGES = 8
# Rows that are compared by value at once.
CANDIDATES = 1_000_000


@dataclass(frozen=True)
class Candidates:
    """Rows of which some agree in all columns of a rule, and with none but each other; their values tell which.

    They are known by their numbers, or by what is true of them.
    """

    rule: Unique
    where: pl.Expr | pl.Series


@dataclass(frozen=True)
class Beside:
    """What is looked for in a column of text while its values are compared.

    Attributes:
        rules: other rules over the column alone, with what is true where a row breaks them.
        coarse: true at least where a row breaks one of them; where the column rises it may ask for the order as `ORDER`.
    """

    rules: dict[Rule, pl.Expr]
    coarse: pl.Expr


@dataclass(frozen=True)
class Rising:
    """A column of which nearly every value is above the one before it.

    Attributes:
        rule: says that no value stands twice.
        order: what rises: the column, or a number for each of its values (equal for equal ones; null for what has none).
        beside: what else is looked for in it.
    """

    rule: Unique
    order: pl.Expr
    beside: Beside


def rises(values: pl.Series) -> bool:
    """Whether the values of a sample rise, but for a few."""
    filled = values.drop_nulls()
    return int((filled.slice(1) <= filled.head(max(len(filled) - 1, 0))).sum()) * FEW <= len(filled)


def rising(rows: Rows, seen: pl.Series, column: Rising, memory: int, later: list[Candidates]) -> Found:
    """Rows that break rules over a column alone, and candidates of those that repeat a value, in one pass where the column rises but for a few places.

    A place is where the order of a value is not above that of the value before it. Where the places are few and apart, and the values around each
    rise, all rises that is neither there nor just before: no value stands twice in it, so that only those at the places are looked for.

    Args:
        rows: the table.
        seen: some values of the column.
        column: what is to be found in it.
        memory: bytes that may be taken, should the order say nothing.
        later: takes the candidates.
    """
    import polars as pl

    rule, (name,) = column.rule, column.rule.unique
    near_falls = pl.map_batches([ROW, ORDER], _near_falls, return_dtype=pl.Boolean, is_elementwise=True)
    kept, height = [], 0
    wanted = near_falls | column.beside.coarse

    def look(part: pl.LazyFrame) -> pl.DataFrame:
        return sifted(part.select(ROW, name).collect(engine="streaming").with_columns(column.order.alias(ORDER)), wanted)

    for batch in side_by_side(look, rows.parts(seen)):
        yield from each(batch.select(ROW, name), column.beside.rules)
        if height * FEW <= rows.height * APART:
            kept.append(batch)
            height += batch.height
    if not kept:
        return
    value = pl.col(ORDER)
    near = {"__above": value.shift(2), "__before": value.shift(1), "__after": value.shift(-1), "__beside": pl.col(name).shift(1)}
    # What a place lies between has come with it; what has come without the row before it is no place.
    follows = pl.col(ROW) - pl.col(ROW).shift(1) == 1
    found = pl.concat(kept).sort(ROW).with_columns(**near).filter((follows & (value <= pl.col("__before"))).fill_null(value.is_null()))
    # At either end of the table there is nothing that could be out of order.
    onward = (found["__above"] < found["__after"]).fill_null(value=True)
    if height * FEW > rows.height * APART or (found[ROW].cast(int).diff() < APART).any() or not onward.all():
        yield from repeated(rows, rule, memory, later)
    elif len(values := pl.concat([found["__beside"], found[name]]).drop_nulls().unique()):
        later.append(Candidates(rule, pl.col(name).is_in(values.implode())))


def _near_falls(some: Sequence[pl.Series]) -> pl.Series:
    """Which rows lie around a place where the order may not rise: nor can it be told at the ends of what is looked at together."""
    import polars as pl

    row, value = some
    n, falls = len(row), value.slice(1) <= value.head(max(len(value) - 1, 0))
    if n and row[-1] - row[0] != n - 1:
        return pl.Series([True]).new_from_index(0, n)
    ends = pl.Series([True, True])
    falls = pl.concat([ends, falls.fill_null(value=True) if falls.null_count() else falls, ends], rechunk=True)
    return falls.head(n) | falls.slice(1, n) | falls.slice(2, n) | falls.slice(3, n)


def repeated(rows: Rows, rule: Unique, memory: int, later: list[Candidates], beside: Beside | None = None) -> Found:
    """Candidates of rows that agree in all of some columns: by a place for each combination of values, if these are few enough, else by hashes.

    Args:
        rows: the table.
        rule: says which columns.
        memory: bytes that places or hashes may take.
        later: takes the candidates.
        beside: what else is looked for in the only column.
    """
    sample = rows.sample(rule.unique)
    if known := places(sample, rows.height):
        code, size = known
        # The places of all rows stand beside what is known of each place.
        if (rows.height + size) * 4 <= memory:
            if beside:
                yield from many_texts(rows.parts(sample), rule.about, beside.rules, beside.coarse)
                beside = None
            codes = side_by_side(lambda part: part.select(code.alias("__place")).collect(engine="streaming").to_series(), rows.bounded(rule.unique))
            twice = taken_twice(codes, size)
            if twice is None or len(twice) < CANDIDATES:
                later += [Candidates(rule, twice)] if twice is not None else []
                return
    yield from _by_hashes(rows, rule, sample, memory, later, beside)


def _by_hashes(rows: Rows, rule: Unique, sample: pl.DataFrame, memory: int, later: list[Candidates], beside: Beside | None) -> Found:
    import polars as pl

    names, table = rule.unique, rows.lazy.select(ROW, *rule.unique)
    # The hashes of a pass are held while some of them are sorted.
    passes, waiting = max(ceil(rows.height * 16 / memory), 1), 0
    code = pl.when(pl.all_horizontal(pl.col(names).is_not_null())).then(hashed(names)).alias("__hash")
    doubles: list[pl.Series] = []
    for number in range(passes):
        hashes: list[pl.Series] = []
        yield from _told(rows, sample, code if passes == 1 else code.filter(code % passes == number), None if number else beside, hashes)
        twice = doubled(hashes)
        waiting += len(twice)
        doubles += [twice.unique()] if len(twice) else []
        if waiting >= CANDIDATES // 2:
            again = marked(table, code.is_in(pl.concat(doubles).implode()))
            values = again.group_by(names).agg(pl.len().alias("__len")).filter(pl.col("__len") > 1).select(names)
            for batch in batches(again.join(values, on=names, how="semi").select(ROW, rule.about)):
                yield rule, batch
            doubles, waiting = [], 0
    if doubles:
        later.append(Candidates(rule, code.is_in(pl.concat(doubles).implode())))


def _told(rows: Rows, sample: pl.DataFrame, code: pl.Expr, beside: Beside | None, hashes: list[pl.Series]) -> Found:
    """Puts the hashes of all rows on a list; what else is looked for in the only column is found on the way."""
    if not beside:
        hashes += side_by_side(lambda part: part.select(code).collect(engine="streaming").to_series(), rows.bounded(sample.columns))
        return

    def look(part: pl.LazyFrame) -> tuple[pl.Series, pl.DataFrame]:
        read = part.select(ROW, *sample.columns).collect(engine="streaming")
        return read.select(code).to_series(), sifted(read, beside.coarse)

    for some, found in side_by_side(look, rows.parts(sample)):
        hashes.append(some)
        yield from each(found, beside.rules)


def doubled(hashes: list[pl.Series]) -> pl.Series:
    """The hashes that stand more than once; one range of them after the other, as what is sorted stands beside what is on the list."""
    import polars as pl

    step = 2**64 // RANGES

    def within(least: int) -> pl.Series:
        some = pl.concat([pl.Series(dtype=pl.UInt64), *(one.filter((one >= least) & (one <= least + step - 1)) for one in hashes)]).sort()
        return some.slice(1).filter(some.slice(1) == some.head(max(len(some) - 1, 0)))

    return pl.concat(side_by_side(within, range(0, 2**64, step)))


def looked_up(rows: Rows, later: list[Candidates], names: list[str], wanted: pl.Series) -> pl.DataFrame:
    """The columns of their rules of all candidates, and other columns of other rows, in one pass.

    Args:
        rows: the table.
        later: the candidates.
        names: the columns that are asked for.
        wanted: numbers of the rows that are asked for.
    """
    import polars as pl

    numbers = pl.concat([wanted, *(one.where for one in later if isinstance(one.where, pl.Series))]).unique()
    some = reduce(or_, (one.where for one in later if isinstance(one.where, pl.Expr)), pl.col(ROW).is_in(numbers.implode()))
    shown = list(dict.fromkeys([*names, *(name for one in later for name in one.rule.unique)]))
    return pl.concat(side_by_side(lambda part: gathered(part.select(ROW, *shown).filter(some)), rows.bounded(shown)))


def confirmed(some: pl.DataFrame, later: list[Candidates]) -> Found:
    """The rows that break the rules of candidates, of the candidates and some others."""
    import polars as pl

    for one in later:
        mine = some.filter(one.where if isinstance(one.where, pl.Expr) else pl.col(ROW).is_in(one.where.implode()))
        yield one.rule, mine.filter(repeated_rows(one.rule, mine.schema)).select(ROW, one.rule.about)
