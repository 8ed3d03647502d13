"""What rules about other tables need of the tables that were given, and which rows name tables that were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mali_dataset.problems import Problem
from mali_dataset.schema import ReferencesAny, Rule, columns
from mali_dataset.schema.plan import Limit
from mali_dataset.validation.engine import Engine, comparable, other_column

if TYPE_CHECKING:
    import polars as pl


def other_problem(rule: Rule, engine: Engine) -> Problem | str | None:
    """Why a rule across tables cannot be checked: as a reason when the table was not given, as a problem when it has not what it should have."""
    table, others = engine.table, engine.others
    if isinstance(rule, ReferencesAny):
        return None if others else "give the tables as `against`"
    name = getattr(rule, "table", "")
    if name not in others:
        return "give the table as `against`"
    if comparable(rule, table, others):
        return None
    return "its own key is missing" if name == table.name and set(table.key) - set(others[name]) else _fault(rule, engine, name)


def _fault(rule: Rule, engine: Engine, name: str) -> Problem:
    """What is wrong with a table of this name, which was given, but in which nothing can be looked up."""
    table, others = engine.table, engine.others
    column = other_column(rule, table, others, name if isinstance(rule, ReferencesAny) else None)
    wanted = next(c.dtype for c in columns(table) if c.name == rule.about)
    fault = f"its key `{column}` cannot be read as {wanted}" if column else f"no column of it can be what `{rule.about}` refers to"
    if not column and name == table.name and len(table.key) > 1:
        fault += f" (its key has {len(table.key)} columns, and one column holds the key of one)"
    message = f"`{name}` was given, but {fault}; it has {', '.join(f'{c} ({kind})' for c, kind in others[name].items()) or 'no columns'}"
    return Problem(rule=rule.name, message=message, table=table.name, column=rule.about)


class Named:
    """The rows of `ReferencesAny` that name tables in which nothing can be looked up: a limit of the column that names finds them.

    Args:
        engine: the engine with the tables open.
        rules: the rules that are checked.
    """

    def __init__(self, engine: Engine, rules: Iterable[Rule]) -> None:
        self._engine = engine
        # No table has an empty name, so that where nothing can be looked up, each row is found.
        self._limits = {rule: Limit(rule.table, "one_of", self._known(rule) or ("",)) for rule in rules if isinstance(rule, ReferencesAny)}
        self._rows = {limit: Counter[str]() for limit in self._limits.values()}

    @property
    def limits(self) -> list[Limit]:
        """What an engine is to check beside its rules."""
        return list(self._rows)

    def _known(self, rule: ReferencesAny) -> tuple[str, ...]:
        return tuple(name for name in self._engine.others if comparable(rule, self._engine.table, self._engine.others, name))

    def note(self, rule: Rule, found: pl.DataFrame) -> None:
        """Count the rows of a limit by the tables that they name."""
        if isinstance(rule, Limit) and rule in self._rows:
            self._rows[rule].update(dict(found[rule.about].value_counts().iter_rows()))

    def problems(self) -> Iterator[Problem]:
        """A problem for each table that was given and is named by rows, but has no key that they could hold."""
        for rule, limit in self._limits.items():
            for name in sorted(set(self._rows[limit]) & set(self._engine.others)):
                yield _fault(rule, self._engine, name)

    def why(self, rule: Rule) -> str | None:
        """How many rows a rule could not decide, as their tables were not given."""
        rows = self._rows[self._limits[rule]] if isinstance(rule, ReferencesAny) and rule in self._limits else {}
        left = sum(count for name, count in rows.items() if name not in self._engine.others)
        return f"{left:,} rows name tables that were not given" if left else None
