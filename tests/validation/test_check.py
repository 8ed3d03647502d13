"""Each broken rule of one table is told once for each row that breaks it."""

from datetime import date
from typing import Any

import polars as pl
import pytest

import mali_dataset as mali
from mali_dataset.problems import Problem
from mali_dataset.schema import Key, RowCount, Table, all_rules
from mali_dataset.tables import registry

pytestmark = pytest.mark.usefixtures("release")


def frame_problems(frame: pl.DataFrame, table: type[Table]) -> list[Problem]:
    return list(mali.validate(frame, table, limit=None).problems)


def changed(table: str, row: int, **values: Any) -> pl.DataFrame:
    """A table of the release with other values in one row."""
    frame = mali.load(table, as_="polars")
    for column, value in values.items():
        cells = frame[column].to_list()
        cells[row] = value
        frame = frame.with_columns(pl.Series(column, cells, frame.schema[column]))
    return frame


def problems(table: str, row: int, **values: Any) -> list[Problem]:
    return list(frame_problems(changed(table, row, **values), registry()[table]))


@pytest.mark.parametrize("table", registry())
def test_every_table_of_a_release_is_sound(table: str):
    assert list(frame_problems(mali.load(table, as_="polars"), registry()[table])) == []


@pytest.mark.parametrize("table", registry())
def test_every_table_may_be_empty(table: str):
    assert list(frame_problems(mali.load(table, as_="polars").clear(), registry()[table])) == []


@pytest.mark.parametrize(
    ("table", "values", "rule", "column"),
    [
        ("casualties", {"harm": "kiled"}, "one_of", "harm"),
        ("casualties", {"harm": "killed\n"}, "one_of", "harm"),
        ("casualties", {"harm": None}, "not_null", "harm"),
        ("casualties", {"casualty_id": "CAS-1"}, "pattern", "casualty_id"),
        ("casualties", {"casualty_id": "cas-a\n"}, "pattern", "casualty_id"),
        ("casualties", {"casualty_id": "cas-١"}, "pattern", "casualty_id"),
        ("casualties", {"nationality": "Mali"}, "pattern", "nationality"),
        ("casualties", {"note": "x" * 601}, "max_length", "note"),
        ("casualties", {"incident_id": None, "level": "event"}, "incident_id_required_if_level", "incident_id"),
        ("casualties", {"count_best": 9}, "expands_count", "count"),
        ("casualties", {"end_latest": None}, "expands_end", "end"),
        ("casualties", {"end_kind": None}, "expands_end", "end"),
        ("coups", {"outcome": "success"}, "one_of", "outcome"),
        ("coups", {"date": "2012-02-30"}, "expands_date", "date"),
        ("deployments", {"contributor_id": "act-state", "level": "mission"}, "contributor_id_null_if_level", "contributor_id"),
        ("citations", {"paragraph": 0}, "at_least", "paragraph"),
        ("claims", {"verdict": "rival", "why": None}, "why_required_if_verdict", "why"),
    ],
)
def test_a_broken_rule_is_told_with_row_key_and_value(table: str, values: dict[str, Any], rule: str, column: str):
    row = 1 if table == "casualties" else 0
    frame = changed(table, row, **values)
    found = [p for p in frame_problems(frame, registry()[table]) if p.rule == rule]
    assert [(p.table, p.row, p.key, p.column) for p in found] == [(table, row, frame[registry()[table].key[0]][row], column)]
    given = frame[column][row]
    assert found[0].value == (None if given is None else str(given).replace("\n", "\\n")[:79] + "…" * (len(str(given)) > 80))


def test_one_broken_rule_is_one_problem():
    assert [p.rule for p in problems("coups", 0, outcome="success")] == ["one_of"]


def test_a_rule_over_a_frame_is_told_once_a_row_not_once_a_column():
    frame = mali.load("casualties", as_="polars").with_columns(pl.lit(7, pl.Int64).alias("count_best"))
    found = [p for p in frame_problems(frame, registry()["casualties"]) if p.rule == "expands_count"]
    assert [p.row for p in found] == list(range(frame.height))


