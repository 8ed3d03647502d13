"""Gathers the rows that engines find: exact counts, the first rows of each rule, and, if asked for, all of them in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from mali_dataset.problems import Problem
from mali_dataset.schema import Rule, Table
from mali_dataset.schema.forms.expressions import DAYS, ROW
from mali_dataset.validation.report import as_table

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

# Rows that wait for their keys before they are written.
_WAITING = 200_000
# Characters of a value that fit on a line, and of a key, which is to be found again: no `Key` is longer.
_LONGEST, _KEY = 80, 96


class Collector:
    """Counts the rows that break each rule, keeps the first ones, and writes all to a file if there is one.

    Args:
        table: the definition.
        limit: how many rows of a rule are kept; None for all.
        keys: gives the keys of rows (`Engine.keys`).
        places: gives the first row of each file with its name.
        out: the file for all problems: Parquet or CSV.
    """

    def __init__(
        self, table: type[Table], limit: int | None, keys: Callable[[pl.Series], pl.DataFrame], places: Callable[[], list[tuple[int, str]]], out: Path | None
    ) -> None:
        self.counts: dict[Rule, int] = {}
        self._table, self._limit, self._keys, self._starts = table, limit, keys, cache(places)
        self._kept: dict[Rule, list[pl.DataFrame]] = {}
        self._waiting: list[tuple[Rule, pl.DataFrame]] = []
        self._out = _Writer(out) if out else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if self._out:
            self._out.close(keep=kind is None)

    def add(self, rule: Rule, found: pl.DataFrame) -> None:
        """Rows that break a rule."""
        self.counts[rule] = self.counts.get(rule, 0) + found.height
        if self._out:
            self._waiting.append((rule, found))
            if sum(frame.height for _, frame in self._waiting) > _WAITING:
                self._write()
        kept = self._kept.setdefault(rule, [])
        kept.append(found)
        if self._limit is not None and sum(frame.height for frame in kept) > 2 * self._limit + 1000:
            self._kept[rule] = [_first(kept, self._limit)]

    def whole(self, problems: Iterable[Problem]) -> None:
        """Problems of the table as a whole go to the file too."""
        if self._out:
            self._out.write(as_table(problems))

    def problems(self, order: Iterable[Rule], limit: int | None) -> pa.Table:
        """The first problems, at most `limit`, which the rules share fairly, by row."""
        if self._out:
            self._write()
        rules = [rule for rule in order if rule in self._kept]
        shares = fair([self.counts[rule] for rule in rules], limit)
        chosen = [(rule, _first(self._kept[rule], share)) for rule, share in zip(rules, shares, strict=True)]
        return self._rendered([(rule, frame) for rule, frame in chosen if frame.height])

    def _write(self) -> None:
        if self._waiting and self._out:
            self._out.write(self._rendered(self._waiting))
        self._waiting = []

    def _rendered(self, found: list[tuple[Rule, pl.DataFrame]]) -> pa.Table:
        """Rows as problems, by row: with their key, their value as text, and the sentence of the rule."""
        import polars as pl

        if not found:
            return as_table([])
        row, known = pl.col(ROW), all(set(self._table.key) <= set(frame.columns) for _, frame in found)
        slim = pl.concat(
            frame.lazy().select(
                row.cast(pl.Int64), value=shown(pl.col(rule.about), frame.schema[rule.about]), rule=pl.lit(n), **(self._key(frame) if known else {})
            )
            for n, (rule, frame) in enumerate(found)
        ).collect()
        if not known:
            keys = self._keys(slim[ROW].unique())
            slim = slim.join(keys.select(row.cast(pl.Int64), **self._key(keys)), on=ROW, how="left", maintain_order="left")
        starts: list[tuple[int, str | None]] = [*self._starts()] or [(0, None)]
        slim = slim.with_columns(file=pl.Series([first for first, _ in starts], dtype=pl.Int64).search_sorted(slim[ROW], side="right") - 1)
        slim = slim.sort(ROW, maintain_order=True)
        of, file, rules = slim["rule"], slim["file"], [rule for rule, _ in found]
        return slim.select(
            table=pl.lit(self._table.name),
            row=row - pl.Series([first for first, _ in starts], dtype=pl.Int64).gather(file),
            key=pl.col("key") if "key" in slim.columns else pl.lit(None, pl.String),
            column=pl.Series([rule.about for rule in rules]).gather(of),
            value="value",
            rule=pl.Series([rule.name for rule in rules]).gather(of),
            message=pl.Series([f"breaks the rule that {rule.sentence}" for rule in rules]).gather(of),
            file=pl.Series([name for _, name in starts], dtype=pl.String).gather(file),
            line=pl.lit(None, pl.Int64),
        ).to_arrow()

    def _key(self, frame: pl.DataFrame) -> dict[str, pl.Expr]:
        """The key of rows as one text, if any column of it is there."""
        import polars as pl

        parts = [_cut(as_text(pl.col(name), frame.schema[name]), _KEY) for name in self._table.key if name in frame.columns]
        if not parts:
            return {}
        known = pl.any_horizontal(part.is_not_null() for part in parts)
        return {"key": pl.when(known).then(pl.concat_str(parts, separator=" ", ignore_nulls=True))}


def as_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Values as text, the same whichever engine found them."""
    import polars as pl

    if kind.is_float():
        # As Python writes it; engines differ in how.
        return column.map_elements(repr, return_dtype=pl.String)
    if kind == pl.Date:
        known = column.to_physical().is_between(*DAYS)
        day = pl.when(known).then(column).cast(pl.String)
        return pl.when(known | column.is_null()).then(day).otherwise(column.to_physical().cast(pl.String) + " days from 1970-01-01")
    return column.cast(pl.String)


