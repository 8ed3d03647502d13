"""What a report says, as text, in a terminal, in a notebook, as a table and as a file."""

import io
import json
import re
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from mali_dataset.problems import Problem
from mali_dataset.validation.report import COLUMNS, Check, Problems, Report, as_table, joined
from mali_dataset.validation.show import as_html, show

FOUND = [Problem(rule="one_of", message="is not a code", table="coups", key="cou-1", column="outcome", value="<b>[red]x", row=4)]
FOUND += [Problem(rule="not_null", message="is never empty", table="coups", key=f"cou-{n}", column="date", row=n, file="a.csv") for n in range(2)]
CHECKS = (
    Check("one_of", "outcome", "`outcome` is a code", 1),
    Check("not_null", "date", "`date` is never empty", 3),
    Check("not_null", "key", "`key` is never empty", 0),
    Check("references_actors", "by_id", "`by_id` is a key of `actors`", None, "give the table as `against`"),
)


def report(problems: list[Problem] = FOUND, checks: tuple[Check, ...] = CHECKS, rows: int = 12_345) -> Report:
    return Report("coups", rows, Problems(as_table(problems)), checks)


def printed(made: Report, problems: int = 20) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(made, problems, console)
    return console.file.getvalue()


def test_a_report_without_problems():
    made = report([], CHECKS[2:3])
    assert made.ok
    assert made.counts == {}
    assert str(made) == repr(made) == "coups: 12,345 rows, no problems"
    assert "no problems" in printed(made)


def test_a_report_counts_by_rule_and_says_what_it_left_out():
    made = report()
    assert not made.ok
    assert made.counts == {"one_of": 1, "not_null": 3}
    assert made.skipped == ("`by_id` is a key of `actors`",)
    assert str(made).splitlines() == [
        "coups: 12,345 rows, 4 problems",
        "  3 times not_null",
        "  1 times one_of",
        "row 4: coups cou-1.outcome = '<b>[red]x': is not a code [one_of]",
        "a.csv row 0: coups cou-0.date: is never empty [not_null]",
        "a.csv row 1: coups cou-1.date: is never empty [not_null]",
        "… and 1 more",
        "not checked: `by_id` is a key of `actors` (give the table as `against`)",
    ]


def test_a_report_that_keeps_nothing_is_not_ok():
    made = report([])
    assert not made.ok
    assert made.problems == ()
    assert "… and 4 more" in str(made)
    assert "… and 4 more" in printed(made)


def test_reports_are_values_but_for_the_time():
    assert report() == Report("coups", 12_345, Problems(as_table(FOUND)), CHECKS, seconds=3.0)
    assert report() != report(FOUND[:1])


def test_problems_are_a_sequence():
    problems = report().problems
    assert len(problems) == 3
    assert problems[0] == FOUND[0]
    assert problems[-1] == FOUND[-1]
    assert problems[:2] == FOUND[:2]
    assert list(problems) == FOUND
    assert problems == FOUND == problems
    assert problems == tuple(FOUND)
    assert problems != FOUND[:1]
    assert FOUND[1] in problems
    assert repr(Problems(as_table([]))) == "no problems"
    assert repr(problems).splitlines() == [str(problem) for problem in FOUND]
    with pytest.raises(IndexError):
        problems[3]
    with pytest.raises(TypeError):
        hash(problems)


def test_problems_are_a_table_to_every_library():
    problems = report().problems
    expected = [problem.as_dict() for problem in FOUND]
    assert pl.DataFrame(problems).select(sorted(COLUMNS)).to_dicts() == [{name: row[name] for name in sorted(COLUMNS)} for row in expected]
    assert pa.table(problems).to_pylist() == problems.to_arrow().to_pylist()
    assert pa.table(problems).column_names == list(COLUMNS)
    assert problems.to_polars().equals(pl.DataFrame(problems))
    assert problems.to_pandas()["key"].tolist() == ["cou-1", "cou-0", "cou-1"]
    assert isinstance(problems.to_pandas(), pd.DataFrame)
    assert joined([as_table(FOUND[:1]), as_table([]), as_table(FOUND[1:])]).equals(as_table(FOUND))


