"""The EDTF subset: full-match, ASCII, and the same bounds as the `edtf` library."""

from datetime import date
from pathlib import Path
from time import struct_time

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.schema import edtf
from mali_dataset.schema.forms.strategies import edtf_texts


def _day(value: object) -> date | None:
    """A bound of the library: a struct_time, or an infinity for an open end."""
    return date(*value[:3]) if isinstance(value, struct_time) else None


@given(edtf_texts())
def test_bounds_are_the_strict_bounds_of_the_edtf_library(text: str) -> None:
    # The library takes no flags inside a set; they widen no bound.
    known = parse_edtf(text.translate(str.maketrans("", "", "~?%")) if text.startswith("[") else text)
    read = edtf.parse(text)
    assert (read.earliest, read.latest) == (_day(known.lower_strict()), _day(known.upper_strict()))


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "approximate", "uncertain"),
    [
        ("2023-02-10", (2023, 2, 10), (2023, 2, 10), False, False),
        ("2024-02", (2024, 2, 1), (2024, 2, 29), False, False),
        ("2023-02~", (2023, 2, 1), (2023, 2, 28), True, False),
        ("2023?", (2023, 1, 1), (2023, 12, 31), False, True),
        ("2023%", (2023, 1, 1), (2023, 12, 31), True, True),
        ("[2023-02-10..2023-02-17]", (2023, 2, 10), (2023, 2, 17), False, False),
        ("[2022..2023-02~]", (2022, 1, 1), (2023, 2, 28), True, False),
        ("[..2023-03-01]", None, (2023, 3, 1), False, False),
        ("[2023-03-01..]", (2023, 3, 1), None, False, False),
    ],
)
def test_a_text_has_these_bounds_and_flags(text: str, earliest: tuple[int, ...], latest: tuple[int, ...], approximate: bool, uncertain: bool) -> None:
    read = edtf.parse(text)
    assert read.earliest == (date(*earliest) if earliest else None)
    assert read.latest == (date(*latest) if latest else None)
    assert (read.approximate, read.uncertain) == (approximate, uncertain)


@pytest.mark.parametrize(
    "text",
    [
        "", "2023-02-10\n", "\n2023", " 2023", "2023 ", "২০২৩", "2023-0২-10", "２０２３", "2023-13", "2023-00", "2023-02-30", "2023-1X", "2023/",
        "2023/2024", "202", "20233", "2023-2-10", "-2023", "0000", "[2023", "2023]", "[2023-02-17..2023-02-10]", "[..]", "[2023]", "[2023,2024]",
        "{2023..2024}", "2023~?", "~2023", "10/02/2023", "2023-02-10T12:30", "today", "[..2023-02-30]",
    ],
)  # fmt: skip
def test_what_is_not_in_the_subset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="EDTF subset|not a day|runs backwards"):
        edtf.parse(text)


@given(edtf_texts(), st.text(min_size=1, max_size=3).filter(lambda more: (more[0] not in "-~?%" and not more[0].isascii()) or more[0] in "\n\r\t .x]["))
def test_nothing_may_stand_before_or_after_a_text(text: str, more: str) -> None:
    for wrong in (text + more, more + text):
        with pytest.raises(ValueError, match="EDTF subset"):
            edtf.parse(wrong)


def test_the_grammar_has_under_80_lines() -> None:
    assert len(Path(edtf.__file__).read_text(encoding="utf-8").splitlines()) < 80
