"""Shows a report in a terminal and in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mali_dataset.validation.report import unchecked

if TYPE_CHECKING:
    from rich.console import Console

    from mali_dataset.validation.report import Report

_HEAD = ("row", "key", "column", "value", "rule", "message")
_WIDEST = {"file": 24, "key": 24, "column": 20}


def plain(text: str) -> str:
    """Text that the terminal takes for nothing else: no markup, no codes that steer it."""
    from rich.markup import escape as unmarked

    return unmarked("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))


def headline(report: Report) -> str:
    """The result in one line."""
    said = "no problems" if report.ok else f"{sum(report.counts.values()):,} problems"
    return f"{report.table}: {report.rows:,} rows, {said} ({report.engine}, {report.seconds:.2f} s)"


def failed(report: Report) -> list[tuple[str, str, str, str, str]]:
    """The checks that failed: rule, column, number, share of the rows, sentence; the most frequent first."""
    broken = sorted((check for check in report.checks if check.failed), key=lambda check: -(check.failed or 0))
    return [(c.rule, c.column or "", f"{c.failed:,}", f"{(c.failed or 0) / report.rows:.3%}" if report.rows and c.sentence else "", c.sentence) for c in broken]


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
        table = Table(box=None, header_style="bold", expand=True)
        for name in ("rule", "column", "rows", "share"):
            table.add_column(name, no_wrap=True, min_width=len(name), justify="left" if name in ("rule", "column") else "right")
        table.add_column("what must hold", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in checks:
            table.add_row(*map(plain, row))
        console.print(table)
    shown = report.problems[:problems]
    for problem in (problem for problem in shown if problem.row is None):
        console.print(plain(str(problem)))
    if rows := [problem for problem in shown if problem.row is not None]:
        # What the rules say stands above, once for each, and the name of the only file here: a terminal has no room for it in every line.
        files = {problem.file for problem in rows}
        if len(files) == 1 and (file := next(iter(files))):
            console.print(f"in {plain(file)}:")
        places = [str(problem.row if problem.line is None else f"line {problem.line}") for problem in rows]
        table = Table(box=None, header_style="bold", expand=True)
        for name in (*(("file",) if len(files) > 1 else ()), *_HEAD[:-1]):
            least = max(map(len, places)) if name == "row" else 8 if name == "value" else None
            table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=least, max_width=_WIDEST.get(name), ratio=1 if name == "value" else None)
        for problem, place in zip(rows, places, strict=True):
            cells = (*((problem.file,) if len(files) > 1 else ()), place, *(getattr(problem, name) for name in _HEAD[1:-1]))
            table.add_row(*(plain("" if cell is None else str(cell)) for cell in cells))
        console.print(table)
    left = sum(report.counts.values()) - min(problems, len(report.problems))
    if left > 0:
        console.print(f"… and {left:,} more" + (f", all in {plain(str(report.streamed))}" if report.streamed else ""))
    for said in unchecked(report):
        console.print(f"[yellow]not checked:[/] {plain(said)}")


def as_html(report: Report, problems: int = 20) -> str:
    """A report as HTML, with every value escaped."""

    def rows(cells: list[tuple[object, ...]], tag: str = "td") -> str:
        return "".join("<tr>" + "".join(f"<{tag}>{escape('' if c is None else str(c))}</{tag}>" for c in row) + "</tr>" for row in cells)

    parts = [f"<p><b>{escape(headline(report))}</b></p>"]
    if checks := failed(report):
        parts.append(f"<table>{rows([('rule', 'column', 'rows', 'share', 'what must hold')], 'th')}{rows([*checks])}</table>")
    if report.problems:
        shown = [tuple(getattr(problem, name) for name in ("file", *_HEAD)) for problem in report.problems[:problems]]
        parts.append(f"<table>{rows([('file', *_HEAD)], 'th')}{rows([*shown])}</table>")
    if skipped := unchecked(report):
        parts.append("<p>not checked:</p><ul>" + "".join(f"<li>{escape(said)}</li>" for said in skipped) + "</ul>")
    return "".join(parts)
