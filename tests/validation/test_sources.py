"""Whatever a user has is taken as a frame, or refused with a problem; never a traceback."""

import random
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pandas as pd
import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mali_dataset as mali
from mali_dataset.tables import registry
from mali_dataset.validation import polars_engine, polars_source
from mali_dataset.validation.polars_source import CELLS, cell, open_source
from mali_dataset.validation.sources import find_files

pytestmark = pytest.mark.usefixtures("release")

CASUALTIES = registry()["casualties"]


def take(source: Any) -> pl.DataFrame:
    """What is read of a source, by the types of the table."""
    return open_source(find_files(source) if isinstance(source, str | Path) else source, CASUALTIES).typed(CASUALTIES).drop(cs.starts_with("__")).collect()


@pytest.fixture
def arrow(release: Path) -> pa.Table:  # noqa: ARG001
    return mali.load("casualties")


def numpy_frame(table: pa.Table) -> pd.DataFrame:
    """What a user of pandas has: objects, and no null in columns of numbers."""
    return pd.DataFrame({name: table.column(name).to_pylist() for name in table.column_names if not name.startswith("count_")})


FRAMES: dict[str, Any] = {
    "polars": pl.DataFrame,
    "lazy": lambda t: pl.LazyFrame(pl.DataFrame(t)),
    "pyarrow": lambda t: t,
    "batch": lambda t: t.combine_chunks().to_batches()[0],
    "pandas with Arrow types": lambda t: t.to_pandas(types_mapper=pd.ArrowDtype),
    "duckdb": duckdb.from_arrow,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_is_taken_as_it_is(arrow: pa.Table, kind: str):
    frame = take(FRAMES[kind](arrow))
    assert frame.to_dicts() == arrow.to_pylist()
    assert mali.validate(FRAMES[kind](arrow), "casualties").ok


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path)


def write_csv(table: pa.Table, path: Path) -> None:
    pl.DataFrame(table).write_csv(path)


FILES: dict[str, Any] = {
    ".parquet": write_parquet,
    ".csv": write_csv,
    ".arrow": lambda table, path: pl.DataFrame(table).write_ipc(path),
    ".ipc": lambda table, path: pl.DataFrame(table).write_ipc(path),
    ".feather": pyarrow.feather.write_feather,
}


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("kind", [str, Path])
def test_every_kind_of_file_is_taken_as_it_is(arrow: pa.Table, tmp_path: Path, suffix: str, kind: Any):
    path = tmp_path / f"mine{suffix}"
    FILES[suffix](arrow, path)
    frame = take(kind(path))
    assert frame.to_dicts() == arrow.to_pylist()


@pytest.mark.parametrize("name", registry())
def test_every_table_passes_as_csv(tmp_path: Path, name: str):
    write_csv(mali.load(name), tmp_path / "mine.csv")
    found = mali.validate(tmp_path / "mine.csv", name)
    assert found.ok, found
    assert found.rows == mali.load(name).num_rows


def test_pandas_with_its_own_types_is_taken():
    people = pd.DataFrame({column: mali.load("coup_people").column(column).to_pylist() for column in mali.load("coup_people").column_names})
    assert mali.validate(people, "coup_people").ok
    citations = mali.load("citations").to_pandas()
    assert mali.validate(citations.assign(paragraph=citations["paragraph"].astype("Int64")), "citations").ok


def test_the_index_of_pandas_is_no_column(arrow: pa.Table):
    frame = arrow.to_pandas(types_mapper=pd.ArrowDtype)
    frame.index = pd.Index(range(100, 100 + len(frame)), name="nummer")
    assert mali.validate(frame, "casualties").ok


@pytest.mark.parametrize("narrow", [pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32])
def test_narrower_numbers_are_widened(arrow: pa.Table, narrow: Any):
    frame = pl.DataFrame(arrow).with_columns(pl.col("count_low").clip(0, 100).cast(narrow))
    taken = take(frame)
    assert taken.schema["count_low"] == pl.Int64


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["event", "tally"])])
def test_categories_are_taken_as_text(arrow: pa.Table, kind: Any):
    assert mali.validate(pl.DataFrame(arrow).with_columns(pl.col("level").cast(kind)), "casualties").ok


def test_a_column_of_nulls_only_has_the_type_of_its_column(arrow: pa.Table):
    assert mali.validate(pl.DataFrame(arrow).with_columns(pl.lit(None).alias("nationality")), "casualties").ok


