"""What a validation found."""

from collections import Counter
from dataclasses import dataclass
from html import escape

from mali_dataset.problems import Problem

_HEADS = ("row", "key", "column", "value", "rule", "message")


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
        lines = [f"{self.table}: {self.rows:,} rows, {'no problems' if self.ok else f'{total:,} problems'}"]
        lines += [f"  {count:,} times {rule}" for rule, count in sorted(self.counts.items())]
        lines += map(str, self.problems)
        lines += [f"… and {total - len(self.problems):,} more"] if total > len(self.problems) else []
        return "\n".join([*lines, *(f"not checked: {sentence} (give the table as `against`)" for sentence in self.skipped)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [[getattr(problem, head) for head in _HEADS] for problem in self.problems]
        cells = "".join("<tr>" + "".join(f"<td>{'' if c is None else escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
        table = f"<table><tr>{''.join(f'<th>{head}</th>' for head in _HEADS)}</tr>{cells}</table>" if rows else ""
        return f"<p>{escape(str(self).splitlines()[0])}</p>{table}"


def report(table: str, rows: int, problems: list[Problem], limit: int, skipped: tuple[str, ...] = ()) -> Report:
    """A report of problems, of which it keeps at most `limit`."""
    return Report(table, rows, tuple(problems[: max(limit, 0)]), dict(Counter(problem.rule for problem in problems)), skipped)
