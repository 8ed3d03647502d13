"""Opens files, frames, relations and databases as views of a DuckDB database of our own."""
# ruff: noqa: S608 - every name and text is quoted by the dialect

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import ProblemsError
from mali_dataset.schema import Table, columns
from mali_dataset.schema.column import DTYPES
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.validation import sql
from mali_dataset.validation.engine import columns_read
from mali_dataset.validation.polars_source import open_source, text_of
from mali_dataset.validation.sources import Files, csv_header, database, find_files, refuse_alike, refuse_repeated, unreadable
from mali_dataset.validation.sql import DUCKDB

if TYPE_CHECKING:
    import duckdb

# A name that a view of the user does not have.
SOURCE = "__mali_dataset_source"
BATCH = 20_000
COUNTED = f"row_number() OVER () - 1 AS {ROW}"

_KINDS = dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "int64")
_KINDS |= {"FLOAT": "float64", "DOUBLE": "float64", "VARCHAR": "string", "JSON": "string", "UUID": "string", "BOOLEAN": "bool", "DATE": "date32"}
# Strict: what is not as RFC 4180 says is refused, and a cell is text until it is read as the type of its column.
_CSV = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', strict_mode=true, null_padding=false, nullstr='', hive_partitioning=false"
# Bytes of a row: DuckDB holds some buffers of several rows, so that more is asked for only where it is needed.
_ROW_BYTES = (2_000_000, 100_000_000)


