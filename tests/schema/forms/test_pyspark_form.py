"""The pandera form for pyspark: what pandera carries there it decides as the polars form does; the rest is named."""

import importlib.util
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mali_dataset.schema import AnyOf, Code, Day, Differ, Flag, Key, NotAbove, NullIf, Number, RequiredIf, Table, Text, Together, Unique, When
from mali_dataset.schema.forms.expressions import broken_rows, polars_type
from mali_dataset.schema.forms.frames import pyspark_schema, table_rules
from mali_dataset.schema.plan import limits, plan
from mali_dataset.schema.rules import Disjoint, PartsSum
from mali_dataset.schema.table import columns
from mali_dataset.tables import registry

# Spark warns of the machine that it runs on, and of pandas 3.
pytestmark = pytest.mark.filterwarnings("ignore")
INSTALLED = importlib.util.find_spec("pyspark") is not None


class Toy(Table):
    """One toy."""

    name = "toys"
    toy_id = Key("Identifier.", prefix="toy")
    state = Code("Its state.", codes={"new": "New.", "old": "Old."}, optional=True)
    title = Text("Its name.", pattern="a.c", max_length=4, optional=True)
    label = Text("What stands on it.", max_length=3, optional=True)
    pieces = Number("How many pieces.", minimum=0, optional=True)
    weight = Number("Its weight.", decimal=True, maximum=9, optional=True)
    price = Number("Its price.", decimal=True, optional=True)
    bought = Day("When it was bought.", optional=True)
    lost = Flag("Whether it is lost.", optional=True)
    made = When("When it was made.", optional=True, ongoing=True)
    rules = (
        NotAbove("weight", "price"),
        RequiredIf("pieces", "state", ("new",)),
        NullIf("lost", "state", ("new",)),
        AnyOf(("title", "label", "pieces")),
        Together(("bought", "price")),
        Differ("title", "label"),
        Unique(("weight", "bought")),
    )


DAY = {"bought": date(2020, 1, 1), "price": 1.0}
# Each check of pandera is a job of Spark, so cases share a frame: what all rows break, and what looks the same at first.
ROWS: dict[str, list[dict[str, Any]]] = {
    "sound": [
        {"title": "a\rc", "state": "old", "label": "\U0001f600" * 3, "lost": True},
        {"pieces": None, "label": "x", "weight": 0.0} | DAY,
        {"weight": 9.0, "price": 9.0, "bought": date(2021, 1, 1), "state": "new"},
        DAY,
        DAY,
    ],
    "broken": [
        {"toy_id": None},
        {"state": "odd", "title": "abcd", "label": "\U0001f600" * 4},
        {"pieces": -1, "weight": 9.5},
        {"title": "abcde"},
        {"price": float("-inf"), "weight": 2.0, "bought": date(2020, 1, 1)},
        {"toy_id": "toy-1"},
        {"toy_id": "toy-1", "title": "abc", "label": "abc"},
        {"pieces": None, "title": "abc", "state": "new", "lost": False},
        {"pieces": None},
        {"price": 1.0},
        {"weight": 1.0} | DAY,
        {"weight": 1.0} | DAY,
        {"made": "2020", "made_kind": "actual"},
        {"made": None, "made_kind": "odd"},
    ],
    "edges": [{"title": "abc\n"}, {"weight": float("nan"), "price": float("nan"), "bought": date(2020, 1, 1)}, {"weight": 0.0} | DAY, {"weight": -0.0} | DAY],
}
SCHEMA = {column.name: polars_type(column.dtype) for column in columns(Toy)}


def rows_of(case: str) -> list[dict[str, Any]]:
    return [dict.fromkeys(SCHEMA) | {"toy_id": f"toy-x{n}", "pieces": 1, "made_kind": "ongoing"} | row for n, row in enumerate(ROWS[case])]


