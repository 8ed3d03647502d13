"""Tables in parts, and which columns have few values."""

from itertools import accumulate
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
