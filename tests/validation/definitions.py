"""Hypothesis strategies: definitions of tables with any fields and rules, and rows for them, sound or not.

A row is a dict; a day is its number, counted from 1970-01-01, so that days which Python does not know can be said.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from mali_dataset.schema import (
    AnyOf,
    AtLeastOne,
    Code,
    Column,
    Count,
    Day,
    Differ,
    Disjoint,
    Field,
    Flag,
    Key,
    NotAbove,
    NotAfter,
    NullIf,
    Number,
    PartsSum,
    Ref,
    References,
    ReferencesAny,
    RequiredIf,
    RowCount,
    Rule,
    Summary,
    Table,
    Text,
    Together,
    Unique,
    When,
    columns,
)
from mali_dataset.schema.forms.expressions import DAYS, polars_type
from mali_dataset.schema.forms.strategies import count_texts, edtf_texts, rows
from mali_dataset.schema.plan import plan
from mali_dataset.schema.rules import ACROSS
from mali_dataset.tables import registry

Row = dict[str, Any]
Frames = dict[str, pl.DataFrame]

# Words of SQL, and names that engines use themselves.
NAMES = (
    "select",
    "order",
    "group",
    "from",
    "where",
    "limit",
    "end",
    "start",
    "count",
    "null",
    "case",
    "rowid",
    "s",
    "d",
    "o",
    "index",
    "value",
    "len",
    "date",
    "x1",
)
TEXTS = (
    "a",
    "b",
    "it's",
    "",
    "ab",
    "a\n",
    "\n",
    "a\nb",
    " a",
    "a\t",
    "é",
    "e\u0301",
    "😀",
    "\u2028",
    "\r",
    "\x85",
    "a\x00",
    "%_",
    "\\",
    "NaN",
    "null",
    "১২",
    "-",
    "x" * 400,
)
NAN, INF = float("nan"), float("inf")
FLOATS = (0.0, -0.0, 1.0, NAN, INF, -INF, 0.1 + 0.2, -1.5, 5e-324, 1.7976931348623157e308)
WHOLE = (0, 1, 2, -1, 7, 2**62, 2**63 - 1, -(2**63))
DATES = (0, 1, 15000, *DAYS, DAYS[0] - 1, DAYS[1] + 1, 2**31 - 1, -(2**31))
ATOMS = ("a", "b", ".", "[a-z]", "[^a]", r"[^\x00-\x1f]", "[0-9]", r"\.", r"[.\]-]", "(?:ab|a)", r"\xe9", "'", "(a|b)")


def day(value: Any) -> Any:
    """A day as its number; what is no day as it is."""
    return (value - date(1970, 1, 1)).days if isinstance(value, date) else value


def frame_of(table: type[Table], made: list[Row]) -> pl.DataFrame:
    """Rows as a frame with the types of the definition."""
    return pl.DataFrame([series(column.name, [row[column.name] for row in made], column.dtype) for column in columns(table)])


def series(name: str, values: list[Any], dtype: str) -> pl.Series:
    """Values as a column; days by their number."""
    return pl.Series(name, values, pl.Int32).cast(pl.Date) if dtype == "date32" else pl.Series(name, values, polars_type(dtype))


def defects(column: Column) -> list[Any]:
    """Values at and beyond what a column allows."""
    around = [end + step for end in (column.minimum, column.maximum) if end is not None for step in (-1, 0, 1)]
    found: dict[str, list[Any]] = {
        "string": [*TEXTS, "x" * (1 + (column.max_length or 0)), "no-such-code", *(code for code, _ in column.codes)],
        "int64": [*WHOLE, *(int(end) for end in around)],
        "float64": [*FLOATS, *(float(end) for end in around)],
        "bool": [True, False],
        "date32": [*DATES],
    }
    return [None, *found[column.dtype]]


# --- definitions ----------------------------------------------------------------------------------------------------------------------


def patterns() -> st.SearchStrategy[str]:
    """Regular expressions that every language reads alike."""
    piece = st.builds(str.__add__, st.sampled_from(ATOMS), st.sampled_from(("", "", "*", "+", "?", "{2}", "{1,3}", "+?")))
    branch = st.lists(piece, min_size=1, max_size=3).map("".join)
    return st.one_of(branch, st.lists(branch, min_size=1, max_size=3).map("|".join), branch.map(lambda inner: f"(?:{inner})*"))


def fields() -> st.SearchStrategy[Field]:
    """Fields of every kind."""
    optional = st.booleans()
    number, decimal = st.integers(-5, 5), st.sampled_from((-90, -1.5, 0, 0.0, 0.1, 2.5, 90))

    def limited(low: float | None, high: float | None, *, optional: bool, decimal: bool) -> Number:
        turned = low is not None and high is not None and low > high
        return Number("Number.", optional=optional, decimal=decimal, minimum=high if turned else low, maximum=low if turned else high)

    return st.one_of(
        st.builds(Text, st.just("Text."), optional=optional, pattern=patterns(), max_length=st.integers(1, 6)),
        st.builds(Text, st.just("Text."), optional=optional),
        st.builds(Summary, st.just("Text."), optional=optional),
        st.builds(Code, st.just("Code."), optional=optional, codes=st.sampled_from(({"a": "A."}, {"a": "A.", "it's": "B.", "\\": "C."}))),
        st.builds(limited, st.none() | number, st.none() | number, optional=optional, decimal=st.just(value=False)),
        st.builds(limited, st.none() | decimal, st.none() | decimal, optional=optional, decimal=st.just(value=True)),
        st.builds(Flag, st.just("Flag."), optional=optional),
        st.builds(Day, st.just("Day."), optional=optional),
        st.builds(When, st.just("Date."), optional=optional, ongoing=st.booleans()),
        st.builds(Count, st.just("Count."), optional=optional),
        st.builds(Ref, st.just("Reference."), optional=optional, to=st.sampled_from(("made", "things", "actors"))),
    )


@st.composite
def tables(draw: Any) -> type[Table]:
    """Definitions: any fields, and any rules that fit them."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=6))
    made: dict[str, Any] = {name: draw(fields()) for name in names}
    sure = [column for name, field in made.items() for column in field.columns(name) if not column.nullable]
    if not sure or draw(st.booleans()):
        made["made_id"] = Key("Key.", prefix=draw(st.sampled_from(("", "m"))))
    flat = [column for name, field in made.items() for column in field.columns(name)]
    if "made_id" not in made:
        key = draw(st.lists(st.sampled_from(sure), unique=True, min_size=1, max_size=3))
        if len(key) > 1 or key[0].dtype != "string":
            # A reference to the table itself needs a key of one column, and has to have its type.
            made |= {name: replace(field, to="things") for name, field in made.items() if isinstance(field, Ref)}
        made["key"] = tuple(column.name for column in key)
    rules = [rule for rule in draw(st.lists(st.one_of(_rules(made, flat)), max_size=7)) if len(set(rule.columns)) == len(rule.columns)]
    made["rules"] = tuple({rule.name: rule for rule in rules}.values())
    made |= {"name": "made", "serves": draw(st.sampled_from(("plain", "link"))), "__doc__": "One thing that was made up."}
    return type("Made", (Table,), made)


