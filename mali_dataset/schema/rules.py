"""Rules over the columns of a row, the rows of a table, and tables: data that every engine compiles for itself.

The set is closed: `holds` reads the rules of one row, `forms/expressions.py` compiles them for polars, `validation/sql.py` for SQL. Null
passes, unless the rule is about nulls; NaN is above every number, and -0.0 is 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal, get_origin

from mali_dataset.schema import count, edtf
from mali_dataset.schema.column import Column

# What is compared with each other, and what may stand among the values that a rule names.
_ORDERED = {"int64": "number", "float64": "number", "date32": "day"}
_NAMED: dict[str, type] = {"string": str, "int64": int, "bool": bool}


@dataclass(frozen=True)
class Rule:
    """Base of the closed set. `called` and `says` are templates over the fields of a rule."""

    called: ClassVar[str]
    says: ClassVar[str]

    def __post_init__(self) -> None:
        # So that a rule stays data that can be compared and kept, and a name alone is not taken for its letters.
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, list) or (isinstance(value, str) and get_origin(field.type) is tuple):
                object.__setattr__(self, field.name, tuple(value) if isinstance(value, list) else (value,))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        named = (value for field, value in self._said.items() if field not in ("equals", "limit", "value"))
        return tuple(column for value in named for column in (value if isinstance(value, tuple) else (value,)))

    @cached_property
    def name(self) -> str:
        """What must hold, as one word that a program can compare: `start_not_after_end`."""
        return self.called.format(**{k: "_".join(map(str, v)) if isinstance(v, tuple) else v for k, v in self._said.items()})

    @cached_property
    def sentence(self) -> str:
        """What must hold, in words."""
        return self.says.format(**{k: ", ".join(f"`{c}`" for c in v) if isinstance(v, tuple) else v for k, v in self._said.items()})

    @cached_property
    def about(self) -> str:
        """The column to which a problem is pinned; empty when the rule is about the table as a whole."""
        return self.columns[0] if self.columns else ""

    def misfit(self, of: Mapping[str, Column]) -> str | None:  # noqa: ARG002 - most rules fit columns of any type
        """Why the rule can say nothing about its columns, being of their types; None if it can."""
        return None

    @property
    def _said(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
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

    def misfit(self, of: Mapping[str, Column]) -> str | None:
        lower, upper = (of[name].dtype for name in self.columns)
        return None if _ORDERED.get(lower) == _ORDERED.get(upper) is not None else f"{lower} and {upper} are neither both numbers nor both days"

    def holds(self, row: Mapping[str, Any]) -> bool:
        low, high = (row[c] for c in self.columns)
        return low is None or high is None or high != high or bool(low <= high)  # noqa: PLR0124 - NaN is above every number


@dataclass(frozen=True)
class NotAfter(NotAbove):
    """A date (composite) does not surely come after another: its first possible day is not after the other's last."""

    called = "{lower}_not_after_{upper}"
    says = "`{lower}` is not after `{upper}`"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.lower}_earliest", f"{self.upper}_latest")


@dataclass(frozen=True)
class RequiredIf(RowRule):
    """A column is filled when another has one of some codes, or other values of its type."""

    column: str
    when: str
    equals: tuple[str | int, ...]
    called = "{column}_required_if_{when}"
    says = "`{column}` is given when `{when}` is one of {equals}"

    def misfit(self, of: Mapping[str, Column]) -> str | None:
        when, wanted = of[self.when], _NAMED.get(of[self.when].dtype)
        if not self.equals or any(type(value) is not wanted for value in self.equals):
            return f"{self.equals!r} are no values of `{self.when}`, which has the type {when.dtype}"
        unknown = set(self.equals) - {code for code, _ in when.codes} if when.codes else None
        return f"{', '.join(sorted(map(repr, unknown)))} is none of the codes of `{self.when}`" if unknown else None

    def holds(self, row: Mapping[str, Any]) -> bool:
        return row[self.when] not in self.equals or row[self.column] is not None


@dataclass(frozen=True)
class NullIf(RequiredIf):
    """A column is empty when another has one of some codes, or other values of its type."""

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

    def misfit(self, of: Mapping[str, Column]) -> str | None:
        one, other = (_ORDERED.get(of[name].dtype, of[name].dtype) for name in self.columns)
        return None if one == other else f"a {one} always differs from a {other}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        one, other = row[self.one], row[self.other]
        return one is None or other is None or not (one == other or (one != one and other != other))  # noqa: PLR0124 - NaN is NaN


