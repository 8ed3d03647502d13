"""What a table is: a class with fields and rules. `columns` is the one reader of its fields."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeVar, cast, get_args

from mali_dataset.schema.column import Column, DefinitionError
from mali_dataset.schema.fields import Count, Field, Key, Ref, Text, When
from mali_dataset.schema.rules import Expands, NotAbove, RowCount, Rule

_NOTE = Text("Our remarks.", optional=True, structural=True, max_length=600)
_SETTINGS = {"name", "key", "rules", "serves", "closed", "fields"}
T = TypeVar("T")

Role = Literal["fact", "plain", "source", "citation", "claim", "basis", "link", "rule", "retired"]
# What the build makes from the records that people write.
MADE: tuple[Role, ...] = ("citation", "claim", "basis", "link")


class Table:
    """Base of every table. The docstring says what one row is; class attributes are fields or one of the settings below.

    Records that people write about the world end with a `note`, our remarks, which no table has to define.

    A table that has columns with the names of settings (`name`, `key`) takes these settings as arguments of the class: `class City(Table, name="cities")`.

    Attributes:
        name: name of the table, also of its file in a release; by default that of the module that defines it.
        key: columns that identify a row; by default the one `Key` field.
        rules: rules over columns and tables, beside those that the fields bring.
        serves: what its rows are to the build: facts, whose every value needs a basis; the evidence for them (source, citation, claim, basis,
            link of a basis to its claims); codebook rules; retired ids; or plain records, which are only validated.
        closed: whether a published table has no other columns; if not, nothing is said of those. Records that people write have none in any case.
    """

    name: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    rules: ClassVar[tuple[Rule, ...]] = ()
    serves: ClassVar[Role] = "fact"
    closed: ClassVar[bool] = True
    fields: ClassVar[dict[str, Field]]

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__()
        own = {k: v for k, v in vars(cls).items() if not k.startswith("_")}
        parents = [base for base in cls.__mro__[1:] if issubclass(base, Table) and base is not Table]
        every = {k: v for held in [*(base.fields for base in reversed(parents)), own] for k, v in held.items()}
        cls.fields = {k: v for k, v in every.items() if isinstance(v, Field) and v is not _NOTE}
        keys = tuple(name for name, field in cls.fields.items() if isinstance(field, Key))
        above = parents[0] if parents else Table
        settings = (
            {"rules": above.rules, "serves": above.serves, "closed": above.closed}
            | {k: v for k, v in own.items() if k in _SETTINGS and k not in cls.fields}
            | settings
        )
        key = settings.get("key") or keys or next((base.key for base in parents), ())
        cls.name, cls.key = settings.get("name", cls.__module__.rpartition(".")[2]), (key,) if isinstance(key, str) else tuple(key)
        cls.rules, cls.serves, cls.closed = tuple(settings["rules"]), settings["serves"], settings["closed"]
        if cls.serves in ("fact", "plain", "source"):
            cls.fields.setdefault("note", _NOTE)
        made = [column for field, value in cls.fields.items() for column in value.columns(field)]
        names, of = [column.name for column in made], {column.name: column for column in made}
        if strange := [rule for rule in cls.rules if not isinstance(rule, Rule)]:
            raise DefinitionError(f"table {cls.__name__}: {strange[0]!r} is no rule")
        listed = [rule.columns for rule in cls.rules if not isinstance(rule, RowCount)]
        unknown = {*own, *settings} - {*cls.fields} - _SETTINGS
        faults = {
            f"{sorted(unknown)} is neither a field nor a setting": unknown,
            "it needs a docstring that says what one row is": not cls.__doc__,
            f"a table cannot serve as {cls.serves!r}": cls.serves not in get_args(Role),
            f"`closed` is true or false, not {cls.closed!r}": not isinstance(cls.closed, bool),
            # Databases do not tell `ID` from `id`.
            "two columns have the same name": len(names) != len({column.lower() for column in names}),
            "it has no key": not cls.key,
            "a Ref says in `to` to which table": any(isinstance(field, Ref) and not field.to for field in cls.fields.values()),
            "a column of the key is optional": any(of[name].nullable for name in cls.key if name in of),
            "a rule or the key names a column that is not there": {*cls.key, *(c for r in cls.rules for c in r.columns)} - set(names),
            "a rule or the key names a column twice, or none": any(len(set(some)) != len(some) or not some for some in (cls.key or names, *listed)),
        }
        misfits = [f"{rule.name}: {why}" for rule in cls.rules if {*rule.columns} <= of.keys() and (why := rule.misfit(of))]
        if found := [*(fault for fault, there in faults.items() if there), *misfits]:
            raise DefinitionError(f"table {cls.__name__}: {'; '.join(found)}")


def per_table(make: Callable[[type[Table]], T]) -> Callable[[type[Table]], T]:
    """Make a form of a table once (`functools.cache`, with the type of the function kept)."""
    return cast("Callable[[type[Table]], T]", functools.cache(make))


@per_table
def columns(table: type[Table]) -> tuple[Column, ...]:
    """Every published column of a table, in order: the one reader of its fields."""
    return tuple(column for name, field in table.fields.items() for column in field.columns(name))


@per_table
def authored_columns(table: type[Table]) -> dict[str, tuple[str, Column]]:
    """Columns that a person writes, with the field that each belongs to (a date has a kind beside its text)."""
    found: dict[str, tuple[str, Column]] = {}
    for name, field in table.fields.items():
        found[name] = (name, field.authored(name))
        if isinstance(field, When):
            found[f"{name}_kind"] = (name, field.kind(name))
    return found


@per_table
def all_rules(table: type[Table]) -> tuple[Rule, ...]:
    """The rules of a table: those that its composites bring, then its own."""
    brought: list[Rule] = []
    for name, field in table.fields.items():
        if isinstance(field, When):
            brought.append(Expands(name, "date"))
        if isinstance(field, Count):
            low, best, high = (f"{name}_{suffix}" for suffix in ("low", "best", "high"))
            brought += [Expands(name, "count"), NotAbove(low, best), NotAbove(low, high), NotAbove(best, high)]
    return (*brought, *table.rules)


def references(table: type[Table]) -> dict[str, str]:
    """Column -> the table that it refers to."""
    return {name: field.to for name, field in table.fields.items() if isinstance(field, Ref)}


def added(table: type[Table]) -> frozenset[str]:
    """The columns that a table has without defining them."""
    return frozenset(name for name, field in table.fields.items() if field is _NOTE)


def parts(table: type[Table], among: Mapping[str, type[Table]]) -> dict[str, tuple[type[Table], str]]:
    """The tables whose rows may be written inside a record of `table`: part name -> (table, column that points back)."""
    refs = [(other, column, field) for other in among.values() for column, field in other.fields.items() if isinstance(field, Ref)]
    return {field.part: (other, column) for other, column, field in refs if field.part and field.to == table.name}


def complete(table: type[Table], record: dict[str, Any]) -> dict[str, Any]:
    """The published row of a record: every column, composites expanded, defaults and kinds filled in.

    Raises:
        ValueError: a date or a count is not in its grammar.
    """
    row: dict[str, Any] = {}
    for name, field in table.fields.items():
        value = record.get(name, getattr(field, "default", None))
        row |= field.expand(name, value)
        if isinstance(field, When):
            row[f"{name}_kind"] = record.get(f"{name}_kind") or (None if value is None else "actual")
    return row


def with_role(tables: Mapping[str, type[Table]], role: Role) -> type[Table] | None:
    """The table that has a role of which there is one, if it is among `tables`."""
    return next((table for table in tables.values() if table.serves == role), None)
