"""From nodes to records: finds the table, the parts and the series, types every value, and names every fault with file and line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from mali_dataset.curation.reader import Block, Items, Node, Scalar, line_of
from mali_dataset.problems import Problem, near, shorten
from mali_dataset.schema import Count, Table, When, references
from mali_dataset.schema.forms.record import adapters, record_model, row_problems
from mali_dataset.schema.table import MADE, authored_columns, complete, parts

EXTRAS = ("evidence", "coded", "computed")
_SERIES = {"table", "source", "common", "says", "columns", "rows"}


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
        shown, at = None if value is None else shorten(value), line or self.lines.get(column or "", self.line)
        about: dict[str, Any] = {"table": self.table.name, "key": shorten(self.key), "column": column, "value": shown}
        return Problem(rule=rule, message=message, file=self.file, line=at, **about)


@dataclass
class Reading:
    """Every record of a set of files, and every problem met on the way."""

    tables: Mapping[str, type[Table]]
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, tree: Block, file: str) -> None:
        """Add the records of one file."""
        for name, node in tree.items():
            table = self.tables.get(name)
            if name == "series":
                for series in self._blocks(node, file, name):
                    for owner, block in self._rows(series, file):
                        self._record(owner, block, file, {})
            elif table is None or table.serves in MADE:
                known = [n for n, t in self.tables.items() if t.serves not in MADE]
                self._refuse(file, tree.lines[name], "unknown_table", f"there is no table {name!r} that people write.{near(name, known)}")
            else:
                for block in self._blocks(node, file, name):
                    self._record(table, block, file, {})

    def _refuse(self, file: str, line: int, rule: str, message: str) -> None:
        self.problems.append(Problem(rule=rule, message=message, file=file, line=line))

    def _blocks(self, node: Node, file: str, what: str) -> Iterator[Block]:
        """The mappings of a list, with a problem for everything else."""
        if not isinstance(node, Items):
            self._refuse(file, line_of(node), "not_a_list", f"`{what}` holds a list of records: start each with `- `")
            return
        for item in node:
            if isinstance(item, Block):
                yield item
            else:
                self._refuse(file, line_of(item), "not_a_mapping", f"a record of `{what}` is a mapping of fields, not {shorten(item)!r}")

    def _record(self, table: type[Table], block: Block, file: str, parent: dict[str, str]) -> None:
        """Add one record, and those of its parts; `parent` is the column that points to the record around it."""
        key, own, authored = table.key[0], parts(table, self.tables), authored_columns(table)
        given = {(key if name == "id" else name): node for name, node in block.items()}
        at = {(key if name == "id" else name): line for name, line in block.lines.items()}
        record = Record(table, str(given.get(key, "")), file, block.line, lines=at)
        raw = dict(parent)
        for name, node in given.items():
            if name in EXTRAS or name in own:
                record.extras[name] = node
            elif name not in authored:
                message = f"there is no field {name!r} in `{table.name}`.{near(name, [*authored, *own, *EXTRAS])}"
                self.problems.append(record.problem("unknown_field", message, name))
            elif name in parent:
                message = f"`{name}` is given by the record that holds this part; leave it out"
                self.problems.append(record.problem("part_of_parent", message, name))
            elif isinstance(node, Scalar) and node:
                raw[name] = str(node)
            else:
                record.faulty.add(name)
                self.problems.append(record.problem("not_a_value", _no_value(node), name, line=line_of(node)))
        self._type(record, raw)
        self.records.append(record)
        for name, (child, column) in own.items():
            for inner in self._blocks(record.extras.pop(name), file, child.name) if name in record.extras else ():
                self._record(child, inner, file, {column: record.key})

    def _type(self, record: Record, raw: dict[str, str]) -> None:
        """Type the values by the record model, then check the rules of one row on what is sound."""
        table, checks = record.table, adapters(record.table)
        for column, text in raw.items():
            try:
                record.values[column] = checks[column].validate_python(text)
            except ValidationError as error:
                record.faulty.add(column)
                self.problems.append(record.problem(*explain(table, column, error), column, text))
        for column, info in record_model(table).model_fields.items():
            if info.is_required() and column not in raw and column not in record.faulty:
                record.faulty.add(column)
                if isinstance(computed := record.extras.get("computed"), Block) and column in computed:
                    continue
                name = "id" if column == table.key[0] else column
                self.problems.append(record.problem("missing", f"`{name}` is missing: {info.description}", column))
        row = complete(table, record.values)
        for rule in row_problems(table, row):
            if not {authored_of(table, c) for c in rule.columns} & record.faulty:
                column = authored_of(table, rule.about)
                self.problems.append(record.problem(rule.name, f"breaks the rule that {rule.sentence}", column, row[column]))

    def _rows(self, series: Block, file: str) -> Iterator[tuple[type[Table], Block]]:
        """A compact series as ordinary record blocks: shared values, one citation a row."""
        table = self.tables.get(str(series.get("table")))
        heads, rows, says, common = (series.get(k) for k in ("columns", "rows", "says", "common"))
        sound = isinstance(series.get("source"), Scalar) and not set(series) - _SERIES and isinstance(says or Items(), Items)
        if table is None or table.serves in MADE or not sound or not isinstance(heads, Items) or not isinstance(rows, Items):
            message = f"a series has `table`, `source`, `columns`, `rows`, and `says` and `common` if need be; not {sorted(set(series) - _SERIES)}"
            return self._refuse(file, series.line, "series", message)
        shared = common if isinstance(common, Block) else Block().at(series.line)
        named = [*map(str, heads), *shared]
        wrong = [name for name in {*named, *map(str, says or ())} if named.count(name) != 1 or name in EXTRAS]
        if wrong or shared is not (common or shared):
            return self._refuse(file, series.line, "series", f"`columns` and `common` name each field once, and `says` some of them; not {sorted(wrong)}")
        for row in rows:
            if not isinstance(row, Items) or len(row) != len(heads):
                self._refuse(file, line_of(row), "series", f"a row of this series has {len(heads)} values: {', '.join(map(str, heads))}")
                continue
            cells = {str(head): cell for head, cell in zip(heads, row, strict=True) if cell}
            place: dict[str, Node] = {k: cells.pop(k) for k in ("at", "phrase", "digits") if k in cells}
            digits = {"digits": place.pop("digits")} if "digits" in place else {}
            stated = {str(name): Block({"value": cells[name], **digits}).at(row.line) for name in map(str, says or ()) if name in cells}
            entry = Block({"source": series["source"], **place, "says": Block(stated).at(row.line)}).at(row.line)
            block = Block({**shared, **cells, "evidence": Items([entry])}).at(row.line)
            block.lines |= shared.lines
            yield table, block


def _no_value(node: Node) -> str:
    """Why a node is not the value of a field; a list of one is probably a value such as `[..2023-03-01]` that lost its quotes."""
    if isinstance(node, Scalar):
        return "is empty; leave the field out when no source says"
    if isinstance(node, Items) and len(node) == 1 and ".." in node[0]:
        return f'was taken apart by YAML; put it in quotes: "[{node[0]}]"'
    return "is one value, not a list or a mapping; put it in quotes if it has brackets"


def authored_of(table: type[Table], column: str) -> str:
    """The authored column to which a published column belongs."""
    if column in authored_columns(table):
        return column
    return next(name for name, owner in table.fields.items() if any(c.name == column for c in owner.columns(name)))


def explain(table: type[Table], column: str, error: ValidationError) -> tuple[str, str]:
    """The rule and the message for a value that its column refuses."""
    owner, definition = authored_columns(table)[column]
    first = error.errors()[0]
    kind, value = first["type"], str(first["input"])
    if kind == "literal_error":
        codes = [code for code, _ in definition.codes]
        return "one_of", f"is not a code of `{column}`: {', '.join(codes)}.{near(value, codes)}"
    if kind == "string_pattern_mismatch":
        if isinstance(table.fields[owner], When | Count):
            try:
                table.fields[owner].expand(owner, value)
            except ValueError as reason:
                return "grammar", str(reason)
        target = references(table).get(column)
        form = f"is not an id of `{target}`: lower case letters, digits and single hyphens" if target else ""
        return "pattern", form or f"does not have the form {definition.pattern}"
    if kind == "string_too_long":
        return "too_long", f"has {len(value)} characters; at most {definition.max_length}"
    if kind in ("greater_than_equal", "less_than_equal"):
        return "range", f"is not between {definition.minimum} and {definition.maximum}"
    return "grammar", str(first.get("ctx", {}).get("error", first["msg"]))
