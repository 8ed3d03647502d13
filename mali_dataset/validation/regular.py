"""Files of any form as files that every engine reads alike."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from mali_dataset.schema import Table
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.validation.engine import columns_read
from mali_dataset.validation.polars_source import file_heights, open_source, refusing
from mali_dataset.validation.ragged import ragged
from mali_dataset.validation.sources import Files, mixed_ends, refuse_alike


def made_regular(files: Files, table: type[Table], folder: Path, other: str | None) -> Files:
    """Files as they are, or one file of what all have, for engines that read only Parquet and CSV with equal columns, equal rows and equal ends of lines.

    Args:
        files: the files.
        table: the definition.
        folder: where the new files go.
        other: the name of the table that the files are, None if they are that of the definition: these engines do not tell `k` from `K`.

    Raises:
        ProblemsError: they cannot be read, or two columns that are read differ in case alone.
    """
    import polars as pl

    opened, texts = open_source(files, table), files.format == "CSV"
    uneven = texts and (any(map(mixed_ends, files.paths)) or any(ragged(files, table.name)))
    names = opened.lazy.collect_schema().names()
    apart = len({name.lower() for name in names}) == len(names)
    if names and opened.alike and apart and not uneven and files.format != "Arrow IPC":
        return files
    if not apart:
        shape = dict(next(iter(opened.shapes.values())))
        read = columns_read(table, other, {name: shape[name] for name in names if name in shape})
        refuse_alike(read, table)
        names = list({name.lower(): name for name in [*names, *read]}.values())
    kept = frozenset(names)
    # The columns of folders stay with their files; without a column a file would have no rows.
    names = [n for n in names if n not in opened.folders]
    lazy = opened.lazy.select(names) if names else opened.numbered().select(pl.col(ROW).alias("__nothing"))
    starts = [start for start, _ in file_heights(files)]
    groups = [list(group) for _, group in groupby(range(len(files.paths)), key=lambda i: files.partitions[i])]
    fresh = tuple(folder / f"{group[0]}.{'csv' if texts else 'parquet'}" for group in groups)
    folder.mkdir()
    with refusing(table.name, files.format):
        for path, group in zip(fresh, groups, strict=True):
            part = lazy.slice(starts[group[0]], None if group is groups[-1] else starts[group[-1] + 1] - starts[group[0]])
            part.sink_csv(path) if texts else part.sink_parquet(path)
    called = tuple(files.names[group[0]] for group in groups)
    parts = tuple({name: text for name, text in files.partitions[group[0]].items() if apart or name in kept} for group in groups)
    return Files(fresh, called, "CSV" if texts else "Parquet", parts)
