"""Shows how far a long validation is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Progress = Callable[[int, int, str], object]
Told = Progress | Literal[True, False] | None
# Below this number of rows nobody waits.
LONG = 2_000_000


@contextmanager
def following(progress: Told, rows: int) -> Iterator[Progress]:
    """What is told of each step: the function that was given, a bar on standard error, or nothing."""
    if callable(progress):
        yield progress
    elif progress or (progress is None and rows > LONG and sys.stderr.isatty()):
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("")
            yield lambda done, total, what: bar.update(task, completed=done, total=total, description=escape(what[:60]))
    else:
        yield lambda *_: None
