"""Shows a report in a terminal and in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from mali_dataset.validation.report import Report

_HEAD = ("row", "key", "column", "value", "rule", "message")


def plain(text: str) -> str:
    """Text that the terminal takes for nothing else: no markup, no codes that steer it."""
    from rich.markup import escape as unmarked

    return unmarked("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))


def headline(report: Report) -> str:
    """The result in one line."""
    said = "no problems" if report.ok else f"{sum(report.counts.values()):,} problems"
    return f"{report.table}: {report.rows:,} rows, {said} ({report.engine}, {report.seconds:.2f} s)"


def failed(report: Report) -> list[tuple[str, str, str, str]]:
    """The checks that failed: rule, column, number, share of the rows; the most frequent first."""
    broken = sorted((check for check in report.checks if check.failed), key=lambda check: -(check.failed or 0))
    return [(c.rule, c.column or "", f"{c.failed:,}", f"{(c.failed or 0) / report.rows:.3%}" if report.rows else "") for c in broken]


def show(report: Report, problems: int, console: Console | None = None) -> None:
    """Print a report.

    Args:
        report: the report.
        problems: how many problems are shown at most.
        console: where it is printed; by default standard output.
    """
    from rich.console import Console
    from rich.table import Table

    console = console or Console()
    console.print(f"[bold {'green' if report.ok else 'red'}]{plain(headline(report))}")
    if checks := failed(report):
        table = Table("rule", "column", box=None, header_style="bold")
        table.add_column("rows", justify="right")
        table.add_column("share", justify="right")
        for row in checks:
            table.add_row(*map(plain, row))
        console.print(table)
    if report.problems and problems:
        table = Table(*_HEAD, box=None, header_style="bold")
        for problem in report.problems[:problems]:
            place = f"{problem.file} {problem.row if problem.line is None else f'line {problem.line}'}" if problem.file else str(problem.row)
            table.add_row(*(plain("" if cell in (None, "None") else str(cell)) for cell in (place, *(getattr(problem, name) for name in _HEAD[1:]))))
        console.print(table)
    left = sum(report.counts.values()) - min(problems, len(report.problems))
    if left > 0:
        console.print(f"… and {left:,} more" + (f", all in {plain(str(report.streamed))}" if report.streamed else ""))
    for check in report.checks:
        if check.failed is None:
            console.print(f"[yellow]not checked:[/] {plain(f'{check.sentence} ({check.why})')}")


def as_html(report: Report, problems: int = 20) -> str:
    """A report as HTML, with every value escaped."""

    def rows(cells: list[tuple[object, ...]], tag: str = "td") -> str:
        return "".join("<tr>" + "".join(f"<{tag}>{escape('' if c is None else str(c))}</{tag}>" for c in row) + "</tr>" for row in cells)

    parts = [f"<p><b>{escape(headline(report))}</b></p>"]
    if checks := failed(report):
        parts.append(f"<table>{rows([('rule', 'column', 'rows', 'share')], 'th')}{rows([*checks])}</table>")
    if report.problems:
        shown = [tuple(getattr(problem, name) for name in ("file", *_HEAD)) for problem in report.problems[:problems]]
        parts.append(f"<table>{rows([('file', *_HEAD)], 'th')}{rows([*shown])}</table>")
    skipped = [f"{check.sentence} ({check.why})" for check in report.checks if check.failed is None]
    parts += ["<p>not checked:</p><ul>" + "".join(f"<li>{escape(said)}</li>" for said in skipped) + "</ul>"] if skipped else []
    return "".join(parts)
