from mali_dataset.schema import Code, Disjoint, Key, NotAfter, NullIf, Ref, RequiredIf, Summary, Table, Text, When

AREAS = {"mali": "Mali.", "sahel": "Several states of the Sahel, Mali among them.", "mission": "Wherever the mission or the force was, over its whole theatre."}


class Deployment(Table):
    """One spell of one contributor in one mission, or of the mission itself."""

    deployment_id = Key("Identifier of the spell.", prefix="dep")
    mission_id = Ref("The mission, operation or force.", to="actors", structural=True)
    contributor_id = Ref("The state that contributed; empty for the mission itself.", to="actors", optional=True, structural=True)
    level = Code(
        "Whether the row is about the mission or one contributor to it.",
        structural=True,
        codes={"mission": "The mission as a whole.", "contribution": "One contributor in the mission."},
    )
    area = Code("Where it served.", codes=AREAS, structural=True)
    _presence = {
        "formed-unit": "Formed military units.",
        "police-unit": "Formed police units.",
        "individuals": "Staff officers, experts, instructors or individual police.",
        "aircraft": "Aircraft with their crews.",
    }
    presence = Code("In what form the contributor was present.", codes=_presence, optional=True)
    role = Summary("What it was there to do, in our words.", optional=True)
    seat = Text("Where its headquarters or main camp was.", optional=True)
    requested_by_id = Ref("Who asked it to come.", to="actors", optional=True)
    start = When("First day of the spell.", optional=True)
    end = When("Last day of the spell.", optional=True, ongoing=True)
    rules = (
        NotAfter("start", "end"),
        RequiredIf("contributor_id", "level", ("contribution",)),
        NullIf("contributor_id", "level", ("mission",)),
        Disjoint(("mission_id", "contributor_id", "presence"), "start", "end"),
    )
