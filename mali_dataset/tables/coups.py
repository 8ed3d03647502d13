from mali_dataset.schema import Code, Key, NotAfter, Ref, Table, Text, When


class Coup(Table):
    """A coup d'état, an attempt at one, or a plot."""

    coup_id = Key("Identifier of the coup; the date in it is a label.", prefix="cou")
    title = Text("What it is, in our words.", structural=True)
    date = When("When the seizure, the attempt or the foiled plot took place, or began.")
    end = When("When it was over.", optional=True)
    _outcome = {
        "successful": "The executive was removed and did not return for at least seven days.",
        "failed": "An overt attempt was made and power was not held for seven days.",
        "foiled-plot": "Arrests before an overt attempt, confirmed by a body other than the government.",
        "alleged-plot": "A plot of which only the government or one party speaks.",
    }
    outcome = Code("How it ended (codebook rules COU).", codes=_outcome)
    _kind = {
        "military": "Soldiers against a civilian government.",
        "counter-coup": "Soldiers against those who had just taken power.",
        "within-transition": "Those who held power in a transition against its other leaders.",
    }
    kind = Code("Who acted against whom.", codes=_kind, optional=True)
    place = Text("Where it took place.", optional=True)
    by_id = Ref("The body that took or tried to take power.", to="actors", optional=True)
    rules = (NotAfter("date", "end"),)
