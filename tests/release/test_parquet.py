"""One table as Parquet: the same bytes from the same rows, and a hash that sees values only."""

import hashlib
import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mali_dataset.release.parquet import arrow_table, content_hash, write_parquet
from mali_dataset.schema import Day, Flag, Key, Number, Table, Text


class Measure(Table):
    """One measure."""

    name = "measures"
    serves = "plain"

    measure_id = Key("Identifier.", prefix="mea")
    title = Text("Name.")
    depth = Number("How deep.", unit="metres", decimal=True, optional=True)
    people = Number("How many.", unit="people", optional=True)
    checked = Flag("Whether it was checked.", optional=True)
    day = Day("When.", optional=True)


def row(n: int, **values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("depth", "people", "checked", "day", "note"))
    return {"measure_id": f"mea-{n}", "title": f"title {n}", **empty, **values}


ROWS = [row(1, depth=1.5, people=3), row(2, checked=False, day=date(2022, 3, 1)), row(3, depth=0.0, note="a note")]


def written(rows: list[dict[str, Any]], folder: Path) -> bytes:
    path = folder / "measures.parquet"
    write_parquet(arrow_table(Measure, rows, "1.2.3"), path)
    return path.read_bytes()


def test_rows_are_sorted_by_key_whatever_their_order(tmp_path: Path):
    made = arrow_table(Measure, reversed(ROWS), "1.2.3")
    assert made.column("measure_id").to_pylist() == ["mea-1", "mea-2", "mea-3"]
    assert written(ROWS, tmp_path) == written(ROWS[::-1], tmp_path)


def test_the_order_of_the_values_of_a_row_changes_nothing(tmp_path: Path):
    turned = [dict(reversed(r.items())) for r in ROWS]
    assert written(turned, tmp_path) == written(ROWS, tmp_path)


def test_negative_zero_is_zero(tmp_path: Path):
    made = arrow_table(Measure, [row(1, depth=-0.0)], "1")
    assert math.copysign(1, made.column("depth")[0].as_py()) == 1
    assert written([row(1, depth=-0.0)], tmp_path) == written([row(1, depth=0.0)], tmp_path)


def test_a_null_where_none_may_be_is_refused():
    with pytest.raises(ValueError, match="'title' of `measures` may not be null"):
        arrow_table(Measure, [row(1), row(2, title=None)], "1")


def test_a_value_of_another_type_is_refused():
    with pytest.raises((ValueError, TypeError)):
        arrow_table(Measure, [row(1, people="three")], "1")


def test_no_rows_keep_their_types():
    made = arrow_table(Measure, [], "1")
    assert made.num_rows == 0
    assert made.schema.field("depth").type == pa.float64()
    assert made.schema.field("day").type == pa.date32()


def test_the_file_says_what_it_holds(tmp_path: Path):
    written(ROWS, tmp_path)
    schema = pq.read_schema(tmp_path / "measures.parquet")
    assert schema.metadata[b"table"] == b"measures"
    assert schema.metadata[b"version"] == b"1.2.3"
    assert schema.metadata[b"key"] == b"measure_id"
    assert schema.metadata[b"description"] == b"One measure."
    assert schema.field("depth").metadata[b"unit"] == b"metres"
    assert schema.field("depth").metadata[b"description"] == b"How deep."
    assert not schema.field("title").nullable
    assert schema.field("depth").nullable
    assert b"pandas" not in schema.metadata


def test_the_layout_is_stated(tmp_path: Path):
    written(ROWS, tmp_path)
    with pq.ParquetFile(tmp_path / "measures.parquet") as file:
        assert file.metadata.num_row_groups == 1
        chunks = [file.metadata.row_group(0).column(i) for i in range(file.metadata.num_columns)]
    assert {chunk.compression for chunk in chunks} == {"SNAPPY"}
    assert not any("DICTIONARY" in encoding for chunk in chunks for encoding in chunk.encodings)


def test_what_was_written_is_reported(tmp_path: Path):
    made = arrow_table(Measure, ROWS, "1")
    said = write_parquet(made, tmp_path / "m.parquet")
    raw = (tmp_path / "m.parquet").read_bytes()
    expected = {"file": "m.parquet", "rows": 3, "columns": 7, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    assert said == expected | {"content_sha256": content_hash(made)}


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zstd"},
        {"compression": "none", "use_dictionary": True},
        {"row_group_size": 1},
        {"version": "1.0", "data_page_version": "2.0", "write_statistics": False},
    ],
)
def test_the_content_hash_does_not_depend_on_the_writer(tmp_path: Path, options: dict[str, Any]):
    made = arrow_table(Measure, ROWS, "1")
    path = tmp_path / "other.parquet"
    pq.write_table(made, path, **options)
    assert path.read_bytes() != written(ROWS, tmp_path)
    assert content_hash(pq.read_table(path)) == content_hash(made)


def test_the_content_hash_sees_names_types_values_and_order():
    made = arrow_table(Measure, ROWS, "1")
    others = [
        arrow_table(Measure, [*ROWS[:2], row(3, depth=0.5, note="a note")], "1"),
        arrow_table(Measure, ROWS[:2], "1"),
        made.rename_columns(["id", *made.column_names[1:]]),
        made.set_column(3, "people", made.column("people").cast(pa.float64())),
        made.take([2, 1, 0]),
        made.select(made.column_names[::-1]),
        arrow_table(Measure, [*ROWS[:2], row(3, depth=0.0)], "1"),
    ]
    assert len({content_hash(t) for t in [made, *others]}) == len(others) + 1


def test_the_content_hash_does_not_see_the_version():
    assert content_hash(arrow_table(Measure, ROWS, "1")) == content_hash(arrow_table(Measure, ROWS, "2"))
