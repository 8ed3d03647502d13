"""SQL made from the plan finds the rows that are known to break each rule, and those that polars finds."""

import duckdb
import polars as pl
import pytest

from mali_dataset.schema import Expands, RowCount
from mali_dataset.schema.forms.expressions import ROW, broken_rows
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.schema.rules import ACROSS
from mali_dataset.validation import sql
from mali_dataset.validation.sql import DUCKDB, SPARK
from tests.validation.toys import Toy, known, others, toys

TOYS = toys()
KEYS = {"toys": "toy_id", "boxes": "content", "owners": "owner", "actors": "actor_id"}
ALONE = [rule for rule in plan(Toy) if not isinstance(rule, ACROSS)]


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.register("src", TOYS.with_row_index(ROW))
        for name, other in others(TOYS).items():
            con.register(f"o {name}", other)
        yield con


def rows(con, rule):
    views = {name: (f'"o {name}"', column) for name, column in KEYS.items()}
    if isinstance(rule, Expands):
        tuples = con.sql(sql.distinct(rule, DUCKDB, "src")).pl()
        con.register("__bad", tuples.filter([not rule.holds(row) for row in tuples.iter_rows(named=True)]))
    found = con.sql(sql.failing(rule, DUCKDB, "src", key=Toy.key, others=views) + f" ORDER BY {ROW}").pl()
    assert found.columns == list(dict.fromkeys([ROW, "toy_id", rule.about]))
    assert found.drop(ROW).equals(TOYS[found[ROW].to_list()].select(found.columns[1:]))
    return found[ROW].to_list()


def test_each_known_defect_is_found_and_nothing_else(con):
    found = {}
    for rule in plan(Toy):
        found.setdefault(rule.name, set()).update(rows(con, rule))
    assert {name: sorted(numbers) for name, numbers in found.items() if numbers} == known()


@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: f"{rule.name}-{rule.about}")
def test_sql_and_polars_find_the_same_rows(con, rule):
    assert rows(con, rule) == broken_rows(rule, TOYS).to_list()


def test_one_pass_counts_what_each_rule_of_one_row_finds(con):
    one_row = [rule for rule in ALONE if sql.breaks(rule, DUCKDB) is not None]
    (counted,) = con.sql(sql.counts((sql.breaks(rule, DUCKDB) for rule in one_row), "src")).fetchall()
    assert counted == tuple(len(rows(con, rule)) for rule in one_row)
    assert sum(counted) > 20


def test_a_rule_that_no_row_breaks_is_not_asked_of_sql():
    with pytest.raises(TypeError, match="SQL cannot decide"):
        sql.failing(RowCount(1), DUCKDB, "src")


CELLS = {
    "select": (["1", "+1", "-0", "007", "9223372036854775807"], ["1.0", " 1", "1e3", "1_000", "9223372036854775808", "x", "١"]),
    "ratio": (["1", "-.5", "5.", "1e3", "+1.5E-3", "NaN", "inf", "-inf"], ["1,5", "0x10", "nan ", "-NaN", "Infinity", "1_0", "1e", "."]),
    "mine": (["true", "false"], ["True", "1", "t", "yes"]),
    "bought": (["2020-02-29", "0001-01-01", "9999-12-31"], ["2021-02-29", "2020-1-1", "0000-01-01", "infinity", "2020-01-01 00:00:00", "10000-01-01", "epoch"]),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_a_value_of_its_type_or_a_text_that_fails(name):
    good, bad = CELLS[name]
    cells = pl.DataFrame({ROW: range(len(good) + len(bad) + 2), name: [*good, *bad, "", None]})
    with duckdb.connect() as con:
        con.from_arrow(cells.to_arrow()).project(", ".join([ROW, *sql.typed(Toy, [name], DUCKDB)])).create_view("typed")
        kind = next(rule for rule in plan(Toy) if isinstance(rule, Limit) and (rule.column, rule.limit) == (name, "type"))
        found = con.sql(sql.failing(kind, DUCKDB, "typed", cells=frozenset({name})) + f" ORDER BY {ROW}").fetchall()
        assert found == [(len(good) + i, text) for i, text in enumerate(bad)]
        empty = con.sql(sql.failing(Limit(name, "not_null", value=True), DUCKDB, "typed", cells=frozenset({name}))).fetchall()
        assert {number for number, _ in empty} == {len(good) + len(bad), len(good) + len(bad) + 1}


@pytest.mark.parametrize("text", ["it's", 'a"b', "a`b", "\\", "\\'", "; DROP TABLE x --", "é😀", "a\nb"])
def test_texts_and_names_stay_what_they_are(text):
    with duckdb.connect() as con:
        assert con.sql(f"SELECT {DUCKDB.literal(text)} AS {DUCKDB.quote(text)}").columns == [text]
        assert con.sql(f"SELECT {DUCKDB.literal(text)}").fetchall() == [(text,)]


def test_spark_reads_backslashes_and_quotes_as_they_were_meant():
    assert SPARK.literal("a\\'b") == r"'a\\\'b'"
    assert SPARK.pattern(r"[^\x00]'.") == r"'(?d)\\A(?:[^\\x00]\'.)\\z'"
    assert SPARK.quote("a`b") == "`a``b`"
    assert sql.breaks(Limit("ratio", "at_least", -90.5), SPARK) == "`ratio` < CAST('-90.5' AS DOUBLE)"
