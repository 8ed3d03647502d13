from mali_dataset.schema import Code, Day, Key, NotAfter, Table, Text, When


class Coverage(Table):
    """What was looked for, how far, and what is missing."""

    serves = "plain"

    coverage_id = Key("Identifier of the statement.", prefix="cov")
    table = Text("The table that it speaks of.", pattern="[a-z][a-z_]*")
    filter = Text("The part of the table, in words; empty: all of it.", optional=True)
    start = When("Since when it covers.", optional=True)
    end = When("Until when it covers.", optional=True, ongoing=True)
    inclusion = Text("What was included, in a sentence.", max_length=600)
    completeness = Code(
        "Whether all of it is there.", codes={"complete": "All that the inclusion rule asks for.", "partial": "A part of it; see what is missing."}
    )
    against = Text("The list against which it was checked.", optional=True)
    searched_until = Day("The day until which sources were searched.")
    missing = Text("What is known to be missing.", optional=True, max_length=600)
    rules = (NotAfter("start", "end"),)
