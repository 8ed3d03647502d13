"""From nodes to records: finds the table, the parts and the series, types every value, and names every fault with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from mali_dataset.curation.reader import Block, Items, Node, Scalar, looks_unquoted
from mali_dataset.problems import Problem, near, shorten
from mali_dataset.schema import Table, references
from mali_dataset.schema.fields import Count, When
from mali_dataset.schema.forms.record import adapters, record_model, row_problems
from mali_dataset.schema.table import MADE, authored_columns, complete, parts

EXTRAS = ("evidence", "coded", "computed")


@dataclass
class Record:
    """What a person wrote about one row: typed values, where each stands, and the evidence as written."""

    table: type[Table]
    key: str
    file: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    extras: dict[str, Node] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)

    def problem(self, rule: str, message: str, column: str | None = None, value: object = None, line: int | None = None) -> Problem:
        """A problem of this record, by default at the line of its column."""
        return Problem(
            rule=rule,
            message=message,
            table=self.table.name,
            key=self.key,
            column=column,
            value=None if value is None else shorten(value),
            file=self.file,
            line=line or self.lines.get(column or "", self.line),
        )


@dataclass
class Reading:
    """Every record of a set of files, and every problem met on the way."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_records(tree: Block, file: str, tables: Mapping[str, type[Table]], reading: Reading) -> None:
    """Add the records of one file to a reading."""
    for name, node in tree.items():
        line = tree.lines[name]
        if name == "series":
            for series in _blocks(node, file, reading, "series"):
                for owner, block in _rows(series, file, tables, reading):
                    _record(owner, block, file, tables, reading, {})
            continue
        table = tables.get(name)
        if table is None or table.serves in MADE:
            message = f"there is no table {name!r} that people write.{near(name, [n for n, t in tables.items() if t.serves not in MADE])}"
            reading.problems.append(Problem(rule="unknown_table", message=message, table=name, file=file, line=line))
            continue
        for block in _blocks(node, file, reading, name):
            _record(table, block, file, tables, reading, {})


def _blocks(node: Node, file: str, reading: Reading, what: str) -> Iterator[Block]:
    """The mappings of a list, with a problem for everything else."""
    if not isinstance(node, Items):
        line = getattr(node, "line", 1)
        message = f"`{what}` holds a list of records: start each with `- `"
        reading.problems.append(Problem(rule="not_a_list", message=message, table=what, file=file, line=line))
        return
    for item in node:
        if isinstance(item, Block):
            yield item
        else:
            message = "a record is a mapping of fields"
            line = getattr(item, "line", 1)
            problem = Problem(rule="not_a_mapping", message=message, table=what, value=shorten(item), file=file, line=line)
            reading.problems.append(problem)


def _record(
    table: type[Table], block: Block, file: str, tables: Mapping[str, type[Table]], reading: Reading, parent: dict[str, Scalar]
) -> None:
    key_column = table.key[0]
    own = parts(table, tables)
    authored = authored_columns(table)
    given = {("id" if k == key_column else k): v for k, v in block.items()}
    key = given.get("id")
    record = Record(table, str(key) if isinstance(key, Scalar) else "", file, block.line)
    record.lines = {(key_column if k == "id" else k): line for k, line in block.lines.items()}
    raw: dict[str, str] = {}
    for name, node in given.items():
        column = key_column if name == "id" else name
        if name in EXTRAS or name in own:
            record.extras[name] = node
        elif column not in authored:
            known = [*authored, *own, *EXTRAS]
            message = f"there is no field {name!r} in `{table.name}`.{near(name, known)}"
            reading.problems.append(record.problem("unknown_field", message, name))
        elif column in parent:
            reading.problems.append(
                record.problem("part_of_parent", f"`{name}` is given by the record that holds this part; leave it out", name)
            )
        else:
            raw |= {column: text} if (text := _scalar(record, column, node, reading)) is not None else {}
    raw |= parent
    _type(record, raw, reading)
    reading.records.append(record)
    for name, (child, column) in own.items():
        if name in record.extras:
            for inner in _blocks(record.extras.pop(name), file, reading, child.name):
                at = Scalar(record.key)
                at.line = inner.line
                _record(child, inner, file, tables, reading, {column: at})


def _scalar(record: Record, column: str, node: Node, reading: Reading) -> str | None:
    if isinstance(node, Scalar) and node != "":
        return node
    record.faulty.add(column)
    if isinstance(node, Scalar):
        message = "is empty; leave the field out when no source says"
    elif looks_unquoted(node):
        message = f'was taken apart by YAML; put it in quotes: "[{node[0]}]"'  # type: ignore[index]  # looks_unquoted says that it is a list
    else:
        message = "is one value, not a list or a mapping; put it in quotes if it has brackets"
    reading.problems.append(record.problem("not_a_value", message, column, line=getattr(node, "line", None)))
    return None


