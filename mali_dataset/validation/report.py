"""What a validation found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape

from mali_dataset.problems import Problem


@dataclass(frozen=True)
class Report:
    """The result of a validation.

    Attributes:
        table: name of the table whose rules were checked.
        rows: number of rows that were checked.
        problems: what is wrong, at most as many as the limit.
        counts: how often each rule was broken, exact whatever the limit.
        skipped: rules that could not be checked, because the table that they refer to was not given.
    """

    table: str
    rows: int
    problems: tuple[Problem, ...]
    counts: dict[str, int]
    skipped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts

    def __str__(self) -> str:
        total = sum(self.counts.values())
        head = f"{self.table}: {self.rows:,} rows, {'no problems' if self.ok else f'{total:,} problems'}"
        rules = [f"  {count:,} × {rule}" for rule, count in sorted(self.counts.items())]
        more = [f"… and {total - len(self.problems):,} more"] if total > len(self.problems) else []
        skipped = [f"not checked: {sentence} (give the table as `against`)" for sentence in self.skipped]
        return "\n".join([head, *rules, *map(str, self.problems), *more, *skipped])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("row", "key", "column", "value", "rule", "message"))
        cells = ((p.row, p.key, p.column, p.value, p.rule, p.message) for p in self.problems)
        texts = (["" if c is None else escape(str(c)) for c in row] for row in cells)
        rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in texts)
        title = escape(str(self).splitlines()[0])
        return f"<p>{title}</p>" + (f"<table><tr>{head}</tr>{rows}</table>" if rows else "")


def report(table: str, rows: int, problems: list[Problem], limit: int, skipped: tuple[str, ...] = ()) -> Report:
    """A report of problems, of which it keeps at most `limit`."""
    return Report(table, rows, tuple(problems[:limit]), dict(Counter(p.rule for p in problems)), skipped)
