"""Opens files and frames as one polars LazyFrame, without reading their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import ProblemsError
from mali_dataset.schema import Column, Table, columns
from mali_dataset.schema.column import DTYPES, DType
from mali_dataset.schema.forms.expressions import ROW, one_of, polars_type
from mali_dataset.validation.polars_frames import frame_of, refuse_others, spooled_file
from mali_dataset.validation.sources import Files, csv_header, refuse_repeated, unreadable

if TYPE_CHECKING:
    import polars as pl

# Rows that can be read and kept in the time that all looks at one more row group, and half of what those at one more file, take.
KEPT = 4_000
# Bytes of a batch of Arrow IPC that are too many to be read for a part of it.
LUMP = 32 * 2**20
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
        alike: whether all files have the same columns of the same types.
        folders: columns that folders alone give.
        held: how many rows there are, where they are in memory.
    """

    lazy: pl.LazyFrame
    shapes: dict[str | None, list[tuple[str, str]]]
    texts: frozenset[str] = frozenset()
    files: Files | None = None
    indexed: pl.LazyFrame | None = None
    spool: TemporaryDirectory[str] | None = field(default=None, repr=False)
    alike: bool = True
    folders: frozenset[str] = frozenset()
    held: int | None = None

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return self.held if self.held is not None else height(self.lazy)

    @property
    def ends(self) -> list[int]:
        """Where rows end that are stored together, as the rows before each; none where that is not known."""
        return stored([spooled_file(self.spool)]) if self.spool else self._groups

    @cached_property
    def _groups(self) -> list[int]:
        """The same for the files."""
        return stored(self.files.paths) if self.files and self.files.format == "Parquet" else []

    def unwieldy(self) -> bool:
        """Whether to look at the files again and again takes more than to keep them in another way: text, large batches of Arrow IPC, and many small files."""
        if not self.files:
            return False
        if self.files.format == "CSV" or (self.files.format == "Arrow IPC" and any(map(_lumped, self.files.paths))):
            return True
        return len(self._groups) + 2 * len(self.files.paths) > self.rows / KEPT

    def size(self) -> float:
        """The bytes of the files; what is in none may be of any size."""
        return sum(path.stat().st_size for path in self.files.paths) if self.files else inf

    def typed(self, table: type[Table]) -> pl.LazyFrame:
        """The known columns with the number of the row (`ROW`), each as its type where it has it; a cell that is none is null, its text beside it.

        The scan itself numbers the rows and what is right stays as it is: so polars takes filters down into the scan.
        """
        import polars as pl

        schema, made = self.lazy.collect_schema(), []
        known = [column for column in columns(table) if column.name in schema]
        for column in known:
            own, kind = schema[column.name], polars_type(column.dtype)
            if column.name in self.texts:
                value = cell(column.name, column.dtype)
                made += [value, pl.when(value.is_null()).then(pl.col(column.name)).alias(text_of(column.name))]
            elif own != kind and dtype(own, column) == column.dtype:
                made.append(pl.col(column.name).cast(kind))
        numbered = self.numbered().select(ROW, *(column.name for column in known))
        return numbered.with_columns(made) if made else numbered

    def numbered(self) -> pl.LazyFrame:
        """The rows as they are, with their number."""
        if self.indexed is not None:
            return self.indexed
        return (self.lazy.drop(ROW) if ROW in self.lazy.collect_schema() else self.lazy).with_row_index(ROW)


def stored(paths: Iterable[Path]) -> list[int]:
    """Where rows end that are stored together in Parquet files, as the rows before each."""
    import pyarrow.parquet as pq

    found = map(pq.read_metadata, paths)
    return list(accumulate(data.row_group(n).num_rows for data in found for n in range(data.num_row_groups)))


def height(lazy: pl.LazyFrame) -> int:
    """How many rows a query gives."""
    import polars as pl

    return int(lazy.select(pl.len()).collect().item())