def _rules(made: dict[str, Any], flat: list[Column]) -> list[st.SearchStrategy[Rule]]:
    """A strategy for each kind of rule that fits some columns."""
    of = {dtype: [column.name for column in flat if column.dtype == dtype] for dtype in ("string", "int64", "float64", "bool", "date32")}
    every = st.sampled_from([column.name for column in flat])
    dates, counts = ([name for name, field in made.items() if isinstance(field, kind)] for kind in (When, Count))
    several = st.lists(every, unique=True, min_size=1, max_size=3).map(tuple)
    pairs = [st.lists(st.sampled_from(some), unique=True, min_size=2, max_size=2) for some in of.values() if len(some) > 1]
    ordered = [st.lists(st.sampled_from(some), unique=True, min_size=2, max_size=2) for some in (of["int64"] + of["float64"], of["date32"]) if len(some) > 1]
    found: list[Any] = [st.builds(kind, several) for kind in (AnyOf, Together, Unique, Unique)]
    found.append(st.builds(RowCount, st.integers(0, 3), st.none() | st.integers(3, 400)))
    found.append(st.builds(References, every, st.sampled_from(("things", "others"))))
    found.append(st.builds(lambda name, table: AtLeastOne(name, table, f"{name}_there"), every, st.sampled_from(("things", "boxes"))))
    found += [st.builds(lambda pair: Differ(*pair), pair) for pair in pairs]
    found += [st.builds(lambda pair: NotAbove(*pair), pair) for pair in ordered]
    for column in flat:
        codes = [code for code, _ in column.codes]
        named = {"string": st.sampled_from(codes or TEXTS[:6]), "int64": st.integers(-1, 5), "bool": st.booleans()}.get(column.dtype)
        if named is not None:
            equals = st.lists(named, unique=True, min_size=1, max_size=3).map(tuple)
            found += [st.builds(kind, every, st.just(column.name), equals) for kind in (RequiredIf, NullIf)]
    if of["string"]:
        text = st.sampled_from(of["string"])
        found.append(st.builds(ReferencesAny, text, text))
    if dates:
        one = st.sampled_from(dates)
        found += [st.builds(NotAfter, one, one), st.builds(Disjoint, several, one, one)]
    if counts and of["bool"]:
        for some in of.values():
            if some:
                one = st.sampled_from(some)
                found.append(st.builds(PartsSum, st.sampled_from(counts), one, one, every, st.sampled_from(of["bool"])))
    return found


# --- rows -----------------------------------------------------------------------------------------------------------------------------


