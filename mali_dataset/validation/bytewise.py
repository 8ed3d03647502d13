"""Patterns of classes, decided on the bytes of many texts at once: five times as fast as a regular expression that goes through a long text byte by byte."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import groupby
from operator import or_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_CLASS = r"\[(?:[^\\\]]|\\.)+\]"
# One class again and again; a class, then another; or a class first, one within, and one last.
_FORM = re.compile(rf"(?P<every>{_CLASS})[+]|(?P<head>{_CLASS})(?P<tail>{_CLASS})[*]|(?P<first>{_CLASS})\(\?:(?P<inner>{_CLASS})[*](?P<last>{_CLASS})\)\?")
# A class that is told by characters up to U+00BF, in the way that all regular expressions share.
_PLAIN = re.compile(r"\[\^?(?!\^)(?:(?!&&|--|~~)[\x20-\x5a\x5e-\x7e]|\\x[0-9ab][0-9a-f]|\\[^A-Za-z0-9])+\]")
# The bytes of characters from U+00C0 on; 0xC2, which begins those below, is not one of them.
_HIGH = frozenset([*range(0x80, 0xC0), *range(0xC3, 0xF5)])
# Of how many texts one may be left to who asks.
FEW = 100
# Up to how many places of a mask are found by halves.
HALVED = 8
# The bytes that are looked at together.
MOST = 2**31


@dataclass(frozen=True)
class Form:
    """What is enough for a text to match a pattern: that it is not empty and is made of some bytes, with some of them first and some last."""

    inside: frozenset[int]
    first: frozenset[int]
    last: frozenset[int]


@cache
def form(pattern: str) -> Form | None:
    """What is enough for a text to match as a whole, None when the pattern is of no known form. What does not keep to it may match all the same."""
    found = _FORM.fullmatch(pattern)
    texts = {name: text for name, text in found.groupdict().items() if text} if found else {}
    if not texts or not all(_PLAIN.fullmatch(text) for text in texts.values()):
        return None
    classes = {name: _bytes(text) for name, text in texts.items()}
    first, inside, last = [*classes.values()] if len(classes) == 3 else [*classes.values()][:1] + [*classes.values()][-1:] * 2  # noqa: PLR2004 - as named
    return Form(inside, first, last) if first | last <= inside else None


def _bytes(text: str) -> frozenset[int]:
    low = (code for code in range(128) if re.fullmatch(text, chr(code)))
    return frozenset(low) | (_HIGH if text.startswith("[^") else frozenset())


def breaking(pattern: str, made: Form) -> Callable[[pl.Series], pl.Series]:
    """What finds all texts of a column that break a pattern of a form, and perhaps a few that do not: many are given to the regular expression."""
    import polars as pl

    def broken(texts: pl.Series) -> pl.Series:
        wrong = pl.Series([False]).new_from_index(0, len(texts))
        if found := _outside(texts.drop_nulls() if texts.null_count() else texts, made):
            rows = pl.concat(found)
            if texts.null_count():
                rows = _places(texts.is_not_null(), rows)
            if len(rows) * FEW > len(texts):
                rows = rows.unique()
                rows = rows.filter(~texts[rows].str.contains(f"^(?:{pattern})$"))
            wrong = wrong.scatter(rows, True)  # noqa: FBT003 - it takes the value by its place
        return wrong

    return broken


def _outside(texts: pl.Series, made: Form) -> list[pl.Series]:
    """Numbers of the texts that do not keep to a form.

    Threads ask for this at once, and stand in each other's way in what polars makes a query of: where nothing is wrong it asks for nothing such.
    """
    import polars as pl
    import pyarrow as pa

    if not len(texts):
        return []
    arrow = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = pl.Series(pa.Array.from_buffers(pa.int64(), len(texts) + 1, [None, arrow.buffers()[1]], offset=arrow.offset))
    begin, size = offsets[0], offsets[-1] - offsets[0]
    if size > MOST:
        return [pl.int_range(len(texts), dtype=pl.UInt32, eager=True)]
    places = (offsets - begin if begin else offsets).cast(pl.UInt32)
    starts, ends = places.head(len(texts)), places.slice(1)
    empty = starts == ends
    found = [_places(empty)] if (some := empty.any()) else []
    if size:
        data = pl.Series(pa.Array.from_buffers(pa.uint8(), size, [None, arrow.buffers()[2]], offset=begin))
        if (bad := _not_in(data, made.inside)) is not None:
            found.append(ends.search_sorted(_places(bad), side="right"))
        if not made.inside <= made.first & made.last:
            # Of a text that is empty, and told above, any byte will do.
            for place, allowed in ((starts.clip(0, size - 1) if some else starts, made.first), ((ends.clip(1) if some else ends) - 1, made.last)):
                if (bad := _not_in(data[place], allowed)) is not None:
                    found.append(_places(bad))
    return found


def _places(mask: pl.Series, numbers: pl.Series | None = None) -> pl.Series:
    """Where a mask is true, or those of these places that have some numbers: a few are found by halves, which takes less than to tell all."""
    import polars as pl

    wanted = range(int(mask.sum())) if numbers is None else numbers
    if len(wanted) > HALVED:
        return mask.arg_true() if numbers is None else mask.arg_true()[numbers]
    found = (bisect_right(range(len(mask)), n, key=lambda place: mask.head(place + 1).sum()) for n in wanted)
    return pl.Series(found, dtype=pl.UInt32)


def _not_in(data: pl.Series, allowed: frozenset[int]) -> pl.Series | None:
    """True where a byte is none of some; None if all are."""
    least, most = data.min(), data.max()
    assert isinstance(least, int)
    assert isinstance(most, int)
    out, within = _runs(allowed, wanted=False), _runs(allowed, wanted=True)
    out = [(low, high) for low, high in out if low <= most and least <= high]
    if len(out) <= len(within):
        parts = [bad for run in out if (bad := _between(data, *run)).any()]
        return reduce(or_, parts) if parts else None
    fine = reduce(or_, (_between(data, *run) for run in within))
    return None if fine.all() else ~fine


@cache
def _runs(allowed: frozenset[int], *, wanted: bool) -> list[tuple[int, int]]:
    """First and last of the runs of bytes that are allowed, or that are not."""
    # Bytes that no UTF-8 holds belong to whichever run they lie in.
    known = [(code, (code in allowed) == wanted) for code in range(0xF5) if code not in (0xC0, 0xC1)]
    runs = [[code for code, _ in run] for there, run in groupby(known, key=lambda one: one[1]) if there]
    return [(run[0], 0xFF if run[-1] == 0xF4 else run[-1]) for run in runs]  # noqa: PLR2004 - the last byte of UTF-8


def _between(data: pl.Series, low: int, high: int) -> pl.Series:
    if low == high:
        return data == low
    if low == 0:
        return data <= high
    return data >= low if high == 0xFF else (data >= low) & (data <= high)  # noqa: PLR2004 - the last byte