def test_bounds_in_reverse_are_told():
    found = problems("coups", 0, end="2012-03-01", end_earliest=date(2012, 3, 1), end_latest=date(2012, 3, 1), end_kind="actual", end_approximate=False, end_uncertain=False)  # fmt: skip
    assert [(p.rule, p.message) for p in found] == [("date_not_after_end", "breaks the rule that `date` is not after `end`")]


def test_a_key_that_stands_twice_names_both_rows():
    frame = mali.load("coup_people", as_="polars")
    found = list(frame_problems(pl.concat([frame, frame[:1]]), registry()["coup_people"]))
    assert [(p.rule, p.row) for p in found] == [("unique_coup_person_id", 0), ("unique_coup_person_id", 2)]


def test_a_composite_key_that_stands_twice_names_both_rows():
    frame = mali.load("basis_claims", as_="polars")
    found = list(frame_problems(pl.concat([frame, frame[:1]]), registry()["basis_claims"]))
    assert [p.row for p in found] == [0, frame.height]
    assert found[0].key == f"{frame['basis_id'][0]} {frame['claim_id'][0]}"


def test_parts_that_do_not_sum_name_the_whole():
    row = mali.load("casualties", as_="polars")["casualty_id"].to_list().index("cas-mission-killed-2014")
    found = problems("casualties", row, count="29", count_low=29, count_best=29, count_high=29)
    assert [(p.rule, p.key) for p in found] == [("parts_sum_count", "cas-mission-killed")]


def test_spells_that_overlap_are_told():
    frame = mali.load("deployments", as_="polars")
    mission = frame.filter(pl.col("deployment_id") == "dep-mission")
    twin = mission.with_columns(deployment_id=pl.lit("dep-mission-again"))
    found = list(frame_problems(pl.concat([frame, twin]), registry()["deployments"]))
    assert [(p.rule, p.key) for p in found] == [("disjoint_start_end", "dep-mission-again")]


def test_a_missing_column_says_what_it_means():
    frame = mali.load("coups", as_="polars").drop("outcome")
    found = list(frame_problems(frame, registry()["coups"]))
    assert [(p.rule, p.column) for p in found] == [("missing_column", "outcome")]
    assert "How it ended" in found[0].message


def test_an_unknown_column_names_the_nearest():
    frame = mali.load("coups", as_="polars").with_columns(pl.lit("x").alias("outcom"))
    found = list(frame_problems(frame, registry()["coups"]))
    assert [(p.rule, p.column) for p in found] == [("unknown_column", "outcom")]
    assert "Did you mean 'outcome'?" in found[0].message


@pytest.mark.parametrize("column", ["__row", "__sum", "index"])
def test_a_column_with_a_name_that_we_use_ourselves_is_unknown(column: str):
    frame = mali.load("casualties", as_="polars").with_columns(pl.lit(1).alias(column))
    assert [(p.rule, p.column) for p in frame_problems(frame, registry()["casualties"])] == [("unknown_column", column)]


@pytest.mark.parametrize("days", [3_000_000, 2**31 - 1, -(2**31), -719_163])
def test_days_out_of_the_calendar_are_a_problem(days: int):
    out = pl.Series([days], dtype=pl.Int32).cast(pl.Date)
    frame = mali.load("coups", as_="polars").with_columns(date_earliest=out)
    found = [(p.rule, p.column, p.row) for p in frame_problems(frame, registry()["coups"])]
    assert found == [("type", "date_earliest", 0), ("expands_date", "date", 0)]


def test_the_rules_of_every_table_have_names_of_their_own():
    for name, table in registry().items():
        names = [rule.name for rule in all_rules(table)]
        assert len(names) == len(set(names)), name


def test_of_two_rules_about_the_number_of_rows_the_broken_one_is_told():
    class Pair(Table):
        """Two of them."""

        name = "pairs"
        pair_id = Key("Identifier.", prefix="pai")
        rules = (RowCount(at_least=1), RowCount(at_most=2))

    report = mali.validate(pl.DataFrame({"pair_id": ["pai-1", "pai-2", "pai-3"]}), Pair)
    assert [(check.sentence, check.failed) for check in report.checks if check.rule == "row_count"] == [
        ("the table has at least 1 row", 0),
        ("the table has at most 2 rows", 1),
    ]
