"""The record model: text as people write it, typed by the column, and the rules of one row."""

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from mali_dataset.schema import Code, Count, Day, Flag, Key, NotAfter, Number, Table, Text, When
from mali_dataset.schema.forms.record import adapters, record_model, row_problems
from mali_dataset.schema.table import authored_columns, complete
from mali_dataset.tables import registry


class Toy(Table):
    """A toy."""

    name = "toys"

    toy_id = Key("Id.", prefix="toy")
    made = When("When.", optional=True)
    gone = When("Gone.", optional=True, ongoing=True)
    pieces = Count("Pieces.", optional=True)
    weight = Number("Weight.", unit="kg", minimum=0, maximum=100, decimal=True, optional=True)
    wheels = Number("Wheels.", unit="wheels", minimum=0, maximum=8, optional=True)
    loved = Flag("Loved.", optional=True)
    bought = Day("Bought.", optional=True)
    state = Code("State.", codes={"new": "New.", "old": "Old."}, default="new")
    owner = Text("Owner.", optional=True, max_length=10)
    rules = (NotAfter("made", "gone"),)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("weight", "12.5", 12.5), ("weight", "12", 12.0), ("wheels", "4", 4), ("loved", "true", True), ("loved", "false", False),
        ("bought", "2024-02-29", date(2024, 2, 29)), ("state", "old", "old"), ("made", "2023~", "2023~"), ("pieces", ">=3", ">=3"),
        ("gone_kind", "ongoing", "ongoing"), ("owner", "NO", "NO"), ("owner", "0123", "0123"), ("owner", "Ségou", "Ségou"),
    ],
)  # fmt: skip
def test_text_is_read_by_the_type_of_its_column(column: str, text: str, value: object) -> None:
    read = adapters(Toy)[column].validate_python(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("weight", "1e1"), ("weight", "nan"), ("weight", "inf"), ("weight", "-1"), ("weight", "100.5"), ("weight", "1_0"), ("weight", " 1"), ("weight", "১"),
        ("wheels", "4.0"), ("wheels", "9"), ("wheels", "04"), ("wheels", "+4"), ("wheels", "4\n"), ("wheels", True), ("wheels", 4.5), ("loved", "yes"), ("loved", 1),
        ("bought", "2023-02-29"), ("bought", "20230201"), ("bought", "2023-02-01T00:00"), ("state", "New"), ("state", "new\n"), ("made", "2023\n"),
        ("made_kind", "ongoing"), ("pieces", "3\n"), ("owner", "a" * 11), ("owner", "a\n"), ("owner", ""), ("toy_id", "toy-a\n"), ("toy_id", "toy-A"), ("toy_id", "boat-a"),
    ],
)  # fmt: skip
def test_what_the_column_does_not_allow_is_refused(column: str, value: object) -> None:
    with pytest.raises(ValidationError):
        adapters(Toy)[column].validate_python(value)


def test_a_record_has_no_other_fields_and_does_not_change() -> None:
    made = record_model(Toy)(toy_id="toy-a")
    assert made.model_dump()["state"] == "new"
    with pytest.raises(ValidationError, match="frozen"):
        made.toy_id = "toy-b"  # type: ignore[attr-defined]  # made from the definition
    with pytest.raises(ValidationError, match="Extra inputs"):
        record_model(Toy)(toy_id="toy-a", colour="red")
    with pytest.raises(ValidationError, match="Field required"):
        record_model(Toy)()


def test_a_broken_rule_is_told_by_its_sentence() -> None:
    wrong: dict[str, Any] = {"toy_id": "toy-a", "made": "2023", "gone": "2022"}
    with pytest.raises(ValidationError, match="`made` is not after `gone`"):
        record_model(Toy).model_validate(wrong)
    assert [rule.name for rule in row_problems(Toy, complete(Toy, wrong))] == ["made_not_after_gone"]


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
def test_a_model_has_the_authored_columns_with_their_meaning(table: type[Table]) -> None:
    model = record_model(table)
    assert issubclass(model, BaseModel)
    assert model.__doc__ == table.__doc__
    assert {n: f.description for n, f in model.model_fields.items()} == {n: c.doc for n, (_, c) in authored_columns(table).items()}
