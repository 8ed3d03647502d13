"""Takes what a user has (a file, a frame) as a polars frame, with a problem for everything that cannot be taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import Problem, shorten
from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.expressions import polars_type

if TYPE_CHECKING:
    import polars as pl

FORMATS = {".parquet": "Parquet", ".csv": "CSV", ".arrow": "Arrow IPC", ".feather": "Arrow IPC", ".ipc": "Arrow IPC"}


def take(source: Any, table: type[Table]) -> tuple[pl.DataFrame | None, list[Problem]]:
    """The source as a frame, with the types of the table where they differ in width only.

    Raises:
        FileNotFoundError: the file is not there.
        TypeError: the source is neither a file nor a frame.
        ValueError: the file has an ending that is not known.
    """
    from polars.exceptions import PanicException, PolarsError

    path = Path(source) if isinstance(source, str | Path) else None
    what = FORMATS.get(path.suffix) if path else "a table"
    if path and not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    if path and not what:
        raise ValueError(f"{path.name} ends with {path.suffix!r}; known are {', '.join(FORMATS)}")
    try:
        if path and what == "CSV":
            return _csv(path, table)
        return _widen(_file(path) if path else _frame(source), table), []
    except (PolarsError, PanicException, OSError, ValueError, OverflowError) as error:
        message = f"cannot be read as {what}: {str(error).splitlines()[0]}"
        return None, [Problem(rule="unreadable", message=message, table=table.name, file=path.name if path else None)]


def _file(path: Path) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(path, glob=False) if path.suffix == ".parquet" else pl.read_ipc(path)


def _frame(source: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(source, pl.LazyFrame | pl.DataFrame):
        return source.lazy().collect()
    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "columns"):
        import pyarrow as pa

        try:
            return pl.DataFrame(pa.Table.from_pandas(source, preserve_index=False))
        except pa.ArrowException as error:
            raise ValueError(*error.args) from error
    if module == "pyarrow" or (module in ("duckdb", "_duckdb") and hasattr(source, "columns")):
        return pl.DataFrame(source if module == "pyarrow" else source.to_arrow_table())
    raise TypeError(f"a source is a file (Parquet, CSV, Arrow IPC) or a frame of polars, pandas, pyarrow or duckdb, not {type(source).__name__}")


def _widen(frame: pl.DataFrame, table: type[Table]) -> pl.DataFrame:
    """Cast where no value can change: narrower numbers, categories, and columns that hold only nulls."""
    import polars as pl

    casts = []
    for column in columns(table):
        own, target = frame.schema.get(column.name), polars_type(column.dtype)
        whole = own is not None and own.is_integer() and own not in (pl.UInt64, pl.Int128)
        safe = {pl.Int64: whole, pl.Float64: own == pl.Float32, pl.String: own in (pl.Categorical, pl.Enum)}.get(type(target), False)
        casts += [pl.col(column.name).cast(target)] if own == pl.Null or (safe and own != target) else []
    return frame.with_columns(casts)


def _csv(path: Path, table: type[Table]) -> tuple[pl.DataFrame | None, list[Problem]]:
    """A CSV file, each cell read by the type of its column; an empty cell is null."""
    import polars as pl

    texts, problems, made = pl.read_csv(path, infer_schema=False, glob=False, encoding="utf8", null_values=[""]), [], []
    for column in columns(table):
        if column.name not in texts.columns or column.dtype == "string":
            continue
        text = texts[column.name]
        readers = {
            "bool": pl.col(column.name).replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean),
            "date32": pl.col(column.name).str.to_date("%Y-%m-%d", strict=False),
        }
        cast = texts.select(readers.get(column.dtype, pl.col(column.name).cast(polars_type(column.dtype), strict=False))).to_series()
        made.append(cast)
        for i in (text.is_not_null() & cast.is_null()).arg_true():
            key = " ".join(str(texts[k][i]) for k in table.key if k in texts.columns) or None
            about: dict[str, Any] = {"table": table.name, "key": key, "column": column.name, "value": shorten(text[i])}
            problems.append(Problem(rule="type", message=f"is not of the type {column.dtype}", file=path.name, row=i, **about))
    return texts.with_columns(made), problems