@pytest.mark.parametrize("none", [[], FOUND[:1]])
def test_columns_have_their_types_whatever_is_in_them(none: list[Problem]):
    assert as_table(none).schema == as_table(FOUND).schema
    assert [field.type for field in as_table(none).schema] == [pa.int64() if kind is int else pa.string() for kind in COLUMNS.values()]


@pytest.mark.parametrize("files", [["a-file-with-a-long-name.parquet"], ["a-file-with-a-long-name.parquet", "another.parquet"], [None]])
def test_a_narrow_terminal_shows_the_number_of_each_row_and_its_value(files: list[str | None]):
    about: dict[str, Any] = {"rule": "one_of", "message": "is not a code", "table": "coups", "key": "cou-" * 20, "column": "outcome"}
    found = [Problem(value=f"v{n}", row=10**8 + n, file=file, **about) for n, file in enumerate(files)]
    console = Console(file=io.StringIO(), width=80)
    show(report(found), 20, console)
    text = console.file.getvalue()
    assert all(f"{10**8 + n} " in text and f" v{n} " in text for n in range(len(files)))
    assert ("in a-file-with-a-long-name.parquet:" in text) is (files == ["a-file-with-a-long-name.parquet"])


def test_a_terminal_shows_values_as_they_are():
    text = printed(report())
    assert "<b>[red]x" in text
    assert re.search("a.csv +0 ", text)
    assert "not checked: `by_id` is a key of `actors` (give the table as `against`)" in text
    assert "0.024%" in text
    assert "… and 2 more" in printed(report(), 2)


def test_a_terminal_is_not_steered_by_values():
    odd = Problem(rule="pattern", message="m", table="coups", column="a\x1b[31mb\x07", value="\r\x1b]0;title\x07\u202e[/]", key="[bold]k")
    text = printed(report([odd], (Check("pattern", "a\x1b[31mb\x07", "s", 1),)))
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    assert "\u202e" not in text
    assert "[bold]k" in text
    assert r"a\x1b[31mb\x07" in text


def test_show_prints_to_standard_output(capsys):
    report().show(problems=1)
    out = capsys.readouterr().out
    assert out.startswith("coups: 12,345 rows, 4 problems")
    assert "… and 3 more" in " ".join(out.split())


def test_html_is_escaped():
    odd = Problem(rule="pattern", message="<i>m</i>", table="coups", column="<script>", value="<b>&\"'", key="<k>", file="<f>")
    html = as_html(report([odd], (Check("pattern", "<script>", "s", 1), Check("x", "y", "<u>", None, "<why>"))))
    for text in ("<i>", "<script>", "<b>&", "<k>", "<f>", "<u>", "<why>"):
        assert text not in html
    assert "&lt;script&gt;" in html
    assert "&lt;u&gt; (&lt;why&gt;)" in html
    assert report()._repr_html_() == as_html(report())


def test_html_shows_the_first_problems_only():
    many = [Problem(rule="r", message=f"message {n}", row=n) for n in range(50)]
    assert "message 19" in as_html(report(many))
    assert "message 20" not in as_html(report(many))


def test_a_report_is_kept_as_parquet_with_its_checks(tmp_path):
    path = report().to_parquet(str(tmp_path / "r.parquet"))
    assert Problems(pq.read_table(path).replace_schema_metadata()) == FOUND
    about = json.loads(pq.read_schema(path).metadata[b"report"])
    assert (about["table"], about["rows"], about["ok"]) == ("coups", 12_345, False)
    assert [check["failed"] for check in about["checks"]] == [1, 3, 0, None]
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]


def test_a_report_that_cannot_be_kept_leaves_what_was_there(tmp_path, monkeypatch):
    with pytest.raises(OSError, match="none"):
        report().to_parquet(tmp_path / "none" / "r.parquet")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        report().to_parquet(tmp_path / "folder")
    old = report([]).to_parquet(tmp_path / "r.parquet").read_bytes()

    def full(_: object, where: str) -> None:
        open(where, "wb").close()  # noqa: PTH123 - a part of it is there
        raise OSError("no space left")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="no space left"):
        report().to_parquet(tmp_path / "r.parquet")
    assert (tmp_path / "r.parquet").read_bytes() == old
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "r.parquet"]
