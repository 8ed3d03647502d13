"""The laws of every table: five forms accept the same rows, and what is accepted survives every way that it goes."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import pandas as pd
import pandera.errors
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mali_dataset.curation.compile import compile_trees
from mali_dataset.curation.reader import parse
from mali_dataset.release.parquet import arrow_table, write_parquet
from mali_dataset.schema import Count, Table, When, columns, count, edtf
from mali_dataset.schema.column import Column
from mali_dataset.schema.forms.frames import pandas_schema, polars_schema
from mali_dataset.schema.forms.frictionless import table_schema
from mali_dataset.schema.forms.json_schema import row_schema
from mali_dataset.schema.forms.record import record_model
from mali_dataset.schema.forms.strategies import records, rows
from mali_dataset.schema.rules import RowRule
from mali_dataset.schema.table import MADE, all_rules, authored_columns, complete
from mali_dataset.tables import registry

TABLES = registry()
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
TYPES: dict[str, tuple[Any, Any, type]] = {
    "string": (pl.String, pa.string(), str),
    "int64": (pl.Int64, pa.int64(), int),
    "float64": (pl.Float64, pa.float64(), float),
    "bool": (pl.Boolean, pa.bool_(), bool),
    "date32": (pl.Date, pa.date32(), date),
}


# --- what each form says of one row -------------------------------------------------------------------------------------------------


def _polars(table: type[Table], row: dict[str, Any]) -> bool:
    def series(column: Column) -> pl.Series:
        kind, _, own = TYPES[column.dtype]
        value = row[column.name]
        return pl.Series(column.name, [value], dtype=kind if value is None or type(value) is own else None)

    try:
        polars_schema(table).validate(pl.DataFrame([series(c) for c in columns(table)]), lazy=True)
    except pandera.errors.SchemaErrors:
        return False
    return True


def _pandas(table: type[Table], row: dict[str, Any]) -> bool:
    def series(column: Column) -> pd.Series[Any]:
        _, kind, own = TYPES[column.dtype]
        value = row[column.name]
        array = pa.array([value], type=kind if value is None or type(value) is own else None)
        return pd.Series(pd.array(array, dtype=pd.ArrowDtype(array.type)))

    try:
        pandas_schema(table).validate(pd.DataFrame({c.name: series(c) for c in columns(table)}), lazy=True)
    except pandera.errors.SchemaErrors:
        return False
    return True


@cache
def _validator(table: type[Table]) -> jsonschema.Draft202012Validator:
    made = row_schema(table)
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def _json(table: type[Table], row: dict[str, Any]) -> bool:
    return bool(_validator(table).is_valid({k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}))


@cache
def _descriptor(table: type[Table]) -> frictionless.Schema:
    return frictionless.Schema.from_descriptor(table_schema(table, TABLES))


def _frictionless(table: type[Table], row: dict[str, Any]) -> bool:
    _, notes = _descriptor(table).read_cells([row[c.name] for c in columns(table)])
    return not any(notes)


def _record(table: type[Table], row: dict[str, Any]) -> bool:
    try:
        record_model(table).model_validate({name: row[name] for name in authored_columns(table) if row[name] is not None})
    except ValidationError:
        return False
    return True


FORMS = {"record": _record, "polars": _polars, "pandas": _pandas, "json": _json, "frictionless": _frictionless}

# --- what must be said of it ----------------------------------------------------------------------------------------------------------


def _keeps_limits(column: Column, value: Any) -> bool:
    """A reading of the limits of a column by nothing but Python."""
    if value is None:
        return column.nullable
    if type(value) is not TYPES[column.dtype][2]:
        return False
    if column.codes and value not in dict(column.codes):
        return False
    if column.pattern and not re.fullmatch(column.pattern, value):
        return False
    if column.max_length is not None and len(value) > column.max_length:
        return False
    return not ((column.minimum is not None and value < column.minimum) or (column.maximum is not None and value > column.maximum))


# What a form cannot say of a row, with the reason; `test_what_a_form_cannot_express_it_accepts` keeps the list honest.
NOT_EXPRESSED = {
    ("json", "rules"): "JSON Schema compares no two values of an object",
    ("frictionless", "rules"): "a Table Schema has no constraint over two fields",
    ("frictionless", "empty text"): "an empty cell is a null in CSV, so an empty text is one too",
    ("frictionless", "trailing newline"): "readers match patterns with `$`, which lets one newline pass",
    ("record", "derived"): "a record does not have the columns that are made from its dates and counts",
}


def _agree(table: type[Table], row: dict[str, Any], mutated: str) -> None:
    """Every form accepts the row, or refuses it, unless the list says that it cannot see what is wrong."""
    wrong = {c.name for c in columns(table) if not _keeps_limits(c, row[c.name])}
    broken = [] if wrong else [rule.name for rule in all_rules(table) if isinstance(rule, RowRule) and not rule.holds(row)]
    expected = dict.fromkeys(FORMS, not wrong and not broken)
    value = row[mutated]
    for form, what in NOT_EXPRESSED:
        unseen = {
            "rules": bool(broken),
            "derived": mutated not in authored_columns(table),
            "empty text": value == "" and {c.name: c.nullable for c in columns(table)}[mutated],
            "trailing newline": isinstance(value, str) and value.endswith("\n") and wrong == {mutated},
        }[what]
        if unseen:
            del expected[form]
    said = {form: FORMS[form](table, row) for form in expected}
    assert said == expected, f"{mutated}={value!r}, wrong: {wrong}, broken: {broken}"


def _defects(column: Column, value: Any) -> list[Any]:
    """Values that a column should refuse, and some that it might not."""
    if column.dtype == "string":
        text = value if isinstance(value, str) else "a"
        long = [text[:1] * (column.max_length + 1)] if column.max_length else []
        return [
            None,
            "",
            f"{text}\n",
            f"\n{text}",
            f" {text}",
            f"{text}\t",
            "২০২৩",
            "no-such-code",
            "2023-02-30",
            "[2023-02..2022]",
            "9..3",
            "Ünï çode",
            "x" * 1600,
            12,
            *long,
        ]
    low, high = column.minimum, column.maximum
    ends = [
        int(v) if column.dtype == "int64" else float(v) for v in (*((low, low - 1) if low is not None else ()), *((high, high + 1) if high is not None else ()))
    ]
    own: dict[str, list[Any]] = {
        "int64": ["x", 1.5, 0, 7, *ends],
        "float64": ["x", 0.0, *ends],
        "bool": ["x", True, False],
        "date32": ["x", "2023-13-45", date(2020, 2, 2)],
    }
    return [None, *own[column.dtype]]


def _seeded(table: type[Table], row: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The row with one value changed; bounds follow a changed text where it has any."""
    changed = row | {name: value}
    if name in authored_columns(table):
        try:
            return complete(table, {k: v for k, v in changed.items() if k in authored_columns(table) and v is not None})
        except (ValueError, TypeError, IndexError):
            return changed
    return changed


