"""Compiling: references, ids that are used once, and rows that do not depend on the order of records."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.curation.compile import Compiled, compile_folder, compile_trees
from mali_dataset.curation.reader import parse
from mali_dataset.problems import Problem
from mali_dataset.tables import registry
from tests.conftest import FILES, Broken, line_of

COUPS, ACTORS = "coups.yaml", "actors/actors.yaml"

FAULTS = [
    (ACTORS, "- id: act-state", "- id: act-mission", "duplicate_id", "actor_id", "an id is used once"),
    (COUPS, "  - id: cpe-2012-deposed", "  - id: cpe-2012-leader", "duplicate_id", "coup_person_id", "an id is used once"),
    (COUPS, "- id: cou-2012-03-22", "- id: cou-2012-03-21", "retired_id", "coup_id", "never used again"),
    (COUPS, "  kind: military\n", "  kind: military\n  by_id: act-stat\n", "dangling_reference", "by_id", "Did you mean 'act-state'?"),
    ("sources.yaml", "  publisher_id: pub-paper\n", "  publisher_id: pub-papers\n", "dangling_reference", "publisher_id", "Did you mean 'pub-paper'?"),
]


@pytest.mark.parametrize(("name", "old", "new", "rule", "column", "says"), FAULTS)
def test_an_id_is_used_once_and_a_reference_names_a_record(compile_with: Broken, name: str, old: str, new: str, rule: str, column: str, says: str) -> None:
    problems = compile_with(name, old, new).problems
    found = [p for p in problems if (p.rule, p.column) == (rule, column)]
    assert found, "\n".join(map(str, problems))
    assert found[0].file == name
    marker = new.strip().splitlines()[-1]
    changed = FILES[name].replace(old, new).splitlines()
    assert found[0].line is not None
    assert marker in changed[found[0].line - 1]
    assert says in found[0].message


@pytest.mark.parametrize(("table", "record", "says"), [("coup", "cou-2012-03-22", "coup"), ("coups", "cou-2012-03-23", "cou-2012-03-22")])
def test_a_reference_to_any_table_is_checked_too(compile_with: Broken, table: str, record: str, says: str) -> None:
    text = f"external_ids:\n- id: ext-a\n  table: {table}\n  record_id: {record}\n  system: cline\n  external_id: 1\n  match: exact\n"
    found = [p for p in compile_with(COUPS, "coups:\n", "coups:\n", add={"x.yaml": text}).problems if p.rule == "dangling_reference"]
    assert [(p.file, p.line, says in p.message) for p in found] == [("x.yaml", 4, True)]


def test_an_id_of_one_table_is_not_used_in_another(compile_with: Broken) -> None:
    text = "retired_ids:\n- id: act-state\n  table: actors\n  reason: Gone.\n  version: 0.1.0\n"
    found = [p for p in compile_with(COUPS, "coups:\n", "coups:\n", add={"x.yaml": text}).problems if p.rule == "retired_id"]
    assert [(p.file, p.line) for p in found] == [(ACTORS, line_of(FILES[ACTORS], "- id: act-state"))]


@given(st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_the_order_of_files_records_or_fields(random: object) -> None:
    def shuffled(node: object) -> object:
        if isinstance(node, dict):
            items = [(k, shuffled(v)) for k, v in node.items()]
            random.shuffle(items)  # type: ignore[attr-defined]  # a random.Random
            return dict(items)
        if isinstance(node, list) and node and isinstance(node[0], dict):
            items = [shuffled(v) for v in node]
            random.shuffle(items)  # type: ignore[attr-defined]  # a random.Random
            return items
        return node

    texts = [(name, text) for name, text in FILES.items() if name.endswith(".yaml")]
    plain = compile_trees([(parse(text, name)[0], name) for name, text in texts], registry())
    random.shuffle(texts)  # type: ignore[attr-defined]  # a random.Random
    other = []
    for name, text in texts:
        dumped = yaml.safe_dump(shuffled(yaml.load(text, yaml.BaseLoader)), sort_keys=False, allow_unicode=True)  # noqa: S506  # makes text only
        other.append((parse(dumped, name)[0], name))
    again = compile_trees(other, registry())
    assert again.problems == []
    assert again.rows == plain.rows


def test_a_problem_of_a_table_finds_its_record(compiled: Compiled) -> None:
    found = compiled.locate(Problem(rule="r", message="m", table="coups", key="cou-2012-03-22", column="outcome"))
    assert (found.file, found.line) == (COUPS, line_of(FILES[COUPS], "outcome: successful"))
    lost = Problem(rule="r", message="m", table="coups", key="cou-1999")
    assert compiled.locate(lost) is lost


def test_an_empty_folder_compiles_to_nothing(tmp_path: Path) -> None:
    compiled = compile_folder(tmp_path, registry())
    assert not any(compiled.rows.values())
    assert compiled.problems == []
