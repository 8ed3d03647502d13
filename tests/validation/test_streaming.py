"""Tables in parts, and which columns have few values."""

from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.schema import References, ReferencesAny
from mali_dataset.schema.forms import expressions
from mali_dataset.schema.forms.expressions import ROW, expression
from mali_dataset.schema.plan import Limit
from mali_dataset.validation import streaming

PATTERN = Limit("text", "pattern", "[a-z]+-[0-9]+")


@given(st.integers(0, 300), st.lists(st.integers(1, 60), max_size=20), st.integers(0, 9), st.sampled_from((1, 30, 400)), st.sampled_from((1, 3, 50)))
def test_every_row_is_in_one_part_and_parts_end_where_what_is_stored_together_does(rows: int, groups: list[int], size: int, bytes_: int, least: int):
    stored = list(accumulate(groups))
    rows = stored[-1] if stored else rows
    table, seen = pl.LazyFrame({ROW: range(rows)}), pl.Series(["x" * size] * size, dtype=pl.String)
    with patch.multiple(streaming, PART=bytes_, LEAST=least):
        parts = [part.collect()[ROW].to_list() for part in streaming.Rows(table, rows, stored).parts(seen)]
    assert [row for part in parts for row in part] == list(range(rows))
    assert all(parts)
    most = max(bytes_ * len(seen) // max(int(seen.estimated_size()), 1), least)
    if groups and max(groups) <= 2 * most:
        assert {part[-1] + 1 for part in parts} <= set(stored)
    assert all(len(part) <= 2 * most for part in parts)


@pytest.mark.parametrize(("stored", "parts"), [([], 1), ([50, 100, 150, 200], 1), ([130, 200], 7), ([200], 7)])
def test_a_table_is_read_in_parts_where_much_of_it_is_stored_together(stored: list[int], parts: int):
    table = pl.LazyFrame({ROW: range(200), "text": ["x" * 34] * 200})
    with patch.multiple(streaming, PART=1_000, LEAST=10, SAMPLE=10):
        some = [part.collect()[ROW].to_list() for part in streaming.Rows(table, 200, stored).bounded(["text"])]
    assert [row for part in some for row in part] == list(range(200))
    assert len(some) == parts


@pytest.mark.parametrize(
    ("values", "few"),
    [
        ([["a-1", "a-2"] * 20] * 4, True),
        ([[f"a-{n}" for n in range(40)]] * 4, True),
        ([[f"a-{40 * place + n}" for n in range(40)] for place in range(4)], False),
        # They stand often, but each in one place.
        ([[f"a-{20 * place + n // 2}" for n in range(40)] for place in range(4)], True),
        ([[f"a-{20 * place + n // 2}" for n in range(39)] + ["wrong"] for place in range(4)], False),
        ([["a-1", "a-2"] * 19 + ["wrong", None]] * 4, True),
        ([[None] * 40] * 4, True),
    ],
)
def test_a_column_has_few_values_that_stand_in_all_places_or_are_sound(values: list[list[Any]], few: bool):
    sample = pl.Series("text", [text for place in values for text in place], dtype=pl.String)
    assert streaming.few(sample, {PATTERN: ~expression(PATTERN)}) is few


TEXTS = st.sampled_from(["a-1", "b-22", "", "wrong", "é-1", "a-1" * 100, "a-1\n"]) | st.none()
WRITERS: list[dict[str, Any]] = [{}, {"use_dictionary": False}, {"dictionary_pagesize_limit": 20, "data_page_size": 10}, {"write_statistics": False}]


@pytest.mark.parametrize("of", [pl.String, pl.Categorical])
@pytest.mark.parametrize("writer", range(len(WRITERS)))
@pytest.mark.parametrize("values", [-1, streaming.VALUES])
@given(st.lists(TEXTS, max_size=40), st.sampled_from([1, 7, 100]), st.integers(0, 3))
def test_rows_of_bad_values_are_found_however_a_file_is_written(of, writer, values, texts, group, single):
    rules = {rule: ~expression(rule) for rule in (PATTERN, Limit("text", "not_null", True), Limit("text", "max_length", 9))}
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    with TemporaryDirectory() as folder, patch.object(streaming, "VALUES", values), patch.object(expressions, "SINGLE", single):
        path = Path(folder, "t.parquet")
        pq.write_table(frame.cast(of).to_arrow(), path, row_group_size=group, **WRITERS[writer])
        stored = pl.scan_parquet(path, row_index_name=ROW)
        assert stored.collect_schema()["text"] == of
        lazy = stored.cast({"text": pl.String})
        found = [(rule, row) for rule, some in streaming.few_texts(lazy, "text", rules, frame["text"].drop_nulls().unique(), stored) for row in some[ROW]]
    numbered = frame.with_row_index(ROW)
    assert sorted(found, key=str) == sorted(((rule, row) for rule, expr in rules.items() for row in numbered.filter(expr)[ROW]), key=str)


@pytest.mark.parametrize("memory", [1_000, streaming.MEMORY])
@pytest.mark.parametrize("values", [-1, streaming.VALUES])
@given(st.lists(st.integers(0, 20) | st.none(), max_size=30), st.lists(st.integers(0, 20) | st.none(), max_size=30), st.sampled_from([pl.Int64, pl.String]))
def test_rows_whose_value_another_table_lacks_are_found(values, memory, mine, theirs, kind):
    table = pl.DataFrame({"of": pl.Series(mine, dtype=pl.Int64).cast(kind)}).with_row_index(ROW)
    other = pl.DataFrame({"key": pl.Series(theirs, dtype=pl.Int64).cast(kind)})
    with patch.object(streaming, "VALUES", values):
        rows = streaming.Rows(table.lazy(), table.height)
        found = [row for some in streaming.absent(rows, References("of", "others"), other.lazy(), other.height, memory) for row in some[ROW]]
    assert sorted(found) == [row for row, value in enumerate(mine) if value is not None and value not in theirs]


@pytest.mark.parametrize("many", [False, True])
def test_a_rule_over_columns_is_asked_of_their_combinations(many: bool):
    texts = [f"{n}" if many else "abc"[n % 3] for n in range(60)]
    frame = pl.DataFrame({"of": texts, "table": ["t", "u"] * 30}).with_row_index(ROW)
    asked: list[int] = []

    def wrong(some: pl.Series) -> pl.Series:
        asked.append(len(some))
        return some == texts[1]

    broken = pl.col("of").map_batches(wrong, return_dtype=pl.Boolean) & (pl.col("table") == "u")
    found = list(streaming.combined(streaming.Rows(frame.lazy(), 60), ReferencesAny("of", "table"), broken))
    assert sorted(row for _, some in found for row in some[ROW]) == [n for n in range(60) if texts[n] == texts[1] and n % 2]
    assert (max(asked) <= 6) is not many
