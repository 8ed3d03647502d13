"""Writes one table as Parquet, the same bytes from the same rows wherever it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.arrow import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(table: type[Table], rows: Iterable[dict[str, Any]], version: str) -> pa.Table:
    """The rows as an Arrow table in one chunk, sorted by key, without negative zeros.

    Raises:
        ValueError: a column that may not be null holds a null (Arrow by itself lets it pass).
    """
    import pyarrow as pa

    ordered = sorted(rows, key=lambda row: tuple(row[k] for k in table.key))
    floats = [c.name for c in columns(table) if c.dtype == "float64"]
    clean = [row | {c: row[c] + 0.0 for c in floats if row[c] is not None} for row in ordered]
    made = pa.Table.from_pylist(clean, schema=arrow_schema(table, {"version": version})).combine_chunks()
    for field in made.schema:
        if not field.nullable and made.column(field.name).null_count:
            raise ValueError(f"column {field.name!r} of `{table.name}` may not be null, but a row has no value")
    made.validate(full=True)
    return made


def write_parquet(made: pa.Table, path: Path) -> dict[str, Any]:
    """Write an Arrow table, and say what was written: rows, columns, bytes and hashes."""
    import pyarrow.parquet as pq

    # Every option that shapes the bytes is named, so that a new default of the library does not change a release.
    options: dict[str, Any] = {"compression": "snappy", "version": "2.6", "data_page_version": "1.0", "use_dictionary": False}
    pq.write_table(made, path, write_statistics=True, row_group_size=1 << 20, store_schema=True, **options)
    raw = path.read_bytes()
    hashes = {"sha256": hashlib.sha256(raw).hexdigest(), "content_sha256": content_hash(made)}
    return {"file": path.name, "rows": made.num_rows, "columns": made.num_columns, "bytes": len(raw)} | hashes


def content_hash(made: pa.Table) -> str:
    """A hash of names, types and values that does not depend on how Parquet was written."""
    digest = hashlib.sha256(json.dumps([[f.name, str(f.type)] for f in made.schema]).encode())
    for row in made.to_pylist():
        digest.update(json.dumps(list(row.values()), ensure_ascii=False, default=str).encode() + b"\n")
    return digest.hexdigest()
