"""Who was there on a day: surely, or possibly."""

from __future__ import annotations

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
        found = [*lines("surely:", self.surely), *lines("possibly:", self.possibly)]
        return "\n".join([f"present on {self.on}", *(found or ["  nobody that the data knows of"])])

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
    at = day(on)
    titles = {row["actor_id"]: row["title"] for row in rows_of("actors")}
    attested = _attested()
    surely: list[Spell] = []
    possibly: list[Spell] = []
    for row in rows_of("deployments"):
        sure, possible = _present(row, at, attested.get(row["deployment_id"]))
        if not possible:
            continue
        end = "ongoing" if row["end_kind"] == "ongoing" else row["end"]
        contributor = titles.get(row["contributor_id"])
        spell = Spell(row["deployment_id"], titles[row["mission_id"]], contributor, row["area"], row["start"], end)
        (surely if sure else possibly).append(spell)
    return Presence(at, tuple(surely), tuple(possibly))


def _present(row: dict[str, Any], at: date, attested: date | None) -> tuple[bool, bool]:
    """Whether a spell surely, and whether it possibly, held on a day."""
    begun = row["start_latest"] is not None and row["start_latest"] <= at and row["start_kind"] == "actual"
    if row["end_kind"] == "ongoing":
        lasting = attested is not None and at <= attested
    else:
        lasting = row["end_earliest"] is not None and at <= row["end_earliest"] and row["end_kind"] == "actual"
    too_early = row["start_earliest"] is not None and at < row["start_earliest"]
    too_late = row["end_latest"] is not None and at > row["end_latest"] and row["end_kind"] == "actual"
    return begun and lasting, not too_early and not too_late


def _attested() -> dict[str, date]:
    """The latest day of publication on which a source calls a spell ongoing."""
    published = {row["source_id"]: row["published_earliest"] for row in rows_of("sources")}
    places = {row["citation_id"]: published.get(row["source_id"]) for row in rows_of("citations")}
    found: dict[str, date] = {}
    for claim in rows_of("claims"):
        when = claim["as_of_earliest"] or places.get(claim["citation_id"])
        if claim["table"] == "deployments" and claim["field"] == "end_kind" and claim["verdict"] == "supports" and when:
            found[claim["record_id"]] = max(when, found.get(claim["record_id"], when))
    return found
