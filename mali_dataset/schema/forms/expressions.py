"""Rules as polars expressions: True where a row keeps the rule, null where it has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_, xor
from typing import TYPE_CHECKING, Any

from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import AnyOf, Differ, Disjoint, Expands, NotAbove, NullIf, PartsSum, RequiredIf, Rule, Together, Unique

if TYPE_CHECKING:
    import polars as pl

ROW = "__row"
# The days that Python knows, counted from 1970-01-01.
DAYS = (-719162, 2932896)
# Up to so many values are compared one by one, which takes less than to look for each value in a set of them.
SINGLE = 3


def polars_type(dtype: str) -> pl.DataType:
    """The type of polars for a type of a column."""
    import polars as pl

    return {"string": pl.String(), "int64": pl.Int64(), "float64": pl.Float64(), "bool": pl.Boolean(), "date32": pl.Date()}[dtype]


def broken_rows(rule: Rule, frame: pl.DataFrame) -> pl.Series:
    """Numbers of the rows (from 0) that break a rule over one table.

    Raises:
        TypeError: the rule is not of the closed set, or is one over several tables.
    """
    numbered = frame.with_row_index(ROW)
    match rule:
        case Unique():
            return numbered.filter(repeated(rule, frame.schema))[ROW]
        case Expands():
            wrong = unexpanded(rule, numbered.select(rule.columns).unique())
            return numbered.join(wrong, on=rule.columns, how="semi", nulls_equal=True)[ROW] if wrong.height else numbered.clear()[ROW]
        case Disjoint():
            return overlapping(rule, numbered)
        case PartsSum():
            return unequal_wholes(rule, numbered.lazy()).collect()[ROW]
    return numbered.filter(~expression(rule))[ROW]


def expression(rule: Rule) -> pl.Expr:
    """The expression of a rule over one row: true, false, or null where it has nothing to say.

    Raises:
        TypeError: the rule needs more than one row, or is not of the closed set.
    """
    import polars as pl

    match rule:
        case Limit():
            return _limit(rule)
        case NotAbove():
            low, high = rule.columns
            return pl.col(low) <= pl.col(high)
        case NullIf():
            return ~one_of(pl.col(rule.when), rule.equals).fill_null(value=False) | pl.col(rule.column).is_null()
        case RequiredIf():
            return ~one_of(pl.col(rule.when), rule.equals).fill_null(value=False) | pl.col(rule.column).is_not_null()
        case AnyOf():
            return pl.any_horizontal(pl.col(c).is_not_null() for c in rule.any_of)
        case Together():
            first, *others = (pl.col(c).is_null() for c in rule.together)
            return pl.all_horizontal(first == other for other in others or [first])
        case Differ():
            return pl.col(rule.one) != pl.col(rule.other)
    raise TypeError(f"one row cannot decide the rule {rule!r}")


def one_of(column: pl.Expr, values: Sequence[Any] | pl.Series) -> pl.Expr:
    """True where a value is one of some, of which none is null and there is at least one; null where there is none."""
    import polars as pl

    if len(values) <= SINGLE:
        first, *others = (column.eq(value) for value in values)
        return reduce(or_, others, first)
    return column.is_in(values.implode() if isinstance(values, pl.Series) else values)


def _limit(limit: Limit) -> pl.Expr:
    import polars as pl

    column, value = pl.col(limit.column), limit.value
    checks: dict[str, Callable[[], pl.Expr]] = {
        "type": lambda: column.to_physical().is_between(*DAYS) if value == "date32" else pl.lit(value=True),
        "not_null": column.is_not_null,
        "finite": column.is_finite,
        "one_of": lambda: one_of(column, value),
        # The regular expressions of Rust end at `$` only when the text does.
        "pattern": lambda: column.str.contains(f"^(?:{value})$"),
        "at_least": lambda: column.ge(value),
        "at_most": lambda: column.le(value),
        "max_length": lambda: column.str.len_chars().le(value),
    }
    return checks[limit.limit]()


def unexpanded(rule: Expands, distinct: pl.DataFrame) -> pl.DataFrame:
    """Of some distinct texts with their bounds, those that the grammar refuses or expands otherwise."""
    import polars as pl

    # Python has no object for days that it does not know, so such bounds are wrong before they are asked.
    days: list[Any] = [distinct[name].to_physical().drop_nulls() for name in rule.columns if distinct.schema[name] == pl.Date]
    if all(found.is_empty() or (DAYS[0] <= found.min() and found.max() <= DAYS[1]) for found in days):
        wrong = [not rule.agree(*values) for values in distinct.iter_rows()]
        return distinct.filter(wrong) if any(wrong) else distinct.clear()
    known = distinct.select(pl.all_horizontal(pl.col(pl.Date).to_physical().is_between(*DAYS).fill_null(value=True))).to_series()
    return pl.concat([unexpanded(rule, distinct.filter(known)), distinct.filter(~known)])


def repeated(rule: Unique, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """True where a row agrees with another in all of some columns; a null agrees with nothing, and -0.0 is 0.0."""
    import polars as pl

    values = [pl.col(name) + 0.0 if schema[name].is_float() else pl.col(name) for name in rule.unique]
    return (values[0] if len(values) == 1 else pl.struct(values)).is_duplicated() & pl.all_horizontal(pl.col(rule.unique).is_not_null())


def hashed(names: tuple[str, ...]) -> pl.Expr:
    """One hash of the values of some columns: equal values have equal hashes (-0.0 that of 0.0)."""
    import polars as pl

    return reduce(xor, (pl.col(name).hash(seed) for seed, name in enumerate(names)))


def overlapping(rule: Disjoint, numbered: pl.DataFrame) -> pl.Series:
    """Numbers of spells that begin before the latest sure end of those of their group that surely started no later."""
    import polars as pl

    start, end = rule.columns[:2]
    code, other = pl.col("__group"), pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in rule.group)
    sure = numbered.filter(pl.col(start).is_not_null(), pl.col(end).is_not_null()).with_columns(__group=hashed(rule.group)).sort(code, start, end, ROW)
    if sure.select((other & (code == code.shift(1))).any()).item():
        # Groups of the same hash stand among each other.
        sure = sure.sort(*rule.group, start, end, ROW)
    # Days that stand behind those of the group before, so that no end of another group is among those that come after a start.
    group = other.cum_sum().cast(pl.Int64)
    day = {name: group * 2**32 + pl.col(name).to_physical() + 2**31 for name in (start, end)}
    return sure.filter(day[start] <= day[end].cum_max().shift(1))[ROW].sort()


def unequal_wholes(rule: PartsSum, numbered: pl.LazyFrame) -> pl.LazyFrame:
    """Wholes of which a complete split does not sum to them; an open count cannot be compared."""
    import polars as pl

    best, key, parent, split, complete = rule.columns
    sums = (
        numbered.filter(pl.col(complete).fill_null(value=False), pl.col(parent).is_not_null())
        .group_by(parent, split)
        .agg(pl.col(best).cast(pl.Int128).sum().alias("__sum"), pl.col(best).is_not_null().all().alias("__known"))
        .filter(pl.col("__known"))
    )
    wholes = numbered.join(sums, left_on=key, right_on=parent, how="inner")
    return wholes.filter(pl.col(best).is_not_null(), pl.col(best) != pl.col("__sum")).unique(ROW).sort(ROW)
