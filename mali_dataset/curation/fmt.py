"""The canonical form of a YAML file: indents, quotes and line ends, with every comment kept and every value the same."""

import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from mali_dataset.curation.reader import parse, read_yaml
from mali_dataset.problems import Problem, ProblemsError

WIDTH = 160
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#\s*(.*?)\s*$")  # what stands behind a `#` that starts a line or follows a blank


def _yaml() -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.resolver import VersionedResolver

    class TextResolver(VersionedResolver):
        """Takes no plain scalar for anything but text, so that `NO`, `0123` and `12:30` are written as they were read."""

        @property
        def versioned_resolver(self) -> dict[str, Any]:
            return {}

    yaml = YAML()
    yaml.Resolver, yaml.preserve_quotes, yaml.width, yaml.allow_unicode = TextResolver, True, WIDTH, True
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def formatted(text: str, name: str) -> str:
    """The canonical form of a YAML text.

    Raises:
        ProblemsError: the text is not plain YAML, or formatting would change a value or lose a comment.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    tree, problems = parse(text, name)
    if problems:
        raise ProblemsError(problems)
    yaml, out = _yaml(), io.StringIO()
    yaml.dump(yaml.load(text), out)
    made = "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n")) + "\n"
    again, broken = parse(made, name)
    if broken or again != tree or _COMMENT.findall(made) != _COMMENT.findall(text):
        message = "formatting would change a value or lose a comment, so the file is left as it is; simplify the place around its comments"
        raise ProblemsError([*broken, Problem(rule="fmt", message=message, file=name, line=1)])
    return made


def format_files(paths: list[Path], root: Path, *, write: bool) -> tuple[list[Path], list[Problem]]:
    """Bring files into the canonical form, each whole or not at all.

    Args:
        paths: the files.
        root: the folder that problems name files from.
        write: whether to write; otherwise only say which would change.

    Returns:
        The files that changed or would change, and the problems of those that cannot be formatted.
    """
    changed: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        _, found = read_yaml(path, name)
        try:
            text = "" if found else path.read_bytes().decode("utf-8")
            made = "" if found else formatted(text, name)
        except ProblemsError as error:
            found = error.problems
        problems += found
        if not found and made != text:
            changed.append(path)
            if write:
                replace_file(path, made)
    return changed, problems


def replace_file(path: Path, text: str) -> None:
    """Write a file whole: to a temporary one beside it, then renamed."""
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(fresh).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
