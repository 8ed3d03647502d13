"""Rows of CSV files that have not as many cells as the header: all lines are looked at together, and what seems odd is read cell by cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mali_dataset.problems import Problem
from mali_dataset.validation.sources import Files, LineError, csv_header, fault, unreadable

if TYPE_CHECKING:
    import polars as pl

_CELL = r'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n]*+)'
_REGULAR = re.compile(rf"{_CELL}(?:,{_CELL})*+\r?\n?")
# Lines that are put together at once, and the most of one row.
LONG = 100_000
# The most cells of a row whose number one pattern can tell.
WIDE = 400
# The number of a line, that of the last one of what begins there, and that of the row.
Stretch = tuple[int, int | None, int]


def ragged(files: Files, table: str) -> Iterator[Problem]:
    """A problem for each row of CSV files that has not as many cells as the header.

    Raises:
        ProblemsError: a file is no text in UTF-8, or a quotation mark or a carriage return stands where it has no meaning.
    """
    if files.format == "CSV":
        for path, name in zip(files.paths, files.names, strict=True):
            yield from ragged_rows(path, name, len(csv_header(path, name, table)), table)


def ragged_rows(path: Path, name: str, width: int, table: str) -> Iterator[Problem]:
    """The same for one file.

    Args:
        path: the file.
        name: what it is called in problems.
        width: the number of cells of its header.
        table: the table that it is, or a part of.
    """
    import polars as pl

    at, first, reader = 0, 0, csv.reader(())
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for first, last, row in _odd(path, width):
                next(islice(file, first - at, first - at), None)
                seen: list[str] = []
                lines = islice(file, None if last is None else last - first + 1)
                reader = csv.reader(_noted(lines, seen), strict=True)
                at = first if last is None else last + 1
                for number, cells in enumerate(reader, row):
                    # Readers differ in what they make of such a row; this one takes the mark as it is.
                    if not _REGULAR.fullmatch("".join(seen)):
                        raise csv.Error("a quotation mark stands in a cell that is not quoted")  # noqa: TRY301 - as the reader raises
                    seen.clear()
                    # In a file of one column a blank line is an empty cell.
                    if len(cells) != width and (cells or width > 1):
                        message = f"the row has {len(cells)} cells, the header {width}: add or remove separators, or quote the cell that holds one"
                        yield Problem(rule="ragged_row", message=message, table=table, file=name, line=first + reader.line_num, row=number)
    except (UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError, OSError) as error:
        said = fault(path, error)
        if isinstance(error, csv.Error) and not isinstance(said, LineError):
            said = LineError(f"{said} (near line {first + reader.line_num})", first + reader.line_num)
        raise unreadable(table, "CSV", said, name) from error


def _noted(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    """Lines as they are taken, each of which is put on a list."""
    for line in lines:
        seen.append(line)
        yield line


def _odd(path: Path, width: int) -> Iterator[Stretch]:
    """Where rows stand that may have another number of cells, or that cannot be read, in their order."""
    import polars as pl

    lines, even = pl.scan_lines(path, glob=False).with_row_index("at"), _regular(width)
    # A line with an odd number of marks begins or ends a cell of several lines; one that is regular has an even one.
    half = (pl.col("line").str.count_matches('"', literal=True) % 2 == 1).alias("half")
    found = lines.filter(~even).select("at", half).collect(engine="streaming").sort("at")
    if not found.height:
        return
    ends, alone = found.filter("half")["at"], found.filter(~pl.col("half"))["at"]
    # What has an even number of ends before it lies in no cell of several lines.
    alone = alone.filter(ends.search_sorted(alone) % 2 == 0)
    whole = len(ends) // 2 * 2
    spans = pl.DataFrame({"first": ends.head(whole).gather_every(2), "last": ends.head(whole).gather_every(2, 1)})
    # What stands on several lines is less rows than lines.
    passed = pl.concat([pl.Series([1], dtype=pl.Int64), (spans["last"] - spans["first"]).cast(pl.Int64).cum_sum() + 1])
    long = spans["last"] - spans["first"] > LONG
    wrong = pl.concat([spans.filter(long), _seeming_odd(lines, spans.filter(~long), even)])
    stretches = pl.concat([wrong, pl.DataFrame({"first": alone, "last": alone})]).sort("first")
    rows = stretches["first"].cast(pl.Int64) - passed[spans["last"].search_sorted(stretches["first"])]
    yield from zip(*stretches, rows, strict=True)
    if whole < len(ends):
        yield ends[-1], None, ends[-1] - passed[-1]


def _regular(width: int) -> pl.Expr:
    """Whether a line is a row of so many cells, each without a quotation mark or within two, where each mark stands twice."""
    import polars as pl

    line, quoted = pl.col("line"), '"[^"]*(?:""[^"]*)*"'
    cell = rf'(?:{quoted}|[^",\r\n]*)'
    if width <= WIDE:
        return line.str.contains(f"^{cell}(?:,{cell}){{{width - 1}}}$")
    return line.str.contains(f"^{cell}(?:,{cell})*$") & (line.str.replace_all(quoted, "").str.count_matches(",", literal=True) == width - 1)


def _seeming_odd(lines: pl.LazyFrame, spans: pl.DataFrame, even: pl.Expr) -> pl.DataFrame:
    """The rows of several lines that seem odd when their lines are put together."""
    import polars as pl

    if not spans.height:
        return spans
    first, last, found = spans["first"], spans["last"], list[pl.Series]()

    def seeming(some: pl.DataFrame) -> pl.Series:
        return some.group_by("span", maintain_order=True).agg(pl.col("line").str.join("\n")).filter(~even)["span"]

    waiting = pl.DataFrame(schema={"at": pl.UInt32, "line": pl.String, "span": pl.UInt32})
    # One more than before where a span begins, one less after it has ended.
    steps = pl.Series([0], dtype=pl.Int8).new_from_index(0, last[-1] + 2).scatter(last + 1, -1)
    inside = steps.scatter(first, steps[first] + 1).cum_sum() == 1
    within = pl.col("at").map_batches(lambda some: _at(inside, some), return_dtype=pl.Boolean, is_elementwise=True)
    # A text and nothing is a new text: else the few lines would hold on to all that were read with them.
    for batch in lines.head(last[-1] + 1).filter(within).with_columns(pl.col("line") + "").collect_batches():
        waiting = pl.concat([waiting, batch.with_columns(span=last.search_sorted(batch["at"]))])
        if waiting.height >= LONG:
            # The last may go on in the next batch.
            goes_on = pl.col("span") == pl.col("span").max()
            found.append(seeming(waiting.filter(~goes_on)))
            waiting = waiting.filter(goes_on)
    return spans[pl.concat([*found, seeming(waiting)])]


def _at(values: pl.Series, places: pl.Series) -> pl.Series:
    """The values at some places, which mostly follow each other."""
    n = len(places)
    return values.slice(places[0], n) if n and places[-1] - places[0] == n - 1 else values[places]