@dataclass(frozen=True)
class Expands(RowRule):
    """The published bounds of a date or a count are those of its text, and a date has a kind when it has a text."""

    text: str
    kind: Literal["date", "count"]
    called = "expands_{text}"
    says = "`{text}` is a {kind} of the grammar, and the columns beside it say what it says"
    suffixes: ClassVar[dict[str, tuple[str, ...]]] = {"date": ("earliest", "latest", "approximate", "uncertain", "kind"), "count": ("low", "best", "high")}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (self.text, *(f"{self.text}_{suffix}" for suffix in self.suffixes[self.kind]))

    def expand(self, text: str | None) -> tuple[Any, ...]:
        """What the columns beside the text must hold (the kind of a date apart).

        Raises:
            ValueError: the text is not in the grammar.
        """
        if self.kind == "count":
            bounds = count.Bounds() if text is None else count.parse(text)
            return bounds.low, bounds.best, bounds.high
        dates = edtf.Dates() if text is None else edtf.parse(text)
        return dates.earliest, dates.latest, dates.approximate, dates.uncertain

    def agree(self, text: str | None, *beside: Any) -> bool:
        """Whether the values of the columns beside a text, in order, are those that it expands to."""
        try:
            expected = self.expand(text)
        except ValueError:
            return False
        kinds = (None, "ongoing") if text is None else ("actual", "planned")
        return beside[: len(expected)] == expected and (self.kind == "count" or beside[-1] in kinds)

    def holds(self, row: Mapping[str, Any]) -> bool:
        return self.agree(*(row[c] for c in self.columns))


@dataclass(frozen=True)
class Unique(Rule):
    """No two rows agree in all of some columns; a row with a null in one of them agrees with no other, as in SQL."""

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

    @cached_property
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

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.count}_best", self.key, self.parent, self.split, self.complete)

    def misfit(self, of: Mapping[str, Column]) -> str | None:
        best, key, parent, _, complete = (of[name].dtype for name in self.columns)
        return None if (best, key, complete) == ("int64", parent, "bool") else "it needs a count, a key and a parent of one type, and a flag for `complete`"


@dataclass(frozen=True)
class References(Rule):
    """A column holds keys of another table."""

    column: str
    table: str
    called = "references_{table}"
    says = "`{column}` is a key of `{table}`"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True)
class ReferencesAny(Rule):
    """A column holds keys of the table that another column names."""

    column: str
    table: str
    called = "references_{table}"
    says = "`{column}` is a key of the table that `{table}` names"

    def misfit(self, of: Mapping[str, Column]) -> str | None:
        return None if of[self.table].dtype == "string" else f"`{self.table}` is no text, so that it names no table"


@dataclass(frozen=True)
class AtLeastOne(Rule):
    """Every row is named by at least one row of another table: `column` there holds what `key` holds here."""

    key: str
    table: str
    column: str
    called = "at_least_one_{table}"
    says = "each `{key}` stands in `{column}` of `{table}` at least once"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (self.key,)


@dataclass(frozen=True)
class RowCount(Rule):
    """The table has at least, and at most, so many rows."""

    at_least: int = 0
    at_most: int | None = None
    called = "row_count"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return ()

    @cached_property
    def sentence(self) -> str:
        least = [f"at least {self.at_least:,}"] if self.at_least or self.at_most is None else []
        most = [] if self.at_most is None else [f"at most {self.at_most:,}"]
        last = self.at_least if self.at_most is None else self.at_most
        return f"the table has {' and '.join(least + most)} {'row' if last == 1 else 'rows'}"

    def misfit(self, of: Mapping[str, Column]) -> str | None:  # noqa: ARG002 - it has no columns
        return "no number of rows is enough and not too much" if self.at_most is not None and self.at_least > self.at_most else None

    def allows(self, rows: int) -> bool:
        """Whether a table may have so many rows."""
        return self.at_least <= rows <= (rows if self.at_most is None else self.at_most)


# What one table alone cannot decide.
ACROSS = (References, ReferencesAny, AtLeastOne)
