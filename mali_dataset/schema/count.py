"""Counts that stay honest about what is not known: `300`, `~300`, `>=209`, `<=40`, `250..300`, or words without a number."""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log10

# The greatest number that the grammar knows.
MOST = 10**12 - 1
_NUMBER = f"(?:0|[1-9][0-9]{{0,{len(str(MOST)) - 1}}})"
PATTERN = rf"{_NUMBER}|~{_NUMBER}|>={_NUMBER}|<={_NUMBER}|{_NUMBER}\.\.{_NUMBER}|[a-z]+(?:[ -][a-z]+)*"
_SHAPE = re.compile(PATTERN)
HELP = 'write 300, "~300", ">=209", "<=40", "250..300", or words without a number such as scores'


@dataclass(frozen=True)
class Bounds:
    """The reading of one count: what it is at least, at best and at most (None: not said)."""

    low: int | None = None
    best: int | None = None
    high: int | None = None

    @property
    def approximate(self) -> bool:
        return self.best is not None and self.low is None


@lru_cache(1 << 16)
def parse(text: str) -> Bounds:
    """Read one count.

    Raises:
        ValueError: the text is not a count of the grammar, or a range runs backwards.
    """
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a count; {HELP}")
    if text[0] == "~":
        return Bounds(None, int(text[1:]), None)
    if text[0] == ">":
        return Bounds(int(text[2:]), None, None)
    if text[0] == "<":
        return Bounds(None, None, int(text[2:]))
    if not text[0].isdigit():
        return Bounds()
    low, separator, high = text.partition("..")
    if not separator:
        return Bounds(int(low), int(low), int(low))
    if int(low) >= int(high):
        raise ValueError(f"{text!r} runs backwards: the lower number of a range comes first")
    return Bounds(int(low), None, int(high))


def within(inner: Bounds, outer: Bounds) -> bool:
    """Whether every number that `inner` allows is one that `outer` allows (approximate counts only match themselves)."""
    if inner.approximate or outer.approximate:
        return inner == outer
    return (outer.low or 0) <= (inner.low or 0) and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


def apart(one: Bounds, other: Bounds) -> bool:
    """Whether no number fits both (words fit all). An approximate count fits what rounds to it at its own precision."""
    (a_low, a_high), (b_low, b_high) = _span(one), _span(other)
    return (a_high is not None and b_low > a_high) or (b_high is not None and a_low > b_high)


def _span(count: Bounds) -> tuple[float, float | None]:
    """Lowest and highest number, an approximate count being what rounds to its last non-zero digit."""
    if count.approximate and count.best is not None:
        digits = str(count.best).rstrip("0")
        half = 0.5 * 10 ** (len(str(count.best)) - len(digits)) if digits else 0.5
        half = max(half, 0.5 * 10 ** (floor(log10(count.best)) - 1)) if count.best else half
        return count.best - half, count.best + half
    return count.low or 0, count.high
