"""From a folder of YAML to the rows of every table: reads, types, gathers evidence, settles bases, and lists every problem in one run."""

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mali_dataset.curation.bases import settle
from mali_dataset.curation.computed import add_sums
from mali_dataset.curation.evidence import Claim, Evidence, gather
from mali_dataset.curation.reader import Block, data_files, read_yaml
from mali_dataset.curation.records import Reading, Record, authored_of
from mali_dataset.problems import Problem, in_order, near
from mali_dataset.schema import ReferencesAny, Table, references
from mali_dataset.schema.table import Role, complete, with_role


@dataclass
class Compiled:
    """What a folder of YAML says: rows of every table sorted by key, the records and claims they come from, and all problems."""

    rows: dict[str, list[dict[str, Any]]]
    records: list[Record]
    problems: list[Problem]
    claims: list[Claim]
    citations: dict[str, dict[str, Any]]

    def locate(self, problem: Problem) -> Problem:
        """The problem of a table with the file and the line of the record that it is about."""
        found = next((r for r in self.records if (r.table.name, r.key) == (problem.table, problem.key)), None)
        if found is None:
            return problem
        column = problem.column and authored_of(found.table, problem.column)
        return found.problem(problem.rule, problem.message, column, problem.value)


def compile_folder(folder: Path, tables: Mapping[str, type[Table]]) -> Compiled:
    """Read every file below a folder.

    Raises nothing for bad data: every fault is a problem of the result.
    """
    files, problems = data_files(folder)
    trees = []
    # Nodes form no cycles, and collecting among hundreds of thousands of them triples the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        for path in files:
            name = path.relative_to(folder).as_posix()
            tree, found = read_yaml(path, name)
            trees.append((tree, name))
            problems += found
        return compile_trees(trees, tables, problems)
    finally:
        if enabled:
            gc.enable()


def compile_trees(trees: Iterable[tuple[Block, str]], tables: Mapping[str, type[Table]], problems: Iterable[Problem] = ()) -> Compiled:
    """Rows, records and problems of trees already read, each with the name of its file."""
    reading = Reading(tables, problems=list(problems))
    for tree, name in trees:
        reading.read(tree, name)
    add_sums(reading.records)
    reading.problems += _ids(reading.records)
    evidence = _evidence(reading)
    bases = settle(reading.records, evidence.claims, {r.key: r for r in reading.records if r.table.serves == "rule"}, reading)
    reading.problems += _references(reading, evidence.claims)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for record in reading.records:
        if not record.faulty:
            rows[record.table.name].append(complete(record.table, record.values))
    made: dict[Role, list[dict[str, Any]]] = {
        "citation": list(evidence.citations.values()),
        "claim": [complete(claim, c.row) | c.row for c in evidence.claims] if (claim := with_role(tables, "claim")) else [],
        "basis": bases.rows,
        "link": [dict(pair) for pair in dict.fromkeys(tuple(link.items()) for link in bases.links)],
    }
    for role, found in made.items():
        if target := with_role(tables, role):
            rows[target.name] = found
    for name, table in tables.items():
        rows[name] = sorted(rows[name], key=lambda row, key=table.key: tuple(row[k] for k in key))  # type: ignore[misc]  # binds the loop variable
    return Compiled(rows, reading.records, in_order(reading.problems), evidence.claims, evidence.citations)


def _evidence(reading: Reading) -> Evidence:
    """Every citation and claim, each once."""
    evidence = Evidence()
    citations, claims = with_role(reading.tables, "citation"), with_role(reading.tables, "claim")
    urls = {r.key: r.values.get("url") for r in reading.records if r.table.serves == "source"}
    for record in reading.records:
        if record.table.serves == "fact" and citations and claims:
            gather(record, urls, (citations, claims), evidence, reading)
    first: dict[str, Claim] = {}
    for claim in evidence.claims:
        if first.setdefault(claim.row["claim_id"], claim) is not claim:
            message = "the same claim stands twice on this record; remove one"
            reading.problems.append(claim.record.problem("duplicate_claim", message, claim.field, claim.value, claim.line))
    evidence.claims = list(first.values())
    return evidence


def _ids(records: Iterable[Record]) -> Iterator[Problem]:
    """Ids are used once over all tables, and never again once retired."""
    retired = {r.key for r in records if r.table.serves == "retired"}
    first: dict[str, Record] = {}
    for record in records:
        if not record.key or record.table.serves == "retired":
            continue
        other = first.setdefault(record.key, record)
        if other is not record:
            message = f"this id is used already in {other.file} line {other.line}; an id is used once"
            yield record.problem("duplicate_id", message, record.table.key[0], record.key)
        elif record.key in retired:
            yield record.problem("retired_id", "this id was retired and is never used again", record.table.key[0], record.key)


def _references(reading: Reading, claims: Iterable[Claim]) -> Iterator[Problem]:
    """Every reference, and every `see_record`, names a record that is there."""
    keys: dict[str, set[str]] = {name: set() for name in reading.tables}
    for record in reading.records:
        keys[record.table.name].add(record.key)
    everywhere = set().union(*keys.values())
    for record in reading.records:
        dynamic = {r.column: str(record.values.get(r.table)) for r in record.table.rules if isinstance(r, ReferencesAny)}
        if (named := record.values.get("table")) is not None and named not in reading.tables and not dynamic:
            yield record.problem("dangling_reference", f"there is no such table.{near(named, reading.tables)}", "table", named)
        for column, target in (references(record.table) | dynamic).items():
            value = record.values.get(column)
            if value is not None and value not in keys.get(target, ()):
                missing = f"record in `{target}`.{near(str(value), keys[target])}" if target in keys else f"table {target!r}.{near(target, keys)}"
                yield record.problem("dangling_reference", f"there is no such {missing}", column, value)
    for claim in claims:
        if (seen := claim.row["see_record"]) is not None and seen not in everywhere:
            message = f"`see_record` names no record.{near(seen, everywhere)}"
            yield claim.record.problem("dangling_reference", message, "see_record", seen, claim.line)
