"""Columns refuse limits that they cannot keep, and patterns that languages read differently."""

from dataclasses import replace

import pytest

from mali_dataset.schema.column import LIMITS, Column, DefinitionError, check_carried, check_portable
from mali_dataset.schema.table import columns
from mali_dataset.tables import registry


@pytest.mark.parametrize("pattern", ["^a", "a$", r"\d+", r"\w", r"a(?=b)", r"(?P<x>a)", "(?i)a", r"a\n", r"\bword\b", "é"])
def test_a_pattern_that_is_not_portable_is_refused(pattern: str) -> None:
    with pytest.raises(DefinitionError, match="not read alike"):
        check_portable(pattern)


def test_every_pattern_of_every_table_is_portable() -> None:
    found = [c.pattern for table in registry().values() for c in columns(table) if c.pattern]
    assert found
    for pattern in found:
        check_portable(pattern)


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [
        ("string", {"minimum": 1}), ("string", {"maximum": 1}), ("int64", {"pattern": "a"}), ("int64", {"codes": (("a", "A."),)}),
        ("float64", {"max_length": 1}), ("bool", {"pattern": "a"}), ("date32", {"minimum": 1}), ("date32", {"max_length": 10}),
    ],
)  # fmt: skip
def test_a_limit_that_a_type_cannot_keep_is_refused(dtype: str, limit: dict[str, object]) -> None:
    with pytest.raises(DefinitionError, match="cannot have the limit"):
        Column(name="c", dtype=dtype, doc="A column.", **limit)  # type: ignore[arg-type]  # the test makes wrong ones


@pytest.mark.parametrize("name", ["Upper", "1st", "with-hyphen", "", "a\n"])
def test_a_column_name_is_lower_case(name: str) -> None:
    with pytest.raises(DefinitionError, match="must be lower case"):
        Column(name=name, dtype="string", doc="A column.")


@pytest.mark.parametrize("limit", LIMITS)
def test_a_form_that_does_not_carry_a_limit_says_so(limit: str) -> None:
    values = {"nullable": True, "pattern": "a", "codes": (("a", "A."),), "minimum": 0, "maximum": 1, "max_length": 3}
    dtype = "int64" if limit in ("minimum", "maximum") else "string"
    column = replace(Column(name="c", dtype=dtype, doc="A column."), **{limit: values[limit]})
    check_carried("a form", column, frozenset(LIMITS))
    with pytest.raises(DefinitionError, match=f"a form cannot carry the limit '{limit}'"):
        check_carried("a form", column, frozenset(LIMITS) - {limit})
