"""The Arrow form: types, nullability and meaning."""

import pyarrow as pa
import pytest

from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.arrow import arrow_schema
from mali_dataset.tables import registry

TYPES = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "date32": pa.date32()}


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
def test_a_schema_carries_types_meaning_units_and_limits(table: type[Table]) -> None:
    made = arrow_schema(table, {"version": "1.2.3"})
    assert made.names == [c.name for c in columns(table)]
    assert made.metadata[b"table"] == table.name.encode()
    assert made.metadata[b"version"] == b"1.2.3"
    assert made.metadata[b"key"] == ",".join(table.key).encode()
    assert made.metadata[b"description"] == (table.__doc__ or "").encode()
    assert list(made.metadata) == sorted(made.metadata)
    for column in columns(table):
        field = made.field(column.name)
        assert (field.type, field.nullable) == (TYPES[column.dtype], column.nullable)
        said = {k.decode(): v.decode() for k, v in field.metadata.items()}
        assert said["description"] == column.doc
        assert said.get("unit") == column.unit
        assert said.get("pattern") == column.pattern
        assert all(f"{code}: {sentence}" in said["codes"] for code, sentence in column.codes)
        assert set(said) == {"description"} | {k for k in ("unit", "pattern", "minimum", "maximum", "max_length") if getattr(column, k) is not None} | (
            {"codes"} if column.codes else set()
        )


@pytest.mark.parametrize("table", registry().values(), ids=lambda t: t.name)
def test_published_tables_are_flat(table: type[Table]) -> None:
    assert not any(pa.types.is_nested(field.type) or pa.types.is_dictionary(field.type) for field in arrow_schema(table))
