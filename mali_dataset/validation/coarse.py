"""Cheaper looks at a column of text with many values: each finds all texts that break a rule, and perhaps some that do not, which the rule decides then."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from mali_dataset.schema import Rule
from mali_dataset.schema.plan import Limit
from mali_dataset.validation import bytewise

if TYPE_CHECKING:
    import polars as pl

# A prefix, then a class again and again, then what may be absent.
_NUMBERED = re.compile(r"(?P<prefix>[A-Za-z0-9_:/ -]*)(?P<each>\[[^\\\]]+\])\+(?P<rest>.*)")
# The share of a sample that must be numbered, and the bytes that its texts must have on average, for another look to pay.
MOST, LONG = 0.98, 8


def coarse(name: str, rules: dict[Rule, pl.Expr], seen: pl.Series, known: pl.Expr | None = None) -> pl.Expr:
    """True at least where a text breaks one of some rules over its column alone.

    Args:
        name: the column.
        rules: the rules, with what is true where a text breaks them.
        seen: some values of the column.
        known: where the `number` of each text is known already.
    """
    import polars as pl

    column, looks = pl.col(name), [pl.lit(value=False)]
    long = len(rules) > 0 and len(seen) > 0 and int(seen.str.len_bytes().sum()) >= LONG * len(seen)
    for rule, expr in rules.items():
        if isinstance(rule, Limit) and rule.limit == "max_length":
            looks.append(column.str.len_bytes() > rule.value)
        elif isinstance(rule, Limit) and rule.limit == "pattern" and (prefix := number_prefix(rule, seen)) is not None:
            # Signs come before digits, and so do digits before prefixes, so that what is below `a-0` may be a number without being of the pattern.
            numbers = number(name, prefix) if known is None else known
            looks.append((numbers.is_null() & column.is_not_null()) | (column < f"{prefix}0"))
        elif isinstance(rule, Limit) and rule.limit == "pattern" and long and (form := bytewise.form(rule.value)):
            looks.append(column.map_batches(bytewise.breaking(rule.value, form), return_dtype=pl.Boolean, is_elementwise=True))
        else:
            looks.append(expr)
    return reduce(or_, looks)


def number(name: str, prefix: str) -> pl.Expr:
    """The number of a text that is a prefix and a number; null for what has none."""
    import polars as pl

    return pl.col(name).str.strip_prefix(prefix).cast(pl.UInt64, strict=False)


def number_prefix(rule: Rule, seen: pl.Series) -> str | None:
    """What stands before the numbers if a pattern allows any number after it and nearly all texts seen have one, else None."""
    found = _NUMBERED.fullmatch(rule.value) if isinstance(rule, Limit) and rule.limit == "pattern" else None
    if not found:
        return None
    try:
        allowed = all(re.fullmatch(found["each"], digit) for digit in "0123456789") and re.fullmatch(found["rest"], "")
    except re.error:
        return None
    if not allowed or not len(seen) or found["prefix"][:1] in tuple(" -/0123456789"):
        return None
    numbers = seen.to_frame("text").select(number("text", found["prefix"])).to_series()
    return found["prefix"] if len(seen) - numbers.null_count() >= MOST * len(seen) else None
