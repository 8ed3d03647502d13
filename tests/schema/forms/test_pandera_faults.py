"""Why validation does not rest on pandera alone: what pandera 0.35.0 says beside what we say of the same rows.

A test that fails here after an update of pandera is good news: the fault is gone, and so may the test be.
"""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

import pandera
import pandera.config
import pandera.errors
import pandera.polars as pal
import polars as pl
import pyarrow as pa
import pytest

import mali_dataset as mali
from mali_dataset.schema import Code, Key, Number, Table, Text, Unique
from mali_dataset.schema.forms.frames import polars_schema

pytestmark = [
    pytest.mark.skipif(tuple(map(int, pandera.__version__.split(".")[:2])) < (0, 35), reason="the faults were seen in pandera 0.35.0"),
    # Libraries beside pandera warn of each other.
    pytest.mark.filterwarnings("ignore"),
]
CODES = {f"code-{n}": f"Number {n}." for n in range(50)}


class Toy(Table):
    """One toy."""

    name = "toys"
    serves = "link"
    toy_id = Key("Identifier.")
    pieces = Number("How many pieces.", minimum=0, optional=True)
    label = Text("What stands on it.", optional=True)
    weight = Number("Its weight.", decimal=True, maximum=9, optional=True)
    state = Code("Its state.", codes=CODES, optional=True)
    rules = (Unique(("label",)),)


TYPES = {"toy_id": pl.String, "pieces": pl.Int64, "label": pl.String, "weight": pl.Float64, "state": pl.String}


def toys(**values: list[Any]) -> pl.DataFrame:
    """Sound toys but for some columns."""
    height = len(next(iter(values.values())))
    return pl.DataFrame({"toy_id": [f"toy-{n}" for n in range(height)]} | {name: [None] * height for name in TYPES if name != "toy_id"} | values, TYPES)


def ours(frame: Any) -> list[tuple[str, int | None]]:
    """The rules and rows that we name."""
    return [(problem.rule, problem.row) for problem in mali.validate(frame, Toy).problems]


def theirs(schema: Any, frame: Any) -> Any:
    """The failures that pandera names, None if it finds none."""
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors.failure_cases
    return None


NEGATIVE = toys(pieces=[1, -5, None, -7])


@pytest.mark.parametrize("schema", [polars_schema(Toy), pal.DataFrameSchema({"pieces": pal.Column(pl.Int64, pal.Check.ge(0), nullable=True)})])
def test_pandera_checks_no_data_of_a_lazy_frame_and_passes_it(schema: pal.DataFrameSchema):
    assert theirs(schema, NEGATIVE)["index"].to_list() == [1, 3]
    assert theirs(schema, NEGATIVE.lazy()) is None
    assert ours(NEGATIVE.lazy()) == [("at_least", 1), ("at_least", 3)]


def test_pandera_repeats_all_codes_in_every_failure():
    frame = toys(state=["odd", "code-1", "odd"])
    found = theirs(
        pal.DataFrameSchema({"toy_id": pal.Column(pl.String), "state": pal.Column(pl.String, pal.Check.isin(list(CODES)))}), frame.select("toy_id", "state")
    )
    assert found["check"].to_list() == [f"isin({list(CODES)})"] * 2
    report = mali.validate(frame, Toy)
    assert [(problem.rule, problem.value, problem.row) for problem in report.problems] == [("one_of", "odd", 0), ("one_of", "odd", 2)]


@pytest.mark.parametrize("schema", [{"unique": ["label"]}, {"unique_column": True}])
def test_pandera_takes_nulls_for_duplicates(schema: dict[str, Any]):
    column = pal.Column(pl.String, nullable=True, unique=schema.pop("unique_column", False))
    found = theirs(pal.DataFrameSchema({"label": column}, **schema), pl.DataFrame({"label": ["a", None, None]}))
    assert found["index"].to_list() == [1, 2]
    assert ours(toys(label=["a", None, None])) == []
    assert ours(toys(label=["a", None, None, "a"])) == [("unique_label", 0), ("unique_label", 3)]


def test_pandera_on_ibis_ignores_unique_columns():
    ibis, pai = pytest.importorskip("ibis"), pytest.importorskip("pandera.ibis")
    twice = toys(label=["a", "a"])
    column = pai.Column(ibis.dtype("string").__class__, unique=True)
    assert theirs(pai.DataFrameSchema({"label": column}), ibis.memtable({"label": ["a", "a"]})) is None
    assert ours(twice) == [("unique_label", 0), ("unique_label", 1)]


def test_pandera_on_ibis_loses_rows_of_nulls_and_duplicates():
    ibis, pai = pytest.importorskip("ibis"), pytest.importorskip("pandera.ibis")
    text = ibis.dtype("string").__class__
    frame = ibis.memtable(pl.DataFrame({"toy_id": ["x", None, "a", None], "label": ["a", "b", "b", "b"]}).to_arrow())
    found = theirs(pai.DataFrameSchema({"toy_id": pai.Column(text), "label": pai.Column(text)}, unique=["label"]), frame)
    # Two nulls and three of a label are two lines without a row.
    assert found["check"].to_list() == ["multiple_fields_uniqueness", "not_nullable"]
    assert found["index"].to_list() == [None, None]
    same = toys(toy_id=["x", None, "a", None], label=["a", "b", "b", "b"])
    assert sorted(ours(same)) == [("not_null", 1), ("not_null", 3), ("unique_label", 1), ("unique_label", 2), ("unique_label", 3)]


