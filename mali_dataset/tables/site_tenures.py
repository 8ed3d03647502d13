from mali_dataset.schema import Code, Key, NotAfter, Ref, Table, When


class SiteTenure(Table):
    """One holder's time in a site, and how it ended."""

    site_tenure_id = Key("Identifier of the tenure.", prefix="ten")
    site_id = Ref("The site.", to="sites", part="tenures", structural=True)
    holder_id = Ref("Who held it: a mission or a force.", to="actors", structural=True)
    contributor_id = Ref("The contingent that was there, where the row is about one.", to="actors", optional=True, structural=True)
    start = When("Since when.", optional=True)
    end = When("Until when.", optional=True, ongoing=True)
    _ended_as = {
        "handed-over": "It was handed over to a successor.",
        "vacated-without-recipient": "Its holder left without handing it to anybody.",
        "seized": "It was taken by force.",
        "closed": "It was closed; to whom it went is not said.",
    }
    ended_as = Code("How it ended.", codes=_ended_as, optional=True)
    successor_id = Ref("Who held it next.", to="actors", optional=True)
    rules = (NotAfter("start", "end"),)
