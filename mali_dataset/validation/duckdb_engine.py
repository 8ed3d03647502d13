"""The engine for tables larger than memory: SQL of DuckDB, under a hard cap of memory when one is given."""
# ruff: noqa: S608 - every name and text is quoted by the dialect

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mali_dataset.schema import Expands, Rule, Table
from mali_dataset.schema.forms.expressions import ROW, unexpanded
from mali_dataset.schema.rules import ACROSS
from mali_dataset.validation import sql
from mali_dataset.validation.duckdb_source import BATCH, SOURCE, DuckDBSources
from mali_dataset.validation.engine import Step
from mali_dataset.validation.sql import DUCKDB

if TYPE_CHECKING:
    import duckdb
    import polars as pl


class DuckDBEngine(DuckDBSources):
    """Checks with DuckDB. See `Engine` for what its methods promise.

    Args:
        source: files (`Files`, or a path, folder or glob of them), `file.duckdb::table`, a frame, or a relation of DuckDB. A relation is read by the
            connection that it belongs to, with the memory that this one has; nothing there is changed. A file of DuckDB is opened read-only.
        table: the definition.
        others: the tables that rules refer to, by name, each of the same kinds.
        memory: what all queries together may hold, in bytes or as `500MB`; they spill to a folder of their own. By default what DuckDB takes.

    Raises:
        ProblemsError: a source cannot be read.
        TypeError: a source is of no known kind.
        ValueError: `memory` is no size.
        MemoryError: it is too small even for queries that spill.
    """

    def __init__(self, source: Any, table: type[Table], *, others: Mapping[str, Any], memory: int | str | None = None) -> None:
        super().__init__(table, memory)
        try:
            self.types, self.cells = self._open(SOURCE, table.name, source)
            self._views = {name: f"__other{i}" for i, name in enumerate(others)}
            self.others = {}
            for name, other in others.items():
                if other is source and self._relation is None:
                    self._views[name], self.others[name] = SOURCE, self.types
                else:
                    self.others[name] = self._open(self._views[name], name, other)[0]
        except BaseException:
            self.close()
            raise

    def rows(self) -> int:
        with self._refusing():
            return int(self._ask(f"SELECT count(*) FROM {SOURCE}").fetchall()[0][0])

    def steps(self, rules: Sequence[Rule]) -> Iterator[Step]:
        alone = [rule for rule in rules if sql.breaks(rule, DUCKDB, self.cells) is not None]
        for group in (alone, *([rule] for rule in rules if rule not in alone)):
            if group:
                yield Step(group, partial(self.failing, group))

    def failing(self, rules: Iterable[Rule]) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """The rows that break each of some rules, as `Step.run` gives them."""
        wanted = list(rules)
        alone = [rule for rule in wanted if sql.breaks(rule, DUCKDB, self.cells) is not None]
        with self._refusing():
            # One pass over all columns tells which rules are broken at all.
            found = self._ask(sql.counts((sql.breaks(rule, DUCKDB, self.cells) for rule in alone), SOURCE)).fetchall()[0] if alone else ()
            for rule in [*(rule for rule, count in zip(alone, found, strict=True) if count), *(rule for rule in wanted if rule not in alone)]:
                for frame in self._frames(rule):
                    yield rule, frame

    def keys(self, rows: pl.Series) -> pl.DataFrame:
        import polars as pl

        there = [name for name in self.table.key if name in self._known]
        shown = ", ".join(map(DUCKDB.quote, [ROW, *there]))
        with self._refusing(), self._beside([ROW, *there], __rows=rows.cast(pl.Int64).alias(ROW).to_frame()):
            return pl.DataFrame(self._con.sql(f"SELECT {shown} FROM {SOURCE} SEMI JOIN __rows USING ({ROW}) ORDER BY {ROW}").to_arrow_table())

    def _ask(self, query: str) -> duckdb.DuckDBPyRelation:
        """A query over the table alone, where the table is."""
        made = self._con.sql(query) if self._relation is None else self._relation.query(SOURCE, query)
        assert made is not None, "a SELECT has a result"
        return made

    @contextmanager
    def _beside(self, names: Iterable[str], **frames: pl.DataFrame) -> Iterator[None]:
        """For the time of a query, bring frames, and the columns of a relation of another connection, to our own connection."""
        registered: dict[str, Any] = dict(frames)
        if self._relation is not None:
            registered[SOURCE] = self._ask(f"SELECT {', '.join(map(DUCKDB.quote, dict.fromkeys(names)))} FROM {SOURCE}").to_arrow_reader(BATCH)
        try:
            for name, data in registered.items():
                self._con.register(name, data)
            yield
        finally:
            for name in registered:
                self._con.unregister(name)

    def _frames(self, rule: Rule) -> Iterator[pl.DataFrame]:
        import polars as pl
        import pyarrow as pa

        others, frames = {}, {}
        if isinstance(rule, Expands):
            frames["__bad"] = self._refused(rule)
            if not frames["__bad"].height:
                return
        if isinstance(rule, ACROSS):
            others = sql.lookups(rule, self.table, self.others, self._views, DUCKDB)
            if not others:
                return
        query = f"{sql.failing(rule, DUCKDB, SOURCE, cells=self.cells, others=others)} ORDER BY s.{ROW}"
        with self._beside([ROW, *rule.columns], **frames) if others or frames else nullcontext():
            path = self._kept(self._con.sql(query) if others or frames else self._ask(query))
        with pa.ipc.open_file(str(path)) as file:
            for number in range(file.num_record_batches):
                yield pl.DataFrame(file.get_batch(number))
        path.unlink()

    def _kept(self, made: duckdb.DuckDBPyRelation) -> Path:
        """A result as a file: a connection can do nothing else until one is read to its end."""
        import pyarrow as pa

        path = Path(self._folder.name, f"{uuid4()}.arrow")
        reader = made.to_arrow_reader(BATCH)
        with pa.ipc.new_file(str(path), reader.schema) as file:
            for batch in reader:
                file.write_batch(batch)
        return path

    def _refused(self, rule: Expands) -> pl.DataFrame:
        """The distinct tuples that the grammar refuses, and those with a day that Python does not know."""
        import polars as pl

        bad = [unexpanded(rule, pl.DataFrame(batch)) for batch in self._ask(sql.distinct(rule, DUCKDB, SOURCE)).to_arrow_reader(BATCH)]
        return pl.concat(bad) if bad else pl.DataFrame()
