"""What a published column is, and which regular expressions every language reads alike."""

import re
from dataclasses import dataclass, fields
from typing import Literal

DType = Literal["string", "int64", "float64", "bool", "date32"]

# The limits that every form expresses; a column with another one raises when the form is made.
LIMITS = ("nullable", "pattern", "codes", "minimum", "maximum", "max_length")

_PORTABLE = re.compile(r"(?:[A-Za-z0-9 _~?%:/@#,;=<>\"'&!-]|\\[.\[\]()*+?{}|/-]|\\x[0-9a-f]{2}|\.|\(\?:|[()|*+?{}\[\]^])+")
_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]")


class DefinitionError(Exception):
    """A table is defined in a way that one of its forms cannot express."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One flat column of a published table, with every limit that its values keep."""

    name: str
    dtype: DType
    doc: str
    unit: str | None = None
    nullable: bool = False
    pattern: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise DefinitionError(f"column name {self.name!r} must be lower case letters, digits and underscores")
        if self.pattern is not None:
            check_portable(self.pattern)
        own = {"string": ("pattern", "codes", "max_length"), "int64": ("minimum", "maximum"), "float64": ("minimum", "maximum")}.get(self.dtype, ())
        for limit in LIMITS[1:]:
            if limit not in own and getattr(self, limit) not in (None, ()):
                raise DefinitionError(f"column {self.name!r} of type {self.dtype} cannot have the limit {limit!r}")
        for bound in (self.minimum, self.maximum):
            # NaN lies between no bounds.
            if bound is not None and not -(2**63) <= bound < 2**63:
                raise DefinitionError(f"column {self.name!r} cannot have the limit {str(bound)[:24]}, which is no number or too far out")


def check_portable(pattern: str) -> None:
    r"""Refuse a pattern that Python, Rust, RE2, Java and ECMAScript do not read alike (no anchors, `\d`, look-around)."""
    re.compile(pattern)
    outside = _CLASS.sub("", pattern)
    if not _PORTABLE.fullmatch(pattern) or "^" in outside or "$" in pattern or "(?" in pattern.replace("(?:", ""):
        raise DefinitionError(f"pattern {pattern!r} is not read alike everywhere: write classes such as [0-9], without anchors or look-around")


def check_carried(form: str, column: Column) -> None:
    """Raise `DefinitionError` when `column` has a limit that `form` does not express: each form expresses all of `LIMITS`."""
    for item in fields(column):
        if item.name not in ("name", "dtype", "doc", "unit", *LIMITS) and getattr(column, item.name) not in (None, (), item.default):
            raise DefinitionError(f"{form} cannot carry the limit {item.name!r} of column {column.name!r}")
