from mali_dataset.schema import Key, Table, Text


class RetiredId(Table):
    """An id that was published once and names no record any more. It is never used again."""

    serves = "retired"

    retired_id = Key("The id that went.")
    table = Text("The table that it was in.", pattern="[a-z][a-z_]*")
    reason = Text("Why it went.")
    replaced_by = Text("The id that replaced it.", optional=True, pattern="[a-z0-9-]+")
    version = Text("The release in which it was gone.", pattern="[0-9]+[.][0-9]+[.][0-9]+")
