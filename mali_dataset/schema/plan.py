"""The plan: every check of a table as data, in one order, knowing nothing of an engine."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from mali_dataset.schema.column import Column
from mali_dataset.schema.rules import References, Rule, Unique
from mali_dataset.schema.table import Table, all_rules, columns, per_table, references


@dataclass(frozen=True)
class Limit(Rule):
    """One limit of one column: `limit` is its name, `value` what it allows."""

    column: str
    limit: str
    value: Any

    called = "{limit}"
    sentences: ClassVar[dict[str, str]] = {
        "type": "has the type {value}",
        "not_null": "is never empty",
        "one_of": "is one of its codes: {value}",
        "pattern": "as a whole has the form {value}",
        "finite": "is a finite number",
        "at_least": "is at least {value}",
        "at_most": "is at most {value}",
        "max_length": "has at most {value} characters",
    }

    @cached_property
    def sentence(self) -> str:
        value = ", ".join(self.value) if isinstance(self.value, tuple) else self.value
        return f"`{self.column}` {self.sentences[self.limit].format(value=value)}"


def limits(column: Column) -> tuple[Limit, ...]:
    """The limits of one column, type first."""
    # A number that is not finite is no measurement; `at_most` alone would let NaN pass where an engine reads it as below everything.
    found: dict[str, Any] = {"type": column.dtype, "not_null": None if column.nullable else True, "one_of": tuple(code for code, _ in column.codes) or None}
    found |= {
        "pattern": column.pattern,
        "finite": column.dtype == "float64" or None,
        "at_least": column.minimum,
        "at_most": column.maximum,
        "max_length": column.max_length,
    }
    return tuple(Limit(column.name, name, value) for name, value in found.items() if value is not None)


@per_table
def plan(table: type[Table]) -> tuple[Rule, ...]:
    """Every check of a table: limits of its columns, its key, its rules, its references."""
    per_column = [limit for column in columns(table) for limit in limits(column)]
    links = [References(column, target) for column, target in references(table).items()]
    # What is stated twice is one check.
    return tuple(dict.fromkeys((*per_column, Unique(table.key), *all_rules(table), *links)))
