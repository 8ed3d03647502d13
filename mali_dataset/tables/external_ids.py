from mali_dataset.schema import Code, Key, ReferencesAny, Table, Text


class ExternalId(Table):
    """One identifier that another system gives to what a record here describes."""

    external_id_id = Key("Identifier of this row.", prefix="ext")
    table = Text("Table of the record here.", structural=True, pattern="[a-z][a-z_]*")
    record_id = Text("Key of the record here.", structural=True, pattern="[a-z0-9-]+")
    _system = {
        "ucdp-actor": "Actor of the Uppsala Conflict Data Program.",
        "ucdp-conflict": "Conflict of the Uppsala Conflict Data Program.",
        "acled-actor": "Actor name of the Armed Conflict Location and Event Data project.",
        "cow": "Correlates of War state code.",
        "gw": "Gleditsch and Ward state number.",
        "iso-3166": "ISO 3166-1 country code.",
        "un-m49": "M49 code of the UN Statistics Division.",
        "wikidata": "Wikidata item.",
        "geo-pko": "Mission or contributor of the Geocoded Peacekeeping Operations dataset.",
        "un-mission": "Acronym of the mission in the datasets of the UN Peace and Security Data Hub.",
        "geonames": "Feature of the GeoNames gazetteer.",
        "powell-thyne": "Coup of the Powell and Thyne dataset.",
        "cline": "Event of the Cline Center Coup d'Etat dataset.",
    }
    system = Code("The system that gives the identifier.", codes=_system, structural=True)
    system_version = Text("Version of the system that was read.", optional=True, structural=True)
    external_id = Text("The identifier there.")
    _match = {
        "exact": "The same thing.",
        "broader": "It covers more than our record.",
        "narrower": "It covers less than our record.",
        "part": "It and our record share a part.",
    }
    match = Code("How what it identifies lies to our record.", codes=_match, structural=True)
    rules = (ReferencesAny("record_id", "table"),)
