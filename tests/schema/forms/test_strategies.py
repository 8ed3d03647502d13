"""The strategies: valid by construction, and rich enough to try what matters."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import find as find_
from hypothesis import strategies as st

from mali_dataset.release.parquet import arrow_table
from mali_dataset.schema import DefinitionError, Key, Table, Text, count, edtf
from mali_dataset.schema.forms.expressions import broken_rows
from mali_dataset.schema.forms.frames import table_rules
from mali_dataset.schema.forms.record import record_model
from mali_dataset.schema.forms.strategies import count_texts, edtf_texts, records, rows
from mali_dataset.schema.rules import Unique
from mali_dataset.tables import registry

QUIET = settings(max_examples=2000, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@given(edtf_texts(), count_texts())
def test_texts_are_of_their_grammars(when: str, how_many: str) -> None:
    assert edtf.parse(when)
    assert count.parse(how_many)


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
@given(data=st.data())
def test_records_and_tables_are_valid_by_construction(table: type[Table], data: st.DataObject) -> None:
    import polars as pl

    assert record_model(table).model_validate(data.draw(records(table)))
    made = data.draw(rows(table, max_size=4))
    frame = pl.DataFrame(arrow_table(table, made, "0"))
    assert {rule.name: broken_rows(rule, frame).to_list() for rule in table_rules(table)} == {rule.name: [] for rule in table_rules(table)}
    assert Unique(table.key) in table_rules(table)


@pytest.mark.parametrize("start", ["[..", "[1", "2", "1"])
def test_every_shape_of_a_date_is_tried(start: str) -> None:
    assert find_(edtf_texts(), lambda text: text.startswith(start), settings=QUIET)


@pytest.mark.parametrize("sign", ["~", ">=", "<=", ".."])
def test_every_shape_of_a_count_is_tried(sign: str) -> None:
    assert find_(count_texts(), lambda text: sign in text, settings=QUIET)


def test_optional_fields_are_there_and_not_there() -> None:
    coups = registry()["coups"]
    assert find_(records(coups), lambda record: "end" in record, settings=QUIET)
    assert find_(records(coups), lambda record: "end" not in record, settings=QUIET)
    assert find_(records(registry()["actors"]), lambda record: record.get("end_kind") == "ongoing", settings=QUIET)


def test_a_text_that_no_strategy_builds_raises() -> None:
    class Odd(Table):
        """An odd thing."""

        name = "odd"
        odd_id = Key("Id.")
        text = Text("Text.", pattern=None)  # type: ignore[arg-type]  # the test makes a wrong one

    with pytest.raises(DefinitionError, match="no pattern"):
        find_(records(Odd), lambda _: True, settings=QUIET)
