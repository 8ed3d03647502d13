"""Columns refuse limits that they cannot keep, and patterns that languages read differently."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import pytest

from mali_dataset.schema import Key, Table
from mali_dataset.schema.column import LIMITS, Column, DefinitionError, check_carried, check_portable, repeats_group
from mali_dataset.schema.forms.frames import pandas_schema, polars_schema
from mali_dataset.schema.forms.frictionless import table_schema
from mali_dataset.schema.forms.json_schema import record_schema, row_schema
from mali_dataset.schema.forms.record import record_model
from mali_dataset.schema.forms.strategies import values
from mali_dataset.schema.table import authored_columns, columns
from mali_dataset.tables import registry


@pytest.mark.parametrize("pattern", ["^a", "a$", r"\d+", r"\w", r"a(?=b)", r"(?P<x>a)", "(?i)a", r"a\n", r"\bword\b", "é"])
def test_a_pattern_that_is_not_portable_is_refused(pattern: str) -> None:
    with pytest.raises(DefinitionError, match="not read alike"):
        check_portable(pattern)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"a\d", r"from '\\\\d' on because of \\d, which means"),
        (r"[^\s]", r"because of \\s, which means"),
        (r"\\\w", r"because of \\w"),
        ("é+", r"because of 'é', to be written \\xe9"),
        ("a\n", r"because of '\\n', to be written \\x0a"),
        ("ع", r"because of 'ع', which only a class"),
        (r"\x20(?=a)", r"from '\?=a\)' on \(write"),
    ],
)
def test_what_is_not_portable_is_named_with_its_column(pattern: str, says: str) -> None:
    with pytest.raises(DefinitionError, match=f"column 'mine': pattern .*{says}"):
        Column(name="mine", dtype="string", doc="Mine.", pattern=pattern)


def test_every_pattern_of_every_table_is_portable() -> None:
    found = [c.pattern for table in registry().values() for c in columns(table) if c.pattern]
    assert found
    for pattern in found:
        check_portable(pattern)


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [
        ("string", {"minimum": 1}), ("string", {"maximum": 1}), ("int64", {"pattern": "a"}), ("int64", {"codes": (("a", "A."),)}),
        ("float64", {"max_length": 1}), ("bool", {"pattern": "a"}), ("date32", {"minimum": 1}), ("date32", {"max_length": 10}), ("int64", {"minimum": True}),
    ],
)  # fmt: skip
def test_a_limit_that_a_type_cannot_keep_is_refused(dtype: str, limit: dict[str, object]) -> None:
    with pytest.raises(DefinitionError, match="cannot have the limit"):
        Column(name="c", dtype=dtype, doc="A column.", **limit)  # type: ignore[arg-type]  # the test makes wrong ones


@pytest.mark.parametrize("name", ["_hidden", "1st", "with-hyphen", "", "a\n", "é"])
def test_a_column_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(DefinitionError, match="must be letters, digits and underscores"):
        Column(name=name, dtype="string", doc="A column.")


def test_every_limit_of_a_column_is_one_that_the_forms_carry() -> None:
    assert {item.name for item in fields(Column)} == {"name", "dtype", "doc", "unit", *LIMITS}


@dataclass(frozen=True, kw_only=True)
class Stepped(Column):
    """A column with a limit that no form knows."""

    step: int | None = None


def test_a_limit_that_a_form_does_not_carry_raises_when_the_form_is_made() -> None:
    check_carried("a form", Stepped(name="c", dtype="int64", doc="A column.", minimum=0))
    with pytest.raises(DefinitionError, match="a form cannot carry the limit 'step' of column 'c'"):
        check_carried("a form", Stepped(name="c", dtype="int64", doc="A column.", step=5))


def _carrying(table: type[Table]) -> dict[str, Callable[[], object]]:
    return {
        "record": lambda: record_model(table),
        "polars": lambda: polars_schema(table),
        "pandas": lambda: pandas_schema(table),
        "rows": lambda: row_schema(table),
        "authoring": lambda: record_schema(table, {}),
        "frictionless": lambda: table_schema(table, {}),
        "strategy": lambda: values(next(iter(authored_columns(table).values()))[1], next(iter(table.fields.values()))),
    }


@pytest.mark.parametrize("form", ["record", "polars", "pandas", "rows", "authoring", "frictionless", "strategy"])
def test_every_form_raises_on_a_limit_that_it_does_not_carry(form: str) -> None:
    class Odd(Key):
        """A key with a step."""

        def authored(self, name: str) -> Column:
            return Stepped(name=name, dtype="string", doc="Id.", pattern="[a-z]+", max_length=9, step=5)

    table = type("Odd", (Table,), {"__doc__": "One odd thing.", "name": "odd", "odd_id": Odd("Id.")})
    with pytest.raises(DefinitionError, match="cannot carry the limit 'step'"):
        _carrying(table)[form]()


@pytest.mark.parametrize(
    ("pattern", "counted"),
    [("(?:(?:ab|[cd])+,?){1,900}", True), ("(?:(?:a|b)+)*", False), ("(?:a,?){2}", False), ("(?:a+){2,}", True), ("(?:(a*)b){2}", True), ("a{2}b{3}", False)],
)
def test_what_repeats_is_repeated_so_many_times_or_not(pattern: str, *, counted: bool) -> None:
    check_portable(pattern)
    assert repeats_group(pattern, counted=True) is counted


@pytest.mark.parametrize(
    ("pattern", "repeats"),
    [("(?:ab)*", True), ("(ab){2,}", True), ("a(?:b|c)+?d", True), ("(?:ab)?", False), ("[)]*", False), (r"\)*", False), ("(?:a*b+)c{3}", False)],
)
def test_a_pattern_repeats_a_group_or_not(pattern: str, *, repeats: bool) -> None:
    check_portable(pattern)
    assert repeats_group(pattern) is repeats
