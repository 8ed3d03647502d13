"""How arguments name days and records."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from mali_dataset.analysis.select import NoAnswerError, day, lines, pick

IDS = ["dep-minusma", "dep-minusma-gbr-1", "act-minusma", "act-mali"]


@pytest.mark.parametrize("value", ["2022-03-01", date(2022, 3, 1), datetime(2022, 3, 1, 23, 59, tzinfo=UTC), pd.Timestamp("2022-03-01 08:00")])
def test_a_day(value: str | date):
    found = day(value)
    assert found == date(2022, 3, 1)
    assert type(found) is date


@pytest.mark.parametrize("value", ["", "2022", "2022-03", "01/03/2022", "2022-02-29", "[2022-03-01..]", None, 20220301])
def test_what_is_no_day(value: object):
    with pytest.raises(ValueError, match="is not a day: write it as 2022-03-01"):
        day(value)  # type: ignore[arg-type]  # the test gives wrong ones


@pytest.mark.parametrize(
    ("name", "found"),
    [("act-mali", "act-mali"), ("mali", "act-mali"), ("minusma", "dep-minusma"), ("act-minusma", "act-minusma"), ("minusma-gbr-1", "dep-minusma-gbr-1")],
)
def test_an_id_is_picked_whole_or_without_its_prefix(name: str, found: str):
    assert pick(name, IDS, "thing") == found


def test_a_whole_id_comes_before_the_end_of_another():
    assert pick("a-b", ["x-a-b", "a-b"], "thing") == "a-b"


@pytest.mark.parametrize(("name", "near"), [("minusna", "minusma"), ("act-mai", "act-mali"), ("Minusma", "minusma")])
def test_an_unknown_name_says_the_nearest(name: str, near: str):
    with pytest.raises(NoAnswerError, match=f"^there is no thing '{name}'. Did you mean '{near}'?"):
        pick(name, IDS, "thing")


def test_a_name_like_nothing_says_no_nearest():
    with pytest.raises(NoAnswerError, match="^there is no thing 'zzz'.$"):
        pick("zzz", IDS, "thing")


def test_ids_may_be_read_once_only():
    assert pick("mali", iter(IDS), "thing") == "act-mali"


def test_lines():
    assert list(lines("rows:", [1, "two"])) == ["rows:", "  1", "  two"]
    assert list(lines("rows:", [])) == []
