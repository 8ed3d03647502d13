from mali_dataset.schema import Code, Key, NotAfter, Number, Table, Text, Together, When


class Incident(Table):
    """An attack, a clash, an accident, a massacre or another event in which people came to harm."""

    incident_id = Key("Identifier of the incident.", prefix="inc")
    title = Text("What it is, in our words.", structural=True)
    _kind = {
        "attack": "An attack by one side.",
        "clash": "A fight between sides.",
        "killing-of-civilians": "People who took no part in fighting were killed in number.",
        "accident": "An accident.",
        "burial-site": "Human remains were found or shown.",
    }
    kind = Code("What sort of incident it was.", codes=_kind)
    date = When("When it took place, or began.")
    end = When("When it was over.", optional=True)
    place = Text("Where.", optional=True)
    region = Text("Region of Mali, as the source names it.", optional=True)
    latitude = Number("Latitude, WGS 84.", unit="degrees", minimum=-90, maximum=90, decimal=True, optional=True)
    longitude = Number("Longitude, WGS 84.", unit="degrees", minimum=-180, maximum=180, decimal=True, optional=True)
    precision = Code(
        "How exactly the coordinates place it.",
        optional=True,
        structural=True,
        codes={"site": "The spot itself.", "place": "The town or village.", "area": "A wider area, of which this is a middle."},
    )
    rules = (NotAfter("date", "end"), Together(("latitude", "longitude", "precision")))