@st.composite
def any_rows(draw: Any, table: type[Table]) -> list[Row]:
    """Rows of a definition, up to a thousand: of few different values, some of them wrong, or rising in a column but for a few."""
    height = draw(st.sampled_from((0, 1, 2, 3, 4, 6, 10, 40, 300, 1000)))
    chance = np.random.default_rng(draw(st.integers(0, 2**16)))
    made: list[Row] = [{} for _ in range(height)]
    for name, field in table.fields.items():
        pool = draw(_pool(name, field))
        values = [pool[i] for i in chance.integers(len(pool), size=height)]
        rising = _rising(field, name, height) if draw(st.booleans()) else []
        if rising:
            for at in chance.integers(height, size=draw(st.integers(0, min(6, height // 4)))) if height else ():
                rising[at] = draw(st.sampled_from((values[at], rising[at - 1], {name: None}, rising[-at])))
            values = rising
        made = [row | value for row, value in zip(made, values, strict=True)]
    return made


def _rising(field: Field, name: str, height: int) -> list[Row]:
    """A column that rises, for the kinds that can."""
    column = field.authored(name)
    if isinstance(field, When | Count) or column.codes or column.dtype == "bool":
        return []
    prefix = f"{field.prefix}-" if isinstance(field, Key) and field.prefix else ""
    kinds = {"string": lambda n: f"{prefix}{n:04d}", "int64": lambda n: n - 2, "float64": lambda n: n / 2, "date32": lambda n: n}
    return [{name: kinds[column.dtype](n)} for n in range(height)]


@st.composite
def _pool(draw: Any, name: str, field: Field) -> list[Row]:
    """The values that the columns of one field take."""
    beside = field.columns(name)
    if isinstance(field, When | Count):
        texts = draw(st.lists(edtf_texts() if isinstance(field, When) else count_texts(), min_size=1, max_size=4))
        pool = [_expanded(name, field, text) for text in [*texts, *([None] if draw(st.booleans()) else [])]]
        for _ in range(draw(st.integers(0, 2))):
            column = draw(st.sampled_from(beside))
            pool.append(draw(st.sampled_from(pool)) | {column.name: draw(st.sampled_from(defects(column)))})
        return pool
    column = beside[0]
    sound = [st.from_regex(column.pattern, fullmatch=True, alphabet=st.characters(max_codepoint=0xFF))] if column.pattern else []
    return [{name: value} for value in draw(st.lists(st.one_of(st.sampled_from(defects(column)), *sound), min_size=1, max_size=6))]


def _expanded(name: str, field: Field, text: str | None) -> Row:
    kind = {f"{name}_kind": None if text is None else "actual"} if isinstance(field, When) else {}
    return {key: day(value) for key, value in field.expand(name, text).items()} | kind


@st.composite
def seeded_rows(draw: Any, table: type[Table]) -> list[Row]:
    """Rows of a known table, sound but for a few defects, some of them many times over."""
    base = [{name: day(value) for name, value in row.items()} for row in draw(rows(table, max_size=4))]
    times = draw(st.sampled_from((1, 2, 60, 200)))
    made = [row | ({} if n == 0 else {key: f"{row[key]}-{n:03d}" for key in table.key if isinstance(row[key], str)}) for n in range(times) for row in base]
    pairs = [rule for rule in plan(table) if isinstance(rule, NotAbove)]
    for _ in range(draw(st.integers(0, 6)) if made else 0):
        row, elsewhere = made[draw(st.integers(0, len(made) - 1))], made[draw(st.integers(0, len(made) - 1))]
        column = draw(st.sampled_from(columns(table)))
        wrong = [{column.name: draw(st.sampled_from(defects(column)))}, {column.name: elsewhere[column.name]}, elsewhere]
        wrong += [{rule.columns[0]: row[rule.columns[1]], rule.columns[1]: row[rule.columns[0]]} for rule in pairs]
        row |= draw(st.sampled_from(wrong))
    return made


@st.composite
def against(draw: Any, table: type[Table], made: list[Row]) -> Frames:
    """The tables that rules refer to, which hold some of the values, and others; some are not given."""
    dtypes = {column.name: column.dtype for column in columns(table)}
    chance = np.random.default_rng(draw(st.integers(0, 2**16)))
    height, known = draw(st.sampled_from((0, 1, 5, 50))), registry()
    found: dict[str, dict[str, pl.Series]] = {}
    for rule in plan(table):
        if isinstance(rule, ACROSS):
            targets = {row[rule.table] for row in made[:20]} & {*known, *TEXTS} if isinstance(rule, ReferencesAny) else {rule.table}
            for name in targets:
                if not name or (name == table.name and not isinstance(rule, AtLeastOne)):
                    continue
                key = known[name].key if name in known else ()
                column = rule.column if isinstance(rule, AtLeastOne) else key[0] if len(key) == 1 else rule.columns[0]
                values = [row[rule.about] for row in made] + defects(next(c for c in columns(table) if c.name == rule.about))[:2]
                some = [values[i] for i in chance.integers(len(values), size=height)]
                if draw(st.booleans()):
                    some = (values * (1 + height // len(values)))[:height]
                if found.get(name, {}).get(column, pl.Series(dtype=polars_type(dtypes[rule.about]))).dtype == polars_type(dtypes[rule.about]):
                    found.setdefault(name, {})[column] = series(column, some, dtypes[rule.about])
    return {name: pl.DataFrame(list(values.values())) for name, values in found.items() if draw(st.sampled_from((True, True, False)))}
