"""What stands twice is found by order and by hashes alike."""

from collections import Counter
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mali_dataset.schema import Unique
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.schema.plan import Limit
from mali_dataset.validation import streaming, uniqueness
from mali_dataset.validation.streaming import MEMORY


@st.composite
def nearly_rising(draw: st.DrawFn) -> list[int | None]:
    """Numbers that rise but for some that come from elsewhere."""
    numbers: list[int | None] = list(range(draw(st.integers(0, 40))))
    for place in draw(st.lists(st.integers(0, 39), max_size=5)):
        if place < len(numbers):
            numbers[place] = draw(st.integers(-2, 45) | st.none())
    return numbers


@pytest.mark.parametrize("kind", [pl.Int64, pl.String, pl.Float64])
@pytest.mark.parametrize("few", [0, 3, 10**6])
@given(nearly_rising())
@example([5, 1, 2, 3, 4, 5])
@example([1, 2, 3, 3])
@example([None, None])
@example([0, 1, 20, 3, 4, 5, 6, 7, 8, 20])
def test_doubles_are_found(few, kind, numbers):
    frame = pl.DataFrame({"v": numbers}, schema={"v": pl.Int64}).with_columns(pl.col("v").cast(kind)).with_row_index(ROW)
    rule, order = Unique(("v",)), pl.col("v").cast(pl.Float64) if kind == pl.String else pl.col("v")
    with patch.object(uniqueness, "FEW", few), patch.multiple(streaming, PART=1, LEAST=7):
        later: list[uniqueness.Candidates] = []
        rows = streaming.Rows(frame.lazy(), frame.height, [frame.height])
        parts = list(uniqueness.rising(rows, frame["v"], uniqueness.Rising(rule, order, uniqueness.Beside({}, pl.lit(value=False))), MEMORY, later))
        parts += uniqueness.confirmed(uniqueness.looked_up(rows, later, [], pl.Series(dtype=pl.UInt32)), later)
    counts = Counter(number for number in numbers if number is not None)
    assert sorted(row for _, found in parts for row in found[ROW]) == [row for row, number in enumerate(numbers) if counts[number] > 1]


@pytest.mark.parametrize("passes", [1, 3])
@given(st.lists(st.integers(0, 60).map("x{}".format) | st.none(), max_size=60), st.booleans())
def test_what_else_is_looked_for_is_found_once_while_hashes_are_told(passes, texts, beside):
    frame = pl.DataFrame({"v": texts}, schema={"v": pl.String}).with_row_index(ROW)
    rule, limit = Unique(("v",)), Limit("v", "one_of", ("x1",))
    rules = {limit: pl.col("v").is_null() | (pl.col("v") == "x1")}
    memory = max(frame.height * 16 // passes, 1)
    with patch.multiple(streaming, PART=1, LEAST=7):
        later: list[uniqueness.Candidates] = []
        rows = streaming.Rows(frame.lazy(), frame.height, [frame.height])
        told = uniqueness.repeated(rows, rule, memory, later, uniqueness.Beside(rules, rules[limit]) if beside else None)
        found = [*told, *uniqueness.confirmed(uniqueness.looked_up(rows, later, [], pl.Series(dtype=pl.UInt32)), later)]
    rows_of = {one: sorted(row for rule, some in found for row in some[ROW] if rule == one) for one in (rule, limit)}
    counts = Counter(text for text in texts if text is not None)
    assert rows_of[rule] == [row for row, text in enumerate(texts) if text is not None and counts[text] > 1]
    assert rows_of[limit] == ([row for row, text in enumerate(texts) if text in (None, "x1")] if beside else [])


@given(st.lists(st.lists(st.sampled_from([0, 1, 2**61 - 1, 2**61, 2**63, 2**64 - 1]) | st.none())))
def test_hashes_that_stand_more_than_once_are_found(lists):
    found = uniqueness.doubled([pl.Series(some, dtype=pl.UInt64) for some in lists])
    counts = Counter(one for some in lists for one in some if one is not None)
    assert set(found) == {one for one, count in counts.items() if count > 1}


@pytest.mark.parametrize(("values", "rise"), [([], True), ([1, 2, None, 3], True), ([2, 1], False), ([*range(100), 5], True), (["b", "a"], False)])
def test_whether_a_sample_rises(values, rise):
    assert uniqueness.rises(pl.Series(values)) is rise
