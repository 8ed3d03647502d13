"""Rules over the columns of a row, the rows of a table, and tables: data that every engine compiles for itself.

The set is closed: `holds` reads the rules of one row, `forms/expressions.py` compiles the same ones for polars. Null passes, unless the
rule is about nulls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Rule:
    """Base of the closed set. `columns` are those that the rule reads."""

    @property
    def columns(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What must hold, as one word that a program can compare: `start_not_after_end`."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """What must hold, in words."""
        raise NotImplementedError

    @property
    def about(self) -> str:
        """The column to which a problem is pinned."""
        return self.columns[0]


class RowRule(Rule):
    """A rule that one row alone can break."""

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the row keeps the rule."""
        raise NotImplementedError


@dataclass(frozen=True)
class NotAbove(RowRule):
    """A number or a day is at most another one."""

    lower: str
    upper: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.lower, self.upper)

    @property
    def name(self) -> str:
        return f"{self.lower}_not_above_{self.upper}"

    @property
    def sentence(self) -> str:
        return f"`{self.lower}` is not above `{self.upper}`"

    def holds(self, row: Mapping[str, Any]) -> bool:
        low, high = row[self.lower], row[self.upper]
        return low is None or high is None or bool(low <= high)


@dataclass(frozen=True)
class NotAfter(NotAbove):
    """A date (composite) does not surely come after another: its first possible day is not after the other's last."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.lower}_earliest", f"{self.upper}_latest")

    @property
    def name(self) -> str:
        return f"{self.lower}_not_after_{self.upper}"

    @property
    def sentence(self) -> str:
        return f"`{self.lower}` is not after `{self.upper}`"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return NotAbove(*self.columns).holds(row)


@dataclass(frozen=True)
class _When(RowRule):
    column: str
    when: str
    equals: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.when)


@dataclass(frozen=True)
class RequiredIf(_When):
    """A column is filled when another has one of some codes."""

    @property
    def name(self) -> str:
        return f"{self.column}_required_if_{self.when}"

    @property
    def sentence(self) -> str:
        return f"`{self.column}` is given when `{self.when}` is {' or '.join(self.equals)}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.when] not in self.equals or row[self.column] is not None


@dataclass(frozen=True)
class NullIf(_When):
    """A column is empty when another has one of some codes."""

    @property
    def name(self) -> str:
        return f"{self.column}_null_if_{self.when}"

    @property
    def sentence(self) -> str:
        return f"`{self.column}` is empty when `{self.when}` is {' or '.join(self.equals)}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.when] not in self.equals or row[self.column] is None


@dataclass(frozen=True)
class AnyOf(RowRule):
    """At least one of some columns is filled."""

    any_of: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.any_of

    @property
    def name(self) -> str:
        return "any_of_" + "_".join(self.any_of)

    @property
    def sentence(self) -> str:
        return f"at least one of {', '.join(f'`{c}`' for c in self.any_of)} is given"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return any(row[c] is not None for c in self.any_of)


@dataclass(frozen=True)
class Together(RowRule):
    """Some columns are all filled or all empty."""

    together: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.together

    @property
    def name(self) -> str:
        return "together_" + "_".join(self.together)

    @property
    def sentence(self) -> str:
        return f"{', '.join(f'`{c}`' for c in self.together)} are all given or all empty"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return len({row[c] is None for c in self.together}) == 1


@dataclass(frozen=True)
class Differ(RowRule):
    """Two columns do not hold the same value."""

    one: str
    other: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.one, self.other)

    @property
    def name(self) -> str:
        return f"{self.one}_differs_from_{self.other}"

    @property
    def sentence(self) -> str:
        return f"`{self.one}` and `{self.other}` differ"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.one] is None or row[self.one] != row[self.other]


EXPANSIONS = {
    "date": ("earliest", "latest", "approximate", "uncertain", "kind"),
    "count": ("low", "best", "high"),
}


@dataclass(frozen=True)
class Expands(RowRule):
    """The published bounds of a date or a count are those of its text, and a date has a kind when it has a text."""

    text: str
    kind: Literal["date", "count"]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.text, *(f"{self.text}_{suffix}" for suffix in EXPANSIONS[self.kind]))

    @property
    def name(self) -> str:
        return f"expands_{self.text}"

    @property
    def sentence(self) -> str:
        return f"`{self.text}` is a {self.kind} of the grammar, and the columns beside it say what it says"

    def expand(self, text: str | None) -> tuple[Any, ...]:
        """What the columns beside the text must hold (the kind of a date apart).

        Raises:
            ValueError: the text is not in the grammar.
        """
        from mali_dataset.schema import count, edtf

        if text is None:
            return (None,) * (4 if self.kind == "date" else 3)
        if self.kind == "count":
            read = count.parse(text)
            return read.low, read.best, read.high
        dates = edtf.parse(text)
        return dates.earliest, dates.latest, dates.approximate, dates.uncertain

    def holds(self, row: Mapping[str, Any]) -> bool:
        try:
            expected = self.expand(row[self.text])
        except ValueError:
            return False
        if tuple(row[c] for c in self.columns[1 : len(expected) + 1]) != expected:
            return False
        if self.kind == "count":
            return True
        kind = row[f"{self.text}_kind"]
        return kind in (None, "ongoing") if row[self.text] is None else kind in ("actual", "planned")


@dataclass(frozen=True)
class Unique(Rule):
    """No two rows agree in all of some columns."""

    unique: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.unique

    @property
    def name(self) -> str:
        return "unique_" + "_".join(self.unique)

    @property
    def sentence(self) -> str:
        return f"no two rows have the same {', '.join(f'`{c}`' for c in self.unique)}"


@dataclass(frozen=True)
class Disjoint(Rule):
    """Spells of one group do not surely overlap: the next surely starts only after the one before may have ended."""

    group: tuple[str, ...]
    start: str
    end: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.start}_latest", f"{self.end}_earliest", *self.group)

    @property
    def name(self) -> str:
        return f"disjoint_{self.start}_{self.end}"

    @property
    def sentence(self) -> str:
        return f"spells of the same {', '.join(f'`{c}`' for c in self.group)} do not overlap from `{self.start}` to `{self.end}`"


@dataclass(frozen=True)
class PartsSum(Rule):
    """Parts that claim to split a whole completely (`complete`) sum to it, each split by itself."""

    count: str
    key: str
    parent: str
    split: str
    complete: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.count}_best", self.key, self.parent, self.split, self.complete)

    @property
    def name(self) -> str:
        return f"parts_sum_{self.count}"

    @property
    def sentence(self) -> str:
        return f"rows with the same `{self.parent}` and `{self.split}` that are `{self.complete}` sum to their whole"


@dataclass(frozen=True)
class References(Rule):
    """A column holds keys of another table."""

    column: str
    table: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def name(self) -> str:
        return f"references_{self.table}"

    @property
    def sentence(self) -> str:
        return f"`{self.column}` is a key of `{self.table}`"


@dataclass(frozen=True)
class ReferencesAny(Rule):
    """A column holds keys of the table that another column names."""

    column: str
    table: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.table)

    @property
    def name(self) -> str:
        return f"references_{self.table}"

    @property
    def sentence(self) -> str:
        return f"`{self.column}` is a key of the table that `{self.table}` names"
