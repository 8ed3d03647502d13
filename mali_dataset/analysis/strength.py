"""How many there were on a day: the nearest count before it, and how old that count is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from mali_dataset.analysis.select import NoAnswerError, day, pick
from mali_dataset.release.read import rows_of

MAX_AGE_DAYS = 180
# Of counts of the same day, the one that says most about the size of a force comes first.
_ORDER = ("uniformed", "all", "troops", "unspecified", "police", "civilian")


@dataclass(frozen=True)
class StrengthOn:
    """The count nearest before a day. `age_days` runs from the last day for which the count may hold."""

    deployment_id: str
    on: date
    as_of: str
    age_days: int
    population: str
    area: str
    count: str
    low: int | None
    best: int | None
    high: int | None
    strength_id: str

    def __str__(self) -> str:
        return f"{self.deployment_id} on {self.on}: {self.count} ({self.population}, as of {self.as_of}, {self.age_days} days before) [{self.strength_id}]"

    __repr__ = __str__


def strength(of: str, on: str | date, *, population: str | None = None) -> StrengthOn:
    """The count of those deployed that lies nearest before a day.

    Args:
        of: a deployment or a mission, by id (`dep-minusma`, `act-minusma`) or the end of it (`minusma`).
        on: the day, a date or text as `2022-03-01`.
        population: only counts of this population (a code of `strengths.population`).

    Raises:
        NoAnswerError: no such deployment, or no count within 180 days before the day; the message names the nearest.
        ValueError: `on` is not a day.
    """
    at = day(on)
    spells = rows_of("deployments")
    missions = {row["mission_id"]: row["deployment_id"] for row in spells if row["level"] == "mission"}
    name = pick(of, [*(row["deployment_id"] for row in spells), *missions], "deployment")
    deployment = missions.get(name, name)
    counts = [
        row
        for row in rows_of("strengths")
        if row["deployment_id"] == deployment
        and row["statistic"] == "deployed"
        and population in (None, row["population"])
        and row["population"] != "contributors"
    ]
    before = [row for row in counts if row["as_of_latest"] is not None and row["as_of_latest"] <= at]
    if not before:
        first = min((r["as_of_latest"] for r in counts if r["as_of_latest"]), default=None)
        msg = f"no count of {deployment} lies before {at}{f'; the first is of {first}' if first else ''}"
        raise NoAnswerError(msg)
    nearest = max(before, key=_freshness)
    age = (at - nearest["as_of_latest"]).days
    if age > MAX_AGE_DAYS:
        msg = f"the nearest count of {deployment} before {at} is {nearest['count']} as of {nearest['as_of']}, {age} days old; more than {MAX_AGE_DAYS} is refused"
        raise NoAnswerError(msg)
    bounds = (nearest["count_low"], nearest["count_best"], nearest["count_high"])
    return StrengthOn(
        deployment, at, nearest["as_of"], age, nearest["population"], nearest["area"], nearest["count"], *bounds, nearest["strength_id"]
    )


def _freshness(row: dict[str, Any]) -> tuple[date, int, str]:
    order = _ORDER.index(row["population"]) if row["population"] in _ORDER else len(_ORDER)
    return row["as_of_latest"], -order, row["strength_id"]
