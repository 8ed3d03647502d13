"""Checks anybody's table against the definition of one."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from mali_dataset.problems import Problem, ProblemsError
from mali_dataset.release.read import find_table
from mali_dataset.schema import AtLeastOne, References, ReferencesAny, Rule, Table
from mali_dataset.schema.plan import plan
from mali_dataset.tables import registry
from mali_dataset.validation.check import check, refused
from mali_dataset.validation.engine import Engine
from mali_dataset.validation.polars_engine import PolarsEngine
from mali_dataset.validation.polars_source import refusing
from mali_dataset.validation.progress import Told
from mali_dataset.validation.ragged import ragged
from mali_dataset.validation.regular import made_regular
from mali_dataset.validation.report import Report
from mali_dataset.validation.sources import Files, database, find_files

EngineName = Literal["auto", "polars", "duckdb", "spark"]


def validate(
    source: Any,
    table: str | type[Table],
    *,
    against: Mapping[str, Any] | None = None,
    engine: EngineName = "auto",
    limit: int | None = 1000,
    out: str | Path | None = None,
    memory: int | str | None = None,
    progress: Told = None,
) -> Report:
    """Check a table of any size against its definition: columns, types, limits, keys, rules, and references where the other tables are given.

    Args:
        source: a file (Parquet, CSV, Arrow IPC), a folder or a glob of such files (with `column=value` folders as columns); a frame of polars,
            pandas, pyarrow, duckdb or pyspark; or a table in a DuckDB database, as `file.duckdb::table`.
        table: name of a table here, or a class of your own derived from `mali_dataset.schema.Table`.
        against: the tables that rules refer to, by name, each a source. Rules about others are not checked, and the report says so.
        engine: what checks: `polars`, `duckdb` or `spark`; `auto` takes the one that the source belongs to, else polars. All find the same.
        limit: how many problems the report keeps, shared fairly by the rules; None for all. Counts are exact in any case.
        out: a file (.parquet, .csv) for all problems, written as they are found; it is there only when the validation came to its end.
        memory: what the engine may use, in bytes or as `500MB`: a hard cap in DuckDB; in polars, for what is held beside the scan; in Spark, for a session
            that is started.
        progress: whether to show progress on standard error (by default on a terminal, for large tables), or a function that is told the
            number of steps done, their total, and what is being done.

    Raises:
        UnknownTableError: there is no such table (a ValueError).
        ValueError: a file has an ending that is not known, or a name in `against` or an engine is not known.
        FileNotFoundError: a file is not there.
        ValueError: `limit` or `memory` is no number that makes sense, or `out` is a file that is read.
        TypeError: the source is neither a file nor a frame, or the table is no table.
        OSError: `out` cannot be written; what stood there is left as it was.
        MemoryError: `memory` is too small for the engine.
        ModuleNotFoundError: the engine needs a package that is not installed; the message names the extra.
    """
    began = time.perf_counter()
    definition = registry()[find_table(table, registry())] if isinstance(table, str) else table
    if not (isinstance(definition, type) and issubclass(definition, Table) and definition is not Table):
        raise TypeError(f"{definition!r} is no table; give the name of one, or a class derived from `mali_dataset.schema.Table`")
    if limit is not None and not (type(limit) is int and limit >= 0):
        raise ValueError(f"limit is a number of problems or None for all, not {limit!r}")
    if against is not None and not isinstance(against, Mapping):
        raise TypeError(f"against is a mapping from the names of other tables to sources, not {type(against).__name__}")
    rules, memory = plan(definition), in_bytes(memory)
    _refuse_unknown(definition, rules, against or {})
    files = _files(source)
    given = {name: _files(other) or other for name, other in (against or {}).items()}
    if any(getattr(rule, "table", None) == definition.name for rule in rules if isinstance(rule, References)):
        given.setdefault(definition.name, files or source)
    chosen, target = _engine_for(source, engine), Path(out) if out is not None else None
    others = [(called, other) for called, other in given.items() if other is not files]
    read = [(called, one) for called, one in ((definition.name, files), *others) if isinstance(one, Files)]
    if target and target.resolve() in {path.resolve() for path in (*_scanned(source, *given.values()), *(path for _, one in read for path in one.paths))}:
        raise ValueError(f"out is {target.name}, which is read; name another file")
    try:
        name = files.names[0] if files and len(files.names) == 1 else None
        # A file may turn out to be damaged while it is read, and so may that of a lazy frame; an error over a table in memory would be a mistake of ours.
        unread = bool(read) or any(hasattr(one, "collect_schema") for one in (source, *given.values()) if not isinstance(one, Files))
        reading = refusing(definition.name, files.format if files else "a table", name, opening=False) if unread else nullcontext()
        with (
            reading,
            nullcontext("") if chosen == "polars" else TemporaryDirectory() as spool,
            closing(_open(chosen, files or source, definition, given, memory, Path(spool))) as opened,
        ):
            found = check(opened, rules, files, read, limit, target, progress)
    except (ProblemsError, OSError) as error:
        changed = [problem for called, one in read for problem in one.changed(called)]
        if not changed and isinstance(error, OSError):
            raise
        found = refused(changed or _with_line(getattr(error, "problems", []), read), target)
    return Report(definition.name, *found, engine=chosen, seconds=time.perf_counter() - began, streamed=target)


def _with_line(problems: list[Problem], read: list[tuple[str, Files]]) -> list[Problem]:
    """Problems of a text file that cannot be read, in words that name the line, if reading it line by line finds one."""
    for table, files in read:
        # Of several files that are read as one it may not be known which it is.
        called = {*files.names, *([None] if len(read) == 1 else [])}
        if files.format == "CSV" and problems and all(p.rule == "unreadable" and not p.line and p.file in called for p in problems):
            try:
                deque(ragged(files, table), maxlen=0)
            except ProblemsError as error:
                return error.problems
    return problems


def _refuse_unknown(table: type[Table], rules: tuple[Rule, ...], against: Mapping[str, Any]) -> None:
    named = {rule.table for rule in rules if isinstance(rule, References | AtLeastOne)}
    if not any(isinstance(rule, ReferencesAny) for rule in rules) and (unknown := set(against) - named):
        raise ValueError(f"`{table.name}` refers to no table {min(unknown)!r}; it refers to {sorted(named)}")


def _files(source: Any) -> Files | None:
    """The files that a source names, None when it is something else."""
    return find_files(source) if isinstance(source, str | Path) and not database(source) else None


def _scanned(*sources: Any) -> list[Path]:
    """Files that lazy frames read, as far as polars shows them."""
    lazy = [one for one in sources if hasattr(one, "collect_schema") and hasattr(one, "explain")]
    return [Path(path) for one in lazy for path in re.findall(r"SCAN \[([^],]+)", one.explain(optimized=False))]


def _engine_for(source: Any, engine: str) -> str:
    if engine not in ("auto", "polars", "duckdb", "spark"):
        raise ValueError(f"there is no engine {engine!r}; take auto, polars, duckdb or spark")
    module = type(source).__module__.partition(".")[0]
    if engine != "auto":
        return engine
    return {"duckdb": "duckdb", "_duckdb": "duckdb", "pyspark": "spark"}.get(module, "duckdb" if database(source) else "polars")


def _open(engine: str, source: Any, table: type[Table], others: Mapping[str, Any], memory: int | None, spool: Path) -> Engine:
    """The engine with the source open in it."""
    if engine == "polars":
        return PolarsEngine(source, table, others=others, memory=memory)
    try:
        if engine == "duckdb":
            from mali_dataset.validation.duckdb_engine import DuckDBEngine

            def regular(n: int, one: Any, name: str | None) -> Any:
                return made_regular(one, table, spool / str(n), name) if isinstance(one, Files) else one

            mine = regular(0, source, None)
            again = {name: mine if other is source else regular(n, other, name) for n, (name, other) in enumerate(others.items(), 1)}
            return DuckDBEngine(mine, table, others=again, memory=memory)
        from mali_dataset.validation.spark_engine import SparkEngine

        return SparkEngine(source, table, others=others, memory=memory)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"the engine needs {error.name}: pip install 'mali-dataset[{engine}]'", name=error.name) from error


def in_bytes(memory: int | str | None) -> int | None:
    """A size such as `500MB` or `2 GiB` in bytes.

    Raises:
        ValueError: it is no size.
    """
    if memory is None:
        return None
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?\s*", str(memory).lower())
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** " kmgt".index(found[2] or " ")) if found else 0
    if not size:
        raise ValueError(f"{memory!r} is no size of memory; write 500MB or 2GB")
    return size
