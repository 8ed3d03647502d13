"""The Hypothesis form: records and tables that are valid by construction, from the same definition."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from mali_dataset.schema.column import Column, DefinitionError, check_carried
from mali_dataset.schema.fields import VISIBLE, Count, Field, Key, Ref, When
from mali_dataset.schema.rules import AnyOf, Differ, Disjoint, NotAbove, NullIf, PartsSum, RequiredIf, Rule, Together
from mali_dataset.schema.table import Table, all_rules, authored_columns, complete

_slugs = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
_words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn")), min_size=1, max_size=12)
_days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def edtf_texts() -> st.SearchStrategy[str]:
    """Dates of the EDTF subset."""
    parts = st.builds(lambda d, n: d.isoformat()[:n], _days, st.sampled_from((4, 7, 10)))
    flagged = st.builds(str.__add__, parts, st.sampled_from(("", "", "", "~", "?", "%")))
    ordered = st.tuples(_days, _days).map(sorted).map(lambda pair: f"[{pair[0]}..{pair[1]}]")
    return st.one_of(flagged, ordered, flagged.map("[..{}]".format), flagged.map("[{}..]".format))


def count_texts() -> st.SearchStrategy[str]:
    """Counts of the grammar."""
    numbers = st.integers(0, 10**6)
    ranges = st.tuples(numbers, st.integers(1, 10**6)).map(lambda pair: f"{pair[0]}..{pair[0] + pair[1]}")
    single = st.builds(lambda sign, n: f"{sign}{n}", st.sampled_from(("", "", "~", ">=", "<=")), numbers)
    return st.one_of(single, ranges, st.sampled_from(("scores", "many", "hundreds of thousands")))


def values(column: Column, field: Field) -> st.SearchStrategy[Any]:
    """Values of one authored column, never null; a limit that it cannot carry raises `DefinitionError`."""
    check_carried("the strategy", column)
    if column.codes:
        return st.sampled_from([code for code, _ in column.codes if code != "ongoing"])
    if isinstance(field, When | Count):
        return edtf_texts() if isinstance(field, When) else count_texts()
    if column.dtype in ("bool", "date32"):
        return st.booleans() if column.dtype == "bool" else _days
    if column.dtype == "int64":
        low = -(10**9) if column.minimum is None else int(column.minimum)
        return st.integers(low, int(column.maximum) if column.maximum is not None else max(low, 10**9))
    if column.dtype == "float64":
        return st.floats(column.minimum, column.maximum, allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)
    if isinstance(field, Key | Ref):
        prefix = f"{field.prefix}-" if isinstance(field, Key) and field.prefix else ""
        return st.lists(_slugs, min_size=1, max_size=3).map(lambda parts: prefix + "-".join(parts))
    limit = column.max_length or 200
    if column.pattern == VISIBLE:
        return st.lists(_words, min_size=1, max_size=6).map(" ".join).map(lambda text: text[:limit].rstrip(" "))
    if column.pattern is None:
        raise DefinitionError(f"column {column.name!r} has no pattern to build text from")
    shape = st.from_regex(column.pattern, fullmatch=True, alphabet=st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"]))
    return shape.filter(lambda text: len(text) <= limit)


@st.composite
def records(draw: Any, table: type[Table]) -> dict[str, Any]:
    """One valid record: authored columns, without those that are null."""
    made: dict[str, Any] = {}
    columns = authored_columns(table)
    for name, (owner, column) in columns.items():
        field = table.fields[owner]
        if name != owner:
            continue
        present = not column.nullable or draw(st.booleans())
        if present:
            made[name] = draw(values(column, field))
            if isinstance(field, When) and draw(st.booleans()):
                made[f"{name}_kind"] = draw(st.sampled_from(("actual", "planned")))
        elif isinstance(field, When) and field.ongoing and draw(st.booleans()):
            made[f"{name}_kind"] = "ongoing"
    for rule in [*all_rules(table), *all_rules(table)]:
        _mend(draw, table, rule, made)
    return made


def _mend(draw: Any, table: type[Table], rule: Rule, made: dict[str, Any]) -> None:
    """Change a record so that it keeps a rule."""
    columns = authored_columns(table)

    def fill(name: str) -> None:
        owner, column = columns[name]
        made[name] = draw(values(column, table.fields[owner]))

    match rule:
        case NotAbove() if rule.lower in made and rule.upper in made and not rule.holds(complete(table, made)):
            made[rule.lower], made[rule.upper] = made[rule.upper], made[rule.lower]
        case NullIf():
            if made.get(rule.when) in rule.equals:
                made.pop(rule.column, None)
        case RequiredIf() if made.get(rule.when) in rule.equals and rule.column not in made:
            fill(rule.column)
        case AnyOf() if not any(name in made for name in rule.any_of):
            fill(draw(st.sampled_from(rule.any_of)))
        case Together() if 0 < sum(name in made for name in rule.together) < len(rule.together):
            for name in rule.together:
                fill(name)
        case Differ() if rule.one in made and made.get(rule.one) == made.get(rule.other):
            made[rule.other] = f"{made[rule.other]}x"
        case PartsSum() if rule.complete in made:
            made[rule.complete] = False
        case _:
            pass


@st.composite
def rows(draw: Any, table: type[Table], *, max_size: int = 5) -> list[dict[str, Any]]:
    """The rows of a valid table: every published column, keys unique, spells of one group apart."""
    made = []
    apart = [rule.group[0] for rule in table.rules if isinstance(rule, Disjoint)]
    for n, record in enumerate(draw(st.lists(records(table), max_size=max_size))):
        numbered = record | {name: f"{record[name]}-{n}" for name in (*table.key, *apart) if name in record}
        made.append(complete(table, numbered))
    return made
