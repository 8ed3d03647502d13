"""The Frictionless form: keys, references and limits as a Table Schema says them."""

from typing import Any

import frictionless
import pytest

from mali_dataset.schema import Table, columns, references
from mali_dataset.schema.forms.frictionless import table_schema
from mali_dataset.schema.table import complete
from mali_dataset.tables import registry

TABLES = registry()
PEOPLE = [complete(TABLES["coup_people"], {"coup_person_id": f"cpe-{n}", "coup_id": "cou-a", "person": "P", "role": "leader"}) for n in range(2)]
COUPS = [complete(TABLES["coups"], {"coup_id": "cou-a", "title": "A", "date": "2012", "outcome": "failed"})]


def _resource(name: str, rows: list[dict[str, Any]]) -> frictionless.Resource:
    heads = [c.name for c in columns(TABLES[name])]
    schema = frictionless.Schema.from_descriptor(table_schema(TABLES[name], TABLES))
    return frictionless.Resource(name=name, data=[heads, *([row[h] for h in heads] for row in rows)], schema=schema)


def _faults(people: list[dict[str, Any]]) -> set[str]:
    package = frictionless.Package(resources=[_resource("coups", COUPS), _resource("coup_people", people), _resource("actors", [])])
    report = package.validate()
    return {error.type for task in report.tasks for error in task.errors}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_a_schema_is_one_and_names_key_references_and_columns(table: type[Table]) -> None:
    made = table_schema(table, TABLES)
    assert frictionless.Schema.from_descriptor(made).field_names == [c.name for c in columns(table)]
    assert made["primaryKey"] == list(table.key)
    assert {k["fields"][0]: k["reference"]["resource"] for k in made.get("foreignKeys", [])} == references(table)
    for key in made.get("foreignKeys", []):
        assert key["reference"]["fields"] == list(TABLES[key["reference"]["resource"]].key)


def test_an_open_table_may_have_other_columns() -> None:
    table = type("Open", (TABLES["coups"],), {"__doc__": "A coup.", "name": "coups", "closed": False})
    assert table_schema(table, TABLES)["fieldsMatch"] == "subset"
    assert "fieldsMatch" not in table_schema(TABLES["coups"], TABLES)


def test_a_sound_package_is_valid() -> None:
    assert _faults(PEOPLE) == set()


@pytest.mark.parametrize(
    ("people", "fault"),
    [
        ([PEOPLE[0], PEOPLE[0]], "primary-key"),
        ([PEOPLE[0] | {"coup_id": "cou-b"}], "foreign-key"),
        ([PEOPLE[0] | {"role": "chief"}], "constraint-error"),
        ([PEOPLE[0] | {"person": None}], "constraint-error"),
    ],
)
def test_a_wrong_package_is_not(people: list[dict[str, Any]], fault: str) -> None:
    assert fault in _faults(people)


@pytest.mark.parametrize("text", ["2012 or so", "x2012", "[2012", "2012-01-01]"])
def test_a_pattern_of_alternatives_matches_as_a_whole(text: str) -> None:
    schema = frictionless.Schema.from_descriptor(table_schema(TABLES["coups"], TABLES))
    row = COUPS[0] | {"date": text}
    assert any(schema.read_cells([row[c.name] for c in columns(TABLES["coups"])])[1])