@pytest.mark.parametrize("wrong", [pl.UInt64, pl.Float64, pl.String])
def test_other_types_are_not_cast(arrow: pa.Table, wrong: Any):
    found = mali.validate(pl.DataFrame(arrow).with_columns(pl.col("count_low").cast(wrong)), "casualties")
    assert found.counts == {"type": 1}
    assert found.problems[0].column == "count_low"
    assert "not int64" in found.problems[0].message
    assert ("pandas" in found.problems[0].message) is (wrong == pl.Float64)


# What cannot be taken.


def refused(source: Any, table: str = "casualties") -> str:
    found = mali.validate(source, table)
    assert [p.rule for p in found.problems] == ["unreadable"]
    assert found.rows == 0
    return str(found.problems[0])


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_truncated_file_is_a_problem(arrow: pa.Table, tmp_path: Path, suffix: str):
    FILES[suffix](arrow, tmp_path / f"whole{suffix}")
    raw = (tmp_path / f"whole{suffix}").read_bytes()
    path = tmp_path / f"cut{suffix}"
    for length in range(0, len(raw), len(raw) // 40):
        path.write_bytes(raw[:length])
        assert refused(path).startswith(f"cut{suffix}:1: casualties: cannot be read as ")


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_damaged_file_is_read_or_a_problem(arrow: pa.Table, tmp_path: Path, suffix: str):
    FILES[suffix](arrow, tmp_path / f"whole{suffix}")
    raw = (tmp_path / f"whole{suffix}").read_bytes()
    dice = random.Random(3)  # noqa: S311
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(raw)
        damaged[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        (tmp_path / f"bad{suffix}").write_bytes(damaged)
        outcomes.add(mali.validate(tmp_path / f"bad{suffix}", "casualties").ok)
    assert False in outcomes


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv"])
def test_an_empty_file_is_a_problem(tmp_path: Path, suffix: str):
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(b"")
    refused(path)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv"])
def test_another_format_is_a_problem(arrow: pa.Table, tmp_path: Path, suffix: str):
    path = tmp_path / f"mine{suffix}"
    FILES[".csv" if suffix != ".csv" else ".parquet"](arrow, path)
    assert not mali.validate(path, "casualties").ok


def test_csv_that_is_not_utf8_is_a_problem(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"coup_person_id,coup_id,person,role,office,note\ncpe-a,cou-a,Tour\xe9,leader,,\n")
    assert "line 2 is not UTF-8" in refused(path, "coup_people")


HEAD = "coup_person_id,coup_id,person,role,office,note\n"


@pytest.mark.parametrize("row", ["cpe-a,cou-a,A,leader,,,more\n", "cpe-a,cou-a\n", 'cpe-a,cou-a,"A,leader,,\n', "cpe-a;cou-a;A;leader;;\n", "\0\0\n"])
def test_a_ragged_row_is_a_problem(tmp_path: Path, row: str):
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + "cpe-b,cou-a,B,leader,,\n" + row, encoding="utf-8")
    assert not mali.validate(path, "coup_people").ok


@pytest.mark.parametrize("text", [HEAD, "\ufeff" + HEAD, HEAD.replace("\n", "\r\n")])
def test_csv_with_a_head_only_is_an_empty_table(tmp_path: Path, text: str):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode())
    found = mali.validate(path, "coup_people")
    assert found.ok, found
    assert found.rows == 0


