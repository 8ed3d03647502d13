"""From evidence as written to citations and claims: every claim states its own value, typed by the field that it speaks of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from mali_dataset.curation.numerals import numbers_in
from mali_dataset.curation.reader import Block, Items, Scalar
from mali_dataset.curation.records import Reading, Record, explain
from mali_dataset.problems import near
from mali_dataset.schema import Table, columns, count
from mali_dataset.schema.fields import Count, Number, When
from mali_dataset.schema.forms.record import adapters
from mali_dataset.schema.table import authored_columns

EXISTENCE = "_existence"
MAX_WORDS = 8
_ENTRY = ("source", "at", "phrase", "says")
_SHARED = ("speaker", "producer", "as_of")
_SAID = ("value", "stated", "verdict", "why", "see_record", "digits", *_SHARED)
_PLACE = re.compile("paragraph ([1-9][0-9]*)")


@dataclass(frozen=True)
class Claim:
    """One claim: the row that will be published, and where it was written."""

    record: Record
    row: dict[str, Any]
    value: Any
    line: int
    source: str

    @property
    def field(self) -> str:
        return str(self.row["field"])

    @property
    def supports(self) -> bool:
        return bool(self.row["verdict"] == "supports")


@dataclass
class Evidence:
    """The citations and claims of all records."""

    citations: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


def content_id(prefix: str, *parts: object) -> str:
    """An id that is a hash of content, so that reordering a file changes nothing."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def gather(
    record: Record, urls: Mapping[str, str | None], tables: tuple[type[Table], type[Table]], evidence: Evidence, reading: Reading
) -> None:
    """Read the evidence block of one record. `urls` are the known sources; `tables` those of citations and of claims."""
    node = record.extras.get("evidence")
    if node is None:
        return
    if not isinstance(node, Items):
        reading.problems.append(record.problem("evidence", "`evidence` holds a list of places in sources: start each with `- `"))
        return
    for entry in node:
        if not isinstance(entry, Block):
            reading.problems.append(record.problem("evidence", "an entry has `source`, `at`, `phrase` and `says`", line=getattr(entry, "line", None)))
            continue
        citation = _citation(record, entry, urls, tables[0], reading)
        said = entry.get("says")
        if citation is None or not isinstance(said, Block):
            if citation is not None:
                message = "`says` is a mapping: the field, then what this place says of it"
                reading.problems.append(record.problem("evidence", message, line=entry.line))
            continue
        evidence.citations[citation["citation_id"]] = citation
        shared = {k: entry[k] for k in _SHARED if k in entry}
        for name, what in said.items():
            claim = _claim(record, name, what, said.lines[name], citation, shared, tables[1], reading)
            if claim is not None:
                evidence.claims.append(claim)


def _citation(
    record: Record, entry: Block, urls: Mapping[str, str | None], table: type[Table], reading: Reading
) -> dict[str, Any] | None:
    def refuse(rule: str, message: str, column: str, value: object = None) -> None:
        reading.problems.append(record.problem(rule, message, column, value, entry.lines.get(column, entry.line)))

    sound = True
    for name in entry:
        if name not in (*_ENTRY, *_SHARED):
            refuse("unknown_field", f"evidence has no {name!r}.{near(name, (*_ENTRY, *_SHARED))}", name)
    for name in _ENTRY[:3]:
        if not isinstance(entry.get(name), Scalar) or not entry[name]:
            refuse("missing", f"evidence needs `{name}`, one value in quotes if it has brackets or ': '", name)
            sound = False
    if not sound:
        return None
    source, locator, phrase = (str(entry[name]) for name in _ENTRY[:3])
    if source not in urls:
        refuse("dangling_reference", f"there is no source {source!r}.{near(source, urls)}", "source", source)
    words = len(phrase.split())
    if words > MAX_WORDS:
        refuse("phrase_too_long", f"the phrase has {words} words; at most {MAX_WORDS}, enough to find the place", "phrase", phrase)
    place = _PLACE.match(locator)
    row = {
        "citation_id": content_id("cit", source, locator, phrase),
        "source_id": source,
        "locator": locator,
        "paragraph": int(place.group(1)) if place else None,
        "phrase": " ".join(phrase.split()) if words <= MAX_WORDS else phrase,
        "link": _link(urls.get(source), phrase) if not locator.startswith(("query", "row")) else urls.get(source),
    }
    return row if _typed(record, table, row, entry.line, reading) else None


def _link(url: str | None, phrase: str) -> str | None:
    """Address with a text fragment, in which `-`, `,` and `&` are syntax and so are percent-encoded."""
    return f"{url}#:~:text={quote(phrase, safe='').replace('-', '%2D')}" if url and "#" not in url else url


