"""The JSON Schemas: one for rows, one for records as people write them, one for a file."""

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.json_schema import DIALECT, file_schema, record_schema, row_schema
from mali_dataset.schema.table import MADE, complete
from mali_dataset.tables import registry
from tests.conftest import FILES

TABLES = registry()
WRITTEN = [t for t in TABLES.values() if t.serves not in MADE]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_a_row_schema_says_every_column_with_its_meaning(table: type[Table]) -> None:
    made = row_schema(table)
    jsonschema.Draft202012Validator.check_schema(made)
    assert made["$schema"] == DIALECT
    assert made["required"] == list(made["properties"]) == [c.name for c in columns(table)]
    assert made["additionalProperties"] is False
    for column in columns(table):
        said = made["properties"][column.name]
        assert said["description"] == column.doc
        assert said.get("x-unit") == column.unit
        assert said.get("x-codes", {}) == dict(column.codes)
        assert ("null" in said["type"]) is column.nullable


def test_a_row_of_an_open_table_may_have_other_columns() -> None:
    table = type("Open", (TABLES["coups"],), {"__doc__": "A coup.", "closed": False})
    row = complete(table, {"coup_id": "cou-a", "title": "A", "date": "2012", "outcome": "failed"})
    row = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()} | {"z": 1}
    assert jsonschema.Draft202012Validator(row_schema(table)).is_valid(row)
    assert not jsonschema.Draft202012Validator(row_schema(TABLES["coups"])).is_valid(row)


@pytest.mark.parametrize("table", WRITTEN, ids=lambda t: t.name)
def test_a_record_schema_is_a_schema_and_describes_its_fields(table: type[Table]) -> None:
    made = record_schema(table, TABLES)
    jsonschema.Draft202012Validator.check_schema(made)
    assert ("evidence" in made["properties"]) is (table.serves == "fact")
    assert "id" in made["required"]
    assert all("description" in p for n, p in made["properties"].items() if "$ref" not in p and p.get("type") != "array")


def _file_validator() -> jsonschema.Draft202012Validator:
    schemas = {f"{t.name}.schema.json": record_schema(t, TABLES) for t in WRITTEN}
    known = Registry().with_resources([(name, Resource.from_contents(content)) for name, content in schemas.items()])
    return jsonschema.Draft202012Validator(file_schema(TABLES), registry=known)


def _as_json(text: str) -> Any:
    """A file as an editor reads it: by the types of YAML, days as text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(".yaml")])
def test_an_editor_accepts_a_valid_file(name: str) -> None:
    assert [e.message for e in _file_validator().iter_errors(_as_json(FILES[name]))] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("coups.yaml", "coups:\n", "coup:\n"),
        ("coups.yaml", "outcome: successful", "outcome: won"),
        ("coups.yaml", "    role: leader\n", "    role: chief\n"),
        ("coups.yaml", "verdict: error", "verdict: wrong"),
        ("coups.yaml", "  kind: military\n", "  sort: military\n"),
        ("coups.yaml", "  title: The coup of March 2012\n", ""),
        ("coups.yaml", "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: {rule: cou-1}"),
        ("coups.yaml", "    at: paragraph 9\n", ""),
        ("deployments/mission.yaml", "  count: 13500", '  count: "13,500"'),
        ("actors/actors.yaml", "- id: act-state", "- id: State"),
        ("actors/actors.yaml", "says: {kind: state, country: MLI}", "says: {colour: red}"),
    ],
)
def test_an_editor_marks_a_wrong_file(name: str, old: str, new: str) -> None:
    text = FILES[name]
    assert text.count(old) == 1
    assert not _file_validator().is_valid(_as_json(text.replace(old, new)))


@pytest.mark.parametrize("value", ["2023-1-1", "x", "2023-01-01\n", 3])
def test_a_day_is_checked_even_where_formats_are_only_remarks(value: object) -> None:
    table = TABLES["sources"]
    row = complete(
        table, {"source_id": "src-a", "publisher_id": "pub-a", "title": "A", "kind": "primary", "language": "en", "read": "whole", "via": "canonical"}
    )
    validator = jsonschema.Draft202012Validator(row_schema(table))
    assert validator.is_valid(row | {"read_on": "2023-01-01"})
    assert not validator.is_valid(row | {"read_on": value})
