from mali_dataset.schema import Code, Key, Table, Text


class Publisher(Table):
    """Who publishes a source."""

    serves = "plain"

    publisher_id = Key("Identifier of the publisher.", prefix="pub")
    title = Text("Name of the publisher.")
    _kind = {
        "international-organisation": "An organisation of states.",
        "government": "A government, a parliament, an army or another body of a state.",
        "agency": "A news agency.",
        "news": "A newspaper, a broadcaster or a news site.",
        "research": "A research institute, a university or a dataset project.",
        "ngo": "A non-governmental organisation.",
        "encyclopaedia": "An encyclopaedia or another open compilation.",
        "commentary": "A site of opinion or analysis.",
    }
    kind = Code("What sort of publisher it is.", codes=_kind)
    country = Text("ISO 3166-1 alpha-3 code of its seat.", pattern="[A-Z]{3}", optional=True)
