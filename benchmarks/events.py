"""The benchmark tables, as a user of another domain defines them: conflict events, and reports with dates and counts as text."""

from __future__ import annotations

from mali_dataset.schema import (
    AnyOf,
    Code,
    Count,
    Day,
    Differ,
    Flag,
    Key,
    NotAbove,
    NotAfter,
    NullIf,
    Number,
    Ref,
    RequiredIf,
    RowCount,
    Table,
    Text,
    Together,
    Unique,
    When,
)

TYPES = ("battle", "explosion", "attack-on-civilians", "riot", "protest", "agreement")
COUNTRIES = tuple("ben bfa civ cmr dza gha gin gmb gnb lby lbr mli mrt ner nga sen sle tcd tgo tun".split())


class Event(Table):
    """One event of a conflict."""

    name = "events"
    event_id = Key("Identifier of the event.", prefix="evt")
    event_type = Code("What happened.", codes={code: f"A case of {code}." for code in TYPES})
    country = Code("Where it happened.", codes={code: f"The country {code}." for code in COUNTRIES})
    actor_id = Ref("Who acted.", to="actors")
    target_id = Ref("Against whom.", to="actors", optional=True)
    place = Text("Name of the place.", max_length=80, optional=True)
    latitude = Number("Latitude of the place.", unit="degree", minimum=-90, maximum=90, decimal=True, optional=True)
    longitude = Number("Longitude of the place.", unit="degree", minimum=-180, maximum=180, decimal=True, optional=True)
    start = Day("The first day.")
    end = Day("The last day.", optional=True)
    deaths_low = Number("The least number of deaths.", unit="people", minimum=0, maximum=100_000, optional=True)
    deaths_best = Number("The best estimate of deaths.", unit="people", minimum=0, maximum=100_000, optional=True)
    deaths_high = Number("The greatest number of deaths.", unit="people", minimum=0, maximum=100_000, optional=True)
    civilians = Flag("Whether civilians died.", optional=True)
    source = Text("Who reported it.", pattern="[A-Za-z][A-Za-z0-9 .&'-]*", max_length=100)
    source_number = Number("The number of the report, as its source counts them.", minimum=1, maximum=2_000_000_000)
    rules = (
        Unique(("source", "source_number")),
        NotAbove("deaths_low", "deaths_best"),
        NotAbove("deaths_best", "deaths_high"),
        NotAbove("start", "end"),
        RequiredIf("target_id", "event_type", ("battle", "attack-on-civilians")),
        NullIf("deaths_best", "event_type", ("agreement",)),
        Together(("latitude", "longitude")),
        AnyOf(("place", "latitude")),
        Differ("actor_id", "target_id"),
        RowCount(at_least=1),
    )


class Report(Table):
    """One event with the composites of this project, which no other validator has: what they cost."""

    name = "reports"
    report_id = Key("Identifier of the report.", prefix="rep")
    start = When("When it began.")
    end = When("When it ended.", ongoing=True)
    deaths = Count("How many people died.", optional=True)
    rules = (NotAfter("start", "end"),)
