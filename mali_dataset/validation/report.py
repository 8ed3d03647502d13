"""What a validation found."""

from collections import Counter
from dataclasses import dataclass

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
        lines = [f"{self.table}: {self.rows:,} rows, {'no problems' if self.ok else f'{total:,} problems'}"]
        lines += [f"  {count:,} times {rule}" for rule, count in sorted(self.counts.items())]
        lines += map(str, self.problems)
        lines += [f"… and {total - len(self.problems):,} more"] if total > len(self.problems) else []
        return "\n".join([*lines, *(f"not checked: {sentence} (give the table as `against`)" for sentence in self.skipped)])

    __repr__ = __str__


def report(table: str, rows: int, problems: list[Problem], limit: int, skipped: tuple[str, ...] = ()) -> Report:
    """A report of problems, of which it keeps at most `limit`."""
    return Report(table, rows, tuple(problems[: max(limit, 0)]), dict(Counter(problem.rule for problem in problems)), skipped)