class DuckDBSources:
    """A database of our own, in which files and frames are views."""

    def __init__(self, table: type[Table], memory: int | str | None) -> None:
        import duckdb

        self.table, self._paths, self._known = table, dict[str, str](), list[str]()
        self._relation: duckdb.DuckDBPyRelation | None = None
        self._folder = TemporaryDirectory(prefix="mali-dataset-")
        cap = {} if memory is None else {"memory_limit": f"{memory}B" if isinstance(memory, int) else memory}
        settings: dict[str, Any] = {"temp_directory": self._folder.name, "python_enable_replacements": False, "autoinstall_known_extensions": False}
        # DuckDB 2.0 decides conditions on nulls and NaN wrongly in Parquet pages of some encodings, and by statistics (a test shows it).
        settings["disabled_optimizers"] = "filter_pushdown,statistics_propagation"
        try:
            self._con = duckdb.connect(config=settings | cap)
        except duckdb.Error as error:
            self._folder.cleanup()
            raise ValueError(f"memory is a number of bytes or a text such as '500MB', not {memory!r}") from error

    def close(self) -> None:
        self._con.close()
        self._folder.cleanup()

    def _open(self, view: str, name: str, source: Any) -> tuple[dict[str, str], frozenset[str]]:
        """Make a view of a source, with row numbers and the columns of the definition; tells its columns and which of them were cells."""
        import duckdb

        if found := database(source):
            path, inside = found
            with self._refusing("a database of DuckDB", {path: Path(path).name}):
                self._con.execute(f"ATTACH {DUCKDB.literal(path)} AS {view}_db (READ_ONLY)")
                return self._inside(view, self._con.table(f"{view}_db.{sql.inside_name(self._con, f'{view}_db', inside)}"))
        if isinstance(source, str | Path):
            source = find_files(source)
        if isinstance(source, Files) and source.format != "Arrow IPC":
            with self._refusing(source.format, {str(path): called for path, called in zip(source.paths, source.names, strict=True)}):
                return self._parquet(view, source) if source.format == "Parquet" else self._csv(view, source)
        with self._refusing("a table"):
            if isinstance(source, duckdb.DuckDBPyRelation):
                return self._bring(view, name, source)
            return self._frame(view, name, source)

    def _show(self, view: str, made: duckdb.DuckDBPyRelation, cells: frozenset[str] = frozenset()) -> tuple[dict[str, str], frozenset[str]]:
        """Name a relation of ours as a view, the columns of the definition as their types where they can be."""
        types = {name: kind for name, kind in _types(made, self._dtypes(view)).items() if name != ROW and not name.startswith(text_of(""))}
        made.project(self._chosen(view, made, types)).create_view(view)
        return types, cells

    def _inside(self, view: str, source: duckdb.DuckDBPyRelation) -> tuple[dict[str, str], frozenset[str]]:
        """A table of a database that is attached; a view may have another order each time."""
        types = _types(source, self._dtypes(view))
        made = source.project(f"{COUNTED}, *") if view == SOURCE else source
        made = made.project(self._chosen(view, made, types))
        if source.type == "TABLE_RELATION":
            made.create_view(view)
        else:
            made.create_view(f"{view}_asked")
            self._con.execute(f"CREATE TEMP TABLE {view} AS FROM {view}_asked")
        return types, frozenset()

    def _dtypes(self, view: str) -> dict[str, str]:
        return {column.name: column.dtype for column in columns(self.table)} if view == SOURCE else {}

    def _chosen(self, view: str, made: duckdb.DuckDBPyRelation, types: dict[str, str]) -> str:
        if view != SOURCE:
            return "*"
        # A key that has another type than it should still tells which row it is.
        self._known = [name for name, dtype in self._dtypes(view).items() if types.get(name) == dtype or (name in self.table.key and types.get(name) in DTYPES)]
        chosen = [sql.taken(name, types[name], DUCKDB) for name in self._known]
        return ", ".join([ROW, *chosen, *(DUCKDB.quote(name) for name in made.columns if name.startswith(text_of("")))])

    def _bring(self, view: str, name: str, source: duckdb.DuckDBPyRelation) -> tuple[dict[str, str], frozenset[str]]:
        """A relation stays where it is; of another table, only what rules look up is copied."""
        refuse_repeated(source.columns, self.table)
        types = _types(source, self._dtypes(view))
        if len(set(map(str.lower, types))) < len(types):
            # By their places, as DuckDB takes any of two names that differ in case alone for the first.
            wanted = self._wanted(view, name, types)
            source = source.project(", ".join(f"#{n} AS {DUCKDB.quote(column)}" for n, column in enumerate(types, 1) if column in wanted) or "NULL")
        if view == SOURCE:
            made = source.project(f"{COUNTED}, *")
            mine = made.project(self._chosen(view, made, types))
            if source.type == "TABLE_RELATION":
                self._relation = mine
            else:
                # Nothing but a table has the same order each time, and each query numbers the rows anew.
                self._copy(view, mine, "*")
        else:
            read = self._wanted(view, name, types)
            shown = ", ".join(map(DUCKDB.quote, read)) or "NULL"
            self._copy(view, source.project(shown), "DISTINCT *")
        return types, frozenset()

    def _wanted(self, view: str, name: str, types: Mapping[str, str]) -> list[str]:
        """The columns that are read, of a table of this name with these columns.

        Raises:
            ProblemsError: two of them differ in case alone.
        """
        found = columns_read(self.table, None if view == SOURCE else name, types)
        refuse_alike(found, self.table)
        return found

    def _copy(self, view: str, relation: duckdb.DuckDBPyRelation, chosen: str) -> None:
        """Copy what another connection has to a table of ours."""
        self._con.register("__stream", relation.to_arrow_reader(BATCH))
        self._con.execute(f"CREATE TEMP TABLE {view} AS SELECT {chosen} FROM __stream")
        self._con.unregister("__stream")

    def _frame(self, view: str, name: str, source: Any) -> tuple[dict[str, str], frozenset[str]]:
        """A frame is read as polars reads it; what is not in memory yet goes through a file."""
        import polars as pl

        opened = open_source(source, self.table)
        try:
            shape = dict(opened.shapes[next(iter(opened.shapes))])
            read = self._wanted(view, name, shape)
            rows = opened.typed(self.table) if view == SOURCE else opened.numbered()
            lazy = rows.select(read or pl.col(ROW).alias("__none"))
            if isinstance(source, pl.LazyFrame | Files):
                path = Path(self._folder.name, f"{view}.parquet")
                lazy.sink_parquet(path, compression="lz4")
                made = self._numbered([str(path)])
            else:
                self._con.register(f"{view}_frame", lazy.collect())
                made = self._con.sql(f"SELECT {COUNTED}, * FROM {view}_frame")
        finally:
            if opened.spool is not None:
                opened.spool.cleanup()
        self._show(view, made)
        return shape, opened.texts

    def _numbered(self, paths: list[str], parts: Mapping[str, list[str | None]] | None = None) -> duckdb.DuckDBPyRelation:
        """Parquet files as one table with row numbers, and columns that have one text for each file."""
        given = ", ".join(map(_path, paths))
        heights = dict(self._con.sql(f"SELECT file_name, num_rows FROM parquet_file_metadata([{given}])").fetchall())
        before = [0, *accumulate(heights[path] for path in paths)][:-1]
        number = f"file_row_number + ({before})[file_index::BIGINT + 1]"
        names = self._con.sql(f"FROM read_parquet({_path(paths[0])}, hive_partitioning=false)").columns
        if taken := {"file_index", "file_row_number"} & set(map(str.lower, names)):
            # Such a column would be taken for that of DuckDB.
            number = "row_number() OVER () - 1"
            if parts:
                raise unreadable(self.table.name, "Parquet", ValueError(f"folders of partitions cannot have a column {min(taken)!r}"))
        per_file = {ROW: number}
        for name, texts in (parts or {}).items():
            per_file[name] = f"([{', '.join(map(_constant, texts))}])[file_index::BIGINT + 1]"
        shown = ", ".join(f"{value} AS {DUCKDB.quote(name)}" for name, value in per_file.items())
        return self._con.sql(f"SELECT {shown}, * FROM read_parquet([{given}], hive_partitioning=false)")

    def _parquet(self, view: str, files: Files) -> tuple[dict[str, str], frozenset[str]]:
        paths = list(map(str, files.paths))
        same: dict[str, Any] = {}
        for path, name in zip(paths, files.names, strict=True):
            own = self._con.sql(f"FROM read_parquet({_path(path)}, hive_partitioning=false)")
            same[name] = list(zip(own.columns, map(str, own.types), strict=True))
        self._alike(files, same)
        there = {name for name, _ in same[files.names[0]]}
        parts = {name: [part.get(name) for part in files.partitions] for name in files.partitions[0] if name not in there}
        made = self._numbered(paths, parts)
        types = self._dtypes(view)
        cells = frozenset(name for name in parts if types.get(name, "string") != "string")
        if cells:
            rest = ", ".join(DUCKDB.quote(name) for name in made.columns if name not in cells)
            made = made.project(", ".join([rest, *sql.typed(self.table, cells, DUCKDB)]))
        return self._show(view, made, cells)

    def _csv(self, view: str, files: Files) -> tuple[dict[str, str], frozenset[str]]:
        """Each file is read once, as text, and kept as a table of what its cells stand for."""
        import duckdb

        headers = {name: csv_header(path, name, self.table.name) for path, name in zip(files.paths, files.names, strict=True)}
        self._alike(files, headers)
        dtypes, header = self._dtypes(view), headers[files.names[0]]
        parts = [name for name in files.partitions[0] if name not in header]
        types = {name: dtypes.get(name, "string") for name in (*header, *parts)}
        read = [name for name in types if name in dtypes or view != SOURCE]
        made = sql.typed(self.table, read, DUCKDB) if view == SOURCE else list(map(DUCKDB.quote, read))
        shape = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
        for i, (path, part) in enumerate(zip(files.paths, files.partitions, strict=True)):
            own = {name: f"c{header.index(name)}" if name in header else _constant(part[name]) for name in read}
            texts = ", ".join(f"{value} AS {DUCKDB.quote(name)}" for name, value in own.items()) or "NULL"
            insert = f"INSERT INTO {view}_cells" if i else f"CREATE TEMP TABLE {view}_cells AS"
            cells = f"SELECT {texts} FROM read_csv({_path(path)}, columns={{{shape}}}, {_CSV}"
            for most in _ROW_BYTES:
                try:
                    self._con.execute(f"{insert} SELECT {', '.join(made) or 'NULL'} FROM ({cells}, max_line_size={most}))")
                    break
                except duckdb.InvalidInputException as error:
                    if "Maximum line size" not in str(error) or most == _ROW_BYTES[-1]:
                        raise
        # A column of the same name would be taken for that of DuckDB.
        number = "row_number() OVER () - 1" if "rowid" in map(str.lower, read) else "rowid"
        self._show(view, self._con.sql(f"SELECT {number} AS {ROW}, * FROM {view}_cells"))
        return types, frozenset(name for name in read if types[name] != "string")

    def _alike(self, files: Files, shapes: Mapping[str, Any]) -> None:
        first = files.names[0]
        for name, shape in shapes.items():
            if shape != shapes[first]:
                raise unreadable(self.table.name, files.format, ValueError(f"its columns are not those of {first}"), name)

    @contextmanager
    def _refusing(self, what: str = "a table", paths: Mapping[str, str] | None = None) -> Iterator[None]:
        """Turn what DuckDB says of a source into a problem that names the file and the line."""
        import duckdb
        import pyarrow as pa

        self._paths |= paths or {}
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise MemoryError(f"`memory` is too small for `{self.table.name}`: {str(error).splitlines()[0]}") from error
        except RuntimeError as error:
            # What DuckDB makes of Ctrl-C.
            raise KeyboardInterrupt if str(error) == "Query interrupted" else error from error
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            said = str(error)
            if "KeyboardInterrupt" in said:
                # It came while DuckDB read a frame.
                raise KeyboardInterrupt from error
            file = next((name for path, name in self._paths.items() if path in said), next(iter(self._paths.values())) if len(self._paths) == 1 else None)
            line = re.search(r"CSV Error on Line: ([0-9]+)", said)
            (problem,) = unreadable(self.table.name, what, error, file).problems
            raise ProblemsError([replace(problem, line=int(line[1]) if line else None)]) from error


def _constant(text: str | None) -> str:
    return "NULL::VARCHAR" if text is None else DUCKDB.literal(text)


def _path(path: Path | str) -> str:
    """A path as a constant, in which nothing is a wildcard."""
    return DUCKDB.literal(re.sub(r"[\[*?]", r"[\g<0>]", str(path)))


def _types(made: duckdb.DuckDBPyRelation, dtypes: Mapping[str, str]) -> dict[str, str]:
    """The columns of a relation, with a `DType` where DuckDB has one."""
    texts = {name: str(kind) for name, kind in zip(made.columns, made.types, strict=True)}
    return {
        name: dtypes.get(name, "NULL") if kind == '"NULL"' else "string" if kind.startswith("ENUM(") else _KINDS.get(kind, kind) for name, kind in texts.items()
    }
