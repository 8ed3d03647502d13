"""Reads tables of a release, in the frame that the user works with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from mali_dataset.release.manifest import read_manifest, release_folder

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Frame = Literal["arrow", "pandas", "polars", "duckdb"]


class UnknownTableError(ValueError):
    """There is no table of that name."""


def tables() -> tuple[str, ...]:
    """Names of the tables of this release, in alphabetical order.

    Raises:
        NoReleaseError: the dataset is not built.
    """
    return tuple(read_manifest(release_folder())["tables"])


@overload
def load(table: str, *, as_: Literal["arrow"] = ...) -> pa.Table: ...
@overload
def load(table: str, *, as_: Literal["pandas"]) -> pd.DataFrame: ...
@overload
def load(table: str, *, as_: Literal["polars"]) -> pl.DataFrame: ...
@overload
def load(table: str, *, as_: Literal["duckdb"]) -> duckdb.DuckDBPyRelation: ...
def load(table: str, *, as_: Frame = "arrow") -> Any:
    """One table of this release, sorted by its key.

    Args:
        table: name of the table; `tables()` lists them.
        as_: `arrow` (pyarrow.Table, with descriptions and units in the metadata of its fields), `pandas` (DataFrame with Arrow types),
            `polars` (DataFrame) or `duckdb` (relation on the default connection).

    Raises:
        UnknownTableError: there is no such table; the message names the nearest.
        NoReleaseError: the dataset is not built.
        ModuleNotFoundError: the library of `as_` is not installed; the message names the extra.
    """
    import pyarrow.parquet as pq

    folder = release_folder()
    known = read_manifest(folder)["tables"]
    # `ParquetFile.read` stays clear of `pyarrow.dataset`, which imports pandas where that is installed.
    with pq.ParquetFile(folder / known[find_table(table, known)]["file"]) as file:
        read = file.read()
    return as_frame(read, as_)


def find_table(table: str, known: Iterable[str]) -> str:
    """The name itself, if it is that of a table.

    Raises:
        UnknownTableError: it is not; the message names the nearest.
    """
    if table in known:
        return table
    from mali_dataset.problems import near

    raise UnknownTableError(f"there is no table {table!r}.{near(table, known)} Tables: {', '.join(known)}")


def as_frame(read: pa.Table, as_: Frame) -> Any:
    """An Arrow table as another frame.

    Raises:
        ValueError: `as_` is not a kind of frame.
        ModuleNotFoundError: its library is not installed.
    """
    if as_ not in get_args(Frame):
        raise ValueError(f"as_={as_!r} is not one of {', '.join(get_args(Frame))}")
    try:
        if as_ == "pandas":
            import pandas as pd

            return read.to_pandas(types_mapper=pd.ArrowDtype)
        if as_ == "polars":
            import polars as pl

            return pl.DataFrame(read)
        if as_ == "duckdb":
            import duckdb

            return duckdb.from_arrow(read)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"as_={as_!r} needs {error.name}: install mali-dataset[{as_}]", name=error.name) from error
    return read


def rows_of(table: str) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries, for the small joins of this package."""
    return load(table).to_pylist()
