from mali_dataset.schema import Code, Count, Key, Ref, Table, Text, When
from mali_dataset.tables.deployments import AREAS


class Strength(Table):
    """One head count of a deployment."""

    strength_id = Key("Identifier of the head count.", prefix="str")
    deployment_id = Ref("The spell that was counted.", to="deployments", structural=True)
    as_of = When("The day or period for which the count holds, not the day of publication.")
    _population = {
        "troops": "Military personnel.",
        "police": "Police.",
        "uniformed": "Military personnel and police.",
        "civilian": "Civilian staff.",
        "all": "Everyone: uniformed and civilian.",
        "unspecified": "The source does not say whom it counts.",
        "contributors": "States that contribute, not heads.",
    }
    population = Code("Who was counted.", codes=_population, structural=True)
    _statistic = {
        "deployed": "Those in the field.",
        "planned": "Those announced or to be sent.",
        "peak": "The most ever.",
        "typical": "A round figure for a period, without a day.",
        "departed": "Those who had left since a withdrawal began.",
    }
    statistic = Code("What was counted.", codes=_statistic, structural=True)
    area = Code("Where those counted were.", codes=AREAS, structural=True)
    estimator = Text("Who counted.", optional=True, structural=True)
    count = Count("How many.")
