"""How many in all: a cover of a window by counts that share no death, the rows used, and the gaps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mali_dataset.analysis.select import NoAnswerError, day, lines, pick
from mali_dataset.release.read import rows_of

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """Days of the window that no row used covers, first and last included."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


@dataclass(frozen=True)
class Used:
    """One row of a total."""

    casualty_id: str
    start: date
    end: date
    count: str

    def __str__(self) -> str:
        return f"{self.count} from {self.start} to {self.end} [{self.casualty_id}]"


@dataclass(frozen=True)
class Total:
    """A total over a window. With gaps, `low` counts the covered days and `best` and `high` are None: nobody counted the rest."""

    force: str
    harm: str
    cause: str | None
    since: date
    until: date
    low: int
    best: int | None
    high: int | None
    rows: tuple[Used, ...]
    gaps: tuple[Gap, ...]
    as_of: date

    def __str__(self) -> str:
        count = str(self.best) if self.best is not None and self.low == self.high else f"at least {self.low}"
        count += "" if self.best is None or self.low == self.high else f", at best {self.best}"
        count += "" if self.high is None or self.low == self.high else f", at most {self.high}"
        head = f"{self.force}: {count} {self.harm} ({self.cause or 'all causes'}), {self.since} to {self.until}, as of {self.as_of}"
        return "\n".join([head, *lines("rows:", self.rows), *lines("gaps:", self.gaps)])

    __repr__ = __str__


def total(
    force: str, *, cause: str | None = None, harm: str = "killed", since: str | date | None = None, until: str | date | None = None
) -> Total:
    """How many members of a force came to harm, without counting anybody twice.

    Uses tallies of the whole force (no split by nationality, personnel or status of victims) for just this cause. Of all sets of tallies that share
    no day it takes the one that covers the most days of the window, and of these the one with the fewest rows.

    Args:
        force: the force, by id (`act-minusma`) or the end of it (`minusma`).
        cause: a code of `casualties.cause`; None for all causes together.
        harm: a code of `casualties.harm`.
        since: first day; by default the first day that a tally covers.
        until: last day; by default the last day that a tally covers.

    Raises:
        NoAnswerError: no tally lies in the window; the message says what there is.
        ValueError: a day is not a day, or the window runs backwards.
    """
    rows = rows_of("casualties")
    actor = pick(force, sorted({row["force_id"] for row in rows if row["force_id"]}), "force with casualties")
    candidates = [row for row in rows if row["force_id"] == actor and _whole(row) and (row["cause"], row["harm"]) == (cause, harm)]
    if not candidates:
        known = sorted({f"{r['harm']}, {r['cause'] or 'all causes'}" for r in rows if r["force_id"] == actor and _whole(r)})
        msg = f"there is no tally of {actor} for {harm}, {cause or 'all causes'}; there is: {'; '.join(known) or 'none'}"
        raise NoAnswerError(msg)
    first = day(since) if since is not None else min(_start(row) for row in candidates)
    last = day(until) if until is not None else max(row["end_latest"] for row in candidates)
    if first > last:
        msg = f"the window runs backwards: {first} is after {last}"
        raise ValueError(msg)
    inside = [row for row in candidates if first <= _start(row) and row["end_latest"] <= last]
    chosen = cover([(_start(row), row["end_latest"]) for row in inside])
    used = [inside[i] for i in chosen]
    if not used:
        windows = ", ".join(f"{_start(r)} to {r['end_latest']}" for r in sorted(candidates, key=_start))
        msg = f"no tally of {actor} lies within {first} to {last}; there is: {windows}"
        raise NoAnswerError(msg)
    gaps = _gaps(used, first, last)
    low = sum(row["count_low"] or 0 for row in used)
    best, high = (None if gaps else _sum(used, f"count_{name}") for name in ("best", "high"))
    shown = tuple(Used(row["casualty_id"], _start(row), row["end_latest"], row["count"]) for row in used)
    return Total(actor, harm, cause, first, last, low, best, high, shown, gaps, max(row["end_latest"] for row in used))


def cover(spans: Sequence[tuple[date, date]]) -> list[int]:
    """Which spans to take so that none share a day, the most days are covered, and then the fewest spans are used.

    Weighted interval scheduling; returns positions in `spans`, in order of time.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i][1], spans[i][0], i))
    ends = [spans[i][1] for i in order]
    best: list[tuple[int, int, list[int]]] = [(0, 0, [])]
    for n, i in enumerate(order):
        start, end = spans[i]
        days, rows, taken = best[bisect_left(ends, start, 0, n)]
        with_it = (days + (end - start).days + 1, rows - 1, [*taken, i])
        best.append(max(best[n], with_it, key=lambda option: option[:2]))
    return best[-1][2]


def _whole(row: dict[str, Any]) -> bool:
    """A tally of the whole force, with a window that is known from end to end."""
    split = any(row[c] is not None for c in ("nationality", "personnel"))
    return row["level"] == "tally" and not split and row["start_earliest"] is not None and row["end_latest"] is not None


def _start(row: dict[str, Any]) -> date:
    start: date = row["start_earliest"]
    return start


def _gaps(used: list[dict[str, Any]], first: date, last: date) -> tuple[Gap, ...]:
    found, at = [], first
    for row in used:
        if _start(row) > at:
            found.append(Gap(at, _start(row) - _DAY))
        at = row["end_latest"] + _DAY
    return tuple([*found, Gap(at, last)] if at <= last else found)


def _sum(rows: list[dict[str, Any]], column: str) -> int | None:
    """The sum, or None as soon as one row does not say."""
    values = [row[column] for row in rows]
    return None if None in values else sum(values)
