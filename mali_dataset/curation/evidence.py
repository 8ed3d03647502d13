"""From evidence as written to citations and claims: every claim states its own value, typed by the field that it speaks of."""

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
from mali_dataset.schema import Count, Number, Table, When
from mali_dataset.schema.forms.record import adapters
from mali_dataset.schema.table import authored_columns

EXISTENCE = "_existence"
MAX_WORDS = 8
_SHARED = ("speaker", "producer", "as_of")
_ENTRY = ("source", "at", "phrase", "says", *_SHARED)
_SAID = ("value", "stated", "verdict", "why", "see_record", "digits", *_SHARED)
_PLACE = re.compile("(?:paragraph ([1-9][0-9]{0,5})(?:, .+)?|(?:page|row|line|table|query|time) .+)")


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
        """The field that it speaks of."""
        return str(self.row["field"])

    @property
    def supports(self) -> bool:
        """Whether its verdict is `supports`."""
        return bool(self.row["verdict"] == "supports")


@dataclass
class Evidence:
    """The citations and claims of all records."""

    citations: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


class _RefusedError(Exception):
    """An entry or a claim cannot be taken; the arguments are rule, message, column, value and line of the problem."""


def content_id(prefix: str, *parts: object) -> str:
    """An id that is a hash of content, so that reordering a file changes nothing."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def gather(record: Record, urls: Mapping[str, str | None], tables: tuple[type[Table], type[Table]], evidence: Evidence, reading: Reading) -> None:
    """Read the evidence block of one record. `urls` are the known sources; `tables` those of citations and of claims."""
    node = record.extras.get("evidence", Items())
    if not isinstance(node, Items):
        reading.problems.append(record.problem("evidence", "`evidence` holds a list of places in sources: start each with `- `"))
        return
    for entry in node:
        try:
            citation, says, shared = _citation(record, entry, urls, tables[0], reading)
        except _RefusedError as refused:
            reading.problems.append(record.problem(*refused.args))
            continue
        evidence.citations[citation["citation_id"]] = citation
        for name, what in says.items():
            try:
                evidence.claims.append(_claim(record, name, what, says.lines[name], citation, shared, tables[1], reading))
            except _RefusedError as refused:
                reading.problems.append(record.problem(*refused.args))


def _citation(record: Record, entry: Any, urls: Mapping[str, str | None], table: type[Table], reading: Reading) -> tuple[dict[str, Any], Block, dict[str, Any]]:
    """The row of one place in a source, what is said there, and by whom."""
    says = entry.get("says") if isinstance(entry, Block) else None
    if not isinstance(says, Block):
        message = "an entry has `source`, `at`, `phrase` and `says`, and `says` is a mapping: the field, then what this place says of it"
        raise _RefusedError("evidence", message, None, None, getattr(entry, "line", None))
    for name in entry:
        if name not in _ENTRY:
            raise _RefusedError("unknown_field", f"evidence has no {name!r}.{near(name, _ENTRY)}", name, None, entry.lines[name])
    for name in _ENTRY[:3]:
        if not isinstance(entry.get(name), Scalar) or not entry[name]:
            raise _RefusedError("missing", f"evidence needs `{name}`, one value in quotes if it has brackets or ': '", name, None, entry.line)
    source, locator, phrase = (str(entry[name]) for name in _ENTRY[:3])
    if source not in urls:
        message = f"there is no source {source!r}.{near(source, urls)}"
        reading.problems.append(record.problem("dangling_reference", message, "source", source, entry.lines["source"]))
    if (words := len(phrase.split())) > MAX_WORDS:
        message = f"the phrase has {words} words; at most {MAX_WORDS}, enough to find the place"
        raise _RefusedError("phrase_too_long", message, "phrase", phrase, entry.lines["phrase"])
    if (place := _PLACE.fullmatch(locator)) is None:
        raise _RefusedError("place", "a place is `paragraph 6`, or page, row, line, table, query or time and which", "at", locator, entry.lines["at"])
    url = urls.get(source)
    # In a text fragment `-`, `,` and `&` are syntax, so they are percent-encoded; a query or a row is no place in a text.
    fragment = f"#:~:text={quote(phrase, safe='').replace('-', '%2D')}" if url and place.group(1) and "#" not in url else ""
    row = {
        "citation_id": content_id("cit", source, locator, phrase),
        "source_id": source,
        "locator": locator,
        "paragraph": int(place.group(1)) if place.group(1) else None,
        "phrase": " ".join(phrase.split()),
        "link": f"{url}{fragment}" if url else None,
    }
    _check(table, row, None, entry.line)
    return row, says, {k: entry[k] for k in _SHARED if k in entry}


def _check(table: type[Table], row: Mapping[str, Any], field: str | None, line: int) -> None:
    """Refuse a made row that does not keep the limits of its table."""
    checks = adapters(table)
    for column, value in row.items():
        if value is not None and column in checks:
            try:
                checks[column].validate_python(value)
            except ValidationError as error:
                rule, message = explain(table, column, error)
                raise _RefusedError(rule, f"`{column}` of the evidence {message}", field or column, value, line) from error


def _claim(record: Record, name: str, what: Any, line: int, citation: dict[str, Any], shared: dict[str, Any], table: type[Table], reading: Reading) -> Claim:
    """One claim, typed and checked by itself; how it lies to the record is settled later."""
    said: dict[str, Any] = {**shared, **({"value": what} if isinstance(what, Scalar) else what if isinstance(what, Block) else {})}
    if "value" not in said:
        message = "a claim states its own value, never that of the record: write it, or {value: …, stated: …}; quote it if it has brackets"
        raise _RefusedError("claim", message, name, None, line)
    for key, node in said.items():
        if key not in _SAID:
            raise _RefusedError("unknown_field", f"a claim has no {key!r}.{near(key, _SAID)}", name, None, line)
        if not isinstance(node, Scalar) or not node:
            raise _RefusedError("not_a_value", f"`{key}` is one value; put it in quotes if it has brackets", name, None, line)
    text, own = str(said["value"]), authored_columns(record.table)
    value, value_type = _value(record, name, text, line)
    row: dict[str, Any] = {
        "citation_id": citation["citation_id"],
        "table": record.table.name,
        "record_id": record.key,
        "field": name,
        "stated": citation["phrase"],
        "value": text,
        "value_type": value_type,
        **dict.fromkeys((*_SHARED, "digits", "see_record", "why")),
        "verdict": "supports",
    } | {k: str(v) for k, v in said.items()}
    row = {"claim_id": content_id("clm", *(v for _, v in sorted(row.items())))} | row
    definition = record.table.fields[own[name][0]] if name in own else None
    if value_type in ("date", "count") and definition is not None:
        suffixes = ("earliest", "latest") if value_type == "date" else ("low", "best", "high")
        row |= dict(zip((f"value_{s}" for s in suffixes), [*definition.expand(name, text).values()][1:], strict=False))
    _check(table, row, name, line)
    problems = []
    if row["verdict"] != "supports" and not row["why"]:
        problems.append(("why_missing", f"a claim that is {row['verdict']!r} says `why`, and names the better source"))
    if row["verdict"] == "supports" and row["see_record"]:
        problems.append(("see_record", "a claim that supports this record does not point to another"))
    if isinstance(definition, Count | Number) and not row["digits"]:
        stated = definition.expand(name, text).values() if isinstance(definition, Count) else [float(text)]
        missing = [n for n in stated if isinstance(n, int | float) and n not in numbers_in(citation["phrase"])]
        if missing:
            message = f"the phrase {citation['phrase']!r} does not hold the number {missing[0]:g}; cite one that does, or say in `digits` where it stands"
            problems.append(("digits_not_in_phrase", message))
    reading.problems += [record.problem(rule, message, name, text, line) for rule, message in problems]
    return Claim(record, row, value, line, citation["source_id"])


def _value(record: Record, name: str, text: str, line: int) -> tuple[Any, str]:
    """The typed value of a claim, and its type."""
    own = authored_columns(record.table)
    if name == EXISTENCE and text in ("true", "false"):
        return text, "flag"
    if name not in own:
        message = "write true or false" if name == EXISTENCE else f"`{record.table.name}` has no field {name!r} to speak of.{near(name, [*own, EXISTENCE])}"
        raise _RefusedError("grammar" if name == EXISTENCE else "unknown_field", message, name, text, line)
    owner = own[name][0]
    try:
        value = adapters(record.table)[name].validate_python(text)
    except ValidationError as error:
        rule, message = explain(record.table, name, error)
        raise _RefusedError(rule, f"the value of a claim {message}", name, text, line) from error
    definition = record.table.fields[owner]
    return value, "code" if isinstance(definition, When) and name != owner else definition.value_type
