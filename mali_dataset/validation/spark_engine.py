"""The engine for frames of Spark, and for those who have Spark: the same SQL, through PySpark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from mali_dataset.schema import Expands, Rule, Table, columns
from mali_dataset.schema.forms.expressions import ROW, expression, unexpanded
from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import ACROSS
from mali_dataset.validation import sql
from mali_dataset.validation.engine import Step, columns_read
from mali_dataset.validation.polars_source import Opened, file_heights, open_source, text_of
from mali_dataset.validation.sources import Files, find_files, unreadable
from mali_dataset.validation.sql import SPARK

if TYPE_CHECKING:
    import polars as pl

MASTER = "local[2]"
# Up to here rows come at once, through Arrow; more of them come partition by partition.
AT_ONCE = 200_000
BATCH = 20_000
# Rows with long texts.
LONG_AT_ONCE = 2_000

_KINDS = dict.fromkeys(("byte", "short", "integer", "long"), "int64") | {"float": "float64", "double": "float64", "boolean": "bool", "date": "date32"}
# `monotonically_increasing_id` counts the rows of a partition in the lower bits, the partitions above.
_BITS = 33


class SparkEngine:
    """Checks with Spark. See `Engine` for what its methods promise.

    Args:
        source: a frame of pyspark; files (`Files`, or a path, folder or glob of them) or another frame, which a session on this machine reads. A frame
            of pyspark runs once and is kept in the storage of its session until `close`, so that its rows keep their numbers: those of `collect()`.
        table: the definition.
        others: the tables that rules refer to, by name, each of the same kinds.
        memory: bytes for Spark, when no session is active and one is started.

    Raises:
        ProblemsError: a source cannot be read.
        TypeError: a source is of no known kind.
        ValueError: frames of pyspark are of several sessions.
    """

    def __init__(self, source: Any, table: type[Table], *, others: Mapping[str, Any], memory: int | None = None) -> None:
        self.table, self._views, self._kept = table, dict[str, str](), list[Any]()
        self._spark, self._own = _session((source, *others.values()), memory)
        self._folder = TemporaryDirectory(prefix="mali-dataset-")
        self._dtypes = {column.name: column.dtype for column in columns(table)}
        self.cells: frozenset[str] = frozenset()
        self.others: dict[str, dict[str, str]] = {}
        try:
            with self._refusing():
                self.shapes = self._open(source)
                for name, other in others.items():
                    self.others[name] = self._open_other(name, other)
        except BaseException:
            self.close()
            raise
        self.types = dict(next(iter(self.shapes.values())))

    def rows(self) -> int:
        with self._refusing():
            return int(self._spark.table(self._views[""]).count())

    def steps(self, rules: Sequence[Rule]) -> Iterator[Step]:
        if alone := [rule for rule in rules if sql.breaks(rule, SPARK, self.cells) is not None]:
            yield Step(alone, partial(self._alone, alone))
        for rule in rules:
            if rule not in alone:
                yield Step([rule], partial(self._apart, rule))

    def keys(self, rows: pl.Series) -> pl.DataFrame:
        import polars as pl

        with self._refusing():
            table = self._spark.table(self._views[""])
            wanted = self._spark.createDataFrame(rows.cast(pl.Int64).alias(ROW).to_frame().to_arrow())
            shown = table.select(ROW, *(name for name in self.table.key if name in table.columns))
            return pl.concat(self._frames(shown.join(wanted, ROW, "semi")))

    def close(self) -> None:
        from py4j.protocol import Py4JError

        views, kept, own = self._views, self._kept, self._own
        self._views, self._kept, self._own = {}, [], False
        self._folder.cleanup()
        # A session that has ended, by itself or by its owner, holds nothing any more.
        with suppress(Py4JError, OSError):
            for view in views.values():
                self._spark.catalog.dropTempView(view)
            for frame in kept:
                frame.unpersist()
            if own:
                self._spark.stop()

    def _alone(self, rules: list[Rule]) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """One pass over all columns tells which rules are broken at all, a second one the rows of all these; texts too long for Spark are matched here."""
        long = [rule for rule in rules if sql.too_long(rule, SPARK)]
        conditions = [*(sql.breaks(rule, SPARK, self.cells) for rule in rules), *(sql.too_long(rule, SPARK) for rule in long)]
        with self._refusing():
            counts = [*self._spark.sql(sql.counts(conditions, self._views[""])).first()]
        broken = {rule: condition for rule, condition, count in zip(rules, conditions, counts, strict=False) if count}
        if broken:
            yield from self._broken(broken)
        for rule, count in zip(long, counts[len(rules) :], strict=True):
            if count:
                yield from self._long(rule)

    def _broken(self, broken: dict[Rule, str | None]) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """The rows of rules of which some are broken, in one pass."""
        import polars as pl

        with self._refusing():
            cells = [rule for rule in broken if isinstance(rule, Limit) and rule.limit == "type" and rule.about in self.cells]
            shown = {rule: text_of(rule.about) if rule in cells else rule.about for rule in broken}
            flags = [f"coalesce({condition}, FALSE) AS __{n}" for n, condition in enumerate(broken.values())]
            selected = ", ".join([ROW, *map(SPARK.quote, dict.fromkeys(shown.values())), *flags])
            wrong = " OR ".join(f"({condition})" for condition in broken.values())
            for frame in self._frames(self._spark.sql(f"SELECT {selected} FROM {self._views['']} WHERE {wrong}")):  # noqa: S608 - all is quoted
                for n, rule in enumerate(broken):
                    if (rows := frame.filter(f"__{n}")).height:
                        yield rule, rows.select(ROW, pl.col(shown[rule]).alias(rule.about))

    def _long(self, rule: Rule) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """Texts that are too long for Spark are matched here."""
        with self._refusing():
            query = f"SELECT {ROW}, {SPARK.quote(rule.about)} FROM {self._views['']} WHERE {sql.too_long(rule, SPARK)}"  # noqa: S608 - all is quoted
            for frame in self._frames(self._spark.sql(query), LONG_AT_ONCE):
                if (wrong := frame.filter(~expression(rule))).height:
                    yield rule, wrong

    def _apart(self, rule: Rule) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """The rows that break a rule which one row cannot decide."""
        others, bad = {}, ""
        with self._refusing():
            if isinstance(rule, Expands):
                refused = self._refused(rule)
                if not refused.height:
                    return
                bad = self._show("bad", self._spark.createDataFrame(refused.to_arrow()))
            if isinstance(rule, ACROSS):
                views = {name: self._views[f"other {name}"] for name in self.others}
                others = sql.lookups(rule, self.table, self.others, views, SPARK)
                if not others:
                    return
            for frame in self._frames(self._spark.sql(sql.failing(rule, SPARK, self._views[""], cells=self.cells, others=others, bad=bad))):
                if frame.height:
                    yield rule, frame

    def _refused(self, rule: Expands) -> pl.DataFrame:
        """The distinct tuples that the grammar refuses, and those with a day that Python does not know."""
        import polars as pl

        bad = [unexpanded(rule, frame) for frame in self._frames(self._spark.sql(sql.distinct(rule, SPARK, self._views[""])))]
        return pl.concat(bad) if bad else pl.DataFrame()

    def _frames(self, made: Any, at_once: int | None = None) -> Iterator[pl.DataFrame]:
        """The rows of a frame of Spark, in frames of polars; days travel as numbers, for Python does not know all of them."""
        import polars as pl

        at_once = at_once or AT_ONCE
        dates = [name for name, kind in made.dtypes if kind == "date"]
        plain = made.selectExpr(*(f"unix_date({SPARK.quote(n)}) AS {SPARK.quote(n)}" if n in dates else SPARK.quote(n) for n in made.columns))
        first, as_days = pl.DataFrame(plain.limit(at_once + 1).toArrow()), dict.fromkeys(dates, pl.Date)
        if first.height <= at_once:
            yield first.cast(as_days)
            return
        rows = plain.toLocalIterator(prefetchPartitions=True)
        while some := [tuple(row) for row in islice(rows, min(BATCH, at_once))]:
            yield pl.DataFrame(some, first.schema, orient="row").cast(as_days)

    def _open(self, source: Any) -> dict[str | None, list[tuple[str, str]]]:
        """Make the view of the table, with row numbers and the columns of the definition that have their types; tells all columns."""
        if _is_spark(source):
            return {None: self._number(source)}
        opened = open_source(find_files(source) if isinstance(source, str | Path) else source, self.table)
        try:
            shapes = list(opened.shapes.values())
            names = [name for name, dtype in self._dtypes.items() if all([kind for own, kind in shape if own == name] == [dtype] for shape in shapes)]
            self.cells = opened.texts & frozenset(names)
            made = self._parquet(opened.files, names) if opened.files and _plain(opened) else self._spool(opened, names)
        finally:
            if opened.spool is not None:
                opened.spool.cleanup()
        plain = [sql.taken(name, self._dtypes[name], SPARK) for name in names if name not in self.cells]
        self._show("", made.selectExpr(ROW, *plain, *sql.typed(self.table, sorted(self.cells), SPARK)))
        return opened.shapes

    def _open_other(self, name: str, source: Any) -> dict[str, str]:
        """Make a view of the columns of another table that rules look up; tells all of its columns."""
        if _is_spark(source) and not _same(source.sparkSession, self._spark):
            raise ValueError(f"`{name}` is a frame of another session of Spark than `{self.table.name}`; make both in one session")
        spark, path = _is_spark(source), Path(self._folder.name, f"other{len(self._views)}.parquet")
        opened = None if spark else open_source(find_files(source) if isinstance(source, str | Path) else source, self.table)
        types = dict(next(iter(opened.shapes.values())) if opened else ((field.name, _dtype(field.dataType)) for field in source.schema))
        read = columns_read(self.table, name, types)
        if opened:
            opened.lazy.select(read or list(types)[:1]).unique().sink_parquet(path)
            if opened.spool is not None:
                opened.spool.cleanup()
        self._show(f"other {name}", self._spark.read.parquet(str(path)) if opened else source.select(*map(SPARK.quote, read)))
        return types

    def _show(self, name: str, made: Any) -> str:
        self._views.setdefault(name, f"mali_{uuid4().hex}")
        made.createOrReplaceTempView(self._views[name])
        return self._views[name]

    def _number(self, source: Any) -> list[tuple[str, str]]:
        """A frame is renamed by position, since Spark does not tell upper from lower case, and kept, since it may not run twice alike."""
        shape = [(field.name, _dtype(field.dataType, self._dtypes.get(field.name))) for field in source.schema]
        right = {name: f"c{i}" for i, (name, kind) in enumerate(shape) if self._dtypes.get(name) == kind}
        chosen = [f"CAST({own} AS {SPARK.types[self._dtypes[name]]}) AS {SPARK.quote(name)}" for name, own in right.items()]
        kept = source.toDF(*(f"c{i}" for i in range(len(shape)))).selectExpr("monotonically_increasing_id() AS __at", *chosen).persist()
        self._kept.append(kept)
        heights = {row[0]: row[1] for row in kept.selectExpr(f"shiftright(__at, {_BITS}) AS part").groupBy("part").count().collect()}
        starts = [0, *accumulate(heights.get(part, 0) for part in range(max(heights, default=0)))]
        row = f"{_picked(starts, f'CAST(shiftright(__at, {_BITS}) AS INT)')} + (__at & {2**_BITS - 1}) AS {ROW}"
        self._show("", kept.selectExpr(row, *(sql.taken(name, self._dtypes[name], SPARK) for name in right)))
        return shape

    def _parquet(self, files: Files, names: list[str]) -> Any:
        """Parquet files are read where they are, under names that Spark does not take for patterns or encode."""
        links = Path(self._folder.name, "files")
        links.mkdir()
        for n, path in enumerate(files.paths):
            (links / f"{n}.parquet").symlink_to(path.resolve())
        number = "CAST(substring_index(_metadata.file_name, '.', 1) AS INT)"
        own = [name for name in names if name not in files.partitions[0]]
        schema = ", ".join(f"{SPARK.quote(name)} {SPARK.types[self._dtypes[name]]}" for name in own) or "__none INT"
        read = self._spark.read.option("datetimeRebaseMode", "CORRECTED").schema(schema)
        parts = {name: ["NULL" if (text := part[name]) is None else SPARK.literal(text) for part in files.partitions] for name in names if name not in own}
        row = f"_metadata.row_index + {_picked([start for start, _ in file_heights(files)], number)} AS {ROW}"
        shown = [f"{_picked(texts, number)} AS {SPARK.quote(name)}" for name, texts in parts.items()]
        return read.parquet(str(links)).selectExpr(row, *map(SPARK.quote, own), *shown)

    def _spool(self, opened: Opened, names: list[str]) -> Any:
        """What Spark would read otherwise than the other engines goes through a file, cells still as text."""
        path = Path(self._folder.name, "rows.parquet")
        replace(opened, texts=frozenset()).typed(self.table).select(ROW, *names).sink_parquet(path)
        return self._spark.read.option("datetimeRebaseMode", "CORRECTED").parquet(str(path))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn what Spark says of a source into a problem."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as error:
            raise unreadable(self.table.name, "a table", Exception(str(getattr(error, "java_exception", error)))) from error


def _session(sources: Iterable[Any], memory: int | None) -> tuple[Any, bool]:
    """The session of a frame, the active one, or one of our own, and whether it is our own."""
    with catch_warnings():
        # PySpark warns of a newer pandas, which we do not use.
        simplefilter("ignore", FutureWarning)
        from pyspark.sql import SparkSession
    if active := next((source.sparkSession for source in sources if _is_spark(source)), None) or SparkSession.getActiveSession():
        return active, False
    cap = {} if memory is None else {"spark.driver.memory": f"{max(memory >> 20, 512)}m"}
    config: dict[str, Any] = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "8", **cap}
    try:
        made = SparkSession.builder.master(MASTER).config(map=config).getOrCreate()
    except RuntimeError as error:
        raise RuntimeError(f"Spark did not start; it needs Java 17 or newer, on the path or in JAVA_HOME ({error})") from error
    made.sparkContext.setLogLevel("OFF")
    return made, True


def _is_spark(source: Any) -> bool:
    return type(source).__module__.partition(".")[0] == "pyspark" and hasattr(source, "sparkSession")


def _same(one: Any, other: Any) -> bool:
    """Whether two objects stand for one session, whose views both see."""
    return one is other or (hasattr(one, "_jsparkSession") and one._jsparkSession.equals(other._jsparkSession))  # noqa: SLF001 - nothing else tells


def _dtype(kind: Any, expected: str | None = None) -> str:
    """The `DType` of a type of Spark, else its name there."""
    name = str(kind.typeName())
    return expected or "string" if name == "void" else _KINDS.get(name, "string" if name == "string" else str(kind.simpleString()))


def _plain(opened: Opened) -> bool:
    """Whether Spark reads Parquet files as polars does: all with the same columns, none of nulls alone, none that differ in case alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if opened.files is None or opened.files.format != "Parquet":
        return False
    first, *rest = opened.shapes.values()
    alike = all(shape == first for shape in rest) and len({name.lower() for name, _ in first}) == len(first)
    return alike and not any(pa.null() in pq.read_schema(path).types for path in opened.files.paths)


def _picked(values: Sequence[Any], number: str) -> str:
    """One of some constants, by its number."""
    return f"element_at(array({', '.join(map(str, values))}), {number} + 1)"
