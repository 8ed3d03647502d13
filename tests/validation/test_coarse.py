"""A cheaper look finds at least what breaks a rule."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.schema.forms.expressions import expression
from mali_dataset.schema.plan import Limit
from mali_dataset.validation.coarse import coarse, number, number_prefix

SEEN = pl.Series(["evt-1", "evt-22"])


@pytest.mark.parametrize(
    ("pattern", "seen", "prefix"),
    [
        ("evt-[a-z0-9]+(?:-[a-z0-9]+)*", ["evt-1", "evt-22"], "evt-"),
        ("[0-9]+", ["1", "22"], ""),
        ("[A-Z0-9]+[a-z]?", ["1", "22"], ""),
        ("evt-[a-z0-9]+(?:-[a-z0-9]+)*", ["evt-1", "evt-a"], None),  # not all are numbered
        ("evt-[a-z0-9]+", [], None),
        ("evt-[1-9]+", ["evt-1"], None),  # not every number
        ("evt-[0-9]{4}", ["evt-1234"], None),
        ("evt-[0-9]+[a-z]", ["evt-1"], None),
        ("evt-?[0-9]+", ["evt-1"], None),
        ("evt-[0-9]+?", ["evt-1"], None),
        ("7[0-9]+", ["71"], None),  # what begins like a number cannot be told from one
    ],
)
def test_the_prefix_of_numbered_texts(pattern, seen, prefix):
    assert number_prefix(Limit("t", "pattern", pattern), pl.Series(seen, dtype=pl.String)) == prefix


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("pattern", ["evt-[a-z0-9]+(?:-[a-z0-9]+)*", "[0-9]+", "[!-~][ -~]*", "evt-[0-9]{2}"])
@given(st.lists(st.none() | st.from_regex(r"(evt-)?[+-]?[0-9]{0,3}[a-z -]{0,2}", fullmatch=True) | st.text("evt-019+é ", max_size=9)))
def test_all_that_breaks_a_rule_is_found(known, pattern, texts):
    limit, longest, filled = Limit("t", "pattern", pattern), Limit("t", "max_length", 5), Limit("t", "not_null", True)
    rules = {rule: ~expression(rule) for rule in (limit, longest, filled)}
    seen = SEEN if pattern.startswith("evt") else SEEN.str.strip_prefix("evt-")
    prefix = number_prefix(limit, seen)
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    if known and prefix is not None:
        frame = frame.with_columns(n=number("t", prefix))
    found = frame.select(coarse("t", rules, seen, pl.col("n") if "n" in frame.columns else None).fill_null(value=False)).to_series()
    breaks = [text is None or len(text) > 5 or not re.fullmatch(pattern, text) for text in texts]
    assert all(one or not other for one, other in zip(found, breaks, strict=True))


def test_nothing_is_sought_without_rules():
    assert pl.select(coarse("n", {}, pl.Series([1]))).item() is False
