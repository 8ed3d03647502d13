from mali_dataset.schema import Code, Day, Key, Ref, RequiredIf, Table, Text, When


class Source(Table):
    """A publication: a resolution, a communique, an article, one version of a dataset. Each version is its own source."""

    serves = "source"

    source_id = Key("Identifier of the source.", prefix="src")
    publisher_id = Ref("Who published it.", to="publishers")
    title = Text("Its title.")
    kind = Code(
        "How near it is to the facts.",
        codes={"primary": "The body that acted or counted.", "secondary": "Reporting or analysis.", "tertiary": "A compilation."},
    )
    published = When("When it was published.", optional=True)
    language = Text("ISO 639-1 code of its language.", pattern="[a-z]{2}")
    url = Text("Its address, without spaces.", optional=True, pattern="https?://[!-~]+", max_length=500)
    version = Text("Version or snapshot, for a dataset.", optional=True)
    read = Code("How much of it we read.", codes={"whole": "All of it.", "excerpt": "A part of it."})
    via = Code("Where we read it.", codes={"canonical": "As its publisher has it.", "mirror": "In a copy that somebody else keeps."})
    mirror_url = Text("Address of the copy that we read.", optional=True, pattern="https?://[!-~]+", max_length=500)
    read_on = Day("The day on which we read it.")
    origin = Text("The agency or body from which its account comes, where it repeats one.", optional=True)
    sha256 = Text("SHA-256 of the text that we read, in hexadecimal.", pattern="[0-9a-f]{64}", optional=True)
    seed_file = Text("File name of the text, where it is one of the founding articles.", pattern="[0-9a-z_]+[.]txt", optional=True)
    rules = (RequiredIf("mirror_url", "via", ("mirror",)),)