def shown(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """A value as text that fits on a line."""
    return _cut(as_text(column, kind).str.replace_all("\n", "\\n", literal=True))


def _cut(text: pl.Expr, longest: int = _LONGEST) -> pl.Expr:
    import polars as pl

    return pl.when(text.str.len_chars() > longest).then(text.str.slice(0, longest - 1) + "…").otherwise(text)


def fair(counts: list[int], limit: int | None) -> list[int]:
    """How many of each may stay so that together they are at most `limit`: the small ones whole, the large ones equally many."""
    if limit is None or sum(counts) <= limit:
        return counts
    shares, left = [0] * len(counts), max(limit, 0)
    for place, (_, n) in enumerate(sorted((count, n) for n, count in enumerate(counts))):
        shares[n] = min(counts[n], left // (len(counts) - place))
        left -= shares[n]
    return shares


def _first(frames: list[pl.DataFrame], limit: int | None) -> pl.DataFrame:
    import polars as pl

    whole = pl.concat(frames) if len(frames) > 1 else frames[0]
    return (whole if whole[ROW].is_sorted() else whole.sort(ROW)).head(whole.height if limit is None else limit)


class _Writer:
    """A file that is there when it is whole."""

    def __init__(self, path: Path) -> None:
        import pyarrow.csv as pc
        import pyarrow.parquet as pq

        if path.suffix not in (".parquet", ".csv"):
            raise ValueError(f"{path.name} ends with {path.suffix!r}; problems are written as .parquet or .csv")
        self._path, self._fresh = path, path.with_name(f".{path.name}.{uuid4().hex}.part")
        schema = as_table([]).schema
        make: Any = pq.ParquetWriter if path.suffix == ".parquet" else pc.CSVWriter
        self._writer = make(self._fresh, schema)
        self._schema = schema

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table.cast(self._schema))

    def close(self, *, keep: bool) -> None:
        try:
            self._writer.close()
            if keep:
                self._fresh.replace(self._path)
        finally:
            self._fresh.unlink(missing_ok=True)


def write(problems: pa.Table, path: Path) -> None:
    """Write problems to a file, whole or not at all."""
    writer = _Writer(path)
    writer.write(problems)
    writer.close(keep=True)
