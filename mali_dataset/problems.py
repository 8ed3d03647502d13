"""A problem: what is wrong, where, by which rule, and what to do. Curation and validation speak of problems in the same words."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        rule: name of the rule that is broken.
        message: what is wrong and what to do.
        table: name of the table.
        key: key of the row or record; None when it has none or the problem is about the whole table.
        column: column or field.
        value: the offending value as text.
        file: file that a person wrote, relative to the folder that was read.
        line: line in it, from 1.
        row: number of the row in a table, from 0.
    """

    rule: str
    message: str
    table: str | None = None
    key: str | None = None
    column: str | None = None
    value: str | None = None
    file: str | None = None
    line: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line or 1}: " if self.file and (self.line or self.row is None) else f"{self.file} " if self.file else ""
        place += f"row {self.row}: " if self.row is not None and not self.line else ""
        key = self.key and self.key.replace("\n", "\\n")
        subject = " ".join(part for part in (self.table, key) if part) + (f".{self.column}" if self.column else "")
        subject += f" = {self.value!r}" if self.value is not None else ""
        return f"{place}{subject}{': ' if subject else ''}{self.message} [{self.rule}]"

    def as_dict(self) -> dict[str, Any]:
        """The problem for machines."""
        return asdict(self)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by file, line, table, row and column, each once."""
    return sorted(set(problems), key=lambda p: (p.file or "", p.line or 0, p.table or "", p.row or -1, p.column or "", str(p)))


def near(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?` with the nearest known word, or nothing."""
    found = get_close_matches(word, list(known), 1, 0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


def shorten(value: object, width: int = 80) -> str:
    """A value as text that fits on a line."""
    text = str(value).replace("\n", "\\n")
    return text if len(text) <= width else f"{text[: width - 1]}…"


class ProblemsError(Exception):
    """Input was refused; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