NULLS = {"toy_id": ["a", None, "c", None], "pieces": [1, -5, None, -7], "label": ["a", "b", "c", "b"]}


def test_pandera_on_pyarrow_gives_no_rows_and_wrong_rows():
    pytest.importorskip("narwhals")
    paw = pytest.importorskip("pandera.pyarrow")
    fields = {
        "toy_id": paw.Column(pa.string()),
        "pieces": paw.Column(pa.int64(), paw.Check.ge(0), nullable=True),
        "label": paw.Column(pa.string(), unique=True),
    }
    found = theirs(
        paw.DataFrameSchema(fields), toys(**NULLS).select(*fields).to_arrow().cast(pa.schema({"toy_id": "string", "pieces": "int64", "label": "string"}))
    )
    rows: dict[str, list[int | None]] = {}
    for failure in found.to_pylist():
        rows.setdefault(failure["check"], []).append(failure["index"])
    # The nulls are in rows 1 and 3, the negative numbers too, and so are the two labels that are the same.
    assert rows == {"not_nullable": [0, 2], "greater_than_or_equal_to(0)": [None, None], "field_uniqueness": [None]}
    expected = [("at_least", 1), ("at_least", 3), ("not_null", 1), ("not_null", 3), ("unique_label", 1), ("unique_label", 3)]
    assert sorted(ours(toys(**NULLS).to_arrow())) == expected


@pytest.fixture
def narwhals(monkeypatch: pytest.MonkeyPatch):
    """Pandera checks polars frames through narwhals."""
    pytest.importorskip("narwhals")
    # Pyspark, which it imports, takes a main module without a file for its own doctests, and ends the process.
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "tests", raising=False)
    pandera.config.set_config(use_narwhals_backend=True)
    yield
    pandera.config.set_config(use_narwhals_backend=False)


@pytest.mark.usefixtures("narwhals")
def test_pandera_on_narwhals_gives_no_rows_and_wrong_rows():
    fields = {"toy_id": pal.Column(pl.String), "pieces": pal.Column(pl.Int64, pal.Check.ge(0), nullable=True), "label": pal.Column(pl.String, unique=True)}
    found = theirs(pal.DataFrameSchema(fields), toys(**NULLS).select(*fields))
    rows = dict(found.group_by("check").agg("index").iter_rows())
    assert rows == {"not_nullable": [0, 2], "greater_than_or_equal_to(0)": [None, None], "field_uniqueness": [None]}


@pytest.mark.usefixtures("narwhals")
def test_pandera_on_narwhals_refuses_lists_of_the_very_type():
    listed = pl.DataFrame({"n": [[1], [2, 3]]})
    with pytest.raises(pandera.errors.SchemaErrors, match=r"to have type List\(Int64\), got List\(Int64\)"):
        pal.DataFrameSchema({"n": pal.Column(pl.List(pl.Int64))}).validate(listed, lazy=True)


needs_spark = pytest.mark.skipif(importlib.util.find_spec("pyspark") is None or not shutil.which("java"), reason="pyspark or Java is not installed")


@pytest.fixture
def pyspark_of_pandera():
    """Pandera for pyspark, and a session of it."""
    import pandas as pd

    if int(pd.__version__.split(".")[0]) >= 3:
        # PySpark's pandas, which pandera imports for all pyspark frames, does not know pandas 3.
        pytest.skip("pandera cannot import pyspark beside pandas 3")
    import pandera.pyspark as pas
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    yield pas, spark
    spark.stop()


@needs_spark
def test_pandera_on_pyspark_says_one_bool_and_no_row(pyspark_of_pandera: Any):
    from pyspark.sql import functions as f

    pas, spark = pyspark_of_pandera
    frame = spark.createDataFrame([(1,), (-5,), (None,), (-7,)], "pieces bigint")
    told = []
    for not_negative in (lambda frame: frame.filter("pieces < 0").isEmpty(), lambda _: f.col("pieces") >= 0):
        pas.DataFrameSchema({"pieces": pas.Column("bigint", pas.Check(not_negative), nullable=True)}).validate(frame)
        told.append({reason: errors for reasons in frame.pandera.errors.values() for reason, errors in reasons.items()})
    # Nothing is raised; a bool is one line without rows, and what other libraries take, an answer for each row, is an error of its own.
    assert [set(errors[0]) for errors in told[0].values()] == [{"schema", "column", "check", "error"}]
    assert list(told[0]) == ["DATAFRAME_CHECK"]
    assert list(told[1]) == ["CHECK_ERROR"]
    assert ours(NEGATIVE) == [("at_least", 1), ("at_least", 3)]


@needs_spark
def test_pandera_on_pyspark_passes_nan_in_a_parquet_file(pyspark_of_pandera: Any, tmp_path: Path):
    pas, spark = pyspark_of_pandera
    frame = toys(weight=[1.0, float("nan")])
    frame.write_parquet(tmp_path / "toys.parquet")
    schema = pas.DataFrameSchema({"weight": pas.Column("double", [pas.Check.le(9), pas.Check.in_range(-1e300, 1e300)])})
    # Spark turns the check into a filter of the file, whose statistics leave NaN out.
    in_file, in_memory = spark.read.parquet(str(tmp_path / "toys.parquet")).select("weight"), spark.createDataFrame([(1.0,), (float("nan"),)], "weight double")
    assert schema.validate(in_file).pandera.errors == {}
    assert len(schema.validate(in_memory).pandera.errors["DATA"]["DATAFRAME_CHECK"]) == 2
    assert sorted(ours(tmp_path / "toys.parquet")) == [("at_most", 1), ("finite", 1)]
