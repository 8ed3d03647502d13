"""Writes the language-neutral contracts in `schemas/`, or with `--check` only says which are stale; `make schemas` runs it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from mali_dataset.schema.forms.frictionless import table_schema
from mali_dataset.schema.forms.json_schema import file_schema, record_schema, row_schema
from mali_dataset.schema.table import MADE, Table
from mali_dataset.tables import registry


def contracts(tables: Mapping[str, type[Table]]) -> dict[str, str]:
    """Name below `schemas/` -> text, for every contract of every table."""
    made: dict[str, object] = {"authoring/file.schema.json": file_schema(tables)}
    for name, table in tables.items():
        if table.serves not in MADE:
            made[f"authoring/{name}.schema.json"] = record_schema(table, tables)
        made[f"tables/{name}.schema.json"] = row_schema(table)
        made[f"frictionless/{name}.schema.json"] = table_schema(table, tables)
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in made.items()}


def stale(made: Mapping[str, str], folder: Path) -> list[str]:
    """Names of contracts that are missing, differ from what the definitions say, or belong to no table any more."""
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.json")} if folder.is_dir() else set()
    differ = {name for name, text in made.items() if name not in there or (folder / name).read_text(encoding="utf-8") != text}
    return sorted(differ | (there - set(made)))


def write_contracts(made: Mapping[str, str], folder: Path) -> None:
    """Write the contracts, and remove those that belong to no table any more."""
    for name in stale(made, folder):
        path = folder / name
        if name not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[name], encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Write or check the contracts of a folder; returns the exit code: 0 fine, 1 something is stale."""
    folder = Path(next((a for a in arguments if not a.startswith("--")), Path(__file__).parent.parent / "schemas"))
    made = contracts(registry())
    if "--check" not in arguments:
        write_contracts(made, folder)
    old = stale(made, folder)
    print(*(f"{folder.name}/{name} is stale; run `make schemas`" for name in old), f"{len(made)} contracts, {len(old)} stale", sep="\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
