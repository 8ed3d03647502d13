"""The tables, one file each: the definition from which every form is made. A file here with one `Table` class is a table."""

import importlib
import pkgutil
from functools import cache

from mali_dataset.schema import Table


@cache
def registry() -> dict[str, type[Table]]:
    """Every table by name, in alphabetical order, found by looking into this folder."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = [t for m in modules for t in vars(m).values() if isinstance(t, type) and issubclass(t, Table) and t.__module__ == m.__name__]
    return {table.name: table for table in sorted(found, key=lambda table: table.name)}