def text_of(name: str) -> str:
    """The column beside `name` that holds texts which are not of its type."""
    return f"__cell_{name}"


def cell(name: str, dtype: DType) -> pl.Expr:
    """The value of a type that a text, such as a CSV cell, stands for; null where it stands for none."""
    import polars as pl

    text = pl.col(name)
    if dtype == "bool":
        return pl.when(one_of(text, ["true", "false"])).then(text == "true")
    if dtype == "int64":
        # All that polars takes for a whole number is one.
        return text.cast(pl.Int64, strict=False)
    read = text.str.to_date("%Y-%m-%d", strict=False) if dtype == "date32" else text.cast(polars_type(dtype), strict=False)
    fits = text.str.contains(f"^(?:{CELLS[dtype]})$")
    # No year has the number 0.
    return pl.when(fits & (text > "0001") if dtype == "date32" else fits).then(read)


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
    from polars.exceptions import PanicException, PolarsError

    # What is collected the first time may run functions of the user, which raise whatever they like.
    caught: tuple[type[BaseException], ...] = (Exception, PanicException) if opening else (PolarsError, PanicException, OSError)
    try:
        yield
    except (ProblemsError, MemoryError):
        raise
    except OSError as error:
        # What polars says of damaged data has no number of the system, and may be no error of its own.
        *_, (last, _) = walk_tb(error.__traceback__)
        if not opening and (error.errno is not None or not last.f_globals["__name__"].startswith("polars.")):
            raise
        raise unreadable(table, what, error, file) from error
    except caught as error:
        raise unreadable(table, what, error, file) from error


def open_source(source: Any, table: type[Table]) -> Opened:
    """Open files or a frame of polars, pandas, pyarrow or duckdb.

    Raises:
        TypeError: the source is neither.
        ProblemsError: it cannot be read.
    """
    import polars as pl

    if isinstance(source, Files):
        return _files(source, table)
    refuse_others(source)
    with refusing(table.name, "a table"):
        made, spool = frame_of(source, table)
        lazy = made.lazy()
        schema = lazy.collect_schema()
    known = {column.name: column for column in columns(table)}
    shape = [(name, dtype(kind, known.get(name))) for name, kind in schema.items()]
    return Opened(lazy, {None: shape}, spool=spool, held=None if isinstance(made, pl.LazyFrame) else made.height)


def _files(files: Files, table: type[Table]) -> Opened:
    import polars as pl

    known = {column.name: column for column in columns(table)}
    shapes: dict[str | None, list[tuple[str, str]]] = {}
    texts: set[str] = set()
    kinds: list[Any] = []
    ours, own, folders = files.format == "CSV", set[str](), {n for parts in files.partitions for n in parts}
    for path, name, parts in zip(files.paths, files.names, files.partitions, strict=True):
        with refusing(table.name, files.format, name):
            if files.format == "CSV":
                header = csv_header(path, name, table.name)
                kinds.append(header)
                texts |= {n for n in header if n in known and known[n].dtype != "string"}
                shape: list[tuple[str, str]] = [(n, known[n].dtype if n in known else "string") for n in header]
            else:
                schema = _schema(path, name, files.format, table)
                kinds.append(list(schema.items()))
                shape = [(n, dtype(kind, known.get(n))) for n, kind in schema.items()]
        added = {n: known[n].dtype if n in known else "string" for n in parts if n not in dict(shape)}
        own |= {n for n, _ in shape}
        # These polars reads otherwise.
        ours |= len(added) < len(parts) or any(set("=*?[") & set(text or "") for text in parts.values())
        texts |= {n for n, kind in added.items() if kind != "string"}
        shapes[name] = [*shape, *added.items()]
    runs, last = [], []
    # Files that follow each other and have the same columns are one scan.
    for _, run in groupby(range(len(kinds)), key=lambda i: (kinds[i], list(files.partitions[i]), files.partitions[i] if ours else None)):
        last = list(run)
        runs.append(_scan(files, last, ours=ours))
    indexed = None
    if len(runs) > 1:
        # What one file has and another has not, or has otherwise, is a problem of its own; here the common columns go on.
        common = {n: kind for n in runs[0].collect_schema() if (kind := _common([run.collect_schema().get(n) for run in runs])) is not None}
        # Without a column there would be no rows.
        chosen = [pl.col(n).cast(kind) for n, kind in common.items()] or [pl.repeat(None, pl.len()).alias("__nothing")]
        lazy = pl.concat([run.select(chosen) for run in runs])
    else:
        lazy = runs[0]
        indexed = None if ROW in lazy.collect_schema() else _scan(files, last, ROW, ours=ours)
    there, alike = set(lazy.collect_schema()), all(kind == kinds[0] for kind in kinds)
    return Opened(lazy, shapes, frozenset(texts & there), files, indexed, None, alike, frozenset(folders - own))


