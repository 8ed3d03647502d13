"""What a curator fills in: plain fields, and composites that are written as one text and published as several columns."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

from mali_dataset.schema import count as counts
from mali_dataset.schema import edtf
from mali_dataset.schema.column import Column, DefinitionError, DType

# Visible text: no control characters, no blank at either end (so a stray newline or tab never hides in a value).
VISIBLE = r"[^\x00-\x20\x7f-\xa0](?:[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?"
SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*"
KINDS = {
    "actual": "It happened.",
    "planned": "It was announced, scheduled or authorised; whether it happened is another matter.",
    "ongoing": "It had not ended on the day that the sources speak of.",
}

Relation = Literal["within", "overlaps", "apart"]


@dataclass(frozen=True)
class Field:
    """One thing that a curator states of a record. `structural` ones (ids, keys, labels, our notes) need no evidence."""

    doc: str
    _: KW_ONLY
    optional: bool = False
    structural: bool = False
    dtype: ClassVar[DType] = "string"
    value_type: ClassVar[str] = "text"

    def limits(self) -> dict[str, Any]:
        """The limits and the unit of the authored column."""
        return {}

    def authored(self, name: str) -> Column:
        """The column that holds what the curator writes."""
        return Column(name=name, doc=self.doc, **({"dtype": self.dtype, "nullable": self.optional} | self.limits()))

    def columns(self, name: str) -> tuple[Column, ...]:
        """The published columns, the authored one first."""
        return (self.authored(name),)

    def expand(self, name: str, value: Any) -> dict[str, Any]:
        """The values of all columns, from the authored one.

        Raises:
            ValueError: the value is not in the grammar of a composite.
        """
        return {name: value}

    def relate(self, claimed: Any, recorded: Any) -> Relation:
        """How the value of a claim lies to the value of a record."""
        return "within" if claimed == recorded else "apart"


@dataclass(frozen=True)
class Key(Field):
    """The identifier of a row: a readable slug with the prefix of its table, or a hash of its content."""

    prefix: str = ""
    structural: bool = True
    value_type: ClassVar[str] = "reference"

    def limits(self) -> dict[str, Any]:
        return {"pattern": f"{self.prefix}-{SLUG}" if self.prefix else SLUG, "max_length": 96}


@dataclass(frozen=True)
class Ref(Field):
    """The key of a row of another table. With `part`, records of that table may hold these rows under this name."""

    to: str = ""
    part: str | None = None
    value_type: ClassVar[str] = "reference"

    def limits(self) -> dict[str, Any]:
        return {"pattern": SLUG, "max_length": 96}


@dataclass(frozen=True)
class Text(Field):
    """A name or another short text that sources state; two texts agree when they are equal but for case."""

    pattern: str = VISIBLE
    max_length: int = 300

    def limits(self) -> dict[str, Any]:
        return {"pattern": self.pattern, "max_length": self.max_length}

    def relate(self, claimed: Any, recorded: Any) -> Relation:
        return "within" if str(claimed).casefold() == str(recorded).casefold() else "apart"


@dataclass(frozen=True)
class Summary(Text):
    """What sources say, in our words: a claim supports it with its own summary, which no machine can compare."""

    def relate(self, claimed: Any, recorded: Any) -> Relation:
        return "within"


@dataclass(frozen=True)
class Code(Field):
    """One of a closed list of codes, each with a sentence."""

    codes: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    value_type: ClassVar[str] = "code"

    def __post_init__(self) -> None:
        if not self.codes or not all(sentence.strip() for sentence in self.codes.values()):
            raise DefinitionError("a Code needs `codes`: a sentence for every value")
        if not all(isinstance(code, str) for code in self.codes):
            raise DefinitionError("the codes of a Code are texts; a Number with a minimum and a maximum holds numbers that stand for something")

    def limits(self) -> dict[str, Any]:
        return {"codes": tuple(self.codes.items())}


@dataclass(frozen=True)
class Number(Field):
    """A number with limits; whole unless `decimal`."""

    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimal: bool = False
    value_type: ClassVar[str] = "number"

    def limits(self) -> dict[str, Any]:
        dtype = "float64" if self.decimal else "int64"
        return {"dtype": dtype, "unit": self.unit, "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class Flag(Field):
    """True or false."""

    dtype: ClassVar[DType] = "bool"
    value_type: ClassVar[str] = "flag"


@dataclass(frozen=True)
class Day(Field):
    """A plain day that we know because we did it (a day of reading); dates that sources state are `When`."""

    dtype: ClassVar[DType] = "date32"
    value_type: ClassVar[str] = "date"


@dataclass(frozen=True)
class When(Field):
    """A date as one EDTF text; its bounds, flags and kind are published beside it."""

    ongoing: bool = False
    value_type: ClassVar[str] = "date"

    def limits(self) -> dict[str, Any]:
        return {"unit": "EDTF", "nullable": self.optional or self.ongoing, "pattern": edtf.PATTERN}

    def columns(self, name: str) -> tuple[Column, ...]:
        def beside(suffix: str, dtype: DType, doc: str) -> Column:
            return Column(name=f"{name}_{suffix}", dtype=dtype, doc=doc, nullable=True, unit="day" if dtype == "date32" else None)

        return (
            self.authored(name),
            beside("earliest", "date32", f"First day that `{name}` allows; null: open or not known."),
            beside("latest", "date32", f"Last day that `{name}` allows; null: open or not known."),
            self.kind(name),
            beside("approximate", "bool", f"Whether the source gives `{name}` as approximate."),
            beside("uncertain", "bool", f"Whether the source gives `{name}` as uncertain."),
        )

    def kind(self, name: str) -> Column:
        """The column that says whether the date is of something that happened."""
        doc = f"Whether `{name}` is something that happened or something that was planned."
        codes = tuple(item for item in KINDS.items() if self.ongoing or item[0] != "ongoing")
        return Column(name=f"{name}_kind", dtype="string", doc=doc, nullable=True, codes=codes)

    def expand(self, name: str, value: Any) -> dict[str, Any]:
        read = edtf.Dates() if value is None else edtf.parse(value)
        ends = {f"{name}_earliest": read.earliest, f"{name}_latest": read.latest}
        return {name: value, **ends, f"{name}_approximate": read.approximate, f"{name}_uncertain": read.uncertain}

    def relate(self, claimed: Any, recorded: Any) -> Relation:
        one, other = edtf.parse(claimed), edtf.parse(recorded)
        a, b = (one.earliest or date.min, one.latest or date.max), (other.earliest or date.min, other.latest or date.max)
        if a[1] < b[0] or b[1] < a[0]:
            return "apart"
        return "within" if b[0] <= a[0] and a[1] <= b[1] else "overlaps"


@dataclass(frozen=True)
class Count(Field):
    """A count as one text; what it is at least, at best and at most is published beside it."""

    unit: str = "people"
    value_type: ClassVar[str] = "count"

    def limits(self) -> dict[str, Any]:
        return {"unit": self.unit, "pattern": counts.PATTERN, "max_length": 60}

    def columns(self, name: str) -> tuple[Column, ...]:
        def bound(suffix: str, doc: str) -> Column:
            return Column(name=f"{name}_{suffix}", dtype="int64", doc=doc, unit=self.unit, nullable=True, minimum=0)

        return (
            self.authored(name),
            bound("low", f"The least that `{name}` allows; null: not said."),
            bound("best", f"The number that `{name}` gives; null: it gives a bound, a range or words."),
            bound("high", f"The most that `{name}` allows; null: not said."),
        )

    def expand(self, name: str, value: Any) -> dict[str, Any]:
        read = counts.Bounds() if value is None else counts.parse(value)
        return {name: value, f"{name}_low": read.low, f"{name}_best": read.best, f"{name}_high": read.high}

    def relate(self, claimed: Any, recorded: Any) -> Relation:
        one, other = counts.parse(claimed), counts.parse(recorded)
        if counts.Bounds() in (one, other):
            return "within" if claimed == recorded else "overlaps"
        return "apart" if counts.apart(one, other) else "within" if counts.within(one, other) else "overlaps"
