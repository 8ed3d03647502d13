"""A problem says where, what, and what to do."""

import pytest

from mali_dataset.problems import Problem, ProblemsError, in_order, near, shorten

WHOLE = Problem(rule="one_of", message="is not a code", table="coups", key="cou-1", column="outcome", value="won", file="a/b.yaml", line=7)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (WHOLE, "a/b.yaml:7: coups cou-1.outcome = 'won': is not a code [one_of]"),
        (Problem(rule="yaml", message="is not YAML", file="a.yaml"), "a.yaml:1: is not YAML [yaml]"),
        (Problem(rule="type", message="has a type", table="coups", column="date"), "coups.date: has a type [type]"),
        (Problem(rule="null", message="is empty", table="coups", key="cou-1", column="date", row=0), "row 0: coups cou-1.date: is empty [null]"),
        (Problem(rule="no_records", message="holds no records"), "holds no records [no_records]"),
        (Problem(rule="one_of", message="no", table="t", column="c", value=""), "t.c = '': no [one_of]"),
    ],
)
def test_a_problem_as_text(problem: Problem, text: str):
    assert str(problem) == text


def test_a_problem_as_a_dictionary():
    assert WHOLE.as_dict() == {
        "rule": "one_of",
        "message": "is not a code",
        "table": "coups",
        "key": "cou-1",
        "column": "outcome",
        "value": "won",
        "file": "a/b.yaml",
        "line": 7,
        "row": None,
    }


def test_order_is_by_file_line_table_row_and_column():
    def at(file: str | None, line: int | None, table: str = "t", row: int | None = None, column: str = "c") -> Problem:
        return Problem(rule="r", message="m", table=table, column=column, file=file, line=line, row=row)

    ordered = [
        at(None, None, "a", 0),
        at(None, None, "a", 1),
        at(None, None, "a", 1, "d"),
        at(None, None, "b", 0),
        at("a.yaml", 2),
        at("a.yaml", 10),
        at("b.yaml", 1),
    ]
    assert in_order(reversed(ordered)) == ordered


def test_each_problem_is_told_once():
    assert in_order([WHOLE, WHOLE]) == [WHOLE]


@pytest.mark.parametrize(("word", "said"), [("coup", " Did you mean 'coups'?"), ("cuops", " Did you mean 'coups'?"), ("zzz", ""), ("", "")])
def test_the_nearest_word(word: str, said: str):
    assert near(word, iter(["actors", "coups", "claims"])) == said


def test_a_value_fits_on_a_line():
    assert shorten("a\nb") == "a\\nb"
    assert shorten(12) == "12"
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 79 + "…"
    assert len(shorten("\n" * 500)) == 80


def test_an_error_lists_its_problems():
    other = Problem(rule="yaml", message="is not YAML", file="a.yaml")
    error = ProblemsError([WHOLE, other])
    assert str(error) == f"{WHOLE}\n{other}"
    assert error.problems == [WHOLE, other]
