"""Changes every date, count and code that people wrote, one at a time, and expects the build to notice.

What cannot be noticed is listed below with the reason; the list is exact: an entry that nothing needs any more fails too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mali_dataset
from mali_dataset.curation.bases import settle
from mali_dataset.curation.compile import Compiled, compile_folder
from mali_dataset.curation.evidence import Evidence, gather
from mali_dataset.curation.reader import Block, Items, Scalar
from mali_dataset.curation.records import Reading, Record
from mali_dataset.problems import Problem
from mali_dataset.release.parquet import arrow_table
from mali_dataset.schema.fields import Code, Count, When
from mali_dataset.schema.forms.expressions import broken_rows
from mali_dataset.schema.forms.record import row_problems
from mali_dataset.schema.rules import PartsSum
from mali_dataset.schema.table import authored_columns, complete, with_role
from mali_dataset.tables import registry

DATA = Path(mali_dataset.__file__).parent.parent / "data"

UNNOTICED = {
    "dimension": "a code that defines which record it is: with another code it is another record, and no claim need speak of it",
    "label": "a date or a code that describes a source, a publisher, the coverage or a rule, of which no claim speaks",
    "dissent": "a claim that does not support the record: only its own source can contradict it, which the second reader and verify-sources look at",
    "coarse": "a claim that supports a part of the reading, and still does with the other value",
    "verdict": "a judgment between two verdicts that are not `supports`",
    "existence": "a date that only says when a source spoke (as_of): no value of the record depends on it",
}


@cache
def compiled() -> Compiled:
    return compile_folder(DATA, registry())


@cache
def rules() -> dict[str, Record]:
    return {record.key: record for record in compiled().records if record.table.serves == "rule"}


@cache
def claims_of() -> dict[tuple[str, str], list[Any]]:
    found = defaultdict(list)
    for claim in compiled().claims:
        found[claim.row["table"], claim.row["record_id"]].append(claim)
    return found


def other(field: Any, name: str, value: str) -> str | None:
    """Another value that the column allows: a day, a number or a code further on."""
    if isinstance(field, Code):
        codes = list(field.codes)
        return codes[(codes.index(value) + 1) % len(codes)] if len(codes) > 1 else None
    if isinstance(field, Count):
        return re.sub("[0-9]+", lambda m: str(int(m.group()) + 1), value) if re.search("[0-9]", value) else {"many": "scores"}.get(value, "many")
    if isinstance(field, When) and not name.endswith("_kind"):
        return re.sub("[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", lambda m: later(m.group()), value)
    return {"actual": "planned", "planned": "actual", "ongoing": "planned"}[value]


def later(text: str) -> str:
    if len(text) == 10:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    if len(text) == 7:
        return f"{text[:5]}{int(text[5:]) % 12 + 1:02}" if text[5:] != "12" else f"{int(text[:4]) + 1}-01"
    return str(int(text) + 1)


def problems_of(record: Record, claims: list[Any]) -> list[Problem]:
    reading = Reading(registry())
    settle([record], claims, rules(), reading)
    return reading.problems + [record.problem(rule.name, rule.sentence) for rule in row_problems(record.table, complete(record.table, record.values))]


@cache
def _frame(name: str) -> pl.DataFrame:
    return pl.DataFrame(arrow_table(registry()[name], compiled().rows[name], "0"))


def breaks_a_sum(record: Record) -> bool:
    """Whether the parts of a whole no longer sum to it."""
    sums = [rule for rule in record.table.rules if isinstance(rule, PartsSum)]
    if not sums or "count" not in record.lines:
        return False
    row = complete(record.table, record.values)
    key = record.table.key[0]
    frame = _frame(record.table.name)
    best = pl.when(pl.col(key) == record.key).then(pl.lit(row["count_best"], pl.Int64)).otherwise(pl.col("count_best"))
    return bool(broken_rows(sums[0], frame.with_columns(best.alias("count_best"))).len())


def record_mutations() -> Iterator[tuple[Record, str, str]]:
    for record in compiled().records:
        for name, (owner, _) in authored_columns(record.table).items():
            field, value = record.table.fields[owner], record.values.get(name)
            if isinstance(field, Code | Count | When) and name in record.lines and isinstance(value, str):
                changed = other(field, name, value)
                if changed is not None:
                    yield record, name, changed


def test_every_changed_value_of_a_record_is_noticed_or_listed() -> None:
    unnoticed: Counter[str] = Counter()
    tried = 0
    for record, name, changed in record_mutations():
        tried += 1
        before = record.values[name]
        record.values[name] = changed
        try:
            if problems_of(record, claims_of()[record.table.name, record.key]) or breaks_a_sum(record):
                continue
        finally:
            record.values[name] = before
        owner = authored_columns(record.table)[name][0]
        if record.table.serves != "fact":
            unnoticed["label"] += 1
        elif record.table.fields[owner].structural and isinstance(record.table.fields[owner], Code):
            unnoticed["dimension"] += 1
        else:
            pytest.fail(f"{record.table.name} {record.key}.{name}: nobody notices {before!r} -> {changed!r}")
    assert tried > 3000
    assert set(unnoticed) == {"label", "dimension"}


def claim_mutations() -> Iterator[tuple[Record, Block, str, str, str]]:
    """Every scalar of a claim that is a date, a count or a code: where it stands, under which key, and another value."""
    for record in compiled().records:
        node = record.extras.get("evidence")
        for entry in node if isinstance(node, Items) else ():
            assert isinstance(entry, Block)
            if "as_of" in entry:
                yield record, entry, "as_of", other(When(""), "as_of", str(entry["as_of"])) or "", "as_of"
            says = entry["says"]
            assert isinstance(says, Block)
            for name, what in says.items():
                owner = authored_columns(record.table).get(name, ("", None))[0]
                field = record.table.fields.get(owner)
                value = what["value"] if isinstance(what, Block) else what
                if isinstance(field, Code | Count | When):
                    changed = other(field, name, str(value))
                    if changed is not None:
                        yield record, (what if isinstance(what, Block) else says), ("value" if isinstance(what, Block) else name), changed, name
                if isinstance(what, Block) and "verdict" in what:
                    yield record, what, "verdict", "supports", name
                    yield record, what, "verdict", "rival" if what["verdict"] == "error" else "error", name


def test_every_changed_claim_is_noticed_or_listed() -> None:
    tables = registry()
    citations, claims = with_role(tables, "citation"), with_role(tables, "claim")
    assert citations is not None
    assert claims is not None
    urls = {r.key: r.values.get("url") for r in compiled().records if r.table.serves == "source"}
    unnoticed: Counter[str] = Counter()
    tried = 0
    for record, block, key, changed, name in claim_mutations():
        tried += 1
        before = block[key]
        verdict = str(block.get("verdict", "supports")) if key != name else "supports"
        block[key] = scalar(changed, getattr(before, "line", 1))
        reading, evidence = Reading(tables), Evidence()
        try:
            gather(record, urls, (citations, claims), evidence, reading)
            settle([record], evidence.claims, rules(), reading)
        finally:
            block[key] = before
        if reading.problems:
            continue
        if key == "as_of":
            unnoticed["existence"] += 1
        elif key == "verdict":
            unnoticed["verdict"] += 1
        elif verdict != "supports":
            unnoticed["dissent"] += 1
        else:
            unnoticed["coarse"] += 1
    assert tried > 3000
    assert set(unnoticed) <= {"existence", "verdict", "dissent", "coarse"}
    # A supporting claim that may say something else without being noticed is one of several that bound a reading; there are few.
    assert unnoticed["coarse"] < 0.05 * tried, unnoticed


def scalar(text: str, line: int) -> Scalar:
    made = Scalar(text)
    made.line = line
    return made


def test_every_reason_says_why() -> None:
    assert all(len(reason) > 40 for reason in UNNOTICED.values())
