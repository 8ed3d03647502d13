"""What a report says."""

from mali_dataset.problems import Problem
from mali_dataset.validation.report import Report, report

PROBLEMS = [Problem(rule="one_of", message="is not a code", table="coups", key="cou-1", column="outcome", value="<b>x</b>", row=4)]
PROBLEMS += [Problem(rule="not_null", message="is never empty", table="coups", key=f"cou-{n}", column="date", row=n) for n in range(3)]


def test_a_report_without_problems():
    made = report("coups", 12345, [], 10)
    assert made.ok
    assert str(made) == repr(made) == "coups: 12,345 rows, no problems"


def test_a_report_counts_and_cuts():
    made = report("coups", 5, PROBLEMS, 2, ("`by_id` is a key of `actors`",))
    assert not made.ok
    assert made.counts == {"one_of": 1, "not_null": 3}
    assert str(made).splitlines() == [
        "coups: 5 rows, 4 problems",
        "  3 times not_null",
        "  1 times one_of",
        "row 4: coups cou-1.outcome = '<b>x</b>': is not a code [one_of]",
        "row 0: coups cou-0.date: is never empty [not_null]",
        "… and 2 more",
        "not checked: `by_id` is a key of `actors` (give the table as `against`)",
    ]


def test_a_report_cut_to_nothing_is_not_ok():
    assert not report("coups", 5, PROBLEMS, 0).ok


def test_reports_are_values():
    assert report("coups", 1, PROBLEMS, 5) == Report("coups", 1, tuple(PROBLEMS), {"one_of": 1, "not_null": 3}, ())
