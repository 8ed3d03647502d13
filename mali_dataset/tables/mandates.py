from mali_dataset.schema import Code, Count, Key, NotAfter, Number, Ref, Table, Text, When


class Mandate(Table):
    """An act that authorises, establishes, renews, changes or ends a mission."""

    mandate_id = Key("Identifier of the act.", prefix="man")
    mission_id = Ref("The mission that the act is about.", to="actors", structural=True)
    instrument = Text("Name or number of the act.")
    issuer_id = Ref("The body that adopted it.", to="actors")
    _act = {
        "authorise": "It allows others to deploy the mission.",
        "establish": "It creates the mission.",
        "renew": "It extends the mandate, with or without changes.",
        "change": "It changes tasks or ceilings within a mandate.",
        "end": "It ends the mandate.",
    }
    act = Code("What it does to the mission.", codes=_act)
    adopted = When("When it was adopted.")
    start = When("First day of the period that it covers.", optional=True)
    end = When("Last day of the period that it covers, as the act says.", optional=True)
    troop_ceiling = Count("Most military personnel that it authorises.", optional=True)
    police_ceiling = Count("Most police that it authorises.", optional=True)
    votes_for = Number("Votes in favour.", unit="votes", minimum=0, maximum=200, optional=True)
    votes_against = Number("Votes against.", unit="votes", minimum=0, maximum=200, optional=True)
    abstentions = Number("Abstentions.", unit="votes", minimum=0, maximum=200, optional=True)
    rules = (NotAfter("start", "end"),)
