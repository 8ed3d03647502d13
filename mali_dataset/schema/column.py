"""What a published column is, and which regular expressions every language reads alike."""

import re
from dataclasses import dataclass, fields
from typing import Literal, get_args

DType = Literal["string", "int64", "float64", "bool", "date32"]
DTYPES: tuple[DType, ...] = get_args(DType)

# The limits that every form expresses; a column with another one raises when the form is made.
LIMITS = ("nullable", "pattern", "codes", "minimum", "maximum", "max_length")

_ESCAPED = r"\\x[0-9a-f]{2}|\\[][\\^$.|?*+(){}/]"
# In a class no `[`, no `]` that is not escaped, and not `&&`, `--`, `~~` or `||`, with which some languages calculate.
_CLASS = rf"\[(?!\^\])\^?(?:{_ESCAPED}|\\-|[A-Za-z0-9 _%:/@#,;=<>\"'!.()*+?{{}}^$]|&(?!&)|-(?!-)|~(?!~)|\|(?!\|))+\]"
_ATOM = rf"[A-Za-z0-9 _~%:/@#,;=<>\"'&!.-]|{_ESCAPED}|{_CLASS}"
# Nothing may be repeated that is repeated already (`a++`), and a count has no blanks, no leading zeros and a lower end.
_TIMES = r"(?P<times>[*+?]|\{(?P<low>0|[1-9][0-9]{0,3})(?:,(?P<high>0|[1-9][0-9]{0,3})?)?\})\??"
_PIECE = re.compile(rf"(?P<opens>\((?:\?:)?)|\||(?:{_ATOM}|(?P<closes>\)))(?:{_TIMES})?")
# RE2 reads no more repetitions, those of a group times those in it.
_MOST_TIMES = 1000


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
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", self.name):
            raise DefinitionError(f"column name {self.name!r} must be letters, digits and underscores, a letter first")
        if self.pattern is not None:
            try:
                check_portable(self.pattern)
            except DefinitionError as error:
                raise DefinitionError(f"column {self.name!r}: {error}") from error
        own = {"string": ("pattern", "codes", "max_length"), "int64": ("minimum", "maximum"), "float64": ("minimum", "maximum")}.get(self.dtype, ())
        for limit in LIMITS[1:]:
            if limit not in own and getattr(self, limit) not in (None, ()):
                raise DefinitionError(f"column {self.name!r} of type {self.dtype} cannot have the limit {limit!r}")
        bounds = [bound for bound in (self.minimum, self.maximum, self.max_length) if bound is not None]
        for bound in bounds:
            # NaN lies between no bounds.
            if not isinstance(bound, int | float) or isinstance(bound, bool) or not -(2**63) <= bound < 2**63:
                raise DefinitionError(f"column {self.name!r} cannot have the limit {str(bound)[:24]}, which is no number or too far out")
        if bounds != sorted(bounds) or (self.max_length or 0) < 0 or isinstance(self.max_length, float):
            raise DefinitionError(f"column {self.name!r} has limits that no value keeps")


def check_portable(pattern: str) -> None:
    r"""Refuse a pattern that Python, Rust, RE2, Java and ECMAScript do not read alike (no anchors, `\d`, look-around)."""
    at, times = 0, [1]
    while piece := _PIECE.match(pattern, at):
        at = piece.end()
        if piece["opens"]:
            times.append(1)
            continue
        inner = times.pop() if piece["closes"] and len(times) > 1 else 1
        times[-1] = max(times[-1], inner * max(1, int(piece["high"] or piece["low"] or 1)))
    if at < len(pattern) or not pattern or max(times) > _MOST_TIMES:
        there = (f"from {pattern[at:]!r} on " if 0 < at < len(pattern) else "") + _because(pattern)
        advice = r"write classes such as [0-9], without anchors or look-around; outside of them \{, \} and \], but -, and in them \["
        raise DefinitionError(f"pattern {pattern!r} is not read alike everywhere {there}({advice}; at most {_MOST_TIMES} times)")
    try:
        re.compile(pattern)
    except re.error as error:
        raise DefinitionError(f"pattern {pattern!r} is no regular expression: {error}") from error


def _because(pattern: str) -> str:
    """Why languages do not read a pattern alike, where a sign in it tells."""
    sign = re.search(r"(?<!\\)(?:\\\\)*(?P<short>\\[A-Za-wyz])|(?P<other>[^ -~])", pattern)
    if not sign:
        return ""
    if sign["short"]:
        return f"because of {sign['short']}, which means another thing in each "
    written = f"to be written \\x{ord(sign['other']):02x}" if sign["other"] <= "\xff" else "which only a class with [^...] takes"
    return f"because of {sign['other']!r}, {written} "


def repeats_group(pattern: str, *, counted: bool = False) -> bool:
    """Whether a portable pattern repeats more than one piece of it, as `(?:ab)*` does; `counted`, so many times what is itself repeated, as `(?:a+,){2,3}`."""
    repeats = [False]
    for piece in _PIECE.finditer(pattern):
        if piece["opens"]:
            repeats.append(False)
            continue
        inner = repeats.pop() if piece["closes"] else False
        repeated = piece["times"] not in (None, "?")
        if piece["closes"] and repeated and (not counted or (inner and piece["times"].startswith("{"))):
            return True
        repeats[-1] |= inner or repeated
    return False


def check_carried(form: str, column: Column) -> None:
    """Raise `DefinitionError` when `column` has a limit that `form` does not express: each form expresses all of `LIMITS`."""
    for item in fields(column):
        if item.name not in ("name", "dtype", "doc", "unit", *LIMITS) and getattr(column, item.name) not in (None, (), item.default):
            raise DefinitionError(f"{form} cannot carry the limit {item.name!r} of column {column.name!r}")
