from mali_dataset.schema import Flag, Key, Ref, Table, Text, When


class CoupCoding(Table):
    """How one version of one dataset codes a coup, or that it does not list it."""

    coup_coding_id = Key("Identifier of the coding.", prefix="cod")
    coup_id = Ref("The coup.", to="coups", part="codings", structural=True)
    source_id = Ref("The version of the dataset.", to="sources", structural=True)
    listed = Flag("Whether the dataset version lists it.")
    external_id = Text("Its identifier there.", optional=True)
    code = Text("The code that it has there, as written.", optional=True)
    meaning = Text("What that code means, as the dataset says.", optional=True, structural=True)
    date = When("The date that it has there.", optional=True)
