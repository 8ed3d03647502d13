"""From a folder of YAML to the rows of every table: reads, types, gathers evidence, settles bases, and lists every problem in one run."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mali_dataset.curation.bases import settle
from mali_dataset.curation.computed import compute
from mali_dataset.curation.evidence import Claim, Evidence, gather
from mali_dataset.curation.reader import Block, Items, Scalar, data_files, read_yaml
from mali_dataset.curation.records import Reading, Record, read_records
from mali_dataset.problems import Problem, in_order, near
from mali_dataset.schema import ReferencesAny, Table, references
from mali_dataset.schema.table import complete, with_role

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Compiled:
    """What a folder of YAML says: rows of every table sorted by key, the records they come from, and all problems."""

    rows: Rows
    records: list[Record]
    problems: list[Problem]
    claims: list[Claim]
    citations: dict[str, dict[str, Any]]

    def locate(self, problem: Problem) -> Problem:
        """The problem of a table with the file and the line of the record that it is about."""
        found = next((r for r in self.records if (r.table.name, r.key) == (problem.table, problem.key)), None)
        return found.problem(problem.rule, problem.message, problem.column, problem.value) if found else problem


def compile_folder(folder: Path, tables: Mapping[str, type[Table]]) -> Compiled:
    """Read every file below a folder.

    Raises nothing for bad data: every fault is a problem of the result.
    """
    files, problems = data_files(folder)
    texts = []
    # Nodes form no cycles, and collecting among hundreds of thousands of them triples the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        for path in files:
            name = path.relative_to(folder).as_posix()
            tree, found = read_yaml(path, name)
            texts.append((tree, name))
            problems += found
        return compile_trees(texts, tables, problems)
    finally:
        if enabled:
            gc.enable()


def compile_trees(trees: Iterable[tuple[Any, str]], tables: Mapping[str, type[Table]], problems: Iterable[Problem] = ()) -> Compiled:
    """Rows, records and problems of trees already read, each with the name of its file."""
    reading = Reading(problems=list(problems))
    for tree, name in trees:
        read_records(tree, name, tables, reading)
    reading.problems += compute(reading.records)
    _ids(reading)
    evidence = _evidence(reading, tables)
    rules = {r.key: r for r in reading.records if r.table.serves == "rule"}
    bases = settle(reading.records, evidence.claims, rules, reading)
    _references(reading, tables)
    rows: Rows = {name: [] for name in tables}
    for record in reading.records:
        if not record.faulty:
            rows[record.table.name].append(complete(record.table, record.values))
    made = {
        "citation": list(evidence.citations.values()),
        "claim": [complete(table, c.row) | c.row for c in evidence.claims] if (table := with_role(tables, "claim")) else [],
        "basis": bases.rows,
        "link": [dict(pair) for pair in dict.fromkeys(tuple(link.items()) for link in bases.links)],
    }
    for role, found in made.items():
        target = with_role(tables, role)  # type: ignore[arg-type]  # the keys above are roles
        if target is not None:
            rows[target.name] = found
    for name, table in tables.items():
        rows[name].sort(key=lambda row, key=table.key: tuple(row[k] for k in key))  # type: ignore[misc]  # default binds the loop variable
    return Compiled(rows, reading.records, in_order(reading.problems), evidence.claims, evidence.citations)


def _evidence(reading: Reading, tables: Mapping[str, type[Table]]) -> Evidence:
    evidence = Evidence()
    citations, claims = with_role(tables, "citation"), with_role(tables, "claim")
    if citations is None or claims is None:
        return evidence
    urls = {r.key: r.values.get("url") for r in reading.records if r.table.serves == "source"}
    for record in reading.records:
        if record.table.serves == "fact":
            gather(record, urls, (citations, claims), evidence, reading)
    first: dict[str, Claim] = {}
    for claim in evidence.claims:
        if first.setdefault(claim.row["claim_id"], claim) is not claim:
            message = "the same claim stands twice on this record; remove one"
            reading.problems.append(claim.record.problem("duplicate_claim", message, claim.field, claim.value, claim.line))
    evidence.claims = list(first.values())
    return evidence


def _ids(reading: Reading) -> None:
    """Ids are used once over all tables, and never again once retired."""
    first: dict[str, Record] = {}
    retired = {r.key: r for r in reading.records if r.table.serves == "retired"}
    for record in reading.records:
        key = record.table.key[0]
        if not record.key or record.table.serves == "retired":
            continue
        if record.key in first:
            other = first[record.key]
            message = f"this id is used already in {other.file} line {other.line}; an id is used once"
            reading.problems.append(record.problem("duplicate_id", message, key, record.key))
        elif record.key in retired:
            reading.problems.append(record.problem("retired_id", "this id was retired and is never used again", key, record.key))
        first.setdefault(record.key, record)


def _references(reading: Reading, tables: Mapping[str, type[Table]]) -> None:
    """Every reference, and every `see_record`, names a record that is there."""
    keys: dict[str, Counter[str]] = {name: Counter() for name in tables}
    for record in reading.records:
        keys[record.table.name][record.key] += 1
    everywhere = {key for found in keys.values() for key in found}
    for record in reading.records:
        targets = references(record.table)
        for rule in record.table.rules:
            if isinstance(rule, ReferencesAny):
                targets |= {rule.column: str(record.values.get(rule.table))}
        for column, target in targets.items():
            value = record.values.get(column)
            known = keys.get(target)
            if value is not None and known is None:
                reading.problems.append(
                    record.problem("dangling_reference", f"there is no table {target!r}.{near(target, keys)}", column, value)
                )
            elif value is not None and known is not None and value not in known:
                message = f"there is no such record in `{target}`.{near(str(value), known)}"
                reading.problems.append(record.problem("dangling_reference", message, column, value))
        for value, line in _seen_records(record):
            if value not in everywhere:
                message = f"`see_record` names no record.{near(value, everywhere)}"
                reading.problems.append(record.problem("dangling_reference", message, "see_record", value, line))


def _seen_records(record: Record) -> Iterable[tuple[str, int]]:
    node = record.extras.get("evidence")
    for entry in node if isinstance(node, Items) else ():
        says = entry.get("says") if isinstance(entry, Block) else None
        for what in says.values() if isinstance(says, Block) else ():
            seen = what.get("see_record") if isinstance(what, Block) else None
            if isinstance(seen, Scalar):
                yield str(seen), seen.line
