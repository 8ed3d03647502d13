"""What is told of the rows of a CSV file by looking at all lines together is what a reader tells that goes through it cell by cell."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mali_dataset.problems import ProblemsError
from mali_dataset.validation import ragged as module
from mali_dataset.validation.ragged import ragged_rows

CELL = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
ROW = re.compile(rf"{CELL}(?:,{CELL})*\r?\n?")
HEAD = "a,b,c\n"
SOUND = ["1,2,3\n", '"1",2,3\r\n', '1,"2,\n""3""\n",4\n', '1,"\n\n",\n']
RAGGED = ["1,2\n", "\n", "1,2,3,4\n", '"1\n2",3\n', '1,"2,3"\n']
BROKEN = ['1,"2,3\n', '1,2"3,4\n', '1,2"3"4,5\n', '"1"2,3,4\n', "1,2\r3,4\n", "1,2,3\r\r\n"]


def by_cells(text: str, width: int) -> list[tuple[int, int]] | int:
    """Line and row of each ragged row, or the line of what cannot be read."""
    seen: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline="\n"):
            seen.append(line)
            yield line

    reader, found = csv.reader(lines(), strict=True), []
    try:
        for row, cells in enumerate(reader, -1):
            if not ROW.fullmatch("".join(seen)):
                return reader.line_num
            seen.clear()
            if len(cells) != width and (cells or width > 1):
                found.append((reader.line_num, row))
    except csv.Error:
        return reader.line_num
    return found


def by_lines(text: str, width: int, wide: int = module.WIDE, long: int = module.LONG) -> list[tuple[int, int]] | int:
    with TemporaryDirectory() as folder, patch.multiple(module, LONG=long, WIDE=wide):
        path = Path(folder, "t.csv")
        path.write_bytes(text.encode())
        try:
            return [(problem.line or 0, problem.row or 0) for problem in ragged_rows(path, path.name, width, "t")]
        except ProblemsError as error:
            return error.problems[0].line or 0


# Whether one pattern tells the number of cells, or they are counted.
either = pytest.mark.parametrize("wide", [0, module.WIDE])


@either
@given(st.lists(st.sampled_from(SOUND + RAGGED)).map("".join), st.integers(0, 5))
def test_ragged_rows_are_found_where_they_stand(wide, text, long):
    assert by_lines(HEAD + text, 3, wide, long) == by_cells(HEAD + text, 3)


@either
@given(st.lists(st.sampled_from(SOUND + RAGGED + BROKEN)).map("".join), st.sampled_from(["", "1,2,3", '1,"2', "1,2"]))
@example(text='1,"2,3\n', end='1,"2')
def test_the_first_thing_that_cannot_be_read_ends_it(wide, text, end):
    assert by_lines(HEAD + text + end, 3, wide) == by_cells(HEAD + text + end, 3)


@either
@given(st.text('",\n\ra', max_size=20), st.sampled_from(["a\n", HEAD]))
@example(text='a"\n"\n', head=HEAD)
@example(text='a","\na', head="a\n")
def test_any_text_is_read_alike(wide, text, head):
    width = head.count(",") + 1
    found, wanted = by_lines(head + text, width, wide), by_cells(head + text, width)
    # A cell that is opened where none may be ends for a reader where the next mark stands; here where its line ends.
    assert found == wanted or (isinstance(found, int) and isinstance(wanted, int) and found <= wanted)


@pytest.mark.parametrize("rows", [1, 5_000])
def test_a_sound_file_has_no_ragged_row(rows):
    assert by_lines(HEAD + "1,2,3\n" * rows + '1,"2\n2",3\n' * rows, 3) == []


@pytest.mark.parametrize("width", [1, 2, module.WIDE, module.WIDE + 1, 5_000])
def test_rows_of_any_width_are_read(width):
    row, head = ",".join(['"é,"'] * width) + "\n", ",".join(f"c{n}" for n in range(width)) + "\n"
    assert by_lines(head + row * 3, width) == []
    assert by_lines(head + row + "x," + row, width) == [(3, 1)]
