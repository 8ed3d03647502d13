from mali_dataset.schema import AnyOf, Code, Key, Ref, Summary, Table, Text, When


class Position(Table):
    """What somebody says a mission is for, wants of it, or thinks of it or of another actor; no winner is chosen."""

    position_id = Key("Identifier of the position.", prefix="pos")
    actor_id = Ref("Whose position it is, or for whom the speaker speaks.", to="actors", optional=True, structural=True)
    speaker = Text("The person or body that speaks.", optional=True)
    office = Text("Office of the speaker at the time.", optional=True)
    about_id = Ref("What it is about.", to="actors", structural=True)
    _topic = {
        "purpose": "What it is for.",
        "role": "What it does or is.",
        "effectiveness": "Whether it works.",
        "presence": "Whether it should be there.",
        "consent": "Whether the host agrees or must agree.",
        "freedom-of-movement": "Where it may go and fly.",
        "human-rights": "Whether rights are kept, and who may look.",
        "negotiation": "Whether to talk with armed groups.",
        "aid": "Who gives or stops aid.",
        "motives": "Why it acts.",
        "causes": "Why the conflict came or goes on.",
        "relations": "How it stands to another actor.",
        "control": "Who holds an area.",
    }
    topic = Code("Which question it answers.", codes=_topic, structural=True)
    _stance = {
        "favourable": "For it.",
        "critical": "Against it, or against what it does.",
        "demands-exit": "It should leave.",
        "descriptive": "Neither: it says what is.",
    }
    stance = Code("How it stands to what it is about.", codes=_stance, structural=True)
    date = When("When it was said, or the time of which it speaks.", optional=True)
    content = Summary("The position, in our words.")
    rules = (AnyOf(("actor_id", "speaker")),)