@EVERY
@given(data=st.data())
def test_five_forms_accept_the_same_rows(table: type[Table], data: st.DataObject) -> None:
    row = complete(table, data.draw(records(table)))
    column = data.draw(st.sampled_from(columns(table)))
    value = data.draw(st.sampled_from([row[column.name], *_defects(column, row[column.name])]))
    _agree(table, _seeded(table, row, column.name, value), column.name)


@EVERY
def test_every_column_refuses_its_seeded_defects_in_the_language_neutral_forms(table: type[Table]) -> None:
    row = _plain(table)
    for column in columns(table):
        for value in _defects(column, row[column.name]):
            changed = row | {column.name: value}
            expected = _keeps_limits(column, value)
            assert _json(table, changed) is expected, (column.name, value)
            if not (isinstance(value, str) and (value == "" or value.endswith("\n"))):
                assert _frictionless(table, changed) is expected, (column.name, value)


@cache
def _plain(table: type[Table]) -> dict[str, Any]:
    from hypothesis import HealthCheck, Phase, find, settings

    quiet = settings(max_examples=20, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    return complete(table, find(records(table), lambda _: True, settings=quiet))


SWAPS = [(t, n, f) for t in TABLES.values() for n, f in t.fields.items() if isinstance(f, When | Count)]


@pytest.mark.parametrize(("table", "name", "field"), SWAPS, ids=[f"{t.name}-{n}" for t, n, _ in SWAPS])
def test_bounds_that_are_swapped_or_made_up_are_refused_by_both_frames(table: type[Table], name: str, field: When | Count) -> None:
    text, low, high = ("[2021-01..2022]", "earliest", "latest") if isinstance(field, When) else ("250..300", "low", "high")
    row = complete(table, {k: v for k, v in _plain(table).items() if k in authored_columns(table) and v is not None} | {name: text, f"{name}_kind": "actual"})
    swapped = row | {f"{name}_{low}": row[f"{name}_{high}"], f"{name}_{high}": row[f"{name}_{low}"]}
    for wrong in (swapped, row | {f"{name}_{high}": None}):
        assert not _polars(table, wrong)
        assert not _pandas(table, wrong)


ACTORS = TABLES["actors"]
SOUND = complete(ACTORS, {"actor_id": "act-a", "title": "A", "kind": "state", "start": "2013"})
UNSEEN: dict[str, dict[str, Any]] = {
    "rules": complete(ACTORS, {"actor_id": "act-a", "title": "A", "kind": "state", "start": "2013", "end": "2012"}),
    "empty text": SOUND | {"note": ""},
    "trailing newline": SOUND | {"title": "A\n"},
    "derived": SOUND | {"start_earliest": None},
}


@pytest.mark.parametrize(("form", "what"), NOT_EXPRESSED)
def test_what_a_form_cannot_express_it_accepts(form: str, what: str) -> None:
    assert FORMS[form](ACTORS, SOUND)
    assert FORMS[form](ACTORS, UNSEEN[what])
    assert not _polars(ACTORS, UNSEEN[what])


# --- what is accepted survives --------------------------------------------------------------------------------------------------------


@EVERY
@given(data=st.data())
def test_an_accepted_record_expands_to_an_accepted_row(table: type[Table], data: st.DataObject) -> None:
    record = data.draw(records(table))
    read = record_model(table).model_validate(record).model_dump()
    row = complete(table, {k: v for k, v in read.items() if v is not None})
    assert _polars(table, row)


@EVERY
@given(data=st.data())
def test_published_bounds_are_the_expansion_of_the_text(table: type[Table], data: st.DataObject) -> None:
    row = complete(table, data.draw(records(table)))
    for name, field in table.fields.items():
        text = row[name]
        if isinstance(field, When):
            read = edtf.parse(text) if text else None
            expected = (read.earliest, read.latest, read.approximate, read.uncertain) if read else (None,) * 4
            assert tuple(row[f"{name}_{s}"] for s in ("earliest", "latest", "approximate", "uncertain")) == expected
        if isinstance(field, Count):
            bounds = count.parse(text) if text else None
            assert tuple(row[f"{name}_{s}"] for s in ("low", "best", "high")) == ((bounds.low, bounds.best, bounds.high) if bounds else (None,) * 3)


@EVERY
@given(data=st.data())
def test_rows_to_arrow_to_parquet_to_rows_loses_nothing(table: type[Table], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = data.draw(rows(table, max_size=3))
    path = tmp_path_factory.mktemp("law") / "t.parquet"
    write_parquet(arrow_table(table, made, "0.0.0"), path)
    with pq.ParquetFile(path) as file:
        read = file.read()
    assert read.to_pylist() == sorted(made, key=lambda row: tuple(row[k] for k in table.key))


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar that holds any text."""
    inner = "".join(c if c.isascii() and c.isprintable() and c not in '\\"' else f"\\U{ord(c):08x}" for c in text)
    return f'"{inner}"'


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def yaml_of(table: type[Table], made: list[dict[str, Any]]) -> str:
    """Records as a person writes them."""
    lines = [f"{table.name}:"]
    for record in made:
        pairs = [f"{'id' if k == table.key[0] else k}: {_quoted(_written(v))}" for k, v in record.items()]
        lines += [("- " if n == 0 else "  ") + pair for n, pair in enumerate(pairs)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("table", [t for t in TABLES.values() if t.serves not in MADE], ids=lambda t: t.name)
@given(data=st.data())
def test_yaml_to_rows_loses_nothing(table: type[Table], data: st.DataObject) -> None:
    made = [r | {table.key[0]: f"{r[table.key[0]]}-{n}"} for n, r in enumerate(data.draw(st.lists(records(table), min_size=1, max_size=3)))]
    tree, problems = parse(yaml_of(table, made), "file.yaml")
    assert problems == []
    compiled = compile_trees([(tree, "file.yaml")], TABLES)
    told = [p for p in compiled.problems if p.rule not in ("no_evidence", "no_basis", "dangling_reference")]
    assert told == []
    expected = sorted((complete(table, r) for r in made), key=lambda row: row[table.key[0]])
    assert compiled.rows[table.name] == expected


def test_the_laws_are_tried_on_every_table() -> None:
    there = {p.stem for p in Path(__file__).parents[3].joinpath("mali_dataset", "tables").glob("[a-z]*.py")}
    assert set(TABLES) == there
