from mali_dataset.schema import Code, Key, NotAfter, Ref, Table, Text, When


class Actor(Table):
    """A state, force, peace operation, coalition, armed group, military company, movement, organisation or junta."""

    actor_id = Key("Identifier of the actor.", prefix="act")
    title = Text("The name by which this dataset calls the actor, in English; `actor_names` has the others.", structural=True)
    _kind = {
        "state": "A state, or its government acting for it.",
        "junta": "A body of officers that took power in a state, while it held it.",
        "armed-force": "The armed forces of a state, or a part of them.",
        "armed-personnel": "Armed people from abroad whose employer or status the parties dispute, or the sources do not settle.",
        "peace-operation": "A mission with a mandate of the United Nations, the African Union or a regional organisation.",
        "military-operation": "A military operation of one state or of states under one command, without being a peace operation.",
        "training-mission": "A civilian or military mission that trains or advises.",
        "coalition": "Several actors under one name and a common body.",
        "armed-group": "An organised armed group that is not of a state.",
        "military-company": "A company or network that provides fighters or instructors.",
        "movement": "A political or social movement.",
        "international-organisation": "An organisation of states, or an organ of one.",
        "organisation": "Another organisation: non-governmental, humanitarian, of research, of media.",
    }
    kind = Code("What sort of actor it is.", codes=_kind)
    parent_id = Ref("The actor that it is a part or an organ of.", to="actors", optional=True)
    country = Text("ISO 3166-1 alpha-3 code of the state that it is, belongs to or comes from.", pattern="[A-Z]{3}", optional=True)
    start = When("When it came into being.", optional=True)
    end = When("When it ceased to be.", optional=True, ongoing=True)
    rules = (NotAfter("start", "end"),)
