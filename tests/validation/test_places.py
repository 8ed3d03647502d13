"""Places tell apart the combinations that hashes tell apart, and ask for the values of no more rows than they must."""

from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mali_dataset.schema import Unique
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.validation import places as module
from mali_dataset.validation import streaming, uniqueness
from mali_dataset.validation.places import places, taken_twice
from mali_dataset.validation.streaming import MEMORY, Rows

VALUES = {
    "text": (pl.String, st.sampled_from(["a", "b", "é", ""])),
    "numbered": (pl.String, st.integers(0, 30).map("id-{:03}".format) | st.sampled_from(["id-1", "id-01", "id-+1", "id-", "x"])),
    "number": (pl.Int64, st.integers(0, 20) | st.sampled_from([-(2**63), 2**63 - 1, 2**32, -1])),
    "small": (pl.UInt8, st.integers(0, 255)),
    "day": (pl.Date, st.integers(0, 40).map(lambda n: date(2012, 3, 22) + timedelta(n))),
    "flag": (pl.Boolean, st.booleans()),
    "share": (pl.Float64, st.sampled_from([0.0, -0.0, 0.5])),
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    rows = draw(st.integers(0, 30))
    columns = {name: draw(st.lists(VALUES[name][1] | st.none(), min_size=rows, max_size=rows)) for name in names}
    return pl.DataFrame(columns, schema={name: VALUES[name][0] for name in names}, strict=False)


@pytest.mark.parametrize("per_row", [0, 8, 10**6])
@given(frames())
@example(pl.DataFrame({"number": [1, 2, 3, 2, 2**63 - 1, None]}))
@example(pl.DataFrame({"number": [0, 2**32, 5, 5 + 2**32]}))
@example(pl.DataFrame({"numbered": ["id-1", "id-01", "id-2", "id-2"]}))
def test_combinations_that_stand_twice_are_found(per_row, frame):
    rule, later = Unique(tuple(frame.columns)), list[uniqueness.Candidates]()
    with (
        patch.multiple(module, PER_ROW=per_row, TOGETHER=7, NUMBERED=5, FAR=10, MOST=0.5),
        patch.object(uniqueness, "CANDIDATES", 20),
        patch.multiple(streaming, PART=1, LEAST=7),
    ):
        # As one that is stored as a whole, and so read in parts.
        rows = Rows(frame.with_row_index(ROW).lazy(), frame.height, [frame.height])
        parts = list(uniqueness.repeated(rows, rule, MEMORY, later))
        parts += uniqueness.confirmed(uniqueness.looked_up(rows, later, [], pl.Series(dtype=pl.UInt32)), later)
    counts = Counter(row for row in frame.rows() if None not in row)
    assert sorted(row for _, found in parts for row in found[ROW]) == [n for n, row in enumerate(frame.rows()) if counts[row] > 1]


def test_what_is_like_the_sample_has_a_place_of_its_own():
    rows = [(text, number) for number in range(1000) for text in "abc"]
    frame = pl.DataFrame(rows, schema=["text", "number"], orient="row")
    known = places(frame, frame.height)
    assert known is not None
    code, size = known
    assert size < frame.height * 8
    assert taken_twice([frame.select(code).to_series()], size) is None
    more = pl.concat([frame, pl.DataFrame({"text": ["a", "d", "b", None], "number": [7, 8, 10**9, 9]})])
    codes = more.select(code).to_series()
    found = taken_twice([codes.head(1500), codes.slice(1500)], size)
    assert found is not None
    assert found.to_list() == [21, 3000, 3001, 3002, 3003]


@pytest.mark.parametrize(
    "values",
    [[0.5, 1.5], ["a", "b", "c"], ["a-1", "b-2", "c-3"], [1, 10**9, 5 * 10**9], [None, None]],
    ids=["decimal numbers", "texts", "numbers with different beginnings", "numbers far apart", "nothing"],
)
def test_what_has_too_many_values_is_left_to_hashes(values):
    assert places(pl.DataFrame({"value": values}), len(values)) is None
