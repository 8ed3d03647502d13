from mali_dataset.schema import Code, Key, Number, Table, Text, Together


class Site(Table):
    """A base, camp, airport or other place that foreign forces held or that the story needs."""

    site_id = Key("Identifier of the site.", prefix="sit")
    title = Text("The name by which this dataset calls the site.", structural=True)
    kind = Code(
        "What sort of site it is.",
        codes={"headquarters": "The headquarters of a mission or force.", "camp": "A camp or base.", "airport": "An airport or airfield."},
    )
    place = Text("Town or village.", optional=True)
    region = Text("Region of Mali in which it lies, as the source names it.", optional=True)
    latitude = Number("Latitude, WGS 84.", unit="degrees", minimum=-90, maximum=90, decimal=True, optional=True)
    longitude = Number("Longitude, WGS 84.", unit="degrees", minimum=-180, maximum=180, decimal=True, optional=True)
    coordinates_basis = Code(
        "What the coordinates are those of.",
        optional=True,
        structural=True,
        codes={"site": "The site itself.", "place": "The town or village in or near which the site lies."},
    )
    rules = (Together(("latitude", "longitude", "coordinates_basis")),)