def _schema(path: Path, name: str, what: str, table: type[Table]) -> Mapping[str, pl.DataType]:
    """The columns of a file. Arrow lists those that stand twice; polars refuses them or takes one of them."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    if what == "Arrow IPC":
        with path.open("rb") as file:
            refuse_repeated(pa.ipc.open_file(file).schema.names, table, name)
        return pl.read_ipc_schema(path)
    try:
        return pl.scan_parquet([path], glob=False, hive_partitioning=False).collect_schema()
    except pl.exceptions.DuplicateError:
        refuse_repeated(pq.read_schema(path).names, table, name)
        raise


def _lumped(path: Path) -> bool:
    """Whether a file of Arrow IPC holds large batches with texts of another layout than that of polars, which takes them as a whole."""
    import pyarrow as pa

    with path.open("rb") as file:
        found = pa.ipc.open_file(file)
        texts = any(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in found.schema.types)
        return texts and path.stat().st_size > LUMP * found.num_record_batches


def file_heights(files: Files | None) -> list[tuple[int, str]]:
    """The first row of each file in the whole, with its name."""
    import pyarrow.parquet as pq

    if not files:
        return []
    # What the last one holds comes before nothing.
    if files.format == "Parquet":
        heights = [pq.read_metadata(path).num_rows for path in files.paths[:-1]]
    else:
        heights = [height(_scan(files, [n], ours=True)) for n in range(len(files.paths) - 1)]
    return list(zip(accumulate(heights, initial=0), files.names, strict=True))


def _common(kinds: list[pl.DataType | None]) -> pl.DataType | None:
    """The type that a column has in every file, or text; None where it is not in every file, or not a type of ours in each."""
    import polars as pl

    if None in kinds or all(kind == kinds[0] for kind in kinds):
        return kinds[0] if None not in kinds else None
    shared = {dtype(kind, None) for kind in kinds if kind is not None and kind != pl.Null}
    if not shared <= set(DTYPES):
        return None
    return polars_type(shared.pop()) if len(shared) == 1 else pl.String()


def _scan(files: Files, which: list[int], row: str | None = None, *, ours: bool) -> pl.LazyFrame:
    import polars as pl

    paths, parts = [files.paths[i] for i in which], files.partitions[which[0]]
    if files.format == "CSV":
        made = pl.scan_csv(paths, infer_schema=False, glob=False, null_values=[""], truncate_ragged_lines=True, raise_if_empty=False, row_index_name=row)
    else:
        scan: Any = pl.scan_parquet if files.format == "Parquet" else pl.scan_ipc
        # As text, like every other cell that is no value of a type yet.
        schema = dict.fromkeys(parts, pl.String()) or None
        made = scan(paths, glob=False, hive_partitioning=bool(parts) and not ours, hive_schema=None if ours else schema, row_index_name=row)
    if ours and parts:
        return made.with_columns(pl.lit(value, pl.String).alias(name) for name, value in parts.items() if name not in made.collect_schema())
    return made.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in parts) if parts else made
