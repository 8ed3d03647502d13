"""How many there were: the nearest count before a day, how old it is, and when that is too old."""

from datetime import date
from typing import Any

import pytest

import mali_dataset as mali
from mali_dataset.analysis import strength as module
from mali_dataset.analysis.select import NoAnswerError
from mali_dataset.analysis.strength import StrengthOn, strength
from tests.analysis.rows import reading, row


def spell(name: str, mission: str, level: str = "mission") -> dict[str, Any]:
    return row("deployments", deployment_id=name, mission_id=mission, level=level, area="mali")


SPELLS = [spell("dep-m", "act-mission"), spell("dep-m-s", "act-mission", "contribution"), spell("dep-other", "act-other")]


def head_count(as_of: str, count: str, population: str = "uniformed", **values: Any) -> dict[str, Any]:
    name = f"str-{as_of.strip('[].')}-{population}"
    common = {"strength_id": name, "deployment_id": "dep-m", "statistic": "deployed", "area": "mali"}
    return row("strengths", **{**common, "as_of": as_of, "population": population, "count": count, **values})


def ask(counts: list[dict[str, Any]], on: Any, of: str = "mission", **options: Any) -> StrengthOn:
    with reading(module, deployments=SPELLS, strengths=counts):
        return strength(of, on, **options)


COUNTS = [head_count("2022-01-31", "13500"), head_count("2022-05-31", "~13000"), head_count("2022-05-31", "1700", "police")]


@pytest.mark.parametrize(
    ("on", "count", "age"), [("2022-01-31", "13500", 0), ("2022-05-30", "13500", 119), ("2022-05-31", "~13000", 0), (date(2022, 6, 30), "~13000", 30)]
)
def test_the_nearest_count_before_a_day_and_its_age(on: Any, count: str, age: int):
    found = ask(COUNTS, on)
    assert (found.count, found.age_days, found.population) == (count, age, "uniformed")


def test_a_count_keeps_its_bounds():
    found = ask(COUNTS, "2022-06-01")
    assert (found.low, found.best, found.high, found.as_of, found.strength_id) == (None, 13000, None, "2022-05-31", "str-2022-05-31-uniformed")


def test_180_days_are_taken_and_181_are_refused():
    assert ask(COUNTS[:1], "2022-07-30").age_days == 180
    with pytest.raises(NoAnswerError, match="is 13500 as of 2022-01-31, 181 days old; more than 180 is refused"):
        ask(COUNTS[:1], "2022-07-31")


def test_a_count_of_a_month_is_usable_at_its_end_and_as_old_as_its_first_day():
    month = [head_count("2022-03", "13000")]
    assert ask(month, "2022-04-10").age_days == 40
    with pytest.raises(NoAnswerError, match="lies before 2022-03-30; the first is of 2022-03-31"):
        ask(month, "2022-03-30")


def test_a_day_before_the_first_count_is_refused():
    with pytest.raises(NoAnswerError, match="no count of dep-m lies before 2020-01-01; the first is of 2022-01-31"):
        ask(COUNTS, "2020-01-01")


def test_no_count_at_all_is_refused():
    with pytest.raises(NoAnswerError, match="no count of dep-m lies before 2022-01-01$"):
        ask([], "2022-01-01")


@pytest.mark.parametrize("population", ["troops", "police", "civilian"])
def test_a_population_is_chosen(population: str):
    counts = [head_count("2022-01-31", str(n), p) for n, p in enumerate(("uniformed", "troops", "police", "civilian", "all"), 100)]
    found = ask(counts, "2022-02-01", population=population)
    assert found.population == population
    assert found.best == 100 + ("uniformed", "troops", "police", "civilian").index(population)


def test_of_counts_of_one_day_that_of_the_whole_force_is_taken():
    populations = ["civilian", "police", "unspecified", "troops", "all", "uniformed"]
    counts = [head_count("2022-01-31", "100", p) for p in populations]
    preferred = []
    while counts:
        found = ask(counts, "2022-02-01").population
        preferred.append(found)
        counts = [c for c in counts if c["population"] != found]
    assert preferred == ["uniformed", "all", "troops", "unspecified", "police", "civilian"]


def test_a_later_count_of_a_part_comes_before_an_older_one_of_the_whole_unless_chosen():
    counts = [head_count("2022-01-31", "13500"), head_count("2022-02-28", "1700", "police")]
    assert ask(counts, "2022-03-01").population == "police"
    assert ask(counts, "2022-03-01", population="uniformed").best == 13500


@pytest.mark.parametrize("other", [{"statistic": "planned"}, {"statistic": "peak"}, {"deployment_id": "dep-other"}, {"population": "contributors"}])
def test_what_is_no_head_count_of_those_deployed_is_left_out(other: dict[str, str]):
    assert ask([COUNTS[0], head_count("2022-02-28", "99") | other], "2022-03-01").best == 13500


@pytest.mark.parametrize("of", ["mission", "act-mission", "m", "dep-m"])
def test_a_deployment_is_named_by_its_id_or_mission_or_the_end_of_it(of: str):
    assert ask(COUNTS, "2022-02-01", of).deployment_id == "dep-m"


def test_a_contribution_has_its_own_counts():
    counts = [*COUNTS, head_count("2022-01-31", "300", deployment_id="dep-m-s")]
    assert ask(counts, "2022-02-01", "dep-m-s").best == 300
    assert ask(counts, "2022-02-01", "m-s").best == 300


def test_an_unknown_deployment_names_the_nearest():
    with pytest.raises(NoAnswerError, match="no deployment 'misson'. Did you mean 'mission'"):
        ask(COUNTS, "2022-02-01", "misson")


def test_what_is_no_day_is_refused():
    with pytest.raises(ValueError, match="'2022-13-01' is not a day"):
        ask(COUNTS, "2022-13-01")


def test_it_reads_well():
    expected = "dep-m on 2022-02-10: 13500 (uniformed, as of 2022-01-31, 10 days before) [str-2022-01-31-uniformed]"
    assert str(ask(COUNTS, "2022-02-10")) == repr(ask(COUNTS, "2022-02-10")) == expected


@pytest.mark.usefixtures("release")
def test_strength_in_a_release():
    assert mali.strength("mission", on="2022-03-01").best == 13500
    assert mali.strength("mission", on="2022-03-01", population="police").count == "~1700"
