"""Tables of a release, in the frame of the user's choice."""

import sys
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mali_dataset
from mali_dataset.release.read import UnknownTableError, as_frame, load, rows_of, tables
from mali_dataset.schema import columns
from mali_dataset.tables import registry

pytestmark = pytest.mark.usefixtures("release")


def test_the_tables_are_those_of_the_definitions_in_order():
    assert tables() == tuple(registry()) == tuple(sorted(tables()))


@pytest.mark.parametrize("name", registry())
def test_every_table_loads_as_it_is_defined(name: str, compiled: Any):
    read = load(name)
    assert read.column_names == [column.name for column in columns(registry()[name])]
    assert read.to_pylist() == compiled.rows[name]
    assert read.schema.metadata[b"version"].decode() == mali_dataset.__version__


def test_every_kind_of_frame_holds_the_same():
    arrow = load("strengths")
    frames = {kind: load("strengths", as_=kind) for kind in ("pandas", "polars", "duckdb")}
    assert isinstance(frames["pandas"], pd.DataFrame)
    assert isinstance(frames["polars"], pl.DataFrame)
    assert isinstance(frames["duckdb"], duckdb.DuckDBPyRelation)
    assert isinstance(load("strengths", as_="arrow"), pa.Table)
    rows = arrow.to_pylist()
    assert frames["polars"].to_dicts() == rows
    assert frames["duckdb"].to_arrow_table().to_pylist() == rows
    assert pa.Table.from_pandas(frames["pandas"], preserve_index=False).to_pylist() == rows


def test_pandas_keeps_the_types_of_arrow():
    frame = load("strengths", as_="pandas")
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    assert str(frame["count_low"].dtype) == "int64[pyarrow]"


def test_columns_carry_their_meaning():
    field = load("strengths").schema.field("count_low")
    assert field.metadata[b"unit"] == b"people"
    assert b"least" in field.metadata[b"description"]


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownTableError, match=r"no table 'coup'\. Did you mean 'coups'\? Tables: actor_names, .*withdrawals"):
        load("coup")


def test_a_path_is_no_table():
    with pytest.raises(UnknownTableError):
        load("../release/coups")


def test_an_unknown_frame_is_refused():
    with pytest.raises(ValueError, match="as_='spark' is not one of arrow, pandas, polars, duckdb"):
        load("coups", as_="spark")


@pytest.mark.parametrize("library", ["pandas", "polars", "duckdb"])
def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, library: str):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModuleNotFoundError, match=rf"needs {library}: install mali-dataset\[{library}\]") as missing:
        as_frame(pa.table({"a": [1]}), library)
    assert missing.value.name == library


def test_rows_are_dictionaries():
    assert [row["coup_id"] for row in rows_of("coups")] == ["cou-2012-03-22"]
