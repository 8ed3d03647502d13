from mali_dataset.schema import Code, Count, Differ, Flag, Key, NotAfter, PartsSum, Ref, RequiredIf, Table, Text, Together, When
from mali_dataset.tables.deployments import AREAS


class Casualty(Table):
    """One count of people killed, injured or missing; an empty dimension means all."""

    casualty_id = Key("Identifier of the count.", prefix="cas")
    level = Code(
        "Whether it counts one incident or many.",
        structural=True,
        codes={"event": "The people harmed in one incident.", "tally": "The people harmed in a window of time."},
    )
    incident_id = Ref("The incident.", to="incidents", part="casualties", optional=True, structural=True)
    _harm = {
        "killed": "They died, there or of what happened there.",
        "injured": "They were injured.",
        "missing": "They are missing.",
        "killed-or-injured": "Casualties in the military sense: dead and injured together.",
    }
    harm = Code("What happened to them.", codes=_harm, structural=True)
    force_id = Ref("The force or group to which they belonged; empty: no one force.", to="actors", optional=True, structural=True)
    _status = {
        "civilian": "Civilians.",
        "combatant": "Members of armed forces or armed groups.",
        "peacekeeper": "Personnel of a peace operation, civilian staff included.",
        "mixed": "Civilians and combatants together.",
        "disputed": "One side calls them civilians, another combatants.",
    }
    status = Code("What they were, as far as sources agree.", codes=_status, optional=True, structural=True)
    personnel = Code(
        "Which part of a force.", optional=True, structural=True, codes={"military": "Military personnel.", "police": "Police.", "civilian": "Civilian staff."}
    )
    nationality = Text("ISO 3166-1 alpha-3 code of their nationality.", pattern="[A-Z]{3}", optional=True, structural=True)
    _cause = {
        "hostile-act": "A hostile (malicious) act.",
        "accident": "An accident.",
        "illness": "Illness.",
        "self-inflicted": "By their own hand.",
        "other": "Another cause that the source lists as other.",
        "to-be-determined": "The source has not settled the cause yet.",
        "unknown": "The source says that the cause is not known.",
    }
    cause = Code("Of what; empty: all causes.", codes=_cause, optional=True, structural=True)
    start = When("First day that the count covers.", optional=True)
    end = When("Last day that the count covers: the as-of day of a running tally.")
    area = Code("Where.", codes=AREAS, structural=True)
    count = Count("How many.")
    part_of_id = Ref("The count that this one is a part of.", to="casualties", optional=True, structural=True)
    _partition = {
        "year": "By calendar year.",
        "cause": "By cause.",
        "year-cause": "By calendar year and cause.",
        "personnel": "By military personnel, police and civilian staff.",
        "nationality": "By nationality.",
    }
    partition = Code("How the whole was split.", codes=_partition, optional=True, structural=True)
    is_complete = Flag("Whether the parts of this split make up the whole.", optional=True, structural=True)
    rules = (
        NotAfter("start", "end"),
        RequiredIf("incident_id", "level", ("event",)),
        Together(("part_of_id", "partition", "is_complete")),
        Differ("casualty_id", "part_of_id"),
        PartsSum("count", "casualty_id", "part_of_id", "partition", "is_complete"),
    )
