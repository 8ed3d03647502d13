from mali_dataset.schema import Code, Key, Ref, Summary, Table, Text, When


class Attribution(Table):
    """One statement on who did it; none is chosen over another."""

    attribution_id = Key("Identifier of the statement.", prefix="att")
    incident_id = Ref("The incident.", to="incidents", part="attributions", structural=True)
    accused_id = Ref("Who is said to have done it.", to="actors")
    by_id = Ref("Who says so, where it is an actor of ours.", to="actors", optional=True)
    speaker = Text("Who says so, in words.", optional=True, structural=True)
    _stance = {
        "claimed": "The one who did it says so.",
        "alleged": "Somebody else says so.",
        "found": "An inquiry or a court says so.",
        "denied": "The accused, or another for them, says that it was not so.",
    }
    stance = Code("What sort of statement it is.", codes=_stance)
    date = When("When it was said.", optional=True)
    content = Summary("What was said, in our words.", optional=True)
