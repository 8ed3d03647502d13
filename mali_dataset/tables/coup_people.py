from mali_dataset.schema import Code, Key, Ref, Table, Text


class CoupPerson(Table):
    """One person's role in a coup."""

    coup_person_id = Key("Identifier of the role.", prefix="cpe")
    coup_id = Ref("The coup.", to="coups", part="people", structural=True)
    person = Text("Name of the person.")
    _role = {"leader": "Led those who acted.", "target": "Was the one against whom it was directed, and stayed in office.", "deposed": "Lost office by it."}
    role = Code("What part the person had.", codes=_role)
    office = Text("Office or rank held at the time.", optional=True)
