"""Engines, pandera and plain Python name the same rows: of every table with seeded defects, and of tables that Hypothesis defines."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pandas as pd
import pandera.errors
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mali_dataset as mali
from mali_dataset.schema import RowCount, Rule, Table
from mali_dataset.schema.forms.arrow import arrow_schema
from mali_dataset.schema.forms.expressions import DAYS
from mali_dataset.schema.forms.frames import pandas_schema, polars_schema
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.schema.rules import ACROSS
from mali_dataset.tables import registry
from mali_dataset.validation import bytewise, coarse, collect, places, polars_engine, streaming, uniqueness
from mali_dataset.validation.collect import fair
from mali_dataset.validation.report import Report
from tests.validation import oracle
from tests.validation.definitions import Frames, Row, against, any_rows, frame_of, seeded_rows, tables

TRIED = settings.get_profile(settings.get_current_profile_name()).max_examples
# What makes a small table as a large one is: nothing held, many passes, samples that miss.
LARGE = (
    {polars_engine: {"HELD_ROWS": 0, "LONG_BYTES": -1}, streaming: {"PART": 40}, coarse: {"LONG": 0}, bytewise: {"FEW": 0}},
    {polars_engine: {"EAGER_ROWS": -1, "KEYED_ROWS": 2}, places: {"PER_ROW": 0}},
    {
        polars_engine: {"EAGER_ROWS": -1, "HELD_ROWS": 0},
        streaming: {"SAMPLE": 2, "SAMPLED": 10**9, "PART": 1, "LEAST": 3},
        places: {"PER_ROW": 20, "TOGETHER": 3},
        uniqueness: {"CANDIDATES": 4, "FEW": 2},
        coarse: {"MOST": 0.3, "LONG": 0},
        bytewise: {"FEW": 0},
    },
)


def streamed(large: dict[Any, dict[str, float]], *args: Any, **options: Any) -> Report:
    """The report of the streaming queries."""
    with ExitStack() as stack:
        for module, values in large.items():
            stack.enter_context(patch.multiple(module, **values))
        return mali.validate(*args, **options)


def listed(report: Report) -> list[tuple[Any, ...]]:
    """The problems of rows, as the oracle lists them."""
    return list(report.problems.to_polars().filter(pl.col("rule") != "row_count").select("row", "rule", "column", "key", "value").iter_rows())


def of_pandera(schema: Any, frame: Any, table: type[Table]) -> set[tuple[Rule, int]] | None:
    """The rows that pandera names, by the rule; None where it fails."""
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = pl.DataFrame({name: errors.failure_cases[name].to_list() for name in ("check", "column", "index")}, strict=False)
        rules = {rule.sentence: rule for rule in plan(table)}
        named = [(Limit(column, "not_null", True) if check == "not_nullable" else rules[check], row) for check, column, row in cases.iter_rows()]
        return set(named)
    except (ValueError, pl.exceptions.PanicException):
        return None
    return set()


def as_pandas(frame: pl.DataFrame, table: type[Table]) -> pd.DataFrame:
    """A frame of pandas with Arrow types."""
    arrow = frame.to_arrow().cast(pa.schema([(field.name, field.type) for field in arrow_schema(table)]))
    return pd.DataFrame({name: pd.Series(pd.array(arrow[name].combine_chunks(), dtype=pd.ArrowDtype(arrow[name].type))) for name in arrow.column_names})


def assert_agree(table: type[Table], made: list[Row], others: Frames, large: dict[Any, dict[str, int]], *, in_file: bool, in_pandas: bool) -> None:
    """Every engine and pandera find what plain Python finds, and engines tell it in the same words."""
    frame = frame_of(table, made)
    found = oracle.broken(table, made, others)
    expected = oracle.problems(table, made, found)
    eager = mali.validate(frame, table, against=others, limit=None)
    assert listed(eager) == expected
    wrong_size = [rule for rule in plan(table) if isinstance(rule, RowCount) and not rule.allows(len(made))]
    counts = {rule: len(rows) for rule, rows in found.items()} | {rule: int(rule in wrong_size) for rule in plan(table) if isinstance(rule, RowCount)}
    assert [(check.sentence, check.failed) for check in eager.checks] == [(rule.sentence, counts.get(rule)) for rule in plan(table)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "made.parquet")
        if in_file:
            frame.write_parquet(path, row_group_size=50)
        source = path if in_file else frame
        memory = 2_000 if len(large) > 1 else None
        reports = [
            streamed(large, source, table, against=others, limit=None, memory=memory),
            mali.validate(source, table, against=others, limit=None, engine="duckdb"),
        ]
    for report in reports:
        assert report.checks == eager.checks, report.engine
        assert report.problems.to_polars().drop("file").equals(eager.problems.to_polars().drop("file")), report.engine
    told = {(rule, row) for rule, rows in found.items() for row in rows if not isinstance(rule, ACROSS)}
    schemas = [(polars_schema(table), frame), *([(pandas_schema(table), as_pandas(frame, table))] if in_pandas else [])]
    for schema, seen in schemas:
        named = of_pandera(schema, seen, table)
        if named is not None:
            # In polars pandera takes NaN for null; in pandas it does not name rows that are all null.
            empty = {n for n, row in enumerate(made) if set(row.values()) == {None}} if seen is not frame else set()
            named = {(rule, row) for rule, row in named if rule.name != "not_null" or made[row][rule.about] is None}
            named |= {(rule, row) for rule, row in told if row in empty and not isinstance(rule, Limit)}
        # Pandera cannot write days that Python does not know: it refuses the table, but names no rows.
        assert named == told if days_known(frame) else named is None or named
    assert bool(told) or days_known(frame)


def days_known(frame: pl.DataFrame) -> bool:
    """Whether Python knows all days of a frame."""
    return all(frame[name].to_physical().is_between(*DAYS).all() for name in frame.columns if frame.schema[name] == pl.Date)


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
@settings(max_examples=max(1, TRIED // 3))
@given(data=st.data(), large=st.sampled_from(LARGE), in_file=st.booleans(), in_pandas=st.booleans())
def test_all_find_the_same_rows_of_every_table(table: type[Table], data: st.DataObject, large: Any, in_file: bool, in_pandas: bool):
    made = data.draw(seeded_rows(table))
    assert_agree(table, made, data.draw(against(table, made)), large, in_file=in_file, in_pandas=in_pandas)


@given(data=st.data(), large=st.sampled_from(LARGE), in_file=st.booleans(), in_pandas=st.booleans())
def test_all_find_the_same_rows_of_any_definition(data: st.DataObject, large: Any, in_file: bool, in_pandas: bool):
    table = data.draw(tables())
    made = data.draw(any_rows(table))
    assert_agree(table, made, data.draw(against(table, made)), large, in_file=in_file, in_pandas=in_pandas)


@given(st.lists(st.integers(0, 50), max_size=8), st.none() | st.integers(-1, 100))
def test_what_is_kept_is_shared_fairly(counts: list[int], limit: int | None):
    shares = fair(counts, limit)
    most = sum(counts) if limit is None else max(limit, 0)
    assert sum(shares) == min(sum(counts), most), "never above the limit, and nothing is given away"
    assert all(0 <= share <= count for share, count in zip(shares, counts, strict=True))
    cut = [share for share, count in zip(shares, counts, strict=True) if share < count]
    assert not cut or max(cut) - min(cut) <= 1, "what is cut is cut alike"
    assert all(share == count for share, count in zip(shares, counts, strict=True) if cut and count < min(cut)), "what is small stays whole"


@given(data=st.data(), limit=st.sampled_from((0, 1, 7, 1000)), ending=st.sampled_from(("parquet", "csv")))
def test_the_file_holds_all_problems_whatever_the_report_keeps(data: st.DataObject, limit: int, ending: str):
    table = data.draw(tables())
    made = data.draw(any_rows(table))
    frame, others = frame_of(table, made), data.draw(against(table, made))
    whole = mali.validate(frame, table, against=others, limit=None)
    with TemporaryDirectory() as folder, patch.object(collect, "_WAITING", 5):
        target = Path(folder, f"all.{ending}")
        some = mali.validate(frame, table, against=others, limit=limit, out=target)
        written = pl.read_parquet(target) if ending == "parquet" else pl.read_csv(target, infer_schema=False).with_columns(pl.col("row").cast(pl.Int64))
    # In CSV an empty text is a null.
    names = written.columns if ending == "parquet" else ["row", "rule", "column", "message"]
    expected = whole.problems.to_polars().select(names)
    assert written.select(names).sort(names).equals(expected.sort(names))
    assert some.checks == whole.checks
    assert len(some.problems) == min(limit, len(whole.problems))
    assert set(some.problems) <= set(whole.problems)
