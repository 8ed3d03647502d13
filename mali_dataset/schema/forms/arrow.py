"""The Arrow form: types, nullability, and what each column means, as field metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mali_dataset.schema.column import Column
from mali_dataset.schema.table import Table, columns

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_schema(table: type[Table], metadata: dict[str, str] | None = None) -> pa.Schema:
    """The Arrow schema of the published table.

    Limits are carried as metadata (`pattern`, `codes`, `minimum`, `maximum`, `max_length`): Arrow itself enforces none.
    """
    import pyarrow as pa

    types = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "date32": pa.date32()}
    fields = [pa.field(c.name, types[c.dtype], nullable=c.nullable, metadata=_metadata(c)) for c in columns(table)]
    described = {"description": table.__doc__ or "", "table": table.name, "key": ",".join(table.key), **(metadata or {})}
    return pa.schema(fields, metadata=dict(sorted(described.items())))


def _metadata(column: Column) -> dict[str, str]:
    codes = "; ".join(f"{code}: {sentence}" for code, sentence in column.codes) or None
    found = {name: getattr(column, name) for name in ("unit", "pattern", "minimum", "maximum", "max_length")} | {"description": column.doc, "codes": codes}
    return {key: str(value) for key, value in sorted(found.items()) if value is not None}
