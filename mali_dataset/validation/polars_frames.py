"""Frames of polars, pandas, pyarrow and duckdb, and tables in files of DuckDB, as frames of polars."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mali_dataset.schema import Table
from mali_dataset.validation.sources import database, refuse_repeated

if TYPE_CHECKING:
    import polars as pl

_FRAMES = ("pandas", "duckdb", "_duckdb")
# Rows that are stored together in files of ours.
STORED = 2**17


def frame_of(source: Any, table: type[Table]) -> tuple[pl.DataFrame | pl.LazyFrame, TemporaryDirectory[str] | None]:
    """A frame, and the folder that it is in, if it was written to one.

    Raises:
        ProblemsError: two columns have the same name.
    """
    import polars as pl

    if isinstance(source, pl.DataFrame):
        return source, None
    if inside := database(source):
        import duckdb

        # SQL needs what is said of text cells where frames are opened.
        from mali_dataset.validation.sql import inside_name

        with duckdb.connect(inside[0], read_only=True) as connection:
            catalog = connection.execute("SELECT current_database()").fetchall()[0][0]
            return pl.DataFrame(connection.sql(f"FROM {inside_name(connection, catalog, inside[1])}").to_arrow_table()), None
    if isinstance(source, pl.LazyFrame):
        if source.explain(optimized=False).startswith(("DF [", "Parquet SCAN")):
            return source, None
        # Every check would run the whole query again, so it runs once, to a file.
        spool = spooled(source)
        return pl.scan_parquet(spooled_file(spool)), spool
    import pyarrow as pa

    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "columns"):
        refuse_repeated(list(map(str, source.columns)), table)
        try:
            source = pa.Table.from_pandas(source, preserve_index=False)
        except Exception:  # noqa: BLE001 - objects of any kind, which raise what they like
            return _of_objects(source), None
    elif module in ("duckdb", "_duckdb"):
        refuse_repeated(source.columns, table)
        source = source.to_arrow_table()
    if isinstance(source, pa.RecordBatchReader):
        source = source.read_all()
    if isinstance(source, pa.Table | pa.RecordBatch):
        refuse_repeated(source.schema.names, table)
        # Arrow does not look whether text is UTF-8 before it is asked to.
        source.validate(full=True)
    return pl.DataFrame(source), None


def spooled(lazy: pl.LazyFrame) -> TemporaryDirectory[str]:
    """A folder with the rows of a query in a Parquet file."""
    spool = TemporaryDirectory(prefix="mali-dataset-")
    try:
        lazy.sink_parquet(spooled_file(spool), compression="lz4", row_group_size=STORED)
    except BaseException:
        spool.cleanup()
        raise
    return spool


def spooled_file(spool: TemporaryDirectory[str]) -> Path:
    """The file in such a folder."""
    return Path(spool.name, "rows.parquet")


def _of_objects(source: Any) -> pl.DataFrame:
    """A frame of pandas of which some columns hold objects that no Arrow type takes: these say only that."""
    import polars as pl
    import pyarrow as pa

    made = []
    for place, name in enumerate(map(str, source.columns)):
        try:
            array = pa.Table.from_arrays([pa.Array.from_pandas(source.iloc[:, place])], [name])
            array.validate(full=True)
            made.append(pl.DataFrame(array).to_series())
        except Exception:  # noqa: BLE001 - as above
            made.append(pl.Series(name, [None] * len(source), dtype=pl.Object))
    return pl.DataFrame(made)


def refuse_others(source: Any) -> None:
    """Refuse what is no frame.

    Raises:
        TypeError: it is none.
    """
    import polars as pl

    module = type(source).__module__.partition(".")[0]
    if not (
        isinstance(source, pl.DataFrame | pl.LazyFrame)
        or database(source)
        or (module == "pyarrow" and hasattr(type(source), "schema"))
        or (module in _FRAMES and hasattr(type(source), "columns"))
    ):
        message = "a source is a file (Parquet, CSV, Arrow IPC), a folder or glob of them, or a frame of polars, pandas, pyarrow, duckdb or pyspark"
        raise TypeError(f"{message}, not {type(source).__name__}")