def test_what_is_not_carried_is_what_the_docstring_names():
    carried = {"AnyOf", "Differ", "Expands", "NotAbove", "NotAfter", "NullIf", "RequiredIf", "Together", "Unique"}
    used = {type(rule).__name__ for table in registry().values() for rule in table_rules(table)}
    assert used - carried == {Disjoint.__name__, PartsSum.__name__}
    assert all(f"`{name}`" in (pyspark_schema.__doc__ or "") for name in used - carried)


@pytest.mark.skipif(INSTALLED and int(__import__("pandas").__version__.split(".")[0]) < 3, reason="pandas below 3 stands beside pyspark here")
def test_without_pandas_below_3_the_error_says_what_to_do():
    with pytest.raises(ImportError, match="pandas below 3 .* `validate`"):
        pyspark_schema(Toy)


@pytest.fixture(scope="module")
def spark():
    """A session of Spark, where pandera can be imported beside it."""
    if not INSTALLED or not shutil.which("java"):
        pytest.skip("pyspark or Java is not installed")
    try:
        pyspark_schema(Toy)
    except ImportError as error:
        pytest.skip(str(error))
    from pyspark.sql import SparkSession

    found = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1").getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


def told(spark, rows: list[dict[str, Any]], folder: Path) -> set[str]:
    """The checks of which pandera says that they found something; a file, since Spark filters files by their statistics."""
    pl.DataFrame(rows, SCHEMA).write_parquet(folder / "toys.parquet", row_group_size=1)
    frame = spark.read.parquet(str(folder / "toys.parquet"))
    pyspark_schema(Toy).validate(frame)
    errors = [(reason, error) for part in frame.pandera.errors.values() for reason, errors in part.items() for error in errors]
    assert all(reason in ("DATAFRAME_CHECK", "SERIES_CONTAINS_NULLS") for reason, _ in errors), errors
    return {error["check"] for _, error in errors}


def ours(rows: list[dict[str, Any]]) -> set[str]:
    """The same by the polars engine's own expressions, in the words of pandera on pyspark."""
    frame = pl.DataFrame(rows, SCHEMA)
    return {"not_nullable" if rule.name == "not_null" else rule.sentence for rule in plan(Toy) if not broken_rows(rule, frame).is_empty()}


def test_the_cases_break_every_kind_of_limit_and_rule():
    assert ours(rows_of("sound")) == set()
    found = ours(rows_of("broken")) | ours(rows_of("edges"))
    broken = {rule.name for rule in plan(Toy) if rule.sentence in found or (rule.name == "not_null" and "not_nullable" in found)}
    assert {rule.name for rule in plan(Toy)} - broken == {"type"}


@pytest.mark.parametrize("case", ROWS)
def test_pandera_on_pyspark_finds_what_the_polars_form_finds(spark, case: str, tmp_path: Path):
    assert told(spark, rows_of(case), tmp_path) == ours(rows_of(case))


def test_a_schema_on_pyspark_holds_every_column_and_limit(spark):
    for table in registry().values():
        schema = pyspark_schema(table)
        assert schema.strict
        assert list(schema.columns) == [column.name for column in columns(table)]
        assert [check.name for check in schema.checks] == [rule.name for rule in table_rules(table) if not isinstance(rule, Disjoint | PartsSum)]
        for column in columns(table):
            names = [limit.limit for limit in limits(column) if limit.limit != "not_null" and (limit.limit != "type" or column.dtype == "date32")]
            assert [check.name for check in schema.columns[column.name].checks] == names
            assert schema.columns[column.name].nullable is column.nullable
    assert str(spark.version)


def test_other_columns_and_types_are_refused(spark):
    class Small(Table):
        """One toy, in short."""

        name = "small"
        serves = "link"
        small_id = Key("Identifier.")

    for frame in (spark.createDataFrame([(1,)], "small_id bigint"), spark.createDataFrame([("a", "b")], "small_id string, x string")):
        pyspark_schema(Small).validate(frame)
        assert frame.pandera.errors["SCHEMA"]
