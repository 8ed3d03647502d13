"""Who was there on a day: surely, or possibly."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from mali_dataset.analysis.select import day, lines
from mali_dataset.release.read import rows_of


@dataclass(frozen=True)
class Spell:
    """One spell of a deployment, by the titles of its actors."""

    deployment_id: str
    mission: str
    contributor: str | None
    area: str
    start: str | None
    end: str | None

    def __str__(self) -> str:
        who = f"{self.contributor} in {self.mission}" if self.contributor else self.mission
        return f"{who} ({self.start or '?'} to {self.end or '?'}, {self.area}) [{self.deployment_id}]"


@dataclass(frozen=True)
class Presence:
    """Who was there on a day. `surely`: all bounds of the spell agree; `possibly`: some do, or an end is not known."""

    on: date
    surely: tuple[Spell, ...]
    possibly: tuple[Spell, ...]

    def __str__(self) -> str:
        found = [*lines("surely:", self.surely), *lines("possibly:", self.possibly)] or ["  nobody that the data knows of"]
        return "\n".join([f"present on {self.on}", *found])

    __repr__ = __str__


def presence(on: str | date) -> Presence:
    """Who was deployed on a day.

    A spell is sure when it had surely begun and surely not ended. One that a source calls ongoing is sure until the day of that source.
    Planned starts, and ends that no source gives, leave a spell possible.

    Args:
        on: the day, a date or text as `2022-03-01`.

    Raises:
        ValueError: `on` is not a day.
    """
    at, attested, titles = day(on), _attested(), {row["actor_id"]: row["title"] for row in rows_of("actors")}
    found: dict[bool, list[Spell]] = {True: [], False: []}
    for row in rows_of("deployments"):
        sure, possible = _present(row, at, attested.get(row["deployment_id"]))
        end = "ongoing" if row["end_kind"] == "ongoing" else row["end"]
        who = (titles[row["mission_id"]], titles.get(row["contributor_id"]))
        if possible:
            found[sure].append(Spell(row["deployment_id"], *who, row["area"], row["start"], end))
    return Presence(at, tuple(found[True]), tuple(found[False]))


def _present(row: dict[str, Any], at: date, attested: date | None) -> tuple[bool, bool]:
    """Whether a spell surely, and whether it possibly, held on a day."""
    first, last, begins, ends = (row[c] for c in ("start_earliest", "end_latest", "start_latest", "end_earliest"))
    if row["end_kind"] == "ongoing":
        ends = attested
    started, ended = row["start_kind"] == "actual", row["end_kind"] != "planned"
    surely = started and ended and begins is not None and ends is not None and begins <= at <= ends
    return surely, not (first is not None and at < first) and not (ended and last is not None and at > last)


def _attested() -> dict[str, date]:
    """The latest day of publication on which a source calls a spell ongoing."""
    published = {row["source_id"]: row["published_earliest"] for row in rows_of("sources")}
    places = {row["citation_id"]: published.get(row["source_id"]) for row in rows_of("citations")}
    found: dict[str, date] = {}
    for claim in rows_of("claims"):
        when = claim["as_of_earliest"] or places[claim["citation_id"]]
        if (claim["table"], claim["field"], claim["verdict"]) == ("deployments", "end_kind", "supports") and when:
            found[claim["record_id"]] = max(when, found.get(claim["record_id"], when))
    return found
