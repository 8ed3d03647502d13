"""Files, frames and definitions of other people: each fault is a named problem or a clear error, for both engines alike; never a traceback, never a pass."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mali_dataset.schema import AtLeastOne, Code, Count, Day, Flag, Key, Number, Ref, References, ReferencesAny, RequiredIf, Table, Text, Unique
from mali_dataset.validation import polars_engine, polars_source
from mali_dataset.validation.report import Report
from mali_dataset.validation.validate import validate

ENGINES = ("polars", "duckdb")


class Shop(Table):
    """One shop."""

    name = "shops"
    serves = "rule"
    shop_id = Key("Identifier.", prefix="sho")
    title = Text("What is written over its door.", optional=True, max_length=20)
    visits = Number("Visits a day.", optional=True, minimum=0)
    ratio = Number("Share of buyers.", optional=True, decimal=True, maximum=10)
    opened = Day("First day.", optional=True)
    busy = Flag("Whether it is busy.", optional=True)
    kind = Code("What it sells.", codes={"a": "Apples.", "b": "Books."})
    rules = (Unique(("title", "ratio")),)


def shops(height: int = 3, **values: Any) -> pl.DataFrame:
    number = pl.int_range(height, eager=True)
    sound = pl.DataFrame({"shop_id": "sho-" + number.cast(pl.String), "title": "t" + number.cast(pl.String), "visits": number})
    sound = sound.with_columns(ratio=pl.lit(0.5), opened=pl.lit(date(2020, 1, 2)), busy=pl.lit(value=True), kind=pl.lit("a"))
    return sound.with_columns(**{name: pl.Series(value) if isinstance(value, list) else value for name, value in values.items()})


def both(source: Any, table: type[Table] = Shop, **options: Any) -> Report:
    """What both engines find, which is the same; a function makes a source that can be read once."""
    made = [validate(source() if callable(source) else source, table, engine=engine, **options) for engine in ENGINES]
    assert made[0].counts == made[1].counts
    assert [(p.rule, p.row, p.key, p.column, p.file, p.line) for p in made[0].problems if p.rule != "unreadable"] == [
        (p.rule, p.row, p.key, p.column, p.file, p.line) for p in made[1].problems if p.rule != "unreadable"
    ]
    for report in made:
        assert "Traceback" not in str(report)
        assert all("\n" not in problem.message for problem in report.problems)
    return made[0]


def told(report: Report) -> list[tuple[str, str | None, str | None]]:
    return [(problem.rule, problem.column, problem.file) for problem in report.problems]


WRITERS: dict[str, Any] = {"parquet": pl.DataFrame.write_parquet, "csv": pl.DataFrame.write_csv, "arrow": pl.DataFrame.write_ipc}


def database(frame: pl.DataFrame, path: Path) -> str:
    with duckdb.connect(path) as con:
        con.register("frame", frame)
        con.execute('CREATE TABLE "my shops" AS FROM frame')
    return f"{path}::my shops"


def written(frame: pl.DataFrame, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[path.suffix[1:]](frame, path)
    return path


def folder(root: Path, **files: pl.DataFrame) -> Path:
    for name, frame in files.items():
        written(frame, root / name.replace("__", "."))
    return root


# Every kind of source, made of a frame; CSV has no types, so it takes part where types do not matter.
SOURCES: dict[str, Any] = {
    "parquet": lambda frame, root: written(frame, root / "s.parquet"),
    "arrow": lambda frame, root: written(frame, root / "s.arrow"),
    "csv": lambda frame, root: written(frame, root / "s.csv"),
    "folder": lambda frame, root: folder(root / "many", a__parquet=frame.head(1), b__parquet=frame.tail(-1)),
    "folder of csv": lambda frame, root: folder(root / "texts", a__csv=frame.head(1), b__csv=frame.tail(-1)),
    "glob": lambda frame, root: str(folder(root / "many", a__arrow=frame.head(1), b__arrow=frame.tail(-1)) / "*.arrow"),
    "eager": lambda frame, _: frame,
    "lazy": lambda frame, _: frame.lazy(),
    "lazy scan": lambda frame, root: pl.scan_parquet(written(frame, root / "s.parquet")),
    "lazy with operations": lambda frame, _: frame.lazy().filter(pl.lit(value=True)).sort(pl.lit(1)),
    "pandas": lambda frame, _: frame.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": lambda frame, _: frame.to_arrow(),
    "batch": lambda frame, _: pa.RecordBatch.from_struct_array(frame.to_arrow().to_struct_array().combine_chunks()),
    "relation": lambda frame, _: duckdb.from_arrow(frame.to_arrow()),
    "database": lambda frame, root: database(frame, root / "s.duckdb"),
}
every_source = pytest.mark.parametrize("kind", SOURCES)


@every_source
def test_a_sound_table_is_sound(kind, tmp_path):
    report = both(SOURCES[kind](shops(), tmp_path))
    assert report.ok, report
    assert report.rows == 3


@every_source
def test_missing_and_extra_columns_are_named(kind, tmp_path):
    report = both(SOURCES[kind](shops().rename({"ratio": "Ratio"}), tmp_path))
    assert {(rule, column) for rule, column, _ in told(report)} == {("missing_column", "ratio"), ("unknown_column", "Ratio")}
    assert report.rows == 3


class OpenShop(Shop, name="shops", closed=False):
    """One shop, of which others note other things too."""


@every_source
def test_an_open_table_may_have_other_columns_of_any_type(kind, tmp_path):
    frame = shops(3, visits=[-1, 2, 3]).with_columns(z=pl.lit("x"), __y=pl.lit(datetime(2020, 1, 1)))  # noqa: DTZ001
    assert both(SOURCES[kind](shops(3).with_columns(z=pl.lit(1)), tmp_path), OpenShop).ok
    (tmp_path / "other").mkdir()
    report = both(SOURCES[kind](frame.select(reversed(frame.columns)).drop("ratio"), tmp_path / "other"), OpenShop)
    assert {(rule, column) for rule, column, _ in told(report)} == {("missing_column", "ratio"), ("at_least", "visits")}


def test_an_open_table_may_have_columns_of_folders(tmp_path):
    for year in ("2023", "2024"):
        written(shops(2, shop_id=[f"sho-{year}-1", f"sho-{year}-2"], title=[f"a{year}", f"b{year}"]), tmp_path / f"year={year}" / "a.parquet")
    assert both(tmp_path).counts == {"unknown_column": 2}
    assert both(tmp_path, OpenShop).ok


@pytest.mark.parametrize("kept", [1e-9, 1e9])
@pytest.mark.parametrize("suffix", WRITERS)
def test_many_small_files_are_kept_as_one_or_not_and_name_their_rows_alike(kept: float, suffix: str, tmp_path: Path):
    for n in range(5):
        own = shops(3, shop_id=[f"sho-{n}-1", f"sho-{n}-2", "sho-3-3" if n else f"sho-{n}-3"], title=[f"a{n}", f"b{n}", f"c{n}"], visits=[1, n - 1, 1])
        written(own, tmp_path / f"{n}.{suffix}")
    with (
        patch.multiple(polars_engine, **WAYS["kept"]),
        patch.object(polars_source, "KEPT", kept),
        patch.object(polars_engine, "spooled", side_effect=polars_engine.spooled) as spooled,
    ):
        report = both(tmp_path)
    assert spooled.called is (kept > 1 or suffix == "csv")
    assert report.counts == {"at_least": 1, "unique_shop_id": 4}
    assert [(p.rule, p.file, p.row) for p in report.problems if p.file != "0." + suffix] == [("unique_shop_id", f"{n}.{suffix}", 2) for n in range(1, 5)]


@every_source
def test_rows_are_found_in_every_source(kind, tmp_path):
    bad = shops(4, shop_id=["sho-1", None, None, "sho-1"], ratio=[float("nan"), float("inf"), float("-inf"), 1.0], kind=["a", "zz", None, "a"])
    counts = {"not_null": 3, "one_of": 1, "finite": 3, "at_most": 2, "unique_shop_id": 2}
    for limit in (0, 1, None):
        (tmp_path / str(limit)).mkdir()
        report = both(SOURCES[kind](bad, tmp_path / str(limit)), limit=limit)
        assert report.counts == counts
        assert len(report.problems) == (11 if limit is None else limit)
        assert not report.ok


@every_source
def test_an_empty_table_is_sound(kind, tmp_path):
    report = both(SOURCES[kind](shops().clear(), tmp_path))
    assert (report.ok, report.rows) == (True, 0)


@every_source
def test_columns_of_nulls_are_checked(kind, tmp_path):
    nulls = shops(shop_id=pl.Series([None] * 3, dtype=pl.String), ratio=pl.lit(None, pl.Float64))
    assert both(SOURCES[kind](nulls, tmp_path)).counts == {"not_null": 3}


@pytest.mark.parametrize("kind", ["parquet", "folder", "eager", "lazy", "pandas", "pyarrow", "relation"])
def test_columns_of_nulls_without_a_type_are_checked(kind, tmp_path):
    assert both(SOURCES[kind](shops(shop_id=pl.lit(None), ratio=pl.lit(None)), tmp_path)).counts == {"not_null": 3}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "eager", "pyarrow", "pandas"])
def test_a_table_without_columns_lacks_all(kind, tmp_path):
    report = both(SOURCES[kind](pl.DataFrame(), tmp_path))
    assert report.counts == {"missing_column": 7}


@every_source
def test_zero_and_minus_zero_are_equal(kind, tmp_path):
    zeros = shops(title=["x", "x", "y"], ratio=[0.0, -0.0, 0.0])
    assert both(SOURCES[kind](zeros, tmp_path)).counts == {"unique_title_ratio": 2}


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "eager", "relation"])
def test_huge_texts_leave_the_report_small(kind, tmp_path):
    huge = "x" * 10_000_000
    report = both(SOURCES[kind](shops(shop_id=[f"sho-{huge}", f"sho-{huge}", f"S{huge}"], title=[huge, "b", "c"]), tmp_path))
    assert report.counts == {"max_length": 4, "pattern": 1, "unique_shop_id": 2}
    assert len(str(report)) < 10_000
    assert report.problems.to_arrow().nbytes < 10_000


@pytest.mark.parametrize(
    "wrong",
    [
        pl.col("visits").cast(pl.UInt64), pl.col("visits").cast(pl.Decimal(10, 2)), pl.col("visits").cast(pl.Int128), pl.col("visits").cast(pl.Float64),
        pl.col("opened").cast(pl.Datetime), pl.lit(time(1)).alias("opened"), pl.lit(timedelta(1)).alias("opened"), pl.concat_list("title").alias("title"),
        pl.struct("title").alias("title"), pl.col("title").cast(pl.Binary), pl.col("ratio").cast(pl.String), pl.col("busy").cast(pl.Int8),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("kind", ["parquet", "arrow", "eager", "lazy with operations", "pyarrow", "relation"])
def test_another_type_is_named_once(kind, wrong, tmp_path):
    if kind in ("arrow", "pyarrow", "relation") and ("Int128" in str(wrong) or "1d" in str(wrong)):
        pytest.skip("Arrow has no such type, or DuckDB gives back another")
    report = both(SOURCES[kind](shops().with_columns(wrong), tmp_path))
    assert report.counts == {"type": 1}
    assert "has the type" in report.problems[0].message


@pytest.mark.parametrize("kind", ["parquet", "arrow", "eager", "pyarrow"])
def test_categories_and_narrow_types_are_taken(kind, tmp_path):
    narrow = shops().with_columns(pl.col("kind").cast(pl.Enum(["a"])), pl.col("shop_id").cast(pl.Categorical), pl.col("visits").cast(pl.UInt8))
    assert both(SOURCES[kind](narrow, tmp_path)).ok


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "eager", "lazy", "pyarrow"])
@pytest.mark.parametrize("name", ["__row", "file_row_number", "filename", "__cell_visits", 'a"b', "a'b", "", "RATIO", "shop id"])
def test_a_column_of_any_name_is_unknown(kind, name, tmp_path):
    report = both(SOURCES[kind](shops().with_columns(pl.lit("x").alias(name)), tmp_path))
    assert report.counts == {"unknown_column": 1}
    assert report.rows == 3


@pytest.mark.parametrize("name", ["ratio", "mine"])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "pyarrow", "batch", "pandas", "relation", "folder", "csv"])
def test_a_column_that_stands_twice_is_named(kind, name, tmp_path):
    table = shops().with_columns(mine=1).to_arrow()
    table = pa.Table.from_arrays([*table.columns, table.column(name)], names=[*table.column_names, name])
    paths = {"parquet": tmp_path / "s.parquet", "folder": tmp_path / "b.parquet", "arrow": tmp_path / "s.arrow", "csv": tmp_path / "s.csv"}
    if kind in ("parquet", "folder"):
        pq.write_table(table, paths[kind])
    elif kind == "arrow":
        with pa.OSFile(str(paths[kind]), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    elif kind == "csv":
        paths[kind].write_text(",".join(table.column_names) + "\nsho-1,x,1,0.5,2020-01-02,true,a,1,0.5\n", encoding="utf-8")
    if kind == "folder":
        shops().write_parquet(tmp_path / "a.parquet")
    frames = {"pyarrow": table, "batch": table.combine_chunks().to_batches()[0], "folder": tmp_path}
    if kind == "pandas":
        frames[kind] = pd.concat([shops().with_columns(mine=1).to_pandas(), pd.DataFrame({name: [1, 1, 1]})], axis=1)
    if kind == "relation":
        con = duckdb.connect()
        con.register("t", shops().with_columns(mine=1))
        frames[kind] = con.sql(f"SELECT t.*, t.{name} FROM t")  # noqa: S608 - names of ours
    report = both(frames.get(kind, paths.get(kind)))
    assert [p.column for p in report.problems if p.rule == "duplicate_column"] == [name]
    assert kind in ("pyarrow", "batch", "pandas", "relation") or report.problems[0].file == paths[kind].name


# Files that cannot be read.


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_file_cut_anywhere_is_unreadable(suffix, tmp_path):
    raw = written(shops(), tmp_path / f"whole.{suffix}").read_bytes()
    for length in range(0, len(raw), len(raw) // 25):
        (tmp_path / f"cut.{suffix}").write_bytes(raw[:length])
        assert told(both(tmp_path / f"cut.{suffix}")) == [("unreadable", None, f"cut.{suffix}")]


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """More rows than are read at once."""
    path = tmp_path_factory.mktemp("large") / "s.parquet"
    shops(210_000).write_parquet(path, row_group_size=30_000, compression="uncompressed")
    return path


@pytest.mark.parametrize("share", [0.45, 0.75])
def test_a_hole_in_the_middle_of_a_large_file_is_unreadable(large, share, tmp_path):
    raw = large.read_bytes()
    at = int(len(raw) * share)
    (tmp_path / "hole.parquet").write_bytes(raw[:at] + raw[at + 5000 :])
    assert told(both(tmp_path / "hole.parquet")) == [("unreadable", None, "hole.parquet")]
    assert [p.rule for p in validate(pl.scan_parquet(tmp_path / "hole.parquet"), Shop).problems] == ["unreadable"]


def not_utf8() -> pa.Array:
    offsets = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xffb")])


@pytest.mark.parametrize("column", ["shop_id", "title"])
def test_text_that_is_not_utf8_is_unreadable(column, tmp_path):
    table = shops().to_arrow()
    table = table.set_column(table.column_names.index(column), column, not_utf8())
    for dictionary in (True, False):
        pq.write_table(table, tmp_path / f"{dictionary}.parquet", use_dictionary=dictionary)
        assert told(both(tmp_path / f"{dictionary}.parquet")) == [("unreadable", None, f"{dictionary}.parquet")]
        assert [p.rule for p in validate(pl.scan_parquet(tmp_path / f"{dictionary}.parquet"), Shop).problems] == ["unreadable"]
    with pa.OSFile(str(tmp_path / "s.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    for source in (table, table.combine_chunks().to_batches()[0], tmp_path / "s.arrow"):
        report = both(source)
        assert [p.rule for p in report.problems] == ["unreadable"]
        assert "utf" in report.problems[0].message.lower()


def test_what_a_lazy_frame_raises_is_a_problem(tmp_path):
    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise RuntimeError("boom\nand more")

    frames = {
        "boom": shops().lazy().map_batches(fail, schema=shops().schema),
        "division": shops().lazy().with_columns(pl.col("title").map_elements(lambda _: str(1 / 0), return_dtype=pl.String)),
        "conversion": shops().lazy().with_columns(pl.col("title").cast(pl.Int64)),
        "No such file": pl.scan_parquet(tmp_path / "gone.parquet"),
        "find column": shops().lazy().select("none"),
    }
    for said, frame in frames.items():
        assert said in both(frame).problems[0].message


# CSV.
HEAD = ",".join(shops().columns) + "\n"
ROW = "sho-1,x,1,0.5,2020-01-02,true,a\n"
TEXTS: dict[str, tuple[str | bytes, dict[str, int], int | None]] = {
    "nothing": ("", {"unreadable": 1}, None),
    "a blank first line": ("\n" + HEAD, {"unreadable": 1}, None),
    "a head alone": (HEAD, {}, None),
    "a head without end": (HEAD.strip(), {}, None),
    "a mark of order": ("\ufeff" + HEAD + ROW, {}, None),
    "carriage returns": ((HEAD + ROW).replace("\n", "\r\n"), {}, None),
    "mixed ends": (HEAD + "\r\n".join([ROW.strip(), ROW.replace("-1", "-2", 1).replace("x", "y")]), {}, None),
    "carriage returns alone": ((HEAD + ROW).replace("\n", "\r"), {"unreadable": 1}, None),
    "a carriage return in a cell": (HEAD + ROW.replace("x", "x\ry"), {"unreadable": 1}, None),
    "a short row": (HEAD + "sho-2,x\n", {"ragged_row": 1, "not_null": 1}, 2),
    "a long row": (HEAD + ROW.strip() + ",more\n", {"ragged_row": 1}, 2),
    "a blank line": (HEAD + ROW + "\n" + ROW.replace("-1", "-2", 1).replace("x", "y"), {"ragged_row": 1, "not_null": 2}, 3),
    "a quotation without end": (HEAD + ROW.replace("x", '"x'), {"unreadable": 1}, None),
    "a mark in a cell": (HEAD + ROW.replace("x", 'x"y'), {"unreadable": 1}, None),
    "two marks in a cell": (HEAD + ROW.replace("x", 'x"y"z'), {"unreadable": 1}, None),
    "text after a quotation": (HEAD + ROW.replace("x", '"x"y'), {"unreadable": 1}, None),
    "a quoted separator": (HEAD + ROW.replace("x", '"x,y"'), {}, None),
    "a quoted mark": (HEAD + ROW.replace("x", '"x""y"'), {}, None),
    "a quoted newline": (HEAD + ROW.replace("x", '"x\ny"'), {"pattern": 1}, None),
    "a quoted carriage return": (HEAD + ROW.replace("x", '"x\r\ny"'), {"pattern": 1}, None),
    "NUL": (HEAD + ROW.replace("x", "x\0y"), {"pattern": 1}, None),
    "bytes of another encoding": ((HEAD + ROW.replace("x", "é")).encode("latin1"), {"unreadable": 1}, None),
    "another encoding": ((HEAD + ROW).encode("utf-16"), {"unreadable": 1}, None),
    "semicolons": ((HEAD + ROW).replace(",", ";"), {"unreadable": 1}, None),
    "tabs": ((HEAD + ROW).replace(",", "\t"), {"unreadable": 1}, None),
    "one column": ("shop_id\nsho-1\n\nsho-2\n", {"missing_column": 6, "not_null": 1}, None),
    "one column and a cell too much": ("shop_id\nsho-1\nsho-2,x\n", {"missing_column": 6, "ragged_row": 1}, 3),
    "one column that is no text": (b"shop_id\nsho-1\n\xff\n", {"unreadable": 1}, None),
    "a year 0": (HEAD + ROW.replace("2020", "0000"), {"type": 1}, None),
    "a day that is none": (HEAD + ROW.replace("01-02", "02-30"), {"type": 1}, None),
    "a number too large": (HEAD + ROW.replace(",1,", ",9223372036854775808,"), {"type": 1}, None),
    "digits of others": (HEAD + ROW.replace(",1,", ",১,"), {"type": 1}, None),
    "a number without bounds": (HEAD + ROW.replace("0.5", "1e999"), {"finite": 1, "at_most": 1}, None),
    "words for null": (HEAD + ROW.replace("0.5", "NA").replace("true", "TRUE"), {"type": 2}, None),
}


@pytest.mark.parametrize("case", TEXTS)
def test_csv_of_every_form(case, tmp_path):
    text, counts, line = TEXTS[case]
    path = tmp_path / "s.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = both(path)
    assert report.counts == counts
    assert all(problem.file == "s.csv" for problem in report.problems)
    assert line is None or [p.line for p in report.problems if p.rule == "ragged_row"] == [line]


# Folders.
OTHER = shops().with_columns(shop_id=pl.col("shop_id") + "-b", title=pl.col("title") + "b")
MIXED: dict[str, tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]] = {
    "a column missing in the second": (shops(), OTHER.drop("ratio"), {"missing_column": 1}),
    "a column missing in the first": (shops().drop("visits"), OTHER, {"missing_column": 1}),
    "an extra column": (shops(), OTHER.with_columns(z=1), {"unknown_column": 1}),
    "another order": (shops(), OTHER.select(reversed(OTHER.columns)), {}),
    "a wider type": (shops().with_columns(pl.col("visits").cast(pl.Int32), pl.col("ratio").cast(pl.Float32)), OTHER, {}),
    "another type": (shops(), OTHER.with_columns(visits=pl.lit("many")), {"type": 1}),
    "types that are never ours": (shops().with_columns(title=pl.lit(b"x")), OTHER.with_columns(title=pl.lit(datetime(2020, 1, 1))), {"type": 2}),  # noqa: DTZ001
    "no column in common": (shops().select("shop_id"), OTHER.select("kind"), {"missing_column": 12}),
    "no rows in the first": (shops().clear(), OTHER.with_columns(kind=pl.lit("zz")), {"one_of": 3}),
    "the same keys": (shops(), shops(title=pl.lit("q") + pl.col("title")), {"unique_shop_id": 6}),
}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
@pytest.mark.parametrize("case", MIXED)
def test_folders_of_unequal_files(case, suffix, tmp_path):
    one, two, counts = MIXED[case]
    if suffix == "csv" and "type" in counts:
        if case != "another type":
            pytest.skip("CSV has no such type")
        counts = {"type": 3}
    report = both(folder(tmp_path, **{f"a__{suffix}": one, f"b__{suffix}": two}))
    assert report.counts == counts
    assert all(problem.file in (f"a.{suffix}", f"b.{suffix}") for problem in report.problems)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
def test_partitions_are_text_until_they_are_read(suffix, tmp_path):
    for n, value in enumerate(["1", "x", "__HIVE_DEFAULT_PARTITION__", "99999999999999999999"]):
        part = shops().drop("visits").with_columns(pl.format("sho-{}-{}", pl.col("title"), pl.lit(n)).alias("shop_id"), title=pl.lit(None, pl.String))
        written(part, tmp_path / f"visits={value}" / f"s.{suffix}")
    report = both(tmp_path)
    assert report.counts == {"type": 6}
    assert {(p.file, p.value) for p in report.problems} == {(f"visits={value}/s.{suffix}", value) for value in ("x", "99999999999999999999")}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
@pytest.mark.parametrize("value", ["a%20b", "d=e", "a'b", 'a"b', "a*b", "a?b", "[a]"])
def test_partitions_of_any_text(suffix, value, tmp_path):
    written(shops().drop("kind"), tmp_path / f"kind={value}" / f"s.{suffix}")
    assert {p.value for p in both(tmp_path).problems} == {value.replace("%20", " ")}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
def test_paths_of_any_text(suffix, tmp_path):
    path = written(shops(), tmp_path / "my [x] *é" / f"a [1] *?::é.{suffix}")
    for source in (path, str(path), path.parent):
        assert both(source).rows == 3
    assert both(written(shops(), tmp_path / f"S.{suffix}").rename(tmp_path / f"S.{suffix.upper()}")).ok


def test_links_that_lead_nowhere_are_not_passed_over(tmp_path):
    folder(tmp_path / "f", a__parquet=shops())
    (tmp_path / "f" / "b.parquet").symlink_to(tmp_path / "gone.parquet")
    for source in (tmp_path / "f", tmp_path / "f" / "b.parquet", str(tmp_path / "f" / "*.parquet")):
        assert told(both(source)) == [("unreadable", None, "b.parquet")]
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "more").symlink_to(tmp_path / "f")
    with pytest.raises(ValueError, match="more is a link to a folder"):
        validate(tmp_path / "g", Shop)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_unreadable(tmp_path):
    path = written(shops(), tmp_path / "s.csv")
    path.chmod(0)
    assert told(both(path)) == [("unreadable", None, "s.csv")]


@pytest.mark.parametrize("source", ["", "none.parquet", "none/*.csv", "none.duckdb::t", "https://example.com/x.parquet"])
def test_what_is_not_there_is_said(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for engine in ENGINES:
        with pytest.raises(FileNotFoundError, match="no file"):
            validate(source, Shop, engine=engine)


def test_a_folder_of_several_formats_or_of_none_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        validate(tmp_path, Shop)
    with pytest.raises(ValueError, match="several formats"):
        validate(folder(tmp_path, a__csv=shops(), b__parquet=shops()), Shop)


# A file that changes while it is read.
CHANGES: dict[str, Any] = {
    "gone": Path.unlink,
    "touched": lambda path: os.utime(path, ns=(1, 1)),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"sho-9"),
    "replaced": lambda path: written(shops(5), path.with_name("new" + path.suffix)).replace(path),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read_is_named(change, suffix, engine, tmp_path):
    path = written(shops(), tmp_path / f"s.{suffix}")
    report = validate(path, Shop, engine=engine, progress=lambda done, *_: CHANGES[change](path) if not done and path.exists() else None)
    assert told(report) == [("file_changed", None, path.name)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_refers_to_itself_is_named_once(engine, tmp_path):
    class Part(Table):
        """A part of a part."""

        name = "parts"
        key = "id"
        id = Text("Its sign.")
        part_of = Text("The sign of the whole.", optional=True)
        rules = (References("part_of", "parts"),)

    path = written(pl.DataFrame({"id": ["a"], "part_of": [None]}, schema={"id": pl.String, "part_of": pl.String}), tmp_path / "s.parquet")
    assert validate(path, Part, engine=engine).ok
    report = validate(path, Part, engine=engine, progress=lambda *_: os.utime(path, ns=(1, 1)))
    assert told(report) == [("file_changed", None, path.name)]


def test_a_large_file_that_goes_while_it_is_read_is_named(large, tmp_path):
    path = tmp_path / "s.parquet"
    path.write_bytes(large.read_bytes())
    report = validate(path, Shop, progress=lambda *_: path.unlink(missing_ok=True))
    assert told(report) == [("file_changed", None, "s.parquet")]


# Frames of pandas and of DuckDB.
PANDAS: dict[str, tuple[Any, set[str]]] = {
    "mixed objects": (lambda frame: frame.assign(title=["a", 1, None]), {"type"}),
    "lists and dicts": (lambda frame: frame.assign(title=[{"a": 1}, [1], None]), {"type"}),
    "numbers too large": (lambda frame: frame.assign(visits=pd.Series([1, 2**70, 3], dtype=object)), {"type"}),
    "surrogates": (lambda frame: frame.assign(title=pd.Series(["a", "\ud800", "b"], dtype=object)), {"type"}),
    "complex numbers": (lambda frame: frame.assign(ratio=[1 + 2j] * 3), {"type"}),
    "sparse columns": (lambda frame: frame.assign(visits=pd.arrays.SparseArray([1, 1, 1])), {"type"}),
    "decimals": (lambda frame: frame.assign(ratio=[Decimal("1.5")] * 3), {"type"}),
    "bytes": (lambda frame: frame.assign(title=[b"a", b"b", b"c"]), {"type"}),
    "floats for numbers": (lambda frame: frame.assign(visits=[1.0, 2.0, float("nan")]), {"type"}),
    "times for days": (lambda frame: frame.assign(opened=pd.to_datetime(frame["opened"])), {"type"}),
    "nullable numbers": (lambda frame: frame.assign(visits=pd.array([1, None, 3], dtype="Int64")), set()),
    "categories": (lambda frame: frame.assign(kind=frame["kind"].astype("category")), set()),
    "a name that is a number": (lambda frame: frame.assign(x=1).rename(columns={"x": 5}), {"unknown_column"}),
    "a name that is none": (lambda frame: frame.assign(x=1).rename(columns={"x": None}), {"unknown_column"}),
    "names of several levels": (lambda frame: frame.set_axis(pd.MultiIndex.from_product([["a"], frame.columns]), axis=1), {"missing_column", "unknown_column"}),
    "names that are equal as text": (lambda frame: frame.assign(**{"x": 1, "5": 1}).rename(columns={"x": 5}), {"duplicate_column"}),
    "no rows": (lambda frame: frame.iloc[:0], set()),
    "no columns": (lambda _: pd.DataFrame(), {"missing_column"}),
}


@pytest.mark.parametrize("case", PANDAS)
def test_frames_of_pandas(case):
    change, rules = PANDAS[case]
    frame = shops().to_pandas().assign(opened=pd.Series([date(2020, 1, 2)] * 3, dtype=object))
    assert set(both(change(frame)).counts) == rules


def test_objects_of_no_type_hide_nothing_else():
    frame = shops().to_pandas().assign(title=["a", 1, None], opened=pd.Series([date(2020, 1, 2)] * 3, dtype=object), kind=["a", "z", "b"], more=[[1], "x", {}])
    report = both(frame)
    assert report.counts == {"type": 1, "unknown_column": 1, "one_of": 1}
    assert [(p.row, p.key, p.value) for p in report.problems if p.rule == "one_of"] == [(1, "sho-1", "z")]


def test_relations_that_cannot_be_read_are_problems():
    def closed() -> Any:
        con = duckdb.connect()
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
        relation = con.table("t")
        con.close()
        return relation

    con = duckdb.connect()
    con.execute("CREATE TABLE t AS SELECT 'sho-1' AS shop_id")
    fails = con.sql("SELECT CASE WHEN shop_id = 'sho-1' THEN error('boom') END AS shop_id FROM t")
    for source, said in ((closed, "closed"), (fails, "boom")):
        report = both(source)
        assert [p.rule for p in report.problems] == ["unreadable"]
        assert said in report.problems[0].message


@pytest.mark.parametrize("engine", ENGINES)
def test_databases_that_cannot_be_read_are_problems(engine, tmp_path):
    there = database(shops(), tmp_path / "s.duckdb")
    raw = (tmp_path / "s.duckdb").read_bytes()
    (tmp_path / "cut.duckdb").write_bytes(raw[: len(raw) // 2])
    (tmp_path / "bad.duckdb").write_bytes(b"x" * 5000)
    for source in (there + "x", f"{tmp_path}/s.duckdb::", f"{tmp_path}/bad.duckdb::t", f"{tmp_path}/cut.duckdb::my shops"):
        assert [p.rule for p in validate(source, Shop, engine=engine).problems] == ["unreadable"]
    assert validate(Path(there), Shop, engine=engine).ok


# What is asked for.


class Van(Table):
    """One van."""

    name = "vans"
    serves = "rule"
    van_id = Key("Identifier.", prefix="van")
    shop_id = Ref("Its shop.", to="shops")


@pytest.mark.parametrize("engine", ENGINES)
@every_source
def test_the_other_table_may_be_any_source(kind, engine, tmp_path):
    vans = pl.DataFrame({"van_id": ["van-1", "van-2"], "shop_id": ["sho-1", "sho-9"]})
    report = validate(vans, Van, against={"shops": SOURCES[kind](shops(), tmp_path)}, engine=engine)
    assert [(p.rule, p.key) for p in report.problems] == [("references_shops", "van-2")]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_other_table_may_be_a_folder_of_unequal_files(engine, tmp_path):
    vans = pl.DataFrame({"van_id": ["van-1"], "shop_id": ["sho-1-b"]})
    assert validate(vans, Van, against={"shops": folder(tmp_path, a__csv=shops(), b__csv=OTHER.drop("ratio"))}, engine=engine).ok


@pytest.mark.parametrize("engine", ENGINES)
def test_another_table_without_columns_is_a_problem(engine):
    vans = pl.DataFrame({"van_id": ["van-1"], "shop_id": ["sho-1"]})
    report = validate(vans, Van, against={"shops": pl.DataFrame()}, engine=engine)
    assert [(p.rule, p.column) for p in report.problems] == [("references_shops", "shop_id")]


@pytest.mark.parametrize("table", [5, int, Table, Shop.__new__(Shop)])
def test_what_is_no_definition_is_refused(table):
    with pytest.raises(TypeError, match="is no table"):
        validate(shops(), table)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"limit": -1}, "limit is a number"),
        ({"limit": 2.5}, "limit is a number"),
        ({"memory": "abc"}, "no size of memory"),
        ({"memory": "1.2.3MB"}, "no size of memory"),
        ({"memory": 0}, "no size of memory"),
        ({"memory": -1}, "no size of memory"),
        ({"engine": "cobol"}, "there is no engine"),
        ({"against": {"x": shops()}}, "refers to no table"),
        ({"out": "x.txt"}, "ends with '.txt'"),
    ],
)
def test_options_without_sense_are_refused(options, said):
    for engine in ENGINES:
        with pytest.raises(ValueError, match=said):
            validate(shops(), Shop, **{"engine": engine, **options})


class Visit(Table):
    """One visit, as somebody else noted it."""

    name = "visits"
    key = ("place", "number")

    place = Text("Where it was.", pattern=".*", max_length=300)
    number = Number("Number of the visit.")
    day = Day("When it was.")
    guests = Count("How many came.", optional=True)
    rules = (References("day", "days"), References("place", "numbers"), References("number", "numbers"))


def visits(**values: list[Any]) -> pl.DataFrame:
    own = {"place": ["a", "b"], "number": [1, 2], "day": [date(2024, 1, 1), date(2024, 1, 2)], "guests": ["3", None]}
    counts = {"guests_low": [3, None], "guests_best": [3, None], "guests_high": [3, None]}
    return pl.DataFrame(own | counts | values, schema_overrides=dict.fromkeys(counts, pl.Int64))


# The sizes that decide how polars reads a table: as a whole, in a stream, in a stream of what was kept of text.
WAYS = {"eager": {"EAGER_ROWS": 1000}, "stream": {"EAGER_ROWS": -1, "SMALL_BYTES": -1}, "kept": {"EAGER_ROWS": -1, "SMALL_BYTES": -1, "EAGER_BYTES": -1}}


@pytest.mark.parametrize("way", WAYS)
def test_of_a_cell_that_is_no_value_only_that_is_told(way: str, tmp_path: Path):
    texts = visits().cast(pl.String).with_columns(number=pl.Series(["one", None]), day=pl.Series(["2024-02-30", "2024-01-02"]))
    texts.write_csv(tmp_path / "mine.csv")
    with patch.multiple(polars_engine, **WAYS[way]):
        report = both(tmp_path / "mine.csv", Visit)
    assert [(p.row, p.column, p.rule, p.value) for p in report.problems] == [
        (0, "number", "type", "one"),
        (0, "day", "type", "2024-02-30"),
        (1, "number", "not_null", None),
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("of", [pl.String, pl.Categorical])
def test_texts_that_are_referred_to_are_read_as_cells(way: str, of: Any, tmp_path: Path):
    days = pl.DataFrame({"id": ["2024-01-01", "02.01.2024", ""]}).cast(of)
    numbers = pl.DataFrame({"id": ["a", "b", "1", "2.0", "+2"]})
    numbers.write_csv(tmp_path / "numbers.csv")
    for some in (numbers.cast(of), tmp_path / "numbers.csv"):
        with patch.multiple(polars_engine, **WAYS[way]):
            report = both(visits(number=[1, 2]), Visit, against={"days": days, "numbers": some})
            assert report.counts == {"references_days": 1}
            assert both(visits(number=[1, 4]), Visit, against={"days": days, "numbers": some}).counts == {"references_days": 1, "references_numbers": 1}


def test_a_key_is_told_as_it_is():
    places = ["", " ", "b ", "x" * 96, "x" * 97]
    frame = pl.DataFrame(
        {"place": [*places, None], "number": [1, 2, 3, 4, 5, None], "day": [None] * 6, "guests": [None] * 6}, schema_overrides={"day": pl.Date}
    )
    frame = frame.with_columns(pl.lit(None, pl.Int64).alias(f"guests_{name}") for name in ("low", "best", "high"))
    report = both(frame, Visit)
    assert [p.key for p in report.problems if p.column == "day"] == [" 1", "  2", "b  3", "x" * 96 + " 4", "x" * 95 + "… 5", None]


@pytest.mark.parametrize("way", WAYS)
def test_a_count_beyond_the_grammar_is_refused_however_it_is_read(way: str):
    n = 10**12
    frame = visits(guests=[str(n), str(n - 1)], **{f"guests_{name}": [n, n - 1] for name in ("low", "best", "high")})
    with patch.multiple(polars_engine, **WAYS[way]):
        assert both(frame, Visit).counts == {"pattern": 1, "expands_guests": 1}


def test_a_table_that_refers_to_itself_needs_a_key_of_one_column():
    class Part(Table):
        """A part of a part."""

        name = "parts"
        key = ("kind", "number")
        kind = Text("Kind.")
        number = Number("Number.")
        part_of = Text("The number of the whole.", optional=True)
        rules = (References("part_of", "parts"),)

    report = both(pl.DataFrame({"kind": ["a"], "number": [1], "part_of": ["nothing"]}), Part)
    assert report.counts == {"references_parts": 1}
    assert "no column of it can be what `part_of` refers to (its key has 2 columns" in report.problems[0].message


@pytest.mark.parametrize("limit", [True, -1, "3"])
def test_a_limit_is_a_number(limit: Any):
    with pytest.raises(ValueError, match="limit is a number"):
        validate(shops(), Shop, limit=limit)


def test_other_tables_are_given_by_name():
    with pytest.raises(TypeError, match="against is a mapping"):
        validate(visits(), Visit, against="days.parquet")


def test_a_lazy_frame_keeps_its_file(tmp_path: Path):
    shops().write_parquet(tmp_path / "mine.parquet")
    with pytest.raises(ValueError, match="out is mine.parquet, which is read"):
        validate(pl.scan_parquet(tmp_path / "mine.parquet"), Shop, out=tmp_path / "mine.parquet")
    assert pl.read_parquet(tmp_path / "mine.parquet").height == 3


def test_ragged_rows_of_another_table_are_told(tmp_path: Path):
    (tmp_path / "numbers.csv").write_text("id,what\n1,x\n2,y,z\n")
    report = both(visits(number=[1, 2]), Visit, against={"numbers": tmp_path / "numbers.csv"})
    assert [(p.table, p.file, p.row, p.line, p.rule) for p in report.problems] == [
        ("numbers", "numbers.csv", 1, 3, "ragged_row"),
        ("visits", None, 0, None, "references_numbers"),
        ("visits", None, 1, None, "references_numbers"),
    ]


def test_the_key_of_another_table_may_be_called_like_a_column_of_ours(tmp_path: Path):
    class House(Table):
        """A house."""

        name = "houses"
        key = ("id",)
        id = Number("Number.")
        street = Text("Street.")
        rules = (References("street", "streets"),)

    (tmp_path / "streets.csv").write_text("id\n7\n")
    report = both(pl.DataFrame({"id": [1, 2], "street": ["7", "8"]}), House, against={"streets": tmp_path / "streets.csv"})
    assert [(p.row, p.rule) for p in report.problems] == [(1, "references_streets")]


def test_a_glob_may_have_folders_below_its_wildcards(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name / "deep").mkdir(parents=True)
        shops(kind=pl.lit(name)).with_columns(pl.col("shop_id") + name).write_parquet(tmp_path / name / "deep" / "mine.parquet")
    report = both(f"{tmp_path}/*/deep/*.parquet")
    assert report.rows == 6
    assert {p.file for p in report.problems} == {"a/deep/mine.parquet", "b/deep/mine.parquet"}


def test_columns_may_be_called_in_capitals(tmp_path: Path):
    class Runway(Table):
        """A runway."""

        name = "runways"
        key = "ID"
        ID = Number("Number.")
        headingDegT = Number("True heading.", minimum=0, maximum=360)  # noqa: N815 - as others write
        surfaceType = Text("What it is made of.", optional=True)  # noqa: N815 - as others write
        rules = (RequiredIf("surfaceType", "headingDegT", (90,)),)

    frame = pl.DataFrame({"ID": [1, 2, 2], "headingDegT": [10, 361, 90], "surfaceType": ["sand", "sand", None]})
    frame.write_csv(tmp_path / "mine.csv")
    frame.write_parquet(tmp_path / "mine.parquet")
    for source in (frame, tmp_path / "mine.csv", tmp_path / "mine.parquet"):
        assert both(source, Runway).counts == {"unique_ID": 2, "at_most": 1, "surfaceType_required_if_headingDegT": 1}


def test_two_runs_may_write_at_once(tmp_path: Path):
    with ThreadPoolExecutor() as pool:
        ran = [pool.submit(validate, shops(kind=pl.lit("z")), Shop, out=tmp_path / "out.csv") for _ in range(4)]
    assert [one.result().counts for one in ran] == [{"one_of": 3}] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_of_csv_files_may_stand_for_null(tmp_path: Path):
    for folder in ("title=__HIVE_DEFAULT_PARTITION__", "title=x"):
        (tmp_path / folder).mkdir()
        shops(1).with_columns("sho-" + pl.lit(folder[-1]).alias("shop_id")).drop("title").write_csv(tmp_path / folder / "mine.csv")
    report = both(tmp_path)
    assert (report.rows, "title" in {p.column for p in report.problems}) == (2, False)


def test_damaged_blocks_are_a_problem(tmp_path: Path):
    shops(100_000).write_ipc(tmp_path / "mine.arrow", compression="lz4")
    data = bytearray((tmp_path / "mine.arrow").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "mine.arrow").write_bytes(data)
    assert both(tmp_path / "mine.arrow").counts == {"unreadable": 1}


def test_a_reader_of_batches_is_looked_at_before_it_is_believed():
    texts = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(np.array([0, 2, 4], "int32").tobytes()), pa.py_buffer(b"ok\xff\xfe")])
    table = shops(2).to_arrow().drop_columns("title").append_column("title", texts)
    assert both(table.to_reader).counts == {"unreadable": 1}
    with pytest.raises(TypeError, match="a source is a file"):
        validate(table.schema, Shop)


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "dictionary"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("text", ["a", "b" * 30])
def test_nulls_are_told_from_values_in_pages_of_every_encoding(encoding: str, version: Any, text: str, tmp_path: Path):
    # DuckDB 2.0 takes texts for null where it decides a condition on the pages themselves.
    frame = shops(300, kind=["a" if n % 2 else None for n in range(300)], title=[None if n % 2 else text for n in range(300)])
    table = frame.with_columns(ratio=pl.int_range(300).cast(pl.Float64)).to_arrow()
    how: Any = {} if encoding == "dictionary" else {"use_dictionary": False, "column_encoding": {"kind": encoding, "title": encoding}}
    pq.write_table(table, tmp_path / "mine.parquet", data_page_version=version, compression="none", **how)
    assert both(tmp_path / "mine.parquet").counts == {"not_null": 150} | ({"max_length": 150} if len(text) > 20 else {}) | {"at_most": 289}


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_files_that_share_no_column_have_rows(suffix: str, tmp_path: Path):
    for name in "ab":
        getattr(pl.DataFrame({name: [1, 2]}), f"write_{suffix}")(tmp_path / f"{name}.{suffix}")
    report = both(tmp_path, Shop)
    assert report.rows == 4
    assert set(report.counts) == {"missing_column", "unknown_column"}


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_column_that_differs_in_case_alone_is_another(suffix: str, tmp_path: Path):
    frame = shops().with_columns(KIND=pl.lit("z"), SHOP_ID=pl.lit("z")).select("SHOP_ID", "KIND", *shops().columns)
    frame.write_parquet(tmp_path / "s.parquet") if suffix == "parquet" else frame.write_ipc(tmp_path / "s.arrow")
    assert both(tmp_path / f"s.{suffix}").counts == {"unknown_column": 2}

    class Sale(Table):
        """One sale."""

        name = "sales"
        sale_id = Key("Identifier.", prefix="sal")
        shop_id = Ref("Where.", to="shops")

    sales = pl.DataFrame({"sale_id": ["sal-1", "sal-2"], "shop_id": ["sho-1", "z"]})
    assert both(sales, Sale, against={"shops": tmp_path / f"s.{suffix}"}).counts == {"references_shops": 1}


def test_folders_called_as_duckdb_counts_columns_are_folders(tmp_path: Path):
    (tmp_path / "c0=x").mkdir()
    shops().write_csv(tmp_path / "c0=x" / "s.csv")
    assert both(tmp_path).counts == {"unknown_column": 1}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
def test_a_key_of_another_type_still_tells_the_row(suffix: str, tmp_path: Path):
    frame = shops(shop_id=[7, 8, 9], visits=[1, -1, 2])
    frame.write_ipc(tmp_path / "s.arrow") if suffix == "arrow" else getattr(frame, f"write_{suffix}")(tmp_path / f"s.{suffix}")
    report = both(tmp_path / f"s.{suffix}")
    assert [(p.row, p.key) for p in report.problems if p.column == "visits"] == [(1, "8")]
    assert [(p.row, p.key) for p in both(frame).problems if p.column == "visits"] == [(1, "8")]
    # What has no text of its own tells nothing.
    assert [p.key for p in both(shops(shop_id=[[1], [2], [3]], visits=[1, -1, 2])).problems if p.column == "visits"] == [None]


def test_a_key_is_one_line_of_what_is_printed():
    report = both(shops(shop_id=["sho-1", "sho-\n2", "sho-3"]))
    assert [p.key for p in report.problems] == ["sho-\n2"]
    assert "\n" not in str(report.problems[0])


def test_the_line_of_what_cannot_be_read_is_told(tmp_path: Path):
    (tmp_path / "s.csv").write_bytes(b"shop_id,title\nsho-1,a\nsho-2,\xff\n")
    (tmp_path / "t.csv").write_bytes(b'shop_id,title\nsho-1,a\nsho-2,a"b\n')
    for name in "st":
        report = both(tmp_path / f"{name}.csv")
        assert [(p.rule, p.file, p.line) for p in report.problems] == [("unreadable", f"{name}.csv", 3)]


@pytest.mark.parametrize("number", [ENOSPC, EDQUOT, EFBIG])
def test_a_disk_without_room_is_no_fault_of_the_table(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any, **__: Any) -> None:
        raise pl.exceptions.ComputeError(f"parquet: underlying IO error: {os.strerror(number)} (os error {number})")

    shops().write_csv(tmp_path / "s.csv")
    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", full)
    with patch.multiple(polars_engine, **WAYS["kept"]), pytest.raises(OSError, match="for temporary files; set TMPDIR"):
        validate(tmp_path / "s.csv", Shop)
    with pytest.raises(OSError, match="for temporary files; set TMPDIR"):
        validate(shops().lazy().filter(pl.col("visits") >= 0), Shop, engine="duckdb")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_that_this_process_writes_says_what_to_do(engine: str, tmp_path: Path):
    with duckdb.connect(tmp_path / "s.duckdb") as con:
        con.execute("CREATE TABLE shops (shop_id VARCHAR)")
        (problem,) = validate(f"{tmp_path / 's.duckdb'}::shops", Shop, engine=engine).problems
    assert "close it there, or give a table of that connection" in problem.message


class Remark(Table):
    """What is said of a row of any table."""

    name = "remarks"
    key = ("of", "row_id")
    of = Text("Name of the table.")
    row_id = Text("Key of the row.")
    rules = (ReferencesAny("row_id", "of"),)


@pytest.mark.parametrize("way", ["eager", "stream"])
def test_rows_that_name_a_table_which_was_not_given_are_counted(way: str):
    remarks = pl.DataFrame({"of": ["shops", "shops", "visits", "cities", "cities"], "row_id": ["sho-1", "sho-9", "1", "2", "3"]})
    with patch.multiple(polars_engine, **WAYS[way]):
        report = both(remarks, Remark, against={"shops": shops().rename({"shop_id": "row_id"}), "cities": pl.DataFrame({"name": ["Gao"]})})
    # A row that names no shop, and once that cities have no key.
    assert report.counts == {"references_of": 2}
    assert "`cities` was given, but no column of it can be what `row_id` refers to; it has name (string)" in str(report)
    (check,) = (check for check in report.checks if check.rule == "references_of")
    assert check.why == "1 rows name tables that were not given"
    assert report.skipped == (check.sentence,)
    assert check.why in str(report)
    assert check.why in report._repr_html_()
    whole = both(remarks.head(2), Remark, against={"shops": shops().rename({"shop_id": "row_id"})})
    assert whole.counts == {"references_of": 1}
    assert not whole.skipped


@pytest.mark.parametrize("key", [[True, False], [["sho-1"], ["sho-2"]], [date(2024, 1, 1)] * 2, [1.5, 2.5]])
def test_a_table_that_rows_name_has_a_key_that_can_be_compared(key: list[Any]):
    remarks = pl.DataFrame({"of": ["shops", "shops", "cities"], "row_id": ["sho-1", "sho-2", "1"]})
    report = both(remarks, Remark, against={"shops": pl.DataFrame({"row_id": key}), "cities": pl.DataFrame({"row_id": ["1"]})})
    assert report.counts == {"references_of": 1}
    assert "`shops` was given, but its key `row_id` cannot be read as string" in str(report)
    # Of a table that no row names nothing is asked.
    assert both(remarks.tail(1), Remark, against={"shops": pl.DataFrame({"row_id": key}), "cities": pl.DataFrame({"row_id": ["1"]})}).ok


class Mark(Table):
    """One mark that points elsewhere."""

    name = "marks"
    key = ("id",)
    id = Text("Key.")
    n = Number("A number.", minimum=0)
    o = Text("What it points at.")
    rules = (References("o", "others"),)


def marks() -> pl.DataFrame:
    return pl.DataFrame({"id": ["a", "b"], "n": [1, -2], "o": ["o1", "zz"]})


def test_a_folder_may_be_called_like_a_column_but_for_case(tmp_path: Path):
    for name, text in (("N", "5"), ("ID", "q")):
        written(marks(), tmp_path / name / f"{name}={text}" / "m.parquet")
        report = both(tmp_path / name, Mark, against={"others": pl.DataFrame({"id": ["o1"]})})
        assert report.counts == {"unknown_column": 1, "at_least": 1, "references_others": 1}
        assert {p.key for p in report.problems if p.row is not None} == {"b"}


def test_of_columns_that_differ_in_case_the_one_that_is_meant_is_read():
    others = pl.DataFrame({"O": ["zz", "o1"], "o": ["o1", "o2"]})
    con = duckdb.connect()
    for other in (others, others.lazy(), others.to_arrow(), others.to_pandas(), con.sql("SELECT 'zz' AS \"O\", 'o1' AS o")):
        assert both(marks(), Mark, against={"others": other}).counts == {"at_least": 1, "references_others": 1}
    mine = con.sql("SELECT 'Z' AS \"ID\", 'a' AS id, 5 AS \"N\", -2 AS n, 'o1' AS o")
    assert both(mine, Mark, against={"others": others}).counts == {"unknown_column": 2, "at_least": 1}


def test_what_duckdb_cannot_tell_apart_it_says(tmp_path: Path):
    class Both(Table):
        """Two columns that look into two columns which differ in case alone."""

        name = "boths"
        key = ("id",)
        id = Text("Key.")
        a = Text("One.")
        rules = (References("a", "x1"), AtLeastOne("id", "x1", "A"))

    frame, other = pl.DataFrame({"id": ["i"], "a": ["v"]}), pl.DataFrame({"a": ["v"], "A": ["i"]})
    other.write_parquet(tmp_path / "x.parquet")
    for given in (other, tmp_path / "x.parquet"):
        assert validate(frame, Both, against={"x1": given}).ok
        (problem,) = validate(frame, Both, against={"x1": given}, engine="duckdb").problems
        assert problem.rule == "unreadable"
        assert "differ in case alone" in problem.message


def test_names_that_no_definition_has_do_no_harm(tmp_path: Path):
    texts = shops().write_csv().splitlines()
    (tmp_path / "s.csv").write_text("\n".join(['Kind,"x""y",' + texts[0], *("k,1," + row for row in texts[1:])]), encoding="utf-8")
    for engine in ENGINES:
        assert validate(tmp_path / "s.csv", Shop, engine=engine).counts == {"unknown_column": 2}
        assert validate(tmp_path / "s.csv", OpenShop, engine=engine).ok


def test_a_path_may_go_up_before_it_goes_down(tmp_path: Path):
    written(shops(), tmp_path / "a" / "z=[1]" / "s.parquet")
    (tmp_path / "b").mkdir()
    assert both(tmp_path / "b" / ".." / "a", OpenShop).ok


def test_what_no_rule_reads_of_another_table_may_be_anything():
    mixed = pd.DataFrame({"id": ["o1"], "zz": [object()]})
    for other in (mixed, pl.DataFrame({"id": ["o1"], "zz": [2**100]}, schema_overrides={"zz": pl.Int128})):
        assert both(marks(), Mark, against={"others": other}).counts == {"at_least": 1, "references_others": 1}
    report = both(marks(), Mark, against={"others": pd.DataFrame({"id": ["o1", 2]})})
    assert report.counts == {"at_least": 1, "references_others": 1}
    assert "its key `id` cannot be read as string" in str(report)


def test_of_two_damaged_files_the_first_is_told(tmp_path: Path):
    written(marks(), tmp_path / "m.parquet")
    (tmp_path / "m.parquet").write_bytes((tmp_path / "m.parquet").read_bytes()[:-20])
    (tmp_path / "o.csv").write_bytes(b"id\no1\n\xff\n")
    assert [p.file for p in both(tmp_path / "m.parquet", Mark, against={"others": tmp_path / "o.csv"}).problems] == ["m.parquet"]
    assert [(p.file, p.line) for p in both(marks(), Mark, against={"others": tmp_path / "o.csv"}).problems] == [("o.csv", 3)]
