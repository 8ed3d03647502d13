"""Counts: their grammar, their bounds, and how two of them lie to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.schema import count
from mali_dataset.schema.forms.strategies import count_texts


@pytest.mark.parametrize(
    ("text", "low", "best", "high"),
    [
        ("0", 0, 0, 0), ("300", 300, 300, 300), ("~300", None, 300, None), (">=209", 209, None, None), ("<=40", None, None, 40),
        ("250..300", 250, None, 300), ("scores", None, None, None), ("hundreds of thousands", None, None, None),
    ],
)  # fmt: skip
def test_a_text_has_these_bounds(text: str, low: int | None, best: int | None, high: int | None) -> None:
    assert count.parse(text) == count.Bounds(low, best, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "300\n",
        " 300",
        "০",
        "３００",
        "0300",
        "-3",
        "3.5",
        "1,000",
        "1e3",
        "300..250",
        "300..300",
        "~",
        ">209",
        ">= 209",
        "300..",
        "..300",
        "Scores",
        "scores 3",
        "1234567890123",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a count|runs backwards"):
        count.parse(text)


@given(count_texts())
def test_bounds_are_in_order(text: str) -> None:
    read = count.parse(text)
    given_ = [n for n in (read.low, read.best, read.high) if n is not None]
    assert given_ == sorted(given_)


@pytest.mark.parametrize(
    ("inner", "outer", "within", "apart"),
    [
        ("300", "300", True, False), ("300", "250..300", True, False), ("260..300", "250..300", True, False), ("250..300", "300", False, False),
        ("300", ">=209", True, False), (">=209", "300", False, False), ("200", ">=209", False, True), (">=50", "<=40", False, True),
        ("<=40", "<=50", True, False), ("~300", "~300", True, False), ("~300", "300", False, False), ("~300", "320", False, False),
        ("~300", "400", False, True), ("scores", "scores", True, False), ("scores", "300", False, False), ("301", "300", False, True),
    ],
)  # fmt: skip
def test_two_counts_lie_to_each_other(inner: str, outer: str, within: bool, apart: bool) -> None:
    one, other = count.parse(inner), count.parse(outer)
    assert count.within(one, other) is within
    assert count.apart(one, other) is apart
    assert count.apart(other, one) is apart


@given(count_texts(), count_texts())
def test_what_lies_within_is_never_apart(one: str, other: str) -> None:
    a, b = count.parse(one), count.parse(other)
    assert count.within(a, a)
    assert not (count.within(a, b) and count.apart(a, b))
    assert count.apart(a, b) == count.apart(b, a)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 500))
def test_a_number_is_within_a_range_exactly_when_it_is_not_apart_from_it(number: int, low: int, width: int) -> None:
    single, spread = count.parse(str(number)), count.parse(f"{low}..{low + width}")
    assert count.within(single, spread) is (low <= number <= low + width)
    assert count.apart(single, spread) is not (low <= number <= low + width)
