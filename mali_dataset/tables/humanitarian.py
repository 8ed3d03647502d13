from mali_dataset.schema import AnyOf, Code, Count, Key, Number, Table, Text, When
from mali_dataset.tables.deployments import AREAS


class Humanitarian(Table):
    """One figure on people affected by the conflict."""

    humanitarian_id = Key("Identifier of the figure.", prefix="hum")
    _population = {
        "internally-displaced": "People displaced within the country.",
        "displaced": "People displaced, within the country or beyond it; or the source does not say which.",
        "refugees": "People who fled to another country.",
        "in-need": "People who need humanitarian aid.",
        "aid-organisations": "Aid organisations affected or speaking, not people.",
    }
    population = Code("Who was counted.", codes=_population, structural=True)
    area = Code("Where.", codes=AREAS, structural=True)
    as_of = When("The day or period for which the figure holds.")
    producer = Text("Who counted.", optional=True, structural=True)
    count = Count("How many.", optional=True)
    share_percent = Number("Share of the population.", unit="percent", minimum=0, maximum=100, decimal=True, optional=True)
    rules = (AnyOf(("count", "share_percent")),)
