"""Rules over the columns of a row, the rows of a table, and tables: data that every engine compiles for itself.

The set is closed: `holds` reads the rules of one row, `forms/expressions.py` compiles the same ones for polars. Null passes, unless the
rule is about nulls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True)
class Rule:
    """Base of the closed set. `called` and `says` are templates over the fields of a rule."""

    called: ClassVar[str]
    says: ClassVar[str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        named = (value for field, value in vars(self).items() if field not in ("equals", "limit", "value"))
        return tuple(column for value in named for column in (value if isinstance(value, tuple) else (value,)))

    @property
    def name(self) -> str:
        """What must hold, as one word that a program can compare: `start_not_after_end`."""
        return self.called.format(**{k: "_".join(v) if isinstance(v, tuple) else v for k, v in vars(self).items()})

    @property
    def sentence(self) -> str:
        """What must hold, in words."""
        return self.says.format(**{k: ", ".join(f"`{c}`" for c in v) if isinstance(v, tuple) else v for k, v in vars(self).items()})

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
    called = "{lower}_not_above_{upper}"
    says = "`{lower}` is not above `{upper}`"

    def holds(self, row: Mapping[str, Any]) -> bool:
        low, high = (row[c] for c in self.columns)
        return low is None or high is None or bool(low <= high)


@dataclass(frozen=True)
class NotAfter(NotAbove):
    """A date (composite) does not surely come after another: its first possible day is not after the other's last."""

    called = "{lower}_not_after_{upper}"
    says = "`{lower}` is not after `{upper}`"

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.lower}_earliest", f"{self.upper}_latest")


@dataclass(frozen=True)
class RequiredIf(RowRule):
    """A column is filled when another has one of some codes."""

    column: str
    when: str
    equals: tuple[str, ...]
    called = "{column}_required_if_{when}"
    says = "`{column}` is given when `{when}` is one of {equals}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.when] not in self.equals or row[self.column] is not None


@dataclass(frozen=True)
class NullIf(RequiredIf):
    """A column is empty when another has one of some codes."""

    called = "{column}_null_if_{when}"
    says = "`{column}` is empty when `{when}` is one of {equals}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.when] not in self.equals or row[self.column] is None


@dataclass(frozen=True)
class AnyOf(RowRule):
    """At least one of some columns is filled."""

    any_of: tuple[str, ...]
    called = "any_of_{any_of}"
    says = "at least one of {any_of} is given"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return any(row[c] is not None for c in self.any_of)


@dataclass(frozen=True)
class Together(RowRule):
    """Some columns are all filled or all empty."""

    together: tuple[str, ...]
    called = "together_{together}"
    says = "{together} are all given or all empty"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return len({row[c] is None for c in self.together}) == 1


@dataclass(frozen=True)
class Differ(RowRule):
    """Two columns do not hold the same value."""

    one: str
    other: str
    called = "{one}_differs_from_{other}"
    says = "`{one}` and `{other}` differ"

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.one] is None or row[self.one] != row[self.other]


@dataclass(frozen=True)
class Expands(RowRule):
    """The published bounds of a date or a count are those of its text, and a date has a kind when it has a text."""

    text: str
    kind: Literal["date", "count"]
    called = "expands_{text}"
    says = "`{text}` is a {kind} of the grammar, and the columns beside it say what it says"
    suffixes: ClassVar[dict[str, tuple[str, ...]]] = {"date": ("earliest", "latest", "approximate", "uncertain", "kind"), "count": ("low", "best", "high")}

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.text, *(f"{self.text}_{suffix}" for suffix in self.suffixes[self.kind]))

    def expand(self, text: str | None) -> tuple[Any, ...]:
        """What the columns beside the text must hold (the kind of a date apart).

        Raises:
            ValueError: the text is not in the grammar.
        """
        from dataclasses import astuple

        from mali_dataset.schema import count, edtf

        if self.kind == "count":
            return astuple(count.Bounds() if text is None else count.parse(text))
        return astuple(edtf.Dates() if text is None else edtf.parse(text))

    def holds(self, row: Mapping[str, Any]) -> bool:
        try:
            expected = self.expand(row[self.text])
        except ValueError:
            return False
        if tuple(row[c] for c in self.columns[1 : len(expected) + 1]) != expected:
            return False
        kinds = (None, "ongoing") if row[self.text] is None else ("actual", "planned")
        return self.kind == "count" or row[f"{self.text}_kind"] in kinds


@dataclass(frozen=True)
class Unique(Rule):
    """No two rows agree in all of some columns."""

    unique: tuple[str, ...]
    called = "unique_{unique}"
    says = "no two rows have the same {unique}"


@dataclass(frozen=True)
class Disjoint(Rule):
    """Spells of one group do not surely overlap: the next surely starts only after the one before may have ended."""

    group: tuple[str, ...]
    start: str
    end: str
    called = "disjoint_{start}_{end}"
    says = "spells of the same {group} do not overlap from `{start}` to `{end}`"

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.start}_latest", f"{self.end}_earliest", *self.group)


@dataclass(frozen=True)
class PartsSum(Rule):
    """Parts that claim to split a whole completely (`complete`) sum to it, each split by itself."""

    count: str
    key: str
    parent: str
    split: str
    complete: str
    called = "parts_sum_{count}"
    says = "rows with the same `{parent}` and `{split}` that are `{complete}` sum to their whole"

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.count}_best", self.key, self.parent, self.split, self.complete)


@dataclass(frozen=True)
class References(Rule):
    """A column holds keys of another table."""

    column: str
    table: str
    called = "references_{table}"
    says = "`{column}` is a key of `{table}`"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True)
class ReferencesAny(Rule):
    """A column holds keys of the table that another column names."""

    column: str
    table: str
    called = "references_{table}"
    says = "`{column}` is a key of the table that `{table}` names"
