"""Patterns of classes, decided on the bytes of many texts at once: five times as fast as a regular expression that goes through a long text byte by byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import accumulate, groupby
from operator import or_
from sys import byteorder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_CLASS = r"\[(?:[^\\\]]|\\.)+\]"
# One class again and again; a class, then another; or a class first, one within, and one last.
_FORM = re.compile(rf"(?P<every>{_CLASS})[+]|(?P<head>{_CLASS})(?P<tail>{_CLASS})[*]|(?P<first>{_CLASS})\(\?:(?P<inner>{_CLASS})[*](?P<last>{_CLASS})\)\?")
# Runs of one class with a mark between them, after what all texts begin with.
_RUNS = re.compile(rf"(?P<prefix>[A-Za-z0-9_:/ -]*)(?P<run>{_CLASS})[+]\(\?:(?P<mark>[A-Za-z0-9_:/ -])(?P=run)[+]\)[*]")
# A class that is told by characters up to U+00BF, in the way that all regular expressions share.
_PLAIN = re.compile(r"\[\^?(?!\^)(?:(?!&&|--|~~)[\x20-\x5a\x5e-\x7e]|\\x[0-9ab][0-9a-f]|\\[^A-Za-z0-9])+\]")
# The bytes of characters from U+00C0 on; 0xC2, which begins those below, is not one of them.
_HIGH = frozenset([*range(0x80, 0xC0), *range(0xC3, 0xF5)])
# Of how many texts one may be left to who asks.
FEW = 100
# How many bytes of a text stand beside its place.
_HEAD = 4
# In how many stretches a mask is looked through.
STRETCHES = 64
# The bytes that are looked at together.
MOST = 2**31


@dataclass(frozen=True)
class Form:
    """What is enough for a text to match a pattern.

    Attributes:
        inside: the bytes that it is made of.
        first: those of which one stands first, after the prefix.
        last: those of which one stands last.
        prefix: what it begins with.
        mark: a byte that does not stand twice in a row.
    """

    inside: frozenset[int]
    first: frozenset[int]
    last: frozenset[int]
    prefix: bytes = b""
    mark: int | None = None


@cache
def form(pattern: str) -> Form | None:
    """What is enough for a text to match as a whole, None when the pattern is of no known form. What does not keep to it may match all the same."""
    if (found := _RUNS.fullmatch(pattern)) and _PLAIN.fullmatch(found["run"]):
        prefix, run, mark = found["prefix"].encode(), _bytes(found["run"]), ord(found["mark"])
        # The bytes of prefixes are looked at with all the others.
        known = mark not in run and {*prefix} <= run | {mark} and bytes([mark, mark]) not in prefix
        return Form(run | {mark}, run, run, prefix, mark) if known else None
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
                rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).filter(texts.is_not_null())[rows]
            if len(rows) * FEW > len(texts):
                rows = rows.unique()
                rows = rows.filter(~texts[rows].str.contains(f"^(?:{pattern})$"))
            wrong = wrong.scatter(rows, True)  # noqa: FBT003 - it takes the value by its place
        return wrong

    return broken


def _outside(texts: pl.Series, made: Form) -> list[pl.Series]:
    """Numbers of the texts, of which none is null, that do not keep to a form."""
    chunks = texts.get_chunks()
    firsts = accumulate((len(chunk) for chunk in chunks), initial=0)
    return [rows + first if first else rows for first, chunk in zip(firsts, chunks, strict=False) for rows in _outside_of_one(chunk, made)]


def _outside_of_one(texts: pl.Series, made: Form) -> list[pl.Series]:
    """The same for one chunk.

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
    starts, ends, before = places.head(len(texts)), places.slice(1), len(made.prefix)
    short = ends <= starts + before if before else starts == ends
    found = [_places(short)] if (some := short.any()) else []
    if not size:
        return found
    data = pl.Series(pa.Array.from_buffers(pa.uint8(), size, [None, arrow.buffers()[2]], offset=begin))
    if (bad := _not_in(data, made.inside)) is not None:
        found.append(ends.search_sorted(_places(bad), side="right"))
    if made.mark is not None:
        marks = data == made.mark
        if (twice := marks.head(size - 1) & marks.slice(1)).any():
            found.append(ends.search_sorted(_places(twice), side="right"))
    # Of a text that is too short, and told above, any byte will do.
    firsts, lasts = ((starts + before).clip(0, size - 1), ends.clip(1) - 1) if some else (starts + before, ends - 1)
    for place, allowed in ((firsts, made.first), (lasts, made.last)):
        if not made.inside <= allowed and (bad := _not_in(data[place], allowed)) is not None:
            found.append(_places(bad))
    if before and (bad := _unlike(texts, made.prefix)) is not None:
        found.append(_places(bad))
    return found


def _places(mask: pl.Series) -> pl.Series:
    """Where a mask is true, which is in few places: most stretches of it are passed over."""
    import polars as pl

    together = max(len(mask) // STRETCHES, 1)
    parts = [(first, mask.slice(first, together)) for first in range(0, len(mask), together)]
    found = [pl.int_range(first, first + len(part), dtype=pl.UInt32, eager=True).filter(part) for first, part in parts if part.any()]
    return pl.concat([pl.Series(dtype=pl.UInt32), *found])


def _unlike(texts: pl.Series, prefix: bytes) -> pl.Series | None:
    """True where a text does not begin with some bytes; None if all do."""
    import polars as pl
    import pyarrow as pa

    if len(prefix) <= _HEAD:
        # Of the four numbers that stand for a text the second holds its first bytes.
        arrow = texts.to_arrow(compat_level=pl.CompatLevel.newest())
        numbers = pl.Series(pa.Array.from_buffers(pa.uint32(), len(texts) * 4, [None, arrow.buffers()[1]], offset=arrow.offset * 4)).gather_every(4, 1)
        known, mask = (int.from_bytes(some.ljust(_HEAD, b"\0"), byteorder) for some in (prefix, b"\xff" * len(prefix)))
        unlike = (numbers if len(prefix) == _HEAD else numbers & mask) != known
    else:
        unlike = ~texts.str.starts_with(prefix.decode())
    return unlike if unlike.any() else None


def _not_in(data: pl.Series, allowed: frozenset[int]) -> pl.Series | None:
    """True where a byte is none of some; None if all are."""
    least, most = data.min(), data.max()
    assert isinstance(least, int)
    assert isinstance(most, int)
    out, within = ([run for run in _runs(allowed, wanted=wanted) if run[0] <= most and least <= run[1]] for wanted in (False, True))
    if len(out) <= len(within) or not within:
        parts = [_between(data, *run) for run in out if _many_between(data, *run, least, most)]
        return reduce(or_, parts) if parts else None
    if sum(_many_between(data, *run, least, most) for run in within) == len(data):
        return None
    return ~reduce(or_, (_between(data, *run) for run in within))


def _many_between(data: pl.Series, low: int, high: int, least: int, most: int) -> int:
    """How many bytes lie between two, of which none is below the least or above the most: to count them takes less than to mark them."""
    if low == high:
        return int((data == low).sum())
    return (int((data <= high).sum()) if high < most else len(data)) - (int((data < low).sum()) if low > least else 0)


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
