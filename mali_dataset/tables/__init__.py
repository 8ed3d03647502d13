"""The tables, one file each: the definition from which every form is made. A file here with one `Table` class is a table."""

import importlib
import pkgutil
from functools import cache

from mali_dataset.schema import Table


@cache
def registry() -> dict[str, type[Table]]:
    """Every table by name, in alphabetical order, found by looking into this folder."""
    found: dict[str, type[Table]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, Table) and item.__module__ == module.__name__:
                found[item.name] = item
    return dict(sorted(found.items()))
