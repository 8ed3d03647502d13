"""Opens files and frames as one polars LazyFrame, without reading their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import ProblemsError
from mali_dataset.schema import Column, Table, columns
from mali_dataset.schema.forms.expressions import ROW, polars_type
from mali_dataset.validation.sources import Files, csv_header, find_files, ragged_rows, shape_problems, unreadable

if TYPE_CHECKING:
    import polars as pl

# What a cell of a CSV file looks like, as a whole.
CELLS = {
    "int64": "[+-]?[0-9]+",
    "float64": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]?inf",
    "bool": "true|false",
    "date32": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
}


@dataclass
class Opened:
    """A table that can be read, and what is known of it before.

    Attributes:
        lazy: the rows, CSV cells as text.
        shapes: for each file (None for a frame), its columns with their types.
        texts: columns whose cells are text that stands for something else.
        files: the files, if there are any.
        indexed: the rows with their number, where the scan itself gives it.
        spool: a folder of our own, to be removed at the end.
    """

    lazy: pl.LazyFrame
    shapes: dict[str | None, list[tuple[str, str]]]
    texts: frozenset[str] = frozenset()
    files: Files | None = None
    indexed: pl.LazyFrame | None = None
    spool: TemporaryDirectory[str] | None = field(default=None, repr=False)

    def typed(self, table: type[Table]) -> pl.LazyFrame:
        """The rows with their number (`ROW`) and every column as its type where it has it; a cell that is not of the type is null.

        The scan itself numbers the rows and what is right stays as it is: so polars takes filters down into the scan.
        """
        import polars as pl

        schema, made = self.lazy.collect_schema(), []
        for column in columns(table):
            own, kind = schema.get(column.name), polars_type(column.dtype)
            if column.name in self.texts:
                made.append(cell(column))
            elif own is not None and own != kind and dtype(own, column) == column.dtype:
                made.append(pl.col(column.name).cast(kind))
        numbered = self.numbered()
        return numbered.with_columns(made) if made else numbered

    def numbered(self) -> pl.LazyFrame:
        """The rows as they are, with their number."""
        if self.indexed is not None:
            return self.indexed
        return (self.lazy.drop(ROW) if ROW in self.lazy.collect_schema() else self.lazy).with_row_index(ROW)


def cell(column: Column) -> pl.Expr:
    """The value that the text of a CSV cell stands for, null where it stands for none."""
    import polars as pl

    text = pl.col(column.name)
    if column.dtype == "bool":
        return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    read = text.str.to_date("%Y-%m-%d", strict=False) if column.dtype == "date32" else text.cast(polars_type(column.dtype), strict=False)
    return pl.when(text.str.contains(f"^(?:{CELLS[column.dtype]})$")).then(read)


def dtype(kind: pl.DataType, column: Column | None) -> str:
    """The `DType` that values of a polars type have or can be taken as without loss, else the name that polars gives the type."""
    import polars as pl

    if kind == pl.Null and column is not None:
        return column.dtype
    if kind.is_integer() and kind not in (pl.UInt64, pl.Int128, pl.UInt128):
        return "int64"
    names: list[tuple[Any, str]] = [(pl.String, "string"), (pl.Categorical, "string"), (pl.Enum, "string")]
    names += [(pl.Float64, "float64"), (pl.Float32, "float64"), (pl.Boolean, "bool"), (pl.Date, "date32")]
    return next((name for known, name in names if kind == known), str(kind))


@contextmanager
def refusing(table: str, what: str, file: str | None = None, *, opening: bool = True) -> Iterator[None]:
    """Turn what libraries raise of a source, while it is opened or later, into a named problem."""
    import pyarrow as pa
    from polars.exceptions import PanicException, PolarsError

    caught: tuple[type[BaseException], ...] = (PolarsError, PanicException)
    if opening:
        caught = (*caught, pa.ArrowException, OSError, ValueError, OverflowError)
    try:
        yield
    except caught as error:
        raise unreadable(table, what, error, file) from error


def open_source(source: Any, table: type[Table]) -> Opened:
    """Open files or a frame of polars, pandas, pyarrow or duckdb.

    Raises:
        TypeError: the source is neither.
        ProblemsError: it cannot be read.
    """
    if isinstance(source, Files):
        return _files(source, table)
    with refusing(table.name, "a table"):
        lazy, spool = _frame(source, table)
        schema = lazy.collect_schema()
    known = {column.name: column for column in columns(table)}
    shape = [(name, dtype(kind, known.get(name))) for name, kind in schema.items()]
    return Opened(lazy, {None: shape}, spool=spool)


def _files(files: Files, table: type[Table]) -> Opened:
    import polars as pl

    known = {column.name: column for column in columns(table)}
    shapes: dict[str | None, list[tuple[str, str]]] = {}
    texts: set[str] = set()
    kinds: list[Any] = []
    for path, name, parts in zip(files.paths, files.names, files.partitions, strict=True):
        with refusing(table.name, files.format, name):
            if files.format == "CSV":
                header = csv_header(path, name, table.name)
                kinds.append(header)
                texts |= {n for n in header if n in known and known[n].dtype != "string"}
                shape: list[tuple[str, str]] = [(n, known[n].dtype if n in known else "string") for n in header]
            else:
                schema = pl.read_parquet_schema(path) if files.format == "Parquet" else pl.read_ipc_schema(path)
                kinds.append(list(schema.items()))
                shape = [(n, dtype(kind, known.get(n))) for n, kind in schema.items()]
        added = {n: known[n].dtype if n in known else "string" for n in parts if n not in dict(shape)}
        texts |= {n for n, kind in added.items() if kind != "string"}
        shapes[name] = [*shape, *added.items()]
    runs, last = [], []
    # Files that follow each other and have the same columns are one scan.
    for _, run in groupby(range(len(kinds)), key=lambda i: (kinds[i], list(files.partitions[i]), files.partitions[i] if files.format == "CSV" else None)):
        last = list(run)
        runs.append(_scan(files, last))
    indexed = None
    if len(runs) > 1:
        # What one file has and another has not, or has otherwise, is a problem of its own; here the common columns go on.
        common = [n for n in runs[0].collect_schema() if all(n in run.collect_schema() for run in runs)]
        runs = [run.select(common) for run in runs]
        lazy = pl.concat([run.cast({n: _common(n, runs) for n in common}) for run in runs])
    else:
        lazy, indexed = runs[0], _scan(files, last, ROW)
    return Opened(lazy, shapes, frozenset(texts), files, indexed)


def made_regular(files: Files, table: type[Table], folder: Path) -> Files:
    """Files as they are, or, when their columns or rows differ in number, one file of what all have, for engines that read only such.

    Args:
        files: Parquet or CSV files.
        table: the definition.
        folder: where the new file goes.
    """
    opened = open_source(files, table)
    shapes = list(opened.shapes.values())
    paths = zip(files.paths, files.names, strict=True)
    ragged = files.format == "CSV" and any(any(ragged_rows(path, name, len(csv_header(path, name, table.name)), table.name)) for path, name in paths)
    if not ragged and all(shape == shapes[0] for shape in shapes):
        return files
    path = folder / ("rows.csv" if files.format == "CSV" else "rows.parquet")
    with refusing(table.name, files.format):
        opened.lazy.sink_csv(path) if files.format == "CSV" else opened.lazy.sink_parquet(path)
    return replace(find_files(path), names=files.names[:1])


def file_heights(files: Files | None) -> list[tuple[int, str]]:
    """The first row of each file in the whole, with its name."""
    import polars as pl

    made, at = [], 0
    for n, name in enumerate(files.names if files else ()):
        made.append((at, name))
        at += int(_scan(files, [n]).select(pl.len()).collect(engine="streaming").item()) if files and len(files.names) > 1 else 0
    return made


def _common(name: str, runs: list[pl.LazyFrame]) -> pl.DataType:
    """The type that a column has in every file, or text."""
    import polars as pl

    kinds = [run.collect_schema()[name] for run in runs]
    if all(kind == kinds[0] for kind in kinds):
        return kinds[0]
    shared = {dtype(kind, None) for kind in kinds if kind != pl.Null}
    return polars_type(shared.pop()) if len(shared) == 1 and shared <= {"int64", "float64", "string", "bool", "date32"} else pl.String()


def _scan(files: Files, which: list[int], row: str | None = None) -> pl.LazyFrame:
    import polars as pl

    paths, parts = [files.paths[i] for i in which], files.partitions[which[0]]
    if files.format == "CSV":
        made = pl.scan_csv(paths, infer_schema=False, glob=False, null_values=[""], truncate_ragged_lines=True, raise_if_empty=False, row_index_name=row)
        return made.with_columns(pl.lit(value, pl.String).alias(name) for name, value in parts.items())
    scan: Any = pl.scan_parquet if files.format == "Parquet" else pl.scan_ipc
    # As text, like every other cell that is no value of a type yet.
    return scan(paths, glob=False, hive_partitioning=bool(parts), hive_schema=dict.fromkeys(parts, pl.String()) or None, row_index_name=row)  # type: ignore[no-any-return]


def _frame(source: Any, table: type[Table]) -> tuple[pl.LazyFrame, TemporaryDirectory[str] | None]:
    import polars as pl

    if isinstance(source, pl.DataFrame):
        return source.lazy(), None
    if isinstance(source, pl.LazyFrame):
        if source.explain(optimized=False).startswith(("DF [", "Parquet SCAN")):
            return source, None
        # Every check would run the whole query again, so it runs once, to a file.
        spool = TemporaryDirectory()
        try:
            source.sink_parquet(Path(spool.name) / "rows.parquet", compression="lz4")
        except BaseException:
            spool.cleanup()
            raise
        return pl.scan_parquet(Path(spool.name) / "rows.parquet"), spool
    import pyarrow as pa

    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "columns"):
        _refuse_repeated(list(source.columns), table)
        source = pa.Table.from_pandas(source, preserve_index=False)
    elif module in ("duckdb", "_duckdb") and hasattr(source, "columns"):
        source = source.to_arrow_table()
    elif module != "pyarrow":
        message = "a source is a file (Parquet, CSV, Arrow IPC), a folder or glob of them, or a frame of polars, pandas, pyarrow, duckdb or pyspark"
        raise TypeError(f"{message}, not {type(source).__name__}")
    if isinstance(source, pa.Table | pa.RecordBatch):
        _refuse_repeated(source.schema.names, table)
        # Arrow does not look whether text is UTF-8 before it is asked to.
        source.validate(full=True)
    return pl.DataFrame(source).lazy(), None


def _refuse_repeated(names: list[Any], table: type[Table]) -> None:
    if len(set(names)) != len(names):
        found = shape_problems(table, {None: [(str(name), "") for name in names]})
        twice = [p for p in found if p.rule == "duplicate_column"]
        raise ProblemsError(twice) if twice else ValueError("two columns have the same name")
