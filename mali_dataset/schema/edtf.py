"""Dates as EDTF (ISO 8601-2:2019) in a small stated subset, and the days that bound them.

`2023-02-10`, `2023-02`, `2023`, `[2023-02-10..2023-02-17]` (one day among these), `[..2023-03-01]`, `[2023-03-01..]`; each date may
end with `~` (approximate), `?` (uncertain) or `%` (both). The flags do not widen the bounds.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_DATE = "[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?[~?%]?"
# What every engine can check of a date by pattern alone; that the day exists and that a set is in order needs `parse`.
PATTERN = rf"{_DATE}|\[{_DATE}\.\.{_DATE}\]|\[\.\.{_DATE}\]|\[{_DATE}\.\.\]"
_SHAPE = re.compile(PATTERN)
HELP = 'write 2023-02-10, 2023-02, 2023, "[2023-02-10..2023-02-17]", "[..2023-03-01]" or "[2023-03-01..]", each date with ~ or ? if need be'


@dataclass(frozen=True)
class Dates:
    """The reading of one EDTF text: the first and the last day that it allows (None: open), and its flags."""

    earliest: date | None = None
    latest: date | None = None
    approximate: bool | None = None
    uncertain: bool | None = None


@lru_cache(1 << 16)
def parse(text: str) -> Dates:
    """Read one EDTF text of the subset.

    Raises:
        ValueError: the text is not in the subset, names a day that does not exist, or a set in reverse order.
    """
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a date of the EDTF subset; {HELP}")
    first, separator, last = text.strip("[]").partition("..")
    if not separator:
        last = first
    earliest = _bounds(first)[0] if first else None
    latest = _bounds(last)[1] if last else None
    if separator and earliest and latest and earliest > latest:
        raise ValueError(f"{text!r} runs backwards: the first date of a set may not be after the last")
    return Dates(earliest, latest, any(c in text for c in "~%"), any(c in text for c in "?%"))


def _bounds(text: str) -> tuple[date, date]:
    """First and last day of a day, a month or a year."""
    parts = [int(part) for part in text.rstrip("~?%").split("-")]
    year, month, day = (*parts, 0, 0)[:3]
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        last = month or 12
        return date(year, month or 1, 1), date(year, last, monthrange(year, last)[1])
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day of the calendar") from error