def test_a_csv_column_that_stands_twice_is_a_problem(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text(HEAD.replace("\n", ",role\n"), encoding="utf-8")
    assert mali.validate(path, "coup_people").counts == {"duplicate_column": 1}


@pytest.mark.parametrize(
    ("column", "text"), [("count_low", "many"), ("count_low", "3.5"), ("end_earliest", "2022-02-30"), ("end_earliest", "1 March 2022"), ("is_complete", "yes")]
)
def test_csv_cells_of_another_type_name_row_key_and_value(arrow: pa.Table, tmp_path: Path, column: str, text: str):
    texts = pl.DataFrame(arrow).select(pl.all().cast(pl.String))
    cells = [text if i == 2 else value for i, value in enumerate(texts[column])]
    texts.with_columns(pl.Series(column, cells)).write_csv(tmp_path / "mine.csv")
    found = [p for p in mali.validate(tmp_path / "mine.csv", "casualties").problems if p.rule == "type"]
    assert [(p.row, p.key, p.column, p.value, p.file) for p in found] == [(2, texts["casualty_id"][2], column, text, "mine.csv")]


@pytest.mark.parametrize(("batch", "views", "whole"), [(None, False, True), (1, False, False), (None, True, False)])
def test_large_batches_of_texts_that_polars_has_otherwise_are_kept_in_another_file(arrow: pa.Table, tmp_path: Path, batch: Any, views: Any, whole: bool):
    path, texts = (
        tmp_path / "mine.arrow",
        pl.DataFrame(arrow).to_arrow(compat_level=pl.CompatLevel.newest() if views else pl.CompatLevel.oldest()).combine_chunks(),
    )
    with pa.ipc.new_file(path, texts.schema) as writer:
        writer.write_table(texts, max_chunksize=batch)
    with patch.multiple(polars_source, LUMP=path.stat().st_size // 2, KEPT=1e-9), patch.multiple(polars_engine, EAGER_ROWS=-1, SMALL_BYTES=-1, EAGER_BYTES=-1):
        assert open_source(find_files(path), CASUALTIES).unwieldy() is whole
        assert mali.validate(path, "casualties").ok
        assert mali.validate(path, "actors").counts == mali.validate(texts, "actors").counts


def is_value(kind: str, text: str) -> bool:
    """Whether a text is written as the pages say, and stands for a value that there is."""
    if not re.fullmatch(CELLS[kind], text):
        return False
    with suppress(ValueError):
        return kind not in ("int64", "date32") or (-(2**63) <= int(text) < 2**63 if kind == "int64" else bool(date.fromisoformat(text)))
    return False


@pytest.mark.parametrize("kind", CELLS)
@given(st.data())
def test_a_cell_is_a_value_only_as_it_is_written_in_the_pages(kind: Any, data: st.DataObject):
    written = st.from_regex(CELLS[kind], fullmatch=True)
    texts = data.draw(st.lists(st.one_of(written, written.map(str.upper), st.text("+-0123456789._eE NaIinfty٣\t", max_size=21)), max_size=20))
    found = pl.DataFrame({"t": texts}, schema={"t": pl.String}).select(cell("t", kind)).to_series()
    assert found.is_not_null().to_list() == [is_value(kind, text) for text in texts]


@pytest.mark.parametrize("values", [["a", 1], [object()], [1 + 2j]], ids=["mixed", "objects", "complex"])
def test_values_that_no_type_takes_are_told_for_their_column(values: list[Any]):
    found = [problem for problem in mali.validate(pd.DataFrame({"casualty_id": values}), "casualties").problems if problem.rule == "type"]
    assert [(problem.column, problem.row, problem.message) for problem in found] == [("casualty_id", None, "has the type Object, not string")]


@pytest.mark.parametrize(
    "source",
    [pl.LazyFrame({"a": ["x"]}).select("b"), pl.LazyFrame({"a": ["x"]}).with_columns(pl.col("a").cast(pl.Int64))],
    ids=["lazy without the column", "lazy cast"],
)
def test_a_frame_that_cannot_be_read_is_a_problem(source: Any):
    assert "cannot be read as a table" in refused(source)


@pytest.mark.parametrize("source", [None, 3, {"a": [1]}, [1], pd.Series([1]), pl.Series([1]), pa.array([1]), pa.schema([]), duckdb.connect(), b"mine.csv"])
def test_what_is_no_table_is_refused(source: Any):
    with pytest.raises(TypeError, match=f"not {type(source).__name__}|Series"):
        mali.validate(source, "casualties")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="there is no file .*mine.csv"):
        mali.validate(tmp_path / "mine.csv", "casualties")
    with pytest.raises(FileNotFoundError):
        mali.validate(tmp_path, "casualties")


def test_an_unknown_ending_is_refused(tmp_path: Path):
    (tmp_path / "mine.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"ends with '.xlsx'; known are .parquet, .csv"):
        mali.validate(tmp_path / "mine.xlsx", "casualties")


def test_a_name_with_a_star_is_that_file_only(arrow: pa.Table, tmp_path: Path):
    write_parquet(arrow, tmp_path / "a.parquet")
    write_parquet(arrow, tmp_path / "[a].parquet")
    assert mali.validate(tmp_path / "[a].parquet", "casualties").rows == arrow.num_rows
