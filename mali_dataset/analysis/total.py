"""How many in all: a cover of a window by counts that share no death, the rows used, and the gaps."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mali_dataset.analysis.select import NoAnswerError, day, lines, pick
from mali_dataset.release.read import rows_of


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
    force: str, *, cause: str | None = None, harm: str = "killed", since: str | date | None = None, until: str | date | None = None, area: str | None = None
) -> Total:
    """How many members of a force came to harm, without counting anybody twice.

    Uses tallies of the whole force (no split by nationality or personnel) for just this cause, all of one area and one status of the victims. Of all
    sets of tallies that share no day it takes the one that covers the most days of the window, and of these the one with the fewest rows.

    Args:
        force: the force, by id (`act-minusma`) or the end of it (`minusma`).
        cause: a code of `casualties.cause`; None for all causes together.
        harm: a code of `casualties.harm`.
        since: first day; by default the first day that a tally covers (a window given by month or year counts as all of it).
        until: last day; by default the last day that a tally covers.
        area: a code of `casualties.area`, needed where the tallies of a force speak of several.

    Raises:
        NoAnswerError: no tally lies in the window, or tallies differ in area or status; the message says what there is.
        ValueError: a day is not a day, or the window runs backwards.
    """
    tallies = [row for row in rows_of("casualties") if row["force_id"] and _whole(row)]
    actor = pick(force, sorted({row["force_id"] for row in tallies}), "force with casualties")
    own = [row for row in tallies if row["force_id"] == actor]
    candidates = [row for row in own if (row["cause"], row["harm"]) == (cause, harm) and area in (None, row["area"])]
    if not candidates:
        known = "; ".join(sorted({f"{row['harm']}, {row['cause'] or 'all causes'}" for row in own}))
        raise NoAnswerError(f"there is no tally of {actor} for {harm}, {cause or 'all causes'}; there is: {known}")
    if len(kinds := sorted({f"{row['area']}, {row['status'] or 'all'}" for row in candidates})) > 1:
        raise NoAnswerError(
            f"the tallies of {actor} are not of one population, so they cannot be added: {'; '.join(kinds)}; give `area`, or add what belongs together yourself"
        )
    first = day(since) if since is not None else min(row["start_earliest"] for row in candidates)
    last = day(until) if until is not None else max(row["end_latest"] for row in candidates)
    if first > last:
        raise ValueError(f"the window runs backwards: {first} is after {last}")
    inside = [row for row in candidates if first <= row["start_earliest"] and row["end_latest"] <= last]
    used = [inside[i] for i in cover([(row["start_earliest"], row["end_latest"]) for row in inside])]
    if not used:
        windows = ", ".join(sorted(f"{row['start_earliest']} to {row['end_latest']}" for row in candidates))
        raise NoAnswerError(f"no tally of {actor} lies within {first} to {last}; there is: {windows}")
    shown = tuple(Used(row["casualty_id"], row["start_earliest"], row["end_latest"], row["count"]) for row in used)
    gaps = tuple(_gaps(shown, first, last))
    low = sum(row["count_low"] or 0 for row in used)
    best, high = (None if gaps else _sum(row[c] for row in used) for c in ("count_best", "count_high"))
    return Total(actor, harm, cause, first, last, low, best, high, shown, gaps, shown[-1].end)


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
    return (row["level"], row["nationality"], row["personnel"]) == ("tally", None, None) and None not in (row["start_earliest"], row["end_latest"])


def _gaps(used: Sequence[Used], first: date, last: date) -> Iterator[Gap]:
    at = first
    for row in used:
        if row.start > at:
            yield Gap(at, row.start - timedelta(days=1))
        at = row.end + timedelta(days=1)
    if at <= last:
        yield Gap(at, last)


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum, or None as soon as one value is not said."""
    said = list(values)
    return None if None in said else sum(value for value in said if value is not None)
