"""The plan holds every check of a table, as data."""

import pytest

from mali_dataset.schema import References, Table, Unique, all_rules, columns, references
from mali_dataset.schema.column import LIMITS, Column
from mali_dataset.schema.plan import Limit, limits, plan
from mali_dataset.tables import registry


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
def test_a_plan_holds_each_limit_rule_key_and_reference_once(table: type[Table]) -> None:
    made = plan(table)
    assert len(set(made)) == len(made)
    assert Unique(table.key) in made
    assert set(all_rules(table)) <= set(made)
    assert {(r.column, r.table) for r in made if isinstance(r, References)} == set(references(table).items())
    assert {r.column for r in made if isinstance(r, Limit) and r.limit == "type"} == {c.name for c in columns(table)}
    assert all(rule.sentence and rule.name for rule in made)


@pytest.mark.parametrize(
    ("limit", "value", "name"),
    [
        ("nullable", False, "not_null"),
        ("codes", (("a", "A."),), "one_of"),
        ("pattern", "a", "pattern"),
        ("minimum", 0, "at_least"),
        ("maximum", 0, "at_most"),
        ("max_length", 3, "max_length"),
    ],
)
def test_each_limit_of_a_column_becomes_a_check(limit: str, value: object, name: str) -> None:
    dtype = "int64" if limit in ("minimum", "maximum") else "string"
    bare = Column(name="c", dtype=dtype, doc="A column.", nullable=True)
    column = Column(**{"name": "c", "dtype": dtype, "doc": "A column.", "nullable": True, limit: value})  # type: ignore[arg-type]  # by name
    assert [found.limit for found in limits(bare)] == ["type"]
    assert [found.limit for found in limits(column)] == ["type", name]
    assert limit in LIMITS
