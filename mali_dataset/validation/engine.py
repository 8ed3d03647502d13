"""What an engine is: it has one table open, says what columns it has, and finds the rows that break rules of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mali_dataset.schema import AtLeastOne, References, ReferencesAny, Rule, Table, columns, references
from mali_dataset.schema.column import DTYPES
from mali_dataset.schema.plan import plan
from mali_dataset.schema.rules import ACROSS
from mali_dataset.tables import registry

if TYPE_CHECKING:
    import polars as pl


class Step(NamedTuple):
    """Rules that are checked together, and what finds the rows that break them."""

    rules: list[Rule]
    run: Callable[[], Iterator[tuple[Rule, pl.DataFrame]]]


class Engine(Protocol):
    """One open table. Engines differ in how they look, never in what they find.

    Attributes:
        table: the definition that the table is checked against.
        types: the type of each column, in order: a `DType` where values have one or can be taken as one without loss
            (narrower numbers, categories, columns of nulls), else the name that the engine gives it.
        cells: columns read from text (CSV), so that a cell may not be of the type of its column.
        others: the columns of the tables given as `against`, by the name of the table, with their types.
    """

    table: type[Table]
    types: dict[str, str]
    cells: frozenset[str]
    others: dict[str, dict[str, str]]

    def rows(self) -> int:
        """How many rows the table has."""

    def steps(self, rules: Sequence[Rule]) -> Iterator[Step]:
        """The steps in which rules are best checked. Run one after the other, they find the rows that break each rule.

        Every frame that a step gives holds `ROW` (an integer, from 0) and the column that the rule is about, with the type of the definition; a cell
        that is not of its type comes as text. It may hold the columns of the key too, and it is bounded in size. A row is told once for each rule.
        All columns of the rules are there and have their types; a rule that reads another table is only given when the table is among `others`
        and `comparable` finds its column; of the tables that `ReferencesAny` may name, only those are looked up for which it does.
        """

    def keys(self, rows: pl.Series) -> pl.DataFrame:
        """`ROW` and the columns of the key, as far as they are there, of some rows."""

    def close(self) -> None:
        """Give back what was opened; more than once does no harm."""


def other_column(rule: Rule, table: type[Table], others: Mapping[str, Mapping[str, str]], other: str | None = None) -> str | None:
    """The column of the other table that a rule over two tables reads, None when it cannot be told.

    The key of a table is that of its definition, where one is known; else the column of the same name as the one that refers to it, or as another
    one that refers to the same table; or `id`.

    Args:
        rule: the rule.
        table: the table that has the rule.
        others: columns of the tables that were given.
        other: the table, where the rule itself does not say it (`ReferencesAny`).
    """
    if isinstance(rule, AtLeastOne):
        wanted = [rule.column]
        there = others.get(rule.table, {})
    elif isinstance(rule, References | ReferencesAny):
        name = other or rule.table
        definition = table if name == table.name else registry().get(name)
        alike = [column for column, to in references(table).items() if to == name]
        # In the table itself the columns that refer hold nothing but what they refer to.
        beside = [] if definition is table else [rule.column, *alike]
        wanted = [*(definition.key if definition is not None and len(definition.key) == 1 else ()), *beside, "id"]
        there = others.get(name, {})
    return next((column for column in wanted if column in there), None)


def comparable(rule: Rule, table: type[Table], others: Mapping[str, Mapping[str, str]], other: str | None = None) -> str | None:
    """As `other_column`, but None too where the column has a type whose values are none of ours."""
    column, name = other_column(rule, table, others, other), other or str(getattr(rule, "table", ""))
    wanted = next(str(one.dtype) for one in columns(table) if one.name == rule.about)
    return column if column and others[name][column] in (wanted, "string") else None


def columns_read(table: type[Table], other: str | None, types: Mapping[str, str]) -> list[str]:
    """The columns that are read of what is there: those of the definition, or of another table those that rules look up; of types that we know.

    Args:
        table: the definition.
        other: the name of the other table, None for the table itself.
        types: the columns that are there.
    """
    if other is None:
        wanted = {column.name for column in columns(table)}
    else:
        wanted = {name for rule in plan(table) if isinstance(rule, ACROSS) and (name := other_column(rule, table, {other: types}, other))}
    return [name for name, kind in types.items() if name in wanted and kind in DTYPES]
