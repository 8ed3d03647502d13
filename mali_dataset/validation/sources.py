"""What a user has: files, folders of files, globs; and what can be said of them before their rows are read."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import unquote

from mali_dataset.problems import Problem, ProblemsError, near, shorten
from mali_dataset.schema import Table, columns

# What DuckDB says when a file that a connection may write is opened once more.
_OPEN = ("Unique file handle conflict", "with a different configuration")
FORMATS = {".parquet": "Parquet", ".csv": "CSV", ".arrow": "Arrow IPC", ".feather": "Arrow IPC", ".ipc": "Arrow IPC"}


@dataclass(frozen=True)
class Files:
    """Files of one format that together are one table, in the order of their names.

    Attributes:
        paths: the files.
        names: what they are called in problems: their path below the folder that was given.
        format: `Parquet`, `CSV` or `Arrow IPC`.
        partitions: for each file, the columns that its folders give (`country=MLI/`), None for what stands for a null there.
        stamps: inode, size and time of change of each file when it was found.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    format: str
    partitions: tuple[dict[str, str | None], ...]
    stamps: tuple[tuple[int, ...], ...] = field(default=(), repr=False)

    def changed(self, table: str) -> list[Problem]:
        """A problem for each file that is not the one that was found any more."""
        message = "changed while it was read, so nothing is known of it: validate it again when nobody writes to it"
        return [
            Problem(rule="file_changed", message=message, table=table, file=name)
            for path, name, stamp in zip(self.paths, self.names, self.stamps, strict=True)
            if _stamp(path) != stamp
        ]


def find_files(source: str | Path) -> Files:
    """The files that a path, a folder or a glob names; hidden ones and those whose name begins with `_` are left out of folders.

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: a file has an ending that is not known, a folder holds several formats, or a link to a folder.
    """
    given = Path(source)
    if ".." in given.parts and given.exists():
        # DuckDB tells of files by paths without it.
        given = given.resolve()
    if not str(source):
        raise FileNotFoundError("an empty path names no file")
    if given.is_file():
        paths, base = [given], given.parent
    elif given.is_dir():
        # A folder that may not be read is no empty one.
        walked = (Path(folder, name) for folder, below, files in os.walk(given, onerror=_refuse) for name in (*below, *files))
        inside = [path for path in sorted(walked) if not any(part[0] in "._" for part in path.relative_to(given).parts)]
        if linked := next((path for path in inside if path.is_symlink() and path.is_dir()), None):
            raise ValueError(f"{linked.relative_to(given)} is a link to a folder, which is not followed; give that folder itself")
        paths, base = list(filter(_is_file, inside)), given
    else:
        paths = list(filter(_is_file, map(Path, sorted(glob.glob(str(source), recursive=True)))))  # noqa: PTH207 - an absolute pattern
        base = Path(*takewhile(lambda part: not glob.has_magic(part), given.parts[:-1]))
    if not paths:
        raise FileNotFoundError(f"there is no file {source}")
    for path in paths:
        if path.suffix.lower() not in FORMATS:
            raise ValueError(f"{path.name} ends with {path.suffix!r}; known are {', '.join(FORMATS)}")
    if len(formats := {FORMATS[path.suffix.lower()] for path in paths}) > 1:
        raise ValueError(f"{source} holds files of several formats ({', '.join(sorted(formats))}); give them one at a time")
    parts = tuple(map(_partition, paths, [base] * len(paths))) if len(paths) > 1 or given.is_dir() else ({},)
    names = tuple(path.relative_to(base).as_posix() for path in paths)
    return Files(tuple(paths), names, formats.pop(), parts, tuple(map(_stamp, paths)))


