"""`validate`: references to other tables, limits, and what was not checked."""

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import mali_dataset as mali
from mali_dataset.release.read import UnknownTableError
from mali_dataset.schema import Code, Key, NotAbove, Number, Ref, Table

pytestmark = pytest.mark.usefixtures("release")


class Convoy(Table):
    """One convoy."""

    name = "convoys"

    convoy_id = Key("Identifier.", prefix="con")
    coup_id = Ref("A coup.", to="coups", optional=True)
    lead_id = Ref("The one that it follows.", to="convoys", optional=True)
    base_id = Ref("In a table that is not ours.", to="bases_of_mine", optional=True)
    outcome = Code("How it ended.", optional=True, codes={"arrived": "It arrived."})
    first = Number("Lorries at first.", optional=True)
    last = Number("Lorries in the end.", optional=True)
    rules = (NotAbove("last", "first"),)


def convoys(**values: list[Any]) -> pl.DataFrame:
    height = max((len(v) for v in values.values()), default=1)
    empty = dict.fromkeys(("coup_id", "lead_id", "base_id", "outcome", "first", "last", "note"), [None] * height)
    return pl.DataFrame({"convoy_id": [f"con-{n}" for n in range(height)], **empty, **values})


@pytest.mark.parametrize("name", ["coups", "casualties", "claims"])
def test_a_table_of_the_release_is_fine(name: str):
    found = mali.validate(mali.load(name), name)
    assert found.ok
    assert found.rows == mali.load(name).num_rows
    assert found.problems == ()


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownTableError, match="Did you mean 'coups'"):
        mali.validate(pl.DataFrame(), "coup")


def test_references_are_checked_against_a_given_table():
    found = mali.validate(convoys(coup_id=["cou-2012-03-22", "cou-2099", None]), Convoy, against={"coups": mali.load("coups")})
    assert found.counts == {"references_coups": 1}
    problem = found.problems[0]
    assert (problem.table, problem.key, problem.column, problem.value, problem.row) == ("convoys", "con-1", "coup_id", "cou-2099", 1)
    assert problem.message == "breaks the rule that `coup_id` is a key of `coups`"


def test_references_are_checked_against_a_given_file(tmp_path: Path):
    mali.load("coups", as_="polars").write_parquet(tmp_path / "coups.parquet")
    found = mali.validate(convoys(coup_id=["cou-2099"]), Convoy, against={"coups": tmp_path / "coups.parquet"})
    assert found.counts == {"references_coups": 1}


def test_references_to_itself_are_checked():
    frame = convoys(lead_id=["con-1", "con-9"])
    for found in (mali.validate(frame, Convoy, against={"convoys": frame}), mali.validate(frame, Convoy)):
        assert [(p.rule, p.key, p.value) for p in found.problems] == [("references_convoys", "con-1", "con-9")]


def test_references_of_a_table_here_to_itself_are_checked():
    casualties = mali.load("casualties", as_="polars")
    assert mali.validate(casualties, "casualties", against={"casualties": casualties}).ok
    parts = casualties.filter(pl.col("casualty_id") != "cas-mission-killed")
    found = mali.validate(parts, "casualties", against={"casualties": parts})
    assert found.counts == {"references_casualties": 3}


def test_what_was_not_given_is_said():
    found = mali.validate(convoys(coup_id=["cou-2099"]), Convoy)
    assert found.ok
    assert found.skipped == ("`coup_id` is a key of `coups`", "`base_id` is a key of `bases_of_mine`")
    assert "not checked: `coup_id` is a key of `coups` (give the table as `against`)" in str(found)


def test_what_was_given_is_not_skipped():
    assert "`coup_id` is a key of `coups`" not in mali.validate(convoys(), Convoy, against={"coups": mali.load("coups")}).skipped


def test_references_to_any_table_are_skipped_and_said():
    assert "`record_id` is a key of the table that `table` names" in mali.validate(mali.load("claims"), "claims").skipped


@pytest.mark.parametrize("other", [pl.DataFrame({"coup_id": [1]}), pl.DataFrame({"code": ["cou-1"]}), pl.DataFrame()])
def test_a_given_table_without_its_key_is_a_problem(other: pl.DataFrame):
    found = mali.validate(convoys(coup_id=["cou-2012-03-22"]), Convoy, against={"coups": other})
    assert [(p.rule, p.column) for p in found.problems] == [("references_coups", "coup_id")]
    assert found.problems[0].message.startswith("`coups` was given, but ")


def test_a_given_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    (tmp_path / "coups.parquet").write_bytes(b"PAR1")
    found = mali.validate(convoys(), Convoy, against={"coups": tmp_path / "coups.parquet"})
    assert [(p.rule, p.file) for p in found.problems] == [("unreadable", "coups.parquet")]


def test_an_empty_given_table_knows_no_key():
    found = mali.validate(convoys(coup_id=["cou-2012-03-22"]), Convoy, against={"coups": mali.load("coups").slice(0, 0)})
    assert found.counts == {"references_coups": 1}


def test_a_dangling_reference_is_told_beside_other_problems():
    frame = convoys(coup_id=["cou-2099"]).with_columns(pl.lit(1).alias("__row"))
    found = mali.validate(frame, Convoy, against={"coups": mali.load("coups")})
    assert found.counts == {"unknown_column": 1, "references_coups": 1}


def test_a_frame_without_its_key_is_a_problem_when_references_are_checked():
    frame = convoys(coup_id=["cou-2099"]).drop("convoy_id")
    found = mali.validate(frame, Convoy, against={"coups": mali.load("coups")})
    assert found.counts == {"missing_column": 1, "references_coups": 1}


def test_a_reference_of_another_type_is_told_once():
    found = mali.validate(convoys(coup_id=[1]), Convoy, against={"coups": mali.load("coups")})
    assert found.counts == {"type": 1}


def test_a_class_of_the_user_is_a_table_too():
    found = mali.validate(convoys(first=[3, 3], last=[2, 4], outcome=["arrived", "late"]), Convoy)
    assert {p.rule: p.row for p in found.problems} == {"one_of": 1, "last_not_above_first": 1}


@pytest.mark.parametrize("limit", [0, 1, 7, 50, 1000])
def test_counts_are_exact_whatever_the_limit(limit: int):
    found = mali.validate(convoys(outcome=["late"] * 50), Convoy, limit=limit)
    assert len(found.problems) == min(limit, 50)
    assert found.counts == {"one_of": 50}
    assert not found.ok
    assert (f"… and {50 - limit} more" in str(found)) == (limit < 50)


def test_nothing_is_checked_twice_or_changed():
    frame = convoys(outcome=["late"])
    before = frame.clone()
    assert mali.validate(frame, Convoy) == mali.validate(frame, Convoy)
    assert frame.equals(before)


def test_an_empty_frame_lacks_its_columns():
    found = mali.validate(pa.table({}), Convoy)
    assert set(found.counts) == {"missing_column"}
    # The remarks are a column that every table is given, of which nobody else knows.
    assert {p.column for p in found.problems} == set(convoys().columns) - {"note"}
    assert mali.validate(convoys().drop("note"), Convoy).ok
