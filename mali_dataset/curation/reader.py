"""Reads the YAML that people write: plain scalars as text with their lines, and a problem for everything that YAML would bend.

Only the plain core of YAML is taken: mappings, lists and scalars. Anchors, aliases, tags and duplicate keys are refused.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from mali_dataset.problems import Problem

MAX_BYTES = 4_000_000
MAX_DEPTH = 24
QUOTE = "quote values that start with [ { > | * & ! % @ ` or hold ': ' or ' #', and indent with blanks only"


class Scalar(str):
    """A scalar as it stands, with its line."""

    line: int
    __slots__ = ("line",)


class Items(list["Node"]):
    """A list, with its line."""

    line: int = 1


class Block(dict[str, "Node"]):
    """A mapping, with its line and the line of every key."""

    line: int = 1
    lines: dict[str, int]


Node: TypeAlias = Scalar | Items | Block


def data_files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The YAML files below a folder in a fixed order, and a problem for everything else that is not documentation."""
    found: list[Path] = []
    problems: list[Problem] = []

    def refuse(path: Path, rule: str, message: str) -> None:
        problems.append(Problem(rule=rule, message=message, file=path.relative_to(folder).as_posix()))

    def walk(directory: Path) -> Iterator[Path]:
        for path in sorted(directory.iterdir(), key=lambda p: p.name):
            mode = path.lstat().st_mode
            if path.name.startswith(".") or path.name.endswith("~"):
                continue
            if stat.S_ISLNK(mode):
                refuse(path, "symbolic_link", "is a symbolic link; put the file itself here")
            elif stat.S_ISDIR(mode):
                yield from walk(path)
            elif not stat.S_ISREG(mode):
                refuse(path, "not_a_file", "is not a regular file")
            elif path.suffix == ".yaml":
                yield path
            elif path.suffix != ".md":
                refuse(path, "unknown_file", "is neither .yaml nor .md, so it would not be read; rename or remove it")

    try:
        found = list(walk(folder))
    except OSError as error:
        problems.append(Problem(rule="unreadable", message=f"cannot be read ({error.strerror})", file=str(folder)))
    return found, problems


def read_yaml(path: Path, name: str) -> tuple[Block, list[Problem]]:
    """One file as nodes with lines, and everything in it that is not plain YAML; `name` is how problems call the file."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        return Block(), [Problem(rule="unreadable", message=f"cannot be read ({error.strerror})", file=name, line=1)]
    if size > MAX_BYTES:
        message = f"has {size:,} bytes; a file of records has at most {MAX_BYTES:,}: split it, or look for a scalar that ran away"
        return Block(), [Problem(rule="file_too_large", message=message, file=name, line=1)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        return Block(), [Problem(rule="not_utf8", message=message, file=name, line=line)]
    return parse(text.removeprefix("\ufeff"), name)


def parse(text: str, name: str) -> tuple[Block, list[Problem]]:
    """YAML text as nodes with lines, and its problems."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        return Block(), [_syntax(error, text, name)]
    except RecursionError:
        return Block(), [Problem(rule="yaml", message="is nested too deeply to be read", file=name, line=1)]
    finally:
        loader.dispose()
    if root is None:
        return Block(), [Problem(rule="empty_file", message="holds nothing; remove it, or write records", file=name, line=1)]
    builder = _Builder(text, name)
    tree = builder.build(root, 0)
    if not isinstance(tree, Block):
        builder.refuse(1, "not_a_mapping", "a file of records is a mapping: name of a table, then its records")
        tree = Block()
    return tree, builder.problems


def _syntax(error: Exception, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]
    line = mark.line + 1 if mark is not None else text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
    tab = "; a tab stands on this line" if "\t" in (text.split("\n")[line - 1 : line] or [""])[0] else ""
    return Problem(rule="yaml", message=f"is not YAML: {what}{tab}; {QUOTE}", file=name, line=line)


class _Builder:
    """Turns PyYAML nodes into ours, each node once."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def refuse(self, line: int, rule: str, message: str, value: str | None = None) -> None:
        self.problems.append(Problem(rule=rule, message=message, value=value, file=self.name, line=line))

    def build(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        # libyaml gives an anchored or tagged node the mark of its `&` or `!`, and an alias the very node of its anchor.
        first = self.text[node.start_mark.index : node.start_mark.index + 1]
        if first in ("&", "!") or id(node) in self.seen:
            self.refuse(line, "yaml_anchor_or_tag", "anchors, aliases and tags are not read; write the value out, or quote it")
            return _scalar("", line)
        self.seen.add(id(node))
        if depth > MAX_DEPTH:
            self.refuse(line, "yaml", f"is nested more than {MAX_DEPTH} deep")
            return _scalar("", line)
        if node.id == "scalar":
            if "\t" in node.value:
                self.refuse(line, "tab", "holds a tab; write a blank", node.value[:60])
            return _scalar(node.value, line)
        if node.id == "sequence":
            items = Items(self.build(child, depth + 1) for child in node.value)
            items.line = line
            return items
        block = Block()
        block.line, block.lines = line, {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            if key.id != "scalar":
                self.refuse(at, "key_not_text", f"a key is a word; {QUOTE}")
            elif key.value in block:
                self.refuse(
                    at,
                    "duplicate_key",
                    f"the key {key.value!r} stands twice here; keep one (the first is on line {block.lines[key.value]})",
                )
            else:
                block[key.value] = self.build(value, depth + 1)
                block.lines[key.value] = at
        return block


def _scalar(text: str, line: int) -> Scalar:
    scalar = Scalar(text)
    scalar.line = line
    return scalar


def looks_unquoted(node: Node) -> bool:
    """Whether a list or mapping is probably a value such as `[..2023-03-01]` that lost its quotes."""
    return isinstance(node, Items) and len(node) == 1 and isinstance(node[0], Scalar) and ".." in node[0]
