"""Reads the YAML that people write: plain scalars as text with their lines, and a problem for everything that YAML would bend.

Only the plain core of YAML is taken: mappings, lists and scalars. Anchors, aliases, tags and duplicate keys are refused.
"""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, TypeAlias

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

    def at(self, line: int) -> Self:
        """The same mapping, with itself and all its keys at one line."""
        self.line, self.lines = line, dict.fromkeys(self, line)
        return self


Node: TypeAlias = Scalar | Items | Block


def line_of(node: object) -> int:
    """The line of a node; text that was not read from a file is at line 1."""
    return int(getattr(node, "line", 1))


def data_files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The YAML files below a folder in a fixed order, and a problem for everything else that is not documentation."""
    problems: list[Problem] = []

    def walk(directory: Path) -> Iterator[Path]:
        try:
            paths = sorted(directory.iterdir(), key=lambda p: p.name)
        except OSError as error:
            message, name = f"the folder cannot be read ({error.strerror})", directory.relative_to(folder).as_posix()
            return problems.append(Problem(rule="unreadable", message=message, file=name, line=1))
        for path in paths:
            mode, fault = path.lstat().st_mode, None
            if path.name.startswith(".") or path.name.endswith("~"):
                continue
            if stat.S_ISLNK(mode):
                fault = ("symbolic_link", "is a symbolic link; put the file itself here")
            elif stat.S_ISDIR(mode):
                yield from walk(path)
            elif not stat.S_ISREG(mode):
                fault = ("not_a_file", "is not a regular file")
            elif path.suffix == ".yaml":
                yield path
            elif path.suffix != ".md":
                fault = ("unknown_file", "is neither .yaml nor .md, so it would not be read; rename or remove it")
            if fault:
                problems.append(Problem(rule=fault[0], message=fault[1], file=path.relative_to(folder).as_posix(), line=1))

    return list(walk(folder)), problems


def read_yaml(path: Path, name: str) -> tuple[Block, list[Problem]]:
    """One file as nodes with lines, and everything in it that is not plain YAML; `name` is how problems call the file."""

    def refuse(rule: str, message: str, line: int = 1) -> tuple[Block, list[Problem]]:
        return Block(), [Problem(rule=rule, message=message, file=name, line=line)]

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"has {size:,} bytes; a file of records has at most {MAX_BYTES:,}: split it, or look for a scalar that ran away"
            return refuse("file_too_large", message)
        raw = path.read_bytes()
        return parse(raw.decode("utf-8").removeprefix("\ufeff"), name)
    except OSError as error:
        return refuse("unreadable", f"cannot be read ({error.strerror})")
    except UnicodeDecodeError as error:
        message = f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        return refuse("not_utf8", message, raw.count(b"\n", 0, error.start) + 1)


def parse(text: str, name: str) -> tuple[Block, list[Problem]]:
    """YAML text as nodes with lines, and its problems."""
    import yaml

    if tabs := [n for n, line in enumerate(text.split("\n"), 1) if "\t" in line]:
        return Block(), [Problem(rule="tab", message="the line holds a tab; write blanks", file=name, line=line) for line in tabs]
    if deep := _too_deep(text):
        return Block(), [Problem(rule="yaml", message="is nested too deeply to be read", file=name, line=deep)]
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


def _too_deep(text: str) -> int | None:
    """The line on which brackets or dashes nest beyond reason: libyaml would overflow the stack and end the interpreter."""
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth = depth + 1 if bracket.group() in "[{" else max(depth - 1, 0)
        if depth > 1000:
            return text.count("\n", 0, bracket.start()) + 1
    dashes = re.search(r"(?:[-?:][ \t]+){1000}", text)
    return text.count("\n", 0, dashes.start()) + 1 if dashes else None


def _syntax(error: Exception, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).splitlines()[0]
    line = mark.line + 1 if mark is not None else text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
    return Problem(rule="yaml", message=f"is not YAML: {what}; {QUOTE}", file=name, line=line)


class _Builder:
    """Turns PyYAML nodes into ours, each node once."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def refuse(self, line: int, rule: str, message: str) -> Scalar:
        self.problems.append(Problem(rule=rule, message=message, file=self.name, line=line))
        return _scalar("", line)

    def build(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        # libyaml gives an anchored or tagged node the mark of its `&` or `!`, and an alias the very node of its anchor.
        if self.text[node.start_mark.index : node.start_mark.index + 1] in ("&", "!") or id(node) in self.seen:
            return self.refuse(line, "yaml_anchor_or_tag", "anchors, aliases and tags are not read; write the value out, or quote it")
        self.seen.add(id(node))
        if depth > MAX_DEPTH:
            return self.refuse(line, "yaml", f"is nested more than {MAX_DEPTH} deep")
        if node.id == "scalar":
            return self.refuse(line, "tab", "holds a tab; write a blank") if "\t" in node.value else _scalar(node.value, line)
        if node.id == "sequence":
            items = Items(self.build(child, depth + 1) for child in node.value)
            items.line = line
            return items
        block = Block().at(line)
        for key, value in node.value:
            at = key.start_mark.line + 1
            if key.id != "scalar":
                self.refuse(at, "key_not_text", f"a key is a word; {QUOTE}")
            elif key.value in block:
                message = f"the key {key.value!r} stands twice here; keep one (the first is on line {block.lines[key.value]})"
                self.refuse(at, "duplicate_key", message)
            else:
                block[key.value] = self.build(value, depth + 1)
                block.lines[key.value] = at
        return block


def _scalar(text: str, line: int) -> Scalar:
    scalar = Scalar(text)
    scalar.line = line
    return scalar
