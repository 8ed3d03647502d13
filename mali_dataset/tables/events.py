from mali_dataset.schema import Code, Count, Key, NotAfter, Ref, Summary, Table, Text, When


class Event(Table):
    """Another dated act that the story needs: accords, votes, expulsions, bans, arrests, protests, letters."""

    event_id = Key("Identifier of the event.", prefix="evt")
    title = Text("What it is, in our words.", structural=True)
    _kind = {
        "accord": "An agreement was made.",
        "vote": "An election or a referendum.",
        "expulsion": "Somebody was told to leave a country or a place.",
        "ban": "Something was forbidden, suspended or restricted.",
        "arrest": "People were arrested.",
        "release": "People were freed or pardoned.",
        "sanction": "A sanction or a suspension from an organisation.",
        "protest": "A demonstration or a rally.",
        "demand": "A letter, a petition, a call to do something.",
        "statement": "A public statement.",
        "military-operation": "An operation or campaign of armed forces.",
        "rebellion": "An armed rising.",
        "seizure": "A town, an area or power over it was taken.",
        "violence-trend": "A course of violence over time.",
        "spread": "Fighting reached another country.",
        "meeting": "A meeting, a summit or a visit.",
        "death": "The death of a person of note.",
        "transfer": "People or arms moved from one place to another.",
        "commemoration": "A day of remembrance, or what it remembers.",
        "inquiry": "An investigation.",
        "aid": "A programme of aid, or its end.",
        "transition": "A step from military to civilian rule.",
    }
    kind = Code("What sort of act it was.", codes=_kind)
    date = When("When it took place, or began.", optional=True)
    end = When("When it was over.", optional=True, ongoing=True)
    _status = {
        "done": "It took place.",
        "planned": "It was planned; whether it took place is not known here.",
        "postponed": "It was planned and put off.",
        "cancelled": "It was planned and given up.",
        "alleged": "One side says that it took place, another denies it, and neither is adopted.",
    }
    status = Code("What became of it.", codes=_status, default="done", structural=True)
    place = Text("Where.", optional=True)
    actor_id = Ref("Who acted.", to="actors", optional=True)
    target_id = Ref("On whom, against whom or with whom.", to="actors", optional=True)
    participants = Count("How many people took part, or were concerned.", optional=True)
    content = Summary("What happened, in our words.", optional=True)
    rules = (NotAfter("date", "end"),)
