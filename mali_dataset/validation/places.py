"""Combinations of values that are hardly more than the rows: each has a place of its own, and stands twice only if its place is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mali_dataset.validation.coarse import MOST, number

if TYPE_CHECKING:
    import polars as pl

# Places for each row; where there are more, hashes take less.
PER_ROW = 8
# How many different texts of a column are numbered.
TEXTS = 4096
# Rows that are looked at together.
TOGETHER = 1_000_000
# Rows whose numbers, and the one after, take two bytes.
NUMBERED = 2**16 - 2
# One value in so many may lie far out, on either side.
FAR = 500


def places(values: pl.DataFrame, rows: int) -> tuple[pl.Expr, int] | None:
    """A place for nearly each combination of values of some columns, and the number of places; None when these would be too many.

    Equal combinations have equal places, different ones nearly always different places. The two places after the last are for what is not
    like the sample, and for what has no value.

    Args:
        values: the columns of a sample.
        rows: how many rows there are.
    """
    import polars as pl

    code, size = pl.lit(0, pl.UInt32), 1
    for column in values:
        if (known := _numbers(column)) is None:
            return None
        number_of, width = known
        # A number that has grown too large by then is that of another combination, or that of none.
        code += number_of * size
        size *= width
        if size > min(rows * PER_ROW, 2**31):
            return None
    # A place that is not known has no order, so that it is not below the last either.
    placed = pl.when(code < size).then(code).otherwise(size)
    if any(column.null_count() for column in values):
        placed = pl.when(pl.all_horizontal(pl.col(values.columns).is_not_null())).then(placed).otherwise(size + 1)
    return placed.cast(pl.UInt32), size


def _numbers(sample: pl.Series) -> tuple[pl.Expr, int] | None:
    """Numbers from 0 for the values of a column, null for those that are not like the sample, and how many there may be."""
    import polars as pl

    column, filled = pl.col(sample.name), sample.drop_nulls()
    if not len(filled):
        return None
    if sample.dtype == pl.String:
        few = filled.unique()
        if len(few) <= TEXTS and len(few) * 2 <= len(filled):
            return column.cast(pl.Enum(few), strict=False).to_physical().cast(pl.UInt32), len(few)
        column = number(sample.name, str(filled[0]).rstrip("0123456789"))
    elif not (sample.dtype.is_integer() or sample.dtype in (pl.Boolean, pl.Date)):
        return None
    numbers = filled.to_frame().select(column.cast(pl.Int64, strict=False)).to_series().drop_nulls().sort()
    if len(numbers) < MOST * len(filled):
        return None
    # A few that lie far out would make all the places between.
    (least, most), (low, high) = ((int(numbers[far]), int(numbers[-1 - far])) for far in (0, len(numbers) // FAR))
    if most - least <= (high - low) * 2:
        low, high = least, most
    # What the sample holds nearly all of does not go on beyond it.
    beyond = 0 if numbers.n_unique() * 2 > high - low else (high - low) // 2 + 1
    return (column.cast(pl.Int64, strict=False) - (low - beyond)).cast(pl.UInt32, strict=False), high - low + 2 * beyond + 1


def taken_twice(found: Iterable[pl.Series], size: int) -> pl.Series | None:
    """Numbers of the rows whose places are not theirs alone, or are not known; None when they are none.

    Args:
        found: the places of all rows, in their order; each is taken as it comes, while the next are read.
        size: the number of places.
    """
    import polars as pl

    # In parts, as what stands beside the places of all rows would take as much again.
    taken, beyond, held = _zeros(pl.UInt8, size), 0, list[pl.Series]()
    for some in found:
        held.append(some)
        for _, part in _parts(some):
            taken.scatter(part, 1)
            beyond += int((part >= size).sum())
    codes = pl.concat(held)
    del held
    if int(taken.head(size).sum()) + beyond == len(codes) and not taken[size]:
        return None
    del taken
    # Who takes a place, by its number in a part, finds it taken by an earlier part, or loses it to the next of the same part.
    last, twice = _zeros(pl.UInt16, size), []
    for _, part in _parts(codes, NUMBERED):
        own, before = pl.int_range(1, len(part) + 1, dtype=pl.UInt16, eager=True), last[part]
        last.scatter(part, own)
        twice.append(part.filter(((before != 0) | (last[part] != own)) & (part < size)))
    del last
    wanted = _zeros(pl.UInt8, size).scatter(pl.concat(twice), 1).scatter([size], 1)
    return pl.concat([rows.filter(wanted[part] == 1) for rows, part in _parts(codes)])


def _zeros(kind: type[pl.DataType], size: int) -> pl.Series:
    import polars as pl

    return pl.Series([0], dtype=kind).new_from_index(0, size + 2)


def _parts(codes: pl.Series, together: int | None = None) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Some rows after others: their numbers, and their places."""
    import polars as pl

    together = together or TOGETHER
    for first in range(0, len(codes), together):
        part = codes.slice(first, together)
        yield pl.int_range(first, first + len(part), dtype=pl.UInt32, eager=True), part