def _typed(record: Record, table: type[Table], row: dict[str, Any], line: int, reading: Reading) -> bool:
    """Whether a made row keeps the limits of its table; problems are those of the record that it was made from."""
    sound = True
    checks = adapters(table)
    for column, value in row.items():
        if value is not None and column in checks:
            try:
                checks[column].validate_python(value)
            except ValidationError as error:
                rule, message = explain(table, column, error)
                reading.problems.append(record.problem(rule, f"`{column}` of the evidence {message}", column, value, line))
                sound = False
    return sound


def _claim(
    record: Record, name: str, what: Any, line: int, citation: dict[str, Any], shared: dict[str, Any], table: type[Table], reading: Reading
) -> Claim | None:
    def refuse(rule: str, message: str, value: object = None) -> None:
        reading.problems.append(record.problem(rule, message, name, value, line))

    said: dict[str, Any] = {**shared, "value": what} if isinstance(what, Scalar) else {**shared, **what} if isinstance(what, Block) else {}
    if not said:
        return refuse("claim", 'write a value, or {value: …, stated: …}; put values with brackets in quotes')
    own = authored_columns(record.table)
    if name != EXISTENCE and name not in own:
        return refuse("unknown_field", f"`{record.table.name}` has no field {name!r} to speak of.{near(name, [*own, EXISTENCE])}")
    if unknown := [k for k in said if k not in _SAID]:
        return refuse("unknown_field", f"a claim has no {unknown[0]!r}.{near(unknown[0], _SAID)}")
    if bad := [k for k, v in said.items() if not isinstance(v, Scalar) or not v]:
        return refuse("not_a_value", f"`{bad[0]}` is one value; put it in quotes if it has brackets")
    if "value" not in said:
        return refuse("missing", "a claim states its own `value`; it never takes it from the record")
    text = str(said["value"])
    value, value_type = _value(record, name, text, refuse)
    if value is None:
        return None
    row: dict[str, Any] = {
        "claim_id": "",
        "citation_id": citation["citation_id"],
        "table": record.table.name,
        "record_id": record.key,
        "field": name,
        "stated": str(said.get("stated", citation["phrase"])),
        "value": text,
        "value_type": value_type,
        **{k: str(said[k]) if k in said else None for k in (*_SHARED, "digits", "see_record", "why")},
        "verdict": str(said.get("verdict", "supports")),
    }
    row["claim_id"] = content_id("clm", *(v for k, v in sorted(row.items()) if k != "claim_id"))
    if value_type in ("date", "count"):
        field = record.table.fields[name]
        expanded = list(field.expand("value", text).values())
        suffixes = ("earliest", "latest") if value_type == "date" else ("low", "best", "high")
        row |= {f"value_{s}": v for s, v in zip(suffixes, expanded[1:], strict=False)}
    if row["verdict"] != "supports" and not row["why"]:
        refuse("why_missing", f"a claim that is {row['verdict']!r} says `why`, and names the better source", text)
    if row["verdict"] == "supports" and row["see_record"]:
        refuse("see_record", "a claim that supports this record does not point to another", row["see_record"])
    if value_type in ("count", "number") and not row["digits"]:
        missing = [n for n in _digits(record, name, text) if n not in numbers_in(citation["phrase"])]
        if missing:
            refuse("digits_not_in_phrase", f"the phrase {citation['phrase']!r} does not hold the number {missing[0]:g}; cite a phrase that does, or say in `digits` where it stands", text)
    published = {c.name for c in columns(table)}
    if not _typed(record, table, {k: v for k, v in row.items() if k in published}, line, reading):
        return None
    return Claim(record, row, value, line, citation["source_id"])


def _value(record: Record, name: str, text: str, refuse: Any) -> tuple[Any, str]:
    """The typed value of a claim and its type, or a problem."""
    if name == EXISTENCE:
        if text not in ("true", "false"):
            return refuse("grammar", "write true or false", text), ""
        return text, "flag"
    owner, _ = authored_columns(record.table)[name]
    field = record.table.fields[owner]
    try:
        value = adapters(record.table)[name].validate_python(text)
    except ValidationError as error:
        rule, message = explain(record.table, name, error)
        return refuse(rule, f"the value of a claim {message}", text), ""
    return value, "code" if isinstance(field, When) and name != owner else field.value_type


def _digits(record: Record, name: str, text: str) -> list[float]:
    field = record.table.fields.get(name)
    if isinstance(field, Count):
        read = count.parse(text)
        return sorted({float(n) for n in (read.low, read.best, read.high) if n is not None})
    return [float(text)] if isinstance(field, Number) else []
