"""The plan: every check of a table as data, in one order, knowing nothing of an engine."""

from __future__ import annotations

from dataclasses import dataclass

from mali_dataset.schema.column import Column
from mali_dataset.schema.rules import References, Rule, Unique
from mali_dataset.schema.table import Table, all_rules, columns, references


@dataclass(frozen=True)
class Limit(Rule):
    """One limit of one column: `is` is the name of the limit, `value` what it allows."""

    column: str
    limit: str
    value: object

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def name(self) -> str:
        return self.limit

    @property
    def sentence(self) -> str:
        return {
            "type": f"`{self.column}` has the type {self.value}",
            "not_null": f"`{self.column}` is never empty",
            "one_of": f"`{self.column}` is one of its codes: {', '.join(self.value) if isinstance(self.value, tuple) else ''}",
            "pattern": f"the whole of `{self.column}` has the form {self.value}",
            "at_least": f"`{self.column}` is at least {self.value}",
            "at_most": f"`{self.column}` is at most {self.value}",
            "max_length": f"`{self.column}` has at most {self.value} characters",
        }[self.limit]


def limits(column: Column) -> tuple[Limit, ...]:
    """The limits of one column, type first."""
    found: list[tuple[str, object]] = [("type", column.dtype)]
    found += [("not_null", True)] if not column.nullable else []
    found += [("one_of", tuple(code for code, _ in column.codes))] if column.codes else []
    found += [
        (name, value)
        for name, value in (
            ("pattern", column.pattern),
            ("at_least", column.minimum),
            ("at_most", column.maximum),
            ("max_length", column.max_length),
        )
        if value is not None
    ]
    return tuple(Limit(column.name, name, value) for name, value in found)


def plan(table: type[Table]) -> tuple[Rule, ...]:
    """Every check of a table: limits of its columns, its key, its rules, its references."""
    per_column = [limit for column in columns(table) for limit in limits(column)]
    links = [References(column, target) for column, target in references(table).items()]
    return (*per_column, Unique(table.key), *all_rules(table), *links)
