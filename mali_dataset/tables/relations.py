from mali_dataset.schema import Code, Differ, Key, NotAfter, Ref, Summary, Table, When


class Relation(Table):
    """A relation of one actor to another in time: `from_id` is in the relation `kind` to `to_id`."""

    relation_id = Key("Identifier of the relation.", prefix="rel")
    from_id = Ref("The actor from which the relation goes.", to="actors", structural=True)
    to_id = Ref("The actor to which it goes.", to="actors", structural=True)
    _kind = {
        "splinter": "It broke away from the other.",
        "merger": "It merged into the other.",
        "member": "It is or was a member of the other.",
        "affiliate": "It declares itself, or is said to be, a branch or affiliate of the other.",
        "allied": "It fought or worked beside the other.",
        "opposed": "It fought, expelled or broke with the other.",
        "successor": "It took the place of the other.",
        "commands": "It commands the other.",
        "supports": "It gives the other troops, arms, services or political backing.",
        "funds": "It pays for the other.",
        "invited": "It asked the other to come.",
        "governed": "It ruled the other, as a colony or otherwise.",
        "criticises": "It speaks publicly against the other.",
    }
    kind = Code("What `from_id` is or does to `to_id`.", codes=_kind)
    start = When("Since when.", optional=True)
    end = When("Until when.", optional=True, ongoing=True)
    content = Summary("What the relation is, in our words.", optional=True)
    rules = (NotAfter("start", "end"), Differ("from_id", "to_id"))