def _type(record: Record, raw: dict[str, str], reading: Reading) -> None:
    """Type the values by the record model, then check the rules of one row on what is sound."""
    table = record.table
    model = record_model(table)
    checks = adapters(table)
    for column, text in raw.items():
        try:
            record.values[column] = checks[column].validate_python(str(text))
        except ValidationError as error:
            record.faulty.add(column)
            reading.problems.append(record.problem(*explain(table, column, error), column, text))
    for column, info in model.model_fields.items():
        if info.is_required() and column not in raw and column not in record.faulty:
            record.faulty.add(column)
            if column in _computed(record):
                # Computed later, which clears the fault; if it cannot be, that is told then.
                continue
            shown = "id" if column == table.key[0] else column
            reading.problems.append(record.problem("missing", f"`{shown}` is missing: {info.description}", column))
    row = complete(table, {c: record.values.get(c) for c in authored_columns(table) if record.values.get(c) is not None})
    for rule in row_problems(table, row):
        if not {authored_of(table, c) for c in rule.columns} & record.faulty:
            column = authored_of(table, rule.about)
            reading.problems.append(record.problem(rule.name, f"breaks the rule that {rule.sentence}", column, row.get(column)))


def _computed(record: Record) -> Block:
    node = record.extras.get("computed")
    return node if isinstance(node, Block) else Block()


def authored_of(table: type[Table], column: str) -> str:
    """The authored column to which a published column belongs."""
    if column in authored_columns(table):
        return column
    return next(name for name, field in table.fields.items() if any(c.name == column for c in field.columns(name)))


def explain(table: type[Table], column: str, error: ValidationError) -> tuple[str, str]:
    """The rule and the message for a value that its column refuses."""
    owner, definition = authored_columns(table)[column]
    first = error.errors()[0]
    kind, value = first["type"], str(first["input"])
    if kind == "literal_error":
        codes = [code for code, _ in definition.codes]
        return "one_of", f"is not a code of `{column}`: {', '.join(codes)}.{near(value, codes)}"
    if kind == "string_pattern_mismatch":
        target = references(table).get(column)
        if isinstance(table.fields[owner], When | Count):
            try:
                table.fields[owner].expand(owner, value)
            except ValueError as reason:
                return "grammar", str(reason)
        if target:
            return "pattern", f"is not an id of `{target}`: lower case letters, digits and single hyphens"
        return "pattern", f"does not have the form {definition.pattern}"
    if kind == "string_too_long":
        return "too_long", f"has {len(value)} characters; at most {definition.max_length}"
    if kind in ("greater_than_equal", "less_than_equal"):
        return "range", f"is not between {definition.minimum} and {definition.maximum}"
    return "grammar", str(first.get("ctx", {}).get("error", first["msg"]))


def _rows(series: Block, file: str, tables: Mapping[str, type[Table]], reading: Reading) -> Iterator[tuple[type[Table], Block]]:
    """A compact series as ordinary record blocks: shared values, one citation a row."""

    def refuse(line: int, message: str) -> None:
        reading.problems.append(Problem(rule="series", message=message, file=file, line=line))

    table = tables.get(str(series.get("table", "")))
    heads, rows, says = series.get("columns"), series.get("rows"), series.get("says", Items())
    common, source = series.get("common", Block()), series.get("source")
    unknown = set(series) - {"table", "columns", "rows", "says", "common", "source"}
    sound = isinstance(heads, Items) and isinstance(rows, Items) and isinstance(says, Items) and isinstance(common, Block)
    if table is None or table.serves in MADE or not sound or not isinstance(source, Scalar) or unknown:
        refuse(series.line, "a series has `table`, `source`, `columns`, `rows`, and `says` and `common` if need be, and nothing else")
        return
    assert isinstance(heads, Items) and isinstance(rows, Items) and isinstance(says, Items) and isinstance(common, Block)
    for row in rows:
        if not isinstance(row, Items) or len(row) != len(heads):
            refuse(getattr(row, "line", series.line), f"a row of this series has {len(heads)} values: {', '.join(map(str, heads))}")
            continue
        cells = {str(head): cell for head, cell in zip(heads, row, strict=True) if cell != ""}
        place = {k: cells.pop(k) for k in ("at", "phrase", "digits") if k in cells}
        stated = Block({str(f): _said(cells[str(f)], place.get("digits"), row.line) for f in says if str(f) in cells})
        stated.line, stated.lines = row.line, dict.fromkeys(stated, row.line)
        entry = Block({"source": source, "at": place.get("at", source), "phrase": place.get("phrase", source), "says": stated})
        entry.line, entry.lines = row.line, dict.fromkeys(entry, row.line)
        evidence = Items([entry])
        evidence.line = row.line
        block = Block({**common, **cells, "evidence": evidence})
        block.line, block.lines = (
            row.line,
            {**common.lines, **dict.fromkeys((*cells, "evidence"), row.line)} if common else dict.fromkeys((*cells, "evidence"), row.line),
        )
        yield table, block


def _said(cell: Node, digits: Node | None, line: int) -> Block:
    said = Block({"value": cell} | ({"digits": digits} if digits is not None else {}))
    said.line, said.lines = line, dict.fromkeys(said, line)
    return said
