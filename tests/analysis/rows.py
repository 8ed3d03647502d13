"""Rows made by hand, read by the analysis in place of a release."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mali_dataset.schema.table import complete
from mali_dataset.tables import registry


def row(table: str, /, **values: Any) -> dict[str, Any]:
    """A published row of a table, from what a person would write."""
    return complete(registry()[table], values)


@contextmanager
def reading(module: Any, **tables: list[dict[str, Any]]) -> Iterator[None]:
    """Lets a module of the analysis read these rows; tables that are not named are empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "rows_of", lambda name: [dict(row) for row in tables.get(name, [])])
        yield
