from mali_dataset.schema import Code, Key, Ref, Table, Text


class ActorName(Table):
    """One name that a source uses for one actor."""

    actor_name_id = Key("Identifier of the name.", prefix="nam")
    actor_id = Ref("The actor that bears the name.", to="actors", part="names", structural=True)
    value = Text("The name, as written.")
    language = Text("ISO 639-1 code of the language of the name.", pattern="[a-z]{2}", structural=True)
    _kind = {
        "standard": "The name that the actor or its founding act uses.",
        "acronym": "Initials or another short form.",
        "variant": "Another name in use, or another spelling or order of words.",
        "translation": "A rendering in another language.",
        "misspelling": "A slip of a source, kept so that it can be found.",
    }
    kind = Code("What sort of name it is.", codes=_kind, structural=True)
