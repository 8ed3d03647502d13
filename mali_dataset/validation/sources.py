"""Takes what a user has (a file, a frame) as a polars frame, with a problem for everything that cannot be taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import Problem, shorten
from mali_dataset.schema import Table, columns

if TYPE_CHECKING:
    import polars as pl

FORMATS = {".parquet": "Parquet", ".csv": "CSV", ".arrow": "Arrow IPC", ".feather": "Arrow IPC", ".ipc": "Arrow IPC"}


def take(source: Any, table: type[Table]) -> tuple[pl.DataFrame | None, list[Problem]]:
    """The source as a frame with the types of the table where they differ in width only.

    Raises:
        FileNotFoundError: the file is not there.
        TypeError: the source is neither a file nor a frame.
        ValueError: the file has an ending that is not known.
    """
    import polars as pl
    from polars.exceptions import PolarsError

    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            msg = f"there is no file {path}"
            raise FileNotFoundError(msg)
        if path.suffix not in FORMATS:
            msg = f"{path.name} ends with {path.suffix!r}; known are {', '.join(FORMATS)}"
            raise ValueError(msg)
        try:
            if path.suffix == ".csv":
                return _csv(path, table)
            frame = pl.read_parquet(path, glob=False) if path.suffix == ".parquet" else pl.read_ipc(path)
        except (PolarsError, OSError, UnicodeError) as error:
            reason = str(error).splitlines()[0]
            message = f"cannot be read as {FORMATS[path.suffix]}: {reason}"
            return None, [Problem(rule="unreadable", message=message, table=table.name, file=path.name)]
    else:
        try:
            frame = _frame(source)
        except (PolarsError, ValueError, OverflowError) as error:
            reason = str(error).splitlines()[0]
            return None, [Problem(rule="unreadable", message=f"cannot be read as a table: {reason}", table=table.name)]
    return _widen(frame, table), []


def _frame(source: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if isinstance(source, pl.DataFrame):
        return source
    module = type(source).__module__.partition(".")[0]
    if module == "pandas":
        import pyarrow as pa

        return pl.DataFrame(pa.Table.from_pandas(source, preserve_index=False))
    if module == "pyarrow":
        return pl.DataFrame(source)
    if module in ("duckdb", "_duckdb"):
        return pl.DataFrame(source.to_arrow_table())
    msg = f"a source is a file (Parquet, CSV, Arrow IPC) or a frame of polars, pandas, pyarrow or duckdb, not {type(source).__name__}"
    raise TypeError(msg)


def _widen(frame: pl.DataFrame, table: type[Table]) -> pl.DataFrame:
    """Cast where no value can change: narrower numbers, categories, and columns that hold only nulls."""
    import polars as pl

    types: dict[str, Any] = {"string": pl.String, "int64": pl.Int64, "float64": pl.Float64, "bool": pl.Boolean, "date32": pl.Date}
    casts = []
    for column in columns(table):
        own = frame.schema.get(column.name)
        target = types[column.dtype]
        narrow = own is not None and (
            own == pl.Null
            or (target == pl.Int64 and own.is_integer() and own not in (pl.UInt64, pl.Int128))
            or (target == pl.Float64 and own == pl.Float32)
            or (target == pl.String and own in (pl.Categorical, pl.Enum))
        )
        casts += [pl.col(column.name).cast(target)] if narrow and own != target else []
    return frame.with_columns(casts)


def _csv(path: Path, table: type[Table]) -> tuple[pl.DataFrame | None, list[Problem]]:
    """A CSV file, each cell read by the type of its column; an empty cell is null."""
    import polars as pl

    texts = pl.read_csv(path, infer_schema=False, encoding="utf8", null_values=[""])
    types: dict[str, Any] = {"int64": pl.Int64, "float64": pl.Float64, "date32": pl.Date}
    problems: list[Problem] = []
    made = []
    for column in columns(table):
        if column.name not in texts.columns or column.dtype == "string":
            continue
        text = texts[column.name]
        if column.dtype == "bool":
            cast = (
                text.to_frame()
                .select(pl.col(column.name).replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean))
                .to_series()
            )
        else:
            cast = text.cast(types[column.dtype], strict=False)
        made.append(cast)
        wrong = (text.is_not_null() & cast.is_null()).arg_true().to_list()
        problems += [
            Problem(
                rule="type",
                message=f"is not of the type {column.dtype}",
                table=table.name,
                key=" ".join(str(texts[k][i]) for k in table.key if k in texts.columns) or None,
                column=column.name,
                value=shorten(text[i]),
                file=path.name,
                row=i,
            )
            for i in wrong
        ]
    return texts.with_columns(made), problems
