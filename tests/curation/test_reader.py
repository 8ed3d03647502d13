"""The reader takes plain YAML only, as text with lines, and names everything else with its file and line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mali_dataset.curation import reader
from mali_dataset.curation.compile import compile_folder
from mali_dataset.curation.reader import Block, Items, Scalar, data_files, parse, read_yaml
from mali_dataset.tables import registry
from tests.conftest import FILES, write_folder


def test_scalars_stay_what_they_are_and_know_their_line() -> None:
    tree, problems = parse("a: NO\nb: 0123\nc:\n- 12:30\n- 1e3\nd: {e: ~}\n", "f.yaml")
    assert problems == []
    assert tree == {"a": "NO", "b": "0123", "c": ["12:30", "1e3"], "d": {"e": "~"}}
    assert tree.lines == {"a": 1, "b": 2, "c": 3, "d": 6}
    items = tree["c"]
    assert isinstance(items, Items)
    assert [item.line for item in items if isinstance(item, Scalar)] == [4, 5]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a:\n- &x 1\n", "yaml_anchor_or_tag", 2),
        ("a: &x 1\nb: *x\n", "yaml_anchor_or_tag", 1),
        ("a: &x [1]\nb: [*x, *x]\n", "yaml_anchor_or_tag", 1),
        ("a:\n  b: !!int 3\n", "yaml_anchor_or_tag", 2),
        ("a: !python/object:os.system x\n", "yaml_anchor_or_tag", 1),
        ("a: 1\nb: 2\na: 3\n", "duplicate_key", 3),
        ("a:\n  b: 1\n  b: 1\n", "duplicate_key", 3),
        ("a: 1\n\tb: 2\n", "tab", 2),
        ('a: "one\\ttwo"\n', "tab", 1),
        ("a: 1\n[b]: 2\n", "key_not_text", 2),
        ("- a\n- b\n", "not_a_mapping", 1),
        ("", "empty_file", 1),
        ("# nothing\n", "empty_file", 1),
        ("a: [1, 2\n", "yaml", 2),
        ("a: 'open\n", "yaml", 2),
        ("a: 1\nb: c: d\n", "yaml", 2),
        ("a: 1\nb: @c\n", "yaml", 2),
        ("a: \x07\n", "yaml", 1),
        ("a: 1\n---\nb: 2\n", "yaml", 2),
        ("a: 1\nb: " + "[" * 30 + "]" * 30 + "\n", "yaml", 2),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, rule: str, line: int) -> None:
    _, problems = parse(text, "f.yaml")
    assert (problems[0].rule, problems[0].file, problems[0].line) == (rule, "f.yaml", line)
    assert problems[0].message


def test_every_fault_of_a_file_is_told_in_one_run() -> None:
    _, problems = parse("a: &x 1\nb: 2\nb: 3\nc: !t 4\n", "f.yaml")
    assert [(p.rule, p.line) for p in problems] == [("yaml_anchor_or_tag", 1), ("duplicate_key", 3), ("yaml_anchor_or_tag", 4)]


def test_anchors_that_expand_without_end_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    tree, problems = parse("\n".join(lines) + "\n", "f.yaml")
    assert {p.rule for p in problems} == {"yaml_anchor_or_tag"}
    assert len(tree) == 40


def test_an_anchor_that_holds_itself_ends() -> None:
    assert {p.rule for p in parse("a: &x [*x]\n", "f.yaml")[1]} == {"yaml_anchor_or_tag"}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_a_text_nested_a_hundred_thousand_deep_does_not_end_the_interpreter(opening: str) -> None:
    code = f"from mali_dataset.curation.reader import parse; print(parse('a:\\n  ' + {opening!r} * 100000, 'f.yaml')[1][0].rule)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "yaml"), done.stderr[-300:]


@pytest.mark.parametrize(
    ("raw", "rule", "line"),
    [(b"a: 1\nb: caf\xe9\n", "not_utf8", 2), ("a: 1\n".encode("utf-16"), "not_utf8", 1), (b"a: 1\nb: \x00\n", "yaml", 2), (b"a:\n- b: 'c", "yaml", 2)],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, raw: bytes, rule: str, line: int) -> None:
    (tmp_path / "f.yaml").write_bytes(raw)
    _, problems = read_yaml(tmp_path / "f.yaml", "f.yaml")
    assert [(p.rule, p.line, p.file) for p in problems] == [(rule, line, "f.yaml")]


@pytest.mark.parametrize("text", ["\ufeffa: 1\n", "a: 1\r\n", "a: 1"])
def test_a_byte_order_mark_and_other_line_ends_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.yaml").write_bytes(text.encode())
    assert read_yaml(tmp_path / "f.yaml", "f.yaml") == (Block({"a": "1"}), [])


def test_a_file_that_ran_away_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    _, problems = read_yaml(path, "f.yaml")
    assert [(p.rule, p.line) for p in problems] == [("file_too_large", 1)]
    assert f"{reader.MAX_BYTES:,}" in problems[0].message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    _, problems = read_yaml(tmp_path / "gone.yaml", "gone.yaml")
    assert [(p.rule, p.file) for p in problems] == [("unreadable", "gone.yaml")]


@pytest.mark.parametrize("target", ["sources.yaml", "/etc/hostname", "nowhere", "actors"])
def test_a_symbolic_link_is_refused(data: Path, target: str) -> None:
    (data / "link.yaml").symlink_to(target)
    problems = compile_folder(data, registry()).problems
    assert [(p.rule, p.file) for p in problems] == [("symbolic_link", "link.yaml")]


def test_what_is_neither_record_nor_documentation_is_refused(data: Path) -> None:
    (data / "actors" / "more.yml").write_text("actors: []\n", encoding="utf-8")
    os.mkfifo(data / "pipe.yaml")
    problems = compile_folder(data, registry()).problems
    assert {(p.rule, p.file) for p in problems} == {("unknown_file", "actors/more.yml"), ("not_a_file", "pipe.yaml")}


def test_hidden_files_and_backups_are_passed_over(data: Path) -> None:
    (data / ".hidden.yaml").write_text("x", encoding="utf-8")
    (data / "coups.yaml~").write_text("x", encoding="utf-8")
    assert compile_folder(data, registry()).problems == []


def test_files_come_in_one_order(data: Path) -> None:
    files, problems = data_files(data)
    names = [f.relative_to(data).as_posix() for f in files]
    assert problems == []
    assert names == sorted(n for n in FILES if n.endswith(".yaml"))


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert [p.rule for p in compile_folder(tmp_path / "gone", registry()).problems] == ["unreadable"]


def test_problems_of_all_files_are_told_in_one_run(tmp_path: Path) -> None:
    broken = {
        **FILES,
        "coups.yaml": "coups: &a []\n",
        "rules.yaml": "a: [\n",
        "actors/actors.yaml": FILES["actors/actors.yaml"].replace("kind: state\n", "kind: stat\n", 1),
    }
    found = {(p.file, p.rule) for p in compile_folder(write_folder(tmp_path / "d", broken), registry()).problems}
    assert {("coups.yaml", "yaml_anchor_or_tag"), ("rules.yaml", "yaml"), ("actors/actors.yaml", "one_of")} <= found
