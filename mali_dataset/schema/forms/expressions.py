"""Rules as polars expressions: True where a row keeps the rule, null where it has nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import AnyOf, Differ, Disjoint, Expands, NotAbove, NullIf, PartsSum, RequiredIf, Rule, Together, Unique

if TYPE_CHECKING:
    import polars as pl

ROW = "__row"


def polars_type(dtype: str) -> pl.DataType:
    """The type of polars for a type of a column."""
    import polars as pl

    return {"string": pl.String(), "int64": pl.Int64(), "float64": pl.Float64(), "bool": pl.Boolean(), "date32": pl.Date()}[dtype]


def broken_rows(rule: Rule, frame: pl.DataFrame) -> pl.Series:
    """Numbers of the rows (from 0) that break a rule over one table.

    Raises:
        TypeError: the rule is not of the closed set, or is one over several tables.
    """
    import polars as pl

    numbered = frame.with_row_index(ROW)
    match rule:
        case Unique():
            return numbered.filter(pl.struct(rule.unique).is_duplicated())[ROW]
        case Expands():
            return _unexpanded(rule, numbered)
        case Disjoint():
            return _overlapping(rule, numbered)
        case PartsSum():
            return _unequal_wholes(rule, numbered)
    return numbered.filter(~expression(rule).fill_null(value=True))[ROW]


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
            return ~pl.col(rule.when).is_in(rule.equals).fill_null(value=False) | pl.col(rule.column).is_null()
        case RequiredIf():
            return ~pl.col(rule.when).is_in(rule.equals).fill_null(value=False) | pl.col(rule.column).is_not_null()
        case AnyOf():
            return pl.any_horizontal(pl.col(c).is_not_null() for c in rule.any_of)
        case Together():
            filled = pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.UInt32) for c in rule.together)
            return filled.is_in([0, len(rule.together)])
        case Differ():
            return pl.col(rule.one) != pl.col(rule.other)
    raise TypeError(f"one row cannot decide the rule {rule!r}")


def _limit(limit: Limit) -> pl.Expr:
    import polars as pl

    column, value = pl.col(limit.column), limit.value
    checks: dict[str, Callable[[], pl.Expr]] = {
        "not_null": column.is_not_null,
        "one_of": lambda: column.is_in(value),
        # The regular expressions of Rust end at `$` only when the text does.
        "pattern": lambda: column.str.contains(f"^(?:{value})$"),
        "at_least": lambda: column.ge(value),
        "at_most": lambda: column.le(value),
        "max_length": lambda: column.str.len_chars().le(value),
    }
    return checks[limit.limit]()


def _unexpanded(rule: Expands, numbered: pl.DataFrame) -> pl.Series:
    """The grammar reads each distinct text with its bounds once."""
    distinct = numbered.select(rule.columns).unique()
    wrong = distinct.filter([not rule.holds(row) for row in distinct.iter_rows(named=True)])
    return numbered.join(wrong, on=rule.columns, how="semi", nulls_equal=True)[ROW]


def _overlapping(rule: Disjoint, numbered: pl.DataFrame) -> pl.Series:
    """A spell is compared with the latest sure end of those of its group that surely started no later."""
    import polars as pl

    start, end = rule.columns[:2]
    sure = numbered.filter(pl.col(start).is_not_null(), pl.col(end).is_not_null()).sort(start, end, ROW)
    before = pl.col(end).cum_max().shift(1).over(rule.group)
    return sure.filter(pl.col(start) <= before)[ROW].sort()


def _unequal_wholes(rule: PartsSum, numbered: pl.DataFrame) -> pl.Series:
    """A whole breaks the rule when a complete split of it does not sum to it; an open count cannot be compared."""
    import polars as pl

    best, key, parent, split, complete = rule.columns
    sums = (
        numbered.filter(pl.col(complete).fill_null(value=False), pl.col(parent).is_not_null())
        .group_by(parent, split)
        .agg(pl.col(best).sum().alias("__sum"), pl.col(best).is_not_null().all().alias("__known"))
        .filter(pl.col("__known"))
    )
    wholes = numbered.join(sums, left_on=key, right_on=parent, how="inner")
    return wholes.filter(pl.col(best).is_not_null(), pl.col(best) != pl.col("__sum"))[ROW].unique().sort()
