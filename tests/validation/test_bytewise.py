"""What is decided on the bytes of many texts at once is what the regular expression says of each."""

import re
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mali_dataset.schema.fields import SLUG, Text
from mali_dataset.validation import bytewise

VISIBLE = Text("Any text.").columns("text")[0].pattern
KNOWN = [VISIBLE, "[a-z_]+", "[A-Za-z][A-Za-z0-9 .&'-]*", "[!-~]+", r"[^\x00-\x1f]+", r"[^a-c]+", r"[a\-z]+", "[a-f][^;,]*", r"[\x20-\xbf]+"]
KNOWN += [SLUG, f"a-{SLUG}", f"abc-a-{SLUG}", "[A-Z09]+(?:_[A-Z09]+)*", "[^-]+(?:-[^-]+)*"]
UNKNOWN = [
    "a+",
    "[a-z]{3}",
    "[A-Z][a-z]*",
    "[é]+",
    r"[\w]+",
    r"[^\d]+",
    r"[\xe9]+",
    "[a-z&&b]+",
    "[a--z]+",
    "[[:alpha:]]+",
    "[a-z]+|b",
    "[a-z]*",
    "(?:[a-z])+",
    "[a-z]+[0-9]*",
    "[a-z]+(?:-[a-c]+)*",
    "[a-z-]+(?:-[a-z-]+)*",  # the mark is one of the class
    "A-[a-z]+(?:-[a-z]+)*",  # what all begin with is not of the class
    "a--[a-z]+(?:-[a-z]+)*",  # the mark stands twice in what all begin with
    "[a-z]+(?:--[a-z]+)*",
]
# What classes tell apart: controls, spaces, marks, letters, characters of two bytes below and above U+00C0, of three and of four.
TEXTS = st.text("\x00\x1f !,-;_abcxyzAZ09~\x7f\x80\x9f\xa0\xa1\xbf\xc0é\u07ff\u0800€\ufffd😀", max_size=6)
TEXTS |= st.from_regex("(abc-)?(a-)?[a09_-]{0,4}", fullmatch=True)


@pytest.mark.parametrize("pattern", KNOWN)
def test_known_forms(pattern):
    assert bytewise.form(pattern) is not None


@pytest.mark.parametrize("pattern", UNKNOWN)
def test_other_patterns_are_left_to_the_regular_expression(pattern):
    assert bytewise.form(pattern) is None


@pytest.mark.parametrize("stretches", [2, bytewise.STRETCHES])
@pytest.mark.parametrize("few", [0, 10**9])
@given(pattern=st.sampled_from(KNOWN), texts=st.lists(TEXTS | st.none(), max_size=8), before=st.integers(0, 2))
@example(pattern=VISIBLE, texts=["", "a", None, " a", "a ", "é", "\xa0"], before=1)
def test_all_that_breaks_a_pattern_is_found(stretches, few, pattern, texts, before):
    form = bytewise.form(pattern)
    assert form is not None
    column = pl.Series(["a"] * before + texts, dtype=pl.String).slice(before)
    with patch.multiple(bytewise, FEW=few, STRETCHES=stretches):
        found = bytewise.breaking(pattern, form)(column)
    breaks = [text is not None and not re.fullmatch(pattern, text) for text in texts]
    if column.len() > 1:  # and where they stand in more than one piece of memory
        apart = column.head(1).append(column.slice(1))
        with patch.multiple(bytewise, FEW=few, STRETCHES=stretches):
            assert bytewise.breaking(pattern, form)(apart).to_list() == found.to_list()
    if few:
        assert found.to_list() == breaks
    assert all(one or not other for one, other in zip(found, breaks, strict=True))


def test_texts_that_are_too_many_are_left_to_the_regular_expression():
    form = bytewise.form("[a-z]+")
    assert form is not None
    with patch.object(bytewise, "MOST", 3):
        assert bytewise.breaking("[a-z]+", form)(pl.Series(["a", None, "bc", "D"])).to_list() == [False, False, False, True]


@pytest.mark.parametrize("pattern", KNOWN)
@given(st.data())
def test_sound_texts_are_let_pass(pattern, data):
    form = bytewise.form(pattern)
    assert form is not None
    # Those below U+00C0 that are not ASCII are left to the regular expression.
    sound = st.from_regex(pattern, fullmatch=True).filter(lambda text: not re.search("[\x80-\xbf]", text))
    texts = data.draw(st.lists(sound))
    with patch.object(bytewise, "FEW", 0):
        assert not bytewise.breaking(pattern, form)(pl.Series(texts, dtype=pl.String)).any()