def database(source: Any) -> tuple[str, str] | None:
    """The file and the table that `file.duckdb::table` names, None for any other source.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not isinstance(source, str | Path) or "::" not in str(source) or Path(source).exists():
        return None
    path, _, inside = str(source).rpartition("::")
    if not Path(path).exists():
        raise FileNotFoundError(f"there is no file {path}")
    return path, inside


def _is_file(path: Path) -> bool:
    """Whether it is a file; a link that leads nowhere is one too, so that somebody is told that it cannot be read."""
    return path.is_file() or (path.is_symlink() and not path.is_dir())


def _refuse(error: OSError) -> None:
    raise error


def _partition(path: Path, base: Path) -> dict[str, str | None]:
    pairs = (part.split("=", 1) for part in path.relative_to(base).parts[:-1] if "=" in part)
    return {name: None if text in ("", "__HIVE_DEFAULT_PARTITION__") else unquote(text) for name, text in pairs}


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def unreadable(table: str, what: str, error: BaseException, file: str | None = None) -> ProblemsError:
    """What is raised when a source cannot be read at all.

    Raises:
        OSError: it was not the source, but that there is no room for what is kept of it.
    """
    said = (str(error).splitlines() or [type(error).__name__])[0]
    if found := next((number for number in (ENOSPC, EDQUOT, EFBIG) if os.strerror(number) in said), None):
        raise OSError(found, f"{os.strerror(found)} for temporary files; set TMPDIR to a folder with more room", gettempdir()) from error
    if any(words in said for words in _OPEN):
        said = "it is open in this process with other settings; close it there, or give a table of that connection: `connection.table(...)`"
    return ProblemsError([Problem(rule="unreadable", message=f"cannot be read as {what}: {said}", table=table, file=file, line=getattr(error, "line", None))])


def shape_problems(table: type[Table], shapes: Mapping[str | None, list[tuple[str, str]]]) -> Iterator[Problem]:
    """Missing, unknown, repeated and wrongly typed columns.

    Args:
        table: the definition.
        shapes: for each file (or None for a table in memory), its columns with their types: a `DType`, or the name that an engine gives to another.
    """
    known = {column.name: column for column in columns(table)}
    for file, shape in shapes.items():
        names = [name for name, _ in shape]
        about: dict[str, Any] = {"table": table.name, "file": file}
        for name, column in known.items():
            if name not in names:
                yield Problem(rule="missing_column", message=f"the column is missing: {column.doc}", column=name, **about)
            elif names.count(name) > 1:
                yield Problem(rule="duplicate_column", message=f"the column stands {names.count(name)} times; keep one", column=name, **about)
            elif (kind := dict(shape)[name]) != column.dtype:
                hint = " (pandas makes decimal numbers of whole ones with gaps: take its type Int64)" if (kind, column.dtype) == ("float64", "int64") else ""
                yield Problem(rule="type", message=f"has the type {shorten(kind)}, not {column.dtype}{hint}", column=name, **about)
        for name in dict.fromkeys(name for name in names if name not in known):
            if names.count(name) > 1:
                yield Problem(rule="duplicate_column", message=f"the column stands {names.count(name)} times", column=name, **about)
            if table.closed:
                yield Problem(rule="unknown_column", message=f"`{table.name}` has no such column.{near(name, known)}", column=name, **about)


def csv_header(path: Path, name: str, table: str) -> list[str]:
    """The names in the first row of a CSV file.

    Raises:
        ProblemsError: the file is empty, or no text in UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            names = next(csv.reader(file, strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable(table, "CSV", fault(path, error), name) from error
    if not names:
        raise unreadable(table, "CSV", ValueError("its first line is blank" if path.stat().st_size else "it is empty"), name)
    if len(names) == 1 and (mark := next((mark for mark in ";\t|" if mark in names[0]), None)):
        raise unreadable(table, "CSV", ValueError(f"its cells are separated by {mark!r}; only commas are: read it with polars, and give the frame"), name)
    return names


def mixed_ends(path: Path) -> bool:
    """Whether some lines of a file end with a carriage return and others do not."""
    with path.open("rb") as file:
        pieces = [(piece.count(b"\r\n"), piece.count(b"\n")) for piece in iter(lambda: file.read(2**20), b"")]
    return 0 < sum(ends for ends, _ in pieces) < sum(ends for _, ends in pieces)


class LineError(ValueError):
    """What is wrong with a line of a file."""

    def __init__(self, said: str, line: int) -> None:
        super().__init__(said)
        self.line = line


def fault(path: Path, error: Exception) -> Exception:
    """What is wrong with a CSV file, in words of ours where there are any."""
    if isinstance(error, csv.Error) and "new-line" in str(error):
        return ValueError("a carriage return stands in a cell that is not quoted; lines end with a newline")
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as wrong:
                return LineError(f"line {number} is not UTF-8 ({wrong.reason})", number)
    return error


def refuse_repeated(names: list[str], table: type[Table], file: str | None = None) -> None:
    """Refuse columns of which two have the same name.

    Raises:
        ProblemsError: two have.
    """
    if twice := [p for p in shape_problems(table, {file: [(name, "") for name in names]}) if p.rule == "duplicate_column"]:
        raise ProblemsError(twice)


def refuse_alike(names: list[str], table: type[Table]) -> None:
    """Refuse columns whose names differ in case alone, for engines that cannot tell them apart.

    Raises:
        ProblemsError: two do.
    """
    if len(set(map(str.lower, names))) < len(names):
        raise unreadable(table.name, "a table", ValueError(f"of {', '.join(names)} some differ in case alone; take the engine polars"))
