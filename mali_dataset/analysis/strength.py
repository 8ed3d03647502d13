"""How many there were on a day: the nearest count before it, and how old that count is."""

from dataclasses import dataclass
from datetime import date

from mali_dataset.analysis.select import NoAnswerError, day, pick
from mali_dataset.release.read import rows_of

MAX_AGE_DAYS = 180
# Of counts of the same day, the one that says most about the size of a force comes first.
_ORDER = ("uniformed", "all", "troops", "unspecified", "police", "civilian")


@dataclass(frozen=True)
class StrengthOn:
    """The count nearest before a day. `age_days` runs from the first day for which the count may hold, so it is the most."""

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
        about = f"{self.population}, as of {self.as_of}, {self.age_days} day{'s'[: self.age_days != 1]} before"
        return f"{self.deployment_id} on {self.on}: {self.count} ({about}) [{self.strength_id}]"

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
    at, spells = day(on), rows_of("deployments")
    missions = {row["mission_id"]: row["deployment_id"] for row in spells if row["level"] == "mission"}
    name = pick(of, [*(row["deployment_id"] for row in spells), *missions], "deployment")
    deployment, wanted = missions.get(name, name), (population,) if population else _ORDER
    counts = [row for row in rows_of("strengths") if (row["deployment_id"], row["statistic"]) == (deployment, "deployed")]
    counts = [row for row in counts if row["population"] in wanted and None not in (row["as_of_earliest"], row["as_of_latest"])]
    before = [row for row in counts if row["as_of_latest"] <= at]
    if not before:
        first = min((row["as_of_latest"] for row in counts), default=None)
        raise NoAnswerError(f"no count of {deployment} lies before {at}{f'; the first is of {first}' if first else ''}")
    nearest = max(before, key=lambda row: (row["as_of_earliest"], -wanted.index(row["population"]), row["strength_id"]))
    age = (at - nearest["as_of_earliest"]).days
    if age > MAX_AGE_DAYS:
        found = f"{nearest['count']} as of {nearest['as_of']}, {age} days old; more than {MAX_AGE_DAYS} is refused"
        raise NoAnswerError(f"the nearest count of {deployment} before {at} is {found}")
    said = (nearest[c] for c in ("population", "area", "count", "count_low", "count_best", "count_high", "strength_id"))
    return StrengthOn(deployment, at, nearest["as_of"], age, *said)
