"""The dictionary: what a table and its columns mean, readable in a terminal and in a notebook."""

from dataclasses import dataclass
from html import escape

from mali_dataset.release.read import find_table
from mali_dataset.schema import Column, columns, references
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.tables import registry


@dataclass(frozen=True)
class Description:
    """The dictionary entry of a table: what a row is, what each column means, and what must hold."""

    table: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    references: dict[str, str]
    rules: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.table}: {self.row}", f"key: {', '.join(self.key)}", ""]
        for column in self.columns:
            lines.append(f"  {column.name} ({self._type(column)}): {column.doc}")
            lines += [f"    {code}: {sentence}" for code, sentence in column.codes]
        return "\n".join([*lines, "", "What must hold:", *(f"  - {rule}" for rule in self.rules)])

    __repr__ = __str__

    def _type(self, column: Column) -> str:
        to = f" -> {self.references[column.name]}" if column.name in self.references else ""
        return f"{column.dtype}{f', {column.unit}' if column.unit else ''}{to}{', may be null' if column.nullable else ''}"

    def _repr_html_(self) -> str:
        codes = {c.name: "".join(f"<br><code>{code}</code>: {escape(sentence)}" for code, sentence in c.codes) for c in self.columns}
        cells = ((f"<code>{c.name}</code>", escape(self._type(c)), escape(c.doc) + codes[c.name]) for c in self.columns)
        rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        rules = "".join(f"<li>{escape(rule)}</li>" for rule in self.rules)
        head = f"<h4>{self.table}</h4><p>{escape(self.row)}</p><table><tr><th>column</th><th>type</th><th>meaning</th></tr>"
        return f"{head}{rows}</table><p>What must hold:</p><ul>{rules}</ul>"


def describe(table: str) -> Description:
    """The dictionary entry of one table.

    Raises:
        UnknownTableError: there is no such table; the message names the nearest.
    """
    definition = registry()[find_table(table, registry())]
    rules = tuple(dict.fromkeys(rule.sentence for rule in plan(definition) if not isinstance(rule, Limit)))
    row = " ".join((definition.__doc__ or "").split())
    return Description(table, row, definition.key, columns(definition), references(definition), rules)
