"""Numbers in a phrase, as numerals or as words, in English and French."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.curation.numerals import numbers_in


@pytest.mark.parametrize(
    ("phrase", "number"),
    [
        ("209 killed", 209), ("13,800 troops", 13800), ("13 800 soldats", 13800), ("13.800 Soldaten", 13800), ("13’800", 13800), ("13\u202f800", 13800),
        ("1,234,567 people", 1234567), ("8.8 million", 8_800_000), ("8,8 millions", 8_800_000), ("forty-nine soldiers", 49), ("three hundred", 300),
        ("two dozen", 24), ("a dozen", 12), ("five thousand two hundred", 5200), ("no deaths", 0), ("one of them", 1), ("quarante-six soldats", 46),
        ("deux mille", 2000), ("12.5%", 12.5), ("between 20 and 30", 30), ("just over 5,000", 5000), ("Killed: 3.", 3), ("twenty", 20),
    ],
)  # fmt: skip
def test_a_number_is_found(phrase: str, number: float) -> None:
    assert number in numbers_in(phrase)


@pytest.mark.parametrize(
    ("phrase", "number"), [("many were killed", 1), ("1300 troops", 300), ("forty-nine", 94), ("13,800", 1380), ("", 0), ("20 dead", 2), ("১৩", 13)]
)
def test_a_number_that_is_not_there_is_not_found(phrase: str, number: float) -> None:
    assert number not in numbers_in(phrase)


@given(st.integers(0, 10**9))
def test_every_whole_number_is_found_plain_and_grouped(number: int) -> None:
    assert number in numbers_in(f"killed {number} there")
    assert number in numbers_in(f"killed {number:,} there")
