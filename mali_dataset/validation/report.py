"""What a validation found: exact counts, and problems as a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, overload

from mali_dataset.problems import Problem

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

# The columns of the table of problems.
COLUMNS = {"table": str, "row": int, "key": str, "column": str, "value": str, "rule": str, "message": str, "file": str, "line": int}


class Problems:
    """Problems as a table, which Arrow and polars read as one, and as a sequence of `Problem` (but no `Sequence`, or polars would read that)."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> list[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | list[Problem]:
        return self._rows[index]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence | Problems) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as every sequence that compares its items

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or "no problems"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]  # the stubs leave it out

    @cached_property
    def _rows(self) -> list[Problem]:
        return [Problem(**row) for row in self._table.to_pylist()]

    def to_arrow(self) -> pa.Table:
        """The problems as an Arrow table: table, row, key, column, value, rule, message, file, line."""
        return self._table

    def to_polars(self) -> pl.DataFrame:
        """The problems as a polars frame."""
        import polars as pl

        return pl.DataFrame(self._table)

    def to_pandas(self) -> pd.DataFrame:
        """The problems as a pandas frame."""
        return self._table.to_pandas()


@dataclass(frozen=True)
class Check:
    """One check of the plan and how it went.

    Attributes:
        rule: its name.
        column: the column that it is about, None for the table as a whole.
        sentence: what must hold.
        failed: how many rows break it (1 for the table as a whole), exact whatever the limit; None when it was not checked.
        why: why it was not checked, or for which rows it was not.
    """

    rule: str
    column: str | None
    sentence: str
    failed: int | None
    why: str | None = None


@dataclass(frozen=True)
class Report:
    """The result of a validation.

    Attributes:
        table: name of the table whose rules were checked.
        rows: number of rows that were checked.
        problems: what is wrong, at most as many as the limit, which the rules share.
        checks: every check with the exact number of rows that break it.
        engine: what checked.
        seconds: how long it took.
        streamed: the file that holds all problems, if one was asked for.
    """

    table: str
    rows: int
    problems: Problems
    checks: tuple[Check, ...]
    engine: str = "polars"
    seconds: float = field(default=0.0, compare=False)
    streamed: Path | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts

    @property
    def counts(self) -> dict[str, int]:
        """How often each rule was broken, exact whatever the limit."""
        found: Counter[str] = Counter()
        for check in self.checks:
            found[check.rule] += check.failed or 0
        return dict(+found)

    @property
    def skipped(self) -> tuple[str, ...]:
        """What could not be checked, or not for all rows; `checks` says why."""
        return tuple(check.sentence for check in self.checks if check.why)

    def show(self, *, problems: int = 20) -> None:
        """Print the report in colours, with its first problems."""
        from mali_dataset.validation.show import show

        show(self, problems)

    def _repr_html_(self) -> str:
        from mali_dataset.validation.show import as_html

        return as_html(self)

    def to_parquet(self, path: str | Path) -> Path:
        """Write the problems as Parquet, with the counts and checks as metadata (`report`, JSON); whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        import pyarrow.parquet as pq

        about = json.dumps({"table": self.table, "rows": self.rows, "ok": self.ok, "checks": [asdict(check) for check in self.checks]})
        target, table = Path(path), self.problems.to_arrow()
        fresh = target.with_name(f".{target.name}.part")
        try:
            pq.write_table(table.replace_schema_metadata({"report": about}), fresh)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        return target

    def __str__(self) -> str:
        total = sum(self.counts.values())
        lines = [f"{self.table}: {self.rows:,} rows, {'no problems' if self.ok else f'{total:,} problems'}"]
        lines += [f"  {count:,} times {rule}" for rule, count in sorted(self.counts.items())]
        lines += map(str, self.problems)
        lines += [f"… and {total - len(self.problems):,} more"] if total > len(self.problems) else []
        return "\n".join([*lines, *(f"not checked: {said}" for said in unchecked(self))])

    __repr__ = __str__


def unchecked(report: Report) -> list[str]:
    """What could not be checked, or not for all rows, each with the reason."""
    return [f"{check.sentence} ({check.why})" for check in report.checks if check.why]


def as_table(problems: Iterable[Problem]) -> pa.Table:
    """Problems as an Arrow table."""
    made = list(problems)
    return _made(made) if made else _empty()


@cache
def _empty() -> pa.Table:
    return _made([])


def _made(problems: list[Problem]) -> pa.Table:
    import polars as pl

    # Arrow itself would load pandas, where that is installed, to look at a list.
    types = {str: pl.String, int: pl.Int64}
    frame = pl.DataFrame({name: [getattr(p, name) for p in problems] for name in COLUMNS}, {name: types[kind] for name, kind in COLUMNS.items()})
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(_schema())


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    types: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64()}
    return pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])


def joined(tables: list[pa.Table]) -> pa.Table:
    """Tables of problems as one."""
    import pyarrow as pa

    return pa.concat_tables([table if table.schema == _schema() else table.cast(_schema()) for table in tables])
