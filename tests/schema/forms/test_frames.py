"""The pandera forms: strict in columns and types, every rule told once, and no nulls let through."""

from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pap
import pandera.polars as pal
import polars as pl
import pyarrow as pa
import pytest

from mali_dataset.release.parquet import arrow_table
from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.frames import pandas_schema, polars_schema, table_rules
from mali_dataset.schema.plan import Limit, limits
from mali_dataset.schema.rules import ACROSS
from mali_dataset.schema.table import complete
from mali_dataset.tables import registry

COUPS = registry()["coups"]
ROWS = [complete(COUPS, {"coup_id": f"cou-{n}", "title": "A", "date": f"{2000 + n}", "end": f"{2001 + n}", "outcome": "failed"}) for n in range(3)]


def _polars(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(arrow_table(COUPS, rows, "0"))


def _pandas(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return arrow_table(COUPS, rows, "0").to_pandas(types_mapper=pd.ArrowDtype)


def test_an_open_table_may_have_other_columns() -> None:
    table = type("Open", (COUPS,), {"__doc__": "A coup.", "name": "coups", "closed": False})
    for schema, frame in ((polars_schema, _polars(ROWS)), (pandas_schema, _pandas(ROWS))):
        more: Any = frame.assign(__row=1, z=1) if isinstance(frame, pd.DataFrame) else frame.with_columns(__row=1, z=1)
        assert list(schema(table).validate(more, lazy=True).columns)[-1] == "z"
        with pytest.raises(pandera.errors.SchemaErrors, match="column_in_schema"):
            schema(COUPS).validate(more, lazy=True)


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
def test_a_schema_holds_every_column_limit_and_rule(table: type[Table]) -> None:
    for schema in (polars_schema(table), pandas_schema(table)):
        assert schema.strict
        assert schema.name == table.name
        assert list(schema.columns) == [c.name for c in columns(table)]
        assert [check.name for check in schema.checks] == [rule.name for rule in table_rules(table)]
        for column in columns(table):
            made = schema.columns[column.name]
            assert made.nullable is column.nullable
            # Pandera itself knows types and nulls, but not that a day has to be one of the calendar.
            own = ("not_null",) if column.dtype == "date32" else ("not_null", "type")
            assert [check.name for check in made.checks] == [limit.limit for limit in limits(column) if limit.limit not in own]
    assert not any(isinstance(rule, (Limit, *ACROSS)) for rule in table_rules(table))


def test_an_empty_table_is_sound() -> None:
    assert polars_schema(COUPS).validate(_polars([])).height == 0
    assert len(pandas_schema(COUPS).validate(_pandas([]))) == 0


WRONG = [
    ("missing column", lambda f: f.drop("title"), lambda f: f.drop(columns="title")),
    ("more columns", lambda f: f.with_columns(x=pl.lit(1)), lambda f: f.assign(x=1)),
    ("another type", lambda f: f.with_columns(title=pl.lit(1)), lambda f: f.assign(title=1)),
    ("a null", lambda f: f.with_columns(title=pl.lit(None, pl.String)), lambda f: f.assign(title=pd.array([None] * 3, dtype=pd.ArrowDtype(pa.string())))),
    ("a newline", lambda f: f.with_columns(title=pl.lit("A\n")), lambda f: f.assign(title=pd.array(["A\n"] * 3, dtype=pd.ArrowDtype(pa.string())))),
    ("two of a key", lambda f: pl.concat([f, f]), lambda f: pd.concat([f, f], ignore_index=True)),
]


@pytest.mark.parametrize(("in_polars", "in_pandas"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_both_frames_refuse(in_polars: Any, in_pandas: Any) -> None:
    with pytest.raises((pandera.errors.SchemaErrors, pandera.errors.SchemaError)):
        polars_schema(COUPS).validate(in_polars(_polars(ROWS)), lazy=True)
    with pytest.raises((pandera.errors.SchemaErrors, pandera.errors.SchemaError)):
        pandas_schema(COUPS).validate(in_pandas(_pandas(ROWS)), lazy=True)


@pytest.mark.parametrize("index", [[0, 1, 2], [5, 3, 9]])
def test_a_broken_rule_is_told_once_and_at_its_row_in_pandas(index: list[int]) -> None:
    frame = _pandas(ROWS).set_axis(index)
    frame.loc[index[1], ["end", "end_earliest", "end_latest"]] = ["1990", *(pd.Timestamp(d).date() for d in ("1990-01-01", "1990-12-31"))]
    with pytest.raises(pandera.errors.SchemaErrors) as error:
        pandas_schema(COUPS).validate(frame, lazy=True)
    told = [e.check.name for e in error.value.schema_errors]
    assert told == ["date_not_after_end"]
    assert set(error.value.failure_cases["index"]) == {index[1]}


def test_the_libraries_are_those_of_pandera() -> None:
    assert isinstance(polars_schema(COUPS), pal.DataFrameSchema)
    assert isinstance(pandas_schema(COUPS), pap.DataFrameSchema)
